//! What the tests of drums share: blows, measures, and the laws that every drum keeps.

use crate::source::check::{Spectrum, same};
use bf_node::rig::{Bench, Rig};
use bf_node::{Controls, EventBody, NodeSpec, Note, NoteId, ParamKind, Status, Value};

/// A drum on the bench.
pub(crate) fn rig(spec: &'static NodeSpec, values: &[(&'static str, f32)]) -> Rig {
    rig_on(spec, values, Bench { patched: Some(Vec::new()), ..Bench::default() })
}

fn rig_on(spec: &'static NodeSpec, values: &[(&'static str, f32)], mut bench: Bench<'_>) -> Rig {
    bench.values = values
        .iter()
        .map(|(name, x)| {
            let kind = spec.params[spec.param(name).expect("declared")].kind;
            let value =
                if matches!(kind, ParamKind::Switch { .. }) { Value::Bool(*x > 0.5) } else { f64::from(*x).into() };
            (*name, value)
        })
        .collect();
    Rig::new(spec, &bench).expect("it can be made")
}

pub(crate) fn note(pitch: f32, velocity: f32) -> EventBody {
    EventBody::NoteOn(Note { id: NoteId(1), pitch, velocity, controls: Controls::NONE })
}

/// One blow at 48 kHz.
pub(crate) fn strike(
    spec: &'static NodeSpec,
    values: &[(&'static str, f32)],
    velocity: f32,
    frames: usize,
) -> Vec<f32> {
    let mut rig = rig(spec, values);
    rig.event(0, "notes", note(36.0, velocity));
    rig.run_output("out", 0, 0, frames)
}

pub(crate) fn peak(y: &[f32]) -> f32 {
    y.iter().fold(0.0, |m, x| m.max(x.abs()))
}

fn rms(y: &[f32]) -> f32 {
    (y.iter().map(|x| x * x).sum::<f32>() / y.len() as f32).sqrt()
}

/// The mean frequency by zero crossings.
pub(crate) fn crossings_hz(y: &[f32]) -> f32 {
    let rises: Vec<usize> = (1..y.len()).filter(|i| y[i - 1] <= 0.0 && y[*i] > 0.0).collect();
    let (first, last) = (rises[0], rises[rises.len() - 1]);
    (rises.len() - 1) as f32 * 48_000.0 / (last - first) as f32
}

/// Seconds to −60 dB, from the levels of two stretches of 50 ms, 150 ms apart.
pub(crate) fn decay_secs(y: &[f32], from: usize) -> f32 {
    let db = 20.0 * (rms(&y[from..from + 2_400]) / rms(&y[from + 7_200..from + 9_600])).log10();
    0.15 * 60.0 / db
}

/// Power from a frequency up.
pub(crate) fn band_power(y: &[f32], from_hz: f64) -> f64 {
    Spectrum::of(y).band(from_hz, 24_000.0)
}

/// The frequency with half the power on each side.
pub(crate) fn centre_hz(y: &[f32]) -> f64 {
    let spectrum = Spectrum::of(y);
    let total = spectrum.band(0.0, 24_000.0);
    (1..480).map(|i| 50.0 * f64::from(i)).find(|hz| spectrum.band(0.0, *hz) > total / 2.0).unwrap_or(24_000.0)
}

/// What every drum keeps.
pub(crate) fn drum(spec: &'static NodeSpec) {
    levels(spec);
    rates(spec);
    rests(spec);
    cuts(spec);
    gates(spec);
    corners(spec);
}

fn levels(spec: &'static NodeSpec) {
    let hard = peak(&strike(spec, &[], 1.0, 24_000));
    assert!((0.75..1.0).contains(&hard), "peak {hard} at full velocity");
    let half = strike(spec, &[], 0.5, 24_000);
    let db = 20.0 * (peak(&half) / hard).log10();
    assert!((-14.0..-6.0).contains(&db), "half the velocity is {db} dB");
    assert!(strike(spec, &[], 0.0, 1_000).iter().all(|x| *x == 0.0), "no velocity, no sound");
    // Nothing hangs on the mean: a drum has no direct current.
    let mean = half.iter().sum::<f32>() / half.len() as f32;
    assert!(mean.abs() < 0.01, "mean {mean}");
}

/// As loud at every rate; the noise differs, so that no two blows are quite alike.
fn rates(spec: &'static NodeSpec) {
    let loud = |sample_rate: u32| {
        let mut power = 0.0;
        for seed in 1..9 {
            let bench = Bench { sample_rate, seed, patched: Some(Vec::new()), ..Bench::default() };
            let mut rig = rig_on(spec, &[], bench);
            rig.event(0, "notes", note(36.0, 1.0));
            power += rms(&rig.run_output("out", 0, 0, sample_rate as usize / 2)).powi(2);
        }
        10.0 * power.log10()
    };
    let usual = loud(48_000);
    for rate in [44_100, 96_000, 192_000] {
        let db = loud(rate) - usual;
        assert!(db.abs() < 1.0, "{db} dB at {rate}");
    }
}

fn rests(spec: &'static NodeSpec) {
    let mut rig = rig(spec, &[("decay", 0.1)]);
    assert!(rig.run(64)[0].iter().all(|x| *x == 0.0) && rig.status == Status::Idle, "new is at rest");
    rig.event(70, "notes", EventBody::Trigger { value: 1.0 });
    let first = rig.run(96_000).swap_remove(0);
    assert!(peak(&first) > 0.3 && peak(&first[90_000..]) == 0.0 && rig.status == Status::Idle, "comes to rest");
    // A blow after a reset has the bits of the first.
    rig.reset(1);
    rig.event(96_070, "notes", EventBody::Trigger { value: 1.0 });
    same(&first[..4_000], &rig.run(4_000)[0], "reset equals new");
}

fn cuts(spec: &'static NodeSpec) {
    let hear = |lanes, block, random_cuts| {
        let bench = Bench { lanes, block, random_cuts, patched: Some(Vec::new()), ..Bench::default() };
        let mut rig = rig_on(spec, &[], bench);
        rig.drive("decay", |frame, _| 0.2 + (frame % 3_000) as f32 / 5_000.0);
        for i in 0..6 {
            rig.event(13 + i * 577, "notes", note(40.0, 0.4 + 0.1 * i as f32));
        }
        rig.run(4_096).swap_remove(0)
    };
    let whole = hear(1, 256, None);
    same(&whole, &hear(1, 64, Some(3)), "cut");
    same(&whole, &hear(1, 16, None), "blocks of 16");
    same(&whole, &hear(8, 64, None).iter().step_by(8).copied().collect::<Vec<_>>(), "lane 0");
    assert!(peak(&whole) < 1.0);
}

fn gates(spec: &'static NodeSpec) {
    let bench = Bench { patched: Some(vec!["gate", "velocity"]), ..Bench::default() };
    let mut rig = rig_on(spec, &[], bench);
    rig.feed("gate", 0, |frame, _| if frame == 21 { 1.0 } else { 0.0 });
    rig.feed("velocity", 0, |_, _| 0.8);
    let gated = rig.run(2_000).swap_remove(0);
    let mut rig = rig_on(spec, &[], Bench { patched: Some(Vec::new()), ..Bench::default() });
    rig.event(21, "notes", EventBody::Trigger { value: 0.8 });
    same(&gated, &rig.run(2_000)[0], "a gate strikes as a trigger does");
}

/// Every param at its ends, at three rates, with a broken velocity among the blows.
fn corners(spec: &'static NodeSpec) {
    for sample_rate in [44_100, 96_000] {
        for param in spec.params {
            for end in [param.range().0, param.range().1] {
                let bench = Bench { sample_rate, patched: Some(Vec::new()), ..Bench::default() };
                let mut rig = rig_on(spec, &[], bench);
                rig.set(param.name, end);
                rig.event(0, "notes", note(f32::NAN, 1.0));
                rig.event(700, "notes", note(100.0, f32::NAN));
                rig.event(900, "notes", note(-1e9, 1e9));
                let y = rig.run(3_000).swap_remove(0);
                assert!(y.iter().all(|x| x.is_finite()) && peak(&y) < 1.0, "{} at {end}", param.name);
            }
        }
    }
}
