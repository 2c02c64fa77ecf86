//! A keyboard for values that are notes.

use super::Held;
use super::field::{Fingers, arrows};
use super::probe::pitch;
use crate::ui::canvas::gesture::Act;
use crate::ui::theme::Paints;
use bf_node::{ParamKind, ParamSpec, Unit, Value};
use egui::{Align2, FontId, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// White keys that are shown: two octaves.
const WHITES: i32 = 14;
/// Halftones above c of the white keys, and of the black ones with the white key that they follow.
const WHITE: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const BLACK: [(i32, i32); 5] = [(1, 0), (3, 1), (6, 3), (8, 4), (10, 5)];

/// Whether a value is the number of a MIDI note.
pub(crate) fn is_note(spec: &ParamSpec) -> bool {
    matches!(spec.kind, ParamKind::Number { unit: Unit::None, min: 0.0, max: 127.0, .. })
}

/// The keys from a note on, and where they are: the black ones last, on top.
fn keys(rect: Rect, from: i32) -> Vec<(i32, Rect, bool)> {
    let width = rect.width() / WHITES as f32;
    let white = |i: i32| {
        let note = from + 12 * (i / 7) + WHITE[(i % 7) as usize];
        (note, Rect::from_min_size(pos2(rect.min.x + width * i as f32, rect.min.y), vec2(width, rect.height())), false)
    };
    let black = |octave: i32| {
        BLACK.into_iter().map(move |(note, after)| {
            let x = rect.min.x + width * (7 * octave + after + 1) as f32;
            let size = vec2(width * 0.62, rect.height() * 0.6);
            (from + 12 * octave + note, Rect::from_min_size(pos2(x - size.x / 2.0, rect.min.y), size), true)
        })
    };
    (0..WHITES).map(white).chain((0..WHITES / 7).flat_map(black)).collect()
}

fn key_at(keys: &[(i32, Rect, bool)], at: Pos2) -> Option<i32> {
    keys.iter().rev().find(|(_, rect, _)| rect.contains(at)).map(|(note, ..)| *note)
}

/// Two octaves about the note that stands there; a press on a key sets it, arrows go by a halftone and an octave.
pub(crate) fn keyboard(ui: &mut Ui, held: &Held, fingers: &mut Fingers, paints: &Paints) -> Vec<Act> {
    let Some(number) = held.number() else { return Vec::new() };
    let now = number.round() as i32;
    let from = (now.div_euclid(12) * 12 - 12).clamp(0, 96);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::click());
    let name = format!("keys of {}", held.socket);
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, &name));
    let response = response.on_hover_text("A key sets it; arrows: a halftone, an octave");
    let all = keys(rect, if now < from + 12 { from } else { from.max(now.div_euclid(12) * 12 - 12) });
    for (note, key, is_black) in &all {
        let fill = match (*note == now, is_black) {
            (true, _) => paints.accent,
            (false, true) => paints.ground,
            (false, false) => paints.words,
        };
        ui.painter().rect(*key, 1.5, fill, Stroke::new(1.0, paints.edge), StrokeKind::Inside);
        if note.rem_euclid(12) == 0 {
            let at = key.center_bottom() - vec2(0.0, 2.0);
            ui.painter().text(at, Align2::CENTER_BOTTOM, pitch(*note as f32), FontId::proportional(9.0), paints.edge);
        }
    }
    let pressed = response.interact_pointer_pos().filter(|_| response.clicked()).and_then(|at| key_at(&all, at));
    let [across, up] = arrows(ui, &response);
    if across != 0.0 || up != 0.0 {
        let note = f64::from((number + across + 12.0 * up).clamp(0.0, 127.0));
        let gesture = fingers.step(&held.socket, ui.input(|i| i.time));
        return vec![held.turn(Value::Number(note), Some(gesture))];
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, 2.0, Stroke::new(1.0, paints.accent), StrokeKind::Outside);
    }
    pressed.map(|note| held.turn(Value::Number(f64::from(note)), None)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_black_key_lies_over_the_white_ones() {
        let rect = Rect::from_min_size(Pos2::ZERO, vec2(280.0, 40.0));
        let all = keys(rect, 48);
        assert_eq!(key_at(&all, pos2(5.0, 35.0)), Some(48));
        assert_eq!(key_at(&all, pos2(20.0, 5.0)), Some(49));
        assert_eq!(key_at(&all, pos2(20.5, 35.0)), Some(50));
        assert_eq!(key_at(&all, pos2(279.0, 35.0)), Some(71));
        let registry = bf_session::registry();
        let spec = registry.get("steps").unwrap();
        assert!(is_note(&spec.params[spec.param("pitch").unwrap()]));
        assert!(!is_note(&spec.params[spec.param("velocity").unwrap()]));
    }
}
