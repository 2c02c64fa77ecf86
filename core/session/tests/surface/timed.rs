//! Time tags land on their frames.

use crate::control::SET;
use crate::desk::{Desk, RATE, bundle, near, tag};
use bf_io::osc::Argument;
use bf_node::Value;

const GATE: &str = "beatforge = 1\n[nodes]\nline = { type = \"cv\" }\nout = { type = \"output\" }\n[cables]\n\"out\" = \
                    \"line.gate\"\n";

fn f(value: f32) -> [Argument<'static>; 1] {
    [Argument::Float(value)]
}

/// Where the sound leaves what it was, and where it comes back.
fn edges(sound: &[f32]) -> Vec<usize> {
    (1..sound.len()).filter(|n| (sound[*n] > 0.25) != (sound[n - 1] > 0.25)).collect()
}

/// The next numbers of a simple generator, from 0 to 1.
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[test]
fn a_tagged_value_glides_from_its_frame_on_and_the_set_follows() {
    for ahead_ms in [20_u64, 100, 700] {
        let mut desk = Desk::new(&[("set.toml", SET)]);
        desk.blocks(100);
        let due = desk.stand.engine.frame() as usize + ahead_ms as usize * 48;
        desk.packet(near(), &bundle(tag(desk.now_ns + ahead_ms * 1_000_000), &[("/bf/node/level/value", &f(0.25))]));
        assert_eq!(desk.hand("level.value"), None);
        desk.secs(ahead_ms as f64 / 1000.0 + 0.1);
        let first = desk.sound.iter().position(|x| *x != 0.5).unwrap();
        // At its first frame a glide is where it begins.
        assert_eq!(first, due + 1, "{ahead_ms} ms");
        assert_eq!(desk.hand("level.value"), Some(Value::Number(0.25)));
        assert_eq!(desk.sound.last(), Some(&0.25));
        assert_eq!((desk.console.counts().late, desk.console.counts().waiting), (0, 0));
    }
}

#[test]
fn a_tagged_bundle_is_one_instant_whatever_else_is_edited() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    desk.blocks(100);
    let both = [("/bf/node/level/value", &f(0.125)[..]), ("/bf/node/other/value", &f(0.375)[..])];
    desk.packet(near(), &bundle(tag(desk.now_ns + 60_000_000), &both));
    // Plans that come in between do not bring it forward.
    for n in 0..30 {
        desk.send(
            near(),
            "/bf/edit/layout",
            &[Argument::Str("level"), Argument::ArrayStart, Argument::Int(8 * n), Argument::Int(8), Argument::ArrayEnd],
        );
        desk.send(near(), "/bf/node/chan/solo", &[Argument::Bool(n % 2 == 0)]);
        desk.blocks(2);
    }
    desk.secs(0.1);
    assert_eq!(desk.errors(), Vec::<String>::new());
    assert!(desk.sound.iter().all(|x| (x - 0.5).abs() < 1e-6));
    assert_eq!((desk.hand("level.value"), desk.hand("other.value")), (Some(0.125.into()), Some(0.375.into())));
}

#[test]
fn notes_begin_and_end_on_their_frames() {
    let mut desk = Desk::new(&[("set.toml", GATE)]);
    desk.blocks(100);
    let at = desk.stand.engine.frame() as usize;
    let note = [Argument::Float(60.0), Argument::Float(0.9), Argument::Float(0.05)];
    desk.packet(near(), &bundle(tag(desk.now_ns + 50_000_000), &[("/bf/node/line/note", &note)]));
    // Held until it is let go, both by tags.
    let held = [Argument::Int(64), Argument::Float(1.0)];
    desk.packet(near(), &bundle(tag(desk.now_ns + 300_000_000), &[("/bf/node/line/note", &held)]));
    desk.packet(near(), &bundle(tag(desk.now_ns + 400_000_000), &[("/bf/node/line/note_off", &[Argument::Int(64)])]));
    desk.secs(0.5);
    assert_eq!(edges(&desk.sound), [at + 2_400, at + 4_800, at + 14_400, at + 19_200]);
    // At once: within the next blocks; velocity 0 ends it.
    let at = desk.sound.len();
    desk.send(near(), "/bf/node/line/note", &[Argument::Int(60), Argument::Float(1.0)]);
    desk.blocks(4);
    desk.send(near(), "/bf/node/line/note", &[Argument::Int(60), Argument::Float(0.0)]);
    desk.blocks(4);
    assert_eq!(edges(&desk.sound[at..]).len(), 1);
    assert!(desk.sound[at] > 0.25 && desk.sound.last() < Some(&0.25));
    assert_eq!(desk.errors(), Vec::<String>::new());
}

#[test]
fn late_comes_at_once_and_is_counted() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    desk.blocks(100);
    desk.packet(near(), &bundle(tag(desk.now_ns - 30_000_000), &[("/bf/node/level/value", &f(0.25))]));
    desk.blocks(2);
    assert_eq!(desk.hand("level.value"), Some(Value::Number(0.25)));
    assert_eq!(desk.console.counts().late, 1);
}

#[test]
fn the_far_future_is_bounded_and_withdrawn_on_stop() {
    let mut desk = Desk::new(&[("set.toml", GATE)]);
    desk.blocks(100);
    let note = [Argument::Float(60.0), Argument::Float(0.9), Argument::Float(0.5)];
    // One is with the engine already when it stops.
    desk.packet(near(), &bundle(tag(desk.now_ns + 60_000_000), &[("/bf/node/line/note", &note)]));
    desk.blocks(1);
    let count = 6_000;
    for n in 0..count {
        let at = tag(desk.now_ns + 3_600_000_000_000 + n);
        desk.packet(near(), &bundle(at, &[("/bf/node/line/note", &note)]));
    }
    let counts = desk.console.counts();
    assert_eq!(counts.waiting + counts.shed, count);
    assert!(counts.shed > 1_000 && counts.waiting > 4_000, "{counts:?}");
    desk.blocks(4);
    desk.send(near(), "/bf/transport/stop", &[]);
    desk.secs(0.2);
    assert_eq!(desk.console.counts().waiting, 0);
    assert!(desk.console.counts().withdrawn > 4_000);
    assert_eq!(edges(&desk.sound), Vec::<usize>::new());
    // There is room again.
    desk.packet(near(), &bundle(tag(desk.now_ns + 60_000_000), &[("/bf/node/line/note", &note)]));
    desk.secs(0.1);
    assert_eq!(edges(&desk.sound).len(), 1);
}

/// Frames of 200 clicks that are sent 50 ms apart, after the clock has settled.
fn clicks(ppm: f64, ahead_ms: f64, network: &mut dyn FnMut() -> f64) -> Vec<usize> {
    let mut desk = Desk::new(&[("set.toml", GATE)]);
    desk.ppm = ppm;
    let mut jitter = random(7);
    desk.jitter = Box::new(move || ((jitter() * 2.0 - 1.0) * 1e6) as i64);
    desk.secs(30.0);
    let begin = desk.now_ns + 500_000_000;
    let note = [Argument::Float(60.0), Argument::Float(0.9), Argument::Float(0.01)];
    let mut sends: Vec<(u64, u64)> = (0..200)
        .map(|n| {
            let due = begin + n * 50_000_000;
            (due - (ahead_ms * 1e6) as u64 + (network() * 1e6) as u64, due)
        })
        .collect();
    sends.sort_unstable();
    for (at, due) in sends {
        while desk.now_ns < at {
            desk.blocks(1);
        }
        desk.packet(near(), &bundle(tag(due), &[("/bf/node/line/note", &note)]));
    }
    desk.secs(1.0);
    assert_eq!(desk.console.counts().late, 0);
    edges(&desk.sound).chunks(2).map(|edge| edge[0]).collect()
}

#[test]
fn clicks_keep_their_intervals_through_drift_and_jitter() {
    for ppm in [100.0, -100.0] {
        let mut network = random(3);
        let heard = clicks(ppm, 300.0, &mut || network() * 100.0);
        assert_eq!(heard.len(), 200);
        let interval = 0.05 * RATE * (1.0 + ppm * 1e-6);
        let off = heard.windows(2).map(|w| ((w[1] - w[0]) as f64 - interval).abs()).fold(0.0, f64::max);
        println!("{ppm:+} ppm, callbacks off by up to 1 ms: intervals within {off:.2} frames");
        assert!(off <= 2.0, "{ppm}: {off}");
        // The network's jitter stays below what the tags are ahead: it is not heard.
        assert!(ppm < 0.0 || heard == clicks(ppm, 300.0, &mut || 0.0));
    }
}
