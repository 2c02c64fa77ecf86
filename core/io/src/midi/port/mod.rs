//! Ports: what there are, and those that are held open.
//!
//! [`Ports`] takes wishes, parts of names of ports, and keeps a thread that opens what answers to them, also when it is
//! plugged in later. A wish is a line of its own: messages carry its number. Messages that go out have times, and those
//! that came in have the times at which they came, both of the [`HostClock`].

mod error;
mod jack;
mod keeper;
mod sender;
mod stamp;
mod system;

pub use error::MidiError;

use super::{Message, Packet};
use crate::HostClock;
use jack::Jack;
use sender::Sender;
use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Messages that wait to be taken; what finds no room is counted.
const ROOM: usize = 8_192;
/// The most wishes of either kind.
pub const MOST_WISHES: usize = 32;
/// A wish that no port answers to: its number waits for another.
pub const NOBODY: &str = "\0";

/// Which way messages go, seen from this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// They come in.
    In,
    /// They go out.
    Out,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::In => "input",
            Way::Out => "output",
        })
    }
}

/// Whose port it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The system: ALSA, CoreMIDI or Windows.
    System,
    /// A client of the JACK server.
    Jack,
}

impl Owner {
    /// As users write it.
    pub fn name(self) -> &'static str {
        match self {
            Owner::System => "system",
            Owner::Jack => "jack",
        }
    }
}

/// A port that could be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortInfo {
    /// Whose it is.
    pub owner: Owner,
    /// Whether it gives messages to this program or takes them.
    pub way: Way,
    /// Its name.
    pub name: String,
}

/// Every port of the system and of the JACK server, but for this program's own.
pub fn list() -> (Vec<PortInfo>, Vec<MidiError>) {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for found in [system::list(), jack::list()] {
        match found {
            Ok(ports) => all.extend(ports),
            Err(fault) => faults.push(fault),
        }
    }
    all.sort();
    (all, faults)
}

/// What is wanted: parts of names. An empty one is any port of the machine's keyboards and boxes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Of ports that messages come from.
    pub inputs: Vec<String>,
    /// Of ports that messages go to.
    pub outputs: Vec<String>,
}

impl Wishes {
    /// Whether no port is wanted.
    fn is_empty(&self) -> bool {
        self.inputs.iter().chain(&self.outputs).all(|wish| wish == NOBODY)
    }

    /// The wishes of a way.
    fn of(&self, way: Way) -> &[String] {
        match way {
            Way::In => &self.inputs,
            Way::Out => &self.outputs,
        }
    }
}

/// Other wishes in the place of these: those that stay keep their numbers, new ones get those of the ones that go.
pub fn renumbered(mut now: Vec<String>, wanted: &[String]) -> Vec<String> {
    for wish in &mut now {
        if !wanted.contains(wish) {
            NOBODY.clone_into(wish);
        }
    }
    for wish in wanted {
        if now.contains(wish) {
            continue;
        }
        match now.iter().position(|known| known == NOBODY) {
            Some(free) => now[free].clone_from(wish),
            None => now.push(wish.clone()),
        }
    }
    now
}

/// Whether a port's name answers to a wish.
fn answers(name: &str, wish: &str) -> bool {
    if wish == NOBODY {
        return false;
    }
    if wish.is_empty() {
        // What is sent through comes back.
        return !name.to_lowercase().contains("midi through");
    }
    name.to_lowercase().contains(&wish.to_lowercase())
}

/// A message that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The number of the wish among the inputs.
    pub wish: u8,
    /// When, by the host's clock.
    pub at_ns: u64,
    /// What.
    pub message: Message,
}

/// Something to tell of ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A port is used from now on.
    Connected {
        /// Which.
        port: PortInfo,
        /// The wish that it answers to.
        wish: String,
    },
    /// A port that was used is gone; it is used again as soon as it is back.
    Gone {
        /// Which.
        port: PortInfo,
        /// The number of the wish that it answered to, among those of its way.
        wish: u8,
    },
    /// A port that is not wanted any more is closed.
    Let {
        /// Which.
        port: PortInfo,
        /// The number of the wish that it answered to, among those of its way.
        wish: u8,
    },
    /// A port, or all of a kind, cannot be had. Told once.
    Fault(MidiError),
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            News::Connected { port, .. } => write!(f, "MIDI {} `{}` is connected", port.way, port.name),
            News::Gone { port, .. } => {
                write!(f, "MIDI {} `{}` is gone; it is used again when it is back", port.way, port.name)
            }
            News::Let { port, .. } => write!(f, "MIDI {} `{}` is not used any more", port.way, port.name),
            News::Fault(fault) => fault.fmt(f),
        }
    }
}

/// Ports that are held open. Dropping it closes them.
pub struct Ports {
    wishes: SyncSender<Wishes>,
    news: Receiver<News>,
    system: Receiver<Received>,
    sender: Sender,
    jack: Jack,
    outputs: usize,
}

impl Ports {
    /// Opens what answers to some wishes, now and later. A name of the program is shown to the system and to JACK.
    ///
    /// # Errors
    /// When the system grants no thread; that there is no MIDI at all is news.
    pub fn open(name: &str, wishes: Wishes, clock: HostClock) -> Result<Ports, MidiError> {
        let no_thread = |e: std::io::Error| MidiError::NoThread { why: e.to_string() };
        let (to_keeper, from_control) = sync_channel(4);
        let (to_control, news) = sync_channel(64);
        let (received, system) = sync_channel(ROOM);
        let sender = Sender::start(clock).map_err(no_thread)?;
        let (jack, jack_keeper) = jack::pair(name, clock);
        let system_keeper = system::Keeper::new(name, clock, received, sender.connections());
        keeper::start(from_control, to_control, jack_keeper, system_keeper).map_err(no_thread)?;
        let mut ports = Ports { wishes: to_keeper, news, system, sender, jack, outputs: 0 };
        ports.want(wishes);
        Ok(ports)
    }

    /// Wishes for other ports. A wish that is another under its number has its ports closed.
    pub fn want(&mut self, mut wishes: Wishes) {
        wishes.inputs.truncate(MOST_WISHES);
        wishes.outputs.truncate(MOST_WISHES);
        self.outputs = wishes.outputs.len();
        // Where the keeper is behind, newer wishes follow with the next change.
        let _ = self.wishes.try_send(wishes);
    }

    /// Takes what has come in, by port in the order in which it came. Never waits.
    pub fn receive(&mut self, mut each: impl FnMut(Received)) {
        self.system.try_iter().for_each(&mut each);
        self.jack.receive(&mut each);
    }

    /// Sends a message at a time, or at once where that has passed. False where there is no room or no such wish.
    pub fn send(&mut self, wish: usize, at_ns: u64, message: Message) -> bool {
        if wish >= self.outputs {
            return false;
        }
        let packet: Packet = message.packet();
        // Both may have ports that answer to the wish.
        let system = self.sender.send(wish as u8, at_ns, packet);
        self.jack.send(wish as u8, at_ns, packet) && system
    }

    /// What there is to tell since the last call.
    pub fn news(&self) -> Vec<News> {
        self.news.try_iter().collect()
    }

    /// Messages that found no room, in or out.
    pub fn lost(&self) -> u64 {
        self.jack.lost() + self.sender.lost()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_parts_of_names() {
        assert!(answers("nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0", "NANOkontrol"));
        assert!(!answers("Launchpad", "nano"));
        assert!(answers("Launchpad", "") && !answers("Midi Through:Midi Through Port-0 14:0", ""));
    }

    #[test]
    fn wishes_that_stay_keep_their_numbers() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let now = renumbered(texts(&["a", "b", "c"]), &texts(&["c", "a"]));
        assert_eq!(now, texts(&["a", NOBODY, "c"]));
        assert!(!answers("b", NOBODY) && !answers("", NOBODY));
        assert_eq!(renumbered(now, &texts(&["d", "c", "e", ""])), texts(&["d", "e", "c", ""]));
        assert!(Wishes { inputs: texts(&[NOBODY]), outputs: Vec::new() }.is_empty());
    }

    #[test]
    fn a_machine_without_midi_says_so_and_takes_what_is_sent() {
        // Whatever this machine has: nothing here waits, panics or finds ports of this name.
        let wish = "no port has this name".to_owned();
        let wishes = Wishes { inputs: vec![wish.clone()], outputs: vec![wish] };
        let mut ports = Ports::open("beatforge-test", wishes, HostClock::new()).unwrap();
        assert!(ports.send(0, 0, Message::Clock));
        assert!(!ports.send(1, 0, Message::Clock));
        let mut seen = 0;
        ports.receive(|_| seen += 1);
        assert_eq!(seen, 0);
    }
}
