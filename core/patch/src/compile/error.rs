//! What is wrong with a patch, in the user's words.

use crate::{Name, Socket};
use core::fmt;
use core::ops::Range;

/// The place of a fault in a patch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// The whole patch.
    Patch,
    /// A node.
    Node(Name),
    /// A param or setting as written.
    Param(Socket),
    /// A cable: what it enters, and its number there.
    Cable(Socket, usize),
    /// An input, output or control of a reusable patch.
    Exposed(Name),
    /// An automation lane, override or snapshot entry of a param.
    Lane(Socket),
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CompileError {
    /// The reusable patch's path; `None` for the main patch.
    pub file: Option<String>,
    /// Where in it.
    pub at: At,
    /// What was found and what was expected.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The part that it is about of a text that stands there, in bytes of the text.
    pub within: Option<Range<usize>>,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}
