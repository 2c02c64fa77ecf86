//! What waits for its frame or beat, and what of it falls into the present piece of a block.

#[cfg(test)]
mod tests;

use crate::message::{Move, When};
use crate::run::Due;
use crate::slots::{NodeSlot, Table};
use bf_node::{Event, EventBody, Note};
use bf_pattern::{Ratio, Transport};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events, notes and changes of the transport that wait.
pub(crate) const WAITING: usize = 16_384;
/// Of these, what only changes of the transport may take: they find room whatever notes do.
const FOR_MOVES: usize = 256;
/// Events from outside that fall due in one block.
const DUE: usize = 4_096;
/// Changes of the transport in one block.
const MOVES: usize = 64;
/// Withdrawals that are carried out in one walk over what waits.
const CUTS: usize = 64;
/// Tags whose last withdrawal is known, so that nothing sounds twice that was sent anew.
const TAGS: usize = 2_048;
/// The frame of what has no frame as long as the transport stands.
const NEVER: u64 = u64::MAX;

/// What waits.
#[derive(Clone, Copy)]
pub(crate) enum What {
    /// An event for an input or a param.
    Event { slot: u32, port: u16, is_param: bool, body: EventBody },
    /// A note for an input, with its end: once it sounds, its end is all that waits, and nothing withdraws that.
    Note { slot: u32, port: u16, note: Note, until: When },
    /// The end of a note that sounds.
    End { slot: u32, port: u16, body: EventBody },
    /// A change of the transport.
    Transport(Move),
}

impl What {
    fn slot(&self) -> Option<u32> {
        match self {
            What::Event { slot, .. } | What::Note { slot, .. } | What::End { slot, .. } => Some(*slot),
            What::Transport(_) => None,
        }
    }
}

/// Something with its time.
#[derive(Clone, Copy)]
pub(crate) struct Timed {
    pub id: u64,
    /// By whose word it waits, for its withdrawal; 0 for nobody's.
    pub tag: u32,
    pub when: When,
    pub what: What,
}

/// What became of something that waited: for its receipt.
#[derive(Clone, Copy)]
pub(crate) struct Fate {
    pub id: u64,
    pub frame: u64,
    pub late: bool,
    pub shed: bool,
}

/// A piece of a block: its block's first frame, its own, and the one behind its last.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub block: u64,
    pub start: u64,
    pub end: u64,
}

/// When an entry comes: its frame, whether it is no change of the transport, its place in the order of arrival, its
/// place in the list.
type Turn = Reverse<(u64, bool, u64, u32)>;

/// The waiting list, with room made once: entries in a list whose places are used again, and a heap by their frames.
pub(crate) struct Schedule {
    entries: Vec<Timed>,
    free: Vec<u32>,
    heap: BinaryHeap<Turn>,
    arrived: u64,
    /// Withdrawals that are still to be carried out: whose word, and from which beat on; none is all.
    cuts: Vec<(u32, Option<Ratio>)>,
    /// By tag: the beat from which on its last withdrawal took back, and the frame at which that was carried out. What had
    /// sounded by then is not played again, when it is sent anew for the same time.
    turned_at: Vec<(Ratio, u64)>,
    /// The transport as changes that are due now leave it: what is sent behind a jump is meant for where it leads.
    expected: Option<Transport>,
    /// Events of this piece, by node once they are posted.
    due: Vec<Due>,
    /// How the transport runs in this piece, and from which frame on.
    turns: Vec<(u64, Transport)>,
}

/// A transport after a change at a frame.
fn turned(t: Transport, to: Move, frame: u64) -> Transport {
    match to {
        Move::Play => t.play(frame),
        Move::Stop => t.stop(frame),
        Move::Tempo(tempo) => t.with_tempo(frame, tempo),
        Move::Seek(beat) => t.seek(frame, beat),
        Move::Signature(n) => t.with_signature(n),
    }
}

/// The frame of a time; [`NEVER`] where the transport does not come there.
pub(crate) fn frame_of(when: When, now: u64, transport: &Transport) -> u64 {
    // A beat before the beginning of time has passed.
    let at = |beat: Ratio, offset: i32| {
        let frame = transport.frame_at(i128::from(beat.num()), i128::from(beat.den()));
        frame.map_or(NEVER, |f| u64::try_from(f.saturating_add(i128::from(offset)).max(0)).unwrap_or(NEVER))
    };
    match when {
        When::Now => now,
        When::Frame(f) => f,
        When::Beat(beat) => at(beat, 0),
        When::Near { beat, frames } => at(beat, frames),
    }
}

impl Schedule {
    pub(crate) fn new() -> Schedule {
        Schedule {
            entries: Vec::with_capacity(WAITING),
            free: Vec::with_capacity(WAITING),
            heap: BinaryHeap::with_capacity(WAITING),
            arrived: 0,
            cuts: Vec::with_capacity(CUTS),
            turned_at: vec![(Ratio::ZERO, 0); TAGS],
            expected: None,
            due: Vec::with_capacity(DUE),
            turns: Vec::with_capacity(MOVES + 1),
        }
    }

    /// One without room: what stands in for the real one while that is worked with.
    pub(crate) const fn empty() -> Schedule {
        Schedule {
            entries: Vec::new(),
            free: Vec::new(),
            heap: BinaryHeap::new(),
            arrived: 0,
            cuts: Vec::new(),
            turned_at: Vec::new(),
            expected: None,
            due: Vec::new(),
            turns: Vec::new(),
        }
    }

    /// The events of the present piece, by node; each node's inbox is a range.
    pub(crate) fn due(&self) -> &[Due] {
        &self.due
    }
    /// How the transport runs in the present piece, from which frames on; the first entry is its beginning.
    pub(crate) fn turns(&self) -> &[(u64, Transport)] {
        &self.turns
    }

    /// Begins a piece.
    pub(crate) fn clear(&mut self) {
        self.due.clear();
    }

    /// Keeps something until its time; false where there is no room. A note whose place has sounded already, before it was
    /// taken back to be sent anew, is let go.
    pub(crate) fn wait(&mut self, mut timed: Timed, now: u64, transport: &Transport) -> bool {
        self.withdraw_now();
        if timed.when == When::Now {
            timed.when = When::Frame(now);
        }
        let transport = self.expected(transport);
        let at = frame_of(timed.when, now, &transport);
        if let What::Transport(to) = timed.what
            && at <= now
        {
            self.expected = Some(turned(transport, to, now));
        }
        if self.is_overtaken(&timed, at) {
            return true;
        }
        self.arrived += 1;
        let open = self.free.len() + (self.entries.capacity() - self.entries.len());
        if open <= FOR_MOVES && !matches!(timed.what, What::Transport(_)) {
            return false;
        }
        let place = match self.free.pop() {
            Some(place) => {
                self.entries[place as usize] = timed;
                place
            }
            None if self.entries.len() < self.entries.capacity() => {
                self.entries.push(timed);
                self.entries.len() as u32 - 1
            }
            None => return false,
        };
        self.heap.push(Reverse((at, !matches!(timed.what, What::Transport(_)), self.arrived, place)));
        true
    }

    /// The transport as changes that are due now leave it.
    pub(crate) fn expected(&self, transport: &Transport) -> Transport {
        self.expected.unwrap_or(*transport)
    }

    /// An event for a frame of the present piece; false where there is no room.
    pub(crate) fn now(&mut self, slot: u32, port: u16, frame: u32, body: EventBody) -> bool {
        let room = self.due.len() < self.due.capacity();
        if room {
            self.due.push(Due { slot, port, is_param: false, event: Event { frame, source: 0, body } });
        }
        room
    }

    /// Withdraws what waits by somebody's word from a beat on, or all of it, but the ends of notes that sound. What is sent
    /// by the same word afterwards counts from here on: up to this frame, what was sent before has sounded.
    pub(crate) fn withdraw(&mut self, tag: u32, from: Option<Ratio>, now: u64) {
        if let (Some(turned), Some(from)) = (self.turned_at.get_mut(tag as usize), from) {
            *turned = (from, now);
        }
        if self.cuts.len() == self.cuts.capacity() {
            self.withdraw_now();
        }
        self.cuts.push((tag, from));
    }

    /// Whether a note's time had passed when what it takes the place of was withdrawn: that has sounded in its stead.
    fn is_overtaken(&self, timed: &Timed, at: u64) -> bool {
        let (What::Note { .. }, When::Beat(beat) | When::Near { beat, .. }) = (timed.what, timed.when) else {
            return false;
        };
        let turned = self.turned_at.get(timed.tag as usize).filter(|_| timed.tag != 0);
        turned.is_some_and(|(from, turned)| beat >= *from && at < *turned)
    }

    /// Carries out the withdrawals, all in one walk.
    fn withdraw_now(&mut self) {
        if self.cuts.is_empty() {
            return;
        }
        let mut cuts = core::mem::take(&mut self.cuts);
        self.keep(|timed| {
            let beat = match timed.when {
                When::Beat(beat) | When::Near { beat, .. } => Some(beat),
                When::Now | When::Frame(_) => None,
            };
            let reached = |from: &Option<Ratio>| from.is_none_or(|from| beat.is_some_and(|beat| beat >= from));
            !cuts.iter().any(|(tag, from)| *tag == timed.tag && timed.tag != 0 && reached(from))
        });
        cuts.clear();
        self.cuts = cuts;
    }

    /// Drops what waits for nodes that are gone: their slots may be another's soon. `slots` is sorted.
    pub(crate) fn forget(&mut self, slots: &[u32], now: u64, mut tell: impl FnMut(Fate)) {
        if slots.is_empty() || self.heap.is_empty() {
            return;
        }
        self.keep(|timed| {
            let gone = timed.what.slot().is_some_and(|slot| slots.binary_search(&slot).is_ok());
            // The end of a note that is gone with its node is no loss.
            if gone && !matches!(timed.what, What::End { .. }) {
                tell(Fate { id: timed.id, frame: now, late: false, shed: true });
            }
            !gone
        });
    }

    /// Keeps what `f` wants. RT: one walk over what waits.
    fn keep(&mut self, mut f: impl FnMut(&Timed) -> bool) {
        let (entries, free) = (&self.entries, &mut self.free);
        self.heap.retain(|Reverse((.., place))| {
            let keep = f(&entries[*place as usize]);
            if !keep {
                free.push(*place);
            }
            keep
        });
    }

    /// The first frame before `end` at which the transport changes.
    pub(crate) fn next_move(&self, end: u64) -> Option<u64> {
        let moves = self.heap.iter().filter(|Reverse((at, other, ..))| !*other && *at < end);
        moves.map(|Reverse((at, ..))| *at).min()
    }

    /// Moves what falls into a piece from the waiting list to where it is due. Transport first: it decides the
    /// frames of the beats, and those of one piece as they follow on each other.
    pub(crate) fn fall_due(&mut self, piece: Piece, transport: Transport, mut tell: impl FnMut(Fate)) {
        self.withdraw_now();
        self.expected = None;
        self.turns.clear();
        self.turns.push((piece.start, transport));
        while let Some(Reverse((at, _, _, place))) = self.heap.peek().copied()
            && at < piece.end
        {
            self.heap.pop();
            let timed = self.entries[place as usize];
            let late = at < piece.start;
            let frame = at.max(piece.start);
            let mut told = |shed| tell(Fate { id: timed.id, frame, late, shed });
            match timed.what {
                What::Transport(to) => {
                    if self.turns.len() == self.turns.capacity() {
                        // One too many for a piece is for the next.
                        self.arrived += 1;
                        self.heap.push(Reverse((piece.end, false, self.arrived, place)));
                        continue;
                    }
                    told(false);
                    self.free.push(place);
                    self.turn(to, frame);
                }
                What::Event { slot, port, is_param, body } => {
                    told(!self.give(piece, slot, port, is_param, frame, body));
                    self.free.push(place);
                }
                What::End { slot, port, body } => {
                    // It is made up for in the next piece where there is no room: an end is never lost.
                    if self.give(piece, slot, port, false, frame, body) {
                        self.free.push(place);
                    } else {
                        self.again(place, piece.end);
                        return;
                    }
                }
                What::Note { slot, port, note, until } => {
                    let given = self.give(piece, slot, port, false, frame, EventBody::NoteOn(note));
                    told(!given);
                    if !given {
                        self.free.push(place);
                        continue;
                    }
                    let body = EventBody::NoteOff { id: note.id };
                    self.entries[place as usize] =
                        Timed { id: 0, tag: 0, when: until, what: What::End { slot, port, body } };
                    let end = self.turns.last().map_or(NEVER, |(_, t)| frame_of(until, frame, t));
                    self.again(place, end.max(frame + 1));
                }
            }
        }
    }

    fn again(&mut self, place: u32, at: u64) {
        self.arrived += 1;
        self.heap.push(Reverse((at, true, self.arrived, place)));
    }

    fn give(&mut self, piece: Piece, slot: u32, port: u16, is_param: bool, frame: u64, body: EventBody) -> bool {
        let room = self.due.len() < self.due.capacity();
        if room {
            let event = Event { frame: (frame - piece.block) as u32, source: 0, body };
            self.due.push(Due { slot, port, is_param, event });
        }
        room
    }

    /// Changes the transport at a frame: the beats that wait get other frames. What a jump went past is due where the
    /// jump is, and a jump or a stop ends the notes that sound.
    fn turn(&mut self, to: Move, frame: u64) {
        let Some((_, last)) = self.turns.last().copied() else { return };
        let transport = turned(last, to, frame);
        self.turns.push((frame, transport));
        let ends = matches!(to, Move::Stop | Move::Seek(_));
        let entries = &mut self.entries;
        let mut all = core::mem::take(&mut self.heap).into_vec();
        for Reverse((at, _, _, place)) in &mut all {
            let timed = &mut entries[*place as usize];
            if ends && matches!(timed.what, What::End { .. }) {
                (timed.when, *at) = (When::Frame(frame), frame);
            } else if matches!(timed.when, When::Beat(_) | When::Near { .. }) {
                *at = frame_of(timed.when, frame, &transport).max(frame);
            }
        }
        self.heap = BinaryHeap::from(all);
    }

    /// Sorts what is due by node, in the order in which it reaches it, and gives each node its range.
    pub(crate) fn post(&mut self, nodes: &mut Table<NodeSlot>) {
        for (i, d) in self.due.iter_mut().enumerate() {
            // Sequence numbers of one source keep the order of arrival through a sort in place.
            d.event.source = i as u16;
        }
        self.due.sort_unstable_by_key(|d| (d.slot, d.event.frame, d.event.body.class(), d.event.source));
        self.due.iter_mut().for_each(|d| d.event.source = 0);
        let mut i = 0;
        while i < self.due.len() {
            let slot = self.due[i].slot;
            let len = self.due[i..].iter().take_while(|d| d.slot == slot).count();
            if let Some(node) = nodes.get(slot) {
                node.inbox = (i as u32, (i + len) as u32);
            }
            i += len;
        }
    }

    /// Takes the ranges away again.
    pub(crate) fn collect(&self, nodes: &mut Table<NodeSlot>) {
        for d in &self.due {
            if let Some(node) = nodes.get(d.slot) {
                node.inbox = (0, 0);
            }
        }
    }
}
