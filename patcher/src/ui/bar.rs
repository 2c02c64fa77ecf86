//! The bar above everything: transport, tempo, position, load, undo.

use super::command::Command;
use super::gestures::Going;
use super::icon::{Icon, icon_button, lit_button};
use super::link::{Link, Shown, Wish};
use super::meters::Meters;
use super::number::number_field;
use super::shell::deck::Deed;
use super::shell::lights::{self, Lights};
use super::theme::Paints;
use bf_patch::{Edit, SetEdit};
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{
    Align, Button, Label, Layout, PopupCloseBehavior, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2,
};

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

/// The least room for what comes next and the way to stay.
const COMING: f32 = 150.0;

/// What a bar remembers: when the tempo was tapped, and what was seen of load and levels.
#[derive(Default)]
pub(crate) struct Bar {
    taps: Vec<f64>,
    gesture: Going,
    lights: Lights,
    meters: Meters,
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
                counting(ui, link);
            } else if status.playing {
                let stop = lit_button(ui, Icon::Stop, "Stop", paints.signal);
                if stop.on_hover_text("Stop where it stands (Space)").clicked() {
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
            let told = ui.cursor().min.x;
            match beats_to_play(link, shown) {
                Some(beats) => {
                    let left = format!("{:>1$}", format!("\u{2212}{beats}"), wide + 2);
                    let label = ui.label(position(left, room).color(paints.hand));
                    let says = format!("counting in: {beats} beats");
                    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
                    label.on_hover_text(says);
                }
                None => {
                    let at = format!("{:>wide$}.{}", bar as i64 + 1, beat.floor() as i64 + 1);
                    _ = ui.label(position(at, room));
                }
            }
            waiting(ui, shown.granted < link.sent(), paints);
            if room > Room::Small {
                chosen = self.lights.ui(ui, &shown.around, paints);
                ui.separator();
            }
            let meters = if room == Room::Small { told } else { ui.cursor().min.x };
            if room > Room::Small {
                self.meters.level(ui, &status, paints);
            }
            if room == Room::Full {
                loudness(ui, shown);
                ui.separator();
            }
            let rooms = (room == Room::Small, room == Room::Full);
            let end = self.meters.load(ui, (&status, shown), rooms, paints);
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
            // What comes and goes stands where it moves nothing: in what is left of the row, or over what only tells.
            let left = ui.available_size_before_wrap().x;
            let begin = ui.cursor().min.x;
            let across = if left >= COMING { begin..=begin + left } else { meters..=end.max.x };
            let place = Rect::from_x_y_ranges(across, end.y_range());
            coming(ui, place, (link, shown), paints);
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
                self.meters.level(ui, &link.shared.status(), paints);
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

/// Bar and beat, which are read from further off than all else where there is room for that.
fn position(text: String, room: Room) -> RichText {
    let text = RichText::new(text).monospace().strong();
    if room == Room::Full { text.size(18.0) } else { text }
}

/// Beats until it plays, while it is counted in; one as long as nothing is known of them.
fn beats_to_play(link: &Link, shown: &Shown) -> Option<u32> {
    let status = link.shared.status();
    if status.playing {
        return None;
    }
    let Some(counted) = shown.seen.counted else { return shown.seen.counting.then_some(1) };
    let frames = counted.saturating_sub(status.frame);
    let beats = frames as f64 * shown.heard.main.tempo / 60.0 / f64::from(shown.seen.sample_rate.max(1.0));
    Some(beats.ceil().max(1.0) as u32)
}

/// It is being counted in, which the position tells: a way to take that back.
fn counting(ui: &mut Ui, link: &Link) {
    let says = "It is counted in: take that back (Space)";
    if icon_button(ui, Icon::Stop, "Stop", true).on_hover_text(says).clicked() {
        link.wish(Wish::Stop);
    }
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
}

/// Back to the beginning, and silence.
fn start(ui: &mut Ui, link: &Link, shown: &Shown) {
    if icon_button(ui, Icon::Rewind, "Rewind", true).on_hover_text("Back to the beginning").clicked() {
        link.wish(Wish::Rewind);
    }
    // One word, pressed while it is on: what stands behind it keeps its place.
    let hush = ui.add(Button::new("Hush").selected(shown.hushed));
    hush.widget_info(|| WidgetInfo::selected(Role::Button, true, shown.hushed, "Hush"));
    if hush.on_hover_text("Everything falls silent at once, or sounds again (Ctrl+.)").clicked() {
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
fn coming(ui: &mut Ui, place: Rect, (link, shown): (&Link, &Shown), paints: &Paints) {
    let Some(name) = &shown.around.coming else { return };
    ui.painter().rect_filled(place, 0.0, ui.visuals().panel_fill);
    let layout = Layout::right_to_left(Align::Center);
    // It lies over the row and is no part of it: its height counts for nothing there.
    let mut ui = ui.new_child(UiBuilder::new().id_salt("coming").max_rect(place).layout(layout));
    if ui.button("Stay").on_hover_text(format!("{name} does not come in; what plays goes on")).clicked() {
        link.wish(Wish::Deed(Deed::Stay));
    }
    let says = format!("{name} at the next bar");
    let help = format!("{says}: it is read beside what plays, and takes over with a crossfade");
    let label = ui.add(Label::new(RichText::new(&says).color(paints.hand)).truncate());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
    label.on_hover_text(help);
}

/// How loud what is heard is over the last three seconds.
fn loudness(ui: &mut Ui, shown: &Shown) {
    let Some(loudness) = &shown.seen.loudness else { return };
    loudness.watch(true);
    let now = loudness.readings().short_term;
    let text = if now > -70.0 && now < 0.0 { format!("{now:>5.1} LUFS") } else { "    - LUFS".to_owned() };
    ui.label(RichText::new(text).monospace()).on_hover_text("Loudness of what is heard over the last 3 s (short-term)");
}
