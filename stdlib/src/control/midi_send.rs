//! What plays a synthesiser outside.

use bf_node::{
    Event, EventBody, Form, Heard, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor,
    Setup, Status, node,
};

node! {
    /// Plays notes, the pitch wheel and a controller of an instrument outside, over MIDI.
    ///
    /// `port` is a part of a port's name, whatever its case; nothing goes out without one. Notes of fractional pitch go
    /// to the nearest key, or, with `mpe`, each to a channel of its own, which is bent to the pitch. `value` moves the
    /// controller that `controller` names, `bend` the pitch wheel, `pressure` the pressure on the keys, each where a
    /// cable or a hand moves it. `program` is told at the beginning; 0 tells none.
    ///
    /// What goes out does so a fixed `delay` after it was played, so that it keeps its time exactly. When the set ends
    /// or the node goes, the notes that sound are ended.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// line = { type = "steps", steps = "c3 eb3 g3 c4", rate = "1/4" }
    /// sweep = { type = "lfo", rate = 0.25 }
    /// synth = { type = "midi_send", port = "synth", channel = 1, controller = 74 }
    /// voice = { type = "cv" }
    /// tone = { type = "triangle" }
    /// level = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "synth" = "line"
    /// "synth.value" = { from = "sweep", amount = 0.5 }
    /// "voice" = "line"
    /// "tone.freq" = "voice.freq"
    /// "level" = "tone"
    /// "level.by" = "voice.gate"
    /// "out" = "level"
    /// ```
    midi_send: Control,
    inputs { notes: PortSpec::events("notes", "What is played.") },
    outputs { },
    params {
        port: ParamSpec::setting("port", "", Form::Text, "A part of the name of the port."),
        channel: ParamSpec::setting("channel", "1", Form::Count(1, 16), "The channel, 1 to 16."),
        controller: ParamSpec::setting("controller", "1", Form::Count(0, 127), "The controller that `value` moves."),
        program: ParamSpec::setting("program", "0", Form::Count(0, 128), "The program, 1 to 128; 0 leaves it as it is."),
        mpe: ParamSpec::switch("mpe", false, "Whether each note goes to a channel of its own (MPE, channels 2 to 16)."),
        delay: ParamSpec::setting("delay", "30", Form::Count(1, 1000), "Milliseconds from what is played to what goes out."),
        value: ParamSpec::number("value", 0.0, 0.0, 1.0, "Moves the controller."),
        bend: ParamSpec::number("bend", 0.0, -1.0, 1.0, "Moves the pitch wheel."),
        pressure: ParamSpec::number("pressure", 0.0, 0.0, 1.0, "Moves the pressure on the keys."),
    },
    with {
        make: make,
        channels: NodeChannels::Fixed(1),
        free_running: true,
        probe_values: &["lost"],
        told: 1024
    }
}

/// Params that are told when they move.
const PARAMS: [usize; 3] = [par::value, par::bend, par::pressure];
/// Params are looked at on frames divisible by this: 187 times a second at 48 kHz.
const LOOK: u64 = 256;

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(MidiOut { told: PARAMS.map(|p| setup.start(p)), probe: setup.probe.clone() }))
}

struct MidiOut {
    /// The params as they were last told; where they stand at first is not told.
    told: [f32; 3],
    probe: std::sync::Arc<bf_node::Probe>,
}

impl MidiOut {
    fn tell(&self, frame: u64, heard: Heard) {
        if !self.probe.told().push(frame, heard) {
            self.probe.set(0, self.probe.told().lost() as f32);
        }
    }
}

impl Processor for MidiOut {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let look = io.start().next_multiple_of(LOOK);
        if look < io.start() + io.frames() as u64 {
            for (i, param) in PARAMS.into_iter().enumerate() {
                let value = io.number(param);
                if self.told[i] != value {
                    self.told[i] = value;
                    self.tell(look, Heard::Param { param: param as u16, value });
                }
            }
        }
        Status::Active
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        let heard = match event.body {
            EventBody::NoteOn(note) => Heard::NoteOn { id: note.id, pitch: note.pitch, velocity: note.velocity },
            EventBody::NoteOff { id } => Heard::NoteOff { id },
            EventBody::Trigger { value } => Heard::Trigger { value },
            EventBody::Control { .. } | EventBody::NoteControl { .. } => return,
        };
        self.tell(io.start(), heard);
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.told = [0.0; 3];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{note_off, note_on};
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn what_is_played_is_told_with_its_frame() {
        for block in [16, 64, 1024] {
            let mut rig = Rig::new(&SPEC, &Bench { block, ..Bench::default() }).unwrap();
            rig.drive("value", |frame, _| if frame < 600 { 0.0 } else { 0.5 });
            rig.event(10, "notes", note_on(1, 60.0, 0.5));
            rig.event(700, "notes", note_off(1));
            rig.run(1024);
            let told: Vec<(u64, Heard)> = std::iter::from_fn(|| rig.probe.told().pop()).collect();
            let frames: Vec<u64> = told.iter().map(|(frame, _)| *frame).collect();
            assert_eq!(frames, [10, 700, 768], "block {block}");
            assert!(matches!(told[0].1, Heard::NoteOn { pitch: 60.0, velocity: 0.5, .. }));
            assert!(matches!(told[2].1, Heard::Param { value: 0.5, .. }));
        }
    }
}
