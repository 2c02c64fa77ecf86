//! Freezing on the canvas: its menu, its key, and how a frozen node looks.

use super::gesture::Act;
use super::offers::{Next, line};
use super::tile::Tile;
use super::{Canvas, Scene};
use crate::ui::widgets::MENU;
use bf_node::{Kind, Registry, Role};
use bf_patch::compile::{FROZEN, Frozen};
use bf_patch::{Name, Node};
use egui::{Align, Layout, Ui};
use std::collections::{BTreeMap, BTreeSet};

/// How many bars are offered.
pub(crate) const BARS: [u32; 5] = [1, 2, 4, 8, 16];
/// As many as there are where nothing was chosen.
const USUAL: u32 = 4;

/// How many bars were chosen last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bars(pub(super) u32);

impl Default for Bars {
    fn default() -> Bars {
        Bars(USUAL)
    }
}

/// What plays in the place of a node.
pub(crate) fn frozen(node: &Node) -> Option<Frozen> {
    Frozen::read(node.params.get(FROZEN)?).ok()
}

/// What is said of a frozen node.
pub(crate) fn help(frozen: &Frozen) -> String {
    let files: Vec<&str> = frozen.files.iter().map(|(_, file)| file.as_str()).collect();
    let files = files.join(" and ");
    let beats = frozen.beats;
    format!(
        "Frozen: {beats} beats of it go round, in {files}. Its values and cables do nothing until it is unfrozen (Shift+F)."
    )
}

fn sounds(tile: &Tile) -> bool {
    tile.outputs.iter().any(|plug| plug.kind == Kind::Signal)
}

impl Canvas {
    /// Freezes what is selected, or lets it play itself again where all of it is frozen.
    pub(crate) fn freeze_selected(&self, registry: &Registry) -> Act {
        let names = self.selection.clone();
        if names.is_empty() {
            return Act::Say("select a node to freeze first".to_owned());
        }
        let is_frozen = |name: &&Name| self.sheet.tile(name).is_some_and(|tile| tile.frozen.is_some());
        let rests = self.resting();
        // Of several, what could not be frozen or rests by now is no reason to freeze once more.
        let is_warm = |name: &&Name| {
            let tile = self.sheet.tile(name).filter(|tile| tile.frozen.is_none() && !tile.guest);
            let is_strip = |tile: &&Tile| registry.get(&tile.kind).is_some_and(|spec| spec.role == Role::Strip);
            tile.filter(|tile| !is_strip(tile) && !rests.contains(&tile.name)).is_some_and(sounds)
        };
        let warm: BTreeSet<Name> = names.iter().filter(is_warm).cloned().collect();
        if !warm.is_empty() && names.len() > 1 {
            return Act::Freeze { names: warm, bars: Some(self.bars.0) };
        }
        if names.iter().any(|name| is_frozen(&name)) {
            return Act::Freeze { names, bars: None };
        }
        Act::Freeze { names, bars: Some(self.bars.0) }
    }

    /// What leads only to nodes that are frozen, and to what rests for that.
    fn resting(&self) -> BTreeSet<&Name> {
        let mut leads: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
        self.sheet.wires.iter().for_each(|wire| leads.entry(&wire.from.node).or_default().push(&wire.to.node));
        let frozen = |name: &Name| self.sheet.tile(name).is_some_and(|tile| tile.frozen.is_some());
        let mut rests: BTreeSet<&Name> = BTreeSet::new();
        loop {
            let is_over = |to: &&Name| frozen(to) || rests.contains(*to);
            let more = leads.iter().filter(|(name, to)| !rests.contains(**name) && to.iter().all(is_over));
            let more: Vec<&Name> = more.map(|(name, _)| *name).collect();
            if more.is_empty() {
                return rests;
            }
            rests.extend(more);
        }
    }

    /// The lines of a menu for nodes: how many bars are to be frozen, or that they are to play themselves again.
    pub(super) fn freeze_lines(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        names: &BTreeSet<Name>,
        acts: &mut Vec<Act>,
    ) -> Option<Next> {
        let tiles: Vec<&Tile> = names.iter().filter_map(|name| self.sheet.tile(name)).collect();
        let owned = |tile: &&Tile| scene.own.nodes.contains_key(&tile.name);
        let warm = tiles.iter().any(|tile| tile.frozen.is_none() && sounds(tile) && owned(tile));
        let cold = tiles.iter().any(|tile| tile.frozen.is_some());
        if cold && line(ui, "Unfreeze   Shift+F") {
            acts.push(Act::Freeze { names: names.clone(), bars: None });
            return Some(Next::Close);
        }
        if !warm {
            return None;
        }
        let mut chosen = None;
        ui.horizontal(|ui| {
            // As wide as the other lines, whose keys stand at their ends.
            ui.set_width(MENU);
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().button_padding.x = 5.0;
            ui.label("Freeze").on_hover_text("Rendered beside the sound; then its file plays, at next to no cost");
            for bars in BARS {
                let text = if bars == self.bars.0 { format!("{bars} bars (Shift+F)") } else { format!("{bars} bars") };
                let text = if bars == 1 { text.replacen("bars", "bar", 1) } else { text };
                let button = ui.selectable_label(bars == self.bars.0, bars.to_string()).on_hover_text(&text);
                button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Freeze {text}")));
                if button.clicked() {
                    chosen = Some(bars);
                }
            }
            ui.label("bars");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.weak("Shift+F"));
        });
        let bars = chosen?;
        self.bars.0 = bars;
        let frozen = |name: &&Name| self.sheet.tile(name).is_none_or(|tile| tile.frozen.is_some());
        let names = names.iter().filter(|name| !frozen(name)).cloned().collect();
        acts.push(Act::Freeze { names, bars: Some(bars) });
        Some(Next::Close)
    }
}
