//! The examples that ship: they sound, do not clip, and have the same bits at any block and on a device.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_session::{Engine, Message, Move, Options, Session, When, loudness, registry};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut sets: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.join("set.toml").is_file() || p.join("live.rhai").is_file())
        .collect();
    sets.sort();
    assert!(sets.len() >= 5, "{sets:?}");
    sets
}

fn open(set: &Path, block: usize) -> (Session, Engine) {
    let options = Options { block, ..Options::default() };
    let (mut session, engine) = Session::open(set, registry(), options).unwrap();
    session.controller().transport(Move::Play, When::Frame(0));
    (session, engine)
}

/// Makes sound block by block, as a render does: scripts are asked in between.
fn play(session: &mut Session, engine: &mut Engine, frames: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(frames * 2);
    while out.len() < frames * 2 {
        session.poll();
        let [left, right] = engine.block_now();
        out.extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
    }
    out.truncate(frames * 2);
    out
}

/// Interleaved.
fn render(set: &Path, block: usize, frames: usize) -> Vec<f32> {
    let (mut session, mut engine) = open(set, block);
    play(&mut session, &mut engine, frames)
}

#[test]
fn every_example_opens_without_a_fault() {
    for set in examples() {
        let (mut session, _) = open(&set, 64);
        let plain = |m: &Message| matches!(m, Message::Applied(_) | Message::Heard { .. });
        let told: Vec<Message> = session.messages().into_iter().filter(|m| !plain(m)).collect();
        assert_eq!(told, [], "{}", set.display());
    }
}

#[test]
fn every_example_has_the_same_bits_at_any_block() {
    for set in examples() {
        let frames = 48_000 * 2;
        let first = render(&set, 64, frames);
        assert_eq!(first, render(&set, 64, frames), "{} twice", set.display());
        for block in [16, 512, 1024] {
            let other = render(&set, block, frames);
            let differs = first.iter().zip(&other).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(differs.map(|i| i / 2), None, "{} at block {block}", set.display());
        }
    }
}

/// One hash a second of the bits that sound.
fn seconds(set: &Path, block: usize, secs: usize) -> Vec<u64> {
    let hash = |second: &[f32]| {
        let mut hash = DefaultHasher::new();
        second.iter().for_each(|x| hash.write_u32(x.to_bits()));
        hash.finish()
    };
    render(set, block, 48_000 * secs).chunks(48_000 * 2).map(hash).collect()
}

/// What meets only after some bars, such as patterns of different lengths, long tails and stolen voices.
#[test]
fn every_example_has_the_same_bits_for_as_long_as_its_music_takes() {
    for set in examples() {
        let (short, long) = (seconds(&set, 16, 16), seconds(&set, 1024, 16));
        let differs = short.iter().zip(&long).position(|(a, b)| a != b);
        assert_eq!(differs, None, "the second in which {} differs", set.display());
        let distinct: HashSet<&u64> = short.iter().collect();
        assert!(distinct.len() > 2, "{} goes on", set.display());
    }
}

#[test]
fn every_example_sounds_and_does_not_clip() {
    for set in examples() {
        let sound = render(&set, 64, 48_000 * 12);
        let peak = sound.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        assert!(sound.iter().all(|x| x.is_finite()), "{}", set.display());
        assert!(peak > 0.05 && peak <= 1.0, "{}: peak {peak}", set.display());
    }
}

#[test]
fn first_sound_is_as_loud_as_music() {
    let set = examples().into_iter().find(|p| p.ends_with("first-sound")).unwrap();
    let report = loudness::measure(&render(&set, 64, 48_000 * 20), 2, 48_000).unwrap();
    assert!((-20.0..=-9.0).contains(&report.integrated), "{report:?}");
}
