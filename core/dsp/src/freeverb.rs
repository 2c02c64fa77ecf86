//! Freeverb: eight combs side by side as the lanes of one vector, and four all-passes after them, for each ear.
//!
//! *Source*: Jezar at Dreampoint's public-domain Freeverb (2000): structure, tunings and scales.

use crate::tail::{FLOOR, Rest, settle, touched_zeros};
use crate::{Lane, f32x8, u32x8};

/// Frames that are worked on at once.
const RUN: usize = 8;
type Run = [f32; RUN];
/// Runs that are worked on at once, one ear after the other.
const SPAN: usize = 8;
/// Lengths of the combs in frames at 44.1 kHz.
const COMBS: [usize; 8] = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617];
/// Lengths of the all-passes in frames at 44.1 kHz.
const ALLPASSES: [usize; 4] = [556, 441, 341, 225];
/// By how much the lines of the right ear are longer.
const SPREAD: usize = 23;

/// What the sound of the room hangs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// What a comb feeds back, 0 to 1; at 1 nothing decays.
    pub feedback: f32,
    /// How much the feedback is dulled, 0 to 0.5.
    pub damp: f32,
    /// What enters of the input.
    pub gain: f32,
}

/// A sum of eight in a fixed order that suits vectors.
#[inline(always)]
fn sum8<T: Copy + core::ops::Add<Output = T>>(x: [T; 8]) -> T {
    ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]))
}

/// `x`, or zero where it is inaudible. What circulates is bounded by what [`settle`] lets in, so that no more than
/// this needs to be looked at.
#[inline(always)]
fn hush<L: Lane>(x: L) -> L {
    L::select(x.abs().gt(L::splat(FLOOR)), x, L::splat(0.0))
}

/// What eight combs keep of eight frames, from what is heard of them. The rows are combs, the columns frames.
#[inline(always)]
fn feed_back(room: &Room, dull: &mut f32x8, x: &Run, heard: [f32x8; 8], seen: &mut u32x8) -> [f32x8; 8] {
    // From eight combs of eight frames to eight frames of eight combs, where the low-pass can recur.
    let mut frames = f32x8::transpose(heard);
    let (keep, pass) = (f32x8::splat(room.damp), f32x8::splat(1.0 - room.damp));
    let feedback = f32x8::splat(room.feedback);
    for (frame, x) in frames.iter_mut().zip(x) {
        *dull = *frame * pass + *dull * keep;
        *frame = hush(f32x8::splat(*x) + *dull * feedback);
        *seen |= frame.to_bits();
    }
    f32x8::transpose(frames)
}

/// What an all-pass keeps of a frame, and what leaves it.
#[inline(always)]
fn smear<L: Lane>(x: L, late: L) -> (L, L) {
    (hush(x + late * L::splat(0.5)), late - x)
}

/// Eight frames of a ring from `at` on, over its end where need be.
#[inline(always)]
fn load(ring: &[f32], at: usize) -> f32x8 {
    match ring[at..].first_chunk::<RUN>() {
        Some(run) => f32x8::new(*run),
        None => Lane::from_fn(|i| ring[(at + i) % ring.len()]),
    }
}

/// Replaces eight frames of a ring from `at` on, over its end where need be.
#[inline(always)]
fn store(ring: &mut [f32], at: usize, run: f32x8) {
    if let Some(place) = ring[at..].first_chunk_mut::<RUN>() {
        *place = run.to_array();
        return;
    }
    let len = ring.len();
    for (i, x) in run.as_array().iter().enumerate() {
        ring[(at + i) % len] = *x;
    }
}

/// The next frames of several rings that do not wrap in them, as runs.
#[inline(always)]
fn stretches<'a, const N: usize>(rings: &'a mut [Vec<f32>; N], at: &[usize], frames: usize) -> [&'a mut [Run]; N] {
    let mut at = at.iter();
    rings.each_mut().map(|ring| {
        let from = at.next().copied().unwrap_or(0);
        ring[from..from + frames].as_chunks_mut::<RUN>().0
    })
}

/// The lines of one ear: rings whose frame of this moment is read, and then replaced.
///
/// The place in line `k` is `first[k] + passed`, so that one number moves them all. `ahead` frames can pass before
/// the first of them wraps.
#[derive(Clone, Debug)]
struct Ear {
    combs: [Vec<f32>; 8],
    allpasses: [Vec<f32>; 4],
    first: [usize; 12],
    passed: usize,
    ahead: usize,
    /// The one-pole low-pass in each comb.
    dull: f32x8,
}

impl Ear {
    fn new(sample_rate: f32, extra: usize) -> Ear {
        let line = |frames_at_44100: usize| {
            let frames = ((frames_at_44100 + extra) as f32 * sample_rate / 44_100.0).round() as usize;
            // A run must not reach what it writes itself.
            touched_zeros(frames.max(RUN))
        };
        let (combs, allpasses) = (COMBS.map(line), ALLPASSES.map(line));
        let mut ear = Ear { combs, allpasses, first: [0; 12], passed: 0, ahead: 0, dull: Lane::splat(0.0) };
        ear.wrap();
        ear
    }

    /// Brings every place back into its ring.
    fn wrap(&mut self) {
        self.ahead = usize::MAX;
        for (first, line) in self.first.iter_mut().zip(self.combs.iter().chain(&self.allpasses)) {
            *first += self.passed;
            if *first >= line.len() {
                *first -= line.len();
            }
            self.ahead = self.ahead.min(line.len() - *first);
        }
        self.passed = 0;
    }

    /// Moves all places on.
    #[inline(always)]
    fn pass(&mut self, frames: usize) {
        self.passed += frames;
        if frames >= self.ahead {
            self.wrap();
        } else {
            self.ahead -= frames;
        }
    }

    fn places(&self) -> [usize; 12] {
        self.first.map(|first| first + self.passed)
    }

    /// Runs of eight frames. `seen` gathers the bits of all that is kept.
    #[inline(always)]
    fn runs(&mut self, room: &Room, mut input: &[Run], mut output: &mut [Run], seen: &mut u32x8) {
        while !input.is_empty() {
            let straight = (self.ahead / RUN).min(input.len());
            let (x, later) = input.split_at(straight.max(1));
            let (y, after) = output.split_at_mut(straight.max(1));
            if straight > 0 {
                self.straight(room, x, y, seen);
            } else {
                y[0] = self.bent(room, &x[0], seen);
            }
            (input, output) = (later, after);
        }
    }

    /// Runs in which no line wraps: each has its frames in one stretch.
    #[inline(always)]
    fn straight(&mut self, room: &Room, input: &[Run], output: &mut [Run], seen: &mut u32x8) {
        let (at, frames) = (self.places(), input.len() * RUN);
        let mut combs: [&mut [Run]; 8] = stretches(&mut self.combs, &at[..8], frames);
        let mut allpasses: [&mut [Run]; 4] = stretches(&mut self.allpasses, &at[8..], frames);
        let mut dull = self.dull;
        for (j, (x, out)) in input.iter().zip(output).enumerate() {
            let heard: [f32x8; 8] = core::array::from_fn(|k| f32x8::new(combs[k][j]));
            let back = feed_back(room, &mut dull, x, heard, seen);
            for (comb, back) in combs.iter_mut().zip(back) {
                comb[j] = back.to_array();
            }
            let mut y = sum8(heard);
            for line in &mut allpasses {
                let (back, next) = smear(y, f32x8::new(line[j]));
                *seen |= back.to_bits();
                line[j] = back.to_array();
                y = next;
            }
            *out = y.to_array();
        }
        self.dull = dull;
        self.pass(frames);
    }

    /// One run in which a line wraps.
    #[inline(never)]
    fn bent(&mut self, room: &Room, x: &Run, seen: &mut u32x8) -> Run {
        let at = self.places();
        let heard: [f32x8; 8] = core::array::from_fn(|k| load(&self.combs[k], at[k]));
        let back = feed_back(room, &mut self.dull, x, heard, seen);
        for (k, back) in back.into_iter().enumerate() {
            store(&mut self.combs[k], at[k], back);
        }
        let mut y = sum8(heard);
        for (line, at) in self.allpasses.iter_mut().zip(&at[8..]) {
            let (back, next) = smear(y, load(line, *at));
            *seen |= back.to_bits();
            store(line, *at, back);
            y = next;
        }
        self.pass(RUN);
        y.to_array()
    }

    /// One frame, with the arithmetic of [`Ear::straight`].
    #[inline(always)]
    fn one(&mut self, room: &Room, x: f32, seen: &mut u32x8) -> f32 {
        let at = self.places();
        let heard: [f32; 8] = core::array::from_fn(|k| self.combs[k][at[k]]);
        let frame = f32x8::new(heard);
        self.dull = frame * f32x8::splat(1.0 - room.damp) + self.dull * f32x8::splat(room.damp);
        let back = hush(f32x8::splat(x) + self.dull * f32x8::splat(room.feedback));
        *seen |= back.to_bits();
        for (k, x) in back.as_array().iter().enumerate() {
            self.combs[k][at[k]] = *x;
        }
        let mut y = sum8(heard);
        for (k, line) in self.allpasses.iter_mut().enumerate() {
            let (back, next) = smear(y, line[at[8 + k]]);
            *seen |= u32x8::splat(back.to_bits());
            line[at[8 + k]] = back;
            y = next;
        }
        self.pass(1);
        y
    }

    fn clear(&mut self) {
        for line in self.combs.iter_mut().chain(&mut self.allpasses) {
            line.fill(0.0);
        }
        self.dull = Lane::splat(0.0);
    }
}

/// Both ears of the room.
#[derive(Clone, Debug)]
pub struct Freeverb {
    ears: [Ear; 2],
    rest: Rest,
}

impl Freeverb {
    /// An empty room. The lines are scaled from 44.1 kHz to the sample rate.
    pub fn new(sample_rate: f32) -> Freeverb {
        let ears = [Ear::new(sample_rate, 0), Ear::new(sample_rate, SPREAD)];
        let longest = ears[1].combs[7].len();
        Freeverb { ears, rest: Rest::new(longest) }
    }
    /// Whether the room is silent, so that silence in gives silence out and changes nothing.
    pub fn at_rest(&self) -> bool {
        self.rest.asleep()
    }
    /// What both ears hear of the sum of two inputs, without the direct sound. All slices have one length.
    ///
    /// # Realtime Safety
    /// Never allocates. Works in runs of eight frames with a scalar tail of the same bits.
    pub fn process(&mut self, room: &Room, input: [&[f32]; 2], output: [&mut [f32]; 2]) {
        let [left, right] = output;
        let mut seen = u32x8::splat(0);
        let mut at = 0;
        while at < left.len() {
            let end = (at + SPAN * RUN).min(left.len());
            let mut x = [0.0; SPAN * RUN];
            for ((x, l), r) in x.iter_mut().zip(&input[0][at..end]).zip(&input[1][at..end]) {
                *x = settle((*l + *r) * room.gain);
            }
            let (x, tail) = x[..end - at].as_chunks::<RUN>();
            for (ear, out) in self.ears.iter_mut().zip([&mut left[at..end], &mut right[at..end]]) {
                let (out, out_tail) = out.as_chunks_mut::<RUN>();
                ear.runs(room, x, out, &mut seen);
                for (y, x) in out_tail.iter_mut().zip(tail) {
                    *y = ear.one(room, *x, &mut seen);
                }
            }
            at = end;
        }
        let dull = self.ears[0].dull.to_bits() | self.ears[1].dull.to_bits();
        let loud = (seen | dull).as_array().iter().any(|bits| bits << 1 != 0);
        self.rest.count_run(left.len(), loud);
    }
    /// Empties the room.
    pub fn clear(&mut self) {
        if !self.rest.asleep() {
            self.ears.iter_mut().for_each(Ear::clear);
            self.rest.sleep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { feedback: 0.84, damp: 0.2, gain: 0.015 };

    fn noise(i: usize) -> f32 {
        ((i as u32).wrapping_mul(2_654_435_761) >> 8) as f32 / 8_388_608.0 - 1.0
    }

    /// Freeverb written frame by frame from its description, to compare with.
    fn plain(room: &Room, input: &[f32], extra: usize) -> Vec<f32> {
        let mut combs: Vec<(Vec<f32>, usize, f32)> = COMBS.map(|n| (vec![0.0; n + extra], 0, 0.0)).to_vec();
        let mut allpasses: Vec<(Vec<f32>, usize)> = ALLPASSES.map(|n| (vec![0.0; n + extra], 0)).to_vec();
        input
            .iter()
            .map(|x| {
                let x = (x + x) * room.gain;
                let mut y = 0.0;
                for (line, at, store) in &mut combs {
                    let out = line[*at];
                    *store = out * (1.0 - room.damp) + *store * room.damp;
                    line[*at] = x + *store * room.feedback;
                    *at = (*at + 1) % line.len();
                    y += out;
                }
                for (line, at) in &mut allpasses {
                    let late = line[*at];
                    line[*at] = y + late * 0.5;
                    *at = (*at + 1) % line.len();
                    y = late - y;
                }
                y
            })
            .collect()
    }

    #[test]
    fn it_is_freeverb() {
        let input: Vec<f32> = (0..9000).map(noise).collect();
        let mut verb = Freeverb::new(44_100.0);
        let (mut l, mut r) = (vec![0.0; 9000], vec![0.0; 9000]);
        verb.process(&ROOM, [&input, &input], [&mut l, &mut r]);
        for (got, extra) in [(l, 0), (r, SPREAD)] {
            for (i, (a, b)) in got.iter().zip(plain(&ROOM, &input, extra)).enumerate() {
                assert!((a - b).abs() < 2e-5, "frame {i}: {a} {b}");
            }
        }
    }

    #[test]
    fn any_cut_gives_the_same_bits_and_tails_end() {
        let mut once = Freeverb::new(48_000.0);
        let mut cut = once.clone();
        let room = Room { feedback: 0.3, ..ROOM };
        let input: Vec<f32> = (0..40_000).map(|i| if i < 3000 { noise(i) } else { 0.0 }).collect();
        let run = |verb: &mut Freeverb, lens: &[usize]| {
            let (mut l, mut r) = (vec![0.0; input.len()], vec![0.0; input.len()]);
            let (mut at, mut k) = (0, 0);
            while at < input.len() {
                let end = (at + lens[k % lens.len()]).min(input.len());
                verb.process(&room, [&input[at..end], &input[at..end]], [&mut l[at..end], &mut r[at..end]]);
                (at, k) = (end, k + 1);
            }
            (l, r)
        };
        let a = run(&mut once, &[40_000]);
        let b = run(&mut cut, &[1, 7, 8, 64, 3, 129]);
        assert!(a == b);
        assert!(!once.at_rest(), "a piece with sound in it does not rest");
        once.process(&room, [&[0.0; 2000], &[0.0; 2000]], [&mut vec![1.0; 2000], &mut vec![1.0; 2000]]);
        assert!(once.at_rest() && cut.at_rest());
    }
}
