//! The tabs: what is in the middle of the window.

use super::named;
use crate::ui::working;
use egui::{TextStyle, Ui};

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

    /// The room that tabs need beside one another, and what follows them.
    fn room(ui: &Ui) -> f32 {
        let (font, color) = (TextStyle::Button.resolve(ui.style()), ui.visuals().text_color());
        let words = |name: &str| ui.painter().layout_no_wrap(name.to_owned(), font.clone(), color).size().x;
        let around = 2.0 * ui.spacing().button_padding.x + ui.spacing().item_spacing.x;
        // What comes to be under way would else push them into a list and back, under the pointer.
        Tab::ALL.iter().map(|(_, name)| words(name) + around).sum::<f32>() + working::ROOM
    }

    /// The tabs beside one another, or in a list where what is left beside the panels has no room for them.
    pub(super) fn choose(&mut self, ui: &mut Ui) {
        let left = ui.available_width();
        if left >= Tab::room(ui) {
            Tab::ALL.into_iter().for_each(|(tab, name)| _ = ui.selectable_value(self, tab, name));
            return;
        }
        let name = Tab::ALL.iter().find(|(tab, _)| tab == self).map_or("", |(_, name)| name);
        let list = egui::ComboBox::from_id_salt("tab").selected_text(name).width(left.min(96.0)).show_ui(ui, |ui| {
            Tab::ALL.into_iter().for_each(|(tab, name)| _ = ui.selectable_value(self, tab, name));
        });
        named(&list.response, "tab");
    }
}
