//! What comes of a cable in the hand, of a node that is dropped on one, and of cables whose node goes.

use super::gesture::Act;
use super::hit::Hit;
use bf_node::Kind;
use bf_patch::fits::Entry;
use bf_patch::{Cable, Edit, Misfit, Name, Patch, Ports, Room, Socket};
use egui::Pos2;
use std::collections::BTreeSet;

/// The end from which a cable was drawn; the other one is in the hand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Drawn {
    /// An output.
    From(Socket),
    /// An input.
    Into(Socket),
}

impl Drawn {
    /// What the cable carries; `None` where that is not known.
    pub(crate) fn carries(&self, room: &Room<'_>) -> Option<Kind> {
        match self {
            Drawn::From(from) => carries(room, from),
            Drawn::Into(to) => takes(room, to),
        }
    }
}

fn carries(room: &Room<'_>, from: &Socket) -> Option<Kind> {
    let ports = room.ports(&from.node)?;
    room.types.output_kind(ports, ports.output(from.port.as_ref())?)
}

fn takes(room: &Room<'_>, to: &Socket) -> Option<Kind> {
    let ports = room.ports(&to.node)?;
    match Entry::of(ports, to.port.as_ref())? {
        Entry::Input(input) => room.types.input_kind(ports, input),
        Entry::Param(_) => Some(Kind::Signal),
    }
}

/// The first input of a node for a kind of cable.
fn input_for(room: &Room<'_>, name: &Name, kind: Kind) -> Option<Socket> {
    let ports = room.ports(name)?;
    let takes = |(i, _): &(usize, &str)| room.types.input_kind(ports, *i) == Some(kind);
    ports.inputs().into_iter().enumerate().find(takes).map(|(_, port)| Socket::new(name.as_str(), port))
}

/// The first output of a node for a kind of cable.
fn output_for(room: &Room<'_>, name: &Name, kind: Kind) -> Option<Socket> {
    let ports = room.ports(name)?;
    let carries = |(i, _): &(usize, &str)| room.types.output_kind(ports, *i) == Some(kind);
    ports.outputs().into_iter().enumerate().find(carries).map(|(_, port)| Socket::new(name.as_str(), port))
}

/// The edits of a cable that is dropped somewhere. `own` is what the set owns of the room.
pub(crate) fn dropped(room: &Room<'_>, own: &Patch, from: &Socket, was: Option<&Socket>, on: &Hit) -> Vec<Act> {
    let off = |was: &Socket| Edit::Disconnect { to: was.clone(), from: from.clone() };
    let Some(to) = on.entry() else {
        // Let go over nothing it comes off.
        return was.map(|was| Act::edit(off(was), "take a cable off")).into_iter().collect();
    };
    if was.is_some_and(|was| room.names_of(was).contains(&to)) {
        return Vec::new();
    }
    // A node without a port is its first input that takes it.
    let other = carries(room, from).filter(|_| to.port.is_none()).and_then(|kind| input_for(room, &to.node, kind));
    let to = match (room.fits(from, &to), other) {
        (Err(Misfit::Notes { .. } | Misfit::Signal { .. }), Some(other)) => other,
        _ => to,
    };
    if let Err(why) = room.fits(from, &to) {
        return vec![Act::Say(why.to_string())];
    }
    if own.cables.get(&to).is_some_and(|list| list.iter().any(|c| c.from == *from)) {
        return vec![Act::Say(Misfit::Twice { from: from.clone(), to }.to_string())];
    }
    // What enters a param moves around its number; on an input it is heard as it is.
    let entry = |ports: Ports<'_>| Entry::of(ports, to.port.as_ref());
    let amount = matches!(room.ports(&to.node).and_then(entry), Some(Entry::Param(_))).then_some(1.0);
    let cable = Cable { from: from.clone(), amount };
    let mut edits: Vec<Edit> = was.map(off).into_iter().collect();
    edits.push(Edit::Connect { to: to.clone(), cable, at: None });
    vec![Act::edit(Edit::Batch(edits), format!("connect {from} to {to}"))]
}

/// What comes of a cable that was drawn from an input and is let go at a place of the canvas.
pub(crate) fn fed(room: &Room<'_>, own: &Patch, to: &Socket, (at, on): (Pos2, &Hit)) -> Vec<Act> {
    let from = match on {
        Hit::Output(from) => Some(from.clone()),
        Hit::Node(name) | Hit::Fold(name) => {
            let fits = takes(room, to).and_then(|kind| output_for(room, name, kind));
            Some(fits.unwrap_or_else(|| Socket { node: name.clone(), port: None }))
        }
        Hit::Nothing | Hit::Wire(_) | Hit::Note(_) => {
            return vec![Act::Find { at, drawn: Some(Drawn::Into(to.clone())) }];
        }
        Hit::Input(_) | Hit::Row(_) => None,
    };
    let laid = |from: Socket| dropped(room, own, &from, None, &Hit::Input(to.clone()));
    from.map(laid).unwrap_or_default()
}

/// Removes nodes; what went through them goes on without them.
pub(crate) fn removed(room: &Room<'_>, own: &Patch, names: &BTreeSet<Name>) -> Option<Act> {
    let mine: BTreeSet<Name> = names.iter().filter(|name| own.nodes.contains_key(*name)).cloned().collect();
    let first = mine.first()?;
    let what = if mine.len() == 1 { first.to_string() } else { format!("{} nodes", mine.len()) };
    // Cables of scripts stay theirs; their nodes are looked at all the same.
    let mut edits = bf_patch::healed(&Room { patch: own, beside: Some(room.patch), ..*room }, &mine);
    edits.extend(mine.into_iter().map(|name| Edit::RemoveNode { name }));
    Some(Act::edit(Edit::Batch(edits), format!("remove {what}")))
}

/// Puts a node into a cable: from where it came, through the node, to where it went. `None` where it does not fit there.
pub(crate) fn inserted(room: &Room<'_>, own: &Patch, name: &Name, (from, to): (&Socket, &Socket)) -> Option<Act> {
    let list = own.cables.get(to)?;
    let at = list.iter().position(|c| c.from == *from)?;
    let kind = carries(room, from)?;
    let (entry, exit) = (input_for(room, name, kind)?, output_for(room, name, kind)?);
    room.fits(from, &entry).and_then(|()| room.fits(&exit, to)).ok()?;
    let through = Cable { from: exit, amount: list[at].amount };
    let edits = vec![
        Edit::Disconnect { to: to.clone(), from: from.clone() },
        Edit::Connect { to: entry, cable: Cable::plain(from.clone()), at: None },
        Edit::Connect { to: to.clone(), cable: through, at: Some(at) },
    ];
    Some(Act::edit(Edit::Batch(edits), format!("insert {name}")))
}
