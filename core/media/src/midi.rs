//! Standard MIDI files to notes in exact beats.

use bf_pattern::{Ratio, Tempo};
use midly::{Format, MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// The most bytes that are read: no honest MIDI file is larger.
const LIMIT_BYTES: u64 = 64_000_000;

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
    /// Type 2 holds independent patterns.
    #[error("{}: is a MIDI file of type 2 (independent patterns); save it as type 0 or 1", path.display())]
    TypeTwo {
        /// The file.
        path: PathBuf,
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

/// What a MIDI file plays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MidiFile {
    /// By start, then pitch, then track.
    pub notes: Vec<MidiNote>,
    /// By beat; empty where the file says none, which means 120.
    pub tempos: Vec<TempoChange>,
    /// By beat; empty where the file says none, which means 4/4.
    pub signatures: Vec<Signature>,
    /// One a track, empty where it has none.
    pub track_names: Vec<String>,
    /// Where the last track ends, in beats.
    pub length: Ratio,
}

/// Reads a MIDI file of type 0 or 1.
///
/// # Errors
/// When it cannot be read or is no such file.
pub fn read_midi(path: impl AsRef<Path>) -> Result<MidiFile, MidiError> {
    let path = path.as_ref();
    parse_midi(path, &read_bytes(path)?)
}

/// The bytes of what may be a MIDI file.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, MidiError> {
    let unreadable = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => MidiError::Missing { path: path.into() },
        _ => MidiError::Unreadable { path: path.into(), source },
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LIMIT_BYTES {
        return Err(MidiError::NotMidi { path: path.into(), cause: format!("it is {} MB large", size / 1_000_000) });
    }
    std::fs::read(path).map_err(unreadable)
}

/// Reads a MIDI file that is in memory already; the path serves for messages.
///
/// # Errors
/// When it is no MIDI file of type 0 or 1.
pub fn parse_midi(path: &Path, bytes: &[u8]) -> Result<MidiFile, MidiError> {
    let smf = Smf::parse(bytes).map_err(|e| MidiError::NotMidi { path: path.into(), cause: e.to_string() })?;
    if smf.header.format == Format::Sequential && smf.tracks.len() > 1 {
        return Err(MidiError::TypeTwo { path: path.into() });
    }
    let clock = match smf.header.timing {
        Timing::Metrical(ticks) if ticks.as_int() > 0 => Clock::Beats { ticks: i64::from(ticks.as_int()) },
        Timing::Timecode(fps, sub) if sub > 0 => Clock::seconds(fps, sub, &smf),
        _ => return Err(MidiError::NotMidi { path: path.into(), cause: "its time division is zero".into() }),
    };
    let mut file = MidiFile::default();
    for (number, track) in smf.tracks.iter().enumerate() {
        read_track(track, number, &clock, &mut file);
    }
    file.notes.sort_by_key(|n| (n.start, n.pitch, n.track, n.channel));
    file.tempos.sort_by_key(|t| t.at);
    file.signatures.sort_by_key(|s| s.at);
    Ok(file)
}

/// What a tick is.
enum Clock {
    /// So many are a beat.
    Beats { ticks: i64 },
    /// So long in seconds; beats follow from the tempos, each from a tick and a beat on.
    Secs { tick: Ratio, tempos: Vec<(u64, Ratio, Ratio)> },
}

impl Clock {
    /// SMPTE division: 29 frames a second mean 30 × 1000/1001.
    fn seconds(fps: midly::Fps, sub: u8, smf: &Smf<'_>) -> Clock {
        let sub = i64::from(sub);
        let tick = match fps.as_int() {
            29 => Ratio::new(1001, 30_000 * sub),
            fps => Ratio::new(1, i64::from(fps) * sub),
        };
        let mut changes: Vec<(u64, u32)> = Vec::new();
        for track in &smf.tracks {
            let mut now = 0u64;
            for event in track {
                now += u64::from(event.delta.as_int());
                if let TrackEventKind::Meta(MetaMessage::Tempo(micros)) = event.kind {
                    changes.push((now, micros.as_int()));
                }
            }
        }
        changes.sort_by_key(|c| c.0);
        let mut tempos = vec![(0, Ratio::ZERO, Ratio::int(2))];
        for (at, micros) in changes {
            let beat = beat_of(&tempos, tick, at);
            tempos.push((at, beat, Ratio::new(1_000_000, i64::from(micros.max(1)))));
        }
        Clock::Secs { tick, tempos }
    }

    fn beat(&self, at: u64) -> Ratio {
        match self {
            Clock::Beats { ticks } => Ratio::new(i64::try_from(at).unwrap_or(i64::MAX), *ticks),
            Clock::Secs { tick, tempos } => beat_of(tempos, *tick, at),
        }
    }
}

/// The beat at a tick, where each tempo is (its tick, its beat, beats a second).
fn beat_of(tempos: &[(u64, Ratio, Ratio)], tick: Ratio, at: u64) -> Ratio {
    let from = tempos.partition_point(|t| t.0 <= at).max(1) - 1;
    let (start, beat, per_sec) = tempos[from];
    beat + Ratio::int(i64::try_from(at - start).unwrap_or(i64::MAX)) * tick * per_sec
}

/// A note that has begun: its tick and velocity. Equal pitches end in the order they began.
type Sounding = Vec<VecDeque<(u64, u8)>>;

fn read_track(track: &[midly::TrackEvent<'_>], number: usize, clock: &Clock, file: &mut MidiFile) {
    let mut sounding: Sounding = vec![VecDeque::new(); 16 * 128];
    let mut name = String::new();
    let mut now = 0u64;
    let end_note = |key: usize, begun: Option<(u64, u8)>, now: u64, file: &mut MidiFile| {
        let Some((tick, velocity)) = begun else { return };
        let start = clock.beat(tick);
        let length = clock.beat(now.max(tick + 1)) - start;
        let (channel, pitch) = ((key / 128) as u8, (key % 128) as u8);
        file.notes.push(MidiNote { start, length, pitch, velocity, channel, track: number as u16 });
    };
    for event in track {
        now += u64::from(event.delta.as_int());
        match event.kind {
            TrackEventKind::Midi { channel, message } => {
                let key = |pitch: midly::num::u7| usize::from(channel.as_int()) * 128 + usize::from(pitch.as_int());
                match message {
                    MidiMessage::NoteOn { key: pitch, vel } if vel.as_int() > 0 => {
                        sounding[key(pitch)].push_back((now, vel.as_int()));
                    }
                    MidiMessage::NoteOn { key: pitch, .. } | MidiMessage::NoteOff { key: pitch, .. } => {
                        let begun = sounding[key(pitch)].pop_front();
                        end_note(key(pitch), begun, now, file);
                    }
                    _ => {}
                }
            }
            TrackEventKind::Meta(MetaMessage::Tempo(micros)) => {
                let tempo = Tempo::from_bpm(60e6 / f64::from(micros.as_int().max(1)));
                file.tempos.push(TempoChange { at: clock.beat(now), tempo });
            }
            TrackEventKind::Meta(MetaMessage::TimeSignature(counts, power, _, _)) => {
                let unit = 1u16 << power.min(7);
                file.signatures.push(Signature { at: clock.beat(now), counts: counts.max(1), unit });
            }
            TrackEventKind::Meta(MetaMessage::TrackName(text)) => name = String::from_utf8_lossy(text).into_owned(),
            _ => {}
        }
    }
    // What never ends ends with its track.
    for (key, begun) in sounding.iter_mut().enumerate() {
        while let Some(note) = begun.pop_front() {
            end_note(key, Some(note), now, file);
        }
    }
    file.length = file.length.max(clock.beat(now));
    file.track_names.push(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file from its format, division and tracks of raw event bytes.
    fn file(format: u16, division: u16, tracks: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"MThd\0\0\0\x06".to_vec();
        for word in [format, tracks.len() as u16, division] {
            bytes.extend(word.to_be_bytes());
        }
        for track in tracks {
            bytes.extend(b"MTrk");
            bytes.extend((track.len() as u32 + 4).to_be_bytes());
            bytes.extend(*track);
            bytes.extend([0, 0xff, 0x2f, 0]);
        }
        bytes
    }
    fn parse(bytes: &[u8]) -> MidiFile {
        parse_midi(Path::new("test.mid"), bytes).expect("parses")
    }
    fn shape(f: &MidiFile) -> Vec<(String, String, u8, u8, u8)> {
        f.notes.iter().map(|n| (n.start.to_string(), n.length.to_string(), n.pitch, n.velocity, n.channel)).collect()
    }

    #[test]
    fn running_status_and_silent_note_ons_end_notes() {
        // 96 ticks a beat: C4 for half a beat, at once E4 twice overlapping, all on channel 2 with running status.
        let track = [0, 0x92, 60, 100, 48, 60, 0, 0, 64, 90, 24, 64, 80, 24, 64, 0, 48, 64, 0, 0, 67, 1];
        let f = parse(&file(0, 96, &[&track]));
        let expected = [("0", "1/2", 60, 100), ("1/2", "1/2", 64, 90), ("3/4", "3/4", 64, 80), ("3/2", "1/96", 67, 1)];
        let expected: Vec<_> = expected.iter().map(|n| (n.0.to_owned(), n.1.to_owned(), n.2, n.3, 2)).collect();
        assert_eq!(shape(&f), expected);
        assert_eq!(f.length, Ratio::new(3, 2));
    }

    #[test]
    fn tracks_share_one_time_and_tempos_have_their_beats() {
        let tempo = [
            0, 0xff, 0x03, 4, b's', b'o', b'n', b'g', 0, 0xff, 0x58, 4, 7, 3, 24, 8, 0, 0xff, 0x51, 3, 0x07, 0xa1,
            0x20, 0x83, 0x60, 0xff, 0x51, 3, 0x0f, 0x42, 0x40,
        ];
        let notes = [0x83, 0x60, 0x99, 36, 127, 120, 0x89, 36, 0];
        let f = parse(&file(1, 480, &[&tempo, &notes]));
        assert_eq!(f.track_names, ["song", ""]);
        assert_eq!(f.signatures, [Signature { at: Ratio::ZERO, counts: 7, unit: 8 }]);
        let tempos: Vec<_> = f.tempos.iter().map(|t| (t.at, t.tempo.bpm())).collect();
        assert_eq!(tempos, [(Ratio::ZERO, 120.0), (Ratio::ONE, 60.0)]);
        assert_eq!(shape(&f), [("1".to_owned(), "1/4".to_owned(), 36, 127, 9)]);
        assert_eq!(f.notes[0].track, 1);
    }

    #[test]
    fn smpte_time_becomes_beats_by_the_tempo() {
        // 25 frames of 40 subframes are 1,000 ticks a second. At 120 to 1 s, then at 60.
        let track = [0x87, 0x68, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, 0, 0x90, 60, 64, 0x87, 0x68, 0x80, 60, 0];
        let f = parse(&file(0, u16::from_be_bytes([(-25i8) as u8, 40]), &[&track]));
        assert_eq!(shape(&f), [("2".to_owned(), "1".to_owned(), 60, 64, 0)]);
        // 29.97 frames: 100 subframes, 3,000 ticks are 1.001 s, twice as many beats at 120.
        let track = [0x97, 0x38, 0x90, 60, 64, 1, 0x80, 60, 0];
        let f = parse(&file(0, u16::from_be_bytes([(-29i8) as u8, 100]), &[&track]));
        assert_eq!(f.notes[0].start, Ratio::new(1001, 500));
    }

    #[test]
    fn what_is_no_midi_file_is_refused() {
        let refused = |bytes: &[u8]| parse_midi(Path::new("x.mid"), bytes).expect_err("is refused").to_string();
        assert!(refused(b"RIFF").contains("x.mid: is not a standard MIDI file"));
        assert!(refused(&file(0, 0, &[&[]])).contains("division"));
        assert!(refused(&file(2, 96, &[&[], &[]])).contains("type 2"));
        assert!(matches!(read_midi("/no/such.mid"), Err(MidiError::Missing { .. })));
    }
}
