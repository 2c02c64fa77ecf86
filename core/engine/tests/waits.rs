//! Cables that wait so that parallel paths arrive together: whoever reads them, and however often.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_patch::{Node, Patch};
use common::{Build, Host, peak};

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
