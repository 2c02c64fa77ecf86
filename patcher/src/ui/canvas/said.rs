//! What stands on nodes beside their names: values and delays in words.

use super::tile::Row;
use bf_node::{ParamKind, ParamSpec, Value};

/// How late what leaves a node is.
pub(super) fn late(millis: f32) -> String {
    format!("{millis:.1} ms late")
}

/// A value as it is read.
pub(crate) fn words(row: &Row) -> String {
    said(&row.value, row.spec.as_ref())
}

/// The same for a value of a declared param.
pub(crate) fn value_words(value: &Value, spec: &ParamSpec) -> String {
    said(value, Some(spec))
}

fn said(value: &Value, spec: Option<&ParamSpec>) -> String {
    match (value, spec.map(|s| s.kind)) {
        (Value::Number(n), Some(ParamKind::Number { unit, .. })) => {
            format!("{} {}", short(*n), unit.symbol()).trim_end().to_owned()
        }
        (Value::Number(n), _) => short(*n),
        (Value::Bool(on), _) => if *on { "on" } else { "off" }.to_owned(),
        (Value::Text(text), _) => text.clone(),
        (Value::List(list), _) => format!("{} values", list.len()),
        (Value::Table(table), _) => format!("{} entries", table.len()),
    }
}

/// Four digits, and three of what is below 1: what it reads back as is near.
pub(crate) fn short(n: f64) -> String {
    let digits = match n.abs() {
        a if a >= 1_000.0 => 0,
        a if a >= 100.0 => 1,
        a if a >= 10.0 => 2,
        a if a >= 0.1 => 3,
        a if a >= 0.01 => 4,
        a if a >= 0.001 => 5,
        _ => 6,
    };
    let text = format!("{n:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn what_is_shown_of_a_number_reads_back_near_it() {
        for n in [1.004, 0.001234, 0.0123, 0.333_333, 9.876_54, 12.345, 123.456, 1234.5, 20_000.0, -1.004, -0.05, 0.0] {
            let back: f64 = short(n).parse().unwrap();
            assert!((back - n).abs() <= 0.005 * f64::abs(n), "{n} is shown as {}", short(n));
        }
        assert_eq!(short(1.004), "1.004");
        assert_eq!(short(900.0), "900");
        assert_eq!(short(0.5), "0.5");
    }
}
