//! A set goes on in another folder, which becomes its own: what plays is not touched.

use super::{Message, Session};
use crate::folder::Folder;
use crate::journal::Journal;
use crate::remote::Quant;
use crate::write::write_whole;
use bf_store::What;
use std::path::{Path, PathBuf};

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
        let inside = used.filter_map(|path| Some(path.strip_prefix(root).ok()?.to_owned()));
        let mut files: Vec<PathBuf> = inside.filter(|path| root.join(path).is_file()).collect();
        files.sort();
        files.dedup();
        files
    }

    /// Writes the set as it stands into another folder, with what is typed into its scripts, and goes on there: what was
    /// copied there before is its own from now on. Undo reaches as far as before; the history begins anew.
    ///
    /// # Errors
    /// What cannot be written or read there; the set stays where it was.
    pub fn move_to(&mut self, to: &Path, keep: KeepHistory) -> Result<(), String> {
        for (path, text) in self.texts_elsewhere()? {
            let path = to.join(path);
            let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| write_whole(&path, &text));
            made.map_err(|e| format!("{}: {e}", path.display()))?;
        }
        let mut folder = Folder::open(to, &self.registry).map_err(|e| e.to_string())?;
        if folder.script.is_some() {
            self.meet(&mut folder.text);
        }
        self.folder = folder;
        self.samples.move_to(&self.folder.root);
        self.scripts.move_to(&self.folder.root);
        self.gone.clear();
        self.drafts.clear();
        self.options.keep_history = keep == KeepHistory::Yes;
        self.begin_history();
        self.hands.changes += 1;
        Ok(())
    }

    /// The texts of the set as it stands, by their paths in a folder of their own.
    fn texts_elsewhere(&self) -> Result<Vec<(PathBuf, String)>, String> {
        let single = self.folder.single.as_deref();
        let mut texts = Vec::new();
        if let Some(script) = self.folder.script.as_ref().filter(|_| single.is_some()) {
            let (name, text) = self.folder.read_script(script).map_err(|e| e.to_string())?;
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

    /// Begins a history in the folder as it is now, with all that it needs to go on from here.
    fn begin_history(&mut self) {
        let book = self.journal.book.clone();
        let (mut journal, old) = (Journal::default(), core::mem::take(&mut self.journal));
        if self.options.keep_history {
            (journal, _) = Journal::open(&self.folder, &mut self.messages);
            // What the engine was given before is in the other history: nothing here can be rendered again from half of it.
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
        // What was evaluated is older than what the file says now.
        let script = self.folder.script.as_ref().and_then(|script| self.folder.read_script(script).ok());
        if let Some((file, text)) = script {
            self.write_script(&file, &text);
        }
        self.checkpoint();
        // It is closed, which takes a while.
        let closing = std::thread::Builder::new().name("bf-history-ends".into()).spawn(move || drop(old));
        if let Err(e) = closing {
            self.messages.push(Message::Problem(format!("the history of the set before was not closed: {e}")));
        }
        self.messages.extend(self.journal.troubles());
    }
}
