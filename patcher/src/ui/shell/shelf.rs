//! The sounds that the browser lists, looked up on a thread of its own.

use bf_session::{Library, sounds};
use egui::Ui;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

/// Files that are listed of the user's folders, and how deep they are looked into.
const FILES: usize = 20_000;
const DEEP: usize = 6;
/// What sounds end with.
const ENDINGS: [&str; 9] = ["wav", "aif", "aiff", "flac", "ogg", "mp3", "m4a", "caf", "wave"];

/// Names, as patches write them, and what there is to say of them.
type Sounds = Vec<(String, String)>;

/// The sounds of a set, as the control thread has last listed them.
type Known = Arc<Sounds>;

#[derive(Default)]
pub(crate) struct Shelf {
    pub sounds: Sounds,
    /// Counts the lists that were read.
    pub serial: u64,
    /// The set, the folders, and what samplers of the set can play, of which it was read.
    of: Option<(PathBuf, Vec<PathBuf>, Known)>,
    looking: Option<Receiver<Sounds>>,
}

impl Shelf {
    /// Looks again where the set or the folders are others, or a sound was brought into the set.
    pub(crate) fn look(&mut self, ui: &Ui, root: &Path, folders: &[PathBuf], brought: &Known) {
        let is_same = |(of, known, had): &(PathBuf, Vec<PathBuf>, Known)| {
            of == root && known == folders && Arc::ptr_eq(had, brought)
        };
        if !self.of.as_ref().is_some_and(is_same) {
            self.of = Some((root.to_owned(), folders.to_vec(), Arc::clone(brought)));
            let (root, folders) = (root.to_owned(), folders.to_vec());
            let (tell, told) = sync_channel(1);
            std::thread::spawn(move || tell.send(find(&root, &folders)));
            self.looking = Some(told);
        }
        if let Some(looking) = &self.looking {
            match looking.try_recv() {
                Ok(sounds) => {
                    (self.sounds, self.looking) = (sounds, None);
                    self.serial += 1;
                }
                Err(TryRecvError::Empty) => ui.ctx().request_repaint(),
                Err(TryRecvError::Disconnected) => self.looking = None,
            }
        }
    }
}

fn find(root: &Path, folders: &[PathBuf]) -> Sounds {
    let mut found = Sounds::new();
    for (_, bank) in Library::new(root, sounds::folder()).banks().0 {
        for (sound, takes) in &bank.sounds {
            for take in 0..takes.len() {
                let take = if take == 0 { String::new() } else { format!(":{take}") };
                // With its bank, a name means the same whatever other banks there are.
                let name = format!("{}/{sound}{take}", bank.name);
                found.push((name, format!("of the bank {}", bank.name)));
            }
        }
    }
    let mut own = Vec::new();
    walk(&root.join("samples"), 0, &mut own);
    for path in own {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        found.push((name, "a file of this set".to_owned()));
    }
    for folder in folders {
        let mut files = Vec::new();
        walk(folder, 0, &mut files);
        let about = |path: &Path| path.parent().unwrap_or(folder).display().to_string();
        found.extend(files.iter().map(|path| (path.display().to_string(), about(path))));
    }
    found
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if files.len() >= FILES {
            return;
        }
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if path.is_dir() && depth < DEEP && !path.is_symlink() {
            walk(&path, depth + 1, files);
        } else if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            files.push(path);
        }
    }
}
