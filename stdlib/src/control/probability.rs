//! Lets notes through by chance.

use crate::sequencer::chance::draw;
use crate::sequencer::note_map::NoteMap;
use bf_node::{
    Event, EventBody, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status,
    node,
};

node! {
    /// Lets each note through by chance, and sends the others the other way.
    ///
    /// A note goes to `notes` with the chance of `chance`, otherwise to `others`; its end and its controls follow
    /// it. The draw depends on the seed and on how many notes came before, so the same performance always comes
    /// out the same. Controls of the whole receiver go both ways.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 120.0
    /// [nodes]
    /// beat = { type = "steps", steps = "xxxx xxxx" }
    /// dice = { type = "probability", chance = 0.7 }
    /// shut = { type = "hat" }
    /// hand = { type = "clap" }
    /// half = { type = "maths", op = "mul", value = 0.45 }
    /// soft = { type = "maths", op = "mul", value = 0.45 }
    /// out = { type = "output" }
    /// [cables]
    /// "dice" = "beat"
    /// "shut" = "dice.notes"
    /// "hand" = "dice.others"
    /// "half" = "shut"
    /// "soft" = "hand"
    /// "out" = ["half", "soft"]
    /// ```
    probability: Control,
    inputs { notes: PortSpec::events("notes", "Notes and triggers.") },
    outputs {
        notes: PortSpec::events("notes", "Those that the dice let through."),
        others: PortSpec::events("others", "Those that they did not."),
    },
    params { chance: ParamSpec::unit_range("chance", 0.5, "How likely a note is let through.") },
    with { make: make, channels: NodeChannels::Fixed(1), probe_values: &["dropped"] }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        Ok(Probability {
            through: NoteMap::new(setup),
            others: NoteMap::from(setup, 1 << 31),
            seed: setup.seed,
            count: 0,
            probe: setup.probe.clone(),
        })
    })
}

struct Probability {
    through: NoteMap,
    others: NoteMap,
    seed: u64,
    /// Notes and triggers that came so far.
    count: i64,
    probe: std::sync::Arc<bf_node::Probe>,
}

impl Probability {
    fn passes(&mut self, io: &Io<'_>) -> bool {
        let passes = draw(self.seed, 0, self.count) < io.number(par::chance);
        self.count = self.count.wrapping_add(1);
        passes
    }
}

impl Processor for Probability {
    fn process(&mut self, _io: &mut Io<'_>) -> Status {
        Status::Idle
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        match event.body {
            EventBody::NoteOn(_) if self.passes(io) => self.through.forward(io, out::notes, &event.body, |_| {}),
            EventBody::NoteOn(_) => self.others.forward(io, out::others, &event.body, |_| {}),
            EventBody::Trigger { .. } => {
                let output = if self.passes(io) { out::notes } else { out::others };
                io.emit(output, 0, event.body);
            }
            _ => {
                self.through.forward(io, out::notes, &event.body, |_| {});
                self.others.forward(io, out::others, &event.body, |_| {});
            }
        }
        self.probe.set(0, self.through.dropped.saturating_add(self.others.dropped) as f32);
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.through.clear();
        self.others.clear();
        self.count = 0;
    }

    fn release(&mut self, io: &mut Io<'_>) {
        self.through.end_all(io, out::notes);
        self.others.end_all(io, out::others);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way_with, note_off, note_on, ons, random_notes, spans};
    use bf_node::rig::{Bench, Rig};

    fn heard(seed: u64, chance: f64) -> Rig {
        let mut rig =
            Rig::new(&SPEC, &Bench { seed, values: vec![("chance", chance.into())], ..Bench::default() }).unwrap();
        for i in 0..1_000 {
            rig.event(i * 4, "notes", note_on(i, 60.0, 0.5));
            rig.event(i * 4 + 3, "notes", note_off(i));
        }
        rig.run(4_096);
        rig
    }

    #[test]
    fn notes_pass_as_often_as_they_should() {
        for (chance, least, most) in [(0.0, 0, 0), (0.3, 260, 340), (1.0, 1_000, 1_000)] {
            let rig = heard(1, chance);
            let passed = ons(&rig, "notes").len();
            assert!((least..=most).contains(&passed), "{passed} of 1,000 at {chance}");
            assert_eq!(passed + ons(&rig, "others").len(), 1_000);
            for output in ["notes", "others"] {
                assert!(spans(&rig, output).iter().all(|(on, off)| *off == Some(on + 3)));
                assert_eq!(rig.events(output).len(), 2 * ons(&rig, output).len());
            }
        }
        assert_eq!(heard(1, 0.5).events("notes"), heard(1, 0.5).events("notes"));
        assert_ne!(heard(1, 0.5).events("notes"), heard(2, 0.5).events("notes"));
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[], &random_notes);
    }
}
