//! The browser on the left: nodes, patches, samples and sets, found by words.

use super::along::Entry;
use super::deck::Deed;
use super::library::{Library, about};
use super::make::name_of;
use super::setlist::SetList;
use super::shelf::Shelf;
use crate::ui::canvas::gesture::{Act, fresh_name, snap};
use crate::ui::dropped::Parcel;
use crate::ui::link::{Link, Shown, Wish};
use crate::ui::prose::{explained, small};
use crate::ui::search::best;
use crate::ui::theme::Paints;
use bf_node::Role;
use bf_patch::{Edit, Node, Patch};
use bf_session::Shelved;
use egui::{Key, Modifiers, Pos2, RichText, ScrollArea, Sense, Ui};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What it is to save a patch to the library.
pub(crate) const SHELVES: &str = "Copies the patch into your library, with the patches and sounds that it needs";
/// How many are listed at most.
const LISTED: usize = 400;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Nodes,
    Patches,
    Library,
    Samples,
    Sets,
}

impl Tab {
    const ALL: [(Tab, &'static str); 5] = [
        (Tab::Nodes, "Nodes"),
        (Tab::Patches, "Patches"),
        (Tab::Library, "Library"),
        (Tab::Samples, "Samples"),
        (Tab::Sets, "Sets"),
    ];
}

/// What can be put onto the canvas.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pick {
    Node(&'static str),
    Patch(String),
    Sample(String),
    /// A patch of the user's library, by its file.
    Library(PathBuf),
}

impl Pick {
    /// The edit that adds it at a place of the canvas.
    pub(crate) fn act(&self, patch: &Patch, at: Pos2) -> Act {
        let stem = |path: &str| {
            let stem =
                Path::new(path).file_stem().map_or_else(|| path.to_owned(), |s| s.to_string_lossy().into_owned());
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            let name: String = stem.to_lowercase().chars().map(|c| if is_name(c) { c } else { '-' }).collect();
            name.trim_matches(|c: char| !c.is_ascii_lowercase()).chars().take(24).collect::<String>()
        };
        let (base, node) = match self {
            // It is copied into the set with all that it needs, and then added.
            Pick::Library(path) => return Act::Drop(Parcel::of(vec![path.clone()], snap(at))),
            Pick::Node(kind) => ((*kind).to_owned(), Node::new(kind)),
            Pick::Patch(file) => (stem(file), Node::new("patch").with("file", file.as_str())),
            Pick::Sample(file) => (stem(file), Node::new("sampler").with("file", file.as_str())),
        };
        let name = fresh_name(&base, |name| patch.has(name));
        Act::edit(Edit::AddNode { name: name.clone(), node, at: Some(snap(at)) }, format!("add {name}"))
    }
}

#[derive(Default)]
pub(crate) struct Browser {
    pub tab: Tab,
    query: String,
    chosen: usize,
    focus: bool,
    shelf: Shelf,
    listed: Option<(Listed, Arc<Vec<Row>>)>,
    is_silent: bool,
}

/// Of what a list was made: the tab, the words, the changes of sounds and of the library, and those of the set.
type Listed = (Tab, String, u64, u64);

/// One that is listed.
#[derive(Clone)]
struct Row {
    name: String,
    about: String,
    words: String,
    pick: Pick,
    /// It cannot be read: it says so.
    is_broken: bool,
}

impl Browser {
    /// The field is to be typed into next.
    pub(crate) fn focus(&mut self) {
        self.focus = true;
    }

    /// Draws it; what is to be added to the canvas.
    pub(crate) fn ui(
        &mut self,
        ui: &mut Ui,
        (link, shown, paints): (&Link, &Shown, &Paints),
        folders: &[PathBuf],
        list: &mut List<'_>,
    ) -> Option<Pick> {
        ui.horizontal_wrapped(|ui| {
            for (tab, name) in Tab::ALL {
                if ui.selectable_value(&mut self.tab, tab, name).changed() {
                    self.chosen = 0;
                    list.library.again();
                }
            }
        });
        if self.tab == Tab::Sets {
            sets(ui, link, shown, paints, list);
            return None;
        }
        let field = egui::TextEdit::singleline(&mut self.query).hint_text("find by words").desired_width(f32::INFINITY);
        let field = ui.add(field).on_hover_text("Arrows choose, Enter adds to the canvas");
        if core::mem::take(&mut self.focus) {
            field.request_focus();
        }
        if field.changed() {
            self.chosen = 0;
        }
        if self.tab == Tab::Samples {
            self.shelf.look(ui, &shown.around.root, folders, &shown.sounds);
            ui.horizontal(|ui| {
                let mut on = !self.is_silent;
                ui.checkbox(&mut on, "Preview").on_hover_text("A sound that is chosen is heard from the next beat on");
                self.is_silent = !on;
                if ui.button("Quiet").on_hover_text("End the preview").clicked() {
                    link.wish(Wish::Deed(Deed::Quiet));
                }
            });
        }
        if self.tab == Tab::Library {
            list.library.look(ui, shown.around.shelved);
            if let Some(folder) = list.library.folder() {
                let place = RichText::new("Your own patches, for any set").size(12.0).color(paints.faint);
                ui.label(place).on_hover_text(folder.display().to_string());
            }
        }
        let found = self.found(link, shown, list.library);
        let typing = field.has_focus() || field.lost_focus();
        let (down, up, enter) = ui.input_mut(|i| {
            let mut key = |key| typing && i.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter))
        });
        let last = found.len().saturating_sub(1);
        let before = self.chosen.min(last);
        self.chosen = (before + usize::from(down)).min(last).saturating_sub(usize::from(up));
        let mut heard = (self.chosen != before).then_some(self.chosen);
        let mut added = (enter && !found.is_empty()).then_some(self.chosen);
        if enter {
            field.request_focus();
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            if found.is_empty() {
                let says = if self.tab == Tab::Library && self.query.trim().is_empty() {
                    "Nothing is here yet: a patch of a set is put here by \"Save to library\", in its menu or under Patches."
                } else {
                    "Nothing is called so."
                };
                ui.label(RichText::new(says).color(paints.faint));
            }
            for (i, row) in found.iter().enumerate() {
                let name = RichText::new(&row.name);
                let name = if row.is_broken { name.color(paints.wrong) } else { name };
                let button = egui::Button::selectable(i == self.chosen, name).sense(Sense::click_and_drag()).truncate();
                let label = explained(ui.add(button), &row.about);
                label.dnd_set_drag_payload(row.pick.clone());
                if label.clicked() {
                    (self.chosen, heard) = (i, Some(i));
                }
                if label.double_clicked() {
                    added = Some(i);
                }
                if i == self.chosen {
                    let about = small(ui, &row.about);
                    if let Pick::Patch(file) = &row.pick
                        && ui.small_button("Save to library").on_hover_text(SHELVES).clicked()
                    {
                        list.shelve = Some(file.clone());
                    }
                    if down || up {
                        about.scroll_to_me(None);
                    }
                }
            }
        });
        if let Some(Pick::Sample(sound)) = heard.and_then(|i| found.get(i)).map(|row| &row.pick)
            && !self.is_silent
        {
            link.wish(Wish::Deed(Deed::Try(sound.clone())));
        }
        added.and_then(|i| found.get(i)).map(|row| row.pick.clone())
    }

    /// What is listed; it is looked for anew only where something has changed.
    fn found(&mut self, link: &Link, shown: &Shown, library: &Library) -> Arc<Vec<Row>> {
        let of = (self.tab, self.query.trim().to_owned(), self.shelf.serial + library.serial, shown.stamp);
        // Edits change neither the types of nodes nor the sounds.
        let same = |known: &Listed| (known.0, &known.1, known.2) == (of.0, &of.1, of.2);
        let is_same = |known: &Listed| same(known) && (known.3 == of.3 || of.0 != Tab::Patches);
        match &self.listed {
            Some((known, found)) if is_same(known) => Arc::clone(found),
            _ => {
                let mut rows = self.rows(link, shown, library);
                let found = if of.1.is_empty() {
                    rows.truncate(LISTED);
                    rows
                } else {
                    best(&of.1, rows.iter().map(|row| (row, row.words.as_str())), LISTED).into_iter().cloned().collect()
                };
                let found = Arc::new(found);
                self.listed = Some((of, Arc::clone(&found)));
                found
            }
        }
    }

    fn rows(&self, link: &Link, shown: &Shown, library: &Library) -> Vec<Row> {
        match self.tab {
            Tab::Nodes => {
                let specs = link.registry.iter().filter(|spec| spec.role != Role::Voice && spec.role != Role::Patch);
                let row = |spec: &'static bf_node::NodeSpec| {
                    let words = format!("{} {:?} {}", spec.name.replace('_', " "), spec.category, spec.summary());
                    let about = spec.summary().to_owned();
                    Row { name: spec.name.to_owned(), about, words, pick: Pick::Node(spec.name), is_broken: false }
                };
                let mut rows: Vec<Row> = specs.map(row).collect();
                rows.sort_by(|a, b| a.name.cmp(&b.name));
                rows
            }
            Tab::Patches => {
                let row = |file: &String| {
                    let about = "A patch of this set".to_owned();
                    Row {
                        name: file.clone(),
                        about,
                        words: file.clone(),
                        pick: Pick::Patch(file.clone()),
                        is_broken: false,
                    }
                };
                shown.own.files.keys().map(row).collect()
            }
            Tab::Library => {
                let row = |patch: &Shelved| {
                    let about = about(patch);
                    let words = format!("{} {about}", patch.name);
                    let (name, pick) = (patch.name.clone(), Pick::Library(patch.path.clone()));
                    Row { name, about, words, pick, is_broken: patch.fault.is_some() }
                };
                library.all.iter().map(row).collect()
            }
            Tab::Samples => {
                let row = |(name, about): &(String, String)| {
                    let shown = if Path::new(name).is_absolute() { name_of(Path::new(name)) } else { name.clone() };
                    Row {
                        name: shown,
                        about: about.clone(),
                        words: format!("{name} {about}"),
                        pick: Pick::Sample(name.clone()),
                        is_broken: false,
                    }
                };
                self.shelf.sounds.iter().map(row).collect()
            }
            Tab::Sets => Vec::new(),
        }
    }
}

/// The set list and the recent sets, and what has come of them.
pub(crate) struct List<'a> {
    pub list: &'a mut SetList,
    pub recent: &'a [PathBuf],
    pub library: &'a mut Library,
    /// A set to go over to.
    pub open: Option<PathBuf>,
    /// One of the list to go over to.
    pub go_to: Option<Entry>,
    /// A patch file of the set that is to be put into the library.
    pub shelve: Option<String>,
    pub changed: bool,
    /// One on or one back in the list.
    pub step: isize,
}

fn sets(ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints, sets: &mut List<'_>) {
    ui.label(RichText::new(link.title.as_str()).strong());
    // Its line is there at all times: nothing moves away under the pointer.
    let coming = shown.around.coming.as_ref().map(|coming| format!("{coming} comes in at the next bar"));
    ui.add(egui::Label::new(RichText::new(coming.unwrap_or_default()).color(paints.hand)).truncate());
    ui.label("Set list");
    ui.horizontal_wrapped(|ui| {
        if ui.button("Previous set").on_hover_text("With a crossfade at the next bar (Ctrl+Page up)").clicked() {
            sets.step = -1;
        }
        if ui.button("Next set").on_hover_text("With a crossfade at the next bar (Ctrl+Page down)").clicked() {
            sets.step = 1;
        }
        let here = &shown.around.place;
        if ui.button("Add this set").on_hover_text("At the end of the list, also more than once").clicked() {
            sets.list.push(here.clone());
            sets.changed = true;
        }
    });
    let (mut swapped, mut gone) = (None, None);
    let (here, last) = (sets.list.here(&shown.around), sets.list.all().len().saturating_sub(1));
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for (i, one) in sets.list.all().iter().enumerate() {
            let place = &one.place;
            ui.horizontal(|ui| {
                let (on, missing) = (here == Some(i), sets.list.is_missing(i));
                let mark = if missing { "  (missing)" } else { "" };
                let name = RichText::new(format!("{}. {}{mark}", i + 1, name_of(place)));
                let name = if missing { name.color(paints.wrong) } else { name };
                if ui.selectable_label(on, name).on_hover_text(place.display().to_string()).clicked() && !on {
                    sets.go_to = Some(one.clone());
                }
                // Each has its place, so that what is pressed again and again stays under the pointer.
                let mut moves = |ui: &mut Ui, text: &str, way: &str, to: Option<usize>| {
                    let button = ui.add_enabled(to.is_some(), egui::Button::new(text).small());
                    if button.on_hover_text(format!("{} {way}", name_of(place))).clicked() {
                        swapped = to.map(|to| (i, to));
                    }
                };
                moves(ui, "up", "earlier", i.checked_sub(1));
                moves(ui, "down", "later", Some(i + 1).filter(|to| *to <= last));
                if ui.small_button("remove").on_hover_text(format!("Take {} off the list", name_of(place))).clicked() {
                    gone = Some(i);
                }
            });
        }
        ui.add_space(8.0);
        ui.label("Recent sets");
        for place in sets.recent.iter().filter(|place| **place != shown.around.place) {
            if ui.selectable_label(false, name_of(place)).on_hover_text(place.display().to_string()).clicked() {
                sets.open = Some(place.clone());
            }
        }
    });
    if let Some((one, other)) = swapped {
        sets.list.swap(one, other);
        sets.changed = true;
    }
    if let Some(i) = gone {
        sets.list.remove(i);
        sets.changed = true;
    }
}
