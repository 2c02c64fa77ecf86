//! The window's end of the control thread: the wishes that it sends, and what it reads of what is shown.

use super::change::Change;
use super::code::files::Sheets;
use super::code::notes::Notes;
use super::code::typed::Typed;
use super::control::{Deck, Ends};
use super::dropped::Parcel;
use super::errand::Underway;
use super::lost::Lost;
use super::mixer::Seen;
use super::pulse::Glances;
use super::shell::around::Around;
use super::shell::deck::Deed;
use super::widgets::asks::Ask;
use super::widgets::marks::Marks;
use crate::cli::playing::Playing;
use bf_node::Registry;
use bf_patch::{Name, Set, SetEdit};
use bf_session::remote::Quant;
use bf_session::{Bank, Diagnostic, Draft, Freeze, Owner, Script, Severity, Waiting};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Wishes that wait for the thread, which looks every 2 ms.
const WAITING: usize = 4_096;

/// What the window wishes.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    Edit {
        edit: SetEdit,
        label: String,
        gesture: Option<u64>,
    },
    EndGesture,
    Undo,
    Redo,
    Play,
    Stop,
    Rewind,
    Hush(bool),
    Evaluate(Script),
    /// What is evaluated is heard at this time from now on.
    Quant(Quant),
    Launch(Option<Name>),
    /// So many bars are counted in before it plays, from now on.
    CountIn(u32),
    Save,
    /// Files are made, and an edit refers to them.
    Change(Change),
    /// Files from the desktop become nodes at a place of the canvas of a patch; none is the set's own.
    Drop {
        file: Option<String>,
        parcel: Parcel,
    },
    /// Nodes of a patch are frozen, each over its bars; what is frozen by now is heard at the next bar.
    Freeze(Vec<Freeze>),
    /// Nodes of a patch play themselves again; none is the set's own.
    Unfreeze(Option<String>, Vec<Name>),
    /// What is under way beside is to end: one thing, or all of it.
    Cancel(Option<u64>),
    /// A note is tried through what a node plays into: pitch, velocity, seconds.
    Hear(Name, (f32, f32), f64),
    /// A clip is to play the notes of a MIDI file.
    TakeMidi(super::roll::import::Wanted),
    /// Hands on values ask for more than an edit.
    Ask(Ask),
    /// A script of the set is to be this text, in its file, which said something else when it was read.
    WriteScript {
        file: String,
        text: String,
        base: String,
    },
    /// What is typed is to be kept.
    Draft(Draft),
    /// What is done with whole sets.
    Deed(Deed),
    /// The thread fails.
    #[cfg(test)]
    Fail,
}

/// A line among the messages.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub severity: Severity,
    /// Where, as `file:line:column`, and empty where it has no place.
    pub place: String,
    pub text: String,
}

/// What the window draws; a new one whenever something of it changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// Counts the changes of what is heard.
    pub stamp: u64,
    /// How many wishes were carried out, or refused, so far.
    pub granted: u64,
    /// What is heard, with what scripts play.
    pub heard: Arc<Set>,
    /// What the set itself owns.
    pub own: Arc<Set>,
    /// The order in which its files say its nodes.
    pub order: Arc<super::pattern::place::Order>,
    pub undo: Option<String>,
    pub redo: Option<String>,
    pub hushed: bool,
    pub unsaved: bool,
    pub scenes: Vec<Name>,
    pub lines: Arc<VecDeque<Line>>,
    /// Counts what was said, so that a new message is seen.
    pub said: u64,
    pub xruns: u64,
    /// The scripts of the set, the one that plays first, with what came of evaluating them.
    pub scripts: Arc<Sheets>,
    /// What sounds and what it costs.
    pub glances: Arc<Glances>,
    /// Sounds that samplers can play: what a sampler calls them, and where they lie.
    pub sounds: Arc<Vec<(String, String)>>,
    /// The banks that are theirs.
    pub banks: Arc<Vec<(Owner, Bank)>>,
    /// Where scripts have declared what they play.
    pub sites: Arc<BTreeMap<Name, bf_session::script::Site>>,
    /// When what is evaluated is heard.
    pub quant: Quant,
    /// What was evaluated or launched and waits for its time.
    pub waits: Option<Waiting>,
    /// What the mixer shows beside the set.
    pub seen: Seen,
    /// What is wrong with what was last evaluated here or saved.
    pub faults: Arc<Vec<Diagnostic>>,
    /// What is marked on nodes and values.
    pub marks: Arc<Marks>,
    /// What is done beside, and can be ended.
    pub under_way: Arc<Vec<Underway>>,
    /// How often files have become nodes, and which nodes these were last.
    pub dropped: (u64, Arc<Vec<Name>>),
    /// What is around the set.
    pub around: Around,
    /// The thread has failed, and nothing sounds any more.
    pub failed: Option<Failed>,
}

/// Why nothing sounds any more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failed {
    pub why: String,
    /// Whether the history has what was done up to then.
    pub kept: bool,
}

/// The window's end.
pub(crate) struct Link {
    /// None once it closes.
    wishes: Option<SyncSender<(u64, Wish)>>,
    /// How many were sent.
    sent: Cell<u64>,
    /// The last gesture that was numbered.
    gestures: Cell<u64>,
    shown: Arc<Mutex<Arc<Shown>>>,
    window: Arc<OnceLock<egui::Context>>,
    thread: Option<std::thread::JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    pub shared: Arc<bf_session::Shared>,
    pub registry: Arc<Registry>,
    pub title: String,
    /// The length of a block in nanoseconds.
    pub block_ns: f32,
    /// What tracks play, renewed as it is sent.
    pub notes: Arc<Notes>,
    /// The set's folder.
    pub root: std::path::PathBuf,
    /// What was typed and waits to be kept.
    pub typed: Typed,
    /// Which of the sets that were opened is drawn.
    opened: u64,
    /// Whether the set has ended, and whether it has lost its window.
    pub lost: Arc<Lost>,
}

impl Link {
    /// Gives a set that plays to a thread of its own; `stop` ends both.
    pub(crate) fn start(playing: Playing, stop: Arc<AtomicBool>) -> Link {
        let (wishes, wanted) = sync_channel(WAITING);
        let shown = Arc::new(Mutex::new(Arc::new(Shown::default())));
        let window = Arc::new(OnceLock::new());
        let mut playing = playing;
        let shared = Arc::clone(playing.session.controller().shared());
        let registry = Arc::clone(playing.session.registry());
        let block_ns = playing.block as f32 * 1e9 / playing.session.sample_rate().max(1) as f32;
        let title = playing.session.folder().name();
        let notes = Arc::new(Notes::default());
        playing.session.watch_notes(true);
        let root = playing.session.folder().root.clone();
        let lost = Arc::new(Lost::default());
        let ends = Ends { notes: Arc::clone(&notes), shown: Arc::clone(&shown), window: Arc::clone(&window) };
        let deck = Deck::new(playing, Arc::clone(&lost), ends);
        let flag = Arc::clone(&stop);
        let thread = std::thread::spawn(move || deck.live(&wanted, &flag));
        Link {
            wishes: Some(wishes),
            sent: Cell::new(0),
            gestures: Cell::new(0),
            shown,
            window,
            thread: Some(thread),
            stop,
            shared,
            registry,
            title,
            block_ns,
            notes,
            root,
            typed: Typed::default(),
            opened: 1,
            lost,
        }
    }

    /// Goes over to another set once one plays; whether it has.
    pub(crate) fn follow(&mut self, shown: &Shown) -> bool {
        if shown.around.opened == self.opened && shown.around.root != self.root {
            // The same set goes on elsewhere.
            self.root.clone_from(&shown.around.root);
            self.title.clone_from(&shown.around.title);
        }
        let Some(shared) = shown.around.shared.as_ref().filter(|_| shown.around.opened != self.opened) else {
            return false;
        };
        // What was typed last belongs to the one before.
        self.keep_typed(self.typed.all());
        self.opened = shown.around.opened;
        self.root.clone_from(&shown.around.root);
        self.shared = Arc::clone(shared);
        self.title.clone_from(&shown.around.title);
        true
    }

    /// The window that is drawn anew when something has changed.
    pub(crate) fn wakes(&self, window: &egui::Context) {
        // There is one window.
        let _ = self.window.set(window.clone());
    }

    /// Whether something else than the window ends the set.
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What is to be drawn now.
    pub(crate) fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many wishes were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// A number for a gesture, which no other one has.
    pub(crate) fn gesture(&self) -> u64 {
        self.gestures.set(self.gestures.get() + 1);
        self.gestures.get()
    }

    pub(crate) fn wish(&self, wish: Wish) {
        if matches!(wish, Wish::Deed(_) | Wish::Save) {
            self.keep_typed(self.typed.all());
        }
        self.sent.set(self.sent.get() + 1);
        // The thread is gone only while the window closes.
        if let Some(wishes) = &self.wishes {
            let _ = wishes.send((self.opened, wish));
        }
    }

    /// Has what was typed kept.
    pub(crate) fn keep_typed(&self, drafts: Vec<Draft>) {
        drafts.into_iter().for_each(|draft| self.wish(Wish::Draft(draft)));
    }
}

#[cfg(test)]
impl Link {
    /// Shows what is shown now for good: nothing sounds or costs anything, and paths do not name the folder.
    pub(crate) fn freeze(&mut self, folder: &std::path::Path) {
        let mut shown = (*self.shown()).clone();
        let path = folder.display().to_string();
        let bare = |line: &Line| Line { text: line.text.replace(&format!("{path}/"), ""), ..line.clone() };
        // A busy machine lets the device wait, and says so.
        let is_device = |line: &&Line| !line.text.contains("has not asked for sound");
        let mut plays = false;
        let is_first = |line: &&Line| !line.text.starts_with("playing on `") || !core::mem::replace(&mut plays, true);
        shown.lines = Arc::new(shown.lines.iter().filter(is_device).filter(is_first).map(bare).collect());
        // What is wished for from now on is never heard, and nothing waits for it.
        (shown.glances, shown.xruns, shown.granted) = (Arc::default(), 0, u64::MAX);
        (shown.seen.probes, shown.seen.loudness) = (Arc::default(), None);
        self.shared = Arc::default();
        self.shown = Arc::new(Mutex::new(Arc::new(shown)));
        "a set".clone_into(&mut self.title);
    }

    /// Shows something else for good.
    pub(crate) fn show(&mut self, change: impl FnOnce(&mut Shown)) {
        let mut shown = (*self.shown()).clone();
        change(&mut shown);
        self.shown = Arc::new(Mutex::new(Arc::new(shown)));
    }
}

impl Drop for Link {
    /// Ends the sound with a fade and waits for it, however the window ends.
    fn drop(&mut self) {
        self.keep_typed(self.typed.all());
        self.lost.leave();
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
