//! What the bar tells of the sound: its level and whether it clipped, what it costs and the blocks that came late.

use super::link::Shown;
use super::pulse::{decibels, place_of_peak};
use super::theme::Paints;
use bf_session::Status;
use egui::{Color32, Label, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// The room of the light that tells of clipping.
const LIGHT: f32 = 8.0;
/// The share of a block's time from which on its cost is told in colour, and the one that is too much.
const HIGH: f32 = 0.8;
const TOO_MUCH: f32 = 1.0;

/// What was seen and not yet put away.
#[derive(Default)]
pub(super) struct Meters {
    /// Blocks that had come late when this was clicked.
    missed: u64,
    /// Blocks that had clipped when this was clicked.
    clipped: u64,
}

impl Meters {
    /// The peaks of left and right over −60 to 0 dB, and a light that stays once they have clipped.
    pub(super) fn level(&mut self, ui: &mut Ui, status: &Status, paints: &Paints) {
        let peaks = status.peaks;
        let (rect, response) = ui.allocate_exact_size(vec2(90.0, 14.0), Sense::click());
        let (bars, light) = rect.split_left_right_at_x(rect.max.x - LIGHT);
        for (i, peak) in peaks.into_iter().enumerate() {
            let top = bars.min.y + i as f32 * 7.5;
            let all = Rect::from_min_size(pos2(bars.min.x, top), vec2(bars.width(), 6.0));
            ui.painter().rect_filled(all, 1.0, paints.dots);
            let color = if peak >= 1.0 {
                paints.wrong
            } else if decibels(peak) > -6.0 {
                paints.hand
            } else {
                paints.signal
            };
            let full = Rect::from_min_size(all.min, vec2(all.width() * place_of_peak(peak), all.height()));
            ui.painter().rect_filled(full, 1.0, color);
        }
        if response.clicked() {
            self.clipped = status.clipped;
        }
        // Another engine counts from the beginning.
        self.clipped = self.clipped.min(status.clipped);
        let clipped = status.clipped > self.clipped;
        let light = light.with_min_x(light.min.x + 2.0).with_max_y(rect.min.y + 13.5);
        ui.painter().rect_filled(light, 1.0, if clipped { paints.wrong } else { paints.dots });
        let said = if clipped { "clipped" } else { "did not clip" };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("level: {said}")));
        let peaks = peaks.map(decibels).map(|db| format!("{db:.1}")).join(" and ");
        response.on_hover_text(format!("Peaks: {peaks} dB, {said}. Click: clear it"));
    }

    /// What the sound costs, and the blocks that have come late, as far as they were not put away; where it stands.
    pub(super) fn load(
        &mut self,
        ui: &mut Ui,
        (status, shown): (&Status, &Shown),
        (small, full): (bool, bool),
        paints: &Paints,
    ) -> Rect {
        // Another engine counts from the beginning.
        self.missed = self.missed.min(status.missed);
        let missed = status.missed - self.missed;
        let percent = status.load * 100.0;
        let late = match missed {
            0 => "No block has come late since this was clicked".to_owned(),
            1 => "1 block took longer than it lasts. Click: put that away".to_owned(),
            n => format!("{n} blocks took longer than they last. Click: put that away"),
        };
        let says = format!("CPU {percent:.0} %. {late}. The device dropped frames {} times", shown.xruns);
        let text = if small { format!("{percent:>3.0} %") } else { format!("CPU {percent:>4.1} %") };
        let color = color_of(status.load, paints);
        let color = if !full && missed > 0 { paints.wrong } else { color };
        let cost = part(ui, RichText::new(text).monospace().color(color), &says);
        let mut place = cost.rect;
        let mut clicked = cost.clicked();
        if full {
            let color = if missed > 0 { paints.wrong } else { paints.faint };
            let late = part(ui, RichText::new(format!("missed {missed}")).color(color), &says);
            place = place.union(late.rect);
            clicked |= late.clicked();
        }
        if clicked {
            self.missed = status.missed;
        }
        place
    }
}

/// A part of what is told that can be clicked.
fn part(ui: &mut Ui, text: RichText, says: &str) -> Response {
    ui.add(Label::new(text).extend().selectable(false).sense(Sense::click())).on_hover_text(says)
}

/// The colour of a load.
fn color_of(load: f32, paints: &Paints) -> Color32 {
    match load {
        load if load > TOO_MUCH => paints.wrong,
        load if load > HIGH => paints.hand,
        _ => paints.faint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Accent, Theme};

    #[test]
    fn a_load_is_told_in_colour_before_it_is_too_much() {
        let paints = Theme::Dark.paints(Accent::Cyan);
        let colors = [0.3, 0.8, 0.9, 1.0, 1.04].map(|load| color_of(load, &paints));
        assert_eq!(colors, [paints.faint, paints.faint, paints.hand, paints.hand, paints.wrong]);
    }
}
