//! What lies over the window has the keyboard, says why it refuses, and stays in view.

use super::super::app::Tab;
use super::shell::set;
use super::{SET, Stage};
use crate::ui::command::Command;
use crate::ui::link::Shown;
use crate::ui::shell::{Face, Store};
use egui::{Key, Modifiers, Order, vec2};
use egui_kittest::kittest::Queryable;
use std::path::Path;
use std::sync::Arc;

const BOTH: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const SCRIPT: &str = "track(\"drums\", s(\"bd*4\"));\n";

/// A set with strips and a script, in a folder with others.
fn among(folder: &Path) -> Stage {
    let text = SET
        .replace("out = { type", "mix = { type = \"strip\" }\nout = { type")
        .replace("\"out\" = \"filter.low\"", "\"mix\" = \"filter.low\"\n\"out\" = \"mix\"");
    let set = set(folder, "a", &text);
    std::fs::write(set.join("live.rhai"), SCRIPT).unwrap();
    let mut stage = Stage::of_user(&set, Face::Set, Store::default(), &["--no-history"]);
    stage.until("its track is heard", |s| s.heard.main.nodes.contains_key("drums"));
    // The script is there once its tab was seen.
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    stage.harness.state_mut().tab = Tab::Patch;
    stage.harness.run_steps(2);
    stage
}

fn script(stage: &mut Stage) -> String {
    stage.harness.state_mut().code_mut().text_mut().clone()
}

/// Whether something has the focus that lies over the window.
fn is_over(stage: &Stage) -> bool {
    let ctx = &stage.harness.ctx;
    let focused = ctx.memory(|m| m.focused());
    focused.and_then(|id| ctx.read_response(id)).is_some_and(|seen| seen.layer_id.order != Order::Background)
}

#[test]
fn what_is_typed_into_a_sheet_reaches_nothing_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = among(folder.path());
    for (tab, name) in Tab::ALL {
        for command in
            [Command::New, Command::Open, Command::SaveAs, Command::Versions, Command::Publish, Command::Settings]
        {
            stage.harness.state_mut().tab = tab;
            stage.harness.run_steps(3);
            if tab == Tab::Patch {
                stage.key(Modifiers::COMMAND, Key::A);
            } else if tab == Tab::Mixer {
                stage.key(Modifiers::NONE, Key::ArrowRight);
            } else if tab == Tab::Code {
                stage.harness.state_mut().code_mut().select(0, 0);
                stage.harness.run_steps(2);
            }
            let before = (stage.settle().own.clone(), script(&mut stage));
            let focused = stage.harness.ctx.memory(|m| m.focused());
            stage.harness.state_mut().told.push(command);
            stage.harness.run_steps(3);
            let what = format!("{command:?} over {name}");
            assert!(is_over(&stage), "{what}: its first field has the focus");
            // A way through all of it, with letters and keys that mean something below.
            for _ in 0..14 {
                for (key, text) in [(Key::M, "m"), (Key::S, "s"), (Key::B, "b")] {
                    stage.harness.input_mut().events.push(egui::Event::Text(text.to_owned()));
                    stage.harness.key_press(key);
                }
                stage.harness.key_press(Key::Delete);
                stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::F);
                stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::D);
                stage.harness.run_steps(1);
                stage.harness.key_press(Key::Tab);
                stage.harness.run_steps(2);
                assert!(is_over(&stage), "{what}: the focus stays there");
            }
            let after = (stage.settle().own.clone(), script(&mut stage));
            assert_eq!(after, before, "{what}");
            assert_eq!(stage.shown().undo, None, "{what}");
            stage.key(Modifiers::NONE, Key::Escape);
            assert!(!stage.harness.state().shell.has_keys(), "{what}: Escape closes it");
            assert_eq!(stage.harness.ctx.memory(|m| m.focused()), focused, "{what}: the focus is given back");
        }
    }
    // Hush and what starts and stops it go on.
    stage.harness.state_mut().told.push(Command::New);
    stage.harness.run_steps(3);
    stage.key(Modifiers::COMMAND, Key::Period);
    stage.until("it is hushed", |shown| shown.hushed);
}

#[test]
fn a_name_that_is_typed_over_the_script_is_where_the_set_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = among(folder.path());
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.state_mut().code_mut().select(0, 0);
    stage.harness.run_steps(3);
    set(folder.path(), "taken", SET);
    stage.key(BOTH, Key::S);
    stage.types("taken");
    stage.key(Modifiers::NONE, Key::Enter);
    let why = stage.harness.query_all_by_label_contains("there is a set of this name").count();
    assert_eq!(why, 1, "what is refused says why");
    // The field has the focus still.
    stage.types("-2");
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("it is elsewhere", |shown| shown.around.title == "taken-2");
    assert_eq!(std::fs::read_to_string(shown.around.root.join("live.rhai")).unwrap(), SCRIPT);
    assert_eq!(script(&mut stage), SCRIPT);
    // The editor has the keys again.
    stage.types("// on\n");
    assert!(script(&mut stage).contains("// on"), "{}", script(&mut stage));
}

#[test]
fn what_ends_a_sheet_is_in_view_whatever_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..40 {
        std::fs::create_dir(folder.path().join(format!("folder-{i:02}"))).unwrap();
    }
    let mut stage = among(folder.path());
    for size in [vec2(1280.0, 800.0), vec2(640.0, 420.0), vec2(480.0, 300.0)] {
        stage.harness.set_size(size);
        for (command, button) in
            [(Command::SaveAs, "Save there"), (Command::New, "Create"), (Command::Publish, "Write the layout")]
        {
            stage.harness.state_mut().told.push(command);
            // The folders are listed beside.
            let began = std::time::Instant::now();
            let wanted = if command == Command::SaveAs { "folder-00/" } else { button };
            while stage.harness.query_by_label(wanted).is_none() {
                assert!(began.elapsed() < super::PATIENCE, "{wanted} is listed");
                stage.harness.run_steps(1);
            }
            stage.harness.run_steps(4);
            let rect = stage.harness.get_by_label(button).rect();
            let window = stage.harness.ctx.content_rect();
            assert!(window.contains_rect(rect), "{button} at {rect:?} in {size:?}");
            let top = stage.harness.ctx.layer_id_at(rect.center());
            assert!(top.is_some_and(|layer| layer.order == Order::Middle), "{button} at {rect:?} in {size:?}");
            stage.key(Modifiers::NONE, Key::Escape);
        }
    }
    stage.harness.set_size(vec2(640.0, 420.0));
    stage.harness.run_steps(2);
    stage.key(BOTH, Key::S);
    stage.types("seen");
    stage.harness.run_steps(3);
    stage.click_on("Save there");
    stage.until("it is elsewhere", |shown| shown.around.title == "seen");
}

#[test]
fn copying_a_set_is_under_way_and_can_be_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = among(folder.path());
    let large = std::fs::File::create(folder.path().join("a").join("large.wav")).unwrap();
    large.set_len(4 << 30).unwrap();
    let to = folder.path().join("b");
    stage.harness.state().link().wish(super::super::link::Wish::Deed(crate::ui::shell::deck::Deed::SaveAs(to.clone())));
    let is_under_way = |shown: &Shown| shown.under_way.iter().any(|one| one.words == "saving as b");
    let shown = stage.until("it is under way", is_under_way);
    assert_eq!(shown.around.coming, None, "no set comes in");
    let number = shown.under_way[0].number;
    stage.harness.state().link().wish(super::super::link::Wish::Cancel(Some(number)));
    let shown = stage.until("it has ended", |shown| shown.under_way.is_empty());
    assert_eq!(shown.around.title, "a");
    assert!(shown.lines.iter().any(|line| line.text.contains("cancelled: it is not saved as b")));
    stage.until("nothing is left of it", |_| !to.exists());
}

#[test]
fn a_count_in_is_seen_and_can_be_taken_back() {
    use super::super::link::Wish;
    let mut stage = Stage::new(SET, None);
    stage.wish(Wish::Stop);
    let shared = Arc::clone(&stage.harness.state().link().shared);
    stage.until("it stands", |_| !shared.status().playing);
    stage.wish(Wish::CountIn(2));
    stage.wish(Wish::Play);
    stage.until("it is counted in", |shown| shown.seen.counting);
    assert!(stage.harness.query_all_by_label_contains("counting in: ").next().is_some(), "it is seen");
    assert!(stage.harness.query_by_label("Play").is_none());
    stage.click_on("Stop");
    let shown = stage.until("it is taken back", |shown| !shown.seen.counting);
    assert!(!shared.status().playing && shown.seen.counted.is_none());
    stage.harness.get_by_label("Play");
}
