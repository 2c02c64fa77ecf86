//! What envelope nodes share: a gate that is a signal, notes, or both.

use crate::filter::take_over;
use bf_dsp::Lane;
use bf_dsp::envelope::{Envelope, Segments};
use bf_dsp::rest::{Watch, all_lanes};
use bf_node::{Adopt, Event, EventBody, Io, LaneMask, NoteId, Setup, Status};

/// Notes that are down. The envelope falls when the last of them is let go.
#[derive(Clone, Copy, Default)]
struct Held {
    ids: [NoteId; 16],
    len: usize,
}

impl Held {
    /// A note goes down; where there is no room, the oldest is forgotten.
    fn press(&mut self, id: NoteId) {
        self.lift(id);
        if self.len == self.ids.len() {
            self.ids.rotate_left(1);
            self.len -= 1;
        }
        self.ids[self.len] = id;
        self.len += 1;
    }
    /// A note is let go; whether none is left, and this one was there.
    fn lift(&mut self, id: NoteId) -> bool {
        let Some(at) = self.ids[..self.len].iter().position(|held| *held == id) else { return false };
        self.ids[at..self.len].rotate_left(1);
        self.len -= 1;
        self.len == 0
    }
}

/// Where the ports of a gated node are. Its only output is the first.
pub(crate) struct Ports {
    pub(crate) gate: usize,
    pub(crate) velocity: usize,
    pub(crate) sensitivity: usize,
}

/// The envelopes of a node, one a channel.
pub(crate) struct Gated<L> {
    ports: Ports,
    sample_rate: f32,
    watch: Watch<L, 4>,
    segments: Segments<L>,
    held: Held,
    channels: Vec<Envelope<L>>,
    /// Peaks of the present piece, where a velocity is patched.
    peaks: Vec<L>,
}

impl<L: Lane> Gated<L> {
    pub(crate) fn new(setup: &Setup<'_>, ports: Ports) -> Self {
        Gated {
            ports,
            sample_rate: setup.sample_rate,
            watch: Watch::default(),
            segments: Segments::default(),
            held: Held::default(),
            channels: vec![Envelope::default(); setup.channels],
            peaks: vec![L::splat(0.0); setup.max_block],
        }
    }

    /// One piece; attack, decay, sustain and release are as they stand now.
    pub(crate) fn process(&mut self, io: &mut Io<'_>, adsr: [L; 4]) -> Status {
        if self.watch.changed(adsr) {
            let [attack, decay, sustain, release] = adsr;
            self.segments = Segments::new(attack, decay, sustain, release, self.sample_rate);
        }
        let sensitivity = io.steady::<L>(self.ports.sensitivity);
        let with_velocity = io.patched(self.ports.velocity);
        let mut status = Status::Idle;
        for (channel, envelope) in self.channels.iter_mut().enumerate() {
            if io.input_silent(self.ports.gate, channel) && envelope.at_rest() {
                envelope.stay_at_rest();
                io.output::<L>(0, channel).fill(L::splat(0.0));
                continue;
            }
            status = Status::Active;
            let gate = io.input::<L>(self.ports.gate, channel);
            if with_velocity {
                for (peak, velocity) in self.peaks.iter_mut().zip(io.input::<L>(self.ports.velocity, channel)) {
                    *peak = peak_of(*velocity, sensitivity);
                }
            }
            let peaks = with_velocity.then_some(&self.peaks[..]);
            if io.input_constant(self.ports.gate, channel) {
                envelope.run_constant(&self.segments, gate, peaks, io.output(0, channel));
            } else {
                envelope.run(&self.segments, gate, peaks, io.output(0, channel));
            }
        }
        status
    }

    pub(crate) fn event(&mut self, io: &Io<'_>, event: &Event) {
        let sensitivity = io.number(self.ports.sensitivity);
        match event.body {
            EventBody::NoteOn(note) => {
                self.held.press(note.id);
                self.channels.iter_mut().for_each(|e| e.hold(peak_of(note.velocity, sensitivity)));
            }
            EventBody::NoteOff { id } => {
                if self.held.lift(id) {
                    self.channels.iter_mut().for_each(Envelope::let_go);
                }
            }
            EventBody::Trigger { value } => {
                self.channels.iter_mut().for_each(|e| e.strike(peak_of(value, sensitivity)));
            }
            EventBody::NoteControl { .. } | EventBody::Control { .. } => {}
        }
    }

    pub(crate) fn reset(&mut self, lanes: LaneMask) {
        let all = all_lanes::<L>();
        if lanes & all == all {
            self.held = Held::default();
        }
        for envelope in &mut self.channels {
            envelope.clear(lanes);
        }
    }

    pub(crate) fn adopt(&mut self, old: &Self) -> Adopt {
        self.held = old.held;
        take_over(&mut self.channels, &old.channels)
    }
}

/// The peak for a velocity: at full sensitivity the velocity itself, at none always 1.
#[inline(always)]
fn peak_of<L: Lane>(velocity: L, sensitivity: L) -> L {
    (velocity.clamp(0.0, 1.0) - L::splat(1.0)).mul_add(sensitivity, L::splat(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_note_let_go_counts() {
        let mut held = Held::default();
        (0..3).for_each(|n| held.press(NoteId(n)));
        held.press(NoteId(1));
        assert!(!held.lift(NoteId(7)) && !held.lift(NoteId(0)) && !held.lift(NoteId(2)));
        assert!(held.lift(NoteId(1)) && !held.lift(NoteId(1)));
        (0..40).for_each(|n| held.press(NoteId(n)));
        assert!((24..39).all(|n| !held.lift(NoteId(n))) && held.lift(NoteId(39)));
    }
}
