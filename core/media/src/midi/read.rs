//! Reads standard MIDI files.

use super::{MidiChange, MidiControl, MidiError, MidiFile, MidiKind, MidiNote, Signature, TempoChange};
use bf_pattern::{Ratio, Tempo};
use midly::{Format, MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
use std::collections::VecDeque;
use std::path::Path;

/// The most bytes that are read: no honest MIDI file is larger.
const LIMIT_BYTES: u64 = 16_000_000;

/// Reads a MIDI file of type 0, 1 or 2.
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
/// When it is no MIDI file.
pub fn parse_midi(path: &Path, bytes: &[u8]) -> Result<MidiFile, MidiError> {
    if !division_is_one(bytes) {
        return Err(MidiError::NotMidi { path: path.into(), cause: "its time division is none that there is".into() });
    }
    let smf = Smf::parse(bytes).map_err(|e| MidiError::NotMidi { path: path.into(), cause: e.to_string() })?;
    let clock = match smf.header.timing {
        Timing::Metrical(ticks) if ticks.as_int() > 0 => Clock::Beats { ticks: i64::from(ticks.as_int()) },
        Timing::Timecode(fps, sub) if sub > 0 => Clock::seconds(fps, sub, &smf),
        _ => return Err(MidiError::NotMidi { path: path.into(), cause: "its time division is zero".into() }),
    };
    let kind = match smf.header.format {
        Format::SingleTrack => MidiKind::Single,
        Format::Parallel => MidiKind::Together,
        Format::Sequential => MidiKind::Apart,
    };
    let mut file = MidiFile { kind, ..MidiFile::default() };
    for (number, track) in smf.tracks.iter().enumerate() {
        read_track(track, number, &clock, &mut file);
    }
    file.notes.sort_by_key(|n| (n.start, n.pitch, n.track, n.channel));
    file.controls.sort_by_key(|c| c.at);
    file.tempos.sort_by_key(|t| t.at);
    file.signatures.sort_by_key(|s| s.at);
    Ok(file)
}

/// Whether a file's division is in beats or in frames that there are, as far as it has one: the parser turns the sign
/// of the frames without looking, and -128 has no other sign in a byte.
fn division_is_one(bytes: &[u8]) -> bool {
    let header = bytes.windows(14).find(|header| header.starts_with(b"MThd"));
    header.is_none_or(|header| header[12] < 0x80 || [24, 25, 29, 30].contains(&header[12].wrapping_neg()))
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
                    message => {
                        let Some(change) = change(message) else { continue };
                        let (at, channel, track) = (clock.beat(now), channel.as_int(), number as u16);
                        file.controls.push(MidiControl { at, channel, track, change });
                    }
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

/// What moves with a message that is no note.
fn change(message: MidiMessage) -> Option<MidiChange> {
    Some(match message {
        MidiMessage::Controller { controller, value } => MidiChange::Controller(controller.as_int(), value.as_int()),
        MidiMessage::ProgramChange { program } => MidiChange::Program(program.as_int()),
        MidiMessage::PitchBend { bend } => MidiChange::Bend(bend.as_int()),
        MidiMessage::ChannelAftertouch { vel } => MidiChange::Pressure(vel.as_int()),
        MidiMessage::Aftertouch { key, vel } => MidiChange::KeyPressure(key.as_int(), vel.as_int()),
        MidiMessage::NoteOn { .. } | MidiMessage::NoteOff { .. } => return None,
    })
}
