//! One sound times another.

use bf_dsp::math::sin_phase;
use bf_dsp::tail::{LaneRest, settle};
use bf_dsp::{Lane, LaneBits};
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Multiplies a sound with a carrier: bells, robots, tremolo.
    ///
    /// Every tone of the input is replaced by two, the sum and the difference with the carrier. The carrier is what
    /// is patched there, else a sine of `freq`. `bias` adds the input itself: at 1 it is a tremolo at slow and
    /// amplitude modulation at fast frequencies.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "triangle", freq = 220.0 }
    /// quiet = { type = "gain", gain = 0.4 }
    /// bell = { type = "ringmod", freq = 347.0, mix = 0.8 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "osc"
    /// "bell" = "quiet"
    /// "out" = "bell"
    /// ```
    ringmod: Shaper,
    inputs {
        input: PortSpec::signal("input", "What is multiplied."),
        carrier: PortSpec::signal("carrier", "With what; a sine of `freq` where no cable enters."),
    },
    outputs { out: PortSpec::signal("out", "The product.") },
    params {
        freq: ParamSpec::hz("freq", 440.0, 0.0, 20_000.0, "The frequency of the sine.").smooth(),
        bias: ParamSpec::unit_range("bias", 0.0, "0: ring modulation; 1: amplitude modulation.").smooth(),
        mix: ParamSpec::unit_range("mix", 1.0, "0: only the dry sound; 1: only the product.").smooth(),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Ringmod))
}

struct Ringmod<L: Lane> {
    sample_rate: f32,
    /// One for all channels.
    phase: L::Bits,
    rest: LaneRest<L>,
}

impl<L: Lane> Ringmod<L> {
    fn new(setup: &Setup<'_>) -> Self {
        Ringmod { sample_rate: setup.sample_rate, phase: L::Bits::splat(0), rest: LaneRest::new() }
    }
}

impl<L: Lane> Processor for Ringmod<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let channels = io.channels();
        if self.rest.all_asleep() && (0..channels).all(|c| io.input_silent(inp::input, c)) {
            io.silence();
            return Status::Idle;
        }
        let patched = io.patched(inp::carrier);
        let (freq, bias, mix) = (io.smooth::<L>(par::freq), io.smooth::<L>(par::bias), io.smooth::<L>(par::mix));
        let cycles = L::splat(1.0 / self.sample_rate);
        let one = L::splat(1.0);
        for i in 0..io.frames() {
            // A sine at rest stands at the start of its cycle.
            self.phase = L::Bits::select(self.rest.asleep(), L::Bits::splat(0), self.phase);
            let sine = sin_phase::<L>(self.phase);
            let step = (freq.at(i) * cycles).clamp(-0.4999, 0.4999) * L::splat(4_294_967_296.0);
            self.phase = self.phase.wrapping_add(step.to_int());
            let (bias, mix) = (bias.at(i).clamp(0.0, 1.0), mix.at(i).clamp(0.0, 1.0));
            let mut size = L::splat(0.0);
            for channel in 0..channels {
                let x = settle(io.input::<L>(inp::input, channel)[i]);
                let carrier = if patched { settle(io.input::<L>(inp::carrier, channel)[i]) } else { sine };
                // The bias takes from the carrier what it adds, so that the peak stays.
                let wet = x * (carrier + bias) / (one + bias);
                io.output::<L>(out::out, channel)[i] = x * (one - mix) + settle(wet) * mix;
                size = size.max(x.abs());
            }
            self.rest.count(size);
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        for lane in (0..L::WIDTH).filter(|lane| lanes & (1 << lane) != 0) {
            self.phase.set(lane, 0);
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
        laws::hold(&SPEC, &[("bias", 0.5.into())]);
        laws::rests(&SPEC, &[], 0.5);
    }

    #[test]
    fn a_sine_by_a_sine_is_sum_and_difference() {
        let bench = Bench { patched: Some(vec!["input"]), ..Bench::default() };
        let mut rig = Rig::new(&SPEC, &bench).unwrap();
        rig.set("freq", 300.0);
        let tau = core::f64::consts::TAU / 48_000.0;
        rig.feed("input", 0, move |frame, _| (tau * 1_000.0 * frame as f64).cos() as f32);
        let out = rig.run(9_600);
        for (n, y) in out[0].iter().enumerate().skip(1) {
            let t = tau * n as f64;
            let want = 0.5 * ((1_300.0 * t).sin() - (700.0 * t).sin());
            assert!((f64::from(*y) - want).abs() < 1e-4, "{n}");
        }
    }

    #[test]
    fn a_patched_carrier_counts() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.feed("input", 0, |_, _| 0.5);
        rig.feed("carrier", 0, |_, _| -0.5);
        assert_eq!(rig.run(64)[0][10], -0.25);
        rig.set("bias", 1.0);
        assert_eq!(rig.run(64)[0][10], 0.125);
    }
}
