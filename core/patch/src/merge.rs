//! Bringing a changed file and a patch that was changed by hand together.

mod ordered;
#[cfg(test)]
mod tests;

use crate::diff::{diff, find_renames};
use crate::edit::Edit;
use crate::text::Place;
use crate::{Cable, Name, Node, Patch, Socket};
use bf_node::Value;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// What a merge comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// What leads from our patch to the merged one.
    pub edits: Vec<Edit>,
    /// What both sides changed, and in which way our side lost.
    pub conflicts: Vec<Conflict>,
}

/// A thing that both sides changed. The file has won; what stood here can be had back by undo.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// What it is.
    pub place: Place,
    /// What it was here; `None`: it had been removed here.
    pub ours: Option<String>,
    /// What the file says; `None`: the file does not have it.
    pub theirs: Option<String>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.ours, &self.theirs) {
            (Some(ours), Some(theirs)) => {
                write!(f, "{}: the file says {theirs}; {ours} is in the history", self.place)
            }
            (None, Some(theirs)) => write!(f, "{}: removed here, but the file says {theirs}", self.place),
            (Some(ours), None) => write!(f, "{}: gone from the file; {ours} is in the history", self.place),
            (None, None) => write!(f, "{}: gone", self.place),
        }
    }
}

/// Merges three ways. `base` is the text last read or written, `ours` what plays, `theirs` what the file says now.
///
/// - What one side changed is changed. Where both changed one value, the file wins.
/// - A node that the file removed goes, with cables that were laid to it here. A node that was removed here comes
///   back if the file changed it, or refers to it anew.
/// - A node renamed on one side keeps what the other side did to it.
/// - An override stays while the text's value stays. Where the file gives the param another value, the file is heard
///   and the override goes, unless the file's own `[overrides]` changed too.
/// - Lists keep the order of the side that changed it; the file's where both did.
///
/// All three are well formed ([`Patch::check`]), and so is the merged patch. If one side alone has changed, it is that
/// side, overrides aside.
pub fn merge(base: &Patch, ours: &Patch, theirs: &Patch) -> Merge {
    let mut sides = Sides {
        base: base.clone(),
        ours: ours.clone(),
        theirs: theirs.clone(),
        edits: Vec::new(),
        conflicts: Vec::new(),
    };
    sides.rename();
    let here = sides.ours.clone();
    sides.remove();
    let merged = sides.merged();
    let Sides { mut edits, conflicts, .. } = sides;
    edits.extend(diff(&here, &merged));
    Merge { edits, conflicts }
}

/// The three patches, brought nearer to each other step by step.
struct Sides {
    base: Patch,
    ours: Patch,
    theirs: Patch,
    edits: Vec<Edit>,
    conflicts: Vec<Conflict>,
}

/// What one side made of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Winner {
    Ours,
    Theirs,
    /// Theirs, over a change of ours.
    Conflict,
}

/// Whose value counts.
fn three<T: PartialEq>(base: &T, ours: &T, theirs: &T) -> Winner {
    if theirs == base || theirs == ours {
        Winner::Ours
    } else if ours == base {
        Winner::Theirs
    } else {
        Winner::Conflict
    }
}

impl Sides {
    fn conflict(&mut self, place: Place, ours: Option<String>, theirs: Option<String>) {
        self.conflicts.push(Conflict { place, ours, theirs });
    }

    /// Gives a node that one side renamed its new name on all sides.
    fn rename(&mut self) {
        let mut here: BTreeMap<Name, Name> = find_renames(&self.base, &self.ours).into_iter().collect();
        for (from, to) in find_renames(&self.base, &self.theirs) {
            let now = here.remove(&from).unwrap_or_else(|| from.clone());
            let edit = Edit::RenameNode { from: now.clone(), to: to.clone() };
            if now != to && self.ours.apply(&edit).is_ok() {
                if now != from {
                    self.conflict(Place::Node(to.clone()), Some(now.to_string()), Some(to.to_string()));
                }
                self.edits.push(edit);
                let _ = self.base.apply(&Edit::RenameNode { from, to });
            } else if now == to {
                let _ = self.base.apply(&Edit::RenameNode { from, to });
            }
        }
        for (from, to) in here {
            let edit = Edit::RenameNode { from, to };
            // Where one of the two cannot be renamed, neither is: the node went and another came.
            let mut theirs = self.theirs.clone();
            if theirs.apply(&edit).is_ok() && self.base.apply(&edit).is_ok() {
                self.theirs = theirs;
            }
        }
    }

    /// Removes the nodes that one side removed from the other two, with all that refers to them, so that what is left
    /// hangs together on every side.
    fn remove(&mut self) {
        let theirs_anew = fresh(&self.base, &self.theirs);
        let ours_anew = fresh(&self.base, &self.ours);
        let names: Vec<Name> = self.base.nodes.keys().cloned().collect();
        for name in names {
            let remove = Edit::RemoveNode { name: name.clone() };
            match (self.ours.nodes.get(&name), self.theirs.nodes.get(&name)) {
                (Some(_), Some(_)) => {}
                (None, None) => drop(self.base.apply(&remove)),
                (Some(node), None) => {
                    if ours_anew.contains(&name) {
                        let kind = node.kind.clone();
                        self.conflict(Place::Node(name), Some(kind), None);
                    }
                    let _ = self.base.apply(&remove);
                    let _ = self.ours.apply(&remove);
                }
                (None, Some(node)) => {
                    // To the merge, a node that the file goes on with is one that the file has added.
                    let _ = self.base.apply(&remove);
                    if theirs_anew.contains(&name) {
                        let kind = node.kind.clone();
                        self.conflict(Place::Node(name), None, Some(kind));
                    } else {
                        let _ = self.theirs.apply(&remove);
                    }
                }
            }
        }
    }

    fn merged(&mut self) -> Patch {
        let mut merged = Patch::default();
        let (base, ours, theirs) = (self.base.clone(), self.ours.clone(), self.theirs.clone());
        merged.tempo = self.value(Place::Tempo, [base.tempo, ours.tempo, theirs.tempo]);
        merged.signature = self.value(Place::Signature, [base.signature, ours.signature, theirs.signature]);
        merged.voices = self.value(Place::Voices, [base.voices, ours.voices, theirs.voices]);
        merged.nodes = self.nodes();
        merged.cables = self.cables();
        let sides = [&base.inputs, &ours.inputs, &theirs.inputs];
        merged.inputs = self.list(sides, Place::Input, |v| format!("{v:?}"));
        let sides = [&base.outputs, &ours.outputs, &theirs.outputs];
        merged.outputs = self.list(sides, Place::Output, ToString::to_string);
        let sides = [&base.controls, &ours.controls, &theirs.controls];
        merged.controls = self.list(sides, Place::Control, |v| format!("{:?}", v.targets));
        merged.overrides = self.overrides();
        let sides = [&base.automation, &ours.automation, &theirs.automation];
        merged.automation = self.map(sides, Place::Automation, |v| format!("{} points", v.points.len()));
        merged.snapshots = self.snapshots();
        let quiet = self.conflicts.len();
        merged.layout = self.map([&base.layout, &ours.layout, &theirs.layout], Place::Layout, |v| format!("{v:?}"));
        self.conflicts.truncate(quiet); // where a node lies is not worth a message
        merged
    }

    fn value<T: PartialEq + fmt::Display>(&mut self, place: Place, [base, ours, theirs]: [T; 3]) -> T {
        match three(&base, &ours, &theirs) {
            Winner::Ours => ours,
            Winner::Theirs => theirs,
            Winner::Conflict => {
                self.conflict(place, Some(ours.to_string()), Some(theirs.to_string()));
                theirs
            }
        }
    }

    /// Merges entry by entry.
    fn map<K: Ord + Clone, V: PartialEq + Clone>(
        &mut self,
        [base, ours, theirs]: [&BTreeMap<K, V>; 3],
        place: impl Fn(K) -> Place,
        show: impl Fn(&V) -> String,
    ) -> BTreeMap<K, V> {
        let mut merged = BTreeMap::new();
        let keys: BTreeSet<&K> = ours.keys().chain(theirs.keys()).collect();
        for key in keys {
            let (o, t) = (ours.get(key), theirs.get(key));
            let won = match three(&base.get(key), &o, &t) {
                Winner::Ours => o,
                Winner::Theirs => t,
                Winner::Conflict => {
                    self.conflict(place(key.clone()), o.map(&show), t.map(&show));
                    t
                }
            };
            won.into_iter().for_each(|value| drop(merged.insert(key.clone(), value.clone())));
        }
        merged
    }

    /// Merges entry by entry, and their order.
    fn list<K: Ord + Clone, V: PartialEq + Clone>(
        &mut self,
        sides: [&Vec<(K, V)>; 3],
        place: impl Fn(K) -> Place,
        show: impl Fn(&V) -> String,
    ) -> Vec<(K, V)> {
        let [base, ours, theirs] = sides.map(|side| side.iter().cloned().collect::<BTreeMap<K, V>>());
        let merged = self.map([&base, &ours, &theirs], place, show);
        let [base, ours, theirs] = sides.map(|side| side.iter().map(|(key, _)| key).collect::<Vec<_>>());
        let order = ordered::merge(&base, &ours, &theirs, |key| merged.contains_key(*key));
        order.into_iter().filter_map(|key| Some((key.clone(), merged.get(key)?.clone()))).collect()
    }

    fn nodes(&mut self) -> BTreeMap<Name, Node> {
        let (base, ours, theirs) = (self.base.clone(), self.ours.clone(), self.theirs.clone());
        let names: BTreeSet<&Name> = ours.nodes.keys().chain(theirs.nodes.keys()).collect();
        let mut merged = BTreeMap::new();
        let none = Node::new("");
        for name in names {
            let node = match (ours.nodes.get(name), theirs.nodes.get(name)) {
                (Some(o), Some(t)) => {
                    let b = base.nodes.get(name).unwrap_or(&none);
                    let kinds = [b.kind.clone(), o.kind.clone(), t.kind.clone()];
                    let kind = self.value(Place::Node(name.clone()), kinds);
                    let param = |p| Place::Param(Socket { node: name.clone(), port: Some(p) });
                    Node { kind, params: self.map([&b.params, &o.params, &t.params], param, Value::to_string) }
                }
                (one, other) => match one.or(other) {
                    Some(node) => node.clone(),
                    None => continue,
                },
            };
            merged.insert(name.clone(), node);
        }
        merged
    }

    fn cables(&mut self) -> BTreeMap<Socket, Vec<Cable>> {
        let (base, ours, theirs) = (self.base.clone(), self.ours.clone(), self.theirs.clone());
        let sockets: BTreeSet<&Socket> = ours.cables.keys().chain(theirs.cables.keys()).collect();
        let mut merged = BTreeMap::new();
        for to in sockets {
            let [b, o, t] = [&base, &ours, &theirs].map(|side| {
                let list = side.cables.get(to).map_or(&[][..], |list| list);
                list.iter().map(|c| (c.from.clone(), c.amount)).collect::<Vec<_>>()
            });
            let place = |_| Place::Cable { to: to.clone(), index: 0 };
            let show = |amount: &Option<f64>| amount.map_or("a plain cable".to_owned(), |a| format!("amount {a:?}"));
            let list = self.list([&b, &o, &t], place, show);
            if !list.is_empty() {
                merged.insert(to.clone(), list.into_iter().map(|(from, amount)| Cable { from, amount }).collect());
            }
        }
        merged
    }

    /// The values that hands have laid over the text, less those whose text has changed.
    fn overrides(&mut self) -> BTreeMap<Socket, Value> {
        let (base, ours, theirs) = (self.base.clone(), self.ours.clone(), self.theirs.clone());
        let text = |side: &Patch, target: &Socket| -> Option<Value> {
            side.nodes.get(&target.node)?.params.get(target.port.as_ref()?).cloned()
        };
        let sides = [&base.overrides, &ours.overrides, &theirs.overrides];
        let mut merged = self.map(sides, Place::Override, Value::to_string);
        merged.retain(|target, value| {
            let (was, is) = (text(&base, target), text(&theirs, target));
            let known = base.nodes.contains_key(&target.node) && theirs.nodes.contains_key(&target.node);
            let written = theirs.overrides.get(target) != base.overrides.get(target);
            let stays = !known || was == is || written;
            if !stays && is.as_ref() != Some(value) && ours.overrides.contains_key(target) {
                let place = Place::Override(target.clone());
                self.conflict(place, Some(value.to_string()), is.map(|v| v.to_string()));
            }
            stays
        });
        merged
    }

    fn snapshots(&mut self) -> BTreeMap<Name, BTreeMap<Socket, Value>> {
        let (base, ours, theirs) = (self.base.clone(), self.ours.clone(), self.theirs.clone());
        let show = |values: &BTreeMap<Socket, Value>| format!("{} values", values.len());
        let before = self.conflicts.len();
        let sides = [&base.snapshots, &ours.snapshots, &theirs.snapshots];
        let mut merged = self.map(sides, Place::Snapshot, show);
        // A snapshot that both sides still have is merged value by value.
        let both = |c: &Conflict| c.ours.is_some() && c.theirs.is_some();
        let torn: Vec<Conflict> = self.conflicts.split_off(before);
        for conflict in torn {
            let Place::Snapshot(name) = &conflict.place else { continue };
            if !both(&conflict) {
                self.conflicts.push(conflict);
                continue;
            }
            let none = BTreeMap::new();
            let [b, o, t] = [&base, &ours, &theirs].map(|side| side.snapshots.get(name).unwrap_or(&none));
            let values = self.map([b, o, t], |_| Place::Snapshot(name.clone()), Value::to_string);
            merged.insert(name.clone(), values);
        }
        merged
    }
}

/// The nodes that a side has changed, or refers to in ways that the base does not.
fn fresh(base: &Patch, side: &Patch) -> BTreeSet<Name> {
    let mut all = BTreeSet::new();
    for edit in diff(base, side) {
        for leaf in edit.leaves() {
            touched(base, leaf, &mut all);
        }
    }
    all
}

/// The nodes that an edit changes or refers to anew.
fn touched(base: &Patch, edit: &Edit, all: &mut BTreeSet<Name>) {
    let mut add = |name: &Name| {
        all.insert(name.clone());
    };
    let anew = |old: &[Socket], new: &[Socket]| -> Vec<Socket> {
        new.iter().filter(|socket| !old.contains(socket)).cloned().collect()
    };
    match edit {
        Edit::ReplaceNode { name, .. } => add(name),
        Edit::SetParam { target, .. } => add(&target.node),
        Edit::Override { target, value: Some(_) } | Edit::SetAutomation { target, lane: Some(_) } => add(&target.node),
        Edit::Connect { to, cable, .. } => {
            add(&to.node);
            add(&cable.from.node);
        }
        Edit::SetAmount { to, from, .. } => {
            add(&to.node);
            add(&from.node);
        }
        Edit::SetInput { name, targets: Some(new), .. } => {
            let old = base.inputs.iter().find(|(n, _)| n == name).map_or(&[][..], |(_, targets)| targets);
            anew(old, new).iter().for_each(|socket| add(&socket.node));
        }
        Edit::SetOutput { name, source: Some(source), .. } => {
            if !base.outputs.iter().any(|(n, old)| n == name && old == source) {
                add(&source.node);
            }
        }
        Edit::SetControl { name, control: Some(new), .. } => {
            let old = base.controls.iter().find(|(n, _)| n == name).map_or(&[][..], |(_, c)| &c.targets);
            anew(old, &new.targets).iter().for_each(|socket| add(&socket.node));
        }
        Edit::SetSnapshot { name, values: Some(new) } => {
            let old = base.snapshots.get(name);
            let changed = new.iter().filter(|(k, v)| old.and_then(|old| old.get(*k)) != Some(*v));
            changed.for_each(|(target, _)| add(&target.node));
        }
        _ => {}
    }
}
