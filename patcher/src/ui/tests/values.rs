//! Values in the inspector and on the canvas: turned, stepped, typed, and what a right click offers.

use super::{SET, Stage, number};
use crate::ui::link::Wish;
use bf_node::Value;
use bf_patch::{Edit, Name, Socket};
use egui::{Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, vec2};
use egui_kittest::kittest::Queryable;

const ARMED: &str = "[overrides]\n\"filter.cutoff\" = 1200.0\n";

fn by_hand() -> String {
    SET.replace("[layout]", &format!("{ARMED}\n[layout]"))
}

impl Stage {
    /// Selects a node on the canvas.
    fn selects(&mut self, name: &str) {
        let title = self.at(self.tile(name).min + vec2(60.0, 10.0));
        self.click(title, Modifiers::NONE);
        self.harness.run_steps(2);
    }

    /// Where in the inspector a value is.
    fn field(&self, name: &str) -> Pos2 {
        self.harness
            .get_by(|node| node.label().is_some_and(|label| label == name) && node.role() == egui::Role::Slider)
            .rect()
            .center()
    }

    pub(super) fn wheel(&mut self, at: Pos2, notches: f32, modifiers: Modifiers) {
        self.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        self.harness.run_steps(1);
        let wheel = egui::Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, notches),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers,
        };
        self.harness.input_mut().events.push(egui::Event::ModifiersChanged(modifiers));
        self.harness.input_mut().events.push(wheel);
        self.harness.run_steps(1);
        self.harness.input_mut().events.push(egui::Event::ModifiersChanged(Modifiers::NONE));
        self.harness.run_steps(1);
        self.settle();
    }

    pub(super) fn right_click(&mut self, at: Pos2) {
        self.press(at, PointerButton::Secondary, true, Modifiers::NONE);
        self.press(at, PointerButton::Secondary, false, Modifiers::NONE);
        self.harness.run_steps(3);
    }

    /// Chooses what is offered.
    pub(super) fn choose(&mut self, words: &str) {
        self.harness.get_by_label(words).click();
        self.harness.run_steps(3);
        self.settle();
    }
}

fn cutoff(shown: &super::Shown) -> f64 {
    number(shown, "filter", "cutoff")
}

#[test]
fn a_value_of_the_inspector_is_dragged_stepped_and_typed() {
    let mut stage = Stage::new(SET, None);
    stage.selects("filter");
    let at = stage.field("cutoff");
    stage.drag(at, at + vec2(30.0, 0.0), Modifiers::NONE);
    let up = cutoff(&stage.until("it is higher", |s| cutoff(s) > 900.0));
    stage.drag(at, at + vec2(-30.0, 0.0), Modifiers::SHIFT);
    let shown = stage.until("with Shift it moves a tenth", |s| cutoff(s) < up);
    let fine = up / cutoff(&shown);
    assert!(fine < (up / 900.0).powf(0.2), "{fine} beside {}", up / 900.0);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("a drag is one step back", |s| cutoff(s) == up);
    stage.wheel(at, 1.0, Modifiers::NONE);
    let stepped = cutoff(&stage.until("the wheel steps it", |s| cutoff(s) > up));
    stage.wheel(at, -1.0, Modifiers::SHIFT);
    let shown = stage.until("with Shift finer", |s| cutoff(s) < stepped);
    assert!(cutoff(&shown) > up);
    stage.click(at, Modifiers::NONE);
    stage.click(at, Modifiers::NONE);
    stage.harness.run_steps(2);
    stage.types("1/4 + 440");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("what is typed is worked out", |s| (cutoff(s) - 440.25).abs() < 1e-6);
}

#[test]
fn a_value_follows_a_pattern_that_is_typed() {
    let mut stage = Stage::new(SET, None);
    let row = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.click(row, Modifiers::NONE);
    stage.click(row, Modifiers::NONE);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("<300 900>*2");
    stage.key(Modifiers::NONE, Key::Enter);
    let is_pattern = |s: &super::Shown| {
        let said = s.own.main.nodes[&Name::new("filter")].params.get("cutoff");
        said == Some(&Value::Text("<300 900>*2".to_owned()))
    };
    stage.until("the pattern stands there", is_pattern);
    let shown = stage.settle();
    let wrong = shown.lines.iter().find(|line| line.severity == bf_session::Severity::Error);
    assert_eq!(wrong, None);
}

#[test]
fn the_wheel_with_alt_steps_a_value_of_the_canvas_and_alone_it_zooms() {
    let mut stage = Stage::new(SET, None);
    let row = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.wheel(row, 1.0, Modifiers::ALT);
    stage.wheel(row, 1.0, Modifiers::ALT);
    let shown = stage.until("it is higher", |s| cutoff(s) > 900.0);
    assert_eq!(stage.at(stage.harness.state().row_of("filter", "cutoff").center()), row, "the view stays");
    assert_eq!(shown.undo.as_deref(), Some("turn filter.cutoff"));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("notches in a row are one step", |s| cutoff(s) == 900.0);
    let wide = |stage: &Stage| stage.at(Pos2::new(100.0, 0.0)).x - stage.at(Pos2::ZERO).x;
    let before = wide(&stage);
    stage.wheel(row, 3.0, Modifiers::NONE);
    assert!(cutoff(&stage.shown()) == 900.0 && wide(&stage) > before);
}

#[test]
fn arrows_step_the_value_that_has_the_focus() {
    let mut stage = Stage::new(SET, None);
    stage.selects("filter");
    let at = stage.field("resonance");
    stage.drag(at, at + vec2(20.0, 0.0), Modifiers::NONE);
    let was = number(&stage.shown(), "filter", "resonance");
    stage.harness.key_press(Key::ArrowUp);
    stage.harness.run_steps(2);
    stage.until("it is higher", |s| number(s, "filter", "resonance") > was);
    assert_eq!(stage.shown().own.main.layout[&Name::new("filter")], [240, 0], "and the node stays");
}

#[test]
fn a_hand_over_the_text_is_written_or_let_go() {
    let mut stage = Stage::new(&by_hand(), None);
    stage.selects("filter");
    stage.choose("Keep in the patch");
    let shown = stage.until("it is in the text", |s| cutoff(s) == 1_200.0);
    assert!(shown.own.main.overrides.is_empty());
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one step back", |s| !s.own.main.overrides.is_empty() && cutoff(s) == 900.0);
    stage.choose("Back to the text");
    stage.until("the text is heard", |s| s.own.main.overrides.is_empty() && cutoff(s) == 900.0);
}

#[test]
fn a_right_click_modulates_automates_exposes_and_stores() {
    let mut stage = Stage::new(SET, None);
    let to = Socket::new("filter", "cutoff");
    let row = |stage: &Stage| stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.right_click(row(&stage));
    stage.choose("Modulate with an LFO");
    let shown = stage.until("an LFO moves it", |s| s.own.main.nodes.contains_key("lfo"));
    assert_eq!(shown.own.main.cables[&to][0].amount, Some(1.0));
    // Its depth is dragged with Alt.
    let at = row(&stage);
    stage.drag(at, at + vec2(40.0, 0.0), Modifiers::ALT);
    let deeper = |s: &super::Shown| s.own.main.cables[&to][0].amount.is_some_and(|a| a > 1.5);
    let shown = stage.until("it moves it further", deeper);
    assert_eq!(cutoff(&shown), 900.0, "about the same number");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one step back", |s| s.own.main.cables[&to][0].amount == Some(1.0));
    stage.right_click(row(&stage));
    stage.choose("Automate");
    let shown = stage.until("it has a lane", |s| s.own.main.automation.contains_key(&to));
    let lane = &shown.own.main.automation[&to];
    assert_eq!((lane.points[0].value, lane.length), (900.0, 16.0));
    stage.right_click(row(&stage));
    stage.choose("Remove automation");
    stage.until("it has none", |s| s.own.main.automation.is_empty());
    stage.right_click(row(&stage));
    stage.choose("Expose as a control");
    let shown = stage.until("the patch shows it", |s| !s.own.main.controls.is_empty());
    assert_eq!(shown.own.main.controls[0].1.targets, std::slice::from_ref(&to));
    stage.right_click(row(&stage));
    stage.choose("Store snapshot");
    let shown = stage.until("a snapshot is there", |s| !s.own.main.snapshots.is_empty());
    assert_eq!(shown.own.main.snapshots[&Name::new("snap")].get(&to), Some(&Value::Number(900.0)));
    stage.right_click(row(&stage));
    stage.choose("Reset to default");
    stage.until("the text says nothing", |s| !s.own.main.nodes[&Name::new("filter")].params.contains_key("cutoff"));
}

#[test]
fn learning_says_what_is_in_its_way() {
    let mut stage = Stage::new(SET, None);
    let row = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    for (words, said) in [("MIDI learn", "--midi-in"), ("OSC learn", "OSC is off")] {
        stage.right_click(row);
        stage.choose(words);
        stage.until("it is said", |s| s.lines.iter().any(|line| line.text.contains(said)));
    }
}

#[test]
fn turns_of_an_armed_value_become_its_automation_in_one_step() {
    let mut stage = Stage::new(SET, None);
    let to = Socket::new("filter", "cutoff");
    let row = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.right_click(row);
    stage.choose("Record automation");
    stage.until("it is armed", |s| s.marks.armed.as_ref() == Some(&to));
    let beat = |stage: &Stage| stage.harness.state().link().shared.status().beat;
    let began = beat(&stage);
    // A slow turn: up, and half of it down again.
    stage.press(row, PointerButton::Primary, true, Modifiers::NONE);
    for i in 0..60 {
        let x = if i < 40 { i } else { 80 - i } as f32;
        stage.harness.input_mut().events.push(egui::Event::PointerMoved(row + vec2(x * 2.0, 0.0)));
        stage.harness.run_steps(1);
        std::thread::yield_now();
        stage.settle();
    }
    stage.press(row, PointerButton::Primary, false, Modifiers::NONE);
    let shown = stage.until("its lane is there", |s| s.own.main.automation.contains_key(&to));
    let lane = &shown.own.main.automation[&to];
    assert!((3..60).contains(&lane.points.len()), "{} points", lane.points.len());
    let top = lane.points.iter().map(|p| p.value).fold(0.0, f64::max);
    assert!(top > 1_500.0 && lane.points[0].value < top && lane.points.last().unwrap().value < top, "{lane:?}");
    assert!(lane.points.iter().all(|p| p.beat >= began && p.beat <= beat(&stage)), "{lane:?}");
    assert_eq!(cutoff(&shown), 900.0, "the text says what it said");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one step back", |s| s.own.main.automation.is_empty() && cutoff(s) == 900.0);
}

#[test]
fn a_node_whose_sound_is_missing_says_so() {
    let text = SET.replace("out = { type", "hit = { type = \"sampler\", file = \"nowhere.wav\" }\nout = { type");
    let mut stage = Stage::new(&text, None);
    let shown = stage.until("the file is missed", |s| s.marks.unread.contains_key("nowhere.wav"));
    assert!(shown.marks.badge("hit", ["nowhere.wav"]).is_some());
    assert!(shown.marks.badge("lead", []).is_none());
}

#[test]
fn what_is_read_again_is_kept_or_reset() {
    let mut stage = Stage::new(SET, None);
    stage.until("it plays", |s| s.glances.len() >= 3);
    let text = SET
        .replace("\"saw\", freq = 110.0", "\"saw\", freq = 220.0")
        .replace("\"svf\"", "\"ladder\"")
        .replace("filter.low", "filter");
    std::fs::write(stage.folder.path().join("set.toml"), text).unwrap();
    let shown = stage.until("the marks are there", |s| {
        s.marks.carried.get("filter").is_some_and(|(kept, _)| !kept) && s.marks.carried.contains_key("lead")
    });
    assert!(shown.marks.carried["lead"].0, "its number has changed, and it goes on");
}

#[test]
fn a_cable_under_the_pointer_shows_what_passes() {
    let beat = "beat = { type = \"steps\", steps = \"xxxx\", rate = \"1/32\" }\ndrum = { type = \"kick\" }\n";
    let text = SET
        .replace("out = { type", &format!("{beat}out = {{ type"))
        .replace("[cables]", "[cables]\n\"drum\" = \"beat\"")
        .replace("[layout]", "[layout]\nbeat = [0, 480]\ndrum = [240, 480]");
    let mut stage = Stage::new(&text, None);
    let middle = |stage: &Stage, from: &str, to: &str, input: Option<&str>| {
        let state = stage.harness.state();
        let (begin, end) = (state.plug_of(from, None), state.plug_of(to, input.or(Some("input"))));
        stage.at(begin + (end - begin) * 0.5)
    };
    let at = middle(&stage, "lead", "filter", None);
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
    let scope = |stage: &Stage, frames: &mut [f32]| stage.harness.state().link().shared.scope().latest(frames);
    let began = std::time::Instant::now();
    let mut frames = [0.0; 960];
    while scope(&stage, &mut frames) < 960 || frames.iter().all(|x| x.abs() < 0.1) {
        assert!(began.elapsed().as_secs() < 20, "the wave is seen");
        stage.harness.run_steps(1);
    }
    stage.harness.get_by_label_contains("dB   now");
    let at = middle(&stage, "beat", "drum", Some("notes"));
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
    while stage.harness.query_all_by_label_contains("note c4").next().is_none() {
        assert!(began.elapsed().as_secs() < 20, "the notes are seen");
        stage.harness.run_steps(1);
    }
    let free = stage.at(Pos2::new(240.0, 330.0));
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(free));
    stage.harness.run_steps(2);
    stage.settle();
    assert!(!stage.harness.state().link().shared.scope().is_looking(), "nobody looks any more");
}

const STEPS: &str = r#"beatforge = 1
[nodes]
beat = { type = "steps", steps = "x---x---" }
env = { type = "adsr", attack = 0.1 }
drum = { type = "kick" }
out = { type = "output" }
[cables]
"drum" = "beat"
"env.notes" = "beat"
"out" = "drum"
[layout]
beat = [0, 0]
env = [240, 240]
drum = [240, 0]
out = [480, 0]
"#;

fn row_of_steps(shown: &super::Shown) -> String {
    let said = shown.own.main.nodes[&Name::new("beat")].params.get("steps");
    said.and_then(Value::as_text).unwrap_or_default().to_owned()
}

#[test]
fn steps_are_clicked_on_the_canvas_and_painted_in_the_inspector() {
    let mut stage = Stage::new(STEPS, None);
    let row = stage.harness.state().row_of("beat", "steps").shrink2(vec2(8.0, 1.5));
    let (from, wide) = (row.min.x + row.width() * 0.28, row.width() * 0.72);
    let cell = |i: usize| egui::pos2(from + wide * (i as f32 + 0.5) / 8.0, row.center().y);
    let at = stage.at(cell(2));
    stage.click(at, Modifiers::NONE);
    stage.until("a hit is there", |s| row_of_steps(s) == "x-x-x---");
    let rect = stage.harness.get_by_label("steps of beat.steps").rect();
    let field = |i: usize| egui::pos2(rect.min.x + rect.width() * (i as f32 + 0.5) / 8.0, rect.min.y + 10.0);
    stage.drag(field(5), field(7), Modifiers::NONE);
    stage.until("three are painted", |s| row_of_steps(s) == "x-x-xxxx");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("in one step", |s| row_of_steps(s) == "x-x-x---");
    stage.click(field(0), Modifiers::SHIFT);
    stage.until("an accent", |s| row_of_steps(s) == "X-x-x---");
    let keys = stage.harness.get_by_label("keys of beat.pitch").rect();
    stage.click(keys.left_bottom() + vec2(4.0, -4.0), Modifiers::NONE);
    let pitch = |s: &super::Shown| s.own.main.nodes[&Name::new("beat")].params.get("pitch").cloned();
    stage.until("the lowest key that is shown", |s| pitch(s) == Some(bf_node::Value::Number(48.0)));
}

#[test]
fn an_envelope_is_bent_at_its_corners() {
    let mut stage = Stage::new(STEPS, None);
    stage.selects("env");
    stage.settle();
    stage.harness.run_steps(6);
    let rect = stage.harness.get_by_label("envelope").rect().shrink(8.0);
    let third = rect.width() / 3.6;
    // Where the attack of 0.1 s ends: the place of its value on a way of equal ratios from 0.5 ms to 20 s.
    let place = (0.1f32 / 0.0005).ln() / (20.0f32 / 0.0005).ln();
    let top = egui::pos2(rect.min.x + third * (0.04 + 0.96 * place), rect.min.y);
    stage.drag(top, top + vec2(20.0, 0.0), Modifiers::NONE);
    stage.until("the attack is longer", |s| number(s, "env", "attack") > 0.2);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("in one step", |s| number(s, "env", "attack") == 0.1);
}

#[test]
fn points_of_a_lane_come_move_and_go() {
    let lane = "[automation]\n\"filter.cutoff\" = { points = [[0.0, 300.0], [8.0, 3000.0]], length = 16.0 }\n[layout]";
    let mut stage = Stage::new(&SET.replace("[layout]", lane), None);
    stage.selects("filter");
    let to = Socket::new("filter", "cutoff");
    let rect = stage.harness.get_by_label("automation of filter.cutoff").rect().shrink(6.0);
    let points = |s: &super::Shown| s.own.main.automation[&to].points.clone();
    let at = |beat: f32, y: f32| egui::pos2(rect.min.x + rect.width() * beat / 16.0, rect.min.y + rect.height() * y);
    stage.click(at(12.0, 0.5), Modifiers::NONE);
    stage.click(at(12.0, 0.5), Modifiers::NONE);
    stage.until("a point came", |s| points(s).len() == 3 && points(s)[2].beat == 12.0);
    stage.drag(at(12.0, 0.5), at(13.0, 0.1), Modifiers::NONE);
    let shown = stage.until("it moved", |s| points(s)[2].beat == 13.0);
    assert!(points(&shown)[2].value > 3_000.0, "{:?}", points(&shown));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("in one step", |s| points(s)[2].beat == 12.0);
    stage.harness.key_press(Key::Delete);
    stage.harness.run_steps(2);
    stage.until("it goes", |s| points(s).len() == 2);
}

#[test]
fn rows_of_all_that_is_selected_are_a_grid() {
    let text = STEPS.replace("env = {", "hats = { type = \"steps\", steps = \"x-x-x-x-\" }\nenv = {");
    let mut stage = Stage::new(&text.replace("[layout]", "[layout]\nhats = [0, 480]"), None);
    let free = stage.at(egui::pos2(420.0, 420.0));
    stage.click(free, Modifiers::NONE);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.harness.run_steps(2);
    stage.harness.get_by_label("steps of beat.steps");
    let rect = stage.harness.get_by_label("steps of hats.steps").rect();
    stage.click(rect.left_center() + vec2(rect.width() * 1.5 / 8.0, 0.0), Modifiers::NONE);
    let hats = |s: &super::Shown| s.own.main.nodes[&Name::new("hats")].params.get("steps").cloned();
    stage.until("a hat is there", |s| hats(s) == Some(Value::Text("xxx-x-x-".to_owned())));
}

#[test]
fn a_hand_over_a_script_is_written_into_its_text_where_the_number_stands() {
    let script = "node(\"verb\", plate(#{ decay: 2.0 }));\ncable(\"verb\", \"filter\");\n";
    let mut stage = Stage::new(SET, Some(script));
    stage.until("the script plays", |s| s.heard.main.nodes.contains_key("verb") && !s.scripts.all.is_empty());
    let decay = Socket::new("verb", "decay");
    let lay = |stage: &mut Stage, target: &Socket, value: f64| {
        let edit = Edit::Override { target: target.clone(), value: Some(Value::Number(value)) };
        let edit = bf_patch::SetEdit::main(edit);
        stage.harness.state().link().wish(Wish::Edit { edit, label: "turn".to_owned(), gesture: None });
        stage.settle();
    };
    lay(&mut stage, &decay, 3.5);
    stage.selects("verb");
    stage.choose("Keep in the script");
    let shown = stage.until("the script says it", |s| {
        s.own.main.overrides.is_empty() && s.heard.main.nodes["verb"].params["decay"] == Value::Number(3.5)
    });
    let text = stage.harness.state_mut().code_mut().text_mut().clone();
    assert_eq!(text, script.replace("2.0", "3.5"));
    assert_eq!(shown.undo.as_deref(), Some("evaluate live.rhai"));
    assert!(stage.harness.state().said().unwrap().contains("live.rhai:1"));
    // Undo lets the hand lie over what the script said before.
    stage.harness.state().link().wish(Wish::Undo);
    stage.until("the hand is back", |s| s.own.main.overrides.get(&decay) == Some(&Value::Number(3.5)));
    // What the script does not say is told, and nothing changes.
    let other = Socket::new("verb", "width");
    lay(&mut stage, &other, 0.3);
    let edit = bf_patch::SetEdit::main(Edit::Override { target: decay.clone(), value: None });
    stage.harness.state().link().wish(Wish::Edit { edit, label: "let go".to_owned(), gesture: None });
    stage.until("only one is by hand", |s| s.own.main.overrides.len() == 1);
    let before = stage.harness.state_mut().code_mut().text_mut().clone();
    stage.choose("Keep in the script");
    let began = std::time::Instant::now();
    while !stage.harness.state().said().is_some_and(|said| said.contains("does not say verb.width")) {
        assert!(began.elapsed() < super::PATIENCE, "it is told: {:?}", stage.harness.state().said());
        stage.harness.run_steps(1);
    }
    assert_eq!(*stage.harness.state_mut().code_mut().text_mut(), before);
    assert!(stage.shown().own.main.overrides.contains_key(&other));
}

#[test]
fn a_value_of_the_canvas_is_typed_over_and_what_is_out_of_range_is_told() {
    let mut stage = Stage::new(SET, None);
    let row = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    let type_in = |stage: &mut Stage, text: &str| {
        stage.click(row, Modifiers::NONE);
        stage.click(row, Modifiers::NONE);
        stage.types(text);
        stage.key(Modifiers::NONE, Key::Enter);
        stage.harness.run_steps(60);
    };
    type_in(&mut stage, "440");
    stage.until("what is typed takes its place", |s| number(s, "filter", "cutoff") == 440.0);
    assert_eq!(stage.harness.state().said(), None);
    type_in(&mut stage, "53503");
    stage.until("it goes as far as its range", |s| number(s, "filter", "cutoff") > 19_000.0);
    let said = stage.harness.state().said().unwrap_or_default().to_owned();
    assert!(said.starts_with("filter.cutoff goes from") && said.contains("20"), "{said}");
}
