//! Events, notes and changes of the transport on their way to the engine.

use super::Controller;
use crate::message::{Move, ToEngine, When};
use crate::schedule::{Timed, WAITING, What};
use crate::tape::Given;
use bf_node::{EventBody, Kind, Note};
use bf_pattern::Ratio;

/// An input or param of a node in the present plan. It holds as long as the node stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    pub(super) slot: u32,
    pub(super) port: u16,
    pub(super) is_param: bool,
}

impl Target {
    /// Its numbers, for whoever keeps what was given: the slot, the port, whether that is a param.
    pub fn numbers(self) -> (u32, u16, bool) {
        (self.slot, self.port, self.is_param)
    }

    /// The target that has these numbers, where the same was given before.
    pub fn from_numbers((slot, port, is_param): (u32, u16, bool)) -> Target {
        Target { slot, port, is_param }
    }
}

/// How much of the way to the engine is kept free for other things than what a track plays.
const KEPT_FREE: usize = 4_096;

impl Controller {
    /// The most notes and events that may wait in the engine at once.
    pub const WAITING: usize = WAITING;

    /// An event input of a node: the first where none is named.
    pub fn target(&self, path: &str, input: Option<&str>) -> Option<Target> {
        let (node, slot) = self.live().find(|(n, _)| n.key.path.as_str() == path)?;
        let port = match input {
            Some(name) => node.face.input(name)?,
            None => node.face.inputs().iter().position(|p| p.kind == Kind::Event)?,
        };
        let is_event = node.face.inputs()[port].kind == Kind::Event;
        is_event.then_some(Target { slot, port: port as u16, is_param: false })
    }

    /// A param of a node, for events that set its number: it glides as from any other hand.
    pub fn param_target(&self, path: &str, param: &str) -> Option<Target> {
        let (node, slot) = self.live().find(|(n, _)| n.key.path.as_str() == path)?;
        let port = node.face.param(param).filter(|p| !node.face.params()[*p].is_setting())?;
        Some(Target { slot, port: port as u16, is_param: true })
    }

    /// The number of a param as the plan says it.
    pub fn number(&self, path: &str, param: &str) -> Option<f32> {
        let (node, _) = self.live().find(|(n, _)| n.key.path.as_str() == path)?;
        node.numbers.get(node.face.param(param)?).copied()
    }

    /// The params that a control of an instance leads to, for events that set its number.
    pub fn control_targets(&self, path: &str, control: &str) -> Vec<Target> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let found = plan.flat.controls.iter().filter(|(p, c, _)| p.as_str() == path && c.as_str() == control);
        let ends = found.flat_map(|(_, _, targets)| targets);
        let slot = |node: &u32| self.slots.get(*node as usize).copied();
        ends.filter_map(|(node, param)| Some(Target { slot: slot(node)?, port: *param, is_param: true })).collect()
    }

    /// Sends an event to an input of a node. `None` when there is no such input or no room.
    pub fn event(&mut self, path: &str, input: Option<&str>, body: EventBody, when: When) -> Option<u64> {
        let target = self.target(path, input)?;
        self.send(target, 0, body, when)
    }

    /// Sends an event. `tag` is by whose word, for [`Controller::withdraw`]; 0 for nobody's. `None` when there is no room.
    pub fn send(&mut self, target: Target, tag: u32, body: EventBody, when: When) -> Option<u64> {
        let Target { slot, port, is_param } = target;
        let sent = self.timed(tag, when, What::Event { slot, port, is_param, body })?;
        self.note_down(|| Given::Event { target, tag, body, when });
        Some(sent)
    }

    /// Sends a note with its end. `None` when there is no room.
    pub fn note(&mut self, target: Target, tag: u32, note: Note, on: When, off: When) -> Option<u64> {
        let Target { slot, port, .. } = target;
        let sent = self.timed(tag, on, What::Note { slot, port, note, until: off })?;
        self.note_down(|| Given::Note { target, tag, note, on, off });
        Some(sent)
    }

    /// Takes back what waits by somebody's word from a beat on. Notes that sound keep their ends. False when there is no
    /// room.
    pub fn withdraw(&mut self, tag: u32, from: Ratio) -> bool {
        let sent = self.give(ToEngine::Withdraw { tag, from });
        if sent {
            self.note_down(|| Given::Withdraw { tag, from });
        }
        sent
    }

    /// Takes back all that waits by somebody's word, whatever its time; notes that sound keep their ends. False when
    /// there is no room.
    pub fn withdraw_all(&mut self, tag: u32) -> bool {
        let sent = self.give(ToEngine::WithdrawAll { tag });
        if sent {
            self.note_down(|| Given::WithdrawAll { tag });
        }
        sent
    }

    /// Whether there is room on the way for what a track plays.
    pub fn has_room(&self) -> bool {
        self.to_engine.slots() > KEPT_FREE
    }

    /// Changes the transport. `None` when there is no room.
    pub fn transport(&mut self, to: Move, when: When) -> Option<u64> {
        let sent = self.timed(0, when, What::Transport(to))?;
        self.note_down(|| Given::Move { to, when });
        Some(sent)
    }

    fn timed(&mut self, tag: u32, when: When, what: What) -> Option<u64> {
        let id = self.id();
        self.give(ToEngine::Wait(Timed { id, tag, when, what })).then_some(id)
    }
}
