//! Noise from a counter: every frame hashes a number, so that lanes and frames need not follow one another.

use crate::lane::{Lane, LaneBits};

/// The counter's step: odd, so that it visits every number, and far from regular in binary.
const STEP: u32 = 0x9e37_79b9;

/// Mixes a number so that neighbouring inputs share no bits in their outputs.
///
/// *Source:* the `lowbias32` integer hash by Chris Wellons (hash prospector, 2018).
#[inline(always)]
pub fn hash<B: LaneBits>(x: B) -> B {
    let x = (x ^ x.shr(16)).wrapping_mul(B::splat(0x7feb_352d));
    let x = (x ^ x.shr(15)).wrapping_mul(B::splat(0x846c_a68b));
    x ^ x.shr(16)
}

/// White noise in every lane, each lane with a sequence of its own.
#[derive(Clone, Copy, Debug)]
pub struct White<L: Lane> {
    counter: L::Bits,
}

impl<L: Lane> White<L> {
    /// The noise of a seed; `stream` tells apart what one node needs several of (its channels, its voices' parts).
    pub fn new(seed: u64, stream: u32) -> White<L> {
        let base = hash(seed as u32 ^ hash((seed >> 32) as u32 ^ 0x5bd1_e995));
        let start = |lane: usize| {
            hash(base.wrapping_add(stream.wrapping_mul(0x85eb_ca6b))) ^ hash((lane as u32).wrapping_mul(STEP))
        };
        White { counter: L::Bits::from_fn(start) }
    }
    /// The next value, evenly distributed from −1 to 1 (RMS 0.577).
    #[inline(always)]
    pub fn frame(&mut self) -> L {
        let x = hash(self.counter).signed_to_float() * L::splat(1.0 / 2_147_483_648.0);
        self.counter = self.counter.wrapping_add(L::Bits::splat(STEP));
        x
    }
    /// Puts lanes of `other` into this.
    pub fn reset_lanes(&mut self, other: &White<L>, lanes: u32) {
        for lane in (0..L::WIDTH).filter(|l| lanes & (1 << l) != 0) {
            self.counter.set(lane, other.counter.get(lane));
        }
    }
}

impl White<f32> {
    /// The next frames of one lane as a vector: the same values as so many calls of `frame`.
    #[inline(always)]
    pub fn frames<V: Lane>(&mut self) -> V {
        let base = self.counter;
        let counters = V::Bits::from_fn(|i| i as u32).wrapping_mul(V::Bits::splat(STEP));
        let x = hash(counters.wrapping_add(V::Bits::splat(base))).signed_to_float();
        self.counter = base.wrapping_add(STEP.wrapping_mul(V::WIDTH as u32));
        x * V::splat(1.0 / 2_147_483_648.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wide::f32x8;

    #[test]
    fn even_uncorrelated_and_different_in_every_lane() {
        let mut noise = White::<f32x8>::new(7, 0);
        let frames: Vec<f32x8> = (0..40_000).map(|_| noise.frame()).collect();
        for lane in 0..8 {
            let x: Vec<f64> = frames.iter().map(|f| f64::from(f.get(lane))).collect();
            let mean = x.iter().sum::<f64>() / x.len() as f64;
            let power = x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64;
            assert!(mean.abs() < 0.015 && (power - 1.0 / 3.0).abs() < 0.01, "{mean} {power}");
            for lag in 1..20 {
                let r = x.windows(lag + 1).map(|w| w[0] * w[lag]).sum::<f64>() / x.len() as f64;
                assert!(r.abs() < 0.01, "lag {lag}: {r}");
            }
            let next = (lane + 1) % 8;
            let cross = frames.iter().map(|f| f64::from(f.get(lane) * f.get(next))).sum::<f64>() / x.len() as f64;
            assert!(cross.abs() < 0.01);
        }
    }

    #[test]
    fn frames_as_a_vector_equal_frames_one_by_one() {
        let (mut a, mut b) = (White::<f32>::new(3, 1), White::<f32>::new(3, 1));
        let v: f32x8 = a.frames();
        for i in 0..8 {
            assert_eq!(v.get(i).to_bits(), b.frame().to_bits());
        }
        assert_eq!(a.frame(), b.frame());
        assert_eq!(White::<f32>::new(3, 1).frame(), White::<f32x8>::new(3, 1).frame().get(0));
        assert_ne!(White::<f32>::new(3, 1).frame(), White::<f32>::new(3, 2).frame());
    }
}
