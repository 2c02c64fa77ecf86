//! A browser of folders in the window: it reads on a thread of its own, so that a slow disk stops nothing.

use super::keyboard::begin;
use super::make::is_set;
use egui::{Key, RichText, ScrollArea, Ui};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

/// Entries that are listed of one folder.
const LISTED: usize = 2_000;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Sets,
    Folders,
}

#[derive(Debug)]
struct Entry {
    name: String,
    path: PathBuf,
    is_folder: bool,
    is_set: bool,
}

type Listed = Result<Vec<Entry>, String>;

#[derive(Debug)]
pub(crate) struct Places {
    pub folder: PathBuf,
    wanted: Wanted,
    typed: String,
    listed: Listed,
    reading: Option<Receiver<Listed>>,
    /// How high the list was last drawn.
    pub height: f32,
}

impl Places {
    pub(crate) fn new(folder: PathBuf, wanted: Wanted) -> Places {
        // Where a set is looked for, a folder that is not there is of no use; where one is made, it is made with it.
        let there = match wanted {
            Wanted::Sets => folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_owned(),
            Wanted::Folders => folder,
        };
        let (typed, listed) = (String::new(), Ok(Vec::new()));
        let mut places = Places { folder: there, wanted, typed, listed, reading: None, height: 0.0 };
        places.enter(places.folder.clone());
        places
    }

    fn enter(&mut self, folder: PathBuf) {
        self.typed = folder.display().to_string();
        self.folder.clone_from(&folder);
        let wanted = self.wanted;
        let (tell, told) = sync_channel(1);
        std::thread::spawn(move || tell.send(list(&folder, wanted)));
        self.reading = Some(told);
    }

    /// Draws it, its list no higher than that; the set that was chosen. Its field has the focus where it is `fresh`.
    pub(crate) fn ui(&mut self, ui: &mut Ui, fresh: &mut bool, most: f32) -> Option<PathBuf> {
        if let Some(reading) = &self.reading {
            match reading.try_recv() {
                Ok(listed) => (self.listed, self.reading) = (listed, None),
                Err(TryRecvError::Empty) => ui.ctx().request_repaint(),
                Err(TryRecvError::Disconnected) => self.reading = None,
            }
        }
        let (mut go, mut chosen) = (None, None);
        ui.horizontal(|ui| {
            if ui.button("Up").on_hover_text("The folder around this one").clicked() {
                go = self.folder.parent().map(Path::to_owned);
            }
            let label = ui.label("Folder");
            let field = ui.add(egui::TextEdit::singleline(&mut self.typed).desired_width(ui.available_width()));
            let field = field.labelled_by(label.id).on_hover_text("Type or paste a path, and press Enter");
            begin(&field, &self.typed, fresh);
            if field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
                let typed = expanded(self.typed.trim());
                if typed.is_file() || self.wanted == Wanted::Sets && is_set(&typed) {
                    chosen = Some(typed);
                } else {
                    go = Some(typed);
                }
            }
        });
        let list = ScrollArea::vertical().max_height(most).min_scrolled_height(most.min(64.0));
        let list = list.auto_shrink([false, true]).show(ui, |ui| match &self.listed {
            Err(why) => _ = ui.label(why),
            Ok(entries) if entries.is_empty() && self.reading.is_none() => _ = ui.label("There is nothing here."),
            Ok(entries) => {
                for entry in entries {
                    let mark = if entry.is_set { "" } else { "/" };
                    let name = RichText::new(format!("{}{mark}", entry.name));
                    let name = if entry.is_set { name.strong() } else { name };
                    let row = ui.selectable_label(false, name);
                    let row = row.on_hover_text(if entry.is_set { "A set: open it" } else { "Look into this folder" });
                    if row.clicked() {
                        if entry.is_set && self.wanted == Wanted::Sets {
                            chosen = Some(entry.path.clone());
                        } else if entry.is_folder {
                            go = Some(entry.path.clone());
                        }
                    }
                }
            }
        });
        self.height = list.inner_rect.height();
        if let Some(folder) = go {
            self.enter(folder);
        }
        chosen
    }
}

/// A path as it was typed, `~` being the user's own folder.
fn expanded(typed: &str) -> PathBuf {
    let home = || std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    match typed.strip_prefix('~') {
        Some("") => home().unwrap_or_else(|| PathBuf::from(typed)),
        Some(rest) if rest.starts_with(['/', '\\']) => {
            home().map_or_else(|| PathBuf::from(typed), |home| home.join(rest.trim_start_matches(['/', '\\'])))
        }
        _ => PathBuf::from(typed),
    }
}

fn list(folder: &Path, wanted: Wanted) -> Listed {
    if wanted == Wanted::Folders && !folder.exists() {
        return Ok(Vec::new());
    }
    let read = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let entry = |entry: std::fs::DirEntry| {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let is_folder = path.is_dir();
        let alone = path.extension().is_some_and(|e| e == "toml" || e == "rhai");
        let is_set = if is_folder { is_set(&path) } else { alone && wanted == Wanted::Sets };
        (!name.starts_with('.') && (is_folder || is_set)).then_some(Entry { name, path, is_folder, is_set })
    };
    let mut entries: Vec<Entry> = read.flatten().filter_map(entry).take(LISTED).collect();
    entries.sort_by_key(|entry| (!entry.is_folder, entry.name.to_lowercase()));
    Ok(entries)
}

#[cfg(test)]
impl Places {
    /// A folder that is nowhere, with these in it, of which some are sets.
    pub(crate) fn bare(folder: &str, wanted: Wanted, names: &[(&str, bool)]) -> Places {
        let entry = |(name, is_set): &(&str, bool)| Entry {
            name: (*name).to_owned(),
            path: Path::new(folder).join(name),
            is_folder: true,
            is_set: *is_set,
        };
        let listed = Ok(names.iter().map(entry).collect());
        Places { folder: folder.into(), wanted, typed: folder.to_owned(), listed, reading: None, height: 0.0 }
    }
}

#[test]
fn the_users_own_folder_may_be_written_short() {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    let home = home.unwrap_or_else(|| PathBuf::from("~"));
    assert_eq!(expanded("~"), home);
    assert_eq!(expanded("~/sets/one"), home.join("sets/one"));
    assert_eq!(expanded("/~/one"), PathBuf::from("/~/one"));
    assert_eq!(expanded("~one"), PathBuf::from("~one"));
}
