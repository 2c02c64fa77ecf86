//! What was evaluated or launched and waits for its time.

use super::Session;
use crate::play::scripts::{Pending, Step, When};
use bf_pattern::Ratio;

/// What waits: one change, of which all is a part that was asked for before it and is not heard yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// The numbers that asking for it gave, the newest last.
    pub requests: Vec<u64>,
    /// The beat from which it is heard.
    pub beat: Ratio,
    /// What it is, as the history will call it.
    pub label: String,
}

/// What a change will be called in the history, where it becomes a step of it.
fn label(pending: &Pending) -> Option<&str> {
    match &pending.step {
        Step::Recorded(label, _) => Some(label),
        Step::First | Step::Follows { .. } => None,
    }
}

impl Session {
    /// What waits for its beat; [`Session::undo`] takes it back before it is heard.
    pub fn waiting(&self) -> Option<Waiting> {
        self.scripts.pending.iter().find_map(|pending| {
            let (When::Beat(beat), label) = (pending.at, label(pending)?.to_owned()) else { return None };
            let requests = pending.with.iter().copied().chain([pending.request]).collect();
            Some(Waiting { requests, beat, label })
        })
    }

    /// What was taken back before it was heard; [`Session::redo`] lets it wait again.
    pub fn taken_back(&self) -> Option<&str> {
        self.scripts.taken_back.as_ref().and_then(|(pending, _)| label(pending))
    }
}
