//! Sends by OSC what scripts and nodes want to leave, at its time.

use super::frames::{FrameClock, Reading};
use crate::play::outs::Leaving;
use crate::session::Session;
use bf_io::HostClock;
use bf_io::osc::{Argument, Encoder, Listen, MTU_PACKET, Peer, Reach, Server, TimeTag};
use bf_patch::Name;
use bf_pattern::Value;
use bf_script::Destination;
use std::collections::HashMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The address of SuperDirt, which plays by time tags: what goes there is sent ahead by so much.
const DIRT: &str = "/dirt/play";
const DIRT_LEAD_SECS: f64 = 0.2;
/// Everything else is sent when it is due, within a round of the control thread.
const LEAD_SECS: f64 = 0.004;
/// How often nodes send what they hear.
const EVERY_NS: u64 = 1_000_000_000_u64.div_ceil(60);
/// Two readings of clocks further apart than this are read again.
const READ_NS: u64 = 20_000;
/// Hosts that are remembered.
const HOSTS: usize = 64;

/// A node that sends: its path, host and port, and the address.
type Sender = (Name, String, String);

/// What leaves a set by OSC.
pub struct Outlet {
    clock: HostClock,
    frames: FrameClock,
    rate: f64,
    server: Option<Server>,
    hosts: HashMap<String, Host>,
    /// What each `osc_send` node has sent last.
    shown: HashMap<Sender, f32>,
    told_ns: u64,
    /// Messages that were sent.
    pub sent: u64,
    /// Messages that could not be sent.
    pub unsent: u64,
}

/// The address of a host and port, once it is known.
enum Host {
    Known(SocketAddr),
    Asked(Receiver<Option<SocketAddr>>),
    Nowhere,
}

impl Outlet {
    /// An outlet of a set; `clock` is that of its device's readings.
    pub fn new(session: &Session, clock: HostClock) -> Outlet {
        let rate = session.sample_rate();
        Outlet {
            clock,
            frames: FrameClock::new(rate),
            rate: f64::from(rate),
            server: None,
            hosts: HashMap::new(),
            shown: HashMap::new(),
            told_ns: 0,
            sent: 0,
            unsent: 0,
        }
    }

    /// Sends what is due. Never waits.
    pub fn poll(&mut self, session: &mut Session, readings: &[Reading]) {
        readings.iter().for_each(|reading| self.frames.observe(*reading));
        self.leave(session);
        let now_ns = self.clock.now_ns();
        if now_ns >= self.told_ns + EVERY_NS {
            self.told_ns = now_ns;
            self.nodes(session);
        }
    }

    fn leave(&mut self, session: &mut Session) {
        let status = steady(session);
        let beats = |secs: f64| secs * status.bpm / 60.0;
        let is_dirt = |to: &Destination| matches!(to, Destination::Osc { address, .. } if address == DIRT);
        let is_other = |to: &Destination| matches!(to, Destination::Osc { address, .. } if address != DIRT);
        let mut all = session.take_leaving(status.beat + beats(DIRT_LEAD_SECS), &is_dirt);
        all.extend(session.take_leaving(status.beat + beats(LEAD_SECS), &is_other));
        let cps = status.bpm / 60.0 / f64::from(session.set().main.signature.max(1));
        for leaving in all {
            let frame = status.frame as f64 + (leaving.beat.to_f64() - status.beat) * 60.0 / status.bpm * self.rate;
            let cycle = session.cycle_at(leaving.beat.to_f64());
            self.send(&leaving, self.tag(frame), (cps, cycle));
        }
    }

    /// The wall-clock time of a frame.
    fn tag(&self, frame: f64) -> TimeTag {
        let (now_ns, wall) = self.now();
        let at = self.frames.time_ns(frame).unwrap_or(now_ns);
        TimeTag::from_unix(wall).plus_ns(at.wrapping_sub(now_ns).cast_signed())
    }

    /// Both clocks at once: where the thread was held up in between, they are read again.
    fn now(&self) -> (u64, Duration) {
        let mut tries = 3;
        loop {
            let before = self.clock.now_ns();
            let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let after = self.clock.now_ns();
            tries -= 1;
            if after - before < READ_NS || tries == 0 {
                return (before + (after - before) / 2, wall);
            }
        }
    }

    fn send(&mut self, leaving: &Leaving, at: TimeTag, (cps, cycle): (f64, f64)) {
        let Destination::Osc { to, address } = &leaving.to else { return };
        let texts: Vec<(String, Said)> = said(leaving, address == DIRT, (cps, cycle));
        let arguments: Vec<Argument<'_>> =
            texts.iter().flat_map(|(name, said)| [Argument::Str(name), said.argument()]).collect();
        let mut encoder = Encoder::new(MTU_PACKET);
        let written = encoder.open(at).and_then(|()| encoder.message(address, &arguments));
        match written {
            Ok(()) => self.packet(to, encoder.bytes()),
            Err(_) => self.unsent += 1,
        }
    }

    fn packet(&mut self, to: &str, packet: &[u8]) {
        let Some(peer) = self.host(to).map(Peer::udp) else {
            self.unsent += 1;
            return;
        };
        if self.server.is_none() {
            let nowhere = Listen { udp: None, tcp: None, reach: Reach::Machine };
            self.server = Server::open(&nowhere, self.clock).ok();
        }
        let sent = self.server.as_ref().is_some_and(|server| server.send(peer, packet).is_ok());
        self.sent += u64::from(sent);
        self.unsent += u64::from(!sent);
    }

    /// Where a host is. Names are looked up beside everything else: what is sent until they are known is lost.
    fn host(&mut self, to: &str) -> Option<SocketAddr> {
        if !self.hosts.contains_key(to) {
            if self.hosts.len() >= HOSTS {
                self.hosts.clear();
            }
            let local = to.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
            let known = local.as_deref().unwrap_or(to).parse().ok();
            let host = known.map_or_else(|| ask(to.to_owned()), Host::Known);
            self.hosts.insert(to.to_owned(), host);
        }
        let host = self.hosts.get_mut(to)?;
        if let Host::Asked(answer) = host
            && let Ok(found) = answer.try_recv()
        {
            *host = found.map_or(Host::Nowhere, Host::Known);
        }
        if let Host::Known(at) = host { Some(*at) } else { None }
    }

    /// What `osc_send` nodes hear, where it has changed.
    fn nodes(&mut self, session: &mut Session) {
        let owned = |(path, to, address): (&Name, &str, &str)| (path.clone(), to.to_owned(), address.to_owned());
        let senders: Vec<Sender> = session.sending_nodes().map(owned).collect();
        self.shown.retain(|sender, _| senders.contains(sender));
        for sender in senders {
            let Some(probe) = session.controller().probe(sender.0.as_str()) else { continue };
            let value = probe.get(0);
            if self.shown.get(&sender).is_some_and(|shown| shown.to_bits() == value.to_bits()) {
                continue;
            }
            match bf_io::osc::encode(&sender.2, &[Argument::Float(value)]) {
                Ok(packet) => self.packet(&sender.1, &packet),
                Err(_) => self.unsent += 1,
            }
            self.shown.insert(sender, value);
        }
    }
}

/// A frame and the beat of that frame: a reading between two blocks, where there is one.
fn steady(session: &mut Session) -> bf_engine::Status {
    let shared = session.controller().shared();
    let (first, second) = (shared.status(), shared.status());
    if first.frame == second.frame { second } else { shared.status() }
}

/// Looks a name up on a thread of its own.
fn ask(to: String) -> Host {
    let (found, answer) = sync_channel(1);
    let look = move || {
        // Who asked may be gone.
        let _gone = found.send(to.to_socket_addrs().ok().and_then(|mut all| all.next()));
    };
    match std::thread::Builder::new().name("bf-host".into()).spawn(look) {
        Ok(_) => Host::Asked(answer),
        Err(_) => Host::Nowhere,
    }
}

/// What a message says.
enum Said {
    Number(f32),
    Whole(i32),
    Text(String),
}

impl Said {
    fn argument(&self) -> Argument<'_> {
        match self {
            Said::Number(n) => Argument::Float(*n),
            Said::Whole(n) => Argument::Int(*n),
            Said::Text(text) => Argument::Str(text),
        }
    }
}

/// Names and values in turn. To SuperDirt with what it wants to know of the cycle, and notes as MIDI numbers.
fn said(leaving: &Leaving, dirt: bool, (cps, cycle): (f64, f64)) -> Vec<(String, Said)> {
    let mut all = Vec::new();
    if dirt {
        let delta = leaving.cycles.to_f64() / cps.max(1e-6);
        let facts = [("cps", cps), ("cycle", cycle), ("delta", delta)];
        all.extend(facts.map(|(name, value)| (name.to_owned(), Said::Number(value as f32))));
    }
    for (name, value) in &leaving.controls {
        match (name.as_str(), value) {
            ("note", value) if dirt => {
                let pitch = value.pitch().map(|pitch| Said::Number(pitch as f32));
                all.extend(pitch.map(|pitch| ("midinote".to_owned(), pitch)));
            }
            // `bd:3` is the fourth of the sounds called `bd`.
            ("s", Value::List(list)) => {
                all.extend(list.first().map(|sound| ("s".to_owned(), Said::Text(sound.to_string()))));
                let n = list.get(1).and_then(Value::number);
                all.extend(n.map(|n| ("n".to_owned(), Said::Number(n as f32))));
            }
            ("orbit", value) if dirt => {
                // Counted from 0 there, from 1 here.
                let orbit = value.number().map(|n| Said::Whole((n as i32 - 1).max(0)));
                all.extend(orbit.map(|orbit| (name.clone(), orbit)));
            }
            (_, Value::Num(n)) => all.push((name.clone(), Said::Number(*n as f32))),
            (_, Value::Bool(on)) => all.push((name.clone(), Said::Whole(i32::from(*on)))),
            (_, Value::Text(text)) => {
                let said =
                    value.number().map_or_else(|| Said::Text(text.replace('\0', "")), |n| Said::Number(n as f32));
                all.push((name.clone(), said));
            }
            (_, list) => all.push((name.clone(), Said::Text(list.to_string().replace('\0', "")))),
        }
    }
    all
}
