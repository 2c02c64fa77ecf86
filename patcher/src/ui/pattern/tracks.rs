//! Mini-notation as rows of steps: what hands do to the rows is written back into the text.

use super::cells::{self, Did, Hand, Look, Row, button, chance_menu, steps_field};
use super::grid::{Cell, Grid, Hit, Lane, MOST};
use super::levels::Levels;
use super::place::Desk;
use super::script::Moves;
use egui::{Role, TextEdit, Ui, WidgetInfo};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are kept in mind before all is read anew.
const KNOWN: usize = 256;

/// What is known of a text while it is drawn.
#[derive(Clone)]
struct Known {
    text: String,
    grid: Result<Grid, String>,
    /// Its rows: those that a hand has emptied or named stay.
    rows: Vec<(usize, String)>,
}

/// The hand on the rows of texts.
#[derive(Default)]
pub(super) struct Texts {
    known: BTreeMap<String, Known>,
    /// A lane as it was when a hand began to change its length: of which text and which lane.
    before: Option<(String, usize, Lane)>,
    /// The name of a row that is typed, by the key of its text.
    typed: BTreeMap<String, String>,
}

/// A text to draw.
pub(super) struct Sheet<'a> {
    /// What tells it from others, and what it is called.
    pub key: &'a str,
    pub text: &'a str,
    /// Calls that have it played otherwise than its steps say.
    pub moved: &'a [(String, Moves)],
    pub levels: Option<&'a Levels>,
    /// Whether levels can be written where there are none.
    pub can_level: bool,
    /// Cycles since the beginning, while it plays.
    pub cycle: Option<f64>,
}

/// What hands did to a text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Made {
    pub text: Option<String>,
    pub levels: Option<Levels>,
    pub ended: bool,
    /// It is to be edited as a text.
    pub to_text: bool,
}

impl Texts {
    pub(super) fn show(&mut self, ui: &mut Ui, desk: Desk<'_>, sheet: &Sheet<'_>, hand: &mut Hand) -> Made {
        let mut known = self.known(sheet);
        let mut made = Made::default();
        let moved = sheet.moved.iter().find(|(_, moves)| *moves == Moves::All);
        let moved = moved.map(|(call, _)| format!("`{call}` changes when it plays"));
        let grid = match (&known.grid, moved) {
            (Ok(grid), None) => grid.clone(),
            (read, moved) => {
                let why = moved.as_ref().or(read.as_ref().err()).map_or("", String::as_str);
                ui.horizontal(|ui| {
                    ui.add_space(8.0);
                    let short: String = sheet.text.chars().take(60).collect();
                    ui.monospace(if short.len() < sheet.text.len() { format!("{short}…") } else { short });
                    let says = format!("This pattern is more than a grid ({why}): edit it in Code.");
                    ui.colored_label(desk.paints.faint, says);
                    made.to_text = button(ui, "Edit in Code", &format!("{} edit in Code", sheet.key), "Go to its text");
                });
                return made;
            }
        };
        if !sheet.moved.is_empty() {
            let calls: BTreeSet<String> = sheet.moved.iter().map(|(call, _)| format!("`{call}`")).collect();
            let calls: Vec<String> = calls.into_iter().collect();
            let says = format!("Played now and then otherwise: {}", calls.join(", "));
            ui.horizontal(|ui| {
                ui.add_space(8.0);
                let help = "The steps are what these calls begin with; what they leave out or put beside is not shown";
                ui.colored_label(desk.paints.faint, says).on_hover_text(help);
            });
        }
        let mut new = grid.clone();
        let mut levels = sheet.levels.cloned();
        for (i, (lane, word)) in known.rows.clone().into_iter().enumerate() {
            let is_first = known.rows.iter().position(|(l, _)| *l == lane) == Some(i);
            self.row(ui, (desk, sheet, hand), (lane, &word, is_first), (&mut new, &mut levels), &mut made);
        }
        self.more(ui, sheet, &mut known, new.lanes.len());
        if new != grid {
            let text = new.write();
            // What was read again is what was meant.
            known.grid = Grid::read(&text);
            known.text.clone_from(&text);
            made.text = Some(text);
        }
        if levels.as_ref() != sheet.levels {
            made.levels = levels;
        }
        self.known.insert(sheet.key.to_owned(), known);
        made
    }

    fn known(&mut self, sheet: &Sheet<'_>) -> Known {
        if self.known.len() > KNOWN {
            self.known.clear();
        }
        match self.known.get(sheet.key) {
            Some(known) if known.text == sheet.text => known.clone(),
            _ => {
                let grid = Grid::read(sheet.text);
                let rows = grid.as_ref().map(Grid::words).unwrap_or_default();
                Known { text: sheet.text.to_owned(), grid, rows }
            }
        }
    }

    /// A row: what stands before it, and its steps.
    fn row(
        &mut self,
        ui: &mut Ui,
        (desk, sheet, hand): (Desk<'_>, &Sheet<'_>, &mut Hand),
        (lane, word, is_first): (usize, &str, bool),
        (grid, levels): (&mut Grid, &mut Option<Levels>),
        made: &mut Made,
    ) {
        let name = format!("{} {word}", sheet.key);
        let fresh = grid.lanes.first().map_or(16, |first| first.pace.min(MOST));
        let mut row = grid.lanes.get(lane).cloned().unwrap_or(Lane {
            cells: vec![Cell::Rest; fresh],
            pace: fresh,
            left_out: None,
        });
        let before = row.clone();
        let steady = row.pace == row.cells.len();
        let level = |at: usize| levels.as_ref().map_or(1.0, |levels| levels.at(at, row.pace));
        let looks: Vec<Look> = (0..row.cells.len())
            .map(|at| match row.hit(at, word) {
                Some(hit) => Look {
                    level: Some(level(at).clamp(0.0, 1.0) as f32),
                    chance: (hit.chance() * (1.0 - row.left_out.unwrap_or(0.0))) as f32,
                    strokes: hit.strokes,
                    ..Look::default()
                },
                None => Look { tie: row.is_tied(at, word), chance: 1.0, ..Look::default() },
            })
            .collect();
        let lit = sheet.cycle.map(|cycle| super::time::step_at(cycle * row.pace as f64, 1.0, row.cells.len()));
        let heads = hand.heads;
        heads.across(ui, |ui| {
            heads.show(ui, |ui| {
                cells::name(ui, word, egui::RichText::default());
                if is_first {
                    let (count, over) = steps_field(ui, &name, row.cells.len(), MOST);
                    if let Some(count) = count {
                        // On the way to another length no step is lost.
                        let before = self.before.take().filter(|(key, nth, _)| key == sheet.key && *nth == lane);
                        let before = before.unwrap_or_else(|| (sheet.key.to_owned(), lane, row.clone()));
                        row.clone_from(&self.before.insert(before).2);
                        row.resize(count);
                    }
                    if over {
                        self.before = None;
                    }
                    made.ended |= over;
                    for (sign, by, when) in [("<", -1, "earlier"), (">", 1, "later")] {
                        if button(ui, sign, &format!("{name} one step {when}"), &format!("All one step {when}")) {
                            row.rotate(by);
                            made.ended = true;
                        }
                    }
                }
                made.ended |= fill_menu(ui, &name, word, &mut row);
                if button(ui, "Clear", &format!("{name} clear"), "Nothing plays in this row") {
                    row.clear(word);
                    made.ended = true;
                }
            });
            let drawn = Row {
                name: &name,
                looks: &looks,
                lit,
                step: f64::from(desk.shown.heard.main.signature.max(1)) / row.pace.max(1) as f64,
                fixed: false,
                levels: steady && (sheet.can_level || sheet.levels.is_some()),
                paints: desk.paints,
            };
            let mut chosen = None;
            let done = drawn.show(ui, hand, |ui, at| match row.hit(at, word) {
                Some(hit) => chosen = Some((at, chance_menu(ui, hit.chance() as f32, hit.strokes))),
                None => _ = ui.label("Nothing begins at this step."),
            });
            for did in done {
                match did {
                    Did::Set { at, on } => row.set(at, word, on),
                    Did::Level { at, level } => {
                        levels.get_or_insert(Levels::even(1.0)).set(at, row.pace, f64::from(level));
                    }
                    Did::End => made.ended = true,
                }
            }
            if let Some((at, chose)) = chosen
                && let Some(hit) = row.hit_mut(at, word)
            {
                choose(hit, chose.chance, chose.strokes);
                made.ended |= chose.ended;
            }
        });
        if row != before {
            match grid.lanes.get_mut(lane) {
                Some(lane) => *lane = row,
                None => grid.lanes.push(row),
            }
        }
    }

    /// A field for a further sound.
    fn more(&mut self, ui: &mut Ui, sheet: &Sheet<'_>, known: &mut Known, lanes: usize) {
        let typed = self.typed.entry(sheet.key.to_owned()).or_default();
        let field = TextEdit::singleline(typed).desired_width(110.0).hint_text("add a row…");
        let field = ui.horizontal(|ui| {
            ui.add_space(8.0);
            ui.add(field)
        });
        let field = field.inner;
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, format!("{} add a row", sheet.key)));
        let field = field.on_hover_text("A sound or note, such as hh or bd:3, and Enter: a row for it");
        if !(field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter))) {
            return;
        }
        let word = typed.trim().to_owned();
        let is_word = matches!(Grid::read(&word), Ok(grid) if grid.words() == [(0, word.clone())] && grid.lanes[0].cells.len() == 1);
        if is_word {
            known.rows.push((lanes, word));
            typed.clear();
        }
    }
}

fn fill_menu(ui: &mut Ui, name: &str, word: &str, row: &mut Lane) -> bool {
    let mut done = false;
    let count = row.cells.len();
    let fill = ui.menu_button("Fill", |ui| {
        for pulses in 0..=count.min(16) {
            if ui.button(format!("{pulses} of {count}")).clicked() {
                row.fill(word, pulses);
                done = true;
                ui.close();
            }
        }
    });
    fill.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name} fill")));
    fill.response.on_hover_text("Hits spread as evenly as can be (Euclid)");
    done
}

fn choose(hit: &mut Hit, chance: Option<f32>, strokes: Option<u32>) {
    if let Some(chance) = chance {
        let left_out = ((1.0 - f64::from(chance)) * 100.0).round() / 100.0;
        hit.left_out = (left_out > 0.0).then_some(left_out);
    }
    hit.strokes = strokes.unwrap_or(hit.strokes);
}
