//! The album: pictures of the window that are kept beside the tests, and how a stage is made to stand still for them.
//!
//! `BEATFORGE_PICTURES=renew` writes them anew, `BEATFORGE_PICTURES=docs` those of the manual.

use super::super::app::Tab;
use super::raster::Picture;
use super::{SET, Stage};
use crate::ui::command::Command;
use egui::{Color32, Vec2, vec2};
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

/// How far a channel of a pixel may be off, and which part of the pixels may be off further: fonts are not drawn alike
/// on all processors.
const NEAR: u8 = 24;
const PART: f64 = 0.004;
/// Large enough for the inspector and the messages.
pub(super) const SIZE: Vec2 = vec2(800.0, 520.0);

/// Pictures that the manual shows, too, and what they are called there.
const MANUAL: [(&str, &str); 4] =
    [("marks-dark", "marks"), ("cable-signal", "cable"), ("fault-dark", "fault"), ("first-page", "first-page")];
/// The margin that the harness leaves around the window.
pub(super) const MARGIN: usize = 8;
/// What is behind all that the window draws: no theme has this colour.
const BARE: Color32 = Color32::from_rgb(255, 0, 255);

pub(super) const SCRIPT: &str = "// A beat.\ntempo(124);\ntrack(\"drums\", s(\"bd*4, ~ cp, hh*8\").gain(0.8));\n";
const INNER: &str = "beatforge = 1\n[nodes]\nbody = { type = \"sine\", freq = 60.0 }\n[outputs]\nout = \"body\"\n[controls]\ntune = { to = \"body.freq\" }\n";

pub(super) fn renews(what: &str) -> bool {
    std::env::var("BEATFORGE_PICTURES").is_ok_and(|wish| wish == what)
}

pub(super) fn write(path: &Path, picture: &Picture) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let [width, height] = picture.size.map(|n| n as u32);
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path).unwrap()), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let rows: Vec<u8> = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    encoder.write_header().unwrap().write_image_data(&rows).unwrap();
}

fn read(path: &Path) -> Option<Picture> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).ok()?)).read_info().unwrap();
    let mut rows = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rows).unwrap();
    let pixels = rows.chunks_exact(3).map(|p| Color32::from_rgb(p[0], p[1], p[2])).collect();
    Some(Picture { size: [info.width as usize, info.height as usize], pixels })
}

/// The part of the pixels that are another colour.
fn apart(one: &Picture, other: &Picture) -> f64 {
    if one.size != other.size {
        return 1.0;
    }
    let far = |(a, b): (&Color32, &Color32)| (0..3).any(|i| a.to_array()[i].abs_diff(b.to_array()[i]) > NEAR);
    one.pixels.iter().zip(&other.pixels).filter(|pair| far(*pair)).count() as f64 / one.pixels.len() as f64
}

/// Compares with the picture that is kept under a name; what is wrong is kept, too, and told at the end.
#[derive(Default)]
pub(super) struct Album(Vec<String>);

impl Album {
    pub(super) fn compare(&mut self, name: &str, picture: &Picture) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui/tests/pictures").join(format!("{name}.png"));
        if renews("renew") {
            write(&path, picture);
            return;
        }
        let shown = MANUAL.iter().find(|(of, _)| *of == name && renews("docs"));
        if let Some((_, shown)) = shown {
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
            write(&docs.join(format!("window-{shown}.png")), picture);
        }
        let apart = read(&path).map_or(1.0, |kept| apart(&kept, picture));
        if apart > PART {
            let now = std::env::temp_dir().join("beatforge-pictures").join(format!("{name}.png"));
            write(&now, picture);
            self.0.push(format!("{name}: {:.2} % differ, see {}", apart * 100.0, now.display()));
        }
    }

    pub(super) fn end(self) {
        let how = "where it is meant, BEATFORGE_PICTURES=renew takes them anew";
        assert!(self.0.is_empty(), "{}\n{how}", self.0.join("\n"));
    }
}

impl Stage {
    pub(super) fn sized(text: &str, script: Option<&str>, size: Vec2) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("set.toml"), text).unwrap();
        std::fs::write(folder.path().join("thump.toml"), INNER).unwrap();
        if let Some(script) = script {
            std::fs::write(folder.path().join("live.rhai"), script).unwrap();
        }
        let mut stage = Stage::of(folder, size);
        if script.is_some() {
            stage.until("its track is heard", |s| s.heard.main.nodes.contains_key("drums"));
        }
        // The view does not depend on what had come when the first frame was drawn.
        stage.settle();
        if size.y <= 440.0 {
            // Where the messages have no room what is said stands over the window, and goes.
            stage.harness.run_steps(7 * 60);
        }
        stage.harness.state_mut().told.push(Command::Fit);
        stage.harness.run_steps(3);
        stage
    }

    /// The window as it is, without what differs from run to run.
    pub(super) fn freeze(&mut self) {
        self.harness.state_mut().freeze(self.folder.path());
    }

    pub(super) fn picture(&mut self) -> Picture {
        self.freeze();
        self.harness.state_mut().told.push(Command::Fit);
        // What moves to its place has arrived.
        self.harness.run_steps(30);
        self.photo()
    }

    /// The window alone.
    pub(super) fn photo(&self) -> Picture {
        let picture = self.raster.picture(&self.harness.ctx, self.harness.output(), BARE).inner(MARGIN);
        // A window shows black there, in whatever theme.
        let bare = picture.pixels.iter().filter(|pixel| **pixel == BARE).count();
        assert_eq!(bare, 0, "so many pixels have no ground");
        picture
    }

    pub(super) fn turn_to(&mut self, tab: Tab) {
        self.harness.state_mut().tab = tab;
        self.harness.run_steps(3);
    }
}

/// A set with a strip, a patch inside and a track of a script.
pub(super) fn set() -> String {
    let nodes = "mix = { type = \"strip\" }\nthump = { type = \"patch\", file = \"thump.toml\" }\nout = { type";
    SET.replace("out = { type", nodes)
        .replace("\"out\" = \"filter.low\"", "\"mix\" = [\"filter.low\", \"thump\"]\n\"out\" = \"mix\"")
        .replace("wobble = [0, 240]", "wobble = [0, 240]\nmix = [480, 160]\nthump = [240, 240]")
}
