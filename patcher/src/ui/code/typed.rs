//! What is typed reaches the control thread soon, and at once before anything is done with whole sets.

use bf_session::Draft;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long what was typed waits for more of it.
const WAITS: Duration = Duration::from_millis(500);

/// What was typed and waits to be kept, by its script, and since when.
#[derive(Debug, Default)]
pub(crate) struct Typed(RefCell<BTreeMap<String, (Instant, Draft)>>);

impl Typed {
    /// Takes in what a script says now.
    pub(crate) fn put(&self, draft: Draft) {
        let mut waiting = self.0.borrow_mut();
        let since = waiting.get(&draft.file).map_or_else(Instant::now, |(since, _)| *since);
        waiting.insert(draft.file.clone(), (since, draft));
    }

    /// What has waited long enough.
    pub(crate) fn due(&self) -> Vec<Draft> {
        let mut waiting = self.0.borrow_mut();
        let due: Vec<String> =
            waiting.iter().filter(|(_, (since, _))| since.elapsed() >= WAITS).map(|(file, _)| file.clone()).collect();
        due.iter().filter_map(|file| waiting.remove(file)).map(|(_, draft)| draft).collect()
    }

    /// All of it.
    pub(crate) fn all(&self) -> Vec<Draft> {
        self.0.take().into_values().map(|(_, draft)| draft).collect()
    }

    /// In which time something is due.
    pub(crate) fn soon(&self) -> Option<Duration> {
        self.0.borrow().values().map(|(since, _)| WAITS.saturating_sub(since.elapsed())).min()
    }
}
