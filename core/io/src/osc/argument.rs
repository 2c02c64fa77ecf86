//! What a message carries.

use super::TimeTag;
use std::fmt;

/// One argument of a message, by its type tag. Text and blobs point into the packet.
///
/// Floats arrive as they were sent, NaN and infinities included: what takes numbers asks [`number`](Argument::number),
/// which has only finite ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Argument<'a> {
    /// `i`
    Int(i32),
    /// `f`
    Float(f32),
    /// `s`
    Str(&'a str),
    /// `b`
    Blob(&'a [u8]),
    /// `h`
    Long(i64),
    /// `t`
    Time(TimeTag),
    /// `d`
    Double(f64),
    /// `S`
    Symbol(&'a str),
    /// `c`
    Char(char),
    /// `r`: red, green, blue, opacity
    Rgba([u8; 4]),
    /// `m`: port, status, first and second byte
    Midi([u8; 4]),
    /// `T` and `F`
    Bool(bool),
    /// `I`: a trigger
    Impulse,
    /// `N`
    Nil,
    /// `[`: what follows belongs to an array, until its `]`
    ArrayStart,
    /// `]`
    ArrayEnd,
}

impl<'a> Argument<'a> {
    /// The type tag.
    pub fn tag(&self) -> char {
        match self {
            Argument::Int(_) => 'i',
            Argument::Float(_) => 'f',
            Argument::Str(_) => 's',
            Argument::Blob(_) => 'b',
            Argument::Long(_) => 'h',
            Argument::Time(_) => 't',
            Argument::Double(_) => 'd',
            Argument::Symbol(_) => 'S',
            Argument::Char(_) => 'c',
            Argument::Rgba(_) => 'r',
            Argument::Midi(_) => 'm',
            Argument::Bool(true) => 'T',
            Argument::Bool(false) => 'F',
            Argument::Impulse => 'I',
            Argument::Nil => 'N',
            Argument::ArrayStart => '[',
            Argument::ArrayEnd => ']',
        }
    }

    /// The value where a number is wanted: of any numeric type, 1 and 0 for true and false; `None` for everything else,
    /// NaN and infinities included.
    pub fn number(&self) -> Option<f64> {
        let number = match *self {
            Argument::Int(value) => f64::from(value),
            Argument::Long(value) => value as f64,
            Argument::Float(value) => f64::from(value),
            Argument::Double(value) => value,
            Argument::Bool(value) => f64::from(u8::from(value)),
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// The value where yes or no is wanted: a number is yes unless it is 0, a trigger is yes.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Argument::Impulse => Some(true),
            _ => self.number().map(|number| number != 0.0),
        }
    }

    /// The value where a text is wanted: a string or a symbol.
    pub fn text(&self) -> Option<&'a str> {
        match *self {
            Argument::Str(text) | Argument::Symbol(text) => Some(text),
            _ => None,
        }
    }

    /// False for NaN and infinities.
    pub fn is_finite(&self) -> bool {
        match self {
            Argument::Float(value) => value.is_finite(),
            Argument::Double(value) => value.is_finite(),
            _ => true,
        }
    }
}

impl fmt::Display for Argument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Argument::Int(value) => write!(f, "{value}"),
            Argument::Long(value) => write!(f, "{value}"),
            Argument::Float(value) => write!(f, "{value:?}"),
            Argument::Double(value) => write!(f, "{value:?}"),
            Argument::Str(text) => write!(f, "{text:?}"),
            Argument::Symbol(text) => write!(f, "'{}'", text.escape_debug()),
            Argument::Char(value) => write!(f, "{value:?}"),
            Argument::Blob(bytes) => write!(f, "<{} bytes>", bytes.len()),
            Argument::Time(tag) => write!(f, "@{:#018x}", tag.0),
            Argument::Rgba([r, g, b, a]) => write!(f, "#{r:02x}{g:02x}{b:02x}{a:02x}"),
            Argument::Midi([port, status, first, second]) => write!(f, "midi({port},{status:#04x},{first},{second})"),
            Argument::Bool(value) => write!(f, "{value}"),
            Argument::Impulse => f.write_str("impulse"),
            Argument::Nil => f.write_str("nil"),
            Argument::ArrayStart => f.write_str("["),
            Argument::ArrayEnd => f.write_str("]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_types_serve_and_what_is_no_number_does_not() {
        let numbers = [Argument::Int(1), Argument::Long(1), Argument::Float(1.0), Argument::Double(1.0)];
        for one in numbers.into_iter().chain([Argument::Bool(true)]) {
            assert_eq!((one.number(), one.truth()), (Some(1.0), Some(true)), "{one}");
        }
        for none in [Argument::Float(f32::NAN), Argument::Double(f64::INFINITY), Argument::Str("1"), Argument::Nil] {
            assert_eq!((none.number(), none.truth()), (None, None), "{none}");
        }
        assert_eq!(Argument::Float(0.0).truth(), Some(false));
        assert_eq!(Argument::Impulse.truth(), Some(true));
        assert!(!Argument::Float(f32::NAN).is_finite() && Argument::Int(0).is_finite());
    }
}
