//! Bends how hard notes are played.

use super::note_map::NoteMap;
use bf_dsp::math::{exp2, pow};
use bf_node::{
    Event, EventBody, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status,
    node,
};

node! {
    /// Bends the velocity of notes and triggers.
    ///
    /// The velocity v becomes low + (high − low) × v^γ with γ = 4^−curve: at 0 the curve is straight, above 0 soft
    /// notes come up, below 0 they go down. With `low` above `high` soft and hard change places.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// beat = { type = "steps", steps = "x:0.1 x:0.3 x:0.6 x:1" }
    /// curve = { type = "velocity", curve = 0.5, low = 0.2 }
    /// drum = { type = "snare" }
    /// out = { type = "output" }
    /// [cables]
    /// "curve" = "beat"
    /// "drum" = "curve"
    /// "out" = "drum"
    /// ```
    velocity: Sequencer,
    inputs { notes: PortSpec::events("notes", "Notes and triggers.") },
    outputs { notes: PortSpec::events("notes", "The same with other velocities.") },
    params {
        curve: ParamSpec::number("curve", 0.0, -1.0, 1.0, "0 is straight; above, soft notes come up; below, they go down."),
        low: ParamSpec::unit_range("low", 0.0, "What velocity 0 becomes."),
        high: ParamSpec::unit_range("high", 1.0, "What velocity 1 becomes."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), probe_values: &["dropped"] }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Velocity { notes: NoteMap::new(setup), probe: setup.probe.clone() }))
}

struct Velocity {
    notes: NoteMap,
    probe: std::sync::Arc<bf_node::Probe>,
}

fn bend(io: &Io<'_>, v: f32) -> f32 {
    let (low, high) = (io.number(par::low), io.number(par::high));
    let v = if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.0 };
    low + (high - low) * pow(v, exp2(-2.0 * io.number(par::curve)))
}

impl Processor for Velocity {
    fn process(&mut self, _io: &mut Io<'_>) -> Status {
        Status::Idle
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        match event.body {
            EventBody::NoteOn(note) => {
                let velocity = bend(io, note.velocity);
                self.notes.forward(io, out::notes, &event.body, |n| n.velocity = velocity);
            }
            EventBody::Trigger { value } => {
                let value = bend(io, value);
                io.emit(out::notes, 0, EventBody::Trigger { value });
            }
            _ => self.notes.forward(io, out::notes, &event.body, |_| {}),
        }
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
    use crate::sequencer::testing::{cut_any_way_with, note_on, ons, random_notes};
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn velocities_are_bent() {
        for (curve, low, high, from, to) in [
            (0.0, 0.0, 1.0, 0.3, 0.3),
            (0.5, 0.0, 1.0, 0.25, 0.5),
            (-0.5, 0.0, 1.0, 0.5, 0.25),
            (0.0, 1.0, 0.5, 1.0, 0.5),
        ] {
            let values = vec![("curve", curve.into()), ("low", low.into()), ("high", high.into())];
            let mut rig = Rig::new(&SPEC, &Bench { values, ..Bench::default() }).unwrap();
            rig.event(0, "notes", note_on(1, 60.0, from));
            rig.event(1, "notes", EventBody::Trigger { value: from });
            rig.run(16);
            assert!((ons(&rig, "notes")[0].1.velocity - to).abs() < 1e-6, "{curve} {low} {high} {from}");
            let EventBody::Trigger { value } = rig.events("notes")[1].1 else { panic!("a trigger") };
            assert!((value - to).abs() < 1e-6);
        }
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[("curve", 0.3.into())], &random_notes);
    }
}
