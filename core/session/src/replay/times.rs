//! A performance again without a device and without a file: what its blocks cost the engine.
//!
//! A machine that is shared takes time away at random, and the CPU clock of a thread may count it. What the engine does at
//! a block is the same in every turn: a block that is over its time by its own work is so each time.

use super::tape::{Player, Tape};
use super::{Folder, ReplayError};
use bf_node::Registry;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Blocks between two looks at whether it goes on.
const TOLD_EVERY: usize = 256;

/// What the blocks of a performance cost.
#[derive(Clone, Debug, Default)]
pub struct ReplayTimes {
    /// How long a block lasts, in nanoseconds.
    pub block_ns: u64,
    /// The least CPU time of each block over all turns, in nanoseconds. The first one is left out: in it the engine takes
    /// in what it had before its device began.
    pub least: Vec<u64>,
    /// The most CPU time of each block.
    pub most: Vec<u64>,
    /// Where it may have been otherwise than it was, and why.
    pub differs: Vec<String>,
}

impl ReplayTimes {
    /// The block that takes longest, by its number from 1, and its least time in nanoseconds.
    pub fn slowest(&self) -> (usize, u64) {
        let numbered = self.least.iter().enumerate().map(|(i, time)| (i + 1, *time));
        numbered.max_by_key(|(_, time)| *time).unwrap_or((0, 0))
    }

    /// Blocks that were over their time in every turn.
    pub fn over(&self) -> usize {
        self.least.iter().filter(|time| **time > self.block_ns).count()
    }

    /// Blocks that were over their time in one turn or another.
    pub fn over_once(&self) -> usize {
        self.most.iter().filter(|time| **time > self.block_ns).count()
    }
}

/// Gives an engine a performance so many times over; none named: the last. Tells which part of it is done (0 to 1).
///
/// # Errors
/// What cannot be read, that the system has no clock for it, and that it was cancelled.
pub fn replay_times(
    set: &Path,
    performance: Option<usize>,
    registry: &Arc<Registry>,
    turns: usize,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<ReplayTimes, ReplayError> {
    if crate::thread_cpu_ns() == 0 {
        return Err(ReplayError::NoClock);
    }
    let (folder, _) = Folder::place(set);
    let mut all = ReplayTimes::default();
    for turn in 0..turns {
        let tape = Tape::read(set, performance)?;
        let frames = tape.frames;
        all.block_ns = u64::from(tape.opened.block) * 1_000_000_000 / u64::from(tape.opened.sample_rate.max(1));
        let mut player = Player::new(tape, &folder, Arc::clone(registry), false);
        player.watch();
        player.timed();
        let mut nth = 0;
        while player.frame() < frames && player.goes_on() {
            let time = player.timed();
            match all.least.get_mut(nth).zip(all.most.get_mut(nth)) {
                Some((least, most)) => (*least, *most) = (time.min(*least), time.max(*most)),
                None => {
                    all.least.push(time);
                    all.most.push(time);
                }
            }
            nth += 1;
            if nth.is_multiple_of(TOLD_EVERY) {
                if cancel.load(Ordering::Relaxed) {
                    return Err(ReplayError::Cancelled);
                }
                progress((turn as f64 + player.frame() as f64 / frames.max(1) as f64) / turns as f64);
            }
        }
        if turn == 0 {
            all.differs = player.differs();
        }
    }
    Ok(all)
}
