//! A value as it stands in a patch file.

use core::fmt;

/// A number, a switch, a text, or a list or table of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Whole and real numbers alike.
    Number(f64),
    /// On or off.
    Bool(bool),
    /// A string: a text, a path, the name of a choice, or a note.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Named values in the order of the text.
    Table(Vec<(String, Value)>),
}

impl Value {
    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        if let Value::Number(n) = self { Some(*n) } else { None }
    }
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(t) = self { Some(t) } else { None }
    }
    /// The values of a list; nothing otherwise.
    pub fn items(&self) -> &[Value] {
        if let Value::List(l) = self { l } else { &[] }
    }
    /// The text, or the texts of a list; nothing otherwise.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let one = core::slice::from_ref(self);
        let all = if let Value::List(l) = self { l.as_slice() } else { one };
        all.iter().filter_map(Value::as_text)
    }
    /// The value of a table's key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        if let Value::Table(t) = self { t.iter().find(|(k, _)| k == key).map(|(_, v)| v) } else { None }
    }
    /// A comma-separated list of numbers in brackets, as defaults are written; empty when it does not parse.
    pub fn parse_list(text: &str) -> Value {
        let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
        Value::List(inner.split(',').filter_map(|n| n.trim().parse().ok().map(Value::Number)).collect())
    }
}

impl fmt::Display for Value {
    /// As TOML would write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(n) => write!(f, "{n:?}"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Text(t) => write!(f, "{t:?}"),
            Value::List(l) => {
                write!(f, "[")?;
                for (i, v) in l.iter().enumerate() {
                    write!(f, "{}{v}", if i > 0 { ", " } else { "" })?;
                }
                write!(f, "]")
            }
            Value::Table(t) => {
                write!(f, "{{ ")?;
                for (i, (k, v)) in t.iter().enumerate() {
                    write!(f, "{}{k} = {v}", if i > 0 { ", " } else { "" })?;
                }
                write!(f, " }}")
            }
        }
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Value {
        Value::Number(n)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}
impl From<&str> for Value {
    fn from(t: &str) -> Value {
        Value::Text(t.to_owned())
    }
}
