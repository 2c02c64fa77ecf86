//! What stands above the notes: the clip, the grid, the scale, and what is done to all that is picked.

use super::notes::{self, Picked};
use super::{Roll, Stage};
use crate::ui::app::named;
use crate::ui::link::Wish;
use crate::ui::number::number_field;
use crate::ui::pattern::place::{Desk, Place};
use crate::ui::roll::import::Wanted;
use bf_node::Value;
use bf_pattern::scale::{Key, SCALES, Scale};
use egui::{ComboBox, ScrollArea, Ui, WidgetInfo};

/// The lines of the grid: their names, and beats.
const GRIDS: [(&str, f64); 10] = [
    ("1/1", 4.0),
    ("1/2", 2.0),
    ("1/4", 1.0),
    ("1/4t", 2.0 / 3.0),
    ("1/8", 0.5),
    ("1/8t", 1.0 / 3.0),
    ("1/16", 0.25),
    ("1/16t", 1.0 / 6.0),
    ("1/32", 0.125),
    ("no grid", 0.0),
];
const MARGIN: egui::Margin = egui::Margin { left: 6, right: 6, top: 0, bottom: 0 };
const SIXTEENTH: usize = 6;
/// Below this height there is no room for more than one line of tools.
const LOW: f32 = 320.0;
const ROOTS: [&str; 12] = ["c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b"];

/// What a hand works with.
#[derive(Clone, Debug)]
pub(super) struct Tools {
    grid: usize,
    /// How far quantising goes, 0 to 1.
    strength: f64,
    root: usize,
    scale: Option<&'static Scale>,
    /// Whether a drag over nothing draws a note; else it draws a box.
    pub draws: bool,
}

impl Default for Tools {
    fn default() -> Tools {
        Tools { grid: SIXTEENTH, strength: 1.0, root: 0, scale: None, draws: false }
    }
}

impl Tools {
    /// Beats of a line of the grid; 0 for none.
    pub(super) fn grid(&self) -> f64 {
        GRIDS[self.grid].1
    }

    /// The scale that notes keep to.
    pub(super) fn key(&self) -> Option<Key> {
        self.scale.map(|scale| Key { root: 60 + self.root as i32, scale })
    }
}

impl Roll {
    /// The tools in as many lines as they need; in a low window in one, which scrolls.
    pub(super) fn tools(&mut self, ui: &mut Ui, desk: Desk<'_>, clips: &[Place], stage: &mut Stage<'_>) {
        if ui.available_height() < LOW {
            let line = ScrollArea::horizontal().id_salt("tools").auto_shrink([false, true]);
            line.show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.add_space(f32::from(MARGIN.left));
                    self.all_tools(ui, desk, clips, stage);
                })
            });
        } else {
            // Each of its rows begins beside the edge.
            let margin = egui::Frame::new().inner_margin(MARGIN);
            margin.show(ui, |ui| ui.horizontal_wrapped(|ui| self.all_tools(ui, desk, clips, stage)));
        }
    }

    fn all_tools(&mut self, ui: &mut Ui, desk: Desk<'_>, clips: &[Place], stage: &mut Stage<'_>) {
        let menu = ComboBox::from_id_salt("clip").selected_text(stage.place.title()).width(120.0).show_ui(ui, |ui| {
            for clip in clips {
                if ui.selectable_label(*clip == stage.place, clip.title()).clicked() {
                    self.clip = Some(clip.clone());
                }
            }
        });
        named(&menu.response, "clip");
        menu.response.on_hover_text("Which clip is shown");
        let draw = ui.selectable_label(self.tools.draws, "Draw");
        if draw.on_hover_text("A drag over nothing draws a note instead of a box (B)").clicked() {
            self.tools.draws = !self.tools.draws;
        }
        ui.separator();
        self.grid_menu(ui);
        if ui.button("Quantise").on_hover_text("Draw what is picked, or all, to the grid (Q)").clicked() {
            self.quantise(stage);
        }
        let mut percent = self.tools.strength * 100.0;
        let field = ui.add(number_field(&mut percent).range(0.0..=100.0).speed(1.0).fixed_decimals(0).suffix(" %"));
        field.widget_info(|| WidgetInfo::slider(true, percent, "strength of quantising"));
        field.on_hover_text("How far towards the grid");
        self.tools.strength = percent / 100.0;
        ui.separator();
        self.scale_menu(ui);
        let snap = ui.add_enabled(self.tools.scale.is_some(), egui::Button::new("To scale"));
        if snap.on_hover_text("Put what is picked, or all, on notes of the scale").clicked()
            && let Some(key) = self.tools.key()
        {
            stage.put(self, notes::scaled(&stage.notes, &self.meant(stage), key), "notes to the scale");
            self.over(stage);
        }
        ui.separator();
        if ui.selectable_label(self.view.fold, "Fold").on_hover_text("Only the pitches that are used").clicked() {
            self.view.fold = !self.view.fold;
            self.view.set_rows(&stage.all());
            self.fitted = None;
        }
        if ui.button("Fit").on_hover_text("Show the whole clip (F)").clicked() {
            self.fitted = None;
        }
        ui.separator();
        self.length(ui, desk, stage);
        file(ui, desk, stage);
    }

    fn grid_menu(&mut self, ui: &mut Ui) {
        let menu =
            ComboBox::from_id_salt("grid").selected_text(GRIDS[self.tools.grid].0).width(64.0).show_ui(ui, |ui| {
                for (i, (name, _)) in GRIDS.iter().enumerate() {
                    ui.selectable_value(&mut self.tools.grid, i, *name);
                }
            });
        named(&menu.response, "grid");
        menu.response.on_hover_text("What notes snap to; t is triplets; with Ctrl held nothing snaps");
    }

    fn scale_menu(&mut self, ui: &mut Ui) {
        let root = ComboBox::from_id_salt("root").selected_text(ROOTS[self.tools.root]).width(40.0).show_ui(ui, |ui| {
            for (i, name) in ROOTS.iter().enumerate() {
                ui.selectable_value(&mut self.tools.root, i, *name);
            }
        });
        named(&root.response, "root of the scale");
        let now = self.tools.scale.map_or("any note", Scale::name);
        let scale = ComboBox::from_id_salt("scale").selected_text(now).width(130.0).show_ui(ui, |ui| {
            if ui.selectable_label(self.tools.scale.is_none(), "any note").clicked() {
                self.tools.scale = None;
            }
            for scale in SCALES {
                if ui.selectable_label(self.tools.scale == Some(scale), scale.name()).clicked() {
                    self.tools.scale = Some(scale);
                }
            }
        });
        named(&scale.response, "scale");
        scale.response.on_hover_text("Notes that are drawn and moved keep to it");
    }

    fn length(&mut self, ui: &mut Ui, desk: Desk<'_>, stage: &mut Stage<'_>) {
        if stage.fits {
            ui.label(if stage.others.is_empty() { "as long as its notes" } else { "as long as its file" })
                .on_hover_text("`fit` is on: switch it off to say a length");
        } else {
            let over = crate::ui::pattern::number(ui, desk, &stage.place, ("length", "length "), &mut self.gesture);
            if over {
                self.over(stage);
            }
        }
    }

    /// What is picked; all where nothing is.
    pub(super) fn meant(&self, stage: &Stage<'_>) -> Picked {
        if self.picked.is_empty() { (0..stage.notes.len()).collect() } else { self.picked.clone() }
    }

    pub(super) fn quantise(&mut self, stage: &mut Stage<'_>) {
        let new = notes::quantised(&stage.notes, &self.meant(stage), self.tools.grid(), self.tools.strength);
        stage.put(self, new, "quantise");
        self.over(stage);
    }
}

/// The MIDI file that a clip plays: its notes can be taken in.
fn file(ui: &mut Ui, desk: Desk<'_>, stage: &Stage<'_>) {
    let file = stage.place.value(desk, "file").as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
    if file.is_empty() {
        return;
    }
    ui.separator();
    ui.label(format!("plays {file}, too"));
    if ui
        .button("Take its notes in")
        .on_hover_text("The file's notes, which are drawn faint, join the clip's own, to be changed here")
        .clicked()
    {
        desk.link.wish(Wish::TakeMidi(wanted(desk, &stage.place, file, None)));
    }
}

/// What is taken from a file into a clip.
pub(super) fn wanted(desk: Desk<'_>, place: &Place, file: String, path: Option<std::path::PathBuf>) -> Wanted {
    let count = |param| place.value(desk, param).as_ref().and_then(Value::as_number).unwrap_or(0.0);
    // A file from elsewhere is taken in whole.
    let own = f64::from(u8::from(path.is_none()));
    Wanted {
        place: place.clone(),
        path,
        file,
        track: (count("track") * own) as u16,
        channel: (count("channel") * own) as u8,
    }
}
