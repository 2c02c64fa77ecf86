//! A bar that finds words in a script, replaces them, and goes to a line.

use super::history::Kind;
use super::page::Page;
use egui::text::{CCursor, CCursorRange};
use egui::{Id, Key, Modifiers, TextEdit, Ui};
use std::ops::Range;

/// What the bar is open for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Bar {
    #[default]
    Closed,
    Find,
    Line,
}

/// The bar, and what it was asked last.
#[derive(Default)]
pub(super) struct Find {
    pub bar: Bar,
    pub query: String,
    pub with: String,
    line: String,
    /// Its field takes the keys.
    fresh: bool,
}

/// Every place of some words; capitals count where there is one among them.
pub(super) fn places(text: &str, query: &str) -> Vec<Range<usize>> {
    if query.is_empty() {
        return Vec::new();
    }
    let exact = query.chars().any(char::is_uppercase);
    let same = |a: char, b: char| a == b || !exact && a.to_lowercase().eq(b.to_lowercase());
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.char_indices() {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let mut rest = text[at..].char_indices();
        let matches = query.chars().all(|q| rest.next().is_some_and(|(_, c)| same(c, q)));
        if matches {
            found.push(at..at + (text.len() - at - rest.as_str().len()));
        }
    }
    found
}

/// The byte of `line` or `line:column`, both from 1.
pub(super) fn place(text: &str, words: &str) -> Option<usize> {
    let (line, column) = words.split_once(':').unwrap_or((words, "1"));
    let (line, column): (u32, u32) = (line.trim().parse().ok()?, column.trim().parse().ok()?);
    Some(crate::lsp::text::byte_at(text, line.max(1), column.max(1)))
}

impl Find {
    /// Opens it for what is selected.
    pub(super) fn open(&mut self, bar: Bar, page: &Page) {
        let selected = &page.text[page.selection()];
        if bar == Bar::Find && !selected.is_empty() && !selected.contains('\n') {
            selected.clone_into(&mut self.query);
        }
        (self.bar, self.fresh) = (bar, true);
    }

    /// What is to be marked in a text.
    pub(super) fn marks(&self, text: &str) -> Vec<Range<usize>> {
        if self.bar == Bar::Find { places(text, &self.query) } else { Vec::new() }
    }

    /// Selects the next place behind the cursor, or the one before it; round the ends.
    pub(super) fn go(&self, page: &mut Page, back: bool) -> bool {
        let found = places(&page.text, &self.query);
        let selection = page.selection();
        let next = if back {
            found.iter().rev().find(|place| place.start < selection.start).or(found.last())
        } else {
            let from = if selection.is_empty() { selection.start } else { selection.end };
            found.iter().find(|place| place.start >= from).or(found.first())
        };
        next.cloned().is_some_and(|place| {
            page.select((place.start, place.end));
            true
        })
    }

    fn replace(&self, page: &mut Page) {
        let selection = page.selection();
        if places(&page.text, &self.query).contains(&selection) {
            page.replace(vec![(selection, self.with.clone())], Kind::Whole);
        }
        self.go(page, false);
    }

    fn replace_all(&self, page: &mut Page) {
        let all = places(&page.text, &self.query).into_iter().map(|place| (place, self.with.clone()));
        page.replace(all.collect(), Kind::Whole);
    }

    /// Draws it. Answers whether the script takes the keys again.
    pub(super) fn ui(&mut self, ui: &mut Ui, page: &mut Page) -> bool {
        if self.bar == Bar::Closed {
            return false;
        }
        let (back, escape) = ui.input(|i| (i.modifiers.shift, i.key_pressed(Key::Escape)));
        // The script, which may have the keys again in this frame, must not take the same Enter.
        let entered = |field: &egui::Response| {
            field.lost_focus() && field.ctx.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, Key::Enter) > 0)
        };
        let mut done = escape;
        let (opens, id) = (core::mem::take(&mut self.fresh), Id::unique("find"));
        if opens {
            // It has the keys in this frame already: a field that is given them forgets what is selected in it.
            ui.memory_mut(|m| m.request_focus(id));
        }
        let mut draw = |ui: &mut Ui| {
            if self.bar == Bar::Line {
                ui.label("Go to line");
                let field =
                    ui.add(TextEdit::singleline(&mut self.line).id(id).desired_width(90.0).hint_text("12 or 12:5"));
                let field = field.on_hover_text("A line, or a line and a column, then Enter");
                take_keys(&field, ("go to line", &self.line), opens);
                if entered(&field) {
                    if let Some(at) = place(&page.text, &self.line) {
                        page.select((at, at));
                    }
                    done = true;
                }
                return;
            }
            let field = ui.add(TextEdit::singleline(&mut self.query).id(id).desired_width(160.0).hint_text("Find"));
            let field = field.on_hover_text("Enter: next, Shift+Enter: previous, Escape: close");
            let asked = entered(&field);
            if field.changed() {
                let start = page.selection().start;
                page.select((start, start));
                self.go(page, false);
            }
            if asked {
                self.go(page, back);
                field.request_focus();
            }
            take_keys(&field, ("find", &self.query), opens);
            if ui.button("Previous").on_hover_text("Shift+F3").clicked() {
                self.go(page, true);
            }
            if ui.button("Next").on_hover_text("F3").clicked() {
                self.go(page, false);
            }
            let count = places(&page.text, &self.query).len();
            ui.label(if self.query.is_empty() { String::new() } else { format!("{count} found") });
            let with = ui.add(TextEdit::singleline(&mut self.with).desired_width(160.0).hint_text("Replace with"));
            ui.ctx().accesskit_node_builder(with.id, |node| node.set_label("replace with"));
            with.on_hover_text("What takes its place");
            if ui.button("Replace").on_hover_text("Replace what is selected, and go to the next").clicked() {
                self.replace(page);
            }
            if ui.button("Replace all").on_hover_text("One step to take back").clicked() {
                self.replace_all(page);
            }
            if ui.button("Close").on_hover_text("Escape").clicked() {
                done = true;
            }
        };
        // Beside the edge, as the row above it.
        let margin = egui::Frame::new().inner_margin(egui::Margin::symmetric(6, 0));
        margin.show(ui, |ui| ui.horizontal_wrapped(&mut draw));
        if done {
            self.bar = Bar::Closed;
        }
        done
    }
}

/// Names the field. What is typed as it opens takes the place of what was asked last.
fn take_keys(field: &egui::Response, (name, text): (&str, &str), opens: bool) {
    field.ctx.accesskit_node_builder(field.id, |node| node.set_label(name));
    if opens {
        let mut state = TextEdit::load_state(&field.ctx, field.id).unwrap_or_default();
        let end = CCursor::new(text.chars().count());
        state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), end)));
        TextEdit::store_state(&field.ctx, field.id, state);
    }
}

/// F3 goes on looking.
pub(super) fn keys(ui: &Ui, find: &Find, page: &mut Page) {
    let (next, back) = ui.input_mut(|i| {
        let back = i.consume_key(Modifiers::SHIFT, Key::F3);
        (i.consume_key(Modifiers::NONE, Key::F3), back)
    });
    if (next || back) && !find.query.is_empty() {
        find.go(page, back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand() {
        assert_eq!(places("Bd ä bd BD", "bd"), [0..2, 6..8, 9..11]);
        assert_eq!(places("Bd bd", "Bd"), vec![Range { start: 0, end: 2 }]);
        assert_eq!(places("aaa", "aa"), vec![Range { start: 0, end: 2 }]);
        assert_eq!(places("ä", "Ä").len(), 0);
        assert!(places("abc", "").is_empty());
        assert_eq!((place("a\nbc", "2:2"), place("a\nbc", "2"), place("a", "x")), (Some(3), Some(2), None));
    }
}
