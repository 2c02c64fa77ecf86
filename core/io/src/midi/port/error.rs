//! Why a MIDI port cannot be had.

use super::Way;

/// Why a MIDI port cannot be had: what happened, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MidiError {
    /// The system offers no MIDI at all.
    #[error("the system has no MIDI ({why}); on Linux: load the module `snd-seq`, or use JACK's MIDI")]
    NoSystem {
        /// What the system said.
        why: String,
    },
    /// No JACK server runs.
    #[error("no JACK server answers; start one to use its MIDI ports")]
    NoJack,
    /// A port is there and cannot be opened.
    #[error("the MIDI {way} `{port}` cannot be opened ({why}); close what uses it")]
    Refused {
        /// In or out.
        way: Way,
        /// Its name.
        port: String,
        /// What the system said.
        why: String,
    },
    /// The system grants no thread.
    #[error("the thread for MIDI cannot be started ({why}); close other programs")]
    NoThread {
        /// What the system said.
        why: String,
    },
}
