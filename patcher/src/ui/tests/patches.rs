//! What is done with several nodes at once: layout, bypass, collapse, comments and frames, files from the desktop.

use super::{SET, Stage, cables};
use crate::ui::link::Wish;
use bf_patch::{Name, Socket};
use bf_session::Script;
use bf_session::remote::Quant;
use bf_session::wav;
use egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::Queryable as _;

/// Selects everything between two corners of the canvas.
fn select(stage: &mut Stage, from: egui::Pos2, to: egui::Pos2) {
    let (from, to) = (stage.at(from), stage.at(to));
    stage.drag(from, to, Modifiers::NONE);
}

fn title(stage: &Stage, name: &str) -> egui::Pos2 {
    stage.at(stage.tile(name).min + vec2(60.0, 10.0))
}

#[test]
fn a_selection_is_aligned_and_all_is_tidied_in_one_step_each() {
    let mut stage = Stage::new(SET, None);
    select(&mut stage, egui::pos2(-30.0, -30.0), egui::pos2(420.0, 600.0));
    stage.key(Modifiers::ALT, Key::ArrowLeft);
    let shown = stage.until("they stand in line", |s| s.own.main.layout[&Name::new("filter")][0] == 0);
    let rects: Vec<Rect> = ["lead", "filter", "wobble"].iter().map(|name| stage.tile(name)).collect();
    assert!(rects.iter().all(|rect| rect.min.x == 0.0));
    for (i, a) in rects.iter().enumerate() {
        assert!(rects[i + 1..].iter().all(|b| !a.intersects(*b)), "{rects:?}");
    }
    assert_eq!(shown.undo.as_deref(), Some("align nodes"));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("and back", |s| s.own.main.layout[&Name::new("filter")] == [240, 0]);
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::NONE, Key::L);
    let shown = stage.until("it is tidy", |s| s.undo.as_deref() == Some("tidy the layout"));
    let x = |name: &str| shown.own.main.layout[&Name::new(name)][0];
    assert!(x("lead") < x("filter") && x("wobble") < x("filter") && x("filter") < x("out"));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one undo takes all of it back", |s| s.own.main.layout[&Name::new("wobble")] == [0, 240]);
}

#[test]
fn a_node_unfolds_and_what_has_no_place_does_not_overlap() {
    let text = SET.split("[layout]").next().unwrap();
    let mut stage = Stage::new(text, None);
    let names = ["lead", "filter", "wobble", "out"];
    let rects: Vec<Rect> = names.iter().map(|name| stage.tile(name)).collect();
    for (i, a) in rects.iter().enumerate() {
        assert!(rects[i + 1..].iter().all(|b| !a.intersects(*b)), "{rects:?}");
    }
    let folded = stage.tile("wobble").height();
    let at = title(&stage, "wobble");
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::U);
    assert!(stage.tile("wobble").height() > folded, "all of its values are there");
    stage.key(Modifiers::NONE, Key::U);
    assert_eq!(stage.tile("wobble").height(), folded);
}

#[test]
fn a_node_is_bypassed_and_muted_and_that_is_undone() {
    let mut stage = Stage::new(SET, None);
    let at = title(&stage, "filter");
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::COMMAND, Key::B);
    let on = |s: &super::super::link::Shown, key: &str| {
        s.own.main.nodes[&Name::new("filter")].params.get(key) == Some(&bf_node::Value::Bool(true))
    };
    let shown = stage.until("it is bypassed", |s| on(s, "bypass"));
    assert_eq!(cables(&shown, "out", None), ["filter.low"], "the cables of the document stay");
    stage.key(Modifiers::NONE, Key::M);
    stage.until("and muted", |s| on(s, "mute"));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("the mute is undone", |s| !on(s, "mute") && on(s, "bypass"));
    stage.key(Modifiers::COMMAND, Key::B);
    stage.until("the key is gone", |s| !s.own.main.nodes[&Name::new("filter")].params.contains_key("bypass"));
}

#[test]
fn a_selection_becomes_a_patch_and_its_nodes_again() {
    let mut stage = Stage::new(SET, None);
    select(&mut stage, egui::pos2(230.0, -30.0), egui::pos2(420.0, 30.0));
    stage.key(Modifiers::COMMAND, Key::G);
    let shown = stage.until("it is a patch", |s| s.own.main.nodes.contains_key("part"));
    assert!(!shown.own.main.nodes.contains_key("filter"));
    assert!(shown.own.files["patches/part.toml"].nodes.contains_key("filter"));
    assert!(stage.folder.path().join("patches/part.toml").is_file());
    assert_eq!(cables(&shown, "out", None), ["part.low"]);
    assert_eq!(shown.undo.as_deref(), Some("collapse into part"));
    stage.key(Modifiers::COMMAND, Key::Z);
    let shown = stage.until("one undo brings the node back", |s| s.own.main.nodes.contains_key("filter"));
    assert_eq!(cables(&shown, "out", None), ["filter.low"]);
    assert_eq!(shown.undo, None);
}

#[test]
fn comments_and_frames_are_written_moved_and_removed() {
    let mut stage = Stage::new(SET, None);
    stage.click(stage.at(egui::pos2(240.0, 330.0)), Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::N);
    stage.until("there is a comment", |s| s.own.main.notes.contains_key("comment"));
    stage.types("the drop comes here");
    stage.key(Modifiers::NONE, Key::Escape);
    let shown = stage.until("it says so", |s| s.own.main.notes["comment"].text == "the drop comes here");
    assert_eq!(shown.undo.as_deref(), Some("add a comment"));
    let at = title(&stage, "lead");
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::SHIFT, Key::N);
    stage.key(Modifiers::NONE, Key::Escape);
    let shown = stage.until("there is a frame", |s| s.own.main.notes.contains_key("frame"));
    let frame = shown.own.main.notes["frame"].clone();
    let corner = stage.at(egui::pos2(frame.at[0] as f32 + 60.0, frame.at[1] as f32 + 10.0));
    stage.key(Modifiers::NONE, Key::Escape);
    stage.drag(corner, corner + vec2(0.0, -80.0), Modifiers::NONE);
    let shown = stage.until("the frame moved", |s| s.own.main.notes["frame"].at != frame.at);
    let by = shown.own.main.notes["frame"].at[1] - frame.at[1];
    assert_eq!(shown.own.main.layout[&Name::new("lead")], [0, by], "and took along what is in it");
    stage.key(Modifiers::NONE, Key::Delete);
    stage.until("it is gone", |s| !s.own.main.notes.contains_key("frame"));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("and back", |s| s.own.main.notes.contains_key("frame"));
}

#[test]
fn the_words_of_a_comment_that_is_far_off_are_read_under_the_pointer() {
    let text = "It opens over sixteen bars, then the drums stop for two beats and the bass comes in alone: wait for it";
    let note = format!("[notes]\nlong = {{ text = \"{text}\", at = [240, 300] }}\n\n[layout]");
    let mut stage = Stage::new(&SET.replace("[layout]", &note), None);
    let seen = |stage: &mut Stage| {
        let at = stage.at(egui::pos2(300.0, 310.0));
        stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        stage.harness.run_steps(90);
        assert!(stage.harness.query_by_label_contains("double click: write").is_some(), "its help is there");
        stage.harness.query_by_label_contains("wait for it").is_some()
    };
    assert!(!seen(&mut stage), "near by all of it is on the canvas");
    stage.zoom(egui::pos2(300.0, 310.0), 0.45);
    stage.harness.input_mut().events.push(egui::Event::PointerGone);
    stage.harness.run_steps(2);
    assert!(seen(&mut stage), "far off it is told");
}

#[derive(Debug)]
struct File(std::path::PathBuf);

impl egui::DroppedFile for File {
    fn path(&self) -> &std::path::Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

#[test]
fn files_of_the_desktop_become_nodes() {
    let mut stage = Stage::new(SET, None);
    let desktop = tempfile::tempdir().unwrap();
    let patch = desktop.path().join("Bass Amp.toml");
    std::fs::write(&patch, "beatforge = 1\n[nodes]\namp = { type = \"gain\" }\n[inputs]\ninput = \"amp\"\n").unwrap();
    let odd = desktop.path().join("notes.txt");
    std::fs::write(&odd, "hello").unwrap();
    let sound = desktop.path().join("Deep Kick.WAV");
    let spec = wav::Spec { sample_rate: 48_000, channels: 1, format: wav::Format::Float32 };
    let mut writer = wav::Writer::create(&sound, spec, wav::Existing::Replace).unwrap();
    writer.write(&[0.5; 100]).unwrap();
    writer.finish().unwrap();
    for path in [patch, odd, sound] {
        stage.harness.input_mut().dropped_files.push(std::sync::Arc::new(File(path)));
    }
    stage.harness.run_steps(1);
    let shown = stage.until("the patch is a node", |s| s.own.main.nodes.contains_key("bass-amp"));
    let node = &shown.own.main.nodes[&Name::new("bass-amp")];
    assert_eq!(node.params["file"], bf_node::Value::Text("patches/bass-amp.toml".to_owned()));
    assert!(stage.folder.path().join("patches/bass-amp.toml").is_file());
    let sampler = &shown.own.main.nodes[&Name::new("deep-kick")];
    assert_eq!(sampler.params["file"], bf_node::Value::Text("samples/deep-kick.wav".to_owned()));
    assert!(stage.folder.path().join("samples/deep-kick.wav").is_file());
    stage.until("it is listed", |s| s.sounds.iter().any(|(name, _)| name == "samples/deep-kick.wav"));
    assert!(shown.lines.iter().any(|line| line.text.contains("neither a sound nor a patch")));
    assert!(shown.lines.iter().any(|line| line.text.starts_with("added bass-amp, deep-kick; ")), "{:?}", shown.lines);
    let selected: Vec<String> = stage.harness.state().selection().map(ToString::to_string).collect();
    assert_eq!(selected, ["bass-amp", "deep-kick"]);
    assert!(shown.own.main.cables.contains_key(&Socket::first("filter")));
}

#[test]
fn what_a_script_owns_leads_to_its_line_and_is_detached() {
    let script = "tempo(120);\nnode(\"verb\", plate(#{ decay: 2.0 }));\ncable(\"verb\", \"filter\");\n";
    let mut stage = Stage::new(SET, Some(script));
    let shown = stage.until("the script plays", |s| s.heard.main.nodes.contains_key("verb"));
    assert_eq!(shown.sites[&Name::new("verb")].line, 2);
    let at = title(&stage, "verb");
    stage.press(at, egui::PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, egui::PointerButton::Secondary, false, Modifiers::NONE);
    stage.harness.run_steps(2);
    stage.harness.get_by_label("Detach from the script").click();
    stage.harness.run_steps(2);
    let shown = stage.until("the set owns it", |s| s.own.main.nodes.contains_key("verb2"));
    assert_eq!(shown.own.main.overrides[&Socket::new("verb", "mute")], bf_node::Value::Bool(true));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one undo takes it back", |s| !s.own.main.nodes.contains_key("verb2"));
}

#[test]
fn several_nodes_of_a_script_are_detached_at_once() {
    let script = "tempo(120);\nnode(\"verb\", plate(#{ decay: 2.0 }));\nnode(\"shake\", lfo(#{ rate: 3.0 }));\ncable(\"verb\", \"filter\");\n";
    let mut stage = Stage::new(SET, Some(script));
    let both = |s: &crate::ui::link::Shown, of: [&str; 2]| of.iter().all(|name| s.heard.main.nodes.contains_key(*name));
    stage.until("the script plays", |s| both(s, ["verb", "shake"]));
    for (name, modifiers) in [("shake", Modifiers::NONE), ("verb", Modifiers::SHIFT)] {
        let at = title(&stage, name);
        stage.click(at, modifiers);
    }
    let at = title(&stage, "verb");
    stage.press(at, egui::PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, egui::PointerButton::Secondary, false, Modifiers::NONE);
    // A menu that is longer than what lies below the pointer is moved up.
    stage.harness.run_steps(6);
    stage.harness.get_by_label("Detach from the script").click();
    stage.harness.run_steps(2);
    let shown = stage.until("the set owns them", |s| s.own.main.nodes.contains_key("verb2"));
    assert!(shown.own.main.nodes.contains_key("shake2"), "{:?}", shown.own.main.nodes.keys());
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one undo takes both back", |s| !s.own.main.nodes.contains_key("verb2"));
    assert!(!stage.shown().own.main.nodes.contains_key("shake2"));
}

#[test]
fn the_line_of_a_node_is_shown_and_told_where_its_text_is_no_script_of_the_set() {
    let script = "tempo(120);\nnode(\"verb\", plate(#{ decay: 2.0 }));\ncable(\"verb\", \"filter\");\n";
    let mut stage = Stage::new(SET, Some(script));
    stage.until("the script plays", |s| s.heard.main.nodes.contains_key("verb") && !s.scripts.all.is_empty());
    evaluate(&mut stage, "/elsewhere/far.rhai", "tempo(120);\n\nnode(\"hall\", plate(#{ decay: 2.0 }));\n");
    stage.until("it plays", |s| s.heard.main.nodes.contains_key("hall"));
    go_to_line(&mut stage, "hall");
    assert_eq!(stage.harness.state().said(), Some("hall was made in /elsewhere/far.rhai:3"));
    evaluate(&mut stage, "live.rhai", script);
    stage.until("the set's own plays again", |s| s.heard.main.nodes.contains_key("verb"));
    go_to_line(&mut stage, "verb");
    assert_eq!(stage.harness.state().code().front(), "live.rhai");
    stage.types("X");
    let text = stage.harness.state_mut().code_mut().text_mut().clone();
    assert!(text.lines().nth(1).unwrap().contains('X'), "the cursor is on its line: {text}");
}

fn evaluate(stage: &mut Stage, file: &str, text: &str) {
    let (file, text) = (file.to_owned(), text.to_owned());
    stage.wish(Wish::Evaluate(Script { file, text, part: None, quant: Quant::Now }));
}

fn go_to_line(stage: &mut Stage, name: &str) {
    // All of it is in view.
    let any = title(stage, "lead");
    stage.click(any, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::F);
    let at = title(stage, name);
    stage.click(at, Modifiers::NONE);
    stage.press(at, egui::PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, egui::PointerButton::Secondary, false, Modifiers::NONE);
    stage.harness.run_steps(2);
    stage.harness.get_by_label("Go to its line").click();
    stage.harness.run_steps(6);
}
