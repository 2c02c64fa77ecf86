//! What plays, as those see it who draw it.

use super::Session;
use crate::play::sent::{Noted, Sent, Watch};

impl Session {
    /// Whether notes that are sent are noted for who draws them; off until it is asked for.
    pub fn watch_notes(&mut self, on: bool) {
        self.scripts.band.watch = Watch { on, noted: Vec::new() };
    }

    /// What became of notes of tracks since the last call: they are sent half a second ahead, and may be taken back.
    pub fn take_notes(&mut self) -> Vec<Noted> {
        core::mem::take(&mut self.scripts.band.watch.noted)
    }

    /// Notes of tracks that are known and were not sent yet: about a second of them.
    pub fn notes_ahead(&self) -> Vec<Sent> {
        self.scripts.band.ahead_of_time(&self.scripts.cycles)
    }
}
