//! Numbers and values.
//!
//! A value is the JSON value that looks like it. What JSON cannot say is an object with one key: `{"number":"inf"}`,
//! and `{"table":[key, value, ...]}`, which keeps the order of its keys.

use super::fields::BadForm;
use bf_node::Value;
use serde_json::{Value as Json, json};

/// A number, finite or not.
pub(super) fn number(n: f64) -> Json {
    if n.is_finite() { json!(n) } else { json!({ "number": n.to_string() }) }
}

pub(super) fn read_number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(n) => n.as_f64(),
        Json::Object(object) => object.get("number")?.as_str()?.parse().ok(),
        _ => None,
    }
}

pub(super) fn value(v: &Value) -> Json {
    match v {
        Value::Number(n) => number(*n),
        Value::Bool(on) => json!(on),
        Value::Text(text) => json!(text),
        Value::List(list) => list.iter().map(value).collect(),
        Value::Table(table) => {
            let flat: Json = table.iter().flat_map(|(key, v)| [json!(key), value(v)]).collect();
            json!({ "table": flat })
        }
    }
}

pub(super) fn read_value(json: &Json) -> Result<Value, BadForm> {
    let bad = |what: &str| BadForm { what: what.to_owned(), of: "value".to_owned() };
    match json {
        Json::Null => Err(bad("nothing")),
        Json::Bool(on) => Ok(Value::Bool(*on)),
        Json::String(text) => Ok(Value::Text(text.clone())),
        Json::Array(list) => list.iter().map(read_value).collect::<Result<_, _>>().map(Value::List),
        Json::Number(_) => read_number(json).map(Value::Number).ok_or_else(|| bad("no number")),
        Json::Object(object) => match object.get("table") {
            None => read_number(json).map(Value::Number).ok_or_else(|| bad("an unknown object")),
            Some(flat) => {
                let flat = flat.as_array().filter(|flat| flat.len() % 2 == 0).ok_or_else(|| bad("a broken table"))?;
                let pair = |pair: &[Json]| {
                    let key = pair[0].as_str().ok_or_else(|| bad("a key that is no text"))?;
                    Ok((key.to_owned(), read_value(&pair[1])?))
                };
                flat.chunks_exact(2).map(pair).collect::<Result<_, _>>().map(Value::Table)
            }
        },
    }
}
