//! Small deviations in time and velocity.

use super::chance::draw;
use bf_node::{
    Event, EventBody, Io, LaneMask, MakeError, NodeChannels, NoteId, ParamSpec, PerLane, PortSpec, Processor, Setup,
    Status, Unit, node,
};
use core::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

node! {
    /// Lets notes come a little late and a little softer or harder, as hands do.
    ///
    /// Each note is late by 0 to `timing`, most often by about half of it, and keeps its length; nothing is ever
    /// early, for a live input cannot be heard before it is played. Its velocity moves by up to `velocity` either
    /// way, most often by little. Draws depend on the seed and on how many notes came before, so the same
    /// performance always comes out the same.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// beat = { type = "steps", steps = "xxxx xxxx", velocity = 0.6 }
    /// hands = { type = "humanize", timing = 0.015, velocity = 0.2 }
    /// drum = { type = "hat" }
    /// out = { type = "output" }
    /// [cables]
    /// "hands" = "beat"
    /// "drum" = "hands"
    /// "out" = "drum"
    /// ```
    humanize: Sequencer,
    inputs { notes: PortSpec::events("notes", "Notes and triggers.") },
    outputs { notes: PortSpec::events("notes", "The same, a little late.") },
    params {
        timing: ParamSpec::number("timing", 0.012, 0.0, 0.1, "The most that a note is late, in seconds.").unit(Unit::Secs),
        velocity: ParamSpec::unit_range("velocity", 0.15, "The most that a velocity moves either way."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), probe_values: &["dropped"] }
}

/// Events that may wait, and notes that may be on their way, at once.
const ROOM: usize = 512;

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        Ok(Humanize {
            waiting: BinaryHeap::with_capacity(2 * ROOM),
            notes: Vec::with_capacity(ROOM),
            seed: setup.seed,
            salt: setup.salt,
            sample_rate: setup.sample_rate,
            count: 0,
            seq: 0,
            dropped: 0,
            probe: setup.probe.clone(),
        })
    })
}

/// An event on its way.
#[derive(Clone, Copy)]
struct Late {
    frame: u64,
    seq: u64,
    body: EventBody,
}

impl Late {
    fn key(&self) -> (u64, u8, u64) {
        (self.frame, self.body.class(), self.seq)
    }
}
impl Ord for Late {
    fn cmp(&self, other: &Late) -> Ordering {
        self.key().cmp(&other.key())
    }
}
impl PartialOrd for Late {
    fn partial_cmp(&self, other: &Late) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Late {
    fn eq(&self, other: &Late) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Late {}

/// A note that came in and has not ended there.
#[derive(Clone, Copy)]
struct Held {
    id: NoteId,
    own: NoteId,
    late: u64,
}

struct Humanize {
    waiting: BinaryHeap<Reverse<Late>>,
    notes: Vec<Held>,
    seed: u64,
    salt: u32,
    sample_rate: f32,
    /// Notes and triggers that came so far.
    count: u32,
    seq: u64,
    dropped: u32,
    probe: std::sync::Arc<bf_node::Probe>,
}

impl Humanize {
    /// The delay in frames and the velocity of the next note.
    fn next(&mut self, io: &Io<'_>, velocity: f32) -> (u64, f32) {
        let index = i64::from(self.count);
        let velocity = if velocity.is_finite() { velocity.clamp(0.0, 1.0) } else { 0.0 };
        self.count = self.count.wrapping_add(1);
        // The mean of two even draws: a triangle about the middle.
        let bell = |stream| 0.5 * (draw(self.seed, stream, index) + draw(self.seed, stream + 1, index));
        let late = (bell(0) * io.number(par::timing).max(0.0) * self.sample_rate).round() as u64;
        let moved = velocity + (2.0 * bell(2) - 1.0) * io.number(par::velocity);
        // A note that moves to nothing is still a note.
        (late, moved.clamp(velocity.min(0.01), 1.0))
    }

    fn wait(&mut self, io: &Io<'_>, late: u64, body: EventBody) {
        if self.waiting.len() < 2 * ROOM {
            self.waiting.push(Reverse(Late { frame: io.start() + late, seq: self.seq, body }));
            self.seq += 1;
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Every note that is held or waits keeps room for its off, which is never dropped.
    fn full(&self) -> bool {
        self.notes.len() >= ROOM || self.waiting.len() + self.notes.len() + 2 > 2 * ROOM
    }

    fn end(&mut self, io: &Io<'_>, id: NoteId) {
        if let Some(at) = self.notes.iter().position(|n| n.id == id) {
            let note = self.notes.swap_remove(at);
            self.wait(io, note.late, EventBody::NoteOff { id: note.own });
        }
    }
}

impl Processor for Humanize {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (start, end) = (io.start(), io.start() + io.frames() as u64);
        while let Some(Reverse(late)) = self.waiting.peek().filter(|l| l.0.frame < end).copied() {
            self.waiting.pop();
            io.emit(out::notes, (late.frame.max(start) - start) as usize, late.body);
        }
        self.probe.set(0, self.dropped as f32);
        if self.waiting.is_empty() { Status::Idle } else { Status::Active }
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        match event.body {
            EventBody::NoteOn(mut note) => {
                self.end(io, note.id);
                let (late, velocity) = self.next(io, note.velocity);
                if self.full() {
                    self.dropped = self.dropped.saturating_add(1);
                    return;
                }
                let own = NoteId::new(self.salt, self.count);
                self.notes.push(Held { id: note.id, own, late });
                (note.id, note.velocity) = (own, velocity);
                self.wait(io, late, EventBody::NoteOn(note));
            }
            EventBody::NoteOff { id } => self.end(io, id),
            EventBody::NoteControl { id, key, value } => {
                let held = self.notes.iter().find(|n| n.id == id).copied();
                if let Some(note) = held.filter(|_| !self.full()) {
                    self.wait(io, note.late, EventBody::NoteControl { id: note.own, key, value });
                }
            }
            EventBody::Trigger { value } => {
                let (late, value) = self.next(io, value);
                if self.full() {
                    self.dropped = self.dropped.saturating_add(1);
                } else {
                    self.wait(io, late, EventBody::Trigger { value });
                }
            }
            EventBody::Control { .. } => io.emit(out::notes, 0, event.body),
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.waiting.clear();
        self.notes.clear();
        (self.count, self.seq, self.dropped) = (0, 0, 0);
    }

    fn release(&mut self, io: &mut Io<'_>) {
        for late in self.waiting.drain() {
            if let EventBody::NoteOff { .. } = late.0.body {
                io.emit(out::notes, 0, late.0.body);
            }
        }
        for note in self.notes.drain(..) {
            io.emit(out::notes, 0, EventBody::NoteOff { id: note.own });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way_with, in_order, note_off, note_on, ons, random_notes, spans};
    use bf_node::rig::{Bench, Rig};

    fn heard(seed: u64) -> Rig {
        let mut rig =
            Rig::new(&SPEC, &Bench { seed, values: vec![("timing", 0.02.into())], ..Bench::default() }).unwrap();
        for i in 0..400u64 {
            rig.event(i * 500, "notes", note_on(i, 60.0, 0.5));
            rig.event(i * 500 + 40, "notes", note_off(i));
        }
        rig.run(500 * 400 + 2_000);
        rig
    }

    #[test]
    fn notes_come_late_within_bounds_and_keep_their_length() {
        let rig = heard(1);
        in_order(rig.events("notes"));
        let spans = spans(&rig, "notes");
        assert_eq!(spans.len(), 400);
        assert!(spans.iter().all(|(on, off)| off.unwrap() - on == 40));
        // Notes may overtake each other, so they are known by their number: 0.02 s are 960 frames.
        let late: Vec<u64> = ons(&rig, "notes").iter().map(|(f, n)| f - ((n.id.0 & 0xffff) - 1) * 500).collect();
        assert!(late.iter().all(|l| *l <= 960));
        let mean = late.iter().sum::<u64>() as f64 / 400.0;
        assert!((mean - 480.0).abs() < 40.0, "mean {mean}");
        let soft = ons(&rig, "notes").iter().map(|(_, n)| n.velocity).fold(f32::MAX, f32::min);
        let hard = ons(&rig, "notes").iter().map(|(_, n)| n.velocity).fold(0.0, f32::max);
        assert!((0.35..0.38).contains(&soft) && (0.62..=0.65).contains(&hard), "{soft} {hard}");
    }

    #[test]
    fn draws_depend_on_the_seed_alone() {
        assert_eq!(heard(1).events("notes"), heard(1).events("notes"));
        assert_ne!(heard(1).events("notes")[..20], heard(2).events("notes")[..20]);
    }

    #[test]
    fn a_flood_leaves_no_note_hanging() {
        let mut rig = Rig::new(&SPEC, &Bench { values: vec![("timing", 0.1.into())], ..Bench::default() }).unwrap();
        for i in 0..3_000 {
            rig.event(i / 10, "notes", note_on(i, 60.0, 0.5));
            rig.event(i / 10 + 300, "notes", note_off(i));
        }
        rig.run(12_000);
        assert!(spans(&rig, "notes").iter().all(|(_, off)| off.is_some()));
        assert!(rig.probe.get(0) > 0.0);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[("timing", 0.05.into())], &random_notes);
    }
}
