//! Pictures of what is marked on nodes and values, and of the order that hands bring into a patch.

use super::super::theme::Theme;
use super::Stage;
use super::album::Album;
use crate::ui::command::Command;
use bf_session::wav;
use egui::{Rect, vec2};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Nodes that bear every mark; what is frozen plays a file that is there.
const MARKED: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
lead = { type = "saw", freq = 110.0 }
filter = { type = "svf", cutoff = 900.0, resonance = 0.4 }
wobble = { type = "lfo", rate = 0.5 }
lost = { type = "sampler", file = "samples/gone.wav" }
kept = { type = "ladder", cutoff = 600.0 }
fresh = { type = "delay" }
broken = { type = "gain" }
late = { type = "limiter" }
quiet = { type = "gain", mute = true }
past = { type = "gain", bypass = true }
first = { type = "strip", solo = true }
second = { type = "strip" }
ice = { type = "square", freq = 55.0, frozen = { beats = 4.0, mono = true, out = "ice.wav" } }
out = { type = "output" }

[cables]
"filter" = "lead"
"filter.cutoff" = { from = "wobble", amount = 2.0 }
"kept" = "filter.low"
"fresh" = "kept"
"broken" = "fresh"
"late" = "broken"
"quiet" = "ice"
"past" = "lost"
"first" = "late"
"second" = ["quiet", "past"]
"out" = ["first", "second"]

[overrides]
"filter.resonance" = 0.8

[layout]
lead = [0, 0]
filter = [200, 0]
wobble = [0, 160]
kept = [400, 0]
fresh = [600, 0]
broken = [800, 0]
late = [800, 160]
lost = [0, 336]
past = [200, 336]
ice = [400, 336]
quiet = [600, 336]
first = [1000, 0]
second = [1000, 272]
out = [1200, 160]
"#;

/// A wave, for what is frozen.
fn wave(path: &std::path::Path) {
    let spec = wav::Spec { sample_rate: 48_000, channels: 1, format: wav::Format::Float32 };
    let mut writer = wav::Writer::create(path, spec, wav::Existing::Replace).unwrap();
    writer.write(&[0.25; 96_000]).unwrap();
    writer.finish().unwrap();
}

fn marked(size: egui::Vec2) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), MARKED).unwrap();
    wave(&folder.path().join("ice.wav"));
    let mut stage = Stage::of(folder, size);
    stage.until("files and delays are asked for", |s| !s.marks.unread.is_empty() && !s.marks.delays.is_empty());
    stage.settle();
    stage.freeze();
    let seen = Instant::now() + Duration::from_secs(3_600);
    stage.show(|shown| {
        let marks = Arc::make_mut(&mut shown.marks);
        marks.broken.insert("broken".to_owned(), seen);
        marks.carried = [("kept", true), ("fresh", false)].map(|(name, kept)| (name.to_owned(), (kept, seen))).into();
        let folder = folder_of(&marks.unread);
        marks.unread.values_mut().for_each(|why| *why = why.replace(&folder, ""));
    });
    // The line under a title is full at a tenth of a block.
    let block = stage.harness.state().link().block_ns;
    stage.costs(&[
        ("lead", block * 0.01, 0.5),
        ("filter", block * 0.03, 0.3),
        ("kept", block * 0.06, 0.1),
        ("fresh", block * 0.12, 0.01),
        ("broken", 0.0, 1.0),
    ]);
    stage.harness.state_mut().told.extend([Command::Inspector, Command::Fit]);
    stage.harness.run_steps(3);
    stage
}

/// The folder that a reason names.
fn folder_of(unread: &std::collections::BTreeMap<String, String>) -> String {
    let path = unread.values().find_map(|why| why.split("samples/gone.wav").next().map(str::to_owned));
    path.unwrap_or_default()
}

#[test]
fn marks_on_nodes_look_as_they_did_in_every_dress() {
    let mut album = Album::default();
    let mut stage = marked(vec2(1000.0, 520.0));
    for (theme, dress) in [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::Contrast, "contrast")] {
        stage.harness.state_mut().dress(theme);
        album.compare(&format!("marks-{dress}"), &stage.take_middle());
    }
    stage.harness.state_mut().dress(Theme::Dark);
    let at = stage.title("lost");
    stage.point(at);
    album.compare("mark-lost", &stage.take_part(Rect::from_min_size(at - vec2(90.0, 40.0), vec2(420.0, 180.0))));
    album.end();
}
