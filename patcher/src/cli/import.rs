//! `beatforge import`: a MIDI file becomes a set.

use super::End;
use std::path::PathBuf;

/// Makes a set of a standard MIDI file: a clip, an instrument and a strip for each of its tracks
/// and channels, drums for the drum channel. What of the file is not in the set is told.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A standard MIDI file of type 0, 1 or 2.
    file: PathBuf,
    /// The folder of the new set; the file's name without .mid when none is named.
    #[arg(short, long)]
    out: Option<PathBuf>,
}

pub(crate) fn run(a: &Arguments) -> End {
    let set = a.out.clone().unwrap_or_else(|| a.file.with_extension(""));
    match bf_session::midi::import_midi(&a.file, &set) {
        Ok(made) => {
            println!("{}: {} tracks", set.display(), made.tracks);
            made.left_out.iter().for_each(|what| eprintln!("{what}"));
            End::Done
        }
        Err(e) => {
            eprintln!("{e}");
            End::Failed
        }
    }
}
