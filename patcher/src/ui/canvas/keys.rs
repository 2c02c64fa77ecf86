//! What keys do on the canvas.

use super::gesture::{self, Act};
use super::{Canvas, Scene, clip, tile};
use bf_patch::{Edit, Socket};
use egui::{Event, Key, Modifiers, Rect, Ui, Vec2};

impl Canvas {
    pub(super) fn keys(&mut self, ui: &Ui, pane: Rect, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        if ui.ctx().text_edit_focused() {
            return;
        }
        self.clipboard(ui, pane, scene, acts);
        self.toggles(ui, scene, acts);
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::Delete) || pressed(Modifiers::NONE, Key::Backspace) {
            acts.extend(gesture::removed(scene.own, &self.selection));
        }
        if pressed(Modifiers::NONE, Key::Tab) {
            let at = ui.input(|i| i.pointer.latest_pos()).filter(|at| pane.contains(*at)).unwrap_or(pane.center());
            acts.push(Act::Find { at: self.camera.to_canvas(pane, at), from: None });
        }
        if pressed(Modifiers::COMMAND, Key::D)
            && let Some((act, made)) = gesture::copied(scene.own, &self.sheet, &self.selection, Vec2::splat(24.0))
        {
            acts.push(act);
            self.selection = made;
        }
        if pressed(Modifiers::COMMAND, Key::A) {
            self.selection = self.sheet.tiles.iter().map(|tile| tile.name.clone()).collect();
        }
        if pressed(Modifiers::COMMAND, Key::Num0) {
            self.camera.zoom_about(pane, pane.center(), 1.0 / self.camera.zoom);
        }
        if pressed(Modifiers::NONE, Key::F) {
            self.camera.fit(pane, self.sheet.bounds());
        }
        if pressed(Modifiers::NONE, Key::Escape) {
            self.selection.clear();
            self.menu = None;
        }
        let step = if ui.input(|i| i.modifiers.shift) { 8.0 } else { 1.0 } * tile::GRID;
        for (key, by) in [
            (Key::ArrowLeft, Vec2::new(-step, 0.0)),
            (Key::ArrowRight, Vec2::new(step, 0.0)),
            (Key::ArrowUp, Vec2::new(0.0, -step)),
            (Key::ArrowDown, Vec2::new(0.0, step)),
        ] {
            if !self.selection.is_empty() && ui.input(|i| i.key_pressed(key)) {
                acts.push(Act::edit(gesture::moved(&self.places(&self.selection), by), "move"));
            }
        }
    }

    /// Copies, cuts and pastes as text.
    fn clipboard(&mut self, ui: &Ui, pane: Rect, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        for event in ui.input(|i| i.events.clone()) {
            match event {
                Event::Copy | Event::Cut => {
                    let Some(text) = clip::written(scene.own, &self.selection) else { continue };
                    ui.ctx().copy_text(text);
                    if event == Event::Cut {
                        acts.extend(gesture::removed(scene.own, &self.selection));
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

    /// M and S turn over what is selected and has a mute or solo.
    fn toggles(&self, ui: &Ui, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        for (key, param) in [(Key::M, "mute"), (Key::S, "solo")] {
            if !ui.input_mut(|i| i.consume_key(Modifiers::NONE, key)) {
                continue;
            }
            let edits = self.selection.iter().filter_map(|name| {
                let socket = Socket::new(name.as_str(), param);
                let row = self.row(&socket)?;
                let value = gesture::value_of(row.spec?, 1.0 - row.place()?.0);
                Some(gesture::set(&socket, value, !scene.own.nodes.contains_key(name)))
            });
            let edits: Vec<Edit> = edits.collect();
            if !edits.is_empty() {
                acts.push(Act::edit(Edit::Batch(edits), param));
            }
        }
    }
}
