//! Names and paths find what they should, and say what there is where they do not.

use super::*;
use crate::wav::{Existing, Format, Spec, Writer};
use std::fs;

fn write(path: &Path, x: &[f32]) {
    fs::create_dir_all(path.parent().expect("has a folder")).expect("makes");
    let spec = Spec { sample_rate: 48_000, channels: 1, format: Format::Float32 };
    let mut w = Writer::create(path, spec, Existing::Replace).expect("begins");
    w.write(x).expect("writes");
    w.finish().expect("finishes");
}

/// A set with a bank `mine`, and a user with a bank `crates`.
fn library(dir: &Path) -> Library {
    write(&dir.join("set/samples/mine/low.wav"), &[0.5; 1000]);
    fs::write(dir.join("set/samples/mine/samples.toml"), "[sounds]\ncp = \"low.wav\"\n[slices]\n\"low.wav\" = 4\n")
        .expect("writes");
    write(&dir.join("user/crates/a.wav"), &[0.5; 100]);
    fs::write(dir.join("user/crates/samples.toml"), "[sounds]\nzap = \"a.wav\"\nbd = \"a.wav\"\n").expect("writes");
    Library::new(&dir.join("set"), Some(dir.join("user")))
}

#[test]
fn names_are_told_from_paths() {
    let name = |bank, sound, take| Some(SoundName { bank, sound, take });
    assert_eq!(SoundName::parse("bd"), name(None, "bd", 0));
    assert_eq!(SoundName::parse("bd:3"), name(None, "bd", 3));
    assert_eq!(SoundName::parse("forge/bd:3"), name(Some("forge"), "bd", 3));
    for path in ["bd.wav", "a/b/c", "/bd", "bd:", "bd:x", "bd:+1", "../bd", "a b", ""] {
        assert_eq!(SoundName::parse(path), None, "{path}");
    }
}

#[test]
fn the_set_comes_first_then_what_ships_and_the_user_is_asked_by_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let library = library(dir.path());
    let find = |text: &str| library.find(text).map(|f| (f.owner, f.path)).expect("finds");
    assert_eq!(find("cp"), (Owner::Set, dir.path().join("set/samples/mine/low.wav")));
    assert_eq!(find("forge/cp").0, Owner::Shipped);
    assert_eq!(find("bd").0, Owner::Shipped);
    assert_eq!(find("crates/bd"), (Owner::User, dir.path().join("user/crates/a.wav")));
    assert_ne!(find("bd:0"), find("bd:1"));
    assert_eq!(find("samples/mine/low.wav").0, Owner::Set);
    // A file goes before a name, whatever it is called.
    fs::write(dir.path().join("set/bd"), "x").expect("writes");
    assert_eq!(find("bd"), (Owner::Set, dir.path().join("set/bd")));
}

#[test]
fn sounds_load_with_their_slices() {
    let dir = tempfile::tempdir().expect("a folder");
    let library = library(dir.path());
    for text in ["mine/cp", "samples/mine/low.wav"] {
        let (sample, warnings) = library.load(text, 48_000).expect("loads");
        assert_eq!((sample.frames, sample.slices.as_slice(), warnings.len()), (1000, &[0, 250, 500, 750][..], 0));
    }
    let (sample, _) = library.load("found/break", 48_000).expect("loads");
    assert_eq!((sample.slices.len(), sample.channels), (16, 2));
}

#[test]
fn what_is_not_there_is_told_with_what_there_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let library = library(dir.path());
    let wrong = |text: &str| library.load(text, 48_000).expect_err("fails").to_string();
    assert!(wrong("bdd").contains("mine has cp; forge has bd, cp"), "{}", wrong("bdd"));
    assert!(wrong("crates/sd").ends_with("crates has bd, zap"), "{}", wrong("crates/sd"));
    assert!(wrong("nine/bd").contains("nor a bank `nine`; banks here: mine, forge, found, crates"));
    assert!(wrong("kick.wav").contains("there is no such file"));
    fs::write(dir.path().join("set/samples/mine/samples.toml"), "[sounds\n").expect("writes");
    assert!(wrong("mine/cp").contains("samples.toml:1: "), "{}", wrong("mine/cp"));
    // One bad list does not take the others away.
    assert!(library.find("bd").is_ok());
}
