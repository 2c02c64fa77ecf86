//! Edits of a whole node that take along all that refers to it: removing and renaming.

use super::{Edit, EditError};
use crate::{Cable, Mapping, Name, Patch, Socket};
use std::collections::BTreeMap;

impl Patch {
    pub(super) fn remove_node(&mut self, name: &Name) -> Result<Edit, EditError> {
        self.want_node(name)?;
        let mut back = Vec::new();
        self.drop_cables(name, &mut back);
        self.drop_interface(name, &mut back);
        for target in sockets_of(&self.overrides, name) {
            let value = self.overrides.remove(&target);
            back.push(Edit::Override { target, value });
        }
        for target in sockets_of(&self.automation, name) {
            let lane = self.automation.remove(&target);
            back.push(Edit::SetAutomation { target, lane });
        }
        for (snapshot, values) in &mut self.snapshots {
            let gone = sockets_of(values, name);
            if !gone.is_empty() {
                back.push(Edit::SetSnapshot { name: snapshot.clone(), values: Some(values.clone()) });
                gone.iter().for_each(|target| drop(values.remove(target)));
            }
        }
        let here = |(_, mapping): &(&String, &Mapping)| mapping.to.node == *name;
        let sources: Vec<String> = self.mappings.iter().filter(here).map(|(source, _)| source.clone()).collect();
        for source in sources {
            let mapping = self.mappings.remove(&source);
            back.push(Edit::SetMapping { source, mapping });
        }
        let at = self.layout.remove(name);
        if let Some(node) = self.nodes.remove(name) {
            back.insert(0, Edit::AddNode { name: name.clone(), node, at });
        }
        Ok(if back.len() == 1 { back.remove(0) } else { Edit::Batch(back) })
    }

    /// Removes every cable with an end at the node. The inverses put each back at its place, first places first.
    fn drop_cables(&mut self, name: &Name, back: &mut Vec<Edit>) {
        for (to, list) in &mut self.cables {
            if to.node != *name && !list.iter().any(|c| c.from.node == *name) {
                continue;
            }
            let gone = |cable: &Cable| to.node == *name || cable.from.node == *name;
            for (index, cable) in list.iter().enumerate().filter(|(_, c)| gone(c)) {
                back.push(Edit::Connect { to: to.clone(), cable: cable.clone(), at: Some(index) });
            }
            list.retain(|c| !gone(c));
        }
        self.cables.retain(|_, list| !list.is_empty());
    }

    /// Removes the node from what a reusable patch shows; an entry that is left without a target goes with it.
    fn drop_interface(&mut self, name: &Name, back: &mut Vec<Edit>) {
        let here = |socket: &Socket| socket.node == *name;
        for (index, (input, targets)) in self.inputs.iter_mut().enumerate() {
            if targets.iter().any(here) {
                back.push(Edit::SetInput { name: input.clone(), targets: Some(targets.clone()), at: Some(index) });
                targets.retain(|t| !here(t));
                if targets.is_empty() {
                    targets.push(Socket { node: name.clone(), port: None });
                }
            }
        }
        self.inputs.retain(|(_, targets)| !targets.iter().any(here));
        for (index, (output, source)) in self.outputs.iter().enumerate().filter(|(_, (_, s))| here(s)) {
            back.push(Edit::SetOutput { name: output.clone(), source: Some(source.clone()), at: Some(index) });
        }
        self.outputs.retain(|(_, source)| !here(source));
        for (index, (knob, control)) in self.controls.iter_mut().enumerate() {
            if control.targets.iter().any(here) {
                back.push(Edit::SetControl { name: knob.clone(), control: Some(control.clone()), at: Some(index) });
                control.targets.retain(|t| !here(t));
                if control.targets.is_empty() {
                    control.targets.push(Socket { node: name.clone(), port: None });
                }
            }
        }
        self.controls.retain(|(_, control)| !control.targets.iter().any(here));
    }

    pub(super) fn rename_node(&mut self, from: &Name, to: &Name) -> Result<Edit, EditError> {
        self.want_node(from)?;
        Self::want_name(to)?;
        if from == to {
            return Ok(Edit::RenameNode { from: from.clone(), to: to.clone() });
        }
        if self.is_taken(to) {
            return Err(EditError::NodeExists { name: to.clone() });
        }
        if let Some(node) = self.nodes.remove(from) {
            self.nodes.insert(to.clone(), node);
        }
        if let Some(at) = self.layout.remove(from) {
            self.layout.insert(to.clone(), at);
        }
        let rename = |socket: &mut Socket| {
            if socket.node == *from {
                socket.node = to.clone();
            }
        };
        rekey(&mut self.cables, from, to);
        rekey(&mut self.overrides, from, to);
        rekey(&mut self.automation, from, to);
        self.snapshots.values_mut().for_each(|values| rekey(values, from, to));
        self.cables.values_mut().flatten().for_each(|cable| rename(&mut cable.from));
        self.inputs.iter_mut().flat_map(|(_, targets)| targets).for_each(rename);
        self.outputs.iter_mut().for_each(|(_, source)| rename(source));
        self.controls.iter_mut().flat_map(|(_, control)| &mut control.targets).for_each(rename);
        self.mappings.values_mut().for_each(|mapping| rename(&mut mapping.to));
        Ok(Edit::RenameNode { from: to.clone(), to: from.clone() })
    }
}

/// The keys of a map that lie at a node.
fn sockets_of<V>(map: &BTreeMap<Socket, V>, name: &Name) -> Vec<Socket> {
    let first = Socket { node: name.clone(), port: None };
    map.range(first..).take_while(|(socket, _)| socket.node == *name).map(|(socket, _)| socket.clone()).collect()
}

/// Moves a map's entries from one node's name to another's.
fn rekey<V>(map: &mut BTreeMap<Socket, V>, from: &Name, to: &Name) {
    for socket in sockets_of(map, from) {
        if let Some(value) = map.remove(&socket) {
            map.insert(Socket { node: to.clone(), port: socket.port }, value);
        }
    }
}
