//! Where the transport is and will be, by what was sent to it; and whether others have moved it.

use bf_engine::Status;
use bf_pattern::Tempo;

/// What is off by more, in beats, is another hand's jump: more than a change of tempo makes that comes a block late.
const JUMP_BEATS: f64 = 0.02;
/// Tempos that were sent, kept after their time: one that is told late is no other hand's.
const KEPT: usize = 8;
/// What is not seen so many frames after its own was overruled.
const LATE: u64 = 16_384;

/// What has happened to the transport since it was last looked at, besides what was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// Another tempo, in beats a minute, and the frame of the change.
    pub turned: Option<(f64, f64)>,
    /// It stands elsewhere than it should.
    pub jumped: bool,
    /// It began to play, or to stand.
    pub switched: bool,
}

/// A tempo that is on its way.
#[derive(Clone, Copy)]
struct Sent {
    /// From which frame on, as far as is known.
    frame: u64,
    /// From which it was to be.
    meant: u64,
    bpm: f64,
}

/// The transport as it was last seen, and the tempos that were sent to it.
#[derive(Default)]
pub(super) struct Line {
    last: Status,
    /// In the order in which they apply.
    sent: Vec<Sent>,
    /// Tempos of the past.
    past: Vec<f64>,
    rate: f64,
}

impl Line {
    pub(super) fn new(status: Status, rate: f64) -> Line {
        Line { last: status, sent: Vec::new(), past: Vec::new(), rate }
    }

    /// Takes a reading.
    pub(super) fn see(&mut self, status: Status) -> Seen {
        let mut seen = Seen { switched: status.playing != self.last.playing, ..Seen::default() };
        let beat = self.beat_at(status.frame as f64);
        // What is meant for a frame is seen once that is made.
        let due = self.sent.partition_point(|sent| sent.frame < status.frame);
        let come = self.sent[..due].iter().rposition(|sent| sent.bpm == status.bpm).map(|at| at + 1);
        if come.is_none() && status.bpm != self.last.bpm && !self.past.contains(&status.bpm) {
            seen.turned = Some((status.bpm, self.meeting(&status)));
            self.forget(due);
        } else {
            seen.jumped = status.playing && !seen.switched && (status.beat - beat).abs() > JUMP_BEATS;
            self.forget(come.unwrap_or(0));
        }
        // What is due and not seen is late: it comes with the next block.
        self.sent.retain(|sent| status.frame < sent.meant + LATE);
        self.sent.iter_mut().for_each(|sent| sent.frame = sent.frame.max(status.frame));
        self.last = status;
        seen
    }

    /// Takes the first of what was sent for past.
    fn forget(&mut self, count: usize) {
        self.past.extend(self.sent.drain(..count).map(|sent| sent.bpm));
        let surplus = self.past.len().saturating_sub(KEPT);
        self.past.drain(..surplus);
    }

    /// Where the line up to the last reading and the one through this reading meet: the frame of the change.
    fn meeting(&self, status: &Status) -> f64 {
        let (a, b) = (&self.last, status);
        let (from, to) = (a.frame as f64, b.frame as f64);
        let per_frame = |bpm: f64| bpm / 60.0 / self.rate;
        let (was, is) = (per_frame(a.bpm), per_frame(b.bpm));
        let meets = (b.beat - to * is - a.beat + from * was) / (was - is);
        if a.playing && b.playing && meets.is_finite() { meets.clamp(from, to) } else { to }
    }

    /// A tempo was sent for a frame.
    pub(super) fn send(&mut self, frame: u64, bpm: f64) {
        let at = self.sent.partition_point(|other| other.frame <= frame);
        self.sent.insert(at, Sent { frame, meant: frame, bpm: Tempo::from_bpm(bpm).bpm() });
    }

    /// The tempo from a frame on, as far as is known.
    pub(super) fn bpm_at(&self, frame: u64) -> f64 {
        self.sent.iter().take_while(|sent| sent.frame <= frame).last().map_or(self.last.bpm, |sent| sent.bpm)
    }

    /// The beat at a frame, as far as is known.
    pub(super) fn beat_at(&self, frame: f64) -> f64 {
        let (mut at, mut beat, mut bpm) = (self.last.frame as f64, self.last.beat, self.last.bpm);
        if !self.last.playing {
            return beat;
        }
        for sent in self.sent.iter().take_while(|sent| (sent.frame as f64) < frame) {
            let turn = (sent.frame as f64).max(at);
            beat += (turn - at) / self.rate * bpm / 60.0;
            (at, bpm) = (turn, sent.bpm);
        }
        beat + (frame - at) / self.rate * bpm / 60.0
    }

    pub(super) fn status(&self) -> &Status {
        &self.last
    }
}
