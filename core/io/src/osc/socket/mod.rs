//! Listens on UDP and TCP, checks what comes, and sends. No call waits for the network.

mod connection;
mod error;
mod inbox;
mod outbox;
mod tcp;
mod udp;

pub(crate) use outbox::Outbox;
pub(crate) use udp::reachable;

pub use error::{SendError, SocketError, Transport};
pub use inbox::{Arrival, ConnectionId, Counts, Fault, FaultKind, Incoming, Peer, Via};

use super::{Framing, Listen, MAX_DATAGRAM, MAX_PACKET};
use crate::HostClock;
use connection::Connections;
use inbox::Inbox;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tcp::Acceptor;
use udp::Datagrams;

/// Ports that are tried until one is free for both UDP and TCP, where any will do.
const TRIES: usize = 16;

/// Listens until it is dropped, and hands on what comes; sends to whom it is told.
///
/// Threads of its own read and check packets. What waits to be taken is bounded in number ([`Server::QUEUE`]) and bytes
/// ([`Server::QUEUE_BYTES`]); what finds no room is dropped and counted, as is what is malformed or comes from too far
/// away. Made to be asked a few hundred times a second from a thread that must not wait.
pub struct Server {
    inbox: Arc<Inbox>,
    datagrams: Datagrams,
    acceptor: Option<Acceptor>,
    connections: Arc<Connections>,
    udp: Option<SocketAddr>,
    tcp: Option<SocketAddr>,
}

impl Server {
    /// Packets that wait to be taken: 160 ms of 100,000 a second.
    pub const QUEUE: usize = 16_384;
    /// Bytes of them.
    pub const QUEUE_BYTES: usize = 16 << 20;
    /// TCP connections at a time, in and out. A further one is closed and counted.
    pub const CONNECTIONS: usize = 32;

    /// Listens. Packets are stamped with `clock`.
    ///
    /// # Errors
    /// A port is in use or not allowed, the machine does not have the address, or the system refuses otherwise.
    pub fn open(listen: &Listen, clock: HostClock) -> Result<Server, SocketError> {
        let any_port = listen.udp.is_some_and(|udp| udp.port() == 0) && listen.tcp == listen.udp;
        let mut tries = if any_port { TRIES } else { 1 };
        loop {
            tries -= 1;
            match Server::try_open(listen, clock, any_port) {
                Err(SocketError::InUse { .. }) if tries > 0 => {}
                done => return done,
            }
        }
    }

    fn try_open(listen: &Listen, clock: HostClock, same_port: bool) -> Result<Server, SocketError> {
        let inbox = Arc::new(Inbox::new(clock, listen.reach));
        let datagrams = Datagrams::open(listen.udp, &inbox)?;
        let udp = listen.udp.map(|_| datagrams.address());
        let connections = Arc::new(Connections::new(Arc::clone(&inbox)));
        let wanted = if same_port { udp } else { listen.tcp };
        let acceptor = wanted.map(|address| Acceptor::open(address, &connections)).transpose()?;
        let tcp = acceptor.as_ref().map(Acceptor::address);
        Ok(Server { inbox, datagrams, acceptor, connections, udp, tcp })
    }

    /// Where it listens for datagrams, with the port that it got.
    pub fn udp(&self) -> Option<SocketAddr> {
        self.udp
    }

    /// Where it listens for connections, with the port that it got.
    pub fn tcp(&self) -> Option<SocketAddr> {
        self.tcp
    }

    /// Appends what has come, in order, `most` at most.
    pub fn drain(&self, into: &mut Vec<Incoming>, most: usize) {
        self.inbox.drain(into, most);
    }

    /// Waits until something has come that is not taken yet; false when nothing has for so long.
    pub fn wait(&self, longest: Duration) -> bool {
        self.inbox.wait(longest)
    }

    /// What has been counted since it was opened.
    pub fn counts(&self) -> Counts {
        self.inbox.counts()
    }

    /// The last packet that was not understood, once.
    pub fn take_fault(&self) -> Option<Fault> {
        self.inbox.take_fault()
    }

    /// Sends a packet, as an [`Encoder`](super::Encoder) writes it: at once over UDP, from the port that it listens at;
    /// through a bounded queue over TCP.
    ///
    /// # Errors
    /// Too long, no such connection, or no room: nothing has been sent then.
    pub fn send(&self, to: Peer, packet: &[u8]) -> Result<(), SendError> {
        let sent = self.try_send(to, packet);
        self.inbox.count_sent(sent.is_ok());
        sent
    }

    fn try_send(&self, to: Peer, packet: &[u8]) -> Result<(), SendError> {
        let max = if to.via == Via::Udp { MAX_DATAGRAM } else { MAX_PACKET };
        if packet.len() > max {
            return Err(SendError::Long { bytes: packet.len(), max });
        }
        match to.via {
            Via::Udp => self.datagrams.send(to.address, packet),
            Via::Tcp(id) => self.connections.send(id, packet),
            Via::Web { .. } => Err(SendError::Closed),
        }
    }

    /// Connects to a target over TCP, in the background. [`Incoming::Opened`] tells when it is there, and
    /// [`Incoming::Closed`] when it is not or not any more. What is sent before is sent then.
    ///
    /// # Errors
    /// Too many connections, or no thread.
    pub fn connect(&self, address: SocketAddr, framing: Framing) -> Result<Peer, SocketError> {
        self.connections.connect(address, framing)
    }

    /// Closes a connection. What waits to be sent is lost.
    pub fn disconnect(&self, id: ConnectionId) {
        self.connections.close(id);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // No new connection after the old ones are gone.
        self.inbox.stop();
        self.acceptor = None;
        self.connections.close_all();
    }
}
