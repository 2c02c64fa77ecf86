//! The transport starts and stops with others, at the place in the bar at which it stands.

use super::line::Seen;
use super::{LinkDesk, Moment, Shared};
use crate::session::Session;

/// A start is sent so long before its frame.
const LEAD_NS: f64 = 40e6;
/// A start whose place has just passed, by no more, is made at once.
const LATE_SECS: f64 = 0.01;

/// A start that waits for its place in the bar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starting {
    /// Not before this is heard.
    from_ns: u64,
    /// Whether the others know of it.
    told: bool,
    /// Whether it was sent.
    sent: bool,
}

impl LinkDesk {
    /// Carries out starts and stops, of this side and of the others.
    pub(super) fn heed_starts(&mut self, session: &mut Session, shared: &mut dyn Shared, seen: Seen, moment: &Moment) {
        let playing = self.line.as_ref().is_some_and(|line| line.status().playing);
        session.hold_starts(moment.shared.peers > 0 || self.request.start_stop);
        let stopped = core::mem::replace(&mut self.stops, session.stops()) != session.stops();
        if session.take_start() && !playing && self.starting.is_none() {
            self.starting = Some(Starting { from_ns: moment.heard_ns, told: false, sent: false });
        }
        if stopped || playing {
            self.starting = None;
        }
        if self.request.start_stop {
            self.heed_others(session, moment, playing);
            if seen.switched || stopped {
                self.tell_playing(shared, playing && !stopped, moment.heard_ns);
            }
        }
        self.start(session, shared, moment);
    }

    /// Does what the others have done.
    fn heed_others(&mut self, session: &mut Session, moment: &Moment, playing: bool) {
        let theirs = moment.shared.playing;
        if theirs == self.shares_playing {
            return;
        }
        if theirs {
            if !playing {
                let from_ns = moment.shared.playing_ns.max(moment.heard_ns);
                self.starting = Some(Starting { from_ns, told: true, sent: false });
            }
        } else if moment.shared.playing_ns > moment.heard_ns {
            // They stop in a while.
            return;
        } else if playing || self.starting.take().is_some() {
            session.stop();
            self.stops = session.stops();
        }
        self.shares_playing = theirs;
    }

    fn tell_playing(&mut self, shared: &mut dyn Shared, playing: bool, at_ns: u64) {
        if self.request.start_stop && core::mem::replace(&mut self.shares_playing, playing) != playing {
            shared.set_playing(playing, at_ns);
        }
    }

    /// Starts what waits, once its place is near.
    fn start(&mut self, session: &mut Session, shared: &mut dyn Shared, moment: &Moment) {
        let Some(mut starting) = self.starting.filter(|starting| !starting.sent) else { return };
        let Some(beat) = self.line.as_ref().map(|line| line.status().beat) else { return };
        let at_ns = self.place_ns(beat, &starting, moment);
        if !starting.told {
            self.tell_playing(shared, true, at_ns as u64);
            starting.told = true;
        }
        if at_ns - moment.heard_ns as f64 <= LEAD_NS {
            let frame = self.frame_of(at_ns).max(moment.frame);
            self.send_tempo(session, frame, self.pace());
            session.start_at(frame);
            if moment.shared.peers == 0 {
                shared.request_beat(beat, at_ns as u64, moment.quantum);
            }
            starting.sent = true;
        }
        self.starting = Some(starting);
    }

    /// When the others are at the same place in the bar; at once where there are none.
    fn place_ns(&self, beat: f64, starting: &Starting, moment: &Moment) -> f64 {
        let from_ns = starting.from_ns.max(moment.heard_ns) as f64;
        if moment.shared.peers == 0 {
            return from_ns;
        }
        let passed = (from_ns - moment.heard_ns as f64) * 1e-9 * self.bpm / 60.0;
        let left = (beat - moment.shared.beat - passed).rem_euclid(moment.quantum);
        let late = (moment.quantum - left) * 60.0 / self.bpm;
        if late < LATE_SECS { from_ns } else { from_ns + left * 60e9 / self.bpm }
    }
}
