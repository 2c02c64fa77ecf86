//! Files that belong to a set: what a command writes never takes their place.

use crate::folder::Folder;
use crate::session::Session;
use bf_node::Registry;
use bf_patch::files::uses;
use std::path::{Path, PathBuf};

/// Why a file is not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: this is a file of the set itself; name another file to write", .0.display())]
pub struct OwnFile(pub PathBuf);

/// Whether two paths lead to one file that is there.
fn is_one(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(a).is_some_and(|a| real(b) == Some(a))
}

impl Folder {
    /// Refuses to write over the set's texts, and the files that those name.
    ///
    /// # Errors
    /// That it is one of them.
    pub fn not_own(&self, out: &Path, registry: &Registry) -> Result<(), OwnFile> {
        let texts = core::iter::once(self.main.clone()).chain(self.files.keys().map(|file| self.root.join(file)));
        let patches = core::iter::once(&self.text).chain(self.files.values()).map(|text| text.patch());
        let named = patches.flat_map(|patch| uses(patch, registry)).map(|used| self.root.join(used.written));
        let is_own = texts.chain(self.script.clone()).chain(named).any(|own| is_one(&own, out));
        if is_own { Err(OwnFile(out.to_owned())) } else { Ok(()) }
    }
}

/// Refuses to write over the texts of a set, and the files that those name; of a set that cannot be read, over its main
/// file.
///
/// # Errors
/// That it is one of them.
pub fn not_own_file(set: &Path, out: &Path, registry: &Registry) -> Result<(), OwnFile> {
    match Folder::open(set, registry) {
        Ok(folder) => folder.not_own(out, registry),
        Err(_) if is_one(set, out) || is_one(&set.join("set.toml"), out) => Err(OwnFile(out.to_owned())),
        Err(_) => Ok(()),
    }
}

impl Session {
    /// Refuses to write over a file that the set has, its scripts' modules and sounds included.
    ///
    /// # Errors
    /// That it is one of them.
    pub fn not_own(&self, out: &Path) -> Result<(), OwnFile> {
        self.folder().not_own(out, self.registry())?;
        if self.files_used().iter().any(|own| is_one(own, out)) { Err(OwnFile(out.to_owned())) } else { Ok(()) }
    }
}
