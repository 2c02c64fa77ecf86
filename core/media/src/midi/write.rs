//! Writes standard MIDI files.

use super::{MidiChange, MidiFile, MidiKind, MidiNote};
use bf_pattern::{Ratio, Tempo};

/// What a tick of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// So many are a beat (a quarter note), 1 to 32,767.
    Beats(u16),
    /// So many frames a second (24, 25, 29 for 29.97, or 30) of so many parts each: time does not depend on the tempo.
    Smpte {
        /// Frames a second.
        frames: u8,
        /// Ticks of a frame, from 1.
        parts: u8,
    },
}

/// Why a MIDI file cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MidiWriteError {
    /// No file can have such ticks.
    #[error("a MIDI file cannot have this division; use 1 to 32767 ticks a beat, or 24, 25, 29 or 30 frames a second")]
    Division,
    /// Times do not fit.
    #[error("the music is too long for a MIDI file; write a shorter part of it")]
    TooLong,
    /// More tracks than a file can have.
    #[error("a MIDI file holds at most 65535 tracks")]
    Tracks,
}

/// Writes a MIDI file, with running status. Times are rounded to the nearest tick; no note is shorter than one.
///
/// # Errors
/// When the division is none, or the music too long for it.
pub fn write_midi(file: &MidiFile, division: Division) -> Result<Vec<u8>, MidiWriteError> {
    let clock = Clock::new(file, division)?;
    let most = file.notes.iter().map(|n| n.track).chain(file.controls.iter().map(|c| c.track)).max();
    let tracks = match file.kind {
        MidiKind::Single => 1,
        _ => most.map_or(1, |most| usize::from(most) + 1).max(file.track_names.len()),
    };
    let count = u16::try_from(tracks).map_err(|_| MidiWriteError::Tracks)?;
    let mut bytes = b"MThd\0\0\0\x06".to_vec();
    let format: u16 = match file.kind {
        MidiKind::Single => 0,
        MidiKind::Together => 1,
        MidiKind::Apart => 2,
    };
    for word in [format, count, clock.word] {
        bytes.extend(word.to_be_bytes());
    }
    for track in 0..count {
        let written = Track::of(file, track, &clock)?.bytes()?;
        bytes.extend(b"MTrk");
        bytes.extend(u32::try_from(written.len()).map_err(|_| MidiWriteError::TooLong)?.to_be_bytes());
        bytes.extend(written);
    }
    Ok(bytes)
}

/// From beats to ticks.
struct Clock {
    word: u16,
    per: Per,
    /// Beats, the second at each, and beats a second from there on.
    tempos: Vec<(f64, f64, f64)>,
}

enum Per {
    Beat(i64),
    Sec(f64),
}

impl Clock {
    fn new(file: &MidiFile, division: Division) -> Result<Clock, MidiWriteError> {
        let (word, per) = match division {
            Division::Beats(ticks @ 1..=32_767) => (ticks, Per::Beat(i64::from(ticks))),
            Division::Smpte { frames: frames @ (24 | 25 | 29 | 30), parts: parts @ 1.. } => {
                let rate = if frames == 29 { 30_000.0 / 1001.0 } else { f64::from(frames) };
                (u16::from_be_bytes([frames.wrapping_neg(), parts]), Per::Sec(rate * f64::from(parts)))
            }
            _ => return Err(MidiWriteError::Division),
        };
        let mut tempos = vec![(0.0, 0.0, 2.0)];
        for change in &file.tempos {
            let (beat, secs, per_sec) = tempos[tempos.len() - 1];
            let at = change.at.to_f64();
            // As it will be read: in whole microseconds.
            let new = 1e6 / f64::from(micros(change.tempo));
            tempos.push((at, secs + (at - beat) / per_sec, new));
        }
        Ok(Clock { word, per, tempos })
    }

    fn tick(&self, beat: Ratio) -> u64 {
        match self.per {
            // Halves go up.
            Per::Beat(ticks) => (beat * Ratio::int(ticks) + Ratio::new(1, 2)).floor().max(0).unsigned_abs(),
            Per::Sec(rate) => {
                let beat = beat.to_f64();
                let after = self.tempos.partition_point(|(at, ..)| *at <= beat).max(1);
                let (at, secs, per_sec) = self.tempos[after - 1];
                ((secs + (beat - at) / per_sec) * rate).round().max(0.0) as u64
            }
        }
    }
}

/// Microseconds of a beat, as a file says a tempo.
fn micros(tempo: Tempo) -> u32 {
    (60e6 / tempo.bpm()).round().clamp(1.0, f64::from(0xff_ffff)) as u32
}

/// The events of a track: tick, order at one tick, bytes.
#[derive(Default)]
struct Track {
    events: Vec<(u64, u8, Vec<u8>)>,
    end: u64,
}

/// What a file says first at one tick.
const META: u8 = 0;
const OFF: u8 = 1;
const CONTROL: u8 = 2;
const ON: u8 = 3;

impl Track {
    fn of(file: &MidiFile, track: u16, clock: &Clock) -> Result<Track, MidiWriteError> {
        let mut this = Track { end: clock.tick(file.length), ..Track::default() };
        if let Some(name) = file.track_names.get(usize::from(track)).filter(|name| !name.is_empty()) {
            this.meta(0, 0x03, name.as_bytes())?;
        }
        if track == 0 || file.kind == MidiKind::Apart {
            for s in &file.signatures {
                let power = s.unit.max(1).ilog2() as u8;
                this.meta(clock.tick(s.at), 0x58, &[s.counts, power, 24, 8])?;
            }
            for t in &file.tempos {
                this.meta(clock.tick(t.at), 0x51, &micros(t.tempo).to_be_bytes()[1..])?;
            }
        }
        let is_here = |of: u16| file.kind == MidiKind::Single || of == track;
        for c in file.controls.iter().filter(|c| is_here(c.track)) {
            this.events.push((clock.tick(c.at), CONTROL, control(c.channel, c.change)));
        }
        for note in file.notes.iter().filter(|n| is_here(n.track)) {
            this.note(note, clock);
        }
        Ok(this)
    }

    fn meta(&mut self, at: u64, kind: u8, data: &[u8]) -> Result<(), MidiWriteError> {
        let mut bytes = vec![0xff, kind];
        length(data.len() as u64, &mut bytes)?;
        bytes.extend(data);
        self.events.push((at, META, bytes));
        Ok(())
    }

    fn note(&mut self, note: &MidiNote, clock: &Clock) {
        let (channel, pitch) = (note.channel & 0x0f, note.pitch & 0x7f);
        let on = clock.tick(note.start);
        let off = clock.tick(note.start + note.length).max(on + 1);
        self.events.push((on, ON, vec![0x90 | channel, pitch, note.velocity.clamp(1, 127)]));
        // A note-on without velocity keeps the running status.
        self.events.push((off, OFF, vec![0x90 | channel, pitch, 0]));
    }

    fn bytes(mut self) -> Result<Vec<u8>, MidiWriteError> {
        self.events.sort_by_key(|(at, order, _)| (*at, *order));
        let (mut all, mut now, mut status) = (Vec::new(), 0, 0);
        for (at, _, bytes) in &self.events {
            length(at - now, &mut all)?;
            now = *at;
            let is_meta = bytes[0] == 0xff;
            let known = !is_meta && bytes[0] == status;
            // After a meta event the status has to be said again.
            status = if is_meta { 0 } else { bytes[0] };
            all.extend(&bytes[usize::from(known)..]);
        }
        length(self.end.saturating_sub(now), &mut all)?;
        all.extend([0xff, 0x2f, 0]);
        Ok(all)
    }
}

fn control(channel: u8, change: MidiChange) -> Vec<u8> {
    let channel = channel & 0x0f;
    let seven = |x: u8| x & 0x7f;
    match change {
        MidiChange::Controller(number, value) => vec![0xb0 | channel, seven(number), seven(value)],
        MidiChange::Program(program) => vec![0xc0 | channel, seven(program)],
        MidiChange::Bend(bend) => {
            let wide = (bend.clamp(-8192, 8191) + 8192).unsigned_abs();
            vec![0xe0 | channel, (wide & 0x7f) as u8, (wide >> 7) as u8]
        }
        MidiChange::Pressure(value) => vec![0xd0 | channel, seven(value)],
        MidiChange::KeyPressure(key, value) => vec![0xa0 | channel, seven(key), seven(value)],
    }
}

/// A number of variable length, of 28 bits at most.
fn length(n: u64, bytes: &mut Vec<u8>) -> Result<(), MidiWriteError> {
    if n >= 1 << 28 {
        return Err(MidiWriteError::TooLong);
    }
    for shift in [21, 14, 7] {
        if n >> shift > 0 {
            bytes.push((n >> shift) as u8 & 0x7f | 0x80);
        }
    }
    bytes.push((n & 0x7f) as u8);
    Ok(())
}
