//! The nodes that ship: one file a node, one `register`.

pub mod analysis;
pub mod bridge;
pub mod control;
pub mod drum;
pub mod dynamics;
pub mod effect;
pub mod filter;
pub mod library;
pub mod mix;
pub mod modulation;
pub mod sampler;
pub mod sequencer;
pub mod source;

use bf_node::Registry;

/// Adds every node that ships.
pub fn register(registry: &mut Registry) {
    analysis::register(registry);
    bridge::register(registry);
    control::register(registry);
    drum::register(registry);
    dynamics::register(registry);
    effect::register(registry);
    filter::register(registry);
    mix::register(registry);
    modulation::register(registry);
    sampler::register(registry);
    sequencer::register(registry);
    source::register(registry);
}
