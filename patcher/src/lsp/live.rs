//! The way to running sets: one thread asks in the order of the keys, one a folder listens.

use super::Event;
use crate::cli::live::{ask, ask_open, connect};
use bf_session::remote::{Caller, Incoming, Notice, Request, Response};
use crossbeam_channel::{Receiver, Sender, bounded};
use lsp_server::RequestId;
use lsp_types::Uri;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Requests that wait for an answer; more than hands send.
const JOBS: usize = 64;
/// Folders that are listened to; of further ones nothing is shown that sounds.
const FOLDERS: usize = 8;
/// How long until a set that does not play is looked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// A request to the set that a file belongs to.
pub(super) struct Job {
    /// The editor's request.
    pub(super) id: RequestId,
    pub(super) uri: Uri,
    pub(super) path: PathBuf,
    /// The text that is evaluated.
    pub(super) revision: u64,
    pub(super) request: Request,
}

/// What a set has answered, or why it has not.
pub(super) struct Answered {
    pub(super) job: Job,
    pub(super) response: Result<Response, String>,
}

/// The threads.
pub(super) struct Live {
    jobs: Sender<Job>,
    events: Sender<Event>,
    folders: BTreeSet<PathBuf>,
}

impl Live {
    /// Starts the one that asks.
    pub(super) fn start(events: Sender<Event>) -> std::io::Result<Live> {
        let (jobs, inbox) = bounded(JOBS);
        let outbox = events.clone();
        std::thread::Builder::new().name("bf-lsp-ask".into()).spawn(move || answer(&inbox, &outbox))?;
        Ok(Live { jobs, events, folders: BTreeSet::new() })
    }

    /// Sends a request; false where too many wait.
    pub(super) fn ask(&self, job: Job) -> bool {
        self.jobs.try_send(job).is_ok()
    }

    /// Listens to the set that a file belongs to, now or when it is started.
    pub(super) fn listen(&mut self, path: &Path) {
        let folder = path.parent().unwrap_or(path).to_owned();
        if self.folders.len() >= FOLDERS || !self.folders.insert(folder.clone()) {
            return;
        }
        let events = self.events.clone();
        // Without the thread nothing is shown that sounds; all else works.
        let _ = std::thread::Builder::new().name("bf-lsp-listen".into()).spawn(move || {
            loop {
                if listen(&folder, &events).is_none() {
                    return;
                }
                std::thread::sleep(AGAIN);
            }
        });
    }
}

/// Asks one after the other, so that the last key wins. The connection is kept while the same set is asked.
fn answer(jobs: &Receiver<Job>, events: &Sender<Event>) {
    let mut open: Option<(PathBuf, Caller)> = None;
    for job in jobs {
        let folder = bf_session::remote::folder_of(&job.path);
        let mut response = None;
        if let Some((_, mut caller)) = open.take().filter(|(of, _)| *of == folder) {
            response = ask_open(&mut caller, job.request.clone());
            // Another answer may still come to one who was late: it is not mixed up with the next.
            open = response.as_ref().is_some_and(Result::is_ok).then(|| (folder.clone(), caller));
        }
        // The set may have been started anew since.
        let response = response.unwrap_or_else(|| {
            let mut caller = connect(&job.path)?;
            let response = ask(&mut caller, job.request.clone())?;
            open = Some((folder, caller));
            Ok(response)
        });
        if events.send(Event::Answered(Box::new(Answered { job, response }))).is_err() {
            return;
        }
    }
}

/// Passes on what a set tells until it ends. None where nobody listens any more.
fn listen(folder: &Path, events: &Sender<Event>) -> Option<()> {
    let Ok(mut caller) = Caller::connect(folder) else { return Some(()) };
    if caller.send(Request::Watch { on: true }).is_err() {
        return Some(());
    }
    while let Ok(incoming) = caller.receive(AGAIN) {
        if let Some(Incoming::Notice(notice)) = incoming {
            events.send(Event::Told(notice)).ok()?;
        }
    }
    events.send(Event::Told(Notice::Sounding { spans: Vec::new() })).ok()
}
