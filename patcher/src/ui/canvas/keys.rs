//! What keys do on the canvas.

use super::arrange::{Arrange, arranged};
use super::gesture::{self, Act};
use super::menu::Menu;
use super::{Canvas, Scene, cable, clip, tile};
use crate::ui::widgets::take::STEPPED;
use bf_patch::{Edit, Name, Socket};
use egui::{Event, Key, Modifiers, Pos2, Rect, Ui, Vec2};
use std::collections::{BTreeMap, BTreeSet};

/// Presses that follow one another within so many seconds are one gesture.
const BURST: f64 = 0.7;

/// Nodes that arrows move: where they lay, how far they have come, and when.
pub(super) struct Nudge {
    places: BTreeMap<Name, Pos2>,
    by: Vec2,
    at: f64,
}

impl Nudge {
    fn is_of(&self, selection: &BTreeSet<Name>) -> bool {
        self.places.keys().eq(selection)
    }
}

impl Canvas {
    pub(super) fn keys(&mut self, ui: &Ui, pane: Rect, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        if ui.ctx().text_edit_focused() || self.menu.as_ref().is_some_and(Menu::takes_keys) {
            return;
        }
        self.reach(ui, pane);
        self.clipboard(ui, pane, scene, acts);
        self.toggles(ui, scene, acts);
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::Delete) || pressed(Modifiers::NONE, Key::Backspace) {
            acts.extend(cable::removed(&scene.room(), scene.own, &self.selection));
            acts.extend(self.owned(scene));
            acts.extend(self.remove_chosen(scene));
        }
        self.more_keys(ui, pane, scene, acts);
        if !self.lets_go && pressed(Modifiers::NONE, Key::Tab) {
            let at = ui.input(|i| i.pointer.latest_pos()).filter(|at| pane.contains(*at)).unwrap_or(pane.center());
            acts.push(Act::Find { at: self.camera.to_canvas(pane, at), drawn: None });
        }
        if pressed(Modifiers::COMMAND, Key::D) {
            acts.extend(self.owned(scene));
            if let Some((act, made)) = gesture::copied(scene.own, &self.sheet, &self.selection, Vec2::splat(24.0)) {
                acts.push(act);
                self.selection = made.into_values().collect();
            }
        }
        if pressed(Modifiers::NONE, Key::F2) || pressed(Modifiers::NONE, Key::Enter) {
            self.rename(pane, scene, acts);
        }
        if pressed(Modifiers::COMMAND, Key::A) {
            self.selection = self.sheet.tiles.iter().map(|tile| tile.name.clone()).collect();
        }
        if pressed(Modifiers::COMMAND, Key::Num0) {
            self.camera.zoom_about(pane, pane.center(), 1.0 / self.camera.zoom);
        }
        if pressed(Modifiers::NONE, Key::U) {
            self.unfold(&self.selection.clone());
        }
        if pressed(Modifiers::NONE, Key::F) {
            self.show_all(pane);
        }
        // What is open over the canvas has Escape first.
        let is_under = self.menu.is_some() || self.page.is_some();
        if !is_under && pressed(Modifiers::NONE, Key::Escape) {
            // Tab goes on to the rest of the window then.
            self.lets_go |= self.selection.is_empty();
            self.selection.clear();
        }
        self.arrangement(ui, scene, acts);
        self.nudges(ui, acts);
    }

    /// Arrows move what is selected; presses that follow one another are one gesture.
    fn nudges(&mut self, ui: &Ui, acts: &mut Vec<Act>) {
        let (modifiers, now, pressed) = ui.input(|i| (i.modifiers, i.time, i.pointer.any_pressed()));
        // What is done in between, such as a step back, ends it.
        self.nudge.take_if(|nudge| {
            modifiers.command || modifiers.alt || pressed || now - nudge.at > BURST || !nudge.is_of(&self.selection)
        });
        if self.selection.is_empty() || modifiers.alt || modifiers.command {
            return;
        }
        let step = if modifiers.shift { 8.0 } else { 1.0 } * tile::GRID;
        for (key, by) in [
            (Key::ArrowLeft, Vec2::new(-step, 0.0)),
            (Key::ArrowRight, Vec2::new(step, 0.0)),
            (Key::ArrowUp, Vec2::new(0.0, -step)),
            (Key::ArrowDown, Vec2::new(0.0, step)),
        ] {
            let times = ui.input(|i| i.num_presses(key));
            if times == 0 {
                continue;
            }
            let mut nudge = self.nudge.take().unwrap_or_else(|| {
                self.number += 1;
                Nudge { places: self.places(&self.selection), by: Vec2::ZERO, at: now }
            });
            (nudge.by, nudge.at) = (nudge.by + by * times as f32, now);
            let edit = gesture::moved(&nudge.places, nudge.by);
            acts.push(Act::Edit { edit, label: "move".to_owned(), gesture: Some(STEPPED | self.number) });
            self.nudge = Some(nudge);
        }
    }

    /// Says whose the first of the selected nodes is that the set does not own.
    fn owned(&self, scene: &Scene<'_>) -> Option<Act> {
        self.selection.iter().find(|name| !scene.own.nodes.contains_key(*name)).cloned().map(Act::Owned)
    }

    /// Opens the field for another name of the selected node, below it.
    fn rename(&mut self, pane: Rect, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        let Some(name) = self.selection.first().filter(|_| self.selection.len() == 1).cloned() else { return };
        acts.extend(self.owned(scene));
        if let Some(tile) = self.sheet.tile(&name).filter(|tile| !tile.guest) {
            let at = self.camera.to_window(pane, tile.rect.left_bottom());
            self.menu = Some(Menu::Naming { text: name.to_string(), name, at, fresh: true });
        }
    }

    /// Puts the selection in line, and tidies.
    fn arrangement(&mut self, ui: &Ui, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        let spread = Modifiers::ALT | Modifiers::SHIFT;
        for (modifiers, key, how) in [
            (spread, Key::ArrowRight, Arrange::Across),
            (spread, Key::ArrowDown, Arrange::Down),
            (Modifiers::ALT, Key::ArrowLeft, Arrange::Left),
            (Modifiers::ALT, Key::ArrowRight, Arrange::Right),
            (Modifiers::ALT, Key::ArrowUp, Arrange::Top),
            (Modifiers::ALT, Key::ArrowDown, Arrange::Bottom),
        ] {
            if pressed(modifiers, key) {
                acts.extend(arranged(&self.sheet, &self.selection, how));
            }
        }
        if pressed(Modifiers::NONE, Key::L) {
            acts.extend(self.tidy(scene));
        }
    }

    /// Copies, cuts and pastes as text.
    fn clipboard(&mut self, ui: &Ui, pane: Rect, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        for event in ui.input(|i| i.events.clone()) {
            match event {
                Event::Copy | Event::Cut => {
                    acts.extend(self.owned(scene));
                    let Some(text) = self.written(scene) else { continue };
                    ui.ctx().copy_text(text);
                    if event == Event::Cut {
                        acts.extend(cable::removed(&scene.room(), scene.own, &self.selection));
                    }
                }
                Event::Paste(text) => {
                    let at = ui.input(|i| i.pointer.latest_pos()).filter(|at| pane.contains(*at));
                    match clip::pasted(scene.own, &text, self.camera.to_canvas(pane, at.unwrap_or(pane.center()))) {
                        Ok((act, made)) => {
                            acts.push(act);
                            self.selection = made;
                        }
                        Err(why) => acts.push(Act::Say(why)),
                    }
                }
                _ => {}
            }
        }
    }

    /// S turns over what is selected and has a solo.
    fn toggles(&self, ui: &Ui, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        if !ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::S)) {
            return;
        }
        let heard = &scene.heard.main;
        let edits = self.selection.iter().filter_map(|name| {
            let spec = scene.registry.get(&heard.nodes.get(name)?.kind)?;
            spec.param("solo")?;
            let value = bf_node::Value::Bool(!tile::is_on(heard, name, "solo"));
            let socket = Socket::new(name.as_str(), "solo");
            Some(gesture::set(scene.own, &socket, value))
        });
        let edits: Vec<Edit> = edits.collect();
        if !edits.is_empty() {
            acts.push(Act::edit(Edit::Batch(edits), "solo"));
        }
    }
}
