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
    stage.harness.state_mut().code_mut().text_mut().push_str("\ntrack(\"hats\", s(\"hh*8\"));\n");
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
    *stage.harness.state_mut().code_mut().text_mut() = "track(\"drums\", s(\"bd [\"));\n".to_owned();
    stage.key(Modifiers::ALT, Key::Enter);
    let is_wrong = |line: &&super::super::link::Line| line.severity == Severity::Error;
    let shown = stage.until("it is said", |s| s.lines.iter().any(|line| is_wrong(&line)));
    let line = shown.lines.iter().find(is_wrong).unwrap();
    assert!(line.place.starts_with("live.rhai:1:"), "{line:?}");
    stage.until("what played plays on", |s| s.heard.main.nodes.contains_key("drums"));
}

#[test]
fn a_text_that_gets_shorter_under_its_fault_is_drawn() {
    let mut stage = coding(BEAT, &[]);
    *stage.harness.state_mut().code_mut().text_mut() = format!("{BEAT}track(\"drums\", s(\"bd [\"));\n");
    stage.key(Modifiers::ALT, Key::Enter);
    stage.until("the fault is said", |s| !s.faults.is_empty());
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("é");
    stage.harness.run_steps(2);
    assert_eq!(text(&mut stage), "é");
}

const BEAT: &str =
    "track(\"drums\", s(\"bd*4\").gain(0.5));\n\ntrack(\"bass\", note(\"c2 e2\").s(\"saw\").lpf(800));\n";

/// The code pane over a script that plays, with the keys in the editor.
fn coding(script: &str, files: &[(&str, &str)]) -> Stage {
    let mut stage = Stage::with(SET, Some(script), files);
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    cursor(&mut stage, 0, 0);
    stage
}

fn cursor(stage: &mut Stage, from: usize, to: usize) {
    stage.harness.state_mut().code_mut().select(from, to);
    stage.harness.run_steps(2);
}

fn text(stage: &mut Stage) -> String {
    stage.harness.state_mut().code_mut().text_mut().clone()
}

#[test]
fn what_sounds_is_lit_in_the_text_and_moves_with_it() {
    let mut stage = coding(BEAT, &[]);
    let lit = |stage: &Stage| {
        let app = stage.harness.state();
        let beat = app.link().shared.status().beat;
        app.code().lit(app.link(), beat)
    };
    let wait = |stage: &mut Stage, what: &str| {
        let began = std::time::Instant::now();
        while !lit(stage).iter().any(|piece| piece == what) {
            assert!(began.elapsed().as_secs() < 20, "{what} is not lit: {:?}", lit(stage));
            stage.harness.run_steps(1);
        }
    };
    wait(&mut stage, "bd");
    wait(&mut stage, "e2");
    // What is typed before it moves it; what is typed into it is no longer what sounds.
    cursor(&mut stage, 0, 0);
    stage.types("// x\n");
    wait(&mut stage, "bd");
    let at = text(&mut stage).find("bd*4").unwrap();
    cursor(&mut stage, at + 1, at + 1);
    stage.types("x");
    assert!(text(&mut stage).contains("bxd*4"));
    wait(&mut stage, "c2");
    assert!(!lit(&stage).iter().any(|piece| piece.contains('b') && piece.contains('d')), "{:?}", lit(&stage));
}

#[test]
fn names_are_offered_with_arrows_and_taken_with_enter_or_tab() {
    let mut stage = coding("track(\"drums\", s(\"bd*4\"));\n", &[]);
    let end = text(&mut stage).len();
    cursor(&mut stage, end, end);
    stage.types("te");
    assert!(stage.harness.state().code().offered().contains(&"tempo".to_owned()));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.harness.state().code().offered().is_empty());
    stage.key(Modifiers::COMMAND, Key::Space);
    let offered = stage.harness.state().code().offered();
    stage.key(Modifiers::NONE, Key::ArrowDown);
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(text(&mut stage).ends_with(&offered[1]), "{:?} {:?}", text(&mut stage), offered);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!(text(&mut stage).ends_with("\nte"));
    stage.types("mp");
    stage.key(Modifiers::NONE, Key::Tab);
    assert!(text(&mut stage).ends_with("\ntempo"));
    // A name that is there already does not stand in the way of a new line.
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(text(&mut stage).ends_with("\ntempo\n"));
    stage.types("x.pal");
    assert_eq!(stage.harness.state().code().offered().first().map(String::as_str), Some("palindrome"));
}

#[test]
fn a_number_under_alt_drag_is_heard_and_is_one_step() {
    let mut stage = coding(BEAT, &[]);
    let at = BEAT.find("800").unwrap() + 1;
    let start = stage.harness.state().code().at(at);
    // The pointer rests on it with Alt held before it is pressed.
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(start));
    stage.harness.input_mut().events.push(egui::Event::ModifiersChanged(Modifiers::ALT));
    stage.harness.run_steps(2);
    let granted = stage.shown().granted;
    stage.drag(start, start + egui::vec2(60.0, 0.0), Modifiers::ALT);
    let now = text(&mut stage);
    assert!(!now.contains("800") && now.contains(".lpf("), "{now}");
    stage.until("it was evaluated", |s| {
        s.granted > granted && s.faults.is_empty() && s.undo.as_deref() == Some("evaluate live.rhai")
    });
    cursor(&mut stage, at, at);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut stage), BEAT);
    let undone = stage.shown().undo.clone();
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(text(&mut stage), now);
    stage.settle();
    assert_eq!(stage.shown().undo, undone, "the set's own history is not touched");
    // The same with keys.
    let at = now.find("0.5").unwrap();
    cursor(&mut stage, at, at);
    stage.key(Modifiers::ALT, Key::ArrowUp);
    assert!(text(&mut stage).contains("gain(0.6)"));
}

#[test]
fn what_another_editor_saves_is_merged_with_what_is_typed() {
    let mut stage = coding(BEAT, &[]);
    let at = BEAT.find("bd*4").unwrap();
    cursor(&mut stage, at + 3, at + 4);
    stage.types("8");
    let script = stage.folder.path().join("live.rhai");
    std::fs::write(&script, BEAT.replace("800", "1200")).unwrap();
    let until = |stage: &mut Stage, what: &str| {
        let began = std::time::Instant::now();
        while !text(stage).contains(what) {
            assert!(began.elapsed().as_secs() < 20, "{what} did not come in");
            stage.harness.run_steps(1);
        }
    };
    until(&mut stage, "1200");
    assert!(text(&mut stage).contains("bd*8"));
    // Both change one line: the file wins, and what was typed comes back with an undo.
    std::fs::write(&script, BEAT.replace("bd*4", "bd*16")).unwrap();
    until(&mut stage, "bd*16");
    assert!(stage.harness.state().code().note().contains("Ctrl+Z"));
    assert!(text(&mut stage).contains("800"));
    cursor(&mut stage, 0, 0);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!(text(&mut stage).contains("bd*8"));
}

#[test]
fn words_are_found_and_replaced_and_lines_reached() {
    let mut stage = coding("let a = 1;\nlet b = a;\n  // a\n", &[]);
    stage.key(Modifiers::COMMAND, Key::F);
    stage.types("a");
    stage.harness.run_steps(2);
    assert_eq!(stage.harness.state().code().selected(), "a");
    let button = |stage: &mut Stage, name: &str| {
        use egui_kittest::kittest::Queryable;
        stage.harness.get_by_label(name).click();
        stage.harness.run_steps(2);
    };
    button(&mut stage, "Next");
    stage.harness.state_mut().code_mut().replace_with("cd");
    button(&mut stage, "Replace all");
    assert_eq!(text(&mut stage), "let cd = 1;\nlet b = cd;\n  // cd\n");
    stage.key(Modifiers::NONE, Key::Escape);
    cursor(&mut stage, 0, 0);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut stage), "let a = 1;\nlet b = a;\n  // a\n");
    stage.key(Modifiers::COMMAND, Key::G);
    stage.types("2:5");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::D);
    stage.key(Modifiers::COMMAND, Key::Slash);
    assert_eq!(text(&mut stage), "let a = 1;\nlet b = a;\n// let b = a;\n  // a\n");
}

#[test]
fn imported_scripts_are_tabs_and_messages_lead_to_their_place() {
    let main = "import \"kit\" as kit;\ntrack(\"drums\", kit::beat());\n";
    let kit = "fn beat() {\n    s(\"bd*4\")\n}\n";
    let mut stage = coding(main, &[("kit.rhai", kit)]);
    stage.until("both are there", |s| s.scripts.all.len() == 2);
    stage.harness.state_mut().code_mut().reveal("kit.rhai", 2, 8);
    stage.harness.run_steps(3);
    assert_eq!(stage.harness.state().code().front(), "kit.rhai");
    stage.types("oh, ");
    assert!(text(&mut stage).contains("s(\"oh, bd*4\")"));
    // It is heard once it is written.
    stage.key(Modifiers::ALT, Key::Enter);
    let path = stage.folder.path().join("kit.rhai");
    stage.until("the file says it", |_| std::fs::read_to_string(&path).unwrap().contains("oh, "));
    *stage.harness.state_mut().code_mut().text_mut() = "fn beat() {\n    s(\"bd [\")\n".to_owned();
    stage.key(Modifiers::ALT, Key::Enter);
    let shown = stage.until("the fault is said", |s| s.lines.iter().any(|line| line.severity == Severity::Error));
    let line = shown.lines.iter().find(|line| line.severity == Severity::Error).unwrap();
    assert!(line.place.starts_with("kit.rhai:"), "{line:?}");
}

#[test]
fn a_set_without_a_script_gets_one() {
    use egui_kittest::kittest::Queryable;
    let mut stage = Stage::new(SET, None);
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    stage.harness.get_by_label("Start a script").click();
    stage.harness.run_steps(2);
    stage.until("its tracks are heard", |s| s.heard.main.nodes.contains_key("drums"));
    stage.harness.run_steps(2);
    assert!(text(&mut stage).contains("track(\"bass\""));
}
