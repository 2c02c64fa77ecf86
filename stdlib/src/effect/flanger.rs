//! A comb that sweeps.

use super::blend::{blend_one, phase_step};
use bf_dsp::delay::DelayLine;
use bf_dsp::math::{exp2_lanes, sin_phase};
use bf_dsp::tail::{Rest, settle};
use bf_node::{Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status, node};

node! {
    /// Sweeps a comb of peaks and notches through a sound, like two tapes that run out of step.
    ///
    /// A very short delay is mixed with the dry sound and swings around its mean by up to two octaves each way, so
    /// that the sweep moves evenly for the ear. Feedback sharpens the peaks; below zero they fall where the notches
    /// were, which sounds hollow. `spread` sets the right side up to half a cycle behind the left.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// hiss = { type = "pink" }
    /// quiet = { type = "gain", gain = 0.25 }
    /// jet = { type = "flanger", rate = 0.1, feedback = 0.7 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "hiss"
    /// "jet" = "quiet"
    /// "out" = "jet"
    /// ```
    flanger: Delay,
    inputs { input: PortSpec::stereo("input", "What is swept.") },
    outputs { out: PortSpec::stereo("out", "Dry and delayed together.") },
    params {
        rate: ParamSpec::hz("rate", 0.15, 0.01, 20.0, "How fast it sweeps."),
        depth: ParamSpec::unit_range("depth", 0.7, "How far it sweeps: 1 is two octaves up and down.").smooth(),
        delay: ParamSpec::secs("delay", 0.0015, 0.0002, 0.01, "The mean delay; the first notch is at half its inverse.")
            .smooth(),
        feedback: ParamSpec::number("feedback", 0.4, -0.95, 0.95, "How sharp the peaks are.").smooth(),
        spread: ParamSpec::unit_range("spread", 0.5, "How far the sides are apart; 1 is half a cycle."),
        mix: ParamSpec::unit_range("mix", 0.5, "0: only the dry sound; 0.5: the deepest notches.").smooth(),
    },
    with { channels: NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Flanger::new(setup.sample_rate)))
}

/// Octaves that the deepest sweep goes each way.
const OCTAVES: f32 = 2.0;

struct Flanger {
    sample_rate: f32,
    lines: [DelayLine; 2],
    phase: u32,
    rest: Rest,
}

impl Flanger {
    fn new(sample_rate: f32) -> Flanger {
        let longest = (0.01 * 4.0 * sample_rate) as usize + 8;
        let lines = [0, 1].map(|_| DelayLine::new(longest));
        Flanger { sample_rate, lines, phase: 0, rest: Rest::new(longest) }
    }
    fn clear(&mut self) {
        self.lines.iter_mut().for_each(DelayLine::clear);
        self.phase = 0;
        self.rest.sleep();
    }
}

impl Processor for Flanger {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let step = phase_step(io.number(par::rate), self.sample_rate);
        let apart = (io.number(par::spread) * (1u32 << 31) as f32) as u32;
        let dry = [io.input::<f32>(inp::input, 0), io.input::<f32>(inp::input, 1)];
        let (depth, delay) = (io.smooth::<f32>(par::depth), io.smooth::<f32>(par::delay));
        let (feedback, mix) = (io.smooth::<f32>(par::feedback), io.smooth::<f32>(par::mix));
        let mut out = io.stereo::<f32>(out::out);
        let mut idle = true;
        for i in 0..out[0].len() {
            let x = dry.map(|x| settle(x[i]));
            if self.rest.asleep() && x == [0.0; 2] {
                out.iter_mut().for_each(|y| y[i] = 0.0);
                continue;
            }
            idle = false;
            let frames = bf_dsp::Lane::clamp(delay.at(i), 0.0002, 0.01) * self.sample_rate;
            let octaves = OCTAVES * bf_dsp::Lane::clamp(depth.at(i), 0.0, 1.0);
            let feedback = bf_dsp::Lane::clamp(feedback.at(i), -0.95, 0.95);
            let mut loud = x != [0.0; 2];
            for side in 0..2 {
                let phase = self.phase.wrapping_sub(side as u32 * apart);
                let back = frames * exp2_lanes(octaves * sin_phase::<f32>(phase));
                let wet = self.lines[side].read(back);
                loud |= self.lines[side].push(x[side] + wet * feedback) != 0.0;
                out[side][i] = blend_one(x[side], wet, mix.at(i));
            }
            self.phase = self.phase.wrapping_add(step);
            if self.rest.count(loud) {
                self.clear();
            }
        }
        if idle { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.clear();
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
        laws::rests(&SPEC, &[], 1.0);
    }

    fn gain_at(cycles: f32, values: &[(&'static str, bf_node::Value)]) -> f32 {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        rig.feed("input", 0, move |frame, _| (frame as f32 * cycles * core::f32::consts::TAU).sin());
        rig.run(4_800);
        rig.run(4_800)[0].iter().fold(0.0, |m, x| m.max(x.abs()))
    }

    #[test]
    fn a_standing_comb_has_its_notches_and_peaks() {
        // 1 ms is 48 frames: the notch is at 500 Hz, the peak at 1 kHz.
        let still = |feedback: f64| [("depth", 0.0.into()), ("delay", 0.001.into()), ("feedback", feedback.into())];
        assert!(gain_at(1.0 / 96.0, &still(0.0)) < 0.01);
        assert!((gain_at(1.0 / 48.0, &still(0.0)) - 1.0).abs() < 0.01);
        // Half dry and half a comb of gain 1 / (1 − 0.8).
        assert!((gain_at(1.0 / 48.0, &still(0.8)) - 3.0).abs() < 0.05);
        assert!(gain_at(1.0 / 48.0, &still(-0.8)) < 0.8);
    }

    #[test]
    fn the_sweep_moves_by_two_octaves() {
        // At the longest delay (4 ms) the notches lie at 125 Hz, at the shortest (0.25 ms) the first is at 2 kHz.
        let values = [("depth", 1.0.into()), ("delay", 0.001.into()), ("feedback", 0.0.into()), ("rate", 1.0.into())];
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        rig.feed("input", 0, |frame, _| (frame as f32 / 24.0 * core::f32::consts::TAU).sin());
        rig.run(36_000 - 240);
        let low = rig.run(480)[0].iter().fold(0.0f32, |m, x| m.max(x.abs()));
        assert!(low < 0.05, "2 kHz at the top of the sweep: {low}");
    }
}
