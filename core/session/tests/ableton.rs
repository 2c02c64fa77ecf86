//! A set and a peer share their time by Ableton Link itself, over this machine's network.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what it measured, and where it fails")]

use bf_io::HostClock;
use bf_io::link::{Link, Shared};
use bf_patch::{Edit, SetEdit};
use bf_session::link::{LinkRequest, Linked};
use bf_session::surface::FrameClock;
use bf_session::{BackendKind, DeviceRequest, Live, LiveRequest, Options, Session, registry};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const QUANTUM: f64 = 4.0;
/// Two tests would be peers of one another.
static ONE: Mutex<()> = Mutex::new(());

/// A set on the null device, and a peer.
struct Stage {
    _folder: tempfile::TempDir,
    session: Session,
    live: Live,
    linked: Linked,
    peer: Link,
    clock: HostClock,
    frames: FrameClock,
    buffer: f64,
}

impl Stage {
    fn new(buffer: u32, bpm: f64) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("set.toml"), "beatforge = 1\ntempo = 120.0\n").unwrap();
        let device = DeviceRequest { backend: BackendKind::Null, block: Some(buffer), ..DeviceRequest::default() };
        let (mut live, away) = Live::open(&LiveRequest { device }).unwrap();
        assert!(away.is_none());
        let options = Options { sample_rate: live.format().sample_rate, ..Options::default() };
        let (mut session, engine) = Session::open(folder.path(), registry(), options).unwrap();
        let request = LinkRequest { start_stop: true, latency_ms: None };
        let (clock, buffer) = (live.clock(), live.format().block);
        let linked = Linked::open(&session, request, clock, buffer).unwrap();
        let mut peer = Link::join(bpm, clock);
        peer.share_start_stop(true);
        live.start(&mut session, engine).unwrap();
        let frames = FrameClock::new(options.sample_rate);
        let buffer = f64::from(buffer) * 1e9 / f64::from(options.sample_rate);
        Stage { _folder: folder, session, live, linked, peer, clock, frames, buffer }
    }

    fn poll(&mut self) {
        let readings = self.live.readings();
        readings.iter().for_each(|reading| self.frames.observe(*reading));
        self.session.poll();
        self.linked.poll(&mut self.session, &readings);
        std::thread::sleep(Duration::from_millis(2));
    }

    /// Plays on until something is so; false where it is not within so many seconds.
    fn until(&mut self, secs: f64, mut so: impl FnMut(&mut Stage) -> bool) -> bool {
        let began = Instant::now();
        while began.elapsed().as_secs_f64() < secs {
            self.poll();
            if so(self) {
                return true;
            }
        }
        false
    }

    fn bpm(&mut self) -> f64 {
        self.session.controller().shared().status().bpm
    }

    fn peer_bpm(&mut self) -> f64 {
        let now = self.clock.now_ns();
        self.peer.standing(now, QUANTUM).bpm
    }

    /// How far what is heard of the set is from the peer's place in the bar, in seconds.
    fn off(&mut self) -> Option<f64> {
        let shared = self.session.controller().shared();
        let (status, again) = (shared.status(), shared.status());
        let asked = self
            .frames
            .time_ns(status.frame as f64)
            .filter(|_| (status.frame, status.beat) == (again.frame, again.beat))?;
        let theirs = self.peer.standing(asked + self.buffer as u64, QUANTUM);
        let off = theirs.beat - status.beat;
        Some((off - (off / QUANTUM).round() * QUANTUM) * 60.0 / theirs.bpm)
    }

    /// The most that it is off for so many seconds, and on average.
    fn worst(&mut self, secs: f64) -> (f64, f64) {
        let mut all = Vec::new();
        self.until(secs, |stage| {
            all.extend(stage.off().map(f64::abs));
            false
        });
        (all.iter().copied().fold(0.0, f64::max), all.iter().sum::<f64>() / all.len() as f64)
    }

    /// Whether the two find each other; says so where they do not.
    fn meets(&mut self) -> bool {
        let met = self.until(10.0, |stage| stage.linked.desk().sync().peers > 0);
        if !met {
            println!("skipped: no multicast here, two programs do not find each other within 10 s");
        }
        met
    }
}

#[test]
fn tempo_at_either_side_leaves_no_offset() {
    let _one = ONE.lock();
    for buffer in [128, 1024] {
        let mut stage = Stage::new(buffer, 133.0);
        if !stage.meets() {
            return;
        }
        // To the next bar, and what is left after the jump.
        stage.until(4.0, |_| false);
        assert!((stage.bpm() / stage.peer_bpm() - 1.0).abs() < 1e-3);
        let (worst, mean) = stage.worst(1.0);
        println!("buffer {buffer}: joined: {:.3} ms at the most, {:.3} on average", worst * 1e3, mean * 1e3);
        assert!(worst < 1e-3, "{worst} s");
        for (n, bpm) in [140.0, 92.5, 174.0, 120.0].into_iter().enumerate() {
            let began = Instant::now();
            let by = if n % 2 == 0 {
                let now = stage.clock.now_ns();
                stage.peer.set_tempo(bpm, now);
                "the peer"
            } else {
                stage.session.apply(&SetEdit::main(Edit::SetTempo(bpm)), "tempo", None).unwrap();
                "the set"
            };
            let came = stage.until(2.0, |s| (s.peer_bpm() - bpm).abs() < 1e-3 && (s.bpm() / bpm - 1.0).abs() < 1e-3);
            let arrived = began.elapsed();
            assert!(came, "{bpm} by {by}: {} and {}", stage.peer_bpm(), stage.bpm());
            stage.until(0.3, |_| false);
            let (worst, mean) = stage.worst(2.0);
            println!(
                "buffer {buffer}: {bpm} by {by}: both after {arrived:?}; {:.3} ms at the most, {:.3} on average",
                worst * 1e3,
                mean * 1e3
            );
            assert!(worst < 1e-3, "{bpm} by {by}: {worst} s");
        }
        assert_eq!(stage.session.controller().shared().status().late, 0);
    }
}

#[test]
fn starts_and_stops_go_both_ways() {
    let _one = ONE.lock();
    let mut stage = Stage::new(256, 120.0);
    if !stage.meets() {
        return;
    }
    stage.until(3.0, |_| false);
    let plays = |stage: &mut Stage| stage.session.controller().shared().status().playing;
    let peer_plays = |stage: &mut Stage| {
        let now = stage.clock.now_ns();
        stage.peer.standing(now, QUANTUM).playing
    };
    let now = stage.clock.now_ns();
    stage.peer.set_playing(true, now);
    assert!(stage.until(4.0, |stage| plays(stage)), "started by the peer");
    let now = stage.clock.now_ns();
    stage.peer.set_playing(false, now);
    assert!(stage.until(1.0, |stage| !plays(stage)), "stopped by the peer");
    stage.session.play();
    assert!(stage.until(1.0, |stage| peer_plays(stage)), "started by the set");
    assert!(stage.until(4.0, |stage| plays(stage)));
    stage.until(0.3, |_| false);
    let (worst, mean) = stage.worst(1.0);
    println!("after a start: {:.3} ms at the most, {:.3} on average", worst * 1e3, mean * 1e3);
    assert!(worst < 1e-3, "{worst} s");
    stage.session.stop();
    assert!(stage.until(1.0, |stage| !peer_plays(stage)), "stopped by the set");
    assert!(stage.until(1.0, |stage| !plays(stage)));
}
