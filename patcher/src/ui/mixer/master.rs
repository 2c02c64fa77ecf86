//! What leaves the set: its level and loudness, and the channels of the device that it goes to.

use super::super::app::named;
use super::super::link::{Link, Shown};
use super::super::pulse::decibels;
use super::super::theme::Paints;
use super::Mixer;
use super::cue::{outlet_of, send_to};
use super::level::scale;
use bf_node::{Outlet, Role};
use bf_patch::{Name, Node};
use bf_session::Readings;
use egui::{Button, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};

impl Mixer {
    pub(super) fn master_ui(&mut self, ui: &mut Ui, (link, shown): (&Link, &Shown), paints: &Paints) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 5.0;
            ui.strong("Master");
            ui.horizontal_top(|ui| {
                self.levels_ui(ui, link, paints);
                ui.vertical(|ui| self.loudness_ui(ui, shown, paints));
            });
            ui.separator();
            outputs_ui(ui, (link, shown), paints);
            ui.separator();
            self.phones_ui(ui, (link, shown), paints);
            ui.separator();
            self.metronome_ui(ui, (link, shown), paints);
        });
    }

    fn levels_ui(&mut self, ui: &mut Ui, link: &Link, paints: &Paints) {
        let (all, _) = ui.allocate_exact_size(vec2(56.0, 190.0), Sense::hover());
        let meter = Rect::from_min_max(all.min, pos2(all.min.x + 30.0, all.max.y - 4.0));
        let marks = Rect::from_min_max(pos2(meter.max.x + 2.0, meter.min.y + 8.0), pos2(all.max.x, meter.max.y));
        scale(ui, marks, paints);
        self.peaks.meter(ui, ("output", meter), &link.shared.status().peaks, paints);
    }

    /// How loud it is after EBU R 128.
    fn loudness_ui(&mut self, ui: &mut Ui, shown: &Shown, paints: &Paints) {
        let most = self.peaks.most("output:0").max(self.peaks.most("output:1"));
        row(ui, "Peak", if most > 1e-6 { format!("{:.1} dB", decibels(most)) } else { "-".to_owned() }, paints);
        let Some(loudness) = &shown.seen.loudness else { return };
        loudness.watch(true);
        let Readings { momentary, short_term, integrated, range, true_peak } = loudness.readings();
        let lufs = |value: f32| if value > -100.0 && value < 0.0 { format!("{value:.1} LUFS") } else { "-".to_owned() };
        row(ui, "M", lufs(momentary), paints).on_hover_text("Momentary: the last 400 ms");
        row(ui, "S", lufs(short_term), paints).on_hover_text("Short-term: the last 3 s");
        row(ui, "I", lufs(integrated), paints).on_hover_text("Integrated: everything since the reset");
        row(ui, "Range", format!("{range:.1} LU"), paints).on_hover_text("Loudness range since the reset");
        let over = true_peak > -1.0 && integrated < 0.0;
        let text =
            if true_peak > -100.0 && integrated != 0.0 { format!("{true_peak:.1} dBTP") } else { "-".to_owned() };
        let peak = row(ui, "True", text, paints);
        peak.on_hover_text("The highest point between the samples since the reset; −1 dBTP is the most to aim at");
        if over {
            ui.label(RichText::new("over −1 dBTP").small().color(paints.wrong));
        }
        if ui.button("Reset").on_hover_text("Measure integrated, range and true peak anew").clicked() {
            loudness.reset();
        }
    }
}

fn row(ui: &mut Ui, name: &str, value: String, paints: &Paints) -> egui::Response {
    ui.horizontal(|ui| {
        ui.add_sized(vec2(36.0, 16.0), egui::Label::new(RichText::new(name).small().color(paints.faint)));
        ui.label(RichText::new(value).monospace());
    })
    .response
}

/// Every output of the set, and its channels at the device.
fn outputs_ui(ui: &mut Ui, (link, shown): (&Link, &Shown), paints: &Paints) {
    ui.strong("Outputs");
    let channels = shown.seen.outputs;
    let text = format!("{}: {channels} channels", shown.seen.device);
    ui.add(egui::Label::new(RichText::new(text).small().color(paints.faint)).truncate());
    let is_output = |node: &Node| link.registry.get(&node.kind).is_some_and(|spec| spec.role == Role::Output);
    for (name, node) in shown.heard.main.nodes.iter().filter(|(_, node)| is_output(node)) {
        ui.horizontal(|ui| {
            let label = egui::Label::new(name.as_str()).truncate();
            ui.add_sized(vec2(64.0, 18.0), label);
            if shown.own.main.nodes.contains_key(name) {
                channels_ui(ui, link, (name, outlet_of(node)), channels);
            } else {
                ui.label(outlet_of(node).name()).on_hover_text("It belongs to a script");
            }
        });
    }
}

fn channels_ui(ui: &mut Ui, link: &Link, (name, now): (&Name, Outlet), channels: usize) {
    let list = egui::ComboBox::from_id_salt(("outlet", name.as_str())).selected_text(now.name()).width(86.0);
    let list = list.show_ui(ui, |ui| {
        for outlet in Outlet::NAMES.iter().filter_map(|name| Outlet::from_name(name)) {
            let there = outlet.channel().is_none_or(|first| first + 1 < channels.max(2));
            let help = match outlet {
                Outlet::MAIN => "Heard, recorded and rendered".to_owned(),
                Outlet::BESIDE => "Added to 1/2 at the device; in no recording".to_owned(),
                Outlet::INSTEAD => "At 1/2 in place of the set while a strip is cued; in no recording".to_owned(),
                _ if there => format!("Channels {} of the device; in no recording", outlet.name()),
                _ => format!("The device plays {channels} channels; start with --outputs to ask for more"),
            };
            let text = RichText::new(outlet.name());
            let text = if there { text } else { text.weak() };
            if ui.add(Button::selectable(outlet == now, text)).on_hover_text(help).clicked() && outlet != now {
                send_to(link, name, outlet);
            }
        }
    });
    named(&list.response, &format!("{name} channels"));
}
