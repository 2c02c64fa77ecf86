//! Commands, browser, settings, messages, and windows that are very small.

use super::shell::set;
use super::{SET, Stage};
use crate::cli::playing::Playing;
use crate::ui::app::{App, Tab};
use crate::ui::command::Command;
use crate::ui::link::{Link, Wish};
use crate::ui::pane::Pane;
use crate::ui::shell::deck::Deed;
use crate::ui::shell::{Face, Shell, Store};
use crate::ui::theme::Theme;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use std::sync::Arc;

#[test]
fn a_command_is_found_by_a_few_letters() {
    let mut stage = Stage::new(SET, None);
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    stage.types("show mix");
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.harness.state().tab, Tab::Mixer);
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    stage.types("contrast");
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.harness.state().shell.settings.theme, Theme::Contrast);
    // Escape closes it and does nothing.
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    stage.types("show the code");
    stage.key(Modifiers::NONE, Key::Escape);
    assert_eq!(stage.harness.state().tab, Tab::Mixer);
}

#[test]
fn the_browser_adds_what_is_found_as_one_step() {
    let mut stage = Stage::new(SET, None);
    stage.key(Modifiers::COMMAND, Key::L);
    stage.types("ladder");
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.settle();
    assert_eq!(shown.own.main.nodes["ladder"].kind, "ladder");
    let shown = stage.wish(Wish::Undo);
    assert!(!shown.own.main.nodes.contains_key("ladder"));
    // Dragged, it lies where it is let go.
    let row = stage.harness.get_by_label("ladder").rect().center();
    let to = stage.at(egui::pos2(160.0, 320.0));
    stage.drag(row, to, Modifiers::NONE);
    let shown = stage.until("it is there", |shown| shown.own.main.nodes.contains_key("ladder"));
    assert_eq!(shown.own.main.layout["ladder"], [160, 320]);
}

#[test]
fn a_sound_is_tried_beside_the_set() {
    let mut stage = Stage::new(SET, None);
    stage.key(Modifiers::COMMAND, Key::L);
    stage.click_on("Samples");
    let began = std::time::Instant::now();
    while stage.harness.query_by_label("forge/bd").is_none() {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "the sounds that ship are listed");
        stage.harness.run_steps(1);
    }
    let before = stage.shown();
    stage.click_on("forge/bd");
    let shown = stage.until("it is tried", |shown| shown.around.tried == 1);
    assert_eq!((&before.own, before.undo.as_ref()), (&shown.own, shown.undo.as_ref()), "the set knows nothing of it");
    stage.wish(Wish::Deed(Deed::Try("nothing/at-all".to_owned())));
    stage.until("that is told", |shown| shown.lines.iter().any(|line| line.text.contains("nothing/at-all")));
}

#[test]
fn the_set_list_leads_from_one_to_the_next() {
    let home = tempfile::tempdir().unwrap();
    let (a, b) = (set(home.path(), "a", SET), set(home.path(), "b", SET));
    let store = Store::at(&home.path().join("config"));
    store.write_places("sets", &[a.clone(), b.clone()]).unwrap();
    let playing = Playing::start(&a, &super::Alone::arguments()).unwrap_or_else(|_| panic!("it plays"));
    let app = App::with(Link::start(playing, Arc::default()), Shell::new(store, Face::Set));
    let mut stage = Stage { harness: super::shell::harness(app), raster: Default::default(), folder: home };
    stage.key(Modifiers::COMMAND, Key::PageDown);
    let shown = stage.until("the next one plays", |shown| shown.around.opened == 2);
    assert_eq!(shown.around.place, b);
    stage.key(Modifiers::COMMAND, Key::PageDown);
    assert_eq!(stage.settle().around.coming, None, "the list ends there");
}

#[test]
fn settings_are_kept_and_a_broken_file_is_told_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let a = set(home.path(), "a", SET);
    let config = home.path().join("config");
    std::fs::create_dir_all(&config).unwrap();
    let broken = "theme = \"light\"\nscale = \"huge\"\n";
    std::fs::write(config.join("settings.toml"), broken).unwrap();
    let open = |store: Store| {
        let playing = Playing::start(&a, &super::Alone::arguments()).unwrap_or_else(|_| panic!("it plays"));
        super::shell::harness(App::with(Link::start(playing, Arc::default()), Shell::new(store, Face::Set)))
    };
    let mut stage =
        Stage { harness: open(Store::at(&config)), raster: Default::default(), folder: tempfile::tempdir().unwrap() };
    assert_eq!(stage.harness.state().shell.settings.theme, Theme::Light, "what is right in it counts");
    let said = stage.harness.state().said().unwrap().to_owned();
    assert!(said.contains("settings.toml, line 2: `scale`"), "{said}");
    assert_eq!(std::fs::read_to_string(config.join("settings.toml")).unwrap(), broken);
    stage.key(Modifiers::COMMAND, Key::Comma);
    // It may lie below what is seen of the sheet.
    stage.harness.get_by_label("high contrast").click_accesskit();
    stage.harness.run_steps(2);
    assert_eq!(std::fs::read_to_string(config.join("settings.toml.broken")).unwrap(), broken, "nothing of it is lost");
    let said = stage.harness.state().said().unwrap_or_default().to_owned();
    assert!(said.contains("settings.toml.broken"), "{said}");
    stage.key(Modifiers::COMMAND, Key::Comma);
    drop(stage);
    let stage =
        Stage { harness: open(Store::at(&config)), raster: Default::default(), folder: tempfile::tempdir().unwrap() };
    assert_eq!(stage.harness.state().shell.settings.theme, Theme::Contrast);
    assert_eq!(stage.harness.state().said(), None);
}

#[test]
fn ports_are_used_as_soon_as_they_are_chosen() {
    let home = tempfile::tempdir().unwrap();
    let a = set(home.path(), "a", SET);
    let config = home.path().join("config");
    std::fs::create_dir_all(&config).unwrap();
    // One that is not plugged in is still wanted, and in the list.
    std::fs::write(config.join("settings.toml"), "midi_in = [\"Keys\"]\nmidi_out = [\"Lights\"]\n").unwrap();
    let mut stage = Stage::of_user(&a, Face::Set, Store::at(&config), &["--no-history", "--midi-in", "Pads"]);
    let heard = |shown: &crate::ui::link::Shown, ports: &[&str]| shown.around.reach.midi_ports == ports;
    stage.until("what was asked for is heard", |shown| heard(shown, &["Pads"]));
    stage.key(Modifiers::COMMAND, Key::Comma);
    for ports in [&["Pads"][..], &["Pads", "Keys"]] {
        stage.harness.get_by_label("Hear Keys").click_accesskit();
        stage.harness.run_steps(2);
        let shown = stage.until("it is heard, or not any more", |shown| heard(shown, ports));
        assert_eq!(shown.around.opened, 1, "the same set plays on");
    }
    let kept = std::fs::read_to_string(config.join("settings.toml")).unwrap();
    assert!(kept.contains("midi_in = [\"Keys\"]"), "{kept}");
}

#[test]
fn messages_are_filtered_and_cleared() {
    let mut stage = Stage::new(SET, None);
    stage.wish(Wish::Redo);
    stage.wish(Wish::Save);
    stage.harness.run_steps(2);
    stage.harness.get_by_label("nothing has changed");
    stage.harness.get_by_label("there is nothing to do again");
    stage.click_on("Errors only");
    assert!(stage.harness.query_by_label("nothing has changed").is_none());
    stage.click_on("Errors only");
    stage.click_on("Clear");
    assert!(stage.harness.query_by_label("nothing has changed").is_none());
    stage.wish(Wish::Save);
    stage.harness.run_steps(2);
    stage.harness.get_by_label("nothing has changed");
}

#[test]
fn the_signature_is_changed_in_the_bar() {
    let mut stage = Stage::new(SET, None);
    let at = stage.harness.get_by_label("/4").rect().center();
    stage.drag(at, at + vec2(-30.0, 0.0), Modifiers::NONE);
    let shown = stage.until("it is another", |shown| shown.own.main.signature < 4);
    let shown_again = stage.wish(Wish::Undo);
    assert!(shown.own.main.signature >= 1 && shown_again.own.main.signature == 4);
}

#[test]
fn everything_is_drawn_in_a_very_small_window() {
    let mut stage = Stage::new(SET, None);
    for size in [vec2(320.0, 240.0), vec2(3_840.0, 2_160.0)] {
        stage.harness.set_size(size);
        for command in [
            Command::Palette,
            Command::Open,
            Command::SaveAs,
            Command::Versions,
            Command::Publish,
            Command::New,
            Command::Settings,
            Command::Browser,
            Command::Projector,
            Command::Projector,
            Command::Settings,
            Command::Start,
        ] {
            stage.harness.state_mut().told.push(command);
            stage.harness.run_steps(3);
        }
        stage.click_on("Back to the set");
    }
}

#[test]
fn the_layout_of_a_set_is_as_it_was_left() {
    let home = tempfile::tempdir().unwrap();
    let a = set(home.path(), "a", SET);
    std::fs::create_dir(a.join(".beatforge")).unwrap();
    let open = || {
        let playing = Playing::start(&a, &super::Alone::arguments()).unwrap_or_else(|_| panic!("it plays"));
        super::shell::harness(App::new(Link::start(playing, Arc::default())))
    };
    let mut stage = Stage { harness: open(), raster: Default::default(), folder: tempfile::tempdir().unwrap() };
    stage.key(Modifiers::ALT, Key::Num3);
    stage.key(Modifiers::COMMAND, Key::L);
    drop(stage);
    let harness = open();
    assert_eq!((harness.state().tab, harness.state().shell.browses), (Tab::Mixer, true));
}

#[cfg(unix)]
#[test]
fn the_layout_is_not_written_through_a_link() {
    let home = tempfile::tempdir().unwrap();
    let (a, mine) = (set(home.path(), "a", SET), home.path().join("mine.txt"));
    std::fs::write(&mine, "mine").unwrap();
    std::fs::create_dir(a.join(".beatforge")).unwrap();
    std::os::unix::fs::symlink(&mine, a.join(".beatforge/window.toml")).unwrap();
    let playing = Playing::start(&a, &super::Alone::arguments()).unwrap_or_else(|_| panic!("it plays"));
    let harness = super::shell::harness(App::new(Link::start(playing, Arc::default())));
    drop(Stage { harness, raster: Default::default(), folder: tempfile::tempdir().unwrap() });
    assert_eq!(std::fs::read_to_string(mine).unwrap(), "mine");
}

#[test]
fn panels_of_a_set_are_as_large_as_they_were_left() {
    let home = tempfile::tempdir().unwrap();
    let a = set(home.path(), "a", SET);
    std::fs::write(a.join("live.rhai"), "track(\"drums\", s(\"bd*4\"));\n").unwrap();
    std::fs::create_dir(a.join(".beatforge")).unwrap();
    let open = || {
        let playing = Playing::start(&a, &super::Alone::arguments()).unwrap_or_else(|_| panic!("it plays"));
        let harness = super::shell::harness(App::new(Link::start(playing, Arc::default())));
        let mut stage = Stage { harness, raster: Default::default(), folder: tempfile::tempdir().unwrap() };
        stage.harness.run_steps(3);
        stage
    };
    let stands = |stage: &Stage, pane| crate::ui::pane::stands(&stage.harness.ctx, pane);
    let all = [Pane::Inspector, Pane::Messages, Pane::Browser, Pane::Plays, Pane::Wave];
    let mut stage = open();
    stage.key(Modifiers::COMMAND, Key::L);
    stage.harness.run_steps(3);
    const MARGIN: f32 = 8.0;
    let size = vec2(1_280.0, 800.0);
    let at = |stage: &Stage, pane: Pane| match pane {
        // The window has a margin; what lies beside a panel begins on its line.
        Pane::Browser => egui::pos2(stands(stage, pane) + MARGIN - 3.0, 300.0),
        Pane::Inspector => egui::pos2(size.x - stands(stage, pane) - MARGIN + 3.0, 300.0),
        _ => egui::pos2(600.0, size.y - stands(stage, pane) - MARGIN + 3.0),
    };
    let mut wanted = Vec::new();
    for (pane, by) in [(all[0], vec2(-60.0, 0.0)), (all[1], vec2(0.0, -50.0)), (all[2], vec2(40.0, 0.0))] {
        let (before, from) = (stands(&stage, pane), at(&stage, pane));
        stage.drag(from, from + by, Modifiers::NONE);
        stage.harness.run_steps(3);
        let after = stands(&stage, pane);
        assert!((after - before - by.x.abs() - by.y.abs()).abs() < 4.0, "{pane:?}: {before} {after}");
        wanted.push((pane, after));
    }
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    // What plays lies above the messages.
    let from = egui::pos2(300.0, size.y - stands(&stage, all[1]) - stands(&stage, all[3]) - MARGIN + 3.0);
    let before = stands(&stage, all[3]);
    stage.drag(from, from + vec2(0.0, -44.0), Modifiers::NONE);
    stage.harness.run_steps(3);
    assert!((stands(&stage, all[3]) - before - 44.0).abs() < 4.0);
    wanted.push((all[3], stands(&stage, all[3])));
    drop(stage);
    for nth in 0..2 {
        let mut stage = open();
        assert_eq!(stage.harness.state().tab, Tab::Code);
        stage.harness.state_mut().tab = Tab::Patch;
        stage.harness.run_steps(3);
        stage.harness.state_mut().tab = Tab::Code;
        stage.harness.run_steps(3);
        for (pane, size) in &wanted {
            assert!((stands(&stage, *pane) - size).abs() <= 1.0, "{nth} {pane:?}: {} {size}", stands(&stage, *pane));
        }
    }
    let kept = std::fs::read_to_string(a.join(".beatforge").join("window.toml")).unwrap();
    assert!(kept.contains("inspector = 3") && !kept.contains("wave ="), "what nobody has changed is not kept: {kept}");
}

#[test]
fn the_wave_of_what_is_heard_is_drawn_in_the_code_pane_and_below() {
    let mut stage = Stage::new(SET, Some("track(\"drums\", s(\"bd*4\"));\n"));
    let wave = "wave of what is heard";
    assert!(stage.harness.query_by_label(wave).is_none() && !stage.harness.state().link().shared.wave().is_watched());
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    stage.harness.get_by_label(wave);
    let shared = Arc::clone(&stage.harness.state().link().shared);
    stage.until("it is seen", |_| {
        let (mut left, mut right) = ([0.0; 960], [0.0; 960]);
        shared.wave().latest(&mut left, &mut right) == 960 && left.iter().any(|x| *x != 0.0)
    });
    // Elsewhere nothing is kept of it, unless it stands below.
    stage.harness.state_mut().tab = Tab::Mixer;
    stage.harness.run_steps(3);
    assert!(stage.harness.query_by_label(wave).is_none() && !shared.wave().is_watched());
    stage.click_on("Scope");
    stage.harness.get_by_label(wave);
    assert!(shared.wave().is_watched());
    stage.harness.state_mut().told.push(Command::Scope);
    stage.harness.run_steps(3);
    assert!(stage.harness.query_by_label(wave).is_none() && !shared.wave().is_watched());
}

#[test]
fn the_finder_explains_what_is_chosen_and_lets_a_sound_be_heard() {
    let mut stage = Stage::new(SET, None);
    stage.until("the sounds are listed", |s| s.sounds.iter().any(|(name, _)| name == "forge/bd"));
    stage.click(stage.at(egui::pos2(300.0, 330.0)), Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.types("svf");
    for words in ["cutoff", "Values", "low"] {
        assert!(stage.harness.query_all_by_label_contains(words).next().is_some(), "{words} is told of a node");
    }
    stage.key(Modifiers::COMMAND, Key::Space);
    assert_eq!(stage.settle().around.tried, 0, "a node is not heard by itself");
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("forge/bd sound");
    let before = stage.shown();
    stage.key(Modifiers::COMMAND, Key::Space);
    let shown = stage.until("it is tried", |shown| shown.around.tried == 1);
    assert_eq!((&before.own, before.undo.as_ref()), (&shown.own, shown.undo.as_ref()), "the set knows nothing of it");
    stage.click_on("Hear it");
    stage.until("it is tried again", |shown| shown.around.tried == 2);
    stage.key(Modifiers::NONE, Key::ArrowDown);
    stage.key(Modifiers::NONE, Key::ArrowUp);
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("it is added", |s| s.own.main.nodes.values().any(|node| node.kind == "sampler"));
    let sampler = shown.own.main.nodes.values().find(|node| node.kind == "sampler").unwrap();
    assert_eq!(sampler.params["file"], bf_node::Value::Text("forge/bd".to_owned()));
}

#[test]
fn panels_leave_the_canvas_some_room_however_large_they_are_wished() {
    let mut stage = Stage::new(SET, None);
    stage.key(Modifiers::COMMAND, Key::L);
    stage.harness.run_steps(3);
    let mut sizes = crate::ui::pane::sizes(&stage.harness.ctx);
    (sizes[Pane::Browser as usize], sizes[Pane::Inspector as usize]) = (Some(5_000), Some(5_000));
    crate::ui::pane::lay(&stage.harness.ctx, sizes);
    stage.harness.run_steps(3);
    let stands = |pane| crate::ui::pane::stands(&stage.harness.ctx, pane);
    let left = stage.harness.ctx.content_rect().width() - stands(Pane::Browser) - stands(Pane::Inspector);
    assert!(left > 90.0, "{left}");
}

#[test]
fn tabs_are_seen_whole_or_in_a_list_beside_any_panels() {
    let mut listed = [0, 0];
    for width in [320.0, 480.0, 560.0, 640.0, 800.0, 1_024.0, 1_280.0] {
        for browses in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("set.toml"), SET).unwrap();
            let mut stage = Stage::of(folder, vec2(width, 700.0));
            stage.harness.state_mut().shell.browses = browses;
            stage.harness.run_steps(4);
            let stands = |pane| crate::ui::pane::stands(&stage.harness.ctx, pane);
            let left = if browses { stands(Pane::Browser) } else { 0.0 };
            let seen = left..=width - stands(Pane::Inspector);
            let inside = |label: &str| {
                let all: Vec<egui::Rect> = stage.harness.query_all_by_label(label).map(|node| node.rect()).collect();
                let inside = |rect: &egui::Rect| seen.contains(&rect.min.x) && seen.contains(&rect.max.x);
                assert!(all.iter().all(inside), "{label} at {width}, browser {browses}: {all:?} in {seen:?}");
                all.len()
            };
            inside("Set");
            let list = inside("tab");
            for (_, name) in Tab::ALL {
                assert!(list == 1 || inside(name) == 1, "{name} at {width}, browser {browses}");
            }
            listed[usize::from(browses)] += list;
        }
    }
    assert!(listed[0] >= 1 && listed[0] < listed[1] && listed[1] < 7, "where there is no room for them: {listed:?}");
}

#[test]
fn enter_alone_does_nothing_in_the_palette_and_what_was_used_stands_first() {
    const BOTH: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };
    let mut stage = Stage::new(SET, None);
    let from = stage.title("lead");
    stage.drag(from, from + vec2(80.0, 40.0), Modifiers::NONE);
    stage.wish(Wish::Undo);
    let before = stage.settle();
    assert!(before.redo.is_some());
    stage.key(BOTH, Key::P);
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.settle().redo, before.redo, "nothing is done again");
    stage.types("show the code");
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.harness.state().tab, Tab::Code);
    stage.key(Modifiers::ALT, Key::Num1);
    stage.key(BOTH, Key::P);
    stage.key(Modifiers::NONE, Key::ArrowDown);
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.harness.state().tab, Tab::Code, "the last one comes first");
}

#[test]
fn the_performance_view_fits_the_canvas_again_and_says_nothing_once_it_is_left() {
    let mut stage = Stage::new(SET, None);
    let corner = stage.title("lead");
    stage.key(Modifiers::NONE, Key::F11);
    stage.harness.run_steps(3);
    let told = "F11 leaves the performance view";
    stage.harness.get_by_label(told);
    let seen = stage.title("lead");
    assert!((seen - corner).length() > 8.0, "there is another pane");
    stage.harness.state_mut().told.push(Command::Fit);
    stage.harness.run_steps(3);
    assert!((stage.title("lead") - seen).length() < 1.0, "it showed all already");
    stage.key(Modifiers::NONE, Key::F11);
    stage.harness.run_steps(3);
    assert!(stage.harness.query_by_label(told).is_none());
    assert!((stage.title("lead") - corner).length() < 1.0);
}
