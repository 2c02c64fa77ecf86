//! The bar above everything: transport, tempo, position, load, undo.

use super::command::Command;
use super::gestures::Going;
use super::icon::{Icon, icon_button};
use super::link::{Link, Shown, Wish};
use super::number::number_field;
use super::pulse::{decibels, place_of_peak};
use super::shell::deck::Deed;
use super::shell::lights::{self, Lights};
use super::theme::Paints;
use bf_patch::{Edit, SetEdit};
use egui::{Rect, RichText, Sense, Ui, vec2};

/// What a bar remembers: when the tempo was tapped.
#[derive(Default)]
pub(crate) struct Bar {
    taps: Vec<f64>,
    gesture: Going,
    lights: Lights,
}

impl Bar {
    /// Draws it; the command that was chosen.
    pub(crate) fn ui(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) -> Option<Command> {
        let status = link.shared.status();
        let draw = |ui: &mut Ui| {
            if shown.seen.counting && !status.playing {
                counting(ui, link, shown, paints);
            } else if status.playing {
                if icon_button(ui, Icon::Stop, "Stop", true).on_hover_text("Stop where it stands (Space)").clicked() {
                    link.wish(Wish::Stop);
                }
            } else if icon_button(ui, Icon::Play, "Play", true).on_hover_text("Play on (Space)").clicked() {
                link.wish(Wish::Play);
            }
            if icon_button(ui, Icon::Rewind, "Rewind", true).on_hover_text("Back to the beginning").clicked() {
                link.wish(Wish::Rewind);
            }
            let hush = if shown.hushed { "Unhush" } else { "Hush" };
            if ui.button(hush).on_hover_text("All tracks of the scripts fall silent, or sound again (Ctrl+.)").clicked()
            {
                link.wish(Wish::Hush(!shown.hushed));
            }
            ui.separator();
            coming(ui, link, shown, paints);
            self.tempo(ui, link, shown);
            let beats = f64::from(shown.own.main.signature.max(1));
            let (bar, beat) = ((status.beat / beats).floor(), status.beat.rem_euclid(beats));
            lights::signature(ui, link, shown, &mut self.gesture);
            match beats_to_play(link, shown) {
                Some(beats) => {
                    _ = ui.label(
                        RichText::new(format!("{:>6}", format!("\u{2212}{beats}"))).monospace().color(paints.hand),
                    )
                }
                None => _ = ui.monospace(format!("{:>4}.{}", bar as i64 + 1, beat.floor() as i64 + 1)),
            }
            let chosen = self.lights.ui(ui, &shown.around, paints);
            ui.separator();
            level(ui, status.peaks, paints);
            loudness(ui, shown);
            ui.label(RichText::new(format!("CPU {:>4.1} %", status.load * 100.0)).monospace());
            let missed = RichText::new(format!("missed {}", status.missed));
            let missed = if status.missed > 0 { missed.color(paints.wrong) } else { missed.color(paints.faint) };
            ui.add(egui::Label::new(missed).extend())
                .on_hover_text(format!("blocks over their CPU time; the device dropped frames {} times", shown.xruns));
            if shown.granted < link.sent() {
                ui.label("…").on_hover_text("what was done last is under way to the sound");
            }
            ui.separator();
            let undo = icon_button(ui, Icon::Undo, "Undo", shown.undo.is_some());
            if undo.on_hover_text(format!("Undo {} (Ctrl+Z)", shown.undo.as_deref().unwrap_or(""))).clicked() {
                link.wish(Wish::Undo);
            }
            let redo = icon_button(ui, Icon::Redo, "Redo", shown.redo.is_some());
            if redo.on_hover_text(format!("Redo {} (Ctrl+Shift+Z)", shown.redo.as_deref().unwrap_or(""))).clicked() {
                link.wish(Wish::Redo);
            }
            for scene in &shown.scenes {
                if ui.button(scene.as_str()).on_hover_text("Launch this scene at the next cycle").clicked() {
                    link.wish(Wish::Launch(Some(scene.clone())));
                }
            }
            chosen
        };
        ui.horizontal_wrapped(draw).inner
    }

    fn tempo(&mut self, ui: &mut Ui, link: &Link, shown: &Shown) {
        let mut bpm = shown.heard.main.tempo;
        let (low, high) = bf_pattern::Tempo::RANGE;
        let value = ui.add(number_field(&mut bpm).range(low..=high).speed(0.2).max_decimals(2).suffix(" bpm"));
        let value = value.on_hover_text("Tempo");
        if value.changed() {
            let gesture = value.dragged().then(|| self.gesture.number(link));
            let label = format!("set the tempo to {bpm}");
            link.wish(Wish::Edit { edit: SetEdit::main(Edit::SetTempo(bpm)), label, gesture });
        }
        if value.drag_stopped() {
            self.gesture.end(link);
        }
        if ui.button("Tap").on_hover_text("Tap the tempo, four times or more (Ctrl+T)").clicked() {
            self.tap(ui, link);
        }
    }

    /// A beat is tapped; from the fourth on they give the tempo.
    pub(crate) fn tap(&mut self, ui: &Ui, link: &Link) {
        let (low, high) = bf_pattern::Tempo::RANGE;
        let now = ui.input(|i| i.time);
        self.taps.retain(|tap| now - tap < 3.0);
        self.taps.push(now);
        if let (Some(first), true) = (self.taps.first(), self.taps.len() >= 4) {
            let bpm = 60.0 * (self.taps.len() - 1) as f64 / (now - first).max(1e-3);
            let bpm = (bpm.clamp(low, high) * 10.0).round() / 10.0;
            let label = format!("tap the tempo: {bpm}");
            link.wish(Wish::Edit { edit: SetEdit::main(Edit::SetTempo(bpm)), label, gesture: None });
        }
    }
}

/// Beats until it plays, while it is counted in.
fn beats_to_play(link: &Link, shown: &Shown) -> Option<u32> {
    let status = link.shared.status();
    let frames = shown.seen.counted.filter(|_| !status.playing)?.saturating_sub(status.frame);
    let beats = frames as f64 * shown.heard.main.tempo / 60.0 / f64::from(shown.seen.sample_rate.max(1.0));
    Some(beats.ceil().max(1.0) as u32)
}

/// It is being counted in: a way to take that back.
fn counting(ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
    let says = "It is counted in: take that back (Space)";
    if icon_button(ui, Icon::Stop, "Stop", true).on_hover_text(says).clicked() {
        link.wish(Wish::Stop);
    }
    let beats = beats_to_play(link, shown).unwrap_or(1);
    let label = ui.label(RichText::new("counting in").color(paints.hand));
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("counting in: {beats} beats")));
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
}

/// The set that comes next, and a way to stay.
fn coming(ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
    let Some(name) = &shown.around.coming else { return };
    let text = RichText::new(format!("{name} at the next bar")).color(paints.hand);
    ui.label(text).on_hover_text("It is read beside what plays, and takes over with a crossfade");
    if ui.button("Stay").on_hover_text(format!("{name} does not come in; what plays goes on")).clicked() {
        link.wish(Wish::Deed(Deed::Stay));
    }
    ui.separator();
}

/// How loud what is heard is over the last three seconds.
fn loudness(ui: &mut Ui, shown: &Shown) {
    let Some(loudness) = &shown.seen.loudness else { return };
    loudness.watch(true);
    let now = loudness.readings().short_term;
    let text = if now > -70.0 && now < 0.0 { format!("{now:>5.1} LUFS") } else { "    - LUFS".to_owned() };
    ui.label(RichText::new(text).monospace()).on_hover_text("Loudness of what is heard over the last 3 s (short-term)");
}

/// The peaks of left and right over −60 to 0 dB.
pub(crate) fn level(ui: &mut Ui, peaks: [f32; 2], paints: &Paints) {
    let (rect, response) = ui.allocate_exact_size(vec2(90.0, 14.0), Sense::hover());
    for (i, peak) in peaks.into_iter().enumerate() {
        let top = rect.min.y + i as f32 * 7.5;
        let all = Rect::from_min_size(egui::pos2(rect.min.x, top), vec2(rect.width(), 6.0));
        ui.painter().rect_filled(all, 1.0, paints.dots);
        let place = place_of_peak(peak);
        let color = if peak >= 1.0 {
            paints.wrong
        } else if decibels(peak) > -6.0 {
            paints.hand
        } else {
            paints.signal
        };
        let full = Rect::from_min_size(all.min, vec2(all.width() * place, all.height()));
        ui.painter().rect_filled(full, 1.0, color);
    }
    response.on_hover_text(format!("peaks: {:.1} and {:.1} dB", decibels(peaks[0]), decibels(peaks[1])));
}
