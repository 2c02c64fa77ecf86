//! A set on a device of our own clock, beside a network that is only said to be there.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test that fails says where")]

use crate::stand::Stand;
use bf_session::link::{LinkDesk, LinkRequest, Shared, Standing};
use bf_session::surface::Reading;

pub const RATE: f64 = 48_000.0;
const BLOCK: u64 = 64;
const BEGIN_NS: f64 = 1e9;

/// A set that says by its sound when each of its beats comes.
pub const SONG: &str = r#"
beatforge = 1
tempo = 120.0
[nodes]
song = { type = "clip", length = 1, notes = [{ at = 0, pitch = 60, length = 0.25 }] }
line = { type = "cv" }
out = { type = "output" }
[cables]
"line" = "song"
"out" = "line.gate"
"#;

/// A stretch of one tempo: from when, the beat then, and the tempo.
pub type Stretch = (f64, f64, f64);

fn beat_on(stretches: &[Stretch], at_ns: f64) -> f64 {
    let found = stretches.iter().rev().find(|(from, ..)| *from <= at_ns).unwrap_or(&stretches[0]);
    found.1 + (at_ns - found.0) * 1e-9 * found.2 / 60.0
}

/// Those who share their time: what is true, and what of it has come here.
pub struct Network {
    pub peers: u64,
    pub stretches: Vec<Stretch>,
    /// How many of the stretches are known here, and when more are.
    known: usize,
    coming: Vec<(f64, usize)>,
    pub playing: (bool, u64),
    pub delay_ns: f64,
    /// Tempos that came from here.
    pub told: Vec<f64>,
}

impl Network {
    /// A peer gives another tempo now.
    pub fn turn(&mut self, bpm: f64, now_ns: f64) {
        let beat = beat_on(&self.stretches, now_ns);
        self.stretches.push((now_ns, beat, bpm));
        self.coming.push((now_ns + self.delay_ns, self.stretches.len()));
    }

    /// What has come by now is known.
    fn come(&mut self, now_ns: f64) {
        self.coming.retain(|(at, known)| {
            let comes = *at <= now_ns;
            if comes {
                self.known = self.known.max(*known);
            }
            !comes
        });
    }
}

impl Shared for Network {
    fn standing(&mut self, at_ns: u64, _: f64) -> Standing {
        let known = &self.stretches[..self.known];
        // Link extrapolates its newest line to whatever time is asked for.
        let newest = &known[known.len() - 1..];
        Standing {
            peers: self.peers,
            bpm: newest[0].2,
            beat: beat_on(newest, at_ns as f64),
            playing: self.playing.0,
            playing_ns: self.playing.1,
        }
    }

    fn set_tempo(&mut self, bpm: f64, at_ns: u64) {
        let beat = beat_on(&self.stretches, at_ns as f64);
        self.stretches.push((at_ns as f64, beat, bpm));
        self.known = self.stretches.len();
        self.told.push(bpm);
    }

    fn request_beat(&mut self, beat: f64, at_ns: u64, _: f64) {
        assert_eq!(self.peers, 0, "nobody is moved who is there");
        let bpm = self.stretches.last().unwrap().2;
        self.stretches.push((at_ns as f64, beat, bpm));
        self.known = self.stretches.len();
    }

    fn set_playing(&mut self, playing: bool, at_ns: u64) {
        self.playing = (playing, at_ns);
    }
}

/// A device: frames in a buffer, how fast its crystal is, and how far its calls jitter.
#[derive(Clone, Copy)]
pub struct Device {
    pub buffer: u64,
    pub ppm: f64,
    pub jitter_ns: f64,
}

pub struct Hall {
    pub stand: Stand,
    pub link: LinkDesk,
    pub network: Network,
    device: Device,
    pub now_ns: f64,
    next_call_ns: f64,
    calls: u64,
    random: u64,
    pub sound: Vec<f32>,
    /// When what was made up to here is heard, the beat there, and whether it plays.
    pub heard: Vec<(f64, f64, bool)>,
}

impl Hall {
    pub fn new(device: Device, request: LinkRequest, files: &[(&str, &str)]) -> Hall {
        let stand = Stand::new(BLOCK as usize, files);
        let link = LinkDesk::new(&stand.session, request, device.buffer as u32);
        let network = Network {
            peers: 0,
            stretches: vec![(0.0, 0.0, 120.0)],
            known: 1,
            coming: Vec::new(),
            playing: (false, 0),
            delay_ns: 5e6,
            told: Vec::new(),
        };
        let (heard, sound) = (Vec::new(), Vec::new());
        let (now_ns, next_call_ns) = (BEGIN_NS, BEGIN_NS);
        Hall { stand, link, network, device, now_ns, next_call_ns, calls: 0, random: 7, sound, heard }
    }

    /// Numbers that look random, from -1 to 1.
    fn random(&mut self) -> f64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// When a frame is asked for, by the machine's clock, and when it is heard: a buffer later.
    pub fn asked_ns(&self, frame: u64) -> f64 {
        BEGIN_NS + frame as f64 * 1e9 / (RATE * (1.0 + self.device.ppm * 1e-6))
    }

    pub fn heard_ns(&self, frame: u64) -> f64 {
        self.asked_ns(frame) + self.device.buffer as f64 * 1e9 / RATE
    }

    fn call(&mut self) {
        let frame = self.stand.engine.frame();
        self.link.observe(Reading { host_ns: self.next_call_ns as u64, frame, lost: false });
        for _ in 0..self.device.buffer / BLOCK {
            self.sound.extend_from_slice(self.stand.engine.block_now()[0]);
            let status = self.stand.session.controller().shared().status();
            let heard_ns = self.heard_ns(self.stand.engine.frame());
            self.heard.push((heard_ns, status.beat, status.playing));
        }
        self.calls += 1;
        self.next_call_ns = self.asked_ns(self.calls * self.device.buffer) + self.device.jitter_ns * self.random();
    }

    /// Lets time go by: the device calls, and the program looks every two or three milliseconds.
    pub fn secs(&mut self, secs: f64) {
        let until = self.now_ns + secs * 1e9;
        while self.now_ns < until {
            self.network.come(self.now_ns);
            self.stand.session.poll();
            self.link.tick(&mut self.stand.session, &mut self.network, self.now_ns as u64);
            self.stand.session.poll();
            let next = self.now_ns + 2.5e6 + 0.5e6 * self.random();
            while self.next_call_ns <= next {
                self.call();
            }
            self.now_ns = next;
        }
    }

    /// How far what is heard from one time to another is from its place in the bar, at the most, in seconds.
    pub fn worst(&self, from_ns: f64, to_ns: f64) -> f64 {
        let all = self.heard.iter().filter(|(at, ..)| *at >= from_ns && *at < to_ns);
        let off = |(at, beat, playing): &(f64, f64, bool)| {
            assert!(playing, "it plays");
            let off = beat_on(&self.network.stretches, *at) - beat;
            let bpm = self.network.stretches.iter().rev().find(|s| s.0 <= *at).unwrap().2;
            (off - (off / 4.0).round() * 4.0).abs() * 60.0 / bpm
        };
        all.map(off).fold(0.0, f64::max)
    }

    pub fn bpm(&mut self) -> f64 {
        self.stand.session.controller().shared().status().bpm
    }

    pub fn is_playing(&mut self) -> bool {
        self.stand.session.controller().shared().status().playing
    }

    /// The beat that is shared at a time.
    pub fn shared_beat(&self, at_ns: f64) -> f64 {
        beat_on(&self.network.stretches, at_ns)
    }

    /// A peer is there, whose beats are its own.
    pub fn join(&mut self, bpm: f64, beat: f64) {
        self.network.peers = 1;
        self.network.stretches.push((self.now_ns, beat, bpm));
        self.network.known = self.network.stretches.len();
    }
}
