//! What of a set is rendered for a node: what leads to it, and an output that only one of its sounds enters.

use super::{Freeze, FreezeError};
use bf_node::{Kind, Registry, Role, Value};
use bf_patch::compile::bypass::{BYPASS, MUTE};
use bf_patch::compile::{FROZEN, Frozen};
use bf_patch::{Cable, Name, Node, Patch, Set, Socket, Types};
use std::collections::BTreeSet;

/// Patches in patches that are looked through.
const DEEP: usize = 16;
/// Types whose values come from outside while they play.
const FROM_OUTSIDE: [&str; 2] = ["midi_in", "osc_in"];

/// What is heard of a node.
pub(super) struct Heard {
    /// The outputs that lead somewhere, in the node's order.
    pub(super) outputs: Vec<Name>,
    /// For each output: the set that plays it alone.
    apart: Vec<Set>,
    /// The path of the output that was added.
    pub(super) out: String,
    /// Nodes that play what comes in from outside.
    pub(super) outside: Vec<Name>,
}

impl Heard {
    /// What is heard of a node in a set, with what scripts play beside it.
    pub(super) fn of(set: &Set, heard: &Set, registry: &Registry, wish: &Freeze) -> Result<Heard, FreezeError> {
        let (name, file) = (&wish.node, wish.file.as_deref());
        let role = |node: &Node| registry.get(&node.kind).map_or(Role::Plain, |spec| spec.role);
        let Some(node) = set.patch(file).and_then(|patch| patch.nodes.get(name)) else {
            let is_guest = heard.patch(file).is_some_and(|patch| patch.nodes.contains_key(name));
            return Err(if is_guest { FreezeError::Script(name.clone()) } else { FreezeError::NoNode(name.clone()) });
        };
        let is_on = |key: &str| set.patch(file).and_then(|p| p.said(name, key)) == Some(&Value::Bool(true));
        if role(node) == Role::Strip {
            return Err(FreezeError::Strip(name.clone()));
        }
        if node.params.get(FROZEN).is_some_and(|value| Frozen::read(value).is_ok()) {
            return Err(FreezeError::Already(name.clone()));
        }
        if is_on(BYPASS) {
            return Err(FreezeError::Bypassed(name.clone()));
        }
        let outputs = outputs(heard, registry, (file, name, node))?;
        let around = around(set, registry, wish)?;
        let keeps = leading(heard, registry, around.first().unwrap_or(name));
        let strangers = keeps.iter().find(|name| !set.main.nodes.contains_key(*name));
        if let Some(guest) = strangers {
            return Err(FreezeError::Guest { node: name.clone(), guest: guest.clone() });
        }
        let from_outside = |name: &&Name| {
            let node = &set.main.nodes[*name];
            role(node) == Role::Input || FROM_OUTSIDE.contains(&node.kind.as_str())
        };
        let outside = keeps.iter().filter(from_outside).cloned().collect();
        let own = set.patch(file).map(|patch| free(patch, "frozen-out")).unwrap_or_else(|| name.clone());
        let inside = around.iter().fold(String::new(), |path, name| format!("{path}{name}/"));
        let quiet = quiet(set, registry, &keeps);
        let apart = outputs.iter().map(|output| alone(&quiet, registry, (wish, output, &own))).collect();
        Ok(Heard { outputs, apart, out: format!("{inside}{own}"), outside })
    }

    /// The sets of all outputs.
    pub(super) fn sets(&self) -> impl Iterator<Item = &Set> {
        self.apart.iter()
    }
}

/// The outputs of a node that lead somewhere.
fn outputs(
    set: &Set,
    registry: &Registry,
    (file, name, node): (Option<&str>, &Name, &Node),
) -> Result<Vec<Name>, FreezeError> {
    let not_heard = || FreezeError::NotHeard(name.clone());
    let types = Types::new(set, registry);
    let (ports, patch) = (types.of(node).ok_or_else(not_heard)?, set.patch(file).ok_or_else(not_heard)?);
    let mut heard = Vec::new();
    for (i, output) in ports.outputs().into_iter().enumerate() {
        let is_it = |socket: &Socket| {
            socket.node == *name && socket.port.as_ref().map_or(i == 0, |port| port.as_str() == output)
        };
        let to = patch.cables.iter().find(|(_, list)| list.iter().any(|cable| is_it(&cable.from)));
        let shown = patch.outputs.iter().find(|(_, socket)| is_it(socket));
        let Some(to) = to.map(|(to, _)| &to.node).or(shown.map(|(shown, _)| shown)) else { continue };
        if types.output_kind(ports, i) == Some(Kind::Event) {
            return Err(FreezeError::Notes { node: name.clone(), to: to.clone() });
        }
        heard.push(Name::new(output));
    }
    if heard.is_empty() { Err(not_heard()) } else { Ok(heard) }
}

/// The instances around a node, from the set's own patch inwards; there is one way there, and no voice on it.
fn around(set: &Set, registry: &Registry, wish: &Freeze) -> Result<Vec<Name>, FreezeError> {
    let Some(file) = &wish.file else { return Ok(Vec::new()) };
    let mut ways = Vec::new();
    let mut voice = false;
    let mut open = vec![(&set.main, Vec::new(), false)];
    while let Some((patch, way, in_voice)) = open.pop() {
        for (name, node) in &patch.nodes {
            let stands = registry.get(&node.kind).is_some_and(|spec| spec.role == Role::Patch);
            let Some(inner) = patch.said(name, "file").and_then(Value::as_text).filter(|_| stands) else { continue };
            let Some((inner, within)) = set.file(inner).filter(|_| way.len() < DEEP) else { continue };
            let voices = patch.said(name, "voices").and_then(Value::as_number).unwrap_or(f64::from(within.voices));
            let way: Vec<Name> = way.iter().chain([name]).cloned().collect();
            if inner == file {
                ways.push(way.clone());
                voice |= in_voice || voices >= 1.0;
            }
            open.push((within, way, in_voice || voices >= 1.0));
        }
    }
    match ways.len() {
        _ if voice => Err(FreezeError::Voice { file: file.clone() }),
        1 => Ok(ways.remove(0)),
        count => Err(FreezeError::Places { file: file.clone(), count }),
    }
}

/// The nodes of the main patch that lead to one, with it, and those that move values of any.
fn leading(set: &Set, registry: &Registry, to: &Name) -> BTreeSet<Name> {
    let moves =
        |node: &Node| registry.get(&node.kind).is_some_and(|spec| matches!(spec.role, Role::Snapshot | Role::Morph));
    let movers = set.main.nodes.iter().filter(|(_, node)| moves(node)).map(|(name, _)| name);
    let mut open: Vec<&Name> = movers.chain([to]).collect();
    let mut reached: BTreeSet<Name> = open.iter().map(|name| (*name).clone()).collect();
    while let Some(name) = open.pop() {
        for (_, list) in set.main.cables.iter().filter(|(to, _)| to.node == *name) {
            for cable in list {
                if reached.insert(cable.from.node.clone()) {
                    open.push(&cable.from.node);
                }
            }
        }
    }
    reached
}

/// The set with no more of its main patch than these nodes. Nothing is heard of it, and nothing is soloed.
fn quiet(set: &Set, registry: &Registry, keeps: &BTreeSet<Name>) -> Set {
    let mut quiet = set.clone();
    let main = &mut quiet.main;
    main.nodes.retain(|name, _| keeps.contains(name));
    main.cables.retain(|to, list| {
        list.retain(|cable| keeps.contains(&cable.from.node));
        keeps.contains(&to.node) && !list.is_empty()
    });
    main.overrides.retain(|socket, _| keeps.contains(&socket.node));
    main.automation.retain(|socket, _| keeps.contains(&socket.node));
    main.snapshots.values_mut().for_each(|values| values.retain(|socket, _| keeps.contains(&socket.node)));
    main.layout.clear();
    main.notes.clear();
    main.mappings.clear();
    let sums = |node: &Node| registry.get(&node.kind).is_some_and(|spec| matches!(spec.role, Role::Output | Role::Cue));
    for patch in core::iter::once(&mut quiet.main).chain(quiet.files.values_mut()) {
        let Patch { nodes, cables, overrides, .. } = patch;
        cables.retain(|to, _| !nodes.get(&to.node).is_some_and(sums));
        let solo = Name::new("solo");
        nodes.values_mut().filter(|node| registry.get(&node.kind).is_some_and(|s| s.role.is_channel())).for_each(
            |channel| {
                channel.params.remove(&solo);
            },
        );
        overrides.retain(|socket, _| socket.port.as_ref() != Some(&solo));
    }
    quiet
}

/// The same with an output that one sound of a node enters, whether it is muted or not.
fn alone(quiet: &Set, registry: &Registry, (wish, output, own): (&Freeze, &Name, &Name)) -> Set {
    let mut set = quiet.clone();
    let patch = match &wish.file {
        None => Some(&mut set.main),
        Some(file) => set.files.get_mut(file),
    };
    let Some(patch) = patch else { return set };
    if let Some(node) = patch.nodes.get_mut(&wish.node) {
        let has_param = registry.get(&node.kind).is_some_and(|spec| spec.param(MUTE).is_some());
        if !has_param {
            node.params.remove(MUTE);
            patch.overrides.remove(&Socket::new(wish.node.as_str(), MUTE));
        }
        node.params.remove(FROZEN);
    }
    let kind = registry.iter().find(|spec| spec.role == Role::Output).map_or("output", |spec| spec.name);
    patch.nodes.insert(own.clone(), Node::new(kind));
    let from = Socket { node: wish.node.clone(), port: Some(output.clone()) };
    patch.cables.insert(Socket::first(own.as_str()), vec![Cable::plain(from)]);
    set
}

fn free(patch: &Patch, wish: &str) -> Name {
    let numbered = (2..).map(|n| format!("{wish}{n}"));
    let mut names = core::iter::once(wish.to_owned()).chain(numbered).map(|name| Name::new(&name));
    names.find(|name| !patch.has(name.as_str())).unwrap_or_else(|| Name::new(wish))
}
