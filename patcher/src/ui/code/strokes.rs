//! Keys of the pane, before the text sees them.

use super::super::link::{Link, Shown};
use super::find::{self, Bar};
use super::history::Kind;
use super::{Code, Popup, complete, heard, keys};
use crate::lsp::banks::Banks;
use egui::{Event, Key, Modifiers, Ui};
use std::ops::Range;

impl Code {
    /// Keys that are for the scripts, before the text sees them.
    pub(super) fn keys(&mut self, ui: &Ui, link: &Link, shown: &Shown) {
        let take = |modifiers: Modifiers, key: Key| {
            debug_assert!(keys::OWN.contains(&(modifiers, key)), "{modifiers:?} {key:?} is in the list of own keys");
            ui.input_mut(|i| {
                let before = i.events.len();
                i.events.retain(|event| {
                    let is_it = |k: &Key, m: &Modifiers| *k == key && m.matches_exact(modifiers);
                    !matches!(event, Event::Key { key, modifiers, pressed: true, .. } if is_it(key, modifiers))
                });
                before != i.events.len()
            })
        };
        let (ctrl, none) = (Modifiers::COMMAND, Modifiers::NONE);
        if take(ctrl, Key::F) {
            self.open_find(Bar::Find);
        } else if take(ctrl, Key::G) {
            self.open_find(Bar::Line);
        }
        let is_typing = ui.memory(|m| m.has_focus(self.id()));
        let elsewhere = ui.ctx().text_edit_focused() && !is_typing;
        let Some(page) = self.pages.get_mut(self.front) else { return };
        page.typed();
        find::keys(ui, &self.find, page);
        if !elsewhere {
            let told = heard::KEYS.into_iter().find(|(modifiers, ..)| take(*modifiers, Key::Enter));
            told.into_iter().for_each(|(_, piece, when)| self.tell((piece, when), link, shown));
        }
        if is_typing {
            self.now = ui.input(|i| i.time);
            self.typing(&take, link, shown);
        }
        let tab = [(ctrl, Key::PageDown, 1), (ctrl, Key::PageUp, self.pages.len().saturating_sub(1))];
        for (modifiers, key, by) in tab {
            if take(modifiers, key) {
                (self.front, self.popup) = ((self.front + by) % self.pages.len(), None);
            }
        }
        if is_typing && take(none, Key::F1) {
            let Some(page) = self.pages.get(self.front) else { return };
            self.explains = match self.explains {
                Some(_) => None,
                None => Some((page.revision(), page.cursor.1)),
            };
        }
    }

    /// Keys of the editor while it has them.
    fn typing(&mut self, take: &dyn Fn(Modifiers, Key) -> bool, link: &Link, shown: &Shown) {
        let (ctrl, shift, alt, none) = (Modifiers::COMMAND, Modifiers::SHIFT, Modifiers::ALT, Modifiers::NONE);
        let Some(page) = self.pages.get_mut(self.front) else { return };
        if let Some(popup) = &mut self.popup {
            if take(none, Key::ArrowDown) {
                popup.choose(1);
            } else if take(none, Key::ArrowUp) {
                popup.choose(-1);
            } else if take(none, Key::Escape) {
                self.popup = None;
            } else {
                let tab = take(none, Key::Tab);
                let enter = !tab && popup.take(&page.text, false).is_some() && take(none, Key::Enter);
                if tab || enter {
                    let taken = popup.take(&page.text, tab);
                    self.accept(taken);
                    return;
                }
            }
        }
        let Some(page) = self.pages.get_mut(self.front) else { return };
        let (text, selection) = (page.text.clone(), page.selection());
        if take(ctrl, Key::Space) {
            self.complete(Banks::Known(&shown.banks), true);
        } else if take(ctrl, Key::Z) {
            page.step(true);
        } else if take(ctrl | shift, Key::Z) || take(ctrl, Key::Y) {
            page.step(false);
        } else if take(none, Key::Enter) {
            let (changes, at) = keys::new_line(&text, &selection);
            page.replace(changes, Kind::Whole);
            page.select((at, at));
            self.popup = None;
        } else if take(none, Key::Tab) {
            page.replace(keys::indent(&text, &selection), Kind::Whole);
        } else if take(shift, Key::Tab) {
            page.replace(keys::outdent(&text, &selection), Kind::Whole);
        } else if take(ctrl, Key::Slash) {
            page.replace(keys::comment(&text, &selection), Kind::Whole);
        } else if take(ctrl, Key::D) {
            let (changes, by) = keys::double(&text, &selection);
            page.replace(changes, Kind::Whole);
            let moved = if selection.is_empty() {
                selection.start + by..selection.start + by
            } else {
                selection.end..selection.end + by
            };
            page.select((moved.start, moved.end));
        }
        for (modifiers, fine) in [(alt, false), (alt | shift, true)] {
            for (key, by) in [(Key::ArrowUp, 1.0), (Key::ArrowDown, -1.0)] {
                if take(modifiers, key) {
                    self.nudge(link, shown, by, fine);
                }
            }
        }
    }

    /// Puts a name that was chosen in its place.
    pub(super) fn accept(&mut self, taken: Option<(Range<usize>, String)>) {
        self.popup = None;
        let (Some((range, name)), Some(page)) = (taken, self.pages.get_mut(self.front)) else { return };
        let at = range.start + name.len();
        page.replace(vec![(range, name)], Kind::Whole);
        page.select((at, at));
        self.wants_keys = true;
    }

    /// Offers what fits at the cursor.
    pub(super) fn complete(&mut self, banks: Banks<'_>, asked: bool) {
        let (Some(page), Some(words)) = (self.pages.get(self.front), &self.words) else { return };
        let source = complete::Source { words, banks };
        self.popup = match self.popup.take() {
            Some(popup) => popup.renewed(page, &source),
            None => Popup::open(page, &source, asked),
        };
    }
}
