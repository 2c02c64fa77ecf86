//! The code pane: the set's script with colours, evaluated by block, line or whole.

use super::link::{Link, Shown, Wish};
use super::theme::Paints;
use crate::language::scan::{What, tokens};
use bf_session::Script;
use bf_session::remote::Quant;
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, Key, Modifiers, ScrollArea, TextBuffer, TextEdit, Ui};
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
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
            let mut job = colours(text.as_str(), paints, flash.as_ref());
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
            edit.show(ui);
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

/// The text in colours; what was just evaluated is lit.
fn colours(text: &str, paints: &Paints, flash: Option<&Range<usize>>) -> LayoutJob {
    let mut job = LayoutJob::default();
    let font = FontId::monospace(14.0);
    let mut at = 0;
    let mut put = |range: Range<usize>, color: Color32| {
        let lit = flash.is_some_and(|flash| range.start < flash.end && flash.start < range.end);
        let background = if lit { paints.accent.gamma_multiply(0.35) } else { Color32::TRANSPARENT };
        job.append(&text[range], 0.0, TextFormat { font_id: font.clone(), color, background, ..TextFormat::default() });
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
