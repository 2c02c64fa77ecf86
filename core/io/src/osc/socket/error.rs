//! Why a server cannot listen, or send.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Why a server cannot listen or connect.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another program has the port.
    #[error(
        "{transport} port {port} is in use by another program; close that program, or choose another port with `--osc PORT`",
        port = .address.port()
    )]
    InUse {
        /// What for.
        transport: Transport,
        /// Where.
        address: SocketAddr,
    },
    /// The user may not.
    #[error("{transport} port {port} may not be used by this user; choose one above 1023 with `--osc PORT`", port = .address.port())]
    Denied {
        /// What for.
        transport: Transport,
        /// Where.
        address: SocketAddr,
    },
    /// Another machine's address, or nobody's.
    #[error("this machine does not have the address {ip}; write one that it has, or a port alone for all of them", ip = .address.ip())]
    NotHere {
        /// Where.
        address: SocketAddr,
    },
    /// As many connections as there may be.
    #[error("{max} connections are open, and no more are taken; close one first")]
    TooMany {
        /// How many may be.
        max: usize,
    },
    /// Anything else.
    #[error("{doing} failed: {cause}")]
    System {
        /// What was tried.
        doing: String,
        /// What the system said.
        cause: io::Error,
    },
}

/// A transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// Streams.
    Tcp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        })
    }
}

impl SocketError {
    /// What a refusal to bind means.
    pub(super) fn bind(transport: Transport, address: SocketAddr, cause: io::Error) -> SocketError {
        match cause.kind() {
            ErrorKind::AddrInUse => SocketError::InUse { transport, address },
            ErrorKind::PermissionDenied => SocketError::Denied { transport, address },
            ErrorKind::AddrNotAvailable => SocketError::NotHere { address },
            _ => SocketError::System { doing: format!("listening at {transport} {address}"), cause },
        }
    }

    pub(super) fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> SocketError {
        let doing = doing.into();
        move |cause| SocketError::System { doing, cause }
    }
}

/// Why a packet is not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It is too long.
    #[error("a packet of {bytes} bytes; expected no more than {max}")]
    Long {
        /// How long it is.
        bytes: usize,
        /// The longest.
        max: usize,
    },
    /// The connection has closed.
    #[error("the connection has closed")]
    Closed,
    /// The other side, or the network, does not keep up.
    #[error("the other side does not read as fast as this sends")]
    Full,
    /// Anything else.
    #[error("sending to {to} failed: {cause}")]
    System {
        /// To whom.
        to: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
}
