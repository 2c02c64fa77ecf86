//! Keeps the transport's beats with those that are shared.

use super::line::Seen;
use super::{LinkDesk, Moment, Shared};
use crate::session::Session;
use bf_pattern::Ratio;

/// What is off by more is made good by the next look, and what is off by less within [`CALM_SECS`].
const FINE_SECS: f64 = 0.2e-3;
/// Between two looks.
const LOOK_SECS: f64 = 0.05;
/// How long it takes to make good what is hardly off: readings that jitter by some microseconds then turn the tempo by some
/// millionths.
const CALM_SECS: f64 = 1.0;
/// How much the tempo may be turned to make good what is off.
const MOST_TURN: f64 = 0.1;
/// Whoever joins, starts or jumps is in its place when it is off by no more.
const PLACE_SECS: f64 = 0.02;
/// Who was in its place and is off by more, as after lost sound, goes there with a jump.
const JUMP_SECS: f64 = 0.25;
/// A jump to the next bar is made so long before it, at least: its first notes have to be made.
const AHEAD_SECS: f64 = 0.07;
/// Beats that are shared with nobody are laid anew where they are off by more.
const ALONE_SECS: f64 = 0.1e-3;

/// What the transport is being turned by.
#[derive(Default)]
pub(super) struct Steering {
    /// The frame before which nothing is looked at; what was sent before does its work until then.
    look: u64,
    /// The frame at which a turned tempo ends.
    until: Option<u64>,
    peers: u64,
    /// It has to find its place first.
    stray: bool,
    /// A jump was sent.
    jumping: bool,
}

impl Steering {
    /// Something has changed: the next look is now.
    pub(super) fn hurry(&mut self) {
        self.look = 0;
    }
}

impl LinkDesk {
    /// Keeps the transport with the shared beats, or these with it where nobody else is there.
    pub(super) fn steer(&mut self, session: &mut Session, shared: &mut dyn Shared, seen: Seen, moment: &Moment) {
        let peers = core::mem::replace(&mut self.steering.peers, moment.shared.peers);
        self.steering.stray |= seen.switched || seen.jumped || (peers == 0 && moment.shared.peers > 0);
        let Some(line) = self.line.as_ref().filter(|line| line.status().playing) else { return };
        if session.is_jumping() || self.turning.is_some() {
            return;
        }
        if core::mem::take(&mut self.steering.jumping) || seen.switched {
            self.steering.hurry();
        }
        let ours = line.beat_at(moment.frame as f64);
        let off = wrapped(moment.shared.beat - ours, moment.quantum);
        let off_secs = off * 60.0 / self.bpm;
        self.sync.offset_secs = off_secs;
        if moment.frame < self.steering.look {
            return;
        }
        self.beats.observe(moment.heard_ns, moment.shared.beat);
        self.sync.jitter_secs = self.beats.jitter_ns() * 1e-9;
        self.steering.look = moment.frame + (LOOK_SECS * self.rate) as u64;
        if moment.shared.peers == 0 {
            self.steering.stray = false;
            self.sync.aligned = true;
            if off_secs.abs() > ALONE_SECS {
                shared.request_beat(ours, moment.heard_ns, moment.quantum);
            }
            return self.turn(session, moment.frame, self.bpm);
        }
        self.steering.stray |= off_secs.abs() > JUMP_SECS;
        self.steering.stray &= off_secs.abs() > PLACE_SECS;
        self.sync.aligned = !self.steering.stray;
        if self.steering.stray {
            self.turn(session, moment.frame, self.pace());
            self.jump_to_bar(session, ours, moment);
        } else if off_secs.abs() > FINE_SECS {
            let turn = (off_secs / LOOK_SECS).clamp(-MOST_TURN, MOST_TURN);
            self.turn(session, moment.frame, self.pace() * (1.0 + turn));
            let until = self.steering.look;
            self.send_tempo(session, until, self.pace());
            self.steering.until = Some(until);
        } else {
            self.turn(session, moment.frame, self.pace() * (1.0 + off_secs / CALM_SECS));
        }
    }

    /// Turns the tempo from a frame on, also past the end of a turn that was sent before.
    fn turn(&mut self, session: &mut Session, frame: u64, bpm: f64) {
        self.send_tempo(session, frame, bpm);
        if let Some(until) = self.steering.until.take_if(|until| *until > frame) {
            self.send_tempo(session, until, bpm);
        }
    }

    /// Goes to where a bar begins when one begins for all: shortly before, so that its first notes are there.
    fn jump_to_bar(&mut self, session: &mut Session, ours: f64, moment: &Moment) {
        let q = moment.quantum;
        let left = q - moment.shared.beat.rem_euclid(q);
        // Long enough for a look to fall into it.
        let stretch = LOOK_SECS + 2.0 * self.buffer as f64 / self.rate;
        if !(AHEAD_SECS..AHEAD_SECS + stretch).contains(&(left * 60.0 / self.bpm)) {
            return;
        }
        let bar = ((ours + left) / q).round().max(1.0) * q;
        session.seek(Ratio::from_f64(bar - left));
        self.steering.jumping = true;
    }
}

/// The nearest way to the same place in a bar, in beats.
pub(super) fn wrapped(beats: f64, quantum: f64) -> f64 {
    beats - (beats / quantum).round() * quantum
}
