//! Limits how fast a signal moves.

use crate::filter::{same, take_over};
use bf_dsp::{Lane, rest};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Rounds off jumps: the output follows the input, but only so fast.
    ///
    /// `rise` and `fall` are the seconds that a change of 1 takes, upwards and downwards. With steps from a sequencer
    /// it makes glides; with an audio signal it is a dull, lazy distortion. It starts at whatever comes in first.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// steps = { type = "lfo", shape = "random", rate = 3.0 }
    /// glide = { type = "slew", rise = 0.1, fall = 0.4 }
    /// osc = { type = "triangle", freq = 220.0 }
    /// level = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "glide" = "steps"
    /// "osc.freq" = { from = "glide", amount = 1.0 }
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    slew: Modulation,
    inputs { input: PortSpec::signal("input", "What is followed.") },
    outputs { out: PortSpec::signal("out", "The input with its jumps rounded off.") },
    params {
        rise: ParamSpec::secs("rise", 0.1, 0.0001, 20.0, "How long a rise by 1 takes."),
        fall: ParamSpec::secs("fall", 0.1, 0.0001, 20.0, "How long a fall by 1 takes."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Slew))
}

#[derive(Clone, Copy)]
struct State<L> {
    level: L,
    /// 0 in the lanes that have heard nothing yet.
    begun: L,
}

struct Slew<L> {
    sample_rate: f32,
    channels: Vec<State<L>>,
}

impl<L: Lane> Slew<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let new = State { level: L::splat(0.0), begun: L::splat(0.0) };
        Slew { sample_rate: setup.sample_rate, channels: vec![new; setup.channels] }
    }
}

impl<L: Lane> Processor for Slew<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (zero, one) = (L::splat(0.0), L::splat(1.0));
        let step = |secs: L| one / (secs.max(L::splat(1.0e-5)) * L::splat(self.sample_rate));
        let (up, down) = (step(io.steady(par::rise)), -step(io.steady(par::fall)));
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            let silent = io.input_silent(inp::input, channel);
            let x = io.input::<L>(inp::input, channel);
            let y = io.output::<L>(out::out, channel);
            if silent && rest::is_zero(state.level) {
                state.begun = one;
                y.fill(zero);
                continue;
            }
            status = Status::Active;
            let mut level = state.level;
            if let Some(first) = x.first() {
                level = L::select(state.begun.gt(zero), level, first.finite_or_zero());
                state.begun = one;
            }
            for (x, y) in x.iter().zip(y) {
                level += (x.finite_or_zero() - level).max(down).min(up);
                *y = level;
            }
            state.level = level;
        }
        status
    }

    fn reset(&mut self, lanes: LaneMask) {
        for state in &mut self.channels {
            state.level = rest::clear(state.level, lanes);
            state.begun = rest::clear(state.begun, lanes);
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
    fn jumps_take_the_time_they_should() {
        let mut rig = rig(&SPEC, &[("rise", 0.1.into()), ("fall", 0.2.into())]);
        rig.feed("input", 0, |f, _| if (100..20_000).contains(&f) { 0.5 } else { -0.5 });
        let y = rig.run_output("out", 0, 0, 40_000);
        assert_eq!(y[0], -0.5, "it starts at what comes in first");
        let up = y.iter().position(|x| *x >= 0.4999).expect("it arrives") - 100;
        assert!((up as i64 - 4800).abs() < 10, "{up}");
        let down = y[20_000..].iter().position(|x| *x <= -0.4999).expect("it arrives");
        assert!((down as i64 - 9600).abs() < 20, "{down}");
        assert!((y[2500] - 0.0).abs() < 0.01, "a straight line");
    }

    #[test]
    fn what_moves_slowly_passes_unchanged() {
        let mut rig = rig(&SPEC, &[("rise", 0.001.into()), ("fall", 0.001.into())]);
        rig.feed("input", 0, |f, _| (f as f32 * 0.01).sin());
        let y = rig.run_output("out", 0, 0, 1000);
        assert!((0..1000).all(|i| (y[i] - (i as f32 * 0.01).sin()).abs() < 1e-6));
    }

    #[test]
    fn it_rests_on_silence_only() {
        let mut rig = rig(&SPEC, &[]);
        rig.feed("input", 0, |f, _| f32::from(f < 1000));
        rig.run(512);
        assert_eq!(rig.status, Status::Active);
        rig.run(9600);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        keeps_every_bit(&SPEC, &[], |rig| {
            rig.feed("input", 0, |f, l| noise(f / 100, l));
            rig.feed("input", 1, |f, l| f32::from(f > 900) * noise(f / 10, l + 1));
            rig.drive("rise", |f, l| 0.01 + noise(f, l).abs());
        });
    }
}
