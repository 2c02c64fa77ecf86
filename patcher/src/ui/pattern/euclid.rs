//! Rows of Euclidean rhythms: their numbers, and the steps that come of them.

use super::cells::{Hand, Look, Row, button};
use super::grid::euclid;
use super::place::{Desk, Place};
use super::steps::{number, rate_menu, swing, title};
use super::time::{step_at, step_beats};
use crate::ui::gestures::Going;
use bf_node::{NodeSpec, ParamKind, Value};
use bf_patch::{Edit, Name, Node};
use bf_session::step_text::{self, Level, Step};
use egui::Ui;

/// Whether a node's type spreads hits over steps.
pub(super) fn is_euclid(spec: &NodeSpec) -> bool {
    let whole = |name: &str| spec.param(name).is_some_and(|p| matches!(spec.params[p].kind, ParamKind::Integer { .. }));
    whole("pulses") && whole("steps")
}

/// The hand on Euclidean rows.
#[derive(Default)]
pub(super) struct Euclids {
    gesture: Going,
}

impl Euclids {
    pub(super) fn row(&mut self, ui: &mut Ui, desk: Desk<'_>, place: &Place, hand: &mut Hand, beat: Option<f64>) {
        let hits = hits(desk, place);
        let gesture = &mut self.gesture;
        let mut ended = false;
        hand.heads.show(ui, |ui| {
            title(ui, desk, place);
            for (param, prefix) in [("pulses", "hits "), ("steps", "of "), ("rotation", "turn "), ("accents", "acc ")] {
                ended |= number(ui, desk, place, (param, prefix), gesture);
            }
            ended |= rate_menu(ui, desk, place);
            ended |= swing(ui, desk, place, gesture);
            if !place.is_guest(desk.shown)
                && button(
                    ui,
                    "To steps",
                    &format!("{} to steps", place.title()),
                    "Make a step sequencer of it, to change single steps",
                )
            {
                to_steps(desk, place, &hits);
            }
        });
        if ended {
            self.gesture.end(desk.link);
        }
        let velocity = place.number(desk, "velocity").unwrap_or(0.75);
        let look = |(hit, accent): &(bool, bool)| Look {
            level: hit.then_some((if *accent { velocity * 4.0 / 3.0 } else { velocity }).min(1.0)),
            chance: 1.0,
            ..Look::default()
        };
        let looks: Vec<Look> = hits.iter().map(look).collect();
        let bar = f64::from(desk.shown.heard.main.signature.max(1));
        let rate = place.value(desk, "rate");
        let step = rate.as_ref().and_then(Value::as_text).and_then(|rate| step_beats(rate, looks.len(), bar));
        let lit = beat.zip(step).map(|(beat, step)| step_at(beat, step, looks.len()));
        let title = place.title();
        let row = Row {
            name: &title,
            looks: &looks,
            lit,
            step: step.unwrap_or(0.25),
            fixed: true,
            levels: false,
            paints: desk.paints,
        };
        row.show(ui, hand, |_, _| {});
    }
}

/// Which steps are hits, and which of them accents.
fn hits(desk: Desk<'_>, place: &Place) -> Vec<(bool, bool)> {
    let whole = |param| place.number(desk, param).unwrap_or(0.0).round() as i32;
    let (pulses, steps, rotation) = (whole("pulses"), whole("steps").clamp(1, 64), whole("rotation"));
    // As the node does it: accents are spread over the hits of the row, which is turned then.
    let row = euclid(pulses, steps as usize, 0);
    let count = row.iter().filter(|hit| **hit).count();
    let accents = euclid(whole("accents").clamp(0, count as i32), count.max(1), 0);
    let mut nth = 0;
    let mut all: Vec<(bool, bool)> = row
        .into_iter()
        .map(|hit| {
            nth += usize::from(hit);
            (hit, hit && accents.get(nth - 1) == Some(&true))
        })
        .collect();
    all.rotate_right(rotation.rem_euclid(steps) as usize);
    all
}

/// Makes a step sequencer of it that plays the same.
fn to_steps(desk: Desk<'_>, place: &Place, hits: &[(bool, bool)]) {
    let step = |(hit, accent): &(bool, bool)| match (hit, accent) {
        (false, _) => Step::Rest,
        (true, accent) => Step::Play {
            pitches: Vec::new(),
            level: if *accent { Level::Accent } else { Level::Plain },
            chance: 1.0,
            ratchet: 1,
        },
    };
    let steps: Vec<Step> = hits.iter().map(step).collect();
    let Some(old) = place.node(desk.shown) else { return };
    let mut node = Node::new("steps").with("steps", step_text::write(&steps).as_str());
    for param in ["rate", "gate_length", "swing", "pitch", "velocity"] {
        if let Some(value) = old.params.get(param) {
            node.params.insert(Name::new(param), value.clone());
        }
    }
    let edit = Edit::ReplaceNode { name: place.name.clone(), node };
    place.edit(desk, edit, format!("make {} a row of steps", place.name), None);
}
