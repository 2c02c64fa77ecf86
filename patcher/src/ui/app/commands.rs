//! Keys and commands that mean the same everywhere.

use super::{App, Tab};
use crate::ui::command::{self, Command, Typing};
use crate::ui::link::{Shown, Wish};
use egui::{Key, Modifiers, Ui};

impl App {
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
    pub(super) fn keys(&mut self, ui: &Ui, shown: &Shown) {
        let typing = ui.ctx().text_edit_focused();
        let over = self.shell.has_keys();
        // What the grids have written into the text is taken back there.
        if !typing && !over && self.tab == Tab::Pattern && self.patterns.takes_back(ui, &self.link, &mut self.code) {
            return;
        }
        let into = match (over, typing) {
            (false, true) if self.tab == Tab::Code && self.code.turns_pages(ui) => Typing::Script,
            (false, false) => Typing::Nothing,
            _ => Typing::Field,
        };
        for command in command::pressed(ui, self.shell.settings.keys, into) {
            self.command(command, ui, shown);
        }
        self.space(ui, shown, typing);
    }

    /// Does what the window was told to do.
    pub(super) fn command(&mut self, command: Command, ui: &Ui, shown: &Shown) {
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
            Command::Fit => self.rooms.front_mut().fit(),
            Command::Freeze => self.freeze_selected(shown),
            Command::Back => self.rooms.back(),
            Command::Inspector => self.has_inspector = !self.has_inspector,
            Command::Messages => self.messages = !self.messages,
            Command::Scope => {
                self.lines.scope = !self.lines.scope;
                self.messages |= self.lines.scope;
            }
            Command::FullScreen => {
                self.rooms.front_mut().follow(ui.input(|i| i.time));
                self.shell.command(command, ui, &self.link, shown);
            }
            other => self.shell.command(other, ui, &self.link, shown),
        }
    }
}
