//! The user's own patches: each in a folder with all that it needs, for any set.

use crate::bundle::{Bundle, Texts, read};
use crate::session::{Session, says_the_same};
use crate::write::write_whole;
use bf_node::{Kind, Registry};
use bf_patch::{Node, Set, Types};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file of a patch in its folder of the library.
pub(crate) const MAIN: &str = "patch.toml";
/// Patches that are listed at most.
const LISTED: usize = 5_000;

/// A patch of the user's library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelved {
    /// What it is called.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// The comment that its text begins with.
    pub about: String,
    /// The names of its controls.
    pub controls: Vec<String>,
    /// The names of its inputs and what they take; `None` where another patch says it.
    pub inputs: Vec<(String, Option<Kind>)>,
    /// The names of its outputs and what they carry.
    pub outputs: Vec<(String, Option<Kind>)>,
    /// Why it cannot be used, with its place.
    pub fault: Option<String>,
}

/// What became of a patch that was to be kept in the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// It lies there, under this name.
    New(String),
    /// It lies there under this name: the one that it has belongs to another.
    Renamed(String),
    /// The library has it already, under this name.
    There(String),
}

/// Lists the patches of a library: folders with a `patch.toml`, and single patch files. One that cannot be read is listed
/// with the reason. It is not for the thread that plays.
pub fn shelved(folder: &Path, registry: &Registry) -> Vec<Shelved> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(e) => {
            let fault = Some(format!("{}: {e}", folder.display()));
            return vec![Shelved { name: "patches".to_owned(), path: folder.to_owned(), fault, ..Shelved::default() }];
        }
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| shelved_at(path, registry)).take(LISTED).collect()
}

fn shelved_at(path: &Path, registry: &Registry) -> Option<Shelved> {
    let main = if path.is_dir() { path.join(MAIN) } else { path.to_owned() };
    let is_patch = if path.is_dir() { main.exists() } else { path.extension().is_some_and(|e| e == "toml") };
    let stem = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let name = stem?.to_string_lossy().into_owned();
    if !is_patch || name.starts_with('.') {
        return None;
    }
    let mut found = Shelved { name, path: main, ..Shelved::default() };
    match read(&found.path) {
        Ok(text) => {
            let patch = text.patch();
            found.about = about(text.text());
            found.controls = patch.controls.iter().map(|(name, _)| name.to_string()).collect();
            let files = BTreeMap::from([(MAIN.to_owned(), patch.clone())]);
            let set = Set { files, ..Set::default() };
            let types = Types::new(&set, registry);
            if let Some(ports) = types.of(&Node::new("patch").with("file", MAIN)) {
                let (inputs, outputs) =
                    (ports.inputs().into_iter().enumerate(), ports.outputs().into_iter().enumerate());
                found.inputs = inputs.map(|(i, name)| (name.to_owned(), types.input_kind(ports, i))).collect();
                found.outputs = outputs.map(|(i, name)| (name.to_owned(), types.output_kind(ports, i))).collect();
            }
        }
        Err(why) => found.fault = Some(why),
    }
    Some(found)
}

/// The first comment of a patch, before its first table.
pub(crate) fn about(text: &str) -> String {
    let head = text.lines().map(str::trim).take_while(|line| !line.starts_with('['));
    let comment = head.skip_while(|line| !line.starts_with('#')).take_while(|line| line.starts_with('#'));
    let words: Vec<&str> = comment.map(|line| line.trim_start_matches('#').trim()).collect();
    words.join(" ").trim().to_owned()
}

/// A patch of a set that is to be kept in the library.
#[derive(Debug)]
pub struct ToShelve {
    name: String,
    texts: Texts,
    registry: Arc<Registry>,
}

impl ToShelve {
    /// Writes it into a library with all that it needs. It takes a while: it is not for the thread that plays.
    ///
    /// # Errors
    /// What cannot be read or written, in the user's words; the library is as it was.
    pub fn keep(self, library: &Path) -> Result<Shelf, String> {
        let mut bundle = Bundle::of(self.name.clone(), self.texts, &self.registry)?;
        if let Some(missing) = bundle.missing().next() {
            return Err(format!("{} names {missing}, which is not there: find it, or take it out", self.name));
        }
        let part = library.join(format!(".{}.part", self.name));
        let written = write(&mut bundle, &part, &self.registry).and_then(|()| shelve(&part, library, &self.name));
        if part.exists() {
            // What there is of it is in nobody's way.
            let _ = fs::remove_dir_all(&part);
        }
        written
    }
}

/// Writes a bundle into a folder of its own.
fn write(bundle: &mut Bundle, folder: &Path, registry: &Registry) -> Result<(), String> {
    let wrong = |path: &Path, e: std::io::Error| format!("{}: {e}", path.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|e| wrong(folder, e))?;
    }
    fs::create_dir_all(folder).map_err(|e| wrong(folder, e))?;
    bundle.carry(folder)?;
    let keep = |name: &str, text: &str| {
        let inner = folder.join("patches");
        fs::create_dir_all(&inner).map_err(|e| wrong(&inner, e))?;
        let names = (1_u32..).map(|n| if n == 1 { format!("{name}.toml") } else { format!("{name}-{n}.toml") });
        let name = names.into_iter().find(|name| !inner.join(name).exists()).unwrap_or_default();
        write_whole(&inner.join(&name), text.as_bytes()).map_err(|e| wrong(&inner.join(&name), e))?;
        Ok(format!("patches/{name}"))
    };
    let text = bundle.settle(registry, keep)?;
    write_whole(&folder.join(MAIN), text.as_bytes()).map_err(|e| wrong(&folder.join(MAIN), e))
}

/// Puts a folder that is whole under its name, or the next one that is free.
fn shelve(part: &Path, library: &Path, name: &str) -> Result<Shelf, String> {
    for number in 1_u32..10_000 {
        let free = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
        let (to, file) = (library.join(&free), library.join(format!("{free}.toml")));
        if to.is_dir() && is_same(part, &to).unwrap_or(false) {
            return Ok(Shelf::There(free));
        }
        if !to.exists() && !file.exists() {
            fs::rename(part, &to).map_err(|e| format!("{}: {e}", to.display()))?;
            return Ok(if number == 1 { Shelf::New(free) } else { Shelf::Renamed(free) });
        }
    }
    Err(format!("there is no free name for {name} in {}", library.display()))
}

/// Whether two folders hold the same.
fn is_same(a: &Path, b: &Path) -> std::io::Result<bool> {
    let names = |folder: &Path| -> std::io::Result<Vec<std::ffi::OsString>> {
        let mut names: Vec<_> =
            fs::read_dir(folder)?.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_, _>>()?;
        names.sort();
        Ok(names)
    };
    let all = names(a)?;
    if all != names(b)? {
        return Ok(false);
    }
    for name in all {
        let (a, b) = (a.join(&name), b.join(&name));
        let same = match (a.is_dir(), b.is_dir()) {
            (true, true) => is_same(&a, &b)?,
            (false, false) => says_the_same(&a, &b)?,
            _ => false,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Session {
    /// A patch file of the set as it stands now, to be kept in the user's library.
    ///
    /// # Errors
    /// The set has no such patch.
    pub fn to_shelve(&self, file: &str) -> Result<ToShelve, String> {
        let text_of = |file: &str| {
            let patch = self.set().files.get(file)?;
            let mut text = self.folder().files.get(file)?.clone();
            text.update_with(patch, self.registry());
            Some(text)
        };
        let main = text_of(file).ok_or_else(|| format!("the set has no patch file {file}"))?;
        let inner = self.set().files.keys().filter(|other| *other != file);
        let inner = inner.filter_map(|other| Some((other.clone(), text_of(other)?))).collect();
        let root = self.folder().root.clone();
        let mut texts = Texts { root, main, inner };
        texts.only_needed(self.registry());
        let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(ToShelve { name, texts, registry: Arc::clone(self.registry()) })
    }

    /// Brings a patch into the set's `patches`, with those within it; its sounds were carried into the set's folder
    /// before. Answers its path in the set. An edit that names it may follow.
    ///
    /// # Errors
    /// What is wrong with a text, or cannot be written, in the user's words.
    pub fn bring_bundle(&mut self, mut bundle: Bundle) -> Result<String, String> {
        let registry = Arc::clone(self.registry());
        let name = bundle.name().to_owned();
        let text = bundle.settle(&registry, |name, text| self.bring_patch(name, text))?;
        self.bring_patch(&name, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::about;

    #[test]
    fn a_patch_is_explained_by_its_first_comment() {
        assert_eq!(
            about("beatforge = 1\n\n# A wobble,\n# from slow to fast.\n\n# More.\n[nodes]\n"),
            "A wobble, from slow to fast."
        );
        assert_eq!(about("# First\nbeatforge = 1\n# not this\n"), "First");
        assert_eq!(about("beatforge = 1\n[nodes]\n# a node\n"), "");
    }
}
