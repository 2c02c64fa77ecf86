//! Connections over TCP: one thread each that reads, and one that writes.
//!
//! A side that ends what it sends ends the connection: OSC has no last word that an answer could wait for.

use super::Server;
use super::error::{SendError, SocketError};
use super::inbox::{ConnectionId, Fault, Inbox, Peer, Via};
use super::outbox::Outbox;
use crate::osc::{Framer, Framing, MAX_PACKET};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long a target may take to answer.
const CONNECT: Duration = Duration::from_secs(3);
/// How long the other side may leave a packet unread before the connection is closed.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many faults without a packet in between are no OSC.
const FAULTS: u32 = 64;
/// Bytes read at a time.
const CHUNK: usize = 16 * 1024;
/// The threads of a connection do little, and there may be many.
const STACK: usize = 256 * 1024;

/// All connections of a server.
pub(super) struct Connections {
    inbox: Arc<Inbox>,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    last: u64,
    open: BTreeMap<u64, Open>,
}

/// One that is there, or is being made.
struct Open {
    outbox: Arc<Outbox>,
    /// `None` while it is being made.
    stream: Option<TcpStream>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread of a connection has.
struct Talk {
    shared: Arc<Connections>,
    id: u64,
    peer: Peer,
    outbox: Arc<Outbox>,
    framer: Framer,
}

impl Connections {
    pub(super) fn new(inbox: Arc<Inbox>) -> Connections {
        Connections { inbox, table: Mutex::default() }
    }

    pub(super) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection that another side has made.
    pub(super) fn adopt(self: &Arc<Self>, stream: TcpStream, address: SocketAddr) {
        let Ok(kept) = stream.try_clone() else { return self.inbox.refuse() };
        let talk = |mut talk: Talk| {
            let why = talk.run(stream);
            (talk, why)
        };
        if self.start(address, Framer::new(MAX_PACKET), Some(kept), talk).is_err() {
            self.inbox.refuse();
        }
    }

    /// Makes a connection.
    pub(super) fn connect(self: &Arc<Self>, address: SocketAddr, framing: Framing) -> Result<Peer, SocketError> {
        self.start(address, Framer::with(framing, MAX_PACKET), None, |mut talk| {
            let why = match TcpStream::connect_timeout(&talk.peer.address, CONNECT) {
                Ok(stream) if talk.shared.made(talk.id, &stream) => {
                    talk.shared.inbox.opened(talk.peer);
                    talk.run(stream)
                }
                Ok(_) => None,
                Err(error) => Some(error.to_string()),
            };
            (talk, why)
        })
    }

    fn start(
        self: &Arc<Self>,
        address: SocketAddr,
        framer: Framer,
        stream: Option<TcpStream>,
        work: impl FnOnce(Talk) -> (Talk, Option<String>) + Send + 'static,
    ) -> Result<Peer, SocketError> {
        // Held until the thread is in the table, so that the thread finds itself there when it ends.
        let mut table = self.table();
        if table.open.len() >= Server::CONNECTIONS {
            return Err(SocketError::TooMany { max: Server::CONNECTIONS });
        }
        table.last += 1;
        let id = table.last;
        let peer = Peer { address, via: Via::Tcp(ConnectionId(id)) };
        if stream.is_some() && !self.inbox.opened(peer) {
            return Err(SocketError::TooMany { max: Server::CONNECTIONS });
        }
        let outbox = Arc::new(Outbox::default());
        let talk = Talk { shared: Arc::clone(self), id, peer, outbox: Arc::clone(&outbox), framer };
        let thread = Builder::new().name("bf-osc-read".into()).stack_size(STACK).spawn(move || {
            let (talk, why) = work(talk);
            talk.end(why);
        });
        match thread {
            Ok(thread) => {
                table.open.insert(id, Open { outbox, stream, thread: Some(thread) });
                Ok(peer)
            }
            Err(cause) => {
                if stream.is_some() {
                    self.inbox.closed(peer, Some(cause.to_string()));
                }
                Err(SocketError::System { doing: "starting a thread".into(), cause })
            }
        }
    }

    /// Notes that a connection has been made; false when nobody wants it any more.
    fn made(&self, id: u64, stream: &TcpStream) -> bool {
        let mut table = self.table();
        let Some(open) = table.open.get_mut(&id).filter(|_| !self.inbox.stopped()) else { return false };
        open.stream = stream.try_clone().ok();
        open.stream.is_some()
    }

    pub(super) fn send(&self, id: ConnectionId, packet: &[u8]) -> Result<(), SendError> {
        let outbox = self.table().open.get(&id.0).map(|open| Arc::clone(&open.outbox));
        outbox.ok_or(SendError::Closed)?.push(packet)
    }

    pub(super) fn close(&self, id: ConnectionId) {
        let mut table = self.table();
        let Some(open) = table.open.get(&id.0) else { return };
        open.close();
        // One that is being made finds that it is not wanted; others take themselves out.
        if open.stream.is_none() {
            table.open.remove(&id.0);
        }
    }

    /// Closes all and waits for their threads; not for those that still wait for an answer, which end by themselves.
    pub(super) fn close_all(&self) {
        let all = std::mem::take(&mut self.table().open);
        all.values().for_each(Open::close);
        for thread in all.into_values().filter(|open| open.stream.is_some()).filter_map(|open| open.thread) {
            let _ = thread.join();
        }
    }
}

impl Open {
    fn close(&self) {
        self.outbox.close();
        if let Some(stream) = &self.stream {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Talk {
    /// Reads and writes until one of the sides has enough; says why where it was this one.
    fn run(&mut self, stream: TcpStream) -> Option<String> {
        let framing = Arc::new(self.framer.framing().map_or_else(OnceLock::new, OnceLock::from));
        let writer = self.start_writer(&stream, Arc::clone(&framing));
        let why = match &writer {
            Ok(_) => self.read(&stream, &framing),
            Err(error) => Some(error.to_string()),
        };
        self.outbox.close();
        let _ = stream.shutdown(Shutdown::Both);
        if let Ok(writer) = writer {
            let _ = writer.join();
        }
        why
    }

    fn start_writer(&self, stream: &TcpStream, framing: Arc<OnceLock<Framing>>) -> io::Result<JoinHandle<()>> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let (mut stream, outbox) = (stream.try_clone()?, Arc::clone(&self.outbox));
        Builder::new().name("bf-osc-write".into()).stack_size(STACK).spawn(move || {
            let mut bytes = Vec::new();
            while let Some(packet) = outbox.next() {
                bytes.clear();
                // A large packet was one of a kind.
                bytes.shrink_to(CHUNK);
                // To one that has said nothing yet, as OSC 1.1 has it.
                framing.get().unwrap_or(&Framing::Slip).wrap(&packet, &mut bytes);
                if stream.write_all(&bytes).is_err() {
                    outbox.close();
                    let _ = stream.shutdown(Shutdown::Both);
                }
            }
        })
    }

    fn read(&mut self, mut stream: &TcpStream, framing: &OnceLock<Framing>) -> Option<String> {
        let (inbox, from) = (Arc::clone(&self.shared.inbox), self.peer);
        let (mut buffer, mut faults) = (vec![0; CHUNK], 0);
        loop {
            let len = match stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Some(error.to_string()),
            };
            let (arrival, mut rest) = (inbox.now(), &buffer[..len]);
            // Known before anybody can answer to what came.
            if let Some(known) = self.framer.framing().or_else(|| Framing::find(rest)) {
                framing.get_or_init(|| known);
            }
            while let Some(frame) = self.framer.next(&mut rest) {
                let understood = match frame {
                    Ok(packet) => inbox.receive(packet, from, arrival),
                    Err(error) => {
                        inbox.note(Fault { from, kind: error.into() });
                        false
                    }
                };
                faults = if understood { 0 } else { faults + 1 };
                if faults == FAULTS {
                    return Some(format!("{FAULTS} faults in a row: this is not OSC over TCP"));
                }
            }
        }
    }

    fn end(self, why: Option<String>) {
        let gone = self.shared.table().open.remove(&self.id);
        // Its own handle goes with it; whoever closes all has taken it before.
        drop(gone);
        self.shared.inbox.closed(self.peer, why);
    }
}
