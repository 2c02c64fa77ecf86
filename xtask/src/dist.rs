//! Packs a release: the program, what it plays, and the licences.

use crate::shell::{cargo, output, root, run, target_dir};
use std::fs;
use std::path::{Path, PathBuf};
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
const CONTENTS: [&str; 10] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "docs",
    "editors",
    "examples",
    "scripts",
    "sounds",
];

/// Builds a release and packs it into `dist/beatforge-<version>-<target>.tar.gz`.
pub(crate) fn dist(processor: Processor) -> Result<(), String> {
    if processor == Processor::Baseline && std::env::consts::ARCH != "x86_64" {
        return Err(format!("there is no baseline for {}: pack without --baseline", std::env::consts::ARCH));
    }
    let built = target_dir()?.join(if processor == Processor::V3 { "." } else { "baseline" });
    let mut build =
        cargo(&["build", "--release", "--locked", "--package", "beatforge", "--features", "screen-reader"])?;
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
    let program = format!("beatforge{}", std::env::consts::EXE_SUFFIX);
    told(fs::create_dir_all(&folder), &folder)?;
    let built = built.join("release").join(&program);
    told(fs::copy(&built, folder.join(&program)), &built)?;
    for file in contents(&root())? {
        let (from, to) = (root().join(&file), folder.join(&file));
        told(fs::create_dir_all(to.parent().unwrap_or(&folder)), &to)?;
        told(fs::copy(&from, &to), &from)?;
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

/// The files of the archive beside the program, from the root on, in order.
fn contents(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for part in CONTENTS {
        collect(root, Path::new(part), &mut files)?;
    }
    Ok(files)
}

/// A file, or all that is in a folder except hidden entries; what is not there is nothing.
fn collect(root: &Path, part: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let path = root.join(part);
    if path.is_file() {
        files.push(part.to_owned());
    }
    if !path.is_dir() {
        return Ok(());
    }
    let mut names: Vec<_> = told(fs::read_dir(&path), &path)?.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    names.retain(|name| !name.to_string_lossy().starts_with('.'));
    names.iter().try_for_each(|name| collect(root, &part.join(name), files))
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

    #[test]
    fn the_archive_holds_every_example_and_all_that_the_readme_names() {
        let files = contents(&root()).expect("the sources can be read");
        let holds = |path: &Path| files.iter().any(|file| file == path);
        let examples = fs::read_dir(root().join("examples")).expect("there are examples").flatten();
        let examples: Vec<_> = examples.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name()).collect();
        assert!(!examples.is_empty());
        for example in examples {
            let folder = Path::new("examples").join(&example);
            let packed = ["set.toml", "live.rhai"].iter().any(|file| holds(&folder.join(file)));
            assert!(packed, "{} is not packed", folder.display());
        }
        let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
        let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            assert!(holds(Path::new(link)), "README.md names {link}, which is not packed");
        }
        let hidden = |file: &PathBuf| file.iter().any(|part| part.to_string_lossy().starts_with('.'));
        assert!(holds(Path::new("LICENSE-MIT")) && !files.iter().any(hidden));
    }
}
