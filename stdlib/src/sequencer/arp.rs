//! An arpeggiator.

use super::chance::draw;
use super::held::{Held, ROOM};
use super::player::{Due, Player, Timing};
use super::rate;
use super::watch::Turn;
use bf_node::{
    Adopt, Event, EventBody, Io, LaneMask, MakeError, NodeChannels, Note, ParamSpec, PerLane, PortSpec, Processor,
    Setup, Status, node,
};
use bf_pattern::{Ratio, Transport};

node! {
    /// Plays the held notes one after another.
    ///
    /// Steps fall on the grid of the transport, each on its exact frame; the figure begins anew with the first key
    /// that is pressed. `mode` says in which order: `up`, `down`, `updown` (the ends once), `downup`, `order` (as
    /// the keys were pressed), `random` (drawn from the seed and the step) or `chord` (all at once). Each pass runs
    /// over `octaves`. Notes keep the velocity and the controls of their keys.
    ///
    /// With `hold` keys stay when they are lifted, until new ones are pressed or the transport stops. While the
    /// transport stands, keys play at its tempo, from the moment the first is pressed.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 122.0
    /// [nodes]
    /// chords = { type = "steps", steps = "c3,eb3,g3 ab2,c3,eb3", rate = "1/1", gate_length = 1.0 }
    /// figure = { type = "arp", mode = "updown", octaves = 2, rate = "1/16" }
    /// voice = { type = "cv" }
    /// osc = { type = "saw" }
    /// env = { type = "adsr" }
    /// level = { type = "maths", op = "mul", value = 0.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "figure" = "chords"
    /// "voice" = "figure"
    /// "osc.freq" = "voice.freq"
    /// "env" = "voice.gate"
    /// "level" = "osc"
    /// "level.value" = { from = "env", amount = 0.4 }
    /// "out" = "level"
    /// ```
    arp: Sequencer,
    inputs { notes: PortSpec::events("notes", "The held notes.") },
    outputs { notes: PortSpec::events("notes", "The figure.") },
    params {
        mode: ParamSpec::choice("mode", 0, &["up", "down", "updown", "downup", "order", "random", "chord"], "In which order the notes are played."),
        octaves: ParamSpec::integer("octaves", 1, 1, 6, "Over how many octaves, upwards."),
        rate: rate::param(rate::SIXTEENTH, "The length of a step; 1/4 is one beat, t a triplet, d dotted; `cycle` is one a bar."),
        gate_length: ParamSpec::unit_range("gate_length", 0.5, "How much of a step a note fills, 0 (one frame) to 1 (up to the next step)."),
        swing: ParamSpec::number("swing", 0.0, 0.0, 0.75, "How late every second step is, in steps: 0 is straight, 0.333 triplets."),
        hold: ParamSpec::switch("hold", false, "Whether keys stay when they are lifted."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true, probe_values: &["dropped"] }
}

// The modes that are not `up`, by their index.
const DOWN: usize = 1;
const UPDOWN: usize = 2;
const DOWNUP: usize = 3;
const ORDER: usize = 4;
const RANDOM: usize = 5;

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        Ok(Arp {
            held: Held::new(),
            player: Player::new(setup),
            count: 0,
            free: None,
            seed: setup.seed,
            probe: setup.probe.clone(),
        })
    })
}

struct Arp {
    held: Held,
    player: Player,
    /// Steps played since the first key.
    count: i64,
    /// What runs while the transport stands: it starts with the first key.
    free: Option<Transport>,
    seed: u64,
    probe: std::sync::Arc<bf_node::Probe>,
}

/// A step that is due: its frame in the piece, its number, and the beat at which its notes end.
struct Strike {
    at: usize,
    index: i64,
    end: Ratio,
}

impl Arp {
    /// The transport, or what runs in its stead while it stands.
    fn clock(&mut self, io: &Io<'_>) -> Transport {
        let transport = *io.transport();
        if transport.playing {
            self.free = None;
        }
        match &mut self.free {
            None => transport,
            Some(free) => {
                if free.tempo != transport.tempo {
                    *free = free.with_tempo(io.start(), transport.tempo);
                }
                *free
            }
        }
    }

    /// Which of `count` notes a step plays, and by how many octaves it is raised.
    fn place(&self, mode: usize, octaves: i64, index: i64) -> (usize, i64) {
        let count = self.held.len().max(1) as i64;
        let all = count * octaves;
        let bounce = |n: i64| if n < all { n } else { 2 * all - 2 - n };
        let at = match mode {
            DOWN => all - 1 - self.count.rem_euclid(all),
            UPDOWN => bounce(self.count.rem_euclid((2 * all - 2).max(1))),
            DOWNUP => all - 1 - bounce(self.count.rem_euclid((2 * all - 2).max(1))),
            RANDOM => ((draw(self.seed, 0, index) * all as f32) as i64).min(all - 1),
            _ => self.count.rem_euclid(all),
        };
        ((at % count) as usize, at / count)
    }

    fn step(&mut self, io: &mut Io<'_>, transport: &Transport, Strike { at, index, end }: Strike) {
        if self.held.len() == 0 {
            return;
        }
        let (mode, octaves) = (io.index(par::mode), io.number(par::octaves).round().max(1.0) as i64);
        let (n, octave) = self.place(mode, octaves, index);
        let mut play = |note: Option<Note>, octave: i64| {
            let Some(mut note) = note else { return };
            let Some(id) = self.player.sounding.begin(transport, io.start() + at as u64, end.into()) else { return };
            (note.id, note.pitch) = (id, note.pitch + 12.0 * octave as f32);
            io.emit(out::notes, at, EventBody::NoteOn(note));
        };
        if mode > RANDOM {
            let octave = self.count.rem_euclid(octaves);
            (0..ROOM).for_each(|n| play(self.held.rising(n), octave));
        } else {
            play(if mode == ORDER { self.held.pressed(n) } else { self.held.rising(n) }, octave);
        }
        self.count = self.count.wrapping_add(1);
    }
}

impl Processor for Arp {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let transport = self.clock(io);
        if !io.switch(par::hold) {
            self.held.drop_latched();
        }
        let timing = Timing::new(rate::step(io.index(par::rate), &transport, 1), io.number(par::swing));
        if self.player.begin(io, &transport, timing, out::notes) == Turn::Halt {
            self.held.drop_latched();
        }
        let (start, end) = (io.start(), io.start() + io.frames() as u64);
        while let Some((frame, due)) = self.player.next(&transport, start, end) {
            let at = (frame - start) as usize;
            match due {
                Due::Off => self.player.end_next(io, out::notes, at),
                Due::Step(index) => {
                    let end = timing.end(index, 1, io.number(par::gate_length));
                    self.step(io, &transport, Strike { at, index, end });
                }
            }
        }
        self.probe.set(0, self.held.dropped.saturating_add(self.player.sounding.dropped) as f32);
        Status::Active
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        match &event.body {
            EventBody::NoteOn(note) => {
                if self.held.press(note) {
                    self.count = 0;
                    let transport = *io.transport();
                    if !transport.playing {
                        let still = Transport::new(transport.sample_rate, transport.tempo, transport.beats_per_cycle);
                        self.free = Some(still.play(io.start()));
                    }
                }
            }
            EventBody::NoteOff { id } => {
                self.held.lift(*id);
                if !io.switch(par::hold) {
                    self.held.drop_latched();
                }
            }
            EventBody::Control { .. } => io.emit(out::notes, 0, event.body),
            EventBody::NoteControl { .. } | EventBody::Trigger { .. } => {}
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.held.clear();
        self.player.clear();
        (self.count, self.free) = (0, None);
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Arp>() else { return Adopt::None };
        core::mem::swap(&mut self.player, &mut old.player);
        core::mem::swap(&mut self.held, &mut old.held);
        (self.count, self.free) = (old.count, old.free);
        Adopt::Moved
    }

    fn release(&mut self, io: &mut Io<'_>) {
        self.player.sounding.end_all(io, out::notes, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way_with, note_off, note_on, ons, random_notes, spans, stop_ends_all};
    use bf_node::Value;
    use bf_node::rig::{Bench, Rig};

    /// A rig at 120 beats a minute (a sixteenth has 6,000 frames) on which three keys are pressed at frame 10.
    fn rig(values: &[(&'static str, Value)]) -> Rig {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        for (id, pitch) in [(1, 64.0), (2, 60.0), (3, 67.0)] {
            rig.event(10, "notes", note_on(id, pitch, 0.5));
        }
        rig
    }

    fn figure(values: &[(&'static str, Value)], count: u64) -> Vec<f32> {
        let mut rig = rig(values);
        rig.run((6_000 * count + 64) as usize);
        ons(&rig, "notes").iter().map(|(_, n)| n.pitch).collect()
    }

    #[test]
    fn modes_order_the_notes() {
        let mode = |name: &str, octaves: f64| figure(&[("mode", name.into()), ("octaves", octaves.into())], 6);
        assert_eq!(mode("up", 2.0), [60.0, 64.0, 67.0, 72.0, 76.0, 79.0]);
        assert_eq!(mode("down", 1.0), [67.0, 64.0, 60.0, 67.0, 64.0, 60.0]);
        assert_eq!(mode("updown", 1.0), [60.0, 64.0, 67.0, 64.0, 60.0, 64.0]);
        assert_eq!(mode("downup", 1.0), [67.0, 64.0, 60.0, 64.0, 67.0, 64.0]);
        assert_eq!(mode("order", 1.0), [64.0, 60.0, 67.0, 64.0, 60.0, 67.0]);
        assert_eq!(mode("chord", 2.0)[..6], [60.0, 64.0, 67.0, 72.0, 76.0, 79.0]);
        let random = figure(&[("mode", "random".into()), ("octaves", 2.0.into())], 60);
        assert!(random.iter().all(|p| [60.0, 64.0, 67.0, 72.0, 76.0, 79.0].contains(p)));
        assert!([60.0, 79.0].iter().all(|p| random.contains(p)));
    }

    #[test]
    fn steps_fall_on_the_grid_and_stop_with_the_keys() {
        let mut rig = rig(&[]);
        (1..4).for_each(|id| rig.event(18_000, "notes", note_off(id)));
        rig.run(48_000);
        assert_eq!(spans(&rig, "notes"), [(6_000, Some(9_000)), (12_000, Some(15_000))]);
    }

    #[test]
    fn hold_keeps_keys_until_new_ones_come() {
        let mut rig = rig(&[("hold", true.into())]);
        (1..4).for_each(|id| rig.event(7_000, "notes", note_off(id)));
        rig.event(23_000, "notes", note_on(4, 72.0, 0.5));
        rig.event(23_500, "notes", note_off(4));
        rig.run(36_064);
        let pitches: Vec<f32> = ons(&rig, "notes").iter().map(|(_, n)| n.pitch).collect();
        assert_eq!(pitches, [60.0, 64.0, 67.0, 72.0, 72.0, 72.0]);
        stop_ends_all(&mut rig, "notes");
        rig.run(24_000);
        assert_eq!(ons(&rig, "notes").len(), 6);
    }

    #[test]
    fn keys_play_while_the_transport_stands() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.transport = rig.transport.stop(0);
        rig.run(1_000);
        rig.event(1_234, "notes", note_on(1, 60.0, 0.5));
        rig.event(9_000, "notes", note_off(1));
        rig.run(24_000);
        assert_eq!(spans(&rig, "notes"), [(1_234, Some(4_234)), (7_234, Some(10_234))]);
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[("octaves", 3.0.into()), ("rate", "1/32".into())], &random_notes);
        cut_any_way_with(&SPEC, &[("mode", "random".into()), ("hold", true.into())], &random_notes);
    }
}
