//! The clocks of every port, watched without a set.

use bf_io::HostClock;
use bf_io::midi::port::list;
use bf_io::midi::{Follower, Message, MidiError, Ports, Way, Wishes};

/// What is known of a port's clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    /// The port.
    pub name: String,
    /// Messages so far, clocks among them.
    pub messages: u64,
    /// The tempo of its clock, where it sends one.
    pub bpm: Option<f64>,
    /// How far clocks are from an even pace, on average, in seconds.
    pub jitter_secs: f64,
    /// How far the last clock was from where the ones before it said, in seconds.
    pub offset_secs: f64,
}

/// Hears every port that there is.
pub struct ClockWatch {
    ports: Ports,
    clock: HostClock,
    all: Vec<(Watched, Follower)>,
}

impl ClockWatch {
    /// Opens every input of the system and of JACK.
    ///
    /// # Errors
    /// When the system grants no thread.
    pub fn open() -> Result<ClockWatch, MidiError> {
        let (listed, _) = list();
        let mut names: Vec<String> = listed.into_iter().filter(|p| p.way == Way::In).map(|p| p.name).collect();
        names.truncate(bf_io::midi::port::MOST_WISHES);
        let clock = HostClock::new();
        let wishes = Wishes { inputs: names.clone(), outputs: Vec::new() };
        let watched = |name| Watched { name, ..Watched::default() };
        let ports = Ports::open("beatforge-watch", wishes, clock)?;
        Ok(ClockWatch { ports, clock, all: names.into_iter().map(|n| (watched(n), Follower::new())).collect() })
    }

    /// Takes what has come in since the last call, and answers how all ports stand.
    pub fn poll(&mut self) -> Vec<Watched> {
        let ClockWatch { ports, clock, all } = self;
        ports.receive(|received| {
            let Some((watched, follower)) = all.get_mut(usize::from(received.wish)) else { return };
            watched.messages += 1;
            if received.message == Message::Clock
                && let (Some(next), Some(_)) = (follower.next_ns(), follower.bpm())
            {
                watched.offset_secs = (received.at_ns as f64 - next as f64) * 1e-9;
            }
            follower.take(received.at_ns, received.message);
        });
        let now = clock.now_ns();
        for (watched, follower) in all.iter_mut() {
            if follower.is_gone(now) {
                follower.lose();
            }
            (watched.bpm, watched.jitter_secs) = (follower.bpm(), follower.jitter_ns() * 1e-9);
        }
        all.iter().map(|(watched, _)| watched.clone()).collect()
    }
}
