//! Arithmetic of values: numbers, note names and whole maps of controls.

use super::{Controls, Key, Value};

/// What two values make together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// The right one; maps of controls are united, and the right one wins.
    Set,
    /// The left one; maps of controls are united, and the left one wins.
    Keep,
    /// The left one where the right one is true, else nothing.
    KeepIf,
    /// The sum; texts that are no notes are joined.
    Add,
    /// The difference.
    Sub,
    /// The product.
    Mul,
    /// The quotient.
    Div,
    /// The remainder, which has the sign of the right one.
    Mod,
    /// The power.
    Pow,
    /// Whether the left one is less.
    Lt,
    /// Whether the left one is greater.
    Gt,
    /// Whether the left one is not greater.
    Lte,
    /// Whether the left one is not less.
    Gte,
    /// Whether they are equal.
    Eq,
    /// Whether they differ.
    Ne,
    /// The right one where the left one is true, else the left one.
    And,
    /// The left one where it is true, else the right one.
    Or,
}

impl Op {
    /// `a op b`; `None` where nothing is left.
    ///
    /// # Errors
    /// In words, when a value has no number.
    pub fn apply(self, a: &Value, b: &Value) -> Result<Option<Value>, String> {
        if self == Op::KeepIf {
            return Ok(b.truth().then(|| a.clone()));
        }
        match (a, b) {
            (Value::Map(a), Value::Map(b)) => self.maps(a, b).map(Some),
            // A number beside controls means the pitch, as far as there is one.
            (Value::Map(map), plain) if !matches!(self, Op::Set | Op::Keep) => self.on_pitch(map, plain).map(Some),
            (Value::Map(map), _) => Ok(Some(Value::Map(map.clone()))),
            (plain, Value::Map(b)) => self.maps(&plain.controls(), b).map(Some),
            (a, b) => self.plain(a, b).map(Some),
        }
    }

    fn maps(self, a: &Controls, b: &Controls) -> Result<Value, String> {
        let failed = std::cell::RefCell::new(None);
        let both = a.merge(b, |x, y| self.plain(x, y).map_err(|e| failed.borrow_mut().replace(e)).ok());
        match failed.into_inner() {
            Some(error) => Err(error),
            None => Ok(Value::Map(both)),
        }
    }

    fn on_pitch(self, map: &Controls, plain: &Value) -> Result<Value, String> {
        let named = ["note", "n"].into_iter().map(Key::new).find_map(|k| map.get(&k).cloned().map(|v| (k, v)));
        let Some((key, value)) = named else { return Ok(Value::Map(map.clone())) };
        Ok(Value::Map(map.with(key, self.plain(&value, plain)?)))
    }

    fn plain(self, a: &Value, b: &Value) -> Result<Value, String> {
        match self {
            Op::Set => return Ok(b.clone()),
            Op::Keep | Op::KeepIf => return Ok(a.clone()),
            Op::And => return Ok(if a.truth() { b.clone() } else { a.clone() }),
            Op::Or => return Ok(if a.truth() { a.clone() } else { b.clone() }),
            Op::Eq => return Ok(Value::Bool(same(a, b))),
            Op::Ne => return Ok(Value::Bool(!same(a, b))),
            _ => {}
        }
        let (Some(x), Some(y)) = (a.pitch(), b.pitch()) else {
            if self == Op::Add && matches!((a, b), (Value::Text(_), _) | (_, Value::Text(_))) {
                return Ok(Value::text(&format!("{a}{b}")));
            }
            let wrong = if a.pitch().is_none() { a } else { b };
            return Err(format!("`{wrong}` is no number and no note: {} needs numbers on both sides", self.verb()));
        };
        Ok(match self {
            Op::Add => Value::Num(x + y),
            Op::Sub => Value::Num(x - y),
            Op::Mul => Value::Num(x * y),
            Op::Div => Value::Num(x / y),
            Op::Mod => Value::Num(modulo(x, y)),
            Op::Pow => Value::Num(libm::pow(x, y)),
            Op::Lt => Value::Bool(x < y),
            Op::Gt => Value::Bool(x > y),
            Op::Lte => Value::Bool(x <= y),
            Op::Gte => Value::Bool(x >= y),
            Op::Set | Op::Keep | Op::KeepIf | Op::And | Op::Or | Op::Eq | Op::Ne => a.clone(),
        })
    }

    fn verb(self) -> &'static str {
        match self {
            Op::Add => "adding",
            Op::Sub => "subtracting",
            Op::Mul => "multiplying",
            Op::Div => "dividing",
            Op::Mod => "a remainder",
            Op::Pow => "a power",
            _ => "comparing",
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.number(), b.number()) {
        (Some(x), Some(y)) => x == y,
        _ => a == b,
    }
}

/// The remainder with the sign of `y`.
pub(crate) fn modulo(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest != 0.0 && (rest < 0.0) != (y < 0.0) { rest + y } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn num(n: f64) -> Value {
        Value::Num(n)
    }

    #[test]
    fn notes_and_numbers_add() {
        assert_eq!(Op::Add.apply(&"c3".into(), &num(1.0)), Ok(Some(num(49.0))));
        assert_eq!(Op::Add.apply(&"bd".into(), &num(1.0)), Ok(Some("bd1".into())));
        assert_eq!(Op::Mod.apply(&num(-7.0), &num(4.0)), Ok(Some(num(1.0))));
        assert_eq!(Op::KeepIf.apply(&num(5.0), &num(0.0)), Ok(None));
        let error = Op::Sub.apply(&"bd".into(), &num(1.0)).unwrap_err();
        assert_eq!(error, "`bd` is no number and no note: subtracting needs numbers on both sides");
    }

    #[test]
    fn controls_add_by_name() {
        let a = Controls::from_iter([(Key::new("n"), num(1.0)), (Key::new("s"), "bd".into())]);
        let b = Controls::from_iter([(Key::new("n"), num(2.0)), (Key::new("note"), num(3.0))]);
        let sum = Op::Add.apply(&Value::Map(a.clone()), &Value::Map(b)).unwrap().unwrap().controls();
        assert_eq!(sum.number(&Key::new("n")), Some(3.0));
        assert_eq!(sum.number(&Key::new("note")), Some(3.0));
        assert_eq!(sum.get(&Key::new("s")), Some(&"bd".into()));
        let raised = Op::Add.apply(&Value::Map(a), &num(12.0)).unwrap().unwrap().controls();
        assert_eq!(raised.number(&Key::new("n")), Some(13.0));
    }
}
