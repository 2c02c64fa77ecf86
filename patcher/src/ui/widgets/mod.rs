//! Widgets of values, chosen from the declaration: the same gestures in the inspector and on the canvas.

pub(crate) mod asks;
pub(crate) mod dial;
pub(crate) mod envelope;
pub(crate) mod field;
pub(crate) mod held;
pub(crate) mod keyboard;
pub(crate) mod lane;
pub(crate) mod marks;
pub(crate) mod offer;
pub(crate) mod probe;
pub(crate) mod scope;
pub(crate) mod steps;
pub(crate) mod take;

pub(crate) use held::{Depth, Held};

use bf_node::{ParamKind, ParamSpec, Scale, Unit};
use bf_patch::{Name, Patch};
use egui::text::{CCursor, CCursorRange};
use egui::{Button, Response, RichText, Role, TextEdit, TextWrapMode, Ui, WidgetInfo, vec2};

/// The width of a menu's lines: with it their keys stand below one another.
pub(crate) const MENU: f32 = 224.0;

/// What a value is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A turn from one end to the other.
    Knob,
    /// A bar.
    Slider,
    /// A whole number.
    Number,
    Switch,
    Menu,
    /// A text, list or path.
    Text,
}

/// The widget of a param.
pub(crate) fn shape(spec: &ParamSpec) -> Shape {
    match spec.kind {
        ParamKind::Switch { .. } => Shape::Switch,
        ParamKind::Choice { .. } => Shape::Menu,
        ParamKind::Integer { .. } => Shape::Number,
        ParamKind::Setting { .. } => Shape::Text,
        // What is turned by ear, and what is set by eye.
        ParamKind::Number { unit: Unit::None, min, max, .. } if max - min <= 2.0 => Shape::Knob,
        ParamKind::Number { scale: Scale::Log, .. } => Shape::Knob,
        ParamKind::Number { .. } => Shape::Slider,
    }
}

/// A name that nothing of a patch has, nor beside it.
pub(crate) fn fresh(base: &str, patch: &Patch) -> Name {
    super::canvas::gesture::fresh_name(base, |name| patch.has(name))
}

/// A line of a menu, whose keys stand behind three spaces.
pub(crate) fn menu_line(ui: &mut Ui, words: &str) -> Response {
    let (name, keys) = words.split_once("   ").unwrap_or((words, ""));
    let button = Button::new(name).frame(false).min_size(vec2(MENU, 22.0)).wrap_mode(TextWrapMode::Extend);
    // Without keys the name stands at the left as well.
    let response = ui.add(button.shortcut_text(keys));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
    response
}

/// A row of a list that is searched, as wide as the list: all of it can be clicked. What it is stands at its right.
pub(crate) fn list_row(ui: &mut Ui, is_chosen: bool, name: &str, kind: &str) -> Response {
    // The scroll bar lies over the edge.
    let width = (ui.available_width() - 12.0).max(0.0);
    let button = Button::selectable(is_chosen, RichText::new(name).strong()).min_size(vec2(width, 0.0));
    let row = ui.scope(|ui| {
        ui.set_max_width(width);
        ui.add(button.truncate().shortcut_text(kind))
    });
    row.inner.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, name));
    row.inner
}

/// Gives a field the keys, with all of its text chosen: what is typed takes its place.
pub(crate) fn type_over(field: &Response, text: &str) {
    field.request_focus();
    let (first, last) = (CCursor::new(0), CCursor::new(text.chars().count()));
    let mut state = TextEdit::load_state(&field.ctx, field.id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::two(first, last)));
    state.store(&field.ctx, field.id);
}

/// Whether the pointer is over what lies above the window. An area that was moved back into sight is known to egui where it
/// was to be, so that it does not say so itself.
pub(crate) fn is_over(ui: &Ui, area: &Response) -> bool {
    ui.input(|i| i.pointer.latest_pos()).is_some_and(|at| area.rect.contains(at))
}

#[cfg(test)]
mod tests {
    use super::{Shape, shape};

    #[test]
    fn the_declaration_says_which_widget_a_value_has() {
        let registry = bf_session::registry();
        let of = |node: &str, param: &str| {
            let spec = registry.get(node).unwrap();
            shape(&spec.params[spec.param(param).unwrap()])
        };
        for (node, param, want) in [
            ("svf", "cutoff", Shape::Knob),
            ("adsr", "sustain", Shape::Knob),
            ("strip", "gain", Shape::Slider),
            ("strip", "mute", Shape::Switch),
            ("euclid", "pulses", Shape::Number),
            ("arp", "mode", Shape::Menu),
            ("sampler", "file", Shape::Text),
        ] {
            assert_eq!(of(node, param), want, "{node}.{param}");
        }
    }
}
