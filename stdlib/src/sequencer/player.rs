//! What every stepping sequencer does: find the steps of a piece, each on its frame, and end what it began.

use super::sounding::{Moment, Sounding};
use super::watch::{Turn, Watch};
use bf_node::{EventBody, Io, Setup};
use bf_pattern::{Ratio, Transport};

/// Notes that may sound at once.
const ROOM: usize = 128;

/// How steps lie in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Timing {
    /// Beats from step to step.
    pub(crate) step: Ratio,
    /// How late every second step is, as a part of a step: below 1.
    pub(crate) swing: Ratio,
}

impl Timing {
    /// Steps of a length, every second one late by a part (limited to 0 to 0.75) of it.
    pub(crate) fn new(step: Ratio, swing: f32) -> Timing {
        Timing { step, swing: fraction(swing.clamp(0.0, 0.75)) }
    }

    /// The beat of a step.
    pub(crate) fn beat(&self, index: i64) -> Ratio {
        let late = if index.rem_euclid(2) == 1 { self.swing } else { Ratio::ZERO };
        (Ratio::int(index) + late) * self.step
    }

    /// The beat at which a note ends that begins at a step, spans `steps` and fills `gate` (0 to 1) of the last one.
    pub(crate) fn end(&self, index: i64, steps: i64, gate: f32) -> Ratio {
        let last = index.saturating_add(steps.max(1) - 1);
        let (from, to) = (self.beat(last), self.beat(last.saturating_add(1)));
        from + (to - from) * fraction(gate.clamp(0.0, 1.0))
    }
}

/// A small fraction near a float: sums of musical values stay exact and short.
pub(crate) fn fraction(x: f32) -> Ratio {
    Ratio::from_f64(f64::from(x))
}

/// Something that is due in the present piece.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    /// A sounding note ends.
    Off,
    /// A step begins; its index counts from beat 0.
    Step(i64),
}

/// Walks the steps of the transport and keeps the notes that sound.
///
/// A step is played at the first frame at which it is due under the params and the tempo of that frame, so the
/// result does not depend on how blocks are cut.
#[derive(Debug)]
pub(crate) struct Player {
    watch: Watch,
    timing: Timing,
    /// The next step and its frame.
    next: i64,
    due: u64,
    pub(crate) sounding: Sounding,
}

impl Player {
    pub(crate) fn new(setup: &Setup<'_>) -> Player {
        Player {
            watch: Watch::default(),
            timing: Timing { step: Ratio::ZERO, swing: Ratio::ZERO },
            next: 0,
            due: u64::MAX,
            sounding: Sounding::new(setup.salt, ROOM),
        }
    }

    /// Puts everything into the state of a new player.
    pub(crate) fn clear(&mut self) {
        self.watch = Watch::default();
        self.timing = Timing { step: Ratio::ZERO, swing: Ratio::ZERO };
        (self.next, self.due) = (0, u64::MAX);
        self.sounding.clear();
    }

    /// Begins a piece under a transport: ends what must end, and finds the next step where it is not known.
    pub(crate) fn begin(&mut self, io: &mut Io<'_>, transport: &Transport, timing: Timing, output: usize) -> Turn {
        let start = io.start();
        let turn = self.watch.turn(transport, start, io.frames());
        let old = core::mem::replace(&mut self.timing, timing);
        match turn {
            Turn::Rest => return turn,
            Turn::Halt => {
                self.sounding.end_all(io, output, 0);
                self.due = u64::MAX;
                return turn;
            }
            Turn::Jump => {
                self.sounding.end_all(io, output, 0);
                self.place(transport, start);
            }
            Turn::Tempo => self.sounding.retime(transport),
            Turn::Run => {}
        }
        if turn != Turn::Jump {
            if old.step != timing.step {
                self.place(transport, start);
            } else if turn == Turn::Tempo || old != timing {
                self.time(transport);
            }
        }
        turn
    }

    /// The first step that is due at a frame or later.
    fn place(&mut self, transport: &Transport, frame: u64) {
        let Some(first) = transport.first_index(frame, self.timing.step) else {
            self.due = u64::MAX;
            return;
        };
        // The step before it may be late and still to come.
        let before = first.saturating_sub(1);
        let to_come = transport.frame_of(self.timing.beat(before)).is_some_and(|f| f >= frame);
        self.next = if to_come { before } else { first };
        self.time(transport);
    }

    fn time(&mut self, transport: &Transport) {
        self.due = Moment::from(self.timing.beat(self.next)).frame(transport);
    }

    fn advance(&mut self, transport: &Transport) {
        self.next = self.next.saturating_add(1);
        self.time(transport);
    }

    /// What is due next before a frame, and when; offs come before steps.
    pub(crate) fn next(&mut self, transport: &Transport, start: u64, end: u64) -> Option<(u64, Due)> {
        let off = self.sounding.next_off();
        let at = off.min(self.due);
        if at >= end {
            return None;
        }
        // A change of tempo or swing can put a frame into the past: it is played at once.
        let frame = at.max(start);
        if off <= self.due {
            return Some((frame, Due::Off));
        }
        let step = self.next;
        self.advance(transport);
        Some((frame, Due::Step(step)))
    }

    /// The frame of the next off or step, for players that have more to do in between.
    pub(crate) fn next_frame(&self) -> u64 {
        self.sounding.next_off().min(self.due)
    }

    /// Ends the note that ends next.
    pub(crate) fn end_next(&mut self, io: &mut Io<'_>, output: usize, at: usize) {
        if let Some(id) = self.sounding.pop() {
            io.emit(output, at, EventBody::NoteOff { id });
        }
    }
}
