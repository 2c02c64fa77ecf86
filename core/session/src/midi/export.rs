//! What tracks play becomes MIDI files.

use crate::folder::OpenError;
use crate::play::struck::{Struck, Voice, struck};
use crate::session::{Message, Options, Session};
use bf_media::midi::{Division, MidiFile, MidiKind, MidiNote, MidiWriteError, Signature, TempoChange, write_midi};
use bf_node::Registry;
use bf_pattern::{Ratio, Span, Tempo};
use std::path::Path;
use std::sync::Arc;

/// Why a set became no MIDI file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The set cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A track's pattern cannot be asked.
    #[error("track `{track}`: {why}")]
    Pattern {
        /// The track.
        track: String,
        /// What its pattern says.
        why: String,
    },
    /// Nothing of it can be written.
    #[error("no track of this set plays a note in these cycles; tracks of its script are written, not nodes")]
    Empty,
    /// What was found does not fit a file.
    #[error(transparent)]
    Write(#[from] MidiWriteError),
}

/// A set as a MIDI file.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many tracks and notes it has.
    pub tracks: usize,
    /// Notes of all of them.
    pub notes: usize,
    /// Warnings of the set.
    pub messages: Vec<Message>,
}

/// Drums of General MIDI by the names that samples and instruments have.
const DRUMS: [(&str, u8); 22] = [
    ("bd", 36),
    ("kick", 36),
    ("rim", 37),
    ("sd", 38),
    ("snare", 38),
    ("cp", 39),
    ("clap", 39),
    ("hh", 42),
    ("hat", 42),
    ("lt", 45),
    ("oh", 46),
    ("openhat", 46),
    ("mt", 47),
    ("tom", 47),
    ("cr", 49),
    ("cymbal", 49),
    ("ht", 50),
    ("rd", 51),
    ("tb", 54),
    ("cb", 56),
    ("cowbell", 56),
    ("sh", 70),
];
/// A tom whose pitch is said: up to so many Hz, and the drum that it is.
const TOMS: [(f32, u8); 3] = [(100.0, 45), (140.0, 47), (f32::INFINITY, 50)];
const DRUM_CHANNEL: u8 = 9;

/// Writes what the tracks of a set's script play in its first cycles as a MIDI file of type 1, 960 ticks a beat. What
/// has the name of a drum, sample or instrument, goes to the drum channel.
///
/// # Errors
/// Faults of the set, or nothing to write.
pub fn export_midi(
    set: &Path,
    registry: Arc<Registry>,
    options: Options,
    cycles: u32,
) -> Result<Exported, ExportError> {
    let (mut session, _engine) = Session::open(set, registry, options)?;
    let wanted = session.wanted();
    let instruments = session.instruments();
    let main = &session.set().main;
    let bar = Ratio::int(i64::from(main.signature.max(1)));
    let mut file = MidiFile {
        kind: MidiKind::Together,
        tempos: vec![TempoChange { at: Ratio::ZERO, tempo: Tempo::from_bpm(main.tempo) }],
        signatures: vec![Signature { at: Ratio::ZERO, counts: main.signature.clamp(1, 255) as u8, unit: 4 }],
        track_names: vec![String::new()],
        length: Ratio::int(i64::from(cycles)) * bar,
        ..MidiFile::default()
    };
    let query = crate::play::ask::query(&wanted);
    let solo = wanted.tracks.iter().any(|t| t.solo);
    let mut channels = (0u8..16).filter(|c| *c != DRUM_CHANNEL).cycle();
    for track in wanted.tracks.iter().filter(|t| !t.muted && (t.solo || !solo)) {
        let fail = |why: String| ExportError::Pattern { track: track.name.to_string(), why };
        let mut notes: Vec<Struck> = Vec::new();
        for cycle in 0..i64::from(cycles) {
            let events = track.pattern.query(Span::new(cycle, cycle + 1), &query).map_err(|e| fail(e.to_string()))?;
            notes.extend(events.iter().filter_map(|event| struck(event, &instruments)));
        }
        if notes.is_empty() {
            continue;
        }
        let number = file.track_names.len() as u16;
        file.track_names.push(track.name.to_string());
        // Drums have a channel of their own: what plays nothing else needs no other.
        let sings = notes.iter().any(|note| drum(note).is_none());
        let own = if sings { channels.next().unwrap_or(0) } else { DRUM_CHANNEL };
        file.notes.extend(notes.iter().map(|note| written(note, (bar, main.tempo), (own, number))));
    }
    if file.notes.is_empty() {
        return Err(ExportError::Empty);
    }
    let bytes = write_midi(&file, Division::Beats(960))?;
    let messages = session.messages();
    Ok(Exported { bytes, tracks: file.track_names.len() - 1, notes: file.notes.len(), messages })
}

/// The key of a drum of General MIDI, where a note is one: `bd`, `forge/bd`, `tr909_bd` and `kick` are.
fn drum(note: &Struck) -> Option<u8> {
    let (Voice::Sample(name) | Voice::Instrument(name)) = &note.voice;
    let plain = name.rsplit(['/', '_']).next().unwrap_or(name);
    let plain = plain.split(':').next().unwrap_or(plain);
    let tune = said(note, "tune").filter(|_| plain == "tom");
    let tom = tune.and_then(|tune| TOMS.iter().find(|(most, _)| tune <= *most));
    tom.map(|(_, key)| *key).or_else(|| DRUMS.iter().find(|(drum, _)| *drum == plain).map(|(_, key)| *key))
}

fn said(note: &Struck, control: &str) -> Option<f32> {
    note.controls.iter().find(|(name, _)| name == control).map(|(_, value)| *value)
}

fn written(note: &Struck, (bar, bpm): (Ratio, f64), (own, track): (u8, u16)) -> MidiNote {
    let (channel, pitch) = match drum(note) {
        Some(key) => (DRUM_CHANNEL, key),
        None => (own, note.pitch.round().clamp(0.0, 127.0) as u8),
    };
    // As what is sent to a port: velocity and gain together, and 0.9 where nothing is said.
    let level = said(note, "velocity").unwrap_or(0.9) * said(note, "gain").unwrap_or(1.0);
    let velocity = (level * 127.0).round().clamp(1.0, 127.0) as u8;
    let nudge = Ratio::from_f64(note.nudge * bpm / 60.0);
    let (start, length) = ((note.begin * bar + nudge).max(Ratio::ZERO), (note.end - note.begin) * bar);
    MidiNote { start, length, pitch, velocity, channel, track }
}
