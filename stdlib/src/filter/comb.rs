//! The comb filter: a tuned echo.

use crate::filter::same;
use bf_dsp::{GRID, Lane, damper, math, rest};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Processor, Setup, Smooth, Status, node};

node! {
    /// A delay so short that it has a pitch: it rings at `freq` and its harmonics.
    ///
    /// `feedback` is how long it rings; below zero only the odd harmonics of half the pitch are left, as in a closed
    /// pipe. Above zero an offset rings, too: take it out first (`onepole`, high). `feedforward` adds one echo and cuts
    /// notches instead. `damping` takes the highs out of each round, as strings and pipes do; the pitch stays. Noise or
    /// a click through it is a plucked string, an LFO on `freq` a flanger.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// noise = { type = "white" }
    /// beat = { type = "square", freq = 2.0 }
    /// env = { type = "ar", attack = 0.001, release = 0.03, sustained = false }
    /// burst = { type = "gain", gain = 0.0 }
    /// string = { type = "comb", freq = 220.0, feedback = 0.995, damping = 0.1 }
    /// out = { type = "output" }
    /// [cables]
    /// "env.gate" = "beat"
    /// "burst" = "noise"
    /// "burst.gain" = { from = "env", amount = 3.0 }
    /// "string" = "burst"
    /// "out" = "string"
    /// ```
    ///
    /// *Source*: the universal comb of U. Zölzer (ed.), "DAFX" (2011), section 2.6; Lagrange interpolation after
    /// T. Laakso et al., "Splitting the unit delay" (IEEE Signal Processing Magazine, 1996).
    comb: Filter,
    inputs { input: PortSpec::signal("input", "What sets it ringing.") },
    outputs { out: PortSpec::signal("out", "The result; noise keeps its level whatever the feedback.") },
    params {
        freq: ParamSpec::hz("freq", 220.0, 20.0, 10_000.0, "The pitch: one over the delay.").smooth(),
        feedback: ParamSpec::number("feedback", 0.9, -0.999, 0.999, "How much of each round comes back."),
        feedforward: ParamSpec::number("feedforward", 0.0, -1.0, 1.0, "How much of one echo is added."),
        damping: ParamSpec::unit_range("damping", 0.2, "How fast the highs die away."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Comb::new(setup)))
}

/// Lower pitches are held here.
const LOWEST: f32 = 20.0;

/// The line and the damping filter of one channel.
struct Line {
    frames: Vec<f32>,
    damped: f32,
    /// How many of the newest frames are zero: all of them, and the line is at rest.
    quiet: usize,
    /// The pitch and damping that the two below were computed for.
    tuned: Option<(f32, f32)>,
    pole: f32,
    /// What the damping filter delays at the pitch, so that the loop as a whole stays in tune.
    damping_delay: f32,
}

struct Comb {
    sample_rate: f32,
    channels: Vec<Line>,
}

/// What holds over a piece.
struct Piece<'a> {
    freq: Smooth<'a, f32>,
    feedback: f32,
    feedforward: f32,
    damping: f32,
    start: u64,
    sample_rate: f32,
}

impl Comb {
    fn new(setup: &Setup<'_>) -> Comb {
        let frames = ((setup.sample_rate / LOWEST) as usize + 8).next_power_of_two();
        let line = || Line {
            frames: vec![0.0; frames],
            damped: 0.0,
            quiet: frames,
            tuned: None,
            pole: 0.0,
            damping_delay: 0.0,
        };
        Comb { sample_rate: setup.sample_rate, channels: (0..setup.channels).map(|_| line()).collect() }
    }
}

impl Line {
    #[inline(never)]
    fn tune(&mut self, freq: f32, piece: &Piece<'_>) {
        self.tuned = Some((freq, piece.damping));
        let corner = 20_000.0 * math::exp2(-7.0 * piece.damping);
        // The first twentieth of the range blends from no filter at all.
        self.pole = (20.0 * piece.damping).min(1.0) * damper::pole(corner, piece.sample_rate);
        self.damping_delay = damper::delay_frames(self.pole, core::f32::consts::TAU * freq / piece.sample_rate);
    }

    fn run(&mut self, piece: &Piece<'_>, x: &[f32], y: &mut [f32]) {
        let mask = self.frames.len() - 1;
        let gain_in = (1.0 - piece.feedback * piece.feedback).sqrt();
        let gain_out = 1.0 / (1.0 + piece.feedforward * piece.feedforward).sqrt();
        for (i, (x, y)) in x.iter().zip(y).enumerate() {
            let frame = piece.start.wrapping_add(i as u64);
            let freq = Lane::clamp(piece.freq.at(i), LOWEST, 0.25 * piece.sample_rate);
            if (frame.is_multiple_of(GRID as u64) || self.tuned.is_none()) && self.tuned != Some((freq, piece.damping))
            {
                self.tune(freq, piece);
            }
            let delay = (piece.sample_rate / freq - self.damping_delay).max(2.0);
            let at = frame as usize;
            let echo = read(&self.frames, mask, at, delay);
            self.damped = rest::settle(self.pole.mul_add(self.damped - echo, echo));
            let w = rest::settle(piece.feedback.mul_add(self.damped, gain_in * x));
            self.frames[at & mask] = w;
            self.quiet = if w == 0.0 { self.quiet.saturating_add(1) } else { 0 };
            *y = piece.feedforward.mul_add(echo, w) * gain_out;
        }
    }

    fn at_rest(&self) -> bool {
        self.quiet >= self.frames.len() && self.damped == 0.0
    }
}

/// The line `delay` frames ago, between the frames by a cubic through four of them.
#[inline(always)]
fn read(frames: &[f32], mask: usize, at: usize, delay: f32) -> f32 {
    let whole = delay as usize;
    let d = delay - whole as f32;
    let tap = |back: usize| frames[at.wrapping_sub(back) & mask];
    let (before, a, b, after) = (tap(whole - 1), tap(whole), tap(whole + 1), tap(whole + 2));
    // Lagrange's polynomials at the points −1, 0, 1, 2.
    let (p, q, r) = (d + 1.0, d - 1.0, d - 2.0);
    let outer = (after * p - before * r) * (d * q) * (1.0 / 6.0);
    let inner = (a * q - b * d) * (p * r) * 0.5;
    outer + inner
}

impl Processor for Comb {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let piece = Piece {
            freq: io.smooth::<f32>(par::freq),
            feedback: Lane::clamp(io.number(par::feedback), -0.999, 0.999),
            feedforward: Lane::clamp(io.number(par::feedforward), -1.0, 1.0),
            damping: Lane::clamp(io.number(par::damping), 0.0, 1.0),
            start: io.start(),
            sample_rate: self.sample_rate,
        };
        let mut status = Status::Idle;
        for (channel, line) in self.channels.iter_mut().enumerate() {
            let silent = io.input_silent(inp::input, channel);
            let x = io.input::<f32>(inp::input, channel);
            let y = io.output::<f32>(out::out, channel);
            if silent && line.at_rest() {
                y.fill(0.0);
                continue;
            }
            status = Status::Active;
            line.run(&piece, x, y);
        }
        status
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 == 0 {
            return;
        }
        for line in &mut self.channels {
            line.frames.fill(0.0);
            (line.damped, line.quiet, line.tuned) = (0.0, line.frames.len(), None);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match same::<Self>(old) {
            Some(old) if old.channels.len() == self.channels.len() && old.sample_rate == self.sample_rate => {
                core::mem::swap(&mut self.channels, &mut old.channels);
                Adopt::Moved
            }
            _ => Adopt::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;
    use bf_node::Value;

    fn values(freq: f64, feedback: f64, feedforward: f64, damping: f64) -> [(&'static str, Value); 4] {
        [
            ("freq", freq.into()),
            ("feedback", feedback.into()),
            ("feedforward", feedforward.into()),
            ("damping", damping.into()),
        ]
    }

    /// The frequency near `hz` at which a response is loudest.
    fn peak_near(response: &[f32], hz: f64) -> f64 {
        let at = |cents: i32| hz * 2f64.powf(f64::from(cents) / 1200.0);
        let best = (-50..=50).max_by(|a, b| gain_db(response, at(*a)).total_cmp(&gain_db(response, at(*b))));
        at(best.expect("a peak"))
    }

    #[test]
    fn it_rings_in_tune_at_any_damping() {
        for (freq, damping) in [(55.0, 0.0), (220.0, 0.2), (1234.5, 0.5), (3000.0, 0.0), (220.0, 0.7)] {
            let response = impulse(&SPEC, &values(freq, 0.95, 0.0, damping), "out", 24_000);
            let cents = 1200.0 * (peak_near(&response, freq) / freq).log2();
            // A strong damping tilts the peak itself, by less than 4 cents.
            assert!(
                cents.abs() <= if damping > 0.3 { 4.0 } else { 1.0 },
                "{freq} Hz, damping {damping}: {cents} cents"
            );
        }
    }

    #[test]
    fn peaks_and_notches_are_where_and_what_they_should_be() {
        // |H| at the peak over |H| between peaks is (1 + fb) / (1 − fb).
        let response = impulse(&SPEC, &values(480.0, 0.9, 0.0, 0.0), "out", 24_000);
        let span = gain_db(&response, 960.0) - gain_db(&response, 720.0);
        assert!((span - 25.6).abs() < 0.5, "{span}");
        let odd = impulse(&SPEC, &values(480.0, -0.9, 0.0, 0.0), "out", 24_000);
        assert!(gain_db(&odd, 240.0) - gain_db(&odd, 480.0) > 25.0);
        let notched = impulse(&SPEC, &values(480.0, 0.0, 1.0, 0.0), "out", 24_000);
        assert!(gain_db(&notched, 240.0) < -60.0 && gain_db(&notched, 480.0) > 2.5);
    }

    #[test]
    fn damping_takes_the_highs_first() {
        let ring = |damping: f64| impulse(&SPEC, &values(200.0, 0.97, 0.0, damping), "out", 24_000);
        let tilt = |r: &[f32]| gain_db(r, 200.0) - gain_db(r, 4000.0);
        assert!(tilt(&ring(0.6)) > tilt(&ring(0.2)) + 6.0);
    }

    #[test]
    fn sweeps_stay_bounded() {
        let mut rig = rig(&SPEC, &values(220.0, 0.999, 1.0, 0.3));
        rig.feed("input", 0, noise);
        rig.drive("freq", |f, l| 20.0 * math::exp2(5.0 + 6.0 * noise(f / 3, l)));
        assert!(peak(&rig.run(48_000)[0]) < 20.0);
    }

    #[test]
    fn it_comes_to_rest_after_a_tail() {
        let mut rig = rig(&SPEC, &values(220.0, 0.7, 1.0, 0.3));
        rig.feed("input", 0, |f, l| if f < 100 { noise(f, l) } else { 0.0 });
        rig.run(48_000);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        keeps_every_bit(&SPEC, &values(500.0, -0.9, 0.5, 0.5), |rig| {
            rig.feed("input", 0, noise);
            rig.feed("input", 1, |f, l| noise(f + 1000, l));
            rig.drive("freq", |f, l| 500.0 + 400.0 * noise(f / 5, l));
            rig.drive("damping", |f, l| noise(f, l).abs());
        });
    }
}
