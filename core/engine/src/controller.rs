//! The control half: compiles, makes slots, sends what changed, and drops what comes back.

use crate::Config;
use crate::engine::Engine;
use crate::make::Maker;
use crate::message::{FromEngine, Move, Pack, Receipt, SetNumber, ToEngine, When};
use crate::program::Program;
use crate::shared::Shared;
use crate::slots::{CableSlot, NodeSlot, Table};
use bf_node::{EventBody, Keys, Kind, Probe, Registry, Role, SampleSource};
use bf_patch::compile::{self, CableKey, CompileError, FlatNode, Ghosts, Into, NodeKey, Plan};
use bf_patch::{Name, Set};
use bf_pattern::{Tempo, Transport};
use rtrb::{Consumer, Producer, RingBuffer};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Messages on their way to the engine.
const RING: usize = 65_536;

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

/// Numbers for slots, and who has them.
struct Numbers<K> {
    of: FxHashMap<K, u32>,
    free: Vec<u32>,
    next: u32,
}

impl<K: core::hash::Hash + Eq> Numbers<K> {
    fn new() -> Numbers<K> {
        Numbers { of: FxHashMap::default(), free: Vec::new(), next: 0 }
    }
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
    nodes: Numbers<NodeKey>,
    cables: Numbers<CableKey>,
    node_pages: usize,
    cable_pages: usize,
    probes: FxHashMap<NodeKey, Arc<Probe>>,
    /// Slots that are free again once the pack with this id is back.
    leaving: Vec<(u64, Vec<u32>, Vec<u32>)>,
    in_flight: bool,
    finished: FxHashSet<CableKey>,
    silent: FxHashSet<NodeKey>,
    next_id: u64,
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
            nodes: Numbers::new(),
            cables: Numbers::new(),
            node_pages: 0,
            cable_pages: 0,
            probes: FxHashMap::default(),
            leaving: Vec::new(),
            in_flight: false,
            finished: FxHashSet::default(),
            silent: FxHashSet::default(),
            next_id: 1,
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
        let flat = &self.plan.as_ref()?.flat;
        let node = flat.nodes.iter().find(|n| !n.ghost && n.key.path.as_str() == path)?;
        self.probes.get(&node.key).cloned()
    }

    /// Path and slot of every strip, for stems.
    pub fn strips(&self) -> Vec<(String, u32)> {
        let nodes = self.plan.iter().flat_map(|p| &p.flat.nodes);
        let strips = nodes.filter(|n| !n.ghost && n.face.spec().is_some_and(|s| s.role == Role::Strip));
        strips.filter_map(|n| Some((n.key.path.to_string(), *self.nodes.of.get(&n.key)?))).collect()
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
        self.collect();
        if self.in_flight {
            return Ok(Loaded::Busy);
        }
        let maker = Maker { config: &self.config, samples: &*self.samples, keys: &self.keys };
        let empty = Arc::new(Probe::new(0, 0));
        let latency = |node: &FlatNode| {
            let Some(spec) = node.face.spec() else { return 0 };
            let Some(f) = spec.latency else { return 0 };
            maker.with_setup(node, spec, 1, 0, Arc::clone(&empty), f)
        };
        let config = compile::Config {
            sample_rate: self.config.sample_rate,
            max_block: self.config.block,
            seed: self.config.seed,
            sample_version,
            latency: &latency,
        };
        let ghosts = Ghosts {
            last: self.plan.as_ref(),
            finished: core::mem::take(&mut self.finished),
            silent: core::mem::take(&mut self.silent),
        };
        let compiled = compile::compile(set, &self.registry, &ghosts, &config);
        let (finished, silent) = (ghosts.finished, ghosts.silent);
        let plan = match compiled {
            Ok(plan) => plan,
            Err(errors) => {
                // What is over stays over for the next attempt.
                (self.finished, self.silent) = (finished, silent);
                return Err(LoadError::Compile(errors));
            }
        };
        let sent = self.send_plan(plan);
        if sent.is_err() {
            (self.finished, self.silent) = (finished, silent);
        }
        sent
    }

    /// Whether ghosts are over and a compile would make the plan smaller.
    pub fn has_remains(&self) -> bool {
        !self.finished.is_empty() || !self.silent.is_empty()
    }

    fn send_plan(&mut self, mut plan: Plan) -> Result<Loaded, LoadError> {
        if let Some(last) = &mut self.plan
            && last.flat.cables == plan.flat.cables
            && last.cables == plan.cables
            && last.flat.nodes.len() == plan.flat.nodes.len()
            && last.flat.nodes.iter().zip(&plan.flat.nodes).all(|(a, b)| a.key == b.key && a.ghost == b.ghost)
        {
            return Ok(self.send_numbers(plan));
        }
        let mut pack = Box::new(Pack { id: self.id(), ..Pack::default() });
        let slots = self.node_slots(&plan, &mut pack)?;
        let cables = self.cable_slots(&plan, &mut pack);
        if self.cables.next as usize > Table::<CableSlot>::CAPACITY {
            return Err(LoadError::Full(Table::<CableSlot>::CAPACITY));
        }
        self.adopts(&plan, &slots, &mut pack);
        self.lost(&plan, &mut pack);
        self.leave(&plan, &mut pack);
        self.pages(&mut pack);
        let sets = self.number_changes(&plan);
        pack.numbers = sets;
        pack.program = Some(Box::new(Program::link(&mut plan, self.config.block, &slots, cables)));
        let id = pack.id;
        // The ring holds far more than one pack and its companions; a full one means the engine does not run.
        if self.to_engine.push(ToEngine::Swap(pack)).is_err() {
            return Ok(Loaded::Busy);
        }
        self.in_flight = true;
        self.plan = Some(plan);
        Ok(Loaded::Sent(id))
    }

    /// Finds or makes the slot of every node.
    fn node_slots(&mut self, plan: &Plan, pack: &mut Pack) -> Result<Vec<u32>, LoadError> {
        let maker = Maker { config: &self.config, samples: &*self.samples, keys: &self.keys };
        let mut made = Vec::new();
        let mut slots = vec![u32::MAX; plan.flat.nodes.len()];
        for (i, node) in plan.flat.nodes.iter().enumerate() {
            if let Some(slot) = self.nodes.of.get(&node.key) {
                slots[i] = *slot;
                continue;
            }
            let (values, frames) = node.face.spec().map_or((0, 0), |s| (s.probe_values.len(), s.probe_frames));
            let probe = Arc::new(Probe::new(values, frames));
            let slot =
                maker.slot(node, &probe).map_err(|cause| LoadError::Make { path: node.key.path.to_string(), cause })?;
            made.push((i, slot, probe));
        }
        if self.nodes.of.len() + made.len() > Table::<NodeSlot>::CAPACITY {
            return Err(LoadError::Full(Table::<NodeSlot>::CAPACITY));
        }
        for (i, slot, probe) in made {
            let key = plan.flat.nodes[i].key.clone();
            let number = self.nodes.take();
            slots[i] = number;
            if plan.flat.nodes[i].face.spec().is_some_and(|s| !s.probe_values.is_empty() || s.probe_frames > 0) {
                self.probes.insert(key.clone(), probe);
            }
            self.nodes.of.insert(key, number);
            pack.nodes.push((number, Some(Box::new(slot))));
        }
        Ok(slots)
    }

    fn cable_slots(&mut self, plan: &Plan, pack: &mut Pack) -> Vec<u32> {
        let first = self.plan.is_none();
        let mut wanted = Vec::with_capacity(plan.cables.len());
        for cable in &plan.cables {
            let slot = match self.cables.of.get(&cable.key) {
                Some(slot) => {
                    pack.moved.push((*slot, cable.target, cable.delay));
                    *slot
                }
                None => {
                    let slot = self.cables.take();
                    self.cables.of.insert(cable.key.clone(), slot);
                    // What is new rises from nothing; what leaves falls from where it stood.
                    let begins = match (first || cable.events || !cable.fades, cable.target) {
                        (true, target) => target,
                        (false, target) => 1.0 - target,
                    };
                    pack.cables.push((slot, Some(Box::new(CableSlot::new(cable, plan.lanes, begins)))));
                    slot
                }
            };
            if cable.fades {
                pack.fading.push(slot);
            }
            wanted.push(slot);
        }
        // The engine swaps these lists for its own: room for as many as there can be.
        pack.fading.reserve(1);
        let ghosts = plan.flat.nodes.iter().filter(|n| n.ghost && n.instrument.is_some());
        pack.ringing = ghosts.filter_map(|n| self.nodes.of.get(&n.key).copied()).collect();
        wanted
    }

    /// Pairs new nodes with those of the same path that they replace.
    fn adopts(&self, plan: &Plan, slots: &[u32], pack: &mut Pack) {
        let Some(last) = &self.plan else { return };
        if pack.nodes.is_empty() {
            return;
        }
        let fresh: FxHashSet<u32> = pack.nodes.iter().map(|(s, _)| *s).collect();
        let old: FxHashMap<&Name, &NodeKey> =
            last.flat.nodes.iter().filter(|n| !n.ghost).map(|n| (&n.key.path, &n.key)).collect();
        for (node, slot) in plan.flat.nodes.iter().zip(slots) {
            if fresh.contains(slot)
                && let Some(before) = old.get(&node.key.path).and_then(|k| self.nodes.of.get(*k))
            {
                pack.adopt.push((*before, *slot));
            }
        }
    }

    /// Event cables that the new plan no longer has: their notes must end where they sound.
    fn lost(&self, plan: &Plan, pack: &mut Pack) {
        let Some(last) = &self.plan else { return };
        let kept: FxHashSet<&CableKey> = plan.cables.iter().filter(|c| c.events).map(|c| &c.key).collect();
        let present: FxHashSet<&NodeKey> = plan.flat.nodes.iter().map(|n| &n.key).collect();
        for cable in last.cables.iter().filter(|c| c.events && !kept.contains(&c.key)) {
            let (node, into) = &cable.key.into;
            if let (Into::Input(input), true) = (into, present.contains(node))
                && let (Some(c), Some(n)) = (self.cables.of.get(&cable.key), self.nodes.of.get(node))
            {
                pack.lost.push((*c, *n, *input));
            }
        }
    }

    /// Slots that no longer have a use.
    fn leave(&mut self, plan: &Plan, pack: &mut Pack) {
        let nodes: FxHashSet<&NodeKey> = plan.flat.nodes.iter().map(|n| &n.key).collect();
        let cables: FxHashSet<&CableKey> = plan.cables.iter().map(|c| &c.key).collect();
        let (drop_nodes, drop_cables) = (&mut pack.drop_nodes, &mut pack.drop_cables);
        if self.nodes.of.len() > nodes.len() {
            let probes = &mut self.probes;
            self.nodes.of.retain(|key, slot| {
                let keep = nodes.contains(key);
                if !keep {
                    drop_nodes.push(*slot);
                    probes.remove(key);
                }
                keep
            });
        }
        if self.cables.of.len() > cables.len() {
            self.cables.of.retain(|key, slot| {
                let keep = cables.contains(key);
                if !keep {
                    drop_cables.push(*slot);
                }
                keep
            });
        }
        pack.left_nodes.reserve_exact(pack.drop_nodes.len());
        pack.left_cables.reserve_exact(pack.drop_cables.len());
        self.leaving.push((pack.id, pack.drop_nodes.clone(), pack.drop_cables.clone()));
    }

    fn pages(&mut self, pack: &mut Pack) {
        let last = pack.nodes.iter().map(|(s, _)| Table::<NodeSlot>::page_of(*s) + 1).max().unwrap_or(0);
        while self.node_pages < last {
            pack.node_pages.push((self.node_pages, Some(Table::<NodeSlot>::make_page())));
            self.node_pages += 1;
        }
        let last = pack.cables.iter().map(|(s, _)| Table::<CableSlot>::page_of(*s) + 1).max().unwrap_or(0);
        while self.cable_pages < last {
            pack.cable_pages.push((self.cable_pages, Some(Table::<CableSlot>::make_page())));
            self.cable_pages += 1;
        }
    }

    /// Numbers that differ between the last plan and this one, for nodes that both have.
    fn number_changes(&self, plan: &Plan) -> Vec<SetNumber> {
        let Some(last) = &self.plan else { return Vec::new() };
        let before: FxHashMap<&NodeKey, &FlatNode> = last.flat.nodes.iter().map(|n| (&n.key, n)).collect();
        let mut sets = Vec::new();
        for node in plan.flat.nodes.iter().filter(|n| !n.ghost) {
            if let (Some(old), Some(slot)) = (before.get(&node.key), self.nodes.of.get(&node.key)) {
                differ(old, node, *slot, &mut sets);
            }
        }
        sets
    }

    fn send_numbers(&mut self, plan: Plan) -> Loaded {
        let sets = self.number_changes(&plan);
        let Some(last) = &mut self.plan else { return Loaded::Same };
        last.flat.warnings = plan.flat.warnings;
        for (a, b) in last.flat.nodes.iter_mut().zip(plan.flat.nodes) {
            a.numbers = b.numbers;
            a.instrument = b.instrument;
            a.values = b.values;
        }
        if sets.is_empty() {
            return Loaded::Same;
        }
        let id = self.id();
        let count = sets.len();
        for (i, mut set) in sets.into_iter().enumerate() {
            set.id = if i + 1 == count { id } else { 0 };
            if self.to_engine.push(ToEngine::Set(set)).is_err() {
                return Loaded::Busy;
            }
        }
        Loaded::Sent(id)
    }

    /// Sets one param's number without a compile. False when there is no such live param.
    pub fn set_number(&mut self, path: &str, param: &str, value: f32) -> bool {
        let Some(plan) = &mut self.plan else { return false };
        let nodes = plan.flat.nodes.iter_mut();
        let Some(node) = nodes.filter(|n| !n.ghost).find(|n| n.key.path.as_str() == path) else { return false };
        let Some(p) = node.face.param(param).filter(|p| !node.face.params()[*p].is_setting()) else { return false };
        let (lo, hi) = node.face.params()[p].range();
        let value = value.max(lo).min(hi);
        node.numbers[p] = value;
        let Some(slot) = self.nodes.of.get(&node.key).copied() else { return false };
        let id = self.next_id;
        self.next_id += 1;
        self.to_engine.push(ToEngine::Set(SetNumber { id, slot, inner: None, param: p as u16, value })).is_ok()
    }

    /// Sends an event to an input of a node. `None` when there is no such input or no room.
    pub fn event(&mut self, path: &str, input: Option<&str>, body: EventBody, when: When) -> Option<u64> {
        let plan = self.plan.as_ref()?;
        let node = plan.flat.nodes.iter().find(|n| !n.ghost && n.key.path.as_str() == path)?;
        let port = match input {
            Some(name) => node.face.input(name)?,
            None => node.face.inputs().iter().position(|p| p.kind == Kind::Event)?,
        };
        if node.face.inputs()[port].kind != Kind::Event {
            return None;
        }
        let slot = *self.nodes.of.get(&node.key)?;
        let id = self.id();
        let message = ToEngine::Event { id, when, slot, port: port as u16, is_param: false, body };
        self.to_engine.push(message).ok().map(|()| id)
    }

    /// Changes the transport. `None` when there is no room.
    pub fn transport(&mut self, to: Move, when: When) -> Option<u64> {
        let id = self.id();
        self.to_engine.push(ToEngine::Transport { id, when, to }).ok().map(|()| id)
    }

    /// Fades everything to silence, or back, over 5 ms.
    pub fn master(&mut self, gain: f32) -> bool {
        self.to_engine.push(ToEngine::Master { gain }).is_ok()
    }

    /// Takes what the engine sent back: drops what it is done with and returns what it tells.
    pub fn collect(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        while let Ok(message) = self.from_engine.pop() {
            match message {
                FromEngine::Done(pack) => self.done(&pack),
                FromEngine::Receipt(r) => notices.push(Notice::Receipt(r)),
                FromEngine::Faded { slot, gain } => {
                    // A fade that was turned round since is not over.
                    let Some((key, _)) = self.cables.of.iter().find(|(_, s)| **s == slot) else { continue };
                    let plan = self.plan.iter().flat_map(|p| &p.cables);
                    if plan.filter(|c| c.key == *key).any(|c| c.target == gain) {
                        self.finished.insert(key.clone());
                    }
                }
                FromEngine::Silent(slot) => {
                    if let Some((key, _)) = self.nodes.of.iter().find(|(_, s)| **s == slot) {
                        self.silent.insert(key.clone());
                    }
                }
                FromEngine::Broken { slot, frame, .. } => {
                    let path = self.nodes.of.iter().find(|(_, s)| **s == slot);
                    let path = path.map_or_else(String::new, |(k, _)| k.path.to_string());
                    notices.push(Notice::Broken { path, frame });
                }
            }
        }
        notices
    }

    fn done(&mut self, pack: &Pack) {
        self.in_flight = false;
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

/// Numbers of a node, and of the nodes inside an instrument, that differ.
fn differ(old: &FlatNode, new: &FlatNode, slot: u32, sets: &mut Vec<SetNumber>) {
    let mut compare = |a: &[f32], b: &[f32], inner: Option<u32>| {
        for (p, (x, y)) in a.iter().zip(b).enumerate() {
            if x.to_bits() != y.to_bits() {
                sets.push(SetNumber { id: 0, slot, inner, param: p as u16, value: *y });
            }
        }
    };
    compare(&old.numbers, &new.numbers, None);
    if let (Some(a), Some(b)) = (&old.instrument, &new.instrument) {
        for (i, (a, b)) in a.plan.flat.nodes.iter().zip(&b.plan.flat.nodes).enumerate() {
            compare(&a.numbers, &b.numbers, Some(i as u32));
        }
    }
}
