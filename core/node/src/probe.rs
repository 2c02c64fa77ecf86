//! What a node shows: values and a stretch of signal, read by other threads without waiting.

use crate::{NodeSpec, Told};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Named values and a ring of frames that the audio thread writes and anyone reads.
#[derive(Debug)]
pub struct Probe {
    values: Box<[AtomicU32]>,
    ring: Box<[AtomicU32]>,
    written: AtomicU64,
    told: Told,
}

impl Probe {
    /// Room for so many values and so many floats of signal.
    pub fn new(values: usize, ring: usize) -> Probe {
        Probe {
            values: (0..values).map(|_| AtomicU32::new(0)).collect(),
            ring: (0..ring).map(|_| AtomicU32::new(0)).collect(),
            written: AtomicU64::new(0),
            told: Told::default(),
        }
    }
    /// Room for what a type publishes and tells.
    pub fn of(spec: &NodeSpec) -> Probe {
        Probe { told: Told::new(spec.told), ..Probe::new(spec.probe_values.len(), spec.probe_frames) }
    }
    /// What the node tells the control thread.
    pub fn told(&self) -> &Told {
        &self.told
    }
    /// Publishes a value. # Realtime Safety: wait-free.
    pub fn set(&self, index: usize, value: f32) {
        if let Some(v) = self.values.get(index) {
            v.store(value.to_bits(), Ordering::Relaxed);
        }
    }
    /// The newest value; 0 before the first.
    pub fn get(&self, index: usize) -> f32 {
        self.values.get(index).map_or(0.0, |v| f32::from_bits(v.load(Ordering::Relaxed)))
    }
    /// Appends to the ring. # Realtime Safety: wait-free.
    pub fn push(&self, x: f32) {
        if self.ring.is_empty() {
            return;
        }
        let n = self.written.load(Ordering::Relaxed);
        self.ring[(n % self.ring.len() as u64) as usize].store(x.to_bits(), Ordering::Relaxed);
        self.written.store(n + 1, Ordering::Release);
    }
    /// How many floats were ever pushed.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }
    /// Copies the newest floats, oldest first, and returns how many there were.
    pub fn latest(&self, out: &mut [f32]) -> usize {
        let (n, len) = (self.written(), self.ring.len() as u64);
        let count = (out.len() as u64).min(len).min(n);
        for i in 0..count {
            let at = (n - count + i) % len;
            out[i as usize] = f32::from_bits(self.ring[at as usize].load(Ordering::Relaxed));
        }
        count as usize
    }
}
