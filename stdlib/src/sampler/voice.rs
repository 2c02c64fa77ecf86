//! One sounding voice of a sampler: it moves through its stretch or its loop until it is over.

use super::envelope::Envelope;
use super::place::{Loop, ONE, Octave, Seam, Stretch, step};
use super::taps::{Quality, read};
use bf_dsp::{GRID, Lane};
use bf_node::{NoteId, Sample, Smooth};

/// Seconds over which a voice leaves before it reaches an end that lies inside the sample.
const EDGE_SECS: f32 = 0.002;

/// What holds for every voice over a piece.
#[derive(Clone, Copy)]
pub(super) struct Motion<'a> {
    pub(super) sample: &'a Sample,
    pub(super) sample_rate: f32,
    /// The absolute frame at which the piece starts.
    pub(super) start: u64,
    pub(super) rate: Smooth<'a, f32>,
    pub(super) gain: Smooth<'a, f32>,
    pub(super) reverse: bool,
    pub(super) quality: Quality,
    /// The loop, where one is on; each voice goes round what of it lies in its own stretch.
    pub(super) looped: Option<Stretch>,
    /// Over how many frames (fixed point) a loop fades into itself at most.
    pub(super) fade: i64,
    /// A number that is another whenever anything of this but `start` may be another; 0 where nobody counts.
    pub(super) said: u64,
}

/// The same for one voice.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) motion: &'a Motion<'a>,
    /// Its loop, where one is on.
    pub(super) around: Option<Loop>,
}

impl Way<'_> {
    /// A step in the direction of playing.
    #[inline(always)]
    pub(super) fn signed(&self, step: i64) -> i64 {
        if self.motion.reverse { -step } else { step }
    }
}

/// Whether a voice is the first to sound in a piece, and writes, or adds to what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Onto {
    Nothing,
    Others,
}

/// Both sides of the output.
pub(super) struct Out<'a> {
    pub(super) left: &'a mut [f32],
    pub(super) right: &'a mut [f32],
    pub(super) onto: Onto,
}

impl Out<'_> {
    /// The first frames of it.
    #[inline(always)]
    fn until(&mut self, frames: usize) -> Out<'_> {
        Out { left: &mut self.left[..frames], right: &mut self.right[..frames], onto: self.onto }
    }
    /// Silence from a frame on, where nobody has sounded.
    pub(super) fn leave(&mut self, from: usize) {
        if self.onto == Onto::Nothing {
            self.left[from..].fill(0.0);
            self.right[from..].fill(0.0);
        }
    }
}

/// A sounding voice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    pub(super) id: Option<NoteId>,
    /// A count that is higher the later the voice began.
    pub(super) age: u64,
    pub(super) play: Stretch,
    /// The speed of its pitch, and beside it its note's own `rate`.
    pub(super) pitch: f64,
    pub(super) own_rate: f32,
    /// Velocity times its note's own `gain`.
    pub(super) loudness: f32,
    pub(super) envelope: Envelope,
    /// 32.32 fixed point.
    pub(super) pos: i64,
    pub(super) octave: Octave,
    /// The step that the octave was found for; negative before the first.
    pub(super) octave_of: i64,
    /// Whether it has gone round a loop.
    wrapped: bool,
    /// How it went in the last piece.
    pub(super) course: Option<Course>,
}

/// How a voice goes on while nothing is said anew: one step, clear of ends and seams between two positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    /// What held when it was found.
    pub(super) said: u64,
    pub(super) rate: f32,
    pub(super) own_rate: f32,
    /// In the direction of playing.
    pub(super) step: i64,
    pub(super) least: i64,
    pub(super) most: i64,
}

impl Voice {
    /// A voice about to play a stretch.
    pub(super) fn new(play: Stretch, reverse: bool, pitch: f64, envelope: Envelope) -> Voice {
        Voice {
            id: None,
            age: 0,
            play,
            pitch,
            own_rate: 1.0,
            loudness: 1.0,
            envelope,
            pos: if reverse { play.finish - ONE } else { play.begin },
            octave: Octave::default(),
            octave_of: -1,
            wrapped: false,
            course: None,
        }
    }

    #[inline(always)]
    pub(super) fn factor(&self) -> f64 {
        self.pitch * f64::from(self.own_rate)
    }

    /// Adds the voice to the output; false when it is over.
    pub(super) fn process(&mut self, motion: &Motion<'_>, out: Out<'_>) -> bool {
        if motion.sample.channels == 1 { self.process_as::<1>(motion, out) } else { self.process_as::<2>(motion, out) }
    }

    fn process_as<const C: usize>(&mut self, motion: &Motion<'_>, mut out: Out<'_>) -> bool {
        if self.go_on::<C>(motion, &mut out) {
            return true;
        }
        let frames = out.left.len();
        let end = end_of(motion.sample);
        let around = motion.looped.map(|around| Loop::of(self.play.looped(around), end, motion.fade));
        let way = Way { motion, around };
        let mut at = 0;
        while at < frames {
            if !self.settle(way) || self.envelope.over() {
                out.leave(at);
                return false;
            }
            let since = (motion.start + at as u64) % GRID as u64;
            if self.octave_of < 0 || since == 0 {
                self.find_octave(motion, at);
            }
            let until = match motion.rate {
                // The octave of a rate that stays is found again at every later frame of the grid.
                Smooth::Constant(_) if since == 0 => frames,
                _ => frames.min(at + GRID - since as usize),
            };
            at = self.span::<C>(way, out.until(until), at);
        }
        self.settle(way) && !self.envelope.over()
    }

    #[inline(always)]
    fn find_octave(&mut self, motion: &Motion<'_>, at: usize) {
        let now = step(motion.rate.at(at), self.factor());
        if now != self.octave_of {
            (self.octave, self.octave_of) = (Octave::of(now, motion.sample.levels.len()), now);
        }
    }

    /// Goes round the loop, or finds that the stretch is over. Doing it twice changes nothing.
    #[inline(always)]
    fn settle(&mut self, way: Way<'_>) -> bool {
        let reverse = way.motion.reverse;
        let Some(Loop { around, .. }) = way.around else {
            return if reverse { self.pos >= self.play.begin } else { self.pos < self.play.finish };
        };
        let past = if reverse { self.pos < around.begin } else { self.pos >= around.finish };
        if past {
            self.pos = around.begin + (self.pos - around.begin).rem_euclid(around.finish - around.begin);
            // From now on a loop holds at both of its ends.
            if !self.wrapped {
                (self.wrapped, self.course) = (true, None);
            }
        }
        true
    }

    /// Frames from `at` on, with one octave, until the output ends or the voice is over. Returns where it stopped.
    #[inline(always)]
    fn span<const C: usize>(&mut self, way: Way<'_>, mut out: Out<'_>, mut at: usize) -> usize {
        let until = out.left.len();
        while at < until {
            at = self.eights::<C>(way, &mut out, at);
            // Single frames: at the ends of the stretch or the loop, and where fewer than eight are left.
            let few = until.min(at + 8);
            while at < few {
                if !self.settle(way) || self.envelope.over() {
                    return at;
                }
                self.single::<C>(way, &mut out, at);
                at += 1;
            }
            if !self.settle(way) {
                return at;
            }
        }
        at
    }

    /// One frame, wherever the voice is.
    #[inline(never)]
    fn single<const C: usize>(&mut self, way: Way<'_>, out: &mut Out<'_>, at: usize) {
        let motion = way.motion;
        let forward = step(motion.rate.at(at), self.factor());
        let seam = way.around.map(|looped| Seam {
            around: looped.around,
            above: self.wrapped || !motion.reverse,
            below: self.wrapped || motion.reverse,
        });
        // A seam that fades goes on into what lies around it: neighbours are read as they were recorded.
        let fades = way.around.filter(|looped| looped.fade > 0);
        let other = fades.zip(seam.as_ref()).and_then(|(looped, seam)| looped.other(self.pos, seam));
        let seam = seam.filter(|_| fades.is_none());
        let edge = self.edge(way, forward);
        let gain = self.envelope.level() * self.loudness * motion.gain.at(at).finite_or_zero();
        let mut sum = if out.onto == Onto::Nothing { [0.0; 2] } else { [out.left[at], out.right[at]] };
        for (level, weight) in self.octave.weights() {
            if weight > 0.0 {
                let mut x = read::<C>(motion.sample, level, self.pos, seam.as_ref(), motion.quality);
                if let Some((there, part)) = other {
                    let y = read::<C>(motion.sample, level, there, None, motion.quality);
                    x = core::array::from_fn(|c| x[c] + (y[c] - x[c]) * part);
                }
                let gain = gain * weight;
                sum = [sum[0] + x[0] * edge * gain, sum[1] + x[C - 1] * edge * gain];
            }
        }
        [out.left[at], out.right[at]] = sum;
        self.envelope.advance();
        self.pos += way.signed(forward);
    }

    /// Fades out before an end that is not the end of the recording: 1 until shortly before.
    fn edge(&self, way: Way<'_>, forward: i64) -> f32 {
        let left = match (way.around, way.motion.reverse) {
            (Some(_), _) => return 1.0,
            (None, false) if self.play.finish < end_of(way.motion.sample) => self.play.finish - self.pos,
            (None, true) if self.play.begin > 0 => self.pos - self.play.begin,
            _ => return 1.0,
        };
        let fade = forward as f64 * f64::from(EDGE_SECS * way.motion.sample_rate);
        // A voice that stands still has no end before it: the division gives infinity.
        ((left as f64 / fade) as f32).min(1.0)
    }

    /// The positions (from, up to) between which frames may be read without a look at ends and seams.
    #[inline(always)]
    pub(super) fn open(&self, way: Way<'_>, forward: i64) -> (i64, i64) {
        let reverse = way.motion.reverse;
        if let Some(looped) = way.around {
            let (mut least, mut most) = looped.clear();
            if looped.fade == 0 {
                let reach = self.octave.reach(way.motion.quality.frames());
                (least, most) = (least + reach, most - reach);
            }
            let least = if self.wrapped || reverse { least } else { 0 };
            return (least, if self.wrapped || !reverse { most } else { i64::MAX });
        }
        let fade = forward.saturating_mul((EDGE_SECS * way.motion.sample_rate) as i64 + 2);
        let least = if self.play.begin > 0 { self.play.begin + fade } else { 0 };
        let inner = self.play.finish < end_of(way.motion.sample);
        (least, if inner { self.play.finish - fade } else { self.play.finish })
    }
}

fn end_of(sample: &Sample) -> i64 {
    sample.frames as i64 * ONE
}
