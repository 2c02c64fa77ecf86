//! A look at what one output gives while it plays, for whoever holds a pointer over a cable: its newest frames, or its
//! newest events.
#![allow(unsafe_code, reason = "reads an event list that the program owns, between two runs of its node")]

use crate::program::{Memory, NodeWires};
use bf_dsp::GRID;
use bf_node::EventBody;
use bf_node::io::state;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Floats that are kept: 85 ms at 48 kHz.
const ROOM: usize = 4_096;
/// Words of an event in the same room.
const WORDS: usize = 4;
/// Bits of a node's place, of its slot, and of its output, in the word that says what is looked at.
const PLACE: u32 = 20;
const OUTPUT: u32 = 8;
/// Stands for no node.
pub(crate) const NOBODY: u32 = u32::MAX;

/// What kind of event passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// A note begins; its value is its pitch.
    NoteOn,
    /// A note ends.
    NoteOff,
    /// A control moves.
    Control,
    /// A trigger.
    Trigger,
}

/// An event that was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// What it was.
    pub what: Passed,
    /// A note's pitch, or the value of anything else.
    pub value: f32,
    /// A note's velocity; 0 otherwise.
    pub velocity: f32,
    /// The low 32 bits of its absolute frame.
    pub frame: u32,
}

/// The tap on the one output that is looked at: wait-free on both sides, and nothing of it is heard.
#[derive(Debug)]
pub struct Scope {
    /// What is looked at: a mark, a serial number, output, slot and place in the plan; 0 for nothing.
    wanted: AtomicU64,
    /// Of which serial number the ring is.
    of: AtomicU64,
    ring: Box<[AtomicU32]>,
    written: AtomicU64,
}

impl Default for Scope {
    fn default() -> Scope {
        Scope {
            wanted: AtomicU64::new(0),
            of: AtomicU64::new(0),
            ring: (0..ROOM).map(|_| AtomicU32::new(0)).collect(),
            written: AtomicU64::new(0),
        }
    }
}

/// What a wish says, taken apart.
#[derive(Clone, Copy, PartialEq)]
struct Wish {
    serial: u64,
    output: u64,
    slot: u64,
    node: u64,
}

impl Wish {
    const MARK: u64 = 1 << 63;

    fn of(word: u64) -> Option<Wish> {
        let part = |shift: u32, bits: u32| word >> shift & ((1 << bits) - 1);
        (word & Wish::MARK != 0).then(|| Wish {
            node: part(0, PLACE),
            slot: part(PLACE, PLACE),
            output: part(2 * PLACE, OUTPUT),
            serial: part(2 * PLACE + OUTPUT, 15),
        })
    }

    fn word(self) -> u64 {
        Wish::MARK | self.serial << (2 * PLACE + OUTPUT) | self.output << (2 * PLACE) | self.slot << PLACE | self.node
    }
}

impl Scope {
    /// Looks at an output of the node at a place of the plan, whose state is in a slot. What was seen of another output
    /// is forgotten.
    pub(crate) fn look(&self, node: usize, slot: u32, output: usize) {
        let fits = node < 1 << PLACE && slot < 1 << PLACE && output < 1 << OUTPUT;
        if !fits {
            return self.rest();
        }
        let last = Wish::of(self.wanted.load(Ordering::Relaxed));
        let (node, slot, output) = (node as u64, u64::from(slot), output as u64);
        let serial = match last {
            Some(last) if (last.slot, last.output) == (slot, output) => last.serial,
            // Once nobody looks, the next look begins anew.
            last => last.map_or(self.of.load(Ordering::Relaxed), |last| last.serial).wrapping_add(1) & 0x7fff,
        };
        self.wanted.store(Wish { serial, output, slot, node }.word(), Ordering::Release);
    }

    /// Looks at nothing.
    pub fn rest(&self) {
        self.wanted.store(0, Ordering::Release);
    }

    /// Whether anything is looked at.
    pub fn is_looking(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) != 0
    }

    /// How many words are there of what is looked at now.
    fn there(&self) -> u64 {
        let wish = Wish::of(self.wanted.load(Ordering::Acquire));
        let written = self.written.load(Ordering::Acquire);
        if wish.is_some_and(|wish| wish.serial == self.of.load(Ordering::Acquire)) { written } else { 0 }
    }

    fn word(&self, at: u64) -> u32 {
        self.ring[(at % ROOM as u64) as usize].load(Ordering::Relaxed)
    }

    /// Copies the newest frames of a signal, oldest first: the first channel, and of voices the first. Answers how many
    /// there were.
    pub fn latest(&self, out: &mut [f32]) -> usize {
        let there = self.there();
        let count = (out.len() as u64).min(ROOM as u64 / 2).min(there);
        for (i, x) in out.iter_mut().take(count as usize).enumerate() {
            *x = f32::from_bits(self.word(there - count + i as u64));
        }
        count as usize
    }

    /// The newest events, the newest first, at most so many; and how many there were since one looks.
    pub fn events(&self, most: usize) -> (Vec<Seen>, u64) {
        let there = self.there() / WORDS as u64;
        let count = (most as u64).min(ROOM as u64 / WORDS as u64 / 2).min(there);
        let seen = (1..=count).map(|back| {
            let at = (there - back) * WORDS as u64;
            let what = match self.word(at) {
                0 => Passed::NoteOff,
                1 => Passed::NoteOn,
                2 => Passed::Control,
                _ => Passed::Trigger,
            };
            let number = |i| f32::from_bits(self.word(at + i));
            Seen { what, value: number(1), velocity: number(2), frame: self.word(at + 3) }
        });
        (seen.collect(), there)
    }

    /// What is looked at in this plan: the node's place and its output. # Realtime Safety: wait-free.
    pub(crate) fn begin(&self, m: &Memory) -> (u32, u8) {
        let Some(wish) = Wish::of(self.wanted.load(Ordering::Acquire)) else { return (NOBODY, 0) };
        // A plan in which the node stands elsewhere is told soon.
        let is_there = m.nodes.get(wish.node as usize).is_some_and(|w| u64::from(w.slot) == wish.slot);
        if !is_there {
            return (NOBODY, 0);
        }
        if self.of.load(Ordering::Relaxed) != wish.serial || self.written.load(Ordering::Relaxed) == 0 {
            self.written.store(0, Ordering::Release);
            self.of.store(wish.serial, Ordering::Release);
        }
        (wish.node as u32, wish.output as u8)
    }

    /// Takes what a node has just given in frames `a..b`. # Realtime Safety: wait-free; bounded by the frames and events.
    #[cold]
    pub(crate) fn take(&self, output: u8, w: &NodeWires, m: &Memory, (start, a, b): (u64, usize, usize)) {
        let mut at = self.written.load(Ordering::Relaxed);
        let mut push = |word: u32| {
            self.ring[(at % ROOM as u64) as usize].store(word, Ordering::Relaxed);
            at += 1;
        };
        let output = usize::from(output);
        let list = w.wires().events.get(output).copied().filter(|list| !list.is_null());
        if let Some(list) = list {
            // SAFETY: the list is the program's own and lives with it; its node does not run now, and this is the
            // thread that runs it.
            let list = unsafe { &*list };
            for event in list.events().iter().filter(|e| (a..b).contains(&(e.frame as usize))) {
                let (what, value, velocity) = match event.body {
                    EventBody::NoteOff { .. } => (0, 0.0, 0.0),
                    EventBody::NoteOn(note) => (1, note.pitch, note.velocity),
                    EventBody::Control { value, .. } | EventBody::NoteControl { value, .. } => (2, value, 0.0f32),
                    EventBody::Trigger { value } => (3, value, 0.0),
                };
                let frame = (start + u64::from(event.frame)) as u32;
                [what, value.to_bits(), velocity.to_bits(), frame].into_iter().for_each(&mut push);
            }
        } else if let Some(buffer) = w.output_buffers(output).first() {
            let silent = m.states[*buffer as usize] == state::SILENT;
            // What is read on the grid alone is made there alone.
            let coarse = w.wires().out_ports.get(output).is_some_and(|p| p.grid_only);
            for f in a..b {
                let f = if coarse { (f - f % GRID).max(a) } else { f };
                push(if silent { 0 } else { m.buffer(*buffer, f, f + 1)[0].to_bits() });
            }
        }
        self.written.store(at, Ordering::Release);
    }
}
