//! Rows of step sequencers: their text as cells, and what hands do to it.

use super::cells::{self, Did, Hand, Heads, Look, Row, button, chance_menu, steps_field};
use super::grid::euclid;
use super::place::{Desk, Place};
use super::time::{step_at, step_beats};
use crate::ui::draft::Draft;
use crate::ui::gestures::Going;
use crate::ui::number::number_field;
use crate::ui::prose::explained;
use bf_node::{Form, NodeSpec, ParamKind, Value};
use bf_pattern::note::{note_name, parse_pitch};
use bf_session::step_text::{self, Level, MAX_STEPS, Step};
use egui::{ComboBox, Role, Ui, WidgetInfo};

/// Whether a node's type plays a row of steps that is written in it.
pub(super) fn is_row(spec: &NodeSpec) -> bool {
    let text = |kind: &ParamKind| matches!(kind, ParamKind::Setting { form: Form::Text, .. });
    spec.param("steps").is_some_and(|p| text(&spec.params[p].kind)) && spec.param("rate").is_some()
}

/// The hand on rows of steps.
#[derive(Default)]
pub(super) struct Steps {
    draft: Option<Draft<Place, Vec<Step>>>,
    gesture: Going,
    /// The row as it was when a hand began to change its length.
    before: Option<(Place, Vec<Step>)>,
    /// A pitch that is typed, and of which step.
    typed: Option<(Place, usize, String)>,
}

impl Steps {
    /// The header of a row, the row, and what hands do to both.
    pub(super) fn row(&mut self, ui: &mut Ui, desk: Desk<'_>, place: &Place, hand: &mut Hand, beat: Option<f64>) {
        let text = place.value(desk, "steps").as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
        let mut steps = match Draft::current(&self.draft, place, desk.shown).map_or_else(|| step_text::parse(&text), Ok)
        {
            Ok(steps) => steps,
            Err((found, expected)) => {
                ui.colored_label(desk.paints.wrong, format!("{found}: expected {expected}"));
                return;
            }
        };
        let before = steps.clone();
        let ended = self.head(ui, desk, place, (&mut steps, hand.heads));
        let velocity = place.number(desk, "velocity").unwrap_or(0.75);
        let looks: Vec<Look> = steps.iter().map(|step| look(step, velocity, &text)).collect();
        let bar = f64::from(desk.shown.heard.main.signature.max(1));
        let rate = place.value(desk, "rate");
        let step = rate.as_ref().and_then(Value::as_text).and_then(|rate| step_beats(rate, steps.len(), bar));
        let lit = beat.zip(step).map(|(beat, step)| step_at(beat, step, steps.len()));
        let title = place.title();
        let row = Row {
            name: &title,
            looks: &looks,
            lit,
            step: step.unwrap_or(0.25),
            fixed: false,
            levels: true,
            paints: desk.paints,
        };
        let mut chosen = None;
        let typed = &mut self.typed;
        let done = row.show(ui, hand, |ui, at| {
            let (chance, strokes) = match &steps[at] {
                Step::Play { chance, ratchet, .. } => (*chance, u32::from(*ratchet)),
                _ => {
                    ui.label("Nothing begins at this step.");
                    return;
                }
            };
            chosen =
                Some((at, chance_menu(ui, chance, strokes), pitch_menu(ui, (place, &text), at, &steps[at], typed)));
        });
        let mut ends = ended;
        for did in done {
            match did {
                Did::Set { at, on } => set(&mut steps, at, on),
                Did::Level { at, level } => louder(&mut steps, at, level),
                Did::End => ends = true,
            }
        }
        if let Some((at, chose, pitches)) = chosen
            && let Some(Step::Play { chance, ratchet, pitches: now, .. }) = steps.get_mut(at)
        {
            *chance = chose.chance.unwrap_or(*chance);
            *ratchet = chose.strokes.map_or(*ratchet, |n| n as u8);
            ends |= chose.ended;
            if let Some(pitches) = pitches {
                *now = pitches;
                ends = true;
            }
        }
        if steps != before {
            let value = Value::Text(step_text::write(&steps));
            place.set(desk, "steps", value, format!("steps of {}", place.name), self.gesture.number(desk.link));
            self.draft = Draft::keep(place.clone(), steps, desk.link);
        }
        if ends {
            self.before = None;
            self.gesture.end(desk.link);
        }
    }

    /// Length, rate, swing, and what changes the whole row; answers whether a gesture is over.
    fn head(&mut self, ui: &mut Ui, desk: Desk<'_>, place: &Place, (steps, heads): (&mut Vec<Step>, Heads)) -> bool {
        let name = place.title();
        let mut ended = false;
        heads.show(ui, |ui| {
            title(ui, desk, place);
            let (count, over) = steps_field(ui, &name, steps.len(), MAX_STEPS);
            if let Some(count) = count {
                // On the way to another length no step is lost.
                let before = self.before.take().filter(|(of, _)| of == place);
                let (_, row) = self.before.insert(before.unwrap_or_else(|| (place.clone(), steps.clone())));
                steps.clone_from(row);
                steps.resize(count, Step::Rest);
            }
            ended |= over;
            ended |= rate_menu(ui, desk, place);
            ended |= swing(ui, desk, place, &mut self.gesture);
            if button(ui, "<", &format!("{name} one step earlier"), "All one step earlier") {
                steps.rotate_left(1);
                ended = true;
            }
            if button(ui, ">", &format!("{name} one step later"), "All one step later") {
                steps.rotate_right(1);
                ended = true;
            }
            let fill = ui.menu_button("Fill", |ui| {
                for pulses in 0..=steps.len().min(16) {
                    if ui.button(format!("{pulses} of {}", steps.len())).clicked() {
                        fill(steps, pulses);
                        ended = true;
                        ui.close();
                    }
                }
            });
            fill.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name} fill")));
            fill.response.on_hover_text("Hits spread as evenly as can be (Euclid)");
            if button(ui, "Clear", &format!("{name} clear"), "Nothing plays in this row") {
                steps.fill(Step::Rest);
                ended = true;
            }
        });
        ended
    }
}

/// How long a step is.
pub(super) fn rate_menu(ui: &mut Ui, desk: Desk<'_>, place: &Place) -> bool {
    let Some(spec) = place.spec(desk, "rate") else { return false };
    let ParamKind::Choice { options, .. } = spec.kind else { return false };
    let now = place.value(desk, "rate").as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
    let mut chosen = None;
    let menu = ComboBox::from_id_salt(("rate", place.title())).selected_text(&now).width(64.0).show_ui(ui, |ui| {
        for option in options {
            if ui.selectable_label(now == *option, *option).clicked() {
                chosen = Some((*option).to_owned());
            }
        }
    });
    crate::ui::app::named(&menu.response, &format!("{} rate", place.title()));
    menu.response.on_hover_text("How long a step is");
    let Some(rate) = chosen else { return false };
    if let Some(edit) = place.laid(desk.shown, "rate", Value::Text(rate)) {
        place.edit(desk, edit, format!("rate of {}", place.name), None);
    }
    true
}

/// How late every second step is; answers whether the drag is over.
pub(super) fn swing(ui: &mut Ui, desk: Desk<'_>, place: &Place, gesture: &mut Going) -> bool {
    number(ui, desk, place, ("swing", "swing "), gesture)
}

/// A number of a row in a small field; answers whether the drag is over.
pub(crate) fn number(
    ui: &mut Ui,
    desk: Desk<'_>,
    place: &Place,
    (param, prefix): (&'static str, &str),
    gesture: &mut Going,
) -> bool {
    let (Some(spec), Some(mut now)) = (place.spec(desk, param), place.number(desk, param)) else { return false };
    let (least, most) = spec.range();
    let whole = matches!(spec.kind, ParamKind::Integer { .. });
    let field = number_field(&mut now).range(least..=most).prefix(prefix);
    let field = if whole { field.speed(0.1).fixed_decimals(0) } else { field.speed(0.005).fixed_decimals(2) };
    let response = explained(ui.add(field), spec.help);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(now), format!("{} {param}", place.title())));
    if response.changed() {
        let value = crate::ui::canvas::gesture::value_of(spec, now);
        place.set(desk, param, value, format!("{param} of {}", place.name), gesture.number(desk.link));
    }
    response.drag_stopped() || response.lost_focus()
}

/// The name of a note as the row's text has it; with sharps where it has it not.
fn spelled(pitch: f32, text: &str) -> String {
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '#'));
    let word = words.find(|word| word.starts_with(char::is_alphabetic) && parse_pitch(word) == Ok(pitch));
    word.map_or_else(|| note_name(pitch), str::to_owned)
}

/// How a step of a text looks where steps are played with a velocity.
fn look(step: &Step, velocity: f32, text: &str) -> Look {
    let Step::Play { pitches, level, chance, ratchet } = step else {
        return Look { tie: *step == Step::Tie, chance: 1.0, ..Look::default() };
    };
    let level = match level {
        Level::Soft => 0.5 * velocity,
        Level::Plain => velocity,
        Level::Accent => velocity * 4.0 / 3.0,
        Level::Exactly(level) => *level,
    };
    let text = match pitches.as_slice() {
        [] => String::new(),
        [one] => spelled(*one, text),
        [first, ..] => format!("{}+", spelled(*first, text)),
    };
    Look { level: Some(level.min(1.0)), chance: *chance, strokes: u32::from(*ratchet), tie: false, text }
}

/// Puts a hit at a step, or nothing. Among notes it has the pitch of the one before.
fn set(steps: &mut [Step], at: usize, on: bool) {
    if at >= steps.len() {
        return;
    }
    if !on {
        steps[at] = Step::Rest;
        // What went on from it is silent, too.
        steps[at + 1..].iter_mut().take_while(|step| **step == Step::Tie).for_each(|step| *step = Step::Rest);
        return;
    }
    let near = steps[..at].iter().rev().chain(&steps[at..]);
    let pitches =
        near.filter_map(|step| if let Step::Play { pitches, .. } = step { Some(pitches) } else { None }).next();
    let pitches = pitches.cloned().unwrap_or_default();
    if !matches!(steps[at], Step::Play { .. }) {
        steps[at] = Step::Play { pitches, level: Level::Plain, chance: 1.0, ratchet: 1 };
    }
}

fn louder(steps: &mut [Step], at: usize, to: f32) {
    if let Some(Step::Play { level, .. }) = steps.get_mut(at) {
        *level = Level::Exactly((to * 100.0).round() / 100.0);
    }
}

/// Spreads hits over the row; those that stand there already stay as they are.
fn fill(steps: &mut [Step], pulses: usize) {
    let hits = euclid(pulses as i32, steps.len(), 0);
    (0..steps.len()).for_each(|at| set(steps, at, hits.get(at) == Some(&true)));
}

/// A field for the notes of a step; answers them once they are typed.
fn pitch_menu(
    ui: &mut Ui,
    (place, row): (&Place, &str),
    at: usize,
    step: &Step,
    typed: &mut Option<(Place, usize, String)>,
) -> Option<Vec<f32>> {
    let Step::Play { pitches, .. } = step else { return None };
    let is_here = typed.as_ref().is_some_and(|(p, step, _)| p == place && *step == at);
    if !is_here {
        let names: Vec<String> = pitches.iter().map(|pitch| spelled(*pitch, row)).collect();
        *typed = Some((place.clone(), at, names.join(",")));
    }
    let (.., text) = typed.as_mut()?;
    ui.label("Notes");
    let field = ui.add(egui::TextEdit::singleline(text).desired_width(120.0).hint_text("c4 or c4,eb4; empty: a hit"));
    field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "notes of the step"));
    if !field.lost_focus() {
        return None;
    }
    let notes: Result<Vec<f32>, _> =
        text.split(',').filter(|t| !t.trim().is_empty()).map(|t| parse_pitch(t.trim())).collect();
    *typed = None;
    notes.ok().filter(|notes| notes.len() <= step_text::MAX_CHORD && notes != pitches)
}

/// The name of a row, and whom it plays.
pub(super) fn title(ui: &mut Ui, desk: Desk<'_>, place: &Place) {
    let by_hand = desk.shown.heard.main.overrides.contains_key(&place.socket("steps"));
    let says = match (place.is_guest(desk.shown), by_hand, place.plays(desk.shown)) {
        (true, true, _) => "by hand, over the script".to_owned(),
        (true, false, _) => "from the script".to_owned(),
        (false, _, Some(plays)) => format!("plays {plays}"),
        (false, _, None) => "plays nothing yet".to_owned(),
    };
    let color = if by_hand { desk.paints.hand } else { desk.paints.faint };
    cells::name(ui, &place.title(), egui::RichText::new(says).color(color));
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn a_note_is_called_what_the_text_calls_it() {
        assert_eq!(spelled(39.0, "c2 ~ eb2:0.5 c2,g#2"), "eb2");
        assert_eq!(spelled(44.0, "c2 ~ eb2:0.5 c2,g#2"), "g#2");
        assert_eq!(spelled(46.0, "c2 eb2"), "a#2");
    }
}
