//! Edits of one value, one cable or one entry, each with its inverse.

use super::check::{MAX_SIGNATURE, MAX_VOICES, amount_holds, lane_problem, mapping_problem, note_problem, tempo_holds};
use super::{Edit, EditError, Part};
use crate::{Cable, Control, LaneSpec, Mapping, Name, Node, Note, Patch, Socket};
use bf_node::{Value, registry::nearest};
use std::collections::BTreeMap;

impl Patch {
    pub(super) fn want_params(&self, name: &Name, node: &Node) -> Result<(), EditError> {
        for (param, value) in &node.params {
            let target = Socket { node: name.clone(), port: Some(param.clone()) };
            Self::want_name(param)?;
            if param.as_str() == "type" {
                return Err(EditError::TypeIsNoParam { target });
            }
            Self::want_value(&target, value)?;
        }
        Ok(())
    }

    pub(super) fn add_node(&mut self, name: &Name, node: &Node, at: Option<[i32; 2]>) -> Result<Edit, EditError> {
        Self::want_name(name)?;
        self.want_params(name, node)?;
        if self.is_taken(name) {
            return Err(EditError::NodeExists { name: name.clone() });
        }
        self.nodes.insert(name.clone(), node.clone());
        if let Some(at) = at {
            self.layout.insert(name.clone(), at);
        }
        Ok(Edit::RemoveNode { name: name.clone() })
    }

    pub(super) fn replace_node(&mut self, name: &Name, node: &Node) -> Result<Edit, EditError> {
        self.want_node(name)?;
        self.want_params(name, node)?;
        let old = self.nodes.insert(name.clone(), node.clone());
        let node = old.unwrap_or_else(|| node.clone());
        Ok(Edit::ReplaceNode { name: name.clone(), node })
    }

    pub(super) fn set_param(&mut self, target: &Socket, value: Option<&Value>) -> Result<Edit, EditError> {
        self.want_node(&target.node)?;
        let param = self.want_param(target)?;
        if let Some(value) = value {
            Self::want_value(target, value)?;
        }
        let node = self.nodes.get_mut(&target.node);
        let old = node.and_then(|node| put(&mut node.params, param, value));
        Ok(Edit::SetParam { target: target.clone(), value: old })
    }

    pub(super) fn set_override(&mut self, target: &Socket, value: Option<&Value>) -> Result<Edit, EditError> {
        self.want_param(target)?;
        if let Some(value) = value {
            Self::want_value(target, value)?;
        }
        let old = put(&mut self.overrides, target, value);
        Ok(Edit::Override { target: target.clone(), value: old })
    }

    pub(super) fn want_amount(to: &Socket, cable: &Cable) -> Result<(), EditError> {
        match cable.amount {
            Some(amount) if !amount_holds(amount) => {
                Err(EditError::BadAmount { to: to.clone(), from: cable.from.clone(), amount })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn connect(&mut self, to: &Socket, cable: &Cable, at: Option<usize>) -> Result<Edit, EditError> {
        self.want_socket(to)?;
        self.want_socket(&cable.from)?;
        Self::want_amount(to, cable)?;
        let there = self.cables.get(to).map_or(&[][..], |list| list);
        if there.iter().any(|c| c.from == cable.from) {
            return Err(EditError::CableExists { to: to.clone(), from: cable.from.clone() });
        }
        let list = self.cables.entry(to.clone()).or_default();
        list.insert(at.unwrap_or(list.len()).min(list.len()), cable.clone());
        Ok(Edit::Disconnect { to: to.clone(), from: cable.from.clone() })
    }

    /// The place of a cable in its list.
    fn cable_index(&self, to: &Socket, from: &Socket) -> Result<usize, EditError> {
        self.want_named(&to.node)?;
        self.want_named(&from.node)?;
        let there = self.cables.get(to).map_or(&[][..], |list| list);
        there.iter().position(|c| c.from == *from).ok_or_else(|| {
            let written: Vec<String> = there.iter().map(|c| c.from.to_string()).collect();
            let near = nearest(&from.to_string(), written.iter().map(String::as_str));
            let hint = near.and_then(|near| Socket::parse(near).ok());
            EditError::NoCable { to: to.clone(), from: from.clone(), hint }
        })
    }

    pub(super) fn disconnect(&mut self, to: &Socket, from: &Socket) -> Result<Edit, EditError> {
        let index = self.cable_index(to, from)?;
        let list = self.cables.entry(to.clone()).or_default();
        let cable = list.remove(index);
        if list.is_empty() {
            self.cables.remove(to);
        }
        Ok(Edit::Connect { to: to.clone(), cable, at: Some(index) })
    }

    pub(super) fn set_amount(&mut self, to: &Socket, from: &Socket, amount: Option<f64>) -> Result<Edit, EditError> {
        let index = self.cable_index(to, from)?;
        Self::want_amount(to, &Cable { from: from.clone(), amount })?;
        let list = self.cables.entry(to.clone()).or_default();
        let old = core::mem::replace(&mut list[index].amount, amount);
        Ok(Edit::SetAmount { to: to.clone(), from: from.clone(), amount: old })
    }

    pub(super) fn set_tempo(&mut self, tempo: f64) -> Result<Edit, EditError> {
        if !tempo_holds(tempo) {
            return Err(EditError::BadTempo(tempo));
        }
        Ok(Edit::SetTempo(core::mem::replace(&mut self.tempo, tempo)))
    }

    pub(super) fn set_signature(&mut self, beats: u32) -> Result<Edit, EditError> {
        if !(1..=MAX_SIGNATURE).contains(&beats) {
            return Err(EditError::BadSignature(beats));
        }
        Ok(Edit::SetSignature(core::mem::replace(&mut self.signature, beats)))
    }

    pub(super) fn set_voices(&mut self, voices: u32) -> Result<Edit, EditError> {
        if voices > MAX_VOICES {
            return Err(EditError::BadVoices(voices));
        }
        Ok(Edit::SetVoices(core::mem::replace(&mut self.voices, voices)))
    }

    pub(super) fn set_layout(&mut self, name: &Name, at: Option<[i32; 2]>) -> Result<Edit, EditError> {
        self.want_named(name)?;
        let old = put(&mut self.layout, name, at.as_ref());
        Ok(Edit::SetLayout { name: name.clone(), at: old })
    }

    pub(super) fn want_lane(&self, target: &Socket, lane: &LaneSpec) -> Result<(), EditError> {
        self.want_param(target)?;
        lane_problem(lane).map_or(Ok(()), |problem| Err(EditError::BadLane { target: target.clone(), problem }))
    }

    pub(super) fn set_automation(&mut self, target: &Socket, lane: Option<&LaneSpec>) -> Result<Edit, EditError> {
        self.want_param(target)?;
        if let Some(lane) = lane {
            self.want_lane(target, lane)?;
        }
        let old = put(&mut self.automation, target, lane);
        Ok(Edit::SetAutomation { target: target.clone(), lane: old })
    }

    pub(super) fn set_snapshot(
        &mut self,
        name: &Name,
        values: Option<&BTreeMap<Socket, Value>>,
    ) -> Result<Edit, EditError> {
        Self::want_name(name)?;
        for (target, value) in values.into_iter().flatten() {
            self.want_param(target)?;
            Self::want_value(target, value)?;
        }
        if values.is_none() && !self.snapshots.contains_key(name) {
            return Err(no_entry(Part::Snapshot, name, self.snapshots.keys()));
        }
        let old = put(&mut self.snapshots, name, values);
        Ok(Edit::SetSnapshot { name: name.clone(), values: old })
    }

    pub(super) fn want_mapping(&self, source: &str, mapping: &Mapping) -> Result<(), EditError> {
        self.want_param(&mapping.to)?;
        mapping_problem(source, mapping)
            .map_or(Ok(()), |problem| Err(EditError::BadMapping { control: source.to_owned(), problem }))
    }

    pub(super) fn set_mapping(&mut self, source: &String, mapping: Option<&Mapping>) -> Result<Edit, EditError> {
        if let Some(mapping) = mapping {
            self.want_mapping(source, mapping)?;
        }
        let old = put(&mut self.mappings, source, mapping);
        Ok(Edit::SetMapping { source: source.clone(), mapping: old })
    }

    pub(super) fn want_note(name: &Name, note: &Note) -> Result<(), EditError> {
        Self::want_name(name)?;
        if let Some(color) = &note.color {
            Self::want_name(color)?;
        }
        note_problem(note).map_or(Ok(()), |problem| Err(EditError::BadNote { name: name.clone(), problem }))
    }

    pub(super) fn set_note(&mut self, name: &Name, note: Option<&Note>) -> Result<Edit, EditError> {
        if let Some(note) = note {
            Self::want_note(name, note)?;
        }
        let old = put(&mut self.notes, name, note);
        Ok(Edit::SetNote { name: name.clone(), note: old })
    }

    pub(super) fn set_input(
        &mut self,
        name: &Name,
        targets: Option<&Vec<Socket>>,
        at: Option<usize>,
    ) -> Result<Edit, EditError> {
        Self::want_name(name)?;
        targets.into_iter().flatten().try_for_each(|target| self.want_socket(target))?;
        let (targets, at) = put_entry(Part::Input, &mut self.inputs, name, (targets, at))?;
        Ok(Edit::SetInput { name: name.clone(), targets, at })
    }

    pub(super) fn set_output(
        &mut self,
        name: &Name,
        source: Option<&Socket>,
        at: Option<usize>,
    ) -> Result<Edit, EditError> {
        Self::want_name(name)?;
        source.map_or(Ok(()), |source| self.want_socket(source))?;
        let (source, at) = put_entry(Part::Output, &mut self.outputs, name, (source, at))?;
        Ok(Edit::SetOutput { name: name.clone(), source, at })
    }

    pub(super) fn set_control(
        &mut self,
        name: &Name,
        control: Option<&Control>,
        at: Option<usize>,
    ) -> Result<Edit, EditError> {
        Self::want_name(name)?;
        control.map_or(Ok(()), |control| self.want_control(name, control))?;
        let (control, at) = put_entry(Part::Control, &mut self.controls, name, (control, at))?;
        Ok(Edit::SetControl { name: name.clone(), control, at })
    }
}

/// Sets or removes a value and returns the old one.
fn put<K: Ord + Clone, V: Clone>(map: &mut BTreeMap<K, V>, key: &K, value: Option<&V>) -> Option<V> {
    match value {
        Some(value) => map.insert(key.clone(), value.clone()),
        None => map.remove(key),
    }
}

fn no_entry<'a>(part: Part, name: &Name, there: impl Iterator<Item = &'a Name>) -> EditError {
    let hint = nearest(name.as_str(), there.map(Name::as_str)).map(Name::new);
    EditError::NoEntry { part, name: name.clone(), hint }
}

/// Sets, moves or removes an entry of an ordered list; returns what takes that back.
fn put_entry<T: Clone>(
    part: Part,
    list: &mut Vec<(Name, T)>,
    name: &Name,
    (value, at): (Option<&T>, Option<usize>),
) -> Result<(Option<T>, Option<usize>), EditError> {
    let index = list.iter().position(|(n, _)| n == name);
    match (index, value) {
        (None, None) => Err(no_entry(part, name, list.iter().map(|(n, _)| n))),
        (None, Some(value)) => {
            list.insert(at.unwrap_or(list.len()).min(list.len()), (name.clone(), value.clone()));
            Ok((None, None))
        }
        (Some(index), None) => Ok((Some(list.remove(index).1), Some(index))),
        (Some(index), Some(value)) => {
            let (_, old) = list.remove(index);
            let place = at.unwrap_or(index).min(list.len());
            list.insert(place, (name.clone(), value.clone()));
            Ok((Some(old), (place != index).then_some(index)))
        }
    }
}
