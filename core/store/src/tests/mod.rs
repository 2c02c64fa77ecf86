//! What the history promises, tried.

mod arb;
mod carry;
mod damage;
mod form;
mod kill;
mod laws;
mod owners;
mod queries;
mod room;
mod size;

use crate::{Access, Change, Moment, Opening, Settings, Sheet, Store, What};
use bf_patch::{Edit, EditError, Gesture, History, Patch, Set, SetEdit, TextPatch};
use std::path::Path;
use std::time::Duration;

/// Longer than any test takes: nothing is written unless it is asked for.
const NEVER: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(30);
const KICK: &str = "patches/kick.toml";

/// A history that writes when it is told to.
fn quiet() -> Settings {
    Settings { group: NEVER, ..Settings::default() }
}

fn open(folder: &Path, settings: &Settings) -> (Store, Opening) {
    let opening = Store::open(folder, settings).unwrap();
    let Opening { access: Access::Owner(store), start, notices } = opening else { panic!("{opening:?}") };
    let reader = store.reader().unwrap();
    let why = crate::Why::Unwritable(String::new());
    (store, Opening { access: Access::Reader(reader, why), start, notices })
}

/// A set with a patch file.
fn set() -> Set {
    Set { main: Patch::default(), files: [(KICK.to_owned(), Patch::default())].into() }
}

/// The pages of a set whose files say nothing yet, and a comment.
fn sheets(set: &Set) -> Vec<Sheet> {
    let sheet = |file: Option<&str>, patch: &Patch| Sheet {
        file: file.map(str::to_owned),
        text: TextPatch::parse("# mine\nbeatforge = 1\n", "set.toml").unwrap(),
        patch: patch.clone(),
    };
    let files = set.files.iter().map(|(file, patch)| sheet(Some(file), patch));
    core::iter::once(sheet(None, &set.main)).chain(files).collect()
}

/// One thing that a hand does.
#[derive(Clone, Debug)]
enum Action {
    Edit(SetEdit, Option<u64>),
    Undo,
    Redo,
}

/// A set with its undo, as a session keeps them.
#[derive(Clone, Debug, Default)]
struct Desk {
    set: Set,
    history: History,
}

impl Desk {
    /// Does it, and says what the journal is to hold; `None` where nothing came of it.
    fn act(&mut self, action: &Action, label: &str) -> Option<What> {
        let label = label.to_owned();
        match action {
            Action::Edit(edit, gesture) => {
                let done: Result<(), EditError> = self.history.apply(&mut self.set, edit, &label, gesture.map(Gesture));
                done.ok()?;
                Some(What::Edit(Change { label, gesture: *gesture, edits: vec![edit.clone()] }))
            }
            Action::Undo => {
                let undone = self.history.undo(&mut self.set).unwrap()?;
                Some(What::Undo(Change { label, gesture: None, edits: undone.edits }))
            }
            Action::Redo => {
                let redone = self.history.redo(&mut self.set).unwrap()?;
                Some(What::Redo(Change { label, gesture: None, edits: redone.edits }))
            }
        }
    }

    fn steps(&self) -> (Vec<&str>, Vec<&str>) {
        (self.history.undoable().collect(), self.history.redoable().collect())
    }
}

fn tempo(bpm: f64) -> What {
    let edits = vec![SetEdit::main(Edit::SetTempo(bpm))];
    What::Edit(Change { label: format!("tempo {bpm}"), gesture: None, edits })
}

fn now() -> Moment {
    Moment::default()
}

/// The files of a history as a kill would leave them, in another folder.
fn killed(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    std::fs::create_dir(to.path().join(".beatforge")).unwrap();
    for part in ["history.sqlite", "history.sqlite-wal"] {
        let from = from.join(".beatforge").join(part);
        if from.exists() {
            std::fs::copy(from, to.path().join(".beatforge").join(part)).unwrap();
        }
    }
    to
}
