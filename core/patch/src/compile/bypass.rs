//! Nodes that are bypassed or muted: cables go past them before anything is compiled, and their state runs on.

use super::CompileError;
use super::flatten::helper::{PASS, PASS_NOTES};
use crate::fits::Room;
use crate::past::{Left, Past, entered, entry};
use crate::ports::Types;
use crate::{Name, Node, Patch, Set, Socket};
use bf_node::{Kind, Registry, Value};
use std::borrow::Cow;

/// The key of a node's line that has the signal go past it: what enters its first input of a kind leaves by the first of
/// its outputs of that kind that is heard. A node that makes its sound itself is silent meanwhile.
pub const BYPASS: &str = "bypass";
/// The key that keeps what leaves a node from being heard, where its type has no param of that name.
pub const MUTE: &str = "mute";

/// Whether a key of a node's line leads cables past it.
pub(super) fn is_key(param: &str) -> bool {
    param == BYPASS || param == MUTE
}

/// The set with the cables of its bypassed and muted nodes led past them; as it is where there are none.
pub(super) fn led<'a>(set: &'a Set, registry: &Registry) -> (Cow<'a, Set>, Vec<CompileError>) {
    let mut patches = core::iter::once((None, &set.main)).chain(set.files.iter().map(|(f, p)| (Some(f), p)));
    if !patches.any(|(_, patch)| has_any(patch)) {
        return (Cow::Borrowed(set), Vec::new());
    }
    let (mut made, mut warnings) = (set.clone(), Vec::new());
    let files: Vec<Option<String>> = core::iter::once(None).chain(set.files.keys().cloned().map(Some)).collect();
    for file in files {
        let Some(patch) = set.patch(file.as_deref()).filter(|patch| has_any(patch)) else { continue };
        let led = Way { set, patch, registry }.led(file.as_ref(), &mut warnings);
        match file {
            None => made.main = led,
            Some(file) => _ = made.files.insert(file, led),
        }
    }
    (Cow::Owned(made), warnings)
}

fn has_any(patch: &Patch) -> bool {
    let named = |param: &Name| is_key(param.as_str());
    patch.nodes.values().any(|node| node.params.keys().any(named))
        || patch.overrides.keys().any(|target| target.port.as_ref().is_some_and(named))
}

/// One patch on its way past its nodes.
struct Way<'a> {
    set: &'a Set,
    patch: &'a Patch,
    registry: &'a Registry,
}

impl Way<'_> {
    fn led(&self, file: Option<&String>, warnings: &mut Vec<CompileError>) -> Patch {
        let types = Types::new(self.set, self.registry);
        let patch = self.entered(types);
        let mut led = patch.clone().into_owned();
        let room = Room { types, patch: &patch, beside: None, inside: file.is_some() };
        let past = Past::of(room, |name, node| self.left(name, node));
        if past.is_empty() {
            return led;
        }
        for (to, list) in &mut led.cables {
            if past.touches(list) {
                *list = past.led(to, list);
            }
        }
        led.cables.retain(|_, list| !list.is_empty());
        for (name, source) in &mut led.outputs {
            if !past.leads(source) {
                continue;
            }
            let kind = room.ports(&source.node).and_then(|p| types.output_kind(p, p.output(source.port.as_ref())?));
            let passing = self.passing(kind.unwrap_or(Kind::Signal));
            match (past.source(source), passing) {
                (Some(heard), _) => *source = heard,
                // What is heard there is none or several: a node in its place brings them together.
                (None, Some(node)) => {
                    let shown = Socket { node: Name::new(&format!("~out.{name}")), port: None };
                    led.nodes.insert(shown.node.clone(), node);
                    let cables = past.heard(source);
                    led.cables.extend((!cables.is_empty()).then(|| (shown.clone(), cables)));
                    *source = shown;
                }
                (None, None) => warnings.push(CompileError {
                    file: file.cloned(),
                    at: super::At::Exposed(name.clone()),
                    message: format!("the output {name} shows {source}, which cannot be bypassed there"),
                    hint: Some("put a `gain` between the node and the output".to_owned()),
                    within: None,
                }),
            }
        }
        led
    }

    /// The patch with nodes in place of the inputs that lead into what is bypassed: what they hear goes past it.
    fn entered(&self, types: Types<'_>) -> Cow<'_, Patch> {
        let room = Room { types, patch: self.patch, beside: None, inside: true };
        let is_out = |target: &Socket| {
            let node = self.patch.nodes.get(&target.node);
            node.is_some_and(|node| self.left(&target.node, node) == Some(Left::Out))
                && room.is_input(target)
                && self.passing(Kind::Signal).is_some()
        };
        let mut patch = entered(self.patch, &is_out);
        if let Cow::Owned(patch) = &mut patch {
            for (name, targets) in &mut patch.inputs {
                let Some(first) = targets.iter().find(|target| is_out(target)) else { continue };
                let ports = room.ports(&first.node);
                let kind = ports.and_then(|p| types.input_kind(p, p.input(first.port.as_ref())?));
                let Some(node) = self.passing(kind.unwrap_or(Kind::Signal)) else { continue };
                targets.retain(|target| !is_out(target));
                targets.insert(0, Socket { node: entry(name), port: None });
                patch.nodes.insert(entry(name), node);
            }
        }
        patch
    }

    /// A node that passes on what enters it.
    fn passing(&self, kind: Kind) -> Option<Node> {
        let kind = if kind == Kind::Event { PASS_NOTES } else { PASS }.kind;
        self.registry.get(kind).map(|_| Node::new(kind))
    }

    fn left(&self, name: &Name, node: &Node) -> Option<Left> {
        let bypassed = self.is_on(name, node, BYPASS).then_some(Left::Out);
        if self.is_on(name, node, MUTE) { Some(Left::Silent) } else { bypassed }
    }

    fn is_on(&self, name: &Name, node: &Node, key: &str) -> bool {
        let has_param = self.registry.get(&node.kind).is_some_and(|spec| spec.param(key).is_some());
        let hand = self.patch.overrides.get(&Socket::new(name.as_str(), key));
        let value = hand.or_else(|| node.params.get(key)).filter(|_| !has_param);
        matches!(value, Some(Value::Bool(true))) || value.and_then(Value::as_number).is_some_and(|n| n > 0.5)
    }
}
