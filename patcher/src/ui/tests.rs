//! The window as hands use it: gestures go in, and what the session holds comes out.

use super::app::{App, Tab};
use super::link::{Link, Shown};
use bf_patch::{Name, Socket};
use bf_session::{BackendKind, DeviceRequest, Live, LiveRequest, Options, Session, registry};
use egui::{Key, Modifiers, PointerButton, Pos2, Rect, Vec2, vec2};
use egui_kittest::Harness;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SET: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
lead = { type = "saw", freq = 110.0 }
filter = { type = "svf", cutoff = 900.0 }
wobble = { type = "lfo", rate = 0.5 }
out = { type = "output" }

[cables]
"filter" = "lead"
"out" = "filter.low"

[layout]
lead = [0, 0]
filter = [240, 0]
out = [480, 0]
wobble = [0, 240]
"#;

struct Stage {
    harness: Harness<'static, App>,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(text: &str, script: Option<&str>) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("set.toml"), text).unwrap();
        if let Some(script) = script {
            std::fs::write(folder.path().join("live.rhai"), script).unwrap();
        }
        let device = DeviceRequest { backend: BackendKind::Null, ..DeviceRequest::default() };
        let mut live = Live::open(&LiveRequest { device }).unwrap().0;
        let options = Options { wait_for_scripts: false, ..Options::default() };
        let (mut session, engine) = Session::open(folder.path(), registry(), options).unwrap();
        live.start(&mut session, engine).unwrap();
        let app = App::new(Link::start(session, live, || {}));
        let mut harness =
            Harness::builder().with_size(vec2(1280.0, 800.0)).build_ui_state(|ui, app: &mut App| app.draw(ui), app);
        harness.run_steps(3);
        Stage { harness, folder }
    }

    fn shown(&self) -> Arc<Shown> {
        self.harness.state().link().shown()
    }

    /// Draws until something holds of what the session shows.
    fn until(&mut self, what: &str, holds: impl Fn(&Shown) -> bool) -> Arc<Shown> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            self.harness.run_steps(1);
            let shown = self.shown();
            if holds(&shown) {
                self.harness.run_steps(2);
                return shown;
            }
            std::thread::yield_now();
        }
        panic!("it did not come to be: {what}");
    }

    /// Where on the window a canvas point is.
    fn at(&self, canvas: Pos2) -> Pos2 {
        self.harness.state().canvas_place(canvas)
    }

    fn tile(&self, name: &str) -> Rect {
        self.harness.state().tile_of(name)
    }

    fn press(&mut self, at: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
        self.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        self.harness.input_mut().modifiers = modifiers;
        self.harness.input_mut().events.push(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        self.harness.run_steps(1);
    }

    fn drag(&mut self, from: Pos2, to: Pos2, modifiers: Modifiers) {
        self.press(from, PointerButton::Primary, true, modifiers);
        for i in 1..=6 {
            let at = from + (to - from) * (i as f32 / 6.0);
            self.harness.input_mut().events.push(egui::Event::PointerMoved(at));
            self.harness.run_steps(1);
        }
        self.press(to, PointerButton::Primary, false, modifiers);
        self.harness.input_mut().modifiers = Modifiers::NONE;
        self.harness.run_steps(2);
    }

    fn click(&mut self, at: Pos2, modifiers: Modifiers) {
        self.press(at, PointerButton::Primary, true, modifiers);
        self.press(at, PointerButton::Primary, false, modifiers);
        self.harness.input_mut().modifiers = Modifiers::NONE;
        self.harness.run_steps(1);
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(2);
    }

    fn types(&mut self, text: &str) {
        self.harness.input_mut().events.push(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(2);
    }
}

fn cables(shown: &Shown, to: &str, port: Option<&str>) -> Vec<String> {
    let to = match port {
        Some(port) => Socket::new(to, port),
        None => Socket::first(to),
    };
    shown.own.main.cables.get(&to).into_iter().flatten().map(|c| c.from.to_string()).collect()
}

fn number(shown: &Shown, node: &str, param: &str) -> f64 {
    match shown.own.main.nodes[&Name::new(node)].params.get(param) {
        Some(bf_node::Value::Number(n)) => *n,
        other => panic!("{node}.{param} is {other:?}"),
    }
}

#[test]
fn a_node_that_is_dragged_moves_on_the_grid_in_one_step() {
    let mut stage = Stage::new(SET, None);
    let from = stage.at(stage.tile("lead").min + vec2(60.0, 10.0));
    stage.drag(from, from + vec2(83.0, 41.0), Modifiers::NONE);
    let shown = stage.until("it moved", |s| s.own.main.layout[&Name::new("lead")] != [0, 0]);
    let [x, y] = shown.own.main.layout[&Name::new("lead")];
    assert!(x % 8 == 0 && y % 8 == 0 && x > 40 && y > 16, "{x} {y}");
    assert_eq!(shown.undo.as_deref(), Some("move"));
    stage.key(Modifiers::COMMAND, Key::Z);
    let back = stage.until("one undo takes all of it back", |s| s.own.main.layout[&Name::new("lead")] == [0, 0]);
    assert_eq!(back.undo, None);
}

#[test]
fn a_cable_is_drawn_from_an_output_to_a_value_and_taken_off_again() {
    let mut stage = Stage::new(SET, None);
    let output = stage.at(stage.harness.state().plug_of("wobble", None));
    let cutoff = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.drag(output, cutoff, Modifiers::NONE);
    let shown = stage.until("the cable is there", |s| !cables(s, "filter", Some("cutoff")).is_empty());
    let to = Socket::new("filter", "cutoff");
    assert_eq!(shown.own.main.cables[&to][0].amount, Some(1.0), "it moves the value about its number");
    // An input's cable comes off in the hand.
    let input = stage.at(stage.harness.state().plug_of("filter", Some("input")));
    stage.drag(input, input + vec2(-30.0, 260.0), Modifiers::NONE);
    stage.until("the cable is off", |s| cables(s, "filter", None).is_empty());
}

#[test]
fn a_value_is_turned_and_typed() {
    let mut stage = Stage::new(SET, None);
    let row = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    stage.drag(row, row + vec2(40.0, 0.0), Modifiers::NONE);
    let shown = stage.until("it is higher", |s| number(s, "filter", "cutoff") > 900.0);
    let up = number(&shown, "filter", "cutoff");
    stage.drag(row, row + vec2(-40.0, 0.0), Modifiers::SHIFT);
    let shown = stage.until("with Shift it moves a tenth", |s| number(s, "filter", "cutoff") < up);
    let fine = up / number(&shown, "filter", "cutoff");
    assert!(fine < (up / 900.0).powf(0.2), "{fine} beside {}", up / 900.0);
    stage.click(row, Modifiers::NONE);
    stage.click(row, Modifiers::NONE);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("1/4 + 440");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("what is typed is worked out", |s| (number(s, "filter", "cutoff") - 440.25).abs() < 1e-6);
}

#[test]
fn a_few_letters_find_a_node_and_a_cable_into_space_offers_what_fits() {
    let mut stage = Stage::new(SET, None);
    let free = stage.at(egui::pos2(240.0, 330.0));
    stage.click(free, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.types("ladder");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.until("a ladder is there", |s| s.own.main.nodes.contains_key("ladder"));
    let output = stage.at(stage.harness.state().plug_of("lead", None));
    stage.drag(output, free + vec2(200.0, 60.0), Modifiers::NONE);
    stage.types("plate");
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("a plate is there", |s| s.own.main.nodes.contains_key("plate"));
    let entered: Vec<&Socket> = shown.own.main.cables.keys().filter(|to| to.node.as_str() == "plate").collect();
    assert_eq!(entered.len(), 1, "with its cable, in the same step");
    assert_eq!(shown.undo.as_deref(), Some("add plate"));
}

#[test]
fn what_is_removed_heals_and_what_is_duplicated_keeps_its_cables() {
    let mut stage = Stage::new(SET, None);
    let title = stage.at(stage.tile("filter").min + vec2(60.0, 10.0));
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::COMMAND, Key::D);
    let shown = stage.until("there is another", |s| s.own.main.nodes.contains_key("filter2"));
    assert_eq!(cables(&shown, "filter2", None), ["lead"]);
    stage.click(title, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Delete);
    let shown = stage.until("it is gone", |s| !s.own.main.nodes.contains_key("filter"));
    assert_eq!(cables(&shown, "out", None), ["lead"], "what it heard goes on to where it went");
}

#[test]
fn a_box_selects_and_all_of_it_moves() {
    let mut stage = Stage::new(SET, None);
    let from = stage.at(egui::pos2(-30.0, -30.0));
    let to = stage.at(egui::pos2(420.0, 60.0));
    stage.drag(from, to, Modifiers::NONE);
    let selected: Vec<String> = stage.harness.state().selection().map(ToString::to_string).collect();
    assert_eq!(selected, ["filter", "lead"]);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    let shown = stage.until("they moved", |s| s.own.main.layout[&Name::new("lead")] == [8, 0]);
    assert_eq!(shown.own.main.layout[&Name::new("filter")], [248, 0]);
    assert_eq!(shown.own.main.layout[&Name::new("out")], [480, 0]);
}

#[test]
fn the_view_zooms_about_the_pointer() {
    let mut stage = Stage::new(SET, None);
    let point = egui::pos2(300.0, 60.0);
    let at = stage.at(point);
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
    stage.harness.input_mut().events.push(egui::Event::Zoom(1.5));
    stage.harness.run_steps(3);
    assert!((stage.at(point) - at).length() < 1.0);
    assert!((stage.at(point + Vec2::X * 100.0) - at).x > 110.0);
}

#[test]
fn a_script_is_evaluated_from_the_pane_and_seen_on_the_canvas() {
    let mut stage = Stage::new(SET, Some("track(\"drums\", s(\"bd*4\"));\n"));
    stage.until("its track is heard", |s| s.heard.main.nodes.contains_key("drums"));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    stage.harness.state_mut().code_mut().text.push_str("\ntrack(\"hats\", s(\"hh*8\"));\n");
    stage.key(Modifiers::ALT, Key::Enter);
    let shown = stage.until("the new track is heard", |s| s.heard.main.nodes.contains_key("hats"));
    assert!(!shown.own.main.nodes.contains_key("hats"), "the script owns it");
    stage.key(Modifiers::COMMAND, Key::S);
    let script = stage.folder.path().join("live.rhai");
    stage.until("the file says it", |_| std::fs::read_to_string(&script).unwrap().contains("hats"));
}

#[test]
fn a_fault_is_said_with_its_place() {
    let mut stage = Stage::new(SET, Some("track(\"drums\", s(\"bd*4\"));\n"));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(2);
    stage.harness.state_mut().code_mut().text = "track(\"drums\", s(\"bd [\"));\n".to_owned();
    stage.key(Modifiers::ALT, Key::Enter);
    let shown = stage.until("it is said", |s| !s.lines.is_empty());
    assert!(shown.lines[0].place.starts_with("live.rhai:1:"), "{:?}", shown.lines);
    assert!(shown.heard.main.nodes.contains_key("drums"), "what played plays on");
}
