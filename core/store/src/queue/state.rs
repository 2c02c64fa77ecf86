//! What the queue holds, and what there is room for.

use super::{Bounds, HEAVY, Item, RETRY, Status};
use crate::Trouble;
use crate::entry::{self, What};
use crate::form::what;
use crate::row::Raw;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The most entries of one transaction.
const BATCH: usize = 10_000;

#[derive(Debug)]
pub(super) struct State {
    pub(super) items: VecDeque<Item>,
    pub(super) status: Status,
    pub(super) head: u64,
    /// Bytes and entries that the writer has in hand.
    pub(super) flying: (usize, usize),
    pub(super) first_at: Option<Instant>,
    pub(super) retry_at: Option<Instant>,
    pub(super) backoff: Duration,
    pub(super) flush_to: u64,
    pub(super) closing: bool,
    /// Lost since the last entry that was taken.
    pub(super) gap: u64,
    /// Lost since trouble began.
    pub(super) lost: u64,
    pub(super) stuck: bool,
    pub(super) losing: bool,
    pub(super) troubles: Vec<Trouble>,
}

impl State {
    /// Nothing waits behind a journal that ends with an entry, on a branch.
    pub(super) fn new(last: u64, head: u64) -> State {
        State {
            items: VecDeque::new(),
            status: Status { last, written: last, ..Status::default() },
            head,
            flying: (0, 0),
            first_at: None,
            retry_at: None,
            backoff: RETRY.0,
            flush_to: 0,
            closing: false,
            gap: 0,
            lost: 0,
            stuck: false,
            losing: false,
            troubles: Vec::new(),
        }
    }

    pub(super) fn put(&mut self, mut item: Item, bounds: &Bounds) -> Option<u64> {
        let kind = item.raw.kind;
        let weight = item.weight();
        // A quarter of the room is for what the set is made of.
        let (part, of) = if kind < entry::STREAMS { (4, 4) } else { (3, 4) };
        let entries = self.items.len() + self.flying.1;
        let bytes = self.status.waiting_bytes + self.flying.0 + weight;
        if entries >= bounds.entries / of * part || bytes > bounds.bytes / of * part {
            self.lose(kind);
            return None;
        }
        if self.gap > 0 {
            let payload = what(&What::Lost { entries: core::mem::take(&mut self.gap) });
            let raw = Raw { kind: entry::LOST, payload, ..item.raw.clone() };
            self.queue(Item { raw, texts: Vec::new(), sheets: Vec::new() });
        }
        match kind {
            kind if entry::CHANGES.contains(&kind) => {
                self.status.changes += 1;
                self.status.unsaved = true;
            }
            entry::CHECKPOINT => (self.status.changes, self.status.wants_checkpoint) = (0, false),
            entry::SAVED => self.status.unsaved = false,
            // A branch begins with the entry that says so.
            entry::BRANCH => self.head = self.status.last + 1,
            _ => {}
        }
        item.raw.head = self.head.cast_signed();
        Some(self.queue(item))
    }

    fn queue(&mut self, mut item: Item) -> u64 {
        self.status.last += 1;
        item.raw.seq = self.status.last.cast_signed();
        item.raw.head = self.head.cast_signed();
        self.status.waiting_bytes += item.weight();
        self.first_at.get_or_insert_with(Instant::now);
        self.items.push_back(item);
        self.status.last
    }

    fn lose(&mut self, kind: u16) {
        self.gap += 1;
        self.lost += 1;
        self.status.lost += 1;
        self.status.wants_checkpoint |= entry::CHANGES.contains(&kind);
        if !core::mem::replace(&mut self.losing, true) {
            self.tell(Trouble::Losing);
        }
    }

    pub(super) fn tell(&mut self, trouble: Trouble) {
        // Nobody may be listening.
        if self.troubles.len() < 64 {
            self.troubles.push(trouble);
        }
    }

    /// When what waits is written.
    pub(super) fn due(&self, group: Duration) -> Instant {
        let now = Instant::now();
        if self.closing {
            return now;
        }
        let hurry = self.flush_to > self.status.written || self.status.waiting_bytes > HEAVY;
        let due = if hurry { now } else { self.first_at.map_or(now, |first| first + group) };
        self.retry_at.map_or(due, |retry| retry.max(due))
    }

    pub(super) fn batch(&mut self) -> Vec<Item> {
        let count = self.items.len().min(BATCH);
        let batch: Vec<Item> = self.items.drain(..count).collect();
        let bytes = batch.iter().map(Item::weight).sum();
        self.status.waiting_bytes -= bytes;
        self.flying = (bytes, batch.len());
        if self.items.is_empty() {
            self.first_at = None;
        }
        batch
    }
}
