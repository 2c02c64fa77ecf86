//! The transport of a session: start, stop, jump.

use super::Session;
use super::hand::Start;
use super::score::BEGINNING;
use crate::play::band::Playhead;
use bf_engine::Move;
use bf_pattern::Ratio;
use bf_store::{Motion, What};

impl Session {
    /// Where the transport is.
    pub(super) fn playhead(&self) -> Playhead {
        let status = self.controller.shared().status();
        let bpm = if status.bpm > 0.0 { status.bpm } else { self.set.main.tempo };
        // A jump that the engine has not told of yet counts.
        let beat = self.sought.map_or(status.beat, |(_, beat)| beat.to_f64());
        Playhead { beat, bpm, rate: self.options.sample_rate }
    }

    /// Starts the transport from where it stands.
    pub fn play(&mut self) {
        self.take_back_count();
        if self.hands.start != Start::AtOnce {
            self.hands.start = Start::Said;
            return;
        }
        self.controller.transport(Move::Play, bf_engine::When::Now);
        self.write_down(|| What::Transport(Motion::Play));
    }

    /// Starts the transport at a frame; false where there is no room.
    pub(crate) fn start_at(&mut self, frame: u64) -> bool {
        self.write_down(|| What::Transport(Motion::Play));
        self.move_at(Move::Play, frame)
    }

    /// Stops the transport; notes that sound end.
    pub fn stop(&mut self) {
        if let Some(at) = self.take_back_count() {
            // A start that is under way cannot be taken back: it ends as it begins.
            self.controller.transport(Move::Stop, bf_engine::When::Frame(at));
        }
        self.hands.stops += 1;
        self.take_start();
        self.controller.transport(Move::Stop, bf_engine::When::Now);
        self.write_down(|| What::Transport(Motion::Stop));
    }

    /// Jumps to a beat.
    pub fn seek(&mut self, beat: Ratio) {
        self.write_down(|| What::Transport(Motion::Seek(beat)));
        let scripts = &mut self.scripts;
        // What was sent is taken back first: the jump would go past it, and play all of it at once.
        scripts.band.anew(Ratio::int(BEGINNING), beat, &scripts.cycles, &mut self.controller);
        scripts.outs.anew(scripts.cycles.cycle(beat));
        let sent = self.controller.transport(Move::Seek(beat), bf_engine::When::Now);
        self.sought = sent.map(|id| (id, beat));
        for actor in self.scripts.actors.values_mut() {
            actor.anew(Ratio::int(BEGINNING), &mut self.controller);
        }
        self.scripts.band.offer(Ratio::int(-BEGINNING));
        self.relayer(None);
    }
}
