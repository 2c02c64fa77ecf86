//! OSCQuery: what a set has, for programs that ask; what changes, for those that listen; and the way to be found.
//!
//! *Source*: the OSCQuery proposal (Vidvox).

mod command;
mod json;

use crate::session::Session;
use crate::surface::{Change, Console, Entry};
use bf_io::HostClock;
use bf_io::osc::{Peer, Reach, SendError, Via, decode, encode};
use bf_io::query::{Answer, Asked, ClientId, QueryServer, Question};
use command::Command;
use json::Attribute;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

pub use bf_io::query::{Announcement, Announcements, QueryCounts, QueryError};

/// Questions and messages that are taken at a time: the set goes on in between.
const AT_ONCE: usize = 256;
/// Addresses from which on a tree is kept for those who ask again.
const LARGE: usize = 4_000;
/// How long it is kept, for each address of it: a hundredth of the control thread's time goes into it.
const KEEP_NS: u64 = 100_000;

/// How a set is to be asked.
#[derive(Clone, Debug)]
pub struct QueryRequest {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whom it hears.
    pub reach: Reach,
    /// The clock that stamps audio callbacks, too.
    pub clock: HostClock,
    /// The set's name.
    pub name: String,
    /// The UDP port at which it takes OSC.
    pub osc: Option<u16>,
}

/// A port at which a set is asked, over HTTP and WebSockets. No call waits for the network.
pub struct Query {
    server: QueryServer,
    clock: HostClock,
    host: Arc<str>,
    inbox: Vec<Asked>,
    clients: BTreeMap<ClientId, Peer>,
    /// The whole tree as it was last asked for, where it is large.
    kept: Option<(u64, Arc<Whole>)>,
}

/// A tree that is asked for again and again.
struct Whole {
    entries: Vec<Entry>,
    /// Made by the first of the threads that need it.
    json: OnceLock<String>,
}

impl Query {
    /// Listens.
    ///
    /// # Errors
    /// A port is in use or not allowed, or the system refuses otherwise.
    pub fn open(request: &QueryRequest) -> Result<Query, QueryError> {
        let server = QueryServer::open(request.listen, request.reach, request.clock)?;
        let host = json::host(&request.name, request.osc).into();
        let (inbox, clients) = (Vec::new(), BTreeMap::new());
        Ok(Query { server, clock: request.clock, host, inbox, clients, kept: None })
    }

    /// Where it listens, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What was counted.
    pub fn counts(&self) -> QueryCounts {
        self.server.counts()
    }

    /// Answers what has been asked, carries out what has been said, and tells what has changed. Never waits.
    pub(crate) fn poll(&mut self, session: &mut Session, console: &mut Console) {
        let mut inbox = std::mem::take(&mut self.inbox);
        self.server.drain(&mut inbox, AT_ONCE);
        for asked in inbox.drain(..) {
            match asked {
                Asked::Question(question, reply) => {
                    let answer = self.answer(&question, console);
                    reply.with(answer);
                }
                Asked::Opened { client, address, browser } => {
                    let peer = Peer { address, via: Via::Web { client, page: browser } };
                    console.attend(peer, self.clock.now_ns());
                    self.clients.insert(client, peer);
                }
                Asked::Text(client, text) => self.heed(client, &text, console),
                Asked::Packet(client, packet, arrival) => {
                    if let Some(peer) = self.clients.get(&client) {
                        // It may have been forgotten for another, after a long silence.
                        console.attend(*peer, arrival.host_ns);
                        console.take(session, packet.view(), *peer, arrival);
                    }
                }
                Asked::Closed(client) => {
                    if let Some(peer) = self.clients.remove(&client) {
                        console.closed(session, peer);
                    }
                }
            }
        }
        self.inbox = inbox;
        self.tell_changes(console);
    }

    /// Tells how the addresses have changed. What is told of the new ones comes after it.
    pub(crate) fn tell_changes(&mut self, console: &mut Console) {
        let changes = console.take_changes();
        if !changes.is_empty() {
            self.kept = None;
            self.tell(&changes);
        }
    }

    fn heed(&self, client: ClientId, text: &str, console: &mut Console) {
        let Some(peer) = self.clients.get(&client) else { return };
        match Command::read(text) {
            // Nothing is said to a wish for an address that is not there: the proposal has no word for it.
            Some(Command::Listen(address)) => _ = console.listen(*peer, &address),
            Some(Command::Ignore(address)) => console.ignore(*peer, &address),
            None => {}
        }
    }

    fn tell(&self, changes: &[Change]) {
        for text in command::of(changes) {
            for client in self.clients.keys() {
                self.drop_if_slow(*client, self.server.tell(*client, &text));
            }
        }
    }

    /// Sends a packet to a client. A message that is alone goes without a bundle around it, which some do not read.
    pub(crate) fn send(&self, client: ClientId, packet: &[u8]) {
        let alone = || {
            let decoded = decode(packet).ok()?;
            let mut messages = decoded.messages();
            let (first, None) = (messages.next()?, messages.next()) else { return None };
            let arguments: Vec<_> = first.message.arguments().collect();
            encode(first.message.address(), &arguments).ok()
        };
        let sent = match alone() {
            Some(message) => self.server.send(client, &message),
            None => self.server.send(client, packet),
        };
        self.drop_if_slow(client, sent);
    }

    /// One that has missed something is better gone: it comes back and asks for all.
    fn drop_if_slow(&self, client: ClientId, sent: Result<(), SendError>) {
        if matches!(sent, Err(SendError::Full)) {
            self.server.disconnect(client);
        }
    }

    /// What answers a question, on whatever thread.
    fn answer(&mut self, question: &Question, console: &Console) -> Box<dyn FnOnce() -> Answer + Send> {
        let path = question.path.trim_end_matches('/').to_owned();
        let attribute = match question.attribute.as_deref().map(Attribute::named) {
            None => None,
            Some(Ok(Attribute::HostInfo)) => {
                let body = Arc::clone(&self.host);
                return Box::new(move || Answer { status: 200, body: body.to_string() });
            }
            Some(Ok(attribute)) => Some(attribute),
            Some(Err(status)) => return Box::new(move || json::status(status)),
        };
        let tree = console.tree();
        if path.is_empty() && attribute.is_none() && tree.entries().len() >= LARGE {
            let whole = self.whole(tree.entries());
            return Box::new(move || {
                let body = whole.json.get_or_init(|| json::body("", &whole.entries, None).body).clone();
                Answer { status: 200, body }
            });
        }
        let entries = match tree.under(&path) {
            [] => tree.find(&path).map(|entry| vec![entry.clone()]).unwrap_or_default(),
            entries => entries.to_vec(),
        };
        // An address that is not listed is known by the one that is.
        let path = match &entries[..] {
            [one] if !one.address.starts_with(&path) => one.address.to_string(),
            _ => path,
        };
        Box::new(move || json::body(&path, &entries, attribute))
    }

    /// A large tree, made anew no more often than its size allows.
    fn whole(&mut self, entries: &[Entry]) -> Arc<Whole> {
        let now_ns = self.clock.now_ns();
        match &self.kept {
            Some((until_ns, whole)) if now_ns < *until_ns => Arc::clone(whole),
            _ => {
                let whole = Arc::new(Whole { entries: entries.to_vec(), json: OnceLock::new() });
                self.kept = Some((now_ns + KEEP_NS * entries.len() as u64, Arc::clone(&whole)));
                whole
            }
        }
    }
}
