//! The small notation of the step sequencer: `x--x -oX- c4 60 ~ _ e4,g4:0.5 a3?0.7*2`.

use bf_pattern::note::{note_name, parse_pitch};

/// The most steps of a row.
pub const MAX_STEPS: usize = 1024;
/// The most notes of a step.
pub const MAX_CHORD: usize = 8;
/// The most strokes of a ratchet.
pub const MAX_RATCHET: u8 = 16;

/// How hard a step is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// Half as hard as the others.
    Soft,
    /// As the velocity param says.
    Plain,
    /// A third harder.
    Accent,
    /// Exactly this.
    Exactly(f32),
}

/// One step of the row.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing.
    Rest,
    /// The note before goes on.
    Tie,
    /// A note, a chord or a hit.
    Play {
        /// MIDI note numbers; none means the base pitch.
        pitches: Vec<f32>,
        /// How hard.
        level: Level,
        /// How likely, 0 to 1.
        chance: f32,
        /// How many strokes share the step.
        ratchet: u8,
    },
}

/// What is wrong, as (what stands there, what is expected).
pub type Wrong = (String, String);

/// Reads a row of steps.
///
/// # Errors
/// The first word that does not fit, and what would.
pub fn parse(text: &str) -> Result<Vec<Step>, Wrong> {
    let mut steps = Vec::new();
    for word in text.split_whitespace().filter(|w| *w != "|") {
        word_steps(word, &mut steps).map_err(|expected| (format!("`{word}`"), expected))?;
        if steps.len() > MAX_STEPS {
            return Err((format!("{} steps and more", steps.len()), format!("at most {MAX_STEPS} steps")));
        }
    }
    if steps.is_empty() {
        return Err(("empty".to_owned(), "steps such as \"x--x -oX-\" or \"c4 ~ eb4 g4\"".to_owned()));
    }
    Ok(steps)
}

fn word_steps(word: &str, steps: &mut Vec<Step>) -> Result<(), String> {
    let head = word.split([':', '?', '*']).next().unwrap_or("");
    let row = !head.is_empty() && head.chars().all(|c| "xXo.-_~".contains(c));
    if row && head.len() == word.len() {
        steps.extend(head.chars().map(|c| sign(c, Level::Plain)));
        return Ok(());
    }
    let tail = Tail::parse(&word[head.len()..])?;
    if row && head.len() > 1 {
        return Err("spaces around a step that has `:`, `?` or `*`".to_owned());
    }
    let (pitches, level) = match head.chars().next() {
        None => return Err("a step before `:`, `?` or `*`".to_owned()),
        Some(c) if row => match sign(c, Level::Plain) {
            Step::Play { level, .. } => (Vec::new(), level),
            _ => return Err("a note or a hit before `:`, `?` or `*`, not a rest or a tie".to_owned()),
        },
        Some(_) => (chord(head)?, Level::Plain),
    };
    steps.push(Step::Play { pitches, level: tail.level.unwrap_or(level), chance: tail.chance, ratchet: tail.ratchet });
    Ok(())
}

fn sign(c: char, plain: Level) -> Step {
    let play = |level| Step::Play { pitches: Vec::new(), level, chance: 1.0, ratchet: 1 };
    match c {
        'x' => play(plain),
        'X' => play(Level::Accent),
        'o' => play(Level::Soft),
        '_' => Step::Tie,
        _ => Step::Rest,
    }
}

fn chord(text: &str) -> Result<Vec<f32>, String> {
    let pitches: Result<Vec<f32>, _> = text.split(',').map(parse_pitch).collect();
    let pitches = pitches.map_err(|_| {
        "x, X, o, -, ., ~, _, a note such as c4 or eb3, a number from 0 to 127, or notes joined by commas".to_owned()
    })?;
    if pitches.len() > MAX_CHORD { Err(format!("at most {MAX_CHORD} notes in a step")) } else { Ok(pitches) }
}

/// What follows a step without a space.
struct Tail {
    level: Option<Level>,
    chance: f32,
    ratchet: u8,
}

impl Tail {
    fn parse(text: &str) -> Result<Tail, String> {
        let mut tail = Tail { level: None, chance: 1.0, ratchet: 1 };
        let mut rest = text;
        while let Some(mark) = rest.chars().next() {
            let body = &rest[mark.len_utf8()..];
            let end = body.find([':', '?', '*']).unwrap_or(body.len());
            let value = &body[..end];
            let unit = || value.parse::<f32>().ok().filter(|x| (0.0..=1.0).contains(x));
            match mark {
                ':' => tail.level = Some(Level::Exactly(unit().ok_or("a velocity from 0 to 1 after `:`")?)),
                '?' if value.is_empty() => tail.chance = 0.5,
                '?' => tail.chance = unit().ok_or("a chance from 0 to 1 after `?`")?,
                _ => {
                    let strokes = value.parse().ok().filter(|n| (1..=MAX_RATCHET).contains(n));
                    tail.ratchet = strokes.ok_or_else(|| format!("1 to {MAX_RATCHET} strokes after `*`"))?;
                }
            }
            rest = &body[end..];
        }
        Ok(tail)
    }
}

/// Writes a row of steps as [`parse`] reads it, in groups of four.
pub fn write(steps: &[Step]) -> String {
    let mut text = String::new();
    let mut joins = false;
    for (i, step) in steps.iter().enumerate() {
        let (word, is_sign) = word_of(step);
        if i > 0 && (i % 4 == 0 || !(joins && is_sign)) {
            text.push(' ');
        }
        text.push_str(&word);
        joins = is_sign;
    }
    text
}

/// A step as a word, and whether it is a sign that others may stand beside.
fn word_of(step: &Step) -> (String, bool) {
    let Step::Play { pitches, level, chance, ratchet } = step else {
        return (if *step == Step::Tie { "_" } else { "-" }.to_owned(), true);
    };
    let sign = match level {
        Level::Soft => "o",
        Level::Accent => "X",
        Level::Plain | Level::Exactly(_) => "x",
    };
    let names: Vec<String> = pitches.iter().map(|p| pitch_text(*p)).collect();
    let mut word = if names.is_empty() { sign.to_owned() } else { names.join(",") };
    let mut is_sign = names.is_empty();
    let mut tail = |mark: char, value: String| {
        word.push(mark);
        word.push_str(&value);
        is_sign = false;
    };
    if let Level::Exactly(velocity) = level {
        tail(':', velocity.to_string());
    }
    if *chance < 1.0 {
        tail('?', chance.to_string());
    }
    if *ratchet > 1 {
        tail('*', ratchet.to_string());
    }
    (word, is_sign)
}

fn pitch_text(pitch: f32) -> String {
    if pitch.fract() == 0.0 && pitch >= 0.0 { note_name(pitch) } else { pitch.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(pitches: &[f32], level: Level, chance: f32, ratchet: u8) -> Step {
        Step::Play { pitches: pitches.to_vec(), level, chance, ratchet }
    }

    #[test]
    fn rows_and_words_become_steps() {
        let hit = play(&[], Level::Plain, 1.0, 1);
        assert_eq!(parse("x-.X").unwrap(), [hit, Step::Rest, Step::Rest, play(&[], Level::Accent, 1.0, 1)]);
        assert_eq!(
            parse("c4 60.5 | ~ _ o*3 e4,g4:0.5?0.7*2 a3?").unwrap(),
            [
                play(&[60.0], Level::Plain, 1.0, 1),
                play(&[60.5], Level::Plain, 1.0, 1),
                Step::Rest,
                Step::Tie,
                play(&[], Level::Soft, 1.0, 3),
                play(&[64.0, 67.0], Level::Exactly(0.5), 0.7, 2),
                play(&[57.0], Level::Plain, 0.5, 1),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_word() {
        for (text, word, hint) in [
            ("", "empty", "steps such as"),
            ("x- h4", "`h4`", "a note such as c4"),
            ("x-x*3", "`x-x*3`", "spaces around"),
            ("~:0.5", "`~:0.5`", "not a rest"),
            ("c4:2", "`c4:2`", "velocity"),
            ("c4?x", "`c4?x`", "chance"),
            ("c4*99", "`c4*99`", "1 to 16"),
            ("128", "`128`", "0 to 127"),
            (":0.5", "`:0.5`", "a step before"),
            ("c4é", "`c4é`", "a note such as"),
            ("x?é", "`x?é`", "chance"),
        ] {
            let (found, expected) = parse(text).unwrap_err();
            assert_eq!(found, word);
            assert!(expected.contains(hint), "{text}: {expected}");
        }
        assert!(parse(&"x".repeat(MAX_STEPS + 1)).is_err());
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in
            ["X--x --x- X--x -xoo", "c4 ~ eb4 g4", "x:0.5?0.7*3 - x", "e4,g4:0.25 60.5 _ o?0.5*2 X", "x", "c#2 0 127"]
        {
            let steps = parse(text).unwrap();
            let written = write(&steps);
            assert_eq!(parse(&written).unwrap(), steps, "{text} as {written}");
        }
        assert_eq!(write(&parse("X--x--x- x:0.5").unwrap()), "X--x --x- x:0.5");
    }
}
