//! Numbers that hands set: several at once, or at a frame of their own.

use super::{Controller, Target};
use crate::message::{SetNumber, ToEngine, When};
use crate::tape::Given;
use bf_node::{EventBody, ParamSpec, Value};

impl Controller {
    /// The params that a value of a hand would set, and to which numbers: a param of a node, or those that a control of
    /// an instance leads to. `None` where it takes a plan: a setting, what a pattern moves, what other strips depend on,
    /// a value that does not fit, or a name that nothing has.
    pub fn hand_numbers(&self, path: &str, param: &str, value: &Value) -> Option<Vec<(Target, f32)>> {
        let plan = self.plan.as_ref()?;
        let targets = match self.param_target(path, param) {
            Some(target) => vec![target],
            None => self.control_targets(path, param),
        };
        let number = |target: &Target| {
            let at = self.slots.iter().position(|slot| *slot == target.slot)?;
            let node = &plan.flat.nodes[at];
            let spec = &node.face.params()[usize::from(target.port)];
            let name = node.face.param_name(usize::from(target.port));
            let texts = &plan.flat.texts;
            let moved = texts.iter().any(|t| t.path == node.key.path && t.param.as_str() == name);
            let channel = node.face.spec().is_some_and(|s| s.role.is_channel());
            let shared = channel && matches!(name, "solo" | "silenced" | "cue");
            let free = !spec.is_setting() && !moved && !shared && !node.ghost;
            let number = free.then(|| spec.number_of(value).ok()).flatten()?;
            Some((*target, within(spec, number)))
        };
        let numbers: Option<Vec<_>> = targets.iter().map(number).collect();
        numbers.filter(|numbers| !numbers.is_empty())
    }

    /// Sets numbers at the next block, all at once. The set must hold the same numbers: the next load takes all of them
    /// from there. False, and nothing has changed, when there is no room.
    pub fn set_numbers(&mut self, numbers: &[(Target, f32)]) -> bool {
        let id = self.next_id;
        let Ok(chunk) = self.to_engine.write_chunk_uninit(numbers.len()) else { return false };
        let set = |(target, value): &(Target, f32)| {
            ToEngine::Set(SetNumber { id, slot: target.slot, inner: None, param: target.port, value: *value })
        };
        chunk.fill_from_iter(numbers.iter().map(set));
        self.next_id += 1;
        self.given += numbers.len() as u64;
        self.stand_at(numbers);
        self.note_down(|| Given::Numbers { numbers: numbers.to_vec() });
        true
    }

    /// Sends numbers for a frame. [`Controller::keep_numbers`] follows once it has come: until then the set holds what
    /// it held. False, and nothing is sent, when there is no room for all.
    pub fn send_numbers_at(&mut self, numbers: &[(Target, f32)], tag: u32, frame: u64) -> bool {
        if self.to_engine.slots() < numbers.len() {
            return false;
        }
        for (target, value) in numbers {
            let sent = self.send(*target, tag, EventBody::Trigger { value: *value }, When::Frame(frame));
            debug_assert!(sent.is_some(), "there was room, and this is the only sender");
        }
        true
    }

    /// Takes it that params stand at numbers which were sent for a frame that has come: the next load does not send
    /// them again.
    pub fn keep_numbers(&mut self, numbers: &[(Target, f32)]) {
        self.stand_at(numbers);
        self.note_down(|| Given::Kept { numbers: numbers.to_vec() });
    }

    fn stand_at(&mut self, numbers: &[(Target, f32)]) {
        let Some(plan) = &mut self.plan else { return };
        for (target, value) in numbers {
            let Some(at) = self.slots.iter().position(|slot| *slot == target.slot) else { continue };
            if let Some(number) = plan.flat.nodes[at].numbers.get_mut(usize::from(target.port)) {
                *number = *value;
            }
        }
    }
}

fn within(spec: &ParamSpec, number: f32) -> f32 {
    let (low, high) = spec.range();
    number.max(low).min(high)
}
