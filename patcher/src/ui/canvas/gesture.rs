//! What a hand is doing on the canvas, from the press to the release, and the edits that come of it.

use super::cable::Drawn;
use super::clip::said_again;
use super::notes::{Carried, Resized};
use super::tile::{GRID, Sheet};
use crate::ui::dropped::Parcel;
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
    /// A cable is drawn from an input, backwards.
    Back { to: Socket },
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
    /// What fits is to be found, for a place on the canvas, and for a cable that was drawn there.
    Find { at: Pos2, drawn: Option<Drawn> },
    /// A patch is to be opened inside.
    Open(Name),
    /// Nodes become a reusable patch.
    Collapse(BTreeSet<Name>),
    /// An instance becomes its nodes.
    Expand(Name),
    /// Nodes of a script become nodes of the set.
    Detach(BTreeSet<Name>),
    /// Nodes are frozen over so many bars; without bars they play themselves again.
    Freeze { names: BTreeSet<Name>, bars: Option<u32> },
    /// Files from the desktop, at a place of the canvas.
    Drop(Parcel),
    /// A number over a script's text is to be written into that.
    Write(Socket, f64),
    /// A patch file of the set is to be copied into the user's library.
    Shelve(String),
    /// The line of a script that made a node is to be shown.
    Line(Name),
    /// A hand reached for what a script owns: why nothing happens is to be said.
    Owned(Name),
    /// Something to say.
    Say(String),
    /// Something that is no edit.
    Ask(Ask),
}

impl Gesture {
    /// Lets go of what another hand has removed. What is not there yet is on its way.
    pub(crate) fn let_go(&mut self, before: &Sheet, now: &Sheet) {
        let gone = |name: &Name| before.tile(name).is_some() && now.tile(name).is_none();
        let has = |sheet: &Sheet, name: &Name| sheet.notes.iter().any(|note| note.name == *name);
        let taken_off = |name: &Name| has(before, name) && !has(now, name);
        match self {
            Gesture::Move { places, .. } => places.retain(|name, _| !gone(name)),
            Gesture::Carry(carried) => carried.let_go(gone, taken_off),
            Gesture::Size(sized) if taken_off(sized.name()) => *self = Gesture::None,
            _ => {}
        }
    }
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

/// Nodes again under new names, with the cables between them and those that enter them;
/// what each one is called and what its copy is.
pub(crate) fn copied(
    patch: &Patch,
    sheet: &Sheet,
    names: &BTreeSet<Name>,
    by: Vec2,
) -> Option<(Act, BTreeMap<Name, Name>)> {
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
    (!new.is_empty()).then(|| (Act::edit(Edit::Batch(edits), "duplicate"), new))
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
