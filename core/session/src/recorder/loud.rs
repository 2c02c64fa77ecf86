//! How loud what is heard is: measured by the recorder's thread while somebody looks.

use bf_stdlib::analysis::running::{Readings, Running};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::Arc;

/// The loudness of what is heard. Nothing is measured until somebody watches.
#[derive(Debug, Default)]
pub struct HeardLoudness {
    watched: AtomicBool,
    resets: AtomicU32,
    values: [AtomicU32; 5],
}

impl HeardLoudness {
    /// Whether somebody looks.
    pub fn watch(&self, on: bool) {
        self.watched.store(on, Relaxed);
    }

    /// Begins the integrated loudness, the range and the true peak anew.
    pub fn reset(&self) {
        self.resets.fetch_add(1, Relaxed);
    }

    /// The newest readings; all are 0 before the first.
    pub fn readings(&self) -> Readings {
        let [momentary, short_term, integrated, range, true_peak] =
            self.values.each_ref().map(|value| f32::from_bits(value.load(Relaxed)));
        Readings { momentary, short_term, integrated, range, true_peak }
    }
}

/// The thread's end.
pub(super) struct Listener {
    tells: Arc<HeardLoudness>,
    running: Running,
    resets: u32,
}

impl Listener {
    pub(super) fn new(rate: u32, tells: Arc<HeardLoudness>) -> Listener {
        Listener { tells, running: Running::new(rate), resets: 0 }
    }

    pub(super) fn take(&mut self, frame: u64, sides: [&[f32]; 2]) {
        if !self.tells.watched.load(Relaxed) {
            return;
        }
        let resets = self.tells.resets.load(Relaxed);
        if resets != self.resets {
            self.resets = resets;
            self.running.reset();
        }
        self.running.take(frame, sides);
        let r = self.running.readings();
        let values = [r.momentary, r.short_term, r.integrated, r.range, r.true_peak];
        self.tells.values.iter().zip(values).for_each(|(to, value)| to.store(value.to_bits(), Relaxed));
    }
}
