//! Devices that vanish, stall, lie and come back, under a callback that minds who calls.

use super::*;
use crate::backend::{Backend, Opened, Running, null::Null};
use crate::{Block, DeviceInfo, Feed};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::yield_now;
use std::time::Instant;

/// A card that a test plugs and unplugs. Its thread calls as fast as it can, and goes on calling after the card is
/// said to be gone, until it is dropped: the worst that a driver does.
#[derive(Default)]
struct Card {
    plugged: AtomicBool,
    calling: AtomicBool,
    rate: AtomicU64,
    opened: AtomicU64,
    running: AtomicU64,
}

impl Card {
    fn new() -> Arc<Card> {
        let card = Card::default();
        card.rate.store(48_000, Ordering::SeqCst);
        card.plug(true);
        card.calling.store(true, Ordering::SeqCst);
        Arc::new(card)
    }
    fn plug(&self, plugged: bool) {
        self.plugged.store(plugged, Ordering::SeqCst);
    }
    fn is_plugged(&self) -> bool {
        self.plugged.load(Ordering::SeqCst)
    }
}

struct Cards(Arc<Card>);

impl Backend for Cards {
    fn kind(&self) -> BackendKind {
        BackendKind::Cpal
    }
    fn list(&self) -> Vec<DeviceInfo> {
        Vec::new()
    }
    fn open(&self, _: &DeviceRequest) -> Result<Box<dyn Opened>, DeviceError> {
        if !self.0.is_plugged() {
            return Err(DeviceError::NoDevice { why: "unplugged".into() });
        }
        self.0.opened.fetch_add(1, Ordering::SeqCst);
        let sample_rate = self.0.rate.load(Ordering::SeqCst) as u32;
        let (device, notes) = ("card".into(), Vec::new());
        let format =
            Format { backend: BackendKind::Cpal, device, sample_rate, block: 64, outputs: 2, inputs: 0, notes };
        Ok(Box::new(OpenCard(Arc::clone(&self.0), format)))
    }
}

struct OpenCard(Arc<Card>, Format);

impl Opened for OpenCard {
    fn format(&self) -> &Format {
        &self.1
    }
    fn start(self: Box<Self>, mut feed: Feed) -> Result<Box<dyn Running>, DeviceError> {
        let (card, stop) = (Arc::clone(&self.0), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        card.running.fetch_add(1, Ordering::SeqCst);
        let thread = std::thread::spawn(move || {
            let mut out = [0.0; 128];
            while !stopped.load(Ordering::SeqCst) {
                if card.calling.load(Ordering::SeqCst) {
                    feed.run((&[], 0), (&mut out, 2), None);
                }
                yield_now();
            }
            card.running.fetch_sub(1, Ordering::SeqCst);
        });
        Ok(Box::new(RunningCard(self.0, stop, Some(thread))))
    }
}

struct RunningCard(Arc<Card>, Arc<AtomicBool>, Option<JoinHandle<()>>);

impl Running for RunningCard {
    fn check(&mut self) -> Result<(), DeviceError> {
        if self.0.is_plugged() {
            return Ok(());
        }
        Err(DeviceError::Lost { device: "card".into(), why: "unplugged".into() })
    }
}

impl Drop for RunningCard {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
        self.2.take().unwrap().join().unwrap();
    }
}

/// What the callback has seen.
#[derive(Default)]
struct Seen {
    frames: AtomicU64,
    inside: AtomicBool,
    clashes: AtomicU64,
}

/// Quick in all but the watchdog: on a loaded machine, a thread may well not run for a while.
fn patience() -> Patience {
    let ms = Duration::from_millis;
    Patience { watchdog: ms(5000), first_call: ms(5000), retry: ms(10), poll: ms(1) }
}

fn request(backend: BackendKind) -> DeviceRequest {
    DeviceRequest { backend, block: Some(32), ..DeviceRequest::default() }
}

fn run(card: &Arc<Card>) -> (Supervisor, Arc<Seen>) {
    run_with(card, patience())
}

fn run_with(card: &Arc<Card>, patience: Patience) -> (Supervisor, Arc<Seen>) {
    let devices = Devices::with(vec![Box::new(Cards(Arc::clone(card))), Box::new(Null)]);
    let standby = Standby::open(devices, request(BackendKind::Cpal)).unwrap().with_patience(patience);
    let seen = Arc::new(Seen::default());
    let minded = Arc::clone(&seen);
    let callback = move |block: &mut Block<'_>| {
        if minded.inside.swap(true, Ordering::SeqCst) {
            minded.clashes.fetch_add(1, Ordering::SeqCst);
        }
        minded.frames.fetch_add(block.frames() as u64, Ordering::SeqCst);
        yield_now();
        minded.inside.store(false, Ordering::SeqCst);
    };
    (standby.run(Box::new(callback)).unwrap(), seen)
}

/// The next event that is not about priority, which depends on the machine.
fn event(supervisor: &Supervisor) -> DeviceEvent {
    loop {
        match supervisor.events().recv_timeout(Duration::from_secs(10)).unwrap() {
            DeviceEvent::PriorityRefused => {}
            event => return event,
        }
    }
}

fn is_on_card(event: &DeviceEvent) -> bool {
    matches!(event, DeviceEvent::OnDevice(format) if format.device == "card")
}

/// Waits until the callback has made more frames.
fn plays(seen: &Seen, frames: u64) {
    let (start, begun) = (seen.frames.load(Ordering::SeqCst), Instant::now());
    while seen.frames.load(Ordering::SeqCst) < start + frames {
        assert!(begun.elapsed() < Duration::from_secs(10), "the callback is not called any more");
        yield_now();
    }
}

#[test]
fn a_device_that_vanishes_and_comes_back_never_stops_the_callback() {
    let card = Card::new();
    let (supervisor, seen) = run(&card);
    assert!(is_on_card(&event(&supervisor)));
    for _ in 0..5 {
        plays(&seen, 500);
        assert!(supervisor.status().sounds());
        card.plug(false);
        let lost = DeviceError::Lost { device: "card".into(), why: "unplugged".into() };
        assert_eq!(event(&supervisor), DeviceEvent::FellToNull(lost.clone()));
        assert!(!supervisor.status().sounds() && supervisor.status().away.is_some());
        plays(&seen, 500);
        let away = DeviceError::NoDevice { why: "unplugged".into() };
        assert_eq!(event(&supervisor), DeviceEvent::StillAway(away));
        card.plug(true);
        assert!(is_on_card(&event(&supervisor)));
        assert_eq!(supervisor.status().away, None);
    }
    let status = supervisor.status();
    assert!(supervisor.stop().is_some());
    assert_eq!(seen.clashes.load(Ordering::SeqCst), 0, "two threads were inside at once");
    assert!(status.frames <= seen.frames.load(Ordering::SeqCst));
    assert_eq!((card.opened.load(Ordering::SeqCst), card.running.load(Ordering::SeqCst)), (6, 0));
}

#[test]
fn a_device_that_stops_calling_is_left_and_taken_again_when_it_calls() {
    let card = Card::new();
    let watchful =
        Patience { watchdog: Duration::from_millis(200), first_call: Duration::from_millis(200), ..patience() };
    let (supervisor, seen) = run_with(&card, watchful);
    assert!(is_on_card(&event(&supervisor)));
    plays(&seen, 100);
    card.calling.store(false, Ordering::SeqCst);
    let DeviceEvent::FellToNull(DeviceError::Stalled { millis, .. }) = event(&supervisor) else {
        panic!("not stalled")
    };
    assert!(millis >= 200, "after {millis} ms");
    // It opens again, but does not call: the null device keeps the callback through every try.
    let DeviceEvent::StillAway(DeviceError::Stalled { .. }) = event(&supervisor) else { panic!("taken too early") };
    plays(&seen, 500);
    card.calling.store(true, Ordering::SeqCst);
    while !is_on_card(&event(&supervisor)) {}
    plays(&seen, 500);
    drop(supervisor);
    assert_eq!(seen.clashes.load(Ordering::SeqCst), 0);
}

#[test]
fn without_a_device_it_starts_on_null_and_takes_the_device_when_it_is_there() {
    let card = Card::new();
    card.plug(false);
    let (supervisor, seen) = run(&card);
    let why = DeviceError::NoDevice { why: "unplugged".into() };
    assert_eq!(event(&supervisor), DeviceEvent::FellToNull(why));
    plays(&seen, 200);
    card.plug(true);
    assert!(is_on_card(&event(&supervisor)));
    let frames = supervisor.status().frames;
    assert!(frames >= 200, "the count goes on: {frames}");
}

#[test]
fn a_device_at_another_rate_is_not_taken() {
    let card = Card::new();
    let (supervisor, seen) = run(&card);
    assert!(is_on_card(&event(&supervisor)));
    card.plug(false);
    card.rate.store(44_100, Ordering::SeqCst);
    assert!(matches!(event(&supervisor), DeviceEvent::FellToNull(_)));
    card.plug(true);
    let wrong = DeviceError::Rate { device: "card".into(), wanted: 48_000, offered: 44_100 };
    while event(&supervisor) != DeviceEvent::StillAway(wrong.clone()) {}
    plays(&seen, 200);
    card.rate.store(48_000, Ordering::SeqCst);
    assert!(is_on_card(&event(&supervisor)));
}

#[test]
fn another_device_can_be_wanted_while_it_plays() {
    let card = Card::new();
    let (supervisor, seen) = run(&card);
    assert!(is_on_card(&event(&supervisor)));
    supervisor.switch(request(BackendKind::Null));
    let DeviceEvent::OnDevice(format) = event(&supervisor) else { panic!("not switched") };
    assert_eq!((format.device.as_str(), card.running.load(Ordering::SeqCst)), ("null", 0));
    plays(&seen, 200);
    supervisor.switch(request(BackendKind::Jack));
    let DeviceEvent::StillAway(DeviceError::NoDevice { .. }) = event(&supervisor) else { panic!("no jack here") };
    plays(&seen, 200);
    supervisor.switch(request(BackendKind::Cpal));
    while !is_on_card(&event(&supervisor)) {}
    assert!(supervisor.stop().is_some());
    assert_eq!(seen.clashes.load(Ordering::SeqCst), 0);
}

#[test]
fn a_panic_is_told_and_the_device_plays_on() {
    let card = Card::new();
    let devices = Devices::with(vec![Box::new(Cards(Arc::clone(&card))), Box::new(Null)]);
    let standby = Standby::open(devices, request(BackendKind::Cpal)).unwrap().with_patience(patience());
    let mut calls = 0;
    let callback = move |_: &mut Block<'_>| {
        calls += 1;
        if calls == 10 {
            std::panic::resume_unwind(Box::new("broken"));
        }
    };
    let supervisor = standby.run(Box::new(callback)).unwrap();
    assert!(is_on_card(&event(&supervisor)));
    assert_eq!(event(&supervisor), DeviceEvent::CallbackPanicked(1));
    let frames = supervisor.status().frames;
    while supervisor.status().frames < frames + 1000 {
        yield_now();
    }
}
