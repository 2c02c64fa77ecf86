//! The history of a set that is open.

use crate::damage::{self, Notice};
use crate::keeper;
use crate::place::{Held, Place, Why};
use crate::queue::{Bounds, Queue, Status, wall_ms};
use crate::schema::{self, Fault, Look, STEPS};
use crate::start::Start;
use crate::writer::{Sheet, Writer};
use crate::{Moment, OpenError, ReadError, Reader, Trouble, What};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes up to which a database is looked through at every opening; beyond, after a crash only.
const LOOK_THROUGH: u64 = 64 << 20;

/// How a history is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The program and its version, for whoever finds the set open.
    pub program: String,
    /// The name of the file, where the set is a single one: others in its folder have histories of their own.
    pub file: Option<String>,
    /// How long an entry waits for others, at most.
    pub group: Duration,
    /// After how many changes a checkpoint is due.
    pub checkpoint_every: u32,
    /// The most entries that wait for the disk.
    pub queue_entries: usize,
    /// The most bytes that wait for the disk.
    pub queue_bytes: usize,
    /// The most bytes of the database; beyond, it is as if the disk were full. `None`: as much as there is.
    pub max_bytes: Option<u64>,
    /// How many steps can be undone after reopening, where there were as many.
    pub undo_steps: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            program: "BeatForge".to_owned(),
            file: None,
            group: Duration::from_millis(200),
            checkpoint_every: 256,
            queue_entries: 200_000,
            queue_bytes: 32 << 20,
            max_bytes: None,
            undo_steps: 100,
        }
    }
}

/// A history that was opened.
#[derive(Debug)]
pub struct Opening {
    /// Who may write.
    pub access: Access,
    /// What the set is restored from.
    pub start: Start,
    /// What there is to tell.
    pub notices: Vec<Notice>,
}

/// Whether this program owns the history.
#[derive(Debug)]
pub enum Access {
    /// It does, and writes.
    Owner(Store),
    /// It reads, and why.
    Reader(Reader, Why),
}

/// The history of a set, to be written. Dropped, it writes what waits and lets the set go.
#[derive(Debug)]
pub struct Store {
    queue: Arc<Queue>,
    pub(crate) place: Place,
    writer: Option<JoinHandle<()>>,
    /// Dropped, it ends the keeper, which outlives the writer.
    keeper: Option<(SyncSender<()>, JoinHandle<()>)>,
    /// Let go once the writer has ended.
    held: Option<Held>,
}

/// A way into the history for another thread.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Queue>);

impl Recorder {
    /// As [`Store::record`].
    pub fn record(&self, moment: Moment, what: &What) -> Option<u64> {
        self.0.push(moment, what)
    }
}

impl Store {
    /// Opens the history of the set in a folder, or begins one. Where another program owns it, or the folder cannot be
    /// written, it is read only and says why.
    ///
    /// # Errors
    /// A history of a newer program; none to read where none can be written; what the system says. The set can be
    /// played without its history in every case.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Opening, OpenError> {
        let place = Place::of(folder, settings.file.as_deref());
        match place.take(&settings.program) {
            Ok(held) => own(&place, held, settings),
            Err(why) => read(&place, why, settings),
        }
    }

    /// Puts an entry into the journal and returns its number; `None` where it was lost for want of room. Never waits
    /// for the disk: it is there within [`Settings::group`] and the time of one write.
    pub fn record(&self, moment: Moment, what: &What) -> Option<u64> {
        self.queue.push(moment, what)
    }

    /// Puts the whole set as it stands into the journal, all its patches. The writer makes the texts.
    pub fn checkpoint(&self, moment: Moment, sheets: Vec<Sheet>) -> Option<u64> {
        self.queue.push_sheets(moment, sheets)
    }

    /// Begins a branch: what follows is done on what an entry had made. Nothing of what came after it is removed. The
    /// set at that entry is what [`Reader::start`] answers; a checkpoint of it should follow.
    pub fn branch(&self, from: u64, name: &str) -> Option<u64> {
        self.queue.push(Moment::default(), &What::Branch { from, name: name.to_owned() })
    }

    /// A way in for another thread.
    pub fn recorder(&self) -> Recorder {
        Recorder(Arc::clone(&self.queue))
    }

    /// How far it is, and whether a checkpoint is due.
    pub fn status(&self) -> Status {
        self.queue.status()
    }

    /// What there is to tell since the last call. Each trouble is told once.
    pub fn troubles(&self) -> Vec<Trouble> {
        self.queue.troubles()
    }

    /// Waits until all that was recorded so far is in the database; false where that did not come about in time.
    pub fn flush(&self, patience: Duration) -> bool {
        self.queue.flush(patience)
    }

    /// Another look at the same history, to read it. It sees what is in the database: [`Store::flush`] first.
    ///
    /// # Errors
    /// What the database says.
    pub fn reader(&self) -> Result<Reader, OpenError> {
        Reader::open(&self.place.database())
    }

    /// Ends the session as it should: all is written, and the next opening knows that nothing was cut off. False where
    /// not everything could be written.
    pub fn close(mut self) -> bool {
        let closed = self.record(Moment::default(), &What::Closed);
        self.end();
        let status = self.queue.status();
        closed.is_some_and(|closed| status.written >= closed)
    }

    fn end(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // A writer that has panicked has nothing more to write.
            let _ = writer.join();
        }
        if let Some((end, keeper)) = self.keeper.take() {
            drop(end);
            let _ = keeper.join();
        }
        self.held = None;
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.end();
    }
}

fn system(place: &Place, doing: &'static str) -> impl FnOnce(String) -> OpenError {
    let path = place.database();
    move |cause| OpenError::System { path, doing, cause }
}

/// Opens a history that this process owns.
fn own(place: &Place, held: Held, settings: &Settings) -> Result<Opening, OpenError> {
    damage::finish(place)?;
    let len = std::fs::metadata(place.database()).map_or(0, |m| m.len());
    let look = if held.abandoned || len <= LOOK_THROUGH { Look::Thorough } else { Look::Quick };
    let mut notices = Vec::new();
    let (db, start) = match try_own(place, look, settings) {
        Err(Fault::Damaged(why)) => {
            notices.push(damage::salvage(place, why, wall_ms())?);
            try_own(place, Look::Thorough, settings)
        }
        other => other,
    }
    .map_err(|fault| refuse(place, fault))?;
    if let Some((_, until_ms)) = start.until.filter(|_| !start.closed || held.abandoned) {
        notices.push(Notice::Unclosed { until_ms });
    }
    let last = start.until.map_or(0, |(seq, _)| seq);
    let store = Store::write(place, held, (db, (last, start.head)), settings)?;
    Ok(Opening { access: Access::Owner(store), start, notices })
}

impl Store {
    /// Writes a database on from its last entry, which is on a branch.
    pub(crate) fn write(
        place: &Place,
        held: Held,
        (db, (last, head)): (Connection, (u64, u64)),
        settings: &Settings,
    ) -> Result<Store, OpenError> {
        if let Some(max) = settings.max_bytes {
            let limited = db.execute_batch(&format!("PRAGMA max_page_count = {}", (max / schema::PAGE).max(1)));
            limited.map_err(|e| system(place, "bounded")(e.to_string()))?;
        }
        let bounds = Bounds {
            entries: settings.queue_entries,
            bytes: settings.queue_bytes,
            checkpoint_every: settings.checkpoint_every,
        };
        let queue = Arc::new(Queue::new(bounds, last, head));
        let writer = Writer { db, queue: Arc::clone(&queue), group: settings.group };
        let path = place.database();
        let other = schema::open(&path, Look::Quick, STEPS).map_err(|fault| refuse(place, fault))?;
        let (end, ends) = sync_channel(1);
        let [_, log, _] = crate::place::parts(&path);
        let keeper = spawn(place, "history-disk", move || keeper::run(&other, &log, &ends))?;
        let writer = spawn(place, "history", move || writer.run())?;
        let (place, held) = (place.clone(), Some(held));
        Ok(Store { queue, place, writer: Some(writer), keeper: Some((end, keeper)), held })
    }
}

fn spawn(place: &Place, name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|e| system(place, "written")(e.to_string()))
}

fn try_own(place: &Place, look: Look, settings: &Settings) -> Result<(Connection, Start), Fault> {
    let db = schema::open(&place.database(), look, STEPS)?;
    let start = crate::start::start(&db, None, settings.undo_steps)?;
    Ok((db, start))
}

pub(crate) fn refuse(place: &Place, fault: Fault) -> OpenError {
    match fault {
        Fault::Newer(found) => OpenError::Newer { path: place.database(), found, known: STEPS.len() as i64 },
        Fault::Damaged(cause) | Fault::System(cause) => system(place, "opened")(cause),
    }
}

/// Opens a history that another owns.
fn read(place: &Place, why: Why, settings: &Settings) -> Result<Opening, OpenError> {
    if let Why::Unwritable(cause) = &why
        && (!place.database().exists() || place.no_links().is_err())
    {
        return Err(OpenError::NoPlace { path: place.folder.clone(), cause: cause.clone() });
    }
    let reader = Reader::open(&place.database())?;
    let start = reader.start(None, settings.undo_steps).map_err(|e: ReadError| system(place, "read")(e.to_string()))?;
    Ok(Opening { access: Access::Reader(reader, why), start, notices: Vec::new() })
}
