//! The numeric lane type that kernels are written over.

mod batch;
mod eight;
mod one;

pub use batch::{BATCH, Wide, WideBits};

use core::fmt::Debug;
use core::ops::{Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A vector of `WIDTH` floats, one for each voice of a group.
///
/// Every operation is lane-wise and rounds as IEEE 754 says, so lane 0 of eight has the bits of one lane.
/// `mul_add` is fused everywhere (the build requires FMA or calls the exact software form).
pub trait Lane:
    Copy
    + Debug
    + Default
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// How many voices one value carries.
    const WIDTH: usize;
    /// The result of a comparison.
    type Mask: Copy + BitAnd<Output = Self::Mask> + BitOr<Output = Self::Mask>;
    /// Unsigned 32-bit integers of the same width, for phases and noise; they wrap.
    type Bits: LaneBits<Float = Self>;

    /// The same value in every lane.
    fn splat(x: f32) -> Self;
    /// One value a lane.
    fn from_fn(f: impl FnMut(usize) -> f32) -> Self;
    /// The value of a lane. # Panics: when `lane >= WIDTH`.
    fn get(self, lane: usize) -> f32;
    /// Replaces the value of a lane. # Panics: when `lane >= WIDTH`.
    fn set(&mut self, lane: usize, x: f32);
    /// Puts the lanes at the front of a slice. # Panics: when it is shorter than `WIDTH`.
    fn write(self, to: &mut [f32]);
    /// The smaller; the second where the first is not a number.
    fn min(self, other: Self) -> Self;
    /// The larger; the second where the first is not a number.
    fn max(self, other: Self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
    /// The next integer below.
    fn floor(self) -> Self;
    /// The nearest integer.
    fn round(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// `self * b + c`, rounded once.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// `self < other`.
    fn lt(self, other: Self) -> Self::Mask;
    /// `self > other`.
    fn gt(self, other: Self) -> Self::Mask;
    /// `a` where the mask holds, else `b`.
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self;
    /// Whether the mask holds in any lane.
    fn any(mask: Self::Mask) -> bool;
    /// Bit `i` is set where the mask holds in lane `i`.
    fn mask_bits(mask: Self::Mask) -> u32;
    /// A mask from bits.
    fn mask_from_bits(bits: u32) -> Self::Mask;
    /// The bits of the floats.
    fn to_bits(self) -> Self::Bits;
    /// Truncation towards zero, as signed integers in `Bits`.
    fn to_int(self) -> Self::Bits;
    /// The lanes added in order, lane 0 first.
    fn sum(self) -> f32 {
        let mut s = self.get(0);
        for i in 1..Self::WIDTH {
            s += self.get(i);
        }
        s
    }
    /// `self` limited to a range; `lo` where it is not a number.
    fn clamp(self, lo: f32, hi: f32) -> Self {
        self.max(Self::splat(lo)).min(Self::splat(hi))
    }
    /// A scalar function applied in each lane. Slow: for coefficients on the grid.
    fn map(self, mut f: impl FnMut(f32) -> f32) -> Self {
        Self::from_fn(|i| f(self.get(i)))
    }
    /// `self` where finite, else 0.
    fn finite_or_zero(self) -> Self {
        // Infinity and NaN are not below the largest finite float.
        let mask = self.abs().lt(Self::splat(f32::INFINITY));
        Self::select(mask, self, Self::splat(0.0))
    }
}

/// Wrapping 32-bit integers beside a [`Lane`].
pub trait LaneBits:
    Copy + Debug + Default + Send + Sync + 'static + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self>
{
    /// The float lane of the same width.
    type Float: Lane<Bits = Self>;
    /// The same value in every lane.
    fn splat(x: u32) -> Self;
    /// One value a lane.
    fn from_fn(f: impl FnMut(usize) -> u32) -> Self;
    /// The value of a lane. # Panics: when out of range.
    fn get(self, lane: usize) -> u32;
    /// Replaces the value of a lane. # Panics: when out of range.
    fn set(&mut self, lane: usize, x: u32);
    /// Wrapping sum.
    fn wrapping_add(self, other: Self) -> Self;
    /// Wrapping difference.
    fn wrapping_sub(self, other: Self) -> Self;
    /// Wrapping product.
    fn wrapping_mul(self, other: Self) -> Self;
    /// Left shift by the same count in every lane.
    fn shl(self, n: u32) -> Self;
    /// Logical right shift by the same count in every lane.
    fn shr(self, n: u32) -> Self;
    /// Each lane read as a signed integer, converted to float (rounded to nearest).
    fn signed_to_float(self) -> Self::Float;
    /// The bits read as floats.
    fn to_float_bits(self) -> Self::Float;
    /// `a` where the mask holds, else `b`.
    fn select(mask: <Self::Float as Lane>::Mask, a: Self, b: Self) -> Self;
}

#[cfg(test)]
mod tests {
    use super::*;
    use wide::f32x8;

    fn agrees<L: Lane>() {
        let xs: Vec<f32> = (0..L::WIDTH).map(|i| (i as f32 - 3.3) * 1.7).collect();
        let v = L::from_fn(|i| xs[i]);
        let k = L::splat(2.5);
        let mut written = [7.0; 17];
        v.write(&mut written);
        assert_eq!(written[L::WIDTH], 7.0);
        for (i, &x) in xs.iter().enumerate() {
            assert_eq!(v.get(i), x);
            assert_eq!(written[i], x);
            assert_eq!((v * k + k).get(i), x * 2.5 + 2.5);
            assert_eq!(v.mul_add(k, k).get(i), x.mul_add(2.5, 2.5));
            assert_eq!(v.floor().get(i), x.floor());
            assert_eq!(v.round().get(i), x.round_ties_even());
            assert_eq!((v.floor() + L::splat(0.5)).round().get(i), (x.floor() + 0.5).round_ties_even());
            assert_eq!(v.to_int().get(i), (x as i32) as u32);
            assert_eq!(v.to_int().signed_to_float().get(i), x.trunc());
            assert_eq!(v.min(k).get(i), x.min(2.5));
            assert_eq!(L::select(v.lt(k), v, k).get(i), x.min(2.5));
            assert_eq!(v.to_bits().to_float_bits().get(i), x);
            assert_eq!(v.to_bits().wrapping_mul(L::Bits::splat(3)).shr(5).get(i), x.to_bits().wrapping_mul(3) >> 5);
        }
        let bits = 0b1010_0101_1100_0011 & (((1u64 << L::WIDTH) - 1) as u32);
        assert_eq!(L::mask_bits(L::mask_from_bits(bits)), bits);
        let nan = L::splat(f32::NAN);
        assert_eq!(nan.clamp(1.0, 2.0).get(0), 1.0);
        assert_eq!(nan.finite_or_zero().get(0), 0.0);
        assert_eq!(L::splat(f32::INFINITY).finite_or_zero().get(0), 0.0);
        assert_eq!(L::splat(1.5).sum(), 1.5 * L::WIDTH as f32);
    }

    #[test]
    fn every_lane_has_the_bits_of_one() {
        agrees::<f32>();
        agrees::<f32x8>();
        agrees::<Wide>();
    }
}
