//! The first page: recent sets, a new one, examples, the tour.

use super::make::{EXAMPLES, Template, name_of};
use crate::ui::theme::Paints;
use egui::{RichText, ScrollArea, Ui, vec2};
use std::path::PathBuf;

/// What was chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    Open(PathBuf),
    Browse,
    New(Template),
    Example(usize),
    Tour,
    /// The set that plays is shown again.
    Back,
}

/// Recent sets that are shown.
const RECENT: usize = 8;

/// Draws the page; `back` where there is a set behind it.
pub(crate) fn ui(ui: &mut Ui, recent: &[PathBuf], coming: Option<&str>, paints: &Paints, back: bool) -> Option<Choice> {
    let mut choice = None;
    let mut choose = |chosen: Choice| choice = Some(chosen);
    egui::Frame::new().inner_margin(20.0).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("BeatForge").size(28.0).color(paints.accent).strong());
            if back && ui.button("Back to the set").on_hover_text("It has played on").clicked() {
                choose(Choice::Back);
            }
            if let Some(coming) = coming {
                ui.spinner();
                ui.label(format!("{coming} is opened"));
            }
        });
        ui.add_space(12.0);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let wide = ui.available_width() > 620.0;
            let count = if wide { 2 } else { 1 };
            ui.columns(count, |columns| {
                begin(&mut columns[0], recent, paints, &mut choose);
                examples(&mut columns[count - 1], paints, &mut choose);
            });
        });
    });
    choice
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    ui.label(RichText::new(text).size(17.0).strong());
    ui.add_space(4.0);
}

/// A wide button with a line of help under its name.
fn row(ui: &mut Ui, name: &str, about: &str, paints: &Paints) -> bool {
    let width = ui.available_width().min(380.0);
    let text = egui::Button::new(RichText::new(name).size(15.0)).min_size(vec2(width, 28.0));
    let clicked = ui.add(text).on_hover_text(about).clicked();
    ui.label(RichText::new(about).small().color(paints.faint));
    clicked
}

fn begin(ui: &mut Ui, recent: &[PathBuf], paints: &Paints, choose: &mut impl FnMut(Choice)) {
    heading(ui, "Begin");
    if row(ui, "Take the tour", "Six steps through a set that plays, on a copy", paints) {
        choose(Choice::Tour);
    }
    for (template, name, about) in Template::ALL {
        if row(ui, &format!("New set: {}", name.to_lowercase()), about, paints) {
            choose(Choice::New(template));
        }
    }
    if row(ui, "Open a set", "A folder with a set.toml or a live.rhai, or one such file (Ctrl+O)", paints) {
        choose(Choice::Browse);
    }
    if !recent.is_empty() {
        heading(ui, "Recent sets");
    }
    for place in recent.iter().take(RECENT) {
        if row(ui, &name_of(place), &place.display().to_string(), paints) {
            choose(Choice::Open(place.clone()));
        }
    }
}

fn examples(ui: &mut Ui, paints: &Paints, choose: &mut impl FnMut(Choice)) {
    heading(ui, "Examples");
    for (i, example) in EXAMPLES.iter().enumerate() {
        if row(ui, example.name, example.about, paints) {
            choose(Choice::Example(i));
        }
    }
}
