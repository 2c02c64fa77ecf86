//! The second window, for those who watch: the code large, or the canvas where there is no code.

use crate::ui::canvas::{Canvas, Scene};
use crate::ui::code::Code;
use crate::ui::command::Command;
use crate::ui::link::{Link, Shown};
use crate::ui::theme::Paints;
use egui::{
    CentralPanel, Context, FontId, Frame, Key, Modifiers, RichText, Ui, ViewportBuilder, ViewportClass,
    ViewportCommand, ViewportId,
};

/// Points of the letters of the code.
const LETTERS: f32 = 26.0;

#[derive(Default)]
pub(crate) struct Projector {
    canvas: Canvas,
    /// It fills the screen.
    is_full: bool,
}

/// What the keys of its window want.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Keys {
    full: bool,
    close: bool,
    escape: bool,
}

impl Keys {
    fn of(ctx: &Context) -> Keys {
        ctx.input_mut(|i| {
            // The one with more modifiers comes first: the other would take its keys.
            let close = i.consume_key(Modifiers::SHIFT, Key::F11) || i.consume_key(Modifiers::COMMAND, Key::W);
            let full = i.consume_key(Modifiers::NONE, Key::F11);
            Keys { full, close, escape: i.consume_key(Modifiers::NONE, Key::Escape) }
        })
    }

    /// Whether it fills the screen from now on; none where it closes.
    fn then(self, is_full: bool) -> Option<bool> {
        match self {
            Keys { close: true, .. } => None,
            Keys { escape: true, .. } if !is_full => None,
            Keys { escape: true, .. } => Some(false),
            Keys { full, .. } => Some(is_full != full),
        }
    }
}

impl Projector {
    /// Draws the window; whether it stays open, and what its keys tell.
    pub(crate) fn show(
        &mut self,
        ctx: &Context,
        (link, shown, code): (&Link, &Shown, &mut Code),
        paints: &Paints,
        told: &mut Vec<Command>,
    ) -> bool {
        let builder = ViewportBuilder::default()
            .with_title(format!("{} on the projector", link.title))
            .with_app_id("beatforge")
            .with_inner_size([1024.0, 720.0]);
        ctx.show_viewport_immediate(ViewportId::from_hash_of("projector"), builder, |ui, class| {
            // Before the canvas, which knows Escape, too.
            let keys = (class != ViewportClass::EmbeddedWindow).then(|| Keys::of(ui.ctx()));
            let frame = Frame::NONE.fill(paints.ground).inner_margin(16.0);
            CentralPanel::default().frame(frame).show(ui, |ui| self.draw(ui, (link, shown, code), paints));
            // Whose window it is, the sound can be stopped; where it lies within the other, that one has had the keys.
            if !ui.ctx().text_edit_focused() {
                let sound = [
                    (Modifiers::NONE, Key::Space, Command::PlayOrStop),
                    (Modifiers::COMMAND, Key::Period, Command::Hush),
                ];
                let pressed =
                    |(modifiers, key, command)| ui.input_mut(|i| i.consume_key(modifiers, key)).then_some(command);
                told.extend(sound.into_iter().filter_map(pressed));
            }
            let mut stays = true;
            if let Some(keys) = keys {
                match keys.then(self.is_full) {
                    Some(full) if full != self.is_full => {
                        self.is_full = full;
                        ui.ctx().send_viewport_cmd(ViewportCommand::Fullscreen(full));
                    }
                    Some(_) => {}
                    None => stays = false,
                }
            }
            stays && !ui.ctx().input(|i| i.viewport().close_requested())
        })
    }

    fn draw(&mut self, ui: &mut Ui, (link, shown, code): (&Link, &Shown, &mut Code), paints: &Paints) {
        let status = link.shared.status();
        let beats = f64::from(shown.own.main.signature.max(1));
        let (bar, beat) = ((status.beat / beats).floor() as i64 + 1, status.beat.rem_euclid(beats) as i64 + 1);
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&link.title).size(LETTERS).color(paints.accent).strong());
            let position = format!("{:.0} bpm  {bar}.{beat}", shown.heard.main.tempo);
            ui.label(RichText::new(position).font(FontId::monospace(LETTERS)).color(paints.faint));
        });
        if code.projected(ui, (link, shown), LETTERS, paints) {
            return;
        }
        let scene = Scene {
            heard: &shown.heard,
            own: &shown.own.main,
            inside: "",
            registry: &link.registry,
            stamp: shown.stamp,
            paints,
            glances: &shown.glances,
            block_ns: link.block_ns,
            marks: &shown.marks,
            scope: link.shared.scope(),
        };
        // It is to be looked at: what hands do there changes nothing but the view.
        drop(self.canvas.ui(ui, &scene));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_keys_fill_the_screen_leave_that_and_close_it() {
        let pressed = |modifiers, key| {
            let event = egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
            let input = egui::RawInput { events: vec![event], ..egui::RawInput::default() };
            let (ctx, mut keys) = (Context::default(), Keys::default());
            let mut output = ctx.run_ui(input, |ui| keys = Keys::of(ui.ctx()));
            // Nobody draws it.
            output.textures_delta.clear();
            keys
        };
        let (none, shift) = (Modifiers::NONE, Modifiers::SHIFT);
        assert_eq!(pressed(none, Key::F11).then(false), Some(true));
        assert_eq!(pressed(none, Key::F11).then(true), Some(false));
        assert_eq!(pressed(none, Key::Escape).then(true), Some(false));
        assert_eq!(pressed(none, Key::Escape).then(false), None);
        assert_eq!(pressed(shift, Key::F11).then(true), None);
        assert_eq!(pressed(none, Key::A).then(true), Some(true));
    }
}
