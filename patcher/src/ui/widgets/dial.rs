//! How values look: a knob with its ring, a bar with its band, a switch.

use super::Held;
use crate::ui::theme::Paints;
use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};
use std::f32::consts::PI;

/// A knob turns from here on, and so far, clockwise from the right.
const BEGIN: f32 = 0.75 * PI;
const SWEEP: f32 = 1.5 * PI;

/// What is to be seen of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    pub place: f32,
    /// Where its bar begins.
    pub rest: f32,
    /// Between which places a cable moves it.
    pub band: Option<(f32, f32)>,
}

impl Look {
    /// Of a number; a pattern has no place.
    pub(crate) fn of(held: &Held) -> Option<Look> {
        Some(Look { place: held.place()?, rest: held.rest(), band: held.band() })
    }
}

/// The colour of a value by what moves it.
pub(crate) fn color(by_hand: bool, driven: bool, paints: &Paints) -> Color32 {
    if by_hand {
        paints.hand
    } else if driven {
        paints.signal
    } else {
        paints.accent
    }
}

fn arc(middle: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    let count = (((to - from).abs() * 32.0).ceil() as usize).max(1);
    let at = |i: usize| {
        let angle = BEGIN + SWEEP * (from + (to - from) * i as f32 / count as f32);
        middle + vec2(angle.cos(), angle.sin()) * radius
    };
    (0..=count).map(at).collect()
}

/// A knob; the ring about it is how far a cable moves it.
pub(crate) fn knob(painter: &Painter, rect: Rect, look: Option<&Look>, (color, paints): (Color32, &Paints)) {
    let (middle, outer) = (rect.center() + vec2(0.0, 1.0), rect.width().min(rect.height()) / 2.0 - 1.0);
    let radius = outer - 3.5;
    let width = (outer * 0.22).max(2.0);
    painter.add(Shape::line(arc(middle, radius, 0.0, 1.0), Stroke::new(width, paints.edge)));
    let Some(Look { place, rest, band }) = look.copied() else { return };
    if let Some((low, high)) = band {
        painter.add(Shape::line(arc(middle, outer, low, high), Stroke::new(2.0, paints.signal)));
    }
    painter.add(Shape::line(arc(middle, radius, rest, place), Stroke::new(width, color)));
    let tip = arc(middle, radius + width / 2.0, place, place)[0];
    painter.line_segment([middle + (tip - middle) * 0.25, tip], Stroke::new(1.5, paints.words));
}

/// A bar; the band along its foot is how far a cable moves it.
pub(crate) fn bar(painter: &Painter, rect: Rect, look: Option<&Look>, (color, paints): (Color32, &Paints)) {
    let round = CornerRadius::same(2);
    painter.rect_filled(rect, round, paints.ground.gamma_multiply(0.6));
    let Some(look) = look else { return };
    let x = |place: f32| rect.min.x + rect.width() * place;
    painter.rect_filled(full(rect, look), round, color.gamma_multiply(0.35));
    if let Some((low, high)) = look.band {
        let height = (rect.height() * 0.16).max(2.0);
        let part = Rect::from_min_max(pos2(x(low), rect.max.y - height), pos2(x(high), rect.max.y));
        painter.rect_filled(part, CornerRadius::ZERO, paints.signal);
    }
}

/// The full part of a bar.
pub(crate) fn full(rect: Rect, look: &Look) -> Rect {
    let x = |place: f32| rect.min.x + rect.width() * place;
    let (low, high) = (look.rest.min(look.place), look.rest.max(look.place));
    Rect::from_min_max(pos2(x(low), rect.min.y), pos2(x(high), rect.max.y))
}

/// A switch.
pub(crate) fn switch(painter: &Painter, rect: Rect, on: bool, color: Color32, paints: &Paints) {
    let body = Rect::from_min_size(pos2(rect.min.x, rect.center().y - 7.0), vec2(28.0, 14.0));
    let fill = if on { color.gamma_multiply(0.6) } else { paints.ground };
    painter.rect(body, CornerRadius::same(7), fill, Stroke::new(1.0, paints.edge), egui::StrokeKind::Inside);
    let x = if on { body.max.x - 7.0 } else { body.min.x + 7.0 };
    painter.circle_filled(pos2(x, body.center().y), 5.0, if on { paints.words } else { paints.faint });
}
