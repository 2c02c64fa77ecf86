//! Follows how loud a sound is.

use crate::filter::{hush, same, take_over};
use bf_dsp::Lane;
use bf_dsp::envelope::rate;
use bf_dsp::rest::{self, SETTLE, Watch, spans};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Turns the loudness of a sound into a control signal: let the drums open the filter.
    ///
    /// `peak` follows the height of the wave, `rms` its energy over some 10 ms, which is nearer to what is heard (a
    /// full sine is 0.71). `attack` and `release` are how fast the output climbs and falls: after that time, 63 % of
    /// the way is done.
    ///
    /// A height is held for some 10 ms, or half of `release` where that is shorter, before the output falls from it:
    /// so a steady tone down to 50 Hz reads as it is, however slow the attack. The hold is part of `release`.
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

/// The longest that a height is held: half a cycle of 50 Hz.
const HOLD_SECS: f32 = 0.01;
/// Stretches that the hold is made of, each of one span between the frames where state settles, or more.
const STRETCHES: usize = 7;

#[derive(Clone, Copy)]
struct State<L> {
    energy: L,
    level: L,
    /// The greatest height of the stretch that runs, and of those before it, the latest first.
    now: L,
    past: [L; STRETCHES],
    /// The greatest of those that are still held.
    held: L,
}

impl<L: Lane> State<L> {
    fn new() -> Self {
        let zero = L::splat(0.0);
        State { energy: zero, level: zero, now: zero, past: [zero; STRETCHES], held: zero }
    }

    fn is_at_rest(&self) -> bool {
        let mut all = self.past.iter().chain([&self.now, &self.held, &self.level, &self.energy]);
        all.all(|x| rest::is_zero(*x))
    }

    /// Begins a stretch; each lane holds so many of those before it.
    fn turn(&mut self, stretches: L) {
        self.past.rotate_right(1);
        self.past[0] = self.now;
        (self.now, self.held) = (L::splat(0.0), L::splat(0.0));
        for (i, height) in self.past.iter().enumerate() {
            let kept = L::select(stretches.gt(L::splat(i as f32 + 0.5)), *height, L::splat(0.0));
            self.held = self.held.max(kept);
        }
    }
}

struct Follower<L> {
    sample_rate: f32,
    watch: Watch<L, 2>,
    attack: L,
    /// For heights, of which the hold is a part, and for energy.
    release: [L; 2],
    /// How many stretches are held, and how many spans are one.
    stretches: L,
    spans: u64,
    channels: Vec<State<L>>,
}

impl<L: Lane> Follower<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let zero = L::splat(0.0);
        Follower {
            sample_rate: setup.sample_rate,
            watch: Watch::default(),
            attack: zero,
            release: [zero; 2],
            stretches: zero,
            spans: (setup.sample_rate / 48_000.0).round().max(1.0) as u64,
            channels: vec![State::new(); setup.channels],
        }
    }

    fn tune(&mut self, attack: L, release: L) {
        let stretch = (SETTLE as u64 * self.spans) as f32 / self.sample_rate;
        let hold = (release * L::splat(0.5)).min(L::splat(HOLD_SECS));
        self.stretches = (hold * L::splat(1.0 / stretch)).floor().min(L::splat(STRETCHES as f32));
        // Heights fall somewhere within a stretch, on average in its middle.
        let rest = release - (self.stretches + L::splat(0.5)) * L::splat(stretch);
        let rest = rest.max(release * L::splat(0.25));
        self.attack = rate(attack, 1.0, self.sample_rate);
        self.release = [rest, release].map(|secs| rate(secs, 1.0, self.sample_rate));
    }
}

/// What no sound reaches: beyond it is a fault and counts as silence, or it would be held.
const LOUDEST: f32 = 1.0e4;

impl<L: Lane> Processor for Follower<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let now = [io.steady::<L>(par::attack), io.steady::<L>(par::release)];
        if self.watch.changed(now) {
            self.tune(now[0], now[1]);
        }
        let window = rate(L::splat(WINDOW_SECS), 1.0, self.sample_rate);
        let (start, rms) = (io.start(), io.index(par::mode) == 1);
        let (attack, release) = (self.attack, self.release[usize::from(rms)]);
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            if io.input_silent(inp::input, channel) && state.is_at_rest() {
                hush::<L>(io, out::COUNT, channel);
                continue;
            }
            status = Status::Active;
            let x = io.input::<L>(inp::input, channel);
            let y = io.output::<L>(out::out, channel);
            let mut s = *state;
            for (span, due) in spans(start, x.len()) {
                if due {
                    (s.energy, s.level) = (rest::settle(s.energy), rest::settle(s.level));
                    let at = start.wrapping_add(span.start as u64) / SETTLE as u64;
                    if at.is_multiple_of(self.spans) {
                        s.turn(self.stretches);
                    }
                }
                for (x, y) in x[span.clone()].iter().zip(&mut y[span]) {
                    let size = x.abs();
                    let size = L::select(size.lt(L::splat(LOUDEST)), size, L::splat(0.0));
                    s.energy = (size * size - s.energy).mul_add(window, s.energy);
                    s.now = s.now.max(size);
                    let goal = if rms { s.energy.sqrt() } else { s.held.max(s.now) };
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
            let heights = state.past.iter_mut().chain([&mut state.now, &mut state.held]);
            for x in heights.chain([&mut state.energy, &mut state.level]) {
                *x = rest::clear(*x, lanes);
            }
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
    use bf_node::rig::{Bench, Rig};

    fn tone(gain: f32) -> impl FnMut(u64, usize) -> f32 {
        move |f, _| gain * (f as f32 * core::f32::consts::TAU * 500.0 / 48_000.0).sin()
    }

    #[test]
    fn a_sine_reads_its_level() {
        for (mode, want, slack) in [("peak", 0.5, 0.002), ("rms", 0.353_55, 0.01)] {
            let values = [("mode", mode.into()), ("attack", 0.0005.into()), ("release", 0.3.into())];
            let mut rig = rig(&SPEC, &values);
            rig.feed("input", 0, tone(0.5));
            let y = rig.run_output("out", 0, 0, 48_000);
            assert!((y[47_999] - want).abs() < slack, "{mode}: {}", y[47_999]);
        }
    }

    #[test]
    fn a_full_sine_reads_one_however_slow_it_climbs() {
        for rate in [44_100, 48_000, 192_000] {
            for (hz, attack, release) in
                [(1_000.0, 0.005, 0.15), (1_000.0, 0.02, 0.15), (60.0, 0.1, 0.1), (7_001.0, 0.1, 0.02)]
            {
                let values = vec![("attack", attack.into()), ("release", release.into())];
                let bench = Bench { sample_rate: rate, values, ..Bench::default() };
                let mut rig = Rig::new(&SPEC, &bench).unwrap();
                rig.feed("input", 0, move |f, _| {
                    (f as f64 * hz * core::f64::consts::TAU / f64::from(rate)).sin() as f32
                });
                let y = rig.run_output("out", 0, 0, rate as usize);
                let last = y[y.len() - 1];
                assert!((last - 1.0).abs() < 0.01, "{hz} Hz, {attack} s, {release} s at {rate}: {last}");
                if attack > 0.01 && hz > 500.0 {
                    let after = y[(attack * f64::from(rate)) as usize];
                    assert!((after - 0.632).abs() < 0.02, "{hz} Hz, {attack} s at {rate}: {after}");
                }
            }
        }
    }

    #[test]
    fn it_climbs_and_falls_as_told_and_ends_in_rest() {
        let mut rig = rig(&SPEC, &[("attack", 0.02.into()), ("release", 0.05.into())]);
        rig.feed("input", 0, |f, _| f32::from(f < 9600));
        let y = rig.run_output("out", 0, 0, 120_000);
        assert!((y[959] - 0.632).abs() < 0.002, "{}", y[959]);
        assert!((y[9600 + 2399] - 0.368 * y[9599]).abs() < 0.01, "{}", y[9600 + 2399]);
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
