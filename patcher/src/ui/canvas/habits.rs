//! What the eye has made of a patch: which nodes are unfolded, and where those lie that have no place in its text.

use super::flow::lay_out;
use super::tile::{TITLE, Tile};
use bf_patch::{Name, Patch};
use egui::{Pos2, Rect, pos2};
use std::collections::{BTreeMap, BTreeSet};

/// Between what has a place in the text and what has none.
const APART: f32 = 72.0;
/// How many places are kept of nodes that are gone or have one in the text.
const KEPT: usize = 1_000;

/// View state: none of it is part of the set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habits {
    /// Nodes that show all of their values.
    pub open: BTreeSet<Name>,
    /// Where nodes without a place came to lie, so that they stay there whatever comes and goes, and lie there again when
    /// they come back, or lose the place that the text gave them.
    pub places: BTreeMap<Name, Pos2>,
    /// Nodes that were selected, the last one at the end: they lie over the others.
    raised: Vec<Name>,
    /// Those of them that were drawn last where they are kept.
    here: BTreeSet<Name>,
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
        self.raise(names.iter().cloned().collect());
    }

    /// Nodes are taken: they come to lie over all others, in the order in which they lay.
    pub(super) fn raise(&mut self, names: Vec<Name>) {
        let taken: BTreeSet<&Name> = names.iter().collect();
        self.raised.retain(|name| !taken.contains(name));
        self.raised.extend(names);
        let over = self.raised.len().saturating_sub(KEPT);
        self.raised.drain(..over);
    }

    /// How far up nodes lie that do not lie on the ground: what is unfolded lies over what never was taken.
    pub(super) fn heights(&self) -> BTreeMap<&Name, usize> {
        let taken = self.raised.iter().enumerate().map(|(at, name)| (name, at + 2));
        self.open.iter().map(|name| (name, 1)).chain(taken).collect()
    }

    /// A node has another name: it stays where it is, as it is.
    pub(crate) fn rename(&mut self, from: &Name, to: &Name) {
        if self.open.remove(from) {
            self.open.insert(to.clone());
        }
        self.raised.iter_mut().filter(|name| *name == from).for_each(|name| *name = to.clone());
        if let Some(at) = self.places.remove(from) {
            self.places.insert(to.clone(), at);
        }
    }

    /// Finds a place for every tile that the text gives none: what is new lies below the rest.
    pub(super) fn settle(&mut self, tiles: &[Tile], patch: &Patch) {
        let is_free = |tile: &&Tile| !patch.layout.contains_key(&tile.name);
        let free: BTreeSet<&Name> = tiles.iter().filter(is_free).map(|tile| &tile.name).collect();
        if self.places.len() > free.len() + KEPT {
            self.places.retain(|name, _| free.contains(name));
        }
        self.make_way(tiles, &free, patch);
        self.here = free.iter().map(|name| (*name).clone()).collect();
        let known = free.iter().filter(|name| self.places.contains_key(**name)).count();
        if known == free.len() {
            return;
        }
        if free.len() > 2 * known {
            // Most is new: all of it is laid out together.
            self.places.clear();
        }
        let taken = tiles.iter().filter_map(|tile| self.lies(tile, patch)).fold(Rect::NOTHING, Rect::union);
        let corner = if taken.is_positive() { taken.left_bottom() + egui::vec2(0.0, APART) } else { Pos2::ZERO };
        let is_new = |name: &Name| free.contains(name) && !self.places.contains_key(name);
        let new: Vec<(&Name, egui::Vec2)> =
            tiles.iter().filter(|tile| is_new(&tile.name)).map(|tile| (&tile.name, tile.rect.size())).collect();
        let found = lay_out(&new, joins(patch), corner);
        self.places.extend(found);
    }

    /// Where a tile lies, as far as that is known.
    fn lies(&self, tile: &Tile, patch: &Patch) -> Option<Rect> {
        let written = patch.layout.get(&tile.name).map(|[x, y]| pos2(*x as f32, *y as f32));
        let at = written.or_else(|| self.places.get(&tile.name).copied())?;
        Some(tile.rect.translate(at.to_vec2()))
    }

    /// What comes back finds another place where something else has come to lie on its own.
    fn make_way(&mut self, tiles: &[Tile], free: &BTreeSet<&Name>, patch: &Patch) {
        let comes = |name: &Name| free.contains(name) && !self.here.contains(name) && self.places.contains_key(name);
        let back: Vec<&Tile> = tiles.iter().filter(|tile| comes(&tile.name)).collect();
        if back.is_empty() {
            return;
        }
        let stays = tiles.iter().filter(|tile| !comes(&tile.name));
        // What is unfolded reaches over others: it is their titles that count.
        let title = |tile: &Tile| self.lies(tile, patch).map(|rect| rect.with_max_y(rect.min.y + TITLE));
        let stays: Vec<Rect> = stays.filter_map(title).collect();
        let is_taken = |tile: &&Tile| title(tile).is_some_and(|rect| stays.iter().any(|other| other.intersects(rect)));
        let away: Vec<Name> = back.into_iter().filter(is_taken).map(|tile| tile.name.clone()).collect();
        away.iter().for_each(|name| _ = self.places.remove(name));
    }
}

/// Which nodes a cable joins.
pub(super) fn joins(patch: &Patch) -> impl Iterator<Item = (&Name, &Name)> {
    patch.cables.iter().flat_map(|(to, list)| list.iter().map(move |cable| (&cable.from.node, &to.node)))
}
