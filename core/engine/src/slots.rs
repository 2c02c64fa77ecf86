//! Where state lives: nodes and cables keep theirs over every swap of plans.

use crate::glance::Glance;
use crate::run::Jump;
use crate::voices::Voices;
use bf_node::{EventBody, LaneMask, NoteId, Processor};
use bf_patch::compile::plan::{Before, PlanCable};
use std::sync::Arc;

/// What a slot of a node runs.
pub(crate) enum Body {
    /// A declared node.
    Node(Box<dyn Processor>),
    /// An instrument.
    Voices(Box<Voices>),
    /// A node that the engine gives its meaning (outputs, inputs, what stands for the outside of a voice).
    Nothing,
}

/// A number on its way to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glide {
    pub param: u16,
    pub from: f32,
    pub to: f32,
    pub start: u64,
}

impl Glide {
    /// The value at an absolute frame: a straight line, a pure function of the frame.
    pub(crate) fn at(&self, frame: u64, len: u64) -> f32 {
        let since = frame.saturating_sub(self.start);
        if since >= len { self.to } else { self.from + (self.to - self.from) * (since as f32 / len as f32) }
    }
}

/// A node's state.
pub(crate) struct NodeSlot {
    pub body: Body,
    /// The numbers of its params; where a glide runs, the number it goes to.
    pub numbers: Box<[f32]>,
    /// Which params reach a new number over a glide, bit by bit.
    pub glides_mask: u64,
    pub glides: Vec<Glide>,
    /// How it takes numbers that jump, where it has such.
    pub jump: Option<Box<Jump>>,
    /// Whether something glides or crosses over, as far as was looked.
    pub moves: bool,
    /// Whether its last piece left it at rest.
    pub idle: bool,
    /// Events from outside that are due in this block: a range of the engine's list.
    pub inbox: (u32, u32),
    /// Smoothed CPU time of a block in nanoseconds.
    pub cpu_ns: f32,
    /// How often it had to be reset because it was not finite.
    pub nans: u32,
    /// What is seen of it; none inside a voice.
    pub glance: Option<Arc<Glance>>,
}

impl NodeSlot {
    pub(crate) fn new(body: Body, numbers: Box<[f32]>, glides_mask: u64) -> NodeSlot {
        let glides = Vec::with_capacity(numbers.len());
        NodeSlot {
            body,
            numbers,
            glides_mask,
            glides,
            jump: None,
            moves: false,
            idle: false,
            inbox: (0, 0),
            cpu_ns: 0.0,
            nans: 0,
            glance: None,
        }
    }

    /// Sets a number from a frame on: at once, or over a glide that starts where it is now; one that jumps waits while
    /// the node still crosses over to another.
    pub(crate) fn set(&mut self, param: usize, value: f32, frame: u64, len: u64) {
        match (&mut self.jump, &mut self.body) {
            (Some(jump), Body::Node(processor)) if jump.has(param) => {
                jump.want(processor, &mut self.numbers, (param, value), frame);
            }
            _ => set(&mut self.numbers, &mut self.glides, self.glides_mask, param, value, frame, len),
        }
        self.look_whether_it_moves();
    }

    /// Ends what has crossed over by a frame, and begins what waits for it.
    pub(crate) fn settle_jump(&mut self, frame: u64) {
        if let (Some(jump), Body::Node(processor)) = (&mut self.jump, &mut self.body) {
            jump.settle(processor, &mut self.numbers, frame);
        }
    }

    /// What it crosses over by, while it does.
    pub(crate) fn crossing(&self) -> Option<&Jump> {
        self.jump.as_deref().filter(|jump| jump.crosses())
    }

    pub(crate) fn look_whether_it_moves(&mut self) {
        self.moves = !self.glides.is_empty() || self.crossing().is_some();
    }

    /// Puts some lanes into the state of a new node.
    pub(crate) fn reset(&mut self, lanes: LaneMask) {
        if let Body::Node(processor) = &mut self.body {
            processor.reset(lanes);
            if let Some(jump) = self.jump.as_mut().filter(|jump| jump.crosses()) {
                jump.reset(lanes);
            }
        }
    }
}

/// Sets a number: at once, or over a glide from where it is now.
#[allow(clippy::too_many_arguments, reason = "the fields of a slot whose processor is borrowed apart")]
pub(crate) fn set(
    numbers: &mut [f32],
    glides: &mut Vec<Glide>,
    mask: u64,
    param: usize,
    value: f32,
    frame: u64,
    len: u64,
) {
    let Some(now) = numbers.get(param).copied() else { return };
    let running = glides.iter().position(|g| usize::from(g.param) == param);
    let present = running.map_or(now, |i| glides.swap_remove(i).at(frame, len));
    numbers[param] = value;
    if param < 64
        && mask & (1 << param) != 0
        && present.to_bits() != value.to_bits()
        && glides.len() < glides.capacity()
    {
        glides.push(Glide { param: param as u16, from: present, to: value, start: frame });
    }
}

/// A gain on its way from one level to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fade {
    pub from: f32,
    pub to: f32,
    pub start: u64,
}

impl Fade {
    pub(crate) fn at(&self, frame: u64, len: u64) -> f32 {
        let since = frame.saturating_sub(self.start);
        if since >= len { self.to } else { self.from + (self.to - self.from) * (since as f32 / len as f32) }
    }
    pub(crate) fn done(&self, frame: u64, len: u64) -> bool {
        self.from == self.to || frame >= self.start + len
    }
}

/// A cable's state.
pub(crate) struct CableSlot {
    pub fade: Fade,
    /// Its gain or depth, on its way to another where that was changed.
    pub amount: Fade,
    /// Frames it waits, and what it waited before the last change.
    pub delay: u32,
    pub delay_before: u32,
    pub delay_since: u64,
    /// Rings of waiting signal, one a channel, a power of two long; empty where nothing waits.
    pub ring: Vec<Vec<f32>>,
    /// Inside an instrument, by lane, the frame at which the voice began that it waits for: silence came before.
    pub begun: Vec<u64>,
    /// The last frame of what closes a loop: channel, then lane.
    pub last: Vec<f32>,
    /// Notes that went through and have not ended.
    pub notes: Vec<NoteId>,
    /// Events that wait.
    pub pending: Vec<(u64, EventBody)>,
    /// How many events of the source's list have been read in this block.
    pub cursor: usize,
    /// Whether it closes a loop.
    pub closes: bool,
    /// Ghosts of event cables let only the ends of notes through.
    pub offs_only: bool,
    /// Whether the end of the fade was reported.
    pub reported: bool,
}

/// Frames of a ring for a wait: what is due over a whole block stands there still once all of that block is in, so that
/// several readers may take it one after the other.
pub(crate) fn ring_frames(delay: u32, block: usize) -> usize {
    (delay as usize + block).next_power_of_two()
}

/// Room that a cable needs for a longer wait; what it had before goes back in it.
#[derive(Default)]
pub(crate) struct Room {
    pub ring: Vec<Vec<f32>>,
    pub pending: Vec<(u64, EventBody)>,
    pub last: Vec<f32>,
}

/// What a cable becomes with a new plan.
pub(crate) struct Turn {
    pub gain: f32,
    pub amount: f32,
    pub delay: u32,
    pub closes: bool,
    pub room: Option<Room>,
}

impl CableSlot {
    /// Begins its fades, as a new one, at a frame.
    pub(crate) fn begin(&mut self, frame: u64) {
        self.cursor = 0;
        self.amount.start = frame;
        // What comes late begins late, and what begins to wait is heard at once until it has something to wait for.
        let known = self.delay_before != self.delay;
        self.fade.start = if known { frame } else { frame + u64::from(self.delay) };
        self.delay_since = frame + u64::from(self.delay.saturating_sub(self.delay_before));
    }

    /// Goes from what it is to what a new plan says, from a frame on.
    pub(crate) fn turn(&mut self, to: &mut Turn, frame: u64, len: u64) {
        // The lists of the new plan are empty.
        self.cursor = 0;
        if let Some(room) = &mut to.room {
            self.widen(room, frame);
        }
        if self.fade.to != to.gain {
            // A later edit takes over a fade at its present gain.
            self.fade = Fade { from: self.fade.at(frame, len), to: to.gain, start: frame };
            self.reported = false;
        }
        if self.amount.to.to_bits() != to.amount.to_bits() {
            self.amount = Fade { from: self.amount.at(frame, len), to: to.amount, start: frame };
        }
        (self.offs_only, self.closes) = (to.gain == 0.0, to.closes);
        if self.delay != to.delay {
            (self.delay_before, self.delay) = (self.delay, to.delay);
            self.delay_since = frame + u64::from(self.delay.saturating_sub(self.delay_before));
        }
    }

    /// Takes more room and moves what it kept there. RT: bounded by the frames that it kept.
    fn widen(&mut self, room: &mut Room, frame: u64) {
        if room.pending.capacity() > self.pending.capacity() {
            core::mem::swap(&mut self.pending, &mut room.pending);
            self.pending.append(&mut room.pending);
        }
        if room.last.len() > self.last.len() {
            core::mem::swap(&mut self.last, &mut room.last);
        }
        if room.ring.is_empty() {
            return;
        }
        core::mem::swap(&mut self.ring, &mut room.ring);
        for (new, old) in self.ring.iter_mut().zip(&room.ring) {
            let (to, from) = (new.len() as u64 - 1, old.len() as u64 - 1);
            for back in 1..=old.len() as u64 {
                let at = frame.wrapping_sub(back);
                new[(at & to) as usize] = old[(at & from) as usize];
            }
        }
    }

    /// Whether it has come to what the plan says.
    pub(crate) fn settled(&self, frame: u64, len: u64) -> bool {
        let waits = self.delay_before == self.delay || frame >= self.delay_since + len;
        waits && self.fade.done(frame, len) && self.amount.done(frame, len)
    }
}

/// The most events that wait in one cable.
pub(crate) const CABLE_EVENTS: usize = 1024;

/// The most notes that one event cable follows.
const CABLE_NOTES: usize = 256;

/// The start of a fade that a plan has not begun yet.
const NOT_BEGUN: u64 = u64::MAX / 2;

impl CableSlot {
    /// State for a cable of a plan, for blocks of so many frames; `begins` is the gain it starts from.
    pub(crate) fn new(cable: &PlanCable, lanes: usize, begins: f32, block: usize) -> CableSlot {
        let channels = usize::from(cable.channels);
        let before = cable.before.unwrap_or(Before { amount: cable.amount, delay: cable.delay });
        let frames = ring_frames(cable.delay.max(before.delay), block);
        let waits = cable.delay.max(before.delay) > 0 && !cable.events;
        CableSlot {
            fade: Fade { from: begins, to: cable.target, start: NOT_BEGUN },
            amount: Fade { from: before.amount, to: cable.amount, start: NOT_BEGUN },
            delay: cable.delay,
            delay_before: before.delay,
            delay_since: 0,
            ring: if waits { vec![vec![0.0; frames * lanes]; channels] } else { Vec::new() },
            begun: vec![0; if waits { lanes } else { 0 }],
            last: if cable.closes && !cable.events { vec![0.0; channels * lanes] } else { Vec::new() },
            notes: Vec::with_capacity(if cable.events { CABLE_NOTES } else { 0 }),
            pending: Vec::with_capacity(if cable.events && (cable.delay > 0 || cable.closes) {
                CABLE_EVENTS
            } else {
                0
            }),
            cursor: 0,
            closes: cable.closes,
            offs_only: cable.events && cable.target == 0.0,
            reported: false,
        }
    }
}

const PAGE: usize = 256;
const PAGES: usize = 256;

/// A table of boxes whose pages never move, so that it grows without a copy.
pub(crate) struct Table<T> {
    pages: Vec<Option<Page<T>>>,
}

/// A page of a [`Table`], made on the control thread.
pub(crate) type Page<T> = Box<[Option<Box<T>>]>;

impl<T> Table<T> {
    /// The most entries.
    pub(crate) const CAPACITY: usize = PAGE * PAGES;

    pub(crate) fn new() -> Table<T> {
        Table { pages: (0..PAGES).map(|_| None).collect() }
    }
    pub(crate) fn page_of(index: u32) -> usize {
        index as usize / PAGE
    }
    /// An empty page.
    pub(crate) fn make_page() -> Page<T> {
        (0..PAGE).map(|_| None).collect()
    }
    pub(crate) fn add_page(&mut self, at: usize, page: Page<T>) -> Option<Page<T>> {
        match self.pages.get_mut(at) {
            Some(slot) if slot.is_none() => {
                *slot = Some(page);
                None
            }
            _ => Some(page),
        }
    }
    #[inline]
    pub(crate) fn get(&mut self, index: u32) -> Option<&mut T> {
        self.pages.get_mut(index as usize / PAGE)?.as_mut()?[index as usize % PAGE].as_deref_mut()
    }
    /// Two different entries at once.
    pub(crate) fn take(&mut self, index: u32) -> Option<Box<T>> {
        self.pages.get_mut(index as usize / PAGE)?.as_mut()?[index as usize % PAGE].take()
    }
    /// Puts an entry in and returns what was there.
    pub(crate) fn put(&mut self, index: u32, entry: Box<T>) -> Option<Box<T>> {
        let Some(Some(page)) = self.pages.get_mut(index as usize / PAGE) else { return Some(entry) };
        page[index as usize % PAGE].replace(entry)
    }
}
