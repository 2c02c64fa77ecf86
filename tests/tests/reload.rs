//! A set on disk that changes while it plays.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_patch::{Edit, Name, SetEdit, Socket};
use bf_session::{Engine, Message, Options, Session, registry};
use std::path::PathBuf;

const TEXT: &str = "beatforge = 1

# keep me
[nodes]
osc = { type = \"sine\", freq = 110.0 }   # the tone
level = { type = \"gain\", gain = 0.5 }
out = { type = \"output\" }

[cables]
\"level\" = \"osc\"
\"out\" = \"level\"
";

struct Scene {
    _folder: tempfile::TempDir,
    file: PathBuf,
    session: Session,
    engine: Engine,
    heard: Vec<f32>,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("set.toml");
    std::fs::write(&file, TEXT).unwrap();
    let (session, engine) = Session::open(folder.path(), registry(), Options::default()).unwrap();
    Scene { _folder: folder, file, session, engine, heard: Vec::new() }
}

impl Scene {
    fn play(&mut self, blocks: usize) -> Vec<f32> {
        let mut out = Vec::new();
        for _ in 0..blocks {
            out.extend_from_slice(self.engine.block_now()[0]);
            self.session.poll();
        }
        self.heard.extend(&out);
        out
    }
    fn write(&mut self, text: &str) -> Vec<Message> {
        std::fs::write(&self.file, text).unwrap();
        self.session.reload(std::slice::from_ref(&self.file));
        // A plan may still be on its way: the next one waits for it.
        self.play(4);
        self.session.messages()
    }
}

fn step(x: &[f32]) -> f32 {
    x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn a_changed_line_is_heard_without_a_click() {
    let mut s = scene();
    s.play(40);
    s.write(&TEXT.replace("freq = 110.0", "freq = 220.0"));
    s.play(40);
    s.write(&TEXT.replace("\"sine\"", "\"triangle\""));
    s.play(40);
    // 0.5 × 2π × 220 / 48,000, and a fade over 240 frames.
    assert!(step(&s.heard) < 0.0145 + 1.0 / 240.0 + 1e-3, "{}", step(&s.heard));
    assert!(s.heard[s.heard.len() - 2000..].iter().any(|x| x.abs() > 0.4));
}

#[test]
fn a_broken_file_keeps_the_last_good_patch_playing() {
    let mut s = scene();
    s.play(10);
    let messages = s.write(&TEXT.replace("110.0 }", "110.0"));
    let fault = messages.iter().find_map(|m| if let Message::Fault(d) = m { Some(d) } else { None }).unwrap();
    assert!((5..=6).contains(&fault.line), "{fault}");
    assert!(s.play(10).iter().any(|x| x.abs() > 0.1));
    let messages = s.write(&TEXT.replace("\"osc\"\n", "\"osk\"\n"));
    let d = messages.iter().find_map(|m| if let Message::Fault(d) = m { Some(d) } else { None }).unwrap();
    assert!(d.line == 10 && d.to_string().contains("osk") && d.hint.is_some(), "{d} {:?}", d.hint);
    assert!(s.play(10).iter().any(|x| x.abs() > 0.1));
    s.write(TEXT);
    assert!(s.play(10).iter().any(|x| x.abs() > 0.1));
}

#[test]
fn out_of_range_and_unknown_are_told_with_their_place() {
    let mut s = scene();
    let messages = s.write(&TEXT.replace("gain = 0.5", "gain = 99.0"));
    let Some(Message::Fault(d)) = messages.iter().find(|m| matches!(m, Message::Fault(_))) else {
        panic!("{messages:?}")
    };
    assert!(d.line == 6 && d.message.contains("expected a number from 0 to 4"), "{d}");
    let messages = s.write(&TEXT.replace("\"gain\"", "\"gian\""));
    assert!(messages.iter().any(|m| matches!(m, Message::Fault(d) if d.hint.is_some())), "{messages:?}");
}

#[test]
fn hand_and_file_merge_and_saving_keeps_comments() {
    let mut s = scene();
    let target = Socket::new("level", "gain");
    let edit = Edit::SetParam { target, value: Some(0.25.into()) };
    s.session.apply(&SetEdit::main(edit), "turn down", None).unwrap();
    s.play(4);
    s.write(&TEXT.replace("freq = 110.0", "freq = 330.0"));
    let main = &s.session.set().main;
    assert_eq!(main.nodes[&Name::new("level")].params["gain"], 0.25.into());
    assert_eq!(main.nodes[&Name::new("osc")].params["freq"], 330.0.into());
    s.play(4);
    s.session.save().unwrap();
    let text = std::fs::read_to_string(&s.file).unwrap();
    let want = TEXT.replace("freq = 110.0", "freq = 330.0").replace("gain = 0.5", "gain = 0.25");
    assert_eq!(text, want);
}

#[test]
fn everything_is_undone_and_redone() {
    let mut s = scene();
    let before = s.session.set().clone();
    s.write(&TEXT.replace("\"out\" = \"level\"\n", ""));
    let after = s.session.set().clone();
    assert_ne!(before, after);
    s.play(20);
    assert!(s.session.undo().unwrap());
    assert_eq!(*s.session.set(), before);
    assert!(s.play(20).iter().any(|x| x.abs() > 0.1));
    assert!(s.session.redo().unwrap());
    assert_eq!(*s.session.set(), after);
    s.play(20);
    assert!(s.play(4).iter().all(|x| *x == 0.0));
}

fn faults(messages: &[Message]) -> Vec<&bf_session::Diagnostic> {
    messages.iter().filter_map(|m| if let Message::Fault(d) = m { Some(d) } else { None }).collect()
}

#[test]
fn a_fault_is_told_once_though_a_fade_has_ended() {
    let mut s = scene();
    s.play(40);
    // A cable fades out while the next text has a fault.
    std::fs::write(&s.file, TEXT.replace("\"out\" = \"level\"\n", "")).unwrap();
    s.session.reload(std::slice::from_ref(&s.file));
    s.play(1);
    let broken = TEXT.replace("\"out\" = \"level\"\n", "\"out\" = \"levle\"\n");
    let mut told = s.write(&broken);
    s.play(60);
    told.extend(s.session.messages());
    assert_eq!(faults(&told).len(), 1, "{told:?}");
    s.write(&broken.replace("110.0", "220.0"));
    s.write(TEXT);
    s.play(60);
    assert!(!s.session.controller().has_remains() && s.play(10).iter().any(|x| x.abs() > 0.1));
}

#[test]
fn saving_merges_what_was_written_in_the_meantime() {
    let mut s = scene();
    let edit = Edit::SetParam { target: Socket::new("level", "gain"), value: Some(0.25.into()) };
    s.session.apply(&SetEdit::main(edit.clone()), "turn down", None).unwrap();
    std::fs::write(&s.file, TEXT.replace("freq = 110.0", "freq = 330.0")).unwrap();
    s.session.save().unwrap();
    let want = TEXT.replace("freq = 110.0", "freq = 330.0").replace("gain = 0.5", "gain = 0.25");
    assert_eq!(std::fs::read_to_string(&s.file).unwrap(), want);
    // What cannot be merged is not overwritten.
    let edit = Edit::SetParam { target: Socket::new("level", "gain"), value: Some(0.75.into()) };
    s.session.apply(&SetEdit::main(edit), "turn up", None).unwrap();
    std::fs::write(&s.file, "[nodes").unwrap();
    let refused = s.session.save().unwrap_err().to_string();
    assert!(refused.contains("set.toml:1"), "{refused}");
    assert_eq!(std::fs::read_to_string(&s.file).unwrap(), "[nodes");
}

#[cfg(unix)]
#[test]
fn saving_writes_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.toml"), folder.path().join("set.toml"));
    std::fs::write(&real, TEXT).unwrap();
    std::os::unix::fs::symlink("real.toml", &link).unwrap();
    let (mut session, _engine) = Session::open(folder.path(), registry(), Options::default()).unwrap();
    let edit = Edit::SetParam { target: Socket::new("level", "gain"), value: Some(0.25.into()) };
    session.apply(&SetEdit::main(edit), "turn down", None).unwrap();
    session.save().unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&real).unwrap(), TEXT.replace("gain = 0.5", "gain = 0.25"));
}

#[test]
fn a_setting_and_a_sample_that_do_not_fit_are_told_with_their_place() {
    let mut s = scene();
    let messages = s.write(&TEXT.replace("out = {", "l = { type = \"steps\", steps = \"zz9\" }\nout = {"));
    let found = faults(&messages);
    assert!(found.len() == 1 && found[0].line == 7 && found[0].message.contains("l.steps"), "{found:?}");
    assert!(s.play(10).iter().any(|x| x.abs() > 0.1));
    // A sound file without sound.
    std::fs::write(s.file.with_file_name("zero.wav"), WAV_HEAD).unwrap();
    std::fs::write(&s.file, TEXT.replace("out = {", "k = { type = \"sampler\", file = \"zero.wav\" }\nout = {"))
        .unwrap();
    let (mut opened, _engine) = Session::open(&s.file, registry(), Options::default()).unwrap();
    let messages = opened.messages();
    let found = faults(&messages);
    assert!(found.len() == 1 && found[0].line == 7 && found[0].message.contains("zero.wav"), "{messages:?}");
    assert!(found[0].hint.as_ref().is_some_and(|h| h.contains("k stays silent")), "{found:?}");
}

/// A WAV file of 0 frames: mono, 16 bits, 48 kHz.
const WAV_HEAD: &[u8] = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0data\0\0\0\0";

#[test]
fn a_setting_in_a_patch_file_is_told_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let inner = "beatforge = 1\n[nodes]\nl = { type = \"steps\", steps = \"zz9\" }\n[outputs]\nout = \"l\"\n";
    std::fs::write(folder.path().join("lead.toml"), inner).unwrap();
    let main = "beatforge = 1\n[nodes]\nlead = { type = \"patch\", file = \"lead.toml\" }\n";
    std::fs::write(folder.path().join("set.toml"), main).unwrap();
    let Err(error) = Session::open(folder.path(), registry(), Options::default()) else { panic!("it opened") };
    let said = error.to_string();
    assert!(said.contains("lead.toml:3") && said.contains("lead/l.steps"), "{said}");
}

#[test]
fn a_file_that_is_removed_plays_on_and_is_told_once() {
    let mut s = scene();
    s.play(10);
    std::fs::remove_file(&s.file).unwrap();
    for _ in 0..2 {
        s.session.reload(std::slice::from_ref(&s.file));
    }
    assert!(s.play(20).iter().any(|x| x.abs() > 0.1));
    let messages = s.session.messages();
    let told = messages.iter().filter(|m| matches!(m, Message::Problem(p) if p.contains("set.toml: is not there")));
    assert_eq!((told.count(), messages.iter().any(|m| matches!(m, Message::Reloaded { .. }))), (1, false));
    let messages = s.write(&TEXT.replace("110.0", "220.0"));
    assert!(messages.iter().any(|m| matches!(m, Message::Reloaded { edits: 1, .. })), "{messages:?}");
}

#[test]
fn what_it_has_written_itself_is_not_read_again() {
    let mut s = scene();
    let reloads = |messages: &[Message]| messages.iter().filter(|m| matches!(m, Message::Reloaded { .. })).count();
    let target = Socket::new("osc", "freq");
    let edit = SetEdit::main(Edit::SetParam { target, value: Some(330.0.into()) });
    s.session.apply(&edit, "tune", None).unwrap();
    assert_eq!(s.session.save().unwrap(), [s.file.clone()]);
    s.session.reload(std::slice::from_ref(&s.file));
    assert_eq!(reloads(&s.session.messages()), 0);
    // What was broken and says again what it said is told: the performer waits for that.
    let whole = std::fs::read_to_string(&s.file).unwrap();
    assert!(s.write("beatforge = 1\n[nodes").iter().any(|m| matches!(m, Message::Fault(_))));
    assert_eq!(reloads(&s.write(&whole)), 1);
    assert_eq!(reloads(&s.write(&whole)), 0);
}

#[test]
fn what_could_not_be_saved_is_still_to_be_saved() {
    let mut s = scene();
    let target = Socket::new("osc", "freq");
    let edit = SetEdit::main(Edit::SetParam { target, value: Some(330.0.into()) });
    s.session.apply(&edit, "tune", None).unwrap();
    // The folder goes away, as on a stick that is pulled out, and comes back.
    let root = s.file.parent().unwrap().to_owned();
    let away = root.with_extension("away");
    std::fs::rename(&root, &away).unwrap();
    let why = s.session.save().unwrap_err().to_string();
    assert!(why.contains("Save as"), "{why}");
    s.session.reload(std::slice::from_ref(&s.file));
    assert!(s.session.save().is_err(), "there is something to save");
    std::fs::rename(&away, &root).unwrap();
    s.session.reload(std::slice::from_ref(&s.file));
    let freq = |s: &Scene| s.session.set().main.nodes["osc"].params["freq"].clone();
    assert_eq!(freq(&s), 330.0.into());
    assert_eq!(s.session.save().unwrap(), [s.file.clone()]);
    assert!(std::fs::read_to_string(&s.file).unwrap().contains("330.0"));
}
