//! What tests look at in the pane.

use super::{Code, Popup, editor, page};
use crate::ui::link::{Link, Shown};

impl Code {
    pub(crate) fn text_mut(&mut self) -> &mut String {
        &mut self.pages[self.front].text
    }
    /// The light on what was evaluated goes out.
    pub(crate) fn flash_ends(&mut self) {
        self.flash = None;
    }
    pub(crate) fn front(&self) -> &str {
        &self.pages[self.front].name
    }
    pub(crate) fn replace_with(&mut self, with: &str) {
        with.clone_into(&mut self.find.with);
    }
    /// The page that those who watch have seen last, and how long it was.
    pub(crate) fn watched(&self) -> Option<(&str, usize)> {
        self.watched.as_ref().map(|(name, length, _)| (name.as_str(), *length))
    }
    pub(crate) fn is_unsaved(&self) -> bool {
        self.pages[self.front].is_unsaved()
    }
    /// The pieces of the text that wait for their time.
    pub(crate) fn waits(&self, shown: &Shown) -> Vec<&str> {
        self.waiting(shown).into_iter().map(|place| &self.pages[self.front].text[place]).collect()
    }
    pub(crate) fn note(&self) -> &str {
        &self.note
    }
    pub(crate) fn select(&mut self, from: usize, to: usize) {
        self.pages[self.front].select((from, to));
        self.wants_keys = true;
    }
    pub(crate) fn selected(&self) -> &str {
        let page = &self.pages[self.front];
        &page.text[page.selection()]
    }
    pub(crate) fn offered(&self) -> Vec<String> {
        self.popup.iter().flat_map(Popup::names).map(str::to_owned).collect()
    }
    /// Where a byte of the text stands in the window.
    pub(crate) fn at(&self, byte: usize) -> egui::Pos2 {
        let (galley, pos) = self.drawn.as_ref().unwrap();
        let cursor = egui::text::CCursor::new(page::chars_before(&self.pages[self.front].text, byte));
        *pos + galley.pos_from_cursor(cursor).center().to_vec2()
    }
    /// The pieces of the text that are lit at a beat.
    pub(crate) fn lit(&self, link: &Link, beat: f64) -> Vec<String> {
        let page = &self.pages[self.front];
        editor::sounding(page, &link.notes.at(beat)).into_iter().map(|range| page.text[range].to_owned()).collect()
    }
}
