//! A real process that plays and edits a set, killed by `SIGKILL` at random moments: the set opens as the journal says.
//!
//! `BF_KILLS=500 cargo test --release -p bf-session --test kill` does it 500 times.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod hand;
mod stand;

use bf_patch::Set;
use bf_session::{Message, Options, Session, registry};
use bf_store::{Reader, Stage, Which};
use core::ops::ControlFlow;
use hand::{Dice, FILES};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The folder and the seed that make this test a child that plays.
const FOLDER: &str = "BF_SESSION_PLAYS_IN";
const SEED: &str = "BF_SESSION_SEED";
/// The most that a kill may cost, in milliseconds.
const MAX_LOSS: u128 = 1000;

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

/// The child: plays and edits until it is killed. Without its variables it is a test of nothing.
#[test]
fn plays() {
    let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) else { return };
    let mut dice = Dice(seed.parse().unwrap());
    let options = Options { keep_history: true, wait_for_scripts: dice.roll(2) == 0, ..Options::default() };
    let (mut session, mut engine) = Session::open(Path::new(&folder), registry(), options).unwrap();
    session.play();
    let (_silent, rest) = sync_channel::<()>(0);
    let mut gesture = 0;
    loop {
        match dice.roll(12) {
            0 => _ = session.undo(),
            1 => _ = session.redo(),
            2 if dice.roll(20) == 0 => _ = session.save(),
            _ => _ = hand::act(&mut session, &mut dice, &mut gesture),
        }
        let line = format!("\ndid {} {}\n", session.history_last(), now());
        std::io::stdout().write_all(line.as_bytes()).unwrap();
        for _ in 0..1 + dice.roll(8) {
            session.poll();
            engine.block_now();
        }
        session.messages();
        let _ = rest.recv_timeout(Duration::from_micros(dice.roll(5000)));
    }
}

fn child(folder: &Path, seed: u64) -> (Child, Receiver<(u64, u128)>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["plays", "--exact", "--nocapture", "--test-threads=1"])
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
            if let ["did", entry, at] = words[..] {
                tell.send((entry.parse().unwrap(), at.parse().unwrap())).unwrap();
            }
        }
    });
    (child, told)
}

/// The set that the journal leads to, by its changes alone, from its first state on; and its last entry.
fn by_the_journal(folder: &Path, known: &mut Option<(Set, u64)>) -> (Set, u64) {
    let reader = Reader::of(folder, None).unwrap().unwrap();
    let (mut set, from) = known.take().unwrap_or_else(|| {
        let first = reader.entries(1..=u64::MAX, Which::Rare, 2).unwrap();
        let start = reader.start(Some(first.last().unwrap().seq), 0).unwrap();
        assert!(matches!(start.stages[..], [Stage::Checkpoint(_)]));
        (bf_store::restore(&start).unwrap().set, first.last().unwrap().seq)
    });
    let last = reader.last().unwrap().unwrap().0;
    let damaged = reader.each(from + 1..=last, Which::Rare, |entry| {
        if let Some(change) = entry.what.change() {
            // Names of what scripts play may be new to it.
            set.main.beside.open = true;
            let strangers = ["drums", "bass", "acid", "pads"].map(bf_patch::Name::from);
            set.main.beside.guests = std::sync::Arc::new(strangers.into_iter().collect());
            set.apply_all(&change.edits).unwrap();
        }
        ControlFlow::Continue(())
    });
    assert_eq!(damaged.unwrap(), 0);
    *known = Some((set.clone(), last));
    (set, last)
}

#[test]
fn a_killed_session_opens_as_its_journal_says() {
    let kills: u64 = std::env::var("BF_KILLS").map_or(6, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    stand::write(folder.path(), FILES);
    let (mut known, mut worst, mut acts, mut lost) = (None, 0, 0, 0);
    for seed in 1..=kills {
        let (mut child, told) = child(folder.path(), seed);
        let first = told.recv_timeout(Duration::from_secs(120)).unwrap();
        let (_silent, rest) = sync_channel::<()>(0);
        let mut dice = Dice(!seed);
        let life = if dice.roll(4) == 0 { 1100 + dice.roll(900) } else { dice.roll(400) };
        let _ = rest.recv_timeout(Duration::from_millis(life));
        child.kill().unwrap();
        let killed_at = now();
        child.wait().unwrap();
        let mut did = vec![first];
        did.extend(told.iter());
        acts += did.len();

        let (want, last) = by_the_journal(folder.path(), &mut known);
        let options = Options { keep_history: true, ..Options::default() };
        let (mut session, _engine) = Session::open(folder.path(), registry(), options).unwrap();
        let messages = session.messages();
        assert!(
            *session.set() == want,
            "kill {seed}: {messages:?}\n{:?}",
            bf_patch::diff(&want.main, &session.set().main)
        );
        let cut_off = |m: &Message| matches!(m, Message::Told(t) if t.starts_with("the last session was cut off"));
        assert!(messages.iter().any(cut_off), "kill {seed}: {messages:?}");
        let gone: Vec<_> = did.iter().filter(|(entry, _)| *entry > last).collect();
        lost += gone.len();
        if let Some((_, since)) = gone.first() {
            worst = worst.max(killed_at.saturating_sub(*since));
        }
        assert!(worst < MAX_LOSS, "kill {seed} cost {worst} ms");
    }
    let says = format!("{kills} kills, {acts} actions: at most {worst} ms were lost, {lost} actions in all\n");
    std::io::stderr().write_all(says.as_bytes()).unwrap();
}
