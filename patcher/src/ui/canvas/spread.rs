//! Room for a node that is put into a cable: what comes behind it goes to the right by what is missing.

use super::gesture::snap;
use super::tile::Wire;
use super::{Canvas, Scene};
use bf_patch::{Edit, Name};
use egui::{Rect, Vec2};
use std::collections::BTreeSet;

/// Between two nodes of a cable.
const APART: f32 = 40.0;

impl Canvas {
    /// The places that change where a node is let go over a cable: its own, where it would lie on what it hears, and
    /// those of the nodes behind it that would be overlapped, one by another.
    pub(super) fn spread(&self, scene: &Scene<'_>, (name, rect): (&Name, Rect), wire: &Wire) -> Vec<Edit> {
        let tile_of = |name: &Name| self.sheet.tile(name).map(|tile| tile.rect);
        let mut edits = Vec::new();
        let mut put =
            |name: &Name, rect: Rect| edits.push(Edit::SetLayout { name: name.clone(), at: Some(snap(rect.min)) });
        let mut own = rect;
        // A cable that leads back has no room to its right.
        let (Some(from), Some(to)) = (tile_of(&wire.from.node), tile_of(&wire.to.node)) else { return edits };
        if wire.begin.x > wire.end.x {
            return edits;
        }
        if own.expand2(Vec2::new(APART - 1.0, 0.0)).intersects(from) {
            own = own.translate(Vec2::new(from.max.x + APART - own.min.x, 0.0));
            put(name, own);
        }
        let missing = own.max.x + APART - to.min.x;
        if missing <= 0.0 || own.max.y <= to.min.y || to.max.y <= own.min.y {
            return edits;
        }
        let by = Vec2::new((missing / super::tile::GRID).ceil() * super::tile::GRID, 0.0);
        let behind = self.behind(&wire.to.node, [name, &wire.from.node]);
        let mut moved: Vec<Rect> = vec![own];
        // From the left to the right: what is moved may come to lie on what lies further off.
        let mut left: Vec<(&Name, Rect)> = behind.iter().filter_map(|name| Some((name, tile_of(name)?))).collect();
        left.sort_by(|a, b| a.1.min.x.total_cmp(&b.1.min.x));
        for (name, rect) in left {
            let is_met = *name == wire.to.node || moved.iter().any(|other| other.expand(8.0).intersects(rect));
            if is_met && scene.own.nodes.contains_key(name) {
                moved.push(rect.translate(by));
                put(name, rect.translate(by));
            }
        }
        edits
    }

    /// What hears a node, and what hears that, the node itself among it; not through some others.
    fn behind(&self, first: &Name, but: [&Name; 2]) -> BTreeSet<Name> {
        let (mut all, mut open) = (BTreeSet::from([first.clone()]), vec![first.clone()]);
        while let Some(name) = open.pop() {
            let fed = self.sheet.wires.iter().filter(|wire| wire.from.node == name).map(|wire| &wire.to.node);
            for next in fed.filter(|next| !but.contains(next)) {
                if all.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        all
    }
}
