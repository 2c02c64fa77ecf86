//! Instances of patch files: what they may ask for, what a hand may choose of them, and who they are.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_node::{NodeSpec, Registry, Value};
use bf_patch::compile::{At, CompileError, Config, Ghosts, MAX_PARAMS, Plan, compile};
use bf_patch::text::TextPatch;
use bf_patch::{Patch, Set, Socket};
use core::fmt::Write;

fn patch(text: &str) -> Patch {
    TextPatch::parse(&format!("beatforge = 1\n{text}"), "x.toml").unwrap().patch().clone()
}

fn set(main: &str, files: &[(&str, &str)]) -> Set {
    Set { main: patch(main), files: files.iter().map(|(name, text)| ((*name).to_owned(), patch(text))).collect() }
}

fn plan(set: &Set) -> Result<Plan, Vec<CompileError>> {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    let spectral = NodeSpec { name: "spectral", needs_block: true, ..*registry.get("gain").unwrap() };
    registry.add(Box::leak(Box::new(spectral)));
    let config = Config { sample_rate: 48_000, max_block: 64, seed: 1, sample_version: &|_| 1, latency: &|_| 0 };
    compile(set, &registry, &Ghosts::default(), &config)
}

/// The faults of a set.
fn faults(set: &Set) -> Vec<CompileError> {
    plan(set).err().unwrap_or_default()
}

/// The one fault of a set.
fn fault(set: &Set) -> CompileError {
    let mut all = faults(set);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The voices of the one instrument of a set.
fn voices(set: &Set) -> Option<usize> {
    plan(set).unwrap().flat.nodes.iter().find_map(|n| n.instrument.as_ref()).map(|i| i.voices)
}

const MAIN: &str = "[nodes]\nk = { type = \"patch\", file = \"keys.toml\" }\nout = { type = \"output\" }\n\
    [cables]\n\"out\" = \"k\"\n";

const KEYS: &str = "[nodes]\ntone = { type = \"sine\" }\n[outputs]\nout = \"tone\"\n";

/// An instrument with so many controls, and so many params that a pattern moves.
fn keys(controls: usize, patterns: usize) -> String {
    let mut text = "voices = 4\n[nodes]\nv = { type = \"voice\" }\n".to_owned();
    for i in 0..controls + patterns {
        let moved = if i < controls { "" } else { ", freq = \"<220 330>\"" };
        writeln!(text, "s{i} = {{ type = \"sine\"{moved} }}").unwrap();
    }
    text += "[outputs]\nout = \"s0\"\n[controls]\n";
    (0..controls).for_each(|i| writeln!(text, "c{i} = \"s{i}.freq\"").unwrap());
    text
}

#[test]
fn an_instrument_has_as_many_controls_as_its_voices_can_be_handed() {
    assert_eq!(voices(&set(MAIN, &[("keys.toml", &keys(MAX_PARAMS, 0))])), Some(4));
    assert_eq!(voices(&set(MAIN, &[("keys.toml", &keys(MAX_PARAMS - 4, 4))])), Some(4));
    let found = fault(&set(MAIN, &[("keys.toml", &keys(MAX_PARAMS + 1, 0))]));
    assert_eq!(found.at, At::Exposed("c64".into()));
    assert_eq!(found.file.as_deref(), Some("keys.toml"));
    assert!(found.message.starts_with("65 controls") && found.hint.is_some(), "{found}");
    // A pattern inside is a control that has no name.
    let found = fault(&set(MAIN, &[("keys.toml", &keys(MAX_PARAMS - 1, 2))]));
    assert!(matches!(&found.at, At::Param(s) if s.port.as_ref().unwrap().as_str() == "freq"), "{found:?}");
    assert_eq!(found.file.as_deref(), Some("keys.toml"));
    // Without voices they are names for params and nothing more.
    let plain = keys(MAX_PARAMS + 1, 0).replace("voices = 4\nv", "").replace("voices = 4", "");
    plan(&set(MAIN, &[("keys.toml", &plain)])).unwrap();
}

#[test]
fn a_patch_without_outputs_is_told_how_to_name_one() {
    let keys =
        "voices = 4\n[nodes]\nv = { type = \"voice\" }\ns = { type = \"saw\" }\n[cables]\n\"s.freq\" = \"v.freq\"\n";
    let found = fault(&set(MAIN, &[("keys.toml", keys)]));
    let hint = found.hint.as_deref().unwrap_or_default();
    assert!(found.message.contains("no output out"), "{found}");
    assert!(hint.contains("[outputs]") && hint.contains("out = \"level\""), "{hint}");
}

#[test]
fn voices_are_a_whole_number_in_range_before_anything_is_made_of_them() {
    for said in ["4000000", "-3.5", "1.5", "\"eight\"", "true"] {
        let main = MAIN.replace("\"keys.toml\" }", &format!("\"keys.toml\", voices = {said} }}"));
        let found = fault(&set(&main, &[("keys.toml", KEYS)]));
        assert_eq!(found.at, At::Param(Socket::new("k", "voices")), "{said}");
        assert!(found.message.ends_with("expected a whole number from 0 to 512"), "{found}");
        let mut by_hand = set(MAIN, &[("keys.toml", KEYS)]);
        let value = patch(&format!("[nodes]\na = {{ type = \"x\", b = {said} }}")).nodes["a"].params["b"].clone();
        by_hand.main.overrides.insert(Socket::new("k", "voices"), value);
        assert_eq!(fault(&by_hand).at, found.at);
    }
}

#[test]
fn a_hand_chooses_the_voices_and_the_file() {
    let mut set = set(MAIN, &[("keys.toml", KEYS), ("low/other.toml", &KEYS.replace("sine", "saw"))]);
    assert_eq!(voices(&set), None);
    set.main.overrides.insert(Socket::new("k", "voices"), Value::Number(6.0));
    assert_eq!(voices(&set), Some(6));
    set.main.overrides.insert(Socket::new("k", "voices"), Value::Number(0.0));
    set.main.overrides.insert(Socket::new("k", "file"), Value::from("./low//other.toml"));
    let plan = plan(&set).unwrap();
    let kind = plan.flat.nodes.iter().find(|n| n.key.path.as_str() == "k/tone").unwrap().face.spec().unwrap().name;
    assert_eq!(kind, "saw");
}

#[test]
fn a_patch_that_contains_itself_is_told_however_it_writes_its_name() {
    let own = "[nodes]\na = { type = \"patch\", file = \"./keys.toml\" }\nb = { type = \"patch\", file = \"x/.././keys.toml\" }\n\
        [outputs]\nout = \"a\"\n";
    let all = faults(&set(MAIN, &[("keys.toml", own)]));
    let told = all.iter().filter(|e| e.message.starts_with("a patch that contains itself: keys.toml → keys.toml"));
    assert_eq!((told.count(), all.len()), (2, 2), "{all:?}");
}

#[test]
fn what_follows_from_a_patch_that_fails_is_not_told() {
    let around = |file: &str, voices: &str| {
        format!(
            "{voices}[nodes]\na = {{ type = \"patch\", file = \"{file}\" }}\ng = {{ type = \"gain\" }}\n[cables]\n\
            \"g\" = \"a.low\"\n[outputs]\nout = \"a\"\nlow = \"a.low\"\n"
        )
    };
    for voices in ["", "voices = 4\n"] {
        let (keys, inner) = (around("inner.toml", voices), around("gone.toml", ""));
        let found = fault(&set(MAIN, &[("keys.toml", &keys), ("inner.toml", &inner)]));
        assert_eq!(
            (found.file.as_deref(), found.message.as_str()),
            (Some("inner.toml"), "the patch \"gone.toml\" is not there")
        );
        let found = fault(&set(MAIN, &[("keys.toml", &keys), ("inner.toml", &around("inner.toml", ""))]));
        assert!(found.message.starts_with("a patch that contains itself"), "{found}");
        // A type that nobody knows is silent, and so is what leads from it.
        let odd = "[nodes]\na = { type = \"odd\" }\n[outputs]\nout = \"a\"\nlow = \"a\"\n";
        let made = plan(&set(MAIN, &[("keys.toml", &keys), ("inner.toml", odd)])).unwrap();
        assert!(made.flat.warnings.iter().any(|w| w.message.contains("unknown type")), "{:?}", made.flat.warnings);
    }
    let all = faults(&laugh(26, 1, "", KEYS));
    assert_eq!(all.len(), 1, "{all:?}");
    // What it does not have at all is told.
    let found = fault(&set(&MAIN.replace("\"k\"", "\"k.high\""), &[("keys.toml", KEYS)]));
    assert!(found.message.contains("k has no output high"), "{found}");
}

/// Files that each use the next one, so often and so deep.
fn laugh(deep: usize, often: usize, voices: &str, last: &str) -> Set {
    let mut files = Vec::new();
    for i in 0..deep {
        let mut text = format!("{}[nodes]\n", if i == 0 { voices } else { "" });
        for n in 0..often {
            writeln!(text, "n{n} = {{ type = \"patch\", file = \"l{}.toml\" }}", i + 1).unwrap();
        }
        files.push((format!("l{i}.toml"), text + "[outputs]\nout = \"n0\"\n"));
    }
    files.push((format!("l{deep}.toml"), last.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    set(&MAIN.replace("keys.toml", "l0.toml"), &files)
}

#[test]
fn what_a_few_lines_multiply_to_is_refused_and_not_opened() {
    let empty = "[nodes]\n[outputs]\n";
    for (what, told) in [
        (laugh(15, 3, "", KEYS), "with k the set comes to more than"),
        (laugh(8, 6, "", KEYS), "with k the set comes to more than"),
        (laugh(8, 6, "voices = 4\n", KEYS), "with k the set comes to more than"),
        (laugh(8, 6, "", empty), "with k the set comes to more than"),
        (laugh(26, 2, "", KEYS), "patches lie more than 16 deep in each other: l0.toml"),
    ] {
        let all = faults(&what);
        assert!(all.iter().any(|e| e.message.starts_with(told)), "{told}: {:?}", &all[..all.len().min(3)]);
    }
    plan(&laugh(12, 2, "", KEYS)).unwrap();
}

#[test]
fn ends_that_multiply_are_refused() {
    let mut files = Vec::new();
    for i in 0..10 {
        let to = ["\"a.in\""; 12].join(", ");
        let inner = format!(
            "[nodes]\na = {{ type = \"patch\", file = \"l{}.toml\" }}\n[inputs]\nin = [{to}]\n[outputs]\nout = \"a\"\n",
            i + 1
        );
        files.push((format!("l{i}.toml"), inner));
    }
    files.push((
        "l10.toml".to_owned(),
        "[nodes]\na = { type = \"gain\" }\n[inputs]\nin = \"a\"\n[outputs]\nout = \"a\"\n".to_owned(),
    ));
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let all = faults(&set(&MAIN.replace("keys.toml", "l0.toml"), &files));
    assert!(all[0].message.starts_with("in leads to more than 4096"), "{:?}", all[0]);
    assert_eq!(all[0].at, At::Exposed("in".into()));
}

#[test]
fn an_instrument_is_another_when_what_it_shows_has_other_names() {
    let identity = |text: &str| {
        let plan = plan(&set(MAIN, &[("keys.toml", text)])).unwrap();
        plan.flat.nodes.iter().find(|n| n.instrument.is_some()).unwrap().key.identity
    };
    let text = "voices = 4\n[nodes]\nv = { type = \"voice\" }\ns = { type = \"gain\" }\n[inputs]\nbend = \"s\"\n\
        [outputs]\nleft = \"s\"\n[controls]\ndark = \"s.gain\"\n";
    assert_eq!(identity(text), identity(text));
    for (was, is) in [("bend", "bent"), ("left", "right"), ("dark", "level")] {
        assert_ne!(identity(text), identity(&text.replace(was, is)), "{is}");
    }
}

#[test]
fn what_does_not_fit_is_told_where_it_is_written() {
    let looped = "[nodes]\nst = { type = \"spectral\" }\ng = { type = \"gain\" }\nq = { type = \"onepole\" }\n\
        [cables]\n\"g\" = \"st\"\n\"st\" = \"q\"\n\"q\" = \"st\"\n[outputs]\nout = \"g\"\n";
    let outer = "[nodes]\nin = { type = \"patch\", file = \"./loop.toml\" }\n[outputs]\nout = \"in\"\n";
    let found = fault(&set(MAIN, &[("keys.toml", outer), ("loop.toml", looped)]));
    assert_eq!((found.file.as_deref(), &found.at), (Some("loop.toml"), &At::Node("st".into())), "{found:?}");
    for voices in ["", "voices = 4\n"] {
        let wide = format!(
            "{voices}[nodes]\na = {{ type = \"sine\" }}\np = {{ type = \"pan\" }}\nbig = {{ type = \"sine\" }}\n\
            [cables]\n\"p\" = \"a\"\n\"big.freq\" = [\"a\", \"p\"]\n[outputs]\nout = \"big\"\n"
        );
        let found = fault(&set(MAIN, &[("keys.toml", &wide), ("a.toml", KEYS)]));
        let place = At::Cable(Socket::new("big", "freq"), 1);
        assert_eq!((found.file.as_deref(), &found.at), (Some("keys.toml"), &place), "{found:?}");
        // What is led past other nodes stands where it is written, too.
        let led = wide
            .replace("[\"a\", \"p\"]", "[\"off\", \"a\", \"p\"]")
            .replace("[cables]", "off = { type = \"sine\", mute = true }\n[cables]");
        let found = fault(&set(MAIN, &[("keys.toml", &led)]));
        assert_eq!(found.at, At::Cable(Socket::new("big", "freq"), 2), "{found:?}");
    }
    // A cable of the main patch into an input that leads to a node inside.
    let tone = "[nodes]\nt = { type = \"sine\" }\n[outputs]\nout = \"t\"\n[controls]\nfreq = \"t.freq\"\n";
    let main = MAIN.replace("[cables]", "p = { type = \"pan\" }\n[cables]\n\"k.freq\" = \"p\"");
    let found = fault(&set(&main, &[("keys.toml", tone)]));
    assert_eq!((found.file, found.at), (None, At::Cable(Socket::new("k", "freq"), 0)));
}
