//! What is around the canvas, the code and the mixer: first page, sheets, tour, commands, browser, settings.

pub(crate) mod along;
pub(crate) mod around;
mod awake;
mod beside;
pub(crate) mod browser;
mod coming;
pub(crate) mod deck;
mod failed;
mod first;
mod kept;
mod keyboard;
pub(crate) mod layout;
pub(crate) mod library;
pub(crate) mod lights;
mod make;
pub(crate) mod messages;
mod moving;
mod over;
mod palette;
#[cfg(test)]
mod peek;
mod places;
mod preferences;
mod projector;
mod setlist;
pub(crate) mod settings;
mod sheet;
mod shelf;
mod start;
mod store;
pub(crate) mod toast;
mod told;
mod tour;

pub(crate) use make::{Template, place_of};
pub(crate) use store::Store;

use super::link::{Link, Shown, Wish};
use around::Around;
use awake::Awake;
use browser::Browser;
use deck::Deed;
use kept::{LIST, RECENT};
use keyboard::Keyboard;
use layout::Layout;
use library::Library;
use palette::Palette;
use preferences::Preferences;
use projector::Projector;
use setlist::SetList;
use settings::Settings;
use sheet::Sheet;
use std::path::{Path, PathBuf};
use tour::Tour;

/// How much larger everything is in the performance view.
const ON_STAGE: f32 = 1.35;

/// What the shell remembers.
#[derive(Default)]
pub(crate) struct Shell {
    store: Store,
    pub settings: Settings,
    /// The first page is shown, and whether a set is behind it.
    page: bool,
    stand_in: bool,
    sheet: Option<Sheet>,
    tour: Option<Tour>,
    /// The tour begins once its set plays.
    tours: bool,
    palette: Option<Palette>,
    /// Commands that were chosen there, the last one first.
    last: Vec<super::command::Command>,
    preferences: Option<Preferences>,
    /// The browser, and whether it is shown.
    browser: Browser,
    pub browses: bool,
    /// The user's own patches.
    pub library: Library,
    projector: Option<Projector>,
    awake: Option<Awake>,
    keyboard: Keyboard,
    /// Something lay over the window as this frame began.
    hides_typed: bool,
    /// The layout that was last read or kept.
    laid_out: Option<Layout>,
    recent: Vec<PathBuf>,
    /// The set list.
    pub list: SetList,
    /// The full screen of the performance view.
    pub on_stage: bool,
    /// What was left of a set was heard of.
    heard_of_left: bool,
    /// What is to be said of files of the user's.
    wrong: Vec<String>,
    /// What is to be said for some seconds.
    pub briefly: Option<String>,
    /// The file of the settings has faults: it is kept beside the one that is written next.
    is_broken: bool,
}

/// Whether there is a set behind the first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// A set was named.
    Set,
    /// None was: a silent one stands in.
    StandIn,
}

impl Shell {
    pub(crate) fn new(store: Store, face: Face) -> Shell {
        let text = store.read(settings::FILE).unwrap_or_default();
        let (settings, wrong) = Settings::parse(&text);
        let place = store.path(settings::FILE).map_or_else(String::new, |path| path.display().to_string());
        let wrong = wrong.into_iter().map(|why| {
            format!("{place}, {why}. It is as by default; mend that line, or settle it anew in the settings")
        });
        let (recent, list) = (store.places(RECENT), store.places(LIST));
        let (page, wrong) = (face == Face::StandIn, wrong.collect::<Vec<String>>());
        let (list, is_broken) = (SetList::new(list), !wrong.is_empty());
        let library = Library::of_user(&store);
        let stand_in = page;
        Shell { store, settings, library, page, stand_in, recent, list, wrong, is_broken, ..Shell::default() }
    }

    /// Looks as it was settled, and says what is wrong with that.
    pub(crate) fn begin(&mut self, ctx: &egui::Context) -> Option<String> {
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let scale = self.settings.scale * if self.on_stage { ON_STAGE } else { 1.0 };
        if (ctx.zoom_factor() - scale).abs() > 1e-3 {
            ctx.set_zoom_factor(scale);
        }
        let wrong = core::mem::take(&mut self.wrong);
        (!wrong.is_empty()).then(|| wrong.join("\n"))
    }

    /// Another set plays from now on.
    pub(crate) fn meet(&mut self, around: &Around) {
        let place = &around.place;
        (self.page, self.stand_in, self.heard_of_left) = (false, false, false);
        self.tour = core::mem::take(&mut self.tours).then(Tour::new);
        if self.tour.is_none() {
            self.remember(place);
        }
    }

    /// Does something with whole sets; one that plays already is only shown.
    pub(crate) fn wish(&mut self, link: &Link, shown: &Shown, deed: Deed) {
        if let Deed::Open(place) = &deed
            && *place == shown.around.place
            && !self.stand_in
        {
            self.page = false;
            if shown.around.coming.is_some() {
                // What was wished last counts.
                link.wish(Wish::Deed(Deed::Stay));
            }
            return;
        }
        link.wish(Wish::Deed(deed));
    }

    /// The set goes on elsewhere.
    pub(crate) fn go_along(&mut self, place: &Path) {
        (self.page, self.stand_in) = (false, false);
        self.laid_out = None;
        self.remember(place);
    }
}
