//! A script in colours, with what was just evaluated lit, and what is wrong or was looked for marked.

use super::super::theme::Paints;
use crate::language::scan::{What, tokens};
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, Stroke};
use std::ops::Range;

/// Words of Rhai that stand out.
const STRONG: [&str; 11] = ["fn", "let", "if", "else", "for", "in", "while", "import", "as", "const", "return"];

/// Places of a text that stand out.
#[derive(Default)]
pub(super) struct Marks {
    pub flash: Option<Range<usize>>,
    pub wrong: Vec<Range<usize>>,
    pub found: Vec<Range<usize>>,
    pub brackets: Vec<Range<usize>>,
}

/// The text in colours.
pub(super) fn colours(text: &str, size: f32, paints: &Paints, marks: &Marks) -> LayoutJob {
    let mut job = LayoutJob::default();
    let font = FontId::monospace(size);
    let touches = |range: &Range<usize>, other: &Range<usize>| range.start < other.end && other.start < range.end;
    let mut edges: Vec<usize> =
        marks.wrong.iter().chain(&marks.found).chain(&marks.flash).flat_map(|r| [r.start, r.end]).collect();
    edges.sort_unstable();
    let mut piece = |range: Range<usize>, color: Color32| {
        let flash = marks.flash.as_ref().is_some_and(|flash| touches(&range, flash));
        let background = if flash {
            paints.accent.gamma_multiply(0.35)
        } else if marks.found.iter().any(|found| touches(&range, found)) {
            paints.hand.gamma_multiply(0.3)
        } else if marks.brackets.iter().any(|bracket| touches(&range, bracket)) {
            paints.edge
        } else {
            Color32::TRANSPARENT
        };
        let is_wrong = marks.wrong.iter().any(|wrong| touches(&range, wrong));
        let underline = if is_wrong { Stroke::new(1.5, paints.wrong) } else { Stroke::NONE };
        let format = TextFormat { font_id: font.clone(), color, background, underline, ..TextFormat::default() };
        job.append(&text[range], 0.0, format);
    };
    // Marks begin and end within words.
    let mut put = |range: Range<usize>, color: Color32| {
        let mut at = range.start;
        for edge in edges.iter().filter(|edge| **edge > range.start && **edge < range.end) {
            if *edge > at && text.is_char_boundary(*edge) {
                piece(at..*edge, color);
                at = *edge;
            }
        }
        piece(at..range.end, color);
    };
    let mut at = 0;
    for token in tokens(text) {
        if token.range.start > at {
            put(at..token.range.start, paints.words);
        }
        let color = match token.what {
            What::Comment => paints.faint,
            What::Text { .. } => paints.events,
            What::Number => paints.signal,
            What::Sign(_) => paints.faint,
            What::Name if STRONG.contains(&&text[token.range.clone()]) => paints.hand,
            What::Name if text[token.range.end..].trim_start().starts_with('(') => paints.accent,
            What::Name => paints.words,
        };
        at = token.range.end;
        put(token.range, color);
    }
    if at < text.len() {
        put(at..text.len(), paints.words);
    }
    job
}
