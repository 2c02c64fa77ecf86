//! Where beats and pitches lie in the window.

use super::notes::Note;
use egui::{Pos2, Rect, pos2};

/// Room beside the notes: keys on the left, beats above, velocities below.
const KEYS: f32 = 56.0;
const RULER: f32 = 22.0;
const LEVELS: f32 = 72.0;
/// Points of a beat, and of a row of a pitch.
const ZOOM: (f32, f32) = (4.0, 800.0);
const ROW: (f32, f32) = (5.0, 40.0);

/// What is seen of a clip.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The beat at the left, and points of a beat.
    pub beat: f64,
    pub zoom: f32,
    /// The row at the top, and points of a row.
    pub top: f32,
    pub row: f32,
    /// The pitches that have rows, from the top down.
    pub rows: Vec<i32>,
    pub fold: bool,
}

impl Default for View {
    fn default() -> View {
        View { beat: 0.0, zoom: 90.0, top: 48.0, row: 15.0, rows: (0..=127).rev().collect(), fold: false }
    }
}

/// The parts of the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panes {
    pub notes: Rect,
    pub keys: Rect,
    pub ruler: Rect,
    pub levels: Rect,
}

impl Panes {
    pub(super) fn of(all: Rect) -> Panes {
        let low = if all.height() > 240.0 { LEVELS } else { 0.0 };
        let (left, top, bottom) = (all.min.x + KEYS, all.min.y + RULER, all.max.y - low);
        Panes {
            notes: Rect::from_min_max(pos2(left, top), pos2(all.max.x, bottom)),
            keys: Rect::from_min_max(pos2(all.min.x, top), pos2(left, bottom)),
            ruler: Rect::from_min_max(pos2(left, all.min.y), pos2(all.max.x, top)),
            levels: Rect::from_min_max(pos2(left, bottom + 4.0), all.max),
        }
    }
}

impl View {
    /// Gives rows to all pitches, or to those that are used.
    pub(super) fn set_rows(&mut self, notes: &[Note]) {
        let used = |pitch: &i32| notes.iter().any(|note| note.pitch.round() as i32 == *pitch);
        self.rows = (0..=127).rev().filter(|pitch| !self.fold || notes.is_empty() || used(pitch)).collect();
    }

    pub(super) fn x(&self, pane: Rect, beat: f64) -> f32 {
        pane.min.x + ((beat - self.beat) * f64::from(self.zoom)) as f32
    }

    pub(super) fn beat_at(&self, pane: Rect, x: f32) -> f64 {
        self.beat + f64::from((x - pane.min.x) / self.zoom)
    }

    /// The top of the row of a pitch; where it has none, of the nearest below.
    pub(super) fn y(&self, pane: Rect, pitch: f32) -> f32 {
        let pitch = pitch.round() as i32;
        let nth = self.rows.partition_point(|row| *row > pitch);
        pane.min.y + (nth as f32 - self.top) * self.row
    }

    /// The pitch of the row at a height.
    pub(super) fn pitch_at(&self, pane: Rect, y: f32) -> i32 {
        let nth = ((y - pane.min.y) / self.row + self.top).floor().max(0.0) as usize;
        self.rows.get(nth.min(self.rows.len().saturating_sub(1))).copied().unwrap_or(60)
    }

    pub(super) fn rect(&self, pane: Rect, note: &Note) -> Rect {
        let y = self.y(pane, note.pitch);
        let (from, to) = (self.x(pane, note.at), self.x(pane, note.end()));
        Rect::from_min_max(pos2(from, y + 1.0), pos2(to.max(from + 3.0), y + self.row))
    }

    pub(super) fn pan(&mut self, pane: Rect, by: egui::Vec2) {
        self.beat = (self.beat - f64::from(by.x / self.zoom)).max(0.0);
        let most = (self.rows.len() as f32 - pane.height() / self.row).max(0.0);
        self.top = (self.top - by.y / self.row).clamp(0.0, most);
    }

    /// Zooms about a point, over beats and over pitches.
    pub(super) fn zoom_about(&mut self, pane: Rect, at: Pos2, by: egui::Vec2) {
        let (beat, row) = (self.beat_at(pane, at.x), (at.y - pane.min.y) / self.row + self.top);
        self.zoom = (self.zoom * by.x).clamp(ZOOM.0, ZOOM.1);
        self.row = (self.row * by.y).clamp(ROW.0, ROW.1);
        self.beat = (beat - f64::from((at.x - pane.min.x) / self.zoom)).max(0.0);
        self.top = row - (at.y - pane.min.y) / self.row;
        self.pan(pane, egui::Vec2::ZERO);
    }

    /// Shows a length and the pitches of some notes.
    pub(super) fn fit(&mut self, pane: Rect, notes: &[Note], length: f64) {
        let end = notes.iter().map(Note::end).fold(length.max(1.0), f64::max);
        self.zoom = ((pane.width() - 24.0) / end as f32).clamp(ZOOM.0, ZOOM.1);
        self.beat = 0.0;
        let rows = |pitch: f32| self.rows.partition_point(|row| *row > pitch.round() as i32) as f32;
        let high = notes.iter().map(|n| n.pitch).fold(f32::NEG_INFINITY, f32::max);
        let low = notes.iter().map(|n| n.pitch).fold(f32::INFINITY, f32::min);
        let (first, last) = if notes.is_empty() { (rows(72.0), rows(48.0)) } else { (rows(high), rows(low)) };
        let wanted = (last - first + 9.0).max(16.0);
        // A low pane has low rows and no room around the notes, but the notes.
        let least = (pane.height() / (last - first + 3.0)).clamp(ROW.0, 11.0);
        self.row = (pane.height() / wanted).clamp(least, 20.0);
        let seen = pane.height() / self.row;
        let middle = (first + last + 1.0) / 2.0;
        // Where they do not fit, the highest are shown.
        self.top = if last - first + 1.0 > seen { first - 1.0 } else { middle - seen / 2.0 };
        self.pan(pane, egui::Vec2::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    #[test]
    fn places_and_notes_agree() {
        let pane = Rect::from_min_size(pos2(100.0, 50.0), vec2(800.0, 400.0));
        let mut view = View::default();
        let notes = [Note::new(1.0, 60.0, 1.0), Note::new(3.0, 72.0, 0.5)];
        view.fit(pane, &notes, 4.0);
        for note in &notes {
            let rect = view.rect(pane, note);
            assert!(pane.contains_rect(rect), "{rect:?}");
            assert_eq!(view.pitch_at(pane, rect.center().y) as f32, note.pitch);
            assert!((view.beat_at(pane, rect.min.x) - note.at).abs() < 1e-3);
        }
        view.fold = true;
        view.set_rows(&notes);
        assert_eq!(view.rows, [72, 60]);
        view.fit(pane, &notes, 4.0);
        assert_eq!(view.pitch_at(pane, view.rect(pane, &notes[0]).center().y), 60);
        let before = view.beat_at(pane, 400.0);
        view.zoom_about(pane, pos2(400.0, 200.0), vec2(1.5, 1.0));
        assert!((view.beat_at(pane, 400.0) - before).abs() < 1e-3);
    }
}
