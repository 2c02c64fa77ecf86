//! What the JACK server calls: sound on its audio thread, news on its others.

use crate::{Feed, Vitals};
use ::jack::ProcessScope;
use ::jack::{AudioIn, AudioOut, Client, ClientStatus, Control, Frames, NotificationHandler, Port, ProcessHandler};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Why the server does not call any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum End {
    No = 0,
    Shutdown = 1,
    Rate = 2,
}

impl End {
    pub(super) fn of(flag: &AtomicU8) -> End {
        match flag.load(Ordering::Acquire) {
            0 => End::No,
            1 => End::Shutdown,
            _ => End::Rate,
        }
    }
}

/// Takes the server's news. Only atomics are touched: `shutdown` may come like a signal.
pub(super) struct Notify {
    end: Arc<AtomicU8>,
    vitals: Arc<Vitals>,
    rate: Frames,
}

impl Notify {
    pub(super) fn new(end: Arc<AtomicU8>, vitals: Arc<Vitals>, rate: Frames) -> Notify {
        Notify { end, vitals, rate }
    }
}

#[allow(unsafe_code, reason = "the jack crate declares `shutdown` unsafe, to say what may be done in it")]
impl NotificationHandler for Notify {
    // SAFETY: one atomic store, which is safe in a signal handler.
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.end.store(End::Shutdown as u8, Ordering::Release);
    }

    fn sample_rate(&mut self, _: &Client, rate: Frames) -> Control {
        // The server tells the rate once at the start, too.
        if rate != self.rate {
            self.end.store(End::Rate as u8, Ordering::Release);
        }
        Control::Continue
    }

    fn xrun(&mut self, _: &Client) -> Control {
        self.vitals.count_xruns(1);
        Control::Continue
    }
}

/// Runs the feed between the ports.
pub(super) struct Process {
    feed: Feed,
    outputs: Vec<Port<AudioOut>>,
    inputs: Vec<Port<AudioIn>>,
    sound: Vec<f32>,
    recorded: Vec<f32>,
    /// When the last cycle began.
    last_ns: u64,
}

impl Process {
    pub(super) fn new(
        feed: Feed,
        (outputs, inputs): (Vec<Port<AudioOut>>, Vec<Port<AudioIn>>),
        block: Frames,
    ) -> Process {
        let mut process = Process { feed, outputs, inputs, sound: Vec::new(), recorded: Vec::new(), last_ns: 0 };
        process.make_room(block);
        process
    }

    fn make_room(&mut self, block: Frames) {
        self.sound.resize(block as usize * self.outputs.len(), 0.0);
        self.recorded.resize(block as usize * self.inputs.len(), 0.0);
    }
}

impl ProcessHandler for Process {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        let (outputs, inputs) = (self.outputs.len(), self.inputs.len());
        // The server announces a longer block before it sends one; were it not so, the rest would be silent.
        let frames = (scope.n_frames() as usize).min(self.sound.len() / outputs.max(1));
        for (channel, port) in self.inputs.iter().enumerate() {
            let from = port.as_slice(scope);
            for (to, from) in self.recorded.iter_mut().skip(channel).step_by(inputs).zip(&from[..frames]) {
                *to = *from;
            }
        }
        // The cycle began a little before this client's turn in the graph.
        let waited_us = scope.cycle_times().map_or(0, |times| client.time().saturating_sub(times.current_usecs));
        // A thread that is put aside between the two clocks is late once, and time does not run back after it.
        let host_ns = self.feed.clock().now_ns().saturating_sub(waited_us * 1000).max(self.last_ns + 1);
        self.last_ns = host_ns;
        let recorded = &self.recorded[..frames * inputs];
        self.feed.run((recorded, inputs), (&mut self.sound[..frames * outputs], outputs), Some(host_ns));
        for (channel, port) in self.outputs.iter_mut().enumerate() {
            let to = port.as_mut_slice(scope);
            for (to, from) in to.iter_mut().zip(self.sound[..frames * outputs].iter().skip(channel).step_by(outputs)) {
                *to = *from;
            }
            to[frames..].fill(0.0);
        }
        Control::Continue
    }

    /// Called between blocks, where JACK allows allocation.
    fn buffer_size(&mut self, _: &Client, block: Frames) -> Control {
        self.make_room(block);
        Control::Continue
    }
}
