//! What every effect is held to, as one check for the tests of each.

use bf_node::rig::{Bench, Rig};
use bf_node::{NodeSpec, Status, Value};

/// Frames after which the test signal repeats.
const PERIOD: u64 = 4_800;

/// A burst of noise, then silence, differing by channel and lane.
fn burst(frame: u64, lane: usize, channel: usize) -> f32 {
    let t = frame % PERIOD;
    if t > 700 {
        return 0.0;
    }
    let hash = (t as u32 + 1).wrapping_mul(2_654_435_761).wrapping_add((lane as u32 * 31 + channel as u32) << 20);
    (hash ^ hash >> 15).wrapping_mul(2_246_822_519) as i32 as f32 / 4_294_967_296.0
}

fn feed(rig: &mut Rig, signal: impl Fn(u64, usize, usize) -> f32 + Clone + 'static) {
    for port in rig.spec.inputs {
        let channels = if port.channels == bf_node::Channels::Fixed(2) { 2 } else { 1 };
        for channel in 0..channels {
            let signal = signal.clone();
            rig.feed(port.name, channel, move |frame, lane| signal(frame, lane, channel));
        }
    }
}

fn make(spec: &'static NodeSpec, bench: &Bench<'_>) -> Rig {
    let mut rig = Rig::new(spec, bench).expect("it is made");
    feed(&mut rig, burst);
    rig
}

fn lane_of(outputs: &[Vec<f32>], lane: usize, lanes: usize) -> Vec<Vec<f32>> {
    outputs.iter().map(|o| o.iter().skip(lane).step_by(lanes).copied().collect()).collect()
}

/// Same bits however cut and in whichever lane, reset as new, finite after faults, and idle only when at rest.
pub(crate) fn hold(spec: &'static NodeSpec, values: &[(&'static str, Value)]) {
    let bench = |block: usize, lanes: usize, random_cuts: Option<u64>| Bench::<'static> {
        block,
        lanes,
        random_cuts,
        values: values.to_vec(),
        ..Bench::default()
    };
    let frames = 2 * PERIOD as usize;
    let whole = make(spec, &bench(256, 1, None)).run(frames);
    assert!(whole.iter().flatten().any(|x| *x != 0.0), "{}: no sound", spec.name);
    for (block, cuts) in [(256, Some(7)), (16, None), (64, Some(99)), (16, Some(3))] {
        let cut = make(spec, &bench(block, 1, cuts)).run(frames);
        for (a, b) in whole.iter().zip(&cut) {
            let differs = a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(differs, None, "{}: block {block}, cuts {cuts:?}", spec.name);
        }
    }
    let eight = make(spec, &bench(64, 8, None)).run(frames / 2);
    for (a, b) in whole.iter().zip(lane_of(&eight, 0, 8)) {
        assert!(a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()), "{}: lane 0 of eight", spec.name);
    }
    assert_ne!(lane_of(&eight, 1, 8), lane_of(&eight, 0, 8), "{}: lanes are separate", spec.name);
    reset_is_new(spec, values, &whole);
    params_may_move(spec, &bench);
    faults_pass(spec, values);
}

/// Cables on every param at once: still the same bits however cut and in whichever lane.
fn params_may_move(spec: &'static NodeSpec, bench: &impl Fn(usize, usize, Option<u64>) -> Bench<'static>) {
    let driven = |bench: Bench<'static>| {
        let mut rig = make(spec, &bench);
        for (k, param) in spec.params.iter().enumerate().filter(|(_, p)| !p.is_setting()) {
            let (min, max) = param.range();
            let span = if max > 100.0 * min.max(0.01) { (max - min) * 0.01 } else { max - min };
            rig.drive(param.name, move |frame, _| {
                min + span * (0.5 + 0.5 * (frame as f32 * (0.001 + 0.0003 * k as f32) + k as f32).sin())
            });
        }
        rig.run(PERIOD as usize)
    };
    let whole = driven(bench(256, 1, None));
    assert!(whole.iter().flatten().all(|x| x.is_finite()), "{}: moving params", spec.name);
    let same = |a: &[Vec<f32>], b: &[Vec<f32>]| {
        a.iter().zip(b).all(|(a, b)| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()))
    };
    assert!(same(&whole, &driven(bench(64, 1, Some(5)))), "{}: moving params and cuts", spec.name);
    let eight = driven(bench(64, 8, None));
    assert!(same(&whole, &lane_of(&eight, 0, 8)), "{}: moving params in eight lanes", spec.name);
}

fn reset_is_new(spec: &'static NodeSpec, values: &[(&'static str, Value)], new: &[Vec<f32>]) {
    let mut rig = make(spec, &Bench { values: values.to_vec(), ..Bench::default() });
    rig.run(PERIOD as usize);
    rig.reset(1);
    let again = rig.run(PERIOD as usize);
    for (a, b) in new.iter().zip(&again) {
        assert!(a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()), "{}: reset is not new", spec.name);
    }
}

fn faults_pass(spec: &'static NodeSpec, values: &[(&'static str, Value)]) {
    for fault in [f32::NAN, f32::INFINITY, 1.0e30] {
        for sample_rate in [44_100, 96_000] {
            let bench = Bench { values: values.to_vec(), sample_rate, ..Bench::default() };
            let mut rig = Rig::new(spec, &bench).expect("it is made");
            feed(
                &mut rig,
                move |frame, lane, channel| {
                    if (64..128).contains(&frame) { fault } else { burst(frame, lane, channel) }
                },
            );
            rig.run(128);
            let after = rig.run(2048);
            assert!(after.iter().flatten().all(|x| x.is_finite()), "{}: {fault} stays", spec.name);
        }
    }
}

/// After at most so many seconds of silence the node is idle, silent, and answers like a new one.
pub(crate) fn rests(spec: &'static NodeSpec, values: &[(&'static str, Value)], within_secs: f32) {
    let bench = Bench { values: values.to_vec(), block: 64, ..Bench::default() };
    let signal = |from: u64| {
        move |frame: u64, lane: usize, channel: usize| {
            if frame < 700 {
                burst(frame, lane, channel)
            } else if frame >= from && frame < from + 700 {
                burst(frame - from, lane, channel)
            } else {
                0.0
            }
        }
    };
    let from = (within_secs * 48_000.0) as u64 / 64 * 64;
    let mut rig = Rig::new(spec, &bench).expect("it is made");
    feed(&mut rig, signal(from));
    let new = rig.run(2048);
    let mut idle = None;
    while rig.frame() < from {
        let piece = rig.run(64);
        match rig.status {
            Status::Idle => {
                idle = idle.or(Some(rig.frame()));
                assert!(piece.iter().flatten().all(|x| *x == 0.0), "{}: idle with sound", spec.name);
            }
            Status::Active => assert_eq!(idle, None, "{}: idle ended by itself", spec.name),
        }
    }
    assert!(idle.is_some(), "{}: not idle within {within_secs} s", spec.name);
    // The burst comes at another place of the period of no matter what; 5 ms off the grid of blocks is not tested here.
    assert!(rig.run(2048) == new, "{}: what wakes is not new", spec.name);
}
