//! All partials moved by the same number of hertz.

use bf_dsp::hilbert::Hilbert;
use bf_dsp::math::sin_phase;
use bf_dsp::tail::{LaneRest, settle};
use bf_dsp::{GRID, Lane, LaneBits};
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, Unit, lanes, node};

node! {
    /// Shifts every partial by the same number of hertz, so that harmony becomes metal.
    ///
    /// A few hertz with `mix` in the middle make notches that climb for ever; with feedback they spiral. `up` moves
    /// by `shift`, `down` by as much the other way. The unwanted side is at least 60 dB down from 20 Hz on.
    ///
    /// *Source*: single-sideband modulation of an analytic signal from two all-pass chains (Bode 1972, Niemitalo).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 110.0 }
    /// quiet = { type = "gain", gain = 0.25 }
    /// climb = { type = "freqshift", shift = 0.4, mix = 0.5, feedback = 0.6 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "osc"
    /// "climb" = "quiet"
    /// "out" = "climb"
    /// ```
    freqshift: Shaper,
    inputs { input: PortSpec::signal("input", "What is shifted.") },
    outputs {
        up: PortSpec::signal("up", "Shifted by `shift`."),
        down: PortSpec::signal("down", "Shifted the other way."),
    },
    params {
        shift: ParamSpec::number("shift", 100.0, -10_000.0, 10_000.0, "How far.").unit(Unit::Hz).smooth(),
        feedback: ParamSpec::number("feedback", 0.0, 0.0, 0.95, "How much of `up` is shifted again.").smooth(),
        mix: ParamSpec::unit_range("mix", 1.0, "0: only the dry sound; 1: only the shifted one.").smooth(),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Shifter))
}

/// From here on the unwanted side is suppressed.
const LOWEST_HZ: f32 = 15.0;

struct Channel<L: Lane> {
    hilbert: Hilbert<L>,
    last: L,
}

struct Shifter<L: Lane> {
    sample_rate: f32,
    channels: Vec<Channel<L>>,
    /// One for all channels.
    phase: L::Bits,
    rest: LaneRest<L>,
}

impl<L: Lane> Shifter<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let channel = |_| Channel { hilbert: Hilbert::new(setup.sample_rate, LOWEST_HZ), last: L::splat(0.0) };
        Shifter {
            sample_rate: setup.sample_rate,
            channels: (0..setup.channels).map(channel).collect(),
            phase: L::Bits::splat(0),
            rest: LaneRest::new(),
        }
    }
}

impl<L: Lane> Processor for Shifter<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        if self.rest.all_asleep() && (0..io.channels()).all(|c| io.input_silent(inp::input, c)) {
            io.silence();
            return Status::Idle;
        }
        let (shift, feedback) = (io.smooth::<L>(par::shift), io.smooth::<L>(par::feedback));
        let (mix, start, one) = (io.smooth::<L>(par::mix), io.start(), L::splat(1.0));
        let cycles = L::splat(1.0 / self.sample_rate);
        for i in 0..io.frames() {
            self.phase = L::Bits::select(self.rest.asleep(), L::Bits::splat(0), self.phase);
            let sin = sin_phase::<L>(self.phase);
            let cos = sin_phase::<L>(self.phase.wrapping_add(L::Bits::splat(1 << 30)));
            let step = (shift.at(i) * cycles).clamp(-0.4999, 0.4999) * L::splat(4_294_967_296.0);
            self.phase = self.phase.wrapping_add(step.to_int());
            let feedback = feedback.at(i).clamp(0.0, 0.95);
            let mix = mix.at(i).clamp(0.0, 1.0);
            let on_grid = (start + i as u64).is_multiple_of(GRID as u64);
            let mut size = L::splat(0.0);
            for (c, channel) in self.channels.iter_mut().enumerate() {
                let x = settle(io.input::<L>(inp::input, c)[i]);
                let [re, im] = channel.hilbert.next(settle(x + channel.last * feedback));
                let (up, down) = (re * cos - im * sin, re * cos + im * sin);
                channel.last = up;
                let dry = x * (one - mix);
                io.output::<L>(out::up, c)[i] = dry + up * mix;
                io.output::<L>(out::down, c)[i] = dry + down * mix;
                size = size.max(x.abs()).max(re.abs()).max(im.abs());
                if on_grid {
                    channel.hilbert.settle();
                }
            }
            self.rest.count(size);
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        for lane in (0..L::WIDTH).filter(|lane| lanes & (1 << lane) != 0) {
            for channel in &mut self.channels {
                channel.hilbert.clear_lane(lane);
                channel.last.set(lane, 0.0);
            }
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
        laws::hold(&SPEC, &[("feedback", 0.5.into())]);
        laws::rests(&SPEC, &[], 4.0);
    }

    /// The level of a frequency in 4,800 frames (10 Hz apart), under no window.
    fn level(x: &[f32], hz: f64) -> f64 {
        let w = core::f64::consts::TAU * hz / 48_000.0;
        let (mut re, mut im) = (0.0, 0.0);
        for (n, x) in x.iter().enumerate() {
            re += f64::from(*x) * (w * n as f64).cos();
            im += f64::from(*x) * (w * n as f64).sin();
        }
        20.0 * ((re * re + im * im).sqrt() * 2.0 / x.len() as f64).max(1e-9).log10()
    }

    #[test]
    fn a_tone_moves_up_and_down_alone() {
        for hz in [100.0, 1_000.0, 8_000.0] {
            let mut rig = Rig::new(&SPEC, &Bench { values: vec![("shift", 70.0.into())], ..Bench::default() }).unwrap();
            rig.feed("input", 0, move |n, _| (core::f64::consts::TAU * hz / 48_000.0 * n as f64).sin() as f32);
            rig.run(48_000);
            let out = rig.run(4_800);
            for (out, want, image) in [(&out[0], hz + 70.0, hz - 70.0), (&out[1], hz - 70.0, hz + 70.0)] {
                assert!(level(out, want).abs() < 0.05, "{hz}: {} dB", level(out, want));
                assert!(level(out, image) < -60.0, "{hz}: image {} dB", level(out, image));
                assert!(level(out, hz) < -60.0, "{hz}: carrier {} dB", level(out, hz));
            }
        }
    }
}
