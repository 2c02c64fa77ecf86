//! A plan with its memory: buffers laid out, wires led to them, slots looked up.
#![allow(unsafe_code, reason = "wires are pointers into the program's own arena")]

use crate::sums::{finite, sum, sum_once};
use bf_node::io::{InWire, OutWire, ParamWire, PortWires, Wires, state};
use bf_node::{Channels, EventList, Outlet, Role};
use bf_patch::compile::plan::{BufferId, PlanNode, PlanPort, Run, Source, Step};
use bf_patch::compile::{FlatNode, Plan};

#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([f32; 16]);

/// A node's surroundings, ready to be handed to its processor. What most nodes need of it lies in two lines.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct NodeWires {
    pub slot: u32,
    /// The first buffer it writes.
    pub out: BufferId,
    /// Whether nothing cuts it, it writes one buffer, somebody hears that and no param reads it.
    pub simple: bool,
    /// Whether the sum that reads it looks at whether it is finite.
    pub summed: bool,
    /// Whether a param reads one of its outputs as it is.
    pub steers: bool,
    /// Whether a driven steady param cuts it on the grid.
    pub grid: bool,
    /// Which of the plan's steps runs it.
    pub order: u32,
    /// Slices of the program's own tables: they live as long as the program, which hands them out for no longer.
    wires: Wires<'static>,
    out_buffers: &'static [BufferId],
    heard: &'static [BufferId],
    event_ins: &'static [(u16, u32)],
    event_params: &'static [(u16, u32)],
}

// Three lines of the cache.
const _: () = assert!(size_of::<NodeWires>() <= 192);

impl NodeWires {
    /// What its processor sees.
    #[inline(always)]
    pub(crate) fn wires(&self) -> &Wires<'_> {
        &self.wires
    }
    /// The buffers it writes.
    #[inline(always)]
    pub(crate) fn out_buffers(&self) -> &[BufferId] {
        self.out_buffers
    }
    /// The buffers of one output.
    pub(crate) fn output_buffers(&self, output: usize) -> &[BufferId] {
        let port = self.wires.out_ports.get(output);
        let range = port.map(|p| usize::from(p.first)..usize::from(p.first) + usize::from(p.channels));
        range.and_then(|range| self.out_buffers.get(range)).unwrap_or_default()
    }
    /// The buffers of each output.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &[BufferId]> {
        (0..self.wires.out_ports.len()).map(|output| self.output_buffers(output))
    }
    /// Those that anything listens to.
    #[inline(always)]
    pub(crate) fn heard(&self) -> &[BufferId] {
        self.heard
    }
    /// Whether events of other nodes reach it.
    #[inline(always)]
    pub(crate) fn hears(&self) -> bool {
        !self.event_ins.is_empty() || !self.event_params.is_empty()
    }
    /// Event inputs: input and list.
    #[inline(always)]
    pub(crate) fn event_ins(&self) -> &[(u16, u32)] {
        self.event_ins
    }
    /// Params set by events: param and list.
    #[inline(always)]
    pub(crate) fn event_params(&self) -> &[(u16, u32)] {
        self.event_params
    }
}

/// What of a node stands in the program's own tables.
struct Ranges {
    params: Run,
    heard: Run,
    event_ins: Run,
    event_params: Run,
}

/// Everything but the steps, so that steps can be walked while it changes.
pub(crate) struct Memory {
    arena: Vec<Line>,
    stride: usize,
    pub states: Vec<u8>,
    pub lists: Vec<EventList>,
    pub nodes: Vec<NodeWires>,
    pub cables: Vec<u32>,
    ins: Vec<InWire>,
    in_ports: Vec<PortWires>,
    outs: Vec<OutWire>,
    out_buffers: Vec<BufferId>,
    heard: Vec<BufferId>,
    out_ports: Vec<PortWires>,
    params: Vec<ParamWire>,
    events: Vec<*mut EventList>,
    event_ports: Vec<(u16, u32)>,
    pub lanes: usize,
    pub shed: u32,
}

/// What the audio thread runs.
pub(crate) struct Program {
    pub steps: Vec<Step>,
    pub memory: Memory,
    /// Whether something is heard at the device in place of all else.
    pub replaces: bool,
}

/// Whether a strip is cued and an output stands for it in place of the first two channels.
fn replaces(plan: &Plan) -> bool {
    let nodes = || plan.flat.nodes.iter().filter(|node| !node.ghost);
    let stands = |node: &FlatNode| {
        node.face.spec().is_some_and(|spec| spec.role == Role::Output) && node.outlet() == Outlet::INSTEAD
    };
    nodes().any(FlatNode::is_cued) && nodes().any(stands)
}

// SAFETY: the pointers lead into the program's own heap memory, which moves with it and is used by one thread at a time.
unsafe impl Send for Memory {}

/// What a program that is done with leaves to a later one, so that a swap asks for little memory.
#[derive(Default)]
pub(crate) struct Scrap {
    arena: Vec<Line>,
    lists: Vec<EventList>,
}

impl Program {
    /// Takes a program apart that no thread runs any more.
    pub(crate) fn scrap(self) -> Scrap {
        Scrap { arena: self.memory.arena, lists: self.memory.lists }
    }

    /// Lays out memory for a plan. `slots` and `cables` say where state is. Takes the plan's steps.
    pub(crate) fn link(plan: &mut Plan, block: usize, slots: &[u32], cables: Vec<u32>, scrap: Scrap) -> Program {
        let lanes = plan.lanes;
        // One grid step of room behind each buffer: a loop's reader is written one frame ahead.
        let stride = (block + bf_dsp::GRID) * lanes;
        // The last buffer keeps what a sum was.
        let lines = ((plan.buffers as usize + 1) * stride).div_ceil(16) + 1;
        let Scrap { mut arena, mut lists } = scrap;
        arena.clear();
        arena.resize(lines, Line([0.0; 16]));
        lists.truncate(plan.lists as usize);
        for list in &mut lists {
            let _shed = list.clear();
        }
        lists.resize_with(plan.lists as usize, || EventList::new(block));
        let mut memory = Memory {
            arena,
            stride,
            states: vec![state::SILENT; plan.buffers as usize],
            lists,
            nodes: Vec::with_capacity(plan.nodes.len()),
            cables,
            ins: Vec::new(),
            in_ports: Vec::new(),
            outs: Vec::new(),
            out_buffers: Vec::new(),
            heard: Vec::new(),
            out_ports: Vec::new(),
            params: Vec::new(),
            events: Vec::new(),
            event_ports: Vec::new(),
            lanes,
            shed: 0,
        };
        for (b, value) in &plan.constants {
            memory.states[*b as usize] = state::CONSTANT;
            memory.buffer_mut(*b, 0, block).fill(*value);
        }
        memory.wire(plan, slots);
        let replaces = replaces(plan);
        Program { steps: core::mem::take(&mut plan.steps), memory, replaces }
    }
}

impl Memory {
    /// Leads the plan's wires to the buffers, and notes where each node has its own.
    fn wire(&mut self, plan: &Plan, slots: &[u32]) {
        let (base, stride) = (self.arena.as_mut_ptr().cast::<f32>(), self.stride);
        // SAFETY: buffer numbers are below plan.buffers, for which the arena has room.
        let data = |b: BufferId| unsafe { base.add(b as usize * stride) };
        let states = self.states.as_ptr();
        // SAFETY: one state a buffer.
        let known = |b: BufferId| unsafe { states.add(b as usize) };
        let lists = self.lists.as_mut_ptr();
        // SAFETY: list numbers are below plan.lists.
        let list = |l: u32| unsafe { lists.add(l as usize) };
        let port = |p: &PlanPort| PortWires {
            first: p.first,
            channels: p.channels,
            patched: p.patched,
            grid_only: p.grid_only,
        };
        let wires = &plan.wires;
        self.ins = wires.ins.iter().map(|b| InWire { data: data(*b), state: known(*b) }).collect();
        self.in_ports = wires.in_ports.iter().map(port).collect();
        self.outs = wires.outs.iter().map(|b| OutWire { data: data(*b) }).collect();
        self.out_buffers.clone_from(&wires.outs);
        self.out_ports = wires.out_ports.iter().map(port).collect();
        self.events = wires.out_ports.iter().map(|p| p.list.map_or(core::ptr::null_mut(), list)).collect();
        self.params.reserve_exact(wires.params.len());
        self.heard.reserve(wires.outs.len());
        let mut ranges = Vec::with_capacity(plan.nodes.len());
        for (node, flat) in plan.nodes.iter().zip(&plan.flat.nodes) {
            debug_assert!(flat.face.outputs().iter().all(|p| !matches!(p.channels, Channels::Fixed(0))));
            let param = |(spec, driven): (&bf_node::ParamSpec, &Option<BufferId>)| {
                let (min, max) = spec.range();
                ParamWire {
                    signal: driven.map_or(core::ptr::null(), |b| data(b).cast_const()),
                    state: driven.map_or(core::ptr::null(), known),
                    min,
                    max,
                }
            };
            let outs = node.outs.of(&wires.outs);
            let patched = node.out_ports.of(&wires.out_ports).iter().filter(|p| p.patched);
            let heard =
                patched.flat_map(|p| &outs[usize::from(p.first)..usize::from(p.first) + usize::from(p.channels)]);
            let events_in = node.in_ports.of(&wires.in_ports).iter().enumerate();
            ranges.push(Ranges {
                params: extend(
                    &mut self.params,
                    flat.face.params().iter().zip(node.params.of(&wires.params)).map(param),
                ),
                heard: extend(&mut self.heard, heard.copied()),
                event_ins: extend(&mut self.event_ports, events_in.filter_map(|(i, p)| Some((i as u16, p.list?)))),
                event_params: extend(&mut self.event_ports, node.param_events.of(&wires.param_events).iter().copied()),
            });
        }
        let mut steers = vec![false; plan.buffers as usize];
        wires.params.iter().flatten().for_each(|b| steers[*b as usize] = true);
        let nodes = plan.nodes.iter().zip(&plan.flat.nodes).zip(slots).zip(&ranges);
        let nodes = nodes.map(|(((n, flat), slot), r)| {
            let steers = n.outs.of(&wires.outs).iter().any(|b| steers[*b as usize]);
            let made = self.node(n, r, flat.channels, *slot);
            let simple = !made.hears() && !made.grid && !steers && made.out_buffers.len() == 1 && made.heard.len() == 1;
            NodeWires { steers, simple, ..made }
        });
        let nodes: Vec<NodeWires> = nodes.collect();
        self.nodes = nodes;
        self.number(&plan.steps);
    }

    /// Tells every node when it runs.
    fn number(&mut self, steps: &[Step]) {
        for (order, step) in (0..).zip(steps) {
            match step {
                Step::Node(n) => self.nodes[*n as usize].order = order,
                Step::Island { steps, .. } => {
                    let inside = steps.iter().filter_map(|s| if let Step::Node(n) = s { Some(*n) } else { None });
                    inside.for_each(|n| self.nodes[n as usize].order = order);
                }
                _ => {}
            }
        }
    }

    /// The surroundings of a node, once the tables are complete.
    fn node(&self, node: &PlanNode, r: &Ranges, channels: usize, slot: u32) -> NodeWires {
        /// A slice that outlives the borrow.
        ///
        /// # Safety
        /// The table is not changed any more and lives as long as what the slice is used for.
        unsafe fn cut<T>(table: &[T], range: Run) -> &'static [T] {
            let part = range.of(table);
            // SAFETY: as above.
            unsafe { core::slice::from_raw_parts(part.as_ptr(), part.len()) }
        }
        // SAFETY: `link` has filled the tables, nothing grows them later, their heap memory stays where it is when the
        // program moves, and `NodeWires` hands the slices out for no longer than it is borrowed itself.
        unsafe {
            let (event_ins, event_params) =
                (cut(&self.event_ports, r.event_ins), cut(&self.event_ports, r.event_params));
            NodeWires {
                wires: Wires {
                    ins: cut(&self.ins, node.ins),
                    in_ports: cut(&self.in_ports, node.in_ports),
                    outs: cut(&self.outs, node.outs),
                    out_ports: cut(&self.out_ports, node.out_ports),
                    params: cut(&self.params, r.params),
                    events: cut(&self.events, node.out_ports),
                    lanes: self.lanes as u32,
                    channels: channels as u32,
                    driven: cut(&self.params, r.params).iter().any(|p| !p.signal.is_null()),
                    alone: !cut(&self.in_ports, node.in_ports).iter().any(|p| p.patched),
                },
                out_buffers: cut(&self.out_buffers, node.outs),
                heard: cut(&self.heard, r.heard),
                out: cut(&self.out_buffers, node.outs).first().copied().unwrap_or_default(),
                simple: false,
                summed: node.summed,
                steers: true,
                order: 0,
                event_ins,
                event_params,
                slot,
                grid: node.grid,
            }
        }
    }

    /// Frames `a..b` of a buffer.
    #[inline]
    pub(crate) fn buffer(&self, b: BufferId, from: usize, to: usize) -> &[f32] {
        debug_assert!((b as usize) < self.states.len() && to * self.lanes <= self.stride);
        // SAFETY: the arena has `stride` floats for each buffer number of the plan.
        unsafe {
            let base = self.arena.as_ptr().cast::<f32>().add(b as usize * self.stride);
            core::slice::from_raw_parts(base.add(from * self.lanes), (to - from) * self.lanes)
        }
    }

    /// Frames `a..b` of a buffer, to be written.
    #[inline]
    pub(crate) fn buffer_mut(&mut self, b: BufferId, from: usize, to: usize) -> &mut [f32] {
        debug_assert!((b as usize) < self.states.len() && to * self.lanes <= self.stride);
        // SAFETY: as in `buffer`; `&mut self` makes it the only view.
        unsafe {
            let base = self.arena.as_mut_ptr().cast::<f32>().add(b as usize * self.stride);
            core::slice::from_raw_parts_mut(base.add(from * self.lanes), (to - from) * self.lanes)
        }
    }

    /// One buffer to write and another to read. # Panics: in debug builds when they are the same.
    #[inline]
    pub(crate) fn pair(&mut self, out: BufferId, source: BufferId, from: usize, to: usize) -> (&mut [f32], &[f32]) {
        debug_assert_ne!(out, source);
        let base = self.arena.as_mut_ptr().cast::<f32>();
        let (at, len) = (from * self.lanes, (to - from) * self.lanes);
        // SAFETY: different buffers do not overlap; the plan never names one buffer as source and sum.
        unsafe {
            (
                core::slice::from_raw_parts_mut(base.add(out as usize * self.stride + at), len),
                core::slice::from_raw_parts(base.add(source as usize * self.stride + at), len),
            )
        }
    }

    /// Adds sources, each with its gain, in order: to what is there, or to nothing. # Panics: in debug builds when the sum
    /// is among them.
    #[inline]
    pub(crate) fn add<const N: usize>(
        &mut self,
        out: BufferId,
        sources: &[(BufferId, f32); N],
        onto: bool,
        from: usize,
        to: usize,
    ) {
        debug_assert!(sources.iter().all(|(b, _)| *b != out && (*b as usize) < self.states.len()));
        debug_assert!((out as usize) < self.states.len() && to * self.lanes <= self.stride);
        let (at, len) = (from * self.lanes, (to - from) * self.lanes);
        // SAFETY: the arena has `stride` floats for each buffer number of the plan.
        let base = unsafe { self.arena.as_mut_ptr().cast::<f32>().add(at) };
        let mut x = [core::ptr::null::<f32>(); N];
        // Times one changes no bit.
        let mut factors = 0;
        for (x, (buffer, gain)) in x.iter_mut().zip(sources) {
            // SAFETY: as above.
            *x = unsafe { base.add(*buffer as usize * self.stride) };
            factors |= gain.to_bits() ^ 1.0f32.to_bits();
        }
        // SAFETY: as above: all of them have `len` floats from here on, and no source is the sum.
        unsafe {
            let y = base.add(out as usize * self.stride);
            match (onto, factors == 0) {
                (true, true) => sum::<N, true, true>(y, &x, sources, len),
                (true, false) => sum::<N, true, false>(y, &x, sources, len),
                (false, true) => sum::<N, false, true>(y, &x, sources, len),
                (false, false) => sum::<N, false, false>(y, &x, sources, len),
            }
        }
    }

    /// Adds sources, each with its gain, in order, where none of them has state or is silent; nothing is done otherwise.
    /// Answers whether the sum is finite, as far as a sum of it tells, where that is asked: if so all of them are. It can
    /// be taken back then. # Panics: in debug builds when the sum is among them.
    #[inline]
    pub(crate) fn add_steady<const N: usize>(
        &mut self,
        out: BufferId,
        sources: &[Source; N],
        onto: bool,
        looks: bool,
        (from, to): (usize, usize),
    ) -> Option<bool> {
        debug_assert!(sources.iter().all(|s| s.buffer != out && (s.buffer as usize) < self.states.len()));
        debug_assert!((out as usize) < self.states.len() && to * self.lanes <= self.stride);
        let (at, len) = (from * self.lanes, (to - from) * self.lanes);
        // SAFETY: the arena has `stride` floats for each buffer number of the plan, and one more.
        let base = unsafe { self.arena.as_mut_ptr().cast::<f32>().add(at) };
        let mut x = [core::ptr::null::<f32>(); N];
        // Times one changes no bit.
        let (mut factors, mut steady) = (0, true);
        for (x, s) in x.iter_mut().zip(sources) {
            // SAFETY: as above.
            *x = unsafe { base.add(s.buffer as usize * self.stride) };
            factors |= s.gain.to_bits() ^ 1.0f32.to_bits();
            steady &= s.cable.is_none() & (self.states[s.buffer as usize] != state::SILENT);
        }
        if !steady {
            return None;
        }
        if factors != 0 || !looks || !len.is_multiple_of(8) {
            let all = sources.each_ref().map(|s| (s.buffer, s.gain));
            if looks {
                // SAFETY: as above; the buffers do not overlap.
                unsafe {
                    let y = base.add(out as usize * self.stride);
                    core::ptr::copy_nonoverlapping(y, base.add(self.states.len() * self.stride), len);
                }
            }
            self.add(out, &all, onto, from, to);
            return Some(!looks || finite(self.buffer(out, from, to)));
        }
        // SAFETY: as above: all of them have `len` floats from here on, and none is another.
        unsafe {
            let (y, before) = (base.add(out as usize * self.stride), base.add(self.states.len() * self.stride));
            Some(if onto { sum_once::<N, true>(y, before, &x, len) } else { sum_once::<N, false>(y, before, &x, len) })
        }
    }

    /// Puts back what a sum was before `add_steady`.
    #[cold]
    pub(crate) fn take_back(&mut self, out: BufferId, onto: bool, (from, to): (usize, usize)) {
        let before = self.states.len() as BufferId;
        let (at, len) = (from * self.lanes, (to - from) * self.lanes);
        if onto {
            // SAFETY: as in `add_steady`.
            unsafe {
                let base = self.arena.as_mut_ptr().cast::<f32>().add(at);
                let (y, before) = (base.add(out as usize * self.stride), base.add(before as usize * self.stride));
                core::ptr::copy_nonoverlapping(before, y, len);
            }
        }
    }

    /// Steady params read the grid frame, which may lie before a voice begins: its first value stands there too.
    #[inline]
    pub(crate) fn start_lanes(&mut self, b: BufferId, frame: usize, fresh: u32) {
        if fresh == 0 || frame.is_multiple_of(bf_dsp::GRID) {
            return;
        }
        let grid = frame - frame % bf_dsp::GRID;
        for lane in (0..self.lanes).filter(|l| fresh & (1 << l) != 0) {
            let x = self.buffer(b, frame, frame + 1)[lane];
            self.buffer_mut(b, grid, grid + 1)[lane] = x;
        }
    }

    /// Empties the event lists.
    pub(crate) fn begin_block(&mut self) {
        for list in &mut self.lists {
            self.shed = self.shed.saturating_add(list.clear());
        }
    }
}

/// Appends to a table and says where.
fn extend<T>(table: &mut Vec<T>, items: impl Iterator<Item = T>) -> Run {
    let start = table.len() as u32;
    table.extend(items);
    Run { start, end: table.len() as u32 }
}
