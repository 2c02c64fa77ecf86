//! The notes of a clip as a hand moves them: read from its list, changed, and written back.

use bf_node::Value;
use bf_pattern::note::{note_name, parse_pitch};
use bf_pattern::scale::{Key, Snap};
use std::collections::BTreeSet;

/// What the clip takes where nothing is said.
const LENGTH: f64 = 0.25;
const PITCH: f32 = 60.0;
const VELOCITY: f64 = 0.75;
/// The shortest length that a hand makes, in beats.
pub(crate) const SHORTEST: f64 = 1.0 / 64.0;

/// A note of a clip.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Note {
    /// Beats from the start of the clip.
    pub at: f64,
    /// Beats.
    pub length: f64,
    /// A MIDI note number.
    pub pitch: f32,
    /// 0 to 1.
    pub velocity: f64,
    /// Controls that it carries.
    pub more: Vec<(String, Value)>,
}

impl Note {
    pub(crate) fn new(at: f64, pitch: f32, length: f64) -> Note {
        Note { at, length, pitch, velocity: VELOCITY, more: Vec::new() }
    }

    pub(crate) fn end(&self) -> f64 {
        self.at + self.length
    }

    fn read(value: &Value) -> Option<Note> {
        let Value::Table(fields) = value else { return None };
        let mut note = Note { at: f64::NAN, length: LENGTH, pitch: PITCH, velocity: VELOCITY, more: Vec::new() };
        for (key, value) in fields {
            match (key.as_str(), value) {
                ("at", value) => note.at = value.as_number()?,
                ("length", value) => note.length = value.as_number()?,
                ("velocity", value) => note.velocity = value.as_number()?,
                ("pitch", Value::Text(name)) => note.pitch = parse_pitch(name).ok()?,
                ("pitch", value) => note.pitch = value.as_number()? as f32,
                (_, value) => note.more.push((key.clone(), value.clone())),
            }
        }
        note.at.is_finite().then_some(note)
    }

    fn write(&self) -> Value {
        let pitch = if self.pitch.fract() == 0.0 {
            Value::Text(note_name(self.pitch))
        } else {
            Value::Number(f64::from(self.pitch))
        };
        let mut fields = vec![("at".to_owned(), Value::Number(self.at)), ("pitch".to_owned(), pitch)];
        fields.push(("length".to_owned(), Value::Number(self.length)));
        if self.velocity != VELOCITY {
            fields.push(("velocity".to_owned(), Value::Number(self.velocity)));
        }
        fields.extend(self.more.iter().cloned());
        Value::Table(fields)
    }
}

/// The notes of a list; none where one of them is no note.
pub(crate) fn read(list: &Value) -> Option<Vec<Note>> {
    list.items().iter().map(Note::read).collect()
}

/// The list of some notes.
pub(crate) fn write(notes: &[Note]) -> Value {
    Value::List(notes.iter().map(Note::write).collect())
}

/// A beat on the nearest line of a grid; where there is none, the beat itself.
pub(crate) fn on_grid(beat: f64, grid: f64) -> f64 {
    if grid > 0.0 { (beat / grid).round() * grid } else { beat }
}

/// Which notes are meant.
pub(crate) type Picked = BTreeSet<usize>;

/// Notes moved by beats and semitones: as far as the clip and the keys reach, and into a scale where there is one.
pub(crate) fn moved(notes: &[Note], picked: &Picked, (beats, semitones): (f64, f32), key: Option<Key>) -> Vec<Note> {
    let meant = || picked.iter().filter_map(|i| notes.get(*i));
    let first = meant().map(|n| n.at).fold(f64::INFINITY, f64::min);
    let low = meant().map(|n| n.pitch).fold(127.0, f32::min);
    let high = meant().map(|n| n.pitch).fold(0.0, f32::max);
    let beats = beats.max(-first);
    let semitones = semitones.max(-low).min(127.0 - high);
    changed(notes, picked, |note| {
        note.at += beats;
        note.pitch += semitones;
        if semitones != 0.0 {
            note.pitch = in_key(note.pitch, key);
        }
    })
}

/// Notes made longer at one end by some beats; none becomes shorter than `least`.
pub(crate) fn stretched(notes: &[Note], picked: &Picked, beats: f64, (begins, least): (bool, f64)) -> Vec<Note> {
    let least = least.max(SHORTEST);
    changed(notes, picked, |note| {
        if begins {
            let end = note.end();
            note.at = (note.at + beats).min(end - least.min(note.length)).max(0.0);
            note.length = end - note.at;
        } else {
            note.length = (note.length + beats).max(least.min(note.length));
        }
    })
}

/// Notes drawn towards a grid: all the way at a strength of 1.
pub(crate) fn quantised(notes: &[Note], picked: &Picked, grid: f64, strength: f64) -> Vec<Note> {
    changed(notes, picked, |note| {
        let to = on_grid(note.at, grid);
        note.at = if strength >= 1.0 { to } else { note.at + (to - note.at) * strength };
    })
}

/// Notes put into a scale, each at the nearest note of it.
pub(crate) fn scaled(notes: &[Note], picked: &Picked, key: Key) -> Vec<Note> {
    changed(notes, picked, |note| note.pitch = in_key(note.pitch, Some(key)))
}

/// Notes played harder or softer by some part of the whole.
pub(crate) fn louder(notes: &[Note], picked: &Picked, by: f64) -> Vec<Note> {
    changed(notes, picked, |note| note.velocity = level(note.velocity + by))
}

/// A velocity with as many digits as matter.
pub(crate) fn level(velocity: f64) -> f64 {
    (velocity.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

/// The notes that are not meant.
pub(crate) fn without(notes: &[Note], picked: &Picked) -> Vec<Note> {
    notes.iter().enumerate().filter(|(i, _)| !picked.contains(i)).map(|(_, note)| note.clone()).collect()
}

/// More notes at a beat, the first of them there, and which they are.
pub(crate) fn pasted(notes: &[Note], new: &[Note], at: f64) -> (Vec<Note>, Picked) {
    let first = new.iter().map(|n| n.at).fold(f64::INFINITY, f64::min);
    let mut all = notes.to_vec();
    all.extend(new.iter().map(|note| Note { at: note.at - first + at, ..note.clone() }));
    (all, (notes.len()..notes.len() + new.len()).collect())
}

/// A pitch in a scale, within the keys.
pub(crate) fn in_key(pitch: f32, key: Option<Key>) -> f32 {
    key.map_or(pitch, |key| key.snap(pitch, Snap::Nearest)).clamp(0.0, 127.0)
}

fn changed(notes: &[Note], picked: &Picked, mut change: impl FnMut(&mut Note)) -> Vec<Note> {
    let mut all = notes.to_vec();
    picked.iter().for_each(|i| {
        if let Some(note) = all.get_mut(*i) {
            change(note);
        }
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes() -> Vec<Note> {
        vec![Note::new(0.0, 60.0, 1.0), Note::new(1.1, 64.0, 0.5), Note::new(2.0, 67.0, 0.25)]
    }

    fn picked(which: &[usize]) -> Picked {
        which.iter().copied().collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let table =
            |fields: &[(&str, Value)]| Value::Table(fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect());
        let list = Value::List(vec![
            table(&[("at", 0.5.into()), ("pitch", "eb3".into()), ("cutoff", 900.0.into())]),
            table(&[("pitch", 60.5.into()), ("at", 1.0.into()), ("length", 2.0.into()), ("velocity", 0.3.into())]),
            table(&[("at", (1.0 / 3.0).into())]),
        ]);
        let read = super::read(&list).unwrap();
        assert_eq!((read[0].pitch, read[0].length, read[0].velocity), (51.0, 0.25, 0.75));
        assert_eq!(read[0].more, [("cutoff".to_owned(), Value::Number(900.0))]);
        assert_eq!((read[1].pitch, read[2].at), (60.5, 1.0 / 3.0));
        assert_eq!(super::read(&write(&read)).unwrap(), read);
        assert_eq!(super::read(&Value::List(vec![table(&[("pitch", 60.0.into())])])), None, "a note begins somewhere");
    }

    #[test]
    fn notes_move_as_far_as_there_is_room() {
        let all = moved(&notes(), &picked(&[0, 1]), (-3.0, -100.0), None);
        assert_eq!((all[0].at, all[0].pitch, all[2].at), (0.0, 0.0, 2.0));
        assert!((all[1].at - 1.1).abs() < 1e-12 && all[1].pitch == 4.0);
        let minor = Key::parse("c4:minor").unwrap();
        let all = moved(&notes(), &picked(&[0]), (0.5, 4.0), Some(minor));
        assert_eq!((all[0].at, all[0].pitch), (0.5, 63.0), "e is no note of c minor");
        assert_eq!(scaled(&notes(), &picked(&[0, 1, 2]), minor)[1].pitch, 63.0);
    }

    #[test]
    fn notes_stretch_at_either_end() {
        let all = stretched(&notes(), &picked(&[0, 1]), 0.5, (false, 0.25));
        assert_eq!((all[0].length, all[1].length), (1.5, 1.0));
        let all = stretched(&notes(), &picked(&[0]), -5.0, (false, 0.25));
        assert_eq!(all[0].length, 0.25);
        let all = stretched(&notes(), &picked(&[2]), -0.5, (true, 0.25));
        assert_eq!((all[2].at, all[2].length), (1.5, 0.75));
        let all = stretched(&notes(), &picked(&[0]), 5.0, (true, 0.25));
        assert_eq!((all[0].at, all[0].length), (0.75, 0.25));
    }

    #[test]
    fn notes_are_drawn_to_the_grid() {
        let all = quantised(&notes(), &picked(&[0, 1, 2]), 0.25, 1.0);
        assert_eq!(all[1].at, 1.0);
        let half = quantised(&notes(), &picked(&[1]), 0.25, 0.5);
        assert!((half[1].at - 1.05).abs() < 1e-12);
        let triplet = quantised(&[Note::new(0.35, 60.0, 0.1)], &picked(&[0]), 1.0 / 3.0, 1.0);
        assert_eq!(triplet[0].at, 1.0 / 3.0);
    }

    #[test]
    fn notes_are_copied_and_taken_away() {
        let (all, new) = pasted(&notes(), &notes()[1..], 4.0);
        assert_eq!((all.len(), all[3].at, new), (5, 4.0, picked(&[3, 4])));
        assert!((all[4].at - 4.9).abs() < 1e-12);
        assert_eq!(without(&all, &picked(&[0, 1, 3])).len(), 2);
        assert_eq!(louder(&notes(), &picked(&[0]), 0.5)[0].velocity, 1.0);
    }
}
