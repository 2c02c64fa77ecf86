//! What a session puts into its history, and how it goes on from there.

use super::{Message, Session};
use crate::journal::Journal;
use crate::play::state::Change as Wish;
use crate::remote::Quant;
use bf_engine::{Notice, Receipt};
use bf_patch::history::Replayed;
use bf_patch::{Gesture, SetEdit};
use bf_pattern::Ratio;
use bf_store::{Change, Hash, Moment, NoteInput, Sheet, What};

impl Session {
    /// Now, by the engine.
    pub(super) fn moment(&self) -> Moment {
        let status = self.controller.shared().status();
        Moment { frame: Some(status.frame), beat: Some(Ratio::from_f64(status.beat)) }
    }

    /// Puts something into the history, where there is one.
    pub(super) fn write_down(&self, what: impl FnOnce() -> What) {
        if self.journal.writes() {
            self.journal.record(self.moment(), what);
        }
    }

    /// Puts an edit that was applied into the history.
    pub(super) fn write_edit(&self, edit: &SetEdit, label: &str, gesture: Option<Gesture>) {
        let edits = || vec![edit.clone()];
        self.write_down(|| {
            What::Edit(Change { label: label.to_owned(), gesture: gesture.map(|g| g.0), edits: edits() })
        });
    }

    pub(super) fn write_undo(&self, done: Option<Replayed>, what: fn(Change) -> What) {
        if let Some(Replayed { label, edits }) = done {
            self.write_down(|| what(Change { label, gesture: None, edits }));
        }
    }

    /// Ends the gesture of the last step: what follows is a step of its own.
    pub fn end_gesture(&mut self) {
        self.history.end_gesture();
        self.write_down(|| What::GestureEnd);
    }

    /// Takes in what is to be evaluated or launched.
    pub(super) fn write_request(&mut self, request: u64, wish: &Wish, quant: Quant) {
        // What a history knows is known again under its numbers.
        let again = if let Wish::Again { of, .. } = wish { &of[..] } else { &[] };
        for (request, wish) in again.iter().map(|(r, w)| (*r, w)).chain([(request, wish)]) {
            if let Some(entry) = crate::journal::entry(request, wish, quant) {
                self.journal.book.request(request, wish);
                self.write_down(|| entry);
            }
        }
    }

    /// What was taken back before its time waits again.
    pub(super) fn write_request_again(&self, request: u64, quant: Quant) {
        if let Some(wish) = self.journal.book.wish(request) {
            self.write_down(|| crate::journal::entry(request, wish, quant).unwrap_or(What::Dropped { request }));
        }
    }

    /// What was asked for plays from a beat on.
    pub(super) fn write_heard(&mut self, request: u64, score: u64, beat: Ratio) {
        let of: Vec<u64> = self.scripts.state().of.iter().map(|(request, _)| *request).collect();
        self.journal.book.score(score, of.clone());
        self.write_down(|| What::Heard { request, score, beat, of });
    }

    /// A script was read from the disk.
    pub(super) fn write_script(&mut self, file: &str, text: &str) {
        if self.journal.writes() {
            let (hash, len) = (Hash::of(text.as_bytes()), text.len() as u64);
            self.journal.book.has_read(file, hash);
            self.write_down(|| What::File { path: file.to_owned(), hash, len });
        }
    }

    /// The set was written into these files.
    pub(super) fn write_saved(&self, files: &[std::path::PathBuf]) {
        if files.is_empty() || !self.journal.writes() {
            return;
        }
        let hashed = |path: &std::path::PathBuf| {
            let name = path.strip_prefix(&self.folder.root).unwrap_or(path).to_string_lossy().replace('\\', "/");
            let text = self.folder.files.get(&name).unwrap_or(&self.folder.text);
            (name, Hash::of(text.text().as_bytes()))
        };
        self.write_down(|| What::Saved { files: files.iter().map(hashed).collect() });
        self.checkpoint();
    }

    /// Puts the whole set into the history.
    pub(super) fn checkpoint(&self) {
        let sheets = || {
            let main = Sheet { file: None, text: self.folder.text.clone(), patch: self.set.main.clone() };
            let files = self.set.files.iter().map(|(file, patch)| Sheet {
                file: Some(file.clone()),
                text: self.folder.text_of(Some(file)).clone(),
                patch: patch.clone(),
            });
            core::iter::once(main).chain(files).collect()
        };
        if self.journal.writes() {
            self.journal.checkpoint(self.moment(), sheets);
            // A text does not say what scripts play.
            let score = self.set.main.beside.score;
            if score != 0 {
                let edits = vec![SetEdit::main(bf_patch::Edit::SetScore(score))];
                self.write_down(|| What::Follow(Change { edits, ..Change::default() }));
            }
        }
    }

    /// Has the engine tell when it takes in what it is given.
    pub(super) fn keep_tape(&mut self, engine: &mut bf_engine::Engine) {
        if self.journal.writes() {
            self.controller.keep_tape(engine);
        }
    }

    /// Does what is due for the history.
    pub(super) fn poll_history(&mut self) {
        self.poll_recorder();
        if !self.journal.writes() {
            return;
        }
        self.poll_versions();
        let (tape, moment) = (self.controller.take_tape(), self.moment());
        self.journal.tape(tape, self.controller.keys(), moment);
        self.messages.extend(self.journal.troubles());
        if self.journal.status().wants_checkpoint {
            self.checkpoint();
        }
    }

    /// Whether the set differs from its files, or one of them is gone, or what was typed into a script is not saved.
    pub fn is_unsaved(&self) -> bool {
        let mut files = self.set.files.keys().filter(|file| self.folder.files.contains_key(*file));
        let is_gone = |path: &std::path::PathBuf| self.gone.contains(path);
        !self.drafts.is_empty()
            || is_gone(&self.folder.main)
            || self.differs(None)
            || files.any(|file| self.differs(Some(file)))
    }

    /// Why the set is only read here: another program has it open.
    pub fn read_only(&self) -> Option<&str> {
        self.journal.read_only.as_deref()
    }

    /// Puts into the history that a control was moved from outside: by whom (`osc 192.168.1.5:9000`), what, and to which
    /// value. What comes of it is told besides.
    pub fn hear_control(&self, source: &str, target: &str, value: f64) {
        self.write_down(|| What::Control { source: source.to_owned(), target: target.to_owned(), value });
    }

    /// Puts a note from outside into the history; with velocity 0 it ends.
    pub fn hear_note(&self, source: &str, target: &str, key: f64, velocity: f64) {
        let note = || NoteInput { source: source.to_owned(), target: target.to_owned(), key, velocity };
        self.write_down(|| What::Note(note()));
    }

    /// What came late or was shed; the rest is where it was to be.
    pub(super) fn write_receipt(&self, notice: &Notice) {
        if let Notice::Receipt(Receipt { id, frame, late, shed }) = *notice
            && (late || shed)
        {
            let moment = Moment { frame: Some(frame), beat: None };
            self.journal.record(moment, || What::Receipt { id, late, shed });
        }
    }

    /// The number of the last entry of the history, written or on its way; 0 where there is none.
    pub fn history_last(&self) -> u64 {
        self.journal.status().last
    }

    /// Waits until all that was done so far is in the history's file; false where that did not come about in time. What
    /// plays needs it never: it is there within 200 ms by itself.
    pub fn flush_history(&self, patience: std::time::Duration) -> bool {
        self.journal.flush(patience)
    }

    /// Takes the history away from a session that has failed.
    pub(super) fn take_journal(&mut self) -> Journal {
        core::mem::take(&mut self.journal)
    }

    /// Says that what the history holds cannot be played.
    pub(super) fn tell_fallen_back(&mut self, why: &str) {
        let first = why.lines().next().unwrap_or_default();
        let message = format!("what the history holds does not play ({first}): the set plays as its files say");
        self.messages.push(Message::Problem(message));
    }
}
