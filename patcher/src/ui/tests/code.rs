//! The code pane.

use super::super::app::Tab;
use super::{SET, Stage};
use bf_session::Severity;
use egui::{Key, Modifiers};

#[test]
fn a_script_is_evaluated_from_the_pane_and_seen_on_the_canvas() {
    let mut stage = Stage::new(SET, Some("track(\"drums\", s(\"bd*4\"));\n"));
    stage.until("its track is heard", |s| s.heard.main.nodes.contains_key("drums"));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    stage.harness.state_mut().code_mut().text.push_str("\ntrack(\"hats\", s(\"hh*8\"));\n");
    stage.key(Modifiers::ALT, Key::Enter);
    let shown = stage.until("the new track is heard", |s| s.heard.main.nodes.contains_key("hats"));
    assert!(!shown.own.main.nodes.contains_key("hats"), "the script owns it");
    stage.key(Modifiers::COMMAND, Key::S);
    let script = stage.folder.path().join("live.rhai");
    stage.until("the file says it", |_| std::fs::read_to_string(&script).unwrap().contains("hats"));
}

#[test]
fn a_fault_is_said_with_its_place() {
    let mut stage = Stage::new(SET, Some("track(\"drums\", s(\"bd*4\"));\n"));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    stage.harness.state_mut().code_mut().text = "track(\"drums\", s(\"bd [\"));\n".to_owned();
    stage.key(Modifiers::ALT, Key::Enter);
    let is_wrong = |line: &&super::super::link::Line| line.severity == Severity::Error;
    let shown = stage.until("it is said", |s| s.lines.iter().any(|line| is_wrong(&line)));
    let line = shown.lines.iter().find(is_wrong).unwrap();
    assert!(line.place.starts_with("live.rhai:1:"), "{line:?}");
    stage.until("what played plays on", |s| s.heard.main.nodes.contains_key("drums"));
}
