//! An entry as a row of the database.

use crate::form::{BadForm, read_ratio, read_what};
use crate::hash::sum;
use crate::{Entry, Hash, Moment};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::Arc;

/// The columns of a row, in the order in which [`Raw::read`] wants them.
pub(crate) const COLUMNS: &str = "seq, head, at_ms, frame, beat, kind, payload, sum";

/// A row as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Raw {
    pub(crate) seq: i64,
    pub(crate) head: i64,
    pub(crate) at_ms: i64,
    pub(crate) frame: Option<i64>,
    pub(crate) beat: Option<String>,
    pub(crate) kind: u16,
    pub(crate) payload: String,
}

impl Raw {
    /// The row, and whether it is what was written. Never fails on what stands there, only where nothing can be read.
    pub(crate) fn read(row: &Row) -> Result<(Raw, bool), rusqlite::Error> {
        let whole = |at: usize| row.get_ref(at).map(|v| v.as_i64().ok());
        let text = |at: usize| -> Result<Option<String>, rusqlite::Error> {
            Ok(match row.get_ref(at)? {
                ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                _ => None,
            })
        };
        let (seq, head, at_ms) = (whole(0)?.unwrap_or(0), whole(1)?.unwrap_or(0), whole(2)?.unwrap_or(0));
        let kind = whole(5)?.and_then(|kind| u16::try_from(kind).ok()).unwrap_or(u16::MAX);
        let payload = text(6)?.unwrap_or_default();
        let raw = Raw { seq, head, at_ms, frame: whole(3)?, beat: text(4)?, kind, payload };
        let good = whole(7)? == Some(raw.sum());
        Ok((raw, good))
    }

    fn sum(&self) -> i64 {
        let frame = self.frame.map(i64::to_le_bytes);
        sum(&[
            &self.seq.to_le_bytes(),
            &self.head.to_le_bytes(),
            &self.at_ms.to_le_bytes(),
            frame.as_ref().map_or(&[][..], |frame| &frame[..]),
            self.beat.as_deref().unwrap_or_default().as_bytes(),
            &self.kind.to_le_bytes(),
            self.payload.as_bytes(),
        ])
    }

    /// Writes the row.
    pub(crate) fn write(&self, db: &Connection) -> Result<(), rusqlite::Error> {
        let mut insert = db.prepare_cached(
            "INSERT INTO entries(seq, head, at_ms, frame, beat, kind, payload, sum) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
        )?;
        insert.execute(params![
            self.seq,
            self.head,
            self.at_ms,
            self.frame,
            self.beat,
            self.kind,
            self.payload,
            self.sum()
        ])?;
        Ok(())
    }

    /// The entry that the row says.
    pub(crate) fn entry(&self, db: &Connection) -> Result<Entry, BadForm> {
        let text_of = |hash: &Hash| text(db, hash).ok().flatten();
        Ok(Entry {
            seq: self.seq.cast_unsigned(),
            head: self.head.cast_unsigned(),
            wall_ms: self.at_ms,
            moment: Moment {
                frame: self.frame.map(i64::cast_unsigned),
                beat: self.beat.as_deref().and_then(read_ratio),
            },
            what: read_what(self.kind, &self.payload, text_of)?,
        })
    }
}

/// A long text, if it is there and whole.
pub(crate) fn text(db: &Connection, hash: &Hash) -> Result<Option<Arc<str>>, rusqlite::Error> {
    let mut query = db.prepare_cached("SELECT text FROM texts WHERE hash = ?1")?;
    let found = query.query_row([&hash.0[..]], |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Text(bytes) if Hash::of(bytes) == *hash => core::str::from_utf8(bytes).ok().map(Arc::from),
            _ => None,
        })
    });
    found.optional().map(Option::flatten)
}

/// Puts a long text beside the entries, where it is not there yet.
pub(crate) fn put_text(db: &Connection, hash: &Hash, text: &str) -> Result<(), rusqlite::Error> {
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO texts(hash, text) VALUES (?1, ?2)")?;
    insert.execute(params![&hash.0[..], text])?;
    Ok(())
}
