//! Disks that are full or slow: who plays never waits, and what is lost is counted and told once.

use super::{now, open, quiet, set, sheets, tempo};
use crate::{Settings, Trouble, What, restore};
use std::time::{Duration, Instant};

fn control() -> What {
    What::Control { source: "osc".into(), target: "filter.cutoff".into(), value: 0.5 }
}

#[test]
fn a_full_disk_is_told_once_and_what_was_written_stays() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        group: Duration::from_millis(1),
        max_bytes: Some(64 << 10),
        queue_bytes: 256 << 10,
        ..Settings::default()
    };
    let (store, _) = open(folder.path(), &settings);
    store.checkpoint(now(), sheets(&set())).unwrap();
    store.record(now(), &tempo(99.0)).unwrap();
    assert!(store.flush(super::PATIENCE));
    let begun = Instant::now();
    let taken = (0..20_000).filter(|_| store.record(now(), &control()).is_some()).count();
    assert!(begun.elapsed() < Duration::from_secs(5), "nobody waits");
    let mut troubles = Vec::new();
    while troubles.len() < 2 && begun.elapsed() < super::PATIENCE {
        assert!(!store.flush(Duration::from_millis(20)));
        troubles.extend(store.troubles());
    }
    let status = store.status();
    assert_eq!(taken as u64 + status.lost, 20_000);
    assert!(status.lost > 0 && status.waiting_bytes <= 256 << 10, "{status:?}");
    // Edits still find room where controls do not.
    assert!(store.record(now(), &tempo(100.0)).is_some());
    assert_eq!(troubles.iter().filter(|t| matches!(t, Trouble::Stuck { .. })).count(), 1, "{troubles:?}");
    assert_eq!(troubles.iter().filter(|t| **t == Trouble::Losing).count(), 1, "{troubles:?}");
    assert!(troubles.len() == 2 && store.troubles().is_empty());
    assert!(!store.close());
    let (_store, opening) = open(folder.path(), &quiet());
    assert_eq!(restore(&opening.start).unwrap().set.main.tempo, 99.0);
}

#[test]
fn a_disk_that_stalls_holds_nobody_up_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { group: Duration::from_millis(1), ..Settings::default() };
    let (store, _) = open(folder.path(), &settings);
    store.checkpoint(now(), sheets(&set())).unwrap();
    assert!(store.flush(super::PATIENCE));
    let other = rusqlite::Connection::open(folder.path().join(".beatforge/history.sqlite")).unwrap();
    other.busy_timeout(super::PATIENCE).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for number in 0..5000 {
        store.record(now(), &control()).unwrap();
        store.record(now(), &tempo(60.0 + f64::from(number % 100))).unwrap();
    }
    assert!(!store.flush(Duration::from_millis(900)), "it is locked for longer than the writer waits");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.flush(super::PATIENCE));
    assert_eq!((store.status().lost, store.status().written), (0, 10_001));
    let troubles = store.troubles();
    assert!(matches!(troubles[..], [Trouble::Stuck { .. }, Trouble::Again { lost: 0 }]), "{troubles:?}");
}

#[test]
fn what_was_lost_stands_in_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &Settings { queue_entries: 8, ..quiet() });
    store.checkpoint(now(), sheets(&set())).unwrap();
    let taken: Vec<_> = (0..20).map(|n| store.record(now(), &tempo(60.0 + f64::from(n))).is_some()).collect();
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 7);
    assert!(store.status().wants_checkpoint, "an edit is lost: the whole set has to be written");
    assert!(store.flush(super::PATIENCE));
    store.record(now(), &tempo(200.0)).unwrap();
    assert!(store.flush(super::PATIENCE));
    assert_eq!(store.troubles(), [Trouble::Losing, Trouble::Again { lost: 13 }]);
    let start = store.reader().unwrap().start(None, 0).unwrap();
    let back = restore(&start).unwrap();
    assert_eq!((back.missing, back.set.main.tempo), (13, 200.0));
    assert!(back.to_string().contains("but for 13 entries that were lost"), "{back}");
}

#[test]
fn many_threads_write_one_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &Settings { group: Duration::from_millis(1), ..Settings::default() });
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let recorder = store.recorder();
            scope.spawn(move || (0..500).for_each(|_| assert!(recorder.record(now(), &control()).is_some())));
        }
    });
    assert!(store.flush(super::PATIENCE));
    let all = store.reader().unwrap().entries(0..=u64::MAX, crate::Which::All, usize::MAX).unwrap();
    assert!(all.iter().map(|entry| entry.seq).eq(1..=2000));
}
