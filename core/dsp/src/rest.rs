//! Brings decaying state to exact rest, so that a silent node can be skipped without changing a bit.

use crate::Lane;
use core::ops::Range;

/// State is settled at absolute frames divisible by this, however blocks are cut.
pub const SETTLE: usize = 64;

/// What has decayed below this (−300 dB) counts as silence.
const TINY: f32 = 1.0e-15;
/// What has grown beyond this will not come back.
const HUGE: f32 = 1.0e15;

/// A state as it stands; 0 in the lanes that have decayed below −300 dB, left all bounds or are not a number.
#[inline(always)]
pub fn settle<L: Lane>(state: L) -> L {
    let size = state.abs();
    L::select(size.gt(L::splat(TINY)) & size.lt(L::splat(HUGE)), state, L::splat(0.0))
}

/// Whether every lane is exactly zero.
#[inline(always)]
pub fn is_zero<L: Lane>(x: L) -> bool {
    let size = x.abs();
    let numbers = L::mask_bits(size.lt(L::splat(f32::INFINITY)));
    numbers == all_lanes::<L>() && !L::any(size.gt(L::splat(0.0)))
}

/// The mask bits of every lane.
#[inline(always)]
pub const fn all_lanes<L: Lane>() -> u32 {
    ((1u64 << L::WIDTH) - 1) as u32
}

/// Zero in the lanes of `lanes`, the others as they stand.
#[inline(always)]
pub fn clear<L: Lane>(x: L, lanes: u32) -> L {
    L::select(L::mask_from_bits(lanes), L::splat(0.0), x)
}

/// Cuts a piece of `frames` frames from the absolute frame `start` on where state is to be settled.
///
/// Yields the frames of each span, and whether the state is to be settled before it.
#[inline(always)]
pub fn spans(start: u64, frames: usize) -> impl Iterator<Item = (Range<usize>, bool)> {
    let mut at = 0;
    core::iter::from_fn(move || {
        if at >= frames {
            return None;
        }
        let past = (start.wrapping_add(at as u64) % SETTLE as u64) as usize;
        let end = (at + SETTLE - past).min(frames);
        let span = at..end;
        at = end;
        Some((span, past == 0))
    })
}

/// Remembers what coefficients were computed from, so that they are computed again only when it changes.
#[derive(Clone, Copy, Debug)]
pub struct Watch<L, const N: usize>(Option<[L; N]>);

impl<L: Lane, const N: usize> Default for Watch<L, N> {
    fn default() -> Self {
        Watch(None)
    }
}

impl<L: Lane, const N: usize> Watch<L, N> {
    /// Whether the values differ from those last kept, in any lane.
    #[inline(always)]
    pub fn differs(&self, now: &[L; N]) -> bool {
        match &self.0 {
            None => true,
            Some(last) => last.iter().zip(now).any(|(a, b)| L::any(a.lt(*b) | a.gt(*b))),
        }
    }
    /// Whether nothing was kept yet.
    pub fn is_new(&self) -> bool {
        self.0.is_none()
    }
    /// Keeps the values.
    #[inline(always)]
    pub fn keep(&mut self, now: [L; N]) {
        self.0 = Some(now);
    }
    /// Keeps the values and tells whether they differ from the last.
    #[inline(always)]
    pub fn changed(&mut self, now: [L; N]) -> bool {
        let differs = self.differs(&now);
        if differs {
            self.0 = Some(now);
        }
        differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Wide, f32x8};

    #[test]
    fn what_is_too_small_or_too_large_settles_to_zero() {
        for (x, want) in [(1e-16, 0.0), (-1e-16, 0.0), (1e-14, 1e-14), (-2.0, -2.0), (1e20, 0.0), (f32::NAN, 0.0)] {
            assert_eq!(settle(x), want);
            assert_eq!(settle(f32x8::splat(x)).get(3), want);
        }
        assert!(is_zero(Wide::splat(0.0)) && is_zero(-0.0f32));
        assert!(!is_zero(f32::NAN));
        assert!(!is_zero(f32x8::from_fn(|i| if i == 7 { 1e-30 } else { 0.0 })));
    }

    #[test]
    fn spans_cover_a_piece_and_start_on_the_grid() {
        for (start, frames) in [(0u64, 256usize), (37, 1), (63, 2), (100, 300), (5, 0)] {
            let mut next = 0;
            for (span, due) in spans(start, frames) {
                assert_eq!(span.start, next);
                assert_eq!(due, (start as usize + span.start).is_multiple_of(SETTLE));
                next = span.end;
            }
            assert_eq!(next, frames);
        }
    }

    #[test]
    fn a_watch_sees_the_change_of_one_lane() {
        let mut watch = Watch::<f32x8, 2>::default();
        let mut b = f32x8::splat(2.0);
        assert!(watch.changed([f32x8::splat(1.0), b]));
        assert!(!watch.changed([f32x8::splat(1.0), b]));
        b.set(5, 2.5);
        assert!(watch.changed([f32x8::splat(1.0), b]));
    }
}
