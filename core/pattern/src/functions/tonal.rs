//! Scales, chords and intervals.
//!
//! Notes come out as MIDI numbers, where Strudel gives names: 60 is c4.

use super::param;
use crate::chord::{Chord, Layout, Place};
use crate::note::parse_note;
use crate::query::Run;
use crate::scale::{Key as Scale, Snap};
use crate::value::{Key, modulo};
use crate::{Controls, Event, Pattern, Ratio, Span, Value};

fn key(name: &str) -> Key {
    Key::new(name)
}

impl Pattern {
    /// Degrees of a scale as notes; note names go to the nearest note of the scale.
    ///
    /// The scale is named as in `"c2:minor"`; a root without octave is in octave 3.
    pub fn scale(&self, scale: impl Into<Pattern>) -> Pattern {
        let this = self.clone();
        Pattern::patterned(&scale.into(), move |name| match Scale::parse(&name.to_string()) {
            Ok(scale) => {
                let name = Value::text(&name.to_string());
                this.try_map(move |value| in_scale(&scale, &name, value).map(Some))
            }
            Err(error) => Pattern::failing(format!("`scale`: {error}")),
        })
        .with_steps(self.steps())
    }

    /// Notes of a scale moved by steps of that scale.
    pub fn scale_transpose(&self, steps: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "scale_transpose", &steps.into(), |p, steps| {
            let steps = steps.floor();
            p.try_map(move |value| {
                let none =
                    || "`scale_transpose` needs notes of a scale: put `.scale(\"c:minor\")` before it".to_owned();
                let Value::Map(map) = value else { return Err(none()) };
                let name = map.get(&key("scale_name")).ok_or_else(none)?;
                let scale = Scale::parse(&name.to_string()).map_err(|e| e.to_string())?;
                let note = map.get(&key("note")).and_then(Value::pitch).ok_or_else(none)?;
                let degree = scale.degree_of(note as f32, Snap::Nearest).saturating_add(steps);
                Ok(Some(Value::Map(map.with(key("note"), Value::Num(f64::from(scale.degree(degree)))))))
            })
        })
    }

    /// Notes moved by semitones, or by intervals such as `3M`, `5P` and `-2m`.
    pub fn transpose(&self, by: impl Into<Pattern>) -> Pattern {
        let this = self.clone();
        Pattern::patterned(&by.into(), move |by| match by.number().or_else(|| semitones_of(&by.to_string())) {
            Some(by) => this.try_map(move |value| match value {
                Value::Map(map) => Ok(Some(match map.get(&key("note")).and_then(Value::pitch) {
                    Some(note) => Value::Map(map.with(key("note"), Value::Num(note + by))),
                    None => value.clone(),
                })),
                plain => match plain.pitch() {
                    Some(note) => Ok(Some(Value::Num(note + by))),
                    None => Err(format!("`transpose` needs notes, not {} (`{plain}`)", plain.kind())),
                },
            }),
            None => Pattern::failing(format!("`transpose`: `{by}` is no number and no interval such as 3M, 5P or -2m")),
        })
        .with_steps(self.steps())
    }

    /// Chords as notes near an anchor (controls `anchor`, `mode`, `offset`, `dictionary`); with `n`, one note of them.
    pub fn voicing(&self) -> Pattern {
        self.spread(|value| {
            let controls = chord_controls(value);
            let notes = voicing_of(&controls)?;
            let rest = ["chord", "anchor", "mode", "offset", "dictionary", "n"]
                .into_iter()
                .fold(controls.clone(), |c, name| c.without(&key(name)));
            let with = |note: i32| Value::Map(rest.with(key("note"), Value::Num(f64::from(note))));
            Ok(match controls.number(&key("n")) {
                Some(n) => nth_of(&notes, n).map(with).into_iter().collect(),
                None => notes.into_iter().map(with).collect(),
            })
        })
    }

    /// The roots of chords, in an octave.
    pub fn root_notes(&self, octave: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "root_notes", &octave.into(), |p, octave| {
            let octave = octave.floor().clamp(-1, 9) as i32;
            p.try_map(move |value| {
                let controls = chord_controls(value);
                let chord = chord_in(&controls)?;
                let note = f64::from((octave + 1) * 12 + chord.bass.unwrap_or(chord.root));
                let rest = controls.without(&key("chord"));
                Ok(Some(Value::Map(rest.with(key("note"), Value::Num(note)))))
            })
        })
    }

    /// Each event as several at once, one for each value that `f` makes of it.
    fn spread(&self, f: impl Fn(&Value) -> Result<Vec<Value>, String> + Send + Sync + 'static) -> Pattern {
        let this = self.clone();
        Pattern::over(self.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let mut events = Vec::new();
            this.ask(run, span, &mut events)?;
            for event in events {
                for value in f(&event.value).map_err(|e| crate::QueryError::Failed(e.into()))? {
                    run.emit(out, Event { value, ..event.clone() })?;
                }
            }
            Ok(())
        })
        .with_steps(self.steps())
    }

    /// Chords note by note: numbers choose among the notes that sound together, from 0 and round; `up`, `down`,
    /// `updown` and `downup` play all of them.
    pub fn arp(&self, indices: impl Into<Pattern>) -> Pattern {
        let (this, indices) = (self.clone(), indices.into());
        let depth = this.depth().max(indices.depth());
        Pattern::over(depth, move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let mut events = Vec::new();
            this.ask(run, span, &mut events)?;
            let mut chords: Vec<Vec<Event>> = Vec::new();
            for event in events {
                match chords.iter_mut().find(|c| c[0].whole == event.whole && c[0].part == event.part) {
                    Some(chord) => chord.push(event),
                    None => chords.push(vec![event]),
                }
            }
            for chord in chords {
                let mut picks = Vec::new();
                indices.ask(run, chord[0].part, &mut picks)?;
                for pick in picks {
                    arp_one(run, &chord, &pick, out)?;
                }
            }
            Ok(())
        })
    }
}

/// What one index plays of a chord.
fn arp_one(run: &mut Run, chord: &[Event], pick: &Event, out: &mut Vec<Event>) -> Result<(), crate::QueryError> {
    let from = |note: &Event, whole, part| {
        let mut atoms = note.atoms.clone();
        atoms.extend(&pick.atoms);
        Event { whole, part, value: note.value.clone(), atoms }
    };
    if let Some(index) = pick.value.number() {
        let at = modulo(libm::floor(index), chord.len() as f64) as usize;
        return chord.get(at).map_or(Ok(()), |note| run.emit(out, from(note, pick.whole, pick.part)));
    }
    let up = 0..chord.len();
    let inner = || 1..chord.len().saturating_sub(1).max(1);
    let order: Vec<usize> = match pick.value.to_string().as_str() {
        "up" => up.collect(),
        "down" => up.rev().collect(),
        "updown" => up.chain(inner().rev()).collect(),
        "downup" => up.rev().chain(inner()).collect(),
        other => {
            let message = format!("`arp`: `{other}` is no number and no order: there are up, down, updown and downup");
            return Err(crate::QueryError::Failed(message.into()));
        }
    };
    let Some(whole) = pick.whole else { return Ok(()) };
    let length = whole.duration() / Ratio::int(order.len() as i64);
    let mut piece = Span { begin: whole.begin, end: whole.begin + length };
    for note in order.iter().filter_map(|i| chord.get(*i)) {
        if let Some(part) = piece.intersect(pick.part) {
            run.emit(out, from(note, Some(piece), part))?;
        }
        piece = piece.shift(length);
    }
    Ok(())
}

/// A degree, or the note nearest to a name, in a scale.
fn in_scale(scale: &Scale, name: &Value, value: &Value) -> Result<Value, String> {
    let (rest, value) = match value {
        Value::Map(map) => match map.get(&key("n")).or_else(|| map.get(&key("note"))) {
            Some(value) => (map.without(&key("n")), value.clone()),
            None => return Ok(Value::Map(map.clone())),
        },
        plain => (Controls::default(), plain.clone()),
    };
    let note = match (value.number(), degree_with_mark(&value), &value) {
        (Some(degree), _, _) => {
            let degree = libm::floor(degree + 0.5).clamp(-10_000.0, 10_000.0);
            f64::from(scale.degree(degree as i64))
        }
        (_, Some((degree, marks)), _) => f64::from(scale.degree(degree) + marks),
        (_, _, Value::Text(text)) => {
            let note = parse_note(text).map_err(|e| format!("`scale`: {e}"))?;
            // Halfway between two notes the upper is meant.
            f64::from(scale.snap(note as f32 + 0.1, Snap::Nearest))
        }
        (_, _, other) => return Err(format!("`scale` needs degrees or note names, not {} (`{other}`)", other.kind())),
    };
    Ok(Value::Map(rest.with(key("note"), Value::Num(note)).with(key("scale_name"), name.clone())))
}

/// A degree with sharps or flats: `2#`, `-3b`.
fn degree_with_mark(value: &Value) -> Option<(i64, i32)> {
    let Value::Text(text) = value else { return None };
    let digits = text.trim_end_matches(['#', 'b', 's']);
    let marks = text[digits.len()..].chars().take(4).map(|c| if c == 'b' { -1 } else { 1 }).sum();
    digits.parse::<i64>().ok().filter(|d| d.abs() < 10_000).map(|degree| (degree, marks))
}

fn chord_controls(value: &Value) -> Controls {
    match value {
        Value::Map(map) => map.clone(),
        plain => Controls::from_iter([(key("chord"), plain.clone())]),
    }
}

fn chord_in(controls: &Controls) -> Result<Chord, String> {
    let text = controls.get(&key("chord")).ok_or("there is no chord here: set one with `.chord(\"<Am7 F^7>\")`")?;
    Chord::parse(&text.to_string()).map_err(|e| e.to_string())
}

fn voicing_of(controls: &Controls) -> Result<Vec<i32>, String> {
    let chord = chord_in(controls)?;
    let named = |name: &str| controls.get(&key(name)).map(ToString::to_string);
    let layout = match named("dictionary").as_deref() {
        None | Some("close") => Layout::Close,
        Some("open") => Layout::Open,
        Some("shell" | "guidetones") => Layout::Shell,
        Some("root" | "triads") => Layout::Root,
        Some(other) => return Err(format!("no voicings are called `{other}`: there are close, open, shell and root")),
    };
    let place = match named("mode").as_deref() {
        None | Some("below") => Place::Below,
        Some("above") => Place::Above,
        Some("duck") => Place::Duck,
        Some("root") => Place::Root,
        Some(other) => return Err(format!("no mode is called `{other}`: there are below, above, duck and root")),
    };
    let anchor = controls.get(&key("anchor"));
    let anchor = anchor.map_or(Some(72.0), Value::pitch).ok_or("`anchor` needs a note, such as c5")?;
    let offset = controls.number(&key("offset")).unwrap_or(0.0).clamp(-64.0, 64.0);
    Ok(chord.voicing(layout, place, anchor.clamp(0.0, 127.0) as i32, offset as i32))
}

/// The note with number `n`, those beyond the ends in further octaves.
fn nth_of(notes: &[i32], n: f64) -> Option<i32> {
    let count = notes.len() as i64;
    let n = libm::floor(n.clamp(-1000.0, 1000.0)) as i64;
    let at = usize::try_from(n.checked_rem_euclid(count)?).ok()?;
    notes.get(at).map(|note| note + 12 * n.div_euclid(count) as i32)
}

/// The semitones of an interval such as `3M`, `5P` or `-2m`.
fn semitones_of(text: &str) -> Option<f64> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let digits = rest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i32 = digits.parse().ok().filter(|n| (1..=64).contains(n))?;
    let (octaves, step) = ((number - 1) / 7, (number - 1) % 7);
    let perfect = matches!(step, 0 | 3 | 4);
    let base = [0, 2, 4, 5, 7, 9, 11][step as usize];
    let shift = match (&rest[digits.len()..], perfect) {
        ("P", true) | ("M", false) => 0,
        ("m", false) => -1,
        ("A", _) => 1,
        ("d", true) => -1,
        ("d", false) => -2,
        _ => return None,
    };
    Some(f64::from(sign * (octaves * 12 + base + shift)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_semitones() {
        let cases = [("1P", 0.0), ("2m", 1.0), ("3M", 4.0), ("5P", 7.0), ("-3m", -3.0), ("9M", 14.0), ("4A", 6.0)];
        for (text, semitones) in cases {
            assert_eq!(semitones_of(text), Some(semitones), "{text}");
        }
        assert_eq!(semitones_of("3P"), None);
        assert_eq!(semitones_of("0M"), None);
    }
}
