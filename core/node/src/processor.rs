//! The audio-side half of a node.

use crate::{ControlKey, Event, Io, Keys, NodeSpec, Probe, SampleSource, Value};
use core::any::Any;
use std::sync::Arc;

/// A set of lanes: bit `i` is lane `i`.
pub type LaneMask = u32;

/// What a piece left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The node sounds or will sound.
    Active,
    /// Every output of this piece is exactly zero and the state is at rest: as long as the inputs stay zero and no
    /// event comes, further pieces would be zero too and change nothing. The engine may then skip the node.
    Idle,
}

/// What a new node took over from the one it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopt {
    /// Nothing: the old node fades out as a ghost, the new one in.
    None,
    /// A copy of small state (some KiB a channel, where it is most): old and new run on and crossfade.
    Copied,
    /// The state itself (swapped by pointer): the old node is done, and the step at the seam decays over 5 ms.
    Moved,
}

/// A node at work on the audio thread: one group of lanes, every channel.
///
/// # Realtime Safety
/// `process`, `event`, `reset` and `adopt` run on the audio thread: they never allocate, free, lock, wait, print or panic.
pub trait Processor: Any + Send {
    /// Processes one piece of a block. Writes every frame of every output that is a signal.
    ///
    /// Pieces may have any length from 1; the result must not depend on how a block is cut.
    fn process(&mut self, io: &mut Io<'_>) -> Status;

    /// An event reaches an event input, between two pieces. `io` has no frames, but can emit and read steady params.
    fn event(&mut self, _io: &mut Io<'_>, _input: usize, _event: &Event) {}

    /// Puts some lanes into the state of a new node; the other lanes are untouched.
    fn reset(&mut self, lanes: LaneMask);

    /// Takes over what it can from the node that it replaces, which may be of another type.
    fn adopt(&mut self, _old: &mut dyn Processor) -> Adopt {
        Adopt::None
    }

    /// Runs once the plan no longer holds this node but before its notes may be lost: emits what ends them.
    /// `io` has no frames.
    fn release(&mut self, _io: &mut Io<'_>) {}
}

/// Why a node could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MakeError {
    /// The type has no processor (the engine gives it its meaning).
    #[error("this type is not made by itself")]
    NotMade,
    /// A setting does not fit.
    #[error("`{setting}` is {found}, expected {expected}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
    },
    /// A sample is not there.
    #[error("the sample {0:?} is not loaded")]
    Sample(String),
}

/// What a node is made for. Lives on the control thread.
pub struct Setup<'a> {
    /// The declaration.
    pub spec: &'static NodeSpec,
    /// Frames a second.
    pub sample_rate: f32,
    /// The most frames of a block.
    pub max_block: usize,
    /// Voices in a group: 1, 8 or 16. See [`crate::lanes!`].
    pub lanes: usize,
    /// Channels of the node.
    pub channels: usize,
    /// For all that is random; differs by node and is the same for the same set.
    pub seed: u64,
    /// A number that differs by node, for [`crate::NoteId::new`].
    pub salt: u32,
    /// One value a declared param, in declaration order: what the patch says, or the default.
    pub values: &'a [Value],
    /// Loaded samples.
    pub samples: &'a dyn SampleSource,
    /// Names of controls.
    pub keys: &'a Keys,
    /// Where to show values and signal, for nodes that declare it.
    pub probe: Arc<Probe>,
}

impl Setup<'_> {
    /// The value of a declared param. # Panics: when the name is not declared, which the node battery finds.
    pub fn value(&self, name: &str) -> &Value {
        match self.spec.param(name).and_then(|i| self.values.get(i)) {
            Some(v) => v,
            // PANIC: a name that its own file does not declare; no user input leads here.
            None => panic!("{} declares no {name}", self.spec.name),
        }
    }
    /// A text setting.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).as_text().unwrap_or("")
    }
    /// A setting that counts.
    pub fn count(&self, name: &str) -> usize {
        self.value(name).as_number().unwrap_or(0.0).max(0.0) as usize
    }
    /// A list of numbers.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.value(name).items().iter().filter_map(Value::as_number).collect()
    }
    /// The number that a live param starts at.
    pub fn start(&self, param: usize) -> f32 {
        let spec = &self.spec.params[param];
        spec.number_of(&self.values[param]).unwrap_or_else(|_| spec.default_number())
    }
    /// The key of a control's name.
    pub fn key(&self, name: &str) -> ControlKey {
        self.keys.key(name)
    }
    /// An error about a setting.
    pub fn wrong(&self, setting: &'static str, expected: impl Into<String>) -> MakeError {
        MakeError::Setting { setting, found: self.value(setting).to_string(), expected: expected.into() }
    }
}
