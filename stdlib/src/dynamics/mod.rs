//! Compressors, gates, limiters and duckers.

mod compressor;
mod ducker;
mod gate;
mod limiter;
mod side_chain;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&compressor::SPEC);
    registry.add(&ducker::SPEC);
    registry.add(&gate::SPEC);
    registry.add(&limiter::SPEC);
}
