//! The transport shares tempo, beats, starts and stops with others on the network (Ableton Link).
//!
//! [`LinkDesk`] is everything but the network: time goes on by [`LinkDesk::tick`], with whoever is [`Shared`] with.
//! [`Linked`] is the network around it, in builds that have it.

mod line;
#[cfg(not(feature = "link"))]
#[path = "absent.rs"]
mod network;
#[cfg(feature = "link")]
mod network;
mod port;
mod start;
mod steer;

pub use bf_io::link::{Shared, Standing};
pub use port::{LinkError, Linked};

use crate::midi::standing;
use crate::session::Session;
use crate::surface::{FrameClock, Reading};
use bf_engine::{Move, Status};
use bf_io::osc::{Drift, Pace};
use bf_pattern::Tempo;
use line::{Line, Seen};
use start::Starting;
use steer::Steering;

/// A message is in time that is sent so long before the device asks for its frame.
const MARGIN_SECS: f64 = 1e-3;
/// A tempo that the set was given is waited for so long; scripts say theirs a little before its beat.
const TURN_SECS: f64 = 0.1;
/// Tempos that differ by less are the same.
const SAME_BPM: f64 = 1e-4;
/// Tempos of Link, in beats a minute.
const TEMPOS: (f64, f64) = (20.0, 999.0);

/// How a set shares its time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkRequest {
    /// Whether it starts and stops with others that do so.
    pub start_stop: bool,
    /// Milliseconds from the device's asking for a frame to its being heard; else one buffer of the device.
    pub latency_ms: Option<f64>,
}

/// How a set stands to those it shares its time with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkSync {
    /// Others on the network.
    pub peers: u64,
    /// Beats a minute that they share.
    pub bpm: f64,
    /// How far the set's beats are behind those that are shared, in seconds; negative where they are ahead.
    pub offset_secs: f64,
    /// How far the shared beats are from an even pace by this machine's clock, on average, in seconds.
    pub jitter_secs: f64,
    /// Whether the set is in its place in the bar; else it goes there at the next one.
    pub aligned: bool,
}

/// Shares the time of a set, without the network.
pub struct LinkDesk {
    request: LinkRequest,
    frames: FrameClock,
    rate: f64,
    buffer: u64,
    latency_ns: f64,
    line: Option<Line>,
    /// The tempo that is shared, as last heard or told, and the line of its beats.
    bpm: f64,
    beats: Drift,
    /// What the set says of its tempo: how often, and which; and since which frame it is on its way.
    said: (u64, f64),
    turning: Option<u64>,
    /// Whether those who start and stop together play, as last heard or told.
    shares_playing: bool,
    stops: u64,
    starting: Option<Starting>,
    steering: Steering,
    sync: LinkSync,
}

/// A moment at which something can be done: the first frame that a message still reaches.
#[derive(Clone, Copy)]
struct Moment {
    frame: u64,
    /// When it is heard.
    heard_ns: u64,
    /// Beats in a bar.
    quantum: f64,
    /// How the shared time stands then.
    shared: Standing,
}

impl LinkDesk {
    /// For a set on a device whose buffers have so many frames.
    pub fn new(session: &Session, request: LinkRequest, buffer: u32) -> LinkDesk {
        let rate = f64::from(session.sample_rate());
        let bpm = session.set().main.tempo;
        LinkDesk {
            request,
            frames: FrameClock::new(session.sample_rate()),
            rate,
            buffer: u64::from(buffer),
            latency_ns: request.latency_ms.map_or(f64::from(buffer) * 1e9 / rate, |ms| ms * 1e6),
            line: None,
            bpm,
            beats: Drift::with_pace(bpm / 60.0, Pace::CRYSTAL),
            said: (session.tempos(), bpm),
            turning: None,
            shares_playing: false,
            stops: session.stops(),
            starting: None,
            steering: Steering::default(),
            sync: LinkSync { bpm, aligned: true, ..LinkSync::default() },
        }
    }

    /// Takes a reading of the device's clock.
    pub fn observe(&mut self, reading: Reading) {
        self.frames.observe(reading);
    }

    /// How the set stands to the others.
    pub fn sync(&self) -> LinkSync {
        self.sync
    }

    /// Time goes on: called every few milliseconds.
    pub fn tick(&mut self, session: &mut Session, shared: &mut dyn Shared, now_ns: u64) {
        let status = standing(session);
        if status.blocks == 0 {
            return;
        }
        let rate = self.rate;
        let line = self.line.get_or_insert_with(|| Line::new(Status { playing: false, ..status }, rate));
        let seen = line.see(status);
        let quantum = f64::from(session.set().main.signature.max(1));
        let Some(mut moment) = self.moment(shared, quantum, now_ns) else {
            // A device that does not tell its times: nothing to share.
            session.hold_starts(false);
            return;
        };
        self.heed_tempo(session, shared, seen, &mut moment);
        self.heed_starts(session, shared, seen, &moment);
        self.steer(session, shared, seen, &moment);
        self.sync.peers = moment.shared.peers;
        self.sync.bpm = self.bpm;
    }

    /// The first frame that a message reaches which is sent now.
    fn moment(&self, shared: &mut dyn Shared, quantum: f64, now_ns: u64) -> Option<Moment> {
        let made = self.line.as_ref()?.status().frame;
        let asked = self.frames.frame(now_ns)? + (MARGIN_SECS * self.rate) as u64;
        // What is made waits for the device: unless that is about to ask, the next message is in time for its next call.
        let frame = if made > asked { made } else { asked.max(made + self.buffer) };
        let heard_ns = self.heard_ns(frame as f64)?;
        Some(Moment { frame, heard_ns, quantum, shared: shared.standing(heard_ns, quantum) })
    }

    /// When a frame is heard.
    fn heard_ns(&self, frame: f64) -> Option<u64> {
        Some(self.frames.time_ns(frame)? + self.latency_ns as u64)
    }

    /// The frame that is heard at a time.
    fn frame_of(&self, heard_ns: f64) -> u64 {
        self.frames.frame((heard_ns - self.latency_ns).max(0.0) as u64).unwrap_or(0)
    }

    /// The tempo at which the transport keeps up with the shared one: by the device's clock, which may run fast.
    fn pace(&self) -> f64 {
        self.bpm / (1.0 + self.frames.drift_ppm() * 1e-6)
    }

    /// Tells a tempo that the set was given, and takes one that others have given.
    fn heed_tempo(&mut self, session: &mut Session, shared: &mut dyn Shared, seen: Seen, moment: &mut Moment) {
        let says = (session.tempos(), session.set().main.tempo);
        if core::mem::replace(&mut self.said, says) != says {
            self.turning = Some(moment.frame);
        }
        if let Some((bpm, frame)) = seen.turned {
            self.turning = None;
            let at_ns = self.heard_ns(frame).unwrap_or(moment.heard_ns);
            self.tell_tempo(shared, bpm, at_ns, moment);
        }
        let waits = (TURN_SECS * self.rate) as u64 + 2 * self.buffer;
        if self.turning.is_some_and(|since| moment.frame > since + waits) {
            // It was said, and the transport had it already, or has had another since.
            self.turning = None;
            if !is_same(moment.shared.bpm, says.1.clamp(TEMPOS.0, TEMPOS.1)) {
                self.tell_tempo(shared, says.1, moment.heard_ns, moment);
            }
        }
        if !is_same(moment.shared.bpm, self.bpm) {
            self.take_tempo(moment.shared.bpm);
        }
        if !self.line.as_ref().is_some_and(|line| line.status().playing) && self.turning.is_none() {
            self.send_tempo(session, moment.frame, self.bpm);
        }
    }

    fn tell_tempo(&mut self, shared: &mut dyn Shared, bpm: f64, at_ns: u64, moment: &mut Moment) {
        shared.set_tempo(bpm.clamp(TEMPOS.0, TEMPOS.1), at_ns);
        moment.shared = shared.standing(moment.heard_ns, moment.quantum);
        self.take_tempo(moment.shared.bpm);
    }

    fn take_tempo(&mut self, bpm: f64) {
        self.bpm = bpm;
        self.beats = Drift::with_pace(bpm / 60.0, Pace::CRYSTAL);
        self.steering.hurry();
    }

    /// Sends a tempo, where the transport would have another.
    fn send_tempo(&mut self, session: &mut Session, frame: u64, bpm: f64) {
        let Some(line) = &mut self.line else { return };
        if !is_same(line.bpm_at(frame), bpm) && session.move_at(Move::Tempo(Tempo::from_bpm(bpm)), frame) {
            line.send(frame, bpm);
        }
    }
}

fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < SAME_BPM
}
