//! A step sequencer.

use super::chance::draw;
use super::line::Line;
use super::player::{Due, Player, Timing, fraction};
use super::rate;
use super::sounding::Moment;
use super::step_text::{Level, MAX_CHORD, Step, parse};
use bf_node::{
    Adopt, Controls, EventBody, Form, Io, LaneMask, MakeError, NodeChannels, Note, ParamSpec, PerLane, PortSpec,
    Processor, Setup, Status, Unit, node,
};
use bf_pattern::{Ratio, Transport};

node! {
    /// Plays a row of steps in time with the transport, as notes and as signals.
    ///
    /// The row is written in `steps`, words with spaces between them; `|` may stand between bars. A word is one of
    ///
    /// - a drum row: `x` a hit at the base pitch, `X` an accent, `o` a soft hit, `-` or `.` a rest, so `"x--x -oX-"`
    ///   is eight steps;
    /// - a note: a name (`c4` is MIDI note 60, `eb3`, `f#2`; without an octave the third is meant) or a number
    ///   (`60`, `60.5` is a quarter tone higher); up to eight joined by commas are a chord: `c4,eb4,g4`;
    /// - `~`, a rest; `_`, a tie: the note before goes on through this step.
    ///
    /// After a single step, without a space: `:0.5` its velocity, `?0.7` the chance that it plays (`?` alone is one
    /// half), `*3` a ratchet: so many strokes in one step.
    ///
    /// Step 0 falls on beat 0 of the transport, every step on its exact frame, also where the tempo changes. When
    /// the transport stops or jumps, the notes end. Chances are drawn from the seed and the number of the step, so
    /// the same place of the same set always plays the same.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 124.0
    /// [nodes]
    /// beat = { type = "steps", steps = "X--x --x- X--x -xoo", rate = "1/16" }
    /// drum = { type = "kick" }
    /// out = { type = "output" }
    /// [cables]
    /// "drum" = "beat"
    /// "out" = "drum"
    /// ```
    steps: Sequencer,
    inputs { },
    outputs {
        notes: PortSpec::events("notes", "The notes."),
        gate: PortSpec::mono("gate", "1 while a note sounds, else 0. Where a note follows another without a rest, it falls for one frame."),
        freq: PortSpec::mono("freq", "The frequency of the newest note in Hz; it stays when the note ends."),
        value: PortSpec::mono("value", "The velocity of the newest note, 0 to 1; it stays when the note ends."),
    },
    params {
        steps: ParamSpec::setting("steps", "x---x---x---x---", Form::Text, "The row of steps."),
        rate: rate::param(rate::SIXTEENTH, "The length of a step; 1/4 is one beat, t a triplet, d dotted; `cycle` fits the row into one bar."),
        gate_length: ParamSpec::unit_range("gate_length", 0.5, "How much of a step a note fills, 0 (one frame) to 1 (up to the next step)."),
        swing: ParamSpec::number("swing", 0.0, 0.0, 0.75, "How late every second step is, in steps: 0 is straight, 0.333 triplets, 0.5 dotted."),
        pitch: ParamSpec::number("pitch", 60.0, 0.0, 127.0, "The MIDI note number that x, X and o play."),
        velocity: ParamSpec::unit_range("velocity", 0.75, "How hard steps are played; X is a third harder, o half as hard."),
        transpose: ParamSpec::number("transpose", 0.0, -48.0, 48.0, "Added to every pitch, in semitones.").unit(Unit::Semitones),
        probability: ParamSpec::unit_range("probability", 1.0, "The chance of every step, times its own."),
    },
    with {
        make: make,
        channels: NodeChannels::Fixed(1),
        free_running: true,
        probe_values: &["step", "dropped"]
    }
}

const SIGNALS: [usize; 3] = [out::gate, out::freq, out::value];

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        let row = parse(setup.text("steps")).map_err(|(found, expected)| MakeError::Setting {
            setting: "steps",
            found,
            expected,
        })?;
        Ok(Steps {
            row,
            seed: setup.seed,
            player: Player::new(setup),
            line: Line::default(),
            strokes: None,
            probe: setup.probe.clone(),
        })
    })
}

struct Steps {
    row: Vec<Step>,
    seed: u64,
    player: Player,
    line: Line,
    /// The rest of a ratchet.
    strokes: Option<Strokes>,
    probe: std::sync::Arc<bf_node::Probe>,
}

/// What a step plays, with the params of its frame.
#[derive(Clone, Copy)]
struct Chord {
    pitches: [f32; MAX_CHORD],
    count: usize,
    velocity: f32,
}

#[derive(Clone, Copy)]
struct Strokes {
    chord: Chord,
    /// The beat of the next stroke, and from stroke to stroke.
    at: Ratio,
    apart: Ratio,
    gate: Ratio,
    left: u8,
    /// Where the last stroke ends.
    end: Ratio,
}

impl Steps {
    /// How many steps a note at a place of the row spans: itself and the ties after it.
    fn span(&self, at: usize) -> i64 {
        let after = (1..self.row.len()).take_while(|i| self.row[(at + i) % self.row.len()] == Step::Tie);
        1 + after.count() as i64
    }

    fn step(&mut self, io: &mut Io<'_>, at: usize, index: i64, timing: &Timing) {
        self.strokes = None;
        let place = index.rem_euclid(self.row.len() as i64) as usize;
        self.probe.set(0, place as f32);
        let Step::Play { pitches, level, chance, ratchet } = &self.row[place] else { return };
        let chance = chance * io.number(par::probability);
        if chance < 1.0 && draw(self.seed, 0, index) >= chance {
            return;
        }
        let chord = chord_of(io, pitches, *level);
        let gate = io.number(par::gate_length);
        let (span, strokes) = (self.span(place), i64::from((*ratchet).max(1)));
        let from = timing.beat(index);
        let apart = (timing.beat(index.saturating_add(1)) - from) * Ratio::new(1, strokes);
        let share = fraction(gate.clamp(0.0, 1.0)) * apart;
        // The last stroke fills its own share of the step, but a tie carries it on to where the note would end.
        let last = from + apart * Ratio::int(strokes - 1) + share;
        let end = if span > 1 { timing.end(index, span, gate) } else { last };
        let mut all = Strokes { chord, at: from, apart, gate: share, left: *ratchet, end };
        all.play(self, io, at);
        self.strokes = (all.left > 0).then_some(all);
    }

    /// The frame of the next stroke of a ratchet.
    fn next_stroke(&self, transport: &Transport) -> u64 {
        self.strokes.map_or(u64::MAX, |s| Moment::from(s.at).frame(transport))
    }

    fn paint(&mut self, io: &mut Io<'_>, from: usize, to: usize) {
        self.line.paint(io, SIGNALS, from, to);
    }
}

impl Strokes {
    fn play(&mut self, steps: &mut Steps, io: &mut Io<'_>, at: usize) {
        self.left = self.left.saturating_sub(1);
        let end = if self.left == 0 { self.end } else { self.at + self.gate };
        let transport = io.transport();
        for pitch in self.chord.pitches.iter().take(self.chord.count) {
            if let Some(id) = steps.player.sounding.begin(transport, io.start() + at as u64, end.into()) {
                let note = Note { id, pitch: *pitch, velocity: self.chord.velocity, controls: Controls::NONE };
                io.emit(out::notes, at, EventBody::NoteOn(note));
            }
        }
        steps.line.strike(self.chord.pitches[0], self.chord.velocity);
        self.at = self.at + self.apart;
    }
}

fn chord_of(io: &Io<'_>, pitches: &[f32], level: Level) -> Chord {
    let (transpose, velocity) = (io.number(par::transpose), io.number(par::velocity));
    let velocity = match level {
        Level::Soft => 0.5 * velocity,
        Level::Plain => velocity,
        Level::Accent => velocity * (4.0 / 3.0),
        Level::Exactly(v) => v,
    };
    let mut chord =
        Chord { pitches: [io.number(par::pitch) + transpose; MAX_CHORD], count: 1, velocity: velocity.min(1.0) };
    for (to, from) in chord.pitches.iter_mut().zip(pitches) {
        *to = from + transpose;
    }
    chord.count = pitches.len().clamp(1, MAX_CHORD);
    chord
}

impl Processor for Steps {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let transport = io.transport();
        let step = rate::step(io.index(par::rate), transport, self.row.len());
        let timing = Timing::new(step, io.number(par::swing));
        let turn = self.player.begin(io, transport, timing, out::notes);
        if turn.breaks() {
            self.strokes = None;
            self.line.gate = 0.0;
        }
        let (start, end) = (io.start(), io.start() + io.frames() as u64);
        let mut painted = 0;
        // While the transport stands, no frame comes due.
        loop {
            let stroke = self.next_stroke(transport);
            let frame = stroke.min(self.player.next_frame()).max(start);
            if frame >= end {
                break;
            }
            let at = (frame - start) as usize;
            self.paint(io, painted, at);
            painted = at;
            // A stroke comes after an off and before the next step at its frame.
            if self.player.sounding.next_off() > stroke && stroke <= self.player.next_frame() {
                if let Some(mut strokes) = self.strokes.take() {
                    strokes.play(self, io, at);
                    self.strokes = (strokes.left > 0).then_some(strokes);
                }
                continue;
            }
            match self.player.next(transport, start, end) {
                Some((_, Due::Off)) => self.player.end_next(io, out::notes, at),
                Some((_, Due::Step(index))) => self.step(io, at, index, &timing),
                None => break,
            }
            self.line.gate = f32::from(u8::from(self.player.sounding.any()));
        }
        self.paint(io, painted, io.frames());
        self.probe.set(1, self.player.sounding.dropped as f32);
        // The transport may start at any frame without an event, so there is no rest.
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.player.clear();
        self.line = Line::default();
        self.strokes = None;
    }

    /// The notes that sound and the place go on in the new row.
    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Steps>() else { return Adopt::None };
        core::mem::swap(&mut self.player, &mut old.player);
        (self.line, self.strokes) = (old.line, old.strokes.take());
        Adopt::Moved
    }

    fn release(&mut self, io: &mut Io<'_>) {
        self.player.sounding.end_all(io, out::notes, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way, ons, spans, stop_ends_all};
    use bf_node::Value;
    use bf_node::rig::{Bench, Rig};
    use bf_pattern::Tempo;

    /// A rig at 120 beats a minute, where a sixteenth has 6,000 frames.
    fn rig(row: &str, values: &[(&'static str, Value)]) -> Rig {
        let mut all = vec![("steps", Value::from(row))];
        all.extend_from_slice(values);
        Rig::new(&SPEC, &Bench { values: all, ..Bench::default() }).unwrap()
    }

    fn frames(rig: &Rig) -> Vec<u64> {
        ons(rig, "notes").iter().map(|(f, _)| *f).collect()
    }

    #[test]
    fn rows_play_on_their_frames() {
        let mut rig = rig("X-xo c4,e4 ~ 62:0.3", &[("transpose", 1.0.into())]);
        rig.run(6_000 * 8);
        let notes: Vec<(u64, f32, f32)> =
            ons(&rig, "notes").iter().map(|(f, n)| (f / 6_000, n.pitch, n.velocity)).collect();
        let want =
            [(0, 61.0, 1.0), (2, 61.0, 0.75), (3, 61.0, 0.375), (4, 61.0, 0.75), (4, 65.0, 0.75), (6, 63.0, 0.3)];
        assert_eq!(notes[..6], want);
        assert_eq!(notes[6], (7, 61.0, 1.0));
        assert!(frames(&rig).iter().all(|f| f % 6_000 == 0));
        assert_eq!(spans(&rig, "notes")[0], (0, Some(3_000)));
    }

    #[test]
    fn ties_hold_and_ratchets_split() {
        let mut rig = rig("x _ _ x*4", &[]);
        rig.run(24_000);
        assert_eq!(
            spans(&rig, "notes"),
            [
                (0, Some(15_000)),
                (18_000, Some(18_750)),
                (19_500, Some(20_250)),
                (21_000, Some(21_750)),
                (22_500, Some(23_250))
            ]
        );
        let mut rig = self::rig("x*2 _ - -", &[]);
        rig.run(24_000);
        assert_eq!(spans(&rig, "notes"), [(0, Some(1_500)), (3_000, Some(9_000))]);
    }

    #[test]
    fn a_full_gate_falls_for_a_frame_where_the_next_step_strikes() {
        let lows = |row: &str, block, random_cuts| {
            let values = vec![("steps", Value::from(row)), ("gate_length", 1.0.into())];
            let mut rig = Rig::new(&SPEC, &Bench { values, block, random_cuts, ..Bench::default() }).unwrap();
            let gate = rig.run_output("gate", 0, 0, 24_000);
            (0..24_000).filter(|i| gate[*i] == 0.0).collect::<Vec<_>>()
        };
        for (block, cuts) in [(256, None), (16, None), (64, Some(5))] {
            assert_eq!(lows("x x x x", block, cuts), [6_000, 12_000, 18_000], "blocks of {block}");
            // A tie is one note.
            assert_eq!(lows("x _ x*2 x", block, cuts), [12_000, 15_000, 18_000], "blocks of {block}");
        }
    }

    #[test]
    fn swing_is_late_by_its_part_of_a_step() {
        let mut rig = rig("x", &[("swing", (1.0 / 3.0).into())]);
        rig.run(24_000);
        assert_eq!(frames(&rig), [0, 8_000, 12_000, 20_000]);
    }

    #[test]
    fn a_row_can_fill_the_cycle() {
        let mut rig = rig("xxxxx", &[("rate", "cycle".into())]);
        rig.run(96_000);
        assert_eq!(frames(&rig), [0, 19_200, 38_400, 57_600, 76_800]);
    }

    #[test]
    fn chances_are_drawn_from_seed_and_step() {
        let mut a = rig("x?", &[]);
        a.run(6_000 * 200);
        let count = frames(&a).len();
        assert!((75..125).contains(&count), "{count} of 200 at one half");
        let mut b = rig("x?", &[]);
        b.seek(Ratio::int(40));
        b.run(6_000 * 40);
        let later: Vec<u64> = frames(&a).iter().filter(|f| **f >= 960_000).map(|f| f - 960_000).collect();
        assert_eq!(frames(&b), later);
    }

    #[test]
    fn ends_move_with_the_tempo_and_a_stop_ends_all() {
        let mut rig = rig("x _ _ _", &[("gate_length", 1.0.into())]);
        rig.run(12_000);
        rig.transport = rig.transport.with_tempo(12_000, Tempo::from_bpm(60.0));
        rig.run(12_000);
        assert_eq!(frames(&rig), [0]);
        rig.run(12_800);
        assert_eq!(spans(&rig, "notes"), [(0, Some(36_000)), (36_000, None)]);
        stop_ends_all(&mut rig, "notes");
    }

    #[test]
    fn signals_follow_the_notes() {
        let mut rig = rig("a4 ~", &[]);
        let out = rig.run(12_000);
        assert_eq!((out[0][0], out[0][2_999], out[0][3_000]), (1.0, 1.0, 0.0));
        assert_eq!((out[1][11_999], out[2][11_999]), (440.0, 0.75));
    }

    #[test]
    fn a_new_row_takes_over_what_sounds() {
        let mut rig = rig("x _ _ _", &[]);
        rig.run(7_040);
        let bench = Bench { values: vec![("steps", "~ ~ x ~".into())], ..Bench::default() };
        let mut new = Rig::new(&SPEC, &bench).unwrap().processor;
        assert_eq!(new.adopt(&mut *rig.processor), Adopt::Moved);
        rig.processor = new;
        rig.run(24_000);
        assert_eq!(spans(&rig, "notes"), [(0, Some(21_000)), (12_000, Some(15_000))]);
    }

    #[test]
    fn cuts_change_nothing() {
        let row = "X-xo c4,e4*3 ~ 62?0.5*5 _ x?";
        cut_any_way(&SPEC, &[("steps", row.into()), ("swing", 0.31.into()), ("gate_length", 0.9.into())]);
        cut_any_way(&SPEC, &[("steps", row.into()), ("rate", "1/64".into()), ("gate_length", 0.0.into())]);
    }

    #[test]
    fn wrong_rows_are_refused() {
        let bench = Bench { values: vec![("steps", "x- h4".into())], ..Bench::default() };
        let error = Rig::new(&SPEC, &bench).err().unwrap().to_string();
        assert!(error.starts_with("`steps` is `h4`, expected"), "{error}");
    }
}
