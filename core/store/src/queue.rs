//! What waits to be written: bounded, never waited for, and counted where there is no room.

mod state;

use crate::entry::{self, What};
use crate::form::{ratio, what};
use crate::row::Raw;
use crate::writer::Sheet;
use crate::{Hash, Moment, Trouble};
use state::State;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Bytes that are written before their time.
const HEAVY: usize = 4 << 20;
/// Bytes that an entry takes beside its text.
const OVERHEAD: usize = 160;
/// How long a disk that refuses is left alone: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(8));

/// An entry that waits.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) raw: Raw,
    /// Long texts that lie beside the entries.
    pub(crate) texts: Vec<(Hash, Arc<str>)>,
    /// What a checkpoint is made of, until the writer makes texts of it.
    pub(crate) sheets: Vec<Sheet>,
}

impl Item {
    fn weight(&self) -> usize {
        let sheets: usize = self.sheets.iter().map(|sheet| 4 * sheet.text.text().len()).sum();
        let texts: usize = self.texts.iter().map(|(_, text)| text.len()).sum();
        OVERHEAD + self.raw.payload.len() + texts + sheets
    }
}

/// How far the history is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The last entry that was taken.
    pub last: u64,
    /// The last entry that is in the database.
    pub written: u64,
    /// Entries that wait.
    pub waiting: usize,
    /// Bytes that wait, about.
    pub waiting_bytes: usize,
    /// Entries that were lost.
    pub lost: u64,
    /// Changes of the set since the last checkpoint.
    pub changes: u32,
    /// Whether a checkpoint is due: [`Store::checkpoint`](crate::Store::checkpoint).
    pub wants_checkpoint: bool,
    /// Whether the set has changed since it was saved.
    pub unsaved: bool,
}

/// What there is room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
    pub(crate) checkpoint_every: u32,
}

/// The queue between those who play and the writer.
#[derive(Debug)]
pub(crate) struct Queue {
    bounds: Bounds,
    state: Mutex<State>,
    changed: Condvar,
}

/// Milliseconds since the beginning of 1970.
pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Queue {
    /// A queue behind a journal that ends with an entry, on a branch.
    pub(crate) fn new(bounds: Bounds, last: u64, head: u64) -> Queue {
        Queue { bounds, state: Mutex::new(State::new(last, head)), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an entry; its number, or `None` where there is no room.
    pub(crate) fn push(&self, moment: Moment, entry: &What) -> Option<u64> {
        let texts = match entry {
            What::Evaluate(e) => vec![(Hash::of(e.text.as_bytes()), Arc::clone(&e.text))],
            What::Draft(draft) => vec![(Hash::of(draft.base.as_bytes()), Arc::clone(&draft.base))],
            _ => Vec::new(),
        };
        self.put(moment, entry.kind(), what(entry), texts, Vec::new())
    }

    /// Takes a checkpoint.
    pub(crate) fn push_sheets(&self, moment: Moment, sheets: Vec<Sheet>) -> Option<u64> {
        self.put(moment, entry::CHECKPOINT, String::new(), Vec::new(), sheets)
    }

    fn put(
        &self,
        moment: Moment,
        kind: u16,
        payload: String,
        texts: Vec<(Hash, Arc<str>)>,
        sheets: Vec<Sheet>,
    ) -> Option<u64> {
        let raw = Raw {
            seq: 0,
            head: 0,
            at_ms: wall_ms(),
            frame: moment.frame.map(u64::cast_signed),
            beat: moment.beat.map(ratio),
            kind,
            payload,
        };
        let mut state = self.lock();
        let was_empty = state.items.is_empty();
        let taken = state.put(Item { raw, texts, sheets }, &self.bounds);
        // The writer wakes by itself when the first of those that wait is due.
        let wake = was_empty || state.status.waiting_bytes > HEAVY;
        drop(state);
        if wake {
            self.changed.notify_all();
        }
        taken
    }

    pub(crate) fn status(&self) -> Status {
        let state = self.lock();
        let (bytes, entries) = state.flying;
        Status {
            waiting: state.items.len() + entries,
            waiting_bytes: state.status.waiting_bytes + bytes,
            wants_checkpoint: state.status.wants_checkpoint || state.status.changes >= self.bounds.checkpoint_every,
            ..state.status
        }
    }

    pub(crate) fn troubles(&self) -> Vec<Trouble> {
        core::mem::take(&mut self.lock().troubles)
    }

    /// Lets the writer come to its end.
    pub(crate) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// Waits until all that was taken so far is written; false where that did not come about in time.
    pub(crate) fn flush(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut state = self.lock();
        let target = state.status.last;
        state.flush_to = target;
        self.changed.notify_all();
        while state.status.written < target {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// What is to be written next; waits for it. `None` at the end.
    pub(crate) fn take(&self, group: Duration) -> Option<Vec<Item>> {
        let mut state = self.lock();
        loop {
            if state.items.is_empty() {
                if state.closing {
                    return None;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let due = state.due(group).saturating_duration_since(Instant::now());
            if due.is_zero() {
                return Some(state.batch());
            }
            state = self.changed.wait_timeout(state, due).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A batch is in the database.
    pub(crate) fn wrote(&self, last: i64) {
        let mut state = self.lock();
        state.flying = (0, 0);
        state.status.written = last.cast_unsigned();
        state.retry_at = None;
        state.backoff = RETRY.0;
        if (state.stuck || state.losing) && state.items.is_empty() {
            let lost = core::mem::take(&mut state.lost);
            (state.stuck, state.losing) = (false, false);
            state.tell(Trouble::Again { lost });
        }
        drop(state);
        self.changed.notify_all();
    }

    /// A batch could not be written now: it waits on, or is lost where nobody waits any more.
    pub(crate) fn failed(&self, batch: Vec<Item>, cause: String) {
        let mut state = self.lock();
        state.flying = (0, 0);
        for item in batch.into_iter().rev() {
            state.status.waiting_bytes += item.weight();
            state.items.push_front(item);
        }
        state.retry_at = Some(Instant::now() + state.backoff);
        state.backoff = (state.backoff * 2).min(RETRY.1);
        if !core::mem::replace(&mut state.stuck, true) {
            state.tell(Trouble::Stuck { cause });
        }
        if state.closing {
            let lost = state.items.len() as u64;
            state.items.clear();
            state.status.waiting_bytes = 0;
            state.status.lost += lost;
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Entries that the database does not take, now or later.
    pub(crate) fn refused(&self, entries: u64, cause: String) {
        let mut state = self.lock();
        state.status.lost += entries;
        state.status.wants_checkpoint = true;
        if !core::mem::replace(&mut state.stuck, true) {
            state.tell(Trouble::Refused { entries, cause });
        }
    }
}
