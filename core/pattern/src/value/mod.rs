//! Values of events: numbers, truths, texts, lists and maps of controls.

mod arithmetic;
mod controls;
mod key;

pub use arithmetic::Op;
pub(crate) use arithmetic::modulo;
pub use controls::{CONTROLS, Control, control};
pub use key::Key;

use crate::Ratio;
use crate::note::parse_note;
use std::fmt;
use std::sync::Arc;

/// A value of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Num(f64),
    /// A truth, as comparisons give.
    Bool(bool),
    /// A text: a sound, a note name, a scale.
    Text(Arc<str>),
    /// Values joined by `:`, such as `bd:3`.
    List(Arc<[Value]>),
    /// Controls by name.
    Map(Controls),
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    /// Its number: a number, a truth as 1 or 0, a text that reads as a number. Notes are texts, not numbers.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Num(n) => Some(*n),
            Value::Bool(b) => Some(f64::from(u8::from(*b))),
            Value::Text(t) => t.parse().ok().filter(|n: &f64| n.is_finite()),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Its number, or the MIDI number of the note that it names.
    pub fn pitch(&self) -> Option<f64> {
        match self {
            Value::Text(t) => self.number().or_else(|| parse_note(t).ok().map(f64::from)),
            _ => self.number(),
        }
    }

    /// Its number as an exact fraction.
    pub fn ratio(&self) -> Option<Ratio> {
        self.number().map(Ratio::from_f64)
    }

    /// Whether it counts as true: all but 0, false, the empty text and what is no number.
    pub fn truth(&self) -> bool {
        match self {
            Value::Num(n) => *n != 0.0 && !n.is_nan(),
            Value::Bool(b) => *b,
            Value::Text(t) => !t.is_empty(),
            Value::List(_) | Value::Map(_) => true,
        }
    }

    /// The controls in it: its own, or itself under the name `value`.
    pub fn controls(&self) -> Controls {
        match self {
            Value::Map(map) => map.clone(),
            other => Controls::from_iter([(Key::VALUE, other.clone())]),
        }
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Num(_) => "a number",
            Value::Bool(_) => "a truth",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map of controls",
        }
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Value {
        Value::Num(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}

impl From<&str> for Value {
    fn from(t: &str) -> Value {
        Value::text(t)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Num(n) => write!(f, "{n}"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Text(t) => f.write_str(t),
            Value::List(values) => {
                for (i, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if i == 0 { "" } else { ":" })?;
                }
                Ok(())
            }
            Value::Map(map) => {
                for (i, (key, value)) in map.iter().enumerate() {
                    write!(f, "{}{key}: {value}", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

/// Controls by name, in a fixed order. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Controls(Arc<[(Key, Value)]>);

impl Controls {
    /// The value of a control.
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The number of a control.
    pub fn number(&self, key: &Key) -> Option<f64> {
        self.get(key).and_then(Value::number)
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &(Key, Value)> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// With one control set.
    pub fn with(&self, key: Key, value: Value) -> Controls {
        self.merge(&Controls(Arc::new([(key, value)])), |_, new| Some(new.clone()))
    }

    /// Without one control.
    pub fn without(&self, key: &Key) -> Controls {
        Controls(self.0.iter().filter(|(k, _)| k != key).cloned().collect())
    }

    /// Both together; where both have one, `f` decides, and `None` leaves it out.
    pub fn merge(&self, other: &Controls, f: impl Fn(&Value, &Value) -> Option<Value>) -> Controls {
        let (a, b) = (&self.0, &other.0);
        let mut all = Vec::with_capacity(a.len() + b.len());
        let (mut i, mut j) = (0, 0);
        while i < a.len() && j < b.len() {
            match a[i].0.cmp(&b[j].0) {
                std::cmp::Ordering::Less => {
                    all.push(a[i].clone());
                    i += 1;
                }
                std::cmp::Ordering::Greater => {
                    all.push(b[j].clone());
                    j += 1;
                }
                std::cmp::Ordering::Equal => {
                    all.extend(f(&a[i].1, &b[j].1).map(|v| (a[i].0.clone(), v)));
                    i += 1;
                    j += 1;
                }
            }
        }
        all.extend(a[i..].iter().chain(&b[j..]).cloned());
        Controls(all.into())
    }
}

impl FromIterator<(Key, Value)> for Controls {
    /// A later value of one name replaces an earlier.
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(pairs: I) -> Controls {
        let mut all: Vec<(Key, Value)> = Vec::new();
        for (key, value) in pairs {
            match all.binary_search_by(|(k, _)| k.cmp(&key)) {
                Ok(at) => all[at].1 = value,
                Err(at) => all.insert(at, (key, value)),
            }
        }
        Controls(all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_numbers_notes_and_truths() {
        assert_eq!(Value::text("1.5").number(), Some(1.5));
        assert_eq!(Value::text("c3").number(), None);
        assert_eq!(Value::text("c3").pitch(), Some(48.0));
        assert_eq!(Value::Num(0.25).ratio(), Some(Ratio::new(1, 4)));
        assert!(!Value::Num(0.0).truth() && !Value::text("").truth() && !Value::Bool(false).truth());
        assert!(Value::text("f").truth() && Value::Num(-1.0).truth());
        assert_eq!(Value::List([Value::text("bd"), Value::Num(3.0)].into()).to_string(), "bd:3");
    }

    #[test]
    fn controls_do_not_depend_on_order() {
        let (gain, s, own) = (Key::new("gain"), Key::new("sound"), Key::new("wobble"));
        let a = Controls::from_iter([(own.clone(), Value::Num(1.0)), (gain.clone(), Value::Num(0.5))]);
        let b = Controls::default().with(gain.clone(), Value::Num(0.5)).with(own.clone(), Value::Num(1.0));
        assert_eq!(a, b);
        let both =
            a.merge(&Controls::from_iter([(s.clone(), "bd".into()), (gain.clone(), Value::Num(0.1))]), |_, _| None);
        assert_eq!(both.len(), 2);
        assert_eq!(both.get(&Key::new("s")), Some(&"bd".into()));
        assert_eq!(both.without(&own).without(&s), Controls::default());
    }
}
