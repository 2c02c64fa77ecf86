//! The thread that writes: groups of entries as transactions.

use crate::Hash;
use crate::entry::{Page, What};
use crate::form::what;
use crate::queue::{Item, Queue};
use crate::row::put_text;
use crate::schema::is_damage;
use bf_patch::{Beside, Patch, TextPatch};
use rusqlite::{Connection, Error, ErrorCode};
use std::sync::Arc;
use std::time::Duration;

/// One patch of a set at a checkpoint.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The patch file, by its path in the set. `None`: the main patch.
    pub file: Option<String>,
    /// The text as it was last read from the disk or written there.
    pub text: TextPatch,
    /// The patch as it stands.
    pub patch: Patch,
}

/// The writer of a history.
pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) queue: Arc<Queue>,
    pub(crate) group: Duration,
}

impl Writer {
    /// Writes until the queue is closed. What it writes is the system's to keep: it never waits for the disk itself.
    pub(crate) fn run(self) {
        // What fails here only makes it wait more than it has to.
        let _ = self.db.execute_batch("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0");
        while let Some(batch) = self.queue.take(self.group) {
            self.batch(batch);
        }
    }

    fn batch(&self, mut batch: Vec<Item>) {
        batch.iter_mut().filter(|item| !item.sheets.is_empty()).for_each(write_out);
        let Some(last) = batch.last().map(|item| item.raw.seq) else { return };
        match self.transaction(&batch) {
            Ok(()) => self.queue.wrote(last),
            Err(e) if passes(&e) => self.queue.failed(batch, e.to_string()),
            Err(e) => {
                let refused = batch.chunks(1).filter(|one| self.transaction(one).is_err()).count();
                self.queue.refused(refused as u64, e.to_string());
                self.queue.wrote(last);
            }
        }
    }

    /// Writes entries, all or none.
    fn transaction(&self, batch: &[Item]) -> Result<(), Error> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let written = batch.iter().try_for_each(|item| {
            item.texts.iter().try_for_each(|(hash, text)| put_text(&self.db, hash, text))?;
            item.raw.write(&self.db)
        });
        let done = written.and_then(|()| self.db.execute_batch("COMMIT"));
        if done.is_err() && !self.db.is_autocommit() {
            // Some errors have rolled back already; this one tells no more than the first.
            let _ = self.db.execute_batch("ROLLBACK");
        }
        done
    }
}

/// Whether an error may go away by itself.
fn passes(e: &Error) -> bool {
    let passing = [ErrorCode::SystemIoFailure, ErrorCode::ReadOnly];
    !is_damage(e) || e.sqlite_error_code().is_some_and(|code| passing.contains(&code))
}

/// Makes texts of a checkpoint's patches.
fn write_out(item: &mut Item) {
    let mut pages = Vec::new();
    for sheet in core::mem::take(&mut item.sheets) {
        let base: Arc<str> = Arc::from(sheet.text.text());
        let mut text = sheet.text;
        if *text.patch() != sheet.patch {
            // What scripts play may be named, as the patch does.
            text.set_beside(&Beside { open: sheet.file.is_none(), ..sheet.patch.beside.clone() });
            text.update(&sheet.patch);
        }
        let now: Arc<str> = match text.text() {
            // A text that cannot be made to say the patch is not what is to be kept.
            _ if *text.patch() != sheet.patch => Arc::from(sheet.patch.to_text()),
            same if *same == *base => Arc::clone(&base),
            other => Arc::from(other),
        };
        let page = Page { file: sheet.file, text: Hash::of(now.as_bytes()), base: Hash::of(base.as_bytes()) };
        item.texts.push((page.text, now));
        if page.text != page.base {
            item.texts.push((page.base, base));
        }
        pages.push(page);
    }
    item.raw.payload = what(&What::Checkpoint(pages));
}
