//! Gains, pans, strips and buses, and the edges where sound enters and leaves.

mod bus;
mod channel;
mod crossfade;
mod cue;
pub mod curves;
mod gain;
mod input;
mod mixer;
mod output;
mod pan;
mod strip;
#[cfg(test)]
pub(crate) mod testing;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&bus::SPEC);
    registry.add(&crossfade::SPEC);
    registry.add(&cue::SPEC);
    registry.add(&gain::SPEC);
    registry.add(&input::SPEC);
    registry.add(&mixer::SPEC);
    registry.add(&output::SPEC);
    registry.add(&pan::SPEC);
    registry.add(&strip::SPEC);
}
