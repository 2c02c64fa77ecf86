//! The sampler on the bench.

use super::player::SPEC;
use bf_media::{Decoded, build_sample};
use bf_node::rig::{Bench, Rig};
use bf_node::sample::GUARD;
use bf_node::{Adopt, ControlKey, Controls, EventBody, Note, NoteId, Sample, SampleSource, Status, Value};
use std::sync::Arc;

const RATE: f64 = 48_000.0;

struct Shelf(Arc<Sample>);

impl SampleSource for Shelf {
    fn sample(&self, path: &str) -> Option<Arc<Sample>> {
        (path == "x.wav").then(|| Arc::clone(&self.0))
    }
}

fn shelf(channels: usize, frames: usize, f: impl Fn(usize, usize) -> f64) -> Shelf {
    let data = (0..frames).flat_map(|i| (0..channels).map(move |c| (i, c))).map(|(i, c)| f(i, c) as f32).collect();
    let sound = Decoded { path: "x.wav".into(), sample_rate: 48_000, channels, data, warnings: Vec::new() };
    Shelf(Arc::new(build_sample(&sound, 48_000).expect("builds")))
}

fn tone(hz: f64) -> impl Fn(usize, usize) -> f64 {
    move |i, _| (core::f64::consts::TAU * hz * i as f64 / RATE).sin()
}

/// Stereo noise that differs on both sides.
fn noise(frames: usize) -> Shelf {
    shelf(2, frames, |i, c| {
        let x = ((2 * i + c) as u32).wrapping_mul(2_654_435_761);
        let x = (x ^ x >> 15).wrapping_mul(2_246_822_519);
        f64::from((x ^ x >> 13) as i32) / 2_147_483_648.0
    })
}

type Values = Vec<(&'static str, Value)>;

fn bench(shelf: &Shelf, values: Values) -> Bench<'_> {
    let mut all: Values = vec![("file", Value::from("x.wav"))];
    all.extend(values);
    Bench { values: all, samples: shelf, ..Bench::default() }
}

fn rig(shelf: &Shelf, values: Values) -> Rig {
    Rig::new(&SPEC, &bench(shelf, values)).expect("makes")
}

fn on(id: u64, pitch: f32) -> EventBody {
    EventBody::NoteOn(Note { id: NoteId(id), pitch, velocity: 1.0, controls: Controls::NONE })
}

fn off(id: u64) -> EventBody {
    EventBody::NoteOff { id: NoteId(id) }
}

const HIT: EventBody = EventBody::Trigger { value: 1.0 };

fn number(x: f64) -> Value {
    Value::Number(x)
}

fn db(x: f64) -> f64 {
    20.0 * x.max(1e-12).log10()
}

/// The amplitude of a tone in a signal whose window is Hann's.
fn amplitude(x: &[f32], hz: f64) -> f64 {
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    for (i, v) in x.iter().enumerate() {
        let window = 0.5 - 0.5 * (core::f64::consts::TAU * (i as f64 + 0.5) / x.len() as f64).cos();
        let w = core::f64::consts::TAU * hz * i as f64 / RATE;
        re += window * f64::from(*v) * w.cos();
        im += window * f64::from(*v) * w.sin();
        sum += window;
    }
    2.0 * re.hypot(im) / sum
}

/// What is left of a signal when a tone is taken out, as the power of a tone of this amplitude.
fn residue(x: &[f32], hz: f64) -> f64 {
    let (n, w) = (x.len() as f64, core::f64::consts::TAU * hz / RATE);
    let dot = |f: &dyn Fn(f64) -> f64| {
        x.iter().enumerate().map(|(i, v)| f64::from(*v) * f(w * i as f64)).sum::<f64>() * 2.0 / n
    };
    let (a, b) = (dot(&f64::cos), dot(&f64::sin));
    let left = |(i, v): (usize, &f32)| (f64::from(*v) - a * (w * i as f64).cos() - b * (w * i as f64).sin()).powi(2);
    (x.iter().enumerate().map(left).sum::<f64>() / n * 2.0).sqrt()
}

#[test]
fn at_its_own_pitch_a_file_plays_bit_for_bit_on_the_frame() {
    for channels in [1, 2] {
        let s = shelf(channels, 500, |i, c| ((i * 7 + c * 3) as f64 * 0.37).sin());
        let mut rig = rig(&s, vec![]);
        rig.event(13, "notes", HIT);
        let out = rig.run(700);
        for (side, out) in out.iter().enumerate() {
            let plays = &s.0.levels[0].data[8 * channels..][side.min(channels - 1)..];
            assert!(out[..13].iter().chain(&out[513..]).all(|x| *x == 0.0));
            assert!(out[13..513].iter().zip(plays.iter().step_by(channels)).all(|(a, b)| a == b));
        }
        assert_eq!(rig.status, Status::Idle);
    }
}

#[test]
fn notes_transpose() {
    let s = shelf(1, 96_000, tone(440.0));
    for (pitch, root, hz) in [(72.0, 60.0, 880.0), (48.0, 60.0, 220.0), (67.0, 60.0, 659.255_1), (60.0, 48.0, 880.0)] {
        let mut rig = rig(&s, vec![("root", number(root))]);
        rig.event(0, "notes", on(1, pitch));
        let x = rig.run_output("out", 1, 0, 20_000);
        assert!(db(amplitude(&x[1000..], hz)).abs() < 0.05, "{pitch}: {}", db(amplitude(&x[1000..], hz)));
        assert!(db(residue(&x[1000..], hz)) < -60.0, "{pitch}: {}", db(residue(&x[1000..], hz)));
    }
}

/// What a cubic (4-point Hermite) through the frames of a tone leaves beside it at a speed, as [`residue`].
fn hermite(hz: f64, speed: f64, frames: usize) -> f64 {
    let at = |i: f64| (core::f64::consts::TAU * hz * i / RATE).sin();
    let read = |n: usize| {
        let pos = 1_000.0 + n as f64 * speed;
        let (i, f) = (pos.floor(), pos.fract());
        let [a, b, c, d] = [at(i - 1.0), at(i), at(i + 1.0), at(i + 2.0)];
        let (m, n) = ((c - a) / 2.0, (d - b) / 2.0);
        let square = 3.0 * (c - b) - 2.0 * m - n;
        (b + f * (m + f * (square + f * (2.0 * (b - c) + m + n)))) as f32
    };
    let out: Vec<f32> = (0..frames).map(read).collect();
    residue(&out, hz * speed)
}

#[test]
fn pitched_up_it_is_no_worse_than_a_cubic_through_the_file_itself() {
    let tones = [(9_000.0, 2.1), (8_000.0, 2.1), (7_000.0, 2.05), (6_000.0, 2.5), (5_000.0, 1.5), (3_000.0, 2.5)];
    for (hz, speed) in tones.into_iter().chain([(5_000.0, 3.1), (4_000.0, 3.9), (2_000.0, 7.0), (1_000.0, 7.9)]) {
        let s = shelf(2, 192_000, tone(hz));
        let mut rig = rig(&s, vec![("rate", number(speed))]);
        rig.event(0, "notes", HIT);
        let out = rig.run(12_000);
        let (left, bare) = (residue(&out[0][2_000..10_192], hz * speed), hermite(hz, speed, 8_192));
        // From 5.3 times on the copies have fewer frames.
        let most = if speed < 5.0 { db(bare).max(-90.0) + 0.5 } else { -50.0 };
        assert!(db(left) < most, "{hz} Hz at {speed}: {} dB, a cubic {} dB", db(left), db(bare));
        let level = db(amplitude(&out[0][2_000..10_192], hz * speed));
        assert!(level > -1.5, "{hz} Hz at {speed}: {level} dB");
    }
}

#[test]
fn high_pitches_do_not_alias() {
    // A tone of 15 kHz at twice its pitch and more would lie above the band: nothing may be left of it.
    let s = shelf(2, 96_000, tone(15_000.0));
    for rate in [1.7, 2.0, 2.6, 3.0, 4.0, 5.3, 8.0] {
        let mut rig = rig(&s, vec![("rate", number(rate))]);
        rig.event(0, "notes", HIT);
        let x = rig.run_output("out", 0, 0, (90_000.0 / rate) as usize);
        let peak = x[1000..].iter().fold(0f32, |m, v| m.max(v.abs()));
        assert!(db(f64::from(peak)) < -80.0, "rate {rate}: {} dB", db(f64::from(peak)));
    }
    // Tones that stay in the band keep their level, and what the cubic adds is low.
    for (hz, rate, spurious) in
        [(1000.0, 4.0, -80.0), (1000.0, 3.9, -50.0), (2000.0, 2.1, -50.0), (440.0, 1.43, -70.0), (5000.0, 0.7, -40.0)]
    {
        let s = shelf(1, 96_000, tone(hz));
        let mut rig = rig(&s, vec![("rate", number(rate))]);
        rig.event(0, "notes", HIT);
        let x = rig.run_output("out", 0, 0, 20_000);
        let (level, rest) = (db(amplitude(&x[1000..], hz * rate)), db(residue(&x[1000..], hz * rate)));
        assert!(level.abs() < 0.3 && rest < spurious, "{hz} Hz at {rate}: {level} dB, residue {rest} dB");
    }
}

#[test]
fn the_sinc_is_clean_where_the_cubic_is_not() {
    for (hz, rate, cubic, sinc) in
        [(5000.0, 0.7, -40.0, -60.0), (10_000.0, 0.9, -15.0, -60.0), (3000.0, 3.3, -20.0, -60.0)]
    {
        let s = shelf(2, 48_000, tone(hz));
        let rest = |quality: &str| {
            let mut rig = rig(&s, vec![("rate", number(rate)), ("quality", quality.into())]);
            rig.event(0, "notes", HIT);
            let x = rig.run_output("out", 1, 0, 13_000);
            assert!(db(amplitude(&x[1000..], hz * rate)) > -0.8, "{hz} Hz at {rate}, {quality}");
            db(residue(&x[1000..], hz * rate))
        };
        let (a, b) = (rest("cubic"), rest("sinc"));
        assert!(a < cubic && b < sinc, "{hz} Hz at {rate}: cubic {a} dB, sinc {b} dB");
    }
}

#[test]
fn a_loop_of_whole_cycles_has_no_seam() {
    // 4,000 frames hold 110 periods; the loop has 10.
    let hz = 110.0 * RATE / 4000.0;
    let s = shelf(1, 4000, tone(hz));
    for (rate, reverse, tolerance) in
        [(1.0, false, -90.0), (1.0, true, -90.0), (0.77, false, -60.0), (2.0, false, -60.0), (3.3, true, -25.0)]
    {
        let parts = [("loop_start", 400.0), ("loop_end", 800.0)].map(|(n, f)| (n, number(f / 4000.0 + 0.45)));
        let mut values: Values = vec![("looped", true.into()), ("reverse", reverse.into()), ("rate", number(rate))];
        values.extend(parts);
        for fade in [0.0, 0.002] {
            let mut values = values.clone();
            values.push(("loop_fade", number(fade)));
            let mut rig = rig(&s, values);
            rig.event(0, "notes", HIT);
            let x = rig.run_output("out", 0, 0, 30_000);
            let rest = db(residue(&x[6000..], hz * rate));
            // Neighbours across a seam between the frames of an octave copy are estimated; a fade reads what is there.
            let tolerance = if fade > 0.0 { f64::min(tolerance, -45.0) } else { tolerance };
            assert!(rest < tolerance, "rate {rate}, reverse {reverse}, fade {fade}: residue {rest} dB");
        }
    }
}

/// The steepest step of a signal.
fn steepest(x: &[f32]) -> f32 {
    x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn a_loop_that_fades_has_no_step_and_keeps_its_length() {
    // Loops of 0.1 s that fit no whole cycles of 310 Hz, at the start, in the midst and at the end of half a second.
    let s = shelf(1, 24_000, |i, c| 0.5 * tone(310.0)(i, c));
    let own = steepest(&s.0.levels[0].data[GUARD..][..24_000]);
    for (from, to) in [(0.0, 0.21), (0.3, 0.51), (0.79, 1.0)] {
        for reverse in [false, true] {
            let play = |fade: f64| {
                let parts = [("loop_start", from), ("loop_end", to), ("loop_fade", fade)].map(|(n, x)| (n, number(x)));
                let mut values: Values = vec![("looped", true.into()), ("reverse", reverse.into())];
                values.extend(parts);
                let mut rig = rig(&s, values);
                rig.event(0, "notes", HIT);
                rig.run_output("out", 0, 0, 96_000)
            };
            let (hard, soft) = (play(0.0), play(0.01));
            let place = format!("{from} to {to}, reverse {reverse}");
            assert!(steepest(&hard[100..]) > 4.0 * own, "{place}: {}", steepest(&hard[100..]));
            assert!(steepest(&soft[100..]) < 2.0 * own, "{place}: {} of {own}", steepest(&soft[100..]));
            let length = 5040;
            let (a, b) = (&soft[60_000..60_000 + length], &soft[60_000 + length..60_000 + 2 * length]);
            assert_eq!(a, b, "{place}");
        }
    }
}

#[test]
fn marked_slices_play_by_note() {
    let mut s = shelf(1, 8000, |i, _| {
        if i < 1000 {
            0.1
        } else if i < 5000 {
            0.2
        } else {
            0.3
        }
    });
    Arc::get_mut(&mut s.0).expect("is alone").slices = vec![0, 1000, 5000];
    let mut rig = rig(&s, vec![("marks", true.into()), ("slices", number(16.0)), ("choke", true.into())]);
    for (i, pitch) in [60.0, 61.0, 62.0, 63.0].into_iter().enumerate() {
        rig.event(i as u64 * 5000, "notes", on(i as u64, pitch));
    }
    let x = rig.run_output("out", 0, 0, 20_000);
    assert_eq!([x[500], x[5500], x[8800], x[10_500], x[15_500]], [0.1, 0.2, 0.2, 0.3, 0.1]);
    assert_eq!([x[1001], x[9001], x[13_001], x[16_001]], [0.0; 4]);
}

#[test]
fn loops_keep_their_length_for_ever() {
    let s = noise(3000);
    let parts =
        [("start", 0.2), ("loop_start", 0.5), ("loop_end", 0.6), ("loop_fade", 0.0)].map(|(n, x)| (n, number(x)));
    let mut values: Values = vec![("autoplay", true.into()), ("looped", true.into())];
    values.extend(parts);
    let mut rig = rig(&s, values);
    let x = rig.run_output("out", 1, 0, 300_000);
    let plays: Vec<f32> = s.0.levels[0].data[8 * 2 + 1..].iter().step_by(2).copied().collect();
    for (i, v) in x.iter().enumerate() {
        let at = 600 + i;
        let at = if at < 1800 { at } else { 1500 + (at - 1500) % 300 };
        assert_eq!(*v, plays[at], "frame {i}");
    }
}

#[test]
fn backwards_is_the_file_from_its_end() {
    let s = noise(1000);
    let mut rig = rig(&s, vec![("reverse", true.into()), ("end", number(0.5))]);
    rig.event(0, "notes", HIT);
    let x = rig.run_output("out", 0, 0, 600);
    for (i, v) in x[..500].iter().enumerate() {
        assert_eq!(*v, s.0.levels[0].data[(8 + 499 - i) * 2]);
    }
    assert!(x[500..].iter().all(|v| *v == 0.0));
}

#[test]
fn slices_play_by_note_and_end_without_a_click() {
    let s = shelf(1, 8000, |i, _| 0.1 * (1 + i / 1000) as f64);
    let mut rig = rig(&s, vec![("slices", number(8.0))]);
    for (i, pitch) in [60.0, 63.0, 67.0, 68.0, 59.0].into_iter().enumerate() {
        rig.event(i as u64 * 2000, "notes", on(i as u64, pitch));
    }
    let x = rig.run_output("out", 0, 0, 10_000);
    for (i, slice) in [0, 3, 7, 0, 7].into_iter().enumerate() {
        let played = &x[i * 2000..][..2000];
        assert_eq!(played[500], 0.1 * (1 + slice) as f32, "note {i}");
        assert!(played[1001..].iter().all(|v| *v == 0.0));
        // The last slice ends where the file does, as recorded; the others fade over 2 ms.
        let steepest = played[600..1002].windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(slice == 7 || steepest < 0.02, "note {i}: {steepest}");
    }
}

#[test]
fn held_notes_are_let_go_and_one_shots_are_not() {
    let s = shelf(1, 48_000, |_, _| 1.0);
    let play = |one_shot: bool, looped: bool| {
        let release = ("release", number(0.1));
        let mut rig = rig(&s, vec![("one_shot", one_shot.into()), ("looped", looped.into()), release]);
        rig.event(0, "notes", on(1, 60.0));
        rig.event(4800, "notes", off(1));
        rig.run_output("out", 0, 0, 40_000)
    };
    let held = play(false, false);
    assert_eq!((held[4799], play(true, false)[30_000]), (1.0, 1.0));
    let quiet = held.iter().position(|x| *x < 0.001).expect("falls");
    assert!((9590..9610).contains(&quiet), "{quiet}");
    assert!(held[4800 + 8100..].iter().all(|x| *x == 0.0));
    assert_eq!(play(true, true)[30_000], 0.0);
    let mut attack = rig(&s, vec![("attack", number(0.1))]);
    attack.event(0, "notes", HIT);
    let x = attack.run_output("out", 0, 0, 6000);
    assert!((x[2400] - 0.5).abs() < 0.001 && x[0] == 0.0 && x[4900] == 1.0);
}

#[test]
fn the_quietest_makes_room_within_five_milliseconds() {
    let s = shelf(1, 48_000, |_, _| 1.0);
    let mut rig = rig(&s, vec![("voices", number(2.0))]);
    for (i, value) in [0.5, 0.25, 0.125, 0.125].into_iter().enumerate() {
        rig.event(i as u64 * 1000, "notes", EventBody::Trigger { value });
    }
    let x = rig.run_output("out", 0, 0, 5000);
    let at = [900, 1900, 2900, 3900].map(|i| x[i]);
    assert_eq!(at, [0.5, 0.75, 0.625, 0.625]);
    let steepest = x[2001..].windows(2).map(|w| w[0] - w[1]).fold(0.0, f32::max);
    assert!(steepest < 0.25 / 230.0, "{steepest}");
}

#[test]
fn a_choke_cuts_what_sounds_and_rolls_never_run_out() {
    let s = shelf(1, 48_000, |_, _| 0.1);
    let mut rig = rig(&s, vec![("choke", true.into())]);
    for i in 0..40 {
        rig.event(i * 11, "notes", HIT);
    }
    let x = rig.run_output("out", 0, 0, 2000);
    assert!(x.iter().all(|v| *v < 2.5));
    assert_eq!(x[1000], 0.1);
}

#[test]
fn autoplay_follows_its_switch() {
    let s = shelf(1, 4000, |i, _| 0.5 + i as f64 * 1e-4);
    let mut rig = rig(&s, vec![("autoplay", true.into())]);
    let x = rig.run_output("out", 0, 0, 6000);
    assert!(x[0] == 0.5 && x[4001..].iter().all(|v| *v == 0.0) && rig.status == Status::Idle);
    // It plays once; off and on again is from the start.
    rig.set("autoplay", 0.0);
    rig.run(64);
    rig.set("autoplay", 1.0);
    assert_eq!(rig.run_output("out", 0, 0, 100)[0], 0.5);
    rig.set("autoplay", 0.0);
    let x = rig.run_output("out", 0, 0, 6000);
    let steepest = x.windows(2).map(|w| (w[0] - w[1]).abs()).fold(0.0, f32::max);
    assert!(steepest < 0.01 && x[5999] == 0.0, "{steepest}");
    rig.set("autoplay", 1.0);
    rig.run(100);
    rig.reset(1);
    assert_eq!(rig.run_output("out", 0, 0, 100)[0], 0.5);
}

#[test]
fn notes_carry_their_own_controls() {
    let s = shelf(1, 4800, |i, _| i as f64 * 1e-4);
    let mut rig = rig(&s, vec![]);
    let keys = ["start", "end", "rate", "gain"].map(|k| rig.keys.key(k));
    let with = |rig: &mut Rig, at: u64, own: &[(ControlKey, f32)]| {
        let mut controls = Controls::NONE;
        own.iter().for_each(|(k, v)| assert!(controls.set(*k, *v)));
        rig.event(at, "notes", EventBody::NoteOn(Note { id: NoteId(at), pitch: 60.0, velocity: 1.0, controls }));
    };
    with(&mut rig, 0, &[(keys[0], 0.5), (keys[1], 0.75)]);
    with(&mut rig, 2000, &[(keys[2], 2.0), (keys[3], 0.5)]);
    rig.event(2100, "notes", EventBody::NoteControl { id: NoteId(2000), key: keys[2], value: 1.0 });
    let x = rig.run_output("out", 0, 0, 3000);
    assert!((x[100] - 0.25).abs() < 1e-6 && x[1201] == 0.0);
    assert!((x[2050] - 0.005).abs() < 1e-4 && (x[2150] - 0.0125).abs() < 1e-4, "{} {}", x[2050], x[2150]);
}

/// Everything at once: notes over each other, loops, driven rates across octave copies, releases.
fn busy(
    shelf: &Shelf,
    quality: &str,
    looped: bool,
    (block, cuts, lanes): (usize, Option<u64>, usize),
) -> Vec<Vec<f32>> {
    let values: Values = vec![
        ("quality", quality.into()),
        ("looped", looped.into()),
        ("loop_start", number(0.3)),
        ("loop_end", number(0.313)),
        ("start", number(0.1)),
        ("end", number(0.4)),
        ("one_shot", false.into()),
        ("voices", number(3.0)),
        ("attack", number(0.01)),
        ("autoplay", true.into()),
    ];
    let bench = Bench { block, random_cuts: cuts, lanes, ..bench(shelf, values) };
    let mut rig = Rig::new(&SPEC, &bench).expect("makes");
    for i in 0..24u64 {
        rig.event(i * 487, "notes", on(i, 48.0 + (i * 5 % 37) as f32));
        rig.event(i * 487 + 611, "notes", off(i));
    }
    let mut out = rig.run(4096);
    rig.drive("rate", |f, _| 1.4 + 0.3 * (f as f32 * 0.001).sin());
    rig.drive("reverse", |f, _| f32::from(u8::from(f % 3000 > 2000)));
    rig.drive("gain", |f, _| (f as f32 * 0.01).cos());
    for (all, more) in out.iter_mut().zip(rig.run(9000)) {
        all.extend(more);
    }
    out
}

#[test]
fn the_cut_of_a_block_changes_no_bit() {
    for (quality, looped) in [("cubic", false), ("cubic", true), ("sinc", true)] {
        for s in [noise(20_000), shelf(1, 20_000, tone(3000.0))] {
            let whole = busy(&s, quality, looped, (256, None, 1));
            assert!(whole[0].iter().any(|x| x.abs() > 0.1));
            for (block, cuts) in [(64, None), (16, None), (64, Some(3)), (256, Some(5))] {
                let cut = busy(&s, quality, looped, (block, cuts, 1));
                assert!(whole == cut, "{quality}, looped {looped}, block {block}, cuts {cuts:?}");
            }
        }
    }
}

#[test]
fn lane_0_of_eight_has_the_bits_of_one() {
    let s = noise(8000);
    let [one, eight] = [1, 8].map(|lanes| busy(&s, "cubic", true, (64, None, lanes)));
    for (one, eight) in one.iter().zip(&eight) {
        assert!(one.iter().eq(eight.iter().step_by(8)));
    }
}

#[test]
fn nonsense_never_gets_through() {
    let s = noise(5000);
    for bad in [f32::NAN, f32::INFINITY, -1e30, 1e30] {
        for param in SPEC.params.iter().filter(|p| !p.is_setting()) {
            let mut rig = rig(&s, vec![("autoplay", true.into())]);
            rig.drive(param.name, move |f, _| if (100..200).contains(&f) { bad } else { param.default_number() });
            rig.event(
                150,
                "notes",
                EventBody::NoteOn(Note { id: NoteId(1), pitch: bad, velocity: bad, controls: Controls::NONE }),
            );
            rig.event(160, "notes", EventBody::Trigger { value: bad });
            let out = rig.run(2000);
            assert!(out.iter().flatten().all(|x| x.is_finite()), "{} {bad}", param.name);
        }
    }
}

#[test]
fn without_a_sample_it_is_silent() {
    let s = noise(100);
    for file in ["", "missing.wav"] {
        let bench = Bench { values: vec![("file", file.into()), ("autoplay", true.into())], ..bench(&s, vec![]) };
        let mut rig = Rig::new(&SPEC, &bench).expect("makes");
        rig.event(0, "notes", HIT);
        assert!(rig.run(200).iter().flatten().all(|x| *x == 0.0));
        assert_eq!(rig.status, Status::Idle);
    }
    // A sample that does not have the shape it says is none.
    let broken = Shelf(Arc::new(Sample { channels: 2, frames: 100, ..Sample::default() }));
    let mut rig = rig(&broken, vec![("autoplay", true.into())]);
    assert!(rig.run(100).iter().flatten().all(|x| *x == 0.0));
}

#[test]
fn while_a_file_is_awaited_the_one_before_plays_on() {
    let s = noise(20_000);
    let mut old = rig(&s, vec![("autoplay", true.into()), ("looped", true.into())]);
    let mut reference = rig(&s, vec![("autoplay", true.into()), ("looped", true.into())]);
    for rig in [&mut old, &mut reference] {
        rig.run(640);
    }
    let values: Values = vec![("file", "missing.wav".into()), ("autoplay", true.into()), ("looped", true.into())];
    let mut new = Rig::new(&SPEC, &Bench { values, ..bench(&s, vec![]) }).expect("makes");
    new.run(640);
    assert_eq!(new.processor.adopt(&mut *old.processor), Adopt::Copied);
    assert!(new.run(1000) == reference.run(1000));
}

#[test]
fn another_polyphony_plays_on_from_where_it_was() {
    let s = noise(20_000);
    let looped = || vec![("autoplay", true.into()), ("looped", true.into())];
    let mut old = rig(&s, looped());
    let mut reference = rig(&s, looped());
    for rig in [&mut old, &mut reference] {
        rig.event(100, "notes", on(1, 64.0));
        rig.run(640);
    }
    let mut values: Values = looped();
    values.push(("voices", number(16.0)));
    let mut new = rig(&s, values);
    new.run(640);
    assert_eq!(new.processor.adopt(&mut *old.processor), Adopt::Copied);
    assert!(new.run(1000) == reference.run(1000));
    let other = noise(20_001);
    let mut stranger = rig(&other, looped());
    assert_eq!(stranger.processor.adopt(&mut *old.processor), Adopt::None);
}
