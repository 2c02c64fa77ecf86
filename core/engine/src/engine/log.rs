//! When the audio half took messages in: told, so that it can be done again, or done again as it was told.

use super::Engine;
use crate::tape::Taken;
use rtrb::Producer;
use std::collections::VecDeque;

/// What tells of it, and what it is done by.
#[derive(Default)]
pub(super) struct Log {
    tell: Option<Producer<Taken>>,
    /// Something was not told, for want of room.
    lost: bool,
    again: Option<Again>,
}

#[derive(Default)]
struct Again {
    taken: VecDeque<Taken>,
    /// Where it was not possible to take in as much as there was.
    differs: Option<u64>,
}

impl Log {
    /// How many messages may be taken in at a frame; none where nobody says.
    pub(super) fn room(&mut self, now: u64) -> Option<usize> {
        let again = self.again.as_mut()?;
        let mut count = 0;
        while let Some(taken) = again.taken.front().filter(|taken| taken.frame <= now) {
            count += taken.count as usize;
            if taken.frame < now {
                again.differs.get_or_insert(taken.frame);
            }
            again.taken.pop_front();
        }
        Some(count)
    }

    /// Tells how many were taken in. RT: wait-free.
    pub(super) fn took(&mut self, frame: u64, count: usize, most: usize) {
        if let Some(again) = &mut self.again
            && count < most
        {
            again.differs.get_or_insert(frame);
        }
        if let Some(tell) = self.tell.as_mut().filter(|_| count > 0) {
            let taken = Taken { frame, count: count as u32, lost: self.lost };
            self.lost = tell.push(taken).is_err();
        }
    }
}

impl Engine {
    /// Tells from now on when messages are taken in.
    pub(crate) fn tell_taken(&mut self, tell: Producer<Taken>) {
        self.log.tell = Some(tell);
    }

    /// Takes messages in at given frames and not otherwise. For offline use: it allocates. All that was taken in up to
    /// the end of a block is said before that block.
    pub fn take_in_again(&mut self, taken: &[Taken]) {
        self.log.again.get_or_insert_default().taken.extend(taken);
    }

    /// The first frame at which it was not possible to take in what was said.
    pub fn differs(&self) -> Option<u64> {
        self.log.again.as_ref()?.differs
    }
}
