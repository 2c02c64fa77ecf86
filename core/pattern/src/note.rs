//! Note names and MIDI note numbers: `c4` is 60.

/// The octave meant by a name without one: `c` is `c3`, 48 (as Strudel has it).
pub const DEFAULT_OCTAVE: i32 = 3;

const SHARP_NAMES: [&str; 12] = ["c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b"];

/// Why a text is no note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It has another form.
    #[error("`{0}` is no note: expected a letter a to g, then # or b, then an octave, such as c4, f#2 or eb3")]
    Form(String),
    /// It lies outside MIDI.
    #[error("`{0}` is out of range: notes go from c-1 (0) to g9 (127)")]
    Range(String),
}

/// The MIDI note number of a name such as `c4` (60), `F#2`, `eb3`, `c-1` (0) or `a` ([`DEFAULT_OCTAVE`]).
///
/// Sharps are `#` or `s`, flats `b` or `f`, and both may be repeated.
///
/// # Errors
/// When the text has another form or the note lies outside 0 to 127.
pub fn parse_note(text: &str) -> Result<i32, NoteError> {
    let (class, octave) = split(text).ok_or_else(|| NoteError::Form(text.to_owned()))?;
    let note = octave.unwrap_or(DEFAULT_OCTAVE).saturating_add(1).saturating_mul(12).saturating_add(class);
    if (0..=127).contains(&note) { Ok(note) } else { Err(NoteError::Range(text.to_owned())) }
}

/// The MIDI note number of a number (`60`, `60.5`) or a name (`c4`).
///
/// # Errors
/// As [`parse_note`].
pub fn parse_pitch(text: &str) -> Result<f32, NoteError> {
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '+'));
    if !numeric {
        return parse_note(text).map(|n| n as f32);
    }
    match text.parse::<f32>() {
        Ok(n) if (0.0..=127.0).contains(&n) => Ok(n),
        Ok(_) => Err(NoteError::Range(text.to_owned())),
        Err(_) => Err(NoteError::Form(text.to_owned())),
    }
}

/// The name of the nearest note, with sharps: 61 is `c#4`.
pub fn note_name(pitch: f32) -> String {
    let note = pitch.round() as i32;
    format!("{}{}", SHARP_NAMES[note.rem_euclid(12) as usize], note.div_euclid(12) - 1)
}

/// Semitones above the c of the octave, and the octave if it is there.
fn split(text: &str) -> Option<(i32, Option<i32>)> {
    let mut rest = text.chars();
    let letter = match rest.next()?.to_ascii_lowercase() {
        'c' => 0,
        'd' => 2,
        'e' => 4,
        'f' => 5,
        'g' => 7,
        'a' => 9,
        'b' => 11,
        _ => return None,
    };
    let octave = rest.as_str().trim_start_matches(['#', 's', 'b', 'f']);
    let marks = &rest.as_str()[..rest.as_str().len() - octave.len()];
    if marks.len() > 4 {
        return None;
    }
    let shift: i32 = marks.chars().map(|c| if matches!(c, '#' | 's') { 1 } else { -1 }).sum();
    if octave.is_empty() {
        return Some((letter + shift, None));
    }
    let digits = octave.strip_prefix('-').unwrap_or(octave);
    let plain = !digits.is_empty() && digits.len() <= 2 && digits.chars().all(|c| c.is_ascii_digit());
    if plain { Some((letter + shift, Some(octave.parse().ok()?))) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_midi_numbers() {
        let cases = [("c4", 60), ("C4", 60), ("c", 48), ("a4", 69), ("c#4", 61), ("cs4", 61), ("eb3", 51), ("ef3", 51)];
        for (name, note) in cases.into_iter().chain([("bb", 58), ("b#3", 60), ("cb4", 59), ("c-1", 0), ("g9", 127)]) {
            assert_eq!(parse_note(name), Ok(note), "{name}");
        }
    }

    #[test]
    fn what_is_no_note_is_said() {
        for bad in ["", "h4", "c4x", "4", "c--1", "c#####4", "c4.5"] {
            assert_eq!(parse_note(bad), Err(NoteError::Form(bad.to_owned())));
        }
        for far in ["g#9", "cb-1", "c12"] {
            assert_eq!(parse_note(far), Err(NoteError::Range(far.to_owned())));
        }
    }

    #[test]
    fn numbers_and_names_are_pitches() {
        assert_eq!(parse_pitch("60.5"), Ok(60.5));
        assert_eq!(parse_pitch("c5"), Ok(72.0));
        assert_eq!(parse_pitch("128"), Err(NoteError::Range("128".to_owned())));
        assert_eq!(parse_pitch("-"), Err(NoteError::Form("-".to_owned())));
    }

    #[test]
    fn every_number_has_a_name_that_leads_back() {
        for note in 0..128 {
            assert_eq!(parse_note(&note_name(note as f32)), Ok(note));
        }
    }
}
