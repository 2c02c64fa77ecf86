//! The tab of patterns: rows of steps of sequencer nodes and of the script's mini-notation.

mod cells;
mod euclid;
pub(crate) mod grid;
mod layout;
mod levels;
pub(crate) mod place;
mod reader;
mod script;
mod steps;
#[cfg(test)]
mod tests;
mod time;
mod tracks;

use super::code::Code;
use super::draft::Draft;
use super::link::{Link, Wish};
use bf_node::{Code as Kind, Form, NodeSpec, ParamKind, Value};
use cells::Hand;
use euclid::Euclids;
use levels::Levels;
use place::{Desk, Place};
use script::{Part, Written};
use steps::Steps;
pub(crate) use steps::number;
use tracks::{Made, Sheet, Texts};

use egui::{DragValue, Key, Modifiers, RichText, ScrollArea, Ui, WidgetInfo};

/// Edits of the text that can be taken back.
const KEPT: usize = 256;

/// The hand on the rows, and the edits of the text that it made.
#[derive(Default)]
pub(crate) struct Patterns {
    hand: Hand,
    steps: Steps,
    euclids: Euclids,
    texts: Texts,
    /// The text of a node that is under a hand.
    draft: Option<Draft<Place, String>>,
    gesture: u64,
    /// The script before the gesture that goes on.
    before: Option<String>,
    /// Edits of the script: before and after.
    done: Vec<(String, String)>,
    undone: Vec<(String, String)>,
    /// Whether the last that was done here was done to the script.
    text_is_last: bool,
}

/// What the tab wishes of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    Stay,
    ToCode,
}

impl Patterns {
    pub(crate) fn ui(&mut self, ui: &mut Ui, desk: Desk<'_>, code: &mut Code) -> Leads {
        code.follow(desk.shown);
        let status = desk.link.shared.status();
        let beat = status.playing.then_some(status.beat);
        let rows = place::nodes(desk, steps::is_row);
        let euclids = place::nodes(desk, euclid::is_euclid);
        let written = place::nodes(desk, |spec| notation(spec).is_some());
        let parts = script::parts(code.text());
        if rows.is_empty() && euclids.is_empty() && written.is_empty() && parts.is_empty() {
            ui.centered_and_justified(|ui| {
                ui.label(
                    "No pattern yet. Add a node of type steps or euclid on the canvas, or write a track such as \
                     track(\"drums\", s(\"bd*4\")) in Code.",
                );
            });
            return Leads::Stay;
        }
        let mut leads = Leads::Stay;
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            ui.add_space(6.0);
            let sent = desk.link.sent();
            for place in &rows {
                headed(ui, place, |ui| self.steps.row(ui, desk, place, &mut self.hand, beat));
            }
            for place in &euclids {
                headed(ui, place, |ui| self.euclids.row(ui, desk, place, &mut self.hand, beat));
            }
            let bar = f64::from(desk.shown.own.main.signature.max(1));
            let cycle = beat.map(|beat| beat / bar);
            for place in &written {
                self.node(ui, desk, place, cycle);
            }
            self.text_is_last &= desk.link.sent() == sent;
            for part in &parts {
                leads = if self.part(ui, desk, (code, part), cycle) == Leads::ToCode { Leads::ToCode } else { leads };
            }
        });
        leads
    }

    /// A node whose text is mini-notation.
    fn node(&mut self, ui: &mut Ui, desk: Desk<'_>, place: &Place, cycle: Option<f64>) {
        let kind = place.node(desk.shown).and_then(|node| desk.link.registry.get(&node.kind));
        let Some(param) = kind.and_then(|spec| notation(spec)) else { return };
        let said = place.value(desk, param).as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
        let text = Draft::current(&self.draft, place, desk.shown).unwrap_or(said);
        let other = place.value(desk, "code").is_some_and(|code| code.as_text().is_some_and(|code| !code.is_empty()));
        if other || text.trim().is_empty() {
            return;
        }
        ui.push_id(place.title(), |ui| {
            ui.horizontal(|ui| steps::title(ui, desk, place));
            let key = place.title();
            let sheet = Sheet { key: &key, text: &text, levels: None, can_level: false, cycle };
            let made = self.texts.show(ui, desk, &sheet, &mut self.hand);
            if let Some(text) = made.text {
                let label = format!("pattern of {}", place.name);
                place.set(desk, param, Value::Text(text.clone()), label, 1 << 41 | self.gesture);
                self.draft = Draft::keep(place.clone(), text, desk.link);
            }
            if made.ended {
                self.gesture += 1;
                desk.link.wish(Wish::EndGesture);
            }
            ui.separator();
        });
    }

    /// A track of the script, or a pattern with a name.
    fn part(&mut self, ui: &mut Ui, desk: Desk<'_>, (code, part): (&mut Code, &Part), cycle: Option<f64>) -> Leads {
        let mut leads = Leads::Stay;
        ui.push_id(("part", &part.name, part.is_track), |ui| {
            ui.horizontal(|ui| {
                ui.strong(&part.name);
                let says = if part.is_track { "track of the script" } else { "pattern of the script" };
                ui.label(RichText::new(says).small().color(desk.paints.faint));
                self.swing(ui, desk.link, code, part);
            });
            let sounds = part.texts.iter().enumerate().filter(|(_, text)| text.sounds);
            for (nth, (i, text)) in sounds.enumerate() {
                let Some(said) = code.text().get(text.range.clone()).map(str::to_owned) else { continue };
                // What says how hard stands behind it, before the next that says what sounds.
                let loud = part.texts.get(i + 1).filter(|next| !next.sounds);
                let levels = loud.and_then(|loud| Levels::read(code.text().get(loud.range.clone())?));
                let key = if nth == 0 { part.name.clone() } else { format!("{} {}", part.name, nth + 1) };
                let can_level = loud.is_none() && text.call != "track" && code.text()[..text.behind].ends_with(')');
                let sheet = Sheet { key: &key, text: &said, levels: levels.as_ref(), can_level, cycle };
                let made = ui.push_id(nth, |ui| self.texts.show(ui, desk, &sheet, &mut self.hand)).inner;
                if made.to_text {
                    leads = Leads::ToCode;
                }
                if self.write(desk.link, code, (text, loud), made) {
                    // The places behind it are others now: the rest is drawn in the next frame.
                    ui.ctx().request_repaint();
                    break;
                }
            }
            ui.separator();
        });
        leads
    }

    /// Writes what hands made into the script; true where its text has changed.
    fn write(&mut self, link: &Link, code: &mut Code, (text, loud): (&Written, Option<&Written>), made: Made) -> bool {
        let changes = made.text.is_some() || made.levels.is_some();
        if changes && self.before.is_none() {
            self.before = Some(code.text().to_owned());
        }
        // From behind to before, so that the first place stays true.
        if let Some(levels) = made.levels {
            match loud {
                Some(loud) => code.rewrite(loud.range.clone(), &levels.write()),
                None => code.rewrite(text.behind..text.behind, &format!(".velocity(\"{}\")", levels.write())),
            }
        }
        if let Some(new) = made.text {
            code.rewrite(text.range.clone(), &new);
        }
        if made.ended {
            self.end(link, code, text.range.start);
        }
        changes
    }

    /// The gesture is over: what the script says now is heard at the next cycle.
    fn end(&mut self, link: &Link, code: &mut Code, at: usize) {
        let Some(before) = self.before.take().filter(|before| before != code.text()) else { return };
        code.hear(link, Some(at));
        self.done.push((before, code.text().to_owned()));
        if self.done.len() > KEPT {
            self.done.remove(0);
        }
        self.undone.clear();
        self.text_is_last = true;
    }

    /// How late every second step of a track is.
    fn swing(&mut self, ui: &mut Ui, link: &Link, code: &mut Code, part: &Part) {
        let first = part.texts.iter().find(|text| text.sounds);
        let can_say = |text: &&Written| text.call != "track" && code.text()[..text.behind].ends_with(')');
        let insert = first.filter(can_say).map(|text| text.behind);
        if part.swing.is_none() && insert.is_none() {
            return;
        }
        let mut now = part.swing.as_ref().map_or(0.0, |swing| swing.amount);
        let field = ui.add(DragValue::new(&mut now).range(0.0..=0.75).speed(0.005).fixed_decimals(2).prefix("swing "));
        field.widget_info(|| WidgetInfo::slider(true, now, format!("{} swing", part.name)));
        let field =
            field.on_hover_text("How late every second step is: 0.33 is triplets; the script says it as swing_by");
        if field.changed() {
            if self.before.is_none() {
                self.before = Some(code.text().to_owned());
            }
            let amount = (now * 1000.0).round() / 1000.0;
            match (&part.swing, insert, first) {
                (Some(swing), ..) => code.rewrite(swing.range.clone(), &amount.to_string()),
                (None, Some(at), Some(text)) => {
                    let steps = code.text().get(text.range.clone()).and_then(|text| grid::Grid::read(text).ok());
                    let pairs =
                        steps.and_then(|grid| grid.lanes.iter().map(|lane| lane.pace / 2).max()).unwrap_or(4).max(1);
                    code.rewrite(at..at, &format!(".swing_by({amount}, {pairs})"));
                }
                _ => {}
            }
            ui.ctx().request_repaint();
        }
        if (field.drag_stopped() || field.lost_focus())
            && let Some(text) = first
        {
            self.end(link, code, text.range.start);
        }
    }

    /// Takes the last edit of the script back, or does it again, where that was the last thing done here.
    pub(crate) fn takes_back(&mut self, ui: &Ui, link: &Link, code: &mut Code) -> bool {
        let has = |list: &[(String, String)], after: bool, text: &str| {
            list.last().is_some_and(|(a, b)| if after { b == text } else { a == text })
        };
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        let again = self.text_is_last && has(&self.undone, false, code.text());
        if again && (pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || pressed(Modifiers::COMMAND, Key::Y)) {
            let Some((before, after)) = self.undone.pop() else { return false };
            code.rewrite(0..code.text().len(), &after);
            self.done.push((before, after));
        } else if self.text_is_last && has(&self.done, true, code.text()) && pressed(Modifiers::COMMAND, Key::Z) {
            let Some((before, after)) = self.done.pop() else { return false };
            code.rewrite(0..code.text().len(), &before);
            self.undone.push((before, after));
        } else {
            return false;
        }
        code.hear(link, None);
        true
    }
}

/// The param of a type that is mini-notation, where it is its own.
fn notation(spec: &NodeSpec) -> Option<&'static str> {
    let is_text = |kind: &ParamKind| matches!(kind, ParamKind::Setting { form: Form::Code(Kind::Notation), .. });
    spec.params.iter().find(|param| is_text(&param.kind)).map(|param| param.name)
}

/// What belongs to a node's row.
fn headed(ui: &mut Ui, place: &Place, row: impl FnOnce(&mut Ui)) {
    ui.push_id(place.title(), |ui| {
        row(ui);
        ui.separator();
    });
}
