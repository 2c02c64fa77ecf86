//! Panels whose size is the user's: remembered for each set, as [`super::shell::layout`] keeps them.

use egui::{Context, Id, Panel, Ui};

/// The part of the room that a panel takes at most.
const MOST: f32 = 0.6;

/// A panel that can be made larger and smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    Browser,
    Inspector,
    Messages,
    /// The wave beside the messages.
    Scope,
    /// What plays, below the text.
    Plays,
    /// The wave beside that.
    Wave,
}

impl Pane {
    /// All of them, by what they are called where they are kept.
    pub(crate) const ALL: [(Pane, &'static str); 6] = [
        (Pane::Browser, "browser"),
        (Pane::Inspector, "inspector"),
        (Pane::Messages, "messages"),
        (Pane::Scope, "scope"),
        (Pane::Plays, "plays"),
        (Pane::Wave, "wave"),
    ];

    /// Which side it is on, how large it is at first, and at least.
    fn panel(self, salt: (&'static str, u64)) -> (Panel, f32, f32) {
        match self {
            Pane::Browser => (Panel::left(salt), 220.0, 120.0),
            Pane::Inspector => (Panel::right(salt), 260.0, 220.0),
            Pane::Messages => (Panel::bottom(salt), 96.0, 48.0),
            Pane::Scope | Pane::Wave => (Panel::right(salt), 240.0, 120.0),
            Pane::Plays => (Panel::bottom(salt), 110.0, 60.0),
        }
    }

    /// Whether it is its height that can be changed.
    fn is_flat(self) -> bool {
        matches!(self, Pane::Messages | Pane::Plays)
    }

    fn name(self) -> &'static str {
        Pane::ALL[self as usize].1
    }

    /// Draws it at its size.
    pub(crate) fn show<R>(self, ui: &mut Ui, draw: impl FnOnce(&mut Ui) -> R) -> R {
        let Laid { sizes, times, .. } = laid(ui.ctx());
        let (panel, usual, least) = self.panel((self.name(), times));
        let size = sizes[self as usize].map_or(usual, |size| f32::from(size).max(least));
        // What lies in the middle keeps some room.
        let room = if self.is_flat() { ui.available_height() } else { ui.available_width() };
        let most = (room * MOST).max(least);
        let shown = panel.resizable(true).size_range(least..=most).default_size(size.min(most)).show(ui, draw);
        let rect = shown.response.rect;
        let stands = if self.is_flat() { rect.height() } else { rect.width() };
        // While it is dragged it is nobody's wish yet.
        let is_wish = ui.input(|i| i.pointer.any_released());
        change(ui.ctx(), |laid| {
            laid.stand[self as usize] = stands;
            if is_wish && (stands - size).abs() >= 1.0 {
                laid.sizes[self as usize] = Some(stands.round() as u16);
            }
        });
        shown.inner
    }
}

/// The sizes that panels were given, in points.
pub(crate) type Sizes = [Option<u16>; Pane::ALL.len()];

#[derive(Clone, Copy, Default)]
struct Laid {
    sizes: Sizes,
    /// How large they were drawn last.
    stand: [f32; Pane::ALL.len()],
    /// How often they were laid out anew: panels that are remembered otherwise begin again.
    times: u64,
}

fn key() -> Id {
    Id::unique("panes")
}

fn laid(ctx: &Context) -> Laid {
    ctx.data(|data| data.get_temp(key())).unwrap_or_default()
}

fn change(ctx: &Context, by: impl FnOnce(&mut Laid)) {
    ctx.data_mut(|data| by(data.get_temp_mut_or_default(key())));
}

/// The sizes as the user has them.
pub(crate) fn sizes(ctx: &Context) -> Sizes {
    laid(ctx).sizes
}

/// Gives panels these sizes.
pub(crate) fn lay(ctx: &Context, sizes: Sizes) {
    change(ctx, |laid| *laid = Laid { sizes, times: laid.times + 1, ..*laid });
}

/// How large a panel was drawn last.
#[cfg(test)]
pub(crate) fn stands(ctx: &Context, pane: Pane) -> f32 {
    laid(ctx).stand[pane as usize]
}
