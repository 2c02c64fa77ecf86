//! A feedback delay network whose lines are the lanes of one vector.
//!
//! *Source*: J.-M. Jot and A. Chaigne, "Digital delay networks for designing artificial reverberators" (AES 1991),
//! for gains that follow the length of each line; M. Schroeder 1962 for the all-passes before it.

use crate::delay::{AllpassLine, DelayLine};
use crate::lagrange::{self, POINTS};
use crate::math::{exp2_lanes, sin_phase};
use crate::tail::{Rest, settle};
use crate::{Lane, LaneBits};

/// The shortest and longest line in seconds at size 1.
const LENGTHS_SECS: (f32, f32) = (0.0313, 0.0971);
/// The largest size.
pub const MAX_SIZE: f32 = 2.0;
/// The farthest a line's length swings, in seconds.
const SWING_SECS: f32 = 0.0006;
/// The all-passes before the network, in seconds, left and right.
const DIFFUSERS_SECS: [[f32; 4]; 2] = [[0.00473, 0.00361, 0.01273, 0.00931], [0.00457, 0.00389, 0.01217, 0.00967]];

/// Slower than this nothing enters: a room does not answer to direct current, and its lines would add it up.
const LOWEST_HZ: f32 = 10.0;

/// What the sound of the room hangs on, but for its size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Space {
    /// Frames before the first reflection.
    pub predelay: usize,
    /// Seconds for 60 dB: lows, middle, highs.
    pub decay_secs: [f32; 3],
    /// Where the bands meet, as tan(πf / sample rate).
    pub corners: [f32; 2],
    /// 0 to 1: how far single echoes are smeared.
    pub diffusion: f32,
    /// 0 to 1: how far the lines swing.
    pub swing: f32,
    /// Mean cycles of the swing in a frame, as a wrapping phase.
    pub step: u32,
    /// 0 to 1: at 1 nothing enters and nothing decays.
    pub freeze: f32,
}

/// What follows from [`Space`] and the size for each line.
#[derive(Clone, Copy, Debug, Default)]
struct Gains<L> {
    low: L,
    mid: L,
    high: L,
    /// One-pole low-passes at the corners, in trapezoidal form.
    corners: [f32; 2],
    enter: f32,
}

/// How fast each line swings: the mean of all is `step`, and no two swing together.
fn steps<L: Lane>(step: u32) -> L::Bits {
    let spread = |line: usize| 0.7 + 0.6 * ((line * 5 + 3) % L::WIDTH) as f32 / (L::WIDTH - 1).max(1) as f32;
    L::Bits::from_fn(|i| (step as f32 * spread(i)) as u32)
}

/// A network of as many lines as `L` has lanes.
#[derive(Clone, Debug)]
pub struct Fdn<L: Lane> {
    sample_rate: f32,
    /// What moves too slowly to enter, and how fast it follows.
    slow: [f32; 2],
    follow: f32,
    predelay: [DelayLine; 2],
    diffusers: [[AllpassLine; 4]; 2],
    lines: Vec<DelayLine>,
    /// Length of each line in frames at size 1.
    frames: L,
    bands: [L; 2],
    phase: L::Bits,
    steps: L::Bits,
    gains: Gains<L>,
    rest: Rest,
}

fn first_phase<L: Lane>() -> L::Bits {
    // The golden ratio spreads any number of phases evenly.
    L::Bits::from_fn(|i| (i as u32).wrapping_mul(2_654_435_769))
}

/// Every line into every line, energy kept (Sylvester's Hadamard matrix, scaled).
#[inline(always)]
fn hadamard<L: Lane>(x: L) -> L {
    let mut a: [f32; 16] = core::array::from_fn(|i| if i < L::WIDTH { x.get(i) } else { 0.0 });
    let mut half = 1;
    while half < L::WIDTH {
        for block in a[..L::WIDTH].chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (l, h) in low.iter_mut().zip(high) {
                (*l, *h) = (*l + *h, *l - *h);
            }
        }
        half *= 2;
    }
    let scale = 1.0 / (L::WIDTH as f32).sqrt();
    L::from_fn(|i| a[i] * scale)
}

impl<L: Lane> Fdn<L> {
    /// A silent room. # Panics: never; `L` has 8 or 16 lanes, fewer work as well.
    pub fn new(sample_rate: f32, longest_predelay: usize) -> Fdn<L> {
        let (short, long) = LENGTHS_SECS;
        let last = (L::WIDTH - 1).max(1) as f32;
        let frames = L::from_fn(|i| {
            // Evenly spread in ratio, then moved a little so that no two lines share an echo.
            let even = short * crate::math::pow(long / short, i as f32 / last);
            let moved = 1.0 + 0.02 * crate::math::sin(7.0 * i as f32 + 1.0);
            (even * moved * sample_rate).round()
        });
        let most = long * 1.02 * MAX_SIZE + SWING_SECS;
        let line_len = (most * sample_rate) as usize + 2 * POINTS;
        let allpass = |secs: f32| {
            let n = (secs * sample_rate) as usize;
            AllpassLine::new(n, n)
        };
        let predelay = [0, 1].map(|_| DelayLine::new(longest_predelay.max(1)));
        let longest = line_len.max(predelay[0].longest());
        Fdn {
            sample_rate,
            slow: [0.0; 2],
            follow: 1.0 - crate::math::exp(-core::f32::consts::TAU * LOWEST_HZ / sample_rate),
            predelay,
            diffusers: DIFFUSERS_SECS.map(|side| side.map(allpass)),
            lines: (0..L::WIDTH).map(|_| DelayLine::new(line_len)).collect(),
            frames,
            bands: [L::splat(0.0); 2],
            phase: first_phase::<L>(),
            steps: L::Bits::splat(0),
            gains: Gains::default(),
            rest: Rest::new(longest),
        }
    }
    /// Whether the room is silent: silence in gives silence out and changes nothing.
    #[inline(always)]
    pub fn asleep(&self) -> bool {
        self.rest.asleep()
    }
    /// Sets what follows from the space and the size. To be called on the grid, and when the room wakes.
    pub fn tune(&mut self, space: &Space, size: f32) {
        let secs = self.frames * L::splat(size / self.sample_rate);
        let hold = L::splat(space.freeze);
        let gain = |decay: f32| {
            // 60 dB are log2(1000) octaves.
            let g = exp2_lanes(secs * L::splat(-9.965_784 / decay.max(1.0e-3)));
            g + (L::splat(1.0) - g) * hold
        };
        self.steps = steps::<L>(space.step);
        let mid = gain(space.decay_secs[1]);
        // A long tail piles up more sound: part of that is taken from what enters.
        let mean = mid.sum() / L::WIDTH as f32;
        let enter = crate::math::pow((1.0 - mean * mean).max(0.0), 0.3) * (1.0 - space.freeze);
        self.gains = Gains {
            low: gain(space.decay_secs[0]),
            mid,
            high: gain(space.decay_secs[2]),
            corners: space.corners.map(|g| g / (1.0 + g)),
            enter,
        };
    }
    /// What both ears hear of one frame. Silence into a room at rest changes nothing.
    #[inline(always)]
    pub fn next(&mut self, x: [f32; 2], space: &Space, size: f32) -> [f32; 2] {
        if self.rest.asleep() && x == [0.0; 2] {
            return [0.0; 2];
        }
        let mut loud = false;
        let mut entering = [0.0; 2];
        for side in 0..2 {
            self.slow[side] = settle(self.slow[side] + (x[side] - self.slow[side]) * self.follow);
            let quick = x[side] - self.slow[side];
            loud |= self.predelay[side].push(quick) != 0.0 || self.slow[side] != 0.0;
            let mut y = self.predelay[side].tap(space.predelay + 1);
            for diffuser in &mut self.diffusers[side] {
                y = diffuser.next(y, 0.7 * space.diffusion);
                loud |= diffuser.line.tap(1) != 0.0;
            }
            entering[side] = y * self.gains.enter;
        }
        let y = self.absorb(self.read(space, size));
        self.phase = self.phase.wrapping_add(self.steps);
        let kept = settle(hadamard(y) + L::from_fn(|i| entering[i % 2]));
        for (i, line) in self.lines.iter_mut().enumerate() {
            line.push_settled(kept.get(i));
        }
        loud |= L::any(kept.abs().gt(L::splat(0.0)));
        loud |= L::any(self.bands[0].abs().gt(L::splat(0.0)) | self.bands[1].abs().gt(L::splat(0.0)));
        let heard = Self::listen(y);
        if self.rest.count(loud) {
            self.clear();
        }
        heard
    }
    /// The ends of all lines, where they stand in their swing. A sound passes here some sixteen times a second: what
    /// the interpolation loses counts as often.
    #[inline(always)]
    fn read(&self, space: &Space, size: f32) -> L {
        let swing = SWING_SECS * self.sample_rate * space.swing;
        let length = self.frames * L::splat(size);
        // The swing is added to the part behind the point only, where floats are fine enough for it.
        let whole = length.floor();
        let part = (length - whole) + sin_phase::<L>(self.phase) * L::splat(swing);
        let more = part.floor();
        let f = part - more;
        let most = (self.lines[0].longest() - POINTS) as f32;
        let back = (whole + more).clamp((POINTS / 2) as f32, most).to_int();
        // A stretch begins with the farthest frame, so that `f` goes towards its beginning.
        L::from_fn(|i| match self.lines.get(i) {
            Some(line) => lagrange::between(&line.stretch(back.get(i) as usize + 1 - POINTS / 2), f.get(i)),
            None => 0.0,
        })
    }
    /// Three bands, each with its own loss.
    #[inline(always)]
    fn absorb(&mut self, x: L) -> L {
        let mut lows = [x; 2];
        for ((low, state), corner) in lows.iter_mut().zip(&mut self.bands).zip(self.gains.corners) {
            let v = (x - *state) * L::splat(corner);
            *low = v + *state;
            *state = settle(*low + v);
        }
        let [low, lower] = lows;
        self.gains.low * low + self.gains.mid * (lower - low) + self.gains.high * (x - lower)
    }
    /// Even lines to the left, odd ones to the right, with signs that keep them from adding up.
    #[inline(always)]
    fn listen(y: L) -> [f32; 2] {
        let mut sums = [0.0; 2];
        for i in 0..L::WIDTH {
            sums[i % 2] += if i % 4 < 2 { y.get(i) } else { -y.get(i) };
        }
        let scale = (2.0 / L::WIDTH as f32).sqrt();
        sums.map(|s| s * scale)
    }
    /// Puts the room into the state of a new one.
    pub fn clear(&mut self) {
        let lines = self.predelay.iter_mut().chain(&mut self.lines);
        lines.chain(self.diffusers.iter_mut().flatten().map(|d| &mut d.line)).for_each(DelayLine::clear);
        self.bands = [L::splat(0.0); 2];
        self.slow = [0.0; 2];
        self.phase = first_phase::<L>();
        self.rest.sleep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Wide, f32x8};

    fn space(decay_secs: [f32; 3]) -> Space {
        let corners = [0.03, 0.7];
        Space { predelay: 0, decay_secs, corners, diffusion: 1.0, swing: 0.3, step: 90_000, freeze: 0.0 }
    }

    fn fall_db<L: Lane>(space: &Space) -> f64 {
        let mut fdn = Fdn::<L>::new(24_000.0, 10);
        fdn.tune(space, 1.0);
        fdn.next([1.0, 0.5], space, 1.0);
        let mut energy = |frames: usize| -> f64 {
            (0..frames).map(|_| fdn.next([0.0; 2], space, 1.0).iter().map(|y| f64::from(*y).powi(2)).sum::<f64>()).sum()
        };
        energy(6_000);
        10.0 * (energy(6_000) / energy(6_000)).log10()
    }

    #[test]
    fn the_mixing_keeps_energy() {
        let x: Wide = Lane::from_fn(|i| (i as f32 * 1.7).sin());
        let y = hadamard(x);
        assert!(((x * x).sum() - (y * y).sum()).abs() < 1e-5);
    }

    #[test]
    fn tails_fall_by_the_stated_decay() {
        for secs in [0.5f32, 3.0] {
            let want = 60.0 * 0.25 / f64::from(secs);
            // Without swing all places are whole frames, and reading them loses nothing of the highs.
            let space = Space { swing: 0.0, ..space([secs; 3]) };
            for got in [fall_db::<f32x8>(&space), fall_db::<Wide>(&space)] {
                assert!((got / want - 1.0).abs() < 0.1, "{secs} s: {got} dB in a quarter second, not {want}");
            }
        }
        assert!(fall_db::<Wide>(&space([3.0, 3.0, 0.2])) > fall_db::<Wide>(&space([3.0; 3])), "highs fall first");
    }

    #[test]
    fn direct_current_does_not_pile_up() {
        for secs in [3.0, 60.0] {
            let space = space([secs; 3]);
            let mut fdn = Fdn::<Wide>::new(24_000.0, 10);
            fdn.tune(&space, 1.0);
            let most = (0..48_000).map(|_| fdn.next([0.1; 2], &space, 1.0)).skip(24_000);
            let most = most.flatten().fold(0f32, |m, y| m.max(y.abs()));
            assert!(most < 0.1, "{secs} s: {most}");
        }
    }

    #[test]
    fn a_frozen_room_neither_grows_nor_fades() {
        let mut fdn = Fdn::<Wide>::new(24_000.0, 10);
        let open = Space { swing: 0.0, ..space([2.0; 3]) };
        fdn.tune(&open, 1.0);
        for i in 0..2000 {
            fdn.next([(i as f32 * 0.05).sin(); 2], &open, 1.0);
        }
        let frozen = Space { freeze: 1.0, ..open };
        fdn.tune(&frozen, 1.0);
        let mut energy = || -> f32 {
            (0..24_000).map(|_| fdn.next([1.0; 2], &frozen, 1.0).iter().map(|y| y * y).sum::<f32>()).sum()
        };
        let first = energy();
        for _ in 0..4 {
            let later = energy();
            assert!((later / first).log10().abs() < 0.1, "{first} {later}");
        }
    }

    #[test]
    fn it_falls_asleep_as_new() {
        let space = space([0.05; 3]);
        let mut fdn = Fdn::<f32x8>::new(24_000.0, 10);
        fdn.tune(&space, 0.3);
        let run = |fdn: &mut Fdn<f32x8>| -> Vec<[f32; 2]> {
            (0..2000).map(|i| fdn.next([if i < 9 { 0.5 } else { 0.0 }; 2], &space, 0.3)).collect()
        };
        let first = run(&mut fdn);
        for _ in 0..36_000 {
            fdn.next([0.0; 2], &space, 0.3);
        }
        assert!(fdn.asleep());
        assert!(run(&mut fdn) == first);
    }
}
