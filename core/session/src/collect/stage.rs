//! Files that are written together: all get their names, or none.

use super::CollectError;
use crate::write::{beside, target};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a file is to hold.
pub(super) enum Content {
    /// What another holds.
    File(PathBuf),
    /// A text.
    Text(String),
}

/// Files to be written, in order.
#[derive(Default)]
pub(super) struct Stage {
    files: Vec<(PathBuf, Content)>,
}

/// What has been made so far; dropped before its end, it takes all of it back.
#[derive(Default)]
struct Made {
    folders: Vec<PathBuf>,
    parts: Vec<PathBuf>,
    /// Files that have got their names, and what had them before.
    named: Vec<(PathBuf, Option<PathBuf>)>,
    done: bool,
}

impl Stage {
    pub(super) fn add(&mut self, path: PathBuf, content: Content) {
        self.files.push((target(&path), content));
    }

    /// Writes every file beside its name, then gives the names.
    ///
    /// # Errors
    /// Names the first that could not be written; everything is then as it was.
    pub(super) fn write(&self) -> Result<(), CollectError> {
        let mut made = Made::default();
        let failed = |path: &Path, e: io::Error| {
            let cause = match e.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "writing here is not permitted".to_owned()
                }
                _ => e.to_string(),
            };
            CollectError::Write { path: path.to_owned(), cause }
        };
        for (path, content) in &self.files {
            made.folder(path).and_then(|()| made.part(path, content)).map_err(|e| failed(path, e))?;
        }
        for (path, _) in &self.files {
            made.name(path).map_err(|e| failed(path, e))?;
        }
        made.done = true;
        Ok(())
    }
}

impl Made {
    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) else { return Ok(()) };
        self.folder(folder)?;
        fs::create_dir(folder)?;
        self.folders.push(folder.to_owned());
        Ok(())
    }

    fn part(&mut self, path: &Path, content: &Content) -> io::Result<()> {
        let part = beside(path, "part");
        self.parts.push(part.clone());
        let mut file = bf_media::fresh(&part)?;
        match content {
            Content::File(from) => io::copy(&mut File::open(from)?, &mut file).map(|_| ())?,
            Content::Text(text) => file.write_all(text.as_bytes())?,
        }
        // A full disk may show only now.
        file.sync_all()
    }

    fn name(&mut self, path: &Path) -> io::Result<()> {
        let mut before = None;
        if path.exists() {
            let old = beside(path, "old");
            // A link of this name is not written through.
            let _ = fs::remove_file(&old);
            fs::copy(path, &old)?;
            before = Some(old);
        }
        self.named.push((path.to_owned(), before));
        fs::rename(beside(path, "part"), path)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // Nothing can be done here about what cannot be taken back.
        for part in &self.parts {
            let _ = fs::remove_file(part);
        }
        for (path, before) in self.named.iter().rev() {
            let _ = match (self.done, before) {
                (true, Some(old)) => fs::remove_file(old),
                (true, None) => Ok(()),
                (false, Some(old)) => fs::rename(old, path),
                (false, None) => fs::remove_file(path),
            };
        }
        for folder in self.folders.iter().rev().filter(|_| !self.done) {
            let _ = fs::remove_dir(folder);
        }
    }
}
