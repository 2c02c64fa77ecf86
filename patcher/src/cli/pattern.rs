//! `beatforge pattern`: what a text of mini-notation, or an expression of a script, plays.

use super::End;
use bf_pattern::{Event, MiniError, Pattern, Query, QueryError, Ratio, Span, Value, mini};
use bf_session::Diagnostic;
use bf_session::script::{Env, Host};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::ops::Range;
use std::sync::Arc;

/// Shows the events of a pattern.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Mini-notation such as `bd*2 [sd cp]`; `-` reads one text a line.
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// Which cycles: 0..4 are four.
    #[arg(long, allow_hyphen_values = true, value_parser = cycles, default_value = "0..4")]
    cycles: (i64, i64),
    /// One JSON object a text.
    #[arg(long)]
    json: bool,
    /// The text is an expression of a script, such as mini("a b").fast(2).
    #[arg(long)]
    rhai: bool,
    /// Counts the onsets of so many cycles, and how often each value comes, in place of showing events.
    #[arg(long, value_name = "CYCLES", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    density: Option<u32>,
}

/// As many cycles may be asked for at once.
const MOST: i64 = 100_000;

/// Reads `A..B`.
pub(crate) fn cycles(text: &str) -> Result<(i64, i64), String> {
    let parts = text.split_once("..").and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    match parts {
        Some((a, b)) if (0..=MOST).contains(&(b - a)) && (-MOST..=MOST).contains(&a) => Ok((a, b)),
        _ => Err(format!("write the first cycle and the one after the last, such as 0..4, at most {MOST}")),
    }
}

pub(crate) fn run(a: &Arguments) -> End {
    let host = a.rhai.then(|| Host::new(Env { registry: bf_session::registry(), ..Env::default() }));
    if a.text != "-" {
        return if answer(&a.text, a, host.as_ref()) { End::Done } else { End::Failed };
    }
    let mut good = true;
    for line in std::io::stdin().lock().lines() {
        match line {
            Ok(text) => good &= answer(&text, a, host.as_ref()),
            Err(e) => {
                eprintln!("the input cannot be read: {e}");
                return End::Failed;
            }
        }
    }
    if good { End::Done } else { End::Failed }
}

/// Why a text has no events: what is wrong, what to do, and which bytes of the text it is about.
struct Fault {
    message: String,
    hint: Option<String>,
    span: Range<usize>,
}

/// Answers one text; false where it is no pattern, or one that cannot be asked.
fn answer(text: &str, a: &Arguments, host: Option<&Host>) -> bool {
    let made = match host {
        Some(host) => host.pattern(text).map_err(|faults| of_script(text, &faults)),
        None => mini(text).map_err(|MiniError { message, hint, span }| Fault { message, hint, span }),
    };
    let shown = made.and_then(|pattern| {
        let query = Query::default();
        match a.density {
            Some(cycles) => density(text, &pattern, cycles, a.json).map_err(|e| of_query(text, &e)),
            None => events(text, &pattern, a, &query).map_err(|e| of_query(text, &e)),
        }
    });
    match shown {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            true
        }
        Err(fault) => {
            refuse(text, &fault, a.json);
            false
        }
    }
}

/// The lines that show the events of a pattern.
fn events(text: &str, pattern: &Pattern, a: &Arguments, query: &Query) -> Result<Vec<String>, QueryError> {
    let cycles = asked(pattern, a.cycles, query)?;
    if !a.json {
        return Ok(cycles.iter().flatten().map(line).collect());
    }
    let cycles: Vec<Vec<_>> = cycles.iter().map(|events| events.iter().map(event).collect()).collect();
    Ok(vec![json!({ "text": text, "cycles": cycles }).to_string()])
}

/// The lines that count the onsets, and how often each value comes.
fn density(text: &str, pattern: &Pattern, cycles: u32, json: bool) -> Result<Vec<String>, QueryError> {
    let (mut onsets, mut values) = (0u64, BTreeMap::<String, u64>::new());
    for cycle in 0..i64::from(cycles) {
        for event in pattern.query(Span::new(cycle, cycle + 1), &Query::default())? {
            // A piece of a signal has no onset, but a value.
            if event.has_onset() || event.whole.is_none() {
                onsets += u64::from(event.has_onset());
                *values.entry(event.value.to_string()).or_default() += 1;
            }
        }
    }
    if json {
        let counted = json!({ "text": text, "density": { "cycles": cycles, "onsets": onsets, "values": values } });
        return Ok(vec![counted.to_string()]);
    }
    let per_cycle = onsets as f64 / f64::from(cycles.max(1));
    let mut lines = vec![format!("{onsets} onsets in {cycles} cycles, {per_cycle:.3} a cycle")];
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), value.clone()));
    lines.extend(values.into_iter().map(|(value, count)| format!("{count:8}  {value}")));
    Ok(lines)
}

/// What is wrong in an expression.
fn of_script(text: &str, faults: &[Diagnostic]) -> Fault {
    let Some(first) = faults.first() else {
        return Fault { message: "this is no pattern".to_owned(), hint: None, span: 0..text.len() };
    };
    let span = place(text, first.line, first.column);
    Fault { message: first.message.clone(), hint: first.hint.clone(), span }
}

/// What is wrong while a pattern is asked.
fn of_query(text: &str, error: &QueryError) -> Fault {
    match error {
        QueryError::InScript { message, line, column, .. } => {
            Fault { message: message.to_string(), hint: None, span: place(text, *line, *column) }
        }
        other => Fault { message: other.to_string(), hint: None, span: 0..text.len() },
    }
}

/// The bytes of the word at a line and column, both from 1; the end of the text where there is none.
fn place(text: &str, line: u32, column: u32) -> Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
    let of_line = text.get(start..).unwrap_or_default();
    let of_line = of_line.lines().next().unwrap_or_default();
    let at = of_line.char_indices().nth(column.saturating_sub(1) as usize).map_or(of_line.len(), |(at, _)| at);
    let rest = &of_line[at..];
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let len = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
    start + at..start + at + len
}

fn refuse(text: &str, fault: &Fault, json: bool) {
    let Fault { message, hint, span } = fault;
    if json {
        let mut error = json!({ "message": message, "span": [span.start, span.end] });
        if let Some(hint) = hint {
            error["hint"] = json!(hint);
        }
        println!("{}", json!({ "text": text, "error": error }));
        return;
    }
    let before = text.get(..span.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    eprintln!("{line}\n{}^ {message}", " ".repeat(before[line_start..].chars().count()));
    if let Some(hint) = hint {
        eprintln!("  hint: {hint}");
    }
}

/// The events of each cycle, in order.
pub(crate) fn asked(pattern: &Pattern, (from, to): (i64, i64), query: &Query) -> Result<Vec<Vec<Event>>, QueryError> {
    let order = |e: &Event| (e.part.begin, e.part.end);
    (from..to)
        .map(|cycle| {
            let mut events = pattern.query(Span::new(cycle, cycle + 1), query)?;
            events.sort_by_key(order);
            Ok(events)
        })
        .collect()
}

/// An event for other programs.
pub(crate) fn event(e: &Event) -> serde_json::Value {
    let spans: Vec<_> = e.atoms.as_slice().iter().map(|a| json!([a.start, a.end])).collect();
    json!({ "part": span(e.part), "whole": e.whole.map(span), "value": value(&e.value), "spans": spans })
}

/// An event for a person.
pub(crate) fn line(e: &Event) -> String {
    let whole = e.whole.map_or("signal".to_owned(), |w| format!("{} to {}", fraction(w.begin), fraction(w.end)));
    let part = if e.whole.is_none_or(|w| w == e.part) {
        String::new()
    } else {
        format!(" (part {} to {})", fraction(e.part.begin), fraction(e.part.end))
    };
    format!("{whole}{part}  {}", e.value)
}

fn fraction(r: Ratio) -> String {
    format!("{}/{}", r.num(), r.den())
}

fn span(s: Span) -> [String; 2] {
    [fraction(s.begin), fraction(s.end)]
}

fn value(v: &Value) -> serde_json::Value {
    match v {
        // Whole numbers without a point, as they were written.
        Value::Num(n) if n.fract() == 0.0 && n.abs() < 9e15 => json!(*n as i64),
        Value::Num(n) => json!(n),
        Value::Bool(b) => json!(b),
        Value::Text(t) => json!(&**t),
        Value::List(list) => list.iter().map(value).collect(),
        Value::Map(map) => {
            map.iter().map(|(k, v)| (k.name().to_owned(), value(v))).collect::<serde_json::Map<_, _>>().into()
        }
    }
}

/// A host that imports modules from beside a script.
pub(crate) fn host_beside(file: &std::path::Path) -> Host {
    let folder = file.parent().unwrap_or(std::path::Path::new("")).to_owned();
    let read = move |path: &str| {
        // Only what lies in the set: no roots, no way up.
        let inside = std::path::Path::new(path).components().all(|c| matches!(c, std::path::Component::Normal(_)));
        if !inside {
            return Err("a module lies in the set, by a path from the script".to_owned());
        }
        let file = folder.join(path).with_extension("rhai");
        std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))
    };
    Host::new(Env { registry: bf_session::registry(), read: Arc::new(read), ..Env::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_words_of_the_text() {
        let text = "s(\"ü\")\n  .fasst(2)";
        let word = |line, column| text.get(place(text, line, column));
        assert_eq!(word(1, 1), Some("s"));
        assert_eq!(word(1, 5), Some("\""));
        assert_eq!(word(2, 4), Some("fasst"));
        assert_eq!(place(text, 9, 9), text.len()..text.len());
        assert_eq!(place("", 1, 1), 0..0);
    }

    #[test]
    fn faults_of_expressions_say_their_bytes() {
        let host = Host::new(Env { registry: bf_session::registry(), ..Env::default() });
        let fault = |text: &str| of_script(text, &host.pattern(text).err().unwrap_or_default());
        let text = "mini(\"a b\").fasst(2)";
        assert_eq!(text.get(fault(text).span), Some("fasst"));
        let text = "mini(\"a [b\")";
        assert_eq!(text.get(fault(text).span), Some("["));
        assert!(host.pattern("mini(\"a b\").fast(2)").is_ok());
        assert!(fault("let x = 1;").message.contains("pattern"));
    }

    #[test]
    fn onsets_and_values_are_counted() {
        let lines = density("", &mini("a*3 ~ <b c>").expect("notation"), 4, true).expect("an answer");
        let counted = r#"{"density":{"cycles":4,"onsets":16,"values":{"a":12,"b":2,"c":2}},"text":""}"#;
        assert_eq!(lines, [counted]);
    }
}
