//! The canvas by keys and for screen readers: nodes are gone to one after another, and a cable is laid from a list.

use super::cable;
use super::gesture::Act;
use super::hit::Hit;
use super::menu::Menu;
use super::tile::Tile;
use super::{Canvas, Scene};
use crate::ui::search::best;
use bf_patch::{Name, Socket};
use egui::{Id, Key, Modifiers, Pos2, Rect, Ui, UiBuilder, Vec2};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// How many nodes are told to a screen reader, and how many ends a list of cables shows.
const TOLD: usize = 300;
const LISTED: usize = 12;
/// How far from the edge of the pane a node lies that is gone to.
const MARGIN: f32 = 40.0;

/// A list of what an output may enter.
pub(crate) struct Joining {
    from: Name,
    text: String,
    chosen: usize,
    fresh: bool,
}

impl Joining {
    pub(super) fn new(from: Name) -> Joining {
        Joining { from, text: String::new(), chosen: 0, fresh: true }
    }

    /// Draws it; true where it is done with.
    pub(super) fn show(&mut self, canvas: &Canvas, ui: &mut Ui, scene: &Scene<'_>, acts: &mut Vec<Act>) -> bool {
        let ends = canvas.ends(&self.from, scene);
        let words: Vec<String> = ends.iter().map(|(from, to)| words(from, to)).collect();
        let found = best(&self.text, ends.iter().zip(&words).map(|(end, text)| ((end, text), text.as_str())), LISTED);
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let (down, up, enter) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter));
        let last = found.len().saturating_sub(1);
        self.chosen = (self.chosen + usize::from(down)).min(last).saturating_sub(usize::from(up));
        let mut picked = enter.then_some(self.chosen);
        ui.label(format!("connect {} to", self.from));
        let field = ui.add(egui::TextEdit::singleline(&mut self.text).hint_text("an input or a value"));
        if core::mem::take(&mut self.fresh) {
            field.request_focus();
        }
        if field.changed() {
            self.chosen = 0;
        }
        for (i, (_, text)) in found.iter().enumerate() {
            if ui.selectable_label(i == self.chosen, text.as_str()).clicked() {
                picked = Some(i);
            }
        }
        if found.is_empty() {
            ui.label("nothing here takes it");
        }
        let Some(((from, to), _)) = picked.and_then(|i| found.get(i)) else { return false };
        let on = if canvas.row(to).is_some() { Hit::Row(to.clone()) } else { Hit::Input(to.clone()) };
        acts.extend(cable::dropped(&scene.room(), scene.own, from, None, &on));
        true
    }
}

fn words(from: &Socket, to: &Socket) -> String {
    match &from.port {
        Some(port) => format!("{to}  from {port}"),
        None => to.to_string(),
    }
}

/// Where a menu opens that belongs to a place of the window: in the pane, which may be smaller than its margin.
fn menu_place(pane: Rect, at: Pos2) -> Pos2 {
    at.clamp(pane.min, (pane.max - Vec2::splat(MARGIN)).max(pane.min))
}

/// In the order in which one reads: by lines of nodes, from left to right.
fn reading(a: &Tile, b: &Tile) -> Ordering {
    let line = |tile: &Tile| (tile.rect.min.y / 64.0).floor();
    line(a).total_cmp(&line(b)).then(a.rect.min.x.total_cmp(&b.rect.min.x)).then(a.name.cmp(&b.name))
}

impl Canvas {
    /// Every pair of an output of a node and an input or value of another that takes it, nearest first.
    fn ends(&self, name: &Name, scene: &Scene<'_>) -> Vec<(Socket, Socket)> {
        let room = scene.room();
        let Some(tile) = self.sheet.tile(name) else { return Vec::new() };
        let many = tile.outputs.len() > 1;
        let socket = |node: &Name, port: Option<&Name>| Socket { node: node.clone(), port: port.cloned() };
        let froms: Vec<Socket> = tile.outputs.iter().map(|plug| socket(name, many.then_some(&plug.name))).collect();
        let mut tiles: Vec<&Tile> = self.sheet.tiles.iter().filter(|other| other.name != *name).collect();
        let off = |other: &Tile| (other.rect.center() - tile.rect.center()).length_sq();
        tiles.sort_by(|a, b| off(a).total_cmp(&off(b)));
        let mut ends = Vec::new();
        for other in tiles {
            let inputs = other.inputs.iter().map(|plug| &plug.name);
            let values = other.rows.iter().filter(|row| row.spec.as_ref().is_some_and(|spec| !spec.is_setting()));
            for port in inputs.chain(values.map(|row| &row.name)) {
                let to = socket(&other.name, Some(port));
                let fits = froms.iter().filter(|from| room.fits(from, &to).is_ok());
                ends.extend(fits.map(|from| (from.clone(), to.clone())));
            }
        }
        ends
    }

    /// Selects the next node in reading order, or the one before, and brings it into view.
    pub(super) fn go_on(&mut self, pane: Rect, forward: bool) {
        let mut tiles: Vec<&Tile> = self.sheet.tiles.iter().collect();
        tiles.sort_by(|a, b| reading(a, b));
        let Some(last) = tiles.len().checked_sub(1) else { return };
        let now = tiles.iter().position(|tile| self.selection.contains(&tile.name));
        let next = match (now, forward) {
            (None, true) => 0,
            (None, false) => last,
            (Some(i), true) => {
                if i == last {
                    0
                } else {
                    i + 1
                }
            }
            (Some(i), false) => {
                if i == 0 {
                    last
                } else {
                    i - 1
                }
            }
        };
        let (name, rect) = (tiles[next].name.clone(), tiles[next].rect);
        self.selection = BTreeSet::from([name]);
        self.bring_into_view(pane, rect);
    }

    fn bring_into_view(&mut self, pane: Rect, rect: Rect) {
        let seen = self.camera.seen(pane).shrink(MARGIN / self.camera.zoom);
        let beyond = |low: f32, high: f32, min: f32, max: f32| {
            if low < min {
                low - min
            } else if high > max {
                (high - max).min(low - min)
            } else {
                0.0
            }
        };
        self.camera.origin += Vec2::new(
            beyond(rect.min.x, rect.max.x, seen.min.x, seen.max.x),
            beyond(rect.min.y, rect.max.y, seen.min.y, seen.max.y),
        );
    }

    /// Keys that stand for the pointer: on to the next node, its menu, its name, a cable.
    pub(super) fn reach(&mut self, ui: &Ui, pane: Rect) {
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::CloseBracket) {
            self.go_on(pane, true);
        }
        if pressed(Modifiers::NONE, Key::OpenBracket) {
            self.go_on(pane, false);
        }
        let corner = |canvas: &Canvas, name: &Name| {
            let tile = canvas.sheet.tile(name)?;
            Some(menu_place(pane, canvas.camera.to_window(pane, tile.rect.left_bottom())))
        };
        let asks = pressed(Modifiers::NONE, Key::Menu) || pressed(Modifiers::SHIFT, Key::F10);
        let joins = pressed(Modifiers::NONE, Key::C);
        let Some(name) = self.selection.first().cloned().filter(|_| asks || joins) else {
            if asks {
                self.menu = Menu::of(self, Hit::Nothing, Some(pane.center()));
            }
            return;
        };
        let at: Option<Pos2> = corner(self, &name);
        if asks {
            self.menu = Menu::of(self, Hit::Node(name), at);
        } else if self.sheet.tile(&name).is_some_and(|tile| !tile.outputs.is_empty()) {
            self.menu = Some(Menu::Joining { joining: Joining::new(name), at: at.unwrap_or(pane.center()) });
        }
    }

    /// Tells a screen reader what lies on the canvas, and does what it asks for.
    pub(super) fn tell(&mut self, ui: &mut Ui, pane: Rect, response: &egui::Response, scene: &Scene<'_>) {
        let (nodes, cables) = (self.sheet.tiles.len(), self.sheet.wires.len());
        let says = format!("canvas: {nodes} nodes, {cables} cables");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Group, true, says.clone()));
        if ui.ctx().accesskit_node_builder(response.id, |_| ()).is_none() {
            return;
        }
        let seen = self.camera.seen(pane);
        let told: Vec<&Tile> = self.sheet.tiles.iter().filter(|tile| seen.intersects(tile.rect)).take(TOLD).collect();
        let ways = self.ways(&told);
        let mut asked = None;
        for tile in told {
            let at = |point| self.camera.to_window(pane, point);
            let place = Rect::from_min_max(at(tile.rect.min), at(tile.rect.max));
            let child = ui.new_child(UiBuilder::new().id_salt(("node", tile.name.as_str())).max_rect(place));
            let id: Id = child.unique_id();
            let selected = self.selection.contains(&tile.name);
            let says = words_of(tile, &ways[&tile.name], scene);
            ui.ctx().accesskit_node_builder(id, |node| {
                node.set_role(egui::accesskit::Role::Group);
                node.set_label(says);
                node.set_selected(selected);
                node.add_action(egui::accesskit::Action::Click);
            });
            if ui.input(|i| i.has_accesskit_action_request(id, egui::accesskit::Action::Click)) {
                asked = Some(tile.name.clone());
            }
        }
        if let Some(name) = asked {
            self.selection = BTreeSet::from([name]);
            response.request_focus();
        }
    }

    /// Where the cables of nodes come from and lead to.
    fn ways(&self, of: &[&Tile]) -> BTreeMap<Name, Ways> {
        let mut ways: BTreeMap<Name, Ways> = of.iter().map(|tile| (tile.name.clone(), Ways::default())).collect();
        for wire in &self.sheet.wires {
            if let Some(ways) = ways.get_mut(&wire.to.node) {
                ways.from.insert(wire.from.node.clone());
            }
            if let Some(ways) = ways.get_mut(&wire.from.node) {
                ways.to.insert(wire.to.node.clone());
            }
        }
        ways
    }
}

/// The nodes at the other ends of a node's cables.
#[derive(Default)]
struct Ways {
    from: BTreeSet<Name>,
    to: BTreeSet<Name>,
}

/// A node in words: what it is, what enters it, where it leads, and what is the matter with it.
fn words_of(tile: &Tile, ways: &Ways, scene: &Scene<'_>) -> String {
    let mut says = format!("node {}, {}", tile.name, tile.kind);
    for (word, names) in [("from", &ways.from), ("to", &ways.to)] {
        let names: Vec<&str> = names.iter().map(Name::as_str).collect();
        if !names.is_empty() {
            says += &format!(", {word} {}", names.join(" and "));
        }
    }
    let frozen = tile.frozen.as_ref().map(|_| "frozen");
    let (guest, unknown) = (tile.guest.then_some("of a script"), tile.unknown.then_some("of a type that is not known"));
    for word in [frozen, tile.off, tile.solo.then_some("solo"), guest, unknown].into_iter().flatten() {
        says += &format!(", {word}");
    }
    if let Some(badge) = scene.badge(Some(tile)) {
        says += &format!(", {}", badge.words());
    }
    says
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    #[test]
    fn a_menu_opens_in_its_pane_however_small_that_is() {
        let min = pos2(200.0, 90.0);
        for size in [vec2(0.0, 0.0), vec2(12.0, 300.0), vec2(300.0, 39.0), vec2(40.0, 40.0), vec2(900.0, 500.0)] {
            let pane = Rect::from_min_size(min, size);
            for at in [pos2(-1e4, -1e4), pos2(1e4, 1e4), pos2(-1e4, 1e4), pane.center(), pane.max] {
                let place = menu_place(pane, at);
                assert!(pane.contains(place), "{at:?} in {pane:?}: {place:?}");
                let room = pane.max - place;
                assert!(size.x < MARGIN || room.x >= MARGIN, "{at:?} in {pane:?}: {place:?}");
                assert!(size.y < MARGIN || room.y >= MARGIN, "{at:?} in {pane:?}: {place:?}");
            }
        }
        let pane = Rect::from_min_size(min, vec2(900.0, 500.0));
        assert_eq!(menu_place(pane, pos2(400.0, 300.0)), pos2(400.0, 300.0), "below its node, where that is seen");
    }
}
