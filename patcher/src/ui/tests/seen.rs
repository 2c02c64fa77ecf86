//! What eyes and hands meet: texts that are read whole, and things that are where they are looked for.

use super::super::app::Tab;
use super::{SET, Stage};
use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};

const BEAT: &str = "track(\"drums\", s(\"bd*4\").gain(0.5));\n";

fn coding(script: &str) -> Stage {
    let mut stage = Stage::new(SET, Some(script));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    stage
}

fn sized(set: &str, script: Option<&str>, size: egui::Vec2) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), set).unwrap();
    if let Some(script) = script {
        std::fs::write(folder.path().join("live.rhai"), script).unwrap();
    }
    Stage::of(folder, size)
}

fn text(stage: &mut Stage) -> String {
    stage.harness.state_mut().code_mut().text_mut().clone()
}

impl Stage {
    fn rect(&self, label: &str) -> Rect {
        self.harness.get_by_label(label).rect()
    }

    /// A click that is pressed and released between two frames.
    fn quick(&mut self, at: Pos2, button: PointerButton) {
        let modifiers = Modifiers::NONE;
        self.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        self.harness.run_steps(1);
        for pressed in [true, false] {
            self.harness.input_mut().events.push(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        }
        self.harness.run_steps(4);
    }

    /// Every text that is in the window.
    fn texts(&self) -> Vec<String> {
        let all = self.harness.query_all_by_role(Role::Label);
        all.filter_map(|node| node.accesskit_node().value().or(node.accesskit_node().label())).collect()
    }
}

#[test]
fn names_that_are_offered_stand_below_one_another_beside_their_help() {
    let mut stage = coding(BEAT);
    let end = BEAT.len() - 2;
    stage.harness.state_mut().code_mut().select(end, end);
    stage.harness.run_steps(2);
    stage.types(".ro");
    stage.harness.run_steps(2);
    let offered = stage.harness.state().code().offered();
    assert!(offered.len() > 2, "{offered:?}");
    let rects: Vec<Rect> = offered.iter().take(6).map(|name| stage.rect(name)).collect();
    for pair in rects.windows(2) {
        assert!(pair[1].top() >= pair[0].bottom() - 1.0, "{rects:?}");
        assert_eq!(pair[0].left(), pair[1].left());
    }
    let labels = stage.harness.query_all_by_role(Role::Label).map(|node| node.rect());
    let beside = labels.filter(|rect| rect.left() > rects[0].left() + 100.0 && rects[0].y_range().contains(rect.top()));
    let widest = beside.map(|rect| rect.width()).fold(0.0, f32::max);
    assert!(widest > 100.0, "the help has a width of {widest}");
}

#[test]
fn help_is_read_as_paragraphs() {
    let mut stage = Stage::new(SET, None);
    let at = stage.title("filter");
    stage.click(at, Modifiers::NONE);
    stage.harness.run_steps(3);
    let is_joined = |stage: &Stage| stage.texts().iter().filter(|text| text.contains("a ringing Q of 25")).count();
    assert_eq!(is_joined(&stage), 1, "in the inspector: {:?}", stage.texts());
    stage.key(Modifiers::NONE, Key::F1);
    stage.harness.run_steps(3);
    assert_eq!(is_joined(&stage), 2, "in the manual: {:?}", stage.texts());
    let texts = stage.texts();
    assert!(texts.iter().any(|text| text.starts_with("beatforge = 1")), "the example is there");
    let is_marked = |text: &&String| text.contains('`') || text.contains("*Source*");
    // The messages below speak as a terminal does.
    assert_eq!(texts.iter().filter(|text| !text.starts_with("playing on")).find(is_marked), None);
}

#[test]
fn escape_closes_the_manual_before_it_lets_go_of_the_node() {
    let mut stage = Stage::new(SET, None);
    let at = stage.title("filter");
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::F1);
    stage.harness.run_steps(3);
    let page = stage.rect("Manual: svf");
    assert!(page.top() > stage.rect("Piano roll").bottom(), "it leaves transport and tabs free: {page:?}");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.harness.query_by_label("Manual: svf").is_none(), "it is closed");
    assert_eq!(stage.harness.state().selection().count(), 1, "the node stays selected");
    stage.key(Modifiers::NONE, Key::Escape);
    assert_eq!(stage.harness.state().selection().count(), 0);
    // What lies over it has Escape first.
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::F1);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.harness.query_by_label_contains("Enter adds it").is_none(), "the finder is closed");
    assert!(stage.harness.query_by_label("Manual: svf").is_some(), "the manual is not");
}

#[test]
fn another_line_takes_the_place_of_the_one_before() {
    let lines: String = (0..30).map(|i| format!("// {i}\n")).collect();
    let mut stage = coding(&lines);
    for (line, want) in [("13", "13:1"), ("15", "15:1")] {
        stage.key(Modifiers::COMMAND, Key::G);
        stage.types(line);
        stage.key(Modifiers::NONE, Key::Enter);
        stage.harness.run_steps(3);
        assert!(stage.texts().iter().any(|text| text == want), "{want}: {:?}", stage.texts());
    }
    for (query, want) in [("// 21", "// 21"), ("// 23", "// 23")] {
        stage.key(Modifiers::COMMAND, Key::F);
        stage.types(query);
        stage.harness.run_steps(2);
        assert_eq!(stage.harness.state().code().selected(), want);
        stage.key(Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn a_number_that_was_turned_without_a_click_is_taken_back() {
    let mut stage = coding(BEAT);
    let start = stage.harness.state().code().at(BEAT.find("0.5").unwrap() + 1);
    stage.harness.input_mut().events.push(egui::Event::ModifiersChanged(Modifiers::ALT));
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(start));
    stage.harness.run_steps(2);
    stage.drag(start, start + vec2(60.0, 0.0), Modifiers::ALT);
    assert_ne!(text(&mut stage), BEAT);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut stage), BEAT);
}

#[test]
fn presses_in_quick_succession_are_taken_back_in_one_step() {
    let mut stage = coding(BEAT);
    let at = BEAT.find("0.5").unwrap();
    stage.harness.state_mut().code_mut().select(at, at);
    stage.harness.run_steps(2);
    (0..4).for_each(|_| stage.key(Modifiers::ALT, Key::ArrowUp));
    assert!(text(&mut stage).contains("0.9"), "{}", text(&mut stage));
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut stage), BEAT);
    // After a pause they are a step of their own.
    stage.key(Modifiers::ALT, Key::ArrowUp);
    stage.harness.run_steps(90);
    stage.key(Modifiers::ALT, Key::ArrowUp);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!(text(&mut stage).contains("0.6"), "{}", text(&mut stage));
}

#[test]
fn a_small_window_shows_what_is_in_the_middle() {
    let set = SET.replace(
        "out = {",
        "line = { type = \"clip\", length = 4, notes = [{ at = 0, pitch = \"c4\", length = 1 }, { at = 2, pitch = \"e5\", length = 1 }] }\nout = {",
    );
    let mut stage = sized(&set, Some(BEAT), vec2(320.0, 240.0));
    let window = Rect::from_min_size(Pos2::ZERO, vec2(320.0, 240.0));
    let top = stage.rect("tab").bottom();
    assert!(top < 80.0, "two lines of bars end at {top}");
    assert!(
        stage.rect("More").bottom() < stage.rect("tab").top() && stage.rect("More").top() < stage.rect("Undo").bottom(),
        "it is in the first"
    );
    for name in ["Stop", "Undo", "More"] {
        assert!(window.contains_rect(stage.rect(name)), "{name}: {:?}", stage.rect(name));
    }
    stage.click_on("More");
    for name in ["Rewind", "Hush", "Redo", "Tap", "Record"] {
        assert!(window.contains_rect(stage.rect(name)), "{name}: {:?}", stage.rect(name));
    }
    stage.key(Modifiers::NONE, Key::Escape);
    stage.quick(window.center_bottom() - vec2(0.0, 12.0), PointerButton::Primary);
    stage.key(Modifiers::NONE, Key::Tab);
    stage.types("sv");
    stage.harness.run_steps(3);
    let fields = stage.harness.query_all_by_role(Role::TextInput);
    let fields: Vec<Rect> = fields.map(|field| field.rect()).collect();
    assert!(!fields.is_empty() && fields.iter().all(|field| window.contains_rect(*field)), "{fields:?}");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.harness.state_mut().tab = Tab::Roll;
    stage.harness.run_steps(3);
    let pane = stage.harness.state().roll().drawn_at();
    assert!(pane.height() > 60.0 && window.contains_rect(pane), "{pane:?}");
    for note in [(0.0, 60.0, 1.0), (2.0, 76.0, 1.0)] {
        let rect = stage.harness.state().roll().view_rect(pane, note);
        assert!(pane.contains_rect(rect), "{note:?} at {rect:?} in {pane:?}");
    }
}

#[test]
fn the_bar_stays_as_it_is_while_something_is_waited_for() {
    let mut stage = sized(SET, None, vec2(900.0, 600.0));
    let window = Rect::from_min_size(Pos2::ZERO, vec2(900.0, 600.0));
    let places = |stage: &Stage| ["Undo", "Redo", "Patch", "Record"].map(|name| stage.rect(name));
    let before = places(&stage);
    assert!(before.iter().all(|rect| window.contains_rect(*rect)), "{before:?}");
    for _ in 0..20 {
        let at = stage.at(stage.tile("filter").min + vec2(60.0, 10.0));
        stage.click(at, Modifiers::NONE);
        stage.key(Modifiers::COMMAND, Key::B);
        assert_eq!(places(&stage), before);
    }
}

#[test]
fn a_menu_that_a_quick_click_opens_stays_open() {
    let mut stage = Stage::new(SET, None);
    let at = stage.title("filter");
    stage.quick(at, PointerButton::Secondary);
    assert!(stage.harness.query_by_label_contains("Rename…").is_some());
    stage.quick(stage.at(egui::pos2(-20.0, 400.0)), PointerButton::Primary);
    assert!(stage.harness.query_by_label_contains("Rename…").is_none());
    // Two clicks are a double click only where none was just before.
    stage.harness.run_steps(60);
    let row = stage.harness.state().row_of("filter", "cutoff").center();
    let at = stage.at(row);
    stage.quick(at, PointerButton::Primary);
    stage.quick(at, PointerButton::Primary);
    assert!(stage.harness.query_by_label("filter.cutoff").is_some(), "the field to type is open");
}

#[test]
fn the_line_of_a_port_has_the_menu_of_its_node() {
    let mut stage = Stage::new(SET, None);
    let port = stage.harness.state().plug_of("filter", Some("input"));
    let at = stage.at(port + vec2(24.0, 0.0));
    stage.press(at, PointerButton::Secondary, true, Modifiers::NONE);
    stage.press(at, PointerButton::Secondary, false, Modifiers::NONE);
    stage.harness.run_steps(3);
    assert!(stage.harness.query_by_label_contains("Rename…").is_some());
}

#[test]
fn what_is_said_of_a_line_ends_in_the_window() {
    let mut stage = sized(SET, Some(BEAT), vec2(600.0, 500.0));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    *stage.harness.state_mut().code_mut().text_mut() =
        "track(\"drums\", s(\"bd [\").gain(0.5).lpf(800).room(0.5).delay(0.25));\n".to_owned();
    stage.key(Modifiers::ALT, Key::Enter);
    let shown = stage.until("the fault is said", |s| !s.faults.is_empty());
    stage.harness.run_steps(3);
    let message = &shown.faults[0].message;
    let said: Vec<Rect> = stage.harness.query_all_by_label_contains(message).map(|node| node.rect()).collect();
    assert!(!said.is_empty() && said.iter().all(|rect| rect.right() <= 600.0), "{said:?}");
}

#[test]
fn names_of_values_begin_at_one_line() {
    let mut stage = Stage::new(SET, None);
    let at = stage.title("filter");
    stage.click(at, Modifiers::NONE);
    stage.harness.run_steps(3);
    let left = |name: &str| {
        let all = stage.harness.query_all_by_label(name).map(|node| node.rect().left());
        all.fold(f32::INFINITY, f32::min)
    };
    assert_eq!(left("cutoff"), left("resonance"));
}
