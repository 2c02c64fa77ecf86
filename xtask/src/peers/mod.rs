//! Measures this program and its peers side by side, in turns, and writes the table of `docs/benchmarks.md`.

mod patterns;
mod report;

pub(crate) use patterns::patterns;

use crate::packages::{Consent, Purpose, set_up};
use crate::shell::{cargo, program, root, run, succeeds, target_dir, words};
use report::Report;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How long to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Three rounds, up to ten minutes; the table is written.
    Full,
    /// One short round, two minutes; the table is only printed.
    Quick,
}

impl Depth {
    /// Rounds, CPU seconds of each measurement, and minutes after which no further round begins.
    fn options(self) -> [(&'static str, &'static str); 3] {
        match self {
            Depth::Full => [("--rounds", "3"), ("--budget", "0.6"), ("--minutes", "8")],
            Depth::Quick => [("--rounds", "1"), ("--budget", "0.2"), ("--minutes", "3")],
        }
    }
}

/// Builds, measures and reports.
pub(crate) fn peers(depth: Depth, consent: Consent) -> Result<(), String> {
    set_up(Purpose::Peers, consent)?;
    if !succeeds("python3", &["--version"]) {
        return Err("the scripts that measure need Python 3: install `python3`, then try again".into());
    }
    run(&mut cargo(&["build", "--release", "--locked", "--package", "beatforge"])?)?;
    let rust = rust_peers()?;
    let report = Report::parse(&measure(depth, rust.as_deref())?)?;
    let section = report.section();
    println!("\n{section}");
    if depth == Depth::Full {
        let path = root().join("docs/benchmarks.md");
        let told = |e: std::io::Error| format!("{}: {e}", path.display());
        let before = std::fs::read_to_string(&path).map_err(told)?;
        std::fs::write(&path, report::spliced(&before, &section)?).map_err(told)?;
        println!("written to {}", path.display());
    }
    Ok(())
}

/// The peers that are Rust libraries, in one program; `None`, with a word, where it cannot be built.
fn rust_peers() -> Result<Option<PathBuf>, String> {
    let target = target_dir()?.join("peers");
    let mut build = cargo(&["build", "--release", "--locked"])?;
    build.current_dir(root().join("bench/peers/rust")).env("CARGO_TARGET_DIR", &target);
    // A peer gets the best that this processor has.
    build.env("RUSTFLAGS", "-C target-cpu=native");
    Ok(match run(&mut build) {
        Ok(()) => Some(program(&target, "rust-peers")),
        Err(why) => {
            println!("going on without the peers in Rust: {why}");
            None
        }
    })
}

/// What the scripts print.
fn measure(depth: Depth, rust: Option<&Path>) -> Result<String, String> {
    let mut script = Command::new("python3");
    // Nothing is left among the sources.
    script
        .arg("-B")
        .arg(root().join("bench/peers/measure.py"))
        .arg("--beatforge")
        .arg(program(&target_dir()?, "beatforge"));
    if let Some(rust) = rust {
        script.arg("--rust-peers").arg(rust);
    }
    for (name, value) in depth.options() {
        script.args([name, value]);
    }
    println!("$ {}", words(&script));
    let output = script.stderr(Stdio::inherit()).output().map_err(|e| format!("python3 cannot be run: {e}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("the scripts ended with {}", output.status))
    }
}
