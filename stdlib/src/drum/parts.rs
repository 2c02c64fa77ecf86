//! What drums are built of: envelopes, a filter, a body that sweeps, a bank of metal, saturation.

use crate::source::saw::{SawMips, saw_mips};
use crate::source::square::pulse;
use bf_dsp::math::{self, exp2_lanes, tanh_fast};
use bf_dsp::mips::Reader;
use bf_dsp::noise::White;
use bf_dsp::sine::sine;
use bf_dsp::{Lane, LaneBits, f32x8, u32x8};

/// The factor a frame that loses 60 dB in a number of seconds.
pub(crate) fn keep(secs: f32, sample_rate: f32) -> f32 {
    // −60 dB is two to the power of −9.966.
    math::exp2(-9.965_784 / (secs.max(1e-4) * sample_rate))
}

/// A level that decays by an equal factor every frame.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decay {
    pub(crate) level: f32,
    pub(crate) keep: f32,
}

impl Decay {
    /// The present level; moves on.
    #[inline(always)]
    pub(crate) fn frame(&mut self) -> f32 {
        let x = self.level;
        self.level *= self.keep;
        x
    }
    /// Whether it is under −100 dB.
    pub(crate) fn is_over(&self) -> bool {
        self.level.abs() < 1e-5
    }
}

/// Two poles with three outputs.
///
/// *Source:* A. Simper, "Linear Trapezoidal Integrated State Variable Filter", 2013.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    a: [f32; 3],
    damp: f32,
    state: [f32; 2],
}

/// What a [`Filter`] lets through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bands {
    pub(crate) low: f32,
    /// Gain 1 at the corner.
    pub(crate) band: f32,
    pub(crate) high: f32,
}

impl Filter {
    pub(crate) fn tune(&mut self, hz: f32, q: f32, sample_rate: f32) {
        let g = math::tan(core::f32::consts::PI * (hz / sample_rate).clamp(1e-4, 0.45));
        let k = 1.0 / q;
        let a1 = 1.0 / (1.0 + g * (g + k));
        (self.a, self.damp) = ([a1, g * a1, g * g * a1], k);
    }
    #[inline(always)]
    pub(crate) fn frame(&mut self, x: f32) -> Bands {
        let [s1, s2] = self.state;
        let v3 = x - s2;
        let v1 = self.a[0] * s1 + self.a[1] * v3;
        let v2 = s2 + self.a[1] * s1 + self.a[2] * v3;
        self.state = [2.0 * v1 - s1, 2.0 * v2 - s2];
        Bands { low: v2, band: self.damp * v1, high: x - self.damp * v1 - v2 }
    }
    /// Silence inside.
    pub(crate) fn rest(&mut self) {
        self.state = [0.0; 2];
    }
}

/// White noise that is as strong in every band at any sample rate, and no stronger in all than at 48 kHz.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hiss {
    white: White<f32>,
    /// The power of white noise is spread over half the rate.
    level: f32,
    /// What keeps the power of high rates below 20 kHz.
    top: Option<Filter>,
}

impl Hiss {
    pub(crate) fn new(seed: u64, sample_rate: f32) -> Hiss {
        let top = (sample_rate > 50_000.0).then(|| {
            let mut filter = Filter::default();
            filter.tune(20_000.0, core::f32::consts::FRAC_1_SQRT_2, sample_rate);
            filter
        });
        Hiss { white: White::new(seed, 0), level: (sample_rate / 48_000.0).sqrt(), top }
    }
    #[inline(always)]
    pub(crate) fn frame(&mut self) -> f32 {
        let x = self.white.frame() * self.level;
        if let Some(top) = &mut self.top { top.frame(x).low } else { x }
    }
}

/// A sine whose pitch falls: quickly at first, then slowly, as a struck skin's or a bridged-T circuit's does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Body {
    phase: u32,
    /// Phase units a frame where the sweep has ended.
    pub(crate) units: f32,
    /// Octaves above that, quick and slow part.
    pub(crate) sweep: [Decay; 2],
    pub(crate) loud: Decay,
}

impl Body {
    /// Strikes: the wave starts at zero.
    pub(crate) fn strike(&mut self, octaves: f32, level: f32) {
        self.phase = 0;
        (self.sweep[0].level, self.sweep[1].level) = (octaves * 0.75, octaves * 0.25);
        self.loud.level = level;
    }
    /// The times in which the pitch and the level fall.
    pub(crate) fn tune(&mut self, hz: f32, bend: f32, decay: f32, sample_rate: f32) {
        self.units = hz / sample_rate * 4_294_967_296.0;
        self.sweep[0].keep = keep(bend, sample_rate);
        self.sweep[1].keep = keep(bend * 4.0, sample_rate);
        self.loud.keep = keep(decay, sample_rate);
    }
    #[inline(always)]
    pub(crate) fn frame(&mut self) -> f32 {
        let y = sine::<f32>(self.phase) * self.loud.frame();
        let octaves = self.sweep[0].frame() + self.sweep[1].frame();
        let units = self.units * exp2_lanes(octaves);
        // Truncation is exact enough here: a unit is 1e-5 Hz.
        self.phase = self.phase.wrapping_add(units.min(2_147_483_520.0) as u32);
        y
    }
}

/// Eight squares of unrelated pitches, the metal of hats and cymbals, with no alias.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metal {
    mips: &'static SawMips,
    reader: Reader<f32x8>,
    phase: u32x8,
    step: u32x8,
    weights: f32x8,
}

impl Metal {
    /// Squares with these weights; `hz` of weight 0 are not heard.
    pub(crate) fn new(weights: [f32; 8]) -> Metal {
        Metal {
            mips: saw_mips(),
            reader: Reader::default(),
            phase: LaneBits::from_fn(|i| (i as u32).wrapping_mul(0x9e37_79b9)),
            step: LaneBits::splat(0),
            weights: f32x8::new(weights),
        }
    }
    pub(crate) fn tune(&mut self, hz: [f32; 8], sample_rate: f32) {
        let units = hz.map(|hz| (hz / sample_rate).clamp(0.0, 0.49) * 4_294_967_296.0);
        self.reader.tune(self.mips, f32x8::new(units));
        self.step = LaneBits::from_fn(|i| units[i] as u32);
    }
    #[inline(always)]
    pub(crate) fn frame(&mut self) -> f32 {
        let y = pulse(self.mips, &self.reader, self.phase, f32x8::splat(0.5)) * self.weights;
        self.phase = LaneBits::wrapping_add(self.phase, self.step);
        y.sum()
    }
}

/// Saturation that keeps 1 at 1: nearly clean at 0, thick at 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Drive {
    push: f32,
    scale: f32,
}

impl Drive {
    pub(crate) fn new(amount: f32) -> Drive {
        let push = 0.4 + 5.0 * amount * amount;
        Drive { push, scale: 1.0 / tanh_fast(push) }
    }
    #[inline(always)]
    pub(crate) fn frame(&self, x: f32) -> f32 {
        tanh_fast(x * self.push) * self.scale
    }
}

/// Leaves what is under 0.8 as it is and keeps the rest under 1.
#[inline(always)]
pub(crate) fn limit(x: f32) -> f32 {
    let over = x.abs() - 0.8;
    if over <= 0.0 { x } else { (0.8 + 0.199 * tanh_fast(over * 5.0)).copysign(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decay_falls_by_60_db_in_its_time() {
        let mut decay = Decay { level: 1.0, keep: keep(0.5, 48_000.0) };
        for _ in 0..24_000 {
            decay.frame();
        }
        assert!((decay.level / 1e-3 - 1.0).abs() < 0.02, "{}", decay.level);
    }

    #[test]
    fn drive_and_limit_stay_in_range() {
        for amount in [0.0, 0.3, 1.0] {
            assert!((Drive::new(amount).frame(1.0) - 1.0).abs() < 1e-6);
        }
        assert_eq!(limit(0.5), 0.5);
        assert!(limit(1.0) < 1.0 && limit(1e9) < 1.0 && limit(-1e9) > -1.0);
    }

    #[test]
    fn a_filter_has_gain_one_where_it_should() {
        let mut filter = Filter::default();
        filter.tune(1_000.0, 2.0, 48_000.0);
        let most = (0..9_600).map(|i| filter.frame((core::f32::consts::TAU * i as f32 / 48.0).sin()).band);
        let peak = most.skip(4_800).fold(0f32, f32::max);
        assert!((peak - 1.0).abs() < 0.01, "{peak}");
    }
}
