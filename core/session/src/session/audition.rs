//! A note that a hand tries: through what a node plays into, as the node itself would play it.

use super::Session;
use bf_engine::{Target, When};
use bf_node::{Controls, Note, NoteId, Role, Value};
use bf_patch::{Name, Patch, Set, Socket};

/// By whose word these notes wait in the engine, and their salt: beside those of surfaces and of MIDI.
const TAG: u32 = 0x7fff_ffd0;
/// Patches in patches that are looked into.
const DEEP: usize = 16;
/// The longest note, in seconds.
const LONGEST: f64 = 10.0;

impl Session {
    /// Plays a note now into all that the notes of a node of the set go to; it ends after some seconds, at most 10.
    ///
    /// # Errors
    /// Why nothing is heard, in the user's words.
    pub fn audition(&mut self, node: &Name, (pitch, velocity): (f32, f32), secs: f64) -> Result<(), String> {
        let heard = self.heard();
        let leads = |to: &Socket| {
            let list = heard.main.cables.get(to).into_iter().flatten();
            list.filter(|cable| cable.from.node == *node).count() > 0
        };
        let entries: Vec<&Socket> = heard.main.cables.keys().filter(|to| leads(to)).collect();
        let mut targets = Vec::new();
        for to in entries {
            self.entries((&heard, &heard.main), String::new(), to, &mut targets);
        }
        if targets.is_empty() {
            return Err(format!("`{node}` plays into nothing that takes notes: connect it to an instrument"));
        }
        let length = (secs.clamp(0.01, LONGEST) * f64::from(self.sample_rate())).round() as u64;
        let until = When::Frame(self.controller.shared().status().frame + length);
        for target in targets {
            self.hands.auditions = self.hands.auditions.wrapping_add(1);
            let id = NoteId::new(TAG, self.hands.auditions);
            let note = Note { id, pitch, velocity, controls: Controls::NONE };
            let sent = self.controller.has_room().then(|| self.controller.note(target, TAG, note, When::Now, until));
            if sent.flatten().is_none() {
                return Err("more notes than the engine takes: this one was left out".to_owned());
            }
        }
        self.hear_note("window", node.as_str(), f64::from(pitch), f64::from(velocity));
        Ok(())
    }

    /// The event inputs that a socket of a patch leads to, where that stands for another patch: those inside.
    fn entries(&self, (set, patch): (&Set, &Patch), path: String, to: &Socket, targets: &mut Vec<Target>) {
        let inner = format!("{path}{}", to.node);
        if let Some(target) = self.controller.target(&inner, to.port.as_ref().map(Name::as_str)) {
            targets.push(target);
            return;
        }
        let Some(node) = patch.nodes.get(&to.node) else { return };
        let stands = self.registry.get(&node.kind).is_some_and(|spec| spec.role == Role::Patch);
        let Some(file) = patch.said(&to.node, "file").and_then(Value::as_text).filter(|_| stands) else { return };
        let Some((_, within)) = set.file(file).filter(|_| inner.matches('/').count() < DEEP) else { return };
        let port = to.port.as_ref();
        let input = within.inputs.iter().find(|(name, _)| port.is_none_or(|port| port == name));
        for entry in input.into_iter().flat_map(|(_, targets)| targets) {
            self.entries((set, within), format!("{inner}/"), entry, targets);
        }
    }
}
