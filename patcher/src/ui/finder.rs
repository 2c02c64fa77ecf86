//! A field in which a few letters find a node type, with help and what fits a cable.

use super::canvas::cable::Drawn;
use super::canvas::gesture::{Act, fresh_name, snap};
use super::canvas::ports::Ports;
use super::canvas::tile::WIDTH;
use super::dropped::Parcel;
use super::preview;
use super::search::best;
use super::shell::library::about;
use super::widgets::is_over;
use bf_node::{Kind, NodeSpec, ParamSpec, Registry, Role};
use bf_patch::{Cable, Edit, Node, Set, Socket};
use bf_session::Shelved;
use egui::{Align2, Area, Frame, Id, Key, Modifiers, Order, Pos2, RichText, ScrollArea, Ui, vec2};

/// How many are listed.
const LISTED: usize = 40;

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

/// What a choice stands for.
pub(super) enum Found<'a> {
    Type(&'static NodeSpec),
    /// A type whose value the cable enters.
    Value(&'static NodeSpec, &'static ParamSpec),
    Patch(&'a str),
    /// A sound by its name or file, and where it lies.
    Sound(&'a str, &'a str),
    /// A patch of the user's library.
    Shelved(&'a Shelved),
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
        let fits = |spec: &NodeSpec| self.drawn.is_none() || self.port_of_type(spec).is_some();
        let all = || registry.iter().filter(|spec| spec.role != Role::Voice && spec.role != Role::Patch);
        let types = all().filter(|spec| fits(spec));
        let moved = all().filter(|_| self.moves()).flat_map(|spec| spec.params.iter().map(move |param| (spec, param)));
        let moved = moved.filter(|(_, param)| !param.is_setting());
        let takes = |file: &&String| self.drawn.is_none() || self.port_of_patch(set, registry, file).is_some();
        let patches = set.files.keys().filter(|file| !file.starts_with("script:")).filter(takes);
        let sounds = sounds.iter().filter(|_| self.drawn.is_none() || self.port_of_sound().is_some());
        let shelved = library.iter().filter(|patch| self.may_take(patch));
        let words: Vec<(Found<'_>, String)> = types
            .map(|spec| {
                (Found::Type(spec), format!("{} {:?} {}", spec.name.replace('_', " "), spec.category, spec.summary()))
            })
            .chain(moved.map(|(spec, param)| {
                let name = spec.name.replace('_', " ");
                (Found::Value(spec, param), format!("{} of {name} {:?}", param.name.replace('_', " "), spec.category))
            }))
            .chain(patches.map(|file| (Found::Patch(file), format!("{file} patch"))))
            .chain(
                shelved.map(|patch| (Found::Shelved(patch), format!("{} library patch {}", patch.name, patch.about))),
            )
            .chain(sounds.map(|(name, place)| (Found::Sound(name, place), format!("{name} sound {place}"))))
            .collect();
        let found = best(&self.query, words.iter().map(|(found, text)| (found, text.as_str())), LISTED);
        let (down, up, enter, escape, mut hears) = ui.input_mut(|i| {
            let hears = i.consume_key(Modifiers::COMMAND, Key::Space);
            let mut key = |key| i.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter), key(Key::Escape), hears)
        });
        let last = found.len().saturating_sub(1);
        self.chosen = (self.chosen + usize::from(down)).min(last).saturating_sub(usize::from(up));
        let mut picked = enter.then_some(self.chosen).filter(|_| !found.is_empty());
        let opens = self.fresh;
        let area = Area::new(Id::unique("finder")).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 90.0));
        let shown = area.show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width((ui.ctx().content_rect().width() - 16.0 - 14.0).min(460.0));
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
                let height = (ui.ctx().content_rect().height() - 330.0).clamp(60.0, 320.0);
                ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                    for (i, thing) in found.iter().enumerate() {
                        let (name, help) = match thing {
                            Found::Type(spec) => (spec.name.to_owned(), spec.summary().to_owned()),
                            Found::Value(spec, param) => (format!("{}, its {}", spec.name, param.name), enters(param)),
                            Found::Patch(file) => ((*file).to_owned(), "A patch of this set".to_owned()),
                            Found::Shelved(patch) => (patch.name.clone(), about(patch)),
                            Found::Sound(name, place) => ((*name).to_owned(), format!("A sound {place}, in a sampler")),
                        };
                        let row = egui::Button::selectable(i == self.chosen, RichText::new(name).strong());
                        let row = ui.add(row.truncate());
                        let row = row.on_hover_text(help);
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
                    if preview::ui(ui, thing, set, registry) {
                        hears = true;
                        // The keys stay here.
                        field.request_focus();
                    }
                }
            });
        });
        let elsewhere = !opens && ui.input(|i| i.pointer.any_pressed()) && !is_over(ui, &shown.response);
        let act = picked.map(|i| self.make(found[i], set, registry));
        let hear = match found.get(self.chosen) {
            Some(Found::Sound(name, _)) if hears => Some((*name).to_owned()),
            _ => None,
        };
        Came { open: act.is_none() && !escape && !elsewhere, act, hear }
    }

    /// Whether the cable moves values where it enters them.
    fn moves(&self) -> bool {
        matches!(self.drawn, Some((Drawn::From(_), Kind::Signal)))
    }

    /// The first port of a type for the other end of the cable.
    fn port_of_type(&self, spec: &NodeSpec) -> Option<&'static str> {
        let (drawn, kind) = self.drawn.as_ref()?;
        let ports = if matches!(drawn, Drawn::From(_)) { spec.inputs } else { spec.outputs };
        ports.iter().find(|port| port.kind == *kind).map(|port| port.name)
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
                return Act::Drop(Parcel { paths, at, drawn: self.drawn.clone() });
            }
            Found::Type(spec) => {
                (spec.name.to_owned(), Node::new(spec.name), self.port_of_type(spec).map(str::to_owned))
            }
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
