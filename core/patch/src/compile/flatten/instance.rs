//! Opening an instance of a patch: its nodes among those around it, or an instrument with a plan of its own.

use super::super::assemble::{VOICE_LANES, assemble_voice};
use super::super::face::PatchFace;
use super::super::flat::{End, Flat, Instrument};
use super::super::shape;
use super::{At, Builder, Face, FlatCable, FlatNode, FlatText, Given, Into, Laid, NodeKey, Ref, is_key};
use crate::instance::{self, DEEPEST};
use crate::{Name, Node, Patch, Socket};
use bf_node::registry::nearest;
use bf_node::{Channels, NodeSpec, PortSpec, Value};
use core::hash::{Hash, Hasher};
use rustc_hash::FxHasher;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

impl<'a> Builder<'a> {
    pub(super) fn instance(
        &mut self,
        spec: &'static NodeSpec,
        (patch, name, node): (&Patch, &Name, &Node),
        path: Name,
        given: &Given,
    ) -> Ref {
        let at = || At::Param(Socket::new(name.as_str(), "file"));
        let Some(file) = instance::file(instance::said(patch, name, node, "file")).map(Cow::into_owned) else {
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
        if self.chain.len() >= DEEPEST {
            let chain = self.chain.join(" → ");
            let message = format!("patches lie more than {DEEPEST} deep in each other: {chain} → {file}");
            self.error(at(), message, Some("use the inner patches further out".to_owned()));
            return Ref::Unknown;
        }
        let set = self.set;
        let Some((key, inner)) = set.files.get_key_value(&file) else {
            let hint = nearest(&file, set.files.keys().map(String::as_str)).map(|n| format!("did you mean {n:?}?"));
            self.error(at(), format!("the patch {file:?} is not there"), hint);
            return Ref::Unknown;
        };
        let inside = self.laid(patch, name, node, inner, &file, given);
        let said = instance::said(patch, name, node, "voices");
        let voices = instance::voices(said, spec, inner).unwrap_or_else(|expected| {
            let found = said.map_or_else(String::new, ToString::to_string);
            let at = At::Param(Socket::new(name.as_str(), "voices"));
            self.error(at, format!("{name}.voices is {found}, expected {expected}"), None);
            0
        });
        self.chain.push(file);
        let around = core::mem::replace(&mut self.place, self.places[key.as_str()]);
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
        self.place = around;
        made
    }

    /// What an instance lays over the params inside: its own values, those of a hand, those of the patch around it, and
    /// what its controls stand at.
    fn laid(&mut self, patch: &Patch, name: &Name, node: &Node, inner: &Patch, file: &str, given: &Given) -> Vec<Laid> {
        let mut inside: Vec<Laid> = Vec::new();
        let around = self.file();
        let own = |socket: &Socket, value: &Value, to: &Socket| {
            let (to, value, file) = (to.clone(), value.clone(), around.clone());
            Laid { to, value, file, at: At::Param(socket.clone()) }
        };
        let control_of = |port: Option<&Name>| inner.controls.iter().find(|(n, _)| Some(n) == port);
        for (param, value) in &node.params {
            if matches!(param.as_str(), "file" | "voices") {
                continue;
            }
            let socket = Socket { node: name.clone(), port: Some(param.clone()) };
            let Some((_, control)) = control_of(Some(param)) else {
                if is_key(param.as_str()) {
                    continue;
                }
                let hint = nearest(param.as_str(), inner.controls.iter().map(|(n, _)| n.as_str()));
                let message = format!("{file} has no control {param}");
                self.warn(At::Param(socket), message, hint.map(|h| format!("did you mean {h}?")));
                continue;
            };
            let value = patch.overrides.get(&socket).unwrap_or(value);
            control.targets.iter().for_each(|t| lay(&mut inside, own(&socket, value, t)));
        }
        for (socket, value) in &patch.overrides {
            if socket.node == *name && !node.params.contains_key(socket.port.as_ref().map_or("", |p| p.as_str())) {
                let targets = control_of(socket.port.as_ref()).into_iter().flat_map(|(_, c)| &c.targets);
                targets.for_each(|t| lay(&mut inside, own(socket, value, t)));
            }
        }
        for laid in given.iter().filter(|l| l.to.node == *name) {
            let targets = control_of(laid.to.port.as_ref()).into_iter().flat_map(|(_, c)| &c.targets);
            targets.for_each(|t| lay(&mut inside, Laid { to: t.clone(), ..laid.clone() }));
        }
        for (control_name, control) in &inner.controls {
            let Some(default) = &control.default else { continue };
            for t in &control.targets {
                let (value, file) = (default.clone(), Some(file.to_owned()));
                lay(&mut inside, Laid { to: t.clone(), value, file, at: At::Exposed(control_name.clone()) });
            }
        }
        inside
    }

    fn instrument(&mut self, path: Name, inner: &'a Patch, inside: &Given, voices: usize) -> Ref {
        let mut b = Builder::new(self.set, self.registry, self.config, Rc::clone(&self.places));
        b.chain.clone_from(&self.chain);
        b.opened = self.opened;
        b.place = self.place;
        b.in_voice = true;
        b.led = self.led;
        let exposed = b.patch(Some(&path), inner, inside);
        self.opened = b.opened;
        let voice = b.voice;
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
        let mut live: Vec<(Name, Vec<(u32, Into)>)> = exposed
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
        let own = live.len();
        let texts = moved(&mut b.flat, &path, &mut live);
        self.few_enough(&live, own, &texts);
        self.flat.texts.extend(texts);
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
        // Where all of its outputs lead to nothing, that was told inside, too.
        if !self.errors.is_empty() || (exposed.outputs.is_empty() && !exposed.lost.is_empty()) {
            return Ref::Unknown;
        }
        let outputs: Vec<End> = exposed.outputs.iter().map(|(_, e)| *e).collect();
        let lanes = if voices + voices.div_ceil(4) <= 8 { 8 } else { VOICE_LANES };
        let plan = match assemble_voice(b.flat, lanes, &outputs, self.config) {
            Ok(plan) => plan,
            Err(faults) => {
                self.errors.extend(faults.into_iter().map(|fault| fault.placed(self.set)));
                return Ref::Unknown;
            }
        };
        for ((name, _), (node, port)) in exposed.outputs.iter().zip(&outputs) {
            let channels = shape::output_channels(&plan.flat, *node, *port);
            face.outputs.push(PortSpec { channels: Channels::Fixed(channels as u8), ..PortSpec::mono("", "") });
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
        // Notes and cables find what they mean by these names.
        (&outputs, &face.input_names, &face.output_names, &face.param_names).hash(&mut hash);
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
        let mut hash = FxHasher::default();
        face.output_names.hash(&mut hash);
        self.flat.nodes.push(FlatNode {
            key: NodeKey { path: path.inside(&Name::new(name)), identity: hash.finish() },
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
                self.flat.cables.insert(0, FlatCable::new((at, i as u16), *to, *into, None));
            }
        }
        Some(at)
    }
}

/// Lays a value over a param, where none is laid over it yet.
fn lay(inside: &mut Vec<Laid>, laid: Laid) {
    if !inside.iter().any(|there| there.to == laid.to) {
        inside.push(laid);
    }
}

/// Texts that move params inside an instrument move its controls; a param that no control leads to gets one of its own.
fn moved(flat: &mut Flat, path: &Name, live: &mut Vec<(Name, Vec<(u32, Into)>)>) -> Vec<FlatText> {
    let mut all = Vec::new();
    for text in core::mem::take(&mut flat.texts) {
        if text.code.is_some() {
            continue;
        }
        let Some(node) = flat.nodes.iter().position(|n| n.key.path == text.path) else { continue };
        let Some(param) = flat.nodes[node].face.param(text.param.as_str()) else { continue };
        let end = (node as u32, Into::Param(param as u16));
        // What several params share begins as the first of them.
        let shared = live.iter().find(|(_, ends)| ends.contains(&end));
        let control = match shared {
            Some((_, ends)) if ends.first() != Some(&end) => continue,
            Some((name, _)) => name.clone(),
            None => {
                let inner = text.path.as_str().strip_prefix(path.as_str()).unwrap_or(text.path.as_str());
                let name = Name::new(&format!("~{}.{}", inner.trim_start_matches('/'), text.param));
                live.push((name.clone(), vec![end]));
                name
            }
        };
        all.push(FlatText { path: path.clone(), param: control, ..text });
    }
    all
}
