//! What is said when the thread that plays has failed.

use crate::ui::link::Failed;
use crate::ui::theme::Paints;
use egui::{Align2, RichText, Ui, vec2};

/// Says it plainly, over everything; whether the window is to be closed.
pub(super) fn ui(ui: &Ui, failed: &Failed, paints: &Paints) -> bool {
    let mut closes = false;
    let window = egui::Window::new("The set has stopped").anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0));
    window.collapsible(false).resizable(false).default_width(420.0).show(ui.ctx(), |ui| {
        ui.label(RichText::new("Something in BeatForge has failed. The sound has faded out.").color(paints.wrong));
        ui.label(format!("It says: {}", failed.why));
        ui.label(if failed.kept {
            "What you did is in the set's history: close the window and open the set again, and it is as it was left."
        } else {
            "This set keeps no history: what was not saved is gone."
        });
        closes = ui.button("Close the window").clicked();
    });
    closes
}
