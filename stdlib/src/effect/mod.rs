//! Shapers, delays and reverbs.

mod blend;
pub(crate) use blend::blend_one;
pub mod chorus;
pub mod crush;
pub mod delay;
pub mod fdn;
pub mod flanger;
pub mod freeverb;
pub mod freqshift;
#[cfg(test)]
pub(crate) mod laws;
pub mod phaser;
pub mod plate;
pub mod ringmod;
pub mod shaper;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&chorus::SPEC);
    registry.add(&crush::SPEC);
    registry.add(&delay::SPEC);
    registry.add(&fdn::SPEC);
    registry.add(&flanger::SPEC);
    registry.add(&freeverb::SPEC);
    registry.add(&freqshift::SPEC);
    registry.add(&phaser::SPEC);
    registry.add(&plate::SPEC);
    registry.add(&ringmod::SPEC);
    registry.add(&shaper::SPEC);
}
