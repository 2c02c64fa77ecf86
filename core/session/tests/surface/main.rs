//! Control surfaces at a set: addresses, what messages do and when, what is told back.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]
#![allow(clippy::print_stdout, reason = "what is measured is shown, and which programs are missing")]

mod clients;
mod control;
mod desk;
mod exposed;
mod leaving;
mod mapped;
mod sockets;
#[path = "../stand/mod.rs"]
mod stand;
mod tablet;
mod timed;
mod tree;
