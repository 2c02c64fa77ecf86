//! Fewer bits and fewer frames.

use bf_dsp::math::exp2;
use bf_dsp::tail::{LaneRest, settle};
use bf_dsp::{Lane, LaneBits};
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Sounds like an old sampler: coarse steps of level, and frames that are held.
    ///
    /// `bits` sets the steps of level; parts of a bit are allowed, so it can be swept. `rate` sets how often a new
    /// frame is taken; what does not fit below half of it folds back, as it did then. Silence stays silent.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "triangle", freq = 220.0 }
    /// quiet = { type = "gain", gain = 0.4 }
    /// old = { type = "crush", bits = 5.0, rate = 6000.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "osc"
    /// "old" = "quiet"
    /// "out" = "old"
    /// ```
    crush: Shaper,
    inputs { input: PortSpec::signal("input", "What is made coarse.") },
    outputs { out: PortSpec::signal("out", "The coarse sound.") },
    params {
        bits: ParamSpec::number("bits", 8.0, 1.0, 24.0, "Bits of a frame: 1 leaves -1, 0 and 1."),
        rate: ParamSpec::hz("rate", 12_000.0, 50.0, 96_000.0, "New frames a second; from the sample rate up, all."),
        mix: ParamSpec::unit_range("mix", 1.0, "0: only the dry sound; 1: only the coarse one.").smooth(),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Crush))
}

struct Crush<L: Lane> {
    sample_rate: f32,
    /// Counts cycles of `rate`; where it wraps, a new frame is taken. All channels at the same frames.
    phase: L::Bits,
    held: Vec<L>,
    rest: LaneRest<L>,
    /// The values that the coefficients were made for.
    made_for: [L; 2],
    /// Steps from 0 to 1.
    steps: L,
    step: L::Bits,
}

impl<L: Lane> Crush<L> {
    fn new(setup: &Setup<'_>) -> Self {
        Crush {
            sample_rate: setup.sample_rate,
            phase: L::Bits::splat(u32::MAX),
            held: vec![L::splat(0.0); setup.channels],
            rest: LaneRest::new(),
            made_for: [L::splat(-1.0); 2],
            steps: L::splat(1.0),
            step: L::Bits::splat(u32::MAX),
        }
    }
    fn tune(&mut self, io: &Io<'_>) {
        let [bits, rate] = [io.steady::<L>(par::bits), io.steady::<L>(par::rate)];
        let moved = |a: L, b: L| L::any(a.lt(b) | a.gt(b));
        if !moved(bits, self.made_for[0]) && !moved(rate, self.made_for[1]) {
            return;
        }
        self.made_for = [bits, rate];
        self.steps = bits.map(|bits| exp2(bits - 1.0));
        self.step = L::Bits::from_fn(|lane| {
            let cycles = f64::from(rate.get(lane)) / f64::from(self.sample_rate);
            (cycles.min(1.0) * f64::from(u32::MAX)) as u32
        });
    }
    /// Moves on by a frame and says in which lanes a new one is taken.
    #[inline(always)]
    fn turn(&mut self) -> L::Mask {
        // What sleeps takes the very first frame that wakes it.
        let before = L::Bits::select(self.rest.asleep(), L::Bits::splat(u32::MAX), self.phase);
        self.phase = before.wrapping_add(self.step);
        // The carry of the sum: it wrapped where it became less.
        let inverted = self.phase ^ L::Bits::splat(u32::MAX);
        let carry = (before & self.step) | ((before | self.step) & inverted);
        carry.shr(31).signed_to_float().gt(L::splat(0.5))
    }
}

impl<L: Lane> Processor for Crush<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        if self.rest.all_asleep() && (0..io.channels()).all(|c| io.input_silent(inp::input, c)) {
            io.silence();
            return Status::Idle;
        }
        self.tune(io);
        let (mix, every, steps) = (io.smooth::<L>(par::mix), L::splat(self.sample_rate), self.steps);
        let always = (self.made_for[1] + L::splat(0.5)).gt(every);
        for i in 0..io.frames() {
            let take = self.turn() | always;
            let mix = mix.at(i).clamp(0.0, 1.0);
            let mut size = L::splat(0.0);
            for channel in 0..self.held.len() {
                let x = settle(io.input::<L>(inp::input, channel)[i]);
                let held = L::select(take, x, self.held[channel]);
                self.held[channel] = held;
                let coarse = settle((held * steps).round() / steps);
                io.output::<L>(out::out, channel)[i] = x * (L::splat(1.0) - mix) + coarse * mix;
                size = size.max(x.abs()).max(held.abs());
            }
            self.rest.count(size);
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        for lane in (0..L::WIDTH).filter(|lane| lanes & (1 << lane) != 0) {
            self.held.iter_mut().for_each(|h| h.set(lane, 0.0));
            self.phase.set(lane, u32::MAX);
            self.rest.sleep(lane);
        }
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
        laws::hold(&SPEC, &[("bits", 3.7.into()), ("rate", 7_111.0.into())]);
        laws::rests(&SPEC, &[("rate", 7_111.0.into())], 0.5);
    }

    fn ramp(values: &[(&'static str, bf_node::Value)]) -> Vec<f32> {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        rig.feed("input", 0, |frame, _| (frame + 1) as f32 / 4_801.0);
        rig.run(4_800).remove(0)
    }

    fn different(x: &[f32]) -> usize {
        1 + x.windows(2).filter(|w| w[0] != w[1]).count()
    }

    #[test]
    fn bits_and_rate_count_the_steps() {
        let all = 96_000.0;
        // Four bits have eight steps above zero.
        assert_eq!(different(&ramp(&[("bits", 4.0.into()), ("rate", all.into())])), 9);
        assert_eq!(different(&ramp(&[("bits", 24.0.into()), ("rate", all.into())])), 4_800);
        // A tenth of a second at 6 kHz.
        assert_eq!(different(&ramp(&[("bits", 24.0.into()), ("rate", 6_000.0.into())])), 600);
    }
}
