//! One lane: plain numbers.

use super::{Lane, LaneBits};

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
    fn write(self, to: &mut [f32]) {
        to[0] = self;
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
