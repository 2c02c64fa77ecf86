//! What could stand at the cursor: a list below it, with help on the chosen name.

use super::super::prose::prose;
use super::super::search::score;
use super::super::theme::Paints;
use super::super::widgets::is_over;
use super::page::{Page, floor};
use crate::language::Words;
use crate::language::scan::{Here, here};
use crate::lsp::banks::Banks;
use crate::lsp::check::Declared;
use crate::lsp::complete::Around;
use crate::lsp::text::byte_of;
use egui::{Area, Frame, Id, Order, Pos2, RichText, ScrollArea, Ui, vec2};
use lsp_types::{CompletionTextEdit, Documentation};
use std::ops::Range;

/// Names that are listed.
const LISTED: usize = 60;
/// Letters of a name before it is completed unasked.
const LETTERS: usize = 2;
/// The width of the names.
const NAMES: f32 = 170.0;

/// A name that fits.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    /// How it is written, or what it is.
    form: String,
    help: String,
    range: Range<usize>,
}

/// The open list.
pub(super) struct Popup {
    entries: Vec<Entry>,
    chosen: usize,
    /// Whether it was asked for, or a name was chosen in it: then Enter takes one.
    meant: bool,
    moved: bool,
    /// Whether the pointer is on it.
    pub over: bool,
}

/// What a script is completed from.
pub(super) struct Source<'a> {
    pub words: &'a Words,
    pub banks: Banks<'a>,
}

impl Popup {
    /// What fits at the cursor; none where nothing does, or too little was typed for it to be offered unasked.
    pub(super) fn open(page: &Page, source: &Source<'_>, asked: bool) -> Option<Popup> {
        let (text, at) = (page.text.as_str(), floor(&page.text, page.cursor.1));
        let typed = match here(text, at) {
            Here::Name { range, method } => (at.saturating_sub(range.start), if method { 0 } else { LETTERS }),
            Here::Key { range, .. } | Here::Value { range, .. } => (at.saturating_sub(range.start), 1),
            Here::Text { .. } => (1, 1),
            Here::Nothing => return None,
        };
        if !asked && typed.0 < typed.1 {
            return None;
        }
        let declared = Declared::default();
        let around = Around { words: source.words, text, banks: source.banks, declared: &declared };
        let mut found: Vec<(i32, Entry)> = Vec::new();
        for item in around.items(at) {
            let Some(CompletionTextEdit::Edit(edit)) = item.text_edit else { continue };
            let range = byte_of(text, edit.range.start)..byte_of(text, edit.range.end);
            let begun = text.get(range.start..at).unwrap_or_default();
            // In a text a letter has to be there, or everything that can be named would be offered for a space.
            if begun.is_empty() && !asked && typed == (1, 1) {
                continue;
            }
            let Some(points) = score(begun, &edit.new_text) else { continue };
            let first = i32::from(edit.new_text.starts_with(begun)) * 1_000;
            let help = match item.documentation {
                Some(Documentation::MarkupContent(markup)) => markup.value,
                Some(Documentation::String(text)) => text,
                None => String::new(),
            };
            let entry = Entry { name: edit.new_text, form: item.detail.unwrap_or_default(), help, range };
            found.push((points + first, entry));
        }
        found.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.name.cmp(&y.name)));
        // A name with two meanings is listed once, with both.
        let mut entries: Vec<Entry> = Vec::new();
        for (_, entry) in found {
            if let Some(known) = entries.iter_mut().find(|known| known.name == entry.name) {
                known.help = format!("{}\n\n{}", known.help, entry.help);
            } else if entries.len() < LISTED {
                entries.push(entry);
            }
        }
        // What is there already needs no offer.
        let done = |entry: &Entry| text.get(entry.range.clone()) == Some(entry.name.as_str());
        if entries.is_empty() || !asked && entries.len() == 1 && entries.iter().all(done) {
            return None;
        }
        Some(Popup { entries, chosen: 0, meant: asked, moved: true, over: false })
    }

    /// The same list anew, with the choice kept.
    pub(super) fn renewed(self, page: &Page, source: &Source<'_>) -> Option<Popup> {
        let mut popup = Popup::open(page, source, self.meant)?;
        let chosen = self.entries.get(self.chosen).map(|entry| entry.name.clone());
        if self.meant
            && let Some(at) = popup.entries.iter().position(|entry| Some(&entry.name) == chosen.as_ref())
        {
            popup.chosen = at;
        }
        Some(popup)
    }

    /// Moves the choice.
    pub(super) fn choose(&mut self, by: isize) {
        self.chosen = self.chosen.saturating_add_signed(by).min(self.entries.len().saturating_sub(1));
        (self.meant, self.moved) = (true, true);
    }

    /// What Enter or Tab puts where; none where Enter means a new line.
    pub(super) fn take(&self, text: &str, by_tab: bool) -> Option<(Range<usize>, String)> {
        let entry = self.entries.get(self.chosen)?;
        let is_there = text.get(entry.range.clone()) == Some(entry.name.as_str());
        let wanted = by_tab || self.meant || !is_there;
        wanted.then(|| (entry.range.clone(), entry.name.clone()))
    }

    /// Draws it below a place; what was clicked.
    pub(super) fn show(&mut self, ui: &Ui, at: Pos2, paints: &Paints) -> Option<(Range<usize>, String)> {
        let mut clicked = None;
        let area = Area::new(Id::unique("completion")).order(Order::Foreground).fixed_pos(at + vec2(-4.0, 4.0));
        let shown = area.constrain(true).show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).inner_margin(4.0).show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    let list = ScrollArea::vertical().id_salt("names").max_height(190.0).min_scrolled_height(40.0);
                    let names = |ui: &mut Ui| {
                        ui.set_width(NAMES);
                        for (i, entry) in self.entries.iter().enumerate() {
                            let chosen = i == self.chosen;
                            let row = ui.selectable_label(chosen, RichText::new(&entry.name).monospace());
                            if chosen && core::mem::take(&mut self.moved) {
                                row.scroll_to_me(None);
                            }
                            if row.clicked() {
                                clicked = Some((entry.range.clone(), entry.name.clone()));
                            }
                        }
                    };
                    // What scrolls is laid out as what is around it: side by side.
                    list.show(ui, |ui| ui.vertical(names));
                    if let Some(entry) =
                        self.entries.get(self.chosen).filter(|e| !e.form.is_empty() || !e.help.is_empty())
                    {
                        ui.separator();
                        let says = |ui: &mut Ui| {
                            ui.set_width((ui.ctx().content_rect().width() - NAMES - 60.0).clamp(80.0, 330.0));
                            ui.label(RichText::new(&entry.form).monospace().color(paints.accent));
                            prose(ui, &entry.help, paints);
                        };
                        let help = ScrollArea::vertical().id_salt("help").max_height(190.0);
                        help.show(ui, |ui| ui.vertical(says));
                    }
                });
            });
        });
        self.over = is_over(ui, &shown.response);
        clicked
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }
}
