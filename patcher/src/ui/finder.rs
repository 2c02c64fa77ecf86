//! A field in which a few letters find a node type, with help and what fits a cable.

use super::canvas::cable::Drawn;
use super::canvas::gesture::{Act, fresh_name, snap};
use super::canvas::ports::Ports;
use super::canvas::tile::WIDTH;
use super::dropped::Parcel;
use super::offered::{Found, Offered, Waiting};
use super::preview;
use super::prose::explained;
use super::shell::library::about;
use super::widgets::{is_over, list_row};
use bf_node::{Category, Kind, ParamSpec, Registry};
use bf_patch::{Cable, Edit, Node, Set, Socket};
use bf_session::Shelved;
use egui::{Align2, Area, Frame, Id, Key, Modifiers, Order, Pos2, ScrollArea, Ui, vec2};

/// Height of the field, and of the margins and the line around list and explanation.
const AROUND: f32 = 72.0;

/// The open field.
pub(crate) struct Finder {
    /// Where the node comes to lie, on the canvas.
    at: Pos2,
    /// The cable that was drawn, and what it carries.
    drawn: Option<(Drawn, Kind)>,
    query: String,
    chosen: usize,
    fresh: bool,
}

/// What has come of a frame.
pub(crate) struct Came {
    /// What was chosen.
    pub act: Option<Act>,
    /// A sound that is to be heard before it is chosen.
    pub hear: Option<String>,
    /// Whether it stays open.
    pub open: bool,
}

/// What comes of a cable into a value.
pub(super) fn enters(param: &ParamSpec) -> String {
    format!("The cable enters its value {} and moves it about its number. {}", param.name, param.help)
}

impl Finder {
    pub(crate) fn new(at: Pos2, drawn: Option<(Drawn, Kind)>) -> Finder {
        Finder { at, drawn, query: String::new(), chosen: 0, fresh: true }
    }

    /// Draws it, with what there is to say of the one that is chosen.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        (set, sounds, library): (&Set, &[(String, String)], &[Shelved]),
        registry: &Registry,
    ) -> Came {
        let waiting = self.waiting(set, registry);
        let mut offered = Offered::new(registry, waiting);
        let takes = |file: &&String| self.drawn.is_none() || self.port_of_patch(set, registry, file).is_some();
        for file in set.files.keys().filter(|file| !file.starts_with("script:")).filter(takes) {
            offered.add(Found::Patch(file), format!("{file} patch"));
        }
        for patch in library.iter().filter(|patch| self.may_take(patch)) {
            offered.add(Found::Shelved(patch), format!("{} library patch {}", patch.name, patch.about));
        }
        for (name, place) in sounds.iter().filter(|_| self.drawn.is_none() || self.port_of_sound().is_some()) {
            offered.add(Found::Sound(name, place), format!("{name} sound {place}"));
        }
        let found = offered.best(&self.query);
        let (down, up, enter, escape, mut hears) = ui.input_mut(|i| {
            let hears = i.consume_key(Modifiers::COMMAND, Key::Space);
            let mut key = |key| i.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter), key(Key::Escape), hears)
        });
        let last = found.len().saturating_sub(1);
        self.chosen = (self.chosen + usize::from(down)).min(last).saturating_sub(usize::from(up));
        let mut picked = enter.then_some(self.chosen).filter(|_| !found.is_empty());
        let opens = self.fresh;
        let window = ui.ctx().content_rect().size();
        // In a small window it begins further up, and what is said of the one that is chosen is scrolled.
        let top = (window.y * 0.1875).min(90.0);
        let list = (window.y - 330.0).clamp(60.0, 320.0);
        let rest = (window.y - top - list - AROUND).max(48.0);
        let area = Area::new(Id::unique("finder")).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, top));
        let shown = area.show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width((window.x - 16.0 - 14.0).min(460.0));
                let hint = match &self.drawn {
                    Some((Drawn::From(_), _)) => "what the cable leads to",
                    Some((Drawn::Into(_), _)) => "what the cable comes from",
                    None => "a node: type a few letters",
                };
                let field =
                    ui.add(egui::TextEdit::singleline(&mut self.query).hint_text(hint).desired_width(f32::INFINITY));
                if core::mem::take(&mut self.fresh) {
                    field.request_focus();
                }
                if field.changed() {
                    self.chosen = 0;
                }
                ScrollArea::vertical().max_height(list).auto_shrink([false, true]).show(ui, |ui| {
                    for (i, thing) in found.iter().enumerate() {
                        let (name, kind, help) = match thing {
                            Found::Type(spec) => {
                                (spec.name.to_owned(), kind_of(spec.category), spec.summary().to_owned())
                            }
                            Found::Port(spec, port) => {
                                (format!("{}, its {}", spec.name, port.name), "port", port.help.to_owned())
                            }
                            Found::Value(spec, param) => {
                                (format!("{}, its {}", spec.name, param.name), "value", enters(param))
                            }
                            Found::Patch(file) => ((*file).to_owned(), "patch", "A patch of this set".to_owned()),
                            Found::Shelved(patch) => (patch.name.clone(), "library", about(patch)),
                            Found::Sound(name, place) => {
                                ((*name).to_owned(), "sound", format!("A sound {place}, in a sampler"))
                            }
                        };
                        let row = explained(list_row(ui, i == self.chosen, &name, kind), &help);
                        if i == self.chosen && (down || up) {
                            row.scroll_to_me(None);
                        }
                        if row.clicked() {
                            picked = Some(i);
                        }
                    }
                    if found.is_empty() {
                        ui.label("nothing is called so");
                    }
                });
                if let Some(thing) = found.get(self.chosen) {
                    ui.separator();
                    let page = ScrollArea::vertical().id_salt("about").max_height(rest).min_scrolled_height(rest);
                    let page = page.auto_shrink([false, true]);
                    if page.show(ui, |ui| preview::ui(ui, thing, set, registry)).inner {
                        hears = true;
                        // The keys stay here.
                        field.request_focus();
                    }
                }
            });
        });
        let elsewhere = !opens && ui.input(|i| i.pointer.any_pressed()) && !is_over(ui, &shown.response);
        let act = picked.and_then(|i| found.get(i)).map(|found| self.make(found, set, registry));
        let hear = match found.get(self.chosen) {
            Some(Found::Sound(name, _)) if hears => Some((*name).to_owned()),
            _ => None,
        };
        Came { open: act.is_none() && !escape && !elsewhere, act, hear }
    }

    /// The cable that was drawn, as what is found is to fit it.
    fn waiting(&self, set: &Set, registry: &Registry) -> Option<Waiting> {
        let (drawn, kind) = self.drawn.as_ref()?;
        let (enters, from) = match drawn {
            Drawn::From(from) => (true, set.main.nodes.get(&from.node)),
            Drawn::Into(_) => (false, None),
        };
        let category = from.and_then(|node| registry.get(&node.kind)).map(|spec| spec.category);
        Some(Waiting::new(*kind, enters, category))
    }

    /// The first port of a patch file for the other end of the cable.
    fn port_of_patch(&self, set: &Set, registry: &Registry, file: &str) -> Option<String> {
        let (drawn, kind) = self.drawn.as_ref()?;
        let ports = Ports::of(&Node::new("patch").with("file", file), set, registry);
        let ports = if matches!(drawn, Drawn::From(_)) { ports.inputs } else { ports.outputs };
        ports.into_iter().find(|(_, of, _)| of == kind).map(|(name, ..)| name.to_string())
    }

    /// Whether a patch of the library has an end for the cable, as far as that is known before it is in the set.
    fn may_take(&self, patch: &Shelved) -> bool {
        let Some((drawn, kind)) = &self.drawn else { return true };
        let ports = if matches!(drawn, Drawn::From(_)) { &patch.inputs } else { &patch.outputs };
        ports.iter().any(|(_, of)| of.is_none_or(|of| of == *kind))
    }

    /// What plays a sound takes notes and sends a signal.
    fn port_of_sound(&self) -> Option<&'static str> {
        match self.drawn.as_ref()? {
            (Drawn::From(_), Kind::Event) => Some("notes"),
            (Drawn::Into(_), Kind::Signal) => Some("out"),
            _ => None,
        }
    }

    /// The new node, with the cable that was drawn.
    fn make(&self, found: &Found<'_>, set: &Set, registry: &Registry) -> Act {
        let patch = &set.main;
        // What feeds a cable lies left of where that was let go.
        let left = if matches!(self.drawn, Some((Drawn::Into(_), _))) { WIDTH } else { 0.0 };
        let (base, node, port) = match found {
            Found::Shelved(shelved) => {
                let (paths, at) = (vec![shelved.path.clone()], snap(self.at - vec2(left, 0.0)));
                return Act::Drop(Parcel { drawn: self.drawn.clone(), ..Parcel::of(paths, at) });
            }
            Found::Type(spec) => {
                let port = self.waiting(set, registry).and_then(|waiting| waiting.first(spec));
                (spec.name.to_owned(), Node::new(spec.name), port.map(str::to_owned))
            }
            Found::Port(spec, port) => (spec.name.to_owned(), Node::new(spec.name), Some(port.name.to_owned())),
            Found::Value(spec, param) => (spec.name.to_owned(), Node::new(spec.name), Some(param.name.to_owned())),
            Found::Patch(file) => {
                let base = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml").to_owned();
                (base, Node::new("patch").with("file", *file), self.port_of_patch(set, registry, file))
            }
            Found::Sound(sound, _) => {
                let base = sound.rsplit('/').next().unwrap_or(sound).split(['.', ':']).next().unwrap_or(sound);
                (base.to_owned(), Node::new("sampler").with("file", *sound), self.port_of_sound().map(str::to_owned))
            }
        };
        let base: String =
            base.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
        let base = bf_patch::Name::parse(&base).map_or_else(|_| "node".to_owned(), |name| name.to_string());
        let name = fresh_name(&base, |name| patch.has(name));
        let mut edits = vec![Edit::AddNode { name: name.clone(), node, at: Some(snap(self.at - vec2(left, 0.0))) }];
        let end = Socket { node: name.clone(), port: port.map(|port| bf_patch::Name::new(&port)) };
        let ends = self.drawn.as_ref().map(|(drawn, _)| match drawn {
            Drawn::From(from) => (from.clone(), end),
            Drawn::Into(to) => (end, to.clone()),
        });
        if let Some((from, to)) = ends {
            // What enters a value moves it about its number.
            let amount = matches!(found, Found::Value(..)).then_some(1.0);
            edits.push(Edit::Connect { to, cable: Cable { from, amount }, at: None });
        }
        Act::edit(Edit::Batch(edits), format!("add {name}"))
    }
}

/// What a node of a category is, in a word.
fn kind_of(category: Category) -> &'static str {
    match category {
        Category::Source => "source",
        Category::Drum => "drum",
        Category::Sampler => "sampler",
        Category::Filter => "filter",
        Category::Modulation => "modulation",
        Category::Shaper => "shaper",
        Category::Delay => "delay",
        Category::Reverb => "reverb",
        Category::Dynamics => "dynamics",
        Category::Sequencer => "sequencer",
        Category::Mix => "mixing",
        Category::Control => "control",
        Category::Analysis => "analysis",
        Category::Edge => "in and out",
        Category::Utility => "other",
    }
}
