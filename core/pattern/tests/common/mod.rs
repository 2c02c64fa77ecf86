//! Patterns written as data: a base and operations on it, called through the table of functions.

use bf_pattern::table::{Arg, function};
use bf_pattern::{Event, Pattern, Query, Ratio, Span, Transform, Value, mini};
use serde_json::Value as Json;

/// The pattern of a base (a text of mini-notation, or a function with its arguments) and operations.
pub(crate) fn pattern(base: &Json, ops: &Json) -> Pattern {
    let start = match base {
        Json::Object(call) => {
            let (name, args) = call.iter().next().expect("a base");
            match (name.as_str(), args) {
                ("signal", Json::String(name)) => named(name, None, &[]),
                (name, Json::Array(args)) => named(name, None, &args.iter().map(text_or_arg).collect::<Vec<_>>()),
                (name, arg) => named(name, None, &[text_or_arg(arg)]),
            }
        }
        Json::String(text) => mini(text).unwrap_or_else(|e| panic!("{text}: {e}")),
        other => panic!("{other} is no base"),
    };
    chain(&start, ops)
}

fn named(name: &str, this: Option<&Pattern>, args: &[Arg]) -> Pattern {
    let plain = name.replace('.', "_");
    if let Some(function) = function(&plain) {
        return function.call(this, args).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    let control = bf_pattern::control(name).unwrap_or_else(|| panic!("there is no {name}"));
    match (this, args) {
        (Some(this), []) => this.as_control(control.name),
        (Some(this), [Arg::Pattern(value)]) => this.control(control.name, value),
        (None, [Arg::Pattern(value)]) => value.as_control(control.name),
        _ => panic!("{name} takes one value"),
    }
}

fn chain(start: &Pattern, ops: &Json) -> Pattern {
    let none = Vec::new();
    ops.as_array().unwrap_or(&none).iter().fold(start.clone(), |pattern, op| {
        let op = op.as_array().expect("an operation");
        let args: Vec<Arg> = op[1..].iter().map(arg).collect();
        named(op[0].as_str().expect("a name"), Some(&pattern), &args)
    })
}

/// In a base, texts are mini-notation.
fn text_or_arg(json: &Json) -> Arg {
    match json {
        Json::String(text) => Arg::Pattern(mini(text).unwrap()),
        Json::Array(items) => Arg::List(items.iter().map(text_or_arg).collect()),
        other => arg(other),
    }
}

fn arg(json: &Json) -> Arg {
    match json {
        Json::Number(n) => Arg::Pattern(Pattern::pure(n.as_f64().unwrap())),
        Json::String(text) => Arg::Pattern(Pattern::pure(text.as_str())),
        Json::Object(map) => {
            let (kind, value) = map.iter().next().expect("an argument");
            match (kind.as_str(), value) {
                ("mini", Json::String(text)) => Arg::Pattern(mini(text).unwrap()),
                ("list", Json::Array(items)) => Arg::List(items.iter().map(arg).collect()),
                ("map", Json::Object(items)) => {
                    Arg::Map(items.iter().map(|(name, item)| (name.as_str().into(), arg(item))).collect())
                }
                ("pattern", value) => Arg::Pattern(pattern(&value["base"], &value["ops"])),
                _ => panic!("{json} is no argument"),
            }
        }
        ops @ Json::Array(_) => {
            let ops = ops.clone();
            Arg::Transform(Transform::new(move |pattern| chain(pattern, &ops)))
        }
        other => panic!("{other} is no argument"),
    }
}

/// The events of a cycle as text, sorted: `part begin, part end | whole begin, whole end = value`.
pub(crate) fn cycle(pattern: &Pattern, cycle: i64) -> Result<Vec<String>, String> {
    let events = pattern.query(Span::new(cycle, cycle + 1), &Query::default()).map_err(|e| e.to_string())?;
    let mut lines: Vec<String> = events.iter().map(line).collect();
    lines.sort();
    Ok(lines)
}

fn line(event: &Event) -> String {
    let at = |t: Ratio| format!("{}/{}", t.num(), t.den());
    let span = |s: Span| format!("{},{}", at(s.begin), at(s.end));
    let whole = event.whole.map_or("-,-".to_owned(), span);
    format!("{}|{whole}={}", span(event.part), value(&event.value))
}

/// The events that were recorded, in the same form.
pub(crate) fn recorded(events: &Json) -> Vec<String> {
    let text = |json: &Json| json.as_str().unwrap_or("-").to_owned();
    let line = |event: &Json| {
        let (begin, end, from, to) = (text(&event[0]), text(&event[1]), text(&event[2]), text(&event[3]));
        format!("{begin},{end}|{from},{to}={}", json_value(&event[4]))
    };
    let mut lines: Vec<String> = events.as_array().expect("events").iter().map(line).collect();
    lines.sort();
    lines
}

/// Numbers to 12 digits: the last bits of a sine are not the point.
fn number(n: f64) -> String {
    if !n.is_finite() {
        return "null".to_owned();
    }
    let rounded = format!("{n:.11e}").parse::<f64>().unwrap();
    format!("{}", if rounded.abs() < 1e-11 { 0.0 } else { rounded })
}

fn value(value: &Value) -> String {
    match value {
        Value::Num(n) => number(*n),
        Value::Bool(b) => b.to_string(),
        Value::Text(t) => t.to_string(),
        Value::List(values) => values.iter().map(self::value).collect::<Vec<_>>().join(":"),
        Value::Map(map) => {
            let mut pairs: Vec<(String, String)> = map.iter().map(|(k, v)| (k.to_string(), self::value(v))).collect();
            pairs.sort();
            controls(&pairs)
        }
    }
}

/// `bd:3` and the controls s and n are one value.
fn controls(pairs: &[(String, String)]) -> String {
    match pairs {
        [(n, number), (s, sound)] if n == "n" && s == "s" => format!("{sound}:{number}"),
        [(s, sound)] if s == "s" => sound.clone(),
        pairs => pairs.iter().map(|(k, v)| format!("{k} {v}")).collect::<Vec<_>>().join(", "),
    }
}

fn json_value(json: &Json) -> String {
    match json {
        Json::Number(n) => number(n.as_f64().unwrap()),
        Json::String(text) => text.clone(),
        Json::Array(values) => values.iter().map(json_value).collect::<Vec<_>>().join(":"),
        Json::Object(map) => {
            let mut pairs: Vec<(String, String)> = map.iter().map(|(k, v)| (k.clone(), json_value(v))).collect();
            pairs.sort();
            controls(&pairs)
        }
        other => other.to_string(),
    }
}
