//! Players of recorded sound.

mod audio_clip;
mod eights;
mod envelope;
mod lane;
mod place;
mod player;
mod pool;
mod round;
mod sample_voice;
mod taps;
#[cfg(test)]
mod tests;
mod voice;

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&audio_clip::SPEC);
    registry.add(&player::SPEC);
    registry.add(&sample_voice::SPEC);
}
