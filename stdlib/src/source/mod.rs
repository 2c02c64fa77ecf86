//! Oscillators, noises and plucks.

pub mod brown;
pub mod fm;
mod metronome;
mod osc;
pub mod pink;
pub mod pluck;
pub mod saw;
pub mod sine;
pub mod square;
mod sync;
pub mod triangle;
mod waves;
pub mod wavetable;
pub mod white;

#[cfg(test)]
pub(crate) mod check;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&brown::SPEC);
    registry.add(&fm::SPEC);
    registry.add(&metronome::SPEC);
    registry.add(&pink::SPEC);
    registry.add(&pluck::SPEC);
    registry.add(&saw::SPEC);
    registry.add(&sine::SPEC);
    registry.add(&square::SPEC);
    registry.add(&triangle::SPEC);
    registry.add(&wavetable::SPEC);
    registry.add(&white::SPEC);
}
