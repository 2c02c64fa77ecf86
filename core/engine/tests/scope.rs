//! What is seen of the one output that is looked at: it is what the output gives, costs no bit of the sound, and asks
//! for no memory.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
mod counting;
use bf_engine::{Move, Passed, When};
use bf_patch::{Node, Patch};
use common::{Build, Host, peak};
use counting::count;

/// A tone through a gain that an LFO moves, a loop beside it, and steps that play a drum.
fn patch() -> Patch {
    Patch::default()
        .node("tone", Node::new("sine").with("freq", 1_000.0))
        .node("half", Node::new("gain").with("gain", 0.5))
        .node("round", Node::new("gain").with("gain", 0.3))
        .node("slow", Node::new("lfo").with("rate", 3.0))
        .node("filter", Node::new("svf").with("cutoff", 900.0))
        .node("beat", Node::new("steps").with("steps", "x.x.").with("rate", "1/16").with("pitch", 48.0))
        .node("drum", Node::new("kick"))
        .node("out", Node::new("output"))
        .cable("half", "tone")
        .cable("round", "half")
        .cable("round", "round")
        .cable("filter", "half")
        .amount("filter.cutoff", "slow", 1.0)
        .cable("drum", "beat")
        .cable("out", "filter")
        .cable("out", "round")
        .cable("out", "drum")
}

fn host(block: usize) -> Host {
    let mut host = Host::new(block);
    host.main(&patch());
    host.controller.transport(Move::Play, When::Now);
    host
}

#[test]
fn what_is_seen_is_what_the_output_gives() {
    for block in [16, 64, 256] {
        let mut host = host(block);
        assert!(host.controller.look_at("tone", 0));
        host.run(4_800);
        let mut tone = [0.0; 960];
        assert_eq!(host.controller.shared().scope().latest(&mut tone), 960);
        let turns = tone.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
        assert!((19..=21).contains(&turns), "a thousand cycles a second are twenty in 20 ms, not {turns}");
        assert!((0.98..=1.01).contains(&peak(&tone)), "{}", peak(&tone));
        assert!(host.controller.look_at("half", 0));
        assert_eq!(host.controller.shared().scope().latest(&mut tone), 0, "what was seen of another is forgotten");
        host.run(4_800);
        assert_eq!(host.controller.shared().scope().latest(&mut tone), 960);
        assert!((0.48..=0.51).contains(&peak(&tone)), "{}", peak(&tone));
        assert!(host.controller.look_at("slow", 0), "what is read on the grid alone");
        host.run(4_800);
        assert_eq!(host.controller.shared().scope().latest(&mut tone), 960);
        assert!(peak(&tone) > 0.1 && tone.iter().all(|x| x.abs() <= 1.0));
        let steep = tone.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steep < 0.02, "{steep}");
        assert!(host.controller.look_at("round", 0), "what runs in a loop");
        host.run(4_800);
        assert_eq!(host.controller.shared().scope().latest(&mut tone), 960);
        assert!(peak(&tone) > 0.1);
        assert!(!host.controller.look_at("nothing", 0));
        assert!(!host.controller.shared().scope().is_looking());
    }
}

#[test]
fn events_are_seen_as_they_pass() {
    let mut host = host(64);
    assert!(host.controller.look_at("beat", 0));
    host.run(48_000);
    let (seen, all) = host.controller.shared().scope().events(8);
    assert_eq!(seen.len(), 8);
    assert!(all >= 8);
    let notes = seen.iter().filter(|e| e.what == Passed::NoteOn);
    assert!(notes.clone().count() >= 3 && notes.clone().all(|e| e.value == 48.0 && e.velocity > 0.5), "{seen:?}");
    // At 120 bpm a hit comes each eighth: 12,000 frames.
    let frames: Vec<u32> = notes.map(|e| e.frame).collect();
    assert!(frames.windows(2).all(|w| w[0] - w[1] == 12_000), "{frames:?}");
}

#[test]
fn a_node_is_seen_again_once_a_later_plan_has_it_elsewhere() {
    let mut host = host(64);
    assert!(host.controller.look_at("tone", 0));
    host.run(4_800);
    let more = patch().node("a", Node::new("sine")).node("b", Node::new("gain")).cable("b", "a").cable("out", "b");
    host.main(&more);
    host.run(4_800);
    assert!(host.controller.look_at("tone", 0));
    host.run(4_800);
    let mut tone = [0.0; 960];
    assert_eq!(host.controller.shared().scope().latest(&mut tone), 960);
    assert!((0.98..=1.01).contains(&peak(&tone)));
}

#[test]
fn who_is_looked_at_sounds_the_same() {
    for block in [16, 64, 256] {
        let play = |path: Option<&str>| {
            let mut host = host(block);
            if let Some(path) = path {
                assert!(host.controller.look_at(path, 0));
            }
            host.run(9_600).iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        };
        let plain = play(None);
        for path in ["tone", "half", "round", "slow", "filter", "beat", "drum"] {
            assert!(play(Some(path)) == plain, "block {block}, {path}");
        }
    }
}

#[test]
fn a_look_asks_for_no_memory() {
    let mut host = host(64);
    host.run(4_800);
    for path in ["tone", "half", "round", "slow", "beat", "drum"] {
        assert!(host.controller.look_at(path, 0));
        let asked = count(|| {
            for _ in 0..100 {
                host.engine.block_now();
            }
        });
        assert_eq!(asked, 0, "{path}");
    }
}
