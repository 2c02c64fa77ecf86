//! A small piano roll of what tracks play around the playhead: a lane a track, pitch from low to high within it.

use super::super::link::{Link, Shown};
use super::super::theme::Paints;
use bf_session::Sent;
use egui::{Align2, CornerRadius, FontId, Rect, Sense, Stroke, Ui, pos2, vec2};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Cycles that are shown before the playhead, and behind it.
const CYCLES: f64 = 2.0;
/// Room for the names of the tracks.
const NAMES: f32 = 84.0;
/// A lane is at most so high.
const HIGHEST: f32 = 48.0;

/// Draws it in the room that there is.
pub(super) fn ui(ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
    let (rect, response) = ui.allocate_exact_size(ui.available_size().max(vec2(60.0, 30.0)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "what plays"));
    let painter = ui.painter().with_clip_rect(rect);
    let status = link.shared.status();
    let beats = f64::from(shown.own.main.signature.max(1));
    let (from, to) = (status.beat - CYCLES * beats, status.beat + CYCLES * beats);
    let mut lanes: BTreeMap<&str, Vec<&Arc<Sent>>> = BTreeMap::new();
    let notes = if status.playing { link.notes.between(from, to, true) } else { Vec::new() };
    notes.iter().for_each(|note| lanes.entry(note.track.as_str()).or_default().push(note));
    let area = Rect::from_min_max(pos2(rect.left() + NAMES, rect.top()), rect.max);
    let x = |beat: f64| area.left() + area.width() * ((beat - from) / (to - from)) as f32;
    for beat in from.ceil() as i64..=to.floor() as i64 {
        let is_bar = beat.rem_euclid(beats as i64) == 0;
        let line = Stroke::new(1.0, if is_bar { paints.edge } else { paints.dots });
        let x = x(beat as f64);
        painter.line_segment([pos2(x, area.top()), pos2(x, area.bottom())], line);
    }
    let high = (area.height() / lanes.len().max(1) as f32).min(HIGHEST);
    for (i, (track, notes)) in lanes.iter().enumerate() {
        let lane = Rect::from_min_size(pos2(rect.left(), rect.top() + i as f32 * high), vec2(rect.width(), high));
        let font = FontId::proportional((high - 2.0).clamp(8.0, 12.0));
        let name = pos2(rect.left() + 6.0, lane.center().y);
        painter.with_clip_rect(lane.with_max_x(area.left() - 4.0)).text(
            name,
            Align2::LEFT_CENTER,
            track,
            font,
            paints.words,
        );
        painter.line_segment([lane.left_bottom(), lane.right_bottom()], Stroke::new(1.0, paints.dots));
        for note in notes {
            let place = height(notes, note);
            let thick = (high / 6.0).clamp(2.0, 6.0);
            let y = lane.bottom() - 3.0 - thick - (high - 6.0 - thick).max(0.0) * place;
            // A gap tells two notes from one.
            let bar = Rect::from_min_max(
                pos2(x(note.begin).max(area.left()), y),
                pos2((x(note.end) - 1.5).max(x(note.begin) + 1.5), y + thick),
            );
            let sounds = note.begin <= status.beat && status.beat < note.end;
            let bar = bar.intersect(area);
            if sounds {
                // Told by its size, too: in some themes its colour alone would hardly be told from the others.
                painter.rect_filled(bar.expand(1.5), CornerRadius::same(2), paints.words);
            } else {
                let color = paints.events.gamma_multiply(0.35 + 0.65 * note.velocity.clamp(0.0, 1.0));
                painter.rect_filled(bar, CornerRadius::same(1), color);
            }
        }
    }
    let now = x(status.beat);
    painter.line_segment([pos2(now, area.top()), pos2(now, area.bottom())], Stroke::new(1.5, paints.accent));
    if lanes.is_empty() {
        // No line goes through it.
        let says = if status.playing && !shown.hushed { "Nothing plays" } else { "Silent" };
        let words = painter.layout_no_wrap(says.to_owned(), FontId::proportional(13.0), paints.faint);
        let place = Rect::from_center_size(area.center(), words.size());
        painter.rect_filled(place.expand2(vec2(8.0, 3.0)), CornerRadius::same(3), ui.visuals().panel_fill);
        painter.galley(place.min, words, paints.faint);
    }
}

/// Where a note lies in its lane, 0 to 1: by its pitch, or, where all have the same, by its sound.
fn height(lane: &[&Arc<Sent>], note: &Sent) -> f32 {
    let (low, high) = lane.iter().fold((f32::MAX, f32::MIN), |(low, high), n| (low.min(n.pitch), high.max(n.pitch)));
    if high > low {
        return (note.pitch - low) / (high - low);
    }
    let mut voices: Vec<&str> = lane.iter().map(|n| n.voice.as_str()).collect();
    voices.sort_unstable();
    voices.dedup();
    let at = voices.iter().position(|voice| *voice == note.voice).unwrap_or(0);
    if voices.len() < 2 { 0.5 } else { at as f32 / (voices.len() - 1) as f32 }
}
