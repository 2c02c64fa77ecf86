//! Band-limited copies of one cycle, four an octave, read by a wrapping integer phase.
//!
//! Copy `m` holds every harmonic that stays under Nyquist while the phase moves by at most `2^(31 − m/4)` a frame, so
//! the highest harmonic kept is never below 0.84 of Nyquist. Points are stored as (value, difference to the next), so
//! that one 64-bit load gives all that linear interpolation needs. The droop of that interpolation is put right in the
//! spectrum beforehand; what is left of its images is some 60 dB below a sawtooth.
#![allow(unsafe_code, reason = "reads pairs of floats by one 64-bit load each")]

use crate::fourier::Fourier;
use crate::lane::{Lane, LaneBits, Wide, WideBits};
use core::ops::RangeInclusive;
use wide::{f32x8, u32x8};

/// A value and the difference to the next.
pub type Pair = [f32; 2];

/// Copies of the cycle: the last may hold 1,448 harmonics and serves every pitch under 16.6 Hz (at 48 kHz).
pub const LEVELS: usize = 43;

/// The mantissas of 1, 2^(1/4), 2^(1/2) and 2^(3/4): copies change just above these.
const QUARTERS: [u32; 4] = [0, 0x0018_37f0, 0x0035_04f3, 0x0057_44fd];

/// Where a copy lies.
#[derive(Clone, Copy, Debug)]
struct Level {
    size: u32,
    offset: u32,
}

/// How large copies may be.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Points of a copy, both powers of two.
    pub points: RangeInclusive<usize>,
    /// Harmonics: what would hold more is the largest copy that does not.
    pub most: usize,
}

/// All copies of one cycle, in `N` pairs (a power of two).
#[derive(Debug)]
pub struct Mips<const N: usize> {
    pairs: Box<[Pair; N]>,
    levels: [Level; LEVELS],
}

/// The most increment that a copy is made for, in phase units a frame: 2^(31 − level/4).
fn top(level: usize) -> f32 {
    let quarters = 4 * 31 - level;
    f32::from_bits(((127 + quarters / 4) as u32) << 23 | QUARTERS[quarters % 4])
}

/// The copy for an increment: the first whose top is not below it.
#[inline(always)]
fn level_of(increment: f32) -> usize {
    let bits = increment.to_bits();
    let (exponent, mantissa) = ((bits >> 23) as i32 - 127, bits & 0x7f_ffff);
    let above: i32 = QUARTERS.iter().map(|q| i32::from(mantissa > *q)).sum();
    (4 * (31 - exponent) - above).clamp(0, LEVELS as i32 - 1) as usize
}

/// How many harmonics a copy holds.
pub fn harmonics(level: usize) -> usize {
    // 2^(level/4); the small factor keeps exact powers of two on the upper side.
    libm::floor(libm::exp2(level as f64 / 4.0) * (1.0 + 1e-9)) as usize
}

impl<const N: usize> Mips<N> {
    /// Copies of the cycle that is the sum over n of `a cos(2πnx) + b sin(2πnx)`, for `spectrum(n) = [a, b]` with n
    /// from 1. Copies have a power of two of points, sixteen a harmonic where harmonics are few. Runs on the control
    /// thread.
    ///
    /// # Panics
    /// When `N` is not a power of two or too small for the sizes.
    pub fn new(sizes: &Sizes, spectrum: impl Fn(usize) -> [f64; 2]) -> Mips<N> {
        Mips::stack(1, sizes, |_, n| spectrum(n))
    }

    /// Copies of several cycles, `N / cycles` pairs each, from `spectrum(cycle, n)`; see [`Mips::new`].
    ///
    /// # Panics
    /// As [`Mips::new`].
    pub fn stack(cycles: usize, sizes: &Sizes, spectrum: impl Fn(usize, usize) -> [f64; 2]) -> Mips<N> {
        assert!(N.is_power_of_two());
        let mut pairs: Box<[Pair; N]> = match vec![[0.0; 2]; N].into_boxed_slice().try_into() {
            Ok(boxed) => boxed,
            // PANIC: a boxed slice of N always fits.
            Err(_) => unreachable!(),
        };
        let mut levels = [Level { size: 0, offset: 0 }; LEVELS];
        let mut offset = 0;
        let mut fourier = Fourier::new(*sizes.points.start());
        let mut last = Level { size: 0, offset: 0 };
        for (m, level) in levels.iter_mut().enumerate() {
            let wanted = harmonics(m);
            if m > 0 && wanted > sizes.most {
                *level = last;
                continue;
            }
            // Images of harmonic n are (n / points)² of it: sixteen points a harmonic where harmonics are few and
            // strong, fewer for the many weak ones of low pitches, but never under four.
            let most = match wanted {
                0..=128 => 1024,
                129..=450 => 2048,
                451..=1100 => 4096,
                _ => 8192,
            };
            let size = (wanted * 16).next_power_of_two().min(most).clamp(*sizes.points.start(), *sizes.points.end());
            if fourier.points() != size {
                fourier = Fourier::new(size);
            }
            assert!(offset + size <= N / cycles, "{N} pairs are too few");
            for cycle in 0..cycles {
                let from = cycle * (N / cycles) + offset;
                fill(&mut pairs[from..from + size], &fourier, wanted.min(size / 2 - 1), |n| spectrum(cycle, n));
            }
            *level = Level { size: size as u32, offset: offset as u32 };
            last = *level;
            offset += size;
        }
        Mips { pairs, levels }
    }
}

/// One copy with so many harmonics.
fn fill(pairs: &mut [Pair], fourier: &Fourier, harmonics: usize, spectrum: impl Fn(usize) -> [f64; 2]) {
    let size = pairs.len();
    let (mut re, mut im) = (vec![0.0; size], vec![0.0; size]);
    for n in 1..=harmonics {
        let x = core::f64::consts::PI * n as f64 / size as f64;
        let sinc = libm::sin(x) / x;
        let [a, b] = spectrum(n);
        // The real part of (a − ib) e^(ix) is a cos x + b sin x.
        (re[n], im[n]) = (a / (sinc * sinc), -b / (sinc * sinc));
    }
    fourier.inverse(&mut re, &mut im);
    for i in 0..size {
        let (here, next) = (re[i] as f32, re[(i + 1) % size] as f32);
        pairs[i] = [here, next - here];
    }
}

/// Which copy each lane reads: a pure function of the increment, kept while the increment stays in its range.
#[derive(Clone, Copy, Debug)]
pub struct Reader<L: Lane> {
    size: L::Bits,
    offset: L::Bits,
    low: L,
    high: L,
}

impl<L: Lane> Default for Reader<L> {
    /// A reader that no increment fits, so that the first `tune` finds the copy.
    fn default() -> Self {
        let none = L::Bits::splat(0);
        Reader { size: none, offset: none, low: L::splat(f32::INFINITY), high: L::splat(0.0) }
    }
}

impl<L: Gather> Reader<L> {
    /// Moves to the copies for the given magnitudes of increment, in phase units a frame (0 to 2^31).
    #[inline(always)]
    pub fn tune<const N: usize>(&mut self, mips: &Mips<N>, increment: L) {
        if L::any(increment.lt(self.low) | increment.gt(self.high)) {
            self.choose(mips, increment);
        }
    }

    fn choose<const N: usize>(&mut self, mips: &Mips<N>, increment: L) {
        for lane in 0..L::WIDTH {
            let m = level_of(increment.get(lane));
            let Level { size, offset } = mips.levels[m];
            self.size.set(lane, size);
            self.offset.set(lane, offset);
            // The ranges of neighbours do not meet: the next float above the top of the one is in the other.
            self.low.set(lane, if m + 1 < LEVELS { top(m + 1).next_up() } else { 0.0 });
            self.high.set(lane, top(m));
        }
    }

    /// The value of the cycle at a phase.
    #[inline(always)]
    pub fn read<const N: usize>(&self, mips: &Mips<N>, phase: L::Bits) -> L {
        self.read_cycle(mips, phase, L::Bits::splat(0))
    }

    /// The value at a phase of the cycle whose copies begin at pair `from`, for [`Mips::stack`].
    #[inline(always)]
    pub fn read_cycle<const N: usize>(&self, mips: &Mips<N>, phase: L::Bits, from: L::Bits) -> L {
        // Sizes are powers of two: the product shifts the phase left by as much as each lane needs.
        let index = phase.shr(16).wrapping_mul(self.size).shr(16).wrapping_add(self.offset).wrapping_add(from);
        let fraction = phase.wrapping_mul(self.size).shr(8).signed_to_float() * L::splat(1.0 / 16_777_216.0);
        let (value, difference) = L::pairs(&mips.pairs, index);
        value + difference * fraction
    }
}

impl<L: Lane> Reader<L> {
    /// The reader of one lane.
    pub fn lane(&self, lane: usize) -> Reader<f32> {
        Reader {
            size: self.size.get(lane),
            offset: self.offset.get(lane),
            low: self.low.get(lane),
            high: self.high.get(lane),
        }
    }
}

impl Reader<f32> {
    /// The same reader for every lane of a vector over frames.
    #[inline(always)]
    pub fn spread<L: Lane>(&self) -> Reader<L> {
        Reader {
            size: L::Bits::splat(self.size),
            offset: L::Bits::splat(self.offset),
            low: L::splat(self.low),
            high: L::splat(self.high),
        }
    }
}

/// A lane type that can look up pairs in a table.
pub trait Gather: Lane {
    /// The pair at each lane's index; indices wrap at `N`, a power of two.
    fn pairs<const N: usize>(table: &[Pair; N], index: Self::Bits) -> (Self, Self);
}

impl Gather for f32 {
    #[inline(always)]
    fn pairs<const N: usize>(table: &[Pair; N], index: u32) -> (f32, f32) {
        let [value, difference] = table[index as usize & (N - 1)];
        (value, difference)
    }
}

impl Gather for f32x8 {
    #[inline(always)]
    fn pairs<const N: usize>(table: &[Pair; N], index: u32x8) -> (f32x8, f32x8) {
        let index = (index & u32x8::splat(N as u32 - 1)).to_array();
        load(table, index)
    }
}

/// Eight loads of 64 bits and two shuffles: gather instructions are slower than these on many machines, and left to
/// itself the compiler takes the pairs apart in integer registers.
#[cfg(all(target_arch = "x86_64", target_feature = "avx"))]
#[inline(always)]
fn load<const N: usize>(table: &[Pair; N], index: [u32; 8]) -> (f32x8, f32x8) {
    use core::arch::x86_64::{
        __m128d, __m256, _mm_load_sd, _mm_loadh_pd, _mm256_castpd_ps, _mm256_set_m128d, _mm256_shuffle_ps,
    };
    let at = |lane: usize| core::ptr::from_ref(&table[index[lane] as usize & (N - 1)]).cast::<f64>();
    let two = |low: usize, high: usize| -> __m128d {
        // SAFETY: both addresses are of pairs of the table: 8 bytes, read without regard to alignment.
        unsafe { _mm_loadh_pd(_mm_load_sd(at(low)), at(high)) }
    };
    let floats = |x: __m256| -> f32x8 {
        // SAFETY: both are plain vectors of 32 bytes in which every bit pattern is valid.
        unsafe { core::mem::transmute(x) }
    };
    // SAFETY: the instructions are there, as the condition above says; they touch no memory.
    unsafe {
        let a = _mm256_castpd_ps(_mm256_set_m128d(two(4, 5), two(0, 1)));
        let b = _mm256_castpd_ps(_mm256_set_m128d(two(6, 7), two(2, 3)));
        (floats(_mm256_shuffle_ps::<0x88>(a, b)), floats(_mm256_shuffle_ps::<0xdd>(a, b)))
    }
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "avx")))]
#[inline(always)]
fn load<const N: usize>(table: &[Pair; N], index: [u32; 8]) -> (f32x8, f32x8) {
    let pairs = index.map(|i| table[i as usize & (N - 1)]);
    (f32x8::new(pairs.map(|p| p[0])), f32x8::new(pairs.map(|p| p[1])))
}

impl Gather for Wide {
    #[inline(always)]
    fn pairs<const N: usize>(table: &[Pair; N], index: WideBits) -> (Wide, Wide) {
        // Not `map`: it is left a call, and the vectors go through memory.
        let (mut values, mut differences) = (Wide::default(), Wide::default());
        for (i, index) in index.0.into_iter().enumerate() {
            (values.0[i], differences.0[i]) = f32x8::pairs(table, index);
        }
        (values, differences)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saw() -> Mips<65536> {
        Mips::new(&Sizes { points: 128..=8192, most: 2048 }, |n| [0.0, -1.0 / n as f64])
    }

    #[test]
    fn copies_hold_what_stays_under_nyquist() {
        for m in 0..LEVELS {
            assert_eq!(level_of(top(m)), m);
            assert_eq!(level_of(top(m).next_up()), m.saturating_sub(1));
            // The highest harmonic at the highest pitch of the copy, in cycles a frame.
            assert!(harmonics(m) as f64 * f64::from(top(m)) <= 2f64.powi(31) * (1.0 + 1e-6), "level {m}");
        }
        assert_eq!(level_of(0.0), LEVELS - 1);
        assert_eq!(harmonics(36), 512);
    }

    #[test]
    fn a_level_is_the_sum_of_its_harmonics() {
        let mips = saw();
        let mut reader = Reader::<f32>::default();
        // 8 harmonics fit under Nyquist at a sixteenth of the rate.
        reader.tune(&mips, 2f32.powi(28));
        for i in 0..1000u32 {
            let phase = i.wrapping_mul(4_294_967);
            let x = f64::from(phase) / 2f64.powi(32) * core::f64::consts::TAU;
            let want: f64 = (1..=8).map(|n| -(f64::from(n) * x).sin() / f64::from(n)).sum();
            // 128 points: interpolation is up to 1.3 % of the 8th harmonic off.
            assert!((f64::from(reader.read(&mips, phase)) - want).abs() < 0.01);
        }
    }

    #[test]
    fn lanes_read_alike() {
        let mips = saw();
        let increments: Vec<f32> = (0..16).map(|i| 2f32.powi(20 + i % 11) * 1.3).collect();
        let (mut wide, mut eight) = (Reader::<Wide>::default(), Reader::<f32x8>::default());
        wide.tune(&mips, Lane::from_fn(|i| increments[i]));
        eight.tune(&mips, Lane::from_fn(|i| increments[i]));
        for step in 0..200u32 {
            let phase = |i: usize| step.wrapping_mul(77_777_777).wrapping_add((i as u32).wrapping_mul(0x1357_9bdf));
            let w = wide.read(&mips, LaneBits::from_fn(phase));
            let e = eight.read(&mips, LaneBits::from_fn(phase));
            for (i, increment) in increments.iter().enumerate() {
                let mut one = Reader::<f32>::default();
                one.tune(&mips, *increment);
                let want = one.read(&mips, phase(i));
                assert_eq!(w.get(i).to_bits(), want.to_bits());
                if i < 8 {
                    assert_eq!(e.get(i).to_bits(), want.to_bits());
                }
            }
        }
    }
}
