//! The second window, for those who watch: the code large, or the canvas where there is no code.

use crate::ui::canvas::{Canvas, Scene};
use crate::ui::link::{Link, Shown};
use crate::ui::theme::Paints;
use egui::{CentralPanel, Context, FontId, Frame, RichText, ScrollArea, TextStyle, Ui, ViewportBuilder, ViewportId};

/// Points of the letters of the code.
const LETTERS: f32 = 26.0;

#[derive(Default)]
pub(crate) struct Projector {
    canvas: Canvas,
}

impl Projector {
    /// Draws the window; whether it stays open.
    pub(crate) fn show(&mut self, ctx: &Context, link: &Link, shown: &Shown, paints: &Paints) -> bool {
        let builder = ViewportBuilder::default()
            .with_title(format!("{} on the projector", link.title))
            .with_app_id("beatforge")
            .with_inner_size([1024.0, 720.0]);
        ctx.show_viewport_immediate(ViewportId::from_hash_of("projector"), builder, |ui, _| {
            let frame = Frame::NONE.fill(paints.ground).inner_margin(16.0);
            CentralPanel::default().frame(frame).show(ui, |ui| self.draw(ui, link, shown, paints));
            !ui.ctx().input(|i| i.viewport().close_requested())
        })
    }

    fn draw(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
        let status = link.shared.status();
        let beats = f64::from(shown.own.main.signature.max(1));
        let (bar, beat) = ((status.beat / beats).floor() as i64 + 1, status.beat.rem_euclid(beats) as i64 + 1);
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&link.title).size(LETTERS).color(paints.accent).strong());
            let position = format!("{:.0} bpm  {bar}.{beat}", shown.heard.main.tempo);
            ui.label(RichText::new(position).font(FontId::monospace(LETTERS)).color(paints.faint));
        });
        if let Some(sheet) = shown.scripts.all.first() {
            ScrollArea::both().auto_shrink(false).show(ui, |ui| {
                let letters = FontId::new(LETTERS, TextStyle::Monospace.resolve(ui.style()).family);
                ui.label(RichText::new(&*sheet.text).font(letters).color(paints.words));
            });
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
