//! OSC 1.0: packets, address patterns, framing on streams, clocks, and the sockets that packets come and go through.
//!
//! Bytes are checked once, by [`decode`]; what it returns is read without a further error and without copies. A
//! [`Server`] does this on its own threads and hands on what is whole:
//!
//! ```no_run
//! use bf_io::HostClock;
//! use bf_io::osc::{Argument, Encoder, Incoming, MTU_PACKET, Server, TimeTag};
//!
//! let server = Server::open(&"9000".parse()?, HostClock::new())?;
//! let (mut inbox, mut reply) = (Vec::new(), Encoder::new(MTU_PACKET));
//! server.drain(&mut inbox, 4096);
//! for incoming in inbox.drain(..) {
//!     if let Incoming::Packet { packet, from, .. } = incoming {
//!         for timed in packet.view().messages() {
//!             reply.clear();
//!             reply.open(TimeTag::IMMEDIATE)?;
//!             reply.message("/heard", &[Argument::Str(timed.message.address())])?;
//!             server.send(from, reply.bytes())?;
//!         }
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod argument;
mod clock;
mod encode;
mod error;
mod frame;
mod listen;
mod message;
mod nearby;
mod packet;
mod pattern;
mod read;
mod socket;
#[cfg(test)]
mod tests;
mod time;

pub use address::{AddressError, check_address, is_pattern, parts};
pub use argument::Argument;
pub use clock::{Drift, Observed, Pace};
pub use encode::{Encoder, encode};
pub use error::{DecodeError, EncodeError};
pub use frame::{FrameError, Framer, Framing};
pub use listen::{Listen, ListenTextError, Reach};
pub use message::{Arguments, Message};
pub(crate) use nearby::Nearby;
pub use packet::{Messages, OwnedPacket, Packet, Timed, decode};
pub use pattern::{Pattern, PatternError};
pub use socket::{
    Arrival, ConnectionId, Counts, Fault, FaultKind, Incoming, Peer, SendError, Server, SocketError, Transport, Via,
};
pub(crate) use socket::{Outbox, reachable};
pub use time::TimeTag;

/// Bytes of the largest packet in a UDP datagram: what IPv4 carries, down to a multiple of 4.
pub const MAX_DATAGRAM: usize = 65_504;
/// Bytes of the largest packet on a stream (256 KiB): scripts are sent whole, and are larger than a datagram.
pub const MAX_PACKET: usize = 256 * 1024;
/// Bytes of the largest packet that crosses an Ethernet in one piece; for what is sent often.
pub const MTU_PACKET: usize = 1_472;
/// Bundles within bundles.
pub const MAX_DEPTH: usize = 16;
/// Messages and bundles of one packet.
pub const MAX_ELEMENTS: usize = 8_192;
/// Type tags of one message.
pub const MAX_ARGUMENTS: usize = 4_096;
