//! Bypass while it sounds: no step, the node's state runs on, and any block size gives the same bits.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_patch::{Node, Patch};
use common::{Build, Host, peak, step};

/// A sine of which a gain leaves a quarter.
fn tone(bypass: bool) -> Patch {
    let amp = Node::new("gain").with("gain", 0.25);
    Patch::default()
        .node("a", Node::new("sine").with("freq", 100.0))
        .node("amp", if bypass { amp.with("bypass", true) } else { amp })
        .node("out", Node::new("output"))
        .cable("amp", "a")
        .cable("out", "amp")
}

fn render(block: usize) -> Vec<f32> {
    let mut h = Host::new(block);
    h.main(&tone(false));
    let mut heard = h.run(4096);
    for i in 0..12 {
        h.main(&tone(i % 2 == 0));
        heard.extend(h.run(2048));
    }
    heard
}

#[test]
fn bypass_fades_from_one_to_the_other() {
    let heard = render(64);
    // The sine's own slope, 2π100/48000, and a fade of its peak over 240 frames.
    assert!(step(&heard) < 0.0131 + 1.0 / 240.0 + 1e-4, "{}", step(&heard));
    let soft = peak(&heard[1024..4096]);
    assert!((soft - 0.25).abs() < 0.01, "{soft}");
    let loud = peak(&heard[4096 + 1024..4096 + 2048]);
    assert!((loud - 1.0).abs() < 0.01, "bypassed it is as it enters: {loud}");
    let again = peak(&heard[4096 + 3072..4096 + 4096]);
    assert!((again - 0.25).abs() < 0.01, "{again}");
}

#[test]
fn block_size_never_changes_a_bypassed_sound() {
    let through = |block: usize| {
        let mut h = Host::new(block);
        h.main(&tone(true));
        h.run(4096)
    };
    for block in [16, 128, 512] {
        assert_eq!(through(block), through(64), "block {block}");
    }
}

#[test]
fn the_state_of_a_bypassed_node_runs_on() {
    let slow = |bypass: bool| {
        let lfo = Node::new("sine").with("freq", 3.0);
        let filter = Node::new("svf").with("cutoff", 400.0);
        Patch::default()
            .node("a", lfo)
            .node("filter", if bypass { filter.with("bypass", true) } else { filter })
            .node("out", Node::new("output"))
            .cable("filter", "a")
            .cable("out", "filter.low")
    };
    let mut never = Host::new(64);
    never.main(&slow(false));
    let whole = never.run(16_384);
    let mut once = Host::new(64);
    once.main(&slow(false));
    once.run(4096);
    once.main(&slow(true));
    once.run(4096);
    once.main(&slow(false));
    once.run(4096);
    // Once the fade is over it sounds as if it had never been bypassed.
    assert_eq!(once.run(4096), whole[12_288..]);
}
