//! Synthesised drums.

pub mod clap;
pub mod cymbal;
pub mod hat;
mod hit;
pub mod kick;
pub(crate) mod parts;
pub mod snare;
pub(crate) mod strike;
pub mod tom;

#[cfg(test)]
pub(crate) mod check;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&clap::SPEC);
    registry.add(&cymbal::SPEC);
    registry.add(&hat::SPEC);
    registry.add(&kick::SPEC);
    registry.add(&snare::SPEC);
    registry.add(&tom::SPEC);
}
