//! `beatforge collect`: a set that needs nothing from elsewhere.

use super::{End, show};
use bf_session::wav::Existing;
use bf_session::{CollectError, CollectRequest, Collected, OpenError, collect, registry};
use std::path::PathBuf;

/// Copies samples and patches from elsewhere into the set's folder and rewrites their paths; all else in the texts
/// stays as it is. When something fails, nothing has changed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A set folder or a patch file.
    set: PathBuf,
    /// Tell what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Replace a file of the set where both names for a new one are taken.
    #[arg(long)]
    force: bool,
    /// A JSON object with what was done.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    let existing = if a.force { Existing::Replace } else { Existing::Keep };
    let request = CollectRequest { set: a.set.clone(), existing, dry: a.dry_run };
    match collect(&request, &registry()) {
        Ok(done) => {
            if a.json {
                json(&done)
            } else {
                text(&done, a.dry_run)
            }
            End::Done
        }
        Err(CollectError::Open(OpenError::Faults(list))) => {
            show::diagnostics(&list);
            End::Failed
        }
        Err(e) => {
            eprintln!("{e}");
            End::Failed
        }
    }
}

fn text(done: &Collected, dry: bool) {
    if done.files.is_empty() {
        println!("nothing to do: the set uses no files from elsewhere");
        return;
    }
    for file in &done.files {
        let how = if file.there { "is" } else { "from" };
        println!("{:<32} {how} {}", file.to, file.from.display());
    }
    for (path, count) in &done.texts {
        println!("{}: {count} {}", path.display(), if *count == 1 { "path" } else { "paths" });
    }
    if dry {
        println!("a dry run: nothing was written");
    }
}

fn json(done: &Collected) {
    let files: Vec<_> =
        done.files.iter().map(|f| serde_json::json!({ "from": f.from, "to": f.to, "there": f.there })).collect();
    let texts: Vec<_> = done.texts.iter().map(|(p, n)| serde_json::json!({ "file": p, "paths": n })).collect();
    println!("{}", serde_json::json!({ "files": files, "texts": texts }));
}
