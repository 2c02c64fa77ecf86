//! What part of the canvas is seen, and how large.

use egui::{Pos2, Rect, Vec2};

/// The least and greatest zoom.
const ZOOMS: (f32, f32) = (0.05, 4.0);

/// From canvas units to points of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Camera {
    /// The canvas point at the left upper corner of the pane.
    pub origin: Pos2,
    pub zoom: f32,
}

impl Default for Camera {
    fn default() -> Camera {
        Camera { origin: Pos2::new(-40.0, -40.0), zoom: 1.0 }
    }
}

impl Camera {
    pub(crate) fn to_window(self, pane: Rect, at: Pos2) -> Pos2 {
        pane.min + (at - self.origin) * self.zoom
    }

    pub(crate) fn to_canvas(self, pane: Rect, at: Pos2) -> Pos2 {
        self.origin + (at - pane.min) / self.zoom
    }

    pub(crate) fn rect(self, pane: Rect, rect: Rect) -> Rect {
        Rect::from_min_max(self.to_window(pane, rect.min), self.to_window(pane, rect.max))
    }

    /// What of the canvas the pane shows.
    pub(crate) fn seen(self, pane: Rect) -> Rect {
        Rect::from_min_max(self.to_canvas(pane, pane.min), self.to_canvas(pane, pane.max))
    }

    /// Zooms about a point of the window, which stays where it is.
    pub(crate) fn zoom_about(&mut self, pane: Rect, about: Pos2, factor: f32) {
        let still = self.to_canvas(pane, about);
        self.zoom = (self.zoom * factor).clamp(ZOOMS.0, ZOOMS.1);
        self.origin = still - (about - pane.min) / self.zoom;
    }

    pub(crate) fn pan(&mut self, by: Vec2) {
        self.origin -= by / self.zoom;
    }

    /// Shows all of a part of the canvas, no larger than it is.
    pub(crate) fn fit(&mut self, pane: Rect, part: Rect) {
        if !part.is_positive() {
            *self = Camera::default();
            return;
        }
        let part = part.expand(40.0);
        let zoom = (pane.width() / part.width()).min(pane.height() / part.height());
        self.zoom = zoom.clamp(ZOOMS.0, 1.0);
        self.origin = part.center() - pane.size() / 2.0 / self.zoom;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    const PANE: Rect = Rect { min: pos2(100.0, 50.0), max: pos2(900.0, 650.0) };

    #[test]
    fn the_point_beneath_the_pointer_stays_while_it_zooms() {
        let mut camera = Camera::default();
        let about = pos2(333.0, 222.0);
        let before = camera.to_canvas(PANE, about);
        camera.zoom_about(PANE, about, 1.7);
        assert!((camera.to_canvas(PANE, about) - before).length() < 1e-3);
        assert!((camera.zoom - 1.7).abs() < 1e-6);
    }

    #[test]
    fn a_fit_shows_everything() {
        let mut camera = Camera::default();
        let part = Rect::from_min_max(pos2(-500.0, 100.0), pos2(3_000.0, 900.0));
        camera.fit(PANE, part);
        assert!(camera.seen(PANE).contains_rect(part));
    }
}
