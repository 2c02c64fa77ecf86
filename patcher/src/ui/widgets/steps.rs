//! A row of steps that is clicked: the words of a step sequencer as cells. Notes stay what they are.

use super::Held;
use super::field::Fingers;
use crate::ui::canvas::gesture::Act;
use crate::ui::theme::Paints;
use bf_node::{Form, ParamKind, ParamSpec, Value};
use core::ops::Range;
use egui::{
    Align2, Color32, EventFilter, FontId, Key, Modifiers, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    Rest,
    Soft,
    Plain,
    Accent,
    /// A note or a chord.
    Note,
    /// The note before goes on.
    Tie,
}

/// A step and where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    pub hit: Hit,
    pub at: Range<usize>,
}

/// Whether a param is a row of steps: what it says by itself is one.
pub(crate) fn is_row(spec: &ParamSpec) -> bool {
    let ParamKind::Setting { default, form: Form::Text } = spec.kind else { return false };
    default.len() > 3 && default.chars().all(|c| "xXo-.".contains(c))
}

/// The cells of a row.
pub(crate) fn cells(text: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut from = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let at = from..from + word.trim_end().len();
        from += word.len();
        let word = &text[at.clone()];
        let head = word.find([':', '?', '*']).map_or(word, |end| &word[..end]);
        if word.is_empty() || word == "|" {
            continue;
        }
        let is_drums = !head.is_empty() && head.chars().all(|c| "xXo-.".contains(c));
        if !is_drums {
            let hit = match head {
                "~" => Hit::Rest,
                "_" => Hit::Tie,
                _ => Hit::Note,
            };
            cells.push(Cell { hit, at });
            continue;
        }
        for (i, c) in head.char_indices() {
            let hit = match c {
                'x' => Hit::Plain,
                'X' => Hit::Accent,
                'o' => Hit::Soft,
                _ => Hit::Rest,
            };
            // What is said behind a single step belongs to it.
            let end = if head.len() == 1 { at.end } else { at.start + i + 1 };
            cells.push(Cell { hit, at: at.start + i..end });
        }
    }
    cells
}

/// The row with one step made another; within a word of drums a rest is `-`, beside notes it is `~`.
pub(crate) fn with(text: &str, cell: &Cell, hit: Hit) -> String {
    let is_drum = text[cell.at.clone()].starts_with(['x', 'X', 'o', '-', '.']);
    let new = match hit {
        Hit::Rest if is_drum => "-",
        Hit::Rest => "~",
        Hit::Soft => "o",
        Hit::Plain | Hit::Note => "x",
        Hit::Accent => "X",
        Hit::Tie => "_",
    };
    format!("{}{new}{}", &text[..cell.at.start], &text[cell.at.end..])
}

/// What a click makes of a step; with Shift an accent.
pub(crate) fn clicked(hit: Hit, shift: bool) -> Hit {
    match hit {
        Hit::Rest if shift => Hit::Accent,
        Hit::Rest => Hit::Plain,
        Hit::Plain | Hit::Soft if shift => Hit::Accent,
        _ => Hit::Rest,
    }
}

/// The rect of a step in a row of so many.
fn place(rect: Rect, i: usize, count: usize) -> Rect {
    let width = rect.width() / count.max(1) as f32;
    Rect::from_min_size(pos2(rect.min.x + width * i as f32, rect.min.y), vec2(width, rect.height()))
}

/// Which step of a row is at a point.
pub(crate) fn step_at(rect: Rect, count: usize, at: Pos2) -> Option<usize> {
    let i = ((at.x - rect.min.x) / rect.width() * count as f32).floor();
    (rect.contains(at) && i >= 0.0 && (i as usize) < count).then_some(i as usize)
}

/// Draws cells in one line.
pub(crate) fn paint(painter: &Painter, rect: Rect, cells: &[Cell], chosen: Option<usize>, paints: &Paints) {
    for (i, cell) in cells.iter().enumerate() {
        let gap = if rect.width() / cells.len() as f32 > 6.0 { 1.0 } else { 0.0 };
        let part = place(rect, i, cells.len()).shrink2(vec2(gap, 1.0));
        let ground = if i / 4 % 2 == 0 { paints.edge.gamma_multiply(0.6) } else { paints.dots };
        let color: Color32 = match cell.hit {
            Hit::Rest => ground,
            Hit::Soft => paints.events.gamma_multiply(0.5),
            Hit::Plain | Hit::Tie => paints.events.gamma_multiply(0.8),
            Hit::Accent => paints.events,
            Hit::Note => paints.signal,
        };
        painter.rect_filled(part, 1.5, color);
        if cell.hit == Hit::Accent {
            let top = Rect::from_min_size(part.min, vec2(part.width(), (part.height() * 0.18).max(2.0)));
            painter.rect_filled(top, 0.0, paints.words);
        }
        if chosen == Some(i) {
            painter.rect_stroke(part, 1.5, Stroke::new(1.5, paints.accent), StrokeKind::Outside);
        }
    }
}

/// What a drag paints, and the row as it is painted.
#[derive(Clone)]
struct Brush {
    hit: Hit,
    text: String,
    from: Option<usize>,
}

/// Rows of at most sixteen steps in the inspector: a click turns a step over, a drag goes on with the same.
pub(crate) fn row(ui: &mut Ui, held: &Held, fingers: &mut Fingers, paints: &Paints) -> Vec<Act> {
    let Value::Text(text) = &held.value else { return Vec::new() };
    // While it is painted the row is what was painted so far, whatever has come back of it.
    let brush_id = ui.scope_id().with("brush");
    let mut brush: Option<Brush> = ui.data(|d| d.get_temp(brush_id));
    let text = brush.as_ref().map_or(text.clone(), |brush| brush.text.clone());
    let all = cells(&text);
    if all.is_empty() {
        return Vec::new();
    }
    let lines = all.len().div_ceil(16);
    let across = all.len().min(16);
    let size = vec2(ui.available_width(), 22.0 * lines as f32);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let name = format!("steps of {}", held.socket);
    response.widget_info(|| WidgetInfo::labeled(Role::Grid, true, &name));
    let line = |i: usize| {
        let width = rect.width() * (all.len() - i * 16).min(16) as f32 / across as f32;
        Rect::from_min_size(rect.min + vec2(0.0, 22.0 * i as f32), vec2(width, 20.0))
    };
    let of = |at: Pos2| {
        (0..lines).find_map(|i| step_at(line(i), (all.len() - i * 16).min(16), at).map(|step| i * 16 + step))
    };
    let chosen_id = response.id.with("chosen");
    let mut chosen: Option<usize> = ui.data(|d| d.get_temp(chosen_id)).filter(|i| *i < all.len());
    let mut acts = Vec::new();
    let shift = ui.input(|i| i.modifiers.shift);
    if response.drag_started() {
        fingers.next();
        let from = ui.input(|i| i.pointer.press_origin()).and_then(of);
        brush = from.map(|i| Brush { hit: clicked(all[i].hit, shift), text: text.clone(), from: Some(i) });
    }
    if let Some(brush) = brush.as_mut().filter(|_| response.dragged()) {
        // From where it was pressed on: the first step is painted, too.
        let now = response.interact_pointer_pos().and_then(of);
        let before = brush.text.clone();
        for i in brush.from.take().into_iter().chain(now) {
            let cell = cells(&brush.text).into_iter().nth(i).filter(|cell| cell.hit != brush.hit);
            brush.text = cell.map_or(brush.text.clone(), |cell| with(&brush.text, &cell, brush.hit));
        }
        if brush.text != before {
            acts.push(held.turn(Value::Text(brush.text.clone()), Some(fingers.now())));
        }
    }
    let mut set = |i: usize, hit: Hit| {
        acts.push(held.turn(Value::Text(with(&text, &all[i], hit)), None));
    };
    if response.clicked() {
        response.request_focus();
        chosen = response.interact_pointer_pos().and_then(of);
        if let Some(i) = chosen {
            set(i, clicked(all[i].hit, shift));
        }
    }
    if response.has_focus() {
        let keeps = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(response.id, keeps));
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let now = chosen.unwrap_or(0);
        if pressed(Key::ArrowRight) {
            chosen = Some(chosen.map_or(0, |i| (i + 1) % all.len()));
        } else if pressed(Key::ArrowLeft) {
            chosen = Some((now + all.len() - 1) % all.len());
        } else if pressed(Key::Enter) {
            set(now, clicked(all[now].hit, shift));
        }
    }
    if response.drag_stopped() {
        acts.push(Act::End);
    }
    // It lasts until what was painted last has come back.
    match brush.filter(|brush| response.dragged() || Value::Text(brush.text.clone()) != held.value) {
        Some(brush) if response.dragged() || response.drag_stopped() => {
            ui.data_mut(|d| _ = d.insert_temp(brush_id, brush))
        }
        _ => ui.data_mut(|d| d.remove::<Brush>(brush_id)),
    }
    let focus = chosen.filter(|_| response.has_focus());
    for i in 0..lines {
        let part = &all[i * 16..all.len().min(i * 16 + 16)];
        let here = focus.and_then(|c| c.checked_sub(i * 16)).filter(|c| *c < part.len());
        paint(ui.painter(), line(i), part, here, paints);
    }
    if lines > 4 {
        let at = rect.right_top();
        ui.painter().text(at, Align2::RIGHT_TOP, all.len().to_string(), FontId::proportional(10.0), paints.faint);
    }
    ui.data_mut(|d| match chosen {
        Some(i) => _ = d.insert_temp(chosen_id, i),
        None => d.remove::<usize>(chosen_id),
    });
    response.on_hover_text("Click: hit or rest. Shift: accent. Drag goes on with the same. Arrows and Enter do, too.");
    acts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_cells_and_each_is_turned_where_it_stands() {
        let text = "X--x | c4:0.5 ~ x?0.3";
        let all = cells(text);
        let hits: Vec<Hit> = all.iter().map(|cell| cell.hit).collect();
        use Hit::{Accent, Note, Plain, Rest};
        assert_eq!(hits, [Accent, Rest, Rest, Plain, Note, Rest, Plain]);
        assert_eq!(with(text, &all[1], Hit::Plain), "Xx-x | c4:0.5 ~ x?0.3");
        assert_eq!(with(text, &all[4], Hit::Rest), "X--x | ~ ~ x?0.3");
        assert_eq!(with(text, &all[6], Hit::Rest), "X--x | c4:0.5 ~ -", "with what was said of it");
        assert_eq!(cells("").len(), 0);
    }

    #[test]
    fn what_is_a_row_is_declared() {
        let registry = bf_session::registry();
        let of = |node: &str, param: &str| {
            let spec = registry.get(node).unwrap();
            is_row(&spec.params[spec.param(param).unwrap()])
        };
        assert!(of("steps", "steps"));
        assert!(!of("sampler", "file") && !of("euclid", "steps") && !of("osc_in", "address"));
    }
}
