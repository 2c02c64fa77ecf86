//! The patch document: nodes, cables, params; its edits, its text form, and the compiler that turns it into a plan.
//!
//! No threads, no clock, no I/O: files come in as text and go out as text.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that fails says where"))]

#[cfg(test)]
mod arb;
pub mod compile;
pub mod diff;
pub mod edit;
pub mod exposed;
pub mod files;
pub mod fits;
pub mod history;
mod instance;
pub mod merge;
pub mod model;
pub mod name;
pub mod past;
pub mod ports;
pub mod text;

pub use diff::diff;
pub use edit::{Edit, EditError, SetEdit};
pub use exposed::Exposed;
pub use fits::{Misfit, Reshaped, Room};
pub use history::{Gesture, History};
pub use merge::{Conflict, Merge, merge};
pub use model::{Beside, Cable, Control, Curve, LaneSpec, Mapping, Node, Note, Patch, Point, Set, Socket};
pub use name::Name;
pub use past::healed;
pub use ports::{Ports, Types};
pub use text::{Diagnostic, Place, Severity, TextPatch};
