//! From a flat graph to a plan: order, shapes, latency, then buffers and steps.

use super::flat::{CableKey, Config, End, Flat, Into};
use super::ghosts::{self, Fading};
use super::grid_only::grid_only;
use super::order::{Edges, Group, order};
use super::plan::{BufferId, EventSource, Join, ListId, Loop, Plan, PlanCable, PlanNode, SILENCE, Source, Step};
use super::{At, CompileError, Ghosts, latency, shape};
use bf_node::{Channels, Kind, ParamKind, PortSpec, Role, Scale};
use rustc_hash::{FxHashMap, FxHashSet};

/// Lanes of a group of voices where there are more than eight.
pub(super) const VOICE_LANES: usize = 16;

/// Makes the plan of a flat graph.
///
/// # Errors
/// Cables whose ends do not fit, and loops that cannot run.
pub fn assemble(flat: Flat, ghosts: &Ghosts<'_>, config: &Config<'_>) -> Result<Plan, Vec<CompileError>> {
    build(flat, ghosts, config, 1, &[])
}

/// Makes the plan of one group of voices; what `outputs` name stays readable after the last step.
pub(super) fn assemble_voice(
    flat: Flat,
    lanes: usize,
    outputs: &[End],
    config: &Config<'_>,
) -> Result<Plan, Vec<CompileError>> {
    build(flat, &Ghosts::default(), config, lanes, outputs)
}

fn build(
    mut flat: Flat,
    ghosts: &Ghosts<'_>,
    config: &Config<'_>,
    lanes: usize,
    pinned: &[End],
) -> Result<Plan, Vec<CompileError>> {
    let edges = |flat: &Flat| flat.cables.iter().map(|c| (c.from.0, c.to)).collect::<Vec<_>>();
    let before = edges(&flat);
    let (mut groups, mut closing) = order(&Edges { nodes: flat.nodes.len(), cables: &before, prefer: &|_| 0 });
    shape::shape(&mut flat, &groups, lanes)?;
    let fading = ghosts::merge(&mut flat, ghosts);
    let looped = groups.iter().any(|g| matches!(g, Group::Island(_)));
    if flat.cables.len() > before.len() || looped {
        let kept: FxHashSet<&CableKey> = ghosts.last.iter().flat_map(|l| &l.closing).collect();
        let prefer = |c: usize| {
            let cable = &flat.cables[c];
            if cable.ghost { 2 } else { u8::from(!kept.is_empty() && kept.contains(&flat.cable_key(cable))) }
        };
        let after = edges(&flat);
        (groups, closing) = order(&Edges { nodes: flat.nodes.len(), cables: &after, prefer: &prefer });
    }
    loops_run(&flat, &groups)?;
    let (delays, longest) = latency::compensate(&flat, &groups, config);
    let mut b = Builder::new(&flat, &fading, &closing, &delays, pinned);
    b.last_uses(&groups);
    let mut steps = Vec::with_capacity(groups.len() * 2);
    for (at, group) in groups.iter().enumerate() {
        b.at = at as u32;
        match group {
            Group::Single(n) => b.node(*n, &mut steps),
            Group::Island(nodes) => {
                let (mut inner, mut loops) = (Vec::new(), Vec::new());
                for n in nodes {
                    b.reserve_outputs(*n);
                }
                for n in nodes {
                    b.node(*n, &mut inner);
                    b.loops_from(*n, &mut loops);
                }
                steps.push(Step::Island { steps: inner, loops });
            }
        }
        b.release();
    }
    for (n, output) in pinned {
        // An instrument listens to its outputs, though no cable leads there.
        if let Some(port) = b.nodes[*n as usize].out_ports.get_mut(usize::from(*output)) {
            port.2 = true;
        }
    }
    for (node, only) in b.nodes.iter_mut().zip(grid_only(&flat, &groups, &closing, &delays, pinned)) {
        node.grid_only = only;
    }
    let keys = flat.cables.iter().zip(&closing).filter(|(_, c)| **c).map(|(c, _)| flat.cable_key(c));
    let closing = keys.collect();
    let Builder { nodes, cables, buffers, constants, lists, .. } = b;
    let constants = constants.into_iter().map(|(v, b)| (b, f32::from_bits(v))).collect();
    Ok(Plan { nodes, cables, steps, buffers, constants, lists, lanes, latency: longest, closing, flat })
}

fn loops_run(flat: &Flat, groups: &[Group]) -> Result<(), Vec<CompileError>> {
    let blocked = groups.iter().filter_map(|g| if let Group::Island(nodes) = g { Some(nodes) } else { None });
    let errors: Vec<CompileError> = blocked
        .flatten()
        .map(|n| &flat.nodes[*n as usize])
        .filter(|n| n.face.spec().is_some_and(|s| s.needs_block))
        .map(|n| CompileError {
            file: None,
            at: At::Node(n.key.path.clone()),
            message: format!("{} works on whole blocks and cannot be part of a feedback loop", n.key.path),
            hint: Some("take it out of the loop".to_owned()),
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

struct Builder<'a> {
    flat: &'a Flat,
    fading: &'a [Fading],
    closing: &'a [bool],
    delays: &'a [u32],
    entering: Vec<u32>,
    entering_start: Vec<u32>,
    nodes: Vec<PlanNode>,
    cables: Vec<PlanCable>,
    /// The state of a cable of the graph, where it has one.
    states: FxHashMap<u32, u32>,
    /// What a loop's reader reads: cable and channel to buffer.
    loop_buffers: FxHashMap<(u32, u8), BufferId>,
    buffers: u32,
    constants: Vec<(u32, BufferId)>,
    lists: u32,
    free: Vec<BufferId>,
    /// Buffers by the group after which they are free.
    busy: Vec<Vec<BufferId>>,
    last_use: Vec<u32>,
    pinned: FxHashSet<u32>,
    at: u32,
}

impl<'a> Builder<'a> {
    fn new(
        flat: &'a Flat,
        fading: &'a [Fading],
        closing: &'a [bool],
        delays: &'a [u32],
        pinned: &[End],
    ) -> Builder<'a> {
        let n = flat.nodes.len();
        let mut start = vec![0u32; n + 1];
        for c in &flat.cables {
            start[c.to as usize + 1] += 1;
        }
        for i in 0..n {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut entering = vec![0u32; flat.cables.len()];
        for (i, c) in flat.cables.iter().enumerate() {
            let slot = &mut next[c.to as usize];
            entering[*slot as usize] = i as u32;
            *slot += 1;
        }
        Builder {
            flat,
            fading,
            closing,
            delays,
            entering,
            entering_start: start,
            nodes: vec![PlanNode::default(); n],
            cables: Vec::new(),
            states: FxHashMap::default(),
            loop_buffers: FxHashMap::default(),
            buffers: 1,
            constants: Vec::new(),
            lists: 0,
            free: Vec::new(),
            busy: Vec::new(),
            last_use: Vec::new(),
            pinned: pinned.iter().map(|(n, _)| *n).collect(),
            at: 0,
        }
    }

    /// The last group that reads what each node puts out.
    fn last_uses(&mut self, groups: &[Group]) {
        self.busy = vec![Vec::new(); groups.len()];
        let mut group_of = vec![0u32; self.flat.nodes.len()];
        for (at, group) in groups.iter().enumerate() {
            match group {
                Group::Single(n) => group_of[*n as usize] = at as u32,
                Group::Island(nodes) => nodes.iter().for_each(|n| group_of[*n as usize] = at as u32),
            }
        }
        self.last_use = group_of.clone();
        for c in &self.flat.cables {
            let last = &mut self.last_use[c.from.0 as usize];
            *last = (*last).max(group_of[c.to as usize]);
        }
        for (i, n) in self.flat.nodes.iter().enumerate() {
            // What comes from outside a voice is there before the first step.
            if self.pinned.contains(&(i as u32)) || outside(n) {
                self.last_use[i] = u32::MAX;
            }
        }
        for i in 0..self.flat.nodes.len() as u32 {
            if outside(&self.flat.nodes[i as usize]) {
                self.reserve_outputs(i);
            }
        }
    }

    fn buffer(&mut self, until: u32) -> BufferId {
        let b = self.free.pop().unwrap_or_else(|| {
            self.buffers += 1;
            self.buffers - 1
        });
        // What is never free (the outside of a voice, what its outputs show) is in no list.
        if let Some(list) = self.busy.get_mut(until as usize) {
            list.push(b);
        }
        b
    }

    fn release(&mut self) {
        let over = self.busy.get_mut(self.at as usize).map(core::mem::take);
        self.free.extend(over.into_iter().flatten());
    }

    fn constant(&mut self, value: f32) -> BufferId {
        if value == 0.0 {
            return SILENCE;
        }
        if let Some((_, b)) = self.constants.iter().find(|(v, _)| *v == value.to_bits()) {
            return *b;
        }
        self.buffers += 1;
        self.constants.push((value.to_bits(), self.buffers - 1));
        self.buffers - 1
    }

    fn reserve_outputs(&mut self, n: u32) {
        if !self.nodes[n as usize].out_ports.is_empty() {
            return;
        }
        let node = &self.flat.nodes[n as usize];
        let until = self.last_use[n as usize];
        for (i, port) in node.face.outputs().iter().enumerate() {
            let first = self.nodes[n as usize].outs.len() as u16;
            let mut channels = 0;
            if port.kind == Kind::Event {
                self.nodes[n as usize].events_out.push(Some(self.lists));
                self.lists += 1;
            } else {
                self.nodes[n as usize].events_out.push(None);
                channels = shape::output_channels(self.flat, n, i as u16) as u8;
                for _ in 0..channels {
                    let b = self.buffer(until);
                    self.nodes[n as usize].outs.push(b);
                }
            }
            self.nodes[n as usize].out_ports.push((first, channels, false));
        }
    }

    fn entering(&self, n: u32) -> &[u32] {
        let (a, b) = (self.entering_start[n as usize], self.entering_start[n as usize + 1]);
        &self.entering[a as usize..b as usize]
    }

    fn node(&mut self, n: u32, steps: &mut Vec<Step>) {
        let flat = self.flat;
        let node = &flat.nodes[n as usize];
        let cables: Vec<u32> = self.entering(n).to_vec();
        for (i, port) in node.face.inputs().iter().enumerate() {
            let mine = |c: &&u32| flat.cables[**c as usize].into == Into::Input(i as u16);
            let into: Vec<u32> = cables.iter().filter(mine).copied().collect();
            for c in &into {
                let (from, output) = flat.cables[*c as usize].from;
                if let Some(port) = self.nodes[from as usize].out_ports.get_mut(usize::from(output)) {
                    port.2 = true;
                }
            }
            if port.kind == Kind::Event {
                let list = self.events(&into, steps);
                self.nodes[n as usize].in_ports.push((0, 0, !into.is_empty()));
                self.nodes[n as usize].events_in.push(list);
            } else {
                self.nodes[n as usize].events_in.push(None);
                self.input(n, port, &into, steps);
            }
        }
        for (p, spec) in node.face.params().iter().enumerate() {
            let mine = |c: &&u32| flat.cables[**c as usize].into == Into::Param(p as u16);
            let into: Vec<u32> = cables.iter().filter(mine).copied().collect();
            if into.is_empty() {
                self.nodes[n as usize].params.push(None);
                continue;
            }
            let (events, signals): (Vec<u32>, Vec<u32>) = into.into_iter().partition(|c| self.is_event(*c));
            if let Some(list) = self.events(&events, steps) {
                self.nodes[n as usize].param_events.push((p as u16, list));
            }
            let driven = if signals.is_empty() { None } else { Some(self.param(n, p as u16, &signals, steps)) };
            self.nodes[n as usize].params.push(driven);
            self.nodes[n as usize].grid |= driven.is_some() && !spec.is_smooth();
        }
        self.reserve_outputs(n);
        match node.face.spec().map(|s| s.role) {
            Some(Role::Output) => {
                let ins = &self.nodes[n as usize].ins;
                steps.push(Step::Output { buffers: [ins[0], *ins.get(1).unwrap_or(&ins[0])], node: n });
            }
            Some(Role::Input) => steps.push(Step::Input { node: n }),
            _ if outside(node) => {}
            _ => steps.push(Step::Node(n)),
        }
    }

    fn is_event(&self, cable: u32) -> bool {
        let (node, output) = self.flat.cables[cable as usize].from;
        self.flat.nodes[node as usize].face.outputs()[usize::from(output)].kind == Kind::Event
    }

    fn events(&mut self, into: &[u32], steps: &mut Vec<Step>) -> Option<ListId> {
        if into.is_empty() {
            return None;
        }
        let mut sources = Vec::with_capacity(into.len());
        for c in into {
            let (node, output) = self.flat.cables[*c as usize].from;
            self.reserve_outputs(node);
            let list = self.nodes[node as usize].events_out[usize::from(output)]?;
            let cable = self.state(*c, 0);
            sources.push(EventSource { list, cable, rank: node as u16 });
        }
        let out = self.lists;
        self.lists += 1;
        steps.push(Step::Events { out, sources });
        Some(out)
    }

    /// The state of a cable: made on first need.
    fn state(&mut self, c: u32, channels: u8) -> u32 {
        if let Some(s) = self.states.get(&c) {
            return *s;
        }
        let cable = &self.flat.cables[c as usize];
        let events = self.is_event(c);
        // A ghost that feeds a ghost plays on; into an edited instrument that rings out only the ends of notes go.
        let target = if cable.ghost && (cable.fades || events) { 0.0 } else { 1.0 };
        self.cables.push(PlanCable {
            key: self.flat.cable_key(cable),
            target,
            fades: self.fading[c as usize].fades,
            delay: self.delays[c as usize],
            closes: self.closing[c as usize],
            events,
            channels,
        });
        self.states.insert(c, self.cables.len() as u32 - 1);
        self.cables.len() as u32 - 1
    }

    fn has_state(&self, c: u32) -> bool {
        self.fading[c as usize].fades || self.closing[c as usize] || self.delays[c as usize] > 0
    }

    /// One channel of a cable as a source.
    fn source(&mut self, c: u32, channel: usize) -> Source {
        let cable = &self.flat.cables[c as usize];
        let (node, output) = cable.from;
        self.reserve_outputs(node);
        let (first, channels, _) = self.nodes[node as usize].out_ports[usize::from(output)];
        let channel = if channels == 1 { 0 } else { channel };
        let mut buffer = self.nodes[node as usize].outs[usize::from(first) + channel];
        let state = self.has_state(c).then(|| self.state(c, channels));
        if self.closing[c as usize] {
            buffer = match self.loop_buffers.get(&(c, channel as u8)) {
                Some(b) => *b,
                None => {
                    let b = self.buffer(self.at);
                    self.loop_buffers.insert((c, channel as u8), b);
                    b
                }
            };
        }
        let gain = cable.amount.unwrap_or(1.0);
        Source { buffer, gain, cable: state, channel: channel as u8, join: Join::Replace }
    }

    fn loops_from(&mut self, n: u32, loops: &mut Vec<Loop>) {
        // Every reader of the island is known once all its nodes are: the readers' buffers are made on demand.
        for c in 0..self.flat.cables.len() as u32 {
            let cable = &self.flat.cables[c as usize];
            if cable.to != n || !self.closing[c as usize] || self.is_event(c) {
                continue;
            }
            let (from, output) = cable.from;
            let (first, channels, _) = self.nodes[from as usize].out_ports[usize::from(output)];
            for channel in 0..channels {
                if let Some(to) = self.loop_buffers.get(&(c, channel)).copied() {
                    let from = self.nodes[from as usize].outs[usize::from(first) + usize::from(channel)];
                    let cable = self.state(c, channels);
                    loops.push(Loop { from, to, cable, channel });
                }
            }
        }
    }

    fn input(&mut self, n: u32, port: &PortSpec, into: &[u32], steps: &mut Vec<Step>) {
        let channels = match port.channels {
            Channels::Node => self.flat.nodes[n as usize].channels,
            Channels::Fixed(k) => usize::from(k),
        };
        let first = self.nodes[n as usize].ins.len() as u16;
        let mono = into.iter().all(|c| {
            let (node, output) = self.flat.cables[*c as usize].from;
            shape::output_channels(self.flat, node, output) == 1
        });
        for channel in 0..if mono { 1 } else { channels } {
            let b = match into {
                [] => self.constant(port.rest),
                [c] if !self.has_state(*c) && self.flat.cables[*c as usize].amount.is_none() => {
                    self.source(*c, channel).buffer
                }
                _ => {
                    let sources: Vec<Source> = into.iter().map(|c| self.source(*c, channel)).collect();
                    let out = self.buffer(self.at);
                    steps.push(Step::Mix { out, sources, rest: port.rest });
                    out
                }
            };
            self.nodes[n as usize].ins.push(b);
        }
        if mono {
            let b = self.nodes[n as usize].ins[usize::from(first)];
            self.nodes[n as usize].ins.extend(core::iter::repeat_n(b, channels - 1));
        }
        self.nodes[n as usize].in_ports.push((first, channels as u8, !into.is_empty()));
    }

    fn param(&mut self, n: u32, p: u16, into: &[u32], steps: &mut Vec<Step>) -> BufferId {
        let spec = self.flat.nodes[n as usize].face.params()[usize::from(p)];
        for c in into {
            let (from, output) = self.flat.cables[*c as usize].from;
            if let Some(port) = self.nodes[from as usize].out_ports.get_mut(usize::from(output)) {
                port.2 = true;
            }
        }
        if let [c] = into
            && !self.has_state(*c)
            && self.flat.cables[*c as usize].amount.is_none()
        {
            return self.source(*c, 0).buffer;
        }
        let log = matches!(spec.kind, ParamKind::Number { scale: Scale::Log, .. });
        let sources = into
            .iter()
            .map(|c| {
                let join = match self.flat.cables[*c as usize].amount {
                    None => Join::Replace,
                    Some(_) if log => Join::Octaves,
                    Some(_) => Join::Add,
                };
                Source { join, ..self.source(*c, 0) }
            })
            .collect();
        let out = self.buffer(self.at);
        steps.push(Step::Param { node: n, param: p, out, sources, range: spec.range(), smooth: spec.is_smooth() });
        out
    }
}

/// Whether a node stands for what comes from outside a voice.
fn outside(node: &super::FlatNode) -> bool {
    match node.face.spec() {
        Some(spec) => spec.role == Role::Voice,
        None => node.instrument.is_none(),
    }
}
