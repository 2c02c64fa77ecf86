//! What the machine itself takes away: plain arithmetic behind each block, on the same thread and as long as blocks are.
//!
//! The CPU clock of a thread counts time that a hypervisor or an interrupt has taken from it. Arithmetic that allocates
//! nothing and touches no memory shows how often: where it takes longer than a block may, so may the engine's block,
//! whatever the engine does.

use bf_session::thread_cpu_ns;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Default)]
pub(crate) struct Yardstick {
    blocks: AtomicU64,
    block_ns: AtomicU64,
    times: AtomicU64,
    steps: AtomicU64,
    total_ns: AtomicU64,
    over: AtomicU64,
    worst_ns: AtomicU64,
}

/// Steps of the first pieces, until it is known how long a step takes.
const FIRST: u64 = 20_000;

impl Yardstick {
    /// Makes a block, then does arithmetic that takes as long as blocks have on average. More than so many nanoseconds are
    /// over.
    pub(crate) fn beside(&self, limit_ns: u64, block: impl FnOnce()) {
        let before = thread_cpu_ns();
        block();
        self.block_ns.fetch_add(thread_cpu_ns() - before, Relaxed);
        let mean = self.block_ns.load(Relaxed) / (self.blocks.fetch_add(1, Relaxed) + 1);
        self.piece(mean, limit_ns);
    }

    /// Does arithmetic that takes about so many nanoseconds.
    pub(crate) fn piece(&self, mean: u64, limit_ns: u64) {
        let (steps, total) = (self.steps.load(Relaxed), self.total_ns.load(Relaxed));
        let steps = (mean * steps).checked_div(total).map_or(FIRST, |steps| steps.clamp(1_000, 2_000_000));
        let before = thread_cpu_ns();
        let mut x = 1.0f64;
        for _ in 0..steps {
            x = black_box(x * 1.000_000_1 + 1e-9);
        }
        black_box(x);
        let took = thread_cpu_ns() - before;
        self.times.fetch_add(1, Relaxed);
        self.steps.fetch_add(steps, Relaxed);
        self.total_ns.fetch_add(took, Relaxed);
        self.worst_ns.fetch_max(took, Relaxed);
        if took > limit_ns {
            self.over.fetch_add(1, Relaxed);
        }
    }

    /// How many pieces there were, how many of them were over, and how long the worst took.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        (self.times.load(Relaxed), self.over.load(Relaxed), self.worst_ns.load(Relaxed))
    }

    /// Whether so many missed blocks are more than the machine explains: none are where it took nothing away.
    pub(crate) fn is_too_many(&self, missed: u64) -> bool {
        missed > 3 * self.over.load(Relaxed)
    }

    /// Prints what it found, and answers as [`Yardstick::is_too_many`].
    pub(crate) fn judge(&self, missed: u64) -> bool {
        let (times, over) = (self.times.load(Relaxed).max(1), self.over.load(Relaxed));
        println!(
            "       beside them {over} of {times} pieces of plain arithmetic took longer than a block may ({:.0} us on average, \
             blocks {:.0}; {:.0} at worst): so much this machine takes away",
            self.total_ns.load(Relaxed) as f64 / times as f64 / 1e3,
            self.block_ns.load(Relaxed) as f64 / times as f64 / 1e3,
            self.worst_ns.load(Relaxed) as f64 / 1e3
        );
        self.is_too_many(missed)
    }
}
