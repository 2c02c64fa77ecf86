//! The engine: a control half that compiles and a audio half that sounds, joined by two bounded rings.

mod aside;
mod controller;
mod denormals;
mod engine;
mod glance;
mod make;
mod message;
mod program;
mod record;
mod run;
mod schedule;
mod scope;
mod shared;
mod slots;
mod sums;
mod tape;
mod voices;
mod wave;

pub use controller::{Controller, LoadError, Loaded, Notice, Target};
pub use denormals::FlushToZero;
pub use engine::Engine;
pub use glance::Glance;
pub use message::{Move, Receipt, When};
pub use record::{PIECE, Sound, Stem};
pub use scope::{Passed, Scope, Seen};
pub use shared::{Shared, Status};
pub use tape::{Given, GivenSet, Taken};
pub use wave::Wave;

use bf_dsp::GRID;

/// What an engine is made for.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Frames a second.
    pub sample_rate: u32,
    /// Frames of a block: a multiple of 16 from 16 to 1,024. It never changes the sound.
    pub block: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Reads this thread's CPU time in nanoseconds, where load and missed blocks are to be measured.
    pub cpu_clock: Option<fn() -> u64>,
}

impl Default for Config {
    fn default() -> Config {
        Config { sample_rate: 48_000, block: 64, seed: 1, cpu_clock: None }
    }
}

impl Config {
    /// Frames of a fade: 5 ms.
    pub fn fade_len(&self) -> u64 {
        u64::from(self.sample_rate) / 200
    }
    /// Frames of a glide: 10 ms, on the grid.
    pub fn glide_len(&self) -> u64 {
        (u64::from(self.sample_rate) / 100).next_multiple_of(GRID as u64)
    }
    /// The length of a block in nanoseconds.
    pub fn block_ns(&self) -> u64 {
        self.block as u64 * 1_000_000_000 / u64::from(self.sample_rate.max(1))
    }
}
