//! Synthesised drums.

mod hit;
pub mod kick;
pub(crate) mod parts;
pub(crate) mod strike;

#[cfg(test)]
pub(crate) mod check;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&kick::SPEC);
}
