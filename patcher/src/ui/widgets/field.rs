//! A value in the inspector: dragged, stepped by the wheel and by keys, typed, and asked for more by a right click.

use super::dial::{self, Look};
use super::held::TRAVEL;
use super::marks::Marks;
use super::offer::{self, Around, Chosen};
use super::take::STEPPED;
use super::{Held, Shape, shape, type_over};
use crate::ui::canvas::draw::value_words;
use crate::ui::canvas::gesture::{Act, value_of};
use crate::ui::prose::explained;
use crate::ui::theme::Paints;
use bf_node::{ParamKind, Value};
use bf_patch::{Edit, Socket};
use egui::{
    Align2, CursorIcon, EventFilter, FontId, Id, Key, Popup, PopupCloseBehavior, Rect, Response, Role, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// Height of a value, and the width of a knob beside its number.
const LINE: f32 = 24.0;
/// Steps that follow one another within so many seconds are one gesture.
const BURST: f64 = 0.7;
/// A wheel that scrolled so shortly before goes on scrolling.
const SCROLLING: f64 = 0.35;

/// Whether it was clicked twice; a click elsewhere just before counts as one of three.
pub(crate) fn twice(response: &Response) -> bool {
    response.double_clicked() || response.triple_clicked()
}

/// What fingers are doing with the values of a panel.
#[derive(Default)]
pub(crate) struct Fingers {
    gesture: u64,
    /// Where the value that is dragged stands, as exactly as it was dragged; of an amount what it is.
    drag: Option<Drag>,
    typing: Option<Typing>,
    /// The last step of a wheel or key, and whose.
    stepped: Option<(Socket, f64)>,
}

#[derive(Clone, Copy)]
enum Drag {
    Place(f32),
    Amount(f64),
}

struct Typing {
    socket: Socket,
    text: String,
    fresh: bool,
}

impl Fingers {
    /// A number for a gesture that only this panel gives.
    pub(crate) fn next(&mut self) -> u64 {
        self.gesture += 1;
        self.now()
    }

    pub(crate) fn now(&self) -> u64 {
        self.gesture
    }

    /// One step of a wheel or key: the first of several begins a gesture.
    pub(super) fn step(&mut self, socket: &Socket, at: f64) -> u64 {
        let goes_on = self.stepped.as_ref().is_some_and(|(of, last)| of == socket && at - last < BURST);
        self.stepped = Some((socket.clone(), at));
        STEPPED | if goes_on { self.now() } else { self.next() }
    }
}

/// Draws a value over the width that is there and tells what the fingers on it want.
pub(crate) fn field(ui: &mut Ui, held: &Held, around: &Around<'_>, fingers: &mut Fingers, paints: &Paints) -> Vec<Act> {
    let mut acts = Vec::new();
    if let Some(typing) = fingers.typing.take_if(|typing| typing.socket == held.socket) {
        fingers.typing = typed(ui, held, typing, &mut acts);
        return acts;
    }
    let form = shape(&held.spec);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click_and_drag());
    let response = describe(response, held, form);
    paint(ui, rect, &response, held, form, paints);
    if around.is_main && around.marks.waits(&held.socket.node, held.socket.port.as_ref()) {
        ui.painter().rect_stroke(rect, 2.0, Stroke::new(1.5, paints.wrong), StrokeKind::Inside);
    }
    dragged(ui, &response, held, fingers, &mut acts);
    stepped(ui, &response, held, fingers, &mut acts);
    let typing = twice(&response) && !matches!(form, Shape::Switch | Shape::Menu)
        || form == Shape::Text && response.clicked()
        || response.has_focus()
            && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Enter))
            && !turned_over(held, form, &mut acts);
    if typing {
        fingers.typing = Some(Typing { socket: held.socket.clone(), text: held.text(), fresh: true });
    }
    if response.clicked() && form == Shape::Switch {
        _ = turned_over(held, form, &mut acts);
    }
    if form == Shape::Menu {
        menu(&response, held, &mut acts);
    }
    let popup = Popup::context_menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let chosen = popup.show(|ui| {
        let chosen = offer::value(ui, held, around);
        if chosen.is_some() {
            ui.close();
        }
        chosen
    });
    match chosen.and_then(|chosen| chosen.inner) {
        Some(Chosen::Type) => {
            fingers.typing = Some(Typing { socket: held.socket.clone(), text: held.text(), fresh: true });
        }
        Some(Chosen::Done(done)) => acts.extend(done),
        None => {}
    }
    acts
}

fn describe(response: Response, held: &Held, form: Shape) -> Response {
    let name = held.socket.port.as_ref().map_or("", |p| p.as_str());
    response.widget_info(|| match (form, held.number()) {
        (Shape::Knob | Shape::Slider | Shape::Number, Some(number)) => {
            WidgetInfo::slider(true, f64::from(number), name)
        }
        (Shape::Switch, Some(number)) => WidgetInfo::selected(Role::CheckBox, true, number >= 0.5, name),
        (Shape::Menu, _) => WidgetInfo::labeled(Role::ComboBox, true, format!("{name}: {}", held.text())),
        _ => WidgetInfo::labeled(Role::TextInput, true, format!("{name}: {}", held.text())),
    });
    explained(response, &held.help)
}

fn paint(ui: &Ui, rect: Rect, response: &Response, held: &Held, form: Shape, paints: &Paints) {
    let painter = ui.painter_at(rect.expand(2.0));
    let (look, tint) = (Look::of(held), dial::color(held.by_hand, held.driven, paints));
    let words = value_words(&held.value, &held.spec);
    let font = FontId::proportional(13.0);
    let color = if held.by_hand { paints.hand } else { paints.words };
    let says = if held.driven { format!("~ {words}") } else { words };
    match form {
        Shape::Knob => {
            let dial = Rect::from_min_size(rect.min, vec2(LINE, LINE));
            dial::knob(&painter, dial, look.as_ref(), (tint, paints));
            painter.text(rect.left_center() + vec2(LINE + 8.0, 0.0), Align2::LEFT_CENTER, says, font, color);
        }
        Shape::Slider | Shape::Number => {
            let bar = rect.shrink2(vec2(0.0, 2.0));
            dial::bar(&painter, bar, look.as_ref(), (tint, paints));
            painter.text(bar.left_center() + vec2(8.0, 0.0), Align2::LEFT_CENTER, says, font, color);
        }
        Shape::Switch => {
            let on = held.number().is_some_and(|number| number >= 0.5);
            dial::switch(&painter, rect, on, tint, paints);
            painter.text(rect.left_center() + vec2(36.0, 0.0), Align2::LEFT_CENTER, says, font, color);
        }
        Shape::Menu | Shape::Text => {
            let frame = rect.shrink2(vec2(0.0, 2.0));
            painter.rect_filled(frame, 2.0, paints.ground.gamma_multiply(0.6));
            let clip = painter.with_clip_rect(frame.shrink2(vec2(4.0, 0.0)));
            clip.text(frame.left_center() + vec2(8.0, 0.0), Align2::LEFT_CENTER, says, font, color);
            if form == Shape::Menu {
                let at = frame.right_center() - vec2(10.0, 0.0);
                let corners = vec![at + vec2(-4.0, -2.0), at + vec2(4.0, -2.0), at + vec2(0.0, 3.0)];
                painter.add(egui::Shape::convex_polygon(corners, paints.faint, Stroke::NONE));
            }
        }
    }
    if response.has_focus() || response.hovered() {
        let edge = if response.has_focus() { paints.accent } else { paints.edge };
        painter.rect_stroke(rect, 2.0, Stroke::new(1.0, edge), StrokeKind::Outside);
    }
}

fn dragged(ui: &Ui, response: &Response, held: &Held, fingers: &mut Fingers, acts: &mut Vec<Act>) {
    let turns = matches!(shape(&held.spec), Shape::Knob | Shape::Slider | Shape::Number);
    let Some(place) = held.place().filter(|_| turns) else { return };
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let modifiers = ui.input(|i| i.modifiers);
    if response.drag_started() && ui.input(|i| i.pointer.primary_down()) {
        response.request_focus();
        fingers.next();
        fingers.drag = match &held.depth {
            Some(depth) if modifiers.alt && depth.guest => {
                acts.push(Act::Owned(held.socket.node.clone()));
                None
            }
            Some(depth) if modifiers.alt => Some(Drag::Amount(depth.amount)),
            _ => Some(Drag::Place(place)),
        };
    }
    let delta = response.drag_delta();
    let points = delta.x - delta.y;
    let gesture = Some(fingers.now());
    match &mut fingers.drag {
        Some(Drag::Place(at)) if response.dragged() && points != 0.0 => {
            let travel = if modifiers.shift { TRAVEL * 10.0 } else { TRAVEL };
            *at = (*at + points / travel).clamp(0.0, 1.0);
            acts.push(held.turn(held.value_at(*at), gesture));
        }
        Some(Drag::Amount(at)) if response.dragged() && points != 0.0 => {
            if let Some((edit, amount)) = held.deepened(*at, points, modifiers.shift) {
                *at = amount;
                acts.push(Act::Edit { edit, label: format!("depth of {}", held.socket), gesture });
            }
        }
        _ => {}
    }
    if response.drag_stopped() && fingers.drag.take().is_some() {
        acts.push(Act::End);
    }
}

/// The wheel over a value, and arrows while it has the focus.
fn stepped(ui: &Ui, response: &Response, held: &Held, fingers: &mut Fingers, acts: &mut Vec<Act>) {
    if held.number().is_none() {
        return;
    }
    let (now, shift) = ui.input(|i| (i.time, i.modifiers.shift));
    let mut steps = 0.0;
    if response.hovered() {
        steps += wheel(ui, response.id);
    }
    let [across, up] = arrows(ui, response);
    steps += across + up;
    if steps != 0.0
        && let Some(value) = held.stepped(steps, shift)
    {
        let gesture = fingers.step(&held.socket, now);
        acts.push(held.turn(value, Some(gesture)));
    }
}

/// How often arrows were pressed while a widget has the focus: to the right, and up.
pub(super) fn arrows(ui: &Ui, response: &Response) -> [f32; 2] {
    if !response.has_focus() {
        return [0.0; 2];
    }
    let keeps = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, keeps));
    let count = |key| {
        let with = |modifiers| ui.input_mut(|i| i.count_and_consume_key(modifiers, key)) as f32;
        with(egui::Modifiers::NONE) + with(egui::Modifiers::SHIFT)
    };
    [count(Key::ArrowRight) - count(Key::ArrowLeft), count(Key::ArrowUp) - count(Key::ArrowDown)]
}

/// Notches of the wheel over a widget, which are then spent. A wheel that was scrolling a moment ago goes on scrolling.
fn wheel(ui: &Ui, id: Id) -> f32 {
    let own = Id::unique("the wheel over values");
    let notches = ui.input(|i| notches(&i.events));
    let (scrolls, now) = ui.input(|i| (i.smooth_scroll_delta != egui::Vec2::ZERO, i.time));
    let last: Option<(Id, f64)> = ui.data(|d| d.get_temp(own));
    if last.is_some_and(|(of, at)| of != id && now - at < SCROLLING) || !scrolls && notches == 0.0 {
        return 0.0;
    }
    ui.data_mut(|d| d.insert_temp(own, (id, now)));
    ui.input_mut(|i| i.smooth_scroll_delta = egui::Vec2::ZERO);
    notches
}

/// A wheel that no value has taken scrolls the panel, and goes on to while it turns.
pub(crate) fn scrolled(ui: &Ui) {
    let own = Id::unique("the wheel over values");
    let (turned, now) = ui.input(|i| (notches(&i.events) != 0.0, i.time));
    let last: Option<(Id, f64)> = ui.data(|d| d.get_temp(own));
    if turned && last.is_none_or(|(_, at)| at != now) {
        ui.data_mut(|d| d.insert_temp(own, (Id::NULL, now)));
    }
}

/// How many notches a wheel has turned, upwards.
pub(crate) fn notches(events: &[egui::Event]) -> f32 {
    let of = |event: &egui::Event| match event {
        egui::Event::MouseWheel { unit, delta, .. } => {
            let delta = if delta.y == 0.0 { delta.x } else { delta.y };
            match unit {
                egui::MouseWheelUnit::Point => delta / 40.0,
                egui::MouseWheelUnit::Line => delta,
                egui::MouseWheelUnit::Page => delta * 10.0,
            }
        }
        _ => 0.0,
    };
    events.iter().map(of).sum()
}

/// Turns a switch over; false for anything else.
fn turned_over(held: &Held, form: Shape, acts: &mut Vec<Act>) -> bool {
    let (Shape::Switch, Some(number)) = (form, held.number()) else { return false };
    acts.push(held.turn(Value::Bool(number < 0.5), None));
    true
}

/// The names of a choice.
fn menu(response: &Response, held: &Held, acts: &mut Vec<Act>) {
    let ParamKind::Choice { options, .. } = held.spec.kind else { return };
    Popup::menu(response).id(response.id.with("choices")).show(|ui| {
        for (i, option) in options.iter().enumerate() {
            let is_now = held.number().is_some_and(|n| n as usize == i);
            if ui.selectable_label(is_now, *option).clicked() {
                acts.push(held.turn(value_of(&held.spec, i as f32), None));
            }
        }
    });
}

/// The field in which a value is typed; answers whether it stays.
fn typed(ui: &mut Ui, held: &Held, mut typing: Typing, acts: &mut Vec<Act>) -> Option<Typing> {
    let field = ui.add(egui::TextEdit::singleline(&mut typing.text).desired_width(f32::INFINITY));
    let name = held.socket.port.as_ref().map_or("", |p| p.as_str());
    field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, format!("{name}, typed")));
    if core::mem::take(&mut typing.fresh) {
        type_over(&field, &typing.text);
        return Some(typing);
    }
    let value = held.typed(&typing.text);
    let beyond = held.beyond(&typing.text);
    if let Some(why) = value.as_ref().err().or(beyond.as_ref()) {
        ui.label(why);
    }
    let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    match value {
        Ok(value) if entered => {
            if value != held.value {
                acts.push(held.turn(value, None));
            }
            acts.extend(beyond.map(Act::Say));
            None
        }
        Err(_) if entered => {
            field.request_focus();
            Some(typing)
        }
        _ => (!field.lost_focus()).then_some(typing),
    }
}

/// What stands beside a value that a hand laid over its text.
pub(crate) fn badge(ui: &mut Ui, held: &Held, marks: &Marks, paints: &Paints) -> Vec<Act> {
    let mut acts = Vec::new();
    ui.horizontal_wrapped(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
        ui.painter().circle_filled(pos2(rect.center().x, rect.center().y), 3.5, paints.hand);
        ui.colored_label(paints.hand, "over the text");
        let socket = &held.socket;
        if !held.guest && ui.small_button(offer::KEEP_IN_PATCH).on_hover_text(offer::INTO_PATCH).clicked() {
            acts.extend(offer::written(held));
        }
        if let Some(number) = offer::scripted(held, marks)
            && ui.small_button(offer::KEEP_IN_SCRIPT).on_hover_text(offer::INTO_SCRIPT).clicked()
        {
            acts.push(Act::Write(socket.clone(), number));
        }
        if ui.small_button(offer::BACK_TO_TEXT).on_hover_text(offer::LETS_GO).clicked() {
            let edit = Edit::Override { target: socket.clone(), value: None };
            acts.push(Act::edit(edit, format!("reset {socket}")));
        }
    });
    acts
}
