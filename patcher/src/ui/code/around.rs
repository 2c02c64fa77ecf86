//! What is around the text: the files and what can be done with them above, and below how what is typed is written.

use super::super::command::Command;
use super::super::link::{Link, Shown, Wish};
use super::super::theme::Paints;
use super::find::Bar;
use super::page::{self, Page};
use super::{Code, editor, files, help};
use egui::{Button, Response, RichText, Role, Ui, WidgetInfo, vec2};

/// What a script begins with.
const STARTER: &str = "// Ctrl+Enter plays the block that the cursor is in, Shift+Enter its line, Alt+Enter all of it,
// from the next bar on; Ctrl+Shift+Enter and Alt+Shift+Enter at once.
// Ctrl+. silences everything, and again brings it back. F1 explains what the cursor is on.

// A beat: bass drum on every beat, hi-hats between. Hold Alt and drag the 4.
track(\"drums\", s(\"bd*4, [~ hh]*4\"));

// A bass line of four notes.
track(\"bass\", note(\"c2 c2 eb2 g1\").s(\"saw\").lpf(600).gain(0.6));
";

impl Code {
    /// A set without a script.
    pub(super) fn empty(&mut self, ui: &mut Ui, link: &Link) {
        ui.vertical_centered(|ui| {
            ui.add_space(ui.available_height() * 0.35);
            ui.label("This set has no script.");
            let start =
                ui.button("Start a script").on_hover_text("Writes live.rhai into the set's folder, with a beat");
            if start.clicked() {
                let (file, text) = (files::FIRST.to_owned(), STARTER.to_owned());
                link.wish(Wish::WriteScript { file, text, base: String::new() });
                self.wants_keys = true;
            }
        });
    }

    /// The files, and what can be done with them.
    pub(super) fn head(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) -> Option<Command> {
        ui.add_space(2.0);
        let draw = |ui: &mut Ui| {
            for (i, page) in self.pages.iter_mut().enumerate() {
                page.typed();
                let failed = shown.scripts.unwritten.contains(&page.name);
                let is_marked = page.is_unsaved() || failed;
                let says = match (failed, page.is_unsaved(), page.imported) {
                    (true, ..) => "It could not be written: see the messages",
                    (_, true, _) => "Not saved",
                    (_, _, true) => "Imported by the script that plays: heard once it is saved",
                    _ => "Saved",
                };
                let tab = tab_ui(ui, &page.name, (i == self.front, is_marked));
                if tab.on_hover_text(says).clicked() && self.front != i {
                    (self.front, self.popup, self.wants_keys) = (i, None, true);
                }
            }
            ui.separator();
            if ui
                .button("Evaluate all")
                .on_hover_text(
                    "Alt+Enter; the block: Ctrl+Enter, the line: Shift+Enter. Now: Alt+Shift+Enter, Ctrl+Shift+Enter",
                )
                .clicked()
            {
                self.evaluate(link, None, shown.quant);
            }
            let chosen = self.times(ui, shown);
            if ui.button("Save").on_hover_text("Ctrl+S").clicked() {
                self.save(link, shown);
            }
            if ui.button("Find").on_hover_text("Ctrl+F; go to a line: Ctrl+G").clicked() {
                self.open_find(Bar::Find);
            }
            // What comes and goes stands last, where it moves nothing.
            self.waits_ui(ui, link, shown, paints);
            if self.pages.get(self.front).is_some_and(Page::is_ahead) {
                ui.colored_label(paints.hand, "edited").on_hover_text("The text is another than what was evaluated");
            }
            if !self.note.is_empty() {
                ui.colored_label(paints.hand, &self.note);
                if ui.small_button("OK").on_hover_text("Put this message away").clicked() {
                    self.note.clear();
                }
            }
            chosen
        };
        let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(6, 0));
        frame.show(ui, |ui| ui.horizontal_wrapped(draw).inner).inner
    }

    /// What is wrong in the line of the cursor, or how what is being typed is written.
    pub(super) fn foot(&self, ui: &mut Ui, shown: &Shown, paints: &Paints) {
        let (Some(page), Some(words)) = (self.pages.get(self.front), &self.words) else { return };
        let at = page::floor(&page.text, page.cursor.1);
        let before = &page.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let (says, color) = match editor::fault_at(page, &shown.faults, line) {
            Some(fault) => (editor::whole(fault), paints.wrong),
            None => (help::signature(words, &page.text, at).unwrap_or_default(), paints.faint),
        };
        egui::Panel::bottom("where").show_separator_line(false).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(format!("{line}:{column}")).monospace().color(paints.faint));
                ui.add(egui::Label::new(RichText::new(says).color(color)).truncate());
            });
        });
    }

    pub(super) fn open_find(&mut self, bar: Bar) {
        if let Some(page) = self.pages.get(self.front) {
            self.find.open(bar, page);
        }
    }
}

/// A file of the set, with room for the dot of what is not saved: it comes and goes at every key that is typed.
fn tab_ui(ui: &mut Ui, name: &str, (is_front, is_marked): (bool, bool)) -> Response {
    const DOT: f32 = 10.0;
    let text = RichText::new(name).strong();
    let tab = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding.x += DOT / 2.0;
            ui.add(Button::selectable(is_front, text))
        })
        .inner;
    if is_marked {
        let at = tab.rect.right_center() - vec2(DOT * 0.75, 0.0);
        ui.painter().circle_filled(at, 2.5, ui.visuals().strong_text_color());
    }
    let says = if is_marked { format!("{name} •") } else { name.to_owned() };
    tab.widget_info(|| WidgetInfo::selected(Role::Button, true, is_front, says.clone()));
    tab
}
