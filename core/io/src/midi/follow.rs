//! Follows another machine's clock: where it is in beats, and how fast it goes.

use super::Message;
use crate::osc::{Drift, Observed, Pace};

/// Clocks in a beat (a quarter note).
pub const PULSES_A_BEAT: u32 = 24;
/// Clocks in a step of the song position.
const PULSES_A_STEP: f64 = 6.0;
/// A clock that is silent for so long has gone.
const GONE_NS: u64 = 500_000_000;
/// So many of the last intervals say the tempo, while it is new.
const RECENT: usize = 7;
/// No clock is slower or faster: 5 to 1,000 beats a minute.
const INTERVALS_NS: (u64, u64) = (2_500_000, 500_000_000);

/// Whether the other machine plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Running {
    /// It stands.
    #[default]
    Stopped,
    /// It plays with the next clock.
    Armed,
    /// It plays.
    Playing,
}

/// Follows MIDI clock, start, stop, continue and song position by the times at which they came.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    running: Running,
    /// From times to clocks since the follower began.
    drift: Option<Drift>,
    /// Clocks so far, and how many of them came before beat 0.
    pulses: u64,
    zero: f64,
    /// The position, in clocks, at which it goes on.
    position: f64,
    last_ns: u64,
    /// The last intervals, newest last, in nanoseconds.
    recent: Vec<u64>,
    restarts: u64,
}

impl Follower {
    /// Nothing has been heard yet.
    pub fn new() -> Follower {
        Follower::default()
    }

    /// Takes a message that came at a time. Others than those of the clock are left alone.
    pub fn take(&mut self, at_ns: u64, message: Message) {
        match message {
            Message::Clock => self.pulse(at_ns),
            Message::Start => (self.running, self.position) = (Running::Armed, 0.0),
            Message::Continue => self.running = Running::Armed,
            Message::Stop => self.stop(),
            Message::SongPosition(steps) => self.position = f64::from(steps) * PULSES_A_STEP,
            Message::Reset => *self = Follower::new(),
            _ => {}
        }
    }

    fn stop(&mut self) {
        if self.running == Running::Playing {
            // Of a clock that is late by less than half of one.
            self.position = (self.pulses as f64 - self.zero).max(0.0);
        }
        self.running = Running::Stopped;
    }

    fn pulse(&mut self, at_ns: u64) {
        let since = at_ns.saturating_sub(self.last_ns);
        if self.pulses == 0 || since > INTERVALS_NS.1 {
            self.recent.clear();
            self.drift = None;
        } else {
            self.recent.push(since.max(1));
            if self.recent.len() > RECENT {
                self.recent.remove(0);
            }
        }
        self.last_ns = at_ns;
        self.pulses += 1;
        if self.running == Running::Armed {
            self.running = Running::Playing;
            self.zero = self.pulses as f64 - self.position;
        }
        let place = self.pulses as f64;
        let restarted = match &mut self.drift {
            None => true,
            Some(drift) => drift.observe(at_ns, place) == Observed::Restarted,
        };
        if restarted {
            self.begin(at_ns, place);
        }
    }

    /// Fits anew from here on, at the tempo of the last clocks.
    fn begin(&mut self, at_ns: u64, place: f64) {
        self.restarts += 1;
        let Some(rate) = self.recent_rate() else { return };
        let mut drift = Drift::with_pace(rate, Pace::TEMPO);
        drift.observe(at_ns, place);
        self.drift = Some(drift);
    }

    /// Clocks a second, by the middle one of the last intervals.
    fn recent_rate(&self) -> Option<f64> {
        let mut sorted = self.recent.clone();
        sorted.sort_unstable();
        let middle = *sorted.get(sorted.len() / 2)?;
        Some(1e9 / middle.clamp(INTERVALS_NS.0, INTERVALS_NS.1) as f64)
    }

    /// Whether it plays.
    pub fn running(&self) -> Running {
        self.running
    }

    /// The beat at which it starts or goes on.
    pub fn start_beat(&self) -> f64 {
        self.position / f64::from(PULSES_A_BEAT)
    }

    /// The beat at a time; `None` while it does not play, or the tempo is not known yet.
    pub fn beat(&self, at_ns: u64) -> Option<f64> {
        if self.running != Running::Playing {
            return None;
        }
        let place = self.drift.as_ref()?.position(at_ns)?;
        Some((place - self.zero) / f64::from(PULSES_A_BEAT))
    }

    /// When the next clock comes, as far as the tempo is known.
    pub fn next_ns(&self) -> Option<u64> {
        self.drift.as_ref()?.time_ns(self.pulses as f64 + 1.0)
    }

    /// Beats a minute; `None` until the tempo is known.
    pub fn bpm(&self) -> Option<f64> {
        Some(self.drift.as_ref()?.rate() * 60.0 / f64::from(PULSES_A_BEAT))
    }

    /// How far clocks are from an even pace, on average, in nanoseconds.
    pub fn jitter_ns(&self) -> f64 {
        self.drift.as_ref().map_or(0.0, Drift::jitter_ns)
    }

    /// How often it had to begin anew: once at first, and after each sudden change.
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Whether clocks came, and have stayed away for half a second.
    pub fn is_gone(&self, now_ns: u64) -> bool {
        self.pulses > 0 && now_ns.saturating_sub(self.last_ns) > GONE_NS
    }

    /// Takes it that the other machine is gone: it stands until it starts again.
    pub fn lose(&mut self) {
        self.stop();
        (self.drift, self.pulses) = (None, 0);
        self.recent.clear();
    }
}
