//! What the main patch exposes has an address that moves all that it leads to, within its range.

use crate::desk::{Desk, near};
use bf_io::osc::Argument;
use bf_node::Value;
use bf_session::layout::{Carries, Device, Layout, Sends, make};
use bf_session::surface::Atom;

const SET: &str = r#"
beatforge = 1

[nodes]
f1 = { type = "svf", cutoff = 400.0 }
f2 = { type = "svf", cutoff = 900.0 }
heat = { type = "macro", value = 0.25 }
out = { type = "output" }

[cables]
"out" = ["f1", "f2"]

[controls]
x = { to = "f1.cutoff", min = 200.0, max = 2000.0 }
both = { to = ["f1.resonance", "f2.resonance"], help = "How sharp both are." }
warm = { to = "heat.value" }
"#;

#[test]
fn a_control_moves_all_that_it_leads_to_within_its_range() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    // 400 of 200 to 2000, in equal ratios.
    let place = (2.0_f64).ln() / (10.0_f64).ln();
    assert_eq!(desk.value("/bf/control/x"), Atom::from(place));
    for (value, cutoff) in [(0.0, 200.0), (1.0, 2000.0)] {
        desk.send(near(), "/bf/control/x", &[Argument::Float(value)]);
        desk.blocks(4);
        assert_eq!(desk.hand("f1.cutoff"), Some(Value::Number(cutoff)));
        assert_eq!((desk.value("/bf/control/x"), desk.hand("f2.cutoff")), (Atom::Float(value), None));
    }
    desk.send(near(), "/bf/control/both", &[Argument::Float(0.5)]);
    desk.blocks(4);
    let both = desk.hand("f1.resonance");
    assert!(both.is_some() && both == desk.hand("f2.resonance"), "{both:?}");
    assert_eq!(desk.errors(), Vec::<String>::new());
    desk.send(near(), "/bf/undo", &[]);
    desk.blocks(4);
    assert_eq!((desk.hand("f1.resonance"), desk.hand("f2.resonance")), (None, None));
    // The hand on the fader is known on all that shows it, and what moves a target moves the fader.
    desk.secs(1.0);
    desk.send(near(), "/bf/hello", &[]);
    desk.secs(1.0);
    desk.told();
    desk.send(near(), "/bf/control/x", &[Argument::Float(0.5)]);
    desk.secs(0.4);
    assert_eq!(desk.news(), []);
    desk.secs(0.4);
    assert!(desk.told().iter().all(|t| t.address != "/bf/control/x"));
    desk.send(near(), "/bf/node/f1/cutoff", &[Argument::Float(2000.0)]);
    desk.secs(1.0);
    assert!(desk.told().iter().any(|t| t.address == "/bf/control/x" && t.args == [Atom::Float(1.0)]));
}

#[test]
fn a_layout_has_one_fader_a_control_and_shows_its_range() {
    let desk = Desk::new(&[("set.toml", SET)]);
    let made = make("x", &desk.stand.session.tree(), Device::Tablet);
    let offers = Layout::read(&made.tosc.write()).unwrap().offers();
    let sent = |part: &str| -> Vec<String> {
        let osc = offers.iter().filter_map(|offer| match &offer.sends {
            Sends::Osc { address, arguments } => match &arguments[..] {
                [Carries::Range { min: 0.0, max: 1.0, .. }] => Some(address.clone()),
                _ => None,
            },
            Sends::Midi { .. } => None,
        });
        osc.filter(|address| address.contains(part)).collect()
    };
    assert_eq!(sent("/control/"), ["/bf/control/both", "/bf/control/x"]);
    assert_eq!(sent("/norm/f"), Vec::<String>::new());
    assert_eq!(sent("/heat"), ["/bf/norm/heat/value"], "what is a macro has its place among those");
    let mut texts = Vec::new();
    made.tosc.root.walk(&mut |_, node| {
        let text = node.values.iter().find(|value| value.key == "text");
        texts.extend(text.map(|text| text.default.clone()));
    });
    assert!(texts.iter().any(|text| text == "200 – 2000 Hz"), "{texts:?}");
}

#[test]
fn a_track_that_fades_has_no_addresses() {
    let script = |tracks: &str| format!("track(\"drums\", s(\"bd*4\"));\n{tracks}");
    let mut desk = Desk::new(&[("live.rhai", &script("track(\"more\", s(\"hh*8\"));\n"))]);
    desk.blocks(100);
    assert!(desk.console.tree().exact("/bf/track/more/gain").is_some());
    desk.stand.save("live.rhai", &script(""));
    for _ in 0..40 {
        desk.secs(0.1);
        let tree = desk.stand.session.tree();
        assert!(tree.exact("/bf/node/more/gain").is_none());
        let gone = tree.exact("/bf/track/more/gain").is_none();
        assert_eq!(gone, desk.stand.session.wanted().tracks.len() == 1);
    }
    assert_eq!(desk.stand.session.wanted().tracks.len(), 1);
    // What all tracks share stays.
    assert!(desk.stand.session.tree().exact("/bf/node/master/gain").is_some());
}
