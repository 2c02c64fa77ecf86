//! A strip or a bus, and the hand that moves its values.

use super::super::canvas::gesture::{set, value_of};
use super::super::canvas::tile::{number_at, place_of};
use super::super::expression::number_from;
use super::super::link::{Link, Shown, Wish};
use super::super::number::number_field;
use super::super::prose::explained;
use bf_node::{ParamKind, ParamSpec, Value};
use bf_patch::{Edit, Name, Node, SetEdit, Socket};
use egui::{EventFilter, Key, Modifiers, Response, Ui, WidgetInfo};
use std::time::Duration;

/// Presses of a key within this time belong together, in seconds.
const TOGETHER: f64 = 0.8;

/// Numbers the gestures of the mixer: what has one number is undone in one step.
#[derive(Default)]
pub(crate) struct Hand {
    number: u64,
    /// Where the value stood that is moved, 0 to 1, and its other axis.
    pub from: [f32; 2],
    /// When a key last moved something, and what.
    pressed: Option<(f64, String)>,
}

impl Hand {
    /// Begins a gesture.
    pub(super) fn begin(&mut self, link: &Link) -> u64 {
        self.end(link);
        self.number = link.gesture();
        self.number
    }

    /// The present one.
    pub(super) fn now(&self) -> u64 {
        self.number
    }

    /// The gesture of a key that moves something; it goes on while the key is pressed again soon.
    pub(super) fn press(&mut self, ui: &Ui, link: &Link, what: &str) -> u64 {
        let now = ui.input(|i| i.time);
        let goes_on = self.pressed.as_ref().is_some_and(|(at, of)| now - at <= TOGETHER && of == what);
        if !goes_on {
            self.begin(link);
        }
        self.pressed = Some((now, what.to_owned()));
        self.number
    }

    /// Ends the gesture of keys once they rest.
    pub(super) fn rest(&mut self, ui: &Ui, link: &Link) {
        let Some((at, _)) = &self.pressed else { return };
        let left = TOGETHER - (ui.input(|i| i.time) - at);
        if left < 0.0 {
            self.end(link);
        } else {
            ui.ctx().request_repaint_after(Duration::from_secs_f64(left + 0.01));
        }
    }

    fn end(&mut self, link: &Link) {
        if self.pressed.take().is_some() {
            link.wish(Wish::EndGesture);
        }
    }
}

/// A strip and where its values come from.
#[derive(Clone, Copy)]
pub(super) struct Channel<'a> {
    pub link: &'a Link,
    pub shown: &'a Shown,
    pub name: &'a Name,
}

impl<'a> Channel<'a> {
    pub(super) fn node(&self) -> Option<&'a Node> {
        self.shown.heard.main.nodes.get(self.name)
    }

    /// Whether the set itself owns it, and not a script.
    pub(super) fn is_own(&self) -> bool {
        self.shown.own.main.nodes.contains_key(self.name)
    }

    pub(super) fn spec(&self, param: &str) -> Option<&'static ParamSpec> {
        let spec = self.link.registry.get(&self.node()?.kind)?;
        Some(&spec.params[spec.param(param)?])
    }

    pub(super) fn value(&self, param: &str) -> Option<Value> {
        let socket = Socket::new(self.name.as_str(), param);
        let said = self.shown.heard.main.overrides.get(&socket).or_else(|| self.node()?.params.get(param));
        said.cloned().or_else(|| self.spec(param).map(ParamSpec::default_value))
    }

    pub(super) fn number(&self, param: &str) -> Option<(&'static ParamSpec, f32)> {
        let spec = self.spec(param)?;
        Some((spec, spec.number_of(&self.value(param)?).ok()?))
    }

    pub(super) fn is_on(&self, param: &str) -> bool {
        self.value(param) == Some(Value::Bool(true))
    }

    /// What the node measures.
    pub(super) fn reading(&self, value: &str) -> Option<f32> {
        self.shown.seen.reading(&self.link.registry, (self.name, self.node()?), value)
    }

    /// The edit that lays a number down, as every hand does.
    pub(super) fn edit(&self, param: &str, value: Value) -> Edit {
        set(&self.shown.own.main, &Socket::new(self.name.as_str(), param), value)
    }

    pub(super) fn wish(&self, param: &str, value: Value, gesture: Option<u64>) {
        self.wish_all(vec![self.edit(param, value)], format!("turn {}.{param}", self.name), gesture);
    }

    pub(super) fn wish_all(&self, mut edits: Vec<Edit>, label: String, gesture: Option<u64>) {
        let edit = if edits.len() == 1 { edits.remove(0) } else { Edit::Batch(edits) };
        self.link.wish(Wish::Edit { edit: SetEdit::main(edit), label, gesture });
    }

    pub(super) fn toggle(&self, param: &str) {
        if self.spec(param).is_some() {
            self.wish(param, Value::Bool(!self.is_on(param)), None);
        }
    }

    /// A number that is dragged or typed.
    pub(super) fn number_ui(&self, ui: &mut Ui, hand: &mut Hand, param: &'static str) {
        let Some((spec, number)) = self.number(param) else { return };
        let (min, max) = spec.range();
        let unit = match spec.kind {
            ParamKind::Number { unit, .. } => unit.symbol(),
            _ => "",
        };
        // Travelled as everywhere else: the whole range in 300 points, equal ratios where the param has them.
        let place = place_of(spec, number);
        let speed = (number_at(spec, place + 1.0 / 300.0) - number_at(spec, place - 1.0 / 300.0)).abs() / 2.0;
        let digits =
            if max - min > 1_000.0 { 0 } else { 3 - (max - min).max(0.01).log10().ceil().clamp(0.0, 2.0) as usize };
        let mut value = number;
        let drag = number_field(&mut value).range(min..=max).speed(speed).max_decimals(digits);
        let drag = drag.custom_parser(move |text| number_from(text, f64::from(number), spec).ok());
        let response = ui.add(drag.suffix(if unit.is_empty() { String::new() } else { format!(" {unit}") }));
        let response = explained(response, spec.help);
        response.widget_info(|| WidgetInfo {
            label: Some(format!("{} {param}", self.name)),
            ..WidgetInfo::drag_value(true, f64::from(number))
        });
        if response.drag_started() {
            hand.begin(self.link);
        }
        if response.changed() {
            let gesture = if response.dragged() {
                hand.now()
            } else {
                hand.press(ui, self.link, &format!("{}.{param}", self.name))
            };
            self.wish(param, value_of(spec, value), Some(gesture));
        }
        if response.drag_stopped() {
            self.link.wish(Wish::EndGesture);
        }
    }
}

/// How far the arrow keys move what has the focus: right and up, in steps; Shift makes them a tenth.
pub(super) fn arrows(ui: &Ui, response: &Response) -> Option<[f32; 2]> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
    let way = steps(ui);
    (way != [0.0, 0.0]).then_some(way)
}

/// The arrow keys since the last frame: right and up, in steps; Shift makes them a tenth.
pub(super) fn steps(ui: &Ui) -> [f32; 2] {
    let mut way = [0.0, 0.0];
    for (key, axis, sign) in
        [(Key::ArrowRight, 0, 1.0), (Key::ArrowLeft, 0, -1.0), (Key::ArrowUp, 1, 1.0), (Key::ArrowDown, 1, -1.0)]
    {
        for (modifiers, step) in [(Modifiers::SHIFT, 0.1), (Modifiers::NONE, 1.0)] {
            let presses = ui.input_mut(|i| i.count_and_consume_key(modifiers, key));
            way[axis] += sign * step * presses as f32;
        }
    }
    way
}
