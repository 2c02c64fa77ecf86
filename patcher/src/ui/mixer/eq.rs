//! The equaliser of a strip, drawn as its filters are, with a handle for each band.

use super::super::canvas::gesture::value_of;
use super::super::link::Wish;
use super::super::theme::Paints;
use super::channel::{Channel, Hand, arrows};
use bf_session::curves::{HIGH_HZ, LOW_HZ, ThreeGains};
use egui::{Align2, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

/// What is shown of the spectrum, and of gains.
const HZ: (f32, f32) = (30.0, 18_000.0);
const DB: (f32, f32) = (-27.0, 15.0);
/// Points of the curve.
const POINTS: usize = 72;
/// The bands: gain, and what moves the centre.
const BANDS: [(&str, Option<&str>); 3] = [("low", None), ("mid", Some("mid_freq")), ("high", None)];

fn x_of(rect: Rect, hz: f32) -> f32 {
    rect.min.x + rect.width() * (hz / HZ.0).ln() / (HZ.1 / HZ.0).ln()
}

fn hz_at(place: f32) -> f32 {
    HZ.0 * (HZ.1 / HZ.0).powf(place)
}

fn y_of(rect: Rect, db: f32) -> f32 {
    rect.max.y - rect.height() * (db - DB.0) / (DB.1 - DB.0)
}

pub(super) fn eq_ui(ui: &mut Ui, hand: &mut Hand, channel: &Channel<'_>, paints: &Paints) {
    let number = |param: &str| channel.number(param).map(|(_, number)| number);
    let (Some(low), Some(mid), Some(mid_hz), Some(high)) =
        (number("low"), number("mid"), number("mid_freq"), number("high"))
    else {
        return;
    };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 84.0), Sense::hover());
    let painter = ui.painter().with_clip_rect(rect);
    paints.well(&painter, rect, 3.0);
    for hz in [100.0, 1_000.0, 10_000.0] {
        painter.vline(x_of(rect, hz), rect.y_range(), Stroke::new(1.0, paints.dots));
    }
    for db in [-12.0, 0.0, 12.0] {
        painter.hline(rect.x_range(), y_of(rect, db), Stroke::new(1.0, paints.dots));
    }
    let hz: Vec<f32> = (0..POINTS).map(|i| hz_at(i as f32 / (POINTS - 1) as f32)).collect();
    let gains = ThreeGains { low, mid, mid_hz, high }.gains_db(&hz, channel.shown.seen.sample_rate.max(8_000.0));
    let line: Vec<Pos2> = hz.iter().zip(&gains).map(|(hz, db)| pos2(x_of(rect, *hz), y_of(rect, *db))).collect();
    painter.add(Shape::line(line, Stroke::new(1.5, paints.signal)));
    let places = [(LOW_HZ, low), (mid_hz, mid), (HIGH_HZ, high)];
    for ((gain, centre), (hz, db)) in BANDS.into_iter().zip(places) {
        let at = pos2(x_of(rect, hz), y_of(rect, db));
        handle_ui(ui, hand, channel, (rect, at), (gain, centre), paints);
    }
}

/// A band's handle: up and down its gain, to the sides its centre where it has one.
fn handle_ui(
    ui: &mut Ui,
    hand: &mut Hand,
    channel: &Channel<'_>,
    (rect, at): (Rect, Pos2),
    (gain, centre): (&'static str, Option<&'static str>),
    paints: &Paints,
) {
    let (Some((spec, db)), centre) =
        (channel.number(gain), centre.and_then(|name| Some((name, channel.number(name)?))))
    else {
        return;
    };
    let id = ui.scope_id().with(("band", gain));
    let response = ui.interact(Rect::from_center_size(at, vec2(16.0, 16.0)), id, Sense::click_and_drag());
    let label = format!("{} {gain}", channel.name);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(db), &label));
    let around = centre.map_or(String::new(), |(_, (_, hz))| format!(" around {hz:.0} Hz"));
    let response = response.on_hover_text(format!("{gain}: {db:+.1} dB{around}. Double-click: flat"));
    let lit = response.dragged() || response.hovered() || response.has_focus();
    let color = if lit { paints.accent } else { paints.words };
    ui.painter().circle(at, 5.0, paints.tile, Stroke::new(1.5, color));
    let letter = gain[..1].to_uppercase();
    ui.painter().text(at, Align2::CENTER_CENTER, letter, FontId::proportional(9.0), color);
    let lay = |db: f32, hz: Option<f32>, gesture: u64| {
        let mut edits = vec![channel.edit(gain, value_of(spec, db))];
        if let (Some((name, (spec, _))), Some(hz)) = (centre, hz) {
            edits.push(channel.edit(name, value_of(spec, hz)));
        }
        channel.wish_all(edits, format!("turn {}.{gain}", channel.name), Some(gesture));
    };
    let (least, most) = spec.range();
    let moved = |db: f32| db.clamp(least, most);
    if response.drag_started() {
        hand.begin(channel.link);
        hand.from = [centre.map_or(0.0, |(_, (_, hz))| hz), db];
    }
    if response.dragged() {
        let fine = if ui.input(|i| i.modifiers.shift) { 0.1 } else { 1.0 };
        let way = response.total_drag_delta().unwrap_or_default() * fine;
        let db = moved(hand.from[1] - way.y / rect.height() * (DB.1 - DB.0));
        let hz = hand.from[0] * (HZ.1 / HZ.0).powf(way.x / rect.width());
        lay(db, centre.map(|(_, (spec, _))| hz.clamp(spec.range().0, spec.range().1)), hand.now());
    }
    if response.drag_stopped() {
        channel.link.wish(Wish::EndGesture);
    }
    if response.double_clicked() {
        channel.wish(gain, spec.default_value(), None);
    }
    if let Some([x, y]) = arrows(ui, &response) {
        let hz = centre.map(|(_, (spec, hz))| (hz * 2f32.powf(x / 6.0)).clamp(spec.range().0, spec.range().1));
        let gesture = hand.press(ui, channel.link, &label);
        lay(moved(db + y), hz, gesture);
    }
}
