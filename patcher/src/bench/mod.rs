//! `beatforge bench`: how fast this build is here. Figures are CPU seconds of this process, never wall time.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

mod again;
mod edits;
mod patterns;
mod rates;
mod scripts;
mod soak;
mod start;
mod storm;
mod workloads;
pub(crate) mod yardstick;

use crate::cli::End;

/// Measures how fast this build is on this machine.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// w1 to w7, edits, soak, compile, start, eval, reload, patterns; w1 to w7 when none is named.
    what: Vec<String>,
    /// Nodes of the patch that is edited.
    #[arg(long, default_value_t = 1000)]
    nodes: usize,
    /// How many edits.
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// Minutes of sound of the soak.
    #[arg(long, default_value_t = 60.0)]
    minutes: f64,
    /// Edits a second of sound of the soak.
    #[arg(long, default_value_t = 100.0)]
    edits: f64,
    /// CPU seconds to spend on each rate.
    #[arg(long, default_value_t = 2.0)]
    budget: f64,
    /// Frames of a block.
    #[arg(long, default_value_t = 64, value_parser = crate::cli::playing::block)]
    block: usize,
    /// The seed of random edits.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A JSON object a line.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    let all = ["w1", "w2", "w3", "w4", "w5", "w6", "w7"].map(str::to_owned);
    let what = if a.what.is_empty() { &all[..] } else { &a.what[..] };
    let mut good = true;
    for name in what {
        let result = match name.as_str() {
            "edits" => edits::run(a),
            "compile" | "w7" => start::compile(a),
            "soak" => soak::run(a),
            "eval" => scripts::eval(a),
            "reload" => scripts::storm(a),
            "start" => start::start(a),
            "patterns" => patterns::run(a),
            other => match workloads::workload(other) {
                Some(w) => rates::run(&w, a),
                None => Err(format!(
                    "there is no bench {other:?}: w1 to w7, edits, soak, compile, start, eval, reload, patterns"
                )),
            },
        };
        if let Err(why) = result {
            eprintln!("{name}: {why}");
            good = false;
        }
    }
    if good { End::Done } else { End::Failed }
}

/// A set in a folder of its own, gone when it is dropped.
pub(crate) struct Scratch(pub std::path::PathBuf);

impl Scratch {
    pub(crate) fn new(files: &[(&str, &str)]) -> Result<Scratch, String> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let folder = std::env::temp_dir().join(format!("beatforge-{}-{now}", std::process::id()));
        let scratch = Scratch(folder);
        for (name, text) in files {
            let path = scratch.0.join(name);
            let parent = path.parent().unwrap_or(&scratch.0);
            std::fs::create_dir_all(parent).map_err(|e| e.to_string())?;
            std::fs::write(&path, text).map_err(|e| e.to_string())?;
        }
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
