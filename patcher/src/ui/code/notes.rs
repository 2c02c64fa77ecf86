//! What tracks play around the playhead: kept by the control thread, drawn by the window as it comes to sound.

use bf_session::{Noted, Sent, Session};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Beats before the playhead for which notes are kept.
const BEHIND: f64 = 16.0;
/// Notes that are kept at most.
const KEPT: usize = 8_192;

/// The notes, the sent ones in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    sent: Mutex<Vec<Arc<Sent>>>,
    ahead: Mutex<Vec<Arc<Sent>>>,
}

impl Notes {
    /// Takes in what was sent since. Called every few milliseconds.
    pub(crate) fn renew(&self, session: &mut Session) {
        let noted = session.take_notes();
        if noted.is_empty() {
            return;
        }
        let beat = session.controller().shared().status().beat;
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        for noted in noted {
            match noted {
                Noted::Note(note) => sent.push(Arc::new(note)),
                Noted::Back { tag, from } => sent.retain(|note| note.tag != tag || note.begin < from),
            }
        }
        sent.retain(|note| note.end > beat - BEHIND);
        let more = sent.len().saturating_sub(KEPT);
        sent.drain(..more);
        drop(sent);
        let ahead = session.notes_ahead().into_iter().take(KEPT).map(Arc::new).collect();
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = ahead;
    }

    /// Another set plays: nothing of the one before sounds.
    pub(crate) fn forget(&self) {
        for notes in [&self.sent, &self.ahead] {
            notes.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// The evaluations of which notes are known.
    pub(crate) fn takes(&self) -> BTreeSet<u64> {
        let of = |notes: &Mutex<Vec<Arc<Sent>>>| -> BTreeSet<u64> {
            notes.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|note| note.take).collect()
        };
        of(&self.sent).into_iter().chain(of(&self.ahead)).collect()
    }

    /// The notes that sound at a beat.
    pub(crate) fn at(&self, beat: f64) -> Vec<Arc<Sent>> {
        self.between(beat, beat, false)
    }

    /// The notes that sound within a stretch of beats, with or without those that are known and not sent yet.
    pub(crate) fn between(&self, from: f64, to: f64, ahead: bool) -> Vec<Arc<Sent>> {
        let within = |notes: &Mutex<Vec<Arc<Sent>>>| -> Vec<Arc<Sent>> {
            let notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
            notes.iter().filter(|note| note.begin <= to && note.end > from).cloned().collect()
        };
        let mut notes = within(&self.sent);
        if ahead {
            notes.extend(within(&self.ahead));
        }
        notes
    }
}
