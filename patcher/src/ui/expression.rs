//! Numbers as they are typed into a field: `440`, `1/16`, `+=10`, `*=2`, `-3`, `20 ms`, `2 kHz`.

use bf_node::{ParamKind, ParamSpec, Unit};

/// Why a text is no number here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wrong {
    /// It is one in a unit that the value does not have.
    Unit(String),
    /// It is none.
    Number(String),
}

/// The words of units, what they measure, and how much one is in the declaration's own.
const UNITS: [(&str, Unit, f64); 26] = [
    ("Hz", Unit::Hz, 1.0),
    ("kHz", Unit::Hz, 1e3),
    ("s", Unit::Secs, 1.0),
    ("sec", Unit::Secs, 1.0),
    ("secs", Unit::Secs, 1.0),
    ("ms", Unit::Secs, 1e-3),
    ("us", Unit::Secs, 1e-6),
    ("µs", Unit::Secs, 1e-6),
    ("min", Unit::Secs, 60.0),
    ("dB", Unit::Db, 1.0),
    ("st", Unit::Semitones, 1.0),
    ("semitone", Unit::Semitones, 1.0),
    ("semitones", Unit::Semitones, 1.0),
    ("ct", Unit::Semitones, 0.01),
    ("cent", Unit::Semitones, 0.01),
    ("cents", Unit::Semitones, 0.01),
    ("octave", Unit::Semitones, 12.0),
    ("octaves", Unit::Semitones, 12.0),
    ("beat", Unit::Beats, 1.0),
    ("beats", Unit::Beats, 1.0),
    ("°", Unit::Degrees, 1.0),
    ("deg", Unit::Degrees, 1.0),
    ("degrees", Unit::Degrees, 1.0),
    (":1", Unit::Ratio, 1.0),
    ("bpm", Unit::Bpm, 1.0),
    ("%", Unit::None, 0.01),
];

/// What a value is measured in.
fn unit_of(spec: &ParamSpec) -> Unit {
    match spec.kind {
        ParamKind::Number { unit, .. } => unit,
        _ => Unit::None,
    }
}

/// The unit that stands behind a number, and the text without it.
fn worded(text: &str) -> (&str, Option<(&'static str, Unit, f64)>) {
    let is_of = |text: &str, word: &str| {
        let at = text.len().checked_sub(word.len()).filter(|at| text.is_char_boundary(*at))?;
        let (number, last) = text.split_at(at);
        let ends = number.trim_end().ends_with(|c: char| c.is_ascii_digit() || c == '.');
        (last.eq_ignore_ascii_case(word) && ends).then_some(at)
    };
    let found = UNITS.into_iter().find_map(|unit| Some((is_of(text, unit.0)?, unit)));
    found.map_or((text, None), |(at, unit)| (&text[..at], Some(unit)))
}

/// What may stand behind a number of a unit.
fn fitting(unit: Unit) -> String {
    let mut words: Vec<&str> = UNITS.iter().filter(|(_, of, _)| *of == unit).map(|(word, ..)| *word).collect();
    words.truncate(3);
    words.join(" or ")
}

/// The number that a text means where a value of a declaration stands at `now`, in the declaration's unit.
///
/// # Errors
/// What was expected, in the user's words.
pub(crate) fn number_from(text: &str, now: f64, spec: &ParamSpec) -> Result<f64, Wrong> {
    number_in(text.trim(), now, unit_of(spec))
}

/// The same of a number without a unit, such as the amount of a cable; none where it is no number.
pub(crate) fn bare(text: &str, now: f64) -> Option<f64> {
    number_in(text.trim(), now, Unit::None).ok()
}

fn number_in(text: &str, now: f64, unit: Unit) -> Result<f64, Wrong> {
    for (sign, apply) in [
        ("+=", (|now, n| now + n) as fn(f64, f64) -> f64),
        ("-=", |now, n| now - n),
        ("*=", |now, n| now * n),
        ("/=", |now, n| now / n),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return finite(apply(now, sum(rest, unit)?));
        }
    }
    finite(sum(text, unit)?)
}

fn finite(n: f64) -> Result<f64, Wrong> {
    if n.is_finite() { Ok(n) } else { Err(Wrong::Number("that is no finite number".to_owned())) }
}

/// Terms with `+` and `-` between them.
fn sum(text: &str, unit: Unit) -> Result<f64, Wrong> {
    let mut total = 0.0;
    let mut begin = 0;
    let bytes = text.as_bytes();
    let mut sign = 1.0;
    for i in 0..=bytes.len() {
        let ends = i == bytes.len()
            || (matches!(bytes[i], b'+' | b'-')
                && !text[begin..i].trim().is_empty()
                && !after_operator(&text[begin..i]));
        if ends {
            total += sign * product(&text[begin..i], unit)?;
            sign = if i < bytes.len() && bytes[i] == b'-' { -1.0 } else { 1.0 };
            begin = i + 1;
        }
    }
    Ok(total)
}

/// Whether a sign behind this belongs to a number, as in `1e-3` and `2*-3`.
fn after_operator(text: &str) -> bool {
    let text = text.trim_end();
    let exponent =
        text.strip_suffix(['e', 'E']).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit() || c == '.'));
    exponent || text.ends_with(['*', '/'])
}

/// Factors with `*` and `/` between them. A unit measures the whole: `1/8 s` is an eighth of a second.
fn product(text: &str, unit: Unit) -> Result<f64, Wrong> {
    let mut total = 1.0;
    let mut begin = 0;
    let mut divides = false;
    for (i, c) in text.char_indices().chain([(text.len(), '*')]) {
        if c == '*' || c == '/' {
            let (n, scale) = plain(&text[begin..i], unit)?;
            total = if divides { total / n } else { total * n } * scale;
            (divides, begin) = (c == '/', i + 1);
        }
    }
    Ok(total)
}

/// A number, and how much its unit is.
fn plain(text: &str, unit: Unit) -> Result<(f64, f64), Wrong> {
    let text = text.trim();
    let (number, word) = worded(text);
    let scale = match word {
        Some((word, of, _)) if of != unit => {
            let why = match unit {
                Unit::None => "it is a plain number".to_owned(),
                _ => format!("it takes {}", fitting(unit)),
            };
            return Err(Wrong::Unit(format!("this value is not measured in {word}: {why}")));
        }
        Some((_, _, scale)) => scale,
        None => 1.0,
    };
    let thousands = number.strip_suffix('k').map_or((number, 1.0), |n| (n, 1e3));
    let number: Result<f64, _> = thousands.0.trim().parse();
    let wrong = |_| Wrong::Number(format!("expected a number such as 440, 1/16 or +=10, found `{text}`"));
    number.map(|n| (n * thousands.1, scale)).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::{Unit, Wrong, number_from};
    use bf_node::ParamSpec;

    const PLAIN: ParamSpec = ParamSpec::number("size", 0.0, -1e3, 1e3, "");

    #[test]
    fn what_is_typed_is_a_number_or_says_what_was_expected() {
        for (text, want) in [
            ("440", 440.0),
            ("1/16", 0.0625),
            ("+=10", 110.0),
            ("-= 25", 75.0),
            ("*=2", 200.0),
            ("/=4", 25.0),
            ("-3", -3.0),
            ("2*-3", -6.0),
            ("1e-3", 0.001),
            ("3/4 + 1/8", 0.875),
            ("1.5k", 1_500.0),
            ("50 %", 0.5),
        ] {
            assert_eq!(number_from(text, 100.0, &PLAIN), Ok(want), "{text}");
        }
        for text in ["", "fast", "1/0", "2**3", "+=", "kHz", "s"] {
            assert!(matches!(number_from(text, 100.0, &PLAIN), Err(Wrong::Number(_))), "{text}");
        }
    }

    #[test]
    fn a_unit_is_the_declarations_or_is_refused() {
        for (unit, text, want) in [
            (Unit::Db, "-6 dB", -6.0),
            (Unit::Db, "+= 3db", 103.0),
            (Unit::Secs, "20 ms", 0.02),
            (Unit::Secs, "1/8 s", 0.125),
            (Unit::Secs, "1/8 ms", 0.000_125),
            (Unit::Hz, "2 kHz", 2_000.0),
            (Unit::Hz, "1.5khz + 20 Hz", 1_520.0),
            (Unit::Semitones, "-1 octave", -12.0),
            (Unit::Beats, "1/8", 0.125),
            (Unit::Ratio, "4:1", 4.0),
            (Unit::Degrees, "90°", 90.0),
        ] {
            assert_eq!(number_from(text, 100.0, &PLAIN.unit(unit)), Ok(want), "{text}");
        }
        let hz = PLAIN.unit(Unit::Hz);
        let why = Wrong::Unit("this value is not measured in ms: it takes Hz or kHz".to_owned());
        assert_eq!(number_from("20 ms", 0.0, &hz), Err(why));
        assert!(matches!(number_from("3 dB", 0.0, &PLAIN), Err(Wrong::Unit(_))));
    }
}
