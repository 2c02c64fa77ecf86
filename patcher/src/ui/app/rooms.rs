//! The patches that were opened inside of one another, each with a canvas of its own.

use crate::ui::canvas::Canvas;
use crate::ui::link::Shown;
use bf_node::Value;
use bf_patch::{Name, Patch, Set};
use egui::Ui;
use std::borrow::Cow;
use std::sync::Arc;

/// A patch that was opened inside.
struct Room {
    /// The node that stands for it, and its file.
    name: Name,
    file: String,
    canvas: Canvas,
    /// The patch as a set of its own, and of which stamp it was made.
    set: (u64, Arc<Set>),
}

/// The canvas of the set, and those of what was opened inside.
#[derive(Default)]
pub(super) struct Rooms {
    canvas: Canvas,
    /// The innermost last.
    list: Vec<Room>,
}

impl Rooms {
    /// The canvas that is drawn.
    pub(super) fn front(&self) -> &Canvas {
        self.list.last().map_or(&self.canvas, |room| &room.canvas)
    }
    /// As [`Rooms::front`].
    pub(super) fn front_mut(&mut self) -> &mut Canvas {
        self.list.last_mut().map_or(&mut self.canvas, |room| &mut room.canvas)
    }
    /// The file of the patch that is drawn; none is the set.
    pub(super) fn file(&self) -> Option<&str> {
        self.list.last().map(|room| room.file.as_str())
    }
    /// How many patches one is inside.
    pub(super) fn depth(&self) -> usize {
        self.list.len()
    }
    /// What the patch that is drawn plays, with the files of the set.
    pub(super) fn heard(&self, shown: &Shown) -> Arc<Set> {
        Arc::clone(self.list.last().map_or(&shown.heard, |room| &room.set.1))
    }
    /// The path in the engine of what is inside, ending with `/`; empty for the set.
    pub(super) fn path(&self) -> String {
        self.list.iter().map(|room| format!("{}/", room.name)).collect()
    }

    /// Opens the patch that a node stands for, of what is drawn.
    ///
    /// # Errors
    /// What to tell where there is none.
    pub(super) fn open(&mut self, name: Name, heard: &Set) -> Result<(), String> {
        let file = stands_for(&heard.main, &name).filter(|file| heard.files.contains_key(&**file));
        let Some(file) = file.map(Cow::into_owned) else {
            return Err(format!("{name} has no patch file that was read"));
        };
        // Its set is made before the next frame is drawn.
        self.list.push(Room { name, file, canvas: Canvas::default(), set: (u64::MAX, Arc::default()) });
        Ok(())
    }
    /// Goes back to the patch around.
    pub(super) fn back(&mut self) {
        self.list.pop();
    }
    /// Goes back to the set.
    pub(super) fn leave(&mut self) {
        self.list.clear();
    }

    /// Leaves rooms whose patch is gone, and takes in what has changed in the others.
    pub(super) fn enter(&mut self, shown: &Shown) {
        let mut outer = Arc::clone(&shown.heard);
        for i in 0..self.list.len() {
            let room = &mut self.list[i];
            let stands = stands_for(&outer.main, &room.name).is_some_and(|file| file == room.file);
            let Some(patch) = shown.heard.files.get(&room.file).filter(|_| stands) else {
                self.list.truncate(i);
                return;
            };
            if room.set.0 != shown.stamp {
                let set = Set { main: patch.clone(), files: shown.heard.files.clone() };
                room.set = (shown.stamp, Arc::new(set));
            }
            outer = Arc::clone(&room.set.1);
        }
    }

    /// Where one is, and the way back.
    pub(super) fn trail(&mut self, ui: &mut Ui, title: &str) {
        if self.list.is_empty() {
            return;
        }
        let margin = egui::Frame::new().inner_margin(egui::Margin::symmetric(6, 2));
        margin.show(ui, |ui| {
            ui.horizontal(|ui| {
                let mut to = self.list.len();
                if ui.button(title).on_hover_text("Back to the set (Ctrl+Up: one back)").clicked() {
                    to = 0;
                }
                for (i, room) in self.list.iter().enumerate() {
                    ui.label("/");
                    if ui.button(room.name.as_str()).on_hover_text(&room.file).clicked() {
                        to = i + 1;
                    }
                }
                self.list.truncate(to);
            })
        });
    }
}

/// The file of the patch that a node stands for.
pub(crate) fn stands_for<'a>(patch: &'a Patch, name: &Name) -> Option<Cow<'a, str>> {
    let file = patch.said(name, "file").and_then(Value::as_text)?;
    (patch.nodes.get(name)?.kind == "patch").then(|| bf_patch::files::one_form(file))
}
