//! Whatever is done, and whenever it is cut off: what comes back is what had been done up to some moment.

use super::{Action, Desk, arb, killed, now, open, quiet, set, sheets};
use crate::restore;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(arb::config(60))]

    #[test]
    fn a_kill_leaves_a_prefix_that_holds_all_that_was_written(
        actions in vec(arb::action(), 1..80),
        flushed in 0..80_usize,
        again in 0..80_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = open(folder.path(), &quiet());
        let mut desk = Desk { set: set(), ..Desk::default() };
        store.checkpoint(now(), sheets(&desk.set)).unwrap();
        let mut states = Vec::new();
        for (index, action) in actions.iter().enumerate() {
            if let Some(what) = desk.act(action, &format!("do {index}")) {
                store.record(now(), &what).unwrap();
            }
            if index == again {
                store.checkpoint(now(), sheets(&desk.set)).unwrap();
            }
            states.push(desk.clone());
            if index == flushed {
                prop_assert!(store.flush(super::PATIENCE));
            }
        }
        let rest = killed(folder.path());
        let (_store, opening) = open(rest.path(), &quiet());
        if flushed >= actions.len() {
            // Nothing was written, not even a checkpoint.
            prop_assert!(restore(&opening.start).is_err());
        } else {
            let back = restore(&opening.start).unwrap();
            prop_assert_eq!(&back.set, &states[flushed].set);
            prop_assert_eq!((&back.skipped, back.corrected), (&Vec::new(), 0));
            let back = Desk { set: back.set, history: back.history };
            prop_assert_eq!(back.steps(), states[flushed].steps());
        }
    }

    #[test]
    fn undo_goes_over_reopening(actions in vec(arb::action(), 1..60), closed in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = open(folder.path(), &quiet());
        let first = set();
        let mut desk = Desk { set: first.clone(), ..Desk::default() };
        store.checkpoint(now(), sheets(&desk.set)).unwrap();
        for (index, action) in actions.iter().enumerate() {
            if let Some(what) = desk.act(action, &format!("do {index}")) {
                store.record(now(), &what).unwrap();
            }
        }
        if closed {
            store.checkpoint(now(), sheets(&desk.set)).unwrap();
            prop_assert!(store.close());
        } else {
            drop(store);
        }
        let (_store, opening) = open(folder.path(), &quiet());
        let back = restore(&opening.start).unwrap();
        prop_assert_eq!((&back.set, back.corrected), (&desk.set, 0));
        let mut back = Desk { set: back.set, history: back.history };
        prop_assert_eq!(back.steps(), desk.steps());
        while back.act(&Action::Undo, "").is_some() {}
        prop_assert_eq!(&back.set, &first);
        while back.act(&Action::Redo, "").is_some() {}
        while desk.act(&Action::Redo, "").is_some() {}
        prop_assert_eq!(&back.set, &desk.set);
    }
}
