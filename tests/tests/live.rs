//! On a device that runs in real time: the bits of a render, and every note on its frame.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_pattern::{Query, Ratio, Span, Tempo, Transport};
use bf_session::{BackendKind, Block, DeviceRequest, Devices, Engine, Move, Options, Session, When, registry, wav};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

fn open(set: &Path) -> (Session, Engine) {
    let (mut session, engine) = Session::open(set, registry(), Options::default()).unwrap();
    session.controller().transport(Move::Play, When::Frame(0));
    (session, engine)
}

/// Interleaved.
fn render(set: &Path, frames: usize) -> Vec<f32> {
    let (mut session, mut engine) = open(set);
    let mut out = Vec::with_capacity(frames * 2);
    while out.len() < frames * 2 {
        session.poll();
        let [left, right] = engine.block_now();
        out.extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
    }
    out.truncate(frames * 2);
    out
}

/// What a set plays on the null device, in buffers that are no whole number of blocks, and how many events were late.
fn on_the_null_device(set: &Path, frames: usize) -> (Vec<f32>, u64) {
    let (mut session, mut engine) = open(set);
    let request = DeviceRequest {
        backend: BackendKind::Null,
        sample_rate: Some(48_000),
        block: Some(441),
        ..DeviceRequest::default()
    };
    let device = Devices::new().open(&request).unwrap();
    let (sent, heard) = sync_channel::<Vec<f32>>(1024);
    let callback = move |block: &mut Block<'_>| {
        let channels = block.outputs;
        engine.process(block.output, channels);
        let _ = sent.try_send(block.output.to_vec());
    };
    let stream = device.start(Box::new(callback)).unwrap();
    let mut live = Vec::new();
    while live.len() < frames * 2 {
        session.poll();
        live.extend(heard.recv_timeout(Duration::from_secs(10)).unwrap());
    }
    drop(stream);
    live.truncate(frames * 2);
    (live, session.controller().shared().status().late)
}

/// How often a set is played again where events came late: a machine that stands still for half a second says nothing
/// about the program.
const TRIES: usize = 3;

/// Plays until nothing is late; what differs without anything being late is not played again.
fn until_in_time(set: &Path, frames: usize) -> Vec<f32> {
    let mut heard = on_the_null_device(set, frames);
    for _ in 1..TRIES {
        if heard.1 == 0 {
            break;
        }
        heard = on_the_null_device(set, frames);
    }
    let (live, late) = heard;
    assert_eq!(late, 0, "{}: events come late each time", set.display());
    live
}

#[test]
fn every_example_plays_the_bits_of_its_render() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut sets: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.join("set.toml").is_file() || p.join("live.rhai").is_file())
        .collect();
    sets.sort();
    assert!(sets.len() >= 13, "{sets:?}");
    let frames = 48_000 * 2;
    for set in &sets {
        let offline = render(set, frames);
        let live = until_in_time(set, frames);
        let differs = offline.iter().zip(&live).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(differs.map(|i| i / 2), None, "{}", set.display());
    }
    two_thousand_events_are_on_their_frames();
}

/// After the other: two sets that play in real time at once would be late on a small machine.
fn two_thousand_events_are_on_their_frames() {
    let turns = [(0, 811.3), (9, 977.7), (17, 640.1)];
    let mut seed = 11u64;
    let mut next = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let step = |kind: u64| match kind {
        0 => "~",
        1 => "[click.wav click.wav click.wav]",
        2 => "[click.wav ~ click.wav]",
        _ => "click.wav",
    };
    let mut rhythms = Vec::new();
    for _ in 0..8 {
        let length = [13, 17, 19, 23][next(4) as usize];
        let steps: Vec<&str> = (0..length).map(|_| step(next(6))).collect();
        rhythms.push(format!("[{}]", steps.join(" ")));
    }
    let text = format!("<{}>*2", rhythms.join(" "));
    let script = format!(
        "tempo({});\n\ntrack(\"clicks\", s(\"{text}\"));\n\nat({}, || tempo({}));\nat({}, || tempo({}));\n",
        turns[0].1, turns[1].0, turns[1].1, turns[2].0, turns[2].1
    );
    let mut transport = Transport::new(48_000, Tempo::from_bpm(turns[0].1), 4).play(0);
    let pattern = bf_pattern::mini(&text).unwrap();
    let mut want = Vec::new();
    for cycle in 0..60 {
        if let Some((at, bpm)) = turns[1..].iter().find(|(at, _)| *at == cycle) {
            let frame = transport.frame_of(Ratio::int(at * 4)).unwrap();
            transport = transport.with_tempo(frame, Tempo::from_bpm(*bpm));
        }
        let events = pattern.query(Span::new(cycle, cycle + 1), &Query::default()).unwrap();
        let onsets = events.iter().filter(|e| e.has_onset());
        want.extend(onsets.map(|e| transport.frame_of(e.whole.unwrap().begin * Ratio::int(4)).unwrap()));
    }
    want.sort_unstable();
    assert!(want.len() >= 2_000, "{}", want.len());

    let folder = tempfile::tempdir().unwrap();
    let set = "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n";
    std::fs::write(folder.path().join("set.toml"), set).unwrap();
    std::fs::write(folder.path().join("live.rhai"), script).unwrap();
    // One frame of sound.
    let spec = wav::Spec { channels: 1, sample_rate: 48_000, format: wav::Format::Float32 };
    let mut w = wav::Writer::create(folder.path().join("click.wav"), spec, wav::Existing::Replace).unwrap();
    w.write(&[0.25]).unwrap();
    w.finish().unwrap();

    let frames = *want.last().unwrap() as usize + 1;
    let live = until_in_time(folder.path(), frames);
    let heard: Vec<u64> = (0..frames).filter(|i| live[2 * i].abs() > 0.01).map(|i| i as u64).collect();
    let differs = want.iter().zip(&heard).position(|(a, b)| a != b);
    assert_eq!(differs.map(|i| (want[i], heard[i])), None);
    assert_eq!(heard.len(), want.len());
}
