//! The history of an open set: what happens goes in as it happens, and what was there comes back when it is opened.

mod back;
mod book;
pub(crate) mod tape;

pub(crate) use back::{Back, merge};
pub(crate) use book::{Book, entry};

use crate::folder::Folder;
use crate::session::{Message, Options};
use bf_engine::{Given, Taken};
use bf_node::Keys;
use bf_store::{Access, CarryError, Draft, Moment, Opened, Opening, Settings, Sheet, Status, Store, What, restore};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tape::Line;

/// How long what the engine was given waits for more of it, and how often it is said how far it has played.
const TAPE_WAITS: Duration = Duration::from_millis(50);
const TAPE_IDLE: Duration = Duration::from_millis(500);
/// Bytes that do not wait.
const TAPE_BYTES: usize = 1 << 16;

/// Steps that can be undone after reopening, where there were as many.
const UNDO_STEPS: usize = 1000;

/// What the files of a set said when they were last read or written; none where there is no history that says it.
pub(crate) fn texts_as_read(path: &Path) -> Option<BTreeMap<Option<String>, String>> {
    let (root, single) = Folder::place(path);
    let reader = bf_store::Reader::of(&root, single.as_deref()).ok()??;
    let restored = restore(&reader.start(None, 0).ok()?).ok()?;
    Some(restored.texts.into_iter().map(|(file, text)| (file, text.base.to_string())).collect())
}

fn settings(folder: &Folder) -> Settings {
    Settings {
        program: format!("BeatForge {}", env!("CARGO_PKG_VERSION")),
        file: folder.single.clone(),
        undo_steps: UNDO_STEPS,
        ..Settings::default()
    }
}

/// Copies the history of a set that plays into another folder, in which it is to go on: beside the sound, so that little
/// is left to be copied then. Asked now and then whether it may go on.
///
/// # Errors
/// What the database says, or that it was cancelled.
pub fn carry_history(
    (root, file): &(PathBuf, Option<String>),
    to: &Path,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<(), CarryError> {
    bf_store::carry((root, file.as_deref()), (to, None), goes_on)
}

/// The history of a set, or none.
#[derive(Default)]
pub(crate) struct Journal {
    store: Option<Store>,
    /// Why the set is read only here: another program has it.
    pub(crate) read_only: Option<String>,
    /// What was evaluated.
    pub(crate) book: Book,
    /// The script holds what it did: what it has said stands, also where a hand has changed it since.
    pub(crate) as_it_was: bool,
    /// What was typed into scripts and not saved.
    pub(crate) drafts: Vec<Draft>,
    /// The last entry that there was when the set was opened.
    pub(crate) begun: u64,
    /// Lines of what the engine was given that are not in the journal yet, and when the last went there.
    tape: String,
    pieces: u64,
    taped: Option<(Instant, u64)>,
    frame: u64,
    /// Nothing of that is kept.
    no_tape: bool,
    /// Where it was opened before anything of this session was in it.
    folder: Option<(PathBuf, Option<String>)>,
}

impl Journal {
    /// Opens the history of a set; what it has to tell, and what it holds of the set. A set without one can be played
    /// as well.
    pub(crate) fn open(folder: &Folder, messages: &mut Vec<Message>) -> (Journal, Option<Back>) {
        let Opening { access, start, notices } = match Store::open(&folder.root, &settings(folder)) {
            Ok(opening) => opening,
            Err(e) => {
                messages.push(Message::Problem(format!("{e}; the set plays without its history")));
                return (Journal::default(), None);
            }
        };
        messages.extend(notices.iter().map(|notice| Message::Told(notice.to_string())));
        let mut journal = Journal::default();
        journal.begun = start.until.map_or(0, |(last, _)| last);
        journal.folder = Some((folder.root.clone(), folder.single.clone()));
        let reader = match access {
            Access::Owner(store) => {
                let reader = store.reader();
                journal.store = Some(store);
                reader
            }
            Access::Reader(reader, why) => {
                messages.push(Message::Problem(why.to_string()));
                journal.read_only = Some(why.to_string());
                Ok(reader)
            }
        };
        if start.stages.is_empty() {
            return (journal, None);
        }
        match reader {
            Ok(reader) => {
                journal.book = Book::read(&reader, &start);
                // What another program is typing is its own.
                if journal.writes() {
                    journal.drafts = reader.drafts().unwrap_or_default();
                }
            }
            Err(e) => messages.push(Message::Problem(e.to_string())),
        }
        let script = folder.script.as_ref().and_then(|script| folder.read_script(script).ok());
        journal.as_it_was = script.is_some_and(|(file, text)| journal.book.is_as_read(&file, &text));
        match restore(&start) {
            Ok(restored) => (journal, Some(Back::new(restored, &start))),
            Err(e) => {
                messages.push(Message::Problem(e.to_string()));
                (journal, None)
            }
        }
    }

    /// Has all that is kept so far go on in another folder, the tape as well. What was, which takes a while to be closed.
    pub(crate) fn go_on(&mut self, folder: &Folder, moment: Moment) -> Result<Option<Journal>, CarryError> {
        self.end_tape(moment);
        let Some(store) = &self.store else { return Ok(None) };
        let next = store.go_on(&folder.root, &settings(folder))?;
        let mut old = Journal::default();
        old.store = self.store.replace(next);
        self.folder = Some((folder.root.clone(), folder.single.clone()));
        Ok(Some(old))
    }

    /// Forgets what was evaluated.
    pub(crate) fn forget(&mut self) {
        (self.book, self.as_it_was) = (Book::default(), false);
    }

    /// Keeps nothing of what the engine is given.
    pub(crate) fn without_tape(&mut self) {
        self.no_tape = true;
    }

    /// Whether anything is written.
    pub(crate) fn writes(&self) -> bool {
        self.store.is_some()
    }

    /// Where it lies: the folder, and the file where the set is a single one.
    pub(crate) fn place(&self) -> Option<&(PathBuf, Option<String>)> {
        self.folder.as_ref()
    }

    /// Puts something into the journal, where there is one; the number of the entry. Never waits.
    pub(crate) fn record(&self, moment: Moment, what: impl FnOnce() -> What) -> Option<u64> {
        self.store.as_ref().and_then(|store| store.record(moment, &what()))
    }

    /// Takes in what the engine was given and has taken in, up to a frame.
    pub(crate) fn tape(&mut self, (given, taken): (Vec<Given>, Vec<Taken>), keys: &Keys, moment: Moment) {
        if self.no_tape {
            return;
        }
        let given = given.into_iter().map(Line::Given);
        for line in given.chain(taken.into_iter().map(Line::Taken)) {
            tape::write(&line, keys, &mut self.tape);
        }
        let frame = moment.frame.unwrap_or(0);
        self.frame = frame;
        let (since, told) = *self.taped.get_or_insert_with(|| (Instant::now(), 0));
        let waits = since.elapsed();
        let due = if self.tape.is_empty() { waits > TAPE_IDLE && frame > told } else { waits > TAPE_WAITS };
        if due || self.tape.len() > TAPE_BYTES {
            tape::write(&Line::Frame(frame), keys, &mut self.tape);
            self.put_tape(moment);
            self.taped = Some((Instant::now(), frame));
        }
    }

    /// Writes the last of what the engine was given.
    fn put_tape(&mut self, moment: Moment) {
        let text = core::mem::take(&mut self.tape);
        if !text.is_empty() {
            let mut piece = String::with_capacity(text.len() + 16);
            tape::write(&Line::Piece(self.pieces), &Keys::default(), &mut piece);
            piece.push_str(&text);
            self.pieces += 1;
            self.record(moment, || What::Tape(piece));
        }
    }

    /// Writes how far it has played.
    fn end_tape(&mut self, moment: Moment) {
        if self.writes() && self.frame > 0 && !self.no_tape {
            tape::write(&Line::Frame(self.frame), &Keys::default(), &mut self.tape);
            self.put_tape(moment);
        }
    }

    /// Says that a session begins.
    pub(crate) fn begin(&self, options: &Options) {
        let opened = || {
            What::Opened(Opened {
                program: format!("BeatForge {}", env!("CARGO_PKG_VERSION")),
                sample_rate: options.sample_rate,
                block: options.block as u32,
                seed: options.seed,
            })
        };
        self.record(Moment::default(), opened);
    }

    /// Puts the whole set into the journal. The writer makes texts of it.
    pub(crate) fn checkpoint(&self, moment: Moment, sheets: impl FnOnce() -> Vec<Sheet>) {
        if let Some(store) = &self.store {
            store.checkpoint(moment, sheets());
        }
    }

    /// Begins a branch at an earlier entry.
    pub(crate) fn branch(&self, from: u64, name: &str) -> Option<u64> {
        self.store.as_ref()?.branch(from, name)
    }

    /// How far it is.
    pub(crate) fn status(&self) -> Status {
        self.store.as_ref().map(Store::status).unwrap_or_default()
    }

    /// Waits until all is written; true where there is nothing to write.
    pub(crate) fn flush(&self, patience: std::time::Duration) -> bool {
        self.store.as_ref().is_none_or(|store| store.flush(patience))
    }

    /// What is wrong, told once.
    pub(crate) fn troubles(&self) -> Vec<Message> {
        let troubles = self.store.as_ref().map(Store::troubles).unwrap_or_default();
        troubles.iter().map(|trouble| Message::Problem(trouble.to_string())).collect()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.end_tape(Moment::default());
        if let Some(store) = self.store.take()
            && !std::thread::panicking()
        {
            // What could not be written then was told before.
            let _all_written = store.close();
        }
    }
}
