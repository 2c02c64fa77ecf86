//! What is offered for the whole canvas, a selection and a note; bypass, the manual page, and files that are dropped.

use super::arrange::{Arrange, arranged};
use super::gesture::{Act, snap};
use super::hit::Hit;
use super::notes::{COLORS, On, swatch};
use super::tile::is_on;
use super::{Canvas, Scene, cable, clip, hit, menu::Menu};
use crate::ui::dropped::Parcel;
use crate::ui::prose::prose;
use crate::ui::widgets::menu_line;
use bf_node::Value;
use bf_patch::{Edit, Name, Socket, model::Note};
use egui::{Key, Modifiers, Pos2, Rect, ScrollArea, Ui, Vec2, vec2};
use std::collections::BTreeSet;

/// What a menu leads to.
pub(super) enum Next {
    Close,
    Open(Menu),
}

/// What makes nodes of a script the set's own.
const DETACH: &str = "Detach from the script";

/// A line of a menu; whether it was chosen.
pub(super) fn line(ui: &mut Ui, words: &str) -> bool {
    menu_line(ui, words).clicked()
}

/// For the empty canvas.
pub(super) fn ground(
    canvas: &mut Canvas,
    ui: &mut Ui,
    scene: &Scene<'_>,
    window: Pos2,
    acts: &mut Vec<Act>,
) -> Option<Next> {
    let at = canvas.camera.to_canvas(canvas.pane.unwrap_or(Rect::ZERO), window);
    if line(ui, "Add a node…   Tab") {
        acts.push(Act::Find { at, drawn: None });
        return Some(Next::Close);
    }
    if line(ui, "Paste   Ctrl+V") {
        ui.ctx().send_viewport_cmd(egui::ViewportCommand::RequestPaste);
        return Some(Next::Close);
    }
    ui.separator();
    for (framed, words) in [(false, "Add a comment   N"), (true, "Add a frame   Shift+N")] {
        if line(ui, words) {
            canvas.new_note(scene, (at, window), framed, acts);
            return Some(Next::Close);
        }
    }
    ui.separator();
    if line(ui, "Tidy the layout   L") {
        acts.extend(canvas.tidy(scene));
        return Some(Next::Close);
    }
    if line(ui, "Show everything   F") {
        canvas.fit();
        return Some(Next::Close);
    }
    if line(ui, "Full size   Ctrl+0") {
        canvas.camera.zoom = 1.0;
        return Some(Next::Close);
    }
    if line(ui, "Top left   Home") {
        canvas.home();
        return Some(Next::Close);
    }
    None
}

/// For several nodes.
pub(super) fn several(canvas: &mut Canvas, ui: &mut Ui, scene: &Scene<'_>, acts: &mut Vec<Act>) -> Option<Next> {
    ui.weak(format!("{} nodes", canvas.selection.len()));
    if line(ui, "Collapse into a patch   Ctrl+G") {
        acts.push(Act::Collapse(canvas.selection.clone()));
        return Some(Next::Close);
    }
    if line(ui, "Bypass   Ctrl+B") {
        acts.extend(canvas.switched(scene, "bypass"));
        return Some(Next::Close);
    }
    if line(ui, "Mute   M") {
        acts.extend(canvas.switched(scene, "mute"));
        return Some(Next::Close);
    }
    let names = canvas.selection.clone();
    if let Some(next) = canvas.freeze_lines(ui, scene, &names, acts) {
        return Some(next);
    }
    let guests: BTreeSet<Name> = names.iter().filter(|name| scene.marks.of_nodes.contains(*name)).cloned().collect();
    if !guests.is_empty() && line(ui, DETACH) {
        acts.push(Act::Detach(guests));
        return Some(Next::Close);
    }
    if line(ui, "Show all values   U") {
        canvas.unfold(&canvas.selection.clone());
        return Some(Next::Close);
    }
    ui.separator();
    for (how, words) in Arrange::ALL {
        if line(ui, words) {
            acts.extend(arranged(&canvas.sheet, &canvas.selection, how));
            return Some(Next::Close);
        }
    }
    if line(ui, "Tidy   L") {
        acts.extend(canvas.tidy(scene));
        return Some(Next::Close);
    }
    ui.separator();
    if line(ui, "Remove   Del") {
        acts.extend(cable::removed(&scene.room(), scene.own, &canvas.selection));
        return Some(Next::Close);
    }
    None
}

/// For a comment or a frame.
pub(super) fn note(canvas: &mut Canvas, ui: &mut Ui, on: &On, window: Pos2, acts: &mut Vec<Act>) -> Option<Next> {
    let (On::Note(name) | On::Grip(name)) = on;
    let note = canvas.sticker(name)?.note.clone();
    if line(ui, "Write…") {
        canvas.number += 1;
        return Menu::writing(canvas, name, Some(window)).map(Next::Open).or(Some(Next::Close));
    }
    for word in COLORS {
        let choice = menu_line(ui, &format!("Colour: {word}"));
        // Where the keys of other lines stand.
        let place = Rect::from_center_size(choice.rect.right_center() - vec2(14.0, 0.0), Vec2::splat(12.0));
        swatch(ui, place, word);
        if choice.clicked() {
            let note = Some(Note { color: Some(Name::new(word)), ..note });
            acts.push(Act::edit(Edit::SetNote { name: name.clone(), note }, format!("colour {name}")));
            return Some(Next::Close);
        }
    }
    ui.separator();
    if line(ui, "Remove   Del") {
        acts.push(Act::edit(Edit::SetNote { name: name.clone(), note: None }, format!("remove {name}")));
        return Some(Next::Close);
    }
    None
}

impl Canvas {
    /// Switches a key of the selected nodes on, or off where all have it on: bypass, mute.
    pub(super) fn switched(&self, scene: &Scene<'_>, key: &str) -> Option<Act> {
        let heard = &scene.heard.main;
        let leads_out = |name: &&Name| self.sheet.tile(name).is_some_and(|tile| !tile.outputs.is_empty());
        let names: Vec<&Name> = self.selection.iter().filter(leads_out).collect();
        let on = !names.iter().all(|name| is_on(heard, name, key));
        let edit = |name: &&Name| {
            let target = Socket::new(name.as_str(), key);
            let guest = !scene.own.nodes.contains_key(*name);
            let has_param = |kind: &str| scene.registry.get(kind).is_some_and(|spec| spec.param(key).is_some());
            let value = if on || heard.nodes.get(*name).is_some_and(|node| has_param(&node.kind)) {
                Some(Value::Bool(on))
            } else {
                None
            };
            if let Some(value) = value {
                return vec![super::gesture::set(scene.own, &target, value)];
            }
            let mut edits = Vec::new();
            if guest || scene.own.overrides.contains_key(&target) {
                edits.push(Edit::Override { target: target.clone(), value: None });
            }
            if !guest {
                edits.push(Edit::SetParam { target, value: None });
            }
            edits
        };
        let edits: Vec<Edit> = names.iter().flat_map(edit).collect();
        let label = if on { key.to_owned() } else { format!("{key} off") };
        (!edits.is_empty()).then(|| Act::edit(Edit::Batch(edits), label))
    }

    /// The left upper corner of all, at full size.
    pub(super) fn home(&mut self) {
        let all = self.sheet.bounds();
        let corner = if all.is_positive() { all.min } else { Pos2::ZERO };
        self.camera.zoom = 1.0;
        self.camera.origin = corner - egui::Vec2::splat(40.0);
    }

    /// Keys of whole patches: bypass, collapse, comments, the manual.
    pub(super) fn more_keys(&mut self, ui: &Ui, pane: Rect, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::B) {
            acts.extend(self.switched(scene, "bypass"));
        }
        if pressed(Modifiers::NONE, Key::M) {
            acts.extend(self.switched(scene, "mute"));
        }
        if pressed(Modifiers::COMMAND, Key::G) && !self.selection.is_empty() {
            acts.push(Act::Collapse(self.selection.clone()));
        }
        let pointer = ui.input(|i| i.pointer.latest_pos()).filter(|at| pane.contains(*at));
        let window = pointer.unwrap_or(pane.center());
        let at = self.camera.to_canvas(pane, window);
        if pressed(Modifiers::SHIFT, Key::N) {
            self.new_note(scene, (at, window), true, acts);
        } else if pressed(Modifiers::NONE, Key::N) {
            self.new_note(scene, (at, window), false, acts);
        }
        if pressed(Modifiers::NONE, Key::Home) {
            self.home();
        }
        if pressed(Modifiers::NONE, Key::F1) {
            let over = pointer.map(|_| hit::hit(&self.sheet, at, self.camera.zoom));
            let name = match over {
                Some(Hit::Node(name) | Hit::Fold(name)) => Some(name),
                Some(Hit::Row(socket) | Hit::Input(socket) | Hit::Output(socket)) => Some(socket.node),
                _ => self.selection.first().cloned(),
            };
            let kind = name.and_then(|name| Some(scene.heard.main.nodes.get(&name)?.kind.clone()));
            self.page = if self.page == kind { None } else { kind };
        }
    }

    /// The manual page of a type, in a window of its own.
    pub(super) fn page(&mut self, ui: &Ui, pane: Rect, scene: &Scene<'_>) {
        let Some(kind) = self.page.clone() else { return };
        let mut open = true;
        let window = egui::Window::new(format!("Manual: {kind}")).id(egui::Id::unique("manual")).open(&mut open);
        let room = (pane.size() - egui::vec2(40.0, 70.0)).clamp(egui::vec2(120.0, 60.0), egui::Vec2::splat(420.0));
        let window = window.default_pos(pane.min + egui::Vec2::splat(12.0)).constrain_to(pane).default_size(room);
        window.show(ui.ctx(), |ui| {
            ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
                let Some(spec) = scene.registry.get(&kind) else {
                    ui.label("This type is not known: it is kept and silent.");
                    return;
                };
                prose(ui, spec.help, scene.paints);
                let ports = spec.inputs.iter().map(|port| ("In", port.name, port.help));
                let ports = ports.chain(spec.outputs.iter().map(|port| ("Out", port.name, port.help)));
                for (what, name, help) in ports.chain(spec.params.iter().map(|p| ("Value", p.name, p.help))) {
                    ui.separator();
                    ui.horizontal(|ui| {
                        ui.weak(what);
                        ui.strong(name);
                    });
                    prose(ui, help, scene.paints);
                }
            });
        });
        // A field that has the keys, and what lies over all, have Escape before it.
        let escapes = !ui.ctx().text_edit_focused() && !self.covered;
        if !open || escapes && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
            self.page = None;
        }
    }

    /// Files that were let go over the pane.
    pub(super) fn dropped(&self, ui: &Ui, pane: Rect, acts: &mut Vec<Act>) {
        let (files, at) = ui.input(|i| (i.raw.dropped_files.clone(), i.pointer.latest_pos()));
        let paths: Vec<std::path::PathBuf> = files.iter().map(|file| file.path().to_owned()).collect();
        if !paths.is_empty() {
            let at = at.filter(|at| pane.contains(*at)).unwrap_or(pane.center());
            acts.push(Act::Drop(Parcel::of(paths, snap(self.camera.to_canvas(pane, at)))));
        }
        let hovers = ui.input(|i| !i.raw.hovered_files.is_empty());
        if hovers {
            let stroke = egui::Stroke::new(3.0, ui.visuals().hyperlink_color);
            ui.painter().rect_stroke(pane.shrink(2.0), 4.0, stroke, egui::StrokeKind::Inside);
        }
    }

    /// Removes the note that was clicked last, where no node is selected.
    pub(super) fn remove_chosen(&mut self, scene: &Scene<'_>) -> Option<Act> {
        let name = self.chosen.take().filter(|name| self.selection.is_empty() && scene.own.notes.contains_key(name))?;
        Some(Act::edit(Edit::SetNote { name: name.clone(), note: None }, format!("remove {name}")))
    }

    /// What Ctrl+C copies.
    pub(super) fn written(&self, scene: &Scene<'_>) -> Option<String> {
        clip::written(scene.own, &self.sheet, &self.selection)
    }
}

/// A node's own lines in its menu, beyond what every node has.
pub(super) fn of_node(
    canvas: &mut Canvas,
    ui: &mut Ui,
    scene: &Scene<'_>,
    name: &Name,
    acts: &mut Vec<Act>,
) -> Option<Next> {
    let names: BTreeSet<Name> = [name.clone()].into();
    let guest = canvas.is_guest(name);
    if guest {
        if line(ui, "Go to its line") {
            acts.push(Act::Line(name.clone()));
            return Some(Next::Close);
        }
        if scene.marks.of_nodes.contains(name) && line(ui, DETACH) {
            acts.push(Act::Detach(names.clone()));
            return Some(Next::Close);
        }
        if scene.marks.of_tracks.contains(name) {
            ui.weak("A track: its sound is in its text, change it there");
        }
    }
    if canvas.sheet.tile(name).is_some_and(|tile| !tile.outputs.is_empty()) && line(ui, "Connect to…   C") {
        let at = ui.max_rect().min;
        return Some(Next::Open(Menu::Joining { joining: super::reach::Joining::new(name.clone()), at }));
    }
    for (key, words) in [("bypass", "Bypass   Ctrl+B"), ("mute", "Mute   M")] {
        if line(ui, words) {
            canvas.selection = names;
            acts.extend(canvas.switched(scene, key));
            return Some(Next::Close);
        }
    }
    if let Some(next) = canvas.freeze_lines(ui, scene, &names, acts) {
        return Some(next);
    }
    if canvas.sheet.tile(name).is_some_and(|tile| tile.fold.is_some()) && line(ui, "Show all values, or fewer   U") {
        canvas.unfold(&names);
        return Some(Next::Close);
    }
    let kind = scene.heard.main.nodes.get(name).map(|node| node.kind.clone());
    if line(ui, "Manual page   F1") {
        canvas.page = kind.clone();
        return Some(Next::Close);
    }
    if !guest {
        if line(ui, "Collapse into a patch   Ctrl+G") {
            acts.push(Act::Collapse(names));
            return Some(Next::Close);
        }
        if kind.is_some_and(|kind| kind == "patch") && line(ui, "Expand into its nodes") {
            acts.push(Act::Expand(name.clone()));
            return Some(Next::Close);
        }
        let file = crate::ui::app::stands_for(&scene.heard.main, name);
        if let Some(file) = file.filter(|_| line(ui, "Save to library")) {
            acts.push(Act::Shelve(file.into_owned()));
            return Some(Next::Close);
        }
    }
    None
}
