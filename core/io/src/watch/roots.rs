//! What is asked to be watched, and which folders must be watched for it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A file or folder that is asked for.
pub(super) struct Root {
    given: PathBuf,
    view: Option<View>,
}

/// How a root is watched at present.
#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    /// The folder that is watched, with every link in its name resolved.
    folder: PathBuf,
    /// The folder's identity: another folder may come to have its name.
    identity: Identity,
    reach: Reach,
}

/// How much of the folder the root is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reach {
    /// All of it, folders within included.
    Tree,
    /// Only the entry that has the root's name: a file, or something that is not there.
    Entry,
}

impl Root {
    pub(super) fn new(given: PathBuf) -> Root {
        Root { given, view: None }
    }

    /// Looks at the disk again; true when other folders must be watched than before.
    pub(super) fn refresh(&mut self) -> bool {
        let view = View::of(&self.given);
        let changed = view != self.view;
        self.view = view;
        changed
    }

    /// A path that the system reported, as seen from the root; `None` when it is not part of it, or not of interest.
    pub(super) fn own(&self, path: &Path) -> Option<PathBuf> {
        let view = self.view.as_ref()?;
        let inside = path.strip_prefix(&view.folder).ok()?;
        match view.reach {
            Reach::Tree if inside.as_os_str().is_empty() => Some(self.given.clone()),
            Reach::Tree => (!inside.components().any(|c| is_scratch(&c))).then(|| self.given.join(inside)),
            Reach::Entry => (Some(inside.as_os_str()) == self.given.file_name()).then(|| self.given.clone()),
        }
    }

    /// Whether a path is the root itself: what happens to it may change which folders must be watched.
    pub(super) fn is(&self, path: &Path) -> bool {
        path == self.given || self.view.as_ref().is_some_and(|view| path == view.folder)
    }

    /// Forgets how the root is watched when it was through this folder, which has gone. Another folder may have taken
    /// its name by now, and even its identity.
    pub(super) fn lose(&mut self, folder: &Path) {
        self.view.take_if(|view| view.folder == folder);
    }

    /// Every file of the root that exists.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(&self.given, &mut files);
        files
    }
}

impl View {
    /// `None` when not even the folder that would hold the root is there.
    fn of(given: &Path) -> Option<View> {
        let (folder, reach) = if given.is_dir() {
            (fs::canonicalize(given).ok()?, Reach::Tree)
        } else {
            // A file in the current folder has the empty path for a parent.
            let parent = given.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            (fs::canonicalize(parent).ok()?, Reach::Entry)
        };
        Some(View { identity: identity(&folder)?, folder, reach })
    }
}

/// The folders to watch for all roots, and whether with all that is in them; none lies within another.
pub(super) fn folders(roots: &[Root]) -> BTreeMap<PathBuf, bool> {
    let mut folders = BTreeMap::new();
    for view in roots.iter().filter_map(|root| root.view.as_ref()) {
        *folders.entry(view.folder.clone()).or_insert(false) |= view.reach == Reach::Tree;
    }
    let trees: Vec<PathBuf> = folders.iter().filter(|(_, tree)| **tree).map(|(folder, _)| folder.clone()).collect();
    folders.retain(|folder, _| !trees.iter().any(|tree| folder != tree && folder.starts_with(tree)));
    folders
}

/// Every file at or below a path.
pub(super) fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    // A link to a folder is not followed: it may lead round in a circle.
    let Ok(kind) = fs::symlink_metadata(path).map(|meta| meta.file_type()) else { return };
    if !kind.is_dir() {
        files.push(path.to_owned());
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        if !is_scratch_name(&entry.file_name()) {
            collect(&entry.path(), files);
        }
    }
}

fn is_scratch(part: &Component<'_>) -> bool {
    matches!(part, Component::Normal(name) if is_scratch_name(name))
}

/// Whether a name is hidden, or an editor's own.
fn is_scratch_name(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(unix)]
fn identity(folder: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(folder).ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
type Identity = Option<std::time::SystemTime>;
#[cfg(not(unix))]
fn identity(folder: &Path) -> Option<Identity> {
    fs::metadata(folder).ok().map(|meta| meta.created().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(path: PathBuf) -> Root {
        let mut root = Root::new(path);
        root.refresh();
        root
    }

    #[test]
    fn a_tree_owns_what_is_in_it_but_scratch_files() {
        let dir = tempfile::tempdir().unwrap();
        let (root, real) = (root(dir.path().to_owned()), fs::canonicalize(dir.path()).unwrap());
        assert_eq!(root.own(&real.join("a/b.toml")), Some(dir.path().join("a/b.toml")));
        for name in [".git/HEAD", "a/.live.rhai.swp", "live.rhai~", "#live.rhai#"] {
            assert_eq!(root.own(&real.join(name)), None, "{name}");
        }
        assert_eq!(root.own(Path::new("/elsewhere")), None);
    }

    #[test]
    fn a_file_owns_its_name_only_and_becomes_a_tree_when_it_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("set");
        let (mut root, real) = (root(path.clone()), fs::canonicalize(dir.path()).unwrap());
        assert_eq!(root.own(&real.join("set")), Some(path.clone()));
        assert_eq!(root.own(&real.join("set2")), None);
        assert!(!root.refresh());
        fs::create_dir(&path).unwrap();
        assert!(root.refresh());
        assert_eq!(root.own(&real.join("set/live.rhai")), Some(path.join("live.rhai")));
    }

    #[test]
    fn no_folder_is_watched_twice() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("set/patches")).unwrap();
        fs::create_dir_all(dir.path().join("other")).unwrap();
        let roots = ["set", "set/patches", "set/patches/kick.toml", "set/live.rhai", "other/a.wav", "other/b.wav"]
            .map(|name| root(dir.path().join(name)));
        let real = fs::canonicalize(dir.path()).unwrap();
        let expected = BTreeMap::from([(real.join("other"), false), (real.join("set"), true)]);
        assert_eq!(folders(&roots), expected);
    }
}
