//! Pictures of what is around the tabs: the browser, the bar, messages, what is under way, the stage.

use super::super::app::Tab;
use super::Stage;
use super::album::{Album, SCRIPT, SIZE, set};
use crate::ui::command::Command;
use crate::ui::errand::Underway;
use crate::ui::link::{Failed, Line};
use crate::ui::shell::browser;
use bf_session::{Severity, Status};
use egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::Queryable;
use std::path::Path;
use std::sync::Arc;

fn line(severity: Severity, place: &str, text: &str) -> Line {
    Line { severity, place: place.to_owned(), text: text.to_owned() }
}

fn said() -> Vec<Line> {
    vec![
        line(Severity::Warning, "", "playing on without sound: the device `Scarlett 2i2` is gone"),
        line(Severity::Warning, "set.toml:9:14", "`resonance` is 1.4, expected 0 to 1: it plays as 1"),
        line(Severity::Error, "live.rhai:3:22", "`[` is not closed (put `]` behind `cp`)"),
        line(Severity::Error, "filter", "`filter` gave invalid sound (NaN) and was reset"),
    ]
}

#[test]
fn lists_of_the_browser_look_as_they_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(&set(), Some(SCRIPT), vec2(800.0, 440.0));
    stage.until("its sounds are listed", |s| !s.sounds.is_empty());
    stage.freeze();
    let part = Rect::from_min_size(egui::Pos2::ZERO, vec2(420.0, 440.0));
    for (tab, name) in [(browser::Tab::Nodes, "nodes"), (browser::Tab::Patches, "patches")] {
        stage.harness.state_mut().shell.browse(tab, Path::new("/nowhere"));
        stage.harness.run_steps(3);
        album.compare(&format!("browser-{name}"), &stage.take_part(part));
    }
    stage.harness.state_mut().shell.browse(browser::Tab::Samples, Path::new("/nowhere"));
    let began = std::time::Instant::now();
    while stage.harness.query_by_label("forge/bd").is_none() {
        assert!(began.elapsed() < super::PATIENCE, "sounds are listed");
        stage.harness.run_steps(1);
    }
    album.compare("browser-samples", &stage.take_part(part));
    album.end();
}

/// What is said, what is not saved, what is under way, and what the bar reads.
#[test]
fn what_is_told_looks_as_it_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    stage.freeze();
    stage.show(|shown| {
        shown.lines = Arc::new(said().into());
        (shown.said, shown.unsaved, shown.undo) = (4, true, Some("turn filter.cutoff".to_owned()));
        let nth = |number: u64, percent| Underway {
            number,
            words: format!("freezing {}", ["", "filter", "thump"][number as usize]),
            percent,
            nth: Some((number as u32, 2)),
        };
        shown.under_way = Arc::new(vec![nth(1, Some(40)), nth(2, None)]);
        shown.xruns = 2;
    });
    stage.reads(Status {
        beat: 37.2,
        bpm: 124.0,
        playing: true,
        missed: 3,
        load: 0.93,
        peaks: [0.4, 1.1],
        clipped: 1,
        ..Status::default()
    });
    album.compare("told", &stage.take());
    let bar = stage.harness.get_by_label_contains("of 2").rect().center();
    stage.click(bar, Modifiers::NONE);
    album.compare("under-way", &stage.take());
    stage.key(Modifiers::NONE, Key::Escape);
    stage.show(|shown| shown.failed = Some(Failed { why: "index out of bounds".to_owned(), kept: true }));
    album.compare("failed", &stage.take());
    album.end();
}

/// The whole bar, with everything in it that comes and goes.
#[test]
fn the_bar_looks_as_it_did() {
    let mut album = Album::default();
    let script = format!(
        "{SCRIPT}scene(\"verse\", || {{ track(\"drums\", s(\"bd\")); }});\nscene(\"drop\", || {{ track(\"drums\", s(\"bd*4\")); }});\n"
    );
    let mut stage = Stage::sized(&set(), Some(&script), vec2(1280.0, 440.0));
    stage.until("scenes are known", |s| s.scenes.len() == 2);
    stage.freeze();
    let bar = Rect::from_min_size(egui::Pos2::ZERO, vec2(1280.0, 72.0));
    stage.show(|shown| {
        shown.around.coming = Some("night-bus".to_owned());
        shown.around.recording = Some("take.wav".into());
        (shown.undo, shown.redo) = (Some("move".to_owned()), Some("move".to_owned()));
    });
    stage.reads(Status {
        beat: 37.2,
        bpm: 124.0,
        playing: true,
        missed: 12,
        load: 1.04,
        peaks: [0.4, 0.2],
        ..Status::default()
    });
    album.compare("bar", &stage.take_part(bar));
    stage.show(|shown| {
        shown.around.coming = None;
        shown.around.recording = None;
        (shown.seen.counting, shown.seen.counted, shown.seen.sample_rate) = (true, Some(96_000), 48_000.0);
    });
    stage.reads(Status { bpm: 124.0, ..Status::default() });
    album.compare("bar-counting", &stage.take_part(bar));
    album.end();
}

/// What the audience sees, and what is said where the messages are not in view.
#[test]
fn the_stage_looks_as_it_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(&set(), Some(SCRIPT), vec2(640.0, 440.0));
    stage.turn_to(Tab::Code);
    stage.play_to(2.1, None);
    stage.harness.state_mut().told.push(Command::FullScreen);
    album.compare("stage", &stage.take());
    stage.harness.run_steps(7 * 60);
    stage.show(|shown| {
        shown.lines = Arc::new(said().into());
        shown.said += 4;
    });
    album.compare("toast", &stage.take());
    album.end();
}
