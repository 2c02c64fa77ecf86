//! What is marked on nodes and values beside what the set says: what waits for a control, what was reset, what is missing.

use bf_patch::{Name, Socket};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

/// How long a mark of something that happened is seen.
pub(crate) const SEEN_SECS: f32 = 8.0;

/// The marks as they stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    /// The value that waits for a control of MIDI, and that which waits for a message of OSC.
    pub learns_midi: Option<Socket>,
    pub learns_osc: Option<Socket>,
    /// The value whose turns are written as automation.
    pub armed: Option<Socket>,
    /// Nodes that gave what is no number, by their path, and when.
    pub broken: BTreeMap<String, Instant>,
    /// Nodes whose text has changed, by their path: whether they kept their state, and when.
    pub carried: BTreeMap<String, (bool, Instant)>,
    /// Files that could not be read, as the set names them, and why.
    pub unread: BTreeMap<String, String>,
    /// The delay of nodes that have one, in milliseconds, by their path.
    pub delays: BTreeMap<String, f32>,
    /// Nodes that a script made by `node`, which can be detached, and nodes of its tracks, whose sound is in their text.
    pub of_nodes: Arc<BTreeSet<Name>>,
    pub of_tracks: Arc<BTreeSet<Name>>,
}

/// What a node is marked with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Badge {
    Broken,
    Missing(String),
    Kept,
    Reset,
}

impl Badge {
    /// What is written on it.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Badge::Broken => "NaN",
            Badge::Missing(_) => "missing file",
            Badge::Kept => "kept",
            Badge::Reset => "reset",
        }
    }

    /// What it means.
    pub(crate) fn help(&self) -> String {
        match self {
            Badge::Broken => "It gave invalid sound (NaN) and was reset; the rest played on.".to_owned(),
            Badge::Missing(why) => why.clone(),
            Badge::Kept => "Its text has changed; it went on as it was: phase, tail and step are kept.".to_owned(),
            Badge::Reset => "Its text has changed so that it was made anew.".to_owned(),
        }
    }
}

impl Marks {
    /// The mark of the node at a path, whose settings name some files: what is wrong comes first.
    pub(crate) fn badge<'a>(&self, path: &str, files: impl IntoIterator<Item = &'a str>) -> Option<Badge> {
        let is_fresh = |at: &Instant| at.elapsed().as_secs_f32() < SEEN_SECS;
        if let Some(why) = files.into_iter().find_map(|file| self.unread.get(file)) {
            return Some(Badge::Missing(why.clone()));
        }
        let within = |found: &str| found == path || found.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        if self.broken.iter().any(|(found, at)| within(found) && is_fresh(at)) {
            return Some(Badge::Broken);
        }
        let (kept, _) = self.carried.get(path).filter(|(_, at)| is_fresh(at))?;
        Some(if *kept { Badge::Kept } else { Badge::Reset })
    }

    /// Whether a value waits for a control, or for a hand that is recorded.
    pub(crate) fn waits(&self, node: &Name, port: Option<&Name>) -> bool {
        let is = |socket: &Socket| socket.node == *node && socket.port.as_ref() == port;
        [&self.learns_midi, &self.learns_osc, &self.armed].into_iter().flatten().any(is)
    }

    /// Whether no node has any.
    pub(crate) fn is_empty(&self) -> bool {
        self.broken.is_empty() && self.carried.is_empty() && self.unread.is_empty()
    }

    /// Whether a mark is seen that will fade.
    pub(crate) fn fades(&self) -> bool {
        let times = self.broken.values().chain(self.carried.values().map(|(_, at)| at));
        times.into_iter().any(|at| at.elapsed().as_secs_f32() < SEEN_SECS)
    }

    /// Forgets what is seen no more.
    pub(crate) fn fade(&mut self) {
        self.broken.retain(|_, at| at.elapsed().as_secs_f32() < SEEN_SECS);
        self.carried.retain(|_, (_, at)| at.elapsed().as_secs_f32() < SEEN_SECS);
    }
}
