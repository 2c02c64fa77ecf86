//! Files that come into an open set: patches that are made of its nodes or dropped on it, and sounds.

use super::Session;
use crate::write::{beside, write_whole};
use bf_patch::{Name, TextPatch};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Where they lie in the set.
const PATCHES: &str = "patches";
const SAMPLES: &str = "samples";
/// Bytes that are compared at once, and copied.
const PIECE: usize = 1 << 16;
const COPIED: usize = 1 << 20;

impl Session {
    /// Puts a patch file into the set's `patches` under a name that is free, and reads it; answers its path in the set.
    /// The same text under that name is taken for what it is. An edit that names it may follow.
    ///
    /// # Errors
    /// What is wrong with the text, or cannot be written, in the user's words.
    pub fn bring_patch(&mut self, name: &str, text: &str) -> Result<String, String> {
        let (path, file) = self.place_for(PATCHES, name, "toml", text.as_bytes())?;
        let read = TextPatch::parse(text, &file).map_err(|faults| {
            faults
                .first()
                .map_or_else(|| format!("{name} is no patch"), |f| format!("{name}:{}: {}", f.line, f.message))
        })?;
        keep(&path, text.as_bytes())?;
        self.set.files.insert(file.clone(), read.patch().clone());
        self.folder.files.insert(file.clone(), read);
        // The history knows of it before an edit names it.
        self.checkpoint();
        self.hands.changes += 1;
        Ok(file)
    }

    /// A file of a folder of the set that is not there yet, or holds the same; and its path in the set.
    fn place_for(&self, folder: &str, name: &str, ending: &str, bytes: &[u8]) -> Result<(PathBuf, String), String> {
        if let Some(why) = self.read_only() {
            return Err(format!("nothing is written into this set: {why}"));
        }
        for file in names(folder, name, ending) {
            let path = self.folder.root.join(&file);
            let known =
                self.set.files.get(&file).is_some_and(|patch| *self.folder.text_of(Some(&file)).patch() != *patch);
            if !known && (!path.exists() || std::fs::read(&path).is_ok_and(|there| there == bytes)) {
                return Ok((path, file));
            }
        }
        Err(format!("there is no free name for {name}"))
    }

    /// A name for a node of a patch of the set that no node there has, nor any of a script.
    pub fn free_node(&self, file: Option<&str>, wish: &str) -> Name {
        let taken = |name: &str| self.set.patch(file).is_some_and(|patch| patch.has(name));
        let base: String =
            wish.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let base = base.trim_matches(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
        let base = base.trim_start_matches(|c: char| !c.is_ascii_lowercase());
        let base = Name::parse(base).map_or_else(|_| "node".to_owned(), |name| name.to_string());
        if !taken(&base) {
            return Name::new(&base);
        }
        let mut number = 2_u64;
        while taken(&format!("{base}{number}")) {
            number += 1;
        }
        Name::new(&format!("{base}{number}"))
    }
}

/// Copies a sound file into the `samples` of a set's folder, unless it lies in the set; answers its path there. A large
/// file takes a while: it is not for the thread that plays. `watch` hears how many bytes more are there, and answers
/// whether it goes on.
///
/// # Errors
/// What cannot be read or written, in the user's words, or that it was cancelled: then nothing of it is left.
pub fn bring_sound(root: &Path, from: &Path, watch: &mut dyn FnMut(u64) -> bool) -> Result<String, String> {
    bring_file(root, from, SAMPLES, watch)
}

/// As [`bring_sound`], for a file of any kind and its folder.
pub(crate) fn bring_file(
    root: &Path,
    from: &Path,
    folder: &str,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<String, String> {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    if let Ok(inside) = whole(from).strip_prefix(whole(root)) {
        return Ok(inside.to_string_lossy().replace('\\', "/"));
    }
    let of = |path: &Path, e: std::io::Error| format!("{}: {e}", path.display());
    let name = from.file_stem().unwrap_or_default().to_string_lossy();
    let ending = from.extension().unwrap_or_default().to_string_lossy();
    for file in names(folder, &name, &ending) {
        let path = root.join(&file);
        if path.exists() {
            if says_the_same(from, &path).map_err(|e| of(from, e))? {
                return Ok(file);
            }
            continue;
        }
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|e| of(&path, e))?;
        // Nobody reads half of it.
        let part = beside(&path, "part");
        let copied = copy(from, &part, watch).map_err(|e| of(from, e));
        let done = copied.and_then(|is_whole| match is_whole {
            true => std::fs::rename(&part, &path).map_err(|e| of(&path, e)),
            false => Err(format!("cancelled: {} was not copied", from.display())),
        });
        if done.is_err() {
            // What there is of it is in nobody's way.
            let _ = std::fs::remove_file(&part);
        }
        return done.map(|()| file);
    }
    Err(format!("there is no free name for {name}"))
}

/// Copies a file; whether to its end.
fn copy(from: &Path, to: &Path, watch: &mut dyn FnMut(u64) -> bool) -> std::io::Result<bool> {
    let (mut source, mut target) = (File::open(from)?, bf_media::fresh(to)?);
    let mut piece = vec![0; COPIED];
    loop {
        let len = source.read(&mut piece)?;
        if len == 0 {
            return std::fs::set_permissions(to, source.metadata()?.permissions()).map(|()| true);
        }
        target.write_all(&piece[..len])?;
        if !watch(len as u64) {
            return Ok(false);
        }
    }
}

/// Whether two files hold the same.
pub(crate) fn says_the_same(a: &Path, b: &Path) -> std::io::Result<bool> {
    let (mut a, mut b) = (File::open(a)?, File::open(b)?);
    if a.metadata()?.len() != b.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let len = a.read(&mut left)?;
        if len == 0 {
            return Ok(true);
        }
        b.read_exact(&mut right[..len])?;
        if left[..len] != right[..len] {
            return Ok(false);
        }
    }
}

/// Paths that a file of a name may have in a folder of the set, the nearest to it first.
pub(super) fn names(folder: &str, name: &str, ending: &str) -> impl Iterator<Item = String> {
    let base: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let base = Some(base.trim_matches('-')).filter(|base| !base.is_empty()).unwrap_or("new").to_owned();
    let (folder, ending) = (folder.to_owned(), ending.to_lowercase());
    (1_u32..).map(move |number| match number {
        1 => format!("{folder}/{base}.{ending}"),
        n => format!("{folder}/{base}-{n}.{ending}"),
    })
}

/// Writes a file into its folder, which is made where it is not there.
fn keep(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| write_whole(path, bytes)).map_err(|e| format!("{}: {e}", path.display()))
}
