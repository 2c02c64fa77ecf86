//! The bar above everything.

use super::{SET, Stage};
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
