//! Patterns of notes in a patch.

use super::note_map::NoteMap;
use bf_node::{
    Code, Event, Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status,
    Unit, node,
};

node! {
    /// Plays a pattern of notes.
    ///
    /// `text` is mini-notation: notes by name or MIDI number, which share a cycle, a bar. `"c3 <e3 g3>*2"` has a c and
    /// then two notes, e in one bar and g in the next; `~` is a rest, `c2(3,8)` a rhythm. In its place `code` is an
    /// expression in Rhai that yields a pattern: `'n("0 2 4").scale("c:minor").every(4, rev)'`; what it says of notes,
    /// velocity and other controls goes with each note, the sounds that it names are left out. Where both stand, `code`
    /// counts.
    ///
    /// Notes begin and end on their exact frames, and follow tempo, signature and jumps of the transport. A text that is
    /// changed while it plays is heard at once; notes that sound keep their ends. Where the new text is wrong the last
    /// good one plays on.
    ///
    /// A param of any node takes such a text, too, of numbers: `cutoff = "<300 900>*2"`.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 112.0
    /// [nodes]
    /// tune = { type = "pattern", text = "c3 <e3 g3>*2 [c4 a3](3,8)" }
    /// line = { type = "cv" }
    /// voice = { type = "triangle" }
    /// amp = { type = "adsr", decay = 0.2, sustain = 0.3 }
    /// tone = { type = "svf", cutoff = "<600 2400>*2" }
    /// level = { type = "gain", gain = 0.5 }
    /// out = { type = "output" }
    /// [cables]
    /// "line" = "tune"
    /// "voice.freq" = "line.freq"
    /// "amp.gate" = "line.gate"
    /// "tone" = "voice"
    /// "level" = "tone.low"
    /// "level.by" = "amp"
    /// "out" = "level"
    /// ```
    pattern: Sequencer,
    inputs { feed: PortSpec::events("feed", "What the pattern plays comes in here; other notes are passed on with it.") },
    outputs { notes: PortSpec::events("notes", "The notes of the pattern.") },
    params {
        text: ParamSpec::setting("text", "", Form::Code(Code::Notation), "The notes in mini-notation, such as \"c3 <e3 g3>*2\"."),
        code: ParamSpec::setting("code", "", Form::Code(Code::Expression), "A pattern in Rhai in place of `text`."),
        transpose: ParamSpec::number("transpose", 0.0, -60.0, 60.0, "How far up the notes are shifted, in semitones.").unit(Unit::Semitones),
        velocity: ParamSpec::unit_range("velocity", 1.0, "How hard the notes are played, as a factor."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), probe_values: &["dropped"] }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Pattern { notes: NoteMap::new(setup), probe: setup.probe.clone() }))
}

struct Pattern {
    notes: NoteMap,
    probe: std::sync::Arc<bf_node::Probe>,
}

impl Processor for Pattern {
    fn process(&mut self, _io: &mut Io<'_>) -> Status {
        Status::Idle
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        let (shift, hard) = (io.number(par::transpose), io.number(par::velocity));
        self.notes.forward(io, out::notes, &event.body, |note| {
            note.pitch += shift;
            note.velocity *= hard;
        });
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
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn what_is_fed_goes_on_shifted_and_softer() {
        let values = vec![("transpose", 12.0.into()), ("velocity", 0.5.into())];
        let mut rig = Rig::new(&SPEC, &Bench { values, ..Bench::default() }).unwrap();
        rig.event(10, "feed", note_on(1, 60.0, 0.5));
        rig.event(30, "feed", note_off(1));
        rig.run(64);
        let note = ons(&rig, "notes")[0].1;
        assert_eq!((note.pitch, note.velocity, spans(&rig, "notes")), (72.0, 0.25, vec![(10, Some(30))]));
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[("transpose", 3.0.into())], &random_notes);
    }
}
