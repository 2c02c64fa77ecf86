//! Control surfaces: what of a set can be reached from outside, and who reaches it.

mod atom;
mod entry;
mod make;
mod travel;
mod tree;

pub use atom::Atom;
pub use entry::{Access, Aim, Arg, Entry, Family, Trust, Words};
pub use make::{Heard, Motion};
pub use travel::Travel;
pub use tree::{Diff, Tree};
