//! The sockets of OSCQuery: HTTP for questions, WebSockets for what changes, zeroconf so that both are found.
//!
//! What an address space is, this does not know: a question is handed on with the means to answer it, and what a client
//! says over its WebSocket is handed on as it came. Connections, requests, messages and what waits are bounded; a client
//! that does not read is dropped.
//!
//! *Source*: the OSCQuery proposal (Vidvox), RFC 9112, RFC 6455, RFC 6763.

mod accept;
mod announce;
mod door;
mod error;
mod head;
mod talk;
#[cfg(test)]
mod tests;
mod web;

pub use announce::{Announcement, Announcements};
pub use door::{Asked, ClientId, QueryCounts, Reply};
pub use error::QueryError;

use crate::HostClock;
use crate::osc::{Reach, SendError};
use accept::Acceptor;
use door::Door;
use std::net::SocketAddr;
use std::sync::Arc;

/// Listens until it is dropped, and hands on what is asked and said.
///
/// Each connection has a thread of its own; made to be asked a few hundred times a second from a thread that must not
/// wait.
pub struct QueryServer {
    door: Arc<Door>,
    acceptor: Acceptor,
}

impl QueryServer {
    /// Connections at a time. A further one is closed and counted.
    pub const CONNECTIONS: usize = 32;
    /// Questions and messages that wait to be taken.
    pub const QUEUE: usize = 4_096;
    /// Bytes of messages that wait to be taken.
    pub const QUEUE_BYTES: usize = 4 << 20;
    /// Bytes of the head of a request.
    pub const HEAD: usize = 8 * 1024;
    /// Bytes of a message over a WebSocket: that of a packet on a stream.
    pub const MESSAGE: usize = crate::osc::MAX_PACKET;

    /// Listens, and hears whoever is near enough. Packets are stamped with `clock`.
    ///
    /// # Errors
    /// The port is in use or not allowed, or the system refuses otherwise.
    pub fn open(wanted: SocketAddr, reach: Reach, clock: HostClock) -> Result<QueryServer, QueryError> {
        let door = Arc::new(Door::new(clock, reach));
        let acceptor = Acceptor::open(wanted, &door)?;
        Ok(QueryServer { door, acceptor })
    }

    /// Where it listens, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.acceptor.address()
    }

    /// Appends what has been asked and said, in order, `most` at most.
    pub fn drain(&self, into: &mut Vec<Asked>, most: usize) {
        self.door.drain(into, most);
    }

    /// Sends text to a client of a WebSocket: a command, as JSON.
    ///
    /// # Errors
    /// No such client, or it does not read as fast as this sends: nothing has been sent then.
    pub fn tell(&self, client: ClientId, text: &str) -> Result<(), SendError> {
        self.door.send(client, web::text(text))
    }

    /// Sends an OSC packet to a client of a WebSocket.
    ///
    /// # Errors
    /// No such client, or it does not read as fast as this sends: nothing has been sent then.
    pub fn send(&self, client: ClientId, packet: &[u8]) -> Result<(), SendError> {
        self.door.send(client, web::binary(packet))
    }

    /// Drops a client.
    pub fn disconnect(&self, client: ClientId) {
        self.door.close(client);
    }

    /// What has been counted since it was opened.
    pub fn counts(&self) -> QueryCounts {
        self.door.counts()
    }
}

impl Drop for QueryServer {
    fn drop(&mut self) {
        // No new connection after the old ones are gone.
        self.door.stop();
        self.acceptor.stop();
        self.door.close_all();
    }
}

/// What an HTTP client is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status: 200, 204, 400, 404.
    pub status: u16,
    /// JSON; not sent with 204.
    pub body: String,
}

/// A question: a path of the address space, and which attribute of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The path, begun by a slash, decoded.
    pub path: String,
    /// The attribute, such as `VALUE`; everything where there is none.
    pub attribute: Option<String>,
}
