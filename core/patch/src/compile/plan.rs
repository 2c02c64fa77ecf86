//! What `compile` makes: an inert, printable list of steps over numbered buffers. Slots are named by keys.

use super::flat::{CableKey, Flat};
use bf_node::Outlet;

/// The number of a signal buffer: frames of a block times lanes.
pub type BufferId = u32;
/// The number of an event list.
pub type ListId = u32;

/// The buffer that is always silent.
pub const SILENCE: BufferId = 0;

/// What the engine runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Nodes and cables it was made from, ghosts included.
    pub flat: Flat,
    /// One a node of `flat`.
    pub nodes: Vec<PlanNode>,
    /// Where the nodes' wires lead.
    pub wires: PlanWires,
    /// One a node of `flat`: which of the last plan's it is, and keeps the state of.
    pub kept: Vec<Option<u32>>,
    /// Cables that need state: they fade, close a loop, wait, or carry events.
    pub cables: Vec<PlanCable>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// How many signal buffers.
    pub buffers: u32,
    /// Constant buffers: number and value.
    pub constants: Vec<(BufferId, f32)>,
    /// How many event lists.
    pub lists: u32,
    /// Lanes of every buffer.
    pub lanes: usize,
    /// Frames by which what is heard is late.
    pub latency: u32,
    /// Frames by which what leaves each node is late; empty where nothing is.
    pub leaves: Vec<u32>,
    /// Keys of the cables that close loops.
    pub closing: Vec<CableKey>,
}

/// Entries that stand one behind the other in a table of [`PlanWires`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The first.
    pub start: u32,
    /// Behind the last.
    pub end: u32,
}

impl Run {
    /// What was put into a table since it was `start` long.
    pub(super) fn since<T>(start: usize, table: &[T]) -> Run {
        Run { start: start as u32, end: table.len() as u32 }
    }
    /// How many.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }
    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
    /// The entries.
    pub fn of<T>(self, table: &[T]) -> &[T] {
        &table[self.start as usize..self.end as usize]
    }
}

/// The wires of a node: its entries in the tables of [`PlanWires`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlanNode {
    /// Channels of each input, port after port.
    pub ins: Run,
    /// Inputs.
    pub in_ports: Run,
    /// Channels of each output, port after port.
    pub outs: Run,
    /// Outputs.
    pub out_ports: Run,
    /// Params.
    pub params: Run,
    /// Params that events set.
    pub param_events: Run,
    /// Whether a driven steady param cuts it on the grid.
    pub grid: bool,
    /// Whether its only reader is a part of a long sum, which then looks at whether it is finite.
    pub summed: bool,
}

/// An input or output of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlanPort {
    /// The first of its channels among those of the node.
    pub first: u16,
    /// How many channels; none where it takes or sends events.
    pub channels: u8,
    /// Whether a cable is there.
    pub patched: bool,
    /// Whether an output is read on the grid and at the start of a piece, and nowhere else.
    pub grid_only: bool,
    /// The events that reach it, or where it emits.
    pub list: Option<ListId>,
}

/// The wires of all nodes, in tables that a plan has a few of and not each node: a plan is made at every edit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanWires {
    /// What inputs read.
    pub ins: Vec<BufferId>,
    /// Inputs.
    pub in_ports: Vec<PlanPort>,
    /// What outputs write.
    pub outs: Vec<BufferId>,
    /// Outputs.
    pub out_ports: Vec<PlanPort>,
    /// One a param: what drives it.
    pub params: Vec<Option<BufferId>>,
    /// A param and the events that set it.
    pub param_events: Vec<(u16, ListId)>,
}

impl Plan {
    /// The buffers that a node reads.
    pub fn ins(&self, node: u32) -> &[BufferId] {
        self.nodes[node as usize].ins.of(&self.wires.ins)
    }
    /// The buffers that a node writes.
    pub fn outs(&self, node: u32) -> &[BufferId] {
        self.nodes[node as usize].outs.of(&self.wires.outs)
    }
    /// The buffers of one output, none where it sends events.
    pub fn output(&self, node: u32, output: usize) -> &[BufferId] {
        let port = self.nodes[node as usize].out_ports.of(&self.wires.out_ports)[output];
        let first = usize::from(port.first);
        &self.outs(node)[first..first + usize::from(port.channels)]
    }
    /// What drives the params of a node.
    pub fn params(&self, node: u32) -> &[Option<BufferId>] {
        self.nodes[node as usize].params.of(&self.wires.params)
    }
}

/// A cable with state.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanCable {
    /// Who it is.
    pub key: CableKey,
    /// Which of `flat` it is.
    pub cable: u32,
    /// The gain it goes to: 1, or 0 for what is on its way out.
    pub target: f32,
    /// Whether its fade may still run.
    pub fades: bool,
    /// Its gain, or depth.
    pub amount: f32,
    /// What it was in the last plan, where that had it.
    pub before: Option<Before>,
    /// Frames it waits.
    pub delay: u32,
    /// Whether it closes a loop.
    pub closes: bool,
    /// Whether it carries events.
    pub events: bool,
    /// Channels it carries.
    pub channels: u8,
}

impl PlanCable {
    /// Whether it is the same in all that plays; what it was before does not count.
    pub fn is(&self, other: &PlanCable) -> bool {
        let what = |c: &PlanCable| (c.target, c.fades, c.amount, c.delay, c.closes, c.events, c.channels);
        what(self) == what(other) && self.key == other.key
    }
}

/// What a cable was in the last plan: the engine goes from there to what it is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Before {
    /// Its gain, or depth.
    pub amount: f32,
    /// Frames it waited.
    pub delay: u32,
}

/// How a source joins a param.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// It replaces the number.
    Replace,
    /// amount × signal is added.
    Add,
    /// The number is multiplied by 2^(amount × signal).
    Octaves,
}

/// One cable's share of a sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// What it reads.
    pub buffer: BufferId,
    /// The node that wrote it.
    pub node: u32,
    /// Its amount, 1 where none is given; one with state keeps its own.
    pub gain: f32,
    /// Its state.
    pub cable: Option<u32>,
    /// Which channel of the cable's state.
    pub channel: u8,
    /// How it joins a param.
    pub join: Join,
}

/// One share of a merged event list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventSource {
    /// What it reads.
    pub list: ListId,
    /// The cable's state: notes it carries, events that wait.
    pub cable: u32,
    /// The rank of its source node in name order.
    pub rank: u16,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Sum sources into a buffer; `rest` stands where their gains leave room.
    Mix {
        /// Where the sum goes.
        out: BufferId,
        /// What is summed.
        sources: Vec<Source>,
        /// The input's rest.
        rest: f32,
        /// Whether they are added to what is there: a later part of a long sum.
        onto: bool,
        /// Whether nobody else has looked at whether some of them are finite.
        looks: bool,
    },
    /// Bring a param's number and what drives it together.
    Param {
        /// The node.
        node: u32,
        /// The param.
        param: u16,
        /// Where the values go.
        out: BufferId,
        /// What drives it.
        sources: Vec<Source>,
        /// The declared range.
        range: (f32, f32),
        /// Whether it is read at every frame or on the grid.
        smooth: bool,
    },
    /// Merge event lists in order.
    Events {
        /// Where they go.
        out: ListId,
        /// What is merged.
        sources: Vec<EventSource>,
    },
    /// Process a node.
    Node(u32),
    /// What enters a node is heard.
    Output {
        /// Left and right.
        buffers: [BufferId; 2],
        /// The node.
        node: u32,
        /// Where at the device.
        outlet: Outlet,
    },
    /// What the device records goes into a node's outputs.
    Input {
        /// The node.
        node: u32,
    },
    /// Run steps frame by frame.
    Island {
        /// What to run for each frame.
        steps: Vec<Step>,
        /// After each frame: copy a frame on.
        loops: Vec<Loop>,
    },
}

/// A signal cable that closes a loop: its reader hears the frame before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loop {
    /// What is written.
    pub from: BufferId,
    /// What is read, one frame later.
    pub to: BufferId,
    /// The cable that keeps the last frame of a block.
    pub cable: u32,
    /// The channel of the cable.
    pub channel: u8,
}
