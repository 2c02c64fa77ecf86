//! Pictures of whole sets: the first page, sheets, the tour, what was left, the set list.

use super::Stage;
use super::album::{Album, SCRIPT, SIZE, set};
use super::shell;
use crate::ui::command::Command;
use crate::ui::shell::browser::Tab;
use crate::ui::shell::{Face, Shell, Store};
use bf_session::Version;
use egui::{Key, Modifiers, vec2};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[test]
fn sheets_look_as_they_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(&set(), Some(SCRIPT), vec2(560.0, 480.0));
    stage.freeze();
    let version = |(name, note, seq, wall_ms): (&str, &str, u64, i64)| Version {
        seq,
        head: 1,
        wall_ms,
        moment: Default::default(),
        name: name.to_owned(),
        note: note.to_owned(),
    };
    stage.show(|shown| {
        shown.around.reach.osc = Some("0.0.0.0:9000".to_owned());
        shown.around.title = "first-light".to_owned();
        let versions =
            [("dark", "before the new bass", 212, 1_764_000_000_000), ("as played in may", "", 57, 1_747_000_000_000)];
        shown.around.versions = Arc::new(versions.map(version).into());
    });
    for (command, name) in [
        (Command::New, "sheet-new"),
        (Command::Open, "sheet-open"),
        (Command::SaveAs, "sheet-save-as"),
        (Command::Publish, "sheet-publish"),
        (Command::Versions, "sheet-versions"),
    ] {
        let around = stage.shown().around.clone();
        stage.harness.state_mut().shell.open_bare_sheet(command, &around);
        album.compare(name, &stage.take());
        if command == Command::SaveAs {
            // A name that cannot be says why.
            stage.key(Modifiers::COMMAND, Key::A);
            stage.types("a/b");
            album.compare("sheet-refused", &stage.take());
        }
        stage.key(Modifiers::NONE, Key::Escape);
        stage.key(Modifiers::NONE, Key::Escape);
    }
    drop(stage);
    // Where there is hardly any room.
    let mut stage = Stage::sized(&set(), None, vec2(336.0, 256.0));
    stage.freeze();
    let around = stage.shown().around.clone();
    stage.harness.state_mut().shell.open_bare_sheet(Command::New, &around);
    album.compare("sheet-small", &stage.take());
    album.end();
}

#[test]
fn the_first_page_looks_as_it_did() {
    let mut album = Album::default();
    let home = tempfile::tempdir().unwrap();
    let store = Store::at(home.path());
    let recent =
        ["night-bus", "first-light", "rain on tin"].map(|name| PathBuf::from("/home/ada/BeatForge").join(name));
    store.write_places("recent", &recent).unwrap();
    let mut stage = Stage::sized("beatforge = 1\n", None, vec2(760.0, 640.0));
    stage.freeze();
    stage.harness.state_mut().shell = Shell::new(store, Face::StandIn);
    album.compare("first-page", &stage.take());
    album.end();
}

#[test]
fn the_set_list_looks_as_it_did() {
    let mut album = Album::default();
    let home = tempfile::tempdir().unwrap();
    let mut places = ["night-bus", "first-light"].map(|name| shell::set(home.path(), name, &set())).to_vec();
    places.insert(1, PathBuf::from("/nowhere/rain on tin"));
    let store = Store::at(&home.path().join("config"));
    store.write_places("sets", &places).unwrap();
    store
        .write_places("recent", &[PathBuf::from("/nowhere/boom-bap"), PathBuf::from("/nowhere/long walk home")])
        .unwrap();
    let mut stage = Stage::sized(&set(), None, vec2(800.0, 420.0));
    stage.freeze();
    stage.show(|shown| {
        shown.around.place.clone_from(&places[0]);
        shown.around.coming = Some("first-light".to_owned());
    });
    stage.harness.state_mut().shell = Shell::new(store, Face::Set);
    stage.harness.state_mut().shell.browse(Tab::Sets, Path::new("/nowhere"));
    album.compare("set-list", &stage.take());
    album.end();
}

#[test]
fn a_set_that_was_left_and_the_tour_look_as_they_did() {
    let mut album = Album::default();
    let mut stage = Stage::sized(&set(), Some(SCRIPT), SIZE);
    stage.freeze();
    stage.show(|shown| (shown.around.was_left, shown.unsaved) = (true, true));
    album.compare("left", &stage.take());
    stage.show(|shown| (shown.around.was_left, shown.unsaved) = (false, false));
    stage.harness.state_mut().shell.begin_tour_here();
    album.compare("tour", &stage.take());
    album.end();
}
