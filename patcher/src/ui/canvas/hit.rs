//! What lies under a point of the canvas.

use super::notes::{On, under};
use super::sight::Sight;
use super::tile::{LINE, Plug, Sheet, Tile, Wire};
use bf_patch::{Name, Socket};
use egui::{Pos2, Rect, Vec2, pos2};

/// How near a port or a cable counts as on it, in canvas units at full size.
const NEAR: f32 = 9.0;

/// What is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Hit {
    Nothing,
    Output(Socket),
    Input(Socket),
    /// A value that a node shows.
    Row(Socket),
    Node(Name),
    /// The line that unfolds a node.
    Fold(Name),
    /// A comment or a frame.
    Note(On),
    /// A cable, by its place in the sheet.
    Wire(usize),
}

impl Hit {
    /// Where a cable would enter: an input, a value, or a node's first input.
    pub(crate) fn entry(&self) -> Option<Socket> {
        match self {
            Hit::Input(socket) | Hit::Row(socket) => Some(socket.clone()),
            Hit::Node(name) | Hit::Fold(name) => Some(Socket { node: name.clone(), port: None }),
            _ => None,
        }
    }
}

fn socket(tile: &Tile, port: &Name) -> Socket {
    Socket { node: tile.name.clone(), port: Some(port.clone()) }
}

/// What is under a point, of what is seen at a zoom; ports reach a little beyond their node. The smaller the zoom, the
/// further off counts as near.
pub(crate) fn hit(sheet: &Sheet, at: Pos2, zoom: f32) -> Hit {
    let (near, sight) = (NEAR / zoom.clamp(0.3, 1.0), Sight::at(zoom));
    // What was drawn last lies on top.
    for tile in sheet.tiles.iter().rev().filter(|tile| tile.rect.expand(near).contains(at)) {
        if let Some(port) = port(tile, at, (near, sight)) {
            return port;
        }
        if let Some(row) = sight.rows(tile).find(|row| row.rect.contains(at)) {
            return Hit::Row(socket(tile, &row.name));
        }
        if sight.all() && tile.fold.is_some_and(|fold| fold.rect.contains(at)) {
            return Hit::Fold(tile.name.clone());
        }
        if tile.rect.contains(at) {
            return Hit::Node(tile.name.clone());
        }
    }
    let note = under(sheet, at);
    let wires = sheet.wires.iter().enumerate();
    let nearest = wires.map(|(i, wire)| (i, distance(wire, at))).min_by(|a, b| a.1.total_cmp(&b.1));
    match nearest {
        Some((i, off)) if off <= near => Hit::Wire(i),
        _ => note.map_or(Hit::Nothing, Hit::Note),
    }
}

/// The port of a node under a point, or the line of an input.
fn port(tile: &Tile, at: Pos2, (near, sight): (f32, Sight)) -> Option<Hit> {
    if !sight.ports() {
        return None;
    }
    let is_near = |plug: &&Plug| plug.at.distance(at) <= near;
    let half = Vec2::new(tile.rect.width() / 2.0, LINE);
    let in_line =
        |plug: &&Plug| sight.all() && Rect::from_min_size(plug.at - Vec2::new(0.0, LINE / 2.0), half).contains(at);
    let output = tile.outputs.iter().find(is_near).map(|plug| Hit::Output(socket(tile, &plug.name)));
    let input = || tile.inputs.iter().find(is_near).or_else(|| tile.inputs.iter().find(in_line));
    output.or_else(|| input().map(|plug| Hit::Input(socket(tile, &plug.name))))
}

/// The points that bend a cable: it leaves to the right and enters from the left.
pub(crate) fn bend(begin: Pos2, end: Pos2) -> [Pos2; 4] {
    let pull = ((end.x - begin.x).abs() * 0.5).clamp(24.0, 160.0);
    [begin, pos2(begin.x + pull, begin.y), pos2(end.x - pull, end.y), end]
}

/// A point on the bend, 0 to 1.
pub(crate) fn along([a, b, c, d]: [Pos2; 4], t: f32) -> Pos2 {
    let s = 1.0 - t;
    let sum = a.to_vec2() * (s * s * s)
        + b.to_vec2() * (3.0 * s * s * t)
        + c.to_vec2() * (3.0 * s * t * t)
        + d.to_vec2() * (t * t * t);
    sum.to_pos2()
}

fn distance(wire: &Wire, at: Pos2) -> f32 {
    let points = bend(wire.begin, wire.end);
    if !Rect::from_points(&points).expand(2.0 * NEAR).contains(at) {
        return f32::MAX;
    }
    let mut last = points[0];
    let mut least = f32::MAX;
    for i in 1..=24 {
        let next = along(points, i as f32 / 24.0);
        least = least.min(to_line(at, last, next));
        last = next;
    }
    least
}

fn to_line(at: Pos2, a: Pos2, b: Pos2) -> f32 {
    let line = b - a;
    let t = ((at - a).dot(line) / line.length_sq().max(1e-6)).clamp(0.0, 1.0);
    at.distance(a + line * t)
}
