//! MIDI files become sets, and what tracks play becomes MIDI files.

use crate::folder::OpenError;
use crate::play::struck::{Struck, Voice, struck};
use crate::session::{Message, Options, Session};
use bf_media::midi::{
    Division, MidiError, MidiFile, MidiKind, MidiNote, MidiWriteError, Signature, TempoChange, read_midi, write_midi,
};
use bf_node::Registry;
use bf_pattern::{Ratio, Span, Tempo};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a MIDI file became no set.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] MidiError),
    /// There is something already where the set was to be.
    #[error("{}: is there already; name another folder", .0.display())]
    Exists(PathBuf),
    /// The set cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The instrument of imported tracks.
const KEYS: &str = r#"# The instrument of the imported tracks: change it, and all of them sound anew.
beatforge = 1
voices = 16

[nodes]
note = { type = "voice" }
osc = { type = "triangle" }
edge = { type = "saw" }
blend = { type = "gain", gain = 0.15 }
env = { type = "adsr", attack = 0.005, decay = 0.4, sustain = 0.4, release = 0.2 }
tone = { type = "svf", cutoff = 1800.0, resonance = 0.1 }
touch = { type = "gain", gain = 0.3 }
amp = { type = "gain" }

[cables]
"osc.freq" = "note.freq"
"edge.freq" = "note.freq"
"blend" = "edge"
"env.gate" = "note.gate"
"tone" = ["osc", "blend"]
"tone.cutoff" = { from = "env", amount = 0.8 }
"touch" = "tone"
"touch.by" = "note.velocity"
"amp" = "touch"
"amp.by" = "env"

[outputs]
out = "amp"

[controls]
cutoff = "tone.cutoff"
release = "env.release"
"#;

/// Makes a set of a MIDI file: a clip, an instrument and a strip for each of its tracks. The file is copied into the
/// set. Answers how many tracks there are.
///
/// # Errors
/// The file cannot be read, or the folder is there or cannot be written.
pub fn import_midi(file: &Path, set: &Path) -> Result<usize, ImportError> {
    let read = read_midi(file)?;
    if read.notes.is_empty() {
        return Err(MidiError::Empty { path: file.into() }.into());
    }
    if set.exists() {
        return Err(ImportError::Exists(set.into()));
    }
    let named = file.file_name().map_or_else(|| "clip.mid".to_owned(), |n| n.to_string_lossy().into_owned());
    let (text, tracks) = set_text(&read, &format!("clips/{named}"));
    let write = |path: PathBuf, bytes: &[u8]| {
        let parent = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        parent.and_then(|()| std::fs::write(&path, bytes)).map_err(|source| ImportError::Write { path, source })
    };
    let source = std::fs::read(file).map_err(|source| ImportError::Write { path: file.into(), source })?;
    write(set.join("clips").join(&named), &source)?;
    write(set.join("patches").join("keys.toml"), KEYS.as_bytes())?;
    write(set.join("set.toml"), text.as_bytes())?;
    Ok(tracks)
}

/// The text of a set that plays a file, and how many tracks it has.
fn set_text(file: &MidiFile, clip: &str) -> (String, usize) {
    let with_notes: BTreeSet<u16> = file.notes.iter().map(|n| n.track).collect();
    // Files count whole microseconds: 90 bpm is 89.999955 there.
    let bpm = file.tempos.first().map_or(120.0, |t| (t.tempo.bpm() * 1000.0).round() / 1000.0);
    let beats = file.signatures.first().map_or(4, |s| u32::from(s.counts) * 4 / u32::from(s.unit.max(1))).max(1);
    let clip = clip.replace('\\', "\\\\").replace('"', "\\\"");
    let mut text = format!("beatforge = 1\ntempo = {bpm:?}\nsignature = {beats}\n\n[nodes]\n");
    let mut cables = String::new();
    let mut names: BTreeSet<String> = ["out".to_owned()].into();
    let mut strips = Vec::new();
    // Writing into a string does not fail.
    let line = |text: &mut String, written: std::fmt::Arguments<'_>| _ = text.write_fmt(written);
    for (number, track) in with_notes.iter().enumerate() {
        let said = file.track_names.get(usize::from(*track)).map_or("", String::as_str);
        let name = free_name(said, number + 1, &mut names);
        let place = format!("file = \"{clip}\", track = {}, fit = true", number + 1);
        line(&mut text, format_args!("{name}-clip = {{ type = \"clip\", {place} }}\n"));
        line(&mut text, format_args!("{name}-keys = {{ type = \"patch\", file = \"patches/keys.toml\" }}\n"));
        line(&mut text, format_args!("{name} = {{ type = \"strip\" }}\n"));
        line(&mut cables, format_args!("\"{name}-keys\" = \"{name}-clip\"\n\"{name}\" = \"{name}-keys\"\n"));
        strips.push(format!("\"{name}\""));
    }
    line(
        &mut text,
        format_args!("out = {{ type = \"output\" }}\n\n[cables]\n{cables}\"out\" = [{}]\n", strips.join(", ")),
    );
    (text, strips.len())
}

/// A name for a node that no other has, from what a track is called.
fn free_name(said: &str, number: usize, names: &mut BTreeSet<String>) -> String {
    let plain: String =
        said.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(24).collect();
    let plain = plain.trim_matches('-').trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
    let base = if plain.is_empty() { format!("track{number}") } else { plain };
    let mut name = base.clone();
    for count in 2.. {
        if names.insert(name.clone()) {
            break;
        }
        name = format!("{base}{count}");
    }
    name
}

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

/// Drums of General MIDI by the names that samples have.
const DRUMS: [(&str, u8); 12] = [
    ("bd", 36),
    ("rim", 37),
    ("sd", 38),
    ("cp", 39),
    ("hh", 42),
    ("lt", 45),
    ("oh", 46),
    ("mt", 47),
    ("cr", 49),
    ("ht", 50),
    ("rd", 51),
    ("cb", 56),
];
const DRUM_CHANNEL: u8 = 9;

/// Writes what the tracks of a set's script play in its first cycles as a MIDI file of type 1, 960 ticks a beat. Samples
/// with the names of drums go to the drum channel.
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
        file.notes.extend(notes.iter().map(|note| written(note, bar, (own, number))));
    }
    if file.notes.is_empty() {
        return Err(ExportError::Empty);
    }
    let bytes = write_midi(&file, Division::Beats(960))?;
    let messages = session.messages();
    Ok(Exported { bytes, tracks: file.track_names.len() - 1, notes: file.notes.len(), messages })
}

/// The key of a drum of General MIDI, where a note is one.
fn drum(note: &Struck) -> Option<u8> {
    let Voice::Sample(name) = &note.voice else { return None };
    let plain = name.rsplit('/').next().unwrap_or(name);
    DRUMS.iter().find(|(drum, _)| *drum == plain).map(|(_, key)| *key)
}

fn written(note: &Struck, bar: Ratio, (own, track): (u8, u16)) -> MidiNote {
    let (channel, pitch) = match drum(note) {
        Some(key) => (DRUM_CHANNEL, key),
        None => (own, note.pitch.round().clamp(0.0, 127.0) as u8),
    };
    let gain = note.controls.iter().find(|(name, _)| name == "gain").map_or(1.0, |(_, gain)| *gain);
    let velocity = (note.velocity * gain * 100.0).round().clamp(1.0, 127.0) as u8;
    let length = (note.end - note.begin) * bar;
    MidiNote { start: note.begin * bar, length, pitch, velocity, channel, track }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_nodes_and_differ() {
        let mut names = BTreeSet::new();
        let all = ["Bass", "bass!", "  12 Strings ", "", "日本"].map(|said| free_name(said, 7, &mut names));
        assert_eq!(all, ["bass", "bass2", "strings", "track7", "track72"]);
    }
}
