//! Bytes that flip, files that are cut short: what is whole opens, and nothing that was there is thrown away.

use super::{arb, killed, now, open, quiet, set, sheets, tempo};
use crate::schema::{Fault, Look, PAGE, STEPS};
use crate::{Access, Entry, Notice, OpenError, Store, What, Which, restore, schema};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// A history of some length; its last part is in the log.
fn history() -> (tempfile::TempDir, BTreeMap<u64, Entry>) {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &quiet());
    for round in 0..6 {
        store.checkpoint(now(), sheets(&set())).unwrap();
        for number in 0..60 {
            store.record(now(), &tempo(f64::from(60 + number + round))).unwrap();
            let target = format!("a param with a name as long as this one, number {number}");
            store.record(now(), &What::Control { source: "osc".into(), target, value: 0.5 }).unwrap();
        }
        assert!(store.flush(super::PATIENCE));
        if round == 2 {
            let db = rusqlite::Connection::open(folder.path().join(".beatforge/history.sqlite")).unwrap();
            db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        }
    }
    let rest = killed(folder.path());
    let all = store.reader().unwrap().entries(0..=u64::MAX, Which::All, usize::MAX).unwrap();
    (rest, all.into_iter().map(|entry| (entry.seq, entry)).collect())
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let own = std::fs::read_dir(folder.join(".beatforge")).unwrap();
    own.map(|e| e.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap_or_default())
        })
        .collect()
}

/// Opens a history with faults; the number of entries that came back, all of them true.
fn opens(folder: &Path, truth: &BTreeMap<u64, Entry>) -> Option<usize> {
    let database = folder.join(".beatforge/history.sqlite");
    let before = std::fs::read(&database).unwrap();
    let opening = match Store::open(folder, &quiet()) {
        Err(OpenError::Newer { .. }) => {
            assert_eq!(std::fs::read(&database).unwrap(), before, "what is refused stays as it is");
            return None;
        }
        other => other.unwrap(),
    };
    let Access::Owner(store) = opening.access else { panic!("nobody else has it") };
    let _ = restore(&opening.start);
    if let Some(Notice::Salvaged { aside, kept, .. }) = opening.notices.first() {
        assert_eq!(std::fs::read(aside).unwrap(), before, "what was damaged is kept");
        assert!(*kept <= truth.len() as u64);
    }
    let back = store.reader().unwrap().entries(0..=u64::MAX, Which::All, usize::MAX).unwrap();
    for entry in &back {
        assert_eq!(Some(entry), truth.get(&entry.seq), "no entry says what was not written");
    }
    // It goes on from there.
    let next = store.record(now(), &tempo(99.0)).unwrap();
    assert!(store.flush(super::PATIENCE));
    assert!(next > back.last().map_or(0, |entry| entry.seq));
    Some(back.len())
}

#[test]
fn flipped_bytes_never_panic_and_lose_no_file() {
    let (whole, truth) = history();
    let mut draws = arb::draws(7);
    let (mut kept, mut asides, mut refused) = (Vec::new(), 0, 0);
    for case in 0..160 {
        let folder = killed(whole.path());
        let part = if case % 4 == 0 { "history.sqlite-wal" } else { "history.sqlite" };
        let path = folder.path().join(".beatforge").join(part);
        let mut bytes = std::fs::read(&path).unwrap();
        // The head of the file is looked at as closely as the rest of it.
        let reach = if case % 3 == 0 { 120 } else { bytes.len() };
        for _ in 0..1 + case % 5 {
            let (at, bits) = arb::draw(&mut draws, &(0..reach, 1..=255_u8));
            bytes[at] ^= bits;
        }
        std::fs::write(&path, bytes).unwrap();
        match opens(folder.path(), &truth) {
            None => refused += 1,
            Some(count) => kept.push(count),
        }
        asides += usize::from(files(folder.path()).iter().any(|(name, _)| name.starts_with("history-damaged")));
        assert!(!files(folder.path()).iter().any(|(name, _)| name.contains("-new") || name.contains("-mend")));
    }
    let mean = kept.iter().sum::<usize>() / kept.len();
    let says =
        format!("{mean} of {} entries came back on average, {asides} salvaged, {refused} refused\n", truth.len());
    std::io::stderr().write_all(says.as_bytes()).unwrap();
    // A page holds about forty entries; a broken log ends where it is broken.
    assert!(mean * 10 >= truth.len() * 8, "{mean} of {} came back on average, {refused} refused", truth.len());
    assert!(asides > 10, "{asides} were salvaged");
}

#[test]
fn files_that_are_cut_short_open() {
    let (whole, truth) = history();
    for part in ["history.sqlite", "history.sqlite-wal"] {
        let len = std::fs::metadata(whole.path().join(".beatforge").join(part)).unwrap().len();
        for cut in [0, 1, 99, 511, 4096, 5000, len / 2, len - 4096, len - 1] {
            let folder = killed(whole.path());
            let path = folder.path().join(".beatforge").join(part);
            std::fs::File::options().write(true).open(&path).unwrap().set_len(cut).unwrap();
            opens(folder.path(), &truth);
        }
    }
}

#[test]
fn a_page_of_rubbish_costs_its_entries_alone() {
    let (whole, truth) = history();
    let folder = killed(whole.path());
    // All of it in the database.
    let path = folder.path().join(".beatforge/history.sqlite");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(db);
    let mut bytes = std::fs::read(&path).unwrap();
    let page = bytes.len() / PAGE as usize / 2 * PAGE as usize;
    bytes[page..page + PAGE as usize].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let opening = Store::open(folder.path(), &quiet()).unwrap();
    let Some(Notice::Salvaged { kept, lost, aside, .. }) = opening.notices.first() else {
        panic!("{:?}", opening.notices)
    };
    assert!(aside.exists());
    assert_eq!(kept + lost, truth.len() as u64);
    assert!(*lost < 80, "{lost} lost");
    assert!(restore(&opening.start).is_ok());
}

#[test]
fn names_of_tables_that_do_not_read_cost_no_entry() {
    let (whole, truth) = history();
    for word in ["CREATE TABLE entries", "CREATE INDEX rare", "CREATE TABLE texts", "entriesentries"] {
        let folder = killed(whole.path());
        let path = folder.path().join(".beatforge/history.sqlite");
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(db);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.windows(word.len()).position(|w| w == word.as_bytes()).unwrap();
        bytes[at + 2] ^= 0x40;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(opens(folder.path(), &truth), Some(truth.len()), "{word}");
    }
}

#[test]
fn an_empty_file_is_told() {
    let (whole, _) = history();
    let folder = killed(whole.path());
    let path = folder.path().join(".beatforge/history.sqlite");
    std::fs::write(&path, "").unwrap();
    std::fs::write(folder.path().join(".beatforge/history.sqlite-wal"), "").unwrap();
    let opening = Store::open(folder.path(), &quiet()).unwrap();
    let said = opening.notices.first().map(ToString::to_string).unwrap_or_default();
    assert!(said.contains("nothing of it can be read"), "{said}");
}

#[test]
fn a_move_that_was_cut_off_is_brought_to_its_end() {
    let (whole, truth) = history();
    let own = whole.path().join(".beatforge");
    for part in ["", "-wal"] {
        let from = own.join(format!("history.sqlite{part}"));
        std::fs::rename(from, own.join(format!("history-new.sqlite{part}"))).unwrap();
    }
    let (store, _) = open(whole.path(), &quiet());
    assert_eq!(store.reader().unwrap().last().unwrap().unwrap().0, *truth.keys().last().unwrap());
}

#[test]
fn what_is_no_history_is_put_aside() {
    for text in ["", "not a database at all", &"x".repeat(10_000)] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".beatforge")).unwrap();
        std::fs::write(folder.path().join(".beatforge/history.sqlite"), text).unwrap();
        let opening = Store::open(folder.path(), &quiet()).unwrap();
        assert_eq!(opening.notices.len(), 1);
        let kept = files(folder.path()).iter().any(|(_, bytes)| bytes == text.as_bytes());
        assert!(kept);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".beatforge")).unwrap();
    let other = rusqlite::Connection::open(folder.path().join(".beatforge/history.sqlite")).unwrap();
    other.execute_batch("CREATE TABLE entries(a); PRAGMA user_version = 1").unwrap();
    drop(other);
    let opening = Store::open(folder.path(), &quiet()).unwrap();
    assert!(matches!(opening.notices[..], [Notice::Salvaged { kept: 0, .. }]), "{:?}", opening.notices);
}

#[test]
fn a_newer_history_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), &quiet()));
    let path = folder.path().join(".beatforge/history.sqlite");
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(folder.path(), &quiet()).unwrap_err().to_string();
    assert!(error.contains("newer BeatForge (format 9, this one knows 1)"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn an_older_history_is_brought_up_to_date_or_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &quiet());
    store.record(now(), &tempo(99.0)).unwrap();
    assert!(store.close());
    let path = folder.path().join(".beatforge/history.sqlite");
    let format = || -> i64 {
        let db = rusqlite::Connection::open(&path).unwrap();
        db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    };
    let broken = [STEPS[0], "CREATE TABLE more(a); CREATE TABLE entries(a)"];
    assert!(matches!(schema::open(&path, Look::Quick, &broken), Err(Fault::Damaged(_))));
    assert_eq!(format(), 1);
    let db = schema::open(&path, Look::Quick, &[STEPS[0], "CREATE TABLE more(a)"]).unwrap();
    let count = |table: &str| db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
    assert_eq!((count("more"), count("entries")), (Ok(0), Ok(2)));
    drop(db);
    assert_eq!(format(), 2);
}
