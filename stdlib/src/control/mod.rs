//! Constants, macros, maths and logic, and the nodes to which the engine gives a meaning.

mod automation;
mod blend;
mod constant;
mod knob;
mod logic;
mod maths;
mod midi_in;
mod midi_send;
mod morph;
mod osc_in;
mod osc_send;
mod patch;
mod probability;
mod quantizer;
mod recall;
mod snapshot;
mod voice;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&automation::SPEC);
    registry.add(&blend::SPEC);
    registry.add(&constant::SPEC);
    registry.add(&knob::SPEC);
    registry.add(&logic::SPEC);
    registry.add(&maths::SPEC);
    registry.add(&midi_in::SPEC);
    registry.add(&midi_send::SPEC);
    registry.add(&morph::SPEC);
    registry.add(&osc_in::SPEC);
    registry.add(&osc_send::SPEC);
    registry.add(&patch::SPEC);
    registry.add(&probability::SPEC);
    registry.add(&quantizer::SPEC);
    registry.add(&recall::SPEC);
    registry.add(&snapshot::SPEC);
    registry.add(&voice::SPEC);
}
