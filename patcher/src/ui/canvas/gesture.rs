//! What a hand is doing on the canvas, from the press to the release, and the edits that come of it.

use super::clip::said_again;
use super::hit::Hit;
use super::notes::{Carried, Resized};
use super::tile::{GRID, Sheet, Tile};
use crate::ui::widgets::asks::Ask;
use bf_node::{ParamKind, ParamSpec, Value};
use bf_patch::{Cable, Edit, Name, Patch, Socket};
use egui::{Pos2, Rect, Vec2};
use std::collections::{BTreeMap, BTreeSet};

/// What is going on.
#[derive(Clone, Debug, Default)]
pub(crate) enum Gesture {
    #[default]
    None,
    /// The view moves with the pointer.
    Pan,
    /// A box is drawn; what was selected before stays where `keeps` is.
    Lasso { from: Pos2, keeps: BTreeSet<Name> },
    /// Nodes move, from where they lay.
    Move { from: Pos2, places: BTreeMap<Name, Pos2> },
    /// A cable is drawn from an output.
    Wire { from: Socket },
    /// A cable that entered somewhere is taken off.
    Rewire { from: Socket, was: Socket },
    /// A comment, or a frame and what lies in it, moves.
    Carry(Carried),
    /// A frame becomes larger or smaller.
    Size(Resized),
    /// The view follows the pointer on the small map.
    Map,
    /// A value is turned: where it stands, as exactly as it was dragged.
    Turn { socket: Socket, place: f32 },
    /// The amount of the cable that moves a value changes: what it is.
    Deepen { socket: Socket, amount: f64 },
}

/// What comes of a gesture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    /// One step of the history; edits with the same gesture are one step together.
    Edit { edit: Edit, label: String, gesture: Option<u64> },
    /// The gesture is over.
    End,
    /// What fits is to be found, for a place on the canvas, and for a cable from an output where there is one.
    Find { at: Pos2, from: Option<Socket> },
    /// A patch is to be opened inside.
    Open(Name),
    /// Nodes become a reusable patch.
    Collapse(BTreeSet<Name>),
    /// An instance becomes its nodes.
    Expand(Name),
    /// Nodes of a script become nodes of the set.
    Detach(BTreeSet<Name>),
    /// Files from the desktop, at a place of the canvas.
    Drop(Vec<std::path::PathBuf>, [i32; 2]),
    /// The line of a script that made a node is to be shown.
    Line(Name),
    /// A hand reached for what a script owns: why nothing happens is to be said.
    Owned(Name),
    /// Something to say.
    Say(String),
    /// Something that is no edit.
    Ask(Ask),
}

impl Act {
    pub(crate) fn edit(edit: Edit, label: impl Into<String>) -> Act {
        Act::Edit { edit, label: label.into(), gesture: None }
    }
}

/// The nearest place on the grid.
pub(crate) fn snap(at: Pos2) -> [i32; 2] {
    [(at.x / GRID).round() as i32 * GRID as i32, (at.y / GRID).round() as i32 * GRID as i32]
}

/// What a box touches.
pub(crate) fn lassoed(sheet: &Sheet, part: Rect) -> BTreeSet<Name> {
    sheet.tiles.iter().filter(|tile| part.intersects(tile.rect)).map(|tile| tile.name.clone()).collect()
}

/// Nodes at their new places.
pub(crate) fn moved(places: &BTreeMap<Name, Pos2>, by: Vec2) -> Edit {
    let to = |(name, at): (&Name, &Pos2)| Edit::SetLayout { name: name.clone(), at: Some(snap(*at + by)) };
    Edit::Batch(places.iter().map(to).collect())
}

/// The value that stands for a number in a patch file.
pub(crate) fn value_of(spec: &ParamSpec, number: f32) -> Value {
    match spec.kind {
        ParamKind::Number { .. } => Value::Number(rounded(number, spec)),
        ParamKind::Integer { .. } => Value::Number(f64::from(number.round())),
        ParamKind::Switch { .. } => Value::Bool(number >= 0.5),
        ParamKind::Choice { options, .. } => {
            let at = (number.round().max(0.0) as usize).min(options.len().saturating_sub(1));
            Value::Text(options[at].to_owned())
        }
        ParamKind::Setting { .. } => spec.default_value(),
    }
}

/// As many digits as matter: a thousandth of where it stands.
fn rounded(number: f32, spec: &ParamSpec) -> f64 {
    let (min, max) = spec.range();
    let size = number.abs().max((max - min).abs() * 1e-3).max(1e-6);
    let unit = 10f64.powi((f64::from(size).log10().floor() as i32) - 3);
    let n = (f64::from(number) / unit).round() * unit;
    // The decimal that is nearest, and not what the arithmetic leaves behind.
    let digits = (-unit.log10().round()).max(0.0) as usize;
    format!("{n:.digits$}").parse::<f64>().unwrap_or(n).clamp(f64::from(min), f64::from(max))
}

/// The edit that lays a value down in a patch, of which `own` is what the set owns: a hand's over what a script says and
/// over what another hand has laid there, which would hide a change beneath it; otherwise the text's.
pub(crate) fn set(own: &Patch, socket: &Socket, value: Value) -> Edit {
    lay(socket, value, !own.nodes.contains_key(&socket.node) || own.overrides.contains_key(socket))
}

/// As [`set`], where it is known whether the value lies over the text.
pub(crate) fn lay(socket: &Socket, value: Value, over: bool) -> Edit {
    let (target, value) = (socket.clone(), Some(value));
    if over { Edit::Override { target, value } } else { Edit::SetParam { target, value } }
}

/// Why a cable cannot be laid, where it cannot.
pub(crate) fn refusal(sheet: &Sheet, from: &Socket, to: &Socket) -> Option<String> {
    let source = sheet.tile(&from.node)?;
    let target = sheet.tile(&to.node)?;
    let port = to.port.as_ref();
    let enters = target.inputs.iter().find(|p| port.is_none_or(|port| p.name == *port));
    let carries = source.carries(from.port.as_ref());
    match enters {
        Some(plug) if plug.kind != carries => {
            let say = |kind| if kind == bf_node::Kind::Event { "events" } else { "a signal" };
            Some(format!("{from} carries {}, {}.{} takes {}", say(carries), target.name, plug.name, say(plug.kind)))
        }
        None if port.is_none() => Some(format!("{} has no input", target.name)),
        _ => None,
    }
}

/// The edits of a cable that is dropped somewhere.
pub(crate) fn dropped(sheet: &Sheet, patch: &Patch, from: &Socket, was: Option<&Socket>, on: &Hit) -> Vec<Act> {
    let off = |was: &Socket| Edit::Disconnect { to: was.clone(), from: from.clone() };
    let Some(to) = on.entry() else {
        // Let go over nothing it comes off.
        return was.map(|was| Act::edit(off(was), "take a cable off")).into_iter().collect();
    };
    if was == Some(&to) {
        return Vec::new();
    }
    if let Some(why) = refusal(sheet, from, &to) {
        return vec![Act::Say(why)];
    }
    if patch.cables.get(&to).is_some_and(|list| list.iter().any(|c| c.from == *from)) {
        return vec![Act::Say(format!("{from} enters {to} already"))];
    }
    // What enters a param moves around its number; on an input it is heard as it is.
    let row = sheet.tile(&to.node).and_then(|t| t.rows.iter().find(|r| Some(&r.name) == to.port.as_ref()));
    let amount = row.filter(|row| row.spec.is_some()).map(|_| 1.0);
    let cable = Cable { from: from.clone(), amount };
    let mut edits: Vec<Edit> = was.map(off).into_iter().collect();
    edits.push(Edit::Connect { to: to.clone(), cable, at: None });
    vec![Act::edit(Edit::Batch(edits), format!("connect {from} to {to}"))]
}

/// Removes nodes; what went through a node that had one way in and one way out goes on without it.
pub(crate) fn removed(patch: &Patch, names: &BTreeSet<Name>) -> Option<Act> {
    let mine: Vec<&Name> = names.iter().filter(|name| patch.nodes.contains_key(*name)).collect();
    if mine.is_empty() {
        return None;
    }
    let mut edits: Vec<Edit> = Vec::new();
    for name in &mine {
        edits.extend(healed(patch, name, names));
    }
    edits.extend(mine.iter().map(|name| Edit::RemoveNode { name: (*name).clone() }));
    let what = if mine.len() == 1 { mine[0].to_string() } else { format!("{} nodes", mine.len()) };
    Some(Act::edit(Edit::Batch(edits), format!("remove {what}")))
}

/// The cables that go past a node when it is gone.
fn healed(patch: &Patch, name: &Name, gone: &BTreeSet<Name>) -> Vec<Edit> {
    // What enters its first input, and what hears it.
    let ins: Vec<&Cable> = patch.cables.iter().filter(|(to, _)| to.node == *name).flat_map(|(_, list)| list).collect();
    let [only] = ins.as_slice() else { return Vec::new() };
    if gone.contains(&only.from.node) || only.from.node == *name || only.amount.is_some() {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for (to, list) in patch.cables.iter().filter(|(to, _)| !gone.contains(&to.node)) {
        for (i, cable) in list.iter().enumerate().filter(|(_, cable)| cable.from.node == *name) {
            if !list.iter().any(|other| other.from == only.from) {
                let cable = Cable { from: only.from.clone(), amount: cable.amount };
                edits.push(Edit::Connect { to: to.clone(), cable, at: Some(i) });
            }
        }
    }
    edits
}

/// Puts a node into a cable: from where it came, through the node, to where it went.
pub(crate) fn inserted(patch: &Patch, tile: &Tile, from: &Socket, to: &Socket) -> Option<Act> {
    let (first_in, first_out) = (tile.inputs.first()?, tile.outputs.first()?);
    let list = patch.cables.get(to)?;
    let at = list.iter().position(|c| c.from == *from)?;
    let entry = Socket { node: tile.name.clone(), port: Some(first_in.name.clone()) };
    let exit = Socket { node: tile.name.clone(), port: Some(first_out.name.clone()) };
    let through = Cable { from: exit, amount: list[at].amount };
    let edits = vec![
        Edit::Disconnect { to: to.clone(), from: from.clone() },
        Edit::Connect { to: entry, cable: Cable::plain(from.clone()), at: None },
        Edit::Connect { to: to.clone(), cable: through, at: Some(at) },
    ];
    Some(Act::edit(Edit::Batch(edits), format!("insert {}", tile.name)))
}

/// Nodes again under new names, with the cables between them and those that enter them.
pub(crate) fn copied(patch: &Patch, sheet: &Sheet, names: &BTreeSet<Name>, by: Vec2) -> Option<(Act, BTreeSet<Name>)> {
    let mut new: BTreeMap<Name, Name> = BTreeMap::new();
    let mut edits = Vec::new();
    for name in names {
        let Some(node) = patch.nodes.get(name) else { continue };
        let fresh = fresh_name(name.as_str(), |n| patch.has(n) || new.values().any(|m| m.as_str() == n));
        let at = sheet.tile(name).map(|tile| snap(tile.rect.min + by));
        edits.push(Edit::AddNode { name: fresh.clone(), node: node.clone(), at });
        new.insert(name.clone(), fresh);
    }
    for (to, list) in &patch.cables {
        let Some(target) = new.get(&to.node) else { continue };
        let to = Socket { node: target.clone(), port: to.port.clone() };
        for cable in list {
            let node = new.get(&cable.from.node).unwrap_or(&cable.from.node).clone();
            let from = Socket { node, port: cable.from.port.clone() };
            edits.push(Edit::Connect { to: to.clone(), cable: Cable { from, amount: cable.amount }, at: None });
        }
    }
    edits.extend(said_again(patch, &new));
    let made: BTreeSet<Name> = new.into_values().collect();
    (!made.is_empty()).then(|| (Act::edit(Edit::Batch(edits), "duplicate"), made))
}

/// A name that nothing has: the type or name itself, then with a number behind it.
pub(crate) fn fresh_name(base: &str, taken: impl Fn(&str) -> bool) -> Name {
    let base = base.trim_end_matches(|c: char| c.is_ascii_digit());
    let base = if base.is_empty() { "node" } else { base };
    if !taken(base) {
        return Name::new(base);
    }
    let mut n = 2;
    while taken(&format!("{base}{n}")) {
        n += 1;
    }
    Name::new(&format!("{base}{n}"))
}
