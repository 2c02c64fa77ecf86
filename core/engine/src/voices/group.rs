//! One group of lanes: the state of its nodes, what is filed for it, and the signals that tell the patch its notes.

use super::lanes::{Lanes, MOST, lanes_of};
use super::{Parts, SPAN, Signal, span_end};
use crate::program::Memory;
use crate::run::{Context, Slots};
use crate::slots::{Body, CableSlot, NodeSlot};
use bf_dsp::{GRID, Lane, f32x8};
use bf_node::io::state;
use bf_node::{Controls, Io, LaneMask, Note, NoteId, Smooth};

/// The most changes of one group in a span; what is more waits for no one: it is shed and counted.
const MAX_CHANGES: usize = 1024;

/// What stands where no note does.
const SILENCE: Note = Note { id: NoteId(0), pitch: 0.0, velocity: 0.0, controls: Controls::NONE };

/// What happens to a lane.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// Its next note begins.
    On,
    Off,
    Control(u16, f32),
}

/// What is filed for a segment.
#[derive(Clone, Copy)]
pub(super) struct Filed {
    pub(super) frame: usize,
    pub(super) change: Change,
    pub(super) lane: u8,
}

impl Filed {
    pub(super) fn is_on(&self) -> bool {
        matches!(self.change, Change::On)
    }
}

/// The nodes and cables of one group.
pub(crate) struct GroupSlots {
    pub nodes: Vec<NodeSlot>,
    pub cables: Vec<CableSlot>,
}

impl Slots for GroupSlots {
    #[inline]
    fn node(&mut self, slot: u32) -> Option<&mut NodeSlot> {
        self.nodes.get_mut(slot as usize)
    }
    #[inline]
    fn cable(&mut self, slot: u32) -> Option<&mut CableSlot> {
        self.cables.get_mut(slot as usize)
    }
}

impl GroupSlots {
    /// Puts lanes of every node into their first state, but of those that run free, as of a frame: what waits in a cable
    /// is of another voice before that.
    pub(super) fn reset(&mut self, free_running: &[bool], mask: LaneMask, lanes: usize, frame: u64) {
        for (i, n) in self.nodes.iter_mut().enumerate() {
            if free_running.get(i) == Some(&true) {
                continue;
            }
            if matches!(n.body, Body::Node(_)) {
                n.reset(mask);
                n.idle = false;
            }
        }
        for cable in &mut self.cables {
            for (lane, begun) in cable.begun.iter_mut().enumerate() {
                if mask & (1 << lane) != 0 {
                    *begun = frame;
                }
            }
            for (i, x) in cable.last.iter_mut().enumerate() {
                if mask & (1 << (i % lanes)) != 0 {
                    *x = 0.0;
                }
            }
        }
    }
}

/// One group of lanes.
pub(super) struct Group {
    pub(super) slots: GroupSlots,
    pub(super) lanes: Lanes,
    /// In the order of their frames.
    pub(super) changes: Vec<Filed>,
    /// How many of them have happened.
    done: usize,
    /// The note that each lane is about to begin: a lane is given one in a span at most.
    pub(super) next: [Note; MOST],
}

impl Group {
    pub(super) fn new(slots: GroupSlots, controls: usize) -> Group {
        Group {
            slots,
            lanes: Lanes::new(controls),
            changes: Vec::with_capacity(MAX_CHANGES),
            done: 0,
            next: [SILENCE; MOST],
        }
    }

    /// Files a change; false where there is no room.
    pub(super) fn file(&mut self, frame: usize, lane: usize, change: Change) -> bool {
        let seen = &mut self.lanes.seen;
        let room = seen.filed < MAX_CHANGES && self.changes.len() < self.changes.capacity();
        if room {
            seen.filed += 1;
            self.changes.push(Filed { frame, lane: lane as u8, change });
        }
        room
    }

    /// Files a note for a lane; false where there is no room.
    pub(super) fn file_note(&mut self, frame: usize, lane: usize, note: Note) -> bool {
        let filed = self.file(frame, lane, Change::On);
        if filed {
            self.next[lane] = note;
            self.lanes.coming |= 1 << lane;
            self.lanes.seen.give(lane);
        }
        filed
    }

    /// What has not happened yet.
    fn to_come(&self) -> &[Filed] {
        &self.changes[self.done..]
    }

    /// Forgets what was filed.
    pub(super) fn forget(&mut self) {
        self.changes.clear();
        self.done = 0;
    }

    /// The first note-on after a frame, or the end.
    pub(super) fn next_on(&self, at: usize, end: usize) -> usize {
        self.to_come().iter().find(|c| c.frame > at && c.is_on()).map_or(end, |c| c.frame.min(end))
    }

    /// Whether a note begins on a frame.
    pub(super) fn begins_at(&self, at: usize) -> bool {
        self.to_come().iter().any(|c| c.frame == at && c.is_on())
    }

    /// Begins the notes of a frame of the block that begins at another; returns their lanes.
    pub(super) fn begin_notes(&mut self, at: usize, block_start: u64, parts: &Parts) -> LaneMask {
        let mut mask = 0;
        for filed in &self.changes[self.done..] {
            if filed.is_on() && filed.frame == at {
                let lane = usize::from(filed.lane);
                mask |= 1 << lane;
                self.lanes.begin(lane, &self.next[lane], parts.controls.iter().map(|(_, key)| *key));
            }
        }
        if mask != 0 {
            self.slots.reset(&parts.free_running, mask, parts.lanes, block_start + at as u64);
        }
        mask
    }

    /// How far the group may run before its last voice could end: it must stop exactly there.
    pub(super) fn limit(&self, at: usize, cx: &Context<'_>, needed: u32) -> usize {
        let lanes = &self.lanes;
        let ending = self.to_come().iter().filter(|c| matches!(c.change, Change::Off));
        let ending: LaneMask = ending.fold(0, |mask, c| mask | 1 << c.lane);
        if lanes.held() & !ending != 0 {
            return usize::MAX;
        }
        let end = span_end(cx.block_start, at);
        let began = (cx.block_start + end as u64).saturating_sub(SPAN as u64);
        let spans = lanes_of(lanes.active).map(|lane| {
            if lanes.stolen & (1 << lane) != 0 {
                let end = lanes.stolen_at[lane] + cx.fade_len;
                (end.saturating_sub(began) as usize).div_ceil(SPAN)
            } else {
                needed.saturating_sub(lanes.quiet[lane]) as usize
            }
        });
        end + (spans.max().unwrap_or(1).max(1) - 1) * SPAN
    }

    /// Writes what each lane plays into the buffers that the patch reads.
    pub(super) fn write(&mut self, parts: &mut Parts, io: &Io<'_>, cx: &Context<'_>, a: usize, b: usize) {
        let Parts { program, outs, inputs, controls, lanes: width, .. } = parts;
        let m = &mut program.memory;
        // Whether notes end and controls move inside the range.
        let (mut ends, mut moves) = (false, false);
        // Ends and controls that fall before this range are taken over; those inside are written where they fall.
        for c in &self.changes[self.done..] {
            let lane = usize::from(c.lane);
            if c.frame > a && c.frame < b {
                ends |= matches!(c.change, Change::Off);
                moves |= matches!(c.change, Change::Control(..));
            }
            if c.frame > a || self.lanes.active & (1 << lane) == 0 {
                continue;
            }
            match c.change {
                Change::Off => self.lanes.fall(lane, cx.block_start + c.frame as u64),
                Change::Control(control, x) => self.lanes.controls[usize::from(control)][lane] = x,
                Change::On => {}
            }
        }
        let l = &self.lanes;
        let held = l.active & l.gate;
        let gate = ones(held);
        let mut put = |signal: &Option<Signal>, row: &[f32; MOST], whole: bool| {
            if let Some(s) = signal {
                fill(m, s, row, *width, whole, a, b);
            }
        };
        put(&outs.freq, &l.freq, false);
        put(&outs.pitch, &l.pitch, false);
        put(&outs.velocity, &l.velocity, false);
        put(&outs.gate, &gate, ends);
        if let Some(s) = &outs.trigger {
            fill(m, s, &[0.0; MOST], *width, cx.fresh != 0, a, b);
            if cx.fresh != 0 {
                m.buffer_mut(s.buffer, a, a + 1).copy_from_slice(&ones(cx.fresh)[..*width]);
                m.states[s.buffer as usize] = state::VARIES;
            }
        }
        for (i, buffer) in inputs.iter().enumerate() {
            let x = &io.input::<f32>(i + 1, 0)[a - io.at()..b - io.at()];
            for (frame, x) in m.buffer_mut(*buffer, a, b).chunks_exact_mut(*width).zip(x) {
                frame.fill(*x);
            }
            m.states[*buffer as usize] = if io.input_silent(i + 1, 0) { state::SILENT } else { state::VARIES };
        }
        for (c, (signal, _)) in controls.iter().enumerate() {
            let own = &l.controls[c];
            let or = |outer: f32| core::array::from_fn(|i| if own[i].is_nan() { outer } else { own[i] });
            match io.smooth::<f32>(c) {
                Smooth::Constant(x) => fill(m, signal, &or(x), *width, moves, a, b),
                Smooth::Varying(x) => {
                    let x = &x[a - io.at()..b - io.at()];
                    for (frame, x) in m.buffer_mut(signal.buffer, a, b).chunks_exact_mut(*width).zip(x) {
                        frame.copy_from_slice(&or(*x)[..*width]);
                    }
                    m.states[signal.buffer as usize] = state::VARIES;
                }
            }
        }
        if ends || moves {
            self.write_changes(parts, cx.block_start, a, b);
        }
        // What has happened must not happen again to a note that takes over the lane.
        self.done += self.to_come().iter().take_while(|c| c.frame < b).count();
        if cx.fresh != 0 {
            let Parts { program, outs, controls, .. } = parts;
            let used = [&outs.freq, &outs.pitch, &outs.velocity, &outs.gate, &outs.trigger].into_iter().flatten();
            for signal in used.chain(controls.iter().map(|(s, _)| s)) {
                program.memory.start_lanes(signal.buffer, a, cx.fresh);
            }
        }
    }

    /// Ends and controls inside the range.
    fn write_changes(&mut self, parts: &mut Parts, block_start: u64, a: usize, b: usize) {
        let memory = &mut parts.program.memory;
        for c in self.changes[self.done..].iter().filter(|c| c.frame > a && c.frame < b) {
            let lane = usize::from(c.lane);
            if self.lanes.active & (1 << lane) == 0 {
                continue;
            }
            let (signal, value) = match c.change {
                Change::Off => {
                    self.lanes.fall(lane, block_start + c.frame as u64);
                    (parts.outs.gate.as_ref(), 0.0)
                }
                Change::Control(control, x) => {
                    let control = usize::from(control);
                    self.lanes.controls[control][lane] = x;
                    (Some(&parts.controls[control].0), x)
                }
                Change::On => continue,
            };
            let Some(Signal { buffer, .. }) = signal else { continue };
            let column = memory.buffer_mut(*buffer, c.frame, b)[lane..].iter_mut().step_by(parts.lanes);
            column.for_each(|x| *x = value);
            memory.states[*buffer as usize] = state::VARIES;
        }
    }
}

/// 1 in the lanes of a mask, 0 in the others.
fn ones(mask: LaneMask) -> [f32; MOST] {
    let mut row = [0.0; MOST];
    for (v, eight) in row.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        *eight = (<f32x8 as Lane>::mask_from_bits(mask >> (8 * v)) & f32x8::splat(1.0)).to_array();
    }
    row
}

/// The same row for every frame of a range, or only for the frames at which constant params are read.
#[inline]
fn fill(m: &mut Memory, signal: &Signal, row: &[f32; MOST], lanes: usize, all: bool, a: usize, b: usize) {
    m.states[signal.buffer as usize] = state::CONSTANT;
    let buffer = m.buffer_mut(signal.buffer, a, b);
    let whole = all || signal.whole;
    match lanes {
        8 => rows::<8>(buffer, row, whole, a),
        _ => rows::<16>(buffer, row, whole, a),
    }
}

#[inline]
fn rows<const N: usize>(buffer: &mut [f32], row: &[f32; MOST], whole: bool, a: usize) {
    let one: [f32; N] = core::array::from_fn(|i| row[i]);
    let frames = buffer.as_chunks_mut::<N>().0;
    if whole {
        frames.fill(one);
    } else if let [first, ..] = frames {
        *first = one;
        frames.iter_mut().skip(GRID - a % GRID).step_by(GRID).for_each(|frame| *frame = one);
    }
}
