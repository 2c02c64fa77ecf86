//! Pictures of hands on the canvas: cables, what passes through them, menus, fields, comments and frames, the map.

use super::Stage;
use super::album::{Album, SIZE};
use crate::ui::command::Command;
use egui::{Key, Modifiers, Pos2, Rect, pos2, vec2};

/// A beat and a filtered tone in frames, with a comment.
const BAND: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
beat = { type = "steps", steps = "x--x--x-" }
hats = { type = "steps", steps = "x-x-X-x-" }
kick = { type = "kick" }
lead = { type = "saw", freq = 110.0 }
filter = { type = "svf", cutoff = 900.0 }
wobble = { type = "lfo", rate = 0.5 }
thump = { type = "patch", file = "thump.toml" }
mix = { type = "strip" }
out = { type = "output" }

[cables]
"kick.notes" = ["beat", "hats"]
"filter" = "lead"
"filter.cutoff" = { from = "wobble", amount = 2.0 }
"mix" = ["filter.low", "kick", "thump"]
"out" = "mix"

[overrides]
"filter.cutoff" = 1200.0

[notes]
drums = { text = "Drums", at = [-24, 264], size = [424, 280], color = "orange" }
tone = { text = "A tone that opens and closes", at = [-24, -48], size = [424, 288], color = "cyan" }
drop = { text = "The drop comes here: pull the cutoff down before it, then let go.", at = [440, 312], color = "red" }

[layout]
beat = [0, 304]
hats = [0, 432]
kick = [224, 304]
lead = [0, 0]
filter = [224, 0]
wobble = [0, 112]
thump = [440, 176]
mix = [648, 0]
out = [848, 0]
"#;

impl Stage {
    fn band(script: Option<&str>) -> Stage {
        Stage::sized(BAND, script, SIZE)
    }

    /// A part of the canvas at a place, as large as a menu needs.
    fn around(&mut self, at: Pos2, size: egui::Vec2) -> super::raster::Picture {
        self.take_part(Rect::from_min_size(at - vec2(70.0, 40.0), size))
    }

    /// Closes what is open, and shows everything.
    fn clear(&mut self) {
        self.key(Modifiers::NONE, Key::Escape);
        self.key(Modifiers::NONE, Key::Escape);
        self.leave();
        self.harness.state_mut().told.push(Command::Fit);
        self.harness.run_steps(3);
    }
}

/// What passes through a cable is seen beside the pointer.
#[test]
fn cables_look_as_they_did() {
    let mut album = Album::default();
    let mut stage = Stage::band(None);
    stage.play_to(1.3, Some(("lead", 0)));
    album.compare("canvas-plays", &stage.take());
    let middle = |stage: &Stage, from: &str, to: &str, port: &str| {
        let app = stage.harness.state();
        let (begin, end) = (app.plug_of(from, None), app.plug_of(to, Some(port)));
        stage.at(begin + (end - begin) * 0.5)
    };
    let at = middle(&stage, "lead", "filter", "input");
    stage.point(at);
    album.compare("cable-signal", &stage.around(at, vec2(340.0, 190.0)));
    stage.play_to(1.3, Some(("beat", 0)));
    let at = middle(&stage, "beat", "kick", "notes");
    stage.point(at);
    album.compare("cable-events", &stage.around(at, vec2(340.0, 220.0)));
    stage.leave();
    // A cable in the hand, and what it leads to where it is let go over nothing.
    let from = stage.at(stage.harness.state().plug_of("wobble", None));
    let free = stage.at(pos2(560.0, 480.0));
    stage.draw(from, free);
    album.compare("cable-drawn", &stage.take());
    stage.press(free, egui::PointerButton::Primary, false, Modifiers::NONE);
    stage.harness.run_steps(3);
    stage.types("cut");
    album.compare("cable-offers", &stage.take());
    album.end();
}

#[test]
fn menus_of_the_canvas_look_as_they_did() {
    let mut album = Album::default();
    let script = "track(\"drums\", s(\"bd*4\"));\nnode(\"verb\", plate(#{ decay: 2.0 }));\ncable(\"verb\", \"mix\");\n";
    let mut stage = Stage::sized(BAND, None, vec2(800.0, 720.0));
    stage.freeze();
    let value = |stage: &Stage, node: &str, param: &str| stage.at(stage.harness.state().row_of(node, param).center());
    let at = value(&stage, "filter", "cutoff");
    stage.right_click(at);
    album.compare("menu-value", &stage.around(at, vec2(340.0, 460.0)));
    stage.clear();
    let app = stage.harness.state();
    let (begin, end) = (app.plug_of("wobble", None), app.row_of("filter", "cutoff").left_center());
    let at = stage.at(begin + (end - begin) * 0.5);
    stage.right_click(at);
    album.compare("menu-cable", &stage.around(at, vec2(340.0, 230.0)));
    stage.clear();
    let at = stage.title("thump");
    stage.right_click(at);
    album.compare("menu-patch", &stage.around(at, vec2(420.0, 400.0)));
    stage.clear();
    let at = stage.at(pos2(480.0, 330.0));
    stage.right_click(at);
    album.compare("menu-note", &stage.around(at, vec2(340.0, 280.0)));
    stage.clear();
    let at = stage.at(pos2(700.0, 480.0));
    stage.right_click(at);
    album.compare("menu-ground", &stage.around(at, vec2(340.0, 300.0)));
    stage.clear();
    let at = stage.title("wobble");
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::C);
    album.compare("menu-connect", &stage.take());
    stage.clear();
    // The one whose title lies on the other comes first: what is taken comes to lie on top.
    for name in ["hats", "beat"] {
        let at = stage.title(name);
        stage.click(at, Modifiers::SHIFT);
    }
    album.compare("several", &stage.take());
    let at = stage.title("hats");
    stage.right_click(at);
    album.compare("menu-several", &stage.take());
    drop(stage);

    let mut stage = Stage::band(Some(script));
    stage.until("the script plays", |s| s.heard.main.nodes.contains_key("verb") && !s.marks.of_nodes.is_empty());
    stage.freeze();
    stage.clear();
    let at = stage.title("verb");
    stage.click(at, Modifiers::NONE);
    stage.right_click(at);
    album.compare("menu-script", &stage.take());
    album.end();
}

#[test]
fn fields_of_the_canvas_look_as_they_did() {
    let mut album = Album::default();
    let mut stage = Stage::band(None);
    stage.freeze();
    let at = stage.at(stage.harness.state().row_of("filter", "cutoff").center());
    for (text, name) in [("1/4 + 440", "typed"), ("440 apples", "mistyped")] {
        stage.click(at, Modifiers::NONE);
        stage.click(at, Modifiers::NONE);
        stage.key(Modifiers::COMMAND, Key::A);
        stage.types(text);
        album.compare(name, &stage.around(at, vec2(360.0, 150.0)));
        stage.clear();
    }
    let at = stage.title("kick");
    stage.click(at, Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::F2);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.types("Kick 1");
    album.compare("misnamed", &stage.around(at, vec2(360.0, 220.0)));
    stage.clear();
    let at = stage.at(pos2(480.0, 330.0));
    stage.click(at, Modifiers::NONE);
    stage.click(at, Modifiers::NONE);
    album.compare("comment", &stage.take());
    stage.clear();
    let at = stage.at(stage.harness.state().plug_of("filter", Some("input"))) + vec2(20.0, 0.0);
    stage.point(at);
    album.compare("help", &stage.around(at, vec2(360.0, 150.0)));
    stage.clear();
    stage.key(Modifiers::COMMAND, Key::Num0);
    album.compare("map", &stage.take());
    album.end();
}
