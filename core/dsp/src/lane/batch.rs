//! Sixteen lanes: a batch of vectors of eight.

use super::{Lane, LaneBits};
use core::ops::{Add, AddAssign, BitAnd, BitOr, BitXor, Div, Mul, MulAssign, Neg, Shl, Shr, Sub, SubAssign};
use wide::{f32x8, u32x8};

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
    fn write(self, to: &mut [f32]) {
        for (to, x) in to[..8 * BATCH].chunks_exact_mut(8).zip(&self.0) {
            to.copy_from_slice(x.as_array());
        }
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
