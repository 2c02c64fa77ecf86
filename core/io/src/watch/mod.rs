//! Reports files that were written, made or removed, a few milliseconds after the last of a burst.
//!
//! Folders are watched rather than files, because editors save by writing another file and renaming it: the name stays,
//! the file does not. A root that is missing, or is removed and made again, is waited for. Where the system cannot
//! watch (a limit is reached, a network drive), it is polled.

mod pending;
mod roots;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use worker::{Message, Worker};

/// Reports that wait to be read; further changes join the next one.
const REPORTS: usize = 16;
/// Messages from the system that wait to be looked at; when more come, all roots are looked through instead.
const MESSAGES: usize = 1024;

/// What has become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was written, made, or moved to this name: read it.
    Written,
    /// It is not there any more. A folder's name stands for all that was in it.
    Removed,
}

/// What has changed, by path, as seen from the root as it was given.
pub type Changes = BTreeMap<PathBuf, Change>;

/// Why files cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error("files cannot be watched ({0}); changes made outside are not seen until the set is opened again")]
pub struct WatchError(String);

/// Watches files and folders until it is dropped.
pub struct Watch {
    messages: SyncSender<Message>,
    stop: Arc<AtomicBool>,
    polls: Arc<AtomicBool>,
    changes: Receiver<Changes>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// How long nothing must happen before a burst of changes is reported. Editors take about 1 to 5 ms to save.
    pub const QUIET: Duration = Duration::from_millis(15);

    /// Watches these: a folder with all that is in it, or a file. They need not exist yet.
    ///
    /// Hidden files and folders (`.git`) and editors' own files (`name~`, `#name#`) are passed over.
    ///
    /// # Errors
    /// When the system can neither watch nor poll.
    pub fn new(roots: impl IntoIterator<Item = PathBuf>) -> Result<Watch, WatchError> {
        Watch::start(roots.into_iter().collect(), AtomicBool::new(false))
    }

    /// The same by polling, for places that never tell of changes, as network drives.
    ///
    /// # Errors
    /// As [`Watch::new`].
    pub fn polling(roots: impl IntoIterator<Item = PathBuf>) -> Result<Watch, WatchError> {
        Watch::start(roots.into_iter().collect(), AtomicBool::new(true))
    }

    fn start(roots: Vec<PathBuf>, polls: AtomicBool) -> Result<Watch, WatchError> {
        let (messages, inbox) = sync_channel(MESSAGES);
        let (outbox, changes) = sync_channel(REPORTS);
        let (stop, polls) = (Arc::new(AtomicBool::new(false)), Arc::new(polls));
        let worker = Worker::new(roots, (messages.clone(), inbox), outbox, Arc::clone(&polls))?;
        let stopped = Arc::clone(&stop);
        let thread = Builder::new()
            .name("bf-watch".into())
            .spawn(move || worker.work(&stopped))
            .map_err(|e| WatchError(e.to_string()))?;
        Ok(Watch { messages, stop, polls, changes, thread: Some(thread) })
    }

    /// Watches another file or folder as well.
    pub fn add(&self, root: PathBuf) {
        let _ = self.messages.send(Message::Add(root));
    }

    /// What has changed, burst by burst.
    pub fn changes(&self) -> &Receiver<Changes> {
        &self.changes
    }

    /// Whether the system cannot watch and is polled, so that changes are seen after up to half a second.
    pub fn polls(&self) -> bool {
        self.polls.load(Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Only to wake it; when the inbox is full it is awake.
        let _ = self.messages.try_send(Message::Wake);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
