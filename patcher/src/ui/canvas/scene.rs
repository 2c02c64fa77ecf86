//! What is to be drawn, and how nodes and cables stand out.

use super::tile::{Row, Tile};
use crate::ui::pulse::{Glances, Tap, cost, place_of_peak};
use crate::ui::theme::Paints;
use crate::ui::widgets::marks::{Badge, Marks};
use bf_node::Registry;
use bf_patch::{Name, Patch, Room, Set, Types};
use bf_session::Scope;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is to be drawn.
pub(crate) struct Scene<'a> {
    /// What is heard: the set with what scripts play.
    pub heard: &'a Set,
    /// What the set itself owns.
    pub own: &'a Patch,
    /// The path of the patch inside the set, with a slash behind each name; empty for the set's own.
    pub inside: &'a str,
    pub registry: &'a Registry,
    /// Changes with the set: what is laid out is kept until then.
    pub stamp: u64,
    pub paints: &'a Paints,
    /// What sounds and what it costs.
    pub glances: &'a Arc<Glances>,
    /// The length of a block in nanoseconds.
    pub block_ns: f32,
    /// What is marked on nodes and values.
    pub marks: &'a Marks,
    /// What passes through the cable that is looked at.
    pub scope: &'a Scope,
}

impl Scene<'_> {
    /// What is drawn, as cables see it.
    pub(super) fn room(&self) -> Room<'_> {
        let types = Types::new(self.heard, self.registry);
        Room { types, patch: &self.heard.main, beside: None, inside: !self.inside.is_empty() }
    }

    /// The share of a block that a node costs.
    pub(super) fn cost(&self, name: &Name) -> f32 {
        cost(self.glances, &format!("{}{name}", self.inside), self.block_ns)
    }

    /// By how many milliseconds what leaves a node is late.
    pub(super) fn delay(&self, name: &Name) -> Option<f32> {
        self.marks.delays.get(&format!("{}{name}", self.inside)).copied()
    }

    /// What a node is marked with.
    pub(super) fn badge(&self, tile: Option<&Tile>) -> Option<Badge> {
        let tile = tile.filter(|_| !self.marks.is_empty())?;
        let frozen = tile.frozen.iter().flat_map(|frozen| frozen.files.iter().map(|(_, file)| file.as_str()));
        let files = tile.rows.iter().flat_map(|row| row.value.texts()).chain(frozen);
        self.marks.badge(&format!("{}{}", self.inside, tile.name), files)
    }
}

/// How nodes and cables stand out.
pub(crate) struct Looks<'a> {
    pub selection: &'a BTreeSet<Name>,
    pub wire: Option<usize>,
    /// What is known of each cable's level, by its place in the sheet.
    pub(super) taps: &'a [Option<Tap>],
    pub(super) scene: &'a Scene<'a>,
}

impl Looks<'_> {
    /// The level of what a cable carries, 0 to 1; halfway where nothing is known of it.
    pub(super) fn level(&self, wire: usize) -> f32 {
        self.taps.get(wire).and_then(Option::as_ref).map_or(0.5, |tap| place_of_peak(tap.peak()))
    }

    /// The share of a block that a node costs.
    pub(super) fn cost(&self, name: &Name) -> f32 {
        self.scene.cost(name)
    }

    /// By how many milliseconds what leaves a node is late.
    pub(super) fn delay(&self, name: &Name) -> Option<f32> {
        if self.scene.marks.delays.is_empty() { None } else { self.scene.delay(name) }
    }

    pub(super) fn badge(&self, tile: &Tile) -> Option<Badge> {
        self.scene.badge(Some(tile))
    }

    /// Whether a value waits for a control, or for a hand that is recorded.
    pub(super) fn waits(&self, tile: &Tile, row: &Row) -> bool {
        self.scene.inside.is_empty() && self.scene.marks.waits(&tile.name, Some(&row.name))
    }
}
