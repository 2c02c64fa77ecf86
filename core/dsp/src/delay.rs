//! Delay lines of one lane: whole and fractional taps, and the all-pass built on them.

use crate::tail::{settle, touched_zeros};

/// The cubic through four points one frame apart, `f` of the way from `b` to `c` (Catmull-Rom).
#[inline(always)]
pub fn hermite(a: f32, b: f32, c: f32, d: f32, f: f32) -> f32 {
    let c1 = 0.5 * (c - a);
    let c3 = 1.5 * (b - c) + 0.5 * (d - a);
    let c2 = a - b + c1 - c3;
    ((c3 * f + c2) * f + c1) * f + b
}

/// A ring of past frames.
///
/// Emptying it costs nothing: it remembers how much of it is filled, and reads zeros beyond.
#[derive(Clone, Debug)]
pub struct DelayLine {
    data: Vec<f32>,
    at: usize,
    filled: usize,
}

impl DelayLine {
    /// A line that reaches `longest` frames back.
    pub fn new(longest: usize) -> DelayLine {
        DelayLine { data: touched_zeros(longest.max(4)), at: 0, filled: 0 }
    }
    /// The farthest frame it reaches.
    #[inline(always)]
    pub fn longest(&self) -> usize {
        self.data.len()
    }
    /// Forgets everything.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.filled = 0;
    }
    /// Adds a frame; what is inaudible or no sound enters as zero (see [`settle`]). Returns what entered.
    #[inline(always)]
    pub fn push(&mut self, x: f32) -> f32 {
        let x = settle(x);
        self.push_settled(x);
        x
    }
    /// Adds a frame that has been through [`settle`] already.
    #[inline(always)]
    pub fn push_settled(&mut self, x: f32) {
        self.data[self.at] = x;
        self.at = if self.at + 1 == self.data.len() { 0 } else { self.at + 1 };
        self.filled = (self.filled + 1).min(self.data.len());
    }
    /// The frame pushed `back` pushes ago; 1 is the newest. Zero beyond what was ever pushed.
    #[inline(always)]
    pub fn tap(&self, back: usize) -> f32 {
        if back > self.filled || back == 0 {
            return 0.0;
        }
        let at = if back <= self.at { self.at - back } else { self.at + self.data.len() - back };
        self.data[at]
    }
    /// A place between two frames: `whole + part` pushes ago, 0 ≤ `part` ≤ 1, `whole` from 2.
    #[inline(always)]
    pub fn between(&self, whole: usize, part: f32) -> f32 {
        let [a, b, c, d] = self.around(whole);
        hermite(a, b, c, d, part)
    }
    /// The frames pushed `whole − 1`, `whole`, `whole + 1` and `whole + 2` pushes ago.
    #[inline(always)]
    pub fn around(&self, whole: usize) -> [f32; 4] {
        // Mostly they lie side by side, the farthest first.
        let far = whole + 2;
        if far <= self.filled {
            let first = if far <= self.at { self.at - far } else { self.at + self.data.len() - far };
            if let Some([d, c, b, a]) = self.data[first..].first_chunk() {
                return [*a, *b, *c, *d];
            }
        }
        [self.tap(whole.saturating_sub(1)), self.tap(whole), self.tap(whole + 1), self.tap(far)]
    }
    /// The frames pushed from `first + N - 1` down to `first` pushes ago.
    #[inline(always)]
    pub fn stretch<const N: usize>(&self, first: usize) -> [f32; N] {
        let far = first + N - 1;
        if far <= self.filled {
            let at = if far <= self.at { self.at - far } else { self.at + self.data.len() - far };
            if let Some(stretch) = self.data[at..].first_chunk() {
                return *stretch;
            }
        }
        core::array::from_fn(|i| self.tap(far - i))
    }
    /// As [`DelayLine::between`], for a place given in one number, limited to what the line can give.
    #[inline(always)]
    pub fn read(&self, back: f32) -> f32 {
        let most = self.data.len().saturating_sub(3) as f32;
        // A place that is not a number fails both comparisons and reads at 2.
        let back = if back > 2.0 { if back < most { back } else { most } } else { 2.0 };
        let whole = back as usize;
        self.between(whole, back - whole as f32)
    }
}

/// Schroeder's all-pass in lattice form around a delay line.
#[derive(Clone, Debug)]
pub struct AllpassLine {
    /// What it delays.
    pub line: DelayLine,
    back: usize,
}

impl AllpassLine {
    /// An all-pass of `back` frames, whose memory reaches at least `longest` frames back.
    pub fn new(back: usize, longest: usize) -> AllpassLine {
        AllpassLine { line: DelayLine::new(longest.max(back)), back: back.max(1) }
    }
    /// The next frame with the gain `g`, |g| < 1.
    #[inline(always)]
    pub fn next(&mut self, x: f32, g: f32) -> f32 {
        let z = self.line.tap(self.back);
        let v = self.line.push(x - g * z);
        z + g * v
    }
    /// The next frame, delayed by a length that moves.
    #[inline(always)]
    pub fn next_at(&mut self, x: f32, g: f32, back: f32) -> f32 {
        let z = self.line.read(back);
        let v = self.line.push(x - g * z);
        z + g * v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_reach_the_stated_frame() {
        let mut line = DelayLine::new(5);
        for i in 1..=12 {
            line.push(i as f32);
        }
        assert_eq!([1, 2, 5].map(|n| line.tap(n)), [12.0, 11.0, 8.0]);
        assert_eq!([0, 6, 1000].map(|n| line.tap(n)), [0.0; 3]);
        line.clear();
        line.push(3.0);
        assert_eq!([1, 2].map(|n| line.tap(n)), [3.0, 0.0]);
    }

    #[test]
    fn fractional_taps_follow_a_sine() {
        let mut line = DelayLine::new(64);
        let w = 0.2f32;
        for i in 0..64 {
            line.push((w * i as f32).sin());
        }
        for k in 0..100 {
            let back = 3.0 + k as f32 * 0.37;
            let want = (w * (64.0 - back)).sin();
            assert!((line.read(back) - want).abs() < 3e-4, "{back}");
        }
        for odd in [f32::NAN, f32::INFINITY, -1e30, 0.0] {
            assert!(line.read(odd).is_finite());
        }
    }

    #[test]
    fn an_allpass_keeps_energy() {
        let mut allpass = AllpassLine::new(7, 7);
        let energy: f32 = (0..4000).map(|i| allpass.next(if i == 0 { 1.0 } else { 0.0 }, 0.7).powi(2)).sum();
        assert!((energy - 1.0).abs() < 1e-5, "{energy}");
    }
}
