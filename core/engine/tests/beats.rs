//! Plans for a beat, whatever becomes of the transport meanwhile.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_engine::{Loaded, Move, Notice, When};
use bf_node::Value;
use bf_patch::{Node, Patch, Set};
use bf_pattern::{Ratio, Tempo};
use common::{Build, Host};

fn level(of: f64) -> Patch {
    Patch::default()
        .node("one", Node::new("constant").with("value", Value::Number(of)))
        .node("more", Node::new("gain"))
        .node("out", Node::new("output"))
        .cable("more", "one")
        .cable("out", "more")
}

/// The frame at which a plan for beat 1 takes over, where the transport is told these things in the block before.
fn taken(before: &[Move], at_once: &[Move], block: usize) -> (u64, bool) {
    let mut h = Host::new(block);
    h.main(&level(0.25));
    let tell = |h: &mut Host, moves: &[Move]| {
        for to in moves {
            h.controller.transport(*to, When::Now).unwrap();
        }
    };
    tell(&mut h, before);
    h.run(1024);
    tell(&mut h, at_once);
    let other = level(0.25).node("new", Node::new("constant").with("value", 0.5)).cable("out", "new");
    let set = Set { main: other, ..Set::default() };
    let Loaded::Sent(plan) = h.controller.load_at(&set, &|_| 0, Some(Ratio::from(1))).unwrap() else {
        panic!("it is sent");
    };
    h.run(65_536);
    let told = |n: Notice| match n {
        Notice::Receipt(r) if r.id == plan => Some((r.frame, r.late)),
        _ => None,
    };
    h.controller.collect().into_iter().find_map(told).unwrap()
}

#[test]
fn a_plan_waits_for_its_beat_though_it_begins_to_play_in_the_same_block() {
    for block in [16, 64, 1024] {
        let tempo = Move::Tempo(Tempo::from_bpm(120.0));
        assert_eq!(taken(&[tempo], &[Move::Play], block), (1024 + 24_000, false), "block {block}");
    }
}

#[test]
fn a_plan_waits_for_its_beat_though_the_tempo_changes_in_the_same_block() {
    let [slow, fast] = [60.0, 120.0].map(|bpm| Move::Tempo(Tempo::from_bpm(bpm)));
    for block in [16, 64, 1024] {
        // 1,024 frames at 48,000 a beat leave a share of the beat to be played at 24,000.
        let (frame, late) = taken(&[slow, Move::Play], &[fast], block);
        let want = 1024 + (24_000.0 * (1.0 - 1024.0 / 48_000.0)) as u64;
        assert!(!late && frame.abs_diff(want) <= 16, "block {block}: {frame}, wanted {want}");
    }
}
