//! Patches within an instrument: they play the same voice, and their controls are its controls.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_node::{Registry, Role};
use bf_patch::compile::{Config, Ghosts, Instrument, compile};
use bf_patch::text::TextPatch;
use bf_patch::{Patch, Set};
use std::sync::Arc;

fn patch(text: &str) -> Patch {
    TextPatch::parse(&format!("beatforge = 1\n{text}"), "x.toml").unwrap().patch().clone()
}

const TONE: &str = r#"
    voices = 8
    [nodes]
    key = { type = "voice" }
    osc = { type = "saw" }
    [cables]
    "osc.freq" = "key.freq"
    [outputs]
    out = "osc"
"#;
const FILTER: &str = r#"
    [nodes]
    note = { type = "voice" }
    env = { type = "adsr" }
    low = { type = "svf", cutoff = 700.0 }
    [cables]
    "env.gate" = "note.gate"
    "low.cutoff" = { from = "env", amount = 2.0 }
    [inputs]
    input = "low"
    [outputs]
    out = "low"
    [controls]
    cutoff = "low.cutoff"
    attack = { to = "env.attack", default = 0.25 }
"#;
const PLACE: &str = r#"
    [nodes]
    place = { type = "pan" }
    [inputs]
    input = "place"
    [outputs]
    out = "place"
    [controls]
    pan = "place.pan"
"#;
const CHAIN: &str = r#"
    voices = 4
    [nodes]
    source = { type = "patch", file = "tone.toml" }
    lpf = { type = "patch", file = "filter.toml", cutoff = 900.0 }
    second = { type = "patch", file = "filter.toml" }
    side = { type = "patch", file = "place.toml" }
    [cables]
    "lpf.input" = "source.out"
    "second" = "lpf"
    "side" = "second"
    [outputs]
    out = "side"
    dry = "source"
    [controls]
    cutoff = ["lpf.cutoff", "second.cutoff"]
    resonance = { to = "lpf.attack", default = 0.5 }
    pan = "side.pan"
"#;

/// The instrument that a node of the main patch plays.
fn instrument(main: &str) -> Arc<Instrument> {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    let files = [("tone.toml", TONE), ("filter.toml", FILTER), ("place.toml", PLACE), ("chain.toml", CHAIN)];
    let files = files.into_iter().map(|(name, text)| (name.to_owned(), patch(text))).collect();
    let set = Set { main: patch(main), files };
    let config = Config { sample_rate: 48_000, max_block: 64, seed: 1, sample_version: &|_| 1, latency: &|_| 0 };
    let plan = compile(&set, &registry, &Ghosts::default(), &config).unwrap();
    assert!(plan.flat.warnings.is_empty(), "{:?}", plan.flat.warnings);
    plan.flat.nodes.iter().find_map(|n| n.instrument.clone()).unwrap()
}

const MAIN: &str = r#"
    [nodes]
    t = { type = "patch", file = "chain.toml" }
    out = { type = "output" }
    [cables]
    "out" = "t"
"#;

#[test]
fn every_voice_inside_is_the_one_voice() {
    let made = instrument(MAIN);
    let is_voice = |n: &&bf_patch::compile::FlatNode| n.face.spec().is_some_and(|s| s.role == Role::Voice);
    let voices: Vec<_> = made.plan.flat.nodes.iter().filter(is_voice).collect();
    assert_eq!(voices.len(), 1);
    let voice = made.voice.unwrap();
    let heard = |path: &str| {
        let leaves = made.plan.flat.cables.iter().filter(|c| c.from.0 == voice);
        leaves.filter(|c| made.plan.flat.nodes[c.to as usize].key.path.as_str() == path).count()
    };
    assert_eq!((heard("t/source/osc"), heard("t/lpf/env"), heard("t/second/env")), (1, 1, 1));
    assert_eq!(made.voices, 4, "the outer patch says how many");
}

#[test]
fn controls_reach_through_instances_with_their_numbers() {
    let made = instrument(MAIN);
    let flat = &made.plan.flat;
    let number = |path: &str, param: &str| {
        let node = flat.nodes.iter().find(|n| n.key.path.as_str() == path).unwrap();
        node.numbers[node.face.param(param).unwrap()]
    };
    assert_eq!(number("t/lpf/low", "cutoff"), 900.0);
    assert_eq!((number("t/lpf/env", "attack"), number("t/second/env", "attack")), (0.5, 0.25));
    let controls = made.controls.unwrap();
    let led = |output: u16| flat.cables.iter().filter(|c| c.from == (controls, output)).count();
    assert_eq!((led(0), led(1), led(2)), (2, 1, 1));
    // Both sides of what is placed, and one of what is not.
    let channels = |output: usize| made.plan.output(made.outputs[output].0, usize::from(made.outputs[output].1)).len();
    assert_eq!((channels(0), channels(1)), (2, 1));
}
