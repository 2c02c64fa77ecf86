//! The newest frames of what is heard, for whoever draws them: nothing is kept until somebody looks.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Frames that are kept of each side: 85 ms at 48 kHz.
const ROOM: usize = 4_096;

/// What is heard, left and right: wait-free on both sides.
#[derive(Debug)]
pub struct Wave {
    watched: AtomicBool,
    sides: [Box<[AtomicU32]>; 2],
    written: AtomicU64,
}

impl Default for Wave {
    fn default() -> Wave {
        let room = || (0..ROOM).map(|_| AtomicU32::new(0)).collect();
        Wave { watched: AtomicBool::new(false), sides: [room(), room()], written: AtomicU64::new(0) }
    }
}

impl Wave {
    /// Whether somebody looks.
    pub fn watch(&self, on: bool) {
        self.watched.store(on, Ordering::Relaxed);
    }

    /// Whether anything is kept now.
    pub fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Copies the newest frames of left and right, oldest first, as many as fit both and at most 2,048. Answers how many
    /// there were.
    pub fn latest(&self, left: &mut [f32], right: &mut [f32]) -> usize {
        // The other half of the room is written on meanwhile.
        let most = left.len().min(right.len()).min(ROOM / 2) as u64;
        let there = self.written.load(Ordering::Acquire);
        let count = most.min(there);
        for (side, out) in self.sides.iter().zip([left, right]) {
            for (i, x) in out.iter_mut().take(count as usize).enumerate() {
                let at = (there - count + i as u64) % ROOM as u64;
                *x = f32::from_bits(side[at as usize].load(Ordering::Relaxed));
            }
        }
        count as usize
    }

    /// Takes what was heard in a block. # Realtime Safety: wait-free; bounded by the frames.
    pub(crate) fn take(&self, heard: &[Vec<f32>; 2]) {
        let written = self.written.load(Ordering::Relaxed);
        if !self.is_watched() {
            if written != 0 {
                self.written.store(0, Ordering::Release);
            }
            return;
        }
        for (side, frames) in self.sides.iter().zip(heard) {
            for (i, x) in frames.iter().enumerate() {
                side[((written + i as u64) % ROOM as u64) as usize].store(x.to_bits(), Ordering::Relaxed);
            }
        }
        self.written.store(written + heard[0].len() as u64, Ordering::Release);
    }
}
