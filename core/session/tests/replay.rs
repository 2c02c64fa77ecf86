//! A performance that is rendered again has the bits that were heard.
//!
//! `BF_REPLAY_SECS=300 cargo test --release -p bf-session --test replay` plays three of five minutes.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod hand;
mod stand;

use bf_pattern::Ratio;
use bf_session::wav::{Existing, Format};
use bf_session::{
    BackendKind, Block, DeviceRequest, Devices, Engine, Options, ReplayReport, ReplayRequest, Session, performances,
    registry, replay,
};
use hand::{Dice, FILES};
use stand::write;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

const RATE: u64 = 48_000;
/// One thing that a performer does.
fn act(session: &mut Session, dice: &mut Dice, gesture: &mut u64) {
    match dice.roll(8) {
        0 | 1 => _ = session.undo(),
        2 => _ = session.redo(),
        3 => match dice.roll(5) {
            0 => session.seek(Ratio::int(dice.roll(32) as i64)),
            1 => session.stop(),
            _ => session.play(),
        },
        _ => _ = hand::act(session, dice, gesture),
    }
}

/// What was heard of a performance.
fn perform(folder: &Path, seed: u64, secs: u64, wait_for_scripts: bool) -> Vec<f32> {
    let options = Options { keep_history: true, seed, wait_for_scripts, ..Options::default() };
    let (mut session, mut engine) = Session::open(folder, registry(), options).unwrap();
    session.play();
    engine.prime();
    let (mut dice, mut gesture) = (Dice(seed), 0);
    let mut heard = Vec::new();
    let mut next = 4_000;
    while engine.frame() < secs * RATE {
        // A control thread that is late now and then.
        for _ in 0..1 + dice.roll(6) * dice.roll(2) {
            play(&mut engine, &mut heard);
        }
        if engine.frame() > next {
            next = engine.frame() + 3_000 + dice.roll(40_000);
            act(&mut session, &mut dice, &mut gesture);
        }
        session.poll();
        session.messages();
    }
    session.poll();
    drop(session);
    heard
}

/// The same on the null device, whose thread runs in real time, in buffers that are no whole number of blocks.
fn on_the_null_device(folder: &Path, seed: u64, secs: u64) -> Vec<f32> {
    let options = Options { keep_history: true, seed, wait_for_scripts: false, ..Options::default() };
    let (mut session, mut engine) = Session::open(folder, registry(), options).unwrap();
    session.play();
    engine.prime();
    let request = DeviceRequest {
        backend: BackendKind::Null,
        sample_rate: Some(RATE as u32),
        block: Some(441),
        ..DeviceRequest::default()
    };
    let device = Devices::new().open(&request).unwrap();
    let (sent, buffers) = sync_channel::<Vec<f32>>(4096);
    let callback = move |block: &mut Block<'_>| {
        let channels = block.outputs;
        engine.process(block.output, channels);
        let _ = sent.try_send(block.output.to_vec());
    };
    let stream = device.start(Box::new(callback)).unwrap();
    let (mut dice, mut gesture, mut heard, mut next) = (Dice(seed), 0, Vec::new(), 4_000);
    while (heard.len() as u64) < secs * RATE * 2 {
        session.poll();
        session.messages();
        heard.extend(buffers.recv_timeout(Duration::from_secs(10)).unwrap());
        if heard.len() > next {
            next = heard.len() + 4_000 + dice.roll(40_000) as usize;
            act(&mut session, &mut dice, &mut gesture);
        }
    }
    drop(stream);
    heard.extend(buffers.try_iter().flatten());
    session.poll();
    heard
}

fn play(engine: &mut Engine, heard: &mut Vec<f32>) {
    let [left, right] = engine.block_now();
    heard.extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
}

fn again(folder: &Path, stems: bool, from_secs: f64) -> (ReplayReport, Vec<f32>) {
    let request = ReplayRequest {
        set: folder.to_owned(),
        performance: None,
        from_secs,
        to_secs: None,
        out: folder.join("again.wav"),
        format: Format::Float32,
        existing: Existing::Replace,
        stems,
    };
    let report = replay(&request, registry(), &mut |_| {}, &AtomicBool::new(false)).unwrap();
    (report, samples(&folder.join("again.wav")))
}

/// The numbers of a float file, to the last bit.
fn samples(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    bytes[at..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

fn same(heard: &[f32], again: &[f32], what: &str) {
    let differs = heard.iter().zip(again).position(|(a, b)| a.to_bits() != b.to_bits());
    assert_eq!(differs.map(|at| at / 2), None, "{what}");
    assert_eq!(heard.len(), again.len(), "{what}");
    assert!(heard.iter().any(|x| x.abs() > 0.01));
}

#[test]
fn performances_are_rendered_again_bit_for_bit() {
    let secs = std::env::var("BF_REPLAY_SECS").map_or(12, |text| text.parse().unwrap());
    for seed in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), FILES);
        // The second time scripts have a thread of their own, whose answers come when they come.
        let heard = perform(folder.path(), seed, secs, seed != 2);
        let (report, again) = again(folder.path(), true, 0.0);
        assert_eq!(report.differs, Vec::<String>::new());
        same(&heard, &again, &format!("performance {seed}"));
        let stems: Vec<Vec<f32>> = report.files[1..].iter().map(|(path, _)| samples(path)).collect();
        let mut worst = 0.0_f64;
        for (at, x) in again.iter().enumerate() {
            let sum: f64 = stems.iter().map(|stem| f64::from(stem[at])).sum();
            worst = worst.max((sum - f64::from(*x)).abs());
        }
        let db = 20.0 * worst.max(1e-12).log10();
        assert!(db < -120.0, "the stems differ from what is heard by {db} dB");
        let text =
            format!("performance {seed}: {} frames again, {} stems within {db:.1} dB\n", report.frames, stems.len());
        std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
    }
}

#[test]
fn what_was_played_on_a_device_is_rendered_again_bit_for_bit() {
    let secs = std::env::var("BF_REPLAY_SECS").map_or(8, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), FILES);
    let heard = on_the_null_device(folder.path(), 5, secs);
    let (report, again) = again(folder.path(), false, 0.0);
    assert_eq!(report.differs, Vec::<String>::new());
    // The device has taken less than a block less than was made.
    let len = heard.len().min(again.len());
    assert!(again.len().abs_diff(heard.len()) < 2 * 64 && len as u64 >= secs * RATE * 2);
    same(&heard[..len], &again[..len], "on the null device");
}

#[test]
fn a_part_of_a_performance_is_the_same_part() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), FILES);
    let heard = perform(folder.path(), 9, 4, true);
    let (_, again) = again(folder.path(), false, 1.5);
    same(&heard[RATE as usize * 3..], &again, "from 1.5 s on");
    assert_eq!(performances(folder.path()).unwrap().len(), 1);
}

#[test]
fn stems_have_the_bits_that_were_recorded_also_where_they_are_silent() {
    let folder = tempfile::tempdir().unwrap();
    let set = "beatforge = 1\n[nodes]\nnought = { type = \"constant\", value = 0.0 }\n\
               minus = { type = \"gain\", invert = true }\nsine = { type = \"sine\" }\nout = { type = \"output\" }\n\
               [cables]\n\"minus\" = \"nought\"\n\"out\" = [\"minus\", { from = \"sine\", amount = 0.1 }]\n";
    write(folder.path(), &[("set.toml", set)]);
    let options = Options { keep_history: true, ..Options::default() };
    let (mut session, mut engine) = Session::open(folder.path(), registry(), options).unwrap();
    session.arm_recorder(&mut engine, bf_session::KeepLast::Nothing);
    session.start_recording(&folder.path().join("live.wav"), Some(&folder.path().join("stems"))).unwrap();
    let mut heard = Vec::new();
    for _ in 0..1500 {
        play(&mut engine, &mut heard);
        session.poll();
    }
    session.stop_recording().unwrap();
    let said = session.end_recorder();
    drop(session);
    again(folder.path(), true, 0.0);
    let mut minus_zeros = 0;
    for name in ["minus", "sine"] {
        let live = samples(&folder.path().join(format!("stems/{name}.wav")));
        let again = samples(&folder.path().join(format!("again-{name}.wav")));
        let begin = again.len() - live.len();
        let differs = live.iter().zip(&again[begin..]).position(|(a, b)| a.to_bits() != b.to_bits());
        assert!(live.len() > 1000, "{} {said:?}", live.len());
        assert_eq!(differs, None, "{name}: {} frames", live.len() / 2);
        minus_zeros += live.iter().filter(|x| x.to_bits() == (-0.0_f32).to_bits()).count();
    }
    assert!(minus_zeros > 1000, "a silence of -0 is what this is about: {minus_zeros}");
}

#[test]
fn a_sample_that_was_changed_since_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let set = "beatforge = 1\n[nodes]\nhit = { type = \"sampler\", file = \"hit.wav\" }\nout = { type = \"output\" }\n\
               [cables]\n\"out\" = \"hit\"\n";
    write(folder.path(), &[("set.toml", set)]);
    let sound = |level: f32| {
        let spec = bf_session::wav::Spec { channels: 1, sample_rate: 48_000, format: Format::Float32 };
        let mut w = bf_session::wav::Writer::create(folder.path().join("hit.wav"), spec, Existing::Replace).unwrap();
        w.write(&[level; 4800]).unwrap();
        w.finish().unwrap();
    };
    sound(0.5);
    let options = Options { keep_history: true, ..Options::default() };
    let (mut session, mut engine) = Session::open(folder.path(), registry(), options).unwrap();
    let mut heard = Vec::new();
    for _ in 0..1000 {
        play(&mut engine, &mut heard);
        session.poll();
    }
    drop(session);
    assert_eq!(again(folder.path(), false, 0.0).0.differs, Vec::<String>::new());
    sound(0.25);
    let (report, _) = again(folder.path(), false, 0.0);
    assert_eq!(report.differs, ["from 0.000 s on: hit.wav holds something else now than it did, or is gone"]);
}
