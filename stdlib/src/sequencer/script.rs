//! A script with callbacks in a patch.

use super::note_map::NoteMap;
use bf_node::{
    Code, ControlKey, Event, EventBody, Form, Heard, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane,
    PortSpec, Processor, Setup, Status, node,
};

node! {
    /// Answers notes, controls and beats with what a script says.
    ///
    /// The script is Rhai, in `code` or in a file of the set. It names what it uses and gives functions that are called:
    ///
    /// ```rhai
    /// input("shift");                       // what the script calls the params a, b, c, d, in this order
    /// output("bend");                       // and the outputs a, b, c, d
    /// let shift = 12;
    /// on_control(|name, value| {            // a param has moved, or a control came with the notes
    ///     if name == "shift" { shift = value; }
    ///     #{ output: "bend", value: value / 24 }
    /// });
    /// on_note(|note| #{ pitch: note.pitch + shift, velocity: note.velocity });
    /// on_beat(1/2, |beat| if beat % 4 == 3 { [48, #{ pitch: 55, length: 0.25, at: 0.25 }] });
    /// ```
    ///
    /// - `on_note` hears the notes that enter `notes`, with `pitch` and `velocity`; a trigger is a note of pitch 60.
    /// - `on_control` hears a param that has moved, at most 190 times a second, and each once at the beginning.
    /// - `on_beat(|beat| …)` is called for every beat of the transport; with a number before it, for each such part of a
    ///   beat or number of beats.
    ///
    /// They answer with nothing, with a note, a value for an output, or a list of such. A note is a number, its pitch, or
    /// `#{ pitch, velocity, length, at }`: pitch as MIDI number or name, length in beats, `at` beats later than the
    /// event; further numbers are controls of the note. A note without a length that answers a note lasts as long as that
    /// one; others last a quarter of a beat. A value is `#{ output: "a", value: 0.5 }`, and may have `at`, too.
    ///
    /// Callbacks run beside the sound and never hold it up. What answers a note or a control comes `delay` milliseconds
    /// after it, always, so that it is exact; what answers a beat was asked ahead and comes on the beat. What is too late
    /// is played at once and counted. A script with a fault, or one that runs on, is told with its line, and the last
    /// good one goes on; what variables hold begins anew with each change of the script.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// beat = { type = "steps", steps = "c3 e3 g3 c4", rate = "1/4" }
    /// octaves = { type = "script", code = 'on_note(|n| [n.pitch, #{ pitch: n.pitch + 12, length: 0.25 }]);' }
    /// line = { type = "cv" }
    /// voice = { type = "triangle" }
    /// level = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "octaves" = "beat"
    /// "line" = "octaves"
    /// "voice.freq" = "line.freq"
    /// "level" = "voice"
    /// "level.by" = "line.gate"
    /// "out" = "level"
    /// ```
    script: Sequencer,
    inputs {
        notes: PortSpec::events("notes", "What the script hears."),
        feed: PortSpec::events("feed", "What the script answers comes in here; other notes are passed on with it."),
    },
    outputs {
        notes: PortSpec::events("notes", "The notes of the script."),
        a: PortSpec::mono("a", "The first value of the script."),
        b: PortSpec::mono("b", "The second value of the script."),
        c: PortSpec::mono("c", "The third value of the script."),
        d: PortSpec::mono("d", "The fourth value of the script."),
    },
    params {
        file: ParamSpec::setting("file", "", Form::Code(Code::ScriptFile), "The script, by its path from the set."),
        code: ParamSpec::setting("code", "", Form::Code(Code::Script), "The script itself, in place of a file."),
        delay: ParamSpec::setting("delay", "50", Form::Count(1, 1000), "Milliseconds from a note or control to its answer."),
        a: ParamSpec::number("a", 0.0, -20_000.0, 20_000.0, "The first control that the script hears."),
        b: ParamSpec::number("b", 0.0, -20_000.0, 20_000.0, "The second control that the script hears."),
        c: ParamSpec::number("c", 0.0, -20_000.0, 20_000.0, "The third control that the script hears."),
        d: ParamSpec::number("d", 0.0, -20_000.0, 20_000.0, "The fourth control that the script hears."),
    },
    with {
        make: make,
        channels: NodeChannels::Fixed(1),
        free_running: true,
        probe_values: &["lost"],
        told: 1024
    }
}

const PARAMS: [usize; 4] = [par::a, par::b, par::c, par::d];
const VALUES: [usize; 4] = [out::a, out::b, out::c, out::d];
/// Params are looked at on frames divisible by this.
const LOOK: u64 = 256;

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        Ok(Script {
            notes: NoteMap::new(setup),
            keys: PARAMS.map(|p| setup.key(SPEC.params[p].name)),
            values: [0.0; 4],
            told: [None; 4],
            probe: setup.probe.clone(),
        })
    })
}

struct Script {
    notes: NoteMap,
    /// The names under which values for the outputs come in.
    keys: [ControlKey; 4],
    values: [f32; 4],
    /// The params as they were last told.
    told: [Option<f32>; 4],
    probe: std::sync::Arc<bf_node::Probe>,
}

impl Script {
    fn tell(&self, frame: u64, heard: Heard) {
        if !self.probe.told().push(frame, heard) {
            self.probe.set(0, self.probe.told().lost() as f32);
        }
    }
}

impl Processor for Script {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let look = io.start().next_multiple_of(LOOK);
        if look < io.start() + io.frames() as u64 {
            // Over a piece a param stands still; where it moves, pieces are shorter than the time between two looks.
            for (i, param) in PARAMS.into_iter().enumerate() {
                let value = io.number(param);
                if self.told[i] != Some(value) {
                    self.told[i] = Some(value);
                    self.tell(look, Heard::Param { param: param as u16, value });
                }
            }
        }
        for (i, output) in VALUES.into_iter().enumerate() {
            let value = self.values[i];
            io.output::<f32>(output, 0).fill(value);
        }
        Status::Active
    }

    fn event(&mut self, io: &mut Io<'_>, input: usize, event: &Event) {
        if input == inp::feed {
            match event.body {
                EventBody::Control { key, value } if self.keys.contains(&key) => {
                    let at = self.keys.iter().position(|k| *k == key).unwrap_or(0);
                    self.values[at] = if value.is_finite() { value } else { 0.0 };
                }
                body => self.notes.forward(io, out::notes, &body, |_| {}),
            }
            return;
        }
        let heard = match event.body {
            EventBody::NoteOn(note) => Heard::NoteOn { id: note.id, pitch: note.pitch, velocity: note.velocity },
            EventBody::NoteOff { id } => Heard::NoteOff { id },
            EventBody::Trigger { value } => Heard::Trigger { value },
            EventBody::Control { key, value } => Heard::Control { key, value },
            EventBody::NoteControl { .. } => return,
        };
        self.tell(io.start(), heard);
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.notes.clear();
        (self.values, self.told) = ([0.0; 4], [None; 4]);
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

    fn told(rig: &Rig) -> Vec<(u64, Heard)> {
        std::iter::from_fn(|| rig.probe.told().pop()).collect()
    }

    #[test]
    fn what_comes_in_is_told_with_its_frame_and_what_is_fed_goes_out() {
        for (block, random_cuts) in [(64, None), (16, None), (1024, Some(7))] {
            let mut rig = Rig::new(&SPEC, &Bench { block, random_cuts, ..Bench::default() }).unwrap();
            let key = rig.keys.key("b");
            rig.event(10, "notes", note_on(1, 60.0, 0.5));
            rig.event(700, "notes", note_off(1));
            rig.event(33, "feed", note_on(2, 72.0, 0.5));
            rig.event(50, "feed", EventBody::Control { key, value: 0.75 });
            rig.event(90, "feed", note_off(2));
            let out = rig.run(1024);
            assert_eq!(spans(&rig, "notes"), [(33, Some(90))], "block {block}");
            let b = &out[1];
            assert!(b[49] == 0.0 && b[50..].iter().all(|x| *x == 0.75));
            let heard = told(&rig);
            let frames: Vec<u64> = heard.iter().map(|(frame, _)| *frame).collect();
            assert_eq!(frames, [0, 0, 0, 0, 10, 700], "block {block}");
            assert!(matches!(heard[4].1, Heard::NoteOn { pitch: 60.0, velocity: 0.5, .. }));
        }
    }

    #[test]
    fn params_that_move_are_told_on_a_grid_of_their_own() {
        let run = |block: usize| {
            let mut rig = Rig::new(&SPEC, &Bench { block, ..Bench::default() }).unwrap();
            rig.drive("c", |frame, _| if frame < 1000 { 0.5 } else { frame as f32 });
            rig.run(2048);
            told(&rig)
                .into_iter()
                .filter(|(_, h)| matches!(h, Heard::Param { param, .. } if *param == par::c as u16))
                .collect::<Vec<_>>()
        };
        let heard = run(64);
        let frames: Vec<u64> = heard.iter().map(|(frame, _)| *frame).collect();
        assert_eq!(frames, [0, 1024, 1280, 1536, 1792]);
        assert_eq!((heard.clone(), heard), (run(16), run(1024)));
    }
}
