//! The small map of the whole: where the view is, and a way to move it.

use super::Canvas;
use super::gesture::Gesture;
use super::hit::{Hit, hit};
use super::tile::Sheet;
use crate::ui::theme::Paints;
use egui::{Mesh, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2};

/// Its greatest size, the least width of a pane that has one, and how far off the corner it lies.
const SIZE: Vec2 = Vec2::new(160.0, 110.0);
const ROOM: f32 = 420.0;
const OFF: f32 = 10.0;

/// How much is left of it while it gives way.
const FAINT: f32 = 0.14;

/// The map as it lies in the window.
pub(super) struct Map {
    area: Rect,
    /// How much of it is seen, 0 to 1.
    shows: f32,
    /// What of the canvas it shows, and how large.
    all: Rect,
    scale: f32,
}

impl Map {
    fn to(&self, rect: Rect) -> Rect {
        let at = |at: Pos2| self.area.min + (at - self.all.min) * self.scale;
        Rect::from_min_max(at(rect.min), at(rect.max))
    }

    pub(super) fn paint(&self, painter: &egui::Painter, sheet: &Sheet, seen: Rect, paints: &Paints) {
        // What lies beneath is not seen through it, but where the pointer goes there.
        let (ground, shows) = (self.area.expand(3.0), self.shows);
        let edge = Stroke::new(1.0, paints.edge.gamma_multiply(shows.max(0.6)));
        painter.rect(ground, 3.0, paints.tile.gamma_multiply(shows), edge, StrokeKind::Inside);
        // One shape for all of them: thousands of rectangles are not worth a round edge each.
        let mut nodes = Mesh::default();
        nodes.reserve_triangles(2 * sheet.tiles.len());
        nodes.reserve_vertices(4 * sheet.tiles.len());
        for tile in &sheet.tiles {
            nodes.add_colored_rect(self.to(tile.rect), paints.category(tile.category).gamma_multiply(0.7 * shows));
        }
        painter.add(Shape::mesh(nodes));
        let seen = self.to(seen).intersect(self.area);
        painter.rect_stroke(seen, 0.0, Stroke::new(1.0, paints.accent.gamma_multiply(shows)), StrokeKind::Inside);
    }
}

impl Canvas {
    /// The map, as long as the view does not show all.
    pub(super) fn map(&self, pane: Rect) -> Option<Map> {
        let (all, seen) = (self.sheet.bounds(), self.camera.seen(pane));
        if self.sheet.tiles.len() < 2 || seen.contains_rect(all) || pane.width() < ROOM {
            return None;
        }
        let scale = (SIZE.x / all.width()).min(SIZE.y / all.height());
        let size = all.size() * scale;
        let shows = if self.map_gives_way { FAINT } else { 1.0 };
        Some(Map { area: Rect::from_min_size(pane.max - size - Vec2::splat(OFF), size), shows, all, scale })
    }

    /// Whether a point of the window is on the map, and not on a node beneath it: that can be reached.
    pub(super) fn is_on_map(&self, pane: Rect, at: Pos2) -> bool {
        let is_free = || matches!(self.beneath(pane, at), Hit::Nothing | Hit::Note(_) | Hit::Wire(_));
        self.map(pane).is_some_and(|map| map.area.expand(3.0).contains(at)) && is_free()
    }

    fn beneath(&self, pane: Rect, at: Pos2) -> Hit {
        hit(&self.sheet, self.camera.to_canvas(pane, at), self.camera.zoom)
    }

    /// The map gives way while the pointer is over it and over a node, or carries something there.
    pub(super) fn make_way(&mut self, pane: Rect, pointer: Option<Pos2>) {
        let is_over = |at: Pos2| self.map(pane).is_some_and(|map| map.area.expand(3.0).contains(at));
        let over = pointer.filter(|at| is_over(*at));
        self.map_gives_way = over.is_some_and(|at| match self.gesture {
            Gesture::Map => false,
            Gesture::None | Gesture::Pan => !self.is_on_map(pane, at),
            _ => true,
        });
    }

    /// Brings into the middle of the pane what is at a point of the map.
    pub(super) fn look_at(&mut self, pane: Rect, at: Pos2) {
        if let Some(map) = self.map(pane) {
            let at = map.all.clamp(map.all.min + (at - map.area.min) / map.scale);
            self.camera.origin = at - pane.size() / 2.0 / self.camera.zoom;
        }
    }

    /// Whether a click was one on the map, which then is carried out.
    pub(super) fn map_clicked(&mut self, pane: Rect, response: &egui::Response) -> bool {
        let at = response.interact_pointer_pos();
        let on = at.filter(|at| self.is_on_map(pane, *at));
        if let Some(at) = on {
            self.look_at(pane, at);
        }
        on.is_some()
    }
}
