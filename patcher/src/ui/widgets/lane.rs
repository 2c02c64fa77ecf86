//! The automation of a value: its points against beats, with the place where the transport is.

use super::Held;
use super::field::{Fingers, twice};
use super::offer::point;
use crate::ui::canvas::draw::short;
use crate::ui::canvas::gesture::Act;
use crate::ui::canvas::tile::{number_at, place_of};
use crate::ui::number::number_field;
use crate::ui::theme::Paints;
use bf_node::ParamSpec;
use bf_patch::{Curve, Edit, LaneSpec, Point};
use egui::{
    Align2, EventFilter, FontId, Key, Modifiers, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

/// Height of a lane, and how near a point counts as on it.
const HEIGHT: f32 = 84.0;
const NEAR: f32 = 8.0;
/// Beats on which points are put; with Shift they lie anywhere.
const GRID: f64 = 0.25;

const CURVES: [(Curve, &str); 4] = [
    (Curve::Linear, "Straight"),
    (Curve::Hold, "Hold"),
    (Curve::Exponential, "Equal ratios"),
    (Curve::Smooth, "Smooth"),
];

/// Where the lane is seen.
#[derive(Clone, Copy)]
struct View {
    rect: Rect,
    beats: f64,
    spec: ParamSpec,
}

impl View {
    fn at(&self, beat: f64, value: f64) -> Pos2 {
        let x = self.rect.min.x + self.rect.width() * (beat / self.beats) as f32;
        pos2(x, self.rect.max.y - self.rect.height() * place_of(&self.spec, value as f32))
    }

    fn point(&self, at: Pos2, free: bool) -> Point {
        let beat = f64::from((at.x - self.rect.min.x) / self.rect.width()).clamp(0.0, 1.0) * self.beats;
        let beat = if free { beat } else { (beat / GRID).round() * GRID };
        let place = (self.rect.max.y - at.y) / self.rect.height();
        let value = f64::from(number_at(&self.spec, place));
        point(beat, short_of(value))
    }
}

/// Four digits are enough for a hand.
fn short_of(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// The value of a lane at a beat.
pub(crate) fn value_at(lane: &LaneSpec, beat: f64) -> Option<f64> {
    let after = lane.points.partition_point(|p| p.beat <= beat);
    let Some(from) = after.checked_sub(1).map(|i| lane.points[i]) else { return Some(lane.points.first()?.value) };
    let Some(to) = lane.points.get(after) else { return Some(from.value) };
    let t = (beat - from.beat) / (to.beat - from.beat).max(1e-9);
    Some(match from.curve {
        Curve::Hold => from.value,
        Curve::Exponential if from.value * to.value > 0.0 => from.value * (to.value / from.value).powf(t),
        Curve::Smooth => from.value + (to.value - from.value) * t * t * (3.0 - 2.0 * t),
        Curve::Linear | Curve::Exponential => from.value + (to.value - from.value) * t,
    })
}

/// Draws a lane over the width that is there, and tells what the fingers on it want.
pub(crate) fn lane(
    ui: &mut Ui,
    held: &Held,
    lane: &LaneSpec,
    (beat, bar): (f64, f64),
    fingers: &mut Fingers,
    paints: &Paints,
) -> Vec<Act> {
    let mut acts = Vec::new();
    let last = lane.points.last().map_or(0.0, |p| p.beat);
    let beats = if lane.length > 0.0 { lane.length } else { ((last.max(beat) / bar).floor() + 1.0).max(4.0) * bar };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click_and_drag());
    let name = format!("automation of {}", held.socket);
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
    let view = View { rect: rect.shrink(6.0), beats, spec: held.spec };
    let id = response.id.with("point");
    let mut chosen: Option<usize> = ui.data(|d| d.get_temp(id)).filter(|i| *i < lane.points.len());
    let mut made = lane.clone();
    let changed =
        pointer(ui, &response, &view, &mut made, &mut chosen) | keys(ui, &response, &view, &mut made, &mut chosen);
    if response.drag_started() || twice(&response) {
        fingers.next();
    }
    let mut set = |lane: Option<LaneSpec>, gesture: Option<u64>| {
        let edit = Edit::SetAutomation { target: held.socket.clone(), lane };
        acts.push(Act::Edit { edit, label: format!("automate {}", held.socket), gesture });
    };
    if changed {
        set(Some(made.clone()), response.dragged().then(|| fingers.now()));
    }
    response.context_menu(|ui| menu(ui, &made, chosen, &mut set));
    match chosen {
        Some(i) => _ = ui.data_mut(|d| d.insert_temp(id, i)),
        None => ui.data_mut(|d| d.remove::<usize>(id)),
    }
    paint(ui, &response, &view, &made, (chosen, beat, bar), paints);
    ui.horizontal(|ui| {
        let mut length = made.length;
        ui.weak("repeats after");
        let field = ui.add(number_field(&mut length).range(0.0..=100_000.0).speed(0.1).suffix(" beats"));
        let field = field.on_hover_text("Beats after which the lane starts over; 0 plays it once.");
        field.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, format!("length of the {name}")));
        if field.drag_started() {
            fingers.next();
        }
        if field.changed() {
            set(Some(LaneSpec { length, ..made.clone() }), field.dragged().then(|| fingers.now()));
        }
        if ui.small_button("Remove").on_hover_text("The value stands at its number again.").clicked() {
            set(None, None);
        }
    });
    if response.drag_stopped() {
        acts.push(Act::End);
    }
    acts
}

fn near(view: &View, lane: &LaneSpec, at: Pos2) -> Option<usize> {
    let off = |p: &Point| view.at(p.beat, p.value).distance(at);
    let nearest = lane.points.iter().enumerate().min_by(|a, b| off(a.1).total_cmp(&off(b.1)));
    nearest.filter(|(_, p)| off(p) <= NEAR).map(|(i, _)| i)
}

/// Puts a point where it belongs, and tells where that is.
fn put(lane: &mut LaneSpec, point: Point) -> usize {
    let at = lane.points.partition_point(|p| p.beat <= point.beat);
    lane.points.insert(at, point);
    at
}

fn pointer(ui: &Ui, response: &Response, view: &View, lane: &mut LaneSpec, chosen: &mut Option<usize>) -> bool {
    let free = ui.input(|i| i.modifiers.shift);
    if response.drag_started() || response.clicked() || response.secondary_clicked() {
        response.request_focus();
        let from = ui.input(|i| i.pointer.press_origin()).or(response.interact_pointer_pos());
        *chosen = from.and_then(|at| near(view, lane, at));
    }
    let Some(at) = response.interact_pointer_pos() else { return false };
    if twice(response) {
        // On a point it goes, elsewhere one comes.
        match near(view, lane, at) {
            Some(i) => {
                lane.points.remove(i);
                *chosen = None;
            }
            None => *chosen = Some(put(lane, view.point(at, free))),
        }
        return true;
    }
    let Some(i) = chosen.filter(|_| response.dragged() && response.drag_delta() != egui::Vec2::ZERO) else {
        return false;
    };
    // It stays between its neighbours.
    let low = i.checked_sub(1).map_or(0.0, |i| lane.points[i].beat);
    let high = lane.points.get(i + 1).map_or(f64::MAX, |p| p.beat);
    let to = view.point(at, free);
    let point = &mut lane.points[i];
    let moved = Point { beat: to.beat.clamp(low, high), value: to.value, curve: point.curve };
    let changed = moved != *point;
    *point = moved;
    changed
}

/// Left and right choose a point, up and down move it, Delete takes it away, Insert adds one behind it.
fn keys(ui: &Ui, response: &Response, view: &View, lane: &mut LaneSpec, chosen: &mut Option<usize>) -> bool {
    if !response.has_focus() {
        return false;
    }
    let keeps = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, keeps));
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let count = lane.points.len();
    if pressed(Key::ArrowRight) {
        *chosen = Some(chosen.map_or(0, |i| (i + 1).min(count.saturating_sub(1)))).filter(|_| count > 0);
    }
    if pressed(Key::ArrowLeft) {
        *chosen = Some(chosen.map_or(0, |i| i.saturating_sub(1))).filter(|_| count > 0);
    }
    let Some(i) = *chosen else { return false };
    let steps = f32::from(u8::from(pressed(Key::ArrowUp))) - f32::from(u8::from(pressed(Key::ArrowDown)));
    if steps != 0.0 {
        let place = place_of(&view.spec, lane.points[i].value as f32) + steps * 0.02;
        lane.points[i].value = short_of(f64::from(number_at(&view.spec, place)));
        return true;
    }
    if pressed(Key::Delete) || pressed(Key::Backspace) {
        lane.points.remove(i);
        *chosen = None;
        return true;
    }
    if pressed(Key::Insert) {
        let from = lane.points[i];
        let next = lane.points.get(i + 1).map_or(view.beats, |p| p.beat);
        let beat = (from.beat + next) / 2.0;
        *chosen = Some(put(lane, point(beat, value_at(lane, beat).unwrap_or(from.value))));
        return true;
    }
    false
}

fn menu(ui: &mut Ui, lane: &LaneSpec, chosen: Option<usize>, set: &mut dyn FnMut(Option<LaneSpec>, Option<u64>)) {
    let Some(i) = chosen else {
        ui.weak("Double-click adds a point; right-click a point for its curve.");
        return;
    };
    for (curve, words) in CURVES {
        if ui.selectable_label(lane.points[i].curve == curve, words).clicked() {
            let mut made = lane.clone();
            made.points[i].curve = curve;
            set(Some(made), None);
            ui.close();
        }
    }
    ui.separator();
    if ui.button("Delete point").clicked() {
        let mut made = lane.clone();
        made.points.remove(i);
        set(Some(made), None);
        ui.close();
    }
}

fn paint(
    ui: &Ui,
    response: &Response,
    view: &View,
    lane: &LaneSpec,
    (chosen, beat, bar): (Option<usize>, f64, f64),
    paints: &Paints,
) {
    let painter = ui.painter_at(response.rect);
    painter.rect_filled(response.rect, 2.0, paints.ground);
    let rect = view.rect;
    let line =
        |x: f32, color| _ = painter.line_segment([pos2(x, rect.min.y), pos2(x, rect.max.y)], Stroke::new(1.0, color));
    let bars = (view.beats / bar).ceil().clamp(1.0, 256.0) as usize;
    let apart = (bars as f32 * 14.0 / rect.width()).ceil().max(1.0) as usize;
    for i in (0..=bars).step_by(apart) {
        line(view.at(i as f64 * bar, 0.0).x, paints.dots);
    }
    let curve = (0..=160).filter_map(|i| {
        let beat = view.beats * f64::from(i) / 160.0;
        Some(view.at(beat, value_at(lane, beat)?))
    });
    painter.add(Shape::line(curve.collect(), Stroke::new(1.5, paints.signal)));
    let under = response.hover_pos().and_then(|at| near(view, lane, at));
    for (i, p) in lane.points.iter().enumerate() {
        let at = view.at(p.beat, p.value);
        let is_hot = chosen == Some(i) || under == Some(i);
        painter.circle_filled(at, if is_hot { 4.5 } else { 3.0 }, if is_hot { paints.accent } else { paints.words });
    }
    let now = if lane.length > 0.0 { beat.rem_euclid(lane.length) } else { beat };
    line(view.at(now, 0.0).x, paints.accent);
    if let Some(p) = under.or(chosen).and_then(|i| lane.points.get(i)) {
        let words = format!("beat {}: {} {}", short(p.beat), short(p.value), unit(&view.spec));
        painter.text(rect.left_top(), Align2::LEFT_TOP, words, FontId::proportional(10.0), paints.faint);
    }
    if response.has_focus() {
        painter.rect_stroke(response.rect, 2.0, Stroke::new(1.0, paints.accent), egui::StrokeKind::Inside);
    }
}

fn unit(spec: &ParamSpec) -> &'static str {
    match spec.kind {
        bf_node::ParamKind::Number { unit, .. } => unit.symbol(),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_read_between_its_points() {
        let curved = |beat, value, curve| Point { beat, value, curve };
        let points = vec![
            curved(1.0, 100.0, Curve::Linear),
            curved(2.0, 200.0, Curve::Hold),
            curved(3.0, 100.0, Curve::Exponential),
            curved(4.0, 400.0, Curve::Smooth),
            curved(5.0, 0.0, Curve::Linear),
        ];
        let lane = LaneSpec { points, length: 0.0 };
        for (beat, want) in [(0.0, 100.0), (1.5, 150.0), (2.9, 200.0), (3.5, 200.0), (4.5, 200.0), (9.0, 0.0)] {
            let value = value_at(&lane, beat).unwrap();
            assert!((value - want).abs() < 1e-9, "{beat}: {value}");
        }
        assert_eq!(value_at(&LaneSpec::default(), 1.0), None);
    }
}
