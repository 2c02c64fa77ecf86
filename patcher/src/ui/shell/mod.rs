//! What is around the canvas, the code and the mixer: first page, sheets, tour, commands, browser, settings.

pub(crate) mod around;
mod awake;
pub(crate) mod browser;
pub(crate) mod deck;
mod failed;
mod keyboard;
pub(crate) mod layout;
pub(crate) mod library;
pub(crate) mod lights;
mod make;
pub(crate) mod messages;
mod palette;
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
mod tour;

pub(crate) use make::{Template, place_of};
pub(crate) use store::Store;

use super::code::Code;
use super::command::Command;
use super::link::{Link, Shown, Wish};
use super::theme::Paints;
use around::Around;
use awake::Awake;
use browser::{Browser, List, Pick};
use deck::Deed;
use egui::{RichText, Ui, ViewportCommand};
use keyboard::{Keyboard, Over};
use layout::Layout;
use library::Library;
use palette::Palette;
use preferences::Preferences;
use projector::Projector;
use setlist::SetList;
use settings::Settings;
use sheet::Sheet;
use std::path::{Path, PathBuf};
use tour::{Going, Tour};

/// The files of recent sets and of the set list.
const RECENT: &str = "recent";
const LIST: &str = "sets";

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
        if around.coming.is_none() {
            self.list.meet(place);
        }
        (self.page, self.stand_in, self.heard_of_left) = (false, false, false);
        self.tour = core::mem::take(&mut self.tours).then(Tour::new);
        if self.tour.is_none() {
            self.remember(place);
        }
    }

    /// The set goes on elsewhere.
    pub(crate) fn go_along(&mut self, place: &Path) {
        (self.page, self.stand_in) = (false, false);
        self.laid_out = None;
        self.remember(place);
    }

    /// A set is one of the recent ones.
    pub(crate) fn remember(&mut self, place: &Path) {
        store::put_first(&mut self.recent, place);
        let written = self.store.write_places(RECENT, &self.recent);
        self.wrong.extend(written.err());
    }

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

    fn begin_tour(&mut self, link: &Link, shown: &Shown) {
        let base = format!("beatforge-{}", std::process::id());
        let folder = std::env::temp_dir().join(make::free_name(&std::env::temp_dir(), &base)).join("tour");
        self.tours = true;
        self.wish(link, shown, Deed::New { folder, template: Template::Tour });
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
            let (command, open) = palette.show(ui, self.settings.keys);
            told.extend(command);
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
    fn lay(&mut self, sheet: Sheet) {
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
        if let Some(preferences::Wish::Device(request)) = wish {
            link.wish(Wish::Deed(Deed::Switch(request)));
        }
    }

    /// The browser on the left, where it is shown; what is to be added to the canvas.
    pub(crate) fn browser(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) -> Option<Pick> {
        if !self.browses || self.on_stage {
            return None;
        }
        let (recent, library) = (&self.recent, &mut self.library);
        self.list.look(ui.input(|i| i.time));
        let mut list =
            List { list: &mut self.list, recent, library, open: None, shelve: None, changed: false, step: 0 };
        let (browser, folders) = (&mut self.browser, &self.settings.samples);
        let draw = |ui: &mut Ui| browser.ui(ui, (link, shown, paints), folders, &mut list);
        let pick = egui::Panel::left("browser").resizable(true).default_size(220.0).show(ui, draw).inner;
        let List { open, shelve, changed, step, .. } = list;
        if let Some(file) = shelve {
            self.shelve(link, file);
        }
        if changed {
            self.write_list();
        }
        if step != 0 {
            self.step(step, link, shown);
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

    /// The menu of what is done with whole sets; the command that was chosen.
    pub(crate) fn menu(&self, ui: &mut Ui) -> Option<Command> {
        use Command as C;
        let groups: [&[Command]; 4] = [
            &[C::New, C::Open, C::Save, C::SaveAs, C::Revert, C::Versions],
            &[C::PreviousSet, C::NextSet, C::Start, C::Tour],
            &[C::Publish, C::FullScreen, C::Projector],
            &[C::Settings, C::Palette, C::Quit],
        ];
        let mut chosen = None;
        ui.menu_button("Set", |ui| {
            for (i, group) in groups.into_iter().enumerate() {
                if i > 0 {
                    ui.separator();
                }
                for spec in group.iter().filter_map(|command| super::command::spec_of(*command)) {
                    let button = egui::Button::new(spec.name).shortcut_text(spec.keys_text(ui, self.settings.keys));
                    if ui.add(button).on_hover_text(spec.help).clicked() {
                        chosen = Some(spec.command);
                        ui.close();
                    }
                }
            }
        });
        chosen
    }

    /// Does what of a command is the shell's.
    pub(crate) fn command(&mut self, command: Command, ui: &Ui, link: &Link, shown: &Shown) {
        let around = &shown.around;
        match command {
            Command::New => self.lay(Sheet::new_set(Template::default())),
            Command::Open => self.lay(Sheet::open(around)),
            Command::SaveAs => self.lay(Sheet::save_as(around)),
            Command::Versions => {
                link.wish(Wish::Deed(Deed::LookUp));
                self.lay(Sheet::versions());
            }
            Command::Publish => self.lay(Sheet::publish(around)),
            Command::Revert => link.wish(Wish::Deed(Deed::Revert)),
            Command::Start => self.page = true,
            Command::Tour => self.begin_tour(link, shown),
            Command::Palette => self.palette = Some(Palette::default()),
            Command::Record => self.record(link, shown),
            Command::Settings => {
                self.keyboard.turn();
                self.preferences = self.preferences.is_none().then(Preferences::default);
            }
            Command::Projector => self.projector = self.projector.is_none().then(Projector::default),
            Command::Browser => {
                self.browses = !self.browses;
                self.browser.focus();
            }
            Command::NextSet => self.step(1, link, shown),
            Command::PreviousSet => self.step(-1, link, shown),
            Command::Larger => self.settle(|s| s.scale = (s.scale + 0.1).min(3.0)),
            Command::Smaller => self.settle(|s| s.scale = (s.scale - 0.1).max(0.5)),
            Command::Theme(theme) => self.settle(|s| s.theme = theme),
            Command::Accent(accent) => self.settle(|s| s.accent = accent),
            Command::Keys(keys) => self.settle(|s| s.keys = keys),
            Command::Quant(quant) => {
                self.settle(|s| s.quant = Some(quant));
                link.wish(Wish::Quant(quant));
            }
            Command::FullScreen => {
                self.on_stage = !self.on_stage;
                self.awake = if self.on_stage { Awake::keep() } else { None };
                let keys = super::command::spec_of(command).map(|spec| spec.keys_text(ui, self.settings.keys));
                let leaves = format!("{} leaves the performance view", keys.unwrap_or_default());
                self.briefly = Some(leaves).filter(|_| self.on_stage);
                ui.ctx().send_viewport_cmd(ViewportCommand::Fullscreen(self.on_stage));
            }
            Command::Quit => ui.ctx().send_viewport_cmd(ViewportCommand::Close),
            _ => {}
        }
    }

    /// Settles something, and keeps it.
    pub(crate) fn settle(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        if core::mem::take(&mut self.is_broken) {
            self.wrong.push(match self.store.keep(settings::FILE, "broken") {
                Ok(kept) => format!("the settings had faults: as they were they are kept in {}", kept.display()),
                Err(why) => {
                    // Nothing of it is written over.
                    self.is_broken = true;
                    format!("the settings are not written, their file has faults and cannot be kept: {why}")
                }
            });
        }
        if self.is_broken {
            return;
        }
        let written = self.store.write(settings::FILE, &self.settings.text());
        self.wrong.extend(written.err());
    }

    fn record(&self, link: &Link, shown: &Shown) {
        let out = shown.around.recording.is_none().then(|| {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let date = make::recorded_at(since.as_millis() as i64);
            shown.around.root.join(format!("{} {date}.wav", shown.around.title))
        });
        link.wish(Wish::Deed(Deed::Record(out)));
    }

    /// Goes along the set list, past what is missing.
    fn step(&mut self, by: isize, link: &Link, shown: &Shown) {
        match self.list.step(by, &shown.around) {
            Ok((place, said)) => {
                self.briefly = said.or(self.briefly.take());
                self.wish(link, shown, Deed::Open(place));
            }
            Err(why) => self.briefly = Some(why),
        }
    }

    /// The layout in which the set was left, once.
    pub(crate) fn layout_of(&mut self, root: &Path) -> Option<Layout> {
        self.laid_out = Layout::read(root);
        self.laid_out
    }

    /// Keeps the layout of the set where it has changed.
    pub(crate) fn keep_layout(&mut self, layout: Layout, root: &Path) {
        if self.laid_out != Some(layout) && !self.stand_in {
            layout.write(root);
            self.laid_out = Some(layout);
        }
    }

    /// Keeps the set list.
    pub(crate) fn write_list(&mut self) {
        let written = self.store.write_places(LIST, self.list.places());
        self.wrong.extend(written.err());
    }

    #[cfg(test)]
    pub(crate) fn tour_state(&self) -> Option<(usize, bool)> {
        self.tour.as_ref().map(Tour::state)
    }
}

/// What tests open.
#[cfg(test)]
impl Shell {
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
