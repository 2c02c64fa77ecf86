//! The edits that lead from one patch to another.

mod order;
mod owned;
mod rename;
#[cfg(test)]
mod tests;

use order::{Step, reorder};
pub(crate) use rename::find_renames;

use crate::edit::Edit;
use crate::{Cable, Name, Patch, Socket};
use core::cmp::Ordering;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The edits that turn the first patch into exactly the second, in the order to apply them.
///
/// Few for what people do: a changed number is one `SetParam`, a changed type one `ReplaceNode`, a node that went and
/// came back under another name with the same params and cables one `RenameNode`. Equal input gives equal edits.
/// Both patches are well formed ([`Patch::check`]).
pub fn diff(from: &Patch, to: &Patch) -> Vec<Edit> {
    let mut diff = Diff { now: Cow::Borrowed(from), edits: Vec::new() };
    diff.globals(to);
    diff.nodes(to);
    diff.cables(to);
    diff.interface(to);
    diff.values(to);
    debug_assert!(*diff.now == *to, "the edits lead to the wanted patch");
    diff.edits
}

/// A patch on its way to the wanted one, and what has led there.
struct Diff<'a> {
    now: Cow<'a, Patch>,
    edits: Vec<Edit>,
}

impl Diff<'_> {
    fn push(&mut self, edit: Edit) {
        let done = self.now.to_mut().apply(&edit);
        debug_assert!(done.is_ok(), "an edit between well-formed patches applies: {edit:?}: {done:?}");
        if done.is_ok() {
            self.edits.push(edit);
        }
    }

    fn globals(&mut self, to: &Patch) {
        if self.now.tempo != to.tempo {
            self.push(Edit::SetTempo(to.tempo));
        }
        if self.now.signature != to.signature {
            self.push(Edit::SetSignature(to.signature));
        }
        if self.now.voices != to.voices {
            self.push(Edit::SetVoices(to.voices));
        }
    }

    fn nodes(&mut self, to: &Patch) {
        self.owned(to);
        for (from, to) in find_renames(&self.now, to) {
            self.push(Edit::RenameNode { from, to });
        }
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        for (name, now, node) in side_by_side(&self.now.nodes, &to.nodes) {
            let name = || name.clone();
            match (now, node) {
                (_, None) => gone.push(Edit::RemoveNode { name: name() }),
                (None, Some(node)) => {
                    let at = to.layout.get(&name()).copied();
                    come.push(Edit::AddNode { name: name(), node: node.clone(), at });
                }
                (Some(now), Some(node)) if now.kind != node.kind => {
                    come.push(Edit::ReplaceNode { name: name(), node: node.clone() });
                }
                (Some(now), Some(node)) => {
                    come.extend(changes(&now.params, &node.params).into_iter().map(|(param, value)| {
                        let target = Socket { node: name(), port: Some(param) };
                        Edit::SetParam { target, value }
                    }));
                }
            }
        }
        gone.into_iter().chain(come).for_each(|edit| self.push(edit));
    }

    fn cables(&mut self, to: &Patch) {
        let differ = side_by_side(&self.now.cables, &to.cables).filter(|(_, now, wanted)| now != wanted);
        let differ: Vec<(Socket, Vec<Cable>)> =
            differ.map(|(socket, now, _)| (socket.clone(), now.cloned().unwrap_or_default())).collect();
        for (socket, now) in differ {
            let wanted = to.cables.get(&socket).map_or(&[][..], |list| list);
            self.cables_of(&socket, &now, wanted);
        }
    }

    fn cables_of(&mut self, to: &Socket, now: &[Cable], wanted: &[Cable]) {
        let old: Vec<&Socket> = now.iter().map(|c| &c.from).collect();
        let new: Vec<&Socket> = wanted.iter().map(|c| &c.from).collect();
        for step in reorder(&old, &new) {
            let (place, at) = match step {
                Step::Remove(from) => {
                    self.push(Edit::Disconnect { to: to.clone(), from: from.clone() });
                    continue;
                }
                Step::Insert(place, at) => (place, at),
                Step::Move(place, at) => {
                    self.push(Edit::Disconnect { to: to.clone(), from: wanted[place].from.clone() });
                    (place, at)
                }
            };
            self.push(Edit::Connect { to: to.clone(), cable: wanted[place].clone(), at: Some(at) });
        }
        let present = self.now.cables.get(to).cloned().unwrap_or_default();
        for (present, wanted) in present.iter().zip(wanted).filter(|(a, b)| a.amount != b.amount) {
            let (to, from, amount) = (to.clone(), present.from.clone(), wanted.amount);
            self.push(Edit::SetAmount { to, from, amount });
        }
    }

    fn interface(&mut self, to: &Patch) {
        for (name, targets, at) in entries(&self.now.inputs, &to.inputs) {
            self.push(Edit::SetInput { name, targets, at });
        }
        for (name, source, at) in entries(&self.now.outputs, &to.outputs) {
            self.push(Edit::SetOutput { name, source, at });
        }
        for (name, control, at) in entries(&self.now.controls, &to.controls) {
            self.push(Edit::SetControl { name, control, at });
        }
    }

    fn values(&mut self, to: &Patch) {
        for (target, value) in changes(&self.now.overrides, &to.overrides) {
            self.push(Edit::Override { target, value });
        }
        for (target, lane) in changes(&self.now.automation, &to.automation) {
            self.push(Edit::SetAutomation { target, lane });
        }
        for (name, values) in changes(&self.now.snapshots, &to.snapshots) {
            self.push(Edit::SetSnapshot { name, values });
        }
        for (source, mapping) in changes(&self.now.mappings, &to.mappings) {
            self.push(Edit::SetMapping { source, mapping });
        }
        for (name, note) in changes(&self.now.notes, &to.notes) {
            self.push(Edit::SetNote { name, note });
        }
        for (name, at) in changes(&self.now.layout, &to.layout) {
            self.push(Edit::SetLayout { name, at });
        }
    }
}

/// The entries of two maps key by key, in the order of the keys.
pub(crate) fn side_by_side<'a, K: Ord, A, B>(
    a: &'a BTreeMap<K, A>,
    b: &'a BTreeMap<K, B>,
) -> impl Iterator<Item = (&'a K, Option<&'a A>, Option<&'a B>)> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    core::iter::from_fn(move || {
        let order = match (a.peek(), b.peek()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let one = if order.is_le() { a.next() } else { None };
        let other = if order.is_ge() { b.next() } else { None };
        let key = one.map(|(key, _)| key).or(other.map(|(key, _)| key))?;
        Some((key, one.map(|(_, value)| value), other.map(|(_, value)| value)))
    })
}

/// What to set and what to remove (`None`) so that the first map becomes the second.
pub(crate) fn changes<K: Ord + Clone, V: PartialEq + Clone>(
    now: &BTreeMap<K, V>,
    to: &BTreeMap<K, V>,
) -> Vec<(K, Option<V>)> {
    let (mut gone, mut set) = (Vec::new(), Vec::new());
    for (key, _, to) in side_by_side(now, to).filter(|(_, now, to)| now != to) {
        let into = if to.is_none() { &mut gone } else { &mut set };
        into.push((key.clone(), to.cloned()));
    }
    gone.append(&mut set);
    gone
}

/// The same for lists with an order: name, value or `None`, and where it goes when it moves or is new.
fn entries<T: PartialEq + Clone>(now: &[(Name, T)], to: &[(Name, T)]) -> Vec<(Name, Option<T>, Option<usize>)> {
    let old: Vec<&Name> = now.iter().map(|(name, _)| name).collect();
    let new: Vec<&Name> = to.iter().map(|(name, _)| name).collect();
    let mut edits = Vec::new();
    let mut placed = BTreeSet::new();
    for step in reorder(&old, &new) {
        match step {
            Step::Remove(name) => edits.push((name.clone(), None, None)),
            Step::Insert(place, at) | Step::Move(place, at) => {
                placed.insert(new[place]);
                edits.push((new[place].clone(), Some(to[place].1.clone()), Some(at)));
            }
        }
    }
    let old: BTreeMap<&Name, &T> = now.iter().map(|(name, value)| (name, value)).collect();
    for (name, value) in to.iter().filter(|(name, value)| !placed.contains(name) && old.get(name) != Some(&value)) {
        edits.push((name.clone(), Some(value.clone()), None));
    }
    edits
}
