//! Questions to a history.

use crate::entry::{self, What};
use crate::form::drafted_file;
use crate::place::Place;
use crate::row::{COLUMNS, Raw};
use crate::schema::{Fault, STEPS, open_to_read};
use crate::start::{Start, lineage, start};
use crate::{Change, Draft, Entry, Moment, OpenError, ReadError};
use core::ops::{ControlFlow, RangeInclusive};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;
use std::path::Path;

/// A history to read.
#[derive(Debug)]
pub struct Reader {
    db: Connection,
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// All but what comes by the hundred: without controls, notes, receipts and events.
    Rare,
}

/// A state of the set that has a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The entry that named it.
    pub seq: u64,
    /// The branch it stands on.
    pub head: u64,
    /// When, in milliseconds since the beginning of 1970.
    pub wall_ms: i64,
    /// When, for the engine.
    pub moment: Moment,
    /// Its name.
    pub name: String,
    /// What there is to say of it.
    pub note: String,
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number: the entry that began it, 0 for the first.
    pub head: u64,
    /// The last entry of another branch that counts.
    pub from: u64,
    /// What it is called.
    pub name: String,
    /// Its last entry.
    pub last: u64,
}

impl Reader {
    /// The history of the set in a folder, or of one file there, whoever writes it; `None` where there is none yet.
    ///
    /// # Errors
    /// What the database says.
    pub fn of(folder: &Path, file: Option<&str>) -> Result<Option<Reader>, OpenError> {
        let path = Place::of(folder, file).database();
        if path.exists() { Reader::open(&path).map(Some) } else { Ok(None) }
    }

    /// Opens a database to read it.
    pub(crate) fn open(path: &Path) -> Result<Reader, OpenError> {
        let refuse = |cause| OpenError::System { path: path.to_owned(), doing: "read", cause };
        let db = open_to_read(path).map_err(|fault| match fault {
            Fault::Newer(found) => OpenError::Newer { path: path.to_owned(), found, known: STEPS.len() as i64 },
            Fault::Damaged(cause) => refuse(format!("{cause}; its owner mends it when it is opened next")),
            Fault::System(cause) => refuse(cause),
        })?;
        Ok(Reader { db })
    }

    /// What the set is restored from, at an entry or as it was last, far enough back for some steps to undo.
    ///
    /// # Errors
    /// What the database says.
    pub fn start(&self, at: Option<u64>, undo_steps: usize) -> Result<Start, ReadError> {
        Ok(start(&self.db, at, undo_steps)?)
    }

    /// The last entry, and when it was written.
    ///
    /// # Errors
    /// What the database says.
    pub fn last(&self) -> Result<Option<(u64, i64)>, ReadError> {
        let mut query = self.db.prepare_cached("SELECT seq, at_ms FROM entries ORDER BY seq DESC LIMIT 1")?;
        let last = query.query_row([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)));
        Ok(last.optional()?)
    }

    /// Goes through entries in their order, whatever their branch, until told to stop; returns how many were passed over
    /// because they are not what was written.
    ///
    /// # Errors
    /// What the database says.
    pub fn each(
        &self,
        range: RangeInclusive<u64>,
        which: Which,
        mut take: impl FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<u64, ReadError> {
        let those = if which == Which::Rare { "INDEXED BY rare WHERE kind < 100 AND" } else { "WHERE" };
        let sql = format!("SELECT {COLUMNS} FROM entries {those} seq >= ?1 AND seq <= ?2 ORDER BY seq");
        let mut query = self.db.prepare_cached(&sql)?;
        let end = i64::try_from(*range.end()).unwrap_or(i64::MAX);
        let mut rows = query.query([i64::try_from(*range.start()).unwrap_or(i64::MAX), end])?;
        let mut damaged = 0;
        while let Some(row) = rows.next()? {
            let (raw, good) = Raw::read(row)?;
            match raw.entry(&self.db).ok().filter(|_| good) {
                None => damaged += 1,
                Some(entry) => {
                    if take(entry).is_break() {
                        break;
                    }
                }
            }
        }
        Ok(damaged)
    }

    /// Entries in their order, at most so many.
    ///
    /// # Errors
    /// What the database says.
    pub fn entries(&self, range: RangeInclusive<u64>, which: Which, limit: usize) -> Result<Vec<Entry>, ReadError> {
        let mut all = Vec::new();
        self.each(range, which, |entry| {
            if all.len() < limit {
                all.push(entry);
            }
            if all.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(all)
    }

    /// The changes that lead from one entry (which is not among them) to a later one on the same way.
    ///
    /// # Errors
    /// What the database says.
    pub fn changes(&self, after: u64, to: u64) -> Result<Vec<Change>, ReadError> {
        let mut all = Vec::new();
        for stretch in lineage(&self.db, to.cast_signed())?.into_iter().rev() {
            let from = stretch.from.max(after.cast_signed().saturating_add(1));
            if from <= stretch.to {
                self.each(from.cast_unsigned()..=stretch.to.cast_unsigned(), Which::Rare, |entry| {
                    if entry.head.cast_signed() == stretch.head {
                        all.extend(entry.what.change().cloned());
                    }
                    ControlFlow::Continue(())
                })?;
            }
        }
        Ok(all)
    }

    /// The named versions, the last first.
    ///
    /// # Errors
    /// What the database says.
    pub fn versions(&self) -> Result<Vec<Version>, ReadError> {
        let named = self.of_kind(entry::VERSION)?.into_iter().rev();
        Ok(named
            .filter_map(|Entry { seq, head, wall_ms, moment, what }| match what {
                What::Version { name, note } => Some(Version { seq, head, wall_ms, moment, name, note }),
                _ => None,
            })
            .collect())
    }

    /// The set as it was saved, the last first: so many of them at most, each named by its entry, as `#12`.
    ///
    /// # Errors
    /// What the database says.
    pub fn saves(&self, most: usize) -> Result<Vec<Version>, ReadError> {
        let saved = self.of_kind(entry::SAVED)?.into_iter().rev().take(most);
        let version = |Entry { seq, head, wall_ms, moment, .. }: Entry| Version {
            seq,
            head,
            wall_ms,
            moment,
            name: format!("#{seq}"),
            note: "saved".to_owned(),
        };
        Ok(saved.map(version).collect())
    }

    /// What was typed last into each script, on whatever branch, where that was not as its file.
    ///
    /// # Errors
    /// What the database says.
    pub fn drafts(&self) -> Result<Vec<Draft>, ReadError> {
        let sql =
            format!("SELECT {COLUMNS} FROM entries INDEXED BY rare WHERE kind < 100 AND kind = ?1 ORDER BY seq DESC");
        let mut query = self.db.prepare_cached(&sql)?;
        let mut rows = query.query([entry::DRAFT])?;
        let (mut seen, mut drafts) = (BTreeSet::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let (raw, good) = Raw::read(row)?;
            // One that is damaged gives way to the one before it.
            let Some(file) = drafted_file(&raw.payload).filter(|file| good && !seen.contains(file)) else { continue };
            if let Ok(Entry { what: What::Draft(draft), .. }) = raw.entry(&self.db) {
                seen.insert(file);
                drafts.extend((draft.text != draft.base).then_some(draft));
            }
        }
        Ok(drafts)
    }

    /// The beginnings of sessions, the first first.
    ///
    /// # Errors
    /// What the database says.
    pub fn openings(&self) -> Result<Vec<Entry>, ReadError> {
        self.of_kind(entry::OPENED)
    }

    /// The branches, the first first.
    ///
    /// # Errors
    /// What the database says.
    pub fn heads(&self) -> Result<Vec<Head>, ReadError> {
        let mut query =
            self.db.prepare_cached("SELECT max(seq) FROM entries WHERE kind < 100 AND seq >= ?1 AND head = ?1")?;
        let mut trunk = self.db.prepare_cached("SELECT max(seq) FROM entries WHERE kind < 100 AND head = 0")?;
        let last: Option<i64> = trunk.query_row([], |row| row.get(0))?;
        let last = last.unwrap_or(0).cast_unsigned();
        let mut all = vec![Head { head: 0, from: 0, name: String::new(), last }];
        for begun in self.of_kind(entry::BRANCH)? {
            let What::Branch { from, name } = begun.what else { continue };
            let last: Option<i64> = query.query_row([begun.seq.cast_signed()], |row| row.get(0))?;
            all.push(Head { head: begun.seq, from, name, last: last.unwrap_or(0).cast_unsigned() });
        }
        Ok(all)
    }

    fn of_kind(&self, kind: u16) -> Result<Vec<Entry>, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM entries INDEXED BY rare WHERE kind < 100 AND kind = ?1 ORDER BY seq");
        let mut query = self.db.prepare_cached(&sql)?;
        let rows = query.query_map([kind], Raw::read)?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows.iter().filter(|(_, good)| *good).filter_map(|(raw, _)| raw.entry(&self.db).ok()).collect())
    }
}
