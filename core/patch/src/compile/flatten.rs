//! Resolve names and open instances: the document becomes a flat graph.

mod lanes;

use super::assemble::{VOICE_LANES, assemble_voice};
use super::face::{Face, PatchFace};
use super::flat::{Config, End, Flat, FlatCable, FlatNode, Instrument, Into, NodeKey};
use super::{At, CompileError};
use crate::{Cable, Name, Node, Patch, Set, Socket};
use bf_node::registry::nearest;
use bf_node::{Form, Kind, NodeSpec, ParamKind, ParamSpec, PortSpec, Registry, Role, Value};
use core::hash::{Hash, Hasher};
use rustc_hash::{FxHashMap, FxHasher};
use std::sync::Arc;

/// What a name in a patch stands for.
enum Ref {
    Plain(u32),
    Instance(Box<Exposed>),
    /// An unknown type: kept in the document, silent here.
    Unknown,
}

/// What an opened instance shows to the patch around it.
#[derive(Default)]
struct Exposed {
    inputs: Vec<(Name, Vec<(u32, Into)>)>,
    outputs: Vec<(Name, End)>,
    controls: Vec<(Name, Vec<(u32, u16)>)>,
}

struct Builder<'a> {
    set: &'a Set,
    registry: &'a Registry,
    config: &'a Config<'a>,
    flat: Flat,
    errors: Vec<CompileError>,
    /// Files being opened, outermost first.
    chain: Vec<String>,
    in_voice: bool,
}

/// Opens the main patch and everything in it.
///
/// # Errors
/// Every fault found.
pub fn flatten(set: &Set, registry: &Registry, config: &Config<'_>) -> Result<Flat, Vec<CompileError>> {
    let mut b = Builder {
        set,
        registry,
        config,
        flat: Flat::default(),
        errors: Vec::new(),
        chain: Vec::new(),
        in_voice: false,
    };
    b.flat.nodes.reserve(set.main.nodes.len());
    b.flat.cables.reserve(set.main.nodes.len());
    b.patch(None, &set.main, &[]);
    if b.errors.is_empty() { Ok(b.flat) } else { Err(b.errors) }
}

/// Values that an instance's controls lay over the params inside.
type Given = [(Socket, Value)];

impl Builder<'_> {
    fn file(&self) -> Option<String> {
        self.chain.last().cloned()
    }
    fn error(&mut self, at: At, message: String, hint: Option<String>) {
        let file = self.file();
        self.errors.push(CompileError { file, at, message, hint });
    }
    fn warn(&mut self, at: At, message: String, hint: Option<String>) {
        let file = self.file();
        self.flat.warnings.push(CompileError { file, at, message, hint });
    }

    fn patch(&mut self, prefix: Option<&Name>, patch: &Patch, given: &Given) -> Exposed {
        let mut refs: FxHashMap<&str, Ref> = FxHashMap::default();
        refs.reserve(patch.nodes.len());
        for (name, node) in &patch.nodes {
            let path = prefix.map_or_else(|| name.clone(), |p| p.inside(name));
            let made = self.node(patch, name, path, node, given);
            refs.insert(name.as_str(), made);
        }
        for (socket, cables) in &patch.cables {
            for (i, cable) in cables.iter().enumerate() {
                self.cable(&refs, socket, i, cable);
            }
        }
        lanes::automation(self, prefix, patch, &refs);
        lanes::snapshots(self, prefix, patch, &refs);
        self.exposed(patch, &refs)
    }

    fn node(&mut self, patch: &Patch, name: &Name, path: Name, node: &Node, given: &Given) -> Ref {
        let Some(spec) = self.registry.get(&node.kind) else {
            let hint = self.registry.nearest(&node.kind).map(|n| format!("did you mean {n:?}?"));
            self.warn(At::Node(name.clone()), format!("unknown type {:?}: {name} stays silent", node.kind), hint);
            return Ref::Unknown;
        };
        if spec.role == Role::Patch {
            return self.instance(patch, name, path, node, given);
        }
        if !self.in_voice && spec.role == Role::Voice {
            let hint = Some("give the instance `voices`, or the patch file `voices = 8`".to_owned());
            self.warn(At::Node(name.clone()), format!("{name} has no voices here and stays silent"), hint);
            return Ref::Unknown;
        }
        if self.in_voice
            && spec.inputs.iter().chain(spec.outputs).any(|p| p.kind == Kind::Event)
            && !matches!(spec.role, Role::Voice)
            && spec.outputs.iter().any(|p| p.kind == Kind::Event)
        {
            self.error(
                At::Node(name.clone()),
                format!("{name} plays notes, which a voice cannot"),
                Some("put it outside the polyphonic patch".to_owned()),
            );
        }
        let (numbers, values) = self.values(patch, name, node, spec, given);
        let mut hash = FxHasher::default();
        node.kind.hash(&mut hash);
        if let Some(values) = &values {
            for (p, v) in spec.params.iter().zip(values.iter()) {
                if let ParamKind::Setting { form, .. } = p.kind {
                    v.to_string().hash(&mut hash);
                    if let (Form::Sample | Form::Notes, Some(file)) = (form, v.as_text()) {
                        (self.config.sample_version)(file).hash(&mut hash);
                        if !file.is_empty() && !self.flat.samples.iter().any(|s| s == file) {
                            self.flat.samples.push(file.to_owned());
                        }
                    }
                }
            }
        }
        let key = NodeKey { path, identity: hash.finish() };
        self.push(FlatNode {
            key,
            face: Face::Node(spec),
            numbers,
            values: values.map(Arc::new),
            channels: 1,
            instrument: None,
            ghost: false,
        })
    }

    fn push(&mut self, node: FlatNode) -> Ref {
        self.flat.nodes.push(node);
        Ref::Plain(self.flat.nodes.len() as u32 - 1)
    }

    /// The numbers of all params, and all values where the type has settings.
    fn values(
        &mut self,
        patch: &Patch,
        name: &Name,
        node: &Node,
        spec: &'static NodeSpec,
        given: &Given,
    ) -> (Box<[f32]>, Option<Vec<Value>>) {
        for param in node.params.keys() {
            if spec.param(param.as_str()).is_none() {
                let hint = nearest(param.as_str(), spec.params.iter().map(|p| p.name));
                let at = At::Param(Socket { node: name.clone(), port: Some(param.clone()) });
                let message = format!("{} has no param {param}", spec.name);
                self.warn(at, message, hint.map(|h| format!("did you mean {h}?")));
            }
        }
        let overridden = !patch.overrides.is_empty();
        let mut numbers = Vec::with_capacity(spec.params.len());
        let settings = spec.params.iter().any(ParamSpec::is_setting);
        let mut values = settings.then(|| Vec::with_capacity(spec.params.len()));
        for p in spec.params {
            let socket = || Socket::new(name.as_str(), p.name);
            let over = if overridden { patch.overrides.get(&socket()) } else { None };
            let outer =
                given.iter().find(|(s, _)| s.node == *name && s.port.as_ref().is_some_and(|n| n.as_str() == p.name));
            let value = over.or(outer.map(|(_, v)| v)).or_else(|| node.params.get(p.name));
            let checked = match value {
                None => Ok(p.default_number()),
                Some(v) if p.is_setting() => p.check_setting(v).map(|()| 0.0),
                Some(v) => p.number_of(v),
            };
            match checked {
                Ok(n) => numbers.push(n),
                Err(expected) => {
                    let found = value.map(ToString::to_string).unwrap_or_default();
                    let message = format!("{name}.{} is {found}, expected {expected}", p.name);
                    self.error(At::Param(socket()), message, None);
                    numbers.push(p.default_number());
                }
            }
            if let Some(values) = &mut values {
                values.push(value.cloned().unwrap_or_else(|| p.default_value()));
            }
        }
        (numbers.into_boxed_slice(), values)
    }

    fn instance(&mut self, patch: &Patch, name: &Name, path: Name, node: &Node, given: &Given) -> Ref {
        let at = || At::Param(Socket::new(name.as_str(), "file"));
        let Some(file) = node.params.get("file").and_then(Value::as_text).map(str::to_owned) else {
            self.error(
                At::Node(name.clone()),
                format!("{name} names no patch"),
                Some("add file = \"patches/….toml\"".into()),
            );
            return Ref::Unknown;
        };
        if self.chain.contains(&file) {
            let chain = self.chain.join(" → ");
            self.error(at(), format!("a patch that contains itself: {chain} → {file}"), None);
            return Ref::Unknown;
        }
        let set = self.set;
        let Some(inner) = set.files.get(&file) else {
            let hint = nearest(&file, set.files.keys().map(String::as_str)).map(|n| format!("did you mean {n:?}?"));
            self.error(at(), format!("the patch {file:?} is not there"), hint);
            return Ref::Unknown;
        };
        let mut inside: Vec<(Socket, Value)> = Vec::new();
        for (param, value) in &node.params {
            if matches!(param.as_str(), "file" | "voices") {
                continue;
            }
            let Some((_, control)) = inner.controls.iter().find(|(n, _)| n == param) else {
                let hint = nearest(param.as_str(), inner.controls.iter().map(|(n, _)| n.as_str()));
                let at = At::Param(Socket { node: name.clone(), port: Some(param.clone()) });
                self.warn(at, format!("{file} has no control {param}"), hint.map(|h| format!("did you mean {h}?")));
                continue;
            };
            let socket = Socket { node: name.clone(), port: Some(param.clone()) };
            let value = patch.overrides.get(&socket).unwrap_or(value);
            inside.extend(control.targets.iter().map(|t| (t.clone(), value.clone())));
        }
        for (socket, value) in &patch.overrides {
            if socket.node == *name && !node.params.contains_key(socket.port.as_ref().map_or("", |p| p.as_str())) {
                let control = inner.controls.iter().find(|(n, _)| Some(n) == socket.port.as_ref());
                inside.extend(control.iter().flat_map(|(_, c)| c.targets.iter().map(|t| (t.clone(), value.clone()))));
            }
        }
        for (socket, value) in given.iter().filter(|(s, _)| s.node == *name) {
            let control = inner.controls.iter().find(|(n, _)| Some(n) == socket.port.as_ref());
            inside.extend(control.iter().flat_map(|(_, c)| c.targets.iter().map(|t| (t.clone(), value.clone()))));
        }
        for (_, control) in &inner.controls {
            if let Some(default) = &control.default {
                for t in &control.targets {
                    if !inside.iter().any(|(s, _)| s == t) {
                        inside.push((t.clone(), default.clone()));
                    }
                }
            }
        }
        let voices = node.params.get("voices").and_then(Value::as_number).map_or(inner.voices, |v| v as u32);
        self.chain.push(file);
        let made = if voices > 0 && !self.in_voice {
            self.instrument(path, inner, &inside, voices as usize)
        } else {
            let exposed = self.patch(Some(&path), inner, &inside);
            for (control, targets) in &exposed.controls {
                self.flat.controls.push((path.clone(), control.clone(), targets.clone()));
            }
            Ref::Instance(Box::new(exposed))
        };
        self.chain.pop();
        made
    }

    fn instrument(&mut self, path: Name, inner: &Patch, inside: &Given, voices: usize) -> Ref {
        let mut b = Builder {
            set: self.set,
            registry: self.registry,
            config: self.config,
            flat: Flat::default(),
            errors: Vec::new(),
            chain: self.chain.clone(),
            in_voice: true,
        };
        let exposed = b.patch(Some(&path), inner, inside);
        let find = |b: &Builder<'_>, role: Role| {
            b.flat.nodes.iter().position(|n| n.face.spec().is_some_and(|s| s.role == role)).map(|i| i as u32)
        };
        let voice = find(&b, Role::Voice);
        let notes = PortSpec::events("", "Notes to play.");
        let mut face = PatchFace { inputs: vec![notes], input_names: vec![Name::new("notes")], ..PatchFace::default() };
        let inputs = b.boundary(&path, "~inputs", &exposed.inputs, |b, targets| {
            let rest = targets.iter().find_map(|(n, into)| match into {
                Into::Input(i) => b.flat.nodes[*n as usize].face.inputs().get(usize::from(*i)).map(|p| p.rest),
                Into::Param(_) => None,
            });
            face.inputs.push(PortSpec::mono("", "An input of the patch.").rest(rest.unwrap_or(0.0)));
        });
        face.input_names.extend(exposed.inputs.iter().map(|(n, _)| n.clone()));
        let mut numbers = Vec::new();
        let live: Vec<(Name, Vec<(u32, Into)>)> = exposed
            .controls
            .iter()
            .map(|(n, t)| {
                let live = t
                    .iter()
                    .filter(|(node, p)| !b.flat.nodes[*node as usize].face.params()[usize::from(*p)].is_setting());
                (n.clone(), live.map(|(node, p)| (*node, Into::Param(*p))).collect())
            })
            .filter(|(_, t): &(Name, Vec<_>)| !t.is_empty())
            .collect();
        let controls = b.boundary(&path, "~controls", &live, |b, targets| {
            if let Some((node, Into::Param(p))) = targets.first() {
                let node = &b.flat.nodes[*node as usize];
                let mut spec = node.face.params()[usize::from(*p)].smooth();
                spec.name = "";
                face.params.push(spec);
                numbers.push(node.numbers[usize::from(*p)]);
            }
        });
        face.param_names.extend(live.iter().map(|(n, _)| n.clone()));
        self.flat.samples.extend(b.flat.samples.iter().cloned());
        self.flat.warnings.append(&mut b.flat.warnings);
        self.errors.append(&mut b.errors);
        if !self.errors.is_empty() {
            return Ref::Unknown;
        }
        let outputs: Vec<End> = exposed.outputs.iter().map(|(_, e)| *e).collect();
        let lanes = if voices + voices.div_ceil(4) <= 8 { 8 } else { VOICE_LANES };
        let plan = match assemble_voice(b.flat, lanes, &outputs, self.config) {
            Ok(plan) => plan,
            Err(errors) => {
                let file = self.file();
                self.errors.extend(errors.into_iter().map(|e| CompileError { file: e.file.or(file.clone()), ..e }));
                return Ref::Unknown;
            }
        };
        for ((name, _), (node, port)) in exposed.outputs.iter().zip(&outputs) {
            let channels = super::shape::output_channels(&plan.flat, *node, *port);
            face.outputs
                .push(PortSpec { channels: bf_node::Channels::Fixed(channels as u8), ..PortSpec::mono("", "") });
            face.output_names.push(name.clone());
        }
        let mut hash = FxHasher::default();
        (voices, lanes).hash(&mut hash);
        for n in &plan.flat.nodes {
            n.key.hash(&mut hash);
        }
        for c in &plan.flat.cables {
            (c.from, c.to, c.into, c.amount.map(f32::to_bits)).hash(&mut hash);
        }
        outputs.hash(&mut hash);
        let hash = hash.finish();
        let instrument = Instrument { voices, plan, voice, inputs, controls, outputs, hash };
        self.push(FlatNode {
            key: NodeKey { path, identity: hash },
            face: Face::Patch(Arc::new(face)),
            numbers: numbers.into_boxed_slice(),
            values: None,
            channels: 1,
            instrument: Some(Arc::new(instrument)),
            ghost: false,
        })
    }

    /// A node that stands for what comes from outside a voice: one mono output a name, cabled to its targets.
    fn boundary(
        &mut self,
        path: &Name,
        name: &str,
        ends: &[(Name, Vec<(u32, Into)>)],
        mut each: impl FnMut(&Self, &[(u32, Into)]),
    ) -> Option<u32> {
        for (_, targets) in ends {
            each(self, targets);
        }
        if ends.is_empty() {
            return None;
        }
        let face = PatchFace {
            outputs: ends.iter().map(|_| PortSpec::mono("", "")).collect(),
            output_names: ends.iter().map(|(n, _)| n.clone()).collect(),
            ..PatchFace::default()
        };
        self.flat.nodes.push(FlatNode {
            key: NodeKey { path: path.inside(&Name::new(name)), identity: 0 },
            face: Face::Patch(Arc::new(face)),
            numbers: Box::new([]),
            values: None,
            channels: 1,
            instrument: None,
            ghost: false,
        });
        let at = self.flat.nodes.len() as u32 - 1;
        for (i, (_, targets)) in ends.iter().enumerate() {
            for (to, into) in targets {
                // A control comes before the modulations around it.
                self.flat.cables.insert(
                    0,
                    FlatCable { from: (at, i as u16), to: *to, into: *into, amount: None, ghost: false, fades: false },
                );
            }
        }
        Some(at)
    }

    fn cable(&mut self, refs: &FxHashMap<&str, Ref>, socket: &Socket, index: usize, cable: &Cable) {
        let at = || At::Cable(socket.clone(), index);
        let from = match self.source(refs, &cable.from, at()) {
            Some(from) => from,
            None => return,
        };
        for (to, into) in self.targets(refs, socket, at()) {
            if self.fits(from, to, into, &cable.from, socket, at()) {
                let amount = cable.amount.map(|a| a as f32);
                self.flat.cables.push(FlatCable { from, to, into, amount, ghost: false, fades: false });
            }
        }
    }

    fn fits(&mut self, from: End, to: u32, into: Into, source: &Socket, target: &Socket, at: At) -> bool {
        let kind = self.flat.nodes[from.0 as usize].face.outputs()[usize::from(from.1)].kind;
        let (message, hint) = match into {
            Into::Input(i) => {
                let wanted = self.flat.nodes[to as usize].face.inputs()[usize::from(i)].kind;
                match (kind, wanted) {
                    (Kind::Event, Kind::Signal) => (
                        format!("{source} sends notes, but {target} takes a signal"),
                        "put a `cv` node between: it turns notes into frequency and gate",
                    ),
                    (Kind::Signal, Kind::Event) => (
                        format!("{source} is a signal, but {target} takes notes"),
                        "a sequencer's first output sends notes",
                    ),
                    _ => return true,
                }
            }
            Into::Param(p) => {
                let spec = self.flat.nodes[to as usize].face.params()[usize::from(p)];
                if !spec.is_setting() {
                    return true;
                }
                (format!("{target} is a setting, which no cable can drive"), "write its value in the node's line")
            }
        };
        self.error(at, message, Some(hint.to_owned()));
        false
    }

    fn source(&mut self, refs: &FxHashMap<&str, Ref>, socket: &Socket, at: At) -> Option<End> {
        let hint = |names: Vec<String>, wanted: &str| {
            let near = nearest(wanted, names.iter().map(String::as_str)).map(|n| format!("did you mean {n}? "));
            Some(format!("{}it has {}", near.unwrap_or_default(), names.join(", ")))
        };
        match refs.get(socket.node.as_str()) {
            None => {
                let near = nearest(socket.node.as_str(), refs.keys().copied()).map(|n| format!("did you mean {n}?"));
                self.error(at, format!("there is no node {}", socket.node), near);
                None
            }
            Some(Ref::Unknown) => None,
            Some(Ref::Plain(i)) => {
                let face = &self.flat.nodes[*i as usize].face;
                let found = match &socket.port {
                    None => (!face.outputs().is_empty()).then_some(0),
                    Some(port) => face.output(port.as_str()),
                };
                let Some(found) = found else {
                    let names = (0..face.outputs().len()).map(|k| face.output_name(k).to_owned()).collect::<Vec<_>>();
                    let port = socket.port.as_ref().map_or("out", |p| p.as_str());
                    let hint = if names.is_empty() { Some("it has none".to_owned()) } else { hint(names, port) };
                    self.error(at, format!("{} has no output {port}", socket.node), hint);
                    return None;
                };
                Some((*i, found as u16))
            }
            Some(Ref::Instance(e)) => {
                let found = match &socket.port {
                    None => e.outputs.first(),
                    Some(port) => e.outputs.iter().find(|(n, _)| n == port),
                };
                if found.is_none() {
                    let names: Vec<String> = e.outputs.iter().map(|(n, _)| n.to_string()).collect();
                    let port = socket.port.as_ref().map_or("out", |p| p.as_str());
                    let hint = if names.is_empty() {
                        Some("its patch names no [outputs]".to_owned())
                    } else {
                        hint(names, port)
                    };
                    self.error(at, format!("{} has no output {port}", socket.node), hint);
                }
                found.map(|(_, end)| *end)
            }
        }
    }

    fn targets(&mut self, refs: &FxHashMap<&str, Ref>, socket: &Socket, at: At) -> Vec<(u32, Into)> {
        match refs.get(socket.node.as_str()) {
            None => {
                let near = nearest(socket.node.as_str(), refs.keys().copied()).map(|n| format!("did you mean {n}?"));
                self.error(at, format!("there is no node {}", socket.node), near);
                Vec::new()
            }
            Some(Ref::Unknown) => Vec::new(),
            Some(Ref::Plain(i)) => {
                let face = &self.flat.nodes[*i as usize].face;
                let found = match &socket.port {
                    None => (!face.inputs().is_empty()).then_some(Into::Input(0)),
                    Some(port) => {
                        let input = face.input(port.as_str()).map(|i| Into::Input(i as u16));
                        input.or_else(|| face.param(port.as_str()).map(|p| Into::Param(p as u16)))
                    }
                };
                let Some(found) = found else {
                    let inputs = (0..face.inputs().len()).map(|k| face.input_name(k).to_owned());
                    let params = (0..face.params().len()).map(|k| face.param_name(k).to_owned());
                    let names: Vec<String> = inputs.chain(params).collect();
                    let port = socket.port.as_ref().map_or("in", |p| p.as_str());
                    let near = nearest(port, names.iter().map(String::as_str)).map(|n| format!("did you mean {n}? "));
                    let hint = format!("{}it has {}", near.unwrap_or_default(), names.join(", "));
                    self.error(at, format!("{} has no input or param {port}", socket.node), Some(hint));
                    return Vec::new();
                };
                vec![(*i, found)]
            }
            Some(Ref::Instance(e)) => {
                let found = match &socket.port {
                    None => e.inputs.first().map(|(_, t)| t.clone()),
                    Some(port) => e.inputs.iter().find(|(n, _)| n == port).map(|(_, t)| t.clone()).or_else(|| {
                        let control = e.controls.iter().find(|(n, _)| n == port)?;
                        Some(control.1.iter().map(|(n, p)| (*n, Into::Param(*p))).collect())
                    }),
                };
                if found.is_none() {
                    let names = e.inputs.iter().map(|(n, _)| n).chain(e.controls.iter().map(|(n, _)| n));
                    let names: Vec<String> = names.map(ToString::to_string).collect();
                    let port = socket.port.as_ref().map_or("in", |p| p.as_str());
                    let hint = format!("its patch has {}", names.join(", "));
                    self.error(at, format!("{} has no input or control {port}", socket.node), Some(hint));
                }
                found.unwrap_or_default()
            }
        }
    }

    fn exposed(&mut self, patch: &Patch, refs: &FxHashMap<&str, Ref>) -> Exposed {
        let mut exposed = Exposed::default();
        for (name, sockets) in &patch.inputs {
            let mut targets = Vec::new();
            for socket in sockets {
                targets.extend(self.targets(refs, socket, At::Exposed(name.clone())));
            }
            exposed.inputs.push((name.clone(), targets));
        }
        for (name, socket) in &patch.outputs {
            if let Some(end) = self.source(refs, socket, At::Exposed(name.clone())) {
                exposed.outputs.push((name.clone(), end));
            }
        }
        for (name, control) in &patch.controls {
            let mut params = Vec::new();
            for socket in &control.targets {
                for (node, into) in self.targets(refs, socket, At::Exposed(name.clone())) {
                    match into {
                        Into::Param(p) => params.push((node, p)),
                        Into::Input(_) => {
                            let message =
                                format!("the control {name} leads to {socket}, which is an input, not a param");
                            self.error(At::Exposed(name.clone()), message, Some("list it under [inputs]".into()));
                        }
                    }
                }
            }
            exposed.controls.push((name.clone(), params));
        }
        exposed
    }
}
