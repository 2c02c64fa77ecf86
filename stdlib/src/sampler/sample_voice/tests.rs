//! One recording a voice, on the bench.

use super::SPEC;
use bf_media::{Decoded, build_sample};
use bf_node::rig::{Bench, Rig};
use bf_node::sample::GUARD;
use bf_node::{Sample, SampleSource, Status, Value};
use std::sync::Arc;

/// `a` is a rising tone, `b` a low one, both half a second long; `c` is stereo noise.
struct Shelf(Vec<(&'static str, Arc<Sample>)>);

impl SampleSource for Shelf {
    fn sample(&self, path: &str) -> Option<Arc<Sample>> {
        self.0.iter().find(|(name, _)| *name == path).map(|(_, sample)| Arc::clone(sample))
    }
}

const FRAMES: usize = 24_000;

fn shelf() -> Shelf {
    let made = |channels: usize, f: &dyn Fn(usize, usize) -> f64| {
        let data = (0..FRAMES).flat_map(|i| (0..channels).map(move |c| (i, c))).map(|(i, c)| f(i, c) as f32).collect();
        let sound = Decoded { path: "x".into(), sample_rate: 48_000, channels, data, warnings: Vec::new() };
        Arc::new(build_sample(&sound, 48_000).expect("builds"))
    };
    let noise = |i: usize, c: usize| {
        let x = ((2 * i + c) as u32).wrapping_mul(2_654_435_761);
        let x = (x ^ x >> 15).wrapping_mul(2_246_822_519);
        f64::from((x ^ x >> 13) as i32) / 4_294_967_296.0
    };
    let tone = |hz: f64| move |i: usize, _: usize| (core::f64::consts::TAU * hz * i as f64 / 48_000.0).sin() * 0.8;
    let still = |_: usize, _: usize| 0.8;
    let tones = [("a", made(1, &tone(400.0))), ("b", made(1, &tone(100.0)))];
    Shelf(tones.into_iter().chain([("c", made(2, &noise)), ("d", made(1, &still))]).collect())
}

type Values = Vec<(&'static str, Value)>;

fn bench(shelf: &Shelf, values: Values) -> Bench<'_> {
    let list = ["a", "b", "c"].map(Value::from).to_vec();
    let mut all: Values = vec![("files", Value::List(list))];
    all.extend(values);
    Bench { values: all, samples: shelf, ..Bench::default() }
}

/// Held from frame 100 up to a frame.
fn held(shelf: &Shelf, values: Values, until: u64) -> Rig {
    let mut rig = Rig::new(&SPEC, &bench(shelf, values)).expect("makes");
    rig.feed("gate", 0, move |f, _| f32::from(u8::from((100..until).contains(&f))));
    rig
}

fn number(x: f64) -> Value {
    Value::Number(x)
}

fn recorded(sample: &Sample, frame: usize, channel: usize) -> f32 {
    sample.levels[0].data[(frame + GUARD) * sample.channels + channel]
}

fn step(x: &[f32]) -> f32 {
    x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn it_starts_on_its_frame_and_plays_as_recorded_to_the_end() {
    let shelf = shelf();
    for (index, file) in [(0.0, 0), (1.0, 1), (2.0, 2), (3.0, 0), (-1.0, 2), (0.6, 1)] {
        let mut rig = held(&shelf, vec![("index", number(index))], 200);
        let out = rig.run(FRAMES + 1000);
        let sample = &shelf.0[file].1;
        for (c, side) in out[..2].iter().enumerate() {
            assert!(side[..100].iter().all(|x| *x == 0.0));
            let same = |i: usize| (side[100 + i] - recorded(sample, i, c.min(sample.channels - 1))).abs() < 1e-6;
            assert!((0..FRAMES).all(same), "{index}, side {c}");
            assert!(side[100 + FRAMES..].iter().all(|x| *x == 0.0));
        }
        assert_eq!(out[2][99..101], [0.0, 1.0]);
        let last = out[2].iter().rposition(|x| *x == 1.0).expect("held");
        assert!((last as i64 - 100 - FRAMES as i64).abs() <= 16, "{last}");
        assert_eq!(rig.status, Status::Idle);
    }
}

#[test]
fn let_go_it_leaves_without_a_click() {
    let shelf = shelf();
    let values = vec![("one_shot", false.into()), ("tail", number(0.02))];
    let mut rig = held(&shelf, values, 5077);
    let out = rig.run(12_000);
    let whole = held(&shelf, vec![], 200).run(12_000);
    let end = 5077 + 960;
    assert!(out[0][..end] == whole[0][..end]);
    assert!(out[0][end + 600..].iter().all(|x| *x == 0.0), "gone within 12 ms");
    assert!(step(&out[0]) < 0.08, "{}", step(&out[0]));
    // Up to the next frame of the grid.
    assert_eq!(out[2].iter().filter(|x| **x == 1.0).count(), 5088 - 100);
    assert_eq!(rig.status, Status::Idle);
}

#[test]
fn a_control_lets_go_of_what_would_play_to_its_end() {
    let shelf = shelf();
    let mut rig = held(&shelf, vec![], 200);
    rig.drive("one_shot", |f, _| f32::from(u8::from(f < 3200)));
    let out = rig.run(8000);
    assert!(out[0][3000..3200].iter().any(|x| x.abs() > 0.5));
    assert!(out[0][3200 + 480 + 600..].iter().all(|x| *x == 0.0));
}

#[test]
fn speed_note_and_length_set_the_pitch() {
    let shelf = shelf();
    let crossings = |values: Values| {
        let out = held(&shelf, values, 200).run(6000);
        out[0][200..5000].windows(2).filter(|w| w[0] <= 0.0 && w[1] > 0.0).count() as i64
    };
    for (values, hz) in [
        (vec![], 400.0),
        (vec![("speed", number(2.0))], 800.0),
        (vec![("note", number(48.0))], 800.0),
        (vec![("note", number(24.0)), ("speed", number(2.0))], 400.0),
        (vec![("note", number(60.0)), ("root", number(60.0))], 400.0),
        (vec![("by_length", true.into()), ("speed", number(2.0))], 400.0),
        (vec![("by_length", true.into()), ("speed", number(4.0))], 800.0),
    ] {
        let got = crossings(values.clone());
        assert!((got as f64 - hz / 10.0).abs() <= 1.0, "{values:?}: {got}");
    }
}

#[test]
fn backwards_the_parts_are_counted_from_the_end() {
    let shelf = shelf();
    let values = |speed: f64| vec![("index", number(2.0)), ("begin", number(0.25)), ("speed", number(speed))];
    let out = held(&shelf, values(-1.0), 200).run(FRAMES);
    let sample = &shelf.0[2].1;
    for i in 60..FRAMES * 3 / 4 - 200 {
        assert!((out[0][100 + i] - recorded(sample, FRAMES * 3 / 4 - 1 - i, 0)).abs() < 1e-6, "{i}");
    }
    let out = held(&shelf, values(1.0), 200).run(1000);
    assert!((out[1][300] - recorded(sample, FRAMES / 4 + 200, 1)).abs() < 1e-6);
    assert!(out[0][100].abs() < 0.02, "what starts inside comes in over a millisecond");
    assert!(held(&shelf, values(0.0), 200).run(2000)[0].iter().all(|x| *x == 0.0), "speed 0 does not play");
}

#[test]
fn a_loop_goes_round_until_it_is_let_go() {
    let shelf = shelf();
    let values = vec![("looped", true.into()), ("loop_begin", number(0.1)), ("loop_end", number(0.2))];
    let out = held(&shelf, values, 48_000).run(60_000);
    assert!((1..23).all(|i| out[0][i * 2000..][..2000].iter().any(|x| x.abs() > 0.7)));
    assert!(out[0][48_000 + 480 + 600..].iter().all(|x| *x == 0.0));
}

#[test]
fn struck_again_the_one_before_leaves_within_five_ms() {
    let shelf = shelf();
    let mut rig = Rig::new(&SPEC, &bench(&shelf, vec![("index", number(1.0))])).expect("makes");
    rig.feed("gate", 0, |f, _| f32::from(u8::from(f != 3000 && f >= 100)));
    let out = rig.run(6000);
    assert!(step(&out[0][..6000]) < 0.06, "{}", step(&out[0]));
    let sample = &shelf.0[1].1;
    assert!((300..2000).all(|i| (out[0][3001 + i] - recorded(sample, i, 0)).abs() < 1e-6));
}

/// Everything moves: gates, speeds, parts.
fn busy(shelf: &Shelf, block: usize, random_cuts: Option<u64>, lanes: usize) -> Vec<Vec<u32>> {
    let bench = Bench { block, random_cuts, lanes, ..bench(shelf, vec![("tail", number(0.003))]) };
    let mut rig = Rig::new(&SPEC, &bench).expect("makes");
    rig.feed("gate", 0, |f, l| f32::from(u8::from((f / 37 + 3 * l as u64) % 23 < 11)));
    rig.drive("index", |f, _| (f / 500 % 3) as f32);
    rig.drive("speed", |f, l| ((f as f32 * 0.0007).sin() + 0.2 * l as f32) * 3.0);
    rig.drive("begin", |f, _| (f % 1000) as f32 / 2000.0);
    rig.drive("looped", |f, _| f32::from(u8::from(f % 3000 > 2000)));
    rig.drive("one_shot", |f, _| f32::from(u8::from(f % 900 > 400)));
    rig.run(9000).into_iter().map(|c| c.into_iter().step_by(lanes).map(f32::to_bits).collect()).collect()
}

#[test]
fn neither_cuts_nor_other_lanes_change_a_bit() {
    let shelf = shelf();
    let whole = busy(&shelf, 256, None, 1);
    assert!(whole[0].iter().any(|x| f32::from_bits(*x).abs() > 0.1));
    for (block, cuts, lanes) in
        [(64, None, 1), (16, None, 1), (64, Some(3), 1), (256, Some(5), 1), (64, None, 8), (64, Some(9), 16)]
    {
        assert!(whole == busy(&shelf, block, cuts, lanes), "block {block}, cuts {cuts:?}, {lanes} lanes");
    }
}

#[test]
fn a_reset_lane_starts_anew_and_the_others_go_on() {
    let shelf = shelf();
    let bench = Bench { lanes: 8, ..bench(&shelf, vec![]) };
    let mut rig = Rig::new(&SPEC, &bench).expect("makes");
    rig.feed("gate", 0, |_, _| 1.0);
    let before = rig.run(640);
    rig.reset(0b100);
    let after = rig.run(640);
    assert!((0..640).all(|i| after[0][i * 8 + 2] == before[0][i * 8 + 2]));
    assert!((0..640).any(|i| after[0][i * 8 + 3] != before[0][i * 8 + 3]));
}

#[test]
fn without_its_files_it_is_silent() {
    let shelf = Shelf(Vec::new());
    assert!(held(&shelf, vec![], 5000).run(6000)[0].iter().all(|x| *x == 0.0));
    let none = vec![("files", Value::List(Vec::new()))];
    let mut rig = held(&shelf, none, 200);
    assert!(rig.run(6000)[0].iter().all(|x| *x == 0.0));
    assert_eq!(rig.status, Status::Idle);
}

#[test]
fn gates_that_follow_each_other_within_one_fade_make_no_step() {
    let shelf = shelf();
    // What stands still comes in over 1 ms and leaves within 5: five at a time are the most that move.
    for apart in [60, 96, 130] {
        let values = vec![("files", Value::List(vec!["d".into()])), ("begin", number(0.25))];
        let bench = Bench { values, samples: &shelf, ..Bench::default() };
        let mut rig = Rig::new(&SPEC, &bench).expect("makes");
        let low =
            move |f: u64| f < 1_000 || f > 1_000 && f < 1_000 + 6 * apart && (f + 1 - 1_000).is_multiple_of(apart);
        rig.feed("gate", 0, move |f, _| f32::from(u8::from(!low(f))));
        let y = rig.run_output("out", 0, 0, 4_000);
        let rise = 0.8 / 48.0 + 4.0 * 0.8 / 240.0;
        assert!(y[3_000] > 0.79 && step(&y) < rise * 1.1, "{apart}: {}", step(&y));
    }
}
