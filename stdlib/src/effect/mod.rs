//! Shapers, delays and reverbs.

mod blend;
pub mod chorus;
pub mod delay;
pub mod fdn;
pub mod flanger;
pub mod freeverb;
#[cfg(test)]
pub(crate) mod laws;
pub mod phaser;
pub mod plate;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&chorus::SPEC);
    registry.add(&delay::SPEC);
    registry.add(&fdn::SPEC);
    registry.add(&flanger::SPEC);
    registry.add(&freeverb::SPEC);
    registry.add(&phaser::SPEC);
    registry.add(&plate::SPEC);
}
