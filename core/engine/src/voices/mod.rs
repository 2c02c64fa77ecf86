//! An instrument: a patch that runs once for each group of lanes, one note a lane.
//!
//! Decisions (which lane ends, which is free, which is quietest) are made for spans of 64 frames, from what sounded
//! before, so that they do not depend on the size of a block, and no group has to run before another's note is known.
//! A note-on resets its lane on its frame, which cuts only the group it falls in; note-offs and controls are written into
//! the lane's signals and cut nothing.

mod allocate;
mod group;
mod lanes;
mod sum;

pub(crate) use group::GroupSlots;

use crate::program::Program;
use crate::run::{Context, Due, Ramps, run};
use bf_node::io::state;
use bf_node::{ControlKey, Event, Io, LaneMask, Status};
use bf_patch::compile::plan::BufferId;
use group::Group;
use lanes::lanes_of;

/// Frames of a span: which lanes are free, and how loud they are, is looked at where an absolute frame is divisible by it.
const SPAN: usize = 64;

/// The frame of the block at which the span ends that holds a frame; it may lie beyond the block.
fn span_end(block_start: u64, at: usize) -> usize {
    at + SPAN - ((block_start + at as u64) % SPAN as u64) as usize
}

/// A voice ends after its output has stayed silent for so long.
const SILENT_SECS: f32 = 0.010;

/// A buffer that tells the patch what its lanes play.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signal {
    pub buffer: BufferId,
    /// Whether anything reads it frame by frame; else only constant params do, which look at a few frames.
    pub whole: bool,
}

/// Where the allocator writes what a voice plays; `None` where the patch does not use it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VoiceOuts {
    pub freq: Option<Signal>,
    pub pitch: Option<Signal>,
    pub gate: Option<Signal>,
    pub velocity: Option<Signal>,
    pub trigger: Option<Signal>,
}

/// What an instrument is made of.
pub(crate) struct Parts {
    pub voices: usize,
    pub lanes: usize,
    pub program: Program,
    pub groups: Vec<GroupSlots>,
    /// Nodes that a note-on does not reset.
    pub free_running: Vec<bool>,
    pub outs: VoiceOuts,
    /// Buffers of the patch's inputs, then of its controls, and the keys by which notes set controls.
    pub inputs: Vec<BufferId>,
    pub controls: Vec<(Signal, ControlKey)>,
    /// Buffers of each output, channel by channel.
    pub outputs: Vec<Vec<BufferId>>,
    pub block: usize,
    pub sample_rate: f32,
}

/// An instrument at work.
pub(crate) struct Voices {
    parts: Parts,
    groups: Vec<Group>,
    /// Sums over groups: output channel, frame, lane.
    sums: Vec<Vec<f32>>,
    quiet_needed: u32,
    /// Notes that found no lane.
    shed: u32,
    /// Where its controls glide while the nodes inside run.
    ramps: Ramps,
}

impl Voices {
    pub(crate) fn new(mut parts: Parts) -> Voices {
        let controls = parts.controls.len();
        let groups = core::mem::take(&mut parts.groups).into_iter().map(|slots| Group::new(slots, controls)).collect();
        let channels: usize = parts.outputs.iter().map(Vec::len).sum();
        let quiet_needed = (SILENT_SECS * parts.sample_rate / SPAN as f32).ceil() as u32;
        let sums = vec![vec![0.0; parts.block * parts.lanes]; channels];
        let ramps = Ramps::new(parts.block, 1);
        Voices { parts, groups, sums, quiet_needed, shed: 0, ramps }
    }

    /// Every group's slots, for params of nodes inside.
    pub(crate) fn each_group(&mut self) -> impl Iterator<Item = &mut GroupSlots> {
        self.groups.iter_mut().map(|g| &mut g.slots)
    }

    /// Room for the ramps of its controls, which have one lane.
    pub(crate) fn ramps(&mut self) -> &mut Ramps {
        &mut self.ramps
    }

    /// How many voices sound.
    pub(crate) fn sounding(&self) -> usize {
        self.groups.iter().map(|g| g.lanes.active.count_ones() as usize).sum()
    }

    /// Puts every lane into its first state.
    pub(crate) fn reset(&mut self) {
        for g in &mut self.groups {
            // Whatever note begins next puts the rest of its lane in order.
            g.slots.reset(&[], LaneMask::MAX, self.parts.lanes, 0);
            g.lanes.clear();
        }
    }

    /// Runs the piece of `io`: events in order of their frames, from a cable and from outside.
    pub(crate) fn run(&mut self, io: &mut Io<'_>, events: &[Event], inbox: &[Due], cx: &mut Context<'_>) -> Status {
        let (a, b) = (io.at(), io.at() + io.frames());
        let lanes = self.parts.lanes;
        // Slots in a group are numbered by themselves: nothing inside is what a tap asks for.
        let taps = core::mem::take(&mut cx.taps);
        let looked = core::mem::replace(&mut cx.looked, (crate::scope::NOBODY, 0));
        for sum in &mut self.sums {
            sum[a * lanes..b * lanes].fill(0.0);
        }
        let mut events = Merged::new(events, inbox, a);
        let mut sounded = false;
        let mut at = a;
        while at < b {
            let to = segment(events, cx.block_start, at, b);
            while let Some(event) = events.next_before(to) {
                self.take(event, at, cx.block_start);
            }
            sounded |= self.segment(io, cx, at, to);
            at = to;
        }
        let mut sums = self.sums.iter();
        for (o, channels) in self.parts.outputs.iter().enumerate() {
            for (c, sum) in (0..channels.len()).zip(&mut sums) {
                sum::across(&sum[a * lanes..b * lanes], lanes, io.output::<f32>(o, c));
            }
        }
        (cx.taps, cx.looked) = (taps, looked);
        let inside = &mut self.parts.program.memory.shed;
        *cx.shed = cx.shed.saturating_add(core::mem::take(&mut self.shed)).saturating_add(core::mem::take(inside));
        if sounded || self.sounding() > 0 { Status::Active } else { Status::Idle }
    }

    /// Runs every group that sounds over a segment.
    fn segment(&mut self, io: &Io<'_>, cx: &mut Context<'_>, a: usize, b: usize) -> bool {
        let mut sounded = false;
        for g in 0..self.groups.len() {
            let mut at = a;
            while at < b {
                let group = &mut self.groups[g];
                if group.lanes.busy() == 0 {
                    break;
                }
                let next = group.next_on(at, b);
                if group.lanes.active == 0 && !group.begins_at(at) {
                    // Nothing sounds: on to the next note, or out.
                    at = next;
                    continue;
                }
                sounded = true;
                cx.fresh = group.begin_notes(at, cx.block_start, &self.parts);
                // Within a span nothing ends.
                let span = span_end(cx.block_start, at);
                let to = if next <= span { next } else { next.min(group.limit(at, cx, self.quiet_needed)) };
                self.run_group(g, io, cx, at, to);
                at = to;
            }
            self.groups[g].forget();
        }
        sounded
    }

    fn run_group(&mut self, g: usize, io: &Io<'_>, cx: &mut Context<'_>, a: usize, b: usize) {
        let Voices { parts, groups, sums, quiet_needed, .. } = self;
        let group = &mut groups[g];
        group.write(parts, io, cx, a, b);
        let Program { steps, memory, .. } = &mut parts.program;
        memory.begin_block();
        cx.broken.order = 0;
        run(steps, memory, &mut group.slots, cx, a, b);
        cx.fresh = 0;
        let (lanes, outputs) = (parts.lanes, parts.outputs.iter().flatten());
        for lane in lanes_of(group.lanes.stolen) {
            let since = group.lanes.stolen_at[lane];
            for out in outputs.clone() {
                for (i, x) in memory.buffer_mut(*out, a, b)[lane..].iter_mut().step_by(lanes).enumerate() {
                    let gone = (cx.block_start + (a + i) as u64).saturating_sub(since);
                    *x *= 1.0 - (gone as f32 / cx.fade_len as f32).min(1.0);
                }
            }
        }
        // Span by span: a voice that has ended is silent from there on, however far the range goes.
        let mut at = a;
        while at < b {
            let span = span_end(cx.block_start, at);
            let to = b.min(span);
            for (sum, out) in sums.iter_mut().zip(outputs.clone()) {
                if memory.states[*out as usize] != state::SILENT {
                    let sum = &mut sum[at * lanes..to * lanes];
                    sum::add(memory.buffer(*out, at, to), sum, group.lanes.active, lanes, &mut group.lanes.peak);
                }
            }
            if to == span {
                group.lanes.judge(cx.block_start + to as u64, *quiet_needed, cx.fade_len);
            }
            at = to;
        }
    }
}

/// Two lists of events in order, read as one: ends, controls and beginnings of one frame come in this order.
#[derive(Clone, Copy)]
struct Merged<'e> {
    cable: &'e [Event],
    outside: &'e [Due],
}

impl<'e> Merged<'e> {
    /// What falls on a frame or later.
    fn new(mut cable: &'e [Event], mut outside: &'e [Due], from: usize) -> Merged<'e> {
        while let [first, rest @ ..] = cable
            && (first.frame as usize) < from
        {
            cable = rest;
        }
        while let [first, rest @ ..] = outside
            && (first.is_param || (first.event.frame as usize) < from)
        {
            outside = rest;
        }
        Merged { cable, outside }
    }

    /// Takes the next event before a frame.
    fn next_before(&mut self, end: usize) -> Option<&'e Event> {
        while let [Due { is_param: true, .. }, rest @ ..] = self.outside {
            self.outside = rest;
        }
        let next = match (self.cable, self.outside) {
            ([c, ..], [o, ..]) if o.event.order() < c.order() => &o.event,
            ([c, ..], _) => c,
            ([], [o, ..]) => &o.event,
            ([], []) => return None,
        };
        if next.frame as usize >= end {
            return None;
        }
        match self.outside {
            [o, rest @ ..] if core::ptr::eq(&o.event, next) => self.outside = rest,
            _ => self.cable = self.cable.get(1..).unwrap_or_default(),
        }
        Some(next)
    }

    /// The frame of the first event.
    fn first(&self) -> Option<usize> {
        let outside = self.outside.iter().find(|d| !d.is_param);
        self.cable.first().into_iter().chain(outside.map(|d| &d.event)).map(|e| e.frame as usize).min()
    }
}

/// The end of the segment that starts at `a`: a span with events stands alone, so that what sounded before
/// it is known and what may be filed does not depend on the size of a block.
fn segment(events: Merged<'_>, block_start: u64, a: usize, b: usize) -> usize {
    let end = span_end(block_start, a);
    match events.first() {
        Some(f) if f < end => b.min(end),
        Some(f) => b.min(span_end(block_start, f) - SPAN),
        None => b,
    }
}
