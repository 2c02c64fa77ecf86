//! What was just made is in the hand, and what is offered is what can be done.

use super::{SET, Stage, cables};
use crate::ui::link::Shown;
use bf_node::Value;
use bf_patch::{Edit, Name, SetEdit, Socket};
use egui::{Key, Modifiers, Rect, pos2};
use egui_kittest::kittest::Queryable;

const SCRIPT: &str =
    "track(\"beat\", s(\"bd*4\").gain(0.5));\nnode(\"tone\", saw(110));\nnode(\"verb\", plate(#{ decay: 2.0 }));\n";

impl Stage {
    fn selected(&self) -> Vec<String> {
        self.harness.state().selection().map(ToString::to_string).collect()
    }

    fn offers(&self, words: &str) -> bool {
        self.harness.query_all_by_label(words).next().is_some()
    }
}

#[test]
fn a_new_node_is_selected_and_lies_over_no_other() {
    let mut stage = Stage::new(SET, None);
    let over = stage.title("filter");
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(over));
    stage.key(Modifiers::NONE, Key::Tab);
    stage.types("gain");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("it is there", |s| s.own.main.nodes.contains_key("gain"));
    assert_eq!(stage.selected(), ["gain"]);
    let new = stage.tile("gain");
    for name in ["lead", "filter", "wobble", "out"] {
        assert!(!new.intersects(stage.tile(name)), "{name}");
    }
    stage.key(Modifiers::NONE, Key::Delete);
    stage.until("keys mean it", |s| !s.own.main.nodes.contains_key("gain"));
}

#[test]
fn what_the_browser_adds_lies_beside_what_it_added_before() {
    let mut stage = Stage::new(SET, None);
    stage.key(Modifiers::COMMAND, Key::L);
    stage.types("plate");
    for _ in 0..3 {
        stage.key(Modifiers::NONE, Key::Enter);
        stage.harness.run_steps(3);
    }
    let shown = stage.until("all are there", |s| s.own.main.nodes.contains_key("plate3"));
    let names: Vec<&Name> = shown.own.main.nodes.keys().collect();
    let rects: Vec<Rect> = names.iter().map(|name| stage.tile(name.as_str())).collect();
    for (i, a) in rects.iter().enumerate() {
        assert!(rects[i + 1..].iter().all(|b| !a.intersects(*b)), "{rects:?}");
    }
    assert_eq!(stage.selected(), ["plate3"]);
}

#[test]
fn a_cable_into_space_offers_values_that_it_can_move() {
    let mut stage = Stage::new(SET, None);
    let output = stage.at(stage.harness.state().plug_of("wobble", None));
    let free = stage.at(pos2(300.0, 400.0));
    stage.drag(output, free, Modifiers::NONE);
    stage.types("cutoff ladder");
    stage.harness.get_by_label("ladder, its cutoff");
    assert!(stage.harness.query_all_by_label_contains("The cable enters its value cutoff").count() > 0);
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("it is there", |s| s.own.main.nodes.contains_key("ladder"));
    assert_eq!(cables(&shown, "ladder", Some("cutoff")), ["wobble.out"]);
    assert_eq!(shown.own.main.cables[&Socket::new("ladder", "cutoff")][0].amount, Some(1.0));
    assert_eq!(shown.undo.as_deref(), Some("add ladder"));
}

#[test]
fn a_track_offers_what_helps() {
    let mut stage = Stage::new(SET, Some(SCRIPT));
    let of_track = |s: &Shown| s.marks.of_tracks.iter().next().cloned();
    let shown = stage.until("it plays", |s| of_track(s).is_some() && !s.marks.of_nodes.is_empty());
    let name = of_track(&shown).unwrap();
    let title = stage.title(name.as_str());
    stage.right_click(title);
    assert!(!stage.offers("Detach from the script") && stage.offers("Go to its line"));
    assert!(stage.harness.query_by_label_contains("its sound is in its text").is_some());
    stage.key(Modifiers::NONE, Key::Escape);
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::SHIFT, Key::F);
    stage
        .until("it says what does help", |s| s.lines.iter().any(|line| line.text.contains("its sound is in its text")));
    let tone = stage.title("tone");
    stage.right_click(tone);
    assert!(stage.offers("Detach from the script"));
}

#[test]
fn a_value_of_a_track_is_not_offered_to_be_written() {
    let mut stage = Stage::new(SET, Some(SCRIPT));
    let all = stage.until("it plays", |s| !s.marks.of_tracks.is_empty());
    let strip = all.marks.of_tracks.iter().find(|name| {
        all.heard.main.nodes.get(*name).is_some_and(|node| {
            stage.harness.state().link().registry.get(&node.kind).is_some_and(|spec| spec.param("gain").is_some())
        })
    });
    let target = Socket::new(strip.expect("a track has a strip").as_str(), "gain");
    let edit = SetEdit::main(Edit::Override { target: target.clone(), value: Some(Value::Number(-3.0)) });
    stage.wish(crate::ui::link::Wish::Edit { edit, label: "turn".to_owned(), gesture: None });
    stage.until("a hand lies over it", |s| s.own.main.overrides.contains_key(&target));
    let row = stage.harness.state().row_of(target.node.as_str(), "gain");
    let at = stage.at(row.center());
    stage.right_click(at);
    assert!(stage.offers("Back to the text"));
    assert!(!stage.offers("Keep in the patch") && !stage.offers("Keep in the script"));
}

#[test]
fn the_amount_of_a_cable_is_shown_and_typed() {
    let mut stage =
        Stage::new(&SET.replace("\"filter\" = \"lead\"", "\"filter\" = { from = \"lead\", amount = 0.25 }"), None);
    let (begin, end) = {
        let state = stage.harness.state();
        (state.plug_of("lead", None), state.plug_of("filter", Some("input")))
    };
    let middle = stage.at(begin + (end - begin) * 0.5);
    stage.right_click(middle);
    stage.harness.run_steps(2);
    let field = stage.harness.get_by_label("Amount");
    assert_eq!(field.value().as_deref(), Some("0.25"));
    field.focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("*=3");
    stage.key(Modifiers::NONE, Key::Enter);
    let amount = |s: &Shown| s.own.main.cables[&Socket::first("filter")][0].amount;
    stage.until("it is what was typed", |s| amount(s) == Some(0.75));
    stage.right_click(middle);
    stage.choose("Half as much");
    stage.until("and half of that", |s| amount(s) == Some(0.375));
}
