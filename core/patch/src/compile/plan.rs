//! What `compile` makes: an inert, printable list of steps over numbered buffers. Slots are named by keys.

use super::flat::{CableKey, Flat};

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
    /// Frames from input to output at the end of the longest path.
    pub latency: u32,
    /// Keys of the cables that close loops.
    pub closing: Vec<CableKey>,
}

/// Where a node's wires lead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanNode {
    /// Channels of each input, port after port.
    pub ins: Vec<BufferId>,
    /// One an input: first wire, channels, whether a cable is there.
    pub in_ports: Vec<(u16, u8, bool)>,
    /// Channels of each output, port after port.
    pub outs: Vec<BufferId>,
    /// One an output.
    pub out_ports: Vec<(u16, u8, bool)>,
    /// One an output: whether nothing reads it but on the grid and at the start of a piece.
    pub grid_only: Vec<bool>,
    /// One a param: what drives it.
    pub params: Vec<Option<BufferId>>,
    /// One an input: the events that reach it.
    pub events_in: Vec<Option<ListId>>,
    /// One an output: where it emits.
    pub events_out: Vec<Option<ListId>>,
    /// One a param: events that set it.
    pub param_events: Vec<(u16, ListId)>,
    /// Whether a driven steady param cuts it on the grid.
    pub grid: bool,
}

/// A cable with state.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanCable {
    /// Who it is.
    pub key: CableKey,
    /// The gain it goes to: 1, or 0 for what is on its way out.
    pub target: f32,
    /// Whether its fade may still run.
    pub fades: bool,
    /// Frames it waits.
    pub delay: u32,
    /// Whether it closes a loop.
    pub closes: bool,
    /// Whether it carries events.
    pub events: bool,
    /// Channels it carries.
    pub channels: u8,
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
    /// Its amount, 1 where none is given.
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
