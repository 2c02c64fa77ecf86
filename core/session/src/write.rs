//! Writing a file whole, where its name leads.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Links that lead to links, before they count as a circle.
const LINKS: usize = 40;

/// What a name stands for: where it is a link, the file that it leads to, which need not be there yet.
pub(crate) fn target(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(link) = fs::read_link(&path) else { break };
        path = path.parent().map_or_else(|| link.clone(), |folder| folder.join(&link));
    }
    path
}

/// A hidden name beside a file that no other process takes.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{ending}", std::process::id()))
}

/// Writes a file whole: beside it first, then renamed over it. Links stay links, and who may read it stays.
///
/// # Errors
/// What the system says; the file is then as it was.
pub fn write_whole(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let path = target(path);
    // A device or a folder of that name must not be replaced.
    if path.exists() && !path.is_file() {
        return Err(io::Error::other("there is something of this name that is not a file"));
    }
    let part = beside(&path, "part");
    let written = bf_media::fresh(&part)
        .and_then(|mut file| file.write_all(bytes.as_ref()))
        .and_then(|()| fs::metadata(&path).map_or(Ok(()), |old| fs::set_permissions(&part, old.permissions())))
        .and_then(|()| fs::rename(&part, &path));
    if written.is_err() {
        // What cannot be removed either is told by the first error.
        let _ = fs::remove_file(&part);
    }
    written
}
