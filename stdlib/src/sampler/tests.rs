//! The sampler on the bench.

mod laws;
mod loops;
mod notes;
mod pitch;

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
