//! The command line: one file a command. Exit status 0, 1 (the work failed) or 2 (wrong use).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

mod check;
mod collect;
mod devices;
mod eval;
mod eval_live;
mod export;
pub(crate) mod footprint;
mod import;
mod link;
pub(crate) mod live;
mod meter;
mod midi;
mod nodes;
mod osc;
pub(crate) mod pattern;
pub(crate) mod playing;
mod record;
mod render;
mod repl;
mod replay;
mod run;
pub(crate) mod show;
mod sounds;
mod sync;
mod touchosc;
mod versions;
mod window;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A modular live-coding environment: patches and sets that play while they change.
#[derive(Parser)]
#[command(name = "beatforge", version, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// A set folder or a patch file: it plays, and a window opens over it. Without one, the window begins with what was
    /// opened last, examples, a new set and a tour.
    set: Option<PathBuf>,
    #[command(flatten, next_help_heading = "How a set in a window is played")]
    playing: playing::Play,
}

/// Refuses a file to write whose name says that it is something else; a name without an ending says nothing.
fn has_ending(out: &Path, endings: &[&str], what: &str) -> Result<(), End> {
    let ending = out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.filter(|ending| !endings.contains(&ending.as_str())) {
        Some(ending) => {
            let wanted = endings[0];
            eprintln!("--out ends in .{ending}, but only {what} is written: name a file that ends in .{wanted}");
            Err(End::Misused)
        }
        None => Ok(()),
    }
}

#[derive(Subcommand)]
enum Command {
    /// Play a set and follow its files as they change.
    Run(Box<run::Arguments>),
    /// Render a set to a WAV file.
    Render(render::Arguments),
    /// Render a performance again, bit for bit, from the history of its set.
    Replay(replay::Arguments),
    /// Record a set that plays, or what was heard last of it.
    Record(record::Arguments),
    /// List the named versions and the performances that the history of a set holds.
    Versions(versions::list::Arguments),
    /// Give a set as it stands a name.
    Version(versions::name::Arguments),
    /// Go back to a version of a set, as a branch of its own.
    Restore(versions::restore::Arguments),
    /// Say what is wrong with sets.
    Check(check::Arguments),
    /// Bring every file that a set uses into its folder.
    Collect(collect::Arguments),
    /// Make a set of a MIDI file.
    Import(import::Arguments),
    /// Write what a set's tracks play as a MIDI file.
    Export(export::Arguments),
    /// Show the events of a pattern.
    Pattern(pattern::Arguments),
    /// Evaluate a script and show what it wants to play.
    Eval(eval::Arguments),
    /// Evaluate lines in a set that plays.
    Repl(repl::Arguments),
    /// Silence a set that plays.
    Hush(live::hush::Arguments),
    /// Write what was changed of a set that plays into its files.
    Save(live::save::Arguments),
    /// Serve an editor over standard input and output (language server protocol).
    Lsp,
    /// List the node types, or show the manual page of one.
    Nodes(nodes::Arguments),
    /// Measure the loudness of sound files.
    Meter(meter::Arguments),
    /// List the banks of sounds and what is in them.
    Sounds(sounds::Arguments),
    /// Make a TouchOSC layout of a set, or list the messages of a layout; not verified in the app.
    Touchosc(touchosc::Arguments),
    /// List the sound devices and the MIDI ports.
    Devices(devices::Arguments),
    /// Measure how fast this build is on this machine.
    Bench(crate::bench::Arguments),
}

/// How a command ends.
pub(crate) enum End {
    /// It did what was asked.
    Done,
    /// It could not; the reason was printed.
    Failed,
    /// It was called wrongly; how was printed.
    Misused,
}

/// Runs a command.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let Some(command) = arguments.command else {
        return window::run(arguments.set.as_deref(), &arguments.playing).into();
    };
    let end = match command {
        Command::Run(a) => run::run(&a),
        Command::Render(a) => render::run(&a),
        Command::Replay(a) => replay::run(&a),
        Command::Record(a) => record::run(&a),
        Command::Versions(a) => versions::list::run(&a),
        Command::Version(a) => versions::name::run(&a),
        Command::Restore(a) => versions::restore::run(&a),
        Command::Check(a) => check::run(&a),
        Command::Collect(a) => collect::run(&a),
        Command::Import(a) => import::run(&a),
        Command::Export(a) => export::run(&a),
        Command::Pattern(a) => pattern::run(&a),
        Command::Eval(a) => eval::run(&a),
        Command::Repl(a) => repl::run(&a),
        Command::Hush(a) => live::hush::run(&a),
        Command::Save(a) => live::save::run(&a),
        Command::Lsp => crate::lsp::run(),
        Command::Nodes(a) => nodes::run(&a),
        Command::Meter(a) => meter::run(&a),
        Command::Sounds(a) => sounds::run(&a),
        Command::Touchosc(a) => touchosc::run(&a),
        Command::Devices(a) => devices::run(&a),
        Command::Bench(a) => crate::bench::run(&a),
    };
    end.into()
}

impl From<End> for ExitCode {
    fn from(end: End) -> ExitCode {
        match end {
            End::Done => ExitCode::SUCCESS,
            End::Failed => ExitCode::FAILURE,
            End::Misused => ExitCode::from(2),
        }
    }
}
