//! Counting in: the set's metronomes click for some bars, and then it plays, on the frame of the next bar.

use super::Session;
use super::hand::Start;
use bf_engine::When;
use bf_node::EventBody;

/// By whose word clicks wait in the engine.
const TAG: u32 = super::hand::TAG + 1;
/// The first click comes so much later than the wish, so that it is not late.
const SOON_SECS: f64 = 0.05;
/// The start is sent so long before its frame.
const AHEAD_SECS: f64 = 0.1;

impl Session {
    /// Plays from where it stands after so many bars, which the set's `metronome` nodes count. Stop takes it back. Where
    /// others start the transport, or it plays already, it is as [`Session::play`].
    pub fn count_in(&mut self, bars: u32) {
        self.take_back_count();
        let status = self.controller.shared().status();
        if bars == 0 || status.playing || self.hands.start != Start::AtOnce {
            self.play();
            return;
        }
        let rate = f64::from(self.options.sample_rate);
        let beat = rate * 60.0 / self.playhead().bpm;
        let begin = status.frame as f64 + SOON_SECS * rate;
        let per_bar = self.set.main.signature.max(1);
        let paths: Vec<_> = self.playing_nodes("metronome").map(|node| node.key.path.clone()).collect();
        let targets: Vec<_> =
            paths.iter().filter_map(|path| self.controller.target(path.as_str(), Some("click"))).collect();
        for n in 0..bars * per_bar {
            let value = if n % per_bar == 0 { 1.0 } else { 0.5 };
            let at = When::Frame((begin + f64::from(n) * beat).round() as u64);
            for target in &targets {
                // A click that finds no room is missing among many.
                let _ = self.controller.send(*target, TAG, EventBody::Trigger { value }, at);
            }
        }
        let end = (begin + f64::from(bars * per_bar) * beat).round() as u64;
        self.hands.counting = Some((end, false));
    }

    /// Whether a start is being counted in.
    pub fn is_counting(&self) -> bool {
        self.hands.counting.is_some()
    }

    /// Sends the start once it is near.
    pub(super) fn poll_count(&mut self) {
        let Some((at, sent)) = self.hands.counting else { return };
        let ahead = (AHEAD_SECS * f64::from(self.options.sample_rate)) as u64;
        let frame = self.controller.shared().status().frame;
        if frame >= at && sent {
            self.hands.counting = None;
        } else if frame + ahead >= at && !sent && self.start_at(at) {
            self.hands.counting = Some((at, true));
        }
    }

    /// Nothing is counted in any more. The frame of a start that is under way.
    pub(super) fn take_back_count(&mut self) -> Option<u64> {
        let (at, sent) = self.hands.counting.take()?;
        self.controller.withdraw_all(TAG);
        sent.then_some(at)
    }
}
