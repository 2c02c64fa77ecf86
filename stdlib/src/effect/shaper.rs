//! Waveshaping with oversampling.

use bf_dsp::Lane;
use bf_dsp::halfband::{Factor, Oversampler};
use bf_dsp::math::{exp2_lanes, sin_phase, tanh_fast};
use bf_dsp::tail::{LaneRest, settle};
use bf_node::{Adopt, Form, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Bends a wave: from warmth over fuzz to metal, without the whistle of aliasing.
    ///
    /// The louder the sound meets the curve (`drive`), the more overtones it gets. `tanh` and `soft` round the peaks,
    /// `hard` cuts them, `fold` and `sine` turn them back inside, `diode` lets one half pass and presses the other,
    /// `rectify` turns the lower half up, an octave higher. `bias` moves the sound off the middle of the curve, which
    /// adds even overtones. The curve runs at `oversample` times the rate; the filters for that make the node late by
    /// 31 (twice) or 35 frames (four times), which the dry sound inside and parallel paths outside wait for. For
    /// control signals set `oversample` to 1 and `dc_block` off.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "sine", freq = 110.0 }
    /// sweep = { type = "lfo", rate = 0.2 }
    /// bend = { type = "shaper", shape = "fold", drive = 12.0, level = -9.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "bend" = "osc"
    /// "bend.drive" = { from = "sweep", amount = 12.0 }
    /// "out" = "bend"
    /// ```
    shaper: Shaper,
    inputs { input: PortSpec::signal("input", "What is bent.") },
    outputs { out: PortSpec::signal("out", "The bent wave.") },
    params {
        shape: ParamSpec::choice("shape", 0, &["tanh", "soft", "hard", "fold", "sine", "diode", "rectify"], "The curve."),
        drive: ParamSpec::db("drive", 12.0, -24.0, 48.0, "How loud the sound meets the curve.").smooth(),
        bias: ParamSpec::number("bias", 0.0, -1.0, 1.0, "How far off the middle of the curve it meets it.").smooth(),
        level: ParamSpec::db("level", -3.0, -48.0, 12.0, "How loud it leaves.").smooth(),
        mix: ParamSpec::unit_range("mix", 1.0, "0: only the dry sound; 1: only the bent one.").smooth(),
        dc_block: ParamSpec::switch("dc_block", true, "Takes away the offset that uneven curves leave (5 Hz)."),
        oversample: ParamSpec::setting("oversample", "4", Form::Count(1, 4), "1, 2 or 4 times the sample rate."),
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
    Ok(lanes!(setup, Shaper))
}

/// A curve through zero with slope 1 there (but for `rectify`), within ±1.
#[derive(Clone, Copy)]
enum Shape {
    Tanh,
    Soft,
    Hard,
    Fold,
    Sine,
    Diode,
    Rectify,
}

impl Shape {
    const ALL: [Shape; 7] =
        [Shape::Tanh, Shape::Soft, Shape::Hard, Shape::Fold, Shape::Sine, Shape::Diode, Shape::Rectify];

    #[inline(always)]
    fn bend<L: Lane>(self, x: L) -> L {
        let one = L::splat(1.0);
        match self {
            Shape::Tanh => tanh_fast(x),
            Shape::Soft => {
                // A cubic that reaches ±1 level at ±1.5.
                let x = x.clamp(-1.5, 1.5);
                x - x * x * x * L::splat(4.0 / 27.0)
            }
            Shape::Hard => x.clamp(-1.0, 1.0),
            Shape::Fold => {
                let t = (x.clamp(-1.0e4, 1.0e4) + one) * L::splat(0.25);
                one - ((t - t.floor()) - L::splat(0.5)).abs() * L::splat(4.0)
            }
            Shape::Sine => {
                let t = x.clamp(-1.0e4, 1.0e4) * L::splat(1.0 / core::f32::consts::TAU);
                // 2^32 less what keeps half a cycle inside a signed integer.
                sin_phase::<L>(((t - t.round()) * L::splat(4_294_966_784.0)).to_int())
            }
            Shape::Diode => {
                // 1 − e^−x forwards; backwards the same curve, closed at 0.3.
                let forwards = one - exp2_lanes(x.abs() * L::splat(-core::f32::consts::LOG2_E));
                let back = (exp2_lanes(x.abs() * L::splat(-core::f32::consts::LOG2_E / 0.3)) - one) * L::splat(0.3);
                L::select(x.gt(L::splat(0.0)), forwards, back)
            }
            Shape::Rectify => x.abs().min(one),
        }
    }
}

/// One channel.
struct Channel<L: Lane> {
    os: Oversampler<L>,
    /// The dry sound waits here for the filters.
    dry: Vec<L>,
    dry_at: usize,
    offset: L,
    rest: LaneRest<L>,
}

impl<L: Lane> Channel<L> {
    fn new(factor: Factor) -> Channel<L> {
        let dry = vec![L::splat(0.0); factor.latency().max(1)];
        Channel { os: Oversampler::new(factor), dry, dry_at: 0, offset: L::splat(0.0), rest: LaneRest::new() }
    }
    /// The dry sound, as late as the filters.
    #[inline(always)]
    fn late(&mut self, x: L) -> L {
        if self.os.factor() == Factor::One {
            return x;
        }
        let late = core::mem::replace(&mut self.dry[self.dry_at], x);
        self.dry_at = if self.dry_at + 1 == self.dry.len() { 0 } else { self.dry_at + 1 };
        late
    }
    fn copy(&mut self, old: &Channel<L>) {
        self.os.copy(&old.os);
        self.dry.copy_from_slice(&old.dry);
        (self.dry_at, self.offset, self.rest) = (old.dry_at, old.offset, old.rest);
    }
    fn clear_lane(&mut self, lane: usize) {
        self.os.clear_lane(lane);
        self.dry.iter_mut().chain([&mut self.offset]).for_each(|x| x.set(lane, 0.0));
        self.rest.sleep(lane);
    }
}

struct Shaper<L: Lane> {
    /// What a 5 Hz low-pass takes in a frame.
    slow: f32,
    channels: Vec<Channel<L>>,
}

#[inline(always)]
fn gain_of<L: Lane>(db: L) -> L {
    exp2_lanes(db.clamp(-60.0, 60.0) * L::splat(0.166_096_4))
}

impl<L: Lane> Shaper<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let factor = factor(setup).unwrap_or(Factor::One);
        let slow = super::blend::one_pole(5.0, setup.sample_rate);
        Shaper { slow, channels: (0..setup.channels).map(|_| Channel::new(factor)).collect() }
    }
}

impl<L: Lane> Processor for Shaper<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let silent = (0..io.channels()).all(|c| io.input_silent(inp::input, c));
        if silent && self.channels.iter().all(|c| c.rest.all_asleep()) {
            io.silence();
            return Status::Idle;
        }
        let shape = Shape::ALL[io.index(par::shape).min(Shape::ALL.len() - 1)];
        let slow = L::splat(if io.switch(par::dc_block) { self.slow } else { 0.0 });
        let (drive, bias) = (io.smooth::<L>(par::drive), io.smooth::<L>(par::bias));
        let (level, mix) = (io.smooth::<L>(par::level), io.smooth::<L>(par::mix));
        for (c, channel) in self.channels.iter_mut().enumerate() {
            if !io.switch(par::dc_block) {
                channel.offset = L::splat(0.0);
            }
            let input = io.input::<L>(inp::input, c);
            for (i, out) in io.output::<L>(out::out, c).iter_mut().enumerate() {
                let x = settle(input[i]);
                let bias = bias.at(i).clamp(-1.0, 1.0);
                // Silence stays silence whatever the bias is.
                let middle = shape.bend(bias);
                let bent = channel.os.next(x * gain_of(drive.at(i)), |x| shape.bend(x + bias) - middle);
                let wet = settle(bent - channel.offset);
                channel.offset = settle(channel.offset + wet * slow);
                let mix = mix.at(i).clamp(0.0, 1.0);
                let late = channel.late(x);
                *out = late * (L::splat(1.0) - mix) + wet * gain_of(level.at(i)) * mix;
                channel.rest.count(x.abs().max(wet.abs()).max(channel.offset.abs()));
            }
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        for lane in (0..L::WIDTH).filter(|lane| lanes & (1 << lane) != 0) {
            self.channels.iter_mut().for_each(|c| c.clear_lane(lane));
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = crate::filter::same::<Self>(old) else { return Adopt::None };
        let factors = |s: &Self| s.channels.first().map(|c| c.os.factor());
        if old.channels.len() != self.channels.len() || factors(old) != factors(self) {
            return Adopt::None;
        }
        self.channels.iter_mut().zip(&old.channels).for_each(|(own, old)| own.copy(old));
        Adopt::Copied
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws;
    use super::*;
    use bf_node::Value;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn laws_hold() {
        for shape in ["tanh", "soft", "hard", "fold", "sine", "diode", "rectify"] {
            laws::hold(&SPEC, &[("shape", shape.into()), ("bias", 0.3.into()), ("oversample", 2.0.into())]);
        }
        laws::hold(&SPEC, &[("mix", 0.5.into())]);
        laws::rests(&SPEC, &[("bias", 0.5.into())], 2.0);
    }

    #[test]
    fn curves_stay_within_one_and_start_with_slope_one() {
        for (shape, slope) in Shape::ALL.into_iter().zip([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0f32]) {
            assert_eq!(shape.bend(0.0f32), 0.0);
            assert!((shape.bend(1e-3f32) / 1e-3 - slope).abs() < 2e-3);
            for x in -4000..4000 {
                let y = shape.bend(x as f32 * 0.01);
                assert!(y.abs() <= 1.0 + 1e-5);
            }
            assert!(shape.bend(f32::MAX).is_finite() && shape.bend(f32::MIN).is_finite());
        }
    }

    fn rig(values: &[(&'static str, Value)], cycles: f64) -> Rig {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        rig.feed("input", 0, move |frame, _| (core::f64::consts::TAU * cycles * frame as f64).sin() as f32);
        rig
    }

    /// The loudest line, in dB, where an odd overtone of `bin` beyond half the rate folds to (lines of 4,800 frames).
    fn alias_db(out: &[f32], bin: usize) -> f64 {
        let mut worst = 0.0f64;
        for overtone in (1..80).step_by(2).filter(|k| k * bin > 2_400) {
            let folded = overtone * bin % 4_800;
            let line = folded.min(4_800 - folded);
            if line > 2_000 {
                continue;
            }
            let w = core::f64::consts::TAU * line as f64 / 4_800.0;
            let (mut re, mut im) = (0.0, 0.0);
            for (n, x) in out.iter().enumerate() {
                let (s, c) = (w * n as f64).sin_cos();
                re += f64::from(*x) * c;
                im += f64::from(*x) * s;
            }
            worst = worst.max((re * re + im * im).sqrt() / 2_400.0);
        }
        20.0 * worst.max(1e-12).log10()
    }

    #[test]
    fn oversampling_keeps_aliasing_down() {
        // A sine of 3,370 Hz, 12 dB into tanh; lines up to 20 kHz.
        let level = |times: f64| {
            let values = [("oversample", times.into()), ("drive", 12.0.into()), ("level", 0.0.into())];
            let mut rig = rig(&values, 337.0 / 4_800.0);
            rig.run(4_800);
            alias_db(&rig.run(4_800)[0], 337)
        };
        let (one, two, four) = (level(1.0), level(2.0), level(4.0));
        assert!(two < one - 8.0 && four < two - 8.0 && four < -60.0, "{one} {two} {four} dB");
    }

    #[test]
    fn the_declared_latency_is_exact() {
        for (times, late) in [(1.0, 0), (2.0, 31), (4.0, 35)] {
            let values = [
                ("oversample", times.into()),
                ("shape", "hard".into()),
                ("drive", Value::Number(-6.0)),
                ("level", 6.0.into()),
                ("dc_block", false.into()),
            ];
            for mix in [0.0, 0.5, 1.0] {
                let mut rig = rig(&[&values[..], &[("mix", Value::Number(mix))]].concat(), 0.01);
                assert_eq!(rig.latency, late);
                let out = rig.run(1_000);
                for (i, y) in out[0].iter().enumerate().skip(200) {
                    let want = (core::f64::consts::TAU * 0.01 * (i - late as usize) as f64).sin() as f32;
                    assert!((y - want).abs() < 1e-3, "{times} {mix} {i}");
                }
            }
        }
    }

    #[test]
    fn only_one_two_and_four_are_made() {
        let bench = Bench { values: vec![("oversample", 3.0.into())], ..Bench::default() };
        assert!(Rig::new(&SPEC, &bench).is_err());
    }
}
