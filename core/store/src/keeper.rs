//! The thread that brings to the disk what was written, so that a power cut costs little.
//!
//! It is not the writer, since a disk that is busy may take a second for it, and what waits in memory meanwhile would be
//! lost with the process. The writer's connection therefore never syncs, and never moves pages into the database; this
//! one does, with `synchronous = NORMAL`: the log is on the disk before a page of it is in the database, and the
//! database is on the disk before the log begins anew. A log of which only a part reached the disk ends, by its
//! checksums, with the last transaction that is whole.

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How often the log is brought to the disk.
const EVERY: Duration = Duration::from_secs(10);
/// Bytes of the log beyond which it is done at once.
const LONG: u64 = 8 << 20;
/// How often the log is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Brings the log to the disk until the other end is dropped, by which time the writer has ended.
pub(crate) fn run(db: &Connection, log: &Path, end: &Receiver<()>) {
    let mut done = Instant::now();
    while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        let long = std::fs::metadata(log).is_ok_and(|log| log.len() > LONG);
        if long || done.elapsed() >= EVERY {
            // What reads at the moment only puts it off.
            let _ = db.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
            done = Instant::now();
        }
    }
    // A log that stays is read the next time.
    let _ = db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    let _ = db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
}
