//! The control half: compiles, sends what changed, and drops what comes back.

mod events;
mod hands;
mod swap;

pub use events::Target;

use crate::Config;
use crate::engine::Engine;
use crate::glance::Glance;
use crate::make::Maker;
use crate::message::{FromEngine, Pack, Receipt, SetNumber, ToEngine};
use crate::program::Scrap;
use crate::record::Desk;
use crate::shared::Shared;
use crate::tape::{Given, Taken, Tape};
use bf_node::{Keys, Probe, Registry, Role, SampleSource};
use bf_patch::Set;
use bf_patch::compile::{self, CableKey, CompileError, FlatNode, Ghosts, NodeKey, Plan};
use bf_pattern::{Ratio, Tempo, Transport};
use rtrb::{Consumer, Producer, RingBuffer};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Messages on their way to the engine.
const RING: usize = 65_536;
/// Times that the engine took messages in, which nobody has asked for yet: as many as there are blocks in 20 s.
const TAKEN: usize = 16_384;

/// What became of a set that was loaded.
#[derive(Debug, PartialEq)]
pub enum Loaded {
    /// It is on its way; its receipt carries this id.
    Sent(u64),
    /// Nothing that sounds has changed.
    Same,
    /// An earlier plan is still on its way: try again when it is in. The newest set wins.
    Busy,
}

/// Why a set was not loaded. What played plays on.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The patch has faults.
    #[error("the patch has {} faults; the first: {}", .0.len(), .0[0])]
    Compile(Vec<CompileError>),
    /// A node could not be made.
    #[error("{path}: {cause}")]
    Make {
        /// The node.
        path: String,
        /// What it says.
        cause: bf_node::MakeError,
    },
    /// There are more nodes than the engine has room for.
    #[error("more than {0} nodes or fading cables: split the set")]
    Full(usize),
}

/// What the engine tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Something was applied.
    Receipt(Receipt),
    /// A node was reset because its output was not finite.
    Broken {
        /// The node's path.
        path: String,
        /// The frame.
        frame: u64,
    },
}

/// Numbers for slots, those that are free again first.
#[derive(Default)]
struct Numbers {
    free: Vec<u32>,
    next: u32,
}

impl Numbers {
    fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

/// The half that lives on the control thread.
pub struct Controller {
    config: Config,
    registry: Arc<Registry>,
    samples: Arc<dyn SampleSource + Send + Sync>,
    keys: Arc<Keys>,
    to_engine: Producer<ToEngine>,
    from_engine: Consumer<FromEngine>,
    shared: Arc<Shared>,
    plan: Option<Plan>,
    /// The slot of each node of the plan.
    slots: Vec<u32>,
    /// The slot of each cable of the plan that has state.
    cable_slots: FxHashMap<CableKey, u32>,
    nodes: Numbers,
    cables: Numbers,
    node_pages: usize,
    cable_pages: usize,
    /// What nodes show, by slot.
    probes: FxHashMap<u32, Arc<Probe>>,
    /// What is seen of nodes while they play, by slot.
    glances: FxHashMap<u32, Arc<Glance>>,
    /// Slots that are free again once the pack with this id is back.
    leaving: Vec<(u64, Vec<u32>, Vec<u32>)>,
    in_flight: bool,
    /// The id of the last pack that was sent.
    sent: u64,
    /// Frames of the rings of waiting cables, by slot.
    rings: FxHashMap<u32, usize>,
    /// What the last program that came back has left.
    scrap: Scrap,
    finished: FxHashSet<CableKey>,
    silent: FxHashSet<NodeKey>,
    /// What was taken from the engine and not yet given on.
    notices: Vec<Notice>,
    next_id: u64,
    /// How much was given to the engine, and how much has come back.
    given: u64,
    heard: u64,
    /// Nothing is taken in beyond so much.
    hears_to: Option<u64>,
    tape: Option<(Tape, Consumer<Taken>)>,
    pub(crate) desk: Option<Desk>,
}

impl Controller {
    /// Both halves. The transport stands at beat 0 at the set's tempo once a set is loaded.
    pub fn new(
        config: Config,
        registry: Arc<Registry>,
        samples: Arc<dyn SampleSource + Send + Sync>,
    ) -> (Controller, Engine) {
        let (to_engine, from_control) = RingBuffer::new(RING);
        let (to_control, from_engine) = RingBuffer::new(RING);
        let shared = Arc::new(Shared::default());
        let transport = Transport::new(config.sample_rate, Tempo::default(), 4);
        let engine = Engine::new(config, transport, from_control, to_control, Arc::clone(&shared));
        let controller = Controller {
            config,
            registry,
            samples,
            keys: Arc::new(Keys::default()),
            to_engine,
            from_engine,
            shared,
            plan: None,
            slots: Vec::new(),
            cable_slots: FxHashMap::default(),
            nodes: Numbers::default(),
            cables: Numbers::default(),
            node_pages: 0,
            cable_pages: 0,
            probes: FxHashMap::default(),
            glances: FxHashMap::default(),
            leaving: Vec::new(),
            in_flight: false,
            sent: 0,
            rings: FxHashMap::default(),
            scrap: Scrap::default(),
            finished: FxHashSet::default(),
            silent: FxHashSet::default(),
            notices: Vec::new(),
            next_id: 1,
            given: 0,
            heard: 0,
            hears_to: None,
            tape: None,
            desk: None,
        };
        (controller, engine)
    }

    /// Counters and levels.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
    /// Names of controls.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
    /// The plan that plays or is on its way.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }
    /// What a node shows.
    pub fn probe(&self, path: &str) -> Option<Arc<Probe>> {
        let (_, slot) = self.live().find(|(n, _)| n.key.path.as_str() == path)?;
        self.probes.get(&slot).cloned()
    }

    /// The path of every node that shows something, and what it shows.
    pub fn probes(&self) -> impl Iterator<Item = (&str, &Arc<Probe>)> {
        self.live().filter_map(|(node, slot)| Some((node.key.path.as_str(), self.probes.get(&slot)?)))
    }

    /// The path of every node that plays, and what is seen of it while [`Shared::watch`] is on.
    pub fn glances(&self) -> impl Iterator<Item = (&str, &Arc<Glance>)> {
        self.live().filter_map(|(node, slot)| Some((node.key.path.as_str(), self.glances.get(&slot)?)))
    }

    /// Looks at one output of a node that plays, for [`crate::Scope`]; false where there is none. To be called again
    /// while one looks: a later plan may have the node elsewhere.
    pub fn look_at(&self, path: &str, output: usize) -> bool {
        let nodes = self.plan.iter().flat_map(|p| &p.flat.nodes).zip(&self.slots).enumerate();
        let found = nodes.into_iter().find(|(_, (n, _))| !n.ghost && n.key.path.as_str() == path);
        match found {
            Some((place, (_, slot))) => self.shared.scope().look(place, *slot, output),
            None => self.shared.scope().rest(),
        }
        found.is_some()
    }

    /// The path of every node that plays and declares a delay, and its frames.
    pub fn latencies(&self) -> impl Iterator<Item = (&str, u32)> {
        let delays = self.live().map(|(node, _)| (node.key.path.as_str(), self.declared_latency(node)));
        delays.filter(|(_, frames)| *frames > 0)
    }

    fn declared_latency(&self, node: &FlatNode) -> u32 {
        let maker = Maker { config: &self.config, samples: &*self.samples, keys: &self.keys };
        let spec = node.face.spec();
        let declared = spec.and_then(|spec| Some((spec, spec.latency?)));
        declared.map_or(0, |(spec, f)| maker.with_setup(node, spec, 1, 0, Arc::new(Probe::new(0, 0)), f))
    }

    /// The nodes of the plan but ghosts, and their slots.
    fn live(&self) -> impl Iterator<Item = (&FlatNode, u32)> {
        let nodes = self.plan.iter().flat_map(|p| &p.flat.nodes);
        nodes.zip(self.slots.iter().copied()).filter(|(n, _)| !n.ghost)
    }

    pub(crate) fn block(&self) -> usize {
        self.config.block
    }
    pub(crate) fn cable_slot(&self, key: &CableKey) -> Option<u32> {
        self.cable_slots.get(key).copied()
    }
    pub(crate) fn slot_of(&self, node: u32) -> Option<u32> {
        self.slots.get(node as usize).copied()
    }

    /// Path and slot of every strip, and by how many frames what leaves it is late, for stems.
    pub fn strips(&self) -> Vec<(String, u32, u32)> {
        let Some(plan) = self.plan() else { return Vec::new() };
        let nodes = plan.flat.nodes.iter().zip(&self.slots).zip(0..);
        let strips = nodes.filter(|((n, _), _)| !n.ghost && n.face.spec().is_some_and(|s| s.role == Role::Strip));
        let late = |i: usize| plan.leaves.get(i).copied().unwrap_or(0);
        strips.map(|((n, slot), i)| (n.key.path.to_string(), *slot, late(i))).collect()
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Loads a set: compiles it against what plays and sends the difference as one swap.
    ///
    /// # Errors
    /// Faults of the patch or of a node's settings. What played plays on.
    pub fn load(&mut self, set: &Set, sample_version: &dyn Fn(&str) -> u64) -> Result<Loaded, LoadError> {
        self.load_at(set, sample_version, None)
    }

    /// As [`Controller::load`]; the plan takes over at a beat, or at once where that has passed or the transport stands.
    /// What is sent after it waits for it.
    ///
    /// # Errors
    /// As [`Controller::load`].
    pub fn load_at(
        &mut self,
        set: &Set,
        sample_version: &dyn Fn(&str) -> u64,
        at: Option<Ratio>,
    ) -> Result<Loaded, LoadError> {
        self.take_in();
        // The ring holds far more than one pack and its companions; a full one means the engine does not run.
        if self.in_flight || self.to_engine.is_full() {
            return Ok(Loaded::Busy);
        }
        let asked = RefCell::new(BTreeMap::new());
        let version = |path: &str| {
            let version = sample_version(path);
            if self.tape.is_some() {
                asked.borrow_mut().insert(path.to_owned(), version);
            }
            version
        };
        let (finished, silent) = (core::mem::take(&mut self.finished), core::mem::take(&mut self.silent));
        let ghosts = Ghosts { last: self.plan.as_ref(), finished, silent };
        let compiled = self.compile(set, &version, &ghosts);
        let (finished, silent) = (ghosts.finished, ghosts.silent);
        let plan = match compiled {
            Ok(plan) => plan,
            Err(errors) => {
                // What is over stays over for the next attempt.
                (self.finished, self.silent) = (finished, silent);
                return Err(LoadError::Compile(errors));
            }
        };
        let asked = asked.into_inner();
        let sent = self.send_plan(plan, at);
        if sent.is_err() {
            (self.finished, self.silent) = (finished, silent);
        } else if let Some((tape, _)) = &mut self.tape {
            tape.set(set, at, self.heard, asked);
        }
        sent
    }

    /// Compiles a set to see whether it could be loaded; nothing else happens.
    ///
    /// # Errors
    /// Faults of the patch. Settings of nodes are seen only by [`Controller::load`].
    pub fn check(&self, set: &Set, sample_version: &dyn Fn(&str) -> u64) -> Result<(), LoadError> {
        self.plan_of(set, sample_version).map(|_| ())
    }

    /// The plan with which a set would begin, compiled as [`Controller::load`] does; nothing else happens.
    ///
    /// # Errors
    /// As [`Controller::check`].
    pub fn plan_of(&self, set: &Set, sample_version: &dyn Fn(&str) -> u64) -> Result<Plan, LoadError> {
        self.compile(set, sample_version, &Ghosts::default()).map_err(LoadError::Compile)
    }

    fn compile(
        &self,
        set: &Set,
        sample_version: &dyn Fn(&str) -> u64,
        ghosts: &Ghosts<'_>,
    ) -> Result<Plan, Vec<CompileError>> {
        let latency = |node: &FlatNode| self.declared_latency(node);
        let config = compile::Config {
            sample_rate: self.config.sample_rate,
            max_block: self.config.block,
            seed: self.config.seed,
            sample_version,
            latency: &latency,
        };
        compile::compile(set, &self.registry, ghosts, &config)
    }

    /// Whether a plan is on its way: another one has to wait.
    pub fn is_busy(&mut self) -> bool {
        self.take_in();
        self.in_flight
    }

    /// Whether ghosts are over and a compile would make the plan smaller.
    pub fn has_remains(&self) -> bool {
        !self.finished.is_empty() || !self.silent.is_empty()
    }

    /// Sets one param's number without a compile. The set must hold the same number: the next load takes all of them
    /// from there. False, and nothing has changed, when there is no such live param, when a pattern moves it, or when
    /// there is no room.
    pub fn set_number(&mut self, path: &str, param: &str, value: f32) -> bool {
        let Some(plan) = &mut self.plan else { return false };
        if plan.flat.texts.iter().any(|p| p.path.as_str() == path && p.param.as_str() == param) {
            return false;
        }
        let mut nodes = plan.flat.nodes.iter_mut().zip(&self.slots).filter(|(n, _)| !n.ghost);
        let Some((node, slot)) = nodes.find(|(n, _)| n.key.path.as_str() == path) else { return false };
        let Some(p) = node.face.param(param).filter(|p| !node.face.params()[*p].is_setting()) else { return false };
        let (lo, hi) = node.face.params()[p].range();
        let value = value.max(lo).min(hi);
        let set = SetNumber { id: self.next_id, slot: *slot, inner: None, param: p as u16, value };
        if self.to_engine.push(ToEngine::Set(set)).is_err() {
            return false;
        }
        self.given += 1;
        self.next_id += 1;
        node.numbers[p] = value;
        self.note_down(|| Given::Number { path: path.to_owned(), param: param.to_owned(), value });
        true
    }

    /// Fades everything to silence, or back, over 5 ms.
    pub fn master(&mut self, gain: f32) -> bool {
        let sent = self.give(ToEngine::Master { gain });
        if sent {
            self.note_down(|| Given::Master { gain });
        }
        sent
    }

    /// Gives the engine something; false when there is no room.
    fn give(&mut self, message: ToEngine) -> bool {
        let sent = self.to_engine.push(message).is_ok();
        self.given += u64::from(sent);
        sent
    }

    fn note_down(&mut self, given: impl FnOnce() -> Given) {
        if let Some((tape, _)) = &mut self.tape {
            tape.given.push(given());
        }
    }

    /// Keeps what the engine is given from now on, and when it takes it in, for [`Controller::take_tape`]. Before
    /// anything was given.
    pub fn keep_tape(&mut self, engine: &mut Engine) {
        let (tell, told) = RingBuffer::new(TAKEN);
        engine.tell_taken(tell);
        self.tape = Some((Tape::default(), told));
    }

    /// What was kept since the last call, each in its order.
    pub fn take_tape(&mut self) -> (Vec<Given>, Vec<Taken>) {
        let Some((tape, taken)) = &mut self.tape else { return Default::default() };
        // What was taken in is asked first: it was given before.
        let taken = core::iter::from_fn(|| taken.pop().ok()).collect();
        (core::mem::take(&mut tape.given), taken)
    }

    /// How many messages were given to the engine so far.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// Takes in what comes back from the engine only up to a number, as it was when something was given; true once so
    /// much has come.
    pub fn hear_to(&mut self, number: u64) -> bool {
        self.hears_to = Some(number);
        self.take_in();
        self.heard == number
    }

    /// Takes what the engine sent back: drops what it is done with and returns what it tells.
    pub fn collect(&mut self) -> Vec<Notice> {
        self.take_in();
        core::mem::take(&mut self.notices)
    }

    fn take_in(&mut self) {
        while self.hears_to.is_none_or(|number| self.heard < number)
            && let Ok(message) = self.from_engine.pop()
        {
            self.heard += 1;
            match message {
                FromEngine::Done(pack) => self.done(*pack),
                FromEngine::Receipt(r) => self.notices.push(Notice::Receipt(r)),
                FromEngine::Faded { slot, plan } => {
                    // What a later plan has turned to something else is not over; the engine tells it again.
                    let of = self.cable_slots.iter().find(|(_, s)| **s == slot && plan == self.sent);
                    self.finished.extend(of.map(|(key, _)| key.clone()));
                }
                FromEngine::Silent(slot) => {
                    let key = self.key_of(slot).cloned();
                    self.silent.extend(key);
                }
                FromEngine::Broken { slot, frame, .. } => {
                    let path = self.key_of(slot).map_or_else(String::new, |k| k.path.to_string());
                    self.notices.push(Notice::Broken { path, frame });
                }
            }
        }
    }

    fn key_of(&self, slot: u32) -> Option<&NodeKey> {
        let at = self.slots.iter().position(|s| *s == slot)?;
        Some(&self.plan.as_ref()?.flat.nodes.get(at)?.key)
    }

    fn done(&mut self, pack: Pack) {
        self.in_flight = false;
        if let Some(program) = pack.program {
            self.scrap = program.scrap();
        }
        self.leaving.retain(|(id, nodes, cables)| {
            let back = *id == pack.id;
            if back {
                self.nodes.free.extend(nodes);
                self.cables.free.extend(cables);
            }
            !back
        });
    }
}
