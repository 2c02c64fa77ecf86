//! What is seen of nodes at a zoom is what a hand meets, and nodes come back to where they lay.

use super::{SET, Stage, number};
use crate::ui::command::Command;
use crate::ui::link::Shown;
use bf_patch::Name;
use egui::{Key, Modifiers, PointerButton, Vec2, vec2};
use egui_kittest::kittest::Queryable;
use std::path::PathBuf;

/// An example in a window of a size.
pub(super) fn example(name: &str, size: Vec2) -> Stage {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join(name);
    super::pictures::copied(&root, &set);
    Stage::playing(&set, folder, size)
}

impl Stage {
    /// Zooms about a point of the canvas.
    pub(super) fn zoom(&mut self, about: egui::Pos2, factor: f32) {
        let at = self.at(about);
        self.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        self.harness.input_mut().events.push(egui::Event::Zoom(factor));
        self.harness.run_steps(3);
    }

    fn middle(&self, name: &str) -> egui::Pos2 {
        self.at(self.tile(name).center())
    }
}

fn at(shown: &Shown, name: &str) -> Option<[i32; 2]> {
    shown.own.main.layout.get(&Name::new(name)).copied()
}

#[test]
fn a_node_that_is_seen_as_a_box_is_taken_as_one() {
    let mut stage = example("first-sound", vec2(620.0, 400.0));
    stage.harness.state_mut().told.push(Command::Fit);
    stage.harness.run_steps(10);
    let middle = stage.middle("kick");
    stage.drag(middle, middle + vec2(20.0, 12.0), Modifiers::NONE);
    let shown = stage.until("it is moved", |s| at(s, "kick").is_some());
    assert_eq!(number(&shown, "kick", "tune"), 48.0, "no value is turned that is not seen");
    let middle = stage.middle("kick");
    stage.right_click(middle);
    stage.harness.get_by_label("Rename…   F2");
}

#[test]
fn the_values_that_are_seen_follow_the_zoom() {
    let mut stage = Stage::new(SET, None);
    let about = stage.tile("filter").min;
    let row = |stage: &Stage, param: &str| stage.at(stage.harness.state().row_of("filter", param).center());
    stage.zoom(about, 0.48);
    let before = stage.tile("filter");
    let here = row(&stage, "cutoff");
    stage.drag(here, here + vec2(15.0, 0.0), Modifiers::NONE);
    let shown = stage.until("what is set is turned", |s| number(s, "filter", "cutoff") > 900.0);
    let cutoff = number(&shown, "filter", "cutoff");
    assert_eq!(stage.tile("filter"), before, "and no node changes its place or size");
    let here = row(&stage, "resonance");
    stage.drag(here, here + vec2(24.0, 0.0), Modifiers::NONE);
    let shown = stage.until("what stands as ever is no value from there", |s| at(s, "filter") != Some([240, 0]));
    assert!(!shown.own.main.nodes[&Name::new("filter")].params.contains_key("resonance"));
    stage.zoom(about, 0.6);
    let here = row(&stage, "cutoff");
    stage.drag(here, here + vec2(-30.0, 0.0), Modifiers::NONE);
    let shown = stage.settle();
    assert_eq!(number(&shown, "filter", "cutoff"), cutoff, "further off none is");
}

#[test]
fn undo_brings_a_node_back_to_where_it_lay_without_a_place_in_the_text() {
    let mut stage = example("first-sound", vec2(1280.0, 800.0));
    stage.harness.state_mut().told.push(Command::Fit);
    stage.harness.run_steps(10);
    let (hat, kick) = (stage.tile("hat"), stage.tile("kick"));
    let title = stage.at(hat.min + vec2(60.0, 10.0));
    stage.drag(title, title + vec2(70.0, 50.0), Modifiers::NONE);
    stage.until("it is moved", |s| at(s, "hat").is_some());
    assert_ne!(stage.tile("hat"), hat);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("it has no place in the text", |s| at(s, "hat").is_none());
    assert_eq!(stage.tile("hat"), hat);
    let title = stage.at(kick.min + vec2(60.0, 10.0));
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Delete);
    stage.until("it is gone", |s| !s.own.main.nodes.contains_key("kick"));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("it is back", |s| s.own.main.nodes.contains_key("kick"));
    assert_eq!(stage.tile("kick"), kick);
    assert_eq!(stage.tile("hat"), hat);
}

#[test]
fn the_inspector_keeps_its_width_when_what_it_shows_goes() {
    let mut stage = Stage::new(SET, None);
    let width = |stage: &Stage| {
        let found = stage
            .harness
            .get_by(|node| node.label().is_some_and(|label| label == "resonance") && node.role() == egui::Role::Slider);
        found.rect().width()
    };
    let title = stage.title("filter");
    stage.click(title, Modifiers::NONE);
    stage.harness.run_steps(3);
    let before = width(&stage);
    stage.key(Modifiers::NONE, Key::Delete);
    stage.until("it is gone", |s| !s.own.main.nodes.contains_key("filter"));
    stage.harness.run_steps(5);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("it is back", |s| s.own.main.nodes.contains_key("filter"));
    stage.click(title, Modifiers::NONE);
    stage.harness.run_steps(5);
    assert_eq!(width(&stage), before);
}

#[test]
fn the_small_map_gives_way_where_a_node_lies_beneath() {
    let far = SET.replace("wobble = [0, 240]", "wobble = [2400, 1600]");
    let mut stage = Stage::new(&far, None);
    stage.key(Modifiers::COMMAND, Key::Num0);
    let pane = stage.harness.state().canvas_pane();
    // The filter comes to lie beneath the map, near the corner.
    let to = pane.max - vec2(70.0, 60.0);
    let from = stage.title("filter");
    let (begin, by) = (pane.center(), to - from);
    stage.press(begin, PointerButton::Middle, true, Modifiers::NONE);
    for i in 1..=6 {
        let at = begin + by * (i as f32 / 6.0);
        stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        stage.harness.run_steps(1);
    }
    stage.press(begin + by, PointerButton::Middle, false, Modifiers::NONE);
    stage.harness.run_steps(2);
    let title = stage.title("filter");
    assert!((title - to).length() < 14.0, "{title:?} beside {to:?}");
    stage.click(title, Modifiers::NONE);
    let selected: Vec<String> = stage.harness.state().selection().map(ToString::to_string).collect();
    assert_eq!(selected, ["filter"]);
    assert!((stage.title("filter") - title).length() < 1.0, "and the view stays");
    // Beside the node the map is what is clicked: the view goes there.
    stage.harness.run_steps(60);
    stage.click(pane.max - vec2(40.0, 104.0), Modifiers::NONE);
    stage.harness.run_steps(2);
    assert!((stage.title("filter") - title).length() > 40.0, "the view has moved");
}
