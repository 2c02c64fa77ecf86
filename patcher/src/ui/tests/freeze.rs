//! Freezing by hand: from the menu to a file that goes round, and back; and large files that come in.

use super::{SET, Stage};
use crate::ui::link::Shown;
use bf_patch::Name;
use bf_patch::compile::{FROZEN, Frozen};
use egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable as _;

fn frozen(shown: &Shown, node: &str) -> Option<Frozen> {
    Frozen::read(shown.own.main.nodes.get(&Name::new(node))?.params.get(FROZEN)?).ok()
}

fn menu(stage: &mut Stage, name: &str) {
    let at = stage.title(name);
    stage.press(at, PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, PointerButton::Secondary, false, Modifiers::NONE);
    stage.harness.run_steps(2);
}

/// Whether the engine plays something at a path.
fn plays(shown: &Shown, path: &str) -> bool {
    shown.glances.contains_key(path)
}

#[test]
fn a_node_is_frozen_from_its_menu_heard_as_a_file_and_is_itself_again() {
    let mut stage = Stage::new(SET, None);
    let before = stage.shown().own.main.clone();
    menu(&mut stage, "filter");
    stage.harness.get_by_label("Freeze 2 bars").click();
    stage.harness.run_steps(2);
    let shown = stage.until("it is frozen", |s| frozen(s, "filter").is_some());
    let made = frozen(&shown, "filter").unwrap();
    assert_eq!((made.beats, made.mono, made.files[0].0.as_str()), (8, true, "low"));
    assert!(stage.folder.path().join(&made.files[0].1).is_file());
    assert_eq!(shown.undo.as_deref(), Some("freeze filter"));
    assert!(shown.under_way.is_empty());
    let shown = stage.until("the file plays", |s| plays(s, "filter/~frozen/low") && !plays(s, "lead"));
    assert!(!plays(&shown, "filter") && plays(&shown, "out"), "what fed only it rests");
    stage.until("it sounds", |s| s.glances["filter/~frozen/low"].peak(0) > 0.01);
    assert!(stage.shown().lines.iter().any(|line| line.text.contains("filter is frozen: 2 bars")));
    // Said to those who do not see it, and of its values, too.
    stage.harness.run_steps(2);
    assert!(stage.harness.query_by_label_contains("node filter, svf, from lead, to out, frozen").is_some());
    menu(&mut stage, "filter");
    stage.harness.get_by_label("Unfreeze   Shift+F").click();
    let shown = stage.until("it plays itself", |s| frozen(s, "filter").is_none() && plays(s, "lead"));
    assert_eq!((&shown.own.main, shown.undo.as_deref()), (&before, Some("unfreeze filter")));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("that is one step", |s| frozen(s, "filter").is_some());
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("and freezing was one", |s| s.own.main == before);
}

#[test]
fn what_plays_freezes_at_a_bar_by_its_key_and_several_one_after_the_other() {
    let nodes = "wide = { type = \"square\", freq = 55.0 }\nout = { type";
    let text =
        SET.replace("out = { type", nodes).replace("\"out\" = \"filter.low\"", "\"out\" = [\"filter.low\", \"wide\"]");
    let mut stage = Stage::new(&text.replace("[layout]", "[layout]\nwide = [240, 240]"), None);
    let playing = |stage: &Stage| stage.harness.state().link().shared.status().playing;
    if !playing(&stage) {
        stage.key(Modifiers::NONE, Key::Space);
    }
    while !playing(&stage) {
        stage.harness.run_steps(1);
    }
    let at = stage.title("lead");
    stage.click(at, Modifiers::NONE);
    let at = stage.title("wide");
    stage.click(at, Modifiers::SHIFT);
    let at = stage.title("filter");
    stage.click(at, Modifiers::SHIFT);
    let before = stage.shown().own.main.clone();
    stage.key(Modifiers::SHIFT, Key::F);
    let shown = stage.until("both are frozen", |s| frozen(s, "wide").is_some() && frozen(s, "filter").is_some());
    assert_eq!(frozen(&shown, "wide").unwrap().beats, 16);
    assert_eq!(frozen(&shown, "lead"), None, "what only feeds another that is frozen rests");
    assert_eq!(shown.undo.as_deref(), Some("freeze filter, wide"), "both are one step");
    assert_eq!(shown.lines.iter().filter(|line| line.text.contains("frozen:")).count(), 1, "{:?}", shown.lines);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one step back", |s| s.own.main == before);
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    stage.until("and again", |s| frozen(s, "wide").is_some() && frozen(s, "filter").is_some());
    stage.key(Modifiers::SHIFT, Key::F);
    assert!(!shown.lines.iter().any(|line| line.text.contains("changed")), "{:?}", shown.lines);
    let shown = stage.until("neither is", |s| frozen(s, "wide").is_none() && frozen(s, "filter").is_none());
    assert_eq!(shown.undo.as_deref(), Some("unfreeze filter, wide"));
}

#[test]
fn it_shows_how_far_it_is_and_ends_when_told_to() {
    // Long enough to be caught at it: 256 bars take a while.
    let mut stage = Stage::new(&SET.replace("tempo = 120.0", "tempo = 60.0"), None);
    let before = stage.shown().own.main.clone();
    stage.harness.run_steps(1);
    let wish = bf_session::Freeze { file: None, node: Name::new("filter"), bars: 256 };
    stage.wish(crate::ui::link::Wish::Freeze(vec![wish]));
    stage.until("it is under way", |s| s.under_way.iter().any(|one| one.words == "freezing filter"));
    stage.harness.get_by_label("Cancel: freezing filter").click();
    let shown = stage.until("it has ended", |s| s.under_way.is_empty());
    assert_eq!(shown.own.main, before);
    assert!(shown.lines.iter().any(|line| line.text == "cancelled: filter is not frozen"), "{:?}", shown.lines);
    assert!(!stage.folder.path().join("frozen").exists());
}

#[test]
fn why_something_is_not_frozen_is_said() {
    let mut stage = Stage::new(SET, None);
    let at = stage.title("wobble");
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::SHIFT, Key::F);
    stage.until("it says so", |s| s.lines.iter().any(|line| line.text.contains("nothing is heard of wobble")));
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::SHIFT, Key::F);
    assert_eq!(stage.harness.state().said(), Some("select a node to freeze first"));
}

/// Four that are heard beside one another.
const FOUR: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
one = { type = "saw", freq = 110.0 }
two = { type = "saw", freq = 165.0 }
three = { type = "saw", freq = 220.0 }
four = { type = "saw", freq = 275.0 }
out = { type = "output" }

[cables]
"out" = ["one", "two", "three", "four"]

[layout]
one = [0, 0]
two = [0, 120]
three = [0, 240]
four = [0, 360]
out = [300, 0]
"#;

#[test]
fn many_that_are_frozen_have_one_place_in_which_nothing_moves() {
    // Long enough to be caught at it.
    let mut stage = Stage::new(&FOUR.replace("tempo = 120.0", "tempo = 60.0"), None);
    let before = stage.shown().own.main.clone();
    let place = |stage: &Stage, name: &str| stage.harness.get_by_label(name).rect();
    let (tap, canvas) = (place(&stage, "Tap"), stage.at(egui::Pos2::ZERO));
    let wish = |name: &str| bf_session::Freeze { file: None, node: Name::new(name), bars: 256 };
    stage.wish(crate::ui::link::Wish::Freeze(["one", "two", "three", "four"].map(wish).into()));
    let shown = stage.until("they are under way", |s| s.under_way.len() > 2);
    let nth = shown.under_way.iter().find_map(|one| one.nth);
    assert!(nth.is_some_and(|(_, all)| all == 4), "{nth:?}");
    assert_eq!((place(&stage, "Tap"), stage.at(egui::Pos2::ZERO)), (tap, canvas));
    stage.harness.get_by_label_contains(" of 4").click();
    stage.harness.run_steps(2);
    assert!(stage.harness.query_all_by_label_contains("is frozen next").count() > 0, "a click lists them");
    stage.harness.get_by_label("Cancel all").click();
    stage.harness.run_steps(2);
    let shown = stage.until("all have ended", |s| s.under_way.is_empty());
    assert_eq!(shown.own.main, before);
    let left = std::fs::read_dir(stage.folder.path().join("frozen")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

#[cfg(unix)]
#[derive(Debug)]
struct File(std::path::PathBuf);

#[cfg(unix)]
impl egui::DroppedFile for File {
    fn path(&self) -> &std::path::Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

#[cfg(unix)]
#[test]
fn a_large_file_that_was_dropped_is_cancelled_and_nothing_of_it_is_left() {
    let mut stage = Stage::new(SET, None);
    let desktop = tempfile::tempdir().unwrap();
    let sound = desktop.path().join("long.wav");
    // A file without an end, of which a piece comes when it is asked for.
    assert!(std::process::Command::new("mkfifo").arg(&sound).status().unwrap().success());
    let (more, asked) = std::sync::mpsc::sync_channel::<()>(1);
    let pipe = sound.clone();
    let writer = std::thread::spawn(move || {
        let mut file = std::fs::OpenOptions::new().write(true).open(pipe).unwrap();
        while asked.recv().is_ok() {
            // Once nobody reads it any more, it is over.
            let _ = std::io::Write::write_all(&mut file, &[7; 4096]);
        }
    });
    more.send(()).unwrap();
    stage.harness.input_mut().dropped_files.push(std::sync::Arc::new(File(sound)));
    stage.harness.run_steps(1);
    stage.until("it is under way", |s| s.under_way.iter().any(|one| one.words == "copying long.wav"));
    stage.harness.get_by_label("Cancel: copying long.wav").click();
    stage.harness.run_steps(2);
    stage.settle();
    more.send(()).unwrap();
    drop(more);
    let shown = stage.until("it has ended", |s| s.under_way.is_empty());
    assert!(shown.lines.iter().any(|line| line.text.starts_with("cancelled: ")), "{:?}", shown.lines);
    assert!(!shown.own.main.nodes.contains_key(&Name::new("long")));
    let left = std::fs::read_dir(stage.folder.path().join("samples")).unwrap().count();
    assert_eq!(left, 0);
    writer.join().unwrap();
}
