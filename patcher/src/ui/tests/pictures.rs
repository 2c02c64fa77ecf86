//! Pictures of every tab, and of what lies over it.

use super::super::app::Tab;
use super::super::theme::{Accent, Theme};
use super::Stage;
use super::album::{Album, SCRIPT, SIZE, renews, set, write};
use crate::ui::link::Wish;
use bf_patch::Name;
use bf_session::{Freeze, Severity};
use egui::{Key, Modifiers, vec2};
use std::path::{Path, PathBuf};

#[test]
fn every_tab_looks_as_it_did() {
    let mut album = Album::default();
    for (tab, name) in Tab::ALL {
        for (theme, dress) in [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::Contrast, "contrast")] {
            let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
            stage.harness.state_mut().dress(theme);
            // Peaks are held as long as one looks.
            stage.freeze();
            stage.turn_to(tab);
            album.compare(&format!("{}-{dress}", name.to_lowercase().replace(' ', "-")), &stage.picture());
        }
        let mut stage = Stage::sized(&set(), Some(SCRIPT), vec2(320.0, 240.0));
        stage.turn_to(tab);
        album.compare(&format!("{}-small", name.to_lowercase().replace(' ', "-")), &stage.picture());
    }
    album.end();
}

#[test]
fn every_state_looks_as_it_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized("beatforge = 1\n", None, SIZE);
    album.compare("empty", &stage.picture());
    let mut stage = Stage::sized("beatforge = 1\n", None, SIZE);
    stage.turn_to(Tab::Code);
    album.compare("empty-code", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    stage.turn_to(Tab::Code);
    *stage.harness.state_mut().code_mut().text_mut() = SCRIPT.replace("~ cp", "[~ cp");
    stage.key(Modifiers::ALT, Key::Enter);
    stage.until("it is said", |s| s.lines.iter().any(|line| line.severity == Severity::Error));
    stage.harness.state_mut().code_mut().flash_ends();
    album.compare("fault", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    let title = |stage: &Stage, name: &str| stage.at(stage.tile(name).center_top() + vec2(0.0, 10.0));
    let at = title(&stage, "filter");
    stage.click(at, Modifiers::NONE);
    album.compare("selected", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    stage.picture();
    let at = title(&stage, "filter");
    stage.press(at, egui::PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, egui::PointerButton::Secondary, false, Modifiers::NONE);
    album.compare("menu", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    let at = title(&stage, "filter");
    stage.click(at, Modifiers::NONE);
    stage.wish(Wish::Freeze(vec![Freeze { file: None, node: Name::new("filter"), bars: 4 }]));
    stage.until("it is frozen", |s| s.own.main.nodes[&Name::new("filter")].params.contains_key("frozen"));
    album.compare("frozen", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    let free = stage.at(egui::pos2(-20.0, 400.0));
    stage.click(free, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.types("sv");
    album.compare("finder", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    let at = title(&stage, "thump");
    stage.click(at, Modifiers::NONE);
    stage.click(at, Modifiers::NONE);
    album.compare("inside", &stage.picture());
    album.end();
}

/// A set with strips, rows of unequal lengths, and a clip.
const BAND: &str = r#"beatforge = 1
tempo = 124.0

[nodes]
beat = { type = "steps", steps = "x---x---x---x--x" }
hats = { type = "steps", steps = "x-X-x-x-o-x-" }
bell = { type = "euclid", pulses = 3, steps = 8, rate = "1/8" }
melody = { type = "clip", length = 4.0, notes = [{ at = 0.0, length = 0.5, pitch = 60.0 }, { at = 1.0, length = 1.0, pitch = 63.0, velocity = 0.5 }, { at = 2.5, length = 0.5, pitch = 67.0 }, { at = 3.0, length = 1.0, pitch = 65.0, velocity = 0.9 }] }
drum = { type = "kick" }
lead = { type = "pluck" }
kit = { type = "strip", gain = -6.0 }
keys = { type = "strip", gain = -9.0, pan = -0.3 }
out = { type = "output" }

[cables]
"drum" = ["beat", "hats", "bell"]
"lead" = "melody"
"kit" = "drum"
"keys" = "lead"
"out" = ["kit", "keys"]
"#;

/// What is drawn of notes and strips, in every dress.
#[test]
fn rows_notes_and_strips_look_as_they_did_in_every_dress() {
    let mut album = Album::default();
    for (theme, dress) in [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::Contrast, "contrast")] {
        for (tab, name) in [(Tab::Pattern, "rows"), (Tab::Roll, "clip"), (Tab::Mixer, "strips")] {
            let height = if tab == Tab::Mixer { 780.0 } else { 620.0 };
            let mut stage = Stage::sized(BAND, Some(SCRIPT), vec2(1280.0, height));
            stage.harness.state_mut().dress(theme);
            stage.freeze();
            stage.turn_to(tab);
            if tab == Tab::Mixer {
                stage.key(Modifiers::NONE, Key::Escape);
                stage.key(Modifiers::NONE, Key::W);
            }
            album.compare(&format!("{name}-{dress}"), &stage.picture());
        }
    }
    let mut stage = Stage::sized(BAND, None, vec2(320.0, 240.0));
    stage.turn_to(Tab::Roll);
    album.compare("clip-small", &stage.picture());
    album.end();
}

/// What lies over the window or beside it.
#[test]
fn what_is_around_the_tabs_looks_as_it_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    stage.types("heard");
    album.compare("palette", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    stage.turn_to(Tab::Code);
    let end = SCRIPT.len() - 3;
    stage.harness.state_mut().code_mut().select(end, end);
    stage.harness.run_steps(2);
    stage.types(".ro");
    album.compare("completion", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    let at = stage.at(stage.tile("filter").center_top() + vec2(0.0, 10.0));
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::F1);
    album.compare("manual", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), vec2(800.0, 720.0));
    stage.harness.state_mut().shell.open_bare_settings();
    album.compare("settings", &stage.picture());

    let library = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "growl",
            "beatforge = 1\n\n# A bass that growls when `drive` is up.\n[nodes]\nbody = { type = \"saw\" }\n[outputs]\nout = \"body\"\n[controls]\ntune = { to = \"body.freq\" }\n",
        ),
        ("odd", "beatforge = 1\n[nodes]\nbody = { type = \n"),
        ("swell", "beatforge = 1\n[nodes]\nbody = { type = \"gain\" }\n[inputs]\ninput = \"body\"\n"),
    ] {
        std::fs::write(library.path().join(name).with_extension("toml"), text).unwrap();
    }
    let mut stage = Stage::sized(&set(), Some(SCRIPT), vec2(1000.0, 520.0));
    stage.freeze();
    stage.harness.state_mut().shell.browse(crate::ui::shell::browser::Tab::Library, library.path());
    let began = std::time::Instant::now();
    while stage.harness.state().shell.library.all.is_empty() {
        assert!(began.elapsed() < super::PATIENCE, "the library is read");
        stage.harness.run_steps(1);
    }
    album.compare("browser", &stage.picture());

    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    stage.turn_to(Tab::Code);
    let shared = std::sync::Arc::clone(&stage.harness.state().link().shared);
    stage.until("it is past the beginning", |_| shared.status().beat > 1.0);
    stage.harness.state().link().wish(Wish::Quant(bf_session::remote::Quant::Cycles(1024)));
    stage.settle();
    stage.harness.state_mut().code_mut().text_mut().push_str("track(\"bass\", note(\"c2 g2\").s(\"saw\"));\n");
    stage.harness.state_mut().code_mut().select(SCRIPT.len() + 4, SCRIPT.len() + 4);
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::Enter);
    stage.until("it waits", |s| s.waits.is_some());
    stage.harness.state_mut().code_mut().flash_ends();
    album.compare("waits", &stage.picture());
    album.end();
}

/// A display larger than any: everything is laid out within it, and nothing is drawn twice as large as it is.
#[test]
fn a_huge_window_is_laid_out() {
    for (tab, name) in Tab::ALL {
        let mut stage = Stage::sized(&set(), Some(SCRIPT), vec2(7_680.0, 4_320.0));
        stage.turn_to(tab);
        let shapes = stage.harness.output().shapes.len();
        assert!(shapes > 20, "{name} draws {shapes} shapes");
    }
}

pub(super) fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copied(&entry.path(), &there)
        } else {
            _ = std::fs::copy(entry.path(), there).unwrap()
        }
    }
}

/// Every tab with a set that plays, as the manual shows it.
#[test]
fn the_manual_has_a_picture_of_every_tab() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("techno");
    copied(&root.join("examples/techno"), &set);
    let mut stage = Stage::playing(&set, folder, vec2(1280.0, 800.0));
    stage.until("it sounds", |s| s.glances.values().any(|glance| glance.peak(0) > 0.05));
    let ground = Theme::Dark.paints(Accent::default()).ground;
    for (tab, name) in Tab::ALL {
        stage.turn_to(tab);
        stage.until("it is drawn as it plays", |_| true);
        let picture = stage.photo();
        let drawn = picture.pixels.iter().filter(|pixel| **pixel != ground).count();
        assert!(drawn > picture.pixels.len() / 50, "{name} is empty");
        if renews("docs") {
            write(&root.join(format!("docs/window-{}.png", name.to_lowercase().replace(' ', "-"))), &picture);
        }
    }
}
