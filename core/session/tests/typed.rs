//! Lines that were typed beside a set's script.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_patch::Gesture;
use bf_session::remote::Quant;
use bf_session::{Engine, Options, Script, Session, registry};
use stand::write;

fn tracks(session: &Session) -> Vec<String> {
    let mut names: Vec<String> = session.wanted().tracks.iter().map(|track| track.name.to_string()).collect();
    names.sort();
    names
}

fn settle(session: &mut Session, engine: &mut Engine) {
    for _ in 0..400 {
        engine.block_now();
        session.poll();
    }
}

/// What the prompt makes of a line: a part of a text of its own.
fn typed(session: &mut Session, line: &str) {
    let part = Some(0..line.len());
    session.evaluate(Script { file: "typed".to_owned(), text: line.to_owned(), part, quant: Quant::Now });
}

#[test]
fn the_way_back_to_what_is_saved_takes_typed_lines_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let set = "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n";
    write(folder.path(), &[("set.toml", set), ("live.rhai", "track(\"drums\", s(\"bd*4\"));\n")]);
    let options = || Options { keep_history: true, wait_for_scripts: true, ..Options::default() };
    let (mut session, mut engine) = Session::open(folder.path(), registry(), options()).unwrap();
    session.play();
    settle(&mut session, &mut engine);
    typed(&mut session, "track(\"hat\", s(\"hh*8\"));");
    settle(&mut session, &mut engine);
    assert_eq!(tracks(&session), ["drums", "hat"]);
    assert!(session.revert(Gesture(1 << 61)).unwrap());
    settle(&mut session, &mut engine);
    assert_eq!(tracks(&session), ["drums"]);
    assert!(!session.revert(Gesture(2 << 61)).unwrap(), "there is nothing to go back from");
    assert!(session.undo().unwrap());
    settle(&mut session, &mut engine);
    assert_eq!(tracks(&session), ["drums", "hat"], "one undo takes all of it back");
    assert!(session.redo().unwrap());
    settle(&mut session, &mut engine);
    drop((session, engine));
    let (mut session, mut engine) = Session::open(folder.path(), registry(), options()).unwrap();
    settle(&mut session, &mut engine);
    assert_eq!(tracks(&session), ["drums"], "and so it is found again");
}
