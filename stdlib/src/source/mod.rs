//! Oscillators, noises and plucks.

mod osc;
pub mod saw;
pub mod sine;
pub mod square;
mod sync;
pub mod triangle;

#[cfg(test)]
pub(crate) mod check;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&saw::SPEC);
    registry.add(&sine::SPEC);
    registry.add(&square::SPEC);
    registry.add(&triangle::SPEC);
}
