//! Help on what stands at a place of a script: for the pointer, and at the cursor.

use super::super::theme::Paints;
use crate::language::Words;
use crate::language::scan::{call_before, tokens};
use crate::lsp::banks::Banks;
use crate::lsp::hover::page;
use egui::{RichText, Ui};
use std::ops::Range;

/// The last place that was asked for.
#[derive(Default)]
pub(super) struct Help {
    /// Revision and byte.
    of: Option<(u64, usize)>,
    page: Option<(Range<usize>, String)>,
}

impl Help {
    /// What is to be said of a place, in Markdown, and the bytes that it is about.
    pub(super) fn at(
        &mut self,
        words: &Words,
        (text, revision): (&str, u64),
        banks: Banks<'_>,
        at: usize,
    ) -> Option<&(Range<usize>, String)> {
        if self.of != Some((revision, at)) {
            self.of = Some((revision, at));
            self.page = page(words, text, banks, at);
        }
        self.page.as_ref()
    }
}

/// How the call that the cursor is in is written, in one line.
pub(super) fn signature(words: &Words, text: &str, at: usize) -> Option<String> {
    let tokens = tokens(text);
    let before = &tokens[..tokens.partition_point(|t| t.range.start < at)];
    let call = call_before(text, before)?;
    let fits = |word: &&crate::language::Word| word.method == call.method;
    let all = words.find(&call.name);
    let word = all.iter().find(fits).or_else(|| all.first())?;
    let nth = word.params.get(call.nth).map_or(String::new(), |param| format!("   {param}"));
    Some(format!("{}{nth}   {}", word.form, word.short))
}

/// Draws a text of our help: paragraphs, lists and pieces of code.
pub(super) fn markdown(ui: &mut Ui, text: &str, paints: &Paints) {
    let mut code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if code {
            ui.label(RichText::new(line).monospace().color(paints.accent));
        } else if line == "---" {
            ui.separator();
        } else if let Some(item) = line.strip_prefix("- ") {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.label("• ");
                words(ui, item, paints);
            });
        } else if line.is_empty() {
            ui.add_space(3.0);
        } else {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                words(ui, line, paints);
            });
        }
    }
}

/// A line in which words between backticks are code and those between stars are quiet.
fn words(ui: &mut Ui, line: &str, paints: &Paints) {
    if let Some(quiet) = line.strip_prefix('*').and_then(|line| line.strip_suffix('*')) {
        ui.label(RichText::new(quiet).italics().color(paints.faint));
        return;
    }
    for (i, piece) in line.split('`').enumerate().filter(|(_, piece)| !piece.is_empty()) {
        let piece = RichText::new(piece);
        ui.label(if i % 2 == 1 { piece.monospace().color(paints.events) } else { piece });
    }
}
