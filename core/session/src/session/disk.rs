//! A set and its files: what was changed outside comes in, what was changed here goes out.

use super::{Message, Session};
use crate::folder::{OpenError, read_patch};
use crate::write::write_whole;
use bf_patch::files::{FileKind, one_form};
use bf_patch::{Beside, Edit, SetEdit, TextPatch};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long saving waits for the history; a disk that stands still does not keep files from being written.
const FLUSH: Duration = Duration::from_secs(1);

/// Whether two paths lead to one file.
fn same(a: &Path, b: &Path) -> bool {
    a == b || a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}

impl Session {
    /// The texts of the set: the main one, then patch files.
    fn texts(&self) -> Vec<Option<String>> {
        core::iter::once(None).chain(self.folder.files.keys().cloned().map(Some)).collect()
    }

    fn path_of(&self, file: Option<&str>) -> PathBuf {
        file.map_or_else(|| self.folder.main.clone(), |file| self.folder.root.join(file))
    }

    /// Writes what has changed into the set's files, keeping everything else of them, and files that were removed since
    /// they were read. What was changed outside is merged in first, as by [`Session::reload`].
    ///
    /// # Errors
    /// A file that was changed outside and has faults now: nothing is written. Or what the system says; what was
    /// written before stays written.
    pub fn save(&mut self) -> Result<Vec<PathBuf>, OpenError> {
        if let Some(why) = self.read_only() {
            return Err(OpenError::Read { path: self.folder.main.clone(), cause: format!("not written: {why}") });
        }
        self.merge_before_writing()?;
        // Files are never ahead of the history: what a kill leaves is one and the same.
        let _stuck = self.journal.flush(FLUSH);
        let (mut written, mut stopped) = (Vec::new(), Ok(()));
        let registry = Arc::clone(&self.registry);
        let root = self.folder.root.clone();
        let main = self.to_save(None).map(Cow::into_owned);
        let texts = self.folder.files.iter_mut().map(|(k, t)| (root.join(k), t, self.set.files.get(k)));
        let main = core::iter::once((self.folder.main.clone(), &mut self.folder.text, main.as_ref()));
        for (path, text, patch) in main.chain(texts) {
            let is_gone = self.gone.contains(&path);
            let Some(patch) = patch.filter(|p| *p != text.patch() || is_gone) else { continue };
            // What is not on the disk is no base for what will be read from there.
            let mut next = text.clone();
            next.update_with(patch, &registry);
            if let Err(e) = write_whole(&path, next.text()) {
                let has_folder = root.exists();
                let hint =
                    if has_folder { "" } else { ": the set's folder is gone; \"Save as\" keeps the set elsewhere" };
                stopped = Err(OpenError::Read { path, cause: format!("{e}{hint}") });
                break;
            }
            *text = next;
            written.push(path);
        }
        self.write_saved(&written);
        stopped.map(|()| written)
    }

    /// The texts of the set as they would be saved now, with what is typed into scripts, by their paths from its folder.
    /// Nothing is written.
    pub fn texts_now(&self) -> Vec<(PathBuf, String)> {
        let registry = &self.registry;
        let mut texts = Vec::new();
        for file in self.texts() {
            let (mut text, patch) = (self.folder.text_of(file.as_deref()).clone(), self.to_save(file.as_deref()));
            let changed = patch.filter(|patch| **patch != *text.patch());
            if file.is_none() && !self.folder.has_patch && changed.is_none() {
                continue;
            }
            if let Some(patch) = changed {
                text.update_with(&patch, registry);
            }
            let path = self.path_of(file.as_deref());
            let path = path.strip_prefix(&self.folder.root).unwrap_or(&path).to_owned();
            texts.push((path, text.text().to_owned()));
        }
        texts.extend(self.drafts.values().map(|draft| (PathBuf::from(&draft.file), draft.text.to_string())));
        texts
    }

    /// Takes in what others wrote into the files that are about to be written.
    fn merge_before_writing(&mut self) -> Result<(), OpenError> {
        let (mut read, mut edits) = (Vec::new(), 0);
        for file in self.texts() {
            let (file, path) = (file.as_deref(), self.path_of(file.as_deref()));
            let text = self.folder.text_of(file);
            let ours = self.differs(file);
            if ours && std::fs::read(&path).is_ok_and(|bytes| bytes != text.text().as_bytes()) {
                edits += self.merge_file(file, &path)?;
                read.push(path);
            }
        }
        if !read.is_empty() {
            self.came_in(read, edits);
        }
        Ok(())
    }

    /// Reads files that were changed outside and merges them in. What is broken is told and changes nothing; what is
    /// gone is told once and plays on.
    pub fn reload(&mut self, changed: &[PathBuf]) {
        let mut edits = 0;
        let mut read = Vec::new();
        let has_changed = |path: &Path| changed.iter().any(|c| same(c, path));
        for file in self.texts() {
            let (file, path) = (file.as_deref(), self.path_of(file.as_deref()));
            if file.is_none() && !self.folder.has_patch && !path.exists() {
                continue;
            }
            let plays = path.exists() || self.uses_patch(file);
            let Some(back) = self.is_there(&path, plays) else { continue };
            if !back && (!has_changed(&path) || self.is_as_read(file, &path)) {
                continue;
            }
            match self.merge_file(file, &path) {
                Ok(n) => {
                    edits += n;
                    self.broken.remove(&path);
                    read.push(path);
                }
                Err(e) => {
                    self.broken.insert(path);
                    self.fault(e);
                }
            }
        }
        for sample in self.media() {
            let Some(path) = self.samples.file_of(&sample) else { continue };
            let Some(back) = self.is_there(&path, self.samples.holds(&sample)) else { continue };
            if back || has_changed(&path) {
                self.samples.changed(&sample);
                self.samples.load_soon(&[sample]);
                read.push(path);
            }
        }
        self.reload_script(has_changed);
        read.extend(self.reload_texts(has_changed));
        self.came_in(read, edits);
    }

    /// Whether a file says what it said when it was last read or written, and there was nothing wrong with it since.
    fn is_as_read(&self, file: Option<&str>, path: &Path) -> bool {
        let text = self.folder.text_of(file).text();
        !self.broken.contains(path) && std::fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
    }

    /// `None` when a file is gone, which is told once if it `plays`; otherwise whether it had been and is back.
    pub(super) fn is_there(&mut self, path: &Path, plays: bool) -> Option<bool> {
        if path.exists() {
            return Some(self.gone.remove(path));
        }
        if plays && self.gone.insert(path.to_owned()) {
            let message = "is not there any more; it plays on as last read, and is read again once it is back";
            self.messages.push(Message::Problem(format!("{}: {message}", path.display())));
        }
        None
    }

    /// Whether the set plays what a file holds; it always plays the main one.
    fn uses_patch(&self, file: Option<&str>) -> bool {
        let patches = core::iter::once(&self.set.main).chain(self.set.files.values());
        let mut uses = patches.flat_map(|patch| bf_patch::files::uses(patch, &self.registry));
        file.is_none_or(|file| uses.any(|used| used.kind == FileKind::Patch && one_form(&used.written) == file))
    }

    /// Goes on with what was read: files that it names, a plan, samples.
    fn came_in(&mut self, read: Vec<PathBuf>, edits: usize) {
        // A file that was missing may have come.
        let missing = self.folder.files.len();
        if let Err(e) = self.folder.read_files(&self.registry) {
            self.fault(e);
        }
        for (k, t) in &self.folder.files {
            self.set.files.entry(k.clone()).or_insert_with(|| t.patch().clone());
        }
        if self.folder.files.len() > missing || edits > 0 {
            self.dirty = true;
            self.relayer(None);
        }
        if !read.is_empty() {
            // What the files say now is what later changes of them are compared with.
            self.checkpoint();
            self.messages.push(Message::Reloaded { files: read, edits });
        }
        self.samples.load_soon(&self.media());
        self.poll();
    }

    fn fault(&mut self, e: OpenError) {
        match e {
            OpenError::Faults(list) => self.messages.extend(list.into_iter().map(Message::Fault)),
            other => self.messages.push(Message::Problem(other.to_string())),
        }
    }

    /// Lets a text name what scripts play, or are to play.
    pub(super) fn meet(&mut self, text: &mut TextPatch) {
        let beside = &mut self.set.main.beside;
        let mut guests = (*beside.guests).clone();
        guests.extend(text.patch().strangers());
        beside.guests = Arc::new(guests);
        text.set_beside(beside);
    }

    /// Merges a file as it stands now into the set; returns the number of edits.
    fn merge_file(&mut self, file: Option<&str>, path: &Path) -> Result<usize, OpenError> {
        let open = file.is_none() && self.folder.script.is_some();
        let mut fresh = read_patch(path, &Beside { open, ..Beside::default() })?;
        if open {
            self.meet(&mut fresh);
        }
        let mut base = Cow::Borrowed(self.folder.text_of(file).patch());
        if open {
            base.to_mut().beside = self.set.main.beside.clone();
        }
        let base = &*base;
        let Some(ours) = self.set.patch(file) else { return Ok(0) };
        let merged = bf_patch::merge(base, ours, fresh.patch());
        let edits = merged.edits;
        self.messages.extend(merged.conflicts.iter().map(|c| Message::Problem(c.to_string())));
        let count = edits.len();
        if count > 0 {
            let edit = SetEdit { file: file.map(str::to_owned), edit: Edit::Batch(edits) };
            let label = format!("reload {}", path.display());
            let applied = self.history.apply(&mut self.set, &edit, &label, None);
            applied.map_err(|e| OpenError::Read { path: path.to_owned(), cause: e.to_string() })?;
            self.write_edit(&edit, &label, None);
        }
        match file {
            None => self.folder.text = fresh,
            Some(f) => {
                self.folder.files.insert(f.to_owned(), fresh);
            }
        }
        Ok(count)
    }
}
