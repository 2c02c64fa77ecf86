//! How large nodes are and where their ports and values lie, in canvas units: a pure function of the patch.

use crate::ui::widgets::dial::Look;
use crate::ui::widgets::envelope::{Envelope, is_envelope};
use crate::ui::widgets::held::replaced;
use crate::ui::widgets::{Depth, Held, steps};
use bf_node::{Category, Kind, ParamSpec, Registry, Scale};
use bf_patch::{Name, Node, Patch, Set, Socket};
use egui::{Pos2, Rect, Vec2, pos2, vec2};
use std::collections::BTreeMap;

/// The grid on which nodes lie.
pub(crate) const GRID: f32 = 8.0;
/// Height of the title, and of a line of a port or value.
pub(crate) const TITLE: f32 = 24.0;
pub(crate) const LINE: f32 = 18.0;
const WIDTH: f32 = 152.0;
/// Nodes without a place are laid in columns this far apart.
const COLUMN: f32 = WIDTH + 56.0;

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
    pub spec: Option<&'static ParamSpec>,
    /// What the text or a hand says, and whether it is a hand.
    pub value: bf_node::Value,
    pub by_hand: bool,
    /// Whether a cable or automation takes its place.
    pub driven: bool,
    /// How far a cable moves it.
    pub depth: Option<Depth>,
    /// How it is drawn; none where it is no number.
    pub look: Option<Look>,
    pub rect: Rect,
}

/// Where in a row its steps begin, as a share of its width.
pub(crate) const STEPS_FROM: f32 = 0.28;

impl Row {
    /// Its text, where that is a row of steps.
    pub(crate) fn steps(&self) -> Option<&str> {
        self.value.as_text().filter(|_| self.spec.is_some_and(steps::is_row))
    }

    fn held(&self, socket: Socket, guest: bool) -> Option<Held> {
        let Row { value, by_hand, driven, depth, .. } = self.clone();
        Some(Held { socket, spec: self.spec?, value, by_hand, driven, depth, guest })
    }

    /// The number as the node reads it, and its place from 0 to 1.
    pub(crate) fn place(&self) -> Option<(f32, f32)> {
        let spec = self.spec?;
        let number = spec.number_of(&self.value).ok()?;
        Some((number, place_of(spec, number)))
    }
}

/// Where a number lies on the way of its control, 0 to 1.
pub(crate) fn place_of(spec: &ParamSpec, number: f32) -> f32 {
    let (min, max) = spec.range();
    let place = if is_log(spec) && min > 0.0 {
        (number / min).ln() / (max / min).ln()
    } else if max > min {
        (number - min) / (max - min)
    } else {
        0.0
    };
    place.clamp(0.0, 1.0)
}

/// The number at a place.
pub(crate) fn number_at(spec: &ParamSpec, place: f32) -> f32 {
    let (min, max) = spec.range();
    let place = place.clamp(0.0, 1.0);
    if is_log(spec) && min > 0.0 { min * (max / min).powf(place) } else { min + (max - min) * place }
}

fn is_log(spec: &ParamSpec) -> bool {
    matches!(spec.kind, bf_node::ParamKind::Number { scale: Scale::Log, .. })
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
    /// The curve of an envelope, and where between its ports it is drawn.
    pub envelope: Option<(Rect, Envelope)>,
    /// Whether a script owns it.
    pub guest: bool,
    /// Whether its type is unknown: it is kept and silent.
    pub unknown: bool,
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
    index: BTreeMap<Name, usize>,
}

impl Sheet {
    /// Lays out what is heard: the set, and what scripts play beside it.
    pub(crate) fn of(heard: &Set, own: &Patch, registry: &Registry) -> Sheet {
        let patch = &heard.main;
        let depths = depths(patch);
        let mut free: BTreeMap<usize, f32> = BTreeMap::new();
        let mut sheet = Sheet::default();
        let below = own.layout.values().map(|at| at[1] as f32).fold(f32::MIN, f32::max);
        let top = if below == f32::MIN { 0.0 } else { below + 240.0 };
        for (name, node) in &patch.nodes {
            let mut tile = tile(name, node, heard, registry);
            tile.guest = !own.nodes.contains_key(name);
            let at = patch.layout.get(name).map(|[x, y]| pos2(*x as f32, *y as f32)).unwrap_or_else(|| {
                let column = depths.get(name).copied().unwrap_or(0);
                let y = free.entry(column).or_insert(top);
                let at = pos2(column as f32 * COLUMN, *y);
                *y += ((tile.rect.height() + 3.0 * GRID) / GRID).ceil() * GRID;
                at
            });
            tile.shift(at.to_vec2());
            sheet.index.insert(name.clone(), sheet.tiles.len());
            sheet.tiles.push(tile);
        }
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

    /// The tile of a node.
    pub(crate) fn tile(&self, name: &Name) -> Option<&Tile> {
        self.index.get(name).map(|i| &self.tiles[*i])
    }

    /// What all tiles cover.
    pub(crate) fn bounds(&self) -> Rect {
        self.tiles.iter().fold(Rect::NOTHING, |all, tile| all.union(tile.rect))
    }
}

impl Tile {
    fn shift(&mut self, by: Vec2) {
        self.rect = self.rect.translate(by);
        self.inputs.iter_mut().chain(&mut self.outputs).for_each(|plug| plug.at += by);
        self.rows.iter_mut().for_each(|row| row.rect = row.rect.translate(by));
        self.envelope.iter_mut().for_each(|(part, _)| *part = part.translate(by));
    }
}

/// A node at the origin.
fn tile(name: &Name, node: &Node, heard: &Set, registry: &Registry) -> Tile {
    let face = Ports::of(node, heard, registry);
    let lines = face.inputs.len().max(face.outputs.len());
    let plug = |i: usize, x: f32, (name, kind, help): &(Name, Kind, &'static str)| Plug {
        name: name.clone(),
        kind: *kind,
        at: pos2(x, TITLE + LINE * (i as f32 + 0.5)),
        help,
    };
    let patch = &heard.main;
    let mut rows = Vec::new();
    for (param, spec) in &face.params {
        let socket = Socket { node: name.clone(), port: Some(param.clone()) };
        let hand = patch.overrides.get(&socket);
        let said = hand.or_else(|| node.params.get(param)).cloned();
        let Some(value) = said.or_else(|| spec.map(ParamSpec::default_value)) else { continue };
        let y = TITLE + LINE * (lines + rows.len()) as f32;
        let mut row = Row {
            name: param.clone(),
            spec: *spec,
            value,
            by_hand: hand.is_some(),
            driven: replaced(patch, &socket),
            depth: Depth::of(patch, &socket),
            look: None,
            rect: Rect::from_min_size(pos2(0.0, y), vec2(WIDTH, LINE)),
        };
        row.look = row.held(socket, false).and_then(|held| Look::of(&held));
        rows.push(row);
    }
    let height = TITLE + LINE * (lines + rows.len()) as f32 + 6.0;
    let place = |name: &str| rows.iter().find(|row| row.name.as_str() == name)?.place().map(|(_, place)| place);
    let is_one = registry.get(&node.kind).is_some_and(is_envelope);
    let part = Rect::from_min_max(pos2(66.0, TITLE + 6.0), pos2(WIDTH - 30.0, TITLE + LINE * lines as f32 - 4.0));
    let envelope = is_one.then(|| Envelope::of(place)).flatten().map(|envelope| (part, envelope));
    Tile {
        name: name.clone(),
        kind: face.kind,
        category: face.category,
        rect: Rect::from_min_size(Pos2::ZERO, vec2(WIDTH, height)),
        inputs: face.inputs.iter().enumerate().map(|(i, p)| plug(i, 0.0, p)).collect(),
        outputs: face.outputs.iter().enumerate().map(|(i, p)| plug(i, WIDTH, p)).collect(),
        rows,
        envelope,
        guest: false,
        unknown: face.unknown,
    }
}

/// The ports and params of a node: a declared type's, or those of the patch that it stands for.
pub(crate) struct Ports {
    pub kind: String,
    pub category: Category,
    pub inputs: Vec<(Name, Kind, &'static str)>,
    pub outputs: Vec<(Name, Kind, &'static str)>,
    pub params: Vec<(Name, Option<&'static ParamSpec>)>,
    pub unknown: bool,
}

impl Ports {
    pub(crate) fn of(node: &Node, set: &Set, registry: &Registry) -> Ports {
        let Some(spec) = registry.get(&node.kind) else {
            let params = node.params.keys().map(|name| (name.clone(), None)).collect();
            let kind = node.kind.clone();
            return Ports { kind, category: Category::Utility, inputs: vec![], outputs: vec![], params, unknown: true };
        };
        let ports =
            |list: &'static [bf_node::PortSpec]| list.iter().map(|p| (Name::new(p.name), p.kind, p.help)).collect();
        let file = match node.params.get("file") {
            Some(bf_node::Value::Text(file)) if spec.role == bf_node::Role::Patch => Some(file),
            _ => None,
        };
        let Some((file, inner)) = file.and_then(|file| set.files.get(file).map(|inner| (file, inner))) else {
            let params = spec.params.iter().map(|p| (Name::new(p.name), Some(p))).collect();
            return Ports {
                kind: spec.name.to_owned(),
                category: spec.category,
                inputs: ports(spec.inputs),
                outputs: ports(spec.outputs),
                params,
                unknown: false,
            };
        };
        let kind_of = |socket: &Socket, output: bool| {
            let spec = inner.nodes.get(&socket.node).and_then(|n| registry.get(&n.kind));
            let list = spec.map_or(&[][..], |s| if output { s.outputs } else { s.inputs });
            let found = list.iter().find(|p| socket.port.as_ref().is_none_or(|port| port.as_str() == p.name));
            found.map_or(Kind::Signal, |p| p.kind)
        };
        let mut inputs: Vec<(Name, Kind, &'static str)> = Vec::new();
        if node.params.contains_key("voices") || inner.voices > 0 {
            inputs.push((Name::new("notes"), Kind::Event, "Notes for its voices."));
        }
        inputs.extend(
            inner
                .inputs
                .iter()
                .map(|(name, to)| (name.clone(), to.first().map_or(Kind::Signal, |socket| kind_of(socket, false)), "")),
        );
        let control = |(name, control): &(Name, bf_patch::Control)| {
            let target = control.targets.first();
            let spec = target.and_then(|t| {
                let spec = registry.get(&inner.nodes.get(&t.node)?.kind)?;
                let param = spec.param(t.port.as_ref()?.as_str())?;
                Some(&spec.params[param])
            });
            (name.clone(), spec)
        };
        Ports {
            kind: file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml").to_owned(),
            category: spec.category,
            inputs,
            outputs: inner.outputs.iter().map(|(name, from)| (name.clone(), kind_of(from, true), "")).collect(),
            params: inner.controls.iter().map(control).collect(),
            unknown: false,
        }
    }
}

/// The column of each node: one behind the last of what it hears, loops counted once.
pub(crate) fn depths(patch: &Patch) -> BTreeMap<Name, usize> {
    let mut depths: BTreeMap<Name, usize> = patch.nodes.keys().map(|name| (name.clone(), 0)).collect();
    let pairs: Vec<(&Name, &Name)> =
        patch.cables.iter().flat_map(|(to, list)| list.iter().map(move |c| (&c.from.node, &to.node))).collect();
    for _ in 0..patch.nodes.len().min(64) {
        let mut moved = false;
        for (from, to) in &pairs {
            let least = depths.get(*from).copied().unwrap_or(0) + 1;
            if let Some(depth) = depths.get_mut(*to).filter(|d| **d < least && least < 64) {
                *depth = least;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    depths
}
