//! What the finder has found, before it is taken: help, ports, values or controls, and how a sound is heard.

use super::canvas::ports::Ports;
use super::finder::enters;
use super::offered::Found;
use super::prose::small;
use super::shell::library::about;
use bf_node::{Kind, Registry};
use bf_patch::{Name, Node, Set};
use egui::{RichText, Ui};

/// Values that are named.
const NAMED: usize = 14;

/// What there is to say of it: a sentence, and lines with a word before each.
#[derive(Debug, PartialEq)]
pub(super) struct Page {
    pub help: String,
    pub lines: Vec<(&'static str, String)>,
}

impl Page {
    pub(super) fn of(found: &Found<'_>, set: &Set, registry: &Registry) -> Page {
        match found {
            Found::Type(spec) => {
                let mut page = Page { help: spec.summary().to_owned(), lines: Vec::new() };
                page.ports(&Ports::of(&Node::new(spec.name), set, registry), "Values");
                page
            }
            Found::Value(spec, param) => {
                let mut page = Page::of(&Found::Type(spec), set, registry);
                page.help = format!("{} {}", page.help, enters(param));
                page
            }
            Found::Port(spec, port) => {
                let mut page = Page::of(&Found::Type(spec), set, registry);
                page.help = format!("{} The cable leads to its {}: {}", page.help, port.name, port.help);
                page
            }
            Found::Patch(file) => {
                let mut page = Page { help: "A patch of this set".to_owned(), lines: Vec::new() };
                page.ports(&Ports::of(&Node::new("patch").with("file", *file), set, registry), "Controls");
                page
            }
            Found::Shelved(patch) => Page { help: about(patch), lines: Vec::new() },
            Found::Sound(_, place) => Page { help: format!("A sound {place}, in a sampler"), lines: Vec::new() },
        }
    }

    fn ports(&mut self, ports: &Ports, values: &'static str) {
        let list = |ports: &[(Name, Kind, &str)]| {
            let name = |(name, kind, _): &(Name, Kind, &str)| match kind {
                Kind::Signal => name.to_string(),
                Kind::Event => format!("{name} (notes)"),
            };
            ports.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let mut names: Vec<&str> = ports.params.iter().map(|param| param.name.as_str()).take(NAMED).collect();
        if ports.params.len() > NAMED {
            names.push("…");
        }
        let all = [("In", list(&ports.inputs)), ("Out", list(&ports.outputs)), (values, names.join(", "))];
        self.lines.extend(all.into_iter().filter(|(_, names)| !names.is_empty()));
    }
}

/// Draws it; whether it is to be heard.
pub(super) fn ui(ui: &mut Ui, found: &Found<'_>, set: &Set, registry: &Registry) -> bool {
    let page = Page::of(found, set, registry);
    small(ui, &page.help);
    for (word, names) in page.lines {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(word).size(12.0).weak());
            ui.label(RichText::new(names).size(12.0));
        });
    }
    let mut heard = false;
    ui.horizontal(|ui| {
        if matches!(found, Found::Sound(..)) {
            let button = ui.button("Hear it").on_hover_text("From the next beat on, beside the set (Ctrl+Space)");
            heard = button.clicked();
            ui.label(RichText::new("Ctrl+Space hears it, Enter adds it").size(12.0).weak());
        } else {
            ui.label(RichText::new("Enter adds it").size(12.0).weak());
        }
    });
    heard
}
