//! A band-limited step without delay: what turns the naive jump of an oscillator into a clean one.

use crate::fourier::Fourier;
use crate::lane::Lane;

/// Frames after a jump in which its correction sounds.
pub const TAPS: usize = 32;
/// Positions between two frames at which the correction is stored.
const SUB: usize = 32;
/// Zero crossings of the sinc on each side.
const ZEROS: usize = 10;
/// The corner of the step in cycles a frame: the window's slope ends near Nyquist.
const CUTOFF: f64 = 0.45;

/// The difference between a minimum-phase band-limited step and the jump itself, from the jump on.
///
/// *Source:* E. Brandt, "Hard Sync Without Aliasing", ICMC 2001.
#[derive(Debug)]
pub struct MinBlep {
    residual: Box<[f32]>,
}

impl Default for MinBlep {
    fn default() -> Self {
        Self::new()
    }
}

impl MinBlep {
    /// Computes the step. Runs on the control thread.
    pub fn new() -> MinBlep {
        let impulse = minimum_phase(&windowed_sinc());
        let total: f64 = impulse[..TAPS * SUB].iter().sum();
        let mut sum = 0.0;
        let mut residual = vec![0.0; TAPS * SUB + 1];
        for (r, x) in residual.iter_mut().zip(&impulse[..TAPS * SUB]) {
            // The step takes half of the present slice: a value at its middle.
            *r = ((sum + 0.5 * x) / total - 1.0) as f32;
            sum += x;
        }
        MinBlep { residual: residual.into_boxed_slice() }
    }

    /// The correction for a jump of height 1 that happened `frames` ago (0 to [`TAPS`]); 0 outside.
    #[inline]
    pub fn at(&self, frames: f32) -> f32 {
        let x = frames * SUB as f32;
        let i = x as usize;
        match (self.residual.get(i), self.residual.get(i + 1)) {
            (Some(a), Some(b)) => a + (b - a) * (x - i as f32),
            _ => 0.0,
        }
    }
}

fn windowed_sinc() -> Vec<f64> {
    use core::f64::consts::TAU;
    // One zero crossing is 1 / (2 cutoff) frames.
    let half = (ZEROS as f64 * SUB as f64 / (2.0 * CUTOFF)) as i64;
    let point = |i: i64| {
        let x = 2.0 * CUTOFF * i as f64 / SUB as f64 * core::f64::consts::PI;
        let sinc = if i == 0 { 1.0 } else { libm::sin(x) / x };
        let w = TAU * (i + half) as f64 / (2 * half) as f64;
        sinc * (0.42 - 0.5 * libm::cos(w) + 0.08 * libm::cos(2.0 * w))
    };
    (-half..=half).map(point).collect()
}

/// The impulse with the same magnitudes and the least delay, through its folded cepstrum.
fn minimum_phase(impulse: &[f64]) -> Vec<f64> {
    let len = (impulse.len() * 4).next_power_of_two();
    let fourier = Fourier::new(len);
    let (mut re, mut im) = (vec![0.0; len], vec![0.0; len]);
    re[..impulse.len()].copy_from_slice(impulse);
    fourier.forward(&mut re, &mut im);
    for (a, b) in re.iter_mut().zip(&mut im) {
        // Zeros of the stop band are raised to −140 dB so that they have logarithms.
        *a = libm::log(libm::sqrt(*a * *a + *b * *b).max(SUB as f64 * 1e-7));
        *b = 0.0;
    }
    fourier.inverse(&mut re, &mut im);
    let scale = 1.0 / len as f64;
    for i in 0..len {
        let fold = if i == 0 || i == len / 2 {
            1.0
        } else if i < len / 2 {
            2.0
        } else {
            0.0
        };
        (re[i], im[i]) = (re[i] * scale * fold, 0.0);
    }
    fourier.forward(&mut re, &mut im);
    for (a, b) in re.iter_mut().zip(&mut im) {
        let magnitude = libm::exp(*a);
        (*a, *b) = (magnitude * libm::cos(*b), magnitude * libm::sin(*b));
    }
    fourier.inverse(&mut re, &mut im);
    re
}

/// Corrections still to sound, in every lane.
#[derive(Clone, Copy, Debug)]
pub struct Tail<L> {
    ring: [L; TAPS],
    at: usize,
    /// Frames until nothing is left of the last jump.
    left: u32,
}

impl<L: Lane> Default for Tail<L> {
    fn default() -> Self {
        Tail { ring: [L::splat(0.0); TAPS], at: 0, left: 0 }
    }
}

impl<L: Lane> Tail<L> {
    /// Adds the correction of a jump in one lane that happened `ago` frames before the present one (0 to 1).
    pub fn jump(&mut self, blep: &MinBlep, lane: usize, height: f32, ago: f32) {
        self.left = TAPS as u32;
        for k in 0..TAPS {
            let slot = &mut self.ring[(self.at + k) % TAPS];
            slot.set(lane, slot.get(lane) + height * blep.at(k as f32 + ago));
        }
    }
    /// The correction of the present frame; moves on to the next.
    #[inline(always)]
    pub fn frame(&mut self) -> L {
        let slot = &mut self.ring[self.at % TAPS];
        let x = *slot;
        *slot = L::splat(0.0);
        self.at = (self.at + 1) % TAPS;
        self.left = self.left.saturating_sub(1);
        x
    }
    /// Forgets the corrections of some lanes.
    pub fn reset(&mut self, lanes: u32) {
        if self.left == 0 {
            return;
        }
        let keep = L::mask_from_bits(!lanes);
        for slot in &mut self.ring {
            *slot = L::select(keep, *slot, L::splat(0.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_starts_below_and_settles() {
        let blep = MinBlep::new();
        assert!((blep.at(0.0) + 1.0).abs() < 0.01, "{}", blep.at(0.0));
        assert!(blep.at(TAPS as f32 - 0.5).abs() < 2e-3);
        // Overshoot of a steep low-pass, and no more.
        let most = (0..TAPS * SUB).map(|i| blep.at(i as f32 / SUB as f32)).fold(0.0, f32::max);
        assert!(most < 0.35, "{most}");
        assert_eq!(blep.at(1e9), 0.0);
    }

    #[test]
    fn a_tail_sounds_once() {
        let blep = MinBlep::new();
        let mut tail = Tail::<f32>::default();
        tail.jump(&blep, 0, 2.0, 0.25);
        for k in 0..TAPS {
            assert_eq!(tail.frame(), 2.0 * blep.at(k as f32 + 0.25));
        }
        assert_eq!(tail.frame(), 0.0);
    }
}
