//! Instruments: notes on their frames, stealing, endings, and the same bits at any block.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_engine::{Move, When};
use bf_node::{Controls, EventBody, Note, NoteId};
use bf_patch::{Control, Name, Node, Patch, Set};
use common::{Build, Host, at, peak, step};

fn instrument() -> Patch {
    let mut p = Patch::default()
        .node("v", Node::new("voice"))
        .node("osc", Node::new("saw"))
        .node(
            "env",
            Node::new("adsr").with("attack", 0.002).with("decay", 0.05).with("sustain", 0.4).with("release", 0.03),
        )
        .node("tone", Node::new("svf").with("cutoff", 800.0))
        .node("amp", Node::new("gain").with("gain", 0.3))
        .cable("osc.freq", "v.freq")
        .cable("env.gate", "v.gate")
        .cable("tone", "osc")
        .amount("tone.cutoff", "env", 2.0)
        .cable("amp", "tone")
        .cable("amp.by", "env");
    p.outputs.push((Name::new("out"), at("amp")));
    let control = Control { targets: vec![at("tone.cutoff")], default: None, range: None, help: String::new() };
    p.controls.push((Name::new("cutoff"), control));
    p
}

fn set(voices: f64) -> Set {
    let main = Patch::default()
        .node("keys", Node::new("patch").with("file", "keys.toml").with("voices", voices))
        .node("out", Node::new("output"))
        .cable("out", "keys");
    Set { main, files: [("keys.toml".to_owned(), instrument())].into() }
}

fn play(h: &mut Host, count: u32, spread: u64) {
    let mut x = 7u64;
    for i in 0..count {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let frame = u64::from(i) * spread + (x >> 40) % spread;
        let id = NoteId::new(1, i);
        let mut controls = Controls::NONE;
        if i % 3 == 0 {
            controls.set(h.controller.keys().key("cutoff"), 2000.0);
        }
        let note = Note { id, pitch: 40.0 + (i % 24) as f32, velocity: 0.8, controls };
        h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(frame)).unwrap();
        let off = frame + 200 + (x >> 33) % 3000;
        h.controller.event("keys", None, EventBody::NoteOff { id }, When::Frame(off)).unwrap();
    }
}

#[test]
fn a_note_begins_on_its_frame() {
    let mut h = Host::new(64);
    h.load(&set(4.0));
    let note = Note { id: NoteId(1), pitch: 69.0, velocity: 1.0, controls: Controls::NONE };
    h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(1234)).unwrap();
    let x = h.run(4096);
    let first = x.iter().position(|x| *x != 0.0).unwrap();
    assert!((1234..1238).contains(&first), "{first}");
}

#[test]
fn notes_have_the_same_bits_at_any_block() {
    for (voices, spread) in [(4.0, 300), (3.0, 13), (16.0, 97), (40.0, 31), (100.0, 5)] {
        let render = |block: usize| {
            let mut h = Host::new(block);
            h.load(&set(voices));
            h.controller.transport(Move::Play, When::Now);
            play(&mut h, 300, spread);
            h.run(48_000)
        };
        let first = render(64);
        assert!(peak(&first) > 0.05);
        for block in [16, 48, 256, 1024] {
            let other = render(block);
            let differs = first.iter().zip(&other).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(differs, None, "{voices} voices at block {block}");
        }
    }
}

#[test]
fn every_note_of_many_begins_on_its_frame() {
    let mut short = Patch::default()
        .node("v", Node::new("voice"))
        .node("env", Node::new("ar").with("attack", 0.0005).with("release", 0.001))
        .cable("env.gate", "v.gate");
    short.outputs.push((Name::new("out"), at("env")));
    let set = Set { files: [("keys.toml".to_owned(), short)].into(), ..set(64.0) };
    // Each note by itself, then all of them: where one begins, the sum is what it would be from the notes before it.
    let frames: Vec<u64> = (0..40).map(|i| 100 + i * 23 + (i * i) % 7).collect();
    let render = |which: &[u64]| {
        let mut h = Host::new(64);
        h.load(&set);
        for (i, frame) in which.iter().enumerate() {
            let id = NoteId::new(1, i as u32);
            let note = Note { id, pitch: 60.0, velocity: 1.0, controls: Controls::NONE };
            h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(*frame)).unwrap();
            h.controller.event("keys", None, EventBody::NoteOff { id }, When::Frame(frame + 48)).unwrap();
        }
        h.run(2048)
    };
    let one = render(&[0]);
    let heard = render(&frames);
    for (n, x) in heard.iter().enumerate() {
        let since = frames.iter().filter(|f| **f <= n as u64).map(|f| one[n - *f as usize]);
        let want: f32 = since.sum();
        assert!((x - want).abs() < 1e-4, "frame {n}: {x} instead of {want}");
    }
}

#[test]
fn triggers_close_together_each_sound_and_end() {
    let mut h = Host::new(64);
    h.load(&set(40.0));
    for i in 0..30 {
        h.controller.event("keys", None, EventBody::Trigger { value: 0.8 }, When::Frame(100 + i * 3)).unwrap();
    }
    h.run(24_000);
    assert_eq!(h.controller.shared().status().shed, 0);
    assert_eq!(peak(&h.run(4096)), 0.0, "each of them ends");
}

#[test]
fn released_voices_end_and_the_instrument_rests() {
    let mut h = Host::new(64);
    h.load(&set(8.0));
    play(&mut h, 20, 100);
    h.run(48_000);
    assert_eq!(peak(&h.run(4096)), 0.0);
}

#[test]
fn an_edited_instrument_rings_out() {
    let mut h = Host::new(64);
    let mut s = set(8.0);
    h.load(&s);
    let note = Note { id: NoteId(1), pitch: 57.0, velocity: 1.0, controls: Controls::NONE };
    h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(0)).unwrap();
    h.run(9_600);
    let inner = s.files.get_mut("keys.toml").unwrap();
    inner.nodes.insert(Name::new("osc"), Node::new("triangle"));
    h.load(&s);
    assert!(h.controller.plan().unwrap().flat.nodes.iter().any(|n| n.ghost && n.instrument.is_some()));
    // The held note sounds on.
    assert!(peak(&h.run(9_600)[4_800..]) > 0.01);
}

#[test]
fn a_node_of_many_outputs_knows_that_the_instrument_listens() {
    let mut set = set(4.0);
    let keys = set.files.get_mut("keys.toml").unwrap();
    keys.outputs[0].1 = at("tone");
    let mut h = Host::new(64);
    h.load(&set);
    let note = Note { id: NoteId(1), pitch: 45.0, velocity: 1.0, controls: Controls::NONE };
    h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(0)).unwrap();
    let low = peak(&h.run(9600));
    assert!(low > 0.1 && low < 4.0, "{low}");
}

#[test]
fn a_control_reaches_a_note_that_rings_out() {
    let render = |moved: bool| {
        let mut h = Host::new(64);
        let mut s = set(4.0);
        let long = Node::new("adsr").with("sustain", 1.0).with("release", 1.0);
        s.files.get_mut("keys.toml").unwrap().nodes.insert(Name::new("env"), long);
        h.load(&s);
        let id = NoteId(1);
        let note = Note { id, pitch: 45.0, velocity: 1.0, controls: Controls::NONE };
        h.controller.event("keys", None, EventBody::NoteOn(note), When::Frame(0)).unwrap();
        h.controller.event("keys", None, EventBody::NoteOff { id }, When::Frame(4800)).unwrap();
        let key = h.controller.keys().key("cutoff");
        if moved {
            let closed = EventBody::NoteControl { id, key, value: 50.0 };
            h.controller.event("keys", None, closed, When::Frame(9600)).unwrap();
        }
        h.run(19_200)
    };
    let (still, moved) = (render(false), render(true));
    assert!(still[..9600] == moved[..9600]);
    assert!(step(&moved[12_000..]) < 0.3 * step(&still[12_000..]), "the filter closes while it rings");
}

#[test]
fn a_number_of_an_instrument_set_at_a_frame_is_heard_from_there_at_any_block() {
    let render = |block: usize, sets: bool| {
        let mut h = Host::new(block);
        h.load(&set(8.0));
        play(&mut h, 100, 300);
        let target = h.controller.param_target("keys", "cutoff").unwrap();
        for (i, value) in [4_000.0, 90.0, 1e9, 700.0].into_iter().enumerate().filter(|_| sets) {
            let when = When::Frame(10_007 + 61 * i as u64);
            h.controller.send(target, 0, EventBody::Trigger { value }, when).unwrap();
        }
        h.run(30_000)
    };
    let (first, still) = (render(64, true), render(64, false));
    let differs = |a: &[f32], b: &[f32]| a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits());
    let heard = differs(&first, &still).unwrap();
    assert!((10_007..10_040).contains(&heard), "{heard}");
    assert!(first.iter().all(|x| x.abs() < 4.0), "what is out of range is limited to it");
    for block in [16, 256, 1024] {
        assert_eq!(differs(&first, &render(block, true)), None, "block {block}");
    }
}

/// Controls of an instrument and numbers inside it may glide at once, however many groups of voices sound.
#[test]
fn controls_and_numbers_inside_glide_at_once() {
    let part = |level: f64, freq: f64| {
        let mut p = Patch::default()
            .node("v", Node::new("voice"))
            .node("osc", Node::new("sine"))
            .node("other", Node::new("sine").with("freq", freq))
            .node("rest", Node::new("gain").with("gain", 0.0))
            .node("level", Node::new("gain"))
            .node("amp", Node::new("gain"))
            .cable("osc.freq", "v.freq")
            .cable("rest", "other")
            .cable("level", "osc")
            .cable("amp", "level")
            .cable("amp.by", "v.gate");
        p.outputs.push((Name::new("out"), at("amp")));
        let control = Control {
            targets: vec![at("level.gain")],
            default: Some(bf_node::Value::Number(level)),
            range: None,
            help: String::new(),
        };
        p.controls.push((Name::new("level"), control));
        Set { files: [("keys.toml".to_owned(), p)].into(), ..set(40.0) }
    };
    let mut h = Host::new(64);
    h.load(&part(0.02, 1000.0));
    for i in 0..24 {
        let note = Note { id: NoteId(i + 1), pitch: 40.0 + i as f32, velocity: 0.5, controls: Controls::NONE };
        h.controller.event("keys", None, EventBody::NoteOn(note), When::Now).unwrap();
    }
    let before = peak(&h.run(9_600));
    assert!(before > 0.1);
    h.load(&part(0.021, 2000.0));
    let after = peak(&h.run(9_600));
    assert!(after < before * 1.2, "{after} after {before}");
}

/// Where a path that is late is gone, notes come as early as if it had never been there.
#[test]
fn notes_that_had_to_wait_come_on_their_frame_again() {
    let part = |late: bool| {
        let mut keys = Patch::default()
            .node("v", Node::new("voice"))
            .node("osc", Node::new("saw"))
            .node("sum", Node::new("gain"))
            .cable("osc.freq", "v.freq")
            .cable("sum", "osc")
            .cable("sum.by", "v.gate");
        keys.inputs.push((Name::new("in"), vec![at("sum")]));
        keys.outputs.push((Name::new("out"), at("sum")));
        let main = Patch::default()
            .node("beat", Node::new("steps").with("steps", "x.x.x.x.").with("rate", "1/32"))
            .node("still", Node::new("constant").with("value", 0.0))
            .node("limit", Node::new("limiter"))
            .node("keys", Node::new("patch").with("file", "keys.toml").with("voices", 4.0))
            .node("out", Node::new("output"))
            .cable("limit", "still")
            .cable("keys", "beat")
            .cable("keys.in", if late { "limit" } else { "still" })
            .cable("out", "keys");
        Set { main, files: [("keys.toml".to_owned(), keys)].into() }
    };
    let play = |first: bool| {
        let mut h = Host::new(64);
        h.load(&part(first));
        h.controller.transport(Move::Play, When::Now);
        h.run(24_000);
        // The cable that has left fades, and is gone with the plan after that.
        for _ in 0..2 {
            h.load(&part(false));
            h.run(12_000);
            h.controller.collect();
        }
        h.run(24_000)
    };
    let (waited, never) = (play(true), play(false));
    let began = |x: &[f32]| x.windows(2).filter(|w| w[0] == 0.0 && w[1] != 0.0).count();
    assert!(began(&never) > 3, "{}", began(&never));
    let gates = |x: &[f32]| x.iter().map(|x| *x != 0.0).collect::<Vec<_>>();
    let differs = gates(&waited).iter().zip(&gates(&never)).position(|(a, b)| a != b);
    assert_eq!(differs, None);
}

#[test]
fn a_control_that_was_renamed_is_set_by_notes_that_carry_its_new_name() {
    let named = |name: &str| {
        let mut set = set(4.0);
        let keys = set.files.get_mut("keys.toml").unwrap();
        let target = vec![at("amp.gain")];
        let control = Control { targets: target, default: Some(0.0.into()), range: None, help: String::new() };
        keys.controls.push((Name::new(name), control));
        set
    };
    let strike = |h: &mut Host| {
        let mut controls = Controls::NONE;
        controls.set(h.controller.keys().key("level"), 0.3);
        let note = Note { id: NoteId::new(1, 9), pitch: 48.0, velocity: 0.8, controls };
        h.controller.event("keys", None, EventBody::NoteOn(note), When::Now).unwrap();
        peak(&h.run(9_600))
    };
    let mut fresh = Host::new(64);
    fresh.load(&named("level"));
    let wanted = strike(&mut fresh);
    let mut h = Host::new(64);
    h.load(&named("dark"));
    h.run(4_800);
    h.load(&named("level"));
    h.run(4_800);
    assert!(wanted > 0.05 && (strike(&mut h) - wanted).abs() < wanted * 0.1, "{wanted}");
}

#[test]
fn an_instrument_with_the_most_controls_plays_while_all_of_them_glide() {
    let most = bf_patch::compile::MAX_PARAMS;
    let mut p = instrument();
    for i in p.controls.len()..most {
        p = p.node(&format!("g{i}"), Node::new("gain"));
        let target = vec![at(&format!("g{i}.gain"))];
        let control = Control { targets: target, default: None, range: None, help: String::new() };
        p.controls.push((Name::new(&format!("c{i}")), control));
    }
    let mut set = set(4.0);
    set.files.insert("keys.toml".to_owned(), p);
    let mut h = Host::new(64);
    h.load(&set);
    play(&mut h, 8, 900);
    h.run(960);
    for i in 1..most {
        assert!(h.controller.set_number("keys", &format!("c{i}"), 0.5));
    }
    assert!(peak(&h.run(9_600)) > 0.01);
}
