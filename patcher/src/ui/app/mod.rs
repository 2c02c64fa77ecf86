//! The window: bar, tabs, inspector and messages around what is in the middle.

mod acts;
mod commands;
#[cfg(test)]
mod peek;
mod rooms;
mod tab;

pub(crate) use rooms::stands_for;
pub(crate) use tab::Tab;

use super::bar::Bar;
use super::canvas::Scene;
use super::code::Code;
use super::code::write::Writing;
use super::command::Command;
use super::finder::{Came, Finder};
use super::gestures::Counted;
use super::inspector::{Inspector, Place};
use super::link::{Link, Shown, Wish};
use super::mixer::Mixer;
use super::pane::{self, Pane, Sizes};
use super::pattern::place::Desk;
use super::pattern::{Leads, Patterns};
use super::roll::Roll;
use super::shell::Shell;
use super::shell::browser::Pick;
use super::shell::deck::Deed;
use super::shell::layout::Layout;
use super::shell::messages::{Messages, Spot};
use super::shell::toast::Toast;
use super::theme::{Accent, Theme};
use super::widgets::asks::Ask;
use egui::Ui;
use rooms::Rooms;
use std::sync::Arc;

/// From this size on there is room for the inspector and for messages.
const ROOMY: egui::Vec2 = egui::vec2(640.0, 420.0);

/// Everything that the window remembers: how it looks, and nothing of the set.
pub(crate) struct App {
    link: Link,
    pub tab: Tab,
    rooms: Rooms,
    code: Code,
    bar: Bar,
    mixer: Mixer,
    patterns: Patterns,
    roll: Roll,
    inspector: Inspector,
    finder: Option<Finder>,
    theme: Theme,
    accent: Accent,
    said: Option<String>,
    messages: bool,
    lines: Messages,
    toast: Toast,
    /// Gestures of the canvas, which counts them by itself.
    counted: Counted,
    /// Space is held, and nothing was dragged so far.
    space: bool,
    /// What is around all this.
    pub shell: Shell,
    /// Commands that are due: chosen in a menu, or told by a test.
    pub told: Vec<Command>,
    has_inspector: bool,
    /// How often files have become nodes so far.
    dropped: u64,
    /// The output that the engine was told to look at: its node's path and its place.
    looks_at: Option<(String, usize)>,
    /// Where a number stands in the script is being looked for.
    writing: Writing,
    /// Sizes of panels that are to be taken on.
    sizes: Option<Sizes>,
}

impl App {
    #[cfg(test)]
    pub(crate) fn new(link: Link) -> App {
        App::with(link, Shell::default())
    }

    pub(crate) fn with(link: Link, shell: Shell) -> App {
        let mut app = App {
            link,
            tab: Tab::default(),
            rooms: Rooms::default(),
            code: Code::default(),
            bar: Bar::default(),
            mixer: Mixer::default(),
            patterns: Patterns::default(),
            roll: Roll::default(),
            inspector: Inspector::default(),
            finder: None,
            theme: Theme::default(),
            accent: Accent::default(),
            said: None,
            messages: true,
            lines: Messages::default(),
            toast: Toast::default(),
            counted: Counted::default(),
            space: false,
            shell,
            told: Vec::new(),
            has_inspector: true,
            dropped: 0,
            looks_at: None,
            writing: Writing::default(),
            sizes: None,
        };
        let root = app.link.shown().around.root.clone();
        app.lay_out(&root);
        app
    }

    /// Another set plays: what was remembered of the one before is forgotten.
    fn anew(&mut self, shown: &Shown) {
        (self.rooms, self.finder) = (Rooms::default(), None);
        (self.code, self.mixer, self.inspector) = (Code::default(), Mixer::default(), Inspector::default());
        (self.patterns, self.roll, self.bar) = (Patterns::default(), Roll::default(), Bar::default());
        // The new set's engine looks at nothing.
        (self.looks_at, self.writing) = (None, Writing::default());
        self.shell.meet(&shown.around);
        self.lay_out(&shown.around.root);
    }

    /// Puts tabs and panels as they were when the set was left.
    fn lay_out(&mut self, root: &std::path::Path) {
        if let Some(Layout { tab, browser, inspector, messages, scope, sizes }) = self.shell.layout_of(root) {
            (self.tab, self.shell.browses, self.has_inspector, self.messages) = (tab, browser, inspector, messages);
            (self.lines.scope, self.sizes) = (scope, Some(sizes));
        }
    }

    /// Draws a frame.
    pub(crate) fn draw(&mut self, ui: &mut Ui) {
        if ui.input(|i| i.viewport().close_requested()) {
            self.link.lost.close();
        }
        let shown = self.link.shown();
        let before = self.link.root.clone();
        let is_another = self.link.follow(&shown);
        if is_another {
            self.anew(&shown);
        } else if before != self.link.root {
            self.shell.go_along(&shown.around.place);
        }
        if is_another || before != self.link.root {
            let title = format!("BeatForge: {}", shown.around.title);
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Title(title));
        }
        if let Some(sizes) = self.sizes.take() {
            pane::lay(ui.ctx(), sizes);
        }
        if let Some(wrong) = self.shell.begin(ui.ctx()) {
            self.said = Some(wrong);
        }
        (self.theme, self.accent) = (self.shell.settings.theme, self.shell.settings.accent);
        let paints = self.theme.paints(self.accent);
        ui.ctx().set_visuals(self.theme.visuals(self.accent));
        paints.settle(ui.ctx());
        self.keys(ui, &shown);
        self.mixer.rest(ui, &self.link);
        let told = self.shell.over(ui, (&self.link, &shown, &mut self.code), &paints);
        self.told.extend(told);
        for command in core::mem::take(&mut self.told) {
            self.command(command, ui, &shown);
        }
        self.shell.hide_typed(ui);
        if self.shell.page(ui, &self.link, &shown, &paints) {
            self.look(None);
            self.link.shared.wave().watch(false);
            self.keep_typed(ui);
            return;
        }
        self.rooms.enter(&shown);
        if self.dropped != shown.dropped.0 {
            self.dropped = shown.dropped.0;
            self.rooms.front_mut().awaits(shown.dropped.1.iter().cloned());
        }
        if let Some(said) = self.code.write_found(ui, &self.link, &mut self.writing) {
            self.said = Some(said);
        }
        let chosen = egui::Panel::top("bar").show(ui, |ui| self.bar.ui(ui, &self.link, &shown, &paints)).inner;
        self.told.extend(chosen);
        self.shell.left(ui, &self.link, &shown, &paints);
        // A small window is for what is in the middle.
        let size = ui.available_size();
        let hides = size.y < ROOMY.y || !self.messages || self.shell.on_stage;
        self.toast.tell(self.shell.briefly.take());
        self.toast.ui(ui, (&shown, self.said.as_ref()), hides, &paints);
        if !hides {
            Pane::Messages.show(ui, |ui| self.messages(ui, &shown));
        }
        let has_inspector = size.x >= ROOMY.x && self.tab == Tab::Patch && self.has_inspector && !self.shell.on_stage;
        let inspector = |ui: &mut Ui| {
            let (heard, file) = (self.rooms.heard(&shown), self.rooms.file());
            let own = if file.is_some() { &heard.main } else { &shown.own.main };
            let place = Place { link: &self.link, heard: &heard, own, file, paints: &paints };
            self.inspector.ui(ui, &place, &self.rooms.front().selection);
        };
        let pick = if size.x >= ROOMY.x { self.shell.browser(ui, &self.link, &shown, &paints) } else { None };
        if has_inspector {
            Pane::Inspector.show(ui, inspector);
            self.inspector.left().into_iter().for_each(|act| self.act(act, &shown.heard));
        }
        let tabs = |ui: &mut Ui| {
            let chosen = self.shell.menu(ui);
            self.tab.choose(ui);
            ui.separator();
            let mark = if shown.unsaved { " (not saved)" } else { "" };
            // What is under way, and the way to end it, is there before the title is.
            let room = ui.available_width() - super::working::room(&shown.under_way);
            let title = egui::Label::new(format!("{}{mark}", self.link.title)).truncate();
            let place = egui::Layout::left_to_right(egui::Align::Center);
            ui.allocate_ui_with_layout(egui::vec2(room.max(0.0), ui.spacing().interact_size.y), place, |ui| {
                ui.add(title)
            });
            super::working::ui(ui, &self.link, &shown.under_way, &paints);
            chosen
        };
        let chosen = egui::Panel::top("tabs").show(ui, |ui| ui.horizontal(tabs).inner).inner;
        self.told.extend(chosen);
        if !self.told.is_empty() {
            ui.ctx().request_repaint();
        }
        egui::CentralPanel::default().frame(egui::Frame::NONE.fill(paints.ground)).show(ui, |ui| match self.tab {
            Tab::Patch => self.patch(ui, &shown),
            Tab::Code => {
                let chosen = self.code.ui(ui, &self.link, &shown, &paints);
                if chosen.is_some() {
                    ui.ctx().request_repaint();
                }
                self.told.extend(chosen);
            }
            Tab::Mixer => self.mixer.ui(ui, &self.link, &shown, &paints),
            Tab::Pattern => {
                let desk = Desk { link: &self.link, shown: &shown, paints: &paints };
                if self.patterns.ui(ui, desk, &mut self.code) == Leads::ToCode {
                    self.tab = Tab::Code;
                }
            }
            Tab::Roll => self.roll.ui(ui, Desk { link: &self.link, shown: &shown, paints: &paints }),
        });
        self.look(self.rooms.front().looks_at().filter(|_| self.tab == Tab::Patch).cloned());
        self.take(ui, pick, &shown);
        self.link.shared.wave().watch(self.tab == Tab::Code || self.lines.scope && !hides);
        let (browser, inspector, messages) = (self.shell.browses, self.has_inspector, self.messages);
        let sizes = pane::sizes(ui.ctx());
        let layout = Layout { tab: self.tab, browser, inspector, messages, scope: self.lines.scope, sizes };
        self.shell.keep_layout(layout, &shown.around.root);
        self.keep_typed(ui);
        // Position and levels move while it plays.
        let status = self.link.shared.status();
        if status.playing || status.peaks.iter().any(|peak| *peak > 1e-4) {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
        }
    }

    /// Has what was typed kept, soon.
    fn keep_typed(&mut self, ui: &Ui) {
        self.code.keep(&self.link);
        self.link.keep_typed(self.link.typed.due());
        if let Some(soon) = self.link.typed.soon() {
            ui.ctx().request_repaint_after(soon);
        }
    }

    fn patch(&mut self, ui: &mut Ui, shown: &Arc<Shown>) {
        let paints = self.theme.paints(self.accent);
        self.rooms.trail(ui, &self.link.title);
        let (inside, heard) = (self.rooms.path(), self.rooms.heard(shown));
        let own = if inside.is_empty() { &shown.own.main } else { &heard.main };
        let scene = Scene {
            heard: &heard,
            own,
            inside: &inside,
            registry: &self.link.registry,
            stamp: shown.stamp,
            paints: &paints,
            glances: &shown.glances,
            block_ns: self.link.block_ns,
            marks: &shown.marks,
            scope: self.link.shared.scope(),
        };
        self.rooms.front_mut().covered = self.finder.is_some();
        let acts = self.rooms.front_mut().ui(ui, &scene);
        if let Some(finder) = &mut self.finder {
            self.shell.library.look(ui, shown.around.shelved);
            let known = (&*heard, shown.sounds.as_slice(), self.shell.library.all.as_slice());
            let Came { act, hear, open } = finder.show(ui, known, &self.link.registry);
            if !open {
                self.finder = None;
            }
            hear.into_iter().for_each(|sound| self.link.wish(Wish::Deed(Deed::Try(sound))));
            if let Some(act) = act.map(|act| self.rooms.front_mut().make_room(act)) {
                self.act(act, &heard);
            }
        }
        acts.into_iter().for_each(|act| self.act(act, &heard));
    }

    /// Has the engine look at an output, or at none where no cable is pointed at that is drawn.
    fn look(&mut self, output: Option<(String, usize)>) {
        if self.looks_at != output {
            self.looks_at.clone_from(&output);
            self.link.wish(Wish::Ask(Ask::Look(output)));
        }
    }

    /// Puts onto the canvas what was picked in the browser, or dragged from there.
    fn take(&mut self, ui: &Ui, pick: Option<Pick>, shown: &Shown) {
        let canvas = self.rooms.front();
        let dropped = ui.input(|i| i.pointer.any_released().then(|| i.pointer.interact_pos())).flatten();
        let at = dropped.filter(|_| self.tab == Tab::Patch).and_then(|at| canvas.under(at));
        let dragged = at.and_then(|at| Some((egui::DragAndDrop::take_payload::<Pick>(ui.ctx())?, at)));
        let picked = pick.map(|pick| (Arc::new(pick), canvas.middle()));
        if let Some((pick, at)) = dragged.or(picked) {
            let heard = self.rooms.heard(shown);
            let act = self.rooms.front_mut().make_room(pick.act(&heard.main, at));
            self.act(act, &heard);
        }
    }

    fn messages(&mut self, ui: &mut Ui, shown: &Shown) {
        let paints = self.theme.paints(self.accent);
        if self.lines.scope {
            Pane::Scope.show(ui, |ui| super::widgets::scope::ui(ui, &self.link.shared, &paints));
        }
        if let Some(spot) = self.lines.ui(ui, &mut self.said, shown, &paints) {
            self.reveal(&spot);
        }
    }

    /// Shows a place that a message speaks of.
    pub(crate) fn reveal(&mut self, spot: &Spot) {
        if spot.is_script() {
            self.tab = Tab::Code;
            self.code.reveal(&spot.file, spot.line as u32, spot.column as u32);
            return;
        }
        // The set's own file: what stands on that line is a node of the canvas.
        let shown = self.link.shown();
        let text = std::fs::read_to_string(shown.around.main_file()).unwrap_or_default();
        match spot.node(&text, |name| shown.heard.main.nodes.contains_key(name)) {
            Some(name) => {
                self.tab = Tab::Patch;
                self.rooms.leave();
                self.rooms.front_mut().selection = [name].into();
            }
            None => self.said = Some(format!("line {} of {} names no node that plays", spot.line, spot.file)),
        }
    }
}

/// Says what a list is called, to those who cannot see where it stands.
pub(crate) fn named(list: &egui::Response, name: &str) {
    list.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name));
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
        if self.link.is_over() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}
