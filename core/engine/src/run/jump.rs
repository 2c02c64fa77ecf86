//! How a node takes a choice, a switch or a whole number that jumps: it crosses over, so that nothing steps.
//!
//! Beside the node stands a second processor, made with it. At the jump that one takes over a copy of the state and
//! goes on with the new numbers, while the first runs on with the old ones; what is heard goes from one to the other
//! over a fade, a pure function of the absolute frame. Then they change places. What jumps while a fade runs waits
//! for its end, so that nothing depends on how a block is cut.

use super::MAX_PARAMS;
use super::view::View;
use bf_dsp::GRID;
use bf_node::io::ParamWire;
use bf_node::{Adopt, Event, LaneMask, Processor, Status};

/// What a node needs to cross over.
pub(crate) struct Jump {
    /// While it crosses over: the processor that it leaves. Else nobody hears it.
    spare: Box<dyn Processor>,
    /// Which params jump, bit by bit.
    mask: u64,
    /// What the numbers of those shall be.
    wanted: Box<[f32]>,
    /// What they were before it began to cross over.
    before: Box<[f32]>,
    /// The frame at which it began.
    start: Option<u64>,
    /// Frames that it takes.
    len: u64,
    /// What the spare wrote between two frames of the grid: channel, frame, lane.
    kept: Box<[f32]>,
}

impl Jump {
    /// `width`: floats of a frame of all outputs.
    pub(crate) fn new(spare: Box<dyn Processor>, mask: u64, numbers: &[f32], len: u64, width: usize) -> Jump {
        let kept = vec![0.0; GRID * width].into();
        Jump { spare, mask, wanted: numbers.into(), before: numbers.into(), start: None, len, kept }
    }

    /// Whether a param jumps.
    pub(crate) fn has(&self, param: usize) -> bool {
        param < MAX_PARAMS && self.mask & (1 << param) != 0
    }

    /// What a param that jumps shall be, whether it waits for that or not.
    pub(crate) fn wanted(&self, param: usize) -> Option<f32> {
        self.wanted.get(param).copied().filter(|_| self.has(param))
    }

    /// Whether it crosses over, as far as was settled.
    pub(crate) fn crosses(&self) -> bool {
        self.start.is_some()
    }

    /// The frame at which it has crossed over.
    pub(crate) fn end(&self) -> u64 {
        self.start.map_or(u64::MAX, |start| start + self.len)
    }

    /// Takes a number from a frame on, or keeps it until it may begin.
    pub(crate) fn want(
        &mut self,
        processor: &mut Box<dyn Processor>,
        numbers: &mut [f32],
        (param, value): (usize, f32),
        frame: u64,
    ) {
        self.settle(processor, numbers, frame);
        let (Some(wanted), Some(number)) = (self.wanted.get_mut(param), numbers.get_mut(param)) else { return };
        *wanted = value;
        // What comes at one frame crosses over together.
        if self.start == Some(frame) || (self.start.is_none() && alike(*number, value)) {
            *number = value;
        } else if self.start.is_none() {
            self.begin(processor, numbers, frame);
        }
    }

    /// Ends what has crossed over by a frame, and begins what waits for it.
    pub(crate) fn settle(&mut self, processor: &mut Box<dyn Processor>, numbers: &mut [f32], frame: u64) {
        while self.start.is_some() && self.end() <= frame {
            let end = self.end();
            self.start = None;
            if params(self.mask).any(|param| !alike(numbers[param], self.wanted[param])) {
                self.begin(processor, numbers, end);
            }
        }
    }

    fn begin(&mut self, processor: &mut Box<dyn Processor>, numbers: &mut [f32], frame: u64) {
        for param in params(self.mask) {
            self.before[param] = numbers[param];
            numbers[param] = self.wanted[param];
        }
        let adopted = self.spare.adopt(&mut **processor);
        if adopted == Adopt::None {
            // As new: it fades in.
            self.spare.reset(LaneMask::MAX);
        }
        core::mem::swap(processor, &mut self.spare);
        // What gave its state away has nothing left to fade out.
        self.start = (adopted != Adopt::Moved).then_some(frame);
    }

    /// Puts lanes of the one that it leaves into the state of a new node.
    pub(crate) fn reset(&mut self, lanes: LaneMask) {
        self.spare.reset(lanes);
    }

    /// The numbers of the one that it leaves.
    fn before<'r>(&self, numbers: &[f32], room: &'r mut [f32; MAX_PARAMS]) -> &'r [f32] {
        let room = &mut room[..numbers.len()];
        room.copy_from_slice(numbers);
        params(self.mask).for_each(|param| room[param] = self.before[param]);
        room
    }

    /// Hands an event to the one that it leaves.
    pub(super) fn hear(&mut self, view: &View<'_>, numbers: &[f32], input: usize, event: &Event, at: usize) {
        let mut room = [0.0; MAX_PARAMS];
        let before = self.before(numbers, &mut room);
        view.event_unheard(&mut *self.spare, before, input, event, at);
    }

    /// Runs both over a piece that lies between two frames of the grid, and crosses over as far as it goes.
    pub(super) fn process(
        &mut self,
        view: &mut View<'_>,
        processor: &mut dyn Processor,
        (values, wires): (&[f32], Option<&[ParamWire]>),
        a: usize,
        b: usize,
    ) -> Status {
        let mut room = [0.0; MAX_PARAMS];
        let before = self.before(values, &mut room);
        let left = view.process_unheard(&mut *self.spare, before, wires, a, b);
        let (lanes, start) = (view.m.lanes, view.start);
        for (kept, y) in self.kept.chunks_exact_mut(GRID * lanes).zip(view.outputs(a, b)) {
            kept[..y.len()].copy_from_slice(y);
        }
        let come = view.process(processor, values, wires, a, b);
        for (kept, y) in self.kept.chunks_exact(GRID * lanes).zip(view.outputs(a, b)) {
            for (i, (y, kept)) in y.chunks_exact_mut(lanes).zip(kept.chunks_exact(lanes)).enumerate() {
                let gain = self.gain(start + (a + i) as u64);
                // Where both are the same, that is heard, bit by bit.
                y.iter_mut().zip(kept).for_each(|(y, kept)| *y = *kept + (*y - *kept) * gain);
            }
        }
        if left == Status::Idle && come == Status::Idle { Status::Idle } else { Status::Active }
    }

    /// How far it has crossed over at a frame: an S, whose ends do not break the line.
    fn gain(&self, frame: u64) -> f32 {
        let since = frame.saturating_sub(self.start.unwrap_or(0)).min(self.len);
        let x = since as f32 / self.len as f32;
        x * x * (3.0 - 2.0 * x)
    }
}

/// The params of a mask, lowest first.
fn params(mask: u64) -> impl Iterator<Item = usize> {
    (0..MAX_PARAMS).filter(move |param| mask & (1 << param) != 0)
}

/// Whether two numbers are one choice, whole number or switch to a node.
fn alike(a: f32, b: f32) -> bool {
    (a + 0.5).floor() == (b + 0.5).floor() && (a > 0.5) == (b > 0.5)
}
