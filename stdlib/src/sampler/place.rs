//! Where in a sample a voice reads: what plays, what loops, how fast, and from which octave copy.

use bf_dsp::cubic::UNIT;
use bf_node::sample::stride;

/// One frame in 32.32 fixed point.
pub(super) const ONE: i64 = 1 << 32;
/// The most frames a voice moves in one.
const FASTEST: f64 = 64.0;
/// Samples longer than this do not fit the positions; they would hold three hours of sound.
pub(super) const MOST_FRAMES: usize = 1 << 29;
/// The shortest loop, in frames.
const SHORTEST_LOOP: i64 = 8;

/// A stretch of a sample in whole frames of fixed point: from `begin`, up to and not including `finish`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stretch {
    pub(super) begin: i64,
    pub(super) finish: i64,
}

impl Stretch {
    /// The stretch between two parts (0 to 1) of so many frames: at least one frame.
    pub(super) fn of(frames: usize, from: f32, to: f32) -> Stretch {
        // NaN becomes nought on its way to a whole number.
        let at = |part: f32| (f64::from(part.clamp(0.0, 1.0)) * frames as f64 + 0.5) as i64;
        let begin = at(from).min(frames as i64 - 1).max(0);
        Stretch { begin: begin * ONE, finish: at(to).max(begin + 1) * ONE }
    }

    /// Part `index` of `count` equal parts.
    pub(super) fn slice(self, index: i64, count: i64) -> Stretch {
        let frames = (self.finish - self.begin) / ONE;
        let edge = |i: i64| self.begin + frames * i / count * ONE;
        let begin = edge(index).min(self.finish - ONE);
        Stretch { begin, finish: edge(index + 1).max(begin + ONE) }
    }

    /// Part `index` of those that begin at these frames of a recording.
    pub(super) fn marked(starts: &[usize], index: usize, frames: usize) -> Stretch {
        let edge = |i: usize| starts.get(i).copied().unwrap_or(frames).min(frames) as i64;
        let begin = edge(index).min(frames as i64 - 1).max(0);
        Stretch { begin: begin * ONE, finish: edge(index + 1).max(begin + 1) * ONE }
    }

    fn frames(self) -> i64 {
        (self.finish - self.begin) >> 32
    }

    /// What of a loop lies inside of this stretch; all of the stretch where too little does.
    #[inline(always)]
    pub(super) fn looped(self, around: Stretch) -> Stretch {
        let both = Stretch { begin: self.begin.max(around.begin), finish: self.finish.min(around.finish) };
        if both.frames() >= SHORTEST_LOOP { both } else { self }
    }
}

/// A loop, and how its seam is smoothed: over the fade its end gives way to what the recording holds before its
/// begin, or its begin comes out of what the recording holds behind its end. So the loop keeps its length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Loop {
    pub(super) around: Stretch,
    /// In whole frames; 0 where there is nothing to fade with, as in a loop of a whole recording.
    pub(super) fade: i64,
    side: Side,
}

/// At which end of a loop it fades.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    End,
    Begin,
}

impl Loop {
    /// A loop in a recording that ends at `end`, with the fade that is wanted or as much as there is.
    #[inline(always)]
    pub(super) fn of(around: Stretch, end: i64, wanted: i64) -> Loop {
        let most = wanted.min(around.frames() / 2 * ONE).max(0);
        let (before, behind) = (most.min(around.begin), most.min((end - around.finish).max(0)));
        if before >= behind {
            Loop { around, fade: before, side: Side::End }
        } else {
            Loop { around, fade: behind, side: Side::Begin }
        }
    }

    /// The positions (from, up to) that are read as they are, where the loop holds above and below.
    #[inline(always)]
    pub(super) fn clear(&self) -> (i64, i64) {
        let Stretch { begin, finish } = self.around;
        if self.side == Side::End { (begin, finish - self.fade) } else { (begin + self.fade, finish) }
    }

    /// Where else is read at a position within the fade, and how much of that is heard (0 to 1).
    pub(super) fn other(&self, pos: i64, seam: &Seam) -> Option<(i64, f32)> {
        let Stretch { begin, finish } = self.around;
        let length = finish - begin;
        let (into, there, holds) = match self.side {
            Side::End => (pos - (finish - self.fade), pos - length, seam.above),
            Side::Begin => (begin + self.fade - pos, pos + length, seam.below),
        };
        let within = holds && into > 0 && into <= self.fade;
        within.then(|| (there, (into as f64 / self.fade as f64) as f32))
    }
}

/// Frames a second against frames a second, times a note's own factor, as a step in fixed point; not negative, and
/// in whole units, so that positions can be read in strides.
#[inline(always)]
pub(super) fn step(rate: f32, factor: f64) -> i64 {
    // NaN becomes nought on its way to a whole number.
    let speed = (f64::from(rate) * factor).clamp(0.0, FASTEST);
    (speed * ONE as f64) as i64 & -UNIT
}

/// Which octave copy is read, and how much of the next one is mixed in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Octave {
    pub(super) level: usize,
    pub(super) blend: f32,
}

/// Between these speeds a copy gives way to the next, over a tenth of an octave.
///
/// The full band is read up to half an octave: what is below 20 kHz then folds no lower than 19 kHz. The copies, whose
/// band is full of sound up to its end, give way a little sooner.
const HANDOVER: [(f32, f32); 4] =
    [(1.366_040_3, 1.464_085_7), (2.549_121_3, 2.732_080_5), (5.098_242_5, 5.464_161), (10.196_485, 10.928_322)];

impl Octave {
    /// For a step: a pure function, so that it may be asked again at any frame of the grid.
    #[inline(always)]
    pub(super) fn of(step: i64, levels: usize) -> Octave {
        let speed = (step >> 8) as f32 * (1.0 / 16_777_216.0);
        let last = levels.saturating_sub(1);
        for (level, (from, to)) in HANDOVER.iter().take(last).enumerate() {
            if speed < *to {
                let blend = ((speed - from) / (to - from)).max(0.0);
                return Octave { level, blend };
            }
        }
        Octave { level: last.min(HANDOVER.len()), blend: 0.0 }
    }

    /// The copies that are read and how much of each is heard.
    #[inline(always)]
    pub(super) fn weights(self) -> [(usize, f32); 2] {
        [(self.level, 1.0 - self.blend), (self.level + 1, self.blend)]
    }

    /// How far around a position so many frames of the coarsest copy lie, in fixed point.
    #[inline(always)]
    pub(super) fn reach(self, frames: i64) -> i64 {
        let coarsest = self.level + usize::from(self.blend > 0.0);
        (frames * ONE) << stride(coarsest)
    }
}

/// A loop around which frames wrap: past its finish for who goes forward, before its begin for who has been there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seam {
    pub(super) around: Stretch,
    pub(super) above: bool,
    pub(super) below: bool,
}

impl Seam {
    /// Whether everything from one position to another stands where it is.
    pub(super) fn is_clear(&self, from: i64, to: i64) -> bool {
        (!self.above || to < self.around.finish) && (!self.below || from >= self.around.begin)
    }

    /// The position whose sound stands at `pos`.
    pub(super) fn wrap(&self, pos: i64) -> i64 {
        let Stretch { begin, finish } = self.around;
        if (self.above && pos >= finish) || (self.below && pos < begin) {
            begin + (pos - begin).rem_euclid(finish - begin)
        } else {
            pos
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_never_empty() {
        let s = |from, to| Stretch::of(1000, from, to);
        assert_eq!(s(0.0, 1.0), Stretch { begin: 0, finish: 1000 * ONE });
        assert_eq!(s(0.25, 0.5), Stretch { begin: 250 * ONE, finish: 500 * ONE });
        assert_eq!(s(0.5, 0.25).frames(), 1);
        assert_eq!(s(1.0, 1.0), Stretch { begin: 999 * ONE, finish: 1000 * ONE });
        assert_eq!(s(f32::NAN, f32::INFINITY), s(0.0, 1.0));
        assert_eq!(s(0.0, 1.0).slice(3, 8), Stretch { begin: 375 * ONE, finish: 500 * ONE });
        assert_eq!(Stretch::of(3, 0.0, 1.0).slice(7, 64).frames(), 1);
        assert_eq!(s(0.0, 1.0).looped(s(0.1, 0.2)), s(0.1, 0.2));
        assert_eq!(s(0.5, 1.0).looped(s(0.1, 0.2)), s(0.5, 1.0));
    }

    #[test]
    fn marked_slices_reach_to_the_next() {
        let s = |i| Stretch::marked(&[0, 300, 310], i, 1000);
        assert_eq!(s(1), Stretch { begin: 300 * ONE, finish: 310 * ONE });
        assert_eq!(s(2), Stretch { begin: 310 * ONE, finish: 1000 * ONE });
        assert_eq!(Stretch::marked(&[5000], 0, 1000).frames(), 1);
    }

    #[test]
    fn a_loop_fades_with_what_lies_around_it() {
        let around = |from: i64, to: i64| Stretch { begin: from * ONE, finish: to * ONE };
        let fade = |from, to, wanted: i64| Loop::of(around(from, to), 1000 * ONE, wanted * ONE);
        assert_eq!(fade(0, 1000, 100).fade, 0);
        assert_eq!((fade(300, 600, 100).fade / ONE, fade(300, 600, 100).clear()), (100, (300 * ONE, 500 * ONE)));
        assert_eq!((fade(0, 600, 100).fade / ONE, fade(0, 600, 100).clear()), (100, (100 * ONE, 600 * ONE)));
        assert_eq!((fade(300, 340, 100).fade / ONE, fade(30, 990, 100).fade / ONE), (20, 30));
        let seam = Seam { around: around(300, 600), above: true, below: false };
        let looped = fade(300, 600, 100);
        assert_eq!(looped.other(550 * ONE, &seam), Some((250 * ONE, 0.5)));
        assert_eq!((looped.other(500 * ONE, &seam), looped.other(310 * ONE, &seam)), (None, None));
        assert_eq!(looped.other(550 * ONE, &Seam { above: false, below: true, ..seam }), None);
    }

    #[test]
    fn octaves_hand_over_smoothly() {
        let of = |speed: f64| Octave::of(step(1.0, speed), 5);
        assert_eq!(of(1.0), Octave { level: 0, blend: 0.0 });
        assert_eq!(of(1.3), Octave { level: 0, blend: 0.0 });
        assert_eq!(of(2.0), Octave { level: 1, blend: 0.0 });
        assert_eq!(of(4.0), Octave { level: 2, blend: 0.0 });
        assert_eq!(of(60.0), Octave { level: 4, blend: 0.0 });
        let (mut last, mut reached) = (0.0, 0.0);
        for i in 0..4000 {
            let o = of(0.01 + f64::from(i) * 0.004);
            reached = o.level as f32 + o.blend;
            assert!(reached >= last && reached - last < 0.05, "{i}");
            last = reached;
        }
        assert_eq!(reached, 4.0);
        assert_eq!(Octave::of(step(8.0, 8.0), 1), Octave { level: 0, blend: 0.0 });
        assert_eq!((step(f32::NAN, 1.0), step(-1.0, 1.0), step(1e30, 1e30)), (0, 0, 64 * ONE));
    }

    #[test]
    fn a_seam_gives_the_frames_of_its_other_side() {
        let around = Stretch { begin: 10 * ONE, finish: 20 * ONE };
        let seam = Seam { around, above: true, below: false };
        assert_eq!(seam.wrap(21 * ONE), 11 * ONE);
        assert_eq!(seam.wrap(9 * ONE), 9 * ONE);
        assert_eq!(Seam { below: true, ..seam }.wrap(9 * ONE), 19 * ONE);
    }
}
