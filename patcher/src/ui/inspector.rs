//! What is selected: every value of it, and its manual page.

use super::canvas::freeze;
use super::canvas::gesture::Act;
use super::canvas::ports::{Param, Ports};
use super::gestures::Counted;
use super::link::{Link, Wish};
use super::prose::prose;
use super::theme::Paints;
use super::widgets::field::{Fingers, badge, field, scrolled};
use super::widgets::offer::Around;
use super::widgets::{Held, envelope, keyboard, lane, steps};
use bf_patch::{Name, Patch, Set, SetEdit};
use egui::{Align, Layout, RichText, ScrollArea, Ui, vec2};
use std::collections::BTreeSet;

/// The width of the names of values.
const NAMES: f32 = 88.0;

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

/// What fingers do with the values that are shown.
#[derive(Default)]
pub(crate) struct Inspector {
    fingers: Fingers,
    /// What it wants beyond changes of the set.
    left: Vec<Act>,
    counted: Counted,
}

impl Inspector {
    /// What it wants of the window, since the last call.
    pub(crate) fn left(&mut self) -> Vec<Act> {
        core::mem::take(&mut self.left)
    }

    pub(crate) fn ui(&mut self, ui: &mut Ui, place: &Place<'_>, selection: &BTreeSet<Name>) {
        // The panel is as wide as a hand has made it, whatever is in it.
        let room = ui.available_rect_before_wrap();
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(room));
        inside.shrink_clip_rect(room);
        self.inside(&mut inside, place, selection);
        ui.advance_cursor_after_rect(room);
    }

    fn inside(&mut self, ui: &mut Ui, place: &Place<'_>, selection: &BTreeSet<Name>) {
        let Some(name) = selection.first().filter(|_| selection.len() == 1) else {
            ui.label(match selection.len() {
                0 => "Select a node to see its values and its help.".to_owned(),
                n => format!("{n} nodes are selected."),
            });
            self.grid(ui, place, selection);
            return;
        };
        let Place { link, heard, own, paints, .. } = *place;
        let Some(node) = heard.main.nodes.get(name) else {
            ui.label(format!("{name} is not there any more."));
            return;
        };
        let guest = !own.nodes.contains_key(name);
        ui.heading(name.as_str());
        ui.label(RichText::new(&node.kind).color(paints.faint));
        if guest {
            ui.label(
                "A script owns this node. What you turn here lies over its text until the text says something else.",
            );
        }
        if let Some(frozen) = freeze::frozen(node) {
            ui.label(RichText::new(freeze::help(&frozen)).color(paints.frozen()));
        }
        let ports = Ports::of(node, heard, &link.registry);
        let shown = link.shown();
        let is_main = place.file.is_none();
        let around = Around { heard, own, registry: &link.registry, selection, is_main, marks: &shown.marks };
        let of = |param: &Param| Held::of((&heard.main, own), name, param);
        let all: Vec<Held> = ports.params.iter().filter_map(of).collect();
        let mut acts = Vec::new();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            if link.registry.get(&node.kind).is_some_and(envelope::is_envelope) {
                acts.extend(envelope::editor(ui, &all, &mut self.fingers, paints));
            }
            for held in &all {
                ui.push_id(&held.socket.port, |ui| {
                    self.line(ui, held, &around, paints, &mut acts);
                    self.more(ui, held, &around, link, &mut acts, paints);
                });
            }
            scrolled(ui);
            ui.separator();
            if let Some(spec) = link.registry.get(&node.kind) {
                // The patch that is the example is in the manual's window.
                prose(ui, spec.help.split("```").next().unwrap_or(""), paints);
            }
        });
        self.left.extend(carry_out(link, place.file, acts, &mut self.counted));
    }

    /// The name of a value and what it is turned by.
    fn line(&mut self, ui: &mut Ui, held: &Held, around: &Around<'_>, paints: &Paints, acts: &mut Vec<Act>) {
        ui.horizontal(|ui| {
            let name = held.socket.port.as_ref().map_or(held.spec.name, |port| port.as_str());
            let name = RichText::new(name).color(if held.by_hand { paints.hand } else { paints.faint });
            let label = egui::Label::new(name).truncate();
            let place = Layout::left_to_right(Align::Center);
            let name = |ui: &mut Ui| {
                ui.set_min_size(vec2(NAMES, 24.0));
                ui.add(label)
            };
            let name = ui.allocate_ui_with_layout(vec2(NAMES, 24.0), place, name).inner;
            name.on_hover_ui(|ui| prose(ui, &held.help, paints));
            ui.vertical(|ui| acts.extend(field(ui, held, around, &mut self.fingers, paints)));
        });
        if held.by_hand {
            acts.extend(badge(ui, held, around.marks, paints));
        }
    }
}

impl Inspector {
    /// What a value has beneath it: its steps, its keys, its automation.
    fn more(
        &mut self,
        ui: &mut Ui,
        held: &Held,
        around: &Around<'_>,
        link: &Link,
        acts: &mut Vec<Act>,
        paints: &Paints,
    ) {
        if steps::is_row(&held.spec) {
            acts.extend(steps::row(ui, held, &mut self.fingers, paints));
        }
        if keyboard::is_note(&held.spec) && !held.driven {
            acts.extend(keyboard::keyboard(ui, held, &mut self.fingers, paints));
        }
        let patch = &around.heard.main;
        if let Some(points) = patch.automation.get(&held.socket) {
            let status = link.shared.status();
            let time = (status.beat, f64::from(patch.signature.max(1)));
            acts.extend(lane::lane(ui, held, points, time, &mut self.fingers, paints));
        }
    }
}

impl Inspector {
    /// The rows of steps of all that is selected, below one another.
    fn grid(&mut self, ui: &mut Ui, place: &Place<'_>, selection: &BTreeSet<Name>) {
        let Place { link, heard, own, paints, .. } = *place;
        let mut acts = Vec::new();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for (name, node) in selection.iter().filter_map(|name| Some((name, heard.main.nodes.get(name)?))) {
                let rows = Ports::of(node, heard, &link.registry).params;
                let of = |param: &Param| Held::of((&heard.main, own), name, param);
                for held in rows.iter().filter_map(of) {
                    if steps::is_row(&held.spec) {
                        ui.colored_label(paints.faint, name.as_str());
                        ui.push_id(&held.socket, |ui| acts.extend(steps::row(ui, &held, &mut self.fingers, paints)));
                    }
                }
            }
        });
        self.left.extend(carry_out(link, place.file, acts, &mut self.counted));
    }
}

/// Sends what fingers want to the set, or to a patch file of it. Answers what they want else.
fn carry_out(link: &Link, file: Option<&str>, acts: Vec<Act>, counted: &mut Counted) -> Vec<Act> {
    let mut left = Vec::new();
    for act in acts {
        match act {
            Act::Edit { edit, label, gesture } => {
                let gesture = gesture.map(|own| counted.number(link, (0, own)));
                link.wish(Wish::Edit { edit: SetEdit { file: file.map(str::to_owned), edit }, label, gesture });
            }
            Act::End => link.wish(Wish::EndGesture),
            Act::Ask(ask) => link.wish(Wish::Ask(ask)),
            other => left.push(other),
        }
    }
    left
}
