//! The sheets that lie over the window: new set, open, save as, versions, publish. None of them stops anything.

use super::around::Around;
use super::deck::Deed;
use super::make::{Template, free_name, is_set, name_of, sets_folder};
use super::places::{Places, Wanted};
use crate::ui::theme::Paints;
use egui::{Align2, Key, Modifiers, RichText, ScrollArea, Ui, vec2};
use std::path::PathBuf;

pub(crate) enum Sheet {
    New(Fresh),
    Open(Places),
    SaveAs(Fresh),
    Versions {
        name: String,
    },
    Publish {
        place: Places,
        phone: bool,
        /// The address of this machine, as it was when the sheet was opened.
        host: Option<String>,
    },
}

/// A set that is to be made.
pub(crate) struct Fresh {
    name: String,
    template: Template,
    place: Places,
}

impl Fresh {
    fn new(base: &str, template: Template, folder: PathBuf) -> Fresh {
        let name = free_name(&folder, base);
        let place = Places::new(folder, Wanted::Folders);
        Fresh { name, template, place }
    }

    fn ui(&mut self, ui: &mut Ui, button: &str) -> Option<PathBuf> {
        let enter = ui
            .horizontal(|ui| {
                let label = ui.label("Name");
                let field = ui.text_edit_singleline(&mut self.name).labelled_by(label.id);
                field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter))
            })
            .inner;
        ui.label(RichText::new("In").strong());
        self.place.ui(ui);
        let name = self.name.trim().to_owned();
        let folder = self.place.folder.join(&name);
        let wrong = if name.is_empty() {
            Some("it needs a name")
        } else if name.contains(['/', '\\']) || name.starts_with('.') {
            Some("a name has no slash and does not begin with a dot")
        } else if is_set(&folder) {
            Some("there is a set of this name")
        } else {
            None
        };
        let clicked = ui.add_enabled(wrong.is_none(), egui::Button::new(button)).clicked();
        ui.label(RichText::new(wrong.map_or_else(|| folder.display().to_string(), str::to_owned)).size(12.0).weak());
        ((clicked || enter) && wrong.is_none()).then_some(folder)
    }
}

impl Sheet {
    pub(crate) fn new_set(template: Template) -> Sheet {
        let base = match template {
            Template::LiveCode => "live-set",
            Template::Beat => "beat",
            _ => "untitled",
        };
        Sheet::New(Fresh::new(base, template, sets_folder()))
    }

    pub(crate) fn open(around: &Around) -> Sheet {
        let beside = around.place.parent().filter(|folder| *folder != std::env::temp_dir()).map(PathBuf::from);
        let folder = beside.unwrap_or_else(sets_folder);
        Sheet::Open(Places::new(folder, Wanted::Sets))
    }

    pub(crate) fn save_as(around: &Around) -> Sheet {
        let folder = around.place.parent().map_or_else(sets_folder, PathBuf::from);
        Sheet::SaveAs(Fresh::new(&name_of(&around.place), Template::Empty, folder))
    }

    pub(crate) fn versions() -> Sheet {
        Sheet::Versions { name: String::new() }
    }

    pub(crate) fn publish(around: &Around) -> Sheet {
        Sheet::Publish { place: Places::new(around.root.clone(), Wanted::Folders), phone: false, host: here() }
    }

    fn title(&self) -> &'static str {
        match self {
            Sheet::New(_) => "New set",
            Sheet::Open(_) => "Open a set",
            Sheet::SaveAs(_) => "Save as",
            Sheet::Versions { .. } => "Versions",
            Sheet::Publish { .. } => "Publish to a tablet",
        }
    }

    /// Draws it; what is wanted, and whether it stays open.
    pub(crate) fn show(&mut self, ui: &Ui, around: &Around, paints: &Paints) -> (Option<Deed>, bool) {
        let mut want = None;
        let mut open = true;
        let room = ui.ctx().content_rect().size() - vec2(24.0, 60.0);
        let window = egui::Window::new(self.title()).anchor(Align2::CENTER_TOP, vec2(0.0, 40.0));
        let window = window.collapsible(false).resizable(false).max_size(room).default_width(420.0_f32.min(room.x));
        window.open(&mut open).show(ui.ctx(), |ui| {
            ScrollArea::vertical().show(ui, |ui| want = self.ui(ui, around, paints));
        });
        let escape = !ui.ctx().text_edit_focused() && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
        let closes = matches!(want, Some(Deed::Open(_) | Deed::New { .. } | Deed::SaveAs(_)));
        (want, open && !escape && !closes)
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around, paints: &Paints) -> Option<Deed> {
        match self {
            Sheet::New(fresh) => {
                for (template, name, about) in Template::ALL {
                    ui.radio_value(&mut fresh.template, template, name).on_hover_text(about);
                }
                let template = fresh.template;
                fresh.ui(ui, "Make it").map(|folder| Deed::New { folder, template })
            }
            Sheet::Open(places) => places.ui(ui).map(Deed::Open),
            Sheet::SaveAs(fresh) => {
                ui.label(
                    "The set as it stands is copied, and plays on from there. Its history stays with the old one.",
                );
                fresh.ui(ui, "Save there").map(Deed::SaveAs)
            }
            Sheet::Versions { name } => versions(ui, name, around, paints),
            Sheet::Publish { place, phone, host } => publish(ui, (place, phone, host.as_deref()), around, paints),
        }
    }
}

fn versions(ui: &mut Ui, name: &mut String, around: &Around, paints: &Paints) -> Option<Deed> {
    let mut want = None;
    ui.horizontal(|ui| {
        let label = ui.label("Name the set as it stands");
        let field = ui.text_edit_singleline(name).labelled_by(label.id);
        let enter = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let named = ui.add_enabled(!name.trim().is_empty(), egui::Button::new("Keep it")).clicked();
        if (named || enter) && !name.trim().is_empty() {
            want = Some(Deed::Name(core::mem::take(name).trim().to_owned()));
        }
    });
    ui.separator();
    if around.versions.is_empty() {
        ui.label(RichText::new("No version has a name yet.").color(paints.faint));
    }
    for version in around.versions.iter() {
        ui.horizontal_wrapped(|ui| {
            let help = "As a branch of its own: what was done since stays in the history";
            if ui.button(format!("Go back to {}", version.name)).on_hover_text(help).clicked() {
                want = Some(Deed::Restore(version.name.clone()));
            }
            let note = if version.note.is_empty() { String::new() } else { format!("  {}", version.note) };
            let text = format!("{}  #{}{note}", bf_session::date(version.wall_ms), version.seq);
            ui.label(RichText::new(text).size(12.0).color(paints.faint));
        });
    }
    want
}

fn publish(
    ui: &mut Ui,
    (place, phone, host): (&mut Places, &mut bool, Option<&str>),
    around: &Around,
    paints: &Paints,
) -> Option<Deed> {
    ui.label("Writes a TouchOSC layout with the set's macros, strips, scenes and transport, two-way. It has not been tried in the app: keep a copy of what you edit by hand.");
    ui.horizontal(|ui| {
        ui.radio_value(phone, false, "Tablet, held wide");
        ui.radio_value(phone, true, "Phone, held high");
    });
    match &around.reach.osc {
        Some(at) => {
            let port = at.rsplit(':').next().unwrap_or(at);
            ui.label("In the app: connections, OSC, UDP, and then");
            let host = host.unwrap_or("this machine's address");
            ui.label(RichText::new(format!("host {host}   send port {port}")).strong().size(18.0));
            ui.label("and a receive port of your choice. Browsing finds it, too, by the name of the set.");
        }
        None => {
            _ = ui.label(RichText::new("OSC listens nowhere: choose its port in the settings.").color(paints.wrong))
        }
    }
    place.ui(ui);
    let out = place.folder.join(format!("{}.tosc", around.title));
    let clicked = ui.button("Write the layout").on_hover_text(out.display().to_string()).clicked();
    ui.label(RichText::new(out.display().to_string()).size(12.0).weak());
    clicked.then_some(Deed::Publish { out, phone: *phone })
}

/// The address by which others on the network reach this machine. Nothing is sent for it.
fn here() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address that is nobody's: only the way there is looked up.
    socket.connect("192.0.2.1:9").ok()?;
    let at = socket.local_addr().ok()?.ip();
    (!at.is_unspecified()).then(|| at.to_string())
}
