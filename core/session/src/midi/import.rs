//! MIDI files become sets.

use bf_media::midi::{MidiChange, MidiError, MidiFile, Signature, TempoChange, read_midi};
use bf_pattern::Ratio;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Why a MIDI file became no set.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] MidiError),
    /// There is something already where the set was to be.
    #[error("{}: is there already; name another folder", .0.display())]
    Exists(PathBuf),
    /// More tracks than a set plays well.
    #[error(
        "{}: {parts} tracks and channels play notes, and a set is made of {MOST_PARTS} at most; leave some of them out in the program that wrote the file",
        path.display()
    )]
    Tracks {
        /// The file.
        path: PathBuf,
        /// How many there are.
        parts: usize,
    },
    /// The set cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What became of a MIDI file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many tracks the set has.
    pub tracks: usize,
    /// What of the file is not in the set, or otherwise than there, in the user's words.
    pub left_out: Vec<String>,
}

/// The most tracks of a set that is made: each has an instrument of its own.
const MOST_PARTS: usize = 128;
/// The most beats that a set counts as a bar.
const MOST_BEATS: i64 = 256;
/// How many of a list are named.
const NAMED: usize = 4;
/// The channel of the drums of General MIDI, from 0.
const DRUMS: u8 = 9;

/// The instruments of imported tracks: file, text.
const INSTRUMENTS: [(&str, &str); 2] =
    [("keys.toml", include_str!("instruments/keys.toml")), ("drums.toml", include_str!("instruments/drums.toml"))];

/// Makes a set of a MIDI file: a clip, an instrument and a strip for each of its tracks, and where one plays on several
/// channels, for each of them; the drum channel of General MIDI plays drums. The file is copied into the set.
///
/// # Errors
/// The file cannot be read or has too many tracks, or the folder is there or cannot be written.
pub fn import_midi(file: &Path, set: &Path) -> Result<Imported, ImportError> {
    let read = read_midi(file)?;
    if read.notes.is_empty() {
        return Err(MidiError::Empty { path: file.into() }.into());
    }
    let parts = parts(&read);
    if parts.len() > MOST_PARTS {
        return Err(ImportError::Tracks { path: file.into(), parts: parts.len() });
    }
    if set.exists() {
        return Err(ImportError::Exists(set.into()));
    }
    let named = file.file_name().map_or_else(|| "clip.mid".to_owned(), |n| n.to_string_lossy().into_owned());
    let (bar, mut left_out) = bar(&read);
    left_out.splice(0..0, later_tempos(&read.tempos));
    left_out.extend(controls(&read));
    let text = set_text(&parts, (tempo(&read.tempos), bar), &format!("clips/{named}"));
    let write = |path: PathBuf, bytes: &[u8]| {
        let parent = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        parent.and_then(|()| std::fs::write(&path, bytes)).map_err(|source| ImportError::Write { path, source })
    };
    let source = std::fs::read(file).map_err(|source| ImportError::Write { path: file.into(), source })?;
    write(set.join("clips").join(&named), &source)?;
    for (file, text) in INSTRUMENTS.iter().filter(|(file, _)| parts.iter().any(|part| part.instrument() == *file)) {
        write(set.join("patches").join(file), text.as_bytes())?;
    }
    write(set.join("set.toml"), text.as_bytes())?;
    Ok(Imported { tracks: parts.len(), left_out })
}

/// Something of a file that becomes a track.
struct Part {
    /// Its node.
    name: String,
    /// Which track of the file, from 1, of those with notes.
    track: usize,
    /// 0 to 15.
    channel: u8,
    /// Whether its track plays on other channels, too.
    is_one_of: bool,
}

impl Part {
    fn instrument(&self) -> &'static str {
        INSTRUMENTS[usize::from(self.channel == DRUMS)].0
    }
}

/// The tracks of a file that play, each channel for itself.
fn parts(file: &MidiFile) -> Vec<Part> {
    let mut playing: BTreeMap<u16, BTreeSet<u8>> = BTreeMap::new();
    for note in &file.notes {
        playing.entry(note.track).or_default().insert(note.channel);
    }
    let mut names = BTreeSet::from(["out".to_owned(), "master".to_owned()]);
    let mut parts = Vec::new();
    for (i, (track, channels)) in playing.iter().enumerate() {
        let said = file.track_names.get(usize::from(*track)).map_or("", String::as_str);
        let is_one_of = channels.len() > 1;
        for channel in channels {
            let said = match is_one_of {
                false => said.to_owned(),
                true if *channel == DRUMS => "drums".to_owned(),
                true => format!("{said} channel{}", channel + 1),
            };
            let name = free_name(&said, i + 1, &mut names);
            parts.push(Part { name, track: i + 1, channel: *channel, is_one_of });
        }
    }
    parts
}

/// The tempo at the beginning: 120 where nothing is said of it there.
fn tempo(tempos: &[TempoChange]) -> f64 {
    let first = tempos.iter().rfind(|t| t.at == Ratio::ZERO);
    // Files count whole microseconds: 90 bpm is 89.999955 there.
    first.map_or(120.0, |t| rounded(t.tempo.bpm()))
}

fn rounded(bpm: f64) -> f64 {
    (bpm * 1000.0).round() / 1000.0
}

/// What is lost of a tempo map.
fn later_tempos(tempos: &[TempoChange]) -> Option<String> {
    let mut now = tempo(tempos);
    let mut later = Vec::new();
    for change in tempos.iter().filter(|t| t.at > Ratio::ZERO) {
        let bpm = rounded(change.tempo.bpm());
        if bpm != now {
            later.push(format!("{bpm} from beat {} on", change.at));
            now = bpm;
        }
    }
    let changes = if later.len() == 1 { "tempo change is" } else { "tempo changes are" };
    let why = format!("{} later {changes} not in the set, which keeps one tempo", later.len());
    (!later.is_empty()).then(|| format!("{why}: {}", list(&later)))
}

/// The first of a list, and that there are more.
fn list(all: &[String]) -> String {
    let more = if all.len() > NAMED { ", ..." } else { "" };
    format!("{}{more}", all[..all.len().min(NAMED)].join(", "))
}

/// The beats of a bar of the set, and what is otherwise than in the file.
fn bar(file: &MidiFile) -> (i64, Vec<String>) {
    let mut said = Vec::new();
    let written = |s: &Signature| format!("{}/{}", s.counts, s.unit);
    let mut now = "4/4".to_owned();
    let mut bar = 4;
    if let Some(first) = file.signatures.iter().rfind(|s| s.at == Ratio::ZERO) {
        now = written(first);
        let beats = Ratio::new(4 * i64::from(first.counts), i64::from(first.unit.max(1)));
        // Beats are quarters: as many bars as make a whole number of them.
        let bars = (1..=128).find(|bars| is_whole(Ratio::int(*bars) * beats)).unwrap_or(1);
        let whole = (Ratio::int(bars) * beats).floor();
        if (1..=MOST_BEATS).contains(&whole) {
            bar = whole;
            if bars > 1 {
                said.push(format!("{now} has bars of {beats} beats: a bar of the set is {bars} of them, {bar} beats"));
            }
        } else {
            said.push(format!("{now} has bars of {beats} beats, more than a set counts: its bars have 4"));
        }
    }
    let mut later = Vec::new();
    for change in file.signatures.iter().filter(|s| s.at > Ratio::ZERO) {
        let signature = written(change);
        if signature != now {
            later.push(format!("{signature} from beat {} on", change.at));
            now = signature;
        }
    }
    if !later.is_empty() {
        let are = if later.len() == 1 { "time signature is" } else { "time signatures are" };
        said.push(format!("{} later {are} not in the set, which keeps one: {}", later.len(), list(&later)));
    }
    (bar, said)
}

fn is_whole(x: Ratio) -> bool {
    Ratio::int(x.floor()) == x
}

/// What moves beside the notes, counted: nothing of it is in the set.
fn controls(file: &MidiFile) -> Option<String> {
    let mut counts: [(usize, &str, &str); 4] = [
        (0, "move of the pitch wheel", "moves of the pitch wheel"),
        (0, "controller", "controllers"),
        (0, "program change", "program changes"),
        (0, "message of pressure", "messages of pressure"),
    ];
    for control in &file.controls {
        let kind = match control.change {
            MidiChange::Bend(_) => 0,
            MidiChange::Controller(..) => 1,
            MidiChange::Program(_) => 2,
            MidiChange::Pressure(_) | MidiChange::KeyPressure(..) => 3,
        };
        counts[kind].0 += 1;
    }
    let said = counts.iter().filter(|(count, ..)| *count > 0);
    let said: Vec<String> =
        said.map(|(count, one, more)| format!("{count} {}", if *count == 1 { one } else { more })).collect();
    (!said.is_empty()).then(|| format!("clips play notes alone: {} are not heard", said.join(", ")))
}

/// The text of a set that plays the parts of a file.
fn set_text(parts: &[Part], (bpm, bar): (f64, i64), clip: &str) -> String {
    let clip = quoted(clip);
    let mut text = format!("beatforge = 1\ntempo = {bpm:?}\nsignature = {bar}\n\n[nodes]\n");
    let mut cables = String::new();
    // Writing into a string does not fail.
    let line = |text: &mut String, written: std::fmt::Arguments<'_>| _ = text.write_fmt(written);
    for part in parts {
        let (name, track, instrument) = (&part.name, part.track, part.instrument());
        let channel = if part.is_one_of { format!(", channel = {}", part.channel + 1) } else { String::new() };
        let place = format!("file = {clip}, track = {track}{channel}, fit = true");
        line(&mut text, format_args!("{name}-clip = {{ type = \"clip\", {place} }}\n"));
        line(&mut text, format_args!("{name}-keys = {{ type = \"patch\", file = \"patches/{instrument}\" }}\n"));
        line(&mut text, format_args!("{name} = {{ type = \"strip\" }}\n"));
        line(&mut cables, format_args!("\"{name}-keys\" = \"{name}-clip\"\n\"{name}\" = \"{name}-keys\"\n"));
    }
    let strips: Vec<String> = parts.iter().map(|part| format!("\"{}\"", part.name)).collect();
    let out = strips.join(", ");
    line(&mut text, format_args!("out = {{ type = \"output\" }}\n\n[cables]\n{cables}\"out\" = [{out}]\n"));
    text
}

/// A text of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => _ = write!(quoted, "\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A name for a node that no other has, from what a track is called. The names of its clip and its keys are free, too.
fn free_name(said: &str, number: usize, names: &mut BTreeSet<String>) -> String {
    let plain: String =
        said.trim().to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(24).collect();
    let plain = plain.trim_matches('-').trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
    let base = if plain.is_empty() { format!("track{number}") } else { plain };
    let mut name = base.clone();
    for count in 2.. {
        let all = [name.clone(), format!("{name}-clip"), format!("{name}-keys")];
        if all.iter().all(|one| !names.contains(one)) {
            names.extend(all);
            break;
        }
        name = format!("{base}{count}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_nodes_and_differ() {
        let mut names = BTreeSet::new();
        let said = ["Bass", "bass!", "  12 Strings ", "", "日本", "Bass clip"];
        let all = said.map(|said| free_name(said, 7, &mut names));
        assert_eq!(all, ["bass", "bass2", "strings", "track7", "track72", "bass-clip2"]);
    }

    #[test]
    fn names_of_files_are_texts() {
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\u000ad""#);
    }
}
