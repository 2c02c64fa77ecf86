//! From a path to a sample that players read.

use crate::{Limits, MediaError, Warning, Watch, decode_watched, octaves};
use bf_node::Sample;
use std::path::Path;

/// Decodes, resamples to `rate`, makes octave copies. The warnings are for the user; the sample plays.
///
/// # Errors
/// See [`MediaError`].
pub fn load_sample(path: impl AsRef<Path>, rate: u32) -> Result<(Sample, Vec<Warning>), MediaError> {
    load_sample_watched(path.as_ref(), rate, Limits::default(), &mut Watch::none())
}

/// [`load_sample`] with limits and progress; it may be cancelled.
///
/// # Errors
/// See [`MediaError`].
pub fn load_sample_watched(
    path: &Path,
    rate: u32,
    limits: Limits,
    watch: &mut Watch<'_>,
) -> Result<(Sample, Vec<Warning>), MediaError> {
    let sound = decode_watched(path, limits, &mut watch.stage(0.0, 0.5))?;
    let sample = octaves::build_watched(&sound, rate, &mut watch.stage(0.5, 1.0))?;
    // Whoever watches sees the end; it is too late to cancel.
    let _ = watch.tick(1.0);
    Ok((sample, sound.warnings))
}
