//! The envelope of a node as a curve, whose corners are dragged.

use super::Held;
use super::field::{Fingers, arrows};
use crate::ui::canvas::gesture::Act;
use crate::ui::theme::Paints;
use bf_node::{Category, NodeSpec};
use egui::{
    CursorIcon, Key, Modifiers, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

/// What a curve is drawn from; a node without decay or sustain goes straight on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Envelope {
    /// Shares of the width, by their places on their ways.
    pub attack: f32,
    pub decay: f32,
    pub sustain: f32,
    pub release: f32,
    pub falls: bool,
}

/// Whether a node is an envelope.
pub(crate) fn is_envelope(spec: &NodeSpec) -> bool {
    spec.category == Category::Modulation && ["attack", "release"].iter().all(|p| spec.param(p).is_some())
}

impl Envelope {
    /// From the places of the params, by name.
    pub(crate) fn of(place: impl Fn(&str) -> Option<f32>) -> Option<Envelope> {
        let decay = place("decay");
        Some(Envelope {
            attack: place("attack")?,
            decay: decay.unwrap_or(0.0),
            sustain: place("sustain").unwrap_or(1.0),
            release: place("release")?,
            falls: decay.is_some(),
        })
    }

    /// Start, top, end of the fall, end of the hold, end.
    fn corners(&self, rect: Rect) -> [Pos2; 5] {
        let third = rect.width() / 3.6;
        let y = |level: f32| rect.max.y - rect.height() * level;
        let top = rect.min.x + third * (0.04 + 0.96 * self.attack);
        let fall = top + if self.falls { third * (0.04 + 0.96 * self.decay) } else { 0.0 };
        let hold = fall + rect.width() * 0.16;
        let end = hold + third * (0.04 + 0.96 * self.release);
        [
            pos2(rect.min.x, y(0.0)),
            pos2(top, y(1.0)),
            pos2(fall, y(self.sustain)),
            pos2(hold, y(self.sustain)),
            pos2(end, y(0.0)),
        ]
    }
}

/// Draws the curve.
pub(crate) fn paint(painter: &Painter, rect: Rect, envelope: &Envelope, paints: &Paints) -> [Pos2; 5] {
    let corners = envelope.corners(rect);
    let mut line = vec![corners[0], corners[1]];
    // What falls, falls fast at first.
    let bow = |a: Pos2, b: Pos2, line: &mut Vec<Pos2>| {
        for i in 1..=12 {
            let t = i as f32 / 12.0;
            let fallen = (1.0 - (-4.0 * t).exp()) / (1.0 - (-4.0f32).exp());
            line.push(pos2(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * fallen));
        }
    };
    bow(corners[1], corners[2], &mut line);
    line.push(corners[3]);
    bow(corners[3], corners[4], &mut line);
    painter.add(Shape::line(line, Stroke::new(1.5, paints.signal)));
    corners
}

/// The curve in the inspector; its corners move the values that they stand for.
pub(crate) fn editor(ui: &mut Ui, all: &[Held], fingers: &mut Fingers, paints: &Paints) -> Vec<Act> {
    let named = |name: &str| all.iter().find(|held| held.socket.port.as_ref().is_some_and(|p| p.as_str() == name));
    let Some(envelope) = Envelope::of(|name| named(name)?.place()) else { return Vec::new() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 76.0), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "envelope"));
    ui.painter().rect_filled(rect, 2.0, paints.ground);
    let inner = rect.shrink(8.0);
    let corners = paint(&ui.painter_at(rect), inner, &envelope, paints);
    // Which values a corner moves, to the right and upwards.
    let moves: [(Pos2, &str, Option<&str>); 3] =
        [(corners[1], "attack", None), (corners[2], "decay", Some("sustain")), (corners[4], "release", None)];
    let near = |at: Pos2| {
        let nearest = moves.iter().enumerate().min_by(|a, b| a.1.0.distance(at).total_cmp(&b.1.0.distance(at)));
        nearest.filter(|(_, (corner, ..))| corner.distance(at) < 16.0).map(|(i, _)| i)
    };
    let id = response.id.with("corner");
    if response.drag_started() {
        fingers.next();
        let corner = ui.input(|i| i.pointer.press_origin()).and_then(near);
        ui.data_mut(|d| d.insert_temp(id, corner));
    }
    let chosen = response.has_focus().then(|| chosen(ui, &response));
    let held: Option<usize> = ui.data(|d| d.get_temp(id)).flatten().filter(|_| response.dragged());
    let hot = held.or_else(|| response.hover_pos().and_then(near)).or(chosen);
    if hot.is_none() {
        response.clone().on_hover_text("Drag a corner; arrows move one, Page up and down go to another");
    }
    for (i, (corner, across, _)) in moves.iter().enumerate().filter(|(_, (_, across, _))| named(across).is_some()) {
        let color = if hot == Some(i) { paints.accent } else { paints.words };
        ui.painter().circle_filled(*corner, if hot == Some(i) { 5.0 } else { 3.5 }, color);
        if hot == Some(i) && response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
            response.clone().on_hover_text_at_pointer(*across);
        }
    }
    let mut acts = Vec::new();
    if let Some((_, across, up)) = held.map(|i| moves[i]) {
        let by = response.drag_delta() * if ui.input(|i| i.modifiers.shift) { 0.1 } else { 1.0 };
        let mut turn = |name: &str, by: f32| {
            if let Some((held, place)) = named(name).and_then(|held| Some((held, held.place()?))).filter(|_| by != 0.0)
            {
                acts.push(held.turn(held.value_at((place + by).clamp(0.0, 1.0)), Some(fingers.now())));
            }
        };
        turn(across, by.x / (inner.width() / 3.6));
        up.into_iter().for_each(|up| turn(up, -by.y / inner.height()));
    }
    if response.drag_stopped() {
        acts.push(Act::End);
    }
    if let Some((_, across, up)) = chosen.map(|i| moves[i]) {
        ui.painter().rect_stroke(rect, 2.0, Stroke::new(1.0, paints.accent), StrokeKind::Outside);
        let (ways, fine, now) = (arrows(ui, &response), ui.input(|i| i.modifiers.shift), ui.input(|i| i.time));
        for (name, steps) in [Some(across), up].into_iter().zip(ways).filter_map(|(name, steps)| Some((name?, steps))) {
            let stepped =
                named(name).filter(|_| steps != 0.0).and_then(|held| Some((held, held.stepped(steps, fine)?)));
            acts.extend(stepped.map(|(held, value)| held.turn(value, Some(fingers.step(&held.socket, now)))));
        }
    }
    acts
}

/// The corner that arrows move: Page up and down go to another.
fn chosen(ui: &Ui, response: &Response) -> usize {
    let id = response.id.with("chosen");
    let now: usize = ui.data(|d| d.get_temp(id)).unwrap_or(0);
    let count = |key| ui.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, key));
    let next = (now + count(Key::PageDown) + 2 * count(Key::PageUp)) % 3;
    ui.data_mut(|d| d.insert_temp(id, next));
    next
}
