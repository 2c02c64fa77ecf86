//! Asking a running set, and showing what it answers.

use super::{End, show};
use bf_session::remote::{Caller, Changed, LocalError, Request, Response, Status};
use std::path::Path;
use std::time::Duration;

/// How long an answer may take: a script has 200 ms, and the set other work.
const WAIT: Duration = Duration::from_secs(5);
/// What was heard last has first to be written: up to 230 MB.
const WRITE_WAIT: Duration = Duration::from_secs(60);

/// Connects to the set that plays a file or folder, or says how to start one.
pub(crate) fn connect(path: &Path) -> Result<Caller, String> {
    Caller::connect(path).map_err(|e| match e {
        LocalError::Nobody { folder } => nobody(&folder),
        other => other.to_string(),
    })
}

/// That no set plays, and how to start one.
pub(crate) fn nobody(folder: &Path) -> String {
    format!("no program plays {}; start it with `beatforge run {}`", folder.display(), folder.display())
}

/// Asks, and waits for the answer.
pub(crate) fn ask(caller: &mut Caller, request: Request) -> Result<Response, String> {
    ask_open(caller, request).unwrap_or_else(|| Err(LocalError::Closed.to_string()))
}

/// The same; none where the connection is closed, so that another may be tried. A set that is only late may still do
/// what was asked, and is not asked twice.
pub(crate) fn ask_open(caller: &mut Caller, request: Request) -> Option<Result<Response, String>> {
    let wait = if matches!(request, Request::Record(_)) { WRITE_WAIT } else { WAIT };
    match caller.ask(request, wait) {
        Ok(Some(response)) => Some(Ok(response)),
        Ok(None) => Some(Err(format!("the set has not answered within {} s", wait.as_secs()))),
        Err(LocalError::Closed) => None,
        Err(e) => Some(Err(e.to_string())),
    }
}

/// Shows an answer: what was done on standard output, what is wrong on standard error.
pub(crate) fn show(response: Result<Response, String>) -> End {
    match response {
        Ok(Response::Done(changed)) => done(&changed),
        Ok(Response::Status(status)) => self::status(&status),
        Ok(Response::Sources(sources)) => sources.iter().for_each(|source| println!("{}", super::sync::line(source))),
        Ok(Response::Failed(failed)) => {
            if failed.faults.is_empty() {
                eprintln!("{}", failed.message);
            }
            show::diagnostics(&failed.faults.into_iter().map(Into::into).collect::<Vec<_>>());
            return End::Failed;
        }
        Err(why) => {
            eprintln!("{why}");
            return End::Failed;
        }
    }
    End::Done
}

fn done(changed: &Changed) {
    show::diagnostics(&changed.messages.iter().cloned().map(Into::into).collect::<Vec<_>>());
    if let Some(note) = &changed.note {
        println!("{note}");
    }
    match changed.heard_in_millis {
        Some(0..50) => println!("heard now"),
        Some(millis) => println!("heard in {:.1} s", millis as f64 / 1000.0),
        None => {}
    }
}

fn status(s: &Status) {
    let state = match (s.playing, s.hushed) {
        (_, true) => "hushed",
        (true, false) => "playing",
        (false, false) => "stopped",
    };
    println!("{state} {:.1} bpm  cycle {:.2}  CPU {:.1} %  missed {}", s.bpm, s.cycle, s.load * 100.0, s.missed);
    for (track, sounds) in &s.tracks {
        println!("track {track}{}", if *sounds { "" } else { " (silent)" });
    }
    s.scenes.iter().for_each(|scene| println!("scene {scene}"));
}

/// `beatforge hush`: silences a running set.
pub(crate) mod hush {
    use super::End;
    use bf_session::remote::Request;
    use std::path::PathBuf;

    /// Silences a running set, or takes that back.
    #[derive(clap::Args)]
    pub(crate) struct Arguments {
        /// The set's folder, or a file in it.
        #[arg(default_value = ".")]
        set: PathBuf,
        /// Let it sound again.
        #[arg(long)]
        off: bool,
    }

    pub(crate) fn run(a: &Arguments) -> End {
        let request = if a.off { Request::Unhush } else { Request::Hush };
        super::show(super::connect(&a.set).and_then(|mut caller| super::ask(&mut caller, request)))
    }
}

/// `beatforge save`: writes what was changed of a running set into its files.
pub(crate) mod save {
    use super::End;
    use bf_session::remote::Request;
    use std::path::PathBuf;

    /// Writes what was changed of a set that plays into its files.
    #[derive(clap::Args)]
    pub(crate) struct Arguments {
        /// The set's folder, or a file in it.
        #[arg(default_value = ".")]
        set: PathBuf,
    }

    pub(crate) fn run(a: &Arguments) -> End {
        super::show(super::connect(&a.set).and_then(|mut caller| super::ask(&mut caller, Request::Save)))
    }
}
