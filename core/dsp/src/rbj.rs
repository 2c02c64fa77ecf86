//! The filters of the audio EQ cookbook as state-variable prototypes.

use crate::Lane;
use crate::math::exp2_lanes;
use crate::svf::{SvfCoefs, warp};

/// The kinds of the cookbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Passes what is below the cutoff.
    Lowpass,
    /// Passes what is above the cutoff.
    Highpass,
    /// Passes a band; 0 dB at its centre.
    Bandpass,
    /// Passes a band; its gain at the centre is Q, its skirts stay.
    BandpassSkirt,
    /// Takes out a band.
    Notch,
    /// Turns the phase only.
    Allpass,
    /// Lifts or lowers a band.
    Peaking,
    /// Lifts or lowers what is below the cutoff.
    Lowshelf,
    /// Lifts or lowers what is above the cutoff.
    Highshelf,
}

impl Shape {
    /// Every kind, in the order of [`Shape::NAMES`].
    pub const ALL: [Shape; 9] = [
        Shape::Lowpass,
        Shape::Highpass,
        Shape::Bandpass,
        Shape::BandpassSkirt,
        Shape::Notch,
        Shape::Allpass,
        Shape::Peaking,
        Shape::Lowshelf,
        Shape::Highshelf,
    ];
    /// Their names in patch files.
    pub const NAMES: [&'static str; 9] =
        ["lowpass", "highpass", "bandpass", "bandpass_skirt", "notch", "allpass", "peaking", "lowshelf", "highshelf"];
}

/// A second-order filter: a state-variable core and how its input, band and low are mixed.
#[derive(Clone, Copy, Debug)]
pub struct Prototype<L> {
    /// The core.
    pub core: SvfCoefs<L>,
    /// Gains of the input, the band and the low.
    pub mix: [L; 3],
}

/// The cookbook's filter of a kind: the same transfer function, cutoff prewarped.
///
/// *Source*: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (W3C Note, 2021). The
/// gain counts for peaking and shelves only.
#[inline]
pub fn design<L: Lane>(shape: Shape, cutoff_hz: L, q: L, gain_db: L, sample_rate: f32) -> Prototype<L> {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    let mut g = warp(cutoff_hz, sample_rate);
    let q = q.clamp(0.01, 1000.0);
    let mut k = one / q;
    // The cookbook's A is the square root of the gain: 10^(dB / 40).
    let half = gain_db.clamp(-96.0, 96.0) * L::splat(0.041_524_1);
    let a = exp2_lanes(half + half);
    let mix = match shape {
        Shape::Lowpass => [zero, zero, one],
        Shape::Highpass => [one, -k, -one],
        Shape::Bandpass => [zero, k, zero],
        Shape::BandpassSkirt => [zero, one, zero],
        Shape::Notch => [one, -k, zero],
        Shape::Allpass => [one, -(k + k), zero],
        Shape::Peaking => {
            k = k / a;
            [one, k * (a * a - one), zero]
        }
        Shape::Lowshelf => {
            g *= exp2_lanes(-half);
            [one, k * (a - one), a * a - one]
        }
        Shape::Highshelf => {
            g *= exp2_lanes(half);
            [a * a, k * (one - a) * a, one - a * a]
        }
    };
    Prototype { core: SvfCoefs::new(g, k), mix }
}
