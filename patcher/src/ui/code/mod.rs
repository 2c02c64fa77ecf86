//! The code pane: the scripts of the set, evaluated by block, line or whole, with what sounds lit in the text.

mod colours;
mod complete;
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
mod page;
mod projected;
mod roll;
pub(crate) mod typed;
pub(crate) mod write;

use super::command::Command;
use super::link::{Link, Shown, Wish};
use super::theme::Paints;
use crate::language::Words;
use crate::lsp::banks::Banks;
use bf_session::remote::Quant;
use bf_session::{Draft, Script};
use complete::Popup;
use egui::{Event, Key, Modifiers, RichText, Ui};
use find::{Bar, Find};
use hand::{Burst, Hand};
use help::Help;
use history::Kind;
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
/// What a script begins with.
const STARTER: &str = "// Ctrl+Enter plays the block that the cursor is in, Shift+Enter its line, Alt+Enter all of it,
// from the next bar on; Ctrl+Shift+Enter and Alt+Shift+Enter at once.
// Ctrl+. silences everything, and again brings it back. F1 explains what the cursor is on.

// A beat: bass drum on every beat, hi-hats between. Hold Alt and drag the 4.
track(\"drums\", s(\"bd*4, [~ hh]*4\"));

// A bass line of four notes.
track(\"bass\", note(\"c2 c2 eb2 g1\").s(\"saw\").lpf(600).gain(0.6));
";

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
            egui::Panel::bottom("plays").resizable(true).default_size(110.0).min_size(60.0).show(ui, |ui| {
                if ui.available_width() >= WIDE {
                    let scope = egui::Panel::right("scope").resizable(true).default_size(240.0).min_size(120.0);
                    scope.show(ui, |ui| super::widgets::scope::ui(ui, &link.shared, paints));
                }
                roll::ui(ui, link, shown, paints);
            });
        }
        self.foot(ui, paints);
        self.editor(ui, link, shown, paints);
        self.turn(link, shown);
        chosen
    }

    /// A set without a script.
    fn empty(&mut self, ui: &mut Ui, link: &Link) {
        ui.vertical_centered(|ui| {
            ui.add_space(ui.available_height() * 0.35);
            ui.label("This set has no script.");
            let start =
                ui.button("Start a script").on_hover_text("Writes live.rhai into the set's folder, with a beat");
            if start.clicked() {
                let (file, text) = (files::FIRST.to_owned(), STARTER.to_owned());
                link.wish(Wish::WriteScript { file, text, base: String::new() });
                self.wants_keys = true;
            }
        });
    }

    /// The files, and what can be done with them.
    fn head(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) -> Option<Command> {
        ui.add_space(2.0);
        let draw = |ui: &mut Ui| {
            for (i, page) in self.pages.iter_mut().enumerate() {
                page.typed();
                let failed = shown.scripts.unwritten.contains(&page.name);
                let mark = if page.is_unsaved() || failed { " •" } else { "" };
                let name = RichText::new(format!("{}{mark}", page.name)).strong();
                let says = match (failed, page.is_unsaved(), page.imported) {
                    (true, ..) => "It could not be written: see the messages",
                    (_, true, _) => "Not saved",
                    (_, _, true) => "Imported by the script that plays: heard once it is saved",
                    _ => "Saved",
                };
                if ui.selectable_label(i == self.front, name).on_hover_text(says).clicked() && self.front != i {
                    (self.front, self.popup, self.wants_keys) = (i, None, true);
                }
            }
            ui.separator();
            if ui
                .button("Evaluate all")
                .on_hover_text(
                    "Alt+Enter; the block: Ctrl+Enter, the line: Shift+Enter. Now: Alt+Shift+Enter, Ctrl+Shift+Enter",
                )
                .clicked()
            {
                self.evaluate(link, None, shown.quant);
            }
            let chosen = self.times(ui, link, shown, paints);
            if ui.button("Save").on_hover_text("Ctrl+S").clicked() {
                self.save(link, shown);
            }
            if ui.button("Find").on_hover_text("Ctrl+F; go to a line: Ctrl+G").clicked() {
                self.open_find(Bar::Find);
            }
            if self.pages.get(self.front).is_some_and(Page::is_ahead) {
                ui.colored_label(paints.hand, "edited").on_hover_text("The text is another than what was evaluated");
            }
            if !self.note.is_empty() {
                ui.colored_label(paints.hand, &self.note);
                if ui.small_button("OK").on_hover_text("Put this message away").clicked() {
                    self.note.clear();
                }
            }
            chosen
        };
        let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(6, 0));
        frame.show(ui, |ui| ui.horizontal_wrapped(draw).inner).inner
    }

    /// How what is being typed is written.
    fn foot(&self, ui: &mut Ui, paints: &Paints) {
        let (Some(page), Some(words)) = (self.pages.get(self.front), &self.words) else { return };
        let at = page::floor(&page.text, page.cursor.1);
        let before = &page.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let says = help::signature(words, &page.text, at).unwrap_or_default();
        egui::Panel::bottom("where").show_separator_line(false).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(format!("{line}:{column}")).monospace().color(paints.faint));
                ui.add(egui::Label::new(RichText::new(says).color(paints.faint)).truncate());
            });
        });
    }

    fn open_find(&mut self, bar: Bar) {
        if let Some(page) = self.pages.get(self.front) {
            self.find.open(bar, page);
        }
    }

    /// Keys that are for the scripts, before the text sees them.
    fn keys(&mut self, ui: &Ui, link: &Link, shown: &Shown) {
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
    fn accept(&mut self, taken: Option<(Range<usize>, String)>) {
        self.popup = None;
        let (Some((range, name)), Some(page)) = (taken, self.pages.get_mut(self.front)) else { return };
        let at = range.start + name.len();
        page.replace(vec![(range, name)], Kind::Whole);
        page.select((at, at));
        self.wants_keys = true;
    }

    /// Offers what fits at the cursor.
    fn complete(&mut self, banks: Banks<'_>, asked: bool) {
        let (Some(page), Some(words)) = (self.pages.get(self.front), &self.words) else { return };
        let source = complete::Source { words, banks };
        self.popup = match self.popup.take() {
            Some(popup) => popup.renewed(page, &source),
            None => Popup::open(page, &source, asked),
        };
    }

    /// Which page is the set's own script: the first that is not imported by others.
    fn own(&self) -> Option<usize> {
        self.pages.iter().position(|page| !page.imported)
    }

    /// What the set's own script says here; nothing where there is none.
    pub(crate) fn text(&self) -> &str {
        self.own().map_or("", |at| &self.pages[at].text)
    }

    /// The file of the set's own script.
    pub(crate) fn own_file(&self) -> Option<&str> {
        self.own().map(|at| self.pages[at].name.as_str())
    }

    /// Writes a number that was found into the set's own script, and has its block heard.
    ///
    /// # Errors
    /// The text is another by now.
    pub(crate) fn write(&mut self, link: &Link, place: &write::Place) -> Result<String, String> {
        let write::Place { file, text, range, put, target } = place;
        let Some(at) = self.own().filter(|at| self.pages[*at].name == *file && self.pages[*at].text == *text) else {
            return Err(format!("{file} was changed meanwhile: write {target} once more"));
        };
        self.rewrite(range.clone(), put);
        self.front = at;
        let block = bf_session::script::block::block_at(&self.pages[at].text, range.start);
        self.evaluate(link, block, Quant::Now);
        let line = text[..range.start].matches('\n').count() + 1;
        Ok(format!("{target} is {put} in {file}:{line}; Ctrl+Z there takes it back, Save writes it"))
    }

    /// Puts another text in the place of a part of the set's own script, as typing does.
    pub(crate) fn rewrite(&mut self, range: Range<usize>, with: &str) {
        let Some(page) = self.own().and_then(|at| self.pages.get_mut(at)) else { return };
        page.typed();
        if page.text.get(range.clone()).is_some() {
            page.replace(vec![(range, with.to_owned())], Kind::Whole);
        }
    }

    /// Has the block at a byte of the set's own script heard at the next cycle, and all of the text where that block
    /// declares no track.
    pub(crate) fn hear(&mut self, link: &Link, at: Option<usize>) {
        let Some(page) = self.own().and_then(|at| self.pages.get_mut(at)) else { return };
        let block = at.and_then(|at| bf_session::script::block::block_at(&page.text, at));
        let part = block.filter(|block| page.text.get(block.clone()).is_some_and(|text| text.contains("track(")));
        let (file, text) = (page.name.clone(), page.text.clone());
        link.wish(Wish::Evaluate(Script { file, text, part: part.clone(), quant: Quant::Cycle }));
        page.asked(link);
        Code::remember(&mut self.asked, page, part, link);
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

/// What tests look at.
#[cfg(test)]
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
