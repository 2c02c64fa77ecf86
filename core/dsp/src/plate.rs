//! A plate: diffused input into a figure of eight of modulated all-passes and delays.
//!
//! *Source*: J. Dattorro, "Effect Design, Part 1: Reverberator and Other Filters", J. Audio Eng. Soc. 45 (1997),
//! figure 1 and tables 1 and 2.

use crate::delay::{AllpassLine, DelayLine};
use crate::math::sin_phase;
use crate::tail::{Rest, settle};

/// The sample rate for which the paper gives lengths in frames.
const PAPER_RATE: f32 = 29_761.0;
/// The input diffusers.
const DIFFUSERS: [usize; 4] = [142, 107, 379, 277];
/// One half of the tank: moving all-pass, delay, all-pass, delay.
const HALVES: [[usize; 4]; 2] = [[672, 4453, 1800, 3720], [908, 4217, 2656, 3163]];
/// The farthest that the moving all-passes swing, in frames at the paper's rate.
const SWING: f32 = 16.0;
/// All lengths of the tank together, in seconds: once round the figure of eight.
pub const ROUND_SECS: f32 = 21_589.0 / PAPER_RATE;

/// What the sound of the plate hangs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// Frames before the first reflection.
    pub predelay: usize,
    /// How much of a new frame the low-pass at the input takes, 0 to 1.
    pub bandwidth: f32,
    /// How much of the old the low-pass in the tank keeps, 0 to 1.
    pub damping: f32,
    /// The gain at each of the four places round the tank, below 1.
    pub decay: f32,
    /// 0 to 1: how far single echoes are smeared; 1 is as in the paper.
    pub diffusion: f32,
    /// 0 to 1: how far the moving all-passes swing; 0.5 is as in the paper.
    pub swing: f32,
    /// Cycles of the swing in a frame, as a wrapping phase.
    pub step: u32,
}

impl Tone {
    /// The gain for which the tail falls by 60 dB in so many seconds.
    pub fn decay_of(secs: f32) -> f32 {
        // Four gains in one round; 60 dB are log2(1000) = 9.966 octaves.
        crate::math::exp2(-9.965_784 * ROUND_SECS / (4.0 * secs.max(1.0e-3))).min(0.9999)
    }
}

#[derive(Clone, Debug)]
struct Half {
    moving: AllpassLine,
    moving_len: f32,
    long: DelayLine,
    long_len: usize,
    dull: f32,
    still: AllpassLine,
    tail: DelayLine,
    tail_len: usize,
}

impl Half {
    fn new(lens: [usize; 4], scale: f32) -> Half {
        let frames = |n: usize| (n as f32 * scale).round() as usize;
        let [moving, long, still, tail] = lens.map(frames);
        Half {
            moving: AllpassLine::new(moving, moving + (SWING * scale) as usize + 5),
            moving_len: moving as f32,
            long: DelayLine::new(long),
            long_len: long,
            dull: 0.0,
            still: AllpassLine::new(still, still),
            tail: DelayLine::new(tail),
            tail_len: tail,
        }
    }
    /// One frame in; whether anything is kept of it.
    #[inline(always)]
    fn next(&mut self, x: f32, tone: &Tone, swing: f32) -> bool {
        let smear = 0.7 * tone.diffusion;
        // The sign of this one is turned in the paper's figure.
        let a = self.moving.next_at(x, -smear, self.moving_len + swing);
        let late = self.long.tap(self.long_len);
        let kept_long = self.long.push(a);
        self.dull = settle(late + (self.dull - late) * tone.damping);
        let second = (tone.decay + 0.15).clamp(0.25, 0.5) * tone.diffusion;
        let b = self.still.next(self.dull * tone.decay, second);
        let kept_tail = self.tail.push(b);
        let kept = [self.moving.line.tap(1), kept_long, self.dull, self.still.line.tap(1), kept_tail];
        kept.iter().any(|x| *x != 0.0)
    }
    fn clear(&mut self) {
        for line in [&mut self.moving.line, &mut self.long, &mut self.still.line, &mut self.tail] {
            line.clear();
        }
        self.dull = 0.0;
    }
}

/// Where the ears listen: frames back at the paper's rate in the long delay, the still all-pass and the tail of
/// each half, with the sign of each (table 2, for the left ear; the right ear swaps the halves).
const TAPS: [[usize; 7]; 2] = [[266, 2974, 1913, 1996, 1990, 187, 1066], [353, 3627, 1228, 2673, 2111, 335, 121]];

/// The whole plate.
#[derive(Clone, Debug)]
pub struct Plate {
    predelay: DelayLine,
    band: f32,
    diffusers: [AllpassLine; 4],
    halves: [Half; 2],
    taps: [[usize; 7]; 2],
    scale: f32,
    phase: u32,
    rest: Rest,
}

impl Plate {
    /// A silent plate that can wait so many frames before it answers.
    pub fn new(sample_rate: f32, longest_predelay: usize) -> Plate {
        let scale = sample_rate / PAPER_RATE;
        let frames = |n: usize| ((n as f32 * scale).round() as usize).max(1);
        let predelay = DelayLine::new(longest_predelay.max(1));
        let longest = predelay.longest().max(frames(4453) + 1);
        Plate {
            predelay,
            band: 0.0,
            diffusers: DIFFUSERS.map(|n| AllpassLine::new(frames(n), frames(n))),
            halves: HALVES.map(|lens| Half::new(lens, scale)),
            taps: TAPS.map(|ear| ear.map(frames)),
            scale,
            phase: 0,
            rest: Rest::new(longest),
        }
    }
    /// Whether the plate is silent: silence in gives silence out and changes nothing.
    #[inline(always)]
    pub fn asleep(&self) -> bool {
        self.rest.asleep()
    }
    /// What both ears hear of one frame. Silence into a plate at rest changes nothing.
    #[inline(always)]
    pub fn next(&mut self, x: f32, tone: &Tone) -> [f32; 2] {
        if self.rest.asleep() && x == 0.0 {
            return [0.0; 2];
        }
        let entered = self.predelay.push(x);
        // A predelay of none hears the frame just pushed.
        let late = self.predelay.tap(tone.predelay + 1);
        self.band = settle(self.band + (late - self.band) * tone.bandwidth);
        let [first, second] = [0.75 * tone.diffusion, 0.625 * tone.diffusion];
        let mut y = self.band;
        for (diffuser, g) in self.diffusers.iter_mut().zip([first, first, second, second]) {
            y = diffuser.next(y, g);
        }
        self.phase = self.phase.wrapping_add(tone.step);
        let width = SWING * self.scale * tone.swing;
        let swings = [sin_phase::<f32>(self.phase), sin_phase::<f32>(self.phase.wrapping_add(1 << 30))];
        let back = [1, 0].map(|other: usize| {
            let half = &self.halves[other];
            half.tail.tap(half.tail_len) * tone.decay
        });
        let mut loud = entered != 0.0 || self.band != 0.0;
        loud |= self.diffusers.iter().any(|d| d.line.tap(1) != 0.0);
        for (i, half) in self.halves.iter_mut().enumerate() {
            loud |= half.next(y + back[i], tone, swings[i] * width);
        }
        let heard = [self.listen(0), self.listen(1)];
        if self.rest.count(loud) {
            self.clear();
        }
        heard
    }
    #[inline(always)]
    fn listen(&self, ear: usize) -> f32 {
        let t = &self.taps[ear];
        // The left ear hears mostly the right half of the tank, and the other way round.
        let (far, near) = (&self.halves[1 - ear], &self.halves[ear]);
        let sum = far.long.tap(t[0]) + far.long.tap(t[1]) - far.still.line.tap(t[2]) + far.tail.tap(t[3])
            - near.long.tap(t[4])
            - near.still.line.tap(t[5])
            - near.tail.tap(t[6]);
        0.6 * sum
    }
    /// Puts the plate into the state of a new one.
    pub fn clear(&mut self) {
        self.predelay.clear();
        self.band = 0.0;
        self.diffusers.iter_mut().for_each(|d| d.line.clear());
        self.halves.iter_mut().for_each(Half::clear);
        self.phase = 0;
        self.rest.sleep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(decay: f32) -> Tone {
        let decay = Tone::decay_of(decay);
        Tone { predelay: 0, bandwidth: 0.9995, damping: 0.0005, decay, diffusion: 1.0, swing: 0.5, step: 90_000 }
    }

    fn energy(plate: &mut Plate, tone: &Tone, frames: usize) -> f64 {
        (0..frames).map(|_| plate.next(0.0, tone).iter().map(|y| f64::from(*y).powi(2)).sum::<f64>()).sum()
    }

    #[test]
    fn the_tail_falls_by_the_stated_decay() {
        // The all-passes ring by themselves for half a second: below that the decay says little.
        for secs in [1.0, 4.0] {
            let mut plate = Plate::new(24_000.0, 100);
            plate.next(1.0, &tone(secs));
            energy(&mut plate, &tone(secs), 12_000);
            let early = energy(&mut plate, &tone(secs), 12_000);
            let late = energy(&mut plate, &tone(secs), 12_000);
            let fall = 10.0 * (early / late).log10();
            let want = 60.0 * 0.5 / f64::from(secs);
            assert!((fall / want - 1.0).abs() < 0.15, "{secs} s: {fall} dB in half a second, not {want}");
        }
    }

    #[test]
    fn it_falls_asleep_as_new() {
        let mut plate = Plate::new(24_000.0, 100);
        let run = |plate: &mut Plate| -> Vec<[f32; 2]> {
            (0..3000).map(|i| plate.next(if i < 9 { 0.5 } else { 0.0 }, &tone(0.1))).collect()
        };
        let first = run(&mut plate);
        for _ in 0..72_000 {
            plate.next(0.0, &tone(0.1));
        }
        assert!(plate.asleep());
        assert!(run(&mut plate) == first);
    }
}
