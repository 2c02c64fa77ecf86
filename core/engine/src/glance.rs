//! What a window sees of a node while it plays: how loud its outputs are, and what it costs.

use bf_patch::compile::Face;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Levels are taken once in so many frames, in each block those of a share of the nodes.
const LOOKED: usize = 512;
/// What is left of a level from one look to the next: a tenth after some 300 ms at 48 kHz.
const DECAY: f32 = 0.92;

/// Which bits of a node's number and of a block's agree where the node is looked at in that block.
pub(crate) fn mask(block: usize) -> u32 {
    (LOOKED / block.max(1)).clamp(1, 8).next_power_of_two() as u32 - 1
}

/// Peaks and cost of one node, which the audio thread writes while [`crate::Shared::watch`] is on and anyone reads.
#[derive(Debug)]
pub struct Glance {
    peaks: Box<[AtomicU32]>,
    cpu_ns: AtomicU32,
}

impl Glance {
    /// Nothing seen yet.
    pub(crate) fn of(face: &Face) -> Glance {
        let outputs = match face {
            Face::Node(spec) => spec.outputs.len(),
            Face::Patch(patch) => patch.output_names.len(),
        };
        Glance { peaks: (0..outputs).map(|_| AtomicU32::new(0)).collect(), cpu_ns: AtomicU32::new(0) }
    }

    /// One that stays as it is, with these peaks of its outputs, for whoever draws it where nothing plays.
    pub fn still(peaks: &[f32], cpu_ns: f32) -> Glance {
        let bits = |number: &f32| AtomicU32::new(number.to_bits());
        Glance { peaks: peaks.iter().map(bits).collect(), cpu_ns: bits(&cpu_ns) }
    }

    /// The peak of an output, all its channels together, falling slowly where it was louder before; 0 for events.
    pub fn peak(&self, output: usize) -> f32 {
        self.peaks.get(output).map_or(0.0, |peak| f32::from_bits(peak.load(Relaxed)))
    }

    /// Smoothed CPU time of a block in nanoseconds; 0 where it is not measured.
    pub fn cpu_ns(&self) -> f32 {
        f32::from_bits(self.cpu_ns.load(Relaxed))
    }

    /// # Realtime Safety
    /// Wait-free.
    pub(crate) fn tell_peak(&self, output: usize, peak: f32, is_first: bool) {
        let Some(held) = self.peaks.get(output) else { return };
        let last = f32::from_bits(held.load(Relaxed)) * if is_first { DECAY } else { 1.0 };
        // Below −100 dB nothing is seen, and nothing is to become denormal.
        let last = if last < 1e-5 { 0.0 } else { last };
        held.store(peak.max(last).to_bits(), Relaxed);
    }

    /// # Realtime Safety
    /// Wait-free.
    pub(crate) fn tell_cost(&self, ns: f32) {
        self.cpu_ns.store(ns.to_bits(), Relaxed);
    }
}
