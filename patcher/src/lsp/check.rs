//! What is wrong with a text, found on a thread of its own once the typing pauses.

use super::Event;
use crate::cli::pattern::{asked, host_beside};
use bf_patch::text::TextPatch;
use bf_pattern::Query;
use bf_session::script::{Host, Wanted};
use bf_session::{Diagnostic, Severity};
use crossbeam_channel::{Receiver, Sender, bounded};
use lsp_types::Uri;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long nothing must be typed before a text is looked at.
const QUIET: Duration = Duration::from_millis(120);

/// A text to look at.
pub(super) struct Job {
    pub(super) uri: Uri,
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) revision: u64,
}

/// What was found.
pub(super) struct Checked {
    pub(super) uri: Uri,
    pub(super) revision: u64,
    pub(super) faults: Vec<Diagnostic>,
    /// The names that a text without a fault declares.
    pub(super) declared: Option<Declared>,
}

/// Names that a script gives.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    pub(crate) instruments: Vec<String>,
    pub(crate) tracks: Vec<String>,
    pub(crate) nodes: Vec<String>,
    pub(crate) scenes: Vec<String>,
}

/// Texts that wait, the newest of each file.
type Waiting = Arc<Mutex<HashMap<String, Job>>>;

/// The thread.
pub(super) struct Checker {
    waiting: Waiting,
    wake: Sender<()>,
}

impl Checker {
    /// Starts it.
    pub(super) fn start(events: Sender<Event>) -> std::io::Result<Checker> {
        let (wake, woken) = bounded(1);
        let waiting = Waiting::default();
        let shared = Arc::clone(&waiting);
        std::thread::Builder::new().name("bf-lsp-check".into()).spawn(move || work(&shared, &woken, &events))?;
        Ok(Checker { waiting, wake })
    }

    /// Looks at a text soon; an earlier one of the same file that still waits is not looked at.
    pub(super) fn look(&self, job: Job) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(job.uri.as_str().to_owned(), job);
        // Full: it is awake.
        let _ = self.wake.try_send(());
    }
}

fn work(waiting: &Waiting, woken: &Receiver<()>, events: &Sender<Event>) {
    let mut hosts = Hosts::default();
    while woken.recv().is_ok() {
        while woken.recv_timeout(QUIET).is_ok() {}
        let jobs: Vec<Job> = {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.drain().map(|(_, job)| job).collect()
        };
        for job in jobs {
            let (faults, declared) = hosts.check(&job.path, &job.text);
            let Job { uri, revision, .. } = job;
            if events.send(Event::Checked(Checked { uri, revision, faults, declared })).is_err() {
                return;
            }
        }
    }
}

/// The script hosts, each with the folder whose modules it imports: the last one is kept.
#[derive(Default)]
struct Hosts(Option<(PathBuf, Host)>);

impl Hosts {
    fn check(&mut self, path: &Path, text: &str) -> (Vec<Diagnostic>, Option<Declared>) {
        if path.extension().is_some_and(|e| e == "toml") {
            return (patch(path, text), None);
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let (_, host) = match self.0.take().filter(|(of, _)| *of == folder) {
            Some(host) => self.0.insert(host),
            None => self.0.insert((folder, host_beside(path))),
        };
        // A script must not end the help for all others.
        let done = catch_unwind(AssertUnwindSafe(|| script(host, path, text)));
        done.unwrap_or_else(|_| {
            self.0 = None;
            (Vec::new(), None)
        })
    }
}

/// Faults of a script, also those that show when its patterns are asked.
fn script(host: &Host, path: &Path, text: &str) -> (Vec<Diagnostic>, Option<Declared>) {
    let wanted = match host.evaluate(&path.display().to_string(), text) {
        Ok(wanted) => wanted,
        Err(faults) => return (faults, None),
    };
    let mut faults = wanted.messages.clone();
    faults.iter_mut().for_each(|message| message.severity = Severity::Warning);
    let query = Query { cps: Some(wanted.cycles_per_sec()), seed: wanted.seed.unwrap_or(0.0), ..Query::default() };
    for track in &wanted.tracks {
        if let Err(message) = asked(&track.pattern, (0, 1), &query) {
            let (file, line, column) = (track.site.file.to_string(), track.site.line, track.site.column);
            let message = format!("track {}: {message}", track.name);
            faults.push(Diagnostic { file, line, column, len: 0, message, hint: None, severity: Severity::Error });
        }
    }
    (faults, Some(declared(&wanted)))
}

fn declared(wanted: &Wanted) -> Declared {
    Declared {
        instruments: wanted.instruments.keys().map(ToString::to_string).collect(),
        tracks: wanted.tracks.iter().map(|track| track.name.to_string()).collect(),
        nodes: wanted.nodes.keys().map(ToString::to_string).collect(),
        scenes: wanted.scenes.keys().map(ToString::to_string).collect(),
    }
}

/// Faults of a patch file. Other files in TOML are no concern of ours.
fn patch(path: &Path, text: &str) -> Vec<Diagnostic> {
    let marked = text.lines().any(|line| line.split('=').next().is_some_and(|key| key.trim() == "beatforge"));
    if !marked && path.file_name().is_none_or(|name| name != "set.toml") {
        return Vec::new();
    }
    match TextPatch::parse(text, &path.display().to_string()) {
        Ok(patch) => patch.warnings().to_vec(),
        Err(faults) => faults,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str) -> Vec<Diagnostic> {
        Hosts::default().check(&Path::new("/nowhere").join(name), text).0
    }

    #[test]
    fn scripts_patches_and_patterns_are_looked_at() {
        let faults = check("a.rhai", "tempo(120);\nd1(s(\"bd\").fastt(2));\n");
        assert_eq!((faults.len(), faults[0].line), (1, 2), "{faults:?}");
        let faults = check("a.rhai", "\nd1(s(\"bd\").fast(1000000));\n");
        assert_eq!((faults.len(), faults[0].line), (1, 2), "{faults:?}");
        assert!(faults[0].message.contains("events"), "{faults:?}");
        assert_eq!(check("set.toml", "beatforge = 1\nnode = 3\n").len(), 1);
        assert_eq!(check("Cargo.toml", "node = 3\n").len(), 0);
        assert_eq!(check("a.rhai", "d1(s(\"bd\"));").len(), 0);
    }

    #[test]
    fn an_endless_script_ends() {
        let faults = check("a.rhai", "loop {}");
        assert_eq!(faults.len(), 1, "{faults:?}");
    }
}
