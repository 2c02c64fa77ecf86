//! Cables past nodes: what enters a node that is left out goes on to where it went, whether it is bypassed or removed.

use crate::fits::{Entry, Room};
use crate::ports::Ports;
use crate::{Cable, Edit, Name, Node, Socket};
use bf_node::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// How a node is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// What enters its first input of a kind leaves by the first of its outputs of that kind that is heard.
    Out,
    /// Nothing leaves it.
    Silent,
}

/// What becomes of the cables that leave an output.
enum Way {
    /// They come from here instead.
    Through(Vec<Cable>),
    Silent,
}

/// The ways past the nodes of a patch that are left out, by every name of their outputs.
pub(crate) struct Past<'a> {
    room: Room<'a>,
    ways: BTreeMap<Socket, Way>,
}

/// The edits that lead cables past nodes that are to be removed. They come before the removal, and all in one batch.
pub fn healed(room: &Room<'_>, gone: &BTreeSet<Name>) -> Vec<Edit> {
    let past = Past::of(*room, |name, _| gone.contains(name).then_some(Left::Out));
    let stays = |socket: &Socket| !gone.contains(&socket.node);
    let mut now: BTreeMap<Socket, Vec<Cable>> = BTreeMap::new();
    let mut edits = Vec::new();
    for (to, list) in room.patch.cables.iter().filter(|(to, list)| stays(to) && past.touches(list)) {
        let (param, names) = (past.is_param(to), room.names_of(to));
        for name in &names {
            now.entry(name.clone()).or_insert_with(|| room.patch.cables.get(name).cloned().unwrap_or_default());
        }
        let mut at = 0;
        for cable in list {
            for new in past.follow(cable, param, &mut BTreeSet::new()).into_iter().filter(|new| stays(&new.from)) {
                if stays(&cable.from) {
                    continue;
                }
                let there = names.iter().find_map(|name| {
                    let list = &now[name];
                    let place = list.iter().position(|other| room.is_same(&other.from, &new.from))?;
                    Some((name.clone(), place))
                });
                let Some((name, place)) = there else {
                    edits.push(Edit::Connect { to: to.clone(), cable: new.clone(), at: Some(at) });
                    now.entry(to.clone()).or_default().insert(at, new);
                    at += 1;
                    continue;
                };
                let other = now.get_mut(&name).and_then(|list| list.get_mut(place));
                if let Some(other) = other.filter(|other| both(other.amount, new.amount, param) != other.amount) {
                    other.amount = both(other.amount, new.amount, param);
                    let (from, amount) = (other.from.clone(), other.amount);
                    edits.push(Edit::SetAmount { to: name, from, amount });
                }
            }
            at += 1;
        }
    }
    for (name, source) in room.patch.outputs.iter().filter(|(_, source)| !stays(source)) {
        if let Some(source) = past.source(source).filter(stays) {
            edits.push(Edit::SetOutput { name: name.clone(), source: Some(source), at: None });
        }
    }
    edits
}

/// The gain of two cables from one output that become one.
fn both(a: Option<f64>, b: Option<f64>, param: bool) -> Option<f64> {
    match (a, b) {
        // A number that is replaced by the same twice is replaced once.
        (None, None) if param => None,
        (a, b) => Some(a.unwrap_or(1.0) + b.unwrap_or(1.0)),
    }
}

impl<'a> Past<'a> {
    /// The ways past those nodes of a patch that are left out.
    pub(crate) fn of(room: Room<'a>, left: impl Fn(&Name, &Node) -> Option<Left>) -> Past<'a> {
        let mut past = Past { room, ways: BTreeMap::new() };
        for (name, node) in &room.patch.nodes {
            if let Some(left) = left(name, node) {
                past.leave(name, left);
            }
        }
        past
    }

    /// Whether nothing is led another way.
    pub(crate) fn is_empty(&self) -> bool {
        self.ways.is_empty()
    }

    /// Whether any of the cables is led another way.
    pub(crate) fn touches(&self, list: &[Cable]) -> bool {
        list.iter().any(|cable| self.ways.contains_key(&cable.from))
    }

    /// What cables into an input or a param become.
    pub(crate) fn led(&self, to: &Socket, list: &[Cable]) -> Vec<Cable> {
        let param = self.is_param(to);
        let mut led: Vec<Cable> = Vec::with_capacity(list.len());
        for cable in list.iter().flat_map(|cable| self.follow(cable, param, &mut BTreeSet::new())) {
            match led.iter_mut().find(|other| other.from == cable.from) {
                Some(other) => other.amount = both(other.amount, cable.amount, param),
                None => led.push(cable),
            }
        }
        led
    }

    /// Whether an output is led another way.
    pub(crate) fn leads(&self, source: &Socket) -> bool {
        self.ways.contains_key(source)
    }

    /// The output that is heard instead of one; `None` where it is not exactly one as it is.
    pub(crate) fn source(&self, source: &Socket) -> Option<Socket> {
        match self.follow(&Cable::plain(source.clone()), false, &mut BTreeSet::new()).as_slice() {
            [Cable { from, amount: None }] => Some(from.clone()),
            _ => None,
        }
    }

    /// What a cable becomes: itself, or what goes past its node.
    fn follow(&self, cable: &Cable, param: bool, seen: &mut BTreeSet<Socket>) -> Vec<Cable> {
        let entering = match self.ways.get(&cable.from) {
            None => return vec![cable.clone()],
            Some(Way::Silent) => return Vec::new(),
            Some(Way::Through(entering)) => entering,
        };
        if !seen.insert(cable.from.clone()) {
            return Vec::new();
        }
        // A number that is replaced cannot be made louder or softer on the way.
        if param && cable.amount.is_none() && entering.iter().any(|one| one.amount.is_some_and(|a| a != 1.0)) {
            return vec![cable.clone()];
        }
        let all = entering.iter().flat_map(|one| {
            let amount = match (one.amount, cable.amount) {
                (None, amount) => amount,
                (Some(a), None) => Some(a).filter(|_| !param),
                (Some(a), Some(b)) => Some(a * b),
            };
            self.follow(&Cable { from: one.from.clone(), amount }, param, seen)
        });
        all.collect()
    }

    fn is_param(&self, to: &Socket) -> bool {
        let is_input = |ports: Ports<'_>| matches!(Entry::of(ports, to.port.as_ref()), Some(Entry::Input(_)));
        to.port.is_some() && !self.room.ports(&to.node).is_some_and(is_input)
    }

    /// Finds the way past a node for every way of naming its outputs.
    fn leave(&mut self, name: &Name, left: Left) {
        let Some(ports) = self.room.ports(name) else { return };
        let mut through = false;
        for (i, output) in ports.outputs().into_iter().enumerate() {
            let socket = Socket::new(name.as_str(), output);
            let bare = Socket { node: name.clone(), port: None };
            let names = if i == 0 { vec![bare, socket] } else { vec![socket] };
            let passes = left == Left::Out && !through && names.iter().any(|socket| self.is_heard(socket));
            let kind = self.room.types.output_kind(ports, i).unwrap_or(Kind::Signal);
            let entering = passes.then(|| self.entering(name, ports, kind)).flatten();
            through |= entering.is_some();
            for socket in names {
                self.ways.insert(socket, entering.clone().map_or(Way::Silent, Way::Through));
            }
        }
    }

    /// What enters the first input of a kind; `None` where there is no such input.
    fn entering(&self, name: &Name, ports: Ports<'_>, kind: Kind) -> Option<Vec<Cable>> {
        let types = self.room.types;
        let takes = |i: usize| types.input_kind(ports, i).unwrap_or(Kind::Signal) == kind;
        let (at, input) = ports.inputs().into_iter().enumerate().find(|(i, _)| takes(*i))?;
        let bare = Some(Socket { node: name.clone(), port: None }).filter(|_| at == 0);
        let keys = [bare, Some(Socket::new(name.as_str(), input))];
        let lists = keys.iter().flatten().filter_map(|key| self.room.patch.cables.get(key));
        Some(lists.flatten().cloned().collect())
    }

    fn is_heard(&self, from: &Socket) -> bool {
        let patch = self.room.patch;
        patch.cables.values().flatten().any(|cable| cable.from == *from)
            || patch.outputs.iter().any(|(_, source)| source == from)
    }
}
