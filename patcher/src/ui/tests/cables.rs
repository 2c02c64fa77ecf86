//! Cables that fit and cables that do not, nodes that go into cables and out of them, and copies in the hand.

use super::{Stage, cables, number};
use crate::ui::link::{Shown, Wish};
use bf_patch::{Edit, Name, SetEdit, Socket};
use egui::{Key, Modifiers, PointerButton, Pos2, Vec2, vec2};
use egui_kittest::kittest::Queryable;

const SET: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
steps = { type = "steps" }
kick = { type = "kick" }
lead = { type = "saw", freq = 110.0 }
filter = { type = "svf", cutoff = 900.0 }
wobble = { type = "lfo", rate = 0.5 }
amp = { type = "gain" }
out = { type = "output" }

[cables]
"kick.notes" = "steps"
"filter" = "lead"
"filter.cutoff" = { from = "wobble", amount = 1.0 }
"out" = ["filter.low", "kick"]

[layout]
lead = [0, 0]
filter = [480, 0]
out = [720, 0]
steps = [0, 200]
kick = [480, 200]
wobble = [0, 400]
amp = [240, 480]
"#;

impl Stage {
    fn inlet(&self, name: &str, port: &str) -> Pos2 {
        self.at(self.harness.state().plug_of(name, Some(port)))
    }

    fn out_of(&self, name: &str) -> Pos2 {
        self.at(self.harness.state().plug_of(name, None))
    }

    fn by_another_hand(&mut self, edit: Edit) {
        let edit = SetEdit::main(edit);
        self.harness.state().link().wish(Wish::Edit { edit, label: "elsewhere".to_owned(), gesture: None });
        self.settle();
        self.harness.run_steps(2);
    }

    fn take_out(&mut self, name: &str) -> std::sync::Arc<Shown> {
        self.click(self.title(name), Modifiers::NONE);
        self.key(Modifiers::NONE, Key::Delete);
        self.until("it is gone", |s| !s.own.main.nodes.contains_key(name))
    }
}

fn problems(shown: &Shown) -> Vec<&str> {
    let bad = shown.lines.iter().filter(|line| line.severity == bf_patch::Severity::Error);
    bad.map(|line| line.text.as_str()).collect()
}

fn place(shown: &Shown, name: &str) -> [i32; 2] {
    shown.own.main.layout[&Name::new(name)]
}

#[test]
fn a_node_that_is_dropped_on_a_cable_goes_into_it_in_one_step() {
    let mut stage = Stage::new(SET, None);
    let before = stage.shown().own.main.clone();
    let from = stage.title("amp");
    let by = stage.at(Pos2::new(240.0, 0.0)) - stage.at(Pos2::new(240.0, 480.0));
    stage.drag(from, from + by, Modifiers::NONE);
    let shown = stage.until("it is in the cable", |s| cables(s, "filter", None) == ["amp.out"]);
    assert_eq!(cables(&shown, "amp", Some("input")), ["lead"]);
    assert_eq!(place(&shown, "amp"), [240, 0]);
    stage.key(Modifiers::COMMAND, Key::Z);
    let shown = stage.until("one undo takes all of it back", |s| s.own.main == before);
    assert_eq!(shown.undo, None);
}

#[test]
fn a_node_that_does_not_fit_into_a_cable_stays_beside_it() {
    let mut stage = Stage::new(SET, None);
    let from = stage.title("amp");
    let by = stage.at(Pos2::new(240.0, 200.0)) - stage.at(Pos2::new(240.0, 480.0));
    stage.drag(from, from + by, Modifiers::NONE);
    let shown = stage.until("it has moved", |s| place(s, "amp") == [240, 200]);
    assert_eq!(cables(&shown, "kick", Some("notes")), ["steps"]);
    assert!(problems(&shown).is_empty(), "{:?}", problems(&shown));
}

#[test]
fn what_is_removed_heals_what_fits_and_nothing_else() {
    let mut stage = Stage::new(SET, None);
    let shown = stage.take_out("kick");
    assert_eq!(cables(&shown, "out", None), ["filter.low"], "notes are no sound");
    let shown = stage.take_out("filter");
    assert_eq!(cables(&shown, "out", None), ["lead"], "what it heard goes on, what moved its value does not");
    assert!(problems(&shown).is_empty(), "{:?}", problems(&shown));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("it is back", |s| cables(s, "out", None) == ["filter.low"]);
}

#[test]
fn a_cable_that_does_not_fit_is_refused_with_a_word() {
    let mut stage = Stage::new(SET, None);
    let before = stage.shown().own.main.clone();
    let row = stage.at(stage.harness.state().row_of("steps", "steps").center());
    let [lead, steps, wobble] = ["lead", "steps", "wobble"].map(|name| stage.out_of(name));
    let [filter, out] = [stage.inlet("filter", "input"), stage.inlet("out", "input")];
    for (from, to, said) in [
        (steps, out, "`steps.notes` sends notes, but `out.input` takes a signal"),
        (lead, row, "`steps.steps` is a setting"),
        (lead, filter, "`lead` enters `filter` already"),
    ] {
        stage.drag(from, to, Modifiers::NONE);
        let told = stage.harness.state().said().unwrap_or_default().to_owned();
        assert!(told.contains(said), "{told}");
        assert_eq!(stage.shown().own.main, before);
    }
    stage.drag(wobble, out, Modifiers::NONE);
    stage.until("what fits is laid", |s| cables(s, "out", Some("input")) == ["wobble.out"]);
}

#[test]
fn what_is_dragged_with_alt_are_copies_each_beside_its_own() {
    let text = "beatforge = 1\n[nodes]\nosc9 = { type = \"sine\", freq = 9.0 }\nosc10 = { type = \"sine\", freq = 10.0 }\n\
        kick = { type = \"kick\" }\nkick-env = { type = \"adsr\" }\nout = { type = \"output\" }\n\
        [layout]\nosc9 = [0, 0]\nosc10 = [240, 0]\nkick = [0, 200]\nkick-env = [240, 200]\nout = [700, 0]\n";
    // A script's node in the selection is not copied.
    let mut stage = Stage::new(text, Some("node(\"aaa\", sine(#{ freq: 50.0 }));\n"));
    stage.until("the script plays", |s| s.heard.main.nodes.contains_key("aaa"));
    stage.click(stage.title("aaa"), Modifiers::NONE);
    for name in ["osc9", "osc10", "kick", "kick-env"] {
        stage.click(stage.title(name), Modifiers::SHIFT);
    }
    let before = stage.shown().own.main.clone();
    let from = stage.title("osc9");
    let by = stage.at(Pos2::new(80.0, 400.0)) - stage.at(Pos2::ZERO);
    stage.drag(from, from + by, Modifiers::ALT);
    let shown = stage.until("they are there", |s| s.own.main.nodes.len() == before.nodes.len() + 4);
    for (name, node) in shown.own.main.nodes.iter().filter(|(name, _)| !before.nodes.contains_key(*name)) {
        let at = shown.own.main.layout[name];
        let source = match (node.kind.as_str(), number_of(node)) {
            ("sine", Some(9.0)) => "osc9",
            ("sine", _) => "osc10",
            ("kick", _) => "kick",
            _ => "kick-env",
        };
        let was = before.layout[&Name::new(source)];
        assert_eq!(at, [was[0] + 80, was[1] + 400], "{name} is a copy of {source}");
    }
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one undo takes them back", |s| s.own.main == before);
}

fn number_of(node: &bf_patch::Node) -> Option<f64> {
    node.params.get("freq").and_then(bf_node::Value::as_number)
}

#[test]
fn the_menu_of_a_cable_keeps_to_its_cable() {
    let mut stage = Stage::new(SET, None);
    let between = stage.at(Pos2::new(316.0, 0.0)).x;
    let at = Pos2::new(between, (stage.out_of("lead").y + stage.inlet("filter", "input").y) / 2.0);
    stage.press(at, PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, PointerButton::Secondary, false, Modifiers::NONE);
    stage.harness.run_steps(2);
    stage.harness.get_by_label("lead to filter");
    // The cables before it go.
    stage.by_another_hand(Edit::RemoveNode { name: "amp".into() });
    stage.by_another_hand(Edit::Connect {
        to: Socket::new("filter", "resonance"),
        cable: bf_patch::Cable { from: Socket::first("wobble"), amount: Some(0.1) },
        at: None,
    });
    let (to, from) = (Socket::new("filter", "cutoff"), Socket::first("wobble"));
    stage.by_another_hand(Edit::Disconnect { to, from });
    stage.harness.get_by_label("Remove").click();
    stage.harness.run_steps(3);
    let shown = stage.until("it is off", |s| cables(s, "filter", None).is_empty());
    assert_eq!(cables(&shown, "filter", Some("resonance")), ["wobble"]);
    assert_eq!(cables(&shown, "out", None), ["filter.low", "kick"]);
}

#[test]
fn a_cable_let_go_near_another_one_finds_what_fits() {
    let mut stage = Stage::new(SET, None);
    let near = Pos2::new(stage.at(Pos2::new(316.0, 0.0)).x, stage.out_of("lead").y);
    stage.drag(stage.out_of("wobble"), near, Modifiers::NONE);
    stage.types("plate");
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("a plate is there", |s| s.own.main.nodes.contains_key("plate"));
    assert_eq!(cables(&shown, "plate", Some("input")), ["wobble.out"]);
}

#[test]
fn a_cable_is_drawn_backwards_from_an_input() {
    let mut stage = Stage::new(SET, None);
    let input = stage.inlet("amp", "input");
    stage.drag(input, input + vec2(-60.0, 60.0), Modifiers::NONE);
    stage.types("triangle");
    stage.key(Modifiers::NONE, Key::Enter);
    let shown = stage.until("a triangle is there", |s| s.own.main.nodes.contains_key("triangle"));
    assert_eq!(cables(&shown, "amp", Some("input")), ["triangle.out"]);
    assert_eq!(shown.undo.as_deref(), Some("add triangle"));
    // To an output, and to a node, whose first output that fits is taken.
    stage.drag(stage.inlet("amp", "by"), stage.out_of("wobble"), Modifiers::NONE);
    stage.until("it is there", |s| cables(s, "amp", Some("by")) == ["wobble.out"]);
    stage.drag(stage.inlet("kick", "gate"), stage.title("steps"), Modifiers::NONE);
    stage.until("not the notes", |s| cables(s, "kick", Some("gate")) == ["steps.gate"]);
}

#[test]
fn a_node_that_goes_while_many_are_dragged_holds_none_of_them_back() {
    let mut stage = Stage::new(SET, None);
    stage.click(stage.title("lead"), Modifiers::NONE);
    for name in ["filter", "wobble"] {
        stage.click(stage.title(name), Modifiers::SHIFT);
    }
    let from = stage.title("lead");
    let to = |i: f32| Vec2::new(0.0, 16.0 * i);
    stage.press(from, PointerButton::Primary, true, Modifiers::NONE);
    for i in 1..=3 {
        stage.harness.input_mut().events.push(egui::Event::PointerMoved(from + to(i as f32)));
        stage.harness.run_steps(1);
    }
    stage.by_another_hand(Edit::RemoveNode { name: "wobble".into() });
    for i in 4..=8 {
        stage.harness.input_mut().events.push(egui::Event::PointerMoved(from + to(i as f32)));
        stage.harness.run_steps(1);
    }
    let shown = stage.settle();
    assert!(problems(&shown).is_empty(), "{:?}", problems(&shown));
    stage.press(from + to(8.0), PointerButton::Primary, false, Modifiers::NONE);
    let shown = stage.settle();
    let [x, y] = place(&shown, "lead");
    assert!(x == 0 && y >= 96, "{x} {y}");
    assert_eq!(place(&shown, "filter")[1], y);
}

#[test]
fn a_drag_is_sent_only_where_it_comes_to_another_place() {
    let mut stage = Stage::new(SET, None);
    let sent = stage.harness.state().link().sent();
    let from = stage.title("lead");
    let steps = stage.at(Pos2::new(16.0, 0.0)) - stage.at(Pos2::ZERO);
    stage.press(from, PointerButton::Primary, true, Modifiers::NONE);
    for i in 1..=160 {
        stage.harness.input_mut().events.push(egui::Event::PointerMoved(from + steps * (i as f32 / 160.0)));
        stage.harness.run_steps(1);
    }
    stage.press(from + steps, PointerButton::Primary, false, Modifiers::NONE);
    let shown = stage.settle();
    assert_eq!(place(&shown, "lead"), [16, 0]);
    let wishes = stage.harness.state().link().sent() - sent;
    assert!(wishes <= 3, "two places and the end, not {wishes}");
    assert_eq!(number(&shown, "lead", "freq"), 110.0);
}

#[test]
fn a_node_that_goes_into_a_cable_makes_room_behind_it_in_the_same_step() {
    let text = SET.replace("filter = [480, 0]", "filter = [224, 0]").replace("out = [720, 0]", "out = [448, 0]");
    let mut stage = Stage::new(&text, None);
    let middle = stage.out_of("lead").lerp(stage.inlet("filter", "input"), 0.5);
    let held = stage.title("amp") - stage.at(stage.tile("amp").center());
    stage.drag(stage.title("amp"), middle + held, Modifiers::NONE);
    let shown = stage.until("it is between them", |s| cables(s, "filter", None) == ["amp.out"]);
    let [lead, amp, filter, out] = ["lead", "amp", "filter", "out"].map(|name| stage.tile(name));
    assert!(amp.min.x >= lead.max.x + 32.0, "{amp:?} behind {lead:?}");
    assert!(filter.min.x >= amp.max.x + 32.0 && out.min.x > filter.max.x, "{filter:?} {out:?} behind {amp:?}");
    assert_eq!(shown.own.main.layout["kick"], [480, 200], "what is not behind it stays");
    assert_eq!(shown.own.main.layout["lead"], [0, 0]);
    stage.key(Modifiers::COMMAND, Key::Z);
    let back = stage.until("in one step", |s| cables(s, "filter", None) == ["lead"]);
    assert_eq!((back.own.main.layout["filter"], back.own.main.layout["amp"]), ([224, 0], [240, 480]));
    assert_eq!(back.undo, None);
}

#[test]
fn what_is_taken_lies_over_what_it_is_moved_on() {
    let mut stage = Stage::new(SET, None);
    // By its name the amplifier lies beneath.
    let held = stage.title("amp") - stage.at(stage.tile("amp").min);
    let to = stage.at(stage.tile("filter").min + vec2(0.0, 40.0)) + held;
    stage.drag(stage.title("amp"), to, Modifiers::NONE);
    stage.click(to, Modifiers::NONE);
    let selected: Vec<String> = stage.harness.state().selection().map(ToString::to_string).collect();
    assert_eq!(selected, ["amp"], "a click there takes what lies on top");
    let title = stage.title("lead");
    stage.click(title, Modifiers::NONE);
    stage.click(to, Modifiers::NONE);
    let selected: Vec<String> = stage.harness.state().selection().map(ToString::to_string).collect();
    assert_eq!(selected, ["amp"], "and it stays there");
}
