//! Which nodes a side goes on with.

use crate::diff::diff;
use crate::edit::Edit;
use crate::{Name, Patch, Socket};
use std::collections::BTreeSet;

/// The nodes that a side has changed, or refers to in ways that the base does not.
pub(super) fn fresh(base: &Patch, side: &Patch) -> BTreeSet<Name> {
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
        Edit::SetMapping { mapping: Some(mapping), .. } => add(&mapping.to.node),
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
        Edit::SetOutput { name, source: Some(source), .. }
            if !base.outputs.iter().any(|(n, old)| n == name && old == source) =>
        {
            add(&source.node);
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
