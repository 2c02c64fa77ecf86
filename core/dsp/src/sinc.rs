//! Reading recorded frames between their frames with a windowed sinc of sixteen points.

use crate::{Lane, f32x8};

/// Frames that one reading weighs: seven before the frame at the position, and eight after it.
pub const TAPS: usize = 16;
/// Fractions for which weights are stored; between them they are interpolated.
const PHASES: usize = 256;
/// The shape of the Kaiser window: side lobes 70 dB down.
const BETA: f64 = 6.76;

static WEIGHTS: [[f32; TAPS]; PHASES + 1] = weights();

/// Weights for every phase, each row with a sum of one. Evaluated by the compiler, so the same on every machine.
///
/// *Source*: Smith, Digital audio resampling, CCRMA (2002); the window after Kaiser and Schafer (1980).
const fn weights() -> [[f32; TAPS]; PHASES + 1] {
    let mut rows = [[0.0; TAPS]; PHASES + 1];
    let mut p = 0;
    while p <= PHASES {
        let f = p as f64 / PHASES as f64;
        let (mut row, mut sum, mut t) = ([0.0; TAPS], 0.0, 0);
        while t < TAPS {
            // The distance from the position to this tap.
            let x = t as f64 - (TAPS / 2 - 1) as f64 - f;
            let r = x / (TAPS / 2) as f64;
            row[t] = sinc(x) * bessel_i0_of_square(BETA * BETA * (1.0 - r * r));
            sum += row[t];
            t += 1;
        }
        t = 0;
        while t < TAPS {
            rows[p][t] = (row[t] / sum) as f32;
            t += 1;
        }
        p += 1;
    }
    rows
}

/// sin(πx) ÷ πx, from the power series of the sine around the nearest whole number.
const fn sinc(x: f64) -> f64 {
    const PI: f64 = core::f64::consts::PI;
    let whole = (if x < 0.0 { x - 0.5 } else { x + 0.5 }) as i64;
    let d = (x - whole as f64) * PI;
    if d == 0.0 {
        return if whole == 0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut n) = (d, d, 1.0);
    while n < 12.0 {
        term *= -d * d / ((2.0 * n) * (2.0 * n + 1.0));
        sum += term;
        n += 1.0;
    }
    (if whole % 2 == 0 { sum } else { -sum }) / (PI * x)
}

/// The modified Bessel function of order zero of a square root: its power series needs none.
const fn bessel_i0_of_square(square: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while n < 26.0 {
        term *= square / (4.0 * n * n);
        sum += term;
        n += 1.0;
    }
    sum
}

/// The weighted sum of sixteen frames around a position of which only the fraction counts (32.32 fixed point):
/// `taps[7]` is the frame at the position.
///
/// Below two thirds of the band images are 60 dB down; towards its upper end they come nearer.
#[inline(always)]
pub fn weigh<const C: usize>(taps: &[[f32; C]; TAPS], pos: i64) -> [f32; C] {
    const { assert!(C == 1 || C == 2, "one or two channels") };
    let low = pos as u32;
    let (a, b) = (&WEIGHTS[(low >> 24) as usize], &WEIGHTS[(low >> 24) as usize + 1]);
    let between = f32x8::splat(((low >> 8) & 0xffff) as f32 * (1.0 / 65_536.0));
    let weights = |half: usize| {
        let (a, b) = (f32x8::from_fn(|i| a[half * 8 + i]), f32x8::from_fn(|i| b[half * 8 + i]));
        a + (b - a) * between
    };
    let halves = [weights(0), weights(1)];
    let frames = taps.as_flattened();
    let mut sum = f32x8::splat(0.0);
    for part in 0..2 * C {
        // Interleaved channels share the weight of their frame.
        let tap = |i: usize| (part * 8 + i) / C;
        let weight = f32x8::from_fn(|i| halves[tap(i) / 8].as_array()[tap(i) % 8]);
        sum += f32x8::from_fn(|i| frames[part * 8 + i]) * weight;
    }
    // A fixed order, whatever the machine's own sum of a vector does.
    let s = sum.as_array();
    core::array::from_fn(|c| if C == 1 { four(s, 0) + four(s, 1) } else { four(s, c) })
}

/// The sum of every second lane.
#[inline(always)]
fn four(s: &[f32; 8], first: usize) -> f32 {
    (s[first] + s[first + 4]) + (s[first + 2] + s[first + 6])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(x: impl Fn(f64) -> f64, at: f64) -> f32 {
        let pos = (at * 4_294_967_296.0) as i64;
        let taps = core::array::from_fn(|t| [x(at.floor() + t as f64 - 7.0) as f32]);
        weigh(&taps, pos)[0]
    }

    #[test]
    fn frames_themselves_are_met_and_constants_stay() {
        for i in 0..300 {
            let at = f64::from(i) * 0.37;
            assert!((read(|_| 1.0, at) - 1.0).abs() < 1e-6);
            assert!((read(|t| (t * 0.7).sin(), at.floor()) - (at.floor() * 0.7).sin() as f32).abs() < 1e-6);
        }
    }

    #[test]
    fn tones_up_to_16_khz_of_48_are_clean() {
        for (hz, bound) in [(100.0, 1e-4), (5000.0, 3e-4), (10_000.0, 5e-4), (14_000.0, 1e-3), (16_000.0, 2e-3)] {
            let w = core::f64::consts::TAU * hz / 48_000.0;
            let worst = (0..5000)
                .map(|i| f64::from(i) * 0.7317)
                .map(|at| (f64::from(read(|t| (t * w).sin(), at)) - (at * w).sin()).abs());
            let worst = worst.fold(0.0, f64::max);
            assert!(worst < bound, "{hz} Hz: {worst:e}");
        }
    }
}
