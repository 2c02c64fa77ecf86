//! MIDI ports of our own on the JACK server, connected to those that answer to wishes.
//!
//! The server's frames are the clock of its ports: messages carry frames, and a drift filter on this side of the rings
//! maps them to the host's clock and back, so that a message is told on its frame however unevenly cycles begin.

mod process;

use super::{MidiError, News, Owner, PortInfo, Received, Way, Wishes, answers};
use crate::HostClock;
use crate::midi::Packet;
use crate::osc::Drift;
use ::jack::{AsyncClient, Client, ClientOptions, MidiIn, MidiOut, PortFlags};
use process::{Arrived, Line, Notify, Outgoing, Process, Way as Ring};
use rtrb::{Consumer, Producer, RingBuffer};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Messages and readings that wait to be taken, and messages that wait to be sent.
const ROOM: usize = 16_384;
/// A server that has not called between so many looks, 2 s, is gone.
const IDLE_LOOKS: u32 = 4;
/// So many looks, 1 s, nobody asks for a server after one has died.
const PAUSE_LOOKS: u32 = 2;
const MIDI_TYPE: &str = "8 bit raw midi";

/// What a client that has begun hands to the control side.
struct Begun {
    rate: f64,
    arrived: Consumer<Arrived>,
    outgoing: Producer<Outgoing>,
    lost: Arc<AtomicU64>,
}

/// The control side.
pub(super) struct Jack {
    begun: Receiver<Begun>,
    live: Option<Live>,
    lost: u64,
}

struct Live {
    begun: Begun,
    drift: Drift,
    /// The frame of the last reading, counted beyond 32 bits; 0 before the first.
    frame: u64,
}

/// Both sides of a client to be.
pub(super) fn pair(name: &str, clock: HostClock) -> (Jack, Keeper) {
    let (to_control, begun) = sync_channel(4);
    let jack = Jack { begun, live: None, lost: 0 };
    let keeper =
        Keeper { name: name.to_owned(), clock, to_control, client: None, pause: 0, connected: BTreeSet::new() };
    (jack, keeper)
}

impl Live {
    /// The frame beyond 32 bits that is nearest to the last reading.
    fn whole(&self, frame: u32) -> u64 {
        if self.frame == 0 {
            // 2^32 frames are added so that one before the first is a frame, too.
            return (1 << 32) + u64::from(frame);
        }
        let apart = frame.wrapping_sub(self.frame as u32).cast_signed();
        self.frame.saturating_add_signed(i64::from(apart))
    }
}

impl Jack {
    fn renew(&mut self) {
        for begun in self.begun.try_iter() {
            let lost = self.live.take().map_or(0, |live| live.begun.lost.load(Ordering::Relaxed));
            self.lost += lost;
            self.live = Some(Live { drift: Drift::new(begun.rate), begun, frame: 0 });
        }
    }

    pub(super) fn receive(&mut self, each: &mut impl FnMut(Received)) {
        self.renew();
        let Some(live) = &mut self.live else { return };
        while let Ok(arrived) = live.begun.arrived.pop() {
            let frame = live.whole(arrived.frame);
            match arrived.what {
                Ring::Reading { host_ns } => {
                    live.frame = frame;
                    live.drift.observe(host_ns, frame as f64);
                }
                Ring::Message { wish, message } => {
                    // Readings come before the messages of their cycle.
                    let at_ns = live.drift.time_ns(frame as f64).unwrap_or(0);
                    each(Received { wish, at_ns, message });
                }
            }
        }
    }

    pub(super) fn send(&mut self, wish: u8, at_ns: u64, packet: Packet) -> bool {
        self.renew();
        // Without a server there is nobody to send to.
        let Some(live) = &mut self.live else { return true };
        // Before the first reading there is no time but at once.
        let frame = live.drift.position(at_ns).map(|at| at.round().max(0.0) as u64 as u32);
        let sent = live.begun.outgoing.push(Outgoing { wish, frame, packet }).is_ok();
        self.lost += u64::from(!sent);
        sent
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost + self.live.as_ref().map_or(0, |live| live.begun.lost.load(Ordering::Relaxed))
    }
}

/// Opens a client and connects its ports.
pub(super) struct Keeper {
    name: String,
    clock: HostClock,
    to_control: SyncSender<Begun>,
    client: Option<Running>,
    /// Looks until a server is asked again after one has died.
    pause: u32,
    /// Ours and theirs.
    connected: BTreeSet<(Way, u8, String)>,
}

struct Running {
    client: AsyncClient<Notify, Process>,
    ended: Arc<AtomicBool>,
    /// Calls of the server so far, as last seen, and how many looks have seen no more.
    cycles: Arc<AtomicU64>,
    seen: u64,
    idle: u32,
    lines: Producer<Line>,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Keeper {
    pub(super) fn look(&mut self, wishes: &Wishes, tell: &mut impl FnMut(News)) -> Result<(), MidiError> {
        if wishes.is_empty() && self.connected.is_empty() {
            return Ok(());
        }
        if self.client.as_mut().is_some_and(Running::has_ended) {
            // With the next client that opens, the library itself closes and frees those whose server has died: it would
            // be freed twice. It does so to any client while it knows of the death, so let all hear of it first.
            core::mem::forget(self.client.take());
            self.pause = PAUSE_LOOKS;
            for (way, wish, name) in core::mem::take(&mut self.connected) {
                tell(News::Gone { port: PortInfo { owner: Owner::Jack, way, name }, wish });
            }
        }
        if self.pause > 0 {
            self.pause -= 1;
            return Err(MidiError::NoJack);
        }
        let running = match &mut self.client {
            Some(running) => running,
            none => none.insert(begin(&self.name, self.clock, &self.to_control)?),
        };
        running.register(wishes);
        self.connect(wishes, tell);
        Ok(())
    }

    fn connect(&mut self, wishes: &Wishes, tell: &mut impl FnMut(News)) {
        let Some(running) = &self.client else { return };
        let client = running.client.as_client();
        let mut there = BTreeSet::new();
        for (way, names, ours) in
            [(Way::In, &wishes.inputs, &running.inputs), (Way::Out, &wishes.outputs, &running.outputs)]
        {
            let theirs = theirs(client, way);
            for ((wish, wanted), ours) in (0u8..).zip(names).zip(ours) {
                for port in theirs.iter().filter(|port| answers_on_jack(client, port, wanted)) {
                    let key = (way, wish, port.clone());
                    there.insert(key.clone());
                    if self.connected.contains(&key) {
                        continue;
                    }
                    let (from, to) = if way == Way::In { (port, ours) } else { (ours, port) };
                    let info = PortInfo { owner: Owner::Jack, way, name: port.clone() };
                    // The other side may have been faster.
                    let is_connected =
                        || client.port_by_name(ours).is_some_and(|p| p.is_connected_to(port).unwrap_or(false));
                    match client.connect_ports_by_name(from, to) {
                        _ if is_connected() => {
                            self.connected.insert(key);
                            tell(News::Connected { port: info, wish: wanted.clone() });
                        }
                        Ok(()) => {}
                        Err(e) => {
                            let (port, why, there) = (info.name, e.to_string(), theirs.clone());
                            tell(News::Fault(MidiError::Refused { way, port, why, there }));
                        }
                    }
                }
            }
        }
        self.connected.retain(|key| {
            let stays = there.contains(key);
            let (way, wish, name) = key;
            let port = PortInfo { owner: Owner::Jack, way: *way, name: name.clone() };
            if !stays && client.port_by_name(name).is_some() {
                let ours = if *way == Way::In { &running.inputs } else { &running.outputs };
                if let Some(ours) = ours.get(usize::from(*wish)) {
                    let (from, to) = if *way == Way::In { (name, ours) } else { (ours, name) };
                    // Where the other side was faster, it is as it should be.
                    let _ = client.disconnect_ports_by_name(from, to);
                }
                tell(News::Let { port, wish: *wish });
            } else if !stays {
                tell(News::Gone { port, wish: *wish });
            }
            stays
        });
    }
}

/// Other programs' ports that messages come from (`Way::In`) or go to.
fn theirs(client: &Client, way: Way) -> Vec<String> {
    let flags = if way == Way::In { PortFlags::IS_OUTPUT } else { PortFlags::IS_INPUT };
    let own = format!("{}:", client.name());
    let mut ports = client.ports(None, Some(MIDI_TYPE), flags);
    ports.retain(|port| !port.starts_with(&own));
    ports
}

/// Without a name only the machine's own ports are meant: other programs wait to be asked.
fn answers_on_jack(client: &Client, port: &str, wish: &str) -> bool {
    let physical = || client.port_by_name(port).is_some_and(|p| p.flags().contains(PortFlags::IS_PHYSICAL));
    answers(port, wish) && (!wish.is_empty() || physical())
}

fn open(name: &str) -> Result<Client, MidiError> {
    Client::new(name, ClientOptions::NO_START_SERVER).map(|(client, _)| client).map_err(|_| MidiError::NoJack)
}

pub(super) fn list() -> Result<Vec<PortInfo>, MidiError> {
    let client = open("beatforge-list")?;
    let of = |way| theirs(&client, way).into_iter().map(move |name| PortInfo { owner: Owner::Jack, way, name });
    Ok(of(Way::In).chain(of(Way::Out)).collect())
}

fn begin(name: &str, clock: HostClock, to_control: &SyncSender<Begun>) -> Result<Running, MidiError> {
    // A colon parts client from port, and a C string ends at its first zero.
    let name: String = name.chars().filter(|c| !matches!(c, ':' | '\0')).take(32).collect();
    let client = open(&name)?;
    let rate = f64::from(client.sample_rate());
    let (to_us, arrived) = RingBuffer::new(ROOM);
    let (outgoing, to_send) = RingBuffer::new(ROOM);
    let (lines, new_lines) = RingBuffer::new(2 * super::MOST_WISHES);
    let (ended, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let process = Process::new(clock, (to_us, to_send, new_lines), Arc::clone(&lost));
    let cycles = process.cycles();
    let client = client.activate_async(Notify::new(Arc::clone(&ended)), process).map_err(|_| MidiError::NoJack)?;
    let _ = to_control.try_send(Begun { rate, arrived, outgoing, lost });
    Ok(Running { client, ended, cycles, seen: 0, idle: 0, lines, inputs: Vec::new(), outputs: Vec::new() })
}

impl Running {
    /// Whether the server has said that it ends, or does not call any more: one that dies while a client opens may
    /// forget to say so.
    fn has_ended(&mut self) -> bool {
        let cycles = self.cycles.load(Ordering::Relaxed);
        self.idle = if cycles == self.seen { self.idle + 1 } else { 0 };
        self.seen = cycles;
        self.ended.load(Ordering::Acquire) || self.idle >= IDLE_LOOKS
    }

    /// A port for each wish that has none yet.
    fn register(&mut self, wishes: &Wishes) {
        let client = self.client.as_client();
        while self.inputs.len() < wishes.inputs.len() {
            let wish = self.inputs.len();
            let Ok(port) = client.register_port(&format!("midi_in_{}", wish + 1), MidiIn::default()) else { break };
            self.inputs.push(port.name().unwrap_or_default());
            let _ = self.lines.push(Line::In(wish as u8, port));
        }
        while self.outputs.len() < wishes.outputs.len() {
            let wish = self.outputs.len();
            let Ok(port) = client.register_port(&format!("midi_out_{}", wish + 1), MidiOut::default()) else { break };
            self.outputs.push(port.name().unwrap_or_default());
            let _ = self.lines.push(Line::Out(wish as u8, port));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi::Message;

    const RATE: f64 = 48_000.0;

    /// A server whose frames begin near the end of 32 bits, and whose readings jitter by half a millisecond.
    struct Fake {
        jack: Jack,
        arrived: Producer<Arrived>,
        outgoing: Consumer<Outgoing>,
        cycle: u64,
        random: u64,
    }

    const FIRST: u32 = u32::MAX - 10_000;
    const START_NS: f64 = 9e9;

    impl Fake {
        fn new() -> Fake {
            let (to_control, begun) = sync_channel(4);
            let (arrived, from_server) = RingBuffer::new(ROOM);
            let (to_server, outgoing) = RingBuffer::new(ROOM);
            let lost = Arc::default();
            to_control.try_send(Begun { rate: RATE, arrived: from_server, outgoing: to_server, lost }).unwrap();
            Fake { jack: Jack { begun, live: None, lost: 0 }, arrived, outgoing, cycle: 0, random: 7 }
        }

        fn frame(&self) -> u32 {
            FIRST.wrapping_add(self.cycle as u32 * 256)
        }

        /// A cycle of 256 frames with a message at one of them; answers the time at which that truly was.
        fn cycle(&mut self, at: u32) -> f64 {
            self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let late = (self.random >> 40) as f64 / (1 << 24) as f64 * 0.5e6;
            let true_ns = START_NS + self.cycle as f64 * 256.0 / RATE * 1e9;
            let frame = self.frame();
            let reading = Ring::Reading { host_ns: (true_ns + late) as u64 };
            self.arrived.push(Arrived { frame, what: reading }).unwrap();
            let what = Ring::Message { wish: 0, message: Message::Clock };
            self.arrived.push(Arrived { frame: frame.wrapping_add(at), what }).unwrap();
            self.cycle += 1;
            true_ns + f64::from(at) / RATE * 1e9
        }
    }

    #[test]
    fn frames_and_times_are_mapped_both_ways_also_where_frames_begin_anew() {
        let mut fake = Fake::new();
        let (mut worst, mut apart): (f64, f64) = (0.0, 0.0);
        let mut last: Option<(f64, f64)> = None;
        for i in 0..4_000u32 {
            let truth = fake.cycle(i * 37 % 256);
            let mut got = None;
            fake.jack.receive(&mut |received| got = Some(received.at_ns as f64));
            let got = got.unwrap();
            if i > 1_000 {
                // Readings are a quarter of a millisecond late on average, all alike.
                worst = worst.max((got - truth - 0.25e6).abs());
                if let Some((before, true_before)) = last {
                    apart = apart.max(((got - before) - (truth - true_before)).abs());
                }
            }
            last = Some((got, truth));
        }
        assert!(worst < 30_000.0 && apart < 10_000.0, "{worst} ns, {apart} ns apart");
        // What goes out 50 ms from now does so on the frame of that time.
        let now = START_NS + fake.cycle as f64 * 256.0 / RATE * 1e9 + 0.25e6;
        assert!(fake.jack.send(2, (now + 50e6) as u64, Message::Start.packet()));
        let out = fake.outgoing.pop().unwrap();
        let due = fake.frame().wrapping_add(2_400);
        assert!(
            out.wish == 2 && out.frame.unwrap().wrapping_sub(due).cast_signed().abs() <= 1,
            "{:?} {due}",
            out.frame
        );
    }

    #[test]
    fn before_the_first_reading_everything_is_at_once() {
        let mut fake = Fake::new();
        assert!(fake.jack.send(0, 123, Message::Clock.packet()));
        assert_eq!(fake.outgoing.pop().unwrap().frame, None);
    }
}
