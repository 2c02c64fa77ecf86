//! Versions, branches, and what lies between.

use super::{Action, Desk, now, open, quiet, set, sheets, tempo};
use crate::entry::{Evaluation, Motion};
use crate::{Change, Head, Moment, What, Which, restore};
use bf_patch::{Edit, SetEdit, Socket};
use bf_pattern::Ratio;

fn bpm(opening: &crate::Start) -> f64 {
    restore(opening).unwrap().set.main.tempo
}

#[test]
fn a_branch_begins_at_a_version_and_removes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &quiet());
    store.checkpoint(now(), sheets(&set())).unwrap();
    store.record(now(), &tempo(61.0)).unwrap();
    let first = store.record(now(), &What::Version { name: "slow".into(), note: "as it began".into() }).unwrap();
    store.record(now(), &tempo(62.0)).unwrap();
    let trunk = store.record(now(), &tempo(63.0)).unwrap();
    let head = store.branch(first, "another way").unwrap();
    store.record(now(), &tempo(71.0)).unwrap();
    let inner = store.branch(first, "a third").unwrap();
    let end = store.record(now(), &tempo(81.0)).unwrap();
    assert!(store.flush(super::PATIENCE));
    let reader = store.reader().unwrap();
    let at = |seq| bpm(&reader.start(Some(seq), 0).unwrap());
    assert_eq!(
        [at(first), at(trunk), at(head), at(head + 1), at(inner), at(end)],
        [61.0, 63.0, 61.0, 71.0, 61.0, 81.0]
    );
    assert_eq!(bpm(&reader.start(None, 0).unwrap()), 81.0);
    let versions = reader.versions().unwrap();
    assert_eq!((versions.len(), versions[0].seq, &*versions[0].name), (1, first, "slow"));
    let heads = reader.heads().unwrap();
    let head = |head, from, name: &str, last| Head { head, from, name: name.to_owned(), last };
    assert_eq!(
        heads,
        [
            head(0, 0, "", trunk),
            head(heads[1].head, first, "another way", heads[1].head + 1),
            head(inner, first, "a third", end),
        ]
    );
    let labels = |after, to| -> Vec<String> {
        reader.changes(after, to).unwrap().into_iter().map(|change| change.label).collect()
    };
    assert_eq!(labels(first, trunk), ["tempo 62", "tempo 63"]);
    assert_eq!(labels(0, end), ["tempo 61", "tempo 81"]);
    drop(store);
    // Reopened, it goes on where it was.
    let (store, opening) = open(folder.path(), &quiet());
    assert_eq!((bpm(&opening.start), opening.start.head), (81.0, inner));
    let next = store.record(now(), &tempo(82.0)).unwrap();
    assert!(store.flush(super::PATIENCE));
    let entry = store.reader().unwrap().entries(next..=next, Which::All, 9).unwrap().remove(0);
    assert_eq!((entry.head, entry.seq), (inner, end + 1));
}

#[test]
fn entries_come_back_with_their_times_and_texts() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &quiet());
    let moment = Moment { frame: Some(48_000), beat: Some(Ratio::new(7, 2)) };
    let evaluation = |request| {
        let text = "a text\n".repeat(1000).into();
        What::Evaluate(Evaluation { request, file: "live.rhai".into(), text, part: None, quant: "cycle".into() })
    };
    store.record(moment, &evaluation(1)).unwrap();
    store.record(moment, &What::Receipt { id: 4, late: false, shed: true }).unwrap();
    store.record(now(), &evaluation(2)).unwrap();
    store.record(now(), &What::Transport(Motion::Play)).unwrap();
    assert!(store.flush(super::PATIENCE));
    let reader = store.reader().unwrap();
    let all = reader.entries(1..=u64::MAX, Which::All, 9).unwrap();
    assert_eq!(all.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!((all[0].moment, &all[0].what), (moment, &evaluation(1)));
    assert_eq!(all[2].moment, now());
    assert!(all[0].wall_ms > 1_600_000_000_000);
    let rare = reader.entries(1..=3, Which::Rare, 9).unwrap();
    assert_eq!(rare.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(reader.entries(1..=4, Which::All, 2).unwrap().len(), 2);
    // A text is kept once.
    let db = rusqlite::Connection::open(folder.path().join(".beatforge/history.sqlite")).unwrap();
    assert_eq!(db.query_row("SELECT count(*) FROM texts", [], |row| row.get::<_, i64>(0)), Ok(1));
}

#[test]
fn names_of_scripts_may_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &quiet());
    let mut desk = Desk { set: set(), ..Desk::default() };
    desk.set.main.beside.guests = std::sync::Arc::new(["drums".into()].into());
    store.checkpoint(now(), sheets(&desk.set)).unwrap();
    let turn = |value: f64| {
        Action::Edit(
            SetEdit::main(Edit::Override { target: Socket::new("drums", "gain"), value: Some(value.into()) }),
            None,
        )
    };
    for (value, again) in [(0.5, false), (0.6, true), (0.7, false)] {
        store.record(now(), &desk.act(&turn(value), "turn").unwrap()).unwrap();
        if again {
            store.checkpoint(now(), sheets(&desk.set)).unwrap();
        }
    }
    let score = Change { edits: vec![SetEdit::main(Edit::SetScore(3))], ..Change::default() };
    desk.set.apply_all(&score.edits).unwrap();
    store.record(now(), &What::Follow(score)).unwrap();
    assert!(store.close());
    let (_store, opening) = open(folder.path(), &quiet());
    let back = restore(&opening.start).unwrap();
    assert_eq!((&back.set, back.skipped.len()), (&desk.set, 0));
    assert_eq!(back.history.undoable().count(), 3);
    assert!(back.unsaved && back.closed);
    assert!(back.texts[&None].now.starts_with("# mine\n"), "comments are kept");
}

#[test]
fn it_is_known_what_is_saved_and_when_a_checkpoint_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let (store, opening) = open(folder.path(), &crate::Settings { checkpoint_every: 3, ..quiet() });
    assert!(opening.start.closed && opening.start.until.is_none() && opening.notices.is_empty());
    let says = || (store.status().unsaved, store.status().wants_checkpoint, store.status().changes);
    assert_eq!(says(), (false, false, 0));
    for bpm in [61.0, 62.0, 63.0] {
        store.record(now(), &tempo(bpm)).unwrap();
    }
    assert_eq!(says(), (true, true, 3));
    store.record(now(), &What::Saved { files: Vec::new() }).unwrap();
    store.checkpoint(now(), sheets(&set())).unwrap();
    assert_eq!(says(), (false, false, 0));
    assert_eq!((store.status().last, store.status().written, store.status().waiting), (5, 0, 5));
}

#[test]
fn a_session_that_was_cut_off_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &quiet());
    let opened = crate::Opened { program: "x".into(), sample_rate: 48_000, block: 64, seed: 1 };
    store.record(now(), &What::Opened(opened)).unwrap();
    drop(store);
    let (store, opening) = open(folder.path(), &quiet());
    assert!(matches!(opening.notices[..], [crate::Notice::Unclosed { .. }]));
    assert!(opening.notices[0].to_string().starts_with("the last session was cut off; its history goes to 20"));
    assert!(store.close());
    assert!(open(folder.path(), &quiet()).1.start.closed);
}
