//! Sound files, sample-rate conversion, octave copies, standard MIDI files, sample banks. No devices, no threads.

pub mod bank;
pub mod check;
pub mod decode;
pub mod error;
mod fresh;
pub mod hash;
pub mod library;
pub mod load;
pub mod midi;
pub mod notes;
pub mod octaves;
mod repair;
pub mod resample;
mod riff;
pub mod shipped;
pub mod watch;
pub mod wav;

pub use bank::{Bank, BankError};
pub use decode::{Decoded, Limits, Warning, decode, decode_bytes, decode_watched};
pub use error::MediaError;
pub use fresh::fresh;
pub use library::{FindError, Found, Library, Owner, SoundName};
pub use load::{load_sample, load_sample_watched};
pub use notes::load_notes;
pub use octaves::build_sample;
pub use resample::resample;
pub use watch::Watch;
