//! Sees peaks coming and turns them down in time.

use super::side_chain::all_silent;
use bf_dsp::dynamics::step_of;
use bf_dsp::fader::fader_gain;
use bf_dsp::grid::{Cut, cuts};
use bf_dsp::look_ahead::LookAhead;
use bf_dsp::math::{db_to_gain, gain_to_db};
use bf_dsp::true_peak::TruePeak;
use bf_dsp::{GRID, Lane};
use bf_node::{
    Adopt, Form, Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Probe, Processor, Setup, Status, node,
};
use std::sync::Arc;

node! {
    /// Keeps every sample at or below a ceiling, without clipping: for the end of a mix, or to make it louder.
    ///
    /// The sound waits for `lookahead` milliseconds (the rest of the patch is delayed along with it, so nothing
    /// comes late), and the gain has come down on a smooth curve when the peak arrives. Nothing ever passes the
    /// ceiling, not even by rounding. All channels are turned down together. `gain` drives the sound into the
    /// ceiling; `release` is the time constant of coming back: short is loud, long is clean. The curve that a
    /// loudspeaker makes of the samples can rise above all of them: with `true_peak` that is kept at the ceiling, too,
    /// to within a tenth of a decibel, as broadcasters and streaming services ask for (mostly −1 dBTP). It shows by
    /// how many decibels it turns down.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// chord = { type = "saw", freq = 110.0 }
    /// loud = { type = "limiter", gain = 9.0, ceiling = -6.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "loud" = "chord"
    /// "out" = "loud"
    /// ```
    ///
    /// *Source*: the true peak as in ITU-R BS.1770-4, Annex 2, from four times the rate.
    limiter: Dynamics,
    inputs { input: PortSpec::signal("input", "What is limited.") },
    outputs { out: PortSpec::signal("out", "The sound, nowhere above the ceiling.") },
    params {
        ceiling: ParamSpec::db("ceiling", -0.3, -24.0, 0.0, "The greatest level of any sample."),
        gain: ParamSpec::db("gain", 0.0, -12.0, 36.0, "How far the sound is driven into the ceiling.").smooth(),
        release: ParamSpec::secs("release", 0.1, 0.005, 2.0, "The time constant of coming back."),
        lookahead: ParamSpec::setting("lookahead", "5", Form::Count(1, 20), "How far it looks ahead, in milliseconds."),
        true_peak: ParamSpec::switch("true_peak", false, "Whether what lies between the samples is kept down, too.").at_once(),
    },
    with { latency: Some(latency), probe_values: &["gain_reduction_db"], make: make }
}

fn latency(setup: &Setup<'_>) -> u32 {
    let milliseconds = setup.count("lookahead").clamp(1, 20) as f32;
    ((milliseconds * 0.001 * setup.sample_rate).round() as u32).max(TruePeak::DELAY as u32 + 1)
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Limiter::new(setup, lane)))
}

/// What can be worked with: no number is silence, and nothing is louder than 120 dB.
fn sane(x: f32) -> f32 {
    Lane::clamp(x.finite_or_zero(), -1e6, 1e6)
}

/// The reduction is shown at absolute frames divisible by this: the deepest since the last time.
const SHOWN_EVERY: u64 = 256;

struct Limiter {
    rate: f32,
    channels: usize,
    probe: Option<Arc<Probe>>,
    /// The params that the rest of the tuning follows from.
    tuned: [f32; 2],
    ceiling: f32,
    release: f64,
    ahead: LookAhead,
    /// What each channel needs, and whether it is asked between its samples, too.
    peaks: Box<[TruePeak]>,
    between: bool,
    /// Frames on their way: the channels of each, then the ceiling that held when it entered.
    line: Box<[f32]>,
    frames: usize,
    at: usize,
    /// How many frames of silence have entered in a row, up to the length of the line.
    quiet: usize,
    deepest: f32,
}

impl Limiter {
    fn new(setup: &Setup<'_>, lane: usize) -> Limiter {
        let frames = latency(setup) as usize;
        Limiter {
            rate: setup.sample_rate,
            channels: setup.channels,
            probe: (lane == 0).then(|| Arc::clone(&setup.probe)),
            // No params: worked out at the first piece.
            tuned: [f32::NAN; 2],
            ceiling: 1.0,
            release: 1.0,
            // What a frame needs is known late.
            ahead: LookAhead::new(frames - TruePeak::DELAY),
            peaks: (0..setup.channels).map(|_| TruePeak::new(setup.sample_rate)).collect(),
            between: false,
            line: vec![0.0; frames * (setup.channels + 1)].into(),
            frames,
            at: 0,
            quiet: frames,
            deepest: 1.0,
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        self.between = io.switch(par::true_peak);
        let now = [par::ceiling, par::release].map(|p| io.number(p));
        if now != self.tuned {
            self.tuned = now;
            self.ceiling = db_to_gain(now[0]).min(1.0);
            self.release = step_of(now[1], self.rate);
        }
    }

    fn stretch(&mut self, io: &mut Io<'_>, cut: Cut) {
        let frames = cut.to - cut.from;
        let (mut drive, mut need) = ([0.0f32; GRID], [0.0f32; GRID]);
        let db = io.smooth::<f32>(par::gain);
        for (i, drive) in drive.iter_mut().enumerate().take(frames) {
            *drive = fader_gain(db.at(cut.from + i));
        }
        for (channel, peaks) in self.peaks.iter_mut().enumerate() {
            let x = &io.input::<f32>(inp::input, channel)[cut.from..cut.to];
            let mut driven = [0.0f32; GRID];
            driven.iter_mut().zip(x).zip(&drive).for_each(|((y, x), drive)| *y = sane(x * drive));
            peaks.follow(&driven[..frames], self.between, &mut need[..frames]);
        }
        let mut gain = [0.0f32; GRID];
        for (gain, level) in gain.iter_mut().zip(need).take(frames) {
            self.quiet = if level == 0.0 { (self.quiet + 1).min(self.frames) } else { 0 };
            let needed = if level > self.ceiling { self.ceiling / level } else { 1.0 };
            *gain = self.ahead.next(needed, self.release);
            self.deepest = self.deepest.min(*gain);
        }
        self.pass(io, cut, &drive, &gain);
    }

    /// Lets the frames in at one end of the line and out, turned down, at the other.
    fn pass(&mut self, io: &mut Io<'_>, cut: Cut, drive: &[f32; GRID], gain: &[f32; GRID]) {
        let stride = self.channels + 1;
        let mut at = self.at;
        for channel in 0..self.channels {
            let x = &io.input::<f32>(inp::input, channel)[cut.from..cut.to];
            let y = &mut io.output::<f32>(out::out, channel)[cut.from..cut.to];
            at = self.at;
            for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                let slot = &mut self.line[at..at + stride];
                let ceiling = slot[self.channels];
                // The gain brings it down; the clamp takes the last bit that rounding may leave above.
                *y = Lane::clamp(slot[channel] * gain[i], -ceiling, ceiling);
                slot[channel] = sane(x * drive[i]);
                if channel + 1 == self.channels {
                    slot[self.channels] = self.ceiling;
                }
                at = if at + stride == self.line.len() { 0 } else { at + stride };
            }
        }
        self.at = at;
    }

    fn settle(&mut self, end: u64) {
        self.ahead.settle();
        if end.is_multiple_of(SHOWN_EVERY) {
            if let Some(probe) = &self.probe {
                probe.set(0, -gain_to_db(self.deepest));
            }
            self.deepest = 1.0;
        }
    }
}

impl Processor for Limiter {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.tune(io);
        for cut in cuts(io.start(), io.frames(), GRID) {
            self.stretch(io, cut);
            if let Some(end) = cut.on_grid {
                self.settle(end);
            }
        }
        let rest = self.quiet == self.frames && self.deepest == 1.0 && self.ahead.at_rest();
        let rest = rest && self.peaks.iter().all(TruePeak::at_rest);
        if rest && all_silent(io, &[inp::input]) { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 != 0 {
            self.ahead.reset();
            self.peaks.iter_mut().for_each(TruePeak::reset);
            self.line.fill(0.0);
            (self.at, self.quiet, self.deepest) = (0, self.frames, 1.0);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn core::any::Any).downcast_mut::<Limiter>() {
            Some(old) if old.line.len() == self.line.len() && old.channels == self.channels => {
                core::mem::swap(&mut self.line, &mut old.line);
                core::mem::swap(&mut self.ahead, &mut old.ahead);
                core::mem::swap(&mut self.peaks, &mut old.peaks);
                (self.at, self.quiet, self.deepest) = (old.at, old.quiet, old.deepest);
                Adopt::Moved
            }
            _ => Adopt::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{bursts, keeps_the_laws, noise, rig, sine, survives_what_is_no_number, with};
    use bf_node::rig::Bench;

    #[test]
    fn nothing_passes_the_ceiling_whatever_comes() {
        for (lookahead, release, ceiling) in [(1.0, 0.005, -0.3), (5.0, 0.1, -6.0), (20.0, 2.0, 0.0)] {
            let values = [
                ("lookahead", lookahead.into()),
                ("release", release.into()),
                ("ceiling", ceiling.into()),
                ("gain", 30.0.into()),
            ];
            let mut rig = rig(&SPEC, 2, &values);
            for channel in 0..2 {
                let mut noise = noise(channel as u64);
                // Noise, single spikes and stretches of silence.
                rig.feed("input", channel, move |f, l| match f % 1500 {
                    0 => 40.0,
                    1..600 => noise(f, l),
                    _ => 0.0,
                });
            }
            let limit = db_to_gain(ceiling as f32);
            for y in rig.run(20_000).iter().flatten() {
                assert!(y.abs() <= limit, "{y} over {limit}");
            }
        }
    }

    #[test]
    fn the_curve_between_the_samples_is_kept_down_too() {
        for (rate, on) in [(48_000u32, true), (44_100, true), (96_000, true), (48_000, false)] {
            let values: Vec<(&str, bf_node::Value)> = vec![("gain", 12.0.into()), ("true_peak", on.into())];
            let mut rig = with(&SPEC, Bench { sample_rate: rate, channels: 2, values, ..Bench::default() });
            // A chord of high tones that the samples straddle, and noise in bursts.
            rig.feed("input", 0, move |f, _| {
                let tone = |hz: f64, phase: f64| (f as f64 * hz / f64::from(rate) + phase) * core::f64::consts::TAU;
                (0.3 * (tone(12_000.0, 0.125).sin() + tone(11_025.0, 0.1).sin() + tone(6_000.0, 0.18).sin())) as f32
            });
            rig.feed("input", 1, bursts(3));
            let sound = rig.run(24_000);
            let highest = sound.iter().map(|x| TruePeak::new(rate as f32).process(&x[..20_000])).fold(0.0, f32::max);
            let over = gain_to_db(highest) + 0.3;
            assert!(if on { over < 0.1 } else { over > 0.3 }, "{over} dB over the ceiling at {rate}, on: {on}");
        }
    }

    #[test]
    fn what_is_below_the_ceiling_passes_unchanged_after_the_declared_latency() {
        let mut rig = rig(&SPEC, 1, &[]);
        assert_eq!(rig.latency, 240);
        rig.feed("input", 0, sine(100.0, 0.9));
        let mut x = sine(100.0, 0.9);
        for (i, y) in rig.run(2000)[0].iter().enumerate() {
            let want = if i < 240 { 0.0 } else { x(i as u64 - 240, 0) };
            assert_eq!(*y, want, "frame {i}");
        }
    }

    #[test]
    fn a_spike_is_met_without_a_jump_in_the_gain() {
        let mut rig = rig(&SPEC, 2, &[("ceiling", 0.0.into())]);
        rig.feed("input", 0, |f, _| if f == 1000 { 4.0 } else { 0.0 });
        rig.feed("input", 1, |_, _| 0.5);
        let y = rig.run(4000);
        assert!((y[0][1240] - 1.0).abs() < 1e-5, "{}", y[0][1240]);
        let gain: Vec<f32> = y[1][240..].iter().map(|y| y / 0.5).collect();
        assert!((gain[1000] - 0.25).abs() < 1e-5);
        assert!(gain.windows(2).all(|w| (w[1] - w[0]).abs() < 0.01));
        rig.run(96_000);
        assert_eq!(rig.run(1)[1][0], 0.5, "and comes back exactly");
    }

    #[test]
    fn a_successor_takes_over_what_is_on_its_way() {
        let mut one = rig(&SPEC, 1, &[("gain", 6.0.into())]);
        let mut two = rig(&SPEC, 1, &[("gain", 6.0.into())]);
        for rig in [&mut one, &mut two] {
            rig.feed("input", 0, noise(1));
            rig.run(640);
        }
        let mut heir = rig(&SPEC, 1, &[]).processor;
        assert_eq!(heir.adopt(&mut *two.processor), Adopt::Moved);
        two.processor = heir;
        assert_eq!(one.run(640), two.run(640));
    }

    #[test]
    fn it_comes_to_rest_and_keeps_the_laws() {
        let mut resting = rig(&SPEC, 1, &[("gain", 12.0.into())]);
        resting.feed("input", 0, |f, _| if f < 900 { 1.0 } else { 0.0 });
        resting.run(120_000);
        assert_eq!(resting.status, Status::Idle);
        keeps_the_laws(&SPEC, 2, &[("gain", 12.0.into()), ("release", 0.01.into())], |_| ());
        keeps_the_laws(&SPEC, 2, &[("gain", 12.0.into()), ("true_peak", true.into())], |_| ());
        keeps_the_laws(&SPEC, 1, &[], |rig| {
            for (i, param) in ["ceiling", "gain", "release"].into_iter().enumerate() {
                let mut noise = noise(i as u64);
                rig.drive(param, move |f, l| 20.0 * noise(f / 50, l));
            }
        });
        survives_what_is_no_number(&SPEC, 2);
    }
}
