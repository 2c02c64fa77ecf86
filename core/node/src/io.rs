//! The views through which a processor hears and sounds.
//!
//! Buffers belong to the host of the processor (the engine, or [`crate::rig::Rig`] in tests), which promises in
//! [`Io::new`] what the safe methods rely on. This is the one place where that promise is used.
#![allow(unsafe_code, reason = "views into buffers that the plan has laid out; see the promise on Io::new")]

use crate::{EventBody, EventList, event::Event};
use bf_dsp::{GRID, Lane};
use bf_pattern::Transport;
use core::marker::PhantomData;

/// What is known of a buffer over the present piece.
pub mod state {
    /// Any signal.
    pub const VARIES: u8 = 0;
    /// Every frame of the piece equals its first (lanes may differ).
    pub const CONSTANT: u8 = 1;
    /// Every frame and lane of the piece is exactly zero.
    pub const SILENT: u8 = 2;
}

/// One channel of an input.
#[derive(Clone, Copy, Debug)]
pub struct InWire {
    /// Frame 0 of the block.
    pub data: *const f32,
    /// One of [`state`].
    pub state: *const u8,
}

/// One channel of an output.
#[derive(Clone, Copy, Debug)]
pub struct OutWire {
    /// Frame 0 of the block.
    pub data: *mut f32,
}

/// Where the wires of a port are.
#[derive(Clone, Copy, Debug, Default)]
pub struct PortWires {
    /// The first wire.
    pub first: u16,
    /// How many channels.
    pub channels: u8,
    /// Whether a cable is there.
    pub patched: bool,
    /// Whether an output is read at frames divisible by [`GRID`] and at the first of a piece, and nowhere else.
    pub grid_only: bool,
}

/// What drives a param: a signal, or nothing, in which case its number counts.
#[derive(Clone, Copy, Debug)]
pub struct ParamWire {
    /// Frame 0 of the block of the driving signal; null for none.
    pub signal: *const f32,
    /// One of [`state`]; null for none.
    pub state: *const u8,
    /// The declared range; a driven steady param is limited to it.
    pub min: f32,
    /// The declared range.
    pub max: f32,
}

/// Everything of a node's surroundings that stays the same while a plan runs.
#[derive(Clone, Copy, Debug)]
pub struct Wires<'a> {
    /// Channels of all inputs, port after port.
    pub ins: &'a [InWire],
    /// One an input.
    pub in_ports: &'a [PortWires],
    /// Channels of all outputs, port after port.
    pub outs: &'a [OutWire],
    /// One an output.
    pub out_ports: &'a [PortWires],
    /// One a param.
    pub params: &'a [ParamWire],
    /// One an output; null where it carries no events.
    pub events: &'a [*mut EventList],
    /// Lanes of every buffer.
    pub lanes: u32,
    /// Channels of the node.
    pub channels: u32,
    /// Whether no cable enters any input.
    pub alone: bool,
    /// Whether a signal drives any param.
    pub driven: bool,
}

/// One piece of a block, seen from a node.
pub struct Io<'a> {
    wires: &'a Wires<'a>,
    values: &'a [f32],
    transport: &'a Transport,
    block_start: u64,
    at: usize,
    frames: usize,
    _buffers: PhantomData<&'a mut f32>,
}

/// A param at every frame.
#[derive(Clone, Copy, Debug)]
pub enum Smooth<'a, L> {
    /// The same over the piece.
    Constant(L),
    /// One value a frame.
    Varying(&'a [L]),
}

impl<L: Lane> Smooth<'_, L> {
    /// The value at a frame of the piece.
    #[inline(always)]
    pub fn at(&self, frame: usize) -> L {
        match self {
            Smooth::Constant(x) => *x,
            Smooth::Varying(s) => s[frame],
        }
    }
}

impl<'a> Io<'a> {
    /// A view of frames `at..at + frames` of the block that starts at the absolute frame `block_start`.
    ///
    /// # Safety
    /// While the view lives: every non-null wire points at a buffer of at least `(at + frames) * lanes` floats,
    /// aligned to 32 bytes, frame-major with lanes innermost; a param's signal holds at least one frame even where
    /// `frames` is 0; every port's wires lie inside its slice; no output buffer overlaps another buffer of the node;
    /// event lists are not otherwise in use; `values` and `params` have one entry a declared param. Block starts and
    /// the sampling of steady params require `block_start % GRID == 0`.
    #[inline(always)]
    pub unsafe fn new(
        wires: &'a Wires<'a>,
        values: &'a [f32],
        transport: &'a Transport,
        block_start: u64,
        at: usize,
        frames: usize,
    ) -> Io<'a> {
        Io { wires, values, transport, block_start, at, frames, _buffers: PhantomData }
    }

    /// Frames of this piece.
    #[inline(always)]
    pub fn frames(&self) -> usize {
        self.frames
    }
    /// The absolute frame at which this piece starts.
    #[inline(always)]
    pub fn start(&self) -> u64 {
        self.block_start + self.at as u64
    }
    /// The frame of the block at which this piece starts.
    #[inline(always)]
    pub fn at(&self) -> usize {
        self.at
    }
    /// Play state, tempo and position; they hold over the whole piece.
    #[inline(always)]
    pub fn transport(&self) -> &'a Transport {
        self.transport
    }
    /// Channels of the node.
    #[inline(always)]
    pub fn channels(&self) -> usize {
        self.wires.channels as usize
    }
    /// Lanes of every buffer.
    #[inline(always)]
    pub fn lanes(&self) -> usize {
        self.wires.lanes as usize
    }
    /// The surroundings, for adapters that pass them on.
    #[inline(always)]
    pub fn wires(&self) -> &'a Wires<'a> {
        self.wires
    }
    /// The numbers of all params, for adapters that pass them on.
    #[inline(always)]
    pub fn values(&self) -> &'a [f32] {
        self.values
    }
    /// The absolute frame at which the block starts.
    #[inline(always)]
    pub fn block_start(&self) -> u64 {
        self.block_start
    }

    /// Whether a cable enters an input.
    #[inline(always)]
    pub fn patched(&self, input: usize) -> bool {
        self.wires.in_ports[input].patched
    }
    /// Whether no cable enters any input.
    #[inline(always)]
    pub fn alone(&self) -> bool {
        self.wires.alone
    }
    /// Whether anything listens to an output.
    #[inline(always)]
    pub fn output_patched(&self, output: usize) -> bool {
        self.wires.out_ports[output].patched
    }
    /// Whether an output drives steady params and nothing else: what it writes off the grid is not read, but in the
    /// first frame of this piece.
    #[inline(always)]
    pub fn output_grid_only(&self, output: usize) -> bool {
        self.wires.out_ports[output].grid_only
    }
    /// Channels of an input.
    #[inline(always)]
    pub fn input_channels(&self, input: usize) -> usize {
        usize::from(self.wires.in_ports[input].channels)
    }

    #[inline(always)]
    fn in_wire(&self, input: usize, channel: usize) -> InWire {
        let port = self.wires.in_ports[input];
        debug_assert!(channel < usize::from(port.channels), "channel {channel} of input {input}");
        self.wires.ins[usize::from(port.first) + channel]
    }

    /// One channel of an input over this piece; its declared rest (usually zeros) where nothing is patched.
    #[inline(always)]
    pub fn input<L: Lane>(&self, input: usize, channel: usize) -> &'a [L] {
        debug_assert_eq!(L::WIDTH, self.lanes());
        let wire = self.in_wire(input, channel);
        // SAFETY: `new` promises room and alignment; inputs are only read while the view lives.
        unsafe { core::slice::from_raw_parts(wire.data.cast::<L>().add(self.at), self.frames) }
    }

    /// Whether a channel of an input is exactly zero over the block.
    #[inline(always)]
    pub fn input_silent(&self, input: usize, channel: usize) -> bool {
        // SAFETY: `new` promises that the state is there.
        unsafe { *self.in_wire(input, channel).state == state::SILENT }
    }

    /// Whether every frame of this piece of a channel of an input is known to equal its first.
    #[inline(always)]
    pub fn input_constant(&self, input: usize, channel: usize) -> bool {
        // SAFETY: as in `input_silent`.
        unsafe { *self.in_wire(input, channel).state != state::VARIES }
    }

    /// One channel of an output over this piece. Every frame must be written.
    #[inline(always)]
    pub fn output<L: Lane>(&mut self, output: usize, channel: usize) -> &mut [L] {
        debug_assert_eq!(L::WIDTH, self.lanes());
        let port = self.wires.out_ports[output];
        debug_assert!(channel < usize::from(port.channels), "channel {channel} of output {output}");
        let wire = self.wires.outs[usize::from(port.first) + channel];
        // SAFETY: `new` promises room, alignment and that outputs overlap nothing; `&mut self` makes it the only one.
        unsafe { core::slice::from_raw_parts_mut(wire.data.cast::<L>().add(self.at), self.frames) }
    }

    /// One channel of several outputs at once. # Panics: in debug builds when a port is named twice.
    #[inline(always)]
    pub fn outputs<L: Lane, const N: usize>(&mut self, ports: [usize; N], channel: usize) -> [&mut [L]; N] {
        debug_assert!((0..N).all(|i| (0..i).all(|j| ports[i] != ports[j])));
        ports.map(|output| {
            let port = self.wires.out_ports[output];
            let wire = self.wires.outs[usize::from(port.first) + channel];
            // SAFETY: as in `output`; the ports differ, so the slices are disjoint.
            unsafe { core::slice::from_raw_parts_mut(wire.data.cast::<L>().add(self.at), self.frames) }
        })
    }

    /// Both channels of a stereo output.
    #[inline(always)]
    pub fn stereo<L: Lane>(&mut self, output: usize) -> [&mut [L]; 2] {
        let port = self.wires.out_ports[output];
        debug_assert_eq!(port.channels, 2);
        [0, 1].map(|channel| {
            let wire = self.wires.outs[usize::from(port.first) + channel];
            // SAFETY: as in `output`; the channels differ, so the slices are disjoint.
            unsafe { core::slice::from_raw_parts_mut(wire.data.cast::<L>().add(self.at), self.frames) }
        })
    }

    /// Fills every output signal of this piece with zeros.
    pub fn silence(&mut self) {
        for wire in self.wires.outs {
            let lanes = self.lanes();
            // SAFETY: as in `output`, one wire at a time.
            unsafe {
                core::slice::from_raw_parts_mut(wire.data.add(self.at * lanes), self.frames * lanes).fill(0.0);
            }
        }
    }

    /// The value of a steady param in this piece, one a lane.
    #[inline(always)]
    pub fn steady<L: Lane>(&self, param: usize) -> L {
        let wire = &self.wires.params[param];
        if wire.signal.is_null() {
            return L::splat(self.values[param]);
        }
        let grid = self.at - self.at % GRID;
        // SAFETY: `new` promises the sampled frame and the alignment; the block starts on the grid.
        let x = unsafe { *wire.signal.cast::<L>().add(grid) };
        x.clamp(wire.min, wire.max)
    }

    /// The numbers of all params, where no signal drives any of them: what was worked out from the same still holds.
    #[inline(always)]
    pub fn undriven_values(&self) -> Option<&'a [f32]> {
        if self.wires.driven { None } else { Some(self.values) }
    }

    /// The number of a param that no signal drives.
    #[inline(always)]
    pub fn undriven(&self, param: usize) -> Option<f32> {
        if self.wires.params[param].signal.is_null() { Some(self.values[param]) } else { None }
    }

    /// The value of a steady param in lane 0.
    #[inline(always)]
    pub fn number(&self, param: usize) -> f32 {
        let wire = &self.wires.params[param];
        if wire.signal.is_null() {
            return self.values[param];
        }
        let grid = self.at - self.at % GRID;
        // SAFETY: as in `steady`.
        let x = unsafe { *wire.signal.add(grid * self.lanes()) };
        Lane::clamp(x, wire.min, wire.max)
    }

    /// Whether a switch is on, in lane 0.
    #[inline(always)]
    pub fn switch(&self, param: usize) -> bool {
        self.number(param) > 0.5
    }

    /// The index of a choice or the whole number of an integer param, in lane 0.
    #[inline(always)]
    pub fn index(&self, param: usize) -> usize {
        (self.number(param) + 0.5) as usize
    }

    /// A param that is declared smooth, at every frame. It is *not* limited to its range where a cable drives it.
    #[inline(always)]
    pub fn smooth<L: Lane>(&self, param: usize) -> Smooth<'a, L> {
        debug_assert_eq!(L::WIDTH, self.lanes());
        let wire = &self.wires.params[param];
        if wire.signal.is_null() {
            return Smooth::Constant(L::splat(self.values[param]));
        }
        // SAFETY: `new` promises room, alignment and a state beside every signal.
        unsafe {
            let first = wire.signal.cast::<L>();
            if *wire.state != state::VARIES {
                return Smooth::Constant(*first.add(self.at));
            }
            Smooth::Varying(core::slice::from_raw_parts(first.add(self.at), self.frames))
        }
    }

    /// Emits an event from an output, `frame` frames into this piece (0 in `event`). Later frames must come later.
    #[inline]
    pub fn emit(&mut self, output: usize, frame: usize, body: EventBody) {
        let list = self.wires.events[output];
        if !list.is_null() {
            // SAFETY: `new` promises that the list is not otherwise in use while the view lives.
            unsafe { (*list).push(Event { frame: (self.at + frame) as u32, source: 0, body }) };
        }
    }
}
