//! What is done with the sources: play, test and pack them. `cargo xtask` without a word lists it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of the terminal")]

mod dist;
mod packages;
mod peers;
mod pictures;
mod play;
mod shell;
mod sounds;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask play [--yes] [SET]   set up what is missing, build, and play a set (examples/first-sound)
cargo xtask test [--yes]         set up what is missing, and run every check
cargo xtask dist [--baseline]    pack a release into dist/
cargo xtask peers [--yes] [--quick]
                                 measure this and other systems side by side, and write docs/benchmarks.md
cargo xtask peers patterns       measure queries of patterns beside Strudel, which npm installs below target/
cargo xtask pictures             draw the pictures of the window in docs/ anew
cargo xtask sounds [--more]      render examples/forge anew and pack it into sounds/forge; or bring more sounds

  --more       make the recordings of the Debian package sonic-pi-samples a bank of this user
  --yes        install missing packages without asking
  --quick      one short round, two minutes; print the table only
  --baseline   for x86-64 processors without AVX2 and FMA
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Use(what)) => {
            eprintln!("{what}\n\n{HELP}");
            ExitCode::from(2)
        }
        Err(Failure::Work(what)) => {
            eprintln!("xtask: {what}");
            ExitCode::FAILURE
        }
    }
}

/// Why nothing came of it.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    /// The words were wrong.
    Use(String),
    /// The work failed.
    Work(String),
}

impl From<String> for Failure {
    fn from(what: String) -> Failure {
        Failure::Work(what)
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some((command, rest)) = arguments.split_first() else { return Err(Failure::Use("What is to be done?".into())) };
    match command.as_str() {
        "play" => {
            let (flags, sets) = split(rest, &["--yes"])?;
            let set = match sets.as_slice() {
                [] => None,
                [set] => Some(*set),
                _ => return Err(Failure::Use("One set is played at a time.".into())),
            };
            Ok(play::play(set, consent(&flags))?)
        }
        "test" => Ok(test::test(consent(&only_flags(rest, &["--yes"])?))?),
        "dist" => {
            let flags = only_flags(rest, &["--baseline"])?;
            Ok(dist::dist(if flags.is_empty() { dist::Processor::V3 } else { dist::Processor::Baseline })?)
        }
        "peers" => {
            let (flags, which) = split(rest, &["--yes", "--quick"])?;
            match which.as_slice() {
                [] => {}
                ["patterns"] => return Ok(peers::patterns()?),
                [word, ..] => return Err(Failure::Use(format!("`{word}` cannot be measured."))),
            }
            let depth = if flags.contains(&"--quick") { peers::Depth::Quick } else { peers::Depth::Full };
            Ok(peers::peers(depth, consent(&flags))?)
        }
        "pictures" => {
            only_flags(rest, &[])?;
            Ok(pictures::pictures()?)
        }
        "sounds" => {
            let flags = only_flags(rest, &["--more", "--yes"])?;
            Ok(if flags.contains(&"--more") { sounds::more(consent(&flags)) } else { sounds::forge() }?)
        }
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(Failure::Use(format!("`{other}` is nothing that can be done."))),
    }
}

fn consent(flags: &[&str]) -> packages::Consent {
    if flags.contains(&"--yes") { packages::Consent::Given } else { packages::Consent::Ask }
}

/// Parts flags from other words.
fn split<'a>(words: &'a [String], known: &[&str]) -> Result<(Vec<&'a str>, Vec<&'a str>), Failure> {
    let (flags, rest): (Vec<&str>, Vec<&str>) = words.iter().map(String::as_str).partition(|w| w.starts_with('-'));
    match flags.iter().find(|flag| !known.contains(flag)) {
        Some(flag) => Err(Failure::Use(format!("`{flag}` is not known here."))),
        None => Ok((flags, rest)),
    }
}

fn only_flags<'a>(words: &'a [String], known: &[&str]) -> Result<Vec<&'a str>, Failure> {
    let (flags, rest) = split(words, known)?;
    match rest.first() {
        Some(word) => Err(Failure::Use(format!("`{word}` is one word too many."))),
        None => Ok(flags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_words_are_named() {
        for (words, named) in [
            ("", "What"),
            ("dance", "dance"),
            ("test --fast", "--fast"),
            ("dist now", "now"),
            ("sounds --mroe", "--mroe"),
            ("play a b", "One set"),
        ] {
            let words: Vec<String> = words.split_whitespace().map(String::from).collect();
            let Err(Failure::Use(what)) = run(&words) else { panic!("{words:?} was taken") };
            assert!(what.contains(named), "{what}");
        }
    }
}
