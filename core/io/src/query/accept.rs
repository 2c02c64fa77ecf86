//! Takes connections.

use super::door::{Count, Door};
use super::error::QueryError;
use super::talk;
use crate::osc::reachable;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// The threads of connections do little, and there may be many; one makes the JSON of a whole tree.
const STACK: usize = 512 * 1024;

/// The thread that takes connections.
pub(super) struct Acceptor {
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Acceptor {
    pub(super) fn open(wanted: SocketAddr, door: &Arc<Door>) -> Result<Acceptor, QueryError> {
        let bound = TcpListener::bind(wanted).and_then(|socket| socket.local_addr().map(|address| (socket, address)));
        let (listener, address) = bound.map_err(|cause| QueryError::bind(wanted, cause))?;
        let shared = Arc::clone(door);
        let thread = Builder::new()
            .name("bf-query".into())
            .spawn(move || accept(&listener, &shared))
            .map_err(QueryError::system("starting a thread"))?;
        Ok(Acceptor { address, thread: Some(thread) })
    }

    /// Where it is bound.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the thread of a door that has stopped.
    pub(super) fn stop(&mut self) {
        // Only to wake the thread; where that fails it stays, and ends with the program.
        if TcpStream::connect_timeout(&reachable(self.address), Duration::from_secs(1)).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, door: &Arc<Door>) {
    loop {
        let accepted = listener.accept();
        if door.stopped() {
            return;
        }
        match accepted {
            Ok((stream, address)) if door.hears(address.ip()) => {
                let shared = Arc::clone(door);
                let Ok(own) = stream.try_clone() else { continue };
                let start = |client| {
                    let run = move || talk::talk(&shared, client, own, address);
                    Builder::new().name("bf-query-talk".into()).stack_size(STACK).spawn(run)
                };
                if !door.admit(&stream, start) {
                    door.count(Count::Refused);
                }
            }
            Ok(_) => {}
            // Out of file handles, as a rule: others may close some.
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}
