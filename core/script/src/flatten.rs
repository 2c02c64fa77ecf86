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
    /// Stands before the names of types: `bass_` for what belongs to `bass`.
    prefix: String,
}

/// The patch of an instrument, from the graph of its voice.
pub(crate) fn instrument(registry: &Registry, graph: &Graph) -> Outcome<Patch> {
    let mut patch = Patch { voices: VOICES, ..Patch::default() };
    let mut writer = Writer::new(registry, &mut patch, String::new());
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
    writer.names.insert(Arc::as_ptr(&graph.unit), name.clone());
    match &*graph.unit {
        Unit::Node(node) => writer.write(name, node)?,
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

    /// The first free name: the type, then with a number.
    fn name(&self, kind: &str) -> Name {
        let mut name = Name::new(&format!("{}{kind}", self.prefix));
        let mut n = 2;
        while self.patch.nodes.contains_key(&name) {
            name = Name::new(&format!("{}{kind}{n}", self.prefix));
            n += 1;
        }
        name
    }

    /// Where a graph leaves its node, which is written first where it is not yet.
    fn socket(&mut self, graph: &Graph) -> Outcome<Socket> {
        let port = |name: &str| Some(Name::new(name));
        let known = self.names.get(&Arc::as_ptr(&graph.unit)).cloned();
        let node = match (&*graph.unit, known) {
            (Unit::Voice(of), _) => {
                let voice = Name::new(&format!("{}voice", self.prefix));
                self.patch.nodes.entry(voice.clone()).or_insert_with(|| model::Node::new("voice"));
                return Ok(Socket { node: voice, port: port(of) });
            }
            (_, Some(name)) => name,
            (Unit::Node(node), None) => {
                let name = self.name(node.spec.name);
                self.names.insert(Arc::as_ptr(&graph.unit), name.clone());
                // Holds the name while what is before it is written.
                self.patch.nodes.insert(name.clone(), model::Node::new(node.spec.name));
                self.write(&name, node)?;
                name
            }
            (Unit::Control(control, default), None) => {
                let name = self.name(control);
                self.names.insert(Arc::as_ptr(&graph.unit), name.clone());
                self.patch.nodes.insert(name.clone(), model::Node::new("constant"));
                let target = Socket { node: name.clone(), port: port("value") };
                self.control(control, *default, target);
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
                match &*feed.unit {
                    // A control that does nothing but set a param is that param, with its default and range.
                    Unit::Control(control, default) if is_param => {
                        let target = Socket { node: name.clone(), port: Some(Name::new(input)) };
                        self.control(control, *default, target);
                    }
                    _ => {
                        let from = self.socket(feed)?;
                        let port = (first != Some(input.as_str())).then(|| Name::new(input));
                        let to = Socket { node: name.clone(), port };
                        self.patch.cables.entry(to).or_default().push(Cable::plain(from));
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
