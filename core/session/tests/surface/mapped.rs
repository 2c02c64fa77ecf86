//! Controls of other layouts: learned, mapped, kept in the set, told back.

use crate::control::SET;
use crate::desk::{Desk, near};
use bf_io::osc::Argument;
use bf_node::Value;
use bf_session::surface::Atom;

fn f(value: f32) -> [Argument<'static>; 1] {
    [Argument::Float(value)]
}

#[test]
fn an_old_layout_is_learned_and_kept_with_the_set() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    // What nobody knows moves nothing, and is no fault: tablets send much that is not meant.
    desk.send(near(), "/1/fader1", &f(0.5));
    desk.blocks(2);
    assert_eq!((desk.console.counts().foreign, desk.errors()), (1, vec![]));
    desk.send(near(), "/bf/learn", &[Argument::Str("/bf/norm/filter/cutoff")]);
    desk.send(near(), "/1/fader1", &f(0.5));
    desk.blocks(2);
    let told = desk.told();
    let done = told.iter().find(|t| t.address == "/bf/done").unwrap();
    assert_eq!(done.args, ["/bf/learn".into(), "osc:/1/fader1".into(), Atom::from("filter.cutoff")]);
    desk.send(near(), "/1/fader1", &f(0.5));
    desk.blocks(2);
    let Some(Value::Number(cutoff)) = desk.hand("filter.cutoff") else { panic!() };
    assert!((cutoff - 632.4555).abs() < 1e-3, "{cutoff}");
    desk.stand.session.save().unwrap();
    let text = std::fs::read_to_string(desk.stand.folder.path().join("set.toml")).unwrap();
    assert!(text.contains("[mappings]\n\"osc:/1/fader1\" = \"filter.cutoff\"\n"), "{text}");
    // Undone like all else: first the move, then the mapping.
    desk.send(near(), "/bf/undo", &[]);
    desk.send(near(), "/bf/undo", &[]);
    desk.blocks(2);
    assert!(desk.stand.session.set().main.mappings.is_empty());
}

#[test]
fn ranges_curves_pads_and_switches_are_mapped() {
    let mapped = "\n[mappings]\n\
        \"osc:/1/xy\" = { to = \"filter.cutoff\", min = 100.0, max = 1000.0, curve = \"linear\" }\n\
        \"osc:/1/xy#2\" = { to = \"filter.resonance\", min = 1.0, max = 0.0, from = [0.0, 127.0] }\n\
        \"osc:/1/toggle1\" = { to = \"chan.mute\", mode = \"toggle\" }\n\
        \"osc:/1/radio\" = \"shape.shape\"\n";
    let mut desk = Desk::new(&[("set.toml", &format!("{SET}{mapped}"))]);
    desk.send(near(), "/1/xy", &[Argument::Float(0.5), Argument::Int(127)]);
    desk.blocks(2);
    assert_eq!(desk.hand("filter.cutoff"), Some(Value::Number(550.0)));
    assert_eq!(desk.hand("filter.resonance"), Some(Value::Number(0.0)));
    assert_eq!(desk.stand.session.history().undoable().count(), 1, "a pad is one hand");
    for on in [true, false] {
        // A push turns it over, and letting go does nothing.
        desk.send(near(), "/1/toggle1", &f(1.0));
        desk.blocks(2);
        desk.send(near(), "/1/toggle1", &f(0.0));
        desk.blocks(2);
        assert_eq!(desk.hand("chan.mute"), Some(Value::Bool(on)));
    }
    desk.send(near(), "/1/radio", &f(1.0));
    desk.blocks(2);
    assert!(matches!(desk.hand("shape.shape"), Some(Value::Text(_))));
    assert_eq!(desk.errors(), Vec::<String>::new());
    // Renamed along, and gone with its node.
    desk.send(near(), "/bf/edit/rename", &[Argument::Str("filter"), Argument::Str("tone")]);
    desk.blocks(2);
    desk.send(near(), "/1/xy", &[Argument::Float(1.0), Argument::Float(0.0)]);
    desk.blocks(2);
    assert_eq!(desk.hand("tone.cutoff"), Some(Value::Number(1000.0)));
    desk.send(near(), "/bf/edit/remove", &[Argument::Str("tone")]);
    desk.blocks(2);
    assert_eq!(desk.stand.session.set().main.mappings.len(), 2);
}

#[test]
fn a_mapped_control_is_told_what_becomes_of_its_param() {
    let mapped = "\n[mappings]\n\"osc:/1/fader1\" = { to = \"level.value\", min = 0.0, max = 2.0 }\n";
    let mut desk = Desk::new(&[("set.toml", &format!("{SET}{mapped}"))]);
    desk.send(near(), "/bf/hello", &[]);
    desk.blocks(20);
    let first = desk.told().into_iter().find(|t| t.address == "/1/fader1").unwrap();
    assert_eq!(first.args, [Atom::Float(0.25)]);
    // Its own hand is not told; another address of the same param is, once the hand has gone.
    desk.send(near(), "/1/fader1", &f(0.5));
    desk.secs(0.4);
    assert_eq!(desk.news(), []);
    desk.secs(0.4);
    let told = desk.told();
    assert!(told.iter().all(|t| t.address != "/1/fader1"), "{told:?}");
    assert!(told.iter().any(|t| t.address == "/bf/node/level/value" && t.args == [Atom::Float(1.0)]), "{told:?}");
    desk.send(near(), "/bf/node/level/value", &f(1.5));
    desk.secs(1.0);
    assert!(desk.told().iter().any(|t| t.address == "/1/fader1" && t.args == [Atom::Float(0.75)]));
    desk.send(
        near(),
        "/bf/map",
        &[
            Argument::Str("osc:/1/fader2"),
            Argument::Str("/bf/node/heat/value"),
            Argument::Float(0.25),
            Argument::Float(0.75),
        ],
    );
    desk.send(near(), "/bf/unmap", &[Argument::Str("osc:/1/fader1")]);
    desk.blocks(20);
    desk.send(near(), "/1/fader2", &f(1.0));
    desk.blocks(2);
    assert_eq!(desk.hand("heat.value"), Some(Value::Number(0.75)));
    assert_eq!(desk.stand.session.set().main.mappings.len(), 1);
    for (arguments, why) in [
        (["osc:/1/fader3", "nobody.value"], "`nobody.value` is no param"),
        (["", "heat.value"], "`` is no control: write its address"),
        (["bogus:/1", "heat.value"], "`bogus:/1` is no control: write its address"),
        (["osc:noslash", "heat.value"], "`osc:noslash` is no control: "),
        (["osc:/1/*", "heat.value"], "`osc:/1/*` is no control: "),
        (["osc:/1/a b", "heat.value"], "`osc:/1/a b` is no control: "),
        (["osc:/1/xy#0", "heat.value"], "the numbers of a message are #1 to #8"),
        (["osc:/1/xy#99999", "heat.value"], "the numbers of a message are #1 to #8"),
        (["osc:/bf/macro/heat", "heat.value"], "`/bf/macro/heat` is an address of the set itself"),
        (["midi:1/cc/200", "heat.value"], "`midi:1/cc/200` names nothing of a MIDI controller"),
    ] {
        desk.send(near(), "/bf/map", &arguments.map(Argument::Str));
        let errors = desk.errors();
        assert!(errors.len() == 1 && errors[0].contains(why), "{errors:?}");
    }
}

#[test]
fn an_address_alone_is_mapped_and_let_go() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    let controls = |desk: &Desk| desk.stand.session.set().main.mappings.keys().cloned().collect::<Vec<_>>();
    for control in ["/1/fader2", "osc:/1/xy#1", "osc:/1/xy#2", "midi:1/cc/7"] {
        desk.send(near(), "/bf/map", &[Argument::Str(control), Argument::Str("heat.value")]);
    }
    desk.tick();
    assert_eq!(desk.errors(), Vec::<String>::new());
    assert_eq!(controls(&desk), ["midi:1/cc/7", "osc:/1/fader2", "osc:/1/xy", "osc:/1/xy#2"]);
    for control in ["/1/fader2", "osc:/1/xy#1", "osc:/1/xy#2", "midi:1/cc/7"] {
        desk.send(near(), "/bf/unmap", &[Argument::Str(control)]);
    }
    desk.tick();
    assert_eq!((desk.errors(), controls(&desk)), (vec![], vec![]));
    desk.send(near(), "/bf/unmap", &[Argument::Str("osc:/1/fader2")]);
    let told = desk.told();
    let error = told.iter().find(|t| t.address == "/bf/error").unwrap();
    assert_eq!(error.args, ["`osc:/1/fader2` is mapped to nothing".into(), Atom::from("/bf/unmap")]);
}

#[test]
fn a_fader_that_is_learned_is_not_told_while_the_hand_is_on_it() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    desk.send(near(), "/bf/hello", &[]);
    desk.secs(0.2);
    desk.send(near(), "/bf/learn", &[Argument::Str("/bf/norm/filter/cutoff")]);
    desk.told();
    desk.send(near(), "/1/fader1", &f(0.5));
    desk.secs(0.45);
    assert!(desk.told().iter().all(|t| t.address != "/1/fader1"));
    // It has not moved the param yet: once the hand is gone it shows where that stands.
    desk.secs(0.5);
    assert!(desk.told().iter().any(|t| t.address == "/1/fader1"));
}

#[test]
fn patterns_reach_what_is_mapped() {
    let mapped = "\n[mappings]\n\"osc:/1/fader1\" = \"level.value\"\n\"osc:/1/fader2\" = \"heat.value\"\n\"osc:/2/fader1\" = \"filter.cutoff\"\n";
    let mut desk = Desk::new(&[("set.toml", &format!("{SET}{mapped}"))]);
    desk.send(near(), "/1/fader*", &f(0.75));
    desk.blocks(2);
    assert!(desk.hand("level.value").is_some() && desk.hand("heat.value") == Some(Value::Number(0.75)));
    assert_eq!((desk.hand("filter.cutoff"), desk.console.counts().foreign), (None, 0));
    desk.send(near(), "/3/*", &f(0.75));
    desk.blocks(2);
    assert_eq!((desk.console.counts().foreign, desk.errors()), (1, vec![]));
}
