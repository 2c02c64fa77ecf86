//! Changes that wait for the end of their burst.

use super::Watch;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A burst is reported after this long though it goes on, so that a file that is written without end (a recording)
/// does not hold up the others.
const LONGEST: Duration = Duration::from_millis(150);

/// Paths of one burst.
#[derive(Default)]
pub(super) struct Pending {
    paths: BTreeSet<PathBuf>,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Pending {
    pub(super) fn add(&mut self, path: PathBuf, now: Instant) {
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.paths.insert(path);
    }

    /// How long to wait before it is reported; `None` when there is nothing to report.
    pub(super) fn due_in(&self, now: Instant) -> Option<Duration> {
        let due = (self.last? + Watch::QUIET).min(self.first? + LONGEST);
        Some(due.saturating_duration_since(now))
    }

    /// The burst, which is over.
    pub(super) fn take(&mut self) -> BTreeSet<PathBuf> {
        (self.first, self.last) = (None, None);
        std::mem::take(&mut self.paths)
    }

    /// Puts a burst back that nobody could take; it is due again after a quiet time.
    pub(super) fn put_back(&mut self, paths: BTreeSet<PathBuf>, now: Instant) {
        (self.first, self.last) = (Some(now), Some(now));
        self.paths.extend(paths);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_burst_is_due_when_it_has_been_quiet() {
        let (mut pending, start) = (Pending::default(), Instant::now());
        assert_eq!(pending.due_in(start), None);
        pending.add("a".into(), start);
        assert_eq!(pending.due_in(start + ms(5)), Some(ms(10)));
        pending.add("b".into(), start + ms(10));
        pending.add("a".into(), start + ms(12));
        assert_eq!(pending.due_in(start + ms(15)), Some(ms(12)));
        assert_eq!(pending.due_in(start + ms(99)), Some(ms(0)));
        assert_eq!(pending.take().len(), 2);
        assert_eq!(pending.due_in(start), None);
    }

    #[test]
    fn an_endless_burst_is_due_all_the_same() {
        let (mut pending, start) = (Pending::default(), Instant::now());
        for n in 0..20 {
            pending.add("a".into(), start + ms(10 * n));
        }
        assert_eq!(pending.due_in(start + ms(149)), Some(ms(1)));
        let paths = pending.take();
        pending.put_back(paths, start + ms(200));
        assert_eq!(pending.due_in(start + ms(200)), Some(Watch::QUIET));
    }
}
