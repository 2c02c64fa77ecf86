//! Talk between programs of one user on one machine: a folder has at most one server, which others find by it.
//!
//! What is sent are lines. Nothing here waits for another program but the threads that read and write, so that a server
//! may be asked from a thread that must not wait. Queues, lines and the number of clients are bounded.

mod client;
mod line;
mod place;
mod server;
#[cfg(test)]
mod tests;

pub use client::Client;
pub use line::Line;
pub use server::{ClientId, Server};

use std::path::PathBuf;

#[cfg(unix)]
use std::os::unix::net;
#[cfg(windows)]
use uds_windows as net;

/// Bytes of a line, without its end. A longer one is passed over and reported.
pub const MAX_LINE: usize = 1 << 20;
/// Clients at a time. A further one is told so and closed.
pub const MAX_CLIENTS: usize = 16;

/// Why two programs cannot talk.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Another program serves the folder.
    #[error("{} is already played by another program{}; close that one, or use it", .folder.display(), process(*.owner))]
    Owned {
        /// The folder.
        folder: PathBuf,
        /// The other program's process, where known.
        owner: Option<u32>,
    },
    /// No program serves the folder.
    #[error("no program plays {}", .folder.display())]
    Nobody {
        /// The folder.
        folder: PathBuf,
    },
    /// The system refuses.
    #[error("{doing} failed: {cause}")]
    System {
        /// What was tried.
        doing: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The other side has closed, or does not read.
    #[error("the other program has closed the connection")]
    Closed,
}

fn process(owner: Option<u32>) -> String {
    owner.map(|id| format!(" (process {id})")).unwrap_or_default()
}

impl LocalError {
    fn system(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> LocalError {
        let doing = doing.into();
        move |cause| LocalError::System { doing, cause }
    }
}
