//! Cables past nodes: what enters a node that is left out goes on to where it went, whether it is bypassed or removed.

use crate::compile::{Edges, Entering, components};
use crate::fits::Room;
use crate::ports::Ports;
use crate::{Cable, Edit, Name, Node, Patch, Socket};
use bf_node::Kind;
use core::cell::{Cell, RefCell};
use std::borrow::Cow;
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
    /// The way of an output, and the number of the output: it has two names where it is the first.
    ways: BTreeMap<Socket, (usize, Way)>,
    outputs: usize,
    /// What is heard of an output, by its number and whether it replaces a number.
    known: RefCell<BTreeMap<(usize, bool), Vec<Cable>>>,
    steps: Cell<usize>,
    /// The loop that an output is part of.
    loops: Vec<Option<u32>>,
}

/// Steps through a loop: what loops within loops give beyond that is left out.
const MOST_STEPS: usize = 10_000;

/// The edits that lead cables past nodes that are to be removed. They come before the removal, and all in one batch.
pub fn healed(room: &Room<'_>, gone: &BTreeSet<Name>) -> Vec<Edit> {
    let patch = entered(room.patch, &|target| gone.contains(&target.node) && room.is_input(target));
    let inputs: Vec<Name> = room.patch.inputs.iter().map(|(name, _)| entry(name)).collect();
    let past = Past::of(Room { patch: &patch, ..*room }, |name, _| gone.contains(name).then_some(Left::Out));
    let stays = |socket: &Socket| !gone.contains(&socket.node);
    let mut entering: Vec<Vec<Socket>> = vec![Vec::new(); inputs.len()];
    let mut now: BTreeMap<Socket, Vec<Cable>> = BTreeMap::new();
    let mut edits = Vec::new();
    for (to, list) in room.patch.cables.iter().filter(|(to, list)| stays(to) && past.touches(list)) {
        let (param, names) = (past.is_param(to), room.names_of(to));
        for name in &names {
            now.entry(name.clone()).or_insert_with(|| room.patch.cables.get(name).cloned().unwrap_or_default());
        }
        let mut at = 0;
        for cable in list {
            for new in past.follow(cable, param).into_iter().filter(|new| stays(&new.from)) {
                if stays(&cable.from) {
                    continue;
                }
                if let Some(input) = inputs.iter().position(|input| *input == new.from.node) {
                    // An input has no amount.
                    entering[input].extend(new.amount.is_none_or(|a| a == 1.0).then(|| to.clone()));
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
        let is_input = |source: &Socket| inputs.contains(&source.node);
        if let Some(source) = past.source(source).filter(|source| stays(source) && !is_input(source)) {
            edits.push(Edit::SetOutput { name: name.clone(), source: Some(source), at: None });
        }
    }
    for ((name, targets), new) in room.patch.inputs.iter().zip(entering).filter(|(_, new)| !new.is_empty()) {
        let mut all: Vec<Socket> = targets.iter().filter(|target| stays(target)).cloned().collect();
        new.into_iter().for_each(|to| all.extend((!all.contains(&to)).then_some(to)));
        edits.push(Edit::SetInput { name: name.clone(), targets: Some(all), at: None });
    }
    edits
}

/// The node that stands for an input of a patch where that enters what is left out.
pub(crate) fn entry(input: &Name) -> Name {
    Name::new(&format!("~in.{input}"))
}

/// The patch with cables from a node for each input into what is left out, which the inputs led to.
pub(crate) fn entered<'p>(patch: &'p Patch, is_left: &dyn Fn(&Socket) -> bool) -> Cow<'p, Patch> {
    let mut patch = Cow::Borrowed(patch);
    for i in 0..patch.inputs.len() {
        let (name, targets) = &patch.inputs[i];
        let left: Vec<Socket> = targets.iter().filter(|target| is_left(target)).cloned().collect();
        if left.is_empty() {
            continue;
        }
        let from = Socket { node: entry(name), port: None };
        let patch = patch.to_mut();
        for to in left {
            patch.cables.entry(to).or_default().insert(0, Cable::plain(from.clone()));
        }
    }
    patch
}

/// The gain of two cables one behind the other.
fn times(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (None, amount) | (amount, None) => amount,
        (Some(a), Some(b)) => Some(a * b),
    }
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
        let mut past = Past {
            room,
            ways: BTreeMap::new(),
            outputs: 0,
            known: RefCell::default(),
            steps: Cell::new(0),
            loops: Vec::new(),
        };
        for (name, node) in &room.patch.nodes {
            if let Some(left) = left(name, node) {
                past.leave(name, left);
            }
        }
        past.find_loops();
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
        for cable in list.iter().flat_map(|cable| self.follow(cable, param)) {
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
        match self.heard(source).as_slice() {
            [Cable { from, amount: None }] => Some(from.clone()),
            _ => None,
        }
    }

    /// All that is heard instead of an output.
    pub(crate) fn heard(&self, source: &Socket) -> Vec<Cable> {
        self.follow(&Cable::plain(source.clone()), false)
    }

    /// What a cable becomes: itself, or what goes past its node.
    fn follow(&self, cable: &Cable, param: bool) -> Vec<Cable> {
        if !self.leads(&cable.from) {
            return vec![cable.clone()];
        }
        let replaces = param && cable.amount.is_none();
        let all = self.sources(&cable.from, replaces, &mut Vec::new());
        all.into_iter().map(|one| Cable { amount: times(one.amount, cable.amount), ..one }).collect()
    }

    /// What is heard of an output in the end, each source once with what is left of its level. `replaces` says that a
    /// number is replaced, which cannot be made louder or softer on the way. `path` holds the outputs that are being
    /// followed: what comes back to one of them ends there.
    fn sources(&self, from: &Socket, replaces: bool, path: &mut Vec<usize>) -> Vec<Cable> {
        let (id, entering) = match self.ways.get(from) {
            None => return vec![Cable::plain(from.clone())],
            Some((_, Way::Silent)) => return Vec::new(),
            Some((id, Way::Through(entering))) => (*id, entering),
        };
        if path.contains(&id) {
            return Vec::new();
        }
        if replaces && entering.iter().any(|one| one.amount.is_some_and(|a| a != 1.0)) {
            return vec![Cable::plain(from.clone())];
        }
        // Within a loop it depends on the way there what is heard; from outside of it, it does not.
        let is_loop = self.loops[id];
        let within = path.last().is_some_and(|above| is_loop.is_some() && self.loops[*above] == is_loop);
        if !within {
            if let Some(known) = self.known.borrow().get(&(id, replaces)) {
                return known.clone();
            }
            self.steps.set(0);
        }
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS {
            return Vec::new();
        }
        let mut all = Vec::<Cable>::new();
        path.push(id);
        for one in entering {
            for source in self.sources(&one.from, replaces, path) {
                let amount = times(source.amount, one.amount).filter(|_| !replaces);
                match all.iter_mut().find(|other| other.from == source.from) {
                    Some(other) => other.amount = both(other.amount, amount, replaces),
                    None => all.push(Cable { amount, ..source }),
                }
            }
        }
        path.pop();
        if !within {
            self.known.borrow_mut().insert((id, replaces), all.clone());
        }
        all
    }

    /// Finds the loops among the outputs.
    fn find_loops(&mut self) {
        let id = |socket: &Socket| self.ways.get(socket).map(|(id, _)| *id as u32);
        let mut edges = Vec::new();
        for (to, way) in self.ways.values() {
            if let Way::Through(entering) = way {
                edges.extend(entering.iter().filter_map(|one| Some((id(&one.from)?, *to as u32))));
            }
        }
        let entering = Entering::new(self.outputs, edges.iter().map(|(_, to)| *to));
        let mut loops = vec![None; self.outputs];
        components(&Edges { cables: &edges, entering: &entering, prefer: &|_| 0 }, |outputs| {
            for output in outputs.iter().filter(|_| outputs.len() > 1) {
                loops[*output as usize] = Some(outputs[0]);
            }
        });
        self.loops = loops;
    }

    fn is_param(&self, to: &Socket) -> bool {
        to.port.is_some() && !self.room.is_input(to)
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
                let way = entering.clone().map_or(Way::Silent, Way::Through);
                self.ways.insert(socket, (self.outputs, way));
            }
            self.outputs += 1;
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
