//! From one patch to another by its entries alone: what scripts play has names that no edit may give.

use bf_patch::{Edit, Patch};
use std::collections::BTreeMap;

/// What leads from one patch to another, places on the canvas left out.
pub(super) fn diff(from: &Patch, to: &Patch) -> Vec<Edit> {
    let mut edits = Vec::new();
    if from.tempo.to_bits() != to.tempo.to_bits() {
        edits.push(Edit::SetTempo(to.tempo));
    }
    if from.signature != to.signature {
        edits.push(Edit::SetSignature(to.signature));
    }
    if from.voices != to.voices {
        edits.push(Edit::SetVoices(to.voices));
    }
    each(&from.nodes, &to.nodes, |name, node| {
        edits.push(match node {
            Some(node) => Edit::AddNode { name: name.clone(), node: node.clone(), at: None },
            None => Edit::RemoveNode { name: name.clone() },
        });
    });
    each(&from.cables, &to.cables, |socket, cables| {
        let gone = from.cables.get(socket).into_iter().flatten();
        edits.extend(gone.map(|cable| Edit::Disconnect { to: socket.clone(), from: cable.from.clone() }));
        let come = cables.into_iter().flatten();
        edits.extend(come.map(|cable| Edit::Connect { to: socket.clone(), cable: cable.clone(), at: None }));
    });
    if from.inputs != to.inputs {
        edits.extend(from.inputs.iter().map(|(name, _)| Edit::SetInput {
            name: name.clone(),
            targets: None,
            at: None,
        }));
        let come = to.inputs.iter();
        edits.extend(come.map(|(n, t)| Edit::SetInput { name: n.clone(), targets: Some(t.clone()), at: None }));
    }
    if from.outputs != to.outputs {
        edits.extend(from.outputs.iter().map(|(name, _)| Edit::SetOutput {
            name: name.clone(),
            source: None,
            at: None,
        }));
        let come = to.outputs.iter();
        edits.extend(come.map(|(n, s)| Edit::SetOutput { name: n.clone(), source: Some(s.clone()), at: None }));
    }
    if from.controls != to.controls {
        let gone = from.controls.iter();
        edits.extend(gone.map(|(name, _)| Edit::SetControl { name: name.clone(), control: None, at: None }));
        let come = to.controls.iter();
        edits.extend(come.map(|(n, c)| Edit::SetControl { name: n.clone(), control: Some(c.clone()), at: None }));
    }
    each(&from.overrides, &to.overrides, |target, value| {
        edits.push(Edit::Override { target: target.clone(), value: value.cloned() });
    });
    each(&from.automation, &to.automation, |target, lane| {
        edits.push(Edit::SetAutomation { target: target.clone(), lane: lane.cloned() });
    });
    each(&from.snapshots, &to.snapshots, |name, values| {
        edits.push(Edit::SetSnapshot { name: name.clone(), values: values.cloned() });
    });
    edits
}

/// Calls for each entry that differs, with what it becomes.
fn each<K: Ord, V: PartialEq>(from: &BTreeMap<K, V>, to: &BTreeMap<K, V>, mut call: impl FnMut(&K, Option<&V>)) {
    from.keys().filter(|key| !to.contains_key(*key)).for_each(|key| call(key, None));
    to.iter().filter(|(key, value)| from.get(*key) != Some(*value)).for_each(|(key, value)| call(key, Some(value)));
}

/// Does one thing of [`diff`].
pub(super) fn apply(patch: &mut Patch, edit: &Edit) {
    match edit {
        Edit::SetTempo(tempo) => patch.tempo = *tempo,
        Edit::SetSignature(beats) => patch.signature = *beats,
        Edit::SetVoices(voices) => patch.voices = *voices,
        Edit::AddNode { name, node, .. } => _ = patch.nodes.insert(name.clone(), node.clone()),
        Edit::RemoveNode { name } => _ = patch.nodes.remove(name),
        Edit::Disconnect { to, from } => {
            if let Some(cables) = patch.cables.get_mut(to) {
                cables.retain(|cable| cable.from != *from);
                if cables.is_empty() {
                    patch.cables.remove(to);
                }
            }
        }
        Edit::Connect { to, cable, .. } => patch.cables.entry(to.clone()).or_default().push(cable.clone()),
        Edit::SetInput { name, targets, .. } => put(&mut patch.inputs, name, targets),
        Edit::SetOutput { name, source, .. } => put(&mut patch.outputs, name, source),
        Edit::SetControl { name, control, .. } => put(&mut patch.controls, name, control),
        Edit::Override { target, value } => set(&mut patch.overrides, target, value),
        Edit::SetAutomation { target, lane } => set(&mut patch.automation, target, lane),
        Edit::SetSnapshot { name, values } => set(&mut patch.snapshots, name, values),
        _ => {}
    }
}

fn put<N: Clone + PartialEq, V: Clone>(list: &mut Vec<(N, V)>, name: &N, value: &Option<V>) {
    match value {
        Some(value) => list.push((name.clone(), value.clone())),
        None => list.retain(|(of, _)| of != name),
    }
}

fn set<K: Clone + Ord, V: Clone>(map: &mut BTreeMap<K, V>, key: &K, value: &Option<V>) {
    match value {
        Some(value) => _ = map.insert(key.clone(), value.clone()),
        None => _ = map.remove(key),
    }
}
