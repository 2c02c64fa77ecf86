//! Musical time and patterns: exact ratios, tempo, mini-notation, the pattern language. Pure: no clock, no I/O.

pub mod chord;
pub mod mini;
pub mod note;
pub mod ratio;
pub mod scale;
pub mod table;
pub mod transition;
pub mod transport;

mod apply;
mod event;
mod fingerprint;
mod functions;
mod pattern;
mod query;
mod span;
mod transform;
mod value;
mod words;

pub use apply::{Align, Join};
pub use event::{Atom, Atoms, Event};
pub use fingerprint::Print;
pub use functions::Lookup;
pub use mini::{MiniError, mini};
pub use pattern::Pattern;
pub use query::{MAX_DEPTH, Query, QueryError};
pub use ratio::Ratio;
pub use span::Span;
pub use transform::Transform;
pub use transport::{Tempo, Transport};
pub use value::{CONTROLS, Control, Controls, Key, Op, Value, control};
