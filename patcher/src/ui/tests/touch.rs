//! What hands do to values: over other hands, to patches, to what scripts own; and where their keys go.

use super::{Alone, SET, Stage, number};
use crate::cli::playing::Playing;
use crate::ui::link::{Shown, Wish};
use crate::ui::widgets::take::Take;
use bf_node::Value;
use bf_patch::{Edit, Name, SetEdit, Socket};
use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::Queryable;
use std::time::{Duration, Instant};

const THUMP: &str = r#"beatforge = 1
voices = 4
[nodes]
body = { type = "sine", freq = 60.0 }
[outputs]
out = "body"
[controls]
tune = { to = "body.freq", default = 80.0, min = 40.0, max = 200.0, help = "How high it is." }
"#;

const OUTER: &str = r#"beatforge = 1
[nodes]
inner = { type = "patch", file = "thump.toml", tune = 90.0, voices = 0 }
[outputs]
out = "inner"
[controls]
pitch = { to = "inner.tune" }
"#;

/// A set with a hand's values over its text.
fn laid() -> String {
    let hands = "[overrides]\n\"filter.cutoff\" = 1200.0\n\"mix.gain\" = -6.0\n\"mix.mute\" = true\n[layout]";
    let text = SET.replace("\"out\" = \"filter.low\"", "\"out\" = \"mix\"\n\"mix\" = \"filter.low\"");
    let text = text.replace("out = { type", "mix = { type = \"strip\", gain = -3.0 }\nout = { type");
    text.replace("[layout]", hands)
}

fn over(shown: &Shown, node: &str, param: &str) -> Option<Value> {
    shown.own.main.overrides.get(&Socket::new(node, param)).cloned()
}

fn over_number(shown: &Shown, node: &str, param: &str) -> f64 {
    over(shown, node, param).and_then(|value| value.as_number()).unwrap_or(f64::NAN)
}

impl Stage {
    fn row(&self, node: &str, param: &str) -> Pos2 {
        self.at(self.harness.state().row_of(node, param).center())
    }

    fn says(&self, words: &str) -> bool {
        self.harness.state().said().is_some_and(|said| said.contains(words))
    }
}

#[test]
fn a_hand_in_the_window_moves_what_another_hand_has_laid_over_the_text() {
    let mut stage = Stage::new(&laid(), None);
    let row = stage.row("filter", "cutoff");
    stage.drag(row, row + vec2(20.0, 0.0), Modifiers::NONE);
    let shown = stage.until("what is heard is higher", |s| over_number(s, "filter", "cutoff") > 1_200.0);
    assert_eq!(number(&shown, "filter", "cutoff"), 900.0, "the text says what it said");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one step back", |s| over_number(s, "filter", "cutoff") == 1_200.0);
    let title = stage.title("mix");
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::S);
    let shown = stage.until("the solo is the text's", |s| {
        s.own.main.nodes[&Name::new("mix")].params.get("solo") == Some(&Value::Bool(true))
    });
    assert_eq!(over(&shown, "mix", "solo"), None, "no hand was there before");
    stage.key(Modifiers::NONE, Key::M);
    let shown = stage.until("it is heard again", |s| over(s, "mix", "mute") == Some(Value::Bool(false)));
    assert!(!shown.own.main.nodes[&Name::new("mix")].params.contains_key("mute"));
}

#[test]
fn a_fader_and_a_mute_move_what_another_hand_has_laid_over_the_text() {
    let mut stage = Stage::new(&laid(), None);
    stage.harness.get_by_label("Mixer").click();
    stage.harness.run_steps(3);
    let fader = stage.harness.get_all_by_label("mix gain").next().unwrap().rect().center();
    stage.drag(fader, fader + vec2(0.0, 40.0), Modifiers::NONE);
    let shown = stage.until("it is lower", |s| over_number(s, "mix", "gain") < -6.0);
    assert_eq!(number(&shown, "mix", "gain"), -3.0);
    stage.harness.get_by_label("mix mute").click();
    stage.harness.run_steps(2);
    let shown = stage.until("it is heard", |s| over(s, "mix", "mute") == Some(Value::Bool(false)));
    assert!(!shown.own.main.nodes[&Name::new("mix")].params.contains_key("mute"));
}

#[test]
fn an_instance_shows_what_is_heard_of_its_patch_in_the_range_of_its_controls() {
    let text = SET.replace(
        "out = { type",
        "thump = { type = \"patch\", file = \"thump.toml\" }\nwide = { type = \"patch\", file = \"outer.toml\" }\nout = { type",
    );
    let mut stage = Stage::with(&text, None, &[("thump.toml", THUMP), ("outer.toml", OUTER)]);
    let held = |stage: &Stage, node: &str, param: &str| stage.harness.state().held_of(node, param).unwrap();
    let tune = held(&stage, "thump", "tune");
    assert_eq!((tune.value.as_number(), tune.spec.range()), (Some(80.0), (40.0, 200.0)));
    assert_eq!(tune.help, "How high it is.");
    assert_eq!(held(&stage, "thump", "voices").value, Value::Number(4.0));
    let pitch = held(&stage, "wide", "pitch");
    assert_eq!((pitch.value.as_number(), pitch.spec.range()), (Some(90.0), (40.0, 200.0)), "through two patches");
    let row = stage.row("wide", "pitch");
    stage.drag(row, row + vec2(200.0, 0.0), Modifiers::NONE);
    stage.until("it is turned as far as its control goes", |s| number(s, "wide", "pitch") == 200.0);
    let row = stage.row("thump", "tune");
    stage.press(row, egui::PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(row, egui::PointerButton::Secondary, false, Modifiers::NONE);
    stage.harness.run_steps(3);
    stage.harness.get_by_label("Store snapshot").click();
    stage.harness.run_steps(3);
    let shown = stage.until("it is stored", |s| !s.own.main.snapshots.is_empty());
    let stored = &shown.own.main.snapshots[&Name::new("snap")];
    assert_eq!(stored.get(&Socket::new("thump", "tune")), Some(&Value::Number(80.0)), "as it is heard");
    assert!(!stored.contains_key(&Socket::new("thump", "voices")), "a setting is no part of it");
}

#[test]
fn turns_of_the_wheel_are_recorded_to_the_value_that_was_armed() {
    let mut stage = Stage::new(SET, None);
    let cutoff = Socket::new("filter", "cutoff");
    let resonance = Socket::new("filter", "resonance");
    let arm = |stage: &mut Stage, param: &str, words: &str| {
        let row = stage.row("filter", param);
        stage.right_click(row);
        stage.choose(words);
    };
    arm(&mut stage, "cutoff", "Record automation");
    let row = stage.row("filter", "cutoff");
    stage.wheel(row, 1.0, Modifiers::ALT);
    stage.wheel(row, 1.0, Modifiers::ALT);
    let shown = stage.until("what is turned is written after a while", |s| s.own.main.automation.contains_key(&cutoff));
    assert_eq!(number(&shown, "filter", "cutoff"), 900.0);
    stage.wheel(row, 1.0, Modifiers::ALT);
    arm(&mut stage, "resonance", "Record automation");
    let row = stage.row("filter", "resonance");
    stage.drag(row, row + vec2(20.0, 0.0), Modifiers::NONE);
    let shown = stage.until("the other is written", |s| s.own.main.automation.contains_key(&resonance));
    let lanes = &shown.own.main.automation;
    assert!(lanes[&cutoff].points.iter().all(|p| p.value >= 900.0), "{:?}", lanes[&cutoff]);
    assert!(lanes[&resonance].points.iter().all(|p| p.value <= 1.0), "{:?}", lanes[&resonance]);
    assert!(!lanes[&resonance].points.is_empty() && lanes[&cutoff].points.len() >= 2);
}

#[test]
fn what_hands_outside_of_the_window_turn_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), SET).unwrap();
    let mut playing = Playing::start(folder.path(), &Alone::arguments()).unwrap_or_else(|_| panic!("it starts"));
    let target = Socket::new("filter", "cutoff");
    let began = Instant::now();
    let wait = |playing: &mut Playing, take: &mut Take, over: &dyn Fn(&mut Playing, &Take) -> bool| {
        while !over(playing, take) {
            assert!(began.elapsed() < Duration::from_secs(20));
            playing.turn();
            take.turn(&mut playing.session).unwrap();
        }
    };
    let mut take = Take::default();
    take.arm(&mut playing.session, Some(target.clone())).unwrap();
    wait(&mut playing, &mut take, &|playing, _| playing.session.controller().shared().status().playing);
    for value in [1_000.0, 2_000.0] {
        let edit = Edit::Override { target: target.clone(), value: Some(Value::Number(value)) };
        playing.session.apply(&SetEdit::main(edit), "turn", None).unwrap();
        take.turn(&mut playing.session).unwrap();
    }
    assert!(take.is_running());
    wait(&mut playing, &mut take, &|_, take| !take.is_running());
    let main = &playing.session.set().main;
    let points: Vec<f64> = main.automation[&target].points.iter().map(|p| p.value).collect();
    assert_eq!(points, [1_000.0, 2_000.0]);
    assert_eq!(main.overrides.get(&target), None, "the hand has let go");
}

#[test]
fn a_double_click_on_what_a_click_changes_types_nothing() {
    let text = SET.replace("out = { type", "beat = { type = \"steps\", steps = \"x---x---\" }\nout = { type");
    let mut stage = Stage::new(&text.replace("[layout]", "[layout]\nbeat = [240, 240]"), None);
    let row = stage.harness.state().row_of("beat", "steps").shrink2(vec2(8.0, 1.5));
    let at = |part: f32| egui::pos2(row.min.x + row.width() * part, row.center().y);
    let steps = |s: &Shown| s.own.main.nodes[&Name::new("beat")].params["steps"].as_text().map(str::to_owned);
    let cell = stage.at(at(0.28 + 0.72 * 2.5 / 8.0));
    stage.click(cell, Modifiers::NONE);
    stage.until("a hit", |s| steps(s).as_deref() == Some("x-x-x---"));
    stage.click(cell, Modifiers::NONE);
    stage.until("and none again", |s| steps(s).as_deref() == Some("x---x---"));
    assert!(!stage.harness.ctx.text_edit_focused());
    // So much later that it is no third click.
    stage.harness.run_steps(40);
    let name = stage.at(at(0.1));
    stage.click(name, Modifiers::NONE);
    stage.click(name, Modifiers::NONE);
    stage.harness.run_steps(2);
    assert!(stage.harness.ctx.text_edit_focused(), "on its name the row is typed");
}

#[test]
fn keys_go_where_the_focus_is() {
    let mut stage = Stage::new(SET, None);
    stage.key(Modifiers::COMMAND, Key::A);
    assert_eq!(stage.harness.state().selection().count(), 4, "the canvas has the focus at the start");
    let title = stage.title("filter");
    stage.click(title, Modifiers::NONE);
    stage.harness.run_steps(2);
    let field = stage
        .harness
        .get_by(|node| node.label().is_some_and(|label| label == "resonance") && node.role() == egui::Role::Slider)
        .rect()
        .center();
    stage.drag(field, field + vec2(10.0, 0.0), Modifiers::NONE);
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(title));
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Delete);
    let shown = stage.settle();
    assert!(shown.own.main.nodes.contains_key("filter"), "the inspector has the focus");
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Delete);
    stage.until("the canvas has it", |s| !s.own.main.nodes.contains_key("filter"));
}

#[test]
fn what_a_script_owns_says_so() {
    let script = "node(\"tone\", saw(110));\nnode(\"verb\", plate(#{ decay: 2.0 }));\ncable(\"tone\", \"verb\");\n";
    let mut stage = Stage::new(SET, Some(script));
    stage.until("it plays", |s| s.heard.main.nodes.contains_key("verb"));
    for (modifiers, key) in [(Modifiers::NONE, Key::Delete), (Modifiers::COMMAND, Key::D), (Modifiers::NONE, Key::F2)] {
        let other = stage.title("lead");
        stage.click(other, Modifiers::NONE);
        stage.key(Modifiers::COMMAND, Key::D);
        stage.settle();
        assert!(!stage.says("a script owns"));
        let title = stage.title("verb");
        stage.click(title, Modifiers::NONE);
        stage.harness.run_steps(40);
        stage.key(modifiers, key);
        assert!(stage.says("a script owns verb") && stage.says(":2)"), "{key:?}: {:?}", stage.harness.state().said());
    }
    let input = stage.at(stage.harness.state().plug_of("verb", Some("input")));
    let other = stage.title("lead");
    stage.click(other, Modifiers::NONE);
    stage.key(Modifiers::COMMAND, Key::D);
    stage.settle();
    stage.drag(input, input + vec2(-30.0, 40.0), Modifiers::NONE);
    assert!(stage.says("a script owns verb"), "its cable: {:?}", stage.harness.state().said());
}

#[test]
fn a_name_that_is_refused_says_why_and_a_good_one_keeps_selection_and_place() {
    let text = SET.split("[layout]").next().unwrap();
    let mut stage = Stage::new(text, None);
    let title = stage.title("lead");
    let rect = stage.tile("lead");
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::F2);
    for typed in ["filter", "No good"] {
        stage.key(Modifiers::COMMAND, Key::A);
        stage.types(typed);
        stage.key(Modifiers::NONE, Key::Enter);
        assert!(stage.harness.ctx.text_edit_focused(), "{typed}: the field stays");
        if typed == "filter" {
            stage.harness.get_by_label("there is a node filter already");
        }
    }
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("voice");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("it has its name", |s| s.own.main.nodes.contains_key("voice"));
    let selected: Vec<String> = stage.harness.state().selection().map(ToString::to_string).collect();
    assert_eq!((selected, stage.tile("voice")), (vec!["voice".to_owned()], rect));
}

#[test]
fn nobody_looks_at_a_cable_that_is_not_drawn() {
    let mut stage = Stage::new(SET, None);
    let (begin, end) = {
        let state = stage.harness.state();
        (state.plug_of("lead", None), state.plug_of("filter", Some("input")))
    };
    let middle = stage.at(begin + (end - begin) * 0.5);
    let looks = |stage: &Stage| stage.harness.state().link().shared.scope().is_looking();
    let began = Instant::now();
    let wait = |stage: &mut Stage, wanted: bool| {
        while looks(stage) != wanted {
            assert!(began.elapsed() < Duration::from_secs(20), "it is looked at: {wanted}");
            stage.harness.run_steps(1);
        }
    };
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(middle));
    wait(&mut stage, true);
    stage.key(Modifiers::ALT, Key::Num2);
    wait(&mut stage, false);
    stage.key(Modifiers::ALT, Key::Num1);
    wait(&mut stage, true);
}

#[test]
fn an_envelope_and_a_keyboard_are_turned_by_keys() {
    let text = SET.replace(
        "out = { type",
        "env = { type = \"adsr\", attack = 0.1, release = 0.2 }\nline = { type = \"steps\", steps = \"x---x---\", pitch = 60.0 }\nout = { type",
    );
    let text = text.replace("[layout]", "[layout]\nenv = [240, 240]\nline = [480, 240]");
    let mut stage = Stage::new(&text, None);
    let title = stage.title("env");
    stage.click(title, Modifiers::NONE);
    stage.harness.run_steps(3);
    stage.harness.get_by_label("envelope").focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.until("the attack is longer", |s| number(s, "env", "attack") > 0.1);
    stage.key(Modifiers::NONE, Key::PageUp);
    stage.key(Modifiers::NONE, Key::ArrowLeft);
    let shown = stage.until("the release is shorter", |s| number(s, "env", "release") < 0.2);
    assert_eq!(shown.own.main.layout[&Name::new("env")], [240, 240], "and the node stays");
    let title = stage.title("line");
    stage.click(title, Modifiers::NONE);
    stage.harness.run_steps(3);
    stage.harness.get_by_label("keys of line.pitch").focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::ArrowUp);
    stage.until("an octave up", |s| number(s, "line", "pitch") == 72.0);
    stage.key(Modifiers::NONE, Key::ArrowLeft);
    stage.until("a halftone down", |s| number(s, "line", "pitch") == 71.0);
}

#[test]
fn a_note_that_is_written_keeps_what_another_hand_does_to_it() {
    let text = SET.replace("[layout]", "[notes]\nhint = { text = \"one\", at = [240, 320] }\n[layout]");
    let mut stage = Stage::new(&text, None);
    let at = stage.at(Pos2::new(280.0, 330.0));
    stage.click(at, Modifiers::NONE);
    stage.click(at, Modifiers::NONE);
    stage.harness.run_steps(2);
    let name = Name::new("hint");
    let mut note = stage.shown().own.main.notes[&name].clone();
    (note.at, note.color) = ([0, 480], Some(Name::new("red")));
    let edit = SetEdit::main(Edit::SetNote { name: name.clone(), note: Some(note.clone()) });
    stage.harness.state().link().wish(Wish::Edit { edit, label: "another hand".to_owned(), gesture: None });
    stage.settle();
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("two");
    let shown = stage.until("it is written", |s| s.own.main.notes[&name].text == "two");
    assert_eq!((shown.own.main.notes[&name].at, &shown.own.main.notes[&name].color), (note.at, &note.color));
}
