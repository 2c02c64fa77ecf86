//! What a press on the canvas begins, what moves while it is held, and what comes of it when it is let go.

use super::cable::{self, Drawn};
use super::gesture::{self, Act, Gesture};
use super::hit::{self, Hit, hit};
use super::{Canvas, Scene, notes};
use crate::ui::widgets::Depth;
use bf_patch::{Edit, Name, Socket};
use egui::{Key, Modifiers, PointerButton, Pos2, Rect, Ui, Vec2};
use std::collections::{BTreeMap, BTreeSet};

impl Canvas {
    pub(super) fn drag(
        &mut self,
        ui: &Ui,
        pane: Rect,
        response: &egui::Response,
        scene: &Scene<'_>,
        acts: &mut Vec<Act>,
    ) {
        let (modifiers, space) = ui.input(|i| (i.modifiers, i.key_down(Key::Space)));
        if response.drag_started() {
            response.request_focus();
            let from = ui.input(|i| i.pointer.press_origin()).unwrap_or_default();
            let middle =
                response.drag_started_by(PointerButton::Middle) || response.drag_started_by(PointerButton::Secondary);
            self.number += 1;
            self.sent = None;
            self.gesture = if self.is_on_map(pane, from) {
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

    pub(super) fn places(&self, names: &BTreeSet<Name>) -> BTreeMap<Name, Pos2> {
        names.iter().filter_map(|name| Some((name.clone(), self.sheet.tile(name)?.rect.min))).collect()
    }

    /// A single node that has no cable yet and is let go over a cable goes into it.
    fn insert(&self, places: &BTreeMap<Name, Pos2>, scene: &Scene<'_>, acts: &mut Vec<Act>) {
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
            // Right at its beginning it is beside the node, and not meant for the cable.
            let far = wire.begin.distance(middle) > (wire.begin.distance(wire.end) * 0.25).min(40.0);
            far && (0..=24).any(|i| rect.contains(hit::along(points, i as f32 / 24.0)))
        });
        let Some(wire) = crossed else { return };
        let act = cable::inserted(&scene.room(), scene.own, &tile.name, (&wire.from, &wire.to));
        // The way there and what comes of it are one step.
        acts.extend(act.map(|mut act| {
            if let Act::Edit { edit: Edit::Batch(edits), .. } = &mut act {
                edits.extend(self.spread(scene, (name, rect), wire));
            }
            self.joined(act)
        }));
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
}
