//! A performance that is rendered again has the bits that were heard.
//!
//! `BF_REPLAY_SECS=300 cargo test --release -p bf-session --test replay` plays three of five minutes.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_patch::{Cable, Edit, Gesture, Node, SetEdit, Socket};
use bf_pattern::Ratio;
use bf_session::remote::Quant;
use bf_session::wav::{Existing, Format};
use bf_session::{Engine, Options, ReplayReport, ReplayRequest, Script, Session, performances, registry, replay};
use stand::write;
use std::path::Path;
use std::sync::atomic::AtomicBool;

const RATE: u64 = 48_000;
/// An output without a limiter, so that what is heard is the sum of what enters it.
const SET: &str = "beatforge = 1\ntempo = 124.0\n\n[nodes]\nlead = { type = \"saw\", freq = 110.0 }\n\
                   wobble = { type = \"lfo\", rate = 0.5 }\nfilter = { type = \"svf\", cutoff = 900.0 }\n\
                   level = { type = \"gain\", gain = 0.12 }\nbus = { type = \"strip\" }\nout = { type = \"output\" }\n\n[cables]\n\
                   \"filter\" = \"lead\"\n\"filter.cutoff\" = { from = \"wobble\", amount = 1.0 }\n\"level\" = \"filter\"\n\
                   \"bus\" = \"level\"\n\"out\" = \"bus\"\n";
const SCRIPTS: [&str; 4] = [
    "track(\"drums\", s(\"bd*4, ~ cp, hh*8?0.3\").gain(0.5));\n",
    "tempo(131);\ntrack(\"drums\", s(\"bd*2 sd, hh*16?0.5\").gain(0.5));\n\
     track(\"bass\", n(\"<0 3 5 [7 5]>*8\").scale(\"c2:minor\").s(\"saw\").cutoff(sine.range(300, 3000).slow(3)).gain(0.4));\n",
    "instrument(\"acid\", |v| saw(v.freq) >> ladder(#{ cutoff: v.cutoff, resonance: 0.7 }) >> gain(adsr(v.gate, 0.005, 0.2, 0.0, 0.1)));\n\
     track(\"acid\", n(\"0 [3 5] 7*3 12\").scale(\"a2:minor\").s(\"acid\").cutoff(\"<400 900 2000>\").room(0.3).gain(0.4));\n\
     track(\"drums\", s(\"bd*4, ~ cp, hh*8?0.3\").gain(0.5));\n",
    "track(\"pads\", n(\"<[0,3,7] [2,5,9]>\").scale(\"c4:minor\").s(\"triangle\").attack(0.2).gain(0.3));\n",
];

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn unit(&mut self) -> f64 {
        self.roll(1 << 20) as f64 / f64::from(1 << 20)
    }
}

fn param(node: &str, port: &str, to: f64) -> SetEdit {
    SetEdit::main(Edit::SetParam { target: Socket::new(node, port), value: Some(to.into()) })
}

/// One thing that a performer does. What does not apply is no harm.
fn act(session: &mut Session, dice: &mut Dice, gesture: &mut u64) {
    let main = SetEdit::main;
    match dice.roll(14) {
        0..=2 => _ = session.apply(&param("filter", "cutoff", 200.0 + 4000.0 * dice.unit()), "cutoff", None),
        3 => {
            *gesture += 1;
            for _ in 0..20 {
                let edit = param("lead", "freq", 50.0 + 400.0 * dice.unit());
                _ = session.apply(&edit, "freq", Some(Gesture(*gesture)));
            }
        }
        4 => {
            let name = format!("tone{}", dice.roll(3));
            let add = Edit::AddNode { name: (&*name).into(), node: Node::new("sine").with("freq", 300.0), at: None };
            let cable = Cable { from: Socket::first(&name), amount: Some(0.05) };
            let join = Edit::Connect { to: Socket::first("out"), cable, at: None };
            _ = session.apply(&main(Edit::Batch(vec![add, join])), "add", None);
        }
        5 => {
            let name = format!("tone{}", dice.roll(3));
            _ = session.apply(&main(Edit::RemoveNode { name: (&*name).into() }), "remove", None);
        }
        6 | 7 => _ = session.undo(),
        8 => _ = session.redo(),
        9 | 10 => {
            let text = SCRIPTS[dice.roll(SCRIPTS.len() as u64) as usize].to_owned();
            let quant = [Quant::Now, Quant::Beat, Quant::Cycle][dice.roll(3) as usize];
            session.evaluate(Script { file: "live.rhai".into(), text, part: None, quant });
        }
        11 => _ = session.apply(&main(Edit::SetTempo(90.0 + dice.roll(80) as f64)), "tempo", None),
        12 => {
            let target = Socket::new("drums", "mute");
            let value = Some((dice.roll(2) == 0).into());
            _ = session.apply(&main(Edit::Override { target, value }), "mute", None);
        }
        _ => match dice.roll(5) {
            0 => session.seek(Ratio::int(dice.roll(32) as i64)),
            1 => session.stop(),
            _ => session.play(),
        },
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
    drop(session);
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
    // The last half of a second may not be known.
    assert!(heard.len() - again.len() < RATE as usize * 2, "{what}: {} of {}", again.len(), heard.len());
    assert!(heard.iter().any(|x| x.abs() > 0.01));
}

#[test]
fn performances_are_rendered_again_bit_for_bit() {
    let secs = std::env::var("BF_REPLAY_SECS").map_or(12, |text| text.parse().unwrap());
    for seed in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("set.toml", SET), ("live.rhai", SCRIPTS[0])]);
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
        let text =
            format!("performance {seed}: {} frames again, {} stems within {db:.1} dB\n", report.frames, stems.len());
        std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
    }
}

#[test]
fn a_part_of_a_performance_is_the_same_part() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("set.toml", SET), ("live.rhai", SCRIPTS[0])]);
    let heard = perform(folder.path(), 9, 4, true);
    let (_, again) = again(folder.path(), false, 1.5);
    same(&heard[RATE as usize * 3..], &again, "from 1.5 s on");
    assert_eq!(performances(folder.path()).unwrap().len(), 1);
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
