//! Ableton Link. The library is under the GPL-2.0-or-later, and so is a program that is built with it.

use super::{Shared, Standing};
use crate::HostClock;
use rusty_link::{AblLink, SessionState};

/// Readings of both clocks, of which the tightest is taken: one is torn where the thread is held up between them.
const READINGS: usize = 4;
/// A reading this tight is good enough: Link counts whole microseconds.
const TIGHT_NS: u64 = 2_000;

/// One program among those that share their time.
pub struct Link {
    link: AblLink,
    state: SessionState,
    clock: HostClock,
}

impl Link {
    /// Joins those on the network, or is the first. Times are those of `clock`.
    pub fn join(bpm: f64, clock: HostClock) -> Link {
        let link = AblLink::new(bpm);
        link.enable(true);
        Link { link, state: SessionState::new(), clock }
    }

    /// Whether starts and stops are shared, too.
    pub fn share_start_stop(&mut self, on: bool) {
        self.link.enable_start_stop_sync(on);
    }

    fn change(&mut self, change: impl FnOnce(&mut SessionState)) {
        self.link.capture_app_session_state(&mut self.state);
        change(&mut self.state);
        self.link.commit_app_session_state(&self.state);
    }

    /// By how much Link's clock is ahead of ours. It is read anew each time: on Linux ours is slewed by the time service
    /// and Link's is not.
    fn ahead_ns(&self) -> i64 {
        let (mut best, mut width) = (0, u64::MAX);
        for _ in 0..READINGS {
            let before = self.clock.now_ns();
            let theirs = self.link.clock_micros();
            let now = self.clock.now_ns() - before;
            if now < width {
                // Whole microseconds are half of one too few, on average.
                (best, width) = (theirs * 1_000 + 500 - (before + now / 2).cast_signed(), now);
            }
            if width < TIGHT_NS {
                break;
            }
        }
        best
    }
}

impl Shared for Link {
    fn standing(&mut self, at_ns: u64, quantum: f64) -> Standing {
        let ahead_ns = self.ahead_ns();
        self.link.capture_app_session_state(&mut self.state);
        Standing {
            peers: self.link.num_peers(),
            bpm: self.state.tempo(),
            // A microsecond is 2 millionths of a beat at 120: what is cut off of the time is put back.
            beat: self.state.beat_at_time(micros(at_ns, ahead_ns), quantum)
                + rest(at_ns, ahead_ns) * self.state.tempo() / 60e6,
            playing: self.state.is_playing(),
            playing_ns: u64::try_from(self.state.time_for_is_playing() * 1_000 - ahead_ns).unwrap_or(0),
        }
    }

    fn set_tempo(&mut self, bpm: f64, at_ns: u64) {
        let at = micros(at_ns, self.ahead_ns());
        self.change(|state| state.set_tempo(bpm, at));
    }

    fn request_beat(&mut self, beat: f64, at_ns: u64, quantum: f64) {
        let at = micros(at_ns, self.ahead_ns());
        self.change(|state| state.request_beat_at_time(beat, at, quantum));
    }

    fn set_playing(&mut self, playing: bool, at_ns: u64) {
        let at = micros(at_ns, self.ahead_ns());
        self.change(|state| state.set_is_playing(playing, at));
    }
}

impl Drop for Link {
    /// Leaves, so that the others do not wait for it.
    fn drop(&mut self) {
        self.link.enable(false);
    }
}

fn micros(at_ns: u64, ahead_ns: i64) -> i64 {
    (at_ns.cast_signed() + ahead_ns).div_euclid(1_000)
}

/// What [`micros`] cuts off, in microseconds.
fn rest(at_ns: u64, ahead_ns: i64) -> f64 {
    (at_ns.cast_signed() + ahead_ns).rem_euclid(1_000) as f64 / 1_000.0
}
