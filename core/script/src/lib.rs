//! Scripts: a Rhai text evaluated to what it wants to play, as plain data.
//!
//! [`Host::evaluate`] runs a set's text and answers with a [`Wanted`]: tracks, instruments, nodes, cables, tempo. It
//! changes nothing by itself, so that evaluating twice is evaluating once, and a text with a fault leaves everything as
//! it was. The language is the table of `bf_pattern`, its controls, a function for each node type of the registry, and
//! the statements of [`STATEMENTS`].
//!
//! ```
//! use bf_script::{Env, Host};
//!
//! let host = Host::new(Env::default());
//! let wanted = host.evaluate("live.rhai", r#"tempo(124); track("drums", s("bd*4").every(4, rev));"#).unwrap();
//! assert_eq!(wanted.tempo, Some(124.0));
//! assert_eq!(wanted.tracks[0].name.as_str(), "drums");
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that fails says where"))]

pub mod block;
pub mod reference;

mod call;
mod closure;
mod diagnose;
mod flatten;
mod graph;
mod hint;
mod host;
mod import;
mod literal;
mod number;
mod operator;
mod outward;
mod same;
mod score;
mod shared;
mod source;
mod statement;
mod sum;
mod turn;
mod unit;
mod value;
mod wanted;

pub use diagnose::of_query as query_fault;
pub use host::{Call, Env, Host, Limits, NodeScript, Ports, Present, Said};
pub use score::{Part, Score};
pub use statement::STATEMENTS;
pub use wanted::{
    All, Destination, Entry, Instrument, Joined, Later, Macro, Marked, Moved, NodeGraph, Once, Out, Samples, Scene,
    Site, Track, Wanted, When,
};
