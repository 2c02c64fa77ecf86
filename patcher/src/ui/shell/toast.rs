//! What was last said, in a line over the window for some seconds, where the messages are not in view.

use crate::ui::link::{Line, Shown};
use crate::ui::theme::Paints;
use bf_session::Severity;
use egui::{Align2, Area, Frame, Id, Order, RichText, Ui, vec2};
use std::time::Duration;

/// Seconds for which a line stays.
const STAYS: f64 = 6.0;

#[derive(Default)]
pub(crate) struct Toast {
    /// How much was said when it was last looked, and what the window itself had said.
    said: Option<(u64, Option<String>)>,
    /// The line, whether it is an error, and when it was said.
    line: Option<(String, Severity, f64)>,
    /// What is said here alone, wherever the messages are.
    told: Option<String>,
    /// How much of that the control thread had said when it was last looked.
    briefly: u64,
    /// The line is shown whether the messages are hidden or not.
    is_alone: bool,
}

impl Toast {
    /// Says something for some seconds, and nowhere else; nothing takes back what was said so.
    pub(crate) fn tell(&mut self, text: Option<String>) {
        self.told = text.or(self.told.take());
    }

    /// Takes in what is new, and shows it where the messages are hidden.
    pub(crate) fn ui(&mut self, ui: &Ui, (shown, own): (&Shown, Option<&String>), is_hidden: bool, paints: &Paints) {
        let now = ui.input(|i| i.time);
        self.hear(shown, own, now);
        let Some((text, severity, at)) = &self.line else { return };
        let left = STAYS - (now - at);
        if left <= 0.0 {
            self.line = None;
            return;
        }
        if !is_hidden && !self.is_alone {
            return;
        }
        ui.ctx().request_repaint_after(Duration::from_secs_f64(left + 0.01));
        let color = if *severity == Severity::Error { paints.wrong } else { paints.words };
        let area = Area::new(Id::unique("toast")).order(Order::Foreground).interactable(false);
        area.anchor(Align2::CENTER_BOTTOM, vec2(0.0, -16.0)).show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(ui.ctx().content_rect().width() - 40.0);
                ui.add(egui::Label::new(RichText::new(text).color(color)).truncate());
            });
        });
    }

    fn hear(&mut self, shown: &Shown, own: Option<&String>, now: f64) {
        let (count, briefly) = &shown.around.briefly;
        if *count != self.briefly {
            self.briefly = *count;
            self.tell(Some(briefly.clone()));
        }
        if self.told.take_if(|text| text.is_empty()).is_some() {
            self.line = self.line.take().filter(|_| !self.is_alone);
        }
        if let Some(text) = self.told.take() {
            (self.line, self.is_alone) = (Some((text, Severity::Warning, now)), true);
        }
        let Some((known, before)) = self.said.replace((shown.said, own.cloned())) else { return };
        let new = shown.said.saturating_sub(known) as usize;
        let lines = || shown.lines.iter().rev().take(new);
        // Of several at once an error is what has to be seen.
        let error = lines().find(|line| line.severity == Severity::Error);
        if let Some(Line { text, severity, .. }) = error.or_else(|| lines().next()) {
            (self.line, self.is_alone) = (Some((text.clone(), *severity, now)), false);
        }
        if let Some(own) = own.filter(|own| before.as_ref() != Some(*own)) {
            (self.line, self.is_alone) = (Some((own.clone(), Severity::Warning, now)), false);
        }
    }
}
