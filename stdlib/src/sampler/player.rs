//! The sampler: plays a sound file by notes, or by itself.

use super::envelope::Envelope;
use super::place::{MOST_FRAMES, ONE, Stretch};
use super::pool::Pool;
use super::taps::Quality;
use super::voice::{Motion, Voice};
use bf_dsp::math;
use bf_node::sample::{GUARD, stride};
use bf_node::{
    Adopt, ControlKey, Controls, Event, EventBody, Form, Io, LaneMask, MakeError, NoteId, ParamSpec, PerLane, PortSpec,
    Probe, Processor, Sample, Setup, Status, node,
};
use std::sync::Arc;

node! {
    /// Plays a sound file: hits, loops, slices and pitched notes.
    ///
    /// `file` is a path from the set's folder, or a name: `bd` is the first take of the bass drum of the bank `forge`,
    /// which ships, `bd:2` its third, `found/break` a sound of the bank `found`. `beatforge sounds` lists them. Folders
    /// with a `samples.toml` in the `samples` of a set are banks of its own, and come first.
    ///
    /// A note plays the file at the pitch of the note relative to `root`; a trigger plays it as it is. Up to `voices`
    /// notes sound at once; the quietest makes room for a new one. With `one_shot` (as it stands) a note plays to its
    /// end however short it is held, as a drum does; without, letting go starts the `release`. A looped note always
    /// ends when it is let go; a looped trigger plays until a choke or newer notes take its place.
    ///
    /// `start` and `end` choose the part that plays. `slices` cuts this part into equal slices: the `root` note plays
    /// the first, the next semitone the second, and so on round again, each at its own pitch. With `marks` the slices
    /// are those that the `samples.toml` beside the file (or of its bank) marks. `autoplay` plays without any note, round
    /// and round where `looped` is on. `rate` is the speed and with it the pitch: 2 is an octave up. `reverse` plays
    /// backwards. With `choke` a new note cuts the ones before it.
    ///
    /// A loop keeps its length. At its seam its end fades, over `loop_fade`, into what the file holds before
    /// `loop_start`, or its beginning comes out of what follows `loop_end`, so that it does not click; at most half of
    /// the loop fades. A loop of the whole file has nothing around it and plays as it was recorded.
    ///
    /// A note may carry the controls `rate`, `start`, `end` and `gain` for itself alone.
    ///
    /// High notes are read from octave copies that are filtered beforehand, so that they do not alias: a tone of
    /// 15 kHz two octaves up leaves nothing above −80 dB. Between frames, the `cubic` quality reads a curve through
    /// four of them, which is light and good for drums and for most that is not pitched far, and up to 5.3 times the
    /// speed no worse on the copies than on the file itself; `sinc` weighs sixteen,
    /// is clean up to 16 kHz and takes about five times as long.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 120.0
    /// [nodes]
    /// beat = { type = "euclid", pulses = 3, steps = 8 }
    /// tom = { type = "sampler", file = "lt:2", rate = 0.8, gain = 0.7 }
    /// out = { type = "output" }
    /// [cables]
    /// "tom.notes" = "beat"
    /// "out" = "tom"
    /// ```
    ///
    /// *Source*: Catmull and Rom, A class of local interpolating splines (1974); Smith, Digital audio resampling,
    /// CCRMA (2002).
    sampler: Sampler,
    inputs {
        notes: PortSpec::events("notes", "Notes play the file at their pitch; triggers play it as it is."),
    },
    outputs {
        out: PortSpec::stereo("out", "The sound; a mono file is on both sides."),
    },
    params {
        file: ParamSpec::setting("file", "", Form::Sample, "A sound file, relative to the set, or the name of a sound: `bd`, `bd:2`, `forge/bd:2`."),
        voices: ParamSpec::setting("voices", "8", Form::Count(1, 64), "How many notes sound at once."),
        rate: ParamSpec::number("rate", 1.0, 0.01, 8.0, "Speed and pitch: 1 is as recorded, 2 an octave up.").log().smooth(),
        gain: ParamSpec::number("gain", 1.0, 0.0, 4.0, "How loud: 1 is as recorded.").smooth(),
        start: ParamSpec::unit_range("start", 0.0, "Where playing starts: 0 is the beginning of the file, 1 its end."),
        end: ParamSpec::unit_range("end", 1.0, "Where playing ends."),
        looped: ParamSpec::switch("looped", false, "Whether it goes round between `loop_start` and `loop_end`."),
        loop_start: ParamSpec::unit_range("loop_start", 0.0, "Where the loop begins, as a part of the file."),
        loop_end: ParamSpec::unit_range("loop_end", 1.0, "Where the loop ends, as a part of the file."),
        loop_fade: ParamSpec::secs("loop_fade", 0.005, 0.0, 2.0, "How long the end of the loop takes to fade into its beginning, at the file's own speed."),
        reverse: ParamSpec::switch("reverse", false, "Whether it plays backwards."),
        autoplay: ParamSpec::switch("autoplay", false, "Whether it plays without a note.").at_once(),
        quality: ParamSpec::choice("quality", 0, &["cubic", "sinc"], "How it reads between frames: light, or clean."),
        root: ParamSpec::number("root", 60.0, 0.0, 127.0, "The note (60 is middle C) at which the file plays as recorded."),
        slices: ParamSpec::integer("slices", 0, 0, 128, "Equal slices, one a semitone from `root` up; 0 plays the whole.").at_once(),
        marks: ParamSpec::switch("marks", false, "Whether the slices are those that a samples.toml marks, where it does.").at_once(),
        one_shot: ParamSpec::switch("one_shot", true, "Whether a note plays to its end however short it is held.").at_once(),
        choke: ParamSpec::switch("choke", false, "Whether a new note cuts the ones before it.").at_once(),
        attack: ParamSpec::secs("attack", 0.0, 0.0, 5.0, "How long a note takes to come in."),
        release: ParamSpec::secs("release", 0.05, 0.001, 10.0, "How long a note takes to fall by 60 dB once let go."),
    },
    with { make: make, probe_values: &["position", "voices"] }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Player::new(setup)))
}

/// Frames between two looks at where the voices are.
const SHOWN_EVERY: u64 = 1024;

/// What the params say. It is worked out again only where a number has changed.
#[derive(Clone, Copy)]
struct Said {
    autoplay: bool,
    reverse: bool,
    looped: bool,
    quality: Quality,
    /// In fixed point.
    fade: i64,
}

/// Whether two rows of numbers have the same bits.
#[inline(always)]
fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a.to_bits() ^ b.to_bits())) == 0
}

/// Names of the controls that a note may carry.
struct OwnControls {
    rate: ControlKey,
    start: ControlKey,
    end: ControlKey,
    gain: ControlKey,
}

struct Player {
    /// What plays; `None` while it loads, when it is missing, or when it is no sound.
    sample: Option<Arc<Sample>>,
    /// A file is named; until it is there, what a predecessor played plays on.
    named: bool,
    sample_rate: f32,
    /// Frames of the sample for one of the engine: 1, as samples are resampled when they are loaded.
    native: f64,
    pool: Pool,
    /// Whether `autoplay` was on in the last piece.
    playing: bool,
    /// `start` and `end` as last read, and the stretch between them.
    played: (f32, f32),
    play: Stretch,
    /// `loop_start` and `loop_end` as last read, and the stretch between them.
    circled: (f32, f32),
    around: Stretch,
    /// The numbers of the params as last read, and what they said; none before the first piece.
    numbers: Box<[f32]>,
    said: Option<Said>,
    /// How often they were read.
    reads: u64,
    keys: OwnControls,
    probe: Arc<Probe>,
}

impl Player {
    fn new(setup: &Setup<'_>) -> Player {
        let path = setup.text("file");
        let sample = if path.is_empty() { None } else { setup.samples.sample(path) };
        let sample = sample.filter(|s| is_sound(s));
        let native = sample.as_ref().map_or(1.0, |s| f64::from(s.sample_rate) / f64::from(setup.sample_rate));
        Player {
            sample,
            named: !path.is_empty(),
            native: if native.is_finite() && native > 0.0 { native } else { 1.0 },
            sample_rate: setup.sample_rate,
            pool: Pool::new(setup.count("voices")),
            playing: false,
            played: (-1.0, -1.0),
            play: Stretch::default(),
            circled: (-1.0, -1.0),
            around: Stretch::default(),
            numbers: vec![0.0; setup.values.len()].into_boxed_slice(),
            said: None,
            reads: 0,
            keys: OwnControls {
                rate: setup.key("rate"),
                start: setup.key("start"),
                end: setup.key("end"),
                gain: setup.key("gain"),
            },
            probe: Arc::clone(&setup.probe),
        }
    }

    /// Reads where to play and loop; new places only where a number has changed.
    #[inline(always)]
    fn read_parts(&mut self, io: &Io<'_>, frames: usize) {
        let (start, end) = (io.number(par::start), io.number(par::end));
        if (start, end) != self.played {
            self.played = (start, end);
            self.play = Stretch::of(frames, start, end);
        }
        let (start, end) = (io.number(par::loop_start), io.number(par::loop_end));
        if (start, end) != self.circled {
            self.circled = (start, end);
            self.around = Stretch::of(frames, start, end);
        }
    }

    /// What the params say now.
    #[inline(always)]
    fn listen(&mut self, io: &Io<'_>, sample: &Sample) -> Said {
        match (self.said, io.undriven_values()) {
            (Some(said), Some(numbers)) if same_bits(&self.numbers, numbers) => said,
            _ => self.read(io, sample),
        }
    }

    #[inline(never)]
    fn read(&mut self, io: &Io<'_>, sample: &Sample) -> Said {
        self.reads += 1;
        self.read_parts(io, sample.frames);
        let said = Said {
            autoplay: io.switch(par::autoplay),
            reverse: io.switch(par::reverse),
            looped: io.switch(par::looped),
            quality: if io.index(par::quality) == 0 { Quality::Cubic } else { Quality::Sinc },
            fade: (f64::from(io.number(par::loop_fade)) * f64::from(sample.sample_rate)) as i64 * ONE,
        };
        self.said = io.undriven_values().map(|numbers| {
            self.numbers.iter_mut().zip(numbers).for_each(|(to, from)| *to = *from);
            said
        });
        said
    }

    /// Follows the `autoplay` switch: on starts a voice without a note, off lets it go.
    #[inline(always)]
    fn follow_autoplay(&mut self, io: &Io<'_>, on: bool, reverse: bool) {
        if on && !self.playing {
            let envelope = Envelope::begin(io.number(par::attack), self.sample_rate);
            self.pool.start_auto(Voice::new(self.play, reverse, self.native, envelope), self.sample_rate);
        }
        self.playing = on;
        let play = self.play;
        if let Some(voice) = self.pool.auto() {
            voice.play = play;
            if !on {
                voice.envelope.release(io.number(par::release), self.sample_rate);
            }
        }
    }

    fn strike(&mut self, io: &Io<'_>, id: Option<NoteId>, pitch: Option<f32>, velocity: f32, controls: &Controls) {
        let Some(sample) = self.sample.as_deref() else { return };
        let frames = sample.frames;
        let (start, end) = (io.number(par::start), io.number(par::end));
        let own = |key, otherwise: f32| controls.get(key).filter(|x| x.is_finite()).unwrap_or(otherwise);
        let mut play = Stretch::of(frames, own(self.keys.start, start), own(self.keys.end, end));
        let interval = pitch.filter(|p| p.is_finite()).map_or(0.0, |p| p - io.number(par::root));
        let marks: &[usize] = if io.switch(par::marks) { &sample.slices } else { &[] };
        let slices = if marks.is_empty() { io.index(par::slices) as i64 } else { marks.len() as i64 };
        let mut factor = 1.0;
        if slices > 0 {
            let index = (interval.round_ties_even() as i64).rem_euclid(slices);
            play = if marks.is_empty() {
                play.slice(index, slices)
            } else {
                Stretch::marked(marks, index as usize, frames)
            };
        } else {
            factor = math::exp2((interval / 12.0).clamp(-10.0, 10.0));
        }
        let envelope = Envelope::begin(io.number(par::attack), self.sample_rate);
        let pitch = self.native * f64::from(factor);
        let mut voice = Voice::new(play, io.switch(par::reverse), pitch, envelope);
        voice.id = id;
        voice.own_rate = own(self.keys.rate, 1.0);
        let velocity = if velocity.is_finite() { velocity.clamp(0.0, 1.0) } else { 0.0 };
        voice.loudness = velocity * own(self.keys.gain, 1.0).clamp(0.0, 4.0);
        if io.switch(par::choke) {
            self.pool.choke(self.sample_rate);
        }
        self.pool.strike(voice, self.sample_rate);
    }
}

/// Whether a sample has the shape that the voices rely on.
pub(super) fn is_sound(sample: &Sample) -> bool {
    let shaped = |(k, level): (usize, &bf_node::sample::Level)| {
        level.frames == sample.frames.div_ceil(1 << stride(k))
            && level.data.len() == (level.frames + 2 * GUARD) * sample.channels
    };
    (1..=2).contains(&sample.channels)
        && (1..MOST_FRAMES).contains(&sample.frames)
        && (1..=5).contains(&sample.levels.len())
        && sample.levels.iter().enumerate().all(shaped)
}

impl Processor for Player {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        // The handle is borrowed for the piece while the voices move; its count is not touched.
        let Some(sample) = self.sample.take() else {
            io.silence();
            return Status::Idle;
        };
        let status = self.process_sample(io, &sample);
        self.sample = Some(sample);
        status
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        match &event.body {
            EventBody::NoteOn(note) => {
                self.strike(io, Some(note.id), Some(note.pitch), note.velocity, &note.controls);
            }
            EventBody::Trigger { value } => self.strike(io, None, None, *value, &Controls::NONE),
            EventBody::NoteOff { id } => {
                if !io.switch(par::one_shot) || io.switch(par::looped) {
                    let release = io.number(par::release);
                    let sample_rate = self.sample_rate;
                    self.pool.of(*id).for_each(|v| v.envelope.release(release, sample_rate));
                }
            }
            EventBody::NoteControl { id, key, value } if value.is_finite() => {
                let rate = *key == self.keys.rate;
                self.pool.of(*id).filter(|_| rate).for_each(|v| v.own_rate = *value);
            }
            EventBody::NoteControl { .. } | EventBody::Control { .. } => {}
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.pool.clear();
        self.playing = false;
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Player>() else { return Adopt::None };
        if self.sample.is_none() && self.named {
            (self.sample, self.native) = (old.sample.clone(), old.native);
        }
        let same = match (&self.sample, &old.sample) {
            (Some(a), Some(b)) => (a.hash, a.frames, a.channels) == (b.hash, b.frames, b.channels),
            _ => false,
        };
        if !same {
            return Adopt::None;
        }
        self.pool.copy(&old.pool);
        self.playing = old.playing;
        Adopt::Copied
    }
}

impl Player {
    #[inline(always)]
    fn process_sample(&mut self, io: &mut Io<'_>, sample: &Sample) -> Status {
        let said = self.listen(io, sample);
        self.follow_autoplay(io, said.autoplay, said.reverse);
        if self.pool.silent() {
            io.silence();
            return Status::Idle;
        }
        let motion = Motion {
            sample,
            sample_rate: self.sample_rate,
            start: io.start(),
            rate: io.smooth(par::rate),
            gain: io.smooth(par::gain),
            reverse: said.reverse,
            quality: said.quality,
            looped: said.looped.then_some(self.around),
            fade: said.fade,
            said: self.reads,
        };
        let (start, frames) = (io.start(), io.frames() as u64);
        let [left, right] = io.stereo::<f32>(out::out);
        self.pool.process(&motion, left, right);
        // Often enough for the eye, and once more at the end.
        if start % SHOWN_EVERY < frames || self.pool.silent() {
            self.probe.set(0, self.pool.position(sample.frames));
            self.probe.set(1, self.pool.sounding() as f32);
        }
        Status::Active
    }
}
