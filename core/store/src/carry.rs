//! A history goes along with its set into another folder.
//!
//! It is copied row by row while it is written on; what came meanwhile is copied when the set goes on in the other folder.
//! Numbers stay what they are, so that branches, versions and performances lead to the same entries.

use crate::place::Place;
use crate::schema::{self, Look, STEPS};
use crate::store::refuse;
use crate::{OpenError, Settings, Store};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;
use std::time::Duration;

/// Rows of one transaction: between two of them it can be ended.
const ROWS: i64 = 2_000;
/// How long what waits is given to be written before the set goes on elsewhere.
const PATIENCE: Duration = Duration::from_secs(1);

/// A folder, and the name of the file where the set is a single one.
type Lies<'a> = (&'a Path, Option<&'a str>);

/// Why a history does not go along.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// One of the two does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database says so.
    #[error("the history is not copied: {0}")]
    Database(#[from] rusqlite::Error),
    /// The other folder has a history that is no copy of this one.
    #[error("there is another history in that folder")]
    Other,
    /// The disk stands still.
    #[error("the disk does not take what the history has to write")]
    Stuck,
    /// It was cancelled.
    #[error("it was cancelled")]
    Cancelled,
}

/// Copies what a history holds into another folder, as far as that does not have it yet. It may be written meanwhile; the
/// copy must not be open. Asked between pieces whether it may go on.
///
/// # Errors
/// What the database says; what was copied stays.
pub fn carry(from: Lies<'_>, to: Lies<'_>, goes_on: &mut dyn FnMut() -> bool) -> Result<(), CarryError> {
    let (from, to) = (Place::of(from.0, from.1), Place::of(to.0, to.1));
    if !from.database().exists() {
        return Ok(());
    }
    to.make().map_err(|e| OpenError::System { path: to.database(), doing: "written", cause: e.to_string() })?;
    let db = follow(&from, &to, goes_on)?;
    // What is copied later is little, and is not to wait for the disk.
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

impl Store {
    /// Has the history go on in another folder, with all that it holds so far: what [`carry`] has copied there before need
    /// not be copied again. This one ends where it is.
    ///
    /// # Errors
    /// What the database says, or another history there; this one can be written on.
    pub fn go_on(&self, folder: &Path, settings: &Settings) -> Result<Store, CarryError> {
        if !self.flush(PATIENCE) {
            return Err(CarryError::Stuck);
        }
        let place = Place::of(folder, settings.file.as_deref());
        let refused = |cause: String| OpenError::System { path: place.database(), doing: "written", cause };
        let held = place.take(&settings.program).map_err(|why| refused(why.to_string()))?;
        let db = follow(&self.place, &place, &mut || true)?;
        let last = db.query_row("SELECT seq, head FROM entries ORDER BY seq DESC LIMIT 1", [], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
        });
        Ok(Store::write(&place, held, (db, last.optional()?.unwrap_or_default()), settings)?)
    }
}

/// Brings the copy of a history up to what that holds; a way to write the copy.
fn follow(from: &Place, to: &Place, goes_on: &mut dyn FnMut() -> bool) -> Result<Connection, CarryError> {
    let db = schema::open(&to.database(), Look::Quick, STEPS).map_err(|fault| refuse(to, fault))?;
    // Nobody else reads the copy, and a power cut leaves the first history.
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0")?;
    db.execute("ATTACH ?1 AS first", [from.database().to_string_lossy()])?;
    is_copy(&db)?;
    for (table, key, columns) in [("texts", "id", "id, hash, text"), ("entries", "seq", crate::row::COLUMNS)] {
        let mut copy = db.prepare(&format!(
            "INSERT INTO main.{table}({columns}) SELECT {columns} FROM first.{table} WHERE {key} > ?1 ORDER BY {key} LIMIT {ROWS}"
        ))?;
        let mut newest = db.prepare(&format!("SELECT coalesce(max({key}), 0) FROM main.{table}"))?;
        loop {
            let at: i64 = newest.query_row([], |row| row.get(0))?;
            if copy.execute(params![at])? == 0 {
                break;
            }
            if !goes_on() {
                return Err(CarryError::Cancelled);
            }
        }
    }
    db.execute_batch("DETACH first")?;
    Ok(db)
}

/// Whether the last entry that is there is the other's, too.
fn is_copy(db: &Connection) -> Result<(), CarryError> {
    let last = "SELECT seq, sum, payload FROM main.entries ORDER BY seq DESC LIMIT 1";
    let last = db.query_row(last, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?)));
    let Some((seq, sum, payload)): Option<(i64, i64, String)> = last.optional()? else { return Ok(()) };
    let same = "SELECT count(*) FROM first.entries WHERE seq = ?1 AND sum = ?2 AND payload = ?3";
    let same: i64 = db.query_row(same, params![seq, sum, payload], |row| row.get(0))?;
    if same == 1 { Ok(()) } else { Err(CarryError::Other) }
}
