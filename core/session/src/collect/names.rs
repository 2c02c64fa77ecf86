//! Names for files that come into a set: their own, or with a hash where that is taken.

use super::CollectError;
use bf_media::hash::file_hash;
use bf_media::wav::Existing;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who has which name.
pub(super) struct Names {
    root: PathBuf,
    /// The set's folder as the system knows it.
    real_root: Option<PathBuf>,
    existing: Existing,
    /// Names given so far, in lower case: not every system tells `Kick.wav` from `kick.wav`.
    given: BTreeMap<String, [u8; 32]>,
}

/// A name in the set.
pub(super) struct Name {
    /// From the set's folder, with `/`.
    pub(super) path: String,
    /// The file is there already.
    pub(super) there: bool,
}

impl Names {
    pub(super) fn new(root: &Path, existing: Existing) -> Names {
        let here = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        Names { root: root.to_owned(), real_root: here.canonicalize().ok(), existing, given: BTreeMap::new() }
    }

    /// The name for a file of this content in a folder of the set.
    ///
    /// # Errors
    /// When both its own name and the one with a hash belong to other files.
    pub(super) fn find(&mut self, from: &Path, folder: &str, hash: [u8; 32]) -> Result<Name, CollectError> {
        if let Some(path) = self.inside(from) {
            return Ok(Name { path, there: true });
        }
        let part = |p: Option<&std::ffi::OsStr>| p.map(|p| p.to_string_lossy().replace('\\', "_"));
        let stem = part(from.file_stem()).unwrap_or_else(|| "file".to_owned());
        let ending = part(from.extension()).map_or_else(String::new, |e| format!(".{e}"));
        let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let hashed = format!("{folder}/{stem}-{short}{ending}");
        for path in [format!("{folder}/{stem}{ending}"), hashed.clone()] {
            match self.given.get(&path.to_lowercase()) {
                Some(other) if *other == hash => return Ok(Name { path, there: true }),
                Some(_) => continue,
                None => {}
            }
            let file = self.root.join(&path);
            let there = file.exists();
            let alike = there && file_hash(&file).is_ok_and(|other| other == hash);
            let replaced = path == hashed && file.is_file() && self.existing == Existing::Replace;
            if !there || alike || replaced {
                self.given.insert(path.to_lowercase(), hash);
                return Ok(Name { path, there: alike });
            }
        }
        Err(CollectError::Taken { path: self.root.join(hashed) })
    }

    /// The path from the set's folder of a file that lies in it, though it was named from elsewhere.
    fn inside(&self, from: &Path) -> Option<String> {
        let from = from.canonicalize().ok()?;
        let path = from.strip_prefix(self.real_root.as_ref()?).ok()?;
        Some(path.to_string_lossy().replace('\\', "/"))
    }
}
