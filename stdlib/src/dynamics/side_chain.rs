//! Which signal a dynamics node listens to.

use bf_dsp::Lane;
use bf_dsp::grid::Cut;
use bf_node::Io;

/// The most channels that are listened to.
pub(super) const HEARD: usize = 8;

/// The input that counts: the side chain where a cable enters it, the sound itself otherwise.
#[derive(Clone, Copy)]
pub(super) struct Listen {
    pub(super) input: usize,
    pub(super) channels: usize,
}

impl Listen {
    pub(super) fn new(io: &Io<'_>, input: usize, side: usize) -> Listen {
        let input = if io.patched(side) { side } else { input };
        Listen { input, channels: io.input_channels(input).min(HEARD) }
    }
    /// The frames of a channel.
    pub(super) fn channel<'a>(&self, io: &Io<'a>, channel: usize, cut: Cut) -> &'a [f32] {
        &io.input::<f32>(self.input, channel)[cut.from..cut.to]
    }
    /// The greatest magnitude over the channels at every frame, so that the channels are turned down together.
    pub(super) fn magnitude(&self, io: &Io<'_>, cut: Cut, level: &mut [f32]) {
        level.fill(0.0);
        for channel in 0..self.channels {
            for (level, x) in level.iter_mut().zip(self.channel(io, channel, cut)) {
                *level = level.max(sane(*x));
            }
        }
    }
}

/// The magnitude of what could be sound; 0 for what is no number.
#[inline(always)]
pub(super) fn sane(x: f32) -> f32 {
    Lane::clamp(x.abs(), 0.0, 1e6)
}

/// Whether every channel of some inputs is exactly zero over the block.
pub(super) fn all_silent(io: &Io<'_>, inputs: &[usize]) -> bool {
    inputs.iter().all(|&input| (0..io.input_channels(input)).all(|c| io.input_silent(input, c)))
}
