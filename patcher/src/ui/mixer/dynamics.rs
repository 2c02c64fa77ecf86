//! The compressor of a strip: its curve, by how much it turns down, and its numbers.

use super::super::canvas::gesture::value_of;
use super::super::link::Wish;
use super::super::theme::Paints;
use super::channel::{Channel, Hand, arrows};
use bf_session::curves::compressed_db;
use egui::{Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

/// The least level of the curve.
const LEAST: f32 = -60.0;
/// The most that the meter of the reduction shows.
const MOST_REDUCED: f32 = 24.0;

pub(super) fn dynamics_ui(ui: &mut Ui, hand: &mut Hand, channel: &Channel<'_>, paints: &Paints) {
    if channel.spec("compress").is_none() {
        return;
    }
    let on = channel.is_on("compress");
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 2.0);
        curve_ui(ui, hand, channel, (on, paints));
        reduction_ui(ui, channel, paints);
        ui.vertical(|ui| {
            let text = RichText::new("Comp").small();
            let button = egui::Button::new(if on { text.color(paints.accent) } else { text }).selected(on);
            let button = ui.add(button).on_hover_text("Switch the compressor on or off");
            button.widget_info(|| {
                WidgetInfo::selected(egui::Role::Button, true, on, format!("{} compress", channel.name))
            });
            if button.clicked() {
                channel.toggle("compress");
            }
            egui::Grid::new("numbers").num_columns(2).spacing(vec2(4.0, 1.0)).show(ui, |ui| {
                for (param, short) in [
                    ("threshold", "Thr"),
                    ("ratio", "Ratio"),
                    ("attack", "Att"),
                    ("release", "Rel"),
                    ("makeup", "Gain"),
                ] {
                    ui.label(RichText::new(short).small().color(paints.faint));
                    channel.number_ui(ui, hand, param);
                    ui.end_row();
                }
            });
        });
    });
}

/// What comes out by what goes in; the threshold is dragged along it.
fn curve_ui(ui: &mut Ui, hand: &mut Hand, channel: &Channel<'_>, (on, paints): (bool, &Paints)) {
    let (Some((spec, threshold)), Some((_, ratio))) = (channel.number("threshold"), channel.number("ratio")) else {
        return;
    };
    let (rect, response) = ui.allocate_exact_size(vec2(72.0, 72.0), Sense::click_and_drag());
    let label = format!("{} threshold curve", channel.name);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(threshold), &label));
    let place = |level: f32, out: f32| {
        let along = |db: f32| (db - LEAST) / -LEAST;
        pos2(rect.min.x + rect.width() * along(level), rect.max.y - rect.height() * along(out))
    };
    let painter = ui.painter().with_clip_rect(rect);
    paints.well(&painter, rect, 3.0);
    painter.line_segment([place(LEAST, LEAST), place(0.0, 0.0)], Stroke::new(1.0, paints.dots));
    let level = |i: i32| LEAST - LEAST * i as f32 / 40.0;
    let line: Vec<Pos2> = (0..=40).map(|i| place(level(i), compressed_db(level(i), threshold, ratio))).collect();
    let lit = response.hovered() || response.dragged() || response.has_focus();
    painter.add(Shape::line(line, Stroke::new(1.5, if on { paints.signal } else { paints.faint })));
    let at = place(threshold, compressed_db(threshold, threshold, ratio));
    painter.circle(at, 3.5, paints.tile, Stroke::new(1.5, if lit { paints.accent } else { paints.words }));
    let response = response.on_hover_text("Drag: the threshold to the sides, the ratio up and down");
    let Some((ratio_spec, _)) = channel.number("ratio") else { return };
    let lay = |threshold: f32, ratio: f32, gesture: u64| {
        let within = |spec: &bf_node::ParamSpec, number: f32| number.clamp(spec.range().0, spec.range().1);
        let edits = vec![
            channel.edit("threshold", value_of(spec, within(spec, threshold))),
            channel.edit("ratio", value_of(ratio_spec, within(ratio_spec, ratio))),
        ];
        channel.wish_all(edits, format!("turn {}.threshold", channel.name), Some(gesture));
    };
    if response.drag_started() {
        hand.begin(channel.link);
        hand.from = [threshold, ratio];
    }
    if response.dragged() {
        let way = response.total_drag_delta().unwrap_or_default();
        // A ratio is twice as steep after a third of the height.
        let ratio = hand.from[1] * 2f32.powf(way.y / rect.height() * 3.0);
        lay(hand.from[0] - way.x / rect.width() * LEAST, ratio, hand.now());
    }
    if response.drag_stopped() {
        channel.link.wish(Wish::EndGesture);
    }
    if let Some([x, y]) = arrows(ui, &response) {
        let gesture = hand.press(ui, channel.link, &label);
        lay(threshold + x, ratio * 2f32.powf(-y / 6.0), gesture);
    }
}

/// By how much it turns down at this moment, from the top.
fn reduction_ui(ui: &mut Ui, channel: &Channel<'_>, paints: &Paints) {
    let reduced = channel.reading("gain_reduction_db").unwrap_or(0.0).max(0.0);
    let (rect, response) = ui.allocate_exact_size(vec2(8.0, 72.0), Sense::hover());
    paints.well(ui.painter(), rect, 1.0);
    let rect = rect.shrink(1.0);
    let depth = rect.height() * (reduced / MOST_REDUCED).min(1.0);
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), depth));
    ui.painter().rect_filled(bar, 1.0, paints.events);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{} gain reduction", channel.name)));
    response.on_hover_text(format!("turned down by {reduced:.1} dB"));
}
