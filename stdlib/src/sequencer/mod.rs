//! What plays notes, and what changes them on their way.

mod arp;
pub(crate) mod chance;
mod clip;
mod clip_notes;
mod clockdiv;
mod cv;
mod euclid;
mod held;
mod humanize;
mod line;
pub(crate) mod note_map;
mod pattern;
mod player;
mod rate;
mod script;
mod sounding;
pub mod step_text;
mod steps;
#[cfg(test)]
pub(crate) mod testing;
mod transpose;
mod velocity;
pub(crate) mod watch;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&arp::SPEC);
    registry.add(&clip::SPEC);
    registry.add(&clockdiv::SPEC);
    registry.add(&cv::SPEC);
    registry.add(&euclid::SPEC);
    registry.add(&humanize::SPEC);
    registry.add(&pattern::SPEC);
    registry.add(&script::SPEC);
    registry.add(&steps::SPEC);
    registry.add(&transpose::SPEC);
    registry.add(&velocity::SPEC);
}
