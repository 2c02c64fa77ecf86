//! The drift filter against synthetic clocks.

use crate::osc::{Drift, Observed};

const RATE: f64 = 48_000.0;
const START_NS: u64 = 7_000_000_000;

/// Numbers that look random, evenly from 0 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        // Knuth's constants (MMIX).
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A device that runs too fast or slow, and calls back when it likes.
struct Device {
    rate: f64,
    block: u64,
    frame: u64,
    /// Nanoseconds from the due time of a callback to its earliest and latest.
    jitter: (f64, f64),
    random: Random,
}

impl Device {
    fn new(ppm: f64, block: u64, jitter: (f64, f64)) -> Device {
        Device { rate: RATE * (1.0 + ppm * 1e-6), block, frame: 0, jitter, random: Random(block ^ 99) }
    }

    fn frame_at(&self, ns: f64) -> f64 {
        ns * 1e-9 * self.rate
    }

    /// When a frame truly is, in nanoseconds after the start.
    fn ns_of(&self, frame: f64) -> f64 {
        frame / self.rate * 1e9
    }

    /// Calls back until a time, in nanoseconds after the start.
    fn run(&mut self, until_ns: f64, drift: &mut Drift) -> Vec<Observed> {
        let mut seen = Vec::new();
        while self.ns_of(self.frame as f64) < until_ns {
            let late = self.jitter.0 + (self.jitter.1 - self.jitter.0) * self.random.next();
            let at = START_NS as f64 + self.ns_of(self.frame as f64) + late;
            seen.push(drift.observe(at as u64, self.frame as f64));
            self.frame += self.block;
        }
        seen
    }
}

/// The largest error of the intervals of 200 clicks after half a minute, in frames. Their packets come 10 to 100 ms
/// ahead, one later and the next earlier.
fn worst_interval(ppm: f64, block: u64, jitter: (f64, f64), apart_ns: f64) -> f64 {
    let (mut device, mut drift) = (Device::new(ppm, block, jitter), Drift::new(RATE));
    let mut random = Random(5);
    let seen = device.run(30e9, &mut drift);
    assert!(seen.iter().all(|seen| *seen == Observed::Taken), "{ppm} ppm, {block} frames, {jitter:?}");
    let mut frames = Vec::new();
    for click in 0..200 {
        let due = 30.2e9 + f64::from(click) * apart_ns;
        device.run(due - 10e6 - 90e6 * random.next(), &mut drift);
        frames.push(drift.position(START_NS + due as u64).unwrap().round());
    }
    let expected = device.frame_at(apart_ns);
    frames.windows(2).map(|pair| (pair[1] - pair[0] - expected).abs()).fold(0.0, f64::max)
}

#[test]
fn clicks_keep_their_intervals_through_drift_and_jitter() {
    let mut worst: f64 = 0.0;
    for ppm in [-100.0, 100.0, 0.0] {
        for block in [64, 256, 1_024] {
            for jitter in [(-0.5e6, 0.5e6), (0.0, 1e6), (-1e6, 1e6)] {
                for apart in [125e6, 500e6] {
                    worst = worst.max(worst_interval(ppm, block, jitter, apart));
                }
            }
        }
    }
    assert!(worst <= 2.0, "{worst} frames");
}

#[test]
fn drift_and_place_are_found() {
    for ppm in [-100.0, 100.0] {
        let (mut device, mut drift) = (Device::new(ppm, 256, (-1e6, 1e6)), Drift::new(RATE));
        assert_eq!(drift.position(START_NS), None);
        device.run(60e9, &mut drift);
        assert!((drift.drift_ppm() - ppm).abs() < 3.0, "{} of {ppm} ppm", drift.drift_ppm());
        // Even between -1 and 1 ms, the mean distance is half a millisecond.
        assert!((drift.jitter_ns() - 0.5e6).abs() < 0.1e6, "{} ns", drift.jitter_ns());
        let (at, truth) = (START_NS + 61_000_000_000, device.frame_at(61e9));
        let place = drift.position(at).unwrap();
        assert!((place - truth).abs() < 3.0, "{place} of {truth}");
        let back = drift.time_ns(place).unwrap();
        assert!(back.abs_diff(at) < 1_000, "{back} of {at}");
    }
}

#[test]
fn a_callback_that_is_held_up_changes_little() {
    let (mut device, mut drift) = (Device::new(50.0, 256, (0.0, 0.2e6)), Drift::new(RATE));
    device.run(20e9, &mut drift);
    let at = START_NS + 21_000_000_000;
    let before = drift.position(at).unwrap();
    // The callbacks of 40 ms come at once, at the end.
    let late = START_NS as f64 + device.ns_of(device.frame as f64) + 40e6;
    let late_frames = (0..7).map(|n| device.frame + n * device.block).collect::<Vec<_>>();
    for (n, frame) in late_frames.iter().enumerate() {
        let seen = drift.observe(late as u64 + n as u64 * 1_000, *frame as f64);
        assert_ne!(seen, Observed::Restarted, "{n}");
    }
    device.frame += 8 * device.block;
    let seen = device.run(21e9, &mut drift);
    assert!(!seen.contains(&Observed::Restarted));
    let moved = (drift.position(at).unwrap() - before).abs();
    assert!(moved < 1.0, "{moved} frames");
}

#[test]
fn a_step_is_found_within_a_second_and_the_rate_is_kept() {
    for lost in [64.0, 1_024.0, 480_000.0] {
        let (mut device, mut drift) = (Device::new(80.0, 256, (0.0, 0.2e6)), Drift::new(RATE));
        device.run(40e9, &mut drift);
        let rate = drift.drift_ppm();
        let mut restarted = false;
        // The device has lost frames: its count stays behind from now on.
        while device.ns_of(device.frame as f64) < 41e9 {
            let at = START_NS as f64 + device.ns_of(device.frame as f64 + lost) + 0.2e6 * device.random.next();
            restarted |= drift.observe(at as u64, device.frame as f64) == Observed::Restarted;
            device.frame += device.block;
        }
        assert!(restarted, "{lost}");
        let now = START_NS as f64 + device.ns_of(device.frame as f64 + lost);
        let off = drift.position(now as u64).unwrap() - device.frame as f64;
        assert!(off.abs() < 10.0, "{off} frames after {lost} lost");
        assert!((drift.drift_ppm() - rate).abs() < 20.0, "{} after {rate} ppm", drift.drift_ppm());
    }
}

#[test]
fn clocks_that_make_no_sense_make_no_nonsense() {
    let (mut drift, mut random) = (Drift::new(RATE), Random(3));
    for _ in 0..10_000 {
        let time = (random.next() * 1e12) as u64;
        drift.observe(time, random.next() * 1e9);
        assert!(drift.position(time + 1_000_000_000).is_some_and(f64::is_finite));
        assert!(drift.drift_ppm().abs() <= 1_000.1, "{}", drift.drift_ppm());
    }
    // Twice the same time, and a time that goes back.
    drift.observe(1 << 60, 0.0);
    drift.observe(1 << 60, 10.0);
    assert_eq!(drift.observe(5, 20.0), Observed::Restarted);
    drift.step();
    assert_eq!(drift.position(5), None);
    assert_eq!(drift.observe(5, 20.0), Observed::Taken);
    assert_eq!(drift.position(5), Some(20.0));
}
