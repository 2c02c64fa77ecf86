//! What a node of a plan sees in a block.
#![allow(unsafe_code, reason = "hands processors views of the program's buffers")]

use super::{Context, Due, MAX_PARAMS, Ramps};
use crate::program::{Memory, NodeWires};
use crate::slots::Glide;
use bf_dsp::GRID;
use bf_node::io::{ParamWire, Wires, state};
use bf_node::{Event, EventList, Io, Processor, Status};
use bf_pattern::Transport;

/// Values and wires of a node in which something glides.
pub(super) struct Present {
    pub(super) values: [f32; MAX_PARAMS],
    pub(super) params: [ParamWire; MAX_PARAMS],
}

/// What stands in place of the lists of events that a node would send.
const NOBODY: [*mut EventList; MAX_OUTPUTS] = [core::ptr::null_mut(); MAX_OUTPUTS];

/// The most outputs of a node that can be run without being heard.
pub(crate) const MAX_OUTPUTS: usize = 64;

pub(super) struct View<'a> {
    pub(super) m: &'a Memory,
    pub(super) w: &'a NodeWires,
    pub(super) transport: &'a Transport,
    pub(super) start: u64,
}

impl View<'_> {
    pub(super) fn range(&self, param: usize) -> (f32, f32) {
        self.w.wires().params.get(param).map_or((0.0, 0.0), |p| (p.min, p.max))
    }

    /// Whether neither an event of another node nor a driven param cuts what begins at a frame.
    pub(super) fn whole(&self, at: usize) -> bool {
        !self.reached() && !self.cuts_on_grid(at)
    }

    pub(super) fn reached(&self) -> bool {
        self.w.hears() && self.hears_something()
    }

    /// Whether an event of another node is there in this block.
    fn hears_something(&self) -> bool {
        let mut lists = self.w.event_ins().iter().chain(self.w.event_params());
        lists.any(|(_, l)| !self.m.lists[*l as usize].events().is_empty())
    }

    #[inline]
    pub(super) fn cuts_on_grid(&self, at: usize) -> bool {
        self.w.grid && (!at.is_multiple_of(GRID) || self.moves())
    }

    /// Whether a signal drives a param and changes.
    fn moves(&self) -> bool {
        // SAFETY: a driven param has a state in the program's memory.
        self.w.wires().params.iter().any(|p| !p.signal.is_null() && unsafe { *p.state } == state::VARIES)
    }

    pub(super) fn inputs_silent(&self) -> bool {
        // SAFETY: every input wire has a state in the program's memory.
        self.w.wires().ins.iter().all(|w| unsafe { *w.state } == state::SILENT)
    }

    /// Frames `a..b` of all that the node writes, channel by channel.
    pub(super) fn outputs(&mut self, a: usize, b: usize) -> impl Iterator<Item = &mut [f32]> {
        let lanes = self.m.lanes;
        self.w.wires().outs.iter().map(move |w| {
            // SAFETY: outputs have room for the block and do not overlap; nothing else views them while this node runs.
            unsafe { core::slice::from_raw_parts_mut(w.data.add(a * lanes), (b - a) * lanes) }
        })
    }

    #[inline]
    pub(super) fn process(
        &self,
        processor: &mut dyn Processor,
        values: &[f32],
        params: Option<&[ParamWire]>,
        a: usize,
        b: usize,
    ) -> Status {
        let gliding;
        let wires = match params {
            None => self.w.wires(),
            Some(params) => {
                gliding = Wires { params, driven: true, ..*self.w.wires() };
                &gliding
            }
        };
        // SAFETY: `Program::link` laid out every wire with room for a block; outputs overlap nothing that is live
        // (the compiler frees a buffer only after its last reader); the block starts on the grid.
        let mut io = unsafe { Io::new(wires, values, self.transport, self.start, a, b - a) };
        processor.process(&mut io)
    }

    /// The same where nobody hears the events that it sends.
    pub(super) fn process_unheard(
        &self,
        processor: &mut dyn Processor,
        values: &[f32],
        params: Option<&[ParamWire]>,
        a: usize,
        b: usize,
    ) -> Status {
        let own = self.w.wires();
        let (params, driven) = params.map_or((own.params, own.driven), |params| (params, true));
        let wires = Wires { params, driven, events: &NOBODY[..own.events.len()], ..*own };
        // SAFETY: as in `process`.
        let mut io = unsafe { Io::new(&wires, values, self.transport, self.start, a, b - a) };
        processor.process(&mut io)
    }

    pub(super) fn event(&self, processor: &mut dyn Processor, values: &[f32], input: usize, event: &Event, at: usize) {
        // SAFETY: as in `process`, with no frames.
        let mut io = unsafe { Io::new(self.w.wires(), values, self.transport, self.start, at, 0) };
        processor.event(&mut io, input, event);
    }

    /// The same where nobody hears what it answers.
    pub(super) fn event_unheard(
        &self,
        processor: &mut dyn Processor,
        values: &[f32],
        input: usize,
        event: &Event,
        at: usize,
    ) {
        let own = self.w.wires();
        let wires = Wires { events: &NOBODY[..own.events.len()], ..*own };
        // SAFETY: as in `process`, with no frames.
        let mut io = unsafe { Io::new(&wires, values, self.transport, self.start, at, 0) };
        processor.event(&mut io, input, event);
    }

    /// What gliding params are over a piece: steady ones at the grid, smooth ones as ramps.
    pub(super) fn present(
        &self,
        numbers: &[f32],
        glides: &[Glide],
        ramps: &mut Ramps,
        glide_len: u64,
        (a, b): (usize, usize),
    ) -> Present {
        let wires = self.w.wires();
        let none = ParamWire { signal: core::ptr::null(), state: core::ptr::null(), min: 0.0, max: 0.0 };
        let mut p = Present { values: [0.0; MAX_PARAMS], params: [none; MAX_PARAMS] };
        let count = numbers.len().min(MAX_PARAMS);
        p.values[..count].copy_from_slice(&numbers[..count]);
        p.params[..count].copy_from_slice(&wires.params[..count]);
        let lanes = self.m.lanes;
        let grid = self.start + (a - a % GRID) as u64;
        for (i, g) in glides.iter().enumerate() {
            let param = usize::from(g.param);
            p.values[param] = g.at(grid, glide_len);
            if i >= MAX_PARAMS || !p.params[param].signal.is_null() {
                continue;
            }
            let ramp = ramps.ramp(i);
            for f in a - a % GRID..b {
                let x = g.at(self.start + f as u64, glide_len);
                for lane in 0..lanes {
                    // SAFETY: a ramp holds a block of lanes; f < b ≤ block.
                    unsafe { *ramp.add(f * lanes + lane) = x };
                }
            }
            // Steady params read their grid frame in the ramp, smooth ones every frame.
            p.params[param].signal = ramp;
            p.params[param].state = &*ramps.known;
        }
        p
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of a slot whose body is borrowed apart")]
    pub(super) fn voices(
        &self,
        voices: &mut crate::voices::Voices,
        numbers: &[f32],
        glides: &[Glide],
        inbox: &[Due],
        cx: &mut Context<'_>,
        a: usize,
        b: usize,
    ) -> Status {
        let present = self.present(numbers, glides, voices.ramps(), cx.glide_len, (a, b));
        let wires = Wires { params: &present.params[..numbers.len()], driven: true, ..*self.w.wires() };
        // SAFETY: as in `process`.
        let mut io = unsafe { Io::new(&wires, &present.values[..numbers.len()], self.transport, self.start, a, b - a) };
        let list = self.w.event_ins().first().map(|(_, l)| self.m.lists[*l as usize].events());
        voices.run(&mut io, list.unwrap_or(&[]), inbox, cx)
    }
}
