//! What is shown of what is around a set: where it lies, what comes next, recording, versions, sources of time.

use bf_session::sync::Source;
use bf_session::{Shared, Version};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    /// Counts the sets that were opened.
    pub opened: u64,
    /// The set: its folder, or its file where it is one.
    pub place: PathBuf,
    /// The folder that its paths start from.
    pub root: PathBuf,
    pub title: String,
    /// Its state, as the engine tells it.
    pub shared: Option<Arc<Shared>>,
    /// The set that is read, or waits for its bar.
    pub coming: Option<String>,
    /// It is read, and waits for its bar.
    pub waits: bool,
    /// Counts sets that could not be opened.
    pub failed: u64,
    /// It was opened with changes that its files do not have.
    pub was_left: bool,
    /// Why it is only read.
    pub read_only: Option<String>,
    pub recording: Option<PathBuf>,
    pub sources: Arc<Vec<Source>>,
    pub versions: Arc<Vec<Version>>,
    pub reach: Reach,
    /// Counts the patches that were put into the user's library.
    pub shelved: u64,
    /// Counts the sounds that were tried.
    pub tried: u64,
    /// The number of the one of the set list that plays, where it was gone to along the list.
    pub listed: Option<u64>,
    /// What is to be said for some seconds, and how much was so far.
    pub briefly: (u64, String),
}

impl Around {
    /// The file that the set is written in.
    pub(crate) fn main_file(&self) -> PathBuf {
        if self.place == self.root { self.root.join("set.toml") } else { self.place.clone() }
    }
}

/// How the set is reached from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reach {
    /// Address and port of OSC, as others see them.
    pub osc: Option<String>,
    /// OSC messages so far, and MIDI messages.
    pub osc_messages: u64,
    /// Who has said something last, and what.
    pub osc_last: Option<String>,
    pub midi_messages: u64,
    pub midi_ports: Vec<String>,
    /// The device that plays.
    pub device: String,
}
