//! Frozen nodes: files play in their place, and what fed only them is not in the plan.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_node::{Registry, Value};
use bf_patch::compile::{Config, FROZEN, Flat, Frozen, Into, flatten};
use bf_patch::files::{self, FileKind};
use bf_patch::text::TextPatch;
use bf_patch::{Name, Set, Socket};
use std::collections::BTreeMap;

fn registry() -> Registry {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    registry
}

fn set(text: &str, files: &[(&str, &str)]) -> Set {
    let read = |text: &str| TextPatch::parse(&format!("beatforge = 1\n{text}"), "x.toml").unwrap().patch().clone();
    let files: BTreeMap<_, _> = files.iter().map(|(name, text)| ((*name).to_owned(), read(text))).collect();
    Set { main: read(text), files }
}

fn flat_of(set: &Set, is_there: bool) -> Flat {
    let version = move |_: &str| u64::from(is_there);
    let config = Config { sample_rate: 48_000, max_block: 64, seed: 1, sample_version: &version, latency: &|_| 0 };
    flatten(set, &registry(), &config).unwrap()
}

fn flat(set: &Set) -> Flat {
    flat_of(set, true)
}

fn nodes(flat: &Flat) -> Vec<&str> {
    let mut all: Vec<&str> = flat.nodes.iter().map(|n| n.key.path.as_str()).collect();
    all.sort_unstable();
    all
}

/// The cables, as `from > to` with the amount behind them.
fn cables(flat: &Flat) -> Vec<String> {
    let words = |c: &bf_patch::compile::FlatCable| {
        let (from, to) = (&flat.nodes[c.from.0 as usize], &flat.nodes[c.to as usize]);
        let into = match c.into {
            Into::Input(i) => to.face.input_name(usize::from(i)),
            Into::Param(p) => to.face.param_name(usize::from(p)),
        };
        let output = from.face.output_name(usize::from(c.from.1));
        let amount = c.amount.map_or(String::new(), |a| format!(" {a}"));
        format!("{}.{output} > {}.{into}{amount}", from.key.path, to.key.path)
    };
    let mut all: Vec<String> = flat.cables.iter().map(words).collect();
    all.sort();
    all
}

const SET: &str = r#"
    [nodes]
    beat = { type = "euclid" }
    voice = { type = "cv" }
    a = { type = "saw" }
    shared = { type = "lfo" }
    lone = { type = "lfo" }
    filter = { type = "svf", cutoff = "<300 900>" }
    other = { type = "gain" }
    out = { type = "output" }
    [cables]
    "voice" = "beat"
    "a.freq" = "voice.freq"
    "filter" = "a"
    "filter.resonance" = ["shared", "lone"]
    "other" = { from = "filter.low", amount = 0.5 }
    "other.gain" = "shared"
    "out" = ["other", "filter.high"]
"#;

fn frozen(text: &str, of: &str, key: &str) -> String {
    let whole = format!("{of}, frozen = {{ {key} }}");
    assert!(text.contains(of), "{of}");
    text.replace(of, &whole)
}

const BOTH: &str = r#"beats = 16, low = "frozen/low.wav", high = "frozen/high.wav""#;

#[test]
fn files_play_in_the_place_of_a_node_and_what_fed_only_it_is_left_out() {
    let plain = flat(&set(SET, &[]));
    assert!(nodes(&plain).contains(&"beat") && !plain.texts.is_empty());
    let flat = flat(&set(&frozen(SET, r#"type = "svf""#, BOTH), &[]));
    assert!(flat.warnings.is_empty(), "{:?}", flat.warnings);
    assert_eq!(nodes(&flat), ["filter/~frozen/high", "filter/~frozen/low", "other", "out", "shared"]);
    let wanted = [
        "filter/~frozen/high.out > out.input",
        "filter/~frozen/low.out > other.input 0.5",
        "other.out > out.input",
        "shared.out > other.gain",
    ];
    assert_eq!(cables(&flat), wanted);
    assert!(flat.texts.is_empty(), "nothing moves its values");
    assert_eq!(flat.samples, ["frozen/low.wav", "frozen/high.wav"]);
    let player = flat.nodes.iter().find(|n| n.key.path.as_str() == "filter/~frozen/low").unwrap();
    let values = player.values.as_ref().unwrap();
    let of = |name: &str| values[player.face.param(name).unwrap()].clone();
    assert_eq!((of("file"), of("length")), (Value::from("frozen/low.wav"), Value::Number(16.0)));
    assert_eq!(player.numbers[player.face.param("length").unwrap()], 16.0);
}

#[test]
fn automation_and_snapshots_do_not_reach_it() {
    let text = r#"
        [nodes]
        a = { type = "saw", frozen = { beats = 4, out = "a.wav" } }
        b = { type = "saw" }
        scene = { type = "snapshot", name = "verse" }
        out = { type = "output" }
        [cables]
        "out" = ["a", "b"]
        [automation]
        "a.freq" = { length = 4.0, points = [[0.0, 100.0]] }
        [snapshots.verse]
        "a.freq" = 200.0
        "b.freq" = 300.0
    "#;
    let flat = flat(&set(text, &[]));
    assert_eq!(nodes(&flat), ["a/~frozen/out", "b", "out", "scene", "~scene/b.freq"]);
}

#[test]
fn a_loop_through_a_frozen_node_is_left_out_too() {
    let text = r#"
        [nodes]
        a = { type = "gain" }
        b = { type = "gain" }
        c = { type = "gain", frozen = { beats = 4, out = "c.wav" } }
        out = { type = "output" }
        [cables]
        "a" = ["b", "c"]
        "b" = "a"
        "c" = "b"
        "out" = "c"
    "#;
    let flat = flat(&set(text, &[]));
    assert_eq!(nodes(&flat), ["c/~frozen/out", "out"]);
    assert_eq!(cables(&flat), ["c/~frozen/out.out > out.input"]);
}

#[test]
fn what_speaks_to_the_world_outside_stays() {
    let text = r#"
        [nodes]
        a = { type = "lfo" }
        told = { type = "osc_send", address = "/a" }
        c = { type = "gain", frozen = { beats = 4, mono = true, out = "c.wav" } }
        out = { type = "output" }
        [cables]
        "told" = "a"
        "c" = "told"
        "out" = "c"
    "#;
    assert_eq!(nodes(&flat(&set(text, &[]))), ["a", "c/~frozen/out", "out", "told"]);
}

#[test]
fn a_file_that_is_not_there_leaves_the_node_as_it_is() {
    let plain = flat_of(&set(SET, &[]), false);
    let text = frozen(SET, r#"type = "svf""#, BOTH);
    let mut flat = flat_of(&set(&text, &[]), false);
    assert_eq!(flat.samples.drain(..).count(), 2, "they are asked for");
    assert_eq!(flat, plain);
}

#[test]
fn what_is_odd_is_warned_of_and_the_node_plays() {
    for (key, says) in [
        (r#"beats = 0, low = "a.wav""#, "expected { beats"),
        (r#"beats = 4"#, "expected { beats"),
        (r#"beats = 4, low = 3"#, "expected { beats"),
    ] {
        let flat = flat(&set(&frozen(SET, r#"type = "svf""#, key), &[]));
        assert!(flat.warnings[0].message.contains(says), "{:?}", flat.warnings);
        assert!(nodes(&flat).contains(&"filter"));
    }
    let flat = flat(&set(&frozen(SET, r#"type = "svf""#, r#"beats = 4, lo = "a.wav""#), &[]));
    let told: Vec<&str> = flat.warnings.iter().map(|w| w.message.as_str()).collect();
    assert!(told.iter().any(|t| t.contains("no sound at an output lo")), "{told:?}");
    assert!(told.iter().any(|t| t.contains("filter.low was not frozen")), "{told:?}");
}

#[test]
fn instances_are_frozen_as_a_whole_and_nodes_within_them() {
    let inner = r#"
        [nodes]
        a = { type = "saw" }
        filter = { type = "svf" }
        [cables]
        "filter" = "a"
        [inputs]
        input = "filter"
        [controls]
        cutoff = { to = "filter.cutoff" }
        [outputs]
        out = "filter.low"
    "#;
    let around = r#"
        [nodes]
        noise = { type = "white" }
        tone = { type = "patch", file = "tone.toml", cutoff = 400.0 }
        out = { type = "output" }
        [cables]
        "tone.input" = "noise"
        "out" = "tone"
    "#;
    let key = r#"beats = 8, out = "frozen/tone.wav""#;
    let whole = flat(&set(&frozen(around, r#"file = "tone.toml""#, key), &[("tone.toml", inner)]));
    assert!(whole.warnings.is_empty(), "{:?}", whole.warnings);
    assert_eq!(nodes(&whole), ["out", "tone/~frozen/out"]);
    assert!(whole.controls.iter().all(|(_, _, targets)| targets.is_empty()));
    let within = frozen(inner, r#"type = "svf""#, r#"beats = 8, low = "frozen/tone.wav""#);
    let within = flat(&set(around, &[("tone.toml", &within)]));
    assert_eq!(nodes(&within), ["out", "tone/filter/~frozen/low"]);
    assert_eq!(cables(&within), ["tone/filter/~frozen/low.out > out.input"]);
    // With voices, the whole is frozen, and nothing within.
    let voices = |text: &str| text.replace("[nodes]", "voices = 4\n[nodes]");
    let text = frozen(around, r#"file = "tone.toml""#, key);
    assert_eq!(nodes(&flat(&set(&text, &[("tone.toml", &voices(inner))]))), ["out", "tone/~frozen/out"]);
    let within = voices(&frozen(inner, r#"type = "svf""#, r#"beats = 8, low = "frozen/tone.wav""#));
    let within = flat(&set(around, &[("tone.toml", &within)]));
    assert!(within.warnings[0].message.contains("part of a voice"), "{:?}", within.warnings);
}

#[test]
fn its_files_are_files_of_the_set() {
    let set = set(&frozen(SET, r#"type = "svf""#, BOTH), &[]);
    let uses = files::uses(&set.main, &registry());
    let frozen: Vec<_> = uses.iter().filter(|used| used.target == Socket::new("filter", FROZEN)).collect();
    assert!(frozen.len() == 2 && frozen.iter().all(|used| used.kind == FileKind::Sample));
    let moved = BTreeMap::from([("frozen/low.wav".to_owned(), "samples/low.wav".to_owned())]);
    let edits = files::relocate(&set, &registry(), &moved);
    let mut after = set.clone();
    edits.iter().for_each(|edit| _ = after.apply(edit).unwrap());
    let said = Frozen::read(&after.main.nodes[&Name::new("filter")].params[FROZEN]).unwrap();
    assert_eq!(said.files[0].1, "samples/low.wav");
    assert_eq!(said.files[1].1, "frozen/high.wav");
}
