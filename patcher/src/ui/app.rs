//! The window: bar, tabs, inspector and messages around what is in the middle.

use super::bar::Bar;
use super::canvas::gesture::Act;
use super::canvas::{Canvas, Scene};
use super::code::Code;
use super::finder::Finder;
use super::inspector::Inspector;
use super::link::{Link, Shown, Wish};
use super::mixer::Mixer;
use super::theme::{Accent, Theme};
use bf_patch::SetEdit;
use bf_session::Severity;
use egui::{Key, Modifiers, RichText, ScrollArea, Ui};
use std::sync::Arc;

/// What is in the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Patch,
    Code,
    Mixer,
}

impl Tab {
    pub(crate) const ALL: [(Tab, &'static str); 3] =
        [(Tab::Patch, "Patch"), (Tab::Code, "Code"), (Tab::Mixer, "Mixer")];
}

/// Everything that the window remembers: how it looks, and nothing of the set.
pub(crate) struct App {
    link: Link,
    pub tab: Tab,
    canvas: Canvas,
    code: Code,
    bar: Bar,
    mixer: Mixer,
    inspector: Inspector,
    finder: Option<Finder>,
    theme: Theme,
    accent: Accent,
    said: Option<String>,
    messages: bool,
}

impl App {
    pub(crate) fn new(link: Link) -> App {
        App {
            link,
            tab: Tab::default(),
            canvas: Canvas::default(),
            code: Code::default(),
            bar: Bar::default(),
            mixer: Mixer::default(),
            inspector: Inspector::default(),
            finder: None,
            theme: Theme::default(),
            accent: Accent::default(),
            said: None,
            messages: true,
        }
    }

    /// Draws a frame.
    pub(crate) fn draw(&mut self, ui: &mut Ui) {
        let shown = self.link.shown();
        let paints = self.theme.paints(self.accent);
        ui.ctx().set_visuals(self.theme.visuals(self.accent));
        self.keys(ui, &shown);
        egui::Panel::top("bar").show(ui, |ui| self.bar.ui(ui, &self.link, &shown, &paints));
        egui::Panel::bottom("messages").resizable(true).default_size(96.0).show(ui, |ui| self.messages(ui, &shown));
        egui::Panel::right("inspector").default_size(260.0).show(ui, |ui| {
            self.inspector.ui(ui, &self.link, &shown, &self.canvas.selection, &paints);
        });
        egui::Panel::top("tabs").show(ui, |ui| {
            ui.horizontal(|ui| {
                for (tab, name) in Tab::ALL {
                    ui.selectable_value(&mut self.tab, tab, name);
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| self.looks(ui));
            });
        });
        egui::CentralPanel::default().frame(egui::Frame::NONE).show(ui, |ui| match self.tab {
            Tab::Patch => self.patch(ui, &shown),
            Tab::Code => self.code.ui(ui, &self.link, &shown, &paints),
            Tab::Mixer => self.mixer.ui(ui, &self.link, &shown, &paints),
        });
        // Position and levels move while it plays.
        if self.link.shared.status().playing {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
        }
    }

    fn patch(&mut self, ui: &mut Ui, shown: &Arc<Shown>) {
        let paints = self.theme.paints(self.accent);
        let levels = |_: &bf_patch::Socket| 0.5f32;
        let scene = Scene {
            heard: &shown.heard,
            own: &shown.own.main,
            registry: &self.link.registry,
            stamp: shown.stamp,
            paints: &paints,
            levels: &levels,
        };
        let acts = self.canvas.ui(ui, &scene);
        if let Some(finder) = &mut self.finder {
            let (act, open) = finder.show(ui, &shown.heard, &self.link.registry);
            if !open {
                self.finder = None;
            }
            act.into_iter().for_each(|act| self.act(act, shown));
        }
        acts.into_iter().for_each(|act| self.act(act, shown));
    }

    fn act(&mut self, act: Act, shown: &Shown) {
        match act {
            Act::Edit { edit, label, gesture } => {
                self.said = None;
                self.link.wish(Wish::Edit { edit: SetEdit::main(edit), label, gesture });
            }
            Act::End => self.link.wish(Wish::EndGesture),
            Act::Find { at, from } => {
                let carries = |from: &bf_patch::Socket| {
                    let node = shown.heard.main.nodes.get(&from.node)?;
                    let ports = super::canvas::tile::Ports::of(node, &shown.heard, &self.link.registry);
                    let port = ports.outputs.iter().find(|(name, ..)| from.port.as_ref().is_none_or(|p| p == name));
                    port.map(|(_, kind, _)| *kind)
                };
                let from = from.and_then(|from| carries(&from).map(|kind| (from, kind)));
                self.finder = Some(Finder::new(at, from));
            }
            Act::Open(name) => {
                self.said = Some(format!("{name} stands for a patch file: open that file in its own window for now"))
            }
            Act::Say(text) => self.said = Some(text),
        }
    }

    fn looks(&mut self, ui: &mut Ui) {
        egui::ComboBox::from_id_salt("accent").selected_text(self.accent.name()).width(70.0).show_ui(ui, |ui| {
            Accent::ALL.into_iter().for_each(|accent| _ = ui.selectable_value(&mut self.accent, accent, accent.name()));
        });
        egui::ComboBox::from_id_salt("theme").selected_text(self.theme.name()).width(90.0).show_ui(ui, |ui| {
            Theme::ALL.into_iter().for_each(|theme| _ = ui.selectable_value(&mut self.theme, theme, theme.name()));
        });
        if ui.button("Fit").on_hover_text("Show the whole patch (F)").clicked() {
            self.canvas.fit();
        }
    }

    fn messages(&mut self, ui: &mut Ui, shown: &Shown) {
        let paints = self.theme.paints(self.accent);
        if let Some(said) = &self.said {
            ui.colored_label(paints.hand, said);
        }
        if !self.messages {
            return;
        }
        ScrollArea::vertical().stick_to_bottom(true).auto_shrink(false).show(ui, |ui| {
            for line in shown.lines.iter() {
                let color = if line.severity == Severity::Error { paints.wrong } else { paints.faint };
                let place = if line.place.is_empty() { String::new() } else { format!("{}  ", line.place) };
                ui.label(RichText::new(format!("{place}{}", line.text)).color(color));
            }
            if shown.lines.is_empty() {
                ui.label(RichText::new("Messages appear here.").color(paints.faint));
            }
        });
    }

    /// Keys that mean the same everywhere.
    fn keys(&mut self, ui: &Ui, shown: &Shown) {
        let typing = ui.ctx().egui_wants_keyboard_input();
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || (!typing && pressed(Modifiers::COMMAND, Key::Y)) {
            self.link.wish(Wish::Redo);
        } else if !typing && pressed(Modifiers::COMMAND, Key::Z) {
            self.link.wish(Wish::Undo);
        }
        if pressed(Modifiers::COMMAND, Key::Period) {
            self.link.wish(Wish::Hush(!shown.hushed));
        }
        if pressed(Modifiers::COMMAND, Key::S) {
            self.link.wish(Wish::Save);
            self.code.save(&self.link, shown);
        }
        if !typing && pressed(Modifiers::NONE, Key::Space) {
            let playing = self.link.shared.status().playing;
            self.link.wish(if playing { Wish::Stop } else { Wish::Play });
        }
        for (i, key) in [Key::Num1, Key::Num2, Key::Num3].into_iter().enumerate() {
            if pressed(Modifiers::ALT, key) {
                self.tab = Tab::ALL[i].0;
            }
        }
    }

    /// Ends the sound with a fade.
    pub(crate) fn close(&mut self) {
        self.link.close();
    }
}

/// What tests look at.
#[cfg(test)]
impl App {
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }
    pub(crate) fn code_mut(&mut self) -> &mut Code {
        &mut self.code
    }
    pub(crate) fn selection(&self) -> impl Iterator<Item = &bf_patch::Name> {
        self.canvas.selection.iter()
    }
    pub(crate) fn canvas_place(&self, at: egui::Pos2) -> egui::Pos2 {
        self.canvas.place(at)
    }
    pub(crate) fn tile_of(&self, name: &str) -> egui::Rect {
        self.canvas.tile(name).rect
    }
    pub(crate) fn plug_of(&self, name: &str, input: Option<&str>) -> egui::Pos2 {
        let tile = self.canvas.tile(name);
        input.map_or_else(|| tile.exit(None), |port| tile.entry(Some(&bf_patch::Name::new(port))))
    }
    pub(crate) fn row_of(&self, name: &str, param: &str) -> egui::Rect {
        let tile = self.canvas.tile(name);
        tile.rows.iter().find(|row| row.name.as_str() == param).map_or(egui::Rect::NOTHING, |row| row.rect)
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.close();
    }
}
