//! What is to happen later, in order, bounded.

use std::collections::BTreeMap;

/// Groups that wait.
pub(super) const MOST: usize = 4_096;
/// Messages of them.
const MOST_MESSAGES: usize = 65_536;

/// Groups of messages by the time at which they apply; those of one time in the order in which they came.
pub(super) struct Waiting<T> {
    groups: BTreeMap<(u64, u64), (usize, T)>,
    messages: usize,
    came: u64,
}

impl<T> Waiting<T> {
    pub(super) fn new() -> Waiting<T> {
        Waiting { groups: BTreeMap::new(), messages: 0, came: 0 }
    }

    /// Keeps a group of so many messages; false where there is no room.
    pub(super) fn push(&mut self, at: u64, messages: usize, group: T) -> bool {
        if self.groups.len() >= MOST || self.messages + messages > MOST_MESSAGES {
            return false;
        }
        self.came += 1;
        self.messages += messages;
        self.groups.insert((at, self.came), (messages, group));
        true
    }

    /// The first group whose time has come by `until`, with its time.
    pub(super) fn pop(&mut self, until: u64) -> Option<(u64, T)> {
        let first = self.groups.first_entry().filter(|first| first.key().0 <= until)?;
        let ((at, _), (messages, group)) = first.remove_entry();
        self.messages -= messages;
        Some((at, group))
    }

    /// Forgets all; answers how many messages that were.
    pub(super) fn clear(&mut self) -> usize {
        self.groups.clear();
        core::mem::take(&mut self.messages)
    }

    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_comes_in_order_and_is_bounded() {
        let mut waiting = Waiting::new();
        for (at, what) in [(5, "b"), (3, "a"), (5, "c")] {
            assert!(waiting.push(at, 1, what));
        }
        assert_eq!(waiting.pop(2), None);
        assert_eq!(waiting.pop(9), Some((3, "a")));
        assert_eq!(waiting.pop(9), Some((5, "b")));
        assert_eq!(waiting.pop(9), Some((5, "c")));
        assert!(!waiting.push(1, MOST_MESSAGES + 1, "too many at once"));
        let kept = (0..2 * MOST).filter(|n| waiting.push(*n as u64, 3, "x")).count();
        assert_eq!(kept, MOST);
        assert_eq!(waiting.clear(), 3 * MOST);
        assert!(waiting.len() == 0 && waiting.push(1, 1, "room again"));
    }
}
