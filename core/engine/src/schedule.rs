//! What waits for its frame or beat, and what of it falls into the present block.

use crate::message::{Move, When};
use crate::run::Due;
use crate::slots::{NodeSlot, Table};
use bf_node::{Event, EventBody};
use bf_pattern::Transport;

/// Events and changes of the transport that wait.
const WAITING: usize = 8_192;
/// Events from outside that fall due in one block.
const DUE: usize = 4_096;
/// Changes of the transport in one block.
const MOVES: usize = 64;
/// The frame of what has no frame as long as the transport stands.
const NEVER: u64 = u64::MAX;

#[derive(Clone, Copy)]
pub(crate) enum Waiting {
    Event { slot: u32, port: u16, is_param: bool, body: EventBody },
    Transport(Move),
}

#[derive(Clone, Copy)]
pub(crate) struct Timed {
    pub id: u64,
    pub when: When,
    pub what: Waiting,
}

/// What became of something that waited: for its receipt.
#[derive(Clone, Copy)]
pub(crate) struct Fate {
    pub id: u64,
    pub frame: u64,
    pub late: bool,
    pub shed: bool,
}

/// The waiting list, with room made once.
pub(crate) struct Schedule {
    waiting: Vec<Timed>,
    /// The frame of each of them as the transport runs now: worked out again when it changes.
    at: Vec<u64>,
    /// The least of these frames, so that a block in which nothing falls due looks at none.
    next: u64,
    /// Events of this block, by node once they are posted.
    due: Vec<Due>,
    /// How the transport runs in this block, and from which frame on.
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
fn frame_of(when: When, now: u64, transport: &Transport) -> u64 {
    match when {
        When::Now => now,
        When::Frame(f) => f,
        // A beat before the beginning of time has passed.
        When::Beat(b) => transport
            .frame_at(i128::from(b.num()), i128::from(b.den()))
            .map_or(NEVER, |f| u64::try_from(f.max(0)).unwrap_or(NEVER)),
    }
}

impl Schedule {
    pub(crate) fn new() -> Schedule {
        Schedule {
            waiting: Vec::with_capacity(WAITING),
            at: Vec::with_capacity(WAITING),
            next: NEVER,
            due: Vec::with_capacity(DUE),
            turns: Vec::with_capacity(MOVES + 1),
        }
    }

    /// One without room: what stands in for the real one while that is worked with.
    pub(crate) const fn empty() -> Schedule {
        Schedule { waiting: Vec::new(), at: Vec::new(), next: NEVER, due: Vec::new(), turns: Vec::new() }
    }

    /// The events of the present block, by node; each node's inbox is a range.
    pub(crate) fn due(&self) -> &[Due] {
        &self.due
    }
    /// How the transport runs in the present block, from which frames on; the first entry is its beginning.
    pub(crate) fn turns(&self) -> &[(u64, Transport)] {
        &self.turns
    }

    /// Begins a block.
    pub(crate) fn clear(&mut self) {
        self.due.clear();
    }

    /// Keeps something until its time; false where there is no room.
    pub(crate) fn wait(&mut self, mut timed: Timed, now: u64, transport: &Transport) -> bool {
        if self.waiting.len() == self.waiting.capacity() {
            return false;
        }
        if timed.when == When::Now {
            timed.when = When::Frame(now);
        }
        let at = frame_of(timed.when, now, transport);
        self.next = self.next.min(at);
        self.waiting.push(timed);
        self.at.push(at);
        true
    }

    /// An event for the first frame of the present block; false where there is no room.
    pub(crate) fn now(&mut self, slot: u32, port: u16, body: EventBody) -> bool {
        let room = self.due.len() < self.due.capacity();
        if room {
            self.due.push(Due { slot, port, is_param: false, event: Event { frame: 0, source: 0, body } });
        }
        room
    }

    /// Withdraws what waits for nodes that are gone: their slots may be another's soon. `slots` is sorted.
    pub(crate) fn forget(&mut self, slots: &[u32], now: u64, mut tell: impl FnMut(Fate)) {
        if slots.is_empty() || self.waiting.is_empty() {
            return;
        }
        self.keep(|timed, at| match timed.what {
            Waiting::Event { slot, .. } if slots.binary_search(&slot).is_ok() => {
                tell(Fate { id: timed.id, frame: now, late: false, shed: true });
                None
            }
            _ => Some(at),
        });
    }

    /// Moves what falls into `start..end` from the waiting list to where it is due. Transport first: it decides the
    /// frames of the beats, and those of one block as they follow on each other.
    pub(crate) fn fall_due(&mut self, start: u64, end: u64, transport: Transport, mut tell: impl FnMut(Fate)) {
        self.turns.clear();
        self.turns.push((start, transport));
        if self.next >= end {
            return;
        }
        self.turn(start, end, &mut tell);
        let turns = core::mem::take(&mut self.turns);
        let mut due = core::mem::take(&mut self.due);
        self.keep(|timed, at| {
            let at = if turns.len() > 1 { through(&turns, timed.when, end) } else { at };
            let Waiting::Event { slot, port, is_param, body } = timed.what else { return Some(at) };
            if at >= end {
                return Some(at);
            }
            let frame = at.max(start);
            let shed = due.len() == due.capacity();
            if !shed {
                let event = Event { frame: (frame - start) as u32, source: 0, body };
                due.push(Due { slot, port, is_param, event });
            }
            tell(Fate { id: timed.id, frame, late: at < start, shed });
            None
        });
        (self.turns, self.due) = (turns, due);
    }

    /// Applies the changes of the transport that fall into the block, in the order of their frames.
    fn turn(&mut self, start: u64, end: u64, tell: &mut impl FnMut(Fate)) {
        while self.turns.len() < self.turns.capacity() {
            let moves = self.waiting.iter().zip(&self.at).enumerate();
            let moves = moves.filter(|(_, (t, at))| matches!(t.what, Waiting::Transport(_)) && **at < end);
            // The first of those at one frame came first.
            let Some((i, (timed, at))) = moves.min_by_key(|(_, (_, at))| (**at).max(start)) else { return };
            let (timed, at) = (*timed, *at);
            let Waiting::Transport(to) = timed.what else { return };
            let Some(last) = self.turns.last().copied() else { return };
            let frame = at.max(last.0);
            self.turns.push((frame, turned(last.1, to, frame)));
            tell(Fate { id: timed.id, frame, late: at < start, shed: false });
            self.waiting.remove(i);
            self.at.remove(i);
        }
    }

    /// Keeps what `f` gives a frame to, in order, and finds the next frame at which anything happens.
    fn keep(&mut self, mut f: impl FnMut(&Timed, u64) -> Option<u64>) {
        let mut kept = 0;
        self.next = NEVER;
        for i in 0..self.waiting.len() {
            let timed = self.waiting[i];
            if let Some(at) = f(&timed, self.at[i]) {
                (self.waiting[kept], self.at[kept]) = (timed, at);
                self.next = self.next.min(at);
                kept += 1;
            }
        }
        self.waiting.truncate(kept);
        self.at.truncate(kept);
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

/// The frame of a time where the transport changes within the block: the first part of it that comes there counts.
fn through(turns: &[(u64, Transport)], when: When, end: u64) -> u64 {
    let When::Beat(_) = when else { return frame_of(when, 0, &turns[0].1) };
    for (i, (from, transport)) in turns.iter().enumerate() {
        let until = turns.get(i + 1).map_or(end, |(next, _)| *next);
        let at = frame_of(when, 0, transport);
        if at < until || i + 1 == turns.len() {
            // What a jump went past is late where the jump is.
            return if i == 0 { at } else { at.max(*from) };
        }
    }
    NEVER
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::NoteId;
    use bf_pattern::{Ratio, Tempo};

    fn off(slot: u32, id: u64) -> Waiting {
        Waiting::Event { slot, port: 0, is_param: false, body: EventBody::NoteOff { id: NoteId(id) } }
    }

    /// Frames and ids of what falls due, block by block.
    fn run(block: u64) -> Vec<(u64, u64)> {
        let mut s = Schedule::new();
        let mut transport = Transport::new(48_000, Tempo::from_bpm(60.0), 4).play(0);
        let beat = |n: i64, d: i64| When::Beat(Ratio::new(n, d));
        let timed = |id, when, what| Timed { id, when, what };
        for (id, when) in
            [(1, beat(1, 100)), (2, beat(2, 100)), (3, When::Frame(700)), (4, beat(3, 100)), (5, beat(9, 1))]
        {
            assert!(s.wait(timed(id, when, off(7, id)), 0, &transport));
        }
        s.wait(timed(10, When::Frame(600), Waiting::Transport(Move::Tempo(Tempo::from_bpm(120.0)))), 0, &transport);
        s.wait(timed(11, When::Frame(1000), Waiting::Transport(Move::Seek(Ratio::new(9, 1)))), 0, &transport);
        let mut out = Vec::new();
        for start in (0..4096).step_by(block as usize) {
            s.clear();
            s.fall_due(start, start + block, transport, |fate| out.push((fate.frame, fate.id)));
            transport = s.turns().last().unwrap().1;
        }
        out.sort_unstable();
        out
    }

    #[test]
    fn beats_fall_on_the_frames_of_the_tempo_at_any_block() {
        // A hundredth of a beat is 480 frames, and 240 after the tempo has doubled at 600.
        let want = vec![(480, 1), (600, 10), (700, 3), (780, 2), (1000, 4), (1000, 5), (1000, 11)];
        for block in [16, 64, 512, 2048] {
            assert_eq!(run(block), want, "block {block}");
        }
    }

    #[test]
    fn what_waits_for_a_node_that_is_gone_is_withdrawn() {
        let mut s = Schedule::new();
        let transport = Transport::new(48_000, Tempo::from_bpm(60.0), 4);
        for (id, slot) in [(1, 3), (2, 4)] {
            s.wait(Timed { id, when: When::Frame(10), what: off(slot, id) }, 0, &transport);
        }
        let mut told = Vec::new();
        s.forget(&[1, 3], 5, |fate| told.push((fate.id, fate.shed)));
        s.fall_due(0, 64, transport, |fate| told.push((fate.id, fate.shed)));
        assert_eq!(told, [(1, true), (2, false)]);
        assert_eq!(s.due().len(), 1);
    }
}
