//! Values of nodes on the canvas: turned, stepped by the wheel, clicked.

use super::gesture::{self, Act, Gesture};
use super::hit::Hit;
use super::{Canvas, Row, tile};
use crate::ui::widgets::field::notches;
use crate::ui::widgets::held::TRAVEL;
use crate::ui::widgets::take::STEPPED;
use crate::ui::widgets::{Held, Shape, shape, steps};
use bf_patch::Socket;
use egui::{Modifiers, Pos2, Ui, Vec2};

impl Canvas {
    /// The value of a row, for its gestures.
    pub(super) fn held(&self, socket: &Socket) -> Option<Held> {
        self.sheet.tile(&socket.node)?.held(self.row(socket)?)
    }

    /// A value, or the depth of its modulation, goes with the pointer.
    pub(super) fn turn(&mut self, by: Vec2, modifiers: Modifiers, acts: &mut Vec<Act>) {
        let points = by.x - by.y;
        let mut gesture = core::mem::take(&mut self.gesture);
        let number = Some(self.number);
        match &mut gesture {
            _ if points == 0.0 => {}
            Gesture::Turn { socket, place } => {
                let travel = if modifiers.shift { TRAVEL * 10.0 } else { TRAVEL };
                *place = (*place + points / travel).clamp(0.0, 1.0);
                acts.extend(self.held(socket).map(|held| held.turn(held.value_at(*place), number)));
            }
            Gesture::Deepen { socket, amount } => {
                let turned = self.held(socket).and_then(|held| held.deepened(*amount, points, modifiers.shift));
                if let Some((edit, now)) = turned {
                    *amount = now;
                    acts.push(Act::Edit { edit, label: format!("depth of {socket}"), gesture: number });
                }
            }
            _ => {}
        }
        self.gesture = gesture;
    }

    /// The wheel with Alt over a value steps it; alone it zooms.
    pub(super) fn step(&mut self, ui: &Ui, over: Option<&Hit>, acts: &mut Vec<Act>) -> bool {
        let (Some(Hit::Row(socket)), true) = (over, ui.input(|i| i.modifiers.alt)) else { return false };
        let (notches, fine, now) = ui.input(|i| (notches(&i.events), i.modifiers.shift, i.time));
        let value =
            self.held(socket).filter(|_| notches != 0.0).and_then(|held| Some((held.stepped(notches, fine)?, held)));
        if let Some((value, held)) = value {
            // Notches that follow one another are one gesture.
            if self.stepped.as_ref().is_none_or(|(of, at)| of != socket || now - at > 0.7) {
                self.number += 1;
            }
            self.stepped = Some((socket.clone(), now));
            acts.push(held.turn(value, Some(STEPPED | self.number)));
        }
        true
    }

    /// Whether a click there changes a value by itself: a double click opens no field to type in.
    pub(super) fn is_clicked(&self, socket: &Socket, at: Pos2) -> bool {
        let is = |row: &Row| {
            let form = row.spec.as_ref().map(shape);
            cell_at(row, at).is_some() || matches!(form, Some(Shape::Switch | Shape::Menu))
        };
        self.row(socket).is_some_and(is)
    }

    /// A click on a switch or a step turns it over, on a choice goes on to the next.
    pub(super) fn switch(&self, socket: &Socket, (at, shift): (Pos2, bool), acts: &mut Vec<Act>) {
        let Some(row) = self.row(socket) else { return };
        if let Some(text) = row.steps() {
            if let Some((cell, held)) = cell_at(row, at).zip(self.held(socket)) {
                let text = steps::with(text, &cell, steps::clicked(cell.hit, shift));
                acts.push(held.turn(bf_node::Value::Text(text), None));
            }
            return;
        }
        let (Some(spec), Some((number, _))) = (&row.spec, row.place()) else { return };
        let next = match spec.kind {
            bf_node::ParamKind::Switch { .. } => 1.0 - number,
            bf_node::ParamKind::Choice { options, .. } => (number + 1.0) % options.len().max(1) as f32,
            _ => return,
        };
        acts.extend(self.held(socket).map(|held| held.turn(gesture::value_of(spec, next), None)));
    }
}

/// The step of a row that lies at a place.
fn cell_at(row: &Row, at: Pos2) -> Option<steps::Cell> {
    // As they are drawn.
    let rect = row.rect.shrink2(Vec2::new(8.0, 1.5));
    let rect = rect.with_min_x(rect.min.x + rect.width() * tile::STEPS_FROM);
    let mut cells = steps::cells(row.steps()?);
    let nth = steps::step_at(rect, cells.len(), at)?;
    Some(cells.swap_remove(nth))
}
