//! Shifts notes in pitch.

use super::note_map::NoteMap;
use bf_node::{
    Event, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status, Unit, node,
};

node! {
    /// Shifts notes up or down.
    ///
    /// A note takes the shift that holds when it begins and keeps it to its end. Fractions of a semitone are
    /// allowed. Triggers and controls pass as they are.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// beat = { type = "steps", steps = "c2 c3? g2 ~" }
    /// up = { type = "transpose", semitones = 7.0 }
    /// drum = { type = "tom" }
    /// out = { type = "output" }
    /// [cables]
    /// "up" = "beat"
    /// "drum" = "up"
    /// "out" = "drum"
    /// ```
    transpose: Sequencer,
    inputs { notes: PortSpec::events("notes", "The notes.") },
    outputs { notes: PortSpec::events("notes", "The shifted notes.") },
    params {
        semitones: ParamSpec::number("semitones", 0.0, -60.0, 60.0, "How far up, in semitones; 12 are an octave.").unit(Unit::Semitones),
    },
    with { make: make, channels: NodeChannels::Fixed(1), probe_values: &["dropped"] }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Transpose { notes: NoteMap::new(setup), probe: setup.probe.clone() }))
}

struct Transpose {
    notes: NoteMap,
    probe: std::sync::Arc<bf_node::Probe>,
}

impl Processor for Transpose {
    fn process(&mut self, _io: &mut Io<'_>) -> Status {
        Status::Idle
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        let shift = io.number(par::semitones);
        self.notes.forward(io, out::notes, &event.body, |note| note.pitch += shift);
        self.probe.set(0, self.notes.dropped as f32);
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.notes.clear();
    }

    fn release(&mut self, io: &mut Io<'_>) {
        self.notes.end_all(io, out::notes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way_with, note_off, note_on, ons, random_notes, spans};
    use bf_node::EventBody;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn notes_are_shifted_and_end() {
        let mut rig =
            Rig::new(&SPEC, &Bench { values: vec![("semitones", (-5.5).into())], ..Bench::default() }).unwrap();
        rig.event(10, "notes", note_on(1, 60.0, 0.5));
        rig.event(20, "notes", EventBody::Trigger { value: 0.3 });
        rig.event(30, "notes", note_off(1));
        rig.event(40, "notes", note_off(9));
        rig.run(64);
        assert_eq!(spans(&rig, "notes"), [(10, Some(30))]);
        assert_eq!(ons(&rig, "notes")[0].1.pitch, 54.5);
        assert!(rig.events("notes").contains(&(20, EventBody::Trigger { value: 0.3 })));
        assert_eq!(rig.events("notes").len(), 3);
    }

    #[test]
    fn too_many_notes_are_dropped_whole() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        for id in 0..600 {
            rig.event(1, "notes", note_on(id, 60.0, 0.5));
            rig.event(50, "notes", note_off(id));
        }
        rig.run(64);
        assert_eq!((spans(&rig, "notes").len(), rig.events("notes").len()), (512, 1024));
        assert_eq!(rig.probe.get(0), 88.0);
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[("semitones", 3.0.into())], &random_notes);
    }
}
