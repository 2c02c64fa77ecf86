//! What scripts play: patterns become notes on their frames, tracks become nodes and cables.
//!
//! The road of an evaluation: [`ask`] evaluates a text on the script's thread and surveys what its tracks strike;
//! [`layer`] makes of that the nodes that play beside the document; [`band`] asks the patterns ahead of the playhead and
//! sends their notes to the engine. Nothing here knows Rhai, and nothing here waits.

pub(crate) mod actors;
pub(crate) mod ask;
pub(crate) mod band;
pub(crate) mod callbacks;
pub(crate) mod cycles;
pub(crate) mod layer;
pub(crate) mod outs;
pub(crate) mod part;
pub(crate) mod scripts;
pub(crate) mod sent;
pub(crate) mod shelf;
pub(crate) mod state;
pub(crate) mod strike;
pub(crate) mod struck;
pub(crate) mod uses;
