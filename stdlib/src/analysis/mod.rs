//! Meters, scopes and spectra.

pub mod loudness;
mod meter;
pub mod running;
pub mod scope;
mod shown;
pub mod spectrum;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&meter::SPEC);
    registry.add(&scope::SPEC);
    registry.add(&spectrum::SPEC);
}
