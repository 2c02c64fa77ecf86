//! Pictures of patterns and notes: what is more than a grid, what plays, what is picked.

use super::super::app::Tab;
use super::Stage;
use super::album::Album;
use egui::{Key, Modifiers, vec2};

/// Rows of nodes, and tracks of which some are more than a grid.
const SCRIPT: &str = "track(\"drums\", s(\"bd*4, ~ cp, hh*8?0.3\").velocity(\"1 0.5 0.75 0.5\"));
track(\"odd\", s(\"bd <sd cp> hh*<4 8>\"));
track(\"bass\", note(\"c2 eb2 g1 c2\").s(\"saw\"));
";

const CLIP: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
beat = { type = "steps", steps = "x--- X- x:0.4 - x?0.5 --x" }
ring = { type = "euclid", pulses = 5, steps = 8 }
line = { type = "clip", length = 4.0, notes = [{ at = 0.0, length = 0.5, pitch = 60.0 }, { at = 0.5, length = 0.25, pitch = 63.0, velocity = 0.4 }, { at = 1.0, length = 1.0, pitch = 67.0, velocity = 0.6 }, { at = 2.0, length = 0.5, pitch = 65.0, velocity = 1.0 }, { at = 2.5, length = 1.5, pitch = 58.0, velocity = 0.2 }] }
drum = { type = "kick" }
lead = { type = "pluck" }
level = { type = "gain", gain = 0.5 }
out = { type = "output" }

[cables]
"drum" = ["beat", "ring"]
"lead" = "line"
"level" = ["drum", "lead"]
"out" = "level"
"#;

#[test]
fn rows_of_steps_look_as_they_did_while_they_play() {
    let mut album = Album::default();
    let mut stage = Stage::sized(CLIP, Some(SCRIPT), vec2(820.0, 640.0));
    stage.turn_to(Tab::Pattern);
    stage.play_to(1.6, None);
    album.compare("rows-play", &stage.take());
    album.end();
}

#[test]
fn notes_of_a_clip_look_as_they_did_while_they_are_picked() {
    let mut album = Album::default();
    let mut stage = Stage::sized(CLIP, None, vec2(720.0, 480.0));
    stage.turn_to(Tab::Roll);
    stage.key(Modifiers::NONE, Key::Escape);
    let pane = stage.harness.state().roll().drawn_at();
    let note = |stage: &Stage, at: (f64, f32, f64)| stage.harness.state().roll().view_rect(pane, at).center();
    let first = note(&stage, (1.0, 67.0, 1.0));
    stage.click(first, Modifiers::NONE);
    let second = note(&stage, (2.0, 65.0, 0.5));
    stage.click(second, Modifiers::SHIFT);
    stage.leave();
    stage.play_to(2.3, None);
    album.compare("clip-picked", &stage.take());
    // A box over nothing picks what it touches.
    let (from, to) = (note(&stage, (0.05, 70.0, 0.1)), note(&stage, (1.4, 59.0, 0.1)));
    stage.draw(from, to);
    album.compare("clip-box", &stage.take());
    album.end();
}
