//! One band of a mixing desk's equaliser.
//!
//! *Source*: A. Simper, "Solving the continuous SVF equations using trapezoidal integration and equivalent currents"
//! and its table of mixes (Cytomic, 2013). The state variable form stays calm while its numbers glide.

use crate::math;

/// What a band does to the spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Everything below the corner.
    LowShelf,
    /// A bell around the centre.
    Bell,
    /// Everything above the corner.
    HighShelf,
}

/// The coefficients of a band.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    a1: f32,
    a2: f32,
    a3: f32,
    /// How much of the input, the band-pass and the low-pass is heard.
    mix: [f32; 3],
}

/// The state of a band for one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BandState {
    ic1: f32,
    ic2: f32,
}

impl Band {
    /// A band of `gain_db` at `hz`; the width of a bell is that of the given `q` at its half gain.
    pub fn new(shape: Shape, hz: f32, gain_db: f32, q: f32, sample_rate: f32) -> Band {
        let root = math::exp2(gain_db * (core::f32::consts::LOG2_10 / 40.0));
        // The pole stays below the Nyquist frequency, whatever is asked for.
        let warped = math::tan(core::f32::consts::PI * hz.clamp(1.0, 0.49 * sample_rate) / sample_rate);
        let (g, k, mix) = match shape {
            Shape::LowShelf => (warped / root.sqrt(), 1.0 / q, [1.0, (root - 1.0) / q, root * root - 1.0]),
            Shape::Bell => (warped, 1.0 / (q * root), [1.0, (root * root - 1.0) / (q * root), 0.0]),
            Shape::HighShelf => {
                (warped * root.sqrt(), 1.0 / q, [root * root, (1.0 - root) * root / q, 1.0 - root * root])
            }
        };
        let a1 = 1.0 / (1.0 + g * (g + k));
        let a2 = g * a1;
        Band { a1, a2, a3: g * a2, mix }
    }

    /// Filters in place.
    #[inline]
    pub fn process(&self, state: &mut BandState, x: &mut [f32]) {
        let (mut ic1, mut ic2) = (state.ic1, state.ic2);
        let [m0, m1, m2] = self.mix;
        for x in x {
            let v3 = *x - ic2;
            let v1 = self.a1 * ic1 + self.a2 * v3;
            let v2 = ic2 + self.a2 * ic1 + self.a3 * v3;
            ic1 = 2.0 * v1 - ic1;
            ic2 = 2.0 * v2 - ic2;
            *x = m0 * *x + m1 * v1 + m2 * v2;
        }
        *state = BandState { ic1, ic2 };
    }
}

impl BandState {
    /// Lets a state that nobody could hear end at exactly nothing. Call it at absolute frames on the grid.
    pub fn settle(&mut self) {
        if self.ic1.abs() + self.ic2.abs() < 1e-15 {
            *self = BandState::default();
        }
    }
    /// Whether nothing rings.
    pub fn at_rest(&self) -> bool {
        *self == BandState::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gain in decibels of a band at a frequency, from its impulse response.
    fn gain_at(band: &Band, hz: f64) -> f64 {
        let mut impulse = vec![0.0f32; 16_384];
        impulse[0] = 1.0;
        band.process(&mut BandState::default(), &mut impulse);
        let (mut re, mut im) = (0.0, 0.0);
        for (i, &x) in impulse.iter().enumerate() {
            let a = i as f64 * hz / 48_000.0 * core::f64::consts::TAU;
            re += f64::from(x) * a.cos();
            im += f64::from(x) * a.sin();
        }
        10.0 * (re * re + im * im).log10()
    }

    #[test]
    fn each_shape_has_its_gain_where_it_should() {
        for db in [-24.0f32, -6.0, 3.0, 12.0] {
            let want = f64::from(db);
            let low = Band::new(Shape::LowShelf, 200.0, db, 0.7, 48_000.0);
            assert!((gain_at(&low, 8.0) - want).abs() < 0.1 && gain_at(&low, 12_000.0).abs() < 0.05);
            assert!((gain_at(&low, 200.0) - want / 2.0).abs() < 0.1, "half the gain at the corner");
            let bell = Band::new(Shape::Bell, 1000.0, db, 0.7, 48_000.0);
            assert!((gain_at(&bell, 1000.0) - want).abs() < 0.05 && gain_at(&bell, 10.0).abs() < 0.1);
            let high = Band::new(Shape::HighShelf, 4000.0, db, 0.7, 48_000.0);
            assert!((gain_at(&high, 23_000.0) - want).abs() < 0.1 && gain_at(&high, 50.0).abs() < 0.05);
        }
    }

    #[test]
    fn a_flat_band_changes_no_bit() {
        let noise: Vec<f32> = (0..500u32).map(|i| i.wrapping_mul(2_654_435_769) as i32 as f32 / 2e9).collect();
        for shape in [Shape::LowShelf, Shape::Bell, Shape::HighShelf] {
            let mut x = noise.clone();
            Band::new(shape, 700.0, 0.0, 0.7, 44_100.0).process(&mut BandState::default(), &mut x);
            assert_eq!(x, noise);
        }
    }
}
