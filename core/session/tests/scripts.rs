//! Scripts in a session: exact frames, one truth, and what goes wrong.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_pattern::{Query, Ratio, Span, Tempo, Transport};
use bf_session::remote::Quant;
use bf_session::{Engine, Message, Move, Options, Script, Session, When, registry, wav};
use std::path::Path;

/// A set in a folder of its own.
struct Stand {
    folder: tempfile::TempDir,
    session: Session,
    engine: Engine,
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Stand {
    fn new(block: usize, files: &[(&str, &str)]) -> Stand {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        click(&folder.path().join("click.wav"));
        let options = Options { block, ..Options::default() };
        let (mut session, engine) = Session::open(folder.path(), registry(), options).unwrap();
        session.controller().transport(Move::Play, When::Frame(0));
        Stand { folder, session, engine }
    }

    /// Left of so many frames.
    fn run(&mut self, frames: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(frames);
        while out.len() < frames {
            self.session.poll();
            out.extend_from_slice(self.engine.block_now()[0]);
        }
        out
    }

    fn eval(&mut self, text: &str, quant: Quant) {
        let script = Script { file: "live.rhai".into(), text: text.into(), part: None, quant };
        self.session.evaluate(script);
    }

    fn faults(&mut self) -> Vec<String> {
        let messages = self.session.messages();
        let said = messages.iter().flat_map(|m| match m {
            Message::Refused { faults, .. } => faults.iter().map(ToString::to_string).collect(),
            Message::Fault(fault) => vec![fault.to_string()],
            Message::Problem(text) => vec![text.clone()],
            _ => Vec::new(),
        });
        said.collect()
    }
}

/// One frame of sound.
fn click(path: &Path) {
    let spec = wav::Spec { channels: 1, sample_rate: 48_000, format: wav::Format::Float32 };
    let mut w = wav::Writer::create(path, spec, wav::Existing::Replace).unwrap();
    let mut sound = vec![0.0; 64];
    sound[0] = 0.25;
    w.write(&sound).unwrap();
    w.finish().unwrap();
}

/// An output without a limiter, so that what is heard is what was struck.
const BARE: &str = "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n";

/// Random rhythms: sequences in sequences, of prime lengths.
fn rhythm(seed: &mut u64, depth: u32) -> String {
    let mut next = |n: u64| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % n
    };
    let length = [2, 3, 5, 7, 11][next(5) as usize];
    let kinds: Vec<u64> = (0..length).map(|_| next(6)).collect();
    let parts = kinds.into_iter().map(|kind| match kind {
        0 => "~".to_owned(),
        1 if depth > 0 => format!("[{}]", rhythm(seed, depth - 1)),
        2 => "click.wav*3".to_owned(),
        _ => "click.wav".to_owned(),
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// The frames at which a pattern's notes fall, by exact arithmetic.
fn exact(pattern: &bf_pattern::Pattern, turns: &[(i64, f64)], cycles: i64) -> Vec<u64> {
    let mut transport = Transport::new(48_000, Tempo::from_bpm(turns[0].1), 4).play(0);
    let mut frames = Vec::new();
    for cycle in 0..cycles {
        if let Some((at, bpm)) = turns[1..].iter().find(|(at, _)| *at == cycle) {
            let frame = transport.frame_of(Ratio::int(at * 4)).unwrap();
            transport = transport.with_tempo(frame, Tempo::from_bpm(*bpm));
        }
        let events = pattern.query(Span::new(cycle, cycle + 1), &Query::default()).unwrap();
        let onsets = events.iter().filter(|e| e.has_onset());
        frames.extend(onsets.map(|e| transport.frame_of(e.whole.unwrap().begin * Ratio::int(4)).unwrap()));
    }
    frames.sort_unstable();
    frames.dedup();
    frames
}

#[test]
fn events_of_a_script_fall_on_the_frames_that_exact_arithmetic_gives() {
    let mut seed = 7;
    let rhythms: Vec<String> = (0..8).map(|_| rhythm(&mut seed, 2)).collect();
    let text = format!("<{}>", rhythms.iter().map(|r| format!("[{r}]")).collect::<Vec<_>>().join(" "));
    let script = format!(
        "tempo(123.4);\n\ntrack(\"clicks\", s(\"{text}\"));\n\nat(5, || tempo(151.7));\nat(9, || tempo(97.3));\n"
    );
    let pattern = bf_pattern::mini(&text).unwrap();
    let cycles = 130;
    let want = exact(&pattern, &[(0, 123.4), (5, 151.7), (9, 97.3)], cycles);
    assert!(want.len() >= 2_000, "{}", want.len());
    for block in [64, 16, 512, 1024] {
        let mut stand = Stand::new(block, &[("set.toml", BARE), ("live.rhai", &script)]);
        let last = *want.last().unwrap() as usize;
        let sound = stand.run(last + 1024);
        assert_eq!(stand.faults(), [""; 0]);
        // A click lasts a frame.
        let heard: Vec<u64> = (0..=last).filter(|i| sound[*i].abs() > 0.01).map(|i| i as u64).collect();
        let differs = want.iter().zip(&heard).position(|(a, b)| a != b);
        assert_eq!(differs.map(|i| (want[i], heard[i])), None, "block {block}");
        assert_eq!(heard.len(), want.len(), "block {block}");
        let status = stand.session.controller().shared().status();
        assert_eq!((status.late, status.shed), (0, 0));
    }
}

#[test]
fn evaluating_twice_is_evaluating_once() {
    let text = "tempo(120);\n\ntrack(\"a\", s(\"click.wav*4\"));\ntrack(\"b\", s(\"click.wav(3,8)\").gain(0.5));\n";
    let once = Stand::new(64, &[("set.toml", BARE), ("live.rhai", text)]).run(200_000);
    let mut twice = Stand::new(64, &[("set.toml", BARE), ("live.rhai", text)]);
    let mut sound = twice.run(50_000);
    twice.eval(text, Quant::Now);
    sound.extend(twice.run(100_032 - sound.len()));
    twice.eval(&format!("\n\n{text}"), Quant::Cycle);
    sound.extend(twice.run(100_000));
    sound.truncate(200_000);
    let differs = once.iter().zip(&sound).position(|(a, b)| a.to_bits() != b.to_bits());
    assert_eq!((differs, twice.faults()), (None, vec![]));
}

#[test]
fn a_change_is_heard_from_its_cycle_on_and_what_left_the_text_ends_there() {
    let text = |a: &str, b: &str| format!("tempo(120);\n\ntrack(\"a\", s(\"{a}\"));\n{b}");
    let other = "track(\"b\", s(\"~ click.wav\"));";
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", &text("click.wav*4", other))]);
    // A cycle is 96,000 frames.
    let mut sound = stand.run(30_016);
    stand.eval(&text("click.wav*2", ""), Quant::Cycle);
    sound.extend(stand.run(290_000));
    let frames: Vec<usize> = (0..sound.len().min(280_000)).filter(|i| sound[*i].abs() > 0.01).collect();
    assert_eq!(frames, [0, 24_000, 48_000, 72_000, 96_000, 144_000, 192_000, 240_000]);
}

#[test]
fn a_text_with_faults_changes_nothing() {
    let good = "track(\"a\", s(\"click.wav*4\"));";
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", good)]);
    let want = Stand::new(64, &[("set.toml", BARE), ("live.rhai", good)]).run(200_000);
    let mut sound = stand.run(10_048);
    for (text, said) in [
        ("track(\"a\", s(\"click.wav [\"));", "live.rhai:1"),
        ("\nloop {}", "live.rhai:2"),
        ("trak(\"a\", s(\"bd\"));", "track"),
        ("track(\"out\", s(\"bd\"));", "set.toml:3"),
    ] {
        stand.eval(text, Quant::Now);
        sound.extend(stand.run(1024));
        let faults = stand.faults();
        assert!(faults.len() == 1 && faults[0].contains(said), "{text}: {faults:?}");
    }
    sound.extend(stand.run(190_000));
    let differs = want.iter().zip(&sound).position(|(a, b)| a.to_bits() != b.to_bits());
    assert_eq!(differs, None);
}

#[test]
fn a_hand_stays_until_the_text_says_something_else() {
    let text = |rest: &str| format!("track(\"{rest}a\", s(\"click.wav*4\"));");
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", &text(""))]);
    stand.run(1024);
    let mute = |on: bool| {
        bf_patch::SetEdit::main(bf_patch::Edit::Override {
            target: bf_patch::Socket::new("a", "mute"),
            value: Some(on.into()),
        })
    };
    stand.session.apply(&mute(true), "mute a", None).unwrap();
    let sound = stand.run(120_000);
    assert!(sound[2_000..].iter().all(|x| *x == 0.0), "a hand mutes a track of a script");
    stand.eval(&format!("{}\n\ntrack(\"b\", s(\"~\"));", text("")), Quant::Now);
    stand.run(48_000);
    assert_eq!(stand.session.set().main.overrides.len(), 1, "the text says of it what it did");
    stand.eval(&text("_"), Quant::Now);
    stand.run(4_800);
    assert!(stand.session.set().main.overrides.is_empty(), "the text is heard");
    stand.session.save().unwrap();
    let saved = std::fs::read_to_string(stand.folder.path().join("set.toml")).unwrap();
    assert_eq!(saved, BARE, "what scripts own is not written");
}

#[test]
fn undo_changes_what_plays_and_redo_brings_it_back() {
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", "track(\"a\", s(\"click.wav\"));")]);
    stand.run(1024);
    stand.eval("tempo(90);\ntrack(\"b\", s(\"click.wav*2\"));", Quant::Now);
    stand.run(4800);
    let names = |stand: &Stand| stand.session.wanted().tracks.iter().map(|t| t.name.to_string()).collect::<Vec<_>>();
    assert_eq!((names(&stand), stand.session.set().main.tempo), (vec!["b".to_owned()], 90.0));
    assert!(stand.session.undo().unwrap());
    stand.run(4800);
    assert_eq!((names(&stand), stand.session.set().main.tempo), (vec!["a".to_owned()], 120.0));
    assert!(stand.session.redo().unwrap());
    stand.run(4800);
    assert_eq!((names(&stand), stand.session.set().main.tempo), (vec!["b".to_owned()], 90.0));
    assert_eq!(stand.faults(), [""; 0]);
}

#[test]
fn a_block_is_evaluated_by_itself_and_the_others_stay() {
    let first = "let x = 2;\n\ntrack(\"a\", s(\"click.wav*2\"));\n\ntrack(\"b\", s(\"click.wav\").fast(x));\n";
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", first)]);
    stand.run(1024);
    let second = first.replace("track(\"a\"", "track(\"c\"").replace("fast(x)", "fast(x + 1)");
    let at = second.find("track(\"c\"").unwrap();
    let part = bf_session::script::block::block_at(&second, at);
    stand.session.evaluate(Script { file: "live.rhai".into(), text: second, part, quant: Quant::Now });
    stand.run(4800);
    let wanted = stand.session.wanted();
    let names: Vec<_> = wanted.tracks.iter().map(|t| t.name.to_string()).collect();
    assert_eq!(names, ["c", "b"]);
    let b = wanted.tracks.iter().find(|t| t.name.as_str() == "b").unwrap();
    assert_eq!(b.pattern.query(Span::new(0, 1), &Query::default()).unwrap().len(), 2, "b was not evaluated");
}

#[test]
fn scenes_and_later_things_come_at_their_boundaries() {
    let text = "tempo(120);\ntrack(\"a\", s(\"click.wav*2\"));\nscene(\"drop\", || { track(\"d\", s(\"click.wav*8\")); });\n\
                at(1, || track(\"l\", s(\"~ click.wav*4\")));";
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", text)]);
    let mut sound = stand.run(200_000);
    stand.session.launch(Some("drop".into()), Quant::Cycle);
    sound.extend(stand.run(180_000));
    let frames = |from: usize, to: usize| (from..to).filter(|i| sound[*i].abs() > 0.01).collect::<Vec<_>>();
    assert_eq!(frames(0, 96_000), [0, 48_000]);
    assert_eq!(frames(96_000, 192_000), [96_000, 144_000, 156_000, 168_000, 180_000]);
    assert_eq!(frames(288_000, 330_000), [288_000, 300_000, 312_000, 324_000]);
    assert_eq!(stand.faults(), [""; 0]);
}

#[test]
fn a_pattern_moves_a_param_of_a_node_and_a_script_alone_is_a_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alone.rhai");
    std::fs::write(&file, "tempo(120);\nnode(\"tone\", sine(#{ freq: \"200 800\" }) >> gain(0.2));\n").unwrap();
    let (mut session, mut engine) = Session::open(&file, registry(), Options::default()).unwrap();
    session.controller().transport(Move::Play, When::Frame(0));
    let mut sound = Vec::new();
    while sound.len() < 96_000 {
        session.poll();
        sound.extend_from_slice(engine.block_now()[0]);
    }
    let crossings =
        |range: std::ops::Range<usize>| sound[range].windows(2).filter(|w| w[0] <= 0.0 && w[1] > 0.0).count();
    // Half a second of each.
    assert!((95..=105).contains(&crossings(12_000..36_000)), "{}", crossings(12_000..36_000));
    assert!((390..=410).contains(&crossings(60_000..84_000)), "{}", crossings(60_000..84_000));
}

#[test]
fn after_any_changes_the_text_is_what_plays() {
    let mut seed = 3u64;
    let mut next = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", "track(\"t0\", s(\"click.wav\"));")]);
    for round in 0..30 {
        let mut text = format!("tempo({});\n", 100 + next(60));
        for n in 0..1 + next(5) {
            let sound = ["bd", "hh*4", "acid", "pad", "sd:1 cp"][next(5) as usize];
            let more = ["", ".room(0.4)", ".cutoff(\"800 1200\")", ".fast(2)", ".every(2, rev)"][next(5) as usize];
            text +=
                &format!("track(\"t{}\", s(\"{sound}\"){more}.gain({}));\n", n * (1 + next(2)), next(10) as f64 / 10.0);
        }
        if next(5) == 0 {
            text += "track(\"broken\", s(\"bd [\"));";
            stand.eval(&text, Quant::Now);
            stand.run(2_048);
            continue;
        }
        stand.eval(&text, Quant::Now);
        stand.run(2_048);
        // What has left is gone after its last notes.
        if round % 5 == 4 {
            stand.run(48_000 * 8);
            write(stand.folder.path(), &[("live.rhai", &text)]);
            let (mut fresh, mut engine) = Session::open(stand.folder.path(), registry(), Options::default()).unwrap();
            fresh.controller().transport(Move::Play, When::Frame(0));
            for _ in 0..48_000 * 8 / 64 {
                fresh.poll();
                engine.block_now();
            }
            let (mine, new) = (stand.session.heard(), fresh.heard());
            assert_eq!(mine.main, new.main, "{text}");
            assert_eq!(mine.files, new.files, "{text}");
            let events = |s: &Session| {
                let tracks = s.wanted().tracks;
                let asked = tracks.iter().map(|t| {
                    let events = t.pattern.query(Span::new(0, 4), &Query::default()).unwrap();
                    let all = events.iter().map(|e| format!("{:?} {}", e.whole, e.value));
                    (t.name.to_string(), all.collect::<Vec<_>>())
                });
                asked.collect::<Vec<_>>()
            };
            assert_eq!(events(&stand.session), events(&fresh));
        }
    }
}

#[test]
fn opening_is_no_step_and_what_waits_is_taken_back_first() {
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", "tempo(90);\ntrack(\"a\", s(\"click.wav\"));")]);
    stand.run(1024);
    stand.eval("track(\"b\", s(\"click.wav\"));", Quant::Cycle);
    stand.run(1024);
    assert!(stand.session.undo().unwrap(), "what waits is taken back");
    stand.run(48_000 * 4);
    assert_eq!(stand.session.wanted().tracks[0].name.as_str(), "a");
    assert!(stand.session.redo().unwrap(), "and waits again");
    stand.run(48_000 * 4);
    assert_eq!(stand.session.wanted().tracks[0].name.as_str(), "b");
    assert!(stand.session.undo().unwrap(), "now it has been heard");
    stand.run(48_000);
    assert_eq!(stand.session.wanted().tracks[0].name.as_str(), "a");
    assert!(!stand.session.undo().unwrap(), "the set was opened so");
    assert_eq!(stand.session.set().main.tempo, 90.0);
}

#[test]
fn a_patch_takes_the_sound_of_a_track_and_says_when_there_is_none() {
    let set = "beatforge = 1\n[nodes]\nhalf = { type = \"gain\", gain = 0.5 }\nout = { type = \"output\" }\n[cables]\n\
               \"half\" = \"a\"\n\"out\" = \"half\"\n[overrides]\n\"a.gain\" = 0.0\n";
    let mut stand = Stand::new(64, &[("set.toml", set), ("live.rhai", "track(\"a\", s(\"click.wav*4\"));")]);
    let sound = stand.run(4_800);
    assert_eq!(stand.faults(), [""; 0]);
    // Dry and through the patch.
    assert!((sound[0] - 0.375).abs() < 1e-6, "{}", sound[0]);
    stand.eval("track(\"b\", s(\"click.wav*4\"));", Quant::Now);
    stand.run(4_800);
    let said = stand.faults();
    assert!(said.len() == 1 && said[0].contains("set.toml:6") && said[0].contains("`a`"), "{said:?}");
    // A cable that another program writes meets what plays.
    let path = stand.folder.path().join("set.toml");
    std::fs::write(&path, set.replace("\"half\" = \"a\"", "\"half\" = \"b\"").replace("\"a.gain\"", "\"b.gain\""))
        .unwrap();
    stand.session.reload(&[path]);
    stand.run(24_000);
    assert_eq!(stand.faults(), [""; 0]);
    let most = stand.run(24_000).iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!((most - 0.375).abs() < 1e-3, "{most}");
}

#[test]
fn a_track_fades_over_from_what_it_played_and_what_plays_once_ends() {
    let mut stand =
        Stand::new(64, &[("set.toml", BARE), ("live.rhai", "tempo(120);\ntrack(\"a\", s(\"click.wav\"));")]);
    let mut sound = stand.run(48_000);
    stand.eval("tempo(120);\nxfade_in(\"a\", 4, s(\"~ click.wav\"));\nonce(s(\"[~ click.wav] ~\"));", Quant::Cycle);
    sound.extend(stand.run(96_000 * 7));
    let level = |beats: usize| (sound[beats * 12_000] / 0.25 * 1000.0).round() / 1000.0;
    // By quarter cycles: what it was falls, what it is rises.
    let old: Vec<f32> = (0..6).map(|cycle| level(cycle * 8)).collect();
    let new: Vec<f32> = (0..6).map(|cycle| level(cycle * 8 + 4)).collect();
    assert_eq!(old, [1.0, 1.0, 0.75, 0.5, 0.25, 0.0]);
    assert_eq!(new, [0.0, 0.125, 0.375, 0.625, 0.875, 1.0]);
    let once: Vec<f32> = (0..6).map(|cycle| level(cycle * 8 + 2)).collect();
    assert_eq!(once, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn bars_of_another_length_begin_at_the_boundary_for_all_tracks() {
    let text = |bar: u32| format!("tempo(120);\nsignature({bar});\ntrack(\"a\", s(\"click.wav*2\"));");
    let mut stand = Stand::new(64, &[("set.toml", BARE), ("live.rhai", &text(4))]);
    let mut sound = stand.run(48_000);
    stand.eval(&text(3), Quant::Cycle);
    sound.extend(stand.run(96_000 + 72_000 * 2));
    let frames: Vec<usize> = (0..sound.len().min(240_000)).filter(|i| sound[*i].abs() > 0.01).collect();
    assert_eq!(frames, [0, 48_000, 96_000, 132_000, 168_000, 204_000]);
}

#[test]
fn names_of_the_set_itself_are_refused_and_a_script_launches_its_scene() {
    let mut stand = Stand::new(64, &[("live.rhai", "track(\"a\", s(\"click.wav\"));")]);
    stand.run(1024);
    for name in ["master", "out", "orbit1", "once"] {
        stand.eval(&format!("track(\"{name}\", s(\"bd*4\").room(0.5));"), Quant::Now);
        stand.run(1024);
        let said = stand.faults();
        assert!(said.len() == 1 && said[0].contains(name) && said[0].contains("live.rhai:1"), "{said:?}");
    }
    let most = stand.run(96_000).iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(most < 1.0, "{most}");
    let scene = "track(\"a\", s(\"click.wav\"));\nscene(\"drop\", || { track(\"b\", s(\"~\")); });\nlaunch(\"drop\");";
    stand.eval(scene, Quant::Now);
    stand.run(4_800);
    let names: Vec<_> = stand.session.wanted().tracks.iter().map(|t| t.name.to_string()).collect();
    assert_eq!((names, stand.faults()), (vec!["b".to_owned()], vec![]));
}

#[test]
fn two_that_evaluate_at_once_are_both_heard() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("live.rhai", "track(\"a\", s(\"bd\"));\n\ntrack(\"b\", s(\"bd\"));\n")]);
    let options = Options { wait_for_scripts: false, ..Options::default() };
    let (mut session, mut engine) = Session::open(folder.path(), registry(), options).unwrap();
    session.controller().transport(Move::Play, When::Frame(0));
    engine.block_now();
    let first = "track(\"c\", s(\"bd\"));\n\ntrack(\"b\", s(\"bd\"));\n";
    let second = "track(\"c\", s(\"bd\"));\n\ntrack(\"d\", s(\"bd\"));\n";
    for (text, at) in [(first, 3), (second, second.find("\"d\"").unwrap())] {
        let part = bf_session::script::block::block_at(text, at);
        session.evaluate(Script { file: "live.rhai".into(), text: text.into(), part, quant: Quant::Now });
    }
    let began = std::time::Instant::now();
    let names = |s: &Session| s.wanted().tracks.iter().map(|t| t.name.to_string()).collect::<Vec<_>>();
    while names(&session) != ["c", "d"] && began.elapsed().as_secs() < 20 {
        session.poll();
        engine.block_now();
    }
    assert_eq!(names(&session), ["c", "d"]);
}

#[test]
fn what_plays_does_not_depend_on_how_busy_the_machine_is() {
    // Much to look through, of which little sounds.
    let many = |i| format!("track(\"m{i}\", note(\"60*4000\").s(\"sine\").degradeBy(0.9999));\n\n");
    let many: String = (0..8).map(many).collect();
    let late = "track(\"late\", s(\"<~ ~ ~ pluck>\"));\n";
    let nodes = |waits: bool| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("live.rhai", &format!("{many}{late}"))]);
        let options = Options { wait_for_scripts: waits, ..Options::default() };
        let (session, _engine) = Session::open(folder.path(), registry(), options).unwrap();
        session.heard().main.nodes.keys().map(ToString::to_string).collect::<Vec<_>>()
    };
    let live = nodes(false);
    assert!(live.iter().any(|name| name == "late/pluck"), "{live:?}");
    assert_eq!(live, nodes(true));
}

#[test]
fn the_first_hit_of_a_set_that_opens_live_sounds() {
    for script in ["track(\"a\", s(\"click.wav*4\"));\n", "track(\"a\", s(\"pluck*4\").note(60));\n"] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("live.rhai", script)]);
        click(&folder.path().join("click.wav"));
        let options = Options { wait_for_scripts: false, ..Options::default() };
        let (mut session, mut engine) = Session::open(folder.path(), registry(), options).unwrap();
        session.controller().transport(Move::Play, When::Frame(0));
        // The device asks for its first blocks before anybody looks again. The limiter looks ahead.
        let mut most = 0.0f32;
        (0..4_800 / engine.block()).for_each(|_| most = engine.block_now()[0].iter().fold(most, |m, x| m.max(x.abs())));
        assert!(most > 0.01, "{script}: {most}");
    }
}
