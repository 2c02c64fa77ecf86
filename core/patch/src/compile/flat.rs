//! The flat graph: every instance opened, every name resolved.

use super::face::Face;
use super::moving::FlatText;
use super::order::Entering;
use super::plan::Plan;
use crate::Name;
use bf_node::{Outlet, Value};
use std::sync::Arc;

/// What the compiler is told beside the patch.
pub struct Config<'a> {
    /// Frames a second.
    pub sample_rate: u32,
    /// The most frames of a block.
    pub max_block: usize,
    /// The seed of the set.
    pub seed: u64,
    /// A number that changes when the content behind a sample's path does (0 while it is missing).
    pub sample_version: &'a dyn Fn(&str) -> u64,
    /// The declared latency in frames of a node made with these values.
    pub latency: &'a dyn Fn(&FlatNode) -> u32,
}

/// Who a node is, over all plans: the same key keeps its state.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeKey {
    /// Its id path, such as `kick/env`.
    pub path: Name,
    /// A hash of all that its state depends on: type, settings, channels, lanes.
    pub identity: u64,
}

/// A node of the flat graph.
#[derive(Clone, Debug, PartialEq)]
pub struct FlatNode {
    /// Its path, and what its state depends on.
    pub key: NodeKey,
    /// Ports and params.
    pub face: Face,
    /// One number a param; 0 for settings.
    pub numbers: Box<[f32]>,
    /// One value a param, where the type has settings.
    pub values: Option<Arc<Vec<Value>>>,
    /// Channels, once shapes are known.
    pub channels: usize,
    /// The voices' own graph, for an instrument.
    pub instrument: Option<Arc<Instrument>>,
    /// Whether only the last plan has it.
    pub ghost: bool,
}

impl FlatNode {
    /// Where at the device an output is heard.
    pub fn outlet(&self) -> Outlet {
        let value = || self.values.as_ref()?.get(self.face.param("channels")?)?.as_text();
        value().and_then(Outlet::from_name).unwrap_or_default()
    }

    /// Whether this is a channel that is listened to ahead.
    pub fn is_cued(&self) -> bool {
        let channel = self.face.spec().is_some_and(|spec| spec.role.is_channel());
        channel && self.face.param("cue").is_some_and(|p| self.numbers[p] > 0.5)
    }

    /// One value a param, as [`bf_node::Setup`] wants them.
    pub fn setup_values(&self) -> Vec<Value> {
        if let Some(values) = &self.values {
            return values.to_vec();
        }
        self.face.params().iter().zip(&self.numbers).map(|(p, n)| value_of(p, *n)).collect()
    }
}

/// The value that stands for a number.
pub(super) fn value_of(spec: &bf_node::ParamSpec, number: f32) -> Value {
    match spec.kind {
        bf_node::ParamKind::Switch { .. } => Value::Bool(number > 0.5),
        bf_node::ParamKind::Choice { options, .. } => {
            Value::Text((*options.get(number as usize).unwrap_or(&"")).to_owned())
        }
        _ => Value::Number(f64::from(number)),
    }
}

/// A polyphonic patch: what each group of voices runs.
#[derive(Debug)]
pub struct Instrument {
    /// How many notes sound at once.
    pub voices: usize,
    /// The plan of one group.
    pub plan: Plan,
    /// The node that gives frequency, gate and so on of each voice.
    pub voice: Option<u32>,
    /// The node that stands for the patch's own inputs.
    pub inputs: Option<u32>,
    /// The node that stands for its live controls.
    pub controls: Option<u32>,
    /// For each output of the instrument: the node and output inside.
    pub outputs: Vec<End>,
    /// A hash of all the above, so that an unchanged patch is known as unchanged.
    pub hash: u64,
}

impl PartialEq for Instrument {
    fn eq(&self, other: &Instrument) -> bool {
        self.hash == other.hash
    }
}

/// What a cable enters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Into {
    /// An input.
    Input(u16),
    /// A param.
    Param(u16),
}

/// Who a cable is, over all plans.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CableKey {
    /// Where it leaves: node and output.
    pub from: (NodeKey, u16),
    /// Where it enters.
    pub into: (NodeKey, Into),
    /// Whether it moves a param around its number rather than replacing it: another amount is the same cable, but none
    /// is another.
    pub modulates: bool,
    /// Which of those between these two ends: two inputs of an instance may lead to one place inside.
    pub nth: u16,
}

/// One end of a cable in the flat graph: a node's index and a port.
pub type End = (u32, u16);

/// Where a cable is written: the patch, and which of its cables. It is no part of what the cable is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Site {
    /// 0 for a cable that is written nowhere, 1 for the main patch, then the files of the set in their order.
    patch: u32,
    /// Counted over all cables of the patch, in their order.
    pub(super) number: u32,
}

impl Site {
    /// The first cable of a patch: 0 for the main one, then the files of the set in their order.
    pub(super) fn first_of(patch: u32) -> Site {
        Site { patch: patch + 1, number: 0 }
    }
    /// The patch: 0 for the main one. `None` where the cable is written nowhere.
    pub(super) fn patch(self) -> Option<u32> {
        self.patch.checked_sub(1)
    }
}

impl PartialEq for Site {
    fn eq(&self, _: &Site) -> bool {
        true
    }
}

/// A cable of the flat graph.
#[derive(Clone, Debug, PartialEq)]
pub struct FlatCable {
    /// Node and output.
    pub from: End,
    /// The node it enters.
    pub to: u32,
    /// The input or param it enters.
    pub into: Into,
    /// Which of those between these two ends.
    pub nth: u16,
    /// Modulation depth on a param, gain on an input.
    pub amount: Option<f32>,
    /// Whether it is on its way out.
    pub ghost: bool,
    /// Ghosts only: whether it fades, or feeds a ghost at full level.
    pub fades: bool,
    /// Where it is written.
    pub site: Site,
}

impl FlatCable {
    /// Whether it moves a param around its number.
    pub fn modulates(&self) -> bool {
        matches!(self.into, Into::Param(_)) && self.amount.is_some()
    }
    /// Its gain, or depth.
    pub fn gain(&self) -> f32 {
        self.amount.unwrap_or(1.0)
    }
}

/// Every node and cable, in the order of their names; cables in the order in which they sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flat {
    /// Nodes by path.
    pub nodes: Vec<FlatNode>,
    /// Cables by what they enter.
    pub cables: Vec<FlatCable>,
    /// Nodes of the main patch that a hand can reach by other names: instance path and control to inner params.
    pub controls: Vec<InstanceControl>,
    /// Samples that are asked for.
    pub samples: Vec<String>,
    /// Texts that the session reads, in the order of their nodes.
    pub texts: Vec<FlatText>,
    /// What is odd but does not keep the set from playing.
    pub warnings: Vec<super::CompileError>,
}

impl FlatCable {
    /// A cable of the patch as it stands, the only one between its ends.
    pub(super) fn new(from: End, to: u32, into: Into, amount: Option<f32>) -> FlatCable {
        FlatCable { from, to, into, nth: 0, amount, ghost: false, fades: false, site: Site::default() }
    }
}

impl Flat {
    /// Numbers the cables that lie side by side between the same two ends, so that each has a key of its own.
    pub(super) fn tell_apart(&mut self, entering: &Entering) {
        let mut sorted = Vec::new();
        // For each node, the last one that a cable from it was seen to enter, counted from 1.
        let mut seen = vec![0; self.nodes.len()];
        for node in 0..self.nodes.len() as u32 {
            let list = entering.of(node);
            // Only cables from one node can lie between the same two ports.
            let is_again = |c: &u32| {
                let last = &mut seen[self.cables[*c as usize].from.0 as usize];
                core::mem::replace(last, node + 1) == node + 1
            };
            if list.len() < 2 || !list.iter().any(is_again) {
                continue;
            }
            sorted.clear();
            sorted.extend(list.iter().map(|c| {
                let cable = &self.cables[*c as usize];
                (cable.into, cable.from, *c)
            }));
            sorted.sort_unstable();
            for pair in 1..sorted.len() {
                let ((into, from, before), (same_into, same_from, c)) = (sorted[pair - 1], sorted[pair]);
                if (into, from) == (same_into, same_from) {
                    self.cables[c as usize].nth = self.cables[before as usize].nth.saturating_add(1);
                }
            }
        }
    }
    /// The key of a cable.
    pub fn cable_key(&self, cable: &FlatCable) -> CableKey {
        CableKey {
            from: (self.nodes[cable.from.0 as usize].key.clone(), cable.from.1),
            into: (self.nodes[cable.to as usize].key.clone(), cable.into),
            modulates: cable.modulates(),
            nth: cable.nth,
        }
    }
}

/// A control of an opened instance: the instance's path, the control's name, and the params inside.
pub type InstanceControl = (Name, Name, Vec<(u32, u16)>);
