//! What stands beside the tabs: the browser on the left, and a line over them where a set was left unsaved.

use super::Shell;
use super::browser::{List, Pick};
use super::deck::Deed;
use crate::ui::link::{Link, Shown, Wish};
use crate::ui::pane::Pane;
use crate::ui::theme::Paints;
use egui::{RichText, Ui};

impl Shell {
    /// The browser on the left, where it is shown; what is to be added to the canvas.
    pub(crate) fn browser(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) -> Option<Pick> {
        if !self.browses || self.on_stage {
            return None;
        }
        let (recent, library) = (&self.recent, &mut self.library);
        self.list.look(ui.input(|i| i.time));
        let mut list = List {
            list: &mut self.list,
            recent,
            library,
            open: None,
            go_to: None,
            shelve: None,
            changed: false,
            step: 0,
        };
        let (browser, folders) = (&mut self.browser, &self.settings.samples);
        let draw = |ui: &mut Ui| browser.ui(ui, (link, shown, paints), folders, &mut list);
        let pick = Pane::Browser.show(ui, draw);
        let List { open, go_to, shelve, changed, step, .. } = list;
        if let Some(file) = shelve {
            self.shelve(link, file);
        }
        if changed {
            self.write_list();
        }
        if step != 0 {
            self.step(step, link);
        }
        if let Some(one) = go_to {
            link.wish(Wish::Deed(Deed::GoTo(one)));
        }
        if let Some(place) = open {
            self.wish(link, shown, Deed::Open(place));
        }
        pick
    }

    /// Copies a patch file of the set into the user's library.
    pub(crate) fn shelve(&mut self, link: &Link, file: String) {
        match self.library.folder() {
            Some(library) => link.wish(Wish::Deed(Deed::Shelve { file, library: library.to_owned() })),
            None => self.wrong.push("there is no folder for your library: HOME says where yours is".to_owned()),
        }
    }

    /// A line over the tabs where a set was left with changes that its files do not have.
    pub(crate) fn left(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
        if !shown.around.was_left || self.heard_of_left || !shown.unsaved {
            return;
        }
        egui::Panel::top("left").show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                let text = "This set was left with changes that are not saved. It plays as it was left.";
                ui.label(RichText::new(text).color(paints.hand));
                if ui.button("Keep them").on_hover_text("Go on as it was left; Save writes it").clicked() {
                    self.heard_of_left = true;
                }
                let help = "Back to what the files say; Undo brings the changes back";
                if ui.button("Play as saved").on_hover_text(help).clicked() {
                    self.heard_of_left = true;
                    link.wish(Wish::Deed(Deed::Revert));
                }
            });
        });
    }
}
