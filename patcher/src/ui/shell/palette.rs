//! Every command, found by a few letters.

use crate::ui::command::{ALL, Command, KeyMap, Spec};
use crate::ui::search::best;
use crate::ui::widgets::{is_over, list_row};
use egui::{Align2, Area, Frame, Id, Key, Modifiers, Order, RichText, ScrollArea, Ui, vec2};

/// How many are listed.
const LISTED: usize = 60;

#[derive(Default)]
pub(crate) struct Palette {
    query: String,
    /// Nothing until a letter is typed or an arrow is pressed: Enter alone does nothing.
    chosen: Option<usize>,
    is_old: bool,
}

impl Palette {
    /// Draws it, with what was chosen last before the rest; what was chosen, and whether it stays open.
    pub(crate) fn show(&mut self, ui: &Ui, map: KeyMap, last: &[Command]) -> (Option<Command>, bool) {
        let specs = ordered(last);
        let words: Vec<String> = specs.iter().map(|spec| format!("{} {}", spec.name, spec.help)).collect();
        let found = best(&self.query, specs.iter().copied().zip(words.iter().map(String::as_str)), LISTED);
        let (down, up, enter, escape) = ui.input_mut(|i| {
            let mut key = |key| i.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter), key(Key::Escape))
        });
        let end = found.len().saturating_sub(1);
        self.chosen = match self.chosen {
            None => (down || up).then_some(0),
            Some(at) => Some((at + usize::from(down)).min(end).saturating_sub(usize::from(up))),
        };
        let mut picked = self.chosen.filter(|_| enter).and_then(|at| found.get(at)).map(|spec| spec.command);
        let area =
            Area::new(Id::unique("palette")).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 60.0));
        let width = (ui.ctx().content_rect().width() - 24.0).clamp(200.0, 520.0);
        let shown = area.show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(width);
                let field = egui::TextEdit::singleline(&mut self.query).hint_text("a command: type a few letters");
                let field = ui.add(field.desired_width(f32::INFINITY));
                if !core::mem::replace(&mut self.is_old, true) {
                    field.request_focus();
                }
                if field.changed() {
                    self.chosen = (!self.query.trim().is_empty()).then_some(0);
                }
                let height = (ui.ctx().content_rect().height() - 140.0).clamp(60.0, 380.0);
                ScrollArea::vertical().max_height(height).show(ui, |ui| {
                    for (i, spec) in found.iter().enumerate() {
                        let row = list_row(ui, self.chosen == Some(i), spec.name, &spec.keys_text(ui, map));
                        if row.on_hover_text(spec.help).clicked() {
                            picked = Some(spec.command);
                        }
                        if self.chosen == Some(i) {
                            let help = ui.label(RichText::new(spec.help).size(12.0).weak());
                            if down || up {
                                help.scroll_to_me(None);
                            }
                        }
                    }
                    if found.is_empty() {
                        ui.label("nothing is called so");
                    }
                });
            });
        });
        let elsewhere = ui.input(|i| i.pointer.any_pressed()) && !is_over(ui, &shown.response);
        (picked, picked.is_none() && !escape && !elsewhere)
    }
}

/// All commands, those that were chosen last first.
fn ordered(last: &[Command]) -> Vec<&'static Spec> {
    let of = |command: &Command| ALL.iter().find(|spec| spec.command == *command);
    let rest = ALL.iter().filter(|spec| !last.contains(&spec.command));
    last.iter().filter_map(of).chain(rest).collect()
}
