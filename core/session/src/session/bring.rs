//! Files that come into an open set: patches that are made of its nodes or dropped on it, and sounds.

use super::Session;
use crate::write::write_whole;
use bf_patch::{Name, TextPatch};
use std::path::{Path, PathBuf};

/// Where they lie in the set.
const PATCHES: &str = "patches";
const SAMPLES: &str = "samples";

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

    /// Copies a sound file into the set's `samples`, unless it lies in the set; answers its path there.
    ///
    /// # Errors
    /// What cannot be read or written, in the user's words.
    pub fn bring_sound(&mut self, from: &Path) -> Result<String, String> {
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Ok(inside) = whole(from).strip_prefix(whole(&self.folder.root)) {
            return Ok(inside.to_string_lossy().replace('\\', "/"));
        }
        let bytes = std::fs::read(from).map_err(|e| format!("{}: {e}", from.display()))?;
        let name = from.file_stem().unwrap_or_default().to_string_lossy();
        let ending = from.extension().unwrap_or_default().to_string_lossy();
        let (path, file) = self.place_for(SAMPLES, &name, &ending, &bytes)?;
        keep(&path, &bytes)?;
        Ok(file)
    }

    /// A file of a folder of the set that is not there yet, or holds the same; and its path in the set.
    fn place_for(&self, folder: &str, name: &str, ending: &str, bytes: &[u8]) -> Result<(PathBuf, String), String> {
        if let Some(why) = self.read_only() {
            return Err(format!("nothing is written into this set: {why}"));
        }
        let base: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let base = Some(base.trim_matches('-')).filter(|base| !base.is_empty()).unwrap_or("new").to_owned();
        for number in 1_u32.. {
            let name = if number == 1 { base.clone() } else { format!("{base}-{number}") };
            let file = format!("{folder}/{name}.{}", ending.to_lowercase());
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

/// Writes a file into its folder, which is made where it is not there.
fn keep(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| write_whole(path, bytes)).map_err(|e| format!("{}: {e}", path.display()))
}
