//! The files that a set uses.

use super::Session;
use crate::samples::Wanted;
use bf_patch::files::FileKind;
use std::collections::BTreeMap;
use std::path::PathBuf;

impl Session {
    /// Every file that the set uses: patches, samples and notes.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = vec![self.folder.main.clone()];
        files.extend(self.folder.files.keys().map(|f| self.folder.root.join(f)));
        files.extend(self.media().iter().filter_map(|f| self.samples.file_of(f)));
        files
    }

    /// Samples and notes that the set asks for.
    pub(super) fn media(&self) -> Vec<Wanted> {
        let patches = core::iter::once(&self.set.main).chain(self.set.files.values());
        let patches = patches.chain([&self.scripts.layer.patch]).chain(self.scripts.layer.files.values());
        let uses = patches.flat_map(|patch| bf_patch::files::uses(patch, &self.registry));
        let mut wanted: Vec<Wanted> =
            uses.filter(|used| used.kind != FileKind::Patch).map(|used| (used.kind, used.written)).collect();
        wanted.sort();
        wanted.dedup();
        wanted
    }

    /// Sounds and MIDI files that the set names and that could not be read, by the name that the set gives them, and why.
    pub fn unread(&self) -> BTreeMap<String, String> {
        let why = |file: &Wanted| Some((file.1.clone(), self.samples.error(file)?));
        self.media().iter().filter_map(why).collect()
    }

    /// Whether all waits until samples are loaded: in a render, and while a set is opened.
    pub(super) fn waits_for_samples(&self) -> bool {
        self.options.wait_for_scripts || self.controller.shared().status().blocks == 0
    }

    pub(super) fn load_samples(&mut self) {
        let paths = self.media();
        if self.options.wait_for_samples && self.waits_for_samples() {
            let faults = self.samples.load_now(&paths);
            self.tell_files(&faults);
        } else {
            self.samples.load_soon(&paths);
        }
    }
}
