//! Eight lanes: one vector.

use super::{Lane, LaneBits};
use wide::{f32x8, i32x8, u32x8};

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
    fn write(self, to: &mut [f32]) {
        to[..8].copy_from_slice(self.as_array());
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
