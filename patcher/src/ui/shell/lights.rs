//! What the bar shows of the world around: recording, what comes in over OSC and MIDI, whose time is followed.

use super::around::Around;
use super::preferences::described;
use crate::ui::command::Command;
use crate::ui::gestures::Going;
use crate::ui::link::{Link, Shown, Wish};
use crate::ui::number::number_field;
use crate::ui::theme::Paints;
use bf_patch::{Edit, SetEdit};
use bf_session::sync::SourceKind;
use egui::{Button, Response, RichText, Sense, Ui, WidgetInfo, vec2};

/// Seconds for which a light stays on.
const LIT: f64 = 0.25;

/// What the lights remember.
#[derive(Default)]
pub(crate) struct Lights {
    osc: (u64, f64),
    midi: (u64, f64),
}

impl Lights {
    /// Recording, and what comes in.
    pub(crate) fn ui(&mut self, ui: &mut Ui, around: &Around, paints: &Paints) -> Option<Command> {
        let on = around.recording.is_some();
        let color = if on { paints.wrong } else { paints.faint };
        let help = match &around.recording {
            Some(out) => format!("Records into {}. Click: end it", out.display()),
            None => "Record what is heard into a WAV file in the set's folder".to_owned(),
        };
        // One word, pressed while it records: what stands behind it keeps its place.
        let record = ui.add(Button::new(RichText::new("Record").color(color)).selected(on));
        record.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, "Record"));
        let record = record.on_hover_text(help).clicked();
        let now = ui.input(|i| i.time);
        let reach = &around.reach;
        let at = reach.osc.as_ref().map_or_else(|| "OSC listens nowhere".to_owned(), |at| format!("OSC at {at}"));
        let heard = reach.osc_last.as_ref().map_or_else(String::new, |last| format!("\nlast: {last}"));
        lit(&mut self.osc, reach.osc_messages, now);
        light(ui, "OSC", now - self.osc.1 < LIT, paints).on_hover_text(format!("{at}{heard}"));
        lit(&mut self.midi, reach.midi_messages, now);
        let ports = if reach.midi_ports.is_empty() { "no MIDI port".to_owned() } else { reach.midi_ports.join(", ") };
        light(ui, "MIDI", now - self.midi.1 < LIT, paints).on_hover_text(ports);
        for source in around.sources.iter().filter(|s| matches!(s.kind, SourceKind::Link | SourceKind::Midi)) {
            let name = if source.kind == SourceKind::Link { "Link" } else { "Clock" };
            let text = source.bpm.map_or_else(|| name.to_owned(), |bpm| format!("{name} {bpm:.1}"));
            ui.label(RichText::new(text).color(paints.accent)).on_hover_text(described(source));
        }
        record.then_some(Command::Record)
    }
}

fn lit((known, at): &mut (u64, f64), count: u64, now: f64) {
    if *known != count {
        // What came before the window was there lights nothing.
        *at = if *known == 0 && count > 1 { *at } else { now };
        *known = count;
    }
}

/// A small light with its name.
fn light(ui: &mut Ui, name: &str, on: bool, paints: &Paints) -> Response {
    let text = RichText::new(name).size(12.0).color(if on { paints.words } else { paints.faint });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        let (rect, dot) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
        dot.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, name));
        let color = if on { paints.signal } else { paints.dots };
        ui.painter().circle_filled(rect.center(), 4.0, color);
        if on {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
        }
        ui.label(text)
    })
    .inner
}

/// The beats of a bar, to be changed.
pub(crate) fn signature(ui: &mut Ui, link: &Link, shown: &Shown, going: &mut Going) {
    let mut beats = shown.own.main.signature.max(1);
    let value = ui.add(number_field(&mut beats).range(1..=32).speed(0.05).suffix("/4"));
    let value = value.on_hover_text("Beats of a bar");
    if value.changed() {
        let edit = SetEdit::main(Edit::SetSignature(beats));
        let gesture = value.dragged().then(|| going.number(link));
        link.wish(Wish::Edit { edit, label: format!("set the signature to {beats}/4"), gesture });
    }
    if value.drag_stopped() {
        going.end(link);
    }
}
