//! Compressors, gates and limiters.

mod compressor;
mod gate;
mod limiter;
mod side_chain;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&compressor::SPEC);
    registry.add(&gate::SPEC);
    registry.add(&limiter::SPEC);
}
