//! The set as it was, from a checkpoint and what came after it. Pure: it reads no file and no clock.

use crate::entry::{Change, What};
use crate::start::{Checkpoint, Stage, Start};
use crate::{Entry, RestoreError};
use bf_patch::text::{Severity, TextPatch};
use bf_patch::{Beside, Edit, Gesture, History, Name, Set, SetEdit};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A set as it was.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The set.
    pub set: Set,
    /// What can be undone and redone.
    pub history: History,
    /// The texts of the last checkpoint; `None` is the main patch. What came after it is in the set, not in them.
    pub texts: BTreeMap<Option<String>, Text>,
    /// The last entry that counts, and when it was written, in milliseconds since the beginning of 1970.
    pub until: (u64, i64),
    /// How many changes came after the last checkpoint.
    pub changes: usize,
    /// Changes that did not apply, and why: something before them is lost.
    pub skipped: Vec<String>,
    /// Checkpoints on the way that said something else than the changes before them, and were believed.
    pub corrected: usize,
    /// Entries that were lost before they were written.
    pub missing: u64,
    /// Entries that are not what was written, and were passed over.
    pub damaged: u64,
    /// Whether the set has changed since it was saved.
    pub unsaved: bool,
    /// Whether the session was closed as it should.
    pub closed: bool,
}

/// A patch's text at a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What said the patch, with its comments.
    pub now: Arc<str>,
    /// What was on the disk.
    pub base: Arc<str>,
}

impl core::fmt::Display for Restored {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "the set is as it was at {}", crate::date::date(self.until.1))?;
        if self.skipped.is_empty() && self.missing == 0 && self.damaged == 0 {
            return Ok(());
        }
        let (skipped, missing, damaged) = (self.skipped.len(), self.missing, self.damaged);
        write!(f, ", but for {missing} entries that were lost, {damaged} damaged and {skipped} that no longer apply")
    }
}

/// Builds the set and its history of undo.
///
/// # Errors
/// Where there is no checkpoint, or the text of the first does not read.
pub fn restore(start: &Start) -> Result<Restored, RestoreError> {
    let mut stages = start.stages.iter();
    let Some(Stage::Checkpoint(first)) = stages.next() else { return Err(RestoreError::NoCheckpoint) };
    let mut restored = Restored {
        set: set_of(first)?,
        history: History::default(),
        texts: texts_of(first),
        until: start.until.unwrap_or((first.seq, first.wall_ms)),
        changes: 0,
        skipped: Vec::new(),
        corrected: 0,
        missing: start.missing,
        damaged: start.damaged,
        unsaved: is_unsaved(first),
        closed: start.closed,
    };
    for stage in stages {
        match stage {
            Stage::Checkpoint(checkpoint) => restored.pass(checkpoint),
            Stage::Entry(entry) => restored.entry(entry),
        }
    }
    Ok(restored)
}

impl Restored {
    /// A checkpoint on the way: where it says something else than what was done, something is lost, and it is right.
    fn pass(&mut self, checkpoint: &Checkpoint) {
        match set_of(checkpoint) {
            Ok(set) if set == self.set => {}
            // Patch files that were read, as one that an edit has named: that is no edit.
            Ok(set) if set.main == self.set.main && self.set.files.iter().all(|(k, p)| set.files.get(k) == Some(p)) => {
                self.set = set;
            }
            Ok(set) => {
                self.set = set;
                self.history.clear();
                self.skipped.clear();
                self.corrected += 1;
            }
            Err(e) => return self.skipped.push(e.to_string()),
        }
        self.texts = texts_of(checkpoint);
        self.unsaved = is_unsaved(checkpoint);
        self.changes = 0;
    }

    fn entry(&mut self, entry: &Entry) {
        let set = &mut self.set;
        let done = match &entry.what {
            What::Edit(change) => {
                meet(set, change);
                set.apply_all(&change.edits)
                    .map(|back| self.history.record(back, &change.label, change.gesture.map(Gesture)))
            }
            What::Follow(change) => {
                meet(set, change);
                set.apply_all(&change.edits).map(|_| ())
            }
            What::Undo(change) => {
                let undone = self.history.undo(set).ok().flatten();
                if undone.as_ref().is_some_and(|undone| same(&undone.edits, &change.edits)) {
                    Ok(())
                } else {
                    let back = undone.and_then(|_| self.history.redo(set).ok()).flatten();
                    debug_assert!(back.is_none_or(|back| !back.edits.is_empty()), "what was undone is done again");
                    self.past(change)
                }
            }
            What::Redo(change) => {
                let redone = self.history.redo(set).ok().flatten();
                if redone.as_ref().is_some_and(|redone| same(&redone.edits, &change.edits)) {
                    Ok(())
                } else {
                    let back = redone.and_then(|_| self.history.undo(set).ok()).flatten();
                    debug_assert!(back.is_none_or(|back| !back.edits.is_empty()), "what was redone is undone again");
                    self.past(change)
                }
            }
            What::GestureEnd => {
                self.history.end_gesture();
                return;
            }
            What::Saved { .. } => {
                self.unsaved = false;
                return;
            }
            _ => return,
        };
        match done {
            Ok(()) => (self.changes, self.unsaved) = (self.changes + 1, true),
            Err(e) => self.skipped.push(format!("entry {}: {e}", entry.seq)),
        }
    }

    /// An undo or redo of what lies before the beginning: its edits say all that is needed.
    fn past(&mut self, change: &Change) -> Result<(), bf_patch::EditError> {
        self.history.clear();
        meet(&mut self.set, change);
        self.set.apply_all(&change.edits).map(|_| ())
    }
}

fn set_of(checkpoint: &Checkpoint) -> Result<Set, RestoreError> {
    let mut set = Set::default();
    for page in &checkpoint.pages {
        let name = page.file.as_deref().unwrap_or("the main patch");
        // What scripts played is not written, and may be named.
        let beside = Beside { open: page.file.is_none(), ..Beside::default() };
        let text = TextPatch::parse_beside(&page.text, name, &beside).map_err(|faults| {
            let first = faults.iter().find(|fault| fault.severity == Severity::Error);
            let cause = first.map_or_else(String::new, |fault| fault.message.clone());
            RestoreError::Text { file: name.to_owned(), cause }
        })?;
        let patch = text.patch().clone();
        match &page.file {
            Some(file) => _ = set.files.insert(file.clone(), patch),
            None => set.main = patch,
        }
    }
    set.main.beside.guests = Arc::new(set.main.strangers());
    Ok(set)
}

fn texts_of(checkpoint: &Checkpoint) -> BTreeMap<Option<String>, Text> {
    let text = |page: &crate::PageText| Text { now: Arc::clone(&page.text), base: Arc::clone(&page.base) };
    checkpoint.pages.iter().map(|page| (page.file.clone(), text(page))).collect()
}

fn is_unsaved(checkpoint: &Checkpoint) -> bool {
    checkpoint.pages.iter().any(|page| page.text != page.base)
}

/// Makes known what edits name and the main patch does not have: it was of a script, or they had not applied.
fn meet(set: &mut Set, change: &Change) {
    let main = &mut set.main;
    let mut there: BTreeSet<&Name> = main.nodes.keys().chain(main.beside.guests.iter()).collect();
    let mut strangers = BTreeSet::new();
    for edit in change.edits.iter().filter(|edit| edit.file.is_none()).flat_map(|edit| edit.edit.leaves()) {
        for name in named(edit) {
            if !there.contains(name) {
                strangers.insert(name.clone());
            }
        }
        match edit {
            Edit::AddNode { name, .. } | Edit::RenameNode { to: name, .. } => _ = there.insert(name),
            _ => {}
        }
    }
    if !strangers.is_empty() {
        let guests = strangers.into_iter().chain(main.beside.guests.iter().cloned()).collect();
        main.beside.guests = Arc::new(guests);
    }
}

/// The nodes that an edit names and that need not be the patch's own.
fn named(edit: &Edit) -> Vec<&Name> {
    match edit {
        Edit::SetParam { .. } => Vec::new(),
        Edit::Override { target, .. } | Edit::SetAutomation { target, .. } => vec![&target.node],
        Edit::Connect { to, cable, .. } => vec![&to.node, &cable.from.node],
        Edit::Disconnect { to, from } | Edit::SetAmount { to, from, .. } => vec![&to.node, &from.node],
        Edit::SetLayout { name, .. } => vec![name],
        Edit::SetSnapshot { values: Some(values), .. } => values.keys().map(|target| &target.node).collect(),
        Edit::SetMapping { mapping: Some(mapping), .. } => vec![&mapping.to.node],
        Edit::SetInput { targets: Some(targets), .. } => targets.iter().map(|target| &target.node).collect(),
        Edit::SetOutput { source: Some(source), .. } => vec![&source.node],
        Edit::SetControl { control: Some(control), .. } => control.targets.iter().map(|t| &t.node).collect(),
        _ => Vec::new(),
    }
}

/// Whether two lists of edits do the same to the document. Which score plays is counted anew in each session.
fn same(a: &[SetEdit], b: &[SetEdit]) -> bool {
    fn plain(edit: &Edit) -> Edit {
        match edit {
            Edit::SetScore(_) => Edit::SetScore(0),
            Edit::Batch(edits) => Edit::Batch(edits.iter().map(plain).collect()),
            other => other.clone(),
        }
    }
    let plain = |e: &SetEdit| SetEdit { file: e.file.clone(), edit: plain(&e.edit) };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || plain(a) == plain(b))
}
