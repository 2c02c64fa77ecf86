//! Any sequence of mixed actions undone gives the first patch, redone the last, while it sounds.
//!
//! `BF_UNDO_ACTIONS=500 BF_UNDO_SEEDS=10` looks further than CI does.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod hand;
mod stand;

use bf_session::{Engine, Message, Options, Session, registry};
use hand::{Dice, FILES, act};
use std::time::{Duration, Instant};

fn ask(name: &str, or: u64) -> u64 {
    std::env::var(name).map_or(or, |text| text.parse().unwrap())
}

/// Plays until nothing waits any more; how many blocks were silent from end to end.
fn settle(session: &mut Session, engine: &mut Engine, scripts: &[String]) {
    let begun = Instant::now();
    loop {
        for _ in 0..8 {
            session.poll();
            engine.block_now();
        }
        let tracks: Vec<String> = session.wanted().tracks.iter().map(|t| t.name.to_string()).collect();
        if tracks == *scripts && !session.waits() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{tracks:?} and not {scripts:?}: {:?}", session.messages());
        std::thread::yield_now();
    }
}

fn tracks(session: &Session) -> Vec<String> {
    session.wanted().tracks.iter().map(|t| t.name.to_string()).collect()
}

#[test]
fn what_was_done_is_undone_to_the_first_patch_and_redone_to_the_last() {
    let actions = ask("BF_UNDO_ACTIONS", 120);
    for seed in 1..=ask("BF_UNDO_SEEDS", 2) {
        let folder = tempfile::tempdir().unwrap();
        stand::write(folder.path(), FILES);
        let options = Options { keep_history: true, wait_for_scripts: seed % 2 == 1, ..Options::default() };
        let (mut session, mut engine) = Session::open(folder.path(), registry(), options).unwrap();
        session.play();
        let mut dice = Dice(seed);
        settle(&mut session, &mut engine, &["drums".to_owned()]);
        let (first, first_tracks) = (session.set().clone(), tracks(&session));
        let (mut done, mut gesture, mut heard) = (0, 0, 0_u64);
        while done < actions {
            done += u64::from(act(&mut session, &mut dice, &mut gesture));
            for _ in 0..1 + dice.roll(40) {
                session.poll();
                heard += u64::from(engine.block_now()[0].iter().any(|x| x.abs() > 1e-4));
            }
        }
        // What is evaluated and waits for its bar is heard first.
        let until = engine.frame() + 3 * 48_000;
        while engine.frame() < until {
            session.poll();
            engine.block_now();
        }
        assert!(heard > 0);
        let (last, last_tracks) = (session.set().clone(), tracks(&session));
        let steps = session.history().undoable().count();
        assert!(steps as u64 > actions / 3, "{steps} steps of {actions} actions");
        for round in 0..2 {
            let mut undone = 0;
            while session.undo().unwrap() {
                undone += 1;
                session.poll();
                engine.block_now();
            }
            assert_eq!((undone, *session.set() == first), (steps, true), "seed {seed}, round {round}");
            settle(&mut session, &mut engine, &first_tracks);
            while session.redo().unwrap() {
                session.poll();
                engine.block_now();
            }
            assert!(*session.set() == last, "seed {seed}, round {round}");
            settle(&mut session, &mut engine, &last_tracks);
        }
        let broken = session.messages().iter().filter(|m| matches!(m, Message::Broken { .. })).count();
        assert_eq!(broken, 0);
        // And in the next session.
        drop((session, engine));
        let (mut session, _engine) = Session::open(folder.path(), registry(), options).unwrap();
        assert!(*session.set() == last, "seed {seed}");
        while session.undo().unwrap() {}
        assert!(*session.set() == first, "seed {seed}: {:?}", session.messages());
        let text = format!(
            "seed {seed}: {actions} actions were {steps} steps, undone and redone twice, and after reopening\n"
        );
        std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
    }
}
