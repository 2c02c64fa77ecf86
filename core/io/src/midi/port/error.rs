//! Why a MIDI port cannot be had.

use super::Way;

/// The ports that there are, in words.
fn listed(names: &[String]) -> String {
    match names {
        [] => "there is none".to_owned(),
        names => format!("there are {}", names.join(", ")),
    }
}

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
    /// No port answers to a wish.
    #[error("no MIDI {way} answers to `{wish}`: {}; it is used as soon as it is there", listed(.there))]
    NotThere {
        /// In or out.
        way: Way,
        /// The part of a name.
        wish: String,
        /// Those that there are.
        there: Vec<String>,
    },
    /// A port is there and cannot be opened.
    #[error("the MIDI {way} `{port}` cannot be opened ({why}); close what uses it. {}", listed(.there))]
    Refused {
        /// In or out.
        way: Way,
        /// Its name.
        port: String,
        /// What the system said.
        why: String,
        /// Those that there are.
        there: Vec<String>,
    },
    /// The system grants no thread.
    #[error("the thread for MIDI cannot be started ({why}); close other programs")]
    NoThread {
        /// What the system said.
        why: String,
    },
}
