//! Which files a set uses: samples, patches and notes, where they lie, and patches that contain themselves.

#[cfg(test)]
mod tests;

use crate::compile::FROZEN;
use crate::edit::{Edit, SetEdit};
use crate::{Patch, Set, Socket};
use bf_node::{Form, NodeSpec, ParamKind, ParamSpec, Registry, Value};
use core::fmt;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Sound.
    Sample,
    /// A reusable patch.
    Patch,
    /// Notes: a standard MIDI file.
    Notes,
}

/// A setting of a node that names a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileUse {
    /// The node and its setting.
    pub target: Socket,
    /// What the file is to hold.
    pub kind: FileKind,
    /// The path as it is written.
    pub written: String,
    /// Whether a hand has chosen the file over the one in the text.
    pub overridden: bool,
}

impl FileUse {
    /// The path in its one form.
    ///
    /// # Errors
    /// As [`normalise`].
    pub fn path(&self) -> Result<SetPath, BadPath> {
        normalise(&self.written)
    }
}

/// A path in its one form: forward slashes, no `.`, `..` or doubled slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SetPath {
    /// Relative to the set's folder, and in it.
    Inside(String),
    /// Anywhere on this machine. It plays here and is missing elsewhere, until `collect` brings it into the set.
    Absolute(String),
}

impl SetPath {
    /// The text.
    pub fn as_str(&self) -> &str {
        let (SetPath::Inside(path) | SetPath::Absolute(path)) = self;
        path
    }
}

/// A path that leads to no file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// `..` above the set's folder.
    #[error("\"{0}\" leads out of the set's folder; a file elsewhere needs its whole path")]
    Escapes(String),
    /// No name at all.
    #[error("\"{0}\" names no file")]
    Empty(String),
}

/// The one form of a path as it stands in a patch. Relative paths are relative to the set, also in its patch files.
///
/// # Errors
/// When it leads out of the set, or nowhere.
pub fn normalise(path: &str) -> Result<SetPath, BadPath> {
    let slashes = path.replace('\\', "/");
    let (root, rest) = split_root(&slashes);
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() || !root.is_empty() => {}
            ".." => return Err(BadPath::Escapes(path.to_owned())),
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(BadPath::Empty(path.to_owned()));
    }
    let joined = parts.join("/");
    if root.is_empty() && !split_root(&joined).0.is_empty() {
        return Err(BadPath::Escapes(path.to_owned())); // a drive's name behind `./`
    }
    Ok(if root.is_empty() { SetPath::Inside(joined) } else { SetPath::Absolute(format!("{root}{joined}")) })
}

/// The path under which a set lists a patch file, whichever way it is written; one that leads nowhere stays as it is.
pub fn one_form(path: &str) -> Cow<'_, str> {
    match normalise(path) {
        Ok(normal) if normal.as_str() != path => Cow::Owned(normal.as_str().to_owned()),
        _ => Cow::Borrowed(path),
    }
}

/// What makes a path absolute (`/`, `C:/`, `//` before a machine's name), and the rest.
fn split_root(path: &str) -> (&str, &str) {
    let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path.get(1..3) == Some(":/");
    let root = match path {
        p if p.starts_with("//") => 2,
        p if p.starts_with('/') => 1,
        _ if drive => 3,
        _ => 0,
    };
    path.split_at(root)
}

/// What the files hold that a param names, if it names any.
fn names_files(param: &ParamSpec) -> Option<FileKind> {
    match param.kind {
        ParamKind::Setting { form: Form::Sample | Form::Samples, .. } => Some(FileKind::Sample),
        ParamKind::Setting { form: Form::Patch, .. } => Some(FileKind::Patch),
        ParamKind::Setting { form: Form::Notes, .. } => Some(FileKind::Notes),
        _ => None,
    }
}

/// A setting that names files: where it stands, what they hold, its value, and whether a hand has chosen it.
type Naming<'a> = (Socket, FileKind, &'a Value, bool);

/// The settings of a patch that name files, node by node; unknown types are passed over.
fn namings<'a>(patch: &'a Patch, registry: &Registry) -> Vec<Naming<'a>> {
    let mut all = Vec::new();
    for (name, node) in &patch.nodes {
        let params: &[ParamSpec] = registry.get(&node.kind).map_or(&[], |spec: &NodeSpec| spec.params);
        for (param, kind) in params.iter().filter_map(|param| Some((param, names_files(param)?))) {
            let target = Socket { node: name.clone(), port: Some(param.name.into()) };
            let hand = patch.overrides.get(&target);
            let said = node.params.get(param.name).map(|value| (value, false));
            let said = said.into_iter().chain(hand.map(|value| (value, true)));
            all.extend(said.map(|(value, overridden)| (target.clone(), kind, value, overridden)));
        }
        if let Some(value) = node.params.get(FROZEN) {
            all.push((Socket::new(name.as_str(), FROZEN), FileKind::Sample, value, false));
        }
    }
    all
}

/// The files that a patch names, node by node. Empty texts name none; unknown types are passed over.
pub fn uses(patch: &Patch, registry: &Registry) -> Vec<FileUse> {
    let mut all = Vec::new();
    for (target, kind, value, overridden) in namings(patch, registry) {
        let one = |value: &Value| value.texts().map(str::to_owned).collect::<Vec<_>>();
        let texts = match value {
            // What plays in the place of a frozen node.
            Value::Table(entries) if target.port.as_ref().is_some_and(|port| port.as_str() == FROZEN) => {
                entries.iter().flat_map(|(_, value)| one(value)).collect()
            }
            value => one(value),
        };
        let named = texts.into_iter().filter(|text| !text.trim().is_empty());
        all.extend(named.map(|written| FileUse { target: target.clone(), kind, written, overridden }));
    }
    all
}

/// The patch files that a patch names, in their one form, for whoever loads a set file by file.
pub fn patch_files(patch: &Patch, registry: &Registry) -> BTreeSet<String> {
    let patches = uses(patch, registry).into_iter().filter(|u| u.kind == FileKind::Patch);
    patches.filter_map(|u| Some(u.path().ok()?.as_str().to_owned())).collect()
}

/// A use of a file whose path is worth a message: it leads out of the set, or is absolute.
#[derive(Clone, Debug, PartialEq)]
pub struct Outside {
    /// The patch file that names it; `None`: the main patch.
    pub file: Option<String>,
    /// Where and how.
    pub used: FileUse,
    /// What is wrong, unless the path is merely absolute.
    pub problem: Option<BadPath>,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.used.target)?;
        match &self.problem {
            Some(problem) => problem.fmt(f),
            None => write!(f, "\"{}\" lies outside the set; `collect` brings it in", self.used.written),
        }
    }
}

/// All uses of files that do not lie in the set.
pub fn outside(set: &Set, registry: &Registry) -> Vec<Outside> {
    let mut all = Vec::new();
    for (file, patch) in patches(set) {
        for used in uses(patch, registry) {
            let problem = match used.path() {
                Ok(SetPath::Inside(_)) => continue,
                Ok(SetPath::Absolute(_)) => None,
                Err(problem) => Some(problem),
            };
            all.push(Outside { file: file.cloned(), used, problem });
        }
    }
    all
}

/// The edits that make every use of some files name others: from old path to new, both in their one form.
pub fn relocate(set: &Set, registry: &Registry, moved: &BTreeMap<String, String>) -> Vec<SetEdit> {
    let mut edits = Vec::new();
    for (file, patch) in patches(set) {
        for (target, _, value, overridden) in namings(patch, registry) {
            let new = renamed(value, moved);
            if new == *value {
                continue;
            }
            let value = Some(new);
            let edit = match overridden {
                true => Edit::Override { target, value },
                false => Edit::SetParam { target, value },
            };
            edits.push(SetEdit { file: file.cloned(), edit });
        }
    }
    edits
}

/// A setting with the new names of its files.
fn renamed(value: &Value, moved: &BTreeMap<String, String>) -> Value {
    let path = |text: &str| normalise(text).map_or_else(|_| text.to_owned(), |path| path.as_str().to_owned());
    match value {
        Value::Text(text) => Value::Text(moved.get(&path(text)).unwrap_or(text).clone()),
        Value::List(list) => Value::List(list.iter().map(|item| renamed(item, moved)).collect()),
        Value::Table(table) => Value::Table(table.iter().map(|(k, v)| (k.clone(), renamed(v, moved))).collect()),
        other => other.clone(),
    }
}

/// The main patch, then the patch files.
fn patches(set: &Set) -> impl Iterator<Item = (Option<&String>, &Patch)> {
    core::iter::once((None, &set.main)).chain(set.files.iter().map(|(file, patch)| (Some(file), patch)))
}

/// A patch that contains itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a patch that contains itself: {}", .chain.join(" -> "))]
pub struct Cycle {
    /// The files from the first to the first again.
    pub chain: Vec<String>,
    /// In the last but one, the node that closes the circle.
    pub target: Socket,
}

/// Every patch file that contains itself, however deep. `main` is the path of the main patch in the set.
pub fn cycles(set: &Set, registry: &Registry, main: &str) -> Vec<Cycle> {
    let mut walk = Walk { set, registry, main, path: Vec::new(), done: BTreeSet::new(), found: Vec::new() };
    walk.visit(main);
    set.files.keys().for_each(|file| walk.visit(file));
    walk.found
}

struct Walk<'a> {
    set: &'a Set,
    registry: &'a Registry,
    main: &'a str,
    path: Vec<String>,
    done: BTreeSet<String>,
    found: Vec<Cycle>,
}

impl Walk<'_> {
    fn visit(&mut self, file: &str) {
        let set = self.set;
        let patch = if file == self.main { Some(&set.main) } else { set.files.get(file) };
        let Some(patch) = patch.filter(|_| !self.done.contains(file)) else { return };
        self.path.push(file.to_owned());
        for used in uses(patch, self.registry).into_iter().filter(|u| u.kind == FileKind::Patch) {
            let Ok(next) = used.path() else { continue };
            match self.path.iter().position(|above| above == next.as_str()) {
                Some(first) => {
                    let mut chain = self.path[first..].to_vec();
                    chain.push(next.as_str().to_owned());
                    self.found.push(Cycle { chain, target: used.target });
                }
                None => self.visit(next.as_str()),
            }
        }
        self.path.pop();
        self.done.insert(file.to_owned());
    }
}
