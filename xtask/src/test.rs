//! Every check, in the order in which they fail soonest, with a summary at the end.

use crate::packages::{Consent, Purpose, set_up};
use crate::shell::{cargo, root, run, target_dir};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// All tests but those in documentation; the program is built beside them.
const TESTS: &[&str] = &["test", "--workspace", "--quiet", "--lib", "--bins", "--tests", "--examples"];

/// What became of a step.
struct Outcome {
    name: &'static str,
    time: Duration,
    result: Result<Option<String>, String>,
}

/// Runs every check; one that fails does not keep the others from running.
pub(crate) fn test(consent: Consent) -> Result<(), String> {
    let outcomes = vec![
        step("set-up", || set_up(Purpose::Test, consent).map(|()| None)),
        step("format", || run_cargo(&["fmt", "--all", "--check"])),
        step("clippy", || run_cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])),
        step("tests", || {
            // What fails is known at once, all of it.
            run_cargo(&[TESTS, &["--no-fail-fast"]].concat())
        }),
        step("doc tests", || run_cargo(&["test", "--workspace", "--doc", "--quiet"])),
        step("docs", || {
            let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--quiet"])?;
            run(doc.env("RUSTDOCFLAGS", "-D warnings")).map(|()| None)
        }),
        step("examples", examples),
    ];
    println!("\n{}", summary(&outcomes));
    match outcomes.iter().filter(|outcome| outcome.result.is_err()).count() {
        0 => Ok(()),
        1 => Err("one check has failed".into()),
        n => Err(format!("{n} checks have failed")),
    }
}

fn step(name: &'static str, work: impl FnOnce() -> Result<Option<String>, String>) -> Outcome {
    println!("\n== {name}");
    let begun = Instant::now();
    let result = work();
    Outcome { name, time: begun.elapsed(), result }
}

fn run_cargo(arguments: &[&str]) -> Result<Option<String>, String> {
    run(&mut cargo(arguments)?).map(|()| None)
}

/// Checks each example with the program that the tests have built.
fn examples() -> Result<Option<String>, String> {
    let sets = sets()?;
    if sets.is_empty() {
        return Ok(Some("there are none".into()));
    }
    // The program's package alone would be built with other features of its dependencies, and so all over again.
    run(&mut cargo(&[TESTS, &["--no-run"]].concat())?)?;
    let program = target_dir()?.join("debug").join(format!("beatforge{}", std::env::consts::EXE_SUFFIX));
    let failed: Vec<String> = sets
        .iter()
        .filter_map(|set| run(Command::new(&program).arg("check").arg(set).current_dir(root())).err())
        .collect();
    if failed.is_empty() { Ok(Some(format!("{} sets", sets.len()))) } else { Err(failed.join("; ")) }
}

/// The sets in `examples`, by name.
fn sets() -> Result<Vec<PathBuf>, String> {
    let folder = root().join("examples");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut sets: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_set(path)).collect();
    sets.sort();
    Ok(sets.iter().filter_map(|set| set.strip_prefix(root()).ok().map(PathBuf::from)).collect())
}

/// A folder, or a patch or script alone.
fn is_set(path: &std::path::Path) -> bool {
    path.is_dir() || path.extension().is_some_and(|extension| extension == "toml" || extension == "rhai")
}

fn summary(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for Outcome { name, time, result } in outcomes {
        let (mark, note) = match result {
            Ok(None) => ("ok", ""),
            Ok(Some(note)) => ("ok", note.as_str()),
            Err(why) => ("FAILED", why.as_str()),
        };
        let line = format!("{name:<10} {:>7.1} s  {mark}  {note}", time.as_secs_f64());
        text += line.trim_end();
        text.push('\n');
    }
    let total: f64 = outcomes.iter().map(|outcome| outcome.time.as_secs_f64()).sum();
    text + &format!("{:<10} {total:>7.1} s", "all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_what_failed_and_how_long_it_took() {
        let ms = Duration::from_millis;
        let text = summary(&[
            Outcome { name: "format", time: ms(250), result: Ok(None) },
            Outcome { name: "tests", time: ms(61_000), result: Err("`cargo test` ended with exit status: 101".into()) },
            Outcome { name: "examples", time: ms(900), result: Ok(Some("8 sets".into())) },
        ]);
        let expected = "\
format         0.2 s  ok
tests         61.0 s  FAILED  `cargo test` ended with exit status: 101
examples       0.9 s  ok  8 sets
all           62.1 s";
        assert_eq!(text, expected);
    }
}
