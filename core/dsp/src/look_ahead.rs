//! The gain of a limiter that sees peaks coming.

/// Gains are whole numbers of this size, so that moving sums stay exact for ever.
const UNITY: f64 = (1u32 << 30) as f64;

/// Turns the gain that each frame needs into one that gets there in time and without a corner.
///
/// The least gain over the look-ahead is held, then let go exponentially, then averaged twice: the product falls on
/// an S-curve that reaches the needed gain exactly when the frame leaves, and is never above what any frame needs.
/// The sums are of whole numbers, so nothing drifts and nothing depends on how blocks are cut.
#[derive(Debug)]
pub struct LookAhead {
    frames: usize,
    /// The frame that comes next, counted by this kernel.
    now: u64,
    least: Least,
    held: f64,
    first: Average,
    second: Average,
    scale: f64,
}

impl LookAhead {
    /// A look-ahead of so many frames, at least 1.
    pub fn new(frames: usize) -> LookAhead {
        let frames = frames.max(1);
        let (first, second) = (Average::new(frames / 2 + 1), Average::new(frames - frames / 2 + 1));
        let scale = 1.0 / (UNITY * first.len() * second.len());
        let mut new = LookAhead { frames, now: 0, least: Least::new(frames + 1), held: 1.0, first, second, scale };
        new.reset();
        new
    }
    /// How many frames later the gain is due.
    pub fn frames(&self) -> usize {
        self.frames
    }
    /// As after `new`.
    pub fn reset(&mut self) {
        self.now = 0;
        self.held = 1.0;
        self.least.clear();
        self.first.fill(UNITY as u64);
        self.second.fill(UNITY as u64 * self.first.ring.len() as u64);
    }
    /// Takes in what the frame that enters now needs, 0 to 1, and returns the gain for the frame that entered
    /// [`LookAhead::frames`] frames ago. `release` is the part of the way back to 1 in a frame.
    #[inline]
    pub fn next(&mut self, need: f32, release: f64) -> f32 {
        let need = (f64::from(need).clamp(0.0, 1.0) * UNITY) as u32;
        let least = f64::from(self.least.push(self.now, need)) / UNITY;
        self.now += 1;
        self.held = least.min(self.held + (1.0 - self.held) * release);
        // Rounded down: never more than what is needed.
        let sum = self.first.push((self.held * UNITY) as u64);
        (self.second.push(sum) as f64 * self.scale) as f32
    }
    /// Lets a reduction that nobody could hear end at exactly nothing. Call it at absolute frames on the grid.
    pub fn settle(&mut self) {
        if self.held > 1.0 - 1e-7 {
            self.held = 1.0;
        }
    }
    /// Whether every frame on its way out passes unchanged.
    pub fn at_rest(&self) -> bool {
        let full = UNITY as u64;
        self.held == 1.0 && self.first.is_full(full) && self.second.is_full(full * self.first.ring.len() as u64)
    }
}

/// The least of the newest numbers: candidates in rising order, oldest first.
#[derive(Debug)]
struct Least {
    window: u64,
    ring: Box<[(u64, u32)]>,
    head: usize,
    len: usize,
}

impl Least {
    fn new(window: usize) -> Least {
        Least { window: window as u64, ring: vec![(0, 0); window + 1].into(), head: 0, len: 0 }
    }
    fn clear(&mut self) {
        (self.head, self.len) = (0, 0);
    }
    #[inline]
    fn push(&mut self, now: u64, x: u32) -> u32 {
        let size = self.ring.len();
        let wrap = |i: usize| if i >= size { i - size } else { i };
        // RT: each number leaves once, so the two loops run at most once a frame on average, `window` times at worst.
        while self.len > 0 && self.ring[wrap(self.head + self.len - 1)].1 >= x {
            self.len -= 1;
        }
        while self.len > 0 && self.ring[self.head].0 + self.window <= now {
            self.head = wrap(self.head + 1);
            self.len -= 1;
        }
        self.ring[wrap(self.head + self.len)] = (now, x);
        self.len += 1;
        self.ring[self.head].1
    }
}

/// The sum of the newest whole numbers.
#[derive(Debug)]
struct Average {
    ring: Box<[u64]>,
    at: usize,
    sum: u64,
}

impl Average {
    fn new(len: usize) -> Average {
        Average { ring: vec![0; len].into(), at: 0, sum: 0 }
    }
    fn len(&self) -> f64 {
        self.ring.len() as f64
    }
    fn fill(&mut self, x: u64) {
        self.ring.fill(x);
        self.at = 0;
        self.sum = x * self.ring.len() as u64;
    }
    #[inline]
    fn push(&mut self, x: u64) -> u64 {
        self.sum = self.sum - self.ring[self.at] + x;
        self.ring[self.at] = x;
        self.at = if self.at + 1 == self.ring.len() { 0 } else { self.at + 1 };
        self.sum
    }
    fn is_full(&self, x: u64) -> bool {
        self.sum == x * self.ring.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs() -> Vec<f32> {
        let mut seed = 1u32;
        (0..4000)
            .map(|i| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let r = (seed >> 8) as f32 / 16_777_216.0;
                if i % 701 < 3 { 0.05 + 0.5 * r } else { 1.0 - 0.2 * r * r }
            })
            .collect()
    }

    #[test]
    fn the_gain_is_never_more_than_what_is_needed() {
        for frames in [1, 2, 7, 48, 240] {
            let mut ahead = LookAhead::new(frames);
            let needs = needs();
            let gains: Vec<f32> = needs.iter().map(|&n| ahead.next(n, 0.01)).collect();
            for i in frames..needs.len() {
                assert!(gains[i] <= needs[i - frames] * (1.0 + 1e-6), "frame {i} of {frames}");
            }
        }
    }

    #[test]
    fn a_single_peak_is_met_exactly_and_without_a_jump() {
        let mut ahead = LookAhead::new(240);
        let gains: Vec<f32> = (0..2000).map(|i| ahead.next(if i == 500 { 0.25 } else { 1.0 }, 0.002)).collect();
        assert!((gains[740] - 0.25).abs() < 1e-6, "{}", gains[740]);
        assert_eq!(gains[499], 1.0);
        let steepest = gains.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.75 * 2.1 / 240.0, "{steepest}");
        let bend = gains.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).fold(0.0, f32::max);
        assert!(bend < 1e-4, "{bend}");
        for _ in 0..20_000 {
            ahead.next(1.0, 0.002);
            ahead.settle();
        }
        assert!(ahead.at_rest());
        assert_eq!(ahead.next(1.0, 0.002), 1.0);
    }
}
