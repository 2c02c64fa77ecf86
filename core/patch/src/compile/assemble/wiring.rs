//! Leading the wires of each node, and the steps that bring its inputs and params together.

use super::super::flat::{End, FlatNode, Into};
use super::super::order::Group;
use super::super::plan::{BufferId, Join, Plan, PlanCable, PlanNode, PlanPort, PlanWires, Run, SILENCE, Source, Step};
use super::super::shape;
use super::Graph;
use super::buffers::Buffers;
use super::sources::NONE;
use super::sums::Sums;
use bf_node::{Kind, ParamKind, Role, Scale};
use rustc_hash::FxHashMap;

/// A plan on its way, group by group.
pub(super) struct Builder<'a> {
    pub(super) graph: Graph<'a>,
    pub(super) nodes: Vec<PlanNode>,
    pub(super) wires: PlanWires,
    pub(super) cables: Vec<PlanCable>,
    /// The state of each cable of the graph, where it has one.
    pub(super) states: Vec<u32>,
    /// What a loop's reader reads: cable and channel to buffer.
    pub(super) loop_buffers: FxHashMap<(u32, u8), BufferId>,
    pub(super) buffers: Buffers,
    constants: Vec<(u32, BufferId)>,
    pub(super) lists: u32,
    /// The last group that reads what each node puts out.
    last_use: Vec<u32>,
    /// Sums that are made in parts, while their sources run.
    pub(super) sums: Sums,
    /// The group that is being laid.
    pub(super) at: u32,
}

impl<'a> Builder<'a> {
    /// What `pinned` names is never overwritten.
    pub(super) fn new(graph: Graph<'a>, pinned: &[End], groups: &[Group]) -> Builder<'a> {
        let (nodes, cables) = (graph.flat.nodes.len(), graph.flat.cables.len());
        let wires = PlanWires {
            ins: Vec::with_capacity(nodes),
            in_ports: Vec::with_capacity(nodes),
            outs: Vec::with_capacity(nodes),
            out_ports: Vec::with_capacity(nodes),
            params: Vec::with_capacity(2 * nodes),
            param_events: Vec::new(),
        };
        let mut b = Builder {
            graph,
            nodes: vec![PlanNode::default(); nodes],
            wires,
            cables: Vec::new(),
            states: vec![NONE; cables],
            loop_buffers: FxHashMap::default(),
            buffers: Buffers::new(groups.len()),
            constants: Vec::new(),
            lists: 0,
            last_use: Vec::new(),
            sums: Sums::default(),
            at: 0,
        };
        let group_of = groups_of(graph, groups);
        b.sums = Sums::new(graph, pinned, groups, &group_of);
        b.last_use = last_uses(graph, pinned, &group_of, &b.sums);
        for (i, node) in (0..).zip(&graph.flat.nodes) {
            if outside(node) {
                b.reserve_outputs(i);
            }
        }
        b
    }

    /// The steps of a group.
    pub(super) fn group(&mut self, at: u32, group: &Group, steps: &mut Vec<Step>) {
        self.at = at;
        match group {
            Group::Single(n) => self.node(*n, steps),
            Group::Island(nodes) => {
                let (mut inner, mut loops) = (Vec::new(), Vec::new());
                nodes.iter().for_each(|n| self.reserve_outputs(*n));
                for n in nodes {
                    self.node(*n, &mut inner);
                    self.loops_from(*n, &mut loops);
                }
                steps.push(Step::Island { steps: inner, loops });
            }
        }
        self.parts(at, steps);
        self.buffers.release(at);
    }

    /// What there is of the plan once every group is laid: all but the steps and the graph.
    pub(super) fn finish(self) -> Plan {
        let buffers = self.buffers.count();
        let constants = self.constants.into_iter().map(|(v, b)| (b, f32::from_bits(v))).collect();
        let Builder { nodes, wires, cables, lists, .. } = self;
        Plan { nodes, wires, cables, buffers, constants, lists, ..Plan::default() }
    }

    fn constant(&mut self, value: f32) -> BufferId {
        if value == 0.0 {
            return SILENCE;
        }
        if let Some((_, b)) = self.constants.iter().find(|(v, _)| *v == value.to_bits()) {
            return *b;
        }
        let buffer = self.buffers.keep();
        self.constants.push((value.to_bits(), buffer));
        buffer
    }

    /// Gives a node's outputs their buffers and lists, unless they have them.
    pub(super) fn reserve_outputs(&mut self, n: u32) {
        let done = self.nodes[n as usize].out_ports;
        if done.start < done.end {
            return;
        }
        let until = self.last_use[n as usize];
        let (outs, ports) = (self.wires.outs.len(), self.wires.out_ports.len());
        for (i, port) in self.graph.flat.nodes[n as usize].face.outputs().iter().enumerate() {
            let first = (self.wires.outs.len() - outs) as u16;
            let mut made = PlanPort { first, ..PlanPort::default() };
            if port.kind == Kind::Event {
                made.list = Some(self.lists);
                self.lists += 1;
            } else {
                made.channels = shape::output_channels(self.graph.flat, n, i as u16) as u8;
                for _ in 0..made.channels {
                    self.wires.outs.push(self.buffers.until(until));
                }
            }
            self.wires.out_ports.push(made);
        }
        let node = &mut self.nodes[n as usize];
        node.outs = Run::since(outs, &self.wires.outs);
        node.out_ports = Run::since(ports, &self.wires.out_ports);
    }

    /// An output, once it has its buffers.
    pub(super) fn out_port(&mut self, node: u32, output: u16) -> Option<&mut PlanPort> {
        let run = self.nodes[node as usize].out_ports;
        self.wires.out_ports[run.start as usize..run.end as usize].get_mut(usize::from(output))
    }

    /// Tells the outputs that cables leave there.
    fn patch_sources(&mut self, cables: &[u32]) {
        for c in cables {
            let (from, output) = self.graph.flat.cables[*c as usize].from;
            if let Some(port) = self.out_port(from, output) {
                port.patched = true;
            }
        }
    }

    fn node(&mut self, n: u32, steps: &mut Vec<Step>) {
        let graph = self.graph;
        let node = &graph.flat.nodes[n as usize];
        let cables = graph.entering.of(n);
        let entering =
            |place: Into| cables.iter().copied().filter(move |c| graph.flat.cables[*c as usize].into == place);
        let (ins, in_ports) = (self.wires.ins.len(), self.wires.in_ports.len());
        let (params, param_events) = (self.wires.params.len(), self.wires.param_events.len());
        for (i, port) in node.face.inputs().iter().enumerate() {
            let into: Vec<u32> = entering(Into::Input(i as u16)).collect();
            self.patch_sources(&into);
            let mut made = PlanPort { patched: !into.is_empty(), ..PlanPort::default() };
            if port.kind == Kind::Event {
                made.list = self.events(&into, steps);
            } else {
                made.first = (self.wires.ins.len() - ins) as u16;
                made.channels = self.input(n, i as u16, &into, steps);
            }
            self.wires.in_ports.push(made);
        }
        let mut grid = false;
        for (p, spec) in node.face.params().iter().enumerate() {
            let (events, signals): (Vec<u32>, Vec<u32>) =
                entering(Into::Param(p as u16)).partition(|c| self.is_event(*c));
            if let Some(list) = self.events(&events, steps) {
                self.wires.param_events.push((p as u16, list));
            }
            let driven = if signals.is_empty() { None } else { Some(self.param(n, p as u16, &signals, steps)) };
            self.wires.params.push(driven);
            grid |= driven.is_some() && !spec.is_smooth();
        }
        self.reserve_outputs(n);
        let made = &mut self.nodes[n as usize];
        made.ins = Run::since(ins, &self.wires.ins);
        made.in_ports = Run::since(in_ports, &self.wires.in_ports);
        made.params = Run::since(params, &self.wires.params);
        made.param_events = Run::since(param_events, &self.wires.param_events);
        made.grid = grid;
        match node.face.spec().map(|s| s.role) {
            Some(Role::Output) => {
                let ins = made.ins.of(&self.wires.ins);
                let buffers = [ins[0], *ins.get(1).unwrap_or(&ins[0])];
                steps.push(Step::Output { buffers, node: n, outlet: node.outlet() });
            }
            Some(Role::Input) => steps.push(Step::Input { node: n }),
            _ if outside(node) => {}
            _ => steps.push(Step::Node(n)),
        }
    }

    /// Leads what enters a signal input there; how many channels it has.
    fn input(&mut self, n: u32, input: u16, into: &[u32], steps: &mut Vec<Step>) -> u8 {
        let port = &self.graph.flat.nodes[n as usize].face.inputs()[usize::from(input)];
        let channels = self.graph.channels(n, port);
        let first = self.wires.ins.len();
        let mono = self.graph.mono(into);
        let made = self.sums.take(n, input);
        for channel in 0..if mono { 1 } else { channels } {
            let b = match into {
                _ if !made.is_empty() => made[channel],
                [] => self.constant(port.rest),
                [c] if self.is_plain(*c) => self.source(*c, channel).buffer,
                _ => {
                    let sources: Vec<Source> = into.iter().map(|c| self.source(*c, channel)).collect();
                    let out = self.buffers.until(self.at);
                    steps.push(Step::Mix { out, sources, rest: port.rest, onto: false, looks: false });
                    out
                }
            };
            self.wires.ins.push(b);
        }
        if mono {
            let b = self.wires.ins[first];
            self.wires.ins.extend(core::iter::repeat_n(b, channels - 1));
        }
        channels as u8
    }

    /// Brings what drives a param together with its number.
    fn param(&mut self, n: u32, p: u16, into: &[u32], steps: &mut Vec<Step>) -> BufferId {
        let spec = self.graph.flat.nodes[n as usize].face.params()[usize::from(p)];
        self.patch_sources(into);
        if let [c] = into
            && self.is_plain(*c)
        {
            return self.source(*c, 0).buffer;
        }
        let log = matches!(spec.kind, ParamKind::Number { scale: Scale::Log, .. });
        let sources = into.iter().map(|c| {
            let join = match self.graph.flat.cables[*c as usize].amount {
                None => Join::Replace,
                Some(_) if log => Join::Octaves,
                Some(_) => Join::Add,
            };
            Source { join, ..self.source(*c, 0) }
        });
        let sources = sources.collect();
        let out = self.buffers.until(self.at);
        steps.push(Step::Param { node: n, param: p, out, sources, range: spec.range(), smooth: spec.is_smooth() });
        out
    }
}

/// The group of each node.
fn groups_of(graph: Graph<'_>, groups: &[Group]) -> Vec<u32> {
    let mut group_of = vec![0u32; graph.flat.nodes.len()];
    for (at, group) in (0..).zip(groups) {
        match group {
            Group::Single(n) => group_of[*n as usize] = at,
            Group::Island(nodes) => nodes.iter().for_each(|n| group_of[*n as usize] = at),
        }
    }
    group_of
}

/// The last group that reads what each node puts out.
fn last_uses(graph: Graph<'_>, pinned: &[End], group_of: &[u32], sums: &Sums) -> Vec<u32> {
    let flat = graph.flat;
    let mut last_use = group_of.to_vec();
    for (i, c) in (0..).zip(&flat.cables) {
        let last = &mut last_use[c.from.0 as usize];
        *last = (*last).max(sums.read_at(i).unwrap_or(group_of[c.to as usize]));
    }
    // What comes from outside a voice is there before the first step.
    let kept = (0..).zip(&flat.nodes).filter(|(_, n)| outside(n)).map(|(i, _)| i);
    for n in pinned.iter().map(|(n, _)| *n).chain(kept) {
        last_use[n as usize] = u32::MAX;
    }
    last_use
}

/// Whether a node stands for what comes from outside a voice.
pub(super) fn outside(node: &FlatNode) -> bool {
    match node.face.spec() {
        Some(spec) => spec.role == Role::Voice,
        None => node.instrument.is_none(),
    }
}
