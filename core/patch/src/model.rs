//! The document: what a performer edits and what is saved.

use crate::Name;
use bf_node::{Scale, Value};
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A set: its main patch, and the reusable patches it uses, by their path as patches name them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    /// What plays.
    pub main: Patch,
    /// Reusable patches by path relative to the set, with forward slashes.
    pub files: BTreeMap<String, Patch>,
}

/// Nodes, cables, params: one patch file.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// Beats a minute. Counts in the main patch only.
    pub tempo: f64,
    /// Beats in a bar, which is a cycle. Counts in the main patch only.
    pub signature: u32,
    /// For a reusable patch: how many voices an instance has when it does not say. 0 means not polyphonic.
    pub voices: u32,
    /// Nodes by name.
    pub nodes: BTreeMap<Name, Node>,
    /// Cables by the input or param they enter, in the order in which they sum.
    pub cables: BTreeMap<Socket, Vec<Cable>>,
    /// Inputs of a reusable patch, in order, and the inputs or params inside that each one feeds.
    pub inputs: Vec<(Name, Vec<Socket>)>,
    /// Outputs of a reusable patch, in order, and the output inside that each one shows.
    pub outputs: Vec<(Name, Socket)>,
    /// Params of a reusable patch, in order.
    pub controls: Vec<(Name, Control)>,
    /// Values that a hand laid over what the text says.
    pub overrides: BTreeMap<Socket, Value>,
    /// Params that move by themselves, in beats.
    pub automation: BTreeMap<Socket, LaneSpec>,
    /// Stored values of chosen params.
    pub snapshots: BTreeMap<Name, BTreeMap<Socket, Value>>,
    /// What controls from outside move, by where they come from: `osc:/1/fader1`, `midi:1/cc/7`.
    pub mappings: BTreeMap<String, Mapping>,
    /// Comments and frames on the canvas. They are for the eye and never heard.
    pub notes: BTreeMap<Name, Note>,
    /// Positions on the canvas, in pixels on a grid of 8.
    pub layout: BTreeMap<Name, [i32; 2]>,
    /// What plays beside it and is no part of it.
    pub beside: Beside,
}

/// What scripts play beside a patch. It is not written, and patches are equal whatever plays beside them.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Names of nodes that scripts own, or have owned: cables, overrides, automation, snapshots and places may name them.
    pub guests: Arc<BTreeSet<Name>>,
    /// Whether a text may name nodes that are not known yet: those of a script that was not evaluated so far.
    pub open: bool,
    /// Which of the things that scripts have wanted so far plays, as the session counts them; 0 is nothing.
    pub score: u64,
}

impl PartialEq for Beside {
    fn eq(&self, _: &Beside) -> bool {
        true
    }
}

impl Default for Patch {
    fn default() -> Patch {
        Patch {
            tempo: 120.0,
            signature: 4,
            voices: 0,
            nodes: BTreeMap::new(),
            cables: BTreeMap::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            controls: Vec::new(),
            overrides: BTreeMap::new(),
            automation: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            mappings: BTreeMap::new(),
            notes: BTreeMap::new(),
            layout: BTreeMap::new(),
            beside: Beside::default(),
        }
    }
}

impl Patch {
    /// Whether there is a node of a name, in the patch or beside it.
    pub fn has(&self, name: &str) -> bool {
        self.nodes.contains_key(name) || self.beside.guests.contains(name)
    }

    /// Whether a new node of the patch may not have a name: a node has it, or something here is meant for a node beside
    /// the patch, which would go with the new one when that is taken back. A name that only plays beside it is free: taking a step back is never refused for what scripts play.
    pub(crate) fn is_taken(&self, name: &Name) -> bool {
        self.nodes.contains_key(name) || self.says_of(name)
    }

    /// Whether cables, values, places or what the patch shows give a name. Asked for every node that comes: most of it
    /// is found without a look at all there is.
    fn says_of(&self, name: &Name) -> bool {
        fn has<V>(map: &BTreeMap<Socket, V>, first: &Socket) -> bool {
            map.range(first..).next().is_some_and(|(socket, _)| socket.node == first.node)
        }
        let first = Socket { node: name.clone(), port: None };
        let is = |socket: &Socket| socket.node == *name;
        has(&self.cables, &first)
            || has(&self.overrides, &first)
            || has(&self.automation, &first)
            || self.layout.contains_key(name)
            || self.snapshots.values().any(|values| has(values, &first))
            || self.mappings.values().any(|mapping| is(&mapping.to))
            || self.cables.values().flatten().any(|cable| is(&cable.from))
            || self.inputs.iter().flat_map(|(_, targets)| targets).any(is)
            || self.outputs.iter().any(|(_, source)| is(source))
            || self.controls.iter().flat_map(|(_, control)| &control.targets).any(is)
    }

    /// Names that cables, values, places and what the patch shows give and no node of the patch has.
    pub fn strangers(&self) -> BTreeSet<Name> {
        let cables = self.cables.iter().flat_map(|(to, list)| core::iter::once(to).chain(list.iter().map(|c| &c.from)));
        let stored = self.snapshots.values().flat_map(BTreeMap::keys);
        let mapped = self.mappings.values().map(|mapping| &mapping.to);
        let values = self.overrides.keys().chain(self.automation.keys()).chain(stored).chain(mapped);
        let inputs = self.inputs.iter().flat_map(|(_, targets)| targets);
        let shown = inputs.chain(self.outputs.iter().map(|(_, source)| source));
        let shown = shown.chain(self.controls.iter().flat_map(|(_, control)| &control.targets));
        let named = cables.chain(values).chain(shown).map(|socket| &socket.node).chain(self.layout.keys());
        named.filter(|name| !self.nodes.contains_key(*name)).cloned().collect()
    }
}

/// One unit of processing.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The name of its type. An unknown type is kept and stays silent.
    pub kind: String,
    /// What its text says of its params and settings; the rest stands at its defaults.
    pub params: BTreeMap<Name, Value>,
}

impl Node {
    /// A node of a type with everything at its defaults.
    pub fn new(kind: &str) -> Node {
        Node { kind: kind.to_owned(), params: BTreeMap::new() }
    }
    /// The same node with a param set.
    pub fn with(mut self, param: &str, value: impl Into<Value>) -> Node {
        self.params.insert(Name::new(param), value.into());
        self
    }
}

/// An end of a cable: a node and one of its ports or params. Without a port: the first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Socket {
    /// The node.
    pub node: Name,
    /// The port or param.
    pub port: Option<Name>,
}

impl Socket {
    /// The first port of a node.
    pub fn first(node: &str) -> Socket {
        Socket { node: Name::new(node), port: None }
    }
    /// A port or param of a node.
    pub fn new(node: &str, port: &str) -> Socket {
        Socket { node: Name::new(node), port: Some(Name::new(port)) }
    }
    /// `node` or `node.port`.
    ///
    /// # Errors
    /// Says what a name may look like.
    pub fn parse(text: &str) -> Result<Socket, crate::name::BadName> {
        match text.split_once('.') {
            None => Ok(Socket { node: Name::parse(text)?, port: None }),
            Some((node, port)) => Ok(Socket { node: Name::parse(node)?, port: Some(Name::parse(port)?) }),
        }
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.port {
            None => write!(f, "{}", self.node),
            Some(port) => write!(f, "{}.{port}", self.node),
        }
    }
}
impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What enters an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Cable {
    /// The output it comes from.
    pub from: Socket,
    /// On a param: modulates around the number by amount × signal, in the param's unit (octaves where it is
    /// logarithmic). On an input: a gain. Without it the signal replaces the number, or enters as it is.
    pub amount: Option<f64>,
}

impl Cable {
    /// A plain cable.
    pub fn plain(from: Socket) -> Cable {
        Cable { from, amount: None }
    }
}

/// A param of a reusable patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// The params inside that it sets, all to the same number.
    pub targets: Vec<Socket>,
    /// Where it stands when an instance says nothing; otherwise what the first target says.
    pub default: Option<Value>,
    /// A narrower range than the first target's.
    pub range: Option<(f64, f64)>,
    /// One sentence.
    pub help: String,
}

/// What a control from outside moves, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// The param that it sets.
    pub to: Socket,
    /// What the param stands at with the control at its least and at its greatest, which may be the other way round; its
    /// whole range where nothing is said.
    pub range: Option<(f64, f64)>,
    /// How it travels in between; as the param does where nothing is said.
    pub curve: Option<Scale>,
    /// What the control says at its least and at its greatest; as its kind does where nothing is said: 0 and 1 for OSC.
    pub from: Option<(f64, f64)>,
    /// How it is meant beyond that, such as `toggle` or `pickup`; who reads the control knows the words.
    pub mode: Option<Name>,
}

impl Mapping {
    /// A control that moves a param over its whole range.
    pub fn plain(to: Socket) -> Mapping {
        Mapping { to, range: None, curve: None, from: None, mode: None }
    }
}

/// A remark on the canvas, or a frame around nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// Its left upper corner, in pixels.
    pub at: [i32; 2],
    /// Width and height of a frame; a comment is as large as its text.
    pub size: Option<[i32; 2]>,
    /// A word for its colour, such as `cyan`; who draws it knows the words.
    pub color: Option<Name>,
}

/// A param that moves by itself.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LaneSpec {
    /// Points in order of their beat.
    pub points: Vec<Point>,
    /// Beats after which it starts over; 0 plays once and holds the last value.
    pub length: f64,
}

/// A point of an automation lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where.
    pub beat: f64,
    /// The value there, in the param's unit.
    pub value: f64,
    /// How it goes on to the next point.
    pub curve: Curve,
}

/// How a lane goes from one point to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Curve {
    /// A straight line.
    #[default]
    Linear,
    /// The value stays until the next point.
    Hold,
    /// Equal ratios, for frequencies.
    Exponential,
    /// Slow at both ends.
    Smooth,
}
