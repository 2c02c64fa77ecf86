//! What of the commands is the shell's, and the menu of what is done with whole sets.

use super::awake::Awake;
use super::deck::Deed;
use super::make;
use super::palette::Palette;
use super::preferences::Preferences;
use super::projector::Projector;
use super::sheet::Sheet;
use super::{Shell, Template};
use crate::ui::command::{Command, spec_of};
use crate::ui::link::{Link, Shown, Wish};
use egui::{Ui, ViewportCommand};

impl Shell {
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
                for spec in group.iter().filter_map(|command| spec_of(*command)) {
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
            Command::NextSet => self.step(1, link),
            Command::PreviousSet => self.step(-1, link),
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
                let keys = spec_of(command).map(|spec| spec.keys_text(ui, self.settings.keys));
                let leaves = format!("{} leaves the performance view", keys.unwrap_or_default());
                // Nothing takes back what was told on the way in.
                self.briefly = Some(if self.on_stage { leaves } else { String::new() });
                ui.ctx().send_viewport_cmd(ViewportCommand::Fullscreen(self.on_stage));
            }
            Command::Quit => ui.ctx().send_viewport_cmd(ViewportCommand::Close),
            _ => {}
        }
    }

    fn record(&self, link: &Link, shown: &Shown) {
        let out = shown.around.recording.is_none().then(|| {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let date = make::recorded_at(since.as_millis() as i64);
            shown.around.root.join(format!("{} {date}.wav", shown.around.title))
        });
        link.wish(Wish::Deed(Deed::Record(out)));
    }

    /// Goes along the set list. From which one on is for the control thread to say: what this window shows may be the set
    /// before.
    pub(super) fn step(&self, by: isize, link: &Link) {
        link.wish(Wish::Deed(Deed::Step { by, list: self.list.all().to_vec() }));
    }
}
