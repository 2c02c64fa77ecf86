//! The user's library of patches: what goes in, what comes out, and what is broken there.

use super::shell::set;
use super::{SET, Stage};
use crate::ui::link::{Shown, Wish};
use crate::ui::shell::{Face, Store};
use bf_node::Value;
use bf_patch::Name;
use bf_session::{Severity, wav};
use egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};

/// A set with a patch that holds another one and a sound.
const HOST: &str = r#"beatforge = 1

[nodes]
wob = { type = "patch", file = "patches/wob.toml" }
out = { type = "output" }

[cables]
"out" = "wob"

[layout]
wob = [0, 0]
out = [240, 0]
"#;
const WOB: &str = r#"beatforge = 1

# A sound that wobbles.

[nodes]
player = { type = "sampler", file = "samples/hit.wav" }
inner = { type = "patch", file = "patches/inner.toml" }

[cables]
"inner.input" = "player"

[outputs]
out = "inner.out"

[controls]
depth = { to = "player.gain", help = "How much." }
"#;
const INNER: &str = r#"beatforge = 1

[nodes]
turn = { type = "gain" }

[inputs]
input = "turn"

[outputs]
out = "turn"
"#;

/// A folder with the user's files and one with sets.
struct Home {
    user: tempfile::TempDir,
    sets: tempfile::TempDir,
}

impl Home {
    fn new() -> Home {
        Home { user: tempfile::tempdir().unwrap(), sets: tempfile::tempdir().unwrap() }
    }

    fn host(&self, name: &str, level: f32) -> PathBuf {
        let host = set(self.sets.path(), name, HOST);
        std::fs::create_dir_all(host.join("patches")).unwrap();
        std::fs::create_dir_all(host.join("samples")).unwrap();
        std::fs::write(host.join("patches/wob.toml"), WOB).unwrap();
        std::fs::write(host.join("patches/inner.toml"), INNER).unwrap();
        sound(&host.join("samples/hit.wav"), level);
        host
    }

    fn library(&self) -> PathBuf {
        self.user.path().join("data/patches")
    }

    fn stage(&self, set: &Path) -> Stage {
        Stage::of_user(set, Face::Set, Store::at(self.user.path()), &["--no-history"])
    }
}

fn sound(path: &Path, level: f32) {
    let spec = wav::Spec { sample_rate: 48_000, channels: 1, format: wav::Format::Float32 };
    let mut writer = wav::Writer::create(path, spec, wav::Existing::Replace).unwrap();
    writer.write(&[level; 100]).unwrap();
    writer.finish().unwrap();
}

fn says(shown: &Shown, words: &str) -> bool {
    shown.lines.iter().any(|line| line.text.contains(words))
}

/// Saves the patch of the host by its menu on the canvas.
fn save(stage: &mut Stage) {
    let at = stage.title("wob");
    stage.press(at, PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, PointerButton::Secondary, false, Modifiers::NONE);
    stage.harness.run_steps(2);
    stage.click_on("Save to library");
}

/// Waits until a row of the browser is there.
fn row(stage: &mut Stage, name: &str) {
    stage.until(name, |_| true);
    let began = std::time::Instant::now();
    while stage.harness.query_by_label(name).is_none() {
        assert!(began.elapsed() < super::PATIENCE, "{name} is listed");
        stage.harness.run_steps(1);
    }
}

#[test]
fn a_patch_goes_into_the_library_with_what_it_needs_and_into_another_set() {
    let home = Home::new();
    let host = home.host("host", 0.5);
    let mut stage = home.stage(&host);
    save(&mut stage);
    stage.until("it is there", |s| says(s, "wob is in your library now"));
    let kept = home.library().join("wob");
    for file in ["patch.toml", "patches/inner.toml", "samples/hit.wav"] {
        assert!(kept.join(file).is_file(), "{file}");
    }
    let text = std::fs::read_to_string(kept.join("patch.toml")).unwrap();
    assert!(text.starts_with("beatforge = 1\n\n# A sound that wobbles.\n"), "{text}");
    // The same once more is not kept twice, another one with its name is.
    save(&mut stage);
    stage.until("it is there already", |s| says(s, "your library has it already, as wob"));
    drop(stage);
    let mut stage = home.stage(&home.host("other", 0.25));
    save(&mut stage);
    stage.until("it has another name", |s| says(s, "it is in your library as wob-2"));
    drop(stage);
    assert_eq!(std::fs::read_dir(home.library()).unwrap().count(), 2, "nothing else is left there");
    // Into a set that has another patch and another sound of these names.
    let plain = home.host("plain", 0.75);
    std::fs::write(plain.join("patches/wob.toml"), INNER).unwrap();
    std::fs::write(plain.join("set.toml"), SET).unwrap();
    let mut stage = home.stage(&plain);
    stage.key(Modifiers::COMMAND, Key::L);
    stage.click_on("Library");
    row(&mut stage, "wob");
    stage.click_on("wob");
    stage.harness.get_by_label_contains("A sound that wobbles.");
    stage.harness.get_by_label_contains("Controls: depth");
    let from = stage.harness.get_by_label("wob").rect().center();
    let to = stage.at(egui::pos2(160.0, 320.0));
    stage.drag(from, to, Modifiers::NONE);
    let shown = stage.until("it is a node", |s| s.own.main.nodes.contains_key("wob"));
    assert_eq!(shown.own.main.layout["wob"], [160, 320]);
    assert_eq!(shown.own.main.nodes["wob"].params["file"], Value::Text("patches/wob-2.toml".to_owned()));
    let inside = &shown.own.files["patches/wob-2.toml"];
    assert_eq!(inside.nodes["player"].params["file"], Value::Text("samples/hit-2.wav".to_owned()));
    assert_eq!(inside.nodes["inner"].params["file"], Value::Text("patches/inner.toml".to_owned()));
    assert_eq!(
        std::fs::read(plain.join("samples/hit-2.wav")).unwrap(),
        std::fs::read(host.join("samples/hit.wav")).unwrap()
    );
    assert_eq!(shown.undo.as_deref(), Some("add wob"));
    let shown = stage.wish(Wish::Undo);
    assert!(!shown.own.main.nodes.contains_key("wob") && shown.undo.is_none(), "it was one step");
}

#[test]
fn the_browser_saves_what_was_changed_and_the_finder_finds_it() {
    let home = Home::new();
    let host = home.host("host", 0.5);
    let mut stage = home.stage(&host);
    // The patch as it stands, not as its file says.
    let target = bf_patch::Socket::new("turn", "gain");
    let edit = bf_patch::Edit::SetParam { target, value: Some(Value::Number(0.125)) };
    let edit = bf_patch::SetEdit { file: Some("patches/inner.toml".to_owned()), edit };
    stage.wish(Wish::Edit { edit, label: "softer".to_owned(), gesture: None });
    stage.key(Modifiers::COMMAND, Key::L);
    stage.click_on("Patches");
    stage.click_on("patches/inner.toml");
    stage.click_on("Save to library");
    stage.until("it is there", |s| says(s, "inner is in your library now"));
    let text = std::fs::read_to_string(home.library().join("inner/patch.toml")).unwrap();
    assert!(text.contains("0.125"), "{text}");
    stage.key(Modifiers::COMMAND, Key::L);
    stage.key(Modifiers::NONE, Key::Escape);
    stage.click(stage.at(egui::pos2(300.0, 300.0)), Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.types("inner library");
    row(&mut stage, "inner");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("it is a node", |s| s.own.main.nodes.contains_key("inner"));
}

#[test]
fn what_is_broken_in_the_library_says_so_and_harms_nothing() {
    let home = Home::new();
    let library = home.library();
    std::fs::create_dir_all(library.join("odd")).unwrap();
    std::fs::write(library.join("odd/patch.toml"), "beatforge = 1\n[nodes]\nx = { type = \n").unwrap();
    std::fs::write(library.join("binary.toml"), [0xff, 0xfe, 0x00]).unwrap();
    std::fs::write(library.join("notes.txt"), "mine").unwrap();
    let lost = WOB.replace("patches/inner.toml", "patches/nowhere.toml");
    std::fs::write(library.join("lost.toml"), lost).unwrap();
    let quiet = WOB.replace("inner = { type = \"patch\", file = \"patches/inner.toml\" }\n", "");
    let quiet = quiet.replace("\"inner.input\" = \"player\"\n", "").replace("inner.out", "player");
    std::fs::write(library.join("quiet.toml"), quiet).unwrap();
    let mut stage = home.stage(&set(home.sets.path(), "plain", SET));
    stage.key(Modifiers::COMMAND, Key::L);
    stage.click_on("Library");
    row(&mut stage, "odd");
    assert!(stage.harness.query_by_label("binary").is_some() && stage.harness.query_by_label("notes").is_none());
    let mut add = |name: &str, words: &[&str]| {
        stage.click_on(name);
        stage.harness.get_by_label(name).focus();
        let at = stage.harness.get_by_label(name).rect().center();
        stage.drag(at, stage.at(egui::pos2(160.0, 320.0)), Modifiers::NONE);
        let shown = stage.until(name, |s| words.iter().all(|words| says(s, words)));
        // What it plays may have something to say after it.
        shown.lines.iter().rev().find(|line| line.text.contains(words[0])).unwrap().severity
    };
    assert_eq!(add("odd", &["odd/patch.toml:3:"]), Severity::Error);
    assert_eq!(add("binary", &["binary.toml", "UTF-8"]), Severity::Error);
    assert_eq!(add("lost", &["lost.toml names a patch", "nowhere.toml"]), Severity::Error);
    assert_eq!(add("quiet", &["added quiet; what it names is not there: samples/hit.wav"]), Severity::Warning);
    let shown = stage.shown();
    assert!(shown.own.main.nodes.contains_key(&Name::new("quiet")) && !shown.own.main.nodes.contains_key("odd"));
    // A library that is a file is told, too.
    drop(stage);
    std::fs::remove_dir_all(&library).unwrap();
    std::fs::write(&library, "no folder").unwrap();
    let mut stage = home.stage(&home.host("host", 0.5));
    save(&mut stage);
    let shown = stage.until("it is told", |s| says(s, "it was not put into your library"));
    assert_eq!(shown.lines.back().unwrap().severity, Severity::Error);
}
