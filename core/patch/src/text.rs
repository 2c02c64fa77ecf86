//! A patch file: text that keeps what it does not understand and what did not change, with positions for messages.

mod diagnostic;
mod fresh;
mod lines;
mod move_lines;
mod outline;
mod read;
mod read_parts;
mod read_values;
mod rename;
mod sequence;
mod spans;
mod splice;
mod syntax;
#[cfg(test)]
mod tests;
mod tree;
mod wanted;
mod write;
mod write_item;
mod write_section;

pub use diagnostic::{Diagnostic, Severity};
pub use spans::Place;

use crate::Patch;
use crate::model::Beside;
use bf_node::Registry;
use core::fmt;
use lines::Lines;
use spans::Spans;
use toml_edit::Document;

/// The version of the format that this program reads and writes: `beatforge = 1`.
pub const FORMAT: i64 = 1;

/// A patch and the text that says it.
///
/// The text is changed by cutting out and putting in, never written anew: what an edit does not touch keeps its
/// bytes, be they comments, spaces, line ends or keys that this program does not know.
#[derive(Clone, Debug)]
pub struct TextPatch {
    file: String,
    doc: Document<String>,
    patch: Patch,
    spans: Spans,
    lines: Lines,
    warnings: Vec<Diagnostic>,
}

impl TextPatch {
    /// Reads a patch file. The name stands in messages only.
    ///
    /// # Errors
    /// All that is wrong, in the order of the text, warnings among it.
    pub fn parse(text: &str, file_name: &str) -> Result<TextPatch, Vec<Diagnostic>> {
        read::parse(text, file_name, &Beside::default())
    }

    /// As [`TextPatch::parse`], for a text that may name nodes that play beside it.
    ///
    /// # Errors
    /// As [`TextPatch::parse`].
    pub fn parse_beside(text: &str, file_name: &str, beside: &Beside) -> Result<TextPatch, Vec<Diagnostic>> {
        read::parse(text, file_name, beside)
    }

    /// Says what plays beside the patch.
    pub fn set_beside(&mut self, beside: &Beside) {
        self.patch.beside = beside.clone();
    }

    /// A text for a patch that has none yet.
    pub fn fresh(patch: &Patch, file_name: &str) -> Result<TextPatch, Vec<Diagnostic>> {
        TextPatch::parse(&patch.to_text(), file_name)
    }

    /// What the text says.
    pub fn patch(&self) -> &Patch {
        &self.patch
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.doc.raw()
    }

    /// The name that stands in messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What the text says that is kept and has no effect.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Line and column, both from 1, of a thing in the text. A param that the text leaves out lies at its node, a
    /// cable beyond the last at the last.
    pub fn position_of(&self, place: &Place) -> Option<(u32, u32)> {
        self.spans.find(place).map(|span| self.lines.position(self.text(), span.start))
    }

    /// A message about a thing in the text; at the first line where the text does not name it.
    pub fn diagnostic(&self, place: &Place, severity: Severity, message: impl Into<String>) -> Diagnostic {
        let span = self.spans.find(place).unwrap_or(0..0);
        Diagnostic::at(&self.file, &self.lines, self.text(), span).says(severity, message)
    }

    /// Makes the text say another patch, changing only what differs.
    ///
    /// New nodes stand at the end of `[nodes]`; a renamed node keeps its line; a removed one takes the comment lines
    /// right above it along. Both patches are well formed ([`Patch::check`]).
    pub fn update(&mut self, new: &Patch) {
        write::update(self, new, None);
    }

    /// The same; the registry tells which new numbers are whole, so that they are written as `8` and not as `8.0`.
    pub fn update_with(&mut self, new: &Patch, registry: &Registry) {
        write::update(self, new, Some(registry));
    }
}

impl fmt::Display for TextPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Patch {
    /// The patch as a new text.
    pub fn to_text(&self) -> String {
        fresh::to_text(self, None)
    }

    /// The same; the registry tells which numbers are whole.
    pub fn to_text_with(&self, registry: &Registry) -> String {
        fresh::to_text(self, Some(registry))
    }
}
