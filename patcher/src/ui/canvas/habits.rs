//! What the eye has made of a patch: which nodes are unfolded, and where those lie that have no place in its text.

use super::flow::lay_out;
use super::tile::Tile;
use bf_patch::{Name, Patch};
use egui::{Pos2, Rect, pos2};
use std::collections::{BTreeMap, BTreeSet};

/// Between what has a place in the text and what has none.
const APART: f32 = 72.0;

/// View state: none of it is part of the set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habits {
    /// Nodes that show all of their values.
    pub open: BTreeSet<Name>,
    /// Where nodes without a place came to lie, so that they stay there whatever comes and goes.
    pub places: BTreeMap<Name, Pos2>,
}

impl Habits {
    /// Folds what is unfolded, and the other way round.
    pub(crate) fn turn_over(&mut self, names: &BTreeSet<Name>) {
        let unfolds = names.iter().any(|name| !self.open.contains(name));
        for name in names {
            if unfolds {
                self.open.insert(name.clone());
            } else {
                self.open.remove(name);
            }
        }
    }

    /// A node has another name: it stays where it is, as it is.
    pub(crate) fn rename(&mut self, from: &Name, to: &Name) {
        if self.open.remove(from) {
            self.open.insert(to.clone());
        }
        if let Some(at) = self.places.remove(from) {
            self.places.insert(to.clone(), at);
        }
    }

    /// Finds a place for every tile that the text gives none: what is new lies below the rest.
    pub(super) fn settle(&mut self, tiles: &[Tile], patch: &Patch) {
        let is_free = |tile: &&Tile| !patch.layout.contains_key(&tile.name);
        let free: BTreeSet<&Name> = tiles.iter().filter(is_free).map(|tile| &tile.name).collect();
        self.places.retain(|name, _| free.contains(name));
        if free.len() == self.places.len() {
            return;
        }
        if free.len() > 2 * self.places.len() {
            // Most is new: all of it is laid out together.
            self.places.clear();
        }
        let mut taken = Rect::NOTHING;
        for tile in tiles {
            let written = patch.layout.get(&tile.name).map(|[x, y]| pos2(*x as f32, *y as f32));
            if let Some(at) = written.or_else(|| self.places.get(&tile.name).copied()) {
                taken = taken.union(tile.rect.translate(at.to_vec2()));
            }
        }
        let corner = if taken.is_positive() { taken.left_bottom() + egui::vec2(0.0, APART) } else { Pos2::ZERO };
        let is_new = |name: &Name| free.contains(name) && !self.places.contains_key(name);
        let new: Vec<(&Name, egui::Vec2)> =
            tiles.iter().filter(|tile| is_new(&tile.name)).map(|tile| (&tile.name, tile.rect.size())).collect();
        let found = lay_out(&new, joins(patch), corner);
        self.places.extend(found);
    }
}

/// Which nodes a cable joins.
pub(super) fn joins(patch: &Patch) -> impl Iterator<Item = (&Name, &Name)> {
    patch.cables.iter().flat_map(|(to, list)| list.iter().map(move |cable| (&cable.from.node, &to.node)))
}
