//! Brings every file that a set uses into its folder, and makes the set name it there.

mod names;
mod stage;
#[cfg(test)]
mod tests;

use crate::folder::{Folder, OpenError};
use bf_media::hash::{bytes_hash, file_hash};
use bf_media::wav::Existing;
use bf_media::{Library, Owner};
use bf_node::Registry;
use bf_patch::files::{self, BadPath, FileKind, FileUse, SetPath};
use bf_patch::{Patch, Set};
use names::Names;
use stage::{Content, Stage};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is collected, and how.
#[derive(Clone, Debug)]
pub struct CollectRequest {
    /// The set.
    pub set: PathBuf,
    /// Whether a file of the set may be replaced where two names are taken already. Files that are alike stay.
    pub existing: Existing,
    /// Whether anything is written, or only told.
    pub dry: bool,
}

/// What was brought in, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Each file and where it goes, as the set names it.
    pub files: Vec<Brought>,
    /// Texts of the set that name files anew, and how many of their paths change.
    pub texts: Vec<(PathBuf, usize)>,
}

/// A file that is brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Where it lies.
    pub from: PathBuf,
    /// Where it goes, from the set's folder.
    pub to: String,
    /// It is there already: the set had one like it, or another path led to it.
    pub there: bool,
}

/// Why nothing was collected. The set is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The set cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Files that the set names cannot be read.
    #[error("{}\nnothing was changed", .0.join("\n"))]
    Unreadable(Vec<String>),
    /// Patches contain each other.
    #[error("{0}: nothing was changed")]
    Circle(String),
    /// Another file has the name that one would get.
    #[error("{}: another file has this name; move it away, or allow it to be replaced with --force. Nothing was changed", path.display())]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("{}: could not be written: {cause}. Nothing was changed", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
}

/// Collects a set: outside files are copied into `samples`, `clips` and `patches` of its folder, and paths are rewritten in its
/// texts, of which all else keeps its bytes. Samples of the user's own banks come along; what ships stays out.
///
/// Copies are written first, beside their names; then texts; then all get their names. Whatever fails before leaves
/// the set as it was.
///
/// # Errors
/// When the set or a file it names cannot be read, a name is taken, or writing fails.
pub fn collect(request: &CollectRequest, registry: &Registry) -> Result<Collected, CollectError> {
    let folder = Folder::open(&request.set, registry)?;
    let mut plan = Plan::new(&folder, registry, request.existing);
    let sources = plan.sources()?;
    plan.media(&sources)?;
    plan.patches(&sources)?;
    plan.texts();
    if !request.dry {
        plan.stage.write()?;
    }
    Ok(plan.done)
}

/// A file outside, by what the set calls it (in the one form of paths): where it lies and what it holds.
type Sources = BTreeMap<String, (PathBuf, FileKind)>;

struct Plan<'a> {
    folder: &'a Folder,
    registry: &'a Registry,
    set: Set,
    library: Library,
    names: Names,
    /// From what the set calls a file to what it will.
    moved: BTreeMap<String, String>,
    stage: Stage,
    done: Collected,
}

impl<'a> Plan<'a> {
    fn new(folder: &'a Folder, registry: &'a Registry, existing: Existing) -> Plan<'a> {
        let root = folder.root.clone();
        let library = Library::new(&root, crate::sounds::folder());
        let names = Names::new(&root, existing);
        let (set, moved) = (folder.set(), BTreeMap::new());
        Plan { folder, registry, set, library, names, moved, stage: Stage::default(), done: Collected::default() }
    }

    fn patches_of_set(&self) -> impl Iterator<Item = (Option<&String>, &Patch)> {
        core::iter::once((None, &self.set.main)).chain(self.set.files.iter().map(|(file, patch)| (Some(file), patch)))
    }

    /// Every outside file that the set names.
    fn sources(&self) -> Result<Sources, CollectError> {
        let main = self.folder.main.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        if let Some(circle) = files::cycles(&self.set, self.registry, &main).first() {
            return Err(CollectError::Circle(circle.to_string()));
        }
        let (mut sources, mut faults) = (Sources::new(), Vec::new());
        for (file, patch) in self.patches_of_set() {
            for used in files::uses(patch, self.registry) {
                let Some(from) = self.outside(&used) else { continue };
                if let Err(e) = file_hash(&from) {
                    let text = self.folder.text_of(file.map(String::as_str)).file();
                    faults.push(format!("{text}: {} names {}, which cannot be read: {e}", used.target, from.display()));
                }
                sources.insert(called(&used), (from, used.kind));
            }
        }
        if faults.is_empty() { Ok(sources) } else { Err(CollectError::Unreadable(faults)) }
    }

    /// Where the file of a use lies, if that is not in the set and not in the program.
    fn outside(&self, used: &FileUse) -> Option<PathBuf> {
        match used.path() {
            Ok(SetPath::Absolute(path)) => Some(PathBuf::from(path)),
            Ok(SetPath::Inside(_)) if used.kind == FileKind::Sample => {
                self.library.find(&used.written).ok().filter(|found| found.owner == Owner::User).map(|found| found.path)
            }
            Ok(SetPath::Inside(_)) | Err(BadPath::Empty(_)) => None,
            Err(BadPath::Escapes(path)) => Some(self.folder.root.join(path)),
        }
    }

    fn media(&mut self, sources: &Sources) -> Result<(), CollectError> {
        for (called, (from, kind)) in sources.iter().filter(|(_, (_, kind))| *kind != FileKind::Patch) {
            let folder = if *kind == FileKind::Notes { "clips" } else { "samples" };
            let hash =
                file_hash(from).map_err(|e| CollectError::Unreadable(vec![format!("{}: {e}", from.display())]))?;
            self.bring(called, from, folder, hash, || Content::File(from.clone()))?;
        }
        Ok(())
    }

    /// Outside patches, those within others first, as their names stand in the texts of the others.
    fn patches(&mut self, sources: &Sources) -> Result<(), CollectError> {
        let mut left: BTreeSet<&String> =
            sources.iter().filter(|(_, (_, kind))| *kind == FileKind::Patch).map(|(called, _)| called).collect();
        while !left.is_empty() {
            let ready = |called: &&&String| {
                let patch = self.file_called(called).and_then(|file| self.set.files.get(&file));
                let inner = patch.map(|p| files::uses(p, self.registry)).unwrap_or_default();
                !inner.iter().any(|u| u.kind == FileKind::Patch && left.contains(&self::called(u)))
            };
            // There is one: circles were told before.
            let Some(next) = left.iter().find(ready).copied() else { break };
            left.remove(next);
            let (from, _) = &sources[next];
            let Some(file) = self.file_called(next) else { continue };
            let (text, _) = self.rewritten(Some(&file));
            let hash = bytes_hash(text.as_bytes());
            self.bring(next, from, "patches", hash, || Content::Text(text.clone()))?;
        }
        Ok(())
    }

    /// The set's key of a patch file that is called so.
    fn file_called(&self, called: &str) -> Option<String> {
        let form = |file: &String| files::normalise(file).map_or_else(|_| file.clone(), |p| p.as_str().to_owned());
        self.set.files.keys().find(|file| form(file) == called).cloned()
    }

    fn bring(
        &mut self,
        called: &str,
        from: &Path,
        folder: &str,
        hash: [u8; 32],
        content: impl Fn() -> Content,
    ) -> Result<(), CollectError> {
        let name = self.names.find(from, folder, hash)?;
        if !name.there {
            self.stage.add(self.folder.root.join(&name.path), content());
        }
        self.moved.insert(called.to_owned(), name.path.clone());
        self.done.files.push(Brought { from: from.to_owned(), to: name.path, there: name.there });
        Ok(())
    }

    /// The text of a patch with every path that moves, and how many do.
    fn rewritten(&self, file: Option<&String>) -> (String, usize) {
        let mut text = self.folder.text_of(file.map(String::as_str)).clone();
        let mut patch = text.patch().clone();
        let edits = files::relocate(&self.set, self.registry, &self.moved);
        let edits = edits.into_iter().filter(|e| e.file.as_ref() == file);
        // A path in place of a path always fits.
        let count = edits.filter(|e| patch.apply(&e.edit).is_ok()).count();
        text.update_with(&patch, self.registry);
        (text.text().to_owned(), count)
    }

    /// The texts that stay where they are.
    fn texts(&mut self) {
        let files: Vec<Option<String>> = self.patches_of_set().map(|(file, _)| file.cloned()).collect();
        for file in files {
            let form = file.as_ref().and_then(|f| files::normalise(f).ok());
            let is_outside = file.is_some() && !matches!(form, Some(SetPath::Inside(_)));
            let (text, count) = self.rewritten(file.as_ref());
            if count > 0 && !is_outside {
                let path = file.as_ref().map_or_else(|| self.folder.main.clone(), |f| self.folder.root.join(f));
                self.stage.add(path.clone(), Content::Text(text));
                self.done.texts.push((path, count));
            }
        }
    }
}

/// What a set calls a file: the path in its one form, or as it is written.
fn called(used: &FileUse) -> String {
    used.path().map_or_else(|_| used.written.clone(), |path| path.as_str().to_owned())
}
