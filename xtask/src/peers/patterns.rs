//! Queries of patterns, here and in Strudel: events a CPU second, in turns, and the ratios.

use crate::shell::{cargo, program, root, run, target_dir, words};
use std::path::Path;
use std::process::{Command, Stdio};

/// What npm installs. Strudel's web parts do not load under Node: an empty module stands for the one they need.
const PACKAGE: &str = r#"{
  "private": true,
  "type": "module",
  "dependencies": { "@strudel/core": "1.2.6", "@strudel/mini": "1.2.6", "@kabelsalat/web": "file:./kabelsalat" },
  "overrides": { "@kabelsalat/web": "file:./kabelsalat" }
}
"#;

const STAND_IN: &str = r#"{ "name": "@kabelsalat/web", "version": "0.4.1", "type": "module", "exports": "./index.js" }
"#;

/// Turns of both; the best of each counts, since other programs only ever take time.
const TURNS: usize = 3;

/// Builds, installs, measures and prints.
pub(crate) fn patterns() -> Result<(), String> {
    run(&mut cargo(&["build", "--release", "--locked", "--package", "beatforge"])?)?;
    let folder = target_dir()?.join("peers/strudel");
    install(&folder)?;
    let mut rows: Vec<(String, f64, f64)> = Vec::new();
    let mut tracks = String::new();
    for _ in 0..TURNS {
        let mut ours = Command::new(program(&target_dir()?, "beatforge"));
        let said = output(ours.args(["bench", "patterns", "--budget", "2"]))?;
        let mut node = Command::new("node");
        let theirs = output(node.current_dir(&folder).args(["strudel.mjs", "2"]))?;
        for line in said.lines().filter_map(|line| line.strip_prefix("patterns ")) {
            match rate(line) {
                Some((name, ours)) => put(&mut rows, name, ours, 0.0),
                None => tracks = line.to_owned(),
            }
        }
        for (name, theirs) in theirs.lines().filter_map(rate) {
            put(&mut rows, name, 0.0, theirs);
        }
    }
    println!("\n{:12} {:>14} {:>14} {:>8}", "", "BeatForge", "Strudel 1.2.6", "ratio");
    for (name, ours, theirs) in &rows {
        println!("{name:12} {ours:14.0} {theirs:14.0} {:8.1}", ours / theirs.max(1.0));
    }
    println!("events a CPU second, the best of {TURNS} turns\n{tracks}");
    Ok(())
}

/// `name rate …`; nothing where no number follows the name.
fn rate(line: &str) -> Option<(&str, f64)> {
    let mut words = line.split_whitespace();
    Some((words.next().filter(|name| name.parse::<f64>().is_err())?, words.next()?.parse().ok()?))
}

/// Keeps the best of each side.
fn put(rows: &mut Vec<(String, f64, f64)>, name: &str, ours: f64, theirs: f64) {
    match rows.iter_mut().find(|(row, ..)| row == name) {
        Some((_, a, b)) => (*a, *b) = (a.max(ours), b.max(theirs)),
        None => rows.push((name.to_owned(), ours, theirs)),
    }
}

/// Puts the script and what it needs into a folder.
fn install(folder: &Path) -> Result<(), String> {
    let told = |e: std::io::Error| format!("{}: {e}", folder.display());
    std::fs::create_dir_all(folder.join("kabelsalat")).map_err(told)?;
    for (name, text) in [
        ("package.json", PACKAGE),
        ("kabelsalat/package.json", STAND_IN),
        ("kabelsalat/index.js", "export class SalatRepl {}\n"),
    ] {
        std::fs::write(folder.join(name), text).map_err(told)?;
    }
    std::fs::copy(root().join("bench/patterns/strudel.mjs"), folder.join("strudel.mjs")).map_err(told)?;
    let mut npm = Command::new("npm");
    run(npm.current_dir(folder).args(["install", "--no-audit", "--no-fund", "--silent"]))
}

fn output(command: &mut Command) -> Result<String, String> {
    println!("$ {}", words(command));
    let output =
        command.stderr(Stdio::null()).output().map_err(|e| format!("`{}` cannot be run: {e}", words(command)))?;
    if !output.status.success() {
        return Err(format!("`{}` ended with {}", words(command), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read() {
        assert_eq!(rate("sequence 62000 14.0"), Some(("sequence", 62000.0)));
        assert_eq!(rate("sequence 62000 events a CPU second, 14.0 a cycle"), Some(("sequence", 62000.0)));
        assert_eq!(rate("64 tracks of 16.0 events a cycle: 1.00 % of a core"), None);
        let mut rows = Vec::new();
        put(&mut rows, "a", 1.0, 0.0);
        put(&mut rows, "a", 0.0, 3.0);
        put(&mut rows, "a", 2.0, 2.0);
        assert_eq!(rows, [("a".to_owned(), 2.0, 3.0)]);
    }
}
