//! Levels on the scale of a fader: the scale itself, and meters with what was loudest.

use super::super::pulse::decibels;
use super::super::theme::Paints;
use egui::{Align2, FontId, Rect, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use std::collections::BTreeMap;

/// How long the loudest of a meter stays to be read, in seconds.
const HOLD: f64 = 1.5;
/// The ends of the scale, in decibels.
const ENDS: (f32, f32) = (-80.0, 12.0);
/// Marks of the scale.
const MARKS: [f32; 8] = [12.0, 6.0, 0.0, -6.0, -12.0, -24.0, -40.0, -60.0];

/// Where a level lies on the way from closed to full, 0 to 1: most of the way is where ears and hands work.
pub(super) fn place_of_db(db: f32) -> f32 {
    ((db - ENDS.0) / (ENDS.1 - ENDS.0)).clamp(0.0, 1.0).powi(2)
}

/// The level at a place.
pub(super) fn db_at(place: f32) -> f32 {
    ENDS.0 + (ENDS.1 - ENDS.0) * place.clamp(0.0, 1.0).sqrt()
}

/// The height of a level in a way from bottom to top.
pub(super) fn y_of(way: Rect, db: f32) -> f32 {
    way.max.y - way.height() * place_of_db(db)
}

/// What stands at a mark of the scale, with its sign.
fn mark(db: f32) -> String {
    let sign = if db > 0.0 {
        "+"
    } else if db < 0.0 {
        "−"
    } else {
        ""
    };
    format!("{sign}{:.0}", db.abs())
}

/// Numbers and marks beside a fader.
pub(super) fn scale(ui: &Ui, way: Rect, paints: &Paints) {
    for db in MARKS {
        let y = y_of(way, db);
        let strong = db == 0.0;
        let color = if strong { paints.words } else { paints.faint };
        let text = mark(db);
        ui.painter().text(pos2(way.center().x, y), Align2::CENTER_CENTER, text, FontId::proportional(10.5), color);
    }
}

/// What a meter remembers.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// The loudest of the last moments, and when it was.
    line: (f32, f64),
    /// The loudest since it was cleared.
    most: f32,
}

/// Peaks that are held, by what is metered.
#[derive(Default)]
pub(crate) struct Peaks(BTreeMap<String, Held>);

impl Peaks {
    fn hear(&mut self, key: &str, peak: f32, now: f64) -> Held {
        let held = match self.0.get_mut(key) {
            Some(held) => held,
            None => self.0.entry(key.to_owned()).or_default(),
        };
        if peak >= held.line.0 || now - held.line.1 > HOLD {
            held.line = (peak, now);
        }
        held.most = held.most.max(peak);
        *held
    }

    /// The loudest since it was cleared.
    pub(super) fn most(&self, key: &str) -> f32 {
        self.0.get(key).map_or(0.0, |held| held.most)
    }

    fn clear(&mut self, name: &str) {
        let mine = |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'));
        self.0.retain(|key, _| !mine(key));
    }

    /// Bars over the scale of a fader, what was loudest above them, and a light that tells of clipping; a click clears
    /// them, with Alt those of all meters.
    pub(super) fn meter(&mut self, ui: &mut Ui, (name, all): (&str, Rect), levels: &[f32], paints: &Paints) {
        let now = ui.input(|i| i.time);
        let (light, way) = all.split_top_bottom_at_y(all.min.y + 8.0);
        let count = levels.len().max(1) as f32;
        let width = (way.width() - 2.0 * (count - 1.0)) / count;
        let mut most = 0.0f32;
        for (i, level) in levels.iter().enumerate() {
            let held = self.hear(&format!("{name}:{i}"), *level, now);
            most = most.max(held.most);
            let bar =
                Rect::from_min_size(pos2(way.min.x + i as f32 * (width + 2.0), way.min.y), vec2(width, way.height()));
            bar_ui(ui, bar, *level, held.line.0, paints);
        }
        let clipped = most >= 1.0;
        ui.painter().rect_filled(light.shrink2(vec2(0.0, 1.5)), 1.5, if clipped { paints.wrong } else { paints.dots });
        let response = ui.interact(all, ui.scope_id().with(("meter", name)), Sense::click());
        let said = if clipped { "clipped" } else { "did not clip" };
        let text = format!("Peak {:.1} dB, {said}. Click: clear it (Alt: all)", decibels(most));
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("{name} level")));
        let response = response.on_hover_text(text);
        if response.clicked() {
            if ui.input(|i| i.modifiers.alt) {
                self.0.clear();
            } else {
                self.clear(name);
            }
        }
    }
}

fn bar_ui(ui: &Ui, bar: Rect, level: f32, held: f32, paints: &Paints) {
    let painter = ui.painter();
    painter.rect_filled(bar, 1.0, paints.dots);
    let zones = [(ENDS.0, paints.signal), (-9.0, paints.hand), (0.0, paints.wrong)];
    let db = decibels(level);
    for (i, (from, color)) in zones.iter().enumerate() {
        let to = zones.get(i + 1).map_or(ENDS.1, |(next, _)| *next).min(db);
        if to > *from {
            let zone = Rect::from_min_max(pos2(bar.min.x, y_of(bar, to)), pos2(bar.max.x, y_of(bar, *from)));
            painter.rect_filled(zone, 0.0, *color);
        }
    }
    let db = decibels(held);
    if db > ENDS.0 {
        let color = zones.iter().rev().find(|(from, _)| db >= *from).map_or(paints.signal, |(_, color)| *color);
        painter.hline(bar.x_range(), y_of(bar, db), Stroke::new(1.5, color));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_goes_there_and_back() {
        for db in MARKS {
            assert!((db_at(place_of_db(db)) - db).abs() < 1e-3, "{db}");
        }
        assert!((0.7..0.8).contains(&place_of_db(0.0)), "three quarters are below 0 dB");
    }

    #[test]
    fn every_mark_but_zero_has_its_sign() {
        let marks: Vec<String> = MARKS.into_iter().map(mark).collect();
        assert_eq!(marks, ["+12", "+6", "0", "−6", "−12", "−24", "−40", "−60"]);
    }

    #[test]
    fn a_peak_is_held_and_cleared_by_name() {
        let mut peaks = Peaks::default();
        peaks.hear("a:0", 1.5, 0.0);
        peaks.hear("ab:0", 0.5, 0.0);
        assert_eq!(peaks.hear("a:0", 0.1, 1.0).line.0, 1.5);
        assert_eq!(peaks.hear("a:0", 0.1, 2.0).line.0, 0.1, "the line falls");
        assert_eq!(peaks.most("a:0"), 1.5, "and what was loudest stays");
        peaks.clear("a");
        assert_eq!((peaks.most("a:0"), peaks.most("ab:0")), (0.0, 0.5));
    }
}
