//! What of a node is seen at a zoom. What draws it and what takes it both ask here: a hand never meets what no eye sees.

use super::tile::{Row, TITLE, Tile};
use egui::Rect;

/// From this zoom on every value and port has its words.
const ALL: f32 = 0.55;
/// From here on the values that are set or moved have words: where they are smaller, lines would lie over one another.
const CHANGED: f32 = 0.42;
/// From here on ports are there, values have at least their bars, and cables bend.
const PORTS: f32 = 0.25;
/// The least size of a name, in points, and the least width of a node that bears one.
const NAME: f32 = 9.0;
const BEARS: f32 = 26.0;

/// What is seen at a zoom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sight(f32);

impl Sight {
    pub(super) fn at(zoom: f32) -> Sight {
        Sight(zoom)
    }

    /// Whether what is written on nodes beside their names is there.
    pub(super) fn words(self) -> bool {
        self.0 >= CHANGED
    }

    /// Whether every value and the names of ports are there.
    pub(super) fn all(self) -> bool {
        self.0 >= ALL
    }

    /// Whether ports are there.
    pub(super) fn ports(self) -> bool {
        self.0 >= PORTS
    }

    /// Whether a value is there with its words, and to be taken.
    pub(super) fn row(self, row: &Row) -> bool {
        self.all() || self.words() && row.counts
    }

    /// The values of a node that are there.
    pub(super) fn rows(self, tile: &Tile) -> impl Iterator<Item = &Row> {
        tile.rows.iter().filter(move |row| self.row(row))
    }

    /// The size of a node's name; none where its place on the window bears none.
    pub(super) fn name(self, place: Rect) -> Option<f32> {
        let size = (13.0 * self.0).round().clamp(NAME, 48.0);
        (place.width() >= BEARS && place.height() >= NAME).then_some(size)
    }

    /// How high the part of a node is in which its name stands, in points.
    pub(super) fn title(self, place: Rect) -> f32 {
        if self.ports() { (TITLE * self.0).max(NAME + 3.0).min(place.height()) } else { place.height() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_further_off_the_less_is_seen() {
        let seen = |zoom: f32| -> usize {
            let sight = Sight::at(zoom);
            let place = Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(152.0, 90.0) * zoom);
            [sight.all(), sight.words(), sight.ports(), sight.name(place).is_some()].map(usize::from).iter().sum()
        };
        let counts: Vec<usize> = [1.0, 0.5, 0.3, 0.22, 0.1].map(seen).to_vec();
        assert_eq!(counts, [4, 3, 2, 1, 0]);
    }
}
