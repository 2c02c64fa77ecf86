//! What the two halves say to each other, over bounded rings.

use crate::program::Program;
use crate::schedule::Timed;
use crate::slots::{CableSlot, NodeSlot, Page, Turn};
use bf_pattern::{Ratio, Tempo};

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// At the next block.
    Now,
    /// At an absolute frame; at once, and counted as late, where it has passed.
    Frame(u64),
    /// At a beat of the transport: a tempo change before then moves it along.
    Beat(Ratio),
    /// So many frames after a beat, or before it.
    Near {
        /// The beat.
        beat: Ratio,
        /// Frames after it.
        frames: i32,
    },
}

/// A change of the transport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Move {
    /// Start from where it stands.
    Play,
    /// Stop; the position stays.
    Stop,
    /// Another tempo from here on.
    Tempo(Tempo),
    /// Jump to a beat.
    Seek(Ratio),
    /// Beats in a bar.
    Signature(u32),
}

/// To the audio half.
pub(crate) enum ToEngine {
    Swap(Box<Pack>),
    Set(SetNumber),
    /// An event, a note or a change of the transport, for its time.
    Wait(Timed),
    /// Takes back what waits by somebody's word from a beat on; notes that sound keep their ends.
    Withdraw {
        tag: u32,
        from: Ratio,
    },
    /// Takes back all that waits by somebody's word; notes that sound keep their ends.
    WithdrawAll {
        tag: u32,
    },
    /// Goes to silence (or back) over the length of a fade.
    Master {
        gain: f32,
    },
}

/// A number of a param.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetNumber {
    pub id: u64,
    pub slot: u32,
    /// A node inside an instrument.
    pub inner: Option<u32>,
    pub param: u16,
    pub value: f32,
}

#[allow(clippy::vec_box, reason = "the boxes move by pointer between table and pack on the audio thread")]
/// A plan on its way in, and everything that leaves on its way back.
#[derive(Default)]
pub(crate) struct Pack {
    pub id: u64,
    /// The beat at whose place on the grid the plan takes over; none, or one that has passed: as soon as all is in.
    pub at: Option<Ratio>,
    pub program: Option<Box<Program>>,
    pub node_pages: Vec<(usize, Option<Page<NodeSlot>>)>,
    pub cable_pages: Vec<(usize, Option<Page<CableSlot>>)>,
    pub nodes: Vec<(u32, Option<Box<NodeSlot>>)>,
    pub cables: Vec<(u32, Option<Box<CableSlot>>)>,
    /// Cables that were there before, and what they become.
    pub moved: Vec<(u32, Turn)>,
    /// New nodes and the nodes they replace.
    pub adopt: Vec<(u32, u32)>,
    /// Numbers that change with the plan.
    pub numbers: Vec<SetNumber>,
    /// Event cables that are gone, and whom their notes sounded in: cable, node, input.
    pub lost: Vec<(u32, u32, u16)>,
    /// Plan cables whose fade may run, and ghost instruments.
    pub fading: Vec<u32>,
    pub ringing: Vec<u32>,
    /// What leaves once the plan is in.
    pub drop_nodes: Vec<u32>,
    pub drop_cables: Vec<u32>,
    pub left_nodes: Vec<Box<NodeSlot>>,
    pub left_cables: Vec<Box<CableSlot>>,
}

/// To the control half.
pub(crate) enum FromEngine {
    /// A pack is done: everything in it may be dropped.
    Done(Box<Pack>),
    /// Something was applied.
    Receipt(Receipt),
    /// A cable's slot has come to what the plan of a pack says.
    Faded { slot: u32, plan: u64 },
    /// The last voice of a ghost instrument's slot has ended.
    Silent(u32),
    /// A node was reset because it was not finite.
    Broken { slot: u32, frame: u64 },
}

/// When something was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What, as the sender numbered it.
    pub id: u64,
    /// The absolute frame.
    pub frame: u64,
    /// Whether it came after its time.
    pub late: bool,
    /// Whether there was no room for it.
    pub shed: bool,
}
