//! Named versions of a set that plays, and the way back to one.

use super::{Message, Session};
use crate::journal::Book;
use bf_patch::Set;
use bf_store::{Reader, Restored, What, restore};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

/// Steps of a version that can be undone.
const UNDO_STEPS: usize = 1000;

/// How long naming waits until the name is written.
const WRITTEN: Duration = Duration::from_secs(1);

/// A version that was looked up, and what leads on from it.
pub(crate) struct Found {
    name: String,
    from: u64,
    restored: Restored,
    book: Book,
}

impl Found {
    /// Its name, the entry that it is, and the set there.
    pub(crate) fn parts(self) -> (String, u64, Set) {
        (self.name, self.from, self.restored.set)
    }
}

/// A version that is being looked up, on a thread of its own, and the number of who wants it.
pub(super) type Search = (u64, Receiver<Result<Box<Found>, String>>);

/// What a version may be called.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() || name.starts_with('#') {
        return Err("a version has a name that does not begin with `#`: that is how entries are named".to_owned());
    }
    Ok(())
}

/// Looks a version up: the last of a name, or an entry by its number.
pub(crate) fn find(reader: &Reader, wish: &str) -> Result<Found, String> {
    let versions = reader.versions().map_err(|e| e.to_string())?;
    let found = versions.iter().find(|version| version.name == wish);
    let number = wish.strip_prefix('#').and_then(|number| number.parse().ok());
    let (name, from) = match (found, number) {
        (Some(version), _) => (version.name.clone(), version.seq),
        (None, Some(number)) => {
            let last = reader.last().map_err(|e| e.to_string())?.map_or(0, |(last, _)| last);
            if !(1..=last).contains(&number) {
                return Err(format!("there is no entry #{number}: the history goes from #1 to #{last}"));
            }
            (format!("entry {number}"), number)
        }
        (None, None) => {
            let near = bf_node::registry::nearest(wish, versions.iter().map(|v| v.name.as_str()));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("there is no version `{wish}`{hint}"));
        }
    };
    let start = reader.start(Some(from), UNDO_STEPS).map_err(|e| e.to_string())?;
    let restored = restore(&start).map_err(|e| e.to_string())?;
    Ok(Found { name, from, restored, book: Book::read(reader, &start) })
}

impl Session {
    /// Gives the set as it stands a name, under which it can be had again.
    ///
    /// # Errors
    /// There is no history, or no room in it.
    pub fn name_version(&mut self, name: &str, note: &str) -> Result<(), String> {
        if !self.journal.writes() {
            return Err(self.read_only().unwrap_or("this set plays without its history").to_owned());
        }
        check_name(name)?;
        self.checkpoint();
        let version = || What::Version { name: name.to_owned(), note: note.to_owned() };
        let named = self.journal.record(self.moment(), version).filter(|_| self.journal.flush(WRITTEN));
        named.map(|_| ()).ok_or_else(|| "the history is not written: the disk does not take it".to_owned())
    }

    /// Goes back to a version, or to an entry `#12` of the history, as a branch of its own: what was done since stays in
    /// the history, under the name `before ...`. The number of what [`Message::Answered`] says once that is done, or why not.
    ///
    /// # Errors
    /// There is no history, or it is looked at already.
    pub fn restore_version(&mut self, wish: &str) -> Result<u64, String> {
        let Some((folder, file)) = self.journal.place().cloned().filter(|_| self.journal.writes()) else {
            return Err(self.read_only().unwrap_or("this set plays without its history").to_owned());
        };
        if self.search.is_some() {
            return Err("another version is being looked up".to_owned());
        }
        let wish = wish.to_owned();
        let (tell, told) = sync_channel(1);
        let folder: PathBuf = folder;
        let work = move || {
            let reader = Reader::of(&folder, file.as_deref()).map_err(|e| e.to_string());
            let found = reader.and_then(|reader| {
                let reader = reader.ok_or("there is no history")?;
                find(&reader, &wish).map(Box::new)
            });
            // A session that has ended does not listen.
            let _ = tell.send(found);
        };
        let thread = std::thread::Builder::new().name("bf-version".into()).spawn(work);
        thread.map_err(|e| e.to_string())?;
        let request = self.scripts.request();
        self.search = Some((request, told));
        Ok(request)
    }

    pub(super) fn poll_versions(&mut self) {
        let Some((request, search)) = &self.search else { return };
        let request = *request;
        let found = match search.try_recv() {
            Ok(found) => found,
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Err("the history could not be looked at".to_owned()),
        };
        self.search = None;
        let result = found.and_then(|found| self.go_back(*found));
        self.messages.push(Message::Answered { request, result });
    }

    fn go_back(&mut self, found: Found) -> Result<String, String> {
        let Found { name, from, restored, book } = found;
        self.name_version(&format!("before {name}"), "")?;
        self.journal.branch(from, &name);
        let Restored { set, mut history, .. } = restored;
        history.end_gesture();
        let (mut beside, score) = (self.set.main.beside.clone(), book.score_heard());
        let guests = beside.guests.iter().cloned().chain(set.main.strangers());
        beside.guests = Arc::new(guests.collect());
        beside.score = score;
        (self.set, self.history) = (set, history);
        self.set.main.beside = beside;
        self.journal.book.learn(book);
        self.checkpoint();
        self.dirty = true;
        self.relayer(None);
        self.follow_score();
        Ok(format!("back at {name}; what was left is `before {name}`"))
    }
}
