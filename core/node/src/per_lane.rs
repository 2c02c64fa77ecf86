//! One processor of a single lane for each lane of a group: how a node that has no lane kernel lives in a voice.
#![allow(unsafe_code, reason = "lays out buffers for the views of single lanes")]

use crate::io::{InWire, OutWire, ParamWire, PortWires, Wires, state};
use crate::{Channels, EventList, Io, LaneMask, MakeError, Processor, Setup, Status};

/// Runs a one-lane processor in every lane.
///
/// A reverb or a sampler needs no vectors of voices; made through this it works in polyphonic patches all the same.
/// Inputs and driven params are spread to single lanes and outputs gathered again, a piece at a time.
pub struct PerLane {
    lanes: Vec<Box<dyn Processor>>,
    max_block: usize,
    /// Input channels, then driven params, then output channels, each `max_block` floats.
    scratch: Vec<f32>,
    ins: Vec<InWire>,
    outs: Vec<OutWire>,
    params: Vec<ParamWire>,
    events: Vec<*mut EventList>,
    varies: Box<u8>,
}

// SAFETY: the pointers lead into `scratch` and `varies`, which move with the value and are not shared.
unsafe impl Send for PerLane {}

impl PerLane {
    /// One processor a lane; where there is one lane only, that processor itself.
    ///
    /// # Errors
    /// What `make` returns.
    pub fn make<P: Processor>(
        setup: &Setup<'_>,
        mut make: impl FnMut(&Setup<'_>, usize) -> Result<P, MakeError>,
    ) -> Result<Box<dyn Processor>, MakeError> {
        if setup.lanes == 1 {
            return Ok(Box::new(make(setup, 0)?));
        }
        let mut lanes: Vec<Box<dyn Processor>> = Vec::with_capacity(setup.lanes);
        for lane in 0..setup.lanes {
            lanes.push(Box::new(make(setup, lane)?));
        }
        let wide = |ports: &[crate::PortSpec]| -> usize {
            let count = |p: &crate::PortSpec| match p.channels {
                Channels::Node => setup.channels,
                Channels::Fixed(n) => usize::from(n),
            };
            ports.iter().map(count).sum()
        };
        let (ins, outs) = (wide(setup.spec.inputs), wide(setup.spec.outputs));
        let params = setup.spec.params.len();
        Ok(Box::new(PerLane {
            lanes,
            max_block: setup.max_block,
            scratch: vec![0.0; (ins + params + outs) * setup.max_block],
            ins: Vec::with_capacity(ins),
            outs: Vec::with_capacity(outs),
            params: Vec::with_capacity(params),
            events: vec![core::ptr::null_mut(); setup.spec.outputs.len()],
            varies: Box::new(state::VARIES),
        }))
    }

    /// Hands `f` the processor of one lane with its view of the piece of `io`.
    fn with_lane<T>(&mut self, io: &Io<'_>, lane: usize, f: impl FnOnce(&mut dyn Processor, &mut Io<'_>) -> T) -> T {
        let wires = io.wires();
        let (at, frames, width) = (io.at(), io.frames(), io.lanes());
        let base = self.scratch.as_mut_ptr();
        let varies: *const u8 = &*self.varies;
        // SAFETY: `scratch` has `max_block` floats for each wire counted below, and at + frames ≤ max_block.
        let buffer = |n: usize| unsafe { base.add(n * self.max_block) };
        // The frames of the piece, and the frame on the grid where steady params are sampled.
        let first = at - at % bf_dsp::GRID;
        let last = (at + frames).max(first + 1);
        let copy = |from: *const f32, to: *mut f32| {
            for i in first..last {
                // SAFETY: `io` holds for these frames (Io::new), `to` has max_block floats.
                unsafe { *to.add(i) = *from.add(i * width + lane) };
            }
        };
        let mut n = 0;
        self.ins.clear();
        for wire in wires.ins {
            // SAFETY: the state beside a wire is valid while `io` lives.
            let known = unsafe { *wire.state } == state::SILENT;
            copy(wire.data, buffer(n));
            self.ins.push(InWire { data: buffer(n), state: if known { wire.state } else { varies } });
            n += 1;
        }
        self.params.clear();
        for wire in wires.params {
            let mut own = *wire;
            if !wire.signal.is_null() {
                copy(wire.signal, buffer(n));
                own.signal = buffer(n);
            }
            self.params.push(own);
            n += 1;
        }
        self.outs.clear();
        for _ in wires.outs {
            self.outs.push(OutWire { data: buffer(n) });
            n += 1;
        }
        let own = Wires {
            ins: &self.ins,
            in_ports: wires.in_ports,
            outs: &self.outs,
            out_ports: wires.out_ports,
            params: &self.params,
            events: if wires.events.is_empty() { wires.events } else { &self.events },
            lanes: 1,
            channels: wires.channels,
            alone: wires.alone,
            driven: wires.driven,
        };
        // SAFETY: the buffers above are laid out as `Io::new` asks.
        let mut view = unsafe { Io::new(&own, io.values(), io.transport(), io.block_start(), at, frames) };
        f(&mut *self.lanes[lane], &mut view)
    }
}

impl Processor for PerLane {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (at, frames) = (io.at(), io.frames());
        let width = io.lanes();
        let mut idle = true;
        for lane in 0..self.lanes.len() {
            idle &= self.with_lane(io, lane, |processor, view| processor.process(view)) == Status::Idle;
            for (own, wire) in self.outs.iter().zip(io.wires().outs) {
                for i in at..at + frames {
                    // SAFETY: both buffers hold these frames; lanes of a group are written one after another.
                    unsafe { *wire.data.add(i * width + lane) = *own.data.add(i) };
                }
            }
        }
        if idle { Status::Idle } else { Status::Active }
    }

    fn event(&mut self, io: &mut Io<'_>, input: usize, event: &crate::Event) {
        for lane in 0..self.lanes.len() {
            self.with_lane(io, lane, |processor, view| processor.event(view, input, event));
        }
    }

    fn reset(&mut self, lanes: LaneMask) {
        for (lane, processor) in self.lanes.iter_mut().enumerate() {
            if lanes & (1 << lane) != 0 {
                processor.reset(1);
            }
        }
    }
}

/// A port list with `channels` channels for every port that follows the node, for hosts that lay out wires.
pub fn port_wires(ports: &[crate::PortSpec], channels: usize, patched: impl Fn(usize) -> bool) -> Vec<PortWires> {
    let mut first = 0;
    ports
        .iter()
        .enumerate()
        .map(|(i, port)| {
            let n = match (port.kind, port.channels) {
                (crate::Kind::Event, _) => 0,
                (_, Channels::Node) => channels,
                (_, Channels::Fixed(n)) => usize::from(n),
            };
            let wires = PortWires { first: first as u16, channels: n as u8, patched: patched(i), grid_only: false };
            first += n;
            wires
        })
        .collect()
}
