//! Resolve names and open instances: the document becomes a flat graph.

mod bounds;
mod cue;
mod ends;
pub(super) mod helper;
mod instance;
mod lanes;
mod solo;
mod standin;
mod twice;

use super::bypass;
use super::face::Face;
use super::flat::{Config, End, Flat, FlatCable, FlatNode, Into, NodeKey, Site, value_of};
use super::frozen::FROZEN;
use super::moving::{self, FlatText};
use super::{At, CompileError};
use crate::{Name, Node, Patch, Set, Socket};
use bf_node::registry::nearest;
use bf_node::{Code, Form, Kind, NodeSpec, ParamKind, ParamSpec, Registry, Role, Value};
pub use bounds::MAX_NODES;
use bounds::Opened;
use core::hash::{Hash, Hasher};
use rustc_hash::{FxHashMap, FxHasher};
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// What a name in a patch stands for.
enum Ref {
    Plain(u32),
    Instance(Box<Exposed>),
    /// An unknown type: kept in the document, silent here.
    Unknown,
    Frozen(Box<standin::Standin>),
}

/// What the names of one patch stand for.
type Refs<'a> = FxHashMap<&'a str, Ref>;

/// What an opened instance shows to the patch around it.
#[derive(Default)]
struct Exposed {
    inputs: Vec<(Name, Vec<(u32, Into)>)>,
    outputs: Vec<(Name, End)>,
    /// Outputs that lead to nothing, which was told where it is so, with their places among all.
    lost: Vec<(usize, Name)>,
    controls: Vec<(Name, Vec<(u32, u16)>)>,
}

struct Builder<'a> {
    set: &'a Set,
    registry: &'a Registry,
    /// The types that were asked for so far.
    specs: FxHashMap<&'a str, &'static NodeSpec>,
    config: &'a Config<'a>,
    flat: Flat,
    errors: Vec<CompileError>,
    /// Files being opened, outermost first.
    chain: Vec<String>,
    /// How much was opened so far.
    opened: Opened,
    /// The places of the files in the set, counted from 1.
    places: Rc<FxHashMap<&'a str, u32>>,
    /// The place of the patch that is being opened.
    place: u32,
    in_voice: bool,
    /// Inside an instrument: the node that stands for the voice, which all its patches share.
    voice: Option<u32>,
    /// Whether cables were led past nodes: then two of them may lie between the same two ports.
    led: bool,
    /// Nodes in whose place files play.
    frozen: Vec<u32>,
}

/// Opens the main patch and everything in it.
///
/// # Errors
/// Every fault found.
pub fn flatten(set: &Set, registry: &Registry, config: &Config<'_>) -> Result<Flat, Vec<CompileError>> {
    let (led, warnings) = bypass::led(set, registry);
    let warnings = matches!(led, Cow::Owned(_)).then_some(warnings);
    open(&led, warnings, registry, config)
}

/// The same, of a set whose cables are led past its bypassed nodes. `warnings` are those of that; `None` where it has no
/// such nodes.
pub(super) fn open(
    set: &Set,
    warnings: Option<Vec<CompileError>>,
    registry: &Registry,
    config: &Config<'_>,
) -> Result<Flat, Vec<CompileError>> {
    let places = set.files.keys().map(String::as_str).zip(1..).collect();
    let mut b = Builder::new(set, registry, config, Rc::new(places));
    b.led = warnings.is_some();
    b.flat.warnings = warnings.unwrap_or_default();
    b.flat.nodes.reserve(set.main.nodes.len());
    b.flat.cables.reserve(set.main.nodes.len());
    b.patch(None, &set.main, &[]);
    standin::leave_out(&mut b.flat, &b.frozen);
    solo::solo(&mut b.flat);
    cue::cue(&mut b.flat);
    if b.errors.is_empty() { Ok(b.flat) } else { Err(b.errors) }
}

/// Values that an instance's controls lay over the params inside.
type Given = [Laid];

/// A value that is laid over a param inside of an instance.
#[derive(Clone)]
struct Laid {
    to: Socket,
    value: Value,
    /// Where it stands.
    file: Option<String>,
    at: At,
}

impl Exposed {
    /// Whether an output that is asked for, the first where none is named, is one of those that lead to nothing.
    fn has_lost(&self, port: Option<&Name>) -> bool {
        self.lost.iter().any(|(place, name)| port.map_or(*place == 0, |port| port == name))
    }
}

impl Ref {
    /// What cables enter.
    fn entered(&self) -> &Ref {
        if let Ref::Frozen(standin) = self { &standin.entered } else { self }
    }
}

/// Whether the compiler reads a key of a node's line, and not the node.
fn is_key(param: &str) -> bool {
    bypass::is_key(param) || param == FROZEN
}

impl<'a> Builder<'a> {
    fn new(
        set: &'a Set,
        registry: &'a Registry,
        config: &'a Config<'a>,
        places: Rc<FxHashMap<&'a str, u32>>,
    ) -> Builder<'a> {
        Builder {
            set,
            registry,
            specs: FxHashMap::default(),
            config,
            flat: Flat::default(),
            errors: Vec::new(),
            chain: Vec::new(),
            opened: Opened::default(),
            places,
            place: 0,
            in_voice: false,
            voice: None,
            led: false,
            frozen: Vec::new(),
        }
    }

    fn spec(&mut self, kind: &'a str) -> Option<&'static NodeSpec> {
        if let Some(spec) = self.specs.get(kind) {
            return Some(spec);
        }
        let spec = self.registry.get(kind)?;
        self.specs.insert(kind, spec);
        Some(spec)
    }

    fn file(&self) -> Option<String> {
        self.chain.last().cloned()
    }
    fn error(&mut self, at: At, message: String, hint: Option<String>) {
        let file = self.file();
        self.errors.push(CompileError { file, at, message, hint, within: None });
    }
    fn warn(&mut self, at: At, message: String, hint: Option<String>) {
        let file = self.file();
        self.flat.warnings.push(CompileError { file, at, message, hint, within: None });
    }

    fn patch(&mut self, prefix: Option<&Name>, patch: &'a Patch, given: &Given) -> Exposed {
        let mut refs = Refs::default();
        refs.reserve(patch.nodes.len());
        for (name, node) in &patch.nodes {
            let path = prefix.map_or_else(|| name.clone(), |p| p.inside(name));
            let first = self.flat.nodes.len();
            let made = self.node(patch, name, path.clone(), node, given);
            let made = self.standin(made, (name, &path), node, first);
            refs.insert(name.as_str(), made);
        }
        self.switches(patch);
        let mut site = Site::first_of(self.place);
        for (socket, cables) in &patch.cables {
            for (i, cable) in cables.iter().enumerate() {
                self.cable(&refs, socket, i, (cable, site));
                site.number += 1;
            }
        }
        if !self.led {
            self.twice(&refs, patch);
        }
        lanes::automation(self, prefix, patch, &refs);
        lanes::snapshots(self, prefix, patch, &refs);
        self.exposed(patch, &refs)
    }

    fn node(&mut self, patch: &'a Patch, name: &Name, path: Name, node: &'a Node, given: &Given) -> Ref {
        if !self.has_room(&path) {
            return Ref::Unknown;
        }
        let Some(spec) = self.spec(&node.kind) else {
            let hint = self.registry.nearest(&node.kind).map(|n| format!("did you mean {n:?}?"));
            self.warn(At::Node(name.clone()), format!("unknown type {:?}: {name} stays silent", node.kind), hint);
            return Ref::Unknown;
        };
        if spec.role == Role::Patch {
            return self.instance(spec, (patch, name, node), path, given);
        }
        if let (Role::Voice, Some(voice)) = (spec.role, self.voice) {
            return Ref::Plain(voice);
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
        let (numbers, values) = self.values(patch, (name, &path), node, spec, given);
        let mut hash = FxHasher::default();
        node.kind.hash(&mut hash);
        if let Some(values) = &values {
            for (p, v) in spec.params.iter().zip(values.iter()) {
                // What the session reads is no part of the node.
                if let ParamKind::Setting { form, .. } = p.kind
                    && moving::code(p).is_none()
                {
                    v.to_string().hash(&mut hash);
                    if matches!(form, Form::Sample | Form::Samples | Form::Notes) {
                        for file in v.texts() {
                            (self.config.sample_version)(file).hash(&mut hash);
                            if !file.is_empty() && !self.flat.samples.iter().any(|s| s == file) {
                                self.flat.samples.push(file.to_owned());
                            }
                        }
                    }
                }
            }
        }
        let key = NodeKey { path, identity: hash.finish() };
        let made = self.push(FlatNode {
            key,
            face: Face::Node(spec),
            numbers,
            values: values.map(Arc::new),
            channels: 1,
            instrument: None,
            ghost: false,
        });
        if let (Role::Voice, Ref::Plain(at)) = (spec.role, &made) {
            self.voice = Some(*at);
        }
        made
    }

    fn push(&mut self, node: FlatNode) -> Ref {
        self.flat.nodes.push(node);
        Ref::Plain(self.flat.nodes.len() as u32 - 1)
    }

    /// The number of a param, and what the session is to read of it; 0 for settings.
    fn number(
        &mut self,
        p: &ParamSpec,
        (name, path): (&Name, &Name),
        value: Option<&Value>,
        laid: Option<&Laid>,
    ) -> f32 {
        let Some(value) = value else { return p.default_number() };
        let checked = if p.is_setting() { p.check_setting(value).map(|()| 0.0) } else { p.number_of(value) };
        let at = || At::Param(Socket::new(name.as_str(), p.name));
        let code = moving::code(p);
        let reads = if p.is_setting() { checked.is_ok() && code.is_some() } else { checked.is_err() };
        if let Some(text) = value.as_text().filter(|text| reads && !text.is_empty()) {
            let (file, at) = laid.map_or_else(|| (self.file(), at()), |l| (l.file.clone(), l.at.clone()));
            let (path, param, text) = (path.clone(), Name::new(p.name), text.to_owned());
            return self.text(p, FlatText { path, param, code, text, file, at }, name);
        }
        checked.unwrap_or_else(|expected| {
            self.error(at(), format!("{name}.{} is {value}, expected {expected}", p.name), None);
            p.default_number()
        })
    }

    /// A text that the session reads; answers where a param begins that it moves.
    fn text(&mut self, spec: &ParamSpec, made: FlatText, name: &Name) -> f32 {
        let read = match made.code {
            None => moving::moving(spec, &made.text).map(Some),
            Some(Code::Notation) => moving::notes(&made.text).map(Some),
            Some(Code::Expression | Code::Script | Code::ScriptFile) => Ok(None),
        };
        match read {
            Ok(pattern) => {
                let first = pattern.filter(|_| made.code.is_none()).and_then(|pattern| moving::first(&pattern));
                self.flat.texts.push(made);
                first.unwrap_or_else(|| spec.default_number())
            }
            Err(e) => {
                let message = format!("{name}.{} is {:?}: {}", spec.name, made.text, e.message);
                let (file, at, hint) = (made.file, made.at, Some(e.hint));
                self.errors.push(CompileError { file, at, message, hint, within: Some(e.span) });
                spec.default_number()
            }
        }
    }

    /// The numbers of all params, and all values where the type has settings.
    fn values(
        &mut self,
        patch: &Patch,
        (name, path): (&Name, &Name),
        node: &Node,
        spec: &'static NodeSpec,
        given: &Given,
    ) -> (Box<[f32]>, Option<Vec<Value>>) {
        for param in node.params.keys() {
            if spec.param(param.as_str()).is_none() && !is_key(param.as_str()) {
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
                given.iter().find(|l| l.to.node == *name && l.to.port.as_ref().is_some_and(|n| n.as_str() == p.name));
            let value = over.or(outer.map(|l| &l.value)).or_else(|| node.params.get(p.name));
            let number = self.number(p, (name, path), value, outer.filter(|_| over.is_none()));
            numbers.push(number);
            if let Some(values) = &mut values {
                let moves = !p.is_setting() && value.is_some_and(|v| p.number_of(v).is_err());
                let value = value.filter(|_| !moves).cloned();
                values.push(value.unwrap_or_else(|| if moves { value_of(p, number) } else { p.default_value() }));
            }
        }
        (numbers.into_boxed_slice(), values)
    }
}
