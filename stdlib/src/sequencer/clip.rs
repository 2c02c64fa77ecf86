//! A clip of notes.

use super::clip_notes::{ClipNote, Score};
use super::sounding::{Moment, Sounding};
use super::watch::{Turn, Watch};
use bf_node::{
    Adopt, EventBody, Form, Io, LaneMask, MakeError, NodeChannels, Note, ParamSpec, PerLane, PortSpec, Processor,
    Setup, Status, Unit, node,
};
use bf_pattern::{Ratio, Transport};

node! {
    /// Plays written notes in time with the transport, over and over or once.
    ///
    /// `notes` is a list of tables, in any order:
    ///
    /// - `at`: the beat at which the note begins, from the start of the clip;
    /// - `pitch`: a MIDI note number or a name (`c4` is 60); 60 where nothing is said;
    /// - `length`: its length in beats; a quarter of a beat where nothing is said;
    /// - `velocity`: 0 to 1; 0.75 where nothing is said;
    /// - any other key is a control that the note carries to the instrument, such as `cutoff = 900`.
    ///
    /// The clip lasts `length` / `length_div` beats and then begins again; passes are counted from beat 0 of the
    /// transport, and notes that reach past the end are cut there. With a length of 0 it plays once, from beat 0.
    /// Every note falls on its exact frame, also where the tempo changes. When the transport stops or jumps, the
    /// notes end; a note whose beginning was jumped over does not sound.
    ///
    /// With a `file` the clip plays a standard MIDI file as well, each note on its exact tick: all of it, or one `track`
    /// (of those that hold notes) or `channel`. The file's own tempo does not count; its beats do. With `fit` the clip
    /// lasts as long as the file, up to a whole bar, or as its notes, up to a whole beat. A file that is missing or broken is told, and
    /// what played before plays on.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 110.0
    /// [nodes]
    /// line = { type = "clip", length = 4, notes = [{ at = 0, pitch = "c3", length = 1 }, { at = 1.5, pitch = "eb3", length = 0.5 }, { at = 2, pitch = "g3", length = 1.5 }] }
    /// voice = { type = "cv", glide = 0.04 }
    /// osc = { type = "triangle" }
    /// level = { type = "maths", op = "mul", value = 0.0 }
    /// env = { type = "adsr" }
    /// out = { type = "output" }
    /// [cables]
    /// "voice" = "line"
    /// "osc.freq" = "voice.freq"
    /// "env" = "voice.gate"
    /// "level" = "osc"
    /// "level.value" = { from = "env", amount = 0.5 }
    /// "out" = "level"
    /// ```
    clip: Sequencer,
    inputs { },
    outputs { notes: PortSpec::events("notes", "The notes.") },
    params {
        notes: ParamSpec::setting("notes", "[]", Form::List, "The notes, each a table."),
        file: ParamSpec::setting("file", "", Form::Notes, "A standard MIDI file, relative to the set."),
        track: ParamSpec::setting("track", "0", Form::Count(0, 1024), "Which track of the file, from 1; 0 for all."),
        channel: ParamSpec::setting("channel", "0", Form::Count(0, 16), "Which MIDI channel of the file, from 1; 0 for all."),
        fit: ParamSpec::switch("fit", false, "Whether the clip is as long as its file or notes, whatever `length` says."),
        length: ParamSpec::integer("length", 4, 0, 65_536, "Beats until the clip begins again, divided by `length_div`; 0 plays it once."),
        length_div: ParamSpec::integer("length_div", 1, 1, 64, "Divides the length: a length of 7 divided by 2 is three and a half beats."),
        transpose: ParamSpec::number("transpose", 0.0, -48.0, 48.0, "Added to every pitch, in semitones.").unit(Unit::Semitones),
        velocity: ParamSpec::number("velocity", 1.0, 0.0, 2.0, "Scales every velocity."),
    },
    with {
        make: make,
        channels: NodeChannels::Fixed(1),
        free_running: true,
        probe_values: &["dropped"]
    }
}

/// Notes that may sound at once.
const ROOM: usize = 1024;

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        Ok(Clip {
            score: Score::read(setup)?,
            watch: Watch::default(),
            sounding: Sounding::new(setup.salt, ROOM),
            place: None,
            probe: setup.probe.clone(),
        })
    })
}

struct Clip {
    score: Score,
    watch: Watch,
    sounding: Sounding,
    place: Option<Place>,
    probe: std::sync::Arc<bf_node::Probe>,
}

/// Where the clip stands.
#[derive(Clone, Copy)]
struct Place {
    /// Beats of one pass; 0 for a clip that plays once.
    length: Ratio,
    /// How many of the notes begin within it.
    count: usize,
    /// The pass, and the beat at which it began.
    pass: i64,
    base: Ratio,
    /// The next note of the pass and its frame.
    next: usize,
    due: u64,
}

impl Place {
    /// The first note that is due at a frame or later.
    fn find(notes: &[ClipNote], length: Ratio, transport: &Transport, frame: u64) -> Place {
        let once = length <= Ratio::ZERO;
        let count = if once { notes.len() } else { notes.partition_point(|n| n.at < length) };
        let mut place = Place { length, count, pass: 0, base: Ratio::ZERO, next: 0, due: u64::MAX };
        let pass = if once { 0 } else { (transport.beat_exact(frame) / length).floor() };
        // The last notes of the pass before may round to this frame; those of the pass may be over.
        for pass in if once { 0..=0 } else { pass.saturating_sub(1)..=pass.saturating_add(1) } {
            (place.pass, place.base) = (pass, Ratio::int(pass) * length);
            let base = place.base;
            place.next = notes[..count].partition_point(|n| Moment::sum(base, n.at).before(transport, frame));
            if place.next < count {
                break;
            }
        }
        place.time(notes, transport);
        place
    }

    fn time(&mut self, notes: &[ClipNote], transport: &Transport) {
        let note = notes.get(self.next).filter(|_| self.next < self.count);
        self.due = note.map_or(u64::MAX, |n| Moment::sum(self.base, n.at).frame(transport));
    }

    fn advance(&mut self, notes: &[ClipNote], transport: &Transport) {
        self.next += 1;
        if self.next >= self.count && self.length > Ratio::ZERO && self.count > 0 {
            self.pass = self.pass.saturating_add(1);
            (self.base, self.next) = (Ratio::int(self.pass) * self.length, 0);
        }
        self.time(notes, transport);
    }
}

impl Clip {
    /// Ends what must end and finds the place where it is not known. `None` while the transport stands.
    fn begin(&mut self, io: &mut Io<'_>) -> Option<Place> {
        let (transport, start) = (io.transport(), io.start());
        let said = Ratio::new(i64::from(whole(io, par::length)), i64::from(whole(io, par::length_div).max(1)));
        let length = if io.switch(par::fit) { self.score.length } else { said };
        let turn = self.watch.turn(transport, start, io.frames());
        if turn.breaks() {
            self.sounding.end_all(io, out::notes, 0);
            self.place = None;
        }
        if !turn.plays() {
            return None;
        }
        let notes = &self.score.notes;
        let mut place = match self.place.filter(|p| p.length == length) {
            Some(place) => place,
            None => Place::find(notes, length, transport, start),
        };
        if turn == Turn::Tempo {
            self.sounding.retime(transport);
            place.time(notes, transport);
        }
        Some(place)
    }

    fn play(&mut self, io: &mut Io<'_>, at: usize, place: &Place) {
        let Some(note) = self.score.notes.get(place.next) else { return };
        let end = if place.length > Ratio::ZERO { note.end.min(place.length) } else { note.end };
        let end = Moment::sum(place.base, end);
        let Some(id) = self.sounding.begin(io.transport(), io.start() + at as u64, end) else { return };
        let note = Note {
            id,
            pitch: note.pitch + io.number(par::transpose),
            velocity: (note.velocity * io.number(par::velocity)).min(1.0),
            controls: self.score.controls.get(note.controls).copied().unwrap_or_default(),
        };
        io.emit(out::notes, at, EventBody::NoteOn(note));
    }
}

fn whole(io: &Io<'_>, param: usize) -> i32 {
    io.number(param).round() as i32
}

impl Processor for Clip {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let Some(mut place) = self.begin(io) else { return Status::Active };
        let transport = io.transport();
        let (start, end) = (io.start(), io.start() + io.frames() as u64);
        loop {
            let off = self.sounding.next_off();
            let frame = off.min(place.due);
            if frame >= end {
                break;
            }
            let at = (frame.max(start) - start) as usize;
            if off <= place.due {
                if let Some(id) = self.sounding.pop() {
                    io.emit(out::notes, at, EventBody::NoteOff { id });
                }
            } else {
                self.play(io, at, &place);
                place.advance(&self.score.notes, transport);
            }
        }
        self.place = Some(place);
        self.probe.set(0, self.sounding.dropped as f32);
        // The transport may start at any frame without an event, so there is no rest.
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.watch = Watch::default();
        self.sounding.clear();
        self.place = None;
    }

    /// The notes that sound go on to their ends; the place is found in the new notes. While a file loads, and when it
    /// cannot be read, the notes from before play on.
    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Clip>() else { return Adopt::None };
        if self.score.awaits_file {
            core::mem::swap(&mut self.score, &mut old.score);
        }
        core::mem::swap(&mut self.sounding, &mut old.sounding);
        self.watch = old.watch;
        Adopt::Moved
    }

    fn release(&mut self, io: &mut Io<'_>) {
        self.sounding.end_all(io, out::notes, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way, ons, spans, stop_ends_all};
    use bf_node::rig::{Bench, Rig};
    use bf_node::{FileNote, NoteFile, SampleSource, Value};

    fn note(fields: &[(&str, Value)]) -> Value {
        Value::Table(fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
    }

    fn at(beat: f64, length: f64) -> Value {
        note(&[("at", beat.into()), ("length", length.into())])
    }

    /// A rig at 120 beats a minute, where a beat has 24,000 frames.
    fn rig(notes: Vec<Value>, values: &[(&'static str, Value)]) -> Rig {
        let mut all = vec![("notes", Value::List(notes))];
        all.extend_from_slice(values);
        Rig::new(&SPEC, &Bench { values: all, ..Bench::default() }).unwrap()
    }

    #[test]
    fn notes_play_in_each_pass_and_are_cut_at_its_end() {
        let mut rig =
            rig(vec![at(1.0, 3.0), at(0.0, 0.5), at(2.0, 1.0)], &[("length", 3.0.into()), ("length_div", 2.0.into())]);
        rig.run(72_000 + 64);
        assert_eq!(
            spans(&rig, "notes"),
            [(0, Some(12_000)), (24_000, Some(36_000)), (36_000, Some(48_000)), (60_000, Some(72_000)), (72_000, None)]
        );
        stop_ends_all(&mut rig, "notes");
    }

    #[test]
    fn a_length_of_nought_plays_once() {
        let mut rig = rig(vec![at(0.5, 0.5), at(0.0, 0.5)], &[("length", 0.0.into())]);
        rig.run(96_000);
        assert_eq!(spans(&rig, "notes"), [(0, Some(12_000)), (12_000, Some(24_000))]);
        rig.seek(Ratio::new(1, 4));
        rig.run(24_000);
        assert_eq!(ons(&rig, "notes").len(), 3);
    }

    #[test]
    fn notes_carry_what_they_say() {
        let say =
            note(&[("at", 0.0.into()), ("pitch", "eb3".into()), ("velocity", 0.5.into()), ("cutoff", 900.0.into())]);
        let mut rig = rig(vec![say], &[("transpose", 12.0.into()), ("velocity", 1.5.into())]);
        rig.run(64);
        let (_, heard) = ons(&rig, "notes")[0];
        assert_eq!((heard.pitch, heard.velocity), (63.0, 0.75));
        assert_eq!(heard.controls.get(rig.keys.key("cutoff")), Some(900.0));
    }

    #[test]
    fn wrong_notes_are_named() {
        for (wrong, hint) in [
            (note(&[("pitch", 60.0.into())]), "`at`"),
            (note(&[("at", (-1.0).into())]), "`at` as beats"),
            (note(&[("at", 0.0.into()), ("pitch", "h".into())]), "no note"),
            (note(&[("at", 0.0.into()), ("velocity", 2.0.into())]), "`velocity` from 0 to 1"),
            (note(&[("at", 0.0.into()), ("cutoff", "x".into())]), "the control `cutoff`"),
            (Value::Number(1.0), "a table"),
        ] {
            let bench = Bench { values: vec![("notes", Value::List(vec![at(0.0, 1.0), wrong]))], ..Bench::default() };
            let error = Rig::new(&SPEC, &bench).err().unwrap().to_string();
            assert!(error.starts_with("`notes` is note 2: ") && error.contains(hint), "{error}");
        }
    }

    #[test]
    fn a_hundred_thousand_notes_find_their_place() {
        let notes: Vec<Value> = (0..100_000).map(|i| at(f64::from(i) / 5_000.0, 0.02)).collect();
        let mut rig = rig(notes, &[("length", 20.0.into())]);
        rig.seek(Ratio::int(1009));
        rig.run(4_800);
        // 0.2 beats hold 1,000 notes, each a fifth of a thousandth of a beat after the other: 4.8 frames.
        let heard = ons(&rig, "notes");
        assert_eq!(heard.len(), 1_000);
        for (i, (frame, _)) in heard.iter().enumerate() {
            assert_eq!(*frame, (i as f64 * 4.8).round() as u64);
        }
        assert!(
            spans(&rig, "notes").iter().flat_map(|(on, off)| off.map(|o| o - on)).all(|f| (479..=481).contains(&f))
        );
    }

    #[test]
    fn what_finds_no_room_is_dropped_and_counted() {
        // One after the other: how many begin within 16 frames has a bound of its own.
        let notes = (0..ROOM + 5).map(|i| at(i as f64 * 0.001, 3.0)).collect();
        let mut rig = rig(notes, &[]);
        rig.run(30_016);
        assert_eq!((ons(&rig, "notes").len(), rig.probe.get(0)), (ROOM, 5.0));
    }

    #[test]
    fn new_notes_take_over_what_sounds() {
        let mut rig = rig(vec![at(0.0, 2.0)], &[]);
        rig.run(12_032);
        let values = vec![("notes", Value::List(vec![at(0.0, 2.0), at(1.0, 0.5)]))];
        let mut new = Rig::new(&SPEC, &Bench { values, ..Bench::default() }).unwrap().processor;
        assert_eq!(new.adopt(&mut *rig.processor), Adopt::Moved);
        rig.processor = new;
        rig.run(48_000);
        assert_eq!(spans(&rig, "notes"), [(0, Some(48_000)), (24_000, Some(36_000))]);
    }

    /// A file of two tracks at 480 ticks a beat, of 7 ticks a note.
    struct Shelf;

    impl SampleSource for Shelf {
        fn sample(&self, _path: &str) -> Option<std::sync::Arc<bf_node::Sample>> {
            None
        }
        fn notes(&self, path: &str) -> Option<std::sync::Arc<NoteFile>> {
            let note = |tick: i64, track: u16| FileNote {
                start: Ratio::new(tick, 480),
                end: Ratio::new(tick + 7, 480),
                pitch: 36 + track as u8,
                velocity: 127,
                channel: 10,
                track,
            };
            let notes = (0..100).map(|i| note(i * 17, (i % 2) as u16 + 1)).collect();
            let file = NoteFile { notes, length: Ratio::int(4), ..NoteFile::default() };
            (path == "a.mid").then(|| std::sync::Arc::new(file))
        }
    }

    fn file_rig(values: &[(&'static str, Value)]) -> Rig {
        let bench = Bench { values: values.to_vec(), samples: &Shelf, ..Bench::default() };
        Rig::new(&SPEC, &bench).unwrap()
    }

    #[test]
    fn a_file_plays_on_its_ticks_as_long_as_it_is() {
        // A tick has 50 frames.
        let mut rig = file_rig(&[("file", "a.mid".into()), ("fit", true.into()), ("length", 1.0.into())]);
        rig.run(96_000 + 64);
        let spans = spans(&rig, "notes");
        assert_eq!(spans.len(), 101);
        for (i, (on, off)) in spans[..100].iter().enumerate() {
            let on_tick = i as u64 * 17 * 50;
            assert_eq!((*on, *off), (on_tick, Some(on_tick + 350)), "note {i}");
        }
        assert_eq!(spans[100].0, 96_000);
    }

    #[test]
    fn a_track_and_a_channel_are_chosen() {
        let play = |track: f64, channel: f64| {
            let values = [("file", "a.mid".into()), ("track", track.into()), ("channel", channel.into())];
            let mut rig = file_rig(&values);
            rig.run(20_000);
            ons(&rig, "notes").iter().map(|(_, n)| n.pitch).collect::<Vec<_>>()
        };
        assert_eq!(play(0.0, 10.0).len(), 24);
        assert_eq!(play(2.0, 0.0), [38.0; 12]);
        assert_eq!(play(0.0, 1.0), [0.0; 0]);
    }

    #[test]
    fn a_file_that_is_not_there_leaves_what_played() {
        let mut rig = file_rig(&[("file", "a.mid".into())]);
        rig.run(8_000);
        rig.processor = {
            let mut new = file_rig(&[("file", "missing.mid".into())]).processor;
            assert_eq!(new.adopt(&mut *rig.processor), Adopt::Moved);
            new
        };
        rig.run(12_000);
        assert_eq!(ons(&rig, "notes").len(), 24);
        // No file at all is another matter.
        let mut new = file_rig(&[]).processor;
        new.adopt(&mut *rig.processor);
        rig.processor = new;
        rig.run(10_000);
        assert_eq!(ons(&rig, "notes").len(), 24);
    }

    #[test]
    fn cuts_change_nothing() {
        let notes = (0..60).map(|i| at(f64::from(i) / 12.7, f64::from(i % 5) / 7.0)).collect();
        cut_any_way(&SPEC, &[("notes", Value::List(notes)), ("length", 3.0.into())]);
    }
}
