//! The mixer: a channel for each strip, with fader, pan, mute, solo and sends.

use super::canvas::gesture::{set, value_of};
use super::canvas::tile::{number_at, place_of};
use super::link::{Link, Shown, Wish};
use super::pulse::{decibels, place_of_peak, tap};
use super::theme::Paints;
use bf_node::{ParamKind, ParamSpec, Registry, Role, Value};
use bf_patch::{Name, SetEdit, Socket};
use egui::{Rect, RichText, ScrollArea, Sense, Slider, Stroke, Ui, pos2, vec2};
use std::collections::BTreeMap;

/// How long the loudest of a meter stays to be read, in seconds.
const HOLD: f64 = 1.5;

/// Numbers the gestures of faders, and holds the peaks of meters.
#[derive(Default)]
pub(crate) struct Mixer {
    gesture: u64,
    /// Where the fader stood that is moved, 0 to 1.
    from: f32,
    /// By strip: the loudest, and when it was; the master has no name.
    held: BTreeMap<String, (f32, f64)>,
}

impl Mixer {
    pub(crate) fn ui(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
        let main = &shown.heard.main;
        let is_strip = |kind: &str| link.registry.get(kind).is_some_and(|spec| spec.role == Role::Strip);
        let strips: Vec<&Name> =
            main.nodes.iter().filter(|(_, node)| is_strip(&node.kind)).map(|(name, _)| name).collect();
        if strips.is_empty() {
            ui.centered_and_justified(|ui| {
                ui.label("No strip yet. Tracks of scripts have one each; on the canvas add a node of type strip.");
            });
            return;
        }
        ScrollArea::horizontal().show(ui, |ui| {
            ui.horizontal_top(|ui| {
                strips.iter().for_each(|name| self.strip(ui, link, shown, paints, name));
                self.master(ui, link, paints);
            });
        });
    }

    fn strip(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints, name: &Name) {
        let channel = Channel { link, shown, name, registry: &link.registry };
        ui.push_id(name.as_str(), |ui| {
            egui::Frame::group(ui.style()).show(ui, |ui| {
                ui.set_width(86.0);
                ui.vertical_centered(|ui| {
                    ui.strong(name.as_str());
                    for param in ["high", "mid", "low", "pan"] {
                        self.number(ui, &channel, param);
                    }
                    ui.horizontal(|ui| {
                        for (param, letter) in [("mute", "M"), ("solo", "S")] {
                            let on = channel.value(param) == Some(Value::Bool(true));
                            let color = if param == "mute" { paints.wrong } else { paints.hand };
                            let text = RichText::new(letter).strong();
                            let button = egui::Button::new(if on { text.color(color) } else { text }).selected(on);
                            if ui.add(button).on_hover_text(param).clicked() {
                                channel.wish(param, Value::Bool(!on), None);
                            }
                        }
                    });
                    self.fader(ui, &channel, paints);
                    for param in ["send1_level", "send2_level"] {
                        self.number(ui, &channel, param);
                    }
                });
            });
        });
    }

    /// A tall fader over the travel of the gain.
    fn fader(&mut self, ui: &mut Ui, channel: &Channel<'_>, paints: &Paints) {
        let Some((spec, number)) = channel.number("gain") else { return };
        let (all, response) = ui.allocate_exact_size(vec2(64.0, 220.0), Sense::click_and_drag());
        let (rect, scale) = all.split_left_right_at_x(all.min.x + 44.0);
        let from = Socket::first(channel.name.as_str());
        let peak = tap(&channel.shown.glances, (&channel.shown.heard, ""), channel.registry, &from);
        let peak = peak.map_or(0.0, |tap| tap.peak());
        self.meter(ui, scale.shrink2(vec2(3.0, 10.0)), channel.name.as_str(), peak, paints);
        response.widget_info(|| egui::WidgetInfo::slider(true, f64::from(number), format!("{} gain", channel.name)));
        let way = rect.shrink2(vec2(17.0, 10.0));
        ui.painter().rect_filled(way, 3.0, paints.dots);
        let y = way.max.y - way.height() * place_of(spec, number);
        let knob = Rect::from_center_size(pos2(rect.center().x, y), vec2(36.0, 14.0));
        ui.painter().rect_filled(knob, 3.0, if response.dragged() { paints.accent } else { paints.words });
        if response.drag_started() {
            self.gesture += 1;
            self.from = place_of(spec, number);
        }
        if response.dragged() {
            // From where it stood: what is shown may be a frame behind the hand.
            let fine = if ui.input(|i| i.modifiers.shift) { 0.1 } else { 1.0 };
            let place = self.from - response.total_drag_delta().unwrap_or_default().y * fine / way.height();
            channel.wish("gain", value_of(spec, number_at(spec, place)), Some(self.gesture));
        }
        if response.double_clicked() {
            channel.wish("gain", spec.default_value(), None);
        }
        if response.drag_stopped() {
            channel.link.wish(Wish::EndGesture);
        }
        let unit = match spec.kind {
            ParamKind::Number { unit, .. } => unit.symbol(),
            _ => "",
        };
        ui.monospace(format!("{number:.1} {unit}"));
    }

    /// What leaves the set.
    fn master(&mut self, ui: &mut Ui, link: &Link, paints: &Paints) {
        let peaks = link.shared.status().peaks;
        egui::Frame::group(ui.style()).show(ui, |ui| {
            ui.set_width(86.0);
            ui.vertical_centered(|ui| {
                ui.strong("output");
                let (all, response) = ui.allocate_exact_size(vec2(48.0, 284.0), Sense::hover());
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, "output level"));
                let (left, right) = all.split_left_right_at_fraction(0.5);
                self.meter(ui, left.shrink2(vec2(3.0, 10.0)), " left", peaks[0], paints);
                self.meter(ui, right.shrink2(vec2(3.0, 10.0)), " right", peaks[1], paints);
                let held = |side: &str| self.held.get(side).map_or(0.0, |(peak, _)| *peak);
                ui.monospace(format!("{:.1} dB", decibels(held(" left").max(held(" right")))));
            });
        });
    }

    /// A level over −60 to 0 dB, and the loudest of the last moments as a line.
    fn meter(&mut self, ui: &Ui, way: Rect, key: &str, peak: f32, paints: &Paints) {
        let now = ui.input(|i| i.time);
        let held = self.held.entry(key.to_owned()).or_insert((peak, now));
        if peak >= held.0 || now - held.1 > HOLD {
            *held = (peak, now);
        }
        let y = |peak: f32| way.max.y - way.height() * place_of_peak(peak);
        let painter = ui.painter();
        painter.rect_filled(way, 1.0, paints.dots);
        let color = |peak: f32| match decibels(peak) {
            db if db >= 0.0 => paints.wrong,
            db if db > -6.0 => paints.hand,
            _ => paints.signal,
        };
        painter.rect_filled(Rect::from_min_max(pos2(way.min.x, y(peak)), way.max), 1.0, color(peak));
        painter.hline(way.x_range(), y(held.0), Stroke::new(1.5, color(held.0)));
        for db in [-6.0f32, -12.0, -24.0, -48.0] {
            let at = way.max.y - way.height() * (db + 60.0) / 60.0;
            painter.hline(way.min.x - 3.0..=way.min.x, at, Stroke::new(1.0, paints.faint));
        }
    }

    fn number(&mut self, ui: &mut Ui, channel: &Channel<'_>, param: &'static str) {
        let Some((spec, mut number)) = channel.number(param) else { return };
        let (min, max) = spec.range();
        ui.spacing_mut().slider_width = 60.0;
        let slider = ui
            .add(Slider::new(&mut number, min..=max).show_value(false))
            .on_hover_text(format!("{param}: {number:.2}"));
        if slider.drag_started() {
            self.gesture += 1;
        }
        if slider.changed() {
            channel.wish(param, value_of(spec, number), Some(self.gesture));
        }
        if slider.drag_stopped() {
            channel.link.wish(Wish::EndGesture);
        }
        ui.label(RichText::new(param).small().weak());
    }
}

/// A strip and where its values come from.
struct Channel<'a> {
    link: &'a Link,
    shown: &'a Shown,
    name: &'a Name,
    registry: &'a Registry,
}

impl Channel<'_> {
    fn spec(&self, param: &str) -> Option<&'static ParamSpec> {
        let node = self.shown.heard.main.nodes.get(self.name)?;
        let spec = self.registry.get(&node.kind)?;
        Some(&spec.params[spec.param(param)?])
    }

    fn value(&self, param: &str) -> Option<Value> {
        let main = &self.shown.heard.main;
        let socket = Socket::new(self.name.as_str(), param);
        let said = main.overrides.get(&socket).or_else(|| main.nodes.get(self.name)?.params.get(param));
        said.cloned().or_else(|| self.spec(param).map(ParamSpec::default_value))
    }

    fn number(&self, param: &str) -> Option<(&'static ParamSpec, f32)> {
        let spec = self.spec(param)?;
        Some((spec, spec.number_of(&self.value(param)?).ok()?))
    }

    /// Lays a value down, as every hand does.
    fn wish(&self, param: &str, value: Value, gesture: Option<u64>) {
        let socket = Socket::new(self.name.as_str(), param);
        let guest = !self.shown.own.main.nodes.contains_key(self.name);
        let edit = SetEdit::main(set(&socket, value, guest));
        self.link.wish(Wish::Edit { edit, label: format!("turn {socket}"), gesture: gesture.map(|g| (1 << 61) | g) });
    }
}
