//! The clock that goes out: which messages belong to a stretch of beats.

use super::Message;
use super::follow::PULSES_A_BEAT;

/// How far a position may be off before it counts as a jump, in beats: half a clock, as after a change of tempo within
/// what was told ahead.
const JUMP: f64 = 0.5 / 24.0;
/// A sixteenth of which no more than this share has passed has just begun.
const JUST_BEGUN: f64 = 0.4;
/// Sixteenths of the last position that can be told.
const LAST_STEP: f64 = 16_383.0;

/// Makes clocks, start, stop, continue and song position out of where a transport is.
#[derive(Clone, Debug, Default)]
pub struct Pulses {
    /// The next clock of the transport, and the beat up to which it was told, while it plays.
    playing: Option<(i64, f64)>,
}

impl Pulses {
    /// Nothing plays yet.
    pub fn new() -> Pulses {
        Pulses::default()
    }

    /// The transport plays from one beat to another: tells each message with its beat. A stretch that does not begin
    /// where the last one ended is a jump.
    pub fn play(&mut self, from: f64, to: f64, mut tell: impl FnMut(f64, Message)) {
        let per_beat = f64::from(PULSES_A_BEAT);
        let goes_on = self.playing.filter(|(_, told)| (told - from).abs() < JUMP || (from < *told && to > *told));
        let mut next = match goes_on {
            Some((next, _)) => next,
            None => {
                if self.playing.is_some() {
                    tell(from, Message::Stop);
                }
                begin(from, &mut tell)
            }
        };
        while (next as f64) / per_beat < to {
            tell(next as f64 / per_beat, Message::Clock);
            next += 1;
        }
        self.playing = Some((next, to));
    }

    /// The transport stands.
    pub fn stop(&mut self, mut tell: impl FnMut(Message)) {
        if self.playing.take().is_some() {
            tell(Message::Stop);
        }
    }
}

/// Says that it goes on from a beat; answers the first clock. A position is told in sixteenths: the one that has just
/// begun, whose clocks are then late by a little, else the next.
fn begin(from: f64, tell: &mut impl FnMut(f64, Message)) -> i64 {
    let step = (from * 4.0 - JUST_BEGUN).ceil().clamp(0.0, LAST_STEP);
    if step == 0.0 {
        tell(from, Message::Start);
        return 0;
    }
    tell(from, Message::SongPosition(step as u16));
    tell(from, Message::Continue);
    step as i64 * 6
}
