//! Where a file is read that goes round in time with the transport.

use super::place::{ONE, Octave};
use bf_node::Sample;
use bf_pattern::{Ratio, Transport};

/// A file that differs from its beats by no more frames plays as it is. One that was resampled ends up to one later.
const SAME: f64 = 1.5;
/// Places that are no further apart are one place, in frames.
const NEAR: f64 = 0.05;

/// A place in the file that moves on with each frame, and how loud it is there: functions of the frame alone, so that it
/// does not count how blocks are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// The frame of the engine at which it was at `at`, which may lie before the first.
    from: i64,
    at: f64,
    /// Frames of the file for one of the engine.
    pub(super) step: f64,
    pub(super) octave: Octave,
    /// The level at a frame, and what each frame adds.
    level: f32,
    since: u64,
    slope: f32,
}

impl Head {
    fn new((from, at): (i64, f64), step: f64, levels: usize) -> Head {
        let octave = Octave::of((step * ONE as f64) as i64, levels);
        Head { from, at, step, octave, level: 0.0, since: 0, slope: 0.0 }
    }

    /// Where it is at a frame, from 0 up to the frames of the file.
    #[inline(always)]
    pub(super) fn place(&self, frame: u64, frames: usize) -> f64 {
        let (place, round) = (self.at + (frame as i64 - self.from) as f64 * self.step, frames as f64);
        if (0.0..round).contains(&place) {
            return place;
        }
        let place = place - (place / round).floor() * round;
        // Rounding may lead to the end itself.
        if place < round { place.max(0.0) } else { 0.0 }
    }

    /// How loud it is at a frame.
    #[inline(always)]
    pub(super) fn level(&self, frame: u64) -> f32 {
        (self.level + frame.saturating_sub(self.since) as f32 * self.slope).clamp(0.0, 1.0)
    }

    /// The same head, from a frame on rising or falling.
    pub(super) fn fading(self, frame: u64, slope: f32) -> Head {
        Head { level: self.level(frame), since: frame, slope, ..self }
    }

    pub(super) fn silent(self) -> Head {
        Head { level: 0.0, slope: 0.0, ..self }
    }

    pub(super) fn full(self) -> Head {
        Head { level: 1.0, slope: 0.0, ..self }
    }

    pub(super) fn keep_level(&mut self, of: &Head) {
        (self.level, self.since, self.slope) = (of.level, of.since, of.slope);
    }

    /// Whether both are at one place at a frame.
    pub(super) fn is_near(&self, other: &Head, frame: u64, frames: usize) -> bool {
        let apart = (self.place(frame, frames) - other.place(frame, frames)).abs();
        apart.min(frames as f64 - apart) < NEAR
    }
}

/// A head on its way round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) head: Head,
    /// Beats of a pass, and at which beat one of them begins.
    length: Ratio,
    shift: Ratio,
    /// The pass, and the frame at which the next begins. A file that is not as long as its beats runs through.
    pass: i64,
    next: i64,
}

impl Round {
    /// The way round at a frame, where the transport runs.
    pub(super) fn find(
        transport: &Transport,
        frame: u64,
        (length, shift): (Ratio, Ratio),
        sample: &Sample,
    ) -> Option<Round> {
        let (beat, levels) = (transport.beat_exact(frame) - shift, sample.levels.len());
        let lasts = length.to_f64() * transport.frames_per_beat();
        let passes = beat / length;
        if (lasts - sample.frames as f64).abs() > SAME {
            let share = beat.to_f64() / length.to_f64();
            let at = (share - share.floor()) * sample.frames as f64;
            let head = Head::new((frame as i64, at), sample.frames as f64 / lasts, levels);
            return Some(Round { head, length, shift, pass: 0, next: i64::MAX });
        }
        let mut pass = passes.floor();
        // The first frame of a pass is the nearest to its beat, which may lie on either side of it.
        for near in [pass.saturating_add(1), pass, pass.saturating_sub(1)] {
            pass = near;
            if begin(transport, near, length, shift)? <= frame as i64 {
                break;
            }
        }
        let head = Head::new((begin(transport, pass, length, shift)?, 0.0), 1.0, levels);
        let next = begin(transport, pass.saturating_add(1), length, shift)?;
        Some(Round { head, length, shift, pass, next })
    }

    /// Begins the next pass where its frame has come.
    #[inline(always)]
    pub(super) fn pass(&mut self, transport: &Transport, frame: u64) {
        while frame as i64 >= self.next {
            self.pass = self.pass.saturating_add(1);
            (self.head.from, self.head.at) = (self.next, 0.0);
            let next = begin(transport, self.pass.saturating_add(1), self.length, self.shift);
            self.next = next.unwrap_or(i64::MAX).max(self.next.saturating_add(1));
        }
    }
}

impl Round {
    /// The frame of the file from which on it is read as it stands and in full, and over how many frames, at most.
    #[inline(always)]
    pub(super) fn plain(&self, frame: u64, most: usize, frames: usize) -> Option<(usize, usize)> {
        let place = self.head.place(frame, frames);
        let at = place as usize;
        let is_plain =
            self.head.step == 1.0 && at as f64 == place && self.head.slope >= 0.0 && self.head.level(frame) >= 1.0;
        let left = usize::try_from(self.next.saturating_sub(frame as i64)).unwrap_or(0);
        is_plain.then_some((at, most.min(left).min(frames.saturating_sub(at)))).filter(|(_, run)| *run > 0)
    }
}

/// The first frame of a pass; none while the transport stands.
fn begin(transport: &Transport, pass: i64, length: Ratio, shift: Ratio) -> Option<i64> {
    let beat = Ratio::int(pass) * length + shift;
    let frame = transport.frame_at(i128::from(beat.num()), i128::from(beat.den()))?;
    i64::try_from(frame).ok()
}
