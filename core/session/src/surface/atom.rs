//! One argument of a message, with its bytes its own.

use bf_io::osc::Argument;
use std::sync::Arc;

/// A number, a switch or a text, as a message carries it.
#[derive(Clone, Debug, PartialEq)]
pub enum Atom {
    /// `i`
    Int(i32),
    /// `f`
    Float(f32),
    /// `T` and `F`
    Bool(bool),
    /// `s`
    Text(Arc<str>),
}

impl Atom {
    /// The type tag.
    pub fn tag(&self) -> char {
        self.argument().tag()
    }

    /// The same as an argument of a message.
    pub fn argument(&self) -> Argument<'_> {
        match self {
            Atom::Int(value) => Argument::Int(*value),
            Atom::Float(value) => Argument::Float(*value),
            Atom::Bool(value) => Argument::Bool(*value),
            Atom::Text(value) => Argument::Str(value),
        }
    }

    /// The number, where it is one; 1 and 0 for on and off.
    pub fn number(&self) -> Option<f64> {
        self.argument().number()
    }
}

impl From<f64> for Atom {
    fn from(value: f64) -> Atom {
        Atom::Float(value as f32)
    }
}
impl From<bool> for Atom {
    fn from(value: bool) -> Atom {
        Atom::Bool(value)
    }
}
impl From<&str> for Atom {
    fn from(value: &str) -> Atom {
        Atom::Text(value.into())
    }
}

/// A float of 32 bits as the decimal number that was meant: 0.1, and not 0.10000000149.
pub(super) fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_is_the_number_that_was_meant() {
        for (sent, meant) in [(0.1_f32, 0.1), (1.0, 1.0), (440.0, 440.0), (1e-7, 1e-7), (-0.35, -0.35)] {
            assert_eq!(decimal(sent), meant);
            assert_eq!(meant as f32, sent);
        }
    }
}
