//! The tab of patterns: rows of steps of nodes and of the script.

use super::super::app::Tab;
use super::Stage;
use bf_node::Value;
use bf_patch::{Name, Socket};
use egui::{Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::kittest::Queryable;

const SET: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
beat = { type = "steps", steps = "x--- x---" }
ring = { type = "euclid", pulses = 3, steps = 8 }
drum = { type = "kick" }
out = { type = "output" }

[cables]
"drum" = "beat"
"out" = "drum"
"#;

const SCRIPT: &str = "// A comment.\ntrack(\"drums\", s(\"bd*4, ~ cp\"));\ntrack(\"odd\", s(\"bd <sd cp>\"));\n";

fn opened(script: Option<&str>) -> Stage {
    let mut stage = Stage::new(SET, script);
    stage.key(Modifiers::ALT, Key::Num4);
    stage
}

fn steps(shown: &super::Shown) -> String {
    match shown.own.main.nodes[&Name::new("beat")].params.get("steps") {
        Some(Value::Text(text)) => text.clone(),
        other => panic!("{other:?}"),
    }
}

impl Stage {
    fn place(&self, label: &str) -> Pos2 {
        self.harness.get_by_label(label).rect().center()
    }

    fn clicks(&mut self, label: &str) {
        let at = self.place(label);
        self.click(at, Modifiers::NONE);
        self.settle();
    }

    fn code(&mut self) -> String {
        self.harness.state().code().text().to_owned()
    }
}

#[test]
fn a_step_is_switched_by_a_click() {
    let mut stage = opened(None);
    stage.clicks("beat step 3");
    stage.until("it plays", |s| steps(s) == "x-x- x---");
    stage.clicks("beat step 1");
    stage.until("another is silent", |s| steps(s) == "--x- x---");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("each is a step of the history", |s| steps(s) == "x-x- x---");
}

#[test]
fn a_drag_paints_and_erases_in_one_step() {
    let mut stage = opened(None);
    let (from, to) = (stage.place("beat step 2"), stage.place("beat step 4"));
    stage.drag(from, to, Modifiers::NONE);
    stage.until("all of them play", |s| steps(s) == "xxxx x---");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one undo takes it back", |s| steps(s) == "x--- x---");
    let (from, to) = (stage.place("beat step 1"), stage.place("beat step 8"));
    stage.drag(from, to, Modifiers::NONE);
    stage.until("what begins on a hit erases", |s| steps(s) == "---- ----");
}

#[test]
fn a_drag_up_and_the_wheel_say_how_hard() {
    let mut stage = opened(None);
    let at = stage.place("beat step 5");
    stage.drag(at, at - vec2(0.0, 9.0), Modifiers::NONE);
    let shown = stage.until("it is harder", |s| steps(s).starts_with("x--- x:0.8"));
    assert_eq!(steps(&shown), "x--- x:0.85 ---");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("in one step", |s| steps(s) == "x--- x---");
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
    let unit = egui::MouseWheelUnit::Point;
    let delta = vec2(0.0, -50.0);
    let phase = egui::TouchPhase::Move;
    let (source, modifiers) = (egui::MouseWheelSource::Unknown, Modifiers::NONE);
    stage.harness.input_mut().events.push(egui::Event::MouseWheel { unit, delta, phase, modifiers, source });
    stage.harness.run_steps(30);
    let shown = stage.until("it is softer", |s| steps(s).contains(':'));
    let said: f32 = steps(&shown).split([':', ' ']).nth(2).unwrap().parse().unwrap();
    assert!(said < 0.75, "{said}");
}

#[test]
fn a_right_click_says_how_likely() {
    let mut stage = opened(None);
    let at = stage.place("beat step 1");
    stage.press(at, PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, PointerButton::Secondary, false, Modifiers::NONE);
    stage.harness.run_steps(3);
    stage.clicks("50 %");
    stage.until("one in two", |s| steps(s) == "x?0.5 --- x---");
}

#[test]
fn a_row_is_turned_filled_and_cleared() {
    let mut stage = opened(None);
    stage.clicks("beat one step later");
    stage.until("all one later", |s| steps(s) == "-x-- -x--");
    stage.clicks("beat fill");
    stage.harness.run_steps(2);
    stage.clicks("3 of 8");
    stage.until("spread evenly", |s| steps(s) == "x--x --x-");
    stage.clicks("beat clear");
    stage.until("nothing", |s| steps(s) == "---- ----");
}

#[test]
fn a_euclidean_row_becomes_steps_that_play_the_same() {
    let mut stage = opened(None);
    stage.clicks("ring to steps");
    let shown = stage.until("it is another type", |s| s.own.main.nodes[&Name::new("ring")].kind == "steps");
    let node = &shown.own.main.nodes[&Name::new("ring")];
    assert_eq!(node.params.get("steps"), Some(&Value::Text("x--x --x-".to_owned())));
}

#[test]
fn a_row_of_a_script_gets_what_a_hand_lays_over_it() {
    let script = "node(\"hats\", steps(#{ steps: \"x-x-\" }));\ncable(\"hats\", \"drum\");\n";
    let mut stage = opened(Some(script));
    stage.until("it is there", |s| s.heard.main.nodes.contains_key("hats"));
    stage.clicks("hats step 2");
    let shown =
        stage.until("a hand lies over it", |s| s.heard.main.overrides.contains_key(&Socket::new("hats", "steps")));
    assert_eq!(shown.heard.main.overrides[&Socket::new("hats", "steps")], Value::Text("xxx-".to_owned()));
    assert_eq!(stage.code(), script, "its text stays");
}

#[test]
fn a_track_is_written_anew_and_typing_and_grid_do_not_fight() {
    let mut stage = opened(Some(SCRIPT));
    stage.until("it is heard", |s| s.heard.main.nodes.contains_key("drums"));
    stage.clicks("drums bd step 2");
    assert!(stage.code().contains("s(\"bd ~ bd bd, ~ cp\")"), "{}", stage.code());
    // What was typed meanwhile stays, wherever it stands.
    stage.harness.state_mut().code_mut().text_mut().insert_str(0, "// Typed.\n");
    stage.harness.run_steps(2);
    stage.clicks("drums cp step 1");
    assert!(
        stage.code().contains("s(\"bd ~ bd bd, cp*2\")") && stage.code().starts_with("// Typed."),
        "{}",
        stage.code()
    );
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!(
        stage.code().contains("s(\"bd ~ bd bd, ~ cp\")") && stage.code().starts_with("// Typed."),
        "{}",
        stage.code()
    );
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(stage.code().contains(", cp*2\")"), "{}", stage.code());
    let shown = stage.settle();
    assert!(shown.faults.is_empty() && shown.heard.main.nodes.contains_key("drums"), "{:?}", shown.faults);
}

#[test]
fn each_text_of_a_track_has_its_rows() {
    let mut stage = opened(Some("track(\"two\", stack(s(\"bd*2\"), s(\"~ cp\").gain(\"0.5\")));\n"));
    stage.until("it is heard", |s| s.heard.main.nodes.contains_key("two"));
    stage.clicks("two bd step 2");
    stage.clicks("two 2 cp step 1");
    let at = stage.place("two 2 cp step 2");
    stage.drag(at, at - vec2(0.0, 18.0), Modifiers::NONE);
    assert_eq!(stage.code(), "track(\"two\", stack(s(\"bd ~\"), s(\"cp*2\").gain(\"0.5 0.7\")));\n");
    for _ in 0..3 {
        stage.key(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(stage.code(), "track(\"two\", stack(s(\"bd*2\"), s(\"~ cp\").gain(\"0.5\")));\n");
}

#[test]
fn a_track_says_how_hard_and_how_late() {
    let mut stage = opened(Some("track(\"hats\", s(\"hh*4\"));\n"));
    stage.until("it is heard", |s| s.heard.main.nodes.contains_key("hats"));
    let at = stage.place("hats hh step 2");
    stage.drag(at, at + vec2(0.0, 45.0), Modifiers::NONE);
    assert_eq!(stage.code(), "track(\"hats\", s(\"hh*4\").velocity(\"1 0.5 1 1\"));\n");
    let at = stage.place("hats hh step 4");
    stage.drag(at, at + vec2(0.0, 45.0), Modifiers::NONE);
    assert_eq!(stage.code(), "track(\"hats\", s(\"hh*4\").velocity(\"1 0.5 1 0.5\"));\n");
    let swing = stage.place("hats swing");
    stage.drag(swing, swing + vec2(40.0, 0.0), Modifiers::NONE);
    assert!(stage.code().contains("s(\"hh*4\").swing_by(0."), "{}", stage.code());
    assert!(stage.code().contains(", 2).velocity(\"1 0.5 1 0.5\")"), "{}", stage.code());
    stage.settle();
    assert!(stage.shown().faults.is_empty());
}

#[test]
fn a_pattern_that_is_more_than_a_grid_leads_to_its_text() {
    let mut stage = opened(Some(SCRIPT));
    let says = |stage: &Stage| stage.harness.query_by_label_contains("more than a grid").is_some();
    assert!(says(&stage), "it says why there is no grid");
    stage.clicks("odd edit in Code");
    assert_eq!(stage.harness.state().tab, Tab::Code);
}

#[test]
fn rows_stand_in_the_order_of_the_file() {
    let text = SET
        .replace("beat = {", "zebra = { type = \"steps\", steps = \"x-\" }\nbeat = {")
        .replace("drum = {", "apple = { type = \"steps\", steps = \"x-\" }\ndrum = {");
    let mut stage = Stage::new(&text, None);
    stage.key(Modifiers::ALT, Key::Num4);
    let heights = ["zebra step 1", "beat step 1", "ring step 1", "apple step 1"].map(|row| stage.place(row).y);
    assert!(heights.is_sorted(), "{heights:?}");
}

#[test]
fn what_plays_otherwise_than_its_steps_say_is_more_than_a_grid() {
    let script = "track(\"fast\", s(\"bd hh\").fast(4));\ntrack(\"round\", s(\"bd\").euclid(4, 16).gain(0.5));\n\
        track(\"own\", s(\"bd\").struct(\"x ~ x x\"));\ntrack(\"plain\", s(\"bd ~\").gain(0.8).room(0.2));\n";
    let stage = opened(Some(script));
    for (key, call) in [("fast", "fast"), ("round", "euclid"), ("own", "struct")] {
        stage.harness.get_by_label(&format!("{key} edit in Code"));
        stage.harness.get_by_label_contains(&format!("more than a grid (`{call}` changes when it plays)"));
    }
    assert!(stage.harness.query_by_label("own 2 edit in Code").is_none(), "a rhythm is no drum");
    stage.harness.get_by_label("plain bd step 2");
}
