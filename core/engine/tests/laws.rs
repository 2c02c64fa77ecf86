//! The engine's laws: same bits, no click, glides, loops, quarantine.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_engine::{Loaded, Move, Notice, When};
use bf_node::Value;
use bf_patch::compile::Plan;
use bf_patch::{Node, Patch, Set};
use common::{Build, Host, at, peak, step};

fn filtered() -> Patch {
    Patch::default()
        .node("osc", Node::new("saw").with("freq", 110.0))
        .node("slow", Node::new("sine").with("freq", 3.0))
        .node("filter", Node::new("svf").with("cutoff", 900.0))
        .node("out", Node::new("output"))
        .cable("filter", "osc")
        .amount("filter.cutoff", "slow", 2.0)
        .cable("out", "filter.low")
}

#[test]
fn block_size_never_changes_the_sound() {
    let render = |block: usize| {
        let mut h = Host::new(block);
        h.main(&filtered());
        h.run(4096)
    };
    let first = render(64);
    assert!(peak(&first) > 0.1, "{}", peak(&first));
    for block in [16, 32, 128, 512, 1024] {
        assert_eq!(render(block), first, "block {block}");
    }
}

#[test]
fn a_number_glides_and_arrives() {
    let mut h = Host::new(64);
    let mut p = filtered();
    h.main(&p);
    h.run(2048);
    p.nodes.get_mut("filter").unwrap().params.insert("cutoff".into(), Value::Number(5000.0));
    h.main(&p);
    h.run(2048);
    let plan = h.controller.plan().unwrap();
    let f = plan.flat.nodes.iter().find(|n| n.key.path.as_str() == "filter").unwrap();
    assert_eq!(f.numbers[0], 5000.0);
}

#[test]
fn cables_fade_in_and_out_without_a_step() {
    let mut h = Host::new(64);
    let tone = |on: bool| {
        let p = Patch::default()
            .node("a", Node::new("sine").with("freq", 100.0))
            .node("b", Node::new("sine").with("freq", 70.0))
            .node("out", Node::new("output"))
            .cable("out", "a");
        if on { p.cable("out", "b") } else { p }
    };
    h.main(&tone(false));
    let mut heard = h.run(1024);
    for i in 0..40 {
        h.main(&tone(i % 2 == 0));
        heard.extend(h.run(64 * (1 + i % 7)));
    }
    // Two sines of amplitude 1 and a fade of 240 frames: 2π(100 + 70)/48000 + 1/240.
    assert!(step(&heard) < 0.0222 + 1.0 / 240.0 + 1e-4, "{}", step(&heard));
    assert!(peak(&heard) > 1.5);
}

#[test]
fn a_removed_node_rings_out_as_a_ghost_and_is_then_dropped() {
    let mut h = Host::new(64);
    let p = filtered();
    h.main(&p);
    h.run(1000);
    let mut empty = p.clone();
    empty.nodes.retain(|n, _| n.as_str() == "out");
    empty.cables.clear();
    h.main(&empty);
    assert!(h.controller.plan().unwrap().flat.nodes.iter().filter(|n| n.ghost).count() == 3);
    let x = h.run(64 * 10);
    assert!(step(&x) < 0.3, "{}", step(&x));
    assert_eq!(peak(&x[400..]), 0.0);
    h.controller.collect();
    assert!(h.controller.has_remains());
    h.main(&empty);
    h.run(64);
    assert_eq!(h.controller.plan().unwrap().flat.nodes.len(), 1);
}

#[test]
fn a_plan_knows_what_it_keeps_of_the_last() {
    let mut seed = 1u64;
    let mut below = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let mut h = Host::new(64);
    let (mut kept, mut came, mut faded) = (0, 0, 0);
    for _ in 0..200 {
        let mut patch = Patch::default().node("out", Node::new("output"));
        for i in (0..12).filter(|_| below(5) > 0).collect::<Vec<_>>() {
            let name = format!("n{i}");
            patch = patch.node(&name, Node::new(if below(6) > 0 { "sine" } else { "saw" }));
            if below(4) > 0 {
                patch = patch.cable("out", &name);
            }
        }
        let before = h.controller.plan().cloned();
        h.main(&patch);
        let Some(before) = before else { continue };
        let plan = h.controller.plan().unwrap();
        for (node, was) in plan.flat.nodes.iter().zip(&plan.kept) {
            assert_eq!(was.map(|w| w as usize), before.flat.nodes.iter().position(|n| n.key == node.key));
            kept += usize::from(was.is_some());
            came += usize::from(was.is_none());
        }
        for cable in &plan.flat.cables {
            let key = plan.flat.cable_key(cable);
            let was = before.flat.cables.iter().find(|c| before.flat.cable_key(c) == key);
            let fades = |plan: &Plan| plan.cables.iter().any(|c| c.key == key && c.fades);
            match was {
                // On its way in, out or back.
                None => assert!(fades(plan)),
                Some(c) if c.ghost != cable.ghost => assert!(fades(plan)),
                Some(_) if !fades(&before) => assert!(!fades(plan)),
                Some(_) => {}
            }
            faded += usize::from(fades(plan));
        }
        h.run(64 * (1 + below(8) as usize));
    }
    assert!(kept > 1000 && came > 100 && faded > 100, "{kept} {came} {faded}");
}

#[test]
fn a_loop_is_one_frame_long() {
    // y[n] = x[n] + 0.5 y[n-1], fed with a constant: goes to 2 in a geometric series.
    let p = Patch::default()
        .node("x", Node::new("sine").with("freq", 0.0))
        .node("g", Node::new("gain").with("gain", 0.5))
        .node("sum", Node::new("gain"))
        .node("src", Node::new("square").with("freq", 10.0))
        .node("out", Node::new("output"))
        .cable("sum", "src")
        .cable("sum", "g")
        .cable("g", "sum")
        .cable("out", "sum");
    let one = |block: usize| {
        let mut h = Host::new(block);
        h.main(&p);
        h.run(512)
    };
    let y = one(64);
    assert_eq!(one(16), y);
    assert_eq!(one(512), y);
    let mut h = Host::new(64);
    h.main(
        &Patch::default()
            .node("src", Node::new("square").with("freq", 10.0))
            .node("out", Node::new("output"))
            .cable("out", "src"),
    );
    let x = h.run(512);
    let mut last = 0.0f32;
    for (n, (x, y)) in x.iter().zip(&y).enumerate() {
        last = x + 0.5 * last;
        assert!((last - y).abs() < 1e-5, "frame {n}: {last} {y}");
    }
}

#[test]
fn transport_moves_land_on_their_frame() {
    let mut h = Host::new(64);
    h.main(&filtered());
    h.controller.transport(Move::Play, When::Frame(100)).unwrap();
    h.run(64 * 4);
    let s = h.controller.shared().status();
    assert!((s.beat - (256.0 - 100.0) / 24_000.0).abs() < 1e-9, "{}", s.beat);
    let _ = at("out");
}

/// A steady param that waits for a late parallel path hears the signal that many frames ago, whatever the wait.
#[test]
fn a_steady_param_waits_like_sound() {
    // The second LFO shows its own phase; its other input comes late by the frames of an oversampled shaper.
    let patch = |late: bool| {
        let p = Patch::default()
            .node("sweep", Node::new("lfo").with("rate", 3.0).with("shape", "ramp"))
            .node("show", Node::new("lfo").with("rate", 0.01).with("shape", "ramp"))
            .node("still", Node::new("constant").with("value", 0.0))
            .node("bend", Node::new("shaper"))
            .node("out", Node::new("output"))
            .cable("show.phase", "sweep")
            .cable("show.reset", if late { "bend" } else { "still" })
            .cable("bend", "still")
            .cable("out", "show");
        Set { main: p, ..Set::default() }
    };
    for block in [16, 64, 256] {
        let render = |late| {
            let mut h = Host::new(block);
            h.load(&patch(late));
            h.run(24_000)
        };
        let (late, now) = (render(true), render(false));
        for f in (9_008..15_000).step_by(16) {
            // What is shown is up to 16 frames old, in which the wave climbs by 4e-3.
            assert!(
                (late[f] - now[f - 35]).abs() < 4.2e-3,
                "block {block}, frame {f}: {} for {}",
                late[f],
                now[f - 35]
            );
        }
        assert!(late[9_008..15_000].windows(17).any(|w| w[16] > w[0]), "it moves");
    }
}

/// A number sent after a plan is for that plan, however many blocks its slots take to arrive.
#[test]
fn what_is_sent_after_a_plan_waits_until_it_is_in() {
    let mut p = Patch::default().node("a", Node::new("constant").with("value", 0.125)).node("out", Node::new("output"));
    p = p.cable("out", "a");
    let mut h = Host::new(64);
    h.main(&p);
    h.run(640);
    for i in 0..300 {
        p = p.node(&format!("n{i}"), Node::new("constant"));
    }
    p = p.node("b", Node::new("constant").with("value", 0.25)).cable("out", "b");
    h.main(&p);
    assert!(h.controller.set_number("b", "value", 0.5));
    let x = h.run(9_600);
    assert_eq!(x[9_599], 0.625);
}

/// What the device records is heard a block later, frame by frame, whatever the length of its buffers.
#[test]
fn recorded_sound_keeps_its_frames_in_buffers_of_any_length() {
    let p = Patch::default().node("mic", Node::new("input")).node("out", Node::new("output")).cable("out", "mic");
    for buffer in [16, 64, 441, 512] {
        let mut h = Host::new(64);
        h.main(&p);
        h.engine.prime();
        let wave = |i: usize| ((i % 1000) as f32 + 1.0) / 1000.0;
        let mut heard = Vec::new();
        for from in (0..4_410).step_by(buffer) {
            let input: Vec<f32> = (from..from + buffer).flat_map(|i| [wave(i), -wave(i)]).collect();
            let mut output = vec![0.0; buffer * 2];
            h.engine.process_with(&mut output, 2, &input, 2);
            heard.extend(output.chunks(2).map(|f| (f[0], f[1])));
        }
        for (i, x) in heard[64..4_400].iter().enumerate() {
            assert_eq!(*x, (wave(i), -wave(i)), "frame {i}, buffers of {buffer}");
        }
    }
}

/// Events that go round a loop arrive a frame later, across the ends of blocks too.
#[test]
fn events_round_a_loop_are_the_same_at_any_block() {
    let patch = Patch::default()
        .node("beat", Node::new("steps").with("steps", "xxxxxxxxxxxxxxxx").with("rate", "1/64"))
        .node("up", Node::new("transpose").with("semitones", 1.0))
        .node("dice", Node::new("probability").with("chance", 0.97))
        .node("keys", Node::new("cv"))
        .node("osc", Node::new("sine"))
        .node("out", Node::new("output"))
        .cable("up", "beat")
        .cable("up", "dice")
        .cable("dice", "up")
        .cable("keys", "up")
        .cable("osc.freq", "keys.freq")
        .cable("out", "osc");
    let render = |block| {
        let mut h = Host::new(block);
        h.main(&patch);
        h.controller.transport(Move::Play, When::Now);
        h.run(48_000)
    };
    let first = render(64);
    assert!(step(&first) > 0.0);
    for block in [16, 512, 1024] {
        let other = render(block);
        let differs = first.iter().zip(&other).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(differs, None, "at block {block}");
    }
}

/// A path that nobody edited goes over to its new wait without a step, however long that is.
#[test]
fn a_changed_wait_crosses_over() {
    let patch = |late: u32| {
        let p = Patch::default()
            .node("tone", Node::new("sine").with("freq", 100.0))
            .node("other", Node::new("sine").with("freq", 70.0))
            .node("bend", Node::new("shaper").with("oversample", 2.0).with("mix", 0.0))
            .node("limit", Node::new("limiter"))
            .node("sum", Node::new("gain").with("gain", 0.5))
            .node("out", Node::new("output"))
            .cable("sum", "tone")
            .cable("bend", "other")
            .cable("limit", "other")
            .cable("out", "sum");
        match late {
            0 => p.cable("sum", "other"),
            1 => p.cable("sum", "bend"),
            _ => p.cable("sum", "limit"),
        }
    };
    let mut h = Host::new(64);
    h.main(&patch(0));
    let mut heard = h.run(4_800);
    for late in [1, 2, 0, 2, 1, 0, 1] {
        h.main(&patch(late));
        heard.extend(h.run(4_800));
    }
    // Two sines of amplitude 1/2, their fades of 240 frames, and the crossing of two taps up to a period apart.
    let most = 0.5 * core::f32::consts::TAU * 170.0 / 48_000.0 + 2.5 / 240.0;
    assert!(step(&heard) < most, "{} over {most}", step(&heard));
    assert!(peak(&heard[30_000..]) > 0.9);
}

/// Another amount is reached over a fade; so is the way from a replaced number to a moved one.
#[test]
fn a_changed_amount_glides() {
    let patch = |amount: Option<f64>, depth: Option<f64>| {
        let p = Patch::default()
            .node("tone", Node::new("constant").with("value", 0.5))
            .node("by", Node::new("constant").with("value", 0.8))
            .node("amp", Node::new("gain").with("gain", 0.1))
            .node("out", Node::new("output"))
            .cable("out", "amp");
        let p = if let Some(amount) = amount { p.amount("amp", "tone", amount) } else { p.cable("amp", "tone") };
        if let Some(depth) = depth { p.amount("amp.gain", "by", depth) } else { p.cable("amp.gain", "by") }
    };
    let mut h = Host::new(64);
    h.main(&patch(None, None));
    let mut heard = h.run(960);
    for (amount, depth) in
        [(Some(0.2), None), (Some(0.9), None), (Some(0.9), Some(0.5)), (None, Some(0.1)), (None, None)]
    {
        h.main(&patch(amount, depth));
        heard.extend(h.run(960));
        let want = 0.5 * amount.unwrap_or(1.0) * depth.map_or(0.8, |d| 0.1 + 0.8 * d);
        let last = f64::from(heard[heard.len() - 1]);
        assert!((last - want).abs() < 1e-6, "{last} for {want}");
    }
    // The greatest change is of 0.4 in 240 frames.
    assert!(step(&heard) < 0.5 / 240.0, "{}", step(&heard));
}

#[test]
fn closing_a_loop_leaves_what_sounds_as_it_is() {
    // By name the cable from `f` to `g` would be the delayed one, and its first frame silence.
    let patch = |looped: bool| {
        let p = Patch::default()
            .node("a", Node::new("sine").with("freq", 100.0))
            .node("f", Node::new("gain"))
            .node("g", Node::new("gain"))
            .node("out", Node::new("output"))
            .cable("f", "a")
            .cable("g", "f")
            .cable("out", "g");
        if looped { p.amount("f", "g", 0.1) } else { p }
    };
    let mut h = Host::new(64);
    h.main(&patch(false));
    let mut heard = h.run(640);
    for i in 0..12 {
        h.main(&patch(i % 2 == 0));
        heard.extend(h.run(64 * (1 + i % 5)));
    }
    h.main(&patch(true));
    heard.extend(h.run(4096));
    // 2π·100/48,000 times the gain of the loop, and a tenth of the peak that fades in over 240 frames.
    assert!(step(&heard) < 0.0131 * 1.12 + 0.13 / 240.0 + 1e-3, "{}", step(&heard));
    assert!(peak(&heard[heard.len() - 1000..]) > 1.1, "the loop is closed");
}

#[test]
fn one_of_two_ways_between_the_same_ends_fades_alone() {
    // Two inputs of an instance lead to one place inside: two cables between the same two ends.
    let inner = Patch {
        inputs: vec![("left".into(), vec![at("sum")]), ("right".into(), vec![at("sum")])],
        outputs: vec![("out".into(), at("sum"))],
        ..Patch::default().node("sum", Node::new("gain"))
    };
    let set = |both: bool| {
        let p = Patch::default()
            .node("a", Node::new("sine").with("freq", 100.0))
            .node("pair", Node::new("patch").with("file", "pair.toml"))
            .node("out", Node::new("output"))
            .cable("pair.left", "a")
            .cable("out", "pair");
        let main = if both { p.cable("pair.right", "a") } else { p };
        Set { main, files: [("pair.toml".to_owned(), inner.clone())].into() }
    };
    let mut h = Host::new(64);
    h.load(&set(true));
    let mut heard = h.run(1920);
    assert!(peak(&heard) > 1.99, "{}", peak(&heard));
    h.load(&set(false));
    heard.extend(h.run(1920));
    // Two sines of 2π·100/48,000, one of which fades over 240 frames.
    assert!(step(&heard) < 2.0 * 0.0131 + 1.0 / 240.0 + 1e-3, "{}", step(&heard));
    let after = peak(&heard[2880..]);
    assert!((0.99..1.01).contains(&after), "{after}");
}

#[test]
fn a_plan_takes_over_at_its_beat_whatever_the_size_of_a_block() {
    let tone = |freq: f64| {
        Patch::default()
            .node("tone", Node::new("sine").with("freq", freq))
            .node("beat", Node::new("steps").with("steps", "xx-x").with("rate", "1/32"))
            .node("hit", Node::new("kick"))
            .node("out", Node::new("output"))
            .cable("hit", "beat")
            .cable("out", "tone")
            .cable("out", "hit")
    };
    let play = |block: usize| {
        let mut h = Host::new(block);
        h.main(&tone(200.0));
        h.controller.transport(Move::Tempo(bf_pattern::Tempo::from_bpm(120.0)), When::Now);
        h.controller.transport(Move::Play, When::Frame(0));
        let mut out = h.run(1024);
        let other = tone(200.0).node("more", Node::new("saw").with("freq", 111.0)).cable("out", "more");
        let set = Set { main: other, ..Set::default() };
        let Loaded::Sent(plan) = h.controller.load_at(&set, &|_| 0, Some(bf_pattern::Ratio::new(1, 3))).unwrap() else {
            panic!("it is sent");
        };
        out.extend(h.run(2048));
        let told = |n: &Notice| matches!(n, Notice::Receipt(r) if r.id == plan);
        let waited = !h.controller.collect().iter().any(told);
        out.extend(h.run(9216));
        (out, waited)
    };
    let (want, waited) = play(64);
    assert!(waited, "the plan waits");
    let without = {
        let mut h = Host::new(64);
        h.main(&tone(200.0));
        h.controller.transport(Move::Tempo(bf_pattern::Tempo::from_bpm(120.0)), When::Now);
        h.controller.transport(Move::Play, When::Frame(0));
        h.run(want.len())
    };
    let first = want.iter().zip(&without).position(|(a, b)| a != b).unwrap();
    // A third of a beat is frame 8,000, the grid begins a piece there.
    assert!((8_000..8_006).contains(&first), "{first}");
    for block in [16, 512, 1024] {
        assert_eq!(play(block).0, want, "block {block}");
    }
}

/// However many numbers of a node are changed at once, each glides.
#[test]
fn all_numbers_of_a_node_glide_at_once() {
    let patch = |by: f64| {
        let strip = Node::new("strip").with("compress", true).with("gain", -by).with("makeup", 2000.0 * by);
        let small =
            [("pan", 0.0), ("low", 0.0), ("mid", 0.0), ("mid_freq", 1000.0), ("high", 0.0), ("threshold", -1.0)];
        let more = [("ratio", 3.0), ("attack", 0.01), ("release", 0.12), ("send1_level", 0.0), ("send2_level", 0.0)];
        let strip = small.iter().chain(&more).fold(strip, |strip, (name, from)| strip.with(name, from + by));
        Patch::default()
            .node("tone", Node::new("constant").with("value", 0.05))
            .node("strip", strip)
            .node("out", Node::new("output"))
            .cable("strip", "tone")
            .cable("out", "strip")
    };
    let mut h = Host::new(64);
    h.main(&patch(0.0));
    let before = h.run(4_800);
    h.main(&patch(0.01));
    let after = h.run(9_600);
    let (from, to) = (before[4_799], after[9_599]);
    assert!(to > from * 9.0, "{from} to {to}");
    // Twenty decibels in 240 frames: never more than a few times the mean.
    assert!(step(&after) < (to - from) / 240.0 * 4.0, "{} on the way from {from} to {to}", step(&after));
}

/// A new node gets the number of one that has just left: what is sent to it is its own.
#[test]
fn what_is_sent_to_a_new_node_in_the_place_of_an_old_one_arrives() {
    let patch = |name: &str| {
        let p = Patch::default()
            .node("still", Node::new("constant"))
            .node("out", Node::new("output"))
            .cable("out", "still");
        if name.is_empty() { p } else { p.node(name, Node::new("pluck")).cable("out", name) }
    };
    // Its ghost rings for a while, and leaves with the next plan; what comes with the one after that takes its place.
    for blocks in 0..3 {
        let mut h = Host::new(64);
        h.main(&patch("old"));
        h.run(4_800);
        h.main(&patch(""));
        h.run(48_000);
        h.controller.collect();
        h.main(&patch(""));
        h.run(64 * blocks);
        h.main(&patch("new"));
        let note =
            bf_node::Note { id: bf_node::NoteId(7), pitch: 60.0, velocity: 1.0, controls: bf_node::Controls::NONE };
        let at = When::Frame(h.engine.frame() + 3_000);
        h.controller.event("new", None, bf_node::EventBody::NoteOn(note), at).unwrap();
        let x = h.run(9_600);
        assert!(common::peak(&x[3_000..]) > 0.05, "after {blocks} blocks");
    }
}
