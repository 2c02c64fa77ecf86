//! One strip: name, equaliser, compressor, sends, pan, switches, fader and meter.

use super::super::canvas::gesture::value_of;
use super::super::link::Wish;
use super::super::pulse::tap;
use super::super::theme::Paints;
use super::channel::{Channel, Hand, arrows};
use super::level::{db_at, place_of_db, scale, y_of};
use super::{Mixer, cue, dynamics, eq, sends};
use bf_patch::Socket;
use egui::{
    Align, Button, Color32, Label, Layout, Rect, RichText, Sense, Slider, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

/// The widths of a strip, narrow and wide.
pub(super) const WIDTHS: [f32; 2] = [78.0, 230.0];
/// The least height of a fader.
const LEAST: f32 = 150.0;
/// The room of what a slider is.
const CAPTION: f32 = 48.0;

impl Mixer {
    pub(super) fn strip_ui(&mut self, ui: &mut Ui, channel: &Channel<'_>, paints: &Paints) {
        let name = channel.name;
        let wide = self.is_wide(name);
        let chosen = self.at.as_ref() == Some(name);
        let height = ui.available_height();
        let edge = Stroke::new(1.0, if chosen { paints.accent } else { paints.dots });
        let frame = egui::Frame::new().fill(paints.tile).stroke(edge).corner_radius(4).inner_margin(5);
        let shown = frame.show(ui, |ui| {
            ui.set_width(WIDTHS[usize::from(wide)] - 10.0);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                ui.set_min_height((height - 16.0).max(0.0));
                self.head_ui(ui, channel, paints);
                if wide {
                    eq::eq_ui(ui, &mut self.hand, channel, paints);
                    dynamics::dynamics_ui(ui, &mut self.hand, channel, paints);
                    sends::sends_ui(ui, &mut self.hand, channel, paints);
                }
                self.pan_ui(ui, channel, (wide, paints));
                switches_ui(ui, channel, paints);
                self.fader_ui(ui, channel, paints);
            });
        });
        if chosen {
            // Over the edge, which is as wide as before: what is inside stays where it is.
            let stroke = Stroke::new(2.0, paints.accent);
            ui.painter().rect_stroke(shown.response.rect, 4.0, stroke, egui::StrokeKind::Inside);
        }
    }

    /// The name under a stripe of its colour: a click chooses it, two make it wide or narrow.
    fn head_ui(&mut self, ui: &mut Ui, channel: &Channel<'_>, paints: &Paints) {
        let name = channel.name;
        let (stripe, _) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
        ui.painter().rect_filled(stripe, 2.0, self.colours.of(name, paints));
        let owner =
            if channel.is_own() { "" } else { "\nIt belongs to a script: values that you set lie over the text." };
        let button = Button::new(RichText::new(name.as_str()).strong()).frame(false).truncate();
        let button = ui.add_sized(vec2(ui.available_width(), 18.0), button);
        let help = format!("{name}. Double-click: wide or narrow (W: all){owner}");
        let button = button.on_hover_text(help);
        if button.clicked() {
            self.at = Some(name.clone());
        }
        if button.double_clicked() && !self.wide.remove(name) {
            self.wide.insert(name.clone());
        }
    }

    fn pan_ui(&mut self, ui: &mut Ui, channel: &Channel<'_>, (wide, paints): (bool, &Paints)) {
        let Some((spec, mut pan)) = channel.number("pan") else {
            // A bus: its faders stay at the height of the others.
            ui.allocate_exact_size(vec2(ui.available_width(), ui.spacing().interact_size.y), Sense::hover());
            return;
        };
        ui.horizontal(|ui| {
            if wide {
                caption(ui, &format!("Pan {}", side(pan)), paints);
            }
            ui.spacing_mut().slider_width = ui.available_width();
            let (min, max) = spec.range();
            let slider = ui.add(Slider::new(&mut pan, min..=max).show_value(false));
            let middle = slider.rect.center();
            ui.painter().vline(middle.x, middle.y - 7.0..=middle.y - 4.0, Stroke::new(1.0, paints.faint));
            slider.widget_info(|| WidgetInfo::slider(true, f64::from(pan), format!("{} pan", channel.name)));
            let to = if pan < 0.0 { "left" } else { "right" };
            let said = match side(pan).as_str() {
                "C" => "in the middle".to_owned(),
                _ => format!("{:.0} % {to}", pan.abs() * 100.0),
            };
            let slider = slider.on_hover_text(format!("Pan: {said}. Double-click: the middle"));
            if slider.drag_started() {
                self.hand.begin(channel.link);
            }
            if slider.changed() {
                let gesture = if slider.dragged() {
                    self.hand.now()
                } else {
                    self.hand.press(ui, channel.link, &format!("{}.pan", channel.name))
                };
                channel.wish("pan", value_of(spec, pan), Some(gesture));
            }
            if slider.drag_stopped() {
                channel.link.wish(Wish::EndGesture);
            }
            if slider.double_clicked() {
                channel.wish("pan", spec.default_value(), None);
            }
        });
    }

    /// The fader in decibels beside its scale and its meter.
    fn fader_ui(&mut self, ui: &mut Ui, channel: &Channel<'_>, paints: &Paints) {
        let Some((spec, number)) = channel.number("gain") else { return };
        let foot = ui.spacing().interact_size.y + ui.spacing().item_spacing.y + 4.0;
        let height = (ui.available_height() - foot).max(LEAST);
        let (all, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let all = all.shrink2(vec2(((all.width() - 66.0) / 2.0).max(0.0), 0.0));
        let grip = Rect::from_min_size(all.min, vec2(26.0, all.height()));
        let way = grip.shrink2(vec2(11.0, 10.0));
        let marks = Rect::from_min_max(pos2(grip.max.x, way.min.y), pos2(grip.max.x + 18.0, way.max.y));
        scale(ui, marks, paints);
        let meter = Rect::from_min_max(pos2(marks.max.x + 2.0, way.min.y - 8.0), pos2(all.max.x, way.max.y));
        self.peaks.meter(ui, (channel.name.as_str(), meter), &levels(channel), paints);

        let id = ui.scope_id().with("fader");
        let response = ui.interact(grip, id, Sense::click_and_drag());
        let label = format!("{} gain", channel.name);
        response.widget_info(|| WidgetInfo::slider(true, f64::from(number), &label));
        let mine = self.at.as_ref() == Some(channel.name);
        if self.focus && mine {
            self.focus = false;
            response.request_focus();
            response.scroll_to_me(None);
        }
        // While the focus is on its way to another, this one does not take the choice back.
        if response.clicked() || response.drag_started() || (response.has_focus() && !self.focus) {
            self.at = Some(channel.name.clone());
        }
        paints.well(ui.painter(), way.expand(1.0), 2.0);
        let zero = y_of(way, 0.0);
        ui.painter().hline(way.min.x - 5.0..=way.max.x + 5.0, zero, Stroke::new(1.0, paints.faint));
        let knob = Rect::from_center_size(pos2(way.center().x, y_of(way, number)), vec2(24.0, 14.0));
        let lit = response.dragged() || response.has_focus();
        ui.painter().rect_filled(knob, 3.0, if lit { paints.accent } else { paints.words });
        ui.painter().hline(knob.x_range().shrink(3.0), knob.center().y, Stroke::new(1.5, paints.ground));

        let (least, most) = spec.range();
        let lay = |db: f32, gesture: u64| channel.wish("gain", value_of(spec, db.clamp(least, most)), Some(gesture));
        if response.drag_started() {
            self.hand.begin(channel.link);
            self.hand.from = [0.0, place_of_db(number)];
        }
        if response.dragged() {
            // From where it stood: what is shown may be a frame behind the hand.
            let fine = if ui.input(|i| i.modifiers.shift) { 0.1 } else { 1.0 };
            let travel = response.total_drag_delta().unwrap_or_default().y * fine / way.height();
            lay(db_at(self.hand.from[1] - travel), self.hand.now());
        }
        if response.drag_stopped() {
            channel.link.wish(Wish::EndGesture);
        }
        if response.double_clicked() {
            channel.wish("gain", spec.default_value(), None);
        }
        if let Some([sideways, up]) = arrows(ui, &response) {
            nudge(ui, &mut self.hand, channel, up);
            self.sideways = sideways;
        }
        response.on_hover_text(format!("{number:.1} dB. Shift: finer, double-click: 0 dB, arrows: 1 dB"));
        ui.with_layout(Layout::top_down(Align::Center), |ui| channel.number_ui(ui, &mut self.hand, "gain"));
    }
}

/// Mute, solo and cue.
fn switches_ui(ui: &mut Ui, channel: &Channel<'_>, paints: &Paints) {
    let width = (ui.available_width() - 8.0) / 3.0;
    ui.horizontal(|ui| {
        // A letter in a narrow strip has the room of the button: with more it would stretch the strip.
        ui.spacing_mut().button_padding.x = 2.0;
        let switches = [
            ("mute", "M", paints.wrong, "Mute (M)"),
            (
                "solo",
                "S",
                paints.hand,
                "Solo: silences every strip and bus that is not soloed, nor on the way of one that is (S)",
            ),
            ("cue", "C", paints.accent, "Cue: listen to it in the headphones, before its fader (C)"),
        ];
        for (param, letter, color, help) in switches {
            if channel.spec(param).is_none() {
                ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
                continue;
            }
            let on = channel.is_on(param);
            let text = RichText::new(letter).strong();
            let text = if on { text.color(on_color(color)) } else { text };
            let button = if on { Button::new(text).fill(color) } else { Button::new(text) };
            let button = ui.add_sized(Vec2::new(width, 20.0), button).on_hover_text(help);
            button.widget_info(|| {
                WidgetInfo::selected(egui::Role::Button, true, on, format!("{} {param}", channel.name))
            });
            if button.clicked() {
                switch(channel, param);
            }
        }
    });
}

/// What a slider of a wide strip is, before it: in a column of its own, so that the sliders begin beneath one another.
pub(super) fn caption(ui: &mut Ui, says: &str, paints: &Paints) {
    let label = Label::new(RichText::new(says).small().color(paints.faint)).truncate();
    ui.allocate_ui_with_layout(vec2(CAPTION, 18.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(CAPTION);
        ui.add(label)
    });
}

/// A place between left and right, as desks write it.
fn side(pan: f32) -> String {
    match (pan * 100.0).round() {
        0.0 => "C".to_owned(),
        percent if percent < 0.0 => format!("L{:.0}", -percent),
        percent => format!("R{percent:.0}"),
    }
}

/// Moves a fader by some decibels with the keys.
pub(super) fn nudge(ui: &Ui, hand: &mut Hand, channel: &Channel<'_>, up: f32) {
    let Some((spec, db)) = channel.number("gain").filter(|_| up != 0.0) else { return };
    let (least, most) = spec.range();
    let gesture = hand.press(ui, channel.link, channel.name.as_str());
    channel.wish("gain", value_of(spec, (db + up).clamp(least, most)), Some(gesture));
}

/// Turns a switch over; the first that is cued brings headphones along.
pub(super) fn switch(channel: &Channel<'_>, param: &str) {
    if param == "cue" {
        cue::toggle(channel);
    } else {
        channel.toggle(param);
    }
}

/// Words on a button of a colour.
fn on_color(fill: Color32) -> Color32 {
    if fill.intensity() > 0.45 { Color32::BLACK } else { Color32::WHITE }
}

/// Left and right of a strip, or the level of what gives one alone.
fn levels(channel: &Channel<'_>) -> Vec<f32> {
    if let (Some(left), Some(right)) = (channel.reading("peak_l"), channel.reading("peak_r")) {
        return vec![left, right];
    }
    let (shown, registry) = (channel.shown, &channel.link.registry);
    let tap = tap(&shown.glances, (&shown.heard, ""), registry, &Socket::first(channel.name.as_str()));
    vec![tap.map_or(0.0, |tap| tap.peak())]
}

#[cfg(test)]
mod tests {
    use super::side;

    #[test]
    fn a_pan_is_told_as_desks_write_it() {
        assert_eq!([-1.0, -0.2, 0.0, 0.004, -0.004, 0.37].map(side), ["L100", "L20", "C", "C", "C", "R37"]);
    }
}
