//! Elementary functions with the same bits on every machine.

use crate::Lane;

/// Two to the power of `x`, for coefficients: exact to one unit in the last place, the same on every machine.
pub fn exp2(x: f32) -> f32 {
    libm::exp2f(x)
}
/// e to the power of `x`.
pub fn exp(x: f32) -> f32 {
    libm::expf(x)
}
/// The logarithm to base two.
pub fn log2(x: f32) -> f32 {
    libm::log2f(x)
}
/// `x` to the power of `y`.
pub fn pow(x: f32, y: f32) -> f32 {
    libm::powf(x, y)
}
/// The sine of an angle in radians.
pub fn sin(x: f32) -> f32 {
    libm::sinf(x)
}
/// The cosine of an angle in radians.
pub fn cos(x: f32) -> f32 {
    libm::cosf(x)
}
/// The tangent of an angle in radians.
pub fn tan(x: f32) -> f32 {
    libm::tanf(x)
}
/// The hyperbolic tangent.
pub fn tanh(x: f32) -> f32 {
    libm::tanhf(x)
}
/// Decibels to a factor.
pub fn db_to_gain(db: f32) -> f32 {
    exp2(db * 0.166_096_4)
}
/// A factor to decibels; −200 for silence.
pub fn gain_to_db(gain: f32) -> f32 {
    if gain <= 1.0e-10 { -200.0 } else { log2(gain) * 6.020_6 }
}
/// The frequency of a MIDI note number (69 is 440 Hz, fractions are allowed).
pub fn pitch_to_hz(pitch: f32) -> f32 {
    440.0 * exp2((pitch - 69.0) / 12.0)
}
/// The MIDI note number of a frequency.
pub fn hz_to_pitch(hz: f32) -> f32 {
    69.0 + 12.0 * log2(hz.max(1.0e-6) / 440.0)
}

/// `tan(x)` for 0 ≤ x < 1.5 in every lane, as a Padé approximant: relative error under 4e-5 to 1.2.
#[inline(always)]
pub fn tan_pade<L: Lane>(x: L) -> L {
    let x2 = x * x;
    let num = x * (L::splat(945.0) - x2 * (L::splat(105.0) - x2));
    let den = L::splat(945.0) - x2 * (L::splat(420.0) - x2 * L::splat(15.0));
    num / den
}

/// `tanh(x)` in every lane: a rational function that is exact to 2e-4 and limited to ±1.
#[inline(always)]
pub fn tanh_fast<L: Lane>(x: L) -> L {
    // Beyond ±4.97 the approximant passes 1; the clamp keeps it monotonic.
    let x = x.clamp(-4.97, 4.97);
    let x2 = x * x;
    let num = x * (L::splat(135_135.0) + x2 * (L::splat(17_325.0) + x2 * (L::splat(378.0) + x2)));
    let den = L::splat(135_135.0) + x2 * (L::splat(62_370.0) + x2 * (L::splat(3_150.0) + x2 * L::splat(28.0)));
    num / den
}

/// `2^x` in every lane for −120 ≤ x ≤ 120: relative error under 3e-7 (polynomial on the fraction, exponent by bits).
#[inline(always)]
pub fn exp2_lanes<L: Lane>(x: L) -> L {
    use crate::LaneBits;
    let x = x.clamp(-120.0, 120.0);
    let whole = x.round();
    let f = x - whole;
    // Minimax on [-0.5, 0.5].
    let p = L::splat(1.540_353e-4);
    let p = p * f + L::splat(1.333_355_8e-3);
    let p = p * f + L::splat(9.618_129e-3);
    let p = p * f + L::splat(5.550_410_9e-2);
    let p = p * f + L::splat(2.402_265_1e-1);
    let p = p * f + L::splat(6.931_472e-1);
    let p = p * f + L::splat(1.0);
    let scale = whole.to_int().wrapping_add(L::Bits::splat(127)).shl(23).to_float_bits();
    p * scale
}

/// The sine of a phase given in wrapping 32-bit cycles, in every lane: error under 5e-7.
#[inline(always)]
pub fn sin_phase<L: Lane>(phase: L::Bits) -> L {
    use crate::LaneBits;
    // Signed cycles in [-0.5, 0.5), folded to a quarter on each side.
    let x = phase.signed_to_float() * L::splat(1.0 / 4_294_967_296.0);
    let a = x.abs();
    let folded = a.min(L::splat(0.5) - a);
    let negative = x.lt(L::splat(0.0));
    let z = L::select(negative, -folded, folded);
    let z2 = z * z;
    // Least-squares fit of sin(2πz) on Chebyshev points of [-0.25, 0.25].
    let p = L::splat(39.535812377);
    let p = p * z2 + L::splat(-76.54965972);
    let p = p * z2 + L::splat(81.600997924);
    let p = p * z2 + L::splat(-41.34165573);
    let p = p * z2 + L::splat(6.2831850051);
    p * z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approximations_keep_their_stated_error() {
        for i in 0..1200 {
            let x = i as f32 / 1000.0;
            assert!((tan_pade(x) - x.tan()).abs() <= 4e-5 * x.tan().max(1e-3), "tan {x}");
        }
        for i in -8000..8000 {
            let x = i as f32 / 1000.0;
            assert!((tanh_fast(x) - x.tanh()).abs() < 2e-4, "tanh {x}");
        }
        for i in -20000..20000 {
            let x = i as f32 / 1000.0;
            let want = f64::from(x).exp2();
            assert!((f64::from(exp2_lanes(x)) / want - 1.0).abs() < 3e-7, "exp2 {x}");
        }
        let mut worst = 0f64;
        for i in 0..100_000u32 {
            let phase = i.wrapping_mul(42_949);
            let want = (f64::from(phase) / 4_294_967_296.0 * core::f64::consts::TAU).sin();
            worst = worst.max((f64::from(sin_phase::<f32>(phase)) - want).abs());
        }
        assert!(worst < 5e-7, "sine {worst}");
    }
}
