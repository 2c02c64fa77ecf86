//! A recording that the program did not live to end: where it lies, and how it is made whole.
//!
//! While something is recorded, a note says which files are being written. It lies among the user's data and not in the
//! set: a set may come from anybody, and its notes could name any file of the user. A note whose program is gone is found
//! when the set is next played.

use bf_media::wav::mend;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

/// Where the notes of one set lie.
#[derive(Clone, Debug)]
pub(super) struct Notes {
    /// None where this system has no place for a user's data: then nothing is noted.
    folder: Option<PathBuf>,
    /// What their names begin with, before the number of their program.
    begin: String,
}

impl Notes {
    /// Those of the set with this folder of its own.
    pub(super) fn of(folder: Option<&Path>, own: &Path) -> Notes {
        let set = own.parent().filter(|set| !set.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let set = set.canonicalize().unwrap_or_else(|_| set.to_owned());
        // FNV-1a: sets have notes apart.
        let bytes = set.as_os_str().as_encoded_bytes();
        let hash =
            bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3));
        Notes { folder: folder.map(Path::to_owned), begin: format!("{hash:016x}-") }
    }

    /// The note of a program.
    pub(super) fn path(&self, program: u32) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}{program}", self.begin)))
    }

    fn own(&self) -> Option<PathBuf> {
        self.path(std::process::id())
    }
}

/// The note of what is being recorded.
pub(super) struct Noted {
    notes: Notes,
    parts: Vec<String>,
    /// Locked as long as the program lives: its number may be another's by the time the note is found.
    note: Option<File>,
}

impl Noted {
    pub(super) fn new(notes: Notes) -> Noted {
        Noted { notes, parts: Vec::new(), note: None }
    }

    /// Notes a file that is being written. Without the note it is only harder to find.
    pub(super) fn add(&mut self, part: &Path) {
        let part = std::path::absolute(part).unwrap_or_else(|_| part.to_owned());
        self.parts.push(part.to_string_lossy().into_owned());
        if let (None, Some(path)) = (&self.note, self.notes.own()) {
            let _ = path.parent().map(std::fs::create_dir_all);
            let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path);
            self.note = opened.ok().filter(|note| note.try_lock().is_ok());
        }
        if let Some(note) = &mut self.note {
            let _ = note
                .set_len(0)
                .and_then(|()| note.rewind())
                .and_then(|()| note.write_all(self.parts.join("\n").as_bytes()));
        }
    }

    /// Nothing is recorded any more.
    pub(super) fn clear(&mut self) {
        if !core::mem::take(&mut self.parts).is_empty() {
            self.note = None;
            let _ = self.notes.own().map(std::fs::remove_file);
        }
    }
}

/// Makes whole what earlier programs left, gives it its name where that is free, and says where it is.
pub(super) fn make_whole(notes: &Notes) -> Vec<String> {
    let entries = notes.folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok());
    let mut said = Vec::new();
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(&notes.begin).is_none_or(|number| number.parse::<u32>().is_err()) || is_held(&entry.path())
        {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        let parts: Vec<PathBuf> = text.lines().map(PathBuf::from).filter(|part| part.is_file()).collect();
        said.extend(parts.iter().map(|part| whole(part)));
        let _ = std::fs::remove_file(entry.path());
    }
    said
}

/// Whether the program whose note it is still writes.
fn is_held(note: &Path) -> bool {
    File::open(note).is_ok_and(|note| matches!(note.try_lock(), Err(TryLockError::WouldBlock)))
}

fn whole(part: &Path) -> String {
    let frames = match mend(part) {
        Ok(frames) => frames,
        Err(why) => return format!("a recording was cut off, and cannot be made whole: {why}"),
    };
    // A hard link fails where the name is taken.
    let target = target(part).filter(|target| std::fs::hard_link(part, target).is_ok());
    if target.is_some() {
        let _ = std::fs::remove_file(part);
    }
    let at = target.as_deref().unwrap_or(part);
    format!("{}: this recording was cut off; {frames} frames of it are there", at.display())
}

/// `.song.wav.123.part` was to be `song.wav`.
fn target(part: &Path) -> Option<PathBuf> {
    let name = part.file_name()?.to_str()?.strip_prefix('.')?.strip_suffix(".part")?;
    let (name, _program) = name.rsplit_once('.')?;
    Some(part.with_file_name(name))
}
