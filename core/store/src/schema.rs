//! The tables, how they came to be as they are, and how a database is opened.

use crate::row::COLUMNS;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Says that a database is a history: `BfHi`.
const APPLICATION: i64 = 0x4266_4869;
/// Bytes of a page; salvage relies on it.
pub(crate) const PAGE: u64 = 4096;
/// How long a lock of another connection is waited for, on the threads that may.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);

/// What makes each format of the one before. A step that has shipped is never changed.
pub(crate) const STEPS: &[&str] = &["
    CREATE TABLE entries(
        seq INTEGER PRIMARY KEY,
        head INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        frame INTEGER,
        beat TEXT,
        kind INTEGER NOT NULL,
        payload TEXT NOT NULL,
        sum INTEGER NOT NULL
    );
    CREATE INDEX rare ON entries(seq) WHERE kind < 100;
    CREATE TABLE texts(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, text TEXT NOT NULL);
"];

/// Why a database does not open.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Its format is not known yet.
    Newer(i64),
    /// It is not whole, or no history.
    Damaged(String),
    /// The system refuses.
    System(String),
}

impl From<Error> for Fault {
    fn from(e: Error) -> Fault {
        if is_damage(&e) { Fault::Damaged(e.to_string()) } else { Fault::System(e.to_string()) }
    }
}

/// Whether an error says that the file is not as it should be. A file that refuses to be written counts, where its
/// folder does not: a bit of its head says so.
pub(crate) fn is_damage(e: &Error) -> bool {
    use ErrorCode as C;
    !matches!(
        e.sqlite_error_code(),
        Some(
            C::PermissionDenied
                | C::DatabaseBusy
                | C::DatabaseLocked
                | C::OutOfMemory
                | C::DiskFull
                | C::CannotOpen
                | C::FileLockingProtocolFailed
                | C::NoLargeFileSupport
        )
    )
}

/// How closely a database is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Its tables are there.
    Quick,
    /// Every page and index is whole.
    Thorough,
}

/// Opens a database to write it, made or brought up to date.
pub(crate) fn open(path: &Path, look: Look, steps: &[&str]) -> Result<Connection, Fault> {
    let len = std::fs::metadata(path).map(|m| m.len()).ok();
    let log = std::fs::metadata(&crate::place::parts(path)[1]).is_ok_and(|m| m.len() > 0);
    // SQLite takes an empty file for a new database and throws its log away.
    if len.map_or(log, |len| len < PAGE) {
        return Err(Fault::Damaged("the file is cut short".to_owned()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    // What turns out to be damaged is kept as it was found.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    careful(&db)?;
    let format = check_format(&db, steps.len() as i64)?;
    if format == 0 {
        db.execute_batch(&format!("PRAGMA page_size = {PAGE}; PRAGMA application_id = {APPLICATION}"))?;
    } else if look == Look::Thorough {
        let says: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if says != "ok" {
            return Err(Fault::Damaged(says));
        }
    }
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000",
    )?;
    migrate(&db, format, steps)?;
    has_tables(&db)?;
    Ok(db)
}

/// Opens a database to read it.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let open = |name: &str| -> Result<Connection, Fault> {
        let db = Connection::open_with_flags(name, flags)?;
        db.busy_timeout(PATIENCE)?;
        careful(&db)?;
        check_format(&db, STEPS.len() as i64)?;
        has_tables(&db)?;
        Ok(db)
    };
    let uri = uri(path);
    // A folder that cannot be written has no room for the index of the log either.
    open(&uri).or_else(|fault| match fault {
        Fault::System(_) => open(&format!("{uri}?immutable=1")),
        fault => Err(fault),
    })
}

/// The path as SQLite's `file:` names want it.
fn uri(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let text = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    if text.starts_with('/') { format!("file://{text}") } else { format!("file:///{text}") }
}

/// What guards against a file that was made to do harm, or was harmed.
fn careful(db: &Connection) -> Result<(), Error> {
    db.execute_batch("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0")
}

/// The format of a history; 0 for a database that is new.
fn check_format(db: &Connection, known: i64) -> Result<i64, Fault> {
    let number = |what: &str| db.query_row(&format!("PRAGMA {what}"), [], |row| row.get::<_, i64>(0));
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let (application, format) = (number("application_id")?, number("user_version")?);
    match format {
        0 if tables == 0 => Ok(0),
        _ if application != APPLICATION => Err(Fault::Damaged("it does not say that it is a history".to_owned())),
        format if format > known => Err(Fault::Newer(format)),
        format if format < 1 => Err(Fault::Damaged(format!("its format is {format}"))),
        format => Ok(format),
    }
}

fn has_tables(db: &Connection) -> Result<(), Error> {
    db.prepare(&format!("SELECT {COLUMNS} FROM entries"))?;
    db.prepare("SELECT id, hash, text FROM texts").map(|_| ())
}

/// Brings a database up to date, step by step; a step that fails leaves it as it was.
fn migrate(db: &Connection, format: i64, steps: &[&str]) -> Result<(), Error> {
    for (step, number) in steps.iter().zip(1_i64..).filter(|(_, number)| *number > format) {
        db.execute_batch("BEGIN IMMEDIATE")?;
        let done = db.execute_batch(step).and_then(|()| db.execute_batch(&format!("PRAGMA user_version = {number}")));
        let done = done.and_then(|()| db.execute_batch("COMMIT"));
        if done.is_err() {
            // What was done of the step goes; the error says why.
            let _ = db.execute_batch("ROLLBACK");
            return done;
        }
    }
    Ok(())
}
