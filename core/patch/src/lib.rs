//! The patch document: nodes, cables, params; its edits, its text form, and the compiler that turns it into a plan.
//!
//! No threads, no clock, no I/O: files come in as text and go out as text.

pub mod compile;
pub mod model;
pub mod name;

pub use model::{Cable, Control, Curve, LaneSpec, Node, Patch, Point, Set, Socket};
pub use name::Name;
