//! The code pane: the scripts of the set, evaluated by block, line or whole, with what sounds lit in the text.

mod around;
mod colours;
mod complete;
mod drawn;
mod editor;
pub(crate) mod files;
mod find;
mod hand;
pub(crate) mod heard;
mod help;
mod history;
pub(crate) mod keys;
mod merge;
pub(crate) mod notes;
mod number;
mod own;
mod page;
#[cfg(test)]
mod peek;
mod projected;
mod roll;
mod strokes;
pub(crate) mod typed;
pub(crate) mod write;

use super::command::Command;
use super::link::{Link, Shown, Wish};
use super::pane::Pane;
use super::theme::Paints;
use crate::language::Words;
use bf_session::remote::Quant;
use bf_session::{Draft, Script};
use complete::Popup;
use egui::Ui;
use find::Find;
use hand::{Burst, Hand};
use help::Help;
use page::Page;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long what was evaluated is lit.
const FLASH: Duration = Duration::from_millis(350);
/// From this height on there is room for what plays.
const ROOMY: f32 = 260.0;
/// From this width on there is room for the wave of what is heard.
const WIDE: f32 = 520.0;
/// The scripts as they stand in the window.
#[derive(Default)]
pub(crate) struct Code {
    pages: Vec<Page>,
    front: usize,
    find: Find,
    popup: Option<Popup>,
    help: Help,
    /// Help at the cursor is open: for which text and place.
    explains: Option<(u64, usize)>,
    hand: Option<Hand>,
    gestures: u64,
    burst: Option<Burst>,
    /// The time of this frame, in seconds.
    now: f64,
    flash: Option<(Range<usize>, Instant)>,
    /// What was evaluated last.
    asked: VecDeque<heard::Asked>,
    note: String,
    words: Option<Words>,
    /// The text as it was last drawn, and where.
    drawn: Option<(Arc<egui::Galley>, egui::Pos2)>,
    /// A place that is to be shown once its script is there.
    sought: Option<(String, u32, u32)>,
    /// How often the set had gone back to its files, as far as was seen.
    reverts: Option<u64>,
    /// The editor takes the keys at the next frame.
    wants_keys: bool,
    /// What those who watch have seen last: the page, how long it was, and the cursor.
    watched: Option<(String, usize, usize)>,
}

impl Code {
    /// Shows a line and column, both from 1, of a script.
    pub(crate) fn reveal(&mut self, file: &str, line: u32, column: u32) {
        self.sought = Some((file.to_owned(), line, column));
    }

    /// Takes in what is new of the files.
    pub(crate) fn follow(&mut self, shown: &Shown) {
        let sheets = &shown.scripts;
        // Before the files are looked at: what was written from here is no other's.
        self.pages.iter_mut().for_each(|page| page.heed(sheets));
        for sheet in &sheets.all {
            match self.pages.iter_mut().find(|page| page.name == sheet.name) {
                Some(page) => {
                    if let Some(note) = page.follow(sheet) {
                        self.note = note;
                    }
                }
                None => self.pages.push(Page::new(sheet, sheets.drafts.get(&sheet.name))),
            }
        }
        // What was typed into a file that nothing imports any more is there, too.
        let is_alone = |draft: &&Draft| sheets.get(&draft.file).is_none() && !sheets.all.is_empty();
        for draft in sheets.drafts.values().filter(is_alone) {
            if !self.pages.iter().any(|page| page.name == draft.file) {
                self.pages.push(Page::alone(draft));
            }
        }
        // What was typed into a file that is no longer imported is kept until it is saved.
        let front = self.pages.get(self.front).map(|page| page.name.clone());
        self.pages.retain(|page| sheets.get(&page.name).is_some() || page.is_unsaved());
        self.front = self.pages.iter().position(|page| Some(&page.name) == front.as_ref()).unwrap_or(0);
        if self.reverts.replace(sheets.reverts).is_some_and(|before| before != sheets.reverts) {
            self.pages.iter_mut().for_each(Page::go_back);
        }
        if let Some((file, line, column)) = self.sought.take() {
            let Some(at) = self.pages.iter().position(|page| page.name == file) else { return };
            self.front = at;
            let page = &mut self.pages[at];
            let byte = crate::lsp::text::byte_at(&page.text, line, column);
            page.select((byte, byte));
            self.wants_keys = true;
        }
    }

    /// Has what was typed kept.
    pub(crate) fn keep(&mut self, link: &Link) {
        self.pages.iter_mut().filter_map(Page::draft).for_each(|draft| link.typed.put(draft));
    }

    /// Draws the pane; the command that was chosen in it.
    pub(crate) fn ui(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) -> Option<Command> {
        self.follow(shown);
        if self.pages.is_empty() {
            self.empty(ui, link);
            return None;
        }
        if self.words.is_none() {
            self.words = Some(Words::new(Arc::clone(&link.registry)));
        }
        self.keys(ui, link, shown);
        let chosen = self.head(ui, link, shown, paints);
        if let Some(page) = self.pages.get_mut(self.front) {
            self.wants_keys |= self.find.ui(ui, page);
        }
        if ui.available_height() >= ROOMY {
            Pane::Plays.show(ui, |ui| {
                if ui.available_width() >= WIDE {
                    Pane::Wave.show(ui, |ui| super::widgets::scope::ui(ui, &link.shared, paints));
                }
                roll::ui(ui, link, shown, paints);
            });
        }
        self.foot(ui, shown, paints);
        self.editor(ui, link, shown, paints);
        self.turn(link, shown);
        chosen
    }

    /// Has a part of the script in front heard, or all of it. What others import is heard once it is written.
    fn evaluate(&mut self, link: &Link, part: Option<Range<usize>>, quant: Quant) -> u64 {
        let Some(page) = self.pages.get_mut(self.front) else { return 0 };
        self.flash = Some((part.clone().unwrap_or(0..page.text.len()), Instant::now()));
        if page.imported {
            page.save(link);
            return link.sent();
        }
        let (file, text) = (page.name.clone(), page.text.clone());
        link.wish(Wish::Evaluate(Script { file, text, part: part.clone(), quant }));
        page.asked(link);
        Code::remember(&mut self.asked, page, part, link);
        link.sent()
    }

    /// Writes what was typed into the files, as an editor does; the running set reads it from there.
    pub(crate) fn save(&mut self, link: &Link, shown: &Shown) {
        self.follow(shown);
        for page in &mut self.pages {
            if page.is_unsaved() || shown.scripts.unwritten.contains(&page.name) {
                page.save(link);
            }
        }
    }

    /// Whether a script is written, and keys turn to the next one.
    pub(crate) fn turns_pages(&self, ui: &Ui) -> bool {
        self.pages.len() > 1 && ui.memory(|m| m.has_focus(self.id()))
    }

    /// The editor among all that takes keys; each script has its own.
    fn id(&self) -> egui::Id {
        egui::Id::unique("code").with(self.pages.get(self.front).map_or("", |page| &page.name))
    }
}
