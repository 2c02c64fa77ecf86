//! What the tests of filters and modulators share: bit comparisons and responses measured by impulse.

use bf_node::rig::{Bench, Rig};
use bf_node::{NodeSpec, Value};

/// Params that differ from their defaults.
pub(crate) type Values<'a> = &'a [(&'static str, Value)];

/// A rig for some values, at a block of 256 frames.
pub(crate) fn rig(spec: &'static NodeSpec, values: Values<'_>) -> Rig {
    Rig::new(spec, &Bench { values: values.to_vec(), block: 256, ..Bench::default() }).expect("a rig")
}

/// Repeatable noise between −1 and 1.
pub(crate) fn noise(frame: u64, lane: usize) -> f32 {
    let mut z = (frame << 5 | lane as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z >> 40) as f32) / 8_388_608.0 - 1.0
}

/// Checks that cuts and lanes change no bit: 2,000 frames under `stimulus`, two channels.
pub(crate) fn keeps_every_bit(spec: &'static NodeSpec, values: Values<'_>, stimulus: impl Fn(&mut Rig)) {
    let run = |block: usize, random_cuts: Option<u64>, lanes: usize| {
        let values = values.to_vec();
        let bench = Bench { block, random_cuts, lanes, channels: 2, values, ..Bench::default() };
        let mut rig = Rig::new(spec, &bench).expect("a rig");
        stimulus(&mut rig);
        rig.run(2000)
    };
    let reference = run(256, None, 1);
    assert!(reference.iter().flatten().any(|x| *x != 0.0), "{} is silent", spec.name);
    for (block, cuts) in [(64, None), (16, None), (256, Some(7)), (1024, Some(99))] {
        for (a, b) in reference.iter().flatten().zip(run(block, cuts, 1).iter().flatten()) {
            assert_eq!(a.to_bits(), b.to_bits(), "{} in blocks of {block}, cuts {cuts:?}", spec.name);
        }
    }
    for lanes in [8, 16] {
        let wide = run(64, Some(3), lanes);
        for (a, b) in reference.iter().zip(&wide) {
            for (i, (a, b)) in a.iter().zip(b.iter().step_by(lanes)).enumerate() {
                assert_eq!(a.to_bits(), b.to_bits(), "{} with {lanes} lanes, frame {i}: {a} {b}", spec.name);
            }
        }
    }
}

/// The response of an output to an impulse.
pub(crate) fn impulse(spec: &'static NodeSpec, values: Values<'_>, output: &str, frames: usize) -> Vec<f32> {
    let mut rig = rig(spec, values);
    rig.feed("input", 0, |frame, _| if frame == 0 { 1.0 } else { 0.0 });
    rig.run_output(output, 0, 0, frames)
}

/// The gain in dB at a frequency, from an impulse response at 48 kHz.
pub(crate) fn gain_db(response: &[f32], hz: f64) -> f64 {
    let w = core::f64::consts::TAU * hz / 48_000.0;
    let (turn_re, turn_im) = (w.cos(), w.sin());
    let (mut re, mut im, mut at_re, mut at_im) = (0.0, 0.0, 1.0, 0.0);
    for x in response {
        re += f64::from(*x) * at_re;
        im += f64::from(*x) * at_im;
        (at_re, at_im) = (at_re * turn_re - at_im * turn_im, at_re * turn_im + at_im * turn_re);
    }
    10.0 * (re * re + im * im).max(1e-30).log10()
}

/// The analogue angular frequency that the bilinear transform, prewarped at `cutoff`, puts at `hz`, in units of the
/// cutoff.
pub(crate) fn warped(hz: f64, cutoff: f64) -> f64 {
    let w = |f: f64| (core::f64::consts::PI * f / 48_000.0).tan();
    w(hz) / w(cutoff)
}

/// Frequencies from 20 Hz to 20 kHz in equal ratios.
pub(crate) fn sweep(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |i| 20.0 * 1000f64.powf(i as f64 / (count - 1) as f64))
}

/// The frequency of a steady tone at 48 kHz, from its rising zero crossings.
pub(crate) fn pitch_of(signal: &[f32]) -> f64 {
    let mut crossings = Vec::new();
    for (i, pair) in signal.windows(2).enumerate() {
        if pair[0] < 0.0 && pair[1] >= 0.0 {
            crossings.push(i as f64 + f64::from(pair[0] / (pair[0] - pair[1])));
        }
    }
    assert!(crossings.len() > 2, "no tone");
    (crossings.len() - 1) as f64 * 48_000.0 / (crossings[crossings.len() - 1] - crossings[0])
}

/// The largest magnitude; infinite where anything is not finite.
pub(crate) fn peak(signal: &[f32]) -> f32 {
    signal.iter().fold(0.0, |m, x| if x.is_finite() { x.abs().max(m) } else { f32::INFINITY })
}

/// Checks what every node promises: numbers stay numbers at any rate, a broken input heals by the next block, a reset
/// node sounds like a new one, and names in the declaration are where their indices say.
pub(crate) fn is_sturdy(spec: &'static NodeSpec) {
    let signals: Vec<&str> = spec.inputs.iter().filter(|p| p.kind == bf_node::Kind::Signal).map(|p| p.name).collect();
    let new = |sample_rate: u32| {
        let bench = Bench { sample_rate, block: 256, ..Bench::default() };
        Rig::new(spec, &bench).expect("a rig")
    };
    for sample_rate in [44_100, 48_000, 96_000] {
        for (kind, loud) in [(0, 100.0), (1, 1.0), (2, 1.0), (3, 1.0)] {
            let mut rig = new(sample_rate);
            for input in &signals {
                rig.feed(input, 0, move |f, l| match kind {
                    0 | 1 => noise(f, l) * loud,
                    2 => f32::from(f == 100),
                    _ => f32::from(f >= 100),
                });
            }
            assert!(peak(&rig.run(4096).concat()) < 1000.0 * loud, "{} at {sample_rate}", spec.name);
        }
    }
    for wild in [f32::NAN, f32::INFINITY, f32::MAX, -f32::MAX] {
        let mut rig = new(48_000);
        for input in &signals {
            rig.feed(input, 0, move |f, l| if f == 300 { wild } else { noise(f, l) });
        }
        rig.run(512);
        assert!(peak(&rig.run(2048).concat()) < 1000.0, "{} after {wild}", spec.name);
    }
    let shifted = |by: u64| {
        let mut rig = new(48_000);
        for input in &signals {
            rig.feed(input, 0, move |f, l| noise(f.wrapping_sub(by), l));
        }
        rig
    };
    let mut used = shifted(1024);
    used.run(1024);
    used.reset(u32::MAX);
    assert_eq!(used.run(1024), shifted(0).run(1024), "{}: a reset node and a new one", spec.name);
    assert!(spec.example().is_some() && !spec.summary().is_empty(), "{} has no example", spec.name);
}
