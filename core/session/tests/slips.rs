//! What goes wrong on a stage, and what must not: slips that are told at once, hands and hush, sounds from anywhere.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_patch::{Edit, SetEdit, Socket};
use bf_session::remote::Quant;
use bf_session::{Message, Script, wav};
use stand::{Stand, write};
use std::path::Path;

/// An output without a limiter, so that what is heard is what was struck.
const BARE: &str = "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n";

/// A sound that stands at a level for so many frames.
fn step(path: &Path, level: f32, frames: usize) {
    let spec = wav::Spec { channels: 1, sample_rate: 48_000, format: wav::Format::Float32 };
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut w = wav::Writer::create(path, spec, wav::Existing::Replace).unwrap();
    w.write(&vec![level; frames]).unwrap();
    w.finish().unwrap();
}

/// A set with a script, and sounds that stand at levels.
fn set(sounds: &[(&str, f32, usize)], script: &str) -> Stand {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("set.toml", BARE), ("live.rhai", script)]);
    sounds.iter().for_each(|(file, level, frames)| step(&folder.path().join(file), *level, *frames));
    Stand::open(folder, 64)
}

fn eval(stand: &mut Stand, text: &str, quant: Quant) {
    stand.session.evaluate(Script { file: "live.rhai".into(), text: text.into(), part: None, quant });
    stand.session.poll();
}

/// All that was said, and whether it was refused.
fn said(stand: &mut Stand) -> (bool, Vec<String>) {
    let (mut refused, mut all) = (false, Vec::new());
    for message in stand.session.messages() {
        match message {
            Message::Refused { faults, .. } => {
                refused = true;
                all.extend(faults.iter().map(ToString::to_string));
            }
            Message::Fault(fault) => all.push(fault.to_string()),
            Message::Problem(text) => all.push(text),
            _ => {}
        }
    }
    (refused, all)
}

fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

#[test]
fn functions_within_functions_play() {
    let text = "all(|p| p.last_of(2, |q| q.fast(2)));\ntrack(\"a\", s(\"click.wav\").every(2, |p| p.off(1/4, |q| q.gain(0.5))));";
    let mut stand = set(&[("click.wav", 0.25, 1)], text);
    let sound = stand.run(4 * 96_000);
    assert_eq!(said(&mut stand), (false, vec![]));
    assert!(peak(&sound[..1_000]) > 0.1 && peak(&sound[96_000 + 47_000..96_000 + 49_000]) > 0.1);
    // The same text again is the same music: nothing is begun anew.
    eval(&mut stand, text, Quant::Cycle);
    stand.run(96_000);
    assert_eq!(said(&mut stand), (false, vec![]));
}

#[test]
fn what_has_no_effect_is_told_where_it_stands() {
    let text = "track(\"drums\", s(\"click.wav\"));\ntrack(\"drums\", s(\"click.wav*2\"));\n\nsolo(\"drms\");\nmute(\"zz\");\n\ns(\"click.wav*4\").fast(2);\nscene(\"x\", || { track(\"lead\", s(\"click.wav\")); });\nmute(\"lead\");\ntrack(\"x\", note(\"h4\").gain(\"loud\"));\nstack(s(\"click.wav\"), s(\"click.wav*2\"))";
    let mut stand = set(&[("click.wav", 0.25, 1)], text);
    stand.run(4_800);
    let (refused, all) = said(&mut stand);
    let told =
        |line: usize, part: &str| all.iter().any(|s| s.contains(&format!("live.rhai:{line}:1:")) && s.contains(part));
    assert!(!refused && told(2, "declared in line 1"), "{all:#?}");
    assert!(told(4, "no track `drms`") && told(4, "did you mean `drums`?"), "{all:#?}");
    assert!(told(5, "no track `zz`") && told(7, "no track plays this pattern"), "{all:#?}");
    assert!(told(10, "`h4` is no note") && told(10, "`loud` is no number for `gain`"), "{all:#?}");
    assert!(told(11, "no track plays this pattern"), "{all:#?}");
    assert_eq!(all.len(), 7, "{all:#?}");
}

#[test]
fn what_cannot_play_is_refused_at_once_and_at_its_place() {
    let good = "track(\"a\", s(\"click.wav*4\"));";
    let mut stand = set(&[("click.wav", 0.25, 1)], good);
    stand.run(4_800);
    let bad = format!("{good}\n\nnode(\"verb\", plate());\n  cable(\"a\", \"verb.decya\");");
    eval(&mut stand, &bad, Quant::Cycles(8));
    let (refused, all) = said(&mut stand);
    assert!(refused && all.len() == 1 && all[0].starts_with("live.rhai:4:3"), "{all:#?}");
    // What is evaluated after it does not build on it.
    eval(&mut stand, &format!("{good}\n// good"), Quant::Now);
    stand.run(4_800);
    assert_eq!(said(&mut stand), (false, vec![]));
}

#[test]
fn hush_leaves_the_hands_switches_alone() {
    let mut stand =
        set(&[("on.wav", 0.25, 20_000)], "track(\"a\", s(\"on.wav*4\"));\ntrack(\"b\", s(\"on.wav*4\").gain(0.5));");
    assert!(peak(&stand.run(24_000)) > 0.3);
    let mute = |on: bool| Edit::Override { target: Socket::new("a", "mute"), value: Some(on.into()) };
    stand.session.apply(&SetEdit::main(mute(true)), "mute", None).unwrap();
    stand.run(4_800);
    let muted = peak(&stand.run(24_000));
    assert!((0.05..0.2).contains(&muted), "{muted}");
    stand.session.hush(true);
    stand.run(4_800);
    assert_eq!(peak(&stand.run(24_000)), 0.0);
    stand.session.hush(false);
    stand.run(4_800);
    assert_eq!(peak(&stand.run(24_000)), muted, "it is muted still");
    // A hand that let it sound does not let it through a hush.
    stand.session.apply(&SetEdit::main(mute(false)), "unmute", None).unwrap();
    stand.run(4_800);
    assert!(peak(&stand.run(24_000)) > 0.3);
    stand.session.hush(true);
    stand.run(4_800);
    assert_eq!(peak(&stand.run(24_000)), 0.0);
}

#[test]
fn folders_of_samples_play_and_missing_ones_are_told() {
    let sounds = [("dirt/thud/a.wav", 0.125, 480), ("dirt/thud/b.wav", 0.25, 480), ("dirt/hit.wav", 0.5, 480)];
    let text = "samples(\"dirt\");\ntrack(\"a\", s(\"thud thud:1 hit thud:2\").gain(1));";
    let mut stand = set(&sounds, text);
    let sound = stand.run(96_000);
    assert_eq!(said(&mut stand), (false, vec![]));
    let levels: Vec<f32> = (0..4).map(|beat| peak(&sound[beat * 24_000..beat * 24_000 + 1_000])).collect();
    let of = |at: usize| (levels[at] / levels[0]).log2().round();
    assert_eq!([of(0), of(1), of(2), of(3)], [0.0, 1.0, 2.0, 0.0], "{levels:?}");
    eval(&mut stand, "samples(\"none\");\n\ntrack(\"a\", s(\"thud\"));", Quant::Now);
    stand.run(4_800);
    let (refused, all) = said(&mut stand);
    assert!(!refused && all.iter().any(|s| s.contains("live.rhai:1:1") && s.contains("none")), "{all:#?}");
}

#[test]
fn a_param_that_a_pattern_moves_begins_where_the_pattern_does() {
    let text = "node(\"level\", constant(#{ value: \"0.125 0.25\" }));";
    let mut stand = set(&[], text);
    let sound = stand.run(96_000);
    assert_eq!(said(&mut stand), (false, vec![]));
    // Only the fade-in of what is new comes before it.
    assert!(
        peak(&sound) <= 0.250_1 && peak(&sound[..40_000]) <= 0.125_1,
        "{} {}",
        peak(&sound),
        peak(&sound[..40_000])
    );
    assert_eq!((sound[24_000], sound[90_000]), (0.125, 0.25));
}

#[test]
fn a_group_is_cut_over_an_evaluation_that_takes_notes_back() {
    let text = |n: usize| format!("track(\"a\", s(\"on.wav*{n}\").cut(1).gain(1).release(0.001));");
    let mut stand = set(&[("on.wav", 0.25, 480_000)], &text(4));
    let one = peak(&stand.run(48_000));
    let mut sound = Vec::new();
    for n in [3, 5, 2, 4] {
        eval(&mut stand, &text(n), Quant::Beat);
        sound.extend(stand.run(60_000));
    }
    // While one ends the next begins; never do two stand at once.
    let both = sound.iter().filter(|x| **x > 1.5 * one).count();
    assert!(both < 64 * 40, "{both} frames of two at once");
    assert_eq!(said(&mut stand), (false, vec![]));
}

#[test]
fn a_script_that_is_deleted_plays_on_and_says_so() {
    let mut stand = Stand::new(64, &[("live.rhai", "track(\"a\", s(\"bd*4\"));")]);
    let live = stand.folder.path().join("live.rhai");
    stand.run(48_000);
    std::fs::remove_file(&live).unwrap();
    stand.session.reload(std::slice::from_ref(&live));
    let (_, all) = said(&mut stand);
    assert!(all.len() == 1 && all[0].contains("live.rhai") && all[0].contains("not there any more"), "{all:?}");
    assert!(peak(&stand.run(48_000)) > 0.01);
    // An emptied one lets its last notes ring, also those of its own instruments.
    let own = "instrument(\"mine\", |v| saw(v.freq) >> gain(adsr(v.gate, 0.01, 0.1, 1.0, 0.5)));\ntrack(\"a\", note(\"c2\").s(\"mine\"));";
    write(stand.folder.path(), &[("live.rhai", own)]);
    stand.session.quant = Quant::Now;
    stand.session.reload(std::slice::from_ref(&live));
    assert!(peak(&stand.run(60_000)) > 0.05);
    write(stand.folder.path(), &[("live.rhai", "")]);
    stand.session.reload(&[live]);
    stand.run(192_000);
    assert_eq!(said(&mut stand), (false, vec![]));
}

#[test]
fn a_kick_ducks_the_tracks_of_an_orbit_and_no_others() {
    let sounds = [("on.wav", 0.25, 90_000), ("kick.wav", 0.0, 480)];
    let text = |duck: &str| {
        format!("track(\"pad\", s(\"on.wav\").orbit(2).gain(1));\n\ntrack(\"kick\", s(\"~ kick.wav ~ ~\"){duck});")
    };
    let mut plain = set(&sounds, &text(""));
    let level = plain.run(96_000)[50_000];
    let mut stand = set(&sounds, &text(".duck(2).duckdepth(0.5).duckattack(0.2)"));
    let sound = stand.run(96_000);
    assert_eq!(said(&mut stand), (false, vec![]));
    let near = |at: usize, share: f32| (sound[at] / level - share).abs() < 0.02;
    // The kick is at beat 1, frame 24,000.
    assert!(near(23_900, 1.0) && near(24_200, 0.5) && near(24_096 + 4_800, 0.75) && near(40_000, 1.0));
    // Another orbit is left alone.
    let mut other = set(&sounds, &text(".duck(3)"));
    assert_eq!(other.run(96_000)[24_200], level);
}

#[test]
fn what_has_come_stays_over_a_save_and_what_the_text_no_longer_says_is_undone() {
    let text = |rest: &str| format!("{rest}tempo(240);\n\nafter(1, || track(\"late\", s(\"on.wav*4\")));");
    let mut stand = set(&[("on.wav", 0.25, 12_000)], &text(""));
    stand.run(72_000);
    let before = peak(&stand.run(48_000));
    assert!(before > 0.1, "a cycle is a second");
    eval(&mut stand, &text("// a remark\n"), Quant::Now);
    let sound = stand.run(48_000);
    let gap = sound.windows(13_000).any(|w| w.iter().all(|x| *x == 0.0));
    assert!(!gap && said(&mut stand) == (false, vec![]));
    eval(&mut stand, "track(\"a\", s(\"on.wav\"));", Quant::Now);
    stand.run(4_800);
    assert_eq!(stand.session.set().main.tempo, 120.0, "as the document says");
}

#[test]
fn hush_leaves_no_stale_notes_behind() {
    let mut stand = set(&[("on.wav", 0.25, 2_000)], "track(\"a\", s(\"on.wav*16\"));");
    stand.run(48_000);
    stand.session.hush(true);
    stand.run(60_000);
    stand.session.hush(false);
    assert!(peak(&stand.run(48_000)) > 0.1);
    assert_eq!(said(&mut stand), (false, vec![]));
}

#[test]
fn what_no_machine_can_play_is_refused() {
    let mut stand = set(&[], "track(\"a\", s(\"bd\"));");
    stand.run(4_800);
    eval(&mut stand, "\nfor i in 0..300 { track(\"t\" + i, s(\"hh*16\")); }", Quant::Now);
    let (refused, all) = said(&mut stand);
    assert!(refused && all[0].starts_with("live.rhai:2:") && all[0].contains("more than 256 tracks"), "{all:#?}");
}

#[test]
fn a_sound_that_was_added_is_found_at_the_next_save() {
    let text = "samples(\"dirt\");\ntrack(\"a\", s(\"new\"));";
    let mut stand = set(&[("dirt/old.wav", 0.25, 480)], text);
    stand.run(4_800);
    assert!(said(&mut stand).1.iter().any(|s| s.contains("no sound `new`") && s.contains("dirt has old")));
    step(&stand.folder.path().join("dirt/new.wav"), 0.25, 480);
    eval(&mut stand, &format!("{text}\n"), Quant::Now);
    stand.run(192_000);
    assert_eq!(said(&mut stand), (false, vec![]));
}
