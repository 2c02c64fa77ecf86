//! `beatforge versions`, `version` and `restore`: states of a set that have a name.

use super::{End, live, show};
use bf_session::remote::{Caller, Request};
use std::path::{Path, PathBuf};

/// Asks the set that plays, if one does.
fn running(set: &Path, request: Request) -> Option<End> {
    let mut caller = Caller::connect(set).ok()?;
    live::ask_open(&mut caller, request).map(live::show)
}

fn end(done: Result<(), impl core::fmt::Display>, said: &str) -> End {
    match done {
        Ok(()) => {
            println!("{said}");
            End::Done
        }
        Err(e) => {
            eprintln!("{e}");
            End::Failed
        }
    }
}

/// `beatforge versions`.
pub(crate) mod list {
    use super::{End, PathBuf, show};
    use bf_session::{performances, states, versions};

    /// Lists the named versions and the performances of a set.
    #[derive(clap::Args)]
    pub(crate) struct Arguments {
        /// A set folder, a patch file or a script.
        set: PathBuf,
        /// What was saved as well, of which `restore SET '#12'` takes entry 12.
        #[arg(long)]
        saves: bool,
        /// A JSON object.
        #[arg(long)]
        json: bool,
    }

    pub(crate) fn run(a: &Arguments) -> End {
        let found = if a.saves { states(&a.set) } else { versions(&a.set) }.map_err(|e| e.to_string());
        let (versions, performances) =
            match found.and_then(|v| performances(&a.set).map(|p| (v, p)).map_err(|e| e.to_string())) {
                Ok(found) => found,
                Err(why) => {
                    eprintln!("{why}");
                    return End::Failed;
                }
            };
        if a.json {
            let versions: Vec<_> = versions
                .iter()
                .map(|v| serde_json::json!({ "entry": v.seq, "name": v.name, "note": v.note, "ms": v.wall_ms }))
                .collect();
            let performances: Vec<_> = performances
                .iter()
                .map(|p| serde_json::json!({ "number": p.number, "began_ms": p.began_ms, "until_ms": p.until_ms }))
                .collect();
            println!("{}", serde_json::json!({ "versions": versions, "performances": performances }));
            return End::Done;
        }
        for v in &versions {
            let note = if v.note.is_empty() { String::new() } else { format!("  {}", v.note) };
            println!("{}  #{}  {}{note}", show::time(v.wall_ms), v.seq, v.name);
        }
        for p in &performances {
            let secs = (p.until_ms - p.began_ms) / 1000;
            println!("{}  performance {}, {}:{:02}", show::time(p.began_ms), p.number, secs / 60, secs % 60);
        }
        End::Done
    }
}

/// `beatforge version`.
pub(crate) mod name {
    use super::{End, PathBuf, Request, end, running};

    /// Gives a set as it stands a name.
    #[derive(clap::Args)]
    pub(crate) struct Arguments {
        /// A set folder, a patch file or a script; it may play.
        set: PathBuf,
        /// The name.
        name: String,
        /// What there is to say of it.
        #[arg(long, default_value = "")]
        note: String,
    }

    pub(crate) fn run(a: &Arguments) -> End {
        let request = Request::Version { name: a.name.clone(), note: a.note.clone() };
        running(&a.set, request).unwrap_or_else(|| {
            end(bf_session::name_version(&a.set, &a.name, &a.note), &format!("the set as it was left is `{}`", a.name))
        })
    }
}

/// `beatforge restore`.
pub(crate) mod restore {
    use super::{End, PathBuf, Request, end, running};

    /// Goes back to a version of a set, as a branch of its own: what was done since stays in the history.
    #[derive(clap::Args)]
    pub(crate) struct Arguments {
        /// A set folder, a patch file or a script; it may play.
        set: PathBuf,
        /// The name of the version, or # and the number of an entry of the history.
        version: String,
    }

    pub(crate) fn run(a: &Arguments) -> End {
        let request = Request::Restore { version: a.version.clone() };
        running(&a.set, request).unwrap_or_else(|| {
            end(bf_session::restore_version(&a.set, &a.version), &format!("{} is what opens next", a.version))
        })
    }
}
