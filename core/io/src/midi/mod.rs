//! MIDI: messages, ports of the system and of JACK, clocks, controllers and expression.
//!
//! What has no device in it stands in files of its own: [`Parser`] reads bytes, [`Pairs`] puts controllers of 14 bits
//! and parameters together, [`Relative`] and [`Takeover`] say what a hand means, [`Zones`] and [`Allocator`] are MPE,
//! [`Follower`] and [`Pulses`] are clocks. [`Ports`] opens what the machine has and keeps it open.

mod follow;
mod message;
mod mpe;
mod pairs;
mod parser;
pub mod port;
mod pulse;
mod relative;
mod takeover;
#[cfg(test)]
mod tests;

pub use follow::{Follower, PULSES_A_BEAT, Running};
pub use message::{Message, Packet};
pub use mpe::{Allocator, Role, Zone, Zones};
pub use pairs::{Moved, Number, Pairs};
pub use parser::Parser;
pub use port::{MidiError, News, PortInfo, Ports, Received, Way, Wishes};
pub use pulse::Pulses;
pub use relative::Relative;
pub use takeover::{Grip, Takeover};
