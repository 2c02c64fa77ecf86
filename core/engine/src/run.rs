//! The steps of a plan, run over a range of a block.
#![allow(unsafe_code, reason = "hands processors views of the program's buffers")]

mod drive;
mod jump;
mod mix;
mod node;
mod number;
mod view;

use drive::{Driven, drive};
pub(crate) use jump::Jump;
use mix::Mix;
pub(crate) use mix::arrives;
pub(crate) use node::MEASURED;
pub(crate) use view::MAX_OUTPUTS;

use crate::aside::Aside;
use crate::program::{Memory, NodeWires};
use crate::scope::Scope;
use crate::slots::{CableSlot, NodeSlot};
use crate::sums::finite;
use bf_dsp::GRID;
use bf_node::io::state;
use bf_node::{Event, EventBody, EventList, LaneMask, Outlet};
use bf_patch::compile::plan::{EventSource, Loop, Step};
use bf_pattern::Transport;

/// The most params of a node; the node battery holds declarations to it.
pub(crate) const MAX_PARAMS: usize = 64;

/// Where the state of a plan's nodes and cables is.
pub(crate) trait Slots {
    fn node(&mut self, slot: u32) -> Option<&mut NodeSlot>;
    fn cable(&mut self, slot: u32) -> Option<&mut CableSlot>;
}

/// An event from outside for one node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub slot: u32,
    /// An input, or a param where `is_param`.
    pub port: u16,
    pub is_param: bool,
    pub event: Event,
}

/// The sound of one node, kept for a stem.
pub(crate) struct Tap {
    pub slot: u32,
    pub output: u16,
    /// The cable whose gain and fade it has, where that has a slot.
    pub cable: Option<u32>,
    /// Its gain, or the last that its cable had.
    pub gain: f32,
    pub sound: [Vec<f32>; 2],
}

/// What a run needs beside the plan and its state.
pub(crate) struct Context<'a> {
    pub block_start: u64,
    pub transport: &'a Transport,
    pub glide_len: u64,
    pub fade_len: u64,
    /// Events from outside, sorted by slot; each node's inbox is a range.
    pub due: &'a [Due],
    /// Room for the ramps of gliding params.
    pub ramps: &'a mut Ramps,
    /// Left and right of what is heard, one float a frame.
    pub heard: &'a mut [Vec<f32>; 2],
    /// What goes to the device elsewhere.
    pub aside: &'a mut Aside,
    /// Left and right of what the device records.
    pub recorded: &'a [Vec<f32>; 2],
    /// Reads the clock where CPU time is measured.
    pub clock: Option<fn() -> u64>,
    /// Whose turn it is to be measured: reading the clock for every node of a block would cost more than the nodes.
    pub turn: u32,
    /// Which bits of a node's number and of the turn agree where it is looked at: fewer while somebody watches.
    pub mask: u32,
    /// The slot of the last node that was not finite, and how many were.
    pub broken: &'a mut Broken,
    /// Strips whose sound is asked for.
    pub taps: &'a mut [Tap],
    /// The node that is looked at, by its place in the plan, and which of its outputs.
    pub looked: (u32, u8),
    /// Where what is seen of it goes.
    pub scope: &'a Scope,
    /// Lanes whose voice begins at the first frame of the range.
    pub fresh: LaneMask,
    /// Notes and events inside instruments for which there was no room.
    pub shed: &'a mut u32,
}

/// Which node was not finite.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Broken {
    pub count: u32,
    pub slot: u32,
    /// Which step of the plan runs that node: sums look at nodes that ran before others did.
    pub order: u32,
}

impl Broken {
    /// A node was not finite; of several, the last to run is named.
    fn tell(&mut self, node: &NodeWires) {
        let NodeWires { order, slot, .. } = *node;
        let last = if order < self.order { *self } else { Broken { count: 0, slot, order } };
        *self = Broken { count: self.count.saturating_add(1), ..last };
    }
}

#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([f32; 16]);

/// Scratch for gliding params of one node: a buffer of a block and its lanes for each. They hold until the next node's
/// are made; an instrument has its own, as the nodes inside it run while its controls glide.
pub(crate) struct Ramps {
    lines: Vec<Line>,
    stride: usize,
    known: Box<u8>,
}

impl Ramps {
    pub(crate) fn new(block: usize, lanes: usize) -> Ramps {
        let stride = ((block + GRID) * lanes).next_multiple_of(16);
        Ramps { lines: vec![Line([0.0; 16]); stride / 16 * MAX_PARAMS], stride, known: Box::new(state::VARIES) }
    }
    fn ramp(&mut self, i: usize) -> *mut f32 {
        // SAFETY: `i` is below MAX_PARAMS.
        unsafe { self.lines.as_mut_ptr().cast::<f32>().add(i * self.stride) }
    }
}

/// Runs steps over frames `a..b` of the block.
pub(crate) fn run(steps: &[Step], m: &mut Memory, slots: &mut impl Slots, cx: &mut Context<'_>, a: usize, b: usize) {
    let mut steps = steps.iter();
    while let Some(step) = steps.next() {
        match step {
            Step::Node(n) => node::run(*n, &mut steps, m, slots, cx, (a, b)),
            Step::Mix { out, sources, rest, onto, looks } => {
                let mix = Mix { out: *out, sources, rest: *rest, onto: *onto, looks: *looks };
                mix::mix(&mix, m, slots, cx, (a, b));
            }
            Step::Param { node, param, out, sources, range, smooth } => {
                let (node, frames) = (*node, (a, b));
                let (param, out, range, smooth) = (usize::from(*param), *out, *range, *smooth);
                drive(&Driven { node, frames, param, out, sources, range, smooth }, m, slots, cx);
            }
            Step::Events { out, sources } => events(*out, sources, m, slots, cx, a, b),
            Step::Output { buffers, node, outlet } => {
                let to = if *outlet == Outlet::MAIN { &mut *cx.heard } else { cx.aside.pair(*outlet) };
                let mut broken = false;
                for (heard, buffer) in to.iter_mut().zip(buffers) {
                    if m.states[*buffer as usize] != state::SILENT {
                        let x = m.buffer(*buffer, a, b);
                        if finite(x) {
                            heard[a..b].iter_mut().zip(x).for_each(|(y, x)| *y += bounded(*x));
                        } else {
                            broken |= add_finite(x, &mut heard[a..b]);
                        }
                    }
                }
                if broken {
                    cx.broken.tell(&m.nodes[*node as usize]);
                }
            }
            Step::Input { node } => {
                for c in 0..2 {
                    let Some(out) = m.nodes[*node as usize].out_buffers().get(c).copied() else { break };
                    m.buffer_mut(out, a, b).copy_from_slice(&cx.recorded[c][a..b]);
                    m.states[out as usize] = state::VARIES;
                }
                if cx.looked.0 == *node {
                    cx.scope.take(cx.looked.1, &m.nodes[*node as usize], m, (cx.block_start, a, b));
                }
            }
            Step::Island { steps, loops } => island(steps, loops, m, slots, cx, a, b),
        }
    }
}

/// What no device can tell apart any more: as many outputs as there can be still add up to a number.
const LOUDEST: f32 = 1e30;

fn bounded(x: f32) -> f32 {
    x.clamp(-LOUDEST, LOUDEST)
}

/// Adds what is a number, frame by frame: gains can make more of a sound than a number holds, and the rest of what is
/// heard plays on. Answers whether something was none.
#[cold]
fn add_finite(x: &[f32], heard: &mut [f32]) -> bool {
    heard.iter_mut().zip(x).filter(|(_, x)| x.is_finite()).for_each(|(y, x)| *y += bounded(*x));
    x.iter().any(|x| !x.is_finite())
}

fn island(
    steps: &[Step],
    loops: &[Loop],
    m: &mut Memory,
    slots: &mut impl Slots,
    cx: &mut Context<'_>,
    a: usize,
    b: usize,
) {
    let lanes = m.lanes;
    for l in loops {
        m.states[l.to as usize] = state::VARIES;
        let Some(cable) = slots.cable(m.cables[l.cable as usize]) else { continue };
        let from = usize::from(l.channel) * lanes;
        if let Some(last) = cable.last.get(from..from + lanes) {
            m.buffer_mut(l.to, a, a + 1).copy_from_slice(last);
        }
    }
    for f in a..b {
        run(steps, m, slots, cx, f, f + 1);
        for l in loops {
            for lane in 0..lanes {
                let x = m.buffer(l.from, f, f + 1)[lane];
                m.buffer_mut(l.to, f + 1, f + 2)[lane] = x;
            }
        }
    }
    keep_events(steps, m, slots, cx);
    for l in loops {
        let Some(cable) = slots.cable(m.cables[l.cable as usize]) else { continue };
        let from = usize::from(l.channel) * lanes;
        if let Some(last) = cable.last.get_mut(from..from + lanes) {
            last.copy_from_slice(m.buffer(l.to, b, b + 1));
        }
    }
    for step in steps {
        if let Step::Node(n) = step {
            for out in m.nodes[*n as usize].out_buffers() {
                m.states[*out as usize] = state::VARIES;
            }
        }
    }
}

/// Reads what a cable has not read yet of its source's list, up to a frame: on to its reader, or into its wait.
fn read(s: &EventSource, out: u32, m: &mut Memory, cable: &mut CableSlot, block_start: u64, end: usize) {
    // Round a loop an event arrives one frame later.
    let delay = cable.delay.max(u32::from(cable.closes));
    let waits = cable.pending.capacity() > 0 && (delay > 0 || !cable.pending.is_empty());
    // A list and the merged list are different lists: split to read one and write the other.
    let (from, into) = two(&mut m.lists, s.list as usize, out as usize);
    while let Some(event) = from.events().get(cable.cursor).filter(|e| (e.frame as usize) < end) {
        cable.cursor += 1;
        if !waits {
            m.shed = m.shed.saturating_add(pass(cable, into, *event, s.rank));
        } else if cable.pending.len() < cable.pending.capacity() {
            let due = block_start + u64::from(event.frame) + u64::from(delay);
            cable.pending.push((due, event.body));
        } else {
            m.shed = m.shed.saturating_add(1);
        }
    }
}

fn events(
    out: u32,
    sources: &[EventSource],
    m: &mut Memory,
    slots: &mut impl Slots,
    cx: &Context<'_>,
    a: usize,
    b: usize,
) {
    for s in sources {
        let Some(cable) = slots.cable(m.cables[s.cable as usize]) else { continue };
        if a == 0 {
            cable.cursor = 0;
        }
        read(s, out, m, cable, cx.block_start, b);
        let end = cx.block_start + b as u64;
        let mut i = 0;
        while i < cable.pending.len() {
            let (due, body) = cable.pending[i];
            if due >= end {
                i += 1;
                continue;
            }
            cable.pending.remove(i);
            let frame = due.saturating_sub(cx.block_start) as u32;
            let into = &mut m.lists[out as usize];
            m.shed = m.shed.saturating_add(pass(cable, into, Event { frame, source: s.rank, body }, s.rank));
        }
    }
    m.lists[out as usize].sort();
}

/// What was emitted after its reader's turn in the last frame of a range waits for the next: lists end with the block.
fn keep_events(steps: &[Step], m: &mut Memory, slots: &mut impl Slots, cx: &Context<'_>) {
    for step in steps {
        let Step::Events { out, sources } = step else { continue };
        for s in sources {
            let Some(cable) = slots.cable(m.cables[s.cable as usize]) else { continue };
            if cable.closes && cable.pending.capacity() > 0 {
                read(s, *out, m, cable, cx.block_start, usize::MAX);
            }
        }
    }
}

/// Hands an event on; returns how many had to be dropped. A note that cannot be followed to its end is not begun.
fn pass(cable: &mut CableSlot, into: &mut EventList, event: Event, rank: u16) -> u32 {
    match event.body {
        EventBody::NoteOff { id } => cable.notes.retain(|n| *n != id),
        _ if cable.offs_only => return 0,
        EventBody::NoteOn(note) if cable.notes.len() < cable.notes.capacity() => cable.notes.push(note.id),
        EventBody::NoteOn(_) => return 1,
        _ => {}
    }
    into.push(Event { source: rank, ..event });
    0
}

fn two<T>(list: &mut [T], read: usize, write: usize) -> (&T, &mut T) {
    if read < write {
        let (a, b) = list.split_at_mut(write);
        (&a[read], &mut b[0])
    } else {
        let (a, b) = list.split_at_mut(read);
        (&b[0], &mut a[write])
    }
}
