//! A real process, killed by `SIGKILL` at random moments while it edits.
//!
//! `BF_KILLS=500 cargo test -p bf-store kill` does it 500 times.

use super::{Action, Desk, arb, now, open, set, sheets};
use crate::{Settings, Stage, Start, What, restore};
use proptest::prelude::*;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// The folder and the seed that make this test a child that edits.
const FOLDER: &str = "BF_STORE_SCRIBBLES_IN";
const SEED: &str = "BF_STORE_SEED";
/// The most that a kill may cost, in milliseconds.
const MAX_LOSS: i64 = 1000;

/// What a hand does next, and how long it then rests, in microseconds.
fn hand() -> impl Strategy<Value = (Action, u64)> {
    (arb::action(), prop_oneof![3 => 0..500_u64, 2 => 500..5000_u64])
}

fn settings() -> Settings {
    Settings { checkpoint_every: 40, program: "a child".to_owned(), ..Settings::default() }
}

/// The set that a history leads to, or a new one.
fn desk(start: &Start) -> Desk {
    match restore(start) {
        Ok(back) => {
            assert!(back.skipped.is_empty() && back.corrected == 0, "{:?}", back.skipped);
            Desk { set: back.set, history: back.history }
        }
        Err(_) => Desk { set: set(), ..Desk::default() },
    }
}

/// The child: edits until it is killed. Without its variables it is a test of nothing.
#[test]
fn scribbles() {
    let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) else { return };
    let (store, opening) = open(Path::new(&folder), &settings());
    let mut desk = desk(&opening.start);
    let mut draws = arb::draws(seed.parse().unwrap());
    let hand = hand();
    store.checkpoint(now(), sheets(&desk.set)).unwrap();
    let (_silent, rest) = sync_channel::<()>(0);
    for index in 0.. {
        let (action, pause) = arb::draw(&mut draws, &hand);
        if let Some(what) = desk.act(&action, &format!("{seed} {index}")) {
            let line = format!("\ndid {index} {}\n", crate::queue::wall_ms());
            std::io::stdout().write_all(line.as_bytes()).unwrap();
            store.record(now(), &what).unwrap();
        }
        let control = What::Control { source: "osc".into(), target: "filter.cutoff".into(), value: f64::from(index) };
        store.record(now(), &control).unwrap();
        if store.status().wants_checkpoint {
            store.checkpoint(now(), sheets(&desk.set)).unwrap();
        }
        let _ = rest.recv_timeout(Duration::from_micros(pause));
    }
}

fn child(folder: &Path, seed: u64) -> (Child, Receiver<(u64, i64)>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["tests::kill::scribbles", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (tell, told) = sync_channel(1 << 20);
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let words: Vec<&str> = line.split(' ').collect();
            if let ["did", index, at] = words[..] {
                tell.send((index.parse().unwrap(), at.parse().unwrap())).unwrap();
            }
        }
    });
    (child, told)
}

/// The number of the last action of a child that the history holds.
fn last_action(start: &Start, seed: u64) -> Option<u64> {
    start.stages.iter().rev().find_map(|stage| match stage {
        Stage::Entry(entry) => {
            let (by, index) = entry.what.change()?.label.split_once(' ')?;
            (by == seed.to_string()).then(|| index.parse().unwrap())
        }
        Stage::Checkpoint(_) => None,
    })
}

#[test]
fn a_killed_process_loses_less_than_a_second() {
    let kills: u64 = std::env::var("BF_KILLS").map_or(20, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut known = Desk { set: set(), ..Desk::default() };
    let (mut worst, mut lost, mut edits) = (0, 0, 0_u64);
    for seed in 0..kills {
        let (mut child, told) = child(folder.path(), seed);
        let first = told.recv_timeout(Duration::from_secs(60)).unwrap();
        let (_silent, rest) = sync_channel::<()>(0);
        // Some live for longer than what a kill may cost.
        let life = prop_oneof![3 => 0..400_u64, 1 => 1100..2000_u64];
        let _ = rest.recv_timeout(Duration::from_millis(arb::draw(&mut arb::draws(!seed), &life)));
        child.kill().unwrap();
        let killed_at = crate::queue::wall_ms();
        child.wait().unwrap();
        let mut did = vec![first];
        did.extend(told.iter());
        edits += did.len() as u64;

        let (_store, opening) = open(folder.path(), &Settings::default());
        assert!(opening.notices.iter().all(|n| matches!(n, crate::Notice::Unclosed { .. })), "{:?}", opening.notices);
        let last = last_action(&opening.start, seed);
        // The same hand again, up to there.
        let mut draws = arb::draws(seed);
        let hand = hand();
        for index in 0..=last.unwrap_or(0) {
            let (action, _) = arb::draw(&mut draws, &hand);
            if last.is_some() {
                known.act(&action, &format!("{seed} {index}"));
            }
        }
        let back = desk(&opening.start);
        assert_eq!(back.set, known.set, "kill {seed}, after {last:?}");
        known = back;
        let gone: Vec<_> = did.iter().filter(|(index, _)| last.is_none_or(|last| *index > last)).collect();
        lost += gone.len();
        if let Some((_, since)) = gone.first() {
            worst = worst.max(killed_at - since);
        }
        assert!(worst < MAX_LOSS, "kill {seed} cost {worst} ms");
    }
    let says = format!("{kills} kills, {edits} edits: at most {worst} ms were lost, {lost} edits in all\n");
    std::io::stderr().write_all(says.as_bytes()).unwrap();
}
