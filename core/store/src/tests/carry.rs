//! A history goes along into another folder.

use super::{PATIENCE, now, open, quiet, set, sheets, tempo};
use crate::{Access, CarryError, Evaluation, Settings, Store, What, Which, carry, restore};
use std::path::Path;

/// All that a history holds, from its first entry on.
fn all(store: &Store) -> Vec<crate::Entry> {
    store.reader().unwrap().entries(0..=u64::MAX, Which::All, usize::MAX).unwrap()
}

fn go_on(store: &Store, to: &Path) -> Store {
    store.go_on(to, &quiet()).unwrap()
}

#[test]
fn all_that_was_is_there_and_numbers_go_on() {
    let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = open(folder.path(), &quiet());
    store.checkpoint(now(), sheets(&set())).unwrap();
    store.record(now(), &tempo(61.0)).unwrap();
    let first = store.record(now(), &What::Version { name: "slow".into(), note: String::new() }).unwrap();
    store.record(now(), &What::Tape("c 0\nf 64\n".into())).unwrap();
    assert!(store.flush(PATIENCE));
    // Beside what plays, while it is written on: with texts that come later.
    carry((folder.path(), None), (to.path(), None), &mut || true).unwrap();
    let text = "track(\"a\", s(\"bd\"));\n".into();
    let evaluation = Evaluation { request: 4, file: "live.rhai".into(), text, part: None, quant: "now".into() };
    store.record(now(), &What::Evaluate(evaluation)).unwrap();
    let head = store.branch(first, "another way").unwrap();
    store.record(now(), &tempo(71.0)).unwrap();
    let next = go_on(&store, to.path());
    let before = all(&store);
    assert_eq!(all(&next), before);
    // What is done here is nothing to the first one, and the other way round.
    let entry = next.record(now(), &tempo(72.0)).unwrap();
    store.record(now(), &tempo(1.0)).unwrap();
    assert!(next.flush(PATIENCE) && store.close());
    let there = all(&next);
    assert_eq!((there.len(), entry), (before.len() + 1, before.last().unwrap().seq + 1));
    assert_eq!(there.last().unwrap().head, head, "it is on the same branch");
    assert!(next.close());
    let (store, opening) = open(to.path(), &quiet());
    assert_eq!(restore(&opening.start).unwrap().set.main.tempo, 72.0);
    assert!(opening.start.closed && opening.notices.is_empty(), "{:?}", opening.notices);
    assert_eq!(store.reader().unwrap().versions().unwrap()[0].name, "slow");
    let (_, opening) = open(folder.path(), &quiet());
    assert_eq!(restore(&opening.start).unwrap().set.main.tempo, 1.0);
}

#[test]
fn it_can_go_on_where_nothing_was_copied_before() {
    let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let single = Settings { file: Some("a.toml".into()), ..quiet() };
    let (store, _) = open(folder.path(), &single);
    let next = go_on(&store, to.path());
    assert_eq!(all(&next), []);
    assert_eq!(next.record(now(), &tempo(72.0)), Some(1));
    assert!(next.close());
    for n in 0..5000 {
        store.record(now(), &tempo(f64::from(n))).unwrap();
    }
    let to = tempfile::tempdir().unwrap();
    let next = go_on(&store, to.path());
    assert_eq!((all(&next).len(), all(&next)), (5000, all(&store)));
    // The folder is this one's, as if it had been opened.
    assert!(matches!(Store::open(to.path(), &quiet()).unwrap().access, Access::Reader(..)));
}

#[test]
fn it_can_be_cancelled_and_does_not_go_into_another_history() {
    let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = open(folder.path(), &quiet());
    for n in 0..5000 {
        store.record(now(), &tempo(f64::from(n))).unwrap();
    }
    assert!(store.flush(PATIENCE));
    let cancelled = carry((folder.path(), None), (to.path(), None), &mut || false);
    assert!(matches!(cancelled, Err(CarryError::Cancelled)), "{cancelled:?}");
    let to = tempfile::tempdir().unwrap();
    let (other, _) = open(to.path(), &quiet());
    other.record(now(), &tempo(7.0)).unwrap();
    assert!(other.close());
    let refused = store.go_on(to.path(), &quiet());
    assert!(matches!(refused, Err(CarryError::Other)), "{refused:?}");
    let (other, _) = open(to.path(), &quiet());
    assert_eq!(all(&other).len(), 2, "what was there is as it was");
    // Where there is no history, there is nothing to copy, and none is made.
    let (nothing, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    carry((nothing.path(), None), (to.path(), None), &mut || true).unwrap();
    assert!(!nothing.path().join(".beatforge").exists() && !to.path().join(".beatforge").exists());
}
