//! What the machine itself takes away: a fixed piece of work beside what is measured, on the same thread.
//!
//! The CPU clock of a thread counts time that a hypervisor or an interrupt has taken from it. Work that is the same every
//! time shows how often: where it takes longer than a block, so may a block of the engine, whatever the engine does.

use bf_session::thread_cpu_ns;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Steps of arithmetic: a tenth of a millisecond or two.
const STEPS: u32 = 40_000;

#[derive(Default)]
pub(crate) struct Yardstick {
    times: AtomicU64,
    total_ns: AtomicU64,
    over: AtomicU64,
    worst_ns: AtomicU64,
}

impl Yardstick {
    /// Does the work once; more than so many nanoseconds are over.
    pub(crate) fn measure(&self, limit_ns: u64) {
        let before = thread_cpu_ns();
        let mut x = 1.0f64;
        for _ in 0..STEPS {
            x = black_box(x * 1.000_000_1 + 1e-9);
        }
        black_box(x);
        let took = thread_cpu_ns() - before;
        self.times.fetch_add(1, Relaxed);
        self.total_ns.fetch_add(took, Relaxed);
        self.worst_ns.fetch_max(took, Relaxed);
        if took > limit_ns {
            self.over.fetch_add(1, Relaxed);
        }
    }

    /// Prints what it found. Whether so many missed blocks are more than the machine explains: none are where it took
    /// nothing away.
    pub(crate) fn judge(&self, missed: u64) -> bool {
        let (times, over) = (self.times.load(Relaxed), self.over.load(Relaxed));
        println!(
            "       beside them {over} of {times} pieces of fixed work took longer than a block ({:.0} us on average, {:.0} at worst): so much this machine takes away",
            self.total_ns.load(Relaxed) as f64 / times.max(1) as f64 / 1e3,
            self.worst_ns.load(Relaxed) as f64 / 1e3
        );
        missed > 3 * over
    }
}
