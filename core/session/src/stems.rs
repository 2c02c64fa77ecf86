//! File names of stems.

use std::path::{Path, PathBuf};

/// `song.wav` and the strip `kit/drums` give `song-kit-drums.wav`.
pub(crate) fn stem_path(out: &Path, strip: &str) -> PathBuf {
    let base = out.file_stem().map_or_else(|| "out".to_owned(), |s| s.to_string_lossy().into_owned());
    out.with_file_name(format!("{base}-{}.wav", strip.replace('/', "-")))
}
