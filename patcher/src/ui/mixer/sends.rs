//! The sends of a strip, and where they go.

use super::super::app::named;
use super::super::canvas::gesture::value_of;
use super::super::link::Wish;
use super::super::pulse::decibels;
use super::super::theme::Paints;
use super::channel::{Channel, Hand};
use super::strip::caption;
use bf_node::Role;
use bf_patch::{Cable, Edit, Name, Socket};
use egui::{RichText, Slider, Ui, WidgetInfo};

/// The room of where a send goes, and of how loud it is.
const GOES: f32 = 62.0;
const NUMBER: f32 = 40.0;

const SENDS: [(&str, &str); 2] = [("send1", "send1_level"), ("send2", "send2_level")];

pub(super) fn sends_ui(ui: &mut Ui, hand: &mut Hand, channel: &Channel<'_>, paints: &Paints) {
    for (i, (port, level)) in SENDS.into_iter().enumerate() {
        let Some((spec, mut number)) = channel.number(level) else { continue };
        ui.horizontal(|ui| {
            let goes = destinations(channel, port);
            caption(ui, &format!("Send {}", i + 1), paints);
            if channel.is_own() {
                choose_ui(ui, channel, port, &goes);
            } else {
                let text = if goes.is_empty() { "no bus".to_owned() } else { listed(&goes) };
                let text = egui::Label::new(RichText::new(text).small().color(paints.faint)).truncate();
                ui.add_sized([GOES, 18.0], text).on_hover_text("Where its script sends it");
            }
            ui.spacing_mut().slider_width = (ui.available_width() - NUMBER - 4.0).max(30.0);
            let (min, max) = spec.range();
            let slider = ui.add(Slider::new(&mut number, min..=max).show_value(false));
            slider.widget_info(|| WidgetInfo::slider(true, f64::from(number), format!("{} {level}", channel.name)));
            let slider = slider.on_hover_text(format!("{}: {} ({:.0} %)", listed(&goes), loud(number), number * 100.0));
            let text = egui::Label::new(RichText::new(loud(number)).small()).selectable(false);
            ui.add_sized([NUMBER, 18.0], text);
            if slider.drag_started() {
                hand.begin(channel.link);
            }
            if slider.changed() {
                let gesture = if slider.dragged() {
                    hand.now()
                } else {
                    hand.press(ui, channel.link, &format!("{}.{level}", channel.name))
                };
                channel.wish(level, value_of(spec, number), Some(gesture));
            }
            if slider.drag_stopped() {
                channel.link.wish(Wish::EndGesture);
            }
            if slider.double_clicked() {
                channel.wish(level, spec.default_value(), None);
            }
        });
    }
}

fn listed(goes: &[Name]) -> String {
    goes.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

/// The nodes that a send enters.
fn destinations(channel: &Channel<'_>, port: &str) -> Vec<Name> {
    let from = Socket::new(channel.name.as_str(), port);
    let cables = channel.shown.heard.main.cables.iter();
    cables.filter(|(_, list)| list.iter().any(|c| c.from == from)).map(|(to, _)| to.node.clone()).collect()
}

/// A list of what a send may go to: buses, and effects that nothing but cables moves.
fn choose_ui(ui: &mut Ui, channel: &Channel<'_>, port: &'static str, goes: &[Name]) {
    let shown = if goes.is_empty() { "no bus".to_owned() } else { listed(goes) };
    let list = egui::ComboBox::from_id_salt(port).selected_text(RichText::new(shown).small()).width(GOES).truncate();
    let list = list.show_ui(ui, |ui| {
        let from = Socket::new(channel.name.as_str(), port);
        for name in places(channel) {
            let there = goes.contains(&name);
            let item = ui.selectable_label(there, name.as_str());
            item.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, there, format!("send to {name}")));
            if item.clicked() {
                let to = Socket::first(name.as_str());
                let mut edits: Vec<Edit> = goes.iter().map(|old| off(channel, &from, old)).collect();
                if !there {
                    edits.push(Edit::Connect { to, cable: Cable::plain(from.clone()), at: None });
                }
                channel.wish_all(edits, format!("send {} to {name}", channel.name), None);
            }
        }
        if !goes.is_empty() && ui.selectable_label(false, "no bus").clicked() {
            let edits = goes.iter().map(|old| off(channel, &from, old)).collect();
            channel.wish_all(edits, format!("take {from} off"), None);
        }
    });
    named(&list.response, &format!("{} {port} goes to", channel.name));
}

/// How loud a send is, in decibels.
fn loud(level: f32) -> String {
    if level < 1e-4 { "off".to_owned() } else { format!("{:.1} dB", decibels(level)) }
}

/// Takes a send off wherever it enters a node.
fn off(channel: &Channel<'_>, from: &Socket, node: &Name) -> Edit {
    let cables = channel.shown.heard.main.cables.iter();
    let mine = cables.filter(|(to, list)| to.node == *node && list.iter().any(|c| c.from == *from));
    let edits: Vec<Edit> = mine.map(|(to, _)| Edit::Disconnect { to: to.clone(), from: from.clone() }).collect();
    Edit::Batch(edits)
}

/// Where a send may go.
fn places(channel: &Channel<'_>) -> Vec<Name> {
    let main = &channel.shown.own.main;
    let fits = |kind: &str| {
        let Some(spec) = channel.link.registry.get(kind) else { return false };
        let effect = matches!(spec.category, bf_node::Category::Reverb | bf_node::Category::Delay);
        effect || matches!(spec.role, Role::Bus | Role::Patch)
    };
    main.nodes.iter().filter(|(_, node)| fits(&node.kind)).map(|(name, _)| name.clone()).collect()
}
