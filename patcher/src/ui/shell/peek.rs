//! What tests open and look at.

use super::library::Library;
use super::make::Template;
use super::preferences::Preferences;
use super::sheet::Sheet;
use super::tour::Tour;
use super::{Around, Shell, browser};
use crate::ui::command::Command;
use std::path::Path;

impl Shell {
    pub(crate) fn tour_state(&self) -> Option<(usize, bool)> {
        self.tour.as_ref().map(Tour::state)
    }
    /// The settings over a machine that has neither devices nor ports.
    pub(crate) fn open_bare_settings(&mut self) {
        self.preferences = Some(Preferences::bare());
    }
    /// A sheet over folders that are nowhere.
    pub(crate) fn open_bare_sheet(&mut self, command: Command, around: &Around) {
        let sheet = match command {
            Command::New => Sheet::new_set(Template::default()),
            Command::Open => Sheet::open(around),
            Command::SaveAs => Sheet::save_as(around),
            Command::Publish => Sheet::publish(around),
            _ => Sheet::versions(),
        };
        self.lay(sheet.bare());
    }
    /// The tour, through whatever plays.
    pub(crate) fn begin_tour_here(&mut self) {
        self.tour = Some(Tour::new());
    }
    pub(crate) fn browse(&mut self, tab: browser::Tab, library: &Path) {
        (self.browser.tab, self.browses, self.library) = (tab, true, Library::at(library));
    }
}
