//! Where a place of a text that was evaluated is now, after further typing.

use super::text::Change;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// Changes that are remembered; places of older evaluations are lost.
const CHANGES: usize = 4096;
/// Evaluations that are remembered.
const TAKES: usize = 256;

/// The changes of a text since it was evaluated.
#[derive(Default)]
pub(crate) struct Trace {
    /// The number of the last change.
    revision: u64,
    changes: VecDeque<(u64, Change)>,
    /// By evaluation, the change that it came after.
    takes: BTreeMap<u64, u64>,
    /// The change that the last evaluation came after.
    last: u64,
}

impl Trace {
    /// The number of the text as it is.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn changed(&mut self, change: Change) {
        self.revision += 1;
        if self.changes.len() == CHANGES {
            self.changes.pop_front();
        }
        self.changes.push_back((self.revision, change));
    }

    /// The text of a revision was evaluated.
    pub(crate) fn evaluated(&mut self, take: u64, revision: u64) {
        self.last = self.last.max(revision);
        if take != 0 {
            self.takes.entry(take).or_insert(revision);
            if self.takes.len() > TAKES {
                self.takes.pop_first();
            }
        }
    }

    /// Whether it is known of which text an evaluation was.
    pub(crate) fn knows(&self, take: u64) -> bool {
        self.takes.contains_key(&take)
    }

    /// An evaluation is heard of which nothing else is known: it is of the text of the last one that is known.
    pub(crate) fn heard(&mut self, take: u64) {
        self.takes.entry(take).or_insert(self.last);
        if self.takes.len() > TAKES {
            self.takes.pop_first();
        }
    }

    /// Where a place of an evaluation is now; none where it was typed into. Evaluation 0 is the last.
    pub(crate) fn now(&self, take: u64, place: Range<usize>) -> Option<Range<usize>> {
        self.since(self.takes.get(&take).copied().unwrap_or(self.last), place)
    }

    /// The same of the text of a revision.
    pub(crate) fn since(&self, since: u64, place: Range<usize>) -> Option<Range<usize>> {
        let oldest = self.changes.front().map_or(0, |(revision, _)| revision - 1);
        if since < oldest {
            return None;
        }
        let mut place = place;
        for (_, change) in self.changes.iter().filter(|(revision, _)| *revision > since) {
            if change.range.end <= place.start {
                let moved = |at: usize| at - change.range.len() + change.len;
                place = moved(place.start)..moved(place.end);
            } else if change.range.start < place.end {
                return None;
            }
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(range: Range<usize>, len: usize) -> Change {
        Change { range, len }
    }

    #[test]
    fn places_move_with_what_is_typed_before_them() {
        let mut trace = Trace::default();
        trace.evaluated(1, trace.revision());
        trace.changed(change(2..4, 5));
        assert_eq!(trace.now(1, 10..12), Some(13..15));
        assert_eq!(trace.now(1, 4..6), Some(7..9));
        assert_eq!(trace.now(1, 0..2), Some(0..2));
        assert_eq!(trace.now(1, 3..6), None);
        // A later evaluation knows the text as it was then; the earlier one goes on with its own.
        trace.evaluated(2, trace.revision());
        trace.changed(change(0..0, 1));
        assert_eq!((trace.now(2, 10..12), trace.now(1, 10..12)), (Some(11..13), Some(14..16)));
        assert_eq!(trace.now(0, 10..12), Some(11..13));
    }

    #[test]
    fn what_is_heard_stays_with_the_text_that_it_is_of() {
        let mut trace = Trace::default();
        trace.heard(0);
        trace.heard(7);
        trace.changed(change(0..0, 5));
        assert_eq!(trace.now(7, 10..12), Some(15..17));
        // The text of now is written: what is evaluated from there on is of that one.
        trace.evaluated(0, trace.revision());
        assert_eq!((trace.now(0, 10..12), trace.now(7, 10..12)), (Some(15..17), Some(15..17)));
        assert_eq!((trace.knows(8), trace.now(8, 10..12)), (false, Some(10..12)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut trace = Trace::default();
        trace.evaluated(1, 0);
        (0..CHANGES).for_each(|_| trace.changed(change(0..0, 1)));
        assert_eq!(trace.now(1, 0..1), Some(CHANGES..CHANGES + 1));
        trace.changed(change(0..0, 1));
        assert_eq!(trace.now(1, 0..1), None);
    }
}
