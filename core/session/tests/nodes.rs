//! Nodes that play patterns, and nodes with scripts.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_session::{Message, Move, Options, Session, Severity, When, registry};
use stand::{Stand, differs, faults, write};

/// What a node plays is heard as the frequency and the gate of its newest note, halved: a cycle is 96,000 frames.
fn set(node: &str) -> String {
    format!(
        "beatforge = 1\ntempo = 120.0\n[nodes]\nplayer = {{ {node} }}\nline = {{ type = \"cv\" }}\npitch = {{ type = \
         \"maths\", op = \"mul\", value = 0.001 }}\nout = {{ type = \"output\" }}\n[cables]\n\"line\" = \
         \"player\"\n\"pitch\" = \"line.gate\"\n\"out\" = \"pitch\"\n\"pitch.value\" = {{ from = \"line.freq\", amount \
         = 0.001 }}\n"
    )
}

/// Onsets: frames at which what is heard leaves zero or changes, with the frequency in Hz, rounded. A note that begins
/// where another ends begins with the one frame for which the gate falls.
fn heard(sound: &[f32]) -> Vec<(usize, i32)> {
    let hz = |x: f32| ((x - 0.001).max(0.0) * 1000.0).round() as i32;
    let mut all = Vec::new();
    let (mut last, mut before) = (0.0, 0.0);
    for (i, x) in sound.iter().enumerate() {
        if *x != 0.0 && *x != before {
            let falls = before == 0.0 && last != 0.0;
            all.push((i - usize::from(falls), hz(*x)));
        }
        (last, before) = (before, *x);
    }
    all
}

const C3: i32 = 131;
const E3: i32 = 165;
const G3: i32 = 196;
const C4: i32 = 262;

#[test]
fn a_pattern_node_plays_on_its_frames_with_the_same_bits_at_any_block() {
    for (node, want) in [
        ("type = \"pattern\", text = \"c3 <e3 g3>\"", [(0, C3), (48_000, E3), (96_000, C3), (144_000, G3)]),
        (
            "type = \"pattern\", text = \"60 <64 67>\", transpose = -12.0",
            [(0, C3), (48_000, E3), (96_000, C3), (144_000, G3)],
        ),
        (
            "type = \"pattern\", code = 'note(\"~ c3 e3 ~\").every(2, |p| p.rev())'",
            [(24_000, E3), (48_000, C3), (120_000, C3), (144_000, E3)],
        ),
    ] {
        let render = |block| {
            let mut stand = Stand::new(block, &[("set.toml", &set(node))]);
            let sound = stand.run(192_000);
            assert_eq!(stand.faults(), []);
            sound
        };
        let first = render(64);
        assert_eq!(heard(&first), want, "{node}");
        for block in [16, 256, 1024] {
            assert_eq!(differs(&first, &render(block)), None, "{node} at {block}");
        }
    }
}

#[test]
fn a_pattern_node_follows_tempo_and_jumps_and_plays_inside_of_patches() {
    let main = "beatforge = 1\ntempo = 120.0\n[nodes]\np = { type = \"patch\", file = \"p.toml\" }\nout = { type = \
                \"output\" }\n[cables]\n\"out\" = \"p\"\n";
    let inner = "beatforge = 1\n[nodes]\ntune = { type = \"pattern\", text = \"60*4\" }\nline = { type = \"cv\" \
                 }\n[cables]\n\"line\" = \"tune\"\n[outputs]\nout = \"line.trigger\"\n";
    let mut stand = Stand::new(64, &[("set.toml", main), ("p.toml", inner)]);
    let tempo = Move::Tempo(bf_pattern::Tempo::from_bpm(240.0));
    stand.session.controller().transport(tempo, When::Frame(48_000));
    let sound = stand.run(96_000);
    let onsets = |sound: &[f32]| (0..sound.len()).filter(|i| sound[*i] == 1.0).collect::<Vec<_>>();
    assert_eq!(onsets(&sound), [0, 24_000, 48_000, 60_000, 72_000, 84_000]);
    stand.session.seek(bf_pattern::Ratio::new(39, 4));
    let sound = stand.run(24_000);
    // A quarter of a beat later comes beat 10.
    let first = onsets(&sound)[0];
    assert!((2_990..3_200).contains(&first), "{first}");
}

#[test]
fn what_is_wrong_with_a_pattern_is_told_and_the_last_good_one_plays_on() {
    let told = faults(&[("set.toml", &set("type = \"pattern\", text = \"c3 [e3\""))]);
    assert_eq!((told[0].line, told[0].column), (4, 41), "{}", told[0]);
    let code = |code: &str| set(&format!("type = \"pattern\", code = '{code}'"));
    let mut stand = Stand::new(64, &[("set.toml", &code("note(\"c3\")"))]);
    assert_eq!(heard(&stand.run(96_000)), [(0, C3)]);
    stand.save("set.toml", &code("note(\"e3\").evry(2, rev)"));
    let told = stand.faults();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].line, told[0].column, told[0].severity), (4, 49, Severity::Error), "{}", told[0]);
    assert!(heard(&stand.run(96_000)).iter().all(|(_, hz)| *hz == C3));
    stand.save("set.toml", &code("note(\"g3\")"));
    let sound = stand.run(192_000);
    assert!(heard(&sound).iter().any(|(_, hz)| *hz == G3));
    // A function that fails or runs on when it is asked is told as well.
    stand.save("set.toml", &code("note(\"c4\").every(3, |p| { loop {} })"));
    let told = stand.faults();
    assert!(told.len() == 1 && told[0].line == 4, "{told:?}");
    assert_eq!(stand.session.controller().shared().status().missed, 0);
}

/// The code of a script in the line of a node.
fn script(rest: &str, code: &str) -> String {
    set(&format!("type = \"script\", code = '''{code}'''{rest}"))
}

/// A sequencer before the player.
fn after_steps(text: &str) -> String {
    text.replace("line = {", "beat = { type = \"steps\", steps = \"c3 ~ ~ ~\", rate = \"1/4\" }\nline = {")
        .replace("[cables]", "[cables]\n\"player\" = \"beat\"")
}

#[test]
fn a_script_doubles_notes_an_octave_up_after_its_delay_at_any_block() {
    let text = after_steps(&script(", delay = 100", "on_note(|n| #{ pitch: n.pitch + 12, velocity: n.velocity });"));
    let render = |block| {
        let mut stand = Stand::new(block, &[("set.toml", &text)]);
        let sound = stand.run(192_000);
        assert_eq!(stand.faults(), []);
        sound
    };
    let sound = render(64);
    // 100 ms are 4,800 frames. The note lasts as long as the one that it answers: half a beat.
    assert_eq!(heard(&sound), [(4_800, C4), (4_800 + 96_000, C4)]);
    let end = (4_800..).find(|i| sound[*i] == 0.0).unwrap();
    assert!((16_000..17_000).contains(&end), "{end}");
    for block in [16, 256, 1024] {
        assert_eq!(differs(&sound, &render(block)), None, "block {block}");
    }
}

#[test]
fn on_beat_lands_on_the_beat_and_values_reach_their_outputs() {
    let code = "output(\"level\");\non_beat(|beat| if beat % 2 == 0 { [#{ pitch: \"c3\", length: 1 }, #{ pitch: \"e3\", at: \
                1.0, length: 0.5 }, #{ output: \"level\", value: beat + 1 }] });";
    let text = script("", code);
    let render = |block| Stand::new(block, &[("set.toml", &text)]).run(96_000);
    let sound = render(64);
    assert_eq!(heard(&sound), [(0, C3), (24_000, E3), (48_000, C3), (72_000, E3)]);
    assert_eq!(differs(&sound, &render(1024)), None);
    let values = text.replace("\"out\" = \"pitch\"", "\"out\" = \"player.a\"");
    let sound = Stand::new(64, &[("set.toml", &values)]).run(96_000);
    assert_eq!([sound[0], sound[47_999], sound[48_000], sound[95_000]], [1.0, 1.0, 3.0, 3.0]);
}

#[test]
fn controls_are_heard_by_the_names_that_the_script_gives_them() {
    let code = "input(\"shift\"); output(\"echo\");\non_control(|name, value| if name == \"shift\" { #{ output: \"echo\", \
                value: value * 2 } });";
    let text = script(", a = \"0.25 0.5\"", code).replace("\"out\" = \"pitch\"", "\"out\" = \"player.a\"");
    let render = |block| Stand::new(block, &[("set.toml", &text)]).run(96_000);
    let sound = render(64);
    assert_eq!([sound[2_399], sound[2_400], sound[50_399], sound[52_000]], [0.0, 0.5, 0.5, 1.0]);
    assert_eq!(differs(&sound, &render(1024)), None);
}

#[test]
fn a_script_that_fails_is_told_once_with_its_line_and_the_last_good_one_goes_on() {
    let good = "on_beat(|beat| #{ pitch: \"c3\", length: 0.5 });";
    let mut stand = Stand::new(64, &[("set.toml", &set("type = \"script\", file = \"n.rhai\"")), ("n.rhai", good)]);
    let goes_on = |stand: &mut Stand, hz: i32| {
        let sound = stand.run(96_000);
        let heard = heard(&sound[48_000..]);
        assert!(heard.len() >= 2 && heard.iter().all(|(_, h)| *h == hz), "{heard:?}");
    };
    goes_on(&mut stand, C3);
    // One that is no script, one that fails when it is called, one that runs on.
    for (text, line, said) in [
        ("on_beat(|beat| #{ pitch: ", 1, ""),
        ("\non_beat(|beat|\n  nothere(beat));", 3, "nothere"),
        ("on_beat(|beat| {\n  loop {} });", 2, "too long"),
    ] {
        let begun = std::time::Instant::now();
        stand.save("n.rhai", text);
        goes_on(&mut stand, C3);
        assert!(begun.elapsed().as_secs() < 20);
        let told = stand.faults();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].file.ends_with("n.rhai") && told[0].line == line && told[0].message.contains(said),
            "{}",
            told[0]
        );
    }
    stand.save("n.rhai", &good.replace("c3", "g3"));
    goes_on(&mut stand, G3);
    assert_eq!(stand.faults(), []);
    // Where there was none before, it is silent and says so; in the line of the node, at its place there.
    let mut stand = Stand::new(64, &[("set.toml", &script("", "on_beat(|beat| {\n  loop {} });"))]);
    assert_eq!(heard(&stand.run(48_000)), []);
    let told = stand.faults();
    assert!(
        told.len() == 1 && told[0].line == 5 && told[0].hint.as_ref().unwrap().contains("on_beat is not called"),
        "{told:?}"
    );
    assert_eq!(stand.session.controller().shared().status().missed, 0);
}

#[test]
fn the_script_of_the_help_runs() {
    let help = registry().get("script").unwrap().help;
    let code: Vec<&str> =
        help.lines().skip_while(|l| l.trim() != "```rhai").skip(1).take_while(|l| l.trim() != "```").collect();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("set.toml", &set("type = \"script\", file = \"n.rhai\"")), ("n.rhai", &code.join("\n"))]);
    let (mut session, mut engine) = Session::open(folder.path(), registry(), Options::default()).unwrap();
    session.controller().transport(Move::Play, When::Frame(0));
    let mut sound = Vec::new();
    for _ in 0..1_600 {
        session.poll();
        sound.extend_from_slice(engine.block_now()[0]);
    }
    // Beat 3 plays 48 and, a quarter of a beat later, 55.
    assert_eq!(heard(&sound), [(72_000, C3), (78_000, G3)]);
    assert!(session.messages().iter().all(|m| !matches!(m, Message::Fault(_) | Message::Problem(_))));
}
