//! Gestures on the canvas.

use super::{SET, Stage, cables, number};
use bf_patch::{Name, Socket};
use egui::{Key, Modifiers, Vec2, vec2};
use std::time::{Duration, Instant};

const INNER: &str = r#"beatforge = 1
[nodes]
body = { type = "sine", freq = 60.0 }
[outputs]
out = "body"
[controls]
tune = { to = "body.freq" }
"#;

#[test]
fn a_node_that_is_dragged_moves_on_the_grid_in_one_step() {
    let mut stage = Stage::new(SET, None);
    let from = stage.at(stage.tile("lead").min + vec2(60.0, 10.0));
    stage.drag(from, from + vec2(83.0, 41.0), Modifiers::NONE);
    let shown = stage.until("it moved", |s| s.own.main.layout[&Name::new("lead")] != [0, 0]);
    let [x, y] = shown.own.main.layout[&Name::new("lead")];
    assert!(x % 8 == 0 && y % 8 == 0 && x > 40 && y > 16, "{x} {y}");
    assert_eq!(shown.undo.as_deref(), Some("move"));
    stage.key(Modifiers::COMMAND, Key::Z);
    let back = stage.until("one undo takes all of it back", |s| s.own.main.layout[&Name::new("lead")] == [0, 0]);
    assert_eq!(back.undo, None);
}

#[test]
fn a_cable_is_drawn_from_an_output_to_a_value_and_taken_off_again() {
    let mut stage = Stage::new(SET, None);
    let output = stage.at(stage.harness.state().plug_of("wobble", None));
    let cutoff = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.drag(output, cutoff, Modifiers::NONE);
    let shown = stage.until("the cable is there", |s| !cables(s, "filter", Some("cutoff")).is_empty());
    let to = Socket::new("filter", "cutoff");
    assert_eq!(shown.own.main.cables[&to][0].amount, Some(1.0), "it moves the value about its number");
    // An input's cable comes off in the hand.
    let input = stage.at(stage.harness.state().plug_of("filter", Some("input")));
    stage.drag(input, input + vec2(-30.0, 260.0), Modifiers::NONE);
    stage.until("the cable is off", |s| cables(s, "filter", None).is_empty());
}

#[test]
fn a_value_is_turned_and_typed() {
    let mut stage = Stage::new(SET, None);
    let row = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.drag(row, row + vec2(40.0, 0.0), Modifiers::NONE);
    let shown = stage.until("it is higher", |s| number(s, "filter", "cutoff") > 900.0);
    let up = number(&shown, "filter", "cutoff");
    stage.drag(row, row + vec2(-40.0, 0.0), Modifiers::SHIFT);
    let shown = stage.until("with Shift it moves a tenth", |s| number(s, "filter", "cutoff") < up);
    let fine = up / number(&shown, "filter", "cutoff");
    assert!(fine < (up / 900.0).powf(0.2), "{fine} beside {}", up / 900.0);
    stage.click(row, Modifiers::NONE);
    stage.click(row, Modifiers::NONE);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("1/4 + 440");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("what is typed is worked out", |s| (number(s, "filter", "cutoff") - 440.25).abs() < 1e-6);
}

#[test]
fn a_few_letters_find_a_node_and_a_cable_into_space_offers_what_fits() {
    let mut stage = Stage::new(SET, None);
    let free = stage.at(egui::pos2(240.0, 330.0));
    stage.click(free, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.types("ladder");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("a ladder is there", |s| s.own.main.nodes.contains_key("ladder"));
    let output = stage.at(stage.harness.state().plug_of("lead", None));
    stage.drag(output, free + vec2(200.0, 60.0), Modifiers::NONE);
    stage.types("plate");
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("a plate is there", |s| s.own.main.nodes.contains_key("plate"));
    let entered: Vec<&Socket> = shown.own.main.cables.keys().filter(|to| to.node.as_str() == "plate").collect();
    assert_eq!(entered.len(), 1, "with its cable, in the same step");
    assert_eq!(shown.undo.as_deref(), Some("add plate"));
}

#[test]
fn what_is_removed_heals_and_what_is_duplicated_keeps_its_cables() {
    let mut stage = Stage::new(SET, None);
    let title = stage.at(stage.tile("filter").min + vec2(60.0, 10.0));
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::COMMAND, Key::D);
    let shown = stage.until("there is another", |s| s.own.main.nodes.contains_key("filter2"));
    assert_eq!(cables(&shown, "filter2", None), ["lead"]);
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Delete);
    let shown = stage.until("it is gone", |s| !s.own.main.nodes.contains_key("filter"));
    assert_eq!(cables(&shown, "out", None), ["lead"], "what it heard goes on to where it went");
}

#[test]
fn a_box_selects_and_all_of_it_moves() {
    let mut stage = Stage::new(SET, None);
    let from = stage.at(egui::pos2(-30.0, -30.0));
    let to = stage.at(egui::pos2(420.0, 60.0));
    stage.drag(from, to, Modifiers::NONE);
    let selected: Vec<String> = stage.harness.state().selection().map(ToString::to_string).collect();
    assert_eq!(selected, ["filter", "lead"]);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    let shown = stage.until("they moved", |s| s.own.main.layout[&Name::new("lead")] == [8, 0]);
    assert_eq!(shown.own.main.layout[&Name::new("filter")], [248, 0]);
    assert_eq!(shown.own.main.layout[&Name::new("out")], [480, 0]);
}

#[test]
fn the_view_zooms_about_the_pointer() {
    let mut stage = Stage::new(SET, None);
    let point = egui::pos2(300.0, 60.0);
    let at = stage.at(point);
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
    stage.harness.input_mut().events.push(egui::Event::Zoom(1.5));
    stage.harness.run_steps(3);
    assert!((stage.at(point) - at).length() < 1.0);
    assert!((stage.at(point + Vec2::X * 100.0) - at).x > 110.0);
}

#[test]
fn a_patch_is_opened_inside_and_edited_there() {
    let text = SET.replace("out = { type", "thump = { type = \"patch\", file = \"thump.toml\" }\nout = { type");
    let mut stage = Stage::with(&text, None, &[("thump.toml", INNER)]);
    let title = stage.at(stage.tile("thump").min + vec2(60.0, 10.0));
    stage.click(title, Modifiers::NONE);
    stage.click(title, Modifiers::NONE);
    stage.harness.run_steps(2);
    let row = stage.at(stage.harness.state().row_of("body", "freq").center());
    stage.drag(row, row + vec2(30.0, 0.0), Modifiers::NONE);
    stage.until("the patch's own value is higher", |s| {
        matches!(s.own.files["thump.toml"].nodes[&Name::new("body")].params.get("freq"),
            Some(bf_node::Value::Number(n)) if *n > 60.0)
    });
    stage.key(Modifiers::COMMAND, Key::ArrowUp);
    assert!(stage.tile("lead").is_positive(), "back in the set");
}

#[test]
fn nodes_are_copied_and_pasted_as_text() {
    let mut stage = Stage::new(SET, None);
    let title = stage.at(stage.tile("lead").min + vec2(60.0, 10.0));
    stage.click(title, Modifiers::NONE);
    stage.harness.input_mut().events.push(egui::Event::Copy);
    stage.harness.run_steps(1);
    let copied = stage.harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.expect("something is copied");
    assert!(copied.contains("lead = { type = \"saw\""), "{copied}");
    stage.harness.input_mut().events.push(egui::Event::Paste(copied));
    stage.harness.run_steps(1);
    let shown = stage.until("it is there twice", |s| s.own.main.nodes.contains_key("lead2"));
    assert_eq!(number(&shown, "lead2", "freq"), 110.0);
}

#[test]
fn what_sounds_is_seen_on_its_cable() {
    let mut stage = Stage::new(SET, None);
    stage.until("the filter's level is known", |s| s.glances.get("filter").is_some_and(|g| g.peak(0) > 0.05));
    stage.until("and what it costs", |s| s.glances["filter"].cpu_ns() > 0.0);
    stage.click(stage.at(egui::pos2(240.0, 330.0)), Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Space);
    let link = stage.harness.state().link();
    let began = Instant::now();
    while link.shared.status().playing {
        assert!(began.elapsed() < Duration::from_secs(20), "Space stops the transport");
        std::thread::yield_now();
    }
}
