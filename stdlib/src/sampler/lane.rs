//! One lane of a `sample_voice`: the recording it plays, how it was asked to, and what is still leaving.

use super::envelope::Envelope;
use super::place::{ONE, Stretch};
use super::taps::Quality;
use super::voice::{Motion, Onto, Out, Voice};
use bf_node::{Sample, Smooth};
use std::sync::Arc;

/// Seconds that a recording takes to come in where it does not start at its own beginning.
const ENTER_SECS: f32 = 0.001;
/// Seconds that a lane takes to fall by 60 dB once it has been let go and its tail is over.
const LEAVE_SECS: f32 = 0.006;
/// Seconds over which a loop fades into itself.
const LOOP_FADE_SECS: f64 = 0.005;
/// Places in which recordings leave while others begin: gates that rise within the 5 ms of one fade.
const SPARE: usize = 4;

/// A recording on the shelf of a node.
pub(super) struct File {
    pub(super) sample: Arc<Sample>,
    /// Frames of the sample for one of the engine.
    pub(super) native: f64,
}

/// What a lane is asked to play when its gate rises.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) file: usize,
    /// Frames of the recording for one frame, negative to play backwards.
    pub(super) speed: f64,
    pub(super) begin: f32,
    pub(super) end: f32,
    pub(super) looped: Option<(f32, f32)>,
}

/// How far a lane is.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Silent,
    Held,
    /// Let go; it plays on for so many frames.
    Tail(u32),
    Leaving,
}

/// A voice and all that it plays by.
#[derive(Clone, Copy)]
struct Playing {
    voice: Voice,
    file: usize,
    reverse: bool,
    looped: Option<Stretch>,
    phase: Phase,
}

impl Playing {
    fn silent() -> Playing {
        let voice = Voice::new(Stretch::default(), false, 1.0, Envelope::begin(0.0, 1.0));
        Playing { voice, file: 0, reverse: false, looped: None, phase: Phase::Silent }
    }

    /// Adds frames; the lane is silent once it is over.
    fn add(&mut self, files: &[Option<File>], stretch: &Frames, out: Out<'_>) {
        let Some(file) = files.get(self.file).and_then(Option::as_ref) else {
            self.phase = Phase::Silent;
            return;
        };
        let motion = Motion {
            sample: &file.sample,
            sample_rate: stretch.sample_rate,
            start: stretch.start,
            rate: Smooth::Constant(1.0),
            gain: Smooth::Constant(1.0),
            reverse: self.reverse,
            quality: Quality::Cubic,
            looped: self.looped,
            said: 0,
            fade: (LOOP_FADE_SECS * f64::from(file.sample.sample_rate)) as i64 * ONE,
        };
        if !self.voice.process(&motion, out) {
            self.phase = Phase::Silent;
        }
    }
}

/// The frames that are asked for.
#[derive(Clone, Copy)]
pub(super) struct Frames {
    /// The absolute frame of the first.
    pub(super) start: u64,
    pub(super) sample_rate: f32,
}

/// One lane.
#[derive(Clone, Copy)]
pub(super) struct Lane {
    now: Playing,
    /// What played before gates that rose again.
    before: [Playing; SPARE],
    /// Bit `i` is set while place `i` sounds.
    leaving: u8,
}

impl Lane {
    pub(super) fn silent() -> Lane {
        Lane { now: Playing::silent(), before: [Playing::silent(); SPARE], leaving: 0 }
    }

    /// Whether a recording plays that was not let go.
    pub(super) fn holds(&self) -> bool {
        self.now.phase == Phase::Held
    }
    /// Whether anything sounds.
    pub(super) fn sounds(&self) -> bool {
        self.now.phase != Phase::Silent || self.leaving != 0
    }
    /// Whether it loops, and so has no end of its own.
    pub(super) fn loops(&self) -> bool {
        self.now.looped.is_some()
    }
    /// Which recording it plays.
    pub(super) fn file(&self) -> usize {
        self.now.file
    }

    /// Another speed for what plays; its direction stays.
    pub(super) fn tune(&mut self, speed: f64) {
        self.now.voice.pitch = speed.abs();
    }

    /// The first empty place; where all are taken, that of the one nearest to its end.
    fn free_place(&self) -> usize {
        let empty = (!self.leaving).trailing_zeros() as usize;
        let level = |place: &usize| self.before[*place].voice.envelope.level();
        if empty < SPARE { empty } else { (0..SPARE).min_by(|a, b| level(a).total_cmp(&level(b))).unwrap_or(0) }
    }

    /// The gate rises.
    pub(super) fn start(&mut self, files: &[Option<File>], asked: &Asked, sample_rate: f32) {
        if self.now.phase != Phase::Silent {
            let place = self.free_place();
            self.before[place] = self.now;
            self.before[place].voice.envelope.cut(sample_rate);
            self.leaving |= 1 << place;
        }
        self.now = Playing::silent();
        let Some(file) = files.get(asked.file).and_then(Option::as_ref) else { return };
        let speed = if asked.speed.is_finite() { asked.speed } else { 0.0 };
        if speed == 0.0 {
            return;
        }
        // Backwards, the parts are counted from the end, as if the recording had been turned round.
        let frames = file.sample.frames;
        let reverse = speed < 0.0;
        let part = |from: f32, to: f32| match reverse {
            false => Stretch::of(frames, from, to),
            true => Stretch::of(frames, 1.0 - to, 1.0 - from),
        };
        let inside = asked.begin > 0.0;
        let envelope = Envelope::begin(if inside { ENTER_SECS } else { 0.0 }, sample_rate);
        self.now = Playing {
            voice: Voice::new(part(asked.begin, asked.end), reverse, speed.abs(), envelope),
            file: asked.file,
            reverse,
            looped: asked.looped.map(|(from, to)| part(from, to)),
            phase: Phase::Held,
        };
    }

    /// It is let go: it plays on for so many frames, then leaves.
    pub(super) fn let_go(&mut self, tail: u32) {
        if self.now.phase == Phase::Held {
            self.now.phase = Phase::Tail(tail);
        }
    }

    /// Writes frames of both sides.
    pub(super) fn process(&mut self, files: &[Option<File>], frames: Frames, left: &mut [f32], right: &mut [f32]) {
        let len = left.len();
        let mut onto = Onto::Nothing;
        let mut rest = self.leaving;
        while rest != 0 {
            let place = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let out = Out { left: &mut *left, right: &mut *right, onto };
            self.before[place].add(files, &frames, out);
            if self.before[place].phase == Phase::Silent {
                self.leaving &= !(1 << place);
            }
            onto = Onto::Others;
        }
        let mut at = 0;
        while at < len && self.now.phase != Phase::Silent {
            let to = match self.now.phase {
                Phase::Tail(0) => {
                    self.now.voice.envelope.release(LEAVE_SECS, frames.sample_rate);
                    self.now.phase = Phase::Leaving;
                    len
                }
                Phase::Tail(rest) => len.min(at + rest as usize),
                _ => len,
            };
            let out = Out { left: &mut left[at..to], right: &mut right[at..to], onto };
            self.now.add(files, &Frames { start: frames.start + at as u64, ..frames }, out);
            if let Phase::Tail(rest) = &mut self.now.phase {
                *rest -= (to - at) as u32;
            }
            at = to;
        }
        if onto == Onto::Nothing {
            left[at..].fill(0.0);
            right[at..].fill(0.0);
        }
    }
}
