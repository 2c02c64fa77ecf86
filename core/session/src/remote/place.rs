//! Which running set a file belongs to.

use std::path::{Path, PathBuf};

/// Folders looked at, from the file's upwards.
const DEPTH: usize = 6;

/// The folder of the running set that a file or folder belongs to: its own, or one above that says that a set plays.
/// Where there is none, its own.
pub fn folder_of(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let own = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
    let live = own.ancestors().take(DEPTH).find(|folder| folder.join(".beatforge/live").is_file());
    live.unwrap_or(own).to_owned()
}
