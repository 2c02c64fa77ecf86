//! What is wrong with a text of mini-notation.

use std::fmt;
use std::ops::Range;

/// Why a text is no mini-notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MiniError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where, in bytes of the text. At the end of the text it is empty.
    pub span: Range<usize>,
}

impl MiniError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> MiniError {
        MiniError { message: message.into(), hint: None, span }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> MiniError {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for MiniError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {})", self.message, self.span.start)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, ": {hint}"))
    }
}

impl std::error::Error for MiniError {}
