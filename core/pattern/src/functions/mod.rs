//! The functions of patterns, by family, and the table that names them.

mod combine;
mod conditional;
mod layer;
mod param;
mod pick;
mod random;
mod sample;
mod structure;
mod time;
mod tonal;
mod values;

pub(crate) use combine::lcm;
pub use pick::Lookup;
