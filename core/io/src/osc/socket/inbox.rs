//! What has come and waits to be taken, bounded, and what was counted on the way.

use super::Server;
use crate::HostClock;
use crate::osc::{DecodeError, FrameError, Nearby, OwnedPacket, Reach, TimeTag, decode};
use crate::query::ClientId;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Room that the queue keeps when it is empty.
const KEEP: usize = 1_024;
/// Bytes that something in the queue takes beside its packet.
const OVERHEAD: usize = size_of::<Incoming>();
/// Two readings of clocks further apart than this are read again: the thread was held up in between.
const READ_NS: u64 = 20_000;

/// A connection. Numbers are not used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(super) u64);

/// How a peer is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// By datagrams.
    Udp,
    /// On a connection.
    Tcp(ConnectionId),
    /// Over a WebSocket of a [`QueryServer`](crate::query::QueryServer), which sends to it, too.
    Web {
        /// Whose.
        client: ClientId,
        /// Whether a page in a browser has opened it: however near the browser is, the page may come from anywhere.
        page: bool,
    },
}

/// Somebody who sends or is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    /// Address and port.
    pub address: SocketAddr,
    /// How.
    pub via: Via,
}

impl Peer {
    /// A target for datagrams.
    pub fn udp(address: SocketAddr) -> Peer {
        Peer { address, via: Via::Udp }
    }
}

/// When something came, on two clocks at once.
///
/// A time tag is `tag.ns_since(arrival.wall)` later than `host_ns`: wherever the clocks start, and though the wall clock
/// is set between two packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// On the server's [`HostClock`], which stamps audio callbacks, too.
    pub host_ns: u64,
    /// On the machine's wall clock, which time tags mean.
    pub wall: TimeTag,
}

impl Arrival {
    /// The present time on both clocks.
    pub(crate) fn now(clock: &HostClock) -> Arrival {
        let mut tries = 3;
        loop {
            let before = clock.now_ns();
            let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let after = clock.now_ns();
            tries -= 1;
            if after - before < READ_NS || tries == 0 {
                return Arrival { host_ns: before + (after - before) / 2, wall: TimeTag::from_unix(wall) };
            }
        }
    }
}

/// Something that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A packet, checked.
    Packet {
        /// The packet.
        packet: OwnedPacket,
        /// Who sent it; an answer goes there.
        from: Peer,
        /// When it came.
        arrival: Arrival,
    },
    /// A connection is there.
    Opened(Peer),
    /// A connection is gone, or could not be made.
    Closed {
        /// Which.
        peer: Peer,
        /// Why, when it was not the other side that closed it.
        why: Option<String>,
    },
}

/// What a server has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets that were handed on.
    pub packets: u64,
    /// Packets and bytes on streams that were not understood.
    pub malformed: u64,
    /// Packets that found no room.
    pub shed: u64,
    /// Packets and connections from too far away.
    pub far: u64,
    /// Connections beyond the most that may be.
    pub refused: u64,
    /// Packets that were sent, or wait for it.
    pub sent: u64,
    /// Packets that could not be sent.
    pub unsent: u64,
}

/// A packet that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Who sent it.
    pub from: Peer,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with bytes that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// They are no packet.
    #[error(transparent)]
    Packet(#[from] DecodeError),
    /// They hold no packet.
    #[error(transparent)]
    Stream(#[from] FrameError),
}

/// Where all threads of a server put what comes.
pub(super) struct Inbox {
    clock: HostClock,
    nearby: Nearby,
    stop: AtomicBool,
    queue: Mutex<Queue>,
    filled: Condvar,
    fault: Mutex<Option<Fault>>,
    packets: AtomicU64,
    malformed: AtomicU64,
    shed: AtomicU64,
    far: AtomicU64,
    refused: AtomicU64,
    sent: AtomicU64,
    unsent: AtomicU64,
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Incoming>,
    bytes: usize,
    /// Somebody waits: to wake nobody costs a system call.
    awaited: bool,
}

impl Inbox {
    pub(super) fn new(clock: HostClock, reach: Reach) -> Inbox {
        Inbox {
            clock,
            nearby: Nearby::new(reach),
            stop: AtomicBool::new(false),
            queue: Mutex::default(),
            filled: Condvar::new(),
            fault: Mutex::default(),
            packets: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            far: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            unsent: AtomicU64::new(0),
        }
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// The present time on both clocks.
    pub(super) fn now(&self) -> Arrival {
        Arrival::now(&self.clock)
    }

    /// Whether somebody is near enough to be heard; counts who is not.
    pub(super) fn hears(&self, address: IpAddr) -> bool {
        let near = self.nearby.hears(address);
        if !near {
            self.far.fetch_add(1, Ordering::Relaxed);
        }
        near
    }

    /// Takes the bytes of a packet, and tells whether they are one.
    pub(super) fn receive(&self, bytes: &[u8], from: Peer, arrival: Arrival) -> bool {
        match decode(bytes) {
            Ok(packet) => {
                self.push_packet(Incoming::Packet { packet: packet.to_owned(), from, arrival }, bytes.len());
                true
            }
            Err(error) => {
                self.note(Fault { from, kind: error.into() });
                false
            }
        }
    }

    /// Counts something that was not understood.
    pub(super) fn note(&self, fault: Fault) {
        self.malformed.fetch_add(1, Ordering::Relaxed);
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    fn push_packet(&self, packet: Incoming, bytes: usize) {
        let queue = self.queue();
        if queue.items.len() >= Server::QUEUE || queue.bytes + bytes + OVERHEAD > Server::QUEUE_BYTES {
            self.shed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.packets.fetch_add(1, Ordering::Relaxed);
        self.push(queue, packet);
    }

    /// Tells that a connection is there; false when not even that finds room.
    pub(super) fn opened(&self, peer: Peer) -> bool {
        let queue = self.queue();
        let room = queue.items.len() < Server::QUEUE;
        if room {
            self.push(queue, Incoming::Opened(peer));
        }
        room
    }

    /// Tells that a connection is gone. This always finds room: there is one such for each that was told of.
    pub(super) fn closed(&self, peer: Peer, why: Option<String>) {
        self.push(self.queue(), Incoming::Closed { peer, why });
    }

    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_sent(&self, sent: bool) {
        let count = if sent { &self.sent } else { &self.unsent };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn drain(&self, into: &mut Vec<Incoming>, most: usize) {
        let mut queue = self.queue();
        let n = queue.items.len().min(most);
        let from = into.len();
        into.extend(queue.items.drain(..n));
        let taken: usize = into[from..].iter().map(Incoming::bytes).sum();
        queue.bytes -= taken;
        if queue.items.is_empty() {
            queue.items.shrink_to(KEEP);
        }
    }

    pub(super) fn wait(&self, longest: Duration) -> bool {
        let mut queue = self.queue();
        queue.awaited = true;
        let (mut queue, _) = self
            .filled
            .wait_timeout_while(queue, longest, |queue| queue.items.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        queue.awaited = false;
        !queue.items.is_empty()
    }

    pub(super) fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            packets: read(&self.packets),
            malformed: read(&self.malformed),
            shed: read(&self.shed),
            far: read(&self.far),
            refused: read(&self.refused),
            sent: read(&self.sent),
            unsent: read(&self.unsent),
        }
    }

    pub(super) fn take_fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, mut queue: MutexGuard<'_, Queue>, item: Incoming) {
        queue.bytes += item.bytes();
        queue.items.push_back(item);
        let awaited = queue.awaited;
        drop(queue);
        if awaited {
            self.filled.notify_all();
        }
    }
}

impl Incoming {
    /// What it takes of the room.
    fn bytes(&self) -> usize {
        match self {
            Incoming::Packet { packet, .. } => OVERHEAD + packet.view().bytes().len(),
            Incoming::Opened(_) | Incoming::Closed { .. } => OVERHEAD,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osc::{Argument, encode};

    fn inbox() -> (Inbox, Peer) {
        (Inbox::new(HostClock::new(), Reach::Network), Peer::udp("127.0.0.1:9".parse().unwrap()))
    }

    fn drain(inbox: &Inbox) -> usize {
        let mut all = Vec::new();
        inbox.drain(&mut all, usize::MAX);
        all.len()
    }

    #[test]
    fn what_finds_no_room_is_counted_and_room_comes_back() {
        let (inbox, from) = inbox();
        let small = encode("/a", &[]).unwrap();
        for _ in 0..2 {
            let before = inbox.counts().shed;
            (0..Server::QUEUE + 10).for_each(|_| assert!(inbox.receive(&small, from, inbox.now())));
            assert_eq!(inbox.counts().shed - before, 10);
            // That a connection is gone is always told.
            assert!(!inbox.opened(from));
            inbox.closed(from, None);
            assert_eq!(drain(&inbox), Server::QUEUE + 1);
        }
        let large = encode("/a", &[Argument::Blob(&[0; 60_000])]).unwrap();
        let before = inbox.counts().shed;
        (0..1_000).for_each(|_| assert!(inbox.receive(&large, from, inbox.now())));
        let kept = drain(&inbox);
        assert_eq!(kept as u64 + inbox.counts().shed - before, 1_000);
        assert!((270..280).contains(&kept), "{kept} times 60 kB in 16 MiB");
        assert_eq!(inbox.queue().bytes, 0);
        assert!(inbox.queue().items.capacity() <= 2 * KEEP);
    }

    #[test]
    fn both_clocks_are_read_at_once() {
        let (inbox, _) = inbox();
        let readings: Vec<Arrival> = (0..1_000).map(|_| inbox.now()).collect();
        for pair in readings.windows(2) {
            assert!(pair[0].host_ns <= pair[1].host_ns);
        }
        let (first, last) = (readings[0], readings[999]);
        let host = (last.host_ns - first.host_ns) as i64;
        assert!((last.wall.ns_since(first.wall) - host).abs() < 50_000, "{first:?} {last:?}");
    }

    #[test]
    fn who_is_too_far_away_is_not_heard() {
        let (inbox, _) = inbox();
        assert!(inbox.hears("192.168.1.7".parse().unwrap()) && inbox.hears("::1".parse().unwrap()));
        assert!(!inbox.hears("8.8.8.8".parse().unwrap()));
        assert_eq!(inbox.counts().far, 1);
    }
}
