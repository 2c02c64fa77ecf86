//! Cables that wait so that parallel paths arrive together: whoever reads them, and however often.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_engine::When;
use bf_node::{Controls, EventBody, Note, NoteId};
use bf_patch::{Name, Node, Patch, Set};
use common::{Build, Host, at, peak};

/// Both sides of what is heard.
fn both(patch: &Patch, block: usize, frames: usize) -> [Vec<f32>; 2] {
    let mut h = Host::new(block);
    h.main(patch);
    let mut out = [Vec::new(), Vec::new()];
    while out[0].len() < frames {
        for (side, x) in out.iter_mut().zip(h.engine.block_now()) {
            side.extend_from_slice(x);
        }
    }
    out.map(|mut side| {
        side.truncate(frames);
        side
    })
}

/// A path through a limiter, which looks 240 frames ahead, beside a sine that waits for it.
fn parallel() -> Patch {
    Patch::default()
        .node("osc", Node::new("sine").with("freq", 440.0))
        .node("other", Node::new("sine").with("freq", 440.0))
        .node("slow", Node::new("limiter"))
        .node("wide", Node::new("pan"))
        .node("both", Node::new("gain").with("gain", 0.3))
        .node("out", Node::new("output"))
        .cable("slow", "other")
        .cable("wide", "slow")
        .cable("both", "wide")
        .cable("both", "osc")
        .cable("out", "both")
}

#[test]
fn one_side_of_a_wait_is_as_late_as_the_other() {
    let first = both(&parallel(), 16, 9600);
    assert!(peak(&first[0]) > 0.3);
    for block in [16, 64, 256, 1024] {
        let [left, right] = both(&parallel(), block, 9600);
        assert!(left == right, "a source of one channel enters both sides, block {block}");
        assert!(left == first[0], "block {block}");
    }
}

#[test]
fn what_enters_two_outputs_arrives_there_together() {
    let p = Patch::default()
        .node("wave", Node::new("saw").with("freq", 100.0))
        .node("minus", Node::new("gain").with("gain", 1.0).with("invert", true))
        .node("quiet", Node::new("gain").with("gain", 0.3))
        .node("slow", Node::new("limiter"))
        .node("one", Node::new("output"))
        .node("two", Node::new("output"))
        .cable("quiet", "wave")
        .cable("slow", "quiet")
        .cable("minus", "quiet")
        .cable("one", "slow")
        .cable("two", "minus");
    let [left, _] = both(&p, 64, 9600);
    let rest = peak(&left);
    assert!(rest < 1e-4, "the two take each other away: {rest}");
}

#[test]
fn what_nobody_hears_makes_nothing_late() {
    let p = Patch::default()
        .node("tone", Node::new("saw"))
        .node("slow", Node::new("limiter"))
        .node("seen", Node::new("meter"))
        .node("out", Node::new("output"))
        .cable("slow", "tone")
        .cable("seen", "slow")
        .cable("out", "tone");
    let mut h = Host::new(64);
    h.main(&p);
    assert_eq!(h.controller.plan().unwrap().latency, 0);
}

/// A voice whose envelope waits for a shaper that runs at twice the rate.
fn warm() -> Set {
    let mut voice = Patch::default()
        .node("v", Node::new("voice"))
        .node("osc", Node::new("sine"))
        .node("warm", Node::new("shaper").with("drive", 3.0).with("oversample", 2.0))
        .node("env", Node::new("adsr").with("attack", 0.004).with("sustain", 0.85).with("release", 0.04))
        .node("amp", Node::new("gain").with("gain", 0.3))
        .cable("osc.freq", "v.freq")
        .cable("env.gate", "v.gate")
        .cable("warm", "osc")
        .cable("amp", "warm")
        .cable("amp.by", "env");
    voice.outputs.push((Name::new("out"), at("amp")));
    let main = Patch::default()
        .node("keys", Node::new("patch").with("file", "keys.toml").with("voices", 1.0))
        .node("out", Node::new("output"))
        .cable("out", "keys");
    Set { main, files: [("keys.toml".to_owned(), voice)].into() }
}

#[test]
fn a_voice_hears_nothing_of_the_one_before_it() {
    // The second note begins while the first still sounds, the third long after it.
    let begins = [64u64, 5000, 24_003];
    let play = |block: usize| {
        let mut h = Host::new(block);
        h.load(&warm());
        for (id, frame) in (0..).zip(begins) {
            let note = Note { id: NoteId::new(1, id), pitch: 50.0, velocity: 1.0, controls: Controls::NONE };
            h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(frame)).unwrap();
            let off = EventBody::NoteOff { id: NoteId::new(1, id) };
            h.controller.event("keys", None, off, When::Frame(frame + 4_000)).unwrap();
        }
        h.run(32_768)
    };
    let first = play(16);
    for block in [64, 256, 1024] {
        let other = play(block);
        assert_eq!(first.iter().zip(&other).position(|(a, b)| a.to_bits() != b.to_bits()), None, "block {block}");
    }
    let from = |frame: u64| &first[frame as usize..frame as usize + 2_000];
    assert!(peak(from(64)) > 0.1 && from(64) == from(24_003), "a voice begins like any other");
}
