//! What is seen of a clip: keys, lines of the grid, notes, velocities, and where it plays.

use super::notes::{Note, Picked};
use super::view::{Panes, View};
use crate::ui::theme::Paints;
use bf_pattern::note::note_name;
use bf_pattern::scale::Key;
use egui::{Align2, FontId, Painter, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

/// Lines nearer to one another than this are left out, in points.
const NEAR: f32 = 9.0;

/// A note is higher than this if it bears its name: what is as high as a row of ten points is, whatever rounding leaves.
const LETTERED: f32 = 8.5;

/// All that is drawn.
pub(super) struct Picture<'a> {
    pub view: &'a View,
    pub panes: Panes,
    pub notes: &'a [Note],
    /// Notes that are heard and not the clip's own.
    pub others: &'a [Note],
    pub picked: &'a Picked,
    /// Beats of a line of the grid, and of a bar.
    pub grid: f64,
    pub bar: f64,
    /// Beats of a pass; none for a clip that plays once.
    pub length: Option<f64>,
    /// The beat of the pass that plays.
    pub now: Option<f64>,
    pub key: Option<Key>,
    /// A box that is drawn.
    pub boxed: Option<Rect>,
    /// The key that is played.
    pub played: Option<i32>,
    pub paints: &'a Paints,
}

impl Picture<'_> {
    pub(super) fn draw(&self, ui: &Ui) {
        let Panes { notes, keys, ruler, levels } = self.panes;
        let part = |rect: Rect| ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        self.rows(&part(notes));
        self.lines(&part(notes), notes);
        self.notes(&part(notes));
        self.keys(&part(keys));
        self.ruler(&part(ruler));
        if levels.height() > 8.0 {
            self.levels(&part(levels));
            let beside = Rect::from_x_y_ranges(keys.x_range(), levels.y_range());
            let (at, font) = (beside.right_top() + vec2(-6.0, 4.0), FontId::proportional(11.0));
            part(beside).text(at, Align2::RIGHT_TOP, "velocity", font, self.paints.faint);
        }
        if let Some(now) = self.now {
            let x = self.view.x(notes, now);
            let all = part(ruler.union(notes).union(levels));
            all.vline(x, all.clip_rect().y_range(), Stroke::new(1.5, self.paints.hand));
        }
        if let Some(boxed) = self.boxed {
            part(notes).rect(
                boxed,
                0.0,
                self.paints.accent.gamma_multiply(0.15),
                Stroke::new(1.0, self.paints.accent),
                StrokeKind::Inside,
            );
        }
    }

    /// Rows of black keys, and of what is outside the scale, are darker; a line under each c.
    fn rows(&self, painter: &Painter) {
        let (pane, paints) = (self.panes.notes, self.paints);
        // Where both are black, rows are told apart all the same.
        let inside = if paints.tile == paints.ground { paints.dots.gamma_multiply(0.55) } else { paints.tile };
        painter.rect_filled(pane, 0.0, inside);
        for pitch in &self.view.rows {
            let y = self.view.y(pane, *pitch as f32);
            if y > pane.max.y || y + self.view.row < pane.min.y {
                continue;
            }
            let rect = Rect::from_min_size(pos2(pane.min.x, y), vec2(pane.width(), self.view.row));
            let outside = self
                .key
                .map_or(is_black(*pitch), |key| super::notes::in_key(*pitch as f32, Some(key)) != *pitch as f32);
            if outside {
                painter.rect_filled(rect, 0.0, paints.ground);
            }
            if pitch.rem_euclid(12) == 0 {
                painter.hline(pane.x_range(), rect.max.y, Stroke::new(1.0, paints.edge));
            }
        }
    }

    fn lines(&self, painter: &Painter, pane: Rect) {
        let paints = self.paints;
        let (first, last) = (self.view.beat, self.view.beat_at(pane, pane.max.x));
        for (step, color) in
            [(self.grid, paints.dots), (1.0, paints.dots.lerp_to_gamma(paints.edge, 0.5)), (self.bar, paints.edge)]
        {
            if step <= 0.0 || step as f32 * self.view.zoom < NEAR {
                continue;
            }
            for nth in (first / step).floor() as i64..=(last / step).ceil() as i64 {
                painter.vline(self.view.x(pane, nth as f64 * step), pane.y_range(), Stroke::new(1.0, color));
            }
        }
        // What lies behind the end of a pass is not played.
        if let Some(length) = self.length {
            let x = self.view.x(pane, length);
            painter.rect_filled(
                Rect::from_min_max(pos2(x, pane.min.y), pane.max),
                0.0,
                paints.ground.gamma_multiply(0.7),
            );
            painter.vline(x, pane.y_range(), Stroke::new(1.5, paints.accent));
        }
    }

    fn notes(&self, painter: &Painter) {
        let paints = self.paints;
        for note in self.others {
            let rect = self.view.rect(self.panes.notes, note);
            if rect.intersects(self.panes.notes) {
                let (fill, edge) = (paints.faint.gamma_multiply(0.25), paints.faint.gamma_multiply(0.7));
                painter.rect(rect, 2.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
            }
        }
        for (i, note) in self.notes.iter().enumerate() {
            let rect = self.view.rect(self.panes.notes, note);
            if !rect.intersects(self.panes.notes) {
                continue;
            }
            let is_picked = self.picked.contains(&i);
            let color = if is_picked { paints.hand } else { paints.accent };
            painter.rect_filled(rect, 2.0, color.gamma_multiply(0.35 + 0.65 * note.velocity as f32));
            let edge = if is_picked { paints.words } else { color };
            painter.rect_stroke(rect, 2.0, Stroke::new(1.0, edge), StrokeKind::Inside);
            if rect.width() > 30.0 && rect.height() > LETTERED {
                let at = rect.left_center() + vec2(4.0, 0.0);
                let letters = if note.velocity > 0.35 { paints.ground } else { paints.words };
                painter.text(at, Align2::LEFT_CENTER, note_name(note.pitch), FontId::proportional(10.5), letters);
            }
        }
    }

    fn keys(&self, painter: &Painter) {
        let (pane, paints) = (self.panes.keys, self.paints);
        // White keys are white in every dress.
        let is_light = paints.ground.intensity() > paints.words.intensity();
        let (white, black) =
            if is_light { (paints.tile, paints.words) } else { (paints.words.gamma_multiply(0.85), paints.ground) };
        painter.rect_filled(pane, 0.0, white);
        for pitch in &self.view.rows {
            let y = self.view.y(self.panes.notes, *pitch as f32);
            if y > pane.max.y || y + self.view.row < pane.min.y {
                continue;
            }
            let rect = Rect::from_min_size(pos2(pane.min.x, y), vec2(pane.width() - 2.0, self.view.row));
            if self.played == Some(*pitch) {
                painter.rect_filled(rect, 0.0, paints.hand);
            } else if is_black(*pitch) {
                let part = Rect::from_min_max(rect.min, pos2(rect.min.x + rect.width() * 0.62, rect.max.y));
                painter.rect_filled(part, 0.0, black);
            }
            if !is_black(*pitch) || self.view.fold {
                painter.hline(rect.x_range(), rect.max.y, Stroke::new(0.5, paints.edge));
            }
            // Half a name is none.
            let whole = rect.min.y >= pane.min.y - 1.0 && rect.max.y <= pane.max.y + 1.0;
            if whole && (pitch.rem_euclid(12) == 0 || (self.view.fold && self.view.row > 10.0)) {
                let color = if is_black(*pitch) { white } else { black };
                let (at, side) = if is_black(*pitch) {
                    (rect.left_center() + vec2(3.0, 0.0), Align2::LEFT_CENTER)
                } else {
                    (rect.right_center() - vec2(3.0, 0.0), Align2::RIGHT_CENTER)
                };
                painter.text(at, side, note_name(*pitch as f32), FontId::proportional(11.0), color);
            }
        }
    }

    fn ruler(&self, painter: &Painter) {
        let (pane, paints) = (self.panes.ruler, self.paints);
        painter.rect_filled(pane, 0.0, paints.ground);
        let step = if self.view.zoom > 40.0 { 1.0 } else { self.bar };
        let (first, last) = (self.view.beat, self.view.beat_at(pane, pane.max.x));
        for nth in (first / step).floor() as i64..=(last / step).ceil() as i64 {
            let beat = nth as f64 * step;
            let x = self.view.x(pane, beat);
            let is_bar = (beat / self.bar).fract() == 0.0;
            let color = if is_bar { paints.words } else { paints.faint };
            painter.vline(x, pane.max.y - if is_bar { 8.0 } else { 4.0 }..=pane.max.y, Stroke::new(1.0, color));
            let says = if is_bar {
                format!("{}", (beat / self.bar) as i64 + 1)
            } else {
                format!("{}.{}", (beat / self.bar).floor() as i64 + 1, beat.rem_euclid(self.bar) as i64 + 1)
            };
            painter.text(pos2(x + 3.0, pane.min.y + 2.0), Align2::LEFT_TOP, says, FontId::proportional(11.0), color);
        }
        if let Some(length) = self.length {
            let x = self.view.x(pane, length);
            let handle = vec![
                pos2(x - 9.0, pane.min.y + 3.0),
                pos2(x, pane.min.y + 3.0),
                pos2(x, pane.max.y),
                pos2(x - 9.0, pane.min.y + 12.0),
            ];
            painter.add(egui::Shape::convex_polygon(handle, paints.accent, Stroke::NONE));
        }
    }

    fn levels(&self, painter: &Painter) {
        let (pane, paints) = (self.panes.levels, self.paints);
        painter.rect_filled(pane, 0.0, paints.ground);
        painter.hline(pane.x_range(), pane.center().y, Stroke::new(1.0, paints.dots));
        // Those that are picked lie on top.
        let order = (0..self.notes.len()).filter(|i| !self.picked.contains(i)).chain(self.picked.iter().copied());
        for i in order {
            let Some(note) = self.notes.get(i) else { continue };
            let x = self.view.x(pane, note.at) + 1.0;
            if !pane.x_range().contains(x) {
                continue;
            }
            let color = if self.picked.contains(&i) { paints.hand } else { paints.accent };
            let y = pane.max.y - (pane.height() - 8.0) * note.velocity as f32;
            painter.vline(x, y..=pane.max.y, Stroke::new(3.0, color.gamma_multiply(0.7)));
            painter.circle_filled(pos2(x, y), 3.5, color);
        }
    }
}

fn is_black(pitch: i32) -> bool {
    matches!(pitch.rem_euclid(12), 1 | 3 | 6 | 8 | 10)
}
