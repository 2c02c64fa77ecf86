//! Why OSCQuery cannot be served.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Why a set cannot be asked, or found.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Another program has the port.
    #[error("TCP port {port} is in use by another program; choose another with `--query PORT`, or `--no-query`")]
    InUse {
        /// Which.
        port: u16,
    },
    /// The user may not.
    #[error("TCP port {port} may not be used by this user; choose one above 1023 with `--query PORT`")]
    Denied {
        /// Which.
        port: u16,
    },
    /// The network cannot be told.
    #[error("the set cannot be announced on the network: {why}")]
    Announce {
        /// What the library says.
        why: String,
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

impl QueryError {
    /// What a refusal to bind means.
    pub(super) fn bind(wanted: SocketAddr, cause: io::Error) -> QueryError {
        match cause.kind() {
            ErrorKind::AddrInUse => QueryError::InUse { port: wanted.port() },
            ErrorKind::PermissionDenied => QueryError::Denied { port: wanted.port() },
            _ => QueryError::System { doing: format!("listening at TCP {wanted}"), cause },
        }
    }

    pub(super) fn system(doing: &str) -> impl FnOnce(io::Error) -> QueryError {
        let doing = doing.to_owned();
        move |cause| QueryError::System { doing, cause }
    }
}
