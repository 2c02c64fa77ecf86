//! How the canvas looks. What is not seen, and what is too small to read, costs nothing.

use super::Looks;
use super::camera::Camera;
use super::hit::bend;
pub(super) use super::said::late;
pub(crate) use super::said::{short, value_words, words};
use super::sight::Sight;
use super::tile::{LINE, Row, STEPS_FROM, Sheet, TITLE, Tile, Wire};
use crate::ui::theme::Paints;
use crate::ui::widgets::dial;
use crate::ui::widgets::marks::Badge;
use crate::ui::widgets::{envelope, steps};
use bf_node::Kind;
use egui::epaint::CubicBezierShape;
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2,
};
use std::sync::Arc;

/// Letters smaller than this cannot be read: what is further off has them no smaller, or has none.
const LEGIBLE: f32 = 9.0;

/// How much of the colour of quiet words the broken edge has of what a script made: it tells nothing that is urgent.
const GUEST: f32 = 0.4;

/// What the pane is and how it looks.
#[derive(Clone, Copy)]
pub(crate) struct Brush<'a> {
    pub painter: &'a Painter,
    pub pane: Rect,
    pub camera: Camera,
    pub paints: &'a Paints,
}

impl Brush<'_> {
    fn at(&self, at: Pos2) -> Pos2 {
        self.camera.to_window(self.pane, at)
    }

    fn sight(&self) -> Sight {
        Sight::at(self.camera.zoom)
    }

    pub(super) fn font(&self, size: f32) -> FontId {
        // Whole sizes: each other one fills the atlas anew while the view zooms.
        FontId::proportional((size * self.camera.zoom).round().clamp(LEGIBLE, 48.0))
    }

    /// Dots on the grid, as long as they are apart.
    pub(crate) fn ground(&self) {
        self.painter.rect_filled(self.pane, CornerRadius::ZERO, self.paints.ground);
        let step = 32.0 * self.camera.zoom;
        if step < 14.0 {
            return;
        }
        let seen = self.camera.seen(self.pane);
        let (left, top) = ((seen.min.x / 32.0).floor() * 32.0, (seen.min.y / 32.0).floor() * 32.0);
        // One mesh: thousands of shapes would cost more than the patch.
        let mut dots = Mesh::default();
        let mut y = top;
        while y < seen.max.y {
            let mut x = left;
            while x < seen.max.x {
                let dot = Rect::from_min_size(self.at(pos2(x, y)).round(), vec2(1.5, 1.5));
                dots.add_colored_rect(dot, self.paints.dots);
                x += 32.0;
            }
            y += 32.0;
        }
        self.painter.add(Shape::mesh(dots));
    }

    pub(crate) fn sheet(&self, sheet: &Sheet, looks: &Looks<'_>) {
        let seen = self.camera.seen(self.pane).expand(24.0);
        for (i, wire) in sheet.wires.iter().enumerate() {
            let span = Rect::from_two_pos(wire.begin, wire.end).expand2(vec2(170.0, 4.0));
            if seen.intersects(span) {
                self.wire(wire, looks.wire == Some(i), looks.level(i));
            }
        }
        let tiles = sheet.tiles.iter().filter(|tile| seen.intersects(tile.rect));
        if self.sight().ports() {
            tiles.for_each(|tile| self.tile(tile, looks));
        } else {
            self.blocks(tiles, looks);
        }
    }

    /// Nodes from afar: one colour each, and their names as long as these can be read.
    fn blocks<'t>(&self, tiles: impl Iterator<Item = &'t Tile>, looks: &Looks<'_>) {
        let paints = self.paints;
        let mut blocks = Mesh::default();
        let mut named = Vec::new();
        for tile in tiles {
            let rect = self.camera.rect(self.pane, tile.rect);
            let stripe = paints.category(tile.category);
            let is_named = self.sight().name(rect).is_some();
            let (fill, color) = if looks.selection.contains(&tile.name) {
                (paints.accent, paints.ground)
            } else if is_named {
                (paints.tile.lerp_to_gamma(stripe, 0.3), paints.words)
            } else {
                (stripe.gamma_multiply(0.7), paints.words)
            };
            let fill = if tile.off.is_some() { fill.gamma_multiply(0.45) } else { fill };
            blocks.add_colored_rect(rect, fill);
            if is_named {
                blocks.add_colored_rect(rect.with_max_x(rect.min.x + 2.0), stripe);
                named.push((tile, rect, color));
            }
            if tile.frozen.is_some() {
                blocks.add_colored_rect(rect.with_min_y(rect.max.y - 2.0), paints.frozen());
            }
            if tile.guest {
                dashes(&mut blocks, rect, paints.faint.gamma_multiply(GUEST));
            }
        }
        self.painter.add(Shape::mesh(blocks));
        for (tile, rect, color) in named {
            self.name(tile, rect, color);
        }
    }

    /// A node that is left out is darkened.
    fn left_out(&self, tile: &Tile, rect: Rect) {
        if tile.off.is_some() {
            self.painter.rect_filled(rect, CornerRadius::same(4), self.paints.ground.gamma_multiply(0.6));
        }
    }

    /// What was done to a node stands over its left corner, where it hides no value.
    fn done(&self, tile: &Tile, rect: Rect) {
        let paints = self.paints;
        let frozen = tile.frozen.as_ref().map(|_| ("frozen", paints.frozen()));
        let off = tile.off.map(|how| (if how == "mute" { "muted" } else { "bypassed" }, paints.faint));
        let solo = tile.solo.then_some(("solo", paints.hand));
        let mut corner = rect.left_top();
        for (word, color) in [frozen, off, solo].into_iter().flatten() {
            corner.x = self.pill((corner, Align2::LEFT_BOTTOM), word, color).max.x + 3.0;
        }
    }

    /// A node that is frozen stands on ice; what of it does nothing is darkened. Its edge is left to what is selected.
    fn frozen(&self, tile: &Tile, rect: Rect) {
        if tile.frozen.is_none() {
            return;
        }
        let still = rect.with_min_y((rect.min.y + TITLE * self.camera.zoom).min(rect.max.y));
        self.painter.rect_filled(still, CornerRadius::same(4), self.paints.ground.gamma_multiply(0.6));
        let foot = rect.with_min_y(rect.max.y - (3.0 * self.camera.zoom).max(2.0));
        self.painter.rect_filled(foot, CornerRadius::ZERO, self.paints.frozen());
    }

    /// A cable; what sounds is brighter.
    pub(crate) fn wire(&self, wire: &Wire, is_hot: bool, level: f32) {
        let color = self.paints.cable(wire.kind);
        let color = if is_hot { self.paints.accent } else { color.gamma_multiply(0.4 + 0.6 * level) };
        let width = if is_hot { 3.0 } else { 1.2 + 1.8 * level } * self.camera.zoom.clamp(0.4, 1.4);
        self.bow(wire.begin, wire.end, Stroke::new(width, color));
    }

    pub(crate) fn bow(&self, begin: Pos2, end: Pos2, stroke: Stroke) {
        let points = bend(begin, end).map(|p| self.at(p));
        if !self.sight().ports() {
            self.painter.line_segment([points[0], points[3]], stroke);
        } else {
            let shape = CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke);
            self.painter.add(Shape::CubicBezier(shape));
        }
    }

    fn tile(&self, tile: &Tile, looks: &Looks<'_>) {
        let (zoom, paints, sight) = (self.camera.zoom, self.paints, self.sight());
        let rect = self.camera.rect(self.pane, tile.rect);
        let is_selected = looks.selection.contains(&tile.name);
        let stripe = paints.category(tile.category);
        let round = CornerRadius::same((5.0 * zoom).clamp(1.0, 8.0) as u8);
        let edge = if tile.unknown {
            paints.wrong
        } else if is_selected {
            paints.accent
        } else {
            paints.edge
        };
        let stroke = Stroke::new(if is_selected { 2.0 } else { 1.0 }, edge);
        self.painter.rect(rect, round, paints.tile, stroke, StrokeKind::Outside);
        let title = rect.with_max_y(rect.min.y + sight.title(rect));
        self.painter.rect_filled(title.shrink(1.0), round, paints.title(tile.category));
        self.painter.rect_filled(Rect::from_min_size(rect.min, vec2(4.0 * zoom, rect.height())), round, stripe);
        self.title(tile, rect, title);
        if tile.guest {
            let mut edge = Mesh::default();
            dashes(&mut edge, rect, paints.faint.gamma_multiply(GUEST));
            self.painter.add(Shape::mesh(edge));
        }
        if sight.words() {
            self.heat(title, looks.cost(&tile.name));
            if let Some(millis) = looks.delay(&tile.name) {
                let under = rect.left_bottom() + vec2(4.0, 2.0) * zoom;
                self.painter.text(under, Align2::LEFT_TOP, late(millis), self.font(10.0), paints.faint);
            }
        }
        for (plug, is_input) in tile.inputs.iter().map(|p| (p, true)).chain(tile.outputs.iter().map(|p| (p, false))) {
            let at = self.at(plug.at);
            let color = paints.cable(plug.kind);
            if plug.kind == Kind::Event {
                let half = 4.0 * zoom;
                let corners = vec![at - vec2(half, half), at + vec2(half, 0.0), at + vec2(-half, half)];
                self.painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
            } else {
                self.painter.circle_filled(at, 4.0 * zoom, color);
            }
            if sight.all() {
                let (align, off) = if is_input { (Align2::LEFT_CENTER, 9.0) } else { (Align2::RIGHT_CENTER, -9.0) };
                let words = at + vec2(off * zoom, 0.0);
                self.painter.text(words, align, plug.name.as_str(), self.font(11.0), paints.faint);
            }
        }
        sight.rows(tile).for_each(|row| self.row(tile, row, looks));
        // What has no words at this zoom has its place all the same, which would be an empty box.
        if sight.ports() {
            tile.rows.iter().filter(|row| !sight.row(row)).for_each(|row| self.bare(row));
        }
        if let Some((part, envelope)) = tile.envelope.filter(|_| sight.words()) {
            envelope::paint(self.painter, self.camera.rect(self.pane, part), &envelope, paints);
        }
        if let Some(fold) = tile.fold.filter(|_| sight.all()) {
            let words = if fold.hidden > 0 { format!("{} more…", fold.hidden) } else { "fewer".to_owned() };
            let at = self.at(fold.rect.left_center()) + vec2(12.0 * zoom, 0.0);
            self.painter.text(at, Align2::LEFT_CENTER, words, self.font(11.0), paints.faint);
        }
        self.frozen(tile, rect);
        self.left_out(tile, rect);
        if sight.words() {
            self.done(tile, rect);
        }
        if let Some(badge) = looks.badge(tile) {
            self.badge(rect, &badge);
        }
    }

    /// The name of a node in its title, as long as it can be read; where it came to lie.
    fn name(&self, tile: &Tile, rect: Rect, color: Color32) -> Option<Rect> {
        let size = self.sight().name(rect)?;
        let title = rect.with_max_y(rect.min.y + self.sight().title(rect));
        let painter = self.painter.with_clip_rect(rect.shrink(1.0).intersect(self.pane));
        let left = title.left_center() + vec2((10.0 * self.camera.zoom).max(4.0), 0.0);
        Some(painter.text(left, Align2::LEFT_CENTER, tile.name.as_str(), FontId::proportional(size), color))
    }

    /// The name, and the type as far as there is room for it.
    fn title(&self, tile: &Tile, rect: Rect, title: Rect) {
        let (zoom, paints) = (self.camera.zoom, self.paints);
        let Some(name) = self.name(tile, rect, paints.words) else { return };
        if tile.kind == tile.name.as_str() || !self.sight().words() {
            return;
        }
        let painter = self.painter.with_clip_rect(title.intersect(self.pane));
        let kind = if tile.guest { format!("{}, script", tile.kind) } else { tile.kind.clone() };
        let color = paints.kind();
        let kind = painter.layout_no_wrap(kind, self.font(10.0), color);
        let at = title.right_center() - vec2(8.0 * zoom + kind.size().x, kind.size().y / 2.0);
        if at.x > name.max.x + 6.0 * zoom {
            painter.galley(at, kind, color);
        }
    }

    /// What a node costs: a line under its title, all of it where it takes a tenth of the time that there is.
    fn heat(&self, title: Rect, cost: f32) {
        let share = (cost * 10.0).min(1.0);
        if share < 0.01 {
            return;
        }
        let color = self.paints.hand.lerp_to_gamma(self.paints.wrong, share);
        let height = (2.0 * self.camera.zoom).max(1.0);
        let line = Rect::from_min_size(title.left_bottom() - vec2(0.0, height), vec2(title.width() * share, height));
        self.painter.rect_filled(line, CornerRadius::ZERO, color);
    }

    /// A mark above the node's right corner.
    fn badge(&self, rect: Rect, badge: &Badge) {
        let paints = self.paints;
        let color = match badge {
            Badge::Broken | Badge::Missing(_) => paints.wrong,
            Badge::Kept => paints.signal,
            Badge::Reset => paints.hand,
        };
        self.pill((rect.right_top(), Align2::RIGHT_BOTTOM), badge.words(), color);
    }

    /// A word on a colour above a corner of a node; where it came to lie.
    fn pill(&self, (corner, align): (Pos2, Align2), word: &str, color: Color32) -> Rect {
        let (zoom, paints) = (self.camera.zoom, self.paints);
        let words = self.painter.layout_no_wrap(word.to_owned(), self.font(10.0), paints.ground);
        let size = words.size() + (vec2(8.0, 3.0) * zoom).max(vec2(7.0, 2.0));
        let pill = align.anchor_size(corner - vec2(0.0, 2.0), size);
        self.painter.rect_filled(pill, CornerRadius::same((size.y / 2.0).min(127.0) as u8), color);
        self.painter.galley(pill.center() - words.size() / 2.0, words, paints.ground);
        pill
    }

    /// Where a value is drawn.
    fn place(&self, row: &Row) -> Rect {
        let zoom = self.camera.zoom;
        self.camera.rect(self.pane, row.rect).shrink2(vec2(8.0 * zoom, 1.5 * zoom))
    }

    /// A value without words: its bar alone.
    fn bare(&self, row: &Row) {
        let color = dial::color(row.by_hand, row.driven, self.paints).gamma_multiply(0.6);
        dial::bar(self.painter, self.place(row), row.look.as_ref(), (color, self.paints));
    }

    /// A value: a bar that shows its place, with the band of its cable, its name and what it is.
    fn row(&self, tile: &Tile, row: &Row, looks: &Looks<'_>) {
        let (zoom, paints) = (self.camera.zoom, self.paints);
        let rect = self.place(row);
        let color = dial::color(row.by_hand, row.driven, paints);
        if row.look.is_some() {
            dial::bar(self.painter, rect, row.look.as_ref(), (color, paints));
        }
        if let Some(text) = row.steps() {
            let half = Rect::from_min_max(pos2(rect.min.x + rect.width() * STEPS_FROM, rect.min.y), rect.max);
            steps::paint(self.painter, half, &steps::cells(text), None, paints);
        }
        if looks.waits(tile, row) {
            self.painter.rect_stroke(rect, 2.0, Stroke::new(1.5, paints.wrong), StrokeKind::Outside);
        }
        if self.sight().words() {
            let inner = rect.shrink2(vec2(4.0 * zoom, 0.0));
            // Nothing of it lies under the steps.
            let room = if row.steps().is_some() { rect.width() * STEPS_FROM - 6.0 * zoom } else { inner.width() };
            // What lies on the full part of a bar has to be read there, too.
            let full = row.look.as_ref().map_or(Rect::NOTHING, |look| dial::full(rect, look));
            let name = elided(self.painter, row.name.to_string(), self.font(11.0), Color32::PLACEHOLDER, room);
            let at = inner.left_center() - vec2(0.0, name.size().y / 2.0);
            let lies_on_it = full.intersects(Rect::from_min_size(at, name.size()));
            self.painter.galley(at, name, if lies_on_it { paints.words } else { paints.faint });
            if row.steps().is_some() {
                return;
            }
            let says = if row.driven { format!("~ {}", words(row)) } else { words(row) };
            let mut right = inner.right_center();
            if row.by_hand {
                self.painter.circle_filled(right - vec2(2.0 * zoom, 0.0), 3.0 * zoom, paints.hand);
                right.x -= 8.0 * zoom;
            }
            let room = right.x - inner.center().x + LINE * zoom;
            let says = elided(self.painter, says, self.font(11.0), Color32::PLACEHOLDER, room);
            let at = right - vec2(says.size().x, says.size().y / 2.0);
            let lies_on_it = full.intersects(Rect::from_min_size(at, says.size()));
            self.painter.galley(at, says, if row.by_hand && !lies_on_it { color } else { paints.words });
        }
    }
}

/// What a script made has a broken edge, but where the stripe of its category is.
fn dashes(mesh: &mut Mesh, rect: Rect, color: Color32) {
    const DASH: f32 = 5.0;
    const THICK: f32 = 1.0;
    let along = |length: f32| (0..(length / (1.6 * DASH)).ceil() as u32).map(|i| i as f32 * 1.6 * DASH);
    for x in along(rect.width()).map(|x| rect.min.x + x) {
        for y in [rect.min.y, rect.max.y - THICK] {
            let right = (x + DASH).min(rect.max.x);
            mesh.add_colored_rect(Rect::from_min_max(pos2(x, y), pos2(right, y + THICK)), color);
        }
    }
    for y in along(rect.height()).map(|y| rect.min.y + y) {
        let bottom = (y + DASH).min(rect.max.y);
        mesh.add_colored_rect(Rect::from_min_max(pos2(rect.max.x - THICK, y), pos2(rect.max.x, bottom)), color);
    }
}

/// A text in one line that ends with an ellipsis where it has no room.
pub(crate) fn elided(painter: &Painter, text: String, font: FontId, color: Color32, room: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text, font, color);
    job.wrap = TextWrapping::truncate_at_width(room);
    painter.layout_job(job)
}
