//! Constants, macros, maths and logic.

use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(_registry: &mut Registry) {}
