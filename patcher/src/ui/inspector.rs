//! What is selected: every value of it, and its manual page.

use super::canvas::gesture::{set, value_of};
use super::canvas::tile::Ports;
use super::link::{Link, Wish};
use super::theme::Paints;
use bf_node::{ParamKind, ParamSpec, Scale, Value};
use bf_patch::{Name, Patch, Set, SetEdit, Socket};
use egui::{RichText, ScrollArea, Slider, Ui};
use std::collections::BTreeSet;

/// The patch that is looked into.
pub(crate) struct Place<'a> {
    pub link: &'a Link,
    /// What is heard.
    pub heard: &'a Set,
    /// What the set itself owns of it.
    pub own: &'a Patch,
    /// Its file; none for the set's own.
    pub file: Option<&'a str>,
    pub paints: &'a Paints,
}

/// A param and what stands there.
struct Line<'a> {
    socket: &'a Socket,
    spec: &'static ParamSpec,
    value: Value,
    by_hand: bool,
    guest: bool,
}

/// Numbers the gestures of sliders.
#[derive(Default)]
pub(crate) struct Inspector {
    gesture: u64,
}

impl Inspector {
    pub(crate) fn ui(&mut self, ui: &mut Ui, place: &Place<'_>, selection: &BTreeSet<Name>) {
        let Some(name) = selection.first().filter(|_| selection.len() == 1) else {
            ui.label(match selection.len() {
                0 => "Select a node to see its values and its help.".to_owned(),
                n => format!("{n} nodes are selected."),
            });
            return;
        };
        let Place { link, heard, own, paints, .. } = *place;
        let Some(node) = heard.main.nodes.get(name) else { return };
        let guest = !own.nodes.contains_key(name);
        ui.heading(name.as_str());
        ui.label(RichText::new(&node.kind).color(paints.faint));
        if guest {
            ui.label(
                "A script owns this node. What you turn here lies over its text until the text says something else.",
            );
        }
        let ports = Ports::of(node, heard, &link.registry);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for (param, spec) in &ports.params {
                let socket = Socket { node: name.clone(), port: Some(param.clone()) };
                let Some(spec) = *spec else { continue };
                let hand = heard.main.overrides.get(&socket);
                let value = hand.or_else(|| node.params.get(param)).cloned().unwrap_or_else(|| spec.default_value());
                let line = Line { socket: &socket, spec, value, by_hand: hand.is_some(), guest };
                ui.push_id(param.as_str(), |ui| self.line(ui, place, line));
            }
            ui.separator();
            if let Some(spec) = link.registry.get(&node.kind) {
                ui.label(spec.help.split("```").next().unwrap_or("").trim());
            }
        });
    }

    fn line(&mut self, ui: &mut Ui, place: &Place<'_>, line: Line<'_>) {
        let Place { link, paints, .. } = *place;
        let Line { socket, spec, value, by_hand, guest } = line;
        let wish = |value: Value, gesture: Option<u64>| {
            let edit = SetEdit { file: place.file.map(str::to_owned), edit: set(socket, value, guest) };
            link.wish(Wish::Edit { edit, label: format!("turn {socket}"), gesture: gesture.map(|g| (1 << 62) | g) });
        };
        let label = RichText::new(spec.name);
        ui.label(if by_hand { label.color(paints.hand) } else { label }).on_hover_text(spec.help);
        match (spec.kind, spec.number_of(&value)) {
            (ParamKind::Switch { .. }, Ok(number)) => {
                let mut on = number >= 0.5;
                if ui.checkbox(&mut on, "").changed() {
                    wish(Value::Bool(on), None);
                }
            }
            (ParamKind::Choice { options, .. }, Ok(number)) => {
                let mut at = number as usize;
                egui::ComboBox::from_id_salt("choice").selected_text(options[at.min(options.len() - 1)]).show_ui(
                    ui,
                    |ui| {
                        for (i, option) in options.iter().enumerate() {
                            if ui.selectable_value(&mut at, i, *option).changed() {
                                wish(Value::Text((*option).to_owned()), None);
                            }
                        }
                    },
                );
            }
            (ParamKind::Number { unit, scale, min, .. }, Ok(mut number)) => {
                let (least, most) = spec.range();
                let slider = Slider::new(&mut number, least..=most).suffix(format!(" {}", unit.symbol()));
                let slider = ui.add(slider.logarithmic(scale == Scale::Log && min > 0.0));
                self.slid(link, &slider, || wish(value_of(spec, number), Some(self.gesture)));
            }
            (ParamKind::Integer { .. }, Ok(mut number)) => {
                let (least, most) = spec.range();
                let slider = ui.add(Slider::new(&mut number, least..=most).integer());
                self.slid(link, &slider, || wish(value_of(spec, number), Some(self.gesture)));
            }
            (ParamKind::Setting { .. }, _) => {
                let text = match &value {
                    Value::Text(text) => text.clone(),
                    Value::Number(n) => n.to_string(),
                    other => format!("{other:?}"),
                };
                ui.monospace(text);
            }
            (_, Err(_)) => _ = ui.label("follows a pattern"),
        }
    }

    fn slid(&self, link: &Link, slider: &egui::Response, wish: impl FnOnce()) {
        if slider.changed() {
            wish();
        }
        if slider.drag_stopped() {
            link.wish(Wish::EndGesture);
        }
    }
}
