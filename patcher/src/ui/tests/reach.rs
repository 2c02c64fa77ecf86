//! The canvas without a pointer: by keys, and as a screen reader has it.

use super::{SET, Stage, cables};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};

fn selected(stage: &Stage) -> Vec<String> {
    stage.harness.state().selection().map(ToString::to_string).collect()
}

/// The canvas with the keys.
fn stage() -> Stage {
    let mut stage = Stage::new(SET, None);
    stage.click(stage.at(egui::pos2(240.0, 330.0)), Modifiers::NONE);
    stage
}

#[test]
fn brackets_go_from_node_to_node_and_round() {
    let mut stage = stage();
    let mut seen = Vec::new();
    let nodes = stage.shown().own.main.nodes.len();
    for _ in 0..nodes {
        stage.key(Modifiers::NONE, Key::CloseBracket);
        seen.extend(selected(&stage));
    }
    let first = seen[0].clone();
    stage.key(Modifiers::NONE, Key::CloseBracket);
    assert_eq!(selected(&stage), [first]);
    stage.key(Modifiers::NONE, Key::OpenBracket);
    assert_eq!(selected(&stage), seen[nodes - 1..]);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), nodes, "every node once");
}

#[test]
fn a_cable_is_laid_by_keys_in_one_step() {
    let mut stage = stage();
    while selected(&stage) != ["lead"] {
        stage.key(Modifiers::NONE, Key::CloseBracket);
    }
    stage.key(Modifiers::NONE, Key::C);
    stage.harness.run_steps(2);
    stage.types("filter resonance");
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("it moves the value", |s| !cables(s, "filter", Some("resonance")).is_empty());
    assert_eq!(cables(&shown, "filter", Some("resonance")), ["lead"]);
    stage.key(Modifiers::COMMAND, Key::Z);
    let shown = stage.until("it is taken back", |s| cables(s, "filter", Some("resonance")).is_empty());
    assert_eq!(shown.undo, None);
}

#[test]
fn the_menu_of_a_node_opens_and_is_gone_through_by_keys() {
    let mut stage = stage();
    while selected(&stage) != ["filter"] {
        stage.key(Modifiers::NONE, Key::CloseBracket);
    }
    stage.key(Modifiers::SHIFT, Key::F10);
    stage.harness.run_steps(2);
    assert!(stage.harness.query_by_label_contains("Mute").is_some());
    let place = stage.tile("filter");
    stage.key(Modifiers::NONE, Key::ArrowDown);
    stage.harness.run_steps(2);
    assert_eq!(stage.tile("filter"), place, "arrows go through the menu and move nothing");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.harness.run_steps(2);
    assert!(stage.harness.query_by_label_contains("Mute").is_none());
}

#[test]
fn a_screen_reader_is_told_what_lies_on_the_canvas_and_selects_it() {
    let mut stage = stage();
    let node = stage.harness.get_by_label_contains("node filter, svf");
    let says = node.accesskit_node().label().unwrap_or_default();
    assert!(says.contains("from lead") && says.contains("to out"), "{says}");
    node.click_accesskit();
    stage.harness.run_steps(2);
    assert_eq!(selected(&stage), ["filter"]);
    assert!(stage.harness.query_by_label_contains("canvas: ").is_some());
}

#[test]
fn escape_lets_tab_go_on_to_the_rest_of_the_window() {
    let mut stage = stage();
    let focused = |stage: &Stage| stage.harness.ctx.memory(|m| m.focused());
    let canvas = focused(&stage);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.harness.run_steps(2);
    assert!(stage.harness.query_by_label_contains("a node: type").is_some() || focused(&stage) != canvas);
    stage.key(Modifiers::NONE, Key::Escape);
    stage.harness.run_steps(2);
    assert_eq!(focused(&stage), canvas, "the keys are the canvas's again");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.harness.run_steps(2);
    assert!(focused(&stage).is_some() && focused(&stage) != canvas, "something else has them");
}

#[test]
fn the_menu_opens_by_keys_where_the_canvas_has_hardly_any_room() {
    for size in [egui::vec2(1280.0, 70.0), egui::vec2(60.0, 800.0), egui::vec2(50.0, 50.0)] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("set.toml"), SET).unwrap();
        let mut stage = Stage::of(folder, size);
        stage.key(Modifiers::NONE, Key::CloseBracket);
        assert_eq!(selected(&stage).len(), 1, "the canvas has the keys at {size:?}");
        stage.key(Modifiers::SHIFT, Key::F10);
        stage.harness.run_steps(2);
        let menu = stage.harness.query_by_label_contains("Mute");
        assert!(menu.is_some(), "its menu is there at {size:?}");
    }
}
