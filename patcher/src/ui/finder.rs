//! A field in which a few letters find a node type, with help and what fits a cable.

use super::canvas::gesture::{Act, fresh_name, snap};
use super::search::best;
use bf_node::{Kind, NodeSpec, Registry, Role};
use bf_patch::{Cable, Edit, Node, Patch, Set, Socket};
use egui::{Align2, Area, Frame, Id, Key, Modifiers, Order, Pos2, RichText, ScrollArea, Ui, vec2};

/// How many are listed.
const LISTED: usize = 40;

/// The open field.
pub(crate) struct Finder {
    /// Where the node comes to lie, on the canvas.
    at: Pos2,
    /// The output from which a cable was drawn, and what it carries.
    from: Option<(Socket, Kind)>,
    query: String,
    chosen: usize,
    fresh: bool,
}

/// What a choice stands for.
enum Found<'a> {
    Type(&'static NodeSpec),
    Patch(&'a str),
}

impl Finder {
    pub(crate) fn new(at: Pos2, from: Option<(Socket, Kind)>) -> Finder {
        Finder { at, from, query: String::new(), chosen: 0, fresh: true }
    }

    /// Draws it; what was chosen, and whether it stays open.
    pub(crate) fn show(&mut self, ui: &Ui, set: &Set, registry: &Registry) -> (Option<Act>, bool) {
        let fits = |spec: &NodeSpec| match &self.from {
            Some((_, kind)) => spec.inputs.iter().any(|port| port.kind == *kind),
            None => true,
        };
        let types = registry.iter().filter(|spec| spec.role != Role::Voice && spec.role != Role::Patch && fits(spec));
        let words: Vec<(Found<'_>, String)> = types
            .map(|spec| {
                (Found::Type(spec), format!("{} {:?} {}", spec.name.replace('_', " "), spec.category, spec.summary()))
            })
            .chain(set.files.keys().map(|file| (Found::Patch(file), format!("{file} patch"))))
            .collect();
        let found = best(&self.query, words.iter().map(|(found, text)| (found, text.as_str())), LISTED);
        let (down, up, enter, escape) = ui.input_mut(|i| {
            let mut key = |key| i.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter), key(Key::Escape))
        });
        let last = found.len().saturating_sub(1);
        self.chosen = (self.chosen + usize::from(down)).min(last).saturating_sub(usize::from(up));
        let mut picked = enter.then_some(self.chosen).filter(|_| !found.is_empty());
        let area = Area::new(Id::unique("finder")).order(Order::Foreground).anchor(Align2::CENTER_TOP, vec2(0.0, 90.0));
        let shown = area.show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(460.0);
                let hint = if self.from.is_some() { "what the cable leads to" } else { "a node: type a few letters" };
                let field =
                    ui.add(egui::TextEdit::singleline(&mut self.query).hint_text(hint).desired_width(f32::INFINITY));
                if core::mem::take(&mut self.fresh) {
                    field.request_focus();
                }
                if field.changed() {
                    self.chosen = 0;
                }
                ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                    for (i, thing) in found.iter().enumerate() {
                        let (name, help) = match thing {
                            Found::Type(spec) => (spec.name.to_owned(), spec.summary().to_owned()),
                            Found::Patch(file) => ((*file).to_owned(), "a patch of this set".to_owned()),
                        };
                        let row =
                            ui.selectable_label(i == self.chosen, RichText::new(&name).strong()).on_hover_text(&help);
                        if i == self.chosen {
                            ui.label(RichText::new(help).small().weak());
                            if down || up {
                                row.scroll_to_me(None);
                            }
                        }
                        if row.clicked() {
                            picked = Some(i);
                        }
                    }
                    if found.is_empty() {
                        ui.label("nothing is called so");
                    }
                });
            });
        });
        let elsewhere = ui.input(|i| i.pointer.any_pressed()) && !shown.response.contains_pointer();
        let act = picked.map(|i| self.make(found[i], &set.main));
        let open = act.is_none() && !escape && !elsewhere;
        (act, open)
    }

    /// The new node, with the cable that was drawn.
    fn make(&self, found: &Found<'_>, patch: &Patch) -> Act {
        let (base, node, input) = match found {
            Found::Type(spec) => {
                let input = self.from.as_ref().and_then(|(_, kind)| spec.inputs.iter().find(|p| p.kind == *kind));
                (spec.name.to_owned(), Node::new(spec.name), input.map(|p| p.name))
            }
            Found::Patch(file) => {
                let base = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml").to_owned();
                (base, Node::new("patch").with("file", *file), None)
            }
        };
        let name = fresh_name(&base, |name| patch.has(name));
        let mut edits = vec![Edit::AddNode { name: name.clone(), node, at: Some(snap(self.at)) }];
        if let Some((from, _)) = &self.from {
            let to = Socket { node: name.clone(), port: input.map(bf_patch::Name::new) };
            edits.push(Edit::Connect { to, cable: Cable::plain(from.clone()), at: None });
        }
        Act::edit(Edit::Batch(edits), format!("add {name}"))
    }
}
