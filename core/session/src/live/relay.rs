//! What the device calls: an engine, the next one that takes over with a crossfade, and a sound that is tried beside it.

use crate::surface::Reading;
use bf_engine::Engine;
use bf_io::{Block, Callback};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What may be under way to the callback and back; who sends counts what is out.
pub(super) const OUT: usize = 16;
/// Readings of the device's clock that wait to be taken: 0.7 s of callbacks of 32 frames.
const READINGS: usize = 1_024;
/// Samples of both engines that are mixed at once.
const MIXED: usize = 8_192;
/// The loudest that a tried sound is, beside a set.
const BESIDE: f32 = 0.7;
/// Seconds in which a tried sound gives way, and all that is heard, as frames are counted: 5 ms at 48 kHz.
pub(super) const GIVES_WAY: u32 = 240;

/// Something for the callback.
pub(super) enum Arrival {
    /// Takes over at a frame of the device, within so many frames.
    Engine { engine: Box<Engine>, number: u64, at: u64, fade: u64 },
    /// Is heard from a frame of the device on.
    Sound(Box<Tried>),
    /// What is tried gives way.
    Quiet,
    /// An engine that has not come in yet does not.
    Withdraw,
    /// All that is heard fades out, whatever it is; what plays goes on in time.
    Close,
    /// It fades in again.
    Open,
}

/// Something that the callback is done with; it is dropped elsewhere.
pub(super) enum Done {
    Engine(Box<Engine>),
    Sound(Box<Tried>),
}

/// A sound that is tried.
pub(super) struct Tried {
    /// Left and right, frame by frame.
    pub sound: Vec<f32>,
    pub at: u64,
    /// Frames that were heard.
    pub heard: usize,
    /// Frames that are left of its giving way.
    pub left: Option<u32>,
}

/// The other end of a relay.
pub(super) struct Reins {
    pub arrivals: Producer<Arrival>,
    pub done: Consumer<Done>,
    pub readings: Consumer<(u64, Reading)>,
    /// Which engine plays, or is coming in, and at which frame of the device its first one was.
    pub serving: Arc<AtomicU64>,
    pub began: Arc<AtomicU64>,
    /// All has faded out since it was closed.
    pub silent: Arc<AtomicBool>,
}

struct Next {
    engine: Box<Engine>,
    number: u64,
    at: u64,
    fade: u64,
    came_in: bool,
}

pub(super) struct Relay {
    engine: Box<Engine>,
    next: Option<Next>,
    /// The sound that is tried, and those before it that give way: never more than can be out.
    tried: Option<Box<Tried>>,
    leaving: [Option<Box<Tried>>; OUT],
    arrivals: Consumer<Arrival>,
    done: Producer<Done>,
    readings: Producer<(u64, Reading)>,
    serving: Arc<AtomicU64>,
    began: Arc<AtomicU64>,
    mixed: Box<[f32]>,
    /// Frames that the device has had.
    frame: u64,
    lost: bool,
    /// Whether it is heard, and how far it is open, in frames of its fade.
    is_open: bool,
    gate: u32,
    silent: Arc<AtomicBool>,
}

impl Relay {
    pub(super) fn new(engine: Engine) -> (Relay, Reins) {
        let (arrivals, arriving) = RingBuffer::new(OUT);
        let (leaving, done) = RingBuffer::new(OUT);
        let (telling, readings) = RingBuffer::new(READINGS);
        let (serving, began) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let silent = Arc::new(AtomicBool::new(false));
        let relay = Relay {
            engine: Box::new(engine),
            next: None,
            tried: None,
            leaving: Default::default(),
            arrivals: arriving,
            done: leaving,
            readings: telling,
            serving: Arc::clone(&serving),
            began: Arc::clone(&began),
            mixed: vec![0.0; MIXED].into_boxed_slice(),
            frame: 0,
            lost: false,
            is_open: true,
            gate: GIVES_WAY,
            silent: Arc::clone(&silent),
        };
        (relay, Reins { arrivals, done, readings, serving, began, silent })
    }

    /// RT: as many fit as can be out.
    fn hand_back(&mut self, done: Done) {
        let handed = self.done.push(done);
        debug_assert!(handed.is_ok(), "the way back has room for all that is out");
    }

    fn take_in(&mut self) {
        while let Ok(arrival) = self.arrivals.pop() {
            match arrival {
                Arrival::Engine { engine, number, at, fade } => {
                    let next = Next { engine, number, at: at.max(self.frame), fade, came_in: false };
                    // Who sends waits for the one before; were it otherwise, the newest is what is wanted.
                    if let Some(before) = self.next.replace(next) {
                        self.hand_back(Done::Engine(before.engine));
                    }
                }
                Arrival::Sound(sound) => {
                    self.quiet();
                    self.tried = Some(sound);
                }
                Arrival::Quiet => self.quiet(),
                Arrival::Withdraw => {
                    if let Some(next) = self.next.take_if(|next| !next.came_in) {
                        self.hand_back(Done::Engine(next.engine));
                    }
                }
                Arrival::Close => self.is_open = false,
                Arrival::Open => self.is_open = true,
            }
        }
    }

    /// The sound that is tried gives way.
    fn quiet(&mut self) {
        let Some(mut sound) = self.tried.take() else { return };
        let room = self.leaving.iter_mut().find(|place| place.is_none());
        match room.filter(|_| sound.heard > 0) {
            Some(room) => {
                sound.left = Some(GIVES_WAY);
                *room = Some(sound);
            }
            // Nobody has heard it.
            None => self.hand_back(Done::Sound(sound)),
        }
    }

    fn tell(&mut self, block: &Block<'_>) {
        self.lost |= block.info.xrun;
        if let Some(host_ns) = block.info.host_ns {
            let frame = self.frame.saturating_sub(self.began.load(Ordering::Relaxed));
            let reading = Reading { host_ns, frame, lost: self.lost };
            // One that finds no room is missing among many.
            let told = self.readings.push((self.serving.load(Ordering::Relaxed), reading)).is_ok();
            self.lost &= !told;
        }
    }

    /// Fills frames that lie between two changes of who plays; answers how many.
    fn piece(&mut self, output: &mut [f32], channels: usize, input: &[f32], inputs: usize) -> usize {
        let frames = output.len() / channels;
        let now = self.frame;
        let Some(next) = &mut self.next else {
            self.engine.process_with(output, channels, input, inputs);
            return frames;
        };
        if now < next.at {
            let n = frames.min((next.at - now) as usize);
            self.engine.process_with(&mut output[..n * channels], channels, input, inputs);
            return n;
        }
        if !next.came_in {
            next.came_in = true;
            self.began.store(now, Ordering::Relaxed);
            self.serving.store(next.number, Ordering::Release);
        }
        let gone = now - next.at;
        let n = frames.min(next.fade.saturating_sub(gone) as usize).min(self.mixed.len() / channels);
        if n == 0 {
            if let Some(next) = self.next.take() {
                let before = core::mem::replace(&mut self.engine, next.engine);
                self.hand_back(Done::Engine(before));
            }
            return 0;
        }
        let (output, mixed) = (&mut output[..n * channels], &mut self.mixed[..n * channels]);
        mixed.fill(0.0);
        self.engine.process_with(output, channels, input, inputs);
        next.engine.process_with(mixed, channels, input, inputs);
        for (i, (out, coming)) in output.chunks_mut(channels).zip(mixed.chunks(channels)).enumerate() {
            // Two sets have nothing in common: their powers add up to one.
            let place = (gone + i as u64) as f32 / next.fade as f32;
            let (up, down) = (place * core::f32::consts::FRAC_PI_2).sin_cos();
            out.iter_mut().zip(coming).for_each(|(out, coming)| *out = *out * down + coming * up);
        }
        n
    }

    /// Lays what is tried over what plays.
    fn lay(&mut self, output: &mut [f32], channels: usize, from: u64) {
        let places = core::iter::once(&mut self.tried).chain(&mut self.leaving);
        for place in places {
            let Some(tried) = place else { continue };
            let late = tried.at.saturating_sub(from) as usize;
            for frame in output.chunks_mut(channels).skip(late) {
                let Some(sound) = tried.sound.get(tried.heard * 2..tried.heard * 2 + 2) else { break };
                let gain = match &mut tried.left {
                    Some(0) => break,
                    Some(left) => {
                        *left -= 1;
                        BESIDE * *left as f32 / GIVES_WAY as f32
                    }
                    None => BESIDE,
                };
                match frame {
                    [mono] => *mono += gain * (sound[0] + sound[1]) * 0.5,
                    [left, right, ..] => {
                        *left += gain * sound[0];
                        *right += gain * sound[1];
                    }
                    [] => {}
                }
                tried.heard += 1;
            }
            if (tried.heard * 2 + 2 > tried.sound.len() || tried.left == Some(0))
                && let Some(done) = place.take()
            {
                // RT: as many fit as can be out.
                let handed = self.done.push(Done::Sound(done));
                debug_assert!(handed.is_ok(), "the way back has room for all that is out");
            }
        }
    }

    /// Fades all that is heard out, or in again.
    fn pass(&mut self, output: &mut [f32], channels: usize) {
        if self.is_open && self.gate == GIVES_WAY {
            return;
        }
        for frame in output.chunks_mut(channels) {
            self.gate = if self.is_open { (self.gate + 1).min(GIVES_WAY) } else { self.gate.saturating_sub(1) };
            let gain = self.gate as f32 / GIVES_WAY as f32;
            frame.iter_mut().for_each(|sample| *sample *= gain);
        }
        self.silent.store(self.gate == 0, Ordering::Release);
    }
}

impl Callback for Relay {
    fn process(&mut self, block: &mut Block<'_>) {
        self.take_in();
        self.tell(block);
        let (channels, inputs, from) = (block.outputs.max(1), block.inputs, self.frame);
        let frames = block.output.len() / channels;
        let mut done = 0;
        while done < frames {
            let input = block.input.get(done * inputs..).unwrap_or_default();
            let n = self.piece(&mut block.output[done * channels..frames * channels], channels, input, inputs);
            self.frame += n as u64;
            done += n;
        }
        self.lay(block.output, channels, from);
        self.pass(block.output, channels);
    }
}
