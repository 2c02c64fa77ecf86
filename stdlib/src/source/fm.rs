//! Two operators in phase modulation.

use super::osc::{frames, increment, sums, units_per_hz};
use bf_dsp::mips::Gather;
use bf_dsp::sine::sine;
use bf_dsp::{Lane, LaneBits, Wide, f32x8};
use bf_node::{
    Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, Unit, lanes, node,
};

node! {
    /// One sine that bends the phase of another: bells, electric pianos, basses, brass.
    ///
    /// The modulator runs at `ratio` times the frequency. Whole ratios sound harmonic (1 brass and basses, 2 hollow,
    /// 14 the tine of an electric piano), others like bells. `index` says how far the phase is bent, in radians, and
    /// so how bright it is: put an envelope on it. `feedback` bends the modulator by itself, towards a sawtooth and
    /// then noise. At high pitches the index is held back so that the overtones stay under half the sample rate.
    ///
    /// *Source:* J. Chowning, "The Synthesis of Complex Audio Spectra by Means of Frequency Modulation", JAES 1973;
    /// feedback through the mean of two frames after N. Tomisawa, US patent 4,249,447.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// swell = { type = "lfo", rate = 0.5 }
    /// bell = { type = "fm", freq = 220.0, ratio = 3.5, index = 2.0 }
    /// level = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "bell.index" = { from = "swell", amount = 1.5 }
    /// "level" = "bell"
    /// "out" = "level"
    /// ```
    fm: Source,
    inputs { },
    outputs { out: PortSpec::signal("out", "The carrier, from -1 to 1.") },
    params {
        freq: ParamSpec::hz("freq", 440.0, 0.0, 20_000.0, "Cycles a second of the carrier.").smooth(),
        ratio: ParamSpec::number("ratio", 2.0, 0.0, 32.0, "The modulator's frequency as a multiple of the carrier's.").unit(Unit::Ratio).smooth(),
        index: ParamSpec::number("index", 2.0, 0.0, 20.0, "How far the phase is bent, in radians: brightness.").smooth(),
        feedback: ParamSpec::unit_range("feedback", 0.0, "How far the modulator bends itself: 0 a sine, 0.7 near a sawtooth, 1 noisy.").smooth(),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Fm))
}

const RADIAN: f32 = 1.0 / core::f32::consts::TAU;
/// Cycles of self-modulation at full feedback: 1.4 radians, just past the edge to noise.
const MOST_FEEDBACK: f32 = 1.4 * RADIAN;

/// The state of one channel.
#[derive(Clone, Copy, Default)]
struct Pair<L: Lane> {
    carrier: L::Bits,
    modulator: L::Bits,
    /// The modulator's last two values.
    heard: [L; 2],
}

/// Cycles as a phase; whole cycles fall away.
#[inline(always)]
fn phase<L: Lane>(cycles: L) -> L::Bits {
    ((cycles - cycles.round()) * L::splat(4_294_967_296.0)).clamp(-2_147_483_520.0, 2_147_483_520.0).to_int()
}

impl<L: Gather> Pair<L> {
    #[inline(always)]
    fn frame(&mut self, carrier: L, modulator: L, index: L, feedback: L) -> L {
        let own = (self.heard[0] + self.heard[1]) * L::splat(0.5) * feedback;
        let bend = sine::<L>(self.modulator.wrapping_add(phase(own)));
        self.heard = [bend, self.heard[0]];
        let y = sine::<L>(self.carrier.wrapping_add(phase(bend * index)));
        self.carrier = self.carrier.wrapping_add(carrier.to_int());
        self.modulator = self.modulator.wrapping_add(modulator.to_int());
        y
    }
}

struct Fm<L: Lane> {
    scale: f32,
    pairs: Vec<Pair<L>>,
}

impl<L: Gather> Fm<L> {
    fn new(setup: &Setup<'_>) -> Self {
        Fm { scale: units_per_hz(setup.sample_rate), pairs: vec![Pair::default(); setup.channels] }
    }
}

/// The index in cycles, held back where its sidebands would pass Nyquist.
///
/// With room for N sidebands above the carrier, sideband N + 1 stays near 0.02 up to an index of N² / (N + 6).
#[inline(always)]
fn held<L: Lane>(index: L, carrier: L, modulator: L) -> L {
    let room = (L::splat(2_147_483_648.0) - carrier.abs()) / modulator.abs().max(L::splat(1.0));
    let most = room * room / (room + L::splat(6.0));
    index.clamp(-20.0, 20.0).min(most).max(-most) * L::splat(RADIAN)
}

/// What drives a pair over a piece.
struct Params<'a, L> {
    freq: Smooth<'a, L>,
    ratio: Smooth<'a, L>,
    index: Smooth<'a, L>,
    feedback: Smooth<'a, L>,
    scale: f32,
}

impl<L: Gather> Params<'_, L> {
    #[inline(always)]
    fn frame(&self, pair: &mut Pair<L>, i: usize) -> L {
        let hz = self.freq.at(i);
        let carrier = increment(hz, self.scale);
        let modulator = increment(hz * self.ratio.at(i), self.scale);
        let index = held(self.index.at(i), carrier, modulator);
        let feedback = self.feedback.at(i).clamp(0.0, 1.0) * L::splat(MOST_FEEDBACK);
        pair.frame(carrier, modulator, index, feedback)
    }
}

/// A lane type with its way over the frames of a piece.
trait FmLane: Gather {
    fn render(pair: &mut Pair<Self>, params: &Params<'_, Self>, out: &mut [Self]);
}

fn by_frame<L: Gather>(pair: &mut Pair<L>, params: &Params<'_, L>, from: usize, out: &mut [L]) {
    let mut own = *pair;
    for (i, y) in (from..).zip(out) {
        *y = params.frame(&mut own, i);
    }
    *pair = own;
}

impl FmLane for f32x8 {
    fn render(pair: &mut Pair<Self>, params: &Params<'_, Self>, out: &mut [Self]) {
        by_frame(pair, params, 0, out);
    }
}

impl FmLane for Wide {
    fn render(pair: &mut Pair<Self>, params: &Params<'_, Self>, out: &mut [Self]) {
        by_frame(pair, params, 0, out);
    }
}

impl FmLane for f32 {
    /// Without feedback no frame waits for another: eight at a time.
    fn render(pair: &mut Pair<f32>, params: &Params<'_, f32>, out: &mut [f32]) {
        let apart = matches!(params.feedback, Smooth::Constant(x) if x == 0.0);
        let (body, tail) = out.split_at_mut(if apart { out.len() & !7 } else { 0 });
        for (n, chunk) in body.chunks_exact_mut(8).enumerate() {
            let hz = frames(&params.freq, n * 8);
            let carrier = increment(hz, params.scale);
            let modulator = increment(hz * frames(&params.ratio, n * 8), params.scale);
            let index = held(frames(&params.index, n * 8), carrier, modulator);
            let bend = sine::<f32x8>(sums(&mut pair.modulator, modulator));
            let phases = LaneBits::wrapping_add(sums(&mut pair.carrier, carrier), phase(bend * index));
            chunk.copy_from_slice(sine::<f32x8>(phases).as_array());
            pair.heard = [bend.get(7), bend.get(6)];
        }
        by_frame(pair, params, body.len(), tail);
    }
}

impl<L: FmLane> Processor for Fm<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (freq, ratio) = (io.smooth::<L>(par::freq), io.smooth::<L>(par::ratio));
        let (index, feedback) = (io.smooth::<L>(par::index), io.smooth::<L>(par::feedback));
        for (channel, state) in self.pairs.iter_mut().enumerate() {
            let params = Params { freq, ratio, index, feedback, scale: self.scale };
            L::render(state, &params, io.output::<L>(out::out, channel));
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        for pair in &mut self.pairs {
            for lane in (0..L::WIDTH).filter(|l| lanes & (1 << l) != 0) {
                pair.carrier.set(lane, 0);
                pair.modulator.set(lane, 0);
                pair.heard[0].set(lane, 0.0);
                pair.heard[1].set(lane, 0.0);
            }
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Self>() else { return Adopt::None };
        for (new, old) in self.pairs.iter_mut().zip(&old.pairs) {
            *new = *old;
        }
        Adopt::Copied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};
    use bf_node::rig::Bench;

    /// J_n(x) by its integral.
    fn bessel(n: i32, x: f64) -> f64 {
        let steps = 2_000;
        let f = |i: i32| {
            let t = core::f64::consts::PI * (f64::from(i) + 0.5) / f64::from(steps);
            (f64::from(n) * t - x * t.sin()).cos()
        };
        (0..steps).map(f).sum::<f64>() / f64::from(steps)
    }

    #[test]
    fn sidebands_follow_bessel() {
        let y = check::hear(&SPEC, &[("freq", 5_000.0), ("ratio", 0.1), ("index", 3.0)], check::LEN);
        let spectrum = Spectrum::of(&y);
        for n in 0..8 {
            let (got, want) = (spectrum.level(5_000.0 + 500.0 * n as f32), bessel(n, 3.0).abs());
            assert!((got - want).abs() < 0.005, "sideband {n}: {got}, not {want}");
        }
    }

    #[test]
    fn overtones_stay_under_nyquist() {
        for (hz, ratio) in [(4_100.0, 1.0), (7_100.0, 2.0), (3_130.0, 5.0)] {
            let y = check::hear(&SPEC, &[("freq", hz), ("ratio", ratio), ("index", 20.0)], check::LEN);
            // 48 kHz is no multiple of these: what folds back falls between the harmonics.
            let alias = Spectrum::of(&y).alias_db(hz);
            assert!(alias < -28.0, "{hz} Hz: {alias} dB");
        }
    }

    #[test]
    fn feedback_adds_harmonics() {
        let level = |feedback| {
            let values = [("freq", 300.0), ("ratio", 1.0), ("index", 0.5), ("feedback", feedback)];
            Spectrum::of(&check::hear(&SPEC, &values, check::LEN)).level(1_500.0)
        };
        assert!(level(0.7) > 8.0 * level(0.0), "{} {}", level(0.7), level(0.0));
    }

    #[test]
    fn cuts_and_lanes_change_nothing() {
        let hear = |lanes, random_cuts| {
            let mut rig = check::rig(&SPEC, &[("feedback", 0.6)], &Bench { lanes, random_cuts, ..Bench::default() });
            rig.drive("freq", |frame, lane| 100.0 * (lane + 1) as f32 + (frame % 700) as f32);
            rig.drive("index", |frame, _| (frame % 900) as f32 * 0.01);
            rig.run(1_000).swap_remove(0)
        };
        let one = hear(1, None);
        // Eight frames at a time without feedback, and one by one: the same bits.
        let plain = check::hear(&SPEC, &[("freq", 333.0)], 1_000);
        let mut driven = check::rig(&SPEC, &[("freq", 333.0)], &Bench::default());
        driven.drive("feedback", |_, _| 0.0);
        check::same(&plain, &driven.run(1_000)[0], "eight at a time");
        for lanes in [1, 8, 16] {
            let whole = hear(lanes, None);
            check::same(&whole, &hear(lanes, Some(3)), "cut");
            check::same(&one, &whole.iter().step_by(lanes).copied().collect::<Vec<_>>(), "lane 0");
        }
    }

    #[test]
    fn wild_params_stay_in_range_and_reset_is_new() {
        let mut rig = check::rig(&SPEC, &[], &Bench { lanes: 8, ..Bench::default() });
        let wild = [f32::NAN, f32::INFINITY, -f32::INFINITY, -5e4, 1e30, 0.0, 1e-40, 100.0];
        for (k, name) in ["freq", "ratio", "index", "feedback"].into_iter().enumerate() {
            rig.drive(name, move |frame, lane| wild[(frame as usize / (k + 2) + lane) % 8]);
        }
        assert!(rig.run(2_000)[0].iter().all(|x| x.abs() <= 1.001));
        let mut rig = check::rig(&SPEC, &[("feedback", 0.5)], &Bench::default());
        let first = rig.run(100).swap_remove(0);
        rig.reset(1);
        check::same(&first, &rig.run(100)[0], "reset");
    }
}
