//! Nodes that a patch comes to own while something in it was meant for one of that name beside it.

use super::Diff;
use crate::{Edit, Name, Patch};

impl Diff<'_> {
    /// Takes away what is meant for nodes beside the patch whose names its own nodes are to have; what the wanted patch
    /// has of it comes back with them.
    pub(super) fn owned(&mut self, to: &Patch) {
        let strangers = self.now.strangers();
        for name in strangers.iter().filter(|name| to.nodes.contains_key(*name)) {
            meant_for(&self.now, name).into_iter().for_each(|edit| self.push(edit));
        }
    }
}

/// The edits that take away all that a patch says of a node beside it.
fn meant_for(patch: &Patch, name: &Name) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (to, list) in &patch.cables {
        let gone = list.iter().filter(|cable| to.node == *name || cable.from.node == *name);
        edits.extend(gone.map(|cable| Edit::Disconnect { to: to.clone(), from: cable.from.clone() }));
    }
    let values = patch.overrides.keys().filter(|target| target.node == *name);
    edits.extend(values.map(|target| Edit::Override { target: target.clone(), value: None }));
    let lanes = patch.automation.keys().filter(|target| target.node == *name);
    edits.extend(lanes.map(|target| Edit::SetAutomation { target: target.clone(), lane: None }));
    for (snapshot, values) in &patch.snapshots {
        let mut left = values.clone();
        left.retain(|target, _| target.node != *name);
        if left.len() < values.len() {
            edits.push(Edit::SetSnapshot { name: snapshot.clone(), values: Some(left) });
        }
    }
    let mapped = patch.mappings.iter().filter(|(_, mapping)| mapping.to.node == *name);
    edits.extend(mapped.map(|(source, _)| Edit::SetMapping { source: source.clone(), mapping: None }));
    edits.extend(patch.layout.contains_key(name).then(|| Edit::SetLayout { name: name.clone(), at: None }));
    edits.extend(shown(patch, name));
    edits
}

/// The same for what it shows of that node.
fn shown(patch: &Patch, name: &Name) -> Vec<Edit> {
    let inputs = patch.inputs.iter().filter(|(_, targets)| targets.iter().any(|target| target.node == *name));
    let inputs = inputs.map(|(input, _)| Edit::SetInput { name: input.clone(), targets: None, at: None });
    let outputs = patch.outputs.iter().filter(|(_, source)| source.node == *name);
    let outputs = outputs.map(|(output, _)| Edit::SetOutput { name: output.clone(), source: None, at: None });
    let of = |targets: &[crate::Socket]| targets.iter().any(|target| target.node == *name);
    let controls = patch.controls.iter().filter(|(_, control)| of(&control.targets));
    let controls = controls.map(|(c, _)| Edit::SetControl { name: c.clone(), control: None, at: None });
    inputs.chain(outputs).chain(controls).collect()
}
