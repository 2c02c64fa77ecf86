//! Another machine's clock moves the transport, and the transport's clock goes out.

use crate::session::Session;
use crate::surface::FrameClock;
use bf_engine::{Move, Status};
use bf_io::midi::{Follower, Message, Pulses, Running};
use bf_pattern::{Ratio, Tempo};

/// Between two looks at how far the transport is off.
const LOOK_NS: u64 = 20_000_000;
/// What is off is made good within this time.
const GOOD_SECS: f64 = 0.5;
/// How much the tempo may be turned for it.
const MOST_TURN: f64 = 0.1;
/// What is off by more is a jump.
const JUMP_SECS: f64 = 0.25;
/// After a start or a jump nothing is judged for so long.
const BLIND_NS: u64 = 150_000_000;
/// A tempo that differs by less, as a part of it, is the same while nothing plays.
const SAME_TEMPO: f64 = 0.001;
/// The clock is sent ahead by so much.
const AHEAD_NS: u64 = 60_000_000;

/// How a source of time and the set stand to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sync {
    /// Whether the other machine plays.
    pub playing: bool,
    /// Its tempo, where it is known.
    pub bpm: Option<f64>,
    /// How far the set is behind it, in seconds; negative where it is ahead.
    pub offset_secs: f64,
    /// How far its messages are from an even pace, on average, in seconds.
    pub jitter_secs: f64,
}

/// Where the transport stands, read whole.
pub(crate) fn standing(session: &mut Session) -> Status {
    let shared = session.controller().shared();
    let mut before = shared.status();
    // The audio thread writes field by field: two equal readings are of one moment.
    for _ in 0..8 {
        let now = shared.status();
        if (now.frame, now.beat) == (before.frame, before.beat) {
            return now;
        }
        before = now;
    }
    before
}

fn beat_at(status: &Status, frame: f64, rate: f64) -> f64 {
    let secs = (frame - status.frame as f64) / rate;
    status.beat + if status.playing { secs * status.bpm / 60.0 } else { 0.0 }
}

/// Moves the transport by another machine's clock.
#[derive(Default)]
pub(super) struct Follow {
    follower: Follower,
    /// Whether the transport was prepared for a start that waits for its first clock.
    armed: bool,
    playing: bool,
    /// Whether the transport was stopped once, to wait for a start.
    waits: bool,
    sent_bpm: f64,
    look_ns: u64,
    offset_secs: f64,
}

impl Follow {
    /// Takes a message of the clock.
    pub(super) fn take(&mut self, session: &mut Session, at_ns: u64, message: Message, stage: &Stage<'_>) {
        self.follower.take(at_ns, message);
        match message {
            Message::Start | Message::Continue => {
                if core::mem::take(&mut self.playing) {
                    session.stop();
                }
                session.seek(Ratio::from_f64(self.follower.start_beat()));
                self.armed = true;
            }
            Message::Stop => {
                self.armed = false;
                if core::mem::take(&mut self.playing) {
                    session.stop();
                }
            }
            Message::Clock if self.armed && self.follower.running() == Running::Playing => {
                self.armed = false;
                self.playing = true;
                self.start(session, at_ns, stage);
            }
            _ => {}
        }
    }

    /// The first clock has come: the transport starts a fixed time after it, and then catches up.
    fn start(&mut self, session: &mut Session, at_ns: u64, stage: &Stage<'_>) {
        let frame = stage.frames.frame(at_ns).map_or(0, |frame| frame + stage.latency);
        if let Some(bpm) = self.follower.bpm() {
            session.move_at(Move::Tempo(Tempo::from_bpm(bpm)), frame);
            self.sent_bpm = bpm;
        }
        session.move_at(Move::Play, frame);
        self.look_ns = at_ns + BLIND_NS;
    }

    /// Keeps the transport with the clock.
    pub(super) fn tick(&mut self, session: &mut Session, now_ns: u64, stage: &Stage<'_>) {
        if self.follower.is_gone(now_ns) {
            self.follower.lose();
            if core::mem::take(&mut self.playing) {
                session.stop();
            }
        }
        if !core::mem::replace(&mut self.waits, true) && !self.playing {
            session.stop();
        }
        if now_ns < self.look_ns {
            return;
        }
        self.look_ns = now_ns + LOOK_NS;
        if !self.playing {
            self.follow_tempo(session);
            return;
        }
        let (Some(beat), Some(bpm)) = (self.follower.beat(now_ns), self.follower.bpm()) else { return };
        let Some(frame) = stage.frames.frame(now_ns) else { return };
        let status = standing(session);
        if !status.playing {
            return;
        }
        let off = (beat - beat_at(&status, frame as f64, stage.rate)) * 60.0 / bpm;
        self.offset_secs = off;
        if off.abs() > JUMP_SECS {
            // Where it will be once the jump is made.
            session.seek(Ratio::from_f64(beat + 0.01 * bpm / 60.0));
            self.look_ns = now_ns + BLIND_NS;
            return;
        }
        let turned = bpm * (1.0 + (off / GOOD_SECS).clamp(-MOST_TURN, MOST_TURN));
        if (turned - self.sent_bpm).abs() > 0.0005 {
            self.sent_bpm = turned;
            session.controller().transport(Move::Tempo(Tempo::from_bpm(turned)), bf_engine::When::Now);
        }
    }

    /// A clock that does not play says the tempo all the same.
    fn follow_tempo(&mut self, session: &mut Session) {
        let Some(bpm) = self.follower.bpm() else { return };
        if (bpm / self.sent_bpm.max(1.0) - 1.0).abs() > SAME_TEMPO {
            self.sent_bpm = bpm;
            session.controller().transport(Move::Tempo(Tempo::from_bpm(bpm)), bf_engine::When::Now);
        }
    }

    pub(super) fn sync(&self) -> Sync {
        Sync {
            playing: self.playing,
            bpm: self.follower.bpm(),
            offset_secs: self.offset_secs,
            jitter_secs: self.follower.jitter_ns() * 1e-9,
        }
    }
}

/// What frames and times have to do with each other.
pub(super) struct Stage<'a> {
    pub frames: &'a FrameClock,
    /// Frames from what comes in to what is heard of it.
    pub latency: u64,
    pub rate: f64,
}

/// Sends the transport's clock.
#[derive(Default)]
pub(super) struct Lead {
    pulses: Pulses,
    /// The frame up to which it was told.
    until: Option<u64>,
    /// Nothing is told before this time.
    begins_ns: u64,
}

impl Lead {
    /// Begins later.
    pub(super) fn wait(&mut self, until_ns: u64) {
        self.begins_ns = until_ns;
    }

    /// Tells what falls into the next stretch, each with its time.
    pub(super) fn tick(
        &mut self,
        session: &mut Session,
        now_ns: u64,
        stage: &Stage<'_>,
        mut tell: impl FnMut(u64, Message),
    ) {
        if now_ns < self.begins_ns {
            return;
        }
        let Some(horizon) = stage.frames.frame(now_ns + AHEAD_NS) else { return };
        let status = standing(session);
        if !status.playing || status.bpm <= 0.0 {
            self.until = None;
            self.pulses.stop(|message| tell(now_ns, message));
            return;
        }
        let from = self.until.unwrap_or(status.frame).min(horizon);
        self.until = Some(horizon);
        let beat = |frame: u64| beat_at(&status, frame as f64, stage.rate);
        let frame_of = |beat: f64| status.frame as f64 + (beat - status.beat) * 60.0 / status.bpm * stage.rate;
        self.pulses.play(beat(from), beat(horizon), |beat, message| {
            let frame = frame_of(beat).round().max(0.0) as u64;
            tell(stage.frames.time_ns(frame as f64).unwrap_or(now_ns), message);
        });
    }

    /// Says that it ends.
    pub(super) fn stop(&mut self, now_ns: u64, wish: u8, leave: &mut Vec<super::Leaving>) {
        self.pulses.stop(|message| leave.push(super::Leaving { wish, at_ns: now_ns, message }));
    }
}
