//! Units of fundsp behind one adapter.

mod adapter;
#[cfg(test)]
mod tests;
mod units;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    units::register(registry);
}
