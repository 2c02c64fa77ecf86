//! Datagrams.

use super::error::{SendError, SocketError, Transport};
use super::inbox::{Inbox, Peer};
use crate::osc::MAX_DATAGRAM;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// What the system is asked to hold of what comes, as a burst comes faster than threads wake. It grants what its limits
/// allow (Linux: `net.core.rmem_max`), of which a small packet takes about 800 bytes.
const RECEIVE_BUFFER: usize = 8 << 20;
/// How long the thread waits before it looks whether to stop, if waking it fails.
const LOOK: Duration = Duration::from_millis(250);
/// How long to wait for room to send; the system rounds it up to its own tick.
const SEND: Duration = Duration::from_millis(1);

/// A socket, and the thread that reads it where it is listened at.
pub(super) struct Datagrams {
    socket: Arc<UdpSocket>,
    address: SocketAddr,
    inbox: Arc<Inbox>,
    thread: Option<JoinHandle<()>>,
}

impl Datagrams {
    /// Listens at an address, or opens a socket that only sends.
    pub(super) fn open(listen: Option<SocketAddr>, inbox: &Arc<Inbox>) -> Result<Datagrams, SocketError> {
        let wanted = listen.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        let bound = bind(wanted).and_then(|socket| socket.local_addr().map(|address| (socket, address)));
        let (socket, address) = bound.map_err(|cause| SocketError::bind(Transport::Udp, wanted, cause))?;
        let mut datagrams = Datagrams { socket: Arc::new(socket), address, inbox: Arc::clone(inbox), thread: None };
        if listen.is_some() {
            let (socket, inbox) = (Arc::clone(&datagrams.socket), Arc::clone(inbox));
            let thread = Builder::new().name("bf-osc-udp".into()).spawn(move || read(&socket, &inbox));
            datagrams.thread = Some(thread.map_err(SocketError::system("starting a thread"))?);
        }
        Ok(datagrams)
    }

    /// Where it is bound.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn send(&self, to: SocketAddr, packet: &[u8]) -> Result<(), SendError> {
        match self.socket.send_to(packet, to) {
            Ok(_) => Ok(()),
            Err(cause) if is_wait(cause.kind()) => Err(SendError::Full),
            // The answer to an earlier packet, to a port where nobody listens: not about this one.
            Err(cause) if is_unheard(cause.kind()) => {
                self.socket.send_to(packet, to).map(|_| ()).map_err(|cause| SendError::System { to, cause })
            }
            Err(cause) => Err(SendError::System { to, cause }),
        }
    }
}

impl Drop for Datagrams {
    fn drop(&mut self) {
        self.inbox.stop();
        let Some(thread) = self.thread.take() else { return };
        // Only to wake it; where that fails it looks by itself.
        let _ = self.socket.send_to(&[], reachable(self.address));
        let _ = thread.join();
    }
}

/// Where a program on this machine reaches what is bound to an address.
pub(crate) fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // Refused where it is beyond the limits of a system: then it has what it has.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    let _ = socket.set_broadcast(true);
    socket.set_read_timeout(Some(LOOK))?;
    socket.set_write_timeout(Some(SEND))?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn read(socket: &UdpSocket, inbox: &Inbox) {
    // One byte more than fits, so that what is longer is seen to be.
    let mut buffer = vec![0; MAX_DATAGRAM + 4];
    loop {
        let received = socket.recv_from(&mut buffer);
        if inbox.stopped() {
            return;
        }
        match received {
            Ok((len, from)) if inbox.hears(from.ip()) => {
                inbox.receive(&buffer[..len], Peer::udp(from), inbox.now());
            }
            Ok(_) => {}
            Err(error) if is_wait(error.kind()) || is_unheard(error.kind()) => {}
            // Rather than in a circle at full speed.
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn is_unheard(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused)
}
