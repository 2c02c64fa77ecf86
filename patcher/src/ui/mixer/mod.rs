//! The mixer: a channel for each strip and bus, the master, snapshots of the mix, and scenes.

mod channel;
mod colours;
mod cue;
mod dynamics;
mod eq;
mod level;
mod master;
mod scenes;
mod seen;
mod sends;
mod snapshots;
mod strip;

pub(crate) use seen::Seen;

use super::link::{Link, Shown};
use super::theme::Paints;
use bf_node::Role;
use bf_patch::{Name, Node};
use channel::{Channel, Hand};
use colours::Colours;
use egui::{Key, Modifiers, ScrollArea, TextStyle, Ui};
use level::Peaks;
use snapshots::{Desk, Snapshots};
use std::collections::BTreeSet;

/// The width of what is said of the master: no row in it is wider, or the edge would be drawn through it.
const WIDE: f32 = 224.0;

/// The size of captions: they are read at arm's length.
const CAPTION: f32 = 11.0;

/// The strip that comes last, where a set has one.
const MASTER: &str = "master";

/// How the mixer looks, what it holds of meters, and what a hand is doing; nothing of the set.
#[derive(Default)]
pub(crate) struct Mixer {
    hand: Hand,
    peaks: Peaks,
    /// The strips as they stand, from left to right.
    order: Vec<Name>,
    /// The one that keys act on.
    at: Option<Name>,
    /// Whether its fader is to be given the focus.
    focus: bool,
    /// The same, from the next frame on.
    focus_soon: bool,
    /// Which way the arrow keys have gone from a fader.
    sideways: f32,
    /// All are wide but these, or these alone are.
    wide: BTreeSet<Name>,
    all_wide: bool,
    snapshots: Snapshots,
    colours: Colours,
}

impl Mixer {
    pub(crate) fn ui(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
        if let Some(small) = ui.style_mut().text_styles.get_mut(&TextStyle::Small) {
            small.size = CAPTION;
        }
        let order = order(link, shown);
        if order != self.order {
            self.colours.follow(&order, |name| shown.own.main.nodes.contains_key(name));
            self.order = order;
        }
        self.at = self.at.take().filter(|name| self.order.contains(name));
        self.keys(ui, link, shown);
        egui::Panel::top("mixer row").show(ui, |ui| {
            if !shown.scenes.is_empty() {
                ui.horizontal_wrapped(|ui| scenes::scenes_ui(ui, (link, shown), paints));
            }
            ui.horizontal_wrapped(|ui| {
                let text = if self.all_wide { "Narrow" } else { "Wide" };
                let help = "All strips with or without equaliser, compressor and sends (W)";
                let button = egui::Button::new(text).min_size(egui::vec2(58.0, 0.0));
                if ui.add(button).on_hover_text(help).clicked() {
                    self.turn_all();
                }
                ui.separator();
                let desk = Desk { link, shown, order: &self.order, paints };
                self.snapshots.ui(ui, &mut self.hand, &desk);
            });
        });
        // A small window is for the strips.
        if ui.available_width() > 420.0 {
            let master = egui::Panel::right("mixer master").resizable(false).exact_size(WIDE);
            master.show(ui, |ui| self.master_ui(ui, (link, shown), paints));
        }
        if self.order.is_empty() {
            ui.centered_and_justified(|ui| {
                ui.label("No strip yet. Tracks of scripts have one each; on the canvas add a node of type strip.");
            });
            return;
        }
        self.strips_ui(ui, link, shown, paints);
    }

    /// What keys have moved is a step of its own once they rest.
    pub(crate) fn rest(&mut self, ui: &Ui, link: &Link) {
        self.hand.rest(ui, link);
    }

    fn strips_ui(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
        self.sideways = 0.0;
        let order = core::mem::take(&mut self.order);
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                for name in &order {
                    let channel = Channel { link, shown, name };
                    ui.push_id(name.as_str(), |ui| self.strip_ui(ui, &channel, paints));
                }
            });
        });
        self.order = order;
        self.go(self.sideways);
    }

    fn is_wide(&self, name: &Name) -> bool {
        self.all_wide != self.wide.contains(name)
    }

    fn turn_all(&mut self) {
        self.all_wide = !self.all_wide;
        self.wide.clear();
    }

    /// Chooses the strip beside the chosen one.
    fn go(&mut self, way: f32) {
        if way == 0.0 || self.order.is_empty() {
            return;
        }
        let last = self.order.len() - 1;
        let at = self.at.as_ref().and_then(|at| self.order.iter().position(|name| name == at));
        let to = match at {
            Some(at) if way > 0.0 => (at + 1).min(last),
            Some(at) => at.saturating_sub(1),
            None if way > 0.0 => 0,
            None => last,
        };
        self.at = self.order.get(to).cloned();
        self.focus = true;
    }

    fn keys(&mut self, ui: &Ui, link: &Link, shown: &Shown) {
        if ui.ctx().text_edit_focused() {
            return;
        }
        self.focus |= core::mem::take(&mut self.focus_soon);
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        if pressed(Key::W) {
            self.turn_all();
        }
        // What has the focus has the arrow keys.
        if ui.memory(|m| m.focused()).is_none() {
            let way = f32::from(u8::from(pressed(Key::ArrowRight))) - f32::from(u8::from(pressed(Key::ArrowLeft)));
            self.go(way);
            if way != 0.0 {
                // At the end of this frame the key moves the focus by itself, away from what has it by then.
                self.focus_soon = core::mem::take(&mut self.focus);
                ui.ctx().request_repaint();
            }
        }
        let Some(name) = self.at.clone() else { return };
        let channel = Channel { link, shown, name: &name };
        if ui.memory(|m| m.focused()).is_none() {
            let [_, up] = channel::steps(ui);
            strip::nudge(ui, &mut self.hand, &channel, up);
        }
        for (key, param) in [(Key::M, "mute"), (Key::S, "solo"), (Key::C, "cue")] {
            if pressed(key) {
                strip::switch(&channel, param);
            }
        }
    }
}

/// Strips first, then buses, and a master at the end.
fn order(link: &Link, shown: &Shown) -> Vec<Name> {
    let rank = |name: &Name, node: &Node| {
        let role = link.registry.get(&node.kind)?.role;
        let is_master = role.is_channel() && name.as_str() == MASTER;
        match role {
            _ if is_master => Some(2),
            Role::Strip => Some(0),
            Role::Bus => Some(1),
            _ => None,
        }
    };
    let nodes = shown.heard.main.nodes.iter();
    let mut found: Vec<(u8, Name)> = nodes.filter_map(|(name, node)| Some((rank(name, node)?, name.clone()))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, name)| name).collect()
}
