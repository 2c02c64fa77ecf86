//! Control surfaces: tablets, controllers and other programs reach a set by OSC, and see what changes.
//!
//! [`Tree`] is every address of a set, made from what is heard. [`Console`] carries out what messages ask for and keeps
//! who is told of what; it knows neither sockets nor clocks. [`Surface`] is both ends of a network port around it.

mod act;
mod answer;
mod atom;
mod console;
mod edits;
mod entry;
mod feedback;
mod forms;
mod frames;
mod gestures;
mod listen;
mod make;
mod names;
mod notes;
mod outlet;
mod perform;
mod port;
mod post;
mod reading;
mod route;
mod tags;
#[cfg(test)]
mod tests;
mod travel;
mod tree;
mod trust;
mod waiting;

pub use atom::Atom;
pub use console::{Console, Heed};
pub use entry::{Access, Aim, Arg, Entry, Family, Trust, Words};
pub use frames::{FrameClock, Reading};
pub use listen::Change;
pub use make::{Heard, Motion};
pub use outlet::Outlet;
pub use port::{Surface, SurfaceRequest};
pub use tags::Tags;
pub use travel::Travel;
pub use tree::{Diff, Tree};
pub use trust::RemoteEdits;

pub use bf_io::HostClock;
pub use bf_io::osc::{Listen, ListenTextError};
