//! A plan with its memory: buffers laid out, wires led to them, slots looked up.
#![allow(unsafe_code, reason = "wires are pointers into the program's own arena")]

use bf_node::io::{InWire, OutWire, ParamWire, PortWires, Wires, state};
use bf_node::{Channels, EventList};
use bf_patch::compile::Plan;
use bf_patch::compile::plan::{BufferId, Step};

/// Events that one list holds in a block; what is more is shed and counted.
pub(crate) const LIST_CAPACITY: usize = 1024;

#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([f32; 16]);

/// A node's surroundings, ready to be handed to its processor.
#[derive(Clone, Copy)]
pub(crate) struct NodeWires {
    /// Slices of the program's own tables: they live as long as the program, which hands them out for no longer.
    wires: Wires<'static>,
    out_buffers: &'static [BufferId],
    heard: &'static [BufferId],
    event_ins: &'static [(u16, u32)],
    event_params: &'static [(u16, u32)],
    pub slot: u32,
    /// Whether a driven steady param cuts it on the grid.
    pub grid: bool,
    /// Whether events of other nodes reach it.
    pub hears: bool,
}

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
    /// Those that anything listens to.
    #[inline(always)]
    pub(crate) fn heard(&self) -> &[BufferId] {
        self.heard
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

/// Ranges of a node's wires in the tables while these grow.
#[derive(Clone, Copy, Default)]
struct Ranges {
    ins: (usize, usize),
    in_ports: (usize, usize),
    outs: (usize, usize),
    heard: (usize, usize),
    out_ports: (usize, usize),
    params: (usize, usize),
    events: (usize, usize),
    event_ins: (usize, usize),
    event_params: (usize, usize),
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
}

// SAFETY: the pointers lead into the program's own heap memory, which moves with it and is used by one thread at a time.
unsafe impl Send for Memory {}

impl Program {
    /// Lays out memory for a plan. `slot_of` and `cable_of` say where state is. Takes the plan's steps.
    pub(crate) fn link(plan: &mut Plan, block: usize, slots: &[u32], cables: Vec<u32>) -> Program {
        let lanes = plan.lanes;
        // One grid step of room behind each buffer: a loop's reader is written one frame ahead.
        let stride = (block + bf_dsp::GRID) * lanes;
        let lines = (plan.buffers as usize * stride).div_ceil(16) + 1;
        let mut memory = Memory {
            arena: vec![Line([0.0; 16]); lines],
            stride,
            states: vec![state::SILENT; plan.buffers as usize],
            lists: (0..plan.lists).map(|_| EventList::new(LIST_CAPACITY)).collect(),
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
        memory.reserve(plan);
        let ranges: Vec<Ranges> = plan.nodes.iter().enumerate().map(|(i, node)| memory.wire(plan, i, node)).collect();
        for ((ranges, node), (flat, slot)) in ranges.iter().zip(&plan.nodes).zip(plan.flat.nodes.iter().zip(slots)) {
            let wires = memory.node(ranges, flat.channels, *slot, node.grid);
            memory.nodes.push(wires);
        }
        Program { steps: core::mem::take(&mut plan.steps), memory }
    }
}

impl Memory {
    fn reserve(&mut self, plan: &Plan) {
        let sum = |f: fn(&bf_patch::compile::plan::PlanNode) -> usize| plan.nodes.iter().map(f).sum::<usize>();
        self.ins.reserve_exact(sum(|n| n.ins.len()));
        self.in_ports.reserve_exact(sum(|n| n.in_ports.len()));
        self.outs.reserve_exact(sum(|n| n.outs.len()));
        self.out_buffers.reserve_exact(sum(|n| n.outs.len()));
        self.out_ports.reserve_exact(sum(|n| n.out_ports.len()));
        self.params.reserve_exact(sum(|n| n.params.len()));
        self.events.reserve_exact(sum(|n| n.events_out.len()));
    }

    fn wire(&mut self, plan: &Plan, index: usize, node: &bf_patch::compile::plan::PlanNode) -> Ranges {
        let flat = &plan.flat.nodes[index];
        let base = self.arena.as_mut_ptr().cast::<f32>();
        // SAFETY: buffer numbers are below plan.buffers, for which the arena has room.
        let data = |b: BufferId| unsafe { base.add(b as usize * self.stride) };
        let states = self.states.as_ptr();
        // SAFETY: one state a buffer.
        let known = |b: BufferId| unsafe { states.add(b as usize) };
        let lists = self.lists.as_mut_ptr();
        // SAFETY: list numbers are below plan.lists.
        let list = |l: u32| unsafe { lists.add(l as usize) };
        let port = |(first, channels, patched): &(u16, u8, bool)| PortWires {
            first: *first,
            channels: *channels,
            patched: *patched,
            grid_only: false,
        };
        let outs = node.out_ports.iter().zip(node.grid_only.iter().chain(core::iter::repeat(&false)));
        let out_port = |(p, grid_only): (&(u16, u8, bool), &bool)| PortWires { grid_only: *grid_only, ..port(p) };
        let param = |(spec, driven): (&bf_node::ParamSpec, &Option<BufferId>)| {
            let (min, max) = spec.range();
            ParamWire {
                signal: driven.map_or(core::ptr::null(), |b| data(b).cast_const()),
                state: driven.map_or(core::ptr::null(), known),
                min,
                max,
            }
        };
        let patched = node.out_ports.iter().filter(|(_, _, patched)| *patched);
        let heard =
            patched.flat_map(|(first, n, _)| &node.outs[usize::from(*first)..usize::from(*first + u16::from(*n))]);
        let events_in = node.events_in.iter().enumerate().filter_map(|(i, l)| l.map(|l| (i as u16, l)));
        debug_assert!(flat.face.outputs().iter().all(|p| !matches!(p.channels, Channels::Fixed(0))));
        Ranges {
            ins: extend(&mut self.ins, node.ins.iter().map(|b| InWire { data: data(*b), state: known(*b) })),
            in_ports: extend(&mut self.in_ports, node.in_ports.iter().map(port)),
            outs: {
                self.out_buffers.extend(&node.outs);
                extend(&mut self.outs, node.outs.iter().map(|b| OutWire { data: data(*b) }))
            },
            heard: extend(&mut self.heard, heard.copied()),
            out_ports: extend(&mut self.out_ports, outs.map(out_port)),
            params: extend(&mut self.params, flat.face.params().iter().zip(&node.params).map(param)),
            events: extend(&mut self.events, node.events_out.iter().map(|l| l.map_or(core::ptr::null_mut(), list))),
            event_ins: extend(&mut self.event_ports, events_in),
            event_params: extend(&mut self.event_ports, node.param_events.iter().copied()),
        }
    }

    /// The surroundings of a node, once the tables are complete.
    fn node(&self, r: &Ranges, channels: usize, slot: u32, grid: bool) -> NodeWires {
        /// A slice that outlives the borrow.
        ///
        /// # Safety
        /// The table is not changed any more and lives as long as what the slice is used for.
        unsafe fn cut<T>(table: &[T], range: (usize, usize)) -> &'static [T] {
            let part = &table[range.0..range.1];
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
                    ins: cut(&self.ins, r.ins),
                    in_ports: cut(&self.in_ports, r.in_ports),
                    outs: cut(&self.outs, r.outs),
                    out_ports: cut(&self.out_ports, r.out_ports),
                    params: cut(&self.params, r.params),
                    events: cut(&self.events, r.events),
                    lanes: self.lanes,
                    channels,
                },
                out_buffers: cut(&self.out_buffers, r.outs),
                heard: cut(&self.heard, r.heard),
                hears: !event_ins.is_empty() || !event_params.is_empty(),
                event_ins,
                event_params,
                slot,
                grid,
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
        sources: [(BufferId, f32); N],
        onto: bool,
        from: usize,
        to: usize,
    ) {
        debug_assert!(sources.iter().all(|(b, _)| *b != out));
        let base = self.arena.as_mut_ptr().cast::<f32>();
        let (at, len) = (from * self.lanes, (to - from) * self.lanes);
        // SAFETY: as in `pair`: no source is the sum, so that nothing overlaps what is written.
        let (y, x) = unsafe {
            (
                core::slice::from_raw_parts_mut(base.add(out as usize * self.stride + at), len),
                sources.map(|(b, _)| core::slice::from_raw_parts(base.add(b as usize * self.stride + at), len)),
            )
        };
        let gains = sources.map(|(_, gain)| gain);
        if onto {
            for i in 0..len {
                y[i] = (0..N).fold(y[i], |y, n| y + x[n][i] * gains[n]);
            }
        } else {
            for i in 0..len {
                y[i] = (0..N).fold(0.0, |y, n| y + x[n][i] * gains[n]);
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
fn extend<T>(table: &mut Vec<T>, items: impl Iterator<Item = T>) -> (usize, usize) {
    let from = table.len();
    table.extend(items);
    (from, table.len())
}
