//! The transistor ladder.

use crate::filter::{hush, same, take_over};
use bf_dsp::math::{exp2_lanes, tanh_fast};
use bf_dsp::rest::{self, Watch, spans};
use bf_dsp::{Lane, svf::warp};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// The fat low-pass of the classic synthesiser: four poles in a ring that saturates.
    ///
    /// `resonance` whistles at the cutoff, and from about 0.9 on the ring keeps singing by itself once something has
    /// struck it, in tune with the cutoff. `drive` pushes the sound into the saturation. The bass that a ladder loses
    /// with resonance is given back in part.
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
    /// "The Art of VA Filter Design" (2018), section 5; the one saturating junction is solved by Newton's method.
    ladder: Filter,
    inputs { input: PortSpec::signal("input", "What is filtered.") },
    outputs { out: PortSpec::signal("out", "The result.") },
    params {
        cutoff: ParamSpec::hz("cutoff", 1000.0, 20.0, 20_000.0, "Where the filter bends."),
        resonance: ParamSpec::unit_range("resonance", 0.3, "How much it rings; from about 0.9 on it sings."),
        drive: ParamSpec::db("drive", 0.0, -12.0, 36.0, "How hard the input pushes into the saturation."),
        slope: ParamSpec::choice("slope", 0, &["24", "12"], "dB an octave: four poles or two."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
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

struct Ladder<L> {
    sample_rate: f32,
    watch: Watch<L, 3>,
    coefs: Coefs<L>,
    channels: Vec<[L; 4]>,
}

impl<L: Lane> Ladder<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let zero = L::splat(0.0);
        Ladder {
            sample_rate: setup.sample_rate,
            watch: Watch::default(),
            coefs: Coefs { drive: zero, ring: zero, a: zero, b: zero, loop_gain: zero, linear: zero, makeup: zero },
            channels: vec![[zero; 4]; setup.channels],
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

/// One frame: the outputs after two and after four poles.
#[inline(always)]
fn step<L: Lane>(c: &Coefs<L>, s: &mut [L; 4], x: L) -> (L, L) {
    let one = L::splat(1.0);
    // What the states alone would give at the end of the ring.
    let rest = c.a.mul_add(c.a.mul_add(c.a.mul_add(s[0], s[1]), s[2]), s[3]) * c.b;
    let r = x.mul_add(c.drive, -(c.ring * rest));
    // u + loop_gain tanh(u) = r. The linear solution lies short of the root, on the side from which Newton's
    // method never overshoots, so that two steps serve every level.
    let mut u = r * c.linear;
    for _ in 0..2 {
        let t = tanh_fast(u);
        let slope = c.loop_gain.mul_add((-t).mul_add(t, one), one);
        u = u - (c.loop_gain.mul_add(t, u) - r) / slope;
    }
    let mut y = tanh_fast(u);
    let mut second = y;
    for (i, s) in s.iter_mut().enumerate() {
        let v = (y - *s) * c.a;
        y = v + *s;
        *s = y + v;
        if i == 1 {
            second = y;
        }
    }
    (second * c.makeup, y * c.makeup)
}

impl<L: Lane> Processor for Ladder<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.tune(io);
        let (start, c) = (io.start(), self.coefs);
        let gentle = io.index(par::slope) == 1;
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            if io.input_silent(inp::input, channel) && state.iter().all(|s| rest::is_zero(*s)) {
                hush::<L>(io, out::COUNT, channel);
                continue;
            }
            status = Status::Active;
            let x = io.input::<L>(inp::input, channel);
            let y = io.output::<L>(out::out, channel);
            let mut s = *state;
            for (span, due) in spans(start, x.len()) {
                if due {
                    s = s.map(rest::settle);
                }
                for (x, y) in x[span.clone()].iter().zip(&mut y[span]) {
                    let (second, fourth) = step(&c, &mut s, *x);
                    *y = if gentle { second } else { fourth };
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
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        same::<Self>(old).map_or(Adopt::None, |old| take_over(&mut self.channels, &old.channels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;

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

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        for slope in ["24", "12"] {
            keeps_every_bit(&SPEC, &[("resonance", 0.95.into()), ("slope", slope.into())], |rig| {
                rig.feed("input", 0, noise);
                rig.feed("input", 1, |f, l| noise(f + 1000, l));
                rig.drive("cutoff", |f, l| 1000.0 + 900.0 * noise(f, l + 3));
            });
        }
    }
}
