//! What no edit of a hand and no command destroys: files of the set, cables that could run, what waits for a track.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_patch::{Edit, Node, SetEdit, Socket};
use bf_session::wav::{Existing, Format};
use bf_session::{Length, Options, RenderError, RenderRequest, not_own_file, registry, render};
use stand::{Stand, write};
use std::sync::atomic::AtomicBool;

const SET: &str = "beatforge = 1\n[nodes]\nsteps = { type = \"steps\" }\nkick = { type = \"kick\" }\n\
    tone = { type = \"patch\", file = \"./parts/tone.toml\" }\nsound = { type = \"sampler\", file = \"hit.wav\" }\n\
    out = { type = \"output\" }\n[cables]\n\"kick\" = \"steps\"\n\"tone\" = \"kick\"\n\"out\" = \"tone.wet\"\n";
const TONE: &str = "beatforge = 1\n[nodes]\nlow = { type = \"svf\" }\npulse = { type = \"steps\" }\n[inputs]\ninput = \"low\"\n\
    [outputs]\nwet = \"low\"\n[controls]\ncutoff = \"low.cutoff\"\n";
/// The same with notes where that has a signal.
const PULSE: &str = "beatforge = 1\n[nodes]\npulse = { type = \"steps\" }\n[outputs]\nwet = \"pulse\"\n";

#[test]
fn a_command_never_writes_over_a_file_of_the_set() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("set.toml", SET), ("parts/tone.toml", TONE), ("live.rhai", "\n"), ("hit.wav", "RIFF")]);
    let mut own = vec!["set.toml", "parts/tone.toml", "parts/../set.toml", "live.rhai", "hit.wav"];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path().join("set.toml"), folder.path().join("song.wav")).unwrap();
        own.push("song.wav");
    }
    for (name, existing) in own.into_iter().flat_map(|name| [(name, Existing::Replace), (name, Existing::Keep)]) {
        let out = folder.path().join(name);
        let before = std::fs::read(&out).unwrap();
        let request = RenderRequest {
            set: folder.path().to_owned(),
            out: out.clone(),
            length: Length::Seconds(0.01),
            format: Format::Float32,
            existing,
            stems: false,
            options: Options::default(),
        };
        let done = render(&request, registry(), &mut |_| (), &AtomicBool::new(false));
        assert!(matches!(&done, Err(RenderError::Own(own)) if own.0 == out), "{name}: {done:?}");
        assert_eq!(std::fs::read(&out).unwrap(), before, "{name}");
        assert!(not_own_file(folder.path(), &out, &registry()).is_err(), "{name}");
    }
    not_own_file(folder.path(), &folder.path().join("new.wav"), &registry()).unwrap();
    // A set that cannot be read is still there to be mended.
    write(folder.path(), &[("set.toml", "beatforge = ")]);
    not_own_file(folder.path(), &folder.path().join("set.toml"), &registry()).unwrap_err();
}

#[test]
fn a_hand_leaves_no_cable_that_does_not_fit() {
    let mut stand = Stand::new(64, &[("set.toml", SET), ("parts/tone.toml", TONE), ("hit.wav", "RIFF")]);
    stand.run(4_800);
    let session = &mut stand.session;
    let before = session.set().clone();
    let at = |name: &str| Socket::parse(name).unwrap();
    let replace = |node: Node| SetEdit::main(Edit::ReplaceNode { name: "kick".into(), node });
    let file = "parts/tone.toml";
    let wet = |source: Option<Socket>| SetEdit::file(file, Edit::SetOutput { name: "wet".into(), source, at: None });
    let voices = Some(4.0.into());
    for (edit, said) in [
        (replace(Node::new("saw")), "`steps` sends notes, but"),
        (replace(Node::new("output")), "`steps` sends notes, but"),
        (wet(Some(at("pulse"))), "`tone.wet` sends notes, but `out` takes a signal"),
        (wet(None), "`tone` has no output `wet`"),
        (SetEdit::main(Edit::SetParam { target: at("tone.voices"), value: voices.clone() }), "`kick` is a signal, but"),
        (SetEdit::main(Edit::Override { target: at("tone.voices"), value: voices }), "`kick` is a signal, but"),
    ] {
        let why = session.apply(&edit, "try", None).unwrap_err().to_string();
        assert!(why.starts_with(said), "{edit}: {why}");
        assert_eq!(*session.set(), before);
    }
    for edit in [replace(Node::new("snare")), wet(Some(at("low.high")))] {
        session.apply(&edit, "try", None).unwrap();
    }
    assert!(session.undo().unwrap() && session.undo().unwrap());
    // Another file of the set.
    let folder = tempfile::tempdir().unwrap();
    let two = SET.replace("out = {", "other = { type = \"patch\", file = \"pulse.toml\" }\nout = {");
    write(folder.path(), &[("set.toml", &two), ("parts/tone.toml", TONE), ("pulse.toml", PULSE), ("hit.wav", "RIFF")]);
    let mut stand = Stand::open(folder, 64);
    let other = Edit::SetParam { target: at("tone.file"), value: Some("pulse.toml".into()) };
    let why = stand.session.apply(&SetEdit::main(other), "try", None).unwrap_err().to_string();
    assert!(why.starts_with("`tone.wet` sends notes") || why.starts_with("`tone` has no input"), "{why}");
}

#[test]
fn what_waits_for_a_track_outlives_a_node_that_comes_and_goes() {
    let set = "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n[overrides]\n\"bass.gain\" = 0.5\n";
    let mut stand = Stand::new(64, &[("set.toml", set), ("live.rhai", "\n")]);
    stand.run(4_800);
    let session = &mut stand.session;
    let before = session.set().clone();
    let name = session.set().main.free_name("bass");
    assert_ne!(name.as_str(), "bass");
    let add = |name: &str| SetEdit::main(Edit::AddNode { name: name.into(), node: Node::new("gain"), at: None });
    assert!(session.apply(&add("bass"), "add", None).is_err());
    session.apply(&add(name.as_str()), "add", None).unwrap();
    let rename = Edit::RenameNode { from: name, to: "bass".into() };
    assert!(session.apply(&SetEdit::main(rename), "rename", None).is_err());
    assert!(session.undo().unwrap());
    assert_eq!(*session.set(), before);
    // A text that has the node by now has it with what waited.
    stand.save("set.toml", &set.replace("out = {", "bass = { type = \"gain\" }\nout = {"));
    let main = &stand.session.set().main;
    assert!(main.nodes.contains_key("bass") && main.overrides.contains_key(&Socket::new("bass", "gain")));
}
