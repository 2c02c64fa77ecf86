//! Snaps pitches to a scale.

use crate::sequencer::note_map::NoteMap;
use bf_dsp::math::{hz_to_pitch, pitch_to_hz};
use bf_node::{
    Adopt, Event, Form, Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Processor, Setup, Status, node,
};
use bf_pattern::scale::{Key, Snap};

node! {
    /// Moves notes and pitch signals onto the notes of a scale.
    ///
    /// `scale` is a root and a name, such as `"c:minor"`, `"f#:dorian"` or `"eb:major pentatonic"`; the octave of
    /// the root does not matter. `shift` then moves by steps of the scale: 2 makes a third above that stays in key.
    /// A note takes its pitch when it begins. The signal is a MIDI note number or, with `unit = "hz"`, a frequency.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 100.0
    /// [nodes]
    /// wave = { type = "lfo", rate = 0.4 }
    /// range = { type = "maths", op = "mul", value = 14.0 }
    /// centre = { type = "maths", op = "add", value = 60.0 }
    /// key = { type = "quantizer", scale = "d:hirajoshi" }
    /// hz = { type = "maths", op = "hz" }
    /// osc = { type = "triangle" }
    /// level = { type = "maths", op = "mul", value = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "range" = "wave"
    /// "centre" = "range"
    /// "key.pitch" = "centre"
    /// "hz" = "key.pitch"
    /// "osc.freq" = "hz"
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    quantizer: Control,
    inputs {
        notes: PortSpec::events("notes", "Notes of any pitch."),
        pitch: PortSpec::signal("pitch", "A pitch in the unit of `unit`."),
    },
    outputs {
        notes: PortSpec::events("notes", "The notes, in the scale."),
        pitch: PortSpec::signal("pitch", "The pitch, in the scale and in the same unit."),
    },
    params {
        scale: ParamSpec::setting("scale", "c:major", Form::Text, "A root and the name of a scale."),
        snap: ParamSpec::choice("snap", 0, &["nearest", "down", "up"], "Which note of the scale is taken; of two equally near, the lower.").at_once(),
        shift: ParamSpec::integer("shift", 0, -28, 28, "How many steps of the scale to move, up or down.").at_once(),
        unit: ParamSpec::choice("unit", 0, &["pitch", "hz"], "What the signal is: a MIDI note number or a frequency in Hz.").at_once(),
    },
    with { make: make, probe_values: &["dropped"] }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        let key = Key::parse(setup.text("scale"))
            .map_err(|e| setup.wrong("scale", format!("a root and a scale such as \"c:minor\" ({e})")))?;
        Ok(Quantizer {
            key,
            notes: NoteMap::new(setup),
            last: vec![None; setup.channels],
            params: None,
            probe: setup.probe.clone(),
        })
    })
}

struct Quantizer {
    key: Key,
    notes: NoteMap,
    /// What entered each channel last, and what came of it: pitches mostly stand.
    last: Vec<Option<(f32, f32)>>,
    params: Option<Params>,
    probe: std::sync::Arc<bf_node::Probe>,
}

#[derive(Clone, Copy, PartialEq)]
struct Params {
    snap: Snap,
    shift: i64,
    hz: bool,
}

impl Params {
    fn read(io: &Io<'_>) -> Params {
        let snap = match io.index(par::snap) {
            0 => Snap::Nearest,
            1 => Snap::Down,
            _ => Snap::Up,
        };
        Params { snap, shift: io.number(par::shift).round() as i64, hz: io.index(par::unit) == 1 }
    }

    fn note(&self, key: &Key, pitch: f32) -> f32 {
        key.degree(key.degree_of(pitch, self.snap) + self.shift) as f32
    }

    fn signal(&self, key: &Key, x: f32) -> f32 {
        match self.hz {
            false => self.note(key, x),
            true if x > 0.0 && x.is_finite() => pitch_to_hz(self.note(key, hz_to_pitch(x))),
            true => 0.0,
        }
    }
}

impl Processor for Quantizer {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let params = Params::read(io);
        if self.params.replace(params) != Some(params) {
            self.last.fill(None);
        }
        for (channel, last) in self.last.iter_mut().enumerate().take(io.channels()) {
            let xs = io.input::<f32>(inp::pitch, channel);
            for (y, x) in io.output::<f32>(out::pitch, channel).iter_mut().zip(xs) {
                *y = match *last {
                    Some((from, to)) if from == *x => to,
                    _ => {
                        let to = params.signal(&self.key, *x);
                        *last = Some((*x, to));
                        to
                    }
                };
            }
        }
        Status::Active
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        let (params, key) = (Params::read(io), self.key);
        self.notes.forward(io, out::notes, &event.body, |note| note.pitch = params.note(&key, note.pitch));
        self.probe.set(0, self.notes.dropped as f32);
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.notes.clear();
        self.last.fill(None);
        self.params = None;
    }

    /// Notes that sound keep their names through a change of scale, so that their ends find them.
    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Quantizer>() else { return Adopt::None };
        core::mem::swap(&mut self.notes, &mut old.notes);
        Adopt::Moved
    }

    fn release(&mut self, io: &mut Io<'_>) {
        self.notes.end_all(io, out::notes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way_with, note_off, note_on, ons, random_notes, random_steps, spans};
    use bf_node::Value;
    use bf_node::rig::{Bench, Rig};

    fn rig(values: &[(&'static str, Value)]) -> Rig {
        Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap()
    }

    #[test]
    fn notes_snap_and_shift_in_the_scale() {
        let mut rig = rig(&[("scale", "d:minor".into()), ("shift", 2.0.into())]);
        rig.event(5, "notes", note_on(1, 62.3, 0.5));
        rig.event(6, "notes", note_off(1));
        rig.run(16);
        assert_eq!((ons(&rig, "notes")[0].1.pitch, spans(&rig, "notes")), (65.0, vec![(5, Some(6))]));
    }

    #[test]
    fn signals_snap_in_either_unit() {
        let mut pitch = rig(&[("snap", "down".into())]);
        pitch.feed("pitch", 0, |f, _| [61.9, 63.9, f32::NAN, f32::INFINITY, -1e30, 60.0][f as usize % 6]);
        assert_eq!(pitch.run(16)[0][..6], [60.0, 62.0, 48.0, 48.0, 48.0, 60.0]);
        let mut hz = rig(&[("unit", "hz".into())]);
        hz.feed("pitch", 0, |f, _| [445.0, 0.0, -5.0, f32::NAN][f as usize % 4]);
        assert_eq!(hz.run(16)[0][..4], [440.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_wrong_scale_is_named() {
        let bench = Bench { values: vec![("scale", "c:dorain".into())], ..Bench::default() };
        let error = Rig::new(&SPEC, &bench).err().unwrap().to_string();
        assert!(
            error.starts_with("`scale` is \"c:dorain\", expected") && error.contains("did you mean `dorian`"),
            "{error}"
        );
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[], &|rig| {
            random_notes(rig);
            let mut x = random_steps(1);
            rig.feed("pitch", 0, move |f, lane| 40.0 + 40.0 * x(f, lane));
        });
    }
}
