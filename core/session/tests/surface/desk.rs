//! A set with a console on a clock of our own: no sockets, no waiting.

use crate::stand::Stand;
use bf_io::osc::{Argument, Arrival, Encoder, MAX_PACKET, Peer, TimeTag, decode, encode};
use bf_session::surface::{Atom, Console, Reading, RemoteEdits};
use std::time::Duration;

pub(crate) const RATE: f64 = 48_000.0;
/// 2026, so that time tags are as large as they are.
const WALL_SECS: u64 = 1_790_000_000;

/// A message that came out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub to: Peer,
    pub address: String,
    pub args: Vec<Atom>,
}

/// A set that is rendered block by block beside a console.
pub(crate) struct Desk {
    pub stand: Stand,
    pub console: Console,
    pub now_ns: u64,
    /// How much faster the device's clock runs than the machine's, and by how much readings are off.
    pub ppm: f64,
    pub jitter: Box<dyn FnMut() -> i64>,
    pub sound: Vec<f32>,
}

pub(crate) fn near() -> Peer {
    Peer::udp("127.0.0.1:5000".parse().unwrap())
}

pub(crate) fn far() -> Peer {
    Peer::udp("192.168.1.7:5000".parse().unwrap())
}

pub(crate) fn tag(ns: u64) -> TimeTag {
    TimeTag::from_unix(Duration::from_secs(WALL_SECS) + Duration::from_nanos(ns))
}

/// Messages in a bundle.
pub(crate) fn bundle(at: TimeTag, messages: &[(&str, &[Argument<'_>])]) -> Vec<u8> {
    let mut encoder = Encoder::new(MAX_PACKET);
    encoder.open(at).unwrap();
    for (address, arguments) in messages {
        encoder.message(address, arguments).unwrap();
    }
    encoder.bytes().to_vec()
}

impl Desk {
    pub(crate) fn new(files: &[(&str, &str)]) -> Desk {
        Desk::with(files, RemoteEdits::No, Vec::new())
    }

    pub(crate) fn with(files: &[(&str, &str)], edits: RemoteEdits, targets: Vec<std::net::SocketAddr>) -> Desk {
        let stand = Stand::new(64, files);
        let console = Console::new(&stand.session, edits, targets);
        let now_ns = 1_000_000_000;
        Desk { stand, console, now_ns, ppm: 0.0, jitter: Box::new(|| 0), sound: Vec::new() }
    }

    /// A packet that comes now.
    pub(crate) fn packet(&mut self, from: Peer, bytes: &[u8]) {
        let arrival = Arrival { host_ns: self.now_ns, wall: tag(self.now_ns) };
        self.console.take(&mut self.stand.session, decode(bytes).unwrap(), from, arrival);
    }

    pub(crate) fn send(&mut self, from: Peer, address: &str, arguments: &[Argument<'_>]) {
        self.packet(from, &encode(address, arguments).unwrap());
    }

    /// Does what is due now.
    pub(crate) fn tick(&mut self) {
        self.stand.session.poll();
        self.console.tick(&mut self.stand.session, self.now_ns);
        let messages = self.stand.session.messages();
        self.console.heed(&messages);
    }

    /// Lets blocks go by; the device asks for two at a time.
    pub(crate) fn blocks(&mut self, count: usize) {
        for _ in 0..count {
            let frame = self.stand.engine.frame();
            if frame.is_multiple_of(128) {
                let host_ns = self.now_ns.saturating_add_signed((self.jitter)());
                self.console.observe(Reading { host_ns, frame, lost: false });
            }
            self.tick();
            self.sound.extend_from_slice(self.stand.engine.block_now()[0]);
            self.now_ns += (64.0 / RATE / (1.0 + self.ppm * 1e-6) * 1e9).round() as u64;
        }
        self.tick();
    }

    pub(crate) fn secs(&mut self, secs: f64) {
        self.blocks((secs * RATE / 64.0).ceil() as usize);
    }

    /// What was sent so far.
    pub(crate) fn told(&mut self) -> Vec<Told> {
        let mut all = Vec::new();
        for (to, packet) in self.console.outgoing() {
            for timed in decode(&packet).unwrap().messages() {
                let args = timed.message.arguments().map(atom).collect();
                all.push(Told { to, address: timed.message.address().to_owned(), args });
            }
        }
        all
    }

    /// The same but for how the transport goes on.
    pub(crate) fn news(&mut self) -> Vec<Told> {
        self.told().into_iter().filter(|told| !told.address.starts_with("/bf/transport/")).collect()
    }

    /// What was said to be wrong.
    pub(crate) fn errors(&mut self) -> Vec<String> {
        let errors = self.told().into_iter().filter(|t| t.address == "/bf/error");
        errors.map(|t| if let Atom::Text(text) = &t.args[0] { text.to_string() } else { String::new() }).collect()
    }

    /// What the set says of a hand on a param.
    pub(crate) fn hand(&self, socket: &str) -> Option<bf_node::Value> {
        self.stand.session.set().main.overrides.get(&bf_patch::Socket::parse(socket).unwrap()).cloned()
    }

    pub(crate) fn value(&self, address: &str) -> Atom {
        self.console.tree().find(address).unwrap_or_else(|| panic!("no {address}")).value[0].clone()
    }
}

fn atom(argument: Argument<'_>) -> Atom {
    match argument {
        Argument::Int(value) => Atom::Int(value),
        Argument::Bool(value) => Atom::Bool(value),
        Argument::Str(text) => Atom::from(text),
        Argument::Float(value) => Atom::Float(value),
        Argument::Nil => Atom::from("nil"),
        other => panic!("{other}"),
    }
}
