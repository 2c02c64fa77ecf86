//! Turns down what is loud.

use super::side_chain::{HEARD, Listen, all_silent, sane};
use bf_dsp::GRID;
use bf_dsp::dynamics::{Asked, Compressor as Kernel, OCTAVES_PER_DB, step_of, to_factors};
use bf_dsp::grid::{Cut, cuts};
use bf_node::{
    Adopt, Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Probe, Processor, Setup, Status, Unit, node,
};
use std::sync::Arc;

node! {
    /// Turns down what is louder than a threshold, so that a sound becomes more even and may be made louder.
    ///
    /// Above `threshold`, `ratio` decibels more in make one decibel more out; the bend between is `knee` wide.
    /// `attack` and `release` are time constants: after so long, 63 % of the way is done. All channels are turned
    /// down together, by the loudest, so that a stereo picture stays where it is. A cable in `side` makes it listen
    /// to that instead: a kick there makes a bass duck.
    ///
    /// `peak` follows every peak and suits drums; `rms` follows the power over 10 ms and suits everything that
    /// should be levelled without being noticed. `mix` below 1 lets some of the dry sound through (parallel
    /// compression). It shows by how many decibels it turns down.
    ///
    /// *Source*: D. Giannoulis, M. Massberg and J. D. Reiss, "Digital Dynamic Range Compressor Design – A Tutorial
    /// and Analysis", J. Audio Eng. Soc. 60 (2012).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// pad = { type = "saw", freq = 110.0 }
    /// pulse = { type = "square", freq = 2.0 }
    /// duck = { type = "compressor", threshold = -30.0, ratio = 8.0, attack = 0.005, release = 0.1 }
    /// low = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "duck" = "pad"
    /// "duck.side" = "pulse"
    /// "low" = "duck"
    /// "out" = "low"
    /// ```
    compressor: Dynamics,
    inputs {
        input: PortSpec::signal("input", "What is turned down."),
        side: PortSpec::stereo("side", "What is listened to, where a cable enters; otherwise the input."),
    },
    outputs { out: PortSpec::signal("out", "The sound, turned down.") },
    params {
        threshold: ParamSpec::db("threshold", -18.0, -60.0, 0.0, "The level above which it turns down."),
        ratio: ParamSpec::number("ratio", 4.0, 1.0, 100.0, "How many decibels more in make one more out; 100 limits.")
            .unit(Unit::Ratio).log(),
        knee: ParamSpec::db("knee", 6.0, 0.0, 24.0, "How wide the bend around the threshold is."),
        attack: ParamSpec::secs("attack", 0.01, 0.0001, 0.5, "The time constant of turning down."),
        release: ParamSpec::secs("release", 0.12, 0.005, 5.0, "The time constant of coming back."),
        makeup: ParamSpec::db("makeup", 0.0, 0.0, 36.0, "Added behind.").smooth(),
        detector: ParamSpec::choice("detector", 0, &["peak", "rms"], "What counts as the level."),
        mix: ParamSpec::unit_range("mix", 1.0, "How much of the compressed sound is heard; the rest is dry.").smooth(),
    },
    with { probe_values: &["gain_reduction_db"], make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Compressor::new(setup, lane)))
}

/// The window over which `rms` averages.
const RMS_SECS: f32 = 0.01;
/// The reduction is shown at absolute frames divisible by this.
const SHOWN_EVERY: u64 = 256;

struct Compressor {
    rms_step: f32,
    probe: Option<Arc<Probe>>,
    state: State,
}

#[derive(Clone, Copy)]
struct State {
    kernel: Kernel,
    mean_squares: [f32; HEARD],
}

impl Compressor {
    fn new(setup: &Setup<'_>, lane: usize) -> Compressor {
        Compressor {
            rms_step: step_of(RMS_SECS, setup.sample_rate) as f32,
            probe: (lane == 0).then(|| Arc::clone(&setup.probe)),
            state: State { kernel: Kernel::new(setup.sample_rate), mean_squares: [0.0; HEARD] },
        }
    }

    /// The root of the mean square of the loudest channel.
    fn rms(&mut self, io: &Io<'_>, listen: Listen, cut: Cut, level: &mut [f32]) {
        level.fill(0.0);
        for (channel, mean) in self.state.mean_squares.iter_mut().enumerate().take(listen.channels) {
            for (level, x) in level.iter_mut().zip(listen.channel(io, channel, cut)) {
                let x = sane(*x);
                *mean += (x * x - *mean) * self.rms_step;
                *level = level.max(*mean);
            }
        }
        level.iter_mut().for_each(|level| *level = level.sqrt());
    }

    fn stretch(&mut self, io: &mut Io<'_>, listen: Listen, cut: Cut, rms: bool) {
        let mut gain = [0.0f32; GRID];
        let gain = &mut gain[..cut.to - cut.from];
        if rms {
            self.rms(io, listen, cut, gain);
        } else {
            listen.magnitude(io, cut, gain);
        }
        self.state.kernel.ride(gain);
        let (makeup, mix) = (io.smooth::<f32>(par::makeup), io.smooth::<f32>(par::mix));
        for (i, gain) in gain.iter_mut().enumerate() {
            *gain += makeup.at(cut.from + i) * OCTAVES_PER_DB;
        }
        to_factors(gain);
        for (i, gain) in gain.iter_mut().enumerate() {
            let wet = mix.at(cut.from + i);
            *gain = *gain * wet + (1.0 - wet);
        }
        for channel in 0..io.channels() {
            let x = &io.input::<f32>(inp::input, channel)[cut.from..cut.to];
            let y = &mut io.output::<f32>(out::out, channel)[cut.from..cut.to];
            y.iter_mut().zip(x).zip(&*gain).for_each(|((y, x), gain)| *y = *x * *gain);
        }
    }

    fn settle(&mut self, end: u64) {
        self.state.kernel.rider().settle();
        for mean in &mut self.state.mean_squares {
            if *mean < 1e-15 {
                *mean = 0.0;
            }
        }
        if let Some(probe) = self.probe.as_ref().filter(|_| end.is_multiple_of(SHOWN_EVERY)) {
            probe.set(0, -self.state.kernel.rider().gain_db());
        }
    }
}

impl Processor for Compressor {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.state.kernel.tune(Asked {
            threshold_db: io.number(par::threshold),
            ratio: io.number(par::ratio),
            knee_db: io.number(par::knee),
            attack_secs: io.number(par::attack),
            release_secs: io.number(par::release),
        });
        let listen = Listen::new(io, inp::input, inp::side);
        let rms = io.index(par::detector) == 1;
        if !rms {
            self.state.mean_squares = [0.0; HEARD];
        }
        for cut in cuts(io.start(), io.frames(), GRID) {
            self.stretch(io, listen, cut, rms);
            if let Some(end) = cut.on_grid {
                self.settle(end);
            }
        }
        let rest = self.state.kernel.at_rest() && self.state.mean_squares == [0.0; HEARD];
        if rest && all_silent(io, &[inp::input, inp::side]) { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 != 0 {
            self.state.kernel.reset();
            self.state.mean_squares = [0.0; HEARD];
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn core::any::Any).downcast_mut::<Compressor>() {
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
    use crate::mix::testing::{Values, keeps_the_laws, noise, rig, sine, survives_what_is_no_number, with};
    use bf_node::rig::{Bench, Rig};

    /// A rig in which nothing is patched but the input.
    fn alone(values: Values<'_>, channels: usize) -> Rig {
        let patched = Some(vec!["input"]);
        with(&SPEC, Bench { patched, channels, values: values.to_vec(), ..Bench::default() })
    }

    fn settled_db(values: Values<'_>, level_db: f64) -> f64 {
        let mut rig = alone(values, 1);
        let level = 10f64.powf(level_db / 20.0) as f32;
        rig.feed("input", 0, move |_, _| level);
        let y = rig.run(60_000);
        20.0 * f64::from(y[0][59_999]).log10()
    }

    #[test]
    fn the_curve_is_as_declared() {
        let hard = [("threshold", (-20.0).into()), ("ratio", 4.0.into()), ("knee", 0.0.into())];
        for (level, want) in [(-40.0, -40.0), (-21.0, -21.0), (-12.0, -18.0), (0.0, -15.0)] {
            let got = settled_db(&hard, level);
            assert!((got - want).abs() < 0.02, "{level} dB: {got}");
        }
        let soft = [("threshold", (-20.0).into()), ("ratio", 4.0.into()), ("knee", 12.0.into())];
        // At the threshold a knee takes slope × width / 8.
        assert!((settled_db(&soft, -20.0) + 20.0 + 0.75 * 12.0 / 8.0).abs() < 0.02);
        assert!((settled_db(&[("makeup", 6.0.into())], -60.0) + 54.0).abs() < 0.02);
        assert!((settled_db(&[("mix", 0.0.into())], 0.0)).abs() < 1e-5);
    }

    #[test]
    fn attack_and_release_are_time_constants() {
        let values = [("attack", 0.02.into()), ("release", 0.2.into()), ("knee", 0.0.into())];
        let mut rig = alone(&values, 1);
        rig.feed("input", 0, |f, _| if f < 48_000 { 1.0 } else { 0.01 });
        let y = rig.run(96_000);
        let full = 0.75 * 18.0;
        let attack = -20.0 * f64::from(y[0][959]).log10() / full;
        let release = -20.0 * f64::from(y[0][48_000 + 9_599] / 0.01).log10() / full;
        assert!((attack - 0.632).abs() < 0.002 && (release - 0.368).abs() < 0.002, "{attack} {release}");
    }

    #[test]
    fn rms_reads_a_sine_3_db_lower_than_peak() {
        let reduction = |detector: &str| {
            let values = [("detector", detector.into()), ("knee", 0.0.into()), ("attack", 0.2.into())];
            let mut rig = alone(&values, 1);
            rig.feed("input", 0, sine(1000.0, 1.0));
            rig.run(96_000);
            f64::from(rig.probe.get(0))
        };
        // With a slow attack both averages sit on the logarithm's mean over a cycle for `peak`, on the power for `rms`.
        assert!((reduction("rms") - 0.75 * 14.99).abs() < 0.1, "{}", reduction("rms"));
    }

    #[test]
    fn channels_are_turned_down_together_by_the_loudest() {
        let mut rig = alone(&[], 2);
        rig.feed("input", 0, |_, _| 1.0);
        rig.feed("input", 1, |_, _| 0.01);
        let y = rig.run(48_000);
        assert!((y[0][47_999] * 0.01 - y[1][47_999]).abs() < 1e-7);
    }

    #[test]
    fn a_side_chain_is_listened_to_instead() {
        let mut rig = rig(&SPEC, 1, &[("threshold", (-40.0).into())]);
        rig.feed("input", 0, |_, _| 1.0);
        assert_eq!(rig.run(4800)[0][4799], 1.0, "a silent side chain turns nothing down");
        rig.feed("side", 1, |_, _| 1.0);
        assert!(rig.run(48_000)[0][47_999] < 0.05);
    }

    #[test]
    fn it_comes_to_rest_and_keeps_the_laws() {
        let mut resting = alone(&[("detector", "rms".into())], 1);
        resting.feed("input", 0, |f, _| if f < 9000 { 1.0 } else { 0.0 });
        resting.run(200_000);
        assert_eq!(resting.status, Status::Idle);
        for detector in ["peak", "rms"] {
            keeps_the_laws(&SPEC, 2, &[("detector", detector.into()), ("attack", 0.001.into())], |_| ());
        }
        keeps_the_laws(&SPEC, 1, &[], |rig| {
            for (i, param) in ["threshold", "knee", "makeup", "mix"].into_iter().enumerate() {
                let mut noise = noise(i as u64);
                rig.drive(param, move |f, l| 20.0 * noise(f / 50, l) - 10.0);
            }
        });
        survives_what_is_no_number(&SPEC, 2);
    }
}
