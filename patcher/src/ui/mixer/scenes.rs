//! The scenes of the scripts in a row, the one that plays lit.

use super::super::link::{Link, Shown, Wish};
use super::super::theme::Paints;
use egui::{Button, RichText, Stroke, Ui};

pub(super) fn scenes_ui(ui: &mut Ui, (link, shown): (&Link, &Shown), paints: &Paints) {
    let [playing, launched] = &shown.seen.scenes;
    ui.label(RichText::new("Scenes").color(paints.faint));
    for scene in &shown.scenes {
        let (plays, waits) = (playing.as_ref() == Some(scene), launched.as_ref() == Some(scene));
        let text = RichText::new(scene.as_str());
        let button = Button::new(if plays { text.strong().color(paints.ground) } else { text });
        let button = if plays { button.fill(paints.accent) } else { button };
        let edge = if waits && !plays { Stroke::new(1.5, paints.accent) } else { Stroke::NONE };
        let said = match (plays, waits) {
            (true, _) => "plays",
            (_, true) => "waits for the next cycle",
            _ => "Launch it at the next cycle",
        };
        let button = ui.add(button.stroke(edge)).on_hover_text(said);
        button.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, plays, format!("scene {scene}")));
        if button.clicked() {
            link.wish(Wish::Launch(Some(scene.clone())));
        }
    }
    let leave = ui.add_enabled(launched.is_some(), Button::new("Leave scene"));
    if leave.on_hover_text("Play what the scripts say without a scene, from the next cycle on").clicked() {
        link.wish(Wish::Launch(None));
    }
    let stop = if shown.hushed { "Sound again" } else { "Stop all" };
    let stop = ui.button(RichText::new(stop).color(if shown.hushed { paints.hand } else { paints.words }));
    if stop.on_hover_text("Everything falls silent at once, or sounds again (Ctrl+.)").clicked() {
        link.wish(Wish::Hush(!shown.hushed));
    }
}
