//! Laws that place a sound between left and right.

use crate::math::sin_phase;
use crate::{Lane, LaneBits};

/// A quarter of a cycle in wrapping 32-bit phase.
const QUARTER: u32 = 1 << 30;
/// `sin_phase` peaks one unit in the last place below 1; with this a hard pan is exactly 1.
const TO_ONE: f32 = 1.000_000_1;

/// Sine and cosine of `way` quarters of a cycle, 0 to 1; exact at both ends.
#[inline(always)]
fn quarter<L: Lane>(way: L) -> (L, L) {
    let p = (way * L::splat(QUARTER as f32)).to_int();
    let (sin, cos) = (sin_phase::<L>(p), sin_phase::<L>(L::Bits::splat(QUARTER).wrapping_sub(p)));
    (sin * L::splat(TO_ONE), cos * L::splat(TO_ONE))
}

/// Gains of left and right for one channel at `pan`, −1 left to 1 right: the squares add up to 1, so that the
/// power stays the same wherever the sound stands. The centre is −3 dB on both sides; of a hard pan the near side
/// is exactly 1 and the far side exactly 0.
///
/// This is the sine and cosine law.
#[inline(always)]
pub fn equal_power<L: Lane>(pan: L) -> [L; 2] {
    let (sin, cos) = quarter((pan.clamp(-1.0, 1.0) + L::splat(1.0)) * L::splat(0.5));
    [cos, sin]
}

/// Gains of left and right for two channels that keep their sides: [`equal_power`] raised by 3 dB, so that the
/// centre is exactly 1 and the near side of a hard pan is +3 dB. The same sound on both channels keeps its power.
#[inline(always)]
pub fn balance<L: Lane>(pan: L) -> [L; 2] {
    let up = L::splat(core::f32::consts::SQRT_2);
    equal_power(pan).map(|g| g * up)
}

/// How two channels turn to one side, −1 to 1: the gains `[left to left, right to left, left to right, right to
/// right]`. At 0 nothing changes, exactly; at the ends both channels sound on one side, and nothing is lost.
///
/// *Source*: W3C, Web Audio API 1.1, StereoPannerNode.
#[inline(always)]
pub fn turn<L: Lane>(pan: L) -> [L; 4] {
    let pan = pan.clamp(-1.0, 1.0);
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    let (sin, cos) = quarter(pan.abs());
    let left = pan.lt(zero);
    [L::select(left, one, cos), L::select(left, sin, zero), L::select(left, zero, sin), L::select(left, cos, one)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_the_same_everywhere_and_the_ends_are_exact() {
        for i in -100..=100 {
            let pan = i as f32 / 100.0;
            let [l, r] = equal_power(pan);
            assert!((l * l + r * r - 1.0).abs() < 2e-6, "{pan}: {l} {r}");
            let [ll, rl, lr, rr] = turn(pan);
            // Channels that are not alike: each keeps its power.
            assert!((ll * ll + lr * lr - 1.0).abs() < 2e-6 && (rl * rl + rr * rr - 1.0).abs() < 2e-6);
        }
        assert_eq!(equal_power(-1.0f32), [1.0, 0.0]);
        assert_eq!(equal_power(1.0f32), [0.0, 1.0]);
        assert_eq!(equal_power(0.0f32)[0], equal_power(0.0f32)[1]);
        assert_eq!(balance(0.0f32), [1.0, 1.0]);
        assert_eq!(turn(0.0f32), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(turn(-1.0f32), [1.0, 1.0, 0.0, 0.0]);
        assert_eq!(turn(1.0f32), [0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn what_is_no_number_gives_finite_gains() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30] {
            assert!(equal_power(bad).into_iter().chain(turn(bad)).all(f32::is_finite));
        }
    }
}
