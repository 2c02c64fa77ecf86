//! The equaliser of a mixing desk: one band, and three in a row.
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

    /// The gain in decibels of what it passes at a frequency, from the coefficients that it filters with.
    pub fn gain_db(&self, hz: f64, sample_rate: f64) -> f64 {
        let [a1, a2, m0, m1, m2] = [self.a1, self.a2, self.mix[0], self.mix[1], self.mix[2]].map(f64::from);
        let g = a2 / a1;
        let k = (1.0 / a1 - 1.0) / g - g;
        // Where the bilinear transform puts the frequency, over that of the band.
        let w = libm::tan(core::f64::consts::PI * (hz / sample_rate).clamp(0.0, 0.499_9)) / g;
        // H(jw) = m0 + (m1 jw + m2) / (1 - w^2 + k jw)
        let (below_re, below_im) = (1.0 - w * w, k * w);
        let (above_re, above_im) = (m0 * below_re + m2, m0 * below_im + m1 * w);
        let power = (above_re * above_re + above_im * above_im) / (below_re * below_re + below_im * below_im);
        10.0 * libm::log10(power.max(1e-30))
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

/// What a three-band equaliser is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ThreeGains {
    /// What lies below [`LOW_HZ`], in decibels.
    pub low: f32,
    /// What lies around `mid_hz`, in decibels.
    pub mid: f32,
    /// The centre of the bell.
    pub mid_hz: f32,
    /// What lies above [`HIGH_HZ`], in decibels.
    pub high: f32,
}

/// The corner of the low shelf.
pub const LOW_HZ: f32 = 120.0;
/// The corner of the high shelf.
pub const HIGH_HZ: f32 = 6_000.0;
const SHELF_Q: f32 = core::f32::consts::FRAC_1_SQRT_2;
/// About two octaves.
const BELL_Q: f32 = 0.7;

impl ThreeGains {
    /// The bands; `None` where one is flat.
    fn bands(&self, sample_rate: f32) -> [Option<Band>; 3] {
        let bands = [
            (Shape::LowShelf, LOW_HZ, self.low, SHELF_Q),
            (Shape::Bell, self.mid_hz, self.mid, BELL_Q),
            (Shape::HighShelf, HIGH_HZ, self.high, SHELF_Q),
        ];
        bands.map(|(s, hz, db, q)| (db != 0.0).then(|| Band::new(s, hz, db, q, sample_rate)))
    }

    /// The gain in decibels of all bands together at each of some frequencies.
    pub fn gains_db(&self, hz: &[f32], sample_rate: f32) -> Vec<f32> {
        let bands = self.bands(sample_rate);
        let at =
            |hz: f32| bands.iter().flatten().map(|b| b.gain_db(f64::from(hz), f64::from(sample_rate))).sum::<f64>();
        hz.iter().map(|hz| at(*hz) as f32).collect()
    }
}

/// A low shelf, a bell and a high shelf for two channels.
#[derive(Clone, Copy, Debug)]
pub struct ThreeBands {
    sample_rate: f32,
    asked: ThreeGains,
    /// `None` where a band is flat and therefore left out.
    bands: [Option<Band>; 3],
    states: [[BandState; 2]; 3],
}

impl ThreeBands {
    /// A flat equaliser.
    pub fn new(sample_rate: f32) -> ThreeBands {
        let (asked, bands, states) = Default::default();
        ThreeBands { sample_rate, asked, bands, states }
    }
    /// Takes on what is asked for; what stays the same is not worked out again. A band that becomes flat forgets.
    pub fn tune(&mut self, asked: ThreeGains) {
        if self.asked == asked {
            return;
        }
        self.asked = asked;
        self.bands = asked.bands(self.sample_rate);
        for (band, states) in self.bands.iter().zip(&mut self.states) {
            if band.is_none() {
                *states = Default::default();
            }
        }
    }
    /// Filters both channels in place.
    #[inline]
    pub fn process(&mut self, mut x: [&mut [f32]; 2]) {
        for (band, states) in self.bands.iter().zip(&mut self.states) {
            if let Some(band) = band {
                states.iter_mut().zip(&mut x).for_each(|(state, x)| band.process(state, x));
            }
        }
    }
    /// Forgets what rings.
    pub fn reset(&mut self) {
        self.states = Default::default();
    }
    /// See [`BandState::settle`].
    pub fn settle(&mut self) {
        self.states.iter_mut().flatten().for_each(BandState::settle);
    }
    /// Whether nothing rings.
    pub fn at_rest(&self) -> bool {
        self.states.iter().flatten().all(BandState::at_rest)
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
    fn the_curve_is_that_of_the_filter() {
        let bands = [
            Band::new(Shape::LowShelf, LOW_HZ, 9.0, SHELF_Q, 48_000.0),
            Band::new(Shape::Bell, 2_000.0, -18.0, BELL_Q, 48_000.0),
            Band::new(Shape::HighShelf, HIGH_HZ, 6.0, SHELF_Q, 48_000.0),
        ];
        for (i, band) in bands.iter().enumerate() {
            for hz in [60.0, 200.0, 1_000.0, 2_000.0, 5_000.0, 15_000.0] {
                let (curve, filter) = (band.gain_db(hz, 48_000.0), gain_at(band, hz));
                assert!((curve - filter).abs() < 0.02, "band {i} at {hz} Hz: {curve} and {filter}");
            }
        }
        let asked = ThreeGains { low: 9.0, mid: -18.0, mid_hz: 2_000.0, high: 6.0 };
        let all: f64 = bands.iter().map(|band| gain_at(band, 700.0)).sum();
        assert!((f64::from(asked.gains_db(&[700.0], 48_000.0)[0]) - all).abs() < 0.05);
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
