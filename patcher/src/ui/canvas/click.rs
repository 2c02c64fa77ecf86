//! Clicks on the canvas, and the wheel.

use super::gesture::Act;
use super::hit::{Hit, hit};
use super::{Canvas, Scene, menu, notes};
use egui::{Rect, Ui, Vec2};
use std::collections::BTreeSet;

impl Canvas {
    pub(super) fn wheel(&mut self, ui: &Ui, pane: Rect, response: &egui::Response) {
        if !response.hovered() {
            return;
        }
        let (scroll, pinch, about) = ui.input(|i| (i.smooth_scroll_delta, i.zoom_delta(), i.pointer.latest_pos()));
        let Some(about) = about else { return };
        if pinch != 1.0 {
            self.camera.zoom_about(pane, about, pinch);
        }
        if scroll.y != 0.0 {
            self.camera.zoom_about(pane, about, (scroll.y * 0.0025).exp());
        }
        if scroll.x != 0.0 {
            self.camera.pan(Vec2::new(scroll.x, 0.0));
        }
    }

    pub(super) fn click(
        &mut self,
        ui: &Ui,
        pane: Rect,
        response: &egui::Response,
        scene: &Scene<'_>,
        acts: &mut Vec<Act>,
    ) {
        let Some(at) = response.interact_pointer_pos().map(|at| self.camera.to_canvas(pane, at)) else { return };
        let on = hit(&self.sheet, at, self.camera.zoom);
        if response.clicked() && self.map_clicked(pane, response) {
            return;
        }
        self.opened = response.double_clicked() || response.secondary_clicked();
        if response.clicked() || response.secondary_clicked() {
            self.chosen = if let Hit::Note(notes::On::Note(name)) = &on { Some(name.clone()) } else { None };
        }
        if response.double_clicked() {
            match on {
                Hit::Nothing => acts.push(Act::Find { at, drawn: None }),
                Hit::Node(name) => {
                    self.selection = BTreeSet::from([name.clone()]);
                    if scene.heard.main.nodes.get(&name).is_some_and(|n| n.kind == "patch") {
                        acts.push(Act::Open(name));
                    }
                }
                Hit::Note(notes::On::Note(name)) => {
                    self.number += 1;
                    self.menu = menu::Menu::writing(self, &name, ui.input(|i| i.pointer.latest_pos()));
                }
                Hit::Row(socket) if self.is_clicked(&socket, at) => {
                    self.switch(&socket, (at, ui.input(|i| i.modifiers.shift)), acts);
                }
                Hit::Row(socket) => self.menu = menu::Menu::typing(self, &socket, ui.input(|i| i.pointer.latest_pos())),
                _ => {}
            }
        } else if response.clicked() {
            response.request_focus();
            let shift = ui.input(|i| i.modifiers.shift);
            match on {
                Hit::Fold(name) => self.unfold(&[name].into()),
                Hit::Node(name) if shift && self.selection.remove(&name) => {}
                Hit::Node(name) if shift => _ = self.selection.insert(name),
                Hit::Node(name) => self.selection = BTreeSet::from([name]),
                Hit::Row(socket) => {
                    self.selection = BTreeSet::from([socket.node.clone()]);
                    self.switch(&socket, (at, shift), acts);
                }
                Hit::Nothing if !shift => self.selection.clear(),
                _ => {}
            }
        } else if response.secondary_clicked() {
            response.request_focus();
            self.menu = menu::Menu::of(self, on, ui.input(|i| i.pointer.latest_pos()));
        }
    }
}
