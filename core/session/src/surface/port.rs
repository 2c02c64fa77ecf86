//! A network port at which a set is reached.

use super::console::Console;
use super::{Heed, Reading, RemoteEdits};
use crate::query::{Announcements, Query, QueryCounts};
use crate::session::{Message, Session};
use bf_io::HostClock;
use bf_io::osc::{Counts, Incoming, Listen, Server, SocketError, Via};
use std::net::SocketAddr;
use std::time::Duration;

/// Packets that are taken at a time: the set goes on in between.
const AT_ONCE: usize = 4_096;
/// How long problems that go on stay unsaid.
const QUIET_NS: u64 = 5_000_000_000;

/// How a set is to be reached.
#[derive(Clone, Debug)]
pub struct SurfaceRequest {
    /// Where it listens, and whom it hears.
    pub listen: Listen,
    /// The clock that stamps audio callbacks, too.
    pub clock: HostClock,
    /// Who may edit and evaluate.
    pub edits: RemoteEdits,
    /// Who is told of everything that changes, whether it speaks or not.
    pub targets: Vec<SocketAddr>,
}

/// A network port at which a set is reached by OSC, over UDP and TCP. No call waits for the network.
pub struct Surface {
    server: Server,
    clock: HostClock,
    console: Console,
    /// Where it can be asked what there is.
    query: Option<Query>,
    /// The farewell goes out when this is dropped.
    announced: Option<Announcements>,
    inbox: Vec<Incoming>,
    told: (Counts, Heed, QueryCounts),
    told_ns: Option<u64>,
}

impl Surface {
    /// Listens.
    ///
    /// # Errors
    /// A port is in use or not allowed, the machine does not have the address, or the system refuses otherwise.
    pub fn open(session: &Session, request: SurfaceRequest) -> Result<Surface, SocketError> {
        let SurfaceRequest { listen, clock, edits, targets } = request;
        let server = Server::open(&listen, clock)?;
        let console = Console::new(session, edits, targets);
        let told = Default::default();
        Ok(Surface { server, clock, console, query: None, announced: None, inbox: Vec::new(), told, told_ns: None })
    }

    /// Answers questions of OSCQuery, too.
    pub fn serve(&mut self, query: Query) {
        self.console.note_changes();
        self.query = Some(query);
    }

    /// Keeps the set to be found on the network for as long as it is reached.
    pub fn announced(&mut self, announcements: Announcements) {
        self.announced = Some(announcements);
    }

    /// The other end of OSCQuery, where it is served.
    pub fn query(&self) -> Option<&Query> {
        self.query.as_ref()
    }

    /// Where it listens for datagrams, with the port that it got.
    pub fn udp(&self) -> Option<SocketAddr> {
        self.server.udp()
    }

    /// Where it listens for connections, with the port that it got.
    pub fn tcp(&self) -> Option<SocketAddr> {
        self.server.tcp()
    }

    /// Everything but the sockets.
    pub fn console(&self) -> &Console {
        &self.console
    }

    /// The next message of another layout that carries a number is mapped to a param. `None` gives up.
    pub fn learn(&mut self, target: Option<bf_patch::Socket>) {
        self.console.learn(target);
    }

    /// Waits until something has come that is not taken yet; false when nothing has for so long.
    pub fn wait(&self, longest: Duration) -> bool {
        self.server.wait(longest)
    }

    /// What the sockets have counted.
    pub fn counts(&self) -> Counts {
        self.server.counts()
    }

    /// Carries out what has come in and tells what has changed. `readings` are of the device's clock, since the last
    /// call. Never waits; called every few milliseconds.
    pub fn poll(&mut self, session: &mut Session, readings: impl IntoIterator<Item = Reading>) {
        readings.into_iter().for_each(|reading| self.console.observe(reading));
        self.server.drain(&mut self.inbox, AT_ONCE);
        for incoming in self.inbox.drain(..) {
            match incoming {
                Incoming::Packet { packet, from, arrival } => self.console.take(session, packet.view(), from, arrival),
                Incoming::Opened(_) => {}
                Incoming::Closed { peer, .. } => self.console.closed(session, peer),
            }
        }
        if let Some(query) = &mut self.query {
            query.poll(session, &mut self.console);
        }
        self.console.tick(session, self.clock.now_ns());
        if let Some(query) = &mut self.query {
            query.tell_changes(&mut self.console);
        }
        self.send();
    }

    /// Answers what messages of the session are about.
    pub fn heed(&mut self, messages: &[Message]) {
        self.console.heed(messages);
        self.send();
    }

    fn send(&mut self) {
        for (peer, packet) in self.console.outgoing() {
            // Who cannot be reached is counted; it gets all that stands when it speaks again.
            match (peer.via, &mut self.query) {
                (Via::Web { client, .. }, Some(query)) => query.send(client, &packet),
                _ => _ = self.server.send(peer, &packet),
            }
        }
    }

    /// What went wrong since it was last said, in the user's words, each kind with its number; at most every five
    /// seconds.
    pub fn problems(&mut self) -> Vec<String> {
        let asked = self.query.as_ref().map(Query::counts).unwrap_or_default();
        let now = (self.server.counts(), self.console.counts(), asked);
        let now_ns = self.clock.now_ns();
        if self.told_ns.is_some_and(|told| now_ns < told + QUIET_NS) || now == self.told {
            return Vec::new();
        }
        let (before, heed, before_asked) = core::mem::replace(&mut self.told, now);
        let fault = self
            .server
            .take_fault()
            .map_or(String::new(), |f| format!("; the last, from {}: {}", f.from.address, f.kind));
        let refused = self.console.take_refused().map_or(String::new(), |why| format!("; the last, {why}"));
        let kinds = [
            (now.0.malformed - before.malformed, "packets not understood", fault.as_str()),
            (now.0.shed - before.shed, "packets that came faster than they could be taken", ""),
            (now.0.far - before.far, "packets or connections from outside the local network, not taken", ""),
            (now.0.refused - before.refused, "connections too many, closed", ""),
            (now.1.refused - heed.refused, "messages refused", refused.as_str()),
            (now.1.shed - heed.shed, "messages for later without room", ""),
            (now.1.left_out - heed.left_out, "answers without room", ""),
            (now.1.late - heed.late, "messages after their time, carried out at once", ""),
            (now.2.bad() - before_asked.bad(), "requests or messages of OSCQuery refused", ""),
            (now.2.slow - before_asked.slow, "clients of OSCQuery that did not read, dropped", ""),
        ];
        let said: Vec<String> = kinds
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, what, more)| format!("OSC, {what}: {n}{more}"))
            .collect();
        if !said.is_empty() {
            self.told_ns = Some(now_ns);
        }
        said
    }
}
