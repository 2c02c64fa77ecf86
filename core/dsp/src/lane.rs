//! The numeric lane type that kernels are written over.

use core::fmt::Debug;
use core::ops::{Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Shl, Shr, Sub, SubAssign};
use wide::{f32x8, i32x8, u32x8};

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

impl Lane for f32 {
    const WIDTH: usize = 1;
    type Mask = bool;
    type Bits = u32;
    #[inline(always)]
    fn splat(x: f32) -> Self {
        x
    }
    #[inline(always)]
    fn from_fn(mut f: impl FnMut(usize) -> f32) -> Self {
        f(0)
    }
    #[inline(always)]
    fn get(self, _lane: usize) -> f32 {
        self
    }
    #[inline(always)]
    fn set(&mut self, _lane: usize, x: f32) {
        *self = x;
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        f32::floor(self)
    }
    #[inline(always)]
    fn round(self) -> Self {
        f32::round_ties_even(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        f32::mul_add(self, b, c)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> bool {
        self < other
    }
    #[inline(always)]
    fn gt(self, other: Self) -> bool {
        self > other
    }
    #[inline(always)]
    fn select(mask: bool, a: Self, b: Self) -> Self {
        if mask { a } else { b }
    }
    #[inline(always)]
    fn any(mask: bool) -> bool {
        mask
    }
    #[inline(always)]
    fn mask_bits(mask: bool) -> u32 {
        u32::from(mask)
    }
    #[inline(always)]
    fn mask_from_bits(bits: u32) -> bool {
        bits & 1 != 0
    }
    #[inline(always)]
    fn to_bits(self) -> u32 {
        f32::to_bits(self)
    }
    #[inline(always)]
    fn to_int(self) -> u32 {
        (self as i32) as u32
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        self
    }
}

impl LaneBits for u32 {
    type Float = f32;
    #[inline(always)]
    fn splat(x: u32) -> Self {
        x
    }
    #[inline(always)]
    fn from_fn(mut f: impl FnMut(usize) -> u32) -> Self {
        f(0)
    }
    #[inline(always)]
    fn get(self, _lane: usize) -> u32 {
        self
    }
    #[inline(always)]
    fn set(&mut self, _lane: usize, x: u32) {
        *self = x;
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        u32::wrapping_add(self, other)
    }
    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        u32::wrapping_sub(self, other)
    }
    #[inline(always)]
    fn wrapping_mul(self, other: Self) -> Self {
        u32::wrapping_mul(self, other)
    }
    #[inline(always)]
    fn shl(self, n: u32) -> Self {
        self << n
    }
    #[inline(always)]
    fn shr(self, n: u32) -> Self {
        self >> n
    }
    #[inline(always)]
    fn signed_to_float(self) -> f32 {
        (self as i32) as f32
    }
    #[inline(always)]
    fn to_float_bits(self) -> f32 {
        f32::from_bits(self)
    }
    #[inline(always)]
    fn select(mask: bool, a: Self, b: Self) -> Self {
        if mask { a } else { b }
    }
}

impl Lane for f32x8 {
    const WIDTH: usize = 8;
    type Mask = f32x8;
    type Bits = u32x8;
    #[inline(always)]
    fn splat(x: f32) -> Self {
        f32x8::splat(x)
    }
    #[inline(always)]
    fn from_fn(f: impl FnMut(usize) -> f32) -> Self {
        f32x8::new(core::array::from_fn(f))
    }
    #[inline(always)]
    fn get(self, lane: usize) -> f32 {
        self.as_array()[lane]
    }
    #[inline(always)]
    fn set(&mut self, lane: usize, x: f32) {
        self.as_mut_array()[lane] = x;
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        f32x8::fast_min(self, other)
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        f32x8::fast_max(self, other)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f32x8::abs(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        f32x8::floor(self)
    }
    #[inline(always)]
    fn round(self) -> Self {
        // Halves go to the even neighbour, as in one lane; `f32x8::round` takes them away from zero.
        f32x8::round_ties_even(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32x8::sqrt(self)
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        if cfg!(target_feature = "fma") {
            f32x8::mul_add(self, b, c)
        } else {
            Self::from_fn(|i| f32::mul_add(self.get(i), b.get(i), c.get(i)))
        }
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self {
        self.simd_lt(other)
    }
    #[inline(always)]
    fn gt(self, other: Self) -> Self {
        self.simd_gt(other)
    }
    #[inline(always)]
    fn select(mask: Self, a: Self, b: Self) -> Self {
        f32x8::select(mask, a, b)
    }
    #[inline(always)]
    fn any(mask: Self) -> bool {
        mask.to_bitmask() != 0
    }
    #[inline(always)]
    fn mask_bits(mask: Self) -> u32 {
        mask.to_bitmask()
    }
    #[inline(always)]
    fn mask_from_bits(bits: u32) -> Self {
        let v = u32x8::new(core::array::from_fn(|i| 1 << i)) & u32x8::splat(bits);
        let zero = v.simd_eq(u32x8::splat(0));
        bits_as_float(zero ^ u32x8::splat(u32::MAX))
    }
    #[inline(always)]
    fn to_bits(self) -> u32x8 {
        float_as_bits(self)
    }
    #[inline(always)]
    fn to_int(self) -> u32x8 {
        int_as_bits(self.fast_trunc_int())
    }
}

// SAFETY (of the four below): f32x8, i32x8 and u32x8 are plain vectors of 32 bytes in which every bit pattern is valid.
#[allow(unsafe_code, reason = "reinterprets vectors of equal size")]
#[inline(always)]
fn float_as_bits(x: f32x8) -> u32x8 {
    // SAFETY: equal size, every bit pattern valid.
    unsafe { core::mem::transmute(x) }
}
#[allow(unsafe_code, reason = "reinterprets vectors of equal size")]
#[inline(always)]
fn bits_as_float(x: u32x8) -> f32x8 {
    // SAFETY: equal size, every bit pattern valid.
    unsafe { core::mem::transmute(x) }
}
#[allow(unsafe_code, reason = "reinterprets vectors of equal size")]
#[inline(always)]
fn int_as_bits(x: i32x8) -> u32x8 {
    // SAFETY: equal size, every bit pattern valid.
    unsafe { core::mem::transmute(x) }
}
#[allow(unsafe_code, reason = "reinterprets vectors of equal size")]
#[inline(always)]
fn bits_as_int(x: u32x8) -> i32x8 {
    // SAFETY: equal size, every bit pattern valid.
    unsafe { core::mem::transmute(x) }
}

impl LaneBits for u32x8 {
    type Float = f32x8;
    #[inline(always)]
    fn splat(x: u32) -> Self {
        u32x8::splat(x)
    }
    #[inline(always)]
    fn from_fn(f: impl FnMut(usize) -> u32) -> Self {
        u32x8::new(core::array::from_fn(f))
    }
    #[inline(always)]
    fn get(self, lane: usize) -> u32 {
        self.as_array()[lane]
    }
    #[inline(always)]
    fn set(&mut self, lane: usize, x: u32) {
        self.as_mut_array()[lane] = x;
    }
    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        self - other
    }
    #[inline(always)]
    fn wrapping_mul(self, other: Self) -> Self {
        self * other
    }
    #[inline(always)]
    fn shl(self, n: u32) -> Self {
        self << n
    }
    #[inline(always)]
    fn shr(self, n: u32) -> Self {
        self >> n
    }
    #[inline(always)]
    fn signed_to_float(self) -> f32x8 {
        f32x8::from_i32x8(bits_as_int(self))
    }
    #[inline(always)]
    fn to_float_bits(self) -> f32x8 {
        bits_as_float(self)
    }
    #[inline(always)]
    fn select(mask: f32x8, a: Self, b: Self) -> Self {
        float_as_bits(f32x8::select(mask, bits_as_float(a), bits_as_float(b)))
    }
}

/// How many vectors of eight a batch interleaves: enough to hide the latency of a recursive kernel, few enough
/// that its state stays in registers.
pub const BATCH: usize = 2;

/// A batch of vectors worked on side by side: one dependency chain each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(32))]
pub struct Wide(pub [f32x8; BATCH]);

/// The integers beside [`Wide`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(32))]
pub struct WideBits(pub [u32x8; BATCH]);

macro_rules! each {
    ($f:expr) => {
        core::array::from_fn($f)
    };
}

macro_rules! wide_ops {
    ($t:ident: $($tr:ident $f:ident),*) => { $(
        impl $tr for $t {
            type Output = $t;
            #[inline(always)]
            fn $f(self, o: $t) -> $t { $t(each!(|i| self.0[i].$f(o.0[i]))) }
        }
    )* };
}
wide_ops!(Wide: Add add, Sub sub, Mul mul, Div div, BitAnd bitand, BitOr bitor);
wide_ops!(WideBits: BitAnd bitand, BitOr bitor, BitXor bitxor);

impl Neg for Wide {
    type Output = Wide;
    #[inline(always)]
    fn neg(self) -> Wide {
        Wide(each!(|i| -self.0[i]))
    }
}
impl AddAssign for Wide {
    #[inline(always)]
    fn add_assign(&mut self, o: Wide) {
        *self = *self + o;
    }
}
impl SubAssign for Wide {
    #[inline(always)]
    fn sub_assign(&mut self, o: Wide) {
        *self = *self - o;
    }
}
impl MulAssign for Wide {
    #[inline(always)]
    fn mul_assign(&mut self, o: Wide) {
        *self = *self * o;
    }
}

impl Lane for Wide {
    const WIDTH: usize = 8 * BATCH;
    type Mask = Wide;
    type Bits = WideBits;
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Wide([f32x8::splat(x); BATCH])
    }
    #[inline(always)]
    fn from_fn(mut f: impl FnMut(usize) -> f32) -> Self {
        Wide(each!(|g| f32x8::new(each!(|i| f(g * 8 + i)))))
    }
    #[inline(always)]
    fn get(self, lane: usize) -> f32 {
        self.0[lane / 8].as_array()[lane % 8]
    }
    #[inline(always)]
    fn set(&mut self, lane: usize, x: f32) {
        self.0[lane / 8].as_mut_array()[lane % 8] = x;
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        Wide(each!(|i| Lane::min(self.0[i], o.0[i])))
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        Wide(each!(|i| Lane::max(self.0[i], o.0[i])))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Wide(each!(|i| self.0[i].abs()))
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Wide(each!(|i| self.0[i].floor()))
    }
    #[inline(always)]
    fn round(self) -> Self {
        Wide(each!(|i| Lane::round(self.0[i])))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Wide(each!(|i| self.0[i].sqrt()))
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Wide(each!(|i| Lane::mul_add(self.0[i], b.0[i], c.0[i])))
    }
    #[inline(always)]
    fn lt(self, o: Self) -> Self {
        Wide(each!(|i| Lane::lt(self.0[i], o.0[i])))
    }
    #[inline(always)]
    fn gt(self, o: Self) -> Self {
        Wide(each!(|i| Lane::gt(self.0[i], o.0[i])))
    }
    #[inline(always)]
    fn select(m: Self, a: Self, b: Self) -> Self {
        Wide(each!(|i| f32x8::select(m.0[i], a.0[i], b.0[i])))
    }
    #[inline(always)]
    fn any(m: Self) -> bool {
        Self::mask_bits(m) != 0
    }
    #[inline(always)]
    fn mask_bits(m: Self) -> u32 {
        let mut bits = 0;
        for i in 0..BATCH {
            bits |= (m.0[i].to_bitmask() & 0xff) << (8 * i);
        }
        bits
    }
    #[inline(always)]
    fn mask_from_bits(bits: u32) -> Self {
        Wide(each!(|i| f32x8::mask_from_bits(bits >> (8 * i))))
    }
    #[inline(always)]
    fn to_bits(self) -> WideBits {
        WideBits(each!(|i| Lane::to_bits(self.0[i])))
    }
    #[inline(always)]
    fn to_int(self) -> WideBits {
        WideBits(each!(|i| Lane::to_int(self.0[i])))
    }
}

impl LaneBits for WideBits {
    type Float = Wide;
    #[inline(always)]
    fn splat(x: u32) -> Self {
        WideBits([u32x8::splat(x); BATCH])
    }
    #[inline(always)]
    fn from_fn(mut f: impl FnMut(usize) -> u32) -> Self {
        WideBits(each!(|g| u32x8::new(each!(|i| f(g * 8 + i)))))
    }
    #[inline(always)]
    fn get(self, lane: usize) -> u32 {
        self.0[lane / 8].as_array()[lane % 8]
    }
    #[inline(always)]
    fn set(&mut self, lane: usize, x: u32) {
        self.0[lane / 8].as_mut_array()[lane % 8] = x;
    }
    #[inline(always)]
    fn wrapping_add(self, o: Self) -> Self {
        WideBits(each!(|i| self.0[i] + o.0[i]))
    }
    #[inline(always)]
    fn wrapping_sub(self, o: Self) -> Self {
        WideBits(each!(|i| self.0[i] - o.0[i]))
    }
    #[inline(always)]
    fn wrapping_mul(self, o: Self) -> Self {
        WideBits(each!(|i| self.0[i] * o.0[i]))
    }
    #[inline(always)]
    fn shl(self, n: u32) -> Self {
        WideBits(each!(|i| Shl::shl(self.0[i], n)))
    }
    #[inline(always)]
    fn shr(self, n: u32) -> Self {
        WideBits(each!(|i| Shr::shr(self.0[i], n)))
    }
    #[inline(always)]
    fn signed_to_float(self) -> Wide {
        Wide(each!(|i| self.0[i].signed_to_float()))
    }
    #[inline(always)]
    fn to_float_bits(self) -> Wide {
        Wide(each!(|i| self.0[i].to_float_bits()))
    }
    #[inline(always)]
    fn select(m: Wide, a: Self, b: Self) -> Self {
        WideBits(each!(|i| <u32x8 as LaneBits>::select(m.0[i], a.0[i], b.0[i])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees<L: Lane>() {
        let xs: Vec<f32> = (0..L::WIDTH).map(|i| (i as f32 - 3.3) * 1.7).collect();
        let v = L::from_fn(|i| xs[i]);
        let k = L::splat(2.5);
        for (i, &x) in xs.iter().enumerate() {
            assert_eq!(v.get(i), x);
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
