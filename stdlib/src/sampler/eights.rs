//! How a voice reads eight frames at once where no end and no seam is near. The bits are those of single frames.

use super::place::{Octave, step};
use super::taps::Quality;
use super::voice::{Course, Motion, Onto, Out, Voice, Way};
use bf_dsp::cubic::Frames;
use bf_dsp::sinc::{TAPS, weigh};
use bf_dsp::{Lane, f32x8};
use bf_node::sample::{GUARD, stride};
use bf_node::{Sample, Smooth};

impl Voice {
    /// The whole piece as the last one went, where nothing was said since and no end and no seam is near. False, and
    /// nothing done, otherwise.
    #[inline(always)]
    pub(super) fn go_on<const C: usize>(&mut self, motion: &Motion<'_>, out: &mut Out<'_>) -> bool {
        let Some(course) = self.course else { return false };
        let frames = out.left.len();
        let to = self.pos + course.step * frames as i64;
        // The place after the last frame is looked at, too: there the voice goes round, or is over.
        let clear = self.pos.min(to) >= course.least && self.pos.max(to) < course.most;
        // Off the grid a voice still reads the copy of an earlier step: that is found anew where the grid is reached.
        let clear = clear && self.octave_of == course.step.abs();
        let (Smooth::Constant(rate), Smooth::Constant(gain)) = (motion.rate, motion.gain) else { return false };
        let same = course.said == motion.said && (course.rate, course.own_rate) == (rate, self.own_rate);
        if !same || !clear || !self.envelope.holds() || !frames.is_multiple_of(8) {
            return false;
        }
        let Some(copies) = Copies::<C>::of(motion.sample, self.octave) else { return false };
        let out = Out { left: &mut *out.left, right: &mut *out.right, onto: out.onto };
        self.steady(copies, course.step, gain, out);
        true
    }

    /// As many groups of eight frames as lie clear of every end and seam. Returns the frame reached.
    #[inline(always)]
    pub(super) fn eights<const C: usize>(&mut self, way: Way<'_>, out: &mut Out<'_>, mut at: usize) -> usize {
        let until = out.left.len();
        let Some(copies) = Copies::<C>::of(way.motion.sample, self.octave) else { return at };
        let steady = self.envelope.holds() && way.motion.quality == Quality::Cubic;
        if let (Smooth::Constant(rate), Smooth::Constant(gain), true) = (way.motion.rate, way.motion.gain, steady) {
            let step = step(rate, self.factor());
            let groups = (until - at) / 8;
            let last = self.pos + way.signed(step) * (groups as i64 * 8 - 1);
            let (least, most) = self.open(way, step);
            if groups > 0 && self.pos.min(last) >= least && self.pos.max(last) < most {
                let until = at + groups * 8;
                let out = Out { left: &mut out.left[at..until], right: &mut out.right[at..until], onto: out.onto };
                let stays = way.motion.said != 0 && self.octave_of == step;
                let (said, own_rate, step) = (way.motion.said, self.own_rate, way.signed(step));
                self.course = stays.then_some(Course { said, rate, own_rate, step, least, most });
                self.steady(copies, step, gain, out);
                return until;
            }
        }
        while at + 8 <= until && self.group(copies, way, out, at) {
            at += 8;
        }
        at
    }

    /// Groups of eight frames at one rate and one level: where a sampler spends its time.
    #[inline(never)]
    fn steady<const C: usize>(&mut self, copies: Copies<'_, C>, step: i64, gain: f32, mut out: Out<'_>) {
        let gain = self.envelope.level() * self.loudness * gain.finite_or_zero();
        let frames = out.left.len();
        for copy in copies.each() {
            let gain = f32x8::splat(gain * copy.weight);
            let (left, right) = (out.left.as_chunks_mut::<8>().0, out.right.as_chunks_mut::<8>().0);
            let groups = left.len().min(right.len());
            // The loop is compiled for each case by itself.
            let all = match out.onto {
                Onto::Nothing => copy.frames.read_groups(self.pos, step, copy.stride, groups, |i, x| {
                    add(&mut left[i], x[0] * gain, Onto::Nothing);
                    add(&mut right[i], x[C - 1] * gain, Onto::Nothing);
                }),
                Onto::Others => copy.frames.read_groups(self.pos, step, copy.stride, groups, |i, x| {
                    add(&mut left[i], x[0] * gain, Onto::Others);
                    add(&mut right[i], x[C - 1] * gain, Onto::Others);
                }),
            };
            debug_assert!(all, "what is open has its frames");
            if !all {
                out.leave(0);
            }
            out.onto = Onto::Others;
        }
        self.pos += step * frames as i64;
    }

    /// Eight frames of whatever rate and level; false, and nothing done, where an end or a seam is near.
    #[inline(never)]
    fn group<const C: usize>(&mut self, copies: Copies<'_, C>, way: Way<'_>, out: &mut Out<'_>, at: usize) -> bool {
        let motion = way.motion;
        let factor = self.factor();
        let steps: [i64; 8] = core::array::from_fn(|j| step(motion.rate.at(at + j), factor));
        let mut pos = [self.pos; 8];
        let mut to = self.pos;
        for (p, s) in pos.iter_mut().zip(&steps) {
            *p = to;
            to += way.signed(*s);
        }
        let (least, most) = self.open(way, steps.iter().fold(0, |m, s| m.max(*s)));
        if pos[0].min(pos[7]) < least || pos[0].max(pos[7]) >= most {
            return false;
        }
        let mut amps = [0.0; 8];
        for amp in &mut amps {
            *amp = self.envelope.level() * self.loudness;
            self.envelope.advance();
        }
        let gain = f32x8::new(amps) * f32x8::from_fn(|j| motion.gain.at(at + j)).finite_or_zero();
        let mut onto = out.onto;
        for copy in copies.each() {
            let gain = gain * f32x8::splat(copy.weight);
            let pos = pos.map(|p| p >> copy.stride);
            let x = match motion.quality {
                Quality::Cubic => copy.frames.read8(&pos),
                Quality::Sinc => copy.weigh8(&pos),
            };
            add(&mut out.left[at..at + 8], x[0] * gain, onto);
            add(&mut out.right[at..at + 8], x[C - 1] * gain, onto);
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
    stride: u32,
    weight: f32,
}

impl<const C: usize> Copy<'_, C> {
    /// Eight frames by the sinc, one after another: each is a vector by itself.
    #[inline(always)]
    fn weigh8(&self, pos: &[i64; 8]) -> [f32x8; C] {
        let mut x = [[0.0; 8]; C];
        for (j, at) in pos.iter().enumerate() {
            let Some(taps) = self.frames.row::<TAPS>((at >> 32) - (TAPS as i64 / 2 - 1)) else { continue };
            for (x, y) in x.iter_mut().zip(weigh(taps, *at)) {
                x[j] = y;
            }
        }
        x.map(f32x8::new)
    }
}

/// The octave copies that a voice reads: two where one gives way to the next.
#[derive(Clone, Copy)]
struct Copies<'a, const C: usize> {
    first: Copy<'a, C>,
    second: Option<Copy<'a, C>>,
}

impl<'a, const C: usize> Copies<'a, C> {
    #[inline(always)]
    fn of(sample: &'a Sample, octave: Octave) -> Option<Copies<'a, C>> {
        let copy = |(level, weight): (usize, f32)| {
            let frames = Frames::<C>::new(&sample.levels.get(level)?.data, GUARD);
            Some(Copy { frames, stride: stride(level), weight })
        };
        let [first, second] = octave.weights();
        let second = if second.1 > 0.0 { copy(second) } else { None };
        Some(Copies { first: copy(first)?, second })
    }

    #[inline(always)]
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
