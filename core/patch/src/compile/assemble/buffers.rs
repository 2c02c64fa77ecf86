//! Numbers for buffers, each free again after the last group that reads it.

use super::super::plan::{BufferId, SILENCE};

/// Buffers by the group after which they are free, as lists linked through the buffers.
pub(super) struct Buffers {
    count: u32,
    free: Vec<BufferId>,
    /// The first and last buffer of each group's list, [`SILENCE`] where it is empty.
    lists: Vec<(BufferId, BufferId)>,
    /// What follows each buffer in its list.
    next: Vec<BufferId>,
}

impl Buffers {
    /// For so many groups; one buffer is silence.
    pub(super) fn new(groups: usize) -> Buffers {
        Buffers { count: 1, free: Vec::new(), lists: vec![(SILENCE, SILENCE); groups], next: vec![SILENCE] }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// One that is never free.
    pub(super) fn keep(&mut self) -> BufferId {
        self.count += 1;
        self.next.push(SILENCE);
        self.count - 1
    }

    /// One that is free after a group; never, where there is no such group.
    pub(super) fn until(&mut self, group: u32) -> BufferId {
        let buffer = self.free.pop().unwrap_or_else(|| self.keep());
        if let Some((first, last)) = self.lists.get_mut(group as usize) {
            if *first == SILENCE {
                *first = buffer;
            } else {
                self.next[*last as usize] = buffer;
            }
            *last = buffer;
            self.next[buffer as usize] = SILENCE;
        }
        buffer
    }

    /// A group has run.
    pub(super) fn release(&mut self, group: u32) {
        let mut buffer = self.lists[group as usize].0;
        while buffer != SILENCE {
            self.free.push(buffer);
            buffer = self.next[buffer as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_free_after_its_last_group() {
        let mut buffers = Buffers::new(2);
        let (a, b, c) = (buffers.until(0), buffers.until(1), buffers.until(0));
        let kept = buffers.until(u32::MAX);
        assert_eq!((a, b, c, kept), (1, 2, 3, 4));
        buffers.release(0);
        assert_eq!((buffers.until(1), buffers.until(1)), (c, a));
        buffers.release(1);
        let again: Vec<BufferId> = (0..4).map(|_| buffers.until(9)).collect();
        assert_eq!(again, [a, c, b, 5]);
        assert_eq!(buffers.count(), 6);
    }
}
