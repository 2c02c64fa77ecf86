//! The code pane: the set's script with colours, evaluated by block, line or whole.

use super::link::{Link, Shown, Wish};
use super::theme::Paints;
use crate::language::scan::{What, tokens};
use bf_session::remote::Quant;
use bf_session::{Diagnostic, Script};
use egui::text::CCursor;
use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, Color32, FontId, Key, Modifiers, ScrollArea, Stroke, TextBuffer, TextEdit, Ui, vec2};
use std::ops::Range;
use std::time::{Duration, Instant};

/// How long what was evaluated is lit.
const FLASH: Duration = Duration::from_millis(350);

/// The text as it stands in the window.
#[derive(Default)]
pub(crate) struct Code {
    pub text: String,
    file: String,
    /// How often the file was read when the text was last taken from it.
    read: u64,
    /// As it was last read or written.
    base: String,
    flash: Option<(Range<usize>, Instant)>,
    note: String,
    /// The line, from 1, to which the cursor is to go.
    goes_to: Option<u32>,
}

impl Code {
    /// Takes in what another editor has written; what was typed here and not saved is kept, and said so.
    fn follow(&mut self, shown: &Shown) {
        let Some((file, text, times)) = &shown.script else { return };
        if *times == self.read {
            return;
        }
        (self.read, self.file) = (*times, file.clone());
        if self.text == self.base {
            self.text = text.to_string();
            self.note.clear();
        } else if self.text != **text {
            self.note =
                "the file has changed elsewhere: what is typed here is kept until you take the file's text".to_owned();
        }
        self.base = text.to_string();
    }

    pub(crate) fn ui(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
        self.follow(shown);
        if shown.script.is_none() {
            ui.centered_and_justified(|ui| {
                ui.label(
                    "This set has no script. Save a file named live.rhai into its folder, and it is read from then on.",
                );
            });
            return;
        }
        ui.horizontal(|ui| {
            ui.strong(&self.file);
            if self.text != self.base {
                ui.label("• not saved");
            }
            if ui.button("Evaluate all  Alt+Enter").clicked() {
                self.evaluate(link, None);
            }
            if ui.button("Save  Ctrl+S").clicked() {
                self.save(link, shown);
            }
            if !self.note.is_empty() {
                ui.colored_label(paints.hand, &self.note);
                if ui.button("Take the file's text").clicked() {
                    self.text.clone_from(&self.base);
                    self.note.clear();
                }
            }
        });
        let keys = ui.input_mut(|i| {
            [(Modifiers::COMMAND, Key::Enter), (Modifiers::SHIFT, Key::Enter), (Modifiers::ALT, Key::Enter)]
                .map(|(modifiers, key)| i.consume_key(modifiers, key))
        });
        let flash = self.flash.clone().filter(|(_, at)| at.elapsed() < FLASH).map(|(range, _)| range);
        if flash.is_some() {
            ui.ctx().request_repaint();
        }
        let faults: Vec<(Range<usize>, &Diagnostic)> = shown
            .faults
            .iter()
            .filter(|fault| fault.line > 0 && fault.file == self.file)
            .filter_map(|fault| Some((place_in(&self.text, fault)?, fault)))
            .collect();
        let wrong: Vec<Range<usize>> = faults.iter().map(|(range, _)| range.clone()).collect();
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
            let mut job = colours(text.as_str(), paints, flash.as_ref(), &wrong);
            job.wrap.max_width = width;
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let id = ui.scope_id().with("code");
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            let edit = TextEdit::multiline(&mut self.text)
                .id(id)
                .code_editor()
                .desired_width(f32::INFINITY)
                .desired_rows(30)
                .layouter(&mut layouter);
            let mut drawn = edit.show(ui);
            if let Some(line) = self.goes_to.take() {
                let text = drawn.galley.text();
                let before: usize =
                    text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(|l| l.chars().count()).sum();
                let cursor = CCursor::new(before);
                drawn.state.cursor.set_char_range(Some(egui::text::CCursorRange::one(cursor)));
                drawn.state.clone().store(ui.ctx(), id);
                drawn.response.response.request_focus();
                let place = drawn.galley.pos_from_cursor(cursor).translate(drawn.galley_pos.to_vec2());
                ui.scroll_to_rect(place.expand(60.0), Some(egui::Align::Center));
            }
            // What is wrong stands behind its line.
            let mut lines: Vec<f32> = Vec::new();
            for (range, fault) in &faults {
                let end = line_end(drawn.galley.text(), range.start);
                let at = drawn.galley.pos_from_cursor(CCursor::new(end));
                let beside = lines.iter().filter(|y| **y == at.min.y).count() as f32;
                lines.push(at.min.y);
                let place = drawn.galley_pos + at.right_top().to_vec2() + vec2(24.0, beside * at.height());
                let hint = fault.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
                let says = format!("{}{hint}", fault.message);
                ui.painter().text(place, Align2::LEFT_TOP, says, FontId::proportional(13.0), paints.wrong);
            }
        });
        let cursor = TextEdit::load_state(ui.ctx(), id)
            .and_then(|state| state.cursor.char_range())
            .map_or(0, |r| r.primary.index.into());
        let at = self.text.char_indices().nth(cursor).map_or(self.text.len(), |(at, _)| at);
        match keys {
            [true, ..] => match bf_session::script::block::block_at(&self.text, at) {
                Some(block) => self.evaluate(link, Some(block)),
                None => "there is no block at the cursor".clone_into(&mut self.note),
            },
            [_, true, _] => {
                let begin = self.text[..at].rfind('\n').map_or(0, |i| i + 1);
                let end = self.text[at..].find('\n').map_or(self.text.len(), |i| at + i);
                self.evaluate(link, Some(begin..end));
            }
            [_, _, true] => self.evaluate(link, None),
            _ => {}
        }
    }

    /// Puts the cursor at the beginning of a line, from 1.
    pub(crate) fn go_to(&mut self, line: u32) {
        self.goes_to = Some(line);
    }

    fn evaluate(&mut self, link: &Link, part: Option<Range<usize>>) {
        self.flash = Some((part.clone().unwrap_or(0..self.text.len()), Instant::now()));
        self.note.clear();
        let script = Script { file: self.file.clone(), text: self.text.clone(), part, quant: Quant::Now };
        link.wish(Wish::Evaluate(script));
    }

    /// Writes the text into its file, as an editor does; the running set reads it from there.
    pub(crate) fn save(&mut self, link: &Link, shown: &Shown) {
        if shown.script.is_some() && self.text != self.base {
            link.wish(Wish::WriteScript(self.text.clone()));
            self.base.clone_from(&self.text);
            self.note.clear();
        }
    }
}

/// The bytes of a text that a fault is about; a place between two is the character behind it.
fn place_in(text: &str, fault: &Diagnostic) -> Option<Range<usize>> {
    let before = fault.line.checked_sub(1)? as usize;
    let begin = text.split_inclusive('\n').take(before).map(str::len).sum::<usize>();
    let row = text.get(begin..)?.lines().next().unwrap_or("");
    let byte = |column: usize| row.char_indices().nth(column).map_or(row.len(), |(i, _)| i);
    let first = fault.column.saturating_sub(1) as usize;
    Some(begin + byte(first)..begin + byte(first + fault.len.max(1) as usize))
}

/// How many characters stand before the end of the line of a byte.
fn line_end(text: &str, byte: usize) -> usize {
    let end = text.get(byte..).and_then(|rest| rest.find('\n')).map_or(text.len(), |i| byte + i);
    text.get(..end).map_or(0, |before| before.chars().count())
}

/// The text in colours; what was just evaluated is lit, what is wrong underlined.
fn colours(text: &str, paints: &Paints, flash: Option<&Range<usize>>, wrong: &[Range<usize>]) -> LayoutJob {
    let mut job = LayoutJob::default();
    let font = FontId::monospace(14.0);
    let mut at = 0;
    let mut put = |range: Range<usize>, color: Color32| {
        let lit = flash.is_some_and(|flash| range.start < flash.end && flash.start < range.end);
        let background = if lit { paints.accent.gamma_multiply(0.35) } else { Color32::TRANSPARENT };
        let is_wrong = wrong.iter().any(|wrong| range.start < wrong.end && wrong.start < range.end);
        let underline = if is_wrong { Stroke::new(1.5, paints.wrong) } else { Stroke::NONE };
        let format = TextFormat { font_id: font.clone(), color, background, underline, ..TextFormat::default() };
        job.append(&text[range], 0.0, format);
    };
    for token in tokens(text) {
        if token.range.start > at {
            put(at..token.range.start, paints.words);
        }
        let color = match token.what {
            What::Comment => paints.faint,
            What::Text { .. } => paints.events,
            What::Number => paints.signal,
            What::Sign(_) => paints.faint,
            What::Name
                if ["fn", "let", "if", "else", "for", "in", "while", "import", "as", "const", "return"]
                    .contains(&&text[token.range.clone()]) =>
            {
                paints.hand
            }
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
