//! From the document to what the engine runs: a pure function in named passes.
//!
//! resolve and flatten ([`flatten`]) → shape → islands and order → latency → buffers and steps ([`assemble`]).

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
pub mod plan;
mod print;
mod shape;

pub use assemble::assemble;
pub use error::{At, CompileError};
pub use face::Face;
pub use flat::{CableKey, Config, End, Flat, FlatCable, FlatNode, InstanceControl, Instrument, Into, NodeKey};
pub use flatten::flatten;
pub use frozen::{FROZEN, Frozen, player_path};
pub use moving::{FlatText, NoPattern, moving, notes};
pub use plan::Plan;

use crate::Set;
use bf_node::Registry;
use rustc_hash::FxHashSet;

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
    let flat = flatten(set, registry, config)?;
    assemble(flat, ghosts, config)
}
