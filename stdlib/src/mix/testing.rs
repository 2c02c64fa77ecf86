//! What the tests of mixing, dynamics and analysis share.

use bf_node::rig::{Bench, Rig};
use bf_node::{Kind, NodeSpec, Value};

/// Values that differ from the defaults.
pub(crate) type Values<'a> = &'a [(&'static str, Value)];

/// A rig with these channels and values at 48 kHz.
pub(crate) fn rig(spec: &'static NodeSpec, channels: usize, values: Values<'_>) -> Rig {
    with(spec, Bench { channels, values: values.to_vec(), ..Bench::default() })
}

/// A rig for a bench.
pub(crate) fn with(spec: &'static NodeSpec, bench: Bench<'_>) -> Rig {
    Rig::new(spec, &bench).expect("makes")
}

/// White noise in −1..1 that is a function of the frame and the lane.
pub(crate) fn noise(seed: u64) -> impl FnMut(u64, usize) -> f32 {
    move |frame, lane| {
        let mut x =
            (frame + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (seed + 77 * lane as u64).wrapping_mul(0xd6e8_feb8);
        x ^= x >> 31;
        x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^= x >> 29;
        (x >> 40) as f32 / 8_388_608.0 - 1.0
    }
}

/// Noise that is loud and soft by turns, and silent in the end.
pub(crate) fn bursts(seed: u64) -> impl FnMut(u64, usize) -> f32 {
    let mut noise = noise(seed);
    move |frame, lane| {
        let level = match frame {
            f if f >= 2500 => 0.0,
            f if (f / 400).is_multiple_of(2) => 0.9,
            _ => 0.02,
        };
        level * noise(frame, lane)
    }
}

/// A sine at 48 kHz.
pub(crate) fn sine(hz: f64, amplitude: f64) -> impl FnMut(u64, usize) -> f32 {
    move |frame, _| (amplitude * (frame as f64 * hz / 48_000.0 * core::f64::consts::TAU).sin()) as f32
}

/// The level in decibels of what a sine leaves, by its root mean square.
pub(crate) fn sine_db(x: &[f32]) -> f64 {
    let mean = x.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / x.len() as f64;
    10.0 * (2.0 * mean).log10()
}

/// Lets bursts enter every channel of every signal input.
pub(crate) fn feed_all(rig: &mut Rig, channels: usize) {
    for (i, port) in rig.spec.inputs.iter().enumerate() {
        let width = match port.channels {
            bf_node::Channels::Node => channels,
            bf_node::Channels::Fixed(n) => usize::from(n),
        };
        if port.kind == Kind::Signal {
            for channel in 0..width {
                rig.feed(port.name, channel, bursts((10 * i + channel) as u64));
            }
        }
    }
}

fn bits(rig: &mut Rig, frames: usize) -> Vec<Vec<u32>> {
    let mut all: Vec<Vec<u32>> =
        rig.run(frames).into_iter().map(|c| c.into_iter().map(f32::to_bits).collect()).collect();
    all.push((0..rig.spec.probe_values.len()).map(|i| rig.probe.get(i).to_bits()).collect());
    let mut ring = vec![0.0; rig.spec.probe_frames];
    rig.probe.latest(&mut ring);
    all.push(ring.into_iter().map(f32::to_bits).collect());
    all
}

/// Outputs and what is shown do not depend on how blocks are cut, and eight and sixteen lanes hold one lane's bits.
pub(crate) fn keeps_the_laws(spec: &'static NodeSpec, channels: usize, values: Values<'_>, set_up: impl Fn(&mut Rig)) {
    let run = |block, lanes, random_cuts| {
        let values = values.to_vec();
        let mut rig = with(spec, Bench { channels, block, lanes, random_cuts, values, ..Bench::default() });
        feed_all(&mut rig, channels);
        set_up(&mut rig);
        bits(&mut rig, 3072)
    };
    let want = run(256, 1, None);
    for (block, cuts) in [(64, None), (16, None), (256, Some(5)), (64, Some(11))] {
        assert!(run(block, 1, cuts) == want, "{}: block {block}, cuts {cuts:?}", spec.name);
    }
    let signals = want.len() - 2;
    for lanes in [8, 16] {
        for (channel, (many, one)) in run(64, lanes, Some(3)).iter().zip(&want).take(signals).enumerate() {
            let first: Vec<u32> = many.iter().step_by(lanes).copied().collect();
            assert!(first == *one, "{}: channel {channel} of {lanes} lanes", spec.name);
        }
    }
}

/// Finite again by the next block after what is no number, or far too loud, without any help.
pub(crate) fn survives_what_is_no_number(spec: &'static NodeSpec, channels: usize) {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e38] {
        let mut rig = rig(spec, channels, &[]);
        for (i, port) in spec.inputs.iter().enumerate() {
            if port.kind == Kind::Signal {
                let mut noise = noise(i as u64);
                rig.feed(port.name, 0, move |f, l| if (100..110).contains(&f) { bad } else { noise(f, l) });
            }
        }
        rig.run(128);
        for y in rig.run(2000).iter().flatten() {
            assert!(y.is_finite() && y.abs() < 100.0, "{} after {bad}", spec.name);
        }
        for i in 0..spec.probe_values.len() {
            assert!(rig.probe.get(i).is_finite(), "{} shows no number after {bad}", spec.name);
        }
    }
}
