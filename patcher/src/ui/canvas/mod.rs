//! The canvas: the patch as nodes and cables, drawn from the document and edited by gestures.

mod arrange;
pub(crate) mod cable;
mod camera;
mod click;
mod clip;
pub(crate) mod collapse;
mod drag;
pub(crate) mod draw;
mod flow;
pub(crate) mod freeze;
pub(crate) mod gesture;
mod habits;
mod hint;
mod hit;
mod keys;
mod made;
mod map;
mod menu;
mod notes;
mod offers;
mod paint;
pub(crate) mod ports;
mod reach;
mod said;
mod scene;
pub(crate) mod settle;
mod sight;
mod spread;
pub(crate) mod tile;
mod values;

pub(crate) use scene::Scene;

use super::pulse::{Glances, Tap, tap};
use super::widgets::probe::Probe;
use bf_node::Kind;
use bf_patch::{Name, Socket};
use camera::Camera;
use egui::{EventFilter, Pos2, Rect, Sense, Ui};
use gesture::{Act, Gesture};
use hit::{Hit, hit};
use scene::Looks;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tile::{Row, Sheet};

/// Seconds in which a window becomes as large as it was told to.
const FOLLOWS: f64 = 2.0;

/// The view of a patch. It holds no part of the patch itself.
#[derive(Default)]
pub(crate) struct Canvas {
    pub camera: Camera,
    pub selection: BTreeSet<Name>,
    /// What was selected when it was laid over the rest.
    raised: BTreeSet<Name>,
    sheet: Sheet,
    habits: habits::Habits,
    stamp: Option<u64>,
    /// The levels of the sheet's cables, and of which glances they are.
    taps: Vec<Option<Tap>>,
    glances: Option<Arc<Glances>>,
    gesture: Gesture,
    /// Numbers the gestures, so that the edits of one are one step.
    number: u64,
    /// How far on the grid what is dragged has come, as it was last sent.
    sent: Option<[i32; 2]>,
    /// The value that the wheel has stepped, and when.
    stepped: Option<(Socket, f64)>,
    /// What arrows move.
    nudge: Option<keys::Nudge>,
    /// Nodes that are on their way: they are selected once they are there, and keep their place free until then.
    awaited: BTreeMap<Name, Rect>,
    fitted: bool,
    /// The view that shows all, and of how large a pane, as long as no hand has moved it.
    shows_all: Option<(Camera, egui::Vec2)>,
    /// Until when such a view is fitted anew to a pane of another size.
    follows: f64,
    menu: Option<menu::Menu>,
    /// A node that is about to have another name.
    renamed: Option<(Name, Name)>,
    /// The comment or frame that was clicked last.
    chosen: Option<Name>,
    /// The type whose manual page is open.
    page: Option<String>,
    /// Whether something that takes Escape lies over the canvas.
    pub covered: bool,
    /// The press of this frame has opened the menu, and does not close it.
    opened: bool,
    /// The whole is to be shown once it has changed.
    fits_next: bool,
    probe: Probe,
    /// Tab goes on to what lies beyond the canvas.
    lets_go: bool,
    bars: freeze::Bars,
    /// Where in the window it was drawn.
    pane: Option<Rect>,
    /// A node lies beneath the pointer where the small map is.
    map_gives_way: bool,
}

impl Canvas {
    /// Draws the pane and tells what the hands in it want.
    pub(crate) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>) -> Vec<Act> {
        let (pane, response) = {
            let response = ui.allocate_response(ui.available_size(), Sense::click_and_drag());
            (response.rect, response)
        };
        // A key that ends a field elsewhere is not the canvas's, though that gives it the focus.
        let had_focus = response.has_focus();
        self.lay_out(ui, scene);
        self.pane = Some(pane);
        // A view that shows all goes on to while the pane becomes another.
        let follows = self.is_idle() && ui.input(|i| i.time) < self.follows;
        let is_another = |(camera, size): (Camera, egui::Vec2)| camera == self.camera && size != pane.size();
        if (!self.fitted || follows && self.shows_all.is_some_and(is_another)) && pane.is_positive() {
            self.show_all(pane);
        }
        let mut acts = Vec::new();
        let pointer = ui.input(|i| i.pointer.latest_pos()).filter(|at| pane.contains(*at));
        let over = pointer.map(|at| hit(&self.sheet, self.camera.to_canvas(pane, at), self.camera.zoom));
        if !(response.hovered() && self.step(ui, over.as_ref(), &mut acts)) {
            self.wheel(ui, pane, &response);
        }
        self.drag(ui, pane, &response, scene, &mut acts);
        self.click(ui, pane, &response, scene, &mut acts);
        // What nothing else has is the canvas's, from the start.
        if ui.memory(|m| m.focused().is_none()) {
            response.request_focus();
        }
        if response.has_focus() {
            // Tab finds, arrows move: neither goes on to another widget, but into a menu that is open.
            let keeps = !self.menu.as_ref().is_some_and(menu::Menu::takes_keys);
            let keeps = EventFilter {
                tab: keeps && !self.lets_go,
                horizontal_arrows: keeps,
                vertical_arrows: keeps,
                escape: true,
            };
            ui.memory_mut(|m| m.set_focus_lock_filter(response.id, keeps));
        }
        self.lets_go &= response.has_focus() && !response.clicked();
        if had_focus {
            self.keys(ui, pane, scene, &mut acts);
        }
        if self.raised != self.selection {
            let order = self.sheet.raise(&self.selection);
            self.habits.raise(order);
            self.raised.clone_from(&self.selection);
        }
        self.tell(ui, pane, &response, scene);
        self.make_way(pane, pointer.filter(|_| response.hovered() || !self.is_idle()));
        self.paint(ui, pane, scene, over.as_ref(), pointer);
        let wire = match over {
            Some(Hit::Wire(i)) if self.is_idle() && self.menu.is_none() && response.hovered() => Some(i),
            _ => None,
        };
        let looked_at = pointer.zip(wire.and_then(|i| self.sheet.wires.get(i)));
        self.probe.ui(ui, looked_at, scene);
        if scene.marks.fades() {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(500));
        }
        if let Some(over) = over.filter(|_| self.is_idle() && response.hovered()) {
            self.hint(ui, &response, &over, scene);
        }
        if self.sheet.tiles.is_empty() && self.sheet.notes.is_empty() && self.menu.is_none() && !self.covered {
            hint::empty(ui, pane, scene.paints);
        }
        menu::show(self, ui, scene, &mut acts);
        self.page(ui, pane, scene);
        self.dropped(ui, pane, &mut acts);
        acts
    }

    fn lay_out(&mut self, ui: &Ui, scene: &Scene<'_>) {
        if self.stamp != Some(scene.stamp) {
            if self.stamp.is_some() && core::mem::take(&mut self.fits_next) {
                self.fitted = false;
            }
            if let Some((from, to)) = self.renamed.take_if(|(from, to)| {
                !scene.heard.main.nodes.contains_key(from) && scene.heard.main.nodes.contains_key(to)
            }) {
                self.habits.rename(&from, &to);
                if self.selection.remove(&from) {
                    self.selection.insert(to);
                }
            }
            let mut sheet = Sheet::of(scene.heard, scene.own, scene.registry, &mut self.habits);
            sheet.notes.iter_mut().for_each(|note| note.measure(ui.painter()));
            self.gesture.let_go(&self.sheet, &sheet);
            self.sheet = sheet;
            self.stamp = Some(scene.stamp);
            let sheet = &self.sheet;
            self.selection.retain(|name| sheet.tile(name).is_some());
            self.meet_awaited();
            self.glances = None;
        }
        if self.glances.as_ref().is_none_or(|known| !Arc::ptr_eq(known, scene.glances)) {
            let tap = |wire: &tile::Wire| tap(scene.glances, (scene.heard, scene.inside), scene.registry, &wire.from);
            // What passes as events has no level.
            let levels = self.sheet.wires.iter().map(|wire| (wire.kind == Kind::Signal).then(|| tap(wire)).flatten());
            self.taps = levels.collect();
            self.glances = Some(Arc::clone(scene.glances));
        }
    }

    /// The point of the canvas that lies at a place of the window, where the canvas is there.
    pub(crate) fn under(&self, at: Pos2) -> Option<Pos2> {
        let pane = self.pane.filter(|pane| pane.contains(at))?;
        Some(self.camera.to_canvas(pane, at))
    }

    /// The output that is looked at: its node's path and its place.
    pub(crate) fn looks_at(&self) -> Option<&(String, usize)> {
        self.probe.looks_at()
    }

    /// A value as its row shows it.
    #[cfg(test)]
    pub(crate) fn held_of(&self, socket: &Socket) -> Option<super::widgets::Held> {
        self.held(socket)
    }

    /// The point of the canvas in the middle of what is seen.
    pub(crate) fn middle(&self) -> Pos2 {
        self.pane.map_or(Pos2::ZERO, |pane| self.camera.to_canvas(pane, pane.center()))
    }

    /// Where in the window a point of the canvas is.
    #[cfg(test)]
    pub(crate) fn place(&self, at: Pos2) -> Pos2 {
        self.camera.to_window(self.pane.unwrap_or(Rect::ZERO), at)
    }

    #[cfg(test)]
    pub(crate) fn pane(&self) -> Rect {
        self.pane.unwrap_or(Rect::NOTHING)
    }

    #[cfg(test)]
    pub(crate) fn tile(&self, name: &str) -> &tile::Tile {
        self.sheet.tile(&Name::new(name)).unwrap_or_else(|| panic!("no tile {name}"))
    }

    /// Shows all values of nodes, or only those that are set.
    fn unfold(&mut self, names: &BTreeSet<Name>) {
        self.habits.turn_over(names);
        self.stamp = None;
    }

    /// Where in the window something can be taken: titles, ports, values, the middles of cables.
    #[cfg(test)]
    pub(crate) fn grips(&self) -> Vec<Pos2> {
        let tile = |tile: &tile::Tile| {
            let plugs = tile.inputs.iter().chain(&tile.outputs).map(|plug| plug.at);
            let title = tile.rect.center_top() + egui::vec2(0.0, tile::TITLE / 2.0);
            plugs.chain(tile.rows.iter().map(|row| row.rect.center())).chain([title]).collect::<Vec<Pos2>>()
        };
        let wires = self.sheet.wires.iter().map(|wire| hit::along(hit::bend(wire.begin, wire.end), 0.5));
        self.sheet.tiles.iter().flat_map(tile).chain(wires).map(|at| self.place(at)).collect()
    }

    fn is_idle(&self) -> bool {
        matches!(self.gesture, Gesture::None)
    }

    fn show_all(&mut self, pane: Rect) {
        self.camera.fit(pane, self.sheet.bounds());
        (self.fitted, self.shows_all) = (true, Some((self.camera, pane.size())));
    }

    /// The pane is about to become another: a view that shows all is to go on to. A window takes its time.
    pub(crate) fn follow(&mut self, now: f64) {
        self.follows = now + FOLLOWS;
    }

    /// Shows everything.
    pub(crate) fn fit(&mut self) {
        self.fitted = false;
    }

    fn row(&self, socket: &Socket) -> Option<&Row> {
        self.sheet.tile(&socket.node)?.rows.iter().find(|row| Some(&row.name) == socket.port.as_ref())
    }

    /// Of the ends of a script's cable the one that the script made.
    fn guest_of(&self, ends: [&Name; 2]) -> Name {
        ends.into_iter().find(|name| self.is_guest(name)).unwrap_or(ends[0]).clone()
    }

    fn is_guest(&self, name: &Name) -> bool {
        self.sheet.tile(name).is_some_and(|tile| tile.guest)
    }
}
