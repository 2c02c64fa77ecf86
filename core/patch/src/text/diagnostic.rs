//! A message about a place in a file.

use super::lines::Lines;
use core::fmt;
use core::ops::Range;

/// Something to tell about a file: what was found, what was expected, and perhaps what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// How many characters of the line it is about; 0 is a place between two.
    pub len: u32,
    /// What was found and what was expected.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Whether the file can be used.
    pub severity: Severity,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file is used; this part of it has no effect.
    Warning,
    /// The file is not used.
    Error,
}

impl Diagnostic {
    /// A message to be, at a place.
    pub(super) fn at(file: &str, lines: &Lines, text: &str, span: Range<usize>) -> Diagnostic {
        let (line, column) = lines.position(text, span.start);
        let end = span.end.min(lines.line_end(text, span.start));
        let len = text.get(span.start..end).map_or(0, |t| t.chars().count() as u32);
        let (message, hint) = (String::new(), None);
        Diagnostic { file: file.to_owned(), line, column, len, message, hint, severity: Severity::Error }
    }

    /// The same with its text.
    pub(super) fn says(mut self, severity: Severity, message: impl Into<String>) -> Diagnostic {
        self.severity = severity;
        self.message = message.into();
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn hinted(mut self, hint: Option<impl Into<String>>) -> Diagnostic {
        self.hint = hint.map(Into::into);
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  {hint}"))
    }
}

impl std::error::Error for Diagnostic {}
