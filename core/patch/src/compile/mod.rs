//! From the document to what the engine runs: a pure function in named passes.
//!
//! resolve and flatten ([`flatten`]) → shape → islands and order → latency → buffers and steps (`assemble`).

mod assemble;
pub mod bypass;
mod error;
mod face;
mod flat;
mod flatten;
pub mod frozen;
mod ghosts;
mod latency;
mod moving;
mod order;
mod place;
pub mod plan;
mod print;
mod shape;

pub use error::{At, CompileError};
pub use face::{Face, MAX_PARAMS};
pub use flat::{CableKey, Config, End, Flat, FlatCable, FlatNode, InstanceControl, Instrument, Into, NodeKey};
pub use flatten::helper::{HELPERS, Helper};
pub use flatten::{MAX_NODES, flatten};
pub use frozen::{FROZEN, Frozen, player_path};
pub use moving::{FlatText, NoPattern, moving, notes};
pub(crate) use order::{Edges, Entering, components};
pub use plan::Plan;

use crate::Set;
use assemble::assemble;
use bf_node::Registry;
use flatten::open;
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// What the last plan leaves behind: what it played, and what of its fades is done.
#[derive(Clone, Debug, Default)]
pub struct Ghosts<'a> {
    /// The plan that plays; `None` before the first, which begins without fades.
    pub last: Option<&'a Plan>,
    /// Cables whose fade, in or out, the engine has reported done.
    pub finished: FxHashSet<CableKey>,
    /// Ghost instruments whose last voice has ended.
    pub silent: FxHashSet<NodeKey>,
}

/// Compiles a set. Equal input gives an equal plan.
///
/// # Errors
/// Every fault found, each with the place it was found at; the caller keeps the last good plan.
pub fn compile(
    set: &Set,
    registry: &Registry,
    ghosts: &Ghosts<'_>,
    config: &Config<'_>,
) -> Result<Plan, Vec<CompileError>> {
    let (led, warnings) = bypass::led(set, registry);
    let placed = |faults: Vec<place::Fault>| faults.into_iter().map(|fault| fault.placed(&led)).collect();
    let bypasses = matches!(led, Cow::Owned(_));
    let flat = open(&led, bypasses.then_some(warnings), registry, config);
    let plan = flat.and_then(|flat| assemble(flat, ghosts, config).map_err(placed));
    plan.map_err(|faults| place::as_written(faults, set, bypasses.then_some(&*led)))
}
