//! What can go wrong with a sound file, in the user's words.

use std::path::PathBuf;

/// Why a sound could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// There is no such file.
    #[error("{}: there is no such file; check the path, or bring the file back", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The system would not let it be read.
    #[error("{}: could not be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It holds no frames.
    #[error("{}: holds no sound; its length is zero", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is no sound file of a known format.
    #[error("{}: is not a sound file that can be read (WAV, AIFF, FLAC, MP3 and OGG Vorbis can): {cause}", path.display())]
    NotAudio {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        cause: String,
    },
    /// It is a sound file, but nothing in it could be decoded.
    #[error("{}: is damaged; nothing in it could be decoded: {cause}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        cause: String,
    },
    /// The file has more bytes than the limit.
    #[error("{}: is too large: {megabytes} MB, the limit is {limit_megabytes} MB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        megabytes: u64,
        /// The most that is read.
        limit_megabytes: u64,
    },
    /// The sound is longer than the limit.
    #[error("{}: is too long: over {limit_secs} seconds of sound are not loaded into memory; cut it first", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that is loaded.
        limit_secs: u64,
    },
    /// The sample rate makes no sense.
    #[error("{}: says {rate} frames a second; rates from 1,000 to 768,000 can be read", path.display())]
    Rate {
        /// The file.
        path: PathBuf,
        /// What it says.
        rate: u32,
    },
    /// The rates are too odd to be converted.
    #[error("{}: could not be converted from {from} to {to} frames a second: {cause}", path.display())]
    Resample {
        /// The file.
        path: PathBuf,
        /// The file's rate.
        from: u32,
        /// The wanted rate.
        to: u32,
        /// What the converter said.
        cause: String,
    },
    /// The work was cancelled.
    #[error("{}: loading was cancelled", path.display())]
    Cancelled {
        /// The file.
        path: PathBuf,
    },
}
