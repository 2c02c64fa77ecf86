//! The tab of patterns: rows of steps of sequencer nodes and of the script's mini-notation.

mod cells;
mod euclid;
pub(crate) mod grid;
mod layout;
mod levels;
pub(crate) mod place;
mod reader;
mod ruler;
mod script;
mod steps;
#[cfg(test)]
mod tests;
mod time;
mod tracks;

use super::code::Code;
use super::draft::Draft;
use super::gestures::Going;
use super::link::Link;
use super::number::number_field;
use bf_node::{Code as Kind, Form, NodeSpec, ParamKind, Value};
use cells::{Hand, Heads, INDENT};
use euclid::Euclids;
use levels::Levels;
use place::{Desk, Place};
use script::{Part, Says, Written};
use steps::Steps;
pub(crate) use steps::number;
use tracks::{Made, Sheet, Texts};

use egui::{Key, Modifiers, RichText, ScrollArea, Ui, WidgetInfo};
use std::ops::Range;

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
    gesture: Going,
    /// What is to be written into the script once all is drawn, and where a gesture is over.
    writes: Vec<(Range<usize>, String)>,
    ended: Option<usize>,
    /// The script before the gesture that goes on.
    before: Option<String>,
    /// Edits of the script: before and after.
    done: Vec<(String, String)>,
    undone: Vec<(String, String)>,
    /// Whether the last that was done here was done to the script.
    text_is_last: bool,
}

/// What a node of the tab says its pattern by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Steps,
    Euclid,
    Text,
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
        let kind = |spec: &NodeSpec| match spec {
            spec if steps::is_row(spec) => Some(Row::Steps),
            spec if euclid::is_euclid(spec) => Some(Row::Euclid),
            spec => notation(spec).map(|_| Row::Text),
        };
        let rows = place::nodes(desk, |spec| kind(spec).is_some());
        let kind_of = |place: &Place| desk.link.registry.get(&place.node(desk.shown)?.kind).and_then(kind);
        let with_kind = |place: Place| kind_of(&place).map(|kind| (place, kind));
        let rows: Vec<(Place, Row)> = rows.into_iter().filter_map(with_kind).collect();
        let parts = script::parts(code.text());
        if rows.is_empty() && parts.is_empty() {
            ui.centered_and_justified(|ui| {
                ui.label(
                    "No pattern yet. Add a node of type steps or euclid on the canvas, or write a track such as \
                     track(\"drums\", s(\"bd*4\")) in Code.",
                );
            });
            return Leads::Stay;
        }
        let mut leads = Leads::Stay;
        ui.painter().rect_filled(ui.max_rect(), 0.0, desk.paints.ground);
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.add_space(6.0);
            let sent = desk.link.sent();
            let bar = f64::from(desk.shown.heard.main.signature.max(1));
            self.hand.ruler.begin(bar);
            self.hand.heads = Heads::of(ui, rows.iter().any(|(_, row)| *row != Row::Text));
            let heads = self.hand.heads;
            let cycle = beat.map(|beat| beat / bar);
            for (place, row) in &rows {
                match row {
                    Row::Steps => {
                        headed(ui, (place, heads), |ui| self.steps.row(ui, desk, place, &mut self.hand, beat));
                    }
                    Row::Euclid => {
                        headed(ui, (place, heads), |ui| self.euclids.row(ui, desk, place, &mut self.hand, beat));
                    }
                    Row::Text => self.node(ui, desk, place, cycle),
                }
            }
            self.text_is_last &= desk.link.sent() == sent;
            for part in &parts {
                leads = if self.part(ui, desk, (code.text(), part), cycle) == Leads::ToCode {
                    Leads::ToCode
                } else {
                    leads
                };
            }
        });
        self.write_down(desk.link, code);
        leads
    }

    /// A node whose text is mini-notation.
    fn node(&mut self, ui: &mut Ui, desk: Desk<'_>, place: &Place, cycle: Option<f64>) {
        let kind = place.node(desk.shown).and_then(|node| desk.link.registry.get(&node.kind));
        let Some(param) = kind.and_then(notation) else { return };
        let said = place.value(desk, param).as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
        let text = Draft::current(&self.draft, place, desk.shown).unwrap_or(said);
        let other = place.value(desk, "code").is_some_and(|code| code.as_text().is_some_and(|code| !code.is_empty()));
        if other || text.trim().is_empty() {
            return;
        }
        ui.push_id(place.title(), |ui| {
            ui.horizontal(|ui| steps::title(ui, desk, place));
            let key = place.title();
            let sheet = Sheet { key: &key, text: &text, moved: &[], levels: None, can_level: false, cycle };
            let made = self.texts.show(ui, desk, &sheet, &mut self.hand);
            if let Some(text) = made.text {
                let label = format!("pattern of {}", place.name);
                place.set(desk, param, Value::Text(text.clone()), label, self.gesture.number(desk.link));
                self.draft = Draft::keep(place.clone(), text, desk.link);
            }
            if made.ended {
                self.gesture.end(desk.link);
            }
            ui.separator();
        });
    }

    /// A track of the script, or a pattern with a name.
    fn part(&mut self, ui: &mut Ui, desk: Desk<'_>, (script, part): (&str, &Part), cycle: Option<f64>) -> Leads {
        let mut leads = Leads::Stay;
        ui.push_id(("part", &part.name, part.is_track), |ui| {
            ui.horizontal(|ui| {
                ui.add_space(INDENT);
                ui.strong(&part.name);
                let says = if part.is_track { "track of the script" } else { "pattern of the script" };
                ui.label(RichText::new(says).color(desk.paints.faint));
                self.swing(ui, script, part);
                // What plays the steps is no row of them.
                for sound in part.texts.iter().filter(|text| text.says == Says::Sound) {
                    let name = script.get(sound.range.clone()).unwrap_or_default();
                    ui.label(RichText::new(format!("sound: {name}")).color(desk.paints.faint));
                }
            });
            let rows = part.texts.iter().enumerate().filter(|(_, text)| text.says == Says::Steps);
            for (nth, (i, text)) in rows.enumerate() {
                let Some(said) = script.get(text.range.clone()) else { continue };
                // What says how hard stands behind it, before the next that says what sounds.
                let mut behind = part.texts[i + 1..].iter().take_while(|next| next.says != Says::Steps);
                let loud = behind.find(|next| next.says == Says::Levels);
                let levels = loud.and_then(|loud| Levels::read(script.get(loud.range.clone())?));
                let key = if nth == 0 { part.name.clone() } else { format!("{} {}", part.name, nth + 1) };
                let can_level = loud.is_none() && takes_more(script, text);
                let (moved, levels) = (text.moved.as_slice(), levels.as_ref());
                let sheet = Sheet { key: &key, text: said, moved, levels, can_level, cycle };
                let made = ui.push_id(nth, |ui| self.texts.show(ui, desk, &sheet, &mut self.hand)).inner;
                if made.to_text {
                    leads = Leads::ToCode;
                }
                self.note((text, loud), made);
            }
            ui.separator();
        });
        leads
    }

    /// Keeps what hands made of a text, to be written.
    fn note(&mut self, (text, loud): (&Written, Option<&Written>), made: Made) {
        if let Some(levels) = made.levels {
            self.writes.push(match loud {
                Some(loud) => (loud.range.clone(), levels.write()),
                None => (text.behind..text.behind, format!(".velocity(\"{}\")", levels.write())),
            });
        }
        if let Some(new) = made.text {
            self.writes.push((text.range.clone(), new));
        }
        if made.ended {
            self.ended = Some(text.range.start);
        }
    }

    /// Writes what hands made into the script. When the gesture is over it is heard, at the next cycle.
    fn write_down(&mut self, link: &Link, code: &mut Code) {
        let mut writes = core::mem::take(&mut self.writes);
        if !writes.is_empty() && self.before.is_none() {
            self.before = Some(code.text().to_owned());
        }
        // The last first, so that the places of the others stay true.
        writes.sort_by_key(|(range, _)| core::cmp::Reverse(range.start));
        writes.into_iter().for_each(|(range, with)| code.rewrite(range, &with));
        let Some(at) = self.ended.take() else { return };
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
    fn swing(&mut self, ui: &mut Ui, script: &str, part: &Part) {
        let Some(first) = part.texts.iter().find(|text| text.says == Says::Steps) else { return };
        if part.swing.is_none() && !takes_more(script, first) {
            return;
        }
        let mut now = part.swing.as_ref().map_or(0.0, |swing| swing.amount);
        let field = ui.add(number_field(&mut now).range(0.0..=0.75).speed(0.005).fixed_decimals(2).prefix("swing "));
        field.widget_info(|| WidgetInfo::slider(true, now, format!("{} swing", part.name)));
        let field =
            field.on_hover_text("How late every second step is: 0.33 is triplets; the script says it as swing_by");
        if field.changed() {
            let amount = (now * 1000.0).round() / 1000.0;
            self.writes.push(match &part.swing {
                Some(swing) => (swing.range.clone(), amount.to_string()),
                None => {
                    let grid = script.get(first.range.clone()).and_then(|text| grid::Grid::read(text).ok());
                    let pairs = grid.and_then(|grid| grid.lanes.iter().map(|lane| lane.pace / 2).max()).unwrap_or(4);
                    (first.behind..first.behind, format!(".swing_by({amount}, {})", pairs.max(1)))
                }
            });
        }
        if field.drag_stopped() || field.lost_focus() {
            self.ended = Some(first.range.start);
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

/// Whether more may be said of what a text plays, just behind its call.
fn takes_more(script: &str, text: &Written) -> bool {
    text.call != "track" && script.get(..text.behind).is_some_and(|before| before.ends_with(')'))
}

/// What belongs to a node's row.
fn headed(ui: &mut Ui, (place, heads): (&Place, Heads), row: impl FnOnce(&mut Ui)) {
    ui.push_id(place.title(), |ui| {
        heads.across(ui, row);
    });
}
