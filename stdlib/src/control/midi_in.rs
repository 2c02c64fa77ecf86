//! What a keyboard or controller plays.

use crate::sequencer::note_map::NoteMap;
use bf_node::{
    ControlKey, Event, EventBody, Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor,
    Setup, Status, node,
};

node! {
    /// Plays what comes in over MIDI: notes, wheels, pressure and one controller.
    ///
    /// `port` is a part of a port's name, whatever its case; without it any keyboard of the machine is heard.
    /// `channel` is 1 to 16, or 0 for all. The ports are opened when the set is played live and again whenever they are
    /// plugged in. A note that the driver has given a time falls a fixed few milliseconds after it, to the frame.
    ///
    /// `bend` is the pitch wheel from -1 to 1, `pressure` and `modulation` (controller 1) are 0 to 1, and `control` is
    /// the controller that `controller` names. The sustain pedal (controller 64) holds notes. With `mpe` each note bends
    /// by itself: its controls `bend` (in semitones), `pressure` and `timbre` reach the instrument's controls of those
    /// names.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// keys = { type = "midi_in", channel = 0 }
    /// demo = { type = "steps", steps = "c3 eb3 g3 c4", rate = "1/4" }
    /// line = { type = "cv" }
    /// voice = { type = "saw" }
    /// filter = { type = "svf", cutoff = 900.0 }
    /// level = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "line" = ["keys", "demo"]
    /// "voice.freq" = "line.freq"
    /// "filter" = "voice"
    /// "filter.cutoff" = { from = "keys.modulation", amount = 4.0 }
    /// "level" = "filter.low"
    /// "level.by" = "line.gate"
    /// "out" = "level"
    /// ```
    midi_in: Control,
    inputs { feed: PortSpec::events("feed", "What comes in is played here; other notes are passed on with it.") },
    outputs {
        notes: PortSpec::events("notes", "The notes."),
        bend: PortSpec::mono("bend", "The pitch wheel, -1 to 1."),
        pressure: PortSpec::mono("pressure", "The pressure on the keys, 0 to 1."),
        modulation: PortSpec::mono("modulation", "The modulation wheel, 0 to 1."),
        control: PortSpec::mono("control", "The controller that `controller` names, 0 to 1."),
    },
    params {
        port: ParamSpec::setting("port", "", Form::Text, "A part of the name of the port; any keyboard where nothing is said."),
        channel: ParamSpec::setting("channel", "0", Form::Count(0, 16), "The channel, 1 to 16; 0 for all."),
        controller: ParamSpec::setting("controller", "7", Form::Count(0, 127), "The controller that the output `control` follows."),
        mpe: ParamSpec::switch("mpe", false, "Whether each note has a channel of its own (MPE)."),
    },
    with {
        make: make,
        channels: NodeChannels::Fixed(1),
        free_running: true
    }
}

const VALUES: [usize; 4] = [out::bend, out::pressure, out::modulation, out::control];

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        Ok(MidiIn {
            notes: NoteMap::new(setup),
            keys: VALUES.map(|o| setup.key(SPEC.outputs[o].name)),
            values: [0.0; 4],
        })
    })
}

struct MidiIn {
    notes: NoteMap,
    /// The names under which values come in.
    keys: [ControlKey; 4],
    values: [f32; 4],
}

impl Processor for MidiIn {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        for (i, output) in VALUES.into_iter().enumerate() {
            let value = self.values[i];
            io.output::<f32>(output, 0).fill(value);
        }
        Status::Active
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        match event.body {
            EventBody::Control { key, value } if self.keys.contains(&key) => {
                let at = self.keys.iter().position(|k| *k == key).unwrap_or(0);
                self.values[at] = if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 };
            }
            body => self.notes.forward(io, out::notes, &body, |_| {}),
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.notes.clear();
        self.values = [0.0; 4];
    }

    fn release(&mut self, io: &mut Io<'_>) {
        self.notes.end_all(io, out::notes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{note_off, note_on, spans};
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn notes_pass_and_values_stay_until_they_move() {
        for block in [16, 64, 1024] {
            let mut rig = Rig::new(&SPEC, &Bench { block, ..Bench::default() }).unwrap();
            let [bend, _, modulation, _] = VALUES.map(|o| rig.keys.key(SPEC.outputs[o].name));
            rig.event(10, "feed", note_on(1, 60.0, 0.5));
            rig.event(50, "feed", EventBody::Control { key: bend, value: -0.5 });
            rig.event(70, "feed", EventBody::Control { key: modulation, value: f32::NAN });
            rig.event(700, "feed", note_off(1));
            let out = rig.run(1024);
            assert_eq!(spans(&rig, "notes"), [(10, Some(700))], "block {block}");
            assert!(out[0][..50].iter().all(|x| *x == 0.0) && out[0][50..].iter().all(|x| *x == -0.5));
            assert!(out[2].iter().all(|x| *x == 0.0));
        }
    }
}
