//! The second window, for those who watch: the code large, or the canvas where there is no code.

use crate::ui::canvas::{Canvas, Scene};
use crate::ui::code::Code;
use crate::ui::command::Command;
use crate::ui::link::{Link, Shown};
use crate::ui::theme::Paints;
use egui::{CentralPanel, Context, FontId, Frame, Key, Modifiers, RichText, Ui, ViewportBuilder, ViewportId};

/// Points of the letters of the code.
const LETTERS: f32 = 26.0;

#[derive(Default)]
pub(crate) struct Projector {
    canvas: Canvas,
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
        ctx.show_viewport_immediate(ViewportId::from_hash_of("projector"), builder, |ui, _| {
            let frame = Frame::NONE.fill(paints.ground).inner_margin(16.0);
            CentralPanel::default().frame(frame).show(ui, |ui| self.draw(ui, (link, shown, code), paints));
            // Whose window it is, the sound can be stopped; where it lies within the other, that one has had the keys.
            if !ui.ctx().text_edit_focused() {
                let keys = [
                    (Modifiers::NONE, Key::Space, Command::PlayOrStop),
                    (Modifiers::COMMAND, Key::Period, Command::Hush),
                ];
                let pressed =
                    |(modifiers, key, command)| ui.input_mut(|i| i.consume_key(modifiers, key)).then_some(command);
                told.extend(keys.into_iter().filter_map(pressed));
            }
            !ui.ctx().input(|i| i.viewport().close_requested())
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
