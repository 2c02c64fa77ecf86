//! Puts nodes in line, spreads them evenly, and tidies a patch along its flow.

use super::flow::lay_out;
use super::gesture::{Act, snap};
use super::habits::joins;
use super::tile::{Sheet, Tile};
use super::{Canvas, Scene};
use bf_patch::{Edit, Name};
use egui::{Pos2, Rect, Vec2};
use std::collections::BTreeSet;

/// Between nodes that would come to lie on one another.
const GAP: f32 = 24.0;

/// How several nodes come to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrange {
    Left,
    Right,
    Top,
    Bottom,
    Across,
    Down,
}

impl Arrange {
    pub(crate) const ALL: [(Arrange, &'static str); 6] = [
        (Arrange::Left, "Align left   Alt+Left"),
        (Arrange::Right, "Align right   Alt+Right"),
        (Arrange::Top, "Align top   Alt+Up"),
        (Arrange::Bottom, "Align bottom   Alt+Down"),
        (Arrange::Across, "Distribute across   Alt+Shift+Right"),
        (Arrange::Down, "Distribute down   Alt+Shift+Down"),
    ];

    fn is_across(self) -> bool {
        matches!(self, Arrange::Top | Arrange::Bottom | Arrange::Across)
    }
}

/// The selected nodes in line or evenly apart; nothing where there are too few.
pub(crate) fn arranged(sheet: &Sheet, names: &BTreeSet<Name>, how: Arrange) -> Option<Act> {
    let spreads = matches!(how, Arrange::Across | Arrange::Down);
    let mut tiles: Vec<&Tile> = names.iter().filter_map(|name| sheet.tile(name)).collect();
    if tiles.len() < if spreads { 3 } else { 2 } {
        return None;
    }
    let bounds = tiles.iter().fold(Rect::NOTHING, |all, tile| all.union(tile.rect));
    // Along the line on which they come to lie.
    let along = |v: Vec2| if how.is_across() { v.x } else { v.y };
    tiles.sort_by(|a, b| along(a.rect.min.to_vec2()).total_cmp(&along(b.rect.min.to_vec2())));
    let total: f32 = tiles.iter().map(|tile| along(tile.rect.size())).sum();
    let even = (along(bounds.size()) - total) / (tiles.len() - 1) as f32;
    let mut next = along(bounds.min.to_vec2());
    let mut edits = Vec::new();
    for tile in tiles {
        let (rect, size) = (tile.rect, tile.rect.size());
        let place = if spreads { next } else { along(rect.min.to_vec2()).max(next) };
        next = place + along(size) + if spreads { even.max(GAP) } else { GAP };
        let at = match how {
            Arrange::Left => Pos2::new(bounds.min.x, place),
            Arrange::Right => Pos2::new(bounds.max.x - size.x, place),
            Arrange::Top => Pos2::new(place, bounds.min.y),
            Arrange::Bottom => Pos2::new(place, bounds.max.y - size.y),
            Arrange::Across => Pos2::new(place, rect.min.y),
            Arrange::Down => Pos2::new(rect.min.x, place),
        };
        edits.push(Edit::SetLayout { name: tile.name.clone(), at: Some(snap(at)) });
    }
    Some(Act::edit(Edit::Batch(edits), if spreads { "distribute nodes" } else { "align nodes" }))
}

impl Canvas {
    /// Lays the selected nodes out along the flow, or all of them. What a script owns and has no place in the text gets
    /// none there.
    pub(super) fn tidy(&mut self, scene: &Scene<'_>) -> Option<Act> {
        let chosen = self.selection.len() > 1;
        let tiles: Vec<&Tile> =
            self.sheet.tiles.iter().filter(|tile| !chosen || self.selection.contains(&tile.name)).collect();
        let corner = tiles.iter().fold(Rect::NOTHING, |all, tile| all.union(tile.rect)).min;
        let nodes: Vec<(&Name, Vec2)> = tiles.iter().map(|tile| (&tile.name, tile.rect.size())).collect();
        if nodes.is_empty() {
            return None;
        }
        let mut edits = Vec::new();
        for (name, at) in lay_out(&nodes, joins(&scene.heard.main), corner) {
            if scene.own.nodes.contains_key(&name) || scene.own.layout.contains_key(&name) {
                edits.push(Edit::SetLayout { name, at: Some(snap(at)) });
            } else {
                self.habits.places.insert(name, at);
            }
        }
        self.stamp = None;
        if !chosen {
            // Once the places are those of the set.
            self.fits_next = true;
        }
        (!edits.is_empty()).then(|| Act::edit(Edit::Batch(edits), "tidy the layout"))
    }
}
