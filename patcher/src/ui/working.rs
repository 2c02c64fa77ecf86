//! What is under way beside the sound, in one place that is always as wide: how far it is, and ways to end it.

use super::errand::Underway;
use super::link::{Link, Wish};
use super::theme::Paints;
use egui::{Popup, PopupCloseBehavior, ProgressBar, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

/// How wide the place is, at most and at least, and its button.
const WIDTH: f32 = 236.0;
const LEAST: f32 = 120.0;
const BUTTON: f32 = 74.0;
const GAP: f32 = 6.0;
/// How high the list grows.
const HIGH: f32 = 260.0;

/// The room that it needs at least.
pub(crate) const ROOM: f32 = LEAST + GAP;

/// The room that it needs now.
pub(crate) fn room(under_way: &[Underway]) -> f32 {
    if under_way.is_empty() { 0.0 } else { ROOM }
}

/// Draws it at the right end of a row in which nothing follows, so that nothing moves.
pub(crate) fn ui(ui: &mut Ui, link: &Link, under_way: &[Underway], paints: &Paints) {
    let Some(first) = under_way.iter().find(|one| one.percent.is_some()).or(under_way.first()) else { return };
    let left = ui.available_size_before_wrap().x;
    let width = (left - GAP).clamp(LEAST, WIDTH);
    ui.add_space((left - width - GAP).max(0.0));
    let (words, share) = words(first, under_way.len());
    // Where there is no room for it the list has the ways to end it.
    let has_button = width >= LEAST + BUTTON + GAP;
    let bar = ProgressBar::new(share)
        .desired_width(if has_button { width - BUTTON - GAP } else { width })
        .corner_radius(3.0)
        .fill(paints.accent.gamma_multiply(0.45));
    let bar = ui
        .add(bar.text(words.as_str()))
        .interact(Sense::click())
        .on_hover_text("What is done beside the sound: click for a list");
    let says = format!("{words}: {} %", (share * 100.0) as u32);
    bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, says.clone()));
    let list = Popup::from_toggle_button_response(&bar).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    list.show(|ui| {
        ScrollArea::vertical().max_height(HIGH).show(ui, |ui| {
            under_way.iter().for_each(|one| line(ui, link, one));
        });
    });
    if !has_button {
        return;
    }
    let is_one = under_way.len() == 1;
    let (text, name, number) = if is_one {
        ("Cancel", format!("Cancel: {}", first.words), Some(first.number))
    } else {
        ("Cancel all", "Cancel all".to_owned(), None)
    };
    let cancel = ui.add_sized(vec2(BUTTON, ui.spacing().interact_size.y), egui::Button::new(text));
    let cancel = cancel.on_hover_text("End it; the sound goes on as it is");
    cancel.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.clone()));
    if cancel.clicked() {
        link.wish(Wish::Cancel(number));
    }
}

/// What is said of all, and how far it is.
fn words(first: &Underway, count: usize) -> (String, f32) {
    let percent = first.percent.unwrap_or(0) as f32 / 100.0;
    match first.nth {
        Some((nth, all)) => (format!("freezing {nth} of {all}"), ((nth - 1) as f32 + percent) / all.max(1) as f32),
        None if count > 1 => (format!("{count} under way"), percent),
        None => (first.words.clone(), percent),
    }
}

/// One of them in the list.
fn line(ui: &mut Ui, link: &Link, one: &Underway) {
    ui.horizontal(|ui| {
        let cancel = ui.small_button("Cancel");
        let name = format!("End: {}", one.words);
        cancel.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.clone()));
        if cancel.clicked() {
            link.wish(Wish::Cancel(Some(one.number)));
        }
        let percent = one.percent.map_or(String::new(), |percent| format!(", {percent} %"));
        ui.label(format!("{}{percent}", one.words));
    });
}
