//! The canvas: the patch as nodes and cables, drawn from the document and edited by gestures.

mod arrange;
pub(crate) mod cable;
mod camera;
mod clip;
pub(crate) mod collapse;
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
pub(crate) mod ports;
mod reach;
mod sight;
pub(crate) mod tile;
mod values;

use super::pulse::{Glances, Tap, cost, place_of_peak, tap};
use super::theme::Paints;
use super::widgets::Depth;
use super::widgets::marks::{Badge, Marks};
use super::widgets::probe::Probe;
use bf_node::{Kind, Registry};
use bf_patch::{Edit, Name, Patch, Room, Set, Socket, Types};
use bf_session::Scope;
use cable::Drawn;
use camera::Camera;
use draw::Brush;
use egui::{EventFilter, Key, Modifiers, PointerButton, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};
use gesture::{Act, Gesture};
use hit::{Hit, hit};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tile::{Row, Sheet};

/// What is to be drawn.
pub(crate) struct Scene<'a> {
    /// What is heard: the set with what scripts play.
    pub heard: &'a Set,
    /// What the set itself owns.
    pub own: &'a Patch,
    /// The path of the patch inside the set, with a slash behind each name; empty for the set's own.
    pub inside: &'a str,
    pub registry: &'a Registry,
    /// Changes with the set: what is laid out is kept until then.
    pub stamp: u64,
    pub paints: &'a Paints,
    /// What sounds and what it costs.
    pub glances: &'a Arc<Glances>,
    /// The length of a block in nanoseconds.
    pub block_ns: f32,
    /// What is marked on nodes and values.
    pub marks: &'a Marks,
    /// What passes through the cable that is looked at.
    pub scope: &'a Scope,
}

impl Scene<'_> {
    /// What is drawn, as cables see it.
    fn room(&self) -> Room<'_> {
        let types = Types::new(self.heard, self.registry);
        Room { types, patch: &self.heard.main, beside: None, inside: !self.inside.is_empty() }
    }

    /// The share of a block that a node costs.
    fn cost(&self, name: &Name) -> f32 {
        cost(self.glances, &format!("{}{name}", self.inside), self.block_ns)
    }

    /// By how many milliseconds what leaves a node is late.
    fn delay(&self, name: &Name) -> Option<f32> {
        self.marks.delays.get(&format!("{}{name}", self.inside)).copied()
    }

    /// What a node is marked with.
    fn badge(&self, tile: Option<&tile::Tile>) -> Option<Badge> {
        let tile = tile.filter(|_| !self.marks.is_empty())?;
        let frozen = tile.frozen.iter().flat_map(|frozen| frozen.files.iter().map(|(_, file)| file.as_str()));
        let files = tile.rows.iter().flat_map(|row| row.value.texts()).chain(frozen);
        self.marks.badge(&format!("{}{}", self.inside, tile.name), files)
    }
}

/// How nodes and cables stand out.
pub(crate) struct Looks<'a> {
    pub selection: &'a BTreeSet<Name>,
    pub wire: Option<usize>,
    /// What is known of each cable's level, by its place in the sheet.
    taps: &'a [Option<Tap>],
    scene: &'a Scene<'a>,
}

impl Looks<'_> {
    /// The level of what a cable carries, 0 to 1; halfway where nothing is known of it.
    fn level(&self, wire: usize) -> f32 {
        self.taps.get(wire).and_then(Option::as_ref).map_or(0.5, |tap| place_of_peak(tap.peak()))
    }

    /// The share of a block that a node costs.
    fn cost(&self, name: &Name) -> f32 {
        self.scene.cost(name)
    }

    /// By how many milliseconds what leaves a node is late.
    fn delay(&self, name: &Name) -> Option<f32> {
        if self.scene.marks.delays.is_empty() { None } else { self.scene.delay(name) }
    }

    fn badge(&self, tile: &tile::Tile) -> Option<Badge> {
        self.scene.badge(Some(tile))
    }

    /// Whether a value waits for a control, or for a hand that is recorded.
    fn waits(&self, tile: &tile::Tile, row: &Row) -> bool {
        let marks = self.scene.marks;
        let all = [&marks.learns_midi, &marks.learns_osc, &marks.armed];
        let is = |socket: &Socket| socket.node == tile.name && socket.port.as_ref() == Some(&row.name);
        self.scene.inside.is_empty() && all.into_iter().flatten().any(is)
    }
}

/// The view of a patch. It holds no part of the patch itself.
#[derive(Default)]
pub(crate) struct Canvas {
    pub camera: Camera,
    pub selection: BTreeSet<Name>,
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
        self.lay_out(scene);
        self.pane = Some(pane);
        if !self.fitted && pane.is_positive() {
            self.camera.fit(pane, self.sheet.bounds());
            self.fitted = true;
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
        self.tell(ui, pane, &response, scene);
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
        menu::show(self, ui, scene, &mut acts);
        self.page(ui, pane, scene);
        self.dropped(ui, pane, &mut acts);
        acts
    }

    fn lay_out(&mut self, scene: &Scene<'_>) {
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
            let sheet = Sheet::of(scene.heard, scene.own, scene.registry, &mut self.habits);
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
            let title = tile.rect.center_top() + Vec2::new(0.0, tile::TITLE / 2.0);
            plugs.chain(tile.rows.iter().map(|row| row.rect.center())).chain([title]).collect::<Vec<Pos2>>()
        };
        let wires = self.sheet.wires.iter().map(|wire| hit::along(hit::bend(wire.begin, wire.end), 0.5));
        self.sheet.tiles.iter().flat_map(tile).chain(wires).map(|at| self.place(at)).collect()
    }

    fn is_idle(&self) -> bool {
        matches!(self.gesture, Gesture::None)
    }

    /// Shows everything.
    pub(crate) fn fit(&mut self) {
        self.fitted = false;
    }

    fn wheel(&mut self, ui: &Ui, pane: Rect, response: &egui::Response) {
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

    fn drag(&mut self, ui: &Ui, pane: Rect, response: &egui::Response, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        let (modifiers, space) = ui.input(|i| (i.modifiers, i.key_down(Key::Space)));
        if response.drag_started() {
            response.request_focus();
            let from = ui.input(|i| i.pointer.press_origin()).unwrap_or_default();
            let middle =
                response.drag_started_by(PointerButton::Middle) || response.drag_started_by(PointerButton::Secondary);
            self.number += 1;
            self.sent = None;
            self.gesture = if self.map(pane).is_some_and(|map| map.area.contains(from)) {
                Gesture::Map
            } else if middle || space {
                Gesture::Pan
            } else {
                self.begin(self.camera.to_canvas(pane, from), modifiers, scene, acts)
            };
        }
        let Some(at) = response.interact_pointer_pos() else { return };
        let here = self.camera.to_canvas(pane, at);
        if response.dragged() {
            match &self.gesture {
                Gesture::Pan => self.camera.pan(response.drag_delta()),
                Gesture::Map => self.look_at(pane, at),
                Gesture::Move { .. } | Gesture::Carry(_) | Gesture::Size(_) => self.shift(here, acts),
                Gesture::Turn { .. } | Gesture::Deepen { .. } => self.turn(response.drag_delta(), modifiers, acts),
                Gesture::Lasso { from, keeps } => {
                    let mut all = gesture::lassoed(&self.sheet, Rect::from_two_pos(*from, here));
                    all.extend(keeps.iter().cloned());
                    self.selection = all;
                }
                // A folded node shows its values to a cable that comes.
                Gesture::Wire { .. } | Gesture::Rewire { .. } => {
                    if let Hit::Fold(name) = hit(&self.sheet, here, self.camera.zoom)
                        && !self.habits.open.contains(&name)
                    {
                        self.unfold(&[name].into());
                    }
                }
                Gesture::Back { .. } | Gesture::None => {}
            }
        }
        if response.drag_stopped() {
            let on = hit(&self.sheet, here, self.camera.zoom);
            let room = scene.room();
            match core::mem::take(&mut self.gesture) {
                // Near another cable, or in a frame, is as in space.
                Gesture::Wire { from } if matches!(on, Hit::Nothing | Hit::Wire(_) | Hit::Note(_)) => {
                    acts.push(Act::Find { at: here, drawn: Some(Drawn::From(from)) });
                }
                Gesture::Wire { from } => acts.extend(cable::dropped(&room, scene.own, &from, None, &on)),
                Gesture::Rewire { from, was } => {
                    acts.extend(cable::dropped(&room, scene.own, &from, Some(&was), &on));
                }
                Gesture::Back { to } => acts.extend(cable::fed(&room, scene.own, &to, (here, &on))),
                Gesture::Move { places, .. } => self.insert(&places, scene, acts),
                _ => {}
            }
            acts.push(Act::End);
        }
    }

    /// What a press begins.
    fn begin(&mut self, at: Pos2, modifiers: Modifiers, scene: &Scene<'_>, acts: &mut Vec<Act>) -> Gesture {
        match hit(&self.sheet, at, self.camera.zoom) {
            Hit::Output(from) => Gesture::Wire { from },
            Hit::Input(to) => {
                // The last cable that entered comes off in the hand.
                let first = self
                    .sheet
                    .tile(&to.node)
                    .and_then(|t| t.inputs.first())
                    .is_some_and(|p| Some(&p.name) == to.port.as_ref());
                let bare = Socket { node: to.node.clone(), port: None };
                let entries = [Some(&to), first.then_some(&bare)];
                let found = entries.into_iter().flatten().find_map(|to| Some((to, scene.own.cables.get(to)?.last()?)));
                match found {
                    Some((to, cable)) => Gesture::Rewire { from: cable.from.clone(), was: to.clone() },
                    None => {
                        let last = |to: &Socket| scene.heard.main.cables.get(to)?.last();
                        let script = last(&to).or_else(|| first.then(|| last(&bare)).flatten());
                        acts.extend(script.map(|cable| Act::Owned(self.guest_of([&to.node, &cable.from.node]))));
                        if script.is_some() { Gesture::None } else { Gesture::Back { to } }
                    }
                }
            }
            Hit::Row(socket) => {
                let Some(held) = self.held(&socket) else { return Gesture::None };
                match (held.place(), held.depth) {
                    (Some(_), Some(Depth { guest: true, .. })) if modifiers.alt => {
                        acts.push(Act::Owned(socket.node));
                        Gesture::None
                    }
                    (Some(_), Some(Depth { amount, .. })) if modifiers.alt => Gesture::Deepen { socket, amount },
                    (Some(place), _) => Gesture::Turn { socket, place },
                    _ => Gesture::None,
                }
            }
            Hit::Node(name) | Hit::Fold(name) => {
                if !self.selection.contains(&name) {
                    if !modifiers.shift {
                        self.selection.clear();
                    }
                    self.selection.insert(name);
                }
                if modifiers.alt
                    && let Some((act, made)) = gesture::copied(scene.own, &self.sheet, &self.selection, Vec2::ZERO)
                {
                    let place = |(name, copy): (&Name, &Name)| Some((copy.clone(), self.sheet.tile(name)?.rect.min));
                    let places = made.iter().filter_map(place).collect();
                    // The copy and its way are one step.
                    acts.push(self.joined(act));
                    self.selection = made.into_values().collect();
                    return Gesture::Move { from: at, places };
                }
                Gesture::Move { from: at, places: self.places(&self.selection) }
            }
            Hit::Note(notes::On::Note(name)) => {
                let carried = self.carry(&name, at);
                self.chosen = Some(name);
                carried.map_or(Gesture::None, Gesture::Carry)
            }
            Hit::Note(notes::On::Grip(name)) => self.size(&name).map_or(Gesture::None, Gesture::Size),
            Hit::Wire(_) | Hit::Nothing => {
                let keeps = if modifiers.shift { self.selection.clone() } else { BTreeSet::new() };
                Gesture::Lasso { from: at, keeps }
            }
        }
    }

    fn places(&self, names: &BTreeSet<Name>) -> std::collections::BTreeMap<Name, Pos2> {
        names.iter().filter_map(|name| Some((name.clone(), self.sheet.tile(name)?.rect.min))).collect()
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

    /// A single node that has no cable yet and is let go over a cable goes into it.
    fn insert(&self, places: &std::collections::BTreeMap<Name, Pos2>, scene: &Scene<'_>, acts: &mut Vec<Act>) {
        let Some((name, from)) = places.first_key_value().filter(|_| places.len() == 1) else { return };
        let Some(tile) = self.sheet.tile(name) else { return };
        // Where it was let go: what is drawn may be a frame behind.
        let [x, y] = self.sent.unwrap_or_default();
        let rect = Rect::from_min_size(*from + Vec2::new(x as f32, y as f32), tile.rect.size());
        let touches = |to: &Socket, from: &Socket| to.node == tile.name || from.node == tile.name;
        if self.sheet.wires.iter().any(|wire| touches(&wire.to, &wire.from)) {
            return;
        }
        let middle = rect.center();
        let crossed = self.sheet.wires.iter().find(|wire| {
            let points = hit::bend(wire.begin, wire.end);
            (0..=24).any(|i| rect.contains(hit::along(points, i as f32 / 24.0)) && wire.begin.distance(middle) > 40.0)
        });
        let act =
            crossed.and_then(|wire| cable::inserted(&scene.room(), scene.own, &tile.name, (&wire.from, &wire.to)));
        // The way there and what comes of it are one step.
        acts.extend(act.map(|act| self.joined(act)));
    }

    /// The same as a part of the gesture that goes on.
    fn joined(&self, mut act: Act) -> Act {
        if let Act::Edit { gesture, .. } = &mut act {
            *gesture = Some(self.number);
        }
        act
    }

    /// What is dragged lies where the hand is now, where that is another place on the grid.
    fn shift(&mut self, here: Pos2, acts: &mut Vec<Act>) {
        let label = if matches!(self.gesture, Gesture::Size(_)) { "size a frame" } else { "move" };
        let (by, began) = match &self.gesture {
            Gesture::Move { from, .. } => (gesture::snap((here - *from).to_pos2()), Some([0, 0])),
            Gesture::Carry(carried) => (carried.by(here), Some([0, 0])),
            _ => (gesture::snap(here), None),
        };
        if self.sent.replace(by).or(began) == Some(by) {
            return;
        }
        let edit = match &self.gesture {
            Gesture::Move { places, .. } => gesture::moved(places, Vec2::new(by[0] as f32, by[1] as f32)),
            Gesture::Carry(carried) => carried.edit(&self.sheet, by),
            Gesture::Size(sized) => match sized.edit(&self.sheet, here) {
                Some(edit) => edit,
                None => return,
            },
            _ => return,
        };
        // Nothing is left of it where another hand has removed all.
        if !matches!(&edit, Edit::Batch(edits) if edits.is_empty()) {
            acts.push(Act::Edit { edit, label: label.to_owned(), gesture: Some(self.number) });
        }
    }

    fn click(&mut self, ui: &Ui, pane: Rect, response: &egui::Response, scene: &Scene<'_>, acts: &mut Vec<Act>) {
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

    fn paint(&self, ui: &Ui, pane: Rect, scene: &Scene<'_>, over: Option<&Hit>, pointer: Option<Pos2>) {
        let painter = ui.painter_at(pane);
        let brush = Brush { painter: &painter, pane, camera: self.camera, paints: scene.paints };
        brush.ground();
        brush.frames(&self.sheet, self.chosen.as_ref());
        let wire = match over {
            Some(Hit::Wire(i)) if self.is_idle() => Some(*i),
            _ => None,
        };
        let looks = Looks { selection: &self.selection, wire, taps: &self.taps, scene };
        brush.sheet(&self.sheet, &looks);
        brush.comments(&self.sheet, self.chosen.as_ref());
        if let (Gesture::Wire { from } | Gesture::Rewire { from, .. }, Some(at)) = (&self.gesture, pointer)
            && let Some(tile) = self.sheet.tile(&from.node)
        {
            let end = self.camera.to_canvas(pane, at);
            brush.bow(tile.exit(from.port.as_ref()), end, Stroke::new(2.0, scene.paints.accent));
        }
        if let (Gesture::Back { to }, Some(at)) = (&self.gesture, pointer)
            && let Some(tile) = self.sheet.tile(&to.node)
        {
            let begin = self.camera.to_canvas(pane, at);
            brush.bow(begin, tile.entry(to.port.as_ref()), Stroke::new(2.0, scene.paints.accent));
        }
        if let (Gesture::Lasso { from, .. }, Some(at)) = (&self.gesture, pointer) {
            let part = Rect::from_two_pos(self.camera.to_window(pane, *from), at);
            painter.rect_filled(part, 0.0, scene.paints.accent.gamma_multiply(0.12));
            painter.rect_stroke(part, 0.0, Stroke::new(1.0, scene.paints.accent), StrokeKind::Inside);
        }
        if let Some(map) = self.map(pane) {
            map.paint(&painter, &self.sheet, self.camera.seen(pane), scene.paints);
        }
    }
}
