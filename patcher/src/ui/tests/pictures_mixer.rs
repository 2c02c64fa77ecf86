//! Pictures of the mixer at work: levels, switches, compressors, sends, mixes that are kept, headphones.

use super::super::app::Tab;
use super::super::theme::Theme;
use super::Stage;
use super::album::Album;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;

/// A loud strip, one that is turned down by its compressor, one that is soloed and one that is muted; mixes, and a cue.
const DESK: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
bass = { type = "saw", freq = 55.0 }
organ = { type = "triangle", freq = 220.0 }
kick = { type = "strip", gain = 6.0, solo = true }
glue = { type = "strip", gain = -6.0, compress = true, threshold = -30.0, ratio = 6.0, makeup = 4.0, low = 4.0, mid = -6.0, send1_level = 0.6, solo = true, cue = true }
keys = { type = "strip", gain = -9.0, pan = -0.4, mute = true, send1_level = 0.3 }
pads = { type = "strip", gain = -12.0 }
group = { type = "bus", gain = -3.0 }
cue = { type = "cue" }
phones = { type = "output", channels = "3/4" }
out = { type = "output" }

[cables]
"kick" = "bass"
"glue" = "organ"
"keys" = "organ"
"pads" = "organ"
"group" = ["glue.send1", "keys.send1"]
"out" = ["kick", "glue", "keys", "pads", "group"]
"phones" = "cue"

[snapshots.verse]
"kick.gain" = -6.0
"glue.gain" = -12.0

[snapshots.chorus]
"kick.gain" = 0.0
"glue.gain" = -3.0
"#;

#[test]
fn the_mixer_looks_as_it_did_while_it_plays() {
    let mut album = Album::default();
    let mut stage = Stage::sized(DESK, None, vec2(760.0, 560.0));
    stage.turn_to(Tab::Mixer);
    stage.key(Modifiers::NONE, Key::Escape);
    stage.play_to(2.0, None);
    for (theme, dress) in [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::Contrast, "contrast")] {
        stage.harness.state_mut().dress(theme);
        album.compare(&format!("desk-{dress}"), &stage.take());
    }
    album.end();
}

#[test]
fn strips_look_as_they_did_while_they_are_wide() {
    let mut album = Album::default();
    let mut stage = Stage::sized(DESK, None, vec2(1040.0, 780.0));
    stage.turn_to(Tab::Mixer);
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::NONE, Key::W);
    // The stored mix is heard, and the present one waits.
    stage.harness.get_by_label("compare").click();
    stage.harness.run_steps(2);
    stage.settle();
    stage.play_to(2.0, None);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    album.compare("desk-wide", &stage.take());
    let list = stage.harness.get_by_label("glue send1 goes to").rect().center();
    stage.click(list, Modifiers::NONE);
    album.compare("desk-sends", &stage.take());
    album.end();
}
