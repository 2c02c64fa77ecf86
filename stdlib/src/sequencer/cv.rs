//! Notes to signals.

use bf_dsp::math::pitch_to_hz;
use bf_node::{
    Event, EventBody, Io, LaneMask, MakeError, NodeChannels, NoteId, ParamSpec, PerLane, PortSpec, Processor, Setup,
    Status, Unit, node,
};

node! {
    /// Turns notes into frequency, gate, velocity and trigger signals, one note at a time.
    ///
    /// The newest held note counts; when it ends, the one held before it comes back. `glide` is the time from one
    /// pitch to the next, with equal steps in semitones.
    ///
    /// Without `legato` every new note strikes: `trigger` is 1 for one frame, and where another note was held, or ends
    /// where it begins, `gate` falls for one frame, so that an envelope begins anew. With `legato` overlapping notes do not strike,
    /// keep the velocity of the first, and only they glide. An event without a note (a trigger) strikes and opens
    /// the gate for one frame, behind a frame in which it falls where it was open.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 130.0
    /// [nodes]
    /// line = { type = "steps", steps = "c2 c3 _ eb2 g2:0.5 _ bb1 c2", gate_length = 0.8 }
    /// voice = { type = "cv", glide = 0.05 }
    /// osc = { type = "saw" }
    /// level = { type = "maths", op = "mul", value = 0.0 }
    /// env = { type = "adsr" }
    /// out = { type = "output" }
    /// [cables]
    /// "voice" = "line"
    /// "osc.freq" = "voice.freq"
    /// "env" = "voice.gate"
    /// "level" = "osc"
    /// "level.value" = { from = "env", amount = 0.4 }
    /// "out" = "level"
    /// ```
    cv: Sequencer,
    inputs { notes: PortSpec::events("notes", "The notes.") },
    outputs {
        freq: PortSpec::mono("freq", "The frequency in Hz; it stays when the note ends."),
        gate: PortSpec::mono("gate", "1 while a note is held, else 0."),
        velocity: PortSpec::mono("velocity", "How hard the note was struck, 0 to 1; it stays when the note ends."),
        trigger: PortSpec::mono("trigger", "1 for one frame at each strike."),
    },
    params {
        glide: ParamSpec::number("glide", 0.0, 0.0, 10.0, "The time from one pitch to the next, in seconds.").unit(Unit::Secs),
        legato: ParamSpec::switch("legato", false, "Whether overlapping notes glide without a new strike.").at_once(),
    },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true }
}

/// Notes that may be held at once; of more, the oldest is forgotten.
const ROOM: usize = 64;

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        Ok(Cv { held: Vec::with_capacity(ROOM), sample_rate: setup.sample_rate, tone: Tone::default() })
    })
}

struct Cv {
    /// The newest last.
    held: Vec<(NoteId, f32)>,
    sample_rate: f32,
    tone: Tone,
}

/// What sounds and where it is going.
#[derive(Clone, Copy)]
struct Tone {
    pitch: f32,
    freq: f32,
    target: f32,
    /// Semitones a frame, and frames left of the glide.
    rise: f32,
    left: u32,
    velocity: f32,
    /// Whether any note has sounded yet: the first does not glide.
    begun: bool,
    /// Whether the gate was open at the last frame.
    open: bool,
    /// For the next frame only: a strike, a gap in the gate; and behind the gap an open gate without a note.
    strike: bool,
    gap: bool,
    pulse: bool,
}

impl Default for Tone {
    fn default() -> Tone {
        let (pitch, freq) = (60.0, pitch_to_hz(60.0));
        let (begun, open, strike, gap, pulse) = (false, false, false, false, false);
        Tone { pitch, freq, target: pitch, rise: 0.0, left: 0, velocity: 0.0, begun, open, strike, gap, pulse }
    }
}

impl Tone {
    /// A note begins. Where the gate is still open, it falls for one frame.
    fn strike(&mut self, velocity: f32) {
        self.velocity = if velocity.is_finite() { velocity.clamp(0.0, 1.0) } else { 0.0 };
        (self.strike, self.gap) = (true, self.open);
    }

    /// Writes the gate; `held` while a note is.
    fn paint(&mut self, gate: &mut [f32], held: bool) {
        gate.fill(f32::from(u8::from(held)));
        let mut at = 0;
        if core::mem::take(&mut self.gap)
            && let Some(first) = gate.first_mut()
        {
            *first = 0.0;
            at = 1;
        }
        if self.pulse
            && let Some(frame) = gate.get_mut(at)
        {
            *frame = 1.0;
            self.pulse = false;
        }
        self.open = gate.last().map_or(self.open, |last| *last > 0.0);
    }

    fn go(&mut self, pitch: f32, frames: f32) {
        let pitch = if pitch.is_finite() { pitch.clamp(-60.0, 200.0) } else { 60.0 };
        self.left = if self.begun { frames.round().max(0.0) as u32 } else { 0 };
        (self.target, self.begun) = (pitch, true);
        if self.left == 0 {
            (self.pitch, self.freq) = (pitch, pitch_to_hz(pitch));
        } else {
            self.rise = (pitch - self.pitch) / self.left as f32;
        }
    }

    /// The frequency at the next frame.
    fn next(&mut self) -> f32 {
        if self.left > 0 {
            self.left -= 1;
            self.pitch = if self.left == 0 { self.target } else { self.pitch + self.rise };
            self.freq = pitch_to_hz(self.pitch);
        }
        self.freq
    }
}

impl Cv {
    fn note_on(&mut self, io: &Io<'_>, id: NoteId, pitch: f32, velocity: f32) {
        self.held.retain(|(other, _)| *other != id);
        let (overlaps, legato) = (!self.held.is_empty(), io.switch(par::legato));
        if self.held.len() >= ROOM {
            self.held.remove(0);
        }
        self.held.push((id, pitch));
        if !overlaps || !legato {
            self.tone.strike(velocity);
        }
        self.tone.go(pitch, if overlaps || !legato { io.number(par::glide) * self.sample_rate } else { 0.0 });
    }

    fn note_off(&mut self, io: &Io<'_>, id: NoteId) {
        let newest = self.held.last().is_some_and(|(last, _)| *last == id);
        self.held.retain(|(other, _)| *other != id);
        if let Some((_, pitch)) = self.held.last().filter(|_| newest) {
            self.tone.go(*pitch, io.number(par::glide) * self.sample_rate);
        }
    }
}

impl Processor for Cv {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let held = !self.held.is_empty();
        let tone = &mut self.tone;
        let [freq, gate, velocity, trigger] =
            io.outputs::<f32, 4>([out::freq, out::gate, out::velocity, out::trigger], 0);
        velocity.fill(tone.velocity);
        trigger.fill(0.0);
        if let Some(trigger) = trigger.first_mut() {
            *trigger = f32::from(u8::from(core::mem::take(&mut tone.strike)));
        }
        tone.paint(gate, held);
        for f in freq {
            *f = tone.next();
        }
        Status::Active
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        match event.body {
            EventBody::NoteOn(note) => self.note_on(io, note.id, note.pitch, note.velocity),
            EventBody::NoteOff { id } => self.note_off(io, id),
            EventBody::Trigger { value } => {
                self.tone.strike(value);
                self.tone.pulse = true;
            }
            EventBody::NoteControl { .. } | EventBody::Control { .. } => {}
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.held.clear();
        self.tone = Tone::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way_with, note_off, note_on, random_notes};
    use bf_node::Value;
    use bf_node::rig::{Bench, Rig};

    /// Two notes that overlap from frame 2,000 to 3,000, and what is heard: freq, gate, velocity, trigger.
    fn heard(values: &[(&'static str, Value)]) -> Vec<Vec<f32>> {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        rig.event(1_000, "notes", note_on(1, 69.0, 0.5));
        rig.event(2_000, "notes", note_on(2, 81.0, 0.9));
        rig.event(3_000, "notes", note_off(2));
        rig.event(4_000, "notes", note_off(1));
        rig.run(5_000)
    }

    fn strikes(trigger: &[f32]) -> Vec<usize> {
        (0..trigger.len()).filter(|i| trigger[*i] > 0.5).collect()
    }

    #[test]
    fn the_newest_note_counts_and_the_older_comes_back() {
        let out = heard(&[]);
        assert_eq!((out[0][1_999], out[0][2_000], out[0][3_000], out[0][4_999]), (440.0, 880.0, 440.0, 440.0));
        assert_eq!(
            (out[1][999], out[1][1_000], out[1][2_000], out[1][2_001], out[1][4_000]),
            (0.0, 1.0, 0.0, 1.0, 0.0)
        );
        assert_eq!((strikes(&out[3]), out[2][2_000]), (vec![1_000, 2_000], 0.9));
    }

    #[test]
    fn legato_does_not_strike_again() {
        let out = heard(&[("legato", true.into())]);
        assert_eq!((strikes(&out[3]), out[2][2_500], out[0][2_500]), (vec![1_000], 0.5, 880.0));
        assert!(out[1][1_000..4_000].iter().all(|g| *g == 1.0));
    }

    #[test]
    fn a_glide_arrives_in_its_time() {
        let out = heard(&[("glide", 0.01.into())]);
        assert_eq!((out[0][1_000], out[0][2_479], out[0][2_480]), (440.0, 880.0, 880.0));
        // Half way in time is half way in semitones.
        assert!((out[0][2_239] / 622.254 - 1.0).abs() < 1e-4, "{}", out[0][2_239]);
        assert!(out[0][2_000..2_480].windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn a_trigger_strikes() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.event(10, "notes", EventBody::Trigger { value: 0.4 });
        let out = rig.run(64);
        assert_eq!((out[1][9], out[1][10], out[1][11], out[2][63]), (0.0, 1.0, 0.0, 0.4));
    }

    #[test]
    fn a_note_that_begins_where_another_ends_strikes_with_either_switch() {
        for legato in [false, true] {
            let values = vec![("legato", legato.into()), ("glide", 0.01.into())];
            let mut rig = Rig::new(&SPEC, &Bench { values, ..Bench::default() }).unwrap();
            rig.event(1_000, "notes", note_on(1, 69.0, 0.5));
            rig.event(2_000, "notes", note_off(1));
            rig.event(2_000, "notes", note_on(2, 81.0, 0.9));
            rig.event(3_000, "notes", note_off(2));
            let out = rig.run(4_000);
            let low: Vec<usize> = (1_000..3_000).filter(|i| out[1][*i] == 0.0).collect();
            assert_eq!((low, strikes(&out[3]), out[2][2_000]), (vec![2_000], vec![1_000, 2_000], 0.9), "{legato}");
            // They do not overlap: with `legato` it does not glide.
            assert_eq!(out[0][2_000] == 880.0, legato);
        }
    }

    #[test]
    fn notes_that_begin_together_open_the_gate_at_once() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.event(1_000, "notes", note_on(1, 69.0, 0.5));
        rig.event(1_000, "notes", note_on(2, 72.0, 0.5));
        assert_eq!(rig.run(1_100)[1][999..1_002], [0.0, 1.0, 1.0]);
    }

    #[test]
    fn a_trigger_strikes_through_an_open_gate() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.event(10, "notes", note_on(1, 69.0, 0.5));
        for frame in [20, 30, 31] {
            rig.event(frame, "notes", EventBody::Trigger { value: 0.4 });
        }
        rig.event(31, "notes", note_off(1));
        let out = rig.run(64);
        assert_eq!(out[1][19..23], [1.0, 0.0, 1.0, 1.0]);
        assert_eq!(out[1][29..34], [1.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[("glide", 0.03.into())], &random_notes);
        cut_any_way_with(&SPEC, &[("glide", 0.03.into()), ("legato", true.into())], &random_notes);
    }
}
