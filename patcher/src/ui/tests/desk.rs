//! Keys and fields of the whole window: what is typed, what is numbered, what is said, and what fails.

use super::super::app::Tab;
use super::super::change::Change;
use super::super::command::Command;
use super::super::gestures::{Counted, Going};
use super::super::link::Wish;
use super::super::shell::deck::Deed;
use super::super::shell::messages::Spot;
use super::{SET, Shown, Stage};
use bf_node::Value;
use bf_patch::Name;
use bf_session::{BackendKind, DeviceRequest};
use egui::{Event, Key, Modifiers, PointerButton, vec2};
use egui_kittest::kittest::Queryable;

fn steps(shown: &Shown) -> String {
    match shown.own.main.nodes[&Name::new("beat")].params.get("steps") {
        Some(Value::Text(text)) => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_of_a_script_that_is_typed_lead_to_the_next_script_and_not_to_the_next_set() {
    let kit = "fn beat() {\n    s(\"bd*4\")\n}\n";
    let main = "import \"kit\" as kit;\ntrack(\"drums\", kit::beat());\n";
    let mut stage = Stage::with(SET, Some(main), &[("kit.rhai", kit)]);
    stage.harness.state_mut().tab = Tab::Code;
    stage.until("both are there", |s| s.scripts.all.len() == 2);
    stage.harness.state_mut().code_mut().select(0, 0);
    stage.harness.run_steps(3);
    assert_eq!(stage.harness.state().code().front(), "live.rhai");
    stage.key(Modifiers::COMMAND, Key::PageDown);
    assert_eq!(stage.harness.state().code().front(), "kit.rhai");
    let said = stage.harness.state().said().map(str::to_owned);
    assert_eq!(said, None, "nobody asked for another set");
}

#[test]
fn a_tempo_that_is_typed_is_heard_once_and_is_one_step() {
    let mut stage = Stage::new(SET, None);
    let at = stage.harness.get_by_label("bpm").rect().center();
    stage.click(at, Modifiers::NONE);
    stage.harness.run_steps(2);
    for digit in ["1", "2", "8"] {
        stage.types(digit);
        assert_eq!(stage.settle().heard.main.tempo, 120.0, "not yet");
    }
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("it is what was typed", |s| s.heard.main.tempo == 128.0);
    stage.wish(Wish::Undo);
    let back = stage.until("one undo takes it back", |s| s.heard.main.tempo == 120.0);
    assert_eq!(back.undo, None);
}

#[test]
fn a_tempo_is_tapped_with_a_key() {
    let mut stage = Stage::new(SET, None);
    for _ in 0..5 {
        stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::T);
        stage.harness.run_steps(24);
    }
    let shown = stage.until("it is another tempo", |s| s.heard.main.tempo != 120.0);
    // A press takes a few frames more.
    assert!((125.0..=150.0).contains(&shown.heard.main.tempo), "{}", shown.heard.main.tempo);
}

#[test]
fn a_row_that_is_made_short_and_long_again_in_one_gesture_is_as_it_was() {
    let set = SET.replace("lead = {", "beat = { type = \"steps\", steps = \"x-x- x-xx\" }\nlead = {");
    let mut stage = Stage::new(&set, None);
    stage.key(Modifiers::ALT, Key::Num4);
    let at = stage.harness.get_by_label("beat length").rect().center();
    stage.press(at, PointerButton::Primary, true, Modifiers::NONE);
    let mut least = usize::MAX;
    for x in [-10.0, -30.0, -60.0, -60.0, -30.0, -10.0, 0.0, 0.0] {
        stage.harness.input_mut().events.push(Event::PointerMoved(at + vec2(x, 0.0)));
        stage.harness.run_steps(1);
        least = least.min(steps(&stage.settle()).replace(' ', "").len());
    }
    assert!(least < 6, "it was shorter on the way: {least}");
    stage.press(at, PointerButton::Primary, false, Modifiers::NONE);
    let shown = stage.settle();
    let now = steps(&shown);
    assert!(now.starts_with("x-x- x-x"), "what was cut off is there again: {now}");
}

#[test]
fn a_count_in_brings_a_click_that_is_not_in_the_set() {
    let mut stage = Stage::new(SET, None);
    stage.key(Modifiers::ALT, Key::Num3);
    stage.harness.run_steps(2);
    stage.harness.get_by_label("1 bar").click();
    stage.harness.run_steps(2);
    let is_there = |s: &Shown| s.own.main.nodes.get(&Name::new("metronome")).cloned();
    let shown = stage.until("a metronome is there", |s| is_there(s).is_some());
    assert_eq!(is_there(&shown).unwrap().params.get("on"), Some(&Value::Bool(false)));
}

#[test]
fn no_two_gestures_have_one_number() {
    let stage = Stage::new(SET, None);
    let link = stage.harness.state().link();
    let (mut going, mut counted) = (Going::default(), Counted::default());
    let first = going.number(link);
    assert_eq!(going.number(link), first, "while it goes on");
    going.end(link);
    let (outer, inner) = (counted.number(link, (0, 1)), counted.number(link, (1, 1)));
    let all = [first, going.number(link), outer, inner, link.gesture()];
    let mut different = all.to_vec();
    different.dedup();
    assert_eq!(different.len(), all.len(), "{all:?}");
}

#[test]
fn a_message_about_the_set_leads_to_its_node() {
    let mut stage = Stage::new(SET, None);
    stage.harness.state_mut().tab = Tab::Mixer;
    stage.harness.state_mut().reveal(&Spot { file: "set.toml".to_owned(), line: 6, column: 3 });
    stage.harness.run_steps(2);
    assert_eq!(stage.harness.state().tab, Tab::Patch);
    let selected: Vec<&Name> = stage.harness.state().selection().collect();
    assert_eq!(selected, [&Name::new("filter")]);
}

#[test]
fn what_is_said_is_seen_where_the_messages_are_hidden() {
    let mut stage = Stage::new(SET, None);
    stage.harness.state_mut().told.push(Command::Messages);
    stage.harness.run_steps(2);
    stage.wish(Wish::Undo);
    stage.harness.run_steps(2);
    let says = |stage: &Stage| stage.harness.query_by_label_contains("nothing to undo").is_some();
    assert!(says(&stage));
    stage.harness.run_steps(60 * 7);
    assert!(!says(&stage), "and goes away");
}

#[test]
fn a_sound_that_is_brought_into_the_set_is_listed() {
    let mut stage = Stage::new(SET, None);
    stage.key(Modifiers::COMMAND, Key::L);
    stage.harness.get_by_label("Samples").click();
    stage.harness.run_steps(3);
    std::fs::create_dir_all(stage.folder.path().join("samples")).unwrap();
    std::fs::write(stage.folder.path().join("samples/aaa.wav"), "").unwrap();
    stage.wish(Wish::Change(Change::Detach { names: Default::default() }));
    let began = std::time::Instant::now();
    while stage.harness.query_by_label("samples/aaa.wav").is_none() {
        assert!(began.elapsed().as_secs() < 20, "it is listed");
        stage.harness.run_steps(1);
    }
}

#[test]
fn who_watches_sees_what_is_typed() {
    let mut stage = Stage::new(SET, Some("track(\"drums\", s(\"bd*4\"));\n"));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    stage.harness.state_mut().told.push(Command::Projector);
    stage.harness.run_steps(2);
    stage.harness.state_mut().code_mut().text_mut().push_str("// not saved\n");
    stage.harness.run_steps(3);
    let code = stage.harness.state().code();
    assert_eq!(code.watched(), Some(("live.rhai", code.text().len())));
}

#[test]
fn a_device_that_is_switched_to_has_what_was_asked_for_before() {
    let mut stage = Stage::new(SET, None);
    let plays = |s: &Shown| s.lines.iter().filter(|line| line.text.starts_with("playing on")).count();
    stage.until("it plays", |s| plays(s) == 1);
    // The settings may speak of the channels that are played, or not.
    for (nth, outputs, plays_on) in [(2, 0, 2), (3, 7, 7), (4, 0, 7)] {
        let request = DeviceRequest { backend: BackendKind::Null, outputs, ..DeviceRequest::default() };
        stage.wish(Wish::Deed(Deed::Switch(Box::new(request))));
        let shown = stage.until("it plays there", |s| plays(s) == nth);
        assert_eq!(shown.seen.outputs, plays_on);
    }
    let before = stage.harness.state().link().shared.status().beat;
    let began = std::time::Instant::now();
    while stage.harness.state().link().shared.status().beat <= before {
        assert!(began.elapsed().as_secs() < 20, "it goes on");
        stage.harness.run_steps(1);
    }
}

#[test]
fn a_control_thread_that_fails_is_told_plainly_and_the_sound_ends() {
    let mut stage = Stage::new(SET, None);
    stage.harness.state().link().wish(Wish::Fail);
    let shown = stage.until("it is known", |s| s.failed.is_some());
    let failed = shown.failed.clone().unwrap();
    assert_eq!(failed.why, "a test has asked for it");
    assert!(!failed.kept, "this set keeps no history");
    stage.harness.get_by_label("Close the window");
    stage.harness.get_by_label_contains("keeps no history");
}
