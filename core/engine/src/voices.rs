//! An instrument: a patch that runs once for each group of lanes, one note a lane.
//!
//! Decisions (which lane ends, which is free, which is quietest) are made at absolute frames divisible by 16, from what
//! sounded before, so that they do not depend on the size of a block. A note-on resets its lane on its frame, which
//! cuts only the group it falls in; note-offs and controls are written into the lane's signals and cut nothing.

use crate::program::Program;
use crate::run::{Context, Due, Slots, run};
use crate::slots::{Body, CableSlot, NodeSlot};
use bf_dsp::GRID;
use bf_dsp::math::pitch_to_hz;
use bf_node::io::state;
use bf_node::{ControlKey, Event, EventBody, Io, LaneMask, Note, NoteId, Smooth, Status};
use bf_patch::compile::plan::BufferId;

/// Below this a released voice counts as silent: −90 dB.
const SILENT_LEVEL: f32 = 3.162_277_6e-5;
/// A voice ends after its output has stayed silent for so long.
const SILENT_SECS: f32 = 0.010;
/// The most changes of one group in a segment; what is more waits for no one: it is shed and counted.
const MAX_CHANGES: usize = 256;
/// The most controls of an instrument that a note can carry.
const MAX_CONTROLS: usize = 32;

/// What one lane plays.
#[derive(Clone, Copy)]
struct Lane {
    id: NoteId,
    active: bool,
    gate: bool,
    /// The frame at which the lane was stolen.
    stolen: Option<u64>,
    /// The frame on which the gate fell.
    off_at: u64,
    /// A note-on is filed for this lane in the present segment.
    coming: bool,
    pitch: f32,
    freq: f32,
    velocity: f32,
    /// What the note says of each control; NaN where it says nothing.
    controls: [f32; MAX_CONTROLS],
    /// Quanta of silence since the gate fell.
    quiet: u32,
    /// The greatest magnitude of the present quantum, and of the last.
    peak: f32,
    level: f32,
}

const FREE: Lane = Lane {
    id: NoteId(0),
    active: false,
    gate: false,
    stolen: None,
    off_at: u64::MAX,
    coming: false,
    pitch: 0.0,
    freq: 440.0,
    velocity: 0.0,
    controls: [f32::NAN; MAX_CONTROLS],
    quiet: 0,
    peak: 0.0,
    level: 0.0,
};

impl Lane {
    fn fall(&mut self, frame: u64) {
        if self.gate {
            (self.gate, self.off_at) = (false, frame);
        }
    }
}

#[derive(Clone, Copy)]
enum Change {
    On(Note),
    Off,
    Control(usize, f32),
}

/// One group of lanes with the state of its nodes.
pub(crate) struct Group {
    pub slots: GroupSlots,
    lanes: Vec<Lane>,
    changes: Vec<(usize, u8, Change)>,
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

/// Where the allocator writes what a voice plays; `None` where the patch does not use it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VoiceOuts {
    pub freq: Option<BufferId>,
    pub pitch: Option<BufferId>,
    pub gate: Option<BufferId>,
    pub velocity: Option<BufferId>,
    pub trigger: Option<BufferId>,
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
    pub controls: Vec<(BufferId, ControlKey)>,
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
    pub shed: u32,
}

impl Voices {
    pub(crate) fn new(mut parts: Parts) -> Voices {
        let lanes = parts.lanes;
        let groups = core::mem::take(&mut parts.groups)
            .into_iter()
            .map(|slots| Group { slots, lanes: vec![FREE; lanes], changes: Vec::with_capacity(MAX_CHANGES) })
            .collect();
        let channels: usize = parts.outputs.iter().map(Vec::len).sum();
        let quiet_needed = (SILENT_SECS * parts.sample_rate / GRID as f32).ceil() as u32;
        let sums = vec![vec![0.0; parts.block * lanes]; channels];
        Voices { parts, groups, sums, quiet_needed, shed: 0 }
    }

    /// Every group's slots, for params of nodes inside.
    pub(crate) fn each_group(&mut self) -> impl Iterator<Item = &mut GroupSlots> {
        self.groups.iter_mut().map(|g| &mut g.slots)
    }

    /// Whether any voice sounds.
    pub(crate) fn sounding(&self) -> usize {
        self.groups.iter().flat_map(|g| &g.lanes).filter(|l| l.active).count()
    }

    /// Puts every lane into its first state.
    pub(crate) fn reset(&mut self) {
        let lanes = self.parts.lanes;
        let all = lane_mask(lanes);
        for g in &mut self.groups {
            reset_nodes(&mut g.slots, &[], all, lanes);
            g.lanes.fill(FREE);
        }
    }

    /// Runs the piece of `io`: events in order of their frames, from a cable and from outside.
    pub(crate) fn run(&mut self, io: &mut Io<'_>, events: &[Event], inbox: &[Due], cx: &mut Context<'_>) -> Status {
        let (a, b) = (io.at(), io.at() + io.frames());
        let lanes = self.parts.lanes;
        for sum in &mut self.sums {
            sum[a * lanes..b * lanes].fill(0.0);
        }
        let all = || events.iter().chain(inbox.iter().filter(|d| !d.is_param).map(|d| &d.event));
        let mut sounded = false;
        let mut at = a;
        while at < b {
            let to = segment(all(), at, b);
            // Two lists in order, merged: ends, controls and beginnings of one frame come in this order.
            let mut cable = events.iter().filter(|e| in_range(e, at, to)).peekable();
            let outside = inbox.iter().filter(|d| !d.is_param).map(|d| &d.event);
            let mut outside = outside.filter(|e| in_range(e, at, to)).peekable();
            loop {
                let next = match (cable.peek(), outside.peek()) {
                    (Some(c), Some(o)) if o.order() < c.order() => outside.next(),
                    (Some(_), _) => cable.next(),
                    (None, _) => outside.next(),
                };
                let Some(event) = next else { break };
                self.take(event, at, cx.block_start);
            }
            sounded |= self.segment(io, cx, at, to);
            at = to;
        }
        self.gather(io, a, b);
        if sounded || self.sounding() > 0 { Status::Active } else { Status::Idle }
    }

    fn take(&mut self, event: &Event, segment: usize, block_start: u64) {
        let frame = (event.frame as usize).max(segment);
        match event.body {
            EventBody::NoteOn(note) => self.begin(note, frame, block_start),
            EventBody::Trigger { value } => {
                let note = Note { id: NoteId(u64::MAX), pitch: 60.0, velocity: value, controls: Default::default() };
                self.begin(note, frame, block_start);
                self.end(NoteId(u64::MAX), frame);
            }
            EventBody::NoteOff { id } => self.end(id, frame),
            EventBody::NoteControl { id, key, value } => {
                let Some(at) = self.parts.controls.iter().position(|(_, k)| *k == key) else { return };
                self.change(id, frame, Change::Control(at, value));
            }
            EventBody::Control { .. } => {}
        }
    }

    fn end(&mut self, id: NoteId, frame: usize) {
        self.change(id, frame, Change::Off);
    }

    /// Files a change for the lane that plays or is about to play a note.
    fn change(&mut self, id: NoteId, frame: usize, change: Change) {
        for g in &mut self.groups {
            let coming = g.changes.iter().rev().find_map(|(f, l, c)| match c {
                Change::On(note) if note.id == id && *f <= frame => Some(*l),
                _ => None,
            });
            let playing = || g.lanes.iter().position(|l| l.active && l.gate && l.id == id && l.stolen.is_none());
            if let Some(lane) = coming.or_else(|| playing().map(|l| l as u8)) {
                if g.changes.len() < MAX_CHANGES {
                    g.changes.push((frame, lane, change));
                } else {
                    self.shed += 1;
                }
                return;
            }
        }
    }

    /// Finds a lane for a note. What a lane does within the segment is not known yet: only what was before counts.
    fn begin(&mut self, note: Note, frame: usize, block_start: u64) {
        let lanes = self.parts.lanes;
        let mut free = None;
        let mut sounding = 0;
        let mut quietest: Option<(f32, usize)> = None;
        let mut dying: Option<(u64, usize)> = None;
        for (gi, g) in self.groups.iter().enumerate() {
            for l in 0..lanes {
                let at = gi * lanes + l;
                let lane = &g.lanes[l];
                if !lane.active && !lane.coming {
                    free = free.or(Some(at));
                    continue;
                }
                if let Some(since) = lane.stolen {
                    if dying.is_none_or(|(s, _)| since < s) {
                        dying = Some((since, at));
                    }
                    continue;
                }
                sounding += 1;
                // A lane that begins in this segment has no level yet and is not taken away again.
                if lane.coming {
                    continue;
                }
                // Released voices go before held ones.
                let level = if lane.gate { lane.level + 1.0 } else { lane.level };
                if quietest.is_none_or(|(q, _)| level < q) {
                    quietest = Some((level, at));
                }
            }
        }
        if sounding >= self.parts.voices
            && let Some((_, at)) = quietest
        {
            self.groups[at / lanes].lanes[at % lanes].stolen = Some(block_start + frame as u64);
        }
        let Some(at) = free.or(dying.map(|(_, at)| at)) else {
            self.shed += 1;
            return;
        };
        let g = &mut self.groups[at / lanes];
        if g.changes.len() < MAX_CHANGES {
            g.changes.push((frame, (at % lanes) as u8, Change::On(note)));
            g.lanes[at % lanes].coming = true;
        } else {
            self.shed += 1;
        }
    }

    /// Runs every group that sounds over a segment.
    fn segment(&mut self, io: &Io<'_>, cx: &mut Context<'_>, a: usize, b: usize) -> bool {
        let mut sounded = false;
        for g in 0..self.groups.len() {
            let mut at = a;
            while at < b {
                let group = &mut self.groups[g];
                let next = group.next_on(at, b);
                if !group.lanes.iter().any(|l| l.active) && !group.begins_at(at) {
                    // Nothing sounds: on to the next note, or out.
                    at = next;
                    continue;
                }
                sounded = true;
                cx.fresh = group.begin_notes(at, &self.parts);
                let limit = group.limit(at, cx, self.quiet_needed);
                let to = next.min(limit);
                self.run_group(g, io, cx, at, to);
                at = to;
            }
            self.groups[g].changes.clear();
        }
        sounded
    }

    fn run_group(&mut self, g: usize, io: &Io<'_>, cx: &mut Context<'_>, a: usize, b: usize) {
        let Voices { parts, groups, sums, quiet_needed, .. } = self;
        let group = &mut groups[g];
        group.write(parts, io, cx, a, b);
        let Program { steps, memory } = &mut parts.program;
        memory.begin_block();
        run(steps, memory, &mut group.slots, cx, a, b);
        cx.fresh = 0;
        let lanes = parts.lanes;
        for l in 0..lanes {
            let lane = &group.lanes[l];
            let fade = lane.stolen.map(|since| (since, cx.fade_len));
            if lane.active && fade.is_none() {
                continue;
            }
            for out in parts.outputs.iter().flatten() {
                let buffer = memory.buffer_mut(*out, a, b);
                for (i, x) in buffer[l..].iter_mut().step_by(lanes).enumerate() {
                    *x = match fade {
                        Some((since, len)) if lane.active => {
                            let gone = (cx.block_start + (a + i) as u64).saturating_sub(since);
                            *x * (1.0 - (gone as f32 / len as f32).min(1.0))
                        }
                        _ => 0.0,
                    };
                }
            }
        }
        // Levels, quantum by quantum.
        let mut at = a;
        while at < b {
            let to = b.min((at / GRID + 1) * GRID);
            for out in parts.outputs.iter().flatten() {
                let mut peaks = [0.0f32; 16];
                match lanes {
                    8 => peaks_of::<8>(memory.buffer(*out, at, to), &mut peaks),
                    _ => peaks_of::<16>(memory.buffer(*out, at, to), &mut peaks),
                }
                group.lanes.iter_mut().zip(peaks).for_each(|(l, p)| l.peak = l.peak.max(p));
            }
            if to.is_multiple_of(GRID) {
                let ended = group.judge(cx.block_start + to as u64, *quiet_needed, cx.fade_len);
                // What has ended is silent from here on, however far the range goes.
                for l in (0..lanes).filter(|l| ended & (1 << l) != 0) {
                    for out in parts.outputs.iter().flatten() {
                        memory.buffer_mut(*out, to, b).iter_mut().skip(l).step_by(lanes).for_each(|x| *x = 0.0);
                    }
                }
            }
            at = to;
        }
        for (sum, out) in sums.iter_mut().zip(parts.outputs.iter().flatten()) {
            if memory.states[*out as usize] != state::SILENT {
                let x = memory.buffer(*out, a, b);
                sum[a * lanes..b * lanes].iter_mut().zip(x).for_each(|(s, x)| *s += x);
            }
        }
    }

    /// Adds the lanes together and hands the sums to the outside.
    fn gather(&mut self, io: &mut Io<'_>, a: usize, b: usize) {
        let lanes = self.parts.lanes;
        let mut n = 0;
        for (o, channels) in self.parts.outputs.iter().enumerate() {
            for c in 0..channels.len() {
                let sum = &self.sums[n][a * lanes..b * lanes];
                let out = io.output::<f32>(o, c).iter_mut();
                match lanes {
                    8 => out.zip(sum.chunks_exact(8)).for_each(|(y, x)| *y = across::<8>(x)),
                    _ => out.zip(sum.chunks_exact(16)).for_each(|(y, x)| *y = across::<16>(x)),
                }
                n += 1;
            }
        }
    }
}

/// The same row for every frame.
fn fill_rows(buffer: &mut [f32], row: &[f32; 16], lanes: usize) {
    fn fill<const N: usize>(buffer: &mut [f32], row: &[f32; 16]) {
        let mut one = [0.0; N];
        one.copy_from_slice(&row[..N]);
        for frame in buffer.as_chunks_mut::<N>().0 {
            *frame = one;
        }
    }
    match lanes {
        8 => fill::<8>(buffer, row),
        _ => fill::<16>(buffer, row),
    }
}

/// The greatest magnitude of each lane.
fn peaks_of<const N: usize>(buffer: &[f32], peaks: &mut [f32; 16]) {
    let mut most = [0.0f32; N];
    for frame in buffer.as_chunks::<N>().0 {
        for (m, x) in most.iter_mut().zip(frame) {
            let x = x.abs();
            *m = if x > *m { x } else { *m };
        }
    }
    peaks[..N].copy_from_slice(&most);
}

/// Lanes added in pairs, then pairs in pairs: a fixed order with short chains.
#[inline]
fn across<const N: usize>(x: &[f32]) -> f32 {
    let mut sums = [0.0f32; N];
    sums.copy_from_slice(&x[..N]);
    let mut width = N / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0]
}

fn lane_mask(lanes: usize) -> LaneMask {
    (1u32 << lanes).wrapping_sub(1)
}

fn in_range(e: &Event, a: usize, b: usize) -> bool {
    // What was due before this piece and is first seen now is played at its start.
    (e.frame as usize) < b && e.frame as usize >= a
}

/// The end of the segment that starts at `a`: a quantum with note-ons stands alone, so that what sounded before it is known.
fn segment<'e>(events: impl Iterator<Item = &'e Event>, a: usize, b: usize) -> usize {
    let quantum_end = (a / GRID + 1) * GRID;
    let first = events.filter(|e| e.body.class() == 2 && e.frame as usize >= a).map(|e| e.frame as usize).min();
    match first {
        Some(f) if f < quantum_end => b.min(quantum_end),
        Some(f) => b.min(f - f % GRID),
        None => b,
    }
}

fn reset_nodes(slots: &mut GroupSlots, free_running: &[bool], mask: LaneMask, lanes: usize) {
    for (i, n) in slots.nodes.iter_mut().enumerate() {
        if free_running.get(i) == Some(&true) {
            continue;
        }
        if let Body::Node(p) = &mut n.body {
            p.reset(mask);
            n.idle = false;
        }
    }
    for cable in &mut slots.cables {
        for (i, x) in cable.last.iter_mut().enumerate() {
            if mask & (1 << (i % lanes)) != 0 {
                *x = 0.0;
            }
        }
    }
}

impl Group {
    /// The first note-on after a frame, or the end.
    fn next_on(&self, at: usize, end: usize) -> usize {
        let ons = self.changes.iter().filter(|(f, _, c)| *f > at && matches!(c, Change::On(_)));
        ons.map(|(f, _, _)| *f).min().unwrap_or(end).min(end)
    }

    fn begins_at(&self, at: usize) -> bool {
        self.changes.iter().any(|(f, _, c)| *f == at && matches!(c, Change::On(_)))
    }

    fn begin_notes(&mut self, at: usize, parts: &Parts) -> LaneMask {
        let mut mask = 0;
        for (f, lane, change) in &self.changes {
            let Change::On(note) = change else { continue };
            if *f != at {
                continue;
            }
            mask |= 1 << lane;
            let mut fresh = Lane {
                id: note.id,
                active: true,
                gate: true,
                pitch: note.pitch,
                freq: pitch_to_hz(note.pitch),
                velocity: note.velocity,
                ..FREE
            };
            for ((_, key), slot) in parts.controls.iter().zip(&mut fresh.controls) {
                *slot = note.controls.get(*key).unwrap_or(f32::NAN);
            }
            self.lanes[usize::from(*lane)] = fresh;
        }
        if mask != 0 {
            reset_nodes(&mut self.slots, &parts.free_running, mask, parts.lanes);
        }
        mask
    }

    /// How far the group may run before its last voice could end: it must stop exactly there.
    fn limit(&self, at: usize, cx: &Context<'_>, needed: u32) -> usize {
        let quantum = at - at % GRID;
        let mut most = 1usize;
        for l in self.lanes.iter().filter(|l| l.active) {
            let index = |lane: &Lane| self.lanes.iter().position(|x| core::ptr::eq(x, lane)).unwrap_or(0);
            let quanta = match l.stolen {
                Some(since) => {
                    let end = since + cx.fade_len;
                    (end.saturating_sub(cx.block_start + quantum as u64) as usize).div_ceil(GRID)
                }
                None if l.gate => {
                    let off =
                        self.changes.iter().any(|(_, k, c)| usize::from(*k) == index(l) && matches!(c, Change::Off));
                    if off { needed as usize } else { return usize::MAX }
                }
                None => needed.saturating_sub(l.quiet) as usize,
            };
            most = most.max(quanta);
        }
        quantum + most * GRID
    }

    /// Writes what each lane plays into the buffers that the patch reads.
    fn write(&mut self, parts: &mut Parts, io: &Io<'_>, cx: &Context<'_>, a: usize, b: usize) {
        // Ends and controls that fall before this range are taken over; those inside are written where they fall.
        for (f, lane, change) in &self.changes {
            let l = &mut self.lanes[usize::from(*lane)];
            match change {
                Change::Off if *f <= a && l.active => l.fall(cx.block_start + *f as u64),
                Change::Control(c, x) if *f <= a && l.active => {
                    if let Some(slot) = l.controls.get_mut(*c) {
                        *slot = *x;
                    }
                }
                _ => {}
            }
        }
        let lanes = parts.lanes;
        let memory = &mut parts.program.memory;
        let mut put = |buffer: Option<BufferId>, f: &dyn Fn(&Lane) -> f32| {
            let Some(b_id) = buffer else { return };
            let mut row = [0.0f32; 16];
            row.iter_mut().zip(&self.lanes).for_each(|(r, l)| *r = f(l));
            fill_rows(memory.buffer_mut(b_id, a, b), &row, lanes);
            memory.states[b_id as usize] = state::CONSTANT;
        };
        let outs = parts.outs;
        put(outs.freq, &|l| l.freq);
        put(outs.pitch, &|l| l.pitch);
        put(outs.velocity, &|l| l.velocity);
        put(outs.gate, &|l| if l.active && l.gate { 1.0 } else { 0.0 });
        put(outs.trigger, &|_| 0.0);
        if let Some(trigger) = outs.trigger {
            for (f, lane, change) in &self.changes {
                if *f == a && matches!(change, Change::On(_)) {
                    memory.buffer_mut(trigger, a, a + 1)[usize::from(*lane)] = 1.0;
                    memory.states[trigger as usize] = state::VARIES;
                }
            }
        }
        for (i, buffer) in parts.inputs.iter().enumerate() {
            let x = &io.input::<f32>(i + 1, 0)[a - io.at()..b - io.at()];
            for (frame, x) in memory.buffer_mut(*buffer, a, b).chunks_exact_mut(lanes).zip(x) {
                frame.fill(*x);
            }
            memory.states[*buffer as usize] = if io.input_silent(i + 1, 0) { state::SILENT } else { state::VARIES };
        }
        for (c, (buffer, _)) in parts.controls.iter().enumerate() {
            let outer = io.smooth::<f32>(c);
            let mut row = [f32::NAN; 16];
            row.iter_mut().zip(&self.lanes).for_each(|(r, l)| *r = l.controls.get(c).copied().unwrap_or(f32::NAN));
            let known = if let Smooth::Constant(x) = outer {
                row.iter_mut().filter(|r| r.is_nan()).for_each(|r| *r = x);
                fill_rows(memory.buffer_mut(*buffer, a, b), &row, lanes);
                state::CONSTANT
            } else {
                for (f, frame) in memory.buffer_mut(*buffer, a, b).chunks_exact_mut(lanes).enumerate() {
                    let x = outer.at(a - io.at() + f);
                    frame.iter_mut().zip(&row).for_each(|(y, own)| *y = if own.is_nan() { x } else { *own });
                }
                state::VARIES
            };
            memory.states[*buffer as usize] = known;
        }
        self.write_changes(parts, cx.block_start, a, b);
        let used = [outs.freq, outs.pitch, outs.velocity, outs.gate, outs.trigger].into_iter().flatten();
        let memory = &mut parts.program.memory;
        for buffer in used.chain(parts.controls.iter().map(|(b, _)| *b)) {
            memory.start_lanes(buffer, a, cx.fresh);
        }
    }

    /// Ends and controls inside the range.
    fn write_changes(&mut self, parts: &mut Parts, block_start: u64, a: usize, b: usize) {
        let memory = &mut parts.program.memory;
        let lanes = parts.lanes;
        for (f, lane, change) in &self.changes {
            if *f <= a || *f >= b {
                continue;
            }
            let l = &mut self.lanes[usize::from(*lane)];
            let (buffer, value) = match change {
                Change::Off if l.active => {
                    l.fall(block_start + *f as u64);
                    (parts.outs.gate, 0.0)
                }
                Change::Control(c, x) if l.active => {
                    if let Some(slot) = l.controls.get_mut(*c) {
                        *slot = *x;
                    }
                    (parts.controls.get(*c).map(|(b, _)| *b), *x)
                }
                _ => continue,
            };
            let Some(buffer) = buffer else { continue };
            let skip = usize::from(*lane);
            memory.buffer_mut(buffer, *f, b)[skip..].iter_mut().step_by(lanes).for_each(|x| *x = value);
            memory.states[buffer as usize] = state::VARIES;
        }
    }

    /// At the end of a quantum: which voices have ended.
    fn judge(&mut self, frame: u64, needed: u32, fade_len: u64) -> LaneMask {
        let mut ended = 0;
        for (i, l) in self.lanes.iter_mut().enumerate().filter(|(_, l)| l.active) {
            l.level = l.peak;
            l.peak = 0.0;
            let over = if let Some(since) = l.stolen {
                frame >= since + fade_len
            } else {
                l.quiet = if frame > l.off_at && l.level < SILENT_LEVEL { l.quiet + 1 } else { 0 };
                l.quiet >= needed
            };
            if over {
                *l = Lane { coming: l.coming, ..FREE };
                ended |= 1 << i;
            }
        }
        ended
    }
}
