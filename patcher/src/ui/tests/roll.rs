//! The piano roll.

use super::{Shown, Stage};
use bf_node::Value;
use bf_patch::Name;
use egui::{Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::kittest::Queryable;
use std::time::{Duration, Instant};

const SET: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
line = { type = "clip", length = 4, notes = [{ at = 0, pitch = "c4", length = 1 }, { at = 2, pitch = "e4", length = 0.5, cutoff = 900 }] }
voice = { type = "cv" }
level = { type = "gain", gain = 0.5 }
out = { type = "output" }

[cables]
"voice" = "line"
"level" = "voice.gate"
"out" = "level"
"#;

fn opened(set: &str) -> Stage {
    let mut stage = Stage::new(set, None);
    stage.key(Modifiers::ALT, Key::Num5);
    stage.harness.run_steps(2);
    stage
}

/// Beat, pitch, length, velocity.
fn notes(shown: &Shown) -> Vec<(f64, f64, f64, f64)> {
    let Some(list) = shown.own.main.nodes[&Name::new("line")].params.get("notes") else { return Vec::new() };
    let pitch = |value: Option<&Value>| match value {
        Some(Value::Text(name)) => f64::from(bf_pattern::note::parse_pitch(name).unwrap()),
        Some(value) => value.as_number().unwrap(),
        None => 60.0,
    };
    let number = |note: &Value, key: &str, or: f64| note.get(key).and_then(Value::as_number).unwrap_or(or);
    let one = |note: &Value| {
        (
            number(note, "at", -1.0),
            pitch(note.get("pitch")),
            number(note, "length", 0.25),
            number(note, "velocity", 0.75),
        )
    };
    list.items().iter().map(one).collect()
}

impl Stage {
    fn pane(&self) -> Rect {
        self.harness.get_by_label_contains("picked").rect()
    }

    /// Where a note lies in the window.
    fn note(&self, at: f64, pitch: f32, length: f64) -> Rect {
        self.harness.state().roll().view_rect(self.pane(), (at, pitch, length))
    }

    fn double(&mut self, at: Pos2) {
        self.click(at, Modifiers::NONE);
        self.click(at, Modifiers::NONE);
        self.settle();
    }

    fn picked(&self) -> Vec<usize> {
        self.harness.state().roll().picked()
    }
}

#[test]
fn a_double_click_adds_a_note_and_removes_one() {
    let mut stage = opened(SET);
    let free = stage.note(1.0, 67.0, 0.25).left_center() + vec2(3.0, 0.0);
    stage.double(free);
    let shown = stage.until("a note is there", |s| notes(s).len() == 3);
    assert_eq!(notes(&shown)[2], (1.0, 67.0, 0.25, 0.75));
    stage.harness.run_steps(60);
    let there = stage.note(1.0, 67.0, 0.25).center();
    stage.double(there);
    stage.until("it is gone", |s| notes(s).len() == 2);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("and back", |s| notes(s).len() == 3);
}

#[test]
fn a_note_is_moved_stretched_and_taken_back_in_steps() {
    let mut stage = opened(SET);
    let body = stage.note(0.0, 60.0, 1.0).center();
    let up = stage.note(1.5, 62.0, 1.0).center();
    stage.drag(body, up, Modifiers::NONE);
    stage.until("it moved on the grid", |s| notes(s)[0] == (1.5, 62.0, 1.0, 0.75));
    let end = stage.note(1.5, 62.0, 1.0).right_center() - vec2(2.0, 0.0);
    let to = stage.note(3.0, 62.0, 1.0).left_center();
    stage.drag(end, to, Modifiers::NONE);
    stage.until("its end moved", |s| notes(s)[0] == (1.5, 62.0, 1.5, 0.75));
    let begin = stage.note(1.5, 62.0, 1.5).left_center() + vec2(2.0, 0.0);
    let to = stage.note(1.0, 62.0, 1.0).left_center();
    stage.drag(begin, to, Modifiers::NONE);
    stage.until("its beginning moved", |s| notes(s)[0] == (1.0, 62.0, 2.0, 0.75));
    for want in [(1.5, 62.0, 1.5, 0.75), (1.5, 62.0, 1.0, 0.75), (0.0, 60.0, 1.0, 0.75)] {
        stage.key(Modifiers::COMMAND, Key::Z);
        stage.until("one step back", |s| notes(s)[0] == want);
    }
    assert_eq!(stage.shown().undo, None);
}

#[test]
fn a_box_picks_and_keys_move_copy_and_remove() {
    let mut stage = opened(SET);
    let from = stage.note(0.0, 70.0, 1.0).left_center() + vec2(2.0, 0.0);
    let to = stage.note(3.0, 58.0, 1.0).center();
    stage.drag(from, to, Modifiers::NONE);
    assert_eq!(stage.picked(), [0, 1]);
    stage.key(Modifiers::NONE, Key::ArrowUp);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.until("both moved", |s| notes(s) == [(0.25, 61.0, 1.0, 0.75), (2.25, 65.0, 0.5, 0.75)]);
    stage.key(Modifiers::COMMAND, Key::D);
    stage.until("both are there twice", |s| notes(s).len() == 4 && notes(s)[2].0 == 2.75);
    stage.key(Modifiers::NONE, Key::Delete);
    let shown = stage.until("the copies are gone", |s| notes(s).len() == 2);
    // What a note carries besides goes with it.
    let list = &shown.own.main.nodes[&Name::new("line")].params["notes"];
    assert_eq!(list.items()[1].get("cutoff"), Some(&Value::Number(900.0)));
}

#[test]
fn an_alt_drag_leaves_a_copy_and_shift_adds_to_what_is_picked() {
    let mut stage = opened(SET);
    let first = stage.note(0.0, 60.0, 1.0).center();
    stage.click(first, Modifiers::NONE);
    assert_eq!(stage.picked(), [0]);
    let second = stage.note(2.0, 64.0, 0.5).center();
    stage.click(second, Modifiers::SHIFT);
    assert_eq!(stage.picked(), [0, 1]);
    let to = stage.note(1.0, 65.0, 1.0).center();
    stage.drag(first, to, Modifiers::ALT);
    let shown = stage.until("copies are there", |s| notes(s).len() == 4);
    assert_eq!(notes(&shown)[0], (0.0, 60.0, 1.0, 0.75));
    assert_eq!(notes(&shown)[2..], [(1.0, 65.0, 1.0, 0.75), (3.0, 69.0, 0.5, 0.75)]);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("in one step", |s| notes(s).len() == 2);
}

#[test]
fn notes_are_copied_and_pasted() {
    let mut stage = opened(SET);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.harness.input_mut().events.push(egui::Event::Copy);
    stage.harness.run_steps(1);
    let copied = stage.harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.expect("something is copied");
    assert!(copied.starts_with("notes = [{ at = 0.0"), "{copied}");
    stage.harness.input_mut().events.push(egui::Event::Paste(copied));
    stage.harness.run_steps(1);
    let shown = stage.until("they are there twice", |s| notes(s).len() == 4);
    assert_eq!(notes(&shown)[2].0, 2.5, "behind those that were picked");
}

#[test]
fn notes_of_another_text_are_pasted_as_they_stand_there() {
    let mut stage = opened(SET);
    let text = "notes = [{ at = 1.5, pitch = \"g4\", length = 0.5, velocity = 0.5 }]";
    stage.harness.input_mut().events.push(egui::Event::Paste(text.to_owned()));
    stage.harness.run_steps(1);
    let shown = stage.until("it is there", |s| notes(s).len() == 3);
    let (_, pitch, length, velocity) = notes(&shown)[2];
    assert_eq!((pitch, length, velocity), (67.0, 0.5, 0.5));
}

#[test]
fn notes_are_quantised_and_drawn_harder() {
    let mut stage = opened(&SET.replace("at = 2,", "at = 2.07,"));
    stage.key(Modifiers::NONE, Key::Q);
    stage.until("it is on the grid", |s| notes(s)[1].0 == 2.0);
    let lane = stage.harness.get_by_label("line velocities").rect();
    let x = stage.note(2.0, 64.0, 0.5).min.x;
    stage.drag(egui::pos2(x, lane.center().y), egui::pos2(x, lane.min.y + 8.0), Modifiers::NONE);
    let shown = stage.until("it is harder", |s| notes(s)[1].3 > 0.95);
    assert_eq!(notes(&shown)[0].3, 0.75);
}

#[test]
fn the_end_of_a_pass_is_dragged() {
    let mut stage = opened(SET);
    let ruler = stage.harness.get_by_label("line ruler").rect();
    let end = egui::pos2(stage.note(4.0, 60.0, 1.0).min.x - 1.0, ruler.center().y);
    let to = egui::pos2(stage.note(3.0, 60.0, 1.0).min.x + 2.0, ruler.center().y);
    stage.drag(end, to, Modifiers::NONE);
    let shown = stage.until("it is shorter", |s| super::number(s, "line", "length") == 3.0);
    assert_eq!(shown.undo.as_deref(), Some("length of line"));
}

#[test]
fn a_key_is_heard_through_what_the_clip_plays_into() {
    let mut stage = opened(&SET.replace(
        "[{ at = 0, pitch = \"c4\", length = 1 }, { at = 2, pitch = \"e4\", length = 0.5, cutoff = 900 }]",
        "[]",
    ));
    let keys = stage.harness.get_by_label("line keys").rect();
    stage.click(keys.center(), Modifiers::NONE);
    let began = Instant::now();
    while stage.harness.state().link().shared.status().peaks[0] < 0.4 {
        stage.harness.run_steps(1);
        assert!(began.elapsed() < Duration::from_secs(20), "it is heard");
        std::thread::yield_now();
    }
    assert!(notes(&stage.shown()).is_empty(), "and nothing is written");
}

#[test]
fn the_notes_of_a_midi_file_become_the_clips_own() {
    let mut stage = opened(&SET.replace("length = 4,", "file = \"bass.mid\","));
    let bytes = include_bytes!("../../../../examples/sampled-beat/clips/bass.mid");
    std::fs::write(stage.folder.path().join("bass.mid"), bytes).unwrap();
    let take = stage.harness.get_by_label("Take its notes in").rect().center();
    stage.click(take, Modifiers::NONE);
    let shown = stage.until("they are there", |s| notes(s).len() > 4);
    let node = &shown.own.main.nodes[&Name::new("line")];
    assert_eq!(node.params.get("file"), Some(&Value::Text(String::new())));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("in one step", |s| notes(s).len() == 2);
}

#[test]
fn a_set_without_a_clip_gets_one() {
    let mut stage = opened(super::SET);
    let add = stage.harness.get_by_label("Add a clip").rect().center();
    stage.click(add, Modifiers::NONE);
    stage.until("it is there", |s| s.own.main.nodes.contains_key("clip"));
    assert!(stage.pane().is_positive());
}

#[test]
fn the_notes_of_its_file_are_seen_beside_its_own_and_join_them() {
    let folder = Stage::folder(&SET.replace("length = 4,", "file = \"bass.mid\", fit = true,"), None, &[]);
    let bytes = include_bytes!("../../../../examples/sampled-beat/clips/bass.mid");
    std::fs::write(folder.path().join("bass.mid"), bytes).unwrap();
    let file = bf_session::midi::load_notes(&folder.path().join("bass.mid")).unwrap();
    let mut stage = Stage::of(folder, vec2(1280.0, 800.0));
    stage.key(Modifiers::ALT, Key::Num5);
    stage.harness.run_steps(2);
    let count = file.notes.len();
    stage.harness.get_by_label(&format!("line: 2 notes, 0 picked, {count} of its file"));
    let beats = file.length.to_f64();
    assert!(beats > 4.0, "{beats}");
    assert_eq!(stage.harness.state().roll().lasts(), Some(beats), "it is as long as it plays");
    let free = stage.note(1.0, 67.0, 0.25).left_center() + vec2(3.0, 0.0);
    stage.double(free);
    stage.until("a note is drawn", |s| notes(s).len() == 3);
    let take = stage.harness.get_by_label("Take its notes in").rect().center();
    stage.click(take, Modifiers::NONE);
    let shown = stage.until("all are its own", |s| notes(s).len() == 3 + count);
    assert!(notes(&shown).contains(&(1.0, 67.0, 0.25, 0.75)), "what was drawn is there");
    stage.harness.run_steps(2);
    assert_eq!(stage.harness.state().roll().lasts(), Some(beats), "it lasts as long as before");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("in one step", |s| notes(s).len() == 3);
}

#[test]
fn a_length_that_is_said_stays_where_the_notes_of_a_file_are_taken_in() {
    let folder = Stage::folder(&SET.replace("length = 4,", "file = \"bass.mid\", length = 3,"), None, &[]);
    let bytes = include_bytes!("../../../../examples/sampled-beat/clips/bass.mid");
    std::fs::write(folder.path().join("bass.mid"), bytes).unwrap();
    let mut stage = Stage::of(folder, vec2(1280.0, 800.0));
    stage.key(Modifiers::ALT, Key::Num5);
    stage.harness.run_steps(2);
    let take = stage.harness.get_by_label("Take its notes in").rect().center();
    stage.click(take, Modifiers::NONE);
    let shown = stage.until("all are its own", |s| notes(s).len() > 4);
    assert_eq!(super::number(&shown, "line", "length"), 3.0);
}
