//! The audio half neither allocates nor frees: while it plays, while plans, waits and amounts change, and while notes and
//! loops come and go.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
mod counting;
use bf_engine::{Move, When};
use bf_node::{Controls, EventBody, Note, NoteId};
use bf_patch::{Name, Node, Patch, Set};
use common::{Build, Host, at};

/// Allocations and frees of the audio half in so many blocks.
fn count(h: &mut Host, blocks: usize) -> u64 {
    counting::count(|| {
        for _ in 0..blocks {
            h.engine.block_now();
        }
    })
}

/// A set in its `i`th form: a path that comes late or not, an amount, a loop of sound and one of events, an instrument.
fn set(i: u32) -> Set {
    let mut voice = Patch::default()
        .node("v", Node::new("voice"))
        .node("osc", Node::new("saw"))
        .node("env", Node::new("adsr"))
        .node("amp", Node::new("gain"))
        .cable("osc.freq", "v.freq")
        .cable("env.gate", "v.gate")
        .cable("amp", "osc")
        .cable("amp.by", "env");
    voice.outputs.push((Name::new("out"), at("amp")));
    let p = Patch::default()
        .node("keys", Node::new("patch").with("file", "keys.toml").with("voices", if i % 5 == 4 { 12.0 } else { 8.0 }))
        .node("beat", Node::new("steps").with("steps", "xxxx").with("rate", "1/32"))
        .node("up", Node::new("transpose").with("semitones", 1.0))
        .node("dice", Node::new("probability").with("chance", 0.9))
        .node("bend", Node::new("shaper"))
        .node("limit", Node::new("limiter"))
        .node("mix", Node::new("gain"))
        .node("echo", Node::new("gain"))
        .node("desk", Node::new("strip").with("cue", i % 4 == 1))
        .node("ahead", Node::new("cue"))
        .node("phones", Node::new("output").with("channels", ["3/4", "instead", "beside"][i as usize / 4 % 3]))
        .node("click", Node::new("metronome"))
        .node("out", Node::new("output"))
        .cable("keys", "up")
        .cable("up", "beat")
        .cable("dice", "up")
        .cable("bend", "keys")
        .cable("limit", "keys")
        .amount("mix", "keys", f64::from(i % 4) * 0.2)
        .cable("echo", "mix")
        .cable("desk", "echo")
        .cable("phones", "ahead")
        .cable("phones", "click")
        .cable("out", "desk");
    let p = if i.is_multiple_of(2) { p.cable("up", "dice") } else { p };
    let p = match i % 3 {
        0 => p,
        1 => p.cable("mix", "bend"),
        _ => p.cable("mix", "limit").amount("mix", "echo", 0.1),
    };
    Set { main: p, files: [("keys.toml".to_owned(), voice)].into() }
}

#[test]
fn the_audio_half_asks_for_no_memory_and_gives_none_back() {
    // The counter counts.
    assert_eq!(counting::count(|| drop(vec![0u8; 100])), 2);

    let mut h = Host::new(64);
    // What is told to whoever keeps it costs nothing either, also where nobody listens.
    h.controller.keep_tape(&mut h.engine);
    let heard = h.controller.keep_sound(&mut h.engine, 48_000);
    h.load(&set(0));
    h.controller.transport(Move::Play, When::Now);
    assert_eq!(count(&mut h, 200), 0, "it plays");
    assert!(heard.slots() > 100);
    let mut kept = None;
    for i in 1..60 {
        h.load(&set(i));
        let stems = h.controller.stems();
        kept = h.controller.keep_stems(&stems, 48_000).or(kept);
        let note = Note { id: NoteId::new(9, i), pitch: 60.0, velocity: 0.5, controls: Controls::NONE };
        h.controller.event("keys", None, EventBody::NoteOn(note), When::Now).unwrap();
        h.controller.event("keys", None, EventBody::NoteOff { id: note.id }, When::Now).unwrap();
        h.controller.transport(Move::Seek(i64::from(i % 7).into()), When::Now);
        assert_eq!(count(&mut h, 1 + i as usize % 9), 0, "edit {i}");
    }
    assert_eq!(count(&mut h, 400), 0, "it rings out");
    assert!(kept.is_some_and(|sound| !sound.is_empty()));
}
