//! Graphs of nodes as values: what `saw(v.freq) >> ladder(800)` is before it becomes a patch.

use crate::hint::Fault;
use crate::shared::Outcome;
use bf_node::{NodeSpec, Registry, Value};
use bf_pattern::Pattern;
use rhai::Dynamic;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An output of a unit. Clones are the same unit: one that is used twice sounds once.
#[derive(Clone)]
pub(crate) struct Graph {
    pub(crate) unit: Arc<Unit>,
    /// The output; the first where none is named.
    pub(crate) port: Option<&'static str>,
}

/// One unit of a graph.
pub(crate) enum Unit {
    Node(Node),
    /// A port of the voice that an instrument plays.
    Voice(&'static str),
    /// A control of the instrument, and where it stands when a note says nothing; else where its param does.
    Control(Arc<str>, Option<f64>),
    /// What moves a param around its value, and what that value is where something says so.
    Around(Around),
}

/// Signals that move a param, each by an amount, around a base.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) base: Option<Operand>,
    pub(crate) by: Vec<(Graph, f64)>,
}

/// What enters an input or param: a plain cable, or one with an amount.
#[derive(Clone)]
pub(crate) struct Feed {
    pub(crate) from: Graph,
    pub(crate) amount: Option<f64>,
}

/// A node to be, with what enters it.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) spec: &'static NodeSpec,
    pub(crate) params: BTreeMap<String, Value>,
    /// Patterns that move params.
    pub(crate) moved: BTreeMap<String, Pattern>,
    /// What enters each input and each driven param.
    pub(crate) inputs: BTreeMap<String, Vec<Feed>>,
    /// How many nodes stand before it at most.
    depth: u32,
}

/// As many nodes may follow each other: more than anyone patches, few enough to follow by recursion.
const MAX_DEPTH: u32 = 200;

/// What an instrument's closure is given: `v.freq`, `v.gate`, and any control by its name.
#[derive(Clone)]
pub(crate) struct Voice;

impl Graph {
    pub(crate) fn of(unit: Unit) -> Graph {
        Graph { unit: Arc::new(unit), port: None }
    }

    fn depth(&self) -> u32 {
        match &*self.unit {
            Unit::Node(node) => node.depth,
            Unit::Voice(_) | Unit::Control(..) => 0,
            Unit::Around(around) => {
                let base = around.base.as_ref().map_or(0, Operand::depth);
                around.by.iter().map(|(graph, _)| graph.depth()).fold(base, u32::max)
            }
        }
    }

    /// As what moves a param around its value: `lfo(0.2).amount(2)`.
    pub(crate) fn by_amount(&self, amount: f64) -> Outcome<Graph> {
        match &*self.unit {
            Unit::Around(_) => Err(Fault::new("this has an amount already").into()),
            _ => Ok(Graph::of(Unit::Around(Around { base: None, by: vec![(self.clone(), amount)] }))),
        }
    }

    fn around(&self) -> Option<&Around> {
        match &*self.unit {
            Unit::Around(around) => Some(around),
            _ => None,
        }
    }

    /// Another output of it.
    pub(crate) fn output(&self, name: &str) -> Outcome<Graph> {
        let Unit::Node(node) = &*self.unit else {
            return Err(Fault::new(format!("this has no output {name}")).into());
        };
        match node.spec.outputs.iter().find(|port| port.name == name) {
            Some(port) => Ok(Graph { unit: self.unit.clone(), port: Some(port.name) }),
            None => {
                let names: Vec<&str> = node.spec.outputs.iter().map(|port| port.name).collect();
                let fault = Fault::new(format!("`{}` has no output {name}", node.spec.name));
                Err(fault.hint(Some(format!("its outputs: {}", names.join(", ")))).into())
            }
        }
    }

    /// This into the first open input of `to`: `this >> to`.
    pub(crate) fn into_input(self, to: &Graph) -> Outcome<Graph> {
        let Unit::Node(node) = &*to.unit else {
            return Err(Fault::new("what stands behind `>>` has no input").into());
        };
        let Some(first) = node.spec.inputs.first() else {
            let fault = Fault::new(format!("`{}` has no input for what comes before `>>`", node.spec.name));
            return Err(fault.hint(Some("sources stand first: saw(110) >> ladder(800)")).into());
        };
        let mut node = node.clone();
        // A chain that was put together before is entered at its beginning.
        let fed = node.inputs.get(first.name).and_then(|feeds| feeds.first()).map(|feed| feed.from.clone());
        let feed = match fed {
            Some(inner) if matches!(&*inner.unit, Unit::Node(n) if !n.spec.inputs.is_empty()) => {
                self.into_input(&inner)?
            }
            Some(_) => return Err(Fault::new("what stands behind `>>` has a source already").into()),
            None => self,
        };
        node.feed(first.name, feed)?;
        Ok(Graph { unit: Arc::new(Unit::Node(node)), port: to.port })
    }

    /// A node of maths between two operands.
    pub(crate) fn maths(registry: &Registry, op: &str, a: &Operand, b: &Operand) -> Outcome<Graph> {
        if let Some(around) = Around::sum(op, a, b)? {
            return Ok(Graph::of(Unit::Around(around)));
        }
        let Some(spec) = registry.get("maths") else {
            return Err(Fault::new("this build has no node for maths").into());
        };
        let mut node = Node::new(spec);
        node.params.insert("op".to_owned(), Value::Text(op.to_owned()));
        match (a, b) {
            (Operand::Number(n), Operand::Graph(g)) if matches!(op, "add" | "mul") => {
                node.feed("a", g.clone())?;
                node.params.insert("value".to_owned(), Value::Number(*n));
            }
            (a, b) => {
                node.feed("a", a.graph(registry)?)?;
                match b {
                    Operand::Graph(g) => node.feed("b", g.clone())?,
                    Operand::Number(n) => _ = node.params.insert("value".to_owned(), Value::Number(*n)),
                }
            }
        }
        Ok(Graph::of(Unit::Node(node)))
    }
}

impl Around {
    /// What moves a param, beside a base or beside more that moves it; `None` where neither operand is such.
    fn sum(op: &str, a: &Operand, b: &Operand) -> Outcome<Option<Around>> {
        let (left, right) = (a.around(), b.around());
        if left.is_none() && right.is_none() {
            return Ok(None);
        }
        if op != "add" {
            let fault = Fault::new("what has an amount can only be added to");
            return Err(fault.hint(Some("v.cutoff + lfo(0.2).amount(2)")).into());
        }
        let plain = |of: &Operand, around: Option<&Around>| match around {
            Some(around) => around.clone(),
            None => Around { base: Some(of.clone()), by: Vec::new() },
        };
        let (mut sum, more) = (plain(a, left), plain(b, right));
        if sum.base.is_some() && more.base.is_some() {
            return Err(Fault::new("a param has one value that it moves around, not two").into());
        }
        sum.base = sum.base.or(more.base);
        sum.by.extend(more.by);
        Ok(Some(sum))
    }
}

/// An operand of maths.
#[derive(Clone)]
pub(crate) enum Operand {
    Graph(Graph),
    Number(f64),
}

impl Operand {
    pub(crate) fn of(value: &Dynamic) -> Option<Operand> {
        graph(value).map(Operand::Graph).or_else(|| crate::number::number(value).map(Operand::Number))
    }

    fn depth(&self) -> u32 {
        match self {
            Operand::Graph(graph) => graph.depth(),
            Operand::Number(_) => 0,
        }
    }

    fn around(&self) -> Option<&Around> {
        match self {
            Operand::Graph(graph) => graph.around(),
            Operand::Number(_) => None,
        }
    }

    fn graph(&self, registry: &Registry) -> Outcome<Graph> {
        match self {
            Operand::Graph(graph) => Ok(graph.clone()),
            Operand::Number(n) => constant(registry, *n),
        }
    }
}

/// A node that holds a number.
pub(crate) fn constant(registry: &Registry, n: f64) -> Outcome<Graph> {
    let spec = registry.get("constant").ok_or_else(|| Fault::new("this build has no node for a constant"))?;
    let mut node = Node::new(spec);
    node.params.insert("value".to_owned(), Value::Number(n));
    Ok(Graph::of(Unit::Node(node)))
}

/// The graph that a value is, or may be read as.
pub(crate) fn graph(value: &Dynamic) -> Option<Graph> {
    let dual = || value.read_lock::<crate::value::Dual>().map(|dual| dual.graph.clone());
    value.read_lock::<Graph>().map(|g| g.clone()).or_else(dual)
}

impl Node {
    pub(crate) fn new(spec: &'static NodeSpec) -> Node {
        Node { spec, params: BTreeMap::new(), moved: BTreeMap::new(), inputs: BTreeMap::new(), depth: 1 }
    }

    /// Lets a graph enter an input or param, in place of what entered it.
    pub(crate) fn feed(&mut self, port: &str, from: Graph) -> Outcome<()> {
        self.depth = self.depth.max(from.depth() + 1);
        if self.depth > MAX_DEPTH {
            let fault = Fault::new(format!("more than {MAX_DEPTH} nodes follow each other"));
            return Err(fault.hint(Some("does a loop add to its own result?")).into());
        }
        let plain = |from: Graph| Feed { from, amount: None };
        let Some(around) = from.around().cloned() else {
            self.inputs.insert(port.to_owned(), vec![plain(from)]);
            return Ok(());
        };
        if self.spec.params.iter().find(|param| param.name == port).is_none_or(bf_node::ParamSpec::is_setting) {
            let fault = Fault::new(format!("`{port}` of `{}` is no param that an amount could move", self.spec.name));
            return Err(fault
                .hint(Some("an amount belongs to a param: ladder(#{ cutoff: lfo(0.2).amount(2) })"))
                .into());
        }
        let mut feeds = Vec::new();
        match around.base {
            Some(Operand::Number(n)) => _ = self.params.insert(port.to_owned(), Value::Number(n)),
            Some(Operand::Graph(base)) => feeds.push(plain(base)),
            None => {}
        }
        feeds.extend(around.by.into_iter().map(|(from, amount)| Feed { from, amount: Some(amount) }));
        self.inputs.insert(port.to_owned(), feeds);
        Ok(())
    }
}

/// What leaves the node that stands for the voice.
const VOICE: [&str; 5] = ["freq", "pitch", "gate", "velocity", "trigger"];

impl Voice {
    /// A port of the voice, or else a control of the instrument.
    pub(crate) fn port(&self, name: &str) -> Outcome<Graph> {
        if let Some(port) = VOICE.iter().find(|port| **port == name) {
            return Ok(Graph::of(Unit::Voice(port)));
        }
        self.control(name, None)
    }

    /// A control of the instrument, with its default.
    pub(crate) fn control(&self, name: &str, default: Option<f64>) -> Outcome<Graph> {
        if VOICE.contains(&name) {
            return Err(Fault::new(format!("`{name}` comes with the note and has no default: write v.{name}")).into());
        }
        match bf_patch::Name::parse(name) {
            Ok(_) => Ok(Graph::of(Unit::Control(name.into(), default))),
            Err(e) => Err(Fault::new(e.to_string()).into()),
        }
    }
}
