//! Nodes that are about to be there: a free place for each, and the selection once they have come.

use super::Canvas;
use super::gesture::{Act, snap};
use super::tile::{GRID, WIDTH};
use bf_patch::{Edit, Name};
use egui::{Rect, Vec2, pos2, vec2};
use std::collections::BTreeMap;

/// About as large as a new node is.
const SIZE: Vec2 = vec2(WIDTH, 128.0);
/// How far from what is there it comes to lie, and how often it is looked further off.
const APART: f32 = 2.0 * GRID;
const ROUNDS: i32 = 24;

impl Canvas {
    /// The same for new nodes that lie over nothing, and are selected once they are there.
    pub(crate) fn make_room(&mut self, mut act: Act) -> Act {
        match &mut act {
            Act::Edit { edit: Edit::Batch(edits), .. } => edits.iter_mut().for_each(|edit| self.room_for(edit)),
            Act::Edit { edit, .. } => self.room_for(edit),
            Act::Drop(parcel) => parcel.at = self.free(parcel.at),
            _ => {}
        }
        act
    }

    fn room_for(&mut self, edit: &mut Edit) {
        let Edit::AddNode { name, at: Some(at), .. } = edit else { return };
        *at = self.free(*at);
        self.awaited.insert(name.clone(), place(*at));
    }

    /// Nodes that were made elsewhere are selected once they are there.
    pub(crate) fn awaits(&mut self, names: impl IntoIterator<Item = Name>) {
        self.awaited.extend(names.into_iter().map(|name| (name, Rect::NOTHING)));
        self.meet_awaited();
    }

    /// Selects those that have come.
    pub(super) fn meet_awaited(&mut self) {
        let there = core::mem::take(&mut self.awaited);
        let (there, on_the_way): (BTreeMap<_, _>, _) =
            there.into_iter().partition(|(name, _)| self.sheet.tile(name).is_some());
        self.awaited = on_the_way;
        if !there.is_empty() {
            self.selection = there.into_keys().collect();
        }
    }

    /// The place on the grid nearest to one at which a new node lies over nothing.
    fn free(&self, at: [i32; 2]) -> [i32; 2] {
        let tiles = self.sheet.tiles.iter().map(|tile| tile.rect);
        let taken: Vec<Rect> = tiles.chain(self.awaited.values().copied()).collect();
        // What a hand has let go beside something is meant there.
        if !taken.iter().any(|rect| rect.intersects(place(at))) {
            return at;
        }
        let is_free = |at: &[i32; 2]| !taken.iter().any(|rect| rect.expand(APART).intersects(place(*at)));
        let step = vec2(WIDTH / 2.0, 64.0);
        let beside =
            |(x, y): (i32, i32)| snap(pos2(at[0] as f32 + x as f32 * step.x, at[1] as f32 + y as f32 * step.y));
        let ring = |round: i32| {
            let all = (-round..=round).flat_map(move |x| (-round..=round).map(move |y| (x, y)));
            let mut ring: Vec<(i32, i32)> = all.filter(|(x, y)| x.abs().max(y.abs()) == round).collect();
            // Below and to the right first, as one writes.
            ring.sort_by_key(|(x, y)| (x * x + y * y, *y < 0, *x < 0));
            ring
        };
        (1..ROUNDS).flat_map(ring).map(beside).find(is_free).unwrap_or(at)
    }
}

fn place(at: [i32; 2]) -> Rect {
    Rect::from_min_size(pos2(at[0] as f32, at[1] as f32), SIZE)
}
