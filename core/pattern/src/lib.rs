//! Musical time: exact ratios, tempo, transport, scales. Pure: no clock, no I/O.

pub mod note;
pub mod ratio;
pub mod scale;
pub mod transport;

pub use ratio::Ratio;
pub use transport::{Tempo, Transport};
