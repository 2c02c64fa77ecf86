//! What is heard, as a wave: left above right, standing still while it repeats.

use super::probe::turn;
use crate::ui::pulse::decibels;
use crate::ui::theme::Paints;
use bf_session::Shared;
use egui::{Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

/// Frames that are drawn: 20 ms at 48 kHz; as many more are looked through for a place to begin.
const WAVE: usize = 960;
/// Room for the levels.
const NUMBERS: f32 = 46.0;

/// Draws it in the room that there is; somebody has to watch [`Shared::wave`].
pub(crate) fn ui(ui: &mut Ui, shared: &Shared, paints: &Paints) {
    let (rect, response) = ui.allocate_exact_size(ui.available_size().max(vec2(80.0, 30.0)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "wave of what is heard"));
    let (mut left, mut right) = ([0.0; 2 * WAVE], [0.0; 2 * WAVE]);
    let count = shared.wave().latest(&mut left, &mut right);
    let both: Vec<f32> = left[..count].iter().zip(&right[..count]).map(|(l, r)| l + r).collect();
    let from = turn(&both, WAVE);
    let painter = ui.painter().with_clip_rect(rect);
    let height = rect.height() / 2.0;
    for (i, (name, frames)) in [("L", &left), ("R", &right)].into_iter().enumerate() {
        let row = Rect::from_min_size(pos2(rect.min.x, rect.min.y + i as f32 * height), vec2(rect.width(), height));
        let frames = &frames[from..(from + WAVE).min(count).max(from)];
        side(&painter, row.shrink2(vec2(2.0, 1.0)), (name, frames), paints);
    }
    response.on_hover_text("The last 20 ms of what is heard, left above right");
}

fn side(painter: &Painter, row: Rect, (name, frames): (&str, &[f32]), paints: &Paints) {
    let area = row.with_max_x(row.max.x - NUMBERS);
    painter.rect_filled(area, CornerRadius::same(2), paints.ground);
    let peak = frames.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    let color = if peak >= 1.0 { paints.wrong } else { paints.signal };
    wave(&painter.with_clip_rect(area.intersect(painter.clip_rect())), area, frames, color, paints);
    let font = FontId::proportional(10.0);
    painter.text(area.left_top() + vec2(4.0, 1.0), Align2::LEFT_TOP, name, font.clone(), paints.faint);
    let level = if peak > 1e-6 { format!("{:.1} dB", decibels(peak)) } else { "–".to_owned() };
    painter.text(pos2(row.max.x, row.center().y), Align2::RIGHT_CENTER, level, font, paints.faint);
}

fn wave(painter: &Painter, area: Rect, frames: &[f32], color: Color32, paints: &Paints) {
    let y = |x: f32| area.center().y - x.clamp(-1.0, 1.0) * (area.height() / 2.0 - 1.0);
    painter.line_segment([pos2(area.min.x, y(0.0)), pos2(area.max.x, y(0.0))], Stroke::new(1.0, paints.dots));
    if frames.len() < 2 {
        return;
    }
    // Of each stretch that is a dot wide its lowest and its highest: no peak is left out.
    let dots = (area.width() as usize).clamp(2, frames.len());
    let mut points: Vec<Pos2> = Vec::with_capacity(2 * dots);
    for dot in 0..dots {
        let stretch = &frames[dot * frames.len() / dots..(dot + 1) * frames.len() / dots];
        let (low, high) = stretch.iter().fold((f32::MAX, f32::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
        let x = area.min.x + area.width() * dot as f32 / (dots - 1) as f32;
        let ends = if stretch.first() <= stretch.last() { [low, high] } else { [high, low] };
        points.extend(ends.map(|end| pos2(x, y(end))));
    }
    painter.add(Shape::line(points, Stroke::new(1.25, color)));
}
