//! What passes through a cable, beside the pointer over it: wave, level and value, or the last events.

use crate::ui::canvas::Scene;
use crate::ui::canvas::draw::short;
use crate::ui::canvas::tile::Wire;
use crate::ui::pulse::{decibels, source};
use crate::ui::theme::Paints;
use bf_node::Kind;
use bf_session::{Passed, Scope, Seen};
use egui::{
    Align2, Area, Color32, CornerRadius, FontId, Frame, Id, Order, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2,
    vec2,
};

/// Frames of a wave that are drawn: 20 ms at 48 kHz.
const WAVE: usize = 960;
/// Events that are listed.
const LISTED: usize = 5;
/// How long an event lights up.
const FLASH_SECS: f64 = 0.15;

/// What the pointer looks at.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    looks_at: Option<(String, usize)>,
    /// Events that were seen, and when the last came.
    seen: (u64, f64),
}

impl Probe {
    /// The output that is looked at: its node's path and its place.
    pub(crate) fn looks_at(&self) -> Option<&(String, usize)> {
        self.looks_at.as_ref()
    }

    /// Draws what passes through the cable under the pointer, which is looked at from now on.
    pub(crate) fn ui(&mut self, ui: &Ui, over: Option<(Pos2, &Wire)>, scene: &Scene<'_>) {
        let found = over.and_then(|(_, wire)| {
            let found = source(scene.glances, (scene.heard, scene.inside), scene.registry, &wire.from)?;
            Some((found.path, found.output, found.glance))
        });
        let looks_at = found.as_ref().map(|(path, output, _)| (path.clone(), *output));
        if looks_at != self.looks_at {
            (self.looks_at, self.seen) = (looks_at, (0, f64::MIN));
        }
        let Some((at, wire)) = over else { return };
        // What is seen of it moves, whether the transport does or not.
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
        let area = Area::new(Id::unique("probe")).order(Order::Tooltip).interactable(false);
        area.fixed_pos(at + vec2(18.0, 14.0)).constrain(true).show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(220.0);
                let amount = wire.amount.map_or(String::new(), |amount| format!("  × {}", short(amount)));
                ui.label(format!("{} to {}{amount}", wire.from, wire.to));
                match found {
                    None => _ = ui.weak("inside a voice: it is not measured"),
                    Some(_) if wire.kind == Kind::Event => self.events(ui, scene.scope, scene.paints),
                    Some((_, output, glance)) => wave(ui, scene.scope, glance.peak(output), scene.paints),
                }
            });
        });
    }

    fn events(&mut self, ui: &mut Ui, scope: &Scope, paints: &Paints) {
        let (list, count) = scope.events(LISTED);
        let now = ui.input(|i| i.time);
        if count > self.seen.0 {
            self.seen = (count, now);
        }
        let lit = now - self.seen.1 < FLASH_SECS && count > 0;
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            ui.painter().circle_filled(rect.center(), 5.0, if lit { paints.events } else { paints.edge });
            ui.label(if count == 0 { "nothing has passed so far".to_owned() } else { format!("{count} events") });
        });
        for (i, event) in list.iter().enumerate() {
            let color = if i == 0 { paints.words } else { paints.faint };
            ui.colored_label(color, told(event));
        }
    }
}

/// An event as it is read.
pub(crate) fn told(event: &Seen) -> String {
    match event.what {
        Passed::NoteOn => format!("note {}  velocity {}", pitch(event.value), short(f64::from(event.velocity))),
        Passed::NoteOff => "note off".to_owned(),
        Passed::Control => format!("control {}", short(f64::from(event.value))),
        Passed::Trigger => format!("trigger {}", short(f64::from(event.value))),
    }
}

/// The name of a MIDI note, and its number where it lies between two.
pub(crate) fn pitch(number: f32) -> String {
    const NAMES: [&str; 12] = ["c", "c#", "d", "eb", "e", "f", "f#", "g", "ab", "a", "bb", "b"];
    let whole = number.round();
    if (number - whole).abs() > 0.01 {
        return short(f64::from(number));
    }
    let n = whole as i32;
    format!("{}{}", NAMES[n.rem_euclid(12) as usize], n.div_euclid(12) - 1)
}

fn wave(ui: &mut Ui, scope: &Scope, peak: f32, paints: &Paints) {
    let mut frames = [0.0; 2 * WAVE];
    let count = scope.latest(&mut frames);
    let frames = &frames[..count];
    let (rect, _) = ui.allocate_exact_size(vec2(200.0, 64.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(2), paints.ground);
    draw(&ui.painter_at(rect), rect, steady(frames), paints.signal, paints);
    let value = frames.last().map_or_else(|| "–".to_owned(), |x| short(f64::from(*x)));
    ui.label(format!("{:.1} dB   now {value}", decibels(peak)));
}

/// The last wave, from where it rises through its middle, so that it stands still while it repeats.
pub(crate) fn steady(frames: &[f32]) -> &[f32] {
    let from = turn(frames, WAVE);
    &frames[from..(from + WAVE).min(frames.len())]
}

/// Where the last stretch of some frames begins that rises through its middle.
pub(crate) fn turn(frames: &[f32], length: usize) -> usize {
    let spare = frames.len().saturating_sub(length);
    let (low, high) = frames.iter().fold((f32::MAX, f32::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
    let middle = (low + high) / 2.0;
    let rises = |i: &usize| frames[*i] < middle && frames[*i + 1] >= middle;
    (0..spare.saturating_sub(1)).rev().find(rises).unwrap_or(spare)
}

fn draw(painter: &Painter, rect: Rect, frames: &[f32], color: Color32, paints: &Paints) {
    let most = frames.iter().fold(1.0f32, |most, x| most.max(x.abs()));
    let y = |x: f32| rect.center().y - x / most * (rect.height() / 2.0 - 2.0);
    painter.line_segment([pos2(rect.min.x, y(0.0)), pos2(rect.max.x, y(0.0))], Stroke::new(1.0, paints.dots));
    let last = frames.len().max(2) - 1;
    // As many points as there are dots across; of each stretch the first frame.
    let step = (frames.len() / 200).max(1);
    let point = |(i, x): (usize, &f32)| pos2(rect.min.x + rect.width() * i as f32 / last as f32, y(*x));
    let points: Vec<Pos2> = frames.iter().enumerate().step_by(step).map(point).collect();
    painter.add(Shape::line(points, Stroke::new(1.5, color)));
    if most > 1.0 {
        painter.text(
            rect.left_top() + vec2(4.0, 2.0),
            Align2::LEFT_TOP,
            short(f64::from(most)),
            FontId::proportional(10.0),
            paints.faint,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_begins_where_it_rises() {
        let tone: Vec<f32> = (0..2 * WAVE).map(|i| (i as f32 * 0.05 + 1.0).sin()).collect();
        let shown = steady(&tone);
        assert_eq!(shown.len(), WAVE);
        assert!(shown[0] <= 0.0 && shown[1] >= 0.0, "{} {}", shown[0], shown[1]);
        assert_eq!(steady(&[]).len(), 0);
        assert_eq!(steady(&[0.5; 100]).len(), 100);
    }

    #[test]
    fn notes_have_names() {
        assert_eq!(
            (pitch(60.0), pitch(69.0), pitch(0.0), pitch(60.5)),
            ("c4".into(), "a4".into(), "c-1".into(), "60.5".into())
        );
    }
}
