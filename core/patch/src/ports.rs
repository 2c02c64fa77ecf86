//! What cables see of a node: the ports and params of its type, or those of the patch that it stands for.

use crate::instance::{self, DEEPEST};
use crate::{Name, Node, Patch, Set, Socket};
use bf_node::{Kind, NodeSpec, ParamSpec, Registry, Role, Value};
use std::collections::BTreeMap;

/// The input that a patch with voices has before its own.
const NOTES: &str = "notes";

/// Where types and patch files are looked up.
#[derive(Clone, Copy)]
pub struct Types<'a> {
    registry: &'a Registry,
    files: &'a BTreeMap<String, Patch>,
    more: Option<&'a BTreeMap<String, Patch>>,
}

/// The ports and params of one node.
#[derive(Clone, Copy)]
pub enum Ports<'a> {
    /// Those that a type declares.
    Type(&'static NodeSpec),
    /// Those that a patch file names, and notes before them where it has voices.
    Patch {
        /// What the node stands for.
        patch: &'a Patch,
        /// Whether notes enter.
        notes: bool,
    },
}

impl<'a> Types<'a> {
    /// The types of a registry and the patch files of a set.
    pub fn new(set: &'a Set, registry: &'a Registry) -> Types<'a> {
        Types { registry, files: &set.files, more: None }
    }

    /// The same with patch files that do not belong to the set.
    #[must_use]
    pub fn with(self, files: &'a BTreeMap<String, Patch>) -> Types<'a> {
        Types { more: Some(files), ..self }
    }

    /// The ports of a node as its line says; `None` where its type is unknown, or its patch file is not there.
    pub fn of(&self, node: &Node) -> Option<Ports<'a>> {
        self.known(node, |setting| node.params.get(setting))
    }

    /// The ports of a node of a patch, whose hands may have chosen another file or other voices.
    pub fn in_patch(&self, patch: &Patch, name: &Name, node: &Node) -> Option<Ports<'a>> {
        self.known(node, |setting| instance::said(patch, name, node, setting))
    }

    /// Whether a node stands for a patch file.
    pub(crate) fn is_patch(&self, node: &Node) -> bool {
        self.registry.get(&node.kind).is_some_and(|spec| spec.role == Role::Patch)
    }

    fn known<'n>(&self, node: &Node, said: impl Fn(&str) -> Option<&'n Value>) -> Option<Ports<'a>> {
        let spec = self.registry.get(&node.kind)?;
        if spec.role != Role::Patch {
            return Some(Ports::Type(spec));
        }
        let file = instance::file(said("file"))?;
        let patch = self.files.get(&*file).or_else(|| self.more?.get(&*file))?;
        let voices = instance::voices(said("voices"), spec, patch).unwrap_or(patch.voices);
        Some(Ports::Patch { patch, notes: voices > 0 })
    }

    /// What an input takes; `None` where that is not known.
    pub fn input_kind(&self, ports: Ports<'_>, input: usize) -> Option<Kind> {
        self.input_in(ports, input, DEEPEST)
    }

    /// What an output carries; `None` where that is not known.
    pub fn output_kind(&self, ports: Ports<'_>, output: usize) -> Option<Kind> {
        self.output_in(ports, output, DEEPEST)
    }

    /// What is declared of a param; of a control, what is declared of the first param that it sets.
    pub fn param_spec(&self, ports: Ports<'_>, param: usize) -> Option<&'static ParamSpec> {
        self.param_in(ports, param, DEEPEST)
    }

    fn inner(&self, patch: &Patch, socket: &Socket) -> Option<Ports<'a>> {
        self.in_patch(patch, &socket.node, patch.nodes.get(&socket.node)?)
    }

    fn input_in(&self, ports: Ports<'_>, input: usize, depth: usize) -> Option<Kind> {
        let Ports::Patch { patch, notes } = ports else { return ports.spec()?.inputs.get(input).map(|p| p.kind) };
        if notes {
            // Into voices goes one signal for all of them, or notes.
            return Some(if input == 0 { Kind::Event } else { Kind::Signal });
        }
        let socket = patch.inputs.get(input)?.1.first()?;
        let inner = self.inner(patch, socket).filter(|_| depth > 0)?;
        match inner.input(socket.port.as_ref()) {
            Some(input) => self.input_in(inner, input, depth - 1),
            None => Some(Kind::Signal),
        }
    }

    fn output_in(&self, ports: Ports<'_>, output: usize, depth: usize) -> Option<Kind> {
        let Ports::Patch { patch, notes } = ports else { return ports.spec()?.outputs.get(output).map(|p| p.kind) };
        if notes {
            return Some(Kind::Signal);
        }
        let socket = &patch.outputs.get(output)?.1;
        let inner = self.inner(patch, socket).filter(|_| depth > 0)?;
        self.output_in(inner, inner.output(socket.port.as_ref())?, depth - 1)
    }

    fn param_in(&self, ports: Ports<'_>, param: usize, depth: usize) -> Option<&'static ParamSpec> {
        let Ports::Patch { patch, .. } = ports else { return ports.spec()?.params.get(param) };
        let target = patch.controls.get(param)?.1.targets.first()?;
        let inner = self.inner(patch, target).filter(|_| depth > 0)?;
        self.param_in(inner, inner.param(target.port.as_ref()?)?, depth - 1)
    }
}

impl<'a> Ports<'a> {
    fn spec(self) -> Option<&'static NodeSpec> {
        match self {
            Ports::Type(spec) => Some(spec),
            Ports::Patch { .. } => None,
        }
    }

    /// The names of all inputs, in order.
    pub fn inputs(self) -> Vec<&'a str> {
        match self {
            Ports::Type(spec) => spec.inputs.iter().map(|p| p.name).collect(),
            Ports::Patch { patch, notes } => {
                let own = patch.inputs.iter().map(|(name, _)| name.as_str());
                notes.then_some(NOTES).into_iter().chain(own).collect()
            }
        }
    }

    /// The names of all outputs, in order.
    pub fn outputs(self) -> Vec<&'a str> {
        match self {
            Ports::Type(spec) => spec.outputs.iter().map(|p| p.name).collect(),
            Ports::Patch { patch, .. } => patch.outputs.iter().map(|(name, _)| name.as_str()).collect(),
        }
    }

    /// The names of all params, in order.
    pub fn params(self) -> Vec<&'a str> {
        match self {
            Ports::Type(spec) => spec.params.iter().map(|p| p.name).collect(),
            Ports::Patch { patch, .. } => patch.controls.iter().map(|(name, _)| name.as_str()).collect(),
        }
    }

    /// The place of an input; without a name the first.
    pub fn input(self, port: Option<&Name>) -> Option<usize> {
        let Some(port) = port else { return (!self.has_none(true)).then_some(0) };
        match self {
            Ports::Type(spec) => spec.input(port.as_str()),
            Ports::Patch { notes: true, .. } if port.as_str() == NOTES => Some(0),
            Ports::Patch { patch, notes } => {
                patch.inputs.iter().position(|(name, _)| name == port).map(|i| i + usize::from(notes))
            }
        }
    }

    /// The place of an output; without a name the first.
    pub fn output(self, port: Option<&Name>) -> Option<usize> {
        let Some(port) = port else { return (!self.has_none(false)).then_some(0) };
        match self {
            Ports::Type(spec) => spec.output(port.as_str()),
            Ports::Patch { patch, .. } => patch.outputs.iter().position(|(name, _)| name == port),
        }
    }

    /// The place of a param.
    pub fn param(self, port: &Name) -> Option<usize> {
        match self {
            Ports::Type(spec) => spec.param(port.as_str()),
            Ports::Patch { patch, .. } => patch.controls.iter().position(|(name, _)| name == port),
        }
    }

    fn has_none(self, inputs: bool) -> bool {
        match (self, inputs) {
            (Ports::Type(spec), true) => spec.inputs.is_empty(),
            (Ports::Type(spec), false) => spec.outputs.is_empty(),
            (Ports::Patch { patch, notes }, true) => !notes && patch.inputs.is_empty(),
            (Ports::Patch { patch, .. }, false) => patch.outputs.is_empty(),
        }
    }
}
