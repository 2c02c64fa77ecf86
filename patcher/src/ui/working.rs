//! What is under way beside the sound: how far it is, and a way to end it.

use super::errand::Underway;
use super::link::{Link, Wish};
use super::theme::Paints;
use egui::{ProgressBar, RichText, Ui};

/// How wide a bar is.
const WIDTH: f32 = 72.0;

/// Draws it in a row.
pub(crate) fn ui(ui: &mut Ui, link: &Link, under_way: &[Underway], paints: &Paints) {
    for one in under_way {
        ui.label(RichText::new(&one.words).color(paints.hand));
        if let Some(percent) = one.percent {
            let bar = ProgressBar::new(percent as f32 / 100.0).desired_width(WIDTH).text(format!("{percent} %"));
            let bar = ui.add(bar);
            let says = format!("{}: {percent} %", one.words);
            bar.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, says.clone()));
        }
        let cancel = ui.button("Cancel").on_hover_text(format!("{}: end it; the sound goes on as it is", one.words));
        cancel.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Cancel: {}", one.words)));
        if cancel.clicked() {
            link.wish(Wish::Cancel(one.number));
        }
        ui.separator();
    }
}
