//! Written notes in memory, as a standard MIDI file holds them.

use bf_pattern::Ratio;

/// The notes of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoteFile {
    /// Where they came from, for messages.
    pub name: String,
    /// By beginning, then pitch.
    pub notes: Vec<FileNote>,
    /// Beats until the file's end, up to a whole bar of its first signature.
    pub length: Ratio,
    /// A hash of the file, so that equal files are known as equal.
    pub hash: u64,
}

/// A note of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileNote {
    /// Beats from the start of the file to its beginning and its end; the end lies behind.
    pub start: Ratio,
    /// See `start`.
    pub end: Ratio,
    /// MIDI note number, 0 to 127.
    pub pitch: u8,
    /// 1 to 127.
    pub velocity: u8,
    /// 1 to 16; 10 is the drums of General MIDI.
    pub channel: u8,
    /// From 1; only tracks that hold notes are counted.
    pub track: u16,
}
