//! What a device calls, and what it hands over at each call.

use std::time::Instant;

/// The most frames of one call; a device with larger buffers calls several times.
pub const MAX_FRAMES: usize = 4096;

/// Makes the sound that a device asks for.
///
/// # Realtime Safety
/// Called on the device's audio thread: it must not allocate, free, lock, wait, print or panic. A panic is caught, the
/// block is silent, and after a few in a row the callback is not called again.
pub trait Callback: Send {
    /// Fills `block.output` with the next frames.
    fn process(&mut self, block: &mut Block<'_>);
}

impl<F: FnMut(&mut Block<'_>) + Send> Callback for F {
    fn process(&mut self, block: &mut Block<'_>) {
        self(block);
    }
}

/// The frames of one call: what came in, and where the sound goes, both interleaved.
///
/// Any length from 1 to [`MAX_FRAMES`], and another at each call.
#[derive(Debug)]
pub struct Block<'a> {
    /// What was recorded, frame by frame; empty without inputs, else as many frames as `output`.
    pub input: &'a [f32],
    /// Where the sound goes, frame by frame, full scale at ±1. Silent on arrival.
    pub output: &'a mut [f32],
    /// Channels of `input`.
    pub inputs: usize,
    /// Channels of `output`; may change from one call to the next, when the callback moves to another device.
    pub outputs: usize,
    /// When and how the call came.
    pub info: CallbackInfo,
}

impl Block<'_> {
    /// The number of frames to fill.
    pub fn frames(&self) -> usize {
        self.output.len().checked_div(self.outputs).unwrap_or(0)
    }
}

/// When and how a call came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallbackInfo {
    /// When the device asked for these frames, in nanoseconds of the request's [`HostClock`]; `None` where the device
    /// runs ahead of time.
    pub host_ns: Option<u64>,
    /// Since the call before, the device dropped or repeated frames.
    pub xrun: bool,
}

/// Nanoseconds since an instant that everything timed against the sound shares.
///
/// A copy tells the same time on any thread and under any device, so that a packet stamped by one thread and a block
/// stamped by another can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostClock {
    origin: Instant,
}

impl HostClock {
    /// A clock that starts now.
    pub fn new() -> HostClock {
        HostClock { origin: Instant::now() }
    }
    /// The present time.
    pub fn now_ns(&self) -> u64 {
        self.ns_of(Instant::now())
    }
    /// The time of an instant; 0 for one before the clock's start.
    pub fn ns_of(&self, instant: Instant) -> u64 {
        instant.saturating_duration_since(self.origin).as_nanos() as u64
    }
}

impl Default for HostClock {
    fn default() -> HostClock {
        HostClock::new()
    }
}
