//! The one vocabulary in which a patch changes: plain data, each with an exact inverse.

mod apply;
mod check;
mod error;
mod label;
mod set;
#[cfg(test)]
mod tests;
mod whole;

pub use check::{BadValue, check_value};
pub(crate) use check::{
    MAX_SIGNATURE, MAX_VOICES, TEMPO, amount_holds, lane_problem, mapping_problem, note_problem, tempo_holds,
};
pub use error::{EditError, Part};
pub use set::SetEdit;

use crate::{Cable, Control, LaneSpec, Mapping, Name, Node, Note, Patch, Socket};
use bf_node::{Value, registry::nearest};
use std::collections::BTreeMap;

/// A change of a patch.
///
/// Sockets are taken literally: `filter` and `filter.in` are two keys even where `in` is the first input. Lists
/// (cables of one input, `[inputs]`, `[outputs]`, `[controls]`) have an order, which `at` counts from 0; a place
/// beyond the end means the end.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A new node, and where it lies on the canvas.
    AddNode {
        /// A name that no node has.
        name: Name,
        /// What it is.
        node: Node,
        /// Its place on the canvas.
        at: Option<[i32; 2]>,
    },
    /// A node goes, and all that refers to it: cables, place, overrides, automation, values in snapshots, and the
    /// entries of `[inputs]`, `[outputs]` and `[controls]` that are left without a target.
    RemoveNode {
        /// Which.
        name: Name,
    },
    /// A node gets another name; all that refers to it follows.
    RenameNode {
        /// As it is called.
        from: Name,
        /// As it is to be called.
        to: Name,
    },
    /// A node becomes another type with other params; its cables stay.
    ReplaceNode {
        /// Which.
        name: Name,
        /// What it becomes.
        node: Node,
    },
    /// What the text says of a param. `None` takes it out of the text.
    SetParam {
        /// Node and param.
        target: Socket,
        /// The new value.
        value: Option<Value>,
    },
    /// What a hand lays over the text. `None` lets the text be heard again.
    Override {
        /// Node and param.
        target: Socket,
        /// The new value.
        value: Option<Value>,
    },
    /// A new cable.
    Connect {
        /// The input or param it enters.
        to: Socket,
        /// Where it comes from, and its amount.
        cable: Cable,
        /// Its place among the cables there, which sum in this order. `None`: last.
        at: Option<usize>,
    },
    /// A cable goes.
    Disconnect {
        /// The input or param it enters.
        to: Socket,
        /// The output it comes from.
        from: Socket,
    },
    /// A cable gets another amount.
    SetAmount {
        /// The input or param it enters.
        to: Socket,
        /// The output it comes from.
        from: Socket,
        /// The new amount.
        amount: Option<f64>,
    },
    /// Beats a minute.
    SetTempo(f64),
    /// Beats in a bar.
    SetSignature(u32),
    /// Voices of an instance that does not say how many; 0 is not polyphonic.
    SetVoices(u32),
    /// A node moves on the canvas. `None` forgets its place.
    SetLayout {
        /// Which.
        name: Name,
        /// Its place.
        at: Option<[i32; 2]>,
    },
    /// A param's automation. `None` takes it away.
    SetAutomation {
        /// Node and param.
        target: Socket,
        /// The whole lane.
        lane: Option<LaneSpec>,
    },
    /// A snapshot. `None` takes it away.
    SetSnapshot {
        /// Which.
        name: Name,
        /// All its values.
        values: Option<BTreeMap<Socket, Value>>,
    },
    /// What a control from outside moves. `None` lets go of it.
    SetMapping {
        /// Where it comes from, such as `osc:/1/fader1`.
        source: String,
        /// What it moves.
        mapping: Option<Mapping>,
    },
    /// A comment or a frame on the canvas. `None` takes it away.
    SetNote {
        /// Which.
        name: Name,
        /// All of it.
        note: Option<Note>,
    },
    /// An input of a reusable patch. `None` takes it away.
    SetInput {
        /// Which.
        name: Name,
        /// The inputs and params inside that it feeds.
        targets: Option<Vec<Socket>>,
        /// Its place. `None`: where it is, or last when it is new.
        at: Option<usize>,
    },
    /// An output of a reusable patch. `None` takes it away.
    SetOutput {
        /// Which.
        name: Name,
        /// The output inside that it shows.
        source: Option<Socket>,
        /// Its place. `None`: where it is, or last when it is new.
        at: Option<usize>,
    },
    /// A param of a reusable patch. `None` takes it away.
    SetControl {
        /// Which.
        name: Name,
        /// The whole control.
        control: Option<Control>,
        /// Its place. `None`: where it is, or last when it is new.
        at: Option<usize>,
    },
    /// Another of the things that scripts have wanted plays beside the patch, as the session counts them.
    SetScore(u64),
    /// Several edits in order, as one: all of them or none.
    Batch(Vec<Edit>),
}

/// The one value that an edit sets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sets {
    Param(Socket),
    Override(Socket),
    Automation(Socket),
    Layout(Name),
    Note(Name),
    Mapping(String),
    Amount(Socket, Socket),
    Tempo,
    Signature,
    Voices,
}

impl Patch {
    /// Changes the patch and returns the exact inverse.
    ///
    /// # Errors
    /// Names what is at fault; the patch is then as it was, also when the edit is a batch.
    pub fn apply(&mut self, edit: &Edit) -> Result<Edit, EditError> {
        match edit {
            Edit::AddNode { name, node, at } => self.add_node(name, node, *at),
            Edit::RemoveNode { name } => self.remove_node(name),
            Edit::RenameNode { from, to } => self.rename_node(from, to),
            Edit::ReplaceNode { name, node } => self.replace_node(name, node),
            Edit::SetParam { target, value } => self.set_param(target, value.as_ref()),
            Edit::Override { target, value } => self.set_override(target, value.as_ref()),
            Edit::Connect { to, cable, at } => self.connect(to, cable, *at),
            Edit::Disconnect { to, from } => self.disconnect(to, from),
            Edit::SetAmount { to, from, amount } => self.set_amount(to, from, *amount),
            Edit::SetTempo(tempo) => self.set_tempo(*tempo),
            Edit::SetSignature(beats) => self.set_signature(*beats),
            Edit::SetVoices(voices) => self.set_voices(*voices),
            Edit::SetLayout { name, at } => self.set_layout(name, *at),
            Edit::SetAutomation { target, lane } => self.set_automation(target, lane.as_ref()),
            Edit::SetSnapshot { name, values } => self.set_snapshot(name, values.as_ref()),
            Edit::SetMapping { source, mapping } => self.set_mapping(source, mapping.as_ref()),
            Edit::SetNote { name, note } => self.set_note(name, note.as_ref()),
            Edit::SetInput { name, targets, at } => self.set_input(name, targets.as_ref(), *at),
            Edit::SetOutput { name, source, at } => self.set_output(name, source.as_ref(), *at),
            Edit::SetControl { name, control, at } => self.set_control(name, control.as_ref(), *at),
            Edit::SetScore(score) => Ok(Edit::SetScore(core::mem::replace(&mut self.beside.score, *score))),
            Edit::Batch(edits) => self.apply_all(edits),
        }
    }

    /// Applies edits in order, all or none, and returns the batch that takes them back.
    fn apply_all(&mut self, edits: &[Edit]) -> Result<Edit, EditError> {
        let mut inverse = Vec::with_capacity(edits.len());
        for edit in edits {
            match self.apply(edit) {
                Ok(back) => inverse.push(back),
                Err(error) => {
                    for back in inverse.iter().rev() {
                        let undone = self.apply(back);
                        debug_assert!(undone.is_ok(), "the inverse of an applied edit applies");
                    }
                    return Err(error);
                }
            }
        }
        inverse.reverse();
        Ok(Edit::Batch(inverse))
    }

    /// A name for a new node: the wish itself, else with the first free number from 2 on (`saw`, `saw2`).
    pub fn free_name(&self, wish: &str) -> Name {
        let base = Name::parse(wish).unwrap_or_else(|_| Name::new("node"));
        if !self.is_taken(&base) {
            return base;
        }
        let mut number = 2_u64;
        loop {
            let name = Name::new(&format!("{base}{number}"));
            if !self.is_taken(&name) {
                return name;
            }
            number += 1;
        }
    }

    /// The node's name nearest to one that is not there.
    pub(crate) fn nearest_node(&self, name: &str) -> Option<Name> {
        nearest(name, self.nodes.keys().map(Name::as_str)).map(Name::new)
    }
}

impl Edit {
    /// The edits in a row, batches opened.
    pub fn leaves(&self) -> Vec<&Edit> {
        fn walk<'a>(edit: &'a Edit, into: &mut Vec<&'a Edit>) {
            match edit {
                Edit::Batch(edits) => edits.iter().for_each(|e| walk(e, into)),
                leaf => into.push(leaf),
            }
        }
        let mut all = Vec::new();
        walk(self, &mut all);
        all
    }

    /// The one value that the edit sets; `None` where it changes the shape of the patch. Nothing is heard or seen of an
    /// edit once another of the same value has followed it.
    pub(crate) fn sets(&self) -> Option<Sets> {
        Some(match self {
            Edit::SetParam { target, .. } => Sets::Param(target.clone()),
            Edit::Override { target, .. } => Sets::Override(target.clone()),
            Edit::SetAutomation { target, .. } => Sets::Automation(target.clone()),
            Edit::SetLayout { name, .. } => Sets::Layout(name.clone()),
            Edit::SetNote { name, .. } => Sets::Note(name.clone()),
            Edit::SetMapping { source, .. } => Sets::Mapping(source.clone()),
            Edit::SetAmount { to, from, .. } => Sets::Amount(to.clone(), from.clone()),
            Edit::SetTempo(_) => Sets::Tempo,
            Edit::SetSignature(_) => Sets::Signature,
            Edit::SetVoices(_) => Sets::Voices,
            _ => return None,
        })
    }

    /// Whether the edit changes what is seen on the canvas and nothing that is heard.
    pub fn is_for_the_eye(&self) -> bool {
        match self {
            Edit::SetLayout { .. } | Edit::SetNote { .. } => true,
            Edit::Batch(edits) => edits.iter().all(Edit::is_for_the_eye),
            _ => false,
        }
    }
}
