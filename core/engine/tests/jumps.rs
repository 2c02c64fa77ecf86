//! Choices, switches and whole numbers cross over: by a hand, at a frame, in voices and in loops, at any block.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
mod counting;
use bf_engine::When;
use bf_node::{Controls, EventBody, Note, NoteId, Value};
use bf_patch::{Name, Node, Patch, Set};
use common::{Build, Host, at, peak};

/// Where the param jumps first, off the grid and off every block; and how long it crosses over.
const AT: usize = 4_096 + 77;
const CROSSING: usize = 240;

fn tone() -> Patch {
    Patch::default()
        .node("osc", Node::new("sine").with("freq", 200.0))
        .node("amp", Node::new("gain").with("gain", 0.3))
        .node("out", Node::new("output"))
        .cable("amp", "osc")
        .cable("out", "amp")
}

/// A loop: what `amp` gives comes back to it.
fn ring() -> Patch {
    let patch = tone().node("sum", Node::new("maths").with("op", "add")).cable("sum.a", "osc").cable("sum.b", "amp");
    let mut patch = patch.node("quiet", Node::new("gain").with("gain", 0.3)).cable("quiet", "amp");
    patch.cables.insert(at("amp"), Vec::new());
    patch.cables.insert(at("out"), Vec::new());
    patch.cable("amp", "sum").cable("out", "quiet")
}

/// The most by which the slope of a sound changes from frame to frame.
fn bend(x: &[f32]) -> f32 {
    x.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).fold(0.0, f32::max)
}

/// What is heard of a patch whose `amp` is turned over and back at some frames.
fn turned(patch: &Patch, block: usize, turns: &[(usize, f32)]) -> Vec<f32> {
    let mut h = Host::new(block);
    h.main(patch);
    let target = h.controller.param_target("amp", "invert").unwrap();
    for (frame, value) in turns {
        assert!(h.controller.send_numbers_at(&[(target, *value)], 0, *frame as u64));
    }
    h.run(8_192)
}

#[test]
fn a_hand_turns_a_switch_and_nothing_steps() {
    let steady = turned(&tone(), 64, &[]);
    let mut h = Host::new(64);
    h.main(&tone());
    let mut heard = h.run(4_096);
    assert!(h.controller.set_number("amp", "invert", 1.0));
    heard.extend(h.run(4_096));
    // Undisturbed 0.0002; cut 0.6.
    assert!(bend(&heard) < 0.001, "{}", bend(&heard));
    assert_eq!(heard[..4_096], steady[..4_096]);
    let over: Vec<f32> = steady[4_096 + CROSSING..].iter().map(|x| -x).collect();
    assert_eq!(heard[4_096 + CROSSING..], over);
}

#[test]
fn a_second_turn_waits_for_the_first() {
    let steady = turned(&tone(), 64, &[]);
    let there_and_back = turned(&tone(), 64, &[(AT, 1.0), (AT + 50, 0.0)]);
    assert!(bend(&there_and_back) < 0.001, "{}", bend(&there_and_back));
    assert_eq!(there_and_back[..AT], steady[..AT]);
    assert_eq!(there_and_back[AT + CROSSING], -steady[AT + CROSSING], "it has arrived before it turns back");
    assert_eq!(there_and_back[AT + 2 * CROSSING..], steady[AT + 2 * CROSSING..]);
    // What was taken back in the meantime never begins.
    let stays = turned(&tone(), 64, &[(AT, 1.0), (AT + 50, 0.0), (AT + 150, 1.0)]);
    assert_eq!(stays, turned(&tone(), 64, &[(AT, 1.0)]));
}

#[test]
fn the_bits_do_not_depend_on_blocks() {
    let turns = [(AT, 1.0), (AT + 3, 0.0), (AT + 500, 1.0), (AT + 739, 0.0), (AT + 740, 1.0), (AT + 1_100, 0.0)];
    for patch in [tone(), ring()] {
        let first = turned(&patch, 64, &turns);
        assert!(peak(&first) > 0.05 && bend(&first) < 0.002, "{} {}", peak(&first), bend(&first));
        for block in [16, 48, 256, 1024] {
            let other = turned(&patch, block, &turns);
            let differs = first.iter().zip(&other).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(differs, None, "block {block}");
        }
    }
}

/// An instrument in which a held note goes through a gain that is turned over.
fn instrument(invert: bool) -> Set {
    let mut voice = Patch::default()
        .node("v", Node::new("voice"))
        .node("osc", Node::new("sine"))
        .node("env", Node::new("adsr").with("attack", 0.01))
        .node("amp", Node::new("gain").with("gain", 0.3).with("invert", invert))
        .cable("osc.freq", "v.freq")
        .cable("env.gate", "v.gate")
        .cable("amp", "osc")
        .cable("amp.by", "env");
    voice.outputs.push((Name::new("out"), at("amp")));
    let main = Patch::default()
        .node("keys", Node::new("patch").with("file", "keys.toml").with("voices", 4.0))
        .node("out", Node::new("output"))
        .cable("out", "keys");
    Set { main, files: [("keys.toml".to_owned(), voice)].into() }
}

/// Notes of the instrument, turned over at frame 4,096; the last begins while it crosses over.
fn sung(block: usize, turns: bool) -> Vec<f32> {
    let mut h = Host::new(block);
    h.load(&instrument(false));
    for (i, frame) in [100, 2_000, 4_200].into_iter().enumerate() {
        let id = NoteId::new(1, i as u32);
        let note = Note { id, pitch: 50.0 + 5.0 * i as f32, velocity: 1.0, controls: Controls::NONE };
        h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(frame)).unwrap();
    }
    let mut heard = h.run(4_096);
    if turns {
        h.load(&instrument(true));
    }
    heard.extend(h.run(4_096));
    heard
}

#[test]
fn the_nodes_of_a_voice_cross_over() {
    let (steady, first) = (sung(64, false), sung(64, true));
    let over: Vec<f32> = steady[4_096 + CROSSING..].iter().map(|x| -x).collect();
    assert_eq!(first[4_096 + CROSSING..], over);
    assert!(peak(&first) > 0.2 && bend(&first) < 1.5 * bend(&steady) + 0.001, "{} {}", bend(&first), bend(&steady));
    for block in [16, 256, 1024] {
        assert_eq!(sung(block, true), first, "block {block}");
    }
}

#[test]
fn a_node_that_is_replaced_while_it_crosses_over_sounds_on() {
    let patch = |oversample: f64| {
        let filter = Node::new("ladder").with("oversample", oversample).with("cutoff", 300.0);
        let mut patch = tone().node("filter", filter).cable("filter", "amp");
        patch.cables.insert(at("out"), Vec::new());
        patch.cable("out", "filter")
    };
    let mut h = Host::new(64);
    h.main(&patch(1.0));
    let mut heard = h.run(4_096);
    assert!(h.controller.set_number("filter", "slope", 1.0));
    heard.extend(h.run(64));
    let mut next = patch(2.0);
    next.nodes.get_mut("filter").unwrap().params.insert("slope".into(), Value::Text("12".into()));
    h.main(&next);
    heard.extend(h.run(4_096));
    assert!(bend(&heard) < 0.004, "{}", bend(&heard));
    assert!(peak(&heard[6_000..]) > 0.05);
}

#[test]
fn nothing_is_asked_of_memory() {
    let mut h = Host::new(64);
    h.main(&tone());
    h.run(4_096);
    let mut wrong = 0;
    for value in [1.0, 0.0, 1.0, 1.0, 0.0] {
        assert!(h.controller.set_number("amp", "invert", value));
        for _ in 0..3 {
            wrong += counting::count(|| {
                h.engine.block_now();
            });
        }
    }
    assert_eq!(wrong, 0);
}

#[test]
fn what_rests_stays_silent() {
    let mut patch = tone();
    patch.cables.insert(at("amp"), Vec::new());
    let heard = turned(&patch, 64, &[(AT, 1.0), (AT + 1_000, 0.0)]);
    assert_eq!(peak(&heard), 0.0);
}
