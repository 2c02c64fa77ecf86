//! What is typed into scripts and not saved, around whole sets.

use super::shell::set;
use super::{SET, Stage};
use crate::ui::app::Tab;
use crate::ui::link::{Shown, Wish};
use crate::ui::shell::deck::Deed;
use crate::ui::shell::{Face, Store};
use egui::{Key, Modifiers};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

const SCRIPT: &str = "track(\"drums\", s(\"bd*4\"));\n";
const MORE: &str = "track(\"hats\", s(\"hh*8\"));\n";

fn scripted(folder: &Path, name: &str) -> PathBuf {
    let set = set(folder, name, SET);
    std::fs::write(set.join("live.rhai"), SCRIPT).unwrap();
    set
}

/// A set in its code pane, with its history.
fn coding(set: &Path) -> Stage {
    let mut stage = Stage::of_user(set, Face::Set, Store::default(), &[]);
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    stage
}

fn text(stage: &mut Stage) -> String {
    stage.harness.state_mut().code_mut().text_mut().clone()
}

fn type_more(stage: &mut Stage) {
    stage.harness.state_mut().code_mut().text_mut().push_str(MORE);
    stage.harness.run_steps(1);
}

fn both() -> String {
    format!("{SCRIPT}{MORE}")
}

#[test]
fn what_is_typed_is_there_after_quitting_and_is_not_saved() {
    let sets = tempfile::tempdir().unwrap();
    let a = scripted(sets.path(), "a");
    let mut stage = coding(&a);
    type_more(&mut stage);
    drop(stage);
    assert_eq!(read_to_string(a.join("live.rhai")).unwrap(), SCRIPT);
    let mut stage = coding(&a);
    let shown = stage.shown();
    assert!(shown.unsaved && shown.lines.iter().any(|line| line.text.contains("typed and not saved")));
    assert_eq!(text(&mut stage), both());
    assert!(stage.harness.state().code().is_unsaved());
    // A step of the text leads back to what the file says, and that is nothing to be saved.
    stage.harness.state_mut().code_mut().select(0, 0);
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut stage), SCRIPT);
    stage.until("nothing is left to be saved", |shown| !shown.unsaved);
}

#[test]
fn what_is_typed_waits_while_another_set_plays() {
    let sets = tempfile::tempdir().unwrap();
    let (a, b) = (scripted(sets.path(), "a"), scripted(sets.path(), "b"));
    let mut stage = coding(&a);
    type_more(&mut stage);
    stage.deed(Deed::Open(b));
    // Also what is typed until it gives way.
    stage.harness.state_mut().code_mut().text_mut().push_str("// late\n");
    stage.opened(2);
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    assert_eq!(text(&mut stage), SCRIPT);
    let mut shown = stage.shown();
    while shown.around.opened != 3 {
        stage.deed(Deed::Open(a.clone()));
        shown = stage.until("it comes, or another is still coming in", |shown| shown.around.coming.is_none());
    }
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    assert_eq!(text(&mut stage), format!("{}// late\n", both()));
    assert!(shown.unsaved);
    // Ctrl+S writes it, from wherever.
    stage.harness.state_mut().tab = Tab::Patch;
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::S);
    stage.until("it is saved", |shown| !shown.unsaved);
    assert_eq!(read_to_string(a.join("live.rhai")).unwrap(), format!("{}// late\n", both()));
}

#[test]
fn what_is_typed_goes_into_the_copy() {
    let sets = tempfile::tempdir().unwrap();
    let a = scripted(sets.path(), "a");
    let mut stage = coding(&a);
    type_more(&mut stage);
    let to = sets.path().join("b");
    stage.harness.state().link().wish(Wish::Deed(Deed::SaveAs(to.clone())));
    stage.until("it plays there", |shown| shown.around.title == "b");
    stage.harness.run_steps(3);
    assert_eq!(read_to_string(to.join("live.rhai")).unwrap(), both());
    assert_eq!(read_to_string(a.join("live.rhai")).unwrap(), SCRIPT);
    stage.until("nothing is left to be saved", |shown| !shown.unsaved);
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    assert_eq!(text(&mut stage), both());
}

#[test]
fn going_back_to_the_files_takes_back_what_was_evaluated_and_typed() {
    let sets = tempfile::tempdir().unwrap();
    let a = scripted(sets.path(), "a");
    let mut stage = coding(&a);
    type_more(&mut stage);
    stage.key(Modifiers::ALT, Key::Enter);
    stage.until("it is heard", |shown| shown.heard.main.nodes.contains_key("hats"));
    drop(stage);
    let mut stage = coding(&a);
    let shown = stage.until("it plays on", |shown| shown.heard.main.nodes.contains_key("hats"));
    assert!(shown.around.was_left && text(&mut stage) == both());
    stage.click_on("Play as saved");
    stage.until("what was evaluated is gone", |shown| {
        !shown.unsaved && shown.sites.keys().all(|name| name.as_str() != "hats")
    });
    assert_eq!(text(&mut stage), SCRIPT);
    stage.harness.state_mut().code_mut().select(0, 0);
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut stage), both());
}

#[test]
fn saving_merges_what_another_editor_has_just_saved() {
    let mut stage = Stage::new(SET, Some(SCRIPT));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    type_more(&mut stage);
    stage.harness.state_mut().tab = Tab::Mixer;
    stage.harness.run_steps(2);
    let script = stage.folder.path().join("live.rhai");
    std::fs::write(&script, format!("// theirs\n{SCRIPT}")).unwrap();
    // Before the window can have seen it.
    stage.harness.state_mut().told.push(crate::ui::command::Command::Save);
    stage.harness.run_steps(1);
    stage.settle();
    let merged = format!("// theirs\n{}", both());
    assert_eq!(read_to_string(&script).unwrap(), merged);
    stage.harness.state_mut().tab = Tab::Code;
    stage.until("nothing is left to be saved", |shown: &Shown| !shown.unsaved);
    stage.until("the pane has it", |shown| shown.scripts.all.iter().any(|sheet| *sheet.text == *merged));
    stage.harness.run_steps(2);
    assert_eq!(text(&mut stage), merged);
}

#[test]
fn what_could_not_be_written_is_not_saved_and_is_kept() {
    let sets = tempfile::tempdir().unwrap();
    let a = scripted(sets.path(), "a");
    // What is to be renamed over the script cannot be written.
    let part = a.join(format!(".live.rhai.{}.part", std::process::id()));
    std::fs::create_dir(&part).unwrap();
    let mut stage = coding(&a);
    stage.until("it sounds", |shown| shown.heard.main.nodes.contains_key("drums"));
    type_more(&mut stage);
    stage.key(Modifiers::COMMAND, Key::S);
    let shown = stage.settle();
    assert!(shown.lines.iter().any(|line| line.text.contains("cannot be written")), "{:?}", shown.lines);
    assert!(!shown.lines.iter().any(|line| line.text.contains("nothing has changed")), "{:?}", shown.lines);
    assert!(stage.harness.state().code().is_unsaved(), "it is as it was before");
    stage.until("it is kept", |shown| shown.unsaved && !shown.scripts.drafts.is_empty());
    drop(stage);
    assert_eq!(read_to_string(a.join("live.rhai")).unwrap(), SCRIPT);
    let mut stage = coding(&a);
    assert_eq!(text(&mut stage), both());
    std::fs::remove_dir(part).unwrap();
    stage.key(Modifiers::COMMAND, Key::S);
    stage.until("it is saved", |shown| !shown.unsaved);
    assert_eq!(read_to_string(a.join("live.rhai")).unwrap(), both());
}

#[test]
fn what_sounds_is_lit_where_it_stands_while_its_text_is_saved() {
    let sets = tempfile::tempdir().unwrap();
    let a = scripted(sets.path(), "a");
    let part = a.join(format!(".live.rhai.{}.part", std::process::id()));
    std::fs::create_dir(&part).unwrap();
    let mut stage = coding(&a);
    let lit = |stage: &Stage| {
        let app = stage.harness.state();
        let beat = app.link().shared.status().beat;
        (0..16).flat_map(|i| app.code().lit(app.link(), beat - f64::from(i) / 4.0)).collect::<Vec<String>>()
    };
    let shared = std::sync::Arc::clone(&stage.harness.state().link().shared);
    stage.until("some of it sounds", |_| shared.status().beat > 4.0);
    assert!(lit(&stage).iter().all(|word| word == "bd") && !lit(&stage).is_empty(), "{:?}", lit(&stage));
    stage.harness.state_mut().code_mut().text_mut().insert_str(0, "// A line before it.\n");
    stage.harness.run_steps(1);
    stage.key(Modifiers::COMMAND, Key::S);
    stage.settle();
    stage.harness.run_steps(2);
    assert!(lit(&stage).iter().all(|word| word == "bd") && !lit(&stage).is_empty(), "{:?}", lit(&stage));
    std::fs::remove_dir(part).unwrap();
    stage.key(Modifiers::COMMAND, Key::S);
    let until = shared.status().beat + 12.0;
    while shared.status().beat < until {
        stage.harness.run_steps(1);
    }
    assert!(lit(&stage).iter().all(|word| word == "bd") && !lit(&stage).is_empty(), "{:?}", lit(&stage));
}

#[test]
fn going_back_from_typed_text_says_how_it_comes_back() {
    let sets = tempfile::tempdir().unwrap();
    let a = scripted(sets.path(), "a");
    let mut stage = coding(&a);
    stage.until("it is heard", |shown| shown.heard.main.nodes.contains_key("drums"));
    type_more(&mut stage);
    let shown = stage.deed(Deed::Revert);
    assert_eq!(shown.undo, None);
    let said = &shown.lines.back().unwrap().text;
    assert!(said.contains("Ctrl+Z in it") && !said.contains("undo takes"), "{said}");
}
