//! Whose the keyboard is: a sheet over the window takes it, keeps it while it is open, and gives it back.

use egui::text::{CCursor, CCursorRange};
use egui::{Context, Event, Id, Order, Response, TextEdit};

/// What lies over the window and has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The window itself has it.
    Nothing,
    /// A sheet or the settings: the focus stays in there.
    Sheet,
    /// The commands, which see to their field by themselves.
    Palette,
}

#[derive(Default)]
pub(super) struct Keyboard {
    /// What had the focus when it was taken away; none while nothing lies over the window.
    before: Option<Option<Id>>,
    /// What had it last in the sheet.
    within: Option<Id>,
}

impl Keyboard {
    /// What is about to be drawn over the window has the keyboard.
    pub(super) fn lend(&mut self, ctx: &Context, over: Over) {
        if over != Over::Nothing && self.before.is_none() {
            self.before = Some(ctx.memory(|m| m.focused()));
        }
    }

    /// Another sheet comes: its first field is the first to have the focus.
    pub(super) fn turn(&mut self) {
        self.within = None;
    }

    /// After it was drawn: what is in the sheet has the focus, or what had it before where nothing lies over the window.
    pub(super) fn settle(&mut self, ctx: &Context, over: Over) {
        match over {
            Over::Nothing => {
                self.within = None;
                let Some(before) = self.before.take() else { return };
                match before {
                    Some(id) => ctx.memory_mut(|m| m.request_focus(id)),
                    None => ctx.memory_mut(|m| m.focused().into_iter().for_each(|id| m.surrender_focus(id))),
                }
            }
            Over::Sheet => {
                let focused = ctx.memory(|m| m.focused());
                // Panels lie in the background: what is there was reached with Tab or a click.
                let is_outside =
                    |id: &Id| ctx.read_response(*id).is_none_or(|seen| seen.layer_id.order == Order::Background);
                match focused.filter(|id| Some(*id) == self.within || !is_outside(id)) {
                    Some(id) => self.within = Some(id),
                    None => self.within.into_iter().for_each(|id| ctx.memory_mut(|m| m.request_focus(id))),
                }
            }
            Over::Palette => {}
        }
    }
}

/// Gives a field the focus with all of its text selected, where it is the first of a sheet that has just opened.
pub(super) fn begin(field: &Response, text: &str, fresh: &mut bool) {
    if core::mem::take(fresh) {
        field.request_focus();
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
        let mut state = TextEdit::load_state(&field.ctx, field.id).unwrap_or_default();
        state.cursor.set_char_range(Some(all));
        state.store(&field.ctx, field.id);
    }
}

/// What was typed is for what lies over the window: nothing that is drawn below sees it.
pub(super) fn hide_typed(ctx: &Context) {
    ctx.input_mut(|i| {
        i.events.retain(|event| {
            !matches!(
                event,
                Event::Key { .. } | Event::Text(_) | Event::Copy | Event::Cut | Event::Paste(_) | Event::Ime(_)
            )
        });
    });
}
