//! The state-variable filter: two trapezoidal integrators in a loop.

use crate::math::{exp2_lanes, tan_pade};
use crate::{Lane, rest};

/// What a state-variable filter multiplies by.
///
/// *Source*: A. Simper, "Linear Trapezoidal Integrated State Variable Filter" (Cytomic, 2013). The two states are kept
/// halved, so that each output of an integrator is the sum of its old and its new state, and the matrix is applied as
/// a difference, which keeps the precision of floats at low cutoffs.
#[derive(Clone, Copy, Debug, Default)]
pub struct SvfCoefs<L> {
    /// Between the integrators.
    pub cross: L,
    /// From the second integrator on itself.
    pub inner: L,
    /// From the first integrator on itself.
    pub loss: L,
    /// The damping, 1 / Q.
    pub damping: L,
}

/// The state of one channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Svf<L> {
    band: L,
    low: L,
}

/// `tan(π cutoff / sample_rate)`: the cutoff as the bilinear transform needs it to stay where it is.
///
/// The cutoff is limited to 1 Hz and 0.488 times the sample rate.
#[inline(always)]
pub fn warp<L: Lane>(cutoff_hz: L, sample_rate: f32) -> L {
    let x = cutoff_hz * L::splat(core::f32::consts::PI / sample_rate);
    tan_pade(x.clamp(core::f32::consts::PI / sample_rate, 1.533))
}

/// The damping for a resonance of 0 to 1: Q climbs from 0.5 to 25 in equal ratios.
#[inline(always)]
pub fn damping<L: Lane>(resonance: L) -> L {
    exp2_lanes(L::splat(1.0) - resonance.clamp(0.0, 1.0) * L::splat(5.643_856))
}

impl<L: Lane> SvfCoefs<L> {
    /// Coefficients for a warped cutoff and a damping of 1 / Q.
    #[inline(always)]
    pub fn new(g: L, damping: L) -> SvfCoefs<L> {
        let one = L::splat(1.0);
        let cross = (g + g) / (one + g * (g + damping));
        let inner = cross * g;
        SvfCoefs { cross, inner, loss: inner + damping * cross, damping }
    }
}

impl<L: Lane> Svf<L> {
    /// One frame: the band-pass (gain Q at the cutoff) and the low-pass.
    #[inline(always)]
    pub fn step(&mut self, c: &SvfCoefs<L>, x: L) -> (L, L) {
        let (b, l) = (self.band, self.low);
        let v = x.mul_add(L::splat(0.5), -l);
        self.band = c.cross.mul_add(v, (-c.loss).mul_add(b, b));
        self.low = c.inner.mul_add(v, c.cross.mul_add(b, l));
        (self.band + b, self.low + l)
    }
    /// Lets what has decayed rest; see [`rest::settle`].
    #[inline(always)]
    pub fn settle(&mut self) {
        self.band = rest::settle(self.band);
        self.low = rest::settle(self.low);
    }
    /// Whether nothing is left in any lane.
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        rest::is_zero(self.band) && rest::is_zero(self.low)
    }
    /// Empties some lanes.
    pub fn clear(&mut self, lanes: u32) {
        self.band = rest::clear(self.band, lanes);
        self.low = rest::clear(self.low, lanes);
    }
}
