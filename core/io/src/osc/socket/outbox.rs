//! What waits to be sent on one connection, bounded.

use super::error::SendError;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Packets that wait.
const PACKETS: usize = 1_024;
/// Bytes of them.
const BYTES: usize = 1 << 20;

/// Filled by a thread that must not wait, emptied by one that writes.
#[derive(Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Default)]
struct Queue {
    packets: VecDeque<Box<[u8]>>,
    bytes: usize,
    closed: bool,
    /// Nothing more comes; what waits still goes.
    finished: bool,
}

impl Outbox {
    pub(crate) fn push(&self, packet: &[u8]) -> Result<(), SendError> {
        let mut queue = self.queue();
        if queue.closed || queue.finished {
            return Err(SendError::Closed);
        }
        if queue.packets.len() >= PACKETS || queue.bytes + packet.len() > BYTES {
            return Err(SendError::Full);
        }
        queue.bytes += packet.len();
        queue.packets.push_back(packet.into());
        drop(queue);
        self.filled.notify_one();
        Ok(())
    }

    /// The next packet, waited for; `None` when it has been closed, or finished and all is sent.
    pub(crate) fn next(&self) -> Option<Box<[u8]>> {
        let mut queue = self
            .filled
            .wait_while(self.queue(), |queue| queue.packets.is_empty() && !queue.closed && !queue.finished)
            .unwrap_or_else(PoisonError::into_inner);
        if queue.closed {
            return None;
        }
        let packet = queue.packets.pop_front()?;
        queue.bytes -= packet.len();
        Some(packet)
    }

    /// Ends it once what waits is sent.
    pub(crate) fn finish(&self) {
        self.queue().finished = true;
        self.filled.notify_all();
    }

    /// Ends it, with what waits.
    pub(crate) fn close(&self) {
        let mut queue = self.queue();
        queue.closed = true;
        queue.packets.clear();
        drop(queue);
        self.filled.notify_all();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_no_more_than_it_may_and_nothing_once_closed() {
        let outbox = Outbox::default();
        let packet = vec![0; 64 * 1024];
        let fit = (0..100).take_while(|_| outbox.push(&packet).is_ok()).count();
        assert_eq!(fit, BYTES / packet.len());
        assert!(matches!(outbox.push(&packet), Err(SendError::Full)));
        assert_eq!(outbox.next().map(|packet| packet.len()), Some(packet.len()));
        assert!(outbox.push(&packet).is_ok());
        outbox.close();
        assert!(matches!(outbox.push(&packet), Err(SendError::Closed)));
        assert_eq!(outbox.next(), None);
    }
}
