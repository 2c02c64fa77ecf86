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
use bf_session::Status;
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{PopupCloseBehavior, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

/// From this width on all of it has room; below the second there is room for what is needed while playing alone.
const FULL: f32 = 1040.0;
const SMALL: f32 = 750.0;

/// How much of it there is room for: the rest is behind a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    Small,
    Tight,
    Full,
}

impl Room {
    fn of(width: f32) -> Room {
        match width {
            width if width >= FULL => Room::Full,
            width if width >= SMALL => Room::Tight,
            _ => Room::Small,
        }
    }
}

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
        let room = Room::of(ui.available_width());
        let mut chosen = None;
        ui.horizontal_wrapped(|ui| {
            if room == Room::Small {
                ui.spacing_mut().item_spacing.x = 5.0;
            }
            if shown.seen.counting && !status.playing {
                counting(ui, link, shown, paints);
            } else if status.playing {
                if icon_button(ui, Icon::Stop, "Stop", true).on_hover_text("Stop where it stands (Space)").clicked() {
                    link.wish(Wish::Stop);
                }
            } else if icon_button(ui, Icon::Play, "Play", true).on_hover_text("Play on (Space)").clicked() {
                link.wish(Wish::Play);
            }
            if room > Room::Small {
                start(ui, link, shown);
                ui.separator();
            }
            self.tempo(ui, link, shown);
            if room == Room::Full {
                self.beats(ui, link, shown);
            }
            let beats = f64::from(shown.own.main.signature.max(1));
            let (bar, beat) = ((status.beat / beats).floor(), status.beat.rem_euclid(beats));
            let wide = if room == Room::Small { 3 } else { 4 };
            match beats_to_play(link, shown) {
                Some(beats) => {
                    let left = format!("{:>1$}", format!("\u{2212}{beats}"), wide + 2);
                    _ = ui.label(RichText::new(left).monospace().color(paints.hand));
                }
                None => _ = ui.monospace(format!("{:>wide$}.{}", bar as i64 + 1, beat.floor() as i64 + 1)),
            }
            waiting(ui, shown.granted < link.sent(), paints);
            if room > Room::Small {
                chosen = self.lights.ui(ui, &shown.around, paints);
                ui.separator();
                level(ui, status.peaks, paints);
            }
            if room == Room::Full {
                loudness(ui, shown);
                ui.separator();
            }
            load(ui, &status, shown, (room, paints));
            if room > Room::Small {
                ui.separator();
            }
            undo(ui, link, shown);
            if room > Room::Small {
                redo(ui, link, shown);
            }
            if room == Room::Full {
                scenes(ui, link, shown);
            } else {
                chosen = chosen.or(self.more(ui, room, link, shown, paints));
            }
            // What comes and goes stands last, where it moves nothing.
            coming(ui, link, shown, paints);
        });
        chosen
    }

    /// What a small bar has no room for.
    fn more(&mut self, ui: &mut Ui, room: Room, link: &Link, shown: &Shown, paints: &Paints) -> Option<Command> {
        let mut chosen = None;
        // Numbers in it are dragged, and the tempo is tapped more than once.
        let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (button, _) = MenuButton::new("…").config(config).ui(ui, |ui| {
            if room == Room::Small {
                ui.horizontal(|ui| {
                    start(ui, link, shown);
                    redo(ui, link, shown);
                });
                chosen = ui.horizontal(|ui| self.lights.ui(ui, &shown.around, paints)).inner;
                level(ui, link.shared.status().peaks, paints);
            }
            ui.horizontal(|ui| self.beats(ui, link, shown));
            loudness(ui, shown);
            scenes(ui, link, shown);
        });
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, "More"));
        button.on_hover_text("What has no room in this bar");
        chosen
    }

    /// Taps of the tempo, and the beats of a bar.
    fn beats(&mut self, ui: &mut Ui, link: &Link, shown: &Shown) {
        if ui.button("Tap").on_hover_text("Tap the tempo, four times or more (Ctrl+T)").clicked() {
            self.tap(ui, link);
        }
        lights::signature(ui, link, shown, &mut self.gesture);
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
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("counting in: {beats} beats")));
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
}

/// Back to the beginning, and silence.
fn start(ui: &mut Ui, link: &Link, shown: &Shown) {
    if icon_button(ui, Icon::Rewind, "Rewind", true).on_hover_text("Back to the beginning").clicked() {
        link.wish(Wish::Rewind);
    }
    let hush = if shown.hushed { "Unhush" } else { "Hush" };
    if ui.button(hush).on_hover_text("All tracks of the scripts fall silent, or sound again (Ctrl+.)").clicked() {
        link.wish(Wish::Hush(!shown.hushed));
    }
}

/// A mark as long as what was done last is not heard yet; its room is there always.
fn waiting(ui: &mut Ui, waits: bool, paints: &Paints) {
    let (rect, mark) = ui.allocate_exact_size(vec2(12.0, 14.0), Sense::hover());
    if waits {
        for i in 0..3 {
            let at = rect.left_center() + vec2(2.0 + 4.0 * i as f32, 3.0);
            ui.painter().circle_filled(at, 1.3, paints.words);
        }
        mark.on_hover_text("What was done last is under way to the sound");
    }
}

/// What the sound costs, and the blocks that came late.
fn load(ui: &mut Ui, status: &Status, shown: &Shown, (room, paints): (Room, &Paints)) {
    let says = format!("blocks over their CPU time; the device dropped frames {} times", shown.xruns);
    let missed = format!("missed {}", status.missed);
    let percent = status.load * 100.0;
    if room < Room::Full {
        let text = if room == Room::Small { format!("{percent:>3.0} %") } else { format!("CPU {percent:>4.1} %") };
        let text = RichText::new(text).monospace();
        let text = if status.missed > 0 { text.color(paints.wrong) } else { text };
        ui.add(egui::Label::new(text).extend()).on_hover_text(format!("CPU; {missed} {says}"));
        return;
    }
    ui.add(egui::Label::new(RichText::new(format!("CPU {percent:>4.1} %")).monospace()).extend());
    let color = if status.missed > 0 { paints.wrong } else { paints.faint };
    ui.add(egui::Label::new(RichText::new(missed).color(color)).extend()).on_hover_text(says);
}

fn undo(ui: &mut Ui, link: &Link, shown: &Shown) {
    let undo = icon_button(ui, Icon::Undo, "Undo", shown.undo.is_some());
    if undo.on_hover_text(format!("Undo {} (Ctrl+Z)", shown.undo.as_deref().unwrap_or(""))).clicked() {
        link.wish(Wish::Undo);
    }
}

fn redo(ui: &mut Ui, link: &Link, shown: &Shown) {
    let redo = icon_button(ui, Icon::Redo, "Redo", shown.redo.is_some());
    if redo.on_hover_text(format!("Redo {} (Ctrl+Shift+Z)", shown.redo.as_deref().unwrap_or(""))).clicked() {
        link.wish(Wish::Redo);
    }
}

fn scenes(ui: &mut Ui, link: &Link, shown: &Shown) {
    for scene in &shown.scenes {
        if ui.button(scene.as_str()).on_hover_text("Launch this scene at the next cycle").clicked() {
            link.wish(Wish::Launch(Some(scene.clone())));
        }
    }
}

/// The set that comes next, and a way to stay.
fn coming(ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
    let Some(name) = &shown.around.coming else { return };
    ui.separator();
    let text = RichText::new(format!("{name} at the next bar")).color(paints.hand);
    ui.label(text).on_hover_text("It is read beside what plays, and takes over with a crossfade");
    if ui.button("Stay").on_hover_text(format!("{name} does not come in; what plays goes on")).clicked() {
        link.wish(Wish::Deed(Deed::Stay));
    }
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
