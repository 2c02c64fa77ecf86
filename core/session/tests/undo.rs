//! Any sequence of mixed actions undone gives the first patch, redone the last, while it sounds.
//!
//! `BF_UNDO_ACTIONS=500 BF_UNDO_SEEDS=10` looks further than CI does.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod hand;
mod stand;

use bf_patch::{Cable, Edit, Node, SetEdit, Socket};
use bf_session::remote::Quant;
use bf_session::{Engine, Message, Options, Script, Session, registry};
use hand::{Dice, FILES, act};
use stand::Stand;
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

fn loudest(stand: &mut Stand, frames: usize) -> f32 {
    stand.run(frames).iter().fold(0.0, |most, x| x.abs().max(most))
}

/// A set whose sound enters an output, and a script whose tracks do.
fn with_a_track() -> Stand {
    let set = "beatforge = 1\ntempo = 120.0\n[nodes]\nlead = { type = \"saw\" }\nquiet = { type = \"gain\", gain = 0.0 }\n\
        out = { type = \"output\" }\n[cables]\n\"quiet\" = \"lead\"\n\"out\" = \"quiet\"\n";
    Stand::new(64, &[("set.toml", set), ("live.rhai", "track(\"drums\", s(\"bd*4\"));\n")])
}

#[test]
fn tracks_go_on_without_the_output_of_the_set_and_it_comes_back_by_undo() {
    let mut stand = with_a_track();
    assert!(loudest(&mut stand, 48_000) > 0.05, "the track is heard");
    let first = stand.session.set().clone();
    stand.session.apply(&SetEdit::main(Edit::RemoveNode { name: "out".into() }), "remove", None).unwrap();
    assert!(loudest(&mut stand, 48_000) > 0.05, "it has an end of its own now");
    let heard = stand.session.heard();
    assert!(heard.main.nodes.contains_key("out") && heard.main.nodes.contains_key("master"));
    assert!(stand.session.undo().unwrap());
    assert_eq!(*stand.session.set(), first);
    assert!(loudest(&mut stand, 48_000) > 0.05, "and enters that of the set again");
    assert!(!stand.session.heard().main.nodes.contains_key("master"), "its own has gone");
    assert!(stand.session.redo().unwrap());
    assert!(loudest(&mut stand, 48_000) > 0.05);
}

#[test]
fn a_step_is_taken_back_whatever_a_script_has_called_its_tracks_since() {
    let mut stand = with_a_track();
    stand.run(4_800);
    let first = stand.session.set().clone();
    stand.session.apply(&SetEdit::main(Edit::RemoveNode { name: "quiet".into() }), "remove", None).unwrap();
    stand.run(4_800);
    let text = "track(\"quiet\", s(\"hh*8\"));\n".to_owned();
    stand.session.evaluate(Script { file: "live.rhai".into(), text, part: None, quant: Quant::Now });
    stand.run(48_000);
    assert_eq!(tracks(&stand.session), ["quiet"]);
    while stand.session.undo().unwrap() {
        stand.run(64);
    }
    assert_eq!(*stand.session.set(), first);
    stand.run(48_000);
    assert_eq!((tracks(&stand.session), stand.session.waits()), (vec!["drums".to_owned()], false));
    while stand.session.redo().unwrap() {
        stand.run(64);
    }
    stand.run(48_000);
    assert_eq!(tracks(&stand.session), ["quiet"], "{:?}", stand.session.messages());
}

#[test]
fn a_hand_cannot_take_the_name_of_a_track_that_plays_but_that_of_the_end_it_brought() {
    let mut stand = with_a_track();
    stand.run(4_800);
    let add =
        |name: &str, kind: &str| SetEdit::main(Edit::AddNode { name: name.into(), node: Node::new(kind), at: None });
    let error = stand.session.apply(&add("drums", "gain"), "add", None).unwrap_err();
    assert_eq!(error.to_string(), "there is a node `drums` already");
    let rename = Edit::RenameNode { from: "lead".into(), to: "drums".into() };
    assert!(stand.session.apply(&SetEdit::main(rename), "rename", None).is_err());
    stand.session.apply(&SetEdit::main(Edit::RemoveNode { name: "out".into() }), "remove", None).unwrap();
    stand.run(4_800);
    stand.session.apply(&add("out", "output"), "add", None).unwrap();
    assert!(loudest(&mut stand, 48_000) > 0.05);
    assert!(!stand.session.heard().main.nodes.contains_key("master"));
}

/// A set whose sequencer plays a drum, and a script with an effect.
const DRUM: &str = "beatforge = 1\ntempo = 120.0\n[nodes]\nsteps = { type = \"steps\" }\nkick = { type = \"kick\" }\n\
    odd = { type = \"of-tomorrow\" }\nout = { type = \"output\" }\n[cables]\n\"kick\" = \"steps\"\n\"out\" = \"kick\"\n";

fn connect(from: &str, to: &str) -> Edit {
    let cable = Cable::plain(Socket::parse(from).unwrap());
    Edit::Connect { to: Socket::parse(to).unwrap(), cable, at: None }
}

#[test]
fn a_cable_that_does_not_fit_is_refused_and_what_follows_is_heard() {
    let mut stand = Stand::new(64, &[("set.toml", DRUM), ("live.rhai", "node(\"verb\", plate(#{ mix: 0.8 }));\n")]);
    assert!(loudest(&mut stand, 24_000) > 0.05);
    let session = &mut stand.session;
    let tempo = SetEdit::main(Edit::SetTempo(130.0));
    session.apply(&tempo, "tempo", None).unwrap();
    assert!(session.undo().unwrap());
    let before = session.set().clone();
    let saw = Edit::AddNode { name: "saw".into(), node: Node::new("saw"), at: None };
    for (edit, said) in [
        (connect("steps", "out"), "`steps` sends notes, but `out` takes a signal"),
        (connect("kick.out", "out.input"), "`kick` enters `out` already"),
        (connect("kick", "steps.steps"), "`steps.steps` is a setting"),
        (connect("kick", "out.left"), "`out` has no input `left`"),
        (connect("steps", "verb"), "`steps` sends notes, but `verb` takes a signal"),
        (Edit::Batch(vec![saw, connect("saw", "kick")]), "`saw` is a signal, but `kick` takes notes"),
    ] {
        let why = session.apply(&SetEdit::main(edit.clone()), "connect", None).unwrap_err().to_string();
        assert!(why.starts_with(said), "{edit:?}: {why}");
        assert_eq!(*session.set(), before);
        assert_eq!(session.history().redoable().count(), 1, "nothing was done");
    }
    for edit in [connect("kick", "verb"), connect("kick", "odd.any"), connect("odd", "kick.tune")] {
        session.apply(&SetEdit::main(edit), "connect", None).unwrap();
    }
    // The set compiles: what is taken off is not heard any more.
    let off = Edit::Disconnect { to: Socket::first("out"), from: Socket::first("kick") };
    session.apply(&SetEdit::main(off), "take off", None).unwrap();
    stand.run(4_800);
    let heard = stand.session.heard();
    assert!(
        heard
            .main
            .cables
            .get(&Socket::first("out"))
            .is_none_or(|list| list.iter().all(|c| c.from.node.as_str() != "kick"))
    );
    assert_eq!(stand.faults().iter().filter(|f| f.severity == bf_session::Severity::Error).count(), 0);
}

#[test]
fn what_files_say_is_kept_and_undo_is_never_refused() {
    let mut stand = Stand::new(64, &[("set.toml", DRUM)]);
    stand.run(4_800);
    let bad = DRUM.replace("\"out\" = \"kick\"", "\"out\" = [\"kick\", \"steps\"]");
    stand.save("set.toml", &bad);
    assert!(stand.faults().iter().any(|fault| fault.message.contains("sends notes")), "the fault is told");
    let read = stand.session.set().clone();
    let off = Edit::Disconnect { to: Socket::first("out"), from: Socket::first("steps") };
    stand.session.apply(&SetEdit::main(off), "take off", None).unwrap();
    let mended = stand.session.set().clone();
    assert!(stand.session.undo().unwrap());
    assert_eq!(*stand.session.set(), read);
    assert!(stand.session.redo().unwrap());
    assert_eq!(*stand.session.set(), mended);
    let again = SetEdit::main(connect("steps", "out"));
    assert!(stand.session.apply(&again, "connect", None).is_err());
    stand.session.apply_as_written(&again, "go back", None).unwrap();
    assert_eq!(*stand.session.set(), read);
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
            let acts = if dice.roll(5) == 0 {
                hand::cross(&mut session, &mut dice)
            } else {
                act(&mut session, &mut dice, &mut gesture)
            };
            done += u64::from(acts);
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
