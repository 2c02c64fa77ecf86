//! The bar above everything.

use super::album::SCRIPT;
use super::{SET, Stage};
use bf_session::Status;
use egui::vec2;
use egui_kittest::kittest::Queryable;
use std::time::{Duration, Instant};

#[test]
fn the_bar_has_its_buttons_by_name() {
    let mut stage = Stage::new(SET, None);
    stage.harness.get_by_label("Stop").click();
    stage.harness.run_steps(2);
    let began = Instant::now();
    while stage.harness.query_by_label("Play").is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "it stops, and can play again");
        stage.harness.run_steps(1);
    }
    for name in ["Rewind", "Undo", "Redo"] {
        stage.harness.get_by_label(name);
    }
}

/// Where the buttons stand that hands find without looking, as far as the bar has room for them, and how far down the tabs
/// begin.
fn places(stage: &Stage) -> Vec<Option<egui::Pos2>> {
    let names = ["Rewind", "Hush", "Record", "Undo", "Redo", "More", "Patch"];
    names.map(|name| stage.harness.query_by_label(name).map(|button| button.rect().min.round())).to_vec()
}

#[test]
fn all_of_it_stands_in_one_row_as_soon_as_it_is_there() {
    for width in [1400.0, 1060.0, 770.0, 420.0] {
        let mut stage = Stage::sized(SET, None, vec2(width, 500.0));
        stage.freeze();
        stage.reads(Status { bpm: 120.0, missed: 120, load: 1.0, beat: 4_000.0, playing: true, ..Status::default() });
        stage.harness.run_steps(3);
        let [stop, undo] = ["Stop", "Undo"].map(|name| stage.harness.get_by_label(name).rect());
        let last = stage.harness.query_by_label("More").map_or(undo, |more| more.rect());
        assert!((stop.center().y - undo.center().y).abs() < 1.0, "{width} wide: {stop}, {undo}");
        assert!((stop.center().y - last.center().y).abs() < 1.0, "{width} wide: {stop}, {last}");
    }
}

#[test]
fn what_comes_and_goes_moves_no_button() {
    for width in [1264.0, 1100.0, 800.0, 420.0] {
        let mut stage = Stage::sized(SET, Some(SCRIPT), vec2(width, 500.0));
        stage.freeze();
        stage.reads(Status { bpm: 120.0, ..Status::default() });
        stage.harness.run_steps(3);
        let still = places(&stage);
        let (undo, tabs) = (still[3].unwrap(), still[6]);
        if width > 420.0 {
            assert!(still[..5].iter().all(Option::is_some) && tabs.is_some(), "{width} wide: {still:?}");
        }
        stage.show(|shown| {
            (shown.seen.counting, shown.seen.counted, shown.seen.sample_rate) = (true, Some(96_000), 48_000.0);
        });
        stage.harness.run_steps(3);
        assert!(stage.harness.query_by_label_contains("counting in: ").is_some());
        assert_eq!(places(&stage), still, "it is counted in, {width} wide");
        let name = "a set with a name that is longer than any bar has room for, and then some".to_owned();
        stage.show(|shown| {
            (shown.seen.counting, shown.seen.counted) = (false, None);
            shown.around.coming = Some(name.clone());
        });
        stage.harness.run_steps(3);
        assert_eq!(places(&stage), still, "another set comes, {width} wide");
        let stay = stage.harness.get_by_label("Stay").rect();
        assert!(stay.max.x <= width && stay.min.y <= undo.y + 20.0, "there is a way to stay: {stay}");
        assert!(tabs.is_none_or(|tabs| stay.max.y <= tabs.y), "it lies over no tab: {stay}");
        let told = stage.harness.get_by_label(&format!("{name} at the next bar")).rect();
        assert!(told.width() >= 40.0 && told.max.x <= stay.min.x, "it is told what comes, {width} wide: {told}");
    }
}

#[test]
fn what_was_missed_and_what_clipped_stays_until_it_is_clicked() {
    let mut stage = Stage::sized(SET, None, vec2(1264.0, 500.0));
    stage.freeze();
    // A block clipped while nobody looked: what is seen of levels is low.
    stage.reads(Status { bpm: 120.0, missed: 3, clipped: 1, ..Status::default() });
    stage.harness.run_steps(3);
    stage.click_on("level: clipped");
    stage.click_on("missed 3");
    stage.harness.get_by_label("level: did not clip");
    stage.harness.get_by_label("missed 0");
    stage.reads(Status { bpm: 120.0, missed: 5, clipped: 2, ..Status::default() });
    stage.harness.run_steps(3);
    stage.harness.get_by_label("missed 2");
    stage.harness.get_by_label("level: clipped");
}
