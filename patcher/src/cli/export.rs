//! `beatforge export`: what a set's tracks play as a MIDI file.

use super::{End, has_ending, show};
use bf_session::midi::{ExportError, export_midi};
use bf_session::{OpenError, Options, not_own_file, registry, write_whole};
use std::path::PathBuf;

/// Writes what the tracks of a set's script play as a standard MIDI file.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A set folder or a script.
    set: PathBuf,
    /// The file to write. It is replaced where it is there; one of the set's own never is.
    #[arg(short, long)]
    out: PathBuf,
    /// How many bars.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    cycles: u32,
    /// The seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(a: &Arguments) -> End {
    if let Err(end) = has_ending(&a.out, &["mid", "midi"], "MIDI") {
        return end;
    }
    let options = Options { seed: a.seed, wait_for_samples: false, ..Options::default() };
    let exported = match export_midi(&a.set, registry(), options, a.cycles) {
        Ok(exported) => exported,
        Err(ExportError::Open(OpenError::Faults(list))) => {
            show::diagnostics(&list);
            return End::Failed;
        }
        Err(e) => {
            eprintln!("{e}");
            return End::Failed;
        }
    };
    exported.messages.iter().for_each(show::message);
    if let Err(e) = not_own_file(&a.set, &a.out, &registry()) {
        eprintln!("{e}");
        return End::Failed;
    }
    if let Err(e) = write_whole(&a.out, &exported.bytes) {
        eprintln!("{}: cannot be written: {e}", a.out.display());
        return End::Failed;
    }
    println!("{}: {} notes on {} tracks", a.out.display(), exported.notes, exported.tracks);
    End::Done
}
