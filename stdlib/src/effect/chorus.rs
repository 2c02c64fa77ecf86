//! Several slightly detuned copies.

use super::blend::{blend_one, phase_step};
use bf_dsp::crossing::Crossing;
use bf_dsp::delay::DelayLine;
use bf_dsp::math::sin_phase;
use bf_dsp::tail::{Rest, settle};
use bf_node::{Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status, node};

node! {
    /// Thickens a sound with copies whose pitch drifts up and down.
    ///
    /// Each of the `voices` is a short delay that a slow sine lengthens and shortens, each at its own point of the
    /// cycle. `spread` sets the right side a quarter of a cycle behind the left, which opens the sound in width.
    /// With feedback it turns metallic.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 110.0 }
    /// quiet = { type = "gain", gain = 0.25 }
    /// wide = { type = "chorus", rate = 0.5, depth = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "osc"
    /// "wide" = "quiet"
    /// "out" = "wide"
    /// ```
    chorus: Delay,
    inputs { input: PortSpec::stereo("input", "What is thickened.") },
    outputs { out: PortSpec::stereo("out", "Dry and copies together.") },
    params {
        rate: ParamSpec::hz("rate", 0.6, 0.01, 10.0, "How fast the copies drift."),
        depth: ParamSpec::unit_range("depth", 0.3, "How far they drift: 1 is nearly the whole delay.").smooth(),
        delay: ParamSpec::secs("delay", 0.012, 0.002, 0.05, "The mean delay of the copies.").smooth(),
        voices: ParamSpec::integer("voices", 3, 1, 6, "How many copies there are on each side.").at_once(),
        spread: ParamSpec::unit_range("spread", 1.0, "How far the sides differ."),
        feedback: ParamSpec::number("feedback", 0.0, -0.9, 0.9, "How much of the copies enters again.").smooth(),
        mix: ParamSpec::unit_range("mix", 0.5, "0: only the dry sound; 1: only the copies.").smooth(),
    },
    with { channels: NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Chorus::new(setup.sample_rate)))
}

/// As long as another number of copies takes to be heard.
const CROSS_SECS: f32 = 0.005;

struct Chorus {
    sample_rate: f32,
    lines: [DelayLine; 2],
    phase: u32,
    rest: Rest,
    voices: Crossing<u32>,
}

impl Chorus {
    fn new(sample_rate: f32) -> Chorus {
        // The longest delay, nearly doubled by the deepest drift.
        let longest = (0.1 * sample_rate) as usize + 8;
        let lines = [0, 1].map(|_| DelayLine::new(longest));
        Chorus {
            sample_rate,
            lines,
            phase: 0,
            rest: Rest::new(longest),
            voices: Crossing::new(1, CROSS_SECS, sample_rate),
        }
    }
    fn clear(&mut self) {
        self.lines.iter_mut().for_each(DelayLine::clear);
        self.phase = 0;
        self.rest.sleep();
    }
    /// The mean of all copies on one side, with the delay in frames and the drift as a part of it.
    #[inline(always)]
    fn copies(&self, side: usize, voices: u32, apart: u32, delay: f32, depth: f32) -> f32 {
        let mut sum = 0.0;
        let first = self.phase.wrapping_sub(side as u32 * apart);
        for voice in 0..voices {
            let phase = first.wrapping_add((u32::MAX / voices).wrapping_mul(voice));
            sum += self.lines[side].read(delay + delay * depth * sin_phase::<f32>(phase));
        }
        sum / voices as f32
    }
}

impl Processor for Chorus {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let step = phase_step(io.number(par::rate), self.sample_rate);
        let voices = io.index(par::voices).clamp(1, 6) as u32;
        let apart = (io.number(par::spread) * (1u32 << 30) as f32) as u32;
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
            if self.rest.asleep() {
                self.voices.jump(voices);
            }
            let voices = self.voices.next(voices);
            let frames = bf_dsp::Lane::clamp(delay.at(i), 0.002, 0.05) * self.sample_rate;
            let depth = 0.9 * bf_dsp::Lane::clamp(depth.at(i), 0.0, 1.0);
            let feedback = bf_dsp::Lane::clamp(feedback.at(i), -0.9, 0.9);
            let mut loud = x != [0.0; 2];
            for side in 0..2 {
                let copies = |voices| self.copies(side, voices, apart, frames, depth);
                let (from, to) = (voices.from, voices.to);
                let wet = copies(to);
                // The mean of copies that do not agree is quieter than one: half the loss is given back.
                let (mut again, mut heard) = (wet, wet * (to as f32).sqrt());
                if from != to {
                    let left = copies(from);
                    again = left + (again - left) * voices.gain;
                    heard = left * (from as f32).sqrt() + (heard - left * (from as f32).sqrt()) * voices.gain;
                }
                loud |= self.lines[side].push(x[side] + again * feedback) != 0.0;
                out[side][i] = blend_one(x[side], heard, mix.at(i));
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
        laws::hold(&SPEC, &[("feedback", 0.5.into())]);
        laws::rests(&SPEC, &[], 1.0);
    }

    fn sine(values: &[(&'static str, bf_node::Value)], frames: usize) -> Vec<Vec<f32>> {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        for channel in 0..2 {
            rig.feed("input", channel, |frame, _| (frame as f32 * core::f32::consts::TAU / 48.0).sin());
        }
        rig.run(frames)
    }

    #[test]
    fn one_copy_drifts_by_the_stated_pitch() {
        // Depth 0.3 of 12 ms at 1 Hz: a speed of 2π × 0.27 × 0.012 = 2 % up and down.
        let values = [("rate", 1.0.into()), ("voices", 1.0.into()), ("mix", 1.0.into())];
        let out = sine(&values, 50_000);
        let mut rising = (2_000..50_000).filter(|i| out[0][i - 1] < 0.0 && out[0][*i] >= 0.0).map(|i| {
            let (a, b) = (out[0][i - 1], out[0][i]);
            i as f32 - b / (b - a)
        });
        let mut last = rising.next().unwrap();
        let (mut least, mut most) = (f32::MAX, 0.0f32);
        for at in rising {
            least = least.min(at - last);
            most = most.max(at - last);
            last = at;
        }
        let bend = (48.0 / least - 1.0, 1.0 - 48.0 / most);
        assert!((0.018..0.023).contains(&bend.0) && (0.018..0.023).contains(&bend.1), "{bend:?}");
    }

    #[test]
    fn sides_differ_with_spread_only() {
        let out = sine(&[], 4_800);
        assert_ne!(out[0], out[1]);
        let out = sine(&[("spread", 0.0.into())], 4_800);
        assert_eq!(out[0], out[1]);
    }
}
