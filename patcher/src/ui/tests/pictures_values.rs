//! Pictures of values that move by themselves or wait for a hand, of patches inside patches, and of a field in a small window.

use super::super::theme::Theme;
use super::album::{Album, SCRIPT, SIZE, set};
use super::{SET, Stage};
use bf_patch::Socket;
use egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::Queryable;
use std::sync::Arc;

/// A value goes along a lane with every curve.
const LANE: &str = "[automation]\n\"filter.cutoff\" = { points = [[0.0, 300.0], [3.0, 3000.0, \"hold\"], [6.0, 600.0, \"smooth\"], [10.0, 6000.0, \"exponential\"], [14.0, 200.0]], length = 16.0 }\n\n[layout]";

#[test]
fn a_lane_of_automation_looks_as_it_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(&SET.replace("[layout]", LANE), None, vec2(800.0, 640.0));
    stage.play_to(7.0, None);
    let at = stage.title("filter");
    stage.click(at, Modifiers::NONE);
    for (theme, dress) in [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::Contrast, "contrast")] {
        stage.harness.state_mut().dress(theme);
        stage.leave();
        album.compare(&format!("lane-{dress}"), &stage.take());
    }
    stage.harness.state_mut().dress(Theme::Dark);
    let lane = stage.harness.get_by_label("automation of filter.cutoff").rect().shrink(6.0);
    // On its second point.
    let at = lane.left_center() + vec2(lane.width() * 3.0 / 16.0, 0.0);
    stage.point(egui::pos2(at.x, lane.min.y + lane.height() * 0.27));
    stage.click(egui::pos2(at.x, lane.min.y + lane.height() * 0.27), Modifiers::NONE);
    album.compare("lane-point", &stage.take_part(Rect::from_center_size(lane.center(), vec2(280.0, 180.0))));
    album.end();
}

#[test]
fn values_that_wait_for_a_control_look_as_they_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(SET, None, vec2(800.0, 640.0));
    stage.freeze();
    stage.show(|shown| {
        let marks = Arc::make_mut(&mut shown.marks);
        marks.learns_midi = Some(Socket::new("filter", "cutoff"));
        marks.learns_osc = Some(Socket::new("lead", "freq"));
        marks.armed = Some(Socket::new("wobble", "rate"));
    });
    let at = stage.title("filter");
    stage.click(at, Modifiers::NONE);
    stage.leave();
    for (theme, dress) in [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::Contrast, "contrast")] {
        stage.harness.state_mut().dress(theme);
        album.compare(&format!("learns-{dress}"), &stage.take());
    }
    stage.harness.state_mut().dress(Theme::Dark);
    let at = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.right_click(at);
    album.compare("menu-learns", &stage.take());
    album.end();
}

/// A patch that has another one in it.
const AROUND: &str = "beatforge = 1\n[nodes]\nhit = { type = \"patch\", file = \"thump.toml\" }\nlow = { type = \"svf\", cutoff = 400.0 }\n[cables]\n\"low\" = \"hit\"\n[outputs]\nout = \"low.low\"\n[layout]\nhit = [0, 0]\nlow = [240, 0]\n";
const WITHIN: &str = "beatforge = 1\n[nodes]\nbody = { type = \"sine\", freq = 60.0 }\n[outputs]\nout = \"body\"\n[controls]\ntune = { to = \"body.freq\" }\n";

#[test]
fn patches_inside_patches_look_as_they_did() {
    let mut album = Album::default();
    for (size, name) in [(SIZE, "rooms"), (vec2(320.0, 240.0), "rooms-small")] {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in
            [("set.toml", &*set().replace("thump.toml", "drum.toml")), ("drum.toml", AROUND), ("thump.toml", WITHIN)]
        {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let mut stage = Stage::of(folder, size);
        stage.settle();
        // In a small window what is said stands over it for a while.
        stage.harness.run_steps(7 * 60);
        stage.freeze();
        for node in ["thump", "hit"] {
            stage.harness.state_mut().told.push(crate::ui::command::Command::Fit);
            stage.harness.run_steps(30);
            let at = stage.at(stage.tile(node).center_top() + vec2(0.0, 10.0));
            stage.click(at, Modifiers::NONE);
            stage.click(at, Modifiers::NONE);
            stage.harness.run_steps(3);
        }
        stage.leave();
        album.compare(name, &stage.picture());
        for label in ["thump", "hit"] {
            assert!(stage.harness.query_by_label(label).is_some(), "the way back is there: {label}");
        }
    }
    album.end();
}

#[test]
fn the_finder_of_a_small_window_looks_as_it_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(&set(), Some(SCRIPT), vec2(320.0, 240.0));
    let free = stage.at(egui::pos2(-20.0, 400.0));
    stage.click(free, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.types("sv");
    album.compare("finder-small", &stage.picture());
    // All of it lies in the window, and the keys go through it.
    let window = stage.harness.ctx.content_rect();
    let field = stage.harness.get_by_role(egui::Role::TextInput).rect();
    assert!(window.contains_rect(field), "{field:?} in {window:?}");
    for _ in 0..6 {
        stage.key(Modifiers::NONE, Key::ArrowDown);
    }
    album.compare("finder-small-down", &stage.picture());
    album.end();
}
