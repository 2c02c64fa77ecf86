//! What messages do.

use crate::desk::{Desk, bundle, far, near};
use bf_io::osc::{Argument, TimeTag};
use bf_node::Value;
use bf_session::surface::{Atom, RemoteEdits};

pub(crate) const SET: &str = r#"
beatforge = 1
tempo = 120.0

[nodes]
level = { type = "constant", value = 0.5 }
other = { type = "constant", value = 0.0 }
filter = { type = "svf", cutoff = 900.0 }
shape = { type = "lfo" }
heat = { type = "macro", value = 0.25 }
chan = { type = "strip" }
out = { type = "output" }

[cables]
"out" = ["level", "other"]
"filter" = "shape"

[snapshots.dark]
"filter.cutoff" = 200.0
"level.value" = 0.125
"#;

fn desk() -> Desk {
    Desk::new(&[("set.toml", SET)])
}

fn f(value: f32) -> [Argument<'static>; 1] {
    [Argument::Float(value)]
}

#[test]
fn a_value_becomes_the_override_of_a_hand_and_is_heard() {
    let mut desk = desk();
    desk.blocks(20);
    desk.send(near(), "/bf/node/level/value", &f(0.25));
    desk.blocks(20);
    assert_eq!(desk.hand("level.value"), Some(Value::Number(0.25)));
    assert_eq!(desk.sound.last(), Some(&0.25));
    // The number went without a plan.
    assert!(!desk.stand.session.waits());
    assert_eq!(desk.errors(), Vec::<String>::new());
    assert_eq!(desk.value("/bf/node/level/value"), Atom::Float(0.25));
    // From 0 to 1, through the param's own curve.
    desk.send(near(), "/bf/norm/filter/cutoff", &f(0.5));
    desk.tick();
    let Some(Value::Number(cutoff)) = desk.hand("filter.cutoff") else { panic!() };
    assert!((cutoff - 632.4555).abs() < 1e-3, "{cutoff}");
    assert_eq!(cutoff.to_string(), (cutoff as f32).to_string(), "written as short as a float allows");
}

#[test]
fn types_are_taken_as_they_come_and_ranges_hold() {
    let mut desk = desk();
    let cases: &[(&str, Argument<'_>, &str, Value)] = &[
        ("/bf/node/filter/cutoff", Argument::Int(500), "filter.cutoff", Value::Number(500.0)),
        ("/bf/node/filter/cutoff", Argument::Double(50_000.0), "filter.cutoff", Value::Number(20_000.0)),
        ("/bf/node/filter/resonance", Argument::Float(0.1), "filter.resonance", Value::Number(0.1)),
        ("/bf/node/chan/mute", Argument::Int(1), "chan.mute", Value::Bool(true)),
        ("/bf/node/chan/mute", Argument::Float(0.0), "chan.mute", Value::Bool(false)),
        ("/bf/node/chan/mute", Argument::Bool(true), "chan.mute", Value::Bool(true)),
        ("/bf/norm/chan/mute", Argument::Float(0.0), "chan.mute", Value::Bool(false)),
        ("/bf/node/shape/shape", Argument::Str("triangle"), "shape.shape", Value::from("triangle")),
        ("/bf/macro/heat", Argument::Float(0.75), "heat.value", Value::Number(0.75)),
        ("/bf/macro/1", Argument::Float(0.5), "heat.value", Value::Number(0.5)),
    ];
    for (address, argument, socket, value) in cases {
        desk.send(near(), address, &[*argument]);
        desk.tick();
        assert_eq!(desk.hand(socket).as_ref(), Some(value), "{address} {argument}");
    }
    assert_eq!(desk.errors(), Vec::<String>::new());
    for (address, arguments, why) in [
        ("/bf/node/filter/cutoff", vec![Argument::Str("high")], "argument 1 is value: a number from 20 to 20000"),
        ("/bf/node/filter/cutoff", vec![Argument::Float(f32::NAN)], "argument 1 is value: a number from 20 to 20000"),
        ("/bf/node/shape/shape", vec![Argument::Str("trangle")], "`trangle` is none of"),
        ("/bf/node/filter/cutof", vec![Argument::Float(1.0)], "did you mean /bf/node/filter/cutoff?"),
        ("/bf/nothing/*", vec![Argument::Float(1.0)], "no address matches"),
        ("/bf/transport/beat", vec![Argument::Int(1)], "it can only be read"),
    ] {
        desk.send(near(), address, &arguments);
        desk.tick();
        let errors = desk.errors();
        assert!(errors.len() == 1 && errors[0].contains(why), "{address}: {errors:?}");
    }
    assert_eq!(desk.console.counts().refused, 6);
}

#[test]
fn patterns_reach_all_that_match_as_one_step() {
    let mut desk = desk();
    desk.send(near(), "/bf/node/{level,other}/value", &f(0.375));
    desk.tick();
    assert_eq!(desk.hand("level.value"), Some(Value::Number(0.375)));
    assert_eq!(desk.hand("other.value"), Some(Value::Number(0.375)));
    desk.send(near(), "/bf/undo", &[]);
    desk.tick();
    assert_eq!((desk.hand("level.value"), desk.hand("other.value")), (None, None));
}

#[test]
fn a_drag_is_one_step_and_a_button_another() {
    let mut desk = desk();
    for step in 0..50 {
        desk.send(near(), "/bf/node/level/value", &f(step as f32 / 100.0));
        desk.blocks(8);
    }
    desk.secs(1.0);
    desk.send(near(), "/bf/node/chan/mute", &[Argument::Bool(true)]);
    desk.blocks(4);
    assert_eq!(desk.stand.session.history().undoable().count(), 2);
    for (mute, level) in [(None, Some(Value::Number(0.49))), (None, None)] {
        // A button sends 1 when it is pushed and 0 when it is let go.
        desk.send(near(), "/bf/undo", &f(1.0));
        desk.send(near(), "/bf/undo", &f(0.0));
        desk.blocks(4);
        assert_eq!((desk.hand("chan.mute"), desk.hand("level.value")), (mute, level));
    }
}

#[test]
fn only_the_newest_of_what_comes_at_once_is_set() {
    let mut desk = desk();
    for n in 0..16_000 {
        desk.send(near(), "/bf/node/level/value", &f(n as f32 / 16_000.0));
    }
    desk.blocks(20);
    assert_eq!(desk.console.counts().messages, 16_000);
    assert_eq!(desk.hand("level.value"), Some(Value::Number(f64::from(15_999) / 16_000.0)));
    assert_eq!(desk.stand.session.history().undoable().count(), 1);
}

#[test]
fn a_bundle_is_one_edit_and_one_instant() {
    let mut desk = desk();
    desk.blocks(20);
    // Their sum stays: at no frame is one set without the other.
    let sum = |sound: &[f32]| sound.iter().all(|x| (x - 0.5).abs() < 1e-6);
    let from = desk.sound.len();
    for (a, b) in [(0.25, 0.25), (0.5, 0.0), (-1.0, 1.5)] {
        let both = [("/bf/node/level/value", &f(a)[..]), ("/bf/node/other/value", &f(b)[..])];
        desk.packet(near(), &bundle(TimeTag::IMMEDIATE, &both));
        desk.blocks(20);
    }
    assert!(sum(&desk.sound[from..]));
    assert_eq!(desk.hand("other.value"), Some(Value::Number(1.5)));
}

#[test]
fn transport_scenes_snapshots_and_history_are_commanded() {
    let script = "track(\"drums\", s(\"bd*4\"));\nscene(\"drop\", || { track(\"more\", s(\"hh*8\")); });\n";
    let mut desk = Desk::new(&[("set.toml", SET), ("live.rhai", script)]);
    desk.blocks(100);
    desk.send(near(), "/bf/transport/tempo", &f(90.0));
    desk.send(near(), "/bf/scene/drop/launch", &f(1.0));
    desk.send(near(), "/bf/scene/drop/launch", &f(0.0));
    desk.secs(4.0);
    assert_eq!(desk.stand.session.set().main.tempo, 90.0);
    assert_eq!(desk.value("/bf/transport/tempo"), Atom::Float(90.0));
    assert!(desk.console.tree().find("/bf/track/more/gain").is_some(), "the scene's track has a strip");
    desk.send(near(), "/bf/snapshot/dark/recall", &[]);
    desk.blocks(4);
    assert_eq!(desk.hand("filter.cutoff"), Some(Value::Number(200.0)));
    assert_eq!(desk.hand("level.value"), Some(Value::Number(0.125)));
    desk.send(near(), "/bf/snapshot/store", &[Argument::Str("mine")]);
    desk.blocks(4);
    let stored = &desk.stand.session.set().main.snapshots["mine"];
    assert_eq!(stored.get(&bf_patch::Socket::new("filter", "cutoff")), Some(&Value::Number(200.0)));
    desk.send(near(), "/bf/hush", &f(1.0));
    desk.send(near(), "/bf/transport/stop", &[Argument::Impulse]);
    desk.blocks(4);
    assert!(desk.stand.session.is_hushed() && !desk.stand.session.motion().playing);
    desk.send(near(), "/bf/transport/position", &f(8.5));
    desk.send(near(), "/bf/hushed", &[Argument::Bool(false)]);
    desk.send(near(), "/bf/transport/playing", &[Argument::Int(1)]);
    desk.blocks(4);
    let motion = desk.stand.session.motion();
    assert!(!motion.hushed && motion.playing && (8.5..8.6).contains(&motion.beat), "{motion:?}");
    assert_eq!(desk.errors(), Vec::<String>::new());
}

#[test]
fn edits_and_code_are_taken_from_this_machine_only_unless_opened() {
    let script = "track(\"drums\", s(\"bd*4\"));\n";
    let files = [("set.toml", SET), ("live.rhai", script)];
    let rename = [Argument::Str("level"), Argument::Str("loud")];
    let mut desk = Desk::new(&files);
    desk.send(far(), "/bf/edit/rename", &rename);
    desk.send(far(), "/bf/eval", &[Argument::Str("track(\"x\", s(\"hh\"))")]);
    desk.send(far(), "/bf/node/level/value", &f(0.25));
    desk.tick();
    let errors = desk.errors();
    assert!(errors.len() == 2 && errors.iter().all(|e| e.contains("from this machine only")), "{errors:?}");
    assert_eq!(desk.hand("level.value"), Some(Value::Number(0.25)), "control is for the whole network");
    desk.send(near(), "/bf/edit/rename", &rename);
    desk.send(near(), "/bf/edit", &[Argument::Str("[\"param\", \"other.value\", 0.5]")]);
    desk.send(near(), "/bf/eval", &[Argument::Str("track(\"x\", s(\"hh*2\"))"), Argument::Str("now")]);
    desk.secs(0.5);
    let main = &desk.stand.session.set().main;
    assert!(main.nodes.contains_key("loud") && !main.nodes.contains_key("level"));
    assert_eq!(main.nodes["other"].params["value"], Value::Number(0.5));
    let tracks: Vec<String> = desk.stand.session.wanted().tracks.iter().map(|t| t.name.to_string()).collect();
    assert_eq!(tracks, ["drums", "x"]);
    assert_eq!(desk.value("/bf/node/loud/value"), Atom::Float(0.25));
    // What has a fault says so, and changes nothing.
    desk.send(near(), "/bf/eval", &[Argument::Str("track(\"y\", s(\"[hh\"))"), Argument::Str("now")]);
    desk.secs(0.2);
    assert_eq!(desk.errors().len(), 1);

    let mut desk = Desk::with(&files, RemoteEdits::WithPass("tape echo".to_owned()), Vec::new());
    desk.send(far(), "/bf/pass", &[Argument::Str("guess")]);
    desk.send(far(), "/bf/edit/rename", &rename);
    desk.tick();
    assert_eq!(desk.errors().len(), 2);
    desk.send(far(), "/bf/pass", &[Argument::Str("tape echo")]);
    desk.send(far(), "/bf/edit/rename", &rename);
    desk.tick();
    assert!(desk.stand.session.set().main.nodes.contains_key("loud"));
}

#[test]
fn questions_are_answered() {
    let mut desk = desk();
    desk.send(near(), "/bf/get", &[Argument::Str("/bf/node/level/value")]);
    desk.send(near(), "/bf/node/filter/cutoff", &[]);
    desk.send(near(), "/bf/list", &[Argument::Str("/bf/node/filter")]);
    desk.send(near(), "/bf/describe", &[Argument::Str("/bf/node/filter/cutoff")]);
    let told = desk.told();
    let args = |n: usize| told[n].args.clone();
    assert_eq!((told[0].address.as_str(), args(0)), ("/bf/node/level/value", vec![Atom::Float(0.5)]));
    assert_eq!((told[1].address.as_str(), args(1)), ("/bf/node/filter/cutoff", vec![Atom::Float(900.0)]));
    let names = ["/bf/node/filter".into(), Atom::Int(2), Atom::Int(0), "cutoff".into(), "resonance".into()];
    assert_eq!((told[2].address.as_str(), args(2)), ("/bf/list", names.to_vec()));
    let known = args(3);
    assert_eq!(known[1..4], ["f".into(), "both".into(), "Hz".into()]);
    assert_eq!(known[4..7], [Atom::Float(20.0), Atom::Float(20_000.0), "log".into()]);
    assert_eq!(told.len(), 4);
    desk.send(near(), "/bf/get", &[Argument::Str("/bf/transport/*")]);
    let answers: Vec<String> = desk.told().into_iter().map(|t| t.address).collect();
    let want = ["beat", "playing", "position", "signature", "tempo"].map(|name| format!("/bf/transport/{name}"));
    assert_eq!(answers, want);
}

#[test]
fn undo_and_redo_over_code_give_back_what_hands_have_set() {
    let script = "tempo(100);\nsignature(4);\ntrack(\"drums\", s(\"bd*4\"));\n";
    for files in [&[("set.toml", SET)][..], &[("set.toml", SET), ("live.rhai", script)]] {
        let mut desk = Desk::new(files);
        desk.blocks(20);
        desk.send(near(), "/bf/transport/tempo", &f(112.0));
        desk.send(near(), "/bf/transport/signature", &[Argument::Int(3)]);
        desk.secs(1.0);
        let stands = |desk: &Desk| (desk.stand.session.set().main.tempo, desk.stand.session.set().main.signature);
        assert_eq!(stands(&desk), (112.0, 3));
        let code = "tempo(119); signature(5);";
        desk.send(near(), "/bf/eval", &[Argument::Str(code), Argument::Str("now")]);
        desk.secs(1.0);
        assert_eq!((stands(&desk), desk.errors()), ((119.0, 5), vec![]));
        for _ in 0..2 {
            desk.send(near(), "/bf/undo", &[]);
            desk.secs(1.0);
            assert_eq!(stands(&desk), (112.0, 3));
            assert_eq!(desk.stand.session.controller().shared().status().bpm, 112.0);
            assert_eq!(desk.value("/bf/transport/tempo"), Atom::Float(112.0));
            desk.send(near(), "/bf/redo", &[]);
            desk.secs(1.0);
            assert_eq!(stands(&desk), (119.0, 5));
            assert_eq!(desk.stand.session.controller().shared().status().bpm, 119.0);
        }
    }
}

#[test]
fn undo_over_code_gives_back_what_a_hand_has_laid_over_it() {
    let mut desk = Desk::new(&[("live.rhai", "macro(\"reach\", 800, 200, 4000);\n")]);
    desk.blocks(20);
    desk.send(near(), "/bf/macro/reach", &f(1000.0));
    desk.secs(1.0);
    let code = "macro(\"reach\", 900, 200, 4000);";
    desk.send(near(), "/bf/eval", &[Argument::Str(code), Argument::Str("now")]);
    desk.secs(1.0);
    let evaluated = desk.hand("reach.value");
    desk.send(near(), "/bf/undo", &[]);
    desk.secs(1.0);
    assert_eq!((evaluated, desk.hand("reach.value")), (None, Some(Value::Number(1000.0))));
}

#[test]
fn edits_take_what_is_needed_and_errors_name_their_address() {
    let mut desk = desk();
    desk.send(near(), "/bf/edit/add", &[Argument::Str("nn"), Argument::Str("sine")]);
    desk.send(near(), "/bf/edit/connect", &[Argument::Str("out"), Argument::Str("nn")]);
    desk.send(near(), "/bf/edit/signature", &f(3.0));
    desk.tick();
    assert_eq!(desk.errors(), Vec::<String>::new());
    let main = &desk.stand.session.set().main;
    assert_eq!((main.nodes["nn"].kind.as_str(), main.signature), ("sine", 3));
    (0..4).for_each(|_| desk.send(near(), "/bf/undo", &[]));
    desk.send(near(), "/bf/edit/remove", &[Argument::Str("nobody")]);
    desk.send(near(), "/bf/edit/remove", &[]);
    desk.send(near(), "/bf/map", &[Argument::Str("bogus"), Argument::Str("heat.value")]);
    desk.send(near(), "/bf/learn", &[Argument::Str("/bf/nothing")]);
    let told = desk.told();
    let errors: Vec<&Atom> = told.iter().filter(|t| t.address == "/bf/error").map(|t| &t.args[1]).collect();
    let at = ["/bf/undo", "/bf/edit", "/bf/edit/remove", "/bf/map", "/bf/learn"].map(Atom::from);
    assert_eq!(errors, at.iter().collect::<Vec<_>>(), "{told:?}");
    let why = told.iter().map(|t| format!("{:?}", t.args));
    assert!(why.into_iter().all(|why| !why.contains("history does not read")));
}
