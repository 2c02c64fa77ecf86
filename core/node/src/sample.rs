//! Recorded sound in memory, ready to be read at any rate.

use crate::NoteFile;
use std::sync::Arc;

/// Frames before the first and after the last frame of a level, so that interpolation reads past the ends.
pub const GUARD: usize = 8;

/// Recorded sound with copies for higher pitches.
#[derive(Debug, Default)]
pub struct Sample {
    /// Where it came from, for messages.
    pub name: String,
    /// Frames a second, as the engine runs (samples are resampled when they are loaded).
    pub sample_rate: f32,
    /// 1 or 2.
    pub channels: usize,
    /// Frames of the full-band level.
    pub frames: usize,
    /// Octave copies: level 0 is the full band; level `k` is low-passed to a `2^k`th of it and keeps every
    /// `2^stride(k)`th frame, see [`stride`].
    pub levels: Vec<Level>,
    /// The frames of the full band at which its slices begin, rising; empty where none are marked.
    pub slices: Vec<usize>,
    /// A hash of the decoded content, so that equal sounds are known as equal.
    pub hash: u64,
}

/// How many octaves fewer frames a level has than the full band. The first two copies have all of them: a curve through
/// four is then as good as through four of the full band. The others have four times what their band needs.
pub const fn stride(level: usize) -> u32 {
    level.saturating_sub(2) as u32
}

/// One octave copy.
#[derive(Debug, Default)]
pub struct Level {
    /// Frames without the guards.
    pub frames: usize,
    /// Interleaved, [`GUARD`] frames of silence on both sides: frame `i` of channel `c` is `data[(i + GUARD) * channels + c]`.
    pub data: Vec<f32>,
}

/// Where a node finds its samples and notes while it is made.
pub trait SampleSource {
    /// The sample at a path as the patch names it; `None` while it loads or when it is missing.
    fn sample(&self, path: &str) -> Option<Arc<Sample>>;

    /// The notes of a MIDI file at a path as the patch names it; `None` while it loads or when it is missing.
    fn notes(&self, _path: &str) -> Option<Arc<NoteFile>> {
        None
    }
}

/// No samples at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSamples;

impl SampleSource for NoSamples {
    fn sample(&self, _path: &str) -> Option<Arc<Sample>> {
        None
    }
}
