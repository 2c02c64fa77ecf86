//! The window as hands use it: gestures go in, and what the session holds comes out.

mod album;
mod bad;
mod bar;
mod both;
mod cables;
mod canvas;
mod code;
mod desk;
mod drafts;
mod freeze;
mod heard;
mod idle;
mod keys;
mod large;
mod library;
mod lined;
mod made;
mod mixer;
mod moment;
mod monkey;
mod monkey_times;
mod patches;
mod pattern;
mod pictures;
mod pictures_canvas;
mod pictures_code;
mod pictures_mixer;
mod pictures_nodes;
mod pictures_notes;
mod pictures_sheets;
mod pictures_shell;
mod pictures_values;
mod projector;
mod raster;
mod reach;
mod roll;
mod seen;
mod setlist;
mod settled;
mod sheets;
mod shell;
mod shell_panels;
mod sight;
mod touch;
mod values;
mod walk;

use super::app::App;
use super::link::{Link, Shown};
use crate::cli::playing::{Play, Playing};
use bf_patch::{Name, Socket};
use clap::Parser;
use egui::{Key, Modifiers, PointerButton, Pos2, Rect, Vec2, vec2};
use egui_kittest::Harness;
use raster::Raster;
use std::path::Path;
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

/// How long something may take to come to be, on a machine that does much besides.
const PATIENCE: Duration = Duration::from_secs(90);

/// A set on the null device, with nothing around it.
#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    playing: Play,
}

impl Alone {
    fn arguments() -> Play {
        Alone::parsed(&["--no-history"])
    }

    fn parsed(more: &[&str]) -> Play {
        let usual = ["alone", "--backend", "null", "--osc", "off", "--no-last"];
        Alone::parse_from(usual.iter().chain(more)).playing
    }
}

struct Stage {
    harness: Harness<'static, App>,
    raster: Raster,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(text: &str, script: Option<&str>) -> Stage {
        Stage::with(text, script, &[])
    }

    fn with(text: &str, script: Option<&str>, files: &[(&str, &str)]) -> Stage {
        Stage::of(Stage::folder(text, script, files), vec2(1280.0, 800.0))
    }

    /// A folder with a set in it.
    fn folder(text: &str, script: Option<&str>, files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        std::fs::write(folder.path().join("set.toml"), text).unwrap();
        if let Some(script) = script {
            std::fs::write(folder.path().join("live.rhai"), script).unwrap();
        }
        folder
    }

    /// A set of a folder in a window of a size.
    fn of(folder: tempfile::TempDir, size: Vec2) -> Stage {
        let set = folder.path().to_owned();
        Stage::playing(&set, folder, size)
    }

    /// As [`Stage::with`], with a history beside the set.
    fn with_history(text: &str, script: Option<&str>, files: &[(&str, &str)]) -> Stage {
        let folder = Stage::folder(text, script, files);
        let set = folder.path().to_owned();
        Stage::play(&set, folder, vec2(1280.0, 800.0), &Alone::parsed(&[]))
    }

    /// A set that lies in a folder, which is there as long as the stage is.
    fn playing(set: &Path, folder: tempfile::TempDir, size: Vec2) -> Stage {
        Stage::play(set, folder, size, &Alone::arguments())
    }

    fn play(set: &Path, folder: tempfile::TempDir, size: Vec2, play: &Play) -> Stage {
        let playing = Playing::start(set, play).unwrap_or_else(|_| panic!("{}", set.display()));
        let app = App::new(Link::start(playing, Arc::default()));
        let raster = Raster::default();
        let mut harness = Harness::builder()
            .with_size(size)
            .with_step_dt(1.0 / 60.0)
            .renderer(raster.clone())
            .build_ui_state(|ui, app: &mut App| app.draw(ui), app);
        harness.run_steps(3);
        Stage { harness, raster, folder }
    }

    fn shown(&self) -> Arc<Shown> {
        self.harness.state().link().shown()
    }

    /// Draws until something holds of what the session shows.
    fn until(&mut self, what: &str, holds: impl Fn(&Shown) -> bool) -> Arc<Shown> {
        self.until_or(holds).unwrap_or_else(|_| panic!("it did not come to be: {what}"))
    }

    /// As [`Stage::until`]; what is shown instead where it does not come to be.
    fn until_or(&mut self, holds: impl Fn(&Shown) -> bool) -> Result<Arc<Shown>, Arc<Shown>> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            self.harness.run_steps(1);
            let shown = self.shown();
            if holds(&shown) {
                self.harness.run_steps(2);
                return Ok(shown);
            }
            std::thread::yield_now();
        }
        Err(self.shown())
    }

    /// Draws until the session has carried out all that was wished for.
    fn settle(&mut self) -> Arc<Shown> {
        let sent = self.harness.state().link().sent();
        self.until("all wishes are carried out", |shown| shown.granted >= sent)
    }

    /// Where on the window a canvas point is.
    fn at(&self, canvas: Pos2) -> Pos2 {
        self.harness.state().canvas_place(canvas)
    }

    fn tile(&self, name: &str) -> Rect {
        self.harness.state().tile_of(name)
    }

    /// Where a node is taken.
    fn title(&self, name: &str) -> Pos2 {
        self.at(self.tile(name).min + vec2(60.0, 10.0))
    }

    fn press(&mut self, at: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
        self.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        self.harness.input_mut().events.push(egui::Event::ModifiersChanged(modifiers));
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
        self.harness.input_mut().events.push(egui::Event::ModifiersChanged(Modifiers::NONE));
        self.harness.run_steps(2);
        self.settle();
    }

    fn click(&mut self, at: Pos2, modifiers: Modifiers) {
        self.press(at, PointerButton::Primary, true, modifiers);
        self.press(at, PointerButton::Primary, false, modifiers);
        self.harness.input_mut().events.push(egui::Event::ModifiersChanged(Modifiers::NONE));
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
