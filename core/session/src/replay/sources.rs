//! Files that a performance played, as they are now: what they held then is known by a number.

use crate::samples::{SampleStore, Wanted};
use bf_node::{NoteFile, Registry, Sample, SampleSource};
use bf_patch::Set;
use bf_patch::files::FileKind;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The files, each only where it was there.
pub(super) struct Sources {
    store: SampleStore,
    then: Mutex<BTreeMap<String, u64>>,
}

impl SampleSource for Sources {
    fn sample(&self, path: &str) -> Option<Arc<Sample>> {
        self.was_there(path).then(|| self.store.sample(path)).flatten()
    }

    fn notes(&self, path: &str) -> Option<Arc<NoteFile>> {
        self.was_there(path).then(|| self.store.notes(path)).flatten()
    }
}

impl Sources {
    pub(super) fn new(root: &Path, rate: u32) -> Sources {
        Sources { store: SampleStore::new(root, rate), then: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.then.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_there(&self, path: &str) -> bool {
        self.lock().get(path).is_some_and(|then| *then != 0)
    }

    /// The number of what a file held then.
    pub(super) fn version(&self, path: &str) -> u64 {
        self.lock().get(path).copied().unwrap_or(0)
    }

    /// Takes in what files hold from now on, as a set uses them; what is no longer so.
    pub(super) fn turn(&self, contents: &[(String, u64)], set: &Set, registry: &Registry) -> Vec<String> {
        self.lock().extend(contents.iter().cloned());
        let named: BTreeSet<&str> = contents.iter().filter(|(_, then)| *then != 0).map(|(path, _)| &**path).collect();
        if named.is_empty() {
            return Vec::new();
        }
        let patches = core::iter::once(&set.main).chain(set.files.values());
        let uses = patches.flat_map(|patch| bf_patch::files::uses(patch, registry));
        let wanted: BTreeSet<Wanted> = uses
            .filter(|used| used.kind != FileKind::Patch && named.contains(used.written.as_str()))
            .map(|used| (used.kind, used.written))
            .collect();
        let wanted: Vec<Wanted> = wanted.into_iter().collect();
        // What does not load holds something else.
        let _faults = self.store.load_now(&wanted);
        let differs = contents.iter().filter(|(path, then)| *then != 0 && self.store.version(path) != *then);
        differs.map(|(path, _)| path.clone()).collect()
    }
}
