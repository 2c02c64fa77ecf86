//! Reading recorded frames between their frames: the four-point cubic, one frame at a time or eight.
#![allow(unsafe_code, reason = "the rows of a whole run are checked once, at its ends")]

use crate::{Lane, LaneBits, f32x8, u32x8};
use wide::f32x4;

/// The cubic through `b` and `c` whose slopes there come from the neighbours `a` and `d`, at `0 ≤ f < 1` past `b`.
///
/// No fused multiply-add, so that eight frames at once have the bits of eight frames one by one on every build.
///
/// *Source*: Catmull & Rom, A class of local interpolating splines (1974), as a third-order Hermite in nested form.
#[inline(always)]
pub fn cubic<L: Lane>(a: L, b: L, c: L, d: L, f: L) -> L {
    let half = L::splat(0.5);
    let slope = (c - a) * half;
    let fall = b - c;
    let bend = slope + fall;
    let third = bend + fall + (d - b) * half;
    let second = bend + third;
    ((third * f - second) * f + slope) * f + b
}

/// The fraction of a position in 32.32 fixed point, to 24 bits: exact in a float.
#[inline(always)]
pub fn fraction(pos: i64) -> f32 {
    ((pos as u32) >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Interleaved frames of `C` channels with `guard` frames before frame 0 and at least as many after the last.
#[derive(Clone, Copy, Debug)]
pub struct Frames<'a, const C: usize> {
    data: &'a [f32],
    guard: usize,
}

impl<'a, const C: usize> Frames<'a, C> {
    /// Frames over a slice.
    #[inline(always)]
    pub fn new(data: &'a [f32], guard: usize) -> Self {
        Frames { data, guard }
    }

    /// One value of a frame; silence outside of the slice.
    #[inline(always)]
    pub fn at(&self, frame: i64, channel: usize) -> f32 {
        let frame = frame + self.guard as i64;
        if frame < 0 { 0.0 } else { self.data.get((frame as usize).wrapping_mul(C) + channel).copied().unwrap_or(0.0) }
    }

    /// Every channel at a position in 32.32 fixed point.
    #[inline(always)]
    pub fn read(&self, pos: i64) -> [f32; C] {
        let (frame, f) = (pos >> 32, fraction(pos));
        core::array::from_fn(|c| {
            let tap = |t: i64| self.at(frame + t, c);
            cubic(tap(-1), tap(0), tap(1), tap(2), f)
        })
    }

    /// So many frames in a row from a frame on, where they all exist.
    #[inline(always)]
    pub fn row<const N: usize>(&self, first: i64) -> Option<&'a [[f32; C]; N]> {
        let first = usize::try_from(first + self.guard as i64).ok()?;
        self.data.as_chunks::<C>().0.get(first..)?.first_chunk()
    }

    /// Whether the eight floats from the frame before a frame on exist.
    #[inline(always)]
    fn has(&self, frame: i64) -> bool {
        let first = frame + self.guard as i64 - 1;
        first >= 0 && (first as usize).saturating_mul(C).saturating_add(8) <= self.data.len()
    }

    /// Every channel at eight positions, with the bits of eight single reads.
    ///
    /// Each position must lie so that the eight floats from the frame before it on exist (with a guard of eight
    /// frames, any position from frame 0 to the last); where one does not, all are silent.
    #[inline(always)]
    pub fn read8(&self, pos: &[i64; 8]) -> [f32x8; C] {
        if !pos.iter().all(|p| self.has(p >> 32)) {
            return [f32x8::splat(0.0); C];
        }
        // SAFETY: the rows of all eight frames were found to exist.
        let rows = unsafe { Rows::new(self, pos.map(|p| p >> 32)) };
        rows.cross(f32x8::new(pos.map(fraction)))
    }

    /// Reads groups of eight positions, `step` apart, each shifted right by `octave` (at most 8), and hands each
    /// group on: the bits of [`Frames::read8`] of the same positions. False, and nothing read, where not every
    /// position has its frames. `pos` and `step` must be whole numbers of [`UNIT`]s.
    #[inline(always)]
    pub fn read_groups(
        &self,
        pos: i64,
        step: i64,
        octave: u32,
        groups: usize,
        mut each: impl FnMut(usize, [f32x8; C]),
    ) -> bool {
        let last = pos.wrapping_add(step.wrapping_mul(groups as i64 * 8 - 1));
        let far = 1 << 61;
        let inside = |p: i64| -far < p && p < far && self.has(p >> (32 + octave));
        if groups == 0 || groups > 1 << 16 || step.abs() > 1 << 40 || !inside(pos) || !inside(last) {
            return groups == 0;
        }
        let ahead: [i64; 8] = core::array::from_fn(|j| step * j as i64);
        let ramp = <u32x8 as LaneBits>::from_fn(|j| (ahead[j] >> 8) as u32);
        let mut base = pos;
        for group in 0..groups {
            // SAFETY: positions go in one direction from `pos` to `last`; the rows of both ends exist, and so those
            // between them. Nothing wraps: the limits above keep every product far below 2^62.
            let rows = unsafe { Rows::new(self, ahead.map(|a| (base + a) >> (32 + octave))) };
            let low = <u32x8 as LaneBits>::splat((base >> 8) as u32).wrapping_add(ramp);
            let f = LaneBits::shr(low, octave) & <u32x8 as LaneBits>::splat(0x00ff_ffff);
            each(group, rows.cross(f.signed_to_float() * f32x8::splat(1.0 / 16_777_216.0)));
            base += 8 * step;
        }
        true
    }
}

/// The frames around eight positions: in `near[j]` the first four floats of rows `j` and `j + 4`, in `far[j]` the
/// next four.
struct Rows<const C: usize> {
    near: [f32x8; 4],
    far: [f32x8; 4],
}

impl<const C: usize> Rows<C> {
    /// # Safety
    /// The eight floats from the frame before each frame on exist.
    #[inline(always)]
    unsafe fn new(of: &Frames<'_, C>, frames: [i64; 8]) -> Self {
        const { assert!(C == 1 || C == 2, "a row of eight floats holds four frames of one or two channels") };
        let half = |j: usize, skip: usize| -> f32x4 {
            let first = (frames[j] + of.guard as i64 - 1) as usize * C + skip;
            // SAFETY: the caller promises that these floats exist; an array of floats has a float's alignment.
            f32x4::new(unsafe { *of.data.as_ptr().add(first).cast::<[f32; 4]>() })
        };
        let join = |j: usize, skip: usize| join(half(j, skip), half(j + 4, skip));
        let near = core::array::from_fn(|j| join(j, 0));
        let far = if C == 2 { core::array::from_fn(|j| join(j, 4)) } else { near };
        Rows { near, far }
    }

    /// The cubic of every channel.
    #[inline(always)]
    fn cross(self, f: f32x8) -> [f32x8; C] {
        let [near, far] = [self.near, self.far];
        let turned = f32x8::transpose([near[0], near[1], near[2], near[3], far[0], far[1], far[2], far[3]]);
        // A full transpose mixes near with far in its last step; put together again, that step is undone.
        let near: [f32x8; 4] = core::array::from_fn(|t| join(split(turned[t])[0], split(turned[t + 4])[0]));
        let far: [f32x8; 4] = core::array::from_fn(|t| join(split(turned[t])[1], split(turned[t + 4])[1]));
        let tap = |t: usize, c: usize| {
            if C == 1 {
                near[t]
            } else if t < 2 {
                near[2 * t + c]
            } else {
                far[2 * t - 4 + c]
            }
        };
        core::array::from_fn(|c| cubic(tap(0, c), tap(1, c), tap(2, c), tap(3, c), f))
    }
}

#[inline(always)]
fn join(low: f32x4, high: f32x4) -> f32x8 {
    // SAFETY: two vectors of 16 bytes are one of 32, and every bit pattern is valid.
    unsafe { core::mem::transmute([low, high]) }
}

#[inline(always)]
fn split(x: f32x8) -> [f32x4; 2] {
    // SAFETY: as in `join`.
    unsafe { core::mem::transmute(x) }
}

/// The least step of a position that reads in strides: a 2^24th of a frame, the finest fraction that a float holds.
///
/// In such units eight fractions are sums of 32-bit integers, without a look at the frames that they belong to.
pub const UNIT: i64 = 1 << 8;

#[cfg(test)]
mod tests {
    use super::*;

    const GUARD: usize = 8;

    fn noise<const C: usize>(frames: usize) -> Vec<f32> {
        let mut seed = 1u32;
        let mut data = vec![0.0; (frames + 2 * GUARD) * C];
        for x in &mut data[GUARD * C..(GUARD + frames) * C] {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *x = (seed as i32) as f32 / 2_147_483_648.0;
        }
        data
    }

    #[test]
    fn straight_lines_and_parabolas_are_met() {
        for i in 0..16 {
            let f = i as f32 / 16.0;
            assert_eq!(cubic(-1.0, 0.0, 1.0, 2.0, f), f);
            assert!((cubic(1.0, 0.0, 1.0, 4.0, f) - f * f).abs() < 1e-6);
        }
        assert_eq!(fraction(-1), 1.0 - 1.0 / 16_777_216.0);
        assert_eq!(fraction(3 << 31), 0.5);
    }

    fn eight_are_as_one<const C: usize>() {
        let data = noise::<C>(300);
        let frames = Frames::<C>::new(&data, GUARD);
        for start in 0..200i64 {
            let pos = core::array::from_fn(|j| (start << 32) + j as i64 * 5_555_555_555);
            let eight = frames.read8(&pos);
            for (j, at) in pos.into_iter().enumerate() {
                let one = frames.read(at);
                for c in 0..C {
                    assert_eq!(eight[c].get(j).to_bits(), one[c].to_bits());
                }
            }
            for (octave, step) in [(0, 5_555_555_584i64), (2, 20_000_000_000), (0, -1_234_567_936), (3, UNIT)] {
                let first = (start + 40) * 4_300_000_000 / UNIT * UNIT;
                let pos = core::array::from_fn(|j| (first + j as i64 * step) >> octave);
                let mut heard = Vec::new();
                assert!(frames.read_groups(first, step, octave, 1, |_, x| heard.push(x)));
                assert_eq!(heard, [frames.read8(&pos)], "{start} {step}");
            }
        }
        // The first and the last frame, and far outside.
        let edge = frames.read8(&[0, 1 << 31, 299 << 32, 599 << 31, 3, 4, 5 << 32, 7 << 32]);
        assert_eq!(edge[0].get(0), frames.at(0, 0));
        assert_eq!(edge[0].get(2), frames.at(299, 0));
        for outside in [-(1i64 << 62), -8 << 32, 310 << 32, 1 << 60, i64::MAX, i64::MIN] {
            assert_eq!(frames.read8(&[0, 0, 0, 0, 0, 0, outside, 0]), [f32x8::splat(0.0); C]);
            assert!(!frames.read_groups(outside, UNIT, 0, 1, |_, _| panic!("reads outside")));
        }
        assert!(!frames.read_groups(0, 1 << 32, 0, 40, |_, _| panic!("reads outside")));
        assert!(!frames.read_groups(0, -1 << 32, 0, 2, |_, _| panic!("reads outside")));
        let mut count = 0;
        assert!(frames.read_groups(0, 1 << 32, 0, 37, |i, _| count += i));
        assert_eq!(count, 36 * 37 / 2);
    }

    #[test]
    fn eight_frames_have_the_bits_of_single_frames() {
        eight_are_as_one::<1>();
        eight_are_as_one::<2>();
    }
}
