//! The window: bar, tabs, inspector and messages around what is in the middle.

use super::bar::Bar;
use super::canvas::gesture::Act;
use super::canvas::{Canvas, Scene};
use super::change::{Change, site_of, whose};
use super::code::Code;
use super::code::write::Writing;
use super::command::{self, Command};
use super::finder::{Came, Finder};
use super::gestures::Counted;
use super::inspector::{Inspector, Place};
use super::link::{Link, Shown, Wish};
use super::mixer::Mixer;
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
use bf_patch::{Name, Node, Set, SetEdit};
use bf_session::Freeze;
use egui::{Key, Modifiers, Ui};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// From this size on there is room for the inspector and for messages.
const ROOMY: egui::Vec2 = egui::vec2(640.0, 420.0);

/// What is in the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Patch,
    Code,
    Mixer,
    Pattern,
    Roll,
}

impl Tab {
    pub(crate) const ALL: [(Tab, &'static str); 5] = [
        (Tab::Patch, "Patch"),
        (Tab::Code, "Code"),
        (Tab::Mixer, "Mixer"),
        (Tab::Pattern, "Pattern"),
        (Tab::Roll, "Piano roll"),
    ];
}

/// A patch that was opened inside.
struct Room {
    /// The node that stands for it, and its file.
    name: Name,
    file: String,
    canvas: Canvas,
    /// The patch as a set of its own, and of which stamp it was made.
    set: (u64, Arc<Set>),
}

/// Everything that the window remembers: how it looks, and nothing of the set.
pub(crate) struct App {
    link: Link,
    pub tab: Tab,
    canvas: Canvas,
    /// The patches that were opened inside of one another, the innermost last.
    rooms: Vec<Room>,
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
    /// The output that the engine was told to look at: its node's path and its place.
    looks_at: Option<(String, usize)>,
    /// Where a number stands in the script is being looked for.
    writing: Writing,
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
            canvas: Canvas::default(),
            rooms: Vec::new(),
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
            looks_at: None,
            writing: Writing::default(),
        };
        let root = app.link.shown().around.root.clone();
        app.lay_out(&root);
        app
    }

    /// Another set plays: what was remembered of the one before is forgotten.
    fn anew(&mut self, shown: &Shown) {
        (self.canvas, self.rooms, self.finder) = (Canvas::default(), Vec::new(), None);
        (self.code, self.mixer, self.inspector) = (Code::default(), Mixer::default(), Inspector::default());
        (self.patterns, self.roll, self.bar) = (Patterns::default(), Roll::default(), Bar::default());
        // The new set's engine looks at nothing.
        (self.looks_at, self.writing) = (None, Writing::default());
        self.shell.meet(&shown.around.place);
        self.lay_out(&shown.around.root);
    }

    /// Puts tabs and panels as they were when the set was left.
    fn lay_out(&mut self, root: &std::path::Path) {
        if let Some(Layout { tab, browser, inspector, messages, scope }) = self.shell.layout_of(root) {
            (self.tab, self.shell.browses, self.has_inspector, self.messages) = (tab, browser, inspector, messages);
            self.lines.scope = scope;
        }
    }

    /// Draws a frame.
    pub(crate) fn draw(&mut self, ui: &mut Ui) {
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
        if let Some(wrong) = self.shell.begin(ui.ctx()) {
            self.said = Some(wrong);
        }
        (self.theme, self.accent) = (self.shell.settings.theme, self.shell.settings.accent);
        let paints = self.theme.paints(self.accent);
        ui.ctx().set_visuals(self.theme.visuals(self.accent));
        self.keys(ui, &shown);
        self.mixer.rest(ui, &self.link);
        let told = self.shell.over(ui, (&self.link, &shown, &mut self.code), &paints);
        self.told.extend(told);
        for command in core::mem::take(&mut self.told) {
            self.command(command, ui, &shown);
        }
        if self.shell.page(ui, &self.link, &shown, &paints) {
            self.look(None);
            self.link.shared.wave().watch(false);
            self.keep_typed(ui);
            return;
        }
        self.enter(&shown);
        if let Some(said) = self.code.write_found(ui, &self.link, &mut self.writing) {
            self.said = Some(said);
        }
        let chosen = egui::Panel::top("bar").show(ui, |ui| self.bar.ui(ui, &self.link, &shown, &paints)).inner;
        self.told.extend(chosen);
        self.shell.left(ui, &self.link, &shown, &paints);
        // A small window is for what is in the middle.
        let size = ui.available_size();
        let hides = size.y < ROOMY.y || !self.messages || self.shell.on_stage;
        self.toast.ui(ui, (&shown, self.said.as_ref()), hides, &paints);
        if !hides {
            egui::Panel::bottom("messages").resizable(true).default_size(96.0).show(ui, |ui| self.messages(ui, &shown));
        }
        let has_inspector = size.x >= ROOMY.x && self.tab == Tab::Patch && self.has_inspector && !self.shell.on_stage;
        let inspector = |ui: &mut Ui| {
            let (canvas, file, heard) = match self.rooms.last() {
                Some(room) => (&room.canvas, Some(room.file.as_str()), &room.set.1),
                None => (&self.canvas, None, &shown.heard),
            };
            let own = if file.is_some() { &heard.main } else { &shown.own.main };
            let place = Place { link: &self.link, heard, own, file, paints: &paints };
            self.inspector.ui(ui, &place, &canvas.selection);
        };
        let pick = if size.x >= ROOMY.x { self.shell.browser(ui, &self.link, &shown, &paints) } else { None };
        if has_inspector {
            egui::Panel::right("inspector").default_size(260.0).show(ui, inspector);
            self.inspector.left().into_iter().for_each(|act| self.act(act, &shown.heard));
        }
        let tabs = |ui: &mut Ui| {
            let chosen = self.shell.menu(ui);
            for (tab, name) in Tab::ALL {
                ui.selectable_value(&mut self.tab, tab, name);
            }
            ui.separator();
            let mark = if shown.unsaved { " (not saved)" } else { "" };
            ui.label(format!("{}{mark}", self.link.title));
            chosen
        };
        let chosen = egui::Panel::top("tabs").show(ui, |ui| ui.horizontal_wrapped(tabs).inner).inner;
        self.told.extend(chosen);
        if !self.told.is_empty() {
            ui.ctx().request_repaint();
        }
        egui::CentralPanel::default().frame(egui::Frame::NONE).show(ui, |ui| match self.tab {
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
        let canvas = self.rooms.last().map_or(&self.canvas, |room| &room.canvas);
        self.look(canvas.looks_at().filter(|_| self.tab == Tab::Patch).cloned());
        self.take(ui, pick, &shown);
        self.link.shared.wave().watch(self.tab == Tab::Code || self.lines.scope && !hides);
        let (browser, inspector, messages) = (self.shell.browses, self.has_inspector, self.messages);
        let layout = Layout { tab: self.tab, browser, inspector, messages, scope: self.lines.scope };
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

    /// Leaves rooms whose patch is gone, and takes in what has changed in the others.
    fn enter(&mut self, shown: &Shown) {
        let mut outer = Arc::clone(&shown.heard);
        for i in 0..self.rooms.len() {
            let room = &mut self.rooms[i];
            let stands = outer
                .main
                .nodes
                .get(&room.name)
                .is_some_and(|node| stands_for(node).is_some_and(|file| file == room.file));
            let Some(patch) = shown.heard.files.get(&room.file).filter(|_| stands) else {
                self.rooms.truncate(i);
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
    fn trail(&mut self, ui: &mut Ui) {
        if self.rooms.is_empty() {
            return;
        }
        ui.horizontal(|ui| {
            let mut to = self.rooms.len();
            if ui.button(self.link.title.as_str()).on_hover_text("Back to the set (Ctrl+Up: one back)").clicked() {
                to = 0;
            }
            for (i, room) in self.rooms.iter().enumerate() {
                ui.label("/");
                if ui.button(room.name.as_str()).on_hover_text(&room.file).clicked() {
                    to = i + 1;
                }
            }
            self.rooms.truncate(to);
        });
    }

    fn patch(&mut self, ui: &mut Ui, shown: &Arc<Shown>) {
        let paints = self.theme.paints(self.accent);
        self.trail(ui);
        let inside: String = self.rooms.iter().map(|room| format!("{}/", room.name)).collect();
        let (canvas, heard) = match self.rooms.last_mut() {
            Some(room) => (&mut room.canvas, Arc::clone(&room.set.1)),
            None => (&mut self.canvas, Arc::clone(&shown.heard)),
        };
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
        let acts = canvas.ui(ui, &scene);
        if let Some(finder) = &mut self.finder {
            self.shell.library.look(ui, shown.around.shelved);
            let known = (&*heard, shown.sounds.as_slice(), self.shell.library.all.as_slice());
            let Came { act, hear, open } = finder.show(ui, known, &self.link.registry);
            if !open {
                self.finder = None;
            }
            hear.into_iter().for_each(|sound| self.link.wish(Wish::Deed(Deed::Try(sound))));
            act.into_iter().for_each(|act| self.act(act, &heard));
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
        let canvas = self.rooms.last().map_or(&self.canvas, |room| &room.canvas);
        let dropped = ui.input(|i| i.pointer.any_released().then(|| i.pointer.interact_pos())).flatten();
        let at = dropped.filter(|_| self.tab == Tab::Patch).and_then(|at| canvas.under(at));
        let dragged = at.and_then(|at| Some((egui::DragAndDrop::take_payload::<Pick>(ui.ctx())?, at)));
        let picked = pick.map(|pick| (Arc::new(pick), canvas.middle()));
        if let Some((pick, at)) = dragged.or(picked) {
            let heard = self.rooms.last().map_or_else(|| Arc::clone(&shown.heard), |room| Arc::clone(&room.set.1));
            self.act(pick.act(&heard.main, at), &heard);
        }
    }

    fn act(&mut self, act: Act, heard: &Set) {
        match act {
            Act::Edit { edit, label, gesture } => {
                self.said = None;
                let file = self.rooms.last().map(|room| room.file.clone());
                let gesture = gesture.map(|own| self.counted.number(&self.link, (self.rooms.len(), own)));
                self.link.wish(Wish::Edit { edit: SetEdit { file, edit }, label, gesture });
            }
            Act::End => self.link.wish(Wish::EndGesture),
            Act::Find { at, drawn } => {
                let types = bf_patch::Types::new(heard, &self.link.registry);
                let inside = !self.rooms.is_empty();
                let room = bf_patch::Room { types, patch: &heard.main, beside: None, inside };
                let drawn = drawn.and_then(|drawn| drawn.carries(&room).map(|kind| (drawn, kind)));
                self.shell.library.again();
                self.finder = Some(Finder::new(at, drawn));
            }
            Act::Open(name) => {
                let file =
                    heard.main.nodes.get(&name).and_then(stands_for).filter(|file| heard.files.contains_key(&**file));
                match file.map(Cow::into_owned) {
                    // Its set is made before the next frame is drawn.
                    Some(file) => {
                        self.rooms.push(Room { name, file, canvas: Canvas::default(), set: (u64::MAX, Arc::default()) })
                    }
                    None => self.said = Some(format!("{name} has no patch file that was read")),
                }
            }
            Act::Collapse(names) => self.change(|file| Change::Collapse { file, names }),
            Act::Expand(name) => self.change(|file| Change::Expand { file, name }),
            Act::Detach(names) => self.change(|_| Change::Detach { names }),
            Act::Freeze { names, bars } => self.freeze_nodes(names, bars),
            Act::Drop(paths, at) => {
                self.said = None;
                let file = self.rooms.last().map(|room| room.file.clone());
                self.link.wish(Wish::Drop { file, paths, at });
            }
            Act::Write(target, value) => {
                self.said = self.code.find_number(&self.link, &mut self.writing, (target, value)).err();
            }
            Act::Shelve(file) => self.shell.shelve(&self.link, file),
            Act::Line(name) => self.line(&name),
            Act::Owned(name) => self.said = Some(whose(&self.link.shown().sites, &name)),
            Act::Say(text) => self.said = Some(text),
            Act::Ask(ask) => self.link.wish(Wish::Ask(ask)),
        }
    }

    fn change(&mut self, change: impl FnOnce(Option<String>) -> Change) {
        self.said = None;
        let file = self.rooms.last().map(|room| room.file.clone());
        self.link.wish(Wish::Change(change(file)));
    }

    /// Freezes what is selected on the canvas, or lets it play itself again.
    fn freeze_selected(&mut self, shown: &Shown) {
        let canvas = self.rooms.last().map_or(&self.canvas, |room| &room.canvas);
        let act = match self.tab {
            Tab::Patch => canvas.freeze_selected(),
            _ => Act::Say("show the patch and select what is to be frozen".to_owned()),
        };
        self.act(act, &shown.heard);
    }

    fn freeze_nodes(&mut self, names: BTreeSet<Name>, bars: Option<u32>) {
        self.said = None;
        let file = self.rooms.last().map(|room| room.file.clone());
        let wish = |node: Name, bars: u32| Freeze { file: file.clone(), node, bars };
        self.link.wish(match bars {
            Some(bars) => Wish::Freeze(names.into_iter().map(|name| wish(name, bars)).collect()),
            None => Wish::Unfreeze(file, names.into_iter().collect()),
        });
    }

    /// Shows the line of the script that made a node.
    fn line(&mut self, name: &Name) {
        let shown = self.link.shown();
        match site_of(&shown.sites, name) {
            Some(site) if shown.scripts.get(&site.file).is_some() => {
                self.tab = Tab::Code;
                self.code.reveal(&site.file, site.line, site.column);
            }
            Some(site) => self.said = Some(format!("{name} was made in {}:{}", site.file, site.line)),
            None => self.said = Some(format!("no line of the script names {name}")),
        }
    }

    fn messages(&mut self, ui: &mut Ui, shown: &Shown) {
        let paints = self.theme.paints(self.accent);
        if self.lines.scope {
            let scope = egui::Panel::right("scope below").resizable(true).default_size(240.0).min_size(120.0);
            scope.show(ui, |ui| super::widgets::scope::ui(ui, &self.link.shared, &paints));
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
                self.rooms.clear();
                self.canvas.selection = [name].into();
            }
            None => self.said = Some(format!("line {} of {} names no node that plays", spot.line, spot.file)),
        }
    }

    /// Space plays and stops once it is let go, unless something was dragged with it.
    fn space(&mut self, ui: &Ui, shown: &Shown, typing: bool) {
        let (down, dragging, released) = ui.input_mut(|i| {
            let down = !typing && i.consume_key(Modifiers::NONE, Key::Space);
            (down, i.pointer.any_down(), i.key_released(Key::Space))
        });
        if down {
            self.space = true;
        }
        self.space &= !dragging;
        if released && core::mem::take(&mut self.space) {
            self.command(Command::PlayOrStop, ui, shown);
        }
    }

    /// Keys that mean the same everywhere.
    fn keys(&mut self, ui: &Ui, shown: &Shown) {
        // What the grids have written into the text is taken back there.
        let typing = ui.ctx().text_edit_focused();
        if !typing && self.tab == Tab::Pattern && self.patterns.takes_back(ui, &self.link, &mut self.code) {
            return;
        }
        for command in command::pressed(ui, self.shell.settings.keys) {
            self.command(command, ui, shown);
        }
        self.space(ui, shown, typing);
    }

    /// Does what the window was told to do.
    fn command(&mut self, command: Command, ui: &Ui, shown: &Shown) {
        match command {
            Command::Undo => self.link.wish(Wish::Undo),
            Command::Redo => self.link.wish(Wish::Redo),
            Command::Hush => self.link.wish(Wish::Hush(!shown.hushed)),
            Command::Tap => self.bar.tap(ui, &self.link),
            Command::Rewind => self.link.wish(Wish::Rewind),
            Command::PlayOrStop => {
                let playing = self.link.shared.status().playing;
                self.link.wish(if playing { Wish::Stop } else { Wish::Play });
            }
            Command::Save => {
                self.code.save(&self.link, shown);
                self.link.wish(Wish::Save);
            }
            Command::Show(tab) => self.tab = tab,
            Command::Evaluate(piece, heard) => {
                self.tab = Tab::Code;
                self.code.tell((piece, heard), &self.link, shown);
            }
            Command::Fit => self.rooms.last_mut().map_or(&mut self.canvas, |room| &mut room.canvas).fit(),
            Command::Freeze => self.freeze_selected(shown),
            Command::Back => _ = self.rooms.pop(),
            Command::Inspector => self.has_inspector = !self.has_inspector,
            Command::Messages => self.messages = !self.messages,
            Command::Scope => {
                self.lines.scope = !self.lines.scope;
                self.messages |= self.lines.scope;
            }
            other => self.shell.command(other, ui, &self.link, shown),
        }
    }
}

/// Says what a list is called, to those who cannot see where it stands.
pub(crate) fn named(list: &egui::Response, name: &str) {
    list.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name));
}

/// The file of the patch that a node stands for.
pub(crate) fn stands_for(node: &Node) -> Option<Cow<'_, str>> {
    match node.params.get("file") {
        Some(bf_node::Value::Text(file)) if node.kind == "patch" => Some(bf_patch::files::one_form(file)),
        _ => None,
    }
}

/// What tests look at.
#[cfg(test)]
impl App {
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }
    pub(crate) fn said(&self) -> Option<&str> {
        self.said.as_deref()
    }
    fn front(&self) -> &Canvas {
        self.rooms.last().map_or(&self.canvas, |room| &room.canvas)
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
    }
    pub(crate) fn dress(&mut self, theme: Theme) {
        self.shell.settings.theme = theme;
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
    pub(crate) fn held_of(&self, name: &str, param: &str) -> Option<super::widgets::Held> {
        self.front().held_of(&bf_patch::Socket::new(name, param))
    }
    pub(crate) fn row_of(&self, name: &str, param: &str) -> egui::Rect {
        let tile = self.front().tile(name);
        tile.rows.iter().find(|row| row.name.as_str() == param).map_or(egui::Rect::NOTHING, |row| row.rect)
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
        if self.link.is_over() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}
