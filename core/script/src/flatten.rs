//! Graphs become patches: each unit a node with a name, each connection a cable.

use crate::graph::{Graph, Node, Unit};
use crate::hint::Fault;
use crate::shared::Outcome;
use crate::{Moved, NodeGraph, Site};
use bf_node::{Registry, Value};
use bf_patch::{Cable, Control, Name, Patch, Socket, model};
use bf_pattern::Pattern;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Voices of an instrument that does not say how many.
const VOICES: u32 = 16;

/// A patch being written.
struct Writer<'a> {
    registry: &'a Registry,
    patch: &'a mut Patch,
    moved: BTreeMap<Socket, Pattern>,
    controls: BTreeMap<Name, Control>,
    /// The names of units, by where they lie in memory; the graph keeps them alive.
    names: HashMap<*const Unit, Name>,
    /// Stands before the names of the chain: `bass_` for what belongs to `bass`.
    prefix: String,
}

/// The patch of an instrument, from the graph of its voice.
pub(crate) fn instrument(registry: &Registry, graph: &Graph) -> Outcome<Patch> {
    let mut patch = Patch { voices: VOICES, ..Patch::default() };
    let mut writer = Writer::new(registry, &mut patch, String::new());
    writer.name_all(graph, "");
    let out = writer.socket(graph)?;
    let (controls, moved) = (writer.controls, writer.moved);
    if !moved.is_empty() {
        let fault = Fault::new("a pattern cannot move a param within an instrument");
        return Err(fault
            .hint(Some("name a control, v.cutoff, and give the pattern to the track: .cutoff(\"300 900\")"))
            .into());
    }
    patch.controls = controls.into_iter().collect();
    patch.outputs = vec![(Name::new("out"), out)];
    Ok(patch)
}

/// The nodes of a graph; the last of them has the name.
pub(crate) fn node(registry: &Registry, name: &Name, graph: &Graph, site: Site) -> Outcome<NodeGraph> {
    let mut patch = Patch::default();
    let mut writer = Writer::new(registry, &mut patch, format!("{name}_"));
    match &*graph.unit {
        Unit::Node(node) => {
            writer.names.insert(Arc::as_ptr(&graph.unit), name.clone());
            for (port, feeds) in &node.inputs {
                // The chain before it has short names; what enters it beside the chain is named by what it enters.
                let is_chain = node.spec.inputs.first().is_some_and(|first| first.name == port);
                let before = if is_chain { format!("{name}_") } else { format!("{name}_{port}_") };
                feeds.iter().for_each(|feed| writer.name_all(&feed.from, &before));
            }
            writer.write(name, node)?;
        }
        _ => return Err(Fault::new("only an instrument has a voice").into()),
    }
    if !writer.controls.is_empty() {
        return Err(Fault::new("only an instrument has controls").into());
    }
    let moved = |pattern: Pattern| Moved { fingerprint: pattern.fingerprint(), pattern, site: site.clone() };
    let moved = writer.moved.into_iter().map(|(to, pattern)| (to, moved(pattern))).collect();
    Ok(NodeGraph { patch, moved, site })
}

impl<'a> Writer<'a> {
    fn new(registry: &'a Registry, patch: &'a mut Patch, prefix: String) -> Writer<'a> {
        let (moved, controls) = (BTreeMap::new(), BTreeMap::new());
        Writer { registry, patch, moved, controls, names: HashMap::new(), prefix }
    }

    /// Names the units that a graph is made of. The state of a node follows its name, so that a name tells a place and
    /// no count, and a node more leaves the other names as they are: those of the chain, from the source on, are named
    /// by their types; what enters one of them beside the chain by what it enters: `svf`, `svf_cutoff_lfo`.
    fn name_all(&mut self, last: &Graph, before: &str) {
        let mut chain = Vec::new();
        let mut next = Some(last.clone());
        while let Some(graph) = next.take().filter(|graph| !self.names.contains_key(&Arc::as_ptr(&graph.unit))) {
            if let Unit::Node(node) = &*graph.unit {
                let first = node.spec.inputs.first().and_then(|port| node.inputs.get(port.name));
                next = first.and_then(|feeds| feeds.first()).map(|feed| feed.from.clone());
                chain.push(graph);
            }
        }
        for graph in chain.iter().rev() {
            if let Unit::Node(node) = &*graph.unit {
                let name = self.free(&format!("{before}{}", node.spec.name));
                self.names.insert(Arc::as_ptr(&graph.unit), name);
            }
        }
        for graph in chain.iter().rev() {
            let (Unit::Node(node), Some(name)) = (&*graph.unit, self.names.get(&Arc::as_ptr(&graph.unit)).cloned())
            else {
                continue;
            };
            for (port, feed) in node.inputs.iter().flat_map(|(port, feeds)| feeds.iter().map(move |feed| (port, feed)))
            {
                self.name_all(&feed.from, &format!("{name}_{port}_"));
            }
        }
    }

    /// The first free name: itself, then with a number.
    fn free(&self, wanted: &str) -> Name {
        let is_free = |name: &Name| !self.names.values().any(|other| other == name);
        let mut name = Name::new(wanted);
        let mut n = 2;
        while !is_free(&name) {
            name = Name::new(&format!("{wanted}{n}"));
            n += 1;
        }
        name
    }

    /// Where a graph leaves its node, which is written first where it is not yet.
    fn socket(&mut self, graph: &Graph) -> Outcome<Socket> {
        let port = |name: &str| Some(Name::new(name));
        let node = match &*graph.unit {
            Unit::Around(_) => {
                let fault = Fault::new("what has an amount enters a param, and nothing else");
                return Err(fault.hint(Some("ladder(#{ cutoff: v.cutoff + lfo(0.2).amount(2) })")).into());
            }
            Unit::Voice(of) => {
                let voice = Name::new(&format!("{}voice", self.prefix));
                self.patch.nodes.entry(voice.clone()).or_insert_with(|| model::Node::new("voice"));
                return Ok(Socket { node: voice, port: port(of) });
            }
            Unit::Control(control, default) => {
                // One node for a control, however often it is asked for.
                let name = Name::new(&format!("{}v_{control}", self.prefix));
                if !self.patch.nodes.contains_key(&name) {
                    self.patch.nodes.insert(name.clone(), model::Node::new("constant"));
                    let target = Socket { node: name.clone(), port: port("value") };
                    self.control(control, *default, target);
                }
                name
            }
            Unit::Node(node) => {
                let at = Arc::as_ptr(&graph.unit);
                let name = match self.names.get(&at) {
                    Some(name) => name.clone(),
                    None => self.free(&format!("{}{}", self.prefix, node.spec.name)),
                };
                if !self.patch.nodes.contains_key(&name) {
                    self.names.insert(at, name.clone());
                    // Holds the name while what is before it is written.
                    self.patch.nodes.insert(name.clone(), model::Node::new(node.spec.name));
                    self.write(&name, node)?;
                }
                name
            }
        };
        Ok(Socket { node, port: graph.port.map(Name::new) })
    }

    /// Lets a control set a param. Named several times, the first default counts.
    fn control(&mut self, name: &str, default: Option<f64>, target: Socket) {
        let new = || Control { targets: Vec::new(), default: None, range: None, help: String::new() };
        let control = self.controls.entry(Name::new(name)).or_insert_with(new);
        control.targets.push(target);
        control.default = control.default.take().or(default.map(Value::Number));
    }

    fn write(&mut self, name: &Name, node: &Node) -> Outcome<()> {
        let params: BTreeMap<Name, Value> = node.params.iter().map(|(k, v)| (Name::new(k), v.clone())).collect();
        self.patch.nodes.insert(name.clone(), model::Node { kind: node.spec.name.to_owned(), params });
        let first = node.spec.inputs.first().map(|p| p.name);
        for (input, feeds) in &node.inputs {
            let is_param = self.registry.get(node.spec.name).is_some_and(|s| s.param(input).is_some());
            for feed in feeds {
                match &*feed.from.unit {
                    // A control that does nothing but set a param is that param, with its default and range.
                    Unit::Control(control, default) if is_param && feed.amount.is_none() => {
                        let target = Socket { node: name.clone(), port: Some(Name::new(input)) };
                        self.control(control, *default, target);
                    }
                    _ => {
                        let from = self.socket(&feed.from)?;
                        let port = (first != Some(input.as_str())).then(|| Name::new(input));
                        let to = Socket { node: name.clone(), port };
                        self.patch.cables.entry(to).or_default().push(Cable { from, amount: feed.amount });
                    }
                }
            }
        }
        for (param, pattern) in &node.moved {
            let target = Socket { node: name.clone(), port: Some(Name::new(param)) };
            self.moved.insert(target, pattern.clone());
        }
        Ok(())
    }
}
