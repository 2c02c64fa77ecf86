//! How a tail ends: what counts as silence, and when a line of memory is at rest.

use crate::Lane;

/// Below this (−200 dB) a value kept in a feedback loop counts as zero, so that tails end at exact silence.
pub const FLOOR: f32 = 1.0e-10;

/// At or above this a value is not sound but a fault, and counts as zero.
pub const CEILING: f32 = 1.0e15;

/// What may enter a memory that feeds itself: `x` itself, or zero where it is inaudible, huge or not a number.
#[inline(always)]
pub fn settle<L: Lane>(x: L) -> L {
    let size = x.abs();
    let keep = size.gt(L::splat(FLOOR)) & size.lt(L::splat(CEILING));
    L::select(keep, x, L::splat(0.0))
}

/// Zeros whose pages are in memory already, so that the audio thread never waits for one.
pub fn touched_zeros(len: usize) -> Vec<f32> {
    // Zeroed allocations are mapped when first written; ones are written now.
    let mut memory = core::hint::black_box(vec![1.0; len]);
    memory.fill(0.0);
    memory
}

/// Counts silent frames of a node with a memory, and says when nothing of it can be heard any more.
///
/// A node at rest equals a new one. It leaves its state alone until something enters, so that skipping it
/// changes nothing; it falls asleep on the same frame however blocks are cut.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    quiet: u32,
    needed: u32,
}

impl Rest {
    /// At rest; once woken it takes `needed` silent frames in a row to rest again.
    pub fn new(needed: usize) -> Rest {
        let needed = u32::try_from(needed).unwrap_or(u32::MAX).max(1);
        Rest { quiet: needed, needed }
    }
    /// Whether nothing can be heard until something enters.
    #[inline(always)]
    pub fn asleep(&self) -> bool {
        self.quiet >= self.needed
    }
    /// Rests at once.
    pub fn sleep(&mut self) {
        self.quiet = self.needed;
    }
    /// Changes how many silent frames it takes.
    pub fn set_needed(&mut self, needed: usize) {
        let asleep = self.asleep();
        self.needed = u32::try_from(needed).unwrap_or(u32::MAX).max(1);
        if asleep {
            self.sleep();
        }
    }
    /// Counts one frame. True on the frame that falls asleep.
    #[inline(always)]
    pub fn count(&mut self, loud: bool) -> bool {
        self.quiet = if loud { 0 } else { self.quiet.saturating_add(1) };
        self.quiet == self.needed
    }
    /// Counts several frames of which any may be loud. For a memory in which nothing moves but sound.
    #[inline(always)]
    pub fn count_run(&mut self, frames: usize, loud: bool) {
        self.quiet = if loud { 0 } else { self.quiet.saturating_add(frames as u32) };
    }
}

/// [`Rest`] for kernels of many lanes: each lane sleeps for itself, so that no lane's bits hang on another's.
#[derive(Clone, Copy, Debug)]
pub struct LaneRest<L> {
    quiet: L,
}

impl<L: Lane> LaneRest<L> {
    /// Silent frames after which a lane rests. Longer than any block, so that its last piece was silent as well.
    pub const FRAMES: f32 = 4096.0;

    /// Every lane at rest.
    pub fn new() -> LaneRest<L> {
        LaneRest { quiet: L::splat(Self::FRAMES) }
    }
    /// Lanes at rest.
    #[inline(always)]
    pub fn asleep(&self) -> L::Mask {
        self.quiet.gt(L::splat(Self::FRAMES - 0.5))
    }
    /// Counts one frame with the largest magnitude in and out of each lane.
    #[inline(always)]
    pub fn count(&mut self, size: L) {
        let next = (self.quiet + L::splat(1.0)).min(L::splat(Self::FRAMES));
        self.quiet = L::select(size.gt(L::splat(0.0)), L::splat(0.0), next);
    }
    /// Whether every lane rests.
    pub fn all_asleep(&self) -> bool {
        L::mask_bits(self.asleep()).count_ones() as usize == L::WIDTH
    }
    /// Lets one lane rest at once.
    pub fn sleep(&mut self, lane: usize) {
        self.quiet.set(lane, Self::FRAMES);
    }
}

impl<L: Lane> Default for LaneRest<L> {
    fn default() -> LaneRest<L> {
        LaneRest::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_sound_settles_to_zero() {
        for x in [0.0, 1e-11, -1e-11, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30] {
            assert_eq!(settle(x).to_bits(), 0, "{x}");
        }
        for x in [1e-9, -0.5, 1.0, -1e14] {
            assert_eq!(settle(x), x);
        }
    }

    #[test]
    fn rest_comes_after_the_stated_silence() {
        let mut rest = Rest::new(3);
        assert!(rest.asleep());
        assert!(!rest.count(true) && !rest.count(false) && !rest.count(false) && !rest.asleep());
        assert!(rest.count(false) && rest.asleep());
        assert!(!rest.count(false), "it falls asleep once");
    }

    #[test]
    fn each_lane_rests_for_itself() {
        let mut rest = LaneRest::<crate::f32x8>::new();
        let only_third = Lane::from_fn(|i| if i == 3 { 1.0 } else { 0.0 });
        rest.count(only_third);
        assert_eq!(crate::f32x8::mask_bits(rest.asleep()), 0b1111_0111);
        for _ in 0..4096 {
            rest.count(Lane::splat(0.0));
        }
        assert!(rest.all_asleep());
    }
}
