//! Long sums, made in parts while their sources run: what has been added need not be kept until all of them have.

use super::super::flat::{End, Into};
use super::super::order::Group;
use super::super::plan::{BufferId, Source, Step};
use super::Graph;
use super::wiring::{Builder, outside};
use bf_node::{Kind, Role};
use rustc_hash::FxHashMap;

/// Sources of a part: the engine adds as many in one walk over the sum. A sum of no more is made at once.
const PART: usize = 8;

/// A sum that is made in parts.
struct Sum {
    node: u32,
    input: u16,
    /// The group of its reader.
    reader: u32,
    channels: usize,
    /// The sum of each channel, once it has begun.
    out: Vec<BufferId>,
}

/// Some sources of a sum, in the order of the cables.
struct Part {
    /// The group after which all of them have run, and those of the parts before it.
    after: u32,
    sum: usize,
    /// Cables.
    from: Vec<u32>,
}

/// All sums that are made in parts.
#[derive(Default)]
pub(super) struct Sums {
    sums: Vec<Sum>,
    /// In the order in which they are to be made.
    parts: Vec<Part>,
    /// How many of them have been, and of how many sums the reader has run.
    made: usize,
    taken: usize,
    /// The group after which a cable has been read.
    read: FxHashMap<u32, u32>,
    /// Whether one cable leaves a node, and nothing else reads it. Empty where nothing is made in parts.
    lone: Vec<bool>,
}

impl Sums {
    /// Finds them. What closes a loop, or enters one, is read where the loop runs.
    pub(super) fn new(graph: Graph<'_>, pinned: &[End], groups: &[Group], group_of: &[u32]) -> Sums {
        let mut all = Sums::default();
        for (reader, group) in (0..).zip(groups) {
            let Group::Single(node) = group else { continue };
            let cables = graph.entering.of(*node);
            if cables.len() <= PART {
                continue;
            }
            for (input, port) in (0..).zip(graph.flat.nodes[*node as usize].face.inputs()) {
                let entering = |c: &u32| graph.flat.cables[*c as usize].into == Into::Input(input);
                let into: Vec<u32> = cables.iter().copied().filter(entering).collect();
                let plain = port.kind != Kind::Event && port.rest == 0.0;
                if plain && into.len() > PART && into.iter().all(|c| !graph.closing[*c as usize]) {
                    let channels = if graph.mono(&into) { 1 } else { graph.channels(*node, port) };
                    let sum = Sum { node: *node, input, reader, channels, out: Vec::with_capacity(channels) };
                    all.add(graph, sum, &into, group_of);
                }
            }
        }
        all.parts.sort_by_key(|p| p.after);
        if !all.parts.is_empty() {
            all.lone = lone(graph, pinned, groups);
        }
        all
    }

    fn add(&mut self, graph: Graph<'_>, sum: Sum, into: &[u32], group_of: &[u32]) {
        let mut after = 0;
        for from in into.chunks(PART) {
            let ran = from.iter().map(|c| group_of[graph.flat.cables[*c as usize].from.0 as usize]);
            after = ran.fold(after, u32::max);
            self.read.extend(from.iter().map(|c| (*c, after)));
            self.parts.push(Part { after, sum: self.sums.len(), from: from.to_vec() });
        }
        self.sums.push(sum);
    }

    /// The group after which a cable has been read, where that is before its reader runs.
    pub(super) fn read_at(&self, cable: u32) -> Option<u32> {
        self.read.get(&cable).copied()
    }

    /// The sum of each channel of an input; nothing where it is not made in parts. Readers ask in their order.
    pub(super) fn take(&mut self, node: u32, input: u16) -> Vec<BufferId> {
        match self.sums.get_mut(self.taken).filter(|s| (s.node, s.input) == (node, input)) {
            Some(sum) => {
                self.taken += 1;
                core::mem::take(&mut sum.out)
            }
            None => Vec::new(),
        }
    }
}

impl Builder<'_> {
    /// Adds what may be added once a group has run.
    pub(super) fn parts(&mut self, at: u32, steps: &mut Vec<Step>) {
        while let Some(part) = self.sums.parts.get(self.sums.made).filter(|p| p.after == at) {
            let (which, from, sum) = (part.sum, part.from.clone(), &self.sums.sums[part.sum]);
            let (reader, onto) = (sum.reader, !sum.out.is_empty());
            for channel in 0..sum.channels {
                let sources: Vec<Source> = from.iter().map(|c| self.source(*c, channel)).collect();
                if !onto {
                    let out = self.buffers.until(reader);
                    self.sums.sums[which].out.push(out);
                }
                let out = self.sums.sums[which].out[channel];
                let mut looks = false;
                for s in &sources {
                    looks |= self.leave_to_sum(s);
                }
                steps.push(Step::Mix { out, sources, rest: 0.0, onto, looks });
            }
            self.sums.made += 1;
        }
    }

    /// Leaves it to a sum to look at a source, where nobody else hears that and it is heard as it is.
    fn leave_to_sum(&mut self, source: &Source) -> bool {
        let node = &mut self.nodes[source.node as usize];
        let summed = self.sums.lone[source.node as usize] && source.cable.is_none() && node.outs.len() == 1;
        node.summed |= summed;
        summed
    }
}

/// Which nodes one cable leaves, and nothing else reads. Those in a loop and those that bring in what is outside are
/// none of them.
fn lone(graph: Graph<'_>, pinned: &[End], groups: &[Group]) -> Vec<bool> {
    let mut leaving = vec![0u32; graph.flat.nodes.len()];
    graph
        .flat
        .cables
        .iter()
        .map(|c| c.from.0)
        .chain(pinned.iter().map(|(n, _)| *n))
        .for_each(|n| leaving[n as usize] += 1);
    let mut lone = vec![false; leaving.len()];
    for group in groups {
        let Group::Single(n) = group else { continue };
        let node = &graph.flat.nodes[*n as usize];
        let runs = !outside(node) && !matches!(node.face.spec().map(|s| s.role), Some(Role::Input | Role::Output));
        lone[*n as usize] = runs && leaving[*n as usize] == 1;
    }
    lone
}
