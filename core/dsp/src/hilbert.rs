//! Two all-pass chains a quarter of a cycle apart: the analytic signal without a Fourier transform.

use crate::Lane;
use crate::tail::settle;
use core::f64::consts::PI;

/// Sections in both chains together.
const SECTIONS: usize = 14;

/// One all-pass in z⁻².
#[derive(Clone, Copy, Debug, Default)]
struct Section<L> {
    x: [L; 2],
    y: [L; 2],
}

impl<L: Lane> Section<L> {
    #[inline(always)]
    fn next(&mut self, x: L, a: f32) -> L {
        let y = L::splat(a) * (x + self.y[1]) - self.x[1];
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        y
    }
}

/// Splits a signal into two that stand a quarter of a cycle apart at every frequency of the band.
///
/// *Source*: the elliptic half-band filter as a sum of two all-passes, moved up by a quarter of the sample rate
/// (Valenzuela and Constantinides 1983 for its coefficients; Niemitalo for the use as a Hilbert pair).
#[derive(Clone, Debug)]
pub struct Hilbert<L> {
    coefs: [f32; SECTIONS],
    sections: [Section<L>; SECTIONS],
    late: L,
}

/// The coefficients of a half-band filter whose transition band is `width` (as a part of the sample rate) wide.
fn elliptic_halfband(width: f64) -> [f32; SECTIONS] {
    let k = libm::tan((1.0 - 2.0 * width) * PI / 4.0);
    let k = k * k;
    let root = libm::sqrt(libm::sqrt(1.0 - k * k));
    let e = 0.5 * (1.0 - root) / (1.0 + root);
    let e4 = e * e * e * e;
    // The nome of the elliptic modulus, by its power series.
    let q = e * (1.0 + e4 * (2.0 + e4 * (15.0 + e4 * 150.0)));
    let order = (2 * SECTIONS + 1) as f64;
    core::array::from_fn(|index| {
        let angle = (index + 1) as f64 * PI / order;
        let (mut num, mut den) = (0.0, 0.5);
        for i in 0..24 {
            let (n, sign) = (f64::from(i), if i % 2 == 0 { 1.0 } else { -1.0 });
            num += sign * libm::pow(q, n * (n + 1.0)) * libm::sin((2.0 * n + 1.0) * angle);
            if i > 0 {
                den += sign * libm::pow(q, n * n) * libm::cos(2.0 * n * angle);
            }
        }
        let w = num * libm::sqrt(libm::sqrt(q)) / den;
        let w2 = w * w;
        let x = libm::sqrt((1.0 - w2 * k) * (1.0 - w2 / k)) / (1.0 + w2);
        ((1.0 - x) / (1.0 + x)) as f32
    })
}

impl<L: Lane> Hilbert<L> {
    /// A splitter that holds from `lowest_hz` to as far below half the sample rate.
    pub fn new(sample_rate: f32, lowest_hz: f32) -> Hilbert<L> {
        let width = f64::from((2.0 * lowest_hz / sample_rate).clamp(1.0e-5, 0.2));
        Hilbert { coefs: elliptic_halfband(width), sections: Default::default(), late: L::splat(0.0) }
    }
    /// The next frame: `[i, q]`, where `q` lags `i` by a quarter of a cycle.
    #[inline(always)]
    pub fn next(&mut self, x: L) -> [L; 2] {
        let (mut i, mut q) = (x, self.late);
        for (n, pair) in self.sections.chunks_exact_mut(2).enumerate() {
            i = pair[0].next(i, self.coefs[2 * n]);
            q = pair[1].next(q, self.coefs[2 * n + 1]);
        }
        self.late = x;
        [i, q]
    }
    /// Lets tails end: what is inaudible becomes zero. To be called on the grid.
    #[inline(always)]
    pub fn settle(&mut self) {
        for section in &mut self.sections {
            section.x = section.x.map(settle);
            section.y = section.y.map(settle);
        }
    }
    /// Puts one lane into the state of silence.
    pub fn clear_lane(&mut self, lane: usize) {
        for section in &mut self.sections {
            section.x.iter_mut().chain(&mut section.y).for_each(|x| x.set(lane, 0.0));
        }
        self.late.set(lane, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pair_is_a_quarter_cycle_apart_over_the_band() {
        for sr in [44_100.0f32, 96_000.0] {
            for hz in [20.0f32, 100.0, 1_000.0, 10_000.0, 20_000.0] {
                let mut hilbert = Hilbert::<f32>::new(sr, 15.0);
                let w = core::f64::consts::TAU * f64::from(hz / sr);
                let settled = 30_000;
                let (mut positive, mut negative) = ([0.0f64; 2], [0.0f64; 2]);
                let frames = 20_000;
                for n in 0..settled + frames {
                    let [i, q] = hilbert.next((w * f64::from(n)).sin() as f32).map(f64::from);
                    if n >= settled {
                        // i ± jq against both turning directions, under a window that hides the ends.
                        let t = f64::from(n - settled) / f64::from(frames);
                        let window = (PI * t).sin().powi(2);
                        let (s, c) = (w * f64::from(n)).sin_cos();
                        positive[0] += window * (i * c + q * s);
                        positive[1] += window * (q * c - i * s);
                        negative[0] += window * (i * c - q * s);
                        negative[1] += window * (q * c + i * s);
                    }
                }
                let size = |v: [f64; 2]| (v[0] * v[0] + v[1] * v[1]).sqrt();
                let (a, b) = (size(positive), size(negative));
                let rejection = 20.0 * (a.min(b) / a.max(b)).log10();
                assert!(rejection < -60.0, "{hz} Hz at {sr}: {rejection} dB");
            }
        }
    }
}
