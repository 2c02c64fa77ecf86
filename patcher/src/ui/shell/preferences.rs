//! The settings window: sound, MIDI, OSC, folders, looks and keys.

use super::around::Around;
use super::places::{Places, Wanted};
use super::settings::Settings;
use crate::cli::playing::OUTPUTS;
use crate::ui::app::named;
use crate::ui::command::{ALL, KeyMap};
use crate::ui::number::number_field;
use crate::ui::theme::{Accent, Paints, Theme};
use bf_session::midi::{PortInfo, Way, list_ports};
use bf_session::sync::{Source, SourceKind};
use bf_session::{BackendKind, DeviceInfo, DeviceRequest, Devices};
use egui::{Align2, Grid, Key, Modifiers, RichText, ScrollArea, Ui, vec2};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};

/// Where OSC listens if nobody says a port.
const USUAL_PORT: u16 = 9000;

/// What the machine has.
#[derive(Default)]
struct Machine {
    devices: Vec<DeviceInfo>,
    ports: Vec<PortInfo>,
}

#[derive(Default)]
pub(crate) struct Preferences {
    machine: Option<Machine>,
    looking: Option<Receiver<Machine>>,
    adding: Option<Places>,
    osc_to: String,
    /// Names of ports that were wanted since it opened: to hear, and to send to.
    wanted: [Vec<String>; 2],
    /// The address of a name that was typed is being looked up.
    naming: Option<Receiver<Result<String, String>>>,
    /// Why the last one was not found.
    unnamed: Option<String>,
    /// Its first list has had the focus.
    is_old: bool,
}

/// What is wanted besides other settings.
pub(crate) enum Wish {
    /// The set moves to this device.
    Device(Box<DeviceRequest>),
    /// MIDI goes over the ports of the settings.
    Ports,
}

impl Preferences {
    /// Draws the window over a copy of the settings; what is wanted, and whether it stays open.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        settings: &mut Settings,
        around: &Around,
        paints: &Paints,
    ) -> (Option<Wish>, bool) {
        let (mut open, mut wish) = (true, None);
        self.look(ui);
        // A list that is open is what Escape closes first.
        let inner = egui::Popup::is_any_open(ui.ctx());
        let room = ui.ctx().content_rect().size() - vec2(24.0, 60.0);
        let window = egui::Window::new("Settings").anchor(Align2::CENTER_TOP, vec2(0.0, 40.0)).collapsible(false);
        let window = window.resizable(false).max_size(room).default_size([520.0_f32.min(room.x), room.y.min(640.0)]);
        window.open(&mut open).show(ui.ctx(), |ui| {
            ScrollArea::vertical().show(ui, |ui| {
                wish = self.sound(ui, settings, around);
                wish = wish.take().or(self.midi(ui, settings, around));
                self.osc(ui, settings, around, paints);
                self.samples(ui, settings);
                looks(ui, settings);
                keys(ui, settings);
            });
        });
        let escape = !inner && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
        (wish, open && !escape)
    }

    /// Asks the machine on a thread of its own: some drivers take their time.
    fn look(&mut self, ui: &Ui) {
        if self.machine.is_none() && self.looking.is_none() {
            let (tell, told) = sync_channel(1);
            let look = move || tell.send(Machine { devices: Devices::new().list(), ports: list_ports().0 });
            std::thread::spawn(look);
            self.looking = Some(told);
        }
        if let Some(looking) = &self.looking {
            match looking.try_recv() {
                Ok(machine) => (self.machine, self.looking) = (Some(machine), None),
                Err(_) => ui.ctx().request_repaint_after(std::time::Duration::from_millis(50)),
            }
        }
    }

    fn sound(&mut self, ui: &mut Ui, settings: &mut Settings, around: &Around) -> Option<Wish> {
        let mut wish = None;
        ui.heading("Sound");
        ui.label(format!("It plays on {}.", around.reach.device));
        let devices = self.machine.as_ref().map_or(&[][..], |machine| &machine.devices);
        Grid::new("sound").num_columns(2).show(ui, |ui| {
            ui.label("Device");
            let shown = if settings.device.is_empty() { "System default" } else { &settings.device };
            let list = egui::ComboBox::from_id_salt("device").selected_text(shown).width(260.0).truncate();
            let list = list.show_ui(ui, |ui| {
                let usual = (settings.backend == "auto" && settings.device.is_empty(), "System default");
                if ui.selectable_label(usual.0, usual.1).clicked() {
                    (settings.backend, settings.device) = ("auto".to_owned(), String::new());
                }
                for device in devices {
                    let on = settings.device == device.name && settings.backend == device.backend.name();
                    let text = format!("{} ({})", device.name, device.backend);
                    if ui.selectable_label(on, text).on_hover_text(&device.description).clicked() {
                        (settings.backend, settings.device) = (device.backend.name().to_owned(), device.name.clone());
                    }
                }
            });
            named(&list.response, "device");
            if !core::mem::replace(&mut self.is_old, true) {
                list.response.request_focus();
            }
            ui.end_row();
            ui.label("Rate");
            choice(ui, "rate", &mut settings.rate, &[44_100, 48_000, 88_200, 96_000, 192_000], "Hz");
            ui.end_row();
            ui.label("Buffer");
            choice(ui, "buffer", &mut settings.buffer, &[32, 64, 128, 256, 512, 1_024, 2_048], "frames");
            ui.end_row();
            ui.label("Block");
            let list = egui::ComboBox::from_id_salt("block").selected_text(format!("{} frames", settings.block)).width(160.0);
            let list = list.show_ui(ui, |ui| {
                for n in [16, 32, 64, 128, 256, 512, 1_024] {
                    ui.selectable_value(&mut settings.block, n, format!("{n} frames"));
                }
            });
            let help = "What the engine makes at once: larger is lighter, and edits and hands wait longer; the sound is the same";
            named(&list.response.on_hover_text(help), "block");
            ui.end_row();
            let label = ui.label("Output channels");
            let help = "Outputs and the cue can lead to any of them: 4 for headphones at 3 and 4";
            let mut outputs = settings.outputs.unwrap_or(OUTPUTS);
            let field = ui.add(number_field(&mut outputs).range(1..=64)).labelled_by(label.id).on_hover_text(help);
            if field.changed() {
                settings.outputs = Some(outputs);
            }
            ui.end_row();
            let label = ui.label("Input channels");
            ui.add(number_field(&mut settings.inputs).range(0..=64)).labelled_by(label.id);
            ui.end_row();
        });
        ui.horizontal_wrapped(|ui| {
            let help = "The set plays on in time meanwhile; at another rate, only from the next start on";
            if ui.button("Play on it now").on_hover_text(help).clicked() {
                wish = Some(Wish::Device(Box::new(request(settings))));
            }
            if ui.button("Rescan").on_hover_text("For devices and ports that were plugged in").clicked() {
                self.machine = None;
            }
        });
        ui.label(RichText::new("Rate, block and the OSC port count from the next start on.").size(12.0).weak());
        wish
    }

    fn midi(&mut self, ui: &mut Ui, settings: &mut Settings, around: &Around) -> Option<Wish> {
        let mut wish = None;
        ui.separator();
        ui.heading("MIDI");
        let ports = self.machine.as_ref().map_or(&[][..], |machine| &machine.ports);
        let ways = [(Way::In, "Hear", &mut settings.midi_in), (Way::Out, "Send to", &mut settings.midi_out)];
        for ((way, title, chosen), wanted) in ways.into_iter().zip(&mut self.wanted) {
            wanted.extend(chosen.iter().filter(|name| !wanted.contains(name)).cloned().collect::<Vec<_>>());
            let mut names: Vec<String> = ports.iter().filter(|p| p.way == way).map(|p| p.name.clone()).collect();
            // One that is not plugged in now is still wanted, and one that was can be wanted again.
            names.extend(wanted.iter().filter(|name| !ports.iter().any(|p| p.name == **name)).cloned());
            for name in names {
                let mut on = chosen.contains(&name);
                if ui.checkbox(&mut on, format!("{title} {name}")).changed() {
                    chosen.retain(|known| *known != name);
                    if on {
                        chosen.push(name);
                    }
                    wish = Some(Wish::Ports);
                }
            }
        }
        if ports.is_empty() {
            ui.label("No MIDI port is there.");
        }
        ui.label(last("MIDI", around.reach.midi_messages));
        wish
    }

    fn osc(&mut self, ui: &mut Ui, settings: &mut Settings, around: &Around, paints: &Paints) {
        ui.separator();
        ui.heading("OSC");
        match &around.reach.osc {
            Some(at) => _ = ui.label(format!("It listens at {at}.")),
            None => {
                _ = ui.label(RichText::new("It listens nowhere: the port is taken, or OSC is off.").color(paints.faint))
            }
        }
        ui.horizontal(|ui| {
            let label = ui.label("Port");
            // Where none is settled it is the one at which it listens.
            let used = || around.reach.osc.as_deref().and_then(port_of).unwrap_or(USUAL_PORT);
            let mut port = if settings.osc_port == 0 { used() } else { settings.osc_port };
            let field = ui.add(number_field(&mut port).range(1..=u16::MAX)).labelled_by(label.id);
            let field =
                field.on_hover_text("From the next start on. Where none is settled it is 9000, if that is free");
            if field.changed() {
                settings.osc_port = if port == USUAL_PORT { 0 } else { port };
            }
            let label = ui.label("Send feedback to");
            let field =
                egui::TextEdit::singleline(&mut self.osc_to).hint_text("192.168.1.20:9001").desired_width(150.0);
            ui.add(field).labelled_by(label.id);
            let typed = self.osc_to.trim();
            let help = "An address and a port, as 192.168.1.20:9001, or a name and a port, as tablet.local:9001";
            let button = ui.add_enabled(is_target(typed), egui::Button::new("Add the target"));
            if button.on_hover_text(help).on_disabled_hover_text(help).clicked() {
                let (tell, told) = sync_channel(1);
                let typed = typed.to_owned();
                std::thread::spawn(move || tell.send(address(&typed)));
                (self.naming, self.unnamed) = (Some(told), None);
            }
        });
        let typed = self.osc_to.trim();
        if !typed.is_empty() && !is_target(typed) {
            ui.label(RichText::new("Wanted: a name or address and a port, as tablet.local:9001").color(paints.hand));
        }
        self.name_target(ui, settings);
        if let Some(why) = &self.unnamed {
            ui.label(RichText::new(why).color(paints.wrong));
        }
        settings.osc_to.retain(|to| !ui.button(format!("Remove {to}")).clicked());
        match &around.reach.osc_last {
            Some(said) => _ = ui.label(format!("Last message received: {said}")),
            None => _ = ui.label(last("OSC", around.reach.osc_messages)),
        }
        for source in around.sources.iter().filter(|source| source.kind == SourceKind::Osc) {
            ui.label(RichText::new(described(source)).size(12.0).weak());
        }
    }

    /// Takes in the address of a name that was typed.
    fn name_target(&mut self, ui: &Ui, settings: &mut Settings) {
        let Some(naming) = &self.naming else { return };
        match naming.try_recv() {
            Ok(Ok(address)) => {
                settings.osc_to.retain(|known| *known != address);
                settings.osc_to.push(address);
                self.osc_to.clear();
                self.naming = None;
            }
            Ok(Err(why)) => (self.naming, self.unnamed) = (None, Some(why)),
            Err(_) => ui.ctx().request_repaint_after(std::time::Duration::from_millis(50)),
        }
    }

    fn samples(&mut self, ui: &mut Ui, settings: &mut Settings) {
        ui.separator();
        ui.heading("Sample folders");
        settings.samples.retain(|folder| {
            !ui.button(format!("Remove {}", folder.display())).on_hover_text("The files stay where they are").clicked()
        });
        let Some(places) = &mut self.adding else {
            if ui.button("Add a folder").on_hover_text("Its sounds appear in the browser").clicked() {
                let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
                self.adding = Some(Places::new(home, Wanted::Folders));
            }
            return;
        };
        places.ui(ui, &mut false, 280.0);
        let folder = places.folder.clone();
        if ui.button("Add this folder").on_hover_text(folder.display().to_string()).clicked() {
            settings.samples.retain(|known| *known != folder);
            settings.samples.push(folder);
            self.adding = None;
        }
    }
}

#[cfg(test)]
impl Preferences {
    /// Over a machine that has neither devices nor ports.
    pub(crate) fn bare() -> Preferences {
        Preferences { machine: Some(Machine::default()), ..Preferences::default() }
    }
}

/// Whether a text is a name or an address, and a port.
fn is_target(typed: &str) -> bool {
    typed.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0))
}

/// The port of an address at which OSC listens.
fn port_of(address: &str) -> Option<u16> {
    let digits: String = address.rsplit_once(':')?.1.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The address of a target that was typed. It may take as long as the network likes.
fn address(typed: &str) -> Result<String, String> {
    let found = typed.to_socket_addrs().map_err(|e| format!("{typed} was not found: {e}"))?;
    let found: Vec<SocketAddr> = found.collect();
    // Most listen there alone.
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.map(ToString::to_string).ok_or_else(|| format!("{typed} has no address"))
}

/// The device of the settings; no outputs where none were chosen.
pub(crate) fn request(settings: &Settings) -> DeviceRequest {
    DeviceRequest {
        backend: BackendKind::from_name(&settings.backend).unwrap_or_default(),
        name: Some(settings.device.clone()).filter(|name| !name.is_empty()),
        sample_rate: settings.rate,
        block: settings.buffer,
        outputs: settings.outputs.unwrap_or(0),
        inputs: settings.inputs,
        ..DeviceRequest::default()
    }
}

fn choice(ui: &mut Ui, name: &str, value: &mut Option<u32>, all: &[u32], unit: &str) {
    let shown = value.map_or_else(|| "Device default".to_owned(), |n| format!("{n} {unit}"));
    let list = egui::ComboBox::from_id_salt(name).selected_text(shown).width(160.0);
    let list = list.show_ui(ui, |ui| {
        ui.selectable_value(value, None, "Device default");
        for n in all {
            ui.selectable_value(value, Some(*n), format!("{n} {unit}"));
        }
    });
    named(&list.response, name);
}

fn last(what: &str, messages: u64) -> String {
    if messages == 0 {
        format!("No {what} message has come so far.")
    } else {
        format!("{messages} {what} messages so far.")
    }
}

/// A source of time in a line.
pub(crate) fn described(source: &Source) -> String {
    let mut text = source.name.clone();
    let mut add = |part: Option<String>| part.into_iter().for_each(|part| text.push_str(&part));
    add(source.bpm.map(|bpm| format!(", {bpm:.2} bpm")));
    add(source.peers.map(|peers| format!(", {peers} peers")));
    add(source.offset_ms.map(|ms| format!(", offset {ms:+.2} ms")));
    add(source.jitter_ms.map(|ms| format!(", jitter {ms:.2} ms")));
    add(source.late.filter(|late| *late > 0).map(|late| format!(", {late} late")));
    text
}

fn looks(ui: &mut Ui, settings: &mut Settings) {
    ui.separator();
    ui.heading("Looks");
    ui.horizontal_wrapped(|ui| {
        for theme in Theme::ALL {
            ui.radio_value(&mut settings.theme, theme, theme.name());
        }
    });
    ui.horizontal_wrapped(|ui| {
        for accent in Accent::ALL {
            ui.radio_value(&mut settings.accent, accent, accent.name());
        }
    });
    ui.horizontal(|ui| {
        let label = ui.label("Scale");
        // While it is dragged, what is under the pointer stays where it is.
        let scale = number_field(&mut settings.scale).range(0.5..=3.0).speed(0.01).max_decimals(2);
        ui.add(scale).labelled_by(label.id).on_hover_text("Also Ctrl+Plus and Ctrl+Minus");
    });
}

fn keys(ui: &mut Ui, settings: &mut Settings) {
    ui.separator();
    ui.heading("Keys");
    ui.horizontal_wrapped(|ui| {
        for map in KeyMap::ALL {
            ui.radio_value(&mut settings.keys, map, map.name());
        }
    });
    Grid::new("keys").num_columns(2).striped(true).show(ui, |ui| {
        for spec in ALL.iter().filter(|spec| !spec.keys(settings.keys).is_empty()) {
            ui.label(spec.name).on_hover_text(spec.help);
            let keys: Vec<String> = spec.keys(settings.keys).iter().map(|k| ui.ctx().format_shortcut(k)).collect();
            ui.monospace(keys.join(", "));
            ui.end_row();
        }
    });
}

#[test]
fn names_and_addresses_are_targets() {
    for wrong in ["", "tablet", "tablet:", ":9001", "tablet:high", "10.0.0.1:0"] {
        assert!(!is_target(wrong), "{wrong}");
    }
    assert!(is_target("tablet.local:9001") && is_target("10.0.0.1:9001") && is_target("[::1]:9001"));
    assert_eq!(address("10.0.0.1:9001"), Ok("10.0.0.1:9001".to_owned()));
    assert_eq!(address("localhost:9001"), Ok("127.0.0.1:9001".to_owned()));
}

#[cfg(test)]
mod tests {
    use super::port_of;

    #[test]
    fn the_port_is_what_stands_behind_the_address() {
        for (address, port) in
            [("0.0.0.0:9000", Some(9000)), ("[::]:9001", Some(9001)), ("nowhere", None), ("a:", None)]
        {
            assert_eq!(port_of(address), port, "{address}");
        }
    }
}
