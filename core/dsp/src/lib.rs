//! Kernels and lane types: slices in, slices out. Nothing here allocates after `new`.
//!
//! A kernel is written once over [`Lane`] and serves one voice (`f32`), eight (`f32x8`) or a batch of
//! sixteen (`Wide`), which hides the latency of a recursion behind independent work.

pub mod biquad;
pub mod blep;
pub mod crossing;
pub mod cubic;
pub mod damper;
pub mod delay;
pub mod dynamics;
pub mod envelope;
pub mod eq_band;
pub mod fader;
pub mod fdn;
pub mod fourier;
pub mod freeverb;
pub mod grid;
pub mod halfband;
pub mod heads;
pub mod hilbert;
pub mod histogram;
pub mod lagrange;
pub mod lane;
pub mod level_meter;
pub mod look_ahead;
pub mod loudness;
pub mod math;
pub mod mips;
pub mod noise;
pub mod pan;
pub mod plate;
pub mod rbj;
pub mod rest;
pub mod sinc;
pub mod sine;
pub mod string;
pub mod svf;
pub mod tail;
pub mod true_peak;

pub use lane::{Lane, LaneBits, Wide};
pub use wide::{f32x8, u32x8};

/// Steady params and coefficients are sampled at absolute frames divisible by this, so that the size of a
/// block never changes the sound.
pub const GRID: usize = 16;
