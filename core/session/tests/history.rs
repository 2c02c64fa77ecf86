//! The history of a set: what was done is there again, whatever ended the session.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_patch::{Edit, Gesture, Node, SetEdit, Socket};
use bf_session::remote::Quant;
use bf_session::{Draft, Engine, KeepHistory, Message, Options, Script, Session, registry};
use stand::write;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
const SET: &str = "# mine\nbeatforge = 1\ntempo = 120.0\n\n[nodes]\nlead = { type = \"saw\", freq = 110.0 }  # low\n\
                   wobble = { type = \"lfo\", rate = 0.25 }\nout = { type = \"output\" }\n\n[cables]\n\"out\" = \"lead\"\n";

fn options() -> Options {
    Options { keep_history: true, ..Options::default() }
}

fn open(folder: &Path) -> (Session, Engine, Vec<String>) {
    let (mut session, engine) = Session::open(folder, registry(), options()).unwrap();
    let said = said(&mut session);
    (session, engine, said)
}

fn said(session: &mut Session) -> Vec<String> {
    let all = session.messages().into_iter();
    all.filter_map(|m| match m {
        Message::Problem(text) | Message::Told(text) => Some(text),
        Message::Answered { result: Ok(text) | Err(text), .. } => Some(text),
        Message::Fault(fault) => Some(fault.to_string()),
        Message::Refused { faults, .. } => Some(faults[0].to_string()),
        _ => None,
    })
    .collect()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    folder
}

/// The folder of a session as a kill would leave it, in another place.
fn killed(session: &Session, folder: &Path) -> tempfile::TempDir {
    assert!(session.flush_history(PATIENCE));
    let to = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
        }
    }
    std::fs::create_dir(to.path().join(".beatforge")).unwrap();
    for entry in std::fs::read_dir(folder.join(".beatforge")).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        if [".sqlite", ".sqlite-wal"].iter().any(|end| name.to_str().unwrap().ends_with(end)) {
            std::fs::copy(entry.path(), to.path().join(".beatforge").join(name)).unwrap();
        }
    }
    to
}

fn param(node: &str, port: &str, to: f64) -> SetEdit {
    SetEdit::main(Edit::SetParam { target: Socket::new(node, port), value: Some(to.into()) })
}

fn number(session: &Session, node: &str, port: &str) -> Option<f64> {
    session.set().main.nodes[node].params[port].as_number()
}

#[test]
fn without_a_history_there_is_no_file_of_one() {
    let folder = folder(&[("set.toml", SET)]);
    let (mut session, _engine) = Session::open(folder.path(), registry(), Options::default()).unwrap();
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    assert!(!folder.path().join(".beatforge").exists());
}

#[test]
fn what_was_not_saved_is_there_after_a_kill_and_after_a_close() {
    let folder = folder(&[("set.toml", SET)]);
    let (mut session, _engine, told) = open(folder.path());
    assert_eq!(told, Vec::<String>::new());
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    let add = Edit::AddNode { name: "gain".into(), node: Node::new("gain"), at: Some([8, 16]) };
    session.apply(&SetEdit::main(add), "add gain", None).unwrap();
    let killed = killed(&session, folder.path());
    let want = session.set().clone();
    drop(session);
    for (folder, crashed) in [(folder.path(), false), (killed.path(), true)] {
        let (session, _engine, told) = open(folder);
        assert_eq!(*session.set(), want);
        assert_eq!(told.iter().any(|t| t.starts_with("the last session was cut off")), crashed, "{told:?}");
        assert!(told.iter().any(|t| t.ends_with("it holds what its files do not; save writes them")), "{told:?}");
        assert_eq!(std::fs::read_to_string(folder.join("set.toml")).unwrap(), SET);
        assert!(session.is_unsaved());
    }
}

#[test]
fn undo_and_redo_go_on_after_reopening() {
    let folder = folder(&[("set.toml", SET)]);
    let (mut session, _engine, _) = open(folder.path());
    let first = session.set().clone();
    for i in 0..300 {
        session.apply(&param("lead", "freq", 100.0 + f64::from(i)), "tune", Some(Gesture(1 + i as u64 / 3))).unwrap();
    }
    let last = session.set().clone();
    for _ in 0..7 {
        assert!(session.undo().unwrap());
    }
    let killed = killed(&session, folder.path());
    let (mut session, _engine, _) = open(killed.path());
    for _ in 0..7 {
        assert!(session.redo().unwrap());
    }
    assert!(!session.redo().unwrap() && *session.set() == last);
    for _ in 0..100 {
        assert!(session.undo().unwrap());
    }
    assert!(!session.undo().unwrap() && *session.set() == first);
    // A drag that was cut off is not gone on with.
    session.apply(&param("lead", "freq", 7.0), "tune", Some(Gesture(1))).unwrap();
    let (mut session, _engine, _) = open(self::killed(&session, killed.path()).path());
    session.apply(&param("lead", "freq", 8.0), "tune", Some(Gesture(1))).unwrap();
    assert!(session.undo().unwrap());
    assert_eq!(number(&session, "lead", "freq"), Some(7.0));
}

#[test]
fn a_file_that_was_changed_meanwhile_wins_where_both_have_changed_a_value() {
    let folder = folder(&[("set.toml", SET)]);
    let (mut session, _engine, _) = open(folder.path());
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    session.apply(&param("wobble", "rate", 4.0), "faster", None).unwrap();
    drop(session);
    let text = SET.replace("110.0", "330.0").replace("tempo = 120.0", "tempo = 90.0");
    write(folder.path(), &[("set.toml", &text)]);
    let (mut session, _engine, told) = open(folder.path());
    assert_eq!((number(&session, "lead", "freq"), number(&session, "wobble", "rate")), (Some(330.0), Some(4.0)));
    assert_eq!(session.set().main.tempo, 90.0);
    assert!(told.iter().any(|t| t.contains("lead.freq")), "{told:?}");
    // What the file said is a step of undo like any other.
    assert!(session.undo().unwrap());
    assert_eq!(number(&session, "lead", "freq"), Some(220.0));
    assert!(session.redo().unwrap());
    session.save().unwrap();
    let written = std::fs::read_to_string(folder.path().join("set.toml")).unwrap();
    assert_eq!(written, text.replace("0.25", "4.0"));
    drop(session);
    let (session, _engine, told) = open(folder.path());
    assert_eq!(told, Vec::<String>::new());
    assert!(!session.is_unsaved());
}

#[test]
fn a_file_that_was_read_while_it_played_is_not_taken_for_a_change_later() {
    let folder = folder(&[("set.toml", SET)]);
    let (mut session, _engine, _) = open(folder.path());
    write(folder.path(), &[("set.toml", &SET.replace("110.0", "330.0"))]);
    session.reload(&[folder.path().join("set.toml")]);
    session.apply(&param("lead", "freq", 440.0), "tune", None).unwrap();
    let killed = killed(&session, folder.path());
    let (session, _engine, told) = open(killed.path());
    assert_eq!(number(&session, "lead", "freq"), Some(440.0), "{told:?}");
}

#[test]
fn the_second_program_reads_and_says_why() {
    let folder = folder(&[("set.toml", SET)]);
    let (mut session, _engine, _) = open(folder.path());
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    assert!(session.flush_history(PATIENCE));
    let (mut second, _engine, told) = open(folder.path());
    assert_eq!(number(&second, "lead", "freq"), Some(220.0));
    assert!(told[0].starts_with("the set is open in BeatForge"), "{told:?}");
    second.apply(&param("lead", "freq", 330.0), "tune", None).unwrap();
    let refused = second.save().unwrap_err().to_string();
    assert!(refused.contains("the set is open in BeatForge"), "{refused}");
    assert_eq!(std::fs::read_to_string(folder.path().join("set.toml")).unwrap(), SET);
    drop(second);
    session.save().unwrap();
    drop(session);
    assert_eq!(number(&open(folder.path()).0, "lead", "freq"), Some(220.0));
}

#[test]
fn single_files_of_a_folder_have_histories_of_their_own() {
    let folder = folder(&[("a.toml", SET), ("b.toml", SET)]);
    let [a, b] = ["a.toml", "b.toml"].map(|name| folder.path().join(name));
    let (mut first, _engine, _) = open(&a);
    let (second, _engine, told) = open(&b);
    assert_eq!(told, Vec::<String>::new());
    first.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    drop((first, second));
    assert_eq!(number(&open(&a).0, "lead", "freq"), Some(220.0));
    assert_eq!(number(&open(&b).0, "lead", "freq"), Some(110.0));
}

#[test]
fn a_history_that_is_damaged_or_cannot_be_is_told_and_the_set_plays() {
    let place = folder(&[("set.toml", SET)]);
    let (mut session, _engine, _) = open(place.path());
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    drop(session);
    std::fs::write(place.path().join(".beatforge/history.sqlite"), [7; 5000]).unwrap();
    let (session, _engine, told) = open(place.path());
    assert!(told[0].starts_with("the history was damaged"), "{told:?}");
    assert_eq!(number(&session, "lead", "freq"), Some(110.0));
    // A file where its folder is to be.
    let place = folder(&[("set.toml", SET), (".beatforge", "")]);
    let (mut session, mut engine, told) = open(place.path());
    assert!(told[0].ends_with("the set plays without its history"), "{told:?}");
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    session.play();
    engine.block_now();
    assert!((0..40).any(|_| engine.block_now()[0].iter().any(|x| x.abs() > 0.01)));
}

#[test]
fn what_the_history_holds_and_does_not_play_any_more_gives_way_to_the_files() {
    let broken =
        "beatforge = 1\n[nodes]\nlead = { type = \"patch\", file = \"patches/a.toml\" }\nout = { type = \"output\" }\n";
    let inner = "beatforge = 1\n[nodes]\nsaw = { type = \"saw\" }\n[outputs]\nout = \"saw\"\n";
    let folder = folder(&[("set.toml", broken), ("patches/a.toml", inner)]);
    let (mut session, _engine, _) = open(folder.path());
    let cable = bf_patch::Cable::plain(Socket::new("lead", "out"));
    session.apply(&SetEdit::main(Edit::Connect { to: Socket::first("out"), cable, at: None }), "join", None).unwrap();
    drop(session);
    // The output that a cable of the history comes from is gone.
    write(folder.path(), &[("patches/a.toml", &inner.replace("out = \"saw\"", "sound = \"saw\""))]);
    let (session, _engine, told) = open(folder.path());
    assert!(told.iter().any(|t| t.starts_with("what the history holds does not play")), "{told:?}");
    assert!(session.set().main.cables.is_empty());
}

const SCRIPT: &str = "track(\"a\", s(\"bd*4\"));\n";

fn tracks(session: &Session) -> Vec<String> {
    session.wanted().tracks.iter().map(|t| t.name.to_string()).collect()
}

fn eval(session: &mut Session, engine: &mut Engine, text: &str) {
    session.evaluate(Script { file: "live.rhai".into(), text: text.into(), part: None, quant: Quant::Now });
    run(session, engine, 64);
}

fn run(session: &mut Session, engine: &mut Engine, blocks: usize) {
    for _ in 0..blocks {
        session.poll();
        engine.block_now();
    }
}

#[test]
fn what_was_evaluated_and_not_saved_plays_on_after_reopening() {
    let folder = folder(&[("live.rhai", SCRIPT)]);
    let (mut session, mut engine, _) = open(folder.path());
    session.play();
    run(&mut session, &mut engine, 8);
    let with = |tracks: &[&str]| tracks.iter().map(|t| format!("track(\"{t}\", s(\"bd*2\"));\n")).collect::<String>();
    eval(&mut session, &mut engine, &format!("tempo(99);\n{}", with(&["a", "b"])));
    eval(&mut session, &mut engine, &format!("tempo(99);\n{}", with(&["a", "b", "c"])));
    assert_eq!(tracks(&session), ["a", "b", "c"]);
    assert!(session.undo().unwrap());
    run(&mut session, &mut engine, 64);
    assert_eq!(tracks(&session), ["a", "b"]);
    let killed = killed(&session, folder.path());
    let (mut session, mut engine, told) = open(killed.path());
    assert_eq!((tracks(&session), session.set().main.tempo), (vec!["a".into(), "b".into()], 99.0), "{told:?}");
    assert!(told.iter().any(|t| t.contains("plays on; evaluate it")), "{told:?}");
    // Undo and redo reach what was evaluated in the session before.
    assert!(session.redo().unwrap());
    run(&mut session, &mut engine, 64);
    assert_eq!(tracks(&session), ["a", "b", "c"], "{:?}", said(&mut session));
    assert!(session.undo().unwrap() && session.undo().unwrap());
    run(&mut session, &mut engine, 64);
    assert_eq!((tracks(&session), session.set().main.tempo), (vec!["a".into()], 120.0), "{:?}", said(&mut session));
    drop(session);
    // A script that was changed meanwhile is the one that plays.
    write(killed.path(), &[("live.rhai", &with(&["d"]))]);
    let (session, _engine, told) = open(killed.path());
    assert_eq!((tracks(&session), session.set().main.tempo), (vec!["d".into()], 120.0), "{told:?}");
}

fn draft(text: &str, base: &str) -> Draft {
    Draft { file: "live.rhai".into(), text: text.into(), base: base.into() }
}

#[test]
fn what_is_typed_into_a_script_is_there_after_a_kill_until_it_is_saved() {
    let script = "track(\"drums\", s(\"bd*4\"));\n";
    let folder = folder(&[("live.rhai", script)]);
    let (mut session, _engine, _) = open(folder.path());
    assert!(!session.is_unsaved());
    session.keep_draft(draft("// a\n", script));
    session.keep_draft(draft(&format!("{script}// ä\n"), script));
    assert!(session.is_unsaved());
    assert_eq!(session.texts_now().last().unwrap().1, format!("{script}// ä\n"));
    let killed = killed(&session, folder.path());
    let (session, _engine, told) = open(killed.path());
    assert_eq!(session.drafts()["live.rhai"], draft(&format!("{script}// ä\n"), script));
    assert!(session.is_unsaved() && told.iter().any(|t| t.contains("typed and not saved")), "{told:?}");
    // A version knows nothing of it; saved elsewhere, it is no draft any more.
    drop(session);
    write(killed.path(), &[("live.rhai", &format!("{script}// ä\n"))]);
    let (session, _engine, told) = open(killed.path());
    assert!(session.drafts().is_empty() && !session.is_unsaved(), "{told:?}");
    drop(session);
    write(killed.path(), &[("live.rhai", "// others\n")]);
    let (session, _engine, _) = open(killed.path());
    assert!(session.drafts().is_empty());
}

#[test]
fn a_set_that_is_saved_elsewhere_goes_on_there_with_all_that_is_not_saved() {
    let script = "track(\"drums\", s(\"bd*4\"));\n";
    let (folder, to) = (folder(&[("set.toml", SET), ("live.rhai", script)]), tempfile::tempdir().unwrap());
    let (mut session, mut engine, _) = open(folder.path());
    session.play();
    let heard = format!("{script}track(\"hats\", s(\"hh*8\"));\n");
    eval(&mut session, &mut engine, &heard);
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    let typed = format!("{heard}// more\n");
    session.keep_draft(draft(&typed, script));
    let beat = session.controller().shared().status().beat;
    session.move_to(to.path(), KeepHistory::Yes).unwrap();
    assert!(!session.is_unsaved() && session.folder().root == to.path());
    assert_eq!(std::fs::read_to_string(to.path().join("live.rhai")).unwrap(), typed);
    assert!(std::fs::read_to_string(to.path().join("set.toml")).unwrap().contains("220"));
    for (file, text) in [("set.toml", SET), ("live.rhai", script)] {
        assert_eq!(std::fs::read_to_string(folder.path().join(file)).unwrap(), text, "the old one is as it was");
    }
    run(&mut session, &mut engine, 64);
    assert!(session.controller().shared().status().beat > beat && tracks(&session) == ["drums", "hats"]);
    assert!(session.undo().unwrap() && number(&session, "lead", "freq") == Some(110.0));
    session.apply(&param("lead", "freq", 330.0), "tune", None).unwrap();
    drop((session, engine));
    let (session, _engine, told) = open(to.path());
    assert_eq!((number(&session, "lead", "freq"), tracks(&session).len()), (Some(330.0), 2), "{told:?}");
    // What plays is older than what is written: it is not what waits to be saved.
    assert!(session.drafts().is_empty() && session.is_unsaved(), "{told:?}");
    drop(session);
    let (session, _engine, _) = open(folder.path());
    assert_eq!(number(&session, "lead", "freq"), Some(220.0), "and so is its history");
}

#[test]
fn a_tempo_that_a_script_says_is_not_the_documents() {
    let script = "tempo(130);\ntrack(\"drums\", s(\"bd*4\"));\n";
    let folder = folder(&[("set.toml", SET), ("live.rhai", script)]);
    let (mut session, mut engine, _) = open(folder.path());
    run(&mut session, &mut engine, 8);
    assert_eq!((session.set().main.tempo, session.is_unsaved()), (130.0, false));
    assert_eq!(session.save().unwrap(), Vec::<std::path::PathBuf>::new());
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    assert!(session.revert(Gesture(1 << 61)).unwrap());
    assert_eq!((session.set().main.tempo, number(&session, "lead", "freq")), (130.0, Some(110.0)));
    assert!(!session.is_unsaved() && !session.revert(Gesture(2 << 61)).unwrap());
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    session.save().unwrap();
    let text = std::fs::read_to_string(folder.path().join("set.toml")).unwrap();
    assert_eq!(text, SET.replace("110.0", "220.0"));
    assert!(!session.is_unsaved());
    drop((session, engine));
    let (session, _engine, told) = open(folder.path());
    assert!(!session.is_unsaved() && !told.iter().any(|t| t.contains("its files do not")), "{told:?}");
    drop(session);
    // A tempo of a hand's is.
    let (mut session, _engine, _) = open(folder.path());
    session.apply(&SetEdit::main(Edit::SetTempo(99.0)), "slow", None).unwrap();
    assert!(session.is_unsaved());
    // What was evaluated and is not in the file is taken back, too.
    session.revert(Gesture(3 << 61)).unwrap();
    assert!(!session.is_unsaved());
}

#[test]
fn going_back_to_what_is_saved_is_one_step_with_what_the_script_plays() {
    let script = "track(\"drums\", s(\"bd*4\"));\n";
    let folder = folder(&[("set.toml", SET), ("live.rhai", script)]);
    let (mut session, mut engine, _) = open(folder.path());
    session.play();
    eval(&mut session, &mut engine, "track(\"bass\", s(\"saw\"));\n");
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    let steps = session.history().undoable().count();
    assert!(session.revert(Gesture(1 << 61)).unwrap());
    run(&mut session, &mut engine, 64);
    let saved = (vec!["drums".to_owned()], Some(110.0));
    let left = (vec!["bass".to_owned()], Some(220.0));
    let now = |session: &Session| (tracks(session), number(session, "lead", "freq"));
    assert_eq!(now(&session), saved);
    assert_eq!(session.history().undoable().count(), steps + 1);
    assert_eq!(session.history().undoable().next(), Some("go back to what is saved"));
    assert!(session.undo().unwrap());
    run(&mut session, &mut engine, 64);
    assert_eq!(now(&session), left, "one undo takes all of it back");
    assert!(session.redo().unwrap());
    run(&mut session, &mut engine, 64);
    assert_eq!(now(&session), saved);
    // So it is after the set was opened again.
    drop((session, engine));
    let (mut session, mut engine, _) = open(folder.path());
    assert!(session.undo().unwrap());
    run(&mut session, &mut engine, 64);
    assert_eq!(now(&session), left);
    // Where only the script plays something else, the step has the same name.
    session.apply(&param("lead", "freq", 110.0), "tune", None).unwrap();
    assert!(session.revert(Gesture(2 << 61)).unwrap());
    run(&mut session, &mut engine, 64);
    assert_eq!(now(&session), saved);
    assert_eq!(session.history().undoable().next(), Some("go back to what is saved"));
}

#[test]
fn what_plays_and_was_never_saved_waits_to_be() {
    let (script, more) = ("track(\"drums\", s(\"bd*4\"));\n", "track(\"bass\", s(\"saw\"));\n");
    let folder = folder(&[("live.rhai", script)]);
    let (mut session, mut engine, _) = open(folder.path());
    session.play();
    eval(&mut session, &mut engine, more);
    assert_eq!(tracks(&session), ["bass"]);
    assert_eq!(session.text_that_plays("live.rhai").as_deref(), Some(more));
    drop((session, engine));
    let (session, _engine, _) = open(folder.path());
    assert_eq!(tracks(&session), ["bass"]);
    assert_eq!(session.drafts()["live.rhai"], draft(more, script));
}

#[test]
fn more_evaluations_can_be_undone_than_states_are_kept() {
    let folder = folder(&[("live.rhai", SCRIPT)]);
    let (mut session, mut engine, _) = open(folder.path());
    session.play();
    run(&mut session, &mut engine, 8);
    for i in 0..130 {
        eval(&mut session, &mut engine, &format!("track(\"t{i}\", s(\"bd\"));\n"));
    }
    for _ in 0..130 {
        assert!(session.undo().unwrap());
    }
    run(&mut session, &mut engine, 64);
    assert_eq!(tracks(&session), ["a"], "{:?}", said(&mut session));
    for _ in 0..130 {
        assert!(session.redo().unwrap());
    }
    run(&mut session, &mut engine, 64);
    assert_eq!(tracks(&session), ["t129"], "{:?}", said(&mut session));
}

fn settle(session: &mut Session, engine: &mut Engine, until: impl Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        run(session, engine, 1);
        all.extend(said(session));
        if all.iter().any(|text| until(text)) {
            return all;
        }
        std::thread::yield_now();
    }
    panic!("{all:?}");
}

#[test]
fn a_version_can_be_gone_back_to_while_it_plays_and_when_nobody_plays_it() {
    let folder = folder(&[("set.toml", SET), ("live.rhai", SCRIPT)]);
    let (mut session, mut engine, _) = open(folder.path());
    session.play();
    run(&mut session, &mut engine, 8);
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    eval(&mut session, &mut engine, "track(\"b\", s(\"bd\"));\n");
    session.name_version("verse", "quiet").unwrap();
    session.apply(&param("lead", "freq", 330.0), "tune", None).unwrap();
    session.apply(&param("lead", "freq", 440.0), "tune", None).unwrap();
    eval(&mut session, &mut engine, "track(\"c\", s(\"bd\"));\n");
    session.save().unwrap();
    assert!(session.flush_history(PATIENCE));
    session.restore_version("verse").unwrap();
    settle(&mut session, &mut engine, |text| text.starts_with("back at verse"));
    run(&mut session, &mut engine, 64);
    assert_eq!((number(&session, "lead", "freq"), tracks(&session)), (Some(220.0), vec!["b".into()]));
    // Its own past can be undone, and what was left is a version as well.
    assert!(session.undo().unwrap() && session.undo().unwrap());
    assert_eq!(number(&session, "lead", "freq"), Some(110.0));
    assert!(session.redo().unwrap());
    session.restore_version("verze").unwrap();
    let told = settle(&mut session, &mut engine, |text| text.starts_with("there is no version"));
    assert!(told.iter().any(|t| t.ends_with("did you mean `verse`?")), "{told:?}");
    drop(session);
    // The branch is what opens.
    assert_eq!(number(&open(folder.path()).0, "lead", "freq"), Some(220.0));
    let names: Vec<String> = bf_session::versions(folder.path()).unwrap().into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["before verse", "verse"]);
    // What was saved is there under its entry, between the two.
    let states = bf_session::states(folder.path()).unwrap();
    let notes: Vec<&str> = states.iter().map(|v| v.note.as_str()).collect();
    assert_eq!((notes, states[1].name.starts_with('#')), (vec!["", "saved", "quiet"], true));
    bf_session::restore_version(folder.path(), &states[1].name).unwrap();
    assert_eq!(number(&open(folder.path()).0, "lead", "freq"), Some(440.0));
    bf_session::restore_version(folder.path(), "before verse").unwrap();
    let (session, _engine, told) = open(folder.path());
    assert_eq!((number(&session, "lead", "freq"), tracks(&session)), (Some(440.0), vec!["c".into()]), "{told:?}");
}

#[test]
fn a_patch_file_that_is_broken_while_the_set_is_closed_plays_as_it_was() {
    let folder = folder(&[("set.toml", SET)]);
    let (mut session, _engine, _) = open(folder.path());
    session.apply(&param("lead", "freq", 220.0), "tune", None).unwrap();
    drop(session);
    write(folder.path(), &[("set.toml", &SET.replace("[nodes]", "broken = [\n[nodes]"))]);
    let (mut session, _engine, told) = open(folder.path());
    assert_eq!(number(&session, "lead", "freq"), Some(220.0));
    assert!(told.iter().any(|t| t.contains("set.toml:")) && told.iter().any(|t| t.contains("until they are mended")));
    // It is not written over; mended, it is read.
    assert!(session.save().is_err());
    write(folder.path(), &[("set.toml", &SET.replace("rate = 0.25", "rate = 2.0"))]);
    session.reload(&[folder.path().join("set.toml")]);
    assert_eq!((number(&session, "lead", "freq"), number(&session, "wobble", "rate")), (Some(220.0), Some(2.0)));
}

#[test]
fn a_script_that_is_broken_while_the_set_is_closed_plays_as_it_was() {
    let folder = folder(&[("live.rhai", "track(\"a\", s(\"bd\"));\n")]);
    let (mut session, mut engine, _) = open(folder.path());
    run(&mut session, &mut engine, 10);
    drop(session);
    write(folder.path(), &[("live.rhai", "track(\"a\", s(\"bd [\"));\n")]);
    let (session, _engine, told) = open(folder.path());
    assert_eq!(tracks(&session), ["a"]);
    assert!(told.iter().any(|t| t.contains("live.rhai:1")), "{told:?}");
}

#[test]
fn what_waits_for_its_time_plays_after_reopening() {
    let text = "tempo(60);\ntrack(\"a\", s(\"bd\"));\n";
    for (saved, undone) in [(false, false), (true, false), (false, true)] {
        let folder = folder(&[("live.rhai", text)]);
        let (mut session, mut engine, _) = open(folder.path());
        session.play();
        run(&mut session, &mut engine, 10);
        let more = format!("{text}track(\"b\", s(\"hh\"));\n");
        if saved {
            write(folder.path(), &[("live.rhai", &more)]);
            session.quant = Quant::Cycles(8);
            session.reload(&[folder.path().join("live.rhai")]);
        } else {
            let script = Script { file: "live.rhai".into(), text: more, part: None, quant: Quant::Cycles(8) };
            session.evaluate(script);
        }
        let broken = Script { file: "live.rhai".into(), text: "trak(1".into(), part: None, quant: Quant::Now };
        session.evaluate(broken);
        run(&mut session, &mut engine, 10);
        assert_eq!(tracks(&session), ["a"]);
        if undone {
            assert!(session.undo().unwrap());
        }
        let killed = killed(&session, folder.path());
        let (session, _engine, _) = open(killed.path());
        let want: &[&str] = if undone { &["a"] } else { &["a", "b"] };
        assert_eq!(tracks(&session), want, "saved {saved}, undone {undone}");
    }
}

#[test]
fn what_was_taken_back_while_something_else_was_heard_waits_again_and_is_written() {
    let folder =
        folder(&[("live.rhai", "tempo(60);\ntrack(\"a\", s(\"bd\"));\nat(1, || { track(\"c\", s(\"cp\")); });\n")]);
    let (mut session, mut engine, _) = open(folder.path());
    session.play();
    run(&mut session, &mut engine, 10);
    let text = "tempo(60);\ntrack(\"a\", s(\"bd\"));\ntrack(\"b\", s(\"hh\"));\n".to_owned();
    session.evaluate(Script { file: "live.rhai".into(), text, part: None, quant: Quant::Cycles(8) });
    run(&mut session, &mut engine, 10);
    assert!(session.undo().unwrap());
    // A cycle later the script's own part comes.
    run(&mut session, &mut engine, 5 * 48_000 / 64);
    assert_eq!(tracks(&session), ["a", "c"]);
    assert!(session.redo().unwrap());
    let killed = killed(&session, folder.path());
    let (session, _engine, _) = open(killed.path());
    assert_eq!(tracks(&session), ["a", "b"]);
}
