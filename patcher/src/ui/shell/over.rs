//! What lies over the window: sheets, settings, tour and commands, of which one has the keys; and the projector beside it.

use super::Shell;
use super::deck::Deed;
use super::keyboard::{self, Over};
use super::make::Template;
use super::settings::Settings;
use super::sheet::Sheet;
use super::tour::Going;
use super::{failed, preferences};
use crate::ui::code::Code;
use crate::ui::command::Command;
use crate::ui::link::{Link, Shown, Wish};
use crate::ui::theme::Paints;
use egui::Ui;

/// How many commands that were chosen last stand first.
const LAST: usize = 6;

impl Shell {
    /// Sheets, tour and palette over the window, and the projector beside it; the commands that were chosen.
    pub(crate) fn over(
        &mut self,
        ui: &Ui,
        (link, shown, code): (&Link, &Shown, &mut Code),
        paints: &Paints,
    ) -> Vec<Command> {
        let mut told = Vec::new();
        self.keyboard.lend(ui.ctx(), self.lies_over());
        self.hides_typed = self.has_keys();
        if let Some(failed) = &shown.failed
            && failed::ui(ui, failed, paints)
        {
            told.push(Command::Quit);
        }
        if let Some(sheet) = &mut self.sheet {
            let (want, open) = sheet.show(ui, &shown.around, paints);
            if !open {
                self.sheet = None;
            }
            if let Some(deed) = want {
                self.wish(link, shown, deed);
            }
        }
        if let Some(tour) = self.tour.as_mut().filter(|_| !self.page) {
            match tour.ui(ui, shown, &link.shared.status(), paints) {
                Going::On => {}
                Going::End => self.tour = None,
                Going::Begin => {
                    self.tour = None;
                    self.lay(Sheet::new_set(Template::Beat));
                }
            }
        }
        self.preferences(ui, link, shown, paints);
        if let Some(projector) = &mut self.projector
            && !projector.show(ui.ctx(), (link, shown, code), paints, &mut told)
        {
            self.projector = None;
        }
        if let Some(palette) = &mut self.palette {
            let (command, open) = palette.show(ui, self.settings.keys, &self.last);
            if let Some(command) = command {
                self.last.retain(|known| *known != command);
                self.last.insert(0, command);
                self.last.truncate(LAST);
                told.push(command);
            }
            if !open {
                self.palette = None;
            }
        }
        self.keyboard.settle(ui.ctx(), self.lies_over());
        told
    }

    /// What has the keyboard of all that lies over the window.
    fn lies_over(&self) -> Over {
        match (&self.palette, self.sheet.is_some() || self.preferences.is_some()) {
            (Some(_), _) => Over::Palette,
            (None, true) => Over::Sheet,
            (None, false) => Over::Nothing,
        }
    }

    /// Whether a sheet has the keyboard: nothing below it is to have keys.
    pub(crate) fn has_keys(&self) -> bool {
        self.lies_over() != Over::Nothing
    }

    /// Keeps what was typed from what lies below a sheet, the key that has closed it included.
    pub(crate) fn hide_typed(&self, ui: &Ui) {
        if self.hides_typed || self.has_keys() {
            keyboard::hide_typed(ui.ctx());
        }
    }

    /// Opens a sheet.
    pub(super) fn lay(&mut self, sheet: Sheet) {
        self.keyboard.turn();
        self.sheet = Some(sheet);
    }

    /// The settings window, where it is open.
    fn preferences(&mut self, ui: &Ui, link: &Link, shown: &Shown, paints: &Paints) {
        let Some(preferences) = &mut self.preferences else { return };
        let mut settings = self.settings.clone();
        let (wish, open) = preferences.show(ui, &mut settings, &shown.around, paints);
        if !open {
            self.preferences = None;
        }
        if settings != self.settings {
            self.settle(|s| *s = settings);
        }
        let deed = wish.map(|wish| match wish {
            preferences::Wish::Device(request) => Deed::Switch(request),
            preferences::Wish::Ports => {
                let Settings { midi_in, midi_out, .. } = &self.settings;
                Deed::Ports { inputs: midi_in.clone(), outputs: midi_out.clone() }
            }
        });
        deed.into_iter().for_each(|deed| link.wish(Wish::Deed(deed)));
    }
}
