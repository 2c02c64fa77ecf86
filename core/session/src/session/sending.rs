//! What goes to the engine: numbers at once, plans where one is wanted.

use super::{Message, Session, score};
use crate::samples::FileFault;
use bf_engine::{Loaded, Notice};
use bf_node::Role;
use bf_patch::{Edit, SetEdit};
use bf_pattern::Ratio;
use std::sync::Arc;

impl Session {
    /// Does what is due: takes back what the engine is done with, and sends a plan where one is wanted.
    pub fn poll(&mut self) {
        self.poll_count();
        self.tell_hush();
        for notice in self.controller.collect() {
            self.write_receipt(&notice);
            if let (Notice::Receipt(r), Some((id, _))) = (&notice, self.sought)
                && r.id == id
            {
                self.sought = None;
            }
            match notice {
                Notice::Receipt(r) => self.messages.push(Message::Applied(r)),
                Notice::Broken { path, frame } => {
                    let told = self.breaks.break_of(&path, frame, self.options.sample_rate);
                    self.messages.extend(told.map(|since| Message::Broken { path, frame, since }));
                }
            }
        }
        let (arrived, faults) = self.samples.arrived();
        self.tell_files(&faults);
        self.poll_scripts();
        // A set with faults does not get better by itself.
        let remains = self.faults.is_empty() && self.controller.has_remains();
        if self.dirty || self.waiting || arrived || remains {
            self.send_plan();
        }
        self.poll_history();
    }

    pub(super) fn tell_files(&mut self, faults: &[FileFault]) {
        let told: Vec<Message> = faults.iter().map(|fault| self.file_fault(fault)).collect();
        self.messages.extend(told);
    }

    fn send_plan(&mut self) {
        if self.dirty && self.has_layer() {
            // Tracks enter the document's end, and their own only where that has none.
            self.relayer(None);
        }
        let samples = Arc::clone(&self.samples);
        let before = self.controller.plan().map(|p| p.flat.warnings.clone()).unwrap_or_default();
        let with_scripts = self.has_layer().then(|| self.heard());
        let heard = with_scripts.as_ref().unwrap_or(&self.set);
        let tempo = (heard.main.tempo, heard.main.signature);
        let loaded = self.controller.load(heard, &|path| samples.version(path));
        self.waiting = matches!(loaded, Ok(Loaded::Busy));
        let faults = match loaded {
            Ok(Loaded::Busy) => return,
            Ok(_) => {
                self.hands.changes += 1;
                let sent = core::mem::replace(&mut self.sent_tempo, tempo);
                if sent != tempo {
                    self.turn_now(sent.0);
                }
                let soonest = Ratio::from_f64(self.soonest().max(0.0));
                let scripts = &mut self.scripts;
                scripts.band.renew_targets(soonest, &scripts.cycles, &mut self.controller);
                self.play_texts(soonest, score::BEGINNING.into());
                if self.controller.plan().is_some_and(|p| p.flat.warnings != before) {
                    self.tell_warnings();
                }
                Vec::new()
            }
            Err(e) => self.faults_of(&e),
        };
        // A set that has not changed tells each fault once, however many samples arrive.
        let fresh = faults.iter().filter(|fault| self.dirty || !self.faults.contains(fault));
        self.messages.extend(fresh.cloned().map(Message::Fault));
        self.dirty = false;
        self.faults = faults;
    }

    pub(super) fn send_number(&mut self, edit: &SetEdit) -> bool {
        if self.send_hand(edit) {
            return true;
        }
        let SetEdit { file: None, edit: Edit::SetParam { target, value: Some(value) } } = edit else { return false };
        if self.dirty || self.set.main.overrides.contains_key(target) {
            return false;
        }
        let (Some(node), Some(port)) = (self.set.main.nodes.get(&target.node), &target.port) else { return false };
        let Some(spec) = self.registry.get(&node.kind).filter(|s| s.role == Role::Plain) else { return false };
        let Some(param) = spec.param(port.as_str()).map(|p| spec.params[p]).filter(|p| !p.is_setting()) else {
            return false;
        };
        match param.number_of(value) {
            Ok(number) => self.controller.set_number(target.node.as_str(), port.as_str(), number),
            Err(_) => false,
        }
    }
}
