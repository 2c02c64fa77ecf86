//! The ports and params of a node in the flat graph: a declared type's, or an instrument's own.

use crate::Name;
use bf_node::{NodeSpec, ParamSpec, PortSpec};
use std::sync::Arc;

/// The most params of a node: a processor is handed so many at once, and an instrument has no more controls.
pub const MAX_PARAMS: usize = 64;

/// What cables and values see of a node.
#[derive(Clone, Debug)]
pub enum Face {
    /// A declared type.
    Node(&'static NodeSpec),
    /// A polyphonic patch.
    Patch(Arc<PatchFace>),
}

/// The ports and params of a polyphonic patch. Names inside the specs are empty; the lists beside them hold the names.
#[derive(Clone, Debug, Default)]
pub struct PatchFace {
    /// The first is `notes`; then the patch's own inputs.
    pub inputs: Vec<PortSpec>,
    /// Names of the inputs.
    pub input_names: Vec<Name>,
    /// The patch's outputs.
    pub outputs: Vec<PortSpec>,
    /// Names of the outputs.
    pub output_names: Vec<Name>,
    /// The patch's controls that are live.
    pub params: Vec<ParamSpec>,
    /// Names of the controls.
    pub param_names: Vec<Name>,
}

impl PartialEq for Face {
    fn eq(&self, other: &Face) -> bool {
        match (self, other) {
            (Face::Node(a), Face::Node(b)) => core::ptr::eq(*a, *b),
            (Face::Patch(a), Face::Patch(b)) => {
                a.input_names == b.input_names && a.output_names == b.output_names && a.param_names == b.param_names
            }
            _ => false,
        }
    }
}

impl Face {
    /// What may enter.
    pub fn inputs(&self) -> &[PortSpec] {
        match self {
            Face::Node(s) => s.inputs,
            Face::Patch(p) => &p.inputs,
        }
    }
    /// What may leave.
    pub fn outputs(&self) -> &[PortSpec] {
        match self {
            Face::Node(s) => s.outputs,
            Face::Patch(p) => &p.outputs,
        }
    }
    /// Values and settings.
    pub fn params(&self) -> &[ParamSpec] {
        match self {
            Face::Node(s) => s.params,
            Face::Patch(p) => &p.params,
        }
    }
    /// The declared type, if it is one.
    pub fn spec(&self) -> Option<&'static NodeSpec> {
        match self {
            Face::Node(s) => Some(s),
            Face::Patch(_) => None,
        }
    }
    /// The index of an input by name.
    pub fn input(&self, name: &str) -> Option<usize> {
        match self {
            Face::Node(s) => s.input(name),
            Face::Patch(p) => p.input_names.iter().position(|n| n.as_str() == name),
        }
    }
    /// The index of an output by name.
    pub fn output(&self, name: &str) -> Option<usize> {
        match self {
            Face::Node(s) => s.output(name),
            Face::Patch(p) => p.output_names.iter().position(|n| n.as_str() == name),
        }
    }
    /// The index of a param by name.
    pub fn param(&self, name: &str) -> Option<usize> {
        match self {
            Face::Node(s) => s.param(name),
            Face::Patch(p) => p.param_names.iter().position(|n| n.as_str() == name),
        }
    }
    /// The name of an input, for messages.
    pub fn input_name(&self, i: usize) -> &str {
        match self {
            Face::Node(s) => s.inputs[i].name,
            Face::Patch(p) => p.input_names[i].as_str(),
        }
    }
    /// The name of an output, for messages.
    pub fn output_name(&self, i: usize) -> &str {
        match self {
            Face::Node(s) => s.outputs[i].name,
            Face::Patch(p) => p.output_names[i].as_str(),
        }
    }
    /// The name of a param, for messages.
    pub fn param_name(&self, i: usize) -> &str {
        match self {
            Face::Node(s) => s.params[i].name,
            Face::Patch(p) => p.param_names[i].as_str(),
        }
    }
}
