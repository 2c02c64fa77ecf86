//! Places of nodes that were laid out by themselves.

use super::{SET, Stage};
use bf_patch::Name;
use egui::{Key, Modifiers, Pos2, vec2};
use std::collections::BTreeMap;

/// As many sets are: no node of it has a place.
fn free() -> String {
    SET.split_once("[layout]").unwrap().0.to_owned()
}

impl Stage {
    fn corners(&self) -> BTreeMap<String, Pos2> {
        let names = self.shown().own.main.nodes.keys().map(Name::to_string).collect::<Vec<_>>();
        names.into_iter().map(|name| (name.clone(), self.tile(&name).min)).collect()
    }

    /// As it is saved, opened again.
    fn again(mut self) -> Stage {
        self.key(Modifiers::COMMAND, Key::S);
        self.until("it is saved", |s| !s.unsaved);
        Stage::new(&std::fs::read_to_string(self.folder.path().join("set.toml")).unwrap(), None)
    }
}

#[test]
fn the_first_node_that_is_dragged_has_all_others_stay_where_they_are_seen() {
    let mut stage = Stage::new(&free(), None);
    let before = stage.corners();
    let from = stage.title("wobble");
    stage.drag(from, from + vec2(120.0, 200.0), Modifiers::NONE);
    let shown = stage.until("all have places", |s| s.own.main.layout.len() == 4);
    assert_eq!(shown.undo.as_deref(), Some("move"));
    let moved = stage.corners();
    for name in ["lead", "filter", "out"] {
        assert_eq!(moved[name], before[name], "{name} lies where it lay");
    }
    let mut stage = stage.again();
    assert_eq!(stage.corners(), moved, "and lies there when the set is opened again");
    // The same of a patch that has places for all: nothing but what moves is written.
    stage.key(Modifiers::NONE, Key::F);
    let from = stage.title("wobble");
    stage.drag(from, from + vec2(0.0, 80.0), Modifiers::NONE);
    stage.until("it moved", |s| s.undo.as_deref() == Some("move"));
    assert_eq!(stage.corners()["lead"], before["lead"]);
}

#[test]
fn one_undo_takes_all_places_back_and_nothing_moves() {
    let mut stage = Stage::new(&free(), None);
    let before = stage.corners();
    let from = stage.title("lead");
    stage.drag(from, from + vec2(0.0, 160.0), Modifiers::NONE);
    stage.until("all have places", |s| s.own.main.layout.len() == 4);
    stage.key(Modifiers::COMMAND, Key::Z);
    let shown = stage.until("none has", |s| s.own.main.layout.is_empty());
    assert_eq!(shown.undo, None);
    assert_eq!(stage.corners(), before);
}

#[test]
fn a_node_that_is_added_leaves_the_picture_as_it_is() {
    let mut stage = Stage::new(&free(), None);
    let before = stage.corners();
    let below = stage.tile("wobble").left_bottom() + vec2(40.0, 90.0);
    let at = stage.at(below);
    stage.click(at, Modifiers::NONE);
    stage.click(at, Modifiers::NONE);
    stage.types("saw");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("a saw is there", |s| s.own.main.nodes.contains_key("saw"));
    let seen = stage.corners();
    assert!((seen["saw"] - below).length() < 24.0, "{:?} beside {below:?}", seen["saw"]);
    before.iter().for_each(|(name, at)| assert_eq!(seen[name], *at, "{name}"));
    let stage = stage.again();
    assert_eq!(stage.corners(), seen);
}

#[test]
fn a_patch_that_is_expanded_among_nodes_without_places_scrambles_nothing() {
    let text = free().replace("out = { type", "thump = { type = \"patch\", file = \"thump.toml\" }\nout = { type");
    let inner =
        "beatforge = 1\n[nodes]\nbody = { type = \"sine\" }\n[outputs]\nout = \"body\"\n[layout]\nbody = [0, 0]\n";
    let mut stage = Stage::with(&text, None, &[("thump.toml", inner)]);
    let before = stage.corners();
    let act = super::super::canvas::gesture::Act::Expand(Name::new("thump"));
    stage.harness.state_mut().acts(act);
    stage.until("it is its node", |s| s.own.main.nodes.contains_key("body"));
    let after = stage.corners();
    for name in ["lead", "filter", "out", "wobble"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(after["body"], before["thump"]);
}
