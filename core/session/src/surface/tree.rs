//! All addresses of a set, in order.

use super::make::{Heard, entries};
use super::route::{Route, source_of};
use super::{Aim, Entry, Family, Travel};
use bf_io::osc::Pattern;
use bf_patch::{Control, Name, Socket};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every address of a set with all that is known of it: a pure function of what is heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// By address.
    entries: Vec<Entry>,
    /// Scenes and macros in the order of their names, for those who call them by number.
    scenes: Vec<Name>,
    macros: Vec<Name>,
    /// Where what does something stands: nodes have the addresses of tracks and macros, too.
    by_aim: BTreeMap<Aim, usize>,
    /// Mapped controls that show a param, and those that the main patch exposes.
    mapped: BTreeMap<Socket, Vec<usize>>,
    /// What the main patch exposes.
    controls: BTreeMap<Name, Control>,
}

/// How one tree differs from another, by addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Addresses that are new.
    pub added: Vec<Arc<str>>,
    /// Addresses that are gone.
    pub removed: Vec<Arc<str>>,
    /// Addresses of which something but the value has changed: type, range, help, access.
    pub changed: Vec<Arc<str>>,
    /// Addresses that read another value.
    pub moved: Vec<Arc<str>>,
}

impl Tree {
    /// Makes the tree.
    pub fn of(heard: &Heard<'_>) -> Tree {
        let mut entries = entries(heard);
        entries.sort_by(|a, b| a.address.cmp(&b.address));
        // Where two things share an address, such as a param called `note`, the first of them was declared as a param.
        entries.dedup_by(|b, a| a.address == b.address);
        let named = |pick: fn(&Family) -> Option<&Name>| {
            let mut names: Vec<Name> = entries.iter().filter_map(|e| pick(&e.family)).cloned().collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        let scenes = named(|f| if let Family::Scene(name) = f { Some(name) } else { None });
        let macros = named(|f| if let Family::Macro(name) = f { Some(name) } else { None });
        let by_aim = entries.iter().enumerate().map(|(at, e)| (e.aim.clone(), at)).collect();
        let controls = heard.main.controls.iter().cloned().collect();
        let mut tree = Tree { entries, scenes, macros, by_aim, mapped: BTreeMap::new(), controls };
        for (name, control) in &heard.main.controls {
            if let Some(at) = tree.place(&Aim::Control(name.clone())) {
                control.targets.iter().for_each(|to| tree.mapped.entry(to.clone()).or_default().push(at));
            }
        }
        for (source, mapping) in &heard.main.mappings {
            let of = source_of(source).and_then(|(address, _)| tree.place(&Aim::Mapped(address.into())));
            if let Some(at) = of {
                tree.mapped.entry(mapping.to.clone()).or_default().push(at);
            }
        }
        tree
    }

    /// The entries that show a param: in its own unit, from 0 to 1, and the controls that lead or are mapped to it.
    pub fn showing(&self, param: &Socket) -> impl Iterator<Item = &Entry> {
        let own = [Aim::Param(param.clone()), Aim::Norm(param.clone())];
        let own = own.into_iter().filter_map(|aim| self.by_aim.get(&aim).copied());
        own.chain(self.mapped.get(param).into_iter().flatten().copied()).map(|at| &self.entries[at])
    }

    /// Whether controls lead or are mapped to a param.
    pub(super) fn is_mapped(&self, param: &Socket) -> bool {
        self.mapped.contains_key(param)
    }

    /// A control that the main patch exposes.
    pub(crate) fn control(&self, name: &Name) -> Option<&Control> {
        self.controls.get(name)
    }

    /// The first param that an exposed control moves, and over which range it does.
    pub(crate) fn control_travel(&self, name: &Name) -> Option<(&Entry, Travel)> {
        let control = self.control(name)?;
        let first = self.aimed(&Aim::Param(control.targets.first()?.clone()))?;
        Some((first, Route::over(control, first).travel()))
    }

    /// All of them, by address.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of an address, also by the names that are not listed: a track or a macro by the address of its node,
    /// a scene or a macro by its number from 1 on.
    pub fn find(&self, address: &str) -> Option<&Entry> {
        self.exact(address).or_else(|| self.other(address))
    }

    /// The entry of an address as it is listed.
    pub fn exact(&self, address: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|e| (*e.address).cmp(address)).ok()?;
        Some(&self.entries[at])
    }

    /// The entry that does something; for a param, the one in its own unit or the one from 0 to 1.
    pub fn aimed(&self, aim: &Aim) -> Option<&Entry> {
        self.by_aim.get(aim).map(|at| &self.entries[*at])
    }

    fn other(&self, address: &str) -> Option<&Entry> {
        let nth = |names: &[Name], n: &str| names.get(n.parse::<usize>().ok()?.checked_sub(1)?).cloned();
        let mut parts = address.strip_prefix("/bf/")?.split('/');
        let (folder, name, rest) = (parts.next()?, parts.next()?, parts.next());
        let socket = |param: &str| Socket::new(name, param);
        let aim = match (folder, rest, parts.next()) {
            ("node", Some(param), None) => Aim::Param(socket(param)),
            ("macro", None, _) => Aim::Param(Socket { node: nth(&self.macros, name)?, port: Some(Name::new("value")) }),
            ("scene", Some("launch"), None) => Aim::Launch(Some(nth(&self.scenes, name)?)),
            _ => return None,
        };
        self.aimed(&aim)
    }

    /// The entries that a pattern matches, by address.
    pub fn matching<'a>(&'a self, pattern: &'a Pattern) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(|e| pattern.matches(&e.address))
    }

    /// The entries in a folder and its folders: `/bf/node/filter`, with or without a slash at its end.
    pub fn under(&self, folder: &str) -> &[Entry] {
        let folder = folder.trim_end_matches('/');
        let first = self.entries.partition_point(|e| &*e.address < folder);
        let is_in = |e: &Entry| {
            let rest = e.address.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // Between a folder and what is in it may lie names that only begin alike, such as `/bf/node/filter-2`.
        let begins = |e: &Entry| e.address.starts_with(folder);
        let last = first + self.entries[first..].partition_point(begins);
        let inside = &self.entries[first..last];
        let from = inside.iter().position(is_in).unwrap_or(inside.len());
        let until = inside.iter().rposition(is_in).map_or(from, |at| at + 1);
        &inside[from..until]
    }

    /// The names right below a folder, each once, in order: `node`, `norm`, … below `/bf`.
    pub fn children(&self, folder: &str) -> Vec<&str> {
        let folder = folder.trim_end_matches('/');
        let rest = |e: &'_ Entry| -> Option<usize> {
            let rest = e.address.strip_prefix(folder)?.strip_prefix('/')?;
            Some(e.address.len() - rest.len())
        };
        let mut names: Vec<&str> = Vec::new();
        for e in self.under(folder) {
            let Some(at) = rest(e) else { continue };
            let name = e.address[at..].split('/').next().unwrap_or_default();
            names.push(name);
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// How this tree differs from an older one.
    pub fn since(&self, old: &Tree) -> Diff {
        let mut diff = Diff::default();
        let (mut old, mut new) = (old.entries.iter().peekable(), self.entries.iter().peekable());
        loop {
            let address = |entry: Option<&&Entry>| entry.map(|entry| Arc::clone(&entry.address));
            let (was, is) = (address(old.peek()), address(new.peek()));
            match (was, is) {
                (None, None) => return diff,
                (Some(was), is) if is.as_ref().is_none_or(|is| was < *is) => {
                    diff.removed.push(was);
                    old.next();
                }
                (was, Some(is)) if was.as_ref().is_none_or(|was| is < *was) => {
                    diff.added.push(is);
                    new.next();
                }
                _ => {
                    let (Some(was), Some(is)) = (old.next(), new.next()) else { return diff };
                    if !was.is_like(is) {
                        diff.changed.push(Arc::clone(&is.address));
                    }
                    if was.value != is.value {
                        diff.moved.push(Arc::clone(&is.address));
                    }
                }
            }
        }
    }

    /// Gives an entry another value; false where there is no such entry or it reads that already.
    pub(super) fn set_value(&mut self, at: usize, value: Vec<super::Atom>) -> bool {
        match self.entries.get_mut(at) {
            Some(entry) if entry.value != value => {
                entry.value = value;
                true
            }
            _ => false,
        }
    }

    /// Where an entry stands.
    pub(super) fn place(&self, aim: &Aim) -> Option<usize> {
        self.by_aim.get(aim).copied()
    }
}

impl Entry {
    /// Whether both are the same but for the value.
    fn is_like(&self, other: &Entry) -> bool {
        let Entry { address, help, args, access, trust, value: _, family, aim, category, exposed } = self;
        (address, help, args, access, trust) == (&other.address, &other.help, &other.args, &other.access, &other.trust)
            && (family, aim, category, exposed) == (&other.family, &other.aim, &other.category, &other.exposed)
    }
}
