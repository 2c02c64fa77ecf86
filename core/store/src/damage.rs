//! A database that is not whole: what can be read goes into a new one, and the old one is kept.

use crate::place::{self, Place, parts};
use crate::row::{COLUMNS, Raw, put_text};
use crate::schema::{self, Look, PAGE, STEPS};
use crate::{Hash, OpenError};
use core::fmt;
use rusqlite::{Connection, Row};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How often a damaged table is entered anew, beyond which the rest of it counts as lost.
const TRIES: u32 = 20_000;

/// Something to tell when a history is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The history was damaged; what was whole of it goes on.
    Salvaged {
        /// Where the damaged one is kept.
        aside: PathBuf,
        /// What was wrong with it.
        why: String,
        /// How many entries were whole.
        kept: u64,
        /// How many are known to be lost. There may be others.
        lost: u64,
    },
    /// The last session ended without closing, by a crash or a power cut.
    Unclosed {
        /// The last that is known of it, in milliseconds since the beginning of 1970.
        until_ms: i64,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Salvaged { aside, why, kept: 0, .. } => write!(
                f,
                "the history was damaged ({why}), and nothing of it can be read: a new one begins; the damaged file is kept \
                 as {}",
                aside.display()
            ),
            Notice::Salvaged { aside, why, kept, lost } => write!(
                f,
                "the history was damaged ({why}): {kept} entries are whole and go on, {lost} are lost; the damaged file \
                 is kept as {}",
                aside.display()
            ),
            Notice::Unclosed { until_ms } => {
                write!(f, "the last session was cut off; its history goes to {}", crate::date::date(*until_ms))
            }
        }
    }
}

/// Brings a move to its end that was cut off.
pub(crate) fn finish(place: &Place) -> Result<(), OpenError> {
    place::remove(&place.copy())?;
    if place.database().exists() {
        return place::remove(&place.fresh());
    }
    if place.fresh().exists() {
        place::rename(&place.fresh(), &place.database())?;
    }
    Ok(())
}

/// Puts a new database in the place of a damaged one, with what is whole of it.
pub(crate) fn salvage(place: &Place, why: String, now_ms: i64) -> Result<Notice, OpenError> {
    let system = |doing: &'static str| move |cause: String| OpenError::System { path: place.database(), doing, cause };
    let mut best = (0, 0);
    place::remove(&place.fresh())?;
    let names = names(place).map_err(system("salvaged"))?;
    // As it is first; then with the names of tables that every history has.
    for (with_log, names) in [(true, None), (false, None), (true, Some(&names)), (false, Some(&names))] {
        place::remove(&place.fresh())?;
        mend(place, with_log, names).map_err(|e| system("copied")(e.to_string()))?;
        best = copy_rows(&place.copy(), &place.fresh()).map_err(system("salvaged"))?;
        if best.0 > 0 {
            break;
        }
    }
    place::remove(&place.copy())?;
    let aside = place.aside(&crate::date::stamp(now_ms));
    place::rename(&place.database(), &aside)?;
    place::rename(&place.fresh(), &place.database())?;
    Ok(Notice::Salvaged { aside, why, kept: best.0, lost: best.1 })
}

/// The first page of a history, behind the head: the names of its tables and where they begin, which are the same in
/// every history of this format.
fn names(place: &Place) -> Result<Vec<u8>, String> {
    let db = schema::open(&place.fresh(), Look::Quick, STEPS).map_err(|fault| format!("{fault:?}"))?;
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").map_err(|e| e.to_string())?;
    drop(db);
    let mut page = vec![0; PAGE as usize];
    let read = File::open(place.fresh()).and_then(|mut file| file.read_exact(&mut page));
    read.map_err(|e| e.to_string())?;
    Ok(page.split_off(100))
}

/// Copies the database, with a head that says what every history's head says.
fn mend(place: &Place, with_log: bool, names: Option<&Vec<u8>>) -> std::io::Result<()> {
    let (from, to) = (parts(&place.database()), parts(&place.copy()));
    for part in &to {
        let _ = fs::remove_file(part);
    }
    // Contents alone: who may write the damaged file does not matter to its copy.
    for part in (0..2).filter(|part| from[*part].exists() && (*part == 0 || with_log)) {
        std::io::copy(&mut File::open(&from[part])?, &mut File::create(&to[part])?)?;
    }
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&to[0])?;
    let len = file.metadata()?.len().next_multiple_of(PAGE).max(PAGE);
    file.set_len(len)?;
    let mut head = [0; 100];
    file.read_exact(&mut head)?;
    mend_head(&mut head, len / PAGE);
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&head)?;
    names.map_or(Ok(()), |names| file.write_all(names))
}

/// *Source*: the database file format of SQLite, "The Database Header".
fn mend_head(head: &mut [u8; 100], pages: u64) {
    head[..16].copy_from_slice(b"SQLite format 3\0");
    head[16..18].copy_from_slice(&(PAGE as u16).to_be_bytes());
    // In WAL mode, nothing reserved, and the fractions that are always these.
    head[18..24].copy_from_slice(&[2, 2, 0, 64, 32, 32]);
    head[28..32].copy_from_slice(&u32::try_from(pages).unwrap_or(u32::MAX).to_be_bytes());
    head[44..48].copy_from_slice(&4_u32.to_be_bytes());
    // No vacuum by itself, and UTF-8.
    head[52..56].fill(0);
    head[56..60].copy_from_slice(&1_u32.to_be_bytes());
    head[64..68].fill(0);
    head[72..92].fill(0);
    let change: [u8; 4] = [head[24], head[25], head[26], head[27]];
    head[92..96].copy_from_slice(&change);
}

/// Copies what is whole; the number of entries, and of those that are known to be lost.
fn copy_rows(from: &Path, to: &Path) -> Result<(u64, u64), String> {
    let to = schema::open(to, Look::Quick, STEPS).map_err(|fault| format!("{fault:?}"))?;
    let says = |e: rusqlite::Error| e.to_string();
    to.execute_batch("PRAGMA synchronous = FULL; BEGIN").map_err(says)?;
    let (mut kept, mut last, mut first) = (0_u64, 0, i64::MAX);
    if let Ok(from) = Connection::open(from) {
        // Reads on where the names of tables and indexes are not all whole.
        let _ = from.execute_batch("PRAGMA writable_schema = ON; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON");
        let mut texts = |row: &Row| -> Option<()> {
            let (hash, text) = (row.get::<_, Vec<u8>>(1).ok()?, row.get::<_, String>(2).ok()?);
            let found = Hash::of(text.as_bytes());
            (found.0[..] == hash[..]).then(|| put_text(&to, &found, &text).ok()).flatten()
        };
        Walk { from: &from, table: "texts", columns: "id, hash, text", key: "id", tries: TRIES }.all(&mut texts);
        let mut entries = |row: &Row| -> Option<()> {
            let (raw, good) = Raw::read(row).ok()?;
            let new = good && raw.write(&to).is_ok();
            kept += u64::from(new);
            if new {
                (first, last) = (first.min(raw.seq), last.max(raw.seq));
            }
            new.then_some(())
        };
        Walk { from: &from, table: "entries", columns: COLUMNS, key: "seq", tries: TRIES }.all(&mut entries);
    }
    to.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").map_err(says)?;
    let span = if kept == 0 { 0 } else { last.abs_diff(first) + 1 };
    Ok((kept, span.saturating_sub(kept)))
}

/// A way through a table that goes round what does not read.
struct Walk<'a> {
    from: &'a Connection,
    table: &'static str,
    columns: &'static str,
    key: &'static str,
    tries: u32,
}

/// Takes a row, if it is whole.
type Take<'a> = &'a mut dyn FnMut(&Row) -> Option<()>;

impl Walk<'_> {
    fn all(&mut self, take: Take) {
        // Numbers begin at 1: below there is nothing to look for where nothing reads.
        self.range(0, i64::MAX, take);
    }

    /// Reads from both ends to what does not read, then halves what lies between.
    fn range(&mut self, low: i64, high: i64, take: Take) {
        if low > high || self.tries == 0 {
            return;
        }
        let Some(last) = self.scan(low, high, "ASC", take) else { return };
        let Some(low) = last.map_or(Some(low), |last| last.checked_add(1)) else { return };
        let Some(first) = self.scan(low, high, "DESC", take) else { return };
        let Some(high) = first.map_or(Some(high), |first| first.checked_sub(1)) else { return };
        if low >= high {
            return;
        }
        let middle = low.midpoint(high);
        self.range(low, middle, take);
        self.range(middle + 1, high, take);
    }

    /// The last key that was read before an error; `None` where there was none.
    fn scan(&mut self, low: i64, high: i64, order: &str, take: Take) -> Option<Option<i64>> {
        self.tries = self.tries.saturating_sub(1);
        let (columns, table, key) = (self.columns, self.table, self.key);
        let sql = format!("SELECT {columns} FROM {table} WHERE {key} >= ?1 AND {key} <= ?2 ORDER BY {key} {order}");
        let mut last = None;
        let Ok(mut query) = self.from.prepare_cached(&sql) else {
            // A table that is not there is not there at any key.
            self.tries = 0;
            return Some(None);
        };
        let Ok(mut rows) = query.query([low, high]) else { return Some(None) };
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let at = row.get::<_, i64>(0).unwrap_or(low);
                    // Keys that are out of order are damage as well.
                    if !(low..=high).contains(&at) {
                        return Some(last);
                    }
                    last = Some(at);
                    take(row);
                }
                Ok(None) => return None,
                Err(_) => return Some(last),
            }
        }
    }
}
