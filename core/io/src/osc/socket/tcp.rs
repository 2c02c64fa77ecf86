//! Takes connections.

use super::connection::Connections;
use super::error::{SocketError, Transport};
use super::udp::reachable;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// The thread that takes connections, until it is dropped.
pub(super) struct Acceptor {
    address: SocketAddr,
    connections: Arc<Connections>,
    thread: Option<JoinHandle<()>>,
}

impl Acceptor {
    pub(super) fn open(wanted: SocketAddr, connections: &Arc<Connections>) -> Result<Acceptor, SocketError> {
        let bound = TcpListener::bind(wanted).and_then(|socket| socket.local_addr().map(|address| (socket, address)));
        let (listener, address) = bound.map_err(|cause| SocketError::bind(Transport::Tcp, wanted, cause))?;
        let shared = Arc::clone(connections);
        let thread = Builder::new()
            .name("bf-osc-tcp".into())
            .spawn(move || accept(&listener, &shared))
            .map_err(SocketError::system("starting a thread"))?;
        Ok(Acceptor { address, connections: Arc::clone(connections), thread: Some(thread) })
    }

    /// Where it is bound.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.connections.inbox().stop();
        // Only to wake the thread; where that fails it stays, and ends with the program.
        if TcpStream::connect_timeout(&reachable(self.address), Duration::from_secs(1)).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, connections: &Arc<Connections>) {
    loop {
        let accepted = listener.accept();
        if connections.inbox().stopped() {
            return;
        }
        match accepted {
            Ok((stream, address)) if connections.inbox().hears(address.ip()) => connections.adopt(stream, address),
            Ok(_) => {}
            // Out of file handles, as a rule: others may close some.
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}
