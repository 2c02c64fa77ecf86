//! The gentlest filter: one pole.

use crate::filter::{hush, same, take_over};
use bf_dsp::rest::{self, Watch, spans};
use bf_dsp::{Lane, svf::warp};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// A gentle slope of 6 dB an octave: what is below the cutoff, and what is above it.
    ///
    /// The two outputs add up to the input. Good for taking the edge off, for removing an offset (`high` at 20 Hz) and
    /// for splitting a sound in two.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// noise = { type = "white" }
    /// soft = { type = "onepole", cutoff = 800.0 }
    /// level = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "soft" = "noise"
    /// "level" = "soft.low"
    /// "out" = "level"
    /// ```
    ///
    /// *Source*: V. Zavalishin, "The Art of VA Filter Design" (2018), section 3.
    onepole: Filter,
    inputs { input: PortSpec::signal("input", "What is filtered.") },
    outputs {
        low: PortSpec::signal("low", "What lies below the cutoff."),
        high: PortSpec::signal("high", "What lies above the cutoff."),
    },
    params { cutoff: ParamSpec::hz("cutoff", 1000.0, 1.0, 20_000.0, "Where both outputs are 3 dB down.") },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, OnePole))
}

struct OnePole<L> {
    sample_rate: f32,
    watch: Watch<L, 1>,
    gain: L,
    channels: Vec<L>,
}

impl<L: Lane> OnePole<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let zero = L::splat(0.0);
        OnePole {
            sample_rate: setup.sample_rate,
            watch: Watch::default(),
            gain: zero,
            channels: vec![zero; setup.channels],
        }
    }
}

impl<L: Lane> Processor for OnePole<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let cutoff = io.steady::<L>(par::cutoff);
        if self.watch.changed([cutoff]) {
            let g = warp(cutoff, self.sample_rate);
            self.gain = g / (L::splat(1.0) + g);
        }
        let (start, gain) = (io.start(), self.gain);
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            if io.input_silent(inp::input, channel) && rest::is_zero(*state) {
                hush::<L>(io, out::COUNT, channel);
                continue;
            }
            status = Status::Active;
            let x = io.input::<L>(inp::input, channel);
            let [low, high] = io.outputs::<L, 2>([out::low, out::high], channel);
            let mut s = *state;
            for (span, due) in spans(start, x.len()) {
                if due {
                    s = rest::settle(s);
                }
                for i in span {
                    // The integrator moves by v into the middle of the frame, and by v again to its end.
                    let v = (x[i] - s) * gain;
                    let y = s + v;
                    s = y + v;
                    low[i] = y;
                    high[i] = x[i] - y;
                }
            }
            *state = s;
        }
        status
    }

    fn reset(&mut self, lanes: LaneMask) {
        for state in &mut self.channels {
            *state = rest::clear(*state, lanes);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        same::<Self>(old).map_or(Adopt::None, |old| take_over(&mut self.channels, &old.channels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;

    #[test]
    fn both_outputs_follow_the_analogue_prototype() {
        for cutoff in [30.0, 1000.0, 15_000.0] {
            let low = impulse(&SPEC, &[("cutoff", cutoff.into())], "low", 24_000);
            let high = impulse(&SPEC, &[("cutoff", cutoff.into())], "high", 24_000);
            for hz in sweep(30) {
                let w2 = warped(hz, cutoff).powi(2);
                let want = -10.0 * (1.0 + w2).log10();
                assert!((gain_db(&low, hz) - want).abs() < 0.1, "low at {hz}");
                let want = 10.0 * (w2 / (1.0 + w2)).log10();
                assert!((gain_db(&high, hz) - want).abs() < 0.1, "high at {hz}");
            }
        }
    }

    #[test]
    fn it_comes_to_rest() {
        let mut rig = rig(&SPEC, &[]);
        rig.feed("input", 0, |frame, _| if frame == 0 { 1.0 } else { 0.0 });
        rig.run(9600);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        keeps_every_bit(&SPEC, &[], |rig| {
            rig.feed("input", 0, noise);
            rig.feed("input", 1, |f, l| noise(f + 1000, l));
            rig.drive("cutoff", |f, l| 1000.0 + 900.0 * noise(f, l + 3));
        });
    }
}
