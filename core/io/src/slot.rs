//! Where the callback lives, and how devices take turns at it.
//!
//! The callback sits in a [`Slot`]; each device that could run it holds a [`Feed`] with a ticket of its own. The slot
//! names the ticket whose turn it is, and a mutex keeps the callback. A feed calls only when the turn is its own *and*
//! the mutex is free, and it looks at the turn again once it holds the mutex. So two threads are never in the callback
//! at once, and a thread that was overtaken while it slept does not call out of turn.
//!
//! The audio side only ever uses `try_lock`, which does not wait: if a device before is still inside its last block,
//! the block at hand is silent and the next one tries again.

use crate::priority::{Priority, raise};
use crate::{Block, Callback, CallbackInfo, HostClock, MAX_FRAMES};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The turn that no feed has.
const NOBODY: u64 = 0;
/// Panics in a row after which a callback is left alone: one bad block may pass, a broken callback would spend its
/// time unwinding.
const MAX_PANICS: u32 = 8;

/// Keeps one callback, and says whose turn it is to run it.
pub(crate) struct Slot {
    turn: AtomicU64,
    frames: AtomicU64,
    panics: AtomicU64,
    resident: Mutex<Option<Resident>>,
}

struct Resident {
    callback: Box<dyn Callback>,
    panics_in_a_row: u32,
}

impl Slot {
    pub(crate) fn new(callback: Box<dyn Callback>) -> Arc<Slot> {
        Arc::new(Slot {
            turn: AtomicU64::new(NOBODY),
            frames: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            resident: Mutex::new(Some(Resident { callback, panics_in_a_row: 0 })),
        })
    }

    /// A feed that runs the callback when it is the ticket's turn. Tickets start at 1 and are given once.
    pub(crate) fn feed(self: &Arc<Slot>, ticket: u64, clock: HostClock) -> Feed {
        Feed {
            slot: Arc::clone(self),
            ticket,
            clock,
            vitals: Arc::default(),
            seen_xruns: 0,
            wants_priority: false,
            rate: 0,
        }
    }

    /// From here on, only the feed of this ticket runs the callback.
    pub(crate) fn hand_to(&self, ticket: u64) {
        self.turn.store(ticket, Ordering::Release);
    }

    /// Frames that the callback has made, on all devices together.
    pub(crate) fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// How often the callback has panicked.
    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    /// Takes the callback out for good; waits for the block that it is in.
    pub(crate) fn take(&self) -> Option<Box<dyn Callback>> {
        self.hand_to(NOBODY);
        self.resident.lock().unwrap_or_else(PoisonError::into_inner).take().map(|resident| resident.callback)
    }
}

/// What a running device shows of itself. All counts grow only.
#[derive(Debug, Default)]
pub struct Vitals {
    calls: AtomicU64,
    xruns: AtomicU64,
    late: AtomicU64,
    silent: AtomicU64,
    priority: AtomicU8,
}

impl Vitals {
    /// Calls so far; a device that is alive adds to them.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
    /// Times that the device dropped or repeated frames.
    pub fn xruns(&self) -> u64 {
        self.xruns.load(Ordering::Relaxed)
    }
    /// Wake-ups that came more than a block too late (null device).
    pub fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }
    /// Calls that were answered with silence, because it was not this device's turn yet or any more.
    pub fn silent(&self) -> u64 {
        self.silent.load(Ordering::Relaxed)
    }
    /// Whether the system refused a high priority for the audio thread.
    pub fn priority_refused(&self) -> bool {
        self.priority.load(Ordering::Relaxed) == 2
    }
    /// Notes that the device dropped or repeated frames, so many times.
    pub fn count_xruns(&self, times: u64) {
        self.xruns.fetch_add(times, Ordering::Relaxed);
    }
    /// Notes a wake-up that came too late.
    pub fn count_late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
    }
}

/// A device's way to the callback. It belongs to the device's audio thread.
pub struct Feed {
    slot: Arc<Slot>,
    ticket: u64,
    clock: HostClock,
    vitals: Arc<Vitals>,
    seen_xruns: u64,
    wants_priority: bool,
    rate: u32,
}

impl Feed {
    /// The counts of this device's run.
    pub fn vitals(&self) -> Arc<Vitals> {
        Arc::clone(&self.vitals)
    }
    /// The clock of [`CallbackInfo::host_ns`].
    pub fn clock(&self) -> HostClock {
        self.clock
    }
    /// Raises the priority of the thread that calls [`Feed::run`] first; for backends whose threads nobody else raises.
    pub fn with_priority(mut self) -> Feed {
        self.wants_priority = true;
        self
    }
    /// Sets the rate by which times inside a large buffer are told.
    pub(crate) fn with_rate(mut self, rate: u32) -> Feed {
        self.rate = rate;
        self
    }

    /// Asks the callback for `output.len() / outputs` frames. What is not filled is silent.
    ///
    /// `input` and `output` are interleaved; `host_ns` is when the device asked. Buffers longer than [`MAX_FRAMES`] are
    /// cut; an input shorter than the output is taken as none.
    ///
    /// # Realtime Safety
    /// Neither allocates nor waits. The first call of a feed [with priority](Feed::with_priority) is one system call
    /// longer.
    pub fn run(
        &mut self,
        (input, inputs): (&[f32], usize),
        (output, outputs): (&mut [f32], usize),
        host_ns: Option<u64>,
    ) {
        if std::mem::take(&mut self.wants_priority) {
            let answer = if raise() == Priority::Raised { 1 } else { 2 };
            self.vitals.priority.store(answer, Ordering::Relaxed);
        }
        self.vitals.calls.fetch_add(1, Ordering::Relaxed);
        output.fill(0.0);
        if outputs == 0 || !self.is_our_turn() {
            self.vitals.silent.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // RT: try_lock never waits. Taken only while another device is inside its last block.
        let Ok(mut resident) = self.slot.resident.try_lock() else {
            self.vitals.silent.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let Some(resident) = resident.as_mut().filter(|_| self.is_our_turn()) else {
            self.vitals.silent.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let xruns = self.vitals.xruns();
        let mut info = CallbackInfo { host_ns, xrun: xruns != self.seen_xruns };
        self.seen_xruns = xruns;
        let inputs = if input.len() / inputs.max(1) >= output.len() / outputs { inputs } else { 0 };
        for (index, piece) in output.chunks_mut(MAX_FRAMES * outputs).enumerate() {
            let (start, frames) = (index * MAX_FRAMES, piece.len() / outputs);
            let input = if inputs == 0 { &[][..] } else { &input[start * inputs..(start + frames) * inputs] };
            info.host_ns = host_ns.map(|ns| ns + frames_ns(start as u64, self.rate));
            let mut block = Block { input, output: piece, inputs, outputs, info };
            resident.run(&mut block, &self.slot);
            self.slot.frames.fetch_add(frames as u64, Ordering::Relaxed);
            info.xrun = false;
        }
    }

    fn is_our_turn(&self) -> bool {
        self.slot.turn.load(Ordering::Acquire) == self.ticket
    }
}

impl Resident {
    fn run(&mut self, block: &mut Block<'_>, slot: &Slot) {
        if self.panics_in_a_row >= MAX_PANICS {
            return;
        }
        match catch_unwind(AssertUnwindSafe(|| self.callback.process(block))) {
            Ok(()) => self.panics_in_a_row = 0,
            Err(payload) => {
                self.panics_in_a_row += 1;
                slot.panics.fetch_add(1, Ordering::Relaxed);
                block.output.fill(0.0);
                // A payload's own drop could panic in turn; a leak of at most eight small boxes is the lesser evil.
                std::mem::forget(payload);
            }
        }
    }
}

/// The length of so many frames, in nanoseconds; 0 where the rate is unknown.
pub(crate) fn frames_ns(frames: u64, rate: u32) -> u64 {
    (u128::from(frames) * 1_000_000_000).checked_div(u128::from(rate)).unwrap_or(0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    fn counting() -> (Box<dyn Callback>, Arc<AtomicU64>) {
        let frames = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&frames);
        let callback = move |block: &mut Block<'_>| {
            block.output.fill(1.0);
            count.fetch_add(block.frames() as u64, Ordering::Relaxed);
        };
        (Box::new(callback), frames)
    }

    #[test]
    fn only_the_feed_whose_turn_it_is_sounds() {
        let (callback, frames) = counting();
        let slot = Slot::new(callback);
        let (mut one, mut two) = (slot.feed(1, HostClock::new()), slot.feed(2, HostClock::new()));
        let mut out = [0.5; 8];
        one.run((&[], 0), (&mut out, 2), None);
        assert_eq!((out, frames.load(Ordering::Relaxed)), ([0.0; 8], 0));
        slot.hand_to(1);
        one.run((&[], 0), (&mut out, 2), None);
        assert_eq!((out, frames.load(Ordering::Relaxed)), ([1.0; 8], 4));
        slot.hand_to(2);
        one.run((&[], 0), (&mut out, 2), None);
        assert_eq!(out, [0.0; 8]);
        two.run((&[], 0), (&mut out, 2), None);
        assert_eq!((out, slot.frames()), ([1.0; 8], 8));
        assert!(slot.take().is_some());
        two.run((&[], 0), (&mut out, 2), None);
        assert_eq!((out, slot.take().is_none()), ([0.0; 8], true));
        assert_eq!((one.vitals().calls(), one.vitals().silent()), (3, 2));
    }

    #[test]
    fn two_threads_are_never_inside_at_once() {
        let inside = Arc::new(AtomicBool::new(false));
        let clashes = Arc::new(AtomicU64::new(0));
        let callback = {
            let (inside, clashes) = (Arc::clone(&inside), Arc::clone(&clashes));
            move |_: &mut Block<'_>| {
                if inside.swap(true, Ordering::SeqCst) {
                    clashes.fetch_add(1, Ordering::SeqCst);
                }
                std::thread::yield_now();
                inside.store(false, Ordering::SeqCst);
            }
        };
        let slot = Slot::new(Box::new(callback));
        let stop = Arc::new(AtomicBool::new(false));
        let threads: Vec<_> = (1..=3)
            .map(|ticket| {
                let (mut feed, stop) = (slot.feed(ticket, HostClock::new()), Arc::clone(&stop));
                std::thread::spawn(move || {
                    let mut out = [0.0; 2];
                    while !stop.load(Ordering::Relaxed) {
                        feed.run((&[], 0), (&mut out, 1), None);
                    }
                })
            })
            .collect();
        while slot.frames() < 3_000 {
            for ticket in [1, 3, 2] {
                slot.hand_to(ticket);
                std::thread::yield_now();
            }
        }
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(clashes.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn long_buffers_are_cut_and_timed() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let slot = Slot::new(Box::new(move |block: &mut Block<'_>| {
            log.lock().unwrap().push((block.frames(), block.info, block.input.len(), block.input[0]));
        }));
        let mut feed = slot.feed(1, HostClock::new()).with_rate(48_000);
        slot.hand_to(1);
        feed.vitals().count_xruns(1);
        let input: Vec<f32> = (0..MAX_FRAMES + 10).map(|i| i as f32).collect();
        feed.run((&input, 1), (&mut vec![0.0; 2 * (MAX_FRAMES + 10)], 2), Some(7));
        let later = 7 + MAX_FRAMES as u64 * 1_000_000_000 / 48_000;
        let expected = [
            (MAX_FRAMES, CallbackInfo { host_ns: Some(7), xrun: true }, MAX_FRAMES, 0.0),
            (10, CallbackInfo { host_ns: Some(later), xrun: false }, 10, MAX_FRAMES as f32),
        ];
        assert_eq!(*seen.lock().unwrap(), expected);
    }

    #[test]
    fn the_audio_side_does_not_allocate() {
        let (callback, frames) = counting();
        let slot = Slot::new(callback);
        let (mut one, mut two) = (slot.feed(1, HostClock::new()).with_priority(), slot.feed(2, HostClock::new()));
        let mut out = vec![0.0; 2 * MAX_FRAMES + 7];
        assert_no_alloc::assert_no_alloc(|| {
            for turn in [1, 2, 1, 0] {
                slot.hand_to(turn);
                one.run((&[], 0), (&mut out, 1), Some(1));
                two.run((&[], 0), (&mut out, 1), Some(1));
            }
        });
        assert_eq!(frames.load(Ordering::Relaxed), 3 * (2 * MAX_FRAMES as u64 + 7));
    }

    #[test]
    fn a_short_input_counts_as_none() {
        let slot = Slot::new(Box::new(|block: &mut Block<'_>| assert_eq!((block.inputs, block.input.len()), (0, 0))));
        slot.hand_to(1);
        slot.feed(1, HostClock::new()).run((&[0.0; 3], 1), (&mut [0.0; 8], 2), None);
        assert_eq!(slot.panics(), 0);
    }

    #[test]
    fn a_panic_is_silence_and_in_the_end_silence_for_good() {
        let mut calls = 0;
        let slot = Slot::new(Box::new(move |block: &mut Block<'_>| {
            calls += 1;
            block.output.fill(1.0);
            // `resume_unwind` is a panic without the hook, so that the test's output stays clean.
            if calls != 2 {
                std::panic::resume_unwind(Box::new("broken"));
            }
        }));
        slot.hand_to(1);
        let mut feed = slot.feed(1, HostClock::new());
        let mut out = [0.0; 2];
        let sounds: Vec<f32> = (0..20)
            .map(|_| {
                feed.run((&[], 0), (&mut out, 2), None);
                out[0]
            })
            .collect();
        assert_eq!(sounds.iter().sum::<f32>(), 1.0);
        assert_eq!(sounds[1], 1.0);
        assert_eq!(slot.panics(), 1 + u64::from(MAX_PANICS));
    }
}
