//! A file that goes round, on the bench.

use super::*;
use bf_media::{Decoded, build_sample};
use bf_node::rig::{Bench, Rig};
use bf_node::{SampleSource, Value};
use bf_pattern::Tempo;

struct Shelf(Arc<Sample>);

impl SampleSource for Shelf {
    fn sample(&self, path: &str) -> Option<Arc<Sample>> {
        (path == "x.wav").then(|| Arc::clone(&self.0))
    }
}

fn shelf(channels: usize, frames: usize, f: impl Fn(usize, usize) -> f32) -> Shelf {
    let data = (0..frames).flat_map(|i| (0..channels).map(move |c| (i, c))).map(|(i, c)| f(i, c)).collect();
    let sound = Decoded { path: "x.wav".into(), sample_rate: 48_000, channels, data, warnings: Vec::new() };
    Shelf(Arc::new(build_sample(&sound, 48_000).expect("builds")))
}

fn noise(i: usize, c: usize) -> f32 {
    let x = ((2 * i + c) as u32).wrapping_mul(2_654_435_761);
    let x = (x ^ x >> 15).wrapping_mul(2_246_822_519);
    (x ^ x >> 13) as i32 as f32 / 2_147_483_648.0
}

fn bench<'a>(shelf: &'a Shelf, values: &[(&'static str, Value)], bpm: f64) -> Bench<'a> {
    let mut all = vec![("file", Value::from("x.wav"))];
    all.extend_from_slice(values);
    Bench { values: all, samples: shelf, bpm, ..Bench::default() }
}

fn rig(shelf: &Shelf, values: &[(&'static str, Value)], bpm: f64) -> Rig {
    Rig::new(&SPEC, &bench(shelf, values, bpm)).expect("makes")
}

fn beats(n: f64) -> [(&'static str, Value); 1] {
    [("length", n.into())]
}

/// The largest step between two frames.
fn step(sound: &[f32]) -> f32 {
    sound.windows(2).fold(0.0, |most, pair| (pair[1] - pair[0]).abs().max(most))
}

#[test]
fn a_file_as_long_as_its_beats_plays_bit_for_bit_round_after_round() {
    // One beat of 24,000 frames.
    for channels in [1, 2] {
        let s = shelf(channels, 24_000, noise);
        let mut rig = rig(&s, &beats(1.0), 120.0);
        let out = rig.run(72_000);
        for (side, out) in out.iter().enumerate() {
            for (i, x) in out.iter().enumerate() {
                assert_eq!(*x, noise(i % 24_000, side.min(channels - 1)), "frame {i} of {channels}");
            }
        }
    }
}

#[test]
fn a_pass_begins_on_the_frame_nearest_to_its_beat() {
    // 16 beats at 124 bpm are 371,612.9 frames.
    let s = shelf(1, 371_613, |i, _| i as f32 / 371_613.0);
    let mut rig = rig(&s, &beats(16.0), 124.0);
    let out = rig.run_output("out", 0, 0, 4 * 371_613);
    for pass in 1..4_usize {
        let begin = (pass as f64 * 371_612.903_225_8).round() as usize;
        assert_eq!((out[begin], out[begin + 1]), (0.0, 1.0 / 371_613.0), "pass {pass}");
        assert!(out[begin - 1] > 0.999);
    }
}

#[test]
fn at_another_tempo_it_keeps_to_its_beats() {
    // A ramp over one beat, played at another length of the beat: its place is its value.
    let s = shelf(1, 24_000, |i, _| i as f32 / 24_000.0);
    for bpm in [60.0, 97.0, 126.0, 180.0] {
        let mut rig = rig(&s, &beats(1.0), bpm);
        let (frames, beat) = (100_000, 48_000.0 * 60.0 / bpm);
        let out = rig.run_output("out", 0, 0, frames);
        for (i, x) in out.iter().enumerate().skip(200) {
            let place = (i as f64 / beat).fract();
            // Near the seam a curve goes through both of its sides.
            if (0.01..0.99).contains(&place) {
                assert!((f64::from(*x) - place).abs() < 1e-4, "{bpm}: frame {i} is {x}, not {place}");
            }
        }
    }
}

#[test]
fn a_length_of_nought_is_as_many_beats_as_come_nearest() {
    let s = shelf(1, 91_000, |i, _| i as f32 / 91_000.0);
    let out = rig(&s, &[], 120.0).run_output("out", 0, 0, 200_000);
    // 3.8 beats: four.
    assert!((out[48_000] - 0.5).abs() < 1e-3 && (out[96_000 + 48_000] - 0.5).abs() < 1e-3);
}

#[test]
fn a_shift_has_it_later() {
    let s = shelf(1, 24_000, |i, _| i as f32 / 24_000.0);
    let values = [("length", 1.0.into()), ("shift", 0.25.into())];
    let out = rig(&s, &values, 120.0).run_output("out", 0, 0, 48_000);
    assert_eq!((out[6_000], out[12_000], out[30_000]), (0.0, 0.25, 0.0));
}

#[test]
fn stopping_starting_and_jumping_do_not_click() {
    // A slow tone whose own slope is far below a step.
    let tone = |i: usize, _: usize| (core::f32::consts::TAU * 100.0 * i as f32 / 48_000.0).sin();
    let s = shelf(2, 96_000, tone);
    let mut rig = rig(&s, &beats(4.0), 120.0);
    rig.transport = rig.transport.stop(0);
    let mut out = rig.run_output("out", 0, 0, 100);
    assert!(out.iter().all(|x| *x == 0.0));
    rig.seek(Ratio::new(1, 5));
    rig.transport = rig.transport.play(rig.frame());
    out.extend(rig.run_output("out", 0, 0, 1_111));
    for (i, beat) in [(7, Ratio::new(5, 3)), (8, Ratio::int(9)), (9, Ratio::new(1, 7)), (2, Ratio::new(2, 7))] {
        rig.transport = rig.transport.stop(rig.frame());
        out.extend(rig.run_output("out", 0, 0, 100 * i));
        rig.seek(beat);
        out.extend(rig.run_output("out", 0, 0, 64));
        rig.transport = rig.transport.play(rig.frame());
        out.extend(rig.run_output("out", 0, 0, 130 * i));
        rig.seek(beat + Ratio::new(1, 3));
        out.extend(rig.run_output("out", 0, 0, 90));
        rig.transport = rig.transport.with_tempo(rig.frame(), Tempo::from_bpm(100.0 + 7.0 * i as f64));
        out.extend(rig.run_output("out", 0, 0, 2_000));
    }
    // The tone moves by 0.0131 a frame, faster by a quarter at 163 bpm, and a rise from silence by 1/72.
    assert!(step(&out) < 0.0131 * 1.4 + 1.0 / 72.0, "{}", step(&out));
    rig.transport = rig.transport.stop(rig.frame());
    let quiet = rig.run_output("out", 0, 0, 2_000);
    assert!(quiet[0].abs() > 0.0 || quiet[20].abs() > 0.0);
    assert!(quiet[300..].iter().all(|x| *x == 0.0));
}

#[test]
fn a_tempo_that_trembles_leaves_it_where_it_is() {
    // As a clock from outside does: each change goes on from the place that it had.
    let tone = |i: usize, _: usize| (core::f32::consts::TAU * 100.0 * i as f32 / 48_000.0).sin();
    let s = shelf(1, 96_000, tone);
    let mut rig = rig(&s, &beats(4.0), 120.0);
    let mut out = rig.run_output("out", 0, 0, 480);
    for i in 0..400 {
        rig.transport = rig.transport.with_tempo(rig.frame(), Tempo::from_bpm(120.0 + 0.4 * f64::from(i % 3 - 1)));
        out.extend(rig.run_output("out", 0, 0, 160));
    }
    assert!(step(&out[300..]) < 0.0135, "{}", step(&out[300..]));
}

#[test]
fn the_bits_do_not_depend_on_how_blocks_are_cut() {
    let s = shelf(2, 20_000, noise);
    for (values, bpm) in [(beats(1.0).to_vec(), 144.0), (beats(3.0).to_vec(), 111.0), (vec![], 126.5)] {
        let run = |block: usize, random_cuts: Option<u64>| {
            let bench = Bench { block, random_cuts, ..bench(&s, &values, bpm) };
            let mut rig = Rig::new(&SPEC, &bench).expect("makes");
            let mut all = rig.run(5_120);
            let mut more = |rig: &mut Rig, frames| {
                rig.run(frames).into_iter().zip(&mut all).for_each(|(more, all)| all.extend(more));
            };
            rig.seek(Ratio::new(2, 3));
            more(&mut rig, 2_048);
            rig.transport = rig.transport.with_tempo(rig.frame(), Tempo::from_bpm(133.0));
            more(&mut rig, 40_960);
            rig.transport = rig.transport.stop(rig.frame());
            more(&mut rig, 2_048);
            all.iter().map(|c| c.iter().map(|x| x.to_bits()).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        let first = run(1024, None);
        for (block, cuts) in [(16, None), (64, None), (256, Some(7)), (1024, Some(9))] {
            assert!(first == run(block, cuts), "block {block}, {cuts:?}");
        }
    }
}

#[test]
fn mono_is_both_sides_in_equal_parts() {
    let s = shelf(2, 24_000, |_, c| if c == 0 { 0.5 } else { 0.25 });
    let mut rig = rig(&s, &[("length", 1.0.into()), ("channels", 1.0.into())], 120.0);
    let out = rig.run(1_000);
    assert_eq!((out.len(), out[0][500]), (1, 0.375));
}

#[test]
fn a_file_that_is_not_there_is_silent_and_one_that_comes_back_goes_on() {
    let s = shelf(1, 24_000, noise);
    let mut none = Rig::new(&SPEC, &Bench { values: vec![("file", "y.wav".into())], samples: &s, ..Bench::default() });
    let none = none.as_mut().expect("makes");
    assert!(none.run(500).iter().flatten().all(|x| *x == 0.0));
    let mut rig = rig(&s, &beats(1.0), 120.0);
    rig.run(1_000);
    let mut new = Rig::new(&SPEC, &bench(&s, &beats(1.0), 120.0)).expect("makes").processor;
    assert_eq!(new.adopt(&mut *rig.processor), Adopt::Copied);
    rig.processor = new;
    let out = rig.run_output("out", 0, 0, 500);
    assert!((0..500).all(|i| out[i] == noise(1_000 + i, 0)));
}
