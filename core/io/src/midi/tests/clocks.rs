//! Clocks that come in, and the one that goes out.

use crate::midi::{Follower, Message, Pulses, Running};

const START_NS: f64 = 5e9;

/// Numbers that look random, evenly from −1 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        // Knuth's constants (MMIX).
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// A machine that plays from beat 0 at changing tempos, and sends its clock with jitter.
struct Machine {
    at_ns: f64,
    pulse: u32,
    random: Random,
    jitter_ns: f64,
}

impl Machine {
    fn new(jitter_ns: f64) -> Machine {
        Machine { at_ns: START_NS, pulse: 0, random: Random(11), jitter_ns }
    }

    /// Plays so many beats; answers the worst error of the follower in seconds from some beat on, asked in between.
    fn play(&mut self, follower: &mut Follower, bpm: f64, beats: u32, settled: u32) -> f64 {
        let step = 60e9 / bpm / 24.0;
        let mut worst: f64 = 0.0;
        for i in 0..beats * 24 {
            follower.take((self.at_ns + self.jitter_ns * self.random.next()) as u64, Message::Clock);
            if i >= settled * 24 {
                let ahead = self.at_ns + 0.5 * step;
                let truth = (f64::from(self.pulse) + 0.5) / 24.0;
                let beat = follower.beat(ahead as u64).unwrap();
                worst = worst.max((beat - truth).abs() * 60.0 / bpm);
            }
            self.at_ns += step;
            self.pulse += 1;
        }
        worst
    }
}

#[test]
fn a_steady_clock_is_followed_through_jitter() {
    let mut follower = Follower::new();
    follower.take(START_NS as u64 - 1_000_000, Message::Start);
    assert_eq!(follower.running(), Running::Armed);
    let worst = Machine::new(1e6).play(&mut follower, 123.4, 64, 16);
    assert!(worst < 0.5e-3, "{} ms", worst * 1e3);
    assert!((follower.bpm().unwrap() - 123.4).abs() < 0.05, "{:?}", follower.bpm());
    assert!((follower.jitter_ns() - 0.5e6).abs() < 0.2e6, "{}", follower.jitter_ns());
    assert_eq!(follower.restarts(), 2, "the first clock, and the first interval");
}

#[test]
fn an_exact_clock_is_followed_exactly() {
    let mut follower = Follower::new();
    follower.take(START_NS as u64 - 1_000_000, Message::Start);
    let worst = Machine::new(0.0).play(&mut follower, 174.0, 32, 2);
    assert!(worst < 10e-6, "{} µs", worst * 1e6);
}

#[test]
fn a_sudden_tempo_is_followed_within_two_beats_and_a_turned_one_all_the_way() {
    for jitter in [0.0, 0.5e6, 1e6] {
        let (mut follower, mut machine) = (Follower::new(), Machine::new(jitter));
        follower.take(START_NS as u64 - 1_000_000, Message::Start);
        machine.play(&mut follower, 120.0, 16, 8);
        for bpm in [140.0, 90.0, 91.0, 180.0] {
            let worst = machine.play(&mut follower, bpm, 16, 4);
            assert!(worst < 2.5e-3, "{bpm} with {jitter} ns: {} ms", worst * 1e3);
            assert!((follower.bpm().unwrap() / bpm - 1.0).abs() < 0.005, "{bpm}: {:?}", follower.bpm());
        }
        let mut worst: f64 = 0.0;
        for tenth in 0..200 {
            worst = worst.max(machine.play(&mut follower, 180.0 - f64::from(tenth) * 0.2, 1, u32::from(tenth == 0)));
        }
        assert!(worst < 10e-3, "{} ms", worst * 1e3);
    }
}

#[test]
fn it_starts_stops_and_goes_on_where_it_is_told() {
    let mut follower = Follower::new();
    let mut at = 1_000_000_000u64;
    let mut clocks = |follower: &mut Follower, n: u32| {
        for _ in 0..n {
            follower.take(at, Message::Clock);
            at += 20_000_000;
        }
        at - 20_000_000
    };
    // Clocks run before it plays: the tempo is known, the place is not.
    clocks(&mut follower, 48);
    assert_eq!((follower.beat(2_000_000_000), follower.running()), (None, Running::Stopped));
    assert!((follower.bpm().unwrap() - 125.0).abs() < 1e-3);
    follower.take(0, Message::Start);
    let next = follower.next_ns().unwrap();
    assert!(next.abs_diff(1_960_000_000) < 1_000, "{next}");
    let now = clocks(&mut follower, 25);
    assert!((follower.beat(now).unwrap() - 1.0).abs() < 1e-3);
    follower.take(now, Message::Stop);
    assert!(follower.beat(now).is_none());
    clocks(&mut follower, 10);
    follower.take(now, Message::Continue);
    assert_eq!(follower.start_beat(), 1.0);
    follower.take(now, Message::SongPosition(32));
    let now = clocks(&mut follower, 1);
    assert!((follower.beat(now).unwrap() - 8.0).abs() < 1e-3);
    assert!(follower.is_gone(now + 600_000_000) && !follower.is_gone(now + 100_000_000));
    follower.lose();
    assert_eq!((follower.running(), follower.bpm()), (Running::Stopped, None));
    assert_eq!(follower.start_beat(), 8.0);
}

#[test]
fn nonsense_makes_no_nonsense() {
    let (mut follower, mut random) = (Follower::new(), Random(4));
    let all = [Message::Clock, Message::Start, Message::Continue, Message::Stop, Message::SongPosition(16_383)];
    let mut at = 0u64;
    for i in 0..20_000 {
        let pick = if i % 7 == 0 { (random.next().abs() * 4.99) as usize } else { 0 };
        at = at.saturating_add_signed((random.next() * 1e8) as i64 + 2e7 as i64);
        follower.take(at, all[pick]);
        assert!(follower.beat(at + 1_000_000).is_none_or(f64::is_finite));
        assert!(follower.bpm().is_none_or(|bpm| bpm.is_finite() && bpm > 1.0 && bpm < 2_000.0), "{:?}", follower.bpm());
    }
}

fn played(pulses: &mut Pulses, from: f64, to: f64) -> Vec<(f64, Message)> {
    let mut all = Vec::new();
    pulses.play(from, to, |beat, message| all.push((beat, message)));
    all
}

#[test]
fn each_clock_goes_out_once_however_time_is_cut() {
    let mut pulses = Pulses::new();
    let (mut all, mut at) = (Vec::new(), 0.0);
    for i in 0..100 {
        let next = at + 0.003 + f64::from(i % 7) * 0.02;
        all.extend(played(&mut pulses, at, next));
        at = next;
    }
    assert_eq!(all[0], (0.0, Message::Start));
    let clocks: Vec<f64> = all[1..].iter().map(|(beat, _)| *beat).collect();
    assert!(all[1..].iter().all(|(_, m)| *m == Message::Clock));
    assert!(clocks.iter().enumerate().all(|(i, beat)| (beat - i as f64 / 24.0).abs() < 1e-9));
    assert_eq!(clocks.len(), (at * 24.0).ceil() as usize);
}

#[test]
fn it_goes_on_at_the_next_sixteenth_and_tells_jumps() {
    let mut pulses = Pulses::new();
    let all = played(&mut pulses, 3.4, 3.51);
    assert_eq!(all, [(3.4, Message::SongPosition(14)), (3.4, Message::Continue), (3.5, Message::Clock)]);
    let all = played(&mut pulses, 8.0, 8.01);
    let told: Vec<Message> = all.iter().map(|(_, m)| *m).collect();
    assert_eq!(told, [Message::Stop, Message::SongPosition(32), Message::Continue, Message::Clock]);
    // What has just begun is told from its beginning.
    let all = played(&mut Pulses::new(), 0.02, 0.05);
    assert_eq!(all, [(0.02, Message::Start), (0.0, Message::Clock), (1.0 / 24.0, Message::Clock)]);
    let mut stopped = Vec::new();
    pulses.stop(|m| stopped.push(m));
    pulses.stop(|m| stopped.push(m));
    assert_eq!(stopped, [Message::Stop]);
}
