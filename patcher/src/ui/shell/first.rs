//! The first page: what can be played, where no set was named or it is asked for; and the tour.

use super::deck::Deed;
use super::make::{self, Template};
use super::sheet::Sheet;
use super::{Shell, start};
use crate::ui::link::{Link, Shown};
use crate::ui::theme::Paints;
use egui::{RichText, Ui};

impl Shell {
    /// The first page, where it is shown; whether it is.
    pub(crate) fn page(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) -> bool {
        if !self.page {
            return false;
        }
        let coming = shown.around.coming.as_deref();
        let choice = egui::CentralPanel::default()
            .show(ui, |ui| {
                // What went wrong is said here, too.
                if shown.around.failed > 0
                    && coming.is_none()
                    && let Some(line) = shown.lines.back()
                {
                    ui.label(RichText::new(&line.text).color(paints.wrong));
                }
                start::ui(ui, &self.recent, coming, paints, !self.stand_in)
            })
            .inner;
        if let Some(choice) = choice {
            self.choose(choice, link, shown);
        }
        true
    }

    fn choose(&mut self, choice: start::Choice, link: &Link, shown: &Shown) {
        match choice {
            start::Choice::Open(place) => self.wish(link, shown, Deed::Open(place)),
            start::Choice::Browse => self.lay(Sheet::open(&shown.around)),
            start::Choice::New(template) => self.lay(Sheet::new_set(template)),
            start::Choice::Example(i) => {
                let name = make::EXAMPLES.get(i).map_or("example", |example| example.name);
                let folder = make::sets_folder().join("examples").join(name);
                self.wish(link, shown, Deed::New { folder, template: Template::Example(i) });
            }
            start::Choice::Tour => self.begin_tour(link, shown),
            start::Choice::Back => self.page = false,
        }
    }

    pub(super) fn begin_tour(&mut self, link: &Link, shown: &Shown) {
        let base = format!("beatforge-{}", std::process::id());
        let folder = std::env::temp_dir().join(make::free_name(&std::env::temp_dir(), &base)).join("tour");
        self.tours = true;
        self.wish(link, shown, Deed::New { folder, template: Template::Tour });
    }
}
