//! A patch file with all that it needs: out of a set or read from a disk, into another folder or another set.

use crate::session::bring_file;
use bf_media::{Library, Owner};
use bf_node::Registry;
use bf_patch::files::{self, FileKind, FileUse, SetPath};
use bf_patch::text::Diagnostic;
use bf_patch::{Set, TextPatch};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The longest text that is read as a patch, in bytes.
const LONGEST: u64 = 16 << 20;

/// The texts of a patch and of those within it, by the paths that they have in a set.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    /// The folder that their paths start from.
    pub(crate) root: PathBuf,
    pub(crate) main: TextPatch,
    pub(crate) inner: BTreeMap<String, TextPatch>,
}

/// A patch file with the patches, sounds and clips that it names.
#[derive(Debug)]
pub struct Bundle {
    name: String,
    texts: Texts,
    /// Sounds and clips by what the texts call them, and where they lie.
    media: BTreeMap<String, (PathBuf, FileKind)>,
    /// From what the texts call a file to what it is called where it was brought.
    moved: BTreeMap<String, String>,
    missing: BTreeSet<String>,
}

/// The first of some faults, with its place.
pub(crate) fn first(path: &Path, faults: &[Diagnostic]) -> String {
    let more = if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() };
    match faults.first() {
        Some(fault) => format!("{}:{}:{}: {}{more}", path.display(), fault.line, fault.column, fault.message),
        None => format!("{} is no patch", path.display()),
    }
}

/// Reads a patch file.
pub(crate) fn read(path: &Path) -> Result<TextPatch, String> {
    let wrong = |e: std::io::Error| format!("{}: {e}", path.display());
    let long = std::fs::metadata(path).map_err(wrong)?.len();
    if long > LONGEST {
        return Err(format!("{}: {} MB are too many for a patch", path.display(), long >> 20));
    }
    let text = std::fs::read_to_string(path).map_err(wrong)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    TextPatch::parse(&text, &name).map_err(|faults| first(path, &faults))
}

/// What a text calls a file: the path in its one form, or as it is written.
fn called(used: &FileUse) -> String {
    used.path().map_or_else(|_| used.written.clone(), |path| path.as_str().to_owned())
}

/// Where a path leads from a folder.
fn place(root: &Path, used: &FileUse) -> PathBuf {
    match used.path() {
        Ok(SetPath::Absolute(path)) => PathBuf::from(path),
        Ok(SetPath::Inside(path)) => root.join(path),
        Err(_) => root.join(&used.written),
    }
}

impl Texts {
    /// Reads a patch file and those that it names. Their paths start from its folder, or, where it lies among the
    /// patches of a set, from that set's.
    fn read(path: &Path, registry: &Registry) -> Result<Texts, String> {
        let main = read(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let above = folder.parent().filter(|_| folder.file_name().is_some_and(|name| name == "patches"));
        let root = above.unwrap_or(folder).to_owned();
        let mut texts = Texts { root, main, inner: BTreeMap::new() };
        let mut left = texts.patches(&texts.main, registry);
        while let Some((name, file)) = left.pop() {
            if texts.inner.contains_key(&name) {
                continue;
            }
            let text = read(&file).map_err(|why| format!("{} names a patch: {why}", path.display()))?;
            left.extend(texts.patches(&text, registry));
            texts.inner.insert(name, text);
        }
        Ok(texts)
    }

    /// The patches that a text names, and where they lie.
    fn patches(&self, text: &TextPatch, registry: &Registry) -> Vec<(String, PathBuf)> {
        let uses = files::uses(text.patch(), registry);
        let patches = uses.iter().filter(|used| used.kind == FileKind::Patch);
        patches.map(|used| (called(used), place(&self.root, used))).collect()
    }

    /// Leaves out patches that are not within the first.
    pub(crate) fn only_needed(&mut self, registry: &Registry) {
        let (mut needed, mut left) = (BTreeSet::new(), self.patches(&self.main, registry));
        while let Some((name, _)) = left.pop() {
            if let Some(text) = self.inner.get(&name).filter(|_| !needed.contains(&name)) {
                left.extend(self.patches(text, registry));
                needed.insert(name);
            }
        }
        self.inner.retain(|name, _| needed.contains(name));
    }

    fn all(&self) -> impl Iterator<Item = &TextPatch> {
        core::iter::once(&self.main).chain(self.inner.values())
    }
}

impl Bundle {
    /// Reads a patch file and finds all that it needs.
    ///
    /// # Errors
    /// What cannot be read, and what is wrong in which line, in the user's words.
    pub fn read(path: &Path, registry: &Registry) -> Result<Bundle, String> {
        let mut name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.file_name().is_some_and(|file| file == super::library::MAIN)
            && let Some(folder) = path.parent().and_then(Path::file_name)
        {
            name = folder.to_string_lossy().into_owned();
        }
        Bundle::of(name, Texts::read(path, registry)?, registry)
    }

    /// Finds all that some texts need.
    pub(crate) fn of(name: String, texts: Texts, registry: &Registry) -> Result<Bundle, String> {
        let inner = texts.inner.iter().map(|(file, text)| (file.clone(), text.patch().clone()));
        let set = Set { main: texts.main.patch().clone(), files: inner.collect() };
        if let Some(circle) = files::cycles(&set, registry, &format!("{name}.toml")).first() {
            return Err(circle.to_string());
        }
        let library = Library::new(&texts.root, crate::sounds::folder());
        let (mut media, mut missing) = (BTreeMap::new(), BTreeSet::new());
        let uses = texts.all().flat_map(|text| files::uses(text.patch(), registry));
        for used in uses.filter(|used| used.kind != FileKind::Patch) {
            let found = match (used.kind, library.find(&used.written)) {
                // The banks of the program and of the user are everywhere.
                (FileKind::Sample, Ok(found)) if found.owner != Owner::Set => continue,
                (FileKind::Sample, Ok(found)) => found.path,
                _ => place(&texts.root, &used),
            };
            if found.is_file() {
                media.insert(called(&used), (found, used.kind));
            } else {
                missing.insert(used.written);
            }
        }
        Ok(Bundle { name, texts, media, moved: BTreeMap::new(), missing })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sounds and clips that it names and that are not there.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.missing.iter().map(String::as_str)
    }

    /// Copies its sounds and clips into a folder, unless they lie there. Large ones take a while: it is not for the
    /// thread that plays.
    ///
    /// # Errors
    /// What cannot be read or written, in the user's words.
    pub fn carry(&mut self, root: &Path) -> Result<(), String> {
        for (called, (from, kind)) in &self.media {
            let folder = if *kind == FileKind::Notes { "clips" } else { "samples" };
            self.moved.insert(called.clone(), bring_file(root, from, folder, &mut |_| true)?);
        }
        Ok(())
    }

    /// Gives every patch within it to `keep`, under its name, those within others first, which answers what it is
    /// called from then on. Answers the text of the patch itself.
    pub(crate) fn settle(
        &mut self,
        registry: &Registry,
        mut keep: impl FnMut(&str, &str) -> Result<String, String>,
    ) -> Result<String, String> {
        let mut left: BTreeSet<String> = self.texts.inner.keys().cloned().collect();
        while !left.is_empty() {
            let names = |file: &String| {
                let text = self.texts.inner.get(file);
                text.map(|text| self.texts.patches(text, registry)).unwrap_or_default()
            };
            let is_ready = |file: &&String| names(file).iter().all(|(inner, _)| !left.contains(inner));
            // There is one: circles were told before.
            let Some(next) = left.iter().find(is_ready).cloned() else { break };
            left.remove(&next);
            let stem = Path::new(&next).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let Some(text) = self.texts.inner.get(&next) else { continue };
            let path = keep(&stem, &rewritten(text, &self.moved, registry))?;
            self.moved.insert(next, path);
        }
        Ok(rewritten(&self.texts.main, &self.moved, registry))
    }
}

/// A text with the new names of the files that it names.
fn rewritten(text: &TextPatch, moved: &BTreeMap<String, String>, registry: &Registry) -> String {
    let (mut text, mut patch) = (text.clone(), text.patch().clone());
    let alone = Set { main: patch.clone(), files: BTreeMap::new() };
    for edit in files::relocate(&alone, registry, moved) {
        // A path in place of a path always fits.
        let fits = patch.apply(&edit.edit);
        debug_assert!(fits.is_ok(), "{fits:?}");
    }
    text.update_with(&patch, registry);
    text.text().to_owned()
}
