//! Engines that take over from one another, and sounds that are tried, without a device.

use super::relay::{Arrival, Done, Reins, Relay, Tried};
use crate::{Options, Session, registry};
use assert_no_alloc::assert_no_alloc;
use bf_engine::{Engine, Move, When};
use bf_io::{Block, Callback, CallbackInfo};
use std::sync::atomic::Ordering;

/// A set that gives a steady level.
fn steady(level: f64) -> (Session, Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "beatforge = 1\n[nodes]\nlevel = {{ type = \"constant\", value = {level:.2} }}\nout = {{ type = \"output\" }}\n[cables]\nout = \"level\"\n"
    );
    std::fs::write(folder.path().join("set.toml"), text).expect("a set");
    let (mut session, mut engine) =
        Session::open(folder.path(), registry(), Options::default()).unwrap_or_else(|e| panic!("{e}"));
    session.controller().transport(Move::Play, When::Frame(0));
    engine.prime();
    (session, engine, folder)
}

/// The left side of what a device hears that asks for these many frames, one call after the other.
fn hear(relay: &mut Relay, calls: &[usize]) -> Vec<f32> {
    let mut heard = Vec::new();
    for frames in calls {
        let mut output = vec![0.0; frames * 2];
        let info = CallbackInfo { host_ns: Some(1), xrun: false };
        let mut block = Block { input: &[], output: &mut output, inputs: 0, outputs: 2, info };
        assert_no_alloc(|| relay.process(&mut block));
        heard.extend(output.chunks(2).map(|frame| frame[0]));
    }
    heard
}

fn calls(total: usize, each: usize) -> Vec<usize> {
    let mut calls = vec![each; total / each];
    calls.extend(Some(total % each).filter(|n| *n > 0));
    calls
}

fn change(reins: &mut Reins, engine: Engine, (at, fade): (u64, u64)) {
    let arrival = Arrival::Engine { engine: Box::new(engine), number: 1, at, fade };
    assert!(reins.arrivals.push(arrival).is_ok(), "there is room");
}

#[test]
fn another_engine_takes_over_at_its_frame_and_the_first_comes_back() {
    let heard = |each| {
        let (_a, first, _keep) = steady(0.25);
        let (_b, second, _keep) = steady(0.75);
        let (mut relay, mut reins) = Relay::new(first);
        let mut heard = hear(&mut relay, &calls(4_800, each));
        change(&mut reins, second, (9_000, 1_000));
        heard.extend(hear(&mut relay, &calls(9_600, each)));
        assert!(matches!(reins.done.pop(), Ok(Done::Engine(_))), "the first one is dropped elsewhere");
        assert_eq!((reins.serving.load(Ordering::Relaxed), reins.began.load(Ordering::Relaxed)), (1, 9_000));
        heard
    };
    let all = heard(64);
    assert!((all[8_999] - 0.25).abs() < 1e-3, "{}", all[8_999]);
    assert!((all[11_000] - 0.75).abs() < 1e-3, "{}", all[11_000]);
    let step = |at: usize| (all[at + 1] - all[at]).abs();
    let steepest = (8_000..12_000).map(step).fold(0.0, f32::max);
    assert!(steepest < 0.002, "{steepest}: it does not click");
    assert_eq!(all, heard(333), "whatever the device asks for at once");
    assert_eq!(all, heard(4_096));
}

#[test]
fn readings_count_from_the_engine_that_plays() {
    let (_a, first, _keep) = steady(0.25);
    let (_b, second, _keep) = steady(0.75);
    let (mut relay, mut reins) = Relay::new(first);
    change(&mut reins, second, (100, 50));
    hear(&mut relay, &[64, 64, 64, 64]);
    let all: Vec<(u64, u64)> =
        core::iter::from_fn(|| reins.readings.pop().ok()).map(|(number, r)| (number, r.frame)).collect();
    assert_eq!(all, [(0, 0), (0, 64), (1, 28), (1, 92)]);
}

#[test]
fn a_sound_is_tried_from_its_frame_on_and_comes_back() {
    let (_a, engine, _keep) = steady(0.0);
    let (mut relay, mut reins) = Relay::new(engine);
    let tried = |at| Arrival::Sound(Box::new(Tried { sound: vec![1.0; 2_000], at, heard: 0, left: None }));
    assert!(reins.arrivals.push(tried(300)).is_ok());
    let heard = hear(&mut relay, &calls(2_000, 128));
    assert_eq!((heard[299], heard[300], heard[1_299], heard[1_300]), (0.0, 0.7, 0.7, 0.0));
    assert!(matches!(reins.done.pop(), Ok(Done::Sound(_))));
    // Another one takes its place without a click.
    assert!(reins.arrivals.push(tried(0)).is_ok());
    let heard = hear(&mut relay, &[128]);
    assert_eq!(heard[127], 0.7);
    assert!(reins.arrivals.push(Arrival::Quiet).is_ok());
    let heard = hear(&mut relay, &[1_000]);
    let steepest = heard.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
    assert!(steepest < 0.01 && heard[999] == 0.0, "{steepest}");
    assert!(matches!(reins.done.pop(), Ok(Done::Sound(_))));
}

fn steepest(heard: &[f32]) -> f32 {
    heard.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

fn tried() -> Arrival {
    Arrival::Sound(Box::new(Tried { sound: vec![1.0; 60_000], at: 0, heard: 0, left: None }))
}

#[test]
fn all_that_is_heard_fades_out_and_in_during_a_crossfade_and_a_preview() {
    let heard = |each| {
        let (_a, first, _keep) = steady(0.25);
        let (_b, second, _keep) = steady(0.25);
        let (mut relay, mut reins) = Relay::new(first);
        hear(&mut relay, &calls(4_800, each));
        change(&mut reins, second, (4_800, 38_400));
        assert!(reins.arrivals.push(tried()).is_ok());
        let mut heard = hear(&mut relay, &calls(9_600, each));
        let loud = heard.last().copied().unwrap_or_default();
        assert!(loud > 0.9, "{loud}: both are heard");
        assert!(reins.arrivals.push(Arrival::Close).is_ok());
        let out = hear(&mut relay, &calls(4_800, each));
        assert!(steepest(&out) < 0.01 && out[0] > 0.9 * loud, "{}", steepest(&out));
        assert!(out[300..].iter().all(|x| *x == 0.0) && reins.silent.load(Ordering::Relaxed));
        assert!(reins.arrivals.push(Arrival::Open).is_ok());
        heard.extend(out);
        heard.extend(hear(&mut relay, &calls(4_800, each)));
        assert!(!reins.silent.load(Ordering::Relaxed));
        assert!(steepest(&heard[9_600..]) < 0.01, "{}", steepest(&heard[9_600..]));
        assert!(heard.last().copied().unwrap_or_default() > 0.9);
        heard
    };
    assert_eq!(heard(64), heard(480), "whatever the device asks for at once");
}

#[test]
fn sounds_that_are_tried_all_at_once_give_way_without_a_click() {
    let (_a, engine, _keep) = steady(0.0);
    let (mut relay, mut reins) = Relay::new(engine);
    assert!(reins.arrivals.push(tried()).is_ok());
    let mut heard = hear(&mut relay, &[480]);
    // Two at once, and more while those before still fade.
    for count in [2, 1, 3, 1] {
        (0..count).for_each(|_| assert!(reins.arrivals.push(tried()).is_ok()));
        heard.extend(hear(&mut relay, &[32]));
    }
    assert!(reins.arrivals.push(Arrival::Quiet).is_ok());
    heard.extend(hear(&mut relay, &[960]));
    // A sound begins at its full level; what goes must not fall by more than its fade.
    let falls = heard.windows(2).map(|w| w[0] - w[1]).fold(0.0, f32::max);
    assert!(falls < 0.02, "{falls}");
    assert_eq!(heard.last(), Some(&0.0));
    assert_eq!(core::iter::from_fn(|| reins.done.pop().ok()).count(), 8, "all of them are dropped elsewhere");
}

#[test]
fn an_engine_that_is_withdrawn_does_not_come_in() {
    let (_a, first, _keep) = steady(0.25);
    let (_b, second, _keep) = steady(0.75);
    let (mut relay, mut reins) = Relay::new(first);
    change(&mut reins, second, (9_000, 1_000));
    hear(&mut relay, &calls(4_800, 64));
    assert!(reins.arrivals.push(Arrival::Withdraw).is_ok());
    let heard = hear(&mut relay, &calls(9_600, 64));
    assert!(heard.iter().all(|x| (x - 0.25).abs() < 1e-3));
    assert!(matches!(reins.done.pop(), Ok(Done::Engine(_))));
    assert_eq!(reins.serving.load(Ordering::Relaxed), 0);
}
