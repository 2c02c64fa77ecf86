//! One frame between the frames of an octave copy, with neighbours taken from the other side of a seam.

use super::place::Seam;
use bf_dsp::cubic::{Frames, cubic, fraction};
use bf_dsp::sinc::{TAPS, weigh};
use bf_node::Sample;
use bf_node::sample::{GUARD, stride};

/// How frames are read between frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quality {
    /// A cubic through four frames.
    Cubic,
    /// A windowed sinc over sixteen.
    Sinc,
}

impl Quality {
    /// How many frames to either side of a position are read, at most.
    #[inline(always)]
    pub(super) fn frames(self) -> i64 {
        match self {
            Quality::Cubic => 2,
            Quality::Sinc => TAPS as i64 / 2,
        }
    }
}

/// One frame of an octave copy at a position (32.32 fixed point, in frames of the full band).
pub(super) fn read<const C: usize>(
    sample: &Sample,
    level: usize,
    pos: i64,
    seam: Option<&Seam>,
    quality: Quality,
) -> [f32; C] {
    let Some(copy) = sample.levels.get(level) else { return [0.0; C] };
    let copy = Copy { frames: Frames::<C>::new(&copy.data, GUARD), stride: stride(level) };
    let at = pos >> copy.stride;
    match quality {
        Quality::Cubic => {
            let [a, b, c, d] = copy.around::<4>(at, seam);
            let f = fraction(at);
            core::array::from_fn(|i| cubic(a[i], b[i], c[i], d[i], f))
        }
        Quality::Sinc => weigh(&copy.around::<TAPS>(at, seam), at),
    }
}

struct Copy<'a, const C: usize> {
    frames: Frames<'a, C>,
    stride: u32,
}

impl<const C: usize> Copy<'_, C> {
    /// The frames around a position of this copy: the one at the position is the last of the first half.
    fn around<const N: usize>(&self, at: i64, seam: Option<&Seam>) -> [[f32; C]; N] {
        let first = (at >> 32) - (N as i64 / 2 - 1);
        let clear =
            seam.is_none_or(|s| s.is_clear(first << (32 + self.stride), (first + N as i64 - 1) << (32 + self.stride)));
        match self.frames.row::<N>(first) {
            Some(row) if clear => *row,
            _ => core::array::from_fn(|t| self.tap(first + t as i64, seam)),
        }
    }

    fn tap(&self, frame: i64, seam: Option<&Seam>) -> [f32; C] {
        let here = frame << (32 + self.stride);
        let there = seam.map_or(here, |s| s.wrap(here));
        if there == here {
            return core::array::from_fn(|c| self.frames.at(frame, c));
        }
        // The other side of a seam may lie between the frames of an octave copy.
        let (frame, f) = (there >> (32 + self.stride), fraction(there >> self.stride));
        core::array::from_fn(|c| {
            let (a, b) = (self.frames.at(frame, c), self.frames.at(frame + 1, c));
            a + (b - a) * f
        })
    }
}
