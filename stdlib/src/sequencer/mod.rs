//! What plays notes.

pub(crate) mod chance;
mod clip;
mod clip_notes;
mod euclid;
mod line;
mod player;
mod rate;
mod sounding;
mod step_text;
mod steps;
#[cfg(test)]
pub(crate) mod testing;
mod watch;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&clip::SPEC);
    registry.add(&euclid::SPEC);
    registry.add(&steps::SPEC);
}
