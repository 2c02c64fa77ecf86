//! When what is evaluated is heard: at the time that is chosen, or now; and taken back while it waits.

use super::super::app::Tab;
use super::shell::set;
use super::{SET, Stage};
use crate::ui::link::Wish;
use crate::ui::shell::{Face, Store};
use bf_session::remote::Quant;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

const DRUMS: &str = "track(\"drums\", s(\"bd*4\"));\n";
const HATS: &str = "\ntrack(\"hats\", s(\"hh*8\"));\n";
const BOTH: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// The code pane with a block of which nothing is heard yet, and so far to the next cycle that a test never sees it.
fn waiting() -> Stage {
    let mut stage = Stage::new(SET, Some(DRUMS));
    stage.harness.state_mut().tab = Tab::Code;
    stage.wish(Wish::Quant(Quant::Cycles(1024)));
    stage.harness.run_steps(3);
    // The first of all cycles is one that any number divides.
    let shared = std::sync::Arc::clone(&stage.harness.state().link().shared);
    stage.until("it is past the beginning", |_| shared.status().beat > 1.0);
    stage.harness.state_mut().code_mut().text_mut().push_str(HATS);
    let end = DRUMS.len() + HATS.len() - 2;
    stage.harness.state_mut().code_mut().select(end, end);
    stage.harness.run_steps(2);
    stage
}

fn has_hats(shown: &super::Shown) -> bool {
    shown.heard.main.nodes.contains_key("hats")
}

#[test]
fn a_block_waits_for_its_time_and_is_marked_until_it_is_taken_back() {
    let mut stage = waiting();
    let before = stage.shown().undo.clone();
    stage.key(Modifiers::COMMAND, Key::Enter);
    let shown = stage.until("it waits", |s| s.waits.is_some());
    assert_eq!(shown.undo.as_deref(), Some("evaluate live.rhai before it is heard"));
    assert_eq!(shown.waits.as_ref().unwrap().beat, bf_pattern::Ratio::int(4 * 1024));
    let marked = |stage: &Stage| -> Vec<String> {
        let app = stage.harness.state();
        app.code().waits(&app.link().shown()).into_iter().map(str::to_owned).collect()
    };
    assert_eq!(marked(&stage), [HATS.trim_start().trim_end_matches('\n')]);
    // What is typed before it moves the mark along.
    stage.harness.state_mut().code_mut().select(0, 0);
    stage.harness.run_steps(2);
    stage.types("// x\n");
    assert_eq!(marked(&stage).len(), 1);
    // Another one waits along with it.
    stage.key(Modifiers::COMMAND, Key::Enter);
    stage.harness.state_mut().code_mut().select(8, 8);
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::Enter);
    stage.until("two wait", |s| s.waits.as_ref().is_some_and(|w| w.requests.len() >= 2));
    assert_eq!(marked(&stage).len(), 2, "{:?}", marked(&stage));
    assert!(!has_hats(&stage.shown()));
    stage.click_on("Take back");
    let shown = stage.until("nothing waits", |s| s.waits.is_none());
    assert_eq!(shown.undo, before, "the steps before are as they were");
    assert!(marked(&stage).is_empty() && !has_hats(&shown));
    // Redo lets it wait again.
    assert_eq!(shown.redo.as_deref(), Some("evaluate live.rhai before it is heard"));
    stage.wish(Wish::Redo);
    stage.until("it waits again", |s| s.waits.is_some());
    assert_eq!(marked(&stage).len(), 2);
}

#[test]
fn with_shift_it_is_heard_now() {
    let mut stage = waiting();
    stage.key(BOTH, Key::Enter);
    let shown = stage.until("it is heard", has_hats);
    assert_eq!((shown.waits.as_ref(), shown.undo.as_deref()), (None, Some("evaluate live.rhai")));
    let text = stage.harness.state_mut().code_mut().text_mut();
    *text = DRUMS.to_owned();
    stage.key(Modifiers::ALT | Modifiers::SHIFT, Key::Enter);
    stage.until("all of it is heard", |s| !has_hats(s));
}

#[test]
fn while_nothing_plays_it_is_heard_at_once() {
    let mut stage = waiting();
    stage.wish(Wish::Stop);
    stage.key(Modifiers::COMMAND, Key::Enter);
    stage.until("it is heard", has_hats);
    // What waits is heard once the transport is stopped, too.
    let text = stage.harness.state_mut().code_mut().text_mut();
    *text = DRUMS.to_owned();
    stage.wish(Wish::Play);
    let shared = std::sync::Arc::clone(&stage.harness.state().link().shared);
    stage.until("it plays", |_| shared.status().playing);
    stage.key(Modifiers::ALT, Key::Enter);
    stage.until("it waits", |s| s.waits.is_some());
    stage.wish(Wish::Stop);
    stage.until("it is heard", |s| s.waits.is_none() && s.undo.as_deref() == Some("evaluate live.rhai"));
}

#[test]
fn the_time_is_chosen_in_the_pane_and_by_command_and_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let sets = tempfile::tempdir().unwrap();
    let a = set(sets.path(), "a", SET);
    std::fs::write(a.join("live.rhai"), DRUMS).unwrap();
    let store = Store::at(home.path());
    let mut stage = Stage::of_user(&a, Face::Set, store.clone(), &["--no-history"]);
    assert_eq!(stage.shown().quant, Quant::Cycle);
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    stage.click_on("heard");
    stage.click_on("next 4 cycles");
    stage.until("it is chosen", |s| s.quant == Quant::Cycles(4));
    let file = home.path().join("settings.toml");
    assert!(std::fs::read_to_string(&file).unwrap().contains("quant = \"4\""));
    stage.key(BOTH, Key::P);
    stage.types("heard next beat");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("it is chosen", |s| s.quant == Quant::Beat);
    drop(stage);
    // It holds from then on, unless the command line says another one.
    let stage = Stage::of_user(&a, Face::Set, store.clone(), &["--no-history"]);
    assert_eq!(stage.shown().quant, Quant::Beat);
    drop(stage);
    let stage = Stage::of_user(&a, Face::Set, store, &["--no-history", "--quant", "8"]);
    assert_eq!(stage.shown().quant, Quant::Cycles(8));
}

#[test]
fn the_palette_evaluates_at_the_cursor_of_the_script() {
    let mut stage = waiting();
    stage.harness.state_mut().tab = Tab::Mixer;
    stage.key(BOTH, Key::P);
    stage.types("evaluate the block now");
    assert!(stage.harness.query_by_label("Evaluate the block now").is_some());
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("it is heard", has_hats);
    assert_eq!(stage.harness.state().tab, Tab::Code);
}
