//! One second-order filter for a long series of them: eight frames at a time.
//!
//! A recursion by the frame waits on its own arithmetic: four cycles a frame at best. Here the state moves on once in
//! eight frames, and what lies between is a sum of products without recursion: with the state `s` at the start of the
//! eight, `y[k] = o[k]·s + h[k] x[0] + … + h[0] x[k]` and `s' = A⁸ s + r[0] x[0] + … + r[7] x[7]`. The eights start at
//! absolute frames divisible by eight, and every sum has one fixed order, so no cut of a block changes a bit.
//! The state is that of the trapezoidal state-variable filter, which stays bounded while coefficients jump.

use crate::rbj::Prototype;
use crate::rest::{self, SETTLE};
use crate::{Lane, Wide, f32x8};
use wide::f32x4;

/// Coefficients change at absolute frames divisible by this only.
pub const BLOCK: usize = 8;

/// The coefficients of one filter.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Section<L> {
    /// Eight zeros, then the impulse response: column `j` of the sum is the eight from `8 - j` on.
    h: [L; 16],
    /// What each of the two states adds to each frame.
    o: [[L; 8]; 2],
    /// What frames `2i` and `2i + 1` add to the two states.
    r: [[L; 4]; 4],
    /// The columns of the transition over eight frames, padded for vectors.
    a: [[L; 4]; 2],
}

/// The state of one channel: two integrators, and the frames of an eight that is not complete.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory<L> {
    s: [L; 2],
    x: [L; BLOCK],
}

impl<L: Lane> Section<L> {
    /// The coefficients for a prototype.
    #[inline(never)]
    pub fn new(p: &Prototype<L>) -> Section<L> {
        let (zero, two, half) = (L::splat(0.0), L::splat(2.0), L::splat(0.5));
        let (c, [m0, m1, m2]) = (&p.core, p.mix);
        // The transition less the identity: differences keep their precision where the cutoff is low.
        let d = [[-c.loss, -c.cross], [c.cross, -c.inner]];
        let b = [c.cross * half, c.inner * half];
        let mut row = [m2.mul_add(c.cross, m1 * (two - c.loss)), m2.mul_add(two - c.inner, -(m1 * c.cross))];
        let mut section = Section { h: [zero; 16], o: [[zero; 8]; 2], r: [[zero; 4]; 4], a: [[zero; 4]; 2] };
        section.h[8] = m2.mul_add(b[1], m1.mul_add(b[0], m0));
        let mut column = b;
        for k in 0..BLOCK {
            [section.o[0][k], section.o[1][k]] = row;
            if k + 1 < BLOCK {
                section.h[9 + k] = row[1].mul_add(b[1], row[0] * b[0]);
            }
            // Frame 7 enters the next state as it is, frame 0 after seven transitions.
            let j = BLOCK - 1 - k;
            [section.r[j / 2][j % 2 * 2], section.r[j / 2][j % 2 * 2 + 1]] = column;
            row = [
                d[1][0].mul_add(row[1], d[0][0].mul_add(row[0], row[0])),
                d[1][1].mul_add(row[1], d[0][1].mul_add(row[0], row[1])),
            ];
            column = [
                d[0][1].mul_add(column[1], d[0][0].mul_add(column[0], column[0])),
                d[1][1].mul_add(column[1], d[1][0].mul_add(column[0], column[1])),
            ];
        }
        // (I + D)² = I + (2D + D²), three times.
        let mut e = d;
        for _ in 0..3 {
            let product = |i: usize, j: usize| e[i][1].mul_add(e[1][j], e[i][0].mul_add(e[0][j], e[i][j] + e[i][j]));
            e = [[product(0, 0), product(0, 1)], [product(1, 0), product(1, 1)]];
        }
        let one = L::splat(1.0);
        section.a = [[one + e[0][0], e[1][0], zero, zero], [e[0][1], one + e[1][1], zero, zero]];
        section
    }

    /// Frame `k` of an eight. Adding zero makes −0 into 0, whichever way the sum came about.
    #[inline(always)]
    fn frame(&self, memory: &Memory<L>, k: usize) -> L {
        let mut sum = self.h[8 + k] * memory.x[0];
        for j in 1..=k {
            sum = self.h[8 + k - j].mul_add(memory.x[j], sum);
        }
        sum = self.o[0][k].mul_add(memory.s[0], sum);
        self.o[1][k].mul_add(memory.s[1], sum) + L::splat(0.0)
    }

    /// The state at the end of an eight.
    #[inline(always)]
    fn advance(&self, memory: &Memory<L>) -> [L; 2] {
        core::array::from_fn(|n| {
            let (mut even, mut odd) = (self.r[0][n] * memory.x[0], self.r[0][n + 2] * memory.x[1]);
            for i in 1..4 {
                even = self.r[i][n].mul_add(memory.x[2 * i], even);
                odd = self.r[i][n + 2].mul_add(memory.x[2 * i + 1], odd);
            }
            self.a[1][n].mul_add(memory.s[1], self.a[0][n].mul_add(memory.s[0], even + odd))
        })
    }
}

/// A lane type with a way through whole eights.
pub trait BiquadLane: Lane {
    /// Filters whole eights; `x` and `y` have the same length.
    fn eights(section: &Section<Self>, memory: &mut Memory<Self>, x: &[Self], y: &mut [Self]) {
        for (x, y) in x.chunks_exact(BLOCK).zip(y.chunks_exact_mut(BLOCK)) {
            memory.x.copy_from_slice(x);
            for (k, y) in y.iter_mut().enumerate() {
                *y = section.frame(memory, k);
            }
            memory.s = section.advance(memory);
        }
        memory.x = [Self::splat(0.0); BLOCK];
    }
}

impl BiquadLane for f32x8 {}
impl BiquadLane for Wide {}
impl BiquadLane for f32 {
    /// The same sums as a vector over the eight frames.
    #[inline]
    fn eights(section: &Section<f32>, memory: &mut Memory<f32>, x: &[f32], y: &mut [f32]) {
        let four = f32x4::new;
        let h: [f32x8; 8] = core::array::from_fn(|j| f32x8::new(chunk(&section.h[8 - j..])));
        let o = section.o.map(f32x8::new);
        let (r, a) = (section.r.map(four), section.a.map(four));
        let mut s = four([memory.s[0], memory.s[1], 0.0, 0.0]);
        for (x, y) in x.chunks_exact(BLOCK).zip(y.chunks_exact_mut(BLOCK)) {
            let (lo, hi) = (four(chunk(x)), four(chunk(&x[4..])));
            let mut n = r[0] * lo.unpack_lo(lo);
            n = fused(r[1], lo.unpack_hi(lo), n);
            n = fused(r[2], hi.unpack_lo(hi), n);
            n = fused(r[3], hi.unpack_hi(hi), n);
            let [even0, even1, odd0, odd1] = *n.as_array();
            let n = four([even0, even1, 0.0, 0.0]) + four([odd0, odd1, 0.0, 0.0]);
            let mut sum = h[0] * f32x8::splat(x[0]);
            for j in 1..BLOCK {
                sum = Lane::mul_add(h[j], f32x8::splat(x[j]), sum);
            }
            let [s0, s1, ..] = *s.as_array();
            sum = Lane::mul_add(o[0], f32x8::splat(s0), sum);
            sum = Lane::mul_add(o[1], f32x8::splat(s1), sum) + f32x8::splat(0.0);
            s = fused(a[1], f32x4::splat(s1), fused(a[0], f32x4::splat(s0), n));
            y.copy_from_slice(sum.as_array());
        }
        let [s0, s1, ..] = *s.as_array();
        memory.s = [s0, s1];
        memory.x = [0.0; BLOCK];
    }
}

/// The first floats of a slice, in one load; zeros where it is too short.
#[inline(always)]
fn chunk<const N: usize>(x: &[f32]) -> [f32; N] {
    x.first_chunk().copied().unwrap_or([0.0; N])
}

/// `a * b + c`, rounded once, whatever the build.
#[inline(always)]
fn fused(a: f32x4, b: f32x4, c: f32x4) -> f32x4 {
    if cfg!(target_feature = "fma") {
        a.mul_add(b, c)
    } else {
        let (a, b, c) = (a.as_array(), b.as_array(), c.as_array());
        f32x4::new(core::array::from_fn(|i| f32::mul_add(a[i], b[i], c[i])))
    }
}

impl<L: BiquadLane> Memory<L> {
    /// Filters `x` into `y`, from the absolute frame `start` on.
    #[inline]
    pub fn process(&mut self, section: &Section<L>, start: u64, x: &[L], y: &mut [L]) {
        let frames = x.len().min(y.len());
        let mut at = 0;
        while at < frames {
            let past = (start.wrapping_add(at as u64) % SETTLE as u64) as usize;
            if past == 0 {
                self.s = self.s.map(rest::settle);
            }
            let whole = (frames - at).min(SETTLE - past) / BLOCK * BLOCK;
            if past.is_multiple_of(BLOCK) && whole > 0 {
                L::eights(section, self, &x[at..at + whole], &mut y[at..at + whole]);
                at += whole;
            } else {
                let k = past % BLOCK;
                let some = (frames - at).min(BLOCK - k);
                self.part(section, k, &x[at..at + some], &mut y[at..at + some]);
                at += some;
            }
        }
    }

    /// Frames from `k` on within one eight.
    #[inline(never)]
    fn part(&mut self, section: &Section<L>, k: usize, x: &[L], y: &mut [L]) {
        for (i, (x, y)) in x.iter().zip(y).enumerate() {
            self.x[k + i] = *x;
            *y = section.frame(self, k + i);
        }
        if k + x.len() == BLOCK {
            self.s = section.advance(self);
            self.x = [L::splat(0.0); BLOCK];
        }
    }

    /// Whether nothing is left in any lane.
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        let sizes = self.s.iter().chain(&self.x).map(|s| s.abs());
        rest::is_zero(sizes.fold(L::splat(0.0), |sum, size| sum + size))
    }

    /// Empties some lanes.
    pub fn clear(&mut self, lanes: u32) {
        for s in self.s.iter_mut().chain(&mut self.x) {
            *s = rest::clear(*s, lanes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbj::{Shape, design};

    fn noise(n: usize) -> Vec<f32> {
        let mut r = 1u32;
        (0..n)
            .map(|_| {
                r = r.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (r as i32) as f32 / 2_147_483_648.0
            })
            .collect()
    }

    /// The cookbook's own formulas in doubles, as a direct form.
    fn cookbook(shape: Shape, f0: f64, q: f64, db: f64, fs: f64) -> [f64; 5] {
        let a = 10f64.powf(db / 40.0);
        let w = core::f64::consts::TAU * f0 / fs;
        let (s, c) = w.sin_cos();
        let alpha = s / (2.0 * q);
        let sq = 2.0 * a.sqrt() * alpha;
        let (b0, b1, b2, a0, a1, a2) = match shape {
            Shape::Lowpass => ((1.0 - c) / 2.0, 1.0 - c, (1.0 - c) / 2.0, 1.0 + alpha, -2.0 * c, 1.0 - alpha),
            Shape::Highpass => ((1.0 + c) / 2.0, -1.0 - c, (1.0 + c) / 2.0, 1.0 + alpha, -2.0 * c, 1.0 - alpha),
            Shape::BandpassSkirt => (s / 2.0, 0.0, -s / 2.0, 1.0 + alpha, -2.0 * c, 1.0 - alpha),
            Shape::Bandpass => (alpha, 0.0, -alpha, 1.0 + alpha, -2.0 * c, 1.0 - alpha),
            Shape::Notch => (1.0, -2.0 * c, 1.0, 1.0 + alpha, -2.0 * c, 1.0 - alpha),
            Shape::Allpass => (1.0 - alpha, -2.0 * c, 1.0 + alpha, 1.0 + alpha, -2.0 * c, 1.0 - alpha),
            Shape::Peaking => (1.0 + alpha * a, -2.0 * c, 1.0 - alpha * a, 1.0 + alpha / a, -2.0 * c, 1.0 - alpha / a),
            Shape::Lowshelf => (
                a * ((a + 1.0) - (a - 1.0) * c + sq),
                2.0 * a * ((a - 1.0) - (a + 1.0) * c),
                a * ((a + 1.0) - (a - 1.0) * c - sq),
                (a + 1.0) + (a - 1.0) * c + sq,
                -2.0 * ((a - 1.0) + (a + 1.0) * c),
                (a + 1.0) + (a - 1.0) * c - sq,
            ),
            Shape::Highshelf => (
                a * ((a + 1.0) + (a - 1.0) * c + sq),
                -2.0 * a * ((a - 1.0) + (a + 1.0) * c),
                a * ((a + 1.0) + (a - 1.0) * c - sq),
                (a + 1.0) - (a - 1.0) * c + sq,
                2.0 * ((a - 1.0) - (a + 1.0) * c),
                (a + 1.0) - (a - 1.0) * c - sq,
            ),
        };
        [b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0]
    }

    #[test]
    fn every_kind_is_the_cookbooks_filter() {
        let x = noise(4096);
        for shape in Shape::ALL {
            for (f0, q) in [(30.0, 0.7), (1000.0, 0.5), (1000.0, 10.0), (15_000.0, 2.0)] {
                let section = Section::new(&design(shape, f0 as f32, q as f32, -9.0f32, 48_000.0));
                let mut memory = Memory::default();
                let mut y = vec![0.0; x.len()];
                memory.process(&section, 0, &x, &mut y);
                let [b0, b1, b2, a1, a2] = cookbook(shape, f0, q, -9.0, 48_000.0);
                let (mut s1, mut s2, mut error, mut power) = (0.0, 0.0, 0.0, 0.0);
                for (x, y) in x.iter().zip(&y) {
                    let x = f64::from(*x);
                    let want = b0 * x + s1;
                    s1 = b1 * x - a1 * want + s2;
                    s2 = b2 * x - a2 * want;
                    error += (f64::from(*y) - want).powi(2);
                    power += want * want;
                }
                let db = 10.0 * (error / power).log10();
                assert!(db < -70.0, "{shape:?} {f0} {q}: {db:.1} dB");
            }
        }
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        let x = noise(777);
        let proto = design(Shape::Peaking, 700.0f32, 3.0, 12.0, 48_000.0);
        let section = Section::new(&proto);
        let mut whole = vec![0.0f32; x.len()];
        Memory::default().process(&section, 0, &x, &mut whole);
        for cut in [1usize, 3, 8, 13, 64] {
            let (mut memory, mut y) = (Memory::default(), vec![0.0f32; x.len()]);
            let mut at = 0;
            for (x, y) in x.chunks(cut).zip(y.chunks_mut(cut)) {
                memory.process(&section, at, x, y);
                at += x.len() as u64;
            }
            assert!(whole.iter().zip(&y).all(|(a, b)| a.to_bits() == b.to_bits()), "cut {cut}");
        }
        let splat = f32x8::splat;
        let section = Section::new(&design(Shape::Peaking, splat(700.0), splat(3.0), splat(12.0), 48_000.0));
        let wide: Vec<f32x8> = x.iter().map(|x| f32x8::from_fn(|i| x * (i + 1) as f32)).collect();
        let mut y = vec![splat(0.0); x.len()];
        Memory::default().process(&section, 0, &wide, &mut y);
        assert!(whole.iter().zip(&y).all(|(a, b)| a.to_bits() == b.get(0).to_bits()));
    }

    #[test]
    fn silence_comes_to_rest() {
        let section = Section::new(&design(Shape::Lowpass, 200.0f32, 5.0, 0.0, 48_000.0));
        let mut memory = Memory::default();
        let (mut x, mut y) = (vec![0.0f32; 48_000], vec![0.0f32; 48_000]);
        x[0] = 1.0;
        memory.process(&section, 0, &x, &mut y);
        assert!(memory.is_zero());
        assert!(y[47_999] == 0.0 && y[100] != 0.0);
    }
}
