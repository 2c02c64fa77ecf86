//! The script of a set that is opened, and of one whose file was written.

use super::{Message, Session};
use crate::folder::OpenError;
use crate::play::state::Change;
use crate::remote::Quant;
use crate::session::Script;
use bf_patch::text::Diagnostic;
use std::path::Path;
use std::sync::Arc;

impl Session {
    /// Evaluates the script of a set that is opened: it plays from beat 0 on.
    pub(super) fn first_scripts(&mut self) -> Result<(), OpenError> {
        self.wake();
        let strangers = self.set.main.strangers();
        self.set.main.beside.guests = Arc::new(strangers);
        let Some(script) = self.folder.script.clone() else { return Ok(()) };
        let (file, text) = match self.folder.read_script(&script) {
            Ok(read) => read,
            Err(why) if self.options.without_broken_script => {
                self.messages.push(Message::Problem(why.to_string()));
                return self.plays_without_script();
            }
            Err(why) => return Err(why),
        };
        let again = self.journal.book.goes_on(&file, &text);
        if again.is_empty() && self.journal.book.had_more(&file) {
            let message = format!("{file} was changed since it played last: it plays as it is now");
            self.messages.push(Message::Told(message));
        }
        // What was evaluated before the file was read last is older than what it says.
        let read_after = self.journal.book.read_after(&file);
        self.write_script(&file, &text);
        for of in again {
            if self.plays_again(of) {
                let message = format!(
                    "what was evaluated when {file} played last plays on; evaluate it to hear it as it is written"
                );
                self.messages.push(Message::Told(message));
                self.draft_what_plays((&file, &text), read_after);
                return self.plays_first();
            }
        }
        self.evaluate(Script { file, text, part: None, quant: Quant::Now });
        let Some(faults) = self.first_faults() else { return self.plays_first() };
        // A script that is broken now plays as it did before.
        for of in self.journal.book.heard_last() {
            if self.plays_again(of) {
                self.messages.extend(faults.into_iter().map(Message::Fault));
                let message = "the script has faults now: what was heard last plays on until they are mended";
                self.messages.push(Message::Problem(message.to_owned()));
                return self.plays_first();
            }
        }
        if self.options.without_broken_script {
            return self.plays_without_script();
        }
        Err(OpenError::Faults(faults))
    }

    /// What is not of the script plays; it is mended in the window, or in any editor.
    fn plays_without_script(&mut self) -> Result<(), OpenError> {
        let message = "the script has faults and does not play: mend it and save it, or evaluate it";
        self.messages.push(Message::Problem(message.to_owned()));
        self.load_samples();
        self.first_plan()
    }

    /// Evaluates again what was evaluated before; false, and nothing is said, where that is not possible.
    fn plays_again(&mut self, of: Vec<(u64, Change)>) -> bool {
        self.messages.retain(|m| !matches!(m, Message::Refused { .. }));
        self.change(Change::Again { score: None, of }, Quant::Now, None);
        let fails = self.first_faults().is_some();
        self.messages.retain(|m| !matches!(m, Message::Refused { .. }));
        !fails
    }

    fn plays_first(&mut self) -> Result<(), OpenError> {
        self.tell_warnings();
        self.set_transport();
        Ok(())
    }

    /// Waits for the script's thread, and answers what it finds wrong.
    fn first_faults(&mut self) -> Option<Vec<Diagnostic>> {
        // It answers soon: its limits see to that.
        while !self.scripts.asked.is_empty() {
            std::thread::yield_now();
            self.poll_scripts();
        }
        self.poll_scripts();
        // The notes of the first moments are sent before the device asks for them.
        while self.scripts.band.is_asking() {
            std::thread::yield_now();
            self.feed();
        }
        self.messages.iter().find_map(|m| match m {
            Message::Refused { faults, .. } => Some(faults.clone()),
            _ => None,
        })
    }

    /// Evaluates the set's script again where it, or a module that it imports, was written.
    pub(super) fn reload_script(&mut self, changed: impl Fn(&Path) -> bool) {
        self.folder.adopt_script();
        let Some(script) = self.folder.script.clone() else { return };
        let root = self.folder.root.clone();
        let state = self.scripts.state();
        let mut files = state.wanted.files.iter().map(|file| root.join(&**file).with_extension("rhai"));
        if !changed(&script) && !files.any(|file| changed(&file)) {
            return;
        }
        if script.exists() {
            self.gone.remove(&script);
        }
        match self.folder.read_script(&script) {
            Ok((file, text)) => {
                self.write_script(&file, &text);
                self.evaluate(Script { file, text, part: None, quant: self.quant });
            }
            // A file that is being written is read again once it is whole.
            Err(_) if !script.exists() => _ = self.is_there(&script, true),
            Err(e) => self.messages.push(Message::Problem(e.to_string())),
        }
    }
}
