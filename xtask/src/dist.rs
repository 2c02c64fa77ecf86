//! Packs a release: the program, what it plays, and the licences.

use crate::shell::{cargo, output, root, run, target_dir};
use std::fs;
use std::path::Path;
use std::process::Command;

/// For which x86-64 processors the program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processor {
    /// Those with AVX2 and FMA, from about 2013 on; the kernels are written for them.
    V3,
    /// All.
    Baseline,
}

/// What goes into the archive beside the program, where it is there.
const CONTENTS: [&str; 5] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "examples", "sounds"];

/// Builds a release and packs it into `dist/beatforge-<version>-<target>.tar.gz`.
pub(crate) fn dist(processor: Processor) -> Result<(), String> {
    if processor == Processor::Baseline && std::env::consts::ARCH != "x86_64" {
        return Err(format!("there is no baseline for {}: pack without --baseline", std::env::consts::ARCH));
    }
    let built = target_dir()?.join(if processor == Processor::V3 { "." } else { "baseline" });
    let mut build = cargo(&["build", "--release", "--locked", "--package", "beatforge"])?;
    build.env("CARGO_TARGET_DIR", &built);
    if processor == Processor::Baseline {
        // The environment's flags take the place of those in .cargo/config.toml.
        build.env("RUSTFLAGS", "-C target-cpu=x86-64");
    }
    run(&mut build)?;

    let name = archive_name(&host()?, processor);
    let folder = root().join("dist").join(&name);
    if folder.exists() {
        told(fs::remove_dir_all(&folder), &folder)?;
    }
    told(fs::create_dir_all(&folder), &folder)?;
    let program = format!("beatforge{}", std::env::consts::EXE_SUFFIX);
    copy(&built.join("release").join(&program), &folder.join(&program))?;
    for part in CONTENTS {
        let from = root().join(part);
        if from.exists() {
            copy(&from, &folder.join(part))?;
        } else {
            println!("left out: there is no {part}");
        }
    }
    let archive = format!("{name}.tar.gz");
    // Windows has had tar since 2018.
    run(Command::new("tar").args(["-czf", &archive, &name]).current_dir(root().join("dist")))?;
    told(fs::remove_dir_all(&folder), &folder)?;
    let archive = root().join("dist").join(archive);
    let bytes = told(fs::metadata(&archive), &archive)?.len();
    println!("{} ({:.1} MB)", archive.display(), bytes as f64 / 1e6);
    Ok(())
}

fn archive_name(target: &str, processor: Processor) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let baseline = if processor == Processor::Baseline { "-baseline" } else { "" };
    format!("beatforge-{version}-{target}{baseline}")
}

/// The machine that is built for, which is this one.
fn host() -> Result<String, String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let text = output(&rustc, &["-vV"]).ok_or("`rustc -vV` fails")?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("`rustc -vV` names no host")?.to_owned())
}

/// Copies a file, or a folder with all that is in it except hidden entries.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    if !from.is_dir() {
        return told(fs::copy(from, to), from).map(|_| ());
    }
    told(fs::create_dir_all(to), to)?;
    for entry in told(fs::read_dir(from), from)?.flatten() {
        if !entry.file_name().to_string_lossy().starts_with('.') {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// An error that names its file.
fn told<T>(result: std::io::Result<T>, path: &Path) -> Result<T, String> {
    result.map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_says_for_whom_it_is() {
        let version = env!("CARGO_PKG_VERSION");
        let target = "x86_64-unknown-linux-gnu";
        assert_eq!(archive_name(target, Processor::V3), format!("beatforge-{version}-{target}"));
        assert_eq!(archive_name(target, Processor::Baseline), format!("beatforge-{version}-{target}-baseline"));
        assert!(host().is_ok_and(|host| host.contains(std::env::consts::ARCH)));
    }
}
