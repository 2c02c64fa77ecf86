//! Texts of a patch that are read while it plays: params whose value is a pattern (`cutoff = "<300 900>*2"`), and what
//! nodes play.

use super::At;
use crate::Name;
use bf_node::{Code, Form, ParamKind, ParamSpec, Unit};
use bf_pattern::{MAX_DEPTH, Pattern, Query, Ratio, Span, Value, mini};
use core::ops::Range;

/// A text of a patch that the session reads: it asks it for what it says, and plays that.
#[derive(Clone, Debug, PartialEq)]
pub struct FlatText {
    /// The node in the flat graph, or the instrument.
    pub path: Name,
    /// The param that it moves, or the setting that holds what the node plays.
    pub param: Name,
    /// What it says: values of the param, where it is no setting.
    pub code: Option<Code>,
    /// The text.
    pub text: String,
    /// The patch file that it stands in; `None` for the main patch.
    pub file: Option<String>,
    /// Where it stands there.
    pub at: At,
}

/// Why a text is no pattern for a param.
#[derive(Clone, Debug, PartialEq)]
pub struct NoPattern {
    /// What is wrong.
    pub message: String,
    /// What is expected.
    pub hint: String,
    /// The part of the text that is at fault, in bytes.
    pub span: Range<usize>,
}

/// Cycles that are looked at for values that are none, and how far. What is too much to be looked at is told once it is
/// asked for.
const LOOKED_AT: i64 = 16;
const LOOK: Query = Query { max_events: 1 << 10, max_work: 1 << 14, max_depth: MAX_DEPTH, cps: None, seed: 0.0 };

/// The pattern of a param's text. Its values are the numbers that a processor reads: names of choices are counted, and
/// what is out of range is limited to it.
///
/// # Errors
/// When the text is no mini-notation, or holds what is no value of the param.
pub fn moving(spec: &ParamSpec, text: &str) -> Result<Pattern, NoPattern> {
    let wrong = |message: String, hint: Option<String>, span: Range<usize>| {
        let hint = hint.map(|hint| format!("{hint}; expected {}", expected(spec)));
        NoPattern { message, hint: hint.unwrap_or_else(|| format!("expected {}", expected(spec))), span }
    };
    let pattern = mini(text).map_err(|e| wrong(e.message, e.hint, e.span))?;
    for cycle in 0..LOOKED_AT {
        let Ok(events) = pattern.query(Span::new(cycle, cycle + 1), &LOOK) else { break };
        if let Some(event) = events.iter().find(|e| number(spec, &e.value).is_none()) {
            return Err(wrong(format!("`{}` is no value of it", event.value), None, place(event, text)));
        }
    }
    let spec = *spec;
    Ok(pattern.map(move |value| number(&spec, value).map_or_else(|| value.clone(), Value::Num)))
}

/// The pattern of a text of notes: their names or MIDI numbers.
///
/// # Errors
/// When the text is no mini-notation, or holds what is no note.
pub fn notes(text: &str) -> Result<Pattern, NoPattern> {
    let hint = |hint: Option<String>| {
        let expected = "expected notes such as \"c3 <e3 g3>*2\", by name or MIDI number";
        hint.map_or_else(|| expected.to_owned(), |hint| format!("{hint}; {expected}"))
    };
    let pattern = mini(text).map_err(|e| NoPattern { message: e.message, hint: hint(e.hint), span: e.span })?;
    for cycle in 0..LOOKED_AT {
        let Ok(events) = pattern.query(Span::new(cycle, cycle + 1), &LOOK) else { break };
        if let Some(event) = events.iter().find(|e| e.value.pitch().is_none()) {
            let message = format!("`{}` is no note", event.value);
            return Err(NoPattern { message, hint: hint(None), span: place(event, text) });
        }
    }
    Ok(pattern.as_control("note"))
}

/// What the text of a setting says, where the session reads it.
pub(super) fn code(spec: &ParamSpec) -> Option<Code> {
    match spec.kind {
        ParamKind::Setting { form: Form::Code(code), .. } => Some(code),
        _ => None,
    }
}

/// Where in a text an event comes from.
fn place(event: &bf_pattern::Event, text: &str) -> Range<usize> {
    event.atoms.as_slice().first().map_or(0..text.len(), |a| a.start as usize..a.end as usize)
}

/// The number that the pattern of a param begins with at cycle 0, where it says one at once.
pub(super) fn first(pattern: &Pattern) -> Option<f32> {
    let begin = Span { begin: Ratio::ZERO, end: Ratio::new(1, 1 << 10) };
    let events = pattern.query(begin, &LOOK).ok()?;
    events.iter().rfind(|e| e.part.begin == Ratio::ZERO).and_then(|e| e.value.number()).map(|n| n as f32)
}

/// The number that a processor reads for a value of a pattern.
fn number(spec: &ParamSpec, value: &Value) -> Option<f64> {
    let named = |names: &[&str]| match value {
        Value::Text(text) => names.iter().position(|name| **name == **text).map(|at| at as f64),
        _ => None,
    };
    let (min, max) = spec.range();
    let number = match spec.kind {
        ParamKind::Number { .. } => value.number()?,
        ParamKind::Integer { .. } => value.number()?.round(),
        ParamKind::Switch { .. } => named(&["false", "true"]).or_else(|| value.number())?,
        ParamKind::Choice { options, .. } => named(options).or_else(|| value.number())?.round(),
        ParamKind::Setting { .. } => return None,
    };
    number.is_finite().then(|| number.clamp(f64::from(min), f64::from(max)))
}

/// What a value of a param looks like, and a pattern of them.
fn expected(spec: &ParamSpec) -> String {
    let (min, max) = spec.range();
    match spec.kind {
        ParamKind::Number { unit, .. } => {
            let unit = if unit == Unit::None { String::new() } else { format!(" {}", unit.symbol()) };
            format!("a number from {min} to {max}{unit}, or a pattern of numbers such as \"<{min} {max}>*2\"")
        }
        ParamKind::Integer { .. } => {
            format!("a whole number from {min} to {max}, or a pattern of numbers such as \"<{min} {max}>*2\"")
        }
        ParamKind::Switch { .. } => "true or false, or a pattern such as \"<1 0>*2\"".to_owned(),
        ParamKind::Choice { options, .. } => {
            let some: Vec<&str> = options.iter().take(2).copied().collect();
            format!("one of {}, or a pattern such as \"<{}>\"", options.join(", "), some.join(" "))
        }
        ParamKind::Setting { .. } => "a setting".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUTOFF: ParamSpec = ParamSpec::hz("cutoff", 900.0, 20.0, 20_000.0, "");
    const SHAPE: ParamSpec = ParamSpec::choice("shape", 0, &["sine", "saw"], "");

    fn values(spec: &ParamSpec, text: &str) -> Vec<f64> {
        let events = moving(spec, text).unwrap().query(Span::new(0, 1), &Query::default()).unwrap();
        events.iter().filter_map(|e| e.value.number()).collect()
    }

    #[test]
    fn values_are_what_a_processor_reads() {
        assert_eq!(values(&CUTOFF, "300 5 1e9"), [300.0, 20.0, 20_000.0]);
        assert_eq!(values(&SHAPE, "saw sine 1"), [1.0, 0.0, 1.0]);
        assert_eq!(values(&ParamSpec::switch("on", true, ""), "true false 1"), [1.0, 0.0, 1.0]);
        assert_eq!(first(&moving(&CUTOFF, "<300 900>").unwrap()), Some(300.0));
        assert_eq!(first(&moving(&CUTOFF, "~ 300").unwrap()), None);
    }

    #[test]
    fn what_is_no_pattern_is_told_with_its_place() {
        let wrong = |spec: &ParamSpec, text: &str| moving(spec, text).err().unwrap();
        assert_eq!(wrong(&CUTOFF, "300 [900").span.start, 4);
        assert_eq!(wrong(&CUTOFF, "<300 hi>").span, 5..7);
        assert_eq!(wrong(&SHAPE, "<saw sinf>").span, 5..9);
        assert!(wrong(&CUTOFF, "hi").hint.contains("a number from 20 to 20000 Hz, or a pattern"));
        assert!(wrong(&SHAPE, "sinf").hint.contains("one of sine, saw"));
        let none = notes("c3 <e3 [60 bd]>").err().unwrap();
        assert_eq!((none.span, none.message.as_str()), (11..13, "`bd` is no note"));
        assert_eq!(notes("c3 <e3 [60").err().unwrap().span.start, 7);
    }
}
