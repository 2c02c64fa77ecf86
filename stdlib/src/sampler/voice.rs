//! One sounding voice of a sampler: it moves through the sample and adds itself to the output.

use super::envelope::Envelope;
use super::place::{ONE, Octave, Seam, Stretch, read, step};
use bf_dsp::cubic::Frames;
use bf_dsp::{GRID, Lane, f32x8};
use bf_node::sample::GUARD;
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
    /// The loop, where one is on; each voice goes round what of it lies in its own stretch.
    pub(super) looped: Option<Stretch>,
}

impl Motion<'_> {
    /// A step in the direction of playing.
    #[inline(always)]
    fn signed(&self, step: i64) -> i64 {
        if self.reverse { -step } else { step }
    }
}

/// Whether a voice is the first to sound in a piece, and writes, or adds to what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Onto {
    Nothing,
    Others,
}

/// A sounding voice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    pub(super) id: Option<NoteId>,
    /// A count that is higher the later the voice began.
    pub(super) age: u64,
    pub(super) play: Stretch,
    /// The rate of its pitch and of its note's own `rate`.
    pub(super) pitch: f64,
    pub(super) own_rate: f32,
    /// Velocity times its note's own `gain`.
    pub(super) loudness: f32,
    pub(super) envelope: Envelope,
    /// 32.32 fixed point.
    pub(super) pos: i64,
    /// Whether it has gone round a loop.
    wrapped: bool,
    octave: Octave,
    /// The step that the octave was found for; negative before the first.
    octave_of: i64,
}

impl Voice {
    /// A voice about to play a stretch.
    pub(super) fn new(play: Stretch, reverse: bool, envelope: Envelope) -> Voice {
        Voice {
            id: None,
            age: 0,
            play,
            pitch: 1.0,
            own_rate: 1.0,
            loudness: 1.0,
            envelope,
            pos: if reverse { play.finish - ONE } else { play.begin },
            wrapped: false,
            octave: Octave::default(),
            octave_of: -1,
        }
    }

    fn factor(&self) -> f64 {
        self.pitch * f64::from(self.own_rate)
    }

    /// Goes round the loop, or finds that the stretch is over. Doing it twice changes nothing.
    #[inline(always)]
    fn settle(&mut self, motion: &Motion<'_>, around: Option<Stretch>) -> bool {
        let Some(around) = around else {
            return if motion.reverse { self.pos >= self.play.begin } else { self.pos < self.play.finish };
        };
        let past = if motion.reverse { self.pos < around.begin } else { self.pos >= around.finish };
        if past {
            self.pos = around.begin + (self.pos - around.begin).rem_euclid(around.finish - around.begin);
            self.wrapped = true;
        }
        true
    }

    fn seam(&self, motion: &Motion<'_>, around: Option<Stretch>) -> Option<Seam> {
        around.map(|around| Seam {
            around,
            above: self.wrapped || !motion.reverse,
            below: self.wrapped || motion.reverse,
        })
    }

    /// Adds the voice to both sides of the output; false when it is over.
    pub(super) fn process(&mut self, motion: &Motion<'_>, out: [&mut [f32]; 2], onto: Onto) -> bool {
        if motion.sample.channels == 1 {
            self.process_as::<1>(motion, out, onto)
        } else {
            self.process_as::<2>(motion, out, onto)
        }
    }

    fn process_as<const C: usize>(&mut self, motion: &Motion<'_>, out: [&mut [f32]; 2], onto: Onto) -> bool {
        let [left, right] = out;
        let frames = left.len();
        let around = motion.looped.map(|around| self.play.looped(around));
        let mut at = 0;
        while at < frames {
            if !self.settle(motion, around) || self.envelope.over() {
                if onto == Onto::Nothing {
                    left[at..].fill(0.0);
                    right[at..].fill(0.0);
                }
                return false;
            }
            let since = (motion.start + at as u64) % GRID as u64;
            if self.octave_of < 0 || since == 0 {
                let now = step(motion.rate.at(at), self.factor());
                if now != self.octave_of {
                    (self.octave, self.octave_of) = (Octave::of(now, motion.sample.levels.len()), now);
                }
            }
            let until = match motion.rate {
                // The octave of a rate that stays is found again at every later frame of the grid.
                Smooth::Constant(_) if since == 0 => frames,
                _ => frames.min(at + GRID - since as usize),
            };
            at = self.span::<C>(motion, around, &mut left[..until], &mut right[..until], at, onto);
        }
        self.settle(motion, around) && !self.envelope.over()
    }

    /// Frames from `at` on, with one octave, until the slices end or the voice is over. Returns where it stopped.
    #[inline(always)]
    fn span<const C: usize>(
        &mut self,
        motion: &Motion<'_>,
        around: Option<Stretch>,
        left: &mut [f32],
        right: &mut [f32],
        mut at: usize,
        onto: Onto,
    ) -> usize {
        let until = left.len();
        while at < until {
            at = self.eights::<C>(motion, around, left, right, at, onto);
            // Single frames: at the ends of the stretch or the loop, and where fewer than eight are left.
            let few = until.min(at + 8);
            while at < few {
                if !self.settle(motion, around) || self.envelope.over() {
                    return at;
                }
                let forward = step(motion.rate.at(at), self.factor());
                let gain = self.envelope.level() * self.loudness * motion.gain.at(at).finite_or_zero();
                let base = if onto == Onto::Nothing { [0.0; 2] } else { [left[at], right[at]] };
                [left[at], right[at]] = self.single::<C>(motion, around, forward, gain, base);
                self.envelope.advance();
                self.pos += motion.signed(forward);
                at += 1;
            }
            if !self.settle(motion, around) {
                return at;
            }
        }
        at
    }

    /// One frame here, wherever here is, added to what is there.
    #[inline(never)]
    fn single<const C: usize>(
        &self,
        motion: &Motion<'_>,
        around: Option<Stretch>,
        forward: i64,
        gain: f32,
        base: [f32; 2],
    ) -> [f32; 2] {
        let seam = self.seam(motion, around);
        let edge = self.edge(motion, forward);
        let Octave { level, blend } = self.octave;
        let mut sum = base;
        for (level, weight) in [(level, 1.0 - blend), (level + 1, blend)] {
            if weight > 0.0 {
                let x = read::<C>(motion.sample, level, self.pos, seam.as_ref());
                let gain = gain * weight;
                sum = [sum[0] + x[0] * edge * gain, sum[1] + x[C - 1] * edge * gain];
            }
        }
        sum
    }

    /// Fades out before an end that is not the end of the recording: 1 until shortly before.
    fn edge(&self, motion: &Motion<'_>, forward: i64) -> f32 {
        let left = match (motion.looped, motion.reverse) {
            (Some(_), _) => return 1.0,
            (None, false) if self.play.finish < motion.sample.frames as i64 * ONE => self.play.finish - self.pos,
            (None, true) if self.play.begin > 0 => self.pos - self.play.begin,
            _ => return 1.0,
        };
        let fade = forward as f64 * f64::from(EDGE_SECS * motion.sample_rate);
        // A voice that stands still has no end before it: the division gives infinity.
        ((left as f64 / fade) as f32).min(1.0)
    }

    /// The positions between which eight frames may be read without a look at ends and seams.
    #[inline(always)]
    fn open(&self, motion: &Motion<'_>, around: Option<Stretch>, forward: i64) -> (i64, i64) {
        let reach = self.octave.reach();
        match around {
            Some(around) => {
                let least = if self.wrapped || motion.reverse { around.begin + reach } else { 0 };
                let most = if self.wrapped || !motion.reverse { around.finish - reach } else { i64::MAX };
                (least, most)
            }
            None => {
                let fade = forward.saturating_mul((EDGE_SECS * motion.sample_rate) as i64 + 2);
                let least = if self.play.begin > 0 { self.play.begin + fade } else { 0 };
                let inner = self.play.finish < motion.sample.frames as i64 * ONE;
                (least, if inner { self.play.finish - fade } else { self.play.finish })
            }
        }
    }

    /// As many groups of eight frames as lie clear of every end and seam. Returns the frame reached.
    #[inline(always)]
    fn eights<const C: usize>(
        &mut self,
        motion: &Motion<'_>,
        around: Option<Stretch>,
        left: &mut [f32],
        right: &mut [f32],
        mut at: usize,
        onto: Onto,
    ) -> usize {
        let until = left.len();
        let Some(copies) = self.copies::<C>(motion.sample) else { return at };
        if let (Smooth::Constant(rate), Smooth::Constant(gain), true) =
            (motion.rate, motion.gain, self.envelope.holds())
        {
            let step = step(rate, self.factor());
            let groups = (until - at) / 8;
            if groups > 0 && self.is_open(motion, around, step, groups as i64 * 8) {
                let run = at..at + groups * 8;
                self.steady(copies, motion.signed(step), gain, &mut left[run.clone()], &mut right[run], onto);
                return at + groups * 8;
            }
        }
        while at + 8 <= until && self.group(copies, motion, around, left, right, at, onto) {
            at += 8;
        }
        at
    }

    /// The octave copy that is read, and the next one where it is mixed in.
    #[inline(always)]
    fn copies<'a, const C: usize>(&self, sample: &'a Sample) -> Option<Copies<'a, C>> {
        let Octave { level, blend } = self.octave;
        let copy = |level: usize, weight: f32| {
            let frames = Frames::<C>::new(&sample.levels.get(level)?.data, GUARD);
            Some(Copy { frames, octave: level as u32, weight })
        };
        let second = if blend > 0.0 { copy(level + 1, blend) } else { None };
        Some(Copies { first: copy(level, 1.0 - blend)?, second })
    }

    /// Whether so many frames can be read without a look at ends and seams.
    #[inline(always)]
    fn is_open(&self, motion: &Motion<'_>, around: Option<Stretch>, step: i64, frames: i64) -> bool {
        let last = self.pos + motion.signed(step) * (frames - 1);
        let (least, most) = self.open(motion, around, step);
        self.pos.min(last) >= least && self.pos.max(last) < most
    }

    /// Groups of eight frames at one rate and one level: where a sampler spends its time.
    #[inline(never)]
    fn steady<const C: usize>(
        &mut self,
        copies: Copies<'_, C>,
        step: i64,
        gain: f32,
        left: &mut [f32],
        right: &mut [f32],
        mut onto: Onto,
    ) {
        let gain = self.envelope.level() * self.loudness * gain.finite_or_zero();
        for copy in copies.each() {
            let gain = f32x8::splat(gain * copy.weight);
            let (left, right) = (left.as_chunks_mut::<8>().0, right.as_chunks_mut::<8>().0);
            let groups = left.len().min(right.len());
            match onto {
                Onto::Nothing => copy.frames.read_groups(self.pos, step, copy.octave, groups, |i, x| {
                    add(&mut left[i], x[0] * gain, Onto::Nothing);
                    add(&mut right[i], x[C - 1] * gain, Onto::Nothing);
                }),
                Onto::Others => copy.frames.read_groups(self.pos, step, copy.octave, groups, |i, x| {
                    add(&mut left[i], x[0] * gain, Onto::Others);
                    add(&mut right[i], x[C - 1] * gain, Onto::Others);
                }),
            };
            onto = Onto::Others;
        }
        self.pos += step * left.len() as i64;
    }

    /// Eight frames of whatever rate and level; false, and nothing done, where an end or a seam is near.
    #[inline(never)]
    fn group<const C: usize>(
        &mut self,
        copies: Copies<'_, C>,
        motion: &Motion<'_>,
        around: Option<Stretch>,
        left: &mut [f32],
        right: &mut [f32],
        at: usize,
        mut onto: Onto,
    ) -> bool {
        let factor = self.factor();
        let steps: [i64; 8] = core::array::from_fn(|j| step(motion.rate.at(at + j), factor));
        let mut pos = [self.pos; 8];
        let mut to = self.pos;
        for (p, s) in pos.iter_mut().zip(&steps) {
            *p = to;
            to += motion.signed(*s);
        }
        let (least, most) = self.open(motion, around, steps.iter().fold(0, |m, s| m.max(*s)));
        if pos[0].min(pos[7]) < least || pos[0].max(pos[7]) >= most {
            return false;
        }
        let mut amps = [0.0; 8];
        for amp in &mut amps {
            *amp = self.envelope.level() * self.loudness;
            self.envelope.advance();
        }
        let gain = f32x8::new(amps) * f32x8::from_fn(|j| motion.gain.at(at + j)).finite_or_zero();
        for copy in copies.each() {
            let gain = gain * f32x8::splat(copy.weight);
            let x = copy.frames.read8(&pos.map(|p| p >> copy.octave));
            add(&mut left[at..at + 8], x[0] * gain, onto);
            add(&mut right[at..at + 8], x[C - 1] * gain, onto);
            onto = Onto::Others;
        }
        self.pos = to;
        true
    }
}

/// An octave copy that a voice reads, and how much of it is heard.
#[derive(Clone, Copy)]
struct Copy<'a, const C: usize> {
    frames: Frames<'a, C>,
    octave: u32,
    weight: f32,
}

/// The octave copies that a voice reads: two where one gives way to the next.
#[derive(Clone, Copy)]
struct Copies<'a, const C: usize> {
    first: Copy<'a, C>,
    second: Option<Copy<'a, C>>,
}

impl<'a, const C: usize> Copies<'a, C> {
    fn each(self) -> impl Iterator<Item = Copy<'a, C>> {
        core::iter::once(self.first).chain(self.second)
    }
}

/// Adds eight frames to the output.
#[inline(always)]
fn add(out: &mut [f32], x: f32x8, onto: Onto) {
    let here = match onto {
        Onto::Nothing => f32x8::splat(0.0),
        Onto::Others => f32x8::from_fn(|j| out[j]),
    };
    out.copy_from_slice((here + x).as_array());
}
