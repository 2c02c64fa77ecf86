//! Whole sets: the first page, opening beside, saving elsewhere, going back, the tour.

use super::{Alone, SET, Stage, cables, number};
use crate::cli::playing::Playing;
use crate::ui::app::App;
use crate::ui::link::{Link, Shown, Wish};
use crate::ui::shell::deck::Deed;
use crate::ui::shell::settings::{self, Settings};
use crate::ui::shell::{Face, Shell, Store, Template};
use bf_patch::{Cable, Edit, Name, Node, SetEdit, Socket};
use clap::Parser;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const OTHER: &str = "beatforge = 1\ntempo = 90.0\n\n[nodes]\nhum = { type = \"sine\", freq = 220.0 }\nout = { type = \"output\" }\n\n[cables]\n\"out\" = \"hum\"\n";

/// A window of the usual size.
pub(super) fn harness(app: App) -> Harness<'static, App> {
    let harness = Harness::builder().with_size(vec2(1280.0, 800.0)).with_step_dt(1.0 / 60.0);
    let mut harness = harness.build_ui_state(|ui, app: &mut App| app.draw(ui), app);
    harness.run_steps(3);
    harness
}

impl Stage {
    /// A window whose user's files lie in a folder, with its history where that is wanted.
    pub(super) fn of_user(set: &Path, face: Face, store: Store, more: &[&str]) -> Stage {
        let usual = ["alone", "--backend", "null", "--osc", "off", "--no-last"];
        let mut play = Alone::parse_from(usual.iter().chain(more)).playing.over_a_window();
        play.hears(&Settings::parse(&store.read(settings::FILE).unwrap_or_default()).0);
        let playing = match face {
            Face::Set => Playing::start(set, &play),
            Face::StandIn => Playing::stand_in(set, &play),
        };
        let playing = playing.unwrap_or_else(|_| panic!("{}", set.display()));
        let app = App::with(Link::start(playing, Arc::default()), Shell::new(store, face));
        let harness = harness(app);
        Stage { harness, raster: Default::default(), folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn wish(&mut self, wish: Wish) -> Arc<Shown> {
        self.harness.state().link().wish(wish);
        self.settle()
    }

    pub(super) fn deed(&mut self, deed: Deed) -> Arc<Shown> {
        self.wish(Wish::Deed(deed))
    }

    fn edit(&mut self, edit: Edit) -> Arc<Shown> {
        self.wish(Wish::Edit { edit: SetEdit::main(edit), label: "by hand".to_owned(), gesture: None })
    }

    fn cutoff(&mut self, value: f64) -> Arc<Shown> {
        let at = Socket::new("filter", "cutoff");
        self.edit(Edit::SetParam { target: at, value: Some(bf_node::Value::Number(value)) })
    }

    pub(super) fn click_on(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    pub(super) fn opened(&mut self, times: u64) -> Arc<Shown> {
        self.until("another set plays", |shown| shown.around.opened == times)
    }
}

pub(super) fn set(folder: &Path, name: &str, text: &str) -> PathBuf {
    let set = folder.join(name);
    std::fs::create_dir_all(&set).unwrap();
    std::fs::write(set.join("set.toml"), text).unwrap();
    set.canonicalize().unwrap()
}

#[test]
fn another_set_takes_over_while_the_first_plays_and_back() {
    let sets = tempfile::tempdir().unwrap();
    let (a, b) = (set(sets.path(), "a", SET), set(sets.path(), "b", OTHER));
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &["--no-history"]);
    stage.cutoff(500.0);
    let coming = stage.deed(Deed::Open(b.clone()));
    assert_eq!(coming.around.coming.as_deref(), Some("b"));
    assert_eq!(coming.around.title, "a", "the first one plays on meanwhile");
    let shown = stage.opened(2);
    assert_eq!((shown.around.title.as_str(), shown.around.place.as_path()), ("b", b.as_path()));
    assert!(shown.own.main.nodes.contains_key("hum") && shown.undo.is_none());
    assert_eq!(stage.harness.state().link().title, "b");
    let status = stage.harness.state().link().shared.status();
    assert!(status.playing && (status.bpm - 90.0).abs() < 1e-9);
    // What is edited now is the other set.
    let label = stage.edit(Edit::RemoveNode { name: Name::new("hum") });
    assert!(!label.own.main.nodes.contains_key("hum"));
    // The one that is opened is open already; then the first one again.
    let shown = stage.deed(Deed::Open(b));
    assert!(shown.lines.back().unwrap().text.contains("plays already"));
    let mut opened = false;
    while !opened {
        stage.deed(Deed::Open(a.clone()));
        let shown = stage.until("it comes, or another is still coming in", |shown| shown.around.coming.is_none());
        opened = shown.around.opened == 3;
    }
    assert_eq!(number(&stage.shown(), "filter", "cutoff"), 900.0, "as its files say");
}

#[test]
fn a_set_that_is_coming_is_shown_in_the_bar_and_can_be_sent_away() {
    let sets = tempfile::tempdir().unwrap();
    // A bar is so long that nothing comes in by itself.
    let (a, b) = (set(sets.path(), "a", &SET.replace("120.0", "20.0")), set(sets.path(), "b", OTHER));
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &["--no-history"]);
    stage.deed(Deed::Open(b.clone()));
    stage.harness.run_steps(2);
    stage.harness.get_by_label("b at the next bar");
    stage.click_on("Stay");
    let shown = stage.until("nothing comes any more", |shown| shown.around.coming.is_none());
    assert_eq!(shown.around.opened, 1);
    // What waits for its bar goes as well, and another one may come then.
    let mut comes = false;
    while !comes {
        let shown = stage.deed(Deed::Open(b.clone()));
        comes = shown.around.coming.is_some();
    }
    stage.until("it waits", |shown| shown.around.waits);
    stage.click_on("Stay");
    stage.until("nothing waits", |shown| !shown.around.waits);
    stage.deed(Deed::Stay);
    assert_eq!(stage.shown().around.opened, 1);
}

#[test]
fn the_sounds_that_are_offered_are_those_of_the_set_that_plays() {
    let sets = tempfile::tempdir().unwrap();
    let (a, b) = (set(sets.path(), "a", SET), set(sets.path(), "b", OTHER));
    for (set, sound) in [(&a, "one.wav"), (&b, "two.wav")] {
        std::fs::create_dir(set.join("samples")).unwrap();
        std::fs::write(set.join("samples").join(sound), "").unwrap();
    }
    let has = |shown: &Shown, sound: &str| shown.sounds.iter().any(|(name, _)| name == sound);
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &["--no-history"]);
    stage.until("its sounds are listed", |shown| has(shown, "samples/one.wav"));
    stage.deed(Deed::Open(b));
    let shown = stage.opened(2);
    assert!(!has(&shown, "samples/one.wav"), "{:?}", shown.sounds);
    stage.until("its own are listed", |shown| has(shown, "samples/two.wav"));
}

#[test]
fn a_set_with_faults_is_not_opened_and_what_played_plays_on() {
    let sets = tempfile::tempdir().unwrap();
    let (a, b) = (set(sets.path(), "a", SET), set(sets.path(), "b", "beatforge = 1\n[nodes]\nx = { type = 3 }\n"));
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &["--no-history"]);
    stage.deed(Deed::Open(b));
    let shown = stage.until("it is refused", |shown| shown.around.failed == 1);
    assert!(shown.lines.iter().any(|line| line.place.ends_with("set.toml:3:14") || line.place.contains("set.toml:3")));
    assert!(shown.lines.back().unwrap().text.contains("plays on"));
    assert!(shown.around.coming.is_none() && shown.around.opened == 1);
    assert!(stage.harness.state().link().shared.status().playing);
}

#[test]
fn a_set_whose_script_is_broken_is_opened_to_be_mended() {
    let sets = tempfile::tempdir().unwrap();
    let (a, b) = (set(sets.path(), "a", SET), set(sets.path(), "b", OTHER));
    for set in [&a, &b] {
        std::fs::write(set.join("live.rhai"), "track(\"drums\", s(\"bd [\"));\n").unwrap();
    }
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &["--no-history"]);
    let broken = |shown: &Shown| shown.faults.iter().any(|fault| fault.file == "live.rhai" && fault.line == 1);
    let shown = stage.until("it says where", broken);
    assert!(shown.heard.main.nodes.contains_key("lead") && !shown.heard.main.nodes.contains_key("drums"));
    stage.harness.state_mut().tab = crate::ui::app::Tab::Code;
    stage.harness.run_steps(2);
    *stage.harness.state_mut().code_mut().text_mut() = "track(\"drums\", s(\"bd\"));\n".to_owned();
    stage.key(Modifiers::ALT, Key::Enter);
    stage.until("it is mended", |shown| shown.heard.main.nodes.contains_key("drums") && !broken(shown));
    stage.deed(Deed::Open(b));
    let shown = stage.opened(2);
    assert!(shown.heard.main.nodes.contains_key("hum"), "the rest of it plays");
    stage.until("it says where", broken);
}

#[test]
fn the_first_page_opens_what_is_typed_and_remembers_it() {
    let home = tempfile::tempdir().unwrap();
    let (empty, b) = (set(home.path(), "empty", "beatforge = 1\n"), set(home.path(), "b", OTHER));
    let store = Store::at(&home.path().join("config"));
    let mut stage = Stage::of_user(&empty, Face::StandIn, store.clone(), &["--no-history"]);
    for name in ["Take the tour", "New set: beat", "New set: live code", "first-sound", "techno"] {
        stage.harness.get_by_label(name);
    }
    stage.click_on("Open a set");
    stage.harness.get_by_label("Folder").focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types(&b.display().to_string());
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.opened(2);
    assert!(shown.own.main.nodes.contains_key("hum"));
    assert!(stage.harness.query_by_label("Take the tour").is_none(), "the first page is gone");
    stage.harness.get_by_label("Rewind");
    assert_eq!(store.places("recent"), [b]);
}

#[test]
fn a_new_set_is_made_and_plays() {
    let home = tempfile::tempdir().unwrap();
    let empty = set(home.path(), "empty", "beatforge = 1\n");
    let mut stage = Stage::of_user(&empty, Face::StandIn, Store::default(), &["--no-history"]);
    let folder = home.path().join("sets").join("first");
    stage.deed(Deed::New { folder: folder.clone(), template: Template::Beat });
    let shown = stage.opened(2);
    assert!(folder.join("set.toml").is_file() && shown.own.main.nodes.contains_key("kick"));
    // Nothing of somebody's is written over.
    let taken = home.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("mine.txt"), "mine").unwrap();
    stage.until("it has come in", |_| true);
    loop {
        stage.deed(Deed::New { folder: taken.clone(), template: Template::Beat });
        let shown = stage.until("it is answered", |shown| shown.around.coming.is_none());
        if shown.around.failed == 1 {
            break;
        }
    }
    assert!(!taken.join("set.toml").exists());
}

#[test]
fn a_set_is_saved_elsewhere_and_plays_on_there() {
    let sets = tempfile::tempdir().unwrap();
    let a = set(sets.path(), "a", SET);
    std::fs::write(a.join("notes.txt"), "mine").unwrap();
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &["--no-history"]);
    stage.cutoff(333.0);
    let to = sets.path().join("b");
    let shared = Arc::clone(&stage.harness.state().link().shared);
    stage.harness.state().link().wish(Wish::Deed(Deed::SaveAs(to.clone())));
    // What hands do until it is there goes along.
    stage.cutoff(444.0);
    let shown = stage.until("it is elsewhere", |shown| shown.around.title == "b");
    assert_eq!((shown.around.opened, number(&shown, "filter", "cutoff")), (1, 444.0));
    assert!(Arc::ptr_eq(&shared, &stage.harness.state().link().shared), "the same engine plays on");
    assert_eq!((stage.harness.state().link().title.as_str(), &stage.harness.state().link().root), ("b", &to));
    let shown = stage.wish(Wish::Save);
    assert!(!shown.unsaved && std::fs::read_to_string(to.join("set.toml")).unwrap().contains("444"));
    let shown = stage.wish(Wish::Undo);
    assert_eq!(number(&shown, "filter", "cutoff"), 333.0, "undo reaches back");
    assert_eq!(std::fs::read_to_string(to.join("notes.txt")).unwrap(), "mine");
    assert!(std::fs::read_to_string(a.join("set.toml")).unwrap().contains("900"), "the old one is as it was");
}

#[test]
fn going_back_to_what_is_saved_is_one_step() {
    let mut stage = Stage::new(SET, None);
    stage.cutoff(300.0);
    stage.edit(Edit::AddNode { name: Name::new("more"), node: Node::new("saw"), at: None });
    let shown = stage.deed(Deed::Revert);
    assert!(!shown.unsaved && number(&shown, "filter", "cutoff") == 900.0);
    let shown = stage.wish(Wish::Undo);
    assert!(shown.own.main.nodes.contains_key("more") && number(&shown, "filter", "cutoff") == 300.0);
}

#[test]
fn going_back_takes_the_script_along_in_the_same_step() {
    let mut stage = Stage::new(SET, Some("track(\"drums\", s(\"bd*4\"));\n"));
    stage.until("its track is heard", |s| s.sites.contains_key("drums"));
    let (file, text) = ("live.rhai".to_owned(), "track(\"bass\", note(\"c2\").s(\"saw\"));\n".to_owned());
    let quant = bf_session::remote::Quant::Now;
    stage.wish(Wish::Evaluate(bf_session::Script { file, text, part: None, quant }));
    stage.until("another one is", |s| s.sites.contains_key("bass"));
    stage.cutoff(300.0);
    stage.deed(Deed::Revert);
    let shown = stage.until("the file plays", |s| s.sites.contains_key("drums") && !s.sites.contains_key("bass"));
    assert_eq!((number(&shown, "filter", "cutoff"), shown.undo.as_deref()), (900.0, Some("go back to what is saved")));
    let shown = stage.wish(Wish::Undo);
    assert_eq!((number(&shown, "filter", "cutoff"), shown.undo.as_deref()), (300.0, Some("by hand")));
    stage.until("the other one plays again", |s| s.sites.contains_key("bass") && !s.sites.contains_key("drums"));
}

#[test]
fn a_set_that_was_left_unsaved_says_so_and_can_be_had_as_saved() {
    let sets = tempfile::tempdir().unwrap();
    let a = set(sets.path(), "a", SET);
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &[]);
    assert!(!stage.shown().around.was_left);
    stage.cutoff(300.0);
    drop(stage);
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &[]);
    let shown = stage.shown();
    assert!(shown.around.was_left && number(&shown, "filter", "cutoff") == 300.0, "it plays as it was left");
    stage.click_on("Play as saved");
    let shown = stage.settle();
    assert_eq!(number(&shown, "filter", "cutoff"), 900.0);
    assert!(stage.harness.query_by_label("Play as saved").is_none());
}

#[test]
fn versions_are_named_listed_and_had_again() {
    let sets = tempfile::tempdir().unwrap();
    let a = set(sets.path(), "a", SET);
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &[]);
    stage.cutoff(300.0);
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::H);
    stage.harness.get_by_label("Name the set as it stands").focus();
    stage.harness.run_steps(2);
    stage.types("dark");
    stage.click_on("Save version");
    stage.until("it is listed", |shown| shown.around.versions.iter().any(|v| v.name == "dark"));
    stage.cutoff(4_000.0);
    stage.click_on("Restore dark");
    stage.until("it is as it was", |shown| number(shown, "filter", "cutoff") == 300.0);
}

#[test]
fn the_tour_notices_what_is_done() {
    let home = tempfile::tempdir().unwrap();
    let empty = set(home.path(), "empty", "beatforge = 1\n");
    let mut stage = Stage::of_user(&empty, Face::StandIn, Store::default(), &["--no-history"]);
    stage.click_on("Take the tour");
    stage.opened(2);
    let state = |stage: &Stage| stage.harness.state().shell.tour_state();
    assert_eq!(state(&stage), Some((0, false)));
    let next = |stage: &mut Stage, step: usize| {
        stage.harness.run_steps(2);
        assert_eq!(state(stage), Some((step, true)), "step {step}");
        stage.click_on("Next");
    };
    stage.wish(Wish::Stop);
    while stage.harness.state().link().shared.status().playing {
        stage.harness.run_steps(1);
    }
    stage.harness.run_steps(1);
    stage.wish(Wish::Play);
    while !stage.harness.state().link().shared.status().playing {
        stage.harness.run_steps(1);
    }
    next(&mut stage, 0);
    stage.cutoff(1_500.0);
    next(&mut stage, 1);
    let to = Socket::new("filter", "cutoff");
    let cable = Cable { from: Socket::first("wobble"), amount: Some(1.0) };
    let shown = stage.edit(Edit::Connect { to, cable, at: None });
    assert_eq!(cables(&shown, "filter", Some("cutoff")), ["wobble"]);
    next(&mut stage, 2);
    stage.edit(Edit::AddNode { name: Name::new("echo"), node: Node::new("delay"), at: None });
    next(&mut stage, 3);
    stage.wish(Wish::Undo);
    next(&mut stage, 4);
    let at = Socket::new("bass-strip", "gain");
    stage.edit(Edit::SetParam { target: at, value: Some(bf_node::Value::Number(-20.0)) });
    next(&mut stage, 5);
    stage.click_on("End the tour");
    assert_eq!(state(&stage), None);
}

#[test]
fn what_is_heard_is_recorded_and_a_layout_is_published() {
    let sets = tempfile::tempdir().unwrap();
    let a = set(sets.path(), "a", SET);
    let mut stage = Stage::of_user(&a, Face::Set, Store::default(), &["--no-history"]);
    stage.click_on("Record");
    let shown = stage.until("it records", |shown| shown.around.recording.is_some());
    let out = shown.around.recording.clone().unwrap();
    stage.click_on("Record");
    stage.until("it is told", |shown| shown.around.recording.is_none());
    stage.until("it is written", |_| out.is_file());
    let layout = a.join("a.tosc");
    stage.deed(Deed::Publish { out: layout.clone(), phone: false });
    assert!(layout.is_file());
}
