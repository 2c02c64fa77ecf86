//! Follows how loud a sound is.

use crate::filter::{hush, same, take_over};
use bf_dsp::Lane;
use bf_dsp::envelope::rate;
use bf_dsp::rest::{self, Watch, spans};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Turns the loudness of a sound into a control signal: let the drums open the filter.
    ///
    /// `peak` follows the height of the wave, `rms` its energy over some 10 ms, which is nearer to what is heard (a
    /// full sine is 0.71). `attack` and `release` are how fast the output climbs and falls: after that time, 63 % of
    /// the way is done.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// beat = { type = "square", freq = 2.0 }
    /// env = { type = "follower", attack = 0.005, release = 0.2 }
    /// osc = { type = "saw", freq = 80.0 }
    /// filter = { type = "svf", cutoff = 200.0, resonance = 0.5 }
    /// level = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "env" = "beat"
    /// "filter" = "osc"
    /// "filter.cutoff" = { from = "env", amount = 3.0 }
    /// "level" = "filter"
    /// "out" = "level"
    /// ```
    follower: Modulation,
    inputs { input: PortSpec::signal("input", "The sound that is followed.") },
    outputs { out: PortSpec::signal("out", "How loud it is; 1 for full scale.") },
    params {
        attack: ParamSpec::secs("attack", 0.005, 0.0001, 5.0, "How fast it climbs."),
        release: ParamSpec::secs("release", 0.15, 0.001, 10.0, "How fast it falls."),
        mode: ParamSpec::choice("mode", 0, &["peak", "rms"], "What counts as loud: height or energy."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Follower))
}

/// The time constant of the energy's average.
const WINDOW_SECS: f32 = 0.01;

#[derive(Clone, Copy)]
struct State<L> {
    energy: L,
    level: L,
}

struct Follower<L> {
    sample_rate: f32,
    watch: Watch<L, 2>,
    attack: L,
    release: L,
    channels: Vec<State<L>>,
}

impl<L: Lane> Follower<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let zero = L::splat(0.0);
        Follower {
            sample_rate: setup.sample_rate,
            watch: Watch::default(),
            attack: zero,
            release: zero,
            channels: vec![State { energy: zero, level: zero }; setup.channels],
        }
    }
}

/// What no sound exceeds, so that a wild input does not silence the follower for long.
const LOUDEST: f32 = 1.0e4;

impl<L: Lane> Processor for Follower<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let now = [io.steady::<L>(par::attack), io.steady::<L>(par::release)];
        if self.watch.changed(now) {
            [self.attack, self.release] = now.map(|secs| rate(secs, 1.0, self.sample_rate));
        }
        let (attack, release) = (self.attack, self.release);
        let window = rate(L::splat(WINDOW_SECS), 1.0, self.sample_rate);
        let (start, rms) = (io.start(), io.index(par::mode) == 1);
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            if io.input_silent(inp::input, channel) && rest::is_zero(state.level) && rest::is_zero(state.energy) {
                hush::<L>(io, out::COUNT, channel);
                continue;
            }
            status = Status::Active;
            let x = io.input::<L>(inp::input, channel);
            let y = io.output::<L>(out::out, channel);
            let mut s = *state;
            for (span, due) in spans(start, x.len()) {
                if due {
                    s = State { energy: rest::settle(s.energy), level: rest::settle(s.level) };
                }
                for (x, y) in x[span.clone()].iter().zip(&mut y[span]) {
                    let size = x.finite_or_zero().abs().min(L::splat(LOUDEST));
                    s.energy = (size * size - s.energy).mul_add(window, s.energy);
                    let goal = if rms { s.energy.sqrt() } else { size };
                    let rate = L::select(goal.gt(s.level), attack, release);
                    s.level = (goal - s.level).mul_add(rate, s.level);
                    *y = s.level;
                }
            }
            *state = s;
        }
        status
    }

    fn reset(&mut self, lanes: LaneMask) {
        for state in &mut self.channels {
            state.energy = rest::clear(state.energy, lanes);
            state.level = rest::clear(state.level, lanes);
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

    fn tone(gain: f32) -> impl FnMut(u64, usize) -> f32 {
        move |f, _| gain * (f as f32 * core::f32::consts::TAU * 500.0 / 48_000.0).sin()
    }

    #[test]
    fn a_sine_reads_its_level() {
        for (mode, want, slack) in [("peak", 0.5, 0.06), ("rms", 0.353_55, 0.01)] {
            let values = [("mode", mode.into()), ("attack", 0.0005.into()), ("release", 0.3.into())];
            let mut rig = rig(&SPEC, &values);
            rig.feed("input", 0, tone(0.5));
            let y = rig.run_output("out", 0, 0, 48_000);
            assert!((y[47_999] - want).abs() < slack, "{mode}: {}", y[47_999]);
        }
    }

    #[test]
    fn it_climbs_and_falls_as_told_and_ends_in_rest() {
        let mut rig = rig(&SPEC, &[("attack", 0.02.into()), ("release", 0.05.into())]);
        rig.feed("input", 0, |f, _| f32::from(f < 9600));
        let y = rig.run_output("out", 0, 0, 120_000);
        assert!((y[959] - 0.632).abs() < 0.002, "{}", y[959]);
        assert!((y[9600 + 2399] - 0.368 * y[9599]).abs() < 0.002, "{}", y[9600 + 2399]);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn a_broken_input_does_not_stick() {
        let mut rig = rig(&SPEC, &[]);
        rig.feed("input", 0, |f, _| if f == 10 { f32::NAN } else { f32::INFINITY });
        assert_eq!(peak(&rig.run(256)[0]), 0.0);
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        for mode in ["peak", "rms"] {
            keeps_every_bit(&SPEC, &[("mode", mode.into())], |rig| {
                rig.feed("input", 0, noise);
                rig.drive("release", |f, l| 0.1 + noise(f, l).abs());
            });
        }
    }
}
