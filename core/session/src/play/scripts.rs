//! All that a session holds of its scripts.

use super::actors::Actor;
use super::ask::{Mind, Way};
use super::band::Band;
use super::callbacks::Callbacks;
use super::cycles::Cycles;
use super::layer::Layer;
use super::outs::Outs;
use super::part::Into;
use super::shelf::Shelf;
use super::state::{Change, State};
use super::uses::Uses;
use crate::chain::Chains;
use crate::remote::Quant;
use bf_engine::Target;
use bf_node::{Code, Registry};
use bf_patch::{Gesture, Name};
use bf_pattern::Ratio;
use bf_script::{Env, Host, Instrument, Limits, Site, Wanted};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The track of what plays once.
pub(crate) const ONCE: &str = "once";

/// How many things that scripts have wanted are kept for undo.
const KEPT: usize = 100;

/// What was wanted, and what its tracks used.
type Kept = (Arc<State>, Arc<BTreeMap<Name, Uses>>);

/// The scripts of a session.
pub(crate) struct Scripts {
    pub way: Way,
    pub home: Home,
    /// The instruments that ship.
    pub library: Arc<BTreeMap<Name, Instrument>>,
    /// What was wanted so far, by number.
    states: BTreeMap<u64, Kept>,
    /// The number of what plays.
    pub playing: u64,
    next: u64,
    /// What the next change builds on: it may wait for its time.
    pub newest: Arc<State>,
    /// Changes that the thread works on, by request.
    pub asked: BTreeMap<u64, Asked>,
    next_request: u64,
    pub pending: VecDeque<Pending>,
    pub band: Band,
    /// What leaves the program.
    pub outs: Outs,
    pub cycles: Cycles,
    pub shelf: Shelf,
    pub chains: Chains,
    pub layer: Layer,
    /// Tracks that left the texts, and the beat at which their nodes go.
    pub leaving: BTreeMap<Name, (Uses, Ratio)>,
    /// Instruments that those play and no text declares any more.
    pub departed: BTreeMap<Name, Instrument>,
    /// What is wanted at a later beat, and where it was said.
    pub later: Vec<(Ratio, Site, Wanted)>,
    /// Changes that wait for the thread, which works on one at a time: each builds on the one before.
    pub queue: VecDeque<u64>,
    pub at_work: Option<u64>,
    /// The change at work whose ground an undo has taken: it is worked on again.
    pub stale: Option<u64>,
    /// Since when the first change that waits has waited for samples past its time.
    pub late_since: Option<Instant>,
    /// A change that waited and was taken back by an undo, with what it asked for.
    pub taken_back: Option<(Pending, Option<Change>)>,
    pub hushed: bool,
    /// Whether the engine was told to be silent.
    pub silent: bool,
    /// What the document's own patterns play.
    pub texts: BTreeMap<Into, Text>,
    /// Nodes with scripts of their own, by path.
    pub actors: BTreeMap<Name, Actor>,
    next_text: u64,
    /// Whether there is somebody to evaluate scripts, and not only to ask patterns.
    awake: bool,
}

/// A pattern of the document that plays.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub text: String,
    pub code: Option<Code>,
    /// A number of its own, for what is answered of it later.
    pub key: u64,
    /// Where its values or notes go.
    pub target: Option<Target>,
}

/// A change that is worked on.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub what: Change,
    pub quant: Quant,
    /// The beat at which it is to be heard, where that is fixed.
    pub at: Option<Ratio>,
    /// The step of the history that it is part of, where that is still the last one, and what that is called.
    pub part_of: Option<(Gesture, &'static str)>,
}

/// A change that waits for its time.
pub(crate) struct Pending {
    pub request: u64,
    /// Those that waited before and are heard with it.
    pub with: Vec<u64>,
    pub state: Arc<State>,
    /// What its new tracks use.
    pub uses: BTreeMap<Name, Uses>,
    pub quant: Quant,
    pub at: When,
    pub step: Step,
    /// The text that was evaluated, and which part of it.
    pub text: Option<(Arc<str>, Option<Range<usize>>)>,
}

impl Pending {
    /// Whether what stands at a place was evaluated with this.
    pub(crate) fn evaluates(&self, site: &Site) -> bool {
        self.text.as_ref().is_some_and(|(file, part)| {
            let inside =
                |part: &Range<usize>| part.start < site.block.end as usize && (site.block.start as usize) < part.end;
            *site.file == **file && part.as_ref().is_none_or(inside)
        })
    }
}

/// When a change is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    /// As soon as it can.
    Now,
    Beat(Ratio),
}

/// Whether a change is a step of the history.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// With its label, and the gesture that it is part of.
    Recorded(String, Option<Gesture>),
    /// The set was opened with it: there is nothing before it.
    First,
    /// It follows from what was recorded: an undo, or a time that has come.
    Follows {
        /// The number of the state, where it has one already.
        score: Option<u64>,
    },
}

impl Scripts {
    /// Modules and sounds lie in another folder from now on.
    pub(crate) fn move_to(&mut self, root: &Path) {
        root.clone_into(&mut self.home.lock().unwrap_or_else(PoisonError::into_inner));
        self.shelf.move_to(root);
    }

    pub(crate) fn new(root: &Path, signature: u32) -> Scripts {
        let chains = Chains::new();
        Scripts {
            way: Way::Idle,
            home: Arc::new(Mutex::new(root.to_owned())),
            library: Arc::default(),
            states: BTreeMap::from([(0, Default::default())]),
            playing: 0,
            next: 1,
            newest: Arc::default(),
            asked: BTreeMap::new(),
            next_request: 1,
            pending: VecDeque::new(),
            outs: Outs::default(),
            band: Band::new(chains.orbit().1.controls.iter().map(|(n, _)| n.to_string()).collect()),
            cycles: Cycles::new(signature),
            shelf: Shelf::new(root),
            chains,
            layer: Layer::default(),
            leaving: BTreeMap::new(),
            departed: BTreeMap::new(),
            later: Vec::new(),
            queue: VecDeque::new(),
            at_work: None,
            stale: None,
            late_since: None,
            taken_back: None,
            hushed: false,
            silent: false,
            texts: BTreeMap::new(),
            actors: BTreeMap::new(),
            next_text: 0,
            awake: false,
        }
    }

    /// Whether there is somebody to evaluate scripts.
    pub(crate) fn is_awake(&self) -> bool {
        self.awake
    }

    pub(crate) fn wake(&mut self, way: Way) {
        self.library = way.library();
        self.way = way;
        self.awake = true;
        self.band.unask();
    }

    /// What plays.
    pub(crate) fn state(&self) -> Arc<State> {
        self.states.get(&self.playing).map(|(state, _)| Arc::clone(state)).unwrap_or_default()
    }

    /// What was wanted under a number, and what it used.
    pub(crate) fn recall(&self, score: u64) -> Option<Kept> {
        self.states.get(&score).cloned()
    }

    /// The number that the next thing to be kept gets.
    pub(crate) fn next_score(&self) -> u64 {
        self.next
    }

    /// Keeps what plays from now on, under a number.
    pub(crate) fn keep(&mut self, score: u64, state: Arc<State>) {
        self.next = self.next.max(score + 1);
        self.states.insert(score, (state, Arc::new(self.band.uses.clone())));
        self.playing = score;
        while self.states.len() > KEPT {
            let oldest = self.states.keys().copied().find(|s| *s != self.playing);
            oldest.and_then(|oldest| self.states.remove(&oldest));
        }
    }

    /// Counts requests and scores behind those of an earlier session.
    pub(crate) fn count_from(&mut self, last: u64) {
        self.next += last;
        self.next_request += last;
    }

    /// A number for a text that the session reads.
    pub(crate) fn text_key(&mut self) -> u64 {
        self.next_text += 1;
        self.next_text
    }

    /// A number for a request.
    pub(crate) fn request(&mut self) -> u64 {
        self.next_request += 1;
        self.next_request - 1
    }
}

/// The set's folder, as the script's thread knows it.
pub(crate) type Home = Arc<Mutex<PathBuf>>;

/// What a script is given: node types, and the modules that lie in its set, or ship.
pub(crate) fn mind(home: &Home, registry: &Arc<Registry>, is_awaited: bool) -> Mind {
    let home = Arc::clone(home);
    let read = move |path: &str| {
        let root = home.lock().unwrap_or_else(PoisonError::into_inner).clone();
        read_module(&root, path)
    };
    let host = Host::new(Env { registry: Arc::clone(registry), read: Arc::new(read), ..Env::default() });
    let library = Arc::new(library(registry));
    Mind { host: Some(host), library, is_awaited, callbacks: Callbacks::default() }
}

/// What only asks patterns.
pub(crate) fn plain_mind() -> Mind {
    Mind { host: None, library: Arc::default(), is_awaited: true, callbacks: Callbacks::default() }
}

/// How long the scripts that ship may take: they are known to end, and none may be missing on a busy machine.
const SHIPPED_TIME: Duration = Duration::from_secs(60);

/// The instruments that ship. Their texts are tested; one that fails is left out.
fn library(registry: &Arc<Registry>) -> BTreeMap<Name, Instrument> {
    let limits = Limits { wall: SHIPPED_TIME, ..Limits::default() };
    let host = Host::new(Env { registry: Arc::clone(registry), limits, ..Env::default() });
    let mut all = BTreeMap::new();
    for (name, text) in crate::scripts::PRELUDE {
        if let Ok(wanted) = host.evaluate(name, text) {
            all.extend(wanted.instruments);
        }
    }
    all
}

/// Reads a module by the path in its `import`: only what lies in the set, with no way up and no root.
pub(crate) fn read_module(root: &Path, path: &str) -> Result<String, String> {
    let inside = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
    if !inside {
        return Err("a module lies in the set, by a path from its folder".to_owned());
    }
    let file: PathBuf = root.join(path).with_extension("rhai");
    std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))
}
