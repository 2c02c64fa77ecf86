//! What the JACK server calls.

use crate::HostClock;
use crate::midi::{Message, Packet, Parser};
use ::jack::{
    Client, ClientStatus, Control, MidiIn, MidiOut, NotificationHandler, Port, ProcessHandler, ProcessScope, RawMidi,
};
use rtrb::{Consumer, Producer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Messages that wait for their frames.
const WAITING: usize = 4_096;

/// Something that came, at a frame of the server.
pub(super) struct Arrived {
    pub frame: u32,
    pub what: Way,
}

pub(super) enum Way {
    /// A cycle begins with this frame, at this time.
    Reading { host_ns: u64 },
    /// A message.
    Message { wish: u8, message: Message },
}

/// A message on its way out, for a frame of the server, or for at once.
#[derive(Clone, Copy)]
pub(super) struct Outgoing {
    pub wish: u8,
    pub frame: Option<u32>,
    pub packet: Packet,
}

/// A port of our own, and the number of its wish.
pub(super) enum Line {
    In(u8, Port<MidiIn>),
    Out(u8, Port<MidiOut>),
}

/// Notices that the server is gone.
pub(super) struct Notify {
    ended: Arc<AtomicBool>,
}

impl Notify {
    pub(super) fn new(ended: Arc<AtomicBool>) -> Notify {
        Notify { ended }
    }
}

#[allow(unsafe_code, reason = "the jack crate declares `shutdown` unsafe, to say what may be done in it")]
impl NotificationHandler for Notify {
    // SAFETY: one atomic store, which is safe in a signal handler.
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.ended.store(true, Ordering::Release);
    }
}

/// Carries messages between ports and rings.
pub(super) struct Process {
    clock: HostClock,
    arrived: Producer<Arrived>,
    to_send: Consumer<Outgoing>,
    new_lines: Consumer<Line>,
    inputs: Vec<(u8, Parser, Port<MidiIn>)>,
    outputs: Vec<(u8, Port<MidiOut>)>,
    /// By frame, and in the order in which they were sent.
    waiting: Vec<Outgoing>,
    lost: Arc<AtomicU64>,
    cycles: Arc<AtomicU64>,
}

impl Process {
    pub(super) fn new(
        clock: HostClock,
        (arrived, to_send, new_lines): (Producer<Arrived>, Consumer<Outgoing>, Consumer<Line>),
        lost: Arc<AtomicU64>,
    ) -> Process {
        let room = crate::midi::port::MOST_WISHES;
        Process {
            clock,
            arrived,
            to_send,
            new_lines,
            inputs: Vec::with_capacity(room),
            outputs: Vec::with_capacity(room),
            waiting: Vec::with_capacity(WAITING),
            lost,
            cycles: Arc::default(),
        }
    }

    /// How often the server has called.
    pub(super) fn cycles(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.cycles)
    }

    fn tell(&mut self, frame: u32, what: Way) {
        if self.arrived.push(Arrived { frame, what }).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn take_lines(&mut self) {
        while let Ok(line) = self.new_lines.pop() {
            // RT: room for all that there can be was taken before.
            match line {
                Line::In(wish, port) if self.inputs.len() < self.inputs.capacity() => {
                    self.inputs.push((wish, Parser::new(), port));
                }
                Line::Out(wish, port) if self.outputs.len() < self.outputs.capacity() => {
                    self.outputs.push((wish, port));
                }
                // Never dropped here: a port frees memory.
                other => core::mem::forget(other),
            }
        }
    }

    fn receive(&mut self, scope: &ProcessScope, first: u32) {
        for i in 0..self.inputs.len() {
            let Process { inputs, arrived, lost, .. } = self;
            let (wish, parser, port) = &mut inputs[i];
            for raw in port.iter(scope) {
                let frame = first.wrapping_add(raw.time);
                parser.feed(raw.bytes, |message| {
                    let what = Way::Message { wish: *wish, message };
                    if arrived.push(Arrived { frame, what }).is_err() {
                        lost.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        }
    }

    /// Sorts in what was sent since the last cycle.
    fn take_outgoing(&mut self, first: u32) {
        // RT: no more than there is room for.
        while self.waiting.len() < WAITING {
            let Ok(new) = self.to_send.pop() else { break };
            let place = |o: &Outgoing| o.frame.map_or(0, |frame| frame.wrapping_sub(first).cast_signed());
            let at = self.waiting.iter().rposition(|o| place(o) <= place(&new)).map_or(0, |at| at + 1);
            self.waiting.insert(at, new);
        }
    }

    fn send(&mut self, scope: &ProcessScope, first: u32) {
        let frames = scope.n_frames().max(1);
        let place = |o: &Outgoing| o.frame.map_or(0, |frame| frame.wrapping_sub(first).cast_signed());
        let due = self.waiting.iter().take_while(|o| i64::from(place(o)) < i64::from(frames)).count();
        for (wish, port) in &mut self.outputs {
            let mut writer = port.writer(scope);
            for out in self.waiting[..due].iter().filter(|o| o.wish == *wish) {
                // What is late goes out with the first frame.
                let time = place(out).max(0).unsigned_abs();
                if writer.write(&RawMidi { time, bytes: out.packet.bytes() }).is_err() {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        self.waiting.drain(..due);
    }
}

impl ProcessHandler for Process {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        self.cycles.fetch_add(1, Ordering::Relaxed);
        self.take_lines();
        let first = scope.last_frame_time();
        // Frame and time of one reading belong together, also where this client's turn comes late.
        if let Ok(times) = scope.cycle_times() {
            let waited_us = client.time().saturating_sub(times.current_usecs);
            let host_ns = self.clock.now_ns().saturating_sub(waited_us * 1000);
            self.tell(times.current_frames, Way::Reading { host_ns });
        }
        self.receive(scope, first);
        self.take_outgoing(first);
        self.send(scope, first);
        Control::Continue
    }
}
