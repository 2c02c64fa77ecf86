//! Maps one clock to another that runs at almost the same pace, through readings that jitter.

/// How two clocks are expected to differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Over how long readings are averaged.
    memory_secs: f64,
    /// How much the rates differ, as a rule; readings must show more before it is believed.
    usual: f64,
    /// How much they differ at most: beyond, something else is wrong.
    most: f64,
    /// Over how long readings must be off to one side for it to be a step.
    step_secs: f64,
}

impl Pace {
    /// Two crystals. Readings every 21 ms (1,024 frames) with 1 ms of jitter then move the map by less than 4 µs from
    /// one to the next, and a crystal that warms up by 1 ppm a minute is followed within 15 µs.
    pub const CRYSTAL: Pace = Pace { memory_secs: 30.0, usual: 1e-4, most: 1e-3, step_secs: 1.0 };
    /// A tempo that somebody turns: the rate is roughly known and followed within a beat or two.
    pub const TEMPO: Pace = Pace { memory_secs: 1.5, usual: 0.05, most: 0.3, step_secs: 0.15 };
}

/// Jitter to begin with, until it is known.
const FIRST_JITTER_SECS: f64 = 0.5e-3;
/// The smallest step to be told from drift that is not yet known.
const MIN_STEP_SECS: f64 = 0.3e-3;
/// A reading that is off by this much, at least, is left out.
const MIN_OUTLIER_SECS: f64 = 2e-3;
/// Readings further apart than this say nothing of each other.
const GAP_SECS: f64 = 5.0;
/// Readings that come from several threads may overtake one another by this much.
const OVERTAKE_SECS: f64 = 0.02;

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// It is part of the average.
    Taken,
    /// It is off by far more than usual, and is left out: a thread that was held up.
    LeftOut,
    /// The clocks have stepped against one another, as when frames are lost or a machine sleeps. The place is taken
    /// anew, the rate is kept.
    Restarted,
}

/// Follows a clock by pairs of a time and the position that was read at it: the stamps of an audio callback and its
/// frames, or the arrival of a peer's clock messages and what they say.
///
/// A straight line is fitted through all readings, older ones counting less (weighted least squares; no more than six
/// sums are kept). Two rates that differ by 100 ppm and readings that jitter by ±1 ms leave, after half a minute, less
/// than a frame of error in an interval. Nothing here reads a clock: times come in.
#[derive(Clone, Debug)]
pub struct Drift {
    pace: Pace,
    nominal: f64,
    /// The line from which residuals are counted: position `origin` at `origin_ns`, and `rate` a second.
    rate: f64,
    origin_ns: u64,
    origin: f64,
    /// The time of the last reading, also of one that was left out.
    seen_ns: u64,
    /// The sums, with time in seconds after the origin.
    sums: Sums,
    /// The fitted residual: at the origin, and a second.
    offset: f64,
    slope: f64,
    /// Mean distance of a reading from the line, in seconds.
    jitter: f64,
    /// Recent mean of the same with its sign.
    lean: f64,
    /// How much of `lean` is known: 0 at the start, 1 after a few times the pace's `step_secs`.
    lean_known: f64,
    /// The variance of `lean` where a reading's is 1.
    lean_noise: f64,
}

/// Weighted sums over readings of residual `y` at time `x`.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    w: f64,
    x: f64,
    xx: f64,
    y: f64,
    xy: f64,
}

impl Drift {
    /// A map to positions that go on by about `rate` a second: 48,000 for frames.
    pub fn new(rate: f64) -> Drift {
        Drift::with_pace(rate, Pace::CRYSTAL)
    }

    /// The same for clocks that differ more, or less.
    pub fn with_pace(rate: f64, pace: Pace) -> Drift {
        Drift {
            pace,
            nominal: rate,
            rate,
            origin_ns: 0,
            origin: 0.0,
            seen_ns: 0,
            sums: Sums::default(),
            offset: 0.0,
            slope: 0.0,
            jitter: FIRST_JITTER_SECS,
            lean: 0.0,
            lean_known: 0.0,
            lean_noise: 0.0,
        }
    }

    /// Takes a reading. Times go up; one that is clearly earlier than the last starts anew.
    pub fn observe(&mut self, time_ns: u64, position: f64) -> Observed {
        let Some(expected) = self.position(time_ns) else {
            self.start(time_ns, position);
            return Observed::Taken;
        };
        let passed = self.secs_since_origin(time_ns);
        let off = (position - expected) / self.rate;
        let outlier = MIN_OUTLIER_SECS.max(6.0 * self.jitter);
        // Clipped, so that one outlier says little, and many that something has changed.
        let clipped = off.clamp(-outlier, outlier);
        let since_last = secs_between(self.seen_ns, time_ns).max(0.0);
        let share = 1.0 - (-since_last / self.pace.step_secs).exp();
        self.seen_ns = time_ns;
        if !(-OVERTAKE_SECS..=GAP_SECS).contains(&passed) || self.has_stepped(share, clipped) {
            self.keep_rate();
            self.start(time_ns, position);
            return Observed::Restarted;
        }
        self.jitter += share * 0.2 * (clipped.abs() - self.jitter);
        if off != clipped {
            return Observed::LeftOut;
        }
        self.take(time_ns, passed, position);
        Observed::Taken
    }

    /// Takes the place anew with the next reading and keeps the rate: after frames that are known to be lost.
    pub fn step(&mut self) {
        self.keep_rate();
        self.sums = Sums::default();
    }

    /// The position at a time, also a later one; `None` before the first reading.
    pub fn position(&self, time_ns: u64) -> Option<f64> {
        let passed = self.secs_since_origin(time_ns);
        (self.sums.w > 0.0).then_some(self.origin + self.offset + (self.rate + self.slope) * passed)
    }

    /// The time of a position, also a later one, in nanoseconds; 0 for one before the clock's start, and `None` before
    /// the first reading.
    pub fn time_ns(&self, position: f64) -> Option<u64> {
        let passed = (position - self.origin - self.offset) / (self.rate + self.slope);
        let ns = (passed * 1e9).round() as i64;
        (self.sums.w > 0.0).then(|| self.origin_ns.saturating_add_signed(ns))
    }

    /// Positions a second, as far as it is known.
    pub fn rate(&self) -> f64 {
        self.rate + self.slope
    }

    /// How much faster the followed clock runs than it says, in parts of a million.
    pub fn drift_ppm(&self) -> f64 {
        ((self.rate + self.slope) / self.nominal - 1.0) * 1e6
    }

    /// How far readings are from the line, on average, in nanoseconds.
    pub fn jitter_ns(&self) -> f64 {
        self.jitter * 1e9
    }

    fn secs_since_origin(&self, time_ns: u64) -> f64 {
        secs_between(self.origin_ns, time_ns)
    }

    fn start(&mut self, time_ns: u64, position: f64) {
        (self.origin_ns, self.origin, self.seen_ns) = (time_ns, position, time_ns);
        (self.offset, self.slope) = (0.0, 0.0);
        (self.lean, self.lean_known, self.lean_noise) = (0.0, 0.0, 0.0);
        self.sums = Sums { w: 1.0, ..Sums::default() };
    }

    fn keep_rate(&mut self) {
        let (low, high) = self.rates();
        self.rate = (self.rate + self.slope).clamp(low, high);
        self.slope = 0.0;
    }

    /// The slowest and the fastest rate.
    fn rates(&self) -> (f64, f64) {
        (self.nominal * (1.0 - self.pace.most), self.nominal * (1.0 + self.pace.most))
    }

    /// Whether readings lean to one side by more than chance explains.
    fn has_stepped(&mut self, share: f64, off: f64) -> bool {
        self.lean += share * (off - self.lean);
        self.lean_known += share * (1.0 - self.lean_known);
        self.lean_noise = (1.0 - share).powi(2) * self.lean_noise + share * share;
        // 1.25 of the mean distance is a standard deviation, and six of those come about by chance once in a billion.
        let chance = 6.0 * 1.25 * self.jitter * self.lean_noise.sqrt();
        self.lean_known > 0.2 && self.lean.abs() > MIN_STEP_SECS.max(chance)
    }

    fn take(&mut self, time_ns: u64, passed: f64, position: f64) {
        // The origin moves to this reading, along the line.
        self.origin_ns = time_ns;
        self.origin += self.rate * passed;
        let fade = (-passed / self.pace.memory_secs).exp();
        let s = self.sums;
        let y = position - self.origin;
        self.sums = Sums {
            w: fade * s.w + 1.0,
            x: fade * (s.x - passed * s.w),
            xx: fade * (s.xx - 2.0 * passed * s.x + passed * passed * s.w),
            y: fade * s.y + y,
            xy: fade * (s.xy - passed * s.y),
        };
        let s = self.sums;
        // As if the usual drift had been seen before: what little is known at first makes no slope.
        let doubt = (FIRST_JITTER_SECS / self.pace.usual).powi(2);
        let xx = s.xx + doubt;
        let determinant = s.w * xx - s.x * s.x;
        let (low, high) = self.rates();
        self.slope = ((s.w * s.xy - s.x * s.y) / determinant).clamp(low - self.rate, high - self.rate);
        self.offset = (s.y - s.x * self.slope) / s.w;
    }
}

fn secs_between(from_ns: u64, to_ns: u64) -> f64 {
    to_ns.wrapping_sub(from_ns).cast_signed() as f64 * 1e-9
}
