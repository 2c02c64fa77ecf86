//! Keys and pointer gestures that hands know from elsewhere, each by itself.

use super::super::app::Tab;
use super::{SET, Stage, number};
use bf_node::Value;
use bf_patch::Name;
use egui::{Event, Key, Modifiers, PointerButton, Pos2, pos2, vec2};
use egui_kittest::kittest::Queryable;

const BEAT: &str = "track(\"drums\", s(\"bd*4\"));\n";
const DOT: Modifiers = Modifiers::COMMAND;

impl Stage {
    /// Drags with a button, while a key may be held.
    fn pull(&mut self, from: Pos2, by: egui::Vec2, button: PointerButton) {
        self.press(from, button, true, Modifiers::NONE);
        for i in 1..=6 {
            self.harness.input_mut().events.push(Event::PointerMoved(from + by * (i as f32 / 6.0)));
            self.harness.run_steps(1);
        }
        self.press(from + by, button, false, Modifiers::NONE);
        self.harness.run_steps(2);
    }

    fn holds(&mut self, key: Key, pressed: bool) {
        let event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE };
        self.harness.input_mut().events.push(event);
        self.harness.run_steps(1);
    }

    fn zoomed(&self) -> f32 {
        (self.at(pos2(100.0, 0.0)) - self.at(Pos2::ZERO)).x / 100.0
    }

    fn zooms(&mut self, factor: f32) {
        let at = self.at(pos2(200.0, 100.0));
        self.harness.input_mut().events.push(Event::PointerMoved(at));
        self.harness.input_mut().events.push(Event::Zoom(factor));
        self.harness.run_steps(3);
    }

    fn is_playing(&self) -> bool {
        self.harness.state().link().shared.status().playing
    }

    fn until_playing(&mut self, playing: bool) {
        self.until("the transport follows", |_| true);
        let began = std::time::Instant::now();
        while self.is_playing() != playing {
            assert!(began.elapsed() < super::PATIENCE, "it plays: {playing}");
            self.harness.run_steps(1);
        }
    }
}

#[test]
fn a_key_hushes_and_the_same_key_lets_it_sound_again() {
    let mut stage = Stage::new(SET, Some(BEAT));
    stage.until("it plays", |s| s.heard.main.nodes.contains_key("drums"));
    for tab in [Tab::Patch, Tab::Code] {
        stage.harness.state_mut().tab = tab;
        stage.harness.run_steps(2);
        stage.key(DOT, Key::Period);
        stage.until("all is silent", |s| s.hushed);
        stage.key(DOT, Key::Period);
        stage.until("it sounds again", |s| !s.hushed);
    }
}

#[test]
fn the_view_is_dragged_by_the_middle_and_the_right_button_and_with_space() {
    let mut stage = Stage::new(SET, None);
    stage.until_playing(true);
    let before = stage.shown().own.main.clone();
    let by = vec2(60.0, 36.0);
    for button in [PointerButton::Middle, PointerButton::Secondary] {
        // Over a node it is the same.
        for from in [pos2(240.0, 330.0), pos2(300.0, 10.0)] {
            let (lay, from) = (stage.at(Pos2::ZERO), stage.at(from));
            stage.pull(from, by, button);
            assert!((stage.at(Pos2::ZERO) - lay - by).length() < 1.5, "{button:?}: {:?}", stage.at(Pos2::ZERO) - lay);
            assert!(stage.harness.query_by_label("Rename…   F2").is_none(), "no menu opens at its end");
        }
    }
    let (lay, from) = (stage.at(Pos2::ZERO), stage.at(pos2(60.0, 10.0)));
    stage.holds(Key::Space, true);
    stage.pull(from, by, PointerButton::Primary);
    stage.holds(Key::Space, false);
    assert!((stage.at(Pos2::ZERO) - lay - by).length() < 1.5);
    let shown = stage.settle();
    assert_eq!(shown.own.main, before, "no node moves");
    assert!(stage.is_playing(), "Space that dragged stops nothing");
}

#[test]
fn keys_show_full_size_everything_and_the_beginning() {
    let mut stage = Stage::new(SET, None);
    stage.zooms(0.4);
    assert!(stage.zoomed() < 0.6);
    stage.key(Modifiers::COMMAND, Key::Num0);
    assert!((stage.zoomed() - 1.0).abs() < 1e-3);
    // Far off to the side, then all of it is seen.
    let from = stage.at(pos2(240.0, 330.0));
    stage.pull(from, vec2(-900.0, -500.0), PointerButton::Middle);
    stage.zooms(2.0);
    stage.key(Modifiers::NONE, Key::F);
    let pane = stage.harness.get_by_label_contains("canvas: 4 nodes").rect();
    for name in ["lead", "filter", "wobble", "out"] {
        let rect = stage.tile(name);
        assert!(pane.contains(stage.at(rect.min)) && pane.contains(stage.at(rect.max)), "{name} is seen");
    }
    stage.zooms(0.3);
    stage.key(Modifiers::NONE, Key::Home);
    assert!((stage.zoomed() - 1.0).abs() < 1e-3);
    let off = stage.at(stage.tile("lead").min) - pane.min;
    assert!(off.x > 0.0 && off.x < 80.0 && off.y > 0.0 && off.y < 80.0, "{off:?}");
}

#[test]
fn the_small_map_leads_to_where_it_is_clicked_and_dragged() {
    let mut stage = Stage::new(&SET.replace("wobble = [0, 240]", "wobble = [4000, 2400]"), None);
    stage.key(Modifiers::NONE, Key::Home);
    let pane = stage.harness.get_by_label_contains("canvas: 4 nodes").rect();
    let shows = |stage: &Stage, name: &str| pane.contains(stage.at(stage.tile(name).center()));
    assert!(shows(&stage, "lead") && !shows(&stage, "wobble"));
    // Its lower right corner shows what lies furthest down on the right.
    let corner = pane.max - vec2(16.0, 14.0);
    stage.click(corner, Modifiers::NONE);
    stage.harness.run_steps(2);
    assert!(shows(&stage, "wobble") && !shows(&stage, "lead"));
    stage.drag(corner, corner - vec2(150.0, 88.0), Modifiers::NONE);
    assert!(shows(&stage, "lead") && !shows(&stage, "wobble"));
    assert_eq!(stage.harness.state().selection().count(), 0, "no node is selected by it");
}

#[test]
fn help_is_a_key_away_on_the_canvas_and_in_the_code() {
    let mut stage = Stage::new(SET, Some(BEAT));
    let over = stage.title("filter");
    stage.harness.input_mut().events.push(Event::PointerMoved(over));
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::F1);
    stage.harness.get_by_label_contains("Manual: svf");
    stage.key(Modifiers::NONE, Key::F1);
    assert!(stage.harness.query_by_label_contains("Manual: svf").is_none(), "once more closes it");
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    stage.harness.state_mut().code_mut().select(3, 3);
    stage.harness.run_steps(2);
    let said = |stage: &Stage| stage.harness.query_all_by_label_contains("track").count();
    let before = said(&stage);
    stage.key(Modifiers::NONE, Key::F1);
    assert!(said(&stage) > before, "the page of track is shown");
    stage.key(Modifiers::NONE, Key::F1);
    assert_eq!(said(&stage), before, "and once more it is closed");
}

#[test]
fn s_solos_what_is_selected_and_once_more_lets_all_be_heard() {
    let text = SET.replace("\"out\" = \"filter.low\"", "\"mix\" = \"filter.low\"\n\"out\" = \"mix\"");
    let text = text.replace("out = { type", "mix = { type = \"strip\" }\nout = { type");
    let mut stage = Stage::new(&text.replace("[layout]", "[layout]\nmix = [240, 240]"), None);
    let title = stage.title("mix");
    stage.click(title, Modifiers::NONE);
    let solo = |s: &super::Shown| s.own.main.nodes[&Name::new("mix")].params.get("solo").cloned();
    stage.key(Modifiers::NONE, Key::S);
    stage.until("it is alone", |s| solo(s) == Some(Value::Bool(true)));
    stage.key(Modifiers::NONE, Key::S);
    stage.until("it is not", |s| solo(s) != Some(Value::Bool(true)));
}

#[test]
fn shift_and_enter_evaluate_the_line() {
    let mut stage = Stage::new(SET, Some(BEAT));
    stage.until("it plays", |s| s.heard.main.nodes.contains_key("drums"));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    let text = format!("{BEAT}track(\"hats\", s(\"hh*8\"));\ntrack(\"claps\", s(\"cp\"));\n");
    stage.harness.state_mut().code_mut().text_mut().clone_from(&text);
    let line = text.find("hats").unwrap();
    stage.harness.state_mut().code_mut().select(line, line);
    stage.harness.run_steps(2);
    stage.key(Modifiers::SHIFT, Key::Enter);
    let shown = stage.until("that line is heard", |s| s.heard.main.nodes.contains_key("hats"));
    assert!(!shown.heard.main.nodes.contains_key("claps"), "and no other");
    assert_eq!(*stage.harness.state_mut().code_mut().text_mut(), text, "and no line is broken");
}

#[test]
fn both_keys_do_again_what_was_undone() {
    let mut stage = Stage::new(SET, None);
    let row = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.drag(row, row + vec2(40.0, 0.0), Modifiers::NONE);
    let shown = stage.until("it is higher", |s| number(s, "filter", "cutoff") > 900.0);
    let high = number(&shown, "filter", "cutoff");
    for (modifiers, key) in [(Modifiers::COMMAND, Key::Y), (Modifiers::COMMAND | Modifiers::SHIFT, Key::Z)] {
        stage.key(Modifiers::COMMAND, Key::Z);
        stage.until("it is taken back", |s| number(s, "filter", "cutoff") == 900.0);
        stage.key(modifiers, key);
        stage.until("it is done again", |s| number(s, "filter", "cutoff") == high);
    }
}

#[test]
fn a_double_click_on_the_empty_canvas_opens_the_finder_there() {
    let mut stage = Stage::new(SET, None);
    let at = pos2(240.0, 400.0);
    let free = stage.at(at);
    stage.click(free, Modifiers::NONE);
    stage.click(free, Modifiers::NONE);
    stage.harness.run_steps(2);
    assert!(stage.harness.ctx.text_edit_focused());
    stage.types("ladder");
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("it is there", |s| s.own.main.nodes.contains_key("ladder"));
    assert_eq!(shown.own.main.layout[&Name::new("ladder")], [240, 400]);
}

#[test]
fn space_plays_and_stops_with_the_keys_on_the_canvas() {
    let mut stage = Stage::new(SET, None);
    stage.until_playing(true);
    let free = stage.at(pos2(240.0, 400.0));
    stage.click(free, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Space);
    stage.until_playing(false);
    stage.key(Modifiers::NONE, Key::Space);
    stage.until_playing(true);
}

#[test]
fn a_burst_of_arrows_is_one_step_back() {
    let mut stage = Stage::new(SET, None);
    let title = stage.title("lead");
    stage.click(title, Modifiers::NONE);
    let at = |s: &super::Shown| s.own.main.layout[&Name::new("lead")];
    for key in [Key::ArrowRight, Key::ArrowRight, Key::ArrowDown, Key::ArrowRight] {
        stage.key(Modifiers::NONE, key);
    }
    stage.until("it is moved", |s| at(s) == [24, 8]);
    stage.key(Modifiers::COMMAND, Key::Z);
    let shown = stage.until("all of it is taken back", |s| at(s) == [0, 0]);
    assert_eq!(shown.undo, None);
    // After a while it is another step.
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.harness.run_steps(60);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.until("twice", |s| at(s) == [16, 0]);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("only the last", |s| at(s) == [8, 0]);
}
