//! What the tests of sources share: spectra, and the laws that every oscillator keeps.

use bf_node::rig::{Bench, Rig};
use bf_node::{NodeSpec, Value};
use realfft::RealFftPlanner;

/// Frames of a spectrum.
pub(crate) const LEN: usize = 16_384;
const RATE: f64 = 48_000.0;
/// Half the main lobe of the window in bins.
const LOBE: usize = 4;

/// A node that sounds at 48 kHz, on its own.
pub(crate) fn hear(spec: &'static NodeSpec, values: &[(&'static str, f32)], frames: usize) -> Vec<f32> {
    rig(spec, values, &Bench::default()).run_output("out", 0, 0, frames)
}

/// A node with values, nothing patched.
pub(crate) fn rig(spec: &'static NodeSpec, values: &[(&'static str, f32)], bench: &Bench<'_>) -> Rig {
    let mut bench = bench.clone();
    bench.patched.get_or_insert_with(Vec::new);
    bench.values.extend(values.iter().map(|(n, v)| (*n, Value::Number(f64::from(*v)))));
    Rig::new(spec, &bench).expect("it can be made")
}

/// The wave under hard sync by a sawtooth that rises through zero `master` times a second.
pub(crate) fn synced(spec: &'static NodeSpec, hz: f32, master: f64) -> Vec<f32> {
    let bench = Bench { patched: Some(vec!["hard_sync"]), ..Bench::default() };
    let mut rig = rig(spec, &[("freq", hz)], &bench);
    rig.feed("hard_sync", 0, move |frame, _| ((frame as f64 * master / RATE + 0.5).fract() - 0.5) as f32);
    rig.run(512);
    rig.run_output("out", 0, 0, LEN)
}

/// 88 pitches from 55 to 8,000 Hz whose periods end on 0.38 of a frame, so that no alias hides under a harmonic.
pub(crate) fn pitches() -> impl Iterator<Item = f32> {
    let near = |i: u16| 55.0 * (8_000.0f32 / 55.0).powf(f32::from(i) / 87.0);
    (0..88).map(move |i| RATE as f32 / ((RATE as f32 / near(i)).floor() + 0.38))
}

/// A low pitch for a long time, at a rate: a spectrum that tells its harmonics apart, with frequencies as at 48 kHz.
pub(crate) fn low(spec: &'static NodeSpec, values: &[(&'static str, f32)], rate: f32) -> Spectrum {
    let bench = Bench { sample_rate: rate as u32, ..Bench::default() };
    Spectrum::of(&rig(spec, values, &bench).run_output("out", 0, 0, 16 * LEN))
}

/// Rates, and pitches from C0 on that end on 0.38 of a frame at them.
pub(crate) fn depths() -> impl Iterator<Item = (f32, f32)> {
    let odd = |rate: f32, near: f32| (rate, rate / ((rate / near).floor() + 0.38));
    let low = [16.35, 18.35, 20.0, 23.1, 27.5, 38.9, 46.2].map(move |hz| odd(48_000.0, hz));
    low.into_iter().chain([(96_000.0, 27.5), (96_000.0, 55.0), (192_000.0, 27.5)].map(move |(r, hz)| odd(r, hz)))
}

/// Power by frequency.
pub(crate) struct Spectrum(Vec<f64>);

impl Spectrum {
    /// The spectrum under a Blackman-Harris window, whose sidelobes are 92 dB down.
    pub(crate) fn of(signal: &[f32]) -> Spectrum {
        let fft = RealFftPlanner::<f64>::new().plan_fft_forward(signal.len());
        let w = |i: usize| {
            let x = core::f64::consts::TAU * i as f64 / signal.len() as f64;
            0.35875 - 0.48829 * x.cos() + 0.14128 * (2.0 * x).cos() - 0.01168 * (3.0 * x).cos()
        };
        let mut input: Vec<f64> = signal.iter().enumerate().map(|(i, x)| f64::from(*x) * w(i)).collect();
        let mut output = fft.make_output_vec();
        fft.process(&mut input, &mut output).expect("sizes fit");
        // Scaled so that the bins of a full-scale sine add up to power 1.
        let power = (0..signal.len()).map(|i| w(i) * w(i)).sum::<f64>();
        Spectrum(output.iter().map(|c| 4.0 * c.norm_sqr() / power / signal.len() as f64).collect())
    }
    /// Power between two frequencies.
    pub(crate) fn band(&self, from: f64, to: f64) -> f64 {
        let bin = |hz: f64| ((hz / RATE * 2.0 * (self.0.len() - 1) as f64).round() as usize).min(self.0.len());
        self.0[bin(from)..bin(to)].iter().sum()
    }
    fn around(&self, hz: f64) -> core::ops::Range<usize> {
        let bin = (hz / RATE * 2.0 * (self.0.len() - 1) as f64).round() as usize;
        bin.saturating_sub(LOBE)..(bin + LOBE + 1).min(self.0.len())
    }
    /// The amplitude of the line at a frequency.
    pub(crate) fn level(&self, hz: f32) -> f64 {
        self.0[self.around(f64::from(hz))].iter().sum::<f64>().sqrt()
    }
    /// All power that is at no harmonic, against the power that is, in decibels.
    pub(crate) fn alias_db(&self, hz: f32) -> f64 {
        let mut rest = self.0.clone();
        rest[..LOBE + 1].fill(0.0);
        let total: f64 = rest.iter().sum();
        let mut n = 1.0;
        while n * f64::from(hz) <= RATE / 2.0 {
            let lines = self.around(n * f64::from(hz));
            rest[lines].fill(0.0);
            n += 1.0;
        }
        let alias: f64 = rest.iter().sum();
        10.0 * (alias / (total - alias)).log10()
    }
}

/// Fails at the first difference, without printing both in full.
#[track_caller]
pub(crate) fn same(a: &[f32], b: &[f32], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    if let Some(i) = a.iter().zip(b).position(|(x, y)| x.to_bits() != y.to_bits()) {
        panic!("{what}: differs at {i}: {} and {}", a[i], b[i]);
    }
}

/// Runs a node in eight or sixteen lanes with a frequency of its own in each, bent over time.
fn bent(spec: &'static NodeSpec, bench: &Bench<'_>) -> Vec<f32> {
    let mut rig = Rig::new(spec, bench).expect("it can be made");
    let hz = |frame: u64, lane: usize| 90.0 * (lane + 1) as f32 * (1.0 + (frame as f32 * 0.003).sin() * 0.5);
    rig.drive("freq", hz);
    if bench.patched.as_ref().is_some_and(|p| p.contains(&"hard_sync")) {
        rig.feed("hard_sync", 0, |frame, lane| ((frame * (7 + lane as u64)) % 500) as f32 - 250.0);
    }
    if bench.patched.as_ref().is_some_and(|p| p.contains(&"fm")) {
        rig.feed("fm", 0, |frame, lane| ((frame * 13 + lane as u64) % 101) as f32 * 40.0 - 2_000.0);
    }
    rig.run(1_200).swap_remove(0)
}

/// The same bits however blocks are cut and whatever the lanes beside; finite whatever drives it; reset equals new;
/// a sibling goes on in the same phase.
pub(crate) fn oscillator(spec: &'static NodeSpec) {
    for patched in [vec![], vec!["fm"], vec!["hard_sync"], vec!["fm", "hard_sync"]] {
        let bench = |lanes, block, random_cuts| Bench {
            lanes,
            block,
            random_cuts,
            patched: Some(patched.clone()),
            ..Bench::default()
        };
        for lanes in [1, 8, 16] {
            let whole = bent(spec, &bench(lanes, 256, None));
            same(&whole, &bent(spec, &bench(lanes, 64, Some(9))), &format!("{lanes} lanes, cut"));
            same(&whole, &bent(spec, &bench(lanes, 16, None)), &format!("{lanes} lanes, blocks of 16"));
            let one: Vec<f32> = whole.iter().step_by(lanes).copied().collect();
            same(&one, &bent(spec, &bench(1, 64, None)), &format!("{patched:?}: lane 0 of {lanes}"));
        }
    }
    steady(spec);
    hostile(spec);
    resets(spec);
    adopts(spec);
}

/// The fast path for a constant frequency has the bits of the path for a driven one.
fn steady(spec: &'static NodeSpec) {
    let whole = hear(spec, &[("freq", 1234.5)], 1_000);
    let cut = Bench { random_cuts: Some(4), ..Bench::default() };
    same(&whole, &rig(spec, &[("freq", 1234.5)], &cut).run_output("out", 0, 0, 1_000), "cut");
    let mut driven = rig(spec, &[], &Bench::default());
    driven.drive("freq", |_, _| 1234.5);
    same(&whole, &driven.run_output("out", 0, 0, 1_000), "driven");
}

fn hostile(spec: &'static NodeSpec) {
    for patched in [vec!["fm"], vec!["fm", "hard_sync"]] {
        let bench = Bench { patched: Some(patched), lanes: 8, ..Bench::default() };
        let mut rig = rig(spec, &[], &bench);
        let wild = [f32::NAN, f32::INFINITY, -f32::INFINITY, -5e4, 1e30, 0.0, 1e-40, 23_999.0];
        rig.drive("freq", move |frame, lane| wild[(frame as usize / 3 + lane) % 8]);
        rig.feed("fm", 0, move |frame, lane| wild[(frame as usize / 7 + lane) % 8]);
        rig.feed("hard_sync", 0, move |frame, lane| wild[(frame as usize / 5 + lane) % 8]);
        if spec.param("width").is_some() {
            rig.drive("width", move |frame, lane| wild[(frame as usize / 2 + lane) % 8]);
        }
        let y = rig.run(2_000).swap_remove(0);
        assert!(y.iter().all(|x| x.abs() < 8.0), "finite and bounded");
    }
}

fn resets(spec: &'static NodeSpec) {
    let bench = Bench { lanes: 8, ..Bench::default() };
    let mut used = rig(spec, &[("freq", 321.0)], &bench);
    used.run(128);
    used.reset(0b0000_0101);
    let (old, new) = (used.run(128).swap_remove(0), hear(spec, &[("freq", 321.0)], 128));
    let mut going = rig(spec, &[("freq", 321.0)], &bench);
    going.run(128);
    let going = going.run(128).swap_remove(0);
    for frame in 0..128 {
        assert_eq!(old[frame * 8 + 2], new[frame], "a reset lane is new");
        assert_eq!(old[frame * 8 + 1], going[frame * 8 + 1], "its neighbour goes on");
    }
}

fn adopts(spec: &'static NodeSpec) {
    let mut old = rig(&super::saw::SPEC, &[("freq", 987.0)], &Bench::default());
    let mut whole = rig(spec, &[("freq", 987.0)], &Bench::default());
    let mut new = rig(spec, &[("freq", 987.0)], &Bench::default());
    old.run(333);
    whole.run(333);
    assert_eq!(new.processor.adopt(&mut *old.processor), bf_node::Adopt::Copied);
    same(&new.run(64)[0], &whole.run(64)[0], "goes on");
}

/// The laws of a noise: cuts and lanes change nothing, lanes differ, a reset lane is new.
pub(crate) fn noise(spec: &'static NodeSpec) {
    let whole = hear(spec, &[], 1_000);
    let cut = Bench { random_cuts: Some(5), ..Bench::default() };
    same(&whole, &rig(spec, &[], &cut).run_output("out", 0, 0, 1_000), "cut");
    for lanes in [8, 16] {
        let mut rig = rig(spec, &[], &Bench { lanes, channels: 2, ..Bench::default() });
        let [left, right] = <[Vec<f32>; 2]>::try_from(rig.run(1_000)).expect("two channels");
        let one: Vec<f32> = left.iter().step_by(lanes).copied().collect();
        same(&whole, &one, "lane 0");
        assert!(left != right && left[500 * lanes] != left[500 * lanes + 1]);
        rig.reset(1);
        same(&whole[..64], &rig.run_output("out", 0, 0, 64), "reset");
    }
    let other = Bench { seed: 2, ..Bench::default() };
    assert_ne!(whole, self::rig(spec, &[], &other).run_output("out", 0, 0, 1_000), "seeds differ");
}
