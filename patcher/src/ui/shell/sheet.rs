//! The sheets that lie over the window: new set, open, save as, versions, publish. None of them stops anything.

use super::around::Around;
use super::deck::Deed;
use super::keyboard::begin;
use super::make::{Template, free_name, is_free, is_set, name_of, sets_folder};
use super::places::{Places, Wanted};
use crate::ui::theme::Paints;
use egui::{Align2, Key, Modifiers, RichText, Role, ScrollArea, Ui, WidgetInfo, vec2};
use std::path::PathBuf;

/// How much of a sheet is not to be scrolled away: its title and its edges.
const EDGES: f32 = 52.0;
/// The least and the usual height of a list of folders.
const LIST: [f32; 2] = [64.0, 280.0];

pub(crate) struct Sheet {
    kind: Kind,
    /// It has just opened: its first field is given the focus.
    fresh: bool,
    /// The height of what stands below the part that scrolls, and of what stands around the list, as last drawn.
    foot: f32,
    rest: f32,
}

enum Kind {
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
struct Fresh {
    name: String,
    template: Template,
    place: Places,
    /// Enter was pressed in the name.
    entered: bool,
}

impl Fresh {
    fn new(base: &str, template: Template, folder: PathBuf) -> Fresh {
        let name = free_name(&folder, base);
        let place = Places::new(folder, Wanted::Folders);
        Fresh { name, template, place, entered: false }
    }

    fn ui(&mut self, ui: &mut Ui, fresh: &mut bool, list: f32) {
        ui.horizontal(|ui| {
            let label = ui.label("Name");
            let field = egui::TextEdit::singleline(&mut self.name).desired_width(ui.available_width());
            let field = ui.add(field).labelled_by(label.id);
            begin(&field, &self.name, fresh);
            self.entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        });
        ui.label(RichText::new("In").strong());
        self.place.ui(ui, &mut false, list);
    }

    /// What comes of it, or why it cannot be; the folder, where it is wanted.
    fn foot(&mut self, ui: &mut Ui, button: &str, paints: &Paints) -> Option<PathBuf> {
        let name = self.name.trim().to_owned();
        let folder = self.place.folder.join(&name);
        let wrong = if name.is_empty() {
            Some("it needs a name".to_owned())
        } else if name.contains(['/', '\\']) || name.starts_with('.') {
            Some("a name has no slash and does not begin with a dot".to_owned())
        } else if is_set(&folder) {
            Some(format!("there is a set of this name: {}", folder.display()))
        } else {
            is_free(&folder).err()
        };
        let clicked = ui.add_enabled(wrong.is_none(), egui::Button::new(button)).clicked();
        let entered = core::mem::take(&mut self.entered);
        match &wrong {
            Some(why) => _ = ui.label(RichText::new(why).color(paints.wrong)),
            None => _ = ui.label(RichText::new(folder.display().to_string()).size(12.0).weak()),
        }
        ((clicked || entered) && wrong.is_none()).then_some(folder)
    }
}

impl Sheet {
    fn of(kind: Kind) -> Sheet {
        Sheet { kind, fresh: true, foot: 48.0, rest: 64.0 }
    }

    pub(crate) fn new_set(template: Template) -> Sheet {
        let base = match template {
            Template::LiveCode => "live-set",
            Template::Beat => "beat",
            _ => "untitled",
        };
        Sheet::of(Kind::New(Fresh::new(base, template, sets_folder())))
    }

    pub(crate) fn open(around: &Around) -> Sheet {
        let beside = around.place.parent().filter(|folder| *folder != std::env::temp_dir()).map(PathBuf::from);
        let folder = beside.unwrap_or_else(sets_folder);
        Sheet::of(Kind::Open(Places::new(folder, Wanted::Sets)))
    }

    pub(crate) fn save_as(around: &Around) -> Sheet {
        let folder = around.place.parent().map_or_else(sets_folder, PathBuf::from);
        Sheet::of(Kind::SaveAs(Fresh::new(&name_of(&around.place), Template::Empty, folder)))
    }

    pub(crate) fn versions() -> Sheet {
        Sheet::of(Kind::Versions { name: String::new() })
    }

    pub(crate) fn publish(around: &Around) -> Sheet {
        let place = Places::new(around.root.clone(), Wanted::Folders);
        Sheet::of(Kind::Publish { place, phone: false, host: here() })
    }

    fn title(&self) -> &'static str {
        match self.kind {
            Kind::New(_) => "New set",
            Kind::Open(_) => "Open a set",
            Kind::SaveAs(_) => "Save as",
            Kind::Versions { .. } => "Versions",
            Kind::Publish { .. } => "Publish to a tablet",
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
            let height = room.y - EDGES;
            ui.set_max_height(height);
            // What ends it stays in view: the list above gives way.
            let above = (height - self.foot).max(40.0);
            let list = (above - self.rest).clamp(LIST[0], LIST[1]);
            let body = ScrollArea::vertical().max_height(above).show(ui, |ui| {
                want = self.ui(ui, around, list, paints);
            });
            let below = ui.cursor().min.y;
            want = want.take().or(self.foot_ui(ui, around, paints));
            let foot = ui.cursor().min.y - below + ui.spacing().item_spacing.y;
            let rest = body.content_size.y - self.list_height();
            if (foot - self.foot).abs() + (rest - self.rest).abs() > 0.5 {
                (self.foot, self.rest) = (foot, rest);
                ui.ctx().request_repaint();
            }
        });
        let escape = !ui.ctx().text_edit_focused() && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
        let closes = matches!(want, Some(Deed::Open(_) | Deed::New { .. } | Deed::SaveAs(_)));
        (want, open && !escape && !closes)
    }

    /// How high the list of folders was drawn.
    fn list_height(&self) -> f32 {
        match &self.kind {
            Kind::New(fresh) | Kind::SaveAs(fresh) => fresh.place.height,
            Kind::Open(place) | Kind::Publish { place, .. } => place.height,
            Kind::Versions { .. } => 0.0,
        }
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around, list: f32, paints: &Paints) -> Option<Deed> {
        let begins = &mut self.fresh;
        match &mut self.kind {
            Kind::New(fresh) => {
                for (template, name, about) in Template::ALL {
                    ui.radio_value(&mut fresh.template, template, name).on_hover_text(about);
                }
                fresh.ui(ui, begins, list);
                None
            }
            Kind::Open(places) => places.ui(ui, begins, list).map(Deed::Open),
            Kind::SaveAs(fresh) => {
                ui.label(
                    "The set as it stands is copied, and plays on from there. Its history stays with the old one.",
                );
                fresh.ui(ui, begins, list);
                None
            }
            Kind::Versions { name } => versions(ui, (name, begins), around, paints),
            Kind::Publish { place, phone, host } => {
                publish(ui, (phone, host.as_deref()), around, paints);
                place.ui(ui, begins, list);
                None
            }
        }
    }

    /// What stays in view below: the button that does it, and what comes of it.
    fn foot_ui(&mut self, ui: &mut Ui, around: &Around, paints: &Paints) -> Option<Deed> {
        match &mut self.kind {
            Kind::New(fresh) => {
                let template = fresh.template;
                fresh.foot(ui, "Create", paints).map(|folder| Deed::New { folder, template })
            }
            Kind::SaveAs(fresh) => fresh.foot(ui, "Save there", paints).map(Deed::SaveAs),
            Kind::Publish { place, phone, .. } => {
                let out = place.folder.join(format!("{}.tosc", around.title));
                let clicked = ui.button("Write the layout").on_hover_text(out.display().to_string()).clicked();
                ui.label(RichText::new(out.display().to_string()).size(12.0).weak());
                clicked.then_some(Deed::Publish { out, phone: *phone })
            }
            Kind::Open(_) | Kind::Versions { .. } => None,
        }
    }
}

fn versions(ui: &mut Ui, (name, fresh): (&mut String, &mut bool), around: &Around, paints: &Paints) -> Option<Deed> {
    let mut want = None;
    ui.horizontal(|ui| {
        let label = ui.label("Name the set as it stands");
        let field = ui.text_edit_singleline(name).labelled_by(label.id);
        begin(&field, name, fresh);
        let enter = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let named = ui.add_enabled(!name.trim().is_empty(), egui::Button::new("Save version")).clicked();
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
            let button = ui.button("Restore").on_hover_text(help);
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Restore {}", version.name)));
            if button.clicked() {
                want = Some(Deed::Restore(version.name.clone()));
            }
            ui.strong(&version.name);
            let note = if version.note.is_empty() { String::new() } else { format!("  {}", version.note) };
            let text = format!("{}  #{}{note}", bf_session::date(version.wall_ms), version.seq);
            ui.label(RichText::new(text).size(12.0).color(paints.faint));
        });
    }
    want
}

fn publish(ui: &mut Ui, (phone, host): (&mut bool, Option<&str>), around: &Around, paints: &Paints) {
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
}

/// The address by which others on the network reach this machine. Nothing is sent for it.
fn here() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address that is nobody's: only the way there is looked up.
    socket.connect("192.0.2.1:9").ok()?;
    let at = socket.local_addr().ok()?.ip();
    (!at.is_unspecified()).then(|| at.to_string())
}

#[cfg(test)]
impl Sheet {
    /// The same over a folder that is nowhere, on a machine with an address that is nobody's.
    pub(crate) fn bare(mut self) -> Sheet {
        const FOLDER: &str = "/home/ada/BeatForge";
        const NAMES: [(&str, bool); 5] =
            [("examples", false), ("jams", false), ("first-light", true), ("night-bus", true), ("rain on tin", true)];
        let bare = |wanted: Wanted| Places::bare(FOLDER, wanted, &NAMES);
        match &mut self.kind {
            Kind::New(fresh) => (fresh.name, fresh.place) = ("beat".to_owned(), bare(Wanted::Folders)),
            Kind::SaveAs(fresh) => (fresh.name, fresh.place) = ("first-light-2".to_owned(), bare(Wanted::Folders)),
            Kind::Open(place) => *place = bare(Wanted::Sets),
            Kind::Publish { place, host, .. } => {
                (*place, *host) = (bare(Wanted::Folders), Some("192.168.1.20".to_owned()));
            }
            Kind::Versions { .. } => {}
        }
        self
    }
}
