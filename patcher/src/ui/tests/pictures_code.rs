//! Pictures of the code pane while it is written in, and while it plays.

use super::super::app::Tab;
use super::super::theme::Theme;
use super::Stage;
use super::album::{Album, SIZE, set};
use crate::ui::command::Command;
use bf_session::Severity;
use egui::{Key, Modifiers, vec2};

/// Tracks whose notes have words, a function, and lines longer than the pane.
const SCRIPT: &str = "// Drums, and a bass that answers them.
tempo(124);
let root = \"c2:minor\";

track(\"drums\", s(\"bd*4, ~ cp, hh*8\").gain(0.8));
track(\"bass\", n(\"0 ~ 3 <5 7>\").scale(root).s(\"saw\").lpf(600).gain(0.7));

fn louder(p) { p.gain(1.0) }
";

impl Stage {
    /// The code pane over a script.
    fn script(size: egui::Vec2) -> Stage {
        let mut stage = Stage::sized(&set(), Some(SCRIPT), size);
        stage.turn_to(Tab::Code);
        stage
    }

    /// Puts the cursor so many bytes behind the beginning of some words.
    fn cursor(&mut self, words: &str, behind: usize) {
        let at = self.harness.state_mut().code_mut().text_mut().find(words).unwrap() + behind;
        self.harness.state_mut().code_mut().select(at, at);
        self.harness.run_steps(2);
    }

    /// Where some words stand in the window.
    fn word(&mut self, words: &str, behind: usize) -> egui::Pos2 {
        let at = self.harness.state_mut().code_mut().text_mut().find(words).unwrap() + behind;
        self.harness.state().code().at(at)
    }
}

#[test]
fn a_script_looks_as_it_did_while_it_is_written() {
    let mut album = Album::default();
    let mut stage = Stage::script(vec2(640.0, 520.0));
    stage.freeze();
    stage.cursor("// Drums", 0);
    stage.key(Modifiers::COMMAND, Key::F);
    stage.types("gain");
    album.compare("code-find", &stage.take_middle());
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::COMMAND, Key::G);
    stage.types("6:1");
    album.compare("code-line", &stage.take_middle());
    stage.key(Modifiers::NONE, Key::Enter);
    let at = stage.word("scale", 2);
    stage.point(at);
    album.compare("code-hover", &stage.take_middle());
    stage.leave();
    stage.cursor("lpf", 1);
    stage.key(Modifiers::NONE, Key::F1);
    album.compare("code-help", &stage.take_middle());
    stage.key(Modifiers::NONE, Key::Escape);
    // A number in a hand.
    let at = stage.word("600", 1);
    stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
    stage.harness.input_mut().events.push(egui::Event::ModifiersChanged(Modifiers::ALT));
    stage.harness.run_steps(2);
    stage.press(at, egui::PointerButton::Primary, true, Modifiers::ALT);
    for i in 1..=6 {
        stage.harness.input_mut().events.push(egui::Event::PointerMoved(at + vec2(10.0 * i as f32, 0.0)));
        stage.harness.run_steps(1);
    }
    stage.harness.state_mut().code_mut().flash_ends();
    album.compare("code-number", &stage.take_middle());
    album.end();
}

/// What sounds is lit, and rolls by below.
#[test]
fn a_script_looks_as_it_did_while_it_plays() {
    let mut album = Album::default();
    let mut stage = Stage::script(SIZE);
    stage.cursor("0.8", 1);
    stage.play_to(6.1, None);
    for (theme, dress) in [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::Contrast, "contrast")] {
        stage.harness.state_mut().dress(theme);
        album.compare(&format!("code-plays-{dress}"), &stage.take());
    }
    stage.harness.state_mut().dress(Theme::Dark);
    stage.harness.state_mut().told.push(Command::Projector);
    album.compare("projector", &stage.take());
    album.end();
}

#[test]
fn a_fault_looks_as_it_did_in_every_dress() {
    let mut album = Album::default();
    let mut stage = Stage::script(vec2(640.0, 520.0));
    *stage.harness.state_mut().code_mut().text_mut() = SCRIPT.replace("lpf(600)", "lpff(600)");
    stage.key(Modifiers::ALT, Key::Enter);
    stage.until("it is said", |s| s.lines.iter().any(|line| line.severity == Severity::Error));
    stage.harness.state_mut().code_mut().flash_ends();
    stage.freeze();
    for (theme, dress) in [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::Contrast, "contrast")] {
        stage.harness.state_mut().dress(theme);
        album.compare(&format!("fault-{dress}"), &stage.take_middle());
    }
    album.end();
}
