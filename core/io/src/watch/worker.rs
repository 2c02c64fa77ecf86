//! The thread that turns the system's messages into reports.

use super::pending::Pending;
use super::roots::{Root, collect, folders};
use super::{Change, Changes, WatchError};
use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::{Duration, Instant};

/// Between two looks whether the roots are still what they were. Messages tell sooner, but not when a folder above a
/// root goes.
const LOOK: Duration = Duration::from_millis(500);
/// Between two polls where the system cannot watch.
const POLL: Duration = Duration::from_millis(250);

/// What the thread is told.
pub(super) enum Message {
    System(notify::Result<Event>),
    Add(PathBuf),
    Wake,
}

pub(super) struct Worker {
    roots: Vec<Root>,
    watcher: Box<dyn Watcher + Send>,
    inbox: Receiver<Message>,
    to_inbox: SyncSender<Message>,
    /// Set when a message found the inbox full.
    overflow: Arc<AtomicBool>,
    reports: SyncSender<Changes>,
    polls: Arc<AtomicBool>,
    pending: Pending,
    looked: Instant,
}

impl Worker {
    pub(super) fn new(
        roots: Vec<PathBuf>,
        (to_inbox, inbox): (SyncSender<Message>, Receiver<Message>),
        reports: SyncSender<Changes>,
        polls: Arc<AtomicBool>,
    ) -> Result<Worker, WatchError> {
        let mut roots: Vec<Root> = roots.into_iter().map(Root::new).collect();
        for root in &mut roots {
            root.refresh();
        }
        let overflow = Arc::new(AtomicBool::new(false));
        let sender = (to_inbox.clone(), Arc::clone(&overflow));
        let watcher = watch_or_poll(&roots, &sender, &polls)?;
        let (pending, looked) = (Pending::default(), Instant::now());
        Ok(Worker { roots, watcher, inbox, to_inbox, overflow, reports, polls, pending, looked })
    }

    /// Runs until told to stop.
    pub(super) fn work(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            let wait = self.pending.due_in(Instant::now()).unwrap_or(LOOK);
            match self.inbox.recv_timeout(wait) {
                Ok(message) => self.hear(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.overflow.swap(false, Ordering::AcqRel) {
                self.add_all();
            }
            if self.looked.elapsed() >= LOOK {
                self.look();
            }
            if self.pending.due_in(Instant::now()) == Some(Duration::ZERO) {
                self.report();
            }
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::System(Ok(event)) => self.hear_event(&event),
            // A limit was reached: the system would stay silent about part of the tree.
            Message::System(Err(_)) if !self.polls.load(Ordering::Relaxed) => {
                self.polls.store(true, Ordering::Relaxed);
                self.rewatch();
            }
            Message::Add(path) => {
                self.roots.push(Root::new(path));
                self.look();
            }
            Message::System(Err(_)) | Message::Wake => {}
        }
    }

    fn hear_event(&mut self, event: &Event) {
        if event.need_rescan() {
            self.add_all();
        }
        if !is_change(&event.kind) {
            return;
        }
        for path in &event.paths {
            // What was put into a new folder before it was watched is found by looking.
            let came = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)));
            self.add(path, came);
            if matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))) {
                self.roots.iter_mut().for_each(|root| root.lose(path));
            }
            if self.roots.iter().any(|root| root.is(path)) || (came && path.is_dir()) {
                self.look();
            }
        }
    }

    /// Notes a path, and with `came` all that is in it.
    fn add(&mut self, path: &Path, came: bool) {
        let mut paths = vec![path.to_owned()];
        if came && path.is_dir() {
            collect(path, &mut paths);
        }
        let now = Instant::now();
        for path in paths.iter().flat_map(|path| self.roots.iter().filter_map(|root| root.own(path))) {
            self.pending.add(path, now);
        }
    }

    fn add_all(&mut self) {
        let now = Instant::now();
        for path in self.roots.iter().flat_map(Root::files) {
            self.pending.add(path, now);
        }
    }

    /// Looks whether the roots are still what they were, and watches them anew where not.
    fn look(&mut self) {
        self.looked = Instant::now();
        let changed: Vec<bool> = self.roots.iter_mut().map(Root::refresh).collect();
        if !changed.contains(&true) {
            return;
        }
        self.rewatch();
        let now = Instant::now();
        for (root, _) in self.roots.iter().zip(&changed).filter(|(_, changed)| **changed) {
            for path in root.files() {
                self.pending.add(path, now);
            }
        }
    }

    /// Watches the present folders. The watcher before goes last, so that nothing is missed in between.
    fn rewatch(&mut self) {
        let sender = (self.to_inbox.clone(), Arc::clone(&self.overflow));
        if let Ok(watcher) = watch_or_poll(&self.roots, &sender, &self.polls) {
            self.watcher = watcher;
        }
    }

    fn report(&mut self) {
        let paths = self.pending.take();
        let changes: Changes = paths.iter().filter_map(|path| Some((path.clone(), change(path)?))).collect();
        if changes.is_empty() {
            return;
        }
        match self.reports.try_send(changes) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => self.pending.put_back(paths, Instant::now()),
        }
    }
}

/// What has become of a path; `None` for a folder that is there, as its files speak for themselves.
fn change(path: &Path) -> Option<Change> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => None,
        Ok(_) => Some(Change::Written),
        Err(_) => Some(Change::Removed),
    }
}

/// Whether a file may be another than before. That somebody has read it is no change; we read each that changed.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) | EventKind::Other => false,
        _ => true,
    }
}

type Sender = (SyncSender<Message>, Arc<AtomicBool>);

/// A watcher on the roots' folders: the system's own, or one that polls where that fails.
fn watch_or_poll(roots: &[Root], sender: &Sender, polls: &AtomicBool) -> Result<Box<dyn Watcher + Send>, WatchError> {
    if !polls.load(Ordering::Relaxed)
        && let Ok(watcher) = watch::<RecommendedWatcher>(roots, sender)
    {
        return Ok(watcher);
    }
    polls.store(true, Ordering::Relaxed);
    watch::<PollWatcher>(roots, sender).map_err(|e| WatchError(e.to_string()))
}

fn watch<W: Watcher + Send + 'static>(roots: &[Root], sender: &Sender) -> notify::Result<Box<dyn Watcher + Send>> {
    let (messages, overflow) = sender.clone();
    // It must not wait: this thread waits for the system's while it changes what is watched.
    let handler = move |event| {
        if let Err(TrySendError::Full(_)) = messages.try_send(Message::System(event)) {
            overflow.store(true, Ordering::Release);
        }
    };
    let mut watcher = W::new(handler, Config::default().with_poll_interval(POLL))?;
    for (folder, tree) in folders(roots) {
        let mode = if tree { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        match watcher.watch(&folder, mode) {
            Ok(()) => {}
            // It went since it was looked at; the next look sees to it.
            Err(_) if !folder.exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Box::new(watcher))
}
