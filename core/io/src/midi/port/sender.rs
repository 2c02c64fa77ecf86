//! Sends to the system's ports, each message at its time: the system itself sends at once.

use super::super::Packet;
use crate::HostClock;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Messages that wait for their time.
const ROOM: usize = 8_192;
/// How often a thread without work looks whether it is still wanted.
const IDLE: Duration = Duration::from_millis(500);

/// An open port and the wish that it answers to.
pub(super) struct Connection {
    pub wish: u8,
    pub name: String,
    pub port: midir::MidiOutputConnection,
}

/// The open ports, shared by who opens them and who sends.
pub(super) type Connections = Arc<Mutex<Vec<Connection>>>;

/// A message for its time; the earliest first, else in the order in which they came.
type Due = Reverse<(u64, u64, u8, [u8; 4])>;

pub(super) struct Sender {
    to_thread: SyncSender<(u8, u64, Packet)>,
    connections: Connections,
    lost: Arc<AtomicU64>,
}

impl Sender {
    pub(super) fn start(clock: HostClock) -> std::io::Result<Sender> {
        let (to_thread, from_control) = sync_channel(ROOM);
        let connections = Connections::default();
        let lost = Arc::new(AtomicU64::new(0));
        let work = Work { clock, connections: Arc::clone(&connections), lost: Arc::clone(&lost) };
        std::thread::Builder::new().name("midi out".into()).spawn(move || work.run(&from_control))?;
        Ok(Sender { to_thread, connections, lost })
    }

    pub(super) fn connections(&self) -> Connections {
        Arc::clone(&self.connections)
    }

    pub(super) fn send(&self, wish: u8, at_ns: u64, packet: Packet) -> bool {
        let sent = self.to_thread.try_send((wish, at_ns, packet)).is_ok();
        self.lost.fetch_add(u64::from(!sent), Ordering::Relaxed);
        sent
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

struct Work {
    clock: HostClock,
    connections: Connections,
    lost: Arc<AtomicU64>,
}

impl Work {
    /// Runs until nobody sends any more.
    fn run(&self, from_control: &Receiver<(u8, u64, Packet)>) {
        let (mut due, mut count): (BinaryHeap<Due>, u64) = (BinaryHeap::new(), 0);
        loop {
            let wait = due
                .peek()
                .map_or(IDLE, |Reverse((at, ..))| Duration::from_nanos(at.saturating_sub(self.clock.now_ns())));
            match from_control.recv_timeout(wait) {
                Ok((wish, at_ns, packet)) if due.len() < ROOM => {
                    let mut bytes = [0; 4];
                    let len = packet.bytes().len();
                    bytes[..len].copy_from_slice(packet.bytes());
                    bytes[3] = len as u8;
                    count += 1;
                    due.push(Reverse((at_ns, count, wish, bytes)));
                }
                Ok(_) => _ = self.lost.fetch_add(1, Ordering::Relaxed),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let now = self.clock.now_ns();
            while due.peek().is_some_and(|Reverse((at, ..))| *at <= now) {
                if let Some(Reverse((_, _, wish, bytes))) = due.pop() {
                    self.give(wish, &bytes[..usize::from(bytes[3])]);
                }
            }
        }
    }

    fn give(&self, wish: u8, bytes: &[u8]) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        for connection in connections.iter_mut().filter(|c| c.wish == wish) {
            // A port that is gone is found by who keeps them.
            let _ = connection.port.send(bytes);
        }
    }
}
