//! The canvas as it is painted: the patch, and what hangs in a hand over it.

use super::draw::Brush;
use super::gesture::Gesture;
use super::hit::Hit;
use super::scene::Looks;
use super::{Canvas, Scene};
use egui::{Pos2, Rect, Stroke, StrokeKind, Ui};

impl Canvas {
    pub(super) fn paint(&self, ui: &Ui, pane: Rect, scene: &Scene<'_>, over: Option<&Hit>, pointer: Option<Pos2>) {
        let painter = ui.painter_at(pane);
        let brush = Brush { painter: &painter, pane, camera: self.camera, paints: scene.paints };
        brush.ground();
        brush.frames(&self.sheet, self.chosen.as_ref());
        let wire = match over {
            Some(Hit::Wire(i)) if self.is_idle() => Some(*i),
            _ => None,
        };
        let looks = Looks { selection: &self.selection, wire, taps: &self.taps, scene };
        brush.sheet(&self.sheet, &looks);
        brush.comments(&self.sheet, self.chosen.as_ref());
        if let (Gesture::Wire { from } | Gesture::Rewire { from, .. }, Some(at)) = (&self.gesture, pointer)
            && let Some(tile) = self.sheet.tile(&from.node)
        {
            let end = self.camera.to_canvas(pane, at);
            brush.bow(tile.exit(from.port.as_ref()), end, Stroke::new(2.0, scene.paints.accent));
        }
        if let (Gesture::Back { to }, Some(at)) = (&self.gesture, pointer)
            && let Some(tile) = self.sheet.tile(&to.node)
        {
            let begin = self.camera.to_canvas(pane, at);
            brush.bow(begin, tile.entry(to.port.as_ref()), Stroke::new(2.0, scene.paints.accent));
        }
        if let (Gesture::Lasso { from, .. }, Some(at)) = (&self.gesture, pointer) {
            let part = Rect::from_two_pos(self.camera.to_window(pane, *from), at);
            painter.rect_filled(part, 0.0, scene.paints.accent.gamma_multiply(0.12));
            painter.rect_stroke(part, 0.0, Stroke::new(1.0, scene.paints.accent), StrokeKind::Inside);
        }
        if let Some(map) = self.map(pane) {
            map.paint(&painter, &self.sheet, self.camera.seen(pane), scene.paints);
        }
    }
}
