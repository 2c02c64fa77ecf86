//! Standard MIDI files to notes in exact beats, and back.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::read_bytes;
pub use read::{parse_midi, read_midi};
pub use write::{Division, MidiWriteError, write_midi};

use bf_pattern::{Ratio, Tempo};
use std::path::PathBuf;

/// Why a MIDI file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MidiError {
    /// There is no such file.
    #[error("{}: there is no such file; check the path", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It holds no notes.
    #[error("{}: holds no notes", path.display())]
    Empty {
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
    /// It is no MIDI file.
    #[error("{}: is not a standard MIDI file: {cause}", path.display())]
    NotMidi {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        cause: String,
    },
}

/// One note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MidiNote {
    /// Beats (quarter notes) from the start of the file.
    pub start: Ratio,
    /// Beats; at least one tick.
    pub length: Ratio,
    /// 0 to 127; 60 is middle C.
    pub pitch: u8,
    /// 1 to 127.
    pub velocity: u8,
    /// 0 to 15; 9 is the drum channel of General MIDI.
    pub channel: u8,
    /// Which track of the file.
    pub track: u16,
}

/// A tempo from a beat on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TempoChange {
    /// Beats from the start of the file.
    pub at: Ratio,
    /// The tempo.
    pub tempo: Tempo,
}

/// A time signature from a beat on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Beats (quarter notes) from the start of the file.
    pub at: Ratio,
    /// Counts in a bar.
    pub counts: u8,
    /// The note that counts one: 4 is a quarter.
    pub unit: u16,
}

/// Something that moves beside the notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MidiControl {
    /// Beats from the start of the file.
    pub at: Ratio,
    /// 0 to 15.
    pub channel: u8,
    /// Which track of the file.
    pub track: u16,
    /// What moves, and to what.
    pub change: MidiChange,
}

/// What moves beside the notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MidiChange {
    /// A controller, 0 to 127, to 0 to 127.
    Controller(u8, u8),
    /// The program, 0 to 127.
    Program(u8),
    /// The pitch wheel, −8192 to 8191.
    Bend(i16),
    /// The pressure on all keys, 0 to 127.
    Pressure(u8),
    /// The pressure on one key, both 0 to 127.
    KeyPressure(u8, u8),
}

/// How the tracks of a file belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MidiKind {
    /// All is in one track (type 0).
    Single,
    /// Tracks play together (type 1).
    #[default]
    Together,
    /// Each track is a pattern of its own, which begins at 0 (type 2).
    Apart,
}

/// What a MIDI file plays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MidiFile {
    /// How its tracks belong together.
    pub kind: MidiKind,
    /// By start, then pitch, then track.
    pub notes: Vec<MidiNote>,
    /// By beat, else as they stand in the file.
    pub controls: Vec<MidiControl>,
    /// By beat; empty where the file says none, which means 120.
    pub tempos: Vec<TempoChange>,
    /// By beat; empty where the file says none, which means 4/4.
    pub signatures: Vec<Signature>,
    /// One a track, empty where it has none.
    pub track_names: Vec<String>,
    /// Where the last track ends, in beats.
    pub length: Ratio,
}
