//! What stands where: what comes and goes moves nothing beside it, and what belongs together lies in one line.

use super::super::app::Tab;
use super::album::{SIZE, set};
use super::{SET, Stage};
use crate::ui::link::Wish;
use bf_session::remote::Quant;
use egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::Queryable;

const DRUMS: &str = "track(\"drums\", s(\"bd*4\"));\n";

fn rects(stage: &Stage, names: &[&str]) -> Vec<Rect> {
    names.iter().map(|name| stage.harness.get_by_label(name).rect()).collect()
}

#[test]
fn buttons_over_a_script_stay_while_it_is_typed_and_while_it_waits() {
    const BUTTONS: [&str; 4] = ["Evaluate all", "heard", "Save", "Find"];
    let mut stage = Stage::sized(SET, Some(DRUMS), vec2(900.0, 600.0));
    stage.turn_to(Tab::Code);
    stage.wish(Wish::Quant(Quant::Cycles(1024)));
    stage.until("the time is chosen", |s| s.quant == Quant::Cycles(1024));
    // The first of all cycles is one that any number divides.
    let shared = std::sync::Arc::clone(&stage.harness.state().link().shared);
    stage.until("it is past the beginning", |_| shared.status().beat > 1.0);
    stage.harness.run_steps(3);
    let still = rects(&stage, &BUTTONS);
    stage.harness.get_by_label("live.rhai");
    stage.harness.state_mut().code_mut().text_mut().push_str("track(\"hats\", s(\"hh*8\"));\n");
    stage.harness.run_steps(3);
    stage.harness.get_by_label("live.rhai •");
    assert_eq!(rects(&stage, &BUTTONS), still, "what is not saved has a dot");
    stage.key(Modifiers::ALT, Key::Enter);
    stage.until("it waits", |s| s.waits.is_some());
    stage.harness.run_steps(3);
    stage.harness.get_by_label("Take back");
    assert_eq!(rects(&stage, &BUTTONS), still, "what waits can be taken back");
}

#[test]
fn a_fault_is_told_below_the_script_while_the_cursor_is_in_its_line() {
    let script = format!("// A beat.\n{DRUMS}");
    let mut stage = Stage::sized(SET, Some(&script), SIZE);
    stage.turn_to(Tab::Code);
    *stage.harness.state_mut().code_mut().text_mut() = script.replace("bd*4", "[bd*4");
    stage.key(Modifiers::ALT, Key::Enter);
    let shown = stage.until("it is said", |s| !s.faults.is_empty());
    stage.freeze();
    let fault = &shown.faults[0];
    let told = |stage: &mut Stage, at: usize| {
        stage.harness.state_mut().code_mut().select(at, at);
        stage.harness.run_steps(3);
        stage.harness.query_all_by_label_contains(&fault.message).count()
    };
    let elsewhere = told(&mut stage, 3);
    assert_eq!(told(&mut stage, script.len() - 4), elsewhere + 1, "{}", fault.message);
}

#[test]
fn all_of_a_narrow_strip_stands_about_its_middle() {
    let mut stage = Stage::sized(&set(), None, vec2(800.0, 620.0));
    stage.turn_to(Tab::Mixer);
    let [mute, cue, pan, gain] = ["mix mute", "mix cue", "mix pan", "mix level"].map(|name| rects(&stage, &[name])[0]);
    let middle = mute.union(cue).center().x;
    assert!((pan.center().x - middle).abs() < 1.5, "pan {pan} about {middle}");
    assert!((pan.width() - mute.union(cue).width()).abs() < 2.5, "pan {pan}, switches {}", mute.union(cue));
    let name = stage
        .harness
        .get_all_by_label("mix")
        .map(|node| node.rect())
        .find(|rect| rect.intersects(Rect { min: egui::pos2(mute.min.x, 0.0), max: mute.max }));
    assert!((name.unwrap().center().x - middle).abs() < 1.5, "{name:?} about {middle}");
    assert!(gain.max.x <= cue.max.x + 1.5, "the meter {gain} is within the strip");
}

#[test]
fn cycles_of_all_rows_begin_beneath_one_another() {
    let set = SET.replace(
        "[nodes]",
        "[nodes]\nbeat = { type = \"steps\", steps = \"x-x-\" }\nring = { type = \"euclid\", pulses = 3, steps = 8 }",
    );
    for width in [1280.0, 800.0, 500.0] {
        let mut stage = Stage::sized(&set, Some("track(\"drums\", s(\"bd*4, hh\"));\n"), vec2(width, 620.0));
        stage.turn_to(Tab::Pattern);
        stage.harness.run_steps(3);
        let steps = ["beat step 1", "ring step 1", "drums bd step 1", "drums hh step 1"];
        let begin: Vec<f32> = rects(&stage, &steps).iter().map(|rect| rect.min.x).collect();
        assert!(begin.iter().all(|x| (x - begin[0]).abs() < 0.5 && *x >= 8.0), "{width} wide: {begin:?}");
        let lengths = rects(&stage, &["drums bd length", "drums hh length"]);
        assert_eq!(lengths[0].width(), lengths[1].width(), "for one step as for four");
    }
}
