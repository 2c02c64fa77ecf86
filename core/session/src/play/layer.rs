//! The nodes and cables that play what scripts want, beside the document.

use super::uses::{Seat, Use, Uses};
use crate::chain::{Chains, Source};
use bf_node::{Outlet, ParamKind, Registry, Role, Value};
use bf_patch::{Cable, Name, Node, Patch, Socket};
use bf_script::{Instrument, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be played, and with what.
pub(crate) struct Plot<'a> {
    pub wanted: &'a Wanted,
    pub uses: &'a BTreeMap<Name, Uses>,
    /// Tracks that the texts no longer have and whose last notes still sound.
    pub leaving: &'a BTreeMap<Name, Uses>,
    pub main: &'a Patch,
    pub library: &'a BTreeMap<Name, Instrument>,
    /// Instruments that only what leaves plays.
    pub departed: &'a BTreeMap<Name, Instrument>,
    pub chains: &'a Chains,
    pub registry: &'a Registry,
    /// Whether all tracks are silenced.
    pub hushed: bool,
    /// The first values of params that patterns move.
    pub firsts: &'a BTreeMap<Socket, f32>,
}

/// What plays beside the document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layer {
    pub patch: Patch,
    /// The patches that its instances name, by file.
    pub files: BTreeMap<String, Patch>,
    /// Names that a script and the document both give.
    pub clashes: Vec<Name>,
    /// Controls that nothing knows, by track.
    pub unknown: BTreeMap<Name, BTreeSet<String>>,
    /// Instruments that nothing declares, by track.
    pub missing: BTreeMap<Name, BTreeSet<String>>,
}

/// Where a script's own patches stand among the files of a set: no path of a file begins so.
pub(crate) const OWN: &str = "script:";
/// The end of a script that stands alone: a limiter, so that many tracks at once do not overload the output.
const MASTER: &str = "master";
/// And its output.
const OUT: &str = "out";

/// Makes the layer.
pub(crate) fn layer(plot: &Plot<'_>) -> Layer {
    let ducked = plot.uses.values().chain(plot.leaving.values()).flat_map(Uses::ducks).collect();
    let mut made = Making { plot, layer: Layer::default(), master: None, ducked };
    made.master();
    made.nodes();
    for track in &plot.wanted.tracks {
        let of = plot.uses.get(&track.name);
        made.track(&track.name, of, Switches { muted: track.muted, solo: track.solo });
    }
    // What a node of the document has taken the name of since has gone with its name.
    for (track, uses) in plot.leaving.iter().filter(|(track, _)| !plot.main.nodes.contains_key(*track)) {
        made.track(track, Some(uses), Switches { muted: false, solo: false });
    }
    made.joined();
    made.loose_ends();
    made.layer
}

#[derive(Clone, Copy)]
struct Switches {
    muted: bool,
    solo: bool,
}

struct Making<'a> {
    plot: &'a Plot<'a>,
    layer: Layer,
    /// What all tracks enter.
    master: Option<Socket>,
    /// Orbits that some notes duck.
    ducked: BTreeSet<u32>,
}

impl Making<'_> {
    fn node(&mut self, name: Name, node: Node) {
        if self.plot.main.nodes.contains_key(&name) || self.layer.patch.nodes.contains_key(&name) {
            self.layer.clashes.push(name);
            return;
        }
        self.layer.patch.nodes.insert(name, node);
    }

    fn cable(&mut self, to: Socket, from: Socket) {
        let cables = self.layer.patch.cables.entry(to).or_default();
        if !cables.iter().any(|c| c.from == from) {
            cables.push(Cable::plain(from));
        }
    }

    /// The document's `master`, else its first output; else a limiter and an output of our own.
    fn master(&mut self) {
        let main = self.plot.main;
        let role = |node: &Node| self.plot.registry.get(&node.kind).map(|s| s.role);
        // Headphones and the like are no place for tracks.
        let is_main = |node: &Node| {
            let channels = node.params.get("channels").and_then(Value::as_text);
            role(node) == Some(Role::Output) && channels.is_none_or(|text| text == Outlet::MAIN.name())
        };
        let output = main.nodes.iter().find(|(_, node)| is_main(node));
        let end = match (main.nodes.get(MASTER), output) {
            (Some(_), _) => Name::new(MASTER),
            (None, Some((name, _))) => name.clone(),
            (None, None) => {
                self.node(Name::new(MASTER), Node::new("limiter").with("ceiling", -1.0));
                self.node(Name::new(OUT), Node::new("output"));
                self.cable(Socket::first(OUT), Socket::first(MASTER));
                Name::new(MASTER)
            }
        };
        self.master = Some(Socket { node: end, port: None });
    }

    /// The nodes of the scripts, and the cables between them.
    fn nodes(&mut self) {
        for (name, node) in &self.plot.wanted.patch.nodes {
            self.node(name.clone(), node.clone());
        }
        self.firsts();
        for (to, cables) in &self.plot.wanted.patch.cables {
            self.layer.patch.cables.insert(to.clone(), cables.clone());
        }
        for (name, knob) in &self.plot.wanted.macros {
            self.node(name.clone(), self::knob(knob));
        }
    }

    /// What a pattern moves begins there, and does not glide to it from elsewhere.
    fn firsts(&mut self) {
        for (to, first) in self.plot.firsts {
            let (Some(node), Some(port)) = (self.layer.patch.nodes.get_mut(&to.node), &to.port) else { continue };
            let spec = self.plot.registry.get(&node.kind);
            let param = spec.and_then(|spec| Some(spec.params[spec.param(port.as_str())?]));
            if let Some(param) = param.filter(|p| matches!(p.kind, ParamKind::Number { .. })) {
                let (low, high) = param.range();
                node.params.insert(port.clone(), Value::from(f64::from(first.clamp(low, high))));
            }
        }
    }

    fn track(&mut self, name: &Name, uses: Option<&Uses>, switches: Switches) {
        // Hush is apart from mute: a hand that mutes, or lets sound, is not asked.
        let strip = Node::new("strip").with("mute", switches.muted).with("solo", switches.solo);
        let strip = strip.with("hush", self.plot.hushed);
        self.node(name.clone(), strip);
        let strip = |port: Option<&str>| Socket { node: name.clone(), port: port.map(Name::new) };
        let orbits: BTreeSet<u32> = uses.iter().flat_map(|uses| uses.orbits()).collect();
        for orbit in orbits.intersection(&self.ducked.clone()).copied() {
            let duck = duck_node(name, orbit);
            self.node(duck.clone(), Node::new("ducker"));
            self.cable(strip(None), Socket { node: duck, port: None });
        }
        let mut orbits = BTreeSet::new();
        for (seat, of) in uses.iter().flat_map(|uses| &uses.0) {
            for (send, from) in self.seat(name, seat, of) {
                match send {
                    None if self.ducked.contains(&seat.orbit) => {
                        self.cable(Socket { node: duck_node(name, seat.orbit), port: None }, from);
                    }
                    None => self.cable(strip(None), from),
                    Some(n) => {
                        self.cable(strip(Some(TO_SENDS[n])), from);
                        orbits.insert((seat.orbit, n));
                    }
                }
            }
        }
        for (orbit, n) in orbits {
            let to = self.orbit(orbit, n);
            self.cable(to, strip(Some(SENDS[n])));
        }
    }

    /// The node that plays at a seat; answers with its outputs, each with the send that it is for.
    fn seat(&mut self, track: &Name, seat: &Seat, of: &Use) -> Vec<(Option<usize>, Socket)> {
        let node = seat.node(track);
        let mut controls = of.controls.clone();
        let (_, orbit) = self.plot.chains.orbit();
        controls.retain(|name| !orbit.controls.iter().any(|(control, _)| control.as_str() == name));
        let own;
        let source = match &seat.instrument {
            None => {
                controls.insert("n".to_owned());
                Source::Samples(&of.samples)
            }
            Some(name) => {
                let found = self.plot.wanted.instruments.get(name.as_str());
                let shipped = || self.plot.library.get(name.as_str());
                let Some(found) = found.or_else(shipped).or_else(|| self.plot.departed.get(name.as_str())) else {
                    self.layer.missing.entry(track.clone()).or_default().insert(name.clone());
                    return Vec::new();
                };
                own = format!("{OWN}{name}");
                self.layer.files.insert(own.clone(), found.patch.clone());
                Source::Instrument { file: &own, patch: &found.patch }
            }
        };
        let chain = self.plot.chains.chain(&source, &controls, self.plot.registry);
        if !chain.unknown.is_empty() {
            self.layer.unknown.entry(track.clone()).or_default().extend(chain.unknown.iter().cloned());
        }
        let sends: Vec<String> = chain.sends().map(ToString::to_string).collect();
        let file = format!("{OWN}{node}");
        self.layer.files.extend(chain.files);
        self.layer.files.insert(file.clone(), chain.patch);
        self.node(node.clone(), Node::new("patch").with("file", Value::Text(file)));
        let port = |port: Option<&str>| Socket { node: node.clone(), port: port.map(Name::new) };
        let sends = sends.iter().filter_map(|send| {
            let n = self.plot.chains.orbit().1.inputs.iter().skip(1).position(|(name, _)| name.as_str() == send)?;
            (n < SENDS.len()).then(|| (Some(n), port(Some(send))))
        });
        core::iter::once((None, port(None))).chain(sends).collect()
    }

    /// The input of an orbit for a send; the orbit is made where it is not there yet.
    fn orbit(&mut self, orbit: u32, send: usize) -> Socket {
        let (file, patch) = self.plot.chains.orbit();
        let name = orbit_node(orbit);
        if !self.layer.patch.nodes.contains_key(&name) {
            self.layer.files.insert(file.to_owned(), patch.clone());
            self.node(name.clone(), Node::new("patch").with("file", file));
            if self.ducked.contains(&orbit) {
                let duck = duck_node(&name, orbit);
                self.node(duck.clone(), Node::new("ducker"));
                self.cable(Socket { node: duck, port: None }, Socket { node: name.clone(), port: None });
            }
        }
        Socket { node: name, port: patch.inputs.get(send + 1).map(|(name, _)| name.clone()) }
    }

    /// Cables that a script lays to what is not there are left out: their track may have been commented out.
    fn joined(&mut self) {
        let there = |name: &Name| self.layer.patch.nodes.contains_key(name) || self.plot.main.nodes.contains_key(name);
        let mut cables = core::mem::take(&mut self.layer.patch.cables);
        cables.retain(|to, list| {
            list.retain(|c| there(&to.node) && there(&c.from.node));
            !list.is_empty()
        });
        self.layer.patch.cables = cables;
    }

    /// What leads nowhere is heard: tracks, orbits, and nodes whose sound no cable takes.
    fn loose_ends(&mut self) {
        let Some(master) = self.master.clone() else { return };
        let plot = self.plot;
        let all = self.layer.patch.cables.values().chain(plot.main.cables.values()).flatten();
        let taken: BTreeSet<Name> = all.map(|c| c.from.node.clone()).collect();
        let tracks = plot.wanted.tracks.iter().map(|t| &t.name).chain(plot.leaving.keys());
        // A track is heard dry, whatever else its sound enters.
        let mut heard: Vec<Name> = tracks.cloned().collect();
        let orbits = self.layer.patch.nodes.keys().filter(|n| is_orbit(n));
        let behind = |name: &Name| {
            let orbit = name.as_str().strip_prefix("orbit").and_then(|n| n.parse().ok());
            let duck = orbit.map(|orbit| duck_node(name, orbit));
            duck.filter(|duck| self.layer.patch.nodes.contains_key(duck)).unwrap_or_else(|| name.clone())
        };
        heard.extend(orbits.map(behind));
        let sounds = |name: &Name| {
            let node = plot.wanted.patch.nodes.get(name);
            let spec = node.and_then(|node| plot.registry.get(&node.kind));
            spec.and_then(|s| s.outputs.first()).is_some_and(|o| o.kind == bf_node::Kind::Signal)
        };
        let declared = plot.wanted.nodes.keys().filter(|name| sounds(name) && !taken.contains(*name));
        heard.extend(declared.cloned());
        for name in heard.into_iter().filter(|name| *name != master.node) {
            if self.layer.patch.nodes.contains_key(&name) {
                self.cable(master.clone(), Socket { node: name, port: None });
            }
        }
    }
}

/// The strip's inputs for what notes send, and its outputs, in the order of the orbit's inputs.
const TO_SENDS: [&str; 2] = ["to_send1", "to_send2"];
const SENDS: [&str; 2] = ["send1", "send2"];

/// The node of a macro.
pub(crate) fn knob(knob: &bf_script::Macro) -> Node {
    // A knob goes from 0 to 1; a range of its own is the number itself.
    let kind = if knob.range == (0.0, 1.0) { "macro" } else { "constant" };
    Node::new(kind).with("value", knob.value)
}

/// Whether a name is that of a node which scripts bring along: no track, node or macro may have it.
pub(crate) fn is_reserved(name: &Name) -> bool {
    [MASTER, OUT, super::scripts::ONCE].contains(&name.as_str()) || is_orbit(name)
}

/// The name of the node that ducks what a track, or an orbit's own node, gives on an orbit.
pub(crate) fn duck_node(of: &Name, orbit: u32) -> Name {
    Name::new(&format!("{of}/duck@{orbit}"))
}

/// The name of an orbit's node.
pub(crate) fn orbit_node(orbit: u32) -> Name {
    Name::new(&format!("orbit{orbit}"))
}

fn is_orbit(name: &Name) -> bool {
    name.as_str().strip_prefix("orbit").is_some_and(|n| n.parse::<u32>().is_ok())
}

/// The document with a layer: what is compiled. Cables and values of the document that name what is not there any more
/// are left out.
pub(crate) fn with_layer(main: &Patch, layer: &Layer) -> Patch {
    let mut patch = main.clone();
    for (name, node) in &layer.patch.nodes {
        patch.nodes.entry(name.clone()).or_insert_with(|| node.clone());
    }
    for (to, cables) in &layer.patch.cables {
        let list = patch.cables.entry(to.clone()).or_default();
        for cable in cables {
            if !list.iter().any(|c| c.from == cable.from) {
                list.push(cable.clone());
            }
        }
    }
    let Patch { nodes, cables, overrides, automation, snapshots, .. } = &mut patch;
    let there = |name: &Name| nodes.contains_key(name);
    *cables = core::mem::take(cables)
        .into_iter()
        .filter(|(to, _)| there(&to.node))
        .map(|(to, list)| (to, list.into_iter().filter(|c| there(&c.from.node)).collect::<Vec<_>>()))
        .filter(|(_, list)| !list.is_empty())
        .collect();
    let stale = |socket: &Socket| !there(&socket.node);
    overrides.retain(|to, _| !stale(to));
    automation.retain(|to, _| !stale(to));
    snapshots.values_mut().for_each(|values| values.retain(|to, _| !stale(to)));
    patch
}
