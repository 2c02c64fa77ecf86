//! Slots for nodes: processors are made here, on the control thread, which may allocate.

use crate::Config;
use crate::controller::LoadError;
use crate::program::{Program, Scrap};
use crate::run::{Jump, MAX_OUTPUTS};
use crate::slots::{Body, CableSlot, NodeSlot, Table};
use crate::voices::{GroupSlots, Parts, Signal, VoiceOuts, Voices};
use bf_node::{Channels, Keys, Kind, NodeSpec, Probe, Role, SampleSource, Setup, Value};
use bf_patch::Name;
use bf_patch::compile::plan::{BufferId, Step};
use bf_patch::compile::{Face, FlatNode, Instrument, MAX_NODES, MAX_PARAMS, Plan};
use core::hash::{Hash, Hasher};
use rustc_hash::FxHasher;
use std::sync::Arc;

const _: () =
    assert!(MAX_PARAMS == crate::run::MAX_PARAMS, "what the compiler lets through is what a run has room for");
const _: () = assert!(MAX_NODES == Table::<NodeSlot>::CAPACITY, "and there is a slot for every node");

/// What making needs beside the node.
pub(crate) struct Maker<'a> {
    pub config: &'a Config,
    pub samples: &'a dyn SampleSource,
    pub keys: &'a Keys,
}

/// Which params of a face glide, bit by bit.
fn glides_mask(face: &Face) -> u64 {
    let glide = |(i, p): (usize, &bf_node::ParamSpec)| u64::from(p.glides() && i < 64) << i.min(63);
    face.params().iter().enumerate().map(glide).fold(0, |m, b| m | b)
}

/// Which params of a node jump so that it has to cross over, bit by bit.
fn jumps_mask(spec: &NodeSpec) -> u64 {
    let jumps = |(i, p): (usize, &bf_node::ParamSpec)| u64::from(p.crosses() && i < 64) << i.min(63);
    spec.params.iter().enumerate().map(jumps).fold(0, |m, b| m | b)
}

/// A number that depends on a path and nothing else.
pub(crate) fn path_hash(path: &Name, seed: u64) -> u64 {
    let mut hash = FxHasher::default();
    path.as_str().hash(&mut hash);
    seed.hash(&mut hash);
    hash.finish()
}

/// Which buffers of a voice's plan are read frame by frame; the others drive params that are constant or steady.
fn read_whole(plan: &Plan, instrument: &Instrument) -> Vec<bool> {
    let mut whole = vec![false; plan.buffers as usize];
    let mut read = |b: BufferId| whole[b as usize] = true;
    for (n, o) in &instrument.outputs {
        plan.output(*n, usize::from(*o)).iter().copied().for_each(&mut read);
    }
    plan.wires.ins.iter().copied().for_each(&mut read);
    for step in &plan.steps {
        match step {
            Step::Mix { sources, .. } | Step::Param { smooth: true, sources, .. } => {
                sources.iter().map(|s| s.buffer).for_each(&mut read);
            }
            // Runs frame by frame: any frame is the first of a piece.
            Step::Island { .. } => return vec![true; plan.buffers as usize],
            _ => {}
        }
    }
    whole
}

/// A slot whose numbers glide or are there at once.
fn plain(node: &FlatNode, body: Body) -> NodeSlot {
    NodeSlot::new(body, node.numbers.clone(), glides_mask(&node.face))
}

impl Maker<'_> {
    /// Runs `f` with the setup of a node.
    pub(crate) fn with_setup<T>(
        &self,
        node: &FlatNode,
        spec: &'static NodeSpec,
        lanes: usize,
        group: usize,
        probe: Arc<Probe>,
        f: impl FnOnce(&Setup<'_>) -> T,
    ) -> T {
        let values: Vec<Value> = node.setup_values();
        let seed = path_hash(&node.key.path, self.config.seed.wrapping_add(group as u64));
        f(&Setup {
            spec,
            sample_rate: self.config.sample_rate as f32,
            max_block: self.config.block,
            lanes,
            channels: node.channels,
            seed,
            salt: (seed >> 32) as u32,
            values: &values,
            samples: self.samples,
            keys: self.keys,
            probe,
        })
    }

    /// The slot of a node.
    ///
    /// # Errors
    /// What the node, or one inside an instrument, says of its settings.
    pub(crate) fn slot(&self, node: &FlatNode, probe: &Arc<Probe>) -> Result<NodeSlot, LoadError> {
        match (&node.instrument, &node.face) {
            (Some(instrument), _) => Ok(plain(node, Body::Voices(Box::new(self.voices(instrument)?)))),
            (None, Face::Node(spec)) => self.node(node, spec, 1, 0, probe),
            (None, Face::Patch(_)) => Ok(plain(node, Body::Nothing)),
        }
    }

    /// The slot of a declared node, with a second processor where it has to cross over.
    fn node(
        &self,
        node: &FlatNode,
        spec: &'static NodeSpec,
        lanes: usize,
        group: usize,
        probe: &Arc<Probe>,
    ) -> Result<NodeSlot, LoadError> {
        let mut slot = plain(node, self.body(node, spec, lanes, group, probe)?);
        let channels = spec.outputs.iter().filter(|p| p.kind == Kind::Signal).map(|p| match p.channels {
            Channels::Node => node.channels,
            Channels::Fixed(n) => usize::from(n),
        });
        let (mask, channels) = (jumps_mask(spec), channels.sum::<usize>());
        if mask != 0
            && channels > 0
            && spec.outputs.len() <= MAX_OUTPUTS
            && matches!(slot.body, Body::Node(_))
            && let Body::Node(spare) = self.body(node, spec, lanes, group, probe)?
        {
            let jump = Jump::new(spare, mask, &slot.numbers, self.config.fade_len(), lanes * channels);
            slot.jump = Some(Box::new(jump));
        }
        Ok(slot)
    }

    fn body(
        &self,
        node: &FlatNode,
        spec: &'static NodeSpec,
        lanes: usize,
        group: usize,
        probe: &Arc<Probe>,
    ) -> Result<Body, LoadError> {
        if matches!(spec.role, Role::Input | Role::Voice | Role::Patch) {
            return Ok(Body::Nothing);
        }
        let made = self.with_setup(node, spec, lanes, group, Arc::clone(probe), |s| (spec.make)(s));
        // An output is made to see whether its settings fit; the engine takes what enters it.
        made.map(|made| if spec.role == Role::Output { Body::Nothing } else { Body::Node(made) })
            .map_err(|cause| LoadError::Make { path: node.key.path.to_string(), cause })
    }

    fn voices(&self, instrument: &Instrument) -> Result<Voices, LoadError> {
        let mut plan = instrument.plan.clone();
        let lanes = plan.lanes;
        let wanted = instrument.voices + instrument.voices.div_ceil(4);
        let count = wanted.div_ceil(lanes).max(1);
        let mut groups = Vec::with_capacity(count);
        for g in 0..count {
            let mut nodes = Vec::with_capacity(plan.flat.nodes.len());
            for node in &plan.flat.nodes {
                nodes.push(match &node.face {
                    Face::Node(spec) => {
                        let probe = Arc::new(Probe::new(spec.probe_values.len(), spec.probe_frames));
                        self.node(node, spec, lanes, g, &probe)?
                    }
                    Face::Patch(_) => plain(node, Body::Nothing),
                });
            }
            let cables = plan.cables.iter().map(|c| CableSlot::new(c, lanes, c.target, self.config.block)).collect();
            groups.push(GroupSlots { nodes, cables });
        }
        let free_running = plan.flat.nodes.iter().map(|n| n.face.spec().is_some_and(|s| s.free_running)).collect();
        let whole = read_whole(&plan, instrument);
        let signal = |buffer: BufferId| Signal { buffer, whole: whole[buffer as usize] };
        let out = |node: Option<u32>, name: &str| {
            let node = node?;
            let output = plan.flat.nodes[node as usize].face.output(name)?;
            // What nothing reads is not written.
            let port = *plan.nodes[node as usize].out_ports.of(&plan.wires.out_ports).get(output)?;
            port.patched.then(|| plan.output(node, output).first().copied().map(signal))?
        };
        let voice = instrument.voice;
        let outs = VoiceOuts {
            freq: out(voice, "freq"),
            pitch: out(voice, "pitch"),
            gate: out(voice, "gate"),
            velocity: out(voice, "velocity"),
            trigger: out(voice, "trigger"),
        };
        let all = |node: Option<u32>| node.map_or(Vec::new(), |n| plan.outs(n).to_vec());
        let names = instrument.controls.map(|n| match &plan.flat.nodes[n as usize].face {
            Face::Patch(face) => face.output_names.clone(),
            Face::Node(_) => Vec::new(),
        });
        let names = names.unwrap_or_default();
        let controls =
            all(instrument.controls).into_iter().map(signal).zip(names.iter().map(|n| self.keys.key(n.as_str())));
        let outputs = instrument.outputs.iter().map(|(n, o)| plan.output(*n, usize::from(*o)).to_vec()).collect();
        let (inputs, controls) = (all(instrument.inputs), controls.collect());
        let slots: Vec<u32> = (0..plan.flat.nodes.len() as u32).collect();
        let cables = (0..plan.cables.len() as u32).collect();
        let program = Program::link(&mut plan, self.config.block, &slots, cables, Scrap::default());
        Ok(Voices::new(Parts {
            voices: instrument.voices,
            lanes,
            program,
            groups,
            free_running,
            outs,
            inputs,
            controls,
            outputs,
            block: self.config.block,
            sample_rate: self.config.sample_rate as f32,
        }))
    }
}
