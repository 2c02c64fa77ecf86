//! What is seen of nodes while they play: levels are right, fall slowly, and cost no bit of the sound.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_patch::{Node, Patch};
use common::{Build, Host};

/// A tone through a gain, and a loop beside it.
fn patch() -> Patch {
    Patch::default()
        .node("tone", Node::new("sine").with("freq", 440.0))
        .node("half", Node::new("gain").with("gain", 0.5))
        .node("round", Node::new("gain").with("gain", 0.3))
        .node("out", Node::new("output"))
        .cable("half", "tone")
        .cable("round", "half")
        .cable("round", "round")
        .cable("out", "half")
        .cable("out", "round")
}

fn peak(host: &Host, path: &str) -> f32 {
    let found = host.controller.glances().find(|(p, _)| *p == path).map(|(_, glance)| glance.peak(0));
    found.unwrap_or_else(|| panic!("{path} is not seen"))
}

#[test]
fn levels_are_those_of_the_outputs() {
    let mut host = Host::new(64);
    host.main(&patch());
    host.run(64 * 200);
    assert_eq!(peak(&host, "tone"), 0.0, "nobody watches");
    host.controller.shared().watch(true);
    host.run(64 * 400);
    let (tone, half, round) = (peak(&host, "tone"), peak(&host, "half"), peak(&host, "round"));
    assert!((0.9..=1.01).contains(&tone), "{tone}");
    assert!((half / tone - 0.5).abs() < 0.05, "{half} of {tone}");
    assert!(round > 0.1 && round < half, "{round}");
}

#[test]
fn a_level_falls_slowly_to_nothing() {
    let mut host = Host::new(64);
    host.controller.shared().watch(true);
    host.main(&patch());
    host.run(48_000);
    let loud = peak(&host, "half");
    assert!(host.controller.set_number("half", "gain", 0.0));
    host.run(4_800);
    let soon = peak(&host, "half");
    assert!(soon > 0.2 * loud && soon < loud, "{soon} after 100 ms, from {loud}");
    host.run(96_000);
    assert_eq!(peak(&host, "half"), 0.0);
}

#[test]
fn who_is_watched_sounds_the_same() {
    for block in [16, 64, 256] {
        let play = |watch: bool| {
            let mut host = Host::new(block);
            host.controller.shared().watch(watch);
            host.main(&patch());
            host.run(9_600).iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        };
        assert!(play(true) == play(false), "block {block}");
    }
}
