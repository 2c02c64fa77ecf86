//! A set goes on in another folder, which becomes its own: what plays is not touched.

use super::{Message, Session};
use crate::folder::Folder;
use crate::journal::Journal;
use crate::remote::Quant;
use crate::samples::Wanted;
use crate::write::write_whole;
use bf_store::{Draft, What};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Whether a history is kept from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepHistory {
    /// It is begun where the set lies.
    Yes,
    /// Nothing is kept.
    No,
}

impl Session {
    /// Modules of its scripts and files of its sounds and notes, wherever they lie.
    pub(crate) fn files_used(&self) -> Vec<PathBuf> {
        let root = &self.folder.root;
        let wanted = self.wanted();
        let modules = wanted.files.iter().map(|file| root.join(&**file).with_extension("rhai"));
        let media = self.media();
        media.iter().filter_map(|file| self.samples.file_of(file)).chain(modules).collect()
    }

    /// Files beside its texts that a set uses and that lie in its folder, by their paths there. A set that is a folder has
    /// all that lies in it besides.
    pub fn files_beside(&self) -> Vec<PathBuf> {
        let root = &self.folder.root;
        let used = self.files_used().into_iter();
        let inside =
            used.filter_map(|path| Some(path.strip_prefix(root).ok().filter(|path| is_inside(path))?.to_owned()));
        let mut files: Vec<PathBuf> = inside.filter(|path| root.join(path).is_file()).collect();
        files.sort();
        files.dedup();
        files
    }

    /// Where the history lies that is written: its folder, and the file where the set is a single one.
    pub fn history_place(&self) -> Option<(PathBuf, Option<String>)> {
        self.journal.place().filter(|_| self.journal.writes()).cloned()
    }

    /// Writes the set as it stands into another folder, with what is typed into its scripts, and goes on there: what was
    /// copied there before is its own from now on. Undo reaches as far as before, and so does the history, which goes
    /// along. Says which files it uses and does not find there.
    ///
    /// # Errors
    /// What cannot be written or read there; the set stays where it was.
    pub fn move_to(&mut self, to: &Path, keep: KeepHistory) -> Result<Vec<String>, String> {
        let (texts, used) = (self.texts_elsewhere()?, self.found());
        for (path, text) in &texts {
            let path = to.join(path);
            let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| write_whole(&path, text));
            made.map_err(|e| format!("{}: {e}", path.display()))?;
        }
        let mut folder = Folder::open(to, &self.registry).map_err(|e| e.to_string())?;
        if folder.script.is_some() {
            self.meet(&mut folder.text);
        }
        let left = core::mem::replace(&mut self.folder, folder);
        self.samples.move_to(&self.folder.root);
        self.scripts.move_to(&self.folder.root);
        self.gone.clear();
        self.options.keep_history = keep == KeepHistory::Yes;
        let drafts = core::mem::take(&mut self.drafts);
        self.go_on_with_history(&left, drafts);
        self.hands.changes += 1;
        Ok(self.lost(&left, &used))
    }

    /// Files beside its texts that a set uses and that are, or were, somewhere: what it calls them, and where.
    fn found(&self) -> Vec<(Used, PathBuf)> {
        let media = self.media().into_iter().filter_map(|file| {
            let path = self.samples.file_of(&file)?;
            (self.samples.holds(&file) || path.exists()).then_some((Used::Media(file), path))
        });
        let wanted = self.wanted();
        let modules = wanted.files.iter().map(|file| {
            let file = Path::new(&**file).with_extension("rhai");
            (Used::Module(file.clone()), self.folder.root.join(file))
        });
        media.chain(modules).collect()
    }

    /// What is said of files that are not where the set looks for them now.
    fn lost(&self, left: &Folder, used: &[(Used, PathBuf)]) -> Vec<String> {
        let mut lost = Vec::new();
        for (file, before) in used {
            let (name, now) = match file {
                Used::Media(file) => (file.1.clone(), self.samples.file_of(file)),
                Used::Module(file) => (file.display().to_string(), Some(self.folder.root.join(file))),
            };
            if now.is_none_or(|now| now.exists()) {
                continue;
            }
            let why = match before.strip_prefix(&left.root) {
                _ if !before.exists() => "it was not there any more",
                Ok(inner) if is_inside(inner) => "it was left behind",
                _ => "it lies outside of the set's folder",
            };
            lost.push(format!("{name} could not be copied: {why}; what was read of it sounds until the set is closed"));
        }
        lost
    }

    /// The texts of the set as it stands, by their paths in a folder of their own.
    fn texts_elsewhere(&self) -> Result<Vec<(PathBuf, String)>, String> {
        let single = self.folder.single.as_deref();
        let mut texts = Vec::new();
        if let Some(script) = self.folder.script.as_ref().filter(|script| single.is_some() || !script.exists()) {
            let name = script.strip_prefix(&self.folder.root).unwrap_or(script).to_string_lossy().replace('\\', "/");
            let text = match self.folder.read_script(script) {
                Ok((_, text)) => text,
                // A script that is gone is as it was heard last.
                Err(e) => self.text_that_plays(&name).ok_or_else(|| e.to_string())?.to_string(),
            };
            texts.push((PathBuf::from(name), text));
        }
        // What is typed comes after what the file says.
        texts.extend(self.texts_now());
        let main = self.folder.main.strip_prefix(&self.folder.root).unwrap_or(&self.folder.main);
        for (path, _) in &mut texts {
            if single.is_some() && *path == *main {
                *path = PathBuf::from("set.toml");
            } else if single.is_some_and(|single| *path == *single) {
                *path = PathBuf::from("live.rhai");
            }
        }
        Ok(texts)
    }

    /// Has the history go on in the folder as it is now, or begins one there where none was kept.
    fn go_on_with_history(&mut self, left: &Folder, drafts: BTreeMap<String, Draft>) {
        let moment = self.moment();
        let old = if self.options.keep_history && self.journal.writes() {
            let tape = self.controller.take_tape();
            self.journal.tape(tape, self.controller.keys(), moment);
            self.journal.go_on(&self.folder, moment)
        } else {
            Ok(None)
        };
        let goes_on = matches!(old, Ok(Some(_)));
        let old = match old {
            Ok(Some(old)) => old,
            Ok(None) => self.begin_history(),
            Err(why) => {
                let message =
                    "the history begins anew here, and what is played now can be rendered again only up to now, from";
                self.messages.push(Message::Problem(format!("{message} {}: {why}", left.root.display())));
                self.begin_history()
            }
        };
        if goes_on {
            // What was typed is in the files here.
            for draft in drafts.into_values() {
                self.write_down(|| What::Draft(Draft { text: Arc::clone(&draft.base), ..draft }));
            }
        }
        // What was evaluated is older than what the file says now.
        let script = self.folder.script.as_ref().and_then(|script| self.folder.read_script(script).ok());
        if let Some((file, text)) = script {
            self.write_script(&file, &text);
        }
        let main = self.folder.has_patch.then(|| self.folder.main.clone());
        let files = self.folder.files.keys().map(|file| self.folder.root.join(file));
        let saved: Vec<PathBuf> = main.into_iter().chain(files).collect();
        if saved.is_empty() {
            self.checkpoint();
        } else {
            self.write_saved(&saved);
        }
        // It is closed, which takes a while.
        let closing = std::thread::Builder::new().name("bf-history-ends".into()).spawn(move || drop(old));
        if let Err(e) = closing {
            self.messages.push(Message::Problem(format!("the history of the set before was not closed: {e}")));
        }
        self.messages.extend(self.journal.troubles());
    }

    /// Begins a history in the folder as it is now, with all that it needs to go on from here. The one before.
    fn begin_history(&mut self) -> Journal {
        let book = self.journal.book.clone();
        let (mut journal, old) = (Journal::default(), core::mem::take(&mut self.journal));
        if self.options.keep_history {
            (journal, _) = Journal::open(&self.folder, &mut self.messages);
            // What the engine was given before is not here: nothing can be rendered again from half of it.
            journal.without_tape();
        }
        self.journal = journal;
        self.journal.book = book;
        let state = self.scripts.state();
        let of: Vec<u64> = state.of.iter().map(|(request, _)| *request).collect();
        for request in &of {
            self.write_request_again(*request, Quant::Now);
        }
        let score = self.set.main.beside.score;
        if let (Some(request), Some(beat)) = (of.last().copied(), self.moment().beat) {
            self.write_down(|| What::Heard { request, score, beat, of });
        }
        old
    }
}

/// Whether a path from a folder leads to what lies in it.
fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// A file beside the texts of a set, as the set calls it.
enum Used {
    Media(Wanted),
    Module(PathBuf),
}
