//! MIDI files that become sets, and sets that become MIDI files.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_media::midi::{
    Division, MidiChange, MidiControl, MidiFile, MidiNote, Signature, TempoChange, parse_midi, write_midi,
};
use bf_pattern::{Ratio, Tempo};
use bf_session::midi::{Imported, export_midi, import_midi};
use bf_session::{Engine, Message, Move, Options, Session, When, registry};
use std::path::{Path, PathBuf};

const RATE: usize = 48_000;

fn note(beat: i64, pitch: u8, channel: u8, track: u16) -> MidiNote {
    MidiNote { start: Ratio::int(beat), length: Ratio::new(1, 4), pitch, velocity: 127, channel, track }
}

fn tempo(beat: i64, bpm: f64) -> TempoChange {
    TempoChange { at: Ratio::int(beat), tempo: Tempo::from_bpm(bpm) }
}

/// A folder with a set that was made of a file, and what was said of it.
fn import(file: &MidiFile) -> (tempfile::TempDir, PathBuf, Result<Imported, String>) {
    let folder = tempfile::tempdir().unwrap();
    let (song, set) = (folder.path().join("song.mid"), folder.path().join("set"));
    std::fs::write(&song, write_midi(file, Division::Beats(480)).unwrap()).unwrap();
    let imported = import_midi(&song, &set).map_err(|e| e.to_string());
    (folder, set, imported)
}

fn open(set: &Path) -> (Session, Engine) {
    let (mut session, engine) = Session::open(set, registry(), Options::default()).unwrap();
    let wrong: Vec<Message> =
        session.messages().into_iter().filter(|m| matches!(m, Message::Fault(_) | Message::Problem(_))).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    session.controller().transport(Move::Play, When::Frame(0));
    (session, engine)
}

fn of(notes: Vec<MidiNote>) -> MidiFile {
    MidiFile { notes, ..MidiFile::default() }
}

#[test]
fn a_tempo_counts_from_its_beat_and_what_is_left_out_is_told() {
    let control = |channel, change| MidiControl { at: Ratio::ONE, channel, track: 0, change };
    let file = MidiFile {
        tempos: vec![tempo(16, 90.0), tempo(20, 90.0), tempo(24, 150.0)],
        signatures: vec![Signature { at: Ratio::int(8), counts: 3, unit: 4 }],
        controls: vec![
            control(0, MidiChange::Bend(100)),
            control(0, MidiChange::Bend(0)),
            control(0, MidiChange::Controller(7, 100)),
            control(0, MidiChange::Program(3)),
        ],
        ..of(vec![note(0, 60, 0, 0)])
    };
    let (_folder, set, imported) = import(&file);
    let said = imported.unwrap().left_out;
    assert_eq!(
        said,
        [
            "2 later tempo changes are not in the set, which keeps one tempo: 90 from beat 16 on, 150 from beat 24 on",
            "1 later time signature is not in the set, which keeps one: 3/4 from beat 8 on",
            "clips play notes alone: 2 moves of the pitch wheel, 1 controller, 1 program change are not heard",
        ]
    );
    assert_eq!(open(&set).0.set().main.tempo, 120.0);
    let first = MidiFile { tempos: vec![tempo(0, 90.0)], ..of(vec![note(0, 60, 0, 0)]) };
    let (_folder, set, imported) = import(&first);
    assert_eq!((imported.unwrap().left_out, open(&set).0.set().main.tempo), (Vec::new(), 90.0));
}

#[test]
fn any_time_signature_opens() {
    let bars = |counts, unit| {
        let signatures = vec![Signature { at: Ratio::ZERO, counts, unit }];
        let (_folder, set, imported) = import(&MidiFile { signatures, ..of(vec![note(0, 60, 0, 0)]) });
        (open(&set).0.set().main.signature, imported.unwrap().left_out.join("; "))
    };
    assert_eq!(bars(3, 4), (3, String::new()));
    assert_eq!(bars(6, 8), (3, String::new()));
    let (beats, said) = bars(7, 8);
    assert_eq!(beats, 7);
    assert_eq!(said, "7/8 has bars of 7/2 beats: a bar of the set is 2 of them, 7 beats");
    let (beats, said) = bars(255, 1);
    assert!(beats == 4 && said.contains("1020 beats, more than a set counts"), "{beats} {said}");
    assert_eq!(bars(255, 128).0, 255);
}

#[test]
fn names_that_would_clash_and_tracks_past_all_bounds() {
    let names = ["Bass", "Bass clip", "Bass keys", "Out", "Master"].map(str::to_owned);
    let notes = (0..5).map(|track| note(0, 60, 0, track)).collect();
    let (_folder, set, imported) = import(&MidiFile { track_names: names.to_vec(), ..of(notes) });
    assert_eq!(imported.unwrap().tracks, 5);
    open(&set);
    let (_folder, set, imported) = import(&of((0..3000).map(|track| note(0, 60, 0, track)).collect()));
    let why = imported.unwrap_err();
    assert!(why.contains("3000 tracks") && why.contains("128 at most") && !set.exists(), "{why}");
}

/// How much of a sound lies above a frequency, and how loud it is.
fn above(sound: &[f32], hz: f64) -> (f64, f64) {
    let turn = 1.0 - (-core::f64::consts::TAU * hz / RATE as f64).exp();
    let (mut low, mut high, mut all) = (0.0, 0.0, 0.0);
    for x in sound.iter().map(|x| f64::from(*x)) {
        low += turn * (x - low);
        high += (x - low) * (x - low);
        all += x * x;
    }
    (high / all.max(1e-12), (all / sound.len() as f64).sqrt())
}

#[test]
fn the_drum_channel_plays_drums_beside_what_sings() {
    // A file of type 0: one track with a bass on channel 1 and drums on channel 10, and a drum a beat from beat 4 on.
    let keys = [36, 42, 38, 46, 49, 45, 39, 56, 27, 87];
    let drums = (1..).zip(keys).map(|(i, key)| note(i * 4, key, 9, 0));
    let file = of(core::iter::once(note(0, 40, 0, 0)).chain(drums).collect());
    let (_folder, set, imported) = import(&file);
    assert_eq!(imported.unwrap().tracks, 2);
    let (mut session, mut engine) = open(&set);
    let nodes = |session: &Session| session.set().main.nodes.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert!(
        ["channel1", "drums"].iter().all(|name| nodes(&session).contains(&(*name).to_owned())),
        "{:?}",
        nodes(&session)
    );
    let mut sound = Vec::new();
    while sound.len() < RATE * 2 * 11 {
        session.poll();
        sound.extend_from_slice(engine.block_now()[0]);
    }
    // Four beats are 2 s.
    let drum = |key: u8| {
        let at = keys.iter().position(|k| *k == key).unwrap() + 1;
        &sound[at * 2 * RATE..at * 2 * RATE + RATE / 2]
    };
    let measured: Vec<(u8, f64, f64)> =
        keys.iter().map(|key| (*key, above(drum(*key), 2000.0).0, above(drum(*key), 2000.0).1)).collect();
    let bright = |key: u8| measured.iter().find(|m| m.0 == key).unwrap().1;
    let text = format!("key, part above 2 kHz, level: {measured:.3?}\n");
    std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
    assert!(measured.iter().all(|m| m.2 > 0.003), "{measured:.3?}");
    assert!(bright(36) < 0.05 && bright(45) < 0.05 && bright(27) < 0.05, "{measured:.3?}");
    assert!(bright(42) > 0.6 && bright(46) > 0.6 && bright(49) > 0.5, "{measured:.3?}");
    // An open hat sounds longer than a closed one.
    let late = |key: u8| above(&drum(key)[RATE / 4..], 2000.0).1 / above(&drum(key)[..RATE / 10], 2000.0).1;
    assert!(late(46) > 3.0 * late(42), "{} {}", late(46), late(42));
}

fn export(script: &str) -> MidiFile {
    let folder = tempfile::tempdir().unwrap();
    stand::write(folder.path(), &[("live.rhai", script)]);
    let exported = export_midi(&folder.path().join("live.rhai"), registry(), Options::default(), 2).unwrap();
    parse_midi(Path::new("a.mid"), &exported.bytes).unwrap()
}

fn begins(file: &MidiFile) -> Vec<(f64, u8, u8)> {
    let early = file.notes.iter().filter(|n| n.start < Ratio::int(4));
    early.map(|n| (n.start.to_f64(), n.channel + 1, n.pitch)).collect()
}

#[test]
fn drums_of_any_kind_leave_on_the_drum_channel() {
    let keys = |script: &str| begins(&export(script)).into_iter().map(|(_, c, key)| (c, key)).collect::<Vec<_>>();
    let drums = |all: &[u8]| all.iter().map(|key| (10, *key)).collect::<Vec<_>>();
    assert_eq!(keys("track(\"d\", s(\"kick snare hat clap openhat sd\"));"), drums(&[36, 38, 42, 39, 46, 38]));
    assert_eq!(keys("track(\"d\", s(\"bd:2 sd:1 tom cymbal\"));"), drums(&[36, 38, 47, 49]));
    assert_eq!(keys("track(\"d\", s(\"bd oh cowbell\").bank(\"forge\"));"), drums(&[36, 46, 56]));
    assert_eq!(keys("track(\"d\", s(\"tom*2\").tune(\"80 165\"));"), drums(&[45, 50]));
    assert_eq!(keys("track(\"b\", n(\"0\").scale(\"c3:minor\").s(\"saw\"));"), [(1, 48)]);
}

#[test]
fn nudges_and_velocities_leave_as_they_play() {
    let file = export("tempo(120);\ntrack(\"a\", note(\"60 ~ 64 ~\").s(\"saw\").nudge(\"0.125\"));");
    let notes = begins(&file);
    assert_eq!(notes.iter().map(|n| (n.0, n.2)).collect::<Vec<_>>(), [(0.25, 60), (2.25, 64)]);
    let early = begins(&export("tempo(120);\ntrack(\"a\", note(\"60 ~ 64 ~\").s(\"saw\").nudge(\"-0.125\"));"));
    assert_eq!(early.iter().map(|n| n.0).collect::<Vec<_>>(), [0.0, 1.75, 3.75]);
    let velocities = |how: &str| export(&format!("track(\"a\", note(\"60\").s(\"saw\"){how});")).notes[0].velocity;
    let all = ["", ".velocity(1)", ".gain(0.5)", ".velocity(0.5).gain(0.5)"].map(velocities);
    assert_eq!(all, [114, 127, 57, 32]);
}
