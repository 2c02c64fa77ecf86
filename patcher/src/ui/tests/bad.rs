//! What goes wrong around a window: the sound goes on, and nothing is lost.

use super::super::app::{App, Tab};
use super::super::link::{Link, Wish};
use super::{SET, Stage, number};
use crate::cli::playing::Playing;
use bf_patch::{Edit, SetEdit, Socket};
use clap::Parser;
use egui::{Modifiers, vec2};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl Stage {
    /// Waits until the sound has gone on for a while, and says that it is no silence.
    fn sounds_on(&mut self) {
        let from = self.harness.state().link().shared.status().blocks;
        let began = std::time::Instant::now();
        loop {
            let status = self.harness.state().link().shared.status();
            if status.blocks > from + 200 && status.peaks[0] > 0.0 {
                return;
            }
            assert!(began.elapsed().as_secs() < 20, "it sounds on: {status:?}");
            self.harness.run_steps(1);
        }
    }

    fn turn(&mut self, cutoff: f64) {
        let value = Some(bf_node::Value::Number(cutoff));
        let edit = SetEdit::main(Edit::SetParam { target: Socket::new("filter", "cutoff"), value });
        self.harness.state().link().wish(Wish::Edit { edit, label: "turn".to_owned(), gesture: None });
        self.settle();
    }
}

#[test]
fn a_set_whose_file_is_removed_plays_on_and_is_saved_again() {
    let mut stage = Stage::new(SET, None);
    let path = stage.folder.path().join("set.toml");
    std::fs::remove_file(&path).unwrap();
    stage.until("it is said", |s| s.lines.iter().any(|line| line.text.contains("is not there any more")));
    stage.sounds_on();
    stage.harness.state().link().wish(Wish::Save);
    stage.settle();
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), SET, "it is back, though nothing was changed here");
}

#[test]
fn a_file_that_breaks_is_said_with_its_line_and_the_last_good_one_plays() {
    let mut stage = Stage::new(SET, None);
    let path = stage.folder.path().join("set.toml");
    std::fs::write(&path, SET.replace("type = \"svf\"", "type = ")).unwrap();
    let said = stage.until_or(|s| s.lines.iter().any(|line| line.place.starts_with("set.toml:6:")));
    said.unwrap_or_else(|shown| panic!("its line is said: {:?}", shown.lines));
    stage.sounds_on();
    assert_eq!(number(&stage.shown(), "filter", "cutoff"), 900.0);
    stage.turn(500.0);
    std::fs::write(&path, SET.replace("110.0", "220.0")).unwrap();
    let shown = stage.until("it is mended", |s| number(s, "lead", "freq") == 220.0);
    assert_eq!(number(&shown, "filter", "cutoff"), 500.0, "what was done meanwhile is there");
}

#[test]
fn a_set_of_ten_thousand_nodes_opens_and_is_drawn() {
    let mut text = String::from("beatforge = 1\n[nodes]\nout = { type = \"output\" }\n");
    (0..10_000).for_each(|i| text += &format!("n{i} = {{ type = \"constant\" }}\n"));
    let mut stage = Stage::new(&text, None);
    assert_eq!(stage.shown().own.main.nodes.len(), 10_001);
    for (tab, name) in Tab::ALL {
        stage.harness.state_mut().tab = tab;
        stage.harness.run_steps(2);
        assert!(stage.harness.output().shapes.len() > 10, "{name} is drawn");
    }
}

#[test]
fn a_small_window_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), SET).unwrap();
    let mut stage = Stage::of(folder, vec2(320.0, 240.0));
    let all = stage.harness.state().grips();
    assert!(all.iter().any(|at| at.y < 240.0), "the canvas is seen");
    for (tab, _) in Tab::ALL {
        stage.harness.state_mut().tab = tab;
        stage.harness.run_steps(2);
    }
    stage.harness.state_mut().tab = Tab::Patch;
    stage.harness.run_steps(2);
    stage.click(egui::pos2(160.0, 200.0), Modifiers::NONE);
    stage.key(Modifiers::COMMAND, egui::Key::A);
    stage.key(Modifiers::COMMAND, egui::Key::D);
    stage.until("keys work", |s| s.own.main.nodes.contains_key("lead2"));
}

/// A window that fails while it draws takes nothing with it: the set is as it was left.
#[test]
fn a_window_that_fails_leaves_the_set_as_it_was() {
    #[derive(Parser)]
    struct Kept {
        #[command(flatten)]
        playing: crate::cli::playing::Play,
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), SET).unwrap();
    let arguments = || Kept::parse_from(["kept", "--backend", "null", "--osc", "off", "--no-last"]).playing;
    let playing = Playing::start(folder.path(), &arguments()).unwrap_or_else(|_| panic!("it opens"));
    let app = App::new(Link::start(playing, Arc::default()));
    let value = Some(bf_node::Value::Number(321.0));
    let edit = SetEdit::main(Edit::SetParam { target: Socket::new("filter", "cutoff"), value });
    app.link().wish(Wish::Edit { edit, label: "turn".to_owned(), gesture: None });
    let failed = catch_unwind(AssertUnwindSafe(move || {
        let _window = app;
        panic!("while it draws");
    }));
    assert!(failed.is_err());
    let again = Playing::start(folder.path(), &arguments()).unwrap_or_else(|_| panic!("it opens again"));
    let link = Link::start(again, Arc::default());
    assert_eq!(number(&link.shown(), "filter", "cutoff"), 321.0, "what was not saved is there");
}

/// Where a display goes away, its library ends the thread that draws, and nothing of the window is ever dropped.
#[test]
fn a_set_that_has_lost_its_window_plays_on_until_it_is_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), SET).unwrap();
    let playing = Playing::start(folder.path(), &super::Alone::arguments()).unwrap_or_else(|_| panic!("it opens"));
    let stop = Arc::new(AtomicBool::new(false));
    let link = Link::start(playing, Arc::clone(&stop));
    let until = |what: &str, is: &dyn Fn() -> bool| {
        let began = std::time::Instant::now();
        while !is() {
            assert!(began.elapsed().as_secs() < 20, "{what}");
            std::thread::yield_now();
        }
    };
    link.lost.lose_window();
    let from = link.shared.status().blocks;
    until("it plays on", &|| link.shared.status().blocks > from + 200);
    assert!(!link.lost.is_over());
    stop.store(true, Ordering::Relaxed);
    until("it ends", &|| link.lost.is_over());
}

/// Where the library of the display gives the window up, it is dropped without having been closed.
#[test]
fn a_window_that_nobody_has_closed_leaves_the_set_playing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), SET).unwrap();
    let start = |stop: &Arc<AtomicBool>| {
        let playing = Playing::start(folder.path(), &super::Alone::arguments()).unwrap_or_else(|_| panic!("it opens"));
        let link = Link::start(playing, Arc::clone(stop));
        crate::ui::lost::outlive(&link.lost);
        link
    };
    let stop = Arc::new(AtomicBool::new(false));
    let link = start(&stop);
    let (shared, lost) = (Arc::clone(&link.shared), Arc::clone(&link.lost));
    let dropped = std::thread::spawn(move || drop(link));
    let from = shared.status().blocks;
    while !lost.has_no_window() || shared.status().blocks < from + 200 {
        std::thread::yield_now();
    }
    assert!(!dropped.is_finished() && !lost.is_over());
    stop.store(true, Ordering::Relaxed);
    dropped.join().unwrap();
    assert!(lost.is_over());
    // One that is closed ends with its set.
    let link = start(&Arc::default());
    let lost = Arc::clone(&link.lost);
    lost.close();
    drop(link);
    assert!(lost.is_over() && !lost.has_no_window());
}
