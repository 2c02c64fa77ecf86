//! `beatforge pattern`: what a text of mini-notation, or an expression of a script, plays.

use super::End;
use super::show;
use bf_pattern::{Event, MiniError, Pattern, Query, Ratio, Span, Value, mini};
use bf_session::script::{Env, Host};
use serde_json::json;
use std::io::BufRead;
use std::sync::Arc;

/// Shows the events of a pattern.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Mini-notation such as `bd*2 [sd cp]`; `-` reads one text a line.
    text: String,
    /// Which cycles: 0..4 are four.
    #[arg(long, value_parser = cycles, default_value = "0..4")]
    cycles: (i64, i64),
    /// One JSON object a text.
    #[arg(long)]
    json: bool,
    /// The text is an expression of a script, such as mini("a b").fast(2).
    #[arg(long)]
    rhai: bool,
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

/// Answers one text; false where it is no pattern.
fn answer(text: &str, a: &Arguments, host: Option<&Host>) -> bool {
    let pattern = match host {
        Some(host) => match host.pattern(text) {
            Ok(pattern) => pattern,
            Err(faults) if a.json => {
                let error = faults.first().map(show::json).unwrap_or_default();
                println!("{}", json!({ "text": text, "error": error }));
                return false;
            }
            Err(faults) => {
                show::diagnostics(&faults);
                return false;
            }
        },
        None => match mini(text) {
            Ok(pattern) => pattern,
            Err(e) => {
                refuse(text, &e, a.json);
                return false;
            }
        },
    };
    match asked(&pattern, a.cycles, &Query::default()) {
        Ok(cycles) if a.json => {
            let cycles: Vec<Vec<_>> = cycles.iter().map(|events| events.iter().map(event).collect()).collect();
            println!("{}", json!({ "text": text, "cycles": cycles }));
            true
        }
        Ok(cycles) => {
            cycles.iter().flatten().for_each(|event| println!("{}", line(event)));
            true
        }
        Err(message) if a.json => {
            println!("{}", json!({ "text": text, "error": { "message": message, "span": [0, text.len()] } }));
            false
        }
        Err(message) => {
            eprintln!("{message}");
            false
        }
    }
}

fn refuse(text: &str, e: &MiniError, json: bool) {
    if json {
        let error = json!({ "message": e.message, "hint": e.hint, "span": [e.span.start, e.span.end] });
        println!("{}", json!({ "text": text, "error": error }));
        return;
    }
    let column = text.get(..e.span.start).map_or(0, |before| before.chars().count());
    eprintln!("{text}\n{}^ {}", " ".repeat(column), e.message);
    if let Some(hint) = &e.hint {
        eprintln!("  hint: {hint}");
    }
}

/// The events of each cycle, in order.
pub(crate) fn asked(pattern: &Pattern, (from, to): (i64, i64), query: &Query) -> Result<Vec<Vec<Event>>, String> {
    let order = |e: &Event| (e.part.begin, e.part.end);
    (from..to)
        .map(|cycle| {
            let mut events = pattern.query(Span::new(cycle, cycle + 1), query).map_err(|e| e.to_string())?;
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
