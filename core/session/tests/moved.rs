//! A set that is saved elsewhere: what goes along, and what is said of the rest.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod hand;
mod stand;

use bf_patch::{Edit, SetEdit, Socket};
use bf_session::{
    Draft, Engine, KeepHistory, Message, Options, ReplayRequest, Session, carry_history, performances, registry,
    replay, versions, wav,
};
use stand::write;
use std::path::Path;
use std::sync::atomic::AtomicBool;

const SET: &str = "beatforge = 1\n[nodes]\nlead = { type = \"saw\", freq = 110.0 }\nout = { type = \"output\" }\n\
                   [cables]\n\"out\" = \"lead\"\n";

fn open(folder: &Path) -> (Session, Engine, Vec<String>) {
    let options = Options { keep_history: true, ..Options::default() };
    let (mut session, engine) = Session::open(folder, registry(), options).unwrap();
    let said = said(&mut session);
    (session, engine, said)
}

fn said(session: &mut Session) -> Vec<String> {
    let all = session.messages().into_iter();
    all.filter_map(|m| match m {
        Message::Problem(text) | Message::Told(text) | Message::Answered { result: Ok(text) | Err(text), .. } => {
            Some(text)
        }
        _ => None,
    })
    .collect()
}

fn param(node: &str, port: &str, to: f64) -> SetEdit {
    SetEdit::main(Edit::SetParam { target: Socket::new(node, port), value: Some(to.into()) })
}

fn number(session: &Session, node: &str, port: &str) -> Option<f64> {
    session.set().main.nodes[node].params[port].as_number()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    folder
}

/// Plays, and says what was heard.
fn run(session: &mut Session, engine: &mut Engine, blocks: usize) -> Vec<f32> {
    let mut heard = Vec::new();
    for _ in 0..blocks {
        let [left, right] = engine.block_now();
        heard.extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
        session.poll();
    }
    heard
}

/// The last performance of a set again.
fn again(set: &Path) -> Vec<f32> {
    let out = tempfile::tempdir().unwrap();
    let request = ReplayRequest {
        set: set.to_owned(),
        performance: None,
        from_secs: 0.0,
        to_secs: None,
        out: out.path().join("again.wav"),
        format: wav::Format::Float32,
        existing: wav::Existing::Replace,
        stems: false,
    };
    let report = replay(&request, registry(), &mut |_| {}, &AtomicBool::new(false)).unwrap();
    assert_eq!(report.differs, Vec::<String>::new());
    let bytes = std::fs::read(out.path().join("again.wav")).unwrap();
    let at = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    bytes[at..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

#[test]
fn a_performance_that_goes_on_elsewhere_is_rendered_again_bit_for_bit() {
    let (folder, to) = (folder(hand::FILES), tempfile::tempdir().unwrap());
    let (mut session, mut engine, _) = open(folder.path());
    session.play();
    engine.prime();
    let (mut dice, mut gesture) = (hand::Dice(3), 0);
    let mut heard = Vec::new();
    for part in 0..6 {
        for _ in 0..4 {
            hand::act(&mut session, &mut dice, &mut gesture);
            heard.extend(run(&mut session, &mut engine, 100));
        }
        match part {
            1 => carry_history(&session.history_place().unwrap(), to.path(), &mut || true).unwrap(),
            3 => {
                std::fs::copy(folder.path().join("live.rhai"), to.path().join("live.rhai")).unwrap();
                let moved = session.move_to(to.path(), KeepHistory::Yes).unwrap();
                assert_eq!(moved, Vec::<String>::new());
            }
            _ => {}
        }
    }
    drop(session);
    assert_eq!(performances(to.path()).unwrap().len(), 1);
    let same = |a: &[f32], b: &[f32]| a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits());
    let there = again(to.path());
    assert_eq!((same(&heard, &there), there.len()), (None, heard.len()));
    assert!(heard.iter().any(|x| x.abs() > 0.01));
    // The first place has what was played there.
    let here = again(folder.path());
    assert_eq!((same(&heard, &here), here.len()), (None, heard.len() / 6 * 4));
}

#[test]
fn a_history_goes_along_with_a_set_that_is_saved_elsewhere() {
    for single in [false, true] {
        let (folder, to) = (folder(&[("set.toml", SET), ("a.toml", SET)]), tempfile::tempdir().unwrap());
        let place = if single { folder.path().join("a.toml") } else { folder.path().to_owned() };
        let (mut session, mut engine, _) = open(&place);
        session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
        session.name_version("high", "").unwrap();
        session.apply(&param("lead", "freq", 330.0), "tune", None).unwrap();
        session.keep_draft(Draft { file: "more.rhai".into(), text: "// b\n".into(), base: "// a\n".into() });
        // As the window does beforehand, or without.
        if single {
            let from = session.history_place().unwrap();
            carry_history(&from, to.path(), &mut || true).unwrap();
            session.apply(&param("lead", "freq", 335.0), "tune", None).unwrap();
        }
        let lost = session.move_to(to.path(), KeepHistory::Yes).unwrap();
        assert_eq!((lost, said(&mut session)), (vec![], vec![]));
        session.apply(&param("lead", "freq", 440.0), "tune", None).unwrap();
        // A name of before leads back, at once and after opening again.
        session.name_version("higher", "").unwrap();
        session.restore_version("high").unwrap();
        for _ in 0..20_000 {
            run(&mut session, &mut engine, 1);
            if number(&session, "lead", "freq") == Some(220.0) {
                break;
            }
            std::thread::yield_now();
        }
        assert_eq!(number(&session, "lead", "freq"), Some(220.0), "{:?}", said(&mut session));
        assert!(session.undo().unwrap() && number(&session, "lead", "freq") == Some(110.0));
        assert!(session.redo().unwrap());
        drop((session, engine));
        let names: Vec<String> = versions(to.path()).unwrap().into_iter().map(|version| version.name).collect();
        assert_eq!(names, ["before high", "higher", "high"]);
        let (mut session, _engine, told) = open(to.path());
        assert_eq!(number(&session, "lead", "freq"), Some(220.0), "{told:?}");
        assert!(session.drafts().is_empty(), "what was typed is in the files");
        assert!(!told.iter().any(|line| line.contains("cut off")), "{told:?}");
        assert!(session.undo().unwrap() && number(&session, "lead", "freq") == Some(110.0));
        drop(session);
        // The first one is as it was left.
        let (session, _engine, _) = open(&place);
        assert_eq!(session.drafts().len(), 1);
        assert_eq!(number(&session, "lead", "freq"), Some(if single { 335.0 } else { 330.0 }));
    }
}

#[test]
fn a_set_that_is_saved_elsewhere_says_what_could_not_be_copied() {
    let set = "beatforge = 1\n[nodes]\na = { type = \"sampler\", file = \"a.wav\" }\n\
               b = { type = \"sampler\", file = \"b.wav\" }\nc = { type = \"sampler\", file = \"../c.wav\" }\n\
               d = { type = \"sampler\", file = \"never.wav\" }\nout = { type = \"output\" }\n\
               [cables]\n\"out\" = [\"a\", \"b\", \"c\", \"d\"]\n";
    let (around, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = around.path().join("set");
    std::fs::create_dir(&folder).unwrap();
    let script = "track(\"drums\", s(\"bd*4\"));\n";
    write(&folder, &[("set.toml", set), ("live.rhai", script)]);
    for name in ["a.wav", "b.wav", "../c.wav"] {
        let spec = wav::Spec { channels: 1, sample_rate: 48_000, format: wav::Format::Float32 };
        let existing = wav::Existing::Replace;
        let mut file = wav::Writer::create(folder.join(name), spec, existing).unwrap();
        file.write(&[0.5; 4800]).unwrap();
        file.finish().unwrap();
    }
    let (mut session, mut engine, _) = open(&folder);
    session.play();
    run(&mut session, &mut engine, 64);
    std::fs::remove_file(folder.join("a.wav")).unwrap();
    std::fs::remove_file(folder.join("live.rhai")).unwrap();
    assert_eq!(session.files_beside(), [Path::new("b.wav")], "what lies elsewhere is not its own");
    for file in session.files_beside() {
        std::fs::copy(folder.join(&file), to.path().join(file)).unwrap();
    }
    let lost = session.move_to(to.path(), KeepHistory::Yes).unwrap();
    let still = "what was read of it sounds until the set is closed";
    assert_eq!(
        lost,
        [
            format!("../c.wav could not be copied: it lies outside of the set's folder; {still}"),
            format!("a.wav could not be copied: it was not there any more; {still}"),
        ]
    );
    // A script is text, which is known.
    assert_eq!(std::fs::read_to_string(to.path().join("live.rhai")).unwrap(), script);
    run(&mut session, &mut engine, 64);
    assert_eq!(session.wanted().tracks[0].name.as_str(), "drums");
}
