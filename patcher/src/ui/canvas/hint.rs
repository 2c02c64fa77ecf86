//! Help on what is under the pointer.

use super::draw::late;
use super::hit::Hit;
use super::{Canvas, Scene, freeze, notes};
use crate::ui::prose::explained_there;
use crate::ui::theme::Paints;
use egui::{Align2, CursorIcon, FontId, Rect, Ui};

impl Canvas {
    /// Help on what the pointer is over.
    pub(super) fn hint(&self, ui: &Ui, response: &egui::Response, over: &Hit, scene: &Scene<'_>) {
        let text = match over {
            Hit::Row(socket) => {
                ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
                let help = self.row(socket).map_or("", |row| &*row.help);
                let is_frozen = self.sheet.tile(&socket.node).is_some_and(|tile| tile.frozen.is_some());
                let frozen =
                    if is_frozen { "\n\nFrozen: it does nothing until the node is unfrozen (Shift+F)." } else { "" };
                format!("{socket}: {help}{frozen}")
            }
            Hit::Input(socket) | Hit::Output(socket) => {
                ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
                let tile = self.sheet.tile(&socket.node);
                let plugs = tile.into_iter().flat_map(|t| t.inputs.iter().chain(&t.outputs));
                let help = plugs.into_iter().find(|p| Some(&p.name) == socket.port.as_ref()).map_or("", |p| p.help);
                format!("{socket}: {help}")
            }
            Hit::Node(name) => {
                let spec = scene.heard.main.nodes.get(name).and_then(|node| scene.registry.get(&node.kind));
                let help = spec.map_or("a type that is not known: it is kept and silent", |spec| spec.summary());
                let cost = scene.cost(name) * 100.0;
                let delay = scene.delay(name).map_or(String::new(), |millis| format!(", {}", late(millis)));
                let badge = scene.badge(self.sheet.tile(name)).map_or(String::new(), |b| format!("\n\n{}", b.help()));
                let frozen = self
                    .sheet
                    .tile(name)
                    .and_then(|t| t.frozen.as_ref())
                    .map(freeze::help)
                    .map_or(String::new(), |text| format!("\n\n{text}"));
                format!("{name}: {help} (CPU {cost:.2} %{delay}){badge}{frozen}")
            }
            Hit::Note(notes::On::Note(name)) => {
                let words = self.unseen_words(ui, name).map_or(String::new(), |words| format!("{words}\n\n"));
                format!("{words}Drag: move it and what is in it; double click: write")
            }
            Hit::Note(notes::On::Grip(_)) => "Drag: the size of the frame".to_owned(),
            Hit::Fold(_) => "Show all values of this node, or only those that are set (U)".to_owned(),
            // What passes there is shown beside the pointer.
            Hit::Wire(_) | Hit::Nothing => return,
        };
        explained_there(response.clone(), &text);
    }
}

/// How to begin where there is nothing.
pub(super) fn empty(ui: &Ui, pane: Rect, paints: &Paints) {
    const SAYS: &str = "Tab adds a node, or right-click";
    ui.painter().with_clip_rect(pane).text(
        pane.center(),
        Align2::CENTER_CENTER,
        SAYS,
        FontId::proportional(15.0),
        paints.faint,
    );
}
