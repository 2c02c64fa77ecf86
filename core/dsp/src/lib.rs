//! Kernels and lane types: slices in, slices out. Nothing here allocates after `new`.
//!
//! A kernel is written once over [`Lane`] and serves one voice (`f32`), eight (`f32x8`) or a batch of
//! thirty-two (`Wide`), which hides the latency of a recursion behind independent work.

pub mod blep;
pub mod fourier;
pub mod lane;
pub mod math;
pub mod mips;
pub mod noise;
pub mod sine;
pub mod string;

pub use lane::{Lane, LaneBits, Wide};
pub use wide::{f32x8, u32x8};

/// Steady params and coefficients are sampled at absolute frames divisible by this, so that the size of a
/// block never changes the sound.
pub const GRID: usize = 16;
