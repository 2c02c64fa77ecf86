//! What all threads of the server share: what was asked and said and waits to be taken, and who is connected.

use super::{Answer, QueryServer, Question};
use crate::HostClock;
use crate::osc::{Arrival, Nearby, Outbox, OwnedPacket, Reach, SendError};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A client of a WebSocket. Numbers are not used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub(super) u64);

/// Something that was asked or said.
#[derive(Debug)]
pub enum Asked {
    /// A question over HTTP. The client waits for the answer.
    Question(Question, Reply),
    /// A WebSocket is there.
    Opened {
        /// Whose.
        client: ClientId,
        /// From where.
        address: SocketAddr,
        /// Whether a page in a browser has opened it: such a page may come from anywhere, though the browser is near.
        browser: bool,
    },
    /// Text came over it: a command, as JSON.
    Text(ClientId, String),
    /// An OSC packet came over it, checked.
    Packet(ClientId, OwnedPacket, Arrival),
    /// It is gone.
    Closed(ClientId),
}

/// The means to answer a question. Without an answer the client is told that the set is busy.
#[derive(Debug)]
pub struct Reply(SyncSender<Work>);

type Work = Box<dyn FnOnce() -> Answer + Send>;

impl Reply {
    /// Answers with what `work` makes, on the thread of the connection: a large tree costs the caller nothing.
    pub fn with(self, work: impl FnOnce() -> Answer + Send + 'static) {
        // One that waits no more has gone.
        let _ = self.0.try_send(Box::new(work));
    }
}

/// The other end of a [`Reply`].
pub(super) struct Awaited(Receiver<Work>);

impl Awaited {
    /// The answer, waited for; `None` when there is none.
    pub(super) fn wait(&self, longest: Duration) -> Result<Answer, RecvTimeoutError> {
        self.0.recv_timeout(longest).map(|work| work())
    }
}

pub(super) fn reply() -> (Reply, Awaited) {
    let (sender, receiver) = sync_channel(1);
    (Reply(sender), Awaited(receiver))
}

/// What a server has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueryCounts {
    /// Requests over HTTP that were understood.
    pub requests: u64,
    /// Messages over WebSockets that were handed on.
    pub messages: u64,
    /// Requests and messages that were not understood.
    pub malformed: u64,
    /// Those that found no room.
    pub shed: u64,
    /// Connections from too far away.
    pub far: u64,
    /// Connections beyond the most that may be.
    pub refused: u64,
    /// Clients that were dropped because they did not read.
    pub slow: u64,
}

impl QueryCounts {
    /// Whatever was not understood, found no room or came from too far away.
    pub fn bad(&self) -> u64 {
        self.malformed + self.shed + self.far + self.refused
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    Request,
    Message,
    Malformed,
    Shed,
    Far,
    Refused,
    Slow,
}

/// What all threads share.
pub(super) struct Door {
    clock: HostClock,
    nearby: Nearby,
    stop: AtomicBool,
    queue: Mutex<Queue>,
    table: Mutex<Table>,
    counts: [AtomicU64; 7],
}

#[derive(Default)]
struct Queue {
    items: VecDeque<(Asked, usize)>,
    bytes: usize,
}

#[derive(Default)]
struct Table {
    last: u64,
    open: BTreeMap<u64, Open>,
}

/// A connection.
struct Open {
    stream: TcpStream,
    /// Once it is a WebSocket.
    outbox: Option<Arc<Outbox>>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    pub(super) fn new(clock: HostClock, reach: Reach) -> Door {
        Door {
            clock,
            nearby: Nearby::new(reach),
            stop: AtomicBool::new(false),
            queue: Mutex::default(),
            table: Mutex::default(),
            counts: Default::default(),
        }
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub(super) fn now(&self) -> Arrival {
        Arrival::now(&self.clock)
    }

    pub(super) fn count(&self, what: Count) {
        self.counts[what as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counts(&self) -> QueryCounts {
        let of = |what: Count| self.counts[what as usize].load(Ordering::Relaxed);
        QueryCounts {
            requests: of(Count::Request),
            messages: of(Count::Message),
            malformed: of(Count::Malformed),
            shed: of(Count::Shed),
            far: of(Count::Far),
            refused: of(Count::Refused),
            slow: of(Count::Slow),
        }
    }

    /// Whether somebody is near enough to be heard; counts who is not.
    pub(super) fn hears(&self, address: IpAddr) -> bool {
        let near = self.nearby.hears(address);
        if !near {
            self.count(Count::Far);
        }
        near
    }

    /// Takes what was asked or said, of so many bytes; false where there is no room.
    pub(super) fn put(&self, asked: Asked, bytes: usize) -> bool {
        // That somebody came or went is not to be missed; it is bounded by the connections that there may be.
        let must = matches!(asked, Asked::Opened { .. } | Asked::Closed(_));
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if !must && (queue.items.len() >= QueryServer::QUEUE || queue.bytes + bytes > QueryServer::QUEUE_BYTES) {
            drop(queue);
            self.count(Count::Shed);
            return false;
        }
        queue.bytes += bytes;
        queue.items.push_back((asked, bytes));
        true
    }

    pub(super) fn drain(&self, into: &mut Vec<Asked>, most: usize) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = queue.items.len().min(most);
        let mut bytes = 0;
        into.extend(queue.items.drain(..taken).map(|(asked, len)| {
            bytes += len;
            asked
        }));
        queue.bytes -= bytes;
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a connection a place and a thread; false where there are too many.
    pub(super) fn admit(
        &self,
        stream: &TcpStream,
        start: impl FnOnce(ClientId) -> std::io::Result<JoinHandle<()>>,
    ) -> bool {
        // Held until the thread is in the table, so that the thread finds itself there when it ends.
        let mut table = self.table();
        let Some(stream) = stream.try_clone().ok().filter(|_| table.open.len() < QueryServer::CONNECTIONS) else {
            return false;
        };
        table.last += 1;
        let id = table.last;
        match start(ClientId(id)) {
            Ok(thread) => {
                table.open.insert(id, Open { stream, outbox: None, thread: Some(thread) });
                true
            }
            Err(_) => false,
        }
    }

    /// Notes that a connection has become a WebSocket; false when the server ends.
    pub(super) fn upgrade(&self, client: ClientId, outbox: &Arc<Outbox>) -> bool {
        let mut table = self.table();
        let Some(open) = table.open.get_mut(&client.0) else { return false };
        open.outbox = Some(Arc::clone(outbox));
        true
    }

    /// Takes a connection that has ended out.
    pub(super) fn leave(&self, client: ClientId) {
        drop(self.table().open.remove(&client.0));
    }

    /// Sends a frame; a client that leaves too many unread is dropped.
    pub(super) fn send(&self, client: ClientId, frame: Vec<u8>) -> Result<(), SendError> {
        let outbox = self.table().open.get(&client.0).and_then(|open| open.outbox.clone());
        outbox.ok_or(SendError::Closed)?.push(&frame)
    }

    /// Drops a client.
    pub(super) fn close(&self, client: ClientId) {
        if let Some(open) = self.table().open.get(&client.0) {
            open.close();
        }
    }

    /// Drops all, and waits for their threads.
    pub(super) fn close_all(&self) {
        // Those whose questions wait are told that there is no answer, and need not be waited for.
        drop(std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner)));
        let all = std::mem::take(&mut self.table().open);
        all.values().for_each(Open::close);
        for thread in all.into_values().filter_map(|open| open.thread) {
            let _ = thread.join();
        }
    }
}

impl Open {
    fn close(&self) {
        if let Some(outbox) = &self.outbox {
            outbox.close();
        }
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
