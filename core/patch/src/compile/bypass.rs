//! Nodes that are bypassed or muted: cables go past them before anything is compiled, and their state runs on.

use super::CompileError;
use crate::{Cable, Name, Node, Patch, Set, Socket};
use bf_node::{Kind, Registry, Role, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The key of a node's line that has the signal go past it: what enters its first input of a kind leaves by the first of
/// its outputs of that kind that is heard. A node that makes its sound itself is silent meanwhile.
pub const BYPASS: &str = "bypass";
/// The key that keeps what leaves a node from being heard, where its type has no param of that name.
pub const MUTE: &str = "mute";

/// Whether the compiler reads a key of a node's line, and not the node.
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

/// Puts a cable to the others; two from one output are one of both their gains.
fn add(list: &mut Vec<Cable>, cable: Cable, param: bool) {
    let Some(other) = list.iter_mut().find(|other| other.from == cable.from) else { return list.push(cable) };
    match (other.amount, cable.amount) {
        // A number that is replaced by the same twice is replaced once.
        (None, None) if param => {}
        (a, b) => other.amount = Some(a.unwrap_or(1.0) + b.unwrap_or(1.0)),
    }
}

/// One patch on its way past its nodes.
struct Way<'a> {
    set: &'a Set,
    patch: &'a Patch,
    registry: &'a Registry,
}

/// The ports of a node, as far as a cable asks.
struct Ports {
    inputs: Vec<(Name, Kind)>,
    outputs: Vec<(Name, Kind)>,
}

/// What becomes of the cables that leave an output.
enum Past {
    /// They come from here instead.
    Through(Vec<Cable>),
    Silent,
}

impl Way<'_> {
    fn led(&self, file: Option<&String>, warnings: &mut Vec<CompileError>) -> Patch {
        let mut led = self.patch.clone();
        let past: BTreeMap<Socket, Past> = self.past();
        if past.is_empty() {
            return led;
        }
        for (to, list) in &mut led.cables {
            if list.iter().any(|cable| past.contains_key(&cable.from)) {
                let param = self.is_param(to);
                let was = core::mem::take(list);
                for cable in was.iter().flat_map(|cable| self.follow(cable, param, &past, &mut BTreeSet::new())) {
                    add(list, cable, param);
                }
            }
        }
        led.cables.retain(|_, list| !list.is_empty());
        for (name, source) in &mut led.outputs {
            let plain = Cable::plain(source.clone());
            if !past.contains_key(source) {
                continue;
            }
            match self.follow(&plain, false, &past, &mut BTreeSet::new()).as_slice() {
                [Cable { from, amount: None }] => *source = from.clone(),
                _ => warnings.push(CompileError {
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

    /// What a cable becomes: itself, or what goes past its node.
    fn follow(
        &self,
        cable: &Cable,
        param: bool,
        past: &BTreeMap<Socket, Past>,
        seen: &mut BTreeSet<Socket>,
    ) -> Vec<Cable> {
        let entering = match past.get(&cable.from) {
            None => return vec![cable.clone()],
            Some(Past::Silent) => return Vec::new(),
            Some(Past::Through(entering)) => entering,
        };
        if !seen.insert(cable.from.clone()) {
            return Vec::new();
        }
        // A number that is replaced cannot be made louder or softer on the way.
        if param && cable.amount.is_none() && entering.iter().any(|one| one.amount.is_some_and(|a| a != 1.0)) {
            return vec![cable.clone()];
        }
        let all = entering.iter().flat_map(|one| {
            let amount = match (one.amount, cable.amount) {
                (None, amount) => amount,
                (Some(a), None) => Some(a).filter(|_| !param),
                (Some(a), Some(b)) => Some(a * b),
            };
            self.follow(&Cable { from: one.from.clone(), amount }, param, past, seen)
        });
        all.collect()
    }

    fn is_param(&self, to: &Socket) -> bool {
        let inputs = self.patch.nodes.get(&to.node).map(|node| self.ports(node).inputs);
        to.port.as_ref().is_some_and(|port| !inputs.unwrap_or_default().iter().any(|(name, _)| name == port))
    }

    /// Every way of naming an output whose cables go another way.
    fn past(&self) -> BTreeMap<Socket, Past> {
        let mut past = BTreeMap::new();
        for (name, node) in &self.patch.nodes {
            let bypassed = self.is_on(name, node, BYPASS);
            let muted = self.is_on(name, node, MUTE);
            if !bypassed && !muted {
                continue;
            }
            let ports = self.ports(node);
            let mut through = None;
            for (i, (output, kind)) in ports.outputs.iter().enumerate() {
                let socket = Socket { node: name.clone(), port: Some(output.clone()) };
                let bare = Socket { node: name.clone(), port: None };
                let names = if i == 0 { vec![bare, socket] } else { vec![socket] };
                let heard = names.iter().any(|socket| self.is_heard(socket));
                let passes = !muted && heard && through.is_none();
                let entering = passes.then(|| self.entering(name, &ports, *kind)).flatten();
                through = through.or(entering.as_ref().map(|_| i));
                for socket in names {
                    let entering = entering.clone();
                    past.insert(socket, entering.map_or(Past::Silent, Past::Through));
                }
            }
        }
        past
    }

    /// What enters the first input of a kind; `None` where there is no such input.
    fn entering(&self, name: &Name, ports: &Ports, kind: Kind) -> Option<Vec<Cable>> {
        let (at, (input, _)) = ports.inputs.iter().enumerate().find(|(_, (_, of))| *of == kind)?;
        let named = Socket { node: name.clone(), port: Some(input.clone()) };
        let bare = Socket { node: name.clone(), port: None };
        let keys = [Some(bare).filter(|_| at == 0), Some(named)];
        Some(keys.iter().flatten().filter_map(|key| self.patch.cables.get(key)).flatten().cloned().collect())
    }

    fn is_heard(&self, from: &Socket) -> bool {
        self.patch.cables.values().flatten().any(|cable| cable.from == *from)
            || self.patch.outputs.iter().any(|(_, source)| source == from)
    }

    fn is_on(&self, name: &Name, node: &Node, key: &str) -> bool {
        let has_param = self.registry.get(&node.kind).is_some_and(|spec| spec.param(key).is_some());
        let hand = self.patch.overrides.get(&Socket::new(name.as_str(), key));
        let value = hand.or_else(|| node.params.get(key)).filter(|_| !has_param);
        matches!(value, Some(Value::Bool(true))) || value.and_then(Value::as_number).is_some_and(|n| n > 0.5)
    }

    fn ports(&self, node: &Node) -> Ports {
        self.ports_in(node, 0)
    }

    fn ports_in(&self, node: &Node, depth: usize) -> Ports {
        let spec = self.registry.get(&node.kind);
        let inner = spec.filter(|spec| spec.role == Role::Patch).and_then(|_| {
            let file = node.params.get("file").and_then(Value::as_text)?;
            self.set.files.get(file)
        });
        let Some(inner) = inner.filter(|_| depth < 32) else {
            let all = |ports: &[bf_node::PortSpec]| ports.iter().map(|p| (Name::new(p.name), p.kind)).collect();
            return spec.map_or(Ports { inputs: Vec::new(), outputs: Vec::new() }, |spec| Ports {
                inputs: all(spec.inputs),
                outputs: all(spec.outputs),
            });
        };
        let kind = |socket: &Socket, output: bool| {
            let node = inner.nodes.get(&socket.node)?;
            let ports = self.ports_in(node, depth + 1);
            let list = if output { ports.outputs } else { ports.inputs };
            list.into_iter()
                .find(|(name, _)| socket.port.as_ref().is_none_or(|port| port == name))
                .map(|(_, kind)| kind)
        };
        let voices = node.params.get("voices").and_then(Value::as_number).unwrap_or(f64::from(inner.voices));
        let notes = (voices > 0.0).then(|| (Name::new("notes"), Kind::Event));
        let inputs = inner
            .inputs
            .iter()
            .map(|(name, to)| (name.clone(), to.first().and_then(|to| kind(to, false)).unwrap_or(Kind::Signal)));
        let outputs = inner.outputs.iter().map(|(name, from)| (name.clone(), kind(from, true).unwrap_or(Kind::Signal)));
        Ports { inputs: notes.into_iter().chain(inputs).collect(), outputs: outputs.collect() }
    }
}
