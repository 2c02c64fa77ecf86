//! How large nodes are and where their ports and values lie, in canvas units: a pure function of the patch.

use super::habits::Habits;
use super::notes::Sticker;
use super::ports::Ports;
use crate::ui::widgets::dial::Look;
use crate::ui::widgets::envelope::{Envelope, is_envelope};
use crate::ui::widgets::held::replaced;
use crate::ui::widgets::{Depth, Held, steps};
use bf_node::{Category, Kind, ParamKind, ParamSpec, Registry, Value};
use bf_patch::compile::Frozen;
use bf_patch::{Name, Node, Patch, Set, Socket};
use bf_session::Travel;
use egui::{Pos2, Rect, Vec2, pos2, vec2};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The grid on which nodes lie.
pub(crate) const GRID: f32 = 8.0;
/// Height of the title, and of a line of a port or value.
pub(crate) const TITLE: f32 = 24.0;
pub(crate) const LINE: f32 = 18.0;
pub(crate) const WIDTH: f32 = 152.0;
/// A folded node shows as many values at least, and folds only where it hides more than one.
const SHOWN: usize = 3;

/// A port and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plug {
    pub name: Name,
    pub kind: Kind,
    pub at: Pos2,
    pub help: &'static str,
}

/// A value that the node shows.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub name: Name,
    pub spec: Option<ParamSpec>,
    pub help: Cow<'static, str>,
    /// What is heard: what a hand or the text says, or what it stands at without; and whether it is a hand.
    pub value: Value,
    pub by_hand: bool,
    /// Whether a cable or automation takes its place.
    pub driven: bool,
    /// How far a cable moves it.
    pub depth: Option<Depth>,
    /// Whether it is set or moved, and does not stand where it does without anybody.
    pub counts: bool,
    /// How it is drawn; none where it is no number.
    pub look: Option<Look>,
    pub rect: Rect,
}

/// Where in a row its steps begin, as a share of its width.
pub(crate) const STEPS_FROM: f32 = 0.28;

impl Row {
    /// Its text, where that is a row of steps.
    pub(crate) fn steps(&self) -> Option<&str> {
        self.value.as_text().filter(|_| self.spec.as_ref().is_some_and(steps::is_row))
    }

    fn held(&self, socket: Socket, guest: bool) -> Option<Held> {
        let Row { spec, help, value, by_hand, driven, depth, .. } = self.clone();
        Some(Held { socket, spec: spec?, help, value, by_hand, driven, depth, guest })
    }

    /// The number as the node reads it, and its place from 0 to 1.
    pub(crate) fn place(&self) -> Option<(f32, f32)> {
        let spec = self.spec.as_ref()?;
        let number = number_of(spec, &self.value)?;
        Some((number, place_of(spec, number)))
    }
}

/// The number that stands at a value that is no setting, also where it lies beyond the range that its control has; none
/// where a pattern stands there.
pub(crate) fn number_of(spec: &ParamSpec, value: &Value) -> Option<f32> {
    match (spec.kind, value) {
        (ParamKind::Number { .. } | ParamKind::Integer { .. }, Value::Number(n)) => Some(*n as f32),
        _ => spec.number_of(value).ok(),
    }
}

/// Where a number lies on the way of its control, 0 to 1.
pub(crate) fn place_of(spec: &ParamSpec, number: f32) -> f32 {
    Travel::of(&spec.kind).place(f64::from(number)) as f32
}

/// The number at a place.
pub(crate) fn number_at(spec: &ParamSpec, place: f32) -> f32 {
    Travel { whole: false, ..Travel::of(&spec.kind) }.native(f64::from(place)) as f32
}

/// The last line of a node with many values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fold {
    /// How many values it hides; 0 where all are shown and it hides them again.
    pub hidden: usize,
    pub rect: Rect,
}

/// A node as it lies on the canvas.
#[derive(Clone, Debug)]
pub(crate) struct Tile {
    pub name: Name,
    /// Its type, or the patch that it stands for.
    pub kind: String,
    pub category: Category,
    pub rect: Rect,
    pub inputs: Vec<Plug>,
    pub outputs: Vec<Plug>,
    pub rows: Vec<Row>,
    /// The line that shows the values that are hidden, or hides them again.
    pub fold: Option<Fold>,
    /// The curve of an envelope, and where between its ports it is drawn.
    pub envelope: Option<(Rect, Envelope)>,
    /// Whether a script owns it.
    pub guest: bool,
    /// Whether its type is unknown: it is kept and silent.
    pub unknown: bool,
    /// How it is left out: bypassed, or muted.
    pub off: Option<&'static str>,
    /// Whether it is heard alone, with others that are.
    pub solo: bool,
    /// What plays in its place where it is frozen.
    pub frozen: Option<Frozen>,
}

impl Tile {
    /// A value of it, for its gestures.
    pub(crate) fn held(&self, row: &Row) -> Option<Held> {
        row.held(Socket { node: self.name.clone(), port: Some(row.name.clone()) }, self.guest)
    }

    /// Where a cable ends that enters an input or a param.
    pub(crate) fn entry(&self, port: Option<&Name>) -> Pos2 {
        let plug = match port {
            None => self.inputs.first(),
            Some(port) => self.inputs.iter().find(|p| p.name == *port),
        };
        let row = port.and_then(|port| self.rows.iter().find(|r| r.name == *port));
        plug.map(|p| p.at).or(row.map(|r| r.rect.left_center())).unwrap_or(self.rect.left_center())
    }

    /// Where a cable begins.
    pub(crate) fn exit(&self, port: Option<&Name>) -> Pos2 {
        let plug = match port {
            None => self.outputs.first(),
            Some(port) => self.outputs.iter().find(|p| p.name == *port),
        };
        plug.map_or(self.rect.right_center(), |p| p.at)
    }

    /// What leaves an output carries.
    pub(crate) fn carries(&self, port: Option<&Name>) -> Kind {
        let plug = match port {
            None => self.outputs.first(),
            Some(port) => self.outputs.iter().find(|p| p.name == *port),
        };
        plug.map_or(Kind::Signal, |p| p.kind)
    }
}

/// A cable between two tiles.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wire {
    pub from: Socket,
    pub to: Socket,
    pub amount: Option<f64>,
    pub kind: Kind,
    pub begin: Pos2,
    pub end: Pos2,
}

/// Everything that lies on the canvas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    pub tiles: Vec<Tile>,
    pub wires: Vec<Wire>,
    pub notes: Vec<Sticker>,
    index: BTreeMap<Name, usize>,
}

impl Sheet {
    /// Lays out what is heard: the set, and what scripts play beside it. What is unfolded lies on top.
    pub(crate) fn of(heard: &Set, own: &Patch, registry: &Registry, habits: &mut Habits) -> Sheet {
        let patch = &heard.main;
        let make = |(name, node): (&Name, &Node)| {
            let mut tile = tile((name, node), (heard, own), (registry, habits.open.contains(name)));
            tile.off = ["bypass", "mute"].into_iter().find(|key| is_on(patch, name, key));
            tile.solo = is_on(patch, name, "solo");
            tile
        };
        let mut tiles: Vec<Tile> = patch.nodes.iter().map(make).collect();
        habits.settle(&tiles, patch);
        let heights = habits.heights();
        tiles.sort_by_key(|tile| heights.get(&tile.name).copied().unwrap_or_default());
        for tile in &mut tiles {
            let written = patch.layout.get(&tile.name).map(|[x, y]| pos2(*x as f32, *y as f32));
            let at = written.or_else(|| habits.places.get(&tile.name).copied());
            tile.shift(at.unwrap_or_default().to_vec2());
        }
        let index = tiles.iter().enumerate().map(|(i, tile)| (tile.name.clone(), i)).collect();
        let mut notes: Vec<Sticker> = patch.notes.iter().map(|(name, note)| Sticker::of(name, note)).collect();
        // The smaller lie on top.
        notes.sort_by(|a, b| b.rect.area().total_cmp(&a.rect.area()));
        let mut sheet = Sheet { tiles, notes, index, ..Sheet::default() };
        for (to, cables) in &patch.cables {
            for cable in cables {
                let (Some(target), Some(source)) = (sheet.tile(&to.node), sheet.tile(&cable.from.node)) else {
                    continue;
                };
                let wire = Wire {
                    from: cable.from.clone(),
                    to: to.clone(),
                    amount: cable.amount,
                    kind: source.carries(cable.from.port.as_ref()),
                    begin: source.exit(cable.from.port.as_ref()),
                    end: target.entry(to.port.as_ref()),
                };
                sheet.wires.push(wire);
            }
        }
        sheet
    }

    /// Lays nodes over all others; tells them in the order in which they lie.
    pub(super) fn raise(&mut self, names: &BTreeSet<Name>) -> Vec<Name> {
        self.tiles.sort_by_key(|tile| names.contains(&tile.name));
        self.index = self.tiles.iter().enumerate().map(|(i, tile)| (tile.name.clone(), i)).collect();
        let taken = self.tiles.iter().filter(|tile| names.contains(&tile.name));
        taken.map(|tile| tile.name.clone()).collect()
    }

    /// The tile of a node.
    pub(crate) fn tile(&self, name: &Name) -> Option<&Tile> {
        self.index.get(name).map(|i| &self.tiles[*i])
    }

    /// What all tiles cover.
    pub(crate) fn bounds(&self) -> Rect {
        let notes = self.notes.iter().map(|note| note.rect);
        self.tiles.iter().map(|tile| tile.rect).chain(notes).fold(Rect::NOTHING, Rect::union)
    }
}

impl Tile {
    fn shift(&mut self, by: Vec2) {
        self.rect = self.rect.translate(by);
        self.inputs.iter_mut().chain(&mut self.outputs).for_each(|plug| plug.at += by);
        self.rows.iter_mut().for_each(|row| row.rect = row.rect.translate(by));
        self.fold.iter_mut().for_each(|fold| fold.rect = fold.rect.translate(by));
        self.envelope.iter_mut().for_each(|(part, _)| *part = part.translate(by));
    }
}

/// A node at the origin, folded or with all of its values.
fn tile((name, node): (&Name, &Node), (heard, own): (&Set, &Patch), (registry, is_open): (&Registry, bool)) -> Tile {
    let guest = !own.nodes.contains_key(name);
    let face = Ports::of(node, heard, registry);
    let lines = face.inputs.len().max(face.outputs.len());
    let plug = |i: usize, x: f32, (name, kind, help): &(Name, Kind, &'static str)| Plug {
        name: name.clone(),
        kind: *kind,
        at: pos2(x, TITLE + LINE * (i as f32 + 0.5)),
        help,
    };
    let patch = &heard.main;
    let (mut rows, mut counts) = (Vec::new(), Vec::new());
    for param in face.params.iter().filter(|param| !(guest && param.written)) {
        let socket = Socket { node: name.clone(), port: Some(param.name.clone()) };
        let hand = patch.overrides.get(&socket);
        let said = hand.or_else(|| node.params.get(&param.name)).cloned();
        let moves = patch.cables.contains_key(&socket) || patch.automation.contains_key(&socket);
        let is_set = said.is_some() || moves;
        counts.push(is_set);
        let Some(value) = said.or_else(|| param.rest.clone()) else {
            counts.pop();
            continue;
        };
        let mut row = Row {
            name: param.name.clone(),
            spec: param.spec,
            help: param.help.clone(),
            value,
            by_hand: hand.is_some(),
            driven: replaced(patch, &socket),
            depth: Depth::of((patch, own), &socket),
            counts: is_set,
            look: None,
            rect: Rect::NOTHING,
        };
        row.look = row.held(socket, false).and_then(|held| Look::of(&held));
        rows.push(row);
    }
    let place = |name: &str| rows.iter().find(|row| row.name.as_str() == name)?.place().map(|(_, place)| place);
    let is_one = registry.get(&node.kind).is_some_and(is_envelope);
    let part = Rect::from_min_max(pos2(66.0, TITLE + 6.0), pos2(WIDTH - 30.0, TITLE + LINE * lines as f32 - 4.0));
    let envelope = is_one.then(|| Envelope::of(place)).flatten().map(|envelope| (part, envelope));
    let hidden = folded(&mut counts);
    let fold = (hidden > 0).then(|| {
        if !is_open {
            let mut shows = counts.iter();
            rows.retain(|_| shows.next().copied().unwrap_or(true));
        }
        let rect = line_at(lines + rows.len());
        Fold { hidden: if is_open { 0 } else { hidden }, rect }
    });
    rows.iter_mut().enumerate().for_each(|(i, row)| row.rect = line_at(lines + i));
    let height = TITLE + LINE * (lines + rows.len() + usize::from(fold.is_some())) as f32 + 6.0;
    Tile {
        name: name.clone(),
        kind: face.kind,
        category: face.category,
        rect: Rect::from_min_size(Pos2::ZERO, vec2(WIDTH, height)),
        inputs: face.inputs.iter().enumerate().map(|(i, p)| plug(i, 0.0, p)).collect(),
        outputs: face.outputs.iter().enumerate().map(|(i, p)| plug(i, WIDTH, p)).collect(),
        rows,
        fold,
        envelope,
        guest,
        unknown: face.unknown,
        off: None,
        solo: false,
        frozen: super::freeze::frozen(node),
    }
}

/// Whether a hand or the text has switched a key of a node on.
pub(super) fn is_on(patch: &Patch, name: &Name, key: &str) -> bool {
    let hand = patch.overrides.get(&Socket::new(name.as_str(), key));
    let text = || patch.nodes.get(name).and_then(|node| node.params.get(key));
    matches!(hand.or_else(text), Some(Value::Bool(true)))
}

/// A line of a node at the origin.
fn line_at(line: usize) -> Rect {
    Rect::from_min_size(pos2(0.0, TITLE + LINE * line as f32), vec2(WIDTH, LINE))
}

/// Marks which values a folded node shows: those that count, and the first ones where these are few. How many it hides.
fn folded(shows: &mut [bool]) -> usize {
    let mut least = SHOWN.saturating_sub(shows.iter().filter(|shows| **shows).count());
    for show in shows.iter_mut().filter(|show| !**show) {
        if least == 0 {
            break;
        }
        *show = true;
        least -= 1;
    }
    let hidden = shows.iter().filter(|shows| !**shows).count();
    if hidden > 1 { hidden } else { 0 }
}
