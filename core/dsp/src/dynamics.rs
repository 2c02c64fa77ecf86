//! What compressors share: from a level to a gain, and from there to a gain that moves in time.
//!
//! Levels and gains are in octaves of amplitude (one is 6.02 dB), so that a decibel costs no further logarithm.
//!
//! *Source*: D. Giannoulis, M. Massberg and J. D. Reiss, "Digital Dynamic Range Compressor Design – A Tutorial and
//! Analysis", J. Audio Eng. Soc. 60 (2012): the feed-forward design with the detector in the logarithmic domain,
//! behind the gain computer.

use crate::math::exp2_lanes;
use crate::{Lane, LaneBits};

/// Octaves of amplitude in a decibel.
pub const OCTAVES_PER_DB: f32 = core::f32::consts::LOG2_10 / 20.0;
/// The level that silence counts as: −200 dB.
const SILENCE: f32 = 1e-10;
/// The level that counts as too loud to be sound: +120 dB.
const TOO_LOUD: f32 = 1e6;

/// The logarithm to base two in every lane, for normal positive numbers: error under 3e-7 octaves plus one unit in
/// the last place.
#[inline(always)]
pub fn log2_lanes<L: Lane>(x: L) -> L {
    // The bits of √½: what lies above it counts towards the next octave, so that the series stays short.
    const ROOT_HALF: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_add(L::Bits::splat(0x3f80_0000 - ROOT_HALF));
    let octave = shifted.shr(23).signed_to_float() - L::splat(127.0);
    let rest = (shifted & L::Bits::splat(0x007f_ffff)).wrapping_add(L::Bits::splat(ROOT_HALF)).to_float_bits();
    // ln(m) = 2 atanh((m − 1) / (m + 1)), and the argument stays under 0.172.
    let s = (rest - L::splat(1.0)) / (rest + L::splat(1.0));
    let s2 = s * s;
    let series = L::splat(1.0) + s2 * (L::splat(1.0 / 3.0) + s2 * (L::splat(0.2) + s2 * L::splat(1.0 / 7.0)));
    octave + s * series * L::splat(2.0 * core::f32::consts::LOG2_E)
}

/// How much of the way to its target a one-pole follower goes in a frame, for a time constant in seconds
/// (1 − 1/e of the way after it).
pub fn step_of(secs: f32, sample_rate: f32) -> f64 {
    let frames = f64::from(secs.max(0.0)) * f64::from(sample_rate);
    if frames < 1e-3 { 1.0 } else { -libm::expm1(-1.0 / frames) }
}

/// A compressor's static curve.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Curve {
    threshold: f32,
    knee: f32,
    /// `1 / (2 knee)`, or 0 for a hard knee.
    per_knee: f32,
    /// `1 / ratio − 1`.
    slope: f32,
}

impl Curve {
    /// Above the threshold, the output rises by 1 dB where the input rises by `ratio` dB; the bend is `knee_db` wide.
    pub fn new(threshold_db: f32, ratio: f32, knee_db: f32) -> Curve {
        let knee = knee_db.max(0.0) * OCTAVES_PER_DB;
        Curve {
            threshold: threshold_db * OCTAVES_PER_DB,
            knee,
            per_knee: if knee > 1e-3 { 0.5 / knee } else { 0.0 },
            slope: 1.0 / ratio.max(1.0) - 1.0,
        }
    }
    /// The gain, 0 or less, at a level.
    #[inline(always)]
    pub fn gain(&self, level: f32) -> f32 {
        let over = level - self.threshold;
        let half = 0.5 * self.knee;
        let bend = Lane::clamp(over + half, 0.0, self.knee);
        self.slope * (bend * bend * self.per_knee + Lane::max(over - half, 0.0))
    }
}

/// How fast a gain falls and recovers; see [`step_of`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Part of the way a frame while the gain falls.
    pub attack: f64,
    /// Part of the way a frame while it recovers.
    pub release: f64,
}

/// The gain of a compressor at work.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rider {
    /// In double precision, so that a release of many seconds does not stall on rounding.
    gain: f64,
}

impl Rider {
    /// Turns levels (linear, 0 or more) into gains in octaves, in place, one a frame.
    #[inline]
    pub fn ride(&mut self, curve: &Curve, pace: &Pace, x: &mut [f32]) {
        for v in x.iter_mut() {
            *v = curve.gain(log2_lanes(Lane::clamp(*v, SILENCE, TOO_LOUD)));
        }
        let mut gain = self.gain;
        for v in x.iter_mut() {
            let target = f64::from(*v);
            let step = if target < gain { pace.attack } else { pace.release };
            gain += (target - gain) * step;
            *v = gain as f32;
        }
        self.gain = gain;
    }
    /// Lets a gain that nobody could hear end at exactly nothing. Call it at absolute frames on the grid.
    pub fn settle(&mut self) {
        if self.gain > -1e-6 {
            self.gain = 0.0;
        }
    }
    /// Whether nothing is taken away.
    pub fn at_rest(&self) -> bool {
        self.gain == 0.0
    }
    /// The gain in decibels, 0 or less.
    pub fn gain_db(&self) -> f32 {
        self.gain as f32 / OCTAVES_PER_DB
    }
}

/// What a compressor is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// The level above which it turns down.
    pub threshold_db: f32,
    /// How many decibels more in make one more out.
    pub ratio: f32,
    /// How wide the bend around the threshold is.
    pub knee_db: f32,
    /// The time constant of turning down.
    pub attack_secs: f32,
    /// The time constant of coming back.
    pub release_secs: f32,
}

/// A curve, its pace and the gain at work; from levels to gains.
#[derive(Clone, Copy, Debug)]
pub struct Compressor {
    sample_rate: f32,
    asked: Option<Asked>,
    curve: Curve,
    pace: Pace,
    rider: Rider,
}

impl Compressor {
    /// A compressor at rest. Tune it before use.
    pub fn new(sample_rate: f32) -> Compressor {
        let (curve, pace, rider) = (Curve::default(), Pace::default(), Rider::default());
        Compressor { sample_rate, asked: None, curve, pace, rider }
    }
    /// Takes on what is asked for; what stays the same is not worked out again.
    pub fn tune(&mut self, asked: Asked) {
        if self.asked != Some(asked) {
            self.asked = Some(asked);
            self.curve = Curve::new(asked.threshold_db, asked.ratio, asked.knee_db);
            let step = |secs| step_of(secs, self.sample_rate);
            self.pace = Pace { attack: step(asked.attack_secs), release: step(asked.release_secs) };
        }
    }
    /// Turns levels into gains in octaves; see [`Rider::ride`].
    #[inline]
    pub fn ride(&mut self, x: &mut [f32]) {
        self.rider.ride(&self.curve, &self.pace, x);
    }
    /// Takes nothing away any more.
    pub fn reset(&mut self) {
        self.rider = Rider::default();
    }
    /// The gain at work.
    pub fn rider(&mut self) -> &mut Rider {
        &mut self.rider
    }
    /// Whether nothing is taken away.
    pub fn at_rest(&self) -> bool {
        self.rider.at_rest()
    }
}

/// Gains in octaves to factors, in place.
#[inline]
pub fn to_factors(x: &mut [f32]) {
    for v in x.iter_mut() {
        *v = exp2_lanes(*v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_keeps_its_stated_error() {
        let mut x = 1e-10f32;
        while x < 1e6 {
            let want = f64::from(x).log2();
            let slack = 3e-7 + want.abs() * 1.2e-7;
            assert!((f64::from(log2_lanes(x)) - want).abs() < slack, "{x}");
            x *= 1.000_7;
        }
        assert_eq!(log2_lanes(1.0f32), 0.0);
        assert_eq!(log2_lanes(8.0f32), 3.0);
    }

    #[test]
    fn the_curve_has_its_slope_above_and_its_knee_around_the_threshold() {
        let db = |c: &Curve, level: f32| c.gain(level * OCTAVES_PER_DB) / OCTAVES_PER_DB;
        let soft = Curve::new(-20.0, 4.0, 10.0);
        assert_eq!(db(&soft, -26.0), 0.0);
        assert!((db(&soft, -10.0) + 7.5).abs() < 1e-4, "10 dB over at 4:1 is 7.5 dB less");
        // In the middle of the knee: slope × knee / 8.
        assert!((db(&soft, -20.0) + 0.75 * 10.0 / 8.0).abs() < 1e-4);
        let hard = Curve::new(-20.0, 100.0, 0.0);
        assert_eq!(db(&hard, -20.0), 0.0);
        assert!((db(&hard, 0.0) + 19.8).abs() < 1e-4);
    }

    #[test]
    fn the_gain_falls_and_recovers_with_its_time_constants() {
        let (curve, rate) = (Curve::new(-20.0, 4.0, 0.0), 48_000.0);
        let pace = Pace { attack: step_of(0.01, rate), release: step_of(0.1, rate) };
        let mut rider = Rider::default();
        let mut loud = vec![1.0f32; 480];
        rider.ride(&curve, &pace, &mut loud);
        let full = curve.gain(0.0) / OCTAVES_PER_DB;
        assert!((rider.gain_db() / full - 0.632).abs() < 0.002, "{} of {full}", rider.gain_db());
        rider.ride(&curve, &pace, &mut vec![1.0; 9600]);
        rider.ride(&curve, &pace, &mut vec![0.0; 4800]);
        assert!((rider.gain_db() / full - 0.368).abs() < 0.002, "{} of {full}", rider.gain_db());
        rider.ride(&curve, &pace, &mut [f32::NAN; 4]);
        assert!(rider.gain_db().is_finite());
        for _ in 0..200 {
            rider.ride(&curve, &pace, &mut [0.0; 480]);
            rider.settle();
        }
        assert!(rider.at_rest());
    }
}
