//! Notches that sweep.

use bf_dsp::math::{exp2_lanes, sin_phase, tan_pade};
use bf_dsp::tail::{LaneRest, settle};
use bf_dsp::{GRID, Lane, LaneBits};
use bf_node::{
    Adopt, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node,
};

node! {
    /// Sweeps notches through a sound with a chain of all-pass filters.
    ///
    /// Each pair of `stages` makes one notch where the chain turns the sound against the dry one. A sine moves all of
    /// them together around `freq`, evenly for the ear. Feedback sharpens what stands between the notches. `spread`
    /// sets the right side up to half a cycle behind the left.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 82.4 }
    /// quiet = { type = "gain", gain = 0.25 }
    /// sweep = { type = "phaser", rate = 0.2, stages = 8, feedback = 0.6 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "osc"
    /// "sweep" = "quiet"
    /// "out" = "sweep"
    /// ```
    phaser: Delay,
    inputs { input: PortSpec::stereo("input", "What is swept.") },
    outputs { out: PortSpec::stereo("out", "Dry and turned sound together.") },
    params {
        rate: ParamSpec::hz("rate", 0.3, 0.01, 20.0, "How fast it sweeps."),
        depth: ParamSpec::unit_range("depth", 0.6, "How far it sweeps: 1 is two octaves up and down.").smooth(),
        freq: ParamSpec::hz("freq", 700.0, 20.0, 10_000.0, "Around which frequency it sweeps.").smooth(),
        stages: ParamSpec::integer("stages", 6, 1, 12, "All-pass filters in the chain; two make a notch."),
        feedback: ParamSpec::number("feedback", 0.4, -0.95, 0.95, "How sharp it is; below zero, turned over.").smooth(),
        spread: ParamSpec::unit_range("spread", 0.5, "How far the sides are apart; 1 is half a cycle."),
        mix: ParamSpec::unit_range("mix", 0.5, "0: only the dry sound; 0.5: the deepest notches.").smooth(),
    },
    with { channels: NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Phaser))
}

const MOST_STAGES: usize = 12;
/// Octaves that the deepest sweep goes each way.
const OCTAVES: f32 = 2.0;

/// One side of the chain.
#[derive(Clone, Copy)]
struct Chain<L> {
    stages: [L; MOST_STAGES],
    last: L,
}

impl<L: Lane> Chain<L> {
    fn new() -> Chain<L> {
        Chain { stages: [L::splat(0.0); MOST_STAGES], last: L::splat(0.0) }
    }
    /// First-order all-passes one after another, all turned by a quarter where `a` says.
    #[inline(always)]
    fn next(&mut self, x: L, stages: usize, a: L, feedback: L) -> L {
        let mut y = x + self.last * feedback;
        for state in &mut self.stages[..stages] {
            let turned = a * y + *state;
            *state = y - a * turned;
            y = turned;
        }
        self.last = y;
        y
    }
    fn settle(&mut self) {
        self.stages = self.stages.map(settle);
        self.last = settle(self.last);
    }
}

struct Phaser<L: Lane> {
    sample_rate: f32,
    sides: [Chain<L>; 2],
    phase: L::Bits,
    rest: LaneRest<L>,
}

impl<L: Lane> Phaser<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let sides = [Chain::new(), Chain::new()];
        Phaser { sample_rate: setup.sample_rate, sides, phase: L::Bits::splat(0), rest: LaneRest::new() }
    }
    /// The coefficient of all-passes that turn by a quarter at a frequency.
    #[inline(always)]
    fn coefficient(&self, hz: L) -> L {
        let t = tan_pade(hz.clamp(10.0, 0.45 * self.sample_rate) * L::splat(core::f32::consts::PI / self.sample_rate));
        (t - L::splat(1.0)) / (t + L::splat(1.0))
    }
}

impl<L: Lane> Processor for Phaser<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        if self.rest.all_asleep() && io.input_silent(inp::input, 0) && io.input_silent(inp::input, 1) {
            io.silence();
            return Status::Idle;
        }
        let step = (io.steady::<L>(par::rate) * L::splat(4_294_967_296.0 / self.sample_rate)).to_int();
        let apart = (io.steady::<L>(par::spread) * L::splat(2_147_483_520.0)).to_int();
        let stages = io.index(par::stages).clamp(1, MOST_STAGES);
        let (depth, freq) = (io.smooth::<L>(par::depth), io.smooth::<L>(par::freq));
        let (feedback, mix) = (io.smooth::<L>(par::feedback), io.smooth::<L>(par::mix));
        let (start, asleep_before) = (io.start(), self.rest.all_asleep());
        let dry = [io.input::<L>(inp::input, 0), io.input::<L>(inp::input, 1)];
        let out = io.stereo::<L>(out::out);
        let mut heard = L::splat(0.0);
        for i in 0..out[0].len() {
            let octaves = depth.at(i).clamp(0.0, 1.0) * L::splat(OCTAVES);
            let feedback = feedback.at(i).clamp(-0.95, 0.95);
            let mix = mix.at(i).clamp(0.0, 1.0);
            // A lane at rest stands at the start of its cycle.
            self.phase = L::Bits::select(self.rest.asleep(), L::Bits::splat(0), self.phase);
            let phases = [self.phase, self.phase.wrapping_sub(apart)];
            let mut size = L::splat(0.0);
            for side in 0..2 {
                let x = settle(dry[side][i]);
                let a = self.coefficient(freq.at(i) * exp2_lanes(octaves * sin_phase::<L>(phases[side])));
                let wet = self.sides[side].next(x, stages, a, feedback);
                out[side][i] = x * (L::splat(1.0) - mix) + wet * mix;
                size = size.max(x.abs()).max(wet.abs());
            }
            self.phase = self.phase.wrapping_add(step);
            self.rest.count(size);
            heard = heard.max(size);
            if (start + i as u64).is_multiple_of(GRID as u64) {
                self.sides.iter_mut().for_each(Chain::settle);
            }
        }
        let silent = !L::any(heard.gt(L::splat(0.0)));
        if asleep_before && silent { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, lanes: LaneMask) {
        for lane in (0..L::WIDTH).filter(|lane| lanes & (1 << lane) != 0) {
            for side in &mut self.sides {
                side.stages.iter_mut().chain([&mut side.last]).for_each(|s| s.set(lane, 0.0));
            }
            self.phase.set(lane, 0);
            self.rest.sleep(lane);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = crate::filter::same::<Self>(old) else { return Adopt::None };
        (self.sides, self.phase, self.rest) = (old.sides, old.phase, old.rest);
        Adopt::Copied
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws;
    use super::*;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn laws_hold() {
        laws::hold(&SPEC, &[]);
        laws::rests(&SPEC, &[("rate", 3.0.into())], 0.5);
    }

    fn gain_at(hz: f32, values: &[(&'static str, bf_node::Value)]) -> f32 {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        rig.feed("input", 0, move |frame, _| (frame as f32 * hz / 48_000.0 * core::f32::consts::TAU).sin());
        rig.run(9_600);
        rig.run(9_600)[0].iter().fold(0.0, |m, x| m.max(x.abs()))
    }

    #[test]
    fn two_stages_notch_at_the_centre() {
        let still = [("depth", 0.0.into()), ("stages", 2.0.into()), ("feedback", 0.0.into()), ("freq", 1000.0.into())];
        assert!(gain_at(1_000.0, &still) < 0.01);
        assert!(gain_at(50.0, &still) > 0.98 && gain_at(15_000.0, &still) > 0.95);
    }

    #[test]
    fn the_chain_alone_passes_all() {
        let wet = [("depth", 0.0.into()), ("feedback", 0.0.into()), ("mix", 1.0.into())];
        for hz in [100.0, 700.0, 5_000.0] {
            assert!((gain_at(hz, &wet) - 1.0).abs() < 0.01, "{hz}");
        }
    }
}
