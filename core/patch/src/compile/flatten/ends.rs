//! The ends of cables, and what a patch shows to the one around it: names become numbers.

use super::standin::Standin;
use super::{At, Builder, End, Exposed, FlatCable, Into, Ref, Refs, Site};
use crate::{Cable, Patch, Socket};
use bf_node::Kind;
use bf_node::registry::nearest;

/// What helps where an instance has no output.
const NO_OUTPUTS: &str =
    "its patch names no [outputs]: write there [outputs], and under it for example out = \"level\"";

impl Builder<'_> {
    pub(super) fn cable(&mut self, refs: &Refs<'_>, socket: &Socket, index: usize, (cable, site): (&Cable, Site)) {
        let at = || At::Cable(socket.clone(), index);
        let Some(from) = self.source(refs, &cable.from, &at) else { return };
        for (to, into) in self.targets(refs, socket, &at) {
            if self.fits(from, to, into, &cable.from, socket, &at) {
                if !self.has_room_for_cable(socket) {
                    return;
                }
                let amount = cable.amount.map(|a| a as f32);
                self.flat.cables.push(FlatCable { site, ..FlatCable::new(from, to, into, amount) });
            }
        }
    }

    fn fits(&mut self, from: End, to: u32, into: Into, source: &Socket, target: &Socket, at: &dyn Fn() -> At) -> bool {
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
        self.error(at(), message, Some(hint.to_owned()));
        false
    }

    fn source(&mut self, refs: &Refs<'_>, socket: &Socket, at: &dyn Fn() -> At) -> Option<End> {
        let hint = |names: Vec<String>, wanted: &str| {
            let near = nearest(wanted, names.iter().map(String::as_str)).map(|n| format!("did you mean {n}? "));
            Some(format!("{}it has {}", near.unwrap_or_default(), names.join(", ")))
        };
        match refs.get(socket.node.as_str()) {
            None => {
                self.no_node(refs, socket, at);
                None
            }
            Some(Ref::Unknown) => None,
            Some(Ref::Frozen(standin)) => self.of_frozen(refs, standin, socket, at),
            Some(Ref::Plain(i)) => {
                let face = &self.flat.nodes[*i as usize].face;
                let Some(found) = self.output_of(refs, socket) else {
                    let names = (0..face.outputs().len()).map(|k| face.output_name(k).to_owned()).collect::<Vec<_>>();
                    let port = socket.port.as_ref().map_or("out", |p| p.as_str());
                    // One that plays in voices stands for its patch.
                    let none = if face.spec().is_none() { NO_OUTPUTS } else { "it has none" };
                    let hint = if names.is_empty() { Some(none.to_owned()) } else { hint(names, port) };
                    self.error(at(), format!("{} has no output {port}", socket.node), hint);
                    return None;
                };
                Some((*i, found))
            }
            // What is at fault was told inside.
            Some(Ref::Instance(e)) if e.has_lost(socket.port.as_ref()) => None,
            Some(Ref::Instance(e)) => {
                let found = self.output_of(refs, socket).map(|i| e.outputs[usize::from(i)].1);
                if found.is_none() {
                    let names: Vec<String> = e.outputs.iter().map(|(n, _)| n.to_string()).collect();
                    let port = socket.port.as_ref().map_or("out", |p| p.as_str());
                    let hint = if names.is_empty() { Some(NO_OUTPUTS.to_owned()) } else { hint(names, port) };
                    self.error(at(), format!("{} has no output {port}", socket.node), hint);
                }
                found
            }
        }
    }

    /// What plays in the place of a frozen node.
    fn of_frozen(&mut self, refs: &Refs<'_>, standin: &Standin, socket: &Socket, at: &dyn Fn() -> At) -> Option<End> {
        let found = self.output_of(refs, socket).map(|i| standin.outputs[usize::from(i)].1);
        if found.is_none() {
            let names: Vec<&str> = standin.outputs.iter().map(|(name, _)| name.as_str()).collect();
            let port = socket.port.as_ref().map_or("out", |p| p.as_str());
            self.error(
                at(),
                format!("{} has no output {port}", socket.node),
                Some(format!("it has {}", names.join(", "))),
            );
        } else if found == Some(None) {
            let message = format!("{socket} was not frozen with {} and is silent", socket.node);
            self.warn(at(), message, Some("unfreeze the node, or freeze it again".to_owned()));
        }
        found.flatten()
    }

    /// The inputs and params that an end leads to: one of a node, or all that an instance's input or control leads to.
    pub(super) fn targets<'r>(
        &mut self,
        refs: &'r Refs<'_>,
        socket: &Socket,
        at: &dyn Fn() -> At,
    ) -> impl Iterator<Item = (u32, Into)> + use<'r> {
        let mut one = None;
        let mut inputs: &[(u32, Into)] = &[];
        let mut params: &[(u32, u16)] = &[];
        match refs.get(socket.node.as_str()).map(Ref::entered) {
            None => self.no_node(refs, socket, at),
            Some(Ref::Unknown | Ref::Frozen(_)) => {}
            Some(Ref::Plain(i)) => {
                let face = &self.flat.nodes[*i as usize].face;
                one = self.input_of(refs, socket).map(|into| (*i, into));
                if one.is_none() {
                    let inputs = (0..face.inputs().len()).map(|k| face.input_name(k).to_owned());
                    let params = (0..face.params().len()).map(|k| face.param_name(k).to_owned());
                    let names: Vec<String> = inputs.chain(params).collect();
                    let port = socket.port.as_ref().map_or("in", |p| p.as_str());
                    let near = nearest(port, names.iter().map(String::as_str)).map(|n| format!("did you mean {n}? "));
                    let hint = format!("{}it has {}", near.unwrap_or_default(), names.join(", "));
                    self.error(at(), format!("{} has no input or param {port}", socket.node), Some(hint));
                }
            }
            Some(Ref::Instance(e)) => match self.input_of(refs, socket) {
                Some(Into::Input(i)) => inputs = &e.inputs[usize::from(i)].1,
                Some(Into::Param(p)) => params = &e.controls[usize::from(p)].1,
                None => {
                    let names = e.inputs.iter().map(|(n, _)| n).chain(e.controls.iter().map(|(n, _)| n));
                    let names: Vec<String> = names.map(ToString::to_string).collect();
                    let port = socket.port.as_ref().map_or("in", |p| p.as_str());
                    let hint = format!("its patch has {}", names.join(", "));
                    self.error(at(), format!("{} has no input or control {port}", socket.node), Some(hint));
                }
            },
        }
        let params = params.iter().map(|(node, param)| (*node, Into::Param(*param)));
        one.into_iter().chain(inputs.iter().copied()).chain(params)
    }

    fn no_node(&mut self, refs: &Refs<'_>, socket: &Socket, at: &dyn Fn() -> At) {
        let near = nearest(socket.node.as_str(), refs.keys().copied()).map(|n| format!("did you mean {n}?"));
        self.error(at(), format!("there is no node {}", socket.node), near);
    }

    pub(super) fn exposed(&mut self, patch: &Patch, refs: &Refs<'_>) -> Exposed {
        let mut exposed = Exposed::default();
        for (name, sockets) in &patch.inputs {
            let at = || At::Exposed(name.clone());
            let mut targets = Vec::new();
            for socket in sockets {
                targets.extend(self.targets(refs, socket, &at));
                if !self.leads_to_few(name, &mut targets) {
                    break;
                }
            }
            exposed.inputs.push((name.clone(), targets));
        }
        for (place, (name, socket)) in patch.outputs.iter().enumerate() {
            let at = || At::Exposed(name.clone());
            match self.source(refs, socket, &at) {
                Some(end) => exposed.outputs.push((name.clone(), end)),
                None => exposed.lost.push((place, name.clone())),
            }
        }
        for (name, control) in &patch.controls {
            let at = || At::Exposed(name.clone());
            let mut params = Vec::new();
            for socket in &control.targets {
                if !self.leads_to_few(name, &mut params) {
                    break;
                }
                for (node, into) in self.targets(refs, socket, &at) {
                    match into {
                        // Named twice, or by two controls of an instance, it is still set once.
                        Into::Param(p) if params.contains(&(node, p)) => {}
                        Into::Param(p) => params.push((node, p)),
                        Into::Input(_) => {
                            let message =
                                format!("the control {name} leads to {socket}, which is an input, not a param");
                            self.error(at(), message, Some("list it under [inputs]".into()));
                        }
                    }
                }
            }
            exposed.controls.push((name.clone(), params));
        }
        exposed
    }
}
