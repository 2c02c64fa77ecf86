//! Reading a memory between its frames again and again, as loops do: flat, and never louder than what was written.

use crate::{Lane, f32x8};

/// Frames that one reading weighs: seven before the two around the position, and seven after them.
pub const POINTS: usize = 16;
/// Fractions for which weights are stored; between them they are interpolated, which keeps every gain at most one.
const PHASES: usize = 64;

static WEIGHTS: [[f32; POINTS]; PHASES + 1] = weights();

/// The polynomial through sixteen points. Between the middle two no frequency gains, and at half a frame one at a
/// quarter of the rate loses 0.01 dB. Evaluated by the compiler, so the same on every machine.
///
/// *Source*: V. Välimäki and T. I. Laakso, "Principles of fractional delay filters", ICASSP 2000.
const fn weights() -> [[f32; POINTS]; PHASES + 1] {
    let mut rows = [[0.0; POINTS]; PHASES + 1];
    let mut p = 0;
    while p <= PHASES {
        let at = (POINTS / 2) as f64 - p as f64 / PHASES as f64;
        let mut k = 0;
        while k < POINTS {
            let (mut weight, mut m) = (1.0, 0);
            while m < POINTS {
                if m != k {
                    weight *= (at - m as f64) / (k as f64 - m as f64);
                }
                m += 1;
            }
            rows[p][k] = weight as f32;
            k += 1;
        }
        p += 1;
    }
    rows
}

/// The value `part` (0 to 1) of the way back from point 8 to point 7; at 0 exactly point 8.
#[inline(always)]
pub fn between(points: &[f32; POINTS], part: f32) -> f32 {
    let place = part * PHASES as f32;
    let row = (place as usize).min(PHASES - 1);
    let rest = f32x8::splat(place - row as f32);
    let (here, next) = (WEIGHTS[row].as_chunks::<8>().0, WEIGHTS[row + 1].as_chunks::<8>().0);
    let mut sum = f32x8::splat(0.0);
    for ((x, a), b) in points.as_chunks::<8>().0.iter().zip(here).zip(next) {
        let (a, b) = (f32x8::new(*a), f32x8::new(*b));
        sum = Lane::mul_add(Lane::mul_add(b - a, rest, a), f32x8::new(*x), sum);
    }
    Lane::sum(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_are_flat_and_at_most_one() {
        for part in [0.0, 0.1, 0.25, 0.37, 0.5, 0.803, 1.0] {
            for step in 0..50 {
                let turns = f64::from(step) / 100.0;
                let [mut re, mut im] = [0.0; 2];
                for k in 0..POINTS {
                    let one: [f32; POINTS] = core::array::from_fn(|i| if i == k { 1.0 } else { 0.0 });
                    let (sin, cos) = (core::f64::consts::TAU * turns * k as f64).sin_cos();
                    let weight = f64::from(between(&one, part));
                    (re, im) = (re + weight * cos, im + weight * sin);
                }
                let db = 10.0 * (re * re + im * im).log10();
                assert!(db < 1e-4, "{part} at {turns}: {db} dB");
                assert!(turns > 0.25 || db > -0.02, "{part} at {turns}: {db} dB");
            }
        }
        let ramp = core::array::from_fn(|i| i as f32);
        assert!((between(&ramp, 0.37) - 7.63).abs() < 1e-5 && between(&ramp, 0.0) == 8.0);
        assert!((between(&ramp, 1.0) - 7.0).abs() < 1e-5);
    }
}
