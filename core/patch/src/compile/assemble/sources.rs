//! What a cable brings: the buffer it reads, its state, and what waits a frame in a loop.

use super::super::plan::{BufferId, EventSource, Join, ListId, Loop, PlanCable, Source, Step};
use super::wiring::Builder;
use bf_node::Kind;

/// No state yet.
pub(super) const NONE: u32 = u32::MAX;

impl Builder<'_> {
    pub(super) fn is_event(&self, cable: u32) -> bool {
        let (node, output) = self.graph.flat.cables[cable as usize].from;
        self.graph.flat.nodes[node as usize].face.outputs()[usize::from(output)].kind == Kind::Event
    }

    pub(super) fn events(&mut self, into: &[u32], steps: &mut Vec<Step>) -> Option<ListId> {
        if into.is_empty() {
            return None;
        }
        let mut sources = Vec::with_capacity(into.len());
        for c in into {
            let (node, output) = self.graph.flat.cables[*c as usize].from;
            self.reserve_outputs(node);
            let list = self.out_port(node, output)?.list?;
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
        let known = self.states[c as usize];
        if known != NONE {
            return known;
        }
        let cable = &self.graph.flat.cables[c as usize];
        let events = self.is_event(c);
        // A ghost that feeds a ghost plays on; into an edited instrument that rings out only the ends of notes go.
        let target = if cable.ghost && (cable.fades || events) { 0.0 } else { 1.0 };
        self.cables.push(PlanCable {
            key: self.graph.flat.cable_key(cable),
            cable: c,
            target,
            fades: self.graph.fading[c as usize].fades || self.changes(c),
            amount: cable.gain(),
            before: self.graph.fading[c as usize].before,
            delay: self.graph.delays[c as usize],
            closes: self.graph.closing[c as usize],
            events,
            channels,
        });
        let state = self.cables.len() as u32 - 1;
        self.states[c as usize] = state;
        state
    }

    fn has_state(&self, c: u32) -> bool {
        let at = c as usize;
        self.graph.fading[at].fades || self.graph.closing[at] || self.graph.delays[at] > 0 || self.changes(c)
    }

    /// Whether its amount or its wait is another than in the last plan.
    fn changes(&self, c: u32) -> bool {
        let (amount, delay) = (self.graph.flat.cables[c as usize].gain(), self.graph.delays[c as usize]);
        let before = self.graph.fading[c as usize].before.filter(|_| !self.is_event(c));
        before.is_some_and(|b| b.amount.to_bits() != amount.to_bits() || b.delay != delay)
    }

    /// Whether all of a sum is this cable as it is, so that its buffer can be read in place.
    pub(super) fn is_plain(&self, c: u32) -> bool {
        !self.has_state(c) && self.graph.flat.cables[c as usize].amount.is_none()
    }

    /// One channel of a cable as a source.
    pub(super) fn source(&mut self, c: u32, channel: usize) -> Source {
        let cable = &self.graph.flat.cables[c as usize];
        let (node, output) = cable.from;
        self.reserve_outputs(node);
        let (mut buffer, channels) = self.output(node, output, channel);
        let channel = if channels == 1 { 0 } else { channel };
        let state = self.has_state(c).then(|| self.state(c, channels));
        if self.graph.closing[c as usize] {
            buffer = match self.loop_buffers.get(&(c, channel as u8)) {
                Some(b) => *b,
                None => {
                    let b = self.buffers.until(self.at);
                    self.loop_buffers.insert((c, channel as u8), b);
                    b
                }
            };
        }
        let gain = cable.gain();
        Source { buffer, node, gain, cable: state, channel: channel as u8, join: Join::Replace }
    }

    /// The buffer of one channel of an output, or its only one; and how many it has.
    fn output(&self, node: u32, output: u16, channel: usize) -> (BufferId, u8) {
        let run = self.nodes[node as usize];
        let port = run.out_ports.of(&self.wires.out_ports)[usize::from(output)];
        let channel = if port.channels == 1 { 0 } else { channel };
        (run.outs.of(&self.wires.outs)[usize::from(port.first) + channel], port.channels)
    }

    pub(super) fn loops_from(&mut self, n: u32, loops: &mut Vec<Loop>) {
        // Every reader of the island is known once all its nodes are: the readers' buffers are made on demand.
        let graph = self.graph;
        for c in graph.entering.of(n).iter().copied() {
            if !graph.closing[c as usize] || self.is_event(c) {
                continue;
            }
            let (from, output) = graph.flat.cables[c as usize].from;
            let channels = self.out_port(from, output).map_or(0, |port| port.channels);
            for channel in 0..channels {
                if let Some(to) = self.loop_buffers.get(&(c, channel)).copied() {
                    let (from, _) = self.output(from, output, usize::from(channel));
                    let cable = self.state(c, channels);
                    loops.push(Loop { from, to, cable, channel });
                }
            }
        }
    }
}
