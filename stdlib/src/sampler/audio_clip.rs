//! A sound file that goes round in time with the transport.

#[cfg(test)]
mod tests;

use super::place::{MOST_FRAMES, ONE, Octave, Seam, Stretch};
use super::player::is_sound;
use super::round::{Head, Round};
use super::taps::{Quality, read};
use crate::sequencer::watch::{Turn, Watch};
use bf_node::sample::GUARD;
use bf_node::{
    Adopt, Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Probe, Processor, Sample, Setup,
    Status, node,
};
use bf_pattern::Ratio;
use std::sync::Arc;

node! {
    /// Plays a sound file in time with the transport, over and over: a break, a loop, a stem.
    ///
    /// The file lasts `length` / `length_div` beats and then begins again; passes are counted from beat 0 of the
    /// transport, or from `shift`. With a length of 0 it lasts as many whole beats as come nearest to it at the tempo of
    /// the moment; write the length where the tempo is to change. Wherever the transport starts or jumps to, the file is
    /// heard at its place, so that every clip and pattern stays together with it.
    ///
    /// Where the file is as long as its beats, to a frame, it plays bit for bit as it is. At another tempo it plays
    /// faster or slower, and with that higher or lower, as a record does: 120 to 126 beats a minute is 0.84 semitones.
    ///
    /// Its end goes over into its beginning as the file has it: a loop that was cut cleanly has no seam. Where the
    /// transport starts it comes in over 1.5 ms, where it stops or jumps it goes out over 5 ms, and nothing clicks. A
    /// note or trigger starts nothing: for hits and slices there is the `sampler`.
    ///
    /// A frozen node plays as one of these.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 132.0
    /// [nodes]
    /// beat = { type = "audio_clip", file = "found/break", length = 4, gain = 0.8 }
    /// tone = { type = "svf", cutoff = 2400.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "tone" = "beat"
    /// "out" = "tone.low"
    /// ```
    audio_clip: Sampler,
    inputs { },
    outputs {
        out: PortSpec::signal("out", "The sound; a mono file is on both sides."),
    },
    params {
        file: ParamSpec::setting("file", "", Form::Sample, "A sound file, relative to the set, or the name of a sound: `found/break`."),
        length: ParamSpec::integer("length", 0, 0, 65_536, "Beats that the file lasts, divided by `length_div`; 0 is as many as come nearest.").at_once(),
        length_div: ParamSpec::integer("length_div", 1, 1, 64, "Divides the length: a length of 7 divided by 2 is three and a half beats.").at_once(),
        shift: ParamSpec::number("shift", 0.0, -1024.0, 1024.0, "Beats by which it is heard later than from beat 0 on."),
        gain: ParamSpec::number("gain", 1.0, 0.0, 4.0, "How loud: 1 is as recorded.").smooth(),
        channels: ParamSpec::setting("channels", "2", Form::Count(1, 2), "2 is stereo, 1 is mono: both sides of a stereo file in equal parts."),
    },
    with {
        make: make,
        channels: NodeChannels::Setting("channels"),
        free_running: true,
        probe_values: &["position"]
    }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(AudioClip::new(setup)))
}

/// How long it takes to come in where nothing of it sounds, and to go from one place to another, in seconds.
const IN_SECS: f32 = 0.0015;
const OVER_SECS: f32 = 0.005;
/// Heads that go out at once; with more, the quietest ends.
const LEAVING: usize = 3;
/// Frames between two looks at where it is.
const SHOWN_EVERY: u64 = 1024;
/// Into so many parts of a beat a shift falls, so that fractions of beats stay small.
const SHIFTS: i64 = 960;

struct AudioClip {
    /// What plays; none while it loads, when it is missing, or when it is no sound.
    sample: Option<Arc<Sample>>,
    /// A file is named; until it is there, what a predecessor played plays on.
    named: bool,
    /// What a frame adds to a level that rises from silence, and to one that goes over.
    slopes: (f32, f32),
    watch: Watch,
    /// Nothing was asked of it yet: what comes in while all else sounds is faded by its cables.
    fresh: bool,
    /// What was played last: beats of a pass, and their shift.
    said: Option<(Ratio, Ratio)>,
    now: Option<Round>,
    leaving: [Option<Head>; LEAVING],
    probe: Arc<Probe>,
}

impl AudioClip {
    fn new(setup: &Setup<'_>) -> AudioClip {
        let path = setup.text("file");
        let sample = if path.is_empty() { None } else { setup.samples.sample(path) };
        let slope = |secs: f32| 1.0 / (secs * setup.sample_rate).round().max(1.0);
        AudioClip {
            sample: sample.filter(|s| is_sound(s) && s.frames < MOST_FRAMES),
            named: !path.is_empty(),
            slopes: (slope(IN_SECS), slope(OVER_SECS)),
            watch: Watch::default(),
            fresh: true,
            said: None,
            now: None,
            leaving: [None; LEAVING],
            probe: Arc::clone(&setup.probe),
        }
    }

    /// Finds the place anew where the transport, the tempo or the params ask for it.
    fn follow(&mut self, io: &Io<'_>, sample: &Sample) {
        let (transport, start) = (io.transport(), io.start());
        let turn = self.watch.turn(transport, start, io.frames());
        if !turn.plays() {
            if turn == Turn::Halt {
                self.go(None, start, sample.frames);
            }
            return;
        }
        let length = match io.index(par::length) {
            0 => Ratio::int(((sample.frames as f64 / transport.frames_per_beat()).round() as i64).max(1)),
            beats => Ratio::new(beats as i64, (io.index(par::length_div) as i64).max(1)),
        };
        let shift = Ratio::new((f64::from(io.number(par::shift)) * SHIFTS as f64).round() as i64, SHIFTS);
        if turn == Turn::Run && self.said == Some((length, shift)) {
            return;
        }
        self.said = Some((length, shift));
        self.go(Round::find(transport, start, (length, shift), sample), start, sample.frames);
    }

    /// Goes over to another place, or to silence. What is at the same place goes on.
    fn go(&mut self, to: Option<Round>, frame: u64, frames: usize) {
        let before = self.now.take();
        if let (Some(before), Some(mut next)) = (before, to)
            && next.head.is_near(&before.head, frame, frames)
        {
            next.head.keep_level(&before.head);
            self.now = Some(next);
            return;
        }
        let (rise, over) = self.slopes;
        if let Some(before) = before {
            let gone = self.leaving.iter_mut().min_by(|a, b| {
                let level = |head: &Option<Head>| head.map_or(0.0, |head| head.level(frame));
                level(a).total_cmp(&level(b))
            });
            if let Some(gone) = gone {
                *gone = Some(before.head.fading(frame, -over));
            }
        }
        let sounds = self.leaving.iter().flatten().any(|head| head.level(frame) > 0.0);
        self.now = to.map(|mut next| {
            let slope = if sounds { over } else { rise };
            next.head = if self.fresh { next.head.full() } else { next.head.silent().fading(frame, slope) };
            next
        });
    }

    /// Writes a piece.
    fn play<const C: usize>(&mut self, io: &mut Io<'_>, sample: &Sample) {
        let (start, frames, transport) = (io.start(), io.frames(), io.transport());
        let (gain, stereo) = (io.smooth::<f32>(par::gain), io.channels() > 1);
        let mut whole = if stereo { Sides::Both(io.stereo(out::out)) } else { Sides::One(io.output(out::out, 0)) };
        let tape = Tape::<C>::of(sample);
        let alone = self.leaving.iter().all(Option::is_none);
        let mut i = 0;
        while i < frames {
            let frame = start + i as u64;
            if let Some(now) = &mut self.now {
                now.pass(transport, frame);
            }
            let plain = self.now.as_ref().filter(|_| alone);
            let plain = plain.and_then(|now| now.plain(frame, frames - i, sample.frames));
            if let Some(rows) = plain.and_then(|(at, run)| tape.rows.get(at..at + run)) {
                for (k, row) in rows.iter().enumerate() {
                    // As in a sum of one: what is -0 there is 0.
                    whole.write(i + k, row.map(|x| 0.0 + x), gain.at(i + k));
                }
                i += rows.len();
                continue;
            }
            let mut sum = [0.0; C];
            for head in self.now.iter().map(|now| &now.head).chain(self.leaving.iter().flatten()) {
                tape.add(head, frame, &mut sum);
            }
            whole.write(i, sum, gain.at(i));
            i += 1;
        }
        let end = start + frames as u64;
        self.leaving.iter_mut().for_each(|head| _ = head.take_if(|head| head.level(end) <= 0.0));
    }
}

/// Where a piece goes.
enum Sides<'a> {
    Both([&'a mut [f32]; 2]),
    One(&'a mut [f32]),
}

impl Sides<'_> {
    #[inline(always)]
    fn write<const C: usize>(&mut self, at: usize, frame: [f32; C], gain: f32) {
        let (left, right) = (frame[0] * gain, frame[C - 1] * gain);
        match self {
            Sides::Both([l, r]) => (l[at], r[at]) = (left, right),
            Sides::One(one) => one[at] = if C == 1 { left } else { (left + right) * 0.5 },
        }
    }
}

/// A file as it is read round and round.
struct Tape<'a, const C: usize> {
    sample: &'a Sample,
    rows: &'a [[f32; C]],
    seam: Seam,
}

impl<'a, const C: usize> Tape<'a, C> {
    fn of(sample: &'a Sample) -> Tape<'a, C> {
        let data = sample.levels.first().map_or(&[][..], |level| &level.data);
        let rows = data.as_chunks::<C>().0.get(GUARD..GUARD + sample.frames).unwrap_or_default();
        let around = Stretch { begin: 0, finish: sample.frames as i64 * ONE };
        Tape { sample, rows, seam: Seam { around, above: true, below: true } }
    }

    /// Adds what is heard of a head at a frame.
    #[inline(always)]
    fn add(&self, head: &Head, frame: u64, sum: &mut [f32; C]) {
        let place = head.place(frame, self.sample.frames);
        let at = place as usize;
        let level = head.level(frame);
        let heard = match self.rows.get(at) {
            Some(row) if at as f64 == place && head.step == 1.0 => *row,
            _ => self.between(place, head.octave),
        };
        for (sum, heard) in sum.iter_mut().zip(heard) {
            *sum += heard * level;
        }
    }

    fn between(&self, place: f64, octave: Octave) -> [f32; C] {
        let mut heard = [0.0; C];
        for (level, weight) in octave.weights().into_iter().filter(|(_, weight)| *weight > 0.0) {
            let row = read::<C>(self.sample, level, (place * ONE as f64) as i64, Some(&self.seam), Quality::Cubic);
            heard.iter_mut().zip(row).for_each(|(heard, row)| *heard += row * weight);
        }
        heard
    }
}

impl Processor for AudioClip {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        // The handle is borrowed for the piece while the heads move; its count is not touched.
        let Some(sample) = self.sample.take() else {
            io.silence();
            return Status::Idle;
        };
        self.follow(io, &sample);
        self.fresh = false;
        if self.now.is_none() && self.leaving.iter().all(Option::is_none) {
            io.silence();
        } else if sample.channels == 1 {
            self.play::<1>(io, &sample);
        } else {
            self.play::<2>(io, &sample);
        }
        let (start, frames) = (io.start(), io.frames() as u64);
        if start % SHOWN_EVERY < frames {
            let place = |now: &Round| now.head.place(start, sample.frames) / sample.frames as f64;
            self.probe.set(0, self.now.as_ref().map_or(0.0, place) as f32);
        }
        self.sample = Some(sample);
        // The transport may start at any frame without an event, so there is no rest.
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {
        (self.watch, self.said, self.now) = (Watch::default(), None, None);
        self.leaving = [None; LEAVING];
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<AudioClip>() else { return Adopt::None };
        if self.sample.is_none() && self.named {
            self.sample.clone_from(&old.sample);
        }
        let same = match (&self.sample, &old.sample) {
            (Some(a), Some(b)) => (a.hash, a.frames, a.channels) == (b.hash, b.frames, b.channels),
            _ => false,
        };
        if !same {
            return Adopt::None;
        }
        (self.watch, self.said, self.now, self.leaving) = (old.watch, old.said, old.now, old.leaving);
        self.fresh = old.fresh;
        Adopt::Copied
    }
}
