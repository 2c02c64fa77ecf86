//! A diagnostic on its way to another program.

use crate::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};

/// What is wrong with a text, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The column behind its end, in the same line; the same as `column` for a place between two.
    pub end: u32,
    /// What was found and what was expected.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether the text plays all the same.
    #[serde(default)]
    pub warning: bool,
}

impl From<Diagnostic> for Fault {
    fn from(d: Diagnostic) -> Fault {
        let end = d.column.saturating_add(d.len);
        let warning = d.severity == Severity::Warning;
        Fault { file: d.file, line: d.line, column: d.column, end, message: d.message, hint: d.hint, warning }
    }
}

impl From<Fault> for Diagnostic {
    fn from(f: Fault) -> Diagnostic {
        let len = f.end.saturating_sub(f.column);
        let severity = if f.warning { Severity::Warning } else { Severity::Error };
        Diagnostic { file: f.file, line: f.line, column: f.column, len, message: f.message, hint: f.hint, severity }
    }
}
