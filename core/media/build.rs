//! Lists the sounds that ship, so that the program carries them wherever it is copied.

#![allow(clippy::unwrap_used, reason = "a build that cannot read its sources ends here")]

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../sounds");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut table = String::from("[\n");
    for file in files {
        let name = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let path = file.canonicalize().unwrap();
        writeln!(table, "    (\"{name}\", include_bytes!({:?})),", path.to_string_lossy()).unwrap();
    }
    table += "]\n";
    let out = PathBuf::from(std::env::var("OUT_DIR").unwrap()).join("shipped.in");
    std::fs::write(out, table).unwrap();
}

/// Sounds and what names them; notes for people stay out.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "flac" || e == "wav" || e == "toml") {
            files.push(path);
        }
    }
}
