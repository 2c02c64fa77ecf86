//! What tests look at.

use super::App;
use crate::ui::bar::Bar;
use crate::ui::canvas::Canvas;
use crate::ui::code::Code;
use crate::ui::link::Link;
use crate::ui::roll::Roll;
use crate::ui::theme::Theme;
use crate::ui::widgets::Held;

impl App {
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }
    pub(crate) fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }
    pub(crate) fn said(&self) -> Option<&str> {
        self.said.as_deref()
    }
    /// Has done what the canvas asks for.
    pub(crate) fn acts(&mut self, act: crate::ui::canvas::gesture::Act) {
        let heard = std::sync::Arc::clone(&self.link.shown().heard);
        self.act(act, &heard);
    }
    fn front(&self) -> &Canvas {
        self.rooms.front()
    }
    pub(crate) fn code_mut(&mut self) -> &mut Code {
        &mut self.code
    }
    pub(crate) fn roll(&self) -> &Roll {
        &self.roll
    }
    pub(crate) fn code(&self) -> &Code {
        &self.code
    }
    pub(crate) fn selection(&self) -> impl Iterator<Item = &bf_patch::Name> {
        self.front().selection.iter()
    }
    pub(crate) fn canvas_place(&self, at: egui::Pos2) -> egui::Pos2 {
        self.front().place(at)
    }
    /// Stays as it is now, silent and without what differs from run to run; a folder has no path.
    pub(crate) fn freeze(&mut self, folder: &std::path::Path) {
        self.link.freeze(folder);
        // What has clipped until now differs from run to run, too.
        self.bar = Bar::default();
    }
    pub(crate) fn dress(&mut self, theme: Theme) {
        self.shell.settings.theme = theme;
    }
    pub(crate) fn canvas_pane(&self) -> egui::Rect {
        self.front().pane()
    }
    pub(crate) fn grips(&self) -> Vec<egui::Pos2> {
        self.front().grips()
    }
    pub(crate) fn tile_of(&self, name: &str) -> egui::Rect {
        self.front().tile(name).rect
    }
    pub(crate) fn plug_of(&self, name: &str, input: Option<&str>) -> egui::Pos2 {
        let tile = self.front().tile(name);
        input.map_or_else(|| tile.exit(None), |port| tile.entry(Some(&bf_patch::Name::new(port))))
    }
    pub(crate) fn held_of(&self, name: &str, param: &str) -> Option<Held> {
        self.front().held_of(&bf_patch::Socket::new(name, param))
    }
    pub(crate) fn row_of(&self, name: &str, param: &str) -> egui::Rect {
        let tile = self.front().tile(name);
        tile.rows.iter().find(|row| row.name.as_str() == param).map_or(egui::Rect::NOTHING, |row| row.rect)
    }
}
