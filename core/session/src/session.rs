//! An open set: edits and reloads go in, plans go to the engine, messages come out.

mod audition;
mod bring;
mod broken;
mod commit;
mod count_in;
mod disk;
mod drafts;
mod due;
mod first;
mod fitting;
mod freeze;
pub(crate) mod hand;
mod history;
mod media;
mod message;
mod moved;
mod opening;
mod parts;
mod places;
mod recording;
mod saved;
mod score;
mod sending;
mod texts;
mod transport;
mod versions;
mod waiting;
mod watching;

pub use bring::bring_sound;
pub(crate) use bring::{bring_file, says_the_same};
pub use freeze::{Freeze, FreezeError, FreezeWork, Frost};
pub use message::Message;
pub use moved::KeepHistory;
pub use opening::Options;
pub use recording::KeepLast;
pub(crate) use score::MidiOut;
pub use score::Script;
pub(crate) use versions::{check_name, find};
pub use waiting::Waiting;

use crate::folder::Folder;
use crate::journal::Journal;
use crate::play::scripts::Scripts;
use crate::recorder::Recorder;
use crate::remote::Quant;
use crate::samples::SampleStore;
use bf_engine::Controller;
use bf_node::Registry;
use bf_patch::text::Diagnostic;
use bf_patch::{Edit, EditError, Gesture, History, Set, SetEdit};
use bf_pattern::Ratio;
use bf_store::{Draft, What};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// An open set.
pub struct Session {
    folder: Folder,
    set: Set,
    registry: Arc<Registry>,
    samples: Arc<SampleStore>,
    controller: Controller,
    history: History,
    journal: Journal,
    /// What was typed into scripts and is not saved.
    drafts: BTreeMap<String, Draft>,
    recorder: Option<Recorder>,
    search: Option<versions::Search>,
    /// The set has changed since the last plan was sent.
    dirty: bool,
    /// The engine was busy when a plan was last to be sent.
    waiting: bool,
    /// Why the last plan was not made; while there is something, only another set or sample is tried.
    faults: Vec<Diagnostic>,
    /// Files that play on though they are not there any more.
    gone: BTreeSet<PathBuf>,
    /// Nodes that were reset.
    breaks: broken::Breaks,
    /// Files that had faults when they were last looked at; what they said before plays on.
    broken: BTreeSet<PathBuf>,
    options: Options,
    messages: Vec<Message>,
    scripts: Scripts,
    /// When a script is heard that was saved, or evaluated with no other time.
    pub quant: Quant,
    /// Tempo and signature as last sent.
    sent_tempo: (f64, u32),
    /// A jump that the engine has not told of yet.
    sought: Option<(u64, Ratio)>,
    /// What hands reach, and what of theirs is on its way.
    hands: hand::Hands,
}

impl Session {
    /// The set as it stands.
    pub fn set(&self) -> &Set {
        &self.set
    }
    /// The folder it lives in, and the texts as last read or written.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }
    /// The engine's control half.
    pub fn controller(&mut self) -> &mut Controller {
        &mut self.controller
    }
    /// Every node type.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
    /// Frames a second.
    pub fn sample_rate(&self) -> u32 {
        self.options.sample_rate
    }
    /// What can be undone and redone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Applies an edit as one step of the history.
    ///
    /// # Errors
    /// The ids at fault, also where a cable does not fit that is new or could run before; the set is as it was.
    pub fn apply(&mut self, edit: &SetEdit, label: &str, gesture: Option<Gesture>) -> Result<(), EditError> {
        self.want_free_names(edit)?;
        let before = self.misfits_before(edit);
        let back = self.set.apply(edit)?;
        if let Err(why) = self.want_fitting(edit, before) {
            let undone = self.set.apply(&back);
            debug_assert!(undone.is_ok(), "the inverse of an applied edit applies");
            return Err(why);
        }
        self.has_applied((edit, back), label, gesture);
        Ok(())
    }

    /// As [`Session::apply`], for what a file says: that is kept as it stands there, also where a cable does not fit.
    ///
    /// # Errors
    /// The ids at fault; the set is as it was.
    pub fn apply_as_written(&mut self, edit: &SetEdit, label: &str, gesture: Option<Gesture>) -> Result<(), EditError> {
        self.want_free_names(edit)?;
        let back = self.set.apply(edit)?;
        self.has_applied((edit, back), label, gesture);
        Ok(())
    }

    fn has_applied(&mut self, (edit, back): (&SetEdit, SetEdit), label: &str, gesture: Option<Gesture>) {
        self.scripts.taken_back = None;
        self.history.record(vec![back], label, gesture);
        self.hands.changes += 1;
        self.hands.tempos += u64::from(edit.edit.leaves().iter().any(|leaf| matches!(leaf, Edit::SetTempo(_))));
        self.write_edit(edit, label, gesture);
        // A number goes straight to its node; everything else asks for a plan.
        if !edit.edit.is_for_the_eye() && !self.send_number(edit) {
            self.dirty = true;
        }
        self.poll();
    }

    /// Takes the last step back. False when there is none.
    ///
    /// # Errors
    /// When the step no longer applies.
    pub fn undo(&mut self) -> Result<bool, EditError> {
        if self.forget_pending() {
            return Ok(true);
        }
        self.scripts.taken_back = None;
        let undone = self.history.undo(&mut self.set)?;
        let done = undone.is_some();
        self.write_undo(undone, What::Undo);
        self.dirty |= done;
        self.hands.changes += 1;
        self.follow_score();
        self.poll();
        Ok(done)
    }

    /// Does the last undone step again. False when there is none.
    ///
    /// # Errors
    /// When the step no longer applies.
    pub fn redo(&mut self) -> Result<bool, EditError> {
        if self.recall_pending() {
            self.poll();
            return Ok(true);
        }
        let redone = self.history.redo(&mut self.set)?;
        let done = redone.is_some();
        self.write_undo(redone, What::Redo);
        self.dirty |= done;
        self.hands.changes += 1;
        self.follow_score();
        self.poll();
        Ok(done)
    }

    /// Whether a plan waits to be sent.
    pub fn waits(&self) -> bool {
        self.dirty || self.waiting
    }

    /// Takes the messages since the last call.
    pub fn messages(&mut self) -> Vec<Message> {
        core::mem::take(&mut self.messages)
    }
}
