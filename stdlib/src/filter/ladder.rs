//! The transistor ladder.

use crate::filter::{hush, same, take_over};
use bf_dsp::halfband::{Factor, Oversampler};
use bf_dsp::math::exp2_lanes;
use bf_dsp::rest::{self, Watch, spans};
use bf_dsp::{Lane, svf::warp};
use bf_node::{Adopt, Form, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// The fat low-pass of the classic synthesiser: four poles in a ring that saturates.
    ///
    /// `resonance` whistles at the cutoff, and from about 0.9 on the ring keeps singing by itself once something has
    /// struck it, in tune with the cutoff. `drive` pushes the sound into the saturation. The bass that a ladder loses
    /// with resonance is given back in part. What saturation adds beyond half the sample rate folds back as a whistle;
    /// with `oversample` the filter runs at 2 or 4 times the rate, which takes that many times as long and makes the
    /// node late by 31 or 35 frames.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 55.0 }
    /// wobble = { type = "lfo", rate = 0.3 }
    /// filter = { type = "ladder", cutoff = 600.0, resonance = 0.6, drive = 6.0 }
    /// level = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "filter.cutoff" = { from = "wobble", amount = 2.0 }
    /// "level" = "filter"
    /// "out" = "level"
    /// ```
    ///
    /// *Source*: the ladder of R. Moog (US patent 3,475,623), solved without a delay in its ring after V. Zavalishin,
    /// "The Art of VA Filter Design" (2018), section 5, with one saturating junction.
    ladder: Filter,
    inputs { input: PortSpec::signal("input", "What is filtered.") },
    outputs { out: PortSpec::signal("out", "The result.") },
    params {
        cutoff: ParamSpec::hz("cutoff", 1000.0, 20.0, 20_000.0, "Where the filter bends."),
        resonance: ParamSpec::unit_range("resonance", 0.3, "How much it rings; from about 0.9 on it sings."),
        drive: ParamSpec::db("drive", 0.0, -12.0, 36.0, "How hard the input pushes into the saturation."),
        slope: ParamSpec::choice("slope", 0, &["24", "12"], "dB an octave: four poles or two."),
        oversample: ParamSpec::setting("oversample", "1", Form::Count(1, 4), "1, 2 or 4 times the sample rate."),
    },
    with { latency: Some(latency), make: make }
}

fn factor(setup: &Setup<'_>) -> Option<Factor> {
    Factor::from_count(setup.count("oversample"))
}

fn latency(setup: &Setup<'_>) -> u32 {
    factor(setup).map_or(0, |factor| factor.latency() as u32)
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    if factor(setup).is_none() {
        return Err(setup.wrong("oversample", "1, 2 or 4"));
    }
    Ok(lanes!(setup, Ladder))
}

/// The gain round the ring at full resonance. At 4 it begins to sing; the rest sets how loud.
const RING: f32 = 4.4;

#[derive(Clone, Copy)]
struct Coefs<L> {
    drive: L,
    /// Gain round the ring.
    ring: L,
    /// Of one pole: how much of its input is heard at once, and of its state.
    a: L,
    b: L,
    /// How much of the saturated input comes back at once, and the solution where nothing saturates.
    loop_gain: L,
    linear: L,
    makeup: L,
}

/// The filters around a channel that runs faster, and for how many frames they have taken in nothing.
#[derive(Clone)]
struct Around<L> {
    os: Oversampler<L>,
    quiet: usize,
}

/// Frames after which nothing is left in the filters around a channel.
const EMPTY: usize = 128;

struct Ladder<L> {
    /// At which the ring runs.
    sample_rate: f32,
    watch: Watch<L, 3>,
    coefs: Coefs<L>,
    channels: Vec<[L; 4]>,
    /// One a channel, where it runs faster.
    around: Vec<Around<L>>,
}

impl<L: Lane> Ladder<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let zero = L::splat(0.0);
        let factor = factor(setup).unwrap_or(Factor::One);
        let (times, channels) = match factor {
            Factor::One => (1.0, 0),
            Factor::Two => (2.0, setup.channels),
            Factor::Four => (4.0, setup.channels),
        };
        Ladder {
            sample_rate: setup.sample_rate * times,
            watch: Watch::default(),
            coefs: Coefs { drive: zero, ring: zero, a: zero, b: zero, loop_gain: zero, linear: zero, makeup: zero },
            channels: vec![[zero; 4]; setup.channels],
            around: vec![Around { os: Oversampler::new(factor), quiet: EMPTY }; channels],
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let now @ [cutoff, resonance, drive] = [par::cutoff, par::resonance, par::drive].map(|p| io.steady::<L>(p));
        if !self.watch.changed(now) {
            return;
        }
        let one = L::splat(1.0);
        let g = warp(cutoff, self.sample_rate);
        let b = one / (one + g);
        let a = g * b;
        let ring = resonance.clamp(0.0, 1.0) * L::splat(RING);
        let loop_gain = ring * (a * a) * (a * a);
        let makeup = one + ring * L::splat(0.5);
        let drive = exp2_lanes(drive * L::splat(0.166_096_4));
        self.coefs = Coefs { drive, ring, a, b, loop_gain, linear: one / (one + loop_gain), makeup };
    }
}

/// Where the approximation of tanh reaches 1; what is beyond is held there.
const SATURATED: f32 = 3.646;

/// One frame: the outputs after two and after four poles.
#[inline(always)]
fn step<L: Lane>(c: &Coefs<L>, s: &mut [L; 4], x: L) -> (L, L) {
    // What the states alone would give at the end of the ring.
    let rest = c.a.mul_add(c.a.mul_add(c.a.mul_add(s[0], s[1]), s[2]), s[3]) * c.b;
    // No sound reaches 200; a broken input ends here.
    let r = x.mul_add(c.drive, -(c.ring * rest)).clamp(-200.0, 200.0);
    let mut y = saturate(r, c.loop_gain, c.linear);
    let mut second = y;
    for (i, s) in s.iter_mut().enumerate() {
        y = c.a.mul_add(y, c.b * *s);
        *s = y + y - *s;
        if i == 1 {
            second = y;
        }
    }
    (second * c.makeup, y * c.makeup)
}

/// `t = tanh(r - k t)`: the junction with its own output fed back at once.
///
/// One step of Newton's method from the linear solution u, where tanh u = n / d (a Padé approximant, off by at most
/// 0.0013). Multiplied by d², the step needs one division: t = (n d + (d² - n²)(r - u)) / (d² + k (d² - n²)).
#[inline(always)]
fn saturate<L: Lane>(r: L, k: L, linear: L) -> L {
    let u = (r * linear).clamp(-SATURATED, SATURATED);
    let u2 = u * u;
    let n = u * (u2 + L::splat(105.0)).mul_add(u2, L::splat(945.0));
    let d = u2.mul_add(L::splat(15.0), L::splat(420.0)).mul_add(u2, L::splat(945.0));
    let d2 = d * d;
    let slope = (-n).mul_add(n, d2);
    (slope.mul_add(r - u, n * d) / slope.mul_add(k, d2)).clamp(-1.0, 1.0)
}

impl<L: Lane> Processor for Ladder<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.tune(io);
        let (start, c) = (io.start(), self.coefs);
        let gentle = io.index(par::slope) == 1;
        let heard = |(second, fourth): (L, L)| if gentle { second } else { fourth };
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            let mut around = self.around.get_mut(channel);
            let silent = io.input_silent(inp::input, channel) && state.iter().all(|s| rest::is_zero(*s));
            if silent && around.as_ref().is_none_or(|around| around.quiet >= EMPTY) {
                hush::<L>(io, out::COUNT, channel);
                continue;
            }
            status = Status::Active;
            let x = io.input::<L>(inp::input, channel);
            let y = io.output::<L>(out::out, channel);
            let mut s = *state;
            if let Some(around) = &mut around {
                around.quiet = if silent { around.quiet + x.len() } else { 0 };
            }
            for (span, due) in spans(start, x.len()) {
                if due {
                    s = s.map(rest::settle);
                }
                let frames = x[span.clone()].iter().zip(&mut y[span]);
                match &mut around {
                    None => frames.for_each(|(x, y)| *y = heard(step(&c, &mut s, *x))),
                    Some(around) => frames.for_each(|(x, y)| *y = around.os.next(*x, |x| heard(step(&c, &mut s, x)))),
                }
            }
            *state = s;
        }
        status
    }

    fn reset(&mut self, lanes: LaneMask) {
        for s in self.channels.iter_mut().flatten() {
            *s = rest::clear(*s, lanes);
        }
        for around in &mut self.around {
            (0..L::WIDTH).filter(|lane| lanes & (1 << lane) != 0).for_each(|lane| around.os.clear_lane(lane));
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = same::<Self>(old).filter(|old| old.sample_rate == self.sample_rate) else { return Adopt::None };
        let adopted = take_over(&mut self.channels, &old.channels);
        for (own, old) in self.around.iter_mut().zip(&old.around) {
            own.os.copy(&old.os);
            own.quiet = old.quiet;
        }
        adopted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;

    /// The level of a line of 4,800 frames.
    fn line_db(x: &[f32], bin: usize) -> f64 {
        let w = core::f64::consts::TAU * bin as f64 / 4_800.0;
        let (re, im) = x.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, x)| {
            let (s, c) = (w * n as f64).sin_cos();
            (re + f64::from(*x) * c, im + f64::from(*x) * s)
        });
        20.0 * (f64::hypot(re, im) / 2_400.0).max(1e-12).log10()
    }

    /// The response to an impulse so small that nothing saturates.
    fn small_signal(cutoff: f64, resonance: f64, slope: &str) -> Vec<f32> {
        let values = [("cutoff", cutoff.into()), ("resonance", resonance.into()), ("slope", slope.into())];
        let mut rig = rig(&SPEC, &values);
        rig.feed("input", 0, |frame, _| if frame == 0 { 1e-3 } else { 0.0 });
        rig.run_output("out", 0, 0, 24_000).iter().map(|y| y * 1e3).collect()
    }

    #[test]
    fn small_signals_follow_the_analogue_ladder() {
        for (cutoff, resonance) in [(50.0, 0.2), (1000.0, 0.0), (1000.0, 0.8), (8000.0, 0.5)] {
            for (slope, taps) in [("24", 4), ("12", 2)] {
                let response = small_signal(cutoff, resonance, slope);
                let k = resonance * f64::from(RING);
                for hz in sweep(25) {
                    let w = warped(hz, cutoff);
                    // (1 + jw)^n as magnitude and angle.
                    let (size, angle) = ((1.0 + w * w).sqrt(), w.atan());
                    let (re, im) = (size.powi(4) * (4.0 * angle).cos() + k, size.powi(4) * (4.0 * angle).sin());
                    let gain = (1.0 + k / 2.0) * size.powi(4 - taps) / re.hypot(im);
                    let (got, want) = (gain_db(&response, hz), 20.0 * gain.log10());
                    assert!((got - want).abs() < 0.1 || want < -80.0, "{cutoff} {hz:.0} Hz: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn it_sings_in_tune_with_the_cutoff() {
        for cutoff in [55.0, 440.0, 2000.0, 7040.0, 12_000.0] {
            let mut rig = rig(&SPEC, &[("cutoff", cutoff.into()), ("resonance", 1.0.into())]);
            rig.feed("input", 0, |frame, _| if frame == 0 { 1.0 } else { 0.0 });
            rig.run(48_000);
            let tone = rig.run_output("out", 0, 0, 24_000);
            let cents = 1200.0 * (pitch_of(&tone) / cutoff).log2();
            assert!(cents.abs() < 2.0, "{cutoff} Hz is {cents:.2} cents off");
            let level = peak(&tone);
            assert!((0.2..0.9).contains(&level), "{cutoff} Hz: level {level}");
        }
    }

    #[test]
    fn the_junction_is_solved_to_a_hundredth_at_any_level() {
        // The loop gains of cutoffs up to 10 kHz, and of 20 kHz, at full resonance.
        for (k, slack) in [(0.0f32, 0.0015f32), (0.02, 0.002), (0.16, 0.01), (1.7, 0.08)] {
            for i in -400..=400 {
                let r = i as f32 / 50.0;
                let (mut low, mut high) = (-1.0f64, 1.0f64);
                for _ in 0..60 {
                    let t = (low + high) / 2.0;
                    if (f64::from(r) - f64::from(k) * t).tanh() > t { low = t } else { high = t }
                }
                let got = saturate(r, k, 1.0 / (1.0 + k));
                assert!((f64::from(got) - low).abs() < f64::from(slack), "k {k} r {r}: {got} {low}");
            }
        }
    }

    #[test]
    fn below_the_threshold_it_falls_silent() {
        let mut rig = rig(&SPEC, &[("cutoff", 500.0.into()), ("resonance", 0.85.into())]);
        rig.feed("input", 0, |frame, _| if frame < 100 { 1.0 } else { 0.0 });
        rig.run(96_000);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn it_stays_bounded_at_any_drive_and_speed() {
        for slope in ["24", "12"] {
            let values = [("resonance", 1.0.into()), ("drive", 36.0.into()), ("slope", slope.into())];
            let mut rig = rig(&SPEC, &values);
            rig.feed("input", 0, noise);
            rig.drive("cutoff", |frame, _| 632.0 * bf_dsp::math::exp2(5.0 * noise(frame / 16, 9)));
            assert!(peak(&rig.run(24_000)[0]) < 6.5);
        }
    }

    /// A tone of 3,370 Hz driven hard; the loudest line under 20 kHz that is none of its overtones.
    #[test]
    fn oversampling_keeps_aliasing_down() {
        let level = |times: f64| {
            let values = [("oversample", times.into()), ("drive", 24.0.into()), ("cutoff", 15_000.0.into())];
            let mut rig = rig(&SPEC, &values);
            rig.feed("input", 0, |frame, _| (core::f64::consts::TAU * frame as f64 * 337.0 / 4800.0).sin() as f32);
            rig.run(9_600);
            let tone = rig.run_output("out", 0, 0, 4_800);
            let bins = (1..2_000).filter(|bin| bin % 337 != 0);
            bins.map(|bin| line_db(&tone, bin)).fold(f64::MIN, f64::max)
        };
        let (one, two, four) = (level(1.0), level(2.0), level(4.0));
        assert!(two < one - 12.0 && four < two - 12.0 && four < -50.0, "{one} {two} {four} dB");
    }

    #[test]
    fn faster_it_is_the_same_filter_that_much_later() {
        for (times, late) in [(2.0, 31), (4.0, 35)] {
            let values = [("oversample", times.into()), ("cutoff", 1000.0.into())];
            let mut rig = rig(&SPEC, &values);
            assert_eq!(rig.latency, late);
            rig.feed("input", 0, |frame, _| if frame == 0 { 1e-3 } else { 0.0 });
            let fast: Vec<f32> = rig.run_output("out", 0, 0, 24_000).iter().map(|y| y * 1e3).collect();
            let plain = small_signal(1000.0, 0.3, "24");
            for hz in sweep(25).filter(|hz| *hz < 3000.0) {
                let (got, want) = (gain_db(&fast, hz), gain_db(&plain, hz));
                assert!((got - want).abs() < 0.5, "{times} times, {hz:.0} Hz: {got} {want}");
            }
            rig.run(96_000);
            assert_eq!(rig.status, Status::Idle);
        }
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        for (slope, times) in [("24", 1.0), ("12", 1.0), ("24", 2.0), ("12", 4.0)] {
            let values = [("resonance", 0.95.into()), ("slope", slope.into()), ("oversample", times.into())];
            keeps_every_bit(&SPEC, &values, |rig| {
                rig.feed("input", 0, noise);
                rig.feed("input", 1, |f, l| noise(f + 1000, l));
                rig.drive("cutoff", |f, l| 1000.0 + 900.0 * noise(f, l + 3));
            });
        }
    }
}
