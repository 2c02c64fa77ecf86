//! Lets through what is loud enough.

use super::side_chain::{Listen, all_silent};
use bf_dsp::GRID;
use bf_dsp::dynamics::{Pace, step_of};
use bf_dsp::fader::fader_gain;
use bf_dsp::grid::{Cut, cuts};
use bf_dsp::math::{db_to_gain, gain_to_db};
use bf_node::{
    Adopt, Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Probe, Processor, Setup, Status, Unit, node,
};
use std::sync::Arc;

node! {
    /// Closes while a sound is soft: cuts hiss, hum and spill between the notes.
    ///
    /// It opens when the level passes `threshold`. It begins to close when the level has stayed `hysteresis` below
    /// the threshold for the time of `hold`, so that it does not flutter. `attack` and `release` are time constants.
    /// Closed, it turns down by `range`; −80 dB is silence. A cable in `side` makes it listen to that instead: a
    /// rhythm there chops a pad. It shows by how many decibels it turns down, and whether it is open.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// hiss = { type = "pink" }
    /// rhythm = { type = "lfo", rate = 3.0 }
    /// chop = { type = "gate", threshold = -6.0, hold = 0.0, release = 0.05 }
    /// low = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "chop" = "hiss"
    /// "chop.side" = "rhythm"
    /// "low" = "chop"
    /// "out" = "low"
    /// ```
    gate: Dynamics,
    inputs {
        input: PortSpec::signal("input", "What is let through."),
        side: PortSpec::stereo("side", "What is listened to, where a cable enters; otherwise the input."),
    },
    outputs { out: PortSpec::signal("out", "What was loud enough.") },
    params {
        threshold: ParamSpec::db("threshold", -40.0, -80.0, 0.0, "The peak level at which it opens."),
        hysteresis: ParamSpec::db("hysteresis", 6.0, 0.0, 24.0, "How far below the threshold it begins to close."),
        attack: ParamSpec::secs("attack", 0.001, 0.0001, 0.5, "The time constant of opening."),
        hold: ParamSpec::number("hold", 0.05, 0.0, 2.0, "How long it stays open after the sound.").unit(Unit::Secs),
        release: ParamSpec::secs("release", 0.1, 0.001, 5.0, "The time constant of closing."),
        range: ParamSpec::db("range", -80.0, -80.0, 0.0, "How far it turns down when closed; −80 dB is silence."),
    },
    with { probe_values: &["gain_reduction_db", "open"], make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Gate::new(setup, lane)))
}

/// A peak falls with this time constant, so that the gate does not close between the waves of a low note.
const FALL_SECS: f32 = 0.005;
/// The values are shown at absolute frames divisible by this.
const SHOWN_EVERY: u64 = 256;

struct Gate {
    rate: f32,
    fall: f32,
    probe: Option<Arc<Probe>>,
    /// The params that the rest of the tuning follows from.
    tuned: [f32; 6],
    opens: f32,
    closes: f32,
    hold: u32,
    pace: Pace,
    floor: f32,
    state: State,
}

#[derive(Clone, Copy, Default)]
struct State {
    level: f32,
    open: bool,
    /// Frames until it begins to close.
    held: u32,
    /// From 0, closed, to 1: apart from the range, so that a closed gate rests wherever its range stands.
    openness: f32,
}

impl Gate {
    fn new(setup: &Setup<'_>, lane: usize) -> Gate {
        Gate {
            rate: setup.sample_rate,
            fall: 1.0 - step_of(FALL_SECS, setup.sample_rate) as f32,
            probe: (lane == 0).then(|| Arc::clone(&setup.probe)),
            // No params: worked out at the first piece.
            tuned: [f32::NAN; 6],
            opens: 0.0,
            closes: 0.0,
            hold: 0,
            pace: Pace::default(),
            floor: 0.0,
            state: State::default(),
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let params = [par::threshold, par::hysteresis, par::attack, par::hold, par::release, par::range];
        let now = params.map(|p| io.number(p));
        if now != self.tuned {
            let [threshold, hysteresis, attack, hold, release, range] = now;
            self.tuned = now;
            self.opens = db_to_gain(threshold);
            self.closes = db_to_gain(threshold - hysteresis);
            self.hold = (hold * self.rate) as u32;
            self.pace = Pace { attack: step_of(attack, self.rate), release: step_of(release, self.rate) };
            self.floor = fader_gain(range);
        }
    }

    fn stretch(&mut self, io: &mut Io<'_>, listen: Listen, cut: Cut) {
        let mut gain = [0.0f32; GRID];
        let gain = &mut gain[..cut.to - cut.from];
        listen.magnitude(io, cut, gain);
        let mut state = self.state;
        let (attack, release) = (self.pace.attack as f32, self.pace.release as f32);
        for gain in gain.iter_mut() {
            state.level = gain.max(state.level * self.fall);
            if state.level >= self.opens || (state.open && state.level >= self.closes) {
                (state.open, state.held) = (true, self.hold);
            } else if state.held > 0 {
                state.held -= 1;
            } else {
                state.open = false;
            }
            let (target, step) = if state.open { (1.0, attack) } else { (0.0, release) };
            state.openness += (target - state.openness) * step;
            *gain = self.floor + (1.0 - self.floor) * state.openness;
        }
        self.state = state;
        for channel in 0..io.channels() {
            let x = &io.input::<f32>(inp::input, channel)[cut.from..cut.to];
            let y = &mut io.output::<f32>(out::out, channel)[cut.from..cut.to];
            y.iter_mut().zip(x).zip(&*gain).for_each(|((y, x), gain)| *y = *x * *gain);
        }
    }

    /// Ends what nobody could hear, and shows where the gate stands.
    fn settle(&mut self, end: u64) {
        let state = &mut self.state;
        if state.level < 1e-8 {
            state.level = 0.0;
        }
        if !state.open && state.openness < 1e-5 {
            state.openness = 0.0;
        }
        if state.open && state.openness > 1.0 - 1e-5 {
            state.openness = 1.0;
        }
        if let Some(probe) = self.probe.as_ref().filter(|_| end.is_multiple_of(SHOWN_EVERY)) {
            let gain = self.floor + (1.0 - self.floor) * state.openness;
            probe.set(0, -gain_to_db(gain));
            probe.set(1, f32::from(u8::from(state.open)));
        }
    }
}

impl Processor for Gate {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.tune(io);
        let listen = Listen::new(io, inp::input, inp::side);
        for cut in cuts(io.start(), io.frames(), GRID) {
            self.stretch(io, listen, cut);
            if let Some(end) = cut.on_grid {
                self.settle(end);
            }
        }
        let state = &self.state;
        let rest = !state.open && state.openness == 0.0 && state.level == 0.0;
        if rest && all_silent(io, &[inp::input, inp::side]) { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 != 0 {
            self.state = State::default();
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn core::any::Any).downcast_mut::<Gate>() {
            Some(old) => {
                self.state = old.state;
                Adopt::Copied
            }
            None => Adopt::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{Values, keeps_the_laws, noise, sine, survives_what_is_no_number, with};
    use bf_node::rig::{Bench, Rig};

    fn alone(values: Values<'_>) -> Rig {
        let patched = Some(vec!["input"]);
        with(&SPEC, Bench { patched, values: values.to_vec(), ..Bench::default() })
    }

    /// The gain at a frame for a step from one level to another at frame 4800.
    fn gain_at(values: Values<'_>, levels: [f32; 2], frame: usize) -> f32 {
        let mut rig = alone(values);
        let level = move |f: u64| if f < 4800 { levels[0] } else { levels[1] };
        rig.feed("input", 0, move |f, _| level(f));
        rig.run(frame + 1)[0][frame] / level(frame as u64)
    }

    #[test]
    fn it_opens_at_the_threshold_and_closes_below_the_hysteresis() {
        let values = [("threshold", (-20.0).into()), ("hold", 0.01.into()), ("release", 0.01.into())];
        assert_eq!(gain_at(&values, [0.09, 0.09], 9000), 0.0, "−20.9 dB stays shut");
        assert_eq!(gain_at(&values, [0.11, 0.11], 9000), 1.0, "−19.2 dB opens");
        assert_eq!(gain_at(&values, [0.11, 0.06], 40_000), 1.0, "−24.4 dB keeps it open");
        assert_eq!(gain_at(&values, [0.11, 0.04], 40_000), 0.0, "−28 dB closes");
    }

    #[test]
    fn it_holds_and_then_releases_to_its_range() {
        let values = [("hold", 0.1.into()), ("release", 0.05.into()), ("range", (-12.0).into())];
        assert_eq!(gain_at(&values, [1.0, 1e-4], 4800 + 4700), 1.0, "held");
        assert!(gain_at(&values, [1.0, 1e-4], 4800 + 4800 + 7200) < 0.4);
        let closed = 20.0 * gain_at(&values, [1.0, 1e-4], 60_000).log10();
        assert!((closed + 12.0).abs() < 0.01, "{closed}");
    }

    #[test]
    fn it_stays_open_through_the_waves_of_a_low_note() {
        let mut rig = alone(&[("hold", 0.02.into())]);
        rig.feed("input", 0, sine(40.0, 0.1));
        let y = rig.run(48_000);
        let mut x = sine(40.0, 0.1);
        assert!(y[0].iter().enumerate().skip(4800).all(|(i, y)| *y == x(i as u64, 0)));
    }

    #[test]
    fn it_comes_to_rest_and_keeps_the_laws() {
        let mut resting = alone(&[]);
        resting.feed("input", 0, |f, _| if f < 900 { 1.0 } else { 0.0 });
        resting.run(100_000);
        assert_eq!(resting.status, Status::Idle);
        keeps_the_laws(&SPEC, 2, &[("threshold", (-20.0).into()), ("hold", 0.002.into())], |_| ());
        keeps_the_laws(&SPEC, 1, &[], |rig| {
            for (i, param) in ["threshold", "hold", "range"].into_iter().enumerate() {
                let mut noise = noise(i as u64);
                rig.drive(param, move |f, l| 20.0 * noise(f / 50, l) - 10.0);
            }
        });
        survives_what_is_no_number(&SPEC, 2);
    }
}
