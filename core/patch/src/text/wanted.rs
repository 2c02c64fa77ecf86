//! What a text is to say for each part of a patch.

use super::tree::{Tree, whole_number};
use crate::{Cable, Control, Curve, LaneSpec, Mapping, Name, Node, Note, Socket};
use bf_node::{Form, ParamKind, Registry, Scale, Value};
use std::collections::BTreeMap;

/// Which keys of a table are ours; the others are kept as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ours {
    /// All.
    All,
    /// All, and their order counts.
    Ordered,
    /// These.
    Only(&'static [&'static str]),
    /// Those that name a node that is there.
    OfNodes,
}

/// The keys of a cable's table.
pub(super) const CABLE: &[&str] = &["from", "amount"];
/// The keys of a control's table.
pub(super) const CONTROL: &[&str] = &["to", "default", "min", "max", "help"];
/// The keys of an automation lane's table.
pub(super) const LANE: &[&str] = &["points", "length"];

/// The keys of a mapping's table.
pub(super) const MAPPING: &[&str] = &["to", "min", "max", "curve", "from", "mode"];

/// The keys of a note's table.
pub(super) const NOTE: &[&str] = &["text", "at", "size", "color"];

/// The words for how a mapping travels.
pub(super) const TRAVELS: [(&str, Scale); 2] = [("linear", Scale::Linear), ("log", Scale::Log)];

/// The words for the ways from one point of a lane to the next.
pub(super) const CURVES: [(&str, Curve); 4] =
    [("linear", Curve::Linear), ("hold", Curve::Hold), ("exponential", Curve::Exponential), ("smooth", Curve::Smooth)];

pub(super) fn node(node: &Node, registry: Option<&Registry>) -> Tree {
    let kind = ("type".to_owned(), Tree::text(&node.kind));
    let params = node.params.iter().map(|(name, value)| (name.to_string(), param(&node.kind, name, value, registry)));
    Tree::Table(core::iter::once(kind).chain(params).collect())
}

/// A param's value: a whole number without a point where the declaration asks for one.
fn param(kind: &str, name: &Name, value: &Value, registry: Option<&Registry>) -> Tree {
    let spec = registry.and_then(|r| r.get(kind));
    let param = spec.and_then(|s| s.params.iter().find(|p| p.name == name.as_str()));
    let whole = param.is_some_and(|p| {
        matches!(p.kind, ParamKind::Integer { .. } | ParamKind::Setting { form: Form::Count(..), .. })
    });
    match value {
        Value::Number(n) if whole => whole_number(*n).map_or(Tree::Float(*n), Tree::Int),
        value => Tree::from(value),
    }
}

/// One cable, as a table where there is one already.
fn cable(cable: &Cable, now: Option<&Tree>) -> Tree {
    let from = Tree::text(&cable.from);
    match (cable.amount, now) {
        (None, Some(Tree::Table(_))) => Tree::Table(vec![("from".to_owned(), from)]),
        (None, _) => from,
        (Some(amount), _) => Tree::Table(vec![("from".to_owned(), from), ("amount".to_owned(), Tree::Float(amount))]),
    }
}

/// The output that a cable in a file comes from.
pub(super) fn cable_from(tree: &Tree) -> Option<&str> {
    match tree {
        Tree::Text(text) => Some(text),
        Tree::Table(table) => match table.iter().find(|(k, _)| k == "from") {
            Some((_, Tree::Text(text))) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The cables of an input: a list where there is one already.
pub(super) fn cables(cables: &[Cable], now: Option<&Tree>) -> Tree {
    let same = |c: &Cable, t: &Tree| cable_from(t).is_some_and(|from| from == c.from.to_string());
    match (cables, now) {
        ([one], Some(Tree::List(list))) => Tree::List(vec![cable(one, list.iter().find(|t| same(one, t)))]),
        ([one], now) => cable(one, now),
        (many, Some(Tree::List(list))) => {
            Tree::List(many.iter().map(|c| cable(c, list.iter().find(|t| same(c, t)))).collect())
        }
        (many, now) => Tree::List(many.iter().map(|c| cable(c, now.filter(|t| same(c, t)))).collect()),
    }
}

/// One socket alone or several in a list.
pub(super) fn sockets(sockets: &[Socket], now: Option<&Tree>) -> Tree {
    match (sockets, now) {
        ([one], now) if !matches!(now, Some(Tree::List(_))) => Tree::text(one),
        (many, _) => Tree::List(many.iter().map(Tree::text).collect()),
    }
}

pub(super) fn control(control: &Control, now: Option<&Tree>) -> Tree {
    let plain = control.default.is_none() && control.range.is_none() && control.help.is_empty();
    if plain && !matches!(now, Some(Tree::Table(_))) {
        return sockets(&control.targets, now);
    }
    let to = match now {
        Some(Tree::Table(table)) => table.iter().find(|(k, _)| k == "to").map(|(_, v)| v),
        other => other,
    };
    let mut table = vec![("to".to_owned(), sockets(&control.targets, to))];
    if let Some(value) = &control.default {
        table.push(("default".to_owned(), Tree::from(value)));
    }
    if let Some((min, max)) = control.range {
        table.push(("min".to_owned(), Tree::Float(min)));
        table.push(("max".to_owned(), Tree::Float(max)));
    }
    if !control.help.is_empty() {
        table.push(("help".to_owned(), Tree::text(&control.help)));
    }
    Tree::Table(table)
}

pub(super) fn lane(lane: &LaneSpec) -> Tree {
    let points = lane.points.iter().map(|point| {
        let mut list = vec![Tree::Float(point.beat), Tree::Float(point.value)];
        if point.curve != Curve::Linear {
            list.extend(CURVES.iter().find(|(_, c)| *c == point.curve).map(|(word, _)| Tree::text(word)));
        }
        Tree::List(list)
    });
    let mut table = vec![("points".to_owned(), Tree::List(points.collect()))];
    if lane.length != 0.0 {
        table.push(("length".to_owned(), Tree::Float(lane.length)));
    }
    Tree::Table(table)
}

pub(super) fn mapping(mapping: &Mapping, now: Option<&Tree>) -> Tree {
    let Mapping { to, range, curve, from, mode } = mapping;
    if *mapping == Mapping::plain(to.clone()) && !matches!(now, Some(Tree::Table(_))) {
        return Tree::text(to);
    }
    let mut table = vec![("to".to_owned(), Tree::text(to))];
    if let Some((min, max)) = range {
        table.push(("min".to_owned(), Tree::Float(*min)));
        table.push(("max".to_owned(), Tree::Float(*max)));
    }
    if let Some(scale) = curve {
        let word = TRAVELS.iter().find(|(_, s)| s == scale).map(|(word, _)| Tree::text(word));
        table.extend(word.map(|word| ("curve".to_owned(), word)));
    }
    if let Some((low, high)) = from {
        table.push(("from".to_owned(), Tree::List(vec![Tree::Float(*low), Tree::Float(*high)])));
    }
    if let Some(mode) = mode {
        table.push(("mode".to_owned(), Tree::text(mode)));
    }
    Tree::Table(table)
}

pub(super) fn note(note: &Note) -> Tree {
    let mut table = vec![("text".to_owned(), Tree::text(&note.text)), ("at".to_owned(), place(note.at))];
    table.extend(note.size.map(|size| ("size".to_owned(), place(size))));
    table.extend(note.color.as_ref().map(|color| ("color".to_owned(), Tree::text(color))));
    Tree::Table(table)
}

pub(super) fn snapshot(values: &BTreeMap<Socket, Value>) -> Tree {
    Tree::Table(values.iter().map(|(target, value)| (target.to_string(), Tree::from(value))).collect())
}

pub(super) fn place(at: [i32; 2]) -> Tree {
    Tree::List(at.iter().map(|n| Tree::Int(i64::from(*n))).collect())
}
