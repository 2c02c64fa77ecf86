//! The text form: what is read, what is said about mistakes, what is written, and the laws of all of it.

mod laws;
mod mistakes;
mod reading;
mod ugly;
mod writing;

use super::*;
use crate::{Edit, Name, Socket};

/// The set of the manual.
const SET: &str = r#"beatforge = 1
tempo = 124.0

[nodes]
lead   = { type = "saw", freq = 110.0 }
wobble = { type = "lfo", rate = 0.25 }
filter = { type = "svf", cutoff = 900.0, resonance = 0.4 }
kick   = { type = "patch", file = "patches/kick.toml", tune = -2.0 }
out    = { type = "output" }

[cables]                                   # input = output, or a list of them
"filter" = "lead"                          # no port named: the first
"filter.cutoff" = { from = "wobble", amount = 2.0 }
"out" = ["filter.low", "kick"]             # output takes stereo; mono goes to both sides

[layout]                                   # last; written by the canvas, on an 8-pixel grid
lead = [80, 120]
"#;

fn parse(text: &str) -> TextPatch {
    TextPatch::parse(text, "set.toml").unwrap_or_else(|errors| {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}\n---\n{text}", all.join("\n"))
    })
}
