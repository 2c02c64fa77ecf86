//! From the time at which a packet came to the frame that it means.

use bf_io::osc::{Arrival, Drift, TimeTag};

/// When a device asked for frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When, on the clock that stamps packets.
    pub host_ns: u64,
    /// The first frame that it asked for.
    pub frame: u64,
    /// Frames were dropped or repeated since the reading before.
    pub lost: bool,
}

/// Follows the device's frames by the machine's clock.
#[derive(Clone, Debug)]
pub struct FrameClock {
    drift: Drift,
    known: bool,
}

impl FrameClock {
    /// A clock of so many frames a second, about.
    pub fn new(sample_rate: u32) -> FrameClock {
        FrameClock { drift: Drift::new(f64::from(sample_rate)), known: false }
    }

    /// Takes a reading.
    pub fn observe(&mut self, reading: Reading) {
        if reading.lost {
            self.drift.step();
        }
        self.drift.observe(reading.host_ns, reading.frame as f64);
        self.known = true;
    }

    /// The frame of a time; `None` before the first reading.
    pub fn frame(&self, host_ns: u64) -> Option<u64> {
        let frame = self.drift.position(host_ns).filter(|_| self.known)?;
        Some(frame.round().max(0.0) as u64)
    }

    /// The time of a frame; `None` before the first reading.
    pub fn time_ns(&self, frame: f64) -> Option<u64> {
        self.drift.time_ns(frame).filter(|_| self.known)
    }

    /// How much faster the device runs than it says, in parts of a million.
    pub fn drift_ppm(&self) -> f64 {
        self.drift.drift_ppm()
    }

    /// How far readings are from the line through them, on average, in nanoseconds.
    pub fn jitter_ns(&self) -> f64 {
        self.drift.jitter_ns()
    }
}

/// The time that a tag means, on the clock that stamps packets.
pub(super) fn due_ns(arrival: Arrival, tag: TimeTag) -> u64 {
    arrival.host_ns.saturating_add_signed(tag.ns_since(arrival.wall))
}
