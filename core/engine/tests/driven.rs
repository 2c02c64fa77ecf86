//! Params that a cable moves, while numbers reach them at their frames.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_engine::{Move, When};
use bf_node::{Controls, EventBody, Note, NoteId};
use bf_patch::{Control, Name, Node, Patch, Set};
use common::{Build, Host, at, step};

/// A constant whose gain is moved by a slow LFO.
fn moved() -> Patch {
    Patch::default()
        .node("one", Node::new("constant").with("value", 1.0))
        .node("slow", Node::new("lfo").with("rate", 0.5))
        .node("amp", Node::new("gain").with("gain", 0.1))
        .node("out", Node::new("output"))
        .cable("amp", "one")
        .amount("amp.gain", "slow", 0.0001)
        .cable("out", "amp")
}

/// Numbers for a param at uneven frames, some of them within one glide of another.
const NUMBERS: [(u64, f32); 6] = [(1000, 0.9), (1100, 0.2), (2003, 0.8), (2003, 0.4), (3072, 0.1), (5555, 0.7)];

fn played(patch: &Patch, (path, param): (&str, &str), block: usize) -> Vec<f32> {
    let mut h = Host::new(block);
    h.main(patch);
    let target = h.controller.param_target(path, param).unwrap();
    let key = h.controller.keys().key(param);
    for (frame, value) in NUMBERS {
        assert!(h.controller.send(target, 0, EventBody::Control { key, value }, When::Frame(frame)).is_some());
    }
    h.run(8192)
}

#[test]
fn a_number_at_its_frame_glides_though_a_cable_moves_the_param() {
    let first = played(&moved(), ("amp", "gain"), 16);
    for block in [64, 256, 1024] {
        assert!(played(&moved(), ("amp", "gain"), block) == first, "block {block}");
    }
    // The greatest way is 0.8 over a glide of 480 frames.
    assert!(step(&first) < 0.8 / 480.0 + 1e-4, "{}", step(&first));
    let near = |at: usize, want: f32| assert!((first[at] - want).abs() < 0.001, "{at}: {} for {want}", first[at]);
    near(999, 0.1);
    near(1900, 0.2);
    near(2900, 0.4);
    near(5555 + 240, 0.4);
    near(8000, 0.7);
}

#[test]
fn a_param_on_the_grid_has_the_same_bits_at_every_block() {
    let p = Patch::default()
        .node("tone", Node::new("saw").with("freq", 110.0))
        .node("slow", Node::new("lfo").with("rate", 3.0))
        .node("filter", Node::new("svf").with("cutoff", 300.0))
        .node("out", Node::new("output"))
        .cable("filter", "tone")
        .amount("filter.cutoff", "slow", 1.0)
        .cable("out", "filter.low");
    let cutoffs = |block: usize| {
        let mut h = Host::new(block);
        h.main(&p);
        let target = h.controller.param_target("filter", "cutoff").unwrap();
        let key = h.controller.keys().key("cutoff");
        for (frame, value) in NUMBERS {
            let value = 300.0 + 4000.0 * value;
            assert!(h.controller.send(target, 0, EventBody::Control { key, value }, When::Frame(frame)).is_some());
        }
        h.run(8192)
    };
    let first = cutoffs(16);
    for block in [64, 256, 1024] {
        assert!(cutoffs(block) == first, "block {block}");
    }
}

/// An instrument of one held tone, whose level is a control.
fn held() -> Patch {
    let mut p = Patch::default()
        .node("v", Node::new("voice"))
        .node("env", Node::new("ar").with("attack", 0.0005).with("release", 0.5))
        .node("one", Node::new("constant").with("value", 1.0))
        .node("amp", Node::new("gain").with("gain", 0.1))
        .cable("env.gate", "v.gate")
        .cable("amp", "one")
        .cable("amp.by", "env");
    p.outputs.push((Name::new("out"), at("amp")));
    let control = Control { targets: vec![at("amp.gain")], default: None, range: None, help: String::new() };
    p.controls.push((Name::new("level"), control));
    p
}

fn set(main: Patch) -> Set {
    let main = main
        .node("keys", Node::new("patch").with("file", "keys.toml").with("voices", 4.0))
        .node("out", Node::new("output"))
        .cable("out", "keys");
    Set { main, files: [("keys.toml".to_owned(), held())].into() }
}

fn holding(main: Patch, block: usize) -> Host {
    let mut h = Host::new(block);
    h.load(&set(main));
    let note = Note { id: NoteId::new(1, 1), pitch: 60.0, velocity: 1.0, controls: Controls::NONE };
    h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(0)).unwrap();
    h
}

#[test]
fn a_control_of_an_instrument_glides_though_a_cable_moves_it() {
    let moved =
        || Patch::default().node("slow", Node::new("lfo").with("rate", 0.5)).amount("keys.level", "slow", 0.0001);
    let level = |block: usize| {
        let mut h = holding(moved(), block);
        let target = h.controller.param_target("keys", "level").unwrap();
        let key = h.controller.keys().key("level");
        for (frame, value) in NUMBERS {
            assert!(h.controller.send(target, 0, EventBody::Control { key, value }, When::Frame(frame)).is_some());
        }
        h.run(8192)
    };
    let first = level(16);
    assert!(step(&first[64..]) < 0.8 / 480.0 + 1e-4, "{}", step(&first[64..]));
    for block in [64, 256, 1024] {
        assert!(level(block) == first, "block {block}");
    }
}

#[test]
fn an_event_cable_sets_a_control_of_an_instrument_on_its_frame() {
    let main = || {
        let beat = Node::new("steps").with("steps", "x-x-").with("rate", "1/32").with("velocity", 0.9);
        Patch::default().node("beat", beat).cable("keys.level", "beat")
    };
    let level = |block: usize| {
        let mut h = holding(main(), block);
        h.controller.transport(Move::Play, When::Frame(0));
        h.run(16_384)
    };
    let first = level(16);
    let most = first.iter().fold(0.0f32, |m, x| m.max(*x));
    assert!(most > 0.5, "the event arrives: {most}");
    assert!(step(&first[64..]) < 1.0 / 480.0 + 1e-4, "{}", step(&first[64..]));
    for block in [64, 256, 1024] {
        assert!(level(block) == first, "block {block}");
    }
}
